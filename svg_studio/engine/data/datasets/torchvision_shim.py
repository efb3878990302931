"""Lets torchvision be imported beside a torch its compiled part was not built for."""

from __future__ import annotations

import importlib
import importlib.machinery
import importlib.util
import sys
from pathlib import Path
from typing import Any

_libraries: list[Any] = []  # a torch.library.Library takes its operators with it when it is collected

# torchvision registers fake implementations for these two at import whether or not its compiled part could be loaded.
_SCHEMAS = (
    "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
)


def ensure_torchvision() -> None:
    """Imports torchvision, declaring the operators it registers for if its compiled part cannot be loaded.

    Without that `import torchvision` raises "operator torchvision::nms does not exist" beside, for example, a CPU-only
    torch. Its data sets, transforms and utilities then work; its compiled operators say that they are not implemented.
    """
    if "torchvision" in sys.modules:
        return
    import torch

    if not _compiled_part_loads() and not _libraries:
        library = torch.library.Library("torchvision", "FRAGMENT")  # type: ignore[no-untyped-call]
        for schema in _SCHEMAS:
            if not hasattr(torch.ops.torchvision, schema.partition("(")[0]):
                library.define(schema)  # type: ignore[no-untyped-call]
        _libraries.append(library)
    importlib.import_module("torchvision")


def _compiled_part_loads() -> bool:
    """Whether torch can load torchvision's extension, which is how torchvision itself finds out."""
    import torch

    package = importlib.util.find_spec("torchvision")  # finds the package without running it
    folders = package.submodule_search_locations if package is not None else None
    suffixes = tuple(importlib.machinery.EXTENSION_SUFFIXES)
    files = [
        f for folder in folders or () for f in Path(folder).iterdir() if f.name.startswith("_C.") and f.name.endswith(suffixes)
    ]
    try:
        for file in files:
            torch.ops.load_library(str(file))  # type: ignore[no-untyped-call]
    except OSError:
        return False
    return bool(files)

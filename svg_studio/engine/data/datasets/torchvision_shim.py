"""Makes torchvision importable beside a torch that its compiled part was not built for."""

from __future__ import annotations

import importlib
import sys
from typing import Any

_libraries: list[Any] = []  # a torch.library.Library takes its operators with it when it is collected


def ensure_torchvision() -> None:
    """Imports torchvision, declaring the operators it registers for if its compiled part cannot be loaded.

    Without that `import torchvision` raises "operator torchvision::nms does not exist" beside, for example, a CPU-only
    torch. Its data sets, transforms and utilities then work; its compiled operators say that they are not implemented.
    """
    try:
        importlib.import_module("torchvision")
    except RuntimeError:
        import torch

        library = torch.library.Library("torchvision", "FRAGMENT")  # type: ignore[no-untyped-call]
        # torchvision registers fake implementations for these two at import whether or not its compiled part could be loaded.
        for name in ("nms", "qnms"):
            library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")  # type: ignore[no-untyped-call]
        _libraries.append(library)
        for module in [name for name in sys.modules if name.startswith("torchvision.")]:
            del sys.modules[module]  # what the first attempt has left
        importlib.import_module("torchvision")

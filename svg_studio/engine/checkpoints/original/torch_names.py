"""Gives torch's names in a pickle a safe meaning: tensors, storages and persistent ids become checked references.

A reference has been checked within itself: a view lies within its storage, a tensor within its view. Whether the file holds such a
storage is checked in torch_file.py.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import torch

from svg_studio.engine.checkpoints.original.plain_names import PYTHON
from svg_studio.engine.checkpoints.original.safe_unpickler import Find, Name, Record, Unreadable

MAX_DIMENSIONS = 8
DTYPES = {
    "Float": torch.float32, "Double": torch.float64, "Half": torch.float16, "BFloat16": torch.bfloat16, "Long": torch.int64,
    "Int": torch.int32, "Short": torch.int16, "Char": torch.int8, "Byte": torch.uint8, "Bool": torch.bool,
    "ComplexFloat": torch.complex64, "ComplexDouble": torch.complex128,
}  # fmt: skip
QUANTISED = re.compile(r"torch(\.cuda)? Q\w*Storage", re.ASCII)
ODD = {  # functions that rebuild tensors of kinds that no SVG model has
    "_rebuild_sparse_tensor": "sparse", "_rebuild_sparse_csr_tensor": "sparse", "_rebuild_nested_tensor": "nested",
    "_rebuild_qtensor": "quantised", "_rebuild_meta_tensor_no_storage": "shapes without numbers (of the device meta)",
    "_rebuild_tensor_v3": "numbers of an unusual kind", "_rebuild_device_tensor_from_numpy": "NumPy's",
}  # fmt: skip


@dataclass(frozen=True)
class StorageType(Name):
    """torch.FloatStorage and the like; where a storage was, on the CPU or a GPU, makes no difference."""

    dtype: torch.dtype = torch.float32


@dataclass(frozen=True)
class Storage:
    """`numel` numbers from `start` on of the numbers that the file keeps under `key`."""

    key: str
    dtype: torch.dtype
    start: int
    numel: int


@dataclass(frozen=True)
class TensorRef:
    """A tensor that has not been read yet; it lies within its storage."""

    storage: Storage
    offset: int
    size: tuple[int, ...]
    stride: tuple[int, ...]


@dataclass(frozen=True)
class Odd:
    """A tensor of a kind that no SVG model has."""

    kind: str


class Ids:
    """What persistent ids stand for; remembers every storage by key, as (dtype, numel)."""

    def __init__(self, classes: Find) -> None:
        self.classes = classes
        self.found: dict[str, tuple[torch.dtype, int]] = {}

    def find(self, title: str) -> Name | None:
        if QUANTISED.fullmatch(title):
            raise Unreadable(f"holds quantised numbers ({title!r}), not SVG's; save the model before it is quantised")
        return PYTHON.get(title) or TORCH.get(title) or self.classes(title)

    def resolve(self, pid: object) -> object:
        match pid:
            case ("module", Name(is_class=True) as name, str() | None, str() | None):
                return name  # its source file and text are of no interest
            case ("storage", StorageType() as kind, str() as key, str(), numel, *view) if len(view) <= 1:
                return self._storage(kind, key, numel, *view)
            case _:
                raise Unreadable("holds a persistent id of an unknown form")

    def _storage(self, kind: StorageType, key: str, numel: object, view: object = None) -> Storage:
        numel = _count(numel, "the length of a storage")
        if self.found.setdefault(key, (kind.dtype, numel)) != (kind.dtype, numel):
            raise Unreadable(f"describes its storage {key[:40]!r} in two ways")
        match view:
            case None:
                return Storage(key, kind.dtype, 0, numel)
            case (str(), start, length):
                start, length = _count(start, "the start of a view"), _count(length, "the length of a view")
                if start + length > numel:
                    raise Unreadable(f"has a view that leaves its storage {key[:40]!r}")
                return Storage(key, kind.dtype, start, length)
            case _:
                raise Unreadable("has a view of an unknown form")


def _count(value: object, what: str) -> int:
    if type(value) is not int or value < 0:
        raise Unreadable(f"gives {what} as something else than a whole number from 0 on")
    return value


def rebuild_tensor(args: tuple[object, ...]) -> TensorRef:
    """torch._utils._rebuild_tensor and _v2: (storage, offset, size, strides, …), checked against the storage."""
    match args[:4]:
        case (Storage() as storage, offset, tuple() as size, tuple() as stride):
            pass
        case _:
            raise Unreadable("has a tensor that is made of something else than a storage, an offset, a size and strides")
    if len(size) != len(stride) or len(size) > MAX_DIMENSIONS:
        raise Unreadable("has a tensor whose size and strides do not fit each other")
    offset = _count(offset, "a tensor's offset")
    size = tuple(_count(n, "a tensor's size") for n in size)
    stride = tuple(_count(n, "a tensor's stride") for n in stride)
    reach = offset + sum((n - 1) * step for n, step in zip(size, stride, strict=True)) + 1
    if 0 not in size and reach > storage.numel:
        raise Unreadable(f"has a tensor that leaves its storage {storage.key[:40]!r}")
    return TensorRef(storage, offset, size, stride)


def rebuild_parameter(args: tuple[object, ...]) -> object:
    """torch._utils._rebuild_parameter and _with_state: (data, …)."""
    if not args or not isinstance(args[0], TensorRef | Odd):
        raise Unreadable("has a parameter without a tensor")
    return args[0]


def rebuild_typed(args: tuple[object, ...]) -> object:
    """torch._tensor._rebuild_from_type_v2: (a function above, class, its arguments, state), of tensors that have attributes."""
    match args:
        case (Name(call=made) as name, Name(), tuple() as inner, *_) if made and name.title.startswith("torch._utils "):
            return made(inner)
        case _:
            raise Unreadable("has a tensor that is made in an unknown way")


def tensor_of(value: object) -> TensorRef | Odd | None:
    """The tensor that a value is, or that a Parameter or Variable of PyTorch 0.3 wraps."""
    if isinstance(value, Record) and value.name.title in WRAPPERS and value.args:
        value = value.args[0]
    return value if isinstance(value, TensorRef | Odd) else None


def _odd(kind: str) -> Name:
    return Name(f"torch._utils {kind}", lambda _: Odd(ODD[kind]))


WRAPPERS = ("torch.nn.parameter Parameter", "torch.autograd.variable Variable")
TORCH: dict[str, Name] = {
    name.title: name
    for name in (
        *(StorageType(f"{place} {kind}Storage", dtype=t) for place in ("torch", "torch.cuda") for kind, t in DTYPES.items()),
        *(Name(f"torch._utils {function}", rebuild_tensor) for function in ("_rebuild_tensor", "_rebuild_tensor_v2")),
        *(Name(f"torch._utils _rebuild_parameter{end}", rebuild_parameter) for end in ("", "_with_state")),
        Name("torch._tensor _rebuild_from_type_v2", rebuild_typed),
        *map(_odd, ODD),
        StorageType("torch.storage UntypedStorage", dtype=torch.uint8),
        *(Name(title, is_class=True) for title in ("torch device", "torch Size", "torch.serialization _get_layout")),
        *(Name(f"torch {name}") for name, found in vars(torch).items() if isinstance(found, torch.dtype)),
        *(Name(title) for title in ("torch Tensor", "torch.nn.parameter Buffer")),
        *(Name(title, is_class=True) for title in WRAPPERS),
    )
}

"""What the names of Python's and NumPy's own classes stand for where checkpoints hold options: records, which do nothing.

A name that is not listed here, in torch_names.py or in convert.py is refused if its module belongs to Python, NumPy or torch, where
there is much that could be meant to run something. Classes of other modules are records as well: nobody looks them up.
"""

from __future__ import annotations

import re
import struct
import sys

from svg_studio.engine.checkpoints.original.safe_unpickler import Name, Ordered, Record, Unreadable, ordered_dict

RECORDS = {
    "__builtin__": "set frozenset complex slice xrange bytearray",
    "_codecs": "encode",  # bytes, as protocol 2 writes them
    "argparse": "Namespace",
    "collections": "deque",
    "datetime": "date datetime time timedelta timezone",
    "decimal": "Decimal",
    "fractions": "Fraction",
    "numpy": "dtype",
    "numpy.core.multiarray": "scalar _reconstruct",
    "numpy._core.multiarray": "scalar _reconstruct",
    "pathlib": "Path PosixPath PurePath PurePosixPath PureWindowsPath WindowsPath",
    "pathlib._local": "Path PosixPath PurePath PurePosixPath PureWindowsPath WindowsPath",
    "types": "SimpleNamespace",
    "uuid": "UUID SafeUUID",
}
TYPES = {
    "__builtin__": "bool bytes dict float int list long object str tuple type unicode",
    "numpy": "ndarray bool_ float16 float32 float64 int8 int16 int32 int64 uint8 uint16 uint32 uint64",
    "typing": "Any",
}
OTHERS = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)* [A-Z]\w*", re.ASCII)
KNOWN_MODULES = {*sys.stdlib_module_names, "__builtin__", "__torch__", "copy_reg", "exceptions", "functorch", "numpy", "torch"}
NUMBER = re.compile(r"[biuf][1248]")  # the kind and the bytes of a NumPy number
CODES = {"b1": "?", "i1": "b", "u1": "B", "i2": "h", "u2": "H", "i4": "i", "u4": "I", "i8": "q", "u8": "Q", "f2": "e", "f4": "f",
         "f8": "d"}  # fmt: skip


def of_other_module(title: str) -> Name | None:
    """A class of a module that is neither Python's, NumPy's nor torch's, such as an enumeration of a person's own."""
    known = title.partition(" ")[0].partition(".")[0] in KNOWN_MODULES
    return Name(title, is_class=True) if OTHERS.fullmatch(title) and not known else None


def default_dict(args: tuple[object, ...]) -> Ordered:
    """collections.defaultdict: empty, to be filled."""
    if len(args) > 1 or not all(isinstance(arg, Name | None) for arg in args):
        raise Unreadable("has a defaultdict that is made of something else than a class")
    return Ordered()


def counter(args: tuple[object, ...]) -> object:
    """collections.Counter: the dict that it is made of."""
    if not args or not isinstance(args[0], dict):
        raise Unreadable("has a Counter that is made of something else than a dict")
    return args[0]


def number(value: object) -> object:
    """The number that a NumPy scalar is; any other value as it is."""
    match value:
        case Record(
            name=Name(title="numpy.core.multiarray scalar" | "numpy._core.multiarray scalar"),
            args=(Record(name=Name(title="numpy dtype"), args=(str() as kind, *_), state=state), data),
        ) if NUMBER.fullmatch(kind) and kind in CODES:
            order = state[1] if isinstance(state, tuple) and len(state) > 1 and state[1] in ("<", ">") else "<"
            raw = _bytes(data)
            size = int(kind[1])
            return struct.unpack(f"{order}{CODES[kind]}", raw)[0] if len(raw) == size else value
        case _:
            return value


def _bytes(data: object) -> bytes:
    """What protocol 2 writes of bytes, as a text with the character of each; empty for anything else."""
    if isinstance(data, Record) and data.name.title == "_codecs encode" and data.args:
        data = data.args[0]
    return data.encode("latin-1", "replace") if isinstance(data, str) and len(data) <= 8 else b""


PYTHON: dict[str, Name] = {
    name.title: name
    for name in (
        *(Name(f"{module} {name}", is_class=True) for module, names in RECORDS.items() for name in names.split()),
        *(Name(f"{module} {name}") for module, names in TYPES.items() for name in names.split()),
        Name("collections OrderedDict", ordered_dict),
        Name("collections defaultdict", default_dict),
        Name("collections Counter", counter),
    )
}

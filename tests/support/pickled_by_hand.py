"""Pickles and torch.save's two layouts written byte by byte: what PyTorch 0.3 wrote, and what nobody honest writes."""

from __future__ import annotations

import io
import struct
import zipfile
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

MAGIC = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19."
SYSTEM = {"protocol_version": 1001, "little_endian": True, "type_sizes": {"short": 2, "int": 4, "long": 4}}


@dataclass(frozen=True)
class G:
    """A global, by name alone."""

    module: str
    name: str


@dataclass
class Call:
    """`what(*args)`, by REDUCE or, `new`, by NEWOBJ, and then the state."""

    what: Any
    args: Any = ()
    state: Any = None
    new: bool = False


@dataclass
class Pid:
    """What a persistent id stands for."""

    value: Any


@dataclass
class Raw:
    """Opcodes as they are."""

    opcodes: bytes


def emit(value: Any, python2: bool = False) -> bytes:
    """The opcodes of protocol 2 that push a value; python2: texts as str of that Python, and its OrderedDict."""

    def of(*values: Any) -> bytes:
        return b"".join(emit(v, python2) for v in values)

    match value:
        case Raw(opcodes):
            return opcodes
        case None:
            return b"N"
        case bool():
            return b"\x88" if value else b"\x89"
        case int() if -(2**31) <= value < 2**31:
            return b"J" + struct.pack("<i", value)
        case int():
            digits = value.to_bytes((value.bit_length() + 8) // 8, "little", signed=True)
            return b"\x8a" + bytes([len(digits)]) + digits
        case float():
            return b"G" + struct.pack(">d", value)
        case str() if python2:
            return b"T" + struct.pack("<i", len(value)) + value.encode("latin-1")
        case str():
            return b"X" + struct.pack("<I", len(value.encode())) + value.encode()
        case tuple():
            return b"(" + of(*value) + b"t"
        case list():
            return b"](" + of(*value) + b"e"
        case OrderedDict() if python2:
            return of(Call(G("collections", "OrderedDict"), ([list(pair) for pair in value.items()],)))
        case OrderedDict():
            return of(Call(G("collections", "OrderedDict"))) + b"(" + of(*(v for pair in value.items() for v in pair)) + b"u"
        case dict():
            return b"}(" + of(*(v for pair in value.items() for v in pair)) + b"u"
        case G(module, name):
            return b"c" + f"{module}\n{name}\n".encode()
        case Pid(pid):
            return of(pid) + b"Q"
        case Call(what, args, state, new):
            return of(what, args) + (b"\x81" if new else b"R") + (of(state) + b"b" if state is not None else b"")
    raise TypeError(type(value))


def pickled(value: Any, python2: bool = False) -> bytes:
    return b"\x80\x02" + emit(value, python2) + b"."


@dataclass
class Storages:
    """The storages of a file: bytes by key, as PyTorch writes them behind its pickles."""

    place: str = "torch"  # or torch.cuda
    kind: str = "Float"
    shared: bool = False  # all tensors are views into one storage
    held: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    flat: list[Tensor] = field(default_factory=list)
    total: int = 0  # numbers that the shared storage is to have

    def tensor(self, x: Tensor, dtype: torch.dtype = torch.float32) -> Call:
        """A tensor as PyTorch 0.3 wrote it: `_rebuild_tensor(storage, offset, size, stride)`."""
        where = "cpu" if self.place == "torch" else "cuda:0"
        x = x.detach().to(dtype)
        size, stride = tuple(x.shape), x.stride()
        if not self.shared:
            key = str(94000000 + len(self.held))
            self.held[key] = (x.numel(), x.contiguous().view(-1).view(torch.uint8).numpy().tobytes())
            x = x.contiguous()
            pid = Pid(("storage", G(self.place, f"{self.kind}Storage"), key, where, x.numel(), None))
            return Call(G("torch._utils", "_rebuild_tensor"), (pid, 0, size, x.stride()))
        start = sum(v.numel() for v in self.flat)
        # written transposed where it can be, so that its strides are not those of a contiguous tensor
        turned = x.t().contiguous() if x.dim() == 2 else x.contiguous()
        stride = turned.stride()[::-1] if x.dim() == 2 else turned.stride()
        self.flat.append(turned.flatten())
        view = (f"view{start}", start, x.numel() + 0)
        pid = Pid(("storage", G(self.place, f"{self.kind}Storage"), "root", where, self.total, view))
        return Call(G("torch._utils", "_rebuild_tensor"), (pid, 0, size, stride))

    def done(self) -> dict[str, tuple[int, bytes]]:
        if self.shared:
            flat = torch.cat(self.flat)
            return {"root": (len(flat), flat.numpy().tobytes())}
        return self.held


def of_0_3(module: nn.Module, storages: Storages) -> Call:
    """A module as PyTorch 0.3 pickled it: source text beside each class, `_backend`, Parameters, no num_batches_tracked."""
    cls = type(module)
    name = G(cls.__module__, cls.__name__)
    parameter = G("torch.nn.parameter", "Parameter")
    state = {
        "_backend": Call(G("torch.nn.backends.thnn", "_get_thnn_function_backend")),
        "_parameters": OrderedDict(
            (k, None if v is None else Call(parameter, (storages.tensor(v),), (True, False, OrderedDict()), new=True))
            for k, v in module._parameters.items()
        ),
        "_buffers": OrderedDict((k, storages.tensor(v)) for k, v in module._buffers.items() if k != "num_batches_tracked"),
        "_backward_hooks": OrderedDict(),
        "_forward_hooks": OrderedDict(),
        "_forward_pre_hooks": OrderedDict(),
        "_modules": OrderedDict((k, of_0_3(v, storages)) for k, v in module._modules.items() if v is not None),
        "training": True,
    }
    if hasattr(module, "hidden"):
        variable = G("torch.autograd.variable", "Variable")
        state["hidden"] = [
            tuple(Call(variable, (storages.tensor(v),), (False, False, OrderedDict())) for v in pair) for pair in module.hidden
        ]
    return Call(Pid(("module", name, f"/theirs/{cls.__name__}.py", f"class {cls.__name__}(nn.Module):\n")), (), state, new=True)


def options(values: dict[str, Any]) -> Call:
    return Call(G("argparse", "Namespace"), (), values, new=True)


def legacy(
    content: Any, storages: dict[str, tuple[int, bytes]] | None = None, *, python2: bool = False, keys: Any = None,
    system: Any = None, protocol: Any = 1001,
) -> bytes:  # fmt: skip
    """A whole legacy file."""
    held = storages or {}
    head = [pickled(protocol), pickled(SYSTEM if system is None else system), pickled(content, python2)]
    head.append(pickled(list(held) if keys is None else keys, python2))
    return MAGIC + b"".join(head) + b"".join(struct.pack("<q", count) + data for count, data in held.values())


def zipped(content: Any, storages: dict[str, tuple[int, bytes]] | None = None, **members: bytes) -> bytes:
    """A whole zip; members: further ones, or others in the place of the usual ones, by name with _ for /."""
    files = {"data.pkl": pickled(content), "byteorder": b"little", "version": b"3\n"}
    files |= {f"data/{key}": data for key, (_, data) in (storages or {}).items()}
    files |= {name.replace("__", "/"): data for name, data in members.items()}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files.items():
            archive.writestr(f"archive/{name}", data)
    return out.getvalue()

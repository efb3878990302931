"""Files made to run something, to fill the memory or to read beyond their end are refused with one sentence, and do nothing."""

from __future__ import annotations

import contextlib
import io
import pickle
import re
import struct
import sys
import tracemalloc
import zipfile
from collections import OrderedDict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support.pickled_by_hand import MAGIC, SYSTEM, Call, G, Pid, Raw, emit, legacy, options, pickled, zipped

from svg_studio.engine.checkpoints import checkpoint
from svg_studio.engine.checkpoints.original import convert as authors
from svg_studio.engine.checkpoints.original import safe_unpickler
from svg_studio.engine.errors import CheckpointError

SENTINEL = "executed"
TOUCH = f"open({SENTINEL!r}, 'w').close()"


def text(value: str) -> bytes:
    return emit(value)


FLOATS = G("torch", "FloatStorage")


def storage(kind: Any = FLOATS, key: Any = "0", place: Any = "cpu", numel: Any = 4, *more: Any) -> Pid:
    return Pid(("storage", kind, key, place, numel, *more))


def tensor(of: Any = None, offset: Any = 0, size: Any = (2, 2), stride: Any = (2, 1), *more: Any) -> Call:
    return Call(G("torch._utils", "_rebuild_tensor"), (of or storage(), offset, size, stride, *more))


assert authors  # imported before anything is watched
FOUR = {"0": (4, bytes(16))}
EVAL = G("builtins", "eval")
SYSTEM_CALL = G("os", "system")

# Each is put into a file as it stands; the sentence says what of it is refused.
RUNS: dict[str, tuple[Any, str]] = {
    "os.system": (Call(SYSTEM_CALL, (f"touch {SENTINEL}",)), "'os system'"),
    "posix.system": (Call(G("posix", "system"), (f"touch {SENTINEL}",)), "'posix system'"),
    "nt.system": (Call(G("nt", "system"), ("cmd",)), "'nt system'"),
    "subprocess.Popen": (Call(G("subprocess", "Popen"), (["touch", SENTINEL],)), "'subprocess Popen'"),
    "eval": (Call(EVAL, (TOUCH,)), "'builtins eval'"),
    "exec of Python 2": (Call(G("__builtin__", "exec"), (TOUCH,)), "'__builtin__ exec'"),
    "open": (Call(G("io", "open"), (SENTINEL, "w")), "'io open'"),
    "Path.touch": (Call(G("pathlib", "Path.touch"), (SENTINEL,)), "'pathlib Path.touch'"),
    "getattr": (Call(G("builtins", "getattr"), (G("collections", "OrderedDict"), "__init__")), "'builtins getattr'"),
    "getattr of Python 2": (Call(G("__builtin__", "getattr"), ("", "join")), "'__builtin__ getattr'"),
    "a name within a known class": (G("collections", "OrderedDict.fromkeys.__globals__"), "OrderedDict.fromkeys"),
    "a name within an authors' class": (G("models.lstm", "lstm.__init__"), "'models.lstm lstm.__init__'"),
    "another module of theirs": (G("models.evil", "encoder"), "'models.evil encoder'"),
    "a module below theirs": (G("models.lstm.os", "system"), "'models.lstm.os system'"),
    "an optimiser's attribute": (G("torch.optim.adam", "Adam.__init__"), "'torch.optim.adam Adam.__init__'"),
    "something else of torch.optim": (G("torch.optim.adam", "os"), "'torch.optim.adam os'"),
    "a name with a space": (G("os", "system collections OrderedDict"), "'os system collections OrderedDict'"),
    "a name with letters like Latin ones": (Raw("cоs\nsystem\n".encode()), "cut short or damaged|names 'оs system'"),
    "a control character in a name": (G("os\x1b[2J", "system"), r"'os\\x1b\[2J system'"),
    "copyreg._reconstructor": (Call(G("copyreg", "_reconstructor"), (G("builtins", "object"), None)), "copyreg _reconstructor"),
    "copyreg.add_extension": (Call(G("copyreg", "add_extension"), ("os", "system", 1)), "copyreg add_extension"),
    "NumPy running a text": (Call(G("numpy.testing", "runstring"), (TOUCH, {})), "'numpy.testing runstring'"),
    "NumPy loading a pickle": (Call(G("numpy", "load"), ("x",)), "'numpy load'"),
    "a class of NumPy's": (G("numpy", "DataSource"), "'numpy DataSource'"),
    "a class of Python's": (Call(G("importlib.machinery", "SourceFileLoader"), ("x", "y")), "importlib.machinery SourceFileLoader"),
    "a library by ctypes": (Call(G("ctypes", "CDLL"), ("libc.so.6",)), "'ctypes CDLL'"),
    "a class of torch's": (Call(G("torch.multiprocessing", "Process"), ()), "'torch.multiprocessing Process'"),
    "a function of another module": (Call(G("evil", "run"), ()), "'evil run'"),
    "a name within a class of another module": (Call(G("evil", "Model.run"), ()), "'evil Model.run'"),
    "torch.jit": (Call(G("torch.jit", "load"), ("x",)), "'torch.jit load'"),
    "torch.load": (Call(G("torch.serialization", "load"), ("x",)), "'torch.serialization load'"),
    "torch.hub": (Call(G("torch.hub", "load"), ("x", "y")), "'torch.hub load'"),
    "a TorchScript class": (G("__torch__", "Model"), "'__torch__ Model'"),
    "a function of torch._utils": (Call(G("torch._utils", "_rebuild_wrapper_subclass"), (1,)), "_rebuild_wrapper_subclass"),
    "functools.partial": (Call(G("functools", "partial"), (EVAL, TOUCH)), "'functools partial'"),
    "map, never gone through": (Call(G("builtins", "map"), (EVAL, [TOUCH])), "'builtins map'"),
    "a callable made by a call": (Call(Call(G("builtins", "getattr"), (EVAL, "x")), (TOUCH,)), "'builtins getattr'"),
    "a persistent id's class": (Call(Pid(("module", SYSTEM_CALL, "f", "s")), (), {}), "'os system'"),
    "a global in a persistent id": (Pid(("storage", EVAL, "0", "cpu", 4)), "'builtins eval'"),
    "a name by protocol 4": (Raw(text("os") + text("system") + b"\x93"), "STACK_GLOBAL"),
    "a known name by protocol 4": (Raw(text("collections") + text("OrderedDict") + b"\x93"), "STACK_GLOBAL"),
    "INST": (Raw(b"(" + text("touch " + SENTINEL) + b"ios\nsystem\n"), "INST"),
    "OBJ": (Raw(b"(" + emit(G("models.lstm", "lstm")) + text("x") + b"o"), "OBJ"),
    "OBJ of a system call": (Raw(b"(cos\nsystem\n" + text("touch " + SENTINEL) + b"o"), "'os system'"),
    "EXT1": (Raw(b"\x82\x01"), "EXT1"),
    "EXT4": (Raw(b"\x84\x01\x00\x00\x00"), "EXT4"),
    "NEWOBJ_EX": (Raw(emit(G("models.lstm", "lstm")) + b")}\x92"), "NEWOBJ_EX"),
    "PERSID": (Raw(b"Pos.system\n"), "PERSID"),
    "a buffer from outside": (Raw(b"\x97"), "NEXT_BUFFER"),
    "a call of a text": (Call("os.system", ("touch " + SENTINEL,)), "calls what has no name"),
    "a call without a tuple": (Call(G("collections", "OrderedDict"), [1]), "calls what has no name"),
    "a call of a storage's type": (Call(G("torch", "FloatStorage"), (10**9,)), "not to be called"),
    "a call of an optimiser": (Call(G("torch.optim.adam", "Adam"), ([],)), "not to be called"),
    "an object of a function": (Call(G("torch._utils", "_rebuild_tensor"), (), None, new=True), "not to be called"),
    "a state for a list": (Raw(b"]" + emit({"__class__": 1}) + b"b"), "gives a state to what takes none"),
    "a state for a name": (
        Raw(emit(G("torch.optim.adam", "Adam")) + emit({"__init__": 1}) + b"b"),
        "gives a state to what takes none",
    ),
    "a state for a tensor": (Raw(emit(tensor()) + emit({"__class__": 1}) + b"b"), "gives a state to what takes none"),
    "two states": (Raw(emit(options({"a": 1})) + emit({"b": 2}) + b"b"), "gives a state to what takes none"),
}

MISFORMED: dict[str, tuple[Any, str]] = {
    "a persistent id that is a text": (Pid("0"), "persistent id of an unknown form"),
    "a persistent id too short": (Pid(("storage", G("torch", "FloatStorage"), "0", "cpu")), "persistent id of an unknown form"),
    "a persistent id too long": (storage(FLOATS, "0", "cpu", 4, None, None), "persistent id of an unknown form"),
    "an unknown persistent id": (Pid(("package", "0")), "persistent id of an unknown form"),
    "a storage of an unknown type": (storage(G("torch", "QInt8Storage")), "'torch QInt8Storage'"),
    "a storage of no type": (storage("FloatStorage"), "persistent id of an unknown form"),
    "a storage's key that is a number": (storage(key=0), "persistent id of an unknown form"),
    "a storage of a length that is a text": (storage(numel="4"), "length of a storage"),
    "a storage of less than no length": (storage(numel=-4), "length of a storage"),
    "a storage of true length": (storage(numel=True), "length of a storage"),
    "a storage of two lengths": ((storage(), storage(numel=3)), "storage '0' in two ways"),
    "a storage of two types": ((storage(), storage(G("torch", "LongStorage"))), "storage '0' in two ways"),
    "a module that is a storage": (Pid(("module", G("torch", "FloatStorage"), "f", "s")), "persistent id of an unknown form"),
    "a module whose source is a number": (Pid(("module", G("models.lstm", "lstm"), 1, 2)), "persistent id of an unknown form"),
    "a view past the end": (storage(FLOATS, "0", "cpu", 4, ("v", 2, 3)), "view that leaves its storage"),
    "a view from before the start": (storage(FLOATS, "0", "cpu", 4, ("v", -1, 2)), "start of a view"),
    "a view of less than nothing": (storage(FLOATS, "0", "cpu", 4, ("v", 1, -1)), "length of a view"),
    "a view of another form": (storage(FLOATS, "0", "cpu", 4, ("v", 1)), "view of an unknown form"),
    "a tensor past its view": (
        tensor(storage(FLOATS, "0", "cpu", 4, ("v", 1, 3))), "tensor that leaves its storage"
    ),
    "a tensor past its storage": (tensor(offset=1), "tensor that leaves its storage"),
    "a tensor before its storage": (tensor(offset=-1), "tensor's offset"),
    "a tensor too large": (tensor(size=(2, 3)), "tensor that leaves its storage"),
    "huge strides": (tensor(size=(2, 2), stride=(2**62, 2**62)), "tensor that leaves its storage"),
    "negative strides": (tensor(offset=3, stride=(-2, -1)), "tensor's stride"),
    "negative sizes": (tensor(size=(-2, -2)), "tensor's size"),
    "sizes with a point": (tensor(size=(2.0, 2)), "tensor's size"),
    "true sizes": (tensor(size=(True, 2)), "tensor's size"),
    "more strides than sizes": (tensor(stride=(1, 1, 1)), "size and strides do not fit"),
    "too many dimensions": (tensor(size=(1,) * 9, stride=(1,) * 9), "size and strides do not fit"),
    "sizes in a list": (tensor(size=[2, 2]), "made of something else"),
    "a tensor of no storage": (tensor("0"), "made of something else"),
    "a tensor of too little": (Call(G("torch._utils", "_rebuild_tensor_v2"), (storage(),)), "made of something else"),
    "a parameter of nothing": (Call(G("torch._utils", "_rebuild_parameter"), ()), "parameter without a tensor"),
    "a parameter of a text": (Call(G("torch._utils", "_rebuild_parameter"), ("x",)), "parameter without a tensor"),
    "an OrderedDict of a text": (Call(G("collections", "OrderedDict"), ("ab",)), "something else than pairs"),
    "an OrderedDict of triples": (Call(G("collections", "OrderedDict"), ([[1, 2, 3]],)), "something else than pairs"),
    "an OrderedDict with a key that is a list": (Call(G("collections", "OrderedDict"), ([[[], 2]],)), "no text and no number"),
    "a key that is a tuple": ({(1, 2): 3}, "no text and no number"),
    "a key that is a list": (Raw(b"}]Ns"), "no text and no number"),
    "a memo that was never kept": (Raw(b"h\x07"), "asks for what it has not kept"),
    "a memo of nothing": (Raw(b"(q\x00"), "takes what it has not given"),
    "a mark that was never set": (Raw(b"t"), "ends what it has not begun"),
    "a value from below a mark": (Raw(b"N(\x85"), "takes what it has not given"),
    "items of a list": (Raw(b"]NNs"), "items of what is no dict"),
    "half an item": (Raw(b"}(Nu"), "items of what is no dict"),
    "appending to a tuple": (Raw(b")Na"), "appends to what is no list"),
    "two values where one belongs": (Raw(b"NN"), "items of what is no dict"),
    "an early end": (Raw(b"."), "does not end in one value"),
    "another protocol": (Raw(b"\x80\x04N"), "protocol 4"),
    "a frame": (Raw(b"\x95" + struct.pack("<Q", 2**60) + b"N"), "FRAME"),
    "a number of thousands of digits": (Raw(b"\x8b" + struct.pack("<i", 5000) + b"\x01" * 5000), "LONG4"),
    "a number beyond 64 bits": (2**70, "beyond 64 bits"),
    "a number in words": (Raw(b"L1" + b"0" * 5000 + b"L\n"), "cut short or damaged"),
    "a text of -1 bytes": (Raw(b"T\xff\xff\xff\xff"), "cut short or damaged"),
    "a text longer than the file": (Raw(b"X\xff\xff\xff\x7f"), "cut short or damaged"),
    "a text of eight bytes' length": (Raw(b"\x8d" + b"\xff" * 7 + b"\x7f"), "cut short or damaged"),
    "a text that is none": (Raw(b"X\x02\x00\x00\x00\xff\xfe"), "cut short or damaged"),
    "an opcode that there is not": (Raw(b"\xff"), "cut short or damaged"),
}  # fmt: skip

LAYOUTS: dict[str, Callable[[Any, dict[str, tuple[int, bytes]]], bytes]] = {"legacy": legacy, "zip": zipped}


_seen: list[str] = []
_watching = False


def _watch(event: str, args: tuple) -> None:
    if _watching and event in ("exec", "compile", "os.system", "subprocess.Popen", "pickle.find_class"):
        _seen.append(event)


sys.addaudithook(_watch)  # for good; it has something to do only while a file is read


@contextlib.contextmanager
def nothing_runs() -> Iterator[None]:
    """Fails where code is compiled or run, a program started, or a global looked up by a pickle module of Python's."""
    global _watching
    before = sys.modules.keys() | set()
    _seen.clear()
    _watching = True
    try:
        yield
    finally:
        _watching = False
    assert not _seen
    assert not sys.modules.keys() - before
    assert not Path(SENTINEL).exists()


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What runs would leave its file here."""
    monkeypatch.chdir(tmp_path)


def refusal(path: Path, data: bytes) -> str:
    """What is said of a file of these bytes; it names the file, in one line."""
    path.write_bytes(data)
    with nothing_runs(), pytest.raises(CheckpointError) as refused:
        checkpoint.load(path)
    said = str(refused.value)
    assert said.startswith(str(path))
    assert "\n" not in said
    assert len(said) < 400
    return said


def among_parts(value: Any) -> dict[str, Any]:
    """Where a checkpoint has its parts."""
    return {"opt": options({}), "encoder": value}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", [*RUNS, *MISFORMED])
def test_that_what_no_checkpoint_holds_is_refused(tmp_path: Path, name: str, layout: str) -> None:
    value, sentence = {**RUNS, **MISFORMED}[name]
    assert re.search(sentence, refusal(tmp_path / "a.pth", LAYOUTS[layout](among_parts(value), FOUR)))


@pytest.mark.parametrize("name", RUNS)
def test_that_what_runs_something_is_refused_wherever_it_stands(tmp_path: Path, name: str) -> None:
    value, _ = RUNS[name]
    opened = b"\x80\x02" + emit(value) + b"."
    good = {"encoder": None}
    for data in (
        MAGIC + opened,  # for the protocol
        MAGIC + pickled(1001) + opened,  # for what the machine was
        legacy(good, {}, keys=value),
        legacy(options({"n_past": value})),
        zipped(value),
        opened,
        pickle.dumps({"format": checkpoint.FORMAT}) + opened,
    ):
        refusal(tmp_path / "a.pth", data)
    (tmp_path / "own.pt").write_bytes(zipped({"format": checkpoint.FORMAT, "model": value}))
    with pytest.raises(CheckpointError):
        checkpoint.load(tmp_path / "own.pt")
    assert not Path(SENTINEL).exists()


# ---- what fills memory or takes for ever


def nested(depth: int, begin: bytes, end: bytes) -> Raw:
    return Raw(begin * depth + b"N" + end * depth)


def doubled(levels: int, opcodes: bytes) -> Raw:
    """A value of which each level holds the one below twice: 2 ** levels values to whoever goes through them all."""
    steps = b"".join(b"q" + bytes([n]) + b"h" + bytes([n]) + opcodes for n in range(levels))
    return Raw(b"N" + steps)


def again(kept: bytes, step: bytes, times: int) -> Raw:
    """`kept`, which leaves something in the memo, and then one step a great many times, its results in a list."""
    return Raw(b"](" + kept + step * times + b"e")


MODULE = G("torch.nn.modules.container", "Sequential")


def module(**state: Any) -> Call:
    return Call(MODULE, (), {"_modules": {}, **state}, new=True)


def modules_without_end() -> Raw:
    """A module that holds itself."""
    return Raw(emit(MODULE) + b")\x81q\x01}(" + text("_modules") + b"}(" + text("a") + b"h\x01" + text("b") + b"h\x01" + b"uub")


def modules_doubled() -> Raw:
    """Modules of which each holds the one below under many names."""
    inner = emit(module(_parameters=OrderedDict(w=tensor())))
    for n in range(7):
        others = b"".join(text(f"m{i}") + b"h" + bytes([n]) for i in range(90))
        inner = emit(MODULE) + b")\x81}(" + text("_modules") + b"}(" + text("first") + inner + b"q" + bytes([n]) + others + b"uub"
    return Raw(inner)


def weights_doubled() -> Raw:
    """Modules that hold one dict of weights, all of them."""
    weights = text("_parameters") + emit(OrderedDict((f"w{i}", tensor()) for i in range(99))) + b"q\x00"
    names = b"".join(text(f"m{i}") + emit(MODULE) + b")\x81}" + text("_parameters") + b"h\x00sb" for i in range(99))
    return Raw(emit(MODULE) + b")\x81}(" + weights + text("_modules") + b"}(" + names + b"uub")


STEPS, NO_WEIGHTS, ALONE = "more than 200,000 steps", "holds no weights", "holds weights of encoder alone"
BOMBS: dict[str, tuple[Callable[[], Any], str]] = {
    "tuples in tuples": (lambda: nested(60_000, b"", b"\x85"), NO_WEIGHTS),
    "lists in lists": (lambda: nested(60_000, b"]", b"a"), NO_WEIGHTS),
    "marks": (lambda: Raw(b"(" * 1_000_000), STEPS),
    "empty dicts": (lambda: Raw(b"(" + b"}" * 1_000_000 + b"t"), STEPS),
    "empty lists": (lambda: Raw(b"](" + b"]" * 1_000_000 + b"e"), STEPS),
    "one tuple billions of times": (lambda: doubled(200, b"\x86"), NO_WEIGHTS),
    "one tuple billions of times as a key": (lambda: Raw(b"}" + emit(doubled(200, b"\x86")) + b"Ns"), "no text and no number"),
    "a memo's far end": (lambda: Raw(b"]r\xff\xff\xff\xff"), NO_WEIGHTS),
    "a great memo": (lambda: Raw(b"]" + b"".join(b"r" + struct.pack("<I", 22_000 * n) for n in range(190_000))), NO_WEIGHTS),
    "one OrderedDict again and again": (
        lambda: again(
            b"](" + b"".join(emit([n, n]) for n in range(3_000)) + b"e\x85q\x00", b"ccollections\nOrderedDict\nh\x00R", 3_000
        ),
        NO_WEIGHTS,
    ),
    "one set again and again": (
        lambda: again(b"](" + b"".join(emit(n) for n in range(3_000)) + b"e\x85q\x00", b"c__builtin__\nset\nh\x00R", 3_000),
        NO_WEIGHTS,
    ),
    "a tensor of a great many arguments": (
        lambda: again(
            b"(" + emit(storage()) + emit(0) + emit((4,)) + emit((1,)) + b"N" * 2_000 + b"tq\x00",
            b"ctorch._utils\n_rebuild_tensor\nh\x00R", 3_000,
        ),
        NO_WEIGHTS,
    ),
    "a list that holds itself": (lambda: Raw(b"]q\x00h\x00a"), NO_WEIGHTS),
    "a dict that holds itself": (lambda: Raw(b"}q\x00" + text("a") + b"h\x00s"), NO_WEIGHTS),
    "a module that holds itself": (modules_without_end, "modules within modules without end"),
    "a module's modules doubled": (modules_doubled, "more modules than any SVG model"),
    "one dict of weights in many modules": (weights_doubled, ALONE),
    "a module with a great many weights": (
        lambda: module(_parameters=OrderedDict((f"w{n}", None) for n in range(5_000))),
        "holds more than any of an SVG model",
    ),
    "a long name of a weight": (lambda: module(_parameters=OrderedDict({"w" * 10**6: tensor()})), "names of weights"),
    "a name as long as the file": (lambda: G("os" * 5_000_000, "system"), "names 'ososos"),
    "texts": (lambda: Raw(b"](" + text("x" * 2**20) * 20 + b"e"), "cut short or damaged in its pickle|too large a pickle"),
}  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", BOMBS)
def test_that_no_file_takes_more_memory_than_a_small_multiple_of_its_size(tmp_path: Path, name: str, layout: str) -> None:
    make, sentence = BOMBS[name]
    part = Raw(emit(make()))
    held = FOUR if b"FloatStorage" in part.opcodes else {}
    data = LAYOUTS[layout]({"encoder": part, "decoder": 0, "frame_predictor": 0, "posterior": 0}, held)
    tracemalloc.start()
    try:
        said = refusal(tmp_path / "a.pth", data)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert re.search(sentence, said), said
    assert peak < 60 * 2**20, f"{peak:,} bytes"


def test_that_a_real_files_pickle_is_far_below_the_limits() -> None:
    assert safe_unpickler.MAX_STEPS == 200_000
    assert safe_unpickler.MAX_BYTES == 16 * 2**20
    long = io.BytesIO(b"\x80\x02](" + b"N" * (safe_unpickler.MAX_STEPS - 5) + b"e.")
    assert len(safe_unpickler.load(long)) == safe_unpickler.MAX_STEPS - 5  # type: ignore[arg-type]
    longer = io.BytesIO(b"\x80\x02](" + b"N" * (safe_unpickler.MAX_STEPS - 4) + b"e.")
    with pytest.raises(safe_unpickler.Unreadable, match="200,000 steps"):
        safe_unpickler.load(longer)


# ---- damaged files


def tiny(layout: str, kind: str = "Float", numel: int = 4) -> bytes:
    return LAYOUTS[layout]({"encoder": tensor(storage(G("torch", f"{kind}Storage"), numel=numel))}, FOUR)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_that_a_file_cut_short_anywhere_is_refused(tmp_path: Path, layout: str) -> None:
    whole = tiny(layout)
    assert ALONE in refusal(tmp_path / "a.pth", whole)  # read to its end, and then no checkpoint
    for length in range(len(whole)):
        said = refusal(tmp_path / "a.pth", whole[:length])
        assert ALONE not in said, length


@pytest.mark.parametrize("layout", LAYOUTS)
def test_that_a_file_with_any_byte_changed_is_refused(tmp_path: Path, layout: str) -> None:
    whole = tiny(layout)
    for place in range(len(whole)):
        for flip in (0x01, 0x80, 0xFF):
            refusal(tmp_path / "a.pth", whole[:place] + bytes([whole[place] ^ flip]) + whole[place + 1 :])


@pytest.mark.parametrize(
    "data, sentence",
    [
        (legacy({}, protocol=1000), "version of torch's layout"),
        (legacy({}, protocol=[1001]), "version of torch's layout"),
        (legacy({}, system={**SYSTEM, "little_endian": False}), "another byte order"),
        (legacy({}, system={"protocol_version": 1001}), "another byte order"),
        (legacy({}, system=[1, 2]), "another byte order"),
        (legacy({"encoder": tensor()}, FOUR, keys=["0", "0"]), "list of its storages"),
        (legacy({"encoder": tensor()}, FOUR, keys=[0]), "list of its storages"),
        (legacy({"encoder": tensor()}, FOUR, keys="0"), "list of its storages"),
        (legacy({"encoder": tensor()}, FOUR, keys=[]), "other storages than those it uses"),
        (legacy({"encoder": None}, FOUR), "other storages than those it uses"),
        (legacy({"encoder": tensor()}, {"0": (3, bytes(16))}), "another length than it says"),
        (legacy({"encoder": tensor()}, {"0": (-4, bytes(16))}), "another length than it says"),
        (legacy({"encoder": tensor()}, {"0": (4, bytes(15))}), "claims more numbers than it holds"),
        (legacy({"encoder": tensor(storage(numel=2**60))}, {"0": (2**60, bytes(16))}), "claims more numbers than it holds"),
        (zipped({"encoder": tensor()}), "lacks its storage '0'"),
        (zipped({"encoder": tensor(storage(key="../0"))}, FOUR), "lacks its storage '../0'"),
        (zipped({"encoder": tensor(storage(numel=2**60))}, FOUR), "fewer numbers in its storage '0'"),
        (zipped({"encoder": tensor()}, {"0": (4, bytes(20))}), "more numbers in its storage '0'"),
        (zipped({"encoder": tensor(storage(G("torch", "DoubleStorage")))}, FOUR), "fewer numbers in its storage '0'"),
        (zipped({}, byteorder=b"big"), "another byte order"),
        (zipped({}, byteorder=b"little" * 10**6), "another byte order"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_that_a_container_that_contradicts_itself_is_refused(tmp_path: Path, data: bytes, sentence: str) -> None:
    assert sentence in refusal(tmp_path / "a.pth", data)


def archive(names: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as file:
        for name, data in names.items():
            file.writestr(name, data)
    return out.getvalue()


def twice() -> bytes:
    """Two members of one name."""
    data = archive({"a/data.pkl": pickled({}), "a/data.pk_": pickled({})})
    return data.replace(b"a/data.pk_", b"a/data.pkl")


def flagged(data: bytes, offset: int, value: bytes) -> bytes:
    """A zip whose first entry in the directory has other bytes at `offset`, and its local header too where that has the field."""
    at = data.index(b"PK\x01\x02")
    return data[: at + offset] + value + data[at + offset + len(value) :]


EMPTY = archive({"a/data.pkl": pickled({})})
GREAT = archive({"a/data.pkl": pickled({}), "a/data/0": bytes(20 * 2**20)}, zipfile.ZIP_DEFLATED)


@pytest.mark.parametrize(
    "data, sentence",
    [
        (twice(), "two members of the name 'a/data.pkl'"),
        (archive({"a/data.pkl": pickled({}), "a/../b": b""}), "a name that torch does not write"),
        (archive({"a/data.pkl": pickled({}), "/etc/passwd": b""}), "a name that torch does not write"),
        (archive({"../data.pkl": pickled({})}), "a name that torch does not write"),
        (archive({"/data.pkl": pickled({})}), "a name that torch does not write"),
        (archive({"a/data.pkl": pickled({}), "b/data/0": b""}), "a name that torch does not write"),
        (archive({"a/data.pkl": pickled({}), "a/C:\\x": b""}), "a name that torch does not write"),
        (archive({"a/data.pkl": pickled({}), "a/": b""}), "a name that torch does not write"),
        (archive({"data.pkl": pickled({})}), "a name that torch does not write"),
        (archive({"a/readme.txt": b"hello"}), "a zip of something else"),
        (archive({"a/data.pkl": bytes(1000)}, zipfile.ZIP_DEFLATED), "compressed or encrypted"),
        (archive({"a/data.pkl": bytes(1000)}, zipfile.ZIP_LZMA), "compressed or encrypted"),
        (GREAT, "compressed or encrypted"),
        (flagged(EMPTY, 8, b"\x01\x00"), "compressed or encrypted"),
        (flagged(EMPTY, 10, b"\x08\x00"), "compressed or encrypted"),  # says so, at no other size
        (flagged(EMPTY, 20, struct.pack("<II", 2**31, 2**31)), "longer than the file"),
        (flagged(EMPTY, 24, struct.pack("<I", 10**9)), "compressed or encrypted"),
        (flagged(EMPTY, 42, struct.pack("<I", 3)), "damaged zip"),
        (flagged(EMPTY, 16, b"\0\0\0\0"), "damaged zip"),  # the checksum
        (EMPTY.replace(pickled({}), pickled({}).replace(b"}", b"]")), "damaged zip"),
        (archive({"a/data.pkl": pickled([bytes(0).decode()] * 1) + bytes(17 * 2**20)}), "too large a pickle"),
        (archive({f"a/{n:0200}": b"" for n in range(9_000)}), "too large a directory"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_that_a_zip_that_torch_did_not_write_is_refused(tmp_path: Path, data: bytes, sentence: str) -> None:
    tracemalloc.start()
    try:
        assert sentence in refusal(tmp_path / "a.pth", data)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2 * len(data) + 30 * 2**20

"""Reads pickles as plain data: names in them become records, and nothing is imported or called.

An interpreter of its own, not a pickle.Unpickler: there is no way from an opcode to a function of the file's choice. What a
pickle may build is bounded by the numbers below, so it needs no more memory than a small multiple of its bytes.
"""

from __future__ import annotations

import pickletools
from collections.abc import Callable
from dataclasses import dataclass, field
from io import BytesIO

MAX_BYTES = 16 * 2**20  # of a pickle; a real one has a few hundred thousand
MAX_STEPS = 200_000  # opcodes; a real one has some twenty thousand
PROTOCOL = 2  # what torch writes


class Unreadable(Exception):
    """Why a file is refused: the end of a sentence that begins with its name."""


@dataclass(frozen=True)
class Name:
    """A global that may occur in a pickle. `call`, a function of this program, is what calling it stands for."""

    title: str  # module and name with a space between
    call: Callable[[tuple[object, ...]], object] | None = None
    is_class: bool = False  # calling it makes a Record


@dataclass(eq=False)
class Record:
    """What stands for an object: its class's name, what that was called with, its state and items; it has no behaviour."""

    name: Name
    args: tuple[object, ...]
    state: object = None
    built: bool = field(default=False, repr=False)
    items: dict[object, object] = field(default_factory=dict)  # of a kind of dict
    values: list[object] = field(default_factory=list)  # of a kind of list


class Ordered(dict[object, object]):
    """What stands for a dict that takes a state, which is dropped: torch's OrderedDicts of weights have one."""


Find = Callable[[str], Name | None]
Persistent = Callable[[object], object]

SCALARS = (type(None), bool, int, float, str)
MADE: dict[str, Callable[[], object]] = {
    "NONE": lambda: None, "NEWTRUE": lambda: True, "NEWFALSE": lambda: False, "EMPTY_LIST": list, "EMPTY_DICT": dict,
}  # fmt: skip
TUPLES = {"EMPTY_TUPLE": 0, "TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}


def refuse(pid: object) -> object:
    raise Unreadable("holds a persistent id where torch writes none")


def load(stream: BytesIO, find: Find = lambda _: None, persistent: Persistent = refuse) -> object:
    """The value of the pickle that begins where `stream` stands, which is left behind it.

    find: "module name" → what may stand there, or None to refuse it. persistent: a persistent id → what it stands for.
    The value is made of None, bool, int, float, str, tuples, lists and dicts of those, Names, Records and what `persistent` and
    Name.call return. It may contain itself. Raises Unreadable.
    """
    machine = _Machine(find, persistent)
    try:
        for steps, (opcode, arg, _) in enumerate(pickletools.genops(stream)):
            if steps >= MAX_STEPS:
                raise Unreadable(f"has a pickle of more than {MAX_STEPS:,} steps")
            machine.step(opcode.name, arg)
    except ValueError as error:  # what pickletools makes of a truncated pickle, an unknown opcode, a text that is none
        raise Unreadable("is cut short or damaged in its pickle") from error
    if len(machine.stack) != 1 or machine.marks:
        raise Unreadable("has a pickle that does not end in one value")
    return machine.stack.pop()


class _Machine:
    """A pickle's stack, marks and memo."""

    def __init__(self, find: Find, persistent: Persistent) -> None:
        self.find = find
        self.persistent = persistent
        self.stack: list[object] = []
        self.marks: list[int] = []
        self.memo: dict[int, object] = {}

    def step(self, opcode: str, arg: object) -> None:
        match opcode:
            # The last two are Python 2's str.
            case "BININT" | "BININT1" | "BININT2" | "LONG1" | "BINFLOAT" | "BINUNICODE" | "SHORT_BINSTRING" | "BINSTRING":
                if isinstance(arg, int) and not -(2**63) <= arg < 2**63:
                    raise Unreadable("holds a whole number beyond 64 bits")
                self.stack.append(arg)
            case _ if opcode in MADE:
                self.stack.append(MADE[opcode]())
            case "TUPLE":
                self.stack.append(tuple(self._since_mark()))
            case _ if opcode in TUPLES:
                self.stack.append(tuple(self._pop() for _ in range(TUPLES[opcode]))[::-1])
            case "BINGET" | "LONG_BINGET":
                if arg not in self.memo:
                    raise Unreadable("has a pickle that asks for what it has not kept")
                self.stack.append(self.memo[arg])
            case "BINPUT" | "LONG_BINPUT":
                self.memo[arg] = self._top()  # type: ignore[index]
            case "MARK":
                self.marks.append(len(self.stack))
            case "APPEND" | "APPENDS":
                values = [self._pop()] if opcode == "APPEND" else self._since_mark()
                target = self._top()
                target = target.values if isinstance(target, Record) else target
                if not isinstance(target, list):
                    raise Unreadable("has a pickle that appends to what is no list")
                target.extend(values)
            case "SETITEM" | "SETITEMS":
                pairs = [self._pop(), self._pop()][::-1] if opcode == "SETITEM" else self._since_mark()
                target = self._top()
                target = target.items if isinstance(target, Record) else target
                if not isinstance(target, dict) or len(pairs) % 2:
                    raise Unreadable("has a pickle that sets items of what is no dict")
                target.update((scalar(key), value) for key, value in zip(pairs[::2], pairs[1::2], strict=True))
            case "GLOBAL":
                if (named := self.find(str(arg))) is None:
                    raise Unreadable(f"names {str(arg)[:80]!r}, which no SVG checkpoint does, and may be meant to run it")
                self.stack.append(named)
            case "BINPERSID":
                self.stack.append(self.persistent(self._pop()))
            case "REDUCE" | "NEWOBJ":
                args, name = self._pop(), self._pop()
                if not isinstance(name, Name) or not isinstance(args, tuple):
                    raise Unreadable("has a pickle that calls what has no name")
                if not name.is_class and (not name.call or opcode == "NEWOBJ"):
                    raise Unreadable(f"has a pickle that calls {name.title!r}, which is not to be called")
                self.stack.append(name.call(args) if name.call else Record(name, args))
            case "BUILD":
                state, target = self._pop(), self._top()
                if isinstance(target, Ordered):
                    return
                if not isinstance(target, Record) or target.built:
                    raise Unreadable("has a pickle that gives a state to what takes none")
                target.state, target.built = state, True
            case "PROTO" if arg != PROTOCOL:
                raise Unreadable(f"has a pickle of protocol {arg}, where torch writes {PROTOCOL}")
            case "PROTO" | "STOP":
                pass
            case _:
                raise Unreadable(f"has a pickle with a step that torch does not write ({opcode})")

    def _pop(self) -> object:
        self._top()
        return self.stack.pop()

    def _top(self) -> object:
        if len(self.stack) <= (self.marks[-1] if self.marks else 0):
            raise Unreadable("has a pickle that takes what it has not given")
        return self.stack[-1]

    def _since_mark(self) -> list[object]:
        if not self.marks:
            raise Unreadable("has a pickle that ends what it has not begun")
        start = self.marks.pop()
        values = self.stack[start:]
        del self.stack[start:]
        return values


def scalar(value: object) -> object:
    """`value` as a key. Containers are refused: the hash of tuples in tuples takes for ever."""
    if not isinstance(value, (*SCALARS, Name)):
        raise Unreadable("has a key that is no text and no number")
    return value


def ordered_dict(args: tuple[object, ...]) -> dict[object, object]:
    """collections.OrderedDict: empty, to be filled (Python 3), or of a list of [key, value] (Python 2).

    The list is used up: a pickle could call for it again and again and so make far more than its own bytes.
    """
    pairs = args[0] if args else []
    if len(args) > 1 or not isinstance(pairs, list) or not all(isinstance(p, list | tuple) and len(p) == 2 for p in pairs):
        raise Unreadable("has an OrderedDict that is made of something else than pairs")
    made = Ordered((scalar(key), value) for key, value in pairs)
    pairs.clear()
    return made

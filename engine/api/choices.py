"""What is drawn in a prompt (`engine.api.dynamic`), found with its place: choices, lists, variables."""

from __future__ import annotations

import enum
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

from engine.api.errors import BadRequest

DEEPEST = 32
"""Choices and lists within one another."""
LONGEST_DRAWN = 200_000
"""Characters of a prompt that is drawn."""
JOINED_BY = ", "

LIST = r"__[~@!]?(?=_{0,9}[^\W_]|_{0,9}[*?])[\w*?/.-]*?[\w*?]__(?!_(?!_))"
"""A list as it is called: something besides "_" is in its name, and two may stand side by side."""
_HIDDEN = r"\\(?:__|.)"
_NAMED = r"\$\{\s{0,9}[A-Za-z_-][\w-]{0,60}\s{0,9}(?:\??=!?\s{0,9}|\}|:(?!:))"
# one group around all, so that `split` gives what is between marks and marks in turn
_MARK = re.compile(rf"({_HIDDEN}|{_NAMED}|[{{}}|]|{LIST})", re.DOTALL)
# what parts the options is left out, and a line of underscores that names nothing is taken at once
_CALL = re.compile(rf"({_HIDDEN}|{_NAMED}|[{{}}]|(?<!_)__++(?![\w*?~@!])|{LIST})", re.DOTALL)
LONGEST_COUNT = 64
"""Characters in which `$$` follows a `{`: nearly no choice says how many it draws."""
_COUNT = re.compile(r"\s*(?P<low>\d{1,4})?(?P<dash>-)?(?P<high>\d{1,4})?\s*\$\$")
_JOINED_BY = re.compile(r"(?P<by>[^|{}$]{0,40}|[^\w\\{}$]{0,40})\$\$")
_VARIABLE = re.compile(r"\$\{\s*(?P<name>[\w-]+)\s*(?P<sign>\S+)\s*")
SHARE = re.compile(r"\s*(?P<share>\d{1,9}(?:\.\d{0,9})?|\.\d{1,9})::")


@dataclass(frozen=True)
class Fault:
    """What cannot be read, at `typed[start:end]`."""

    start: int
    end: int
    code: str
    """`no_list`, `empty_list`, `open_brace`, `lone_brace`, `count`, `variable`, `too_deep`, `too_long`."""
    reason: str

    def as_error(self, field: str, typed: str) -> BadRequest:
        """For `field`, whose text is `typed`."""
        return BadRequest(
            field,
            f"cannot be read at character {self.start + 1}: {self.reason}",
            problem=self.code,
            start=self.start,
            end=self.end,
            why=self.reason,
            typed=typed,
        )


class Unreadable(Exception):
    def __init__(self, start: int, end: int, code: str, reason: str) -> None:
        super().__init__(reason)
        self.fault = Fault(start, end, code, reason)


class Way(enum.Enum):
    """How one of several is chosen; `Lists` and choices say so with a sign at their beginning."""

    RANDOM = "~"
    IN_TURN = "@"
    """Each picture of a batch takes the next one."""
    ALL = "!"
    """A batch that is large enough takes every combination once."""


WAYS = {way.value: way for way in Way}


class ListName(NamedTuple):
    start: int
    end: int
    name: str
    way: Way = Way.RANDOM


class Choice(NamedTuple):
    start: int
    end: int
    low: int
    high: int
    joined_by: str
    options: tuple[tuple[float, tuple[Node, ...]], ...]
    way: Way = Way.RANDOM


class Variable(NamedTuple):
    """`${name=words}` remembers words, `${name}` reads them; `${name:words}` says what where none are."""

    start: int
    end: int
    name: str
    sign: str
    """`=`, `=!` (drawn at once), `?=` or `?=!` (unless it is known), `}` or `:`."""
    words: tuple[Node, ...] = ()

    @property
    def sets(self) -> bool:
        return "=" in self.sign


Node = str | ListName | Choice | Variable


def is_drawn(text: str) -> bool:
    """True where `text` has something to be drawn (or begins it)."""
    return any(mark[0][0] not in "\\|" for mark in _MARK.finditer(text))


@dataclass(slots=True)
class _Brace:
    """A `{` that waits for its partner."""

    start: int
    options: list[tuple[float, tuple[Node, ...]]]
    nodes: list[Node]
    low: int = 1
    high: int = 1
    joined_by: str = JOINED_BY
    way: Way = Way.RANDOM
    variable: Variable | None = None
    """Whose words it holds; it has no options then."""


class Calls(NamedTuple):
    """What is drawn in a text, side by side: a mark has no object of its own."""

    marks: Sequence[str]
    """Braces, lists and variables, also what stands behind a backslash and lines of underscores."""
    starts: Sequence[int]
    """One more than there are marks: the last is the end of the text."""
    ends: Sequence[int]


def calls_of(text: str) -> Calls:
    """Where `text` may draw: for who shows it."""
    pieces = _CALL.split(text)
    edges = list(accumulate(map(len, pieces)))
    return Calls(pieces[1::2], edges[::2], edges[1::2])


def is_called(mark: str) -> bool:
    """True where a mark of `Calls` is a brace, a list or a variable."""
    return mark[0] != "\\" and (mark[0] != "_" or not is_line(mark))


def is_line(mark: str) -> bool:
    """True of underscores that name no list."""
    return not mark.strip("_")


def called_in(text: str, calls: Calls) -> list[ListName | Variable]:
    """The lists and variables that `read` finds, in order, and what it raises; nothing is built.

    It is asked at every key, of a hundred thousand characters too.
    """
    called: list[ListName | Variable] = []
    opened: list[int] = []
    counts = "$$" in text
    at = 0
    for mark, start, end in zip(*calls, strict=False):
        if start < at:  # in what joins several
            continue
        if mark == "{":
            opened.append(start)
            if len(opened) > DEEPEST:
                raise _too_deep(start, end)
            at = end + 1 if text[end : end + 1] in WAYS else end
            if counts:
                at = _read_count(text, at, _Brace(start, [], []))
        elif mark == "}":
            if not opened:
                raise _lone(start, end)
            opened.pop()
        elif mark[0] == "_":
            if not is_line(mark):
                called.append(_list(mark, start, end))
        elif mark[0] == "$":
            variable = _variable(mark, start, end)
            called.append(variable)
            if variable.sign != "}":
                opened.append(start)
                if len(opened) > DEEPEST:
                    raise _too_deep(start, end)
    if opened:
        raise _open(opened[-1])
    return called


def _too_deep(start: int, end: int) -> Unreadable:
    return Unreadable(start, end, "too_deep", f"choices lie more than {DEEPEST} deep in one another")


def _lone(start: int, end: int) -> Unreadable:
    reason = 'there is no "{" for this "}"; \\} is the character itself'
    return Unreadable(start, end, "lone_brace", reason)


def _open(start: int) -> Unreadable:
    reason = 'there is no "}" for this "{"; \\{ is the character itself'
    return Unreadable(start, start + 1, "open_brace", reason)


def _list(mark: str, start: int, end: int) -> ListName:
    name = mark[2:-2]
    return ListName(start, end, name.lstrip("~@!"), WAYS.get(name[0], Way.RANDOM))


def read(text: str) -> tuple[Node, ...]:
    """In one pass, without recursion."""
    brace = _Brace(-1, [], [])
    around: list[_Brace] = []
    """What `brace` lies in, the innermost last."""
    at = 0
    pieces = _MARK.split(text)
    edges = list(accumulate(map(len, pieces)))
    for mark, start, end in zip(pieces[1::2], edges[::2], edges[1::2], strict=False):
        kind = mark[0]
        if kind == "\\" or start < at or (kind == "|" and (not around or brace.variable is not None)):
            continue
        if start > at:
            brace.nodes.append(text[at:start])
        at = end
        if kind == "{" or kind == "$":
            variable = _variable(mark, start, end) if kind == "$" else None
            if variable is not None and variable.sign == "}":
                brace.nodes.append(variable)
                continue
            around.append(brace)
            brace = _Brace(start, [], [], variable=variable)
            if len(around) > DEEPEST:
                raise _too_deep(start, end)
            if variable is None:
                if (way := WAYS.get(text[end : end + 1])) is not None:
                    brace.way, at = way, end + 1
                at = _read_count(text, at, brace)
        elif kind == "_":
            brace.nodes.append(_list(mark, start, end))
        elif not around:
            raise _lone(start, end)
        elif brace.variable is not None:
            made = brace.variable._replace(end=at, words=tuple(brace.nodes))
            brace = around.pop()
            brace.nodes.append(made)
        else:
            brace.options.append(_option(brace.nodes))
            brace.nodes = []
            if kind == "}":
                told = (brace.start, at, brace.low, brace.high, brace.joined_by, tuple(brace.options))
                made = tuple.__new__(Choice, (*told, brace.way))  # a third of the time of calling the class
                brace = around.pop()
                brace.nodes.append(made)
    if around:
        raise _open(brace.start)
    if at < len(text):
        brace.nodes.append(text[at:])
    return tuple(brace.nodes)


def _variable(mark: str, start: int, end: int) -> Variable:
    found = _VARIABLE.fullmatch(mark)
    assert found is not None
    return Variable(start, end, found["name"], found["sign"])


def _read_count(text: str, at: int, brace: _Brace) -> int:
    """`2$$`, `1-3$$` or `2$$ and $$` behind a `{`; returns where the first option begins."""
    found = _COUNT.match(text, at) if text.find("$$", at, at + LONGEST_COUNT) >= 0 else None
    if found is None:
        return at
    low = int(found["low"]) if found["low"] else None
    high = int(found["high"]) if found["high"] else None
    if (low is None and high is None) or (high is not None and not found["dash"]):
        raise Unreadable(at, found.end(), "count", "how many are drawn is written 2$$ or 1-3$$")
    if not found["dash"]:
        high = low
    brace.low, brace.high = low or 0, high if high is not None else LONGEST_DRAWN
    if brace.low > brace.high:
        raise Unreadable(at, found.end(), "count", f"{brace.low} are more than {brace.high}")
    end = found.end()
    joined = _JOINED_BY.match(text, end)
    if joined is not None:
        brace.joined_by, end = joined["by"], joined.end()
    return end


def _option(nodes: list[Node]) -> tuple[float, tuple[Node, ...]]:
    """How often it is drawn, and what it is."""
    typed = nodes[0] if nodes and isinstance(nodes[0], str) else ""
    if "::" in typed and (share := SHARE.match(typed)) is not None:
        rest = typed[share.end() :]
        return float(share["share"]), (*([rest] if rest else []), *nodes[1:])
    return 1.0, tuple(nodes)

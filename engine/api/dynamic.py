"""Prompts that are drawn: `{red|blue}` and `__colour__`, as the extension sd-dynamic-prompts writes them.

`{2$$a|b|c}` draws two without repeating one, `{1-2$$...}` one or two, `{2$$ and $$a|b|c}` joins them with
" and "; `{3::a|b}` draws *a* three times as often. `__colour__` draws a line of the list *colour*, whose
lines may draw in their turn and be drawn more often (`3::red`); `__animals/*__` draws from all lists that
fit. `{@a|b}` and `__@colour__` take one after the other from picture to picture of a batch, `{!a|b}` and
`__!colour__` every combination. What stands behind a backslash is read as it stands.

The package `dynamicprompts` reads the same, and variables (`${name=...}`), which here are named as not read.
It is not used because (0.31, of March 2024) it recurses without bound, takes "#" for a comment, and stops at
an underscore or a dollar sign.
"""

from __future__ import annotations

import enum
import re
from bisect import bisect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from random import Random
from typing import NamedTuple

from engine.api.errors import BadRequest

DEEPEST = 32
"""Choices and lists within one another."""
LONGEST_DRAWN = 200_000
"""Characters of a prompt that is drawn."""
MOST_DRAWN = 10_000
"""Choices and lists that one prompt draws from."""
MOST_WEIGHED = 1_000_000
"""Options and lines that are looked at for it."""
JOINED_BY = ", "

LIST = r"__[~@!]?(?=_{0,9}[^\W_]|_{0,9}[*?])[\w*?/.-]*?[\w*?]__(?!_(?!_))"
"""A list as it is called: something besides "_" is in its name, and two may stand side by side."""
_MARK = re.compile(
    r"\\(?P<escaped>__|.)"
    r"|(?P<open>\{)"
    r"|(?P<close>\})"
    r"|(?P<bar>\|)"
    rf"|(?P<list>{LIST})",
    re.DOTALL,
)
LONGEST_COUNT = 64
"""Characters in which `$$` follows a `{`: nearly no choice says how many it draws."""
_COUNT = re.compile(r"\s*(?P<low>\d{1,4})?(?P<dash>-)?(?P<high>\d{1,4})?\s*\$\$")
_JOINED_BY = re.compile(r"(?P<by>[^|{}$]{0,40}|[^\w\\{}$]{0,40})\$\$")
_VARIABLE = re.compile(r"\{\s{0,9}[A-Za-z_-][\w-]{0,60}\s{0,9}(?:\??=|\}|:(?!:))")
_SHARE = re.compile(r"\s*(?P<share>\d{1,9}(?:\.\d{0,9})?|\.\d{1,9})::")

Lists = Callable[[str], Sequence[str] | None]
"""Name of a wildcard list (`*` and `?` stand for letters) to its lines; None where there is none."""


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


class _Unreadable(Exception):
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


class _List(NamedTuple):
    start: int
    end: int
    name: str
    way: Way = Way.RANDOM


class _Choice(NamedTuple):
    start: int
    end: int
    low: int
    high: int
    joined_by: str
    options: tuple[tuple[float, tuple[_Node, ...]], ...]
    way: Way = Way.RANDOM


_Node = str | _List | _Choice


def is_drawn(text: str) -> bool:
    """True where `text` has something to be drawn (or begins it)."""
    return any(mark.lastgroup not in ("escaped", "bar") for mark in _MARK.finditer(text))


def draw(text: str, seed: int, lists: Lists, field: str = "prompt") -> str:
    """`text` with every choice made, the same for the same `seed` and lists.

    Raises `BadRequest` for `field`, with `start` and `end` of the place, where it cannot be read.
    """
    if not is_drawn(text):
        return text
    try:
        return _Drawing(seed, lists).text(_read(text), 0)
    except _Unreadable as unreadable:
        raise unreadable.fault.as_error(field, text) from None


def fault_of(text: str, lists: Lists) -> Fault | None:
    """The first place that cannot be read, whatever would be drawn; None where all can."""
    return next(iter(faults_of(text, lists)), None)


def faults_of(text: str, lists: Lists) -> tuple[Fault, ...]:
    """Every list that is missing or empty, in order; a brace that cannot be read hides what else there is."""
    if not is_drawn(text):
        return ()
    try:
        waiting = list(reversed(_read(text)))
    except _Unreadable as unreadable:
        return (unreadable.fault,)
    faults: list[Fault] = []
    known: dict[str, Fault | None] = {}
    """By the name of a list: a hundred thousand characters name few."""
    while waiting:
        node = waiting.pop()
        if isinstance(node, _Choice):
            waiting += [inner for _, option in reversed(node.options) for inner in reversed(option)]
        elif isinstance(node, _List):
            if node.name not in known:
                known[node.name] = _fault_in(node, lists)
            if (fault := known[node.name]) is not None:
                faults.append(replace(fault, start=node.start, end=node.end))
    return tuple(faults)


def _fault_in(node: _List, lists: Lists) -> Fault | None:
    try:
        _lines(node, lists)
    except _Unreadable as unreadable:
        return unreadable.fault
    return None


@dataclass(slots=True)
class _Brace:
    """A `{` that waits for its partner."""

    start: int
    options: list[tuple[float, tuple[_Node, ...]]]
    nodes: list[_Node]
    low: int = 1
    high: int = 1
    joined_by: str = JOINED_BY
    way: Way = Way.RANDOM


def _read(text: str) -> tuple[_Node, ...]:
    """In one pass, without recursion."""
    brace = _Brace(-1, [], [])
    around: list[_Brace] = []
    """What `brace` lies in, the innermost last."""
    at = 0
    for mark in _MARK.finditer(text):
        start, end = mark.span()
        kind = mark.lastgroup
        if kind == "escaped" or start < at or (kind == "bar" and not around):
            continue
        if start > at:
            brace.nodes.append(text[at:start])
        at = end
        if kind == "open":
            if text[start - 1 : start] == "$" and (found := _VARIABLE.match(text, start)) is not None:
                raise _Unreadable(start - 1, found.end(), "variable", "variables are not read here")
            around.append(brace)
            brace = _Brace(start, [], [])
            if (way := WAYS.get(text[end : end + 1])) is not None:
                brace.way, at = way, end + 1
            if len(around) > DEEPEST:
                raise _Unreadable(
                    start, end, "too_deep", f"choices lie more than {DEEPEST} deep in one another"
                )
            at = _read_count(text, at, brace)
        elif kind == "list":
            name = text[start + 2 : end - 2]
            brace.nodes.append(_List(start, end, name.lstrip("~@!"), WAYS.get(name[0], Way.RANDOM)))
        elif not around:
            raise _Unreadable(
                start, end, "lone_brace", 'there is no "{" for this "}"; \\} is the character itself'
            )
        else:
            brace.options.append(_option(brace.nodes))
            brace.nodes = []
            if kind == "close":
                told = (brace.start, at, brace.low, brace.high, brace.joined_by, tuple(brace.options))
                made = _Choice(*told, brace.way)
                brace = around.pop()
                brace.nodes.append(made)
    if around:
        start = brace.start
        raise _Unreadable(
            start, start + 1, "open_brace", 'there is no "}" for this "{"; \\{ is the character itself'
        )
    if at < len(text):
        brace.nodes.append(text[at:])
    return tuple(brace.nodes)


def _read_count(text: str, at: int, brace: _Brace) -> int:
    """`2$$`, `1-3$$` or `2$$ and $$` behind a `{`; returns where the first option begins."""
    found = _COUNT.match(text, at) if text.find("$$", at, at + LONGEST_COUNT) >= 0 else None
    if found is None:
        return at
    low = int(found["low"]) if found["low"] else None
    high = int(found["high"]) if found["high"] else None
    if (low is None and high is None) or (high is not None and not found["dash"]):
        raise _Unreadable(at, found.end(), "count", "how many are drawn is written 2$$ or 1-3$$")
    if not found["dash"]:
        high = low
    brace.low, brace.high = low or 0, high if high is not None else LONGEST_DRAWN
    if brace.low > brace.high:
        raise _Unreadable(at, found.end(), "count", f"{brace.low} are more than {brace.high}")
    end = found.end()
    joined = _JOINED_BY.match(text, end)
    if joined is not None:
        brace.joined_by, end = joined["by"], joined.end()
    return end


def _option(nodes: list[_Node]) -> tuple[float, tuple[_Node, ...]]:
    """How often it is drawn, and what it is."""
    typed = nodes[0] if nodes and isinstance(nodes[0], str) else ""
    if "::" in typed and (share := _SHARE.match(typed)) is not None:
        rest = typed[share.end() :]
        return float(share["share"]), (*([rest] if rest else []), *nodes[1:])
    return 1.0, tuple(nodes)


def _lines(node: _List, lists: Lists) -> Sequence[str]:
    lines = lists(node.name)
    if lines is None:
        raise _Unreadable(
            node.start, node.end, "no_list", f"there is no list {node.name[:80]!r} among the wildcards"
        )
    if not lines:
        raise _Unreadable(node.start, node.end, "empty_list", f"the list {node.name[:80]!r} is empty")
    return lines


class _Drawing:
    """One prompt as it is drawn."""

    def __init__(self, seed: int, lists: Lists) -> None:
        self.random, self.lists, self.seed = Random(seed), lists, seed
        self.left = seed
        """Of the seed, after what goes through all combinations has taken its part."""
        self.drawn = self.weighed = self.length = 0
        self.shares: dict[str, Sequence[float] | None] = {}
        """Of the lines of a list, by its name; None where all are alike."""
        self.read: dict[str, tuple[_Node, ...]] = {}

    def text(self, nodes: Sequence[_Node], depth: int) -> str:
        if len(nodes) == 1:
            return self._one(nodes[0], depth)
        return "".join([self._one(node, depth) for node in nodes])

    def _one(self, node: _Node, depth: int) -> str:
        if isinstance(node, str):
            return node
        self.drawn += 1
        if depth > DEEPEST:
            raise _Unreadable(node.start, node.end, "too_deep", "its lists lead back to one another")
        if self.drawn > MOST_DRAWN:
            raise _Unreadable(node.start, node.end, "too_long", "it draws too much")
        return self._from_list(node, depth) if isinstance(node, _List) else self._chosen(node, depth)

    def _from_list(self, node: _List, depth: int) -> str:
        line = self._line(node)
        self.length += len(line)
        if self.length > LONGEST_DRAWN:
            raise _Unreadable(node.start, node.end, "too_long", "what is drawn is too long")
        if not is_drawn(line):
            return line
        try:
            if line not in self.read:
                self.read[line] = _read(line)
            return self.text(self.read[line], depth + 1)
        except _Unreadable as inner:  # the place is that of the list: the artist typed no other
            code, reason = inner.fault.code, inner.fault.reason
            if code not in ("too_deep", "too_long"):  # those are no fault of the line
                code, reason = "bad_line", f"in the list {node.name[:80]!r}, {line[:60]!r}: {reason}"
            raise _Unreadable(node.start, node.end, code, reason) from None

    def _line(self, node: _List) -> str:
        lines = _lines(node, self.lists)
        if node.name not in self.shares:
            self.shares[node.name] = _shares_of(lines)
        shares = self.shares[node.name]
        if shares is None:
            is_random = node.way is Way.RANDOM
            return self.random.choice(lines) if is_random else lines[self._next(node.way, len(lines))]
        left = [index for index, share in enumerate(shares) if share > 0]
        if not left:
            raise _Unreadable(
                node.start, node.end, "empty_list", f"no line of the list {node.name[:80]!r} is ever drawn"
            )
        index = left[self._index(node, [shares[index] for index in left])]
        typed = _SHARE.match(lines[index])
        return lines[index][typed.end() :] if typed else lines[index]

    def _chosen(self, node: _Choice, depth: int) -> str:
        left = [option for option in node.options if option[0] > 0]
        count = min(self.random.randint(node.low, min(node.high, max(node.low, len(left)))), len(left))
        if count == 1:
            return self.text(left[self._index(node, [share for share, _ in left])][1], depth + 1)
        chosen = []
        for _ in range(count):
            option = left[self._index(node, [share for share, _ in left])]
            left.remove(option)
            chosen.append(self.text(option[1], depth + 1).strip())
        return node.joined_by.join(chosen)

    def _index(self, node: _List | _Choice, shares: Sequence[float]) -> int:
        """Of one of them, as often as its share says; as `Random.choices` does it: a seed stays a prompt."""
        if node.way is not Way.RANDOM:
            return self._next(node.way, len(shares))
        self.weighed += len(shares)
        if self.weighed > MOST_WEIGHED:
            raise _Unreadable(node.start, node.end, "too_long", "it draws too much")
        reached = list(accumulate(shares))
        return bisect(reached, self.random.random() * reached[-1], 0, len(shares) - 1)

    def _next(self, way: Way, count: int) -> int:
        """Of `count` the one whose turn it is: the pictures of a batch have seeds one after the other."""
        if way is Way.IN_TURN:
            return self.seed % count
        self.left, index = divmod(self.left, count)
        return index


def _shares_of(lines: Sequence[str]) -> Sequence[float] | None:
    """How often each is drawn, where one begins with `2::`; None where all are alike."""
    found = [_SHARE.match(line) if "::" in line else None for line in lines]
    return [float(one["share"]) if one else 1.0 for one in found] if any(found) else None

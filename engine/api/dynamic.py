"""Prompts that are drawn: `{red|blue}` and `__colour__`, as the extension sd-dynamic-prompts writes them.

`{2$$a|b|c}` draws two without repeating one, `{1-2$$...}` one or two, `{2$$ and $$a|b|c}` joins them with
" and "; `{3::a|b}` draws *a* three times as often. `__colour__` draws a line of the list *colour*, whose
lines may draw in their turn; `__animals/*__` draws from all lists that fit. What stands behind a backslash
is read as it stands.

The package `dynamicprompts` reads the same. It is not used because (0.31, of March 2024) it recurses without
bound, takes "#" for a comment, and stops at an underscore or a dollar sign.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from engine.api.errors import BadRequest

DEEPEST = 32
"""Choices and lists within one another."""
LONGEST_DRAWN = 200_000
"""Characters of a prompt that is drawn."""
MOST_DRAWN = 20_000
"""Choices and lists that one prompt draws from."""
JOINED_BY = ", "

_MARK = re.compile(
    r"\\(?P<escaped>__|.)"
    r"|(?P<open>\{)"
    r"|(?P<close>\})"
    r"|(?P<bar>\|)"
    r"|(?P<list>__(?P<name>[\w*?/.-]*?[\w*?])__(?!_))",
    re.DOTALL,
)
_COUNT = re.compile(r"\s*(?P<low>\d{1,4})?(?P<dash>-)?(?P<high>\d{1,4})?\s*\$\$")
_SHARE = re.compile(r"\s*(?P<share>\d{1,9}(?:\.\d{0,9})?|\.\d{1,9})::")

Lists = Callable[[str], Sequence[str] | None]
"""Name of a wildcard list (`*` and `?` stand for letters) to its lines; None where there is none."""


@dataclass(frozen=True)
class Fault:
    """What cannot be read, at `typed[start:end]`."""

    start: int
    end: int
    code: str
    """`no_list`, `empty_list`, `open_brace`, `lone_brace`, `count`, `too_deep`, `too_long`."""
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


@dataclass(frozen=True)
class _List:
    start: int
    end: int
    name: str


@dataclass(frozen=True)
class _Choice:
    start: int
    end: int
    low: int
    high: int
    joined_by: str
    options: tuple[tuple[float, tuple[_Node, ...]], ...]


_Node = str | _List | _Choice


def is_drawn(text: str) -> bool:
    """True where `text` has something to be drawn (or begins it)."""
    return any(mark["open"] or mark["close"] or mark["list"] for mark in _MARK.finditer(text))


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
    faults: list[Fault] = []
    try:
        nodes = list(_read(text))
    except _Unreadable as unreadable:
        return (unreadable.fault,)
    while nodes:
        node = nodes.pop(0)
        if isinstance(node, _Choice):
            nodes[:0] = [inner for _, option in node.options for inner in option]
        elif isinstance(node, _List):
            try:
                _lines(node, lists)
            except _Unreadable as unreadable:
                faults.append(unreadable.fault)
    return tuple(faults)


@dataclass
class _Brace:
    """A `{` that waits for its partner."""

    start: int
    options: list[tuple[float, tuple[_Node, ...]]]
    nodes: list[_Node]
    low: int = 1
    high: int = 1
    joined_by: str = JOINED_BY


def _read(text: str) -> tuple[_Node, ...]:
    """In one pass, without recursion."""
    opened = [_Brace(-1, [], [])]
    at = 0

    def words(end: int) -> None:
        if end > at:
            opened[-1].nodes.append(text[at:end])

    for mark in _MARK.finditer(text):
        if mark["escaped"] or mark.start() < at or (mark["bar"] and len(opened) == 1):
            continue
        words(mark.start())
        at = mark.end()
        if mark["open"]:
            brace = _Brace(mark.start(), [], [])
            opened.append(brace)
            if len(opened) > DEEPEST + 1:
                raise _Unreadable(
                    mark.start(), at, "too_deep", f"choices lie more than {DEEPEST} deep in one another"
                )
            at = _read_count(text, at, brace)
        elif mark["list"]:
            opened[-1].nodes.append(_List(mark.start(), mark.end(), mark["name"]))
        elif len(opened) == 1:
            raise _Unreadable(
                mark.start(), at, "lone_brace", 'there is no "{" for this "}"; \\} is the character itself'
            )
        else:
            brace = opened[-1]
            brace.options.append(_option(brace.nodes))
            brace.nodes = []
            if mark["close"]:
                opened.pop()
                opened[-1].nodes.append(
                    _Choice(brace.start, at, brace.low, brace.high, brace.joined_by, tuple(brace.options))
                )
    words(len(text))
    if len(opened) > 1:
        start = opened[-1].start
        raise _Unreadable(
            start, start + 1, "open_brace", 'there is no "}" for this "{"; \\{ is the character itself'
        )
    return tuple(opened[0].nodes)


def _read_count(text: str, at: int, brace: _Brace) -> int:
    """`2$$`, `1-3$$` or `2$$ and $$` behind a `{`; returns where the first option begins."""
    found = _COUNT.match(text, at)
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
    joined = re.compile(r"(?P<by>[^|{}$]{0,40})\$\$").match(text, end)
    if joined is not None:
        brace.joined_by, end = joined["by"], joined.end()
    return end


def _option(nodes: list[_Node]) -> tuple[float, tuple[_Node, ...]]:
    """How often it is drawn, and what it is."""
    if nodes and isinstance(nodes[0], str) and (share := _SHARE.match(nodes[0])) is not None:
        rest = nodes[0][share.end() :]
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
        self.random, self.lists = Random(seed), lists
        self.drawn = self.length = 0

    def text(self, nodes: Sequence[_Node], depth: int) -> str:
        return "".join(self._one(node, depth) for node in nodes)

    def _one(self, node: _Node, depth: int) -> str:
        if isinstance(node, str):
            return node
        self.drawn += 1
        if depth > DEEPEST:
            raise _Unreadable(node.start, node.end, "too_deep", "its lists lead back to one another")
        if self.drawn > MOST_DRAWN:
            raise _Unreadable(node.start, node.end, "too_long", "it draws too much")
        made = self._from_list(node, depth) if isinstance(node, _List) else self._chosen(node, depth)
        if len(made) > LONGEST_DRAWN:
            raise _Unreadable(node.start, node.end, "too_long", "what is drawn is too long")
        return made

    def _from_list(self, node: _List, depth: int) -> str:
        line = self.random.choice(_lines(node, self.lists))
        if not is_drawn(line):
            return line
        try:
            return self.text(_read(line), depth + 1)
        except _Unreadable as inner:  # the place is that of the list: the artist typed no other
            code, reason = inner.fault.code, inner.fault.reason
            if code not in ("too_deep", "too_long"):  # those are no fault of the line
                code, reason = "bad_line", f"in the list {node.name[:80]!r}, {line[:60]!r}: {reason}"
            raise _Unreadable(node.start, node.end, code, reason) from None

    def _chosen(self, node: _Choice, depth: int) -> str:
        left = [option for option in node.options if option[0] > 0]
        count = min(self.random.randint(node.low, min(node.high, max(node.low, len(left)))), len(left))
        chosen = []
        for _ in range(count):
            [option] = self.random.choices(left, [share for share, _ in left])
            left.remove(option)
            chosen.append(
                self.text(option[1], depth + 1).strip() if count > 1 else self.text(option[1], depth + 1)
            )
        return node.joined_by.join(chosen)

"""Prompts that are drawn: `{red|blue}` and `__colour__`, as the extension sd-dynamic-prompts writes them.

`{2$$a|b|c}` draws two without repeating one, `{1-2$$...}` one or two, `{2$$ and $$a|b|c}` joins them with
" and "; `{3::a|b}` draws *a* three times as often. `__colour__` draws a line of the list *colour*, whose
lines may draw in their turn and be drawn more often (`3::red`); `__animals/*__` draws from all lists that
fit. `{@a|b}` and `__@colour__` take one after the other from picture to picture of a batch, `{!a|b}` and
`__!colour__` every combination. `${mood={glad|sad}}` remembers words that `${mood}` reads, drawn anew each
time or with `=!` once; `${mood:glad}` says what where nothing is remembered. What stands behind a backslash
is read as it stands.

The package `dynamicprompts` reads the same. It is not used because (0.31, of March 2024) it recurses without
bound, takes "#" for a comment, and stops at an underscore or a dollar sign.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import accumulate
from random import Random

from engine.api.choices import (
    DEEPEST,
    LONGEST_DRAWN,
    SHARE,
    Calls,
    Choice,
    Fault,
    ListName,
    Node,
    Unreadable,
    Variable,
    Way,
    called_in,
    calls_of,
    is_drawn,
    read,
)

MOST_DRAWN = 10_000
"""Choices and lists that one prompt draws from."""
MOST_WEIGHED = 1_000_000
"""Options and lines that are looked at for it."""

Lists = Callable[[str], Sequence[str] | None]
"""Name of a wildcard list (`*` and `?` stand for letters) to its lines; None where there is none."""


def draw(text: str, seed: int, lists: Lists, field: str = "prompt") -> str:
    """`text` with every choice made, the same for the same `seed` and lists.

    Raises `BadRequest` for `field`, with `start` and `end` of the place, where it cannot be read.
    """
    if not is_drawn(text):
        return text
    try:
        return _Drawing(seed, lists).text(read(text), 0)
    except Unreadable as unreadable:
        raise unreadable.fault.as_error(field, text) from None


def fault_of(text: str, lists: Lists) -> Fault | None:
    """The first place that cannot be read, whatever would be drawn; None where all can."""
    return next(iter(faults_of(text, lists)), None)


def faults_of(text: str, lists: Lists, calls: Calls | None = None) -> tuple[Fault, ...]:
    """Every list that is missing or empty, in order; a brace that cannot be read hides what else there is.

    `calls` are those of `text`, where they are known.
    """
    try:
        called = called_in(text, calls or calls_of(text))
    except Unreadable as unreadable:
        return (unreadable.fault,)
    faults: list[Fault] = []
    known: dict[str, Fault | None] = {}
    """By the name of a list: a hundred thousand characters name few."""
    for node in called:
        if isinstance(node, ListName):
            if node.name not in known:
                known[node.name] = _fault_in(node, lists)
            if (fault := known[node.name]) is not None:
                faults.append(replace(fault, start=node.start, end=node.end))
    if not known:  # a line of a list may set others
        variables = [node for node in called if isinstance(node, Variable)]
        are_set = {node.name for node in variables if node.sets}
        asked = (node for node in variables if node.sign == "}")
        faults += [_unset(node).fault for node in asked if node.name not in are_set]
    return tuple(faults)


def _unset(node: Variable) -> Unreadable:
    reason = f"nothing sets the variable {node.name[:80]!r}; write ${{{node.name[:80]}=words}} before it"
    return Unreadable(node.start, node.end, "variable", reason)


def _fault_in(node: ListName, lists: Lists) -> Fault | None:
    try:
        _lines(node, lists)
    except Unreadable as unreadable:
        return unreadable.fault
    return None


def _lines(node: ListName, lists: Lists) -> Sequence[str]:
    lines = lists(node.name)
    if lines is None:
        raise Unreadable(
            node.start, node.end, "no_list", f"there is no list {node.name[:80]!r} among the wildcards"
        )
    if not lines:
        raise Unreadable(node.start, node.end, "empty_list", f"the list {node.name[:80]!r} is empty")
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
        self.known: dict[str, tuple[Node, ...]] = {}
        self.variables: dict[str, tuple[Node, ...]] = {}

    def text(self, nodes: Sequence[Node], depth: int) -> str:
        if len(nodes) == 1:
            return self._one(nodes[0], depth)
        for node in nodes:  # they are set for all that stands beside them, before and behind
            if isinstance(node, Variable) and node.sets:
                self._set(node, depth)
        return "".join([self._one(node, depth) for node in nodes])

    def _set(self, node: Variable, depth: int) -> None:
        if node.sign.startswith("?") and node.name in self.variables:
            return
        self.variables[node.name] = (
            (self.text(node.words, depth + 1),) if node.sign.endswith("!") else node.words
        )

    def _said(self, node: Variable, depth: int) -> str:
        if node.sets:
            return ""
        words = self.variables.get(node.name)
        if words is None and node.sign == "}":
            raise _unset(node)
        return self.text(node.words if words is None else words, depth + 1)

    def _one(self, node: Node, depth: int) -> str:
        if isinstance(node, str):
            return node
        self.drawn += 1
        if depth > DEEPEST:
            raise Unreadable(node.start, node.end, "too_deep", "its lists lead back to one another")
        if self.drawn > MOST_DRAWN:
            raise Unreadable(node.start, node.end, "too_long", "it draws too much")
        if isinstance(node, Variable):
            return self._said(node, depth)
        return self._from_list(node, depth) if isinstance(node, ListName) else self._chosen(node, depth)

    def _from_list(self, node: ListName, depth: int) -> str:
        line = self._line(node)
        self.length += len(line)
        if self.length > LONGEST_DRAWN:
            raise Unreadable(node.start, node.end, "too_long", "what is drawn is too long")
        if not is_drawn(line):
            return line
        try:
            if line not in self.known:
                self.known[line] = read(line)
            return self.text(self.known[line], depth + 1)
        except Unreadable as inner:  # the place is that of the list: the artist typed no other
            code, reason = inner.fault.code, inner.fault.reason
            if code not in ("too_deep", "too_long"):  # those are no fault of the line
                code, reason = "bad_line", f"in the list {node.name[:80]!r}, {line[:60]!r}: {reason}"
            raise Unreadable(node.start, node.end, code, reason) from None

    def _line(self, node: ListName) -> str:
        lines = _lines(node, self.lists)
        if node.name not in self.shares:
            self.shares[node.name] = _shares_of(lines)
        shares = self.shares[node.name]
        if shares is None:
            is_random = node.way is Way.RANDOM
            return self.random.choice(lines) if is_random else lines[self._next(node.way, len(lines))]
        left = [index for index, share in enumerate(shares) if share > 0]
        if not left:
            raise Unreadable(
                node.start, node.end, "empty_list", f"no line of the list {node.name[:80]!r} is ever drawn"
            )
        index = left[self._index(node, [shares[index] for index in left])]
        typed = SHARE.match(lines[index])
        return lines[index][typed.end() :] if typed else lines[index]

    def _chosen(self, node: Choice, depth: int) -> str:
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

    def _index(self, node: ListName | Choice, shares: Sequence[float]) -> int:
        """Of one of them, as often as its share says; as `Random.choices` does it: a seed stays a prompt."""
        if node.way is not Way.RANDOM:
            return self._next(node.way, len(shares))
        self.weighed += len(shares)
        if self.weighed > MOST_WEIGHED:
            raise Unreadable(node.start, node.end, "too_long", "it draws too much")
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
    found = [SHARE.match(line) if "::" in line else None for line in lines]
    return [float(one["share"]) if one else 1.0 for one in found] if any(found) else None

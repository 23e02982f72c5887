"""Where each picture of a grid lies: rows of one width, or squares, under headers; all in numpy.

A hundred thousand pictures are laid out in a few milliseconds, and where one lies, or which lies at a point,
is found by bisection: nothing else here grows with the pictures that are not seen.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
HEADER_PX = 40
NARROWEST, WIDEST = 0.25, 4.0
"""Width / height that a picture may take in a row: a panorama must not flatten its whole row."""
TALLEST_ROW = 1.5
"""How much higher than asked a row may be stretched to fill the width."""


@dataclass(frozen=True)
class GridLayout:
    """Boxes in content pixels, in the order of the pictures; every row lies below the one before."""

    left: Ints
    top: Ints
    width: Ints
    height: Ints
    row_starts: Ints
    """Index of the first picture of each row, and at the end the number of pictures."""
    row_tops: Ints
    row_heights: Ints
    header_tops: Ints
    """One for each group; empty without groups."""
    group_starts: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    total_height: int = 0

    def __len__(self) -> int:
        return len(self.left)

    @property
    def rows(self) -> int:
        return len(self.row_tops)

    def row_of(self, index: int) -> int:
        return int(np.searchsorted(self.row_starts, index, "right")) - 1

    def rows_between(self, top: int, bottom: int) -> tuple[int, int]:
        """The first row that reaches below `top`, and the one after the last that begins above `bottom`."""
        first = int(np.searchsorted(self.row_tops, top, "right")) - 1
        if first < 0 or self.row_tops[first] + self.row_heights[first] <= top:
            first += 1
        return first, max(first, int(np.searchsorted(self.row_tops, bottom, "left")))

    def seen(self, top: int, bottom: int) -> range:
        """The pictures any part of which lies between the two heights."""
        first, end = self.rows_between(top, bottom)
        return range(int(self.row_starts[first]), int(self.row_starts[end])) if self.rows else range(0)

    def headers_between(self, top: int, bottom: int) -> range:
        """The groups whose header is seen."""
        first = int(np.searchsorted(self.header_tops, top - HEADER_PX, "right"))
        return range(first, int(np.searchsorted(self.header_tops, bottom, "left")))

    def index_at(self, x: int, y: int) -> int:
        """The picture at a point, or -1."""
        for row in range(*self.rows_between(y, y + 1)):
            start, end = int(self.row_starts[row]), int(self.row_starts[row + 1])
            index = start + int(np.searchsorted(self.left[start:end], x, "right")) - 1
            inside = index >= start and x < self.left[index] + self.width[index]
            if inside and self.top[index] <= y < self.top[index] + self.height[index]:
                return index
        return -1

    def header_at(self, y: int) -> int:
        """The group whose header lies at this height, or -1."""
        group = int(np.searchsorted(self.header_tops, y, "right")) - 1
        return group if group >= 0 and y < self.header_tops[group] + HEADER_PX else -1

    def group_of(self, index: int) -> int:
        """The group that a picture belongs to; -1 without groups."""
        return int(np.searchsorted(self.group_starts, index, "right")) - 1

    def group_range(self, group: int) -> range:
        starts = self.group_starts
        end = int(starts[group + 1]) if group + 1 < len(starts) else len(self)
        return range(int(starts[group]), end)

    def inside(self, left: int, top: int, right: int, bottom: int) -> Ints:
        """The pictures that a band from corner to corner touches."""
        seen = self.seen(top, bottom)
        here = slice(seen.start, seen.stop)
        touches = (self.left[here] < right) & (self.left[here] + self.width[here] > left)
        touches &= (self.top[here] < bottom) & (self.top[here] + self.height[here] > top)
        return seen.start + np.flatnonzero(touches)

    def vertical_neighbour(self, index: int, by: int) -> int:
        """The picture `by` rows further down (or up, where negative) whose middle is nearest."""
        row = min(max(self.row_of(index) + by, 0), self.rows - 1)
        if row == self.row_of(index):
            return index
        start, end = int(self.row_starts[row]), int(self.row_starts[row + 1])
        middles = self.left[start:end] + self.width[start:end] // 2
        return start + int(np.abs(middles - (self.left[index] + self.width[index] // 2)).argmin())


def squares(count: int, group_starts: Ints, width: int, side: int, gap: int) -> GridLayout:
    """As many squares of about `side` as the width holds, stretched to fill it."""
    columns = max(1, (width + gap) // (side + gap))
    side = max(1, (width - gap * (columns - 1)) // columns)
    starts, ends = _bounds(count, group_starts)
    rows_of_group = -(-(ends - starts) // columns)
    row_starts = np.concatenate(
        [np.arange(start, end, columns) for start, end in zip(starts, ends, strict=True)]
        or [np.zeros(0, np.int64)]
    ).astype(np.int64)
    row_heights = np.full(len(row_starts), side, np.int64)
    tops, header_tops, total = _stack(rows_of_group, row_heights, gap, bool(len(group_starts)))
    row_starts = np.append(row_starts, count)
    row = np.repeat(np.arange(len(tops)), np.diff(row_starts))
    column = np.arange(count) - row_starts[row]
    boxes = np.full(count, side, np.int64)
    left = column * (side + gap)
    return GridLayout(
        left, tops[row], boxes, boxes, row_starts, tops, row_heights, header_tops, group_starts, total
    )


def justified(
    aspects: NDArray[np.float64], group_starts: Ints, width: int, height: int, gap: int
) -> GridLayout:
    """Rows of about `height` whose pictures keep their shape and fill the width to the pixel.

    Args:
        aspects: Width / height of each picture.

    The last row of a group keeps the height that was asked for.
    """
    count = len(aspects)
    aspects = np.clip(np.nan_to_num(aspects, nan=1.0), NARROWEST, WIDEST)
    starts, ends = _bounds(count, group_starts)
    row_starts, rows_of_group = _break_rows(aspects, starts, ends, width, height, gap)
    sizes = np.diff(np.append(row_starts, count))
    sums = np.add.reduceat(aspects, row_starts) if count else np.zeros(0)
    row_heights = np.maximum(1, (width - gap * (sizes - 1)) / np.maximum(sums, 1e-6))
    is_last = np.zeros(len(row_starts), bool)
    is_last[np.cumsum(rows_of_group) - 1] = bool(count)
    is_short = is_last & (row_heights > height)
    row_heights = np.where(is_short, height, np.minimum(row_heights, height * TALLEST_ROW))
    row_heights = np.maximum(1, np.rint(row_heights)).astype(np.int64)
    tops, header_tops, total = _stack(rows_of_group, row_heights, gap, bool(len(group_starts)))
    row = np.repeat(np.arange(len(tops)), sizes)
    left, right = _edges(aspects, row, row_starts, sizes, row_heights, is_short, width, gap)
    row_starts = np.append(row_starts, count)
    return GridLayout(
        left, tops[row], right - left, row_heights[row],
        row_starts, tops, row_heights, header_tops, group_starts, total,
    )  # fmt: skip


def _bounds(count: int, group_starts: Ints) -> tuple[Ints, Ints]:
    """First and one past the last picture of each group; all are one group where there are none."""
    starts = group_starts if len(group_starts) else np.zeros(min(count, 1), np.int64)
    return starts, np.append(starts[1:], count)[: len(starts)]


def _break_rows(
    aspects: NDArray[np.float64], starts: Ints, ends: Ints, width: int, height: int, gap: int
) -> tuple[Ints, Ints]:
    """Where rows begin, and how many rows each group has.

    For every picture at once: where would the row end that began with it? Then the chain is followed.
    """
    count = len(aspects)
    reach = np.concatenate([[0.0], np.cumsum(aspects * height + gap)])
    most = np.searchsorted(reach, reach[:-1] + width + gap, "right") - 1  # as many as fit at this height
    most = np.maximum(most, np.arange(count) + 1)
    # one more, made lower, where that comes nearer to the height that was asked for
    more = np.minimum(most + 1, count)
    first = np.arange(count)
    loose = _height_of(reach, first, most, width, height, gap)
    tight = _height_of(reach, first, more, width, height, gap)
    following = np.where(height - tight < loose - height, more, most).tolist()
    rows: list[int] = []
    rows_of_group = []
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        before, at = len(rows), start
        while at < end:
            rows.append(at)
            at = following[at]
        rows_of_group.append(len(rows) - before)
    return np.array(rows, np.int64), np.array(rows_of_group, np.int64)


def _height_of(
    reach: NDArray[np.float64], first: Ints, end: Ints, width: int, height: int, gap: int
) -> NDArray[np.float64]:
    """How high the row from `first` to `end` is when it fills the width."""
    gaps = gap * (end - first - 1)
    at_height = reach[end] - reach[first] - gap - gaps
    return height * (width - gaps) / np.maximum(at_height, 1e-6)


def _edges(
    aspects: NDArray[np.float64], row: Ints, row_starts: Ints, sizes: Ints, row_heights: Ints,
    is_short: NDArray[np.bool_], width: int, gap: int,
) -> tuple[Ints, Ints]:  # fmt: skip
    """Left and right edge of each picture; the last of a full row ends at the width exactly."""
    if not len(aspects):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    natural = aspects * row_heights[row]
    sums = np.add.reduceat(natural, row_starts)
    room = width - gap * (sizes - 1)
    stretch = np.where(is_short | (sums < room * (1 - 1 / TALLEST_ROW)), 1.0, room / np.maximum(sums, 1e-6))
    natural = natural * stretch[row]
    ends = np.cumsum(natural)
    before = np.concatenate([[0.0], ends])[row_starts]  # natural pixels before each row
    gaps = gap * (np.arange(len(aspects)) - row_starts[row])
    right = np.rint(ends - before[row]).astype(np.int64) + gaps
    left = np.rint(ends - natural - before[row]).astype(np.int64) + gaps
    return left, np.maximum(right, left + 1)


def _stack(rows_of_group: Ints, row_heights: Ints, gap: int, has_headers: bool) -> tuple[Ints, Ints, int]:
    """The top of each row and of each header, and the height of all."""
    header = HEADER_PX if has_headers else 0
    group = np.repeat(np.arange(len(rows_of_group)), rows_of_group)
    ends = np.cumsum(row_heights + gap)
    tops = ends - (row_heights + gap) + header * (group + 1)
    first_rows = np.cumsum(rows_of_group) - rows_of_group
    header_tops = tops[first_rows] - header if has_headers and len(tops) else np.zeros(0, np.int64)
    total = int(tops[-1] + row_heights[-1]) if len(tops) else 0
    return tops.astype(np.int64), header_tops.astype(np.int64), total

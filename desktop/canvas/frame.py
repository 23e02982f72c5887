"""What the view shows of the document, kept as the view's own pixels: only what changed is drawn again."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QPolygonF, QRegion, QTransform

from desktop.canvas.picture import CRISP_FROM, GRID_FROM, SHADOW_BELOW_PX, SHADOW_SIDE_PX, paint_grid
from desktop.canvas.viewport import Viewport
from desktop.raster.rect import Rect
from desktop.raster.tile import TILE
from desktop.raster.tiles import Key, keys_of
from desktop.state.document.composite import Composite, at_level, level_for
from desktop.widgets.theme import Tokens

BUDGET_S = 0.010
"""So long a frame may spend on tiles that were never seen; the others come with the next frames."""
TOUCHED_PX = 8 * TILE * TILE
"""Of a tile that was seen, so many pixels of the canvas are made again at once: a stroke, not a whole layer.
Whole tiles below it would be more than the stroke covers, and would push others out of the cache."""
WASTE, SMALL_PX = 1.4, 4096
"""Two parts are drawn as one where that draws no more than so much more."""
CHECK_PX = 8
CHECKS = (QColor("#ffffff"), QColor("#d9d9d9"))
"""Behind transparent pixels; the same in every theme, as it belongs to the picture."""


PaintOver = Callable[[QPainter, QRect], None]
"""Draws into a part (device pixels) of the view."""


class Frame:
    """The size of the view in device pixels; valid wherever it is not dirty."""

    def __init__(self, composite: Composite, paint_over: PaintOver = lambda painter, part: None) -> None:
        """`paint_over(painter, part)` draws what lies still over the picture: the mask."""
        self.composite = composite
        self._paint_over = paint_over
        self._image = QImage()
        self._dirty = QRegion()
        self._viewport: Viewport | None = None
        self._theme = ""

    def forget(self, rect: Rect, viewport: Viewport) -> QRect:
        """`rect` of the document looks different; returns where that is seen, in device pixels."""
        place = seen_rect(rect, viewport)
        self._dirty += place
        return place

    def forget_all(self) -> None:
        self._viewport = None

    def paint(self, painter: QPainter, viewport: Viewport, tokens: Tokens, part: QRect) -> QRect:
        """Draw `part` (device pixels); returns what of it is not made yet, to be painted again soon."""
        self._follow(viewport, tokens)
        late = QRect()
        budget = Budget()
        for rect in rects_of(self._dirty.intersected(part)):
            self._dirty -= rect  # first: what is late is added again
            if not self._render(rect, viewport, tokens, budget):
                self._dirty += rect
                late = late.united(rect)
        painter.drawImage(part, self._image, part)
        return late

    def _follow(self, viewport: Viewport, tokens: Tokens) -> None:
        """The view may have moved: a shift by whole pixels moves what there is."""
        before = self._viewport
        if before == viewport and self._theme == tokens.name:
            return
        size = (viewport.width, viewport.height)
        whole = QRect(0, 0, *size)
        if (self._image.width(), self._image.height()) != size:
            self._image = QImage(*size, QImage.Format.Format_RGB32)
        is_shift = (
            before is not None
            and self._theme == tokens.name
            and viewport.is_straight
            and replace(before, left=viewport.left, top=viewport.top, is_fitted=viewport.is_fitted)
            == viewport
        )
        if is_shift and before is not None:
            dx, dy = round(viewport.left - before.left), round(viewport.top - before.top)
            self._image = shifted(self._image, dx, dy)
            self._dirty = self._dirty.translated(dx, dy)
            self._dirty = self._dirty.intersected(whole)
            self._dirty += QRegion(whole).subtracted(QRegion(whole.translated(dx, dy)))
        else:
            self._dirty = QRegion(whole)
        self._viewport, self._theme = replace(viewport), tokens.name

    def _render(self, part: QRect, viewport: Viewport, tokens: Tokens, budget: Budget) -> bool:
        """Draw `part` anew; False where tiles are missing yet."""
        painter = QPainter(self._image)
        painter.setClipRect(part)
        paint_sheet(painter, part, viewport, tokens)
        is_whole = self._paint_tiles(painter, part, viewport, budget)
        self._paint_over(painter, part)
        painter.end()
        return is_whole

    def _paint_tiles(self, painter: QPainter, part: QRect, viewport: Viewport, budget: Budget) -> bool:
        canvas = Rect(0, 0, *viewport.extent)
        visible = document_rect(part, viewport).intersected(canvas)
        if visible.is_empty:
            return True
        level = level_for(viewport.zoom)
        scale = viewport.zoom * 2**level
        is_crisp = viewport.zoom >= CRISP_FROM or (viewport.is_straight and scale == 1)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, not is_crisp)
        painter.save()
        painter.setTransform(viewport.transform())
        painter.setClipRect(QRectF(*canvas), Qt.ClipOperation.IntersectClip)
        painter.setTransform(QTransform.fromScale(2**level, 2**level) * viewport.transform())
        is_whole = True
        for key in keys_of(at_level(visible, level)):
            if warm(self.composite, key, level, budget):
                image = self.composite.tile(*key, level)
                painter.drawImage(QRectF(key[0] * TILE, key[1] * TILE, TILE, TILE), image)
            else:
                is_whole = False
        painter.restore()
        if viewport.zoom >= GRID_FROM and viewport.is_straight:
            paint_grid(painter, viewport, QRectF(part).intersected(QRectF(*viewport.rect())))
        return is_whole


def rects_of(region: QRegion) -> list[QRect]:
    """Few rectangles that cover the region: Qt cuts it into bands, and each has its price."""
    bands: list[QRect] = list(region)  # pyright: ignore[reportArgumentType, reportCallIssue]  # stubs
    few: list[QRect] = []
    for band in bands:
        for index, rect in enumerate(few):
            whole = rect.united(band)
            if area(whole) <= WASTE * (area(rect) + area(band)) + SMALL_PX:
                few[index] = whole
                break
        else:
            few.append(band)
    return few


def area(rect: QRect) -> int:
    return rect.width() * rect.height()


class Budget:
    """The time that one frame has for tiles that were never seen; one at least is always made."""

    def __init__(self) -> None:
        self._deadline = time.perf_counter() + BUDGET_S
        self._made = 0

    def spend(self) -> bool:
        """Whether there is time for one more."""
        self._made += 1
        return self._made == 1 or time.perf_counter() < self._deadline


def warm(composite: Composite, key: Key, level: int, budget: Budget) -> bool:
    """Make a tile and what it is made from, as far as the time allows; True when it is there."""
    if composite.is_ready(*key, level):
        return True
    is_touched = composite.pixels_to_make(*key, level) <= TOUCHED_PX
    if (
        level
        and not is_touched
        and not all(
            warm(composite, (key[0] * 2 + across, key[1] * 2 + down), level - 1, budget)
            for down in (0, 1)
            for across in (0, 1)
        )
    ):
        return False
    if not budget.spend():
        return False
    composite.tile(*key, level)
    return True


def paint_sheet(painter: QPainter, part: QRect, viewport: Viewport, tokens: Tokens) -> None:
    """The desk and the empty sheet on it: its shadow, and checks where nothing is painted."""
    painter.save()
    is_inside = viewport.is_straight and QRectF(*viewport.rect()).contains(QRectF(part))
    if is_inside:
        painter.setBrushOrigin(QPointF(viewport.left, viewport.top))
        painter.fillRect(part, checks(viewport.ratio))
        painter.restore()
        return
    painter.fillRect(part, tokens.color("desk"))
    if not viewport.is_straight:
        painter.setTransform(viewport.turning())
    target = QRectF(*viewport.rect())
    below = target.adjusted(-SHADOW_SIDE_PX, 4, SHADOW_SIDE_PX, SHADOW_BELOW_PX * viewport.ratio)
    painter.fillRect(below, tokens.color("shadow"))
    painter.setBrushOrigin(target.topLeft())
    painter.fillRect(target, checks(viewport.ratio))
    painter.restore()


@lru_cache(maxsize=4)
def checks(ratio: float) -> QBrush:
    side = max(round(CHECK_PX * ratio), 1)
    image = QImage(2 * side, 2 * side, QImage.Format.Format_RGB32)
    image.fill(CHECKS[0])
    painter = QPainter(image)
    painter.fillRect(side, 0, side, side, CHECKS[1])
    painter.fillRect(0, side, side, side, CHECKS[1])
    painter.end()
    return QBrush(image)


def shifted(image: QImage, dx: int, dy: int) -> QImage:
    """The pixels moved; what comes in is of no set value."""
    result = QImage(image.size(), image.format())
    painter = QPainter(result)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
    painter.drawImage(dx, dy, image)
    painter.end()
    return result


def seen_rect(rect: Rect, viewport: Viewport) -> QRect:
    """Where a rectangle of the document is seen: whole device pixels, and one around for smooth edges."""
    seen = viewport.transform().mapRect(QRectF(*rect)).toAlignedRect()
    around = 1 + math.ceil(viewport.zoom)
    whole = QRect(0, 0, viewport.width, viewport.height)
    return seen.adjusted(-around, -around, around, around).intersected(whole)


def document_rect(part: QRect, viewport: Viewport) -> Rect:
    """The whole document pixels under a part of the view."""
    inverse, _ = viewport.transform().inverted()
    box = inverse.map(QPolygonF(QRectF(part))).boundingRect()
    return Rect.between(
        math.floor(box.left()) - 1, math.floor(box.top()) - 1,
        math.ceil(box.right()) + 1, math.ceil(box.bottom()) + 1,
    )  # fmt: skip

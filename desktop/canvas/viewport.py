"""Where the picture lies in the view: arithmetic in device pixels, no widgets."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import QPointF
from PySide6.QtGui import QTransform

SMALLEST_ZOOM, LARGEST_ZOOM = 0.1, 32.0
MARGIN_PX = 24
"""Desk that stays around a fitted picture, in logical pixels."""
BELOW_PX = 40
"""More of it below, for the line of facts."""
KEPT_IN_VIEW_PX = 48
"""So much of the picture cannot be pushed out of the view."""


@dataclass
class Viewport:
    """All lengths are device pixels; zoom 1.0 shows one picture pixel on one of the screen's."""

    width: int = 1
    height: int = 1
    ratio: float = 1.0
    """Device pixels in a logical one."""
    extent: tuple[int, int] = (1, 1)
    """Width and height of the picture, in its own pixels."""
    zoom: float = 1.0
    left: float = 0.0
    top: float = 0.0
    """Where the picture's corner lies in the view."""
    is_fitted: bool = True
    """Follows the size of the view until somebody zooms or pans."""
    angle_deg: float = 0.0
    """The sheet turned around the middle of the view, clockwise."""
    is_mirrored: bool = False
    """Seen in a mirror (left is right): drawing errors show."""

    def resize(self, width: int, height: int, ratio: float) -> None:
        """The view has another size; a free view keeps the point at its centre."""
        shift_x, shift_y = (width - self.width) / 2, (height - self.height) / 2
        self.width, self.height, self.ratio = max(width, 1), max(height, 1), ratio
        self.left, self.top = self.left + shift_x, self.top + shift_y
        self._settle()

    def set_extent(self, extent: tuple[int, int]) -> None:
        """A picture of another size; a free view keeps its centre and zoom."""
        if extent == self.extent:
            return
        center_x = self.left + self.extent[0] * self.zoom / 2
        center_y = self.top + self.extent[1] * self.zoom / 2
        self.extent = extent
        self.left = center_x - extent[0] * self.zoom / 2
        self.top = center_y - extent[1] * self.zoom / 2
        self._settle()

    def fit(self) -> None:
        """As large as the view allows, in its middle."""
        self.is_fitted = True
        self._settle()

    def zoom_at(self, zoom: float, x: float, y: float) -> None:
        """Change the zoom so that the picture's point under (x, y) stays there."""
        x, y = self._straightened(x, y)
        zoom = min(max(zoom, min(SMALLEST_ZOOM, self.fitting_zoom())), LARGEST_ZOOM)
        self.left = x - (x - self.left) * zoom / self.zoom
        self.top = y - (y - self.top) * zoom / self.zoom
        self.zoom, self.is_fitted = zoom, False
        self._settle()

    def pan(self, dx: float, dy: float) -> None:
        """Push the picture by (dx, dy)."""
        origin = self._straightened(0, 0)
        moved = self._straightened(dx, dy)
        dx, dy = moved[0] - origin[0], moved[1] - origin[1]
        self.left, self.top, self.is_fitted = self.left + dx, self.top + dy, False
        self._settle()

    def turn(self, by_deg: float) -> None:
        """Turn the sheet around the middle of the view."""
        turned = (self.angle_deg + (-by_deg if self.is_mirrored else by_deg) + 180) % 360 - 180
        self.angle_deg = 0.0 if abs(turned) < 1e-6 else turned
        self._settle()

    def mirror(self) -> None:
        """Left and right change places, around the middle of the view."""
        self.is_mirrored = not self.is_mirrored

    def straighten(self) -> None:
        """Neither turned nor mirrored."""
        self.angle_deg, self.is_mirrored = 0.0, False
        self._settle()

    @property
    def is_straight(self) -> bool:
        return self.angle_deg == 0 and not self.is_mirrored

    def turning(self) -> QTransform:
        """What turning and mirroring do to the view's device pixels."""
        turning = QTransform()
        turning.translate(self.width / 2, self.height / 2)
        turning.scale(-1 if self.is_mirrored else 1, 1)
        turning.rotate(self.angle_deg)
        turning.translate(-self.width / 2, -self.height / 2)
        return turning

    def transform(self) -> QTransform:
        """From the picture's pixels to the view's device pixels."""
        placing = QTransform(self.zoom, 0, 0, self.zoom, self.left, self.top)
        return placing if self.is_straight else placing * self.turning()

    def rect(self) -> tuple[float, float, float, float]:
        """Left, top, width and height of the picture in the view, before it is turned."""
        return self.left, self.top, self.extent[0] * self.zoom, self.extent[1] * self.zoom

    def to_picture(self, x: float, y: float) -> tuple[float, float]:
        """The picture's point under (x, y)."""
        x, y = self._straightened(x, y)
        return (x - self.left) / self.zoom, (y - self.top) / self.zoom

    def to_view(self, x: float, y: float) -> tuple[float, float]:
        """Where a point of the picture is seen."""
        place = self.transform().map(QPointF(x, y))
        return place.x(), place.y()

    def bounds(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of the picture as it is seen."""
        corners = [self.to_view(x, y) for x in (0, self.extent[0]) for y in (0, self.extent[1])]
        xs, ys = zip(*corners, strict=True)
        return min(xs), min(ys), max(xs), max(ys)

    def _straightened(self, x: float, y: float) -> tuple[float, float]:
        """The point of the view that is seen at (x, y), before turning."""
        if self.is_straight:
            return x, y
        dx, dy = x - self.width / 2, y - self.height / 2
        dx = -dx if self.is_mirrored else dx
        angle = math.radians(-self.angle_deg)
        cos, sin = math.cos(angle), math.sin(angle)
        return self.width / 2 + dx * cos - dy * sin, self.height / 2 + dx * sin + dy * cos

    def fitting_zoom(self) -> float:
        """The zoom at which the whole picture is seen with the margin around it."""
        wide = self.width - 2 * MARGIN_PX * self.ratio
        high = self.height - (MARGIN_PX + BELOW_PX) * self.ratio
        zoom = min(wide / self.extent[0], high / self.extent[1])
        return min(max(zoom, 1e-3), LARGEST_ZOOM)

    def _settle(self) -> None:
        if self.is_fitted:
            self.zoom = self.fitting_zoom()
            self.left = (self.width - self.extent[0] * self.zoom) / 2
            free = self.height - self.extent[1] * self.zoom - (BELOW_PX - MARGIN_PX) * self.ratio
            self.top = free / 2
        wide, high = self.extent[0] * self.zoom, self.extent[1] * self.zoom
        kept = min(KEPT_IN_VIEW_PX * self.ratio, wide, high, self.width, self.height)
        self.left = round(min(max(self.left, kept - wide), self.width - kept))
        self.top = round(min(max(self.top, kept - high), self.height - kept))

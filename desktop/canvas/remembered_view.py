"""How a document was looked at last, as JSON that is kept with it."""

from __future__ import annotations

import json
import math

from desktop.canvas.viewport import Viewport


def to_json(viewport: Viewport) -> str:
    """The point in the middle of the view, the zoom, the turn; "" for a view that fits."""
    if viewport.is_fitted and viewport.is_straight:
        return ""
    x, y = viewport.to_picture(viewport.width / 2, viewport.height / 2)
    return json.dumps(
        {
            "middle": [round(x, 2), round(y, 2)],
            "zoom": viewport.zoom,
            "fitted": viewport.is_fitted,
            "angle": viewport.angle_deg,
            "mirrored": viewport.is_mirrored,
        }
    )


def take_json(viewport: Viewport, kept: str) -> None:
    """Look as `kept` says; whatever cannot be read (it comes from a file) fits."""
    viewport.straighten()
    viewport.fit()
    try:
        view = json.loads(kept)
        x, y = (float(value) for value in view["middle"])
        zoom, angle = float(view["zoom"]), float(view["angle"])
        if not all(math.isfinite(value) for value in (x, y, zoom, angle)) or zoom <= 0:
            return
    except (ValueError, TypeError, KeyError):
        return
    if not view.get("fitted"):
        viewport.zoom_at(zoom, viewport.width / 2, viewport.height / 2)
        there = viewport.to_view(x, y)
        viewport.pan(viewport.width / 2 - there[0], viewport.height / 2 - there[1])
    if view.get("mirrored") is True:
        viewport.mirror()
    viewport.turn(-angle if viewport.is_mirrored else angle)

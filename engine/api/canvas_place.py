"""Where on which canvas a request's picture belongs; the request carries it, and so does the picture."""

from __future__ import annotations

from dataclasses import dataclass

from engine.api.form import Json
from engine.api.task import Queued

ON_CANVAS = "canvas"
"""Key in the request's `extra`."""


@dataclass(frozen=True)
class CanvasPlace:
    """Where on which document a request's picture lies."""

    document: str
    """What the document is called through saving, closing and opening again."""
    left: int
    top: int
    """As `DocumentState.origin` counts: the canvas may be cropped before the picture comes."""
    layer: str = ""
    """The result layer that gets it as a further variant; empty: a new one."""
    replaces: bool = False
    """It takes the place of what is in that layer, and was made as if that were not there."""
    after: int = 0
    """The number of the last thing done before it was asked for."""

    def to_json(self) -> dict[str, Json]:
        return dict(vars(self))

    @staticmethod
    def of(request: Queued) -> CanvasPlace | None:
        """None for a request that was not made on a canvas."""
        form = request.extra.get(ON_CANVAS)
        if not isinstance(form, dict):
            return None
        document, left, top = (form.get(name) for name in ("document", "left", "top"))
        if not isinstance(document, str) or type(left) is not int or type(top) is not int:
            return None
        layer, after = form.get("layer"), form.get("after")
        layer = layer if isinstance(layer, str) else ""
        after = after if type(after) is int else 0
        return CanvasPlace(document, left, top, layer, form.get("replaces") is True, after)

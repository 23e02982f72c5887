"""A new document: white paper, and an empty layer to paint on above it."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from desktop.raster.rect import Rect
from desktop.state.document.document_state import DocumentState
from desktop.state.document.layers import Group, PaintLayer
from desktop.state.document.names import new_layer_name
from engine.api.images import Extent

translate = QCoreApplication.translate


def blank_state(size: Extent) -> DocumentState:
    paper = PaintLayer(name=translate("Painting", "Paper"))
    paper.tiles.fill(Rect(0, 0, size.width, size.height), (255, 255, 255, 255))
    paint = PaintLayer(name=new_layer_name([paper.name]))
    return DocumentState(size=size, root=Group(name="", children=(paper, paint)), active_id=paint.id)

"""What kinds of maps are called, and what each is for."""

from __future__ import annotations

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

from engine.api.maps import MapKind

look_up = QCoreApplication.translate

NAMES: dict[MapKind, object] = {
    MapKind.LINES: QT_TRANSLATE_NOOP("Maps", "Lines"),
    MapKind.CANNY: QT_TRANSLATE_NOOP("Maps", "Canny edges"),
    MapKind.SOFT_EDGE: QT_TRANSLATE_NOOP("Maps", "Soft edges"),
    MapKind.SCRIBBLE: QT_TRANSLATE_NOOP("Maps", "Scribble"),
    MapKind.DEPTH: QT_TRANSLATE_NOOP("Maps", "Depth"),
    MapKind.NORMAL: QT_TRANSLATE_NOOP("Maps", "Normals"),
    MapKind.SEGMENTATION: QT_TRANSLATE_NOOP("Maps", "What is where"),
    MapKind.POSE: QT_TRANSLATE_NOOP("Maps", "Pose"),
    MapKind.TILE: QT_TRANSLATE_NOOP("Maps", "Picture (tile)"),
    MapKind.LUMINANCE: QT_TRANSLATE_NOOP("Maps", "Light and dark"),
    MapKind.PALETTE: QT_TRANSLATE_NOOP("Maps", "Colours"),
    MapKind.INSTRUCTION: QT_TRANSLATE_NOOP("Maps", "Picture to change"),
    MapKind.INPAINT: QT_TRANSLATE_NOOP("Maps", "Mask (inpaint)"),
}
HINTS: dict[MapKind, object] = {
    MapKind.LINES: QT_TRANSLATE_NOOP("Maps", "Outlines, white on black"),
    MapKind.CANNY: QT_TRANSLATE_NOOP("Maps", "Fine edges, white on black"),
    MapKind.SOFT_EDGE: QT_TRANSLATE_NOOP("Maps", "Edges with soft flanks, white on black"),
    MapKind.SCRIBBLE: QT_TRANSLATE_NOOP("Maps", "A few thick strokes, white on black"),
    MapKind.DEPTH: QT_TRANSLATE_NOOP("Maps", "How near: black is far, white is near"),
    MapKind.NORMAL: QT_TRANSLATE_NOOP("Maps", "Which way surfaces turn"),
    MapKind.SEGMENTATION: QT_TRANSLATE_NOOP("Maps", "A colour for each kind of thing"),
    MapKind.POSE: QT_TRANSLATE_NOOP("Maps", "Stick figures that one can pose"),
    MapKind.TILE: QT_TRANSLATE_NOOP("Maps", "The picture itself, its fine detail drawn anew"),
    MapKind.LUMINANCE: QT_TRANSLATE_NOOP("Maps", "How light it is where"),
    MapKind.PALETTE: QT_TRANSLATE_NOOP("Maps", "Which colours are where, in large blocks"),
    MapKind.INSTRUCTION: QT_TRANSLATE_NOOP(
        "Maps", "The picture itself; the prompt says what to change in it: make it snow, add a dog"
    ),
    MapKind.INPAINT: QT_TRANSLATE_NOOP(
        "Maps", "The picture without what you paint over, for ControlNets that paint it anew"
    ),
}


def kind_name(kind: MapKind) -> str:
    return look_up("Maps", str(NAMES[kind]))


def kind_hint(kind: MapKind) -> str:
    return look_up("Maps", str(HINTS[kind]))

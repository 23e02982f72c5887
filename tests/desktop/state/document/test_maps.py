"""Maps of a document: changed, undone, kept in its file, and made to pixels when a request is made."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pens import ALT, CONTROL, SHIFT, click, drag, use
from PySide6.QtGui import QColor

from desktop.raster.rect import Rect
from desktop.state.document import layer_commands, maps
from desktop.state.document.document import Document
from desktop.state.document.document_map import DocumentMap, MapSource, maps_form, read_maps
from desktop.state.document_file.captured import captured
from desktop.state.document_file.ora_read import open_ora
from desktop.state.document_file.ora_write import save_ora
from desktop.state.editing.canvas_request import canvas_request, picture_of
from desktop.state.editing.changing import Seen
from desktop.state.editing.edit_settings import EditSettings, Intent
from desktop.state.editing.map_views import make_views
from desktop.state.editing.sight import bytes_beside
from desktop.tools.crop import crop
from desktop.tools.tool import Hand
from engine.api.errors import BadRequest
from engine.api.images import Extent
from engine.api.maps import ControlInfo, ControlType, MapKind
from engine.api.model_info import Capabilities, ModelInfo, SchedulerInfo
from engine.api.pose import KEY_POINTS, Figure
from engine.api.request import GenerationRequest
from engine.conditioning.maps.drawn import drawn

BASE = GenerationRequest(model="model", prompt="snow", width=64, height=64)
CAN = Capabilities((SchedulerInfo("dpmpp_2m", "DPM++ 2M"),), maps=True)
MODEL = ModelInfo("model", "Model", "stable_diffusion", capabilities=CAN)
WHITE = (255, 255, 255, 255)


@pytest.fixture
def document(qapp) -> Document:
    """Grey, with a white square in the middle."""
    made = Document(Extent(64, 64))
    with made.begin("Picture"):
        made.active.pixels.fill(made.canvas, (90, 90, 90, 255))
        made.active.pixels.fill(Rect(20, 20, 24, 24), WHITE)
    return made


def settings(intent: Intent):
    made = EditSettings()
    made.intent = intent
    return made.now()


def asked(
    document: Document, intent: Intent = Intent.NEW, info: ModelInfo | None = None
) -> GenerationRequest:
    return canvas_request(BASE, Seen.of(document), settings(intent), info)


def test_every_change_is_an_entry_of_the_history_and_a_slider_is_one(document: Document):
    heard = []
    document.maps_changed.connect(lambda: heard.append(document.maps))
    given = maps.add(document, DocumentMap(MapKind.LINES, MapSource.DOCUMENT))
    for weight in (0.9, 0.8, 0.7):
        maps.change(document, given.id, weight=weight)
    maps.change(document, given.id, start=0.2)
    assert len(document.history.entries) == 4 and document.maps[0].weight == 0.7
    document.history.undo()
    document.history.undo()
    assert document.maps == (given,)
    document.history.undo()
    assert document.maps == () and len(heard) == 8
    document.history.redo()
    maps.remove(document, given.id)
    assert document.maps == ()


def test_what_is_painted_by_hand_is_the_map_and_no_part_of_the_picture(document: Document):
    before = picture_of(Seen.of(document), document.canvas)
    given = maps.add_painted(document, MapKind.LINES, "Map")
    layer = document.layer(given.layer)
    assert document.active is layer
    with document.begin("Brush"):
        layer.pixels.fill(Rect(5, 5, 10, 2), WHITE)
    assert np.array_equal(picture_of(Seen.of(document), document.canvas), before)
    (made,) = asked(document).maps
    assert made.kind is MapKind.LINES and (made.image.pixels[5:7, 5:15] == 255).all()
    assert made.image.pixels.sum() == 2 * 10 * 3 * 255, "all else is black, however strongly the layer shows"
    document.change_unrecorded(layer, visible=False)
    assert asked(document).maps == (made,)
    maps.remove(document, given.id)
    assert document.layer(given.layer) is None
    document.history.undo()
    assert document.layer(given.layer) is not None and document.maps[0].id == given.id


def test_drawn_from_what_one_sees_or_from_one_layer(document: Document):
    maps.add(document, DocumentMap(MapKind.LINES, MapSource.DOCUMENT))
    seen = picture_of(Seen.of(document), document.canvas)
    (made,) = asked(document).maps
    assert np.array_equal(made.image.pixels, drawn(MapKind.LINES, seen)) and made.image.pixels.any()
    empty = layer_commands.add_paint_layer(document)
    maps.change(document, document.maps[0].id, source=MapSource.LAYER, layer=empty.id)
    assert not asked(document).maps[0].image.pixels.any()
    layer_commands.delete(document, empty)
    with pytest.raises(BadRequest, match="the layer of the lines map is gone"):
        asked(document)
    (view,) = make_views(document.state, document.maps).values()
    assert view.pixels is None and view.error is not None


def test_an_edit_gets_the_maps_of_its_own_canvas_and_other_sizes_are_covered(document: Document):
    maps.add(document, DocumentMap(MapKind.DEPTH, MapSource.DOCUMENT, weight=0.4, start=0.1, end=0.8))
    request = asked(document, Intent.WHOLE, MODEL)
    (made,) = request.maps
    assert (made.image.width, made.image.height) == request.extent == (64, 64)
    assert (made.weight, made.start, made.end) == (0.4, 0.1, 0.8)
    wide = canvas_request(replace(BASE, width=96, height=48), Seen.of(document), settings(Intent.NEW), MODEL)
    assert (wide.maps[0].image.width, wide.maps[0].image.height) == (96, 48)


def test_what_is_off_or_beyond_the_model_is_left_out(document: Document):
    given = maps.add(document, DocumentMap(MapKind.LINES, MapSource.DOCUMENT))
    cannot = replace(MODEL, capabilities=replace(CAN, maps=False))
    assert len(asked(document, info=MODEL).maps) == 1 and not asked(document, info=cannot).maps
    maps.change(document, given.id, is_on=False)
    assert not asked(document).maps
    maps.change(document, given.id, is_on=True, weight=0.0)
    assert not asked(document).maps


def test_maps_come_back_from_the_file_and_damage_does_not_stop_it(document: Document, tmp_path: Path):
    maps.add_painted(document, MapKind.DEPTH, "Map")
    figure = Figure().with_point(3, None).with_point(4, (0.25, 0.5))
    maps.add(document, DocumentMap(MapKind.POSE, MapSource.FIGURES, figures=(figure, Figure())))
    maps.add(
        document,
        DocumentMap(MapKind.CANNY, MapSource.DOCUMENT, network="mine", weight=0.3, end=0.5, detail=0.9),
    )
    save_ora(tmp_path / "maps.ora", captured(document.state))
    opened = open_ora(tmp_path / "maps.ora")
    assert opened.state.maps == document.maps and opened.notes == ()
    form = maps_form(document.maps)
    assert read_maps([*form[:1], {"kind": "hues"}, 7, {**form[1], "figures": [[1]]}, form[2]]) == (
        document.maps[0], document.maps[2],
    )  # fmt: skip
    assert read_maps(None) == () and read_maps("x") == ()


def test_the_memory_of_what_reads_the_maps_is_counted_once_each():
    reads = [
        ControlInfo(name, ControlType.CONTROLNET, Path(name), (kind,), parameters=1000 * number)
        for number, (name, kind) in enumerate([("lines", MapKind.LINES), ("depth", MapKind.DEPTH)], 1)
    ]
    lines, depth = (DocumentMap(kind, MapSource.DOCUMENT) for kind in (MapKind.LINES, MapKind.DEPTH))
    assert bytes_beside([lines, lines], reads) == 4000
    assert bytes_beside([lines, depth], reads) == 12000
    assert bytes_beside([replace(depth, network="lines"), replace(depth, is_on=False)], reads) == 4000


# posing


@pytest.fixture
def posed(document: Document) -> Hand:
    figures = (Figure(), Figure().moved(0.3, 0))
    maps.add(document, DocumentMap(MapKind.POSE, MapSource.FIGURES, figures=figures))
    return Hand(document, QColor("white"), QColor("black"))


def place(document: Document, number: int, joint: int) -> tuple[float, float]:
    point = document.maps[0].figures[number].scaled(document.size)[joint]
    assert point is not None
    return point


def test_a_joint_is_dragged_and_the_others_stay(posed: Hand):
    document, wrist = posed.document, KEY_POINTS.index("right wrist")
    before = document.maps[0].figures
    posed.view = Zoomed()
    x, y = place(document, 0, wrist)
    use(posed, "pose", drag((x, y), (x - 3, y - 4), (x - 6, y - 8)))
    after = document.maps[0].figures
    assert place(document, 0, wrist) == pytest.approx((x - 6, y - 8))
    assert after[0].with_point(wrist, before[0].points[wrist]) == before[0] and after[1] == before[1]
    document.history.undo()
    assert document.maps[0].figures == before


def test_a_figure_is_moved_sized_and_loses_a_joint(posed: Hand):
    document = posed.document
    posed.view = Zoomed()
    nose = place(document, 1, 0)
    use(posed, "pose", drag(nose, (nose[0] + 6.4, nose[1]), modifiers=SHIFT))
    assert document.maps[0].figures[1].points[0] == pytest.approx((0.9, 0.16))
    height = heights(document.maps[0].figures[0])
    nose = place(document, 0, 0)
    use(posed, "pose", drag(nose, (nose[0] + 200, nose[1]), modifiers=CONTROL))
    assert heights(document.maps[0].figures[0]) == pytest.approx(2 * height)
    nose = place(document, 0, 0)
    use(posed, "pose", click(*nose, modifiers=ALT))
    assert document.maps[0].figures[0].points[0] is None


def test_posing_can_be_cancelled_and_says_where_there_is_nothing(posed: Hand, document: Document):
    before = document.state
    performance = use(posed, "pose", drag(place(document, 0, 4), (1, 1))[:2])
    assert document.maps != before.maps
    performance.cancel()
    assert document.state is before
    maps.remove(document, document.maps[0].id)
    said: list[str] = []
    posed.say = said.append
    use(posed, "pose", click(10, 10))
    assert "Add a pose map" in said[0]


def test_figures_stand_where_they_stood_when_the_canvas_is_cropped(posed: Hand):
    document = posed.document
    before = place(document, 0, 4)
    crop(document, Rect(10, 4, 40, 50))
    assert place(document, 0, 4) == pytest.approx((before[0] - 10, before[1] - 4))
    document.history.undo()
    assert place(document, 0, 4) == pytest.approx(before)


class Zoomed:
    """A view so near that a joint is hit only from close by."""

    zoom = 16.0


def heights(figure: Figure) -> float:
    rows = [point[1] for point in figure.points if point is not None]
    return max(rows) - min(rows)

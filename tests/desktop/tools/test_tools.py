"""Every tool by one contract, and what each of them is for; with points, without a window."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pens import ACCEPT, ALT, CONTROL, SHIFT, STEP_BACK, click, drag, mask, picture, selection, use
from PySide6.QtGui import QColor

from desktop.raster import region
from desktop.raster.rect import Rect
from desktop.state.document import maps, regions
from desktop.state.document.document import Document
from desktop.state.document.layers import PaintLayer, ResultLayer, Variant
from desktop.tools import selecting
from desktop.tools.crop import crop
from desktop.tools.options import option_of
from desktop.tools.pen import Moment
from desktop.tools.tool import Hand
from desktop.tools.toolbox import tools
from desktop.tools.wand import seen, still
from engine.api.images import Extent
from engine.api.maps import MapKind

pytestmark = pytest.mark.usefixtures("qapp")
RED = [0, 0, 255, 255]
LINE = [(60, 60), (120, 90), (200, 180)]


@pytest.fixture
def hand() -> Hand:
    return Hand(Document(Extent(300, 280)), QColor("red"), QColor("blue"))


def filled(hand: Hand) -> Hand:
    selecting.fill(hand, QColor("white"))
    return hand


@pytest.mark.parametrize("tool_id", tools())
def test_every_tool_says_what_it_is(tool_id: str):
    tool = tools()[tool_id]
    assert tool.text and tool.icon and tool.hint_text
    for field in fields(tool.options):
        option = option_of(field)
        assert option is not None and option.label, field.name
    hash(tool.options())  # frozen, with defaults for everything


def test_no_two_tools_share_a_key_or_a_place():
    for kind in ("key", "place", "id"):
        values = [getattr(tool, kind) for tool in tools().values() if getattr(tool, kind)]
        assert len(values) == len(set(values)), kind


@pytest.mark.parametrize("tool_id", tools())
def test_every_tool_can_be_cancelled_at_any_moment(hand: Hand, tool_id: str):
    """Nothing is left of it, and the history does not know of it."""
    filled(hand)
    for length in range(1, 5):
        before, entries = hand.document.state, len(hand.document.history.entries)
        seen = picture(hand.document)
        performance = use(hand, tool_id, drag(*LINE)[:length])
        if not performance.is_over:
            performance.cancel()
            assert hand.document.state is before
            assert len(hand.document.history.entries) == entries
            assert np.array_equal(picture(hand.document), seen)
        assert hand.guides == ()
        while hand.document.history.position > entries:
            hand.document.history.undo()


@pytest.mark.parametrize("tool_id", tools())
def test_what_every_tool_does_can_be_undone_and_redone(hand: Hand, tool_id: str):
    filled(hand)
    before = (picture(hand.document), mask(hand.document), selection(hand.document), hand.document.size)
    performance = use(hand, tool_id, [*drag(*LINE), ACCEPT])
    performance.accept()
    after = (picture(hand.document), mask(hand.document), selection(hand.document), hand.document.size)
    if hand.document.history.position == 1:
        return  # a view tool, or one that had nothing to do
    hand.document.history.undo()
    assert hand.document.history.position == 1  # one thing done is one entry
    now = (picture(hand.document), mask(hand.document), selection(hand.document), hand.document.size)
    assert all(np.array_equal(one, other) for one, other in zip(before, now, strict=True))
    hand.document.history.redo()
    now = (picture(hand.document), mask(hand.document), selection(hand.document), hand.document.size)
    assert all(np.array_equal(one, other) for one, other in zip(after, now, strict=True))


@pytest.mark.parametrize("tool_id", tools())
@pytest.mark.parametrize("batches", [[5], [2, 3], [1, 3, 1]])
def test_every_tool_does_the_same_in_any_batches(tool_id: str, batches: list[int]):
    results = []
    for sizes in ([], batches):
        hand = filled(Hand(Document(Extent(300, 280)), QColor("red"), QColor("blue")))
        use(hand, tool_id, [*drag(*LINE, (90, 200)), ACCEPT], sizes).accept()
        results.append((picture(hand.document), mask(hand.document), selection(hand.document)))
    assert all(np.array_equal(one, other) for one, other in zip(*results, strict=True))


@pytest.mark.parametrize("tool_id", tools())
def test_no_tool_paints_on_a_locked_or_hidden_layer(hand: Hand, tool_id: str):
    said: list[str] = []
    hand.say = said.append
    for field in ("locked", "visible"):
        with hand.document.begin("x"):
            hand.document.change(hand.document.active, locked=False, visible=True)
            hand.document.change(hand.document.active, **{field: field == "locked"})
        use(hand, tool_id, [*drag(*LINE), ACCEPT]).accept()
        pixels = hand.document.active.pixels
        assert pixels is not None and not pixels.keys()


# painting


def test_a_brush_stroke_paints_the_colour_where_it_goes_and_nothing_else(hand: Hand):
    use(hand, "brush", drag((50, 100), (250, 100)), size=20, hardness=1.0, pressure_size=False)
    seen = picture(hand.document)
    assert seen[100, 150].tolist() == RED
    assert not seen[115:].any() and not seen[:, :30].any()


def test_opacity_caps_a_stroke_over_itself(hand: Hand):
    filled(hand)
    use(hand, "brush", drag((50, 100), (250, 100), (50, 100)), opacity=0.5, size=20)
    assert int(picture(hand.document)[100, 150, 0]) == pytest.approx(127, abs=2)


def test_strokes_are_clipped_by_a_soft_selection(hand: Hand):
    filled(hand)
    half = np.full((280, 300), 128, np.uint8)
    half[:, 150:] = 0
    with hand.document.begin("x"):
        hand.document.set_selection(region.from_array(half))
    before = picture(hand.document)
    use(hand, "brush", drag((50, 100), (250, 100)), size=20, hardness=1.0)
    seen = picture(hand.document)
    assert int(seen[100, 100, 0]) == pytest.approx(127, abs=2)
    assert np.array_equal(seen[:, 150:], before[:, 150:])


def test_the_eraser_and_the_other_end_of_the_pen_erase(hand: Hand):
    filled(hand)
    use(hand, "eraser", drag((50, 60), (250, 60)), size=20)
    use(hand, "brush", drag((50, 160), (250, 160), is_eraser=True), size=20)
    seen = picture(hand.document)
    assert seen[60, 150, 3] == seen[160, 150, 3] == 0 and seen[110, 150, 3] == 255


def test_locked_alpha_keeps_the_shape(hand: Hand):
    use(hand, "brush", drag((50, 100), (250, 100)), size=20)
    shape = picture(hand.document)[..., 3]
    with hand.document.begin("x"):
        hand.document.change(hand.document.active, alpha_locked=True)
    hand.foreground = QColor("lime")
    use(hand, "brush", drag((150, 20), (150, 260)), size=60)
    seen = picture(hand.document)
    assert np.array_equal(seen[..., 3], shape)
    assert seen[100, 150].tolist() == [0, 255, 0, 255]


def test_the_mask_brush_paints_the_mask_and_never_the_picture(hand: Hand):
    filled(hand)
    before = picture(hand.document)
    use(hand, "mask_brush", drag((50, 100), (250, 100)), size=40, hardness=0.5)
    painted = mask(hand.document)
    assert painted[100, 150] == 255 and 0 < painted[84, 150] < 255
    use(hand, "mask_brush", drag((150, 100), (150, 100), is_eraser=True), size=80)
    assert mask(hand.document)[100, 150] == 0
    assert np.array_equal(picture(hand.document), before)


def test_in_quick_mask_brush_and_eraser_paint_the_mask(hand: Hand):
    hand.paints_mask = True
    use(hand, "brush", drag((50, 100), (250, 100)), size=20)
    assert mask(hand.document)[100, 150] == 255 and not picture(hand.document).any()
    use(hand, "eraser", drag((140, 100), (160, 100)), size=20)
    assert mask(hand.document)[100, 150] == 0


def test_shift_click_draws_a_straight_line_from_the_last_stroke(hand: Hand):
    use(hand, "brush", click(50, 50), size=10, hardness=1.0)
    use(hand, "brush", click(250, 250, modifiers=SHIFT), size=10, hardness=1.0)
    seen = picture(hand.document)[..., 3]
    assert all(seen[at, at] == 255 for at in range(50, 250, 10))


def test_shift_on_the_way_keeps_the_line_level(hand: Hand):
    use(hand, "brush", drag((50, 100), (100, 104), (250, 130), modifiers=SHIFT), size=6, hardness=1.0)
    rows = np.nonzero(picture(hand.document)[..., 3])[0]
    assert rows.min() >= 96 and rows.max() <= 103


def test_a_stroke_may_leave_the_canvas_and_come_back(hand: Hand):
    use(hand, "brush", drag((150, 150), (-200, 150), (-200, 50), (150, 50)), size=10, hardness=1.0)
    seen = picture(hand.document)[..., 3]
    assert seen[150, 5] == 255 and seen[50, 5] == 255 and seen[100, 5] == 0


def test_the_clone_takes_from_elsewhere_and_never_what_it_painted(hand: Hand):
    use(hand, "brush", drag((40, 40), (40, 41)), size=20, hardness=1.0)
    use(hand, "clone", click(40, 40, modifiers=ALT))
    use(hand, "clone", drag((80, 40), (120, 40), (160, 40)), size=24, hardness=1.0)
    seen = picture(hand.document)[..., 3]
    assert seen[40, 80] == 255
    assert seen[40, 120] == 0 and seen[40, 160] == 0  # 40 to the left of there nothing was painted


def with_guides(hand: Hand) -> Hand:
    """White, its left half red; over it a map that was painted and a place, both shown."""
    filled(hand)
    document = hand.document
    document.active.pixels.fill(Rect(0, 0, 150, 280), tuple(RED))
    painted = document.active
    given = maps.add_painted(document, MapKind.DEPTH, "Depth")
    place = regions.add(document, "Place")
    document.layer(place.layer).pixels.fill(Rect(0, 0, 300, 100), (255, 0, 0, 255))
    document.activate(painted)
    assert document.layer(given.layer) is not None
    return hand


@pytest.mark.parametrize(
    "read", [seen, lambda hand, all_layers: still(hand, all_layers)], ids=["wand, bucket", "smart"]
)
def test_what_shows_where_things_go_is_no_part_of_the_picture_that_tools_read(hand: Hand, read):
    with_guides(hand)
    pixels = read(hand, True)(hand.document.canvas)
    assert np.array_equal(pixels[50, 50], RED) and np.array_equal(pixels[50, 250], [255] * 4)


def test_the_wand_finds_a_thing_of_the_picture_under_a_shown_place(hand: Hand):
    with_guides(hand)
    use(hand, "wand", click(50, 50))
    assert selection(hand.document)[:, :150].all() and not selection(hand.document)[:, 150:].any()


def test_the_clone_takes_no_map_and_no_place_into_the_picture(hand: Hand):
    with_guides(hand)
    use(hand, "clone", click(40, 40, modifiers=ALT))
    use(hand, "clone", drag((240, 40), (260, 40)), size=24, hardness=1.0)
    assert np.array_equal(hand.document.active.pixels.read(Rect(250, 40, 1, 1))[0, 0], RED)


def test_a_map_is_filled_along_what_is_painted_on_it(hand: Hand):
    with_guides(hand)
    document = hand.document
    layer = document.layer(document.maps[0].layer)
    layer.pixels.fill(Rect(100, 0, 10, 280), (255, 255, 255, 255))
    document.activate(layer)
    use(hand, "bucket", click(20, 20))
    read = layer.pixels.read(document.canvas)
    assert np.array_equal(read[200, 90], RED) and np.array_equal(read[200, 140], [0, 0, 0, 255])


def test_the_clone_without_a_source_says_so(hand: Hand):
    said: list[str] = []
    hand.say = said.append
    use(hand, "clone", drag((80, 40), (120, 40)))
    assert said and not picture(hand.document).any()


def test_the_variant_brush_shows_one_variant_through_another(hand: Hand):
    variants = []
    for color in ("red", "lime", "blue"):
        pixels = PaintLayer(name="x").tiles
        pixels.fill(hand.document.canvas, (*reversed(QColor(color).getRgb()[:3]), 255))
        variants.append(Variant(tiles=pixels))
    with hand.document.begin("x"):
        hand.document.insert(ResultLayer(name="result", variants=tuple(variants)))
    use(hand, "variant_brush", drag((100, 100), (200, 100)), size=40, hardness=1.0)
    assert picture(hand.document)[100, 150].tolist() == [0, 255, 0, 255]
    assert picture(hand.document)[200, 150].tolist() == RED
    hand.document.history.undo()
    assert picture(hand.document)[100, 150].tolist() == RED


def test_painting_above_a_result_makes_a_layer_for_it(hand: Hand):
    tiles = PaintLayer(name="x").tiles
    with hand.document.begin("x"):
        hand.document.insert(ResultLayer(name="result", variants=(Variant(tiles=tiles),)))
    use(hand, "brush", drag((50, 100), (250, 100)))
    assert isinstance(hand.document.active, PaintLayer) and not tiles.keys()
    hand.document.history.undo()
    assert isinstance(hand.document.active, ResultLayer)


# fill, gradient, colour


def test_the_bucket_fills_up_to_the_line(hand: Hand):
    use(hand, "brush", drag((150, -20), (150, 300)), size=8, hardness=1.0)
    hand.foreground = QColor("lime")
    use(hand, "bucket", click(20, 20))
    seen = picture(hand.document)
    assert seen[20, 20].tolist() == [0, 255, 0, 255] and not seen[20, 250].any()
    assert seen[20, 150].tolist() == RED


def test_the_gradient_runs_between_the_colours_inside_the_selection(hand: Hand):
    use(hand, "marquee", drag((0, 0), (300, 100)))
    use(hand, "gradient", drag((0, 50), (150, 50), (300, 50)))
    seen = picture(hand.document)
    assert seen[50, 2, 2] > 250 and seen[50, 297, 0] > 250
    assert int(seen[50, 150, 0]) == pytest.approx(127, abs=3) and not seen[120:].any()


def test_the_picker_takes_what_one_sees(hand: Hand):
    taken: list[tuple[str, bool]] = []
    hand.picked = lambda color, is_background: taken.append((color.name(), is_background))
    filled(hand)
    use(hand, "brush", drag((50, 100), (250, 100)), size=20, hardness=1.0, opacity=0.5)
    use(hand, "picker", click(150, 100))
    use(hand, "picker", click(20, 20, modifiers=CONTROL))
    use(hand, "picker", click(-50, 20))
    assert taken == [("#ff7f7f", False), ("#ffffff", True)] or taken[0][0] == "#ff8080"


# selections


def test_marquees_combine_by_the_keys_held_at_the_press(hand: Hand):
    use(hand, "marquee", drag((10, 10), (110, 110)))
    use(hand, "marquee", drag((60, 60), (160, 160), modifiers=SHIFT))
    assert (selection(hand.document) > 0).sum() == 2 * 100 * 100 - 50 * 50
    use(hand, "marquee", drag((0, 0), (60, 300), modifiers=ALT))
    assert (selection(hand.document) > 0).sum() == 2 * 100 * 100 - 50 * 50 - 50 * 100
    use(hand, "marquee", drag((0, 0), (300, 60), modifiers=SHIFT | ALT))
    assert (selection(hand.document) > 0).sum() == 50 * 50
    use(hand, "marquee", click(5, 5))
    assert hand.document.selection is None


def test_space_moves_the_marquee_while_it_is_drawn(hand: Hand):
    events = drag((10, 10), (60, 60))
    moved = drag((60, 60), (110, 80), has_space=True)[1:2]
    rest = drag((110, 80), (120, 90))
    use(hand, "marquee", [*events[:2], *moved, *rest[1:]])
    assert region.extent_of(hand.document.selection) == Rect(60, 30, 60, 60)


def test_a_key_pressed_after_the_press_makes_it_square(hand: Hand):
    events = drag((10, 10), (110, 60))
    events[1:] = [event.__class__(event.x, event.y, event.moment, modifiers=SHIFT) for event in events[1:]]
    use(hand, "marquee", events)
    assert region.extent_of(hand.document.selection) == Rect(10, 10, 100, 100)


def test_lasso_and_polygon_select_what_they_enclose(hand: Hand):
    use(hand, "lasso", drag((50, 50), (250, 50), (250, 150), (50, 150)))
    assert (selection(hand.document) > 127).sum() == pytest.approx(200 * 100, rel=0.01)
    corners = [event for at in ((20, 20), (120, 20), (200, 200), (120, 120)) for event in click(*at)]
    performance = use(hand, "polygon", [*corners, STEP_BACK, *click(20, 120)])
    assert not performance.is_over
    performance.send(ACCEPT)
    assert performance.is_over


def test_the_wand_selects_a_colour_and_smart_select_a_thing(hand: Hand):
    filled(hand)
    use(hand, "brush", click(150, 140), size=80, hardness=1.0)
    use(hand, "wand", click(150, 140))
    disc = (selection(hand.document) > 127).sum()
    assert disc == pytest.approx(np.pi * 40 * 40, rel=0.03)
    use(hand, "smart_select", drag((90, 80), (210, 80), (210, 200), (90, 200)))
    found = selection(hand.document) > 127
    assert found.sum() == pytest.approx(disc, rel=0.06) and found[140, 150] and not found[90, 95]


def test_selections_become_masks_and_back(hand: Hand):
    use(hand, "ellipse", drag((50, 50), (150, 150)), feather=10)
    wanted = selection(hand.document)
    selecting.selection_to_mask(hand.document)
    assert np.array_equal(mask(hand.document), wanted)
    selecting.select_nothing(hand.document)
    use(hand, "mask_brush", click(250, 250))
    selecting.mask_to_selection(hand.document)
    now = selection(hand.document)
    assert np.array_equal(now[:200], wanted[:200]) and now[250, 250] == 255
    selecting.invert(hand.document)
    assert np.array_equal(selection(hand.document), 255 - now)
    selecting.select_all(hand.document)
    assert (selection(hand.document) == 255).all()


# move, transform, crop


def test_moving_a_layer_touches_no_pixel(hand: Hand):
    use(hand, "brush", click(100, 100), size=20)
    pixels = hand.document.active.pixels
    version = pixels.version
    use(hand, "move", drag((0, 0), (30.4, 20.4)))
    assert hand.document.active.offset == (30, 20) and pixels.version == version
    assert picture(hand.document)[120, 130].any()


def test_moving_a_selection_takes_its_pixels_along(hand: Hand):
    filled(hand)
    use(hand, "marquee", drag((10, 10), (60, 60)))
    use(hand, "move", drag((20, 20), (120, 20)))
    seen = picture(hand.document)[..., 3]
    assert seen[30, 30] == 0 and seen[30, 130] == 255
    assert region.extent_of(hand.document.selection) == Rect(110, 10, 50, 50)


def test_transform_scales_by_its_corner_until_enter(hand: Hand):
    use(hand, "marquee", drag((100, 100), (150, 150)))
    selecting.fill(hand, QColor("red"))
    selecting.select_nothing(hand.document)
    performance = use(hand, "transform", drag((150, 150), (200, 200)))
    assert not performance.is_over and hand.guides[0].text == "100 × 100"
    performance.send(ACCEPT)
    seen = picture(hand.document)
    assert seen[195, 195].tolist() == RED and seen[105, 105].tolist() == RED and not seen[205:].any()
    performance = use(hand, "transform", drag((195, 195), (300, 300), (400, 10)))
    performance.cancel()
    assert np.array_equal(picture(hand.document), seen)


def test_transform_says_what_is_missing_to_who_presses_and_to_nobody_else(hand: Hand):
    said: list[str] = []
    hand.say = said.append
    hover = replace(click(50, 50)[0], moment=Moment.HOVER)
    assert not use(hand, "transform", [hover, hover]).is_over
    assert use(hand, "transform", [hover, ACCEPT]).is_over
    assert said == []
    use(hand, "transform", [hover, *click(50, 50)])
    assert len(said) == 1


def test_crop_extends_too_and_throws_nothing_away(hand: Hand):
    filled(hand)
    before = picture(hand.document)
    use(hand, "crop", [*drag((300, 280), (200, 200)), ACCEPT])
    assert hand.document.size == (200, 200)
    use(hand, "crop", [*drag((0, 100), (-56, 100)), *drag((200, 200), (244, 280)), ACCEPT])
    assert hand.document.size == (300, 280)
    assert hand.document.active.offset == (56, 0)
    crop(hand.document, Rect(56, 0, 300, 280))
    assert np.array_equal(picture(hand.document), before)


# any sequence

strokes = st.tuples(
    st.sampled_from(["brush", "eraser", "airbrush", "mask_brush", "marquee", "ellipse", "lasso", "bucket",
                     "gradient", "move", "transform", "crop", "wand"]),
    st.lists(st.tuples(st.integers(-30, 330), st.integers(-30, 310)), min_size=1, max_size=5),
)  # fmt: skip


@given(st.lists(strokes, min_size=1, max_size=6), st.data())
@settings(deadline=None, max_examples=15)
def test_any_sequence_undone_and_redone_is_the_same(qapp, sequence, data):
    hand = filled(Hand(Document(Extent(300, 280)), QColor("red"), QColor("blue")))
    document = hand.document
    seen = {document.history.position: (picture(document), mask(document), selection(document))}
    for tool_id, points in sequence:
        use(hand, tool_id, [*drag(*points), ACCEPT]).accept()
        seen[document.history.position] = (picture(document), mask(document), selection(document))
    last = document.history.position
    for _ in range(4):
        document.history.jump_to(data.draw(st.integers(1, last)))
        wanted = seen[document.history.position]
        now = (picture(document), mask(document), selection(document))
        assert all(np.array_equal(one, other) for one, other in zip(wanted, now, strict=True))


def test_a_stroke_under_way_ends_with_what_it_holds(hand: Hand):
    performance = use(hand, "brush", drag(*LINE)[:2])
    assert not performance.is_over and performance.tool.id == "brush"
    performance.send(drag(*LINE)[-1])
    assert performance.is_over

"""OpenRaster: what is saved comes back, and what others saved is understood."""

from __future__ import annotations

import io
import json
import threading
import zipfile
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyora
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ora_files import DOT, archive, png, random_state, told
from PIL import Image

from desktop.raster.blend import Blend
from desktop.raster.rect import Rect
from desktop.raster.tile import Kind
from desktop.raster.tiles import Tiles
from desktop.state.document.document_state import DocumentState
from desktop.state.document.layers import Group, MaskLayer, PaintLayer, ResultLayer, Variant
from desktop.state.document.rendering import flattened
from desktop.state.document_file import kept
from desktop.state.document_file.captured import captured
from desktop.state.document_file.ora_read import open_ora
from desktop.state.document_file.ora_write import save_ora
from desktop.state.document_file.work import Cancelled, Work
from engine.api.errors import CannotSave
from engine.api.images import Extent
from engine.library.png_chunks import walk

OLD = Path(__file__).parent / "old"


def painted(value: tuple[int, int, int, int], rect: Rect) -> Tiles:
    tiles = Tiles()
    tiles.fill(rect, value)
    return tiles


def document(*layers, size: Extent = Extent(40, 30)) -> DocumentState:
    return DocumentState(size=size, root=Group(name="", children=layers), active_id=layers[-1].id)


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 2**32))
def test_any_document_comes_back_the_same(tmp_path: Path, seed: int):
    state = random_state(seed)
    path = tmp_path / "any.ora"
    save_ora(path, captured(state), view='{"zoom": 2}')
    opened = open_ora(path)
    assert opened.notes == () and opened.keeps_path and opened.view == '{"zoom": 2}'
    assert told(opened.state) == told(state)


def test_the_same_document_is_the_same_file_but_for_how_its_pixels_are_packed(tmp_path: Path):
    """ISA-L finds now these, now those repetitions; what they stand for is the same."""
    state = random_state(7)
    found = []
    for name in ("one.ora", "two.ora"):
        save_ora(tmp_path / name, state)
        with zipfile.ZipFile(tmp_path / name) as zip:
            members = {info.filename: (info.date_time, zip.read(info)) for info in zip.infolist()}
        found.append({name: (date, unpacked(name, data)) for name, (date, data) in members.items()})
    assert list(found[0]) == list(found[1]) and found[0] == found[1]


def unpacked(name: str, data: bytes) -> bytes:
    if not name.endswith(".png"):
        return data
    packed = b"".join(bytes(content) for kind, content, _ in walk(data) if kind == b"IDAT")
    return data[:33] + zlib.decompress(packed)


def test_painting_on_while_it_is_saved_changes_nothing_in_the_file(tmp_path: Path):
    layer = PaintLayer(name="a", tiles=painted((1, 2, 3, 255), Rect(0, 0, 40, 30)))
    state = document(layer)
    shot = captured(state)
    layer.tiles.fill(Rect(0, 0, 40, 30), (9, 9, 9, 255))
    save_ora(tmp_path / "a.ora", shot)
    (opened,) = open_ora(tmp_path / "a.ora").state.root.children
    assert (opened.pixels.read(Rect(0, 0, 1, 1)) == (1, 2, 3, 255)).all()


def test_the_archive_is_laid_out_as_the_specification_says(tmp_path: Path):
    path = tmp_path / "a.ora"
    save_ora(path, document(PaintLayer(name="a", tiles=painted((0, 0, 200, 255), Rect(5, 6, 7, 8)))))
    data = path.read_bytes()
    assert data[30:54] == b"mimetypeimage/openraster"  # first, stored, without extra fields
    with zipfile.ZipFile(path) as zip:
        assert zip.namelist()[0] == "mimetype"
        assert zip.testzip() is None
        merged = Image.open(io.BytesIO(zip.read("mergedimage.png")))
        assert merged.size == (40, 30) and merged.getpixel((5, 6)) == (200, 0, 0, 255)
        assert merged.getpixel((4, 6)) == (0, 0, 0, 0)
        assert Image.open(io.BytesIO(zip.read("Thumbnails/thumbnail.png"))).size == (40, 30)
        layer = Image.open(io.BytesIO(zip.read("data/0000.png")))
        assert layer.size == (7, 8)  # cut to what is painted
        assert b'x="5" y="6"' in zip.read("stack.xml").replace(b"\n", b" ")


def test_the_thumbnail_of_a_large_document_is_small_and_right(tmp_path: Path):
    left = painted((0, 0, 255, 255), Rect(0, 0, 1000, 900))
    right = painted((255, 0, 0, 255), Rect(1000, 0, 1000, 900))
    save_ora(
        tmp_path / "a.ora",
        document(PaintLayer(name="l", tiles=left), PaintLayer(name="r", tiles=right), size=Extent(2000, 900)),
    )
    with zipfile.ZipFile(tmp_path / "a.ora") as zip:
        thumbnail = np.asarray(Image.open(io.BytesIO(zip.read("Thumbnails/thumbnail.png"))))
    assert thumbnail.shape == (115, 256, 4)
    assert (thumbnail[:, :126] == (255, 0, 0, 255)).all() and (thumbnail[:, 130:] == (0, 0, 255, 255)).all()


# what other programs see


def test_another_library_reads_our_layers_groups_and_pixels(tmp_path: Path):
    below = PaintLayer(name="ground", tiles=painted((10, 20, 30, 255), Rect(0, 0, 40, 30)))
    inner = PaintLayer(
        name="half", tiles=painted((0, 0, 100, 100), Rect(10, 10, 5, 5)), opacity=0.5, blend=Blend.MULTIPLY
    )
    hidden = PaintLayer(name="hidden", tiles=painted((0, 0, 0, 255), Rect(0, 0, 9, 9)), visible=False)
    save_ora(
        tmp_path / "a.ora", document(below, Group(name="group", children=(inner,), opacity=0.25), hidden)
    )
    project = pyora.Project.load(str(tmp_path / "a.ora"))
    assert project.dimensions == (40, 30)
    assert [(child.name, child.type) for child in project.children] == [
        ("hidden", pyora.TYPE_LAYER), ("group", pyora.TYPE_GROUP), ("ground", pyora.TYPE_LAYER),
    ]  # fmt: skip
    group = project["/group"]
    layer = project["/group/half"]
    assert group.opacity == 0.25 and not project["/hidden"].visible
    assert (layer.opacity, layer.composite_op, layer.offsets) == (0.5, "svg:multiply", (10, 10))
    assert layer.get_image_data(raw=True).getpixel((0, 0)) == (255, 0, 0, 100)


def test_others_see_of_a_mask_what_it_hides_and_of_results_what_is_chosen(tmp_path: Path):
    mask = MaskLayer(name="mask", coverage=Tiles(Kind.COVERAGE))
    mask.coverage.fill(Rect(0, 0, 20, 30), 128)
    variants = [painted(colour, Rect(0, 0, 40, 30)) for colour in ((0, 0, 255, 255), (0, 255, 0, 255))]
    result = ResultLayer(name="result", variants=tuple(Variant(tiles=tiles) for tiles in variants), chosen=1)
    state = document(result, mask)
    save_ora(tmp_path / "a.ora", state)
    project = pyora.Project.load(str(tmp_path / "a.ora"))
    assert project["/result"].get_image_data(raw=True).getpixel((0, 0)) == (0, 255, 0, 255)
    assert project["/mask"].composite_op == "svg:dst-in"
    assert project["/mask"].get_image_data(raw=True).getpixel((0, 0)) == (0, 0, 0, 128)
    # read as another program's, it looks the same
    (tmp_path / "b.ora").write_bytes(without_state((tmp_path / "a.ora").read_bytes()))
    theirs = open_ora(tmp_path / "b.ora").state
    assert np.array_equal(
        flattened(theirs.root, Rect(0, 0, 40, 30)), flattened(state.root, Rect(0, 0, 40, 30))
    )


def test_variants_brushed_into_each_other_are_one_picture_for_others(tmp_path: Path):
    brushed = Tiles(Kind.COVERAGE)
    brushed.fill(Rect(0, 0, 20, 30), 255)
    red, green = painted((0, 0, 255, 255), Rect(0, 0, 40, 30)), painted((0, 255, 0, 255), Rect(0, 0, 40, 30))
    result = ResultLayer(
        name="result", variants=(Variant(tiles=red), Variant(tiles=green, brushed=brushed)), offset=(3, 0)
    )
    save_ora(tmp_path / "a.ora", document(result))
    image = pyora.Project.load(str(tmp_path / "a.ora"))["/result"].get_image_data(raw=False)
    assert image.getpixel((3, 0)) == (0, 255, 0, 255) and image.getpixel((30, 0)) == (255, 0, 0, 255)


def without_state(data: bytes, keep: tuple[str, ...] = ()) -> bytes:
    memory = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(memory, "w") as new:
        for info in old.infolist():
            if not info.filename.startswith("lienzo/") or info.filename in keep:
                new.writestr(info, old.read(info))
    return memory.getvalue()


# what other programs wrote


KRITA = b"""<?xml version="1.0" encoding="UTF-8"?>
<image version="0.0.1" h="20" w="30" yres="300" xres="300">
 <stack>
  <layer visibility="visible" name="Ink" x="4" y="5" composite-op="krita:darker color" opacity="0.8"
   src="data/layer0.png" selected="true" edit-locked="true"/>
  <stack visibility="hidden" name="Group 7" composite-op="svg:screen" opacity="0.502" isolation="auto">
   <layer visibility="visible" name="Deep" x="-3" y="2.0" opacity="1" src="data/layer1.png"/>
  </stack>
 </stack>
</image>"""
GIMP = b"""<?xml version='1.0' encoding='UTF-8'?>
<image w="30" h="20" version="0.0.3" xres="72" yres="72" xmlns:mypaint="http://mypaint.org/ns/openraster">
<stack opacity="1" name="root"><layer src="data/000.png" name="Fl\xc3\xa4che" x="0" y="0" opacity="1.0"
 visibility="visible" composite-op="svg:src-over" mypaint:background-tile="data/background.png"/>
</stack></image>"""


def test_krita_is_understood_and_what_only_krita_knows_is_written_again(tmp_path: Path):
    ink = np.random.default_rng(1).integers(0, 65536, (6, 8, 4), dtype=np.uint16)
    ink[..., 3] = 65535
    import cv2

    deep = cv2.imencode(".png", ink)[1].tobytes()
    members = {"data/layer0.png": DOT, "data/layer1.png": deep, "mergedimage.png": DOT}
    opened = open_ora(archive(tmp_path / "krita.ora", KRITA, members))
    group, top = opened.state.root.children
    assert opened.notes == ("unknown_operator",) and opened.keeps_path
    assert (top.name, top.opacity, top.locked, top.blend) == ("Ink", 0.8, True, Blend.NORMAL)
    assert opened.state.active_id == top.id
    assert (group.name, group.visible, group.blend, group.opacity) == ("Group 7", False, Blend.SCREEN, 0.502)
    assert (top.pixels.read(Rect(4, 5, 3, 2)) == (50, 100, 200, 255)).all()
    wanted = np.floor(ink[..., :3].astype(float) * 255 / 65535 + 0.5)  # OpenCV's order is ours
    assert np.array_equal(group.children[0].pixels.read(Rect(-3, 2, 8, 6))[..., :3], wanted)

    save_ora(tmp_path / "again.ora", opened.state)
    with zipfile.ZipFile(tmp_path / "again.ora") as zip:
        text = zip.read("stack.xml").decode()
    assert 'composite-op="krita:darker color"' in text and 'xres="300"' in text
    again = open_ora(tmp_path / "again.ora").state
    assert told(again) == told(opened.state)


def test_an_operator_that_the_artist_changed_is_ours_again(tmp_path: Path):
    opened = open_ora(archive(tmp_path / "a.ora", KRITA, {"data/layer0.png": DOT, "data/layer1.png": DOT}))
    group, top = opened.state.root.children
    state = replace(
        opened.state, root=replace(opened.state.root, children=(group, replace(top, blend=Blend.HUE)))
    )
    save_ora(tmp_path / "b.ora", state)
    with zipfile.ZipFile(tmp_path / "b.ora") as zip:
        assert b"krita:darker" not in zip.read("stack.xml") and b"svg:hue" in zip.read("stack.xml")


def test_gimp_and_mypaint_are_understood_and_their_attributes_are_kept(tmp_path: Path):
    grey = png(np.arange(600, dtype=np.uint32).reshape(20, 30).astype(np.uint8))
    opened = open_ora(archive(tmp_path / "gimp.ora", GIMP, {"data/000.png": grey}))
    (layer,) = opened.state.root.children
    assert (layer.name, opened.state.size) == ("Fläche", Extent(30, 20))
    assert (layer.pixels.read(Rect(0, 0, 30, 1))[0, :, 0] == np.arange(30)).all()
    save_ora(tmp_path / "again.ora", opened.state)
    with zipfile.ZipFile(tmp_path / "again.ora") as zip:
        assert b"http://mypaint.org/ns/openraster" in zip.read("stack.xml")
    assert open_ora(tmp_path / "again.ora").state.root.children[0].foreign == layer.foreign


@pytest.mark.parametrize("mode", ["RGBA", "RGB", "L", "LA", "P", "1"])
@pytest.mark.parametrize("options", [{}, {"compress_level": 0}])
def test_layers_of_every_kind_of_png_are_read(tmp_path: Path, mode: str, options: dict):
    rgba = np.random.default_rng(3).integers(0, 256, (9, 7, 4), dtype=np.uint8)
    image = Image.fromarray(rgba).convert("RGB" if mode == "P" else "RGBA").convert(mode)
    memory = io.BytesIO()
    image.save(memory, "PNG", **options)
    opened = open_ora(archive(tmp_path / "a.ora", members={"data/dot.png": memory.getvalue()}))
    found = opened.state.root.children[0].pixels.read(Rect(1, 1, 7, 9)).astype(float)
    wanted = np.asarray(image.convert("RGBA")).astype(float)
    assert np.array_equal(found[..., 3], wanted[..., 3])
    assert np.abs(found[..., 2::-1] - wanted[..., :3] * wanted[..., 3:] / 255).max() <= 0.51


def test_a_file_of_another_library_opens_with_its_layers_and_groups(tmp_path: Path):
    project = pyora.Project.new(50, 40)
    project.add_layer(Image.new("RGBA", (10, 8), (1, 2, 3, 255)), path="/low", offsets=(2, 3))
    project.add_layer(Image.new("RGBA", (5, 5), (200, 0, 0, 128)), path="/group/high", opacity=0.5)
    project.save(str(tmp_path / "pyora.ora"))
    state = open_ora(tmp_path / "pyora.ora").state
    names = {layer.name: layer for layer in state.root.walk()}
    assert {"low", "group", "high"} <= names.keys() and isinstance(names["group"], Group)
    assert (names["low"].pixels.read(Rect(2, 3, 10, 8)) == (3, 2, 1, 255)).all()
    assert names["high"].opacity == 0.5 and names["high"].pixels.read(Rect(0, 0, 1, 1))[0, 0, 3] == 128


def test_what_another_program_saved_since_is_believed_and_masks_stay_ours(tmp_path: Path):
    state = document(PaintLayer(name="a", tiles=painted((0, 0, 200, 255), Rect(0, 0, 9, 9))))
    state.mask.fill(Rect(3, 3, 4, 4), 77)
    save_ora(tmp_path / "a.ora", state)
    memory = io.BytesIO()
    with zipfile.ZipFile(tmp_path / "a.ora") as old, zipfile.ZipFile(memory, "w") as new:
        for info in old.infolist():
            data = old.read(info)
            new.writestr(
                info, data.replace(b'name="a"', b'name="theirs"') if "xml" in info.filename else data
            )
    (tmp_path / "a.ora").write_bytes(memory.getvalue())
    opened = open_ora(tmp_path / "a.ora")
    assert opened.notes == ("changed_elsewhere",)
    assert [layer.name for layer in opened.state.root.children] == ["theirs"]
    assert opened.state.mask.read(Rect(3, 3, 1, 1))[0, 0] == 77


def test_a_layer_that_is_no_png_is_shown_empty_and_not_saved_over(tmp_path: Path):
    stack = b"""<image w="6" h="4"><stack><layer name="vector" src="data/path.svg"/></stack></image>"""
    opened = open_ora(archive(tmp_path / "a.ora", stack, {"data/path.svg": b"<svg/>"}))
    assert opened.notes == ("not_png",) and not opened.keeps_path
    assert [layer.name for layer in opened.state.root.children] == ["vector"]


# versions


def with_state(path: Path, change) -> Path:
    """The archive with what `change` makes of its state."""
    memory = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(memory, "w") as new:
        for info in old.infolist():
            data = old.read(info)
            new.writestr(info, change(data) if info.filename == "lienzo/state.json" else data)
    path.write_bytes(memory.getvalue())
    return path


def test_a_file_of_version_1_opens_as_it_was():
    opened = open_ora(OLD / "version1.ora")
    wanted = json.loads((OLD / "version1.json").read_text("utf-8"))
    state = opened.state
    assert opened.notes == () and opened.keeps_path
    assert list(state.size) == wanted["size"] and state.mask_mode == wanted["mask_mode"]
    assert [[layer.name, layer.opacity] for layer in state.root.walk()] == wanted["layers"]
    assert state.mask.read(Rect(*wanted["mask"])).min() == 255
    assert int(flattened(state.root, Rect(0, 0, *state.size)).astype(int).sum()) == wanted["pixels_sum"]


def test_a_newer_file_opens_by_its_layers_and_is_not_saved_over(tmp_path: Path):
    save_ora(
        tmp_path / "a.ora", document(PaintLayer(name="a", tiles=painted((0, 0, 9, 255), Rect(0, 0, 9, 9))))
    )
    newer = with_state(
        tmp_path / "a.ora", lambda data: data.replace(b'"version":%d' % kept.VERSION, b'"version":99')
    )
    opened = open_ora(newer)
    assert opened.notes == ("newer",) and not opened.keeps_path
    assert opened.state.root.children[0].name == "a"


@pytest.mark.parametrize(
    "damage",
    [lambda data: data[:-9], lambda data: b"[]", lambda data: b"[" * 100_000, lambda data: b"\xff\xfe"],
)
def test_a_damaged_state_costs_no_layer_and_is_not_saved_over(tmp_path: Path, damage):
    save_ora(
        tmp_path / "a.ora", document(PaintLayer(name="a", tiles=painted((0, 0, 9, 255), Rect(0, 0, 9, 9))))
    )
    opened = open_ora(with_state(tmp_path / "a.ora", damage))
    assert opened.notes == ("state_damaged",) and not opened.keeps_path
    assert (opened.state.root.children[0].pixels.read(Rect(0, 0, 9, 9)) == (0, 0, 9, 255)).all()


# work


def test_progress_goes_from_nothing_to_all_and_never_back(tmp_path: Path):
    said: list[float] = []
    state = random_state(3)
    save_ora(tmp_path / "a.ora", state, work=Work(said.append))
    assert said == sorted(said) and said[-1] == pytest.approx(1)
    said.clear()
    open_ora(tmp_path / "a.ora", Work(said.append))
    assert said[-1] == pytest.approx(1)


def test_a_cancelled_save_leaves_the_old_file_and_nothing_else(tmp_path: Path):
    path = tmp_path / "a.ora"
    path.write_bytes(b"precious")
    work = Work(lambda share: work.cancel())
    before = threading.active_count()
    with pytest.raises(Cancelled):
        save_ora(path, random_state(5), work=work)
    assert path.read_bytes() == b"precious" and [entry.name for entry in tmp_path.iterdir()] == ["a.ora"]
    assert threading.active_count() == before
    save_ora(path, random_state(5))
    opening = Work(lambda share: opening.cancel())
    with pytest.raises(Cancelled):
        open_ora(path, opening)


def test_a_folder_that_is_gone_is_said(tmp_path: Path):
    with pytest.raises(CannotSave, match="the folder is missing"):
        save_ora(tmp_path / "gone" / "a.ora", random_state(1))

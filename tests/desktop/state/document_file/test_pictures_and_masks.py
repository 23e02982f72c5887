"""Pictures as documents and layers, documents as pictures and PSD, masks in and out."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from ora_files import png, random_state
from PIL import Image
from psd_tools import PSDImage
from psd_tools.constants import BlendMode
from studios import toy_request

from desktop.raster.blend import Blend
from desktop.raster.rect import Rect
from desktop.raster.tile import Kind
from desktop.raster.tiles import Tiles
from desktop.state.document.document_state import DocumentState
from desktop.state.document.layers import Group, MaskLayer, PaintLayer, ResultLayer, Variant, Verdict
from desktop.state.document.rendering import flattened
from desktop.state.document_file.layer_png import to_premultiplied, to_straight
from desktop.state.document_file.mask_files import MaskSource, luminance, read_mask, save_as_alpha, save_mask
from desktop.state.document_file.picture_in import open_picture_as_document, read_picture
from desktop.state.document_file.picture_out import ExportOptions, export_picture, over, recipe_of
from desktop.state.document_file.psd_out import save_psd
from desktop.state.document_file.work import Cancelled, Work
from engine.api.errors import CannotSave, UnreadableFile
from engine.api.images import Extent, pixels_hash
from engine.api.recipe import Recipe
from engine.library.pictures import open_layer, open_picture, read_metadata

SIZE = Extent(50, 40)
CANVAS = Rect(0, 0, *SIZE)
NOISE = np.random.default_rng(1)


def painted(colour: tuple[int, int, int, int], rect: Rect = CANVAS) -> Tiles:
    """Blue, green, red, alpha."""
    tiles = Tiles()
    tiles.fill(rect, colour)
    return tiles


def document(*layers) -> DocumentState:
    return DocumentState(size=SIZE, root=Group(name="", children=layers), active_id=layers[-1].id)


def test_every_premultiplied_pixel_is_the_same_after_straight():
    alpha, value = np.meshgrid(np.arange(256), np.arange(256), indexing="ij")
    pixels = np.stack([np.where(value <= alpha, value, 0)] * 3 + [alpha], -1).astype(np.uint8)
    for width in (256, 7, 1):  # a row's end takes another way through Qt than its middle
        row = pixels.reshape(-1, 4)[: 65536 // width * width].reshape(-1, width, 4)
        assert np.array_equal(to_premultiplied(to_straight(row)), row)


# in


def test_a_picture_becomes_a_document_of_its_size_that_never_overwrites_it(tmp_path: Path):
    rgba = NOISE.integers(0, 256, (300, 270, 4), dtype=np.uint8)
    (tmp_path / "foto ñ.png").write_bytes(png(rgba))
    opened = open_picture_as_document(tmp_path / "foto ñ.png")
    (layer,) = opened.state.root.children
    assert opened.state.size == Extent(270, 300) and not opened.keeps_path
    assert (layer.name, layer.source) == ("foto ñ", "foto ñ.png")
    assert np.array_equal(layer.pixels.read(Rect(0, 0, 270, 300)), to_premultiplied(rgba))


def test_opaque_pixels_are_exact_and_a_tiff_is_a_picture(tmp_path: Path):
    rgb = NOISE.integers(0, 256, (9, 8, 3), dtype=np.uint8)
    Image.fromarray(rgb).save(tmp_path / "a.tif", icc_profile=None)
    picture = read_picture(tmp_path / "a.tif")
    assert np.array_equal(picture.tiles.read(Rect(0, 0, 8, 9))[..., 2::-1], rgb)


def test_what_is_no_picture_is_refused(tmp_path: Path):
    (tmp_path / "a.psd").write_bytes(b"8BPS\0\1" + bytes(99))
    with pytest.raises(UnreadableFile, match="not a PNG, JPEG, WebP or TIFF"):
        open_picture_as_document(tmp_path / "a.psd")


# out


@pytest.mark.parametrize("format", ["png", "tiff", "webp"])
def test_what_one_sees_goes_out_with_its_alpha(tmp_path: Path, format):
    state = random_state(8)
    path = tmp_path / f"out.{format}"
    export_picture(path, state, ExportOptions(format, quality=100))
    layer = open_layer(path)
    wanted = to_straight(flattened(state.root, Rect(0, 0, *state.size)))
    assert np.array_equal(np.dstack([layer.rgb, layer.alpha]), wanted)


@pytest.mark.parametrize("format", ["png", "tiff", "webp", "jpeg"])
def test_or_over_a_background(tmp_path: Path, format):
    state = document(PaintLayer(name="half", tiles=painted((0, 0, 128, 128))))
    options = ExportOptions(format, quality=100, keeps_alpha=False, background=(0, 200, 0))
    export_picture(tmp_path / "out", state, options)
    found = open_layer(tmp_path / "out")
    assert found.alpha is None
    assert np.abs(found.rgb.astype(int) - (128, 100, 0)).max() <= (3 if format == "jpeg" else 0)


def test_laying_over_a_colour_is_exact():
    pixels = np.array([[[0, 0, 0, 0], [255, 255, 255, 255], [10, 20, 30, 100]]], np.uint8)
    assert over(pixels, (255, 0, 100)).tolist() == [[[255, 0, 100], [255, 255, 255], [30 + 155, 20, 10 + 61]]]


def test_the_recipe_of_the_topmost_result_goes_with_it_or_stays(tmp_path: Path):
    pixels = painted((10, 20, 30, 255))
    seen = pixels.read(CANVAS)[..., 2::-1]
    recipes = [Recipe(toy_request(name), pixels_hash(np.ascontiguousarray(seen))) for name in ("low", "high")]
    results = [ResultLayer(name="r", variants=(Variant(tiles=pixels, recipe=recipe),)) for recipe in recipes]
    hidden = replace(results[0], verdict=Verdict.DISCARDED)
    state = document(*results, hidden)
    assert recipe_of(state.root) == recipes[1]
    export_picture(tmp_path / "a.tif", state, ExportOptions("tiff", keeps_alpha=False))
    assert read_metadata(tmp_path / "a.tif").recipe == recipes[1]
    painted_over = document(*results, PaintLayer(name="p", tiles=painted((0, 0, 0, 255), Rect(0, 0, 2, 2))))
    for name, format in (("b.webp", "webp"), ("b.png", "png")):
        export_picture(tmp_path / name, painted_over, ExportOptions(format, keeps_alpha=False))
        assert read_metadata(tmp_path / name).recipe == replace(recipes[1], pixels_sha256="")
        export_picture(tmp_path / name, state, ExportOptions(format, has_recipe=False))
        assert read_metadata(tmp_path / name).recipe is None


def test_a_cancelled_export_and_one_that_cannot_be_leave_the_old_file(tmp_path: Path):
    folder = tmp_path / "pictures"
    folder.mkdir()
    path = folder / "a.png"
    path.write_bytes(b"precious")
    work = Work()
    work.cancel()
    for format in ("png", "tiff"):
        with pytest.raises(Cancelled):
            export_picture(path, random_state(1), ExportOptions(format), work)
    huge = DocumentState(size=Extent(16_384, 1), root=Group(name=""), active_id="")
    with pytest.raises(CannotSave, match="WebP holds at most 16,383 pixels a side"):
        export_picture(path, huge, ExportOptions("webp"))
    assert path.read_bytes() == b"precious" and len(list(folder.iterdir())) == 1


# PSD


def tree() -> DocumentState:
    ground = PaintLayer(name="ground", tiles=painted((30, 20, 10, 255)))
    half = PaintLayer(
        name="ñ 🐶", tiles=painted((0, 0, 100, 100), Rect(10, 5, 8, 6)), offset=(2, 3), opacity=0.5,
        blend=Blend.MULTIPLY,
    )  # fmt: skip
    hidden = PaintLayer(name="hidden", tiles=painted((0, 255, 0, 255), Rect(-5, -5, 9, 9)), visible=False)
    empty = PaintLayer(name="empty")
    return document(ground, Group(name="group", children=(half, empty), opacity=0.25), hidden)


def test_a_psd_has_layers_groups_modes_and_places(tmp_path: Path):
    assert save_psd(tmp_path / "a.psd", tree()) == ()
    psd = PSDImage.open(tmp_path / "a.psd")
    ground, group, hidden = psd
    half, empty = group
    assert [layer.name for layer in psd.descendants()] == ["ground", "group", "ñ 🐶", "empty", "hidden"]
    assert (group.kind, group.opacity, half.opacity, half.blend_mode) == (
        "group",
        64,
        128,
        BlendMode.MULTIPLY,
    )
    assert half.bbox == (12, 8, 20, 14) and not hidden.visible and hidden.bbox == (-5, -5, 4, 4)
    assert np.asarray(half.topil())[0, 0].tolist() == [255, 0, 0, 100]
    assert np.asarray(ground.topil())[0, 0].tolist() == [10, 20, 30, 255]
    assert empty.name == "empty"


def test_a_psd_shows_the_same_picture_before_its_layers_are_read(tmp_path: Path):
    state = tree()
    save_psd(tmp_path / "a.psd", state)
    wanted = to_straight(flattened(state.root, CANVAS))
    assert np.array_equal(np.asarray(PSDImage.open(tmp_path / "a.psd").topil().convert("RGBA")), wanted)


def test_imagemagick_opens_the_psd(tmp_path: Path):
    if not shutil.which("identify"):
        pytest.skip("ImageMagick is not here")
    save_psd(tmp_path / "a.psd", tree())
    told = subprocess.run(
        ["identify", "-format", "%w %h %X %Y %l\n", str(tmp_path / "a.psd")], capture_output=True, text=True
    )
    lines = told.stdout.splitlines()
    assert told.returncode == 0, told.stderr
    assert lines[0].startswith("50 40")
    assert any(line.startswith("8 6 +12 +8") for line in lines[1:])


def test_a_mask_is_a_mask_of_what_lies_below_it(tmp_path: Path):
    mask = MaskLayer(name="mask", coverage=Tiles(Kind.COVERAGE), opacity=0.5)
    mask.coverage.fill(Rect(0, 0, 25, 40), 255)
    ground = PaintLayer(name="ground", tiles=painted((30, 20, 10, 255)))
    above = PaintLayer(name="above", tiles=painted((0, 0, 0, 255), Rect(0, 0, 3, 3)))
    save_psd(tmp_path / "a.psd", document(ground, mask, above))
    group, top = PSDImage.open(tmp_path / "a.psd")
    assert (group.name, top.name, [layer.name for layer in group]) == ("mask", "above", ["ground"])
    pixels = np.asarray(group.mask.topil())
    assert pixels.shape == (40, 50) and (pixels[:, :25] == 255).all() and (pixels[:, 25:] == 128).all()


def test_what_psd_cannot_say_is_said(tmp_path: Path):
    cut = PaintLayer(name="cut", tiles=painted((0, 0, 0, 255)), blend=Blend.DST_OUT)
    assert save_psd(tmp_path / "a.psd", document(cut)) == ("mode_lost",)


@pytest.mark.parametrize("seed", range(6))
def test_any_document_goes_out_as_psd(tmp_path: Path, seed: int):
    state = random_state(seed)
    save_psd(tmp_path / "a.psd", state)
    assert PSDImage.open(tmp_path / "a.psd").size == tuple(state.size)


# masks


def test_a_mask_comes_back_from_its_png(tmp_path: Path):
    coverage = Tiles(Kind.COVERAGE)
    values = NOISE.integers(0, 256, (40, 50), dtype=np.uint8)
    coverage.write(CANVAS, values)
    save_mask(tmp_path / "mask.png", coverage, SIZE)
    image = Image.open(tmp_path / "mask.png")
    assert image.mode == "L" and np.array_equal(np.asarray(image), values)
    found, size = read_mask(tmp_path / "mask.png")
    assert size == SIZE and np.array_equal(found.read(CANVAS), values)


def test_a_mask_goes_out_as_alpha_and_comes_back_from_it(tmp_path: Path):
    coverage = Tiles(Kind.COVERAGE)
    coverage.fill(Rect(0, 0, 20, 40), 90)
    root = document(PaintLayer(name="a", tiles=painted((30, 20, 10, 255)))).root
    save_as_alpha(tmp_path / "a.png", root, coverage, SIZE)
    pixels = np.asarray(Image.open(tmp_path / "a.png"))
    assert pixels[0, 0].tolist() == [10, 20, 30, 90] and pixels[0, 49].tolist() == [10, 20, 30, 0]
    found, _ = read_mask(tmp_path / "a.png")
    assert np.array_equal(found.read(CANVAS), coverage.read(CANVAS))
    bright, _ = read_mask(tmp_path / "a.png", MaskSource.LUMINANCE)
    assert len(np.unique(bright.read(CANVAS))) == 1


def test_a_mask_of_brightness_keeps_grey_and_weighs_colours():
    grey = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2)
    assert np.array_equal(luminance(grey)[0], np.arange(256))
    colours = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255]]], np.uint8)
    assert luminance(colours).tolist() == [[54, 182, 18, 255]]


def test_an_opaque_picture_as_alpha_covers_wholly(tmp_path: Path):
    (tmp_path / "a.png").write_bytes(png(np.zeros((4, 5, 3), np.uint8)))
    assert read_mask(tmp_path / "a.png", MaskSource.ALPHA)[0].read(Rect(0, 0, 5, 4)).min() == 255
    assert open_picture(tmp_path / "a.png").width == 5

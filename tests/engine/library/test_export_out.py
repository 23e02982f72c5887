"""Pictures on their way out: what goes with them, that nothing else does, and what happens on the way."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from engine.api.errors import BadRequest, CannotSave
from engine.api.images import pixels_hash
from engine.api.recipe import Environment, Recipe
from engine.api.request import GenerationRequest, Sampling
from engine.library import lettering, png_chunks
from engine.library.export.archive import export_zip
from engine.library.export.contact_sheet import (
    ContactWish,
    boxes,
    export_contact_pdf,
    export_contact_png,
)
from engine.library.export.export import Exported, ExportWish, export_pictures, exported
from engine.library.export.proof import what_is_left
from engine.library.export.stealth import IN_ALPHA, IN_COLOURS
from engine.library.index.reading import read_file
from engine.library.layers import read_layers
from engine.library.mark_files import write_marks
from engine.library.marks import Marks, read_marks
from engine.library.packets import packet_of, with_packet
from engine.library.pictures import (
    EXPORT_SUFFIXES,
    encode_image,
    encode_picture,
    open_layer,
    open_picture,
    read_metadata,
)

PIXELS = np.random.default_rng(3).integers(0, 256, (90, 120, 3), dtype=np.uint8)
SMOOTH = np.repeat(np.linspace(0, 255, 120, dtype=np.uint8)[None, :, None], 90, 0).repeat(3, 2)
REQUEST = GenerationRequest("starter", "a lighthouse", "blurry", 128, 128, Sampling("euler_a", 20, seed=5))
OURS = Recipe(
    REQUEST, pixels_hash(SMOOTH), "Starter", "stable_diffusion", "ab" * 32, environment=Environment("0.1")
)
A1111 = "a cat\nNegative prompt: dog\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 5, Size: 120x90"
FORMATS = list(EXPORT_SUFFIXES)


@pytest.fixture
def ours(tmp_path: Path) -> Path:
    path = tmp_path / "00001 a secret wish.png"
    path.write_bytes(encode_picture(SMOOTH, OURS))
    return path


def foreign(path: Path, pixels=SMOOTH, **texts: str) -> Path:
    info = PngInfo()
    for key, text in texts.items():
        info.add_text(key, text)
    Image.fromarray(pixels).save(path, pnginfo=info)
    return path


def test_layers_go_along_smaller_and_what_leaves_them_is_told(tmp_path: Path):
    """A picture that was taken apart: the layers are as large as the copy, and still make the picture."""
    source = tmp_path / "apart.png"
    under = np.dstack([SMOOTH, np.full((90, 120), 255, np.uint8)])
    over = np.zeros((90, 120, 4), np.uint8)
    over[20:60, 30:90] = (200, 30, 60, 255)
    stack = np.concatenate([under, over])
    source.write_bytes(encode_picture(SMOOTH, OURS, layers=stack))
    assert np.array_equal(read_layers(exported(source, ExportWish("png")).data), stack)
    copy = exported(source, ExportWish("png", longest_px=60))
    found = read_layers(copy.data)
    assert found is not None and found.shape == (90, 60, 4) and not copy.leaves_layers
    assert np.abs(found[:45, :, :3].astype(int) - open_picture(copy.data).pixels).max() <= 1
    inside, hidden = found[45:][12:28, 17:43], found[45:][:6]
    assert np.abs(inside.astype(int) - (200, 30, 60, 255)).max() <= 3 and not hidden[..., 3].any()
    wishes = ExportWish("webp", longest_px=60), ExportWish("jpeg"), ExportWish("png", has_recipe=False)
    for wish in wishes:
        (done,) = export_pictures([source], tmp_path / "out", wish)
        assert done.leaves_layers and read_layers(done.path) is None
    told: list[Exported] = []
    export_zip([source], tmp_path / "all.zip", wishes[0], told.append)
    assert told[0].leaves_layers
    assert not exported(source, ExportWish()).leaves_layers


def only(results):
    (result,) = results
    return result


def test_as_it_is_means_every_byte(ours: Path, tmp_path: Path):
    result = only(export_pictures([ours], tmp_path / "out", ExportWish()))
    assert result.path.read_bytes() == ours.read_bytes() and result.path.name == ours.name


@pytest.mark.parametrize("format", FORMATS)
def test_the_recipe_goes_along_into_every_format_and_size(ours: Path, format):
    data, suffix, _ = exported(ours, ExportWish(format, longest_px=60))
    assert suffix == EXPORT_SUFFIXES[format]
    picture = open_picture(data)
    assert (picture.width, picture.height, picture.format) == (60, 45, format)
    recipe = read_metadata(data).recipe
    assert recipe is not None and recipe.request == OURS.request
    assert np.abs(picture.pixels.astype(int) - SMOOTH[::2, ::2]).mean() < 4


COMFY = {
    "prompt": '{"3": {"class_type": "KSampler", "inputs": {"seed": 42, "steps": 20, "cfg": 8.0, '
    '"sampler_name": "euler", "scheduler": "normal", "denoise": 1.0, "model": ["4", 0], '
    '"positive": ["6", 0], '
    '"negative": ["7", 0], "latent_image": ["5", 0]}}, "4": {"class_type": "CheckpointLoaderSimple", '
    '"inputs": {"ckpt_name": "dream.safetensors"}}, "5": {"class_type": "EmptyLatentImage", "inputs": '
    '{"width": 120, "height": 90, "batch_size": 1}}, "6": {"class_type": "CLIPTextEncode", "inputs": '
    '{"text": "a harbour \u00e9\u0001 <&>", "clip": ["4", 1]}}, "7": {"class_type": "CLIPTextEncode", '
    '"inputs": {"text": "dull", "clip": ["4", 1]}}}',
    "workflow": '{"nodes": [], "note": "' + "long " * 30_000 + '"}',
}
INVOKE = {"invokeai_metadata": '{"app_version": "5.0", "positive_prompt": "a fox", "seed": 7, "steps": 9}'}


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("texts", [COMFY, INVOKE, {"parameters": A1111}, {"parameters": A1111 * 800}])
def test_another_programs_words_go_along_whole_into_every_format(tmp_path: Path, format, texts):
    path = foreign(tmp_path / "one.png", **texts)
    before = read_metadata(path)
    data, suffix, _ = exported(path, ExportWish(format, longest_px=60))
    after = read_metadata(data)
    assert (after.texts, after.program, after.parameters) == (before.texts, before.program, before.parameters)
    copy = tmp_path / f"copy{suffix}"
    copy.write_bytes(data)
    listed, known = read_file(path), read_file(copy)
    assert (listed.program, listed.prompt, listed.seed) == (known.program, known.prompt, known.seed)
    back = tmp_path / "back.png"
    back.write_bytes(exported(copy, ExportWish("png"))[0])
    assert read_metadata(back).texts == before.texts


@pytest.mark.parametrize("format", FORMATS)
def test_ratings_and_what_others_wrote_go_along_and_without_a_recipe_they_do_not(
    ours: Path, tmp_path: Path, format
):
    title = b"<dc:title><rdf:Alt><rdf:li>Harbour</rdf:li></rdf:Alt></dc:title></rdf:Description>"
    packet = packet_of(ours.read_bytes()).replace(b"</rdf:Description>", title)
    packet = packet.replace(b"xmlns:xmp=", b'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp=')
    ours.write_bytes(with_packet(ours.read_bytes(), packet))
    write_marks(ours, marks := Marks(4, "green", tags=("sea",), boards=("Best",)))
    data, *_ = exported(ours, ExportWish(format, longest_px=60))
    packet = packet_of(data)
    assert read_marks(packet) == marks and b"Harbour" in packet
    recipe = read_metadata(data).recipe
    assert recipe is not None and recipe.request == OURS.request
    assert what_is_left(exported(ours, ExportWish(format, longest_px=60, has_recipe=False))[0]) == ()


def test_a_damaged_packet_does_not_keep_a_picture_from_going_out(tmp_path: Path):
    path = foreign(tmp_path / "one.png", **{"parameters": A1111, "XML:com.adobe.xmp": "<x:xmpmeta Rating"})
    assert read_metadata(exported(path, ExportWish("webp"))[0]).texts["parameters"] == A1111


def test_nothing_is_enlarged(ours: Path):
    assert open_picture(exported(ours, ExportWish("webp", longest_px=4000))[0]).width == 120


@pytest.mark.parametrize("format", FORMATS)
def test_without_a_recipe_nothing_is_left(ours: Path, tmp_path: Path, format):
    wish = ExportWish(format, has_recipe=False)
    result = only(export_pictures([ours], tmp_path / "out", wish))
    data = result.path.read_bytes()
    assert what_is_left(data) == ()
    assert result.path.stem == "picture-0001"  # the name of the file told the prompt
    for word in (b"secret", b"lighthouse", b"Lienzo", b"lienzo", b"Steps", b"tifffile", b"Software"):
        assert word not in data


@pytest.mark.parametrize("format", FORMATS)
def test_the_proof_finds_what_is_there(format):
    assert "recipe" in what_is_left(encode_image(SMOOTH, OURS, format))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda png: png_chunks.with_chunks(png, [png_chunks.text_chunk("comment", "hello")]),
        lambda png: png_chunks.with_chunks(png, [png_chunks.chunk(b"eXIf", b"MM\0*\0\0\0\x08\0\0")]),
        lambda png: png_chunks.with_chunks(png, [png_chunks.chunk(b"prVt", b"x")]),
        lambda png: png + b"behind the end",
    ],
)
def test_the_proof_finds_single_chunks_and_what_stands_behind_the_end(spoil):
    bare = encode_image(SMOOTH, None)
    assert what_is_left(bare) == ()
    assert what_is_left(spoil(bare))


@pytest.mark.parametrize("format", ["jpeg", "webp"])
def test_the_proof_finds_what_stands_behind_other_ends(format):
    bare = encode_image(SMOOTH, None, format)
    assert what_is_left(bare) == () and what_is_left(bare + b"more")
    memory = io.BytesIO()
    Image.fromarray(SMOOTH).save(memory, format, comment=b"hello", exif=Image.Exif(), xmp=b"<x/>")
    assert what_is_left(memory.getvalue())


def hidden(mode: str) -> np.ndarray:
    """A picture whose lowest bits begin as NovelAI's do."""
    if mode == "alpha":
        rgba = np.dstack([PIXELS, np.full((90, 120), 255, np.uint8)])
        bits = np.unpackbits(np.frombuffer(IN_ALPHA[0] + b"\0\0\1\0secret!", np.uint8))
        columns = rgba[..., 3].T.copy().reshape(-1)
        columns[: len(bits)] = columns[: len(bits)] & 0xFE | bits
        rgba[..., 3] = columns.reshape(120, 90).T
        return rgba
    rgb = PIXELS.swapaxes(0, 1).copy().reshape(-1)
    bits = np.unpackbits(np.frombuffer(IN_COLOURS[1] + b"\0\0\1\0secret!", np.uint8))
    rgb[: len(bits)] = rgb[: len(bits)] & 0xFE | bits
    return rgb.reshape(120, 90, 3).swapaxes(0, 1)


@pytest.mark.parametrize("mode", ["alpha", "colours"])
def test_text_hidden_in_the_pixels_does_not_go_out_either(tmp_path: Path, mode: str):
    path = foreign(tmp_path / "novel.png", hidden(mode))
    assert "text hidden in the pixels" in what_is_left(path.read_bytes())
    data, *_ = exported(path, ExportWish("png", has_recipe=False))
    assert what_is_left(data) == ()
    assert np.abs(open_layer(data).rgb.astype(int) - PIXELS).max() <= 1
    assert exported(path, ExportWish())[0] == path.read_bytes()  # as it is, it goes out with it


def test_another_programs_texts_go_along_as_they_were(tmp_path: Path):
    path = foreign(tmp_path / "a.png", parameters=A1111, anything="kept as it was")
    small = read_metadata(exported(path, ExportWish("png", longest_px=60))[0])
    assert small.texts == {"parameters": A1111, "anything": "kept as it was"}
    for format in ("jpeg", "webp"):
        told = read_metadata(exported(path, ExportWish(format))[0])
        assert told.parameters is not None and told.parameters.seed == 5


def test_what_is_transparent_stays_so_where_the_format_holds_it(tmp_path: Path):
    rgba = np.dstack([PIXELS, np.tile(np.arange(120, dtype=np.uint8) * 2, (90, 1))])
    path = foreign(tmp_path / "glass.png", rgba)
    kept = open_layer(exported(path, ExportWish("webp", quality=100))[0])
    assert kept.alpha is not None and np.array_equal(kept.alpha, rgba[..., 3])
    over_white = open_picture(path).pixels.astype(int)
    flat = open_picture(exported(path, ExportWish("jpeg", quality=100))[0]).pixels
    assert np.abs(flat - over_white).mean() < 4


def test_one_that_cannot_be_read_does_not_stop_the_others(ours: Path, tmp_path: Path):
    broken = tmp_path / "broken.png"
    broken.write_bytes(ours.read_bytes()[:300])
    gone = tmp_path / "gone.png"
    results = list(export_pictures([broken, gone, ours], tmp_path / "out", ExportWish("jpeg")))
    assert [result.path is not None for result in results] == [False, False, True]
    assert all(result.error for result in results[:2])


def test_nothing_is_overwritten_and_closing_stops(ours: Path, tmp_path: Path):
    out = tmp_path / "out"
    work = export_pictures([ours] * 9, out, ExportWish())
    assert next(work).path != next(work).path
    work.close()
    assert len(list(out.iterdir())) == 2


@pytest.mark.parametrize(
    "wish",
    [ExportWish("gif"), ExportWish(quality=0), ExportWish(longest_px=3)],  # type: ignore[arg-type]
)
def test_a_wish_that_cannot_be_is_named(ours: Path, tmp_path: Path, wish: ExportWish):
    with pytest.raises(BadRequest):
        list(export_pictures([ours], tmp_path, wish))


def test_a_zip_holds_them_all_under_names_of_their_own(ours: Path, tmp_path: Path):
    seen = []
    export_zip([ours, ours], tmp_path / "out.zip", ExportWish("jpeg"), seen.append)
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["00001 a secret wish.jpg", "00001 a secret wish (2).jpg"]
        assert read_metadata(archive.read(archive.namelist()[0])).recipe is not None
    assert len(seen) == 2
    with pytest.raises(CannotSave):
        export_zip([ours], tmp_path / "out.zip", ExportWish(), seen.append)


class StoppedError(Exception):
    pass


def stop_at(number: int):
    seen = []

    def report(result):
        seen.append(result)
        if len(seen) == number:
            raise StoppedError

    return report


def test_a_zip_or_pdf_that_is_stopped_leaves_nothing(ours: Path, tmp_path: Path):
    for name, export, wish in (
        ("out.zip", export_zip, ExportWish()),
        ("out.pdf", export_contact_pdf, ContactWish()),
    ):
        with pytest.raises(StoppedError):
            export([ours] * 5, tmp_path / name, wish, stop_at(2))
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == [ours.name]


def test_a_contact_sheet_shows_every_picture_with_its_name(ours: Path, tmp_path: Path):
    red = tmp_path / "red.png"
    red.write_bytes(encode_image(np.full((60, 60, 3), (255, 0, 0), np.uint8)))
    wish = ContactWish(columns=2, rows=2, shows_prompt=True)
    results = list(export_contact_png([ours, red, ours, red, red], tmp_path / "contact.png", wish))
    assert len(results) == 5
    pages = sorted(path.name for path in tmp_path.glob("contact*"))
    assert pages == ["contact 1.png", "contact 2.png"]
    page = open_picture(tmp_path / "contact 1.png").pixels
    box = boxes(wish)[1]
    centre = round((box.top + box.height) / 25.4 * 200) - 20, round((box.left + box.width / 2) / 25.4 * 200)
    assert tuple(page[centre]) == (255, 0, 0)
    caption = page[round((box.top + box.height + 1) / 25.4 * 200) :][:30, centre[1] - 300 : centre[1] + 300]
    assert (caption < 120).any()


def test_a_contact_sheet_as_pdf_is_one_file_with_text(ours: Path, tmp_path: Path):
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture")
    seen = []
    wish = ContactWish(columns=2, rows=1, shows_prompt=True)
    export_contact_pdf([ours, broken, ours], tmp_path / "contact.pdf", wish, seen.append, "mis imágenes")
    data = (tmp_path / "contact.pdf").read_bytes()
    assert data.startswith(b"%PDF") and data.rstrip().endswith(b"%%EOF")
    assert data.count(b"/Type /Page\n") + data.count(b"/Type /Page ") == 2
    assert data.count(b"/Subtype /Image") >= 1
    assert [result.error is not None for result in seen] == [False, True, False]


@pytest.fixture
def no_fonts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that has no font of its own."""
    for cached in (lettering._fonts, lettering._has):
        monkeypatch.setattr(lettering, cached.__name__, cached.__wrapped__)
    monkeypatch.setattr(lettering, "FONTS", ())


def test_east_asian_captions_of_a_pdf_are_in_every_readers_fonts(no_fonts: None, tmp_path: Path):
    paths = [tmp_path / name for name in ("霧 (雾).png", "カモメ a.png", "항구.png", "مرفأ.png")]
    for path in paths:
        path.write_bytes(encode_image(np.zeros((8, 8, 3), np.uint8)))
    seen: list[Exported] = []
    export_contact_pdf(paths, tmp_path / "contact.pdf", ContactWish(), seen.append)
    data = (tmp_path / "contact.pdf").read_bytes()
    for name in (b"/STSong-Light", b"/HeiseiKakuGo-W5", b"/HYGothic-Medium"):
        assert name in data
    assert [one.unseen for one in seen[:3]] == ["", "", ""]
    assert set(seen[3].unseen) == set("مرفأ"), "what nobody will see is told"


def test_letters_that_no_font_has_are_told_of_a_contact_sheet_as_png(no_fonts: None, tmp_path: Path):
    paths = [tmp_path / "鳥.png", tmp_path / "bird.png"]
    for path in paths:
        path.write_bytes(encode_image(np.zeros((8, 8, 3), np.uint8)))
    told = export_contact_png(paths, tmp_path / "contact.png", ContactWish())
    assert [one.unseen for one in told] == ["鳥", ""]


def test_a_caption_without_spaces_is_broken_where_the_line_ends():
    class Font:
        def getlength(self, text: str, /) -> float:
            return 10.0 * len(text)

    assert lettering.wrapped("雾中的港口 a", 30, Font(), 3) == ["雾中的", "港口", "a"]
    assert lettering.wrapped("雾中的港口，温暖光", 40, Font(), 2) == ["雾中的港", "口，温…"]
    assert lettering.wrapped("morning light", 60, Font(), 2) == ["morni…", "light"]

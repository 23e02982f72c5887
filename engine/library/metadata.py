"""What was written beside a picture's pixels: ours, A1111's, and other programs'."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from engine.api.errors import BadRequest, UnreadableFile
from engine.api.recipe import Recipe
from engine.api.text import clean_text
from engine.library import jpeg_segments, png_chunks, webp_chunks, xmp
from engine.library.exif import read_exif
from engine.library.foreign_json import parse_foreign_json
from engine.library.foreign_programs import read_foreign
from engine.library.gate import read_source, refused, sniff
from engine.library.packets import TIFF_XMP
from engine.library.parameters import Parameters, parameters_of, parse_parameters
from engine.library.tiff_tags import read_tag


@dataclass(frozen=True)
class PictureMetadata:
    """All of it is a stranger's text: show it as plain text only."""

    recipe: Recipe | None = None
    """Ours, exactly as it was written, with every number in its range."""
    parameters: Parameters | None = None
    """What can be taken over into the panels."""
    program: str = ""
    """Who wrote it: `Lienzo`, `A1111`, `ComfyUI`, `InvokeAI`, `Fooocus`, `NovelAI`, `SwarmUI`, or empty."""
    texts: dict[str, str] = field(default_factory=dict)
    """Every text block by its keyword, cleaned."""
    source_type: str = ""
    """IPTC digital source type's last word, e.g. `trainedAlgorithmicMedia`; empty when it does not say."""
    skipped: tuple[str, ...] = ()
    """Keywords of what is damaged, too large or out of range."""


def read_metadata(source: Path | str | bytes) -> PictureMetadata:
    """What the file tells about itself; damaged or hostile blocks are skipped and named.

    Raises `UnreadableFile` only where the file is missing or no PNG, JPEG, WebP or TIFF.
    """
    data, name = read_source(source)
    format = sniff(data)
    if format is None:
        raise refused(
            name, "it is not a PNG, JPEG, WebP or TIFF picture", "Only these hold settings we can read"
        )
    texts, skipped, packet = READERS[format](data)
    facts = own_facts(data, format, packet)
    texts = {**texts_in(facts), **texts}
    recipe_text = texts.pop("lienzo", "") or facts.recipe
    recipe, broken = _read_recipe(recipe_text)
    clean = {clean_text(key): clean_text(text) for key, text in texts.items()}
    if recipe is not None:
        parameters, program = parameters_of(recipe), "Lienzo"
    else:
        parameters, program = settings_in(clean)
    shown = {**clean, "lienzo": clean_text(recipe_text)} if recipe_text else clean
    return PictureMetadata(recipe, parameters, program, shown, facts.source_type, skipped + broken)


Found = tuple[dict[str, str], tuple[str, ...], bytes]
"""Texts, keywords of those skipped, XMP packet."""


def _from_png(data: bytes) -> Found:
    texts, skipped = png_chunks.texts(data)
    packet = texts.pop("XML:com.adobe.xmp", "").encode("utf-8", "replace")
    block = b"" if "parameters" in texts else png_chunks.exif_block(data)
    if block and (comment := read_exif(block).user_comment):
        texts["parameters"] = comment
    return texts, skipped, packet


def _from_jpeg(data: bytes) -> Found:
    return _exif_texts(jpeg_segments.exif_block(data)), (), jpeg_segments.xmp_packet(data)


def _from_webp(data: bytes) -> Found:
    return _exif_texts(webp_chunks.metadata(data, b"EXIF")), (), webp_chunks.metadata(data, b"XMP ")


def _from_tiff(data: bytes) -> Found:
    """A TIFF is what EXIF blocks are made of."""
    return _exif_texts(data), (), read_tag(data, TIFF_XMP)


READERS = {"png": _from_png, "jpeg": _from_jpeg, "webp": _from_webp, "tiff": _from_tiff}


def _exif_texts(block: bytes) -> dict[str, str]:
    """ComfyUI's WebP nodes write "workflow:{...}" and "prompt:{...}" into descriptive tags."""
    exif = read_exif(block)
    texts = {"parameters": exif.user_comment} if exif.user_comment else {}
    for text in (exif.image_description, exif.make):
        key, colon, value = text.partition(":")
        if colon and key.lower() in ("workflow", "prompt"):
            texts[key.lower()] = value
        elif text and text == exif.image_description:
            texts["Description"] = text
    return texts


def own_facts(data: bytes, format: str, packet: bytes) -> xmp.Xmp:
    """What we wrote into the file's XMP, also in what continues it. `data` may lack the pixels."""
    facts = xmp.read_xmp(packet)
    if format != "jpeg" or not facts.extended:
        return facts
    further = xmp.read_xmp(jpeg_segments.extended_packet(data, facts.extended, xmp.LARGEST))
    return replace(facts, recipe=facts.recipe or further.recipe, texts=facts.texts or further.texts)


def texts_in(facts: xmp.Xmp) -> dict[str, str]:
    """Another program's text blocks that we carried into a format without a place for them."""
    if not facts.texts:
        return {}
    try:
        told = parse_foreign_json(facts.texts)
    except UnreadableFile:
        return {}
    return (
        {key: text for key, text in told.items() if isinstance(text, str)} if isinstance(told, dict) else {}
    )


def _read_recipe(text: str) -> tuple[Recipe | None, tuple[str, ...]]:
    if not text:
        return None, ()
    try:
        recipe = Recipe.from_json(parse_foreign_json(text))
        recipe.request.validated()
    except (BadRequest, UnreadableFile, RecursionError):
        return None, ("lienzo",)
    return recipe, ()


def settings_in(texts: dict[str, str]) -> tuple[Parameters | None, str]:
    """What other programs wrote into clean `texts`, and which program; (None, "") where none is known."""
    text = texts.get("parameters", "")
    if text and not text.lstrip().startswith("{"):
        return parse_parameters(text), "A1111"
    return read_foreign(texts)

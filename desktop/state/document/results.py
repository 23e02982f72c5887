"""What the artist can do to a generated result: it stays a layer with its recipe, and may be gone back to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QT_TRANSLATE_NOOP

from desktop.raster.tile import Kind
from desktop.raster.tiles import Tiles
from desktop.state.document.document import Document
from desktop.state.document.layers import ResultLayer, Variant, Verdict
from desktop.state.document.names import new_result_name
from desktop.state.document.waits import waits


def add_result(
    document: Document,
    variants: Sequence[Variant],
    name: str = "",
    *,
    mask: Tiles | None = None,
    source: Tiles | None = None,
    source_hash: str = "",
    offset: tuple[int, int] = (0, 0),
) -> ResultLayer:
    """The pictures of one request as a layer above the active one. `mask` and `source`: where the request
    could change what, both with their (0, 0) at `offset`; snapshots, that share what is not changed."""
    layer = ResultLayer(
        name=name or new_result_name(layer.name for layer in document.root.walk()),
        variants=tuple(variants),
        mask=mask,
        source=source,
        source_hash=source_hash,
        offset=offset,
    )
    with document.begin(QT_TRANSLATE_NOOP("History", "Generate")):
        document.insert(layer)
    return layer


def add_variants(document: Document, layer: ResultLayer, variants: Sequence[Variant]) -> ResultLayer:
    """More pictures of the same request, e.g. of other seeds; the first of them is shown."""
    with document.begin(QT_TRANSLATE_NOOP("History", "More variants")):
        return document.change(layer, variants=(*layer.variants, *variants), chosen=len(layer.variants))


@waits
def choose(document: Document, layer: ResultLayer, index: int) -> None:
    """Show another variant in place."""
    index = max(0, min(len(layer.variants) - 1, index))
    if index != layer.chosen:
        title = QT_TRANSLATE_NOOP("History", "Choose variant")
        with document.begin(title, merge=_choosing(layer)):
            document.change(layer, chosen=index)


def was_stepped(document: Document, layer: ResultLayer, since: int) -> bool:
    """Whether the artist chose another variant after the thing done that has this number."""
    done = document.history.entries[: document.history.position]
    return any(entry.number > since and entry.merge == _choosing(layer) for entry in done)


def _choosing(layer: ResultLayer) -> str:
    """Steps in a row are one thing done."""
    return f"variant {layer.id}"


@waits
def step_variant(document: Document, layer: ResultLayer, by: int) -> None:
    """The next variant (or the one before), round and round."""
    choose(document, layer, (layer.chosen + by) % len(layer.variants))


@waits
def remove_variant(document: Document, layer: ResultLayer) -> None:
    """Without the variant that is shown; the last one stays."""
    if len(layer.variants) < 2:
        return
    left = tuple(variant for variant in layer.variants if variant is not layer.variant)
    with document.begin(QT_TRANSLATE_NOOP("History", "Remove variant")):
        document.change(layer, variants=left, chosen=min(layer.chosen, len(left) - 1))


@waits
def judge(document: Document, layer: ResultLayer, verdict: Verdict) -> None:
    """Accept or discard it, or take that back. A discarded one shows nothing and is still there."""
    titles = {
        Verdict.ACCEPTED: QT_TRANSLATE_NOOP("History", "Accept result"),
        Verdict.DISCARDED: QT_TRANSLATE_NOOP("History", "Discard result"),
        Verdict.PROPOSED: QT_TRANSLATE_NOOP("History", "Reconsider result"),
    }
    if verdict is not layer.verdict:
        with document.begin(titles[verdict]):
            document.change(layer, verdict=verdict, shows_before=False)


@waits
def show_before(document: Document, layer: ResultLayer, shows_before: bool) -> None:
    """Look at the picture as it was; not an entry of the history."""
    if shows_before != layer.shows_before:
        document.change_unrecorded(layer, shows_before=shows_before)


def brush_in(document: Document, layer: ResultLayer, index: int) -> Tiles:
    """The coverage through which variant `index` shows over the chosen one, to be painted in. Only inside
    `Document.begin`, at the beginning of the stroke; the layer is another version afterwards."""
    variant = layer.variants[index]
    if variant.brushed is not None:
        return variant.brushed
    brushed = Tiles(Kind.COVERAGE)
    variants = tuple(replace(one, brushed=brushed) if one is variant else one for one in layer.variants)
    document.change(layer, variants=variants)
    return brushed

"""Opening OpenRaster: ours with all that we kept, Krita's and GIMP's with their layers."""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from desktop.raster.blend import Blend
from desktop.raster.tile import Kind
from desktop.raster.tiles import Tiles
from desktop.state.document.document_map import read_maps
from desktop.state.document.document_region import read_regions
from desktop.state.document.document_state import DocumentState, MaskMode, ShelfMask
from desktop.state.document.layers import (
    Group,
    ImageLayer,
    Layer,
    MaskLayer,
    PaintLayer,
    ResultLayer,
    Variant,
    Verdict,
    new_id,
)
from desktop.state.document_file.archive import (
    LARGEST_STATE,
    LARGEST_TEXT,
    NOT_OURS,
    WHOLE_COPY,
    Archive,
    open_archive,
    refused,
)
from desktop.state.document_file.kept import KeptDocument, KeptLayer, KeptMask, KeptPixels, KeptVariant
from desktop.state.document_file.layer_read import LayerReader, memory_budget
from desktop.state.document_file.migrations import TooNew, read_kept
from desktop.state.document_file.opened import OpenedDocument
from desktop.state.document_file.ora_write import FOREIGN_OPERATOR
from desktop.state.document_file.stack_xml import BadStack, Declares, Stack, StackNode, read_stack
from desktop.state.document_file.work import Work, all_cores
from engine.api.errors import BadRequest, UnreadableFile
from engine.api.form import Json
from engine.api.images import Extent
from engine.api.recipe import Recipe
from engine.library.foreign_json import parse_foreign_json

Choice = TypeVar("Choice", bound=enum.StrEnum)

LONGEST_SIDE = 16_384
STATE_DEPTH = 600
"""Levels of JSON: groups within groups, recipes within recipes."""
FARTHEST = 1 << 20


def open_ora(path: Path, work: Work | None = None) -> OpenedDocument:
    """The document in the OpenRaster file `path`. For the disk pool.

    Raises `UnreadableFile` with cause and next step, and `Cancelled` where `work` was cancelled.
    """
    with open_archive(path) as archive, all_cores() as threads:
        return _Opening(archive, threads, work or Work()).document()


class _Opening:
    def __init__(self, archive: Archive, threads: ThreadPoolExecutor, work: Work) -> None:
        self._archive = archive
        self._reader = LayerReader(archive, threads, work, memory_budget())
        self._notes: list[str] = []
        self._ids: set[str] = set()

    def document(self) -> OpenedDocument:
        data = self._archive.read("stack.xml", LARGEST_TEXT)
        stack = self._stack(data)
        kept, is_sound = self._kept(hashlib.sha256(data).hexdigest())
        if kept is not None and "changed_elsewhere" not in self._notes:
            state = self._ours(kept)
        else:
            state = self._theirs(stack, kept)
        notes = (*self._notes, *self._reader.finish())
        view = "" if kept is None else kept.view
        loses = not is_sound or "not_png" in notes
        return OpenedDocument(state, view, tuple(dict.fromkeys(notes)), keeps_path=not loses)

    def _stack(self, data: bytes) -> Stack:
        try:
            stack = read_stack(data)
        except Declares:
            cause = "its list of layers declares entities, which no painting program does"
            raise refused(self._archive.name, cause, NOT_OURS) from None
        except BadStack as error:
            raise refused(self._archive.name, "its list of layers is damaged", WHOLE_COPY) from error
        if max(stack.width, stack.height) > LONGEST_SIDE:
            raise refused(
                self._archive.name,
                "it is larger than 16,384 pixels a side",
                "Make it smaller in the program it comes from",
            )
        return stack

    def _kept(self, stack_sha256: str) -> tuple[KeptDocument | None, bool]:
        """What we wrote into the file ourselves; and whether saving there again loses nothing."""
        if "lienzo/state.json" not in self._archive:
            return None, True
        try:
            text = self._archive.read("lienzo/state.json", LARGEST_STATE).decode()
            kept = read_kept(parse_foreign_json(text, LARGEST_STATE, STATE_DEPTH))
        except TooNew:
            self._notes.append("newer")
            return None, False
        except (BadRequest, UnreadableFile, ValueError, RecursionError):
            self._notes.append("state_damaged")
            return None, False
        if kept.stack_sha256 != stack_sha256:
            self._notes.append("changed_elsewhere")
        return kept, True

    # ours

    def _ours(self, kept: KeptDocument) -> DocumentState:
        if not (1 <= kept.width <= LONGEST_SIDE and 1 <= kept.height <= LONGEST_SIDE):
            raise self._damaged()
        root = self._group(kept.root)
        return self._with_kept(
            DocumentState(size=Extent(kept.width, kept.height), root=root, active_id=kept.active), kept
        )

    def _with_kept(self, state: DocumentState, kept: KeptDocument) -> DocumentState:
        """With masks, selection and settings."""
        ids = {layer.id for layer in state.root.walk()} | {state.root.id}
        return DocumentState(
            size=state.size,
            root=state.root,
            active_id=state.active_id if state.active_id in ids else _topmost(state.root),
            selection=self._coverage(kept.selection) if kept.has_selection else None,
            mask=self._coverage(kept.mask),
            mask_mode=self._one_of(MaskMode, kept.mask_mode),
            shelf=tuple(map(self._shelf_mask, kept.shelf)),
            maps=read_maps(kept.maps),
            regions=read_regions(kept.regions),
            settings=kept.settings,
            origin=self._offset(kept.origin),
        )

    def _layer(self, kept: KeptLayer) -> Layer:
        common = {
            "id": self._own_id(kept.id),
            "name": kept.name,
            "opacity": min(1.0, max(0.0, kept.opacity)),
            "blend": self._one_of(Blend, kept.blend),
            "visible": kept.visible,
            "locked": kept.locked,
            "alpha_locked": kept.alpha_locked,
            "offset": self._offset(kept.offset),
            "foreign": tuple((name, str(value)) for name, value in kept.foreign.items()),
        }
        match kept.kind:
            case "paint":
                return PaintLayer(**common, tiles=self._colour(kept.pixels))
            case "image":
                return ImageLayer(**common, tiles=self._colour(kept.pixels), source=kept.source)
            case "mask":
                return MaskLayer(**common, coverage=self._coverage(kept.pixels))
            case "result" if 0 <= kept.chosen < len(kept.variants):
                return ResultLayer(
                    **common,
                    variants=tuple(map(self._variant, kept.variants)),
                    chosen=kept.chosen,
                    mask=self._coverage(kept.mask) if kept.has_mask else None,
                    source=self._colour(kept.before) if kept.has_before else None,
                    source_hash=kept.source_hash,
                    verdict=self._one_of(Verdict, kept.verdict),
                    shows_before=kept.shows_before,
                )
            case "group":
                children = tuple(map(self._layer, kept.children))
                return Group(**common, children=children, isolated=kept.isolated, is_folded=kept.is_folded)
        raise self._damaged()

    def _group(self, kept: KeptLayer) -> Group:
        group = self._layer(kept)
        if not isinstance(group, Group):
            raise self._damaged()
        return group

    def _variant(self, kept: KeptVariant) -> Variant:
        brushed = self._coverage(kept.brushed) if kept.has_brushed else None
        return Variant(
            id=self._own_id(kept.id),
            tiles=self._colour(kept.pixels),
            recipe=self._recipe(kept.recipe),
            brushed=brushed,
        )

    def _recipe(self, data: Mapping[str, Json] | None) -> Recipe | None:
        if data is None:
            return None
        try:
            recipe = Recipe.from_json(data)
            recipe.request.validated()
        except (BadRequest, RecursionError):
            self._notes.append("recipe_damaged")
            return None
        return recipe

    def _shelf_mask(self, kept: KeptMask) -> ShelfMask:
        if kept.width < 1 or kept.height < 1:
            raise self._damaged()
        size = Extent(kept.width, kept.height)
        return ShelfMask(
            id=self._own_id(kept.id), name=kept.name, coverage=self._coverage(kept.pixels), size=size
        )

    def _one_of(self, kind: type[Choice], value: str) -> Choice:
        try:
            return kind(value)
        except ValueError:
            raise self._damaged() from None

    def _offset(self, offset: tuple[int, ...]) -> tuple[int, int]:
        if len(offset) != 2 or any(abs(number) > FARTHEST for number in offset):
            raise self._damaged()
        return offset[0], offset[1]

    def _own_id(self, id: str) -> str:
        """Two layers with one id would be one layer."""
        if not id or id in self._ids:
            id = new_id()
        self._ids.add(id)
        return id

    def _colour(self, kept: KeptPixels | None) -> Tiles:
        return self._tiles(Kind.COLOUR, kept)

    def _coverage(self, kept: KeptPixels | None) -> Tiles:
        return self._tiles(Kind.COVERAGE, kept)

    def _tiles(self, kind: Kind, kept: KeptPixels | None) -> Tiles:
        if kept is None:
            return Tiles(kind)
        if abs(kept.left) > FARTHEST or abs(kept.top) > FARTHEST:
            raise self._damaged()
        return self._reader.tiles(kind, kept.member, kept.left, kept.top)

    def _damaged(self) -> UnreadableFile:
        return refused(self._archive.name, "what Lienzo keeps in it is damaged", WHOLE_COPY)

    # theirs

    def _theirs(self, stack: Stack, kept: KeptDocument | None) -> DocumentState:
        """The layers as another program says they are; masks and settings are ours, where we left some."""
        selected: list[str] = []
        children = tuple(self._foreign_layer(node, selected) for node in stack.root.children or ())
        if not children:
            children = (PaintLayer(name=""),)
        id = new_id() if kept is None else self._own_id(kept.root.id)
        root = Group(id=id, name="", children=children, foreign=stack.foreign)
        active = selected[0] if selected else _topmost(root)
        state = DocumentState(size=Extent(stack.width, stack.height), root=root, active_id=active)
        return state if kept is None else self._with_kept(state, kept)

    def _foreign_layer(self, node: StackNode, selected: list[str]) -> Layer:
        blend, foreign = self._operator(node)
        id = new_id()
        common = {
            "id": id,
            "name": node.name,
            "opacity": node.opacity,
            "blend": blend,
            "visible": node.visible,
            "locked": node.locked,
            "alpha_locked": node.alpha_locked,
            "foreign": foreign,
        }
        if node.selected:
            selected.append(id)
        if node.children is not None:
            below = tuple(self._foreign_layer(child, selected) for child in node.children)
            return Group(**common, children=below, isolated=node.isolated)
        if not node.source.lower().endswith(".png"):
            self._notes.append("not_png")  # vectors, texts, references: shown as an empty layer
            return PaintLayer(**common)
        return PaintLayer(**common, tiles=self._reader.tiles(Kind.COLOUR, node.source, node.x, node.y))

    def _operator(self, node: StackNode) -> tuple[Blend, tuple[tuple[str, str], ...]]:
        """One that only another program knows is shown as normal and written again as it was."""
        try:
            return Blend(node.operator), node.foreign
        except ValueError:
            self._notes.append("unknown_operator")
            return Blend.NORMAL, ((FOREIGN_OPERATOR, node.operator), *node.foreign)


def _topmost(root: Group) -> str:
    """The layer on top that can be painted on."""
    paintable = [layer.id for layer in root.walk() if layer.is_paintable]
    return paintable[-1] if paintable else root.id

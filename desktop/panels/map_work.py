"""What the Maps section asks for outside of itself: a layer to paint on, a tool in hand, a file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QObject

from desktop.bridge.pixels import premultiplied
from desktop.panels.map_words import kind_name
from desktop.panels.maps import MapsPanel
from desktop.raster.rect import Rect
from desktop.raster.tile import Kind
from desktop.raster.tiles import Tiles
from desktop.state.document import layer_commands, maps
from desktop.state.document.document import Document
from desktop.state.document.document_map import DocumentMap, MapSource, find
from desktop.state.document.layers import ImageLayer
from desktop.state.map_classes import classes_for
from desktop.state.studio import Studio
from desktop.tools.workbench import Workbench
from engine.api.images import Extent
from engine.api.maps import MapKind
from engine.api.vision import first_drawer

translate = QCoreApplication.translate

COLOURS = {MapKind.DEPTH: "#808080"}
"""What one begins to paint with; lines and strokes are white."""
WIDTHS_PX = {MapKind.LINES: 3, MapKind.SCRIBBLE: 8, MapKind.DEPTH: 60, MapKind.SEGMENTATION: 40}
"""The same for the brush, on a canvas of 512 pixels."""
SOFT = 0.3
"""Hardness of the brush for depth, which has few edges."""
Choose = Callable[[str, Callable[[str], object]], None]


@dataclass(frozen=True, eq=False)
class Opened:
    """A picture file as large as the canvas."""

    tiles: Tiles
    is_map: bool = False
    """True of the depth that a picture holds, which was drawn with it."""


def opened(path: Path, size: Extent, kind: MapKind) -> Opened:
    """The picture file `path`, covering a canvas of `size`; for a map of depth the one that it holds, if any.

    For the disk pool. Raises `UnreadableFile`.
    """
    # Pillow and OpenCV are loaded with the first picture, not with the window
    from engine.conditioning.fitting import fitted
    from engine.library.depth import as_map, read_depth
    from engine.library.pictures import open_picture

    near = read_depth(path) if kind is MapKind.DEPTH else None
    pixels = fitted(open_picture(path).pixels if near is None else as_map(near), size, kind)
    tiles = Tiles(Kind.COLOUR)
    tiles.write(Rect.whole(size), premultiplied(pixels))
    return Opened(tiles, near is not None)


class MapWork(QObject):
    """Between the section, the canvas' tools and the file dialog."""

    def __init__(
        self,
        studio: Studio,
        bench: Workbench,
        panel: MapsPanel,
        choose: Choose,
        show_document: Callable[[], object],
    ) -> None:
        """`choose(title, take)` asks for a picture file; `show_document` lets the document be seen."""
        super().__init__(panel)
        self._studio, self._bench, self._choose, self._show_document = studio, bench, choose, show_document
        panel.document_wanted.connect(show_document)
        panel.paint_asked.connect(self.paint)
        panel.pose_asked.connect(self.pose)
        panel.colour_chosen.connect(self._take_colour)
        panel.source_asked.connect(self._bring)

    @property
    def _document(self) -> Document:
        return self._studio.document

    def paint(self, id: str) -> None:
        """Its layer is seen and active, and a brush with a fitting colour is in hand."""
        given = find(self._document.maps, id)
        layer = self._document.layer(given.layer) if given is not None else None
        if given is None or layer is None:
            return
        self._show_document()
        layer_commands.set_shown(self._document, layer, True)
        layer_commands.activate(self._document, layer)
        self._bench.paints_mask = False
        self._bench.take_up("brush")
        colour = COLOURS.get(given.kind, "#ffffff")
        if given.kind is MapKind.SEGMENTATION:
            colour = classes_for(given.network or self._reader(given.kind))[0].colour
        self._bench.foreground = colour
        width = WIDTHS_PX.get(given.kind, 8) * max(self._document.size) / 512
        work = f"{given.kind} {self._document.id}"
        self._bench.begin_with_brush(work, width, SOFT if given.kind is MapKind.DEPTH else None)
        self._studio.messages.info(_what_to_paint(given.kind))

    def _reader(self, kind: MapKind) -> str:
        """The name of the network that reads a map of which none is chosen."""
        return next((info.name for info in self._studio.learnt.controls if kind in info.kinds), "")

    def pose(self, id: str) -> None:
        """Its figures are seen, and the pose tool is in hand."""
        self._show_document()
        self._studio.editing.map_views.show(id)
        self._bench.take_up("pose")

    def _take_colour(self, colour: str) -> None:
        self._bench.foreground = colour

    def _bring(self, id: str, source: str) -> None:
        """A source that is not there yet: an empty layer, or a picture file as a layer that is not seen."""
        given = find(self._document.maps, id)
        if given is None:
            return
        if source == "paint":
            self._paint_anew(given)
            return
        is_map = source == "ready-file"

        def take(path: str) -> None:
            self._open(given, Path(path), is_map)

        title = translate("MapWork", "A picture for the map") if source == "file" else ""
        self._choose(title or translate("MapWork", "A file that is a map"), take)

    def follow_picture(self, kind: MapKind, path: Path) -> None:
        """Add a map of `kind` that is drawn from the picture file `path`."""
        self._show_document()
        drawer = first_drawer(kind, self._studio.learnt.seeing)
        given = DocumentMap(kind, MapSource.DOCUMENT, drawer=drawer)
        self._open(maps.add(self._document, given), path, is_map=False)

    def _open(self, given: DocumentMap, path: Path, is_map: bool) -> None:
        document = self._document
        self._studio.background.run(
            opened, path, document.size, given.kind,
            done=lambda it: self._place(document, given, it.tiles, path.name, is_map or it.is_map),
            failed=self._studio.say_failed,
        )  # fmt: skip

    def _paint_anew(self, given: DocumentMap) -> None:
        self._document.when_free(lambda: self._paint_now(given))

    def _paint_now(self, given: DocumentMap) -> None:
        name = translate("MapWork", "Map: {kind}").format(kind=kind_name(given.kind))
        layer = maps.black_layer(self._document, name)
        with self._document.begin(maps.CHANGE):
            self._document.insert(layer, self._document.root)
            maps.change(self._document, given.id, source=MapSource.READY, layer=layer.id, figures=())
        self.paint(given.id)

    def _place(self, document: Document, given: DocumentMap, tiles: Tiles, name: str, is_map: bool) -> None:
        if document is not self._document or find(document.maps, given.id) is None:
            return
        layer = ImageLayer(name=name, tiles=tiles, source=name, visible=False)
        source = MapSource.READY if is_map else MapSource.LAYER
        with document.begin(maps.CHANGE):
            active = document.active
            document.insert(layer, document.root)
            document.activate(active)  # one paints on where one was
            maps.change(document, given.id, source=source, layer=layer.id, figures=())


def _what_to_paint(kind: MapKind) -> str:
    if kind is MapKind.DEPTH:
        return translate(
            "MapWork", "Paint the map: the lighter, the nearer; far is black. It is no part of the picture."
        )
    return translate(
        "MapWork", "Paint the map. What is not painted is black; the map is no part of the picture."
    )

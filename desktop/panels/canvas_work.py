"""What one can do to the document on the canvas besides painting."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QCoreApplication, QMimeData, QObject, Signal
from PySide6.QtGui import QColor, QGuiApplication, QImage

from desktop.canvas.sheet_view import SheetView
from desktop.raster import region
from desktop.raster.ink import as_image
from desktop.raster.rect import Rect
from desktop.raster.tiles import Tiles
from desktop.state.document import layer_commands, masks
from desktop.state.document.blank import blank_state
from desktop.state.document.document import Document
from desktop.state.studio import Studio
from desktop.tools import copying, selecting
from desktop.tools.workbench import Workbench
from engine.api.images import Extent, Pixels

translate = QCoreApplication.translate


class CanvasWork(QObject):
    """Acts on the open document; what is under way on the canvas is ended first."""

    begun = Signal()
    """A document was made of what was looked at."""

    def __init__(self, studio: Studio, bench: Workbench, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self._bench = bench
        self._view: SheetView | None = None
        self._begun: Document | None = None
        self._blank: Document | None = None
        """The document that was begun empty, not from a picture."""
        bench.segmenting = studio.segmenting
        studio.learnt.changed.connect(self._know_segmenters)

    def use_view(self, view: SheetView) -> None:
        """The canvas there is now; another one comes with another language."""
        self._view = view

    # what is there

    @property
    def document(self) -> Document | None:
        """What is painted on; None as long as nobody has begun one."""
        documents = self._studio.documents
        is_begun = not documents.is_pristine or documents.current is self._begun
        return documents.current if is_begun else None

    def has_document(self) -> bool:
        return self.document is not None

    def is_untouched(self) -> bool:
        """An empty one that was begun here, and on which nothing is done: it may give way to a picture."""
        document = self.document
        return document is not None and document is self._blank and not document.history.can_undo

    def has_selection(self) -> bool:
        return self.document is not None and self.document.selection is not None

    def has_mask(self) -> bool:
        return self.document is not None and bool(self.document.mask.keys())

    def can_undo(self) -> bool:
        return self.document is not None and (self.document.history.can_undo or self._is_at_work())

    def can_redo(self) -> bool:
        return self.document is not None and self.document.history.can_redo

    def can_copy(self) -> bool:
        return self._view is not None and self._view.shows_document

    # to begin with

    def open_picture(self, pixels: Pixels, name: str) -> Document:
        """A new document of a picture (H x W x 3)."""
        called = name or translate("Painting", "Picture")
        self._begun = self._studio.documents.open_pixels(pixels, called)
        self.begun.emit()
        return self._begun

    def open_blank(self, size: Extent) -> Document:
        """A new white document with an empty layer to paint on above the paper."""
        self._begun = self._blank = self._studio.documents.open_state(blank_state(size))
        self.begun.emit()
        return self._begun

    # history

    def undo(self) -> None:
        """What is under way first, then the last thing done."""
        if self._view is not None and self._view.drawing is not None and self._view.drawing.step_back():
            return
        self._with(lambda document: document.history.undo())

    def redo(self) -> None:
        self._with(lambda document: document.history.redo())

    # fill, clear, copy

    def fill(self, background: bool = False) -> None:
        color = QColor(self._bench.background if background else self._bench.foreground)
        self._with(lambda document: selecting.fill(self._bench.hand(document), color))

    def clear(self) -> None:
        self._with(lambda document: selecting.clear(self._bench.hand(document)))

    def copy(self, merged: bool = False) -> None:
        """What is selected of the layer (or of all that one sees) goes to the clipboard, edges soft."""
        document = self.document
        if document is not None:
            document.when_free(lambda: self._copy(document, merged), is_kept=True)

    def _copy(self, document: Document, merged: bool) -> None:
        pixels = copying.copied(document, merged)
        if pixels is None:
            self._studio.messages.info(self.tr("There is nothing to copy on this layer."))
            return
        data = QMimeData()
        data.setImageData(as_image(pixels).copy())
        QGuiApplication.clipboard().setMimeData(data)
        self._studio.messages.info(self.tr("Copied."))

    def paste(self, image: QImage) -> None:
        """A new layer of its own, in the middle of the canvas."""

        def put(document: Document) -> None:
            straight = image.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)
            pixels = np.frombuffer(straight.constBits(), np.uint8).reshape(
                straight.height(), straight.bytesPerLine() // 4, 4
            )[:, : straight.width()]
            left = (document.size.width - straight.width()) // 2
            top = (document.size.height - straight.height()) // 2
            tiles = Tiles()
            tiles.write(Rect(left, top, straight.width(), straight.height()), pixels)
            layer_commands.add_image(document, tiles, self.tr("Pasted"))

        self._with(put)

    # selection and mask

    def select_all(self) -> None:
        self._with(selecting.select_all)

    def select_nothing(self) -> None:
        self._with(selecting.select_nothing)

    def invert(self) -> None:
        self._with(selecting.invert)

    def grow(self, direction: int) -> None:
        """By the pixels that are set in the bar; -1 shrinks."""
        self._with(lambda document: selecting.grow(document, direction * self._bench.change_px))

    def feather(self) -> None:
        self._with(lambda document: selecting.feather(document, self._bench.change_px))

    def toggle_quick_mask(self) -> None:
        self._bench.paints_mask = not self._bench.paints_mask

    def selection_to_mask(self) -> None:
        self._with(selecting.selection_to_mask)

    def mask_to_selection(self) -> None:
        self._with(selecting.mask_to_selection)

    def mask_from_alpha(self) -> None:
        self._with(lambda document: selecting.mask_from_layer(document, region.from_alpha))

    def mask_from_luminance(self) -> None:
        self._with(lambda document: selecting.mask_from_layer(document, region.from_luminance))

    def invert_mask(self) -> None:
        self._with(masks.invert)

    def clear_mask(self) -> None:
        self._with(masks.clear)

    # inside

    def _know_segmenters(self) -> None:
        self._bench.know_segmenters(self._studio.learnt.segmenters)

    def _is_at_work(self) -> bool:
        return self._view is not None and self._view.drawing is not None and self._view.drawing.is_at_work

    def _with(self, do: Callable[[Document], None]) -> None:
        """Now, or in its turn where the document is worked on in the background."""
        document = self.document
        if document is None:
            return
        drawing = self._view.drawing if self._view is not None else None
        if drawing is not None:
            drawing.end()
        document.when_free(lambda: do(document))
        if drawing is not None:
            drawing.show_handles()

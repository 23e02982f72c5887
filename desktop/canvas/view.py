"""Where the picture is seen: pan, zoom, drop a picture on it, drag the picture out."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QMimeData, QPoint, QRect, QRectF, QSize, Qt, QUrl, Signal
from PySide6.QtGui import (
    QDrag,
    QDragEnterEvent,
    QDragMoveEvent,
    QDropEvent,
    QGuiApplication,
    QImage,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
)
from PySide6.QtWidgets import QApplication, QSizePolicy, QWidget

from desktop.canvas.empty_place import EmptyPlace
from desktop.canvas.picture import CanvasPicture
from desktop.canvas.sheet_view import SheetView
from desktop.widgets.dropped import has_document, has_picture, take_document, take_pictures
from desktop.widgets.label import Label
from desktop.widgets.theme import theme, tokens

DRAG_THUMBNAIL_PX = 128
PILL_GAP_PX = 12
PILL_PADDING_PX = 32


class CanvasView(SheetView):
    """Shows one picture at its true extent on the desk, or the document.

    A left drag takes the picture out, a drop brings one in.
    """

    document_dropped = Signal(str)
    """The path of a document file."""
    picture_dropped = Signal(object)
    """A path (str) or pixels (QImage)."""
    remote_refused = Signal(str)
    """A dropped network address: nothing is fetched."""
    paste_asked = Signal()
    """Ctrl+V with the focus here."""
    copied = Signal()
    """The picture went to the clipboard."""
    painted = Signal()
    """A frame is on the screen: the first one, or the one a preview caused."""
    shown_changed = Signal()
    """The document is seen, or a picture, or nothing."""
    empty_clicked = Signal()
    """The button of the empty place."""
    example_chosen = Signal(str)
    """One of the examples in the empty place."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._picture: CanvasPicture | None = None
        self._path = ""
        self._pressed: QPoint | None = None
        self._welcomes_drop = False
        self._said = ""
        self._facts_give_way = False
        self.empty = EmptyPlace(self)
        self.empty.clicked.connect(self.empty_clicked)
        self.empty.chosen.connect(self.example_chosen)
        self.facts = Label("", self, role="pill")
        self.facts.hide()
        self.setAccessibleName(self.tr("Canvas"))
        self.setAcceptDrops(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme.changed.connect(self.update)

    # what is shown

    def show_pixels(
        self, image: QImage, extent: QSize | tuple[int, int] | None = None, path: str = ""
    ) -> None:
        """Show `image` as a picture of `extent` (its own size if None), scaled smoothly to it.

        `path` is the file that a drag takes out; without one the pixels go. The image is kept, not copied.
        """
        if image.isNull():
            self.show_nothing()
            return
        size = extent if extent is not None else image.size()
        width, height = size.toTuple() if isinstance(size, QSize) else size  # pyright: ignore
        was_zoom = self.viewport.zoom
        self._picture = CanvasPicture(image, (width, height))
        self._path = path
        self.empty.hide()
        if not self.shows_document:
            self.viewport.set_extent((width, height))
        self._after_move(was_zoom)

    def show_nothing(self) -> None:
        """The empty place again."""
        self._picture, self._path = None, ""
        self.set_facts("")
        self.empty.setVisible(not self.shows_document)
        self.update()

    def set_empty(self, icon_name: str, text: str, button: str = "") -> None:
        """What the empty place says, and what its button says."""
        self.empty.say(icon_name, text, button)
        self.picture_moved()

    def offer_examples(self, examples: Sequence[str]) -> None:
        """What the empty place lets one press; see `example_chosen`."""
        self.empty.offer(examples)
        self.picture_moved()

    def set_facts(self, text: str) -> None:
        """One line in a pill under the picture; empty takes it away."""
        self._said = text
        self.facts.setVisible(bool(text) and not self._facts_give_way)
        self.setAccessibleDescription(text)
        self.picture_moved()

    def facts_give_way(self, give_way: bool) -> None:
        """Something that says more stands where the facts are."""
        self._facts_give_way = give_way
        self.set_facts(self._said)

    def _on_shown(self) -> None:
        if not self.shows_document and self._picture is not None:
            self.viewport.set_extent(self._picture.extent)
        self.empty.setVisible(not self.shows_document and self._picture is None)
        self.picture_moved()
        super()._on_shown()
        self.shown_changed.emit()

    @property
    def has_picture(self) -> bool:
        """Whether something is shown, a picture or the document."""
        return self.shows_document or self._picture is not None

    def image(self) -> QImage | None:
        """The pixels that are shown, or None."""
        return self._picture.image if self._picture is not None else None

    def picture_moved(self) -> None:
        """Keep the facts below the picture."""
        self.empty.setGeometry(self.rect())
        room = self.width() - PILL_PADDING_PX
        self.facts.setText(self.facts.fontMetrics().elidedText(self._said, Qt.TextElideMode.ElideRight, room))
        self.facts.adjustSize()
        ratio = self.devicePixelRatioF()
        left, _, right, bottom = (length / ratio for length in self.viewport.bounds())
        x = (left + right - self.facts.width()) / 2
        y = min(bottom + PILL_GAP_PX, self.height() - self.facts.height() - 4)
        x = min(max(x, 4), max(self.width() - self.facts.width() - 4, 4))
        self.facts.move(round(x), round(y))

    # painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        ratio = self.devicePixelRatioF()
        painter.save()
        painter.scale(1 / ratio, 1 / ratio)
        if self.shows_document:
            place = QRectF(event.rect())
            device = QRectF(place.topLeft() * ratio, place.size() * ratio).toAlignedRect()
            self.paint_document(
                painter, device.intersected(QRect(0, 0, self.viewport.width, self.viewport.height))
            )
        else:
            painter.fillRect(QRectF(0, 0, self.viewport.width, self.viewport.height), tokens().color("desk"))
            if self._picture is not None:
                painter.setTransform(self.viewport.turning(), True)
                self._picture.paint(painter, self.viewport, tokens())
        painter.restore()
        if self._welcomes_drop or self.hasFocus():
            token = "accent" if self._welcomes_drop else "desk_text"
            painter.setPen(QPen(tokens().color(token), 2))
            painter.drawRect(self.rect().adjusted(1, 1, -1, -1))
        painter.end()
        self.painted.emit()

    def sizeHint(self) -> QSize:
        return QSize(640, 480)

    def minimumSizeHint(self) -> QSize:
        return QSize(200, 160)

    # in and out

    def _picture_rect(self) -> QRect:
        if self._picture is None or self.shows_document:
            return QRect()
        ratio = self.devicePixelRatioF()
        return QRect(*(round(length / ratio) for length in self.viewport.rect()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        place = event.position().toPoint()
        draws = self.drawing is not None and self.drawing.is_pressed
        if event.button() == Qt.MouseButton.LeftButton and not self.is_grabbed and not draws:
            self._pressed = place if self._picture_rect().contains(place) else None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        if self._pressed is None or self.is_grabbed:
            return
        distance = (event.position().toPoint() - self._pressed).manhattanLength()
        if distance >= QApplication.startDragDistance():
            self._pressed = None
            self._drag_out()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._pressed = None
        super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        elif event.matches(QKeySequence.StandardKey.Paste):
            self.paste_asked.emit()
        else:
            super().keyPressEvent(event)

    def mime_data(self) -> QMimeData:
        """The picture as a file, if it is one, and as pixels."""
        mime = QMimeData()
        if self._path:
            mime.setUrls([QUrl.fromLocalFile(self._path)])
        if self._picture is not None:
            mime.setImageData(self._picture.image)
        return mime

    def copy(self) -> None:
        """Put the picture on the clipboard."""
        if self._picture is not None:
            QGuiApplication.clipboard().setMimeData(self.mime_data())
            self.copied.emit()

    def _drag_out(self) -> None:
        if self._picture is None:
            return
        drag = QDrag(self)
        drag.setMimeData(self.mime_data())
        side = QSize(DRAG_THUMBNAIL_PX, DRAG_THUMBNAIL_PX)
        drag.setPixmap(
            QPixmap.fromImage(self._picture.image.scaled(side, Qt.AspectRatioMode.KeepAspectRatio))
        )
        drag.exec(Qt.DropAction.CopyAction)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        mime = event.mimeData()
        if event.source() is not self and (has_picture(mime) or has_document(mime)):
            self._welcome_drop(True)
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        if self._welcomes_drop:
            event.acceptProposedAction()

    def dragLeaveEvent(self, event: QEvent) -> None:
        self._welcome_drop(False)

    def dropEvent(self, event: QDropEvent) -> None:
        self._welcome_drop(False)
        document = take_document(event.mimeData())
        if document:
            self.document_dropped.emit(document)
            event.acceptProposedAction()
            return
        dropped = take_pictures(event.mimeData())
        for picture in dropped.pictures:
            self.picture_dropped.emit(picture)
        if dropped.remote and not dropped.pictures:
            self.remote_refused.emit(dropped.remote[0])
        event.acceptProposedAction()

    def _welcome_drop(self, welcome: bool) -> None:
        self._welcomes_drop = welcome
        self.update()

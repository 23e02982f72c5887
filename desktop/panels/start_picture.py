"""The picture that the next one starts from, and how much of it stays."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QImage
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop.bridge.pixels import from_qimage, to_qimage
from desktop.panels.icon_button import IconButton, LabelledButton
from desktop.state.studio import Studio
from desktop.widgets.binding import bind
from desktop.widgets.dropped import Dropped, has_picture, take_pictures
from desktop.widgets.label import ElidedLabel, Label
from desktop.widgets.miniature import miniature
from desktop.widgets.number import NumberSlider
from engine.api.request import LIMITS

THUMBNAIL_PX = 72


class StartPicturePanel(QWidget):
    """Drop, paste or choose a picture; empty, it says so in one line with one button."""

    file_asked = Signal()
    """The artist wants to choose a file."""

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self._generation = studio.generation
        self.setAcceptDrops(True)
        self.empty = self._make_empty()
        self.filled = self._make_filled()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.empty)
        layout.addWidget(self.filled)
        self._generation.changed.connect(self._on_changed)
        studio.models.changed.connect(self._follow_model)
        self._follow_model()
        self._show()

    def paste(self) -> None:
        """Start from the picture on the clipboard, or say that there is none."""
        if not self.take(take_pictures(QGuiApplication.clipboard().mimeData())):
            self._studio.messages.info(self.tr("There is no picture on the clipboard."))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if has_picture(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        if self.take(take_pictures(event.mimeData())):
            event.acceptProposedAction()

    def take(self, dropped: Dropped) -> bool:
        """Start from the first picture; False where there was none."""
        if dropped.remote and not dropped.pictures:
            self._studio.messages.info(
                self.tr("Lienzo stays offline. Save the picture to a file and drop that.")
            )
            return True
        for picture in dropped.pictures[:1]:
            self.start_from(picture)
        return bool(dropped.pictures)

    def start_from(self, picture: str | QImage) -> None:
        """A file's path, or pixels."""
        if isinstance(picture, QImage):
            self._studio.starting.from_pixels(from_qimage(picture), self.tr("Pasted picture"))
        else:
            self._studio.starting.from_file(picture)

    def _make_empty(self) -> QWidget:
        page = QWidget()
        text = Label(self.tr("Drop or paste a picture to start from it."))
        text.setProperty("role", "dim")
        text.setWordWrap(True)
        self.choose = LabelledButton("image-plus", self.tr("Choose"))
        self.choose.setAccessibleName(self.tr("Choose a picture to start from"))
        self.choose.clicked.connect(self.file_asked)
        layout = QHBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(text, 1)
        layout.addWidget(self.choose)
        return page

    def _make_filled(self) -> QWidget:
        page = QWidget()
        self.thumbnail = Label("")
        self.thumbnail.setFixedSize(THUMBNAIL_PX, THUMBNAIL_PX)
        self.thumbnail.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.thumbnail.setAccessibleName(self.tr("Start picture"))
        self.name = ElidedLabel(role="small")
        low, high = LIMITS["strength"]
        self.strength = NumberSlider(low, high, step=0.05, decimals=2, name=self.tr("How much may change"))
        self.strength.setToolTip(self.tr("How much may change: 0 keeps the picture, 1 makes it anew"))
        bind(self._generation, "strength", self.strength)
        self.remove = IconButton("x", self.tr("Remove the start picture"))
        self.remove.clicked.connect(self._studio.starting.forget)
        head = QHBoxLayout()
        head.addWidget(self.name, 1)
        head.addWidget(self.remove)
        words = QVBoxLayout()
        words.addLayout(head)
        strength_label = Label(self.tr("How much may change"))
        strength_label.setProperty("role", "small")
        strength_label.setBuddy(self.strength)
        words.addWidget(strength_label)
        words.addWidget(self.strength)
        layout = QHBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.thumbnail)
        layout.addLayout(words, 1)
        return page

    def _on_changed(self, field: str) -> None:
        if field == "image":
            self._show()
        elif field == "model":
            self._follow_model()

    def _follow_model(self) -> None:
        info = self._studio.models.get(self._generation.model)
        can = info is None or info.capabilities.image_to_image
        self.setEnabled(can)
        self.setToolTip("" if can else self.tr("This model cannot start from a picture."))

    def _show(self) -> None:
        image = self._generation.image
        self.empty.setVisible(image is None)
        self.filled.setVisible(image is not None)
        if image is None or image.pixels is None:
            return
        facts = f"{image.width} × {image.height}"
        self.name.setText(f"{image.name}  ·  {facts}" if image.name else facts)
        self.thumbnail.setPixmap(miniature(to_qimage(image.pixels), THUMBNAIL_PX, self.devicePixelRatioF()))

"""The fixed prompt as the model drew it before, and as it draws it now: side by side, step by step."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QSlider, QVBoxLayout, QWidget

from desktop.bridge.pixels import to_qimage
from desktop.state.learning import Learning, Sample
from desktop.widgets.label import Label
from desktop.widgets.theme import theme

LARGEST_PX, LARGEST_SCALE = 512, 4


class Picture(QWidget):
    """A picture on the desk, as large as there is room, never more than a few times its own size."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._image = QImage()
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(QSize(96, 96))
        theme.changed.connect(self.update)

    def show_image(self, image: QImage) -> None:
        self._image = image
        self.update()

    @property
    def is_empty(self) -> bool:
        return self._image.isNull()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.tokens.color("desk"))
        if self._image.isNull():
            return
        room = (
            self.rect()
            .size()
            .boundedTo(QSize(LARGEST_PX, LARGEST_PX))
            .boundedTo(self._image.size() * LARGEST_SCALE)
        )
        size = self._image.size().scaled(room, Qt.AspectRatioMode.KeepAspectRatio)
        place = QRect(0, 0, size.width(), size.height())
        place.moveCenter(self.rect().center())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(place, self._image)


class Samples(QWidget):
    """Left what was there before, right the chosen step; the newest is followed until another is chosen."""

    def __init__(self, learning: Learning, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._learning = learning
        self._is_following = True
        self.before = Picture(self.tr("Without what is learnt"))
        self.now = Picture(self.tr("With what is learnt"))
        self.before_label = Label(self.tr("Without"), role="small")
        self.now_label = Label(self.tr("With"), role="small")
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setAccessibleName(self.tr("Step to look at"))
        self.slider.valueChanged.connect(self._choose)
        self._lay_out()
        learning.sample_arrived.connect(self._take)
        learning.progress_changed.connect(self._on_progress)
        self._show()

    def _lay_out(self) -> None:
        pair = QHBoxLayout()
        pair.setSpacing(8)
        for picture, label in ((self.before, self.before_label), (self.now, self.now_label)):
            column = QVBoxLayout()
            column.setSpacing(4)
            column.addWidget(picture, 1)
            column.addWidget(label, 0, Qt.AlignmentFlag.AlignHCenter)
            pair.addLayout(column, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(pair, 1)
        layout.addWidget(self.slider)

    def _take(self, _sample: Sample) -> None:
        self._show()

    def _on_progress(self) -> None:
        if not self._learning.samples:
            self._is_following = True
            self._show()

    def _choose(self, place: int) -> None:
        self._is_following = place >= len(self._learning.samples) - 1
        self._show()

    def _show(self) -> None:
        samples = self._learning.samples
        last = max(0, len(samples) - 1)
        self.slider.blockSignals(True)  # following is not choosing
        self.slider.setRange(0, last)
        if self._is_following:
            self.slider.setValue(last)
        self.slider.blockSignals(False)
        self.slider.setEnabled(last > 0)
        if not samples:
            for picture in (self.before, self.now):
                picture.show_image(QImage())
            self.now_label.setText(self.tr("With"))
            return
        chosen = samples[min(self.slider.value(), last)]
        self.before.show_image(to_qimage(samples[0].pixels))
        self.now.show_image(to_qimage(chosen.pixels))
        self.now_label.setText(self.tr("With, after %n step(s)", "", chosen.step))

"""What one looks for, and how it is shown: the lines above the grid."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QDragEnterEvent, QDropEvent, QInputMethodEvent, QKeyEvent, QTextCharFormat
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLineEdit, QSlider, QVBoxLayout, QWidget

from desktop.gallery.sees import SeesChoice
from desktop.gallery.words import grouping_names, order_names, say_problem
from desktop.panels.icon_button import IconButton, LabelledButton
from desktop.state.gallery.gallery import Gallery
from desktop.state.gallery.searching import Searching
from desktop.state.gallery.seeing import Seeing
from desktop.widgets.binding import bind
from desktop.widgets.choice import Choice
from desktop.widgets.dropped import has_picture, take_pictures
from desktop.widgets.grid.view import LARGEST_PX, SMALLEST_PX, Shape
from desktop.widgets.icons import icon
from desktop.widgets.label import Label
from desktop.widgets.theme import tokens

SLIDER_PX = 110
LIKE_PX = 180
CHOICE_PX, LIST_AIR_PX = 96, 24


class SearchField(QLineEdit):
    """What is not understood is underlined. The like of a picture that is dropped here is found."""

    left = Signal()
    """Down or Enter: on to what was found."""
    picture_dropped = Signal(object)
    """Path or `QImage`: its like is to be found."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setClearButtonEnabled(True)
        self.addAction(icon("search", "dim"), QLineEdit.ActionPosition.LeadingPosition)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.left.emit()
        elif event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
            self.textEdited.emit("")
        else:
            super().keyPressEvent(event)

    def underline(self, start: int, end: int) -> None:
        """Characters `start` to `end` are what is wrong; none where they are the same."""
        attributes = []
        if end > start:
            wrong = QTextCharFormat()
            wrong.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
            wrong.setUnderlineColor(QColor(tokens().accent))
            kind = QInputMethodEvent.AttributeType.TextFormat
            at = start - self.cursorPosition()
            attributes.append(QInputMethodEvent.Attribute(kind, at, end - start, wrong))
        # the way Qt itself marks a part of a line edit
        QApplication.sendEvent(self, QInputMethodEvent("", attributes))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if has_picture(event.mimeData()):
            event.acceptProposedAction()
        else:
            super().dragEnterEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:
        pictures = take_pictures(event.mimeData()).pictures if has_picture(event.mimeData()) else ()
        if pictures:
            self.picture_dropped.emit(pictures[0])
            event.acceptProposedAction()
        else:
            super().dropEvent(event)


class SearchBar(QWidget):
    """The field, order and groups, the shape and size of the pictures; below the field what is wrong."""

    shape_chosen = Signal(object)
    size_chosen = Signal(int)
    save_asked = Signal()

    def __init__(self, gallery: Gallery, seeing: Seeing, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._gallery = gallery
        self._searching: Searching = gallery.searching
        self.field = SearchField()
        self.field.setAccessibleName(self.tr("Search the pictures"))
        self.field.setPlaceholderText(self.tr("Words of the prompt, or model:sdxl  rating:>=4  -beagle"))
        self.order = self._choice(order_names(), self.tr("Order"))
        self.grouping = self._choice(grouping_names(), self.tr("Groups"))
        self.stacked = IconButton("layers-2", self.tr("Gather pictures of one recipe in stacks"))
        self.rows = IconButton("rows-3", self.tr("Rows: each picture in its own shape"))
        self.squares = IconButton("layout-grid", self.tr("Squares"))
        self.like = LabelledButton("x", "")
        self.like.setToolTip(self.tr("Show other pictures again"))
        self.meaning = IconButton("sparkles", self.tr("Search by meaning: also what says it in other words"))
        self.meaning.setCheckable(True)
        self.sees = SeesChoice(self._searching, seeing)
        self.save = IconButton("bookmark", self.tr("Save this search"))
        self.size_slider = QSlider(Qt.Orientation.Horizontal)
        self.problem = Label(role="warning")
        self.problem.setWordWrap(True)
        self._set_up()
        self._lay_out()
        self._wire()
        self._show_problem("error")

    def show_shape(self, shape: Shape) -> None:
        self.rows.setChecked(shape is Shape.ROWS)
        self.squares.setChecked(shape is Shape.SQUARES)

    def show_size(self, pixels: int) -> None:
        self.size_slider.blockSignals(True)
        self.size_slider.setValue(pixels)
        self.size_slider.blockSignals(False)

    def _choice(self, names: dict, name: str) -> Choice:
        choice = Choice(name=name)
        choice.setToolTip(name)
        choice.setSizeAdjustPolicy(Choice.SizeAdjustPolicy.AdjustToContents)
        choice.setMinimumWidth(CHOICE_PX)  # in a narrow window its words are cut, not the column beside
        for value, text in names.items():
            choice.addItem(text, value)
        choice.view().setMinimumWidth(choice.view().sizeHintForColumn(0) + LIST_AIR_PX)  # the list is whole
        return choice

    def _set_up(self) -> None:
        for button in (self.stacked, self.rows, self.squares):
            button.setCheckable(True)
        self.size_slider.setRange(SMALLEST_PX, LARGEST_PX)
        self.size_slider.setFixedWidth(SLIDER_PX)
        self.size_slider.setAccessibleName(self.tr("Size of the pictures"))
        self.size_slider.setToolTip(self.tr("Size of the pictures (Ctrl+wheel)"))

    def _lay_out(self) -> None:
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self.field, 1)
        line.addWidget(self.like)
        line.addWidget(self.sees)
        line.addWidget(self.meaning)
        line.addWidget(self.save)
        below = QHBoxLayout()
        below.setSpacing(8)
        below.addWidget(self.order)
        below.addWidget(self.grouping)
        below.addWidget(self.stacked)
        below.addStretch()
        for widget in (self.rows, self.squares, self.size_slider):
            below.addWidget(widget)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 8)
        layout.setSpacing(4)
        layout.addLayout(line)
        layout.addWidget(self.problem)
        layout.addLayout(below)

    def _wire(self) -> None:
        bind(self._searching, "text", self.field)
        bind(self._searching, "order", self.order)
        bind(self._searching, "grouping", self.grouping)
        bind(self._searching, "is_stacked", self.stacked)
        bind(self._searching, "by_meaning", self.meaning)
        self.like.clicked.connect(self._end_like)
        self._searching.changed.connect(self._show_like)
        self._searching.changed.connect(self._show_problem)
        self._searching.changed.connect(self._show_save)
        self.rows.clicked.connect(lambda: self._choose(Shape.ROWS))
        self.squares.clicked.connect(lambda: self._choose(Shape.SQUARES))
        self.size_slider.valueChanged.connect(self.size_chosen)
        self.save.clicked.connect(self.save_asked)
        self._show_save("text")
        self._show_like("like")

    def _choose(self, shape: Shape) -> None:
        self.show_shape(shape)
        self.shape_chosen.emit(shape)

    def _end_like(self) -> None:
        self._searching.like = None
        self.field.setFocus()

    def _show_like(self, field: str) -> None:
        if field != "like":
            return
        like = self._searching.like
        self.like.setVisible(like is not None)
        if like is not None:
            alike = self.tr("Like {name}").format(name=like.name) if like.name else self.tr("Near-duplicates")
            words = self.fontMetrics().elidedText(alike, Qt.TextElideMode.ElideMiddle, LIKE_PX)
            self.like.set_words(words.replace("&", "&&"))
            self.like.setAccessibleName(alike)

    def _show_save(self, field: str) -> None:
        if field == "text":
            self.save.setEnabled(bool(self._searching.text.strip()))

    def _show_problem(self, field: str) -> None:
        if field != "error":
            return
        error = self._searching.error
        self.problem.setVisible(error is not None)
        self.problem.setText(say_problem(error) if error is not None else "")
        self.field.setAccessibleDescription(self.problem.text())
        data = error.data if error is not None else {}
        self.field.underline(int(str(data.get("start", 0))), int(str(data.get("end", 0))))

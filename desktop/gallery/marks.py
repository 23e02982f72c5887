"""What one says of the pictures that are picked: stars, label, tags, boards, notes; and what is known."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QCoreApplication, QDateTime, QEvent, QLocale, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFocusEvent, QIcon, QKeyEvent, QPainter, QPixmap
from PySide6.QtWidgets import (
    QCompleter,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop.gallery.viewer.recipe_rows import sampler_name
from desktop.gallery.words import LABEL_COLOURS, kind_names, label_names
from desktop.panels.icon_button import IconButton
from desktop.state.gallery.gallery import Gallery
from desktop.widgets.grid.drawing import STAR
from desktop.widgets.icons import icon
from desktop.widgets.label import ElidedLabel, Label
from desktop.widgets.theme import theme, tokens
from engine.library.index.record import PictureRecord

translate = QCoreApplication.translate
STARS = 5
NOTES_PX = 84
SPOT_PX = 14


class Notes(QPlainTextEdit):
    """Said when the focus leaves it."""

    def __init__(self, done) -> None:
        super().__init__()
        self._done = done
        self.setTabChangesFocus(True)
        self.setFixedHeight(NOTES_PX)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._done()


class MarksPanel(QScrollArea):
    """Follows what is picked; with several it shows what all of them share."""

    left = Signal()
    """Esc: back to the pictures; what was written stays."""

    def __init__(self, gallery: Gallery, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._gallery = gallery
        self._shown: tuple[int, ...] = ()
        self._said_notes = ""
        self.setProperty("surface", "panel")
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.title = ElidedLabel(role="title")
        self.stars = [self._star(number) for number in range(1, STARS + 1)]
        self.labels = {label: self._label(label, name) for label, name in label_names().items()}
        self.favourite = IconButton("heart", self.tr("Favourite"), ".")
        self.favourite.setCheckable(True)
        self.favourite.clicked.connect(lambda on: gallery.marking.favour(gallery.picked, on))
        self.tags = self._words(self.tr("Tags"), self.tr("Tags, with commas between"), self._say_tags)
        self.boards = self._words(self.tr("Boards"), self.tr("Boards, with commas between"), self._say_boards)
        self.notes = Notes(self._say_notes)
        self.notes.setAccessibleName(self.tr("Notes"))
        self.notes.setPlaceholderText(self.tr("Notes"))
        self.facts = Label(role="small")
        self.place = ElidedLabel(role="small")  # a long name must not make the column wider than it is
        self.prompt = Label()
        for label in (self.facts, self.prompt):
            label.setWordWrap(True)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.setWidget(self._make_body())
        self._later = QTimer(self, singleShot=True, interval=0)
        self._later.timeout.connect(self.show_picked)
        gallery.picked_changed.connect(self._later.start)
        gallery.records.arrived.connect(self._later.start)
        gallery.kept_changed.connect(self._complete_boards)
        gallery.searching.facets_changed.connect(self._complete_tags)
        theme.changed.connect(self._later.start)
        self.show_picked()

    def event(self, event: QEvent) -> bool:
        """Esc leads back from here, whatever it stops elsewhere."""
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.ShortcutOverride
            and event.key() == Qt.Key.Key_Escape
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)

    @property
    def narrowest(self) -> int:
        """At which nothing is cut: it has no bar to go sideways."""
        body = self.widget()
        assert body is not None
        return body.minimumSizeHint().width() + self.verticalScrollBar().sizeHint().width()

    # building

    def _star(self, number: int) -> QToolButton:
        button = QToolButton()
        button.setIconSize(QSize(18, 18))
        name = self.tr("%n star(s)", "", number)
        button.setAccessibleName(name)
        button.setToolTip(f"{name} ({number})")
        button.setCheckable(True)
        button.clicked.connect(lambda _=False: self._rate(number))
        return button

    def _label(self, label: str, name: str) -> QToolButton:
        button = QToolButton()
        button.setIcon(QIcon(spot(LABEL_COLOURS[label], self.devicePixelRatioF())))
        button.setIconSize(QSize(SPOT_PX, SPOT_PX))
        button.setAccessibleName(name)
        button.setToolTip(name)
        button.setCheckable(True)
        button.clicked.connect(
            lambda on: self._gallery.marking.label(self._gallery.picked, label if on else "")
        )
        return button

    def _words(self, name: str, hint: str, done) -> QLineEdit:
        field = QLineEdit()
        field.setAccessibleName(name)
        field.setPlaceholderText(hint)
        field.editingFinished.connect(done)
        completer = QCompleter([], field)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        field.setCompleter(completer)
        return field

    def _make_body(self) -> QWidget:
        body = QWidget()
        layout = QVBoxLayout(body)
        layout.setContentsMargins(16, 12, 16, 12)
        layout.setSpacing(8)
        layout.addWidget(self.title)
        row = QHBoxLayout()
        row.setSpacing(0)
        for star in self.stars:
            row.addWidget(star)
        row.addStretch()
        row.addWidget(self.favourite)
        layout.addLayout(row)
        row = QHBoxLayout()
        row.setSpacing(0)
        for button in self.labels.values():
            row.addWidget(button)
        row.addStretch()
        layout.addLayout(row)
        for widget in (self.tags, self.boards, self.notes, self.prompt, self.facts, self.place):
            layout.addWidget(widget)
        layout.addStretch()
        return body

    # showing

    def show_picked(self) -> None:
        gallery = self._gallery
        records = gallery.picked_records()
        if len(records) < len(gallery.picked):
            gallery.records.want(gallery.picked[:1000])
        for widget in (
            *self.stars,
            *self.labels.values(),
            self.favourite,
            self.tags,
            self.boards,
            self.notes,
        ):
            widget.setEnabled(bool(records))
        is_other = tuple(gallery.picked) != self._shown
        self._shown = tuple(gallery.picked)
        self._show_title(records)
        self._show_marks(records, is_other)
        only = records[0] if len(gallery.picked) == 1 and records else None
        self.prompt.setText(only.prompt if only is not None else "")
        self.facts.setText(facts_of(only) if only is not None else "")
        self.place.setText(str(only.path) if only is not None else "")

    def _show_title(self, records: Sequence[PictureRecord]) -> None:
        count = len(self._gallery.picked)
        if not count:
            self.title.setText(self.tr("Nothing is picked"))
        elif count == 1 and records:
            self.title.setText(records[0].path.name)
        else:
            self.title.setText(self.tr("%n picture(s) are picked", "", count))

    def _show_marks(self, records: Sequence[PictureRecord], is_other: bool) -> None:
        marks = [record.marks for record in records]
        rating = shared(mark.rating for mark in marks) or 0
        for number, star in enumerate(self.stars, 1):
            star.setChecked(number <= rating)
            star.setIcon(QIcon(star_pixmap(number <= rating, self.devicePixelRatioF())))
        label = shared(mark.label for mark in marks) or ""
        for name, button in self.labels.items():
            button.setChecked(name == label)
        self.favourite.setChecked(bool(marks) and all(mark.favourite for mark in marks))
        if is_other or not self.tags.hasFocus():
            self.tags.setText(", ".join(common(mark.tags for mark in marks)))
        if is_other or not self.boards.hasFocus():
            self.boards.setText(", ".join(common(mark.boards for mark in marks)))
        if is_other or not self.notes.hasFocus():
            self._said_notes = shared(mark.notes for mark in marks) or ""
            self.notes.setPlainText(self._said_notes)

    def _complete_boards(self) -> None:
        self._complete(self.boards, self._gallery.boards)

    def _complete_tags(self) -> None:
        values = self._gallery.searching.facets.get("tag", ())
        self._complete(self.tags, [value.value for value in values if value.value])

    def _complete(self, field: QLineEdit, words: list[str]) -> None:
        completer = QCompleter(words, field)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        field.setCompleter(completer)

    # saying

    def _rate(self, number: int) -> None:
        """The star that is the last one lit puts all out."""
        records = self._gallery.picked_records()
        rating = shared(record.marks.rating for record in records)
        self._gallery.marking.rate(self._gallery.picked, 0 if rating == number else number)

    def _say_tags(self) -> None:
        add, remove = self._changes(self.tags, common(record.marks.tags for record in self._records()))
        if add or remove:
            self._gallery.marking.tag(self._shown, add, remove)

    def _say_boards(self) -> None:
        add, remove = self._changes(self.boards, common(record.marks.boards for record in self._records()))
        if add or remove:
            self._gallery.marking.board(self._shown, add, remove)

    def _records(self) -> list[PictureRecord]:
        return [record for id in self._shown if (record := self._gallery.records.get(id)) is not None]

    def _changes(self, field: QLineEdit, before: Sequence[str]) -> tuple[list[str], list[str]]:
        words = split_words(field.text())
        return [word for word in words if word not in before], [word for word in before if word not in words]

    def _say_notes(self) -> None:
        text = self.notes.toPlainText()
        if self._shown and text != self._said_notes:
            self._said_notes = text
            self._gallery.marking.note(self._shown, text)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "_later"):
            self._later.start()


def split_words(text: str) -> list[str]:
    """Each once, without spaces around."""
    words = (" ".join(word.split()) for word in text.split(","))
    return list(dict.fromkeys(word for word in words if word))


def shared(values: Iterable):
    """The value that all have; None where they differ or there is none."""
    found = list(dict.fromkeys(values))
    return found[0] if len(found) == 1 else None


def common(lists: Iterable[Sequence[str]]) -> list[str]:
    """What is in all of them, in the order of the first."""
    told = list(lists)
    return [word for word in told[0] if all(word in words for words in told[1:])] if told else []


def facts_of(record: PictureRecord) -> str:
    """A line for each thing that is known."""
    seed = translate("Gallery", "seed {seed}").format(seed=record.seed) if record.seed is not None else ""
    steps = translate("Gallery", "%n step(s)", "", record.steps) if record.steps else ""
    guidance = (
        translate("Gallery", "guidance {value}").format(value=f"{record.guidance:g}")
        if record.guidance
        else ""
    )
    made = None if record.date is None else QDateTime.fromSecsSinceEpoch(int(record.date.timestamp()))
    date = "" if made is None else QLocale().toString(made, QLocale.FormatType.ShortFormat)
    lines = (
        record.model,
        "  ·  ".join(part for part in (sampler_name(record.sampler), steps, guidance) if part),
        seed,
        f"{record.width} × {record.height}",
        kind_names().get(record.kind, ""),
        record.program,
        date,
        translate("Gallery", "The file is missing") if record.is_missing else "",
    )
    return "\n".join(line for line in lines if line)


def spot(colour: str, ratio: float) -> QPixmap:
    pixmap = QPixmap(round(SPOT_PX * ratio), round(SPOT_PX * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    painter.drawEllipse(0, 0, SPOT_PX, SPOT_PX)
    painter.end()
    return pixmap


def star_pixmap(is_lit: bool, ratio: float) -> QPixmap:
    """Filled where it is lit: not to be told by colour alone."""
    if not is_lit:
        return icon("star", "dim").pixmap(QSize(18, 18), ratio)
    pixmap = QPixmap(round(18 * ratio), round(18 * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(tokens().color("accent"))
    painter.translate(1, 1)
    painter.scale(16, 16)
    painter.drawPolygon(STAR)
    painter.end()
    return pixmap

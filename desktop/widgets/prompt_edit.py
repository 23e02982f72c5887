"""Where the prompt is written: plain text, weights by keys, what is more than words shown as such."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QMimeData, QSize, Qt, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QFocusEvent,
    QFont,
    QGuiApplication,
    QHelpEvent,
    QInputMethodEvent,
    QKeyEvent,
    QResizeEvent,
    QTextCursor,
)
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QSizePolicy, QToolTip, QWidget

from desktop.widgets.dropped import Dropped, has_picture, take_pictures
from desktop.widgets.label import plain_tooltip
from desktop.widgets.prompt_completion import KEYS_OF_THE_LIST, Offer, PromptCompletion, TagsBeginning
from desktop.widgets.prompt_marks import ShownMark, python_index, qt_index, selections
from desktop.widgets.theme import theme
from engine.api.nudge import nudge_weight
from engine.api.text import clean_text

LONGEST_SHOWN_WHOLE = 1_000
"""Characters; of a longer text only the marks in sight are painted: each costs Qt a little at every key."""
LONGEST_SHAPED = 20_000
"""Characters; a longer text is set without pairs of letters drawn closer: Qt lays it all out at every key."""
FRAME_PX, SECOND_FRAME_PX = 18, 18
"""Border, padding and document margin above and below the lines, of a prompt and of a one-line second one."""


class PromptEdit(QPlainTextEdit):
    """Grows from `lines` to `most_lines` lines, then scrolls.

    Ctrl+Up and Ctrl+Down weigh the selected words (or the word at the cursor) in one undo step each;
    Tab goes on to the next control.
    """

    value_changed = Signal(object)
    """The new text, after the artist or `set_value` changed it."""
    submitted = Signal()
    """Ctrl+Enter."""
    submitted_first = Signal()
    """Ctrl+Shift+Enter."""
    history_previous = Signal()
    """Alt+Up."""
    history_next = Signal()
    """Alt+Down."""
    picture_dropped = Signal(object)
    """A dropped or pasted picture: its path (str) or its pixels (QImage)."""
    remote_refused = Signal(str)
    """A dropped network address, which is not fetched."""
    sight_changed = Signal()
    """Another part of a long text is seen."""

    def __init__(
        self,
        text: str = "",
        parent: QWidget | None = None,
        *,
        placeholder: str = "",
        lines: int = 2,
        most_lines: int = 6,
    ) -> None:
        super().__init__(parent)
        self._lines, self._most_lines = lines, max(lines, most_lines)
        self._cut_at: int | None = None
        self._chunk_starts: tuple[int, ...] = ()
        self._marks: tuple[ShownMark, ...] = ()
        self._other_words: tuple[ShownMark, ...] = ()
        self._is_awaiting = False
        """True while the marks of the present text are looked for elsewhere."""
        self._is_telling = False
        """True while others hear of a new text, and may mark it."""
        self._completion: PromptCompletion | None = None
        self._frame_px = FRAME_PX if lines > 1 else SECOND_FRAME_PX
        self.setProperty("role", "prompt" if lines > 1 else "second-prompt")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self._placeholder = placeholder
        self.setPlaceholderText(placeholder)
        self.setTabChangesFocus(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setPlainText(clean_text(text))
        self.textChanged.connect(self._on_text_changed)
        self.document().documentLayout().documentSizeChanged.connect(lambda _: self.updateGeometry())
        self.verticalScrollBar().valueChanged.connect(lambda _: self._show_others_in_sight())
        theme.changed.connect(self._show_marks)

    # the text

    def value(self) -> str:
        return self.toPlainText()

    def set_value(self, text: str) -> None:
        """Replace the text as one undo step; the same text changes nothing."""
        text = clean_text(text)
        if text == self.toPlainText():
            return
        cursor = self.textCursor()
        cursor.select(QTextCursor.SelectionType.Document)
        cursor.insertText(text)
        self.setTextCursor(cursor)

    def set_cut_at(self, index: int | None) -> None:
        """Dim and strike what lies beyond character `index` of the text; None: all of it is read."""
        if index != self._cut_at:
            self._cut_at = index
            self._show_marks()

    def set_chunk_starts(self, starts: Sequence[int]) -> None:
        """Show where the model begins to read anew."""
        if tuple(starts) != self._chunk_starts:
            self._chunk_starts = tuple(starts)
            self._show_marks()

    def set_marks(self, marks: Sequence[ShownMark]) -> None:
        """Show what of the present text is more than words; typing on takes them away."""
        self._marks, self._is_awaiting = tuple(marks), False
        self._show_marks()

    def await_marks(self) -> None:
        """`set_marks` follows later; until then what is shown moves along with its text."""
        self._is_awaiting = True

    def marks(self) -> tuple[ShownMark, ...]:
        """What `set_marks` was told."""
        return self._marks

    def python_position(self) -> int:
        """Where the cursor stands, counted in characters."""
        return python_index(self.toPlainText(), self.textCursor().position())

    def select(self, start: int, end: int) -> None:
        """Put the cursor there, and the focus: a fault is to be mended."""
        text, cursor = self.toPlainText(), self.textCursor()
        cursor.setPosition(qt_index(text, start))
        cursor.setPosition(qt_index(text, end), QTextCursor.MoveMode.KeepAnchor)
        self.setTextCursor(cursor)
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def set_other_words(self, marks: Sequence[ShownMark]) -> None:
        """Show the words that the model reads as others; typing on takes the marks away."""
        self._other_words = tuple(marks)
        self._show_marks()

    def other_words(self) -> tuple[ShownMark, ...]:
        """What `set_other_words` was told."""
        return self._other_words

    def cut_at(self) -> int | None:
        """What `set_cut_at` was told."""
        return self._cut_at

    def offer(
        self, offers: Sequence[Offer], name: str, tags_beginning: TagsBeginning = lambda phrase: ()
    ) -> None:
        """What may be called by name here, from now on; `name` is what the list of them is called."""
        if self._completion is None:
            self._completion = PromptCompletion(self, name)
            self._completion.chosen.connect(self._complete)
        self._completion.offers = tuple(offers)
        self._completion.tags_beginning = tags_beginning

    @property
    def completion(self) -> PromptCompletion | None:
        return self._completion

    def _complete(self, start: int, end: int, words: str) -> None:
        text, cursor = self.toPlainText(), self.textCursor()
        cursor.setPosition(qt_index(text, start))
        cursor.setPosition(qt_index(text, end), QTextCursor.MoveMode.KeepAnchor)
        cursor.insertText(words)
        self.setTextCursor(cursor)

    def _follow_typing(self) -> None:
        if self._completion is not None:
            text = self.toPlainText()
            self._completion.follow(text, python_index(text, self.textCursor().position()))

    def _on_text_changed(self) -> None:
        self._marks, self._other_words, self._chunk_starts = (), (), ()  # they were of the text before
        self._is_awaiting, self._is_telling = False, True
        self._fit_font()
        self.value_changed.emit(self.toPlainText())
        self._is_telling = False
        self._show_marks()

    def _fit_font(self) -> None:
        is_shaped = self.document().characterCount() <= LONGEST_SHAPED
        if is_shaped != self.font().kerning():
            font, strategy = self.font(), QFont.StyleStrategy
            font.setKerning(is_shaped)
            font.setStyleStrategy(strategy.PreferDefault if is_shaped else strategy.PreferNoShaping)
            self.setFont(font)

    def _show_marks(self) -> None:
        if self._is_telling or self._is_awaiting:
            return
        text = self.toPlainText()
        self.setExtraSelections(
            selections(
                self.document(), text, self._all_marks, self._chunk_starts, self._cut_at, self.in_sight(text)
            )
        )

    def in_sight(self, text: str | None = None) -> tuple[int, int]:
        """The characters whose marks are painted, from and to; of a short text all.

        `text` is the present one.
        """
        text = self.toPlainText() if text is None else text
        if len(text) <= LONGEST_SHOWN_WHOLE:
            return 0, len(text)
        corners = self.viewport().rect()
        first, last = (self.cursorForPosition(at()) for at in (corners.topLeft, corners.bottomRight))
        return python_index(text, first.position()), python_index(text, last.position())

    def _show_others_in_sight(self) -> None:
        if self.document().characterCount() > LONGEST_SHOWN_WHOLE:
            self._show_marks()
            self.sight_changed.emit()

    def _fit_placeholder(self) -> None:
        """Of one line only the first would be seen."""
        if self._lines == 1:
            room = self.viewport().width() - 2 * round(self.document().documentMargin())
            fitting = self.fontMetrics().elidedText(self._placeholder, Qt.TextElideMode.ElideRight, room)
            self.setPlaceholderText(fitting)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_placeholder()
        self._show_others_in_sight()

    @property
    def _all_marks(self) -> tuple[ShownMark, ...]:
        return (*self._marks, *self._other_words)

    def viewportEvent(self, event: QEvent) -> bool:
        """What a mark means is told where the mouse rests on it."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            text = self.toPlainText()
            at = python_index(text, self.cursorForPosition(event.pos()).position())
            tips = [mark.tip for mark in self._all_marks if mark.tip and mark.start <= at <= mark.end]
            if tips:
                QToolTip.showText(event.globalPos(), plain_tooltip("\n".join(dict.fromkeys(tips))), self)
                return True
        return super().viewportEvent(event)

    # keys

    def focusNextPrevChild(self, forward: bool) -> bool:
        """While the list is open Tab takes from it; Qt would go on to the next control before that."""
        is_listing = self._completion is not None and self._completion.is_open
        return False if is_listing else super().focusNextPrevChild(forward)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        is_plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier)
        is_listing = self._completion is not None and self._completion.is_open
        if is_listing and is_plain and event.key() in KEYS_OF_THE_LIST:
            event.ignore()
            return
        before = self.toPlainText()
        self._press(event)
        if self.toPlainText() != before and (event.text() or is_listing):
            self._follow_typing()
        elif is_listing and self._completion is not None:
            self._completion.close()

    def _press(self, event: QKeyEvent) -> None:
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        control, shift, alt = (
            Qt.KeyboardModifier.ControlModifier,
            Qt.KeyboardModifier.ShiftModifier,
            Qt.KeyboardModifier.AltModifier,
        )
        match Qt.Key(event.key()):
            case Qt.Key.Key_Up | Qt.Key.Key_Down as key if modifiers == control:
                self.nudge(0.1 if key == Qt.Key.Key_Up else -0.1)
            case Qt.Key.Key_Up if modifiers == alt:
                self.history_previous.emit()
            case Qt.Key.Key_Down if modifiers == alt:
                self.history_next.emit()
            case Qt.Key.Key_Return | Qt.Key.Key_Enter if modifiers == control:
                self.submitted.emit()
            case Qt.Key.Key_Return | Qt.Key.Key_Enter if modifiers == control | shift:
                self.submitted_first.emit()
            case Qt.Key.Key_Tab | Qt.Key.Key_Backtab:
                event.ignore()  # where there is nowhere to go, Qt would write it
                return
            case _:
                super().keyPressEvent(event)
                return
        event.accept()

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        super().inputMethodEvent(event)
        if event.commitString():
            self._follow_typing()

    def nudge(self, by: float) -> None:
        """Weigh the selected words, or the word at the cursor, by `by` more; one undo step."""
        text, cursor = self.toPlainText(), self.textCursor()
        start = python_index(text, cursor.selectionStart())
        end = python_index(text, cursor.selectionEnd())
        weighed, start, end = nudge_weight(text, start, end, by)
        if weighed != text:
            replace_middle(cursor, text, weighed)
            cursor.setPosition(qt_index(weighed, start))
            cursor.setPosition(qt_index(weighed, end), QTextCursor.MoveMode.KeepAnchor)
            self.setTextCursor(cursor)

    # what comes from outside

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        return source.hasText() or has_picture(source)

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Pasted and dropped text comes in plain and clean; a picture is passed on."""
        dropped = take_pictures(source) if has_picture(source) else Dropped()
        for picture in dropped.pictures:
            self.picture_dropped.emit(picture)
        if dropped.pictures:
            return
        if source.hasText() and not source.hasUrls():
            self.textCursor().insertText(clean_text(source.text()))
        elif dropped.remote:
            self.remote_refused.emit(dropped.remote[0])

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if has_picture(event.mimeData()):
            event.acceptProposedAction()
            self._welcome(True)
        else:
            super().dragEnterEvent(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        if has_picture(event.mimeData()):
            event.acceptProposedAction()
        else:
            super().dragMoveEvent(event)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._welcome(False)
        super().dragLeaveEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:
        self._welcome(False)
        if has_picture(event.mimeData()):
            self.insertFromMimeData(event.mimeData())
            event.acceptProposedAction()
        else:
            super().dropEvent(event)

    def _welcome(self, is_welcome: bool) -> None:
        """An accent line around the prompt while a picture is over it, as on the canvas."""
        self.setProperty("welcomes", is_welcome)
        self.style().unpolish(self)
        self.style().polish(self)

    # size

    def sizeHint(self) -> QSize:
        needed = self.document().size().height()  # QPlainTextEdit counts its document in lines
        lines = min(max(round(needed), self._lines), self._most_lines)
        return QSize(200, self._line_px * lines + self._frame_px)

    @property
    def _line_px(self) -> int:
        """As its document lays a line out: a little higher than the font says, by which two did not fit."""
        layout, told = self.document().firstBlock().layout(), self.fontMetrics().lineSpacing()
        return max(told, math.ceil(layout.lineAt(0).height())) if layout.lineCount() else told

    def minimumSizeHint(self) -> QSize:
        return QSize(80, self.fontMetrics().lineSpacing() * self._lines + self._frame_px)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        QGuiApplication.inputMethod().commit()


def replace_middle(cursor: QTextCursor, before: str, after: str) -> None:
    """Turn `before` into `after` by one edit of the part that differs, so that undo is one short step."""
    same = 0
    while same < min(len(before), len(after)) and before[same] == after[same]:
        same += 1
    tail = 0
    while tail < min(len(before), len(after)) - same and before[-1 - tail] == after[-1 - tail]:
        tail += 1
    cursor.setPosition(qt_index(before, same))
    cursor.setPosition(qt_index(before, len(before) - tail), QTextCursor.MoveMode.KeepAnchor)
    cursor.insertText(after[same : len(after) - tail])

"""The prompt as the instrument: what should appear, what should not, and how much of it is read."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from desktop.panels.class_list import ClassList
from desktop.panels.other_words import OtherWordsRow
from desktop.panels.prompt_help import PromptHelp
from desktop.panels.styles import StylesRow
from desktop.state.studio import Studio
from desktop.widgets.binding import bind
from desktop.widgets.label import Label
from desktop.widgets.prompt_edit import PromptEdit
from engine.api.model_info import Capabilities
from engine.api.prompt_marks import Written


class PromptPanel(QWidget):
    """Always there under the picture."""

    submitted = Signal()
    """Ctrl+Enter in one of the two editors."""
    submitted_first = Signal()
    """Ctrl+Shift+Enter: before what waits."""
    remote_refused = Signal(str)
    """A network address was dropped; it is not fetched."""
    settings_dropped = Signal(object)
    """A picture dropped on the prompt, whose settings are wanted: its path, or its pixels (a QImage)."""

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self.editor = PromptEdit(
            placeholder=self.tr("What should appear? Drop a picture here to use its settings."), lines=3
        )
        self.editor.setAccessibleName(self.tr("Prompt"))
        # it grows with its text, and takes what the artist drags the line above it to
        self.editor.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.MinimumExpanding)
        self.negative = PromptEdit(placeholder=self.tr("What should not appear"), lines=1, most_lines=3)
        self.negative.setAccessibleName(self.tr("Negative prompt"))
        self.fault = Label(role="warning")
        self.fault.setWordWrap(True)
        self.fault.setVisible(False)
        self.fault.setAccessibleName(self.tr("What cannot be read"))
        self.styles = StylesRow(studio)
        self.classes = ClassList(studio.generation)
        self.wordless = Label(role="dim")
        self.wordless.setWordWrap(True)
        self.count = Label(role="dim")
        self.count.setAccessibleName(self.tr("Tokens"))
        self.helps = (
            PromptHelp(studio, self.editor, Written.PROMPT),
            PromptHelp(studio, self.negative, Written.NEGATIVE),
        )
        self.reading = self.helps[0].reading
        self.other_words = OtherWordsRow(studio.generation, self.reading)
        self._lay_out()
        self._follow()

    def take_focus(self) -> None:
        self.editor.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def start_anew(self) -> None:
        """An empty prompt; the old one stays in the history."""
        generation = self._studio.generation
        generation.history.add(generation.prompt)
        generation.prompt = ""
        self.take_focus()

    def _lay_out(self) -> None:
        below = QHBoxLayout()
        below.setSpacing(8)
        below.addWidget(self.negative, 1)
        below.addWidget(self.styles)
        below.addWidget(self.count)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.classes, 1)
        layout.addWidget(self.wordless)
        layout.addWidget(self.editor, 1)
        layout.addWidget(self.fault)
        layout.addWidget(self.other_words)
        layout.addLayout(below)
        layout.addWidget(self.styles.chosen)

    def _follow(self) -> None:
        generation = self._studio.generation
        bind(generation, "prompt", self.editor)
        bind(generation, "negative_prompt", self.negative)
        generation.changed.connect(self._on_changed)
        self.reading.changed.connect(self._show_count)
        self._studio.models.changed.connect(self._show_abilities)
        for editor in (self.editor, self.negative):
            editor.submitted.connect(self.submitted)
            editor.submitted_first.connect(self.submitted_first)
            editor.picture_dropped.connect(self.settings_dropped)
            editor.remote_refused.connect(self.remote_refused)
        self.classes.submitted.connect(self.submitted)
        self.editor.history_previous.connect(self._earlier)
        self.editor.history_next.connect(self._later)
        for help in self.helps:
            help.marked.connect(self._show_fault)
            help.editor.installEventFilter(self)
        self._show_count()
        self._show_abilities()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A fault is not told while it is being typed."""
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self._show_fault()
        return super().eventFilter(watched, event)

    def _show_fault(self) -> None:
        faults = [(help.editor, mark) for help in self.helps if (mark := help.fault()) is not None]
        self.fault.setVisible(bool(faults))
        if faults:
            editor, mark = faults[0]
            self.fault.setText(f"{editor.accessibleName()}, {mark.tip}")

    def _on_changed(self, field: str) -> None:
        if field == "model":
            self._show_abilities()

    def _show_count(self) -> None:
        count = self.reading.count
        self.count.setVisible(count is not None and not self.editor.isHidden())
        if count is None:
            return
        if count.are_words:  # this model's tokens cannot be counted here
            text = self.tr("{tokens} words")
        elif count.limit is not None:
            text = self.tr("{tokens} / {limit} tokens")
        else:
            text = self.tr("{tokens} tokens")
        self.count.setText(text.format(tokens=count.tokens, limit=count.limit))
        is_cut = count.cut_at is not None
        self.count.set_role("warning" if is_cut else "dim")
        told = ""
        if is_cut and count.cut_at == len(self.editor.value()):
            told = self.tr("The model does not read the last words of the styles.")
        elif is_cut:
            told = self.tr("The model does not read the dimmed end of the prompt.")
        elif len(count.chunks) > 1:
            told = self.tr(
                "Read in {count} pieces of {pieces} tokens; each begins at a shaded letter."
            ).format(count=len(count.chunks), pieces=" + ".join(map(str, count.chunks)))
        self.count.setToolTip(told)

    def _show_abilities(self) -> None:
        info = self._studio.models.get(self._studio.generation.model)
        able = info.capabilities if info is not None else Capabilities()
        self.classes.offer(able.classes)
        self.classes.setVisible(bool(able.classes))
        self.wordless.setText(
            self.tr("This model draws after a picture in place of words: choose one under References.")
            if able.needs_reference
            else self.tr("This model draws what it has seen, without being asked.")
        )
        self.wordless.setVisible(not able.prompt and not able.classes)
        self.editor.setVisible(able.prompt)
        self.negative.setVisible(able.prompt)
        self.styles.setVisible(able.prompt)
        self.styles.chosen.setVisible(able.prompt and bool(self.styles.chips))
        self.count.setVisible(able.prompt and self.reading.count is not None)
        can = able.negative_prompt
        self.negative.setEnabled(can)
        self.negative.setToolTip("" if can else self.tr("This model does not listen to a negative prompt."))

    def _earlier(self) -> None:
        self._recall(self._studio.generation.history.previous(self._studio.generation.prompt))

    def _later(self) -> None:
        self._recall(self._studio.generation.history.next())

    def _recall(self, prompt: str | None) -> None:
        if prompt is not None:
            self._studio.generation.prompt = prompt

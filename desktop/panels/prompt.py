"""The prompt as the instrument: what should appear, what should not, and how much of it is read."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from desktop.state.studio import Studio
from desktop.widgets.binding import bind
from desktop.widgets.label import Label
from desktop.widgets.prompt_completion import Offer
from desktop.widgets.prompt_edit import PromptEdit
from engine.api.learnt import LearntInfo, LearntKind


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
        self.count = Label(role="dim")
        self.count.setAccessibleName(self.tr("Tokens"))
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
        below.addWidget(self.count)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.editor, 1)
        layout.addLayout(below)

    def _follow(self) -> None:
        generation = self._studio.generation
        bind(generation, "prompt", self.editor)
        bind(generation, "negative_prompt", self.negative)
        generation.changed.connect(self._on_changed)
        self._studio.models.changed.connect(self._show_abilities)
        for editor in (self.editor, self.negative):
            editor.submitted.connect(self.submitted)
            editor.submitted_first.connect(self.submitted_first)
            editor.picture_dropped.connect(self.settings_dropped)
            editor.remote_refused.connect(self.remote_refused)
        self.editor.history_previous.connect(self._earlier)
        self.editor.history_next.connect(self._later)
        self._studio.learnt.changed.connect(self._offer_learnt)
        self._show_count()
        self._show_abilities()
        self._offer_learnt()

    def _offer_learnt(self) -> None:
        """The LoRAs and learnt words for this model, called by their first letters or by `<lora:`."""
        kinds = {LearntKind.LORA: self.tr("LoRA"), LearntKind.EMBEDDING: self.tr("word")}
        offers = [
            Offer(info.name, f"{shown_name(info)}   ({kind_name})", info.trigger, kind is LearntKind.LORA)
            for kind, kind_name in kinds.items()
            for info in self._studio.learnt.of(kind)
        ]
        self.editor.offer(offers, self.tr("Learnt things"))

    def _on_changed(self, field: str) -> None:
        if field == "token_count":
            self._show_count()
        elif field == "model":
            self._show_abilities()

    def _show_count(self) -> None:
        count = self._studio.generation.token_count
        self.editor.set_cut_at(count.cut_at if count else None)
        self.count.setVisible(count is not None)
        if count is None:
            return
        text = self.tr("{tokens} / {limit} tokens") if count.limit is not None else self.tr("{tokens} tokens")
        self.count.setText(text.format(tokens=count.tokens, limit=count.limit))
        is_cut = count.cut_at is not None
        self.count.set_role("warning" if is_cut else "dim")
        self.count.setToolTip(
            self.tr("The model does not read the dimmed end of the prompt.") if is_cut else ""
        )

    def _show_abilities(self) -> None:
        info = self._studio.models.get(self._studio.generation.model)
        can = info is None or info.capabilities.negative_prompt
        self.negative.setEnabled(can)
        self.negative.setToolTip("" if can else self.tr("This model does not listen to a negative prompt."))

    def _earlier(self) -> None:
        self._recall(self._studio.generation.history.previous(self._studio.generation.prompt))

    def _later(self) -> None:
        self._recall(self._studio.generation.history.next())

    def _recall(self, prompt: str | None) -> None:
        if prompt is not None:
            self._studio.generation.prompt = prompt


def shown_name(info: LearntInfo) -> str:
    """Its name, and its word where that is another."""
    has_own_word = bool(info.trigger) and info.trigger.casefold() != info.name.casefold()
    return f"{info.name}: {info.trigger}" if has_own_word else info.name

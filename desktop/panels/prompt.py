"""The prompt as the instrument: what should appear, what should not, and how much of it is read."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from desktop.panels.class_list import ClassList
from desktop.panels.other_words import OtherWordsRow
from desktop.panels.styles import StylesRow
from desktop.state.problems import language
from desktop.state.prompt_problems import say_mark, say_place
from desktop.state.studio import Studio
from desktop.widgets.binding import bind
from desktop.widgets.label import Label
from desktop.widgets.prompt_completion import Calls, Offer
from desktop.widgets.prompt_edit import PromptEdit
from desktop.widgets.prompt_marks import ShownMark
from engine.api.learnt import LearntInfo, LearntKind
from engine.api.model_info import Capabilities
from engine.api.prompt import literal
from engine.api.prompt_marks import Mark, Marked, marks_of

LONGEST_MARKED, LONGEST_AT_ONCE = 20_000, 1_000
"""Characters; a longer text is shown plain, or marked beside the window: typing never waits."""
MOST_TAGS = 12
"""Offered at once."""


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
        self._marking: set[PromptEdit] = set()
        """Whose marks are looked for beside the window."""
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
        self.wordless = Label(self.tr("This model draws what it has seen, without being asked."), role="dim")
        self.count = Label(role="dim")
        self.count.setAccessibleName(self.tr("Tokens"))
        self.other_words = OtherWordsRow(studio.generation)
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
        self.classes.submitted.connect(self.submitted)
        self.editor.history_previous.connect(self._earlier)
        self.editor.history_next.connect(self._later)
        self._studio.learnt.changed.connect(self._offer)
        self._studio.vocabulary.changed.connect(self._offer)
        self._studio.vocabulary.changed.connect(self._mark)
        for editor in (self.editor, self.negative):
            editor.value_changed.connect(lambda _, editor=editor: self._mark_one(editor))
            editor.installEventFilter(self)
        self._show_count()
        self._show_abilities()
        self._offer()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A fault is not told while it is being typed."""
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self._show_fault()
        return super().eventFilter(watched, event)

    def _offer(self) -> None:
        """LoRAs and learnt words for this model, lists and tags: by their first letters, `<lora:` or `__`."""
        kinds = {LearntKind.LORA: self.tr("LoRA"), LearntKind.EMBEDDING: self.tr("word")}
        calls = {LearntKind.LORA: Calls.LORA, LearntKind.EMBEDDING: Calls.WORD}
        learnt = {
            kind: [
                Offer(info.name, f"{shown_name(info)}   ({kind_name})", info.trigger, calls[kind])
                for info in self._studio.learnt.of(kind)
            ]
            for kind, kind_name in kinds.items()
        }
        drawn = self.tr("list")
        lists = [
            Offer(name, f"{name}   ({drawn})", f"__{name}__", Calls.LIST)
            for name in self._studio.vocabulary.lists
        ]
        name = self.tr("Words and learnt things")
        everything = (*learnt[LearntKind.LORA], *learnt[LearntKind.EMBEDDING], *lists)
        self.editor.offer(everything, name, self._tags)
        self.negative.offer((*learnt[LearntKind.EMBEDDING], *lists), name, self._tags)

    def _tags(self, phrase: str) -> list[Offer]:
        found = self._studio.vocabulary.tags_beginning(phrase, MOST_TAGS)
        return [
            Offer(
                tag.name,
                f"{tag.alias} → {tag.name}" if tag.alias else tag.name,
                literal(tag.name),
                Calls.TAG,
            )
            for tag in found
            if tag.name.casefold() != phrase.casefold()
        ]

    def _mark(self, _: object = None) -> None:
        """Show what of both texts is more than words, and what of it this model does not follow."""
        for editor in (self.editor, self.negative):
            self._mark_one(editor)

    def _mark_one(self, editor: PromptEdit) -> None:
        info = self._studio.models.get(self._studio.generation.model)
        can = info.capabilities if info is not None else None
        text, has_list, is_negative = (
            editor.value(),
            self._studio.vocabulary.has_list,
            editor is self.negative,
        )
        if len(text) > LONGEST_MARKED:
            self._show(editor, ())
        elif len(text) <= LONGEST_AT_ONCE:
            self._show(editor, marks_of(text, can, has_list, is_negative))
        else:
            editor.await_marks()
            if editor in self._marking:  # its answer asks again
                return
            self._marking.add(editor)
            self._studio.background.run(
                marks_of, text, can, has_list, is_negative,
                done=lambda marks: self._take(editor, text, can, marks),
            )  # fmt: skip

    def _take(
        self, editor: PromptEdit, text: str, can: Capabilities | None, marks: tuple[Marked, ...]
    ) -> None:
        self._marking.discard(editor)
        info = self._studio.models.get(self._studio.generation.model)
        is_current = editor.value() == text and (info.capabilities if info is not None else None) == can
        if is_current:
            self._show(editor, marks)
        else:
            self._mark_one(editor)

    def _show(self, editor: PromptEdit, marks: tuple[Marked, ...]) -> None:
        said: dict[tuple[Mark, str], str] = {}
        for mark in marks:
            if (mark.what, mark.why) not in said:
                said[mark.what, mark.why] = say_mark(mark.what.value, mark.why)
        editor.set_marks([_shown(mark, said[mark.what, mark.why]) for mark in marks])
        self._show_fault()

    def _show_fault(self) -> None:
        faults = [
            (editor, mark)
            for editor in (self.editor, self.negative)
            for mark in editor.marks()
            if mark.what is Mark.FAULT and not (editor.hasFocus() and _is_at_cursor(editor, mark))
        ]
        self.fault.setVisible(bool(faults))
        if faults:
            editor, mark = faults[0]
            self.fault.setText(f"{editor.accessibleName()}, {mark.tip}")

    def _on_changed(self, field: str) -> None:
        if field == "token_count":
            self._show_count()
        elif field in ("other_words", "as_typed"):
            self._mark_words()
        elif field == "model":
            self._show_abilities()
            self._mark()

    def _show_count(self) -> None:
        count = self._studio.generation.token_count
        self.editor.set_cut_at(count.cut_at if count else None)
        self.editor.set_chunk_starts(count.chunk_starts if count else ())
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
        if is_cut:
            told = self.tr("The model does not read the dimmed end of the prompt.")
        elif len(count.chunks) > 1:
            told = self.tr(
                "Read in {count} pieces of {pieces} tokens; each begins at a shaded letter."
            ).format(count=len(count.chunks), pieces=" + ".join(map(str, count.chunks)))
        self.count.setToolTip(told)

    def _mark_words(self) -> None:
        generation = self._studio.generation
        words = () if generation.as_typed else generation.other_words
        self.editor.set_other_words(
            [
                ShownMark(word.start, word.end, Mark.READ_AS, self.other_words.said_of(word.read_as))
                for word in words
            ]
        )

    def _show_abilities(self) -> None:
        info = self._studio.models.get(self._studio.generation.model)
        able = info.capabilities if info is not None else Capabilities()
        self.classes.offer(able.classes)
        self.classes.setVisible(bool(able.classes))
        self.wordless.setVisible(not able.prompt and not able.classes)
        self.editor.setVisible(able.prompt)
        self.negative.setVisible(able.prompt)
        self.styles.setVisible(able.prompt)
        self.count.setVisible(able.prompt and self._studio.generation.token_count is not None)
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


def _shown(mark: Marked, said: str) -> ShownMark:
    """`said`: what any mark of its sort does."""
    if mark.what is not Mark.FAULT:
        return ShownMark(mark.start, mark.end, mark.what, said)
    reason = f"{mark.reason}." if mark.reason and language() == "en" else ""  # which knows the most
    return ShownMark(mark.start, mark.end, mark.what, say_place(mark.why, mark.start, reason))


def _is_at_cursor(editor: PromptEdit, mark: ShownMark) -> bool:
    """True where it is being typed: the cursor stands right behind it."""
    return mark.end == editor.python_position() or mark.start == editor.python_position()


def shown_name(info: LearntInfo) -> str:
    """Its name, and its word where that is another."""
    has_own_word = bool(info.trigger) and info.trigger.casefold() != info.name.casefold()
    return f"{info.name}: {info.trigger}" if has_own_word else info.name

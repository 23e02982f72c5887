"""What helps in an editor of prompts: names to call, marks of what is more than words, the unread end."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal
from shiboken6 import isValid

from desktop.panels.other_words import said_of
from desktop.state.language_code import language
from desktop.state.prompt_problems import SAYS_ALL, say_mark, say_place
from desktop.state.reading import Reading
from desktop.state.studio import Studio
from desktop.widgets.prompt_completion import Calls, Offer
from desktop.widgets.prompt_edit import PromptEdit
from desktop.widgets.prompt_marks import ShownMark
from engine.api.learnt import LearntInfo, LearntKind
from engine.api.model_info import Capabilities, ModelInfo
from engine.api.prompt import literal, lora_marks
from engine.api.prompt_marks import MOST_MARKS, Mark, Marked, Written, marks_of
from engine.api.wording import Style

LONGEST_AT_ONCE, LONGEST_WHOLE, LONGEST_AT_EACH_KEY = 1_000, 4_000, 20_000
"""Characters; a longer text is marked beside the window, where it is in sight, when typing rests: it never
waits."""
REST_MS = 120
NEAR = 1_000
"""Characters before and behind those in sight whose marks are known too."""
MOST_TAGS = 12
"""Offered at once."""


class PromptHelp(QObject):
    """Keeps `editor` marked and offering as the model and the artist's lists change."""

    marked = Signal()
    """What it shows may have changed."""

    def __init__(self, studio: Studio, editor: PromptEdit, written: Written) -> None:
        super().__init__(editor)
        self._studio, self.editor, self._written = studio, editor, written
        self.reading = Reading(studio.background, self)
        """How the model reads the text."""
        self.reading.changed.connect(self._show_reading)
        self._is_marking = False
        """True while marks are looked for beside the window."""
        self._marked_part = (0, 0)
        """The characters whose marks are known."""
        self._resting = QTimer(self, singleShot=True, interval=REST_MS)
        self._resting.timeout.connect(self._mark_beside)
        studio.background.destroyed.connect(self._resting.stop)  # at the end an editor may outlive it
        studio.learnt.changed.connect(self._offer)
        studio.learnt.changed.connect(self.mark)
        studio.vocabulary.changed.connect(self._offer)
        studio.vocabulary.changed.connect(self.mark)
        studio.models.changed.connect(self.mark)
        studio.generation.changed.connect(self._on_generation)
        editor.value_changed.connect(self.mark)
        editor.sight_changed.connect(self._on_sight)
        self._offer()
        self.mark()

    def fault(self) -> ShownMark | None:
        """The first thing that cannot be read; what is being typed just now is no fault yet."""
        faults = (mark for mark in self.editor.marks() if mark.what is Mark.FAULT)
        return next((mark for mark in faults if not (self.editor.hasFocus() and self._is_at(mark))), None)

    def mark(self, _: object = None) -> None:
        """Show what of the text is more than words, and what of it this model does not follow; a moment
        later also where it begins to read anew, and what it does not read."""
        text = self.editor.value()
        self._ask()
        self._resting.stop()
        if len(text) <= LONGEST_AT_ONCE:
            self._show(marks_of(text, self._can, self._studio.vocabulary.has_list, self._written))
            return
        self.editor.await_marks()
        if len(text) <= LONGEST_AT_EACH_KEY:
            self._mark_beside()
        else:
            self._resting.start()

    def _mark_beside(self) -> None:
        if self._is_marking:  # its answer asks again
            return
        self._is_marking = True
        text, can, lists = self.editor.value(), self._can, self._studio.vocabulary.has_list
        part = None if len(text) <= LONGEST_WHOLE else self._near_sight()

        def take(marks: tuple[Marked, ...]) -> None:
            if not isValid(self):  # its row was taken away meanwhile
                return
            self._is_marking = False
            if (self.editor.value(), self._can) == (text, can):
                self._marked_part = part or (0, len(text))
                self._show(marks)
                self._on_sight()
            else:
                self.mark()

        self._studio.background.run(marks_of, text, can, lists, self._written, part, done=take)

    def _near_sight(self) -> tuple[int, int]:
        first, last = self.editor.in_sight()
        return max(0, first - NEAR), last + NEAR

    def _on_sight(self) -> None:
        """What was scrolled to is marked too."""
        if len(self.editor.value()) <= LONGEST_WHOLE or self._is_marking or self._resting.isActive():
            return
        first, last = self.editor.in_sight()
        if first < self._marked_part[0] or last > self._marked_part[1]:
            self._mark_beside()

    def _show(self, marks: tuple[Marked, ...]) -> None:
        marks = (*marks, *self._wrong_loras())
        said: dict[tuple[Mark, str], str] = {}
        for mark in marks:
            if (mark.what, mark.why) not in said:
                said[mark.what, mark.why] = say_mark(mark.what.value, mark.why)
        text = self.editor.value()
        self.editor.set_marks([_shown(mark, said[mark.what, mark.why], text) for mark in marks])
        self.marked.emit()

    def _wrong_loras(self) -> tuple[Marked, ...]:
        """LoRAs of the prompt that are not here, or for another model; a path is left to the engine."""
        learnt, text = self._studio.learnt, self.editor.value()
        if not learnt.is_known or self._written is not Written.PROMPT:
            return ()
        wrong: list[Marked] = []
        for lora in lora_marks(text)[:MOST_MARKS]:
            found = learnt.get(LearntKind.LORA, lora.name)
            why = "no_lora" if found is None else "" if learnt.fits(found) else "other_lora"
            if why and lora.weight != 0 and not set(lora.name) & set("/\\"):
                wrong.append(Marked(lora.start, lora.end, Mark.FAULT, why))
        return tuple(wrong)

    def _on_generation(self, field: str) -> None:
        if field == "model":
            self.mark()
        elif field == "styles":
            self._ask()
        elif field == "as_typed":
            self._show_reading()

    @property
    def _info(self) -> ModelInfo | None:
        return self._studio.models.get(self._studio.generation.model)

    @property
    def _can(self) -> Capabilities | None:
        info = self._info
        return info.capabilities if info is not None else None

    def _ask(self) -> None:
        info = self._info
        if info is not None:
            learnt = tuple((word.trigger, word.vectors) for word in self._studio.generation.words)
            self.reading.ask(info, self.editor.value(), learnt, self._around)

    @property
    def _around(self) -> tuple[Style, ...]:
        """The chosen styles, whose words are read with the prompt's."""
        if self._written is not Written.PROMPT:
            return ()
        chosen = map(self._studio.vocabulary.style, self._studio.generation.styles)
        return tuple(style for style in chosen if style is not None)

    def _show_reading(self) -> None:
        count, words = self.reading.count, self.reading.other_words
        self.editor.set_cut_at(count.cut_at if count else None)
        self.editor.set_chunk_starts(count.chunk_starts if count else ())
        shown = () if self._studio.generation.as_typed else words
        self.editor.set_other_words(
            [ShownMark(word.start, word.end, Mark.READ_AS, said_of(word)) for word in shown]
        )
        self.marked.emit()

    def _offer(self) -> None:
        """LoRAs and learnt words for this model, lists and tags: by their first letters, `<lora:` or `__`."""
        words = [self._offered(info) for info in self._studio.learnt.of(LearntKind.EMBEDDING)]
        loras = [self._offered(info) for info in self._studio.learnt.of(LearntKind.LORA)]
        drawn = self.tr("list")
        lists = [
            Offer(name, f"{name}   ({drawn})", f"__{name}__", Calls.LIST)
            for name in self._studio.vocabulary.lists
        ]
        named = loras if self._written is Written.PROMPT else []
        name = self.tr("Words and learnt things")
        self.editor.offer((*named, *words, *lists), name, self._tags)

    def _offered(self, info: LearntInfo) -> Offer:
        if info.kind is LearntKind.LORA:
            calls, kind = Calls.LORA, self.tr("LoRA")
        else:
            calls, kind = Calls.WORD, self.tr("word")
        return Offer(info.name, f"{shown_name(info)}   ({kind})", info.trigger, calls)

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

    def _is_at(self, mark: ShownMark) -> bool:
        """True where it is being typed: the cursor stands right behind it."""
        return self.editor.python_position() in (mark.start, mark.end)


def _shown(mark: Marked, said: str, text: str) -> ShownMark:
    """`said`: what any mark of its sort does; `text` is the whole prompt."""
    if mark.what is not Mark.FAULT:
        return ShownMark(mark.start, mark.end, mark.what, said)
    knows_more = mark.why not in SAYS_ALL and bool(mark.reason) and language() == "en"
    reason = f"{mark.reason}." if knows_more else ""
    told = say_place(mark.why, mark.start, text[mark.start : mark.end], reason)
    return ShownMark(mark.start, mark.end, mark.what, told)


def shown_name(info: LearntInfo) -> str:
    """Its name, and its word where that is another."""
    has_own_word = bool(info.trigger) and info.trigger.casefold() != info.name.casefold()
    return f"{info.name}: {info.trigger}" if has_own_word else info.name

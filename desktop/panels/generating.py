"""Pressing Generate: what is missing or wrong is shown instead of being guessed."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject

from desktop.panels.prompt import PromptPanel
from desktop.panels.sampling import SettingsPanel
from desktop.state.editing.edit_settings import Intent
from desktop.state.messages import Level
from desktop.state.studio import Studio
from desktop.state.viewing import ShownKind

WORDLESS = (Intent.REMOVE, Intent.EMPTY, Intent.REFINE)
NO_PROMPT = "no-prompt"
"""The topic of the offer to do without one."""
NO_PICTURE = "no-picture"
"""The topic of the offer to open one."""


class Generating(QObject):
    """Between the button and the queue."""

    def __init__(
        self,
        studio: Studio,
        prompt: PromptPanel,
        settings: SettingsPanel,
        open_picture: Callable[[], object],
    ) -> None:
        """`open_picture` asks the artist for one."""
        super().__init__(prompt)
        self._studio = studio
        self._open_picture = open_picture
        self._meant: Intent | None = None
        """What is to be done with the picture that is being opened."""
        studio.documents.changed.connect(self._take_picture)
        self._prompt = prompt
        self._settings = settings

    def generate(self, at_front: bool = False) -> None:
        """Queue the present settings, or go to what is wrong with them."""
        generation, wrong = self._studio.generation, self._settings.first_wrong()
        self._meant = None
        if wrong is not None:
            wrong.setFocus()
            self._studio.messages.warning(f"{wrong.accessibleName()}: {wrong.problem}")
        elif self._has_nothing_to_change():
            self._ask_for_picture()
        elif self._lacks_a_picture():
            self._offer_the_seen_one(at_front)
        elif not generation.prompt.strip() and self._needs_words():
            self._ask_for_prompt(at_front)
        else:
            self._queue(at_front)

    def generate_example(self, prompt: str) -> None:
        """Write `prompt` where the artist would, and make it."""
        self._studio.generation.prompt = prompt
        self._prompt.take_focus()
        self.generate()

    def _needs_words(self) -> bool:
        """Removing, filling and refining go by what is there, as do start pictures and some references."""
        edit, generation = self._studio.edit, self._studio.generation
        can = None if generation.info is None else generation.info.capabilities
        if can is not None and can.layers:
            return False  # it describes the picture by itself
        if can is not None and can.draws_after_reference and generation.references_read():
            return False
        if edit.intent is Intent.NEW:
            return self._studio.generation.image is None
        return edit.intent not in WORDLESS and not any(words.strip() for words in edit.place_prompts)

    def _has_nothing_to_change(self) -> bool:
        """An empty canvas can only be filled."""
        is_change = self._studio.edit.intent not in (Intent.NEW, Intent.EMPTY)
        return is_change and self._studio.documents.is_pristine

    def _lacks_a_picture(self) -> bool:
        """An instructed model changes a picture, and the artist gave it none."""
        generation, intent = self._studio.generation, self._studio.edit.intent
        info = generation.info
        is_new = intent is Intent.NEW and generation.image is None and not generation.references_read()
        return is_new and info is not None and info.capabilities.needs_picture

    def _offer_the_seen_one(self, at_front: bool) -> None:
        shown = self._studio.viewing.shown
        if self._studio.documents.is_pristine and (shown.pixels is None or shown.kind is ShownKind.STEP):
            self._ask_for_picture()
            return
        self._studio.messages.offer(
            Level.INFO,
            self.tr("This model changes a picture, as the prompt says. Which one?"),
            self.tr("The one on the canvas"),
            lambda: self._change_whole(at_front),
            NO_PICTURE,
        )

    def _change_whole(self, at_front: bool) -> None:
        self._studio.edit.intent = Intent.WHOLE
        self.generate(at_front)

    def _ask_for_picture(self) -> None:
        self._studio.messages.offer(
            Level.INFO,
            self.tr("There is no picture to change yet."),
            self.tr("Open a picture…"),
            self._open,
            NO_PICTURE,
        )

    def _open(self) -> None:
        self._meant = Intent.WHOLE if self._lacks_a_picture() else self._studio.edit.intent
        self._open_picture()

    def _take_picture(self) -> None:
        """With it everything began anew, what Generate is for too."""
        if self._meant is not None and self._studio.edit.intent is Intent.NEW:
            self._studio.edit.intent = self._meant
        self._meant = None

    def _ask_for_prompt(self, at_front: bool) -> None:
        """Most often the prompt was forgotten; what the model draws by itself is one click away."""
        self._prompt.take_focus()
        self._studio.messages.offer(
            Level.INFO,
            self.tr("Write first what should appear."),
            self.tr("Generate without a prompt"),
            lambda: self._queue(at_front),
            NO_PROMPT,
        )

    def _queue(self, at_front: bool) -> None:
        for topic in (NO_PROMPT, NO_PICTURE):
            self._studio.messages.withdraw(topic)
        self._studio.generate(at_front)

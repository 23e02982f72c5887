"""What the next picture wears beside its model: LoRAs, and words that were learnt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from desktop.state import borrowing
from engine.api.learnt import LearntInfo, LearntKind, Lora
from engine.api.lora_blocks import Blocks
from engine.api.model_info import ModelInfo
from engine.api.training import TrainRequest

if TYPE_CHECKING:
    from desktop.state.studio import Studio


class Wearing(QObject):
    """Follows which model is used: what lies in the folders is looked at anew for each."""

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self._studio = studio
        studio.learnt.changed.connect(self._know_what_is_there)
        studio.generation.changed.connect(self._follow_model)

    def look(self) -> None:
        """Which LoRAs and words there are for the present model; `studio.learnt.changed` follows."""
        studio = self._studio
        studio.learnt.scan(studio.settings.model_folders, studio.models.get(studio.generation.model))

    def wear(self, name: str, weight: float = 1.0) -> None:
        """Let the next picture wear the LoRA `name`; one that it wears already gets `weight`."""
        generation = self._studio.generation
        worn = {lora.name: lora for lora in generation.loras}
        before = generation.values()
        lora = replace(worn.get(name, Lora(name)), weight=weight)
        generation.loras = tuple({**worn, name: lora}.values())
        if name not in worn and (info := self._studio.learnt.get(LearntKind.LORA, name)) is not None:
            borrowing.run_as_distilled(self._studio, info, before)

    def wear_in_blocks(self, name: str, blocks: Blocks) -> None:
        """How much of the LoRA `name`, which is worn, acts where."""
        generation = self._studio.generation
        generation.loras = tuple(
            replace(lora, blocks=dict(blocks)) if lora.name == name else lora for lora in generation.loras
        )

    def ask_blocks(
        self, name: str, done: Callable[[tuple[str, ...]], None], failed: Callable[[Exception], None]
    ) -> None:
        """`done` is told the blocks of the present model that the LoRA `name` changes; read in the pool."""
        studio = self._studio
        info = studio.models.get(studio.generation.model)
        if info is not None:
            folders = tuple(map(Path, studio.settings.model_folders))
            studio.background.run(_blocks_in, name, info, folders, done=done, failed=failed)

    def take_off(self, name: str) -> None:
        """The next picture does not wear the LoRA `name`."""
        generation = self._studio.generation
        generation.loras = tuple(lora for lora in generation.loras if lora.name != name)

    def write_word(self, word: str) -> None:
        """Put `word` into the prompt where it is missing."""
        generation = self._studio.generation
        if word and word.casefold() not in generation.prompt.casefold():
            generation.prompt = f"{generation.prompt.rstrip()} {word}".strip()

    def use_learnt(self, request: TrainRequest) -> None:
        """What `request` taught goes into the settings of the next picture, and its word into the prompt."""
        if request.method is LearntKind.LORA:
            self.wear(Path(request.output).stem)
        self.write_word(request.trigger)

    def use_file(self, usable: ModelInfo | LearntInfo) -> None:
        """The next picture is made with this model, wears this LoRA, or has this word in its prompt."""
        if isinstance(usable, ModelInfo):
            self._studio.generation.use_model(usable)
            return
        if usable.kind is LearntKind.LORA:
            self.wear(usable.name)
        self.write_word(usable.trigger)

    def _follow_model(self, field: str) -> None:
        if field == "model" and self._studio.models.is_scanned:
            self.look()

    def _know_what_is_there(self) -> None:
        generation, learnt = self._studio.generation, self._studio.learnt
        generation.words = learnt.of(LearntKind.EMBEDDING)
        generation.controls = learnt.controls
        generation.adapters = learnt.adapters


def _blocks_in(name: str, info: ModelInfo, folders: tuple[Path, ...]) -> tuple[str, ...]:
    # reads safetensors headers; the first paint need not wait for their import
    from engine.models.catalog import Catalog
    from engine.models.named.learnt import blocks_in

    return blocks_in(name, info, Catalog(folders))

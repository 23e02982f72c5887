"""What one value says of a training: which pictures, which model, what comes of it."""

from __future__ import annotations

import enum
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from engine.api.errors import BadRequest
from engine.api.form import Json, from_json, to_json
from engine.api.learnt import LearntKind
from engine.api.limits import Limits, check_within
from engine.api.text import clean_text

TASK = "train"
TRAINING_LIMITS: dict[str, Limits] = {
    "minutes": (0.05, 7 * 24 * 60),
    "steps": (0, 1_000_000),
    "rank": (1, 256),
    "vectors": (1, 32),
    "learning_rate": (0.0, 1.0),
    "prior_weight": (0.0, 10.0),
    "prior_pictures": (0, 1000),
    "resolution": (0, 4096),
    "seed": (0, 2**64 - 1),
}
"""Lowest and highest accepted value of each number."""
LONGEST_TRIGGER = 80
LONGEST_CAPTION = 2_000


class Teaches(enum.StrEnum):
    """What the pictures have in common."""

    SUBJECT = "subject"
    """A thing, a being, a character."""
    STYLE = "style"
    """A way to draw or to paint."""


@dataclass(frozen=True)
class TrainRequest:
    """Teach a model what the pictures of a folder have in common."""

    model: str
    """A catalog name, a folder, or a `.safetensors` file; it is read and stays as it is."""
    folder: str
    """With pictures and, beside each, its caption: `zorbi.png` and `zorbi.txt`."""
    trigger: str
    """The word that will call what is learnt."""
    output: str
    """The `.safetensors` file to write; one that is there is replaced."""
    method: LearntKind = LearntKind.LORA
    teaches: Teaches = Teaches.SUBJECT
    class_words: str = ""
    """What it is one of, e.g. "toy": what it means without the trigger is held on to."""
    captions: Mapping[str, str] = field(default_factory=dict)
    """Words typed in, by the picture's file name; they count instead of the file beside it."""
    minutes: float = 5.0
    """Of the whole training, preparation and saving included; it counts where `steps` is 0."""
    steps: int = 0
    """Exactly so many, however long they take."""
    rank: int = 16
    """Of a LoRA: how much it can take in."""
    vectors: int = 4
    """Of an embedding: how many tokens it takes in a prompt."""
    learning_rate: float = 0.0
    """0: what suits the method."""
    prior_weight: float = 1.0
    """How firmly other prompts are held to what the model draws for them now; 0 lets them go."""
    prior_pictures: int = 24
    """How many pictures the model draws itself to hold on to."""
    resolution: int = 0
    """Side of a square picture in pixels, others have its area; 0: the model's own."""
    sample_prompt: str = ""
    """Drawn again and again to see how far it is; empty: the trigger."""
    seed: int = 0
    licence: str = ""
    """What the artist says of the pictures; written into the file."""
    task: str = TASK
    """Tells it from a request for pictures wherever both are kept."""
    extra: Mapping[str, Json] = field(default_factory=dict)

    def validated(self) -> TrainRequest:
        """This request with harmless text, or `BadRequest` naming the first field that is wrong."""
        for name in TRAINING_LIMITS:
            check_within(name, getattr(self, name), TRAINING_LIMITS[name])
        trigger = " ".join(clean_text(self.trigger).split())
        if not trigger:
            raise BadRequest("trigger", "is empty; choose a word that will call what is learnt")
        if len(trigger) > LONGEST_TRIGGER or any(mark in trigger for mark in "()[]<>:,|"):
            raise BadRequest("trigger", f"must be at most {LONGEST_TRIGGER} letters, without ()[]<>:,|")
        for name in ("model", "folder"):
            if not getattr(self, name):
                raise BadRequest(name, "is empty; choose one")
        if not self.output.endswith(".safetensors"):
            raise BadRequest("output", "must be a .safetensors file")
        return replace(
            self,
            trigger=trigger,
            class_words=" ".join(clean_text(self.class_words).split())[:LONGEST_CAPTION],
            sample_prompt=clean_text(self.sample_prompt)[:LONGEST_CAPTION],
            captions={name: clean_text(text)[:LONGEST_CAPTION] for name, text in self.captions.items()},
            licence=clean_text(self.licence)[:LONGEST_CAPTION],
        )

    @property
    def images(self) -> int:
        """A queue counts it as one thing to be made."""
        return 1

    @property
    def key(self) -> str:
        """Equal exactly for equal requests: a training that was broken off is found again by it."""
        form = json.dumps(to_json(self), sort_keys=True)
        return hashlib.sha256(form.encode("utf-8", "surrogatepass")).hexdigest()

    def to_json(self) -> dict[str, Json]:
        return to_json(self)

    @staticmethod
    def from_json(data: object) -> TrainRequest:
        """Raises `BadRequest` naming the field; unknown fields of a newer version are kept."""
        return from_json(TrainRequest, data)

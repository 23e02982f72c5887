"""What all pictures of a request share: the model, and what reads its words, maps and references."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from engine.api.control import Control
from engine.api.events import Event
from engine.api.other_words import ReadAs
from engine.api.request import GenerationRequest, Speed
from engine.conditioning.control import LoadedMap
from engine.conditioning.reference import LoadedReference
from engine.diffusion.embeddings import Embedding
from engine.diffusion.preview import Preview
from engine.families.family import LoadedModel
from engine.memory import Relief
from engine.models.controls import Controls
from engine.models.learnt import Learnt
from engine.models.references import References

Embed = Callable[[str, bool], Embedding]
"""A prompt as typed, and whether it is the negative one, to its embedding on the model's device."""
Emit = Callable[[Event], None]
IsCancelled = Callable[[], bool]


@dataclass(frozen=True, eq=False)
class Setup:
    """What all pictures of a request share."""

    model: LoadedModel
    learnt_of: Callable[[GenerationRequest], Learnt]
    """The LoRAs and embeddings of a request; those of a branch's origin may be others."""
    controls_of: Callable[[GenerationRequest], Controls]
    """The networks that read a request's maps; those of a branch's origin may be others."""
    load_controls: Callable[[Controls], tuple[LoadedMap, ...]]
    references_of: Callable[[GenerationRequest], References]
    """The networks that a request's references are read by; those of a branch's origin may be others."""
    load_references: Callable[[References], tuple[LoadedReference, ...]]
    embedding_with: Callable[[Learnt, Sequence[ReadAs]], Embed]
    """What turns prompts to embeddings while the model wears that, with those words read as others."""
    preview: Preview | None
    control: Control
    relief: Relief
    at: Callable[[Speed], Setup]
    """The same model for another speed; loads it where its numbers are kept in another format."""


def wear(model: LoadedModel, learnt: Learnt) -> None:
    """Let `model` wear the LoRAs of `learnt` and no others."""
    model.wear(Learnt(learnt.loras).key, lambda: learnt.worn(model.dtype))

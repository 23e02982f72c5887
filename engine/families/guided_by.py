"""Which of diffusers' guiders a model can be guided by, and which one its folder names."""

from __future__ import annotations

from dataclasses import replace

from engine.api.guiders import OF_PAIRS, WITH_A_WORSE, Guider
from engine.api.request import Sampling
from engine.checkpoints.checkpoint import Checkpoint
from engine.diffusion.guiding import CLASSES
from engine.families.family import Reads
from engine.families.guiders import GUIDERS
from engine.families.kinds import Kind
from engine.families.modular_run import ModularRun
from engine.families.traits import Traits


def guiders_for(traits: Traits, kind: Kind) -> tuple[Guider, ...]:
    """Those that go with a model whose network is asked with the prompt and without at once.

    And with one that is run by diffusers' own blocks, which ask the guider.
    """
    if not (kind.negative_prompt and kind.guidance):
        return ()
    if kind.runner is not None:
        return OF_PAIRS if issubclass(kind.runner, ModularRun) else ()
    if not traits.has_stock_batch or kind.reads is Reads.PICTURE:
        return ()
    if traits.skips_layers:
        return (*OF_PAIRS, Guider.SKIPPED)
    return (*OF_PAIRS, *WITH_A_WORSE) if traits.disturbed else OF_PAIRS


def as_told(sampling: Sampling, checkpoint: Checkpoint) -> Sampling:
    """`sampling` with the guider that the folder names."""
    named = checkpoint.configs.get("model_index", {}).get(GUIDERS[0])
    kind = named[1] if isinstance(named, list) and len(named) > 1 else None
    guider = next((one for one in OF_PAIRS if CLASSES[one] == kind), None)
    return sampling if guider is None else replace(sampling, guider=guider)

"""Models of two stages whose first one is denoised step by step: what the others make of its latents."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from engine.api.errors import Overflow
from engine.api.events import Event, Loading
from engine.api.images import Pixels
from engine.api.other_words import as_read
from engine.diffusion.decode import in_bytes
from engine.diffusion.tap import Cancelled, blocks_of
from engine.families.loaded_model import Denoised
from engine.picture.first_stage import plainly
from engine.picture.pipeline_call import pipeline_arguments
from engine.picture.run import Run

if TYPE_CHECKING:
    import torch

STAGE = "last_stage"


def finish(
    run: Run, latents: torch.Tensor, emit: Callable[[Event], None], is_cancelled: Callable[[], bool]
) -> Pixels:
    """The picture of the first stage's `latents`, 1 x C x h x w. Says the share that is done.

    Raises `Cancelled` at the next network block.
    """
    import torch

    model = run.model
    assert model.last_stage is not None

    def say(share: float) -> None:
        if is_cancelled():
            raise Cancelled
        emit(Loading(STAGE, share))

    call = pipeline_arguments(run)
    prompt = plainly(as_read(run.said.first[0], run.request.read_as or ()))
    denoised = Denoised(latents, call, prompt, run.request.extent, run.generator, say)
    say(0.0)
    with model.finishing(run.setup.relief.in_groups) as networks, _stopping(networks, is_cancelled):
        image = model.last_stage(model, denoised)
    if not bool(torch.isfinite(image).all()):
        raise Overflow(0, "The last stage's numbers overflowed, so there is no picture. Try another seed.")
    return in_bytes(image)


@contextmanager
def _stopping(networks: Iterable[Any], is_cancelled: Callable[[], bool]) -> Iterator[None]:
    def stop(*_: object) -> None:
        if is_cancelled():
            raise Cancelled

    hooks = [block.register_forward_pre_hook(stop) for network in networks for block in blocks_of(network)]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()

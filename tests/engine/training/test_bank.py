"""A run that is gone on with finds the scenes of an unbroken one, in the order of their age."""

import numpy as np
import pytest
import torch

from engine.training.bank import Bank, Ring
from engine.training.flow import Flow, empty_chunk

CPU = torch.device("cpu")
CHUNK, KEPT, CAPACITY = 4, 16, 40


class Numbered:
    """Scenes that tell their number."""

    side, captions, tokens = 16, 1, 4

    def draw(self, number: int, pixels: np.ndarray, tokens: np.ndarray) -> None:
        pixels[:], tokens[:] = number % 250, number + 1


class Shrinking(torch.nn.Module):
    """What the bank asks of an autoencoder."""

    quant_conv = None

    def __init__(self) -> None:
        super().__init__()
        self.config = {"block_out_channels": (1, 1, 1), "latent_channels": 3, "scaling_factor": 1.0}

    def encoder(self, pictures: torch.Tensor) -> torch.Tensor:
        small = torch.nn.functional.avg_pool2d(pictures, 4)
        return torch.cat([small, small], 1)


def bank_from(first: int) -> Bank:
    source = Numbered()
    flow = Flow(source, CHUNK, first=first // CHUNK)
    bank = Bank(flow, empty_chunk(source, CHUNK), CPU, CAPACITY, KEPT, steady=True)
    bank.start_at(first)
    return bank


def newest_first(ring: Ring) -> list[int]:
    """Numbers of the scenes that can be picked."""
    rows = (ring.count - 1 - torch.arange(ring.filled)).remainder(ring.capacity)
    return (ring.rows["tokens"][rows].flatten(1)[:, 0].long() - 1).tolist()


@pytest.mark.parametrize("steps", [4, 9, 30])
def test_a_resumed_bank_holds_the_latents_of_an_unbroken_one(steps: int):
    unbroken = bank_from(0)
    list(unbroken.fill(20))
    list(unbroken.encode_all(Shrinking()))  # type: ignore[arg-type]
    for _ in range(steps):
        unbroken.feed(CHUNK)
    begin, fed = unbroken.encoded_from, unbroken.fed
    resumed = bank_from(max(0, min(fed - KEPT, max(begin, fed - CAPACITY))))
    resumed.encode_from(Shrinking(), begin)  # type: ignore[arg-type]
    list(resumed.fill(fed))
    assert unbroken.latents is not None
    assert resumed.latents is not None
    assert newest_first(resumed.latents) == newest_first(unbroken.latents)
    assert newest_first(unbroken.latents) == list(range(fed - 1, max(begin, fed - CAPACITY) - 1, -1))


@pytest.mark.parametrize("kept", [12, 40])
def test_latents_of_the_call_before_stay_pickable_while_new_ones_come(kept: int):
    before = Ring(CAPACITY, CPU, {"tokens": ((1,), torch.int16)})
    before.count = 100 - kept
    before.put({"tokens": torch.arange(100 - kept, 100, dtype=torch.int16)[:, None] + 1})
    bank = bank_from(100)
    list(bank.fill(108))
    list(bank.encode_all(Shrinking()))  # type: ignore[arg-type]
    assert bank.latents is not None
    rows = {name: tensor.new_zeros((kept, *tensor.shape[1:])) for name, tensor in bank.latents.rows.items()}
    rows["tokens"] += before.by_age()["tokens"][:, None]
    bank.latents.put_before(rows)
    bank.feed(CHUNK)
    oldest = max(100 - kept, 112 - CAPACITY)
    assert newest_first(bank.latents) == list(range(111, oldest - 1, -1))

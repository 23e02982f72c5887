"""The newest scenes on the device, ready to be trained on: as pictures at first, as latents later.

Both are rings: the oldest scene makes place for the newest. What is in them depends only on how many scenes
were ever put in, so a resumed run finds the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

import torch

from engine.api.form import Json
from engine.training.flow import Chunk, Flow

if TYPE_CHECKING:
    from diffusers import AutoencoderKL

Shape = tuple[int, ...]


class Ring:
    """Rows of named tensors on one device; `count` is how many were ever put in."""

    def __init__(
        self, capacity: int, device: torch.device, layout: Mapping[str, tuple[Shape, torch.dtype]]
    ) -> None:
        self.capacity, self.count, self.filled = capacity, 0, 0
        self.rows = {
            name: torch.zeros((capacity, *shape), dtype=dtype, device=device)
            for name, (shape, dtype) in layout.items()
        }

    def put(self, rows: Mapping[str, torch.Tensor]) -> None:
        """As many of each; a batch that reaches over the end goes on at the beginning."""
        size = len(next(iter(rows.values())))
        start = self.count % self.capacity
        head = min(size, self.capacity - start)
        for name, tensor in rows.items():
            self.rows[name][start : start + head] = tensor[:head]
            if head < size:
                self.rows[name][: size - head] = tensor[head:]
        self.count += size
        self.filled = min(self.filled + size, self.capacity)

    def put_before(self, rows: Mapping[str, torch.Tensor]) -> None:
        """Rows older than all that are here, their newest last; as many of those as there is room for."""
        size = min(len(next(iter(rows.values()))), self.capacity - self.filled)
        if size <= 0:
            return
        last = self.count - self.filled
        places = torch.arange(last - size, last).remainder(self.capacity)
        for name, tensor in rows.items():
            kept = self.rows[name]
            kept[places.to(kept.device)] = tensor[-size:].to(kept.device)
        self.filled += size

    def by_age(self) -> dict[str, torch.Tensor]:
        """Its rows, the newest last; whole views where they lie in one piece."""
        start = (self.count - self.filled) % self.capacity
        if start + self.filled <= self.capacity:
            return {name: tensor[start : start + self.filled] for name, tensor in self.rows.items()}
        return {name: tensor.roll(-start, 0)[: self.filled] for name, tensor in self.rows.items()}

    def pick(self, size: int, generator: torch.Generator) -> torch.Tensor:
        """Indices of `size` random rows, counted back from the newest: whatever row the ring began in."""
        ages = torch.randint(self.filled, (size,), device=generator.device, generator=generator)
        return (self.count - 1 - ages).remainder(self.capacity)


def pictures(capacity: int, device: torch.device, chunk: Chunk) -> Ring:
    """Holds scenes as they were drawn: `pixels` (side x side x 3, bytes) and `tokens`."""
    return Ring(
        capacity,
        device,
        {
            "pixels": (chunk.pixels.shape[1:], torch.uint8),
            "tokens": (chunk.tokens.shape[1:], torch.int16),
        },
    )


def latents(capacity: int, device: torch.device, channels: int, side: int, tokens: Shape) -> Ring:
    """Holds scenes as the denoiser reads them: `latents` (scaled) and `tokens`."""
    return Ring(
        capacity,
        device,
        {"latents": ((channels, side, side), torch.bfloat16), "tokens": (tokens, torch.int16)},
    )


def to_network(pixels: torch.Tensor) -> torch.Tensor:
    """Bytes (n x h x w x 3) to -1 to 1 (n x 3 x h x w), in the order of memory that convolutions like."""
    return pixels.permute(0, 3, 1, 2).float().div_(127.5).sub_(1)


class Feeder:
    """Carries chunks from a flow onto the device without making the device wait."""

    def __init__(self, flow: Flow, device: torch.device) -> None:
        self._flow, self._device = flow, device
        self._stream = torch.cuda.Stream(device) if device.type == "cuda" else None
        self._pinned: list[tuple[dict[str, torch.Tensor], torch.cuda.Event]] = []
        self._turn = 0

    @property
    def is_ready(self) -> bool:
        return self._flow.is_ready

    def next(self) -> dict[str, torch.Tensor]:
        """The next scenes as `pixels` and `tokens` on the device; waits where they are not drawn yet."""
        with self._flow.next() as chunk:
            here = {"pixels": torch.from_numpy(chunk.pixels), "tokens": torch.from_numpy(chunk.tokens)}
            if self._stream is None:
                return {name: tensor.clone() for name, tensor in here.items()}
            return self._send(here)

    def _send(self, here: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        """Through pinned memory on a stream of its own: a copy from ordinary memory waits for the GPU."""
        staging, sent = self._staging(here)
        sent.synchronize()
        for name, tensor in here.items():
            staging[name].copy_(tensor)
        assert self._stream is not None
        with torch.cuda.stream(self._stream):
            there = {name: tensor.to(self._device, non_blocking=True) for name, tensor in staging.items()}
            sent.record(self._stream)
        current = torch.cuda.current_stream(self._device)
        current.wait_event(sent)
        for tensor in there.values():
            tensor.record_stream(current)
        return there

    def _staging(self, like: dict[str, torch.Tensor]) -> tuple[dict[str, torch.Tensor], torch.cuda.Event]:
        if len(self._pinned) < 4:
            memory = {name: torch.empty_like(tensor, pin_memory=True) for name, tensor in like.items()}
            self._pinned.append((memory, torch.cuda.Event()))
            return self._pinned[-1]
        self._turn = (self._turn + 1) % len(self._pinned)
        return self._pinned[self._turn]

    def close(self) -> None:
        self._flow.close()


def to_latents(autoencoder: AutoencoderKL, pictures: torch.Tensor) -> torch.Tensor:
    """The posterior's mean (n x channels x side x side), not scaled."""
    moments = autoencoder.encoder(pictures)
    if autoencoder.quant_conv is not None:
        moments = autoencoder.quant_conv(moments)
    return moments.chunk(2, dim=1)[0]


def to_pictures(autoencoder: AutoencoderKL, latents: torch.Tensor) -> torch.Tensor:
    """Pictures (n x 3 x side x side) of latents that are not scaled."""
    if autoencoder.post_quant_conv is not None:
        latents = autoencoder.post_quant_conv(latents)
    return autoencoder.decoder(latents)


@torch.no_grad()
def encoded(autoencoder: AutoencoderKL, scenes: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The rows of a ring of `latents` for rows of a ring of `pictures`."""
    pixels = to_network(scenes["pixels"])
    with autocast(pixels.device):
        latent = to_latents(autoencoder, pixels)
    scaled = latent.float() * autoencoder.config["scaling_factor"]
    return {"latents": scaled.to(torch.bfloat16), "tokens": scenes["tokens"]}


@contextmanager
def autocast(device: torch.device):
    """bfloat16 where the device computes in it."""
    from engine.diffusion.devices import fast_dtype

    dtype = fast_dtype(device)
    with torch.autocast(device.type, torch.bfloat16, enabled=dtype == torch.bfloat16):
        yield


def seeded(generator: torch.Generator, seed: int, rank: int, phase: int, step: int) -> torch.Generator:
    """The same generator, at the numbers of this step: nothing of chance has to be saved with a run."""
    mixed = seed & (2**64 - 1)
    for value in (rank, phase, step):  # splitmix64, so that neighbours have nothing in common
        mixed = (mixed + 0x9E3779B97F4A7C15 * (value + 1)) & (2**64 - 1)
        mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & (2**64 - 1)
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & (2**64 - 1)
        mixed ^= mixed >> 31
    return generator.manual_seed(mixed % (2**63))


class Bank:
    """All that is trained on: a flow of scenes, the newest pictures, and their latents once there is a VAE.

    `steady` puts in exactly as many new scenes a step as asked for, and waits for them: exact to repeat.
    Otherwise new scenes come in as they are ready, at most as many, and the device never waits.
    """

    def __init__(
        self, flow: Flow, chunk: Chunk, device: torch.device, capacity: int, kept: int, steady: bool
    ) -> None:
        """`chunk` shows the shapes; `capacity` in latents, `kept` in pictures."""
        self.device, self.steady, self.capacity = device, steady, _whole(capacity, len(chunk.pixels))
        self.chunk = len(chunk.pixels)
        self.pictures = pictures(_whole(kept, self.chunk), device, chunk)
        self.latents: Ring | None = None
        self._feeder = Feeder(flow, device)
        self._autoencoder: AutoencoderKL | None = None
        self.encoded_from = 0
        """Number of the first scene whose latents were kept."""
        self._owed = 0.0

    @property
    def fed(self) -> int:
        """Scenes that were ever put in."""
        return self.pictures.count

    def start_at(self, fed: int, owed: float = 0.0) -> None:
        """The next scene to come has the number `fed`; before anything was put in. `owed`: see `facts`."""
        self.pictures.count, self._owed = fed, owed

    def facts(self) -> dict[str, Json]:
        """What has to be known to come to the same bank again; `owed` scenes wait for their chunk."""
        return {"fed": self.fed, "encoded_from": self.encoded_from, "owed": self._owed}

    def fill(self, first: int) -> Iterator[float]:
        """Put scenes in until number `first` is reached; yields the share that is done."""
        begin = self.fed
        while self.fed < first:
            self._take()
            yield min(1.0, (self.fed - begin) / (first - begin))

    def feed(self, scenes: float) -> None:
        """The new scenes of one training step."""
        self._owed = min(self._owed + scenes, 4 * self.chunk)
        while self._owed >= self.chunk and (self.steady or self._feeder.is_ready):
            self._owed -= self.chunk
            self._take()

    def _take(self) -> None:
        scenes = self._feeder.next()
        number = self.fed
        self.pictures.put(scenes)
        if self.latents is not None and self._autoencoder is not None and number >= self.encoded_from:
            self.latents.count = number  # also where this is the first of a resumed run
            self.latents.put(encoded(self._autoencoder, scenes))

    def encode_from(self, autoencoder: AutoencoderKL, number: int) -> None:
        """From scene `number` on latents are kept too."""
        self._autoencoder, self.encoded_from = autoencoder, number
        shape = self.pictures.rows["pixels"].shape
        side = shape[1] // 2 ** (len(autoencoder.config["block_out_channels"]) - 1)
        tokens = tuple(self.pictures.rows["tokens"].shape[1:])
        channels = autoencoder.config["latent_channels"]
        self.latents = latents(self.capacity, self.device, channels, side, tokens)

    def encode_all(self, autoencoder: AutoencoderKL) -> Iterator[float]:
        """From here on latents are kept too, beginning with those of the pictures at hand."""
        filled = min(self.pictures.filled, self.capacity)
        self.encode_from(autoencoder, self.fed - filled)
        assert self.latents is not None
        self.latents.count = self.encoded_from
        for done in range(0, filled, self.chunk):
            rows = torch.arange(self.latents.count, self.latents.count + self.chunk, device=self.device)
            rows = rows.remainder(self.pictures.capacity)
            scenes = {name: tensor[rows] for name, tensor in self.pictures.rows.items()}
            self.latents.put(encoded(autoencoder, scenes))
            yield (done + self.chunk) / filled

    def close(self) -> None:
        self._feeder.close()


def _whole(capacity: int, chunk: int) -> int:
    """Rings hold whole chunks, so that a chunk always lies in one piece."""
    return max(1, capacity // chunk) * chunk

"""What one rank of a run learns from: its bank, the held-out scenes, words that mean the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from engine.api.events import Event, Loading
from engine.api.form import Json
from engine.training import hardware
from engine.training.bank import Bank
from engine.training.checkpoints import read_facts, read_state, save_state
from engine.training.flow import Flow, SceneSource, empty_chunk
from engine.training.material import Material
from engine.training.ranks import Ranks
from engine.training.starter_plan import PHASES, Preset, StarterPlan
from engine.training.tokenizer import Captions
from engine.training.twins import PairWriter, Twins, make_twins

if TYPE_CHECKING:
    from diffusers import AutoencoderKL


@dataclass
class RunScenes:
    """Opened where processes may still be forked: before the device is touched. Close it."""

    plan: StarterPlan
    preset: Preset
    material: Material
    device: torch.device
    ranks: Ranks
    workers: int
    captions: Captions = field(init=False)
    bank: Bank = field(init=False)
    held_pixels: torch.Tensor = field(init=False)
    """n x side x side x 3, bytes."""
    held_tokens: torch.Tensor = field(init=False)
    """A caption of each, n x tokens."""
    _begun: int = field(init=False)
    """Number of the first scene of this call."""

    def __post_init__(self) -> None:
        self.captions = Captions.read(self.plan.work / "tokenizer", self.preset.sizes.tokens)
        source = self.material.scenes(self.captions, self.preset.sizes.side, self.plan.seed)
        self.bank = self._new_bank(source)
        try:
            self._pairs = self._pair_writer()
            hardware.prepare(self.device)
            self.held_pixels, self.held_tokens = self._draw_held_out(source)
        except BaseException:
            self.bank.close()
            raise

    def close(self) -> None:
        self._pairs.close()
        self.bank.close()

    def ids(self, text: str) -> torch.Tensor:
        """Token ids on the device."""
        return torch.from_numpy(self.captions.ids(text)).to(self.device)

    def _new_bank(self, source: SceneSource) -> Bank:
        preset, steady = self.preset, self.workers == 0
        start = self._begun = self._first_scene()
        stride = self.ranks.world
        flow = Flow(
            source,
            preset.chunk,
            self.workers,
            first=start // preset.chunk * stride + self.ranks.rank,
            stride=stride,
        )
        chunk = empty_chunk(source, preset.chunk)
        bank = Bank(flow, chunk, self.device, preset.capacity, preset.kept, steady)
        bank.start_at(start, float(str(self._facts().get("owed", 0.0))))
        return bank

    def _fed(self) -> int:
        """How many scenes the run had put in when its last state was saved."""
        return int(str(self._facts().get("fed", 0)))

    def _facts(self) -> Mapping[str, Json]:
        """Of the newest state."""
        kept = (read_facts(self.plan.state_of(phase)) for phase in reversed(PHASES))
        return next((facts for facts in kept if facts is not None), {})

    def _first_scene(self) -> int:
        """Where the flow begins: so early that the rings come to hold what they held."""
        fed = self._fed()
        if self.workers:  # drawn as fast as can be, never the same twice: only forwards
            return fed
        first = fed - self.preset.kept
        if (facts := self._facts()).get("phase") == "denoiser":
            first = min(first, max(int(str(facts["encoded_from"])), fed - self.preset.capacity))
        return max(0, first) // self.preset.chunk * self.preset.chunk

    def fill(self) -> Iterator[Event]:
        """What has to be in the bank before a step."""
        first = max(self.preset.first, self._fed())
        if self.workers:
            first = self._begun + self.preset.first  # of this call: a later phase finds them here
        for share in self.bank.fill(first):
            yield Loading("bank", share)

    def _draw_held_out(self, source: SceneSource) -> tuple[torch.Tensor, torch.Tensor]:
        chunk = empty_chunk(source, self.preset.held_out)
        for number in range(self.preset.held_out):
            self.material.draw_held_out(source, number, chunk.pixels[number], chunk.tokens[number])
        pixels, tokens = torch.from_numpy(chunk.pixels), torch.from_numpy(chunk.tokens[:, 0].copy())
        return pixels.to(self.device), tokens.to(self.device)

    def encode(self, autoencoder: AutoencoderKL) -> Iterator[Event]:
        """From here on the bank holds latents, those that a call before had too."""
        facts = read_facts(self.plan.state_of("denoiser"))
        if facts is not None and not self.workers:
            self.bank.encode_from(autoencoder, int(str(facts["encoded_from"])))
            yield from self.fill()
            return
        yield from self.fill()
        for share in self.bank.encode_all(autoencoder):
            yield Loading("latents", share)
        if self.workers:
            self._load_bank()

    def _pair_writer(self) -> PairWriter:
        most = self.preset.pairs
        aside = self.workers > 0 and not self._pairs_path.exists()
        return PairWriter(lambda: self.material.pairs(most), self.captions, most, aside)

    @property
    def _pairs_path(self) -> Path:
        return self.plan.work / "pairs.safetensors"

    def twins(self) -> Twins:
        """Made in the first call, kept for the others."""
        kept = read_state(self._pairs_path)
        rows = self._pairs.rows() if kept is None else kept.tensors["rows"].numpy()
        if kept is None and self.ranks.rank == 0:
            save_state(self._pairs_path, {"rows": torch.from_numpy(rows)}, {})
        return make_twins(rows, self.captions.end, self.device)

    def keep_latents(self) -> None:
        """For the next call, whose scenes are others."""
        latents = self.bank.latents
        assert latents is not None
        save_state(self.plan.work / "bank.safetensors", latents.by_age(), {"count": latents.count})

    def _load_bank(self) -> None:
        """The latents of the call before, older than those that were just drawn."""
        kept, latents = read_state(self.plan.work / "bank.safetensors"), self.bank.latents
        if kept is None or latents is None:
            return
        latents.put_before(kept.tensors)

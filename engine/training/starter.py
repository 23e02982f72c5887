"""The whole of the starter model from nothing: tokenizer, autoencoder, denoiser with text encoder, decoder.

One working folder holds everything that a call leaves for the next: `tokenizer/`, a state for each phase,
and the bank. The model itself is written to another folder at the end of every call.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from engine.api.errors import BadRequest, ModelNotFound
from engine.api.events import Event, Finished, Loading, Notice
from engine.api.form import Json
from engine.diffusion.devices import go_offline
from engine.families.clip_tokenizer import read_vocabulary
from engine.training import hardware
from engine.training.autoencoder import AutoencoderLearner, settle
from engine.training.bank import Bank, encoded
from engine.training.checkpoints import named, read_facts, read_state, save_state
from engine.training.denoiser import DenoiserLearner, Looks
from engine.training.ema import Network
from engine.training.export import export
from engine.training.flow import Flow, SceneSource, empty_chunk
from engine.training.material import Material
from engine.training.networks import (
    STARTER,
    TINY,
    Sizes,
    build_autoencoder,
    build_text_encoder,
    build_unet,
    parameters,
)
from engine.training.phase import Work, train
from engine.training.ranks import Alone, Ranks, Team
from engine.training.schedule import Pace
from engine.training.tokenizer import Captions, learn_vocabulary, save_tokenizer
from engine.training.twins import PairWriter, Twins, make_twins

if TYPE_CHECKING:
    from diffusers import AutoencoderKL

PHASES = ("autoencoder", "denoiser", "decoder")
COMPILE_S = 45.0
"""Set aside for each phase that is still to be compiled, when a call has to finish the run."""


@dataclass(frozen=True)
class Preset:
    """What depends on the machine. Batches, new scenes and capacities are for each rank."""

    sizes: Sizes
    autoencoder_batch: int
    denoiser_batch: int
    twin_batch: int
    chunk: int
    """Scenes that are drawn, carried and encoded together."""
    kept: int
    """Pictures in memory."""
    capacity: int
    """Latents in memory."""
    first: int
    """Scenes before the first step."""
    fresh: tuple[float, float, float]
    """New scenes a step, in each phase; where the flow is not steady, at most."""
    texts: int
    """Captions that the tokenizer is learnt from."""
    pairs: int
    held_out: int = 48
    crop: int = 0
    average: tuple[float, float] = (0.998, 0.998)
    """Decay of the average weights: autoencoder, denoiser."""
    matrix_rate: float = 0.01
    rate: float = 1e-3
    report_every_s: float = 5.0
    save_every_s: float = 120.0
    measure_every_s: float = 60.0
    reserve_s: float = 10.0
    """For what comes after training in a call: saving and writing the model."""


PRESETS = {
    "gpu": Preset(
        STARTER, autoencoder_batch=32, denoiser_batch=512, twin_batch=128, chunk=64, kept=40_960,
        capacity=393_216, first=4_096, fresh=(64.0, 32.0, 64.0), texts=40_000, pairs=120_000,
        reserve_s=30.0,
    ),
    "cpu": Preset(
        STARTER, autoencoder_batch=4, denoiser_batch=12, twin_batch=6, chunk=8, kept=1_024,
        capacity=8_192, first=512, fresh=(1.0, 3.0, 1.0), texts=30_000, pairs=20_000, held_out=24, crop=128,
        report_every_s=20.0, measure_every_s=300.0, rate=1.5e-3,
    ),
    "tiny": Preset(
        TINY, autoencoder_batch=8, denoiser_batch=16, twin_batch=4, chunk=8, kept=64, capacity=128, first=32,
        fresh=(1.0, 1.0, 1.0), texts=400, pairs=200, held_out=8, average=(0.9, 0.9), report_every_s=1.0,
        save_every_s=5.0, measure_every_s=20.0, reserve_s=2.0,
    ),
}  # fmt: skip


@dataclass(frozen=True)
class StarterPlan:
    """One call of the training of a starter model."""

    work: Path
    """Where it goes on from, if there is anything, and leaves off."""
    output: Path
    """The model's folder."""
    minutes: float = 80.0
    """Of training in all calls together; the rate falls towards their end."""
    budget_minutes: float | None = None
    """Of this call, loading, compiling and writing the model included; None: as long as it takes."""
    finishes: bool = False
    """The rest of the run is made as long as this call's budget allows, and ends in it."""
    preset: str = "auto"
    device: str = "auto"
    ranks: int = 0
    """Single-thread processes on a processor; 0: as many as there are cores, at most 16."""
    workers: int = -1
    """Processes that draw scenes; -1: two less than cores on a GPU, none on a processor."""
    seed: int = 0
    shares: tuple[float, float, float] = (0.27, 0.63, 0.10)
    """Of the minutes, for autoencoder, denoiser and decoder."""
    steps: tuple[int, int, int] | None = None
    """Counted steps in place of minutes: exact to repeat."""
    steps_a_call: int = 0
    """Leave off after so many steps of any phase, as if time were up; 0: never."""
    compiles: bool = True
    """Through torch.compile, on a GPU."""


def train_starter(plan: StarterPlan, load: Callable[[], Material]) -> Iterator[Event]:
    """Train as `plan` says on what `load` gives (in each process), and write the model.

    Raises `EngineError`s; closing the iterator cancels, and what was learnt since the last saved state is
    lost.
    """
    began = time.monotonic()
    device = _device(plan.device)
    preset = _preset(plan, device)
    cores = _cores()
    world = 1 if device.type != "cpu" else plan.ranks or min(16, cores)
    workers = plan.workers if plan.workers >= 0 else max(1, cores - 2) if device.type != "cpu" else 0
    plan.work.mkdir(parents=True, exist_ok=True)
    plan.output.mkdir(parents=True, exist_ok=True)
    go_offline()
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")  # its threads and our forks do not go together
    yield Loading("scenes")
    material = load()
    yield from _prepare_tokenizer(plan, preset, material)
    if world == 1:
        run = _Run(plan, preset, material, device, Alone(), workers, began)
        yield from run.events()
        return
    threads = torch.get_num_threads()
    with Team(world, _largest(preset), _train_beside, replace(plan), preset, load, began) as member:
        torch.set_num_threads(1)
        try:
            yield from _Run(plan, preset, material, device, member, 0, began).events()
        finally:
            torch.set_num_threads(threads)


def _train_beside(
    member: Ranks, plan: StarterPlan, preset: Preset, load: Callable[[], Material], began: float
) -> None:
    """What each other rank does: the same, unheard."""
    for _ in _Run(plan, preset, load(), torch.device("cpu"), member, 0, began).events():
        pass


def _device(name: str) -> torch.device:
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise BadRequest("device", f"{name!r} is none; say auto, cpu or cuda") from error
    if device.type == "cuda" and not torch.cuda.is_available():
        raise BadRequest("device", "there is no CUDA device here; say cpu")
    return device


def _preset(plan: StarterPlan, device: torch.device) -> Preset:
    name = plan.preset if plan.preset != "auto" else "gpu" if device.type == "cuda" else "cpu"
    if name not in PRESETS:
        raise BadRequest("preset", f"{name!r} is not known; there are {', '.join(PRESETS)}")
    return PRESETS[name]


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _largest(preset: Preset) -> int:
    """Trained numbers of the larger phase."""
    with torch.device("meta"):
        autoencoder = parameters(build_autoencoder(preset.sizes))
        text = parameters(build_text_encoder(preset.sizes, preset.sizes.words))
        return max(autoencoder, text + parameters(build_unet(preset.sizes)))


def _prepare_tokenizer(plan: StarterPlan, preset: Preset, material: Material) -> Iterator[Event]:
    folder = plan.work / "tokenizer"
    if (folder / "special_tokens_map.json").exists():  # the last of its files
        return
    yield Loading("tokenizer")
    vocabulary = learn_vocabulary(material.texts(preset.texts), preset.sizes.words)
    folder.mkdir(exist_ok=True)
    save_tokenizer(vocabulary, folder, preset.sizes.tokens)


@dataclass
class _Run:
    """The phases one after the other, on one rank."""

    plan: StarterPlan
    preset: Preset
    material: Material
    device: torch.device
    ranks: Ranks
    workers: int
    began: float
    bank: Bank = field(init=False)
    captions: Captions = field(init=False)
    pairs: PairWriter = field(init=False)

    def events(self) -> Iterator[Event]:
        self.captions = Captions.read(self.plan.work / "tokenizer", self.preset.sizes.tokens)
        source = self.material.scenes(self.captions, self.preset.sizes.side, self.plan.seed)
        # processes are forked here, before the device is touched
        self.bank = self._bank(source)
        self.pairs = self._pair_writer()
        with closing(self.bank), closing(self.pairs):
            hardware.prepare(self.device)
            self._held_pixels, self._held_tokens = self._held_out(source)
            yield from self._phases()

    def _phases(self) -> Generator[Event, None, None]:
        autoencoder = yield from self._autoencoder()
        learner = None
        if autoencoder is not None:
            learner, is_done = yield from self._denoiser(autoencoder)
            if is_done:
                yield from self._decoder(autoencoder)
            yield from self._export(autoencoder, learner)
        seconds = time.monotonic() - self.began
        yield Finished(0, seconds, {"done": learner is not None and self._is_done(2)})

    # what is trained on

    def _bank(self, source: SceneSource) -> Bank:
        preset, steady = self.preset, self.workers == 0
        start = self._first_scene()
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
        kept = (read_facts(self._state_of(phase)) for phase in reversed(PHASES))
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

    def _fill(self) -> Iterator[Event]:
        """What has to be in the bank before a step."""
        first = max(self.preset.first, self._fed())
        if self.workers:
            first = self._first_scene() + self.preset.first
        for share in self.bank.fill(first):
            yield Loading("bank", share)

    def _held_out(self, source: SceneSource) -> tuple[torch.Tensor, torch.Tensor]:
        chunk = empty_chunk(source, self.preset.held_out)
        for number in range(self.preset.held_out):
            self.material.draw_held_out(source, number, chunk.pixels[number], chunk.tokens[number])
        pixels, tokens = torch.from_numpy(chunk.pixels), torch.from_numpy(chunk.tokens[:, 0].copy())
        return pixels.to(self.device), tokens.to(self.device)

    # the phases

    def _autoencoder(self) -> Generator[Event, None, AutoencoderKL | None]:
        """The finished autoencoder, or None where time was up before."""
        torch.manual_seed(self.plan.seed)
        network = build_autoencoder(self.preset.sizes)
        path = self.plan.work / "vae.safetensors"
        if (settled := read_state(path)) is not None:
            network.load_state_dict(settled.part("network"))
            network.register_to_config(scaling_factor=float(str(settled.facts["scaling_factor"])))
            return self._placed(network).eval()
        yield from self._fill()
        learner = AutoencoderLearner(
            self._placed(network),
            self.bank,
            self._held_pixels,
            self._work(),
            batch=self.preset.autoencoder_batch,
            fresh=self.preset.fresh[0],
            crop=self.preset.crop,
            rate=self.preset.rate,
            matrix_rate=self.preset.matrix_rate,
            average_decay=self.preset.average[0],
        )
        pace = self._pace(0)
        yield from train(learner, pace, self._work(), self._state_of("autoencoder"))
        if not pace.is_done:
            return None
        network = learner.average.network
        figures = settle(network, self.bank)
        yield Notice("latents", "", {name: round(value, 4) for name, value in figures.items()})
        if self.ranks.rank == 0:
            save_state(
                path,
                named("network", network.state_dict()),
                {"scaling_factor": figures["scaling_factor"]},
            )
        self.ranks.agree(0.0)  # nobody goes on before it is on disk
        return network

    def _denoiser(self, autoencoder: AutoencoderKL) -> Generator[Event, None, tuple[DenoiserLearner, bool]]:
        if not self._is_done(1):
            yield from self._latents(autoencoder)
        learner = self._denoiser_learner(autoencoder)
        pace = self._pace(1)
        yield from train(learner, pace, self._work(), self._state_of("denoiser"))
        if self.workers and not pace.is_done:
            self._save_bank()
        return learner, pace.is_done

    def _latents(self, autoencoder: AutoencoderKL) -> Iterator[Event]:
        facts = read_facts(self._state_of("denoiser"))
        if facts is not None and not self.workers:
            self.bank.encode_from(autoencoder, int(str(facts["encoded_from"])))
            yield from self._fill()
            return
        yield from self._fill()
        for share in self.bank.encode_all(autoencoder):
            yield Loading("latents", share)
        if self.workers:
            self._load_bank()

    def _denoiser_learner(self, autoencoder: AutoencoderKL) -> DenoiserLearner:
        torch.manual_seed(self.plan.seed + 1)
        text = build_text_encoder(self.preset.sizes, len(self.captions.vocabulary.ids))
        unet = build_unet(self.preset.sizes)
        return DenoiserLearner(
            self._placed(text),
            self._placed(unet),
            self.bank,
            self._ids(""),
            self._looks(autoencoder),
            self._work(),
            batch=self.preset.denoiser_batch,
            fresh=self.preset.fresh[1],
            twins=self._twins(),
            twin_batch=self.preset.twin_batch,
            rate=self.preset.rate,
            matrix_rate=self.preset.matrix_rate,
            average_decay=self.preset.average[1],
        )

    def _pair_writer(self) -> PairWriter:
        most = self.preset.pairs
        aside = self.workers > 0 and not self._pairs_path.exists()
        return PairWriter(lambda: self.material.pairs(most), self.captions, most, aside)

    @property
    def _pairs_path(self) -> Path:
        return self.plan.work / "pairs.safetensors"

    def _twins(self) -> Twins:
        """Made in the first call, kept for the others."""
        kept = read_state(self._pairs_path)
        rows = self.pairs.rows() if kept is None else kept.tensors["rows"].numpy()
        if kept is None and self.ranks.rank == 0:
            save_state(self._pairs_path, {"rows": torch.from_numpy(rows)}, {})
        return make_twins(rows, self.captions.end, self.device)

    def _looks(self, autoencoder: AutoencoderKL) -> Looks:
        rows = {"pixels": self._held_pixels, "tokens": self._held_tokens}
        prompts = torch.stack([self._ids(prompt) for prompt in self.material.prompts])
        return Looks(autoencoder, prompts, encoded(autoencoder, rows)["latents"].float(), self._held_tokens)

    def _decoder(self, autoencoder: AutoencoderKL) -> Generator[Event, None, None]:
        """The latents stay as the denoiser learnt them; the decoder draws them sharper."""
        yield from self._fill()
        self.bank.latents = None
        learner = AutoencoderLearner(
            autoencoder,
            self.bank,
            self._held_pixels,
            self._work(),
            batch=self.preset.autoencoder_batch,
            fresh=self.preset.fresh[2],
            decoder_only=True,
            rate=self.preset.rate / 2,
            matrix_rate=self.preset.matrix_rate / 2,
            decay=0.7,
            average_decay=self.preset.average[0],
        )
        yield from train(learner, self._pace(2), self._work(), self._state_of("decoder"))
        autoencoder.load_state_dict(learner.average.network.state_dict())

    def _export(self, autoencoder: AutoencoderKL, learner: DenoiserLearner) -> Iterator[Event]:
        """Written at the end of every call, however far it came."""
        if self.ranks.rank:
            return
        yield Loading("export")
        export(
            self.plan.output,
            learner.text_encoder,
            learner.unet,
            autoencoder,
            read_vocabulary(self.plan.work / "tokenizer"),
            self.material.card,
            self.material.readme,
        )

    # small things

    def _placed(self, network: Network) -> Network:
        """On the device, in the order of memory that its convolutions like."""
        network.to(self.device)
        if self.device.type == "cuda":
            network.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
        return network

    def _ids(self, text: str) -> torch.Tensor:
        return torch.from_numpy(self.captions.ids(text)).to(self.device)

    def _state_of(self, phase: str) -> Path:
        return self.plan.work / f"{phase}.safetensors"

    def _work(self) -> Work:
        return Work(
            self.device,
            self.plan.seed,
            self.ranks,
            compiles=self.plan.compiles and self.device.type == "cuda",
            report_every_s=self.preset.report_every_s,
            save_every_s=self.preset.save_every_s,
            measure_every_s=self.preset.measure_every_s,
            steps_a_call=self.plan.steps_a_call,
        )

    def _pace(self, phase: int) -> Pace:
        if self.plan.steps is not None:
            return Pace(steps=self.plan.steps[phase], stop_at=self._deadline)
        pace = Pace(seconds=self._planned_s(phase), stop_at=self._deadline)
        if self.plan.finishes:  # each phase ends by its own length; a preview may take it a little further
            pace.fit = lambda: self._fitted_s(phase, pace)
            pace.stop_at += self.preset.reserve_s / 2
        return pace

    def _planned_s(self, phase: int) -> float:
        return 60 * self.plan.minutes * self.plan.shares[phase]

    @property
    def _deadline(self) -> float:
        """When training has to leave off, so that the call ends in its budget."""
        if self.plan.budget_minutes is None:
            return float("inf")
        return self.began + 60 * self.plan.budget_minutes - self.preset.reserve_s

    def _fitted_s(self, phase: int, pace: Pace) -> float:
        """The phase's length such that all that is left ends in the budget, in the planned proportions."""
        later = range(phase + 1, len(PHASES))
        compiling = COMPILE_S * len(later) if self._work().compiles else 0.0
        available = max(1.0, self._deadline - time.monotonic() - compiling)
        own = max(1.0, self._planned_s(phase) - pace.done_seconds)
        rest = own + sum(self._planned_s(other) for other in later)
        return pace.done_seconds + own * available / rest

    def _is_done(self, phase: int) -> bool:
        facts = read_facts(self._state_of(PHASES[phase]))
        return facts is not None and bool(facts.get("done"))

    def _save_bank(self) -> None:
        latents = self.bank.latents
        assert latents is not None
        save_state(self.plan.work / "bank.safetensors", latents.by_age(), {"count": latents.count})

    def _load_bank(self) -> None:
        """The latents of the call before, older than those that were just drawn."""
        kept, latents = read_state(self.plan.work / "bank.safetensors"), self.bank.latents
        if kept is None or latents is None:
            return
        latents.put_before(kept.tensors)


def require(path: Path) -> Path:
    """`path`, which must be a file; raises `ModelNotFound`."""
    if not path.is_file():
        raise ModelNotFound(f"{path} is no file. Make it with `lienzo train data`.", path=str(path))
    return path


__all__ = ["PRESETS", "Preset", "StarterPlan", "train_starter"]

"""One rank's way through a call: autoencoder, denoiser and text encoder, decoder, the model's folder."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch

from engine.api.events import Event, Finished, Loading, Notice
from engine.tokenizers.clip import read_vocabulary
from engine.training.autoencoder import AutoencoderLearner, settle
from engine.training.bank import encoded
from engine.training.checkpoints import named, read_facts, read_state, save_state
from engine.training.denoiser import DenoiserLearner, Looks
from engine.training.ema import Network
from engine.training.export import export
from engine.training.material import Material
from engine.training.networks import build_autoencoder, build_text_encoder, build_unet
from engine.training.phase import Work, train
from engine.training.ranks import Ranks
from engine.training.starter_plan import PHASES, Preset, StarterPlan
from engine.training.starter_scenes import RunScenes
from engine.training.starter_times import Times

if TYPE_CHECKING:
    from diffusers import AutoencoderKL


@dataclass
class Run:
    """The phases one after the other."""

    plan: StarterPlan
    preset: Preset
    material: Material
    device: torch.device
    ranks: Ranks
    workers: int
    began: float
    scenes: RunScenes = field(init=False)

    def events(self) -> Iterator[Event]:
        self.scenes = RunScenes(self.plan, self.preset, self.material, self.device, self.ranks, self.workers)
        with closing(self.scenes):
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

    def _autoencoder(self) -> Generator[Event, None, AutoencoderKL | None]:
        """The finished autoencoder, or None where time was up before."""
        torch.manual_seed(self.plan.seed)
        network = build_autoencoder(self.preset.sizes)
        path = self.plan.work / "vae.safetensors"
        if (settled := read_state(path)) is not None:
            network.load_state_dict(settled.part("network"))
            network.register_to_config(scaling_factor=float(str(settled.facts["scaling_factor"])))
            return self._placed(network).eval()
        yield from self.scenes.fill()
        learner = AutoencoderLearner(
            self._placed(network),
            self.scenes.bank,
            self.scenes.held_pixels,
            self._work(),
            batch=self.preset.autoencoder_batch,
            fresh=self.preset.fresh[0],
            crop=self.preset.crop,
            rate=self.preset.rate,
            matrix_rate=self.preset.matrix_rate,
            average_decay=self.preset.average[0],
        )
        pace = self._times.pace(0)
        yield from train(learner, pace, self._work(), self.plan.state_of("autoencoder"))
        if not pace.is_done:
            return None
        network = learner.average.network
        figures = settle(network, self.scenes.bank)
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
            yield from self.scenes.encode(autoencoder)
        learner = self._denoiser_learner(autoencoder)
        pace = self._times.pace(1)
        yield from train(learner, pace, self._work(), self.plan.state_of("denoiser"))
        if self.workers and not pace.is_done:
            self.scenes.keep_latents()
        return learner, pace.is_done

    def _denoiser_learner(self, autoencoder: AutoencoderKL) -> DenoiserLearner:
        torch.manual_seed(self.plan.seed + 1)
        text = build_text_encoder(self.preset.sizes, len(self.scenes.captions.vocabulary.ids))
        unet = build_unet(self.preset.sizes)
        return DenoiserLearner(
            self._placed(text),
            self._placed(unet),
            self.scenes.bank,
            self.scenes.ids(""),
            self._looks(autoencoder),
            self._work(),
            batch=self.preset.denoiser_batch,
            fresh=self.preset.fresh[1],
            twins=self.scenes.twins(),
            twin_batch=self.preset.twin_batch,
            rate=self.preset.rate,
            matrix_rate=self.preset.matrix_rate,
            average_decay=self.preset.average[1],
        )

    def _looks(self, autoencoder: AutoencoderKL) -> Looks:
        rows = {"pixels": self.scenes.held_pixels, "tokens": self.scenes.held_tokens}
        prompts = torch.stack([self.scenes.ids(prompt) for prompt in self.material.prompts])
        return Looks(
            autoencoder, prompts, encoded(autoencoder, rows)["latents"].float(), self.scenes.held_tokens
        )

    def _decoder(self, autoencoder: AutoencoderKL) -> Generator[Event, None, None]:
        """The latents stay as the denoiser learnt them; the decoder draws them sharper."""
        yield from self.scenes.fill()
        self.scenes.bank.latents = None
        learner = AutoencoderLearner(
            autoencoder,
            self.scenes.bank,
            self.scenes.held_pixels,
            self._work(),
            batch=self.preset.autoencoder_batch,
            fresh=self.preset.fresh[2],
            decoder_only=True,
            rate=self.preset.rate / 2,
            matrix_rate=self.preset.matrix_rate / 2,
            decay=0.7,
            average_decay=self.preset.average[0],
        )
        yield from train(learner, self._times.pace(2), self._work(), self.plan.state_of("decoder"))
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

    def _placed(self, network: Network) -> Network:
        """On the device, in the order of memory that its convolutions like."""
        network.to(self.device)
        if self.device.type == "cuda":
            network.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
        return network

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

    def _is_done(self, phase: int) -> bool:
        facts = read_facts(self.plan.state_of(PHASES[phase]))
        return facts is not None and bool(facts.get("done"))

    @property
    def _times(self) -> Times:
        return Times(self.plan, self.preset, self.began, self._work().compiles)

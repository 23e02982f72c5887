"""A family whose pipelines are diffusers' own, told by data: what its folder names, and what it can do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from engine.api.errors import UnsupportedModel
from engine.api.form import Json
from engine.api.model_info import Defaults, Layout, ModelInfo
from engine.api.references import AdapterNetwork
from engine.api.text import clean_text
from engine.checkpoints.checkpoint import Checkpoint, describe_part
from engine.diffusion.latents.packing import AS_THEY_ARE, Packing
from engine.diffusion.latents.space import LatentSpace
from engine.diffusion.latents.without_vae import PixelSpace
from engine.families.capabilities import capabilities, cell_px, takes_words
from engine.families.family import CheckNetwork, Reads
from engine.families.guided_by import as_told, guiders_for
from engine.families.guiders import guiders_of
from engine.families.kinds import Kind, Refiner
from engine.families.loaded_model import LoadedModel, RunsFirstStage, RunsLastStage, SeesBeside
from engine.families.noise import DIFFUSION, FLOW, Noise
from engine.families.same_networks import DISTILLED
from engine.families.stages import FIRST_SCHEDULER, PREFIX, schedule_of_first
from engine.families.traits import Traits
from engine.families.words import Reader
from engine.networks.class_networks import check_config, class_of, load_part, load_tokenizer, newer_name
from engine.networks.controls import ControlBase, base_of_transformer, base_of_unet, base_of_worn
from engine.networks.original.single_file import SingleFile

if TYPE_CHECKING:
    import torch

STEPS = "sample_sigmas"
OPTIONS = (DISTILLED, "force_zeros_for_empty_prompt", "text_encoder_select_layers", "noise_scale", STEPS)
"""Fields of a folder's index that its pipeline is told: yes or no, a few layers' numbers, a factor, how much
noise there is at each step."""


@dataclass(frozen=True)
class PipelineFamily:
    """Implements `Family`; each file of this folder that uses it says one."""

    id: str
    title: str
    kinds: Mapping[str, Kind]
    """By the `_class_name` of `model_index.json`."""
    denoiser: str = "transformer"
    text: tuple[str, ...] = ("text_encoder",)
    """Parts with text encoders, in the order in which the pipeline has them; a folder may lack some."""
    tokenizers: tuple[str, ...] = ("tokenizer",)
    reader: Reader | None = None
    prompt_tokens: int | None = None
    is_flow: bool = True
    noise: Noise | None = None
    """Where its networks learnt another noise than those of a flow, or of diffusion as it began."""
    cells: int = 2
    """Sides of a picture are multiples of so many latent cells."""
    least_multiple: int = 8
    """Sides of a picture are multiples of it, whatever its cells are."""
    packing: Packing = AS_THEY_ARE
    space: type[LatentSpace] | None = None
    """Where its pipeline's latents lie, where the autoencoder's class and configuration do not tell it."""
    is_whole: bool = False
    """True where it cannot be run without every text encoder: some makers leave one to be got elsewhere."""
    traits: Traits = field(default_factory=Traits)
    guidance_rescale: bool = False
    adapters: bool = False
    """True where the denoiser is a UNet that IP-Adapters can be put into, and that ControlNets know."""
    follows_maps: bool = False
    """True where that UNet is one that ControlNets know, and takes no adapters."""
    ip_adapters: AdapterNetwork | None = None
    """Which IP-Adapters can be put into a denoiser of another kind."""
    control: str | None = None
    """The class of the ControlNets that stand beside a transformer."""
    fixed_size: bool = False
    needs_reference: bool = False
    """True where it draws after a picture and cannot do without one."""
    refines: bool = True
    """Whether it can draw a large picture tile by tile."""
    refiner: Refiner | None = None
    """What does so in place of its own pipelines."""
    regions: bool = True
    """Whether several sentences can be followed at once."""
    version: str = ""
    learns_words: bool = True
    """False where its pipeline cuts what it reads from its gradients."""
    lora_targets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    classes: Callable[[Checkpoint], dict[int, str]] | None = None
    """Number to name of what it can draw, where a class stands for the prompt."""
    finish: Callable[[dict[str, Any]], dict[str, Any]] = lambda call: call
    """Changes the pipeline's whole call before it is made."""
    refine: Callable[[Kind, Checkpoint], Kind] = lambda kind, checkpoint: kind
    """The kind as its configurations say more exactly."""
    first_stage: RunsFirstStage | None = None
    """Makes of the words what its pipeline is told in their place."""
    schedule: str = "scheduler"
    """The part that tells the denoiser's noise."""
    later: tuple[str, ...] = ()
    """Parts with networks that work when the denoiser has done; a folder may lack some."""
    later_schedules: Mapping[str, Callable[[Mapping[str, Json]], dict[str, Json]]] = field(
        default_factory=dict
    )
    """Their schedules: part to what is read of it."""
    last_stage: RunsLastStage | None = None
    """Makes the picture with those."""
    beside: SeesBeside | None = None
    """What is kept of a picture as a whole beside its latents, where `packing` has a place for it."""
    processors: Callable[[Mapping[str, Any]], dict[str, Any]] | None = None
    """From the tokenizers to further parts that the pipelines read words with."""
    single: SingleFile | None = None
    """How its models are put together from files; None where it has diffusers folders only."""

    @property
    def reads_learnt_words(self) -> bool:
        """True where its plain models do."""
        known = {"tokenizer", "processor", f"{PREFIX}tokenizer"}
        return takes_words(self.reader) and not known.isdisjoint(self.tokenizers)

    def built_in(self) -> tuple[ModelInfo, ...]:
        return ()

    def recognise(self, checkpoint: Checkpoint) -> ModelInfo | None:
        kind = self._kind(checkpoint)
        if kind is None:
            return None
        needs_all = kind.runner is not None or self.is_whole or checkpoint.is_modular
        if needs_all and checkpoint.layout is not Layout.SINGLE_FILE:  # of files it was asked before
            self._refuse_scattered(checkpoint)
        parts = [part for part in self._parts if part in checkpoint.weights]
        if self.denoiser not in parts:
            raise UnsupportedModel(
                f"{checkpoint.path.name} has no {self.denoiser}. "
                "Parts of the model are missing; get it again.",
                path=str(checkpoint.path),
            )
        guiders_of(checkpoint)  # which refuses what is out of range
        for part in parts:
            check_config(checkpoint.configs[part], part)
        described = tuple(
            describe_part(
                part,
                class_of(checkpoint, part)[1],
                {name: tensor for file in checkpoint.weights[part] for name, tensor in file.tensors.items()},
            )
            for part in parts
        )
        name = clean_text(
            checkpoint.path.stem if checkpoint.layout is Layout.SINGLE_FILE else checkpoint.path.name
        )
        cell = cell_px(checkpoint, kind)
        side = self._side(kind, checkpoint, cell)
        return ModelInfo(
            name=name,
            title=name,
            family=self.id,
            version=self.version or self.title,
            variant=kind.variant,
            layout=checkpoint.layout,
            path=checkpoint.path,
            parts=described,
            bytes=checkpoint.bytes,
            licence=checkpoint.licence,
            prediction_type=self.own_noise.title,
            capabilities=capabilities(self, kind, cell, side, checkpoint),
            defaults=Defaults(side, side, kind.sampling),
        )

    @property
    def _parts(self) -> tuple[str, ...]:
        return (self.denoiser, "vae", *self.text, *self.later)

    def _refuse_scattered(self, checkpoint: Checkpoint) -> None:
        """A folder may name parts that lie elsewhere, on the net, or leave them out: none is fetched."""
        index = checkpoint.configs["model_index"]
        needed = (self.denoiser, "vae", "scheduler", *self.text, *self.tokenizers)
        missing = [part for part in needed if index.get(part) in (None, [None, None])]
        if missing:
            raise UnsupportedModel(
                f"{checkpoint.path.name} is {self.title} without all its parts: its folder lacks "
                f"{', '.join(missing)}, which have to be got elsewhere. Put them into the folder, each in "
                "one of its own by that name, and name them in its index.",
                path=str(checkpoint.path),
            )

    def layers(self, checkpoint: Checkpoint, part: str) -> dict[str, tuple[int, ...]]:
        names = {
            name: tensor.shape
            for file in checkpoint.weights.get(part, ())
            for name, tensor in file.tensors.items()
            if name.endswith(".weight") and len(tensor.shape) > 1
        }
        if not names:
            return {}
        kind = class_of(checkpoint, part)[1]
        return {newer_name(kind, name).removesuffix(".weight"): shape for name, shape in names.items()}

    def control_base(self, checkpoint: Checkpoint) -> ControlBase | None:
        kind = self._kind(checkpoint)
        if kind is None or "vae" not in checkpoint.configs:
            return None
        if not self.follows(kind):
            return base_of_worn(checkpoint.configs[self.denoiser]) if self.takes_unet_adapters else None
        if self.control is not None:
            return base_of_transformer(self.control, checkpoint.configs[self.denoiser])
        return base_of_unet(checkpoint.configs[self.denoiser], checkpoint.configs["vae"])

    def follows(self, kind: Kind) -> bool:
        """A UNet does whatever it is given beside the latents; a transformer where that is nothing."""
        return (
            self.adapters or self.follows_maps or (self.control is not None and kind.reads is Reads.LATENTS)
        )

    def takes_adapters(self, kind: Kind) -> bool:
        """One that reads pictures by itself needs none."""
        return self.ip_adapters is not None and not kind.references

    @property
    def takes_unet_adapters(self) -> bool:
        """True where style and composition, and places, are told apart."""
        return self.adapters or self.ip_adapters is AdapterNetwork.UNET

    def load(
        self,
        info: ModelInfo,
        checkpoint: Checkpoint,
        dtype: torch.dtype,
        device: torch.device,
        part_sha256: Mapping[str, str],
        check: CheckNetwork,
    ) -> LoadedModel:
        kind = self._kind(checkpoint)
        if kind is None:
            raise UnsupportedModel(
                f"{checkpoint.path.name} is no {self.title} model any more. Look at the models again."
            )

        def network(part: str) -> Any:
            loaded = load_part(checkpoint, part, dtype, device)
            check(part, loaded)
            return loaded

        denoiser = network(self.denoiser)
        vae = network("vae") if "vae" in checkpoint.weights else None
        text = [part for part in self.text if part in checkpoint.weights]
        later = [part for part in self.later if part in checkpoint.weights]
        index = checkpoint.configs["model_index"]
        tokenizers = {
            part: load_tokenizer(checkpoint, part)
            for part in self.tokenizers
            if isinstance(index.get(part), list) and index[part] != [None, None]
        }
        return LoadedModel(
            info,
            kind,
            denoiser=(self.denoiser, denoiser),
            vae=vae,
            tokenizers=tokenizers if self.processors is None else {
                **tokenizers, **self.processors(tokenizers),
            },
            load_text={part: (lambda part=part: network(part)) for part in text},
            configs={
                **{part: checkpoint.configs[part] for part in (self.denoiser, "vae", *text, *later)
                   if part in checkpoint.configs},
                "scheduler": self._scheduler(checkpoint),
                **{part: schedule_of_first(config) for part, config in checkpoint.configs.items()
                   if part == FIRST_SCHEDULER and part != self.schedule},
                **{part: read(checkpoint.configs[part]) for part, read in self.later_schedules.items()
                   if part in checkpoint.configs},
            },
            dtype=dtype,
            device=device,
            part_sha256=part_sha256,
            traits=self.traits,
            lora_targets=self.lora_targets,
            space=self._space(kind, vae, denoiser),
            packing=self.packing,
            options={
                **{name: index[name] for name in OPTIONS if is_option(index.get(name))},
                **guiders_of(checkpoint),
            },
            finish=self.finish,
            first_stage=self.first_stage,
            last_stage=self.last_stage if later else None,
            refiner=self.refiner,
            seen_beside=self.beside,
            load_later={part: (lambda part=part: network(part)) for part in later},
        )  # fmt: skip

    def reader_of(self, checkpoint: Checkpoint) -> Reader | None:
        """What reads words for the model of `checkpoint`."""
        kind = self._kind(checkpoint)
        return self.reader if kind is None else kind.reader

    def _kind(self, checkpoint: Checkpoint) -> Kind | None:
        if "model_index" not in checkpoint.configs:
            return None
        kind = self.kinds.get(str(checkpoint.configs["model_index"].get("_class_name")))
        if kind is None:
            return None
        refined = self.refine(kind, checkpoint)
        sampling = refined.sampling
        if guiders_for(self.traits, refined):
            sampling = as_told(sampling, checkpoint)
        return replace(refined, reader=refined.reader or self.reader, sampling=sampling)

    @property
    def own_noise(self) -> Noise:
        return self.noise or (FLOW if self.is_flow else DIFFUSION)

    def _scheduler(self, checkpoint: Checkpoint) -> dict[str, Json]:
        known = self.own_noise.config(checkpoint.configs.get(self.schedule, {}))
        # numbers that stand for pixels are cut to their range at every step, as they were in training
        is_cut = self.own_noise is DIFFUSION and "vae" not in checkpoint.configs
        # and where their makers say nothing of it, their steps begin at 0, as diffusers has it
        return {"steps_offset": 0, **known, "in_pixels": True} if is_cut else known

    def _space(self, kind: Kind, vae: Any, denoiser: Any) -> LatentSpace | None:
        if self.space is not None:
            return self.space(denoiser if vae is None else vae)
        return PixelSpace(denoiser.config.in_channels, denoiser, kind.cell) if vae is None else None

    def _side(self, kind: Kind, checkpoint: Checkpoint, cell: int) -> int:
        """Of the pictures that it draws best."""
        size = checkpoint.configs[self.denoiser].get("sample_size")
        told = size * cell if type(size) is int else kind.side
        multiple = self.cells * cell
        return max(multiple, min(2048, told) // multiple * multiple)


def is_option(value: Json) -> bool:
    """True of what such a field may say."""
    if isinstance(value, list):
        numbers = [one for one in value if isinstance(one, (int, float)) and not isinstance(one, bool)]
        return len(value) == len(numbers) <= 100 and all(0 <= one < 1000 for one in numbers)
    return isinstance(value, bool) or (isinstance(value, (int, float)) and 0 < value <= 100)

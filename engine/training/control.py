"""ControlNets: pictures that follow a map (what is where, how far, its lines) besides the words.

The model stays as it is; a second, smaller encoder beside its own learns to add to what that one hands on
(https://arxiv.org/abs/2302.05543). Stock `StableDiffusionControlNetPipeline`s run what comes out.

The map may be a picture that the words say how to change (`MapKind.INSTRUCTION`), as InstructPix2Pix
(https://arxiv.org/abs/2211.09800) does with a network of its own: then the encoder reads the words as well,
and without words nothing changes, so that guidance strengthens just the change.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np
import torch
from diffusers import ControlNetModel, ModelMixin, UNet2DConditionModel
from numpy.typing import NDArray

from engine.api.errors import UnsupportedModel
from engine.api.events import Event, Finished
from engine.api.form import Json
from engine.api.maps import MapKind
from engine.training.blocks import Block, Blocks
from engine.training.examples import Examples, Tensors
from engine.training.fine_tuning import LEAST_MINUTES, Facts, fine_tune, repeatable, warm_up
from engine.training.frozen import Frozen, to_pixels, to_unit
from engine.training.hardware import put_on
from engine.training.network_folder import save_json, save_network
from engine.training.networks import parameters
from engine.training.noise import spread_timesteps
from engine.training.noising import sample, weighted_loss
from engine.training.plan import Plan

MOST_BYTES = 20_000_000
"""In 16 bits; a larger one goes without the layers that read the words, which the model itself reads too."""
MAP_WIDTHS = (16, 32, 64, 96, 128)
"""Channels of the small network that brings a map down to the size of the latents."""
WORDLESS = 0.3
"""Share of examples without words: from the map alone it must do what it can."""
PREVIEWS = 3
PREVIEW_STEPS = 8


def controlnet_for(
    unet: UNet2DConditionModel, factor: int, most_bytes: int = MOST_BYTES, must_read: bool = False
) -> ControlNetModel:
    """A ControlNet that begins as the encoder of `unet` and adds nothing yet.

    `factor`: pixels along the side of a latent cell. `must_read`: where it would be larger than `most_bytes`
    only its middle goes without the words. `ControlNetModel.from_unet` is not used: it leaves out
    how many heads pool the words, and its map network is made for pictures of 512 pixels.
    """
    full = _made(_config(unet, factor))
    network = full if 2 * parameters(full) <= most_bytes else _smaller(unet, factor, must_read)
    known = unet.state_dict()
    taken = {
        name: known[name].float()
        for name, weight in network.state_dict().items()
        if name in known and known[name].shape == weight.shape
    }
    network.load_state_dict(taken, strict=False)
    return network


def controlnet_from(
    folder: Path, unet: UNet2DConditionModel, factor: int, must_read: bool = False
) -> ControlNetModel:
    """The ControlNet in `folder`, to learn another map or more of the same one.

    `must_read`: one without words gets what reads them, which adds nothing yet.
    Raises `UnsupportedModel` where there is none, or one for another network than `unet`.
    """
    try:
        # the class would load as well what is none
        told = cast(dict[str, object], ControlNetModel.load_config(folder))
        if told.get("_class_name") != ControlNetModel.__name__:
            raise ValueError(f"its config.json is of {told.get('_class_name')}")
        network = cast(ControlNetModel, ControlNetModel.from_pretrained(folder, dtype=torch.float32))
    except (OSError, ValueError, KeyError, TypeError, RuntimeError) as error:
        cause = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise UnsupportedModel(
            f"{folder} holds no ControlNet to begin from ({cause}). "
            "Choose the folder of one, or leave out --from.",
            path=str(folder),
        ) from None
    wanted = _config(unet, factor)
    blocks = ("down_block_types", "mid_block_type")  # it may have gone without the words
    other = [
        name for name in wanted if name not in blocks and _plain(network.config[name]) != _plain(wanted[name])
    ]
    if other:
        raise UnsupportedModel(
            f"{folder} is a ControlNet for another model ({other[0]} is {network.config[other[0]]}, "
            f"not {wanted[other[0]]}). Begin from one that was trained for this model.",
            path=str(folder),
        )
    known = {name: value for name, value in network.config.items() if not name.startswith("_")}
    fresh = _made(known)  # without the folder's name, which would go into what is exported
    fresh.load_state_dict(network.state_dict())
    return fresh if not must_read or reads_words(fresh) else _reading(fresh, unet, factor)


def reads_words(network: torch.nn.Module) -> bool:
    """True where some layer of it looks at the prompt's tokens."""
    return any("attn2" in name for name, _ in network.named_parameters())


def _reading(wordless: ControlNetModel, unet: UNet2DConditionModel, factor: int) -> ControlNetModel:
    """`wordless` with the layers of `unet` that read the words, silent until they have learnt what to add."""
    network = controlnet_for(unet, factor, most_bytes=0, must_read=True)
    known = wordless.state_dict()
    for name, weight in network.state_dict().items():
        if name in known:
            weight.copy_(known[name])
        elif ".proj_out." in name:
            weight.zero_()
    return network


def _plain(value: object) -> object:
    """JSON knows no tuples."""
    return list(value) if isinstance(value, tuple) else value


def _made(config: dict[str, object]) -> ControlNetModel:
    return cast(ControlNetModel, ControlNetModel.from_config(config)).float()


def _config(unet: UNet2DConditionModel, factor: int) -> dict[str, object]:
    shared = (
        "in_channels", "flip_sin_to_cos", "freq_shift", "down_block_types", "only_cross_attention",
        "block_out_channels", "layers_per_block", "downsample_padding", "mid_block_scale_factor", "act_fn",
        "norm_num_groups", "norm_eps", "cross_attention_dim", "transformer_layers_per_block",
        "encoder_hid_dim", "encoder_hid_dim_type", "attention_head_dim", "num_attention_heads",
        "use_linear_projection", "class_embed_type", "addition_embed_type", "addition_time_embed_dim",
        "num_class_embeds", "upcast_attention", "resnet_time_scale_shift",
        "projection_class_embeddings_input_dim", "mid_block_type", "addition_embed_type_num_heads",
    )  # fmt: skip
    config = {name: unet.config[name] for name in shared}
    config["conditioning_embedding_out_channels"] = MAP_WIDTHS[: factor.bit_length()]
    return config


def _smaller(unet: UNet2DConditionModel, factor: int, must_read: bool) -> ControlNetModel:
    """Without words, or with them everywhere but in the middle."""
    config = _config(unet, factor)
    if not must_read:
        config["down_block_types"] = ("DownBlock2D",) * len(unet.config["block_out_channels"])
    config["mid_block_type"] = "UNetMidBlock2D"
    return _made(config)


class Steered:
    """A model with a ControlNet beside it; compiled once, whichever map it learns next."""

    def __init__(
        self, frozen: Frozen, dtype: torch.dtype, beginning: Path | None = None, must_read: bool = False
    ) -> None:
        """`beginning`: the folder of a ControlNet; without one it begins as a copy of the model's encoder.

        `must_read`: it needs the words.
        """
        self.frozen, self.dtype = frozen, dtype
        self.network: torch.nn.Module = (
            controlnet_for(frozen.unet, frozen.factor, must_read=must_read)
            if beginning is None
            else controlnet_from(beginning, frozen.unet, frozen.factor, must_read)
        )
        self._first = {name: weight.clone() for name, weight in self.network.state_dict().items()}
        put_on(self.network, frozen.device)
        self.network.train()
        self.predict = self.plain
        self._compiled: Callable[..., torch.Tensor] | None = None

    def forget(self) -> None:
        """Back to the beginning, for another map."""
        self.network.load_state_dict(self._first)

    def compile(self, is_wanted: bool) -> None:
        if is_wanted and self._compiled is None:
            self._compiled = torch.compile(self.plain)
        self.predict = self._compiled if is_wanted and self._compiled is not None else self.plain

    def plain(
        self, noisy: torch.Tensor, steps: torch.Tensor, words: torch.Tensor, hint: torch.Tensor
    ) -> torch.Tensor:
        return self.with_network(self.network, noisy, steps, words, hint)

    def with_network(
        self, network: torch.nn.Module, noisy: torch.Tensor, steps: torch.Tensor,
        words: torch.Tensor, hint: torch.Tensor,
    ) -> torch.Tensor:  # fmt: skip
        """What the model says of `noisy` latents (n x c x h x w) with `network` beside it.

        `hint`: the map, n x 3 x H x W in 0 to 1.
        """
        with torch.autocast(self.frozen.device.type, self.dtype, enabled=self.dtype != torch.float32):
            down, middle = network(
                noisy, steps, encoder_hidden_states=words, controlnet_cond=hint, return_dict=False
            )
            return self.frozen.unet(
                noisy, steps, encoder_hidden_states=words, down_block_additional_residuals=down,
                mid_block_additional_residual=middle, return_dict=False,
            )[0]  # fmt: skip


class ControlTask:
    """Learning to follow one kind of map."""

    ends: tuple[str, ...] = ("conv_in", "embedding", "controlnet_down_blocks", "controlnet_mid_block")

    def __init__(self, kind: str, steered: Steered, folder: Path) -> None:
        self.kind, self.name, self.folder = kind, f"control {kind}", folder
        self.is_instruction = kind == MapKind.INSTRUCTION
        self._steered, self._frozen, self.network = steered, steered.frozen, steered.network
        self._empty = self._frozen.ids([""])
        self._shown: Tensors = {}

    def take(self, block: Block) -> Tensors:
        """`latents`, `ids` (n x sentences x tokens) and all maps, as bytes; for an instruction `picture`."""
        frozen = self._frozen
        rows: dict[str, torch.Tensor] = {
            name: torch.from_numpy(array).to(frozen.device)
            for name, array in block.arrays.items()
            if self.is_instruction or name != "picture"
        }
        rows["latents"] = frozen.encode(to_unit(block.arrays["picture"], frozen.device))
        several = len(block.captions[0])
        ids = frozen.ids([caption for captions in block.captions for caption in captions])
        rows["ids"] = ids.view(len(block), several, -1).to(frozen.device)
        return rows

    def loss(self, rows: Tensors, generator: torch.Generator) -> torch.Tensor:
        clean = rows["latents"].float()
        self._shown = self._shown or {name: rows[name][:PREVIEWS].clone() for name in ("ids", self.kind)}
        noise = torch.randn(clean.shape, device=clean.device, generator=generator)
        steps = spread_timesteps(len(clean), generator)
        ids, is_silent = drawn_ids(rows["ids"], self._empty, WORDLESS, generator)
        words = self._frozen.embed(ids)
        noisy = self._frozen.noising.noisy(clean, noise, steps)
        dtype = self._frozen.unet.dtype
        hint = self._hint(rows[self.kind])
        if self.is_instruction:  # where nothing is said nothing changes
            hint = torch.where(is_silent.view(-1, 1, 1, 1), self._hint(rows["picture"]), hint)
        predicted = self._steered.predict(noisy.to(dtype), steps, words.to(dtype), hint.to(dtype))
        return weighted_loss(self._frozen.noising, predicted, clean, noise, steps)

    def compile(self, is_wanted: bool) -> None:
        self._steered.compile(is_wanted)

    @torch.no_grad()
    def preview(self, network: torch.nn.Module) -> NDArray[np.uint8] | None:
        """The map above what is drawn from it."""
        if not self._shown:
            return None
        frozen, hint = self._frozen, self._hint(self._shown[self.kind])
        words, dtype = frozen.embed(self._shown["ids"][:, 0]), frozen.unet.dtype
        noise = torch.randn(
            (len(hint), frozen.channels, frozen.side // frozen.factor, frozen.side // frozen.factor)
        )

        def predict(noisy: torch.Tensor, steps: torch.Tensor) -> torch.Tensor:
            return self._steered.with_network(
                network, noisy.to(dtype), steps, words.to(dtype), hint.to(dtype)
            )

        pictures = frozen.decode(sample(frozen.noising, predict, noise.to(frozen.device), PREVIEW_STEPS))
        return side_by_side(to_pixels(hint * 2 - 1), to_pixels(pictures))

    def export(self, network: torch.nn.Module, facts: Facts) -> None:
        assert isinstance(network, ModelMixin)
        size = save_network(self.folder, network)
        save_json(self.folder / "training.json", {**facts, "map": self.kind, "bytes": size})

    @staticmethod
    def _hint(maps: torch.Tensor) -> torch.Tensor:
        """n x 3 x H x W in 0 to 1, as the pipeline prepares a picture."""
        if maps.ndim == 3:
            maps = maps[..., None].expand(-1, -1, -1, 3)
        return maps.permute(0, 3, 1, 2).float() / 255


def train_control(
    kinds: Sequence[str], frozen: Frozen, blocks: Blocks, plan: Plan, out: Path, dtype: torch.dtype,
    beginning: Path | None = None,
) -> Generator[Event]:  # fmt: skip
    """A ControlNet for each of `kinds` into the folder of its name in `out`, one after the other.

    The examples of `blocks` have `picture` (n x h x w x 3) and, under each kind's name, the map (n x h x w,
    or with 3 channels). Each begins from the ControlNet in the folder `beginning`, or from the
    model. The examples stay on the device from one kind to the next, as does what was compiled.
    """
    began = time.monotonic()
    with repeatable(plan.seed):
        steered = Steered(frozen, dtype, beginning, must_read=MapKind.INSTRUCTION in kinds)
    examples = Examples(blocks, plan)
    losses: dict[str, Json] = {}
    try:
        first = ControlTask(kinds[0], steered, out / kinds[0])
        plan = yield from warm_up(first, examples, plan, frozen.device)
        for number, kind in enumerate(kinds):
            steered.forget()
            task = ControlTask(kind, steered, out / kind)
            own = plan
            if plan.minutes:
                left = plan.minutes - (time.monotonic() - began) / 60
                own = replace(plan, minutes=max(LEAST_MINUTES, left / (len(kinds) - number)))
            for event in fine_tune(task, examples, own, out / f"{kind}.state", frozen.device):
                if isinstance(event, Finished):
                    losses[kind] = event.extra.get("loss")
                else:
                    yield event
    finally:
        examples.close()
    yield Finished(0, time.monotonic() - began, {"losses": losses, "done": True})


def drawn_ids(
    ids: torch.Tensor, empty: torch.Tensor, empty_share: float, generator: torch.Generator
) -> tuple[torch.Tensor, torch.Tensor]:
    """One of each row's sentences (n x sentences x tokens to n x tokens); for a share of them, none.

    And where that is so (n).
    """
    count, several = ids.shape[:2]
    device = ids.device
    which = torch.randint(several, (count,), device=device, generator=generator)
    chosen = ids[torch.arange(count, device=device), which]
    is_empty = torch.rand(count, device=device, generator=generator) < empty_share
    return torch.where(is_empty[:, None], empty.to(device), chosen), is_empty


def side_by_side(*rows: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Rows of pictures (n x h x w x 3 each) as one."""
    return np.concatenate([np.concatenate(list(row), axis=1) for row in rows], axis=0)

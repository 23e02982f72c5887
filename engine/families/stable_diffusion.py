"""Stable Diffusion 1.x and 2.x, and whatever else has their architecture.

That is a UNet2DConditionModel, an AutoencoderKL and a CLIP text encoder, of any size.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from engine.api.errors import UnsupportedModel
from engine.api.form import Json
from engine.api.learnt import LearntKind
from engine.api.maps import DEPTH_ESTIMATOR, MapKind
from engine.api.model_info import Capabilities, Defaults, Layout, ModelInfo
from engine.api.request import MOST_REFERENCES, Sampling
from engine.api.text import clean_text
from engine.checkpoints.checkpoint import Checkpoint, TensorInfo, describe_part
from engine.checkpoints.folder_layout import FolderLayout
from engine.checkpoints.weights import build_empty, check_fits, fill
from engine.diffusion.latents.depth import CHANNELS
from engine.diffusion.schedulers import scheduler_infos
from engine.families.family import CheckNetwork, Reads
from engine.families.guided_by import guiders_for
from engine.families.learnt_tokens import row_width
from engine.families.loaded_model import LoadedModel
from engine.families.pictured_boxes import PARTS, check_pictures, reads_pictures
from engine.families.stable_diffusion_kinds import (
    BOXED,
    EXTRA_CHANNELS,
    IMAGE_TO_IMAGE,
    PICTURED,
    PIPELINES,
    kind_of,
)
from engine.families.traits import MIDDLE, Traits
from engine.networks.class_networks import class_of, load_part
from engine.networks.controls import ControlBase, base_of_unet
from engine.networks.original.stable_diffusion import OPEN_CLIP, OriginalLayout
from engine.networks.stable_diffusion import check_networks, make_text_encoder, make_unet, make_vae, whole
from engine.networks.vae_kinds import kind_of as vae_kind_of
from engine.tokenizers.clip import (
    END,
    Vocabulary,
    openai_vocabulary,
    read_vocabulary,
    transformers_tokenizer,
)

if TYPE_CHECKING:
    import torch

NAMES = (*PIPELINES.values(), IMAGE_TO_IMAGE, BOXED, PICTURED, "StableDiffusionLDM3DPipeline")
"""That a folder may give its pipeline."""
CLASS_NAMES = {"unet": "UNet2DConditionModel", "vae": "AutoencoderKL", "text_encoder": "CLIPTextModel"}
MAKERS = {"unet": make_unet, "vae": make_vae, "text_encoder": make_text_encoder}

DECODER_COPIES = 5
"""Arrays of its widest level that the decoder holds at once; measured."""

PREDICTIONS = ("epsilon", "v_prediction", "sample")

TRAITS = Traits(has_stock_batch=True, disturbed=MIDDLE)


class StableDiffusionFamily:
    id = "stable_diffusion"
    title = "Stable Diffusion 1.x / 2.x"
    single = None
    lora_targets = {  # attention alone cannot learn shapes that a small network has never drawn
        "unet": (
            "to_q",
            "to_k",
            "to_v",
            "to_out.0",
            "proj_in",
            "proj_out",
            "ff.net.0.proj",
            "ff.net.2",
            "conv1",
            "conv2",
        ),
        "text_encoder": ("q_proj", "k_proj", "v_proj", "out_proj"),
    }

    def built_in(self) -> tuple[ModelInfo, ...]:
        return ()

    def recognise(self, checkpoint: Checkpoint) -> ModelInfo | None:
        layout = layout_of(checkpoint)
        if layout is None:
            return None
        configs = layout.configs
        check_networks(configs)
        _check_parts_agree(checkpoint, layout)
        parts = tuple(describe_part(part, name, layout.tensors(part)) for part, name in CLASS_NAMES.items())
        if reads_pictures(configs):
            check_pictures(checkpoint)
            parts += tuple(
                describe_part(part, class_of(checkpoint, part)[1], layout.tensors(part)) for part in PARTS
            )
        prediction, zero_snr = _prediction(checkpoint, configs["scheduler"])
        name = clean_text(
            checkpoint.path.stem if checkpoint.layout is Layout.SINGLE_FILE else checkpoint.path.name
        )
        return ModelInfo(
            name=name,
            title=name,
            family=self.id,
            version=layout.version,
            variant=_variant(layout, prediction, zero_snr, reads_of(configs)),
            layout=checkpoint.layout,
            path=checkpoint.path,
            parts=parts,
            bytes=checkpoint.bytes,
            licence=checkpoint.licence,
            prediction_type=prediction,
            zero_terminal_snr=zero_snr,
            capabilities=_capabilities(configs, sees_depth=(checkpoint.path / DEPTH_ESTIMATOR).is_dir()),
            defaults=_defaults(configs),
        )

    def layers(self, checkpoint: Checkpoint, part: str) -> dict[str, tuple[int, ...]]:
        layout = layout_of(checkpoint)
        if layout is None:
            raise UnsupportedModel(
                f"{checkpoint.path.name} is no Stable Diffusion model any more. Look at the models again."
            )
        return {
            name.removesuffix(".weight"): shape
            for name, shape in layout.shapes(part).items()
            if name.endswith(".weight") and len(shape) > 1
        }

    def control_base(self, checkpoint: Checkpoint) -> ControlBase | None:
        layout = layout_of(checkpoint)
        if layout is None:
            return None
        return base_of_unet(layout.configs["unet"], layout.configs["vae"])

    def load(
        self,
        info: ModelInfo,
        checkpoint: Checkpoint,
        dtype: torch.dtype,
        device: torch.device,
        part_sha256: Mapping[str, str],
        check: CheckNetwork,
    ) -> LoadedModel:
        layout = layout_of(checkpoint)
        if layout is None:
            raise UnsupportedModel(
                f"{checkpoint.path.name} is no Stable Diffusion model any more. Look at the models again."
            )

        reads = reads_of(layout.configs) or Reads.LATENTS  # `recognise` has refused all else

        def network(part: str) -> Any:
            is_own = part in CLASS_NAMES
            loaded = (
                load_network(layout, part, dtype, device)
                if is_own
                else load_part(checkpoint, part, dtype, device)
            )
            check(part, loaded)
            return loaded

        pictured = reads_pictures(layout.configs)
        return LoadedModel(
            info,
            kind_of(
                reads,
                info.defaults.sampling,
                reads_boxes(layout.configs),
                pictured,
                draws_depth(layout.configs),
            ),
            denoiser=("unet", network("unet")),
            vae=network("vae"),
            tokenizers={
                "tokenizer": transformers_tokenizer(
                    vocabulary_of(checkpoint),
                    whole(layout.configs["text_encoder"], "max_position_embeddings", 77),
                )
            },
            load_text={"text_encoder": lambda: network("text_encoder")},
            load_later={part: (lambda part=part: network(part)) for part in PARTS if pictured},
            configs=layout.configs,
            dtype=dtype,
            device=device,
            part_sha256=part_sha256,
            traits=TRAITS,
            lora_targets=self.lora_targets,
        )


def layout_of(checkpoint: Checkpoint) -> FolderLayout | OriginalLayout | None:
    """How the networks lie in `checkpoint`, or None where it is not of this family."""
    if checkpoint.layout is Layout.SINGLE_FILE:
        is_put_together = "" not in checkpoint.weights  # another family's: its parts are known already
        return None if is_put_together else OriginalLayout.recognise(checkpoint)
    if checkpoint.configs["model_index"].get("_class_name") not in NAMES:
        return None
    for part, wanted in CLASS_NAMES.items():
        pair = checkpoint.configs["model_index"].get(part)
        if isinstance(pair, list) and pair[1] is not None and pair[1] != wanted:
            raise UnsupportedModel(
                f"{checkpoint.path.name} says it is a Stable Diffusion model, but its {part} is a "
                f"{str(pair[1])[:60]}. Get the model again from its source.",
                path=str(checkpoint.path),
            )
    return FolderLayout(checkpoint)


def load_network(
    layout: FolderLayout | OriginalLayout, part: str, dtype: torch.dtype, device: torch.device
) -> Any:
    """One network with its weights; its names and shapes are compared before the first number is read."""
    import torch  # heavy; only the engine process pays for it

    # The engine runs jobs in inference mode; weights made there could never be patched (LoRA).
    with torch.inference_mode(False), torch.no_grad():
        network = build_empty(lambda: MAKERS[part](layout.configs[part]), part)
        check_fits(network, layout.meta(part), part, layout.path)
        return fill(network, layout.read(part, dtype), device)


def vocabulary_of(checkpoint: Checkpoint) -> Vocabulary:
    """The tokens that the checkpoint's text encoder knows."""
    if checkpoint.layout is Layout.SINGLE_FILE:
        is_open_clip = any(name.startswith(OPEN_CLIP) for name in checkpoint.single.tensors)
        return openai_vocabulary(pad="!" if is_open_clip else END)
    return read_vocabulary(checkpoint.path / "tokenizer")


def reads_of(configs: Mapping[str, Mapping[str, Json]]) -> Reads | None:
    """What the network is given at each step, by its first layer's width; None for what we do not know."""
    latents = whole(configs["vae"], "latent_channels", 4)
    extra = whole(configs["unet"], "in_channels", 4) - latents
    return EXTRA_CHANNELS.get(extra) if extra == 0 or latents == 4 else None


def _check_parts_agree(checkpoint: Checkpoint, layout: FolderLayout | OriginalLayout) -> None:
    """Raises `UnsupportedModel` where the parts cannot work with each other."""
    unet, vae, text = (layout.configs[part] for part in CLASS_NAMES)
    latents = whole(vae, "latent_channels", 4)
    name = checkpoint.path.name
    channels = whole(unet, "in_channels", 4)
    if reads_of(layout.configs) is None:
        kind = {7: "an upscaling model"}
        raise UnsupportedModel(
            f"{name} seems to be {kind.get(channels, 'a special model')}: its network reads {channels} "
            f"channels, not the {latents} of its VAE. Choose the plain text-to-image model.",
            path=str(checkpoint.path),
        )
    if whole(unet, "cross_attention_dim", 1280) != whole(text, "hidden_size", 512):
        raise UnsupportedModel(
            f"The text encoder in {name} is not the one that its unet was made for. "
            "Get the model again from its source.",
            path=str(checkpoint.path),
        )
    _check_first_layer(checkpoint, layout.tensors("unet"), unet, channels)


def _check_first_layer(
    checkpoint: Checkpoint, tensors: Mapping[str, TensorInfo], unet: Mapping[str, Json], channels: int
) -> None:
    first = tensors.get("conv_in.weight") or tensors.get("input_blocks.0.0.weight")
    widths = unet["block_out_channels"]
    if first is None or not isinstance(widths, list) or first.shape[:2] != (widths[0], channels):
        raise UnsupportedModel(
            f"The weights in {checkpoint.path.name} do not fit its configuration: the unet's first layer is "
            f"{'missing' if first is None else first.shape}. Get the model again from its source.",
            path=str(checkpoint.path),
        )


def _prediction(checkpoint: Checkpoint, scheduler: Mapping[str, Json]) -> tuple[str, bool]:
    prediction = str(scheduler.get("prediction_type", "epsilon"))
    if prediction not in PREDICTIONS:
        raise UnsupportedModel(
            f"{checkpoint.path.name} predicts {prediction[:40]!r}, which its family does not. "
            f"Known are: {', '.join(PREDICTIONS)}.",
            path=str(checkpoint.path),
        )
    return prediction, scheduler.get("rescale_betas_zero_snr") is True


def _variant(
    layout: FolderLayout | OriginalLayout, prediction: str, zero_snr: bool, reads: Reads | None
) -> str:
    names = [layout.version or "SD architecture"]
    names += ["inpainting"] if reads is Reads.MASKED_PICTURE else []
    names += ["instructed"] if reads is Reads.PICTURE else []
    names += ["depth"] if reads is Reads.MAP else []
    names += ["GLIGEN"] if reads_boxes(layout.configs) else []
    names += ["pictures in boxes"] if reads_pictures(layout.configs) else []
    names += ["colours and depth"] if draws_depth(layout.configs) else []
    names += ["LCM"] if is_told_guidance(layout.configs) else []
    names += ["v-prediction"] if prediction == "v_prediction" else []
    names += ["zero-terminal SNR"] if zero_snr else []
    return ", ".join(names)


def _capabilities(configs: Mapping[str, Mapping[str, Json]], sees_depth: bool) -> Capabilities:
    """`sees_depth`: a network that sees how near things are lies in its folder."""
    reads = reads_of(configs) or Reads.LATENTS  # `recognise` has refused all else
    return Capabilities(
        schedulers=scheduler_infos(),
        size_multiple=max(8, _scale(configs["vae"])),  # the pipelines ask for 8 whatever the VAE does
        prompt_tokens=whole(configs["text_encoder"], "max_position_embeddings", 77) - 2,
        bytes_per_px=_bytes_per_px(configs["vae"]),
        inpainting=reads is Reads.MASKED_PICTURE,
        needs_picture=reads is Reads.PICTURE,
        image_guidance=reads is Reads.PICTURE,
        negative_prompt=not is_told_guidance(configs),
        maps=True,
        own_maps=(MapKind.DEPTH,) if reads is Reads.MAP else (),
        needs_map=reads is Reads.MAP,
        draws_own_map=reads is Reads.MAP and sees_depth,
        adapters=not reads_pictures(configs),
        references=MOST_REFERENCES if reads_pictures(configs) else 0,
        guiders=() if is_told_guidance(configs) else guiders_for(TRAITS, kind_of(reads, Sampling())),
        word_width=row_width(configs["text_encoder"]),
        learns=(
            (LearntKind.LORA, LearntKind.EMBEDDING)
            if reads is Reads.LATENTS and not reads_boxes(configs) and not draws_depth(configs)
            else ()
        ),
        boxes=reads_boxes(configs),
        box_pictures=reads_pictures(configs),
        draws_depth=draws_depth(configs),
        vae_kind="" if draws_depth(configs) else vae_kind_of("AutoencoderKL", configs["vae"]),
    )


def is_told_guidance(configs: Mapping[str, Mapping[str, Json]]) -> bool:
    """True for a latent consistency model, which takes its guidance as an input: arxiv.org/abs/2310.04378."""
    return configs["unet"].get("time_cond_proj_dim") is not None


def reads_boxes(configs: Mapping[str, Mapping[str, Json]]) -> bool:
    """True for GLIGEN, which is told where what is: arxiv.org/abs/2301.07093."""
    return configs["unet"].get("attention_type") == "gated" or reads_pictures(configs)


def draws_depth(configs: Mapping[str, Mapping[str, Json]]) -> bool:
    """True for LDM3D, whose autoencoder knows how near things are: arxiv.org/abs/2305.10853."""
    return whole(configs["vae"], "in_channels", 3) in CHANNELS


def _scale(vae: Mapping[str, Json]) -> int:
    """Pixels a latent cell stands for, along one side."""
    widths = vae.get("block_out_channels")
    return 2 ** (len(widths) - 1) if isinstance(widths, list) and widths else 8


def _bytes_per_px(vae: Mapping[str, Json]) -> int:
    """The decoder's widest level at full size, of which it holds a few at once, in 32 bits."""
    widths = vae.get("block_out_channels")
    first = widths[min(1, len(widths) - 1)] if isinstance(widths, list) and widths else 256
    return DECODER_COPIES * 4 * first if isinstance(first, int) else 0


def _defaults(configs: Mapping[str, Mapping[str, Json]]) -> Defaults:
    side = min(2048, whole(configs["unet"], "sample_size", 64) * _scale(configs["vae"]))
    if is_told_guidance(configs):
        return Defaults(side, side, Sampling(scheduler="lcm", steps=4, guidance=8.5))
    # diffusers tells that of pictures at every step
    share = 1.0 if reads_pictures(configs) else Sampling().box_share
    own = Sampling(scheduler="dpmpp_2m_karras", steps=25, guidance=7.0, box_share=share)
    return Defaults(side, side, own)


FAMILY = StableDiffusionFamily()

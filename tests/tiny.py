"""Real checkpoints at a tiny size: real classes, random weights, built in a moment, pictures in milliseconds.

To add a family, add its networks here at the smallest size that its classes accept.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

from engine.diffusion.devices import prepare_torch

prepare_torch()  # before diffusers is imported: offline, and without its advice for programmers

import diffusers  # noqa: E402
import torch  # noqa: E402
from diffusers import (  # noqa: E402
    AutoencoderKL,
    ControlNetModel,
    PNDMScheduler,
    StableDiffusionDepth2ImgPipeline,
    T2IAdapter,
    UNet2DConditionModel,
)
from original_names import original_state  # noqa: E402
from safetensors.torch import save_file  # noqa: E402
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer  # noqa: E402

from engine.families.family import Reads  # noqa: E402
from engine.families.stable_diffusion_kinds import PIPELINES  # noqa: E402
from engine.tokenizers.clip import openai_vocabulary  # noqa: E402

Prediction = Literal["epsilon", "v_prediction"]

TEXT_WIDTH = 32
CHANNELS = {Reads.LATENTS: 4, Reads.MASKED_PICTURE: 9, Reads.PICTURE: 8, Reads.MAP: 5}
MERGES = [("d", "o"), ("do", "g</w>"), ("c", "a"), ("ca", "t</w>"), ("a", "n</w>")]


def tiny_sd(
    folder: Path,
    prediction: Prediction = "epsilon",
    zero_snr: bool = False,
    version: Literal[1, 2] = 1,
    *,
    seed: int = 0,
    full_vocabulary: bool = False,
    sample_size: int = 8,
    reads: Reads = Reads.LATENTS,
) -> Path:
    """A diffusers folder of the Stable Diffusion `version` architecture; its own size is 64 x 64 pixels.

    `full_vocabulary` gives it CLIP's 49,408 tokens, as a single file has, instead of a few hundred; `reads`
    makes it an inpainting or an instructed network.
    """
    networks = _networks(version, seed, full_vocabulary, sample_size, CHANNELS[reads])
    if reads is Reads.MAP:
        _with_depth(networks, PNDMScheduler(**_noise(prediction), skip_prk_steps=True)).save_pretrained(
            folder
        )
        return folder
    pipeline = getattr(diffusers, PIPELINES[reads])(
        **networks,
        scheduler=PNDMScheduler(**_noise(prediction), skip_prk_steps=True),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    pipeline.save_pretrained(folder)
    if zero_snr:  # PNDM does not know it, model folders say it all the same
        config = folder / "scheduler" / "scheduler_config.json"
        form = json.loads(config.read_text())
        config.write_text(json.dumps({**form, "rescale_betas_zero_snr": True}))
    return folder


def _with_depth(networks: dict[str, Any], scheduler: Any) -> Any:
    """Its folder has a network that sees how near things are."""
    from tiny_vision import dpt

    with torch.random.fork_rng():
        torch.manual_seed(1)
        estimator, eyes = dpt()
    pipeline = StableDiffusionDepth2ImgPipeline(
        **networks, scheduler=scheduler, depth_estimator=estimator, feature_extractor=eyes
    )
    return pipeline


def tiny_sd_single_file(
    path: Path,
    prediction: Prediction = "epsilon",
    zero_snr: bool = False,
    version: Literal[1, 2] = 1,
    *,
    seed: int = 0,
    dtype: torch.dtype = torch.float32,
    metadata: dict[str, str] | None = None,
    reads: Reads = Reads.LATENTS,
) -> Path:
    """The networks of `tiny_sd(..., full_vocabulary=True)` in one file, with the names of the original code.

    `prediction` and `zero_snr` are written as makers do: by the marks `v_pred` and `ztsnr`.
    """
    networks = _networks(version, seed, True, 64, CHANNELS[reads])
    state = original_state(networks["unet"], networks["vae"], networks["text_encoder"], version)
    state = {
        name: tensor.to(dtype) if tensor.is_floating_point() else tensor for name, tensor in state.items()
    }
    if prediction == "v_prediction" and version == 1:
        state["v_pred"] = torch.zeros(0)
    if zero_snr:
        state["ztsnr"] = torch.zeros(0)
    if prediction == "epsilon" and version == 2:  # of version 2 the v-prediction kind is the custom
        metadata = {**(metadata or {}), "modelspec.prediction_type": "epsilon"}
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: tensor.contiguous() for name, tensor in state.items()}, path, metadata)
    return path


def tiny_controlnet(*, seed: int = 0, text_width: int = TEXT_WIDTH, level: float = 0.3) -> ControlNetModel:
    """One beside `tiny_unet`, whose last layers are not zero as they are before training: it is felt."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = ControlNetModel.from_unet(
            tiny_unet(1, text_width=text_width),
            conditioning_embedding_out_channels=(16, 16, 16, 16),
            load_weights_from_unet=False,
        )
        for layer in (
            *network.controlnet_down_blocks, network.controlnet_mid_block,
            network.controlnet_cond_embedding.conv_out,
        ):  # fmt: skip
            torch.nn.init.normal_(layer.weight, std=level)
    return network


def tiny_adapter(channels: int = 3, *, seed: int = 0) -> T2IAdapter:
    """A full adapter beside `tiny_unet`."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return T2IAdapter(in_channels=channels, channels=[32, 64], num_res_blocks=2, downscale_factor=8)


def tiny_tokenizer() -> CLIPTokenizer:
    """CLIP's tokenizer with 256 bytes, 256 byte endings, a few merges and two marks; reads any text."""
    single = list(openai_vocabulary().ids)[:512]
    tokens = [*single, *("".join(pair) for pair in MERGES), "<|startoftext|>", "<|endoftext|>"]
    return CLIPTokenizer(
        vocab={token: index for index, token in enumerate(tokens)}, merges=MERGES, model_max_length=77
    )


def full_tokenizer(version: int) -> CLIPTokenizer:
    """CLIP's own tokenizer; version 2 fills up with "!"."""
    vocabulary = openai_vocabulary()
    return CLIPTokenizer(
        vocab=dict(vocabulary.ids),
        merges=list(vocabulary.merges),
        model_max_length=77,
        pad_token="!" if version == 2 else "<|endoftext|>",
    )


def _networks(
    version: int, seed: int, full_vocabulary: bool, sample_size: int, channels: int
) -> dict[str, Any]:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        tokenizer = full_tokenizer(version) if full_vocabulary else tiny_tokenizer()
        return {
            "unet": tiny_unet(version, sample_size, channels),
            "vae": tiny_vae(),
            "text_encoder": tiny_text_encoder(version, len(tokenizer)),
            "tokenizer": tokenizer,
        }


def tiny_unet(
    version: int, sample_size: int = 8, channels: int = 4, text_width: int = TEXT_WIDTH
) -> UNet2DConditionModel:
    """Two levels, widths 32 and 64: heads as in the real one (8 at every width, or of 64)."""
    return UNet2DConditionModel(
        sample_size=sample_size,
        in_channels=channels,
        block_out_channels=(32, 64),
        layers_per_block=1,
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
        cross_attention_dim=text_width,
        attention_head_dim=8 if version == 1 else (1, 1),
        use_linear_projection=version == 2,
    )


def tiny_vae() -> AutoencoderKL:
    """Eight pixels a latent cell, as the real one; 32 is the narrowest that its 32 groups allow."""
    return AutoencoderKL(
        block_out_channels=(32, 32, 32, 32),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        latent_channels=4,
        layers_per_block=1,
        sample_size=64,
    )


def tiny_text_encoder(version: int, tokens: int) -> CLIPTextModel:
    """Two layers; the last two tokens are the start and end marks."""
    return CLIPTextModel(
        CLIPTextConfig(
            vocab_size=tokens,
            hidden_size=TEXT_WIDTH,
            intermediate_size=4 * TEXT_WIDTH,
            num_hidden_layers=2,
            num_attention_heads=1,
            projection_dim=TEXT_WIDTH,
            hidden_act="quick_gelu" if version == 1 else "gelu",
            bos_token_id=tokens - 2,
            eos_token_id=tokens - 1,
            pad_token_id=tokens - 1 if version == 1 else 0,
        )
    )


def _noise(prediction: str) -> dict[str, Any]:
    return {
        "beta_start": 0.00085,
        "beta_end": 0.012,
        "beta_schedule": "scaled_linear",
        "num_train_timesteps": 1000,
        "steps_offset": 1,
        "set_alpha_to_one": False,
        "prediction_type": prediction,
    }

"""The three networks of a Stable Diffusion folder at the sizes that Lienzo trains, and what a pass costs.

The layouts are diffusers' and transformers' own, so that the stock pipelines load what is learnt here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch
    from diffusers import AutoencoderKL, UNet2DConditionModel
    from transformers import CLIPTextModel

LATENT_CHANNELS = 4
"""What `StableDiffusionInpaintPipeline` asks for."""
HEAD_WIDTH = 32


@dataclass(frozen=True)
class Sizes:
    """How wide and deep the networks are."""

    side: int = 256
    """Of the pictures, in pixels."""
    autoencoder: tuple[int, ...] = (32, 64, 128, 192)
    """Channels from the full picture down to the latents; each level halves the side."""
    autoencoder_groups: int = 16
    unet: tuple[int, ...] = (128, 192, 288)
    unet_layers: int = 1
    attention: tuple[bool, ...] = (False, True, True)
    """Which levels look at the words."""
    norm_groups: int = 32
    text_width: int = 256
    text_layers: int = 4
    text_heads: int = 4
    words: int = 7_000
    """Entries of the tokenizer, at most."""
    tokens: int = 64
    """Read of a prompt, with the start and end marks: long prompts keep their weather."""

    @property
    def latent_side(self) -> int:
        return self.side // 2 ** (len(self.autoencoder) - 1)


STARTER = Sizes()
"""78 MB in 16-bit floats; 12 steps with guidance take under 2 s on two cores."""
TINY = Sizes(
    side=64, autoencoder=(16, 32, 32, 32), autoencoder_groups=8, unet=(32, 64), attention=(False, True),
    norm_groups=8, text_width=64, text_layers=1, text_heads=2, words=900, tokens=32,
)  # fmt: skip
"""Everything of `STARTER`, small enough for a test."""
SIZES = {"starter": STARTER, "tiny": TINY}


def build_autoencoder(sizes: Sizes) -> AutoencoderKL:
    """Pictures (n x 3 x side x side, -1 to 1) to latents and back; random weights."""
    from diffusers import AutoencoderKL

    levels = len(sizes.autoencoder)
    return AutoencoderKL(
        3,
        3,
        ("DownEncoderBlock2D",) * levels,  # type: ignore[arg-type]  # its tuple[str] means any number
        ("UpDecoderBlock2D",) * levels,  # type: ignore[arg-type]
        sizes.autoencoder,  # type: ignore[arg-type]
        layers_per_block=1,
        latent_channels=LATENT_CHANNELS,
        norm_num_groups=sizes.autoencoder_groups,
        mid_block_add_attention=False,  # at 32 x 32 it costs more than a level of convolutions
        sample_size=sizes.side,
        scaling_factor=1.0,
    )


def build_text_encoder(sizes: Sizes, words: int) -> CLIPTextModel:
    """Token ids (n x tokens) to states (n x tokens x text_width); `words` entries, the last two are marks."""
    from transformers import CLIPTextConfig, CLIPTextModel

    return CLIPTextModel(
        CLIPTextConfig(
            vocab_size=words,
            hidden_size=sizes.text_width,
            intermediate_size=4 * sizes.text_width,
            num_hidden_layers=sizes.text_layers,
            num_attention_heads=sizes.text_heads,
            max_position_embeddings=sizes.tokens,
            projection_dim=sizes.text_width,
            hidden_act="gelu",
            bos_token_id=words - 2,
            eos_token_id=words - 1,
            pad_token_id=words - 1,
        )
    )


def build_unet(sizes: Sizes) -> UNet2DConditionModel:
    """Noisy latents, timesteps and text states to v. The pooled text also enters with the time step.

    It learns the prompt much sooner that way: FiLM by scale and shift (Perez et al., 2018).
    """
    from diffusers import UNet2DConditionModel

    down = ["CrossAttnDownBlock2D" if reads else "DownBlock2D" for reads in sizes.attention]
    up = ["CrossAttnUpBlock2D" if reads else "UpBlock2D" for reads in reversed(sizes.attention)]
    return UNet2DConditionModel(
        sample_size=sizes.latent_side,
        in_channels=LATENT_CHANNELS,
        out_channels=LATENT_CHANNELS,
        down_block_types=tuple(down),
        up_block_types=tuple(up),
        block_out_channels=sizes.unet,
        layers_per_block=sizes.unet_layers,
        norm_num_groups=sizes.norm_groups,
        cross_attention_dim=sizes.text_width,
        attention_head_dim=tuple(width // HEAD_WIDTH for width in sizes.unet),  # type: ignore[arg-type]
        resnet_time_scale_shift="scale_shift",
        addition_embed_type="text",
        addition_embed_type_num_heads=8,
    )


def count_flops(call: Callable[[], torch.Tensor]) -> int:
    """Floating-point operations of one forward pass; training costs three times as many."""
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    counter = FlopCounterMode(display=False)
    with torch.no_grad(), counter:
        call()
    return counter.get_total_flops()


def parameters(network: torch.nn.Module) -> int:
    """How many numbers the network holds."""
    return sum(parameter.numel() for parameter in network.parameters())

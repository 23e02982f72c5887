"""Tiny networks that read maps beside the families of `tiny_families`: real classes that are felt."""

from __future__ import annotations

from typing import Any

import diffusers
import tiny
import tiny_families
import torch

LEVEL = 0.3


def beside_unet(unet: Any, *, union: int = 0, seed: int = 0) -> Any:
    """A ControlNet beside an SDXL network, or a union of `union` kinds."""
    config = unet.config
    given = {
        name: config[name]
        for name in (
            "in_channels", "flip_sin_to_cos", "freq_shift", "down_block_types", "block_out_channels",
            "layers_per_block", "cross_attention_dim", "attention_head_dim", "norm_num_groups",
            "use_linear_projection", "addition_embed_type", "addition_time_embed_dim",
            "transformer_layers_per_block", "projection_class_embeddings_input_dim",
        )
    }  # fmt: skip
    given["conditioning_embedding_out_channels"] = (16, 16, 16, 16)
    first = config.block_out_channels[0]

    def make() -> Any:
        if not union:
            return diffusers.ControlNetModel(**given)
        return diffusers.ControlNetUnionModel(
            **given, num_control_type=union, num_trans_channel=first, num_trans_head=1, num_proj_channel=first
        )

    return _felt(make, seed)


def adapter_xl(widths: tuple[int, ...] = (16, 32, 32), *, seed: int = 0) -> diffusers.T2IAdapter:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return diffusers.T2IAdapter(
            in_channels=3, channels=[*widths, widths[-1]], num_res_blocks=2, downscale_factor=16,
            adapter_type="full_adapter_xl",
        )  # fmt: skip


def unet_for_xs(version: int = 1, *, words: int = 32, channels: int = 4) -> diffusers.UNet2DConditionModel:
    """As `tiny.tiny_unet`, with the two layers a level that ControlNet-XS asks for; version 3 is SDXL's."""
    told: dict[str, Any] = {"attention_head_dim": 4 if version == 1 else (2, 4), "cross_attention_dim": words}
    if version == 3:
        told |= {
            "cross_attention_dim": 64, "addition_embed_type": "text_time", "addition_time_embed_dim": 8,
            "projection_class_embeddings_input_dim": 80, "transformer_layers_per_block": (1, 2),
        }  # fmt: skip
    reads = version != 3
    with torch.random.fork_rng():
        torch.manual_seed(version)
        return diffusers.UNet2DConditionModel(
            sample_size=8, in_channels=channels, block_out_channels=(32, 64), layers_per_block=2,
            down_block_types=("CrossAttnDownBlock2D", "DownBlock2D") if reads else (
                "DownBlock2D", "CrossAttnDownBlock2D"),
            up_block_types=("UpBlock2D", "CrossAttnUpBlock2D") if reads else (
                "CrossAttnUpBlock2D", "UpBlock2D"),
            use_linear_projection=version != 1, **told,
        )  # fmt: skip


def base_for_xs(version: int = 1, channels: int = 4) -> Any:
    """A whole pipeline around `unet_for_xs`; of 9 `channels` one that fills a mask."""
    if version == 3:
        pipeline = tiny_families.sdxl()
        pipeline.register_modules(unet=unet_for_xs(3))
        return pipeline
    tokenizer = tiny.tiny_tokenizer()
    with torch.random.fork_rng():
        torch.manual_seed(0)
        text, vae = tiny.tiny_text_encoder(1, len(tokenizer)), tiny.tiny_vae()
    kind = diffusers.StableDiffusionPipeline if channels == 4 else diffusers.StableDiffusionInpaintPipeline
    return kind(
        unet=unet_for_xs(version, channels=channels), vae=vae, text_encoder=text, tokenizer=tokenizer,
        scheduler=tiny_families.ldm_noise(), safety_checker=None, feature_extractor=None,
        requires_safety_checker=False,
    )  # fmt: skip


def xs_beside(unet: Any, *, ratio: float = 0.5, time: bool = False, seed: int = 0, **told: Any) -> Any:
    """A ControlNet-XS for `unet`, so much as wide; `time`: with a sense of time of its own."""
    return _felt(
        lambda: diffusers.ControlNetXSAdapter.from_unet(
            unet, size_ratio=ratio, learn_time_embedding=time, time_embedding_mix=0.6 if time else 1.0,
            conditioning_embedding_out_channels=(16, 16, 16, 16), **told,
        ),
        seed,
    )  # fmt: skip


def plain_beside(unet: Any) -> diffusers.ControlNetModel:
    """A ControlNet of the usual kind for the same model."""
    return _felt(
        lambda: diffusers.ControlNetModel.from_unet(
            unet, conditioning_embedding_out_channels=(16, 16, 16, 16), load_weights_from_unet=False
        ),
        seed=1,
    )


def sdxl_as_made() -> Any:
    """Small, but with the heads, groups and conditions that a file without configuration must have."""
    return diffusers.UNet2DConditionModel(
        block_out_channels=(64, 128), layers_per_block=1, sample_size=8,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"), attention_head_dim=(1, 2),
        use_linear_projection=True, addition_embed_type="text_time", addition_time_embed_dim=256,
        transformer_layers_per_block=(1, 2), projection_class_embeddings_input_dim=6 * 256 + 32,
        cross_attention_dim=64,
    )  # fmt: skip


def qwen_as_made() -> Any:
    return diffusers.QwenImageTransformer2DModel(
        num_layers=1, num_attention_heads=1, attention_head_dim=128, joint_attention_dim=16
    )


def sdxl_of_three_levels() -> Any:
    """An SDXL network whose levels are those that an adapter knows."""
    return diffusers.UNet2DConditionModel(
        block_out_channels=(16, 32, 32), layers_per_block=1, sample_size=8, norm_num_groups=8,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        attention_head_dim=(2, 4, 4),
        use_linear_projection=True, addition_embed_type="text_time", addition_time_embed_dim=8,
        transformer_layers_per_block=(1, 1, 2), projection_class_embeddings_input_dim=80,
        cross_attention_dim=64,
    )  # fmt: skip


def light_adapter(widths: tuple[int, ...] = (16, 32)) -> diffusers.T2IAdapter:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return diffusers.T2IAdapter(
            in_channels=3, channels=[*widths], num_res_blocks=2, downscale_factor=8,
            adapter_type="light_adapter",
        )  # fmt: skip


def for_masks(network: Any, layer: str = "controlnet_x_embedder") -> Any:
    """FLUX.1's as Alimama made it: it reads what stays, in four channels more."""
    reader = getattr(network, layer)
    with torch.random.fork_rng():
        torch.manual_seed(5)
        wide = torch.nn.Linear(reader.in_features + 4, reader.out_features)
    setattr(network, layer, wide)
    return network.eval()


def beside_flux(
    *, modes: int | None = None, pixels: int | None = None, head: int = 16, single: int = 1, seed: int = 0
) -> Any:
    """`modes` makes a union; `pixels` one that reads the map itself, as XLabs'."""
    axes = (4, 4, 8) if head == 16 else (16, 56, 56)
    return _felt(
        lambda: diffusers.FluxControlNetModel(
            patch_size=2 if pixels else 1, in_channels=16, num_layers=1, num_single_layers=single,
            attention_head_dim=head,
            num_attention_heads=32 // head or 1, joint_attention_dim=32, pooled_projection_dim=32,
            axes_dims_rope=list(axes), guidance_embeds=True, num_mode=modes,
            conditioning_embedding_channels=pixels,
        ),
        seed,
    )  # fmt: skip


def beside_sd3(
    *, zeros: bool = True, large: bool = False, mask: int = 0, head: int = 8, seed: int = 0
) -> Any:
    """`large`: as those beside 3.5 Large, which read no words and place nothing themselves."""
    width = 64 if head == 64 else 32
    given: dict[str, Any] = {"joint_attention_dim": 32, "pos_embed_max_size": 16}
    if large:
        none = dict.fromkeys(("joint_attention_dim", "pos_embed_max_size", "pos_embed_type"))
        given = {**none, "use_pos_embed": False}
    return _felt(
        lambda: diffusers.SD3ControlNetModel(
            sample_size=8, patch_size=2, in_channels=4, num_layers=1, attention_head_dim=head,
            num_attention_heads=width // head, caption_projection_dim=width, pooled_projection_dim=64,
            out_channels=4, force_zeros_for_pooled_projection=zeros and not large,
            extra_conditioning_channels=mask, **given,
        ),
        seed,
    )  # fmt: skip


def beside_qwen(transformer: Any, *, mask: int = 0, seed: int = 0) -> Any:
    names = (
        "patch_size", "in_channels", "out_channels", "num_layers", "attention_head_dim",
        "num_attention_heads", "joint_attention_dim", "axes_dims_rope",
    )  # fmt: skip
    given = {name: transformer.config[name] for name in names}
    given["extra_condition_channels"] = mask
    return _felt(lambda: diffusers.QwenImageControlNetModel(**given), seed)


def beside_sana(transformer: Any) -> Any:
    names = (
        "patch_size", "in_channels", "out_channels", "num_layers", "attention_head_dim",
        "num_attention_heads", "num_cross_attention_heads", "cross_attention_head_dim",
        "cross_attention_dim", "caption_channels", "sample_size",
    )  # fmt: skip
    given = {name: transformer.config[name] for name in names}
    return _felt(lambda: diffusers.SanaControlNetModel(**given), 0)


def z_image_as_made() -> Any:
    """With heads of 128, as every one has."""
    return tiny_families.changed(
        tiny_families.z_image().transformer, dim=128, n_heads=1, n_kv_heads=1, axes_dims=[32, 48, 48]
    )


def z_image_of_four_layers(transformer: Any) -> Any:
    deep = tiny_families.changed(transformer, n_layers=4, n_refiner_layers=2)
    deep.load_state_dict(transformer.state_dict(), strict=False)  # the pads, which the class leaves unset
    return deep


def beside_z_image(transformer: Any, refiner: str | None = None, *, layers: int = 2, seed: int = 0) -> Any:
    """`refiner`: None as the first of alibaba-pai's, "control_layers" 2.0, "control_noise_refiner" 2.1."""
    told, channels = transformer.config, transformer.config.in_channels
    apart = max(told.n_layers, 30 if layers > 2 else 0) // layers
    return _felt(
        lambda: diffusers.ZImageControlNetModel(
            control_layers_places=[layer * apart for layer in range(layers)],
            control_refiner_layers_places=[0, 1] if refiner else None,
            control_in_dim=2 * channels + 1 if refiner else channels,
            add_control_noise_refiner=refiner, dim=told.dim, n_refiner_layers=2,
            n_heads=told.n_heads, n_kv_heads=told.n_kv_heads, qk_norm=told.qk_norm,
        ),
        seed,
    )  # fmt: skip


def beside_hunyuan(transformer: Any) -> Any:
    kind = diffusers.HunyuanDiT2DControlNetModel
    layers = transformer.config.num_layers // 2 - 1
    return _felt(
        lambda: kind.from_transformer(
            transformer, transformer_num_layers=2 * (layers + 1), load_weights_from_transformer=False
        ),
        0,
    )


def _felt(make: Any, seed: int) -> Any:
    """Its last layers are zero before training: here they are not."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = make()
        for name, weight in network.named_parameters():
            if weight.ndim > 1 and not weight.any():
                torch.nn.init.normal_(weight, std=LEVEL)
            elif name.endswith("task_embedding"):
                torch.nn.init.normal_(weight)
    return network.eval()

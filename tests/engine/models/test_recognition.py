"""Files are recognised by their tensors: headers as the real files have, under names that tell nothing."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from headers import (
    CLIP_L,
    KL_ENDS,
    SDXL,
    Shapes,
    flux1,
    kohya_lora,
    ldm_unet,
    linear,
    matrices,
    of_class,
    of_class_with_config,
    peft_lora,
    whole_sd1,
    whole_sdxl,
    wrapped,
    write_header,
)
from original_names import xs_name

from engine.api.model_file import FAMILY_TITLES, FileKind
from engine.models.places.walk import Place
from engine.models.recognition.recognise import TABLE, VARIANTS, recognise
from engine.models.scanning.describe import describe

FLUX_UNET = "double_blocks.0.img_attn.qkv", "single_blocks.0.linear1"
KLEIN_4B = {"num_layers": 1, "num_single_layers": 1, "num_attention_heads": 24, "joint_attention_dim": 7680}
SMALL = {"num_layers": 1}


@cache
def unet(context: int = 768, channels: int = 4, **config: object) -> Shapes:
    return of_class("UNet2DConditionModel", cross_attention_dim=context, in_channels=channels, **config)


def sdxl_unet(**config: object) -> Shapes:
    return of_class(
        "UNet2DConditionModel",
        block_out_channels=(320, 640, 1280),
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        transformer_layers_per_block=(1, 2, 10),
        cross_attention_dim=2048,
        addition_embed_type="text_time",
        addition_time_embed_dim=256,
        projection_class_embeddings_input_dim=2816,
        use_linear_projection=True,
        **config,
    )


def control_net(context: int = 768, **config: object) -> Shapes:
    return of_class("ControlNetModel", cross_attention_dim=context, **config)


def xs_xl() -> Shapes:
    return of_class(
        "ControlNetXSAdapter", block_out_channels=(32, 64, 128), base_block_out_channels=(320, 640, 1280),
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        cross_attention_dim=2048, transformer_layers_per_block=(1, 2, 10), learn_time_embedding=True,
    )  # fmt: skip


def vae(channels: int) -> Shapes:
    return of_class(
        "AutoencoderKL",
        block_out_channels=(128, 256, 512, 512),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        latent_channels=channels,
        layers_per_block=2,
    )


def ip_adapter(width: int, plus: bool = False) -> Shapes:
    head = {"image_proj.latents": (1, 16, 768)} if plus else {"image_proj.proj.weight": (3072, 1024)}
    return {**head, "ip_adapter.1.to_k_ip.weight": (320, width), "ip_adapter.1.to_v_ip.weight": (320, width)}


def rrdb() -> Shapes:
    found: Shapes = {"conv_first.weight": (64, 3, 3, 3), "conv_last.weight": (3, 64, 3, 3)}
    return found | {f"body.{n}.rdb1.conv1.weight": (32, 64, 3, 3) for n in range(23)}


def lora_of(shapes: Shapes, *pieces: str, kohya: bool = True, prefix: str = "") -> Shapes:
    layers = matrices(shapes, *pieces)
    return (
        kohya_lora(layers, prefix or "lora_unet_") if kohya else peft_lora(layers, prefix or "transformer.")
    )


# name: (header, kind, families or the first of them, words that the variant holds)
CASES: dict[str, tuple[Callable[[], Shapes], FileKind, str, str]] = {
    "SD 1.5 whole": (whole_sd1, FileKind.CHECKPOINT, "sd1", ""),
    "SD 1.5 inpainting": (lambda: whole_sd1(channels=9), FileKind.CHECKPOINT, "sd1", "inpainting"),
    "InstructPix2Pix": (lambda: whole_sd1(channels=8), FileKind.CHECKPOINT, "sd1", "instructed"),
    "SD 1.5 UNet alone": (ldm_unet, FileKind.DENOISER, "sd1", ""),
    "SD 1.5 UNet, diffusers": (unet, FileKind.DENOISER, "sd1", ""),
    "SD 2.1 UNet": (
        lambda: wrapped(ldm_unet(context=1024), "model.diffusion_model."),
        FileKind.DENOISER,
        "sd2",
        "",
    ),
    "SD 2 depth": (lambda: ldm_unet(context=1024, channels=5), FileKind.DENOISER, "sd2", "depth"),
    "SD 2.1 UNet, diffusers": (lambda: unet(1024), FileKind.DENOISER, "sd2", ""),
    "v-prediction marks": (
        lambda: {**whole_sdxl(), "v_pred": (0,), "ztsnr": (0,)},
        FileKind.CHECKPOINT,
        "sdxl",
        "v-prediction, zero-terminal SNR",
    ),
    "LCM UNet": (lambda: unet(time_cond_proj_dim=256), FileKind.DENOISER, "sd1", "LCM"),
    "SDXL whole": (whole_sdxl, FileKind.CHECKPOINT, "sdxl", ""),
    "SDXL inpainting": (lambda: whole_sdxl(channels=9), FileKind.CHECKPOINT, "sdxl", "inpainting"),
    "SSD-1B": (lambda: whole_sdxl(middle=0), FileKind.CHECKPOINT, "sdxl", "distilled"),
    "SDXL UNet, diffusers": (sdxl_unet, FileKind.DENOISER, "sdxl", ""),
    "SDXL refiner": (
        lambda: ldm_unet((384, 768, 1536, 1536), (0, 4, 4, 0), 1280, label=2560, middle=4),
        FileKind.DENOISER,
        "sdxl_refiner",
        "",
    ),
    "SD 3": (
        lambda: of_class(
            "SD3Transformer2DModel", num_layers=2, caption_projection_dim=1536, num_attention_heads=24
        ),
        FileKind.DENOISER,
        "sd3",
        "",
    ),
    "SD 3.5 large": (
        lambda: wrapped(
            {
                **linear("joint_blocks.0.context_block.adaLN_modulation.1", 14592, 2432),
                **linear("joint_blocks.37.x_block.mlp.fc1", 9728, 2432),
                **linear("joint_blocks.0.x_block.attn.qkv", 7296, 2432),
            },
            "model.diffusion_model.",
        ),
        FileKind.DENOISER,
        "sd3",
        "3.5 large",
    ),
    "FLUX.1 dev": (flux1, FileKind.DENOISER, "flux1", "dev"),
    "FLUX.1 schnell": (lambda: flux1(guidance=False), FileKind.DENOISER, "flux1", "schnell"),
    "FLUX.1 Fill": (lambda: flux1(384), FileKind.DENOISER, "flux1", "Fill"),
    "FLUX.1 Canny": (lambda: flux1(128), FileKind.DENOISER, "flux1", "Control"),
    "FLUX.1 dev, wrapped": (
        lambda: wrapped(flux1(), "model.diffusion_model."),
        FileKind.DENOISER,
        "flux1",
        "dev",
    ),
    "FLUX.1 dev, diffusers": (
        lambda: of_class("FluxTransformer2DModel", num_layers=1, num_single_layers=1, guidance_embeds=True),
        FileKind.DENOISER,
        "flux1",
        "dev",
    ),
    "FLUX.1 schnell, diffusers": (
        lambda: of_class("FluxTransformer2DModel", num_layers=1, num_single_layers=1),
        FileKind.DENOISER,
        "flux1",
        "schnell",
    ),
    "FLUX.2 dev": (
        lambda: of_class("Flux2Transformer2DModel", num_layers=1, num_single_layers=1),
        FileKind.DENOISER,
        "flux2",
        "dev",
    ),
    "FLUX.2 klein": (
        lambda: of_class("Flux2Transformer2DModel", **KLEIN_4B),
        FileKind.DENOISER,
        "flux2",
        "klein 4B",
    ),
    "Chroma": (
        lambda: of_class("ChromaTransformer2DModel", num_layers=1, num_single_layers=1),
        FileKind.DENOISER,
        "chroma",
        "",
    ),
    "Qwen-Image": (
        lambda: of_class("QwenImageTransformer2DModel", **SMALL),
        FileKind.DENOISER,
        "qwen_image",
        "",
    ),
    "Qwen-Image 2.1": (
        lambda: of_class("QwenImage21Transformer2DModel", **SMALL),
        FileKind.DENOISER,
        "qwen_image_21",
        "",
    ),
    "Z-Image": (lambda: of_class("ZImageTransformer2DModel", n_layers=1), FileKind.DENOISER, "z_image", ""),
    "Z-Image, original": (
        lambda: {
            **linear("layers.0.adaLN_modulation.0", 15360, 256),
            **linear("cap_embedder.1", 3840, 2560),
            "x_pad_token": (1, 3840),
            "layers.0.attention.qkv.weight": (11520, 3840),
        },
        FileKind.DENOISER,
        "z_image",
        "",
    ),
    "Lumina 2": (lambda: of_class("Lumina2Transformer2DModel", **SMALL), FileKind.DENOISER, "lumina2", ""),
    "Lumina 2, original": (
        lambda: {
            "cap_embedder.0.weight": (2304,),
            **linear("cap_embedder.1", 2304, 2304),
            "noise_refiner.0.attention.qkv.weight": (3840, 2304),
        },
        FileKind.DENOISER,
        "lumina2",
        "",
    ),
    "PixArt-Sigma": (
        lambda: of_class(
            "PixArtTransformer2DModel",
            num_layers=1,
            caption_channels=4096,
            cross_attention_dim=1152,
            use_additional_conditions=False,
        ),
        FileKind.DENOISER,
        "pixart",
        "",
    ),
    "Sana": (lambda: of_class("SanaTransformer2DModel", num_layers=1), FileKind.DENOISER, "sana", ""),
    "DiT": (lambda: of_class("DiTTransformer2DModel", num_layers=1), FileKind.DENOISER, "dit", ""),
    "DDPM": (lambda: of_class("UNet2DModel"), FileKind.CHECKPOINT, "unet2d", ""),
    "class-conditional UNet2D": (
        lambda: of_class("UNet2DModel", num_class_embeds=10),
        FileKind.CHECKPOINT,
        "unet2d",
        "class-conditional",
    ),
    "AuraFlow": (
        lambda: of_class("AuraFlowTransformer2DModel", num_mmdit_layers=1, num_single_dit_layers=1),
        FileKind.DENOISER,
        "auraflow",
        "",
    ),
    "Wan": (lambda: of_class("WanTransformer3DModel", **SMALL), FileKind.DENOISER, "wan", ""),
    # control
    "ControlNet SD 1.5": (control_net, FileKind.CONTROLNET, "sd1", ""),
    "ControlNet-XS SD 2.1": (lambda: of_class("ControlNetXSAdapter"), FileKind.CONTROLNET, "sd2", "XS"),
    "ControlNet-XS SDXL": (xs_xl, FileKind.CONTROLNET, "sdxl", "XS"),
    "ControlNet-XS SDXL, vislearn": (
        lambda: {xs_name(name, 9): shape for name, shape in xs_xl().items()},
        FileKind.CONTROLNET,
        "sdxl",
        "XS",
    ),
    "ControlNet SD 2.1": (lambda: control_net(1024), FileKind.CONTROLNET, "sd2", ""),
    "ControlNet SD 1.5, original": (
        lambda: wrapped(
            {
                **ldm_unet(),
                "input_hint_block.0.weight": (16, 3, 3, 3),
                "zero_convs.0.0.weight": (320, 320, 1, 1),
            },
            "control_model.",
        ),
        FileKind.CONTROLNET,
        "sd1",
        "",
    ),
    "ControlNet SDXL": (
        lambda: control_net(
            2048,
            block_out_channels=(320, 640, 1280),
            addition_embed_type="text_time",
            down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
            addition_time_embed_dim=256,
            projection_class_embeddings_input_dim=2816,
            transformer_layers_per_block=(1, 2, 10),
        ),
        FileKind.CONTROLNET,
        "sdxl",
        "",
    ),
    "ControlNet FLUX": (
        lambda: of_class("FluxControlNetModel", num_layers=1, num_single_layers=0),
        FileKind.CONTROLNET,
        "flux1",
        "",
    ),
    "ControlNet union FLUX": (
        lambda: of_class("FluxControlNetModel", num_layers=1, num_single_layers=0, num_mode=10),
        FileKind.CONTROLNET,
        "flux1",
        "union",
    ),
    "ControlNet SD 3": (lambda: of_class("SD3ControlNetModel", num_layers=1), FileKind.CONTROLNET, "sd3", ""),
    "ControlNet Qwen-Image": (
        lambda: of_class("QwenImageControlNetModel", num_layers=1),
        FileKind.CONTROLNET,
        "qwen_image",
        "",
    ),
    "ControlNet Sana": (
        lambda: of_class("SanaControlNetModel", num_layers=1),
        FileKind.CONTROLNET,
        "sana",
        "",
    ),
    "T2I-Adapter SD 1.5": (lambda: of_class("T2IAdapter"), FileKind.T2I_ADAPTER, "sd1", ""),
    "T2I-Adapter SDXL": (
        lambda: of_class("T2IAdapter", adapter_type="full_adapter_xl", downscale_factor=16),
        FileKind.T2I_ADAPTER,
        "sdxl",
        "",
    ),
    "IP-Adapter SD 1.5": (lambda: ip_adapter(768), FileKind.IP_ADAPTER, "sd1", ""),
    "IP-Adapter Plus SDXL": (lambda: ip_adapter(2048, plus=True), FileKind.IP_ADAPTER, "sdxl", "Plus"),
    "IP-Adapter Plus Kolors": (
        lambda: {**ip_adapter(2048, plus=True), "image_proj.latents": (1, 16, 2048)},
        FileKind.IP_ADAPTER,
        "kolors",
        "Plus",
    ),
    "FLUX Redux": (
        lambda: {**linear("redux_down", 4096, 12288), **linear("redux_up", 12288, 1152)},
        FileKind.IP_ADAPTER,
        "flux1",
        "Redux",
    ),
    # VAEs, text encoders, the rest
    "VAE of SD": (lambda: KL_ENDS, FileKind.VAE, "sd1", ""),
    "VAE of SD, diffusers": (lambda: vae(4), FileKind.VAE, "sd1", ""),
    "VAE of FLUX": (
        lambda: {**KL_ENDS, "decoder.conv_in.weight": (512, 16, 3, 3)},
        FileKind.VAE,
        "flux1",
        "",
    ),
    "VAE of FLUX, diffusers": (lambda: vae(16), FileKind.VAE, "flux1", ""),
    "VAE of FLUX.2": (lambda: of_class("AutoencoderKLFlux2"), FileKind.VAE, "flux2", ""),
    "VAE of Qwen-Image": (lambda: of_class("AutoencoderKLQwenImage"), FileKind.VAE, "qwen_image", ""),
    "VAE of Sana": (lambda: of_class("AutoencoderDC"), FileKind.VAE, "sana", "DC-AE"),
    "TAESD": (lambda: of_class("AutoencoderTiny"), FileKind.TINY_VAE, "sd1", ""),
    "TAEF1": (lambda: of_class("AutoencoderTiny", latent_channels=16), FileKind.TINY_VAE, "flux1", ""),
    "TAESD decoder": (
        lambda: {"1.weight": (64, 4, 3, 3), "3.conv.0.weight": (64, 64, 3, 3)},
        FileKind.TINY_VAE,
        "sd1",
        "decoder",
    ),
    "CLIP-L": (lambda: CLIP_L, FileKind.TEXT_ENCODER, "sd1", "CLIP-L"),
    "T5-XXL": (
        lambda: (
            {"shared.weight": (32128, 4096)}
            | {f"encoder.block.{n}.layer.0.SelfAttention.q.weight": (4096, 4096) for n in range(24)}
        ),
        FileKind.TEXT_ENCODER,
        "flux1",
        "T5-XXL",
    ),
    "Qwen3-4B": (
        lambda: {
            "model.embed_tokens.weight": (151936, 2560),
            "model.layers.0.self_attn.q_norm.weight": (128,),
        },
        FileKind.TEXT_ENCODER,
        "z_image",
        "Qwen3 4B",
    ),
    "Gemma 2 2B, llama.cpp": (
        lambda: {"token_embd.weight": (256000, 2304), "blk.0.post_ffw_norm.weight": (2304,)},
        FileKind.TEXT_ENCODER,
        "lumina2",
        "Gemma 2 2B",
    ),
    "Mistral Small 3, llama.cpp": (
        lambda: {"token_embd.weight": (131072, 5120), "blk.30.attn_q.weight": (4096, 5120)},
        FileKind.TEXT_ENCODER,
        "flux2",
        "Mistral Small 3",
    ),
    "CLIP vision": (
        lambda: {"vision_model.embeddings.patch_embedding.weight": (1280, 3, 14, 14)},
        FileKind.IMAGE_ENCODER,
        "",
        "CLIP-H",
    ),
    "SAM": (lambda: of_class_with_config("SamModel"), FileKind.SEGMENTER, "", "SAM"),
    "SAM-HQ": (lambda: of_class_with_config("SamHQModel"), FileKind.SEGMENTER, "", "SAM-HQ"),
    "SAM 2": (lambda: of_class_with_config("Sam2Model"), FileKind.SEGMENTER, "", "SAM 2"),
    "SAM 2, video": (lambda: of_class_with_config("Sam2VideoModel"), FileKind.SEGMENTER, "", "SAM 2"),
    "SAM, original": (
        lambda: {
            "image_encoder.pos_embed": (1, 64, 64, 768),
            "image_encoder.neck.0.weight": (256, 768, 1, 1),
            "mask_decoder.iou_token.weight": (1, 256),
        },
        FileKind.SEGMENTER,
        "",
        "SAM",
    ),
    "SAM 2, original": (
        lambda: {
            "image_encoder.trunk.patch_embed.proj.weight": (96, 3, 7, 7),
            "sam_mask_decoder.iou_token.weight": (1, 256),
        },
        FileKind.SEGMENTER,
        "",
        "SAM 2",
    ),
    "embedding SD 1.5": (lambda: {"emb_params": (8, 768)}, FileKind.EMBEDDING, "sd1", ""),
    "embedding SDXL": (lambda: {"clip_l": (2, 768), "clip_g": (2, 1280)}, FileKind.EMBEDDING, "sdxl", ""),
    "embedding FLUX": (lambda: {"clip_l": (2, 768), "t5xxl": (2, 4096)}, FileKind.EMBEDDING, "flux1", ""),
    "embedding SD 3": (
        lambda: {"clip_l": (2, 768), "clip_g": (2, 1280), "t5xxl": (2, 4096)},
        FileKind.EMBEDDING,
        "sd3",
        "",
    ),
    "RRDB": (rrdb, FileKind.UPSCALER, "", "RRDB"),
    "RRDB, params_ema": (lambda: wrapped(rrdb(), "params_ema."), FileKind.UPSCALER, "", "RRDB"),
    "RRDB, old": (
        lambda: {"model.0.weight": (64, 3, 3, 3), "model.1.sub.0.RDB1.conv1.0.weight": (32, 64, 3, 3)},
        FileKind.UPSCALER,
        "",
        "RRDB",
    ),
    "SRVGG": (
        lambda: {
            "body.0.weight": (64, 3, 3, 3),
            "body.0.bias": (64,),
            "body.1.weight": (64,),
            "body.2.weight": (64, 64, 3, 3),
        },
        FileKind.UPSCALER,
        "",
        "SRVGG",
    ),
    # LoRAs, in Kohya's layout and in PEFT's
    "LoRA SD 1.5": (lambda: lora_of(unet(), "attn1.to_", "attn2.to_"), FileKind.LORA, "sd1", ""),
    "LoRA SD 2.1": (lambda: lora_of(unet(1024), "attn2.to_"), FileKind.LORA, "sd2", ""),
    "LoRA SDXL, Kohya": (lambda: lora_of(ldm_unet(**SDXL), "attn2.to_"), FileKind.LORA, "sdxl", ""),
    "LoRA SDXL without text layers": (
        lambda: lora_of(ldm_unet(**SDXL), "attn1.to_q"),
        FileKind.LORA,
        "sdxl",
        "",
    ),
    "LoRA SDXL, diffusers": (
        lambda: lora_of(sdxl_unet(), "attn1.to_q", kohya=False, prefix="unet."),
        FileKind.LORA,
        "sdxl",
        "",
    ),
    "LoRA FLUX.1, Kohya": (lambda: lora_of(flux1(), *FLUX_UNET), FileKind.LORA, "flux1", ""),
    "LoRA FLUX.1, diffusers": (
        lambda: lora_of(
            of_class("FluxTransformer2DModel", num_layers=1, num_single_layers=1), "attn.to_", kohya=False
        ),
        FileKind.LORA,
        "flux1",
        "",
    ),
    "LoRA FLUX.1 Canny": (
        lambda: (
            lora_of(flux1(128), *FLUX_UNET, "img_in", kohya=False)
            | {"double_blocks.0.img_attn.norm.query_norm.scale": (128,)}
        ),
        FileKind.LORA,
        "flux1",
        "control",
    ),
    "LoRA FLUX.2": (
        lambda: lora_of(of_class("Flux2Transformer2DModel", **KLEIN_4B), "attn.to_", kohya=False),
        FileKind.LORA,
        "flux2",
        "",
    ),
    "LoRA FLUX.2 klein, Kohya": (
        lambda: kohya_lora({"single_blocks.0.linear1": (27648, 3072)}),
        FileKind.LORA,
        "flux2",
        "",
    ),
    "LoRA Qwen-Image": (
        lambda: lora_of(of_class("QwenImageTransformer2DModel", **SMALL), "attn.", kohya=False),
        FileKind.LORA,
        "qwen_image",
        "",
    ),
    "LoRA SD 3": (
        lambda: lora_of(
            of_class(
                "SD3Transformer2DModel", num_layers=2, num_attention_heads=24, caption_projection_dim=1536
            ),
            "attn.",
            kohya=False,
        ),
        FileKind.LORA,
        "sd3",
        "",
    ),
    "LoRA Z-Image": (
        lambda: lora_of(
            of_class("ZImageTransformer2DModel", n_layers=1),
            "layers.0.attention.to_",
            kohya=False,
            prefix="diffusion_model.",
        ),
        FileKind.LORA,
        "z_image",
        "",
    ),
    "LoRA PixArt": (
        lambda: lora_of(of_class("PixArtTransformer2DModel", num_layers=1), "attn1.to_", kohya=False),
        FileKind.LORA,
        "pixart",
        "",
    ),
    "LoRA of a text encoder": (
        lambda: kohya_lora({"text_model.encoder.layers.0.self_attn.q_proj": (768, 768)}, "lora_te_"),
        FileKind.LORA,
        "sd1",
        "",
    ),
    "LoHa SD 1.5": (
        lambda: {
            f"lora_unet_down_blocks_0_attentions_0_proj_in.{end}": (4, 320)
            for end in ("hada_w1_a", "hada_w1_b", "hada_w2_a", "hada_w2_b")
        },
        FileKind.LORA,
        "sd",
        "LoHa",
    ),
    "LoKr": (
        lambda: {"lora_unet_x_0.lokr_w1": (4, 4), "lora_unet_x_0.lokr_w2": (8, 8)},
        FileKind.LORA,
        "",
        "LoKr",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_file_is_recognised_by_its_tensors(case: str, tmp_path: Path) -> None:
    make, kind, family, variant = CASES[case]
    found = describe(Place(write_header(tmp_path / "model.safetensors", make()), ""))
    assert not found.problem
    assert (found.kind, found.family) == (kind, family), found.why
    assert variant in found.variant, found.variant
    assert found.why and all(found.why)


def test_every_family_of_the_tables_has_a_title_and_every_mark_a_source() -> None:
    for mark in (*TABLE, *VARIANTS):
        assert set(mark.families) <= set(FAMILY_TITLES), mark
        assert mark.source and (mark.needs or mark.variant), mark


def test_what_no_mark_fits_is_unknown_and_says_what_it_has() -> None:
    found = recognise({"some.layer.weight": (3, 4), "another.bias": (4,)})
    assert found.kind is FileKind.UNKNOWN and "some.layer.weight" in found.why[0]


def test_the_tensors_decide_and_not_the_name(tmp_path: Path) -> None:
    path = write_header(tmp_path / "Flux_LoRA_vae_sdxl.safetensors", whole_sd1())
    found = describe(Place(path, ""))
    assert (found.kind, found.family) == (FileKind.CHECKPOINT, "sd1")


def test_the_name_says_only_what_no_tensor_can(tmp_path: Path) -> None:
    lightning = describe(Place(write_header(tmp_path / "dreamXL_Lightning.safetensors", whole_sdxl()), ""))
    assert lightning.variant == "Lightning" and "tensors alone cannot tell" in lightning.why[-1]
    kontext = describe(Place(write_header(tmp_path / "flux1-kontext-dev.safetensors", flux1()), ""))
    assert kontext.variant == "dev, Kontext"
    klein = of_class("Flux2Transformer2DModel", **KLEIN_4B)
    kept = describe(Place(write_header(tmp_path / "flux-2-klein-4b-kv.safetensors", klein), ""))
    assert kept.variant == "klein 4B, KV"
    vae_file = describe(Place(write_header(tmp_path / "turbo-vae.safetensors", KL_ENDS), ""))
    assert vae_file.variant == ""


def test_size_and_precision_are_read_off_the_header(tmp_path: Path) -> None:
    path = write_header(tmp_path / "flux.safetensors", flux1(), "F8_E4M3")
    found = describe(Place(path, ""))
    assert found.precision == "F8_E4M3"
    assert found.bytes == path.stat().st_size and abs(found.parameters - found.bytes) < 20_000
    lora = describe(Place(write_header(tmp_path / "l.safetensors", lora_of(unet(), "attn2.to_")), ""))
    assert lora.rank == 16

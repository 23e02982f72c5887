"""Tiny models of the families that also come as files: the same networks as a folder and as ComfyUI has them.

What a file cannot say (heads, groups, vocabularies) is as in the real ones; all else is as small as it goes.
To add a family, add its pipeline and its files to `FILES`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import diffusers
import original_layouts as layouts
import torch
import transformers
from safetensors.torch import save_file
from tiny import full_tokenizer
from tiny_families import (
    MISTRAL_TOKENS,
    byte_tokenizer,
    flow,
    gemma_tokenizer,
    ldm_noise,
    mistral_tokenizer,
    name_as_made,
    t5_tokenizer,
)

CLIP_TOKENS = 49_408
QWEN_TOKENS = 260


def vae(channels: int, **more: Any) -> diffusers.AutoencoderKL:
    return diffusers.AutoencoderKL(
        block_out_channels=(32,) * 4, down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4, latent_channels=channels, layers_per_block=1,
        sample_size=1024, **more,
    )  # fmt: skip


def flux_vae(**more: Any) -> diffusers.AutoencoderKL:
    told = {"scaling_factor": 0.3611, "shift_factor": 0.1159, **more}
    return vae(16, **told, use_quant_conv=False, use_post_quant_conv=False)


def clip(kind: str, width: int, act: str, pad: int) -> Any:
    return getattr(transformers, kind)(
        transformers.CLIPTextConfig(
            vocab_size=CLIP_TOKENS, hidden_size=width, intermediate_size=32, num_hidden_layers=2,
            num_attention_heads=1, projection_dim=width, hidden_act=act, bos_token_id=CLIP_TOKENS - 2,
            eos_token_id=CLIP_TOKENS - 1, pad_token_id=pad,
        )
    )  # fmt: skip


def t5(width: int = 32) -> transformers.T5EncoderModel:
    return transformers.T5EncoderModel(
        transformers.T5Config(
            vocab_size=128, d_model=width, d_kv=8, d_ff=32, num_layers=2, num_heads=2,
            feed_forward_proj="gated-gelu", tie_word_embeddings=False,
        )
    )  # fmt: skip


def qwen3(kind: str, layers: int) -> Any:
    return getattr(transformers, kind)(
        transformers.Qwen3Config(
            hidden_size=16, intermediate_size=16, num_hidden_layers=layers, num_attention_heads=2,
            num_key_value_heads=2, head_dim=8, vocab_size=QWEN_TOKENS, max_position_embeddings=40960,
            rope_parameters={"rope_type": "default", "rope_theta": 1e6}, tie_word_embeddings=True,
        )
    )  # fmt: skip


def gemma2(width: int = 16) -> transformers.Gemma2Model:
    return transformers.Gemma2Model(
        transformers.Gemma2Config(
            hidden_size=width, intermediate_size=16, num_hidden_layers=2, num_attention_heads=1,
            num_key_value_heads=1, head_dim=256, vocab_size=128,
        )
    )  # fmt: skip


def qwen_vl() -> Any:
    rope = {"rope_type": "default", "rope_theta": 1e6, "mrope_section": [16, 24, 24]}
    return transformers.Qwen2_5_VLForConditionalGeneration(
        transformers.Qwen2_5_VLConfig(
            text_config={
                "hidden_size": 128, "intermediate_size": 16, "num_hidden_layers": 2, "num_attention_heads": 1,
                "num_key_value_heads": 1, "vocab_size": QWEN_TOKENS, "max_position_embeddings": 128000,
                "rope_parameters": rope, "rms_norm_eps": 1e-6,
            },
            vision_config={
                "depth": 1, "hidden_size": 80, "intermediate_size": 16, "num_heads": 1,
                "out_hidden_size": 128,
                "fullatt_block_indexes": [],
            },
        )
    )  # fmt: skip


def sdxl() -> Any:
    unet = diffusers.UNet2DConditionModel(
        block_out_channels=(32, 64), layers_per_block=1, sample_size=128,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"), attention_head_dim=(1, 1),
        use_linear_projection=True, addition_embed_type="text_time", addition_time_embed_dim=256,
        transformer_layers_per_block=(1, 2), projection_class_embeddings_input_dim=6 * 256 + 40,
        cross_attention_dim=64,
    )  # fmt: skip
    return diffusers.StableDiffusionXLPipeline(
        vae=vae(4, scaling_factor=0.13025, force_upcast=True), unet=unet, scheduler=ldm_noise(),
        text_encoder=clip("CLIPTextModel", 24, "quick_gelu", 49_407), tokenizer=full_tokenizer(1),
        text_encoder_2=clip("CLIPTextModelWithProjection", 40, "gelu", 0), tokenizer_2=full_tokenizer(2),
    )  # fmt: skip


def _flux_transformer(inside: int, guidance: bool) -> diffusers.FluxTransformer2DModel:
    return diffusers.FluxTransformer2DModel(
        in_channels=inside, out_channels=64, num_layers=2, num_single_layers=2, num_attention_heads=1,
        joint_attention_dim=32, pooled_projection_dim=24, guidance_embeds=guidance,
    )  # fmt: skip


def _flux(pipeline: type, transformer: Any) -> Any:
    is_dev = transformer.config.guidance_embeds
    return pipeline(
        scheduler=flow(use_dynamic_shifting=is_dev, shift=3.0 if is_dev else 1.0), vae=flux_vae(),
        text_encoder=clip("CLIPTextModel", 24, "quick_gelu", 49_407), tokenizer=full_tokenizer(1),
        text_encoder_2=t5(), tokenizer_2=t5_tokenizer(), transformer=transformer,
    )  # fmt: skip


def flux_dev() -> Any:
    return _flux(diffusers.FluxPipeline, _flux_transformer(64, True))


def flux_schnell() -> Any:
    return _flux(diffusers.FluxPipeline, _flux_transformer(64, False))


def flux_fill() -> Any:
    return _flux(diffusers.FluxFillPipeline, _flux_transformer(384, True))


def flux_canny() -> Any:
    return _flux(diffusers.FluxControlPipeline, _flux_transformer(128, True))


def flux_kontext() -> Any:
    return _flux(diffusers.FluxKontextPipeline, _flux_transformer(64, True))


def chroma() -> Any:
    transformer = diffusers.ChromaTransformer2DModel(
        num_layers=2, num_single_layers=2, num_attention_heads=1, joint_attention_dim=32,
        approximator_hidden_dim=32, approximator_layers=2, approximator_num_channels=64,
    )  # fmt: skip
    return diffusers.ChromaPipeline(
        scheduler=flow(use_dynamic_shifting=True, shift=3.0), vae=flux_vae(), text_encoder=t5(),
        tokenizer=t5_tokenizer(), transformer=transformer,
    )  # fmt: skip


def flux2_klein() -> Any:
    transformer = diffusers.Flux2Transformer2DModel(
        in_channels=128, num_layers=1, num_single_layers=2, num_attention_heads=1, joint_attention_dim=48,
        guidance_embeds=False,
    )  # fmt: skip
    autoencoder = diffusers.AutoencoderKLFlux2(
        block_out_channels=(32,) * 4, down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4, layers_per_block=1,
    )  # fmt: skip
    torch.nn.init.normal_(autoencoder.bn.running_mean, std=0.1)
    return diffusers.Flux2KleinPipeline(
        scheduler=flow(use_dynamic_shifting=True, shift=3.0), vae=autoencoder,
        text_encoder=qwen3("Qwen3ForCausalLM", 27), tokenizer=byte_tokenizer(), transformer=transformer,
        is_distilled=True,
    )  # fmt: skip


def mistral() -> transformers.MistralModel:
    return transformers.MistralModel(
        transformers.MistralConfig(
            hidden_size=16, intermediate_size=16, num_hidden_layers=31, num_attention_heads=1,
            num_key_value_heads=1, head_dim=128, vocab_size=MISTRAL_TOKENS, rms_norm_eps=1e-5,
            max_position_embeddings=131_072, sliding_window=None,
            rope_parameters={"rope_type": "default", "rope_theta": 1e9},
        )
    )  # fmt: skip


def flux2_dev() -> Any:
    klein = flux2_klein()
    transformer = diffusers.Flux2Transformer2DModel(
        in_channels=128, num_layers=1, num_single_layers=2, num_attention_heads=1, joint_attention_dim=48,
    )  # fmt: skip
    return diffusers.Flux2Pipeline(
        scheduler=klein.scheduler, vae=klein.vae, text_encoder=mistral(), tokenizer=mistral_tokenizer(),
        transformer=transformer,
    )  # fmt: skip


def sd3() -> Any:
    transformer = diffusers.SD3Transformer2DModel(
        sample_size=128, num_layers=2, attention_head_dim=64, num_attention_heads=1, joint_attention_dim=64,
        caption_projection_dim=64, pooled_projection_dim=64, pos_embed_max_size=192, qk_norm="rms_norm",
        dual_attention_layers=(0,),
    )  # fmt: skip
    kind = "CLIPTextModelWithProjection"
    return diffusers.StableDiffusion3Pipeline(
        transformer=transformer, scheduler=flow(shift=3.0),
        vae=flux_vae(scaling_factor=1.5305, shift_factor=0.0609),
        text_encoder=clip(kind, 24, "quick_gelu", 49_407), tokenizer=full_tokenizer(1),
        text_encoder_2=clip(kind, 40, "gelu", 0), tokenizer_2=full_tokenizer(2), text_encoder_3=t5(64),
        tokenizer_3=t5_tokenizer(),
    )  # fmt: skip


def z_image() -> Any:
    transformer = diffusers.ZImageTransformer2DModel(
        in_channels=16, dim=128, n_layers=2, n_refiner_layers=1, n_heads=1, n_kv_heads=1, cap_feat_dim=16,
        axes_lens=[1536, 512, 512],
    )  # fmt: skip
    for name, parameter in transformer.named_parameters():
        if name.endswith("pad_token"):  # the class leaves them as the memory was
            torch.nn.init.normal_(parameter)
    return diffusers.ZImagePipeline(
        scheduler=flow(shift=3.0), vae=flux_vae(), text_encoder=qwen3("Qwen3Model", 2),
        tokenizer=byte_tokenizer(), transformer=transformer,
    )  # fmt: skip


def lumina2() -> Any:
    transformer = diffusers.Lumina2Transformer2DModel(
        hidden_size=192, num_layers=2, num_refiner_layers=1, num_attention_heads=2, num_kv_heads=1,
        cap_feat_dim=16,
    )  # fmt: skip
    return diffusers.Lumina2Pipeline(
        transformer=transformer, scheduler=flow(shift=6.0), vae=flux_vae(), text_encoder=gemma2(),
        tokenizer=gemma_tokenizer(),
    )  # fmt: skip


def pixart() -> Any:
    transformer = diffusers.PixArtTransformer2DModel(
        sample_size=128, num_layers=2, attention_head_dim=72, num_attention_heads=1, cross_attention_dim=72,
        caption_channels=32, in_channels=4, out_channels=8, attention_bias=True,
        activation_fn="gelu-approximate", norm_type="ada_norm_single", norm_elementwise_affine=False,
        norm_eps=1e-6, use_additional_conditions=False,
    )  # fmt: skip
    return diffusers.PixArtSigmaPipeline(
        tokenizer=t5_tokenizer(), text_encoder=t5(), vae=vae(4, scaling_factor=0.13025, force_upcast=True),
        transformer=transformer,
        scheduler=diffusers.DPMSolverMultistepScheduler(
            beta_start=0.0001, beta_end=0.02, beta_schedule="linear"
        ),
    )  # fmt: skip


def sana() -> Any:
    transformer = diffusers.SanaTransformer2DModel(
        num_layers=2, num_attention_heads=7, attention_head_dim=32, num_cross_attention_heads=2,
        cross_attention_head_dim=112, cross_attention_dim=224, caption_channels=16, in_channels=4,
        out_channels=4,
    )  # fmt: skip
    blocks, scales = ("ResBlock", "EfficientViTBlock"), ((), (5,))
    widths = (32, 32)
    autoencoder = diffusers.AutoencoderDC(
        latent_channels=4, encoder_block_types=blocks, decoder_block_types=blocks,
        encoder_block_out_channels=widths, decoder_block_out_channels=widths, encoder_qkv_multiscales=scales,
        decoder_qkv_multiscales=scales, encoder_layers_per_block=(1, 1), decoder_layers_per_block=(2, 1),
        downsample_block_type="Conv", upsample_block_type="interpolate", scaling_factor=0.41407,
    )  # fmt: skip
    return diffusers.SanaPipeline(
        tokenizer=gemma_tokenizer(), text_encoder=gemma2(), vae=autoencoder, transformer=transformer,
        scheduler=diffusers.DPMSolverMultistepScheduler(
            use_flow_sigmas=True, prediction_type="flow_prediction", flow_shift=3.0
        ),
    )  # fmt: skip


def qwen_image() -> Any:
    autoencoder = diffusers.AutoencoderKLQwenImage(base_dim=8, dim_mult=[1, 2, 2, 2], num_res_blocks=1)
    transformer = diffusers.QwenImageTransformer2DModel(
        num_layers=2, num_attention_heads=1, joint_attention_dim=128
    )
    scheduler = flow(
        use_dynamic_shifting=True, shift=1.0, shift_terminal=0.02, max_shift=0.9, max_image_seq_len=8192
    )
    return diffusers.QwenImagePipeline(
        scheduler=scheduler, vae=autoencoder, text_encoder=qwen_vl(), tokenizer=byte_tokenizer(),
        transformer=transformer,
    )  # fmt: skip


class Form(NamedTuple):
    """How a model lies in files."""

    make: Callable[[], Any]
    family: str
    file: str
    """Of the network, below the folder of models."""
    names: Callable[[Mapping[str, torch.Tensor]], layouts.State]
    """Of its network, to the makers'."""
    inside: Mapping[str, str] = {}
    """Part to what stands before its names, where it lies in the same file."""
    beside: Mapping[str, str] = {}
    """Part to its file, where it lies in one of its own."""
    denoiser: str = "transformer"
    prefix: str = ""


def _same(state: Mapping[str, torch.Tensor]) -> layouts.State:
    return dict(state)


FLUX_BESIDE = {
    "vae": "vae/ae.safetensors", "text_encoder": "text_encoders/clip_l.safetensors",
    "text_encoder_2": "text_encoders/t5xxl_fp16.safetensors",
}  # fmt: skip
UNET = "model.diffusion_model."

FILES: dict[str, Form] = {
    "sdxl": Form(
        sdxl, "sdxl", "checkpoints/dream.safetensors", layouts.sdxl_unet,
        {
            "vae": "first_stage_model.", "text_encoder": "conditioner.embedders.0.transformer.",
            "text_encoder_2": "conditioner.embedders.1.model.",
        },
        denoiser="unet", prefix=UNET,
    ),
    "flux-dev": Form(
        flux_dev, "flux1", "diffusion_models/flux1-dev.safetensors", layouts.flux, beside=FLUX_BESIDE
    ),
    "flux-schnell": Form(
        flux_schnell, "flux1", "checkpoints/flux1-schnell-fp8.safetensors", layouts.flux,
        {
            "vae": "vae.", "text_encoder": "text_encoders.clip_l.transformer.",
            "text_encoder_2": "text_encoders.t5xxl.transformer.",
        },
        prefix=UNET,
    ),
    "flux-fill": Form(
        flux_fill, "flux1", "unet/flux1-fill-dev.safetensors", layouts.flux, beside=FLUX_BESIDE
    ),
    "flux-canny": Form(
        flux_canny, "flux1", "diffusion_models/flux1-canny-dev.safetensors", layouts.flux, beside=FLUX_BESIDE
    ),
    "flux-kontext": Form(
        flux_kontext, "flux1", "unet/flux1-kontext-dev.safetensors", layouts.flux, beside=FLUX_BESIDE
    ),
    "chroma": Form(
        chroma, "chroma", "diffusion_models/chroma.safetensors", layouts.flux,
        beside={"vae": "vae/ae.safetensors", "text_encoder": "text_encoders/t5xxl_fp16.safetensors"},
    ),
    "flux2-klein": Form(
        flux2_klein, "flux2", "diffusion_models/flux-2-klein-4b.safetensors", layouts.flux,
        beside={"vae": "vae/flux2-vae.safetensors", "text_encoder": "text_encoders/qwen_3_4b.safetensors"},
    ),
    "flux2-dev": Form(
        flux2_dev, "flux2", "diffusion_models/flux2-dev.safetensors", layouts.flux,
        beside={
            "vae": "vae/flux2-vae.safetensors", "text_encoder": "text_encoders/mistral_3_small.safetensors",
        },
    ),
    "sd3": Form(
        sd3, "sd3", "checkpoints/sd3.5_medium_incl_clips.safetensors", layouts.sd3,
        {
            "vae": "first_stage_model.", "text_encoder": "text_encoders.clip_l.transformer.",
            "text_encoder_2": "text_encoders.clip_g.transformer.",
            "text_encoder_3": "text_encoders.t5xxl.transformer.",
        },
        prefix=UNET,
    ),
    "z-image": Form(
        z_image, "z_image", "diffusion_models/z_image_turbo_bf16.safetensors", layouts.z_image,
        beside={"vae": "vae/ae.safetensors", "text_encoder": "text_encoders/qwen_3_4b.safetensors"},
    ),
    "lumina2": Form(
        lumina2, "lumina2", "checkpoints/lumina_2.safetensors", layouts.lumina2,
        {"vae": "vae.", "text_encoder": "text_encoders.gemma2_2b.transformer."}, prefix=UNET,
    ),
    "pixart": Form(
        pixart, "pixart", "diffusion_models/PixArt-Sigma-XL-2-1024-MS.safetensors", layouts.pixart,
        beside={"vae": "vae/sdxl_vae.safetensors", "text_encoder": "text_encoders/t5xxl_fp16.safetensors"},
    ),
    "sana": Form(
        sana, "sana", "diffusion_models/Sana_1600M_1024px.safetensors", layouts.sana,
        beside={
            "vae": "vae/dc-ae-f32c32-sana-1.0.safetensors",
            "text_encoder": "text_encoders/gemma_2_2b.safetensors",
        },
    ),
    "qwen-image": Form(
        qwen_image, "qwen_image", "diffusion_models/qwen_image_bf16.safetensors", _same,
        beside={
            "vae": "vae/qwen_image_vae.safetensors",
            "text_encoder": "text_encoders/qwen_2.5_vl_7b.safetensors",
        },
    ),
}  # fmt: skip
"""Name to the model in both forms."""


def made(name: str) -> Any:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return FILES[name].make()


def write_folder(pipeline: Any, folder: Path) -> Path:
    pipeline.save_pretrained(folder)
    return name_as_made(folder)


def write_files(name: str, pipeline: Any, models: Path) -> Path:
    """The files of that entry below `models`, tokenizers where ComfyUI has its own; gives the network's."""
    form = FILES[name]
    network = getattr(pipeline, form.denoiser)
    whole = {form.prefix + key: tensor for key, tensor in form.names(network.state_dict()).items()}
    for part, prefix in form.inside.items():
        whole |= {prefix + key: tensor for key, tensor in part_state(pipeline, part, prefix).items()}
    for part, file in form.beside.items():
        save(part_state(pipeline, part, ""), models / file)
    for part in ("tokenizer", "tokenizer_2", "tokenizer_3"):
        tokenizer = getattr(pipeline, part, None)
        if tokenizer is not None and not isinstance(tokenizer, transformers.CLIPTokenizer):
            tokenizer.save_pretrained(models.parent / "comfy" / "text_encoders" / f"{part}_{name}")
    return save(whole, models / form.file)


def part_state(pipeline: Any, part: str, prefix: str) -> layouts.State:
    """A part's tensors by the names that they have in files."""
    network = getattr(pipeline, part)
    state = dict(network.state_dict())
    if part == "vae":
        back = {"AutoencoderKLQwenImage": layouts.wan_vae, "AutoencoderDC": layouts.deep}
        return back.get(type(network).__name__, layouts.kl)(state)
    if "model." in prefix and "conditioner" in prefix:
        return layouts.open_clip(state)
    match type(network).__name__:
        case "CLIPTextModel":
            return {f"text_model.{name}": tensor for name, tensor in state.items()}
        case "T5EncoderModel":
            return {name: tensor for name, tensor in state.items() if "embed_tokens" not in name}
        case "Qwen3Model" | "Gemma2Model" | "MistralModel":
            return {f"model.{name}": tensor for name, tensor in state.items()}
        case "Qwen3ForCausalLM":
            return {name: tensor for name, tensor in state.items() if not name.startswith("lm_head")}
        case "Qwen2_5_VLForConditionalGeneration":
            return {
                name.replace("model.language_model.", "model.").replace("model.visual.", "visual."): tensor
                for name, tensor in state.items()
            }
    return state


def save(state: Mapping[str, torch.Tensor], file: Path) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: tensor.contiguous().clone() for name, tensor in state.items()}, file)
    return file


def write_gguf(
    state: Mapping[str, torch.Tensor], file: Path, kind: str = "Q8_0", architecture: str = "diffusion"
) -> Path:
    """`state` as a GGUF file by the format's own writer: matrices packed, all else in 32 bits."""
    import gguf

    file.parent.mkdir(parents=True, exist_ok=True)
    writer = gguf.GGUFWriter(file, architecture)
    form = gguf.GGMLQuantizationType[kind]
    block = gguf.GGML_QUANT_SIZES[form][0]
    for name, tensor in state.items():
        numbers = tensor.float().numpy()
        if numbers.ndim == 2 and numbers.shape[1] % block == 0 and not name.endswith("pad_token"):
            writer.add_tensor(name, gguf.quants.quantize(numbers, form), raw_dtype=form)
        else:
            writer.add_tensor(name, numbers)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return file

"""Tiny checkpoints of the families beyond Stable Diffusion 1 and 2: real classes, random weights.

To add a family, add a function that makes its diffusers folder to `FAMILIES`.
"""

from __future__ import annotations

import importlib
import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import diffusers
import torch
import transformers
from tiny import tiny_tokenizer
from tokenizers import normalizers

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,:;!?'\"()<>|_-*/\\\n\t"
CLIP_TOKENS = len(tiny_tokenizer())


def field(number: int, value: bytes | int | float) -> bytes:
    """As protocol buffers write it."""
    if isinstance(value, float):
        return bytes([number << 3 | 5]) + struct.pack("<f", value)
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def varint(number: int) -> bytes:
    return bytes([number]) if number < 128 else bytes([number & 127 | 128]) + varint(number >> 7)


def vae(channels: int = 4, **more: Any) -> diffusers.AutoencoderKL:
    """Eight pixels a cell."""
    return diffusers.AutoencoderKL(
        block_out_channels=(8,) * 4,
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        latent_channels=channels,
        layers_per_block=1,
        norm_num_groups=4,
        sample_size=64,
        **more,
    )


def clip(kind: str = "CLIPTextModel", width: int = 32, **more: Any) -> Any:
    return getattr(transformers, kind)(
        transformers.CLIPTextConfig(
            vocab_size=CLIP_TOKENS, hidden_size=width, intermediate_size=32, num_hidden_layers=2,
            num_attention_heads=2, projection_dim=32, bos_token_id=CLIP_TOKENS - 2,
            eos_token_id=CLIP_TOKENS - 1, pad_token_id=CLIP_TOKENS - 1, **more,
        )
    )  # fmt: skip


def t5(width: int = 32) -> transformers.T5EncoderModel:
    return transformers.T5EncoderModel(
        transformers.T5Config(
            vocab_size=128, d_model=width, d_kv=8, d_ff=32, num_layers=1, num_heads=2,
            feed_forward_proj="gated-gelu",
        )
    )  # fmt: skip


def t5_tokenizer() -> transformers.T5Tokenizer:
    pieces = ["<pad>", "</s>", "<unk>", "▁", *dict.fromkeys(LETTERS)]
    return transformers.T5Tokenizer(
        vocab=[(piece, -float(place)) for place, piece in enumerate(pieces)], extra_ids=8
    )


def byte_tokenizer(length: int = 4096) -> transformers.Qwen2Tokenizer:
    marks = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|image_pad|>"]
    tokenizer = transformers.Qwen2Tokenizer(
        vocab={token: place for place, token in enumerate([*BYTES, *marks])},
        merges=[],
        model_max_length=length,
    )
    tokenizer.add_special_tokens({"additional_special_tokens": marks[1:]})
    tokenizer.chat_template = (
        "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n"
        "{% endfor %}"
        "{% if add_generation_prompt %}<|im_start|>assistant\n"
        "{% if enable_thinking is defined and enable_thinking is false %}<think>\n\n</think>\n\n{% endif %}"
        "{% endif %}"
    )
    return tokenizer


def mistral_tokenizer() -> transformers.PreTrainedTokenizerFast:
    """Pads on the left and takes letters as they are, as Mistral Small's does."""
    words = byte_tokenizer().backend_tokenizer
    words.normalizer = normalizers.Sequence([])
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=words, bos_token="<s>", eos_token="</s>",
        pad_token="<pad>", padding_side="left",
    )  # fmt: skip
    marks = ["[INST]", "[/INST]", "[SYSTEM_PROMPT]", "[/SYSTEM_PROMPT]"]
    tokenizer.add_special_tokens({"additional_special_tokens": marks})
    return tokenizer


def mistral3(layers: int = 31) -> Any:
    return transformers.Mistral3ForConditionalGeneration(
        transformers.Mistral3Config(
            text_config={
                "model_type": "mistral", "hidden_size": 16, "intermediate_size": 16,
                "num_hidden_layers": layers, "num_attention_heads": 2, "num_key_value_heads": 2,
                "head_dim": 8, "vocab_size": MISTRAL_TOKENS, "max_position_embeddings": 4096,
            },
            vision_config={
                "model_type": "pixtral", "hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1,
                "num_attention_heads": 2, "image_size": 32, "patch_size": 16,
            },
        )
    )  # fmt: skip


def _bytes() -> list[str]:
    from engine.tokenizers.clip import _byte_characters

    return _byte_characters()


BYTES = _bytes()
MISTRAL_TOKENS = len(BYTES) + 11


def qwen3(kind: str = "Qwen3Model", layers: int = 2) -> Any:
    return getattr(transformers, kind)(
        transformers.Qwen3Config(
            hidden_size=16, intermediate_size=16, num_hidden_layers=layers, num_attention_heads=2,
            num_key_value_heads=2, head_dim=8, vocab_size=260, max_position_embeddings=4096,
            bos_token_id=256, eos_token_id=258, pad_token_id=256,
        )
    )  # fmt: skip


def gemma2(width: int = 8) -> transformers.Gemma2Model:
    return transformers.Gemma2Model(
        transformers.Gemma2Config(
            hidden_size=width, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2,
            num_key_value_heads=2, head_dim=8, vocab_size=128, max_position_embeddings=4096,
        )
    )  # fmt: skip


def gemma_tokenizer() -> transformers.GemmaTokenizer:
    pieces = ["<pad>", "<eos>", "<bos>", "<unk>", "▁", *dict.fromkeys(LETTERS)]
    return transformers.GemmaTokenizer(vocab={piece: place for place, piece in enumerate(pieces)}, merges=[])


def flow(**config: Any) -> diffusers.FlowMatchEulerDiscreteScheduler:
    return diffusers.FlowMatchEulerDiscreteScheduler(**config)


def ldm_noise() -> diffusers.DDIMScheduler:
    return diffusers.DDIMScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", steps_offset=1, clip_sample=False,
        set_alpha_to_one=False,
    )  # fmt: skip


def flux_transformer(inside: int = 16, guidance: bool = True) -> diffusers.FluxTransformer2DModel:
    return diffusers.FluxTransformer2DModel(
        patch_size=1, in_channels=inside, out_channels=16, num_layers=1, num_single_layers=1,
        attention_head_dim=16, num_attention_heads=2, joint_attention_dim=32, pooled_projection_dim=32,
        axes_dims_rope=(4, 4, 8), guidance_embeds=guidance,
    )  # fmt: skip


def _flux(pipeline: type, transformer: Any) -> Any:
    return pipeline(
        scheduler=flow(use_dynamic_shifting=True, shift=3.0), vae=vae(shift_factor=0.1, scaling_factor=0.36),
        text_encoder=clip(), tokenizer=tiny_tokenizer(), text_encoder_2=t5(), tokenizer_2=t5_tokenizer(),
        transformer=transformer,
    )  # fmt: skip


def flux_dev() -> Any:
    return _flux(diffusers.FluxPipeline, flux_transformer())


def flux_schnell() -> Any:
    return _flux(diffusers.FluxPipeline, flux_transformer(guidance=False))


def flux_fill() -> Any:
    return _flux(diffusers.FluxFillPipeline, flux_transformer(16 + 16 + 256))


def flux_kontext() -> Any:
    return _flux(diffusers.FluxKontextPipeline, flux_transformer())


def sdxl(inside: int = 4) -> Any:
    unet = diffusers.UNet2DConditionModel(
        block_out_channels=(16, 32), layers_per_block=1, sample_size=8, in_channels=inside, norm_num_groups=8,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"), attention_head_dim=(2, 4),
        use_linear_projection=True, addition_embed_type="text_time", addition_time_embed_dim=8,
        transformer_layers_per_block=(1, 2), projection_class_embeddings_input_dim=80, cross_attention_dim=64,
    )  # fmt: skip
    pipeline = {
        4: diffusers.StableDiffusionXLPipeline, 9: diffusers.StableDiffusionXLInpaintPipeline,
        8: diffusers.StableDiffusionXLInstructPix2PixPipeline,
    }[inside]  # fmt: skip
    return pipeline(
        vae=vae(), unet=unet, scheduler=ldm_noise(), text_encoder=clip(), tokenizer=tiny_tokenizer(),
        text_encoder_2=clip("CLIPTextModelWithProjection"), tokenizer_2=tiny_tokenizer(),
    )  # fmt: skip


def sdxl_inpainting() -> Any:
    return sdxl(9)


def sdxl_instruct() -> Any:
    return sdxl(8)


def sd3() -> Any:
    transformer = diffusers.SD3Transformer2DModel(
        sample_size=8, patch_size=2, in_channels=4, num_layers=1, attention_head_dim=8, num_attention_heads=4,
        joint_attention_dim=32, caption_projection_dim=32, pooled_projection_dim=64, out_channels=4,
        pos_embed_max_size=16,
    )  # fmt: skip
    kind = "CLIPTextModelWithProjection"
    return diffusers.StableDiffusion3Pipeline(
        transformer=transformer, scheduler=flow(shift=3.0), vae=vae(shift_factor=0.06),
        text_encoder=clip(kind),
        tokenizer=tiny_tokenizer(), text_encoder_2=clip(kind), tokenizer_2=tiny_tokenizer(),
        text_encoder_3=t5(), tokenizer_3=t5_tokenizer(),
    )  # fmt: skip


def qwen_image(pipeline: type = diffusers.QwenImagePipeline, **more: Any) -> Any:
    config = transformers.Qwen2_5_VLConfig(
        text_config={
            "hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2,
            "num_key_value_heads": 2, "vocab_size": 260, "max_position_embeddings": 4096,
            "rope_scaling": {"mrope_section": [1, 1, 2], "rope_type": "default", "type": "default"},
            "rope_theta": 1000000.0, "bos_token_id": 256, "eos_token_id": 258, "pad_token_id": 256,
        },
        vision_config={
            "depth": 1, "hidden_size": 16, "intermediate_size": 16, "num_heads": 2, "out_hidden_size": 16,
        },
        vision_start_token_id=256, vision_end_token_id=256, vision_token_id=256, image_token_id=259,
        video_token_id=259, bos_token_id=256, eos_token_id=258, pad_token_id=256,
    )  # fmt: skip
    autoencoder = diffusers.AutoencoderKLQwenImage(
        base_dim=4, z_dim=4, dim_mult=[1, 1, 1, 1], num_res_blocks=1, temperal_downsample=[False, True, True],
        latents_mean=[0.1, -0.2, 0.3, 0.0], latents_std=[0.9, 1.1, 1.2, 0.7],
    )  # fmt: skip
    transformer = diffusers.QwenImageTransformer2DModel(
        patch_size=2, in_channels=16, out_channels=4, num_layers=1, attention_head_dim=16,
        num_attention_heads=2, joint_attention_dim=16, guidance_embeds=False, axes_dims_rope=(8, 4, 4),
    )  # fmt: skip
    return pipeline(
        scheduler=flow(use_dynamic_shifting=True, shift_terminal=0.02, max_shift=0.9), vae=autoencoder,
        text_encoder=transformers.Qwen2_5_VLForConditionalGeneration(config), tokenizer=byte_tokenizer(),
        transformer=transformer, **more,
    )  # fmt: skip


def reads_small_pictures(pipeline: Any) -> None:
    """These pipelines enlarge what they are given to 1024 x 1024, whatever the network: here to 128 x 128.

    Ours and the stock one run the same function, so they stay comparable, in a tenth of the time.
    """
    module = importlib.import_module(pipeline.__module__)
    enlarged = module.calculate_dimensions
    module.calculate_dimensions = lambda area, ratio: enlarged(min(area, 128 * 128), ratio)


for edit_pipeline in (diffusers.QwenImageEditPipeline, diffusers.QwenImageEditPlusPipeline):
    reads_small_pictures(edit_pipeline)


def qwen_image_edit() -> Any:
    return qwen_image(diffusers.QwenImageEditPipeline, processor=None)


def qwen_image_edit_plus() -> Any:
    return qwen_image(diffusers.QwenImageEditPlusPipeline, processor=None)


def z_image() -> Any:
    transformer = diffusers.ZImageTransformer2DModel(
        all_patch_size=(2,), all_f_patch_size=(1,), in_channels=4, dim=32, n_layers=1, n_refiner_layers=1,
        n_heads=2, n_kv_heads=2, norm_eps=1e-5, qk_norm=True, cap_feat_dim=16, rope_theta=256.0,
        t_scale=1000.0,
        axes_dims=[8, 4, 4], axes_lens=[512, 32, 32],
    )  # fmt: skip
    for name, parameter in transformer.named_parameters():
        if name.endswith("pad_token"):  # the class leaves them as the memory was
            torch.nn.init.normal_(parameter)
    return diffusers.ZImagePipeline(
        scheduler=flow(shift=3.0), vae=vae(shift_factor=0.1), text_encoder=qwen3(),
        tokenizer=byte_tokenizer(), transformer=transformer,
    )  # fmt: skip


def chroma() -> Any:
    transformer = diffusers.ChromaTransformer2DModel(
        patch_size=1, in_channels=16, num_layers=1, num_single_layers=1, attention_head_dim=16,
        num_attention_heads=2, joint_attention_dim=32, axes_dims_rope=(4, 4, 8), approximator_hidden_dim=32,
        approximator_layers=1, approximator_num_channels=16,
    )  # fmt: skip
    return diffusers.ChromaPipeline(
        scheduler=flow(use_dynamic_shifting=True), vae=vae(shift_factor=0.1), text_encoder=t5(),
        tokenizer=t5_tokenizer(), transformer=transformer,
    )  # fmt: skip


def pixart() -> Any:
    transformer = diffusers.PixArtTransformer2DModel(
        sample_size=8, num_layers=1, patch_size=2, attention_head_dim=8, num_attention_heads=3,
        caption_channels=32, in_channels=4, cross_attention_dim=24, out_channels=8, attention_bias=True,
        activation_fn="gelu-approximate", num_embeds_ada_norm=1000, norm_type="ada_norm_single",
        norm_elementwise_affine=False, norm_eps=1e-6,
    )  # fmt: skip
    return diffusers.PixArtSigmaPipeline(
        tokenizer=t5_tokenizer(), text_encoder=t5(), vae=vae(), transformer=transformer, scheduler=ldm_noise()
    )


def sana() -> Any:
    transformer = diffusers.SanaTransformer2DModel(
        patch_size=1, in_channels=4, out_channels=4, num_layers=1, num_attention_heads=2,
        attention_head_dim=4, num_cross_attention_heads=2, cross_attention_head_dim=4, cross_attention_dim=8,
        caption_channels=8, sample_size=32,
    )  # fmt: skip
    blocks, scales = ("ResBlock", "EfficientViTBlock"), ((), (5,))
    autoencoder = diffusers.AutoencoderDC(
        in_channels=3, latent_channels=4, attention_head_dim=2, encoder_block_types=blocks,
        decoder_block_types=blocks, encoder_block_out_channels=(8, 8), decoder_block_out_channels=(8, 8),
        encoder_qkv_multiscales=scales, decoder_qkv_multiscales=scales, encoder_layers_per_block=(1, 1),
        decoder_layers_per_block=(1, 1), downsample_block_type="conv", upsample_block_type="interpolate",
        decoder_norm_types="rms_norm", decoder_act_fns="silu", scaling_factor=0.41407,
    )  # fmt: skip
    return diffusers.SanaPipeline(
        tokenizer=gemma_tokenizer(), text_encoder=gemma2(), vae=autoencoder, transformer=transformer,
        scheduler=diffusers.DPMSolverMultistepScheduler(
            use_flow_sigmas=True, prediction_type="flow_prediction", flow_shift=3.0
        ),
    )  # fmt: skip


def changed(network: Any, **config: Any) -> Any:
    """Another network of that class, of whose configuration a little is another."""
    told = {name: value for name, value in network.config.items() if not name.startswith("_")}
    return type(network)(**{**told, **config})


def sana_sprint() -> Any:
    parts = sana().components
    transformer = changed(parts["transformer"], guidance_embeds=True, qk_norm="rms_norm_across_heads")
    return diffusers.SanaSprintPipeline(
        **{
            **parts, "transformer": transformer, "scheduler": diffusers.SCMScheduler(),
        }
    )  # fmt: skip


def lumina2() -> Any:
    transformer = diffusers.Lumina2Transformer2DModel(
        sample_size=8, patch_size=2, in_channels=4, hidden_size=8, num_layers=1, num_refiner_layers=1,
        num_attention_heads=1, num_kv_heads=1, multiple_of=16, norm_eps=1e-5, scaling_factor=1.0,
        axes_dim_rope=[4, 2, 2], cap_feat_dim=8,
    )  # fmt: skip
    return diffusers.Lumina2Pipeline(
        transformer=transformer, scheduler=flow(shift=6.0), vae=vae(shift_factor=0.1), text_encoder=gemma2(),
        tokenizer=gemma_tokenizer(),
    )  # fmt: skip


def flux2_transformer(guidance: bool) -> diffusers.Flux2Transformer2DModel:
    return diffusers.Flux2Transformer2DModel(
        patch_size=1, in_channels=16, num_layers=1, num_single_layers=1, attention_head_dim=16,
        num_attention_heads=2, joint_attention_dim=48, timestep_guidance_channels=32,
        axes_dims_rope=[4, 4, 4, 4], guidance_embeds=guidance,
    )  # fmt: skip


def flux2_vae() -> diffusers.AutoencoderKLFlux2:
    autoencoder = diffusers.AutoencoderKLFlux2(
        block_out_channels=(8,) * 4, down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4, latent_channels=4, layers_per_block=1, norm_num_groups=4,
        sample_size=64,
    )  # fmt: skip
    torch.nn.init.normal_(autoencoder.bn.running_mean, std=0.1)
    return autoencoder


def flux2_klein() -> Any:
    return diffusers.Flux2KleinPipeline(
        scheduler=flow(use_dynamic_shifting=True), vae=flux2_vae(),
        text_encoder=qwen3("Qwen3ForCausalLM", 27), tokenizer=byte_tokenizer(),
        transformer=flux2_transformer(False), is_distilled=False,
    )  # fmt: skip


def flux2_dev() -> Any:
    return diffusers.Flux2Pipeline(
        scheduler=flow(use_dynamic_shifting=True), vae=flux2_vae(), text_encoder=mistral3(),
        tokenizer=mistral_tokenizer(), transformer=flux2_transformer(True),
    )  # fmt: skip


def dit() -> Any:
    transformer = diffusers.DiTTransformer2DModel(
        sample_size=8, num_layers=1, patch_size=2, attention_head_dim=8, num_attention_heads=2, in_channels=4,
        out_channels=8, attention_bias=True, activation_fn="gelu-approximate", num_embeds_ada_norm=1000,
        norm_type="ada_norm_zero", norm_elementwise_affine=False,
    )  # fmt: skip
    return diffusers.DiTPipeline(transformer=transformer, vae=vae(), scheduler=ldm_noise())


def unet2d() -> Any:
    unet = diffusers.UNet2DModel(
        sample_size=32, in_channels=3, out_channels=3, block_out_channels=(8, 16), norm_num_groups=4,
        down_block_types=("DownBlock2D", "AttnDownBlock2D"), up_block_types=("AttnUpBlock2D", "UpBlock2D"),
        layers_per_block=1,
    )  # fmt: skip
    return diffusers.DDPMPipeline(unet=unet, scheduler=diffusers.DDPMScheduler())


def consistency() -> Any:
    unet = changed(unet2d().unet, num_class_embeds=1000, resnet_time_scale_shift="scale_shift")
    noise = diffusers.CMStochasticIterativeScheduler(num_train_timesteps=40)
    return diffusers.ConsistencyModelPipeline(unet=unet, scheduler=noise)


def kolors_tokenizer(file: Path) -> Path:
    """A `tokenizer.model` of letters and a few words, as the library sentencepiece keeps it."""
    words = ["do", "dog", "ca", "cat", "▁dog", "▁cat", "▁a"]
    pieces = [("<unk>", 0.0, 2), ("<s>", 0.0, 3), ("</s>", 0.0, 3)]
    pieces += [(f"<0x{byte:02X}>", 0.0, 6) for byte in range(256)]
    pieces += [
        (piece, -float(place), 1) for place, piece in enumerate([*words, "▁", *dict.fromkeys(LETTERS)])
    ]
    told = [field(1, piece.encode()) + field(2, score) + field(3, kind) for piece, score, kind in pieces]
    how = field(2, field(3, 2) + field(35, 1) + field(40, 0)) + field(3, field(1, b"identity") + field(4, 0))
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"".join(field(1, piece) for piece in told) + how)
    return file


def kolors() -> Any:
    from diffusers.pipelines.kolors import ChatGLMModel, KolorsPipeline
    from diffusers.pipelines.kolors.text_encoder import ChatGLMConfig

    unet = diffusers.UNet2DConditionModel(
        block_out_channels=(16, 32), layers_per_block=1, sample_size=8, in_channels=4, norm_num_groups=8,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"), attention_head_dim=(2, 4),
        use_linear_projection=True, addition_embed_type="text_time", addition_time_embed_dim=8,
        transformer_layers_per_block=(1, 2), projection_class_embeddings_input_dim=6 * 8 + 32,
        cross_attention_dim=16, encoder_hid_dim=32, encoder_hid_dim_type="text_proj",
    )  # fmt: skip
    words = ChatGLMConfig(
        num_layers=2, padded_vocab_size=400, hidden_size=32, ffn_hidden_size=32, kv_channels=8,
        num_attention_heads=4, multi_query_attention=True, multi_query_group_num=2, add_qkv_bias=True,
        seq_length=512, original_rope=True,
    )  # fmt: skip
    reads = ChatGLMModel(words)
    for parameter in reads.parameters():  # the class leaves them as the memory was
        torch.nn.init.normal_(parameter, std=0.3) if parameter.ndim > 1 else torch.nn.init.ones_(parameter)
    return KolorsPipeline(vae=vae(), text_encoder=reads, tokenizer=None, unet=unet, scheduler=ldm_noise())


FAMILIES: dict[str, tuple[Callable[[], Any], str]] = {
    "sdxl": (sdxl, "sdxl"), "sdxl-inpainting": (sdxl_inpainting, "sdxl"), "flux-dev": (flux_dev, "flux1"),
    "flux-schnell": (flux_schnell, "flux1"), "flux-fill": (flux_fill, "flux1"),
    "flux-kontext": (flux_kontext, "flux1"), "sd3": (sd3, "sd3"), "qwen-image": (qwen_image, "qwen_image"),
    "qwen-image-edit": (qwen_image_edit, "qwen_image"),
    "qwen-image-edit-plus": (qwen_image_edit_plus, "qwen_image"),
    "z-image": (z_image, "z_image"), "pixart": (pixart, "pixart"), "sana": (sana, "sana"),
    "lumina2": (lumina2, "lumina2"), "chroma": (chroma, "chroma"), "flux2-klein": (flux2_klein, "flux2"),
    "flux2-dev": (flux2_dev, "flux2"), "sdxl-instruct": (sdxl_instruct, "sdxl"),
    "dit": (dit, "dit"), "unet2d": (unet2d, "unet2d"), "sana-sprint": (sana_sprint, "sana_sprint"),
    "consistency": (consistency, "consistency"), "kolors": (kolors, "kolors"),
}  # fmt: skip
"""Name to what makes its pipeline, and the family that must recognise it."""


IN_PIXELS = ("unet2d", "consistency")
"""Entries whose pictures are 32 pixels wide."""


def tiny_folder(name: str, folder: Path) -> Path:
    """The diffusers folder of that entry of `FAMILIES`."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        FAMILIES[name][0]().save_pretrained(folder)
    if name == "kolors":  # its tokenizer's class asks for the library that made the file
        kolors_tokenizer(folder / "tokenizer" / "tokenizer.model")
        index = json.loads((folder / "model_index.json").read_text())
        index["tokenizer"] = ["kolors", "ChatGLMTokenizer"]
        (folder / "model_index.json").write_text(json.dumps(index))
    side = 32 if name in IN_PIXELS else 64
    (folder / "lienzo.json").write_text(json.dumps({"width": side, "height": side}))
    if name in (
        "dit",
        "consistency",
    ):  # their makers' index names classes, which is not saved
        index = json.loads((folder / "model_index.json").read_text())
        names = {str(number): f"thing {number}" for number in range(1000)} | {
            "497": "church, church building"
        }
        (folder / "model_index.json").write_text(json.dumps({**index, "id2label": names}))
    return name_as_made(folder)


def name_as_made(folder: Path) -> Path:
    """FLUX.2 dev's own index names what reads words and pictures; what only reads words is saved here."""
    index = json.loads((folder / "model_index.json").read_text())
    if index["_class_name"] == "Flux2Pipeline":
        index["tokenizer"] = ["transformers", "PixtralProcessor"]
        (folder / "model_index.json").write_text(json.dumps(index))
    return folder

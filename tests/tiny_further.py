"""More tiny folders for `tiny_other`: pipelines whose parts are their makers' own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import diffusers
import torch
import transformers
from tiny import tiny_tokenizer
from tiny_families import (
    MISTRAL_TOKENS,
    byte_tokenizer,
    clip,
    flow,
    flux2_vae,
    gemma_tokenizer,
    mistral_tokenizer,
    pixart,
    qwen_image,
    t5,
    t5_tokenizer,
    vae,
    z_image,
)

from engine.tokenizers.words_only import Conversations

DECODER: dict[str, Any] = {
    "hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2,
    "num_key_value_heads": 2, "head_dim": 8, "vocab_size": MISTRAL_TOKENS, "max_position_embeddings": 2048,
    "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2,
}  # fmt: skip


IMAGE = byte_tokenizer().convert_tokens_to_ids("<|image_pad|>")


def stirred(network: torch.nn.Module) -> Any:
    """`network` with numbers in its layers that begin as nothing, and so pass no word on."""
    for parameter in network.parameters():
        if parameter.ndim > 1 and not parameter.any():
            torch.nn.init.normal_(parameter, std=0.3)
    return network


def qwen3_vl(kind: str, layers: int, **more: Any) -> Any:
    return getattr(transformers, kind)(
        transformers.Qwen3VLConfig(
            text_config={
                **DECODER,
                "num_hidden_layers": layers,
                "rope_parameters": {"rope_type": "default", "rope_theta": 1e6, "mrope_section": [2, 1, 1]},
            },
            vision_config={
                "depth": 1, "hidden_size": 16, "intermediate_size": 16, "num_heads": 2, "out_hidden_size": 16,
                "deepstack_visual_indexes": [0], "num_position_embeddings": 16,
            },
            **more,
        )
    )  # fmt: skip


def hidream() -> Any:
    words: dict[str, Any] = {"kind": "CLIPTextModelWithProjection", "max_position_embeddings": 248}
    transformer = diffusers.HiDreamImageTransformer2DModel(
        patch_size=2, in_channels=4, out_channels=4, num_layers=1, num_single_layers=1, attention_head_dim=8,
        num_attention_heads=4, caption_channels=[32, 16], text_emb_dim=64, num_routed_experts=2,
        num_activated_experts=1, axes_dims_rope=(4, 2, 2), max_resolution=(16, 16), llama_layers=[0, 1],
    ).eval()  # fmt: skip
    torch.nn.init.normal_(transformer.final_layer.linear.weight, std=0.02)
    return diffusers.HiDreamImagePipeline(
        scheduler=flow(shift=3.0), vae=vae(shift_factor=0.1),
        text_encoder=clip(**words), tokenizer=tiny_tokenizer(),
        text_encoder_2=clip(**words), tokenizer_2=tiny_tokenizer(), text_encoder_3=t5(),
        tokenizer_3=t5_tokenizer(),
        text_encoder_4=transformers.LlamaForCausalLM(transformers.LlamaConfig(**DECODER)),
        tokenizer_4=mistral_tokenizer(), transformer=transformer,
    )  # fmt: skip


def hunyuan_image() -> Any:
    transformer = diffusers.HunyuanImageTransformer2DModel(
        in_channels=4, out_channels=4, num_attention_heads=2, attention_head_dim=8, num_layers=1,
        num_single_layers=1, num_refiner_layers=1, patch_size=(1, 1), text_embed_dim=16, text_embed_2_dim=32,
        rope_axes_dim=(4, 4),
    )  # fmt: skip
    autoencoder = diffusers.AutoencoderKLHunyuanImage(
        in_channels=3, out_channels=3, latent_channels=4, block_out_channels=(32,) * 4, layers_per_block=1,
        spatial_compression_ratio=8, sample_size=64, scaling_factor=0.75,
    )  # fmt: skip
    return diffusers.HunyuanImagePipeline(
        scheduler=flow(shift=5.0), vae=autoencoder, text_encoder=qwen_image().text_encoder,
        tokenizer=byte_tokenizer(), text_encoder_2=t5(), tokenizer_2=transformers.ByT5Tokenizer(),
        transformer=transformer, guider=diffusers.AdaptiveProjectedMixGuidance(),
        ocr_guider=diffusers.AdaptiveProjectedMixGuidance(adaptive_projected_guidance_start_step=38),
    )  # fmt: skip


def kandinsky5(pipeline: type = diffusers.Kandinsky5T2IPipeline) -> Any:
    transformer = diffusers.Kandinsky5Transformer3DModel(
        in_visual_dim=4, in_text_dim=16, in_text_dim2=32, time_dim=16, out_visual_dim=4, model_dim=24,
        ff_dim=32, num_text_blocks=1, num_visual_blocks=1, axes_dims=(4, 4, 4),
        visual_cond=pipeline is diffusers.Kandinsky5I2IPipeline,
    )  # fmt: skip
    return pipeline(
        transformer=stirred(transformer), vae=vae(shift_factor=0.1), text_encoder=qwen_image().text_encoder,
        tokenizer=byte_tokenizer(), text_encoder_2=clip(), tokenizer_2=tiny_tokenizer(),
        scheduler=flow(shift=3.0),
    )  # fmt: skip


def qwen_image21() -> Any:
    transformer = diffusers.QwenImage21Transformer2DModel(
        in_channels=4, out_channels=4, num_layers=1, attention_head_dim=16, num_attention_heads=2,
        context_in_dim=16, axes_dims_rope=(4, 4, 8),
    )  # fmt: skip
    autoencoder = diffusers.AutoencoderKLQwenImage21(
        base_dim=8, decoder_base_dim=8, z_dim=4, dim_mult=[1, 1, 1, 1, 1], num_res_blocks=1,
        latents_mean=[0.1] * 4, latents_std=[1.1] * 4,
    )  # fmt: skip
    pipeline: Any = diffusers.QwenImage21Pipeline(
        scheduler=flow(use_dynamic_shifting=True), vae=autoencoder,
        text_encoder=qwen3_vl("Qwen3VLForConditionalGeneration", 2, image_token_id=IMAGE),
        processor=Conversations(byte_tokenizer()), transformer=transformer,
    )  # fmt: skip
    pipeline.processor = byte_tokenizer()
    return pipeline


def nucleus() -> Any:
    transformer = diffusers.NucleusMoEImageTransformer2DModel(
        in_channels=16, out_channels=4, num_layers=1, attention_head_dim=16, num_attention_heads=2,
        num_key_value_heads=1, joint_attention_dim=16, axes_dims_rope=(4, 4, 8), num_experts=2,
        moe_intermediate_dim=16, capacity_factors=[2.0],
    )  # fmt: skip
    return diffusers.NucleusMoEImagePipeline(
        transformer=transformer, scheduler=flow(use_dynamic_shifting=True), vae=qwen_image().vae,
        text_encoder=qwen3_vl("Qwen3VLForConditionalGeneration", 8), processor=byte_tokenizer(),
    )  # fmt: skip


def prx() -> Any:
    from transformers.models.t5gemma.modeling_t5gemma import T5GemmaEncoder

    transformer = diffusers.PRXTransformer2DModel(
        in_channels=4, context_in_dim=16, hidden_size=32, mlp_ratio=1.0, num_heads=4, depth=1, axes_dim=[4, 4]
    )
    settings: Any = transformers.T5GemmaModuleConfig(**{**DECODER, "vocab_size": 128})
    settings.dropout_rate = 0.0
    tokenizer = gemma_tokenizer()
    tokenizer.model_max_length = 256
    return diffusers.PRXPipeline(
        transformer=stirred(transformer), scheduler=flow(shift=3.0), text_encoder=T5GemmaEncoder(settings),
        tokenizer=tokenizer, vae=vae(shift_factor=0.1),
    )  # fmt: skip


def prx_pixel() -> Any:
    transformer = diffusers.PRXTransformer2DModel(
        in_channels=3, patch_size=16, context_in_dim=16, hidden_size=32, mlp_ratio=1.0, num_heads=4, depth=1,
        axes_dim=[4, 4], bottleneck_size=8, resolution_embeds=True,
    )  # fmt: skip
    return diffusers.PRXPixelPipeline(
        transformer=stirred(transformer), scheduler=flow(shift=3.0),
        text_encoder=qwen3_vl("Qwen3VLModel", 2).language_model, tokenizer=byte_tokenizer(),
        prompt_max_tokens=64,
    )  # fmt: skip


def pixart_alpha() -> Any:
    """Beside PixArt-Sigma, which is proved with the families that have a file of their own."""
    return diffusers.PixArtAlphaPipeline(**pixart().components)


def cogview3() -> Any:
    transformer = diffusers.CogView3PlusTransformer2DModel(
        in_channels=4, out_channels=4, num_layers=1, attention_head_dim=8, num_attention_heads=4,
        text_embed_dim=32, time_embed_dim=8, condition_dim=2, pos_embed_max_size=16, sample_size=8,
    )  # fmt: skip
    noise = diffusers.CogVideoXDDIMScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", prediction_type="v_prediction",
        rescale_betas_zero_snr=True, snr_shift_scale=4.0, timestep_spacing="trailing", clip_sample=False,
        set_alpha_to_one=True,
    )  # fmt: skip
    return diffusers.CogView3PlusPipeline(
        tokenizer=t5_tokenizer(), text_encoder=t5(), vae=vae(), transformer=transformer, scheduler=noise
    )


def omnigen(pipeline: type) -> Any:
    transformer = diffusers.OmniGenTransformer2DModel(
        in_channels=4, hidden_size=16, num_attention_heads=2, num_key_value_heads=2, intermediate_size=16,
        num_layers=1, pad_token_id=0, vocab_size=MISTRAL_TOKENS, max_position_embeddings=4096,
        original_max_position_embeddings=4096,
        rope_scaling={"long_factor": [1.0] * 4, "short_factor": [1.0] * 4, "type": "su"},
        pos_embed_max_size=16, time_step_dim=16,
    )  # fmt: skip
    return pipeline(
        transformer=transformer, scheduler=flow(invert_sigmas=True, num_train_timesteps=1), vae=vae(),
        tokenizer=mistral_tokenizer(),
    )  # fmt: skip


def movq(**more: Any) -> Any:
    return diffusers.VQModel(
        in_channels=3, out_channels=3, down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4, block_out_channels=(32,) * 4, layers_per_block=1,
        latent_channels=4, norm_num_groups=32, num_vq_embeddings=16, vq_embed_dim=4, norm_type="spatial",
        **more,
    )  # fmt: skip


def clipped_noise(**more: Any) -> Any:
    return diffusers.DDPMScheduler(
        beta_schedule="linear", beta_start=0.00085, beta_end=0.012, clip_sample=True, clip_sample_range=2.0,
        sample_max_value=2.0, thresholding=True, **more,
    )  # fmt: skip


def kandinsky3() -> Any:
    unet = diffusers.Kandinsky3UNet(
        time_embedding_dim=16, groups=2, attention_head_dim=4, layers_per_block=2,
        block_out_channels=(8, 16), cross_attention_dim=8, encoder_hid_dim=32,
    )  # fmt: skip
    return diffusers.Kandinsky3Pipeline(
        tokenizer=t5_tokenizer(), text_encoder=t5(), unet=stirred(unet), scheduler=clipped_noise(),
        movq=movq(),
    )  # fmt: skip


def ideogram4() -> Any:
    def transformer() -> Any:
        return diffusers.Ideogram4Transformer2DModel(
            in_channels=16, num_layers=1, attention_head_dim=16, num_attention_heads=2, intermediate_size=16,
            adaln_dim=8, llm_features_dim=13 * 16, mrope_section=(4, 2, 2),
        )  # fmt: skip

    return diffusers.Ideogram4Pipeline(
        scheduler=flow(), vae=flux2_vae(), text_encoder=qwen3_vl("Qwen3VLModel", 36),
        tokenizer=byte_tokenizer(), transformer=transformer(), unconditional_transformer=transformer(),
    )  # fmt: skip


def bria_fibo() -> Any:
    transformer = diffusers.BriaFiboTransformer2DModel(
        patch_size=1, in_channels=4, num_layers=1, num_single_layers=1, attention_head_dim=16,
        num_attention_heads=2, joint_attention_dim=32, axes_dims_rope=[4, 4, 8], text_encoder_dim=16,
    )  # fmt: skip
    autoencoder = diffusers.AutoencoderKLWan(
        base_dim=8, z_dim=4, dim_mult=[1, 1, 1, 1], num_res_blocks=1, latents_mean=[0.1] * 4,
        latents_std=[1.1] * 4, is_residual=True, in_channels=12, out_channels=12, patch_size=2,
        scale_factor_spatial=16,
    )  # fmt: skip
    text = transformers.SmolLM3ForCausalLM(transformers.SmolLM3Config(**{**DECODER, "vocab_size": 128256}))
    return diffusers.BriaFiboPipeline(
        transformer=transformer, scheduler=flow(use_dynamic_shifting=True), vae=autoencoder,
        text_encoder=text, tokenizer=mistral_tokenizer(),
    )  # fmt: skip


def bria_fibo2() -> Any:
    transformer = diffusers.BriaFibo2Transformer2DModel(
        in_channels=4, dim=24, n_layers=5, n_refiner_layers=1, n_heads=2, cap_feat_dim=48,
        injection_layer_ids=(0, 1, 2, 3, 4), perceiver_num_layers=1, min_num_gist_tokens=4,
        max_num_gist_tokens=8, gist_step=4, gist_min_text_len=64, gist_max_text_len=128, axes_dims=(4, 4, 4),
        axes_lens=(64, 32, 32),
    )  # fmt: skip
    for block in transformer.layers:
        torch.nn.init.constant_(block.cross_attn_gate, 0.5)  # they begin closed
    return diffusers.BriaFibo2Pipeline(
        transformer=stirred(transformer), scheduler=flow(use_dynamic_shifting=True), vae=flux2_vae(),
        text_encoder=qwen3_vl("Qwen3VLForConditionalGeneration", 35, image_token_id=IMAGE),
        processor=byte_tokenizer(),
    )  # fmt: skip


def dreamlite(pipeline: type = diffusers.DreamLitePipeline) -> Any:
    unet = diffusers.DreamLiteUNetModel(
        down_block_types=("DreamLiteCrossAttnNoSelfAttnDownBlock2D", "DreamLiteCrossAttnDownBlock2D"),
        up_block_types=("DreamLiteCrossAttnUpBlock2D", "DreamLiteUpBlock2D"), block_out_channels=(16, 32),
        layers_per_block=1, norm_num_groups=8, cross_attention_dim=16, attention_head_dim=2,
        encoder_hid_dim=16, encoder_hid_dim_type="text_proj_rms", addition_embed_type="time",
        addition_time_embed_dim=8, projection_class_embeddings_input_dim=16, use_linear_projection=True,
        ff_mult=2, sample_size=8,
    )  # fmt: skip
    autoencoder = diffusers.AutoencoderTiny(
        encoder_block_out_channels=(8,) * 4, decoder_block_out_channels=(8,) * 4,
        num_encoder_blocks=(1,) * 4, num_decoder_blocks=(1,) * 4, scaling_factor=0.9,
    )  # fmt: skip
    return pipeline(
        text_encoder=qwen3_vl("Qwen3VLForConditionalGeneration", 2, image_token_id=IMAGE),
        tokenizer=byte_tokenizer(), processor=byte_tokenizer(), vae=autoencoder, unet=unet,
        scheduler=flow(use_dynamic_shifting=True),
    )  # fmt: skip


def z_image_omni() -> Any:
    plain = z_image()
    config = {**plain.transformer.config, "siglip_feat_dim": 16, "_use_default_values": []}
    transformer: Any = diffusers.ZImageTransformer2DModel.from_config(config)
    for name, parameter in transformer.named_parameters():
        if name.endswith("pad_token"):  # the class leaves them as the memory was
            torch.nn.init.normal_(parameter)
    siglip = transformers.Siglip2VisionModel(
        transformers.Siglip2VisionConfig(
            hidden_size=16, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2, num_patches=16,
            patch_size=16,
        )
    )  # fmt: skip
    parts = {**plain.components, "transformer": transformer}
    return diffusers.ZImageOmniPipeline(
        **parts, siglip=siglip, siglip_processor=transformers.Siglip2ImageProcessorPil(max_num_patches=9)
    )


FURTHER: dict[str, Callable[[], Any]] = {
    "hidream": hidream, "hunyuan_image": hunyuan_image, "kandinsky5": kandinsky5,
    "qwen_image_21": qwen_image21, "nucleus_image": nucleus, "cogview3": cogview3, "ideogram4": ideogram4,
    "bria_fibo": bria_fibo, "prx": prx, "kandinsky3": kandinsky3,
    "prx_pixel": prx_pixel, "bria_fibo2": bria_fibo2, "dreamlite": dreamlite,
    "z_image_omni": z_image_omni,
}  # fmt: skip

NAMED_AS = {
    "qwen_image_21": {"processor": "Qwen3VLProcessor"}, "nucleus_image": {"processor": "Qwen3VLProcessor"},
    "kandinsky5": {"tokenizer": "Qwen2VLProcessor"}, "bria_fibo2": {"processor": "Qwen3VLProcessor"},
    "joyimage": {"processor": "Qwen3VLProcessor"}, "joyimage_plus": {"processor": "Qwen3VLProcessor"},
    "dreamlite": {"processor": "Qwen3VLProcessor"}, "longcat-edit": {"text_processor": "Qwen2VLProcessor"},
}  # fmt: skip
"""By family, or entry: parts whose real folders name what asks for a library of films."""

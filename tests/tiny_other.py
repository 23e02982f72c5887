"""Tiny folders of the pipelines in `engine/families/other_pipelines.py`: real classes, random weights.

To add one, add what makes its pipeline to `OTHERS`, by the family that must recognise it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import diffusers
import torch
import transformers
from safetensors.torch import save_file
from tiny_families import (
    byte_tokenizer,
    flow,
    flux2_vae,
    gemma_tokenizer,
    mistral_tokenizer,
    qwen3,
    qwen_image,
    t5,
    t5_tokenizer,
    vae,
)
from tiny_further import DECODER, FURTHER, NAMED_AS, pixart_alpha, qwen3_vl, stirred

PACKED: dict[str, Any] = {
    "patch_size": 1, "in_channels": 16, "num_layers": 1, "num_single_layers": 1, "attention_head_dim": 16,
    "num_attention_heads": 2, "axes_dims_rope": [4, 4, 8],
}  # fmt: skip


def plain_tokenizer() -> transformers.PreTrainedTokenizerFast:
    return mistral_tokenizer()


def auraflow() -> Any:
    transformer = diffusers.AuraFlowTransformer2DModel(
        sample_size=8, num_mmdit_layers=1, num_single_dit_layers=1, attention_head_dim=8,
        num_attention_heads=4, joint_attention_dim=32, caption_projection_dim=32, pos_embed_max_size=64,
    )  # fmt: skip
    text = transformers.UMT5EncoderModel(
        transformers.UMT5Config(
            vocab_size=128, d_model=32, d_kv=8, d_ff=32, num_layers=1, num_heads=2,
            feed_forward_proj="gated-gelu",
        )
    )  # fmt: skip
    return diffusers.AuraFlowPipeline(
        tokenizer=t5_tokenizer(), text_encoder=text, vae=vae(), transformer=transformer,
        scheduler=flow(shift=1.73),
    )  # fmt: skip


def cogview4() -> Any:
    transformer = diffusers.CogView4Transformer2DModel(
        in_channels=4, out_channels=4, num_layers=1, attention_head_dim=8, num_attention_heads=4,
        text_embed_dim=16, time_embed_dim=8, condition_dim=4, rope_axes_dim=(64, 64),
    )  # fmt: skip
    return diffusers.CogView4Pipeline(
        tokenizer=plain_tokenizer(), text_encoder=transformers.GlmModel(transformers.GlmConfig(**DECODER)),
        vae=vae(), transformer=transformer,
        scheduler=flow(
            use_dynamic_shifting=True, base_shift=0.25, max_shift=0.75, time_shift_type="linear", shift=1.0
        ),
    )  # fmt: skip


def hunyuan_dit() -> Any:
    transformer = diffusers.HunyuanDiT2DModel(
        sample_size=16, num_layers=2, patch_size=2, attention_head_dim=8, num_attention_heads=3,
        in_channels=4, cross_attention_dim=32, cross_attention_dim_t5=32, pooled_projection_dim=16,
        hidden_size=24, activation_fn="gelu-approximate",
    )  # fmt: skip
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"abcdefghijklmnopqrstuvwxyz"]
    text = transformers.BertModel(
        transformers.BertConfig(
            vocab_size=len(words), hidden_size=32, num_hidden_layers=1, num_attention_heads=2,
            intermediate_size=16, max_position_embeddings=77,
        )
    )  # fmt: skip
    noise = diffusers.DDPMScheduler(
        beta_start=0.00085, beta_end=0.03, beta_schedule="scaled_linear", prediction_type="v_prediction",
        steps_offset=1, clip_sample=False,
    )  # fmt: skip
    return diffusers.HunyuanDiTPipeline(
        vae=vae(), text_encoder=text,
        tokenizer=transformers.BertTokenizer(
            vocab={word: place for place, word in enumerate(words)}, model_max_length=77
        ),
        transformer=transformer, scheduler=noise, safety_checker=None, feature_extractor=None,
        requires_safety_checker=False, text_encoder_2=t5(), tokenizer_2=t5_tokenizer(),
    )  # fmt: skip


def bria() -> Any:
    transformer = diffusers.BriaTransformer2DModel(joint_attention_dim=32, **PACKED)
    return diffusers.BriaPipeline(
        transformer=transformer, scheduler=flow(use_dynamic_shifting=True), vae=vae(shift_factor=0.0),
        text_encoder=t5(), tokenizer=t5_tokenizer(), image_encoder=None, feature_extractor=None,
    )  # fmt: skip


def ovis_image() -> Any:
    transformer = diffusers.OvisImageTransformer2DModel(joint_attention_dim=16, out_channels=16, **PACKED)
    return diffusers.OvisImagePipeline(
        transformer=transformer, scheduler=flow(use_dynamic_shifting=True, shift=3.0),
        vae=vae(shift_factor=0.1), text_encoder=qwen3(), tokenizer=byte_tokenizer(),
    )  # fmt: skip


def longcat_image() -> Any:
    transformer = diffusers.LongCatImageTransformer2DModel(
        joint_attention_dim=16, pooled_projection_dim=16, **{**PACKED, "in_channels": 64}
    )
    qwen = qwen_image()
    return diffusers.LongCatImagePipeline(
        transformer=transformer, scheduler=flow(use_dynamic_shifting=True), vae=vae(16, shift_factor=0.1),
        text_encoder=qwen.text_encoder, tokenizer=byte_tokenizer(), text_processor=None,
    )  # fmt: skip


def ernie_image() -> Any:
    transformer = diffusers.ErnieImageTransformer2DModel(
        hidden_size=32, num_attention_heads=2, num_layers=1, ffn_hidden_size=32, in_channels=16,
        out_channels=16, patch_size=1, text_in_dim=16, rope_axes_dim=(4, 4, 8),
    )  # fmt: skip
    text = transformers.Mistral3Model(
        transformers.Mistral3Config(
            text_config={"model_type": "mistral", **DECODER},
            vision_config={
                "model_type": "pixtral", "hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1,
                "num_attention_heads": 2, "image_size": 32, "patch_size": 16,
            },
        )
    )  # fmt: skip
    return diffusers.ErnieImagePipeline(
        transformer=stirred(transformer), vae=flux2_vae(), text_encoder=text, tokenizer=plain_tokenizer(),
        scheduler=flow(shift=3.0),
    )  # fmt: skip


def krea2() -> Any:
    transformer = diffusers.Krea2Transformer2DModel(
        in_channels=16, num_layers=1, attention_head_dim=16, num_attention_heads=2, num_key_value_heads=1,
        intermediate_size=32, timestep_embed_dim=16, text_hidden_dim=16, num_text_layers=2,
        text_num_attention_heads=2, text_num_key_value_heads=2, text_intermediate_size=16,
        num_layerwise_text_blocks=1, num_refiner_text_blocks=1, axes_dims_rope=(4, 4, 8),
    )  # fmt: skip
    return diffusers.Krea2Pipeline(
        scheduler=flow(use_dynamic_shifting=True), vae=qwen_image().vae,
        text_encoder=qwen3_vl("Qwen3VLModel", 2), tokenizer=byte_tokenizer(), transformer=transformer,
        text_encoder_select_layers=[1, 2],
    )  # fmt: skip


def lumina() -> Any:
    transformer = diffusers.LuminaNextDiT2DModel(
        sample_size=8, in_channels=4, hidden_size=24, num_layers=1, num_attention_heads=3, num_kv_heads=1,
        multiple_of=16, ffn_dim_multiplier=None, cross_attention_dim=16,
    )  # fmt: skip
    torch.nn.init.normal_(transformer.pad_token)  # the class leaves it as the memory was
    text = transformers.GemmaModel(transformers.GemmaConfig(**{**DECODER, "vocab_size": 128}))
    return diffusers.LuminaPipeline(
        transformer=transformer, scheduler=flow(), vae=vae(), text_encoder=text, tokenizer=gemma_tokenizer()
    )


def anima() -> Any:
    transformer = diffusers.CosmosTransformer3DModel(
        in_channels=4, out_channels=4, num_attention_heads=2, attention_head_dim=16, num_layers=1,
        mlp_ratio=2.0, text_embed_dim=16, adaln_lora_dim=4, max_size=(4, 32, 32), patch_size=(1, 2, 2),
        rope_scale=(1.0, 1.0, 1.0), concat_padding_mask=True, extra_pos_embed_type=None,
    )  # fmt: skip
    conditioner = diffusers.AnimaTextConditioner(
        source_dim=16, target_dim=16, model_dim=16, num_layers=1, num_attention_heads=2,
        target_vocab_size=128, min_sequence_length=8,
    )  # fmt: skip
    return modular(
        diffusers.AnimaAutoBlocks, text_encoder=qwen3(), tokenizer=byte_tokenizer(),
        t5_tokenizer=t5_tokenizer(), text_conditioner=conditioner, transformer=transformer,
        vae=qwen_image().vae, scheduler=flow(shift=3.0),
    )  # fmt: skip


def flux3(is_distilled: bool = False) -> Any:
    transformer = diffusers.Flux3Transformer2DModel(
        in_channels=16, cond_in_channels=16, num_layers=1, num_single_layers=1, attention_head_dim=16,
        num_attention_heads=2, joint_attention_dim=8 * 16, timestep_channels=32,
        axes_dims_rope=(4, 4, 4, 4), flow_map=is_distilled,
    )  # fmt: skip
    blocks = diffusers.Flux3DistilledAutoBlocks if is_distilled else diffusers.Flux3AutoBlocks
    return modular(
        blocks, text_encoder=qwen3_vl("Qwen3VLForConditionalGeneration", 33), tokenizer=byte_tokenizer(),
        transformer=transformer, vae=flux2_vae(), scheduler=flow(shift=3.0),
    )  # fmt: skip


def flux3_distilled() -> Any:
    return flux3(True)


def krea2_turbo() -> Any:
    """Its blocks read twelve layers of their own choice."""
    own = krea2()
    network = type(own.transformer).from_config({**own.transformer.config, "num_text_layers": 12})
    return modular(
        diffusers.Krea2TurboAutoBlocks, transformer=network, text_encoder=qwen3_vl("Qwen3VLModel", 36),
        tokenizer=own.tokenizer, vae=own.vae, scheduler=own.scheduler,
    )  # fmt: skip


def qwen_image21_turbo() -> Any:
    parts = FURTHER["qwen_image_21"]().components
    return modular(diffusers.QwenImage21TurboAutoBlocks, **parts)


def modular(blocks: type, **parts: Any) -> Any:
    made = blocks()
    made.sub_blocks.pop("prompt_upsampler", None)  # asks a language model for other words
    pipeline = made.init_pipeline()
    pipeline.update_components(**parts)
    return pipeline


MODULAR: dict[str, Callable[[], Any]] = {
    "anima": anima, "flux3": flux3, "flux3-distilled": flux3_distilled,
}  # fmt: skip


TURBOS: dict[str, Callable[[], Any]] = {"krea2": krea2_turbo, "qwen_image_21": qwen_image21_turbo}
"""By the family whose networks they are: modular folders of what was distilled."""


def modular_folder(name: str, folder: Path) -> Path:
    """The modular folder of that entry of `MODULAR`, as its makers lay it out."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        pipeline = {**MODULAR, **TURBOS}[name]()
    index: dict[str, Any] = {
        "_class_name": type(pipeline).__name__,
        "_blocks_class_name": type(pipeline.blocks).__name__,
    }
    for part, component in pipeline.components.items():
        if not hasattr(component, "save_pretrained") or part in ("guider", "image_processor"):
            continue
        component.save_pretrained(folder / part)
        library = type(component).__module__.partition(".")[0]
        kind = (
            "Qwen3VLProcessor"
            if part == "processor" or (name.startswith("flux3") and part == "tokenizer")
            else type(component).__name__
        )
        told = {"pretrained_model_name_or_path": "someone/elsewhere", "subfolder": part, "revision": None}
        index[part] = [None, None, {**told, "type_hint": [library, kind]}]
    (folder / "modular_model_index.json").write_text(json.dumps(index))
    (folder / "lienzo.json").write_text(json.dumps({"width": 64, "height": 64}))
    return folder


OTHERS: dict[str, Callable[[], Any]] = {
    "auraflow": auraflow, "cogview4": cogview4, "hunyuan_dit": hunyuan_dit, "bria": bria,
    "ovis_image": ovis_image, "longcat_image": longcat_image, "ernie_image": ernie_image, "krea2": krea2,
    "lumina": lumina, **FURTHER,
}  # fmt: skip


FURTHER_KINDS: dict[str, Callable[[], Any]] = {"pixart": pixart_alpha}
"""Of families that are not of the table."""


def other_folder(name: str, folder: Path) -> Path:
    """The diffusers folder of that entry of `OTHERS`."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        {**OTHERS, **FURTHER_KINDS}[name]().save_pretrained(folder)
    index = json.loads((folder / "model_index.json").read_text())
    index |= {part: ["transformers", kind] for part, kind in NAMED_AS.get(name, {}).items()}
    (folder / "model_index.json").write_text(json.dumps(index))
    if name == "prx":  # its encoder was cut out of a model of two halves, and keeps that model's words
        told = folder / "text_encoder" / "config.json"
        own = json.loads(told.read_text())
        told.write_text(
            json.dumps({"model_type": "t5gemma", "vocab_size": 128, "encoder": own, "decoder": own})
        )
    (folder / "lienzo.json").write_text(json.dumps({"width": 64, "height": 64}))
    return folder


def change_of(network: torch.nn.Module, path: Path, part: str = "transformer") -> Path:
    """A LoRA of rank 2, in diffusers' names, for the first layers of `network` that are linear."""
    linear = [(name, layer) for name, layer in network.named_modules() if isinstance(layer, torch.nn.Linear)]
    tensors = {}
    for name, layer in linear[-12:]:
        tensors[f"{part}.{name}.lora_A.weight"] = torch.randn(2, layer.in_features)
        tensors[f"{part}.{name}.lora_B.weight"] = torch.randn(layer.out_features, 2)
    save_file(tensors, path)
    return path

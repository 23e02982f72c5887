"""The table of LoRAs: which families have a layer of that name and width. The first mark that fits counts."""

from __future__ import annotations

from engine.models.recognition.mark import LoraMark

_CONVERT = "diffusers: loaders/lora_conversion_utils.py"
_KOHYA = "kohya-ss/sd-scripts: networks/lora.py"
_TEXT = r"attn2(_processor)?_to_[kv](_lora)?$"
"""Layers of a UNet that read the text."""

CONTROL = "control"
"""Variant of those that teach a network to read a map in channels of its own."""

LORAS: tuple[LoraMark, ...] = (
    LoraMark(
        ("flux1",),
        r"(^|_)(img_in|x_embedder)$",
        "black-forest-labs/flux: docs/structural-conditioning.md (64 channels of latents, 64 of the map)",
        variant=CONTROL,
        reads=(128,),
    ),
    LoraMark(("hunyuan_video",), r"(img|txt)_mlp_fc1|individual_token_refiner", _CONVERT),
    LoraMark(("flux3",), r"early_stream_modulations|late_stream_modulations", _CONVERT),
    LoraMark(
        ("flux2",),
        r"(single_stream|double_stream)_modulation|attn_to_qkv_mlp_proj|(?<!single_)transformer_blocks_\d+_ff(_context)?_linear_(in|out)",
        "diffusers: Flux2Transformer2DModel",
    ),
    LoraMark(
        ("flux2",),
        r"(double_blocks_\d+_(img|txt)_attn_qkv|single_blocks_\d+_linear1)$",
        "black-forest-labs/flux2: src/flux2/model.py (hidden size of dev and klein 9B)",
        reads=(4096, 6144),
    ),
    LoraMark(
        ("flux2",),
        r"single_blocks_\d+_linear1$",
        "black-forest-labs/flux2: src/flux2/model.py (klein 4B)",
        reads=(3072,),
        writes=(27648,),
    ),
    LoraMark(("chroma",), r"distilled_guidance_layer", _CONVERT),
    LoraMark(
        ("flux1",),
        r"double_blocks_\d+_(img|txt)_(attn|mlp|mod)|single_blocks_\d+_(linear|modulation)",
        _CONVERT,
    ),
    LoraMark(
        ("flux1",),
        r"double_blocks_\d+_processor_(proj|qkv)_lora",
        "XLabs-AI/x-flux: src/flux/modules/layers.py",
        variant="XLabs",
    ),
    LoraMark(("auraflow",), r"joint_transformer_blocks_\d+_", "diffusers: AuraFlowTransformer2DModel"),
    LoraMark(
        ("flux1",),
        r"single_transformer_blocks_\d+_(attn|proj_mlp|proj_out|norm)",
        "diffusers: FluxTransformer2DModel",
    ),
    LoraMark(
        ("qwen_image",),
        r"transformer_blocks_\d+_(img|txt)_(mlp|mod)",
        "diffusers: QwenImageTransformer2DModel",
    ),
    LoraMark(
        ("qwen_image",),
        r"transformer_blocks_\d+_attn_add_[qkv]_proj$",
        "diffusers: QwenImageTransformer2DModel",
        reads=(3072,),
    ),
    LoraMark(
        ("sd3",),
        r"joint_blocks_\d+_|transformer_blocks_\d+_(attn_(add_[qkv]_proj|to_add_out)|ff_context_net)",
        "diffusers: SD3Transformer2DModel",
    ),
    LoraMark(("hidream",), r"(double|single)_stream_blocks_\d+_block", _CONVERT),
    LoraMark(("krea2",), r"text_?fusion_(layerwise|refiner)_blocks", _CONVERT),
    LoraMark(
        ("z_image",),
        r"(?<!encoder_)layers_\d+_(attention_(qkv|to_[qkv]|out|to_out_0)|feed_forward_w[123])$",
        _CONVERT,
        reads=(3840, 10240),
    ),
    LoraMark(
        ("lumina2",),
        r"(?<!encoder_)layers_\d+_(attention_qkv|attn_to_[qkv]|feed_forward_(w|linear_)[123])$",
        _CONVERT,
        reads=(2304, 9216),
    ),
    LoraMark(
        ("wan",),
        r"(?<!transformer_)(?<!stream_)(?<!double_)(?<!single_)blocks_\d+_((self_attn|cross_attn)_[qkvo]|ffn_[02])$",
        _CONVERT,
    ),
    LoraMark(
        ("sana",),
        r"transformer_blocks_\d+_(attn[12]_to_[qkv])$",
        "diffusers: SanaTransformer2DModel",
        reads=(2240,),
    ),
    LoraMark(
        ("ltx",),
        r"^(transformer_|diffusion_model_)?transformer_blocks_\d+_attn1_to_[qkv]$",
        "Lightricks/LTX-Video: ltx_video/models/transformers/transformer3d.py",
        reads=(2048, 4096),
    ),
    LoraMark(
        ("pixart",),
        r"^(transformer_|base_model_model_)?transformer_blocks_\d+_attn[12]_to_[qkv]$",
        "diffusers: PixArtTransformer2DModel",
        reads=(1152,),
    ),
    # UNets: by the width of the text that they read, else by layers that only XL has
    LoraMark(("kolors",), _TEXT, "Kwai-Kolors/Kolors: unet/config.json", reads=(4096,)),
    LoraMark(("sdxl",), _TEXT, _KOHYA, reads=(2048,)),
    LoraMark(("sd2",), _TEXT, _KOHYA, reads=(1024,)),
    LoraMark(("sd1",), _TEXT, _KOHYA, reads=(768,)),
    LoraMark(
        ("sdxl",),
        r"^lora_te2_|^text_encoder_2_|attentions_\d_transformer_blocks_[1-9]_|(in|out)put_blocks_\d_1_transformer_blocks_[1-9]_",
        _KOHYA,
    ),
    LoraMark(
        ("sd",),
        _TEXT + r"|(down|up|mid)_block(s_\d)?_attentions_\d+_|(in|out)put_blocks_\d+_1_|middle_block_1_",
        _KOHYA,
    ),
    # LoRAs of a text encoder alone
    LoraMark(
        ("sd2",),
        r"te_text_model_encoder_layers_\d+_self_attn_[qkv]_proj$|text_encoder_text_model_encoder",
        _KOHYA,
        reads=(1024,),
    ),
    LoraMark(("sd1",), r"lora_te_text_model_encoder|^text_encoder_text_model_encoder", _KOHYA),
    LoraMark(("sdxl", "flux1"), r"lora_te1_text_model_encoder", _KOHYA),
)

METHODS: tuple[tuple[str, str], ...] = (
    ("DoRA", "dora_scale"),
    ("DoRA", "lora_magnitude_vector"),
    ("LoHa", "hada_w1_a"),
    ("LoKr", "lokr_w1"),
    ("LoKr", "lokr_w1_a"),
    ("LoCon", "lora_mid"),
    ("IA3", "on_input"),
    ("whole weights", "diff"),
)
"""Kinds that are no plain LoRA, by the last word of their tensors' names; the kinds' names are LyCORIS's."""

"""The classes that a model folder may name. A name that is not here is not looked up anywhere."""

from __future__ import annotations

NETWORKS: frozenset[tuple[str, str]] = frozenset(
    {
        ("diffusers", name)
        for name in (
            "UNet2DConditionModel", "UNet2DModel", "AutoencoderKL", "AutoencoderKLQwenImage", "AutoencoderDC",
            "AutoencoderKLFlux2", "FluxTransformer2DModel", "Flux2Transformer2DModel",
            "SD3Transformer2DModel", "QwenImageTransformer2DModel", "ZImageTransformer2DModel",
            "PixArtTransformer2DModel", "SanaTransformer2DModel", "Lumina2Transformer2DModel",
            "ChromaTransformer2DModel", "DiTTransformer2DModel", "Transformer2DModel",
            "AuraFlowTransformer2DModel", "CogView4Transformer2DModel", "HunyuanDiT2DModel",
            "BriaTransformer2DModel", "OvisImageTransformer2DModel", "LongCatImageTransformer2DModel",
            "ErnieImageTransformer2DModel", "Krea2Transformer2DModel",
            "LuminaNextDiT2DModel", "CosmosTransformer3DModel", "Flux3Transformer2DModel",
            "AnimaTextConditioner", "AutoencoderTiny", "HiDreamImageTransformer2DModel",
            "HunyuanImageTransformer2DModel", "AutoencoderKLHunyuanImage", "Kandinsky5Transformer3DModel",
            "AutoencoderKLHunyuanImageRefiner",
            "QwenImage21Transformer2DModel", "AutoencoderKLQwenImage21",
            "NucleusMoEImageTransformer2DModel", "CogView3PlusTransformer2DModel",
            "Ideogram4Transformer2DModel", "PRXTransformer2DModel", "BriaFiboTransformer2DModel",
            "BriaFibo2Transformer2DModel", "JoyImageEditTransformer3DModel",
            "JoyImageEditPlusTransformer3DModel", "DreamLiteUNetModel",
            "AutoencoderKLWan", "OmniGenTransformer2DModel", "VQModel",
            "Kandinsky3UNet", "PriorTransformer", "StableCascadeUNet", "GlmImageTransformer2DModel",
            "UVit2DModel", "LearnedClassifierFreeSamplingEmbeddings",
        )
    }
    | {
        ("transformers", name)
        for name in (
            "CLIPTextModel", "CLIPTextModelWithProjection", "T5EncoderModel",
            "Qwen2_5_VLForConditionalGeneration", "Qwen2_5_VLTextModel",
            "Qwen3Model", "Qwen3ForCausalLM", "Gemma2Model", "Gemma2ForCausalLM",
            "Mistral3ForConditionalGeneration", "MistralModel",
            "Mistral3Model", "UMT5EncoderModel", "GlmModel", "BertModel", "GemmaModel",
            "Qwen3VLModel", "Qwen3VLForConditionalGeneration", "LlamaForCausalLM", "SmolLM3ForCausalLM",
            "T5GemmaEncoder", "Qwen3VLTextModel", "Siglip2VisionModel", "GlmImageForConditionalGeneration",
        )
    }
    | {
        ("kolors", "ChatGLMModel"), ("taesd", "AutoencoderTinyFlux2"), ("wuerstchen", "PaellaVQModel"),
        ("wuerstchen", "WuerstchenDiffNeXt"), ("wuerstchen", "WuerstchenPrior"),
        ("stable_diffusion", "StableUnCLIPImageNormalizer"), ("stable_diffusion", "CLIPImageProjection"),
        ("unclip", "UnCLIPTextProjModel"),
        ("vq_diffusion", "LearnedClassifierFreeSamplingEmbeddings"),
        ("paint_by_example", "PaintByExampleImageEncoder"), ("kandinsky", "MultilingualCLIP"),
        ("latent_diffusion", "LDMBertModel"), ("versatile_diffusion", "UNetFlatConditionModel"),
        ("unidiffuser", "UniDiffuserModel"), ("unidiffuser", "UniDiffuserTextDecoder"),
        ("alt_diffusion", "RobertaSeriesModelWithTransformation"),
        ("blip_diffusion", "Blip2QFormerModel"), ("blip_diffusion", "ContextCLIPTextModel"),
    }
)  # fmt: skip
"""[library, class] of what has weights that we read; some makers' folders name a room of diffusers."""

VISION: frozenset[tuple[str, str]] = frozenset(
    ("transformers", name) for name in ("CLIPVisionModelWithProjection",)
)
"""Of what looks at pictures beside a model."""

CONTROLS: frozenset[tuple[str, str]] = frozenset(
    ("diffusers", name)
    for name in (
        "ControlNetUnionModel", "FluxControlNetModel", "SD3ControlNetModel", "QwenImageControlNetModel",
        "SanaControlNetModel", "HunyuanDiT2DControlNetModel", "ZImageControlNetModel", "ControlNetXSAdapter",
    )
) | {("alimama", "FluxControlNetModel")}  # fmt: skip
"""Of what reads maps beside a model, and is made from its own configuration as the model is."""

TOKENIZERS: frozenset[tuple[str, str]] = frozenset({("kolors", "ChatGLMTokenizer")}) | frozenset(
    ("transformers", name)
    for name in (
        "CLIPTokenizer", "CLIPTokenizerFast", "T5Tokenizer", "T5TokenizerFast", "Qwen2Tokenizer",
        "Qwen2TokenizerFast", "GemmaTokenizer", "GemmaTokenizerFast", "PixtralProcessor",
        "BertTokenizer", "BertTokenizerFast", "XLMRobertaTokenizer", "XLMRobertaTokenizerFast",
        "LlamaTokenizer", "LlamaTokenizerFast",
        "PreTrainedTokenizerFast", "TokenizersBackend", "Qwen3VLProcessor",
        "Qwen2VLProcessor", "Qwen2_5_VLProcessor", "ByT5Tokenizer",
        "Siglip2ImageProcessor", "Siglip2ImageProcessorFast", "Siglip2ImageProcessorPil", "GlmImageProcessor",
    )
)  # fmt: skip

NOT_OPENED: frozenset[tuple[str, str]] = frozenset(
    {
        ("transformers", "CLIPFeatureExtractor"), ("transformers", "CLIPImageProcessor"),
        ("transformers", "CLIPImageProcessorFast"), ("transformers", "CLIPImageProcessorPil"),
        ("stable_diffusion", "StableDiffusionSafetyChecker"), ("transformers", "CLIPProcessor"),
        ("transformers", "GPT2Tokenizer"), ("transformers", "GPT2TokenizerFast"),
        ("transformers", "CLIPVisionModelWithProjection"),
        ("transformers", "SiglipImageProcessor"), ("transformers", "SiglipVisionModel"),
        ("transformers", "Ministral3ForCausalLM"), ("transformers", "Qwen3_5ForConditionalGeneration"),
        ("transformers", "Qwen3_5Processor"), ("diffusers", "ClassifierFreeGuidance"),
        ("diffusers", "AdaptiveProjectedGuidance"), ("diffusers", "ClassifierFreeZeroStarGuidance"),
        ("diffusers", "TangentialClassifierFreeGuidance"), ("diffusers", "MagnitudeAwareGuidance"),
        ("diffusers", "AdaptiveProjectedMixGuidance"), ("diffusers", "Ideogram4PromptEnhancerHead"),
        ("diffusers", "ControlNetModel"), ("diffusers", "MultiControlNetModel"),
        ("diffusers", "T2IAdapter"),
        ("blip_diffusion", "BlipImageProcessor"),
        ("deepfloyd_if", "IFSafetyChecker"), ("deepfloyd_if", "IFWatermarker"),
        ("diffusers", "VaeImageProcessor"), ("diffusers", "Flux3ImageProcessor"),
        ("transformers", "DPTForDepthEstimation"), ("transformers", "DPTFeatureExtractor"),
        ("transformers", "DPTImageProcessor"), ("transformers", "DPTImageProcessorFast"),
        ("transformers", "DPTImageProcessorPil"),
    }
)  # fmt: skip
"""Parts that a folder may have and that we do without."""

KNOWN = NETWORKS | TOKENIZERS | NOT_OPENED | CONTROLS

"""The table of what stands beside a diffusion network: VAEs, text encoders, image encoders, upscalers."""

from __future__ import annotations

from engine.api.model_file import FileKind
from engine.models.recognition.denoisers import SINGLE_FILE
from engine.models.recognition.mark import ANY, Mark

_TINY = "madebyollin/taesd: taesd.py"
_SPANDREL = "chaiNNer-org/spandrel: architectures"

_FOUR_CHANNELS = ("sd1", "sd2", "sdxl", "pixart", "dit")
_SIXTEEN_CHANNELS = ("flux1", "sd3", "chroma", "z_image", "lumina2")
_KL = "CompVis/stable-diffusion: ldm/models/autoencoder.py (AutoencoderKL)"
_KL_DIFFUSERS = "diffusers: AutoencoderKL"
_WAN_VAE = "Wan-Video/Wan2.1: wan/modules/vae.py; Qwen-Image uses the same network"

VAES: tuple[Mark, ...] = (
    Mark(
        FileKind.TINY_VAE,
        _FOUR_CHANNELS,
        {"decoder.layers.0.weight": (64, 4), "encoder.layers.0.weight": ANY},
        "diffusers: AutoencoderTiny",
    ),
    Mark(
        FileKind.TINY_VAE,
        _SIXTEEN_CHANNELS,
        {"decoder.layers.0.weight": (64, 16), "encoder.layers.0.weight": ANY},
        "diffusers: AutoencoderTiny",
    ),
    Mark(
        FileKind.TINY_VAE,
        ("flux2",),
        {"decoder.layers.0.weight": (64, 32), "encoder.layers.0.weight": ANY},
        "diffusers: AutoencoderTiny",
    ),
    *(
        Mark(
            FileKind.TINY_VAE,
            families,
            {f"{prefix}1.weight": (64, channels, 3, 3), f"{prefix}3.conv.0.weight": (64, 64, 3, 3)},
            _TINY,
            "decoder",
        )
        for prefix in ("", "taesd_decoder.", "decoder.")
        for channels, families in ((4, _FOUR_CHANNELS), (16, _SIXTEEN_CHANNELS), (32, ("flux2",)))
    ),
    Mark(
        FileKind.TINY_VAE,
        (),
        {"0.weight": (64, 3, 3, 3), "1.conv.0.weight": (64, 64, 3, 3)},
        _TINY,
        "encoder",
    ),
    # these also fold over time, under names that image VAEs have too: they are asked first
    Mark(
        FileKind.VAE,
        ("qwen_image", "wan", "krea2"),
        {"decoder.middle.0.residual.0.gamma": ANY, "conv2.weight": (16, 16)},
        _WAN_VAE,
    ),
    Mark(FileKind.VAE, ("wan",), {"decoder.middle.0.residual.0.gamma": ANY}, SINGLE_FILE, "2.2"),
    Mark(
        FileKind.VAE,
        ("qwen_image", "wan", "krea2"),
        {"decoder.mid_block.resnets.0.norm1.gamma": ANY, "decoder.conv_in.weight": (None, 16)},
        "diffusers: AutoencoderKLQwenImage, AutoencoderKLWan",
    ),
    Mark(
        FileKind.VAE,
        ("wan",),
        {"decoder.mid_block.resnets.0.norm1.gamma": ANY},
        "diffusers: AutoencoderKLWan",
        "2.2",
    ),
    Mark(
        FileKind.VAE, ("sana",), {"decoder.stages.1.op_list.0.main.conv.conv.bias": ANY}, SINGLE_FILE, "DC-AE"
    ),
    Mark(
        FileKind.VAE,
        ("flux2",),
        {"bn.running_mean": ANY, "decoder.conv_in.weight": (512, 32)},
        "black-forest-labs/flux2: src/flux2/autoencoder.py",
    ),
    Mark(
        FileKind.VAE,
        _FOUR_CHANNELS,
        {"decoder.conv_in.weight": (None, 4, 3, 3), "decoder.up.0.block.0.conv1.weight": ANY},
        _KL,
    ),
    Mark(
        FileKind.VAE,
        _SIXTEEN_CHANNELS,
        {"decoder.conv_in.weight": (None, 16, 3, 3), "decoder.up.0.block.0.conv1.weight": ANY},
        "black-forest-labs/flux: src/flux/modules/autoencoder.py",
    ),
    Mark(
        FileKind.VAE,
        _FOUR_CHANNELS,
        {"decoder.conv_in.weight": (None, 4, 3, 3), "decoder.up_blocks.0.resnets.0.conv1.weight": ANY},
        _KL_DIFFUSERS,
    ),
    Mark(
        FileKind.VAE,
        _SIXTEEN_CHANNELS,
        {"decoder.conv_in.weight": (None, 16, 3, 3), "decoder.up_blocks.0.resnets.0.conv1.weight": ANY},
        _KL_DIFFUSERS,
    ),
    Mark(
        FileKind.VAE,
        ("sana",),
        {"encoder.down_blocks.0.0.conv1.weight": ANY, "decoder.conv_in.weight": ANY},
        "diffusers: AutoencoderDC",
        "DC-AE",
    ),
)

_CLIP = "openai/CLIP and mlfoundations/open_clip: width of the token embedding"
_T5_GGUF = "ggml-org/llama.cpp: gguf-py/gguf/tensor_mapping.py (t5encoder)"
_LLAMA_CPP = "ggml-org/llama.cpp: gguf-py/gguf/tensor_mapping.py"
_T5 = "google/t5-v1_1-xxl: config.json"
_TOKENS = "embeddings.token_embedding.weight"

TEXT_ENCODERS: tuple[Mark, ...] = (
    *(
        Mark(FileKind.TEXT_ENCODER, families, {f"{prefix}{_TOKENS}": (None, width)}, _CLIP, variant)
        for prefix in ("text_model.", "text_model.text_model.", "")
        for width, families, variant in (
            (768, ("sd1", "sdxl", "sd3", "flux1"), "CLIP-L"),
            (1024, ("sd2",), "OpenCLIP-H"),
            (1280, ("sdxl", "sd3"), "OpenCLIP-bigG"),
        )
    ),
    Mark(
        FileKind.TEXT_ENCODER,
        ("wan",),
        {"encoder.block.0.layer.0.SelfAttention.q.weight": ANY, "shared.weight": (256384,)},
        "google/umt5-xxl: config.json",
        "UMT5-XXL",
    ),
    Mark(
        FileKind.TEXT_ENCODER,
        ("flux1", "sd3", "chroma", "pixart"),
        {
            "encoder.block.0.layer.0.SelfAttention.q.weight": ANY,
            "encoder.block.23.layer.0.SelfAttention.q.weight": (4096,),
        },
        _T5,
        "T5-XXL",
    ),
    Mark(FileKind.TEXT_ENCODER, (), {"encoder.block.0.layer.0.SelfAttention.q.weight": ANY}, _T5, "T5"),
    Mark(
        FileKind.TEXT_ENCODER,
        ("flux1", "sd3", "chroma", "pixart"),
        {"enc.blk.23.attn_q.weight": (4096,)},
        _T5_GGUF,
        "T5-XXL",
    ),
    Mark(FileKind.TEXT_ENCODER, (), {"enc.blk.0.attn_q.weight": ANY}, _T5_GGUF, "T5"),
    Mark(
        FileKind.TEXT_ENCODER,
        ("qwen_image",),
        {"embed_tokens.weight": (None, 3584), "layers.0.self_attn.q_proj.bias": ANY},
        "Qwen/Qwen2.5-VL-7B-Instruct: config.json",
        "Qwen2.5-VL 7B",
    ),
    Mark(
        FileKind.TEXT_ENCODER,
        ("z_image", "flux2"),
        {"embed_tokens.weight": (None, 2560), "layers.0.self_attn.q_norm.weight": ANY},
        "Qwen/Qwen3-4B: config.json",
        "Qwen3 4B",
    ),
    Mark(
        FileKind.TEXT_ENCODER,
        ("flux2",),
        {"embed_tokens.weight": (None, 4096), "layers.0.self_attn.q_norm.weight": ANY},
        "Qwen/Qwen3-8B: config.json",
        "Qwen3 8B",
    ),
    Mark(
        FileKind.TEXT_ENCODER,
        ("lumina2", "sana"),
        {"embed_tokens.weight": (256000, 2304)},
        "google/gemma-2-2b: config.json",
        "Gemma 2 2B",
    ),
    Mark(
        FileKind.TEXT_ENCODER,
        ("flux2",),
        {"embed_tokens.weight": (131072, 5120)},
        "mistralai/Mistral-Small-3.2-24B: config.json",
        "Mistral Small 3",
    ),
    Mark(
        FileKind.TEXT_ENCODER,
        ("hidream",),
        {"embed_tokens.weight": (128256, 4096)},
        "meta-llama/Llama-3.1-8B: config.json",
        "Llama 3.1 8B",
    ),
    Mark(
        FileKind.TEXT_ENCODER,
        (),
        {"embed_tokens.weight": ANY, "layers.0.self_attn.q_proj.weight": ANY},
        "transformers: causal language models",
    ),
    *(
        Mark(
            FileKind.TEXT_ENCODER,
            families,
            {"token_embd.weight": tokens, mark: ANY},
            _LLAMA_CPP,
            title,
        )
        for families, tokens, mark, title in (
            (("qwen_image",), (None, 3584), "blk.0.attn_q.bias", "Qwen2.5-VL 7B"),
            (("z_image", "flux2"), (None, 2560), "blk.0.attn_q_norm.weight", "Qwen3 4B"),
            (("flux2",), (None, 4096), "blk.0.attn_q_norm.weight", "Qwen3 8B"),
            (("lumina2", "sana"), (256000, 2304), "blk.0.post_ffw_norm.weight", "Gemma 2 2B"),
            (("flux2",), (131072, 5120), "blk.30.attn_q.weight", "Mistral Small 3"),
        )
    ),
    Mark(
        FileKind.TEXT_ENCODER,
        (),
        {"token_embd.weight": ANY, "blk.0.attn_q.weight": ANY},
        _LLAMA_CPP,
    ),
    Mark(
        FileKind.IMAGE_ENCODER,
        (),
        {"v.patch_embd.weight": ANY},
        _LLAMA_CPP,
        "mmproj",
    ),
    Mark(
        FileKind.IMAGE_ENCODER,
        (),
        {"vision_model.embeddings.patch_embedding.weight": (1280,)},
        "transformers: CLIPVisionModel",
        "CLIP-H",
    ),
    Mark(
        FileKind.IMAGE_ENCODER,
        (),
        {"vision_model.embeddings.patch_embedding.weight": (1664,)},
        "transformers: CLIPVisionModel",
        "CLIP-bigG",
    ),
    Mark(
        FileKind.IMAGE_ENCODER,
        (),
        {"vision_model.embeddings.patch_embedding.weight": (1152,)},
        "transformers: SiglipVisionModel",
        "SigLIP",
    ),
    Mark(
        FileKind.IMAGE_ENCODER,
        (),
        {"vision_model.embeddings.patch_embedding.weight": ANY},
        "transformers: CLIPVisionModel",
    ),
)

UPSCALERS: tuple[Mark, ...] = (
    Mark(
        FileKind.UPSCALER,
        (),
        {"conv_first.weight": (None, None, 3, 3), "body.0.rdb1.conv1.weight": ANY},
        _SPANDREL,
        "RRDB",
    ),
    Mark(
        FileKind.UPSCALER,
        (),
        {"conv_first.weight": ANY, "RRDB_trunk.0.RDB1.conv1.weight": ANY},
        _SPANDREL,
        "RRDB",
    ),
    Mark(
        FileKind.UPSCALER,
        (),
        {"0.weight": (None, None, 3, 3), "1.sub.0.RDB1.conv1.0.weight": ANY},
        _SPANDREL,
        "RRDB",
    ),
    Mark(
        FileKind.UPSCALER,
        (),
        {"body.0.weight": (None, 3, 3, 3), "body.1.weight": (None,), "body.2.weight": (None, None, 3, 3)},
        _SPANDREL,
        "SRVGG",
        lacks=("conv_first.weight",),
    ),
    Mark(
        FileKind.UPSCALER,
        (),
        {"layers.0.residual_group.blocks.0.conv_block.cab.0.weight": ANY},
        _SPANDREL,
        "HAT",
    ),
    Mark(
        FileKind.UPSCALER,
        (),
        {"layers.0.residual_group.blocks.0.attn.relative_position_bias_table": ANY},
        _SPANDREL,
        "SwinIR",
    ),
    Mark(
        FileKind.UPSCALER,
        (),
        {"layers.0.residual_group.blocks.0.attn.logit_scale": ANY},
        _SPANDREL,
        "Swin2SR",
    ),
    Mark(FileKind.UPSCALER, (), {"layers.0.blocks.0.attn.attns.0.rpe_biases": ANY}, _SPANDREL, "DAT"),
    Mark(
        FileKind.UPSCALER,
        (),
        {"before_RG.1.weight": ANY, "layers.0.blocks.0.attn.temperature": ANY},
        _SPANDREL,
        "DAT",
    ),
    Mark(FileKind.UPSCALER, (), {"block_1.c1_r.sk.weight": ANY}, _SPANDREL, "SPAN"),
    Mark(FileKind.UPSCALER, (), {"feats.0.weight": ANY, "feats.1.lk.conv.weight": ANY}, _SPANDREL, "PLKSR"),
    Mark(
        FileKind.UPSCALER, (), {"to_feat.weight": ANY, "feats.0.safm.mfr.0.weight": ANY}, _SPANDREL, "SAFMN"
    ),
)

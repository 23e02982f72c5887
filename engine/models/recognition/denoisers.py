"""The table of diffusion networks. The first mark that fits counts, so the special ones come first."""

from __future__ import annotations

from engine.api.model_file import FileKind
from engine.models.recognition.mark import ANY, Mark, Sides, VariantMark

SINGLE_FILE = "diffusers: loaders/single_file_utils.py (CHECKPOINT_KEY_NAMES)"
LDM_UNET = "CompVis/stable-diffusion: ldm/modules/diffusionmodules/openaimodel.py (UNetModel)"
SGM_UNET = "Stability-AI/generative-models: configs/inference/sd_xl_base.yaml"
FLUX = "black-forest-labs/flux: src/flux/model.py, util.py (configs)"

LDM_ATTENTION = "input_blocks.4.1.transformer_blocks.0.attn2.to_k.weight"
"""Level two of the original UNet reads the text in every Stable Diffusion up to XL, distilled ones too."""
UNET_ATTENTION = "down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k.weight"
"""The same layer under diffusers' names."""


def _denoiser(family: str, needs: dict[str, Sides], source: str, variant: str = "", lacks=()) -> Mark:
    return Mark(FileKind.DENOISER, (family,), needs, source, variant, tuple(lacks))


DENOISERS: tuple[Mark, ...] = (
    # UNets in the original layout, told apart by how wide the text is that they read
    _denoiser("kolors", {"encoder_hid_proj.weight": (2048, 4096)}, "Kwai-Kolors/Kolors: unet/config.json"),
    _denoiser(
        "sdxl_refiner",
        {"label_emb.0.0.weight": (1536, 2560)},
        "Stability-AI/generative-models: configs/inference/sd_xl_refiner.yaml",
    ),
    _denoiser("sdxl", {LDM_ATTENTION: (640, 2048), "label_emb.0.0.weight": (1280, 2816)}, SGM_UNET),
    _denoiser(
        "sd2",
        {LDM_ATTENTION: (None, 1024), "input_blocks.0.0.weight": ANY},
        "Stability-AI/stablediffusion: configs/stable-diffusion/v2-inference.yaml (context_dim 1024)",
    ),
    _denoiser(
        "sd1",
        {LDM_ATTENTION: (None, 768), "input_blocks.0.0.weight": ANY},
        "CompVis/stable-diffusion: configs/stable-diffusion/v1-inference.yaml (context_dim 768)",
    ),
    _denoiser(
        "sd",
        {
            "input_blocks.0.0.weight": ANY,
            "time_embed.0.weight": ANY,
            "middle_block.1.transformer_blocks.0.attn2.to_k.weight": ANY,
        },
        LDM_UNET,
    ),
    # the same under diffusers' names
    _denoiser(
        "sdxl_refiner", {"add_embedding.linear_1.weight": (1536, 2560)}, "diffusers: UNet2DConditionModel"
    ),
    _denoiser(
        "sdxl",
        {"add_embedding.linear_1.weight": (1280, 2816), "conv_in.weight": ANY},
        "diffusers: UNet2DConditionModel, addition_embed_type text_time",
    ),
    _denoiser(
        "sd2", {UNET_ATTENTION: (None, 1024), "conv_in.weight": ANY}, "diffusers: UNet2DConditionModel"
    ),
    _denoiser("sd1", {UNET_ATTENTION: (None, 768), "conv_in.weight": ANY}, "diffusers: UNet2DConditionModel"),
    _denoiser(
        "sd",
        {
            "conv_in.weight": ANY,
            "time_embedding.linear_1.weight": ANY,
            "conv_out.weight": ANY,
            "mid_block.attentions.0.transformer_blocks.0.attn2.to_k.weight": ANY,
        },
        "diffusers: UNet2DConditionModel",
    ),
    _denoiser(
        "unet2d",
        {
            "conv_in.weight": ANY,
            "time_embedding.linear_1.weight": ANY,
            "conv_out.weight": ANY,
            "down_blocks.0.resnets.0.time_emb_proj.weight": ANY,
        },
        "diffusers: UNet2DModel (DDPM, DDIM)",
    ),
    # transformers
    _denoiser("stable_cascade", {"clip_txt_mapper.weight": ANY}, SINGLE_FILE, "stage C"),
    _denoiser("stable_cascade", {"down_blocks.1.0.channelwise.0.weight": ANY}, SINGLE_FILE, "stage B"),
    _denoiser("flux3", {"early_stream_modulations.image.lin.weight": ANY}, SINGLE_FILE),
    _denoiser("flux2", {"single_stream_modulation.lin.weight": ANY}, SINGLE_FILE),
    _denoiser("flux2", {"single_stream_modulation.linear.weight": ANY}, "diffusers: Flux2Transformer2DModel"),
    _denoiser("chroma", {"distilled_guidance_layer.in_proj.weight": ANY}, SINGLE_FILE),
    _denoiser(
        "hunyuan_video",
        {
            "txt_in.individual_token_refiner.blocks.0.adaLN_modulation.1.weight": ANY,
            "double_blocks.0.img_attn_qkv.weight": ANY,
        },
        SINGLE_FILE,
    ),
    _denoiser(
        "hunyuan_image",
        {"byt5_in.fc1.weight": ANY, "double_blocks.0.img_attn_qkv.weight": ANY},
        "Tencent-Hunyuan/HunyuanImage-2.1: hyimage/models/hunyuan/modules/hunyuanimage_dit.py",
    ),
    _denoiser(
        "flux1", {"double_blocks.0.img_attn.norm.key_norm.scale": ANY, "img_in.weight": ANY}, SINGLE_FILE
    ),
    _denoiser(
        "flux1",
        {"double_blocks.0.img_attn.norm.key_norm.weight": ANY, "img_in.weight": ANY},
        "Comfy-Org/ComfyUI: files saved by it name the norms' scale `weight`",
    ),
    _denoiser("flux1", {"double_blocks.0.img_attn.qkv.weight": ANY, "img_in.weight": ANY}, FLUX),
    _denoiser(
        "flux1",
        {
            "single_transformer_blocks.0.proj_mlp.weight": ANY,
            "x_embedder.weight": ANY,
            "time_text_embed.text_embedder.linear_1.weight": ANY,
        },
        "diffusers: FluxTransformer2DModel",
    ),
    _denoiser("qwen_image_21", {"txt_in.text_norm.weight": ANY}, SINGLE_FILE),
    _denoiser(
        "qwen_image",
        {"transformer_blocks.0.img_mod.1.weight": ANY, "txt_norm.weight": ANY, "img_in.weight": ANY},
        "diffusers: QwenImageTransformer2DModel",
    ),
    _denoiser(
        "z_image",
        {"all_x_embedder.2-1.weight": ANY, "noise_refiner.0.attention.to_q.weight": ANY},
        "diffusers: ZImageTransformer2DModel",
    ),
    _denoiser(
        "z_image",
        {"layers.0.adaLN_modulation.0.weight": ANY, "cap_embedder.1.weight": ANY},
        SINGLE_FILE,
    ),
    _denoiser(
        "lumina2", {"cap_embedder.0.weight": ANY, "noise_refiner.0.attention.qkv.weight": ANY}, SINGLE_FILE
    ),
    _denoiser(
        "lumina2",
        {"time_caption_embed.caption_embedder.0.weight": ANY},
        "diffusers: Lumina2Transformer2DModel",
    ),
    _denoiser("sd3", {"joint_blocks.0.context_block.adaLN_modulation.1.weight": ANY}, SINGLE_FILE),
    _denoiser(
        "sd3",
        {
            "transformer_blocks.0.attn.add_q_proj.weight": ANY,
            "pos_embed.proj.weight": ANY,
            "context_embedder.weight": ANY,
        },
        "diffusers: SD3Transformer2DModel",
        lacks=["single_transformer_blocks.0.attn.to_q.weight"],
    ),
    _denoiser(
        "auraflow", {"double_layers.0.attn.w2q.weight": ANY, "cond_seq_linear.weight": ANY}, SINGLE_FILE
    ),
    _denoiser(
        "auraflow",
        {"joint_transformer_blocks.0.attn.add_q_proj.weight": ANY, "register_tokens": ANY},
        "diffusers: AuraFlowTransformer2DModel",
    ),
    _denoiser("hidream", {"double_stream_blocks.0.block.adaLN_modulation.1.weight": ANY}, SINGLE_FILE),
    _denoiser("krea2", {"txtfusion.projector.weight": ANY}, SINGLE_FILE),
    _denoiser("krea2", {"text_fusion.projector.weight": ANY}, "diffusers: Krea2Transformer2DModel"),
    _denoiser(
        "sana", {"blocks.0.cross_attn.q_linear.weight": ANY, "attention_y_norm.weight": ANY}, SINGLE_FILE
    ),
    _denoiser(
        "sana",
        {"caption_norm.weight": ANY, "transformer_blocks.0.ff.conv_inverted.weight": ANY},
        "diffusers: SanaTransformer2DModel",
    ),
    _denoiser(
        "pixart",
        {"y_embedder.y_embedding": ANY, "blocks.0.cross_attn.kv_linear.weight": ANY},
        "PixArt-alpha/PixArt-sigma: diffusion/model/nets/PixArt.py",
    ),
    _denoiser(
        "pixart",
        {
            "caption_projection.linear_1.weight": (None, 4096),
            "scale_shift_table": (2,),
            "adaln_single.linear.weight": ANY,
            "pos_embed.proj.weight": ANY,
        },
        "diffusers: PixArtTransformer2DModel",
    ),
    _denoiser(
        "dit",
        {"y_embedder.embedding_table.weight": ANY, "blocks.0.adaLN_modulation.1.weight": ANY},
        "facebookresearch/DiT: models.py",
    ),
    _denoiser(
        "dit",
        {"transformer_blocks.0.norm1.emb.class_embedder.embedding_table.weight": ANY},
        "diffusers: DiTTransformer2DModel",
    ),
    # video, so that it is not taken for an image model
    _denoiser("wan", {"head.modulation": ANY, "patch_embedding.weight": ANY}, SINGLE_FILE),
    _denoiser(
        "wan",
        {"condition_embedder.time_proj.weight": ANY, "patch_embedding.weight": ANY},
        "diffusers: WanTransformer3DModel",
    ),
    _denoiser(
        "ltx2", {"av_ca_a2v_gate_adaln_single.emb.timestep_embedder.linear_1.weight": ANY}, SINGLE_FILE
    ),
    _denoiser(
        "ltx", {"patchify_proj.weight": ANY, "transformer_blocks.0.scale_shift_table": ANY}, SINGLE_FILE
    ),
    _denoiser(
        "cosmos", {"x_embedder.proj.1.weight": ANY, "blocks.0.self_attn.q_proj.weight": ANY}, SINGLE_FILE
    ),
    _denoiser("mochi", {"blocks.0.attn.qkv_x.weight": ANY}, SINGLE_FILE),
)

_UNETS = ("sd1", "sd2", "sd", "sdxl")
_PLUS_MASK = "diffusers: StableDiffusionInpaintPipeline (9 channels: latents, mask, masked picture)"
_PLUS_PICTURE = "timbrooks/instruct-pix2pix: configs/generate.yaml (8 channels: latents and picture)"

VARIANTS: tuple[VariantMark, ...] = (
    VariantMark(_UNETS, {"input_blocks.0.0.weight": (None, 9)}, "inpainting", _PLUS_MASK),
    VariantMark(_UNETS, {"conv_in.weight": (None, 9)}, "inpainting", _PLUS_MASK),
    VariantMark(_UNETS, {"input_blocks.0.0.weight": (None, 8)}, "instructed", _PLUS_PICTURE),
    VariantMark(_UNETS, {"conv_in.weight": (None, 8)}, "instructed", _PLUS_PICTURE),
    VariantMark(
        _UNETS,
        {"input_blocks.0.0.weight": (None, 5)},
        "depth",
        "Stability-AI/stablediffusion: configs/stable-diffusion/v2-midas-inference.yaml",
    ),
    VariantMark(
        _UNETS, {"conv_in.weight": (None, 5)}, "depth", "diffusers: StableDiffusionDepth2ImgPipeline"
    ),
    VariantMark(
        _UNETS,
        {"input_blocks.0.0.weight": (None, 7)},
        "upscaling",
        "Stability-AI/stablediffusion: configs/stable-diffusion/x4-upscaling.yaml",
    ),
    VariantMark(
        _UNETS, {"conv_in.weight": (None, 7)}, "upscaling", "diffusers: StableDiffusionUpscalePipeline"
    ),
    VariantMark(
        _UNETS,
        {"time_embed.cond_proj.weight": ANY},
        "LCM",
        "luosiallen/latent-consistency-model: guidance is an input of the time embedding",
    ),
    VariantMark(
        _UNETS, {"time_embedding.cond_proj.weight": ANY}, "LCM", "diffusers: LatentConsistencyModelPipeline"
    ),
    VariantMark(("sdxl",), {"edm_mean": ANY}, "Playground 2.5", SINGLE_FILE),
    VariantMark(
        ("sdxl",),
        {LDM_ATTENTION: ANY},
        "distilled (SSD, Vega)",
        "segmind/SSD-1B: no middle attention",
        lacks=("middle_block.1.transformer_blocks.0.attn2.to_k.weight",),
    ),
    VariantMark(("unet2d",), {"class_embedding.weight": ANY}, "class-conditional", "diffusers: UNet2DModel"),
    VariantMark(("flux1",), {"img_in.weight": (None, 384)}, "Fill", FLUX),
    VariantMark(("flux1",), {"x_embedder.weight": (None, 384)}, "Fill", "diffusers: FluxFillPipeline"),
    VariantMark(("flux1",), {"img_in.weight": (None, 128)}, "Control", FLUX),
    VariantMark(
        ("flux1",),
        {"x_embedder.weight": (None, 128)},
        "Control",
        "diffusers: FluxControlPipeline",
    ),
    VariantMark(("flux1",), {"img_in.weight": (None, 64), "guidance_in.in_layer.weight": ANY}, "dev", FLUX),
    VariantMark(
        ("flux1",),
        {"x_embedder.weight": (None, 64), "time_text_embed.guidance_embedder.linear_1.weight": ANY},
        "dev",
        "diffusers: FluxTransformer2DModel, guidance_embeds",
    ),
    VariantMark(
        ("flux1",), {"img_in.weight": (None, 64)}, "schnell", FLUX, lacks=("guidance_in.in_layer.weight",)
    ),
    VariantMark(
        ("flux1",),
        {"x_embedder.weight": (None, 64)},
        "schnell",
        "diffusers: FluxTransformer2DModel",
        lacks=("time_text_embed.guidance_embedder.linear_1.weight",),
    ),
    VariantMark(("flux2",), {"img_in.weight": (6144,)}, "dev", "black-forest-labs/flux2: src/flux2/model.py"),
    VariantMark(("flux2",), {"x_embedder.weight": (6144,)}, "dev", "diffusers: Flux2Pipeline"),
    VariantMark(
        ("flux2",), {"img_in.weight": (4096,)}, "klein 9B", "black-forest-labs/flux2: src/flux2/model.py"
    ),
    VariantMark(("flux2",), {"x_embedder.weight": (4096,)}, "klein 9B", "diffusers: Flux2KleinPipeline"),
    VariantMark(
        ("flux2",), {"img_in.weight": (3072,)}, "klein 4B", "black-forest-labs/flux2: src/flux2/model.py"
    ),
    VariantMark(("flux2",), {"x_embedder.weight": (3072,)}, "klein 4B", "diffusers: Flux2KleinPipeline"),
    VariantMark(("flux3",), {"ref_time_in.in_layer.weight": ANY}, "distilled", SINGLE_FILE),
    VariantMark(("sd3",), {"joint_blocks.37.x_block.mlp.fc1.weight": ANY}, "3.5 large", SINGLE_FILE),
    VariantMark(
        ("sd3",),
        {"transformer_blocks.37.attn.to_q.weight": ANY},
        "3.5 large",
        "diffusers: SD3Transformer2DModel",
    ),
    VariantMark(
        ("sd3",),
        {"joint_blocks.0.x_block.attn2.qkv.weight": ANY},
        "3.5 medium",
        "Stability-AI/sd3.5: mmditx.py (x_block_self_attn)",
    ),
    VariantMark(
        ("sd3",),
        {"transformer_blocks.0.attn2.to_q.weight": ANY},
        "3.5 medium",
        "diffusers: SD3Transformer2DModel",
    ),
    VariantMark(
        ("sd3",),
        {"joint_blocks.0.x_block.attn.qkv.weight": ANY},
        "3 medium",
        SINGLE_FILE,
        lacks=("joint_blocks.37.x_block.mlp.fc1.weight", "joint_blocks.0.x_block.attn2.qkv.weight"),
    ),
    VariantMark(
        ("qwen_image",),
        {"time_text_embed.addition_t_embedding.weight": ANY},
        "Layered",
        "diffusers: QwenImageLayeredPipeline",
    ),
    VariantMark(
        ("sana",),
        {"cfg_embedder.mlp.0.weight": ANY},
        "Sprint",
        "NVlabs/Sana: diffusion/model/nets/sana_multi_scale.py",
    ),
    VariantMark(
        ("sana",),
        {"time_embed.guidance_embedder.linear_1.weight": ANY},
        "Sprint",
        "diffusers: SanaSprintPipeline",
    ),
    VariantMark(("wan",), {"vace_blocks.0.after_proj.weight": ANY}, "VACE", SINGLE_FILE),
    VariantMark(
        ("pixart",),
        {"adaln_single.emb.resolution_embedder.linear_1.weight": ANY},
        "Alpha 1024",
        "diffusers: PixArtAlphaPipeline, micro conditions",
    ),
)

V_PREDICTION = {"v_pred": "v-prediction", "ztsnr": "zero-terminal SNR"}
"""Empty tensors by which makers mark their files (a convention of 2024, as ComfyUI reads it)."""

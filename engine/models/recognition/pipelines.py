"""Pipelines that a diffusers folder may name, and what they are here."""

from __future__ import annotations

PIPELINES: dict[str, tuple[str, str]] = {
    "StableDiffusionPipeline": ("", ""), "StableDiffusionImg2ImgPipeline": ("", ""),
    "StableDiffusionInpaintPipeline": ("", "inpainting"),
    "StableDiffusionInstructPix2PixPipeline": ("", "instructed"),
    "StableDiffusionDepth2ImgPipeline": ("sd2", "depth"),
    "StableDiffusionUpscalePipeline": ("sd2", "upscaling"),
    "StableDiffusionLatentUpscalePipeline": ("sd2", "upscaling"),
    "StableDiffusionXLPipeline": ("sdxl", ""), "StableDiffusionXLImg2ImgPipeline": ("", ""),
    "StableDiffusionXLInpaintPipeline": ("sdxl", "inpainting"),
    "StableDiffusionXLInstructPix2PixPipeline": ("sdxl", "instructed"),
    "StableDiffusion3Pipeline": ("sd3", ""),
    "FluxPipeline": ("flux1", ""), "FluxFillPipeline": ("flux1", "Fill"),
    "FluxKontextPipeline": ("flux1", "Kontext"),
    "FluxControlPipeline": ("flux1", "Control (Canny or Depth)"),
    "Flux2Pipeline": ("flux2", "dev"), "Flux2KleinPipeline": ("flux2", "klein"),
    "ChromaPipeline": ("chroma", ""),
    "QwenImagePipeline": ("qwen_image", ""), "QwenImageEditPipeline": ("qwen_image", "Edit"),
    "QwenImageEditPlusPipeline": ("qwen_image", "Edit Plus"),
    "QwenImageLayeredPipeline": ("qwen_image", "Layered"),
    "QwenImage21Pipeline": ("qwen_image_21", ""),
    "ZImagePipeline": ("z_image", ""), "ZImageOmniPipeline": ("z_image", "Omni"),
    "PixArtSigmaPipeline": ("pixart", "Sigma"), "PixArtAlphaPipeline": ("pixart", "Alpha"),
    "SanaPipeline": ("sana", ""), "SanaSprintPipeline": ("sana_sprint", ""),
    "ConsistencyModelPipeline": ("consistency", ""),
    "Lumina2Pipeline": ("lumina2", ""), "Lumina2Text2ImgPipeline": ("lumina2", ""),
    "DiTPipeline": ("dit", "class-conditional"),
    "DDPMPipeline": ("unet2d", "unconditional"), "DDIMPipeline": ("unet2d", "unconditional"),
    "KolorsPipeline": ("kolors", ""), "OmniGenPipeline": ("omnigen", ""),
    "AuraFlowPipeline": ("auraflow", ""),
    "HiDreamImagePipeline": ("hidream", ""), "Krea2Pipeline": ("krea2", ""),
    "HunyuanImagePipeline": ("hunyuan_image", ""),
    "AnimaModularPipeline": ("anima", ""), "Flux3ModularPipeline": ("flux3", "base"),
    "Flux3DistilledModularPipeline": ("flux3", "distilled"),
    "CogView4Pipeline": ("cogview4", ""), "HunyuanDiTPipeline": ("hunyuan_dit", ""),
    "BriaPipeline": ("bria", ""), "OvisImagePipeline": ("ovis_image", ""),
    "LongCatImagePipeline": ("longcat_image", ""), "ErnieImagePipeline": ("ernie_image", ""),
    "Kandinsky5T2IPipeline": ("kandinsky5", ""), "NucleusMoEImagePipeline": ("nucleus_image", ""),
    "CogView3PlusPipeline": ("cogview3", ""), "Ideogram4Pipeline": ("ideogram4", ""),
    "BriaFiboPipeline": ("bria_fibo", ""), "PRXPipeline": ("prx", ""),
    "LuminaPipeline": ("lumina", ""), "LuminaText2ImgPipeline": ("lumina", ""),
    "StableCascadePriorPipeline": ("stable_cascade", "stage C"),
    "StableCascadeDecoderPipeline": ("stable_cascade", "stage B"),
    "WanPipeline": ("wan", ""), "WanImageToVideoPipeline": ("wan", "picture to video"),
    "LTXPipeline": ("ltx", ""), "LTX2Pipeline": ("ltx2", ""),
    "HunyuanVideoPipeline": ("hunyuan_video", ""), "MochiPipeline": ("mochi", ""),
}  # fmt: skip
"""Class to (family, variant); where the family is empty the denoiser's shapes decide."""

DENOISER_PARTS = ("unet", "transformer", "prior", "decoder")
"""Parts of a folder, the first of which is the diffusion network."""

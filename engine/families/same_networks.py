"""Pipelines of diffusers that run the very networks of another: a folder that names them is that model.

Whoever saved the model did it from the pipeline at hand: image to image, inpainting, beside a ControlNet or
an adapter, with guidance of another kind, or from modular blocks.
"""

from __future__ import annotations

VARIATIONS: dict[str, tuple[str, ...]] = {
    "StableDiffusionPipeline": (
        "StableDiffusionPAGPipeline", "StableDiffusionPAGImg2ImgPipeline",
        "StableDiffusionPAGInpaintPipeline",
        "StableDiffusionControlNetPipeline", "StableDiffusionControlNetImg2ImgPipeline",
        "StableDiffusionControlNetInpaintPipeline", "StableDiffusionControlNetPAGPipeline",
        "StableDiffusionControlNetPAGInpaintPipeline", "StableDiffusionAdapterPipeline",
        "StableDiffusionSAGPipeline", "StableDiffusionPanoramaPipeline", "StableDiffusionParadigmsPipeline",
        "StableDiffusionAttendAndExcitePipeline", "StableDiffusionDiffEditPipeline",
        "StableDiffusionModelEditingPipeline", "StableDiffusionPix2PixZeroPipeline",
        "SemanticStableDiffusionPipeline", "CycleDiffusionPipeline", "TextToVideoZeroPipeline",
        "LatentConsistencyModelPipeline", "LatentConsistencyModelImg2ImgPipeline",
        "LEditsPPPipelineStableDiffusion", "StableDiffusionPipelineSafe",
        "StableDiffusionInpaintPipelineLegacy", "StableDiffusionControlNetXSPipeline",
    ),
    "BlipDiffusionPipeline": ("BlipDiffusionControlNetPipeline",),
    "StableDiffusionXLPipeline": (
        "StableDiffusionXLImg2ImgPipeline", "StableDiffusionXLControlNetPipeline",
        "StableDiffusionXLControlNetImg2ImgPipeline", "StableDiffusionXLControlNetInpaintPipeline",
        "StableDiffusionXLControlNetUnionPipeline", "StableDiffusionXLControlNetUnionImg2ImgPipeline",
        "StableDiffusionXLControlNetUnionInpaintPipeline", "StableDiffusionXLControlNetPAGPipeline",
        "StableDiffusionXLControlNetPAGImg2ImgPipeline", "StableDiffusionXLPAGPipeline",
        "StableDiffusionXLPAGImg2ImgPipeline", "StableDiffusionXLPAGInpaintPipeline",
        "StableDiffusionXLAdapterPipeline", "StableDiffusionXLModularPipeline", "TextToVideoZeroSDXLPipeline",
        "LEditsPPPipelineStableDiffusionXL", "StableDiffusionXLControlNetXSPipeline",
    ),
    "StableDiffusion3Pipeline": (
        "StableDiffusion3Img2ImgPipeline", "StableDiffusion3InpaintPipeline",
        "StableDiffusion3ControlNetPipeline", "StableDiffusion3ControlNetInpaintingPipeline",
        "StableDiffusion3PAGPipeline", "StableDiffusion3PAGImg2ImgPipeline",
        "StableDiffusion3ModularPipeline",
    ),
    "AltDiffusionPipeline": ("AltDiffusionImg2ImgPipeline",),
    "VersatileDiffusionPipeline": (
        "VersatileDiffusionTextToImagePipeline", "VersatileDiffusionImageVariationPipeline",
        "VersatileDiffusionDualGuidedPipeline",
    ),
    "FluxPipeline": (
        "FluxImg2ImgPipeline", "FluxInpaintPipeline", "FluxControlNetPipeline",
        "FluxControlNetImg2ImgPipeline", "FluxControlNetInpaintPipeline", "FluxModularPipeline",
    ),
    "FluxControlPipeline": ("FluxControlImg2ImgPipeline", "FluxControlInpaintPipeline"),
    "FluxKontextPipeline": ("FluxKontextInpaintPipeline", "FluxKontextModularPipeline"),
    "Flux2Pipeline": ("Flux2ModularPipeline",),
    "Flux2KleinPipeline": (
        "Flux2KleinInpaintPipeline", "Flux2KleinModularPipeline", "Flux2KleinBaseModularPipeline",
    ),
    "QwenImagePipeline": (
        "QwenImageImg2ImgPipeline", "QwenImageInpaintPipeline", "QwenImageControlNetPipeline",
        "QwenImageControlNetInpaintPipeline", "QwenImageModularPipeline",
    ),
    "QwenImageEditPipeline": ("QwenImageEditInpaintPipeline", "QwenImageEditModularPipeline"),
    "QwenImageEditPlusPipeline": ("QwenImageEditPlusModularPipeline",),
    "QwenImage21Pipeline": ("QwenImage21ModularPipeline", "QwenImage21TurboModularPipeline"),
    "ZImagePipeline": (
        "ZImageImg2ImgPipeline", "ZImageInpaintPipeline", "ZImageControlNetPipeline",
        "ZImageControlNetInpaintPipeline", "ZImageModularPipeline",
    ),
    "ChromaPipeline": ("ChromaImg2ImgPipeline", "ChromaInpaintPipeline"),
    "PixArtSigmaPipeline": ("PixArtSigmaPAGPipeline",),
    "SanaPipeline": ("SanaPAGPipeline", "SanaControlNetPipeline"),
    "KolorsPipeline": ("KolorsImg2ImgPipeline", "KolorsPAGPipeline"),
    "Kandinsky3Pipeline": ("Kandinsky3Img2ImgPipeline",),
    "IFPipeline": ("IFImg2ImgPipeline", "IFInpaintingPipeline"),
    "IFSuperResolutionPipeline": ("IFImg2ImgSuperResolutionPipeline", "IFInpaintingSuperResolutionPipeline"),
    "KandinskyV22PriorPipeline": ("KandinskyV22PriorEmb2EmbPipeline",),
    "KandinskyPipeline": ("KandinskyImg2ImgPipeline",),
    "KandinskyCombinedPipeline": ("KandinskyImg2ImgCombinedPipeline",),
    "KandinskyV22Pipeline": ("KandinskyV22Img2ImgPipeline",),
    "KandinskyV22ControlnetPipeline": ("KandinskyV22ControlnetImg2ImgPipeline",),
    "KandinskyV22CombinedPipeline": ("KandinskyV22Img2ImgCombinedPipeline",),
    "AmusedPipeline": ("AmusedImg2ImgPipeline", "AmusedInpaintPipeline"),
    "SanaSprintPipeline": ("SanaSprintImg2ImgPipeline",),
    "HunyuanDiTPipeline": ("HunyuanDiTPAGPipeline", "HunyuanDiTControlNetPipeline"),
    "Krea2Pipeline": ("Krea2ModularPipeline", "Krea2TurboModularPipeline"),
    "ErnieImagePipeline": ("ErnieImageModularPipeline",),
    "QwenImageLayeredPipeline": ("QwenImageLayeredModularPipeline",),
    "DDPMPipeline": ("PNDMPipeline", "RePaintPipeline"),
    "Ideogram4Pipeline": ("Ideogram4ModularPipeline",),
}  # fmt: skip
"""The pipeline whose model it is, to those others."""

DISTILLED = "is_distilled"
"""In a folder's index: true of a model that needs few steps and no guidance."""
SAY_SO = ("Krea2Turbo", "QwenImage21Turbo")
"""How others, or their blocks, are called that run nothing else, so that their folders need not say it."""

_SAME = {name: own for own, names in VARIATIONS.items() for name in names}


def own_pipeline(name: str) -> str:
    """The pipeline whose model the one called `name` runs; `name` where that is its own."""
    return _SAME.get(name, name)

"""What a file in the artist's model folders is: its kind, its family, and how that is known."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from engine.api.form import Json


class FileKind(enum.StrEnum):
    """In the order in which lists show them."""

    CHECKPOINT = "checkpoint"
    """A model with all that it needs to run."""
    DENOISER = "denoiser"
    """The diffusion network alone; its VAE and its text encoder are files of their own."""
    LORA = "lora"
    CONTROLNET = "controlnet"
    T2I_ADAPTER = "t2i-adapter"
    IP_ADAPTER = "ip-adapter"
    VAE = "vae"
    TINY_VAE = "tiny-vae"
    """A small stand-in for a VAE, for previews."""
    TEXT_ENCODER = "text-encoder"
    IMAGE_ENCODER = "image-encoder"
    SIGHT = "sight"
    """Sees pictures and reads words in one space, as CLIP does: the gallery finds pictures with it."""
    SEGMENTER = "segmenter"
    """Cuts out what one points at in a picture."""
    VISION = "vision"
    """Says of a picture how near things are, what they are, or how people stand: it draws maps."""
    EMBEDDING = "embedding"
    UPSCALER = "upscaler"
    MOTION = "motion"
    """A motion module: moves what an image model draws."""
    UNKNOWN = "unknown"
    """A sound file that no mark of the table fits."""
    BROKEN = "broken"
    """Damaged, hostile, or in a format that can run code; `ModelFile.problem` says which."""


class FileFormat(enum.StrEnum):
    """How the tensors are packed."""

    SAFETENSORS = "safetensors"
    GGUF = "gguf"
    DIFFUSERS = "diffusers"
    """A folder with configurations and safetensors."""
    PICKLE = "pickle"
    """Can run code: only `lienzo models convert` opens it."""
    OTHER = "other"


FAMILY_TITLES: Mapping[str, str] = {
    "sd1": "Stable Diffusion 1.x",
    "sd2": "Stable Diffusion 2.x",
    "sd": "Stable Diffusion",
    "sdxl": "Stable Diffusion XL",
    "sdxl_refiner": "Stable Diffusion XL refiner",
    "sd3": "Stable Diffusion 3",
    "flux1": "FLUX.1",
    "flux2": "FLUX.2",
    "flux3": "FLUX.3",
    "chroma": "Chroma",
    "qwen_image": "Qwen-Image",
    "qwen_image_21": "Qwen-Image 2.1",
    "z_image": "Z-Image",
    "z_image_omni": "Z-Image Omni",
    "lumina2": "Lumina 2",
    "pixart": "PixArt",
    "sana": "Sana",
    "sana_sprint": "Sana Sprint",
    "consistency": "Consistency Models",
    "dit": "DiT",
    "unet2d": "UNet2D",
    "hidream": "HiDream",
    "auraflow": "AuraFlow",
    "krea2": "Krea 2",
    "anima": "Anima",
    "cogview4": "CogView4",
    "hunyuan_dit": "HunyuanDiT",
    "bria": "Bria",
    "ovis_image": "Ovis-Image",
    "longcat_image": "LongCat-Image",
    "ernie_image": "ERNIE-Image",
    "lumina": "Lumina-Next",
    "kolors": "Kolors",
    "omnigen": "OmniGen",
    "kandinsky3": "Kandinsky 3",
    "kandinsky21": "Kandinsky 2.1",
    "kandinsky22": "Kandinsky 2.2",
    "hunyuan_image": "HunyuanImage",
    "hunyuan_refiner": "HunyuanImage refiner",
    "kandinsky5": "Kandinsky 5",
    "nucleus_image": "Nucleus-Image",
    "cogview3": "CogView3-Plus",
    "ideogram4": "Ideogram 4",
    "bria_fibo": "Bria FIBO",
    "bria_fibo2": "Bria FIBO 2",
    "dreamlite": "DreamLite",
    "joyimage": "JoyImage Edit",
    "glm_image": "GLM-Image",
    "amused": "aMUSEd",
    "vq_diffusion": "VQ-Diffusion",
    "image_variations": "Stable Diffusion image variations",
    "ldm": "Latent Diffusion",
    "unidiffuser": "UniDiffuser",
    "versatile": "Versatile Diffusion",
    "alt_diffusion": "AltDiffusion",
    "ldm_unconditional": "Latent Diffusion, unconditional",
    "score_sde": "Score SDE VE",
    "paint_by_example": "Paint by Example",
    "joyimage_plus": "JoyImage Edit Plus",
    "prx": "PRX",
    "prx_pixel": "PRX on pixels",
    "wuerstchen": "Würstchen",
    "karlo_variations": "unCLIP (Karlo) image variations",
    "karlo": "unCLIP (Karlo)",
    "deepfloyd_if": "DeepFloyd IF",
    "stable_cascade": "Stable Cascade",
    "stable_unclip": "Stable Diffusion unCLIP",
    "wan": "Wan",
    "hunyuan_video": "HunyuanVideo",
    "ltx": "LTX-Video",
    "ltx2": "LTX-2",
    "cosmos": "Cosmos",
    "mochi": "Mochi",
}
"""Family id to the name that people know; the same in every language."""


@dataclass(frozen=True)
class ModelFile:
    """One file or folder, known from its header and from what lies beside it; no number is read."""

    path: Path
    kind: FileKind
    name: str
    """Of the file without its suffix, or of the folder; in a Hugging Face cache the repository's."""
    families: tuple[str, ...] = ()
    """Keys of `FAMILY_TITLES`. Several where their files cannot be told apart, as the VAEs of SD 1 and XL."""
    variant: str = ""
    """Words of the field, joined by commas: "inpainting", "schnell", "v-prediction", "LoHa", ..."""
    format: FileFormat = FileFormat.SAFETENSORS
    precision: str = ""
    """Number formats by how much they hold, e.g. `F8_E4M3/BF16`."""
    parameters: int = 0
    bytes: int = 0
    why: tuple[str, ...] = ()
    """What decided, a sentence each: tensors and shapes, the source of that rule, the file's own words."""
    problem: str = ""
    """Why it cannot be used: cause and next step. Empty for a sound file."""
    title: str = ""
    """As its makers call it; empty where they do not say."""
    base: str = ""
    """The model that it was made for, as its makers say; empty where they do not."""
    licence: str = ""
    triggers: tuple[str, ...] = ()
    """Words that call what it has learnt."""
    description: str = ""
    preview: Path | None = None
    """A picture beside it."""
    rank: int = 0
    """Of a LoRA: the largest of its layers."""
    extra: Mapping[str, Json] = field(default_factory=dict)

    @property
    def family(self) -> str:
        """The first of `families`; empty where it is not known."""
        return self.families[0] if self.families else ""

    @property
    def family_titles(self) -> str:
        """For people, e.g. `FLUX.1, Chroma`."""
        return ", ".join(FAMILY_TITLES.get(family, family) for family in self.families)

    def fits(self, family: str) -> bool:
        """True where it is for `family`, or where nobody can tell."""
        return not self.families or not family or family in self.families

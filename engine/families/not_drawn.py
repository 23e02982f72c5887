"""Models that diffusers can run and Lienzo cannot: what each is called, and why, for whoever owns one."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from engine.api.errors import UnsupportedModel


class NotDrawn(NamedTuple):
    """What there is to say of one."""

    title: str
    why: str
    """Goes on after "because"."""

    def refusal(self, path: Path) -> UnsupportedModel:
        return UnsupportedModel(
            f"{path.name} is {self.title}, with which Lienzo cannot draw, because {self.why}. "
            "Choose another model.",
            path=str(path),
            title=self.title,
            cause=self.why,
        )


FILMS = "it makes films, and Lienzo draws pictures"
SOUNDS = "it makes sounds"
TEXTS = "it writes texts"
FIRST = "it is the first of two stages: the second draws, with this one beside it"
SECOND = "it is the second of two stages: the first draws, with this one beside it"
MAPS = "it looks at pictures and draws none; Lienzo reads maps with other networks"
ONNX = "it is made for ONNX, a library that Lienzo does not use"
LARGER = "it makes pictures larger: Enlarge has it among its networks"
READS_FOR_FLUX = "it is no model: FLUX.1 takes after pictures by its file and SigLIP in a model folder"
GUARDED = (
    "its licence forbids running it without the guard that looks over words and pictures, and Lienzo "
    "brings none"
)

BY_REASON: dict[str, dict[str, str]] = {
    FILMS: {
        "Allegro": "Allegro", "AnimateDiff": "AnimateDiff", "AnyFlow": "AnyFlow", "ChronoEdit": "ChronoEdit",
        "CogVideoX": "CogVideoX", "ConsisID": "ConsisID", "Cosmos": "Cosmos", "EasyAnimate": "EasyAnimate",
        "Echo": "Echo", "Helios": "Helios", "HunyuanVideo": "HunyuanVideo",
        "HunyuanSkyreels": "SkyReels (HunyuanVideo)", "I2VGenXL": "I2VGen-XL",
        "Kandinsky5I2V": "Kandinsky 5 Video", "Kandinsky5T2V": "Kandinsky 5 Video",
        "Kandinsky6": "Kandinsky 6", "LTX2": "LTX-2", "LTX": "LTX-Video", "Latte": "Latte",
        "LucyEdit": "Lucy Edit", "MiniMaxH3": "MiniMax H3", "Mochi": "Mochi", "MotifVideo": "Motif-Video",
        "PIAPipeline": "PIA", "SanaImageToVideo": "Sana Video", "SanaVideo": "Sana Video",
        "SanaWM": "Sana WM", "SkyReelsV2": "SkyReels V2", "StableVideoDiffusion": "Stable Video Diffusion",
        "TextToVideoSD": "ModelScope text to video", "VideoToVideoSD": "ModelScope video to video",
        "Wan": "Wan",
    },
    SOUNDS: {
        "AceStep": "ACE-Step", "AudioDiffusion": "Audio Diffusion", "AudioLDM": "AudioLDM",
        "DanceDiffusion": "Dance Diffusion", "LongCatAudioDiT": "LongCat Audio",
        "MiniMaxMusic3": "MiniMax Music 3", "MusicLDM": "MusicLDM",
        "SpectrogramDiffusion": "Spectrogram Diffusion", "StableAudio": "Stable Audio",
    },
    TEXTS: {"DiffusionGemma": "DiffusionGemma", "LLaDA2": "LLaDA 2"},
    "it makes solid shapes": {"ShapE": "Shap-E"},
    "it designs proteins": {"RFD4Proteina": "RFD4 Proteina"},
    MAPS: {"Marigold": "Marigold"},
    ONNX: {
        "Onnx": "Stable Diffusion for ONNX", "StableDiffusionOnnx": "Stable Diffusion for ONNX",
    },
    FIRST: {
        "KandinskyPrior": "Kandinsky 2.1's prior",
        "KandinskyV22Prior": "Kandinsky 2.2's prior", "StableCascadePrior": "Stable Cascade's prior",
        "WuerstchenPrior": "Würstchen's prior",
    },
    SECOND: {
        "IFSuperResolution": "DeepFloyd IF's second stage",
        "IFImg2ImgSuperResolution": "DeepFloyd IF's second stage",
        "IFInpaintingSuperResolution": "DeepFloyd IF's second stage",
    },
    LARGER: {
        "StableDiffusionUpscale": "Stable Diffusion upscaler",
        "StableDiffusionLatentUpscale": "Stable Diffusion latent upscaler",
        "LDMSuperResolution": "LDM super resolution",
    },
    READS_FOR_FLUX: {"FluxPriorRedux": "FLUX.1 Redux"},
    GUARDED: {
        "Cosmos2TextToImage": "Cosmos 2 text to image",
    },
}  # fmt: skip
"""Why not, to how the names of its pipelines begin and what people call it; a longer beginning decides."""


def not_drawn(pipeline: str) -> NotDrawn | None:
    """What to say of a model whose folder names that pipeline; None where nothing is known of it."""
    found = [
        (len(beginning), NotDrawn(title, why))
        for why, titles in BY_REASON.items()
        for beginning, title in titles.items()
        if pipeline.startswith(beginning)
    ]
    return max(found)[1] if found else None

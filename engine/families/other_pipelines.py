"""Families that need no file of their own: a table of diffusers' pipelines and what each is."""

from __future__ import annotations

from dataclasses import replace

from engine.api.request import Sampling
from engine.checkpoints.checkpoint import Checkpoint
from engine.diffusion.latents.packing import Packing
from engine.families.blanks import ALONE, Ear
from engine.families.family import Reads
from engine.families.heeded import ITSELF, Hears
from engine.families.kinds import Kind
from engine.families.pipeline_family import PipelineFamily
from engine.families.same_networks import DISTILLED
from engine.families.table import EMBEDS, MASKED_EMBEDS, family_of
from engine.families.words import lowered
from engine.networks.maps import OwnMap
from engine.tokenizers.chat import DESCRIBE, DESCRIBED, USER


def _krea(kind: Kind, checkpoint: Checkpoint) -> Kind:
    if checkpoint.configs["model_index"].get(DISTILLED) is not True:
        return kind
    return replace(
        kind, variant="Turbo", sampling=Sampling("euler", steps=8, guidance=0.0), guidance=False,
        negative_prompt=False,
    )  # fmt: skip


def _with_control(family: PipelineFamily) -> PipelineFamily:
    """Also as the network that reads a map beside its latents, which the stock one draws without a seed."""
    (kind,) = family.kinds.values()
    control = replace(
        kind, pipeline="CogView4ControlPipeline", variant="Control", reads=Reads.MAP,
        adapted="pipelines.CogView4Control", own_map=OwnMap.LIKELIEST,
    )  # fmt: skip
    return replace(family, kinds={kind.pipeline: kind, control.pipeline: control})


OVIS = (
    f"{USER}Describe the image by detailing the color, quantity, text, shape, size, texture, spatial "
    "relationships of the objects and background: "
)
"""What its pipeline says before a prompt; 28 tokens that are dropped."""

FAMILIES = (
    family_of(
        "auraflow", "AuraFlow", "AuraFlowPipeline", Sampling("euler", steps=50, guidance=3.5), 256,
        with_marks=True, says=MASKED_EMBEDS, ears=ALONE,
    ),
    _with_control(
        family_of(  # its pipeline hands timesteps and sigmas at once, which Euler alone takes
            "cogview4", "CogView4", "CogView4Pipeline", Sampling("euler", steps=50, guidance=5.0), 1024,
            with_marks=True, says=EMBEDS, in_float32=True, schedulers=("euler",), ears=ALONE,
        )
    ),
    family_of(  # https://arxiv.org/abs/2405.08748
        "hunyuan_dit", "HunyuanDiT", "HunyuanDiTPipeline",
        Sampling("dpmpp_2m", steps=50, guidance=5.0), 255, text=("text_encoder", "text_encoder_2"),
        counted_by="tokenizer_2",
        tokenizers=("tokenizer", "tokenizer_2"), is_flow=False, control="HunyuanDiT2DControlNetModel",
        hears=Hears((Ear(), Ear("tokenizer_2", "text_encoder_2"))),
    ),
    family_of(
        "bria", "Bria", "BriaPipeline", Sampling("euler", steps=30, guidance=5.0), 127, packing=Packing(2),
        hears=ITSELF,
    ),
    family_of(  # https://arxiv.org/abs/2511.22982
        "ovis_image", "Ovis-Image", "OvisImagePipeline", Sampling("euler", steps=50, guidance=5.0), 256,
        packing=Packing(2), hears=ITSELF, before=OVIS, dropped=28,
    ),
    family_of(
        "ernie_image", "ERNIE-Image", "ErnieImagePipeline", Sampling("euler", steps=50, guidance=4.0), None,
        cells=1, learns_words=False, hears=ITSELF,
    ),
    family_of(
        "krea2", "Krea 2", "Krea2Pipeline", Sampling("euler", steps=28, guidance=4.5), 512,
        packing=Packing(2), is_guided=lambda guidance: guidance > 0, refine=_krea,
        hears=ITSELF, before=DESCRIBE, dropped=DESCRIBED - 5,  # what ends the message is counted in
    ),
    family_of(  # https://arxiv.org/abs/2406.18583; both prompts must come out as long as each other
        "lumina", "Lumina-Next", "LuminaPipeline", Sampling("euler", steps=30, guidance=4.0), 256,
        with_marks=True,
        also_named=("LuminaText2ImgPipeline",), regions=False, hears=replace(ITSELF, prepared=lowered),
    ),
)  # fmt: skip

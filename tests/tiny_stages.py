"""Tiny folders of models whose pictures pass through several networks: real classes, random weights."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import diffusers
import torch
import transformers
from diffusers.models.unets.unet_stable_cascade import StableCascadeUNet
from diffusers.pipelines.deprecated.unclip.text_proj import UnCLIPTextProjModel
from diffusers.pipelines.deprecated.wuerstchen.modeling_paella_vq_model import PaellaVQModel
from diffusers.pipelines.deprecated.wuerstchen.modeling_wuerstchen_diffnext import WuerstchenDiffNeXt
from diffusers.pipelines.deprecated.wuerstchen.modeling_wuerstchen_prior import WuerstchenPrior
from diffusers.pipelines.kandinsky.text_encoder import MCLIPConfig, MultilingualCLIP
from diffusers.pipelines.latent_diffusion.pipeline_latent_diffusion import LDMBertConfig, LDMBertModel
from diffusers.pipelines.stable_diffusion import StableUnCLIPImageNormalizer
from tiny import tiny_tokenizer
from tiny_families import clip, t5, t5_tokenizer, vae
from tiny_further import movq

ELSEWHERE = {
    **dict.fromkeys(("PaellaVQModel", "WuerstchenDiffNeXt", "WuerstchenPrior"), "wuerstchen"),
    "UnCLIPTextProjModel": "unclip",
    "MultilingualCLIP": "kandinsky",
    "RobertaSeriesModelWithTransformation": "alt_diffusion",
    "UNetFlatConditionModel": "versatile_diffusion",
    "UniDiffuserModel": "unidiffuser",
    "UniDiffuserTextDecoder": "unidiffuser",
}
"""Class to the room of diffusers that makers' folders name."""
WIDTH = 32
"""Of what the text encoders say."""


def cascade_text() -> Any:
    return clip("CLIPTextModelWithProjection", width=WIDTH)


def cascade_prior(**more: Any) -> Any:
    """Stage C's: 16 channels, cells of 42 2/3 pixels."""
    stock: Any = StableCascadeUNet
    network = stock(
        conditioning_dim=16, block_out_channels=(16, 16), num_attention_heads=(2, 2),
        down_num_layers_per_block=(1, 1), up_num_layers_per_block=(1, 1), switch_level=(False,),
        clip_image_in_channels=16, clip_text_in_channels=WIDTH, clip_text_pooled_in_channels=WIDTH,
        dropout=(0.1, 0.1), timestep_ratio_embedding_dim=16,
    )  # fmt: skip
    return diffusers.StableCascadePriorPipeline(
        tokenizer=tiny_tokenizer(), text_encoder=cascade_text(), prior=stirred(network),
        scheduler=diffusers.DDPMWuerstchenScheduler(), **more,
    )  # fmt: skip


def cascade_decoder() -> Any:
    """Stage B's, and the autoencoder that is stage A."""
    blocks = ["SDCascadeResBlock", "SDCascadeTimestepBlock"]
    stock: Any = StableCascadeUNet
    network = stock(
        in_channels=4, out_channels=4, conditioning_dim=16, block_out_channels=(8, 16),
        num_attention_heads=(-1, 2), down_num_layers_per_block=(1, 1), up_num_layers_per_block=(1, 1),
        down_blocks_repeat_mappers=(1, 1), up_blocks_repeat_mappers=(1, 1), patch_size=2,
        block_types_per_layer=(blocks, [*blocks, "SDCascadeAttnBlock"]), effnet_in_channels=16,
        pixel_mapper_in_channels=3, clip_text_pooled_in_channels=WIDTH, clip_seq=4, dropout=(0.0, 0.0),
        self_attn=True, timestep_conditioning_type=("sca",), timestep_ratio_embedding_dim=16,
    )  # fmt: skip
    return diffusers.StableCascadeDecoderPipeline(
        decoder=stirred(network), tokenizer=tiny_tokenizer(), text_encoder=cascade_text(),
        scheduler=diffusers.DDPMWuerstchenScheduler(),
        vqgan=PaellaVQModel(bottleneck_blocks=1, embed_dim=8, num_vq_embeddings=8),
    )  # fmt: skip


def wuerstchen_prior() -> Any:
    network = WuerstchenPrior(c_in=16, c=16, c_cond=WIDTH, c_r=16, depth=1, nhead=2)
    return diffusers.WuerstchenPriorPipeline(
        tokenizer=tiny_tokenizer(), text_encoder=clip(width=WIDTH), prior=stirred(network),
        scheduler=diffusers.DDPMWuerstchenScheduler(),
    )  # fmt: skip


def wuerstchen_decoder() -> Any:
    network = WuerstchenDiffNeXt(
        c_cond=16, c_hidden=[8, 16], nhead=[-1, 2], blocks=[1, 1], level_config=["CT", "CTA"],
        inject_effnet=[False, True], effnet_embd=16, clip_embd=WIDTH, c_r=16,
    )  # fmt: skip
    return diffusers.WuerstchenDecoderPipeline(
        decoder=stirred(network), tokenizer=tiny_tokenizer(), text_encoder=clip(width=WIDTH),
        scheduler=diffusers.DDPMWuerstchenScheduler(),
        vqgan=PaellaVQModel(bottleneck_blocks=1, embed_dim=8, num_vq_embeddings=8),
    )  # fmt: skip


def eyes(width: int = WIDTH) -> Any:
    """What CLIP sees with."""
    return transformers.CLIPVisionModelWithProjection(
        transformers.CLIPVisionConfig(
            hidden_size=16, intermediate_size=16, projection_dim=width, num_hidden_layers=1, image_size=8,
            num_attention_heads=2, patch_size=4,
        )
    )  # fmt: skip


def looks() -> Any:
    return transformers.CLIPImageProcessorPil(size=8, crop_size=8)


def imagining(width: int = WIDTH) -> Any:
    """A prior: from the words' embedding to the picture's."""
    network = diffusers.PriorTransformer(
        num_attention_heads=2, attention_head_dim=8, num_layers=1, embedding_dim=width, num_embeddings=77,
        additional_embeddings=4,
    )  # fmt: skip
    torch.nn.init.ones_(network.clip_std)
    return network


def projecting() -> Any:
    """A text encoder whose embedding is as wide as what CLIP sees."""
    return clip("CLIPTextModelWithProjection", width=WIDTH)


def prior_noise() -> Any:
    return diffusers.UnCLIPScheduler(
        variance_type="fixed_small_log", prediction_type="sample", clip_sample_range=5.0
    )


def stable_unclip(kind: str = "StableUnCLIPImg2ImgPipeline") -> Any:
    unet = diffusers.UNet2DConditionModel(
        sample_size=8, in_channels=4, out_channels=4, block_out_channels=(8, 16), layers_per_block=1,
        norm_num_groups=4, down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"), cross_attention_dim=WIDTH,
        attention_head_dim=2,
        class_embed_type="projection", projection_class_embeddings_input_dim=2 * WIDTH,
        use_linear_projection=True,
    )  # fmt: skip
    normalizer = StableUnCLIPImageNormalizer(embedding_dim=WIDTH)
    torch.nn.init.normal_(normalizer.mean)
    first = (
        {"feature_extractor": looks(), "image_encoder": eyes()}
        if "Img2Img" in kind
        else {
            "prior_tokenizer": tiny_tokenizer(), "prior_text_encoder": projecting(), "prior": imagining(),
            "prior_scheduler": prior_noise(),
        }
    )  # fmt: skip
    return getattr(diffusers, kind)(
        **first, image_normalizer=normalizer, tokenizer=tiny_tokenizer(), text_encoder=clip(width=WIDTH),
        image_noising_scheduler=diffusers.DDPMScheduler(beta_schedule="squaredcos_cap_v2"), unet=unet,
        vae=vae(), scheduler=diffusers.DDIMScheduler(
            beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", steps_offset=1,
            prediction_type="v_prediction", clip_sample=False, set_alpha_to_one=False,
        ),
    )  # fmt: skip


def deepfloyd_if(is_second: bool = False) -> Any:
    """Stage I, of 16 pixels a side here; or stage II, which makes them four times as large."""
    own = {"class_embed_type": "timestep", "mid_block_scale_factor": 1.414, "time_embedding_act_fn": "gelu"}
    unet = diffusers.UNet2DConditionModel(
        sample_size=64 if is_second else 16, in_channels=6 if is_second else 3, out_channels=6,
        layers_per_block=1, block_out_channels=(8, 16), norm_num_groups=4,
        down_block_types=("ResnetDownsampleBlock2D", "SimpleCrossAttnDownBlock2D"),
        mid_block_type="UNetMidBlock2DSimpleCrossAttn",
        up_block_types=("SimpleCrossAttnUpBlock2D", "ResnetUpsampleBlock2D"), cross_attention_dim=16,
        encoder_hid_dim=WIDTH, attention_head_dim=8, addition_embed_type="text",
        addition_embed_type_num_heads=2, cross_attention_norm="layer_norm",
        resnet_time_scale_shift="scale_shift", act_fn="gelu", **(own if is_second else {}),
    )  # fmt: skip
    noise: dict[str, Any] = {"beta_schedule": "squaredcos_cap_v2", "beta_start": 0.0001, "beta_end": 0.02}
    clipped: dict[str, Any] = {
        **noise, "thresholding": True, "dynamic_thresholding_ratio": 0.95, "sample_max_value": 1.5,
        "variance_type": "learned_range",
    }  # fmt: skip
    parts: dict[str, Any] = {
        "tokenizer": t5_tokenizer(), "text_encoder": t5(WIDTH), "unet": unet, "safety_checker": None,
        "scheduler": diffusers.DDPMScheduler(**clipped), "feature_extractor": None, "watermarker": None,
        "requires_safety_checker": False,
    }  # fmt: skip
    if not is_second:
        return diffusers.IFPipeline(**parts)
    return diffusers.IFSuperResolutionPipeline(
        **parts, image_noising_scheduler=diffusers.DDPMScheduler(**noise)
    )


def karlo(sees: bool = False) -> Any:
    """16 pixels a side, made 64; it imagines what it draws, or sees it."""
    decoder = diffusers.UNet2DConditionModel(
        sample_size=16, in_channels=3, out_channels=6, block_out_channels=(8, 16), layers_per_block=1,
        norm_num_groups=4, down_block_types=("ResnetDownsampleBlock2D", "SimpleCrossAttnDownBlock2D"),
        up_block_types=("SimpleCrossAttnUpBlock2D", "ResnetUpsampleBlock2D"),
        mid_block_type="UNetMidBlock2DSimpleCrossAttn", cross_attention_dim=16, attention_head_dim=4,
        resnet_time_scale_shift="scale_shift", class_embed_type="identity",
    )  # fmt: skip
    larger = [
        diffusers.UNet2DModel(
            sample_size=64, in_channels=6, out_channels=3, block_out_channels=(8, 16), layers_per_block=1,
            norm_num_groups=4, down_block_types=("ResnetDownsampleBlock2D",) * 2, add_attention=False,
            up_block_types=("ResnetUpsampleBlock2D",) * 2,
        )
        for _ in range(2)
    ]  # fmt: skip
    projects = UnCLIPTextProjModel(clip_embeddings_dim=WIDTH, time_embed_dim=32, cross_attention_dim=16)
    parts: dict[str, Any] = {
        "decoder": decoder, "text_encoder": projecting(), "tokenizer": tiny_tokenizer(),
        "text_proj": stirred(projects), "super_res_first": larger[0], "super_res_last": larger[1],
        "decoder_scheduler": diffusers.UnCLIPScheduler(variance_type="learned_range"),
        "super_res_scheduler": diffusers.UnCLIPScheduler(),
    }  # fmt: skip
    if sees:
        return diffusers.UnCLIPImageVariationPipeline(
            **parts, image_encoder=eyes(), feature_extractor=looks()
        )
    return diffusers.UnCLIPPipeline(**parts, prior=imagining(), prior_scheduler=prior_noise())


def kandinsky21(kind: type = diffusers.KandinskyPipeline, inside: int = 4) -> Any:
    """The second stage, which reads the words too; 64 pixels a side."""
    unet = diffusers.UNet2DConditionModel(
        sample_size=8, in_channels=inside, out_channels=8, block_out_channels=(16, 32), layers_per_block=1,
        norm_num_groups=8, down_block_types=("ResnetDownsampleBlock2D", "SimpleCrossAttnDownBlock2D"),
        up_block_types=("SimpleCrossAttnUpBlock2D", "ResnetUpsampleBlock2D"),
        mid_block_type="UNetMidBlock2DSimpleCrossAttn", addition_embed_type="text_image",
        addition_embed_type_num_heads=4, encoder_hid_dim=WIDTH, encoder_hid_dim_type="text_image_proj",
        cross_attention_dim=WIDTH, attention_head_dim=4, resnet_time_scale_shift="scale_shift",
        class_embed_type=None,
    )  # fmt: skip
    text = MultilingualCLIP(
        MCLIPConfig(
            transformerDimSize=WIDTH, imageDimSize=WIDTH, vocab_size=32, hidden_size=WIDTH,
            num_hidden_layers=1, num_attention_heads=2, intermediate_size=16, max_position_embeddings=80,
        )
    )  # fmt: skip
    return kind(
        text_encoder=text, unet=unet, movq=movq(),
        tokenizer=xlm_roberta_tokenizer(),
        scheduler=diffusers.DDIMScheduler(
            beta_schedule="linear", beta_start=0.00085, beta_end=0.012, clip_sample=False,
            set_alpha_to_one=False, steps_offset=1,
        ),
    )  # fmt: skip


def kandinsky21_prior() -> Any:
    return diffusers.KandinskyPriorPipeline(
        prior=imagining(), image_encoder=eyes(), text_encoder=projecting(), tokenizer=tiny_tokenizer(),
        scheduler=prior_noise(), image_processor=looks(),
    )  # fmt: skip


def xlm_roberta_tokenizer(**more: Any) -> Any:
    """Reads letters."""
    letters = [(letter, -3.0) for letter in "abcdefghijklmnopqrstuvwxyz"]
    marks = [(mark, 0.0) for mark in ("<s>", "<pad>", "</s>", "<unk>")]
    words = [*marks, ("▁", -2.0), *letters, ("<mask>", 0.0)]
    return transformers.XLMRobertaTokenizer(vocab=words, **more)


def latent_diffusion() -> Any:
    """One stage alone, but with an encoder that lies in a room of diffusers as theirs do."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *(f"##{letter}" for letter in letters)]
    text = LDMBertModel(
        LDMBertConfig(
            vocab_size=len(words), encoder_layers=1, encoder_ffn_dim=16, encoder_attention_heads=2,
            head_dim=8, d_model=WIDTH,
        )
    )  # fmt: skip
    unet = diffusers.UNet2DConditionModel(
        sample_size=8, in_channels=4, out_channels=4, block_out_channels=(8, 16), layers_per_block=1,
        norm_num_groups=4, down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"), cross_attention_dim=WIDTH, attention_head_dim=8,
    )  # fmt: skip
    tokenizer: Any = transformers.BertTokenizer(
        vocab={word: place for place, word in enumerate(words)}, model_max_length=77
    )
    noise = diffusers.DDIMScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", clip_sample=False,
        set_alpha_to_one=False, steps_offset=1,
    )  # fmt: skip
    return diffusers.LDMTextToImagePipeline(
        vqvae=vae(), bert=text, tokenizer=tokenizer, unet=unet, scheduler=noise
    )


def stirred(network: Any) -> Any:
    """What begins as nothing would leave its half of the network unproved."""
    for parameter in network.parameters():
        if not bool(parameter.any()):
            torch.nn.init.normal_(parameter, std=0.2)
    return network


def saved(made: dict[str, Any], home: Path) -> Path:
    """Each pipeline in its own folder of `home`."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        for name, make in made.items():
            make().save_pretrained(home / name)
            _as_published(home / name / "model_index.json")
    return home


def _as_published(file: Path) -> None:
    """By the names that makers' folders give, where diffusers has moved a class since."""
    index = json.loads(file.read_text())
    for part, pair in index.items():
        if isinstance(pair, list) and pair[1] in ELSEWHERE:
            index[part] = [ELSEWHERE[pair[1]], pair[1]]
    file.write_text(json.dumps(index))

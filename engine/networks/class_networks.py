"""Networks of any known class from configurations that strangers wrote: bounded, and held to the weights.

`networks` does the same for Stable Diffusion field by field; here the class's own fields are what is read.
"""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.api.errors import UnsupportedModel
from engine.api.form import Json
from engine.checkpoints.checkpoint import Checkpoint, WeightFile
from engine.checkpoints.eight_bits.packing import packable
from engine.checkpoints.folder_layout import OLD_VAE_NAMES
from engine.checkpoints.foreign_files import unsafe
from engine.checkpoints.weights import State, build_empty, check_fits, fill, meta_tensors, read_tensors
from engine.networks.classes import CONTROLS, NETWORKS, TOKENIZERS, VISION
from engine.networks.exact import exact_in
from engine.networks.masked_controls import ALIMAMA, masked_flux
from engine.tokenizers.byte_pairs import chatglm_tokenizer
from engine.tokenizers.chat import MISTRAL_TEMPLATE, QWEN_TEMPLATE
from engine.tokenizers.clip import END, openai_vocabulary, transformers_tokenizer
from engine.tokenizers.glm_image import read_processor
from engine.tokenizers.sentencepiece import EXTRA, read_pieces
from engine.tokenizers.xlm_roberta import xlm_roberta_tokenizer

if TYPE_CHECKING:
    import torch

OPEN_CLIP = "_open_clip_tokenizers"
"""In the index of a model that was put together: the parts whose tokenizer fills up with "!"."""
TOKEN_NETWORK = "UVit2DModel"
"""Answers otherwise than the others of its library, and has a class of ours around it."""
BAD_IN_TILES = ("AutoencoderKLHunyuanImage", "AutoencoderKLHunyuanImageRefiner")
"""Have one each, since their own would not work in tiles."""
LARGEST = 1 << 24
"""Of any number in a configuration."""
SMALLER: dict[str, int] = {
    "num_layers": 256, "num_single_layers": 256, "num_hidden_layers": 256, "num_refiner_layers": 64,
    "n_layers": 256, "n_refiner_layers": 64, "depth": 256, "layers_per_block": 16, "sample_size": 1024,
    "pos_embed_max_size": 1024, "num_attention_heads": 1024, "attention_head_dim": 4096,
    "vocab_size": 1 << 20,
    "max_position_embeddings": 1 << 20, "axes_dims_rope": 1024, "axes_dims": 1024, "axes_lens": 1 << 16,
    "norm_num_groups": 1024, "num_decoder_layers": 256, "rope_theta": 1 << 32,
}  # fmt: skip
"""Of those that decide how many modules or how large a table is built, and of one that may be larger."""
LONGEST_LIST, DEEPEST = 4096, 6

OLD_ATTENTION = tuple((rf"(\.attentions\.\d+)\.{old}\.", rf"\1.{new}.") for old, new in OLD_VAE_NAMES.items())
"""What diffusers before 0.18 called it in networks of convolutions."""
RENAMED: dict[str, tuple[tuple[str, str], ...]] = {
    **dict.fromkeys(("UNet2DModel", "VQModel", "AutoencoderKL"), OLD_ATTENTION),
    "CLIPTextModel": ((r"^text_model\.", ""),),
    "ContextCLIPTextModel": ((r"^text_model\.", ""),),
    "Blip2QFormerModel": ((r"^embeddings\.LayerNorm\.", "embeddings.layernorm."),),
    "PaintByExampleImageEncoder": ((r"^model\.vision_model\.", "model."),),
    "Qwen2_5_VLForConditionalGeneration": (
        (r"^visual\.", "model.visual."),
        (r"^model\.(?!language_model\.|visual\.)", "model.language_model."),
    ),
    "Mistral3ForConditionalGeneration": (
        (r"^language_model\.model\.", "model.language_model."),
        (r"^language_model\.lm_head\.", "lm_head."),
        (r"^(vision_tower|multi_modal_projector)\.", r"model.\1."),
    ),
    "Mistral3Model": (
        (r"^language_model\.model\.", "language_model."),
        (r"^language_model\.lm_head\.", "lm_head."),
    ),
    "Qwen3Model": ((r"^model\.", ""),),
    "Siglip2VisionModel": ((r"^vision_model\.", ""),),
    "Gemma2Model": ((r"^model\.", ""),),
}
"""By class: older names of its tensors, and what they are called now."""
SURPLUS = ("lm_head.", "decoder.", "encoder.embed_tokens")
SURPLUS_OF = {
    "CLIPVisionModelWithProjection": ("text_model.", "text_projection."), "ChatGLMModel": ("output_layer.",),
    "RobertaSeriesModelWithTransformation": ("roberta.pooler.",),
    "UniDiffuserTextDecoder": ("transformer.", "decode_prefix."),
}  # fmt: skip
"""Beginnings of names that a file may have beyond its class: another half of the model it was cut from."""
IGNORED = re.compile(r"position_ids$|inv_freq$|^logit_scale$")


ROOMS = ("paint_by_example", "kandinsky", "latent_diffusion", "alt_diffusion")
"""Of diffusers, with an encoder of their own each, that folders name for their library."""


def make(library: str, class_name: str, config: Mapping[str, Json]) -> Any:
    """The network of a known class; call inside `weights.build_empty`."""
    assert (library, class_name) in NETWORKS | VISION | CONTROLS
    if class_name == "LearnedClassifierFreeSamplingEmbeddings":
        from diffusers.pipelines.deprecated.vq_diffusion import (
            LearnedClassifierFreeSamplingEmbeddings as Against,
        )

        told: dict[str, Any] = {name: config.get(name) for name in ("learnable", "hidden_size", "length")}
        return Against(**told)
    if library == "diffusers":
        import diffusers

        from engine.networks import hunyuan_vaes, tokens

        ours = {TOKEN_NETWORK: tokens, **dict.fromkeys(BAD_IN_TILES, hunyuan_vaes)}
        kind = getattr(ours.get(class_name, diffusers), class_name)
        fields = inspect.signature(kind.__init__).parameters
        own = {name: value for name, value in config.items() if name in fields}
        if own.get("dual_cross_attention") is True:
            from engine.networks.versatile import VersatileUNet

            return VersatileUNet(**own)
        return kind(**own)
    if library == ALIMAMA:
        return masked_flux(config)
    if library == "taesd":
        from engine.networks.tiny_flux2 import AutoencoderTinyFlux2

        own: dict[str, Any] = dict(config)
        return AutoencoderTinyFlux2(**own)
    if library == "wuerstchen":
        from engine.networks.wuerstchen import wuerstchen_network

        return wuerstchen_network(class_name, config)
    if library == "unidiffuser":
        from engine.networks.unidiffuser import unidiffuser_network

        return unidiffuser_network(class_name, config)
    if library == "unclip":
        from diffusers.pipelines.deprecated.unclip.text_proj import UnCLIPTextProjModel

        names = ("clip_extra_context_tokens", "clip_embeddings_dim", "time_embed_dim", "cross_attention_dim")
        sizes: dict[str, Any] = {name: config[name] for name in names if name in config}
        return UnCLIPTextProjModel(**sizes)
    if class_name == "CLIPImageProjection":
        from diffusers.pipelines.stable_diffusion import CLIPImageProjection

        return CLIPImageProjection(hidden_size=int(str(config.get("hidden_size", 768))))
    if library == "stable_diffusion":
        from diffusers.pipelines.stable_diffusion import StableUnCLIPImageNormalizer

        return StableUnCLIPImageNormalizer(embedding_dim=int(str(config.get("embedding_dim", 768))))
    if library == "blip_diffusion" and class_name == "Blip2QFormerModel":
        from engine.networks.blip_diffusion import SubjectReader

        return SubjectReader(config)
    if library in ROOMS:
        from engine.networks.encoders import encoder

        return encoder(library, {name: value for name, value in config.items() if name not in NOT_READ})
    if library == "kolors":
        from engine.networks.chatglm import ChatGlm

        settings: dict[str, Any] = {name: value for name, value in config.items() if name not in NOT_READ}
        config_class: Any = ChatGlm.config_class
        return ChatGlm(config_class(**settings))
    import transformers

    if class_name == "T5GemmaEncoder":
        return _t5gemma_encoder(config)
    # the subject's words are put in among the others, for which no class of its own is needed
    kind = getattr(transformers, "CLIPTextModel" if library == "blip_diffusion" else class_name)
    return kind(kind.config_class(**{name: value for name, value in config.items() if name not in NOT_READ}))


def _t5gemma_encoder(config: Mapping[str, Json]) -> Any:
    """The half of T5Gemma that reads: transformers has no name for it alone, nor a configuration."""
    from transformers import T5GemmaModuleConfig
    from transformers.models.t5gemma.modeling_t5gemma import T5GemmaEncoder

    own = config.get("encoder", config)
    own = own if isinstance(own, Mapping) else config
    fields: dict[str, Any] = {name: value for name, value in own.items() if name not in NOT_READ}
    settings: Any = T5GemmaModuleConfig(**fields)
    settings.dropout_rate = 0.0
    return T5GemmaEncoder(settings)


NOT_READ = (
    "architectures", "dtype", "torch_dtype", "transformers_version", "model_type", "_name_or_path",
    "auto_map", "_attn_implementation", "attn_implementation", "use_cache", "generation_config",
)  # fmt: skip
"""Of a configuration of `transformers`: what loads, and not what is."""


def check_config(config: Mapping[str, Json], part: str) -> None:
    """Raises `UnsupportedModel` where a number is out of bounds, or the weights are quantised."""
    if "quantization_config" in config:
        raise UnsupportedModel(
            f"The {part} is quantised, which Lienzo cannot load yet. Choose the model in 16 bits."
        )
    _check(config, part, "", 0)


def _check(value: Json | Mapping[str, Json], part: str, name: str, depth: int) -> None:
    if depth > DEEPEST:
        raise _unusable(part, name, "something nested too deeply")
    if isinstance(value, Mapping):
        for key, inner in value.items():
            _check(inner, part, key, depth + 1)
    elif isinstance(value, list):
        if len(value) > LONGEST_LIST:
            raise _unusable(part, name, f"{len(value)} entries")
        for inner in value:
            _check(inner, part, name, depth + 1)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        if not math.isfinite(value) or abs(value) > SMALLER.get(name, LARGEST):
            raise _unusable(part, name, str(value))
    elif isinstance(value, str) and len(value) > 1000:
        raise _unusable(part, name, "a text of that length")


def _unusable(part: str, name: str, value: str) -> UnsupportedModel:
    return UnsupportedModel(
        f"The {part} is not a usable model: its configuration says {name} = {value[:60]}. "
        "Get the model again from its source."
    )


def class_of(checkpoint: Checkpoint, part: str) -> tuple[str, str]:
    """[library, class] that the folder names for `part`."""
    pair = checkpoint.configs["model_index"].get(part)
    assert isinstance(pair, list)
    return str(pair[0]), str(pair[1])


def load_part(checkpoint: Checkpoint, part: str, dtype: torch.dtype, device: torch.device) -> Any:
    """One network of a diffusers folder; names and shapes are compared before the first number is read."""
    return load_network(
        class_of(checkpoint, part), checkpoint.configs[part], checkpoint.weights[part], part, checkpoint.path,
        dtype, device,
    )  # fmt: skip


def load_network(
    kind: tuple[str, str],
    config: Mapping[str, Json],
    files: Sequence[WeightFile],
    part: str,
    path: Path,
    dtype: torch.dtype,
    device: torch.device,
) -> Any:
    """The network of the known class `kind` ([library, class]) that `files` hold."""
    import torch  # heavy; only the engine process pays for it

    library, name = kind
    check_config(config, part)
    with torch.inference_mode(False), torch.no_grad():
        network = build_empty(lambda: make(library, name, config), part)
        tied = _tied(network)
        expected = network.state_dict().keys()
        meta = _renamed(name, meta_tensors(files, _is_read), expected)
        present = [word for word in tied if word in meta or tied[word] in meta]
        shapes = dict(meta)
        for word in present:  # either name may stand for both
            shapes.setdefault(word, shapes.get(tied[word], shapes.get(word)))  # type: ignore[arg-type]
            shapes.setdefault(tied[word], shapes[word])
        check_fits(network, shapes, part, path)
        wanted, exact = packable(network), exact_in(network, dtype)
        state = _renamed(
            name,
            read_tensors(
                files, dtype, _is_read,
                lambda word: wanted(word) or wanted(newer_name(name, word)),
                lambda word: exact(word) or exact(newer_name(name, word)),
            ),
            expected,
        )  # fmt: skip
        for word in present:
            state.setdefault(tied[word], state[word] if word in state else state[tied[word]])
            state[word] = state[tied[word]]
        return fill(network, state, device)


def _is_read(name: str) -> bool:
    return IGNORED.search(name) is None


def _tied(network: Any) -> dict[str, str]:
    """Names of tensors that are the same as another, to that other."""
    keys = getattr(network, "_tied_weights_keys", None)
    names = network.state_dict().keys()
    pairs = dict(keys) if isinstance(keys, Mapping) else {}
    config = getattr(network, "config", None)
    if not getattr(config, "tie_word_embeddings", True):
        pairs.pop("lm_head.weight", None)
    return {word: other for word, other in pairs.items() if word in names and other in names}


def newer_name(class_name: str, name: str) -> str:
    """What a tensor of that class is called now, where it goes by an older name."""
    for pattern, replacement in RENAMED.get(class_name, ()):
        name = re.sub(pattern, replacement, name)
    return name


def _renamed(class_name: str, state: State, expected: Any) -> State:
    """`state` by the names of the class, where it goes by older ones; surplus heads are left out."""
    found: State = {}
    for name, tensor in state.items():
        new = name if name in expected else newer_name(class_name, name)
        if new in expected or not new.startswith((*SURPLUS, *SURPLUS_OF.get(class_name, ()))):
            found[new] = tensor
    return found


READ_AS = {
    "PixtralProcessor": "PreTrainedTokenizerFast", "TokenizersBackend": "PreTrainedTokenizerFast",
    "Qwen3VLProcessor": "Qwen2Tokenizer", "Qwen2VLProcessor": "Qwen2Tokenizer",
    "Qwen2_5_VLProcessor": "Qwen2Tokenizer",
    **dict.fromkeys(("Siglip2ImageProcessor", "Siglip2ImageProcessorFast"), "Siglip2ImageProcessorPil"),
}  # fmt: skip
"""Where a folder names what reads words and pictures: what reads the words alone; and its later name."""
BY_PIECES = ("T5Tokenizer", "T5TokenizerFast")
"""Whose folders may have a `spiece.model` alone."""
TEMPLATES = {
    "Qwen2Tokenizer": QWEN_TEMPLATE, "Qwen2TokenizerFast": QWEN_TEMPLATE,
    "Qwen3VLProcessor": QWEN_TEMPLATE, "Qwen2VLProcessor": QWEN_TEMPLATE,
    "Qwen2_5_VLProcessor": QWEN_TEMPLATE,
    "PixtralProcessor": MISTRAL_TEMPLATE,
}  # fmt: skip


def load_tokenizer(checkpoint: Checkpoint, part: str) -> Any:
    """A tokenizer of a known class from the folder's data files; its class reads data and runs no code."""
    import transformers

    library, name = class_of(checkpoint, part)
    if (library, name) not in TOKENIZERS:
        raise unsafe(checkpoint.path, f"names an unknown {part}", "Do not use it.")
    folder = checkpoint.tokenizers.get(part, checkpoint.path / part)
    if folder is None:
        is_open_clip = part in (checkpoint.configs["model_index"].get(OPEN_CLIP) or ())  # type: ignore[operator]
        return transformers_tokenizer(openai_vocabulary("!" if is_open_clip else END), 77)
    try:
        if library == "kolors":
            return chatglm_tokenizer(folder)
        if name == "GlmImageProcessor":
            return read_processor(folder)
        kind = getattr(transformers, READ_AS.get(name, name))
        is_alone = not (folder / "tokenizer.json").exists()
        if name.startswith("XLMRoberta") and is_alone and (made := xlm_roberta_tokenizer(folder)):
            tokenizer = made
        elif name in BY_PIECES and is_alone and (pieces := read_pieces(folder)):
            # theirs would ask for the library that made the file, and go on without its words
            tokenizer = kind(
                vocab=list(pieces.vocabulary), extra_ids=EXTRA, _spm_precompiled_charsmap=pieces.table or None
            )
        else:
            tokenizer = kind.from_pretrained(folder, local_files_only=True)
        # a template is a program: the folder's own is never run
        tokenizer.chat_template = TEMPLATES.get(name)
        return tokenizer
    except Exception as error:  # a stranger's files fail inside the library in any way they like
        cause = f"{type(error).__name__}: {str(error)[:200]}"
    raise UnsupportedModel(
        f"The {part} of {checkpoint.path.name} cannot be read ({cause}). "
        "Get the model again from its source.",
        path=str(checkpoint.path),
    )

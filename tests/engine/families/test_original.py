"""Models in files of their own: equal to the diffusers folder of the same networks, and to its converters."""

from __future__ import annotations

import inspect
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import original_layouts as layouts
import pytest
import tiny_single
import torch
from diffusers.loaders import single_file_utils
from diffusers.quantizers.gguf.utils import GGUFLinear, dequantize_gguf_tensor
from safetensors.torch import load_file, save_file
from tiny_single import FILES

from engine.api.control import Control
from engine.api.errors import UnsupportedModel
from engine.api.events import ImageReady
from engine.api.images import ImageInput
from engine.api.maps import MapInput
from engine.api.model_info import Layout, ModelInfo
from engine.api.request import GenerationRequest
from engine.checkpoints.weights import read_tensors
from engine.models.assembly.examine import read_checkpoint
from engine.models.cache import Models
from engine.models.catalog import Catalog
from engine.models.headers.files import read_header
from engine.networks.original.cross_attention import SANA_RULES
from engine.networks.original.deep_autoencoder import RULES as DEEP_RULES
from engine.networks.original.flux import CHROMA, FLUX1, FLUX2
from engine.networks.original.rules import renamed
from engine.networks.original.transformers import LUMINA2_RULES, Z_IMAGE_RULES, sd3_rules
from engine.tasks import run

UNSEEN = Control(wants_previews=False)
"""Fitting a preview to each VAE takes longer than all else."""


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> dict[str, tuple[Path, Path]]:
    """Name to the folder and to the file of the same networks; each in a place of its own."""
    found = {}
    for name in FILES:
        home = tmp_path_factory.mktemp(name)
        pipeline = tiny_single.made(name)
        folder = tiny_single.write_folder(pipeline, home / "folder" / Path(FILES[name].file).stem)
        found[name] = (folder, tiny_single.write_files(name, pipeline, home / "comfy_ui" / "models"))
    return found


def drawing() -> ImageInput:
    y, x = np.mgrid[0:64, 0:64]
    return ImageInput.of(np.stack([x * 3, y * 3, 255 - x - y], axis=2).astype(np.uint8), "drawing.png")


def ask(info: ModelInfo, **sampling: Any) -> GenerationRequest:
    own = info.defaults.sampling
    guidance = 2.0 if info.capabilities.guidance else own.guidance
    request = info.request(
        "a dog", negative_prompt="a cat", width=64, height=64,
        sampling=replace(own, steps=3, guidance=guidance, seed=7, **sampling),
    )  # fmt: skip
    if info.capabilities.needs_map:
        return replace(request, maps=(MapInput(info.capabilities.own_maps[0], drawing()),))
    return replace(request, image=drawing()) if info.capabilities.needs_picture else request


def pixels_of(request: GenerationRequest, models: Models) -> np.ndarray:
    (picture,) = [event for event in run(request, models, UNSEEN) if isinstance(event, ImageReady)]
    return picture.pixels


@pytest.mark.parametrize("name", FILES)
def test_a_file_makes_the_pictures_of_the_folder_with_the_same_networks(name, made, models):
    folder, file = made[name]
    by_folder, by_file = models.catalog.find(str(folder)), models.catalog.find(str(file))
    assert by_file.layout is Layout.SINGLE_FILE
    assert (by_file.family, by_file.variant) == (FILES[name].family, by_folder.variant)
    assert by_file.capabilities == by_folder.capabilities
    one = models.load(by_folder, torch.float32)
    two = models.load(by_file, torch.float32)
    told = {name: value for name, value in two.scheduler_config.items() if name != "skip_prk_steps"}
    assert told.items() <= one.scheduler_config.items()  # that one is PNDM's alone, and the folder has DDIM's
    for part, network in one.components.items():
        if isinstance(network, torch.nn.Module):
            same = two.components[part].state_dict()
            assert all(torch.equal(tensor, same[key]) for key, tensor in network.state_dict().items())
    request = ask(by_folder)
    made_by_folder = pixels_of(request, models)
    made_by_file = pixels_of(replace(request, model=by_file.name), models)
    assert np.array_equal(made_by_folder, made_by_file)
    assert made_by_file.std() > 1


def test_that_a_file_is_klein_kv_its_name_tells(made, tmp_path):
    _, file = made["flux2-klein"]
    home = shutil.copytree(file.parents[2], tmp_path / "comfy_ui") / "models"
    own = home / "diffusion_models" / file.name
    own.rename(own.with_stem("flux-2-klein-9b-kv-fp8"))
    assert Catalog([home]).find("flux-2-klein-9b-kv-fp8").variant == "klein KV"


DEEP_BLOCKS = ("ResBlock",) * 3 + ("EfficientViTBlock",) * 3
REAL = {
    "flux-dev": ("FluxTransformer2DModel", {"guidance_embeds": True}, layouts.flux, FLUX1,
                 "convert_flux_transformer_checkpoint_to_diffusers"),
    "chroma": ("ChromaTransformer2DModel", {}, layouts.flux, CHROMA,
               "convert_chroma_transformer_checkpoint_to_diffusers"),
    "flux2": ("Flux2Transformer2DModel", {}, layouts.flux, FLUX2,
              "convert_flux2_transformer_checkpoint_to_diffusers"),
    "sd3.5-medium": ("SD3Transformer2DModel", {"qk_norm": "rms_norm", "dual_attention_layers": (0, 1)},
                     layouts.sd3, sd3_rules, "convert_sd3_transformer_checkpoint_to_diffusers"),
    "z-image": ("ZImageTransformer2DModel", {}, layouts.z_image, Z_IMAGE_RULES,
                "convert_z_image_transformer_checkpoint_to_diffusers"),
    "lumina2": ("Lumina2Transformer2DModel", {}, layouts.lumina2, LUMINA2_RULES,
                "convert_lumina2_to_diffusers"),
    "sana": ("SanaTransformer2DModel", {}, layouts.sana, SANA_RULES,
             "convert_sana_transformer_to_diffusers"),
    "sana-vae": ("AutoencoderDC",
                 {"downsample_block_type": "Conv", "upsample_block_type": "interpolate",
                  "encoder_layers_per_block": (1,) * 6, "decoder_layers_per_block": (1,) * 6,
                  "encoder_block_types": DEEP_BLOCKS, "decoder_block_types": DEEP_BLOCKS},
                 layouts.deep, DEEP_RULES, "convert_autoencoder_dc_checkpoint_to_diffusers"),
}  # fmt: skip
"""Networks at their makers' width, two blocks deep, and diffusers' own converter of their files."""
SHALLOW = {"num_layers": 2, "num_single_layers": 2, "n_layers": 2, "n_refiner_layers": 1}


@pytest.mark.parametrize("name", REAL)
def test_our_tables_and_diffusers_converters_read_the_same_out_of_a_file(name, tmp_path):
    """At full width, in which the converters count, with rows of two numbers: columns do not matter."""
    class_name, config, back, rules, converter = REAL[name]
    kind = getattr(diffusers, class_name)
    fields = inspect.signature(kind.__init__).parameters
    shallow = {field: number for field, number in SHALLOW.items() if field in fields}
    with torch.device("meta"):
        network = kind(**{**shallow, **config})
    generator = torch.Generator().manual_seed(0)
    state = {
        key: torch.randn(tensor.shape[0], *[2, 1, 1, 1][: tensor.ndim - 1], generator=generator).contiguous()
        for key, tensor in network.state_dict().items()
    }
    makers = back(state)
    assert makers.keys() != state.keys()
    file = read_header(tiny_single.save(makers, tmp_path / "makers.safetensors"))
    table = rules(file.tensors) if callable(rules) else rules
    named = replace(file, tensors=renamed(file.tensors, table))
    ours = read_tensors([named], torch.float32, lambda _: True)
    theirs = getattr(single_file_utils, converter)(dict(makers))
    for found in (ours, theirs):
        assert found.keys() == state.keys()
        assert all(torch.equal(found[key], tensor) for key, tensor in state.items())


@pytest.mark.parametrize("name", ["flux-dev", "z-image", "qwen-image", "flux2-klein", "chroma"])
def test_what_a_network_lacks_is_named_with_the_next_step(name, made, tmp_path):
    _, file = made[name]
    alone = tmp_path / "models" / "diffusion_models" / file.name
    alone.parent.mkdir(parents=True)
    shutil.copy(file, alone)
    with pytest.raises(UnsupportedModel, match=r"alone, and your folders lack its VAE .* its text enc"):
        Catalog().find(str(alone))
    catalog = Catalog([tmp_path / "models"])
    assert any("your folders lack" in why for _, why in catalog.broken())
    for below in ("vae", "text_encoders"):
        shutil.copytree(file.parents[1] / below, tmp_path / "models" / below)
    with pytest.raises(UnsupportedModel, match="your folders lack the tokenizer of"):
        catalog.find(alone.stem)
    shutil.copytree(file.parents[2] / "comfy", tmp_path / "comfy")
    assert catalog.find(alone.stem).beside
    assert alone not in [path for path, _ in catalog.broken()]


def test_a_file_that_its_model_is_put_together_of_may_change(made, tmp_path):
    _, file = made["z-image"]
    shutil.copytree(file.parents[2], tmp_path / "comfy_ui")
    home = tmp_path / "comfy_ui" / "models"
    models = Models(Catalog([home]), "cpu")
    info = models.catalog.find(file.stem)
    first = models.load(info, torch.float32)
    assert models.load(info, torch.float32) is first
    state = load_file(home / "vae" / "ae.safetensors")
    state["decoder.conv_out.bias"] += 1
    save_file(state, home / "vae" / "ae.safetensors")
    assert models.load(models.catalog.find(file.stem), torch.float32).identity != first.identity
    (home / "vae" / "ae.safetensors").unlink()
    with pytest.raises(UnsupportedModel, match="its VAE"):
        models.catalog.find(file.stem)


def test_weights_of_8_bits_with_a_scale_are_read_as_they_are_meant(made, tmp_path):
    _, file = made["z-image"]
    shutil.copytree(file.parents[2], tmp_path / "comfy_ui")
    encoder = tmp_path / "comfy_ui" / "models" / "text_encoders" / "qwen_3_4b.safetensors"
    state = load_file(encoder)
    name = "model.layers.0.mlp.gate_proj.weight"
    scale = state[name].abs().max() / 448
    packed = (state[name] / scale).to(torch.float8_e4m3fn)
    state |= {
        name: packed, name.replace(".weight", ".scale_weight"): scale.reshape(1),
        "scaled_fp8": torch.zeros(0, dtype=torch.float8_e4m3fn),
    }  # fmt: skip
    save_file(state, encoder)
    models = Models(Catalog([tmp_path / "comfy_ui" / "models"]), "cpu")
    loaded = models.load(models.catalog.find(file.stem), torch.float32)
    weight = loaded.text_encoder().layers[0].mlp.gate_proj.weight
    assert torch.equal(weight, packed.float() * scale)


def test_the_refiner_and_playground_are_named(made, tmp_path):
    state = load_file(made["sdxl"][1])
    refiner = {**state, "model.diffusion_model.label_emb.0.0.weight": torch.zeros(128, 2560)}
    with pytest.raises(UnsupportedModel, match="refiner"):
        Catalog().find(str(tiny_single.save(refiner, tmp_path / "refiner.safetensors")))
    playground = {**state, "edm_mean": torch.zeros(4)}
    with pytest.raises(UnsupportedModel, match="Playground"):
        Catalog().find(str(tiny_single.save(playground, tmp_path / "playground.safetensors")))


@pytest.mark.parametrize("zero_snr", [False, True])
def test_marks_beside_the_network_say_that_it_predicts_v(zero_snr, made, tmp_path):
    marks = {"v_pred": torch.tensor([]), **({"ztsnr": torch.tensor([])} if zero_snr else {})}
    file = tiny_single.save({**load_file(made["sdxl"][1]), **marks}, tmp_path / "noob-v.safetensors")
    noise = read_checkpoint(file).configs["scheduler"]
    assert (noise["prediction_type"], noise["rescale_betas_zero_snr"]) == ("v_prediction", zero_snr)
    assert read_checkpoint(made["sdxl"][1]).configs["scheduler"]["prediction_type"] == "epsilon"


def test_half_a_file_says_what_is_missing(made, tmp_path):
    state = load_file(made["sdxl"][1])
    halved = {key: tensor for key, tensor in state.items() if ".out.2." not in key}
    with pytest.raises(UnsupportedModel, match=r"looks like Stable Diffusion XL, but .* is missing"):
        Catalog().find(str(tiny_single.save(halved, tmp_path / "half.safetensors")))


@pytest.mark.parametrize(("name", "kind"), [
    ("flux-dev", "Q8_0"), ("flux2-klein", "Q5_0"), ("chroma", "Q4_0"), ("z-image", "Q8_0"),
    ("qwen-image", "Q4_1"),
])  # fmt: skip
def test_a_gguf_network_stays_packed_and_draws_what_its_unpacked_weights_draw(name, kind, made, tmp_path):
    _, file = made[name]
    shutil.copytree(file.parents[2], tmp_path / "comfy_ui", ignore=lambda _, names: {file.name} & set(names))
    home = tmp_path / "comfy_ui" / "models"
    packed = tiny_single.write_gguf(load_file(file), home / "unet" / f"{file.stem}.gguf", kind)
    models = Models(Catalog([home]), "cpu")
    info = models.catalog.find(packed.stem)
    assert info.family == FILES[name].family and kind in info.parts[0].dtype
    loaded = models.load(info, torch.float32)
    whole = models.load(models.catalog.find(str(made[name][0])), torch.float32)
    layers = [module for module in loaded.denoiser.modules() if isinstance(module, GGUFLinear)]
    assert layers and loaded.bytes < whole.bytes
    picture = pixels_of(ask(info), models)
    assert np.array_equal(picture, pixels_of(ask(info), models))
    state = {key: tensor for key, tensor in loaded.denoiser.state_dict().items()}
    unpacked = {key: dequantize_gguf_tensor(tensor).float() for key, tensor in state.items()}
    plain = whole.denoiser.state_dict()
    assert unpacked.keys() == plain.keys()
    assert all((unpacked[key] - plain[key]).abs().max() < 0.05 for key in plain)
    with torch.no_grad():
        for key, tensor in plain.items():
            tensor.copy_(unpacked[key])
    folder = models.catalog.find(str(made[name][0]))
    assert np.array_equal(picture, pixels_of(replace(ask(info), model=folder.name), models))


DECODER = {
    "model.embed_tokens.": "token_embd.", "model.norm.": "output_norm.", "model.layers.": "blk.",
    "self_attn.o_proj.": "attn_output.", "self_attn.q_norm.": "attn_q_norm.",
    "self_attn.k_norm.": "attn_k_norm.", "self_attn.q_proj.": "attn_q.", "self_attn.k_proj.": "attn_k.",
    "self_attn.v_proj.": "attn_v.", "input_layernorm.": "attn_norm.",
    "post_attention_layernorm.": "ffn_norm.", "mlp.gate_proj.": "ffn_gate.", "mlp.up_proj.": "ffn_up.",
    "mlp.down_proj.": "ffn_down.",
}  # fmt: skip
LLAMA = {
    "flux-dev": ("text_encoder_2", {
        "shared.": "token_embd.", "encoder.final_layer_norm.": "enc.output_norm.",
        "encoder.block.": "enc.blk.",
        "layer.0.SelfAttention.relative_attention_bias.": "attn_rel_b.", "layer.0.SelfAttention.": "attn_",
        "layer.0.layer_norm.": "attn_norm.", "layer.1.layer_norm.": "ffn_norm.",
        "layer.1.DenseReluDense.wi_0.": "ffn_gate.", "layer.1.DenseReluDense.wi_1.": "ffn_up.",
        "layer.1.DenseReluDense.wo.": "ffn_down.",
    }),
    "flux2-klein": ("text_encoder", DECODER),
    "flux2-dev": ("text_encoder", DECODER),
    "qwen-image": ("text_encoder", DECODER | {"lm_head.": "output."}),
    "sana": ("text_encoder", DECODER | {
        "post_attention_layernorm.": "post_attention_norm.", "post_feedforward_layernorm.": "post_ffw_norm.",
        "pre_feedforward_layernorm.": "ffn_norm.",
    }),
}  # fmt: skip
"""Which encoder lies there as GGUF, and llama.cpp's words for the class's."""


def by_llama_cpp(name: str, state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """`state` as its converter writes it (convert_hf_to_gguf.py)."""
    found = {}
    for key, tensor in state.items():
        if key.startswith("visual."):
            continue  # in a file of its own
        for old, new in LLAMA[name][1].items():
            key = key.replace(old, new)
        if name == "sana" and "norm" in key:
            tensor = tensor + 1
        if name == "flux2-dev" and key.endswith(("attn_q.weight", "attn_k.weight")):
            heads = tensor.reshape(-1, 2, 64, tensor.shape[1])
            tensor = heads.swapaxes(1, 2).reshape(tensor.shape)
        found[key] = tensor
    return found


@pytest.mark.parametrize("name", LLAMA)
def test_a_text_encoder_as_gguf_reads_the_words_that_the_same_one_reads(name, made, tmp_path):
    folder, file = made[name]
    part, _ = LLAMA[name]
    beside = file.parents[1] / FILES[name].beside[part]
    shutil.copytree(file.parents[2], tmp_path / "comfy", ignore=lambda _, names: {beside.name} & set(names))
    state = by_llama_cpp(name, load_file(beside))
    home = tmp_path / "comfy" / "models"
    tiny_single.write_gguf(state, home / "text_encoders" / f"{beside.stem}.gguf", "F32", "qwen2vl")
    models = Models(Catalog([home]), "cpu")
    loaded = models.load(models.catalog.find(file.stem), torch.float32)
    whole = models.load(models.catalog.find(str(folder)), torch.float32)
    for model in (loaded, whole):
        model.load_text_encoders()
    ours, theirs = (model.components[part].state_dict() for model in (loaded, whole))
    if name == "qwen-image":  # what sees is left out: this model only reads
        head = "model.language_model."
        theirs = {key.removeprefix(head): one for key, one in theirs.items() if key.startswith(head)}
    assert ours.keys() == theirs.keys()
    close = 1e-6 if name == "sana" else 0  # one was added to its norms, and taken away again
    assert all((ours[key] - tensor).abs().max() <= close for key, tensor in theirs.items())
    if name == "qwen-image":  # another class, so what it says is held to the whole one's, too
        assert np.array_equal(*(pixels_of(ask(model.info), models) for model in (loaded, whole)))


EYES = {
    "visual.blocks.": "v.blk.", "attn.proj.": "attn_out.", "attn.qkv.": "attn_qkv.", "norm1.": "ln1.",
    "norm2.": "ln2.", "mlp.gate_proj.": "ffn_gate.", "mlp.up_proj.": "ffn_up.", "mlp.down_proj.": "ffn_down.",
    "visual.merger.ln_q.": "v.post_ln.", "visual.merger.mlp.": "mm.",
}  # fmt: skip


def eyes_by_llama_cpp(state: dict[str, torch.Tensor], fused: bool) -> dict[str, torch.Tensor]:
    """What sees of `state`, as its converter writes it into a file of its own."""
    found = {}
    for key, tensor in state.items():
        if not key.startswith("visual."):
            continue
        if key == "visual.patch_embed.proj.weight":
            found |= {"v.patch_embd.weight": tensor[:, :, 0], "v.patch_embd.weight.1": tensor[:, :, 1]}
            continue
        for old, new in EYES.items():
            key = key.replace(old, new)
        if "attn_qkv" in key and not fused:
            found |= {
                key.replace("attn_qkv", f"attn_{word}"): piece
                for word, piece in zip("qkv", tensor.chunk(3), strict=True)
            }
        else:
            found[key] = tensor
    return {key: tensor.contiguous() for key, tensor in found.items()}


def test_a_model_that_looks_at_pictures_sees_with_the_eyes_beside_its_words_as_gguf(made, tmp_path):
    file = made["qwen-image"][1]
    shutil.copytree(file.parents[2], tmp_path / "comfy", ignore=lambda _, names: {file.name} & set(names))
    home = tmp_path / "comfy" / "models"
    edit = shutil.copy(file, home / "diffusion_models" / "qwen_image_edit.safetensors")
    together = home / FILES["qwen-image"].beside["text_encoder"]

    def reader() -> Any:
        models = Models(Catalog([home]), "cpu")
        model = models.load(models.catalog.find(str(edit)), torch.float32)
        model.load_text_encoders()
        return model.components["text_encoder"]

    whole, state = reader(), load_file(together)
    together.unlink()
    words = home / "text_encoders" / "qwen-vl-q8.gguf"
    tiny_single.write_gguf(by_llama_cpp("qwen-image", state), words, "F32", "qwen2vl")
    with pytest.raises(UnsupportedModel, match=r"qwen-vl-q8.gguf reads words, .* put its mmproj beside it"):
        Catalog([home]).find(str(edit))
    for fused in (False, True):
        eyes = eyes_by_llama_cpp(state, fused)
        tiny_single.write_gguf(eyes, home / "text_encoders" / "mmproj-F32.gguf", "F32", "clip")
        ours, theirs = reader(), whole.state_dict()
        assert type(ours) is type(whole) and ours.config.to_dict() == whole.config.to_dict()
        assert ours.state_dict().keys() == theirs.keys()
        assert all(torch.equal(tensor, theirs[key]) for key, tensor in ours.state_dict().items())
    tiny_single.write_gguf(eyes, home / "text_encoders" / "mmproj-F32.gguf", "Q8_0", "clip")
    packed = reader().state_dict()
    assert max(float((packed[key] - tensor).abs().max()) for key, tensor in theirs.items()) < 0.05


def test_a_gguf_file_of_another_kind_is_named(tmp_path):
    file = tiny_single.write_gguf({"token_embd.weight": torch.zeros(32, 32)}, tmp_path / "words.gguf")
    with pytest.raises(UnsupportedModel, match=r"words\.gguf seems to be .* as GGUF"):
        Catalog().find(str(file))

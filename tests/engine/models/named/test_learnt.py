"""Pictures with LoRAs and learnt words: the stock numbers, a base that stays itself, other bases refused."""

from __future__ import annotations

import gc
import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from learnt import as_kohya, as_older, as_original, lora_state, save_embedding, save_lora
from tiny import tiny_sd, tiny_sd_single_file

from engine.api.errors import BadRequest, EngineError, ModelNotFound, UnsafeFile, UnsupportedModel
from engine.api.events import ImageReady, Loading
from engine.api.images import pixels_hash
from engine.api.learnt import LearntKind, Lora, words_used
from engine.api.recipe import Recipe
from engine.api.request import Branch, GenerationRequest, Sampling
from engine.cli import main
from engine.diffusion import schedulers
from engine.families.family import Task
from engine.library.folders import models_folder
from engine.library.pictures import encode_picture
from engine.models.cache import Models
from engine.models.catalog import Catalog
from engine.models.named.learnt import fits
from engine.models.parts.learnt_files import examine_learnt
from engine.picture import picture
from engine.tasks import run
from engine.verification import verify


@pytest.fixture(scope="module")
def base(tmp_path_factory) -> Path:
    return tiny_sd(tmp_path_factory.mktemp("models") / "base")


@pytest.fixture
def models() -> Models:
    return Models(Catalog())


@pytest.fixture(autouse=True)
def nothing_kept():
    picture.KEPT.clear()


def ask(base: Path, *loras: Lora, prompt: str = "a dog", **changes) -> GenerationRequest:
    sampling = Sampling("euler", 3, 3.0, seed=5)
    return replace(GenerationRequest(str(base), prompt, "", 64, 64, sampling, loras=loras), **changes)


def made(request: GenerationRequest, models: Models) -> ImageReady:
    return next(event for event in run(request, models) if isinstance(event, ImageReady))


def pixels(request: GenerationRequest, models: Models) -> str:
    return pixels_hash(made(request, models).pixels)


def stock(request: GenerationRequest, files: dict[Path, float]) -> str:
    """diffusers' own pipeline with its own `load_lora_weights`, on networks that are loaded apart."""
    model = Models(Catalog()).load(Catalog().find(request.model), torch.float32)
    model.text_encoder()
    sampling = request.sampling
    scheduler = schedulers.build(sampling.scheduler, model.scheduler_config, sampling.seed, sampling.steps)
    pipeline = model.pipeline(Task.TEXT_TO_IMAGE, scheduler)
    for index, file in enumerate(files):
        pipeline.load_lora_weights(file.parent, weight_name=file.name, adapter_name=f"l{index}")
    pipeline.set_adapters([f"l{index}" for index in range(len(files))], list(files.values()))
    with torch.inference_mode():
        image = pipeline(
            prompt=request.prompt, negative_prompt="", height=64, width=64, guidance_scale=sampling.guidance,
            num_inference_steps=sampling.steps, generator=torch.Generator().manual_seed(5), output_type="np",
        ).images[0]  # fmt: skip
    return pixels_hash((image * 255).round().astype("uint8"))


@pytest.mark.logs_warnings  # transformers reports the base's layers as missing from a LoRA
def test_the_numbers_are_those_of_the_stock_pipeline(base: Path, models: Models, tmp_path: Path):
    one = save_lora(tmp_path / "one.safetensors", lora_state(base))
    two = save_lora(tmp_path / "two.safetensors", lora_state(base, 1, ("to_v",)))
    request = ask(base, Lora(str(one), 0.8), Lora(str(two), 0.5))
    assert pixels(request, models) == stock(request, {one: 0.8, two: 0.5})


def test_every_layout_says_the_same(base: Path, models: Models, tmp_path: Path):
    state = lora_state(base)
    modern = pixels(ask(base, Lora(str(save_lora(tmp_path / "modern.safetensors", state)))), models)
    kohya = save_lora(tmp_path / "kohya.safetensors", as_kohya(state, alpha=2.0))
    halved = save_lora(tmp_path / "halved.safetensors", as_kohya(state, alpha=1.0))
    assert pixels(ask(base, Lora(str(kohya))), models) == modern
    assert pixels(ask(base, Lora(str(halved), 2.0)), models) == modern
    unet = {name: tensor for name, tensor in state.items() if name.startswith("unet.")}
    alone = pixels(ask(base, Lora(str(save_lora(tmp_path / "unet.safetensors", unet)))), models)
    older = save_lora(tmp_path / "older.safetensors", as_older(state))
    peft = {name.replace("unet.", "base_model.model."): tensor for name, tensor in unet.items()}
    assert pixels(ask(base, Lora(str(older))), models) == alone
    assert pixels(ask(base, Lora(str(save_lora(tmp_path / "peft.safetensors", peft)))), models) == alone


def test_the_original_names_are_the_same_layers(base: Path, models: Models, tmp_path: Path):
    """Every kind of layer: what reads the words, resnets, changes of size, on the way down and up."""
    ends = (
        "to_q",
        "proj_in",
        "conv1",
        "conv2",
        "time_emb_proj",
        "conv_shortcut",
        "samplers.0.conv",
        "conv_out",
    )
    state = {name: tensor for name, tensor in lora_state(base, ends=ends).items() if name.startswith("unet.")}
    unet = models.load(models.catalog.find(str(base)), torch.float32).denoiser
    attends = [kind.startswith("CrossAttn") for kind in unet.config.up_block_types]
    renamed = as_original(state, unet.config.layers_per_block, attends)
    assert any("input_blocks" in name for name in renamed) and len(renamed) == len(state)
    modern, kohya = (
        save_lora(tmp_path / f"{name}.safetensors", each)
        for name, each in (("modern", state), ("original", renamed))
    )
    comfy = {
        name.replace("lora_unet_", "", 1)
        .replace(".lora_down", ".lora_A")
        .replace(".lora_up", ".lora_B"): tensor
        for name, tensor in renamed.items()
    }
    dotted = save_lora(
        tmp_path / "dotted.safetensors", {f"diffusion_model.{name}": each for name, each in comfy.items()}
    )
    wanted = pixels(ask(base, Lora(str(modern))), models)
    assert wanted != pixels(ask(base), models)
    assert pixels(ask(base, Lora(str(kohya))), models) == wanted
    assert pixels(ask(base, Lora(str(dotted))), models) == wanted


def test_a_single_file_of_the_original_layout_wears_the_same(tmp_path: Path, models: Models):
    single = tiny_sd_single_file(tmp_path / "single.safetensors")
    lora = save_lora(tmp_path / "lora.safetensors", lora_state(single))
    assert pixels(ask(single, Lora(str(lora))), models) != pixels(ask(single), models)


def test_the_base_is_itself_to_the_bit_before_and_after(base: Path, models: Models, tmp_path: Path):
    lora = Lora(str(save_lora(tmp_path / "lora.safetensors", lora_state(base))))
    plain = pixels(ask(base), models)
    model = models.load(models.catalog.find(str(base)), torch.float32)
    layers = dict(model.denoiser.named_modules())
    tensors = {name: tensor.clone() for name, tensor in model.denoiser.state_dict().items()}
    assert pixels(ask(base, replace(lora, weight=0.0)), models) == plain
    assert pixels(ask(base, lora), models) != plain
    assert pixels(ask(base), models) == plain
    assert models.load(models.catalog.find(str(base)), torch.float32) is model
    assert dict(model.denoiser.named_modules()) == layers
    assert all(torch.equal(tensors[name], tensor) for name, tensor in model.denoiser.state_dict().items())


def test_twenty_switches_leave_the_base_and_the_memory_as_they_were(
    base: Path, models: Models, tmp_path: Path
):
    loras = [
        Lora(str(save_lora(tmp_path / f"{seed}.safetensors", lora_state(base, seed)))) for seed in (0, 1)
    ]

    def tensor_bytes() -> int:
        gc.collect()
        real = (torch.Tensor, torch.nn.Parameter)  # where a test compiled, its stand-ins are still about
        tensors = (each for each in gc.get_objects() if type(each) in real)
        return sum(
            {each.untyped_storage().data_ptr(): each.untyped_storage().nbytes() for each in tensors}.values()
        )

    plain = pixels(ask(base), models)
    model = models.load(models.catalog.find(str(base)), torch.float32)
    tensors = {name: tensor.clone() for name, tensor in model.denoiser.state_dict().items()}
    first, held = [], 0
    for switch in range(20):
        made_now = pixels(ask(base, loras[switch % 2]), models)
        if switch < 4:  # what is kept of both prompts and pictures is there from now on
            first.append(made_now)
            held = tensor_bytes()
        assert made_now == first[switch % 2]
    assert tensor_bytes() <= held
    assert pixels(ask(base), models) == plain
    assert all(torch.equal(tensors[name], tensor) for name, tensor in model.denoiser.state_dict().items())


def test_a_lora_in_the_prompt_is_that_lora_and_no_word(base: Path, models: Models):
    save_lora(models_folder() / "loras" / "ink (soft).safetensors", lora_state(base))
    listed = made(ask(base, Lora("ink (soft)", 0.6)), models)
    named = made(ask(base, prompt="a dog <lora:ink (soft):0.6>"), models)
    assert pixels_hash(named.pixels) == pixels_hash(listed.pixels)
    assert named.recipe.learnt == listed.recipe.learnt
    assert pixels(ask(base, Lora("ink (soft)", 0.4), prompt="a dog<lora:ink (soft):0.2>"), models) == pixels(
        ask(base, Lora("ink (soft)", 0.4 + 0.2)), models
    )


def test_a_file_whose_numbers_changed_is_worn_anew(base: Path, models: Models, tmp_path: Path):
    path = tmp_path / "lora.safetensors"
    save_lora(path, lora_state(base))
    first = pixels(ask(base, Lora(str(path))), models)
    save_lora(path, lora_state(base, seed=3))
    assert pixels(ask(base, Lora(str(path))), models) != first


def test_a_branch_from_another_lora_is_what_it_was(base: Path, models: Models, tmp_path: Path):
    lora = Lora(str(save_lora(tmp_path / "lora.safetensors", lora_state(base))))
    origin = ask(base, lora)
    branch = ask(base, branch=Branch(origin, 0, 1))
    list(run(origin, models))
    kept = pixels(branch, models)
    picture.KEPT.clear()
    events = list(run(branch, models))
    assert any(isinstance(event, Loading) and event.stage == "replay" for event in events)
    assert pixels_hash(next(e for e in events if isinstance(e, ImageReady)).pixels) == kept
    assert pixels(ask(base), models) != kept != pixels(origin, models)


def test_a_learnt_word_is_read_as_its_vectors(base: Path, models: Models):
    save_embedding(models_folder() / "embeddings" / "zorbi.safetensors", "zorbi")
    learnt = Catalog().learnt()
    assert [(what.kind, what.trigger, what.vectors) for what in learnt] == [
        (LearntKind.EMBEDDING, "zorbi", 2)
    ]
    assert words_used(["a Zorbi, blue"], learnt) == ("zorbi",)
    assert words_used(["zorbis"], learnt) == ()
    plain = pixels(ask(base, prompt="a zorbi"), models)
    assert pixels(ask(base, prompt="a zorbi", embeddings=("zorbi",)), models) != plain
    assert pixels(ask(base, prompt="a zorbi"), models) == plain
    assert pixels(ask(base, embeddings=("zorbi",)), models) == pixels(ask(base), models)


def test_a_learnt_word_is_what_diffusers_makes_of_it(base: Path, models: Models, tmp_path: Path):
    file = save_embedding(tmp_path / "word.safetensors", "zorbi")
    request = ask(base, prompt="a (dog) zorbi cat", embeddings=(str(file),))
    model = Models(Catalog()).load(Catalog().find(str(base)), torch.float32)
    model.text_encoder()
    scheduler = schedulers.build("euler", model.scheduler_config, 5, 3)
    pipeline = model.pipeline(Task.TEXT_TO_IMAGE, scheduler)
    pipeline.load_textual_inversion(str(tmp_path), weight_name=file.name, token="zorbi")
    with torch.inference_mode():
        image = pipeline(
            prompt="a dog zorbi cat", negative_prompt="", num_inference_steps=3, height=64, width=64,
            guidance_scale=3.0, generator=torch.Generator().manual_seed(5), output_type="np",
        ).images[0]  # fmt: skip
    expected = pixels_hash((image * 255).round().astype("uint8"))
    assert pixels(replace(request, prompt="a dog zorbi cat"), models) == expected
    assert pixels(request, models) != expected


def test_recipes_name_the_files_and_are_verified(base: Path, models: Models, tmp_path: Path):
    save_lora(models_folder() / "loras" / "ink.safetensors", lora_state(base), {"lienzo.trigger": "inky"})
    save_embedding(models_folder() / "embeddings" / "zorbi.safetensors", "zorbi")
    request = ask(base, Lora("ink", 0.7), prompt="a zorbi", embeddings=("zorbi",))
    event = made(request, models)
    assert [(use.kind, use.name, use.weight) for use in event.recipe.learnt] == [
        (LearntKind.LORA, "ink", 0.7), (LearntKind.EMBEDDING, "zorbi", 1.0),
    ]  # fmt: skip
    assert Recipe.from_json(json.loads(json.dumps(event.recipe.to_json()))) == event.recipe
    path = tmp_path / "picture.png"
    path.write_bytes(encode_picture(event.pixels, event.recipe))
    assert verify(path, event.recipe, event.recipe.request, models).is_same
    save_lora(models_folder() / "loras" / "ink.safetensors", lora_state(base, seed=9))
    verdict = verify(path, event.recipe, event.recipe.request, models)
    assert not verdict.is_same
    assert any(line.startswith("learnt[0].sha256") for line in verdict.differences)


def test_a_lora_of_another_base_is_named_and_refused_before_it_is_read(models: Models, tmp_path: Path):
    base, other = tiny_sd(tmp_path / "base"), tiny_sd(tmp_path / "other", version=2)
    state = lora_state(other, ends=("attn2.to_k",))
    wide = {
        name: torch.zeros(*tensor.shape[:-1], 48) if "lora_A" in name else tensor
        for name, tensor in state.items()
    }
    lora = save_lora(tmp_path / "foreign.safetensors", wide, {"lienzo.base": "Great Model"})
    with pytest.raises(
        UnsupportedModel, match=r"foreign.safetensors is a LoRA for another model.*Great Model"
    ):
        run(ask(base, Lora(str(lora))), models)
    deeper = {name.replace("down_blocks.0", "down_blocks.7"): tensor for name, tensor in state.items()}
    with pytest.raises(UnsupportedModel, match=r"no layer unet\.down_blocks\.7"):
        run(ask(base, Lora(str(save_lora(tmp_path / "deep.safetensors", deeper)))), models)
    word = save_embedding(tmp_path / "word.safetensors", width=48)
    with pytest.raises(UnsupportedModel, match="48 numbers, and the model reads 32"):
        run(ask(base, embeddings=(str(word),)), models)


@pytest.mark.parametrize("ending", ["dora_scale", "hada_t1", "lokr_t2", "lora_mid.weight"])
def test_kin_of_a_lora_are_named_and_refused(base: Path, models: Models, tmp_path: Path, ending: str):
    layer = next(iter(lora_state(base))).removesuffix(".lora_A.weight")
    state = {**lora_state(base), f"{layer}.{ending}": torch.zeros(4, 4)}
    path = save_lora(tmp_path / "kin.safetensors", state)
    with pytest.raises(UnsupportedModel, match="Choose a plain LoRA"):
        run(ask(base, Lora(str(path))), models)


def test_damaged_and_missing_files_are_named(base: Path, models: Models, tmp_path: Path):
    state = lora_state(base)
    half = save_lora(tmp_path / "half.safetensors", state)
    half.write_bytes(half.read_bytes()[:-100])
    infinite = {name: torch.full_like(tensor, torch.inf) for name, tensor in state.items()}
    wrong = {
        str(half): (UnsafeFile, "half.safetensors is truncated"),
        str(save_lora(tmp_path / "inf.safetensors", infinite)): (UnsafeFile, "infinite or no numbers"),
        "nowhere": (ModelNotFound, "no LoRA 'nowhere'"),
        str(save_embedding(tmp_path / "word.safetensors")): (UnsupportedModel, "is no LoRA"),
        str(base): (UnsupportedModel, "is no LoRA"),
    }
    for name, (error, words) in wrong.items():
        with pytest.raises(error, match=words):
            list(run(ask(base, Lora(name)), models))
    with pytest.raises(BadRequest, match="lora_weight"):
        run(ask(base, prompt=f"<lora:{half.stem}:9>"), models)
    with pytest.raises(BadRequest, match="negative_prompt"):
        run(ask(base, negative_prompt="<lora:x:1>"), models)
    with pytest.raises(EngineError, match="no network"):
        run(replace(ask(base, Lora("x")), model="toy", sampling=Sampling("euler")), models)


@pytest.mark.parametrize(
    ("tensor", "told"),
    [
        (torch.ones(3), {}),
        (torch.tensor(torch.nan), {}),
        (None, {"unet.lora_alpha": torch.nan}),
        (None, {"unet.lora_alpha": 10**400}),
        (None, {"unet.lora_alpha": 1e300}),
    ],
)
def test_an_alpha_that_is_no_use_is_refused(
    base: Path, models: Models, tmp_path: Path, tensor: torch.Tensor | None, told: dict
):
    state = lora_state(base)
    if tensor is not None:
        state[f"{next(iter(state)).removesuffix('.lora_A.weight')}.alpha"] = tensor
    path = save_lora(tmp_path / "odd.safetensors", state, {"lora_adapter_metadata": json.dumps(told)})
    with pytest.raises((UnsafeFile, UnsupportedModel), match=r"odd\.safetensors .*alpha"):
        list(run(ask(base, Lora(str(path))), models))


def test_a_hostile_header_does_not_hide_the_file(base: Path, tmp_path: Path):
    path = save_lora(
        tmp_path / "odd.safetensors", lora_state(base), {"lienzo.pictures": "\N{SUPERSCRIPT TWO}"}
    )
    found = examine_learnt(path)
    assert found is not None and found.pictures == 0


@pytest.mark.parametrize("mark", ["<lora:ink", "<lora:ink:o.8>", "<lora:>", "<LORA:ink:1>", "<lora:a:1:2:3>"])
def test_a_lora_that_cannot_be_read_is_pointed_at(base: Path, models: Models, mark: str):
    with pytest.raises(BadRequest, match="names a LoRA at character 7") as caught:
        run(ask(base, prompt=f"a dog {mark}"), models)
    assert (caught.value.data["start"], caught.value.data["end"]) == (6, 6 + len(mark))


def test_the_catalog_lists_what_was_learnt_apart_from_models(base: Path, tmp_path: Path):
    save_lora(
        tmp_path / "a" / "ink.safetensors",
        lora_state(base),
        {"lienzo.trigger": "inky", "lienzo.pictures": "12"},
    )
    save_lora(tmp_path / "b" / "ink.safetensors", as_kohya(lora_state(base), 1.0))
    catalog = Catalog([tmp_path])
    assert [what.name for what in catalog.learnt()] == ["ink", "ink (2)"]
    ink = catalog.find_learnt(LearntKind.LORA, "ink")
    assert (ink.trigger, ink.pictures, ink.rank, ink.text_width) == ("inky", 12, 2, 32)
    assert catalog.broken() == [] and "ink" not in [info.name for info in catalog.infos()]
    with pytest.raises(UnsupportedModel, match="--lora"):
        catalog.find(str(tmp_path / "a" / "ink.safetensors"))
    assert examine_learnt(base / "unet" / "diffusion_pytorch_model.safetensors") is None


def test_the_command_line_wears_them_too(base: Path, tmp_path: Path, capsys):
    save_lora(models_folder() / "loras" / "ink.safetensors", lora_state(base), {"lienzo.trigger": "inky"})
    save_embedding(models_folder() / "embeddings" / "zorbi.safetensors", "zorbi")
    output = tmp_path / "dog.png"
    words = [
        "generate",
        "a zorbi",
        "-m",
        str(base),
        "--steps",
        "2",
        "--seed",
        "1",
        "-o",
        str(output),
        "--json",
    ]
    assert main([*words, "--lora", "ink:0.8"]) == 0
    recipe = json.loads(capsys.readouterr().out)["pictures"][0]["recipe"]
    assert recipe["request"]["loras"] == [{"name": "ink", "weight": 0.8, "blocks": {}}]
    assert recipe["request"]["embeddings"] == ["zorbi"]
    assert main(["inspect", str(output), "--verify"]) == 0
    said = capsys.readouterr().out
    assert "lora ink, weight 0.8" in said and "Verified" in said
    assert main(["inspect", "ink"]) == 0
    assert "inky" in capsys.readouterr().out
    assert main(["models", "--json"]) == 0
    assert [what["name"] for what in json.loads(capsys.readouterr().out)["learnt"]] == ["ink", "zorbi"]
    assert main([*words, "--lora", "nowhere", "--force"]) == 3
    assert json.loads(capsys.readouterr().out)["error"] == "ModelNotFound"


def test_a_lora_without_layers_that_read_words_is_held_against_all_its_layers(base: Path, tmp_path: Path):
    """Kohya's of self-attention alone: nothing in it says how wide the text is."""
    stem = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q"
    catalog = Catalog([tmp_path])
    for name, width in (("wide", 320), ("own", 32)):
        state = {"lora_down.weight": torch.ones(2, width), "lora_up.weight": torch.ones(width, 2)}
        save_lora(tmp_path / f"{name}.safetensors", {f"{stem}.{end}": each for end, each in state.items()})
    model = catalog.find(str(base))
    told = {info.name: fits(info, model) for info in catalog.learnt()}
    assert told == {"wide": False, "own": True}

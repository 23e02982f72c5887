"""The command line as it is used: words in, files and JSON out, one clear sentence where it is wrong."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import numpy as np
import pytest
from tiny import tiny_sd

from engine.api.errors import ERRORS
from engine.api.events import Loading, Step
from engine.api.guiders import Guider
from engine.api.recipe import Recipe
from engine.cli import main
from engine.cli.app import EXIT_CODES
from engine.cli.bar import Bar
from engine.cli.request import read_size, scheduler_id
from engine.library.pictures import encode_picture, open_picture, read_metadata
from engine.models.catalog import Catalog

TOY = ("--model", "toy", "--size", "64x64", "--steps", "3")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def generate(*words: str) -> int:
    return main(["generate", "a cat", *TOY, *words])


def recipe_of(path: str | Path) -> Recipe:
    recipe = read_metadata(Path(path)).recipe
    assert recipe is not None
    return recipe


def test_a_prompt_becomes_a_picture_with_its_recipe(capsys):
    assert generate("-o", "cat.png", "--seed", "5") == 0
    request = recipe_of("cat.png").request
    assert (request.prompt, request.sampling.seed, request.sampling.steps) == ("a cat", 5, 3)
    assert open_picture(Path("cat.png")).width == 64
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "step 3/3" in captured.err
    assert "cat.png  seed 5" in captured.err
    assert "\x1b" not in captured.err  # no terminal, no colours and cursor play


def test_the_time_left_counts_the_pictures_that_are_to_come():
    bar = Bar(3)
    bar.event(Step(5, 10, 1.0, image_index=1, seconds=2.0), None)
    (task,) = bar._progress.tasks
    assert (task.description, task.fields["pace"]) == ("Picture 2 of 3", "2.00 s/step, 0:30 left")
    bar.event(Loading("model", 0.42), None)
    assert task.description == "Loading the model 42%"


def test_what_is_not_said_comes_from_the_models_own_defaults():
    assert main(["generate", "a cat", "-m", "toy", "-o", "cat.png"]) == 0
    info = Catalog().find("toy")
    request = recipe_of("cat.png").request
    assert request.extent == (info.defaults.width, info.defaults.height)
    assert request.sampling.steps == info.defaults.sampling.steps


def test_every_option_reaches_the_request(capsys):
    words = [
        "-n",
        "blur",
        "--guidance",
        "3.5",
        "--rescale",
        "0.5",
        "--box-share",
        "0.4",
        "--scheduler",
        "EULER A",
        "--speed",
        "fast",
    ]
    assert generate(*words, "--seed", str(2**64 - 1), "--images", "2", "--json", "-o", "cat.webp") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["seeds"] == [2**64 - 1, 0]
    assert told["paths"] == [str(Path.cwd() / "cat-1.webp"), str(Path.cwd() / "cat-2.webp")]
    request = recipe_of("cat-1.webp").request
    assert request.negative_prompt == "blur"
    assert (request.sampling.guidance, request.sampling.guidance_rescale) == (3.5, 0.5)
    assert request.sampling.box_share == 0.4
    assert (request.sampling.scheduler, request.speed.value) == ("euler_a", "fast")


def test_how_it_is_guided_reaches_the_request_and_the_model(capsys):
    words = ["generate", "a dog", "-m", "starter", "--steps", "2", "--guider", "apg", "--guided", "0-0.5"]
    assert main([*words, "--seed", "1", "-o", "dog.png"]) == 0
    sampling = recipe_of("dog.png").request.sampling
    told = (sampling.guider, sampling.guidance_start, sampling.guidance_stop)
    assert told == (Guider.PROJECTED, 0.0, 0.5)
    capsys.readouterr()
    assert main(["inspect", "dog.png"]) == 0
    assert "apg, from 0 to 0.5 of the steps" in capsys.readouterr().out
    assert generate("--guider", "apg", "-o", "cat.png") == 2
    assert "can be guided by" in capsys.readouterr().err
    assert generate("--guided", "half", "-o", "cat.png") == 2
    assert "as 0.1-0.8" in capsys.readouterr().err


def test_json_is_one_object_alone(capsys):
    assert generate("-o", "cat.png", "--json") == 0
    captured = capsys.readouterr()
    told = json.loads(captured.out)
    assert captured.err == ""
    assert told["pictures"][0]["recipe"] == recipe_of("cat.png").to_json()
    assert told["seconds"] >= 0


def test_json_of_an_error_is_one_object_too(capsys):
    assert generate("-o", "cat.png", "--json", "--seed", "-1") == 2
    assert json.loads(capsys.readouterr().out)["data"]["field"] == "seed"


def test_json_lines_say_every_event_as_it_comes(capsys):
    assert generate("-o", "cat.png", "--json-lines") == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [event["event"] for event in events] == [
        "Loading",
        "Step",
        "Step",
        "Step",
        "ImageReady",
        "Finished",
    ]
    assert events[-2]["path"] == str(Path.cwd() / "cat.png")


def test_quiet_says_nothing(capsys):
    assert generate("-o", "cat.png", "--quiet") == 0
    captured = capsys.readouterr()
    assert captured.out == captured.err == ""


def test_without_a_file_it_saves_into_the_library(own_home: Path, capsys):
    assert generate("--json") == 0
    assert generate("--json") == 0
    paths = [Path(json.loads(line)["paths"][0]) for line in capsys.readouterr().out.splitlines()]
    assert [path.name for path in paths] == ["00001 a cat.png", "00002 a cat.png"]
    assert all(path.is_relative_to(own_home / "pictures") for path in paths)


def test_the_windows_preferences_are_followed(own_home: Path, tmp_path: Path, capsys):
    settings = {
        "library_folder": str(tmp_path / "mine"), "name_template": "{seed}", "picture_format": "webp",
        "default_model": "toy", "picture_quality": "high", "model_folders": [5, str(tmp_path)],
    }  # fmt: skip
    (own_home / "config").mkdir(parents=True)
    (own_home / "config" / "settings.json").write_text(json.dumps(settings))
    assert main(["generate", "x", "--size", "64", "--seed", "9", "-q"]) == 0
    assert (tmp_path / "mine" / "9.webp").is_file()


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("{magic}", "does not know {magic}"),
        ("../{prompt}", "pictures stay in the library"),
        ("{date", "brace"),
    ],
)
def test_a_wrong_template_in_the_preferences_is_said_before_any_work(
    template: str, reason: str, own_home: Path, capsys
):
    (own_home / "config").mkdir(parents=True)
    (own_home / "config" / "settings.json").write_text(json.dumps({"name_template": template}))
    assert generate() == 2
    error = capsys.readouterr().err
    assert f"name_template: {template!r} in the preferences" in error
    assert reason in error
    assert "step 1" not in error
    assert generate("-o", "cat.png") == 0
    assert main(["doctor"]) == 1
    assert reason in capsys.readouterr().out


def test_an_existing_file_is_left_alone_unless_forced(capsys):
    Path("cat.png").write_bytes(b"mine")
    assert generate("-o", "cat.png") == 9
    assert "--force" in capsys.readouterr().err
    assert Path("cat.png").read_bytes() == b"mine"
    assert generate("-o", "cat.png", "--force") == 0
    assert recipe_of("cat.png")


def test_every_steps_preview_can_be_kept():
    assert generate("-o", "cat.png", "--steps-to", "steps/of/cat", "--images", "2") == 0
    names = sorted(path.name for path in Path("steps/of/cat").iterdir())
    assert names == [f"{image}-{step:03}.png" for image in (1, 2) for step in (1, 2, 3)]
    assert open_picture(Path("steps/of/cat/1-003.png")).width > 0


def test_a_recipe_makes_the_same_picture_again_and_options_override_it():
    assert generate("-o", "cat.png", "--seed", "5") == 0
    assert main(["generate", "--recipe", "cat.png", "-o", "again.png"]) == 0
    assert main(["generate", "a dog", "--recipe", "cat.png", "-o", "dog.png"]) == 0
    pixels = [open_picture(Path(name)).pixels for name in ("cat.png", "again.png", "dog.png")]
    assert np.array_equal(pixels[0], pixels[1])
    assert not np.array_equal(pixels[0], pixels[2])
    dog = recipe_of("dog.png").request
    assert (dog.prompt, dog.sampling.seed) == ("a dog", 5)


def test_a_recipe_of_a_picture_that_was_stopped_stops_there_again(here: Path):
    from dataclasses import replace

    from engine import tasks
    from engine.api.control import Control
    from engine.models.cache import Models

    control = Control()
    control.stop_after(2)
    request = Catalog().find("toy").request("a cat", width=64, height=64)
    made = list(tasks.run(request, Models(Catalog()), control))[-2]
    Path("half.png").write_bytes(encode_picture(made.pixels, made.recipe))
    assert made.recipe.stopped_at == 2
    assert main(["generate", "--recipe", "half.png", "-o", "again.png"]) == 0
    assert recipe_of("again.png") == replace(
        made.recipe, seconds=recipe_of("again.png").seconds, created=recipe_of("again.png").created
    )
    assert main(["inspect", "half.png", "--verify"]) == 0


def test_a_recipe_with_a_start_picture_asks_for_it_and_takes_it(capsys):
    assert generate("-o", "start.png") == 0
    assert generate("-o", "cat.png", "--image", "start.png", "--strength", "0.5", "--seed", "1") == 0
    assert main(["generate", "--recipe", "cat.png", "-o", "again.png"]) == 2
    assert "start.png" in capsys.readouterr().err
    assert main(["generate", "--recipe", "cat.png", "--image", "start.png", "-o", "again.png"]) == 0
    assert recipe_of("again.png").pixels_sha256 == recipe_of("cat.png").pixels_sha256
    assert main(["inspect", "cat.png", "--verify", "--image", "start.png"]) == 0


def test_a_prompt_can_come_from_stdin(monkeypatch: pytest.MonkeyPatch):
    import io

    monkeypatch.setattr(sys, "stdin", io.StringIO("a long prompt\n"))
    assert main(["generate", "-", *TOY, "-o", "cat.png"]) == 0
    assert recipe_of("cat.png").request.prompt == "a long prompt"


# what is wrong is said in one sentence

WRONG_VALUES = {
    "no steps": (["--steps", "0"], 2, "steps"),
    "a size that does not fit": (["--size", "7x13"], 2, "width"),
    "a size in words": (["--size", "large"], 2, "WIDTHxHEIGHT"),
    "a huge size": (["--size", "99999x64"], 2, "width"),
    "a seed of 2^64": (["--seed", str(2**64)], 2, "seed"),
    "a negative seed": (["--seed", "-1"], 2, "seed"),
    "guidance that is no number": (["--guidance", "nan"], 2, "guidance"),
    "endless guidance": (["--guidance", "inf"], 2, "guidance"),
    "too much strength": (["--strength", "1.5"], 2, "strength"),
    "no pictures": (["--images", "0"], 2, "images"),
    "a word for a number": (["--steps", "many"], 2, "--steps"),
    "an unknown scheduler": (["--scheduler", "magic"], 2, "DPM++ 2M Karras"),
    "a fill that there is none of": (["--fill", "blur"], 2, "'--fill': 'blur' is not one of"),
    "an unknown option": (["--sparkle"], 2, "--sparkle"),
    "an unknown format": (["--format", "gif"], 2, "png, jpeg or webp"),
    "an unknown suffix": (["-o", "cat.gif"], 2, ".png"),
    "a folder for a file": (["-o", "."], 2, ".png"),
    "a missing folder": (["-o", "nowhere/cat.png"], 9, "does not exist"),
    "an unknown model": (["-m", "mona-lisa"], 3, "mona-lisa"),
    "a missing start picture": (["--image", "no.png"], 5, "no.png"),
    "a missing recipe": (["--recipe", "no.png"], 5, "no.png"),
    "a prompt too long": (["-n", "x" * 200_001], 2, "200,000"),
}


@pytest.mark.parametrize(("words", "code", "sentence"), WRONG_VALUES.values(), ids=list(WRONG_VALUES))
def test_a_wrong_value_is_one_clear_sentence(words: list[str], code: int, sentence: str, capsys, here: Path):
    assert main(["generate", "a cat", "-m", "toy", *words]) == code
    captured = capsys.readouterr()
    assert sentence in captured.err
    assert "Traceback" not in captured.err
    assert len(captured.err.splitlines()) <= 2
    assert list(here.iterdir()) == []


def wrong_model(kind: str, folder: Path) -> Path:
    path = folder / "model.safetensors"
    if kind == "a text file":
        path.write_text("<html>Please log in</html>")
    elif kind == "an empty file":
        path.write_bytes(b"")
    elif kind == "an empty folder":
        path = folder / "model"
        path.mkdir()
    elif kind == "a truncated checkpoint":
        whole = next(tiny_sd(folder / "whole").rglob("unet/*.safetensors")).read_bytes()
        path.write_bytes(whole[: len(whole) // 2])
    elif kind == "a truncated folder":
        path = tiny_sd(folder / "cut")
        file = next(path.rglob("unet/*.safetensors"))
        file.write_bytes(file.read_bytes()[:-1000])
    return path


@pytest.mark.parametrize(
    "kind",
    ["a text file", "an empty file", "an empty folder", "a truncated checkpoint", "a truncated folder"],
)
@pytest.mark.parametrize("command", ["generate", "inspect"])
def test_a_wrong_model_is_one_clear_sentence(kind: str, command: str, tmp_path: Path, capsys, here: Path):
    path = str(wrong_model(kind, tmp_path))
    words = ["generate", "a cat", "-m", path, "-o", "cat.png"] if command == "generate" else ["inspect", path]
    assert main(words) in (3, 4, 5)
    error = capsys.readouterr().err
    assert Path(path).name in error
    assert (
        kind != "a truncated folder" or "cut/unet/diffusion_pytorch_model.safetensors is truncated" in error
    )
    assert "Traceback" not in error
    assert list(here.iterdir()) == []


def test_a_device_that_is_not_there_is_one_clear_sentence(capsys, here: Path):
    assert main(["generate", "a cat", "--device", "cuda:99", "--steps", "1", "-o", "cat.png", "--json"]) == 2
    captured = capsys.readouterr()
    assert json.loads(captured.out)["data"]["field"] == "device"
    assert "'cuda:99' is not here; choose one of: " in captured.err
    assert list(here.iterdir()) == []


@pytest.mark.parametrize("words", [["--steps", "many"], ["--sparkle"], ["--seed", "-1"], ["-m", "no"]])
def test_json_of_any_error_is_one_object_on_stdout(words: list[str], capsys):
    code = main(["generate", "a cat", "-m", "toy", *words, "--json"])
    captured = capsys.readouterr()
    told = json.loads(captured.out)
    assert code == ERRORS[told["error"]].exit_code
    assert captured.err.startswith(f"lienzo: {told['message']}")


STRANGE_PROMPTS = {
    "long": "cat " * 25_000,
    "emoji": "a 🐶👩‍👩‍👧 smiling",
    "right to left": "كلب لطيف يبتسم \u202e",
    "NUL": "a\0b",
    "surrogate": "a\udcffb",
    "brackets": "(" * 10_000,
    "markup": "[bold red]cat[/nonsense] [link=file:///x]",
    "empty": "",
}


@pytest.mark.parametrize("prompt", STRANGE_PROMPTS.values(), ids=list(STRANGE_PROMPTS))
def test_a_strange_prompt_gives_a_picture(prompt: str, capsys):
    assert main(["generate", prompt, *TOY, "-o", "cat.png"]) == 0
    assert main(["generate", prompt, *TOY]) == 0  # named after its prompt
    kept = recipe_of("cat.png").request.prompt
    assert kept == prompt.replace("\0", "\ufffd").replace("\udcff", "\ufffd")
    capsys.readouterr()
    assert main(["inspect", "cat.png"]) == 0
    assert kept[:50] in capsys.readouterr().out


# the other commands


def test_models_lists_what_is_there_and_what_is_broken(own_home: Path, tmp_path: Path, capsys):
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "bad.safetensors").write_text("no")
    (own_home / "config").mkdir(parents=True)
    (own_home / "config" / "settings.json").write_text(
        json.dumps({"model_folders": [str(tmp_path / "models")]})
    )
    assert main(["models"]) == 0
    out = capsys.readouterr().out
    assert "starter" in out
    assert "licence" in out
    assert re.search(r"bad\.safetensors\n +cannot be used: ", out)
    assert main(["models", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert {"starter", "toy"} <= {model["name"] for model in told["models"]}
    assert told["broken"][0]["path"].endswith("bad.safetensors")


def test_inspect_tells_a_model(capsys):
    assert main(["inspect", "starter"]) == 0
    out = capsys.readouterr().out
    for fact in ("stable_diffusion", "unet", "vae", "text_encoder", "parameters", "MB", "Licence"):
        assert fact in out
    assert main(["inspect", "starter", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["kind"], told["family"], told["model"]["family"]) == ("checkpoint", "sd", "stable_diffusion")
    assert "StableDiffusionPipeline" in told["why"][0]


def test_inspect_tells_how_a_picture_was_made(capsys):
    assert generate("-o", "cat.png", "--seed", "5", "-n", "blur") == 0
    capsys.readouterr()
    assert main(["inspect", "cat.png"]) == 0
    out = capsys.readouterr().out
    assert "a cat" in out
    assert "blur" in out
    assert main(["inspect", "cat.png", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["recipe"]["request"]["sampling"]["seed"] == 5


def test_inspect_tells_that_a_picture_has_no_recipe(capsys):
    from engine.library.pictures import encode_plain

    Path("plain.png").write_bytes(encode_plain(np.zeros((4, 4, 3), np.uint8)))
    assert main(["inspect", "plain.png"]) == 0
    assert "none" in capsys.readouterr().out
    assert main(["inspect", "plain.png", "--verify"]) == 5
    assert "no recipe" in capsys.readouterr().err


def test_inspect_verify_says_yes_and_no(capsys):
    assert generate("-o", "cat.png", "--seed", "5") == 0
    assert main(["inspect", "cat.png", "--verify"]) == 0
    assert "all pixels are the same" in capsys.readouterr().out
    pixels = open_picture(Path("cat.png")).pixels.copy()
    pixels[0, 0, 0] = (int(pixels[0, 0, 0]) + 128) % 256
    Path("cat.png").write_bytes(encode_picture(pixels, recipe_of("cat.png")))
    assert main(["inspect", "cat.png", "--verify", "--json"]) == 10
    verdict = json.loads(capsys.readouterr().out)["verified"]
    assert (verdict["different_pixels"], verdict["largest_difference"]) == (1, 128)
    assert verdict["remade_as_recipe"]


NO_MODELS = {
    "a GIF": (b"GIF89a" + b"\0" * 40, "a GIF picture"),
    "an AVIF": (b"\0\0\0\x1cftypavif" + b"\0" * 40, "an AVIF or HEIC picture"),
    "notes": (b"hello\n", "a text file"),
}


@pytest.mark.parametrize(("data", "kind"), NO_MODELS.values(), ids=list(NO_MODELS))
def test_inspect_tells_what_a_file_is_that_is_neither_picture_nor_model(data: bytes, kind: str, capsys):
    Path("thing").write_bytes(data)
    assert main(["inspect", "thing"]) == 5
    assert f"it seems to be {kind}." in capsys.readouterr().err


def test_inspect_of_nothing_is_no_model(capsys):
    assert main(["inspect", ""]) == 3
    assert main(["inspect", "nothing"]) == 3
    assert "starter, toy" in capsys.readouterr().err


def test_version_and_help(capsys):
    assert main(["--version"]) == 0
    assert re.fullmatch(r"lienzo \d+\.\d+\.\d+\S*\n", capsys.readouterr().out)
    assert main(["generate", "--help"]) == 0
    assert "130 stopped by Ctrl+C" in " ".join(capsys.readouterr().out.split())


def test_every_exit_code_is_in_the_help():
    assert {error.exit_code for error in ERRORS.values()} <= set(EXIT_CODES)


def test_no_prompt_says_how_it_is_done(capsys):
    assert main(["generate"]) == 2
    assert 'lienzo generate "a cute beagle" -o dog.png' in capsys.readouterr().err


def test_a_trace_that_cannot_be_written_is_one_sentence(capsys):
    assert generate("--trace", "nowhere/trace.jsonl") == 9
    assert "trace" in capsys.readouterr().err


def test_sizes_are_read_as_people_write_them():
    assert read_size("768x512") == read_size(" 768 X 512 ") == read_size("768×512") == (768, 512)
    assert read_size("512") == (512, 512)


def test_schedulers_go_by_their_names_and_ids():
    info = Catalog().find("starter")
    for scheduler in info.capabilities.schedulers:
        for name in (
            scheduler.id,
            scheduler.label,
            scheduler.label.upper(),
            scheduler.label.replace(" ", ""),
        ):
            assert scheduler_id(name, info) == scheduler.id

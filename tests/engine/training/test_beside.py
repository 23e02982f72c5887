"""What is trained beside a model: it learns, goes on, survives a kill, and the stock pipelines run it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import diffusers
import pytest
import torch
from drawn import SIDE, Drawn, disc, tiny_model
from PIL import Image

from engine.api.errors import BadRequest, UnsupportedModel
from engine.api.events import Finished, Loading, Notice, Step
from engine.api.images import Extent
from engine.api.maps import NOTHING, MapInput, MapKind
from engine.conditioning.control import Edited, LoadedMap, MapHints
from engine.models.parts.control_files import examine_control
from engine.training.control import (
    ControlTask,
    Steered,
    controlnet_for,
    controlnet_from,
    reads_words,
    train_control,
)
from engine.training.edits import Filled, Instructed, complete, train_edit, widened
from engine.training.frozen import Frozen
from engine.training.network_folder import save_network
from engine.training.plan import Plan

CPU = torch.device("cpu")
SHORT = Plan(steps=12, batch=4, first=4, most=8, report_every_s=0.0, steps_a_block=3)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model(tmp_path_factory.mktemp("model"))


@pytest.fixture
def frozen(model: Path) -> Frozen:
    return Frozen.load(model, CPU, torch.float32)


def losses(events: list) -> list[float]:
    return [float(event.extra["loss"]) for event in events if isinstance(event, Step)]


def test_a_controlnet_begins_by_changing_nothing(frozen: Frozen):
    steered = Steered(frozen, torch.float32)
    noisy, steps = torch.randn(2, 4, 8, 8), torch.tensor([10, 900])
    words = frozen.embed(frozen.ids(["a dog", ""]))
    with torch.no_grad():
        plain = frozen.unet(noisy, steps, encoder_hidden_states=words).sample
        beside = steered.plain(noisy, steps, words, torch.rand(2, 3, SIDE, SIDE))
    assert torch.equal(plain, beside)


def test_a_controlnet_that_would_be_large_goes_without_reading_the_words(frozen: Frozen):
    full, small = controlnet_for(frozen.unet, 8), controlnet_for(frozen.unet, 8, most_bytes=0)
    assert any("attn2" in name for name in full.state_dict())
    assert not any("attn2" in name for name in small.state_dict())
    unet = frozen.unet.state_dict()
    for network in (full, small):
        taken = network.state_dict()["down_blocks.0.resnets.0.conv1.weight"]
        assert torch.equal(taken, unet["down_blocks.0.resnets.0.conv1.weight"])
    assert full.config["addition_embed_type_num_heads"] == frozen.unet.config["addition_embed_type_num_heads"]


def test_it_learns_four_pictures_and_the_stock_pipeline_runs_it(frozen: Frozen, tmp_path: Path):
    plan = replace(SHORT, steps=40, most=4)
    events = list(train_control(["segmentation"], frozen, Drawn(), plan, tmp_path, torch.float32))
    assert isinstance(events[0], Loading) and isinstance(events[-1], Finished)
    said = losses(events)
    assert sum(said[-10:]) < 0.85 * sum(said[:10])  # of a model with random weights that stay
    shown = [event.preview for event in events if isinstance(event, Step) and event.preview is not None]
    assert shown and shown[-1].shape == (2 * SIDE, 3 * SIDE, 3)
    pipeline = diffusers.StableDiffusionControlNetPipeline.from_pretrained(
        frozen.folder, controlnet=diffusers.ControlNetModel.from_pretrained(tmp_path / "segmentation")
    )
    picture = pipeline("a red disc", image=Image.fromarray(disc(0)[1]).convert("RGB"), num_inference_steps=2)
    assert picture.images[0].size == (SIDE, SIDE)


def test_told_what_to_change_it_does_and_told_nothing_it_leaves_the_picture(frozen: Frozen, tmp_path: Path):
    plan = replace(SHORT, steps=40, most=4)
    said = losses(list(train_control(["ip2p"], frozen, Drawn(), plan, tmp_path, torch.float32)))
    assert sum(said[-10:]) < 0.85 * sum(said[:10])
    task, heard = ControlTask("ip2p", Steered(frozen, torch.float32), tmp_path), []

    def predict(noisy: torch.Tensor, steps: torch.Tensor, words: torch.Tensor, hint: torch.Tensor):
        heard.extend(zip(words, hint, rows["picture"], strict=True))
        return noisy

    task._steered.predict = predict
    rows = task.take(Drawn(count=1, size=16).block(0))
    task.loss(rows, torch.Generator().manual_seed(0))
    (silence,) = frozen.embed(frozen.ids([""]))
    is_silent = [torch.equal(words, silence) for words, _, _ in heard]
    assert 0 < sum(is_silent) < len(is_silent)
    for silent, (_, hint, picture) in zip(is_silent, heard, strict=True):
        shown = picture if silent else torch.full_like(picture, 255)
        assert torch.equal(hint, shown.permute(2, 0, 1).float() / 255)


def test_a_network_that_fills_holes_learns_from_what_painting_tells_it(frozen: Frozen, tmp_path: Path):
    plan = replace(SHORT, steps=40, most=4)
    said = losses(list(train_control(["inpaint"], frozen, Drawn(), plan, tmp_path, torch.float32)))
    assert sum(said[-10:]) < 0.85 * sum(said[:10])
    task, told = ControlTask("inpaint", Steered(frozen, torch.float32), tmp_path), []
    task._steered.predict = lambda noisy, _steps, _words, hint: told.append(hint) or noisy
    task.loss(task.take(Drawn(count=1, size=1).block(0)), torch.Generator().manual_seed(0))
    network = tmp_path / "inpaint"
    info = examine_control(network)
    assert info is not None and info.kinds == (MapKind.INPAINT,)
    given = LoadedMap(MapInput(MapKind.INPAINT, NOTHING), info.type, task.network)
    hints = MapHints(Extent(SIDE, SIDE), edited=Edited(*disc(0)))
    assert torch.equal(told[0], hints.unit(given, told[0]))


def test_a_map_s_network_learns_to_read_words_without_another_beginning(frozen: Frozen, tmp_path: Path):
    wordless = controlnet_for(frozen.unet, 8, most_bytes=0)
    save_network(tmp_path, wordless)
    network = controlnet_from(tmp_path, frozen.unet, 8, must_read=True)
    assert reads_words(network) and not reads_words(wordless)
    with torch.no_grad():
        for weight in wordless.controlnet_down_blocks.parameters():
            weight.fill_(0.1)
        network.controlnet_down_blocks.load_state_dict(wordless.controlnet_down_blocks.state_dict())
        words, hint = frozen.embed(frozen.ids(["a dog"])), torch.rand(1, 3, SIDE, SIDE)
        given = (torch.randn(1, 4, 8, 8), torch.tensor([500]), words, hint)
        ours, theirs = network(*given, return_dict=False)[0], wordless(*given, return_dict=False)[0]
    assert all(torch.allclose(one, other, atol=1e-2) for one, other in zip(ours, theirs, strict=True))


def test_another_map_begins_from_a_controlnet_that_is_there(frozen: Frozen, tmp_path: Path):
    plan = replace(SHORT, steps=3)
    list(train_control(["segmentation"], frozen, Drawn(), plan, tmp_path, torch.float32))
    weights = diffusers.ControlNetModel.from_pretrained(tmp_path / "segmentation").state_dict()
    begun = Steered(frozen, torch.float32, tmp_path / "segmentation").network.state_dict()
    assert all(torch.equal(begun[name], weight.float()) for name, weight in weights.items())
    more = train_control(
        ["segmentation"], frozen, Drawn(), plan, tmp_path / "more", torch.float32, tmp_path / "segmentation"
    )
    assert isinstance(list(more)[-1], Finished)


def test_a_beginning_that_is_none_is_named(model: Path, frozen: Frozen, tmp_path: Path):
    with pytest.raises(UnsupportedModel, match="no ControlNet"):
        Steered(frozen, torch.float32, tmp_path / "nothing")
    with pytest.raises(UnsupportedModel, match="no ControlNet"):
        Steered(frozen, torch.float32, model / "vae")
    list(train_control(["segmentation"], frozen, Drawn(), replace(SHORT, steps=1), tmp_path, torch.float32))
    config = tmp_path / "segmentation" / "config.json"
    told = json.loads(config.read_text("utf-8"))
    weights = tmp_path / "segmentation" / "diffusion_pytorch_model.safetensors"
    other = diffusers.ControlNetModel.from_config(
        {**told, "block_out_channels": [16, 32], "norm_num_groups": 8}
    )
    weights.unlink()
    other.save_pretrained(tmp_path / "segmentation")
    with pytest.raises(UnsupportedModel, match=r"another model \(block_out_channels"):
        Steered(frozen, torch.float32, tmp_path / "segmentation")


@pytest.mark.parametrize("kind", [Instructed, Filled])
def test_a_variant_learns_and_the_stock_pipeline_runs_it(
    kind: type, model: Path, frozen: Frozen, tmp_path: Path
):
    variant = kind(frozen)
    plan = replace(SHORT, steps=30, most=4)
    said = losses(list(train_edit(variant, frozen, Drawn(), plan, tmp_path, torch.float32)))
    assert sum(said[-6:]) < 0.7 * sum(said[:6])
    complete(variant.pipeline, model, tmp_path)
    pipeline = getattr(diffusers, variant.pipeline).from_pretrained(tmp_path)
    image, hole = Image.fromarray(disc(0)[0]), Image.fromarray(disc(0)[1])
    more = {"mask_image": hole, "height": SIDE, "width": SIDE} if kind is Filled else {}
    assert pipeline("a red disc", image=image, num_inference_steps=2, **more).images[0].size == (SIDE, SIDE)


def test_a_widened_network_draws_as_before_whatever_is_beside(frozen: Frozen):
    wide, words = widened(frozen.unet, 9), frozen.embed(frozen.ids(["a dog"]))
    noisy = torch.randn(1, 4, 8, 8)
    with torch.no_grad():
        before = frozen.unet(noisy, 500, encoder_hidden_states=words).sample
        after = wide(torch.cat([noisy, torch.randn(1, 5, 8, 8)], 1), 500, encoder_hidden_states=words).sample
    assert torch.allclose(before, after, atol=1e-5)


def test_going_on_gives_the_weights_of_an_unbroken_run(model: Path, tmp_path: Path):
    def trained(folder: Path, *steps: int) -> bytes:
        for total in steps:
            frozen = Frozen.load(model, CPU, torch.float32)
            plan = replace(SHORT, save_every_s=0.0)
            events = train_edit(Filled(frozen), frozen, Drawn(count=16), plan, folder, torch.float32)
            with closing(events):
                for event in events:
                    if isinstance(event, Step) and event.index >= total:
                        break
        return (folder / "unet" / "diffusion_pytorch_model.safetensors").read_bytes()

    # a run that is cut off goes on from the last saved state, not from where it was cut
    assert trained(tmp_path / "whole", 12) == trained(tmp_path / "broken", 5, 12)


def test_the_state_of_another_kind_is_refused(frozen: Frozen, tmp_path: Path):
    list(train_edit(Filled(frozen), frozen, Drawn(), replace(SHORT, steps=2), tmp_path, torch.float32))
    with pytest.raises(BadRequest, match="inpaint"):
        list(
            train_edit(Instructed(frozen), frozen, Drawn(), replace(SHORT, steps=2), tmp_path, torch.float32)
        )


def test_a_compiler_that_fails_is_done_without(
    frozen: Frozen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def broken(*_: object, **__: object):
        raise RuntimeError("no compiler here")

    monkeypatch.setattr(torch, "compile", lambda function: broken)
    plan = replace(SHORT, steps=2, compiles=True)
    events = list(train_control(["segmentation"], frozen, Drawn(), plan, tmp_path, torch.float32))
    assert any(isinstance(event, Notice) and "no compiler" in event.detail for event in events)
    assert (tmp_path / "segmentation" / "config.json").exists()


def test_a_folder_that_lacks_a_part_is_named(tmp_path: Path):
    with pytest.raises(UnsupportedModel, match="unet"):
        Frozen.load(tmp_path, CPU, torch.float32)


def test_without_a_length_nothing_starts():
    with pytest.raises(BadRequest, match="minutes"):
        Plan()


KILLED = """
import sys; sys.path[:0] = [{tests!r}]
from pathlib import Path
import torch
from drawn import Drawn
from engine.training.edits import Filled, train_edit
from engine.training.plan import Plan
from engine.training.frozen import Frozen
frozen = Frozen.load(Path({model!r}), torch.device("cpu"), torch.float32)
plan = Plan(steps=10_000, batch=2, first=4, most=8, save_every_s=0.0, report_every_s=0.0)
for event in train_edit(Filled(frozen), frozen, Drawn(), plan, Path({out!r}), torch.float32):
    print(type(event).__name__, flush=True)
"""


def test_killed_while_saving_it_goes_on_from_the_last_saved_state(
    model: Path, frozen: Frozen, tmp_path: Path
):
    """It saves after each step here, so a kill falls into a saving most of the time."""
    code = KILLED.format(tests=str(Path(__file__).parents[2]), model=str(model), out=str(tmp_path))
    state = tmp_path / "state.safetensors"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        steps = 0
        for line in process.stdout:
            steps += line.startswith("Step")
            if steps >= 5:
                break
        process.send_signal(signal.SIGKILL)
    assert state.exists()
    plan = replace(SHORT, steps=14, batch=2)
    events = list(train_edit(Filled(frozen), frozen, Drawn(), plan, tmp_path, torch.float32))
    first = next(event for event in events if isinstance(event, Step))
    assert first.index >= 4  # at most one interval, a step here, was lost

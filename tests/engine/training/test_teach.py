"""Teaching tiny real networks: it learns, goes on where it was, and leaves the model as it found it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from invented import save_zorbis
from safetensors.torch import load_file, save_file
from tiny import tiny_sd

from engine.api.control import Control
from engine.api.errors import BadRequest, OutOfMemory, Overflow
from engine.api.events import Finished, ImageReady, Loading, Notice, Step
from engine.api.images import Extent
from engine.api.learnt import LearntKind, Lora
from engine.api.request import GenerationRequest, Sampling
from engine.api.task import request_from_json
from engine.api.training import TrainRequest
from engine.api.wire import request_from_message, request_to_message
from engine.families.family import Reads
from engine.models.cache import Models
from engine.models.catalog import Catalog
from engine.tasks import run
from engine.training import learning, memory_plan, prior
from engine.training.drawing import words_of
from engine.training.lessons import Encoded, Lessons
from engine.training.teach import state_file_of
from engine.training.telling import told

ROOT = Path(__file__).parents[3]
METHODS = [LearntKind.LORA, LearntKind.EMBEDDING]
RATES = {LearntKind.LORA: 0.02, LearntKind.EMBEDDING: 0.5}
NO_RATE = 1e-12
LEAST_GAIN = {LearntKind.LORA: 0.9, LearntKind.EMBEDDING: 0.998}
"""Of the loss; a word alone can say little to a network of random weights."""


@pytest.fixture(scope="module")
def base(tmp_path_factory) -> Path:
    return tiny_sd(tmp_path_factory.mktemp("models") / "base", "v_prediction", zero_snr=True)


@pytest.fixture(scope="module")
def models() -> Models:
    return Models(Catalog(), "cpu")


@pytest.fixture
def request_(base: Path, tmp_path: Path) -> TrainRequest:
    folder = save_zorbis(tmp_path / "zorbis", 4, 64)
    return TrainRequest(
        str(base), str(folder), "zorbi", str(tmp_path / "out" / "zorbi.safetensors"),
        class_words="dog", steps=6, rank=4, prior_pictures=2, seed=3, licence="mine",
    )  # fmt: skip


def events_of(request: TrainRequest, models: Models, control: Control | None = None) -> list:
    return list(run(request, models, control))


def steps_of(events: list) -> list[Step]:
    return [event for event in events if isinstance(event, Step)]


def state_of(path: str) -> dict[str, torch.Tensor]:
    return load_file(path)


def same(first: dict, second: dict) -> bool:
    return first.keys() == second.keys() and all(torch.equal(first[name], second[name]) for name in first)


@pytest.mark.parametrize("method", METHODS)
def test_four_pictures_are_learnt_and_said_as_events(
    request_: TrainRequest, models: Models, method: LearntKind
):
    wish = replace(
        request_, method=method, steps=24, learning_rate=RATES[method], rank=16, vectors=8, prior_weight=0.0
    )
    events = events_of(wish, models)
    steps = steps_of(events)
    assert [step.index for step in steps] == list(range(25))
    assert steps[0].preview is not None and steps[-1].preview is not None
    # every step meets the same pictures, noise and timesteps, whatever is learnt
    idle = steps_of(events_of(replace(wish, learning_rate=NO_RATE), models))
    learnt, still = ([float(str(step.extra["loss"])) for step in run[-8:]] for run in (steps, idle))
    assert sum(learnt) < LEAST_GAIN[method] * sum(still)
    plan = next(event for event in events if isinstance(event, Notice) and event.code == "memory_plan")
    assert int(str(plan.extra["needed_bytes"])) > 0
    assert next(event.stage for event in events if isinstance(event, Loading)) == "model"
    assert isinstance(events[-1], Finished) and events[-1].extra["path"] == wish.output
    found = models.catalog.find_learnt(method, wish.output)
    assert (found.trigger, found.pictures, found.licence) == ("zorbi", 4, "mine")
    assert not state_file_of(wish).exists()


@pytest.mark.parametrize("method", METHODS)
def test_the_base_is_itself_to_the_bit_afterwards(request_: TrainRequest, models: Models, method: LearntKind):
    model = models.load(models.catalog.find(request_.model), torch.float32)
    networks = (model.denoiser, model.text_encoder())
    before = [{name: tensor.clone() for name, tensor in network.state_dict().items()} for network in networks]
    events_of(replace(request_, method=method), models)
    assert models.load(models.catalog.find(request_.model), torch.float32) is model
    for network, kept in zip(networks, before, strict=True):
        assert same(network.state_dict(), kept)
        assert not any(parameter.requires_grad for parameter in network.parameters())


def test_what_was_learnt_is_used_at_once_and_changes_its_own_word_most(
    request_: TrainRequest, models: Models
):
    events_of(replace(request_, steps=8, learning_rate=0.02), models)

    def picture(prompt: str, *loras: Lora) -> np.ndarray:
        request = GenerationRequest(
            request_.model, prompt, "", 64, 64, Sampling("euler", 4, 3.0, seed=1), loras=loras
        )
        unseen = Control(wants_previews=False)  # fitting a preview takes longer than the lesson
        return next(event for event in run(request, models, unseen) if isinstance(event, ImageReady)).pixels

    lora = Lora(request_.output)
    assert not np.array_equal(picture("zorbi"), picture("zorbi", lora))


@pytest.mark.parametrize("method", METHODS)
def test_gone_on_with_after_a_break_it_is_what_it_would_have_been(
    request_: TrainRequest, models: Models, method: LearntKind, tmp_path: Path
):
    wish = replace(request_, method=method)
    events_of(wish, models)
    unbroken = state_of(wish.output)
    Path(wish.output).unlink()
    events = run(wish, models)
    for event in events:
        if isinstance(event, Step) and event.index == 3:
            events.close()  # what was learnt is kept
    assert state_file_of(wish).exists() and not Path(wish.output).exists()
    again = events_of(wish, models)
    assert [event.code for event in again if isinstance(event, Notice)][-1] == "resumed"
    went_on = [step.index for step in steps_of(again)]
    assert went_on == list(range(went_on[0], 7)) and went_on[0] in (4, 5)  # one more may have been under way
    assert same(state_of(wish.output), unbroken)


@pytest.mark.parametrize("what", ["picture", "words", "base"])
def test_what_changed_since_is_learnt_from_the_beginning(
    request_: TrainRequest, models: Models, tmp_path: Path, what: str
):
    own = tiny_sd(tmp_path / "own", "v_prediction", zero_snr=True)
    wish = replace(request_, model=str(own), steps=4)
    events = run(wish, models)
    for event in events:
        if isinstance(event, Step) and event.index == 2:
            events.close()
    first = sorted(Path(wish.folder).glob("*.png"))[0]
    match what:
        case "picture":
            first.write_bytes(sorted(Path(wish.folder).glob("*.png"))[1].read_bytes())
        case "words":
            first.with_suffix(".txt").write_text("zorbi in the rain", "utf-8")
        case "base":
            weights = own / "unet" / "diffusion_pytorch_model.safetensors"
            save_file({name: 2 * tensor for name, tensor in load_file(weights).items()}, weights)
    again = events_of(wish, Models(Catalog(), "cpu"))
    assert not [event for event in again if isinstance(event, Notice) and event.code == "resumed"]
    assert [step.index for step in steps_of(again)] == list(range(5))


@pytest.mark.parametrize("method", METHODS)
def test_what_captions_weigh_is_learnt_with_the_plain_words(
    request_: TrainRequest, models: Models, method: LearntKind
):
    def learnt(caption: str) -> dict[str, torch.Tensor]:
        words = {path.name: caption for path in Path(request_.folder).glob("*.png")}
        events_of(replace(request_, method=method, steps=2, prior_pictures=0, captions=words), models)
        return state_of(request_.output)

    plain = learnt(r"zorbi \(small\) in the snow")
    assert same(learnt(r"(zorbi:1.3) \(small\) in [the] snow<lora:ink:0.5>"), plain)
    assert not same(learnt("zorbi small in the snow"), plain)


def test_what_is_held_on_to_takes_its_share_of_the_time_and_no_more(
    request_: TrainRequest, models: Models, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(prior, "MOST_OF_THE_TIME", 0.0)

    def drawn(**changes: float) -> int:
        events = events_of(replace(request_, prior_pictures=7, **changes), models)  # type: ignore[arg-type]
        return sum(isinstance(event, Loading) and event.stage == "prior" for event in events)

    assert drawn(steps=1) == 7
    assert drawn(steps=0, minutes=0.05) == prior.FEWEST


def test_words_that_the_model_does_not_read_are_said(request_: TrainRequest, models: Models):
    folder = Path(request_.folder)
    (folder / "zorbi-01.txt").write_text("zorbi " + "under a tree " * 60, "utf-8")
    events = events_of(replace(request_, steps=1), models)
    cut = [
        event.extra["name"] for event in events if isinstance(event, Notice) and event.code == "caption_cut"
    ]
    assert cut == ["zorbi-01.png"]


def test_stopped_and_kept_it_saves_what_it_has(request_: TrainRequest, models: Models):
    control = Control()
    found = []
    for event in run(request_, models, control):
        found.append(event)
        if isinstance(event, Step) and event.index == 2:
            control.stop_and_keep()
    assert found[-1].extra["stopped_at"] == 3
    assert Path(request_.output).exists() and not state_file_of(request_).exists()


def test_cancelled_it_ends_without_a_file(request_: TrainRequest, models: Models):
    control = Control()
    for event in run(request_, models, control):
        if isinstance(event, Step) and event.index == 1:
            control.cancel()
    assert not Path(request_.output).exists()
    model = models.load(models.catalog.find(request_.model), torch.float32)
    assert not any("lora" in name for name, _ in model.denoiser.named_modules())


KILLED = """
import json, os, signal, sys
from engine.api.events import Step
from engine.api.training import TrainRequest
from engine.library import save
from engine.families.family import Reads
from engine.models.cache import Models
from engine.models.catalog import Catalog
from engine.tasks import run
from engine.training import learning
learning.SAVE_EVERY_S = 0.0
whole = save._replace
count = 0
def dying(part, target):
    global count
    count += "training" in str(target)
    if count == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    whole(part, target)
save._replace = dying
for event in run(TrainRequest.from_json(json.loads(sys.argv[1])), Models(Catalog(), "cpu")):
    pass
"""


@pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL")
def test_killed_while_saving_it_loses_one_interval_at_most(request_: TrainRequest, models: Models):
    events_of(request_, models)
    unbroken = state_of(request_.output)
    words = [sys.executable, "-c", KILLED, json.dumps(request_.to_json())]
    assert subprocess.run(words, cwd=ROOT, capture_output=True).returncode == -signal.SIGKILL
    again = steps_of(events_of(request_, models))
    assert again[0].index == 3  # two steps were on the disk, the third was being saved
    assert same(state_of(request_.output), unbroken)


def test_a_broken_picture_and_a_broken_caption_are_named_and_the_rest_is_learnt(
    request_: TrainRequest, models: Models
):
    folder = Path(request_.folder)
    (folder / "torn.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    (folder / "zorbi-01.txt").write_bytes(b"\xff\xfe")
    events = events_of(replace(request_, steps=1), models)
    skipped = [
        event.extra["name"] for event in events if isinstance(event, Notice) and event.code == "skipped"
    ]
    assert skipped == ["zorbi-01.txt", "torn.png"]
    assert models.catalog.find_learnt(LearntKind.LORA, request_.output).pictures == 4
    for picture in folder.glob("zorbi*.png"):
        picture.write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    with pytest.raises(BadRequest, match="no picture in zorbis can be opened"):
        events_of(request_, models)


def test_pictures_of_other_proportions_are_learnt_in_their_own(request_: TrainRequest, models: Models):
    from PIL import Image

    Image.fromarray(np.zeros((64, 128, 3), np.uint8)).save(Path(request_.folder) / "wide.png")
    assert isinstance(events_of(replace(request_, steps=3), models)[-1], Finished)


def test_every_picture_is_met_once_an_epoch_whatever_its_size():
    shapes = [(1, 4, 8, 8)] * 5 + [(1, 4, 8, 16)] * 2
    pictures = [
        Encoded(torch.full(shape, float(number)), torch.zeros(shape), str(number))
        for number, shape in enumerate(shapes)
    ]
    lessons = Lessons(pictures, 2, seed=1)
    words = [word for step in range(lessons.batches_per_epoch) for word in lessons.batch(step).words]
    assert set(words) == set("0123456") and len(words) == 8
    first, second = lessons.batch(7), Lessons(pictures, 2, seed=1).batch(7)
    assert first.words == second.words and torch.equal(first.clean, second.clean)


def test_a_loss_that_is_no_number_ends_it_in_words(request_: TrainRequest, models: Models, monkeypatch):
    monkeypatch.setattr(learning, "CLIP", float("nan"))
    with pytest.raises(Overflow, match="Lower the learning rate"):
        events_of(request_, models)


def test_a_plan_that_does_not_fit_takes_less_or_says_so(base: Path, models: Models):
    model = models.load(models.catalog.find(str(base)), torch.float32)
    given = told(model, words_of(model, "zorbi"), Extent(64, 64))

    def plan(free: int):
        return memory_plan.plan(model, Extent(64, 64), 4, 8, free, given)

    roomy = plan(0)
    assert (roomy.batch, roomy.checkpointing) == (8, False)
    tight = plan(roomy.needed_bytes)
    assert tight.batch < 8 and tight.needed_bytes < roomy.needed_bytes
    with pytest.raises(OutOfMemory, match="Choose a smaller size"):
        plan(10_000)
    kept = [memory_plan.kept_bytes(model, Extent(64, 64), 4, given, again) for again in (False, True)]
    assert kept[1] < kept[0]


def test_with_checkpointing_the_same_is_learnt(request_: TrainRequest, models: Models, monkeypatch):
    events_of(request_, models)
    plainly = state_of(request_.output)
    plan = memory_plan.plan

    def thrifty(*words):
        return replace(plan(*words), checkpointing=True)

    monkeypatch.setattr("engine.training.teach.plan", thrifty)
    events_of(request_, models)
    again = state_of(request_.output)
    assert all(torch.allclose(plainly[name], again[name], atol=1e-4) for name in plainly)


def test_a_request_to_learn_crosses_the_pipe_and_the_journal(request_: TrainRequest):
    assert request_from_json(json.loads(json.dumps(request_.to_json()))) == request_
    form, pictures = request_to_message(request_)
    assert request_from_message(json.loads(json.dumps(form)), pictures) == request_
    assert request_.key == request_from_json(request_.to_json()).key != replace(request_, seed=4).key


def test_what_cannot_be_taught_is_said_before_anything_begins(request_: TrainRequest, models: Models):
    with pytest.raises(BadRequest, match="Toy cannot be taught"):
        run(replace(request_, model="toy"), models)
    editor = tiny_sd(Path(request_.folder).parent / "editor", reads=Reads.MASKED_PICTURE)
    with pytest.raises(BadRequest, match="choose the plain model"):
        run(replace(request_, model=str(editor)), models)
    with pytest.raises(BadRequest, match="folder"):
        run(replace(request_, folder=request_.folder + "-gone"), models)

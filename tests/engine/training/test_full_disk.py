"""A full disk and a cancel at every stage of every training: said, nothing half, gone on with afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from drawn import Drawn, tiny_model
from invented import save_zorbis
from safetensors.torch import load_file
from shapes import Shapes
from tiny import tiny_sd

from engine.api.control import Control
from engine.api.errors import CannotSave
from engine.api.events import Event, Finished, Loading, Notice, Step
from engine.api.learnt import LearntKind
from engine.api.training import TrainRequest
from engine.models.cache import Models
from engine.models.catalog import Catalog
from engine.tasks import run
from engine.training import learning
from engine.training.control import train_control
from engine.training.frozen import Frozen
from engine.training.plan import Plan
from engine.training.starter import StarterPlan, train_starter
from engine.training.teach import state_file_of

resource = pytest.importorskip("resource", reason="the limit on a file's size is the system's")
CPU = torch.device("cpu")
TOO_FEW = 4_000
"""Bytes; what is learnt takes more."""
METHODS = [LearntKind.LORA, LearntKind.EMBEDDING]


@pytest.fixture
def fill_disk() -> Iterator[Callable[[bool], None]]:
    """Called with True no file can grow any more: the system's answer is as real as that of a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    def limit(is_full: bool) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (TOO_FEW if is_full else soft, hard))

    yield limit
    limit(False)


def parts(folder: Path) -> list[Path]:
    return list(folder.rglob("*.part"))


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_sd(tmp_path_factory.mktemp("models") / "base", "v_prediction", zero_snr=True)


@pytest.fixture
def models() -> Models:
    return Models(Catalog(), "cpu")


@pytest.fixture
def wish(base: Path, tmp_path: Path) -> TrainRequest:
    folder = save_zorbis(tmp_path / "zorbis", 2, 64)
    return TrainRequest(
        str(base), str(folder), "zorbi", str(tmp_path / "out" / "zorbi.safetensors"),
        class_words="dog", steps=4, rank=8, vectors=32, prior_pictures=1, seed=3,
    )  # fmt: skip


def is_bare(wish: TrainRequest, models: Models) -> bool:
    model = models.load(models.catalog.find(wish.model), torch.float32)
    return not any("lora" in name for name, _ in model.denoiser.named_modules())


@pytest.mark.parametrize("method", METHODS)
def test_a_lesson_whose_state_finds_no_room_is_gone_on_with(
    wish: TrainRequest,
    models: Models,
    method: LearntKind,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    fill_disk: Callable[[bool], None],
):
    monkeypatch.setattr(learning, "SAVE_EVERY_S", 0.0)
    wish = replace(wish, method=method)
    list(run(wish, models))
    unbroken = load_file(wish.output)
    Path(wish.output).unlink()
    events = run(wish, models)
    with closing(events), pytest.raises(CannotSave, match="larger than"):
        for event in events:
            if isinstance(event, Step) and event.index == 2:
                fill_disk(True)
    fill_disk(False)
    assert not Path(wish.output).exists() and not parts(tmp_path) and is_bare(wish, models)
    again = list(run(wish, models))
    assert any(isinstance(event, Notice) and event.code == "resumed" for event in again)
    learnt = load_file(wish.output)
    assert all(torch.equal(learnt[name], tensor) for name, tensor in unbroken.items())


def test_a_lesson_that_is_learnt_and_finds_no_room_at_its_end_is_not_learnt_again(
    wish: TrainRequest, models: Models
):
    target = Path(wish.output)
    target.parent.write_text("a file where the folder should be")
    with pytest.raises(CannotSave, match="cannot be made"):
        list(run(wish, models))
    target.parent.unlink()
    assert state_file_of(wish).exists() and is_bare(wish, models)
    again = list(run(wish, models))
    assert not [event for event in again if isinstance(event, Step)]
    assert target.exists() and not state_file_of(wish).exists()


def test_a_lesson_is_cancelled_at_any_stage(wish: TrainRequest, models: Models, tmp_path: Path):
    for stage in ("model", "lessons", "prior", "first step", "a step"):
        control, reached = Control(), []
        for event in run(wish, models, control):
            if stage_of(event) == stage:
                reached.append(stage)
                control.cancel()
        assert reached and not Path(wish.output).exists(), stage
        assert not parts(tmp_path) and is_bare(wish, models), stage
    finished = list(run(wish, models))[-1]
    assert isinstance(finished, Finished) and Path(wish.output).exists()


def stage_of(event: Event) -> str:
    match event:
        case Loading():
            return event.stage
        case Step():
            return "a step" if event.index else "first step"
    return ""


def test_a_map_whose_state_finds_no_room_is_gone_on_with(tmp_path: Path, fill_disk: Callable[[bool], None]):
    model = tiny_model(tmp_path / "model")
    plan = Plan(steps=6, batch=4, first=4, most=4, report_every_s=0.0, save_every_s=0.0)

    def trained(folder: Path) -> Iterator[Event]:
        frozen = Frozen.load(model, CPU, torch.float32)
        return train_control(["segmentation"], frozen, Drawn(), plan, folder, torch.float32)

    def weights(folder: Path) -> bytes:
        return (folder / "segmentation" / "diffusion_pytorch_model.safetensors").read_bytes()

    list(trained(tmp_path / "whole"))
    with pytest.raises(CannotSave):
        for event in trained(tmp_path / "broken"):
            if isinstance(event, Step) and event.index == 3:
                fill_disk(True)
    fill_disk(False)
    assert not parts(tmp_path)
    list(trained(tmp_path / "broken"))
    assert weights(tmp_path / "broken") == weights(tmp_path / "whole")


PHASES = ("autoencoder", "denoiser", "decoder")


@pytest.mark.parametrize("phase", PHASES)
def test_a_starter_is_gone_on_with_after_a_full_disk_or_a_cancel_in_any_phase(
    phase: str, tmp_path: Path, fill_disk: Callable[[bool], None]
):
    def events() -> Iterator[Event]:
        plan = StarterPlan(
            tmp_path / "work",
            tmp_path / "model",
            steps=(2, 2, 2),
            preset="tiny",
            device="cpu",
            ranks=1,
            workers=0,
        )
        return train_starter(plan, Shapes)

    def reach(stream: Iterator[Event]) -> None:
        next(each for each in stream if isinstance(each, Step) and each.extra["phase"] == phase)

    cancelled = events()
    reach(cancelled)
    cancelled.close()  # type: ignore[attr-defined]
    full = events()
    reach(full)
    fill_disk(True)
    with pytest.raises(CannotSave):
        list(full)
    fill_disk(False)
    assert not parts(tmp_path)
    last = list(events())[-1]
    assert isinstance(last, Finished) and last.extra["done"]
    assert (tmp_path / "model" / "unet" / "diffusion_pytorch_model.safetensors").exists()

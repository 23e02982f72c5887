"""The judge and what it is asked: marks, figures, sheets, and a whole evaluation of a tiny model."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from drawn import tiny_model
from tiny_sprites import tiny_pack, tiny_sprites

from engine.api.errors import BadRequest, UnreadableFile, UnsupportedModel
from engine.api.events import Finished, Step
from engine.cli.train_evaluate import kept_judge
from engine.training.data.pack import Sprites
from engine.training.evaluation.card import card, energy_kwh, table
from engine.training.evaluation.drawing import Painter
from engine.training.evaluation.evaluate import Extent, evaluate
from engine.training.evaluation.exam import HELD_OUT, Exam
from engine.training.evaluation.exhibits import contact_choice
from engine.training.evaluation.judge import SMALL, Judge, Size, judge_pictures
from engine.training.evaluation.judge_training import train_judge
from engine.training.evaluation.kept import drawn
from engine.training.evaluation.marks import Asked, Namesakes, marks_of
from engine.training.evaluation.metrics import Share, frechet_distance, psnr, rank_of, ssim
from engine.training.evaluation.report import Report, Training
from engine.training.evaluation.sheet import Labelled, sheet, wrapped
from engine.training.evaluation.vocabulary import Vocabulary
from engine.training.plan import Plan
from engine.training.scene_blocks import SceneBlocks, with_facts
from engine.training.scenes import Item, Scene, compose, is_held_out

CPU = torch.device("cpu")
NARROW = Size((16, 16, 32, 32), (1, 1, 1, 1))
FOUR = [
    Scene(1, "plain", backdrop="white", items=(Item("dog", "3d", 0.5, 0.9, 0.7),)),
    Scene(2, "plain", backdrop="white", items=(Item("grapes", "flat", 0.5, 0.9, 0.7),)),
    Scene(3, "snow", 0.6, weather="snow", covered=True, items=(Item("house", "3d", 0.5, 0.9, 0.6),)),
    Scene(
        4, "field", 0.6, relation="left",
        items=(Item("boy", "3d", 0.25, 0.9, 0.4), Item("red-apple", "3d", 0.75, 0.9, 0.35)),
    ),
]  # fmt: skip


@pytest.fixture(scope="module")
def sprites() -> Sprites:
    return tiny_sprites()


@pytest.fixture
def four(monkeypatch: pytest.MonkeyPatch) -> list[Scene]:
    """The only scenes that there are to learn from, in turn."""
    turn = iter(FOUR * 1000)
    monkeypatch.setattr("engine.training.scene_blocks.sample_scene", lambda *_: next(turn))
    return FOUR


def pack_at(folder: Path) -> Path:
    path = folder / "sprites.pack"
    path.write_bytes(tiny_pack())
    return path


def trained_judge(folder: Path, steps: int) -> Path:
    pack, path = pack_at(folder), folder / "judge.safetensors"
    plan = Plan(steps=steps, batch=4, first=4, most=4, matrix_rate=0.03, rate=1e-2)
    blocks = SceneBlocks(pack, with_facts, 128, size=4)
    vocabulary = Vocabulary.of(Sprites.load(pack).concepts)
    list(train_judge(vocabulary, NARROW, blocks, plan, path, CPU, torch.float32))
    return path


def test_the_judge_learns_four_pictures_and_says_what_they_show(
    four: list[Scene], tmp_path: Path, sprites: Sprites
):
    judge = Judge.load(trained_judge(tmp_path, 45), CPU)
    opinion = judge_pictures(judge, [compose(scene, sprites, 256).rgb for scene in four])
    names = Namesakes(sprites.concepts)
    for row, scene in enumerate(four):
        marks = marks_of(judge, names.asked(scene), opinion, row)
        assert marks["place"] and marks["weather"] and marks["count"], (row, marks)
        assert marks.get("top5", True) and marks.get("both", True), (row, marks)
    assert torch.allclose(opinion.embedding.norm(dim=1), torch.ones(4), atol=1e-4)
    assert judge.history["task"] == "judge"


def test_the_small_judge_looks_in_as_many_places_as_the_large_one(sprites: Sprites, tmp_path: Path):
    judge = Judge(Vocabulary.of(sprites.concepts), SMALL)
    (tmp_path / "small.safetensors").write_bytes(judge.to_bytes({}))
    kept = Judge.load(tmp_path / "small.safetensors", CPU)
    assert kept.size == SMALL
    assert judge_pictures(kept, [np.zeros((128, 128, 3), np.uint8)]).cells.shape[-1] == 64


def test_a_judge_may_look_at_smaller_pictures_and_is_kept_so(sprites: Sprites, tmp_path: Path):
    judge = Judge(Vocabulary.of(sprites.concepts), replace(NARROW, side=64)).eval()
    (tmp_path / "judge.safetensors").write_bytes(judge.to_bytes({}))
    kept = Judge.load(tmp_path / "judge.safetensors", CPU)
    assert kept.size.side == 64
    assert judge_pictures(kept, [np.zeros((256, 256, 3), np.uint8)]).cells.shape[-1] == 16


def test_what_was_drawn_is_not_drawn_again_unless_the_model_or_the_way_is_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    painter = Painter(tiny_model(tmp_path / "model"), CPU)
    painter.steps = 1
    asked = [("a dog", 5), ("a cat", 6), ("a dog", 7)]
    first = list(drawn(painter, asked, tmp_path / "kept", 2))
    torn = sorted((tmp_path / "kept").iterdir())[0]
    torn.write_bytes(torn.read_bytes()[:60])
    painted: list[tuple[str, int]] = []
    paint = painter.paint_each

    def counted(some):
        painted.extend(some)
        return paint(some)

    monkeypatch.setattr(painter, "paint_each", counted)
    again = list(drawn(painter, asked, tmp_path / "kept", 2))
    assert len(painted) == 1  # the torn one
    assert all(np.abs(one.astype(int) - other).max() <= 1 for one, other in zip(first, again, strict=True))
    painter.steps = 2
    list(drawn(painter, asked, tmp_path / "kept", 2))
    assert len(painted) == 4


def test_a_file_that_is_no_judge_is_named(tmp_path: Path):
    path = tmp_path / "other.safetensors"
    path.write_bytes(b"nothing")
    with pytest.raises(UnreadableFile, match="other"):
        Judge.load(path, CPU)


def test_the_judge_beside_the_sources_is_read_is_small_and_is_not_packed(sprites: Sprites):
    root = Path(__file__).parents[3]
    path = kept_judge(root)
    judge = Judge.load(path, CPU)
    assert path.stat().st_size < 16_000_000 and len(judge.vocabulary.concepts) > 800
    assert int(str(judge.history["samples"])) > 300_000
    packed = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["build"]["targets"]
    assert path.parent.name not in (*packed["wheel"]["packages"], *packed["sdist"]["include"])
    with pytest.raises(BadRequest, match="lienzo train judge"):
        kept_judge(root / "engine")  # as in an installed package


def test_a_word_may_mean_several_concepts(sprites: Sprites):
    names = Namesakes(sprites.concepts)
    number = [concept.id for concept in sprites.concepts].index
    dog = Scene(0, "plain", items=(Item("dog", "3d", 0.5, 0.9, 0.7),))
    assert names.asked(dog).things == (frozenset({number("dog")}),)
    beagle = names.asked(dog, "en", "a tabby")
    assert beagle.things == (frozenset({number("dog"), number("cat")}),)


def test_two_things_are_both_found_though_each_is_nearer_than_the_other(sprites: Sprites):
    judge = Judge(Vocabulary.of(sprites.concepts), NARROW).eval()
    opinion = judge_pictures(judge, [np.zeros((128, 128, 3), np.uint8)])
    opinion.concepts[0] = torch.arange(10.0)
    scene = replace(FOUR[3], relation="")
    marks = marks_of(judge, Asked(scene, (frozenset({9}), frozenset({8}))), opinion, 0)
    assert marks["both"] and marks["both_top1"]
    marks = marks_of(judge, Asked(scene, (frozenset({9}), frozenset({2}))), opinion, 0)
    assert not marks["both"]


@pytest.fixture(scope="module")
def exam(sprites: Sprites) -> Exam:
    return Exam(sprites, 64, 16)


def test_the_exam_asks_the_same_each_time_and_nothing_that_training_shows(exam: Exam, sprites: Sprites):
    assert exam.questions == Exam(sprites, 64, 16).questions
    assert all(is_held_out(scene) for scene in (*exam.scenes, *exam.others))
    assert {question.text for question in exam.questions if question.in_training} <= {"a dog", "un perro"}
    sets = {question.set for question in exam.questions}
    assert {"labels", "spanish", "synonyms", "lecture", HELD_OUT} <= sets
    assert sum(question.set == "lecture" for question in exam.questions) == 10


def test_figures_are_as_published():
    chance = np.random.default_rng(0)
    one = chance.integers(0, 256, (32, 32, 3), dtype=np.uint8)
    assert psnr(one, one) == 100 and ssim(one, one) == pytest.approx(1)
    assert psnr(np.zeros_like(one), np.full_like(one, 255)) == pytest.approx(0)
    crowd = chance.normal(size=(4000, 4))
    assert frechet_distance(crowd, crowd) == pytest.approx(0, abs=1e-6)
    assert frechet_distance(crowd, crowd + 3) == pytest.approx(4 * 9, rel=0.01)
    assert frechet_distance(crowd, crowd * 2) == pytest.approx(4, rel=0.1)
    assert rank_of(torch.tensor([0.1, 0.9, 0.5]), {0, 2}) == 1
    low, high = Share(90, 100).interval
    assert 0.82 < low < 0.9 < high < 0.95


def test_words_are_broken_and_cut_to_the_cell():
    from PIL import ImageFont

    font = ImageFont.load_default(11)
    assert all(
        font.getlength(line) <= 60 for line in wrapped("a very long sentence about dogs" * 2, 60, font)
    )
    picture = Labelled(np.zeros((8, 8, 3), np.uint8), "a dog", "judge: cat")
    assert sheet([picture] * 5, columns=4, cell=32).shape[2] == 3


def test_a_model_folder_that_is_none_is_named(tmp_path: Path):
    with pytest.raises(UnsupportedModel, match=tmp_path.name):
        Painter(tmp_path, CPU)


def test_a_seed_is_a_picture_in_any_batch(tmp_path: Path):
    painter = Painter(tiny_model(tmp_path / "model"), CPU)
    painter.steps = 2
    prompts = ["a dog", "a cat", "a house"]
    one, many = (list(painter.paint(prompts, 5, batch)) for batch in (1, 3))
    for alone, together in zip(one, many, strict=True):
        assert np.abs(alone.astype(int) - together).max() <= 1


def test_a_whole_evaluation_is_written_down(four: list[Scene], tmp_path: Path, sprites: Sprites):
    judge, model = trained_judge(tmp_path, 2), tiny_model(tmp_path / "model")
    extent = Extent(prompts=1, scenes=8, trained=8, steps=1, measures_speed=False)
    history = [Training("denoiser", "NVIDIA H100", 600, 1_000_000)]
    events = list(evaluate(model, judge, sprites, tmp_path / "out", extent, CPU, history))
    assert isinstance(events[-1], Finished) and any(isinstance(event, Step) for event in events)
    report = Report.from_bytes((tmp_path / "out" / "evaluation.json").read_bytes())
    assert report.training == tuple(history) and report.reconstruction.pictures == 8
    assert {"labels", "two objects", HELD_OUT} <= {result.name for result in report.sets}
    assert len(report.lecture) == 10
    text = (tmp_path / "out" / "README.md").read_text("utf-8")
    assert text == card(report, sprites)
    for name in ("contact", "nearest", "autoencoder", "held-out"):
        assert (tmp_path / "out" / f"{name}.png").stat().st_size > 1000
    assert f"| denoiser | NVIDIA H100 | 10.0 | 1000000 | {energy_kwh(history[0]):.2f} |" in text


def test_what_would_end_a_cell_is_escaped():
    assert table(("a",), [("x|y",)]).splitlines()[-1] == "| x\\|y |"


def test_the_contact_sheet_has_the_lecture_and_something_of_every_set(exam: Exam):
    chosen = contact_choice(exam.questions)
    assert len(chosen) == len(set(chosen)) <= 64
    sets = [exam.questions[row].set for row in chosen]
    assert sets.count("lecture") == 10 and set(sets) == {question.set for question in exam.questions}

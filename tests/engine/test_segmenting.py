"""Selecting by box and points, with real Segment Anything classes at a tiny size, held to the stock way."""

from __future__ import annotations

import json
import shutil
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from tiny_segmenters import SIDE, save_original, save_segmenter, tiny_segmenter
from transformers.models.sam.image_processing_pil_sam import SamImageProcessorPil

import engine.segmenting
from engine.api.control import Control
from engine.api.errors import (
    BadRequest,
    EngineError,
    ModelNotFound,
    OutOfMemory,
    UnsafeFile,
    UnsupportedModel,
)
from engine.api.events import Finished, Loading, MaskReady
from engine.api.images import ImageInput
from engine.api.model_file import FileKind
from engine.api.rect import Rect
from engine.api.segment import PromptPoint, SegmenterInfo, SegmenterType, SegmentRequest
from engine.api.task import request_from_json
from engine.api.wire import event_from_message, event_to_message, request_from_message, request_to_message
from engine.models.cache import Models
from engine.models.catalog import Catalog
from engine.models.places.walk import places
from engine.models.scanning.describe import describe
from engine.segmenting import prepared
from engine.tasks import run

KINDS = ("SAM", "SAM-HQ", "SAM 2", "SAM 2, video")
BOX = Rect(10, 6, 40, 20)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("segmenters")
    for kind in KINDS:
        save_segmenter(folder / kind, kind)
    save_original(folder / "original.safetensors")
    return folder


@pytest.fixture
def models(folder: Path, own_home: Path) -> Models:
    return Models(Catalog([folder]), device="cpu")


def picture(width: int = 100, height: int = 60, seed: int = 0) -> ImageInput:
    return ImageInput.of(np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8))


def ask(model: str, **changes) -> SegmentRequest:
    points = (PromptPoint(30, 15), PromptPoint(48, 24, False))
    return replace(SegmentRequest(picture(), BOX, points, model), **changes)


def answer(request: SegmentRequest, models: Models) -> MaskReady:
    events = list(run(request, models))
    assert isinstance(events[-1], Finished)
    (found,) = [event for event in events if isinstance(event, MaskReady)]
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_it_answers_as_the_stock_class_does(kind: str, models: Models):
    """Pixels, prompt and mask go in and out as the stock forward pass takes and gives them."""
    network = tiny_segmenter("SAM 2" if kind == "SAM 2, video" else kind)
    if kind == "SAM 2, video":
        stock = tiny_segmenter(kind)
        network.load_state_dict(stock.state_dict(), strict=False)
    request = ask(kind)
    loaded = models.load_segmenter(models.catalog.find_segmenter(kind))
    assert request.image.pixels is not None
    pixels = prepared(request.image.pixels, loaded)
    is_square = kind.startswith("SAM 2")
    across, down = (SIDE / 100, SIDE / 60) if is_square else (SIDE / 100, 38 / 60)
    box = torch.tensor([[[10 * across, 6 * down, 50 * across, 26 * down]]])
    points = torch.tensor([[[[30 * across, 15 * down], [48 * across, 24 * down]]]])
    with torch.inference_mode():
        out = network(
            pixel_values=pixels, input_boxes=box, input_points=points,
            input_labels=torch.tensor([[[1, 0]]]), multimask_output=False,
        )  # fmt: skip
        logits = out.pred_masks[0, 0]
        if not is_square:
            logits = torch.nn.functional.interpolate(logits[None], (SIDE, SIDE), mode="bilinear")[0, :, :38]
        wanted = torch.nn.functional.interpolate(logits[None], (60, 100), mode="bilinear")[0, 0]
    found = answer(request, models)
    assert found.coverage.shape == (60, 100)
    assert 0 < (found.coverage >= 128).mean() < 1
    assert np.abs(found.coverage - wanted.sigmoid().numpy() * 255).max() <= 1
    assert found.score == pytest.approx(float(out.iou_scores.max()), abs=1e-4)


def test_a_picture_goes_in_as_the_makers_own_preprocessor_prepares_it(models: Models):
    loaded = models.load_segmenter(models.catalog.find_segmenter("SAM"))
    processor = SamImageProcessorPil(
        size={"longest_edge": SIDE}, pad_size={"height": SIDE, "width": SIDE},
        mask_size={"longest_edge": 16}, mask_pad_size={"height": 16, "width": 16},
    )  # fmt: skip
    pixels = picture(130, 77).pixels
    assert pixels is not None
    theirs = processor(pixels, return_tensors="pt")["pixel_values"]
    ours = prepared(pixels, loaded)
    assert ours.shape == theirs.shape == (1, 3, SIDE, SIDE)
    assert (ours - theirs).abs().max() < 0.02  # one level of 255 in ImageNet's spread


def test_original_names_in_one_file_are_the_same_network(models: Models):
    by_folder, by_file = (answer(ask(name), models) for name in ("SAM", "original"))
    assert np.array_equal(by_folder.coverage, by_file.coverage)
    assert by_folder.score == by_file.score


def test_the_second_loop_over_a_picture_looks_at_it_no_more(models: Models):
    first = list(run(ask("SAM"), models))
    assert [event.share for event in first if isinstance(event, Loading) and event.stage == "image"]
    other = list(run(ask("SAM", box=Rect(50, 30, 40, 20)), models))
    assert not [event for event in other if isinstance(event, Loading) and event.stage == "image"]
    fresh = Models(models.catalog, device="cpu")
    alone = answer(ask("SAM", box=Rect(50, 30, 40, 20)), fresh)
    assert np.array_equal(next(e for e in other if isinstance(e, MaskReady)).coverage, alone.coverage)
    for seed in range(1, 7):
        answer(ask("SAM", image=picture(seed=seed)), models)
    assert len(models.load_segmenter(models.catalog.find_segmenter("SAM")).pictures) == 4


def test_points_alone_choose_the_best_of_three(models: Models):
    found = answer(ask("SAM", box=None, points=(PromptPoint(30, 15),)), models)
    assert found.coverage.shape == (60, 100)


def test_cancel_ends_it_at_the_next_layer(models: Models):
    loaded = models.load_segmenter(models.catalog.find_segmenter("SAM"))
    control, reached = Control(), []
    for number, layer in enumerate(loaded.layers):
        layer.register_forward_hook(lambda *_, number=number: reached.append(number))
    hook = loaded.layers[0].register_forward_hook(lambda *_: control.cancel())
    seen = list(run(ask("SAM", image=picture(seed=9)), models, control))
    assert not any(isinstance(event, MaskReady | Finished) for event in seen)
    assert reached == [0]
    assert not loaded.pictures
    hook.remove()
    assert answer(ask("SAM", image=picture(seed=9)), models).coverage.any()


def test_closing_the_iterator_cancels_too(models: Models):
    loaded = models.load_segmenter(models.catalog.find_segmenter("SAM"))
    in_layer, may_go_on = threading.Event(), threading.Event()

    def wait(*_: object) -> None:
        in_layer.set()
        may_go_on.wait(20)

    hook = loaded.layers[0].register_forward_hook(wait)
    events = run(ask("SAM"), models)
    for event in events:
        if isinstance(event, Loading) and event.stage == "image" and in_layer.wait(20):
            break
    threading.Timer(0.2, may_go_on.set).start()
    events.close()  # type: ignore[attr-defined]
    assert not loaded.pictures
    hook.remove()


def test_what_cannot_fit_is_said_before_a_number_is_read(models: Models, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(engine.segmenting, "free_bytes", lambda _: 1000)
    with pytest.raises(OutOfMemory, match=r"SAM needs about .* Close other programs, or choose a smaller"):
        list(run(ask("SAM"), models))
    assert models.bytes_of_segmenter(models.catalog.find_segmenter("SAM")) == 0


def test_the_models_page_and_the_catalog_know_them(folder: Path, models: Models):
    found = {file.name: file for file in map(describe, places(folder))}
    assert {name: file.kind for name, file in found.items()} == dict.fromkeys(
        (*KINDS, "original"), FileKind.SEGMENTER
    )
    assert found["SAM 2, video"].variant == "SAM 2"
    infos = {info.name: info for info in models.catalog.beside(SegmenterInfo)}
    assert set(infos) == set(found)
    assert infos["SAM-HQ"].type is SegmenterType.SAM_HQ
    assert infos["SAM"].side == SIDE
    assert infos["SAM"].needs_bytes > infos["SAM"].parameters * 4
    again = Catalog([folder]).beside(SegmenterInfo)  # from the scan's memory
    assert again == list(infos.values())
    assert not Catalog([folder]).broken()
    assert not {info.name for info in models.catalog.infos()} & set(found)
    assert models.catalog.find_segmenter("").name == "original"
    assert models.catalog.find_segmenter(str(folder / "SAM")).type is SegmenterType.SAM
    with pytest.raises(UnsupportedModel, match="draws nothing"):
        models.catalog.find(str(folder / "SAM"))
    with pytest.raises(ModelNotFound, match="no segmenter 'x'; the ones here are: original, SAM"):
        models.catalog.find_segmenter("x")


def hostile(folder: Path, name: str) -> None:
    config = folder / "config.json"
    form = json.loads(config.read_text())
    match name:
        case "code":
            (folder / "modeling.py").write_text("raise SystemExit")
        case "key":
            config.write_text(json.dumps({**form, "auto_map": {"AutoModel": "x--y.Z"}}))
        case "pickle":
            (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
        case "cut":
            weights = folder / "model.safetensors"
            weights.write_bytes(weights.read_bytes()[:-8])
        case "bomb":
            form["vision_config"]["backbone_config"]["blocks_per_stage"] = [2**20] * 4
            config.write_text(json.dumps(form))
        case "sizes":
            form["vision_config"]["backbone_feature_sizes"] = [[99, 99], [50, 50], [25, 25]]
            config.write_text(json.dumps(form))
        case "other":
            form["mask_decoder_config"]["mlp_dim"] = 32
            config.write_text(json.dumps(form))


@pytest.mark.parametrize(
    ("kind", "name", "error", "words"),
    [
        ("SAM", "code", UnsafeFile, "brings program code"),
        ("SAM", "key", UnsafeFile, "asks to run code"),
        ("SAM", "pickle", EngineError, "pickle"),
        ("SAM", "cut", UnsafeFile, "get it again"),
        ("SAM 2", "bomb", UnsupportedModel, "blocks_per_stage"),
        ("SAM 2", "sizes", UnsupportedModel, "feature maps"),
        ("SAM 2", "other", UnsupportedModel, "does not fit its architecture"),
    ],
)
def test_damaged_and_hostile_folders_are_refused_by_name(
    folder: Path, own_home: Path, tmp_path: Path, kind: str, name: str, error: type, words: str
):
    copy = shutil.copytree(folder / kind, tmp_path / "model")
    hostile(copy, name)
    with pytest.raises(error, match=f"(?i){words}"):
        list(run(ask(str(copy)), Models(Catalog(), device="cpu")))


def test_weights_that_are_no_numbers_are_refused(tmp_path: Path, own_home: Path):
    network = tiny_segmenter()
    with torch.no_grad():
        network.mask_decoder.iou_token.weight[0, 0] = float("nan")
    network.save_pretrained(tmp_path / "nan")
    with pytest.raises(UnsafeFile, match="1 numbers in its weights are infinite or no numbers"):
        list(run(ask(str(tmp_path / "nan")), Models(Catalog(), device="cpu")))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"box": None, "points": ()}, "box: is missing"),
        ({"box": Rect(200, 0, 10, 10)}, "box: lies outside the picture of 100x60"),
        ({"points": (PromptPoint(101, 5),)}, r"points: \(101, 5\) lies outside"),
        ({"points": (PromptPoint(1, 5),) * 65}, "points: are 65; at most 64"),
        ({"image": ImageInput("00", 10, 10)}, "image: the pixels of the picture are missing"),
    ],
)
def test_wrong_values_are_named(changes: dict, words: str, models: Models):
    with pytest.raises(BadRequest, match=words):
        run(ask("SAM", **changes), models)


def test_request_and_answer_cross_the_pipe():
    request = ask("SAM")
    assert request_from_json(json.loads(json.dumps(request.to_json()))) == request
    read = request_from_message(*request_to_message(request))
    assert isinstance(read, SegmentRequest)
    assert read == request
    assert read.image.pixels is not None
    assert request.image.pixels is not None
    assert np.array_equal(read.image.pixels, request.image.pixels)
    made = MaskReady(np.arange(12, dtype=np.uint8).reshape(3, 4), 0.5)
    back = event_from_message(*event_to_message(made))
    assert isinstance(back, MaskReady)
    assert back.score == 0.5
    assert np.array_equal(back.coverage, made.coverage)


def test_a_picture_job_after_it_finds_its_memory_free(models: Models):
    answer(ask("SAM"), models)
    assert models.bytes > 0
    models.keep_only(models.catalog.find("toy"), torch.float32)
    assert models.bytes == 0

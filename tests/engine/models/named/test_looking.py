"""Maps drawn by networks from the artist's folders: what transformers says, and what is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import transformers
from PIL import Image
from tiny import full_tokenizer, tiny_controlnet, tiny_sd
from tiny_vision import NETWORKS, tiny_vision
from torch.nn import functional

from engine.api.control import Control
from engine.api.errors import BadRequest, ModelNotFound, UnsafeFile, UnsupportedModel
from engine.api.events import Finished, ImageReady, Loading, MapReady
from engine.api.images import Extent, ImageInput
from engine.api.look import LookRequest
from engine.api.maps import MapInput, MapKind
from engine.api.model_file import FileKind
from engine.api.pose import COLOURS
from engine.api.request import GenerationRequest, Sampling
from engine.api.vision import VisionInfo, VisionKind
from engine.api.wire import (
    event_from_message,
    event_to_message,
    request_from_message,
    request_to_message,
)
from engine.conditioning.maps import ade20k, seen
from engine.conditioning.maps.drawn import drawn
from engine.models.cache import Models
from engine.models.catalog import Catalog
from engine.models.named.looking import Drawn, chosen, draw
from engine.models.places.walk import place_of
from engine.models.scanning.describe import describe
from engine.tasks import run

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("vision")
    for name in NETWORKS:
        if name != "rt-detr":
            tiny_vision(name, root / name)
    return root


@pytest.fixture(scope="module")
def catalog(folder) -> Catalog:
    return Catalog([folder])


def scene(width: int = 80, height: int = 60) -> np.ndarray:
    y, x = np.mgrid[0:height, 0:width]
    pixels = np.stack([x * 3, y * 4, 255 - x * 2], axis=2).astype(np.uint8)
    pixels[20:50, 30:60] = (250, 30, 30)
    return pixels


def made(kind: MapKind, by: str, catalog: Catalog) -> Drawn:
    return draw(kind, scene(), 0.5, chosen(kind, by, catalog), catalog, CPU)


def test_each_is_recognised_by_its_configuration_and_listed(catalog):
    infos = {info.name: info for info in catalog.beside(VisionInfo)}
    assert {name: info.kind for name, info in infos.items()} == {
        "depth-anything": VisionKind.DEPTH, "dpt": VisionKind.DEPTH, "segformer": VisionKind.SEGMENTATION,
        "mask2former": VisionKind.SEGMENTATION, "oneformer": VisionKind.SEGMENTATION,
        "vitpose": VisionKind.POSE,
    }  # fmt: skip
    assert infos["segformer"].classes == 150 and infos["dpt"].parameters > 0
    assert {info.name for info in Catalog(catalog.folders).beside(VisionInfo)} == set(infos)
    assert not catalog.broken()
    file = describe(place_of(infos["dpt"].path))
    assert (file.kind, file.variant) == (FileKind.VISION, "depth") and "DPTForDepthEstimation" in file.why[0]


@pytest.mark.parametrize(
    ("name", "kind"),
    [("depth-anything", "DepthAnythingForDepthEstimation"), ("dpt", "DPTForDepthEstimation")],
)
def test_depth_is_what_transformers_says_stretched_to_black_and_white(folder, catalog, name, kind):
    network = getattr(transformers, kind).from_pretrained(folder / name).eval()
    eyes = transformers.DPTImageProcessorPil.from_pretrained(folder / name)
    with torch.inference_mode():
        given = eyes(images=Image.fromarray(scene()), return_tensors="pt")
        depth = network(**given).predicted_depth
        depth = functional.interpolate(depth[:, None].float(), (60, 80), mode="bicubic")[0, 0].numpy()
    expected = seen.depth_seen(seen.near_of(depth, is_distance=False))[..., 0]  # flat where all is alike
    result = made(MapKind.DEPTH, name, catalog)
    assert result.by == name and result.pixels.shape == (60, 80, 3)
    assert np.abs(result.pixels[..., 0].astype(int) - expected).max() <= 1
    assert (result.pixels[..., :1] == result.pixels).all()
    normals = made(MapKind.NORMAL, name, catalog).pixels
    assert normals.shape == (60, 80, 3)


def test_segmentation_has_ade20k_s_colours_where_those_are_its_classes(folder, catalog):
    network = transformers.SegformerForSemanticSegmentation.from_pretrained(folder / "segformer").eval()
    eyes = transformers.SegformerImageProcessorPil.from_pretrained(folder / "segformer")
    with torch.inference_mode():
        said = network(**eyes(images=Image.fromarray(scene()), return_tensors="pt"))
    labels = eyes.post_process_semantic_segmentation(said, target_sizes=[(60, 80)])[0].numpy()
    result = made(MapKind.SEGMENTATION, "segformer", catalog)
    assert np.array_equal(result.pixels, np.asarray(ade20k.COLOURS, np.uint8)[labels])
    other = made(MapKind.SEGMENTATION, "mask2former", catalog)
    assert other.by == "mask2former" and other.pixels.shape == (60, 80, 3)


def test_oneformer_is_told_its_task_as_its_makers_processor_tells_it(folder, catalog):
    network = transformers.OneFormerForUniversalSegmentation.from_pretrained(folder / "oneformer").eval()
    eyes = transformers.Mask2FormerImageProcessorPil.from_pretrained(folder / "oneformer")
    tokenizer = full_tokenizer(1)
    # as OneFormerProcessor._preprocess_text has it
    told = tokenizer(["the task is semantic"], padding="max_length", max_length=77, truncation=True)
    task = torch.tensor(told["attention_mask"]) * torch.tensor(told["input_ids"])
    given = eyes(images=Image.fromarray(scene()), return_tensors="pt", size_divisor=1)
    with torch.inference_mode():
        said = network(pixel_values=given.pixel_values, task_inputs=task)
    labels = eyes.post_process_semantic_segmentation(said, target_sizes=[(60, 80)])[0].numpy()
    result = made(MapKind.SEGMENTATION, "oneformer", catalog)
    assert np.array_equal(result.pixels, seen.classes_seen(labels, 5)) and result.by == "oneformer"


def test_the_table_of_colours_is_whole():
    assert len(ade20k.COLOURS) == 150 and ade20k.COLOURS[2] == (6, 230, 230)  # sky
    assert [len({getattr(entry, name) for entry in ade20k.CLASSES}) for name in ("en", "es")] == [150, 150]
    assert ade20k.COLOURS[12] == (150, 5, 61) and ade20k.COLOURS[-1] == (92, 0, 255)  # person, flag
    few = seen.classes_seen(np.arange(-1, 6).reshape(1, -1), 6)
    assert len(np.unique(few.reshape(-1, 3), axis=0)) == 7 and not few[0, 0].any()


def test_a_pose_is_found_in_the_whole_picture_or_in_each_box(folder, catalog, tmp_path):
    alone = made(MapKind.POSE, "", catalog)
    assert alone.by == "vitpose" and len(alone.figures) <= 1
    tiny_vision("rt-detr", tmp_path / "rt-detr")
    both = Catalog([folder, tmp_path])
    found = made(MapKind.POSE, "vitpose", both)
    assert found.pixels.shape == (60, 80, 3), "random weights find whom they like"


@pytest.mark.parametrize(("kind", "by"), [(MapKind.POSE, "vitpose"), (MapKind.DEPTH, "dpt")])
def test_a_look_before_a_picture_gives_the_map_and_the_people_and_crosses_the_pipe(folder, kind, by):
    models = Models(Catalog([folder]), "cpu")
    request = LookRequest(ImageInput.of(scene()), kind, by=by)
    read = request_from_message(*request_to_message(request))
    assert isinstance(read, LookRequest) and read == request
    first, *between, ready, last = run(read, models)
    assert first == Loading("drawing_maps") and isinstance(last, Finished)
    shares = [event.share for event in between if isinstance(event, Loading)]
    assert len(shares) > 3 and shares == sorted(shares) and shares[0] == 0 and shares[-1] > 0.8
    expected = made(kind, by, models.catalog)
    back = event_from_message(*event_to_message(ready))
    assert isinstance(back, MapReady) and back.by == by and back.figures == expected.figures
    assert np.array_equal(back.pixels, expected.pixels)
    with pytest.raises(ModelNotFound, match="nowhere"):
        run(replace(request, by="nowhere"), models)
    with pytest.raises(BadRequest, match="detail"):
        run(replace(request, detail=2.0), models)


class Impatient(Control):
    """Cancelled in the midst of the network: a reader's own cancel may come when so small a one is done."""

    asked = 0

    @property
    def is_cancelled(self) -> bool:
        self.asked += 1
        return self.asked > 12


def test_a_look_that_nobody_waits_for_ends_within_a_layer(folder):
    models, control = Models(Catalog([folder]), "cpu"), Impatient()
    said = list(run(LookRequest(ImageInput.of(scene()), MapKind.DEPTH, by="dpt"), models, control))
    assert all(isinstance(event, Loading) for event in said)
    assert 0 < said[-1].share < 0.5 and control.asked < 20


def test_joints_are_put_in_openpose_s_order_with_a_neck():
    joints = np.stack([np.arange(17) * 5.0, np.arange(17) * 3.0], axis=1)
    scores = np.ones(17)
    scores[0] = 0.1
    figure = seen.figure_of(joints, scores, Extent(100, 60))
    assert figure is not None and figure.points[0] is None
    assert figure.points[2] == (0.30, 0.30) and figure.points[5] == (0.25, 0.25)  # right, left shoulder
    assert figure.points[1] == pytest.approx((0.275, 0.275))
    assert figure.points[17] == (0.15, 0.15) and figure.points[16] == (0.20, 0.20)  # left, right ear
    shown = seen.people_seen([figure], Extent(100, 60))
    assert any((shown.reshape(-1, 3) == COLOURS[2]).all(axis=1))
    assert seen.figure_of(joints, np.zeros(17), Extent(100, 60)) is None


def test_metres_become_nearness():
    near = seen.near_of(np.array([[1.0, 2.0, 10.0]]), is_distance=True)
    assert near[0, 0] == 1 and near[0, 2] == 0 and 0.4 < near[0, 1] < 0.5
    assert not seen.near_of(np.ones((2, 2)), False).any()


def test_without_a_network_it_is_the_classical_map_and_says_so(catalog):
    result = made(MapKind.DEPTH, "none", catalog)
    assert result.by == "" and np.array_equal(result.pixels, drawn(MapKind.DEPTH, scene()))
    assert made(MapKind.DEPTH, "", Catalog()).by == ""
    assert made(MapKind.CANNY, "", catalog).by == ""
    with pytest.raises(BadRequest, match="cannot be drawn"):
        made(MapKind.POSE, "none", catalog)


def test_what_cannot_be_used_is_named(folder, catalog, tmp_path):
    with pytest.raises(ModelNotFound, match="nowhere"):
        chosen(MapKind.DEPTH, "nowhere", catalog)
    with pytest.raises(BadRequest, match="draws no depth map"):
        chosen(MapKind.DEPTH, "segformer", catalog)
    with pytest.raises(BadRequest, match="drawn without one"):
        chosen(MapKind.CANNY, "dpt", catalog)

    def spoiled(name: str, **fields: object) -> str:
        path = tiny_vision("dpt", tmp_path / name)
        config = json.loads((path / "config.json").read_text())
        (path / "config.json").write_text(json.dumps({**config, **fields}))
        return str(path)

    with pytest.raises(UnsafeFile, match="asks to run code"):
        chosen(MapKind.DEPTH, spoiled("code", auto_map={"AutoModel": "evil.Model"}), catalog)
    with pytest.raises(UnsupportedModel, match="not in its folder"):
        made(MapKind.DEPTH, spoiled("elsewhere", backbone="resnet50"), catalog)
    with pytest.raises(UnsupportedModel, match="does not fit its architecture"):
        made(MapKind.DEPTH, spoiled("small", fusion_hidden_size=12), catalog)
    with pytest.raises(UnsupportedModel, match="configuration says"):
        made(MapKind.DEPTH, spoiled("deep", num_hidden_layers=100_000), catalog)
    path = Path(spoiled("adapted"))
    (path / "adapter_config.json").write_text("{}")
    with pytest.raises(UnsafeFile, match="adapter"):
        chosen(MapKind.DEPTH, str(path), catalog)
    path = Path(spoiled("python"))
    (path / "modeling.py").write_text("print('no')")
    with pytest.raises(UnsafeFile, match="program code"):
        chosen(MapKind.DEPTH, str(path), catalog)


def test_a_map_that_is_a_picture_is_drawn_before_the_first_step_and_written_as_drawn(folder, tmp_path):
    tiny_sd(tmp_path / "base")
    tiny_controlnet().save_pretrained(tmp_path / "my-depth")
    models = Models(Catalog([folder, tmp_path]))
    given = MapInput(
        MapKind.DEPTH, ImageInput.of(scene(64, 64)), network="my-depth", drawn_by="dpt", is_picture=True
    )
    sampling = Sampling("euler", 2, 3.0, seed=5)
    request = GenerationRequest("base", "a dog", "", 64, 64, sampling, maps=(given,))
    events = list(run(request, models))
    assert Loading("drawing_maps") in events
    ready = next(event for event in events if isinstance(event, ImageReady))
    (told,) = ready.recipe.request.maps
    expected = draw(MapKind.DEPTH, scene(64, 64), 0.5, chosen(MapKind.DEPTH, "dpt", models.catalog),
                    models.catalog, CPU)  # fmt: skip
    assert (told.drawn_by, told.is_picture) == ("dpt", False)
    assert told.image == ImageInput.of(expected.pixels)
    ready_made = MapInput(MapKind.DEPTH, ImageInput.of(expected.pixels), network="my-depth")
    again = next(event for event in run(replace(request, maps=(ready_made,)), models)
                 if isinstance(event, ImageReady))  # fmt: skip
    assert np.array_equal(again.pixels, ready.pixels)
    with pytest.raises(ModelNotFound, match="nowhere"):
        run(replace(request, maps=(replace(given, drawn_by="nowhere"),)), models)

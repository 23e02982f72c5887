"""Networks that see pictures and read words, of the real classes at a tiny size: known, loaded, asked."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
import transformers
from libraries import look, open_in
from PIL import Image
from tiny_sight import CONFIGS, save_sight

from engine.api.errors import UnsafeFile, UnsupportedModel
from engine.api.model_file import FileKind
from engine.models.scanning.scan import scan
from engine.models.sight.sight import sight_files, sight_model
from engine.models.sight.sight_network import SightNetwork

RED, GREEN = (np.full((40, 60, 3), colour, np.uint8) for colour in ((250, 5, 5), (5, 250, 5)))


@pytest.mark.parametrize("name", CONFIGS)
def test_it_sees_and_reads_as_transformers_does(tmp_path: Path, name: str):
    network = save_sight(tmp_path / "seer", name)
    model = sight_model(tmp_path / "seer")
    ours = SightNetwork(sight_files(tmp_path / "seer"))
    seen, read = ours.pictures([RED, GREEN]), ours.texts(["a red house", "casa roja"])
    assert seen.shape == (2, model.length) and read.shape == (2, model.length)
    assert np.allclose(np.linalg.norm(np.concatenate([seen, read]), axis=1), 1, atol=1e-5)
    ids = [0, 4, 5, 7, 2]
    if name == "Siglip":
        asked = {"input_ids": torch.tensor([ids + [1] * (16 - len(ids))])}
    else:
        asked = {
            "input_ids": torch.tensor([ids]),
            "attention_mask": torch.ones(1, len(ids), dtype=torch.long),
        }
    with torch.inference_mode():
        theirs = network.get_text_features(**asked)  # type: ignore[operator]
        theirs = theirs if isinstance(theirs, torch.Tensor) else theirs.pooler_output
    assert np.allclose(read[0], torch.nn.functional.normalize(theirs, dim=-1).numpy()[0], atol=1e-5)
    assert not np.allclose(seen[0], seen[1], atol=1e-3)


def test_pixels_are_prepared_as_openais_program_does(tmp_path: Path):
    save_sight(tmp_path / "seer")
    network = SightNetwork(sight_files(tmp_path / "seer"))
    picture = np.random.default_rng(1).integers(0, 256, (48, 90, 3), dtype=np.uint8)
    theirs = transformers.CLIPImageProcessorPil(
        size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32}
    )(Image.fromarray(picture), return_tensors="np")["pixel_values"][0]
    assert np.abs(network._pixels(picture) - theirs).max() < 0.05


@pytest.mark.parametrize("name", CONFIGS)
def test_a_scan_knows_it(tmp_path: Path, name: str):
    save_sight(tmp_path / "models" / "seer", name)
    found = [step.file for step in scan([tmp_path / "models"]) if step.file is not None]
    assert [(file.kind, file.path.name) for file in found] == [(FileKind.SIGHT, "seer")]


def test_long_texts_are_cut_with_their_end_mark(tmp_path: Path):
    save_sight(tmp_path / "seer")
    network = SightNetwork(sight_files(tmp_path / "seer"))
    assert np.allclose(network.texts(["red " * 400]), network.texts(["red " * 14]), atol=1e-5)
    assert network.texts([""]).shape == (1, 24)


def test_what_is_no_such_network_is_refused(tmp_path: Path):
    save_sight(tmp_path / "seer")
    config = json.loads((tmp_path / "seer" / "config.json").read_text())
    for change, error, words in (
        ({"model_type": "bert"}, UnsupportedModel, "sees no pictures"),
        ({"auto_map": {"AutoModel": "evil.Model"}}, UnsafeFile, "run code"),
        ({"projection_dim": 10**9}, UnsafeFile, "length"),
    ):
        (tmp_path / "seer" / "config.json").write_text(json.dumps({**config, **change}))
        with pytest.raises(error, match=words):
            sight_files(tmp_path / "seer")
    (tmp_path / "seer" / "config.json").write_text(json.dumps({**config, "projection_dim": 8}))
    with pytest.raises(UnsupportedModel, match="does not fit its architecture"):
        SightNetwork(sight_files(tmp_path / "seer"))


def test_the_gallery_finds_pictures_with_the_artists_network(tmp_path: Path):
    """Its weights are random, so that only what is the same lies together."""
    save_sight(tmp_path / "seer")
    folder = tmp_path / "pictures"
    folder.mkdir()
    catalogue = open_in(tmp_path)
    catalogue.add_folder(folder)
    for name, pixels in {"red": RED, "red too": RED, "green": GREEN}.items():
        Image.fromarray(pixels).save(folder / f"{name}.png")
    look(catalogue)
    model = sight_model(tmp_path / "seer")
    assert model.command[0] == sys.executable
    catalogue.likeness.use_sight(model)
    assert [(step.done, step.cause) for step in catalogue.likeness.learn_sights()] == [
        (1, ""),
        (2, ""),
        (3, ""),
    ]
    (red,) = catalogue.search('file:"red too"').ids
    found = catalogue.likeness.like([red])
    assert found.scores is not None and found.scores[1] > 0.99 > found.scores[2]
    assert len(catalogue.likeness.by_meaning("casa roja").ids) > 0
    assert len(catalogue.likeness.like_pixels(GREEN)) == 3
    catalogue.close()

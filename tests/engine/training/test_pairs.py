"""Where examples come from: pairs of a folder, blocks by number, other processes, holes."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
import torch
from counted_blocks import Counted, Dying, Failing
from drawn import SIDE, disc, tiny_model
from PIL import Image
from tiny_sprites import tiny_pack

from engine.api.errors import BadRequest
from engine.api.events import Finished
from engine.training import scene_blocks
from engine.training.blocks import Feed
from engine.training.control import train_control
from engine.training.frozen import Frozen
from engine.training.holes import random_hole
from engine.training.pairs import read_pairs
from engine.training.plan import Plan
from engine.training.scenes.classes import FIRST_OBJECT, PALETTE


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four discs with their maps, and some files that are of no use."""
    pictures, maps = tmp_path / "mine" / "pictures", tmp_path / "mine" / "maps"
    for place in (pictures, maps):
        place.mkdir(parents=True)
    for number in range(4):
        picture, inside = disc(number)
        Image.fromarray(picture).save(pictures / f"disc-{number}.png")
        Image.fromarray(inside).save(maps / f"disc-{number}.png")
        (pictures / f"disc-{number}.txt").write_text(f"disc number {number}")
    return tmp_path / "mine"


def test_pairs_of_a_folder_are_learnt_from(folder: Path, tmp_path: Path):
    pairs, skipped = read_pairs(folder, "inside", SIDE)
    assert len(pairs.pairs) == 4 and not skipped
    frozen = Frozen.load(tiny_model(tmp_path / "model"), torch.device("cpu"), torch.float32)
    plan = Plan(steps=2, batch=2, first=8, most=8)
    events = list(train_control(["inside"], frozen, pairs, plan, tmp_path / "out", torch.float32))
    assert isinstance(events[-1], Finished) and (tmp_path / "out" / "inside" / "config.json").exists()


def test_to_fill_holes_pictures_are_enough_and_no_two_holes_are_alike(folder: Path):
    (folder / "maps" / "disc-1.png").unlink()
    pairs, skipped = read_pairs(folder, "inpaint", SIDE)
    assert len(pairs.pairs) == 4 and not skipped
    block = pairs.block(0)
    picture, told = block.arrays["picture"], block.arrays["inpaint"]
    hole = (told == -255).all(-1)
    assert np.array_equal(told[~hole], picture[~hole]) and hole.any((1, 2)).all()
    assert len({one.tobytes() for one in hole}) > 1


def test_what_is_broken_is_named_and_left_out(folder: Path):
    (folder / "pictures" / "disc-0.png").write_bytes(b"\x89PNG broken")
    (folder / "maps" / "disc-1.png").unlink()
    Image.new("L", (32, 64)).save(folder / "maps" / "disc-2.png")
    (folder / "pictures" / "disc-3.txt").write_bytes(b"\xff\xfe\x00")
    pairs, skipped = read_pairs(folder, "inside", SIDE)
    assert [pair.picture.name for pair in pairs.pairs] == ["disc-3.png"] and pairs.pairs[0].caption == ""
    assert {each.name for each in skipped} == {"disc-0.png", "disc-1.png", "maps/disc-2.png", "disc-3.txt"}
    assert all(each.reason for each in skipped)
    (folder / "maps" / "disc-3.png").write_bytes(b"nothing")
    with pytest.raises(BadRequest, match="no pair"):
        read_pairs(folder, "inside", SIDE)


@pytest.mark.parametrize(
    "name", ["with_maps", "with_hole", "with_before", "with_instruction", "with_inpaint", "with_facts"]
)
def test_a_block_of_scenes_is_the_same_each_time(name: str, tmp_path: Path):
    pack = tmp_path / "sprites.pack"
    pack.write_bytes(tiny_pack())
    blocks = scene_blocks.SceneBlocks(pack, getattr(scene_blocks, name), 48, size=3, seed=5)
    one, again, next_one = blocks.open().block(7), blocks.open().block(7), blocks.open().block(8)
    assert one.captions == again.captions and len(one) == 3
    for field, array in one.arrays.items():
        assert np.array_equal(array, again.arrays[field]) and len(array) == 3
    assert not np.array_equal(one.arrays["picture"], next_one.arrays["picture"])


def test_a_segmentation_map_has_the_colours_of_its_classes(tmp_path: Path):
    pack = tmp_path / "sprites.pack"
    pack.write_bytes(tiny_pack())
    blocks = scene_blocks.SceneBlocks(pack, scene_blocks.with_maps, 48, size=2)
    colours = blocks.open().block(0).arrays["segmentation"].reshape(-1, 3)
    assert {tuple(colour) for colour in colours} <= {tuple(colour) for colour in PALETTE}


def test_other_processes_give_the_same_blocks_in_the_same_order():
    with closing(Feed(Counted(), 2, first=3)) as feed:
        blocks = [feed.next() for _ in range(5)]
    assert [int(block.arrays["number"][0]) for block in blocks] == [3, 4, 5, 6, 7]
    assert blocks[0].captions == (("block 3",),) * 2


def test_what_a_process_raises_is_raised_here():
    with closing(Feed(Failing(), 1)) as feed:
        feed.next()
        with pytest.raises(ValueError, match="no such scene"):
            feed.next()


def test_a_process_that_ends_is_missed_and_not_waited_for():
    with closing(Feed(Dying(), 1)) as feed, pytest.raises(RuntimeError, match="before its time"):
        feed.next()


def test_holes_are_of_all_kinds_and_follow_what_stands_there():
    chance = np.random.default_rng(0)
    classes = np.zeros((64, 64), np.uint8)
    classes[20:40, 24:44] = FIRST_OBJECT
    holes = [random_hole(chance, 64, classes) for _ in range(200)]
    shares = [float((hole == 255).mean()) for hole in holes]
    assert all(set(np.unique(hole)) <= {0, 255} for hole in holes)
    assert any(share == 1 for share in shares) and min(shares) > 0
    around = [hole for hole in holes if (hole[20:40, 24:44] == 255).all() and (hole[:8] == 0).all()]
    assert len(around) > 50

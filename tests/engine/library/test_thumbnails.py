"""Small pictures: decoded apart, kept, supplied in the order they are wanted; hostile files stop nothing."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.api.errors import UnreadableFile
from engine.library.disks import NO_ANSWER
from engine.library.thumbnails import decoder_process
from engine.library.thumbnails.apart import PicturesApart
from engine.library.thumbnails.decoder_process import DecoderProcess, Limits
from engine.library.thumbnails.store import ThumbnailStore
from engine.library.thumbnails.supply import Supplied, ThumbnailSupply, Wanted
from engine.library.thumbnails.thumbnail import Thumbnail, level_for, stamp_of

PATIENCE = 30.0


def picture(
    path: Path, colour: tuple[int, int, int] = (200, 30, 30), size: tuple[int, int] = (600, 300)
) -> Path:
    Image.new("RGB", size, colour).save(path)
    return path


class Receiver:
    """Takes what is supplied, and says when it is as many as one waits for."""

    def __init__(self) -> None:
        self.got: list[Supplied] = []
        self._came = threading.Condition()

    def __call__(self, supplied: Supplied) -> None:
        with self._came:
            self.got.append(supplied)
            self._came.notify_all()

    def wait_for(self, count: int) -> list[Supplied]:
        with self._came:
            assert self._came.wait_for(lambda: len(self.got) >= count, PATIENCE)
            return list(self.got)


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


@pytest.fixture
def supply(tmp_path: Path, receiver: Receiver) -> Iterator[ThumbnailSupply]:
    supply = ThumbnailSupply(ThumbnailStore(tmp_path / "thumbnails.sqlite"), receiver, makers=1)
    yield supply
    supply.close()


@pytest.fixture
def decoder() -> Iterator[DecoderProcess]:
    decoder = DecoderProcess()
    yield decoder
    decoder.end()


def test_a_picture_comes_back_small_and_in_its_colours(decoder, tmp_path):
    names = ["a.png", "b.jpg", "c.webp", "ñandú 鳥 \n.png"]
    for name in names:
        small = decoder.thumbnail(picture(tmp_path / name), 256).pixels
        assert small.shape == (128, 256, 3)
        assert np.abs(small.astype(int) - (200, 30, 30)).max() < 8
    tiny = decoder.thumbnail(picture(tmp_path / "tiny.png", size=(5, 3)), 256)
    assert tiny.pixels.shape == (3, 5, 3), "never enlarged"
    assert tiny.colour == (200, 30, 30)


@pytest.mark.skipif(os.name == "nt", reason="such names are not possible there")
def test_a_name_that_is_no_text_is_a_name(decoder, tmp_path):
    path = os.fsencode(tmp_path) + b"/\xff.png"
    picture(tmp_path / "plain.png").rename(Path(os.fsdecode(path)))
    assert decoder.thumbnail(os.fsdecode(path), 64).pixels.shape == (32, 64, 3)


def test_what_is_no_picture_is_refused_by_name_and_the_next_one_comes(decoder, tmp_path):
    (tmp_path / "torn.png").write_bytes(picture(tmp_path / "whole.png").read_bytes()[:100])
    (tmp_path / "text.png").write_text("<svg/>")
    os.mkfifo(tmp_path / "pipe.png")
    for name in ("torn.png", "text.png", "pipe.png", "gone.png"):
        with pytest.raises(UnreadableFile) as refused:
            decoder.thumbnail(tmp_path / name, 256)
        assert name in str(refused.value)
    assert decoder.thumbnail(tmp_path / "whole.png", 256).pixels.shape == (128, 256, 3)


def test_a_decoder_that_dies_or_hangs_is_replaced(tmp_path, monkeypatch):
    """Not the app: the next picture has another process."""
    path = picture(tmp_path / "a.png")
    decoder = DecoderProcess(Limits(patience_s=0.5))
    sleeper = (decoder_process.sys.executable, "-c", "import time; time.sleep(60)")
    try:
        monkeypatch.setattr(decoder_process, "COMMAND", sleeper)
        with pytest.raises(UnreadableFile, match=r"a\.png"):
            decoder.thumbnail(path, 256)
        monkeypatch.setattr(
            decoder_process, "COMMAND", (decoder_process.sys.executable, "-c", "raise SystemExit")
        )
        with pytest.raises(UnreadableFile, match=r"a\.png"):
            decoder.thumbnail(path, 256)
        monkeypatch.undo()
        decoder._limits = Limits(PATIENCE)
        assert decoder.thumbnail(path, 256).pixels.shape == (128, 256, 3)
    finally:
        decoder.end()


def test_the_process_writes_no_files_and_has_so_much_memory(decoder, tmp_path):
    resource = pytest.importorskip("resource")
    decoder.thumbnail(picture(tmp_path / "a.png"), 64)
    limits = resource.prlimit
    pid = decoder._process.pid
    assert limits(pid, resource.RLIMIT_FSIZE) == (0, 0)
    assert limits(pid, resource.RLIMIT_AS)[0] <= 2 << 30


def test_the_store_knows_a_file_by_its_stamp_through_a_move_and_not_after_a_change(tmp_path):
    store = ThumbnailStore(tmp_path / "thumbnails.sqlite")
    path = picture(tmp_path / "a.png")
    stamp = stamp_of(path)
    store.put(stamp, 512, Thumbnail(np.full((4, 8, 3), 90, np.uint8)))
    (tmp_path / "elsewhere").mkdir()
    moved = path.rename(tmp_path / "elsewhere" / "a.png")
    found = store.get(stamp_of(moved), 256)
    assert found is not None and found.pixels.shape == (4, 8, 3), "a larger level serves a smaller one"
    assert store.get(stamp_of(moved), 1024) is None
    picture(moved, (0, 0, 9), (64, 64))
    assert store.get(stamp_of(moved), 256) is None
    store.close()
    again = ThumbnailStore(tmp_path / "thumbnails.sqlite")
    assert again.get(stamp, 256) is not None
    again.close()


@pytest.mark.parametrize("bad", [b"no database at all" * 300, b""])
def test_a_damaged_store_is_begun_anew(tmp_path, bad):
    path = tmp_path / "thumbnails.sqlite"
    path.write_bytes(bad)
    store = ThumbnailStore(path)
    stamp = stamp_of(path)
    store.put(stamp, 256, Thumbnail(np.zeros((2, 2, 3), np.uint8)))
    assert store.get(stamp, 256) is not None
    store.close()


def test_a_rotten_picture_in_the_store_is_made_again(tmp_path):
    path = tmp_path / "thumbnails.sqlite"
    store = ThumbnailStore(path)
    stamp = stamp_of(path)
    store.put(stamp, 256, Thumbnail(np.zeros((2, 2, 3), np.uint8)))
    with sqlite3.connect(path) as other:
        other.execute("UPDATE thumbnails SET jpeg = x'ffd8ff00'")
    other.close()
    assert store.get(stamp, 256) is None
    store.put(stamp, 256, Thumbnail(np.zeros((2, 2, 3), np.uint8)))
    assert store.get(stamp, 256) is not None
    store.close()


def test_without_a_place_to_write_nothing_is_kept_and_nothing_fails(tmp_path):
    store = ThumbnailStore(tmp_path / "no" / "such" / "folder" / "thumbnails.sqlite")
    stamp = stamp_of(tmp_path)
    store.put(stamp, 256, Thumbnail(np.zeros((2, 2, 3), np.uint8)))
    assert store.get(stamp, 256) is None
    store.close()


def test_the_store_is_bounded_and_what_was_seen_longest_ago_goes_first(tmp_path, monkeypatch):
    from engine.library.thumbnails import store as module

    monkeypatch.setattr(module, "CHECKED_EVERY", 10)
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3)).astype(np.uint8)
    store = ThumbnailStore(tmp_path / "thumbnails.sqlite", most_bytes=400_000)
    stamps = [stamp_of(tmp_path)._replace(name=str(number)) for number in range(200)]
    monkeypatch.setattr(module, "_today", lambda: 1)
    for stamp in stamps[:10]:
        store.put(stamp, 256, Thumbnail(noise))
    monkeypatch.setattr(module, "_today", lambda: 2)
    store.get(stamps[0], 256)  # seen again
    for stamp in stamps[10:60]:
        store.put(stamp, 256, Thumbnail(noise))
    assert store._bytes() < 500_000
    assert store.get(stamps[1], 256) is None
    assert store.get(stamps[59], 256) is not None
    store.close()


def test_pictures_are_supplied_and_the_second_time_no_file_is_read(supply, receiver, tmp_path):
    paths = [picture(tmp_path / f"{number}.png", (number, 0, 0)) for number in range(5)]
    wanted = [Wanted(number, str(path), 256, stamp_of(path)) for number, path in enumerate(paths)]
    supply.want(wanted)
    got = receiver.wait_for(5)
    assert {one.wanted.id for one in got} == set(range(5))
    assert all(one.thumbnail is not None for one in got)
    for path in paths:
        path.unlink()
    receiver.got.clear()
    supply.want(wanted)
    assert all(one.thumbnail is not None for one in receiver.wait_for(5)), "the store knows them"


def test_a_file_that_is_gone_is_said_with_its_reason(supply, receiver, tmp_path):
    supply.want([Wanted(1, str(tmp_path / "gone.png"), 256)])
    (one,) = receiver.wait_for(1)
    assert one.thumbnail is None and one.refusal


def test_what_is_not_wanted_any_more_is_not_made(supply, receiver, tmp_path):
    slow = [Wanted(number, str(picture(tmp_path / f"{number}.png")), 256) for number in range(40)]
    supply.want(slow)
    supply.want(slow[39:])
    supply.want(slow[38:])
    got = receiver.wait_for(2)
    made = {one.wanted.id for one in got}
    assert {38, 39} <= made or len(made) <= 4
    supply.close()
    assert len(receiver.got) < 10, "the others were forgotten"


def test_closing_waits_for_no_file_that_hangs(tmp_path, receiver, monkeypatch):
    monkeypatch.setattr(
        decoder_process, "COMMAND", (decoder_process.sys.executable, "-c", "import time; time.sleep(60)")
    )
    supply = ThumbnailSupply(ThumbnailStore(tmp_path / "t.sqlite"), receiver, makers=2)
    supply.want([Wanted(1, str(picture(tmp_path / "a.png")), 256)])
    while not any(decoder._process for decoder in supply._decoders):
        pass
    supply.close()
    assert receiver.got == []


def test_a_folder_whose_disk_does_not_answer_is_waited_for_once(tmp_path, receiver, monkeypatch):
    """The first of its pictures is waited for, the others are refused at once; later it is tried again."""
    (tmp_path / "share").mkdir()
    hung = [str(picture(tmp_path / "share" / f"{number}.png")) for number in range(20)]
    program = """
import os, sys, time
from engine.library.thumbnails import decoder
stat = os.stat
def hang(path, **given):
    if "/share/" in str(path):
        time.sleep(60)
    return stat(path, **given)
os.stat = hang
decoder.main(2 << 30, 10, sys.stdin.buffer, sys.stdout.buffer)
"""
    monkeypatch.setattr(decoder_process, "COMMAND", (decoder_process.sys.executable, "-c", program))
    decoder = DecoderProcess(Limits(PATIENCE))
    decoder.thumbnail(picture(tmp_path / "a.png"), 256)
    decoder._limits = Limits(patience_s=0.3)
    supply = ThumbnailSupply(ThumbnailStore(tmp_path / "t.sqlite"), receiver, makers=1)
    supply._decoders = [decoder]
    supply.want([Wanted(number, path, 256) for number, path in enumerate(hung)])
    assert all(NO_ANSWER in one.refusal for one in receiver.wait_for(20))
    receiver.got.clear()
    decoder._limits = Limits(PATIENCE)
    monkeypatch.undo()
    supply._silent.clear()  # half a minute later
    supply.want([Wanted(0, hung[0], 256)])
    assert receiver.wait_for(1)[0].thumbnail is not None
    supply.close()


def test_the_level_is_the_smallest_that_is_sharp():
    assert [level_for(pixels) for pixels in (10, 256, 257, 512, 5000)] == [256, 256, 384, 512, 1024]


def test_a_whole_picture_is_the_gates_to_the_pixel(tmp_path):
    from engine.library import gate

    assert (decoder_process.LONGEST_SIDE, decoder_process.MOST_PIXELS) == (
        gate.LONGEST_SIDE,
        gate.MOST_PIXELS,
    )
    noise = np.random.default_rng(1).integers(0, 255, (321, 123, 4), np.uint8)
    Image.fromarray(noise, "RGBA").save(tmp_path / "a.png")
    Image.fromarray(noise[..., :3]).save(tmp_path / "b.tiff")
    apart = PicturesApart()
    for name in ("a.png", "b.tiff"):
        pixels = apart.pixels(tmp_path / name)
        assert np.array_equal(pixels, gate.open_picture(tmp_path / name).pixels)
        assert not pixels.flags.writeable
    with pytest.raises(UnreadableFile, match=r"gone\.png"):
        apart.pixels(tmp_path / "gone.png")
    apart.close()


def test_pictures_apart_share_their_processes_and_end_them(tmp_path):
    apart = PicturesApart()
    path = picture(tmp_path / "a.png")
    assert apart.pixels(path).shape == (300, 600, 3)
    first = apart._idle[0]._process
    assert apart.pixels(path).shape == (300, 600, 3) and apart._idle[0]._process is first
    apart.rest()
    assert first.poll() is not None
    assert apart.pixels(path).shape == (300, 600, 3)
    last = apart._idle[0]._process
    apart.close()
    assert last.poll() is not None
    with pytest.raises(UnreadableFile, match="closing"):
        apart.pixels(path)

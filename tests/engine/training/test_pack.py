"""The pack: what was put in comes out, and a broken one is named."""

from __future__ import annotations

import json
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from tiny_sprites import NAMES, drawn, tiny_pack

from engine.api.errors import EngineError, UnreadableFile
from engine.training.data.pack import MAGIC, PREFIX, Sprites, premultiply


@pytest.fixture(scope="module")
def whole() -> bytes:
    return tiny_pack()


def load(tmp_path: Path, data: bytes) -> Sprites:
    path = tmp_path / "sprites.pack"
    path.write_bytes(data)
    return Sprites.load(path)


def test_what_was_put_in_comes_out(tmp_path: Path, whole: bytes):
    sprites = load(tmp_path, whole)
    assert [concept.id for concept in sprites.concepts] == [row[0] for row in NAMES]
    assert sprites.by_id["dog"].names == {"en": ("dog",), "es": ("perro",)}
    assert sprites.credits[0].licence == "Apache-2.0"
    for info, sprite in drawn():
        again = sprites.sprite(info.concept, info.style, look=info.look)
        assert again.shape == sprite.shape
        solid = sprite[..., 3] == 255
        assert np.abs(again[..., 3].astype(int) - sprite[..., 3]).mean() < 3
        assert np.abs(again[solid].astype(int) - sprite[solid]).mean() < 8


def test_a_look_that_is_missing_is_the_usual_one(tmp_path: Path, whole: bytes):
    sprites = load(tmp_path, whole)
    assert sprites.variants("cat", "3d", "smiling") == 0
    assert np.array_equal(sprites.sprite("cat", "3d", look="smiling"), sprites.sprite("cat", "3d"))
    with pytest.raises(KeyError, match="clip art"):
        sprites.sprite("cat", "clip art")


def test_preloading_decodes_all_and_says_how_far(tmp_path: Path, whole: bytes):
    sprites = load(tmp_path, whole)
    shares = list(sprites.preload())
    assert shares[-1] == 1.0 and shares == sorted(shares)
    one = sprites.premultiplied("dog", "3d")
    assert one is sprites.premultiplied("dog", "3d")
    assert np.array_equal(one, premultiply(sprites.sprite("dog", "3d")))


def broken_packs(whole: bytes) -> dict[str, bytes]:
    _, length, checksum = PREFIX.unpack_from(whole)
    header, body = json.loads(whole[PREFIX.size : PREFIX.size + length]), whole[PREFIX.size + length :]

    def with_header(change: dict[str, object]) -> bytes:
        text = json.dumps({**header, **change}).encode()
        return PREFIX.pack(MAGIC, len(text), zlib.crc32(body)) + text + body

    first = header["sprites"][0]
    return {
        "empty": b"",
        "another kind of file": b"PK\x03\x04" + whole[4:],
        "cut off": whole[:-100],
        "changed": whole[:-5] + b"xxxxx",
        "a header longer than the file": struct.pack("<8sII", MAGIC, 1 << 31, checksum) + whole[16:],
        "no JSON": PREFIX.pack(MAGIC, 4, zlib.crc32(body)) + b"{{{{" + body,
        "a list for a header": PREFIX.pack(MAGIC, 2, zlib.crc32(body)) + b"[]" + body,
        "nested without end": PREFIX.pack(MAGIC, 100_000, zlib.crc32(body)) + b"[" * 100_000 + body,
        "a sprite outside the file": with_header({"sprites": [{**first, "bytes": 1 << 40}]}),
        "a sprite of nothing known": with_header({"sprites": [{**first, "concept": "kraken"}]}),
        "a concept without a name": with_header({"concepts": [{**header["concepts"][0], "names": {}}]}),
    }


@pytest.mark.parametrize("kind", broken_packs(tiny_pack()))
def test_a_broken_pack_is_named(kind: str, tmp_path: Path, whole: bytes):
    with pytest.raises(UnreadableFile, match=r"sprites\.pack"):
        load(tmp_path, broken_packs(whole)[kind])


def test_a_missing_pack_is_named(tmp_path: Path):
    with pytest.raises(EngineError, match=r"nowhere\.pack"):
        Sprites.load(tmp_path / "nowhere.pack")


def test_a_sprite_that_is_no_picture_is_named(tmp_path: Path, whole: bytes):
    _, length, _ = PREFIX.unpack_from(whole)
    header = json.loads(whole[PREFIX.size : PREFIX.size + length])
    body = bytearray(whole[PREFIX.size + length :])
    body[: header["sprites"][0]["bytes"]] = bytes(header["sprites"][0]["bytes"])
    text = whole[PREFIX.size : PREFIX.size + length]
    sprites = load(tmp_path, PREFIX.pack(MAGIC, length, zlib.crc32(bytes(body))) + text + bytes(body))
    with pytest.raises(UnreadableFile, match=r"sprites\.pack.*dog, 3d"):
        sprites.sprite("dog", "3d")

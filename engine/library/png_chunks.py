"""PNG as a list of chunks: what the decoder may see, and the texts, read apart from the pixels.

Pillow refuses a whole picture for one bad text chunk; a picture must open whenever its pixels are good.
https://www.w3.org/TR/png-3/
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Collection, Iterator

SIGNATURE = b"\x89PNG\r\n\x1a\n"
HEAD = struct.Struct(">I4s")
TO_DECODER = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"}
LARGEST_TEXT = 32 << 20
"""Bytes of text in one file, after inflating: our own longest recipe is a third of it."""
LARGEST_PROFILE = 4 << 20


def walk(data: bytes) -> Iterator[tuple[bytes, memoryview, bool]]:
    """Every whole chunk as (type, content, CRC is right); stops at IEND or where the file ends."""
    view = memoryview(data)
    for kind, start, end in places(data):
        content = view[start:end]
        (told,) = struct.unpack_from(">I", view, end)
        yield kind, content, zlib.crc32(content, zlib.crc32(kind)) == told


def places(data: bytes) -> list[tuple[bytes, int, int]]:
    """As `walk`, of each chunk its type and where its content starts and ends; no CRC is reckoned."""
    found, at, whole = [], len(SIGNATURE), len(data) - 12
    while at <= whole:
        length, kind = HEAD.unpack_from(data, at)
        if at + length > whole:
            break
        found.append((kind, at + 8, at + 8 + length))
        if kind == b"IEND":
            break
        at += 12 + length
    return found


def chunk(kind: bytes, content: bytes) -> bytes:
    """One chunk with its length and CRC."""
    return HEAD.pack(len(content), kind) + content + struct.pack(">I", zlib.crc32(content, zlib.crc32(kind)))


def text_chunk(key: str, text: str) -> bytes:
    """`tEXt` where Latin-1 holds the text (all programs read that), else `iTXt`, never compressed."""
    text = text.replace("\0", "�")
    try:
        return chunk(b"tEXt", key.encode("latin-1") + b"\0" + text.encode("latin-1"))
    except UnicodeEncodeError:
        return international_chunk(key, text)


def international_chunk(key: str, text: str) -> bytes:
    content = text.replace("\0", "�").encode("utf-8", "replace")
    return chunk(b"iTXt", key.encode("latin-1") + b"\0\0\0\0\0" + content)


def with_chunks(png: bytes, chunks: list[bytes]) -> bytes:
    """`png` with `chunks` after its header, where sRGB and texts belong."""
    end = len(SIGNATURE) + 12 + 13
    return b"".join([png[:end], *chunks, png[end:]])


def for_decoder(data: bytes, without: Collection[bytes] = ()) -> bytes:
    """`data` with only the chunks that make the pixels, whatever else was in it; none of the kinds `without`.

    Their checksums stay as they were told, so that damaged pixels are still noticed.
    """
    kept = [SIGNATURE]
    for kind, content, is_right in walk(data):
        if kind in TO_DECODER and kind not in without and (is_right or kind != b"tRNS"):
            told = (zlib.crc32(content, zlib.crc32(kind)) ^ (0 if is_right else 1)) & 0xFFFFFFFF
            kept += [HEAD.pack(len(content), kind), bytes(content), struct.pack(">I", told)]
    return b"".join(kept)


def is_animated(data: bytes) -> bool:
    """Whether it is an APNG, of which `for_decoder` keeps the still picture."""
    return any(kind == b"acTL" for kind, _, _ in places(data))


def exif_block(data: bytes) -> bytes:
    return next((data[start:end] for kind, start, end in places(data) if kind == b"eXIf"), b"")


def icc_profile(data: bytes) -> bytes:
    """The inflated profile; b"" where there is none, or it is damaged or absurdly large."""
    for kind, start, end in places(data):
        if kind == b"iCCP":
            _, _, rest = data[start:end].partition(b"\0")
            return inflate(rest[1:], LARGEST_PROFILE) or b""
    return b""


def inflate(data: bytes, largest: int) -> bytes | None:
    """The inflated bytes, or None where they are damaged or more than `largest`."""
    if largest <= 0:  # to zlib that means without limit
        return None
    stream = zlib.decompressobj()
    try:
        found = stream.decompress(data, largest)
    except zlib.error:
        return None
    return found if stream.eof else None


def texts(data: bytes) -> tuple[dict[str, str], tuple[str, ...]]:
    """Keyword -> text, the first of each, and the keywords of those that were damaged or too large.

    A wrong checksum does not make a text unreadable, so it is not looked at.
    """
    found: dict[str, str] = {}
    skipped: list[str] = []
    left = LARGEST_TEXT
    for kind, start, end in places(data):
        if kind not in READERS:
            continue
        key, _, rest = data[start:end].partition(b"\0")
        name = key.decode("latin-1")
        text = READERS[kind](rest, left)
        if text is None or len(text) > left:
            skipped.append(name)
        elif name not in found:
            found[name] = text
            left -= len(text)
    return found, tuple(skipped)


def _plain(rest: bytes, left: int) -> str | None:
    """`tEXt` is Latin-1 by the standard, and UTF-8 by the hand of many programs."""
    if len(rest) > left:
        return None
    try:
        return rest.decode("utf-8")
    except UnicodeDecodeError:
        return rest.decode("latin-1")


def _compressed(rest: bytes, left: int) -> str | None:
    data = inflate(rest[1:], left)
    return None if data is None else _plain(data, left)


def _international(rest: bytes, left: int) -> str | None:
    flag, body = rest[:1], rest[2:]
    _, _, body = body.partition(b"\0")  # language
    _, _, body = body.partition(b"\0")  # translated keyword
    data = inflate(body, left) if flag == b"\1" else body
    return None if data is None or len(data) > left else data.decode("utf-8", "replace")


READERS = {b"tEXt": _plain, b"zTXt": _compressed, b"iTXt": _international}

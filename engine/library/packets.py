"""A picture file's XMP packet: found, and replaced while every other byte stays as it is."""

from __future__ import annotations

import struct

from engine.library import jpeg_segments, png_chunks, webp_chunks
from engine.library.gate import refused, sniff
from engine.library.tiff_tags import read_tag, with_tag
from engine.library.xmp_edit import padded

KEY = b"XML:com.adobe.xmp"
PNG_HEAD_END = len(png_chunks.SIGNATURE) + 12 + 13
TIFF_XMP = 700
TIFF_ROOM = 2048
"""Blanks behind a packet in a TIFF, so that marks can change without the file growing each time."""
VP8X_XMP, VP8X_ALPHA = 0x04, 0x10
VP8L_ALPHA = 1 << 28


def packet_of(data: bytes, name: str = "") -> bytes:
    """The packet in a picture file; b"" where there is none. Raises `UnreadableFile` for what is none."""
    format = _format_of(data, name)
    if format == "png":
        return png_chunks.texts(data)[0].get(KEY.decode(), "").encode("utf-8", "replace")
    if format == "jpeg":
        return jpeg_segments.xmp_packet(data)
    if format == "webp":
        return webp_chunks.metadata(data, b"XMP ")
    return read_tag(data, TIFF_XMP)


def with_packet(data: bytes, packet: bytes, name: str = "") -> bytes:
    """`data` with `packet` in the place of its own, or where one belongs.

    Raises `UnreadableFile` naming `name` for what is no PNG, JPEG, WebP or TIFF, for damaged files, and for
    packets too long for a JPEG.
    """
    format = _format_of(data, name)
    return {"png": _png, "jpeg": _jpeg, "webp": _webp, "tiff": _tiff}[format](data, packet, name)


def _format_of(data: bytes, name: str) -> str:
    format = sniff(data)
    if format is None:
        cause = "it is not a PNG, JPEG, WebP or TIFF picture"
        raise refused(name, cause, "What you said of it is kept in the library")
    return format


def _png(data: bytes, packet: bytes, name: str) -> bytes:
    chunk = png_chunks.international_chunk(KEY.decode(), packet.decode("utf-8", "replace"))
    start, end = _png_place(data)
    return b"".join([data[:start], chunk, data[end:]])


def _png_place(data: bytes) -> tuple[int, int]:
    """Start and end of the first XMP chunk; the place behind the head where there is none."""
    at = len(png_chunks.SIGNATURE)
    for kind, content, _ in png_chunks.walk(data):
        end = at + 12 + len(content)
        if kind == b"iTXt" and bytes(content[: len(KEY) + 1]) == KEY + b"\0":
            return at, end
        at = end
    return PNG_HEAD_END, PNG_HEAD_END


def _jpeg(data: bytes, packet: bytes, name: str) -> bytes:
    content = jpeg_segments.XMP + packet
    if len(content) > jpeg_segments.LONGEST:
        raise refused(name, "a JPEG holds no more than 64 KiB of such words", "Say less, or save it as PNG")
    segment = jpeg_segments.segment(jpeg_segments.APP1, content)
    behind = 2
    for marker, start, end in jpeg_segments.places(data):
        if marker == jpeg_segments.APP1 and data.startswith(jpeg_segments.XMP, start):
            return b"".join([data[: start - 4], segment, data[end:]])
        if marker == jpeg_segments.APP0 or (
            marker == jpeg_segments.APP1 and data.startswith(jpeg_segments.EXIF, start)
        ):
            behind = end
    return b"".join([data[:behind], segment, data[behind:]])


def _webp(data: bytes, packet: bytes, name: str) -> bytes:
    chunks = list(webp_chunks.walk(data))
    if not chunks:
        raise refused(name, "the file is damaged", "Get a whole copy of it")
    if chunks[0][0] != b"VP8X":
        chunks = [(b"VP8X", _extended_head(chunks[0], name)), *chunks]
    head = chunks[0][1]
    chunks[0] = (b"VP8X", bytes([head[0] | VP8X_XMP]) + head[1:])
    kept = [(kind, content) for kind, content in chunks if kind != b"XMP "]
    body = b"".join(webp_chunks.chunk(kind, content) for kind, content in [*kept, (b"XMP ", packet)])
    return struct.pack("<4sI4s", b"RIFF", len(body) + 4, b"WEBP") + body


def _tiff(data: bytes, packet: bytes, name: str) -> bytes:
    """In the place of the old packet where that is long enough, else at the end with room to grow."""
    free = len(read_tag(data, TIFF_XMP)) - len(packet)
    whole = with_tag(data, TIFF_XMP, padded(packet, free if free >= 0 else TIFF_ROOM))
    if whole is None:
        raise refused(name, "the file is damaged, or too long for a TIFF", "Get a whole copy of it")
    return whole


def _extended_head(picture: tuple[bytes, bytes], name: str) -> bytes:
    """What the extended layout has before a picture in the simple one."""
    kind, content = picture
    width, height, flags = 0, 0, 0
    if kind == b"VP8L" and len(content) >= 5:
        bits = int.from_bytes(content[1:5], "little")
        width, height = 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
        flags = VP8X_ALPHA if bits & VP8L_ALPHA else 0
    elif kind == b"VP8 " and len(content) >= 10:
        width, height = (side & 0x3FFF for side in struct.unpack_from("<HH", content, 6))
    if not width or not height:
        raise refused(name, "the file is damaged", "Get a whole copy of it")
    return bytes([flags, 0, 0, 0]) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")

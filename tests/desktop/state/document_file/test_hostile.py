"""Archives that no painting program made: each is refused with a sentence, or opened without harm."""

from __future__ import annotations

import io
import os
import stat
import struct
import subprocess
import sys
import textwrap
import zipfile
import zlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ora_files import DOT, STACK, archive, random_state

from desktop.state.document_file import archive as gate
from desktop.state.document_file.ora_read import open_ora
from desktop.state.document_file.ora_write import save_ora
from engine.api.errors import UnreadableFile
from engine.library.png_chunks import SIGNATURE, chunk

GOOD = {"data/dot.png": DOT}


def refusal(path: Path) -> str:
    with pytest.raises(UnreadableFile) as caught:
        open_ora(path)
    message = str(caught.value)
    assert message.startswith(f"{path.name} cannot be opened: ") and message.endswith(".")
    return str(caught.value.data["cause"])


def test_what_the_tests_build_on_opens(tmp_path: Path):
    assert open_ora(archive(tmp_path / "a.ora")).state.root.children[0].name == "dot"


@pytest.mark.parametrize(
    "name",
    ["../x.png", "data/../../x.png", "/etc/passwd", "C:/x.png", "data\\..\\x.png", "data/./x.png", "a//b",
     "..", "data/x\x01.png"],
)  # fmt: skip
def test_names_that_lead_elsewhere_are_refused(tmp_path: Path, name: str):
    assert (
        refusal(archive(tmp_path / "a.ora", members={**GOOD, name: b"x"}))
        == "one of its members leads out of it"
    )
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.ora"]


def test_a_link_is_refused(tmp_path: Path):
    path = archive(tmp_path / "a.ora")
    with zipfile.ZipFile(path, "a") as zip:
        info = zipfile.ZipInfo("data/link.png")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        zip.writestr(info, "/etc/passwd")
    assert refusal(path) == "one of its members is a link"


def test_one_name_twice_is_refused(tmp_path: Path):
    path = archive(tmp_path / "a.ora")
    with pytest.warns(UserWarning), zipfile.ZipFile(path, "a") as zip:
        zip.writestr("data/dot.png", DOT)
    assert refusal(path) == "it holds one member twice"


def directory(path: Path, change) -> Path:
    """The archive with its central directory changed by hand."""
    data = bytearray(path.read_bytes())
    (at,) = struct.unpack_from("<I", data, len(data) - 6)
    change(data, at)
    path.write_bytes(data)
    return path


def places(data: bytes, at: int) -> list[int]:
    """Where the entries of the directory begin."""
    found = []
    while data[at : at + 4] == b"PK\1\2":
        found.append(at)
        at += 46 + sum(struct.unpack_from("<HHH", data, at + 28))
    return found


def test_members_that_overlap_are_refused(tmp_path: Path):
    """The quoted-overlap bomb: many entries, one piece of data."""
    path = archive(tmp_path / "a.ora", members={"data/a.png": DOT, "data/b.png": DOT})

    def overlap(data: bytearray, at: int) -> None:
        entries = places(data, at)
        data[entries[3] + 42 : entries[3] + 46] = data[entries[2] + 42 : entries[2] + 46]

    assert refusal(directory(path, overlap)) == "two of its members overlap"


def test_an_encrypted_member_is_refused(tmp_path: Path):
    def encrypt(data: bytearray, at: int) -> None:
        data[places(data, at)[2] + 8] |= 1

    assert refusal(directory(archive(tmp_path / "a.ora"), encrypt)) == "one of its members is encrypted"


def test_an_unknown_packing_is_refused(tmp_path: Path):
    path = tmp_path / "a.ora"
    archive(path)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_LZMA) as zip:
        zip.writestr("data/x.png", DOT)
    assert refusal(path) == "one of its members is packed in an unknown way"


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path):
    path = archive(tmp_path / "a.ora")
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as zip:
        zip.writestr("data/bomb.png", bytes(64 << 20))
    assert path.stat().st_size < 100_000
    assert refusal(path) == "it would unpack to far too much"


def test_a_member_that_lies_about_its_size_is_damaged(tmp_path: Path):
    """Small by the directory, a bomb by its data: read no further than it says."""
    path = archive(tmp_path / "a.ora", members={})
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as zip:
        zip.writestr("data/dot.png", bytes(8 << 20))

    def lie(data: bytearray, at: int) -> None:
        struct.pack_into("<I", data, places(data, at)[2] + 24, 100)

    assert "damaged" in refusal(directory(path, lie))


def test_too_many_members_are_refused_without_reading_them(tmp_path: Path):
    many = {f"data/{number}.png": b"" for number in range(gate.MOST_MEMBERS)}
    assert refusal(archive(tmp_path / "a.ora", members=many)) == "it has too many members"


def test_a_directory_that_would_fill_the_memory_is_not_read(tmp_path: Path):
    path = tmp_path / "a.ora"
    entry = struct.pack("<4s6H3I5H2I", b"PK\1\2", 20, 20, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"x"
    whole = entry * 200_000
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, len(whole), 0, 0)
    path.write_bytes(whole + end)
    assert refusal(path) == "it has too many members"


@pytest.mark.parametrize(
    "text",
    [
        b'<?xml version="1.0"?><!DOCTYPE image [<!ENTITY a "b">]>' + STACK[38:],
        b"<!doctype image>" + STACK[38:],
        b'<?xml version="1.0"?><!DOCTYPE x SYSTEM "file:///etc/passwd">' + STACK[38:],
        ('<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE image>' + STACK[38:].decode()).encode("utf-16"),
    ],
)
def test_declarations_are_refused_before_any_parser_sees_them(tmp_path: Path, text: bytes):
    assert refusal(archive(tmp_path / "a.ora", text)).startswith("its list of layers declares entities")


def test_a_chain_of_entities_does_not_crash_the_process(tmp_path: Path):
    """With expat 2.5 the standard parser dies of it (CVE-2024-8176)."""
    chain = "".join(f'<!ENTITY e{n + 1} "&e{n};">' for n in range(60_000))
    text = f'<?xml version="1.0"?><!DOCTYPE i [<!ENTITY e0 "x">{chain}]><image w="1" h="1">&e60000;</image>'
    path = archive(tmp_path / "a.ora", text.encode())
    code = f"""
        from desktop.state.document_file.ora_read import open_ora
        from engine.api.errors import UnreadableFile
        try:
            open_ora({str(path)!r})
        except UnreadableFile:
            print("refused")
    """
    result = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True)
    assert (result.returncode, result.stdout) == (0, "refused\n"), result.stderr


@pytest.mark.parametrize(
    "text",
    [
        b"", b"<image/>", b"<image w='4' h='4'/>", b"<stack/>", b"<image w='0' h='4'><stack/></image>",
        b"<image w='1e999' h='4'><stack/></image>", b"<image w='4' h='4'><stack>", b"\xff\xfe\x00",
        b"<image w='4' h='4'>" + b"<stack>" * 5000 + b"</stack>" * 5000 + b"</image>",
        b"<image w='4' h='4'><stack>" + b"<layer/>" * 9000 + b"</stack></image>",
        b"<image w='4' h='4'><stack><layer src='data/dot.png' x='1e12'/></stack></image>",
        b"<?xml version='1.0' encoding='no-such'?><image w='4' h='4'><stack/></image>",
    ],
)  # fmt: skip
def test_a_list_of_layers_that_is_none_is_refused(tmp_path: Path, text: bytes):
    assert refusal(archive(tmp_path / "a.ora", text)) == "its list of layers is damaged"


def test_a_canvas_beyond_the_limit_is_refused(tmp_path: Path):
    text = b"<image w='16385' h='4'><stack/></image>"
    assert refusal(archive(tmp_path / "a.ora", text)) == "it is larger than 16,384 pixels a side"


def test_a_list_of_layers_of_absurd_length_is_refused(tmp_path: Path):
    assert (
        refusal(archive(tmp_path / "a.ora", b"<!--" + os.urandom(3 << 20).hex().encode() + b"-->"))
        == "one of its members is too large"
    )


@pytest.mark.parametrize(
    ("members", "cause"),
    [
        ({}, "one of its members is missing"),
        ({"data/dot.png": b""}, "one of its members is damaged"),
        ({"data/dot.png": DOT[:50]}, "one of its members is damaged"),
        ({"data/dot.png": DOT[:-30] + bytes(30)}, "one of its members is damaged"),
        ({"data/dot.png": b"GIF89a" + bytes(50)}, "one of its members is damaged"),
    ],
)
def test_a_damaged_layer_is_said(tmp_path: Path, members: dict[str, bytes], cause: str):
    assert refusal(archive(tmp_path / "a.ora", members=members)) == cause


def bomb(width: int, height: int, depth: int = 8, colour: int = 6) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    packed = zlib.compress(bytes(1_000_000), 9)
    return b"".join([SIGNATURE, chunk(b"IHDR", head), chunk(b"IDAT", packed), chunk(b"IEND", b"")])


@pytest.mark.parametrize("size", [(70_000, 2), (2**31 - 1, 2**31 - 1), (65_000, 65_000)])
def test_a_layer_of_absurd_size_is_refused_by_its_head(tmp_path: Path, size: tuple[int, int]):
    path = archive(tmp_path / "a.ora", members={"data/dot.png": bomb(*size)})
    assert refusal(path) == "one of its members is too large"


@pytest.mark.parametrize("colour", [3, 4])
def test_a_layer_that_is_a_bomb_for_the_gate_is_refused(tmp_path: Path, colour: int):
    path = archive(tmp_path / "a.ora", members={"data/dot.png": bomb(30_000, 30_000, colour=colour)})
    assert refusal(path) == "one of its members is damaged"


def test_more_memory_than_there_is_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    from desktop.state.document_file import layer_read, ora_read

    save_ora(tmp_path / "a.ora", random_state(11))
    monkeypatch.setattr(ora_read, "memory_budget", lambda: layer_read.Budget(1))
    assert refusal(tmp_path / "a.ora") == "it needs more memory than this computer has"


def test_a_zip_of_something_else_is_no_document(tmp_path: Path):
    assert (
        refusal(archive(tmp_path / "a.ora", mimetype=b"application/epub+zip"))
        == "it is not an OpenRaster file"
    )
    with zipfile.ZipFile(tmp_path / "b.ora", "w") as zip:
        zip.writestr("stack.xml", STACK)
    assert refusal(tmp_path / "b.ora") == "one of its members is missing"


@pytest.mark.parametrize("data", [b"", b"PK\3\4", b"PK\5\6" + bytes(18), b"not a zip", DOT, bytes(70_000)])
def test_what_is_no_zip_is_refused(tmp_path: Path, data: bytes):
    (tmp_path / "a.ora").write_bytes(data)
    assert refusal(tmp_path / "a.ora")


def test_missing_files_folders_and_pipes_are_refused_at_once(tmp_path: Path):
    os.mkfifo(tmp_path / "pipe.ora")
    (tmp_path / "folder.ora").mkdir()
    for name in ("gone.ora", "folder.ora", "pipe.ora", "x" * 300):
        with pytest.raises(UnreadableFile):
            open_ora(tmp_path / name)


def whole(seed: int, folder: Path) -> bytes:
    path = folder / f"{seed}.ora"
    if not path.exists():
        save_ora(path, random_state(seed))
    return path.read_bytes()


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.integers(3, 5),
    st.integers(0, 2**31),
    st.sampled_from(["flip", "cut", "insert", "swap"]),
    st.binary(max_size=40),
)
def test_any_damage_is_a_sentence_or_no_damage(
    tmp_path_factory: pytest.TempPathFactory, tmp_path: Path, seed: int, place: int, how: str, noise: bytes
):
    """Whatever is done to a good file: it opens, or it is refused; nothing else ever happens."""
    data = bytearray(whole(seed, tmp_path))
    at = place % len(data)
    if how == "flip":
        data[at] ^= 1 + place % 255
    elif how == "cut":
        del data[at:]
    elif how == "insert":
        data[at:at] = noise
    else:
        data[at : at + len(noise)] = noise
    path = tmp_path / "mutant.ora"
    path.write_bytes(data)
    try:
        open_ora(path)
    except UnreadableFile as error:
        assert "mutant.ora cannot be opened" in str(error)


def state_with(tmp_path: Path, change) -> Path:
    """A good file whose own state says something odd; its list of layers still matches."""
    save_ora(tmp_path / "a.ora", random_state(11))
    memory = io.BytesIO()
    with zipfile.ZipFile(tmp_path / "a.ora") as old, zipfile.ZipFile(memory, "w") as new:
        for info in old.infolist():
            data = old.read(info)
            new.writestr(info, change(data) if info.filename == "lienzo/state.json" else data)
    (tmp_path / "b.ora").write_bytes(memory.getvalue())
    return tmp_path / "b.ora"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"width":', b'"width":99999999,"was":'), (b'"offset":[', b'"offset":[1e99,'),
        (b'"kind":"', b'"kind":"x'), (b'"mask_mode":"', b'"mask_mode":"x'), (b'"blend":"', b'"blend":"x'),
        (b'"left":', b'"left":123456789012,"was":'), (b'"opacity":', b'"opacity":1e999,"was":'),
    ],
)  # fmt: skip
def test_odd_numbers_in_our_own_state_harm_nothing(tmp_path: Path, old: bytes, new: bytes):
    path = state_with(tmp_path, lambda data: data.replace(old, new))
    try:
        opened = open_ora(path)
    except UnreadableFile as error:
        assert error.data["cause"] == "what Lienzo keeps in it is damaged"
    else:
        assert opened.notes == ("state_damaged",) and not opened.keeps_path


def test_two_layers_of_one_name_inside_are_two_layers(tmp_path: Path):
    import re

    path = state_with(tmp_path, lambda data: re.sub(rb'"id":"[0-9a-f]+"', b'"id":"same"', data))
    layers = list(open_ora(path).state.root.walk())
    assert len({layer.id for layer in layers}) == len(layers)

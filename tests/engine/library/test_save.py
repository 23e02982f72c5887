"""Saving: whole or not at all, proven on real processes, real limits and a real full disk."""

from __future__ import annotations

import hashlib
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from engine.api.errors import CannotSave
from engine.library import save
from engine.library.save import save_bytes, save_new, sweep

KILLS = 70
BLOB = 300_000
"""Bytes: some ten writes of a naive program, so that a kill has where to strike."""

SAVER = """
import sys
from engine.library.save import save_bytes
def write(path, data): save_bytes(path, data)
"""
NAIVE = """
def write(path, data):
    with open(path, "wb") as file:
        for at in range(0, len(data), 4096):
            file.write(data[at:at + 4096]); file.flush()
"""
LOOP = """
import hashlib, os, sys
path, started = sys.argv[1], 0
while True:
    body = os.urandom({blob})
    write(path, hashlib.sha256(body).digest() + body)
    if not started:
        print("on", flush=True); started = 1
"""


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def kill_while_saving(writer: str, target: Path, kills: int) -> int:
    """How many of `kills` left a file that does not hold its own checksum."""
    chance = random.Random(1)
    corrupt = 0
    for _ in range(kills):
        command = [sys.executable, "-S", "-c", writer + LOOP.format(blob=BLOB), str(target)]
        environment = {**os.environ, "PYTHONPATH": str(Path(save.__file__).parents[2])}
        child = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment)
        assert child.stdout is not None
        with child.stdout:
            assert child.stdout.readline() == b"on\n"
            time.sleep(chance.random() * 0.02)  # the moment of the kill is the thing under test
            os.kill(child.pid, signal.SIGKILL)
            child.wait()
        data = target.read_bytes()
        corrupt += hashlib.sha256(data[32:]).digest() != data[:32] or len(data) != 32 + BLOB
    return corrupt


def test_no_kill_leaves_a_corrupt_file_and_the_sweep_takes_the_rest(tmp_path: Path):
    target = tmp_path / "picture.png"
    assert kill_while_saving(SAVER, target, KILLS) == 0
    left = [name for name in names_in(tmp_path) if name.endswith(".part")]
    assert sweep(tmp_path) == len(left)
    assert names_in(tmp_path) == ["picture.png"]


def test_the_same_kills_do_corrupt_what_a_naive_program_saves(tmp_path: Path):
    assert kill_while_saving(NAIVE, tmp_path / "picture.png", 15) > 0


def test_a_file_is_replaced_whole(tmp_path: Path):
    target = tmp_path / "a.bin"
    save_bytes(target, b"one")
    save_bytes(str(target), memoryview(b"two" * 1_000_000))
    assert target.read_bytes() == b"two" * 1_000_000
    assert names_in(tmp_path) == ["a.bin"]


def test_a_new_file_follows_the_umask_and_an_old_one_keeps_its_mode(tmp_path: Path):
    before = os.umask(0o027)
    try:
        save_bytes(tmp_path / "new", b"1")
    finally:
        os.umask(before)
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o640
    (tmp_path / "new").chmod(0o604)
    save_bytes(tmp_path / "new", b"2")
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o604


def test_a_link_keeps_pointing_where_it_does(tmp_path: Path):
    (tmp_path / "there").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "there" / "file")
    save_bytes(tmp_path / "link", b"x")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "there" / "file").read_bytes() == b"x"


def test_a_missing_folder_is_said_with_the_next_step(tmp_path: Path):
    with pytest.raises(CannotSave, match=r"a\.png was not saved: the folder is missing\. Connect its disk"):
        save_bytes(tmp_path / "gone" / "a.png", b"x")


@pytest.mark.parametrize(
    ("name", "cause"),
    [
        ("x" * 300, "the name is too long"),
        ("there", "a folder has that name"),
        ("file/x", "a folder on the way is a file"),
    ],
)
def test_names_that_cannot_be_are_said(tmp_path: Path, name: str, cause: str):
    (tmp_path / "there").mkdir()
    (tmp_path / "file").write_bytes(b"kept")
    with pytest.raises(CannotSave, match=cause):
        save_bytes(tmp_path / name, b"x")
    assert names_in(tmp_path) == ["file", "there"]
    assert (tmp_path / "file").read_bytes() == b"kept"


def test_the_longest_name_that_a_folder_takes_is_saved(tmp_path: Path):
    save_bytes(tmp_path / ("x" * 251 + ".png"), b"x")
    assert save_new(tmp_path, "x" * 251 + ".png", b"y").read_bytes() == b"y"
    assert len(names_in(tmp_path)) == 2


def in_a_child(
    code: str, *words: str, before=None, prefix: tuple[str, ...] = ()
) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(Path(save.__file__).parents[2])}
    command = [*prefix, sys.executable, "-c", textwrap.dedent(code), *words]
    return subprocess.run(command, capture_output=True, text=True, env=environment, preexec_fn=before)


FILL = """
    import os, sys
    from engine.api.errors import CannotSave
    from engine.library.save import save_bytes, save_new
    folder = sys.argv[1]
    for size in (400_000, 3_000_000):
        for save in (lambda d: save_bytes(folder + "/old", d), lambda d: save_new(folder, "new", d)):
            try:
                save(b"x" * size)
            except CannotSave as error:
                print(error.data["cause"])
    print(sorted(os.listdir(sys.argv[1])), open(sys.argv[1] + "/old").read())
"""


def test_a_limit_on_file_size_keeps_the_old_file(tmp_path: Path):
    (tmp_path / "old").write_bytes(b"precious")

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))

    result = in_a_child(FILL, str(tmp_path), before=limit)
    assert result.stdout.splitlines() == [
        *["the file is larger than this disk or account allows"] * 4,
        "['old'] precious",
    ], result.stderr


def test_a_full_disk_keeps_the_old_file(tmp_path: Path):
    if (
        not shutil.which("unshare")
        or subprocess.run(["unshare", "-rm", "true"], capture_output=True).returncode
    ):
        pytest.skip("this system lets nobody mount a small disk of their own (unshare -rm)")
    script = 'mount -t tmpfs -o size=200k none "$0" && printf precious > "$0/old" && exec "$@"'
    result = in_a_child(FILL, str(tmp_path), prefix=("unshare", "-rm", "sh", "-c", script, str(tmp_path)))
    assert result.stdout.splitlines() == [*["the disk is full"] * 4, "['old'] precious"], result.stderr


def test_a_read_only_folder_keeps_the_old_file(tmp_path: Path):
    (tmp_path / "old").write_bytes(b"precious")
    if os.geteuid() == 0:  # root writes wherever it likes; a read-only disk stops root too
        if (
            not shutil.which("unshare")
            or subprocess.run(["unshare", "-rm", "true"], capture_output=True).returncode
        ):
            pytest.skip("root, and no disk of our own to make read-only (unshare -rm)")
        script = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"'
        prefix = ("unshare", "-rm", "sh", "-c", script, str(tmp_path))
        result, cause = in_a_child(FILL, str(tmp_path), prefix=prefix), "the disk is read-only"
    else:
        tmp_path.chmod(0o555)
        result, cause = in_a_child(FILL, str(tmp_path)), "it may not be written to"
        tmp_path.chmod(0o755)
    assert result.stdout.splitlines() == [*[cause] * 4, "['old'] precious"], result.stderr


def test_what_is_written_piece_by_piece_is_saved_whole(tmp_path: Path):
    target = tmp_path / "a.bin"

    def write(file) -> None:
        for piece in (b"....", b"two" * 1_000_000, b"end"):
            file.write(piece)
        file.seek(0)
        file.write(b"head")

    save.save_written(target, write)
    assert target.read_bytes() == b"head" + b"two" * 1_000_000 + b"end"
    assert names_in(tmp_path) == ["a.bin"]


def test_an_error_or_a_cancel_while_writing_leaves_the_old_file_and_no_part(tmp_path: Path):
    target = tmp_path / "a.bin"
    target.write_bytes(b"precious")
    for error in (KeyboardInterrupt, ValueError):

        def write(file, error=error) -> None:
            file.write(b"half")
            raise error

        with pytest.raises(error):
            save.save_written(target, write)
        assert target.read_bytes() == b"precious" and names_in(tmp_path) == ["a.bin"]


def test_a_new_name_is_numbered_instead_of_overwriting(tmp_path: Path):
    paths = [save_new(tmp_path, "2026/dog.png", bytes([index])) for index in range(3)]
    assert [path.name for path in paths] == ["dog.png", "dog (2).png", "dog (3).png"]
    assert [path.read_bytes() for path in paths] == [b"\0", b"\1", b"\2"]


def test_many_at_once_never_take_each_others_name(tmp_path: Path):
    with ThreadPoolExecutor(8) as pool:
        paths = list(pool.map(lambda i: save_new(tmp_path, "a.png", str(i).encode()), range(60)))
    assert len(set(paths)) == 60
    assert sorted(int(path.read_text()) for path in paths) == list(range(60))
    assert len(names_in(tmp_path)) == 60


@pytest.mark.parametrize("name", ["../out.png", "/etc/out.png", "a/../../out.png", "", ".", "a\0b"])
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str):
    (tmp_path / "library").mkdir()
    with pytest.raises(CannotSave):
        save_new(tmp_path / "library", name, b"x")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_link_inside_the_library_does_not_lead_out(tmp_path: Path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "library").mkdir()
    (tmp_path / "library" / "sub").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(CannotSave, match="leads out of"):
        save_new(tmp_path / "library", "sub/new/x.png", b"x")
    assert names_in(tmp_path / "elsewhere") == []


def test_without_hard_links_a_new_file_still_overwrites_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def no_links(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)  # as on FAT
    assert [save_new(tmp_path, "a", data).name for data in (b"1", b"2")] == ["a", "a (2)"]
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a": b"1", "a (2)": b"2"}


def test_the_sweep_leaves_the_living_other_hosts_and_strangers_alone(tmp_path: Path):
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    stale = [
        f".lienzo-{save.HOST}-{gone.pid}-00000000-0.part",
        f".lienzo-{save.HOST}-{os.getpid()}-00000000-0.part",
    ]
    kept = [
        f".lienzo-{save.HOST}-{os.getppid()}-00000000-0.part",
        f".lienzo-{save.HOST}-{os.getpid()}-{save.TOKEN}-9.part",
        f".lienzo-ffffffff-{gone.pid}-00000000-0.part",
        "picture.png.part",
    ]
    for name in stale + kept:
        (tmp_path / name).write_bytes(b"")
    assert sweep(tmp_path) == 2
    assert names_in(tmp_path) == sorted(kept)


@pytest.mark.skipif(sys.platform != "linux", reason="says by /proc what is synced")
def test_the_bytes_are_on_the_disk_before_they_have_the_name_and_the_name_is_before_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """The order that survives a power cut, which no test can make."""
    done: list[tuple[str, str]] = []

    def told(descriptor: int) -> None:
        done.append(("synced", Path(f"/proc/self/fd/{descriptor}").readlink().name))

    def named(move: Callable[..., object]) -> Callable[..., object]:
        def moved(source: Path, target: Path) -> object:
            done.append(("named", Path(target).name))
            return move(source, target)

        return moved

    monkeypatch.setattr(os, "fsync", told)
    monkeypatch.setattr(os, "link", named(os.link))
    monkeypatch.setattr(Path, "replace", named(Path.replace))
    for save_it in (
        lambda: save_bytes(tmp_path / "dog.png", b"old"),
        lambda: save_bytes(tmp_path / "dog.png", b"new"),
        lambda: save_new(tmp_path, "cat.png", b"new"),
    ):
        done.clear()
        save_it()
        (first, part), (second, name), (last, folder) = done
        assert (first, second, last) == ("synced", "named", "synced")
        assert part.endswith(".part") and name in ("dog.png", "cat.png") and folder == tmp_path.name

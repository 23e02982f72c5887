from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from desktop.state.trash import Removed, Trash
from engine.api.errors import CannotSave


def test_what_is_put_aside_can_be_taken_back(tmp_path: Path):
    path = tmp_path / "dog.png"
    path.write_bytes(b"dog")
    removed = Trash().put(path)
    assert not path.exists() and removed.aside is not None and removed.aside.read_bytes() == b"dog"
    assert Trash().take_back(removed) == path
    assert [file.name for file in tmp_path.iterdir()] == ["dog.png"]


def test_taking_back_overwrites_nothing(tmp_path: Path):
    path = tmp_path / "dog.png"
    path.write_bytes(b"old")
    removed = Trash().put(path)
    path.write_bytes(b"new")
    assert Trash().take_back(removed).name == "dog (2).png"
    assert path.read_bytes() == b"new"


def test_a_file_that_is_gone_already_is_no_error(tmp_path: Path):
    assert Trash().put(tmp_path / "gone.png") == Removed(tmp_path / "gone.png", None)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_is_said(tmp_path: Path):
    path = tmp_path / "dog.png"
    path.write_bytes(b"dog")
    tmp_path.chmod(0o500)
    with pytest.raises(CannotSave, match=r"dog\.png"):
        Trash().put(path)
    tmp_path.chmod(0o700)
    assert path.exists()


def test_what_was_removed_just_now_and_what_others_put_away_is_no_leftover(tmp_path: Path):
    for name in ("now.png", "killed.png"):
        (tmp_path / name).write_bytes(b"dog")
    other = tmp_path / ".trash"
    other.mkdir()
    (other / "of another program.png").write_bytes(b"cat")
    killed = Trash().put(tmp_path / "killed.png")
    trash = Trash()
    trash.put(tmp_path / "now.png")
    assert [path for found in trash.leftovers(tmp_path) for path in found] == [killed.aside]


def test_what_a_killed_app_left_aside_goes_to_the_systems_trash(tmp_path: Path):
    library = tmp_path / "library"
    library.mkdir()
    path = library / "dog.png"
    path.write_bytes(b"dog")
    Trash().put(path)
    code = (
        "import sys, pathlib; from desktop.state.trash import Trash;"
        "print(Trash().throw_away_leftovers(pathlib.Path(sys.argv[1])))"
    )
    home = {"XDG_DATA_HOME": str(tmp_path / "share"), "HOME": str(tmp_path)}
    ended = subprocess.run(
        [sys.executable, "-c", code, str(library)],
        env={**os.environ, **home}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert ended.stdout == "1\n"
    assert not path.exists() and not list(library.iterdir())
    trashed = [file for file in tmp_path.rglob("dog.png")]
    assert [file.read_bytes() for file in trashed] == [b"dog"]

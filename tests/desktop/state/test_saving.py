"""Pictures on their way to the disk: named by what they are, kept through full disks and endings."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from studios import PATIENCE_MS, studio_with_toy, toy_request, wait_done

from engine.library.pictures import open_picture, read_metadata


@pytest.mark.parametrize(
    ("format", "suffix", "begins"),
    [("png", ".png", b"\x89PNG"), ("jpeg", ".jpg", b"\xff\xd8"), ("webp", ".webp", b"RIFF")],
)
def test_a_picture_is_named_by_what_is_in_it(qtbot, format: str, suffix: str, begins: bytes):
    with studio_with_toy(qtbot) as studio:
        studio.settings.picture_format = format
        job = studio.jobs.enqueue(toy_request("a cat"))
        wait_done(qtbot, job)
        path = job.results[0].path
        assert path.suffix == suffix and path.read_bytes().startswith(begins)
        assert open_picture(path).format.lower() == format
        assert read_metadata(path).recipe.request.prompt == "a cat"


def test_what_the_engine_delivered_is_saved_before_the_app_ends(qtbot):
    with studio_with_toy(qtbot) as studio:
        job = studio.jobs.enqueue(toy_request(images=200))
        qtbot.waitUntil(lambda: job.made >= 5, timeout=PATIENCE_MS)
        studio.close()
        assert len(job.results) == job.made
        assert not studio.saver.waiting


def can_mount() -> bool:
    command = ["unshare", "-rm", "true"]
    try:
        return subprocess.run(command, capture_output=True).returncode == 0
    except OSError:
        return False


@pytest.mark.skipif(not can_mount(), reason="no file system of our own can be mounted here")
def test_on_a_disk_that_really_is_full_no_picture_is_lost(tmp_path: Path):
    """A file system of 256 KB, filled and freed again, under the real queue in a process of its own."""
    disk = tmp_path / "disk"
    disk.mkdir()
    script = Path(__file__).parents[2] / "full_disk.py"
    mount = 'mount -t tmpfs -o size=256k tmpfs "$1" && exec "$2" "$3" "$1"'
    done = subprocess.run(
        ["unshare", "-rm", "sh", "-c", mount, "sh", disk, sys.executable, script],
        capture_output=True,
        text=True,
        timeout=90,
    )
    assert done.stdout.split("\n")[:3] == ["paused, 0 parts", "done", "a cat"], done.stdout + done.stderr

"""The cache is a help and no need: a full, locked, damaged or missing one costs time, never a job."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from tiny import tiny_sd

from engine.api.events import Event, Finished, ImageReady
from engine.api.request import GenerationRequest, Sampling
from engine.cli import main
from engine.diffusion import preview
from engine.library.folders import cache_folder
from engine.models.cache import Models
from engine.models.catalog import Catalog
from engine.picture import picture, prompts
from engine.tasks import run


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tiny_sd(tmp_path_factory.mktemp("models") / "model")


@pytest.fixture(autouse=True)
def small_fit(monkeypatch):
    monkeypatch.setattr(preview, "MOST_SAMPLES", 2)


def make(folder: Path) -> list[Event]:
    """As in a process that has just started: nothing is in memory."""
    prompts._embedding_cache.cache_clear()
    preview._ready.clear()
    picture.KEPT.clear()
    request = GenerationRequest(str(folder), "a dog", "", 64, 64, Sampling("euler", 2, seed=3))
    return list(run(request, Models(Catalog(), device="cpu")))


def pixels_of(events: list[Event]) -> np.ndarray:
    assert isinstance(events[-1], Finished)
    return next(event for event in events if isinstance(event, ImageReady)).pixels


def a_file_for_the_home(home: Path) -> None:
    home.write_text("")


def a_file_for_the_cache(home: Path) -> None:
    home.mkdir()
    (home / "cache").write_text("")


def files_for_its_folders(home: Path) -> None:
    for name in ("embeddings", "previews", "weight-hashes.json", "weights-not-finite.json"):
        (home / "cache").mkdir(parents=True, exist_ok=True)
        if "." in name:
            (home / "cache" / name).mkdir()
        else:
            (home / "cache" / name).write_text("")


def a_link_to_nowhere(home: Path) -> None:
    home.mkdir()
    (home / "cache").symlink_to("/nowhere/at/all")


@pytest.mark.parametrize(
    "spoil", [a_file_for_the_home, a_file_for_the_cache, files_for_its_folders, a_link_to_nowhere]
)
def test_a_cache_that_cannot_be_written_ends_no_job(folder: Path, own_home: Path, spoil):
    spoil(own_home)
    assert np.array_equal(pixels_of(make(folder)), pixels_of(make(folder)))


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder where even root cannot write")
def test_a_home_where_nobody_can_write_ends_no_job(folder: Path, monkeypatch, tmp_path: Path, capsys):
    monkeypatch.setenv("LIENZO_HOME", "/proc/lienzo")
    assert isinstance(make(folder)[-1], Finished)
    words = ["generate", "a dog", "-m", str(folder), "--size", "64", "--steps", "1"]
    assert main([*words, "-o", str(tmp_path / "dog.png")]) == 0
    assert main(words) == 9
    assert "/proc/lienzo/pictures" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit for files")
def test_a_full_disk_ends_no_job(folder: Path):
    import resource

    expected = pixels_of(make(folder))
    for file in cache_folder().rglob("*.*"):
        file.unlink()
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        events = make(folder)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert np.array_equal(pixels_of(events), expected)
    assert not list(cache_folder().rglob("*.safetensors"))


@pytest.mark.parametrize("damage", [b"", b"damaged", b"\0" * 4096, b"\x02\0\0\0\0\0\0\0{}"])
def test_a_damaged_cache_is_made_anew(folder: Path, damage: bytes):
    expected = pixels_of(make(folder))
    files = [file for file in cache_folder().rglob("*.*") if file.is_file()]
    assert len(files) >= 4
    for file in files:
        file.write_bytes(damage)
    assert np.array_equal(pixels_of(make(folder)), expected)
    assert all(len(file.read_bytes()) > len(damage) or file.suffix == ".json" for file in files)

"""Folders on disks that do not answer: nobody waits for them, nothing of theirs is lost, they come back."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from engine.api.errors import UnreadableFile
from engine.library import disks
from engine.library.disks import FILES, NO_ANSWER, Disks
from engine.library.gate import open_picture
from engine.library.index import readers, scan
from engine.library.index.catalogue import Catalogue
from engine.library.index.reading import read_all


class Share:
    """Where the disk's calls below `folder` hang while it is `is_hung`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._answers = threading.Event()
        self._answers.set()
        self._scandir, self._stat = os.scandir, os.stat

    def hang(self) -> None:
        self._answers.clear()

    def answer(self) -> None:
        self._answers.set()

    def scandir(self, path):
        self._wait(path)
        return self._scandir(path)

    def stat(self, path, **given):
        self._wait(path)
        return self._stat(path, **given)

    def _wait(self, path: object) -> None:
        if not isinstance(path, int) and os.fsencode(self.folder) in os.fsencode(path):  # type: ignore[arg-type]
            self._answers.wait()


@pytest.fixture
def share(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Share]:
    monkeypatch.setattr(disks, "HURRIED_S", 0.3)
    monkeypatch.setattr(disks, "LOOKED_EVERY_S", 0.02)
    monkeypatch.setattr(scan, "HASTE_S", 0.05)
    (tmp_path / "share" / "below").mkdir(parents=True)
    made = Share(tmp_path / "share")
    monkeypatch.setattr(os, "scandir", made.scandir)
    monkeypatch.setattr(os, "stat", made.stat)
    yield made
    made.answer()


def plain_picture(path: Path) -> Path:
    Image.new("RGB", (8, 8)).save(path)
    return path


def look(catalogue: Catalogue, *folders: Path, is_recursive: bool = True) -> scan.Progress:
    return list(catalogue.scan(folders or None, is_recursive))[-1]


def found(catalogue: Catalogue, query: str = "") -> list[str]:
    return sorted(record.path.name for record in catalogue.records(catalogue.search(query).ids))


def test_a_share_that_hangs_keeps_its_pictures_and_no_other_folder_waiting(
    catalogue: Catalogue, folder: Path, share: Share
):
    plain_picture(share.folder / "far.png")
    plain_picture(share.folder / "below" / "further.png")
    catalogue.add_folder(share.folder)
    assert look(catalogue).added == 2
    plain_picture(folder / "near.png")
    catalogue.disks.hurry()
    share.hang()
    steps = list(catalogue.scan([share.folder, folder]))
    assert steps[-1].unlisted == ((share.folder, NO_ANSWER),)
    assert found(catalogue) == ["far.png", "further.png", "near.png"]
    assert found(catalogue, "is:missing") == []
    assert catalogue.changed_folders() == [], "it is not asked again before it has answered"
    with pytest.raises(UnreadableFile, match="does not answer"):
        catalogue.ask_disk(share.folder / "far.png", share.folder.exists)


def test_it_is_looked_at_again_when_it_answers(catalogue: Catalogue, share: Share):
    catalogue.disks.hurry()
    plain_picture(share.folder / "below" / "new.png")
    catalogue.kept.add_folder(share.folder)
    share.hang()
    assert look(catalogue).unlisted == ((share.folder, NO_ANSWER),)
    assert found(catalogue) == []
    share.answer()
    while catalogue.disks.is_silent(os.fsencode(share.folder)):
        pass
    assert catalogue.changed_folders() == [share.folder]
    look(catalogue, share.folder, is_recursive=False)
    assert found(catalogue) == ["new.png"]
    assert catalogue.changed_folders() == []


def test_marks_of_a_picture_there_are_owed_and_written_later(catalogue: Catalogue, share: Share):
    path = plain_picture(share.folder / "far.png")
    catalogue.add_folder(share.folder)
    look(catalogue)
    catalogue.disks.hurry()
    (id,) = catalogue.search("").ids
    share.hang()
    catalogue.mark([id], rating=4)
    assert [NO_ANSWER in written.cause for written in catalogue.write_owed()] == [True]
    assert found(catalogue, "rating:4") == ["far.png"]
    with pytest.raises(UnreadableFile):
        catalogue.remember([id])
    share.answer()
    while catalogue.disks.is_silent(os.fsencode(share.folder)):
        pass
    assert [written.cause for written in catalogue.write_owed()] == [""]
    assert b"Rating" in path.read_bytes()


def test_files_that_hang_while_they_are_read_are_read_the_next_time(
    catalogue: Catalogue, folder: Path, share: Share, monkeypatch: pytest.MonkeyPatch
):
    catalogue.disks.hurry()
    plain_picture(folder / "near.png")
    plain_picture(share.folder / "far.png")
    catalogue.add_folder(share.folder)

    def read(files):
        share._wait(files[0][0])
        return read_all(files)

    monkeypatch.setattr(readers, "read_all", read)
    steps = catalogue.scan()
    while not next(steps).is_listed:
        pass
    share.hang()
    assert list(steps)[-1].is_done
    assert found(catalogue) == ["near.png"]
    share.answer()
    while catalogue.disks.is_silent(os.fsencode(share.folder)):
        pass
    look(catalogue, *catalogue.changed_folders(), is_recursive=False)
    assert found(catalogue) == ["far.png", "near.png"]


def test_a_file_that_hangs_is_left_where_the_window_is_to_close(
    share: Share, monkeypatch: pytest.MonkeyPatch
):
    path, opened = plain_picture(share.folder / "far.png"), os.open

    def hang(path, *given):
        share._wait(path)
        return opened(path, *given)

    monkeypatch.setattr(os, "open", hang)
    share.hang()
    with FILES.hurried(), pytest.raises(UnreadableFile, match="does not answer"):
        open_picture(path)
    share.answer()
    while FILES.is_silent(os.fsencode(share.folder)):
        pass
    assert open_picture(path).width == 8


def test_what_is_asked_comes_back_as_it_is():
    disks = Disks()
    assert disks.ask(b"/a", lambda: 7) == 7
    with pytest.raises(ZeroDivisionError):
        disks.ask(b"/a", lambda: 1 // 0)
    told = disks.each(b"/a", iter(range(5)))
    assert not told.is_late(5.0)
    assert list(told) == [0, 1, 2, 3, 4] and list(told) == []

"""Rated, tagged, put on boards, renamed, moved, forgotten; undone; and never lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from libraries import found, look, names, open_in
from picture_files import a1111, ours, png, put

from engine.api.errors import BadRequest, CannotSave
from engine.library.index.catalogue import Catalogue
from engine.library.marks import Marks, read_marks
from engine.library.packets import packet_of


def in_file(path: Path) -> Marks:
    return read_marks(packet_of(path.read_bytes()))


def test_what_is_marked_is_found_and_undone(catalogue: Catalogue, folder: Path):
    put(folder, one=a1111("one"), two=a1111("two"))
    look(catalogue)
    ids = catalogue.search("one").ids
    first = catalogue.mark(ids, rating=4, label="green", favourite=True, add_tags=["sea", "Ámbar"])
    second = catalogue.mark(ids, notes="for the wall", add_boards=["Best"], remove_tags=["sea"])
    for query in (
        "rating:>=4",
        "label:verde",
        "is:favourite",
        "tag:ambar",
        'tag:"ámbar"',
        "wall",
        "board:best",
    ):
        assert found(catalogue, query) == {"one"}, query
    assert not found(catalogue, "tag:sea") and found(catalogue, "is:notes") == {"one"}
    assert [(v.value, v.count) for v in catalogue.facets(catalogue.search(""))["rating"]] == [
        ("4", 1),
        ("0", 1),
    ]
    catalogue.apply(second.undone())
    assert found(catalogue, "tag:sea") == {"one"} and not found(catalogue, "wall")
    catalogue.apply(first.undone())
    assert found(catalogue, "rating:0 is:untagged -is:favourite") == {"one", "two"}
    catalogue.apply(first)
    assert found(catalogue, "rating:4") == {"one"}


def test_a_rating_out_of_range_is_refused(catalogue: Catalogue, folder: Path):
    put(folder, one=a1111())
    look(catalogue)
    with pytest.raises(BadRequest, match="0 to 5"):
        catalogue.mark(catalogue.search("").ids, rating=6)


def test_marks_get_into_the_files_and_the_index_is_not_confused(catalogue: Catalogue, folder: Path):
    put(folder, one=ours())
    look(catalogue)
    catalogue.mark(catalogue.search("").ids, rating=5, add_tags=["sea"], add_boards=["Best"], notes="hm")
    assert [(w.cause, w.done, w.total) for w in catalogue.write_owed()] == [("", 1, 1)]
    assert in_file(folder / "one.png") == Marks(5, tags=("sea",), boards=("Best",), notes="hm")
    assert catalogue.kept.owed() == []
    assert look(catalogue).to_read == 0, "what we wrote ourselves is known"
    assert list(catalogue.write_owed()) == []


def test_a_lost_index_is_made_again_with_all_marks(catalogue: Catalogue, folder: Path, tmp_path: Path):
    put(folder, one=ours(), two=ours("another"))
    look(catalogue)
    catalogue.mark(catalogue.search("lighthouse").ids, rating=5, add_tags=["sea"], add_boards=["Best"])
    list(catalogue.write_owed())
    catalogue.mark(catalogue.search("another").ids, rating=2)  # not in its file yet
    catalogue.kept.save_search("good ones", "rating:>=4")
    catalogue.close()
    (tmp_path / "index.sqlite").unlink()
    again = open_in(tmp_path)
    assert again.needs_scan and again.folders() == [folder]
    look(again)
    assert found(again, "rating:5 tag:sea board:best") == {"one"} and found(again, "rating:2") == {"two"}
    assert [search.query for search in again.kept.searches()] == ["rating:>=4"]
    assert again.kept.boards() == ["Best"]
    again.close()


def test_ratings_of_another_program_are_read(catalogue: Catalogue, folder: Path):
    put(folder, one=ours())
    look(catalogue)
    other = folder / "one.png"
    from engine.library.mark_files import write_marks

    write_marks(other, Marks(3, "blue", tags=("theirs",)))
    assert look(catalogue).changed == 1
    assert found(catalogue, "rating:3 label:blue tag:theirs") == {"one"}


def test_what_cannot_be_written_stays_owed_and_known(catalogue: Catalogue, folder: Path):
    put(folder, one=png(**{"XML:com.adobe.xmp": "<x:xmpmeta Rating"}), gone=ours("gone"))
    look(catalogue)
    catalogue.mark(catalogue.search("").ids, rating=1)
    (folder / "gone.png").unlink()
    causes = {written.path.name: written.cause for written in catalogue.write_owed()}
    assert "damaged" in causes["one.png"] and causes["gone.png"]
    assert {owed.path.name for owed in catalogue.kept.owed()} == {"one.png", "gone.png"}
    list(catalogue.rebuild())
    assert found(catalogue, "rating:1") == {"one"}


def test_what_is_owed_goes_with_a_renamed_file(catalogue: Catalogue, folder: Path):
    put(folder, one=ours())
    look(catalogue)
    catalogue.mark(catalogue.search("").ids, rating=3)
    (folder / "one.png").rename(folder / "two.png")
    look(catalogue)
    assert [written.cause for written in catalogue.write_owed()] == [""]
    assert in_file(folder / "two.png").rating == 3


def test_renaming_and_moving_and_back(catalogue: Catalogue, folder: Path):
    put(folder, one=ours("one"), two=ours("two"), there__one=ours("taken"))
    look(catalogue)
    ids = catalogue.search("prompt:one").ids
    renamed = catalogue.rename(int(ids[0]), "ein/s:.png")
    assert {path.name for path in renamed.after.values()} == {"ein s.png"}
    back = catalogue.apply_move(renamed.undone())
    assert (folder / "one.png").exists() and set(back.after.values()) == {folder / "one.png"}
    moved = catalogue.move(catalogue.search("prompt:one OR prompt:two").ids, folder / "there")
    assert {path.name for path in moved.after.values()} == {"one (2).png", "two.png"}
    assert catalogue.search("prompt:one").ids.tolist() == ids.tolist()
    assert look(catalogue).to_read == 0
    catalogue.apply_move(moved.undone())
    assert set(names(catalogue, "-is:missing")) == {"one", "two"} and (folder / "two.png").exists()
    with pytest.raises(BadRequest, match="empty"):
        catalogue.rename(int(ids[0]), "  ")


def test_moving_what_is_not_there_says_so(catalogue: Catalogue, folder: Path):
    put(folder, one=ours())
    look(catalogue)
    (folder / "one.png").unlink()
    with pytest.raises(CannotSave, match="not moved"):
        catalogue.move(catalogue.search("").ids, folder / "there")


def test_forgotten_and_remembered(catalogue: Catalogue, folder: Path):
    put(folder, one=ours("one"), two=ours("two"))
    look(catalogue)
    ids = catalogue.search("one").ids
    catalogue.mark(ids, rating=2)
    (folder / "one.png").rename(folder / ".one.png")
    catalogue.forget(ids)
    look(catalogue)
    assert found(catalogue) == {"two"}
    (folder / ".one.png").rename(folder / "one.png")
    catalogue.remember(ids)
    assert found(catalogue, "rating:2 -is:missing") == {"one"}


RATE = """
import sys
from pathlib import Path
from engine.library.index.catalogue import Catalogue
home = Path(sys.argv[1])
catalogue = Catalogue.open(home / "index.sqlite", home / "library.sqlite")
print("ready", flush=True)
number = 0
while True:
    number += 1
    for id in catalogue.search("").ids:
        catalogue.mark([id], rating=number % 5 + 1)
        print(int(id), number % 5 + 1, flush=True)
    if number % 2:
        list(catalogue.write_owed())
"""


@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL there")
@pytest.mark.parametrize("rows", [3, 17, 40])
def test_a_kill_while_rating_loses_no_rating_that_was_said(
    catalogue: Catalogue, folder: Path, tmp_path: Path, rows: int
):
    put(folder, **{f"n{number}": ours(f"one {number}", number) for number in range(8)})
    look(catalogue)
    said = killed(RATE, tmp_path, rows)
    last = {int(id): int(rating) for id, rating in (line.split() for line in said)}
    list(catalogue.write_owed())
    for record in catalogue.records(catalogue.search("").ids):
        assert record.marks.rating in allowed(last.get(record.id, 0))
        assert in_file(record.path) == record.marks
    assert catalogue.check() == "" and catalogue.kept.owed() == []


def allowed(rating: int) -> tuple[int, ...]:
    """What was said last, or what came after it and was not said any more."""
    return rating, rating % 5 + 1


INDEX = """
import sys
from pathlib import Path
from engine.library.index.catalogue import Catalogue
home = Path(sys.argv[1])
catalogue = Catalogue.open(home / "index.sqlite", home / "library.sqlite")
print("ready", flush=True)
for progress in catalogue.rebuild():
    print(progress.read, 0, flush=True)
"""


@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL there")
@pytest.mark.parametrize("rows", [0, 2, 3])
def test_a_kill_while_indexing_leaves_what_goes_on(
    catalogue: Catalogue, folder: Path, tmp_path: Path, rows: int
):
    put(folder, **{f"n{number}": a1111(f"one {number}") for number in range(700)})
    killed(INDEX, tmp_path, rows)
    assert catalogue.check() == ""
    look(catalogue)
    assert len(catalogue.search("one")) == 700 and look(catalogue).to_read == 0


AMID = """
import sys, time
from pathlib import Path
from engine.library.index.catalogue import Catalogue
home = Path(sys.argv[1])
catalogue = Catalogue.open(home / "index.sqlite", home / "library.sqlite")
print("ready", flush=True)
with catalogue.writing() as store:
    store.set_presence([1, 2, 3], 2)
    print("begun", flush=True)
    time.sleep(60)
"""


@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL there")
def test_a_kill_amid_a_change_is_undone_for_who_is_there_and_who_comes(
    catalogue: Catalogue, folder: Path, tmp_path: Path
):
    """SQLite lets nobody undo it who may only read, and says that the database may not be written."""
    put(folder, **{f"n{number}": a1111(f"one {number}") for number in range(3)})
    look(catalogue)
    killed(AMID, tmp_path, 1)
    assert (tmp_path / "index.sqlite-journal").exists()
    assert len(catalogue.search("one")) == 3
    killed(AMID, tmp_path, 1)
    later = open_in(tmp_path)
    assert len(later.search("one")) == 3 and not later.notes and not later.is_read_only
    later.close()


def killed(code: str, home: Path, rows: int) -> list[str]:
    """What a process said before it was killed after so many lines."""
    root = Path(__file__).parents[4]
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code), str(home)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=root,
    )
    assert process.stdout is not None
    said = []
    assert process.stdout.readline() == "ready\n"
    while len(said) < rows and (line := process.stdout.readline()):
        said.append(line)
    process.send_signal(signal.SIGKILL)
    said += [line for line in process.stdout.read().splitlines() if line.count(" ") == 1]
    process.wait()
    process.stdout.close()
    return said

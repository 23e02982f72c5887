"""The journal: what it confirmed is there after any kill; what is damaged is kept and said."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.api.errors import BadRequest, CannotSave, EngineLost
from engine.api.images import ImageInput, pixels_hash
from engine.api.recipe import Recipe
from engine.api.request import Branch, GenerationRequest, Sampling
from engine.library import journal_file, sqlite_file
from engine.library.foreign_json import compact_json
from engine.library.journal import Journal
from engine.library.pictures import encode_picture
from engine.library.save import save_new

PIXELS = np.random.default_rng(5).integers(0, 256, (24, 31, 3), dtype=np.uint8)
REQUEST = GenerationRequest(
    "starter", "a fox 🦊 \udc80 \0", sampling=Sampling(seed=2**64 - 1), extra={"new": [1]}
)
KILLS = 15


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite"


def test_jobs_come_back_with_all_they_were_given(path: Path):
    start = replace(REQUEST, image=ImageInput.of(PIXELS, "me.png"))
    branch = replace(REQUEST, branch=Branch(start, 0, 3))
    with closing(Journal(path)) as journal:
        journal.add("a", start)
        journal.add("b", branch)
        journal.set_state("b", "failed", BadRequest("steps", "is 0"))
    with closing(Journal(path)) as journal:
        a, b = journal.jobs()
    assert (a.id, a.request, a.state, a.attempts, a.error) == ("a", start, "queued", 0, None)
    assert a.request.image is not None and np.array_equal(a.request.image.pixels, PIXELS)
    assert b.request.branch is not None and b.request.branch.origin.image is not None
    assert np.array_equal(b.request.branch.origin.image.pixels, PIXELS)
    assert isinstance(b.error, BadRequest) and (b.error.field, b.error.reason) == ("steps", "is 0")
    assert b.request.extra == {"new": [1]}


def test_states_know_their_times_and_attempts(path: Path):
    with closing(Journal(path)) as journal:
        journal.add("a", REQUEST)
        journal.set_state("a", "running")
        (running,) = journal.jobs()
        journal.set_state("a", "done")
        (done,) = journal.jobs()
    assert (running.state, running.attempts, bool(running.started), running.finished) == (
        "running",
        1,
        True,
        "",
    )
    assert (done.state, done.attempts) == ("done", 1)
    assert done.created <= done.started <= done.finished


def test_the_order_is_kept_and_strangers_in_it_are_passed_over(path: Path):
    with closing(Journal(path)) as journal:
        for id in "abcd":
            journal.add(id, REQUEST)
        journal.reorder(["c", "gone", "a", "c"])
        journal.add("e", REQUEST)
    with closing(Journal(path)) as journal:
        assert [job.id for job in journal.jobs()] == ["c", "a", "b", "d", "e"]


def test_the_same_job_twice_is_refused_and_changes_nothing(path: Path):
    with closing(Journal(path)) as journal:
        journal.add("a", REQUEST)
        with pytest.raises(CannotSave):
            journal.add("a", replace(REQUEST, image=ImageInput.of(PIXELS)))
        assert [job.request for job in journal.jobs()] == [REQUEST]
        assert journal.get_input(pixels_hash(PIXELS)) is None


def test_a_start_picture_stays_as_long_as_one_job_needs_it(path: Path):
    request = replace(REQUEST, image=ImageInput.of(PIXELS))
    sha256 = pixels_hash(PIXELS)
    with closing(Journal(path)) as journal:
        journal.add("a", request)
        journal.add("b", replace(request, prompt="other"))
        journal.remove("a")
        kept = journal.get_input(sha256)
        journal.remove("b")
        gone = journal.get_input(sha256)
    assert kept is not None and np.array_equal(kept, PIXELS)
    assert gone is None


def test_put_and_get_a_start_picture(path: Path):
    with closing(Journal(path)) as journal:
        sha256 = journal.put_input(PIXELS)
        assert sha256 == journal.put_input(PIXELS) == pixels_hash(PIXELS)
        assert np.array_equal(journal.get_input(sha256), PIXELS)
        assert journal.get_input("no such") is None


def test_results_outlive_their_jobs(path: Path, tmp_path: Path):
    odd = Path(os.fsdecode(b"/pictures/\xff\n\xf0\x9f\x90\xb6.png"))
    with closing(Journal(path)) as journal:
        journal.add("a", REQUEST)
        for name in (odd, tmp_path / "b.png", tmp_path / "c.png"):
            journal.add_result("a", name, "ab")
        assert journal.jobs()[0].results == (odd, tmp_path / "b.png", tmp_path / "c.png")
        journal.remove("a")
        journal.remove_result(tmp_path / "b.png")
    with closing(Journal(path)) as journal:
        assert journal.recent_results() == [(odd, "a"), (tmp_path / "c.png", "a")]
        assert journal.recent_results(1) == [(tmp_path / "c.png", "a")]


# after a crash


def test_a_job_that_ran_waits_again_and_fails_after_the_second_crash(path: Path):
    with closing(Journal(path)) as journal:
        journal.add("a", REQUEST)
        for wanted in ("queued", "failed"):
            journal.set_state("a", "running")
            (job,) = journal.recover()
            assert job.state == wanted
    assert isinstance(job.error, EngineLost) and "crashed twice" in job.error.message


def test_a_picture_whose_row_was_not_written_is_adopted(path: Path, tmp_path: Path):
    library = tmp_path / "library"
    request = replace(REQUEST, prompt="a fox", images=2, sampling=Sampling(seed=5))
    old = save_new(library, "old.png", encode_picture(PIXELS, Recipe(request.one_image(0))))
    os.utime(old, (1, 1))
    with closing(Journal(path)) as journal:
        journal.add("a", request)
        journal.set_state("a", "running")
        saved = [
            save_new(
                library, f"2026/{index}.png", encode_picture(PIXELS, Recipe(request.one_image(index), "ab"))
            )
            for index in range(2)
        ]
        save_new(
            library, "other.png", encode_picture(PIXELS, Recipe(replace(request, prompt="a cat", images=1)))
        )
        save_new(library, "broken.png", b"rubbish")
        journal.add_result("a", saved[0])
    with closing(Journal(path)) as journal:
        (job,) = journal.recover(library)
        assert (job.state, job.results) == ("done", tuple(saved))
        assert journal.recover(library) == [job]


def test_a_job_with_half_its_pictures_waits_again(path: Path, tmp_path: Path):
    request = replace(REQUEST, prompt="a fox", images=2, sampling=Sampling(seed=5))
    with closing(Journal(path)) as journal:
        journal.add("a", request)
        journal.set_state("a", "running")
        saved = save_new(tmp_path, "x.webp", encode_picture(PIXELS, Recipe(request.one_image(1)), "webp"))
        (job,) = journal.recover(tmp_path)
    assert (job.state, job.results) == ("queued", (saved,))


def test_a_branch_that_ran_waits_again_or_adopts_its_picture(path: Path, tmp_path: Path):
    start = replace(REQUEST, prompt="a fox", image=ImageInput.of(PIXELS, "me.png"))
    request = replace(start, image=None, branch=Branch(start, 0, 3))
    other = replace(request, branch=Branch(start, 0, 4))
    with closing(Journal(path)) as journal:
        journal.add("a", request)
        journal.set_state("a", "running")
        (job,) = journal.recover(tmp_path)
        assert (job.state, job.results) == ("queued", ())
        journal.set_state("a", "running")
        save_new(tmp_path, "other.png", encode_picture(PIXELS, Recipe(other.one_image(0), "ab")))
        saved = save_new(tmp_path, "x.png", encode_picture(PIXELS, Recipe(request.one_image(0), "ab")))
        (job,) = journal.recover(tmp_path)
    assert (job.state, job.results) == ("done", (saved,))


def test_what_is_hidden_as_the_trash_is_is_not_adopted(path: Path, tmp_path: Path):
    request = replace(REQUEST, prompt="a fox", sampling=Sampling(seed=5))
    library = tmp_path / ".my library"  # itself it may be called as the artist likes
    data = encode_picture(PIXELS, Recipe(request, "ab"))
    with closing(Journal(path)) as journal:
        journal.add("a", request)
        journal.set_state("a", "running")
        for name in (".trash/x.png", "2026/.trash/x.png", ".half.png"):
            (library / name).parent.mkdir(parents=True, exist_ok=True)
            (library / name).write_bytes(data)
        (job,) = journal.recover(library)
        assert (job.state, job.results) == ("queued", ())
        journal.set_state("a", "running")
        saved = save_new(library, "2026/x.png", data)
        (job,) = journal.recover(library)
    assert (job.state, job.results) == ("done", (saved,))


def test_a_removed_picture_of_an_unfinished_job_is_not_made_again(path: Path, tmp_path: Path):
    with closing(Journal(path)) as journal:
        journal.add("a", replace(REQUEST, images=3))
        journal.set_state("a", "running")
        for index in range(3):
            journal.add_result("a", tmp_path / f"{index}.png", f"hash {index}")
        journal.remove_result(tmp_path / "1.png")
    with closing(Journal(path)) as journal:
        (job,) = journal.recover(tmp_path)
        assert (job.state, job.made) == ("done", 3)
        assert job.results == (tmp_path / "0.png", tmp_path / "2.png")
        assert [path.name for path, _ in journal.recent_results()] == ["0.png", "2.png"]


def test_a_picture_that_is_taken_back_is_counted_once(path: Path, tmp_path: Path):
    with closing(Journal(path)) as journal:
        journal.add("a", replace(REQUEST, images=9))
        for index in range(2):
            journal.add_result("a", tmp_path / f"{index}.png", f"hash {index}")
        for told in ("hash 0", ""):  # the window may not have read its recipe yet
            journal.remove_result(tmp_path / "0.png")
            journal.add_result("a", tmp_path / "0.png", told)
            (job,) = journal.jobs()
            assert (job.made, job.results) == (2, (tmp_path / "0.png", tmp_path / "1.png"))
        journal.remove_result(tmp_path / "0.png")
        journal.add_result("a", tmp_path / "0 (2).png", "hash 0")  # its place was taken meanwhile
        (job,) = journal.jobs()
        assert (job.made, job.results) == (2, (tmp_path / "0 (2).png", tmp_path / "1.png"))


def test_a_new_picture_in_the_place_of_a_removed_one_is_another(path: Path, tmp_path: Path):
    with closing(Journal(path)) as journal:
        journal.add("a", replace(REQUEST, images=9))
        for number in range(3):
            journal.add_result("a", tmp_path / "x.png", f"hash {number}")
            journal.remove_result(tmp_path / "x.png")
        (job,) = journal.jobs()
        assert (job.made, job.results) == (3, ())
        journal.add_result("a", tmp_path / "x.png", "hash 3")
        (job,) = journal.jobs()
        assert (job.made, job.results) == (4, (tmp_path / "x.png",))


def test_removed_pictures_of_removed_jobs_are_forgotten(path: Path, tmp_path: Path):
    with closing(Journal(path)) as journal:
        journal.add("a", REQUEST)
        for name in ("x.png", "y.png", "z.png"):
            journal.add_result("a", tmp_path / name, name)
        journal.remove_result(tmp_path / "x.png")
        journal.remove("a")
        journal.remove_result(tmp_path / "y.png")
        rows = journal._connection.execute("SELECT pixels_sha256 FROM results").fetchall()
    assert rows == [("z.png",)]


WRITER = """
import sys
from engine.api.images import ImageInput
from engine.api.request import GenerationRequest
from engine.library.journal import Journal
import numpy as np
journal, first = Journal(sys.argv[1]), int(sys.argv[2])
print("open", flush=True)
for number in range(first, first + 10**6):
    id = f"job{number}"
    pixels = np.full((8, 8, 3), number % 256, np.uint8)
    journal.add(id, GenerationRequest("starter", id, image=ImageInput.of(pixels)))
    print("added", id, flush=True)
    journal.set_state(id, "running")
    journal.add_result(id, f"/pictures/{id}.png")
    journal.set_state(id, "done")
    print("done", id, flush=True)
    if number % 3 == 0:
        print("removing", id, flush=True)
        journal.remove(id)
    journal.reorder([f"job{n}" for n in range(number, max(0, number - 5), -1)])
"""


def test_nothing_that_was_confirmed_is_lost_to_kills(path: Path):
    chance, confirmed, finished, removing = random.Random(2), set(), set(), set()
    for number in range(KILLS):
        command = [sys.executable, "-c", WRITER, str(path), str(number * 10_000)]
        child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert child.stdout is not None
        with child.stdout as lines:
            assert lines.readline() == "open\n"
            said = [lines.readline() for _ in range(chance.randrange(12))]
            time.sleep(chance.random() * 0.02)  # the moment of the kill is the thing under test
            os.kill(child.pid, signal.SIGKILL)
            for line in [*said, *lines.read().split("\n")[:-1]]:
                word, id = line.split()
                {"added": confirmed, "done": finished, "removing": removing}[word].add(id)
            child.wait()
        with closing(Journal(path)) as journal:
            assert journal.notes == []
            jobs = {job.id: job for job in journal.jobs()}
            assert confirmed - removing <= jobs.keys()
            assert all(jobs[id].state == "done" for id in finished - removing)
            assert {f"/pictures/{id}.png" for id in finished} <= {
                str(p) for p, _ in journal.recent_results(-1)
            }
            for job in jobs.values():
                assert job.request.image is not None and job.request.image.pixels is not None
            (verdict,) = journal._connection.execute("PRAGMA integrity_check").fetchone()
            assert verdict == "ok"
    assert len(finished) > 20, "the kills came before anything was written"


# the file


def damage_pages(path: Path) -> None:
    data = bytearray(path.read_bytes())
    chance = random.Random(3)
    for _ in range(20):
        page = chance.randrange(len(data) // 4096)
        data[page * 4096 : page * 4096 + 4096] = chance.randbytes(4096)
    path.write_bytes(data)


DAMAGES = {
    "random pages": damage_pages,
    "0 bytes": lambda path: path.write_bytes(b""),
    "a text": lambda path: path.write_text("Dear diary, " * 400),
    "a short text": lambda path: path.write_text("hello"),
    "cut in half": lambda path: os.truncate(path, path.stat().st_size // 2 // 4096 * 4096),
    "a missing table": lambda path: sql(path, "DROP TABLE results"),
    "somebody else's database": lambda path: (path.unlink(), sql(path, "CREATE TABLE cats (name)")),
}


def sql(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


def filled(path: Path) -> None:
    with closing(Journal(path)) as journal:
        for index in range(60):
            journal.add(f"job{index}", replace(REQUEST, prompt="x" * 2000))


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_set_aside_and_said(path: Path, damage: str):
    filled(path)
    DAMAGES[damage](path)
    before = path.read_bytes()
    with closing(Journal(path)) as journal:
        assert len(journal.notes) == 1 and "was damaged" in journal.notes[0].detail
        assert not journal.is_read_only and journal.jobs() == []
        journal.add("new", REQUEST)
    (aside,) = path.parent.glob("journal.sqlite.damaged-*")
    assert aside.read_bytes() == before
    assert aside.name in journal.notes[0].detail
    with closing(Journal(path)) as journal:
        assert journal.notes == [] and [job.id for job in journal.jobs()] == ["new"]


def test_two_damages_on_one_day_are_both_kept(path: Path):
    for text in ("one", "two"):
        path.write_text(text)
        Journal(path).close()
    assert {aside.read_text() for aside in path.parent.glob("*.damaged-*")} == {"one", "two"}


def test_a_newer_file_is_read_and_never_changed(path: Path):
    filled(path)
    sql(path, "ALTER TABLE jobs ADD COLUMN colour TEXT", "PRAGMA user_version=99")
    before = path.read_bytes()
    with closing(Journal(path)) as journal:
        assert journal.is_read_only and "newer Lienzo" in journal.notes[0].detail
        assert len(journal.recover()) == 60
        with pytest.raises(CannotSave, match="may only be read"):
            journal.add("x", REQUEST)
    assert path.read_bytes() == before


def test_an_older_file_is_brought_up_to_date_after_a_copy(path: Path, monkeypatch: pytest.MonkeyPatch):
    filled(path)
    script = "ALTER TABLE jobs ADD COLUMN colour TEXT DEFAULT 'red'"
    monkeypatch.setattr(journal_file, "MIGRATIONS", (*journal_file.MIGRATIONS, script))
    with closing(Journal(path)) as journal:
        assert len(journal.jobs()) == 60 and "brought up to date" in journal.notes[0].detail
        assert journal._connection.execute("SELECT DISTINCT colour FROM jobs").fetchall() == [("red",)]
    with closing(Journal(path)) as journal:
        assert journal.notes == []
    monkeypatch.undo()
    (copy,) = path.parent.glob(f"journal.sqlite.format-{len(journal_file.MIGRATIONS)}-*")
    with closing(Journal(copy)) as journal:
        assert len(journal.jobs()) == 60 and journal.notes == []


def first_format(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A journal as the first format had it, with a job and its two pictures."""
    monkeypatch.setattr(journal_file, "MIGRATIONS", journal_file.MIGRATIONS[:1])
    Journal(path).close()
    monkeypatch.undo()
    request = compact_json(replace(REQUEST, prompt="a fox", images=3).to_json())
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(
            "INSERT INTO jobs (id, position, state, request, created) VALUES ('a', 1, 'queued', ?, '')",
            (request,),
        )
        for name in (b"/pictures/0.png", b"/pictures/1.png"):
            connection.execute(
                "INSERT INTO results (job_id, path, pixels_sha256, created) VALUES ('a', ?, 'ab', '')",
                (name,),
            )


def test_a_journal_of_the_first_format_keeps_its_pictures(path: Path, monkeypatch: pytest.MonkeyPatch):
    first_format(path, monkeypatch)
    with closing(Journal(path)) as journal:
        assert [note.code for note in journal.notes] == ["journal_updated"]
        (job,) = journal.jobs()
        assert (job.made, [path.name for path in job.results]) == (2, ["0.png", "1.png"])
        journal.remove_result("/pictures/0.png")
        journal.add_result("a", "/pictures/2.png", "cd")
        (job,) = journal.jobs()
        assert (job.made, [path.name for path in job.results]) == (3, ["1.png", "2.png"])
    with closing(Journal(path)) as journal:
        assert journal.notes == [] and journal.jobs() == [job]


def test_a_journal_of_the_first_format_that_cannot_be_written_is_read(
    path: Path, monkeypatch: pytest.MonkeyPatch
):
    first_format(path, monkeypatch)
    monkeypatch.setattr(sqlite_file, "PATIENCE_S", 0.1)
    before = path.read_bytes()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with closing(Journal(path)) as journal:
            assert journal.is_read_only
            (job,) = journal.jobs()
            assert (job.made, [path.name for path in job.results]) == (2, ["0.png", "1.png"])
            with pytest.raises(CannotSave, match="may only be read"):
                journal.add_result("a", "/pictures/2.png")
    assert path.read_bytes() == before


def test_a_failed_migration_leaves_the_old_file(path: Path, monkeypatch: pytest.MonkeyPatch):
    filled(path)
    monkeypatch.setattr(journal_file, "MIGRATIONS", (*journal_file.MIGRATIONS, "CREATE TABLE a (b); rubbish"))
    with closing(Journal(path)) as journal:
        assert journal.is_read_only and len(journal.jobs()) == 60
    monkeypatch.undo()
    with closing(Journal(path)) as journal:
        assert not journal.is_read_only and len(journal.jobs()) == 60


def test_a_file_that_another_program_holds_is_only_read(path: Path, monkeypatch: pytest.MonkeyPatch):
    filled(path)
    monkeypatch.setattr(sqlite_file, "PATIENCE_S", 0.1)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with closing(Journal(path)) as journal:
            assert journal.is_read_only and "cannot be written" in journal.notes[0].detail
            assert len(journal.jobs()) == 60
        other.execute("ROLLBACK")
    assert not list(path.parent.glob("*.damaged-*"))


def test_a_file_that_is_locked_for_good_is_said_and_not_called_damaged(
    path: Path, monkeypatch: pytest.MonkeyPatch
):
    filled(path)
    monkeypatch.setattr(sqlite_file, "PATIENCE_S", 0.1)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(CannotSave, match="Close the other program"):
            Journal(path)
    assert not list(path.parent.glob("*.damaged-*"))


def test_a_job_that_cannot_be_read_stays_in_the_file(path: Path):
    filled(path)
    sql(path, "UPDATE jobs SET request = '{\"model\": 7}' WHERE id = 'job3'")
    with closing(Journal(path)) as journal:
        assert len(journal.jobs()) == 59 and "job3" in journal.notes[0].detail
        assert journal._connection.execute("SELECT count(*) FROM jobs").fetchone() == (60,)


def test_a_full_disk_is_said_and_nothing_is_half_written(tmp_path: Path):
    if (
        not shutil.which("unshare")
        or subprocess.run(["unshare", "-rm", "true"], capture_output=True).returncode
    ):
        pytest.skip("this system lets nobody mount a small disk of their own (unshare -rm)")
    code = """
import sys, numpy as np
from engine.api.errors import CannotSave
from engine.api.images import ImageInput
from engine.api.request import GenerationRequest
from engine.library.journal import Journal
journal = Journal(sys.argv[1] + "/journal.sqlite")
noise = np.random.default_rng(0).integers(0, 256, (200, 200, 3), dtype=np.uint8)
added = 0
try:
    while True:
        image = ImageInput.of(noise + np.uint8(added))
        journal.add(str(added), GenerationRequest("m", str(added), image=image))
        added += 1
except CannotSave as error:
    print(error.data["cause"])
print(added > 0, len(journal.jobs()) == added, Journal(sys.argv[1] + "/journal.sqlite").notes)
"""
    script = 'mount -t tmpfs -o size=900k none "$0" && exec "$@"'
    command = ["unshare", "-rm", "sh", "-c", script, str(tmp_path), sys.executable, "-c", code, str(tmp_path)]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.stdout.splitlines() == ["the disk is full", "True True []"], result.stderr


def test_every_commit_is_synced_and_schemas_of_strangers_are_not_trusted(path: Path):
    with closing(Journal(path)) as journal:
        told = {
            name: journal._connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("synchronous", "journal_mode", "trusted_schema", "cell_size_check", "foreign_keys")
        }
    assert told["synchronous"] >= 2
    assert (told["journal_mode"], told["trusted_schema"], told["cell_size_check"], told["foreign_keys"]) == (
        "delete", 0, 1, 1,
    )  # fmt: skip

"""The journal's file: what is damaged, of another format, held or full is kept and said."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from journals import REQUEST

from engine.api.errors import CannotSave
from engine.library import journal_file, sqlite_file
from engine.library.foreign_json import compact_json
from engine.library.journal import Journal


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite"


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

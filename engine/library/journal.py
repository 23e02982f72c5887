"""The journal: the queue, the pictures it starts from and what came of it, safe from any kill.

A picture is saved first, its row written after; `recover` finds the pictures whose row did not make it.
"""

from __future__ import annotations

import datetime
import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.api.errors import BadRequest, CannotSave, EngineError, EngineLost, UnreadableFile, from_data
from engine.api.events import Notice
from engine.api.images import pixels_hash
from engine.api.task import Queued, queued_from_json
from engine.api.training import TrainRequest
from engine.api.wire import Array, inputs_of, with_pictures
from engine.library import debts
from engine.library.adoption import finished_pictures
from engine.library.foreign_json import compact_json, parse_foreign_json
from engine.library.journal_file import open_file
from engine.library.masks import encode_mask
from engine.library.pictures import encode_plain, open_picture

QUEUED, RUNNING, DONE, FAILED = "queued", "running", "done", "failed"
MOST_ATTEMPTS = 2


@dataclass(frozen=True)
class StoredJob:
    """One job as the journal knows it."""

    id: str
    request: Queued
    """With the pixels of its start pictures."""
    state: str
    attempts: int = 0
    """How often it was begun."""
    error: EngineError | None = None
    created: str = ""
    """ISO 8601 with time zone, as the two below."""
    started: str = ""
    finished: str = ""
    results: tuple[Path, ...] = ()
    made: int = 0
    """How many pictures it made, also those that were removed since: so many are not made again."""


class Journal:
    """One writer's view of the journal file. What changes it returns when that is on the disk.

    Any thread may call, one at a time. Writing raises `CannotSave` with the cause; nothing is half written.
    """

    def __init__(self, path: Path | str) -> None:
        opened = open_file(Path(path))
        self.path = Path(path)
        self.notes: list[Notice] = opened.notes
        """What the artist should be told: a damaged file was set aside, a newer one is only read."""
        self.is_read_only = opened.is_read_only
        self._connection = opened.connection
        self._lock = threading.RLock()

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    @contextmanager
    def together(self) -> Iterator[None]:
        """All changes inside are one: on the disk at the end, or none of them ever was."""
        with self._writing():
            yield

    # jobs

    def add(self, job_id: str, request: Queued, state: str = QUEUED) -> None:
        """Put a job at the end of the line, with the pictures it starts from."""
        inputs = [(sha256, self._packed(sha256, pixels)) for sha256, pixels in inputs_of(request)]
        with self._writing() as connection:
            connection.execute(
                "INSERT INTO jobs (id, position, state, request, created)"
                " VALUES (?, (SELECT coalesce(max(position), 0) + 1 FROM jobs), ?, ?, ?)",
                (job_id, str(state), compact_json(request.to_json()), _now()),
            )
            for sha256, png in inputs:
                self._keep_input(sha256, png)
                connection.execute("INSERT OR IGNORE INTO job_inputs VALUES (?, ?)", (job_id, sha256))

    def set_state(
        self, job_id: str, state: str, error: EngineError | None = None, attempts: int | None = None
    ) -> None:
        """Without `attempts`, a job that begins to run counts one more."""
        state, now = str(state), _now()
        told = compact_json(error.to_data()) if error is not None else None
        with self._writing() as connection:
            connection.execute(
                "UPDATE jobs SET state = :state, error = :error,"
                " attempts = coalesce(:attempts, attempts + (:state = 'running')),"
                " started = CASE WHEN :state = 'running' THEN :now ELSE started END,"
                " finished = CASE WHEN :state IN ('queued', 'running') THEN NULL ELSE :now END"
                " WHERE id = :id",
                {"state": state, "error": told, "attempts": attempts, "now": now, "id": job_id},
            )

    def reorder(self, job_ids: Sequence[str]) -> None:
        """The given jobs first, in this order; any others keep theirs behind them."""
        with self._writing() as connection:
            present = [id for (id,) in connection.execute("SELECT id FROM jobs ORDER BY position, created")]
            known, wanted = set(present), dict.fromkeys(job_ids)
            order = [id for id in wanted if id in known] + [id for id in present if id not in wanted]
            connection.executemany("UPDATE jobs SET position = ? WHERE id = ?", enumerate(order))

    def remove(self, job_id: str) -> None:
        """Forget a job and the start pictures that no other job needs. Its results stay known."""
        with self._writing() as connection:
            connection.execute("DELETE FROM jobs WHERE id = ?", (job_id,))
            connection.execute("DELETE FROM results WHERE job_id = ? AND is_removed", (job_id,))
            self._forget_unused_inputs()

    def jobs(self, wanted: Set[str] | None = None) -> list[StoredJob]:
        """All of them (or those with a `wanted` id) in their order. One that cannot be read is left in the
        file and noted."""
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT id, request, state, attempts, error, created, started, finished"
                " FROM jobs ORDER BY position, created"
            ).fetchall()
            rows = [row for row in rows if wanted is None or row[0] in wanted]
            made: dict[str, list[tuple[Path, bool]]] = {}
            for id, *result in connection.execute(
                "SELECT job_id, path, is_removed FROM results ORDER BY number"
            ):
                made.setdefault(id, []).append((_path(result[0]), bool(result[1])))
        inputs: dict[str, Array] = {}
        jobs = [self._job(row, made.get(row[0], []), inputs) for row in rows]
        return [job for job in jobs if job is not None]

    def _job(self, row: tuple, made: list[tuple[Path, bool]], inputs: dict[str, Array]) -> StoredJob | None:
        id, request_text, state, attempts, error, created, started, finished = row
        try:
            request = queued_from_json(parse_foreign_json(request_text))
            told = parse_foreign_json(error) if error else None
        except (BadRequest, UnreadableFile, RecursionError) as problem:
            detail = f"Job {id} in {self.path} cannot be read ({problem}); it was left there."
            self.notes.append(Notice("job_unreadable", detail, {"name": self.path.name}))
            return None
        for sha256, _ in inputs_of(request):
            if sha256 not in inputs and (pixels := self.get_input(sha256)) is not None:
                inputs[sha256] = pixels
        return StoredJob(
            id,
            request if isinstance(request, TrainRequest) else with_pictures(request, inputs),
            state,
            attempts,
            from_data(dict(told)) if isinstance(told, dict) else None,
            created,
            started or "",
            finished or "",
            tuple(path for path, is_removed in made if not is_removed),
            len(made),
        )

    # results

    def add_result(self, job_id: str, path: Path | str, pixels_sha256: str = "") -> None:
        """A picture of the job is on the disk at `path`: a new one, or one that was removed and is back."""
        blob = _blob(path)
        with self._writing() as connection:
            removed = connection.execute(FIND_REMOVED, (job_id, pixels_sha256, blob)).fetchone()
            if removed is not None:
                connection.execute("DELETE FROM results WHERE path = ? AND NOT is_removed", (blob,))
                connection.execute(
                    "UPDATE results SET is_removed = 0, path = ? WHERE number = ?", (blob, *removed)
                )
                return
            connection.execute(
                "INSERT INTO results (job_id, path, pixels_sha256, created) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (path) WHERE NOT is_removed DO UPDATE SET job_id = excluded.job_id,"
                " pixels_sha256 = excluded.pixels_sha256, created = excluded.created",
                (job_id, blob, pixels_sha256, _now()),
            )
            debts.owe(connection, job_id, blob)

    def remove_result(self, path: Path | str) -> None:
        """A picture went to the trash, say; the file is not touched. It stays counted in `StoredJob.made`."""
        with self._writing() as connection:
            connection.execute(
                "UPDATE results SET is_removed = 1 WHERE path = ? AND NOT is_removed", (_blob(path),)
            )
            connection.execute("DELETE FROM results WHERE is_removed AND job_id NOT IN (SELECT id FROM jobs)")
            debts.settle(connection, [_blob(path)])

    def recent_results(self, limit: int = 500) -> list[tuple[Path, str]]:
        """(path, job id) of the last `limit` pictures, oldest first, also of jobs that were removed."""
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT path, job_id FROM results WHERE NOT is_removed ORDER BY number DESC LIMIT ?", (limit,)
            ).fetchall()
        return [(_path(path), job_id) for path, job_id in reversed(rows)]

    # what belongs into documents

    def owed_to(self, document: str) -> list[tuple[Path, StoredJob | None, str]]:
        """(path, job, job id) of pictures that were made for a document and are not in it yet, oldest first.

        The job has the pixels that it saw; None where it was removed from the queue.
        """
        with self._reading() as connection:
            rows = debts.owed_to(connection, document)
        wanted = {job_id for _, job_id in rows}
        jobs = {job.id: job for job in self.jobs(wanted)} if wanted else {}
        return [(_path(path), jobs.get(job_id), job_id) for path, job_id in rows]

    def owing_jobs(self) -> set[str]:
        """Ids of jobs of which a picture is not in its document yet."""
        with self._reading() as connection:
            return debts.owing_jobs(connection)

    def settle(self, path: Path) -> None:
        """The picture is in its document, or nobody wants it there any more."""
        if not self.is_read_only:
            with self._writing() as connection:
                debts.settle(connection, [_blob(path)])

    # start pictures

    def put_input(self, pixels: NDArray[np.uint8]) -> str:
        """Keep a picture (H x W x 3) or mask (H x W) until its last job is removed; returns its hash."""
        sha256 = pixels_hash(pixels)
        png = self._packed(sha256, pixels)
        with self._writing():
            self._keep_input(sha256, png)
        return sha256

    def get_input(self, sha256: str) -> Array | None:
        """The picture or mask with that hash, or None where it is not here or no longer the same."""
        with self._reading() as connection:
            row = connection.execute("SELECT png FROM inputs WHERE sha256 = ?", (sha256,)).fetchone()
        if row is None:
            return None
        try:
            pixels = open_picture(bytes(row[0])).pixels
        except UnreadableFile:
            return None
        mask = np.ascontiguousarray(pixels[..., 0])
        return next((array for array in (pixels, mask) if pixels_hash(array) == sha256), None)

    def _packed(self, sha256: str, pixels: NDArray[np.uint8] | None) -> bytes | None:
        """As PNG, where there is something to keep; packed outside any lock, for it takes its time."""
        if pixels is None:
            return None
        with self._reading() as connection:
            known = connection.execute("SELECT 1 FROM inputs WHERE sha256 = ?", (sha256,)).fetchone()
        if known:
            return None
        return encode_plain(pixels) if pixels.ndim == 3 else encode_mask(pixels)

    def _keep_input(self, sha256: str, png: bytes | None) -> None:
        if png is not None:
            self._connection.execute("INSERT OR IGNORE INTO inputs VALUES (?, ?)", (sha256, png))

    def _forget_unused_inputs(self) -> None:
        self._connection.execute("DELETE FROM inputs WHERE sha256 NOT IN (SELECT sha256 FROM job_inputs)")

    # after a crash

    def recover(self, library: Path | str | None = None) -> list[StoredJob]:
        """Put right what a crash left, once at the start, and return the jobs.

        Pictures in the folder `library` that a running job saved, but whose row was not written any more,
        become its results. A running job is then done where it has all its pictures; else it waits again,
        and after the second time it failed.
        """
        if self.is_read_only:
            return self.jobs()
        for job in self.jobs():
            if job.state == RUNNING:
                self._recover(job, Path(library) if library else None)
        with self._writing() as connection:
            self._forget_unused_inputs()
            debts.let_go_of_the_oldest(connection)
        return self.jobs()

    def _recover(self, job: StoredJob, library: Path | None) -> None:
        missing = job.request.images - job.made
        if library is not None and missing > 0 and not isinstance(job.request, TrainRequest):
            known = {path for path, _ in self.recent_results(-1)}
            for path, sha256 in finished_pictures(library, job.request, job.started, known):
                self.add_result(job.id, path, sha256)
                missing -= 1
        if missing <= 0:
            self.set_state(job.id, DONE)
        elif job.attempts < MOST_ATTEMPTS:
            self.set_state(job.id, QUEUED)
        else:
            error = EngineLost("It crashed twice. Try it with a smaller size, or another model.")
            self.set_state(job.id, FAILED, error)

    # the file

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                yield self._connection
            except sqlite3.DatabaseError as error:
                raise UnreadableFile(
                    f"The journal {self.path} cannot be read ({error}). "
                    "Start Lienzo again: it keeps a damaged journal aside and begins a new one.",
                    path=str(self.path),
                ) from error

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction: all of it is on the disk at its end or none ever was; inside one, a part."""
        with self._lock:
            if self._connection.in_transaction:
                yield self._connection
                return
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException as error:
                self._roll_back()
                if isinstance(error, sqlite3.Error):
                    raise self._cannot_save(error) from error
                raise

    def _roll_back(self) -> None:
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

    def _cannot_save(self, error: sqlite3.Error) -> CannotSave:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        cause, advice = CAUSES.get(code, (str(error), "Start Lienzo again"))
        return CannotSave(
            f"The queue's journal {self.path} was not changed: {cause}. {advice}.",
            path=str(self.path),
            cause=cause,
        )


FIND_REMOVED = """
SELECT number FROM results WHERE is_removed AND job_id = ?1
    AND (?2 <> '' AND pixels_sha256 = ?2 OR path = ?3 AND ?2 = '')
    ORDER BY path = ?3 DESC, number DESC LIMIT 1
"""
"""By its pixels, for it may be back at another path; by its path where its pixels are not told."""

CAUSES = {
    sqlite3.SQLITE_FULL: ("the disk is full", "Free some space and try again"),
    sqlite3.SQLITE_READONLY: (
        "it may only be read",
        "Check its permissions, or update Lienzo if it is newer",
    ),
    sqlite3.SQLITE_BUSY: ("another program holds it", "Close the other Lienzo and try again"),
    sqlite3.SQLITE_IOERR: ("the disk reports an error", "Check the disk and its free space"),
    sqlite3.SQLITE_CORRUPT: ("it is damaged", "Start Lienzo again: it keeps it aside and begins a new one"),
}


def _now() -> str:
    return datetime.datetime.now().astimezone().isoformat(timespec="milliseconds")


def _blob(path: Path | str) -> bytes:
    """Names of files are bytes on Linux, and need not be text."""
    return os.fsencode(Path(path).absolute())


def _path(blob: bytes) -> Path:
    return Path(os.fsdecode(blob))

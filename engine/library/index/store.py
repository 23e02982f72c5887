"""Rows of the index: written together within one transaction, each under one number that only rises."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

from engine.library.index.folding import folded
from engine.library.index.known import Known, Lost, path_of, shown_name
from engine.library.index.look import Look, row_of
from engine.library.index.reading import KIND_NUMBERS, Reading, Refusal, signed
from engine.library.index.record import Presence
from engine.library.index.schema import WORDS
from engine.library.marks import NONE, Marks

PICTURE = (
    "directory", "name", "bytes", "mtime_ns", "inode", "mark", "presence", "stamp", "format", "width",
    "height", "date", "kind", "program", "model", "family", "sampler", "seed", "steps", "guidance",
    "strength", "stack", "rating", "label", "favourite", "noted", "skipped",
)  # fmt: skip
INSERT = f"INSERT INTO pictures (id, {', '.join(PICTURE)}) VALUES (?{', ?' * len(PICTURE)})"
UPDATE = f"UPDATE pictures SET {', '.join(f'{name} = ?' for name in PICTURE)} WHERE id = ?"
WORDS_INSERT = f"INSERT OR REPLACE INTO words (id, {', '.join(WORDS)}) VALUES (?{', ?' * len(WORDS)})"
FOUND_INSERT = f"INSERT INTO found (rowid, {', '.join(WORDS)}) VALUES (?{', ?' * len(WORDS)})"
FOUND_DELETE = (
    f"INSERT INTO found (found, rowid, {', '.join(WORDS)}) VALUES ('delete', ?{', ?' * len(WORDS)})"
)

MANY = ("loras", "tags", "boards")


class Store:
    """For one transaction of the writer: `with Store(connection) as store`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._names: dict[str, int] = {"": 0}
        self._directories: dict[bytes, int] = {}
        self._has_refused = self._has_missing = 1
        self.stamp = 0

    def __enter__(self) -> Store:
        self._connection.execute("BEGIN IMMEDIATE")
        self._names, self._directories = {"": 0}, {}  # what another program added is found by its text
        (stamp,) = self._connection.execute("SELECT stamp FROM counter").fetchone()
        self.stamp = stamp + 1
        self._connection.execute("UPDATE counter SET stamp = ?", (self.stamp,))
        self._has_refused, self._has_missing = self._connection.execute(
            "SELECT EXISTS (SELECT 1 FROM refused), EXISTS (SELECT 1 FROM pictures WHERE presence = 1)"
        ).fetchone()
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self._connection.execute("COMMIT" if kind is None else "ROLLBACK")

    def directory(self, path: bytes) -> int:
        """Its number, made where it has none."""
        number = self._directories.get(path)
        if number is None:
            found = self._connection.execute("SELECT id FROM directories WHERE path = ?", (path,)).fetchone()
            if found is None:
                found = self._connection.execute(
                    "INSERT INTO directories (path) VALUES (?) RETURNING id", (path,)
                ).fetchone()
            number = self._directories[path] = found[0]
        return number

    def visit(self, path: bytes, mtime_ns: int) -> None:
        """The directory was listed when its time was `mtime_ns`."""
        self._connection.execute(
            "INSERT INTO directories (path, mtime_ns) VALUES (?, ?)"
            " ON CONFLICT (path) DO UPDATE SET mtime_ns = excluded.mtime_ns",
            (path, mtime_ns),
        )

    def missing_with_mark(self, mark: int) -> Lost | None:
        """A missing file that was the same to the byte, as a copy on another disk is."""
        if not self._has_missing:
            return None
        found = self._connection.execute(
            "SELECT pictures.id, path, name FROM pictures JOIN directories ON directories.id = directory"
            " WHERE mark = ? AND presence = 1 LIMIT 1",  # as the index by marks says it
            (mark,),
        ).fetchone()
        return Lost(found[0], path_of(*found[1:])) if found else None

    def code(self, text: str) -> int:
        """The number of a name that many pictures share."""
        code = self._names.get(text)
        if code is None:
            self._connection.execute("INSERT OR IGNORE INTO names (text) VALUES (?)", (text,))
            (code,) = self._connection.execute("SELECT id FROM names WHERE text = ?", (text,)).fetchone()
            self._names[text] = code
        return code

    def add(self, found: Sequence[tuple[int, Reading, Marks | None]]) -> None:
        """New files, all at once: directory, what was read, and marks as `put` takes them."""
        if not found:
            return
        (last,) = self._connection.execute("SELECT coalesce(max(id), 0) FROM pictures").fetchone()
        rows, words, folds, many = [], [], [], []
        for id, (directory, reading, told) in enumerate(found, last + 1):
            marks = reading.marks if told is None else told
            rows.append((id, *self._row(directory, reading, marks)))
            said = _words(reading, marks)
            words.append((id, *said))
            folds.append((id, *map(folded, said)))
            if reading.loras or marks is not NONE:
                many.append((id, reading, marks))
        self._connection.execute("SAVEPOINT adding")
        try:
            self._connection.executemany(INSERT, rows)
        except sqlite3.IntegrityError:  # another program has put one of them there meanwhile
            self._connection.execute("ROLLBACK TO adding")
            for directory, reading, told in found:
                self.put(directory, reading, None, told)
            return
        finally:
            self._connection.execute("RELEASE adding")
        self._connection.executemany(WORDS_INSERT, words)
        self._connection.executemany(FOUND_INSERT, folds)
        for id, reading, marks in many:
            self._put_names(id, reading, marks)
        if self._has_refused:
            gone = [(directory, reading.name) for directory, reading, _ in found]
            self._connection.executemany("DELETE FROM refused WHERE directory = ? AND name = ?", gone)

    def put(self, directory: int, reading: Reading, id: int | None, marks: Marks | None = None) -> None:
        """What was read of a file, in the row `id` or a new one.

        `marks` are given where the file's own are not the last word.
        """
        id = self._at(directory, reading.name) or id
        if id is None:
            self.add([(directory, reading, marks)])
            return
        marks = reading.marks if marks is None else marks
        if self._has_refused:
            self._connection.execute(
                "DELETE FROM refused WHERE directory = ? AND name = ?", (directory, reading.name)
            )
        self._connection.execute(UPDATE, (*self._row(directory, reading, marks), id))
        self._connection.execute("DELETE FROM meanings WHERE picture = ?", (id,))
        self._forget_words(id)
        self._put_words(id, _words(reading, marks))
        for table in MANY:
            self._connection.execute(f"DELETE FROM {table} WHERE picture = ?", (id,))
        self._put_names(id, reading, marks)

    def _at(self, directory: int, name: bytes) -> int | None:
        """The row of that very file."""
        found = self._connection.execute(
            "SELECT id FROM pictures WHERE directory = ? AND name = ?", (directory, name)
        ).fetchone()
        return found[0] if found else None

    def _row(self, directory: int, reading: Reading, marks: Marks) -> tuple[object, ...]:
        return (
            directory, reading.name, reading.bytes, reading.mtime_ns, reading.inode, reading.mark,
            int(Presence.PRESENT), self.stamp, reading.format, reading.width, reading.height, reading.date,
            KIND_NUMBERS[reading.kind], self.code(reading.program), self.code(reading.model),
            self.code(reading.family), self.code(reading.sampler),
            None if reading.seed is None else signed(reading.seed), reading.steps, reading.guidance,
            reading.strength, reading.stack, marks.rating, self.code(marks.label), marks.favourite,
            bool(marks.notes),
            "\n".join(reading.skipped).encode("utf-8", "replace").decode() if reading.skipped else "",
        )  # fmt: skip

    def refuse(self, directory: int, refusal: Refusal, id: int | None = None) -> None:
        """So that a file that is no picture is not read again before it changes. The row `id` was one: it is
        missing now."""
        self._connection.execute(
            "INSERT OR REPLACE INTO refused VALUES (?, ?, ?, ?, ?, ?)",
            (directory, refusal.name, refusal.bytes, refusal.mtime_ns, refusal.inode, refusal.cause),
        )
        if id is not None:
            facts = Known(id, refusal.bytes, refusal.mtime_ns, refusal.inode, Presence.MISSING)
            self.rewritten(id, facts, 0)
            self.set_presence([id], Presence.MISSING)

    def move(self, id: int, directory: int, name: bytes, facts: Known) -> None:
        """The file of row `id` lies elsewhere now, unchanged; unless another program has found it there."""
        if self._at(directory, name) not in (None, id):
            self.set_presence([id], Presence.MISSING)
            return
        self._connection.execute(
            "UPDATE pictures SET directory = ?, name = ?, bytes = ?, mtime_ns = ?, inode = ?, presence = ?,"
            " stamp = ? WHERE id = ?",
            (
                directory,
                name,
                facts.bytes,
                facts.mtime_ns,
                facts.inode,
                int(Presence.PRESENT),
                self.stamp,
                id,
            ),
        )
        old = self.words(id)
        if old is not None:
            self._forget_words(id)
            self._put_words(id, (*old[:2], shown_name(name), *old[3:]))

    def set_presence(self, ids: Iterable[int], presence: Presence) -> None:
        self._connection.executemany(
            "UPDATE pictures SET presence = ?, stamp = ? WHERE id = ?",
            [(int(presence), self.stamp, id) for id in ids],
        )
        self._has_missing = self._has_missing or presence is Presence.MISSING

    def mark(self, id: int, marks: Marks) -> None:
        """What the artist says of picture `id` now."""
        self._connection.execute(
            "UPDATE pictures SET rating = ?, label = ?, favourite = ?, noted = ?, stamp = ? WHERE id = ?",
            (marks.rating, self.code(marks.label), marks.favourite, bool(marks.notes), self.stamp, id),
        )
        old = self.words(id)
        assert old is not None
        new = (*old[:5], ", ".join(marks.tags), marks.notes)
        if new != old:
            self._forget_words(id)
            self._put_words(id, new)
        for table, names in (("tags", marks.tags), ("boards", marks.boards)):
            self._connection.execute(f"DELETE FROM {table} WHERE picture = ?", (id,))
            self._put_many(table, id, names)

    def rewritten(self, id: int, facts: Known, mark: int) -> None:
        """We wrote the file ourselves: it need not be read again."""
        self._connection.execute(
            "UPDATE pictures SET bytes = ?, mtime_ns = ?, inode = ?, mark = ?, stamp = ? WHERE id = ?",
            (facts.bytes, facts.mtime_ns, facts.inode, mark, self.stamp, id),
        )

    def put_looks(self, looks: Iterable[tuple[int, int, int, Look | None]]) -> None:
        """Id, time and length of the file, and its look."""
        self._connection.executemany(
            "INSERT OR REPLACE INTO looks VALUES (?, ?, ?, ?, ?)",
            [(id, mtime_ns, size, *row_of(look)) for id, mtime_ns, size, look in looks],
        )

    def put_sights(self, sights: Iterable[tuple[int, int, int, int, bytes | None]]) -> None:
        """Id, time and length of the file, the network's mark, and its numbers; None where it cannot be
        opened."""
        self._connection.executemany("INSERT OR REPLACE INTO sights VALUES (?, ?, ?, ?, ?)", sights)

    def put_meanings(self, numbers: Iterable[tuple[int, bytes]]) -> None:
        """Id, and what its prompt means as `vectors` packs it."""
        self._connection.executemany("INSERT OR REPLACE INTO meanings VALUES (?, ?)", numbers)

    def words(self, id: int) -> tuple[str, ...] | None:
        return self._connection.execute(
            f"SELECT {', '.join(WORDS)} FROM words WHERE id = ?", (id,)
        ).fetchone()

    def _put_words(self, id: int, words: tuple[str, ...]) -> None:
        self._connection.execute(WORDS_INSERT, (id, *words))
        self._connection.execute(FOUND_INSERT, (id, *map(folded, words)))

    def _forget_words(self, id: int) -> None:
        """Of a table without content the words must be told that are to go."""
        words = self.words(id)
        if words is not None:
            self._connection.execute(FOUND_DELETE, (id, *map(folded, words)))

    def _put_names(self, id: int, reading: Reading, marks: Marks) -> None:
        """Where it has none yet."""
        for table, names in (("loras", reading.loras), ("tags", marks.tags), ("boards", marks.boards)):
            if names:
                self._put_many(table, id, names)

    def _put_many(self, table: str, id: int, names: tuple[str, ...]) -> None:
        self._connection.executemany(
            f"INSERT OR IGNORE INTO {table} VALUES (?, ?)", [(id, self.code(name)) for name in names]
        )


def _words(reading: Reading, marks: Marks) -> tuple[str, ...]:
    return (
        reading.prompt,
        reading.negative_prompt,
        shown_name(reading.name),
        reading.model,
        ", ".join(reading.loras),
        ", ".join(marks.tags),
        marks.notes,
    )

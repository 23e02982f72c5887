"""The document that is open, and its journal: there from the start, and again after a kill."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject, Signal

from desktop.bridge.background import Background
from desktop.bridge.pixels import premultiplied
from desktop.raster.rect import Rect
from desktop.raster.tiles import Tiles
from desktop.state.document.document import Document
from desktop.state.document.document_state import DocumentState
from desktop.state.document.history import MEGABYTE
from desktop.state.document.layers import Group, ImageLayer
from desktop.state.document.packing import HistoryPacking
from desktop.state.messages import Messages
from desktop.state.settings import Settings
from engine.api.errors import EngineError
from engine.api.images import Extent, Pixels
from engine.library import folders

if TYPE_CHECKING:
    from desktop.state.document.journal import DocumentJournal
    from desktop.state.document.journal_file import JournalFile
    from desktop.state.document.restoring import Restored

log = logging.getLogger("document")
translate = QCoreApplication.translate

FIRST_SIZE = Extent(1024, 1024)


class Documents(QObject):
    """Holds the one open document. Its journal is opened with its first change, one that is nowhere else is
    left for later when another document takes its place."""

    changed = Signal()
    """Another document is `current`, or the empty one of the start was begun."""
    could_not_save = Signal(object)
    """`EngineError`: the journal could not be written."""

    def __init__(
        self, settings: Settings, messages: Messages, background: Background, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._settings, self._messages, self._background = settings, messages, background
        self._journal: DocumentJournal | None = None
        self._is_opening = False
        self._waiting: list[Callable[[], object]] = []
        """Who waits for a journal that is not open yet."""
        self.is_pristine = True
        """The document is the empty one of the start, and nothing was done to it yet."""
        self.current = Document(FIRST_SIZE, parent=self)
        self.current.background = background
        self._packing = HistoryPacking(self.current, background, self)
        self._take_limit()
        self._wait_for_change()
        settings.changed.connect(lambda name: self._take_limit() if name == "undo_megabytes" else None)

    # open

    def restore(self) -> None:
        """Bring back the document of the last time, in the disk pool; what was begun meanwhile stays."""
        self._background.run(newest, folders.documents_folder(), done=self._take_restored, failed=self._fail)

    def use(self, document: Document) -> None:
        """Another document takes the place of the current one, which is kept where it is nowhere else."""
        self._put(document)
        self._wait_for_change()
        if document.history.entries or document.path is not None:
            self._open_journal()

    def new(self, size: Extent) -> Document:
        """An empty one."""
        self.use(Document(size, parent=self))
        return self.current

    def open_state(self, state: DocumentState, path: Path | None = None, view: str = "") -> Document:
        """One that was read from a file."""
        document = Document(state=state, parent=self)
        document.path, document.view = path, view
        self.use(document)
        return document

    def open_pixels(self, pixels: Pixels, name: str) -> Document:
        """A picture (height x width x 3) as a document of its own."""
        height, width = pixels.shape[:2]
        tiles = Tiles()
        tiles.write(Rect(0, 0, width, height), premultiplied(pixels))
        layer = ImageLayer(name=name, tiles=tiles, source=name)
        root = Group(name="", children=(layer,))
        document = self.open_state(DocumentState(size=Extent(width, height), root=root, active_id=layer.id))
        self._open_journal()
        return document

    def kept(self) -> list[Path]:
        """Journals of the documents that are nowhere else and not open, the newest first."""
        files = [file for file in folders.documents_folder().glob("*.sqlite") if ".damaged" not in file.name]
        others = [file for file in files if file.stem != self.current.id]
        return sorted(others, key=lambda file: file.stat().st_mtime, reverse=True)

    def reopen(self, journal: Path) -> None:
        """One of `kept` takes the place of the current document."""
        self._background.run(reopened, journal, done=self._take_reopened, failed=self._fail)

    def when_kept(self, callback: Callable[[], object]) -> None:
        """Call back when all that was done to the current document up to now is on the disk; never, where
        another document takes its place before that can be."""
        if self._journal is None:
            self._waiting.append(callback)
        else:
            self._journal.when_kept(callback)

    # end

    def flush(self) -> None:
        """What was painted is on the disk when this returns."""
        self.current.finish()
        if self._is_opening:
            self._background.wait()
        if self._journal is not None:
            self._journal.flush()

    def close(self) -> None:
        self.flush()
        self.current.is_closed = True
        if self._journal is not None:
            self._journal.file.close()

    # inside

    def _put(self, document: Document) -> None:
        self.flush()
        old, journal = self.current, self._journal
        if journal is not None:
            journal.stop()
            journal.deleteLater()
            self._background.run(leave, journal.file, old.is_modified)
        old.is_closed = True
        self._packing.deleteLater()
        self.current, self._journal, self.is_pristine = document, None, False
        self._waiting = []
        document.setParent(self)
        document.background = self._background
        self._packing = HistoryPacking(document, self._background, self)
        self._take_limit()
        self.changed.emit()
        old.deleteLater()

    def _take_limit(self) -> None:
        self.current.history.limit_bytes = self._settings.undo_megabytes * MEGABYTE

    def _wait_for_change(self) -> None:
        document = self.current
        for signal in (document.history_changed, document.changed, document.masks_changed):
            signal.connect(self._open_journal)

    def _open_journal(self, _: object = None) -> None:
        """In the disk pool, once, with the first change."""
        if self.is_pristine:
            self.is_pristine = False
            self.changed.emit()
        if self._is_opening or self._journal is not None or self.current.is_closed:
            return
        self._is_opening = True
        document = self.current
        self._background.run(
            open_journal, document.id, done=lambda file: self._follow(document, file), failed=self._fail
        )

    def _follow(self, document: Document, file: JournalFile) -> None:
        # SQLite is loaded with the first document that is kept, not with the window
        from desktop.state.document.journal import DocumentJournal

        self._is_opening = False
        if document is not self.current:
            file.close()
            self._open_journal()
            return
        self._journal = DocumentJournal(document, file, self._background, parent=self)
        self._journal.could_not_save.connect(self.could_not_save)
        self._journal.write_soon()
        waiting, self._waiting = self._waiting, []
        for callback in waiting:
            self._journal.when_kept(callback)

    def _take_restored(self, restored: Restored | None) -> None:
        if restored is None:
            return
        say_restored(self._messages, restored)
        if restored.state is None or not self.is_pristine or self._is_opening:
            self._background.run(restored.file.close)
            return
        self._adopt(restored)

    def _take_reopened(self, restored: Restored) -> None:
        say_restored(self._messages, restored)
        if restored.state is None or self._is_opening:
            self._background.run(restored.file.close)
            return
        self._adopt(restored)

    def _adopt(self, restored: Restored) -> None:
        # as above
        from desktop.state.document.journal import DocumentJournal
        from desktop.state.document.restoring import document_of

        self._put(document_of(restored, self))
        self._journal = DocumentJournal(self.current, restored.file, self._background, parent=self)
        self._journal.could_not_save.connect(self.could_not_save)
        if restored.aside:
            self._journal.write_soon()
        else:
            self._journal.holds(restored.numbers)

    def _fail(self, error: Exception) -> None:
        self._is_opening = False
        if not isinstance(error, EngineError):
            raise error
        self.could_not_save.emit(error)


def newest(folder: Path) -> Restored | None:
    """The document that was written last; None where there is none. For the disk pool."""
    # as above
    from desktop.state.document.restoring import restore

    files = sorted(folder.glob("*.sqlite"), key=lambda file: file.stat().st_mtime)
    return restore(files[-1]) if files else None


def reopened(journal: Path) -> Restored:
    """For the disk pool. Raises `CannotSave`."""
    # as above
    from desktop.state.document.restoring import restore

    return restore(journal)


def open_journal(document_id: str) -> JournalFile:
    """For the disk pool. Raises `CannotSave`."""
    # as above
    from desktop.state.document.journal_file import JournalFile

    return JournalFile(folders.documents_folder() / f"{document_id}.sqlite")


def leave(file: JournalFile, is_needed: bool) -> None:
    """Close a document's journal; one whose document is in a file of its own goes. For the disk pool."""
    file.close()
    if not is_needed and not file.is_read_only:
        file.path.unlink(missing_ok=True)


def say_restored(messages: Messages, restored: Restored) -> None:
    """What the artist should know about the document that came back."""
    if restored.aside and restored.state is None:
        messages.warning(
            translate(
                "Documents",
                "The canvas of the last time was damaged and could not be read. It is kept as {name}.",
            ).format(name=restored.aside)
        )
    elif restored.aside:
        messages.warning(
            translate(
                "Documents",
                "The canvas of the last time was damaged. What was whole is back; it is kept as {name}.",
            ).format(name=restored.aside)
        )
    for note in restored.file.notes:
        text = _note_text(note.code)
        if text:
            messages.warning(text.format(name=note.extra.get("name", "")))


def _note_text(code: str) -> str:
    match code:
        case "journal_newer":
            return translate(
                "Documents",
                "A newer Lienzo kept this canvas. It is shown; what you paint is not kept. Update Lienzo.",
            )
        case "journal_read_only":
            return translate(
                "Documents", "The file that keeps the canvas cannot be written: what you paint is not kept."
            )
        case "journal_updated":
            return translate(
                "Documents", "The file that keeps the canvas was brought up to date; {name} is how it was."
            )
    return ""

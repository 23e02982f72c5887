"""The open document and its files: new, open, place, save, export, masks; done in the disk pool."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QT_TRANSLATE_NOOP, QObject, Signal

from desktop.raster.rect import Rect
from desktop.raster.tiles import Tiles
from desktop.state.document.blank import blank_state
from desktop.state.document.document import Document
from desktop.state.document.document_state import DocumentState, ShelfMask
from desktop.state.document.history import Entry
from desktop.state.document.layer_commands import add_image
from desktop.state.document.layers import Group, PaintLayer
from desktop.state.document.masks import add_to_shelf
from desktop.state.document.names import background_name, new_layer_name
from desktop.state.document_file.captured import captured
from desktop.state.document_file.notes import say_notes
from desktop.state.document_file.pool_work import (
    SUFFIX,
    read_document,
    read_mask_file,
    read_placed,
    write_document,
    write_mask,
    write_picture,
    write_psd,
)
from desktop.state.document_file.work import Cancelled
from desktop.state.document_names import DocumentNames
from desktop.state.documents import Documents
from desktop.state.long_work import LongWorks
from desktop.state.messages import Messages
from desktop.state.settings import Settings
from desktop.state.words import say
from engine.api.images import Extent

if TYPE_CHECKING:
    from desktop.state.document_file.opened import OpenedDocument
    from desktop.state.document_file.picture_in import PlacedPicture
    from desktop.state.document_file.picture_out import Colour


class DocumentFiles(QObject):
    """What the artist does with files. Whatever cannot be done is said, and nothing is lost by it."""

    title_changed = Signal()
    name_wanted = Signal()
    """The document is to be saved and has no file yet."""

    def __init__(
        self,
        documents: Documents,
        settings: Settings,
        messages: Messages,
        working: LongWorks,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._documents, self._messages, self._working = documents, messages, working
        self.names = DocumentNames(documents, settings, self)
        self._saving: set[Path] = set()
        self._again: set[Path] = set()
        """Files whose document was to be saved once more while it was being saved."""
        documents.changed.connect(self._follow)
        self._followed: Document | None = None
        self._follow()

    @property
    def document(self) -> Document:
        return self._documents.current

    # new and open

    def reopen(self, journal: Path) -> None:
        """Go on with one of `names.kept`."""
        self._documents.reopen(journal)

    def new(self, size: Extent, background: Colour | None = None) -> None:
        """An empty document; `background` (red, green, blue) as a layer of its own below the first one."""

        def make() -> None:
            if background is None:
                self._documents.new(size)
            else:
                self._documents.open_state(_with_background(size, background))

        self.document.when_free(make, is_kept=True)

    def open(self, path: Path) -> None:
        """An OpenRaster file, or a picture as a document of its own."""
        self._run(
            self.tr("Opening {name}").format(name=path.name), read_document, path, done=self._take(path)
        )

    def place(self, path: Path) -> None:
        """A picture as a layer above the active one; where nothing was begun the canvas takes its size."""
        text = self.tr("Opening {name}").format(name=path.name)
        self._run(text, read_placed, path, done=self._place)

    # save

    def save(self) -> None:
        """To the document's file; `name_wanted` where it has none."""
        if self.document.path is None:
            self.name_wanted.emit()
        else:
            self._save(self.document.path)

    def save_as(self, path: Path) -> None:
        """To another file, which is the document's from then on."""
        self._save(path if path.suffix.lower() == SUFFIX else path.with_name(path.name + SUFFIX))

    # export

    def export(self, path: Path, options: Mapping[str, Any]) -> None:
        """As a flat picture; `options` are the fields of `ExportOptions`. The document keeps its own file."""
        self._export(write_picture, path, lambda state: state, options)

    def export_psd(self, path: Path) -> None:
        """With its layers for Photoshop and its kin."""
        self._export(write_psd, path, lambda state: state)

    # masks

    def import_mask(self, path: Path, source: str = "automatic", onto_shelf: bool = False) -> None:
        """The mask of a file becomes the active one, or goes onto the shelf; it can be undone. `source` is a
        `MaskSource`."""
        document = self.document

        def take(found: tuple[Tiles, Extent]) -> None:
            if document is not self.document:
                return  # it gave way to another one meanwhile
            if onto_shelf:
                add_to_shelf(document, ShelfMask(name=path.stem, coverage=found[0], size=found[1]))
                return

            def put() -> None:
                with document.begin(QT_TRANSLATE_NOOP("History", "Import mask")):
                    document.set_mask(found[0])

            document.when_free(put)

        text = self.tr("Opening {name}").format(name=path.name)
        self._run(text, read_mask_file, path, source, done=take)

    def export_mask(self, path: Path, is_alpha: bool = False, held: ShelfMask | None = None) -> None:
        """The active mask (or one of the shelf, at its own size) as a grey PNG, or as the alpha of what one
        sees."""

        def masked(state: DocumentState) -> DocumentState:
            return state if held is None else replace(state, mask=held.coverage, size=held.size)

        self._export(write_mask, path, masked, is_alpha)

    # inside

    def _take(self, path: Path) -> Callable[[OpenedDocument], None]:
        def take(opened: OpenedDocument) -> None:
            self.document.when_free(lambda: put(opened), is_kept=True)

        def put(opened: OpenedDocument) -> None:
            kept = path if opened.keeps_path else None
            document = self._documents.open_state(opened.state, kept, opened.view)
            self.names.call(document, path.stem)
            self.names.remember(path)
            say_notes(self._messages, opened.notes)
            self.title_changed.emit()

        return take

    def _place(self, picture: PlacedPicture) -> None:
        if self._documents.is_pristine:
            self._documents.open_state(blank_state(picture.size))
        document = self.document
        document.when_free(lambda: add_image(document, picture.tiles, Path(picture.name).stem, picture.name))
        say_notes(self._messages, picture.notes)

    def _save(self, path: Path) -> None:
        if path in self._saving:
            self._again.add(path)
            return
        document = self.document
        self._saving.add(path)

        def write() -> None:
            entry, state = last_entry(document), captured(document.state)
            self._run(
                self.tr("Saving {name}").format(name=path.name),
                write_document, path, state, document.view,
                done=lambda _: done(entry), failed=failed, is_owed=True,
            )  # fmt: skip

        def done(entry: Entry | None) -> None:
            self._saving.discard(path)
            self._saved(document, entry, path)
            if path in self._again:
                self._again.discard(path)
                if document is self.document:
                    self._save(path)

        def failed() -> None:
            self._saving.discard(path)
            self._again.discard(path)

        document.when_free(write, is_kept=True)

    def _saved(self, document: Document, entry: Entry | None, path: Path) -> None:
        """What was done since the save began is not in the file."""
        self.names.remember(path)
        if document is self.document:
            document.path, document.saved_entry = path, entry
            document.history_changed.emit()
        self._messages.info(self.tr("{name} is saved.").format(name=path.name))

    def _export(
        self,
        function: Callable[..., Any],
        path: Path,
        seen: Callable[[DocumentState], DocumentState],
        *args: object,
    ) -> None:
        """`function(path, state, *args)` of what is `seen` of the document, when all that the artist has done
        to it up to now is part of it."""

        def done(notes: tuple[str, ...]) -> None:
            say_notes(self._messages, notes)
            self._messages.info(self.tr("{name} is saved.").format(name=path.name))

        document = self.document

        def write() -> None:
            text, state = self.tr("Saving {name}").format(name=path.name), captured(seen(document.state))
            self._run(text, function, path, state, *args, done=done, is_owed=True)

        document.when_free(write, is_kept=True)

    def _run(
        self,
        text: str,
        function: Callable[..., Any],
        *args: object,
        done: Callable[[Any], None],
        failed: Callable[[], None] = lambda: None,
        is_owed: bool = False,
    ) -> None:
        """`function(*args, work)` in the disk pool, seen and cancelled as a `LongWork`."""

        def say_failure(error: Exception) -> None:
            failed()
            if not isinstance(error, Cancelled):
                self._messages.error(say(error))

        self._working.run(text, function, *args, done=done, failed=say_failure, is_owed=is_owed)

    def _follow(self) -> None:
        """Another document: its changes change the title."""
        if self._followed is not None:
            self._followed.history_changed.disconnect(self.title_changed)
        self._followed = self.document
        self._followed.history_changed.connect(self.title_changed)
        self.title_changed.emit()


def last_entry(document: Document) -> Entry | None:
    """The last thing that was done and not undone."""
    history = document.history
    return history.entries[history.position - 1] if history.can_undo else None


def _with_background(size: Extent, colour: Colour) -> DocumentState:
    red, green, blue = colour
    ground = PaintLayer(name=background_name())
    ground.tiles.fill(Rect(0, 0, size.width, size.height), (blue, green, red, 255))
    layer = PaintLayer(name=new_layer_name(()))
    root = Group(name="", children=(ground, layer))
    return DocumentState(size=size, root=root, active_id=layer.id)

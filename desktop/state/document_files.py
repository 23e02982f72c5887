"""The open document and its files: new, open, place, save, export, masks; done in the disk pool."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QT_TRANSLATE_NOOP, QDateTime, QLocale, QObject, Signal

from desktop.bridge.background import Background
from desktop.raster.rect import Rect
from desktop.raster.tiles import Tiles
from desktop.state.document.document import Document
from desktop.state.document.document_state import DocumentState, ShelfMask
from desktop.state.document.history import Entry
from desktop.state.document.layer_commands import add_image
from desktop.state.document.layers import Group, PaintLayer
from desktop.state.document.masks import add_to_shelf
from desktop.state.document.names import background_name, new_layer_name
from desktop.state.document_file.captured import captured
from desktop.state.document_file.notes import say_notes
from desktop.state.document_file.work import Cancelled, Work
from desktop.state.documents import Documents
from desktop.state.messages import Messages
from desktop.state.settings import Settings
from desktop.state.words import say
from engine.api.images import Extent

if TYPE_CHECKING:
    from desktop.state.document_file.opened import OpenedDocument
    from desktop.state.document_file.picture_in import PlacedPicture
    from desktop.state.document_file.picture_out import Colour

MOST_RECENT, MOST_NAMES = 12, 40
NAMES = "document_names"
"""Under which is remembered what documents without a file of their own are called."""
SUFFIX = ".ora"
SMALLEST_STEP = 0.01
"""Of progress that is said."""


@dataclass(eq=False)
class FileWork:
    """Something that is being read, written or worked on now."""

    text: str
    """What, for people."""
    work: Work
    share: float | None = 0.0
    """0 to 1; None where nobody can tell."""


class DocumentFiles(QObject):
    """What the artist does with files. Whatever cannot be done is said, and nothing is lost by it."""

    title_changed = Signal()
    work_changed = Signal()
    """A piece of work began, went on or ended; see `working`."""
    name_wanted = Signal()
    """The document is to be saved and has no file yet."""
    _progressed = Signal(object, float)

    def __init__(
        self,
        documents: Documents,
        settings: Settings,
        messages: Messages,
        background: Background,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._documents, self._settings = documents, settings
        self._messages, self._background = messages, background
        self.working: list[FileWork] = []
        self._saving: set[Path] = set()
        self._again: set[Path] = set()
        """Files whose document was to be saved once more while it was being saved."""
        self._names = names_in(settings.panel_states.get(NAMES))
        """What a document without a file of its own is called, by its id."""
        self._progressed.connect(self._go_on)
        documents.changed.connect(self._follow)
        self._followed: Document | None = None
        self._follow()

    @property
    def document(self) -> Document:
        return self._documents.current

    # names

    @property
    def name(self) -> str:
        """What the document is called, without its folder."""
        path = self.document.path
        return path.name if path is not None else self._names.get(self.document.id, self.tr("Untitled"))

    @property
    def suggested_path(self) -> Path:
        """Where Save as begins."""
        path = self.document.path
        if path is not None:
            return path
        recent = self.recent
        folder = recent[0].parent if recent else self._settings.library_path.parent
        return folder / (Path(self.name).stem + SUFFIX)

    @property
    def recent(self) -> list[Path]:
        """Documents that were opened or saved, the newest first."""
        return [Path(path) for path in self._settings.recent_documents]

    def _name(self, document: Document, name: str) -> None:
        """It is called so after a restart as well."""
        self._names = dict([*self._names.items(), (document.id, name)][-MOST_NAMES:])
        self._settings.remember_panel(NAMES, self._names)

    def forget_recent(self) -> None:
        self._settings.recent_documents = []

    @property
    def kept(self) -> list[tuple[Path, str]]:
        """Documents that are in no file and gave way to another: their journals, and what they are called."""
        text = self.tr("Not saved, {time}")
        found = [(path, text.format(time=_when(path))) for path in self._documents.kept()]
        return [
            (path, "  ·  ".join(filter(None, (self._names.get(path.stem), said)))) for path, said in found
        ]

    def reopen(self, journal: Path) -> None:
        """Go on with one of `kept`."""
        self._documents.reopen(journal)

    # new and open

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
        """A picture as a layer above the active one."""
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

    # end

    def show_work(self, piece: FileWork) -> None:
        """Something else that takes a while is seen with what is read and written, until `hide_work`."""
        if piece not in self.working:
            self.working.append(piece)
        self.work_changed.emit()

    def hide_work(self, piece: FileWork) -> None:
        if piece in self.working:
            self.working.remove(piece)
            self.work_changed.emit()

    def finish(self) -> None:
        """Return when everything that was begun is done."""
        if self.working:
            self._background.wait()

    # inside

    def _take(self, path: Path) -> Callable[[OpenedDocument], None]:
        def take(opened: OpenedDocument) -> None:
            self.document.when_free(lambda: put(opened), is_kept=True)

        def put(opened: OpenedDocument) -> None:
            kept = path if opened.keeps_path else None
            document = self._documents.open_state(opened.state, kept, opened.view)
            self._name(document, path.stem)
            self._remember(path)
            say_notes(self._messages, opened.notes)
            self.title_changed.emit()

        return take

    def _place(self, picture: PlacedPicture) -> None:
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
                done=lambda _: done(entry), failed=failed,
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
        self._remember(path)
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
            self._run(text, function, path, state, *args, done=done)

        document.when_free(write, is_kept=True)

    def _remember(self, path: Path) -> None:
        paths = [str(path), *(other for other in self._settings.recent_documents if other != str(path))]
        self._settings.recent_documents = paths[:MOST_RECENT]

    def _run(
        self,
        text: str,
        function: Callable[..., Any],
        *args: object,
        done: Callable[[Any], None],
        failed: Callable[[], None] = lambda: None,
    ) -> None:
        """`function(*args, work)` in the disk pool, seen in `working` meanwhile."""
        piece = FileWork(text, Work(lambda share: self._report(piece, share)))
        self.working.append(piece)
        self.work_changed.emit()

        def end(then: Callable[[], None]) -> None:
            self.working.remove(piece)
            self.work_changed.emit()
            then()

        def say_failure(error: Exception) -> None:
            failed()
            if not isinstance(error, Cancelled):
                self._messages.error(say(error))

        self._background.run(
            function,
            *args,
            piece.work,
            done=lambda result: end(lambda: done(result)),
            failed=lambda error: end(lambda: say_failure(error)),
        )

    def _report(self, piece: FileWork, share: float) -> None:
        """In the working threads."""
        if piece.share is None or share >= piece.share + SMALLEST_STEP or share >= 1:
            piece.share = share
            self._progressed.emit(piece, share)

    def _go_on(self, piece: FileWork, share: float) -> None:
        if piece in self.working:
            self.work_changed.emit()

    def _follow(self) -> None:
        """Another document: its changes change the title."""
        if self._followed is not None:
            self._followed.history_changed.disconnect(self.title_changed)
        self._followed = self.document
        self._followed.history_changed.connect(self.title_changed)
        self.title_changed.emit()


def names_in(kept: object) -> dict[str, str]:
    """By id of the document; what is none (of another version) is left out."""
    pairs = kept.items() if isinstance(kept, Mapping) else ()
    return {id: name for id, name in pairs if isinstance(id, str) and isinstance(name, str)}


def _when(path: Path) -> str:
    """When a file was written last, as this system writes it."""
    moment = QDateTime.fromSecsSinceEpoch(int(path.stat().st_mtime))
    return QLocale().toString(moment, QLocale.FormatType.ShortFormat)


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


# for the disk pool; the readers and writers are loaded with the first file, not with the window


def read_document(path: Path, work: Work) -> OpenedDocument:
    """Raises `EngineError` and `Cancelled`, as all of these."""
    from desktop.state.document_file.archive import is_archive
    from desktop.state.document_file.ora_read import open_ora
    from desktop.state.document_file.picture_in import open_picture_as_document

    if is_archive(path) or path.suffix.lower() == SUFFIX:
        return open_ora(path, work)
    return open_picture_as_document(path)


def read_placed(path: Path, work: Work) -> PlacedPicture:
    from desktop.state.document_file.picture_in import read_picture

    return read_picture(path)


def write_document(path: Path, state: DocumentState, view: str, work: Work) -> None:
    from desktop.state.document_file.ora_write import save_ora

    save_ora(path, state, view, work)


def write_picture(
    path: Path, state: DocumentState, options: Mapping[str, Any], work: Work
) -> tuple[str, ...]:
    from desktop.state.document_file.picture_out import ExportOptions, export_picture

    export_picture(path, state, ExportOptions(**options), work)
    return ()


def write_psd(path: Path, state: DocumentState, work: Work) -> tuple[str, ...]:
    from desktop.state.document_file.psd_out import save_psd

    return save_psd(path, state, work)


def read_mask_file(path: Path, source: str, work: Work) -> tuple[Tiles, Extent]:
    from desktop.state.document_file.mask_files import MaskSource, read_mask

    return read_mask(path, MaskSource(source))


def write_mask(path: Path, state: DocumentState, is_alpha: bool, work: Work) -> tuple[str, ...]:
    from desktop.state.document_file.mask_files import save_as_alpha, save_mask

    if is_alpha:
        save_as_alpha(path, state.root, state.mask, state.size)
    else:
        save_mask(path, state.mask, state.size)
    return ()

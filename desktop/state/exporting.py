"""Pictures on their way out of the library: with progress, to be cancelled, to be undone."""

from __future__ import annotations

import enum
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal

from desktop.bridge.background import Background
from desktop.state.messages import Level, Messages
from desktop.state.words import say
from engine.api.errors import CannotSave

if TYPE_CHECKING:
    from engine.library.export.contact_sheet import ContactWish
    from engine.library.export.export import Exported, ExportWish

EXPORTED = "exported"
"""The topic of the offer to undo."""
MOST_LETTERS = 40
"""Of those that cannot be drawn, in the message."""


class Kind(enum.StrEnum):
    FILES = "files"
    ZIP = "zip"
    CONTACT_PNG = "contact_png"
    CONTACT_PDF = "contact_pdf"


@dataclass(frozen=True)
class ExportOrder:
    """What is to go out, as what, and where to."""

    paths: tuple[Path, ...]
    kind: Kind
    target: Path
    """A folder for files; a file for all else."""
    wish: ExportWish
    contact: ContactWish


@dataclass
class ExportWork:
    """An order under way; read by both threads, changed by the pool's."""

    order: ExportOrder
    done: int = 0
    written: list[Path] = field(default_factory=list)
    failed: list[Exported] = field(default_factory=list)
    unseen: dict[str, None] = field(default_factory=dict)
    """Letters of captions that no font of this computer has, each once."""
    without_layers: int = 0
    """Copies that leave the layers behind which their pictures hold, or their depth."""
    stop: threading.Event = field(default_factory=threading.Event)

    @property
    def total(self) -> int:
        return len(self.order.paths)


class Stopped(Exception):
    """The artist cancelled."""


def carry_out(work: ExportWork, report: Callable[[], None]) -> ExportWork:
    """Raises `EngineError` where nothing can be written there, `Stopped`. For a pool."""
    # Pillow and the writers are loaded with the first export, not with the window
    from engine.library.export.archive import export_zip
    from engine.library.export.contact_sheet import export_contact_pdf, export_contact_png
    from engine.library.export.export import export_pictures

    order = work.order

    def take(exported: Exported) -> None:
        work.done += 1
        work.unseen.update(dict.fromkeys(exported.unseen))
        work.without_layers += exported.leaves_layers
        if exported.error is not None:
            work.failed.append(exported)
        report()
        if work.stop.is_set():
            raise Stopped

    def take_file(exported: Exported) -> None:
        if exported.path is not None and exported.path not in work.written:
            work.written.append(exported.path)
        take(exported)

    match order.kind:
        case Kind.FILES:
            for exported in export_pictures(order.paths, order.target, order.wish):
                take_file(exported)
        case Kind.CONTACT_PNG:
            for exported in export_contact_png(order.paths, order.target, order.contact):
                take_file(exported)
        case Kind.ZIP:
            export_zip(order.paths, order.target, order.wish, take)
            work.written.append(order.target)
        case Kind.CONTACT_PDF:
            export_contact_pdf(order.paths, order.target, order.contact, take)
            work.written.append(order.target)
    return work


def take_back(written: Sequence[Path]) -> None:
    """Remove what an export wrote. Raises `CannotSave`. For a pool."""
    for path in written:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise CannotSave(
                f"{path} was not removed ({error.strerror}). Check the permissions of its folder.",
                path=str(path),
            ) from error


class Exporting(QObject):
    """One order at a time."""

    changed = Signal()
    """It began, went on or ended: see `work`."""
    finished = Signal(object)
    """`ExportWork`; said to the artist too."""
    _progressed = Signal()

    def __init__(self, messages: Messages, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.work: ExportWork | None = None
        self._messages = messages
        self._background = Background(self, threads=1)
        self._progressed.connect(self.changed, Qt.ConnectionType.QueuedConnection)

    def start(self, order: ExportOrder) -> None:
        """`finished` follows, or a message that says why it could not be."""
        if self.work is not None:
            self._messages.info(self.tr("An export is under way; start the next when it is done."))
            return
        work = self.work = ExportWork(order)
        self._background.run(
            carry_out,
            work,
            self._progressed.emit,
            done=self._take_done,
            failed=lambda error: self._take_failed(work, error),
        )
        self.changed.emit()

    def cancel(self) -> None:
        """After the picture in work. What was written of single files is taken back."""
        if self.work is not None:
            self.work.stop.set()

    def close(self) -> None:
        self.cancel()
        self._background.close()

    def _take_done(self, work: ExportWork) -> None:
        self.work = None
        self.changed.emit()
        count = work.done - len(work.failed)
        text = self.tr("%n picture(s) exported.", "", count)
        if work.failed:
            first = work.failed[0]
            assert first.error is not None
            rest = self.tr("%n could not be read:", "", len(work.failed))
            text += f"\n{rest} {say(first.error)}"
        if work.unseen:
            boxes = self.tr("No font of this computer has these letters; boxes stand for them: {letters}")
            text += "\n" + boxes.format(letters="".join(work.unseen)[:MOST_LETTERS])
        if work.without_layers:
            text += "\n" + self.tr(
                "%n of them without its layers or depth, which go along into PNG with the recipe.",
                "",
                work.without_layers,
            )
        level = Level.WARNING if work.failed or work.unseen else Level.INFO
        self._messages.offer(level, text, self.tr("Undo"), lambda: self._undo(work), EXPORTED)
        self.finished.emit(work)

    def _take_failed(self, work: ExportWork, error: Exception) -> None:
        self.work = None
        self.changed.emit()
        if work.written:
            self._background.run(take_back, tuple(work.written), failed=self._say)
        if isinstance(error, Stopped):
            self._messages.info(self.tr("The export was cancelled; nothing of it was left."))
        else:
            self._say(error)

    def _undo(self, work: ExportWork) -> None:
        self._background.run(
            take_back,
            tuple(work.written),
            done=lambda _: self._messages.info(self.tr("What was exported is removed again.")),
            failed=self._say,
        )

    def _say(self, error: Exception) -> None:
        self._messages.error(say(error))

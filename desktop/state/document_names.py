"""What documents are called and where they were: titles, recent files, and those that are in no file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import QDateTime, QLocale, QObject

from desktop.state.document.document import Document
from desktop.state.document_file.pool_work import SUFFIX
from desktop.state.documents import Documents
from desktop.state.settings import Settings

MOST_RECENT, MOST_NAMES = 12, 40
NAMES = "document_names"
"""Under which is remembered what documents without a file of their own are called."""


class DocumentNames(QObject):
    """Remembered with the preferences, so that a restart changes none of it."""

    def __init__(self, documents: Documents, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._documents, self._settings = documents, settings
        self._names = names_in(settings.panel_states.get(NAMES))
        """What a document without a file of its own is called, by its id."""

    @property
    def present(self) -> str:
        """What the open document is called, without its folder."""
        document = self._documents.current
        if document.path is not None:
            return document.path.name
        return self._names.get(document.id, self.tr("Untitled"))

    @property
    def suggested_path(self) -> Path:
        """Where Save as begins."""
        path = self._documents.current.path
        if path is not None:
            return path
        recent = self.recent
        folder = recent[0].parent if recent else self._settings.library_path.parent
        return folder / (Path(self.present).stem + SUFFIX)

    def call(self, document: Document, name: str) -> None:
        """It is called so after a restart as well."""
        self._names = dict([*self._names.items(), (document.id, name)][-MOST_NAMES:])
        self._settings.remember_panel(NAMES, self._names)

    @property
    def recent(self) -> list[Path]:
        """Documents that were opened or saved, the newest first."""
        return [Path(path) for path in self._settings.recent_documents]

    def remember(self, path: Path) -> None:
        """As the newest of `recent`."""
        paths = [str(path), *(other for other in self._settings.recent_documents if other != str(path))]
        self._settings.recent_documents = paths[:MOST_RECENT]

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


def names_in(kept: object) -> dict[str, str]:
    """By id of the document; what is none (of another version) is left out."""
    pairs = kept.items() if isinstance(kept, Mapping) else ()
    return {id: name for id, name in pairs if isinstance(id, str) and isinstance(name, str)}


def _when(path: Path) -> str:
    """When a file was written last, as this system writes it."""
    moment = QDateTime.fromSecsSinceEpoch(int(path.stat().st_mtime))
    return QLocale().toString(moment, QLocale.FormatType.ShortFormat)

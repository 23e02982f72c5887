"""What the document is worked on in the background, said and cancelled where files are read and written."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QCoreApplication, QObject

from desktop.state.document.document import Document
from desktop.state.document.errand import Errand
from desktop.state.documents import Documents
from desktop.state.long_work import Cancelling, LongWork, LongWorks

translate_by_name = QCoreApplication.translate
"""For a text that was marked elsewhere (by another name than the one lupdate looks for)."""


class Waiting(QObject):
    """Follows whichever document is open."""

    def __init__(self, documents: Documents, working: LongWorks, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._documents, self._working = documents, working
        self._followed: Document | None = None
        self._piece: LongWork | None = None
        documents.changed.connect(self._follow)
        self._follow()

    def _follow(self) -> None:
        document = self._documents.current
        if self._followed is not document:
            self._followed = document
            document.errand_changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        document = self._documents.current
        if self._piece is not None:
            piece, self._piece = self._piece, None
            self._working.hide(piece)
        if document.errand is not None:
            text = translate_by_name("History", document.errand.title)
            self._piece = LongWork(
                text, Cancelling(partial(cancel, document, document.errand)), None, is_owed=True
            )
            self._working.show(self._piece)


def cancel(document: Document, errand: Errand) -> None:
    """Unless it is done, and another one is under way."""
    if document.errand is errand:
        document.cancel_errand()

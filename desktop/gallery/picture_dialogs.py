"""The dialogs about finished pictures: out of the library, and into a sheet."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QDialog, QFileDialog, QWidget
from shiboken6 import isValid

from desktop.gallery.enlarge_dialog import EnlargeDialog
from desktop.gallery.export_dialog import ExportPicturesDialog
from desktop.gallery.sheet_dialog import SheetDialog
from desktop.state.document.document import Document
from desktop.state.exporting import Kind
from desktop.state.studio import Studio
from engine.api.images import Extent
from engine.api.request import GenerationRequest

SUFFIXES = {Kind.ZIP: ".zip", Kind.CONTACT_PNG: ".png", Kind.CONTACT_PDF: ".pdf"}


def size_of(path: Path) -> Extent:
    """Of the picture, as it is shown. For the disk pool."""
    from engine.library.pictures import open_picture

    height, width = open_picture(path).pixels.shape[:2]
    return Extent(width, height)


class PictureDialogs(QObject):
    """Each made when it is wanted; none stops the window."""

    def __init__(self, studio: Studio, window: QWidget) -> None:
        super().__init__(window)
        self._studio = studio
        self._window = window

    def make_sheet(self, base: GenerationRequest | None) -> None:
        """Over `base`, else over the present settings with the maps that are followed now."""
        if base is None:
            self._studio.with_present_request(self.make_sheet)
        else:
            self._show(SheetDialog(self._studio, base, self._window))

    def export(self, paths: Sequence[Path]) -> ExportPicturesDialog | None:
        if not paths:
            return None
        studio = self._studio
        dialog = ExportPicturesDialog(paths, studio.settings, studio.exporting, self._window)
        dialog.target_wanted.connect(lambda kind: self._ask_target(dialog, kind))
        studio.exporting.finished.connect(dialog.finish)
        self._show(dialog)
        return dialog

    def enlarge(self, paths: Sequence[Path]) -> EnlargeDialog | None:
        if not paths:
            return None
        dialog = self._enlarge_dialog(len(paths), None)
        if len(paths) == 1:
            self._studio.background.run(
                size_of, paths[0], done=lambda size: dialog.know_size(size) if isValid(dialog) else None,
                failed=lambda _: None,  # enlarging says what is wrong with it
            )  # fmt: skip
        dialog.wanted.connect(lambda wishes: self._studio.enlarging.enlarge_files(paths, wishes))
        return dialog

    def enlarge_canvas(self, document: Document) -> EnlargeDialog:
        dialog = self._enlarge_dialog(1, document.state.size)
        dialog.wanted.connect(lambda wishes: self._studio.enlarging.enlarge_canvas(document, wishes))
        return dialog

    def _enlarge_dialog(self, count: int, size: Extent | None) -> EnlargeDialog:
        studio = self._studio
        dialog = EnlargeDialog(studio.enlarging, count, size, studio.generation.info, self._window)
        self._show(dialog)
        return dialog

    def _ask_target(self, dialog: ExportPicturesDialog, kind: Kind) -> None:
        asking = QFileDialog(dialog, self.tr("Export to"), str(Path.home()))
        if kind is Kind.FILES:
            asking.setFileMode(QFileDialog.FileMode.Directory)
            asking.setOption(QFileDialog.Option.ShowDirsOnly)
        else:
            suffix = SUFFIXES[kind]
            asking.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
            asking.setDefaultSuffix(suffix.removeprefix("."))
            asking.selectFile(self.tr("pictures") + suffix)
        asking.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        asking.fileSelected.connect(lambda path: dialog.start(Path(path)))
        asking.open()

    def _show(self, dialog: QDialog) -> None:
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.show()
        dialog.raise_()
        dialog.activateWindow()

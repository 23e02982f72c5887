"""What the artist is asked about documents and their files; the answers go to the state."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QDialog, QFileDialog, QMenu, QWidget

from desktop.dialogs.export import ExportDialog
from desktop.dialogs.new_document import NewDocumentDialog
from desktop.state.document.document_state import ShelfMask
from desktop.state.document.layers import ResultLayer
from desktop.state.studio import Studio
from engine.api.images import Extent

SUFFIXES = {"png": ".png", "jpeg": ".jpg", "webp": ".webp", "tiff": ".tif", "psd": ".psd"}
PICTURES = "*.png *.jpg *.jpeg *.webp *.tif *.tiff"


class DocumentDialogs(QObject):
    """Each appears over `window` and stops nobody."""

    def __init__(self, studio: Studio, window: QWidget) -> None:
        super().__init__(window)
        self._studio, self._window = studio, window
        self._files = studio.files
        self.present: QDialog | None = None
        """The one that was opened last, while it is open."""
        self._files.name_wanted.connect(self.save_as)

    # documents

    def new(self) -> None:
        generation = self._studio.generation
        dialog = NewDocumentDialog(Extent(generation.width, generation.height), self._window)
        dialog.wanted.connect(self._files.new)
        self._show(dialog)

    def open(self) -> None:
        kinds = [
            self._kind(self.tr("Documents and pictures"), f"*.ora {PICTURES}"),
            self._kind(self.tr("Documents"), "*.ora"),
            self._kind(self.tr("Pictures"), PICTURES),
        ]
        self._ask_file(self.tr("Open"), kinds, lambda path, _: self._files.open(path))

    def place(self) -> None:
        kinds = [self._kind(self.tr("Pictures"), PICTURES)]
        self._ask_file(self.tr("Place a picture as a layer"), kinds, lambda path, _: self._files.place(path))

    def save(self) -> None:
        self._files.save()

    def save_as(self) -> None:
        kinds = [self._kind(self.tr("OpenRaster, for Krita and GIMP too"), "*.ora")]
        title, proposed = self.tr("Save as"), self._files.names.suggested_path
        self._ask_name(title, kinds, proposed, lambda path, _: self._files.save_as(path))

    # pictures

    def export(self) -> None:
        layers = self._files.document.root.walk()
        has_recipe = any(isinstance(layer, ResultLayer) for layer in layers)
        dialog = ExportDialog(self._studio.settings, has_recipe, self._window)
        dialog.wanted.connect(self._ask_export)
        self._show(dialog)

    def _ask_export(self, chosen: dict[str, Any]) -> None:
        suffix = SUFFIXES[chosen["format"]]
        kinds = [self._kind(str(chosen["format"]).upper(), f"*{suffix}")]
        proposed = self._files.names.suggested_path.with_suffix(suffix)
        self._ask_name(self.tr("Export"), kinds, proposed, lambda path, _: self._export(path, chosen))

    def _export(self, path: Path, chosen: dict[str, Any]) -> None:
        if chosen["format"] == "psd":
            self._files.export_psd(path)
        else:
            colour = QColor(chosen["background"])
            self._files.export(path, {**chosen, "background": (colour.red(), colour.green(), colour.blue())})

    # masks

    def import_mask(self, onto_shelf: bool = False) -> None:
        sources = {
            self._kind(
                self.tr("Pictures: alpha, or brightness where none is transparent"), PICTURES
            ): "automatic",
            self._kind(self.tr("Pictures: alpha"), PICTURES): "alpha",
            self._kind(self.tr("Pictures: brightness"), PICTURES): "luminance",
        }
        self._ask_file(
            self.tr("Import a mask"),
            list(sources),
            lambda path, kind: self._files.import_mask(path, sources.get(kind, "automatic"), onto_shelf),
        )

    def export_mask(self, held: ShelfMask | None = None) -> None:
        """The active mask, or one of the shelf."""
        # loaded with the first mask that is exported, not with the window
        from engine.library.names import safe_name

        grey = self._kind(self.tr("Mask as a grey picture"), "*.png")
        alpha = self._kind(self.tr("Picture with the mask as its alpha"), "*.png")
        path = self._files.names.suggested_path
        name = f"{path.stem} {self.tr('mask')}" if held is None else safe_name(held.name)
        proposed = path.with_name(f"{name}.png")
        self._ask_name(
            self.tr("Export the mask"),
            [grey, alpha],
            proposed,
            lambda path, kind: self._files.export_mask(path, kind == alpha, held),
        )

    # recent ones

    def show_recent(self) -> None:
        """As a menu of its own, where no other menu leads to it."""
        menu = QMenu(self._window)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.fill_recent(menu)
        window = self._window
        menu.popup(window.mapToGlobal(QPoint((window.width() - menu.sizeHint().width()) // 2, 64)))

    def fill_recent(self, menu: QMenu) -> None:
        """The documents of the last times, those first that are in no file yet."""
        menu.clear()
        for journal, text in self._files.names.kept:
            menu.addAction(text, partial(self._files.reopen, journal))
        menu.addSeparator()
        for path in self._files.names.recent:
            action = menu.addAction(path.name.replace("&", "&&"), partial(self._files.open, path))
            action.setToolTip(str(path))
        menu.addSeparator()
        forget = menu.addAction(self.tr("Forget these"), self._files.names.forget_recent)
        forget.setEnabled(bool(self._files.names.recent))

    # inside

    def _kind(self, text: str, patterns: str) -> str:
        return f"{text} ({patterns})"

    def _ask_file(self, title: str, kinds: list[str], take: Callable[[Path, str], object]) -> None:
        """An existing file; `take` gets its path and the kind that was chosen."""
        dialog = self._file_dialog(title, kinds, self._files.names.suggested_path.parent)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        self._take_from(dialog, take)

    def _ask_name(
        self, title: str, kinds: list[str], proposed: Path, take: Callable[[Path, str], object]
    ) -> None:
        """A name to save under; the system asks before a file is replaced."""
        dialog = self._file_dialog(title, kinds, proposed.parent)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(proposed.suffix.removeprefix("."))
        dialog.selectFile(proposed.name)
        self._take_from(dialog, take)

    def _file_dialog(self, title: str, kinds: list[str], folder: Path) -> QFileDialog:
        dialog = QFileDialog(self._window, title, str(folder))
        dialog.setNameFilters(kinds)
        return dialog

    def _take_from(self, dialog: QFileDialog, take: Callable[[Path, str], object]) -> None:
        dialog.fileSelected.connect(lambda path: take(Path(path), dialog.selectedNameFilter()))
        self._show(dialog)

    def _show(self, dialog: QDialog) -> None:
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.present = dialog
        dialog.finished.connect(lambda _: self._forget(dialog))
        dialog.open()

    def _forget(self, dialog: QDialog) -> None:
        if self.present is dialog:
            self.present = None

"""The window's dialogs: each made when it is wanted, brought forward when it is there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QDialog, QFileDialog, QWidget

from desktop.dialogs.about import AboutDialog
from desktop.dialogs.command_palette import CommandPalette
from desktop.dialogs.get_model import GetModelDialog
from desktop.dialogs.keyboard_help import KeyboardHelp
from desktop.dialogs.preferences import PreferencesDialog
from desktop.state.studio import Studio
from engine.api.events import Ready
from engine.library import folders


class Dialogs(QObject):
    """Belongs to `window`, over which they appear."""

    def __init__(self, studio: Studio, window: QWidget) -> None:
        super().__init__(window)
        self._studio = studio
        self._window = window
        self._open: dict[str, QDialog] = {}

    def show_preferences(self, ready: Ready | None) -> PreferencesDialog:
        devices = ["cpu"] if ready is None else sorted({"cpu", ready.device})
        dialog = self._show("preferences", lambda: PreferencesDialog(self._studio, devices, self._window))
        assert isinstance(dialog, PreferencesDialog)
        return dialog

    def show_get_model(self) -> GetModelDialog:
        into = folders.models_folder()
        dialog = self._show("get_model", lambda: GetModelDialog(self._studio.downloads, into, self._window))
        assert isinstance(dialog, GetModelDialog)
        return dialog

    def show_about(self, ready: Ready | None) -> None:
        starter = self._studio.models.get(self._studio.settings.default_model)
        self._show("about", lambda: AboutDialog(ready, starter, self._window))

    def show_keyboard(self, groups: Mapping[str, Sequence[tuple[str, str]]]) -> None:
        """`groups`: titles to commands and their keys."""
        self._show("keyboard", lambda: KeyboardHelp(dict(groups), self._window))

    def show_palette(self, actions: Sequence[QAction]) -> None:
        window, palette = self._window, CommandPalette(list(actions), self._window)
        palette.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        palette.move(
            window.mapToGlobal(QPoint((window.width() - palette.width()) // 2, window.height() // 6))
        )
        palette.show()
        palette.search.setFocus()

    def choose_picture(self, title: str, take: Callable[[str], object]) -> None:
        """Ask for a picture file and `take` its path."""
        dialog = QFileDialog(self._window, title, "", self.tr("Pictures") + " (*.png *.jpg *.jpeg *.webp)")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(take)
        dialog.open()

    def choose_folder(self, title: str, take: Callable[[str], object]) -> None:
        """Ask for a folder and `take` its path."""
        dialog = QFileDialog(self._window, title)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.fileSelected.connect(take)
        dialog.open()

    def close(self) -> None:
        """All that are open."""
        for dialog in list(self._open.values()):
            dialog.close()

    def _show(self, name: str, make: Callable[[], QDialog]) -> QDialog:
        if name not in self._open:
            dialog = make()
            dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            dialog.destroyed.connect(lambda: self._open.pop(name, None))
            self._open[name] = dialog
        self._open[name].show()
        self._open[name].raise_()
        self._open[name].activateWindow()
        return self._open[name]

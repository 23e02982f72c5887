"""The folders in which models are looked for."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QListWidget, QPushButton, QVBoxLayout, QWidget

from desktop.state.settings import Settings

LIST_PX = 72


class ModelFolders(QWidget):
    """A list with Add and Remove; the catalog is scanned again at once."""

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self.list = QListWidget()
        self.list.setFixedHeight(LIST_PX)
        self.list.setAccessibleName(self.tr("Model folders"))
        self.list.currentRowChanged.connect(self._on_row)
        self.add = QPushButton(self.tr("Add"))
        self.add.setAccessibleName(self.tr("Add a folder of models"))
        self.add.clicked.connect(self.choose)
        self.remove = QPushButton(self.tr("Remove"))
        self.remove.setAccessibleName(self.tr("Remove the chosen folder from the list"))
        self.remove.clicked.connect(self._remove)
        buttons = QHBoxLayout()
        buttons.addWidget(self.add)
        buttons.addWidget(self.remove)
        buttons.addStretch()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.list)
        layout.addLayout(buttons)
        settings.changed.connect(self._on_changed)
        self._show()

    def choose(self) -> None:
        dialog = QFileDialog(self, self.tr("Add a folder of models"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.fileSelected.connect(self.take)
        dialog.open()

    def take(self, folder: str) -> None:
        """Add `folder`, once."""
        if folder and folder not in self._settings.model_folders:
            self._settings.model_folders = [*self._settings.model_folders, folder]

    def _remove(self) -> None:
        row = self.list.currentRow()
        folders = list(self._settings.model_folders)
        if 0 <= row < len(folders):
            del folders[row]
            self._settings.model_folders = folders

    def _on_changed(self, field: str) -> None:
        if field == "model_folders":
            self._show()

    def _show(self) -> None:
        self.list.clear()
        self.list.addItems(self._settings.model_folders)
        self._on_row(self.list.currentRow())

    def _on_row(self, row: int) -> None:
        self.remove.setEnabled(row >= 0)

"""What belongs to the mask while one paints it: what it means, and turning it round."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QWidget

from desktop.panels.icon_button import IconButton
from desktop.state.document import masks
from desktop.state.document.document import Document
from desktop.state.document.document_state import MaskMode
from desktop.tools.workbench import Workbench
from desktop.widgets.choice import Choice


class MaskOptions(QWidget):
    """In the bar above the picture."""

    def __init__(self, bench: Workbench, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self.mode = Choice(name=self.tr("What the mask means"))
        self.mode.addItem(self.tr("Change what is painted"), MaskMode.CHANGE)
        self.mode.addItem(self.tr("Keep what is painted"), MaskMode.KEEP)
        self.mode.setSizeAdjustPolicy(Choice.SizeAdjustPolicy.AdjustToContents)
        self.mode.activated.connect(self._choose)
        self.invert = IconButton("contrast", self.tr("Invert"))
        self.invert.setToolTip(self.tr("Invert: what is painted, and what is not, change places"))
        self.invert.clicked.connect(self._invert)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.mode)
        layout.addWidget(self.invert)
        self.show_mode()

    def show_mode(self) -> None:
        self.mode.setCurrentIndex(self.mode.findData(self._document.mask_mode))

    def _choose(self, index: int) -> None:
        # Qt gives the text of an enumeration back, not its member
        masks.set_mode(self._document, MaskMode(self.mode.itemData(index)))

    def _invert(self) -> None:
        masks.invert(self._document)

"""What one can do to the selection there is: larger, smaller, softer, the other way round, a mask."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from desktop.state.document.document import Document
from desktop.tools import selecting
from desktop.tools.workbench import Workbench
from desktop.widgets.binding import bind
from desktop.widgets.label import Label
from desktop.widgets.number import NumberSlider

MOST_PX = 500


class SelectionOptions(QWidget):
    """In the pop-up of the tools that select."""

    def __init__(self, bench: Workbench, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bench, self._document = bench, document
        name = self.tr("Change it by")
        self.amount = NumberSlider(1, MOST_PX, suffix=" px", name=name, slider_maximum=100)
        bind(bench, "change_px", self.amount)
        row = QHBoxLayout()
        row.addWidget(Label(name, role="dim"))
        row.addWidget(self.amount)
        grid = QGridLayout()
        grid.setSpacing(6)
        for index, (text, do) in enumerate(self._deeds()):
            button = QPushButton(text)
            button.clicked.connect(lambda _=False, do=do: do())
            grid.addWidget(button, index // 3, index % 3)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addLayout(row)
        layout.addLayout(grid)

    def _deeds(self) -> tuple[tuple[str, Callable[[], None]], ...]:
        document, bench = self._document, self._bench
        return (
            (self.tr("Grow"), lambda: selecting.grow(document, bench.change_px)),
            (self.tr("Shrink"), lambda: selecting.grow(document, -bench.change_px)),
            (self.tr("Feather"), lambda: selecting.feather(document, bench.change_px)),
            (self.tr("Invert"), lambda: selecting.invert(document)),
            (self.tr("To mask"), lambda: selecting.selection_to_mask(document)),
            (self.tr("From mask"), lambda: selecting.mask_to_selection(document)),
        )

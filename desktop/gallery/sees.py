"""Which network looks at the pictures when they are searched by what they show."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QWidget

from desktop.state.gallery.searching import Searching
from desktop.state.gallery.seeing import Seeing
from desktop.widgets.choice import Choice

WIDEST = 18
"""Characters."""


class SeesChoice(Choice):
    """Seen while one searches by meaning or likeness, where the artist has such a network."""

    def __init__(self, searching: Searching, seeing: Seeing, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("What sees the pictures"))
        self._searching = searching
        self._seeing = seeing
        self.setToolTip(self.tr("The network of yours that sees what pictures show"))
        self.setMinimumContentsLength(WIDEST)
        self.activated.connect(self._choose)
        seeing.changed.connect(self._show_networks)
        searching.changed.connect(self._show_it)
        self._show_networks()

    def _show_networks(self) -> None:
        networks: list[Path | None] = [*self._seeing.networks, None]
        if [self.itemData(row) for row in range(self.count())] != networks:
            self.clear()
            for path in networks:
                self.addItem(path.name if path is not None else self.tr("No network: prompts alone"), path)
        self.setCurrentIndex(networks.index(self._seeing.network))
        self._show_it()

    def _show_it(self, _: object = None) -> None:
        is_asked = self._searching.by_meaning or self._searching.like is not None
        self.setVisible(is_asked and bool(self._seeing.networks))

    def _choose(self, row: int) -> None:
        self._seeing.choose(self.itemData(row))

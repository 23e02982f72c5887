"""The page of each place; all but the canvas are built when one first goes there."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtWidgets import QStackedWidget, QWidget

from desktop.panels.places import Place


class Pages(QStackedWidget):
    """Shows one place at a time."""

    def __init__(
        self, canvas: QWidget, makers: Mapping[Place, Callable[[], QWidget]], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._makers = makers
        self._built: dict[Place, QWidget] = {Place.CANVAS: canvas}
        self.place = Place.CANVAS
        self.addWidget(canvas)

    def show_over(self, page: QWidget) -> None:
        """Show what belongs to no place, e.g. a picture large; `go_to` leads back."""
        if self.indexOf(page) < 0:
            self.addWidget(page)
        self.setCurrentWidget(page)

    @property
    def is_over(self) -> bool:
        """Whether something is shown that belongs to no place."""
        return self.currentWidget() is not self._built[self.place]

    def go_to(self, place: Place) -> QWidget:
        """Show the page of `place`, and give it."""
        if place not in self._built:
            self._built[place] = self._makers[place]()
            self.addWidget(self._built[place])
        self.place = place
        self.setCurrentWidget(self._built[place])
        return self._built[place]

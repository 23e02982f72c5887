"""The styles whose words are put around the prompts: from a menu, shown as chips that say what they add."""

from __future__ import annotations

from PySide6.QtCore import QUrl
from PySide6.QtGui import QAction, QDesktopServices
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QWidget

from desktop.panels.icon_button import LabelledButton
from desktop.state.problems import language
from desktop.state.studio import Studio
from desktop.widgets.label import plain_tooltip
from engine.api.wording import HERE, Style

MOST_IN_MENU = 60
"""Of each file; a longer list goes on in menus of its own."""


class StylesRow(QWidget):
    """A button, and a chip for each chosen style; a click on a chip takes it away."""

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self.button = LabelledButton("plus", self.tr("Style"))
        self.button.setAccessibleName(self.tr("Add a style"))
        self.button.setToolTip(self.tr("Words that are put around the prompt"))
        self.button.setMenu(QMenu(self))
        self.button.menu().setToolTipsVisible(True)
        self.button.menu().aboutToShow.connect(self._fill)
        self.chips: list[QPushButton] = []
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(4)
        self._row.addWidget(self.button)
        studio.generation.changed.connect(self._on_generation)
        studio.vocabulary.changed.connect(self._show)
        self._show()

    def _on_generation(self, field: str) -> None:
        if field == "styles":
            self._show()

    def _show(self) -> None:
        for chip in self.chips:
            self._row.removeWidget(chip)
            chip.deleteLater()
        self.chips = [self._chip(name) for name in self._studio.generation.styles]
        for chip in self.chips:
            self._row.addWidget(chip)

    def _chip(self, name: str) -> QPushButton:
        style = self._studio.vocabulary.style(name)
        title = title_of(style) if style is not None else name
        chip = QPushButton(f"{title}  ×")
        chip.setProperty("role", "flat")
        chip.setAccessibleName(self.tr("Take the style away: {name}").format(name=title))
        missing = self.tr("This style is not here any more.") if self._studio.vocabulary.is_known else ""
        chip.setToolTip(plain_tooltip(self._words(style)) if style is not None else missing)
        chip.clicked.connect(lambda: self._toggle(name, False))
        return chip

    def _words(self, style: Style) -> str:
        """What it adds, as it will be read."""
        lines = [style.around(HERE)] if style.prompt else []
        if style.negative_prompt:
            lines.append(self.tr("Not: {words}").format(words=style.negative_prompt))
        return "\n".join(lines)

    def _fill(self) -> None:
        menu = self.button.menu()
        menu.clear()
        chosen = {name.casefold() for name in self._studio.generation.styles}
        place = menu
        for number, style in enumerate(self._studio.vocabulary.styles):
            if number and number % MOST_IN_MENU == 0:
                place = menu.addMenu(self.tr("More"))
            action = QAction(title_of(style), place)
            action.setCheckable(True)
            action.setChecked(style.name.casefold() in chosen)
            action.setToolTip(plain_tooltip(self._words(style)))
            action.toggled.connect(lambda on, name=style.name: self._toggle(name, on))
            place.addAction(action)
        menu.addSeparator()
        menu.addAction(self.tr("Look again"), self._studio.vocabulary.look)
        menu.addAction(self.tr("Open the folder of styles and wildcards"), self._open_folder)

    def _toggle(self, name: str, on: bool) -> None:
        others = tuple(one for one in self._studio.generation.styles if one.casefold() != name.casefold())
        self._studio.generation.styles = (*others, name) if on else others

    def _open_folder(self) -> None:
        folder = self._studio.vocabulary.make_folder()
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))


def title_of(style: Style) -> str:
    return style.titles.get(language(), style.name)

"""The styles whose words are put around the prompts: from a menu, shown as chips that say what they add."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QUrl
from PySide6.QtGui import QAction, QDesktopServices
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from desktop.panels.icon_button import LabelledButton
from desktop.state.language_code import language
from desktop.state.studio import Studio
from desktop.widgets.flow_layout import FlowLayout
from desktop.widgets.label import plain_tooltip
from desktop.widgets.staying_menu import StayingMenu
from engine.api.wording import HERE, Style

if TYPE_CHECKING:
    from engine.vocabulary.text_files import BrokenFile

MOST_IN_MENU = 60
"""Of each file; a longer list goes on in menus of its own."""
MOST_NAMED = 3
"""Files that cannot be read, at once."""


class StylesRow(QWidget):
    """A button, and apart from it `chosen`: a chip for each style; a click on one takes it away."""

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self.button = LabelledButton("plus", self.tr("Style"))
        self.button.setAccessibleName(self.tr("Add a style"))
        self.button.setToolTip(self.tr("Words that are put around the prompt"))
        self.button.setMenu(StayingMenu(self))
        self.button.menu().setToolTipsVisible(True)
        self.button.menu().aboutToShow.connect(self._fill)
        self.chips: list[QPushButton] = []
        self.chosen = QWidget()
        self._flow = FlowLayout(self.chosen)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.button)
        self._broken = studio.vocabulary.faults
        studio.generation.changed.connect(self._on_generation)
        studio.vocabulary.changed.connect(self._on_vocabulary)
        self._show()

    def _on_generation(self, field: str) -> None:
        if field == "styles":
            self._show()

    def _on_vocabulary(self) -> None:
        """Files that could be read before are named once; the menu names them as long as they are so."""
        broken, self._broken = self._broken, self._studio.vocabulary.faults
        new = [self._told(fault) for fault in self._broken if fault not in broken]
        if len(new) > MOST_NAMED:
            new[MOST_NAMED:] = [self.tr("And {count} more.").format(count=len(new) - MOST_NAMED)]
        if new:
            self._studio.messages.warning("\n".join(new))
        self._show()

    def _told(self, fault: BrokenFile) -> str:
        if language() == "en":
            return f"{fault.told}."
        if fault.line is None:
            return self.tr("{file} cannot be read.").format(file=fault.name)
        return self.tr("{file} cannot be read: line {line}.").format(file=fault.name, line=fault.line)

    def _show(self) -> None:
        for chip in self.chips:
            self._flow.removeWidget(chip)
            chip.hide()
            chip.deleteLater()
        self.chips = [self._chip(name) for name in self._studio.generation.styles]
        for chip in self.chips:
            self._flow.addWidget(chip)
        self.chosen.setVisible(bool(self.chips))

    def _chip(self, name: str) -> QPushButton:
        style = self._studio.vocabulary.style(name)
        title = title_of(style) if style is not None else name
        is_gone = style is None and self._studio.vocabulary.is_known
        shown = self.tr("{name} (not here)").format(name=title) if is_gone else title
        chip = QPushButton(f"{shown}  ×")
        chip.setProperty("role", "flat")
        chip.setAccessibleName(self.tr("Take the style away: {name}").format(name=title))
        missing = self.tr("This style is not here any more.") if is_gone else ""
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
        for fault in self._studio.vocabulary.faults[:MOST_NAMED]:
            menu.addAction(self._told(fault).replace("&", "&&")).setEnabled(False)
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

"""What the next picture wears: learnt things by name, each with its weight."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QVBoxLayout, QWidget

from desktop.panels.icon_button import IconButton, LabelledButton
from desktop.panels.lora_blocks import LoraBlocks
from desktop.panels.rows import RowsPanel
from desktop.state.studio import Studio
from desktop.widgets.label import ElidedLabel, Label
from desktop.widgets.number import NumberSlider
from engine.api.learnt import LearntInfo, LearntKind, Lora
from engine.api.request import LIMITS

SLIDER_END = 1.5
"""Where the slider ends; more can be typed."""


class LoraRow(QWidget):
    """Name, weight, and the way off."""

    def __init__(self, studio: Studio, lora: Lora, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio, self.lora = studio, lora
        known = studio.learnt.get(LearntKind.LORA, lora.name)
        self.name = ElidedLabel(lora.name)
        self.name.setToolTip(self._about(known))
        self.weight = NumberSlider(
            -SLIDER_END, LIMITS["lora_weight"][1], step=0.05, decimals=2, slider_maximum=SLIDER_END,
            name=self.tr("Weight of {name}").format(name=lora.name),
        )  # fmt: skip
        self.weight.set_value(lora.weight)
        self.weight.value_changed.connect(lambda value: studio.wearing.wear(lora.name, float(value)))
        self.blocks = LoraBlocks(studio, lora)
        self.remove = IconButton("x", self.tr("Take off {name}").format(name=lora.name))
        self.remove.clicked.connect(lambda: studio.wearing.take_off(lora.name))
        self.note = Label(role="small")
        self.note.setWordWrap(True)
        head = QHBoxLayout()
        head.addWidget(self.name, 1)
        head.addWidget(self.remove)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(head)
        layout.addWidget(self.weight)
        layout.addWidget(self.blocks)
        layout.addWidget(self.note)
        self.show_note()

    def show_note(self) -> None:
        """Why the next picture cannot be made with it, if so."""
        learnt, known = self._studio.learnt, self._studio.learnt.get(LearntKind.LORA, self.lora.name)
        if not learnt.is_known or set(self.lora.name) & set("/\\"):  # a path is the engine's to find
            text = ""
        elif known is None:
            text = self.tr("This file is not here.")
        else:
            text = (
                "" if learnt.fits(known) else self.tr("For another model. Choose that model, or take it off.")
            )
        self.note.setText(text)
        self.note.setVisible(bool(text))

    def _about(self, known: LearntInfo | None) -> str:
        if known is None:
            return self.tr("This file is not here.")
        word = self.tr("Its word: {word}").format(word=known.trigger) if known.trigger else ""
        base = self.tr("Learnt with {model}").format(model=known.base) if known.base else ""
        return "\n".join(part for part in (word, base, known.licence) if part)


class LearntPanel(RowsPanel[LoraRow]):
    """Rows for what is worn, and menus of what there is for this model."""

    learn_asked = Signal()

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(8, parent)
        self._studio = studio
        self.add_lora = LabelledButton("plus", self.tr("LoRA"))
        self.add_lora.setAccessibleName(self.tr("Wear a LoRA"))
        self.add_lora.setMenu(QMenu(self))
        self.add_word = LabelledButton("plus", self.tr("Word"))
        self.add_word.setAccessibleName(self.tr("Write a learnt word into the prompt"))
        self.add_word.setMenu(QMenu(self))
        self.learn = IconButton("graduation-cap", self.tr("Teach the model something new"))
        self.learn.clicked.connect(self.learn_asked)
        self.add_buttons(self.add_lora, self.add_word, self.learn)
        studio.learnt.changed.connect(self._fill)
        studio.generation.changed.connect(self._on_changed)
        self._fill()

    def _on_changed(self, field: str) -> None:
        if field == "loras":
            self._show_worn()

    def _fill(self) -> None:
        loras = self._studio.learnt.of(LearntKind.LORA)
        words = self._studio.learnt.of(LearntKind.EMBEDDING)
        self._fill_menu(self.add_lora, loras, self._wear)
        self._fill_menu(self.add_word, words, self._write)
        has_none = not loras and not words and not self._studio.generation.loras
        self.say(
            self.tr("Teach the model a subject or a style, then use it here by name.") if has_none else ""
        )
        self._show_worn()
        for row in self.rows:
            row.blocks.look_again()

    def _fill_menu(self, button: QPushButton, infos: tuple[LearntInfo, ...], use) -> None:
        menu = button.menu()
        menu.clear()
        for info in infos:
            action = QAction(info.name.replace("&", "&&"), menu)
            action.triggered.connect(lambda _=False, info=info: use(info))
            menu.addAction(action)
        button.setEnabled(bool(infos))
        button.setToolTip("" if infos else self.tr("There is none for this model yet."))

    def _wear(self, info: LearntInfo) -> None:
        """Put it on, and its word into the prompt where it is missing."""
        self._studio.wearing.wear(info.name)
        self._write(info)

    def _write(self, info: LearntInfo) -> None:
        self._studio.wearing.write_word(info.trigger)

    def _show_worn(self) -> None:
        worn = self._studio.generation.loras
        here = {row.lora.name: row for row in self.rows}
        self.set_rows([here.get(lora.name) or LoraRow(self._studio, lora) for lora in worn])
        for row, lora in zip(self.rows, worn, strict=True):
            row.weight.set_value(lora.weight)
            row.blocks.show_shares(lora.blocks)
            row.show_note()

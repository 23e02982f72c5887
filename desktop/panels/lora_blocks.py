"""How much of a LoRA acts in which blocks of the model: a slider for each that it changes."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget
from shiboken6 import isValid

from desktop.state.studio import Studio
from desktop.state.words import say
from desktop.widgets.fold import Fold
from desktop.widgets.label import ElidedLabel, Label
from desktop.widgets.number import NumberSlider
from engine.api.learnt import Lora
from engine.api.lora_blocks import DOWN_ALONE, TEXT, UP_ALONE, Blocks
from engine.api.request import LIMITS
from engine.loras.blocks import share_in

DOWN, UP = "down_blocks", "up_blocks"
SLIDER_END = 1.5
"""As that of the weight."""


class LoraBlocks(QWidget):
    """Folded until it is asked for; which blocks there are is read then, in the pool."""

    def __init__(self, studio: Studio, lora: Lora, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio, self._name = studio, lora.name
        self.blocks: Blocks = lora.blocks
        self.sliders: dict[str, NumberSlider] = {}
        """By block."""
        self.note = Label(role="small")
        self.note.setWordWrap(True)
        self._rows = QVBoxLayout()
        self._rows.setSpacing(2)
        page = QWidget()
        inside = QVBoxLayout(page)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.addWidget(self.note)
        inside.addLayout(self._rows)
        self.fold = Fold(self.tr("Blocks"), [page], spacing=4)
        self.fold.toggled.connect(lambda is_open: is_open and self.look())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.fold)
        self.show_shares(lora.blocks)

    def look(self) -> None:
        """Read which blocks the LoRA changes in the present model."""
        self._say(self.tr("Reading the file…"))
        self._studio.wearing.ask_blocks(self._name, self._take, self._cannot)

    def look_again(self) -> None:
        """The model may be another one."""
        if self.fold.button.isChecked():
            self.look()

    def show_shares(self, blocks: Blocks) -> None:
        """These are the shares now."""
        self.blocks = blocks
        changed = sum(1 for share in blocks.values() if share != 1)
        title = self.tr("Blocks (%n changed)", "", changed) if changed else self.tr("Blocks")
        self.fold.button.setText(title)
        for block, slider in self.sliders.items():
            slider.set_value(share_in(block, blocks))

    def _take(self, found: tuple[str, ...]) -> None:
        if not isValid(self):
            return
        self._say("" if found else self.tr("It changes nothing in this model."))
        shown = (*found, *(block for block in self.blocks if block not in found))
        if shown == tuple(self.sliders):  # nobody's drag is interrupted
            return
        self._clear()
        self._rows.addLayout(self._presets(found))
        for block in shown:
            self._rows.addLayout(self._row(block))

    def _cannot(self, error: Exception) -> None:
        if isValid(self):
            self._clear()
            self._say(say(error))

    def _say(self, text: str) -> None:
        self.note.setText(text)
        self.note.setVisible(bool(text))

    def _row(self, block: str) -> QHBoxLayout:
        title = self.tr("text") if block == TEXT else block
        label = ElidedLabel(title)
        slider = NumberSlider(
            -SLIDER_END, LIMITS["lora_weight"][1], step=0.05, decimals=2, slider_maximum=SLIDER_END,
            name=self.tr("Share in {block}").format(block=title),
        )  # fmt: skip
        slider.set_value(share_in(block, self.blocks))
        slider.value_changed.connect(lambda share: self._weigh(block, float(share)))
        self.sliders[block] = slider
        row = QHBoxLayout()
        row.addWidget(label, 1)
        row.addWidget(slider, 1)
        return row

    def _presets(self, found: tuple[str, ...]) -> QHBoxLayout:
        offered: list[tuple[str, str, Blocks]] = [
            (self.tr("All"), self.tr("The LoRA acts everywhere"), {}),
        ]
        if any(block.startswith(DOWN) for block in found) and any(block.startswith(UP) for block in found):
            offered += [
                (
                    self.tr("Down only"),
                    self.tr("Only where the picture is read: rather what is there and where"),
                    DOWN_ALONE,
                ),
                (
                    self.tr("Up only"),
                    self.tr("Only where it is drawn: rather colours, strokes and surfaces"),
                    UP_ALONE,
                ),
            ]
        row = QHBoxLayout()
        for title, hint, blocks in offered:
            button = QPushButton(title)
            button.setToolTip(hint)
            button.clicked.connect(lambda _=False, blocks=blocks: self._use(blocks))
            row.addWidget(button)
        row.addStretch()
        return row

    def _weigh(self, block: str, share: float) -> None:
        if share != share_in(block, self.blocks):
            self._use({**self.blocks, block: share})

    def _use(self, blocks: Blocks) -> None:
        self._studio.wearing.wear_in_blocks(self._name, blocks)

    def _clear(self) -> None:
        self.sliders.clear()
        while (item := self._rows.takeAt(0)) is not None:
            inner = item.layout()
            while inner is not None and (one := inner.takeAt(0)) is not None:
                if (widget := one.widget()) is not None:
                    widget.hide()
                    widget.deleteLater()

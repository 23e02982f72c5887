"""One region: its colour, its sentence, how much it counts, and what paints it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QColor, QIcon, QPixmap
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QVBoxLayout, QWidget

from desktop.panels.icon_button import IconButton, LabelledButton
from desktop.panels.prompt_help import PromptHelp
from desktop.state.document import layer_commands, regions
from desktop.state.document.document_region import DocumentRegion
from desktop.state.studio import Studio
from desktop.widgets.icons import icon
from desktop.widgets.label import Label
from desktop.widgets.labelled_row import LabelledRow
from desktop.widgets.number import NumberSlider
from desktop.widgets.prompt_edit import PromptEdit
from engine.api.prompt_marks import Written
from engine.api.request import LIMITS

SWATCH_PX = 14


class RegionRow(QWidget):
    """Follows one region of the open document; every change is an entry of its history."""

    paint_asked = Signal(str)
    """Paint on this region's layer."""
    submitted = Signal()
    """Ctrl+Enter in its sentence."""

    def __init__(
        self, studio: Studio, region: DocumentRegion, number: int, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._studio, self.id, self.number, self._region = studio, region.id, number, region
        name = self.tr("Place {number}").format(number=number)
        self.on = QCheckBox(name)
        self.on.setAccessibleName(self.tr("Follow the words of place {number}").format(number=number))
        self.on.setIcon(_swatch(region.colour))
        self.on.toggled.connect(lambda on: self._change(is_on=on))
        self.paint = LabelledButton("brush", self.tr("Paint"))
        self.paint.setAccessibleName(self.tr("Paint place {number}").format(number=number))
        self.paint.clicked.connect(lambda: self.paint_asked.emit(self.id))
        self.eye = IconButton("eye", self.tr("Show place {number} on the canvas").format(number=number))
        self.eye.setCheckable(True)
        self.eye.toggled.connect(self._show)
        self.away = IconButton("x", self.tr("Remove place {number}").format(number=number))
        self.away.clicked.connect(lambda: regions.remove(studio.document, self.id))
        self.words = PromptEdit(placeholder=self.tr("What should appear here"), lines=1, most_lines=4)
        self.words.setAccessibleName(self.tr("Words of place {number}").format(number=number))
        self.words.value_changed.connect(lambda text: self._change(prompt=text))
        self.words.submitted.connect(self.submitted)
        self.help = PromptHelp(studio, self.words, Written.REGION)
        self.help.marked.connect(self._show_note)
        self.weight = NumberSlider(
            *LIMITS["region_weight"],
            step=0.05,
            decimals=2,
            name=self.tr("How much the words of place {number} count").format(number=number),
        )
        self.weight.value_changed.connect(lambda value: self._change(weight=float(value)))
        self.note = Label(role="small")
        self.note.setWordWrap(True)
        self._lay_out()
        self.show_region(region)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(4)
        head.addWidget(self.on, 1)
        for button in (self.paint, self.eye, self.away):
            head.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(head)
        layout.addWidget(self.words)
        layout.addWidget(LabelledRow(self.tr("Counts"), self.weight, label_px=None))
        layout.addWidget(self.note)

    def show_region(self, region: DocumentRegion) -> None:
        """Its present settings."""
        self._region = region
        for widget in (self.on, self.words, self.weight):
            widget.blockSignals(True)
        self.on.setChecked(region.is_on)
        is_new = self.words.value() != region.prompt
        self.words.set_value(region.prompt)
        self.weight.set_value(region.weight)
        for widget in (self.on, self.words, self.weight):
            widget.blockSignals(False)
        if is_new:
            self.help.mark()
        self.show_layer()

    def show_layer(self) -> None:
        """Whether it is seen and painted."""
        document = self._studio.document
        layer = document.layer(self._region.layer)
        shown = layer is not None and layer.visible
        self.eye.blockSignals(True)
        self.eye.setChecked(shown)
        self.eye.setIcon(icon("eye" if shown else "eye-off"))
        self.eye.blockSignals(False)
        self.eye.setEnabled(layer is not None)
        self.paint.setEnabled(layer is not None)
        self._show_note()

    def _show_note(self) -> None:
        """What keeps it from being drawn as it is written."""
        layer, fault = self._studio.document.layer(self._region.layer), self.help.fault()
        count = self.help.reading.count
        if layer is None:
            text = self.tr("Its layer is gone. Undo that, or remove the place.")
        elif layer.bounds().is_empty:
            text = self.tr("Nothing is painted for it yet.")
        elif not self._region.prompt.strip():
            text = self.tr("It has no words yet.")
        elif fault is not None:
            text = f"{self.words.accessibleName()}, {fault.tip}"
        elif count is not None and count.cut_at is not None:
            text = self.tr("The model does not read the dimmed end of these words.")
        else:
            text = ""
        self.note.setText(text)
        self.note.setVisible(bool(text))

    def _change(self, **fields: object) -> None:
        regions.change(self._studio.document, self.id, **fields)

    def _show(self, shown: bool) -> None:
        layer = self._studio.document.layer(self._region.layer)
        if layer is not None:
            layer_commands.set_shown(self._studio.document, layer, shown)
        self.show_layer()


def _swatch(colour: str) -> QIcon:
    swatch = QPixmap(SWATCH_PX, SWATCH_PX)
    swatch.fill(QColor(colour))
    return QIcon(swatch)

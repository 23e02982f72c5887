"""How the document goes out as a picture; where to is asked after that."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QCheckBox, QDialog, QWidget

from desktop.state.settings import Settings
from desktop.widgets.colour_button import ColourButton
from desktop.widgets.form import Foot, Form, lay_out
from desktop.widgets.label import Label
from desktop.widgets.number import NumberSlider
from desktop.widgets.segmented import Segmented

FORMATS = (("png", "PNG"), ("jpeg", "JPEG"), ("webp", "WebP"), ("tiff", "TIFF"), ("psd", "PSD"))
LOSSY = ("jpeg", "webp")
WITH_ALPHA = ("png", "webp", "tiff")
REMEMBERED = "export"


class ExportDialog(QDialog):
    """Remembers what was chosen last."""

    wanted = Signal(object)
    """`format`, `quality`, `keeps_alpha`, `background` (as `#ffffff`) and `has_recipe` by their names."""

    def __init__(self, settings: Settings, has_recipe: bool, parent: QWidget | None = None) -> None:
        """`has_recipe`: whether a result shows whose recipe could be written."""
        super().__init__(parent)
        self.setWindowTitle(self.tr("Export"))
        self._settings = settings
        self._has_recipe = has_recipe
        chosen = settings.panel_states.get(REMEMBERED, {})
        self.format = Segmented(FORMATS, name=self.tr("Format"))
        self.format.set_value(chosen.get("format", "png"))
        self.quality = NumberSlider(1, 100, name=self.tr("Quality"))
        self.quality.set_value(chosen.get("quality", 95))
        self.alpha = QCheckBox(self.tr("Keep what is transparent"))
        self.alpha.setChecked(chosen.get("keeps_alpha", True))
        self.background = ColourButton(
            QColor(chosen.get("background", "#ffffff")), name=self.tr("Background")
        )
        self.recipe = QCheckBox(self.tr("Write into it how it was made"))
        self.recipe.setChecked(chosen.get("has_recipe", True))
        self.note = Label(role="small")
        self.note.setWordWrap(True)
        for box in (self.alpha, self.recipe):
            box.setAccessibleName(box.text())
        self.format.value_changed.connect(lambda _: self._follow())
        self.alpha.toggled.connect(lambda _: self._follow())
        self._lay_out()
        self._follow()

    def chosen(self) -> dict[str, Any]:
        return {
            "format": self.format.value(),
            "quality": int(self.quality.value()),
            "keeps_alpha": self.alpha.isChecked(),
            "background": self.background.value().name(),
            "has_recipe": self.recipe.isChecked(),
        }

    def accept(self) -> None:
        super().accept()
        self._settings.remember_panel(REMEMBERED, self.chosen())
        self.wanted.emit(self.chosen())

    def _follow(self) -> None:
        """Only what the format has can be chosen."""
        format = self.format.value()
        self.quality.setEnabled(format in LOSSY)
        self.alpha.setEnabled(format in WITH_ALPHA)
        keeps = format == "psd" or (format in WITH_ALPHA and self.alpha.isChecked())
        self.background.setEnabled(not keeps)
        self.recipe.setEnabled(self._has_recipe and format != "psd")
        self.note.setText(self._note(format))

    def _note(self, format: str) -> str:
        match format:
            case "png":
                return self.tr("Every pixel is kept.")
            case "jpeg":
                return self.tr("Small; holds nothing transparent, so the background stands behind it.")
            case "webp":
                return self.tr("Small, with transparency. At quality 100 every pixel is kept.")
            case "tiff":
                return self.tr("Every pixel is kept; for print and archives.")
        return self.tr("With all layers, for Photoshop, Affinity, Photopea and others.")

    def _lay_out(self) -> None:
        form = Form()
        form.add(self.tr("Format"), self.format)
        form.addRow("", self.note)
        for text, control in (
            (self.tr("Quality"), self.quality),
            ("", self.alpha),
            (self.tr("Background"), self.background),
            ("", self.recipe),
        ):
            form.add(text, control)
        foot = Foot(self.tr("Export…"), self.accept, self.reject)
        self.export_button = foot.main
        lay_out(self, form, foot)
        self.setMinimumWidth(480)

"""A new document: how large, and what stands behind it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QDialog, QHBoxLayout, QWidget

from desktop.widgets.choice import Choice
from desktop.widgets.colour_button import ColourButton
from desktop.widgets.form import Foot, Form, lay_out
from desktop.widgets.number import NumberSlider
from desktop.widgets.segmented import Segmented
from engine.api.images import Extent

LONGEST_SIDE = 16_384
SLIDER_END = 4_096
"""The slider ends here; larger sizes are typed."""
PRESETS = (
    Extent(512, 512), Extent(1024, 1024), Extent(1536, 1024), Extent(1024, 1536), Extent(1920, 1080),
    Extent(2048, 2048), Extent(3840, 2160), Extent(4096, 4096),
)  # fmt: skip
PAPER = Extent(2480, 3508)
"""A4 at 300 dots an inch."""


class NewDocumentDialog(QDialog):
    """Create makes it and closes; Cancel changes nothing."""

    wanted = Signal(object, object)
    """`Extent`, and the background (red, green, blue) or None for a transparent one."""

    def __init__(self, size: Extent, parent: QWidget | None = None) -> None:
        """`size` is proposed."""
        super().__init__(parent)
        self.setWindowTitle(self.tr("New document"))
        self.preset = Choice(name=self.tr("Size"))
        self.preset.addItem(self.tr("Own size"), None)
        for extent in PRESETS:
            self.preset.addItem(f"{extent.width} × {extent.height}", extent)
        self.preset.addItem(
            self.tr("A4, 300 dpi: {size}").format(size=f"{PAPER.width} × {PAPER.height}"), PAPER
        )
        self.width_field = self._number(self.tr("Width in pixels"), size.width)
        self.height_field = self._number(self.tr("Height in pixels"), size.height)
        choices = (
            ("transparent", self.tr("Transparent")),
            ("white", self.tr("White")),
            ("colour", self.tr("Colour")),
        )
        self.background = Segmented(choices, name=self.tr("Background"))
        self.background.set_value("white")
        self.colour = ColourButton(QColor(255, 255, 255), name=self.tr("Background colour"))
        self.colour.value_changed.connect(lambda _: self.background.set_value("colour"))
        self.background.value_changed.connect(lambda _: self._follow())
        self.preset.activated.connect(lambda _: self._take_preset())
        self._lay_out()
        self._show_preset()
        self._follow()

    def size_chosen(self) -> Extent:
        return Extent(int(self.width_field.value()), int(self.height_field.value()))

    def background_chosen(self) -> tuple[int, int, int] | None:
        match self.background.value():
            case "transparent":
                return None
            case "white":
                return (255, 255, 255)
        colour = self.colour.value()
        return (colour.red(), colour.green(), colour.blue())

    def accept(self) -> None:
        super().accept()
        self.wanted.emit(self.size_chosen(), self.background_chosen())

    def _number(self, name: str, value: int) -> NumberSlider:
        field = NumberSlider(1, LONGEST_SIDE, name=name, slider_maximum=SLIDER_END)
        field.set_value(value)
        field.value_changed.connect(lambda _: self._show_preset())
        return field

    def _take_preset(self) -> None:
        size = self.preset.currentData()
        if size is not None:
            self.width_field.set_value(size.width)
            self.height_field.set_value(size.height)

    def _show_preset(self) -> None:
        """The one whose size this is."""
        sizes = [self.preset.itemData(row) for row in range(self.preset.count())]
        size = self.size_chosen()
        self.preset.setCurrentIndex(sizes.index(size) if size in sizes else 0)

    def _follow(self) -> None:
        self.colour.setEnabled(self.background.value() == "colour")

    def _lay_out(self) -> None:
        form = Form()
        behind = QHBoxLayout()
        behind.setSpacing(8)
        behind.addWidget(self.background, 1)
        behind.addWidget(self.colour)
        for text, control in (
            (self.tr("Size"), self.preset),
            (self.tr("Width"), self.width_field),
            (self.tr("Height"), self.height_field),
        ):
            form.add(text, control)
        form.add(self.tr("Background"), behind)
        foot = Foot(self.tr("Create"), self.accept, self.reject)
        self.create_button = foot.main
        lay_out(self, form, foot)
        self.setMinimumWidth(520)
        self.width_field.setFocus(Qt.FocusReason.OtherFocusReason)

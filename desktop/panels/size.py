"""How large the next picture is: proportions by one click, or width and height typed."""

from __future__ import annotations

from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from desktop.panels.typed_number import TypedNumber
from desktop.state.sizes import size_for
from desktop.state.studio import Studio
from desktop.widgets.label import Label
from engine.api.images import Extent
from engine.api.request import LIMITS

ASPECTS = ((1, 1), (4, 3), (3, 4), (16, 9), (9, 16))


class SizeRows(QWidget):
    """One row of proportions, one of pixels."""

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self._generation = studio.generation
        self.width_field = self._number("width", self.tr("Width in pixels"))
        self.height_field = self._number("height", self.tr("Height in pixels"))
        self.presets = {aspect: self._preset(aspect) for aspect in ASPECTS}
        self._lay_out()
        self._generation.changed.connect(self._on_changed)
        studio.models.changed.connect(self._follow_model)
        self._follow_model()

    def _number(self, field: str, name: str) -> TypedNumber:
        low, high = LIMITS[field]
        number = TypedNumber(self._generation, field, int(low), int(high))
        number.setAccessibleName(name)
        return number

    def _preset(self, aspect: tuple[int, int]) -> QPushButton:
        width, height = aspect
        button = QPushButton(f"{width}:{height}")
        button.setCheckable(True)
        button.setProperty("role", "segment")
        button.setAccessibleName(
            self.tr("Proportions {width} to {height}").format(width=width, height=height)
        )
        button.clicked.connect(lambda: self._choose(aspect))
        return button

    def _lay_out(self) -> None:
        presets, numbers = QHBoxLayout(), QHBoxLayout()
        group = QButtonGroup(self, exclusive=False)
        for button in self.presets.values():
            group.addButton(button)
            presets.addWidget(button, 1)
        numbers.addWidget(Label(self.tr("Size"), role="dim"), 1)
        for widget in (self.width_field, Label("×"), self.height_field):
            numbers.addWidget(widget)
        for field in (self.width_field, self.height_field):
            field.setFixedWidth(72)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for row in (presets, numbers):
            row.setSpacing(8)
            layout.addLayout(row)
        layout.setSpacing(8)

    def _choose(self, aspect: tuple[int, int]) -> None:
        self._generation.set_aspect(*aspect)
        self._show_aspect()

    def _on_changed(self, field: str) -> None:
        if field in ("width", "height"):
            self._show_aspect()
        elif field == "model":
            self._follow_model()

    def _follow_model(self) -> None:
        info = self._studio.models.get(self._generation.model)
        if info is not None:
            for field in (self.width_field, self.height_field):
                field.set_grid(info.capabilities.size_multiple)
        self._show_aspect()

    def _show_aspect(self) -> None:
        """The pressed preset is the first whose size this is: small models draw several at one size."""
        info = self._studio.models.get(self._generation.model)
        size = Extent(self._generation.width, self._generation.height)
        sizes = {aspect: size_for(aspect[0] / aspect[1], info) for aspect in ASPECTS} if info else {}
        shown = next((aspect for aspect, its in sizes.items() if its == size), None)
        for aspect, button in self.presets.items():
            button.setEnabled(info is not None)
            button.setChecked(aspect == shown)

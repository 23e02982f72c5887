"""The bar above the picture: how the tool in hand is set, built from its options."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Iterable
from typing import Any

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from desktop.panels.mask_options import MaskOptions
from desktop.panels.pressure_curve import PressureCurve
from desktop.panels.selection_options import SelectionOptions
from desktop.state.document.document import Document
from desktop.tools.marked import look_up
from desktop.tools.options import SEGMENTERS, Option, SelectOptions, Show, StrokeOptions, option_of
from desktop.tools.smart_select import GRAB_CUT
from desktop.tools.workbench import Workbench
from desktop.widgets.choice import Choice
from desktop.widgets.icons import icon
from desktop.widgets.label import ElidedLabel, Label
from desktop.widgets.number import NumberSlider

HEIGHT_PX = 44
MARGINS_PX, SPACING_PX = (12, 8), 8
SLIDER_PX, LEAST_SLIDER_PX = 176, 126
"""As there is room."""
NUMBER_PX = 70
"""Room for four digits and a unit."""
POPUP_PX = 320
NARROWEST_PX = 120


@dataclasses.dataclass(frozen=True)
class Part:
    """An option in the bar, which goes into the pop-up where there is no room."""

    name: str
    option: Option
    widgets: tuple[QWidget, ...]


class ToolOptions(QFrame):
    """Shows only what the tool has; the rest of its settings is in a pop-up."""

    def __init__(self, bench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bench = bench
        self._controls: dict[str, QWidget] = {}
        self._parts: list[Part] = []
        self._popped: dict[str, QWidget] = {}
        """The controls in the open pop-up."""
        self._popup: QFrame | None = None
        self._document: Document | None = None
        self.setObjectName("tool_options")
        self.setFixedHeight(HEIGHT_PX)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setMinimumWidth(NARROWEST_PX)
        self.more = QPushButton(icon("sliders-horizontal"), "")
        self.more.setProperty("role", "plain")
        self.more.setAccessibleName(self.tr("More options"))
        self.more.setToolTip(self.tr("More options of this tool, and how the pen's pressure feels"))
        self.more.clicked.connect(self.open_more)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(MARGINS_PX[0], 0, MARGINS_PX[1], 0)
        layout.setSpacing(SPACING_PX)
        layout.addWidget(self._scroll, 1)
        layout.addWidget(self.more)
        bench.changed.connect(self._on_bench)
        bench.options_changed.connect(self._on_options)
        bench.names_changed.connect(self._build)
        self._build()

    def control(self, name: str) -> QWidget:
        """The control of an option that is shown in the bar (or in the open pop-up)."""
        return self._popped.get(name) or self._controls[name]

    def set_document(self, document: Document | None) -> None:
        """Whose mask the bar of the mask brush says something about."""
        if self._document is not None:
            self._document.masks_changed.disconnect(self._on_masks)
        self._document = document
        if document is not None:
            document.masks_changed.connect(self._on_masks)
        self._build()

    @property
    def _is_about_the_mask(self) -> bool:
        return self._bench.tool_id == "mask_brush" or self._bench.paints_mask

    # building

    def _build(self) -> None:
        """Anew for the tool in hand; in the narrowest window the row scrolls to what has the focus."""
        content = QWidget()
        self._row = QHBoxLayout(content)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(10)
        self._controls.clear()
        self._parts.clear()
        tool = self._bench.tool
        self.setAccessibleName(tool.text)
        self._title = Label(tool.text, role="title")
        self._row.addWidget(self._title)
        later = False
        for field in dataclasses.fields(tool.options):
            option = option_of(field)
            if option is not None and option.show is Show.BAR:
                self._add(field.name, option)
            later = later or (option is not None and option.show is Show.MORE)
        if self._is_about_the_mask and self._document is not None:
            self.mask_options = MaskOptions(self._bench, self._document)
            self._row.addWidget(self.mask_options)
        self.hint = (
            None if self._parts or self._is_about_the_mask else ElidedLabel(tool.hint_text, role="dim")
        )
        if self.hint is not None:  # what has nothing to set says what it does
            self._row.addWidget(self.hint, 1)
        else:
            self._row.addStretch()
        self._has_more = later or issubclass(tool.options, SelectOptions)
        content.installEventFilter(self)
        self._scroll.setWidget(content)  # the one before goes with its controls
        self._make_room()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_room()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest and watched is self._scroll.widget():
            self._make_room()
        return super().eventFilter(watched, event)

    def _make_room(self) -> None:
        """Where all does not fit, the controls come before the name, which the toolbox says too; the last
        options go into the pop-up, and what the mask means stays."""
        always = [self.mask_options] if self._is_about_the_mask and self._document is not None else []
        room, kept = self._room(self._has_more), list(self._parts)
        is_named = self._needs([self._title, *always, *widgets_of(kept)]) <= room
        while not is_named and kept and self._needs([*always, *widgets_of(kept)]) > room:
            kept.pop()
            room = self._room(True)
        show(self._title, is_named)
        for part in self._parts:
            for widget in part.widgets:
                show(widget, part in kept)
        show(self.more, self._has_more or len(kept) < len(self._parts))

    def _room(self, has_more: bool) -> int:
        beside = self.more.sizeHint().width() + SPACING_PX if has_more else 0
        return self.width() - sum(MARGINS_PX) - beside

    def _needs(self, widgets: list[QWidget]) -> int:
        return sum(least_width(widget) + self._row.spacing() for widget in widgets)

    def _add(self, name: str, option: Option) -> None:
        control = self._controls[name] = self._control_for(name, option)
        widgets: tuple[QWidget, ...] = (control,)
        if not isinstance(control, QCheckBox):
            label = Label(option.name, role="dim")
            label.setBuddy(control)
            widgets = (label, control)
        for widget in widgets:
            self._row.addWidget(widget)
        self._parts.append(Part(name, option, widgets))

    def _control_for(self, name: str, option: Option) -> QWidget:
        value = getattr(self._bench.options(), name)
        match value:
            case bool():
                control = self._switch(name, option, value)
            case enum.Enum():
                control = self._choice(name, option, value)
            case str():
                control = self._named(name, option, value)
            case _:
                control = self._slider(name, option, value)
        if option.hint:
            control.setToolTip(look_up("ToolOptions", option.hint))
        return control

    def _switch(self, name: str, option: Option, value: bool) -> QCheckBox:
        control = QCheckBox(option.name)
        control.setChecked(value)
        control.toggled.connect(lambda on: self._bench.set_option(name, on))
        return control

    def _choice(self, name: str, option: Option, value: enum.Enum) -> Choice:
        control = Choice(name=option.name)
        for choice, text in zip(type(value), option.texts, strict=True):
            control.addItem(look_up("ToolOptions", text), choice)
        control.setSizeAdjustPolicy(Choice.SizeAdjustPolicy.AdjustToContents)
        control.setCurrentIndex(control.findData(value))
        control.activated.connect(lambda index: self._bench.set_option(name, control.itemData(index)))
        return control

    def _named(self, name: str, option: Option, value: str) -> Choice:
        """One of what is at hand; without a choice of the artist's the first does it."""
        control = Choice(name=option.name)
        for chosen, text in names_at_hand(self._bench, option.names):
            control.addItem(text, chosen)
        control.setSizeAdjustPolicy(Choice.SizeAdjustPolicy.AdjustToContents)
        control.setCurrentIndex(max(0, control.findData(value)))
        control.activated.connect(lambda index: self._bench.set_option(name, control.itemData(index)))
        return control

    def _slider(self, name: str, option: Option, value: float) -> NumberSlider:
        scale = 100 if option.percent else 1
        control = NumberSlider(
            option.low * scale, option.high * scale,
            suffix=option.suffix, name=option.name,
            slider_maximum=None if option.comfortable is None else option.comfortable * scale,
        )  # fmt: skip
        control.setMinimumWidth(LEAST_SLIDER_PX)
        control.setMaximumWidth(SLIDER_PX)
        control.field.setFixedWidth(NUMBER_PX)
        control.set_value(value * scale)
        control.value_changed.connect(lambda shown: self._bench.set_option(name, float(shown / scale)))
        return control

    # the pop-up

    def open_more(self) -> None:
        """What is set more rarely, and what had no room in the bar."""
        popped: dict[str, QWidget] = {}
        self._popped = popped
        popup = self._popup = QFrame(self, Qt.WindowType.Popup)
        popup.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        popup.destroyed.connect(popped.clear)
        popup.setProperty("surface", "raised")
        layout = QVBoxLayout(popup)
        layout.setContentsMargins(14, 14, 14, 14)
        layout.setSpacing(10)
        grid = QGridLayout()
        grid.setSpacing(8)
        tool = self._bench.tool
        for part in self._parts:
            if part.widgets[0].isHidden():
                self._add_below(grid, part.name, part.option)
        for field in dataclasses.fields(tool.options):
            option = option_of(field)
            if option is not None and option.show is Show.MORE:
                self._add_below(grid, field.name, option)
        layout.addLayout(grid)
        if issubclass(tool.options, SelectOptions) and self._document is not None:
            layout.addWidget(SelectionOptions(self._bench, self._document))
        if self._is_about_the_mask:
            layout.addWidget(self._overlay_row())
        if issubclass(tool.options, StrokeOptions):
            layout.addWidget(PressureCurve(self._bench))
        popup.setFixedWidth(POPUP_PX)
        popup.adjustSize()
        place = self.more.mapToGlobal(QPoint(self.more.width() - popup.width(), self.more.height() + 4))
        lowest = self.screen().availableGeometry().bottom() - popup.height()
        popup.move(place.x(), max(0, min(place.y(), lowest)))
        popup.show()

    def _overlay_row(self) -> QWidget:
        """How strongly the mask is shown."""
        row = QWidget()
        layout = QHBoxLayout(row)
        layout.setContentsMargins(0, 0, 0, 0)
        control = NumberSlider(10, 100, suffix=" %", name=self.tr("Mask on the picture"))
        control.set_value(self._bench.overlay_opacity * 100)
        control.value_changed.connect(self._set_overlay)
        layout.addWidget(Label(self.tr("Mask on the picture"), role="dim"))
        layout.addWidget(control)
        return row

    def _set_overlay(self, percent: float) -> None:
        self._bench.overlay_opacity = percent / 100

    def _add_below(self, grid: QGridLayout, name: str, option: Option) -> None:
        control = self._popped[name] = self._control_for(name, option)
        row = grid.rowCount()
        if isinstance(control, QCheckBox):
            grid.addWidget(control, row, 0, 1, 2)
            return
        label = Label(option.name, role="dim")
        label.setBuddy(control)
        grid.addWidget(label, row, 0)
        grid.addWidget(control, row, 1)

    # following

    def _on_bench(self, name: str) -> None:
        if name in ("tool_id", "paints_mask"):
            self._build()

    def _on_masks(self, _rect: object) -> None:
        if self._is_about_the_mask and self._document is not None:
            self.mask_options.show_mode()

    def _on_options(self, tool_id: str) -> None:
        if tool_id != self._bench.tool_id:
            return
        options = self._bench.options()
        for name, control in (*self._controls.items(), *self._popped.items()):
            show_value(control, getattr(options, name), option_named(type(options), name))


def names_at_hand(bench: Workbench, names: str) -> list[tuple[str, str]]:
    """What one can choose under that key of `Option.names`: value and text."""
    if names != SEGMENTERS:
        return []
    by_colour = (GRAB_CUT, QCoreApplication.translate("ToolOptions", "Colours and edges"))
    return [*((info.name, f"{info.name} ({info.type})") for info in bench.segmenters), by_colour]


def widgets_of(parts: Iterable[Part]) -> list[QWidget]:
    return [widget for part in parts for widget in part.widgets]


def least_width(widget: QWidget) -> int:
    """As a layout reckons it, also of one that is hidden."""
    if widget.minimumWidth() > 0:
        return widget.minimumWidth()
    may_shrink = bool(widget.sizePolicy().horizontalPolicy().value & QSizePolicy.PolicyFlag.ShrinkFlag.value)
    return (widget.minimumSizeHint() if may_shrink else widget.sizeHint()).width()


def show(widget: QWidget, is_shown: bool) -> None:
    """Only where that is another state: each change asks for a layout again."""
    if widget.isHidden() is is_shown:
        widget.setVisible(is_shown)


def option_named(options: type, name: str) -> Option | None:
    return next((option_of(field) for field in dataclasses.fields(options) if field.name == name), None)


def show_value(control: QWidget, value: Any, option: Option | None) -> None:
    """Without telling the bench what it told us."""
    blocked = control.blockSignals(True)
    match control:
        case NumberSlider():
            control.set_value(value * 100 if option is not None and option.percent else value)
        case QCheckBox():
            control.setChecked(value)
        case Choice():
            control.setCurrentIndex(max(0, control.findData(value)))
    control.blockSignals(blocked)

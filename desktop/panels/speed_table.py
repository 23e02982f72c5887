"""What each speed was measured to cost and to change on this machine, and the way to measure it."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QLocale, Qt
from PySide6.QtWidgets import QGridLayout, QPushButton, QVBoxLayout, QWidget

from desktop.panels.durations import decimal, say_duration
from desktop.panels.speed_words import speed_names
from desktop.state.studio import Studio
from desktop.widgets.label import Label
from engine.api.measuring import MeasureRequest
from engine.api.model_info import ModelInfo
from engine.api.request import Speed
from engine.api.speed import Measured, levers_of

translate = QCoreApplication.translate


class SpeedTable(QWidget):
    """For the present model; nothing where no speed changes anything."""

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self.cells: list[list[Label]] = []
        self._table = QWidget()
        self._grid = QGridLayout(self._table)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(2)
        self._grid.setColumnStretch(0, 1)
        self.measure = QPushButton()
        self.measure.clicked.connect(self._turn)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self._table)
        layout.addWidget(self.measure)
        self._fill(4)
        for signal in (studio.speeds.changed, studio.speeds.device_changed, studio.models.changed):
            signal.connect(self.show_current)
        studio.measuring.changed.connect(self._show_button)
        self.show_current()

    @property
    def has_figures(self) -> bool:
        """Whether anything was measured of this model."""
        return not self._table.isHidden()

    def show_current(self) -> None:
        """Of the model that is chosen now."""
        info, speeds = self._info(), self._studio.speeds
        device = "cpu" if speeds.ready is None else speeds.ready.device
        can = info is not None and any(levers_of(info, speed, device) for speed in Speed)
        self.setVisible(can)
        found = {speed: speeds.of(info, speed) for speed in Speed} if info is not None else {}
        self._show_figures([one for one in found.values() if one is not None])
        self._show_button()

    def _info(self) -> ModelInfo | None:
        return self._studio.models.get(self._studio.generation.model)

    def _fill(self, columns: int) -> None:
        for row in range(len(Speed) + 1):
            self.cells.append([Label(role="small") for _ in range(columns)])
            for column, cell in enumerate(self.cells[-1]):
                cell.setAlignment(Qt.AlignmentFlag.AlignRight if column else Qt.AlignmentFlag.AlignLeft)
                self._grid.addWidget(cell, row, column)

    def _show_figures(self, found: list[Measured]) -> None:
        self._table.setVisible(bool(found))
        if not found:
            return
        head = ("", self.tr("A picture"), self.tr("Time"), self.tr("Error of 255"))
        rows = [head, *(_row(speed, found) for speed in Speed)]
        for cells, texts in zip(self.cells, rows, strict=True):
            for cell, text in zip(cells, texts, strict=True):
                cell.setText(text)
        told = "\n".join(say_measured(one) for one in found)
        self._table.setToolTip(told)
        self._table.setAccessibleName(self.tr("Measured speeds"))
        self._table.setAccessibleDescription(told)

    def _show_button(self) -> None:
        measuring, info = self._studio.measuring, self._info()
        if measuring.info is None:
            self.measure.setText(
                self.tr("Measure again") if self.has_figures else self.tr("Measure on this machine")
            )
        elif measuring.share is None:
            self.measure.setText(self.tr("Waits for the engine. Stop"))
        else:
            share = f"{measuring.share:.0%}".replace("%", " %")
            self.measure.setText(self.tr("Measuring, {share}. Stop").format(share=share))
        self.measure.setToolTip(self._about(info) if measuring.info is None else measuring.info.title)

    def _about(self, info: ModelInfo | None) -> str:
        count = MeasureRequest("m").drawn
        said = self.tr(
            "Draws {count} pictures with the model's own settings, the same seeds at each speed. "
            "What you ask for meanwhile comes first."
        ).format(count=count)
        pace = self._studio.speeds.pace(info.name, Speed.EXACT) if info is not None else None
        if info is None or not pace:
            return said
        size = info.defaults.width * info.defaults.height * info.defaults.sampling.steps
        about = self.tr("At most about {time}.").format(time=say_duration(pace * size * count))
        return f"{said} {about}"

    def _turn(self) -> None:
        """Begin, or stop what is being measured."""
        measuring, info = self._studio.measuring, self._info()
        if measuring.info is not None:
            measuring.cancel()
        elif info is not None:
            measuring.begin(info)


def _row(speed: Speed, found: list[Measured]) -> tuple[str, str, str, str]:
    name, none = speed_names()[speed], "–"
    if speed is Speed.EXACT:
        long = next((one.exact_seconds for one in found if one.exact_seconds), 0.0)
        return name, say_duration(long) if long else none, "100 %", "0"
    one = next((one for one in found if one.speed is speed), None)
    if one is None:
        return name, none, none, none
    long = say_duration(one.seconds) if one.seconds else none
    return name, long, f"{round(100 * one.time_ratio)} %", decimal(one.mean_error, 1)


def say_measured(one: Measured) -> str:
    """E.g. *Fast: against Exact on the same seeds pixels differ by 0.8 of 255, ...*."""
    number = QLocale().toString
    return translate(
        "SpeedTable",
        "{speed}: against Exact on the same seeds pixels differ by {mean} of 255 on average, by {worst} in "
        "the worst of {count} pictures (PSNR {psnr} dB).",
    ).format(
        speed=speed_names()[one.speed], mean=number(one.mean_error, "f", 1), count=one.pictures,
        worst=number(one.worst_error, "f", 1), psnr=number(one.psnr_db, "f", 1),
    )  # fmt: skip

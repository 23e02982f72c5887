"""Making a sheet: which settings vary, how many pictures that is, and about how long they take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QWidget

from desktop.gallery.axis_row import AxisRow, Kind
from desktop.panels.durations import forecast, say_duration
from desktop.state.messages import Level
from desktop.state.studio import Studio
from desktop.state.words import say
from desktop.widgets.form import Foot, Form, lay_out
from desktop.widgets.label import Label
from engine.api.errors import BadRequest, EngineError
from engine.api.learnt import LearntKind
from engine.api.request import GenerationRequest
from engine.sheets.axis import AxisKind
from engine.sheets.sheet import Cell, Sheet

QUEUED = "sheet-queued"
"""The topic of the offer to cancel."""
LONGEST_PROMPT = 160


class SheetDialog(QDialog):
    """Counts while one types; nothing is made before the button is pressed."""

    begun = Signal(object)
    """`Sheet` whose cells are in the queue now."""

    def __init__(self, studio: Studio, base: GenerationRequest, parent: QWidget | None = None) -> None:
        """`base` is what all pictures have in common."""
        super().__init__(parent)
        self._studio = studio
        self._base = replace(base, images=1)
        self.setWindowTitle(self.tr("Make a sheet"))
        names = (self.tr("Columns"), self.tr("Rows"), self.tr("Pages"))
        self.rows = [AxisRow(name, self._kinds(index > 0), self._known) for index, name in enumerate(names)]
        self.count = Label(role="title")
        self.count.setWordWrap(True)
        self._lay_out(names)
        for row in self.rows:
            row.changed.connect(self._follow)
        self.rows[0].set_axis((AxisKind.SEEDS, ""), self._next_seeds())
        self._follow()

    def sheet(self) -> Sheet:
        """Raises `BadRequest` where an axis cannot be."""
        axes = [axis for row in self.rows if (axis := row.axis()) is not None]
        if not axes:
            raise BadRequest("sheet", "has no axis yet", problem="no_values")
        x, y, z = (*axes, None, None)[:3]
        assert x is not None
        return Sheet(self._base, x, y, z)

    def accept(self) -> None:
        try:
            sheet = self.sheet()
        except EngineError:
            return  # the row says why
        jobs = self._studio.sheets.begin(sheet)
        if not jobs:
            return
        super().accept()
        self._studio.messages.offer(
            Level.INFO,
            self.tr("%n picture(s) of the sheet are in the queue.", "", len(jobs)),
            self.tr("Cancel"),
            lambda: self._studio.sheets.cancel(sheet.id),
            QUEUED,
        )
        self.begun.emit(sheet)

    # what can vary

    def _kinds(self, is_optional: bool) -> list[tuple[Kind | None, str]]:
        kinds: list[tuple[Kind | None, str]] = [(None, self.tr("nothing"))] if is_optional else []
        kinds += [
            ((AxisKind.PROMPTS, ""), self.tr("Words of the prompt")),
            ((AxisKind.SEEDS, ""), self.tr("Seed")),
            ((AxisKind.GUIDANCE, ""), self.tr("Guidance")),
            ((AxisKind.STEPS, ""), self.tr("Steps")),
            ((AxisKind.SAMPLERS, ""), self.tr("Sampler")),
            ((AxisKind.MODELS, ""), self.tr("Model")),
        ]
        if self._base.image is not None:
            kinds.append(((AxisKind.STRENGTH, ""), self.tr("Strength")))
        for lora in self._studio.learnt.of(LearntKind.LORA):
            kinds.append(((AxisKind.LORA, lora.name), self.tr("Weight of {lora}").format(lora=lora.name)))
        return kinds

    def _known(self, kind: Kind) -> Sequence[tuple[str, str]]:
        match kind[0]:
            case AxisKind.SAMPLERS:
                info = self._studio.models.get(self._base.model)
                samplers = info.capabilities.schedulers if info is not None else ()
                return [(sampler.id, sampler.label) for sampler in samplers]
            case AxisKind.MODELS:
                return [(info.name, info.title) for info in self._studio.models.infos]
        return ()

    def _next_seeds(self) -> str:
        seed = min(self._base.sampling.seed, 2**64 - 4)
        return ", ".join(str(seed + number) for number in range(4))

    # what comes of it

    def _follow(self) -> None:
        cells, said = self._cells()
        self.make.setEnabled(bool(cells))
        self.count.setText(self._say_count(cells) if cells else said)

    def _cells(self) -> tuple[list[Cell], str]:
        """None where something is wrong, which its row says; or else the sentence."""
        for row in self.rows:
            row.say("")
            try:
                row.axis()
            except BadRequest as error:
                row.say(say(error) if row.values.text().strip() else "")
                return [], ""
        try:
            return self._studio.sheets.cells(self.sheet()), ""
        except EngineError as error:
            return [], say(error)

    def _say_count(self, cells: Sequence[Cell]) -> str:
        text = self.tr("%n picture(s)", "", len(cells))
        seconds = forecast(self._studio.jobs, [cell.request for cell in cells])
        if seconds is None:
            return f"{text} · {self.tr('how long is known after the first picture')}"
        return f"{text} · {self.tr('about {time}').format(time=say_duration(seconds))}"

    def _lay_out(self, names: Sequence[str]) -> None:
        prompt = Label(self._base.prompt[:LONGEST_PROMPT] or self.tr("without a prompt"), role="dim")
        prompt.setWordWrap(True)
        form = Form(12)
        form.add(self.tr("Prompt"), prompt)
        for name, row in zip(names, self.rows, strict=True):
            form.add(name, row, buddy=row.kind)
        foot = Foot(self.tr("Make the sheet"), self.accept, self.reject)
        self.make = foot.main
        lay_out(self, form, self.count, foot)
        self.setMinimumWidth(680)

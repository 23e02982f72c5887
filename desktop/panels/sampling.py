"""How the picture comes out of the noise: size, steps, guidance, sampler, seed, how many, how fast."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.panels.guider_rows import GuiderRows
from desktop.panels.seed import SeedRow
from desktop.panels.size import SizeRows
from desktop.panels.speed_table import SpeedTable
from desktop.panels.speed_words import say_speed, say_what_it_does, speed_names
from desktop.panels.typed_number import TypedNumber
from desktop.state.studio import Studio
from desktop.widgets.binding import bind
from desktop.widgets.choice import Choice
from desktop.widgets.fold import Fold
from desktop.widgets.label import Label
from desktop.widgets.labelled_row import LabelledRow
from desktop.widgets.number import NumberSlider
from desktop.widgets.segmented import Segmented
from engine.api.model_info import Capabilities
from engine.api.request import LIMITS, Speed

COMFORTABLE = {"steps": 60, "guidance": 15, "image_guidance": 3, "layers": 8, "images": 16}
"""Where the slider ends; any allowed number can be typed."""
STEPS = {
    "steps": 1,
    "guidance": 0.5,
    "guidance_rescale": 0.05,
    "image_guidance": 0.05,
    "box_share": 0.05,
    "layers": 1,
    "images": 1,
}


class SettingsPanel(QWidget):
    """Only what the model can do is enabled; the tooltip says why the rest is not."""

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self._generation = studio.generation
        self.size_rows = SizeRows(studio)
        self.steps = self._slider("steps", self.tr("Steps"))
        self.guidance = self._slider("guidance", self.tr("Guidance"), decimals=1)
        self.rescale = self._slider("guidance_rescale", self.tr("Guidance rescale"), decimals=2)
        self.image_guidance = self._slider("image_guidance", self.tr("Picture guidance"), decimals=2)
        self.box_share = self._slider("box_share", self.tr("Share of the steps for places"), decimals=2)
        self.layers = self._slider("layers", self.tr("Layers"))
        self.images = self._slider("images", self.tr("Pictures"))
        self.guider = GuiderRows(self._generation)
        self.sampler = Choice(name=self.tr("Sampler"))
        self.sampler.activated.connect(self._choose_sampler)
        self.seed = SeedRow(self._generation)
        self.speed = Segmented(list(speed_names().items()), name=self.tr("Speed"))
        self.speed_note = Label(role="dim")
        self.speed_note.setWordWrap(True)
        self.speed_table = SpeedTable(studio)
        bind(self._generation, "speed", self.speed)
        self._lay_out()
        self._follow()

    def toggle_seed_lock(self) -> None:
        self._generation.seed_locked = not self._generation.seed_locked

    def first_wrong(self) -> TypedNumber | None:
        """The first field whose text is no allowed number."""
        sizes = (self.size_rows.width_field, self.size_rows.height_field)
        fields = (self.seed.number,) if self.size_rows.isHidden() else (*sizes, self.seed.number)
        return next((field for field in fields if field.problem), None)

    def _slider(self, field: str, name: str, decimals: int = 0) -> NumberSlider:
        low, high = LIMITS[field]
        slider = NumberSlider(
            low, high, step=STEPS[field], decimals=decimals, name=name, slider_maximum=COMFORTABLE.get(field)
        )
        bind(self._generation, field, slider)
        return slider

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.size_rows)
        layout.addWidget(LabelledRow(self.tr("Steps"), self.steps))
        layout.addWidget(LabelledRow(self.tr("Guidance"), self.guidance))
        self.picture_row = LabelledRow(
            self.tr("Picture"),
            self.image_guidance,
            self.tr("How closely to keep to the picture that is changed"),
        )
        layout.addWidget(self.picture_row)
        self.boxes_row = LabelledRow(
            self.tr("Places"),
            self.box_share,
            self.tr("In which share of the steps things are held to the boxes around their places"),
        )
        layout.addWidget(self.boxes_row)
        self.layers_row = LabelledRow(
            self.tr("Layers"), self.layers, self.tr("Into how many layers the picture is taken apart")
        )
        layout.addWidget(self.layers_row)
        layout.addWidget(LabelledRow(self.tr("Sampler"), self.sampler))
        layout.addWidget(self.seed)
        layout.addWidget(LabelledRow(self.tr("Pictures"), self.images))
        is_open = bool(self._studio.settings.panel_states.get("more"))
        rows = (
            LabelledRow(self.tr("Rescale"), self.rescale),
            self.guider,
            LabelledRow(self.tr("Speed"), self.speed),
            self.speed_note,
            self.speed_table,
        )
        self.more = Fold(self.tr("More"), rows, is_open=is_open)
        self.more.toggled.connect(lambda is_open: self._studio.settings.remember_panel("more", is_open))
        layout.addWidget(self.more)

    def _follow(self) -> None:
        self._generation.changed.connect(self._on_changed)
        self._studio.models.changed.connect(self._follow_model)
        self._studio.speeds.changed.connect(self._say_speed)
        self._studio.speeds.device_changed.connect(self._say_speed)
        self._follow_model()

    def _on_changed(self, field: str) -> None:
        if field == "model":
            self._follow_model()
        elif field == "scheduler":
            self._show_sampler()
        elif field == "speed":
            self._say_speed()

    def _follow_model(self) -> None:
        info = self._studio.models.get(self._generation.model)
        able = info.capabilities if info is not None else Capabilities()
        with QSignalBlocker(self.sampler):
            self.sampler.clear()
            for scheduler in able.schedulers:
                self.sampler.addItem(scheduler.label, scheduler.id)
        self._show_sampler()
        self._allow(self.guidance, able.guidance, self.tr("This model has no guidance."))
        self.picture_row.setVisible(able.image_guidance)
        self.boxes_row.setVisible(able.boxes)
        self.layers_row.setVisible(able.layers)
        self._allow(self.rescale, able.guidance_rescale, self.tr("This model cannot rescale its guidance."))
        self.guider.offer(able.guiders)
        self._allow(self.sampler, len(able.schedulers) > 1, self.tr("This model has one sampler only."))
        self.speed_table.show_current()
        self._say_speed()
        if info is not None:
            self._studio.speeds.look(info)

    def _say_speed(self) -> None:
        """Under the choice what it does to this model; at each other one as its tooltip."""
        info, ready = self._studio.models.get(self._generation.model), self._studio.speeds.ready
        device = "cpu" if ready is None else ready.device
        for speed, button in zip(Speed, self.speed.buttons(), strict=True):
            measured = self._studio.speeds.of(info, speed) if info is not None else None
            said = say_speed(info, speed, measured, device)
            button.setToolTip(said)
            if speed is self._generation.speed:  # the figures are in the table where there are any
                has_figures = self.speed_table.has_figures
                self.speed_note.setText(say_what_it_does(info, speed, device) if has_figures else said)

    def _allow(self, control: QWidget, can: bool, why_not: str) -> None:
        control.setEnabled(can)
        control.setToolTip("" if can else why_not)

    def _show_sampler(self) -> None:
        with QSignalBlocker(self.sampler):
            self.sampler.setCurrentIndex(self.sampler.findData(self._generation.scheduler))

    def _choose_sampler(self, index: int) -> None:
        self._generation.scheduler = self.sampler.itemData(index)

"""Which model makes the picture."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop.panels.amounts import say_bytes
from desktop.panels.icon_button import IconButton
from desktop.panels.models.words import SEPARATOR, say_member
from desktop.panels.plan_words import say_plan
from desktop.state.language_code import language
from desktop.state.studio import Studio
from desktop.widgets.choice import Choice
from desktop.widgets.label import Label
from desktop.widgets.labelled_row import LabelledRow
from engine.api.images import Extent
from engine.api.job_plan import is_half, number_bytes, plan_job
from engine.api.model_info import Layout, ModelInfo
from engine.api.request import Speed


class ModelPanel(QWidget):
    """A list of what the catalog found, and the way to more."""

    folders_asked = Signal()
    """The artist wants to say where models lie."""
    all_asked = Signal()
    """The artist wants to see everything that lies there."""

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self.list = Choice(name=self.tr("Model"))
        self.list.activated.connect(self._choose)
        self.more = IconButton("plus", self.tr("Add a folder of models"))
        self.more.clicked.connect(self.folders_asked)
        self.all = IconButton("layers-2", self.tr("See all model files"))
        self.all.clicked.connect(self.all_asked)
        self.vae = Choice(name=self.tr("VAE"))
        self.vae.setToolTip(
            self.tr("Turns what the model draws into pixels. A tiny one is fast and less exact.")
        )
        self.vae.activated.connect(self._choose_vae)
        self.vae_row = LabelledRow(self.tr("VAE"), self.vae)
        self.facts = Label(role="small")
        self.facts.setWordWrap(True)
        self.plan = Label(role="small")
        self.plan.setWordWrap(True)
        self._lay_out()
        studio.models.changed.connect(self._fill)
        studio.generation.changed.connect(self._on_changed)
        studio.speeds.device_changed.connect(self._show_plan)
        studio.learnt.changed.connect(self._show_vaes)
        self._fill()

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.list, 1)
        row.addWidget(self.all)
        row.addWidget(self.more)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addLayout(row)
        layout.addWidget(self.vae_row)
        layout.addWidget(self.facts)
        layout.addWidget(self.plan)

    def _fill(self) -> None:
        with QSignalBlocker(self.list):
            self.list.offer([(info.title, info.name) for info in self._studio.models.infos])
        self._show_current()

    def _on_changed(self, field: str) -> None:
        if field == "model":
            self._show_current()
        elif field == "vae":
            self._show_vaes()
        elif field in ("width", "height", "speed"):
            self._show_plan()

    def _show_current(self) -> None:
        name = self._studio.generation.model
        info = self._studio.models.get(name)
        with QSignalBlocker(self.list):
            self.list.setCurrentIndex(self.list.findData(name))
            if info is None:
                self.list.setPlaceholderText(name)
        self.facts.setText(self._facts(info) if info is not None else "")
        self.facts.setVisible(info is not None)
        self.list.setToolTip(self._about(info) if info is not None else "")
        self._show_vaes()
        self._show_plan()

    def _show_vaes(self) -> None:
        """What can take the place of the model's own; nothing where there is none."""
        chosen, vaes = self._studio.generation.vae, self._studio.learnt.vaes
        with QSignalBlocker(self.vae):
            self.vae.clear()
            self.vae.addItem(self.tr("The model's own"), "")
            for vae in vaes:
                self.vae.addItem(
                    self.tr("{name} (tiny)").format(name=vae.name) if vae.is_tiny else vae.name, vae.name
                )
            if chosen and self.vae.findData(chosen) < 0:
                self.vae.addItem(self.tr("{name} (not here)").format(name=chosen), chosen)
            self.vae.setCurrentIndex(self.vae.findData(chosen))
        self.vae_row.setVisible(bool(vaes) or bool(chosen))

    def _show_plan(self) -> None:
        """What the next picture needs of the device's memory, and what will be done about it."""
        generation, ready = self._studio.generation, self._studio.speeds.ready
        info = self._studio.models.get(generation.model)
        self.plan.setVisible(info is not None and info.path is not None)
        if info is None or info.path is None:
            return
        device, free = ("cpu", 0) if ready is None else (ready.device, ready.free_bytes)
        number = number_bytes(generation.speed, device, ready is None or ready.has_short_numbers)
        extent = Extent(generation.width, generation.height)
        may_pack, half = generation.speed is not Speed.EXACT, is_half(generation.speed, device)
        plan = plan_job(info, extent, number, free, device.startswith("cuda"), may_pack, half)
        self.plan.setText(say_plan(plan))

    def _facts(self, info: ModelInfo) -> str:
        member = say_member(info) if info.layout is not Layout.BUILT_IN else ""
        made_for = f"{info.defaults.width} × {info.defaults.height}"
        return SEPARATOR.join(part for part in (member, made_for, self._bytes(info.bytes)) if part)

    def _bytes(self, count: int) -> str:
        if not count:
            return self.tr("no network")
        return say_bytes(count)

    def _about(self, info: ModelInfo) -> str:
        """What its makers say of it, where they say it in the window's language."""
        code = language()
        said = info.description if code == "en" else info.descriptions.get(code, "")
        return "\n".join(part for part in (info.title, said) if part)

    def _choose_vae(self, index: int) -> None:
        self._studio.generation.vae = self.vae.itemData(index)

    def _choose(self, index: int) -> None:
        info = self._studio.models.get(self.list.itemData(index))
        if info is not None:
            self._studio.generation.use_model(info)

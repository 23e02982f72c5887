"""Making pictures larger: by how much, by which network, and whether a model draws new detail."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QLineEdit, QWidget

from desktop.panels.durations import decimal
from desktop.panels.plan_words import say_enlarging
from desktop.state.enlarging import Enlarging, Wishes
from desktop.widgets.choice import Choice
from desktop.widgets.form import Foot, Form, lay_out
from desktop.widgets.label import Label
from desktop.widgets.number import NumberSlider
from desktop.widgets.segmented import Segmented
from engine.api.errors import BadRequest
from engine.api.images import Extent
from engine.api.model_info import ModelInfo
from engine.api.upscale import REFINE_STRENGTH, UPSCALE_LIMITS, Upscale, UpscalerInfo

USUAL_SCALE, SLIDER_END, MOST_STEPS = 2.0, 4.0, 150


class EnlargeDialog(QDialog):
    """Says what will come of it while one chooses; nothing is made before the button is pressed."""

    wanted = Signal(object)
    """`Wishes`."""

    def __init__(
        self,
        enlarging: Enlarging,
        count: int,
        size: Extent | None,
        model: ModelInfo | None,
        parent: QWidget | None = None,
    ) -> None:
        """`count` pictures, whose `size` is known where it is one; `model` is what would refine them."""
        super().__init__(parent)
        self._enlarging, self._count, self._size, self._model = enlarging, count, size, model
        self.setWindowTitle(self.tr("Enlarge"))
        low, high = UPSCALE_LIMITS["scale"]
        self.scale = NumberSlider(
            low, high, step=0.5, decimals=2, name=self.tr("How many times larger"), slider_maximum=SLIDER_END
        )
        self.scale.set_value(USUAL_SCALE)
        self.network = Choice(name=self.tr("Network"))
        self.refine = Segmented(
            [(False, self.tr("Leave it")), (True, self.tr("Draw new detail"))], name=self.tr("Refine")
        )
        self.strength = NumberSlider(0.05, 0.6, step=0.05, decimals=2, name=self.tr("How much may change"))
        self.strength.set_value(REFINE_STRENGTH)
        self.words = QLineEdit()
        self.words.setAccessibleName(self.tr("What the picture shows"))
        self.words.setPlaceholderText(self.tr("What the picture shows; else as it says itself"))
        self.steps = NumberSlider(1, MOST_STEPS, step=1, decimals=0, name=self.tr("Steps"))
        low, high = UPSCALE_LIMITS["noise_level"]
        self.noise = NumberSlider(low, high, step=5, decimals=0, name=self.tr("How far it is drawn anew"))
        self.said = Label(role="dim")
        self.said.setWordWrap(True)
        self.plan = Label(role="small")
        self.plan.setWordWrap(True)
        self._proposed_for: UpscalerInfo | None = None
        self._lay_out()
        self._show_networks()
        self._chose_refine = False
        self.refine.value_changed.connect(self._take_refine)
        self.network.currentIndexChanged.connect(lambda _: self._take_network())
        self.scale.value_changed.connect(lambda _: self._follow())
        self.strength.value_changed.connect(lambda _: self._follow())
        self.steps.value_changed.connect(lambda _: self._follow())
        enlarging.networks_changed.connect(self._show_networks)
        enlarging.look()
        self._propose()

    def know_size(self, size: Extent) -> None:
        """The one picture is of this size."""
        self._size = size
        self._follow()

    def wishes(self) -> Wishes:
        info = self.network_chosen()
        network = info.name if info is not None else ""
        upscale = Upscale(self.scale.value(), network, self._can_refine() and bool(self.refine.value()))
        if info is not None and info.steps:
            upscale = replace(upscale, steps=int(self.steps.value()))
        if info is not None and info.noise_level is not None:
            upscale = replace(upscale, noise_level=int(self.noise.value()))
        reads = info is not None and info.reads_words
        words = self.words.text().strip() if reads else ""
        return Wishes(upscale, self.strength.value(), words or None, reads)

    def network_chosen(self) -> UpscalerInfo | None:
        return self.network.currentData()

    def accept(self) -> None:
        super().accept()
        self.wanted.emit(self.wishes())

    def _can_refine(self) -> bool:
        if self._model is None:
            return False
        try:
            self._model.check_can_refine()
        except BadRequest:
            return False
        return True

    def _show_networks(self) -> None:
        """Those that are here, and the filter that is always here."""
        chosen = self.network_chosen()
        self.network.blockSignals(True)
        self.network.clear()
        networks = sorted(self._enlarging.networks, key=lambda info: info.steps > 0)  # the quick ones first
        for info in networks:
            scale = f" · {info.scale}×" if info.scale else ""
            self.network.addItem(f"{info.name} ({info.architecture}{scale})", info)
        self.network.addItem(self.tr("Lanczos: a filter that invents nothing"), None)
        names = [info.name for info in networks]
        self.network.setCurrentIndex(names.index(chosen.name) if chosen and chosen.name in names else 0)
        self.network.blockSignals(False)
        self._take_network()

    def _take_network(self) -> None:
        """What it alone is told is proposed as its makers recommend."""
        info = self.network_chosen()
        if info is not None and info != self._proposed_for:
            self._proposed_for = info
            self.steps.set_value(info.steps or 1)
            self.noise.set_value(info.noise_level or 0)
        self._propose()

    def _take_refine(self, _: object) -> None:
        self._chose_refine = True
        self._follow()

    def _propose(self) -> None:
        """Without a network new detail comes from the model alone."""
        if not getattr(self, "_chose_refine", True):
            self.refine.blockSignals(True)
            self.refine.set_value(self.network_chosen() is None and self._can_refine())
            self.refine.blockSignals(False)
        self._follow()

    def _follow(self) -> None:
        can = self._can_refine()
        self.refine.setEnabled(can)
        is_refined = can and bool(self.refine.value())
        # what draws a picture again does so as a whole
        by_strength = self._model is None or not self._model.capabilities.redraws
        self.strength.setEnabled(is_refined and by_strength)
        info = self.network_chosen()
        self._form.setRowVisible(self.words, info is not None and info.reads_words)
        self._form.setRowVisible(self.steps, info is not None and info.steps > 0)
        self._form.setRowVisible(self.noise, info is not None and info.noise_level is not None)
        parts = []
        if self._size is not None:
            extent = Upscale(self.scale.value()).extent(self._size)
            parts.append(self.tr("{old} becomes {new}.").format(old=_say(self._size), new=_say(extent)))
        if is_refined and self._model is not None:
            parts.append(
                self.tr("{model} draws detail over it, tile by tile, guided by the picture's prompt.").format(
                    model=self._model.title
                )
            )
        elif self.network_chosen() is None:
            parts.append(self.tr("No network is chosen: it becomes larger and no sharper."))
        if not can:
            parts.append(self.tr("The present model cannot refine."))
        self.said.setText(" ".join(parts))
        self._show_plan()

    def _show_plan(self) -> None:
        wishes = self.wishes()
        largest = None if self._size is None else _largest(wishes.upscale, self._size)
        self.make.setEnabled(largest is None)
        self.plan.set_role("small" if largest is None else "warning")
        if largest is None:
            self.plan.setText(say_enlarging(self._enlarging.plan(wishes, self._size), self._count))
        else:
            too_large = self.tr("That is too large: this picture becomes at most {scale} times as large.")
            self.plan.setText(too_large.format(scale=decimal(largest, 2)))

    def _lay_out(self) -> None:
        form = self._form = Form(12)
        for text, control in (
            (self.tr("Scale"), self.scale),
            (self.tr("Network"), self.network),
            (self.tr("Shows"), self.words),
            (self.tr("Steps"), self.steps),
            (self.tr("Noise"), self.noise),
            (self.tr("Refine"), self.refine),
            (self.tr("Change"), self.strength),
        ):
            form.add(text, control)
        foot = Foot(self.tr("Enlarge %n picture(s)", "", self._count), self.accept, self.reject)
        self.make = foot.main
        lay_out(self, form, self.said, self.plan, foot)
        self.setMinimumWidth(520)


def _largest(upscale: Upscale, size: Extent) -> float | None:
    """The largest scale for a picture of `size`, where that of `upscale` makes too large a picture."""
    try:
        upscale.check(size)
    except BadRequest as error:
        return float(error.data.get("largest") or USUAL_SCALE)
    return None


def _say(extent: Extent) -> str:
    return f"{extent.width} × {extent.height}"

"""One map of the Maps section: what it looks like, where it comes from, how closely it is followed."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPixmap
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QVBoxLayout, QWidget

from desktop.bridge.pixels import to_qimage
from desktop.panels.icon_button import IconButton, LabelledButton
from desktop.panels.map_note import MapNote
from desktop.panels.map_people import MapPeople
from desktop.panels.map_source import MapSourceChoice
from desktop.panels.map_words import kind_hint, kind_name
from desktop.state.document import layer_commands, maps
from desktop.state.document.document_map import DocumentMap, MapSource
from desktop.state.editing.map_views import MapView
from desktop.state.map_classes import PaintedClass, classes_for
from desktop.state.studio import Studio
from desktop.widgets.choice import Choice
from desktop.widgets.fold import Fold
from desktop.widgets.icons import icon
from desktop.widgets.label import Label
from desktop.widgets.labelled_row import LabelledRow
from desktop.widgets.miniature import miniature
from desktop.widgets.number import NumberSlider
from desktop.widgets.search_choice import SearchChoice
from engine.api.maps import ControlInfo, MapKind
from engine.api.pose import Figure
from engine.api.request import LIMITS
from engine.api.vision import first_drawer, networks_for

THUMBNAIL_PX = 72
LABEL_PX = 68
SWATCH_PX = 12
USUAL_MOST = 1.5
"""Where the weight's slider ends; more can be typed."""


class MapRow(QWidget):
    """Follows one map of the open document; every change is an entry of its history."""

    paint_asked = Signal(str)
    """Paint on this map's layer."""
    pose_asked = Signal(str)
    """Pose this map's figures."""
    colour_chosen = Signal(str)
    """Paint with `#rrggbb` from now on."""
    source_asked = Signal(str, str)
    """Map id, and `paint`, `file` or `ready-file`: a source that is not there yet."""

    def __init__(self, studio: Studio, given: DocumentMap, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio, self.id, self.kind = studio, given.id, given.kind
        name = kind_name(given.kind)
        self.on = QCheckBox(name)
        self.on.setToolTip(kind_hint(given.kind))
        self.on.setAccessibleName(self.tr("Follow the map: {kind}").format(kind=name))
        self.on.toggled.connect(lambda on: self._change(is_on=on))
        self.eye = IconButton("eye", self.tr("Show {kind} over the canvas").format(kind=name))
        self.eye.setCheckable(True)
        self.eye.toggled.connect(self._show)
        self.away = IconButton("x", self.tr("Remove the map: {kind}").format(kind=name))
        self.away.clicked.connect(lambda: maps.remove(studio.document, self.id))
        self.thumbnail = Label("")
        self.thumbnail.setFixedSize(THUMBNAIL_PX, THUMBNAIL_PX)
        self.thumbnail.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.thumbnail.setAccessibleName(self.tr("What the map looks like: {kind}").format(kind=name))
        self.source = MapSourceChoice(
            studio, self.kind, self.tr("Where the map comes from: {kind}").format(kind=name)
        )
        self.source.chosen.connect(self._take_source)
        self.source.asked.connect(lambda what: self.source_asked.emit(self.id, what))
        self.network = Choice(name=self.tr("What reads the map: {kind}").format(kind=name))
        self.network.activated.connect(lambda: self._change(network=self.network.currentData()))
        self.drawer = Choice(name=self.tr("What draws the map: {kind}").format(kind=name))
        self.drawer.activated.connect(lambda: self._change(drawer=self.drawer.currentData()))
        self._classes: tuple[PaintedClass, ...] = ()
        self.classes = SearchChoice(name=self.tr("Paint what"))
        self.classes.activated.connect(lambda: self.colour_chosen.emit(self.classes.currentData()))
        self.paint = LabelledButton("brush", self.tr("Paint"))
        self.paint.setAccessibleName(self.tr("Paint the map: {kind}").format(kind=name))
        self.paint.clicked.connect(self._paint)
        self.people = MapPeople()
        self.people.pose_asked.connect(lambda: self.pose_asked.emit(self.id))
        self.people.posed.connect(lambda figures: maps.pose(studio.document, self.id, figures))
        self.taken = LabelledButton("person-standing", self.tr("Change the pose"))
        self.taken.setToolTip(self.tr("The people that were seen become figures, whose joints you drag"))
        self.taken.clicked.connect(self._take_figures)
        self.told = MapNote(studio, self.kind)
        self.weight = self._number("weight", self.tr("Weight"), LIMITS["map_weight"], USUAL_MOST)
        self.start = self._number("start", self.tr("From step"), LIMITS["map_start"])
        self.end = self._number("end", self.tr("To step"), LIMITS["map_end"])
        self.detail = self._number("detail", self.tr("Detail"), (0.0, 1.0))
        self._lay_out()
        self.show_map(given)

    # building

    def _number(
        self, field: str, name: str, limits: tuple[float, float], most: float | None = None
    ) -> NumberSlider:
        number = NumberSlider(
            *limits, step=0.05, decimals=2, slider_maximum=most, name=f"{name}: {kind_name(self.kind)}"
        )
        number.value_changed.connect(lambda value: self._change(**{field: float(value)}))
        return number

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(self.on, 1)
        head.addWidget(self.eye)
        head.addWidget(self.away)
        self.by_hand = QWidget()
        painting = QHBoxLayout(self.by_hand)
        painting.setContentsMargins(0, 0, 0, 0)
        painting.setSpacing(4)
        painting.addWidget(self.paint)
        painting.addWidget(self.classes, 1)
        painting.addStretch()
        self.classes.setVisible(self.kind is MapKind.SEGMENTATION)
        words = QVBoxLayout()
        words.setSpacing(4)
        for widget in (self.source, self.drawer, self.network):
            words.addWidget(widget)
        words.addStretch()
        middle = QHBoxLayout()
        middle.setSpacing(8)
        middle.addWidget(self.thumbnail)
        middle.addLayout(words, 1)
        self.detail_row = self._line(self.tr("Detail"), self.detail)
        timing = (
            self._line(self.tr("From"), self.start, self.tr("From which share of the steps on")),
            self._line(self.tr("To"), self.end, self.tr("Up to which share of the steps")),
            self.detail_row,
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(head)
        layout.addLayout(middle)
        layout.addWidget(self.by_hand)
        layout.addWidget(self.people)
        layout.addWidget(self.taken, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addWidget(self.told)
        layout.addWidget(self._line(self.tr("Weight"), self.weight, self.tr("How closely to follow")))
        layout.addWidget(Fold(self.tr("When and how finely"), timing, spacing=4))

    def _line(self, text: str, control: QWidget, tip: str = "") -> LabelledRow:
        return LabelledRow(text, control, tip, label_px=LABEL_PX)

    # following

    def show_map(self, given: DocumentMap) -> None:
        """Its present settings."""
        self._given = given
        blocked = self.on.blockSignals(True)
        self.on.setChecked(given.is_on)
        self.on.blockSignals(blocked)
        for number, value in (
            (self.weight, given.weight), (self.start, given.start), (self.end, given.end),
            (self.detail, given.detail),
        ):  # fmt: skip
            blocked = number.blockSignals(True)
            number.set_value(value)
            number.blockSignals(blocked)
        self.by_hand.setVisible(given.source is MapSource.READY)
        self.people.setVisible(given.source is MapSource.FIGURES)
        self.people.show_figures(given.figures)
        if not given.is_drawn:
            self.taken.hide()
        # a picture that is to be changed is shown as it is
        self.detail_row.setVisible(given.is_drawn and self.kind is not MapKind.INSTRUCTION)
        for widget in (self.thumbnail, self.source, self.eye):
            widget.setVisible(self.kind is not MapKind.INPAINT)
        self.source.show_map(given)
        self._fill_drawers()
        self.fill_networks()
        self.show_eye()

    def _fill_drawers(self) -> None:
        """Who draws the map from a picture, where that is not plain."""
        names = [info.name for info in networks_for(self.kind, self._studio.learnt.seeing)]
        own = self._given.drawer
        self.drawer.clear()
        if self.kind is not MapKind.POSE:
            self.drawer.addItem(self.tr("Drawn without a network"), "")
        for name in [*names, *([own] if own and own not in names else [])]:
            self.drawer.addItem(self.tr("By {name}").format(name=name), name)
        self.drawer.setCurrentIndex(self.drawer.findData(own))
        self.drawer.setVisible(self._given.is_drawn and bool(names or own))

    def show_view(self, view: MapView | None) -> None:
        """What it looks like now."""
        if view is None or view.pixels is None:
            self.thumbnail.clear()
        else:
            image = to_qimage(view.pixels)
            self.thumbnail.setPixmap(miniature(image, THUMBNAIL_PX, self.devicePixelRatioF()))
        seen = view.answer.figures if view is not None and view.answer is not None else ()
        self.taken.setVisible(self._given.is_drawn and bool(seen))
        self._say(view)

    def show_eye(self) -> None:
        document, given = self._studio.document, self._given
        layer = document.layer(given.layer) if given.source is MapSource.READY else None
        shown = layer.visible if layer is not None else self._studio.editing.map_views.shown_id == self.id
        blocked = self.eye.blockSignals(True)
        self.eye.setChecked(shown)
        self.eye.setIcon(icon("eye" if shown else "eye-off"))
        self.eye.blockSignals(blocked)

    def fill_networks(self) -> None:
        """Those that are for this model and read this kind, those that say so first."""
        fitting = [info for info in self._studio.learnt.controls if info.reads(self.kind)]
        fitting.sort(key=lambda info: self.kind not in info.kinds)
        self._networks: list[ControlInfo] = fitting
        self.network.clear()
        for info in fitting:
            self.network.addItem(info.name, info.name)
        known = [info.name for info in fitting]
        if self._given.network and self._given.network not in known:
            self.network.addItem(self._given.network, self._given.network)
        self.network.setCurrentIndex(
            self.network.findData(self._given.network or (known[0] if known else ""))
        )
        self.network.setVisible(self.network.count() > 1)
        self._fill_classes()
        self._say(self._studio.editing.map_views.views.get(self.id))

    def _fill_classes(self) -> None:
        """Only where they are others: one may be typing in the list."""
        if self.kind is not MapKind.SEGMENTATION:
            return
        wanted = classes_for(str(self.network.currentData() or ""))
        if wanted == self._classes:
            return
        self._classes = wanted
        self.classes.clear()
        for entry in wanted:
            swatch = QPixmap(SWATCH_PX, SWATCH_PX)
            swatch.fill(QColor(entry.colour))
            self.classes.add(QIcon(swatch), entry.name, entry.colour, *entry.other_names)
        self.classes.setCurrentIndex(0)

    def _say(self, view: MapView | None) -> None:
        """What the artist should know of this map, if anything."""
        self.told.show_map(self._given, view, bool(self._networks or self._given.network))

    # what the artist does

    def _paint(self) -> None:
        """With the colour of the class that is chosen, where there are classes."""
        self.paint_asked.emit(self.id)
        if self.kind is MapKind.SEGMENTATION:
            self.colour_chosen.emit(self.classes.currentData())

    def _take_figures(self) -> None:
        """The people that were seen become figures to be posed."""
        view = self._studio.editing.map_views.views.get(self.id)
        if view is not None and view.answer is not None:
            self._change(source=MapSource.FIGURES, layer="", figures=view.answer.figures)
            self.pose_asked.emit(self.id)

    def _change(self, **fields: object) -> None:
        if "start" in fields and float(str(fields["start"])) >= self._given.end:
            fields["start"] = max(0.0, self._given.end - 0.05)
        if "end" in fields and float(str(fields["end"])) <= self._given.start:
            fields["end"] = min(1.0, self._given.start + 0.05)
        maps.change(self._studio.document, self.id, **fields)

    def _take_source(self, source: MapSource, layer: str) -> None:
        fields: dict[str, object] = {"source": source, "layer": layer}
        if source is MapSource.FIGURES and not self._given.figures:
            fields["figures"] = (Figure(),)
        elif self.kind is MapKind.POSE and not self._given.drawer:  # nothing else can draw it
            fields["drawer"] = first_drawer(self.kind, self._studio.learnt.seeing)
        self._change(**fields)

    def _show(self, shown: bool) -> None:
        """A layer that is a map is shown itself, and hidden while it is not looked at."""
        document, given = self._studio.document, self._given
        layer = document.layer(given.layer) if given.source is MapSource.READY else None
        if layer is not None:
            layer_commands.set_shown(document, layer, shown)
        else:
            self._studio.editing.map_views.show(self.id if shown else "")
        self.show_eye()

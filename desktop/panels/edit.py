"""What Generate does with the canvas: what may change, how far, and how it is joined to what stays."""

from __future__ import annotations

from PySide6.QtWidgets import QCheckBox, QLineEdit, QVBoxLayout, QWidget

from desktop.panels.sight_words import say_forecast
from desktop.state.editing.edit_settings import Intent
from desktop.state.editing.sight import Sight
from desktop.state.studio import Studio
from desktop.widgets.auto_number import AutoNumber
from desktop.widgets.binding import bind
from desktop.widgets.choice import Choice
from desktop.widgets.fold import Fold
from desktop.widgets.label import Label
from desktop.widgets.labelled_row import LabelledRow
from desktop.widgets.number import NumberSlider
from engine.api.edit import EDIT_LIMITS, FillMode, SeamMode

COMFORTABLE_PX = 128
"""Where the sliders end; any allowed number can be typed."""
MOST_PLACES_SHOWN = 6


class EditPanel(QWidget):
    """Follows `studio.editing.settings`; what the present intent does not use is hidden."""

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self._settings = studio.editing.settings
        self._sight = studio.editing.sight
        self.intent = self._choice(self.tr("Generate"), "intent", self._intents())
        self.facts = Label(role="small")
        self.facts.setWordWrap(True)
        self.strength = NumberSlider(0, 1, step=0.05, decimals=2, name=self.tr("How much may change"))
        self.strength.setToolTip(self.tr("How much may change: 0 keeps what is there, 1 makes it anew"))
        bind(self._settings, "strength", self.strength)
        self.fill = self._choice(self.tr("Begin with"), "fill", self._fills())
        self.grow = NumberSlider(
            *EDIT_LIMITS["grow_px"],
            name=self.tr("Grow the mask"),
            suffix=" px",
            slider_maximum=COMFORTABLE_PX,
        )
        bind(self._settings, "grow_px", self.grow)
        self.feather = self._auto("feather_px", self.tr("Ease in"))
        self.padding = self._auto("padding_px", self.tr("Surroundings"))
        self.paste = self._auto("paste_feather_px", self.tr("Blend the edge"))
        self.seam = self._choice(self.tr("Seam"), "seam", self._seams())
        self.live = QCheckBox(self.tr("Live: generate while I paint"))
        bind(self._settings, "is_live", self.live)
        self.places = PlacePrompts(studio)
        self._lay_out()
        self._settings.changed.connect(self._on_setting)
        self._sight.changed.connect(self._show_sight)
        studio.documents.changed.connect(self._show_sight)
        studio.models.changed.connect(self._show_intent)
        studio.generation.changed.connect(lambda field: self._show_intent() if field == "model" else None)
        self._show_intent()
        self._show_sight()

    # building

    def _intents(self) -> list[tuple[Intent, str]]:
        return [
            (Intent.NEW, self.tr("A new picture")),
            (Intent.PAINTED, self.tr("What the mask says")),
            (Intent.REMOVE, self.tr("Remove what is painted")),
            (Intent.EMPTY, self.tr("Fill what is empty")),
            (Intent.WHOLE, self.tr("The whole picture")),
            (Intent.REFINE, self.tr("Refine")),
        ]

    def _fills(self) -> list[tuple[FillMode, str]]:
        return [
            (FillMode.ORIGINAL, self.tr("What is there")),
            (FillMode.EDGE, self.tr("Continued edges")),
            (FillMode.BLURRED, self.tr("Blurred surroundings")),
            (FillMode.NEUTRAL, self.tr("Grey")),
            (FillMode.NOISE, self.tr("Noise")),
        ]

    def _seams(self) -> list[tuple[SeamMode, str]]:
        return [
            (SeamMode.AUTO, self.tr("As little as needed")),
            (SeamMode.OFF, self.tr("Leave it")),
            (SeamMode.MEAN, self.tr("Brightness, contrast")),
            (SeamMode.LOW_FREQUENCY, self.tr("Soft colours")),
            (SeamMode.POISSON, self.tr("Blend the detail")),
        ]

    def _choice(self, name: str, field: str, choices: list) -> Choice:
        choice = Choice(name=name)
        for value, text in choices:
            choice.addItem(text, value)
        bind(self._settings, field, choice)
        return choice

    def _auto(self, field: str, name: str) -> AutoNumber:
        slider = NumberSlider(*EDIT_LIMITS[field], name=name, suffix=" px", slider_maximum=COMFORTABLE_PX)
        number = AutoNumber(slider, self.tr("Auto"))
        bind(self._settings, field, number)
        return number

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(LabelledRow(self.tr("Generate"), self.intent, label_px=None))
        layout.addWidget(self.facts)
        self.joined = [
            LabelledRow(self.tr("May change"), self.strength),
            LabelledRow(self.tr("Begin with"), self.fill),
        ]
        for row in self.joined:
            layout.addWidget(row)
        layout.addWidget(self.places)
        layout.addWidget(self.live)
        self.more = self._more()
        layout.addWidget(self.more)
        self.more.toggled.connect(lambda is_open: self._studio.settings.remember_panel("edit.more", is_open))

    def _more(self) -> Fold:
        rows = (
            LabelledRow(self.tr("Grow"), self.grow, self.tr("The mask becomes larger")),
            LabelledRow(
                self.tr("Ease in"),
                self.feather,
                self.tr("How far around the mask the model eases into what stays; nothing of that is pasted"),
            ),
            LabelledRow(
                self.tr("Surroundings"), self.padding, self.tr("How much around the mask the model sees")
            ),
            LabelledRow(
                self.tr("Edge"), self.paste, self.tr("How softly the result is laid over what was there")
            ),
            LabelledRow(self.tr("Seam"), self.seam),
        )
        is_open = bool(self._studio.settings.panel_states.get("edit.more"))
        return Fold(self.tr("How it is joined"), rows, is_open=is_open)

    # following

    def _on_setting(self, field: str) -> None:
        if field == "intent":
            self._show_intent()

    def _show_intent(self) -> None:
        edits = self._settings.intent is not Intent.NEW and not self._sees_wholes
        for row in (*self.joined, self.live, self.more):
            row.setVisible(edits)
        self._show_sight()

    @property
    def _sees_wholes(self) -> bool:
        info = self._studio.generation.info
        return info is not None and info.capabilities.whole_pictures

    def _show_sight(self) -> None:
        self.facts.setText(self._say())
        self.facts.setVisible(bool(self.facts.text()))
        self.places.show_places(self._sight.sight)

    def _say(self) -> str:
        """What will happen; where nothing is painted yet, what to do so that something can."""
        is_pristine, intent = self._studio.documents.is_pristine, self._settings.intent
        if is_pristine and intent not in (Intent.NEW, Intent.EMPTY):
            return self.tr("There is no picture to change yet.")
        info = self._studio.generation.info
        if intent is Intent.WHOLE and info is not None and info.capabilities.layers:
            return self.tr("The whole picture is taken apart. Its layers come in a group on top of all.")
        if intent is not Intent.NEW:
            return say_forecast(self._sight.sight, self._sight.problem)
        if info is not None and info.capabilities.needs_picture:
            return self.tr("This model changes a picture: choose “The whole picture”, or a start picture.")
        if is_pristine:
            return ""
        if info is not None and info.capabilities.needs_reference:
            return self.tr(
                "After its reference alone. To change this picture, paint over it with the mask brush (N)."
            )
        return self.tr("From words alone. To change this picture, paint over it with the mask brush (N).")


class PlacePrompts(QWidget):
    """Where several separate places change, each may have words of its own."""

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = studio.editing.settings
        self.fields: list[QLineEdit] = []
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(4)
        self.hide()

    def show_places(self, sight: Sight | None) -> None:
        """One line a place, as many as there are; what was typed stays."""
        count = min(len(sight.places), MOST_PLACES_SHOWN) if sight is not None else 0
        while len(self.fields) < count:
            self._add_field()
        for number, field in enumerate(self.fields):
            field.setVisible(number < count)
        self.setVisible(count > 0)

    def _add_field(self) -> None:
        number = len(self.fields)
        field = QLineEdit()
        field.setPlaceholderText(self.tr("Place {number}: words of its own").format(number=number + 1))
        field.setAccessibleName(self.tr("Words for place {number}").format(number=number + 1))
        prompts = self._settings.place_prompts
        field.setText(prompts[number] if number < len(prompts) else "")
        field.textEdited.connect(lambda text: self._take(number, text))
        self.fields.append(field)
        self._layout.addWidget(field)

    def _take(self, number: int, text: str) -> None:
        prompts = list(self._settings.place_prompts)
        prompts += [""] * (number + 1 - len(prompts))
        prompts[number] = text
        self._settings.place_prompts = tuple(prompts)

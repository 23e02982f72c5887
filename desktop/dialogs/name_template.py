"""How new files are named, with an example that follows every key."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from desktop.state.settings import Settings
from desktop.widgets.label import Label
from engine.api.errors import BadRequest
from engine.api.recipe import Recipe
from engine.api.request import GenerationRequest, Sampling
from engine.library.names import FORBIDDEN, TOKENS, picture_name

EXAMPLE_SEED = 42
SUFFIXES = {"png": ".png", "jpeg": ".jpg", "webp": ".webp"}
EXAMPLE_NUMBER = 7
SIGNS = " ".join(sign for sign in sorted(FORBIDDEN) if sign not in "/\\")
"""The two slashes stand between folders."""


class NameTemplate(QWidget):
    """A template that cannot be used is explained and stays as typed; the last good one stays in force."""

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self.field = QLineEdit(settings.name_template)
        self.field.setAccessibleName(self.tr("File names"))
        self.field.textChanged.connect(self._on_typed)
        self.example = Label(role="small")
        self.example.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.field)
        layout.addWidget(self.example)
        self.setFocusProxy(self.field)
        settings.changed.connect(self._on_changed)
        self._show_example(settings.name_template)

    def _on_typed(self, template: str) -> None:
        if self._show_example(template):
            self._settings.name_template = template

    def _on_changed(self, field: str) -> None:
        if field == "picture_format":
            self._show_example(self.field.text())

    def _show_example(self, template: str) -> bool:
        """Show the name that `template` gives, or why it gives none."""
        try:
            suffix = SUFFIXES[self._settings.picture_format]
            name = picture_name(template, self._example_recipe(), EXAMPLE_NUMBER, suffix)
        except BadRequest as error:
            self.example.set_role("warning")
            self.example.setText(self._problem(str(error.data.get("problem"))))
            return False
        self.example.set_role("small")
        self.example.setText(self.tr("For example: {name}").format(name=name))
        return True

    def _problem(self, problem: str) -> str:
        match problem:
            case "empty":
                return self.tr("Write a name; without one the last good one stays in force.")
            case "empty_folder":
                return self.tr("Write one / between names, and none at the start or the end.")
            case "outside":
                return self.tr("Pictures stay in the library: no folder is called . or ..")
            case "forbidden":
                return self.tr("Not every system allows these in names: {signs}").format(signs=SIGNS)
            case "width":
                return self.tr("A width, as in {example}, is for numbers, up to 19.").format(
                    example="{number:05}"
                )
            case "brace":
                return self.tr("A brace lacks its partner; two of them write one brace.")
        return self.tr("In braces you can write: {words}").format(words=" ".join(TOKENS))

    def _example_recipe(self) -> Recipe:
        sampling = Sampling(seed=EXAMPLE_SEED)
        request = GenerationRequest("starter", self.tr("a beagle in the snow"), sampling=sampling)
        created = datetime.now().astimezone().isoformat(timespec="seconds")
        return Recipe(request, model_title="Starter", created=created)

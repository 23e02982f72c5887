"""Pictures on their way out: files, an archive or a contact sheet, with recipes or provably without."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QProgressBar,
    QWidget,
)

from desktop.state.exporting import Exporting, ExportOrder, Kind
from desktop.state.settings import Settings
from desktop.widgets.form import Foot, Form, lay_out
from desktop.widgets.label import Label
from desktop.widgets.number import NumberSlider
from desktop.widgets.segmented import Segmented

LOSSY = ("jpeg", "webp")
REMEMBERED = "export_pictures"
USUAL_PX = 2048
CONTACTS = (Kind.CONTACT_PNG, Kind.CONTACT_PDF)


class ExportPicturesDialog(QDialog):
    """Remembers what was chosen last; shows how far it is, and can be cancelled."""

    target_wanted = Signal(object)
    """`Kind`: where to is asked; `start` goes on from there."""

    def __init__(
        self, paths: Sequence[Path], settings: Settings, exporting: Exporting, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._paths = tuple(paths)
        self._settings = settings
        self._exporting = exporting
        self.setWindowTitle(self.tr("Export pictures"))
        self._make_controls()
        self._restore(settings.panel_states.get(REMEMBERED, {}))
        self._lay_out()
        self.kind.value_changed.connect(lambda _: self._follow())
        self.format.value_changed.connect(lambda _: self._follow())
        for box in (self.smaller, self.recipe):
            box.toggled.connect(lambda _: self._follow())
        exporting.changed.connect(self._show_progress)
        self._follow()
        self._show_progress()

    def start(self, target: Path) -> None:
        """Into that folder or file."""
        # the engine's wishes are loaded with the first export, not with the window
        from engine.library.export.contact_sheet import ContactWish
        from engine.library.export.export import ExportWish

        format = self.format.value()
        wish = ExportWish(
            format=None if format == "same" else format,
            quality=int(self.quality.value()),
            longest_px=int(self.longest.value()) if self.smaller.isChecked() else 0,
            has_recipe=self.recipe.isChecked(),
        )
        contact = ContactWish(
            columns=int(self.columns.value()),
            rows=int(self.rows.value()),
            is_landscape=self.landscape.isChecked(),
            shows_name=self.names.isChecked(),
            shows_prompt=self.prompts.isChecked(),
        )
        self._settings.remember_panel(REMEMBERED, self.chosen())
        self._exporting.start(ExportOrder(self._paths, self.kind.value(), target, wish, contact))

    def chosen(self) -> dict[str, Any]:
        return {
            "kind": str(self.kind.value()),
            "format": self.format.value(),
            "quality": int(self.quality.value()),
            "smaller": self.smaller.isChecked(),
            "longest": int(self.longest.value()),
            "recipe": self.recipe.isChecked(),
            "columns": int(self.columns.value()),
            "rows": int(self.rows.value()),
            "landscape": self.landscape.isChecked(),
            "names": self.names.isChecked(),
            "prompts": self.prompts.isChecked(),
        }

    def reject(self) -> None:
        """Cancel what is under way first."""
        if self._exporting.work is not None:
            self._exporting.cancel()
        else:
            super().reject()

    # inside

    def _make_controls(self) -> None:
        self.kind = Segmented(
            (
                (Kind.FILES, self.tr("Files")),
                (Kind.ZIP, "ZIP"),
                (Kind.CONTACT_PNG, self.tr("Contact sheet")),
                (Kind.CONTACT_PDF, "PDF"),
            ),
            name=self.tr("Export as"),
        )
        formats = (("png", "PNG"), ("jpeg", "JPEG"), ("webp", "WebP"), ("tiff", "TIFF"))
        self.format = Segmented((("same", self.tr("As it is")), *formats), name=self.tr("Format"))
        self.quality = NumberSlider(1, 100, name=self.tr("Quality"))
        self.smaller = QCheckBox(self.tr("Make them smaller"))
        self.longest = NumberSlider(16, 16_384, name=self.tr("Longer side, in pixels"), slider_maximum=4096)
        self.recipe = QCheckBox(self.tr("Keep in them how they were made"))
        self.columns = NumberSlider(1, 20, name=self.tr("Columns"), slider_maximum=10)
        self.rows = NumberSlider(1, 20, name=self.tr("Rows"), slider_maximum=10)
        self.landscape = QCheckBox(self.tr("Landscape"))
        self.names = QCheckBox(self.tr("Names of the files"))
        self.prompts = QCheckBox(self.tr("Prompts"))
        for box in (self.smaller, self.recipe, self.landscape, self.names, self.prompts):
            box.setAccessibleName(box.text())
        self.note = Label(role="small")
        self.note.setWordWrap(True)
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName(self.tr("Progress of the export"))

    def _restore(self, chosen: dict[str, Any]) -> None:
        self.kind.set_value(Kind(chosen["kind"]) if chosen.get("kind") in set(Kind) else Kind.FILES)
        self.format.set_value(chosen.get("format", "same"))
        self.quality.set_value(chosen.get("quality", 92))
        self.smaller.setChecked(bool(chosen.get("smaller", False)))
        self.longest.set_value(chosen.get("longest", USUAL_PX))
        self.recipe.setChecked(bool(chosen.get("recipe", True)))
        self.columns.set_value(chosen.get("columns", 4))
        self.rows.set_value(chosen.get("rows", 5))
        self.landscape.setChecked(bool(chosen.get("landscape", False)))
        self.names.setChecked(bool(chosen.get("names", True)))
        self.prompts.setChecked(bool(chosen.get("prompts", False)))

    def _follow(self) -> None:
        """Only what counts can be set."""
        is_contact = self.kind.value() in CONTACTS
        for row in self._copy_rows:
            self._form.setRowVisible(row, not is_contact)
        for row in self._contact_rows:
            self._form.setRowVisible(row, is_contact)
        self.quality.setEnabled(self.format.value() in LOSSY)
        self.longest.setEnabled(self.smaller.isChecked())
        self.note.setText(self._note(is_contact))

    def _note(self, is_contact: bool) -> str:
        if is_contact:
            return self.tr("A4, with captions below the pictures; a page for as many as fit.")
        if self.recipe.isChecked():
            return self.tr("Prompt, seed and settings go out with them, for whoever gets the files.")
        return self.tr(
            "Nothing but pixels goes out, under numbers instead of names. "
            "Each file is read back by every reader there is, to prove it."
        )

    def _show_progress(self) -> None:
        work = self._exporting.work
        for control in (self.body, self.export_button):
            control.setEnabled(work is None)
        self.progress.setVisible(work is not None)
        if work is not None:
            self.progress.setRange(0, work.total)
            self.progress.setValue(work.done)

    def finish(self) -> None:
        """What was asked for is done."""
        super().accept()

    def _lay_out(self) -> None:
        self.body = QWidget()
        self._form = Form()
        self._form.setContentsMargins(0, 0, 0, 0)
        self.body.setLayout(self._form)
        self._copy_rows: list[int] = []
        self._contact_rows: list[int] = []
        self._add_row(None, self.tr("Export as"), self.kind)
        for text, control in (
            (self.tr("Format"), self.format), (self.tr("Quality"), self.quality), ("", self.smaller),
            (self.tr("Longer side, in pixels"), self.longest), ("", self.recipe),
        ):  # fmt: skip
            self._add_row(self._copy_rows, text, control)
        for text, control in (
            (self.tr("Columns"), self.columns), (self.tr("Rows"), self.rows), ("", self.landscape),
            (self.tr("Captions"), self.names), ("", self.prompts),
        ):  # fmt: skip
            self._add_row(self._contact_rows, text, control)
        self._add_row(None, "", self.note)
        foot = Foot(self.tr("Export…"), lambda: self.target_wanted.emit(self.kind.value()), self.reject)
        self.export_button = foot.main
        title = Label(self.tr("%n picture(s)", "", len(self._paths)), role="title")
        lay_out(self, title, self.body, self.progress, foot)
        self.setMinimumWidth(600)

    def _add_row(self, rows: list[int] | None, text: str, control: QWidget) -> None:
        self._form.add(text, control)
        if rows is not None:
            rows.append(self._form.rowCount() - 1)

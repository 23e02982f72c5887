"""What the artist prefers. Everything acts at once; there is nothing to confirm."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from desktop.dialogs.model_folders import ModelFolders
from desktop.dialogs.name_template import NameTemplate
from desktop.state.studio import Studio
from desktop.widgets.binding import bind
from desktop.widgets.choice import Choice
from desktop.widgets.label import Label
from desktop.widgets.number import NumberSlider
from engine.api.request import Speed

WIDTH_PX, HEIGHT_PX = 600, 680
SCROLL_BAR_PX = 16


class PreferencesDialog(QDialog):
    """Stays open beside the work; bound to `Settings`, so it can be closed at any time."""

    def __init__(self, studio: Studio, devices: Sequence[str], parent: QWidget | None = None) -> None:
        """`devices` are torch's names besides "auto"."""
        super().__init__(parent)
        self._studio = studio
        self._settings = studio.settings
        self._devices = devices
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        self.area = QScrollArea(widgetResizable=True)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        layout.addWidget(self.area)
        self.resize(WIDTH_PX, HEIGHT_PX)
        self._fill()
        self._settings.changed.connect(self._on_changed)

    def choose_model_folder(self) -> None:
        """Ask for one; what was chosen is seen in its list afterwards."""
        self.folders.add.setFocus()
        self.area.ensureWidgetVisible(self.folders)
        self.folders.choose()

    def changeEvent(self, event: QEvent) -> None:
        """In another language the page is made anew: the settings hold what it shows."""
        super().changeEvent(event)
        is_open = hasattr(self, "area") and not self._studio.is_closed
        if event.type() == QEvent.Type.LanguageChange and is_open:
            self._fill()

    def _fill(self) -> None:
        self.setWindowTitle(self.tr("Preferences"))
        page = QWidget()
        form = QFormLayout(page)
        form.setContentsMargins(24, 16, 24, 24)
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(8)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._add_look(form)
        self._add_library(form)
        self._add_canvas(form)
        self._add_engine(form)
        self.area.setWidget(page)
        self.setMinimumWidth(page.minimumSizeHint().width() + SCROLL_BAR_PX)

    def _add_look(self, form: QFormLayout) -> None:
        self._heading(form, self.tr("Window"))
        languages = (("system", self.tr("As the system")), ("en", "English"), ("es", "Español"))
        self._choice(form, "language", self.tr("Language"), languages)
        themes = (
            ("system", self.tr("As the system")),
            ("dark", self.tr("Dark")),
            ("light", self.tr("Light")),
            ("grey", self.tr("Dark with a middle-grey desk")),
        )
        self._choice(form, "theme", self.tr("Theme"), themes)
        previews = QCheckBox(self.tr("Show every step while the picture comes out of the noise"))
        previews.setAccessibleName(previews.text())
        bind(self._settings, "previews", previews)
        form.addRow("", previews)
        tiny = QCheckBox(self.tr("Draw the steps by a tiny VAE where one fits"))
        tiny.setAccessibleName(tiny.text())
        bind(self._settings, "tiny_vaes", tiny)
        form.addRow("", tiny)
        self._note(
            form,
            self.tr(
                "TAESD and its kin, from your model folders: sharper, for at most a tenth of a step's time. "
                "The finished picture always comes from the full VAE."
            ),
        )

    def _add_library(self, form: QFormLayout) -> None:
        self._heading(form, self.tr("Pictures"))
        self._row(form, self.tr("Library folder"), self._library_row())
        self._note(
            form, self.tr("New pictures go there. Those made before stay where they are; nothing is moved.")
        )
        formats = (("png", "PNG"), ("jpeg", "JPEG"), ("webp", "WebP"))
        self._choice(form, "picture_format", self.tr("File format"), formats)
        self.quality = NumberSlider(1, 100, name=self.tr("Quality"))
        bind(self._settings, "picture_quality", self.quality)
        self._row(form, self.tr("Quality"), self.quality)
        self._on_changed("picture_format")
        self.template = NameTemplate(self._settings)
        self._row(form, self.tr("File names"), self.template)

    def _add_canvas(self, form: QFormLayout) -> None:
        self._heading(form, self.tr("Canvas"))
        memory = NumberSlider(64, 65536, step=64, suffix=" MB", name=self.tr("Memory for undo"))
        memory.setObjectName("undo_megabytes")
        bind(self._settings, "undo_megabytes", memory)
        self._row(form, self.tr("Memory for undo"), memory)
        self._note(form, self.tr("Beyond it the oldest steps are forgotten."))

    def _add_engine(self, form: QFormLayout) -> None:
        self._heading(form, self.tr("Engine"))
        devices = [("auto", self.tr("The best there is")), *((name, name) for name in self._devices)]
        self._choice(form, "device", self.tr("Device"), devices)
        speeds = (
            (Speed.EXACT.value, self.tr("Exact: the same pixels every time")),
            (Speed.FAST.value, self.tr("Fast: may differ a little")),
            (Speed.FASTEST.value, self.tr("Fastest: differs more")),
        )
        self._choice(form, "speed", self.tr("Speed"), speeds)
        self.folders = ModelFolders(self._settings)
        self._row(form, self.tr("Model folders"), self.folders)
        self._note(form, self.tr("Folders with models in diffusers' layout, or .safetensors files."))

    def _library_row(self) -> QWidget:
        self.library = QLineEdit(str(self._settings.library_path))
        self.library.setReadOnly(True)
        self.library.setAccessibleName(self.tr("Library folder"))
        choose = QPushButton(self.tr("Choose"))
        choose.setAccessibleName(self.tr("Choose the library folder"))
        choose.clicked.connect(self._choose_library)
        row = QWidget()
        layout = QHBoxLayout(row)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.library, 1)
        layout.addWidget(choose)
        return row

    def _choose_library(self) -> None:
        dialog = QFileDialog(self, self.tr("Library folder"), str(self._settings.library_path))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.fileSelected.connect(self._take_library)
        dialog.open()

    def _take_library(self, folder: str) -> None:
        self._settings.library_folder = folder
        self.library.setText(str(self._settings.library_path))

    def _on_changed(self, field: str) -> None:
        if field == "picture_format":
            is_lossy = self._settings.picture_format != "png"
            self.quality.setEnabled(is_lossy)
            self.quality.setToolTip(
                "" if is_lossy else self.tr("PNG keeps every pixel; it has no quality to choose.")
            )

    def _choice(self, form: QFormLayout, field: str, text: str, choices: Sequence[tuple[str, str]]) -> None:
        box = Choice(name=text)
        box.setSizeAdjustPolicy(Choice.SizeAdjustPolicy.AdjustToContents)
        for value, shown in choices:
            box.addItem(shown, value)
        if box.findData(getattr(self._settings, field)) < 0:
            box.addItem(getattr(self._settings, field), getattr(self._settings, field))
        box.setObjectName(field)
        bind(self._settings, field, box)
        self._row(form, text, box)

    def _row(self, form: QFormLayout, text: str, control: QWidget) -> None:
        label = Label(text, role="dim")
        label.setBuddy(control)
        form.addRow(label, control)

    def _heading(self, form: QFormLayout, text: str) -> None:
        heading = Label(text, role="title")
        heading.setContentsMargins(0, 12, 0, 0)
        form.addRow(heading)

    def _note(self, form: QFormLayout, text: str) -> None:
        note = Label(text, role="small")
        note.setWordWrap(True)
        form.addRow("", note)

"""What is known of the chosen file, why it was recognised so, and what can be done with it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QFormLayout, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from desktop.bridge.pixels import to_qimage
from desktop.panels.amounts import say_bytes, say_number
from desktop.panels.icon_button import LabelledButton
from desktop.panels.models.reasons import say_reason
from desktop.panels.models.words import kind_words, say_pickle, say_variant
from desktop.state.broken_files import say_broken
from desktop.state.language_code import language
from desktop.state.studio import Studio
from desktop.state.words import say
from desktop.widgets.label import Label, breakable
from engine.api.errors import UnsafeFile
from engine.api.images import Pixels
from engine.api.learnt import LearntInfo
from engine.api.model_file import FileFormat, FileKind, ModelFile
from engine.api.model_info import ModelInfo

PREVIEW_PX = 240


def read_preview(path: Path) -> Pixels:
    """The picture beside a model, through the gate for strangers' pictures. For the disk pool."""
    from engine.library.pictures import open_picture

    return open_picture(path).pixels


class ModelDetails(QWidget):
    """A column of facts; empty it says what to do."""

    use_asked = Signal(object)
    """`ModelInfo` or `LearntInfo` that the next picture is to be made with."""
    folder_asked = Signal(object)
    """Path whose folder the artist wants to see."""

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self._kinds = kind_words()
        self.file: ModelFile | None = None
        self.usable: ModelInfo | LearntInfo | None = None
        self.empty = Label(self.tr("Choose a file to see what it is and why."), role="dim")
        self.empty.setWordWrap(True)
        self.title = _wrapped(role="title")
        self.picture = Label()
        self.picture.setAccessibleName(self.tr("Preview"))
        self.problem = _wrapped(role="warning")
        self.facts = QFormLayout()
        self.facts.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self.facts.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        self.hash: QLineEdit | None = None
        self.use = LabelledButton("check", self.tr("Use"), "accent_ink")
        self.use.setProperty("role", "main")
        self.use.clicked.connect(self._use)
        self.convert = LabelledButton("shuffle", self.tr("Convert"))
        self.convert.setToolTip(
            self.tr("Make safetensors of it, in a process without network; the old file stays")
        )
        self.convert.clicked.connect(self._convert)
        self.show_folder = LabelledButton("folder-search", self.tr("Show in its folder"))
        self.show_folder.clicked.connect(self._show_folder)
        self._lay_out()
        studio.model_library.hashed.connect(self._take_hash)
        studio.model_library.scanning_changed.connect(self._refresh_buttons)
        studio.models.changed.connect(self._refresh_buttons)
        studio.learnt.changed.connect(self._refresh_buttons)
        self.show_file(None)

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        for button in (self.use, self.convert, self.show_folder):
            buttons.addWidget(button)
        buttons.addStretch()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(12)
        layout.addWidget(self.empty)
        layout.addWidget(self.title)
        layout.addLayout(buttons)
        layout.addWidget(self.problem)
        layout.addWidget(self.picture)
        layout.addLayout(self.facts)
        layout.addStretch()

    def show_file(self, file: ModelFile | None) -> None:
        self.file = file
        while self.facts.rowCount():
            self.facts.removeRow(0)
        self.hash = None
        self.empty.setVisible(file is None)
        for widget in (self.title, self.show_folder):
            widget.setVisible(file is not None)
        self.picture.setVisible(False)
        self.picture.clear()
        self._refresh_buttons()
        if file is None:
            return
        self.title.setText(file.title or file.name)
        for name, value in self._facts(file):
            self._add(name, value)
        self._add_line(self.tr("Path"), str(file.path))
        if file.format is FileFormat.SAFETENSORS and not file.problem:
            self.hash = self._add_line(self.tr("SHA-256"), "…")
            self._studio.model_library.hash_file(file.path)
        if file.preview is not None:
            preview = file.preview
            self._studio.background.run(
                read_preview, preview, done=lambda pixels: self._show_picture(preview, pixels),
                failed=lambda _: None,  # a picture that cannot be read is only a picture less
            )  # fmt: skip

    def _add(self, name: str, value: str) -> None:
        field = _wrapped(breakable(value))
        field.setAccessibleName(f"{name}: {value}")
        self.facts.addRow(Label(name, role="small"), field)

    def _add_line(self, name: str, value: str) -> QLineEdit:
        """One line to select and to copy from."""
        field = QLineEdit(value)
        field.setReadOnly(True)
        field.setCursorPosition(0)
        field.setAccessibleName(name)
        self.facts.addRow(Label(name, role="small"), field)
        return field

    def _facts(self, file: ModelFile) -> list[tuple[str, str]]:
        rows = [
            (self.tr("Kind"), self._kinds[file.kind]),
            (self.tr("For"), "  ·  ".join(filter(None, (file.family_titles, say_variant(file.variant))))),
            (self.tr("With"), ", ".join(self._beside())),
            (self.tr("Words"), ", ".join(file.triggers)),
            (self.tr("Made for"), file.base),
            (self.tr("Licence"), file.licence or ("" if file.problem else self.tr("it does not say"))),
            (self.tr("Format"), "  ·  ".join(filter(None, (_format(file), file.precision)))),
            (self.tr("Parameters"), say_number(file.parameters) if file.parameters else ""),
            (self.tr("Rank"), str(file.rank) if file.rank else ""),
            (self.tr("Size"), say_bytes(file.bytes) if file.bytes else ""),
            (self.tr("About"), file.description[:600]),
            (self.tr("Why"), "\n".join(map(say_reason, file.why))),
            (self.tr("Detail"), self._detail(file)),
        ]
        return [(name, value) for name, value in rows if value]

    def _detail(self, file: ModelFile) -> str:
        """The engine's English sentence, where the window's own words do not say all of it."""
        is_said = language() == "en" or file.format is FileFormat.PICKLE or bool(say_broken(file.problem))
        return "" if is_said else file.problem

    def _refresh_buttons(self) -> None:
        file = self.file
        self.usable = self._usable(file) if file is not None else None
        self.use.setVisible(self.usable is not None)
        is_pickle = file is not None and file.format is FileFormat.PICKLE
        self.convert.setVisible(is_pickle)
        self.convert.setEnabled(not self._studio.model_library.is_converting)
        reason = self._reason(file) if file is not None else ""
        self.problem.setText(reason)
        self.problem.setVisible(bool(reason))

    def _usable(self, file: ModelFile) -> ModelInfo | LearntInfo | None:
        if file.kind in (FileKind.LORA, FileKind.EMBEDDING):
            return next((info for info in self._studio.learnt.infos if info.path == file.path), None)
        return next((info for info in self._studio.models.infos if info.path == file.path), None)

    def _beside(self) -> list[str]:
        """Names of the artist's other files that a network alone runs with, each once."""
        beside = self.usable.beside if isinstance(self.usable, ModelInfo) else ()
        return list(dict.fromkeys(path.stem for path in beside))

    def _reason(self, file: ModelFile) -> str:
        if file.format is FileFormat.PICKLE:
            return say_pickle()
        if file.problem:
            return say(UnsafeFile(file.problem, path=str(file.path)))
        if file.kind is FileKind.DENOISER and self.usable is None:
            return self.tr(
                "A network alone. Lienzo runs it when its VAE, text encoders and tokenizer are among your "
                "models, if it knows the family."
            )
        if file.kind is FileKind.CHECKPOINT and self.usable is None:
            return self.tr("Lienzo cannot run {family} files of this kind yet.").format(
                family=file.family_titles or say_variant(file.variant)
            )
        if isinstance(self.usable, LearntInfo) and not self._studio.learnt.fits(self.usable):
            return self.tr("It is for another model than the one that is chosen now.")
        return ""

    def _use(self) -> None:
        if self.usable is not None:
            self.use_asked.emit(self.usable)

    def _convert(self) -> None:
        if self.file is not None:
            self._studio.model_library.convert(self.file.path)

    def _show_folder(self) -> None:
        if self.file is not None:
            self.folder_asked.emit(self.file.path if self.file.path.is_dir() else self.file.path.parent)

    def _take_hash(self, path: Path, digest: str) -> None:
        if self.hash is not None and self.file is not None and self.file.path == path:
            self.hash.setText(digest)
            self.hash.setCursorPosition(0)

    def _show_picture(self, path: Path, pixels: Pixels) -> None:
        if self.file is None or self.file.preview != path:
            return
        picture = QPixmap.fromImage(to_qimage(pixels))
        side = Qt.AspectRatioMode.KeepAspectRatio
        self.picture.setPixmap(
            picture.scaled(PREVIEW_PX, PREVIEW_PX, side, Qt.TransformationMode.SmoothTransformation)
        )
        self.picture.setVisible(True)


def _format(file: ModelFile) -> str:
    """Nothing for what is of no known format: its problem says more."""
    return "" if file.format is FileFormat.OTHER else file.format.value


def _wrapped(text: str = "", role: str = "") -> Label:
    label = Label(text, role=role)
    label.setWordWrap(True)
    label.setMinimumWidth(0)
    return label

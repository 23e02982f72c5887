"""What this is, which version, and whose work it stands on."""

from __future__ import annotations

import platform

import PySide6
from PySide6.QtCore import qVersion
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QPlainTextEdit, QVBoxLayout, QWidget

from desktop.widgets.label import Label
from engine import __version__
from engine.api.events import Ready
from engine.api.model_info import ModelInfo


class AboutDialog(QDialog):
    """Versions and licences as plain text that can be copied."""

    def __init__(self, ready: Ready | None, starter: ModelInfo | None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("About Lienzo"))
        title = Label(f"Lienzo {__version__}", role="brand")
        subtitle = Label(
            self.tr("An offline image generator for artists. Nothing you make or type leaves this computer.")
        )
        subtitle.setWordWrap(True)
        self.text = QPlainTextEdit("\n\n".join([self._versions(ready), self._licences(starter)]))
        self.text.setReadOnly(True)
        self.text.setAccessibleName(self.tr("Versions and licences"))
        buttons = QDialogButtonBox()
        buttons.addButton(self.tr("Close"), QDialogButtonBox.ButtonRole.RejectRole)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 24, 24, 16)
        layout.setSpacing(8)
        for widget in (title, subtitle, self.text, buttons):
            layout.addWidget(widget)
        self.resize(560, 480)

    def _versions(self, ready: Ready | None) -> str:
        lines = [
            self.tr("Versions"),
            f"Python {platform.python_version()}",
            f"PySide {PySide6.__version__}, Qt {qVersion()}",
        ]
        if ready is None:
            return "\n".join([*lines, self.tr("The engine is still starting.")])
        known = ready.environment
        lines += [
            f"torch {known.torch}",
            f"diffusers {known.diffusers}",
            f"transformers {known.transformers}",
        ]
        lines.append(self.tr("Device: {device}").format(device=ready.device_title or ready.device))
        return "\n".join(lines)

    def _licences(self, starter: ModelInfo | None) -> str:
        lines = [
            self.tr("Licences"),
            self.tr("Lienzo: Apache License 2.0"),
            self.tr("Qt and PySide: GNU LGPL version 3, used as unchanged shared libraries"),
            self.tr("Icons: Lucide, ISC licence"),
            self.tr("torch: BSD-3-Clause; diffusers, transformers, safetensors: Apache License 2.0"),
        ]
        if starter is not None and starter.licence:
            lines.append(f"{starter.title}: {starter.licence}")
        return "\n".join(lines)

"""The language of the window: the system's or the one asked for; it can change while the window is open."""

from __future__ import annotations

import logging
from pathlib import Path

from PySide6.QtCore import (
    QT_TRANSLATE_NOOP,
    QCoreApplication,
    QLibraryInfo,
    QLocale,
    QObject,
    QTranslator,
)

import resources

log = logging.getLogger("app")

SOURCE = "en"
"""What the words in the code are written in: without its file only plurals are missing."""

QT_LACKS = (
    QT_TRANSLATE_NOOP("QFileDialog", "&Look in:"),
    QT_TRANSLATE_NOOP("QFileDialog", "Files of &type:"),
)
"""Words of Qt's own dialogs that its translations do not have (6.11); ours do."""


def translations_folder() -> Path:
    return Path(resources.__file__).parent / "translations"


def available() -> tuple[str, ...]:
    """Codes of the languages that are complete here."""
    return tuple(dict.fromkeys([SOURCE, *sorted(path.stem for path in translations_folder().glob("*.qm"))]))


def resolve(choice: str) -> str:
    """The language that `choice` ("system" or a code) comes to: one that is available."""
    wanted = QLocale.system().uiLanguages() if choice == "system" else [choice]
    codes = [QLocale(name).name().split("_")[0] for name in wanted]
    return next((code for code in codes if code in available()), SOURCE)


class Language(QObject):
    """Installs translators; every window hears of it by its `LanguageChange` event."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.code = SOURCE
        self._installed: list[QTranslator] = []

    def use(self, choice: str) -> None:
        """Speak `choice` from now on; where its file is missing, English."""
        self.code = resolve(choice)
        while self._installed:
            QCoreApplication.removeTranslator(self._installed.pop())
        QLocale.setDefault(QLocale.system() if choice == "system" else QLocale(self.code))
        if self.code != SOURCE:
            self._install("qtbase_" + self.code, QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath))
        self._install(self.code, str(translations_folder()))  # English too: its file holds the plurals

    def _install(self, name: str, folder: str) -> None:
        translator = QTranslator(self)
        if translator.load(name, folder):
            QCoreApplication.installTranslator(translator)
            self._installed.append(translator)
        else:
            log.info("no translation %s in %s", name, folder)

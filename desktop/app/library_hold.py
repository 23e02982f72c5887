"""One library, one window, whatever profile it has: the hold follows the library that is preferred."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from desktop.app.single_instance import SingleInstance
from desktop.state.messages import Messages
from desktop.state.settings import Settings


class LibraryHold(QObject):
    """Holds `settings.library_path`; a library that another window holds is not changed to."""

    files_received = Signal(object)
    """As `SingleInstance.files_received`, from starts with another profile."""

    def __init__(self, settings: Settings, messages: Messages, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self._messages = messages
        self._chosen = settings.library_folder
        self._listens = False
        self.instance = SingleInstance.of_library(settings.library_path)

    @property
    def why(self) -> str:
        """Why there is no second window."""
        return f"The library {self.instance.folder} is open in another Lienzo"

    def take(self) -> bool:
        """True where no other window has the library; then it is held until `release`."""
        if not self.instance.take():
            return False
        self._settings.changed.connect(self._follow)
        return True

    def listen(self) -> None:
        """Receive the files of later starts."""
        self._listens = True
        self.instance.files_received.connect(self.files_received)
        self.instance.listen()

    def release(self) -> None:
        self._settings.changed.disconnect(self._follow)
        self.instance.release()

    def _follow(self, name: str) -> None:
        if name != "library_folder" or self._settings.library_folder == self._chosen:
            return
        wanted = SingleInstance.of_library(self._settings.library_path)
        if wanted.folder == self.instance.folder:
            self._chosen = self._settings.library_folder
        elif wanted.take():
            self._move_to(wanted)
        else:
            self._messages.warning(
                self.tr("Another Lienzo has the library {folder} open. The present one is kept.").format(
                    folder=wanted.folder
                )
            )
            self._settings.library_folder = self._chosen

    def _move_to(self, wanted: SingleInstance) -> None:
        self.instance.release()
        self.instance, self._chosen = wanted, self._settings.library_folder
        if self._listens:
            self.listen()

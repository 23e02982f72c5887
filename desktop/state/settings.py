"""What the artist prefers, in one JSON file. A preference is one line here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject

from desktop.bridge.background import Background
from desktop.state.kept_file import KeptFile, read_kept
from desktop.state.observable import Field, Observable
from engine.api.request import Speed
from engine.library import folders

LANGUAGES = ("system", "en", "es")
THEMES = ("system", "dark", "light", "grey")
PICTURE_FORMATS = ("png", "jpeg", "webp")


def _one_of(choices: tuple[str, ...]) -> Callable[[Any], str]:
    def accept(value: Any) -> str:
        if value not in choices:
            raise ValueError(f"{value!r} is not one of {choices}")
        return str(value)

    return accept


def _whole(low: int, high: int) -> Callable[[Any], int]:
    def accept(value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise ValueError(f"{value!r} is not a whole number from {low} to {high}")
        return value

    return accept


class Settings(Observable):
    """Preferences with defaults. Unknown keys of a newer version are kept in the file.

    A value of the wrong kind in the file is ignored in favour of the default.
    """

    library_folder = Field("")
    """Where pictures go; empty means `folders.default_library_folder()`. See `library_path`."""
    language = Field("system", _one_of(LANGUAGES))
    theme = Field("system", _one_of(THEMES))
    device = Field("auto")
    """`auto`, or torch's name: `cpu`, `cuda:0`, `mps`."""
    previews = Field(True)
    tiny_vaes = Field(True)
    """Whether previews are drawn by a tiny VAE of the model folders where one serves."""
    picture_format = Field("png", _one_of(PICTURE_FORMATS))
    picture_quality = Field(95, _whole(1, 100))
    """For JPEG and WebP."""
    name_template = Field("{date}/{number:05} {prompt}")
    model_folders: Field[list[str]] = Field([])
    default_model = Field("starter")
    seeing_network = Field("")
    """Folder of the network that sees the gallery's pictures; empty: the first that is found; `none`."""
    speed = Field(Speed.EXACT.value, _one_of(tuple(speed.value for speed in Speed)))
    undo_megabytes = Field(1024, _whole(64, 65536))
    """What the history of a document may take."""
    window_geometry = Field("")
    """`QWidget.saveGeometry` in base64."""
    window_state = Field("")
    """`QMainWindow.saveState` (or a splitter's) in base64."""
    panel_states: Field[dict[str, Any]] = Field({})
    """What a panel remembers, by its name, e.g. whether a section is folded."""
    recent_documents: Field[list[str]] = Field([])
    """Paths of document files, the newest first."""
    prompt_history: Field[list[str]] = Field([])

    def __init__(
        self, background: Background, path: Path | None = None, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.background = background
        """The pool that writes them; who reads them first hands it on."""
        self._unknown: dict[str, Any] = {}
        self.path = path or folders.settings_file()
        content, self.damaged_file = read_kept(self.path)
        """Where a damaged settings file was set aside, for the studio to say."""
        self._read(content)
        self.file = KeptFile(self.path, self.to_json, background, parent=self)
        self.changed.connect(self.file.write_soon)

    @property
    def library_path(self) -> Path:
        return Path(self.library_folder) if self.library_folder else folders.default_library_folder()

    def remember_panel(self, name: str, value: Any) -> None:
        self.panel_states = {**self.panel_states, name: value}

    def to_json(self) -> dict[str, Any]:
        return {**self._unknown, **self.values()}

    def flush(self) -> None:
        self.file.flush()

    def _read(self, content: dict[str, Any]) -> None:
        known = {field.name: field for field in self.fields()}
        for name, value in content.items():
            if name not in known:
                self._unknown[name] = value
            elif type(value) is type(known[name].default):
                self._take(name, value)

    def _take(self, name: str, value: Any) -> None:
        try:
            setattr(self, name, value)
        except ValueError:
            pass  # a choice of another version: the default serves

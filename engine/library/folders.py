"""Where this user's things lie: settings, journal, caches, logs, pictures."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import platformdirs

from engine.api.errors import CannotSave

NAME = "lienzo"


def home() -> Path | None:
    """The one folder that holds everything when `LIENZO_HOME` is set (`--temp`, tests, a USB stick)."""
    told = os.environ.get("LIENZO_HOME")
    return Path(told).expanduser().absolute() if told else None


def data_folder() -> Path:
    """Journal and lock; made where missing. Raises `CannotSave` where it cannot be."""
    return _made(_own("data") or platformdirs.user_data_path(NAME, appauthor=False))


def documents_folder() -> Path:
    """One journal for each document that is nowhere else; made where missing. Raises `CannotSave`."""
    return _made(data_folder() / "documents")


def masks_folder() -> Path:
    """Masks that every document finds on its shelf; made where missing. Raises `CannotSave`."""
    return _made(data_folder() / "masks")


def cache_folder() -> Path:
    """What can be made again at any time: prompt embeddings, preview maps, hashes.

    Made where missing if it can be. Nothing fails for want of it; it only takes longer.
    """
    folder = _own("cache") or platformdirs.user_cache_path(NAME, appauthor=False)
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
    return folder


def config_folder() -> Path:
    """Settings and the window's layout; made where missing."""
    return _made(_own("config") or platformdirs.user_config_path(NAME, appauthor=False, roaming=True))


def log_folder() -> Path:
    """The rotating log; made where missing."""
    return _made(_own("log") or platformdirs.user_log_path(NAME, appauthor=False))


def default_library_folder() -> Path:
    """`Pictures/Lienzo` in the user's own language; not made before a picture is saved into it."""
    return _own("pictures") or platformdirs.user_pictures_path() / "Lienzo"


def models_folder() -> Path:
    """What the artist taught: `loras` and `embeddings`; searched beside the folders of the preferences.

    Not made before something is saved into it.
    """
    return _own("models") or platformdirs.user_data_path(NAME, appauthor=False) / "models"


def prompts_folder() -> Path:
    """The artist's own `wildcards`, `styles` and `tags`. Not made before somebody wants to see it."""
    return _own("prompts") or platformdirs.user_data_path(NAME, appauthor=False) / "prompts"


def settings_file() -> Path:
    return config_folder() / "settings.json"


def journal_file() -> Path:
    return data_folder() / "journal.sqlite"


def _own(name: str) -> Path | None:
    base = home()
    return base / name if base else None


def _made(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotSave(
            f"The folder {folder} cannot be made ({error.strerror}). "
            "Free the path or its permissions, or set LIENZO_HOME to a folder that you may write to.",
            path=str(folder),
        ) from error
    return folder

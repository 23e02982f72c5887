"""Could a window open here? Asked of the system's loader, before Qt would abort the process.

No Qt is imported: its libraries are only opened, as they would be a moment later anyway.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

PACKAGES: dict[str, tuple[str, str]] = {
    "libEGL.so.1": ("libegl1", "libglvnd-egl"),
    "libGL.so.1": ("libgl1", "libglvnd-glx"),
    "libX11.so.6": ("libx11-6", "libX11"),
    "libX11-xcb.so.1": ("libx11-xcb1", "libX11-xcb"),
    "libbrotlidec.so.1": ("libbrotli1", "libbrotli"),
    "libdbus-1.so.3": ("libdbus-1-3", "dbus-libs"),
    "libfontconfig.so.1": ("libfontconfig1", "fontconfig"),
    "libfreetype.so.6": ("libfreetype6", "freetype"),
    "libglib-2.0.so.0": ("libglib2.0-0", "glib2"),
    "libgssapi_krb5.so.2": ("libgssapi-krb5-2", "krb5-libs"),
    "libgthread-2.0.so.0": ("libglib2.0-0", "glib2"),
    "libwayland-client.so.0": ("libwayland-client0", "libwayland-client"),
    "libwayland-cursor.so.0": ("libwayland-cursor0", "libwayland-cursor"),
    "libxcb.so.1": ("libxcb1", "libxcb"),
    "libxcb-cursor.so.0": ("libxcb-cursor0", "xcb-util-cursor"),
    "libxcb-icccm.so.4": ("libxcb-icccm4", "xcb-util-wm"),
    "libxcb-image.so.0": ("libxcb-image0", "xcb-util-image"),
    "libxcb-keysyms.so.1": ("libxcb-keysyms1", "xcb-util-keysyms"),
    "libxcb-randr.so.0": ("libxcb-randr0", "libxcb"),
    "libxcb-render.so.0": ("libxcb-render0", "libxcb"),
    "libxcb-render-util.so.0": ("libxcb-render-util0", "xcb-util-renderutil"),
    "libxcb-shape.so.0": ("libxcb-shape0", "libxcb"),
    "libxcb-shm.so.0": ("libxcb-shm0", "libxcb"),
    "libxcb-sync.so.1": ("libxcb-sync1", "libxcb"),
    "libxcb-util.so.1": ("libxcb-util1", "xcb-util"),
    "libxcb-xfixes.so.0": ("libxcb-xfixes0", "libxcb"),
    "libxcb-xkb.so.1": ("libxcb-xkb1", "libxcb"),
    "libxkbcommon.so.0": ("libxkbcommon0", "libxkbcommon"),
    "libxkbcommon-x11.so.0": ("libxkbcommon-x11-0", "libxkbcommon-x11"),
    "libzstd.so.1": ("libzstd1", "libzstd"),
}
"""What Qt's own libraries ask of a Linux system, and in which package Debian and Fedora have it."""

INSTEAD = 'Without a window it works too: lienzo generate "a cute beagle smiling" -o picture.png'


def problem_with_window(environment: Mapping[str, str] | None = None) -> str:
    """One clear sentence or two on why no window can open, with what to do; empty where it can."""
    if sys.platform != "linux":
        return ""
    environment = os.environ if environment is None else environment
    platforms = platforms_of(environment)
    if not platforms:
        return f"There is no display to open a window on. {INSTEAD}"
    missing = missing_libraries(files_for(platforms))
    return in_words(missing) if missing else ""


def platforms_of(environment: Mapping[str, str]) -> list[str]:
    """The Qt platforms that may serve, the likely one first."""
    if told := environment.get("QT_QPA_PLATFORM"):
        return [platform.partition(":")[0] for platform in told.split(";")]
    displays = {"wayland": environment.get("WAYLAND_DISPLAY"), "xcb": environment.get("DISPLAY")}
    return [platform for platform, display in displays.items() if display]


def files_for(platforms: Sequence[str]) -> list[list[Path]]:
    """For each platform the libraries of Qt that a window there needs; any one platform will do."""
    spec = importlib.util.find_spec("PySide6")
    if spec is None or spec.origin is None:
        return []
    qt = Path(spec.origin).parent / "Qt"
    common = [qt / "lib" / f"libQt6{name}.so.6" for name in ("Core", "Gui", "Widgets", "Svg", "Network")]
    return [
        [*common, *sorted((qt / "plugins" / "platforms").glob(f"libq{platform}*.so"))]
        for platform in platforms
    ]


def missing_libraries(choices: Sequence[Sequence[Path]]) -> list[str]:
    """The system libraries that keep every one of `choices` from loading; none where one loads."""
    failures = [failure for files in choices if (failure := first_failure(files))]
    if len(failures) < len(choices) or not failures:
        return []
    # the loader names one at a time; the table tells the others that are missing, to install all at once
    wanted = {name for name in PACKAGES if "wayland" not in name or "wayland" in " ".join(failures)}
    return sorted({*failures, *(name for name in wanted if not loads(name))})


def first_failure(files: Sequence[Path]) -> str:
    """The name of the library that is missing for the first of `files` that cannot be loaded; or empty."""
    for file in files:
        try:
            ctypes.CDLL(str(file), mode=ctypes.RTLD_GLOBAL)
        except OSError as error:
            match = re.match(r"([^\s:]+): cannot open shared object file", str(error))
            return match[1] if match else str(error)
    return ""


def loads(name: str) -> bool:
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def in_words(missing: Sequence[str]) -> str:
    debian, fedora = (
        " ".join(sorted({PACKAGES[name][column] for name in missing if name in PACKAGES}))
        for column in (0, 1)
    )
    which = ", ".join(missing)
    install = (
        f"Install with: sudo apt install {debian} (Debian, Ubuntu) or sudo dnf install {fedora} (Fedora)."
        if debian
        else "Install the package of your system that holds it."
    )
    return f"The window cannot open: this system lacks {which}. {install} {INSTEAD}"

"""Why no window can open is known before Qt would abort."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from engine import display

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has displays and libraries apart")


def test_no_display_is_one_sentence_that_names_the_command_line():
    problem = display.problem_with_window({})
    assert problem.startswith("There is no display")
    assert 'lienzo generate "' in problem
    assert "\n" not in problem


def test_offscreen_needs_no_display():
    assert display.problem_with_window({"QT_QPA_PLATFORM": "offscreen"}) == ""


def test_the_platform_follows_the_environment():
    assert display.platforms_of({"DISPLAY": ":0"}) == ["xcb"]
    assert display.platforms_of({"DISPLAY": ":0", "WAYLAND_DISPLAY": "wayland-0"}) == ["wayland", "xcb"]
    assert display.platforms_of({"DISPLAY": ":0", "QT_QPA_PLATFORM": "wayland;xcb:x"}) == ["wayland", "xcb"]


def test_what_is_missing_is_named_with_its_packages():
    words = display.in_words(["libEGL.so.1", "libxcb-cursor.so.0"])
    assert "sudo apt install libegl1 libxcb-cursor0" in words
    assert "sudo dnf install libglvnd-egl xcb-util-cursor" in words


def test_a_library_that_is_nowhere_is_found_missing_and_one_platform_is_enough():
    nowhere, here = [Path("libnowhere.so.7")], [Path("libc.so.6")]
    assert "libnowhere.so.7" in display.missing_libraries([nowhere])
    assert "libnowhere.so.7" in display.in_words(display.missing_libraries([nowhere]))
    assert display.missing_libraries([nowhere, here]) == []


def test_qts_own_files_are_where_we_look():
    for platform in ("xcb", "wayland", "offscreen"):
        (files,) = display.files_for([platform])
        assert files[-1].name.startswith(f"libq{platform}")
        assert all(file.is_file() for file in files)

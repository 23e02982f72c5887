"""The doctor says what is wrong and how to mend it, and nothing where all is well."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from engine import doctor
from engine.cli import main


def problems(report: doctor.Report) -> str:
    return "\n".join(f"{problem.what} {problem.mend}" for problem in report.problems)


def test_a_machine_that_passes_the_tests_is_well(tmp_path: Path):
    report = doctor.examine(tmp_path / "pictures")
    facts = {fact.name: fact.value for fact in report.facts}
    assert report.is_well, problems(report)
    for name in (
        "Lienzo",
        "Python",
        "torch",
        "SQLite",
        "Device",
        "Threads",
        "Memory",
        "Library",
        "Free space",
    ):
        assert facts[name]
    assert "starter" in facts["Models"]
    assert not (tmp_path / "pictures").exists()  # it looks, it does not make
    assert list(tmp_path.iterdir()) == [tmp_path / "lienzo-home"]


def test_a_library_that_is_a_file_is_a_problem(tmp_path: Path):
    (tmp_path / "pictures").write_text("a file")
    report = doctor.examine(tmp_path / "pictures" / "Lienzo")
    assert not report.is_well
    assert "is a file" in problems(report)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_a_library_that_cannot_be_written_to_is_a_problem(tmp_path: Path):
    tmp_path.chmod(0o500)
    try:
        assert "may not be written to" in problems(doctor.examine(tmp_path))
    finally:
        tmp_path.chmod(0o700)


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
def test_a_library_where_nothing_can_be_saved_is_a_problem():
    report = doctor.examine(Path("/proc"))
    assert not report.is_well
    assert "The library folder /proc cannot be written to" in problems(report)


def test_broken_models_and_missing_folders_are_said_but_it_works_without_them(tmp_path: Path):
    (tmp_path / "bad.safetensors").write_text("no")
    report = doctor.examine(tmp_path / "pictures", [tmp_path, tmp_path / "unplugged"])
    assert report.is_well
    assert "bad.safetensors cannot be used" in problems(report)
    assert "unplugged is not there" in problems(report)


def test_a_device_that_is_not_there_is_a_problem(tmp_path: Path):
    report = doctor.examine(tmp_path, device="quantum")
    assert not report.is_well
    assert "quantum" in problems(report)


def test_the_command_says_the_same_and_ends_with_its_code(own_home: Path, tmp_path: Path, capsys):
    assert main(["doctor"]) == 0
    assert "All is well." in capsys.readouterr().out
    (tmp_path / "file").write_text("")
    (own_home / "config" / "settings.json").write_text(json.dumps({"library_folder": str(tmp_path / "file")}))
    assert main(["doctor", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["is_well"] is False
    assert str(tmp_path / "file") in told["problems"][0]["what"]

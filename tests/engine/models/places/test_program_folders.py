"""Folders that other programs were told of are scanned too."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from engine.models.places.program_folders import further_folders
from engine.models.places.walk import places


def lora(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({"lora_unet_x.lora_down.weight": torch.zeros(1, 1)}, path)
    return path


@pytest.mark.parametrize("start", ["comfy_ui", "comfy_ui/models"])
def test_comfy_s_further_folders_are_scanned(start, tmp_path):
    home = tmp_path / "comfy_ui"
    (home / "comfy").mkdir(parents=True)
    inside = lora(home / "models" / "loras" / "own.safetensors")
    one = lora(tmp_path / "a1111" / "models" / "Lora" / "one.safetensors")
    two = lora(tmp_path / "a1111" / "models" / "LyCORIS" / "two.safetensors")
    absolute = lora(tmp_path / "elsewhere" / "three.safetensors")
    not_named = lora(tmp_path / "a1111" / "other" / "four.safetensors")
    (home / "extra_model_paths.yaml").write_text(
        "a1111:\n  base_path: ../a1111\n  is_default: true\n"
        "  loras: |\n    models/Lora\n    models/LyCORIS\n  vae: models/gone\n"
        f"other:\n  checkpoints: {absolute.parent}\n  custom_nodes: ../a1111/other\n"
    )
    found = {place.path.resolve() for place in places(tmp_path / start)}
    assert found == {path.resolve() for path in (inside, one, two, absolute)} and not_named.exists()


@pytest.mark.parametrize("line", [
    'export COMMANDLINE_ARGS="--lora-dir {0} --xformers --ckpt-dir={1}"',
    "set COMMANDLINE_ARGS=--lora-dir {0} --ckpt-dir {1}",
])  # fmt: skip
def test_a1111_s_folders_are_read_from_its_command_line(line, tmp_path):
    loras, checkpoints = tmp_path / "my_loras", tmp_path / "my_checkpoints"
    loras.mkdir()
    checkpoints.mkdir()
    home = tmp_path / "webui"
    home.mkdir()
    (home / "webui-user.sh").write_text(f"#!/bin/bash\n{line.format(loras, checkpoints)}\n")
    assert further_folders(home) == [loras, checkpoints]


def test_forge_that_shares_a1111_s_models_is_followed(tmp_path):
    (tmp_path / "webui" / "models").mkdir(parents=True)
    (tmp_path / "forge").mkdir()
    (tmp_path / "forge" / "webui-user.bat").write_text(
        f"@echo off\nset COMMANDLINE_ARGS=--forge-ref-a1111-home {tmp_path / 'webui'}\n"
    )
    assert further_folders(tmp_path / "forge") == [tmp_path / "webui" / "models"]


@pytest.mark.parametrize(
    "text", ["[", "a: &x [*x]", "!!python/object/apply:os.system [touch flag]", "- 1", "\0"]
)
def test_a_damaged_or_hostile_list_is_passed_over(text, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "extra_model_paths.yaml").write_text(text)
    assert further_folders(tmp_path) == []
    assert not (tmp_path / "flag").exists()

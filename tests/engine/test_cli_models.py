"""`lienzo models scan` and `lienzo inspect` of weight files, as they are typed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from headers import flux1, kohya_lora, whole_sdxl, write_header
from safetensors.numpy import save_file

from engine.cli import main


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_header(tmp_path / "models" / "xl.safetensors", whole_sdxl())
    write_header(tmp_path / "models" / "fl.safetensors", flux1())
    write_header(
        tmp_path / "models" / "lo.safetensors", kohya_lora({"double_blocks_0_img_attn_qkv": (9216, 3072)})
    )
    (tmp_path / "models" / "bad.ckpt").write_bytes(b"PK\x03\x04" + bytes(100))
    return tmp_path / "models"


def test_scan_says_kind_family_and_why(folder: Path, capsys) -> None:
    assert main(["models", "scan", str(folder), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    facts = {file["name"]: (file["kind"], file["family"], file["variant"]) for file in told["files"]}
    assert facts == {
        "xl": ("checkpoint", "sdxl", ""), "fl": ("denoiser", "flux1", "dev"), "lo": ("lora", "flux1", ""),
    }  # fmt: skip
    assert all(file["why"] for file in told["files"])
    assert "models convert" in told["broken"][0]["reason"]


def test_scan_in_words(folder: Path, capsys) -> None:
    assert main(["models", "scan", str(folder), "--why"]) == 0
    captured = capsys.readouterr()
    assert "checkpoint, Stable Diffusion XL" in captured.out
    assert "because FLUX.1: it has double_blocks.0.img_attn.norm.key_norm.scale" in captured.out
    assert "4 found: 1 checkpoint, 1 denoiser, 1 lora, 1 broken." in captured.err


def test_scan_of_a_folder_that_is_not_there(tmp_path: Path, capsys) -> None:
    assert main(["models", "scan", str(tmp_path / "gone")]) == 3
    assert "There is no folder" in capsys.readouterr().err


def test_inspect_of_a_model_that_cannot_run_here_says_what_it_is_and_why_not(folder: Path, capsys) -> None:
    assert main(["inspect", str(folder / "fl.safetensors"), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["kind"], told["family"], told["model"]) == ("denoiser", "flux1", None)
    assert told["why"] and "FLUX" in told["reason"]
    assert main(["inspect", str(folder / "fl.safetensors")]) == 0
    assert "Runs here" in capsys.readouterr().out


def test_inspect_of_a_pickle_says_how_to_convert_it(folder: Path, capsys) -> None:
    assert main(["inspect", str(folder / "bad.ckpt")]) == 5
    assert "models convert" in capsys.readouterr().err


def test_inspect_of_a_lora_tells_its_words_once(tmp_path: Path, capsys) -> None:
    layer = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q"
    tensors = {
        f"{layer}.lora_down.weight": np.zeros((4, 320), np.float32),
        f"{layer}.lora_up.weight": np.zeros((320, 4), np.float32),
        f"{layer}.alpha": np.array(4.0, np.float32),
    }
    words = {"ss_tag_frequency": json.dumps({"10_ink": {"inkwash": 10, "landscape": 4}})}
    save_file(tensors, tmp_path / "ink.safetensors", words)
    assert main(["inspect", str(tmp_path / "ink.safetensors")]) == 0
    told = [line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines()]
    assert ["Words", "inkwash"] in told
    names = [line[0] for line in told if not line[0].startswith("/")]
    assert len(names) == len(set(names))

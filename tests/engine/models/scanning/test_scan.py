"""Folders as other programs lay them: all is found once, broken files are named, nothing is read twice."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import sqlite3
import struct
from pathlib import Path

import pytest
from headers import CLIP_L, KL_ENDS, flux1, kohya_lora, of_class, whole_sd1, whole_sdxl, write_header
from tiny import tiny_sd

from engine.api.model_file import FileFormat, FileKind, ModelFile
from engine.models.scanning import contents
from engine.models.scanning import scan as scan_module
from engine.models.scanning.scan import scan
from engine.models.scanning.scan_memory import ScanMemory

TEXT_LAYER = "down_blocks_1_attentions_0_transformer_blocks_0_attn2_to_k"
LORA = kohya_lora({TEXT_LAYER: (640, 768)})


@pytest.fixture(scope="module")
def sd_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_sd(tmp_path_factory.mktemp("original") / "tiny")


def found_in(*folders: Path) -> dict[str, ModelFile]:
    files = [step.file for step in scan(folders) if step.file is not None]
    assert len({file.path for file in files}) == len(files)
    return {file.name: file for file in files}


def kinds(folder: Path) -> dict[str, str]:
    return {name: file.kind.value for name, file in found_in(folder).items()}


class Evil:
    def __reduce__(self):
        return os.system, ("touch executed",)


# layouts


def test_comfyui(tmp_path: Path) -> None:
    root = tmp_path / "ComfyUI"
    (root / "comfy").mkdir(parents=True)
    (root / "comfy" / "sd.py").write_text("raise SystemExit")
    models = root / "models"
    write_header(models / "checkpoints" / "sd15" / "dream.safetensors", whole_sd1())
    write_header(models / "diffusion_models" / "flux1-dev.safetensors", flux1(), "F8_E4M3")
    write_header(models / "loras" / "style.safetensors", LORA)
    write_header(models / "vae" / "ae.safetensors", KL_ENDS)
    write_header(models / "text_encoders" / "clip_l.safetensors", CLIP_L)
    write_header(root / "custom_nodes" / "x" / "not-mine.safetensors", LORA)
    assert kinds(root) == {
        "dream": "checkpoint", "flux1-dev": "denoiser", "style": "lora", "ae": "vae",
        "clip_l": "text-encoder",
    }  # fmt: skip


def test_a1111_and_forge(tmp_path: Path) -> None:
    root = tmp_path / "webui"
    (root / "modules").mkdir(parents=True)
    write_header(root / "models" / "Stable-diffusion" / "xl.safetensors", whole_sdxl())
    write_header(root / "models" / "Lora" / "thing.safetensors", LORA)
    write_header(root / "embeddings" / "word.safetensors", {"emb_params": (4, 768)})
    write_header(root / "extensions" / "x" / "models" / "other.safetensors", LORA)
    assert kinds(root) == {"xl": "checkpoint", "thing": "lora", "word": "embedding"}


def test_invokeai_by_the_names_of_its_database(tmp_path: Path, sd_folder: Path) -> None:
    root = tmp_path / "invokeai"
    models = root / "models"
    shutil.copytree(sd_folder, models / "5f0a-key")
    write_header(models / "77bb-key" / "style.safetensors", LORA)
    (root / "invokeai.yaml").write_text("")
    (root / "databases").mkdir()
    database = sqlite3.connect(root / "databases" / "invokeai.db")
    database.execute("create table models (id text primary key, config text not null)")
    ink = {"path": str(models / "77bb-key" / "style.safetensors"), "name": "Ink"}
    configs = [{"path": "5f0a-key", "name": "Tiny Dream"}, ink, {"path": 5}, []]
    database.executemany(
        "insert into models values (?, ?)",
        [(str(key), json.dumps(config)) for key, config in enumerate(configs)],
    )
    database.commit()
    for folder in (root, models):
        assert kinds(folder) == {"Tiny Dream": "checkpoint", "Ink": "lora"}
    database.execute("update models set config = ? where id = '1'", (json.dumps({**ink, "name": "Ink 2"}),))
    database.commit()
    database.close()
    assert set(found_in(root)) == {"Tiny Dream", "Ink 2"}, "a new name needs no new look at the file"
    (root / "databases" / "invokeai.db").write_bytes(b"damaged" * 1000)
    assert set(found_in(root)) == {"5f0a-key", "style"}


def test_a_hugging_face_cache_by_the_names_of_its_repositories(tmp_path: Path, sd_folder: Path) -> None:
    hub = tmp_path / "hub"
    repository = hub / "models--owner--tiny"
    new, old = repository / "snapshots" / "abc123", repository / "snapshots" / "000old"
    shutil.copytree(sd_folder, old)
    shutil.copytree(sd_folder, new)
    blobs = repository / "blobs"
    blobs.mkdir()
    for number, file in enumerate(sorted(path for path in new.rglob("*") if path.is_file())):
        blob = blobs / f"{number:064}"
        file.rename(blob)
        file.symlink_to(os.path.relpath(blob, file.parent))
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("abc123")
    control = hub / "models--lllyasviel--canny" / "snapshots" / "1"
    write_header(
        control / "diffusion_pytorch_model.safetensors", of_class("ControlNetModel", cross_attention_dim=768)
    )
    (control / "config.json").write_text('{"_class_name": "ControlNetModel"}')
    found = found_in(hub)
    assert set(found) == {"owner/tiny", "lllyasviel/canny"}
    assert found["owner/tiny"].path == new and found["owner/tiny"].kind is FileKind.CHECKPOINT
    assert found["owner/tiny"].format is FileFormat.DIFFUSERS
    assert (found["lllyasviel/canny"].kind, found["lllyasviel/canny"].family) == (FileKind.CONTROLNET, "sd1")


def test_a_folder_with_a_file_beside_its_parts(tmp_path: Path, sd_folder: Path) -> None:
    shutil.copytree(sd_folder, tmp_path / "models" / "tiny")
    write_header(tmp_path / "models" / "tiny" / "tiny-single.safetensors", whole_sd1())
    assert kinds(tmp_path) == {"tiny": "checkpoint", "tiny-single": "checkpoint"}


def test_links_in_a_circle_end_and_a_linked_file_is_found_once(tmp_path: Path) -> None:
    folder = tmp_path / "models"
    write_header(folder / "a" / "lora.safetensors", LORA)
    (folder / "a" / "round").symlink_to(folder)
    (folder / "b.safetensors").symlink_to(folder / "a" / "lora.safetensors")
    assert len(found_in(folder)) == 1


# wrong things: named, and the rest goes on


def test_broken_files_are_listed_with_their_reasons_and_the_rest_goes_on(
    tmp_path: Path, sd_folder: Path
) -> None:
    folder = tmp_path / "models"
    good = write_header(folder / "good.safetensors", LORA)
    whole = write_header(folder / "whole.safetensors", {"x.weight": (1000,)})
    (folder / "half.safetensors").write_bytes(whole.read_bytes()[:-500])
    whole.unlink()
    (folder / "page.safetensors").write_text("<!doctype html><html>")
    (folder / "pickle.safetensors").write_bytes(pickle.dumps(Evil()))
    (folder / "old.ckpt").write_bytes(pickle.dumps(Evil()))
    many = {f"t{number}": {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]} for number in range(500_000)}
    header = json.dumps(many).encode()
    (folder / "many.safetensors").write_bytes(struct.pack("<Q", len(header)) + header)
    code = Path(shutil.copytree(sd_folder, folder / "code"))
    (code / "unet" / "evil.py").write_text("raise SystemExit")
    remote = Path(shutil.copytree(sd_folder, folder / "remote"))
    config = remote / "text_encoder" / "config.json"
    config.write_text(json.dumps({**json.loads(config.read_text()), "auto_map": {"AutoModel": "evil.Model"}}))
    pickled = Path(shutil.copytree(sd_folder, folder / "pickled"))
    weights = pickled / "unet" / "diffusion_pytorch_model.safetensors"
    weights.rename(weights.with_suffix(".bin"))
    without = Path(shutil.copytree(sd_folder, folder / "without"))
    shutil.rmtree(without / "vae")
    foreign = Path(shutil.copytree(sd_folder, folder / "foreign"))
    index = foreign / "model_index.json"
    index.write_text(json.dumps({**json.loads(index.read_text()), "unet": ["my_unet", "MyUNet"]}))
    found = found_in(folder)
    assert found["good"].path == good and not found["good"].problem
    reasons = {
        "half": "truncated", "page": "web page", "pickle": "models convert", "old": "models convert",
        "many": "claims a header", "code": "program code", "remote": "auto_map",
        "pickled": "only as a pickle", "without": "has no vae", "foreign": "unknown code for its unet",
    }  # fmt: skip
    assert set(found) == {"good", *reasons}
    for name, reason in reasons.items():
        assert found[name].kind is FileKind.BROKEN and reason in found[name].problem, found[name].problem
    assert found["pickle"].format is FileFormat.PICKLE
    assert not Path("executed").exists()


def test_renamed_files_are_what_they_hold(tmp_path: Path) -> None:
    model = write_header(tmp_path / "m" / "lora.safetensors", whole_sd1())
    model.rename(model.with_name("vae.model"))
    assert kinds(tmp_path / "m") == {"vae": "checkpoint"}
    picture = tmp_path / "m" / "picture.safetensors"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    assert "a PNG picture" in found_in(tmp_path / "m")["picture"].problem


def test_a_pickle_beside_its_safetensors_twin_is_not_listed(tmp_path: Path) -> None:
    write_header(tmp_path / "model.safetensors", LORA)
    (tmp_path / "model.ckpt").write_bytes(pickle.dumps({}))
    assert kinds(tmp_path) == {"model": "lora"}


# the second time


def test_what_has_not_changed_is_not_read_again(
    tmp_path: Path, sd_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "models"
    shutil.copytree(sd_folder, folder / "tiny")
    for number in range(5):
        write_header(folder / f"{number}.safetensors", LORA)
    first = found_in(folder)
    read: list[str] = []
    real = scan_module.describe
    monkeypatch.setattr(scan_module, "describe", lambda place: read.append(place.path.name) or real(place))
    assert found_in(folder) == first and read == []
    write_header(folder / "3.safetensors", {"emb_params": (1, 1024)})
    (folder / "4.civitai.info").write_text(json.dumps({"trainedWords": ["zorbi"]}))
    (folder / "2.safetensors").unlink()
    again = found_in(folder)
    assert sorted(read) == ["3.safetensors", "4.safetensors"]
    assert again["3"].family == "sd2" and again["4"].triggers == ("zorbi",) and "2" not in again


def test_a_damaged_memory_only_costs_time(tmp_path: Path) -> None:
    write_header(tmp_path / "models" / "a.safetensors", LORA)
    file = tmp_path / "memory.sqlite"
    file.write_bytes(b"no database at all" * 100)
    for _ in range(2):
        memory = ScanMemory(file)
        steps = list(scan([tmp_path / "models"], memory))
        memory.close()
    assert steps[-1].file is not None and not steps[-1].is_new


def test_a_cancelled_scan_keeps_what_it_has_read(tmp_path: Path) -> None:
    for number in range(4):
        write_header(tmp_path / f"{number}.safetensors", LORA)
    running = scan([tmp_path])
    assert next(running).total == 4
    first, second = next(running), next(running)
    assert (first.done, second.done, second.is_new) == (1, 2, True)
    running.close()
    assert [step.is_new for step in scan([tmp_path]) if step.file] == [False, False, True, True]


def test_a_folder_that_is_away_and_one_inside_another(tmp_path: Path) -> None:
    write_header(tmp_path / "models" / "loras" / "a.safetensors", LORA)
    steps = list(scan([tmp_path / "gone", tmp_path / "models" / "loras", tmp_path / "models"]))
    assert sum(step.file is not None for step in steps) == 1


def test_files_that_differ_in_their_numbers_alone_are_told_apart_by_their_words_and_sizes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One header is taken apart for all; what is said beside it, and whether all is there, is each file's."""
    shapes = kohya_lora({TEXT_LAYER: (640, 768)}, rank=7)
    taken_apart: list[object] = []
    whole = contents.usual_shapes
    monkeypatch.setattr(contents, "usual_shapes", lambda text: taken_apart.append(text) or whole(text))
    for name in ("one", "two"):
        write_header(tmp_path / f"{name}.safetensors", shapes, metadata={"modelspec.title": f"The {name}"})
    cut = write_header(tmp_path / "zut.safetensors", shapes)
    os.truncate(cut, cut.stat().st_size - 2)
    one, two, broken = [step.file for step in scan([tmp_path]) if step.file]
    assert len(taken_apart) == 2  # the first, and the one whose numbers end too early
    assert (one.title, two.title) == ("The one", "The two")
    assert one.kind is two.kind is FileKind.LORA and one.families == two.families == ("sd1",)
    assert broken.kind is FileKind.BROKEN and "truncated" in broken.problem

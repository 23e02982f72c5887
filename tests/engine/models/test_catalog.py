"""The catalog: what there is, found by name or path, looked at again only where the disk has changed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from headers import CLIP_L, KL_ENDS, flux1, kohya_lora, whole_sdxl, write_header
from tiny import tiny_sd, tiny_sd_single_file

from engine.api.errors import EngineError, ModelNotFound, UnsupportedModel
from engine.api.model_info import Layout
from engine.models import catalog as catalog_module
from engine.models import entries as entries_module
from engine.models.assembly.shelf import Shelf
from engine.models.catalog import Catalog


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    tiny_sd(folder / "folder")
    tiny_sd_single_file(folder / "file.safetensors", metadata={"modelspec.license": "MIT"})
    return folder


@pytest.fixture
def folder(originals: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(originals, tmp_path / "models"))


def names(catalog: Catalog) -> list[str]:
    return [info.name for info in catalog.infos()]


def test_the_starter_and_the_toy_are_always_there() -> None:
    starter, toy = Catalog().infos()
    assert (starter.name, toy.name) == ("starter", "toy")
    assert (starter.defaults.width, starter.defaults.height) == (256, 256)
    assert starter.defaults.sampling.guidance_rescale > 0
    assert starter.prediction_type == "v_prediction" and starter.zero_terminal_snr
    assert starter.capabilities.prompt_tokens == 62
    assert [part.name for part in starter.parts] == ["unet", "vae", "text_encoder"]
    assert {part.dtype for part in starter.parts} == {"F16"}
    assert starter.licence and 40e6 < starter.bytes < 80e6
    assert toy.layout is Layout.BUILT_IN and toy.path is None
    assert [one.id for one in toy.capabilities.schedulers] == [
        one.id for one in starter.capabilities.schedulers
    ]


def test_models_are_found_by_name_by_folder_and_by_file(folder: Path) -> None:
    catalog = Catalog([folder])
    assert names(catalog) == ["starter", "toy", "file", "folder"]
    assert catalog.find("file").layout is Layout.SINGLE_FILE
    assert catalog.find("file").licence == "MIT"
    for path in (folder / "folder", folder / "file.safetensors"):
        info = Catalog().find(str(path))
        assert info.name == str(path)
        assert Catalog().find(info.name).parts == info.parts


def test_what_is_found_is_told_before_all_is_and_keeps_its_order(folder: Path, monkeypatch) -> None:
    monkeypatch.setattr(catalog_module, "TELL_S", 0.0)
    told = Catalog([folder]).infos_so_far()
    assert [info.name for info in next(told)] == ["starter", "toy"], "before any folder"
    (folder / "late.safetensors").symlink_to(folder / "file.safetensors")
    rest = [[info.name for info in infos] for infos in told]
    assert rest[0] == ["starter", "toy", "file"]
    assert rest[-1] == names(Catalog([folder])) == ["starter", "toy", "file", "folder"]


def test_a_relative_path_is_remembered_as_typed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    info = Catalog().find("file.safetensors")
    assert info.name == "file.safetensors"
    assert info.path is not None and info.path.is_absolute()


@pytest.mark.parametrize("name", ["nothing", "", "a/b/c", "nul\0", "x" * 5000, "\ud800", "../../nothing"])
def test_what_is_nowhere_is_not_found_and_the_error_says_what_there_is(name: str) -> None:
    with pytest.raises(ModelNotFound, match=r"starter, toy|holds no model"):
        Catalog().find(name)


def test_a_folder_that_is_no_model_is_not_searched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "deep" / "deeper").mkdir(parents=True)
    monkeypatch.setattr(catalog_module, "state_of", lambda place: pytest.fail(f"searched {place.path}"))
    with pytest.raises(ModelNotFound, match="holds no model"):
        Catalog()._at_path(str(tmp_path), [])


def test_a_model_of_our_own_is_found_without_a_look_at_any_folder(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalog_module, "places", lambda *folders: pytest.fail("looked at the folders"))
    catalog = Catalog([folder])
    assert [catalog.find(name).name for name in ("starter", "toy")] == ["starter", "toy"]


def test_one_look_asks_each_file_once_and_the_next_reads_none_that_stayed_as_it_was(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalog, asked = Catalog([folder]), list[Path]()
    state_of = catalog_module.state_of
    monkeypatch.setattr(catalog_module, "state_of", lambda place: asked.append(place.path) or state_of(place))
    with catalog.looking():
        catalog.infos()
        catalog.learnt()
    assert len(asked) == len(set(asked))
    monkeypatch.setattr(catalog_module, "look", lambda place, memory: pytest.fail(f"read {place.path}"))
    assert names(catalog) == ["starter", "toy", "file", "folder"]


def test_a_broken_entry_says_its_reason_when_it_is_asked_for(folder: Path) -> None:
    (folder / "broken.safetensors").write_text("<html>")
    catalog = Catalog([folder])
    assert names(catalog) == ["starter", "toy", "file", "folder"]
    [(path, reason)] = catalog.broken()
    assert path.name == "broken.safetensors" and "web page" in reason
    for _ in range(2):
        with pytest.raises(EngineError, match="web page") as caught:
            catalog.find("broken")
        assert len(caught.traceback) < 5, "the kept error collects no tracebacks"


def test_two_models_of_one_name_both_have_one(folder: Path) -> None:
    shutil.copytree(folder / "folder", folder / "more" / "folder")
    shutil.copytree(folder / "folder", folder / "starter")
    assert names(Catalog([folder])) == ["starter", "toy", "file", "folder", "folder (2)", "starter (2)"]
    assert names(Catalog([folder, folder / "more"])) == names(Catalog([folder]))


def test_a_model_without_its_suffix_is_one_and_a_picture_is_not(folder: Path) -> None:
    (folder / "file.safetensors").rename(folder / "file.model")
    (folder / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (folder / "notes.txt").write_text("notes")
    catalog = Catalog([folder])
    assert names(catalog) == ["starter", "toy", "file", "folder"]
    assert catalog.broken() == []


def test_only_what_changed_is_looked_at_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []
    real = entries_module.examine

    def watched(path: Path, shelf: Shelf):
        looked.append(path.name)
        return real(path, shelf)

    monkeypatch.setattr(entries_module, "examine", watched)
    catalog = Catalog([folder])
    catalog.infos()
    assert looked == ["starter", "file.safetensors", "folder"]
    catalog.infos(), catalog.broken(), catalog.find("file")
    assert len(looked) == 3
    (folder / "folder" / "lienzo.json").write_text('{"title": "New"}')
    assert catalog.find("folder").title == "New"
    shutil.rmtree(folder / "folder")
    assert names(catalog) == ["starter", "toy", "file"]
    assert looked[3:] == ["folder"]


def test_loops_of_links_and_folders_that_are_not_there_end(folder: Path) -> None:
    (folder / "loop").symlink_to(folder, target_is_directory=True)
    (folder / "dead.safetensors").symlink_to(folder / "nothing")
    catalog = Catalog([folder, folder / "missing"])
    assert names(catalog) == ["starter", "toy", "file", "folder"]
    assert [path.name for path, _ in catalog.broken()] == ["dead.safetensors"]


KINDS = {
    "a LoRA for Stable Diffusion 1.x": kohya_lora({"x_attn2_to_k": (640, 768)}, "lora_other_"),
    "a ControlNet for FLUX.1": {"controlnet_x_embedder.weight": (4, 4)},
    "is the network of Stable Diffusion XL alone": whole_sdxl(),
    "is the network of FLUX.1 alone": flux1(),
    "a VAE": KL_ENDS,
    "is no model but an upscaler": {
        "conv_first.weight": (64, 3, 3, 3),
        "body.0.rdb1.conv1.weight": (32, 64, 3, 3),
    },
    "a text encoder": CLIP_L,
    "a model of an unknown kind": {"something.weight": (4, 4)},
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_of_another_kind_is_told_what_it_seems_to_be(kind: str, tmp_path: Path) -> None:
    path = write_header(tmp_path / "other.safetensors", KINDS[kind])
    for _ in range(2):  # the second time from what is remembered
        with pytest.raises(UnsupportedModel, match=kind if "LoRA" not in kind else "no model but a LoRA"):
            Catalog().find(str(path))


def test_what_is_used_beside_a_model_is_not_called_broken(folder: Path) -> None:
    write_header(folder / "vae.safetensors", KL_ENDS)
    write_header(folder / "flux.safetensors", flux1())
    assert [path.name for path, _ in Catalog([folder]).broken()] == ["flux.safetensors"]


def test_what_is_remembered_on_disk_says_the_same(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_header(folder / "lora.safetensors", KINDS["a LoRA for Stable Diffusion 1.x"])
    (folder / "broken.safetensors").write_text("<html>")
    first = Catalog([folder])
    told = (first.infos(), first.learnt(), first.broken())
    monkeypatch.setattr(catalog_module, "found_at", lambda place, memory: pytest.fail("looked again"))
    again = Catalog([folder])
    assert (again.infos(), again.learnt(), again.broken()) == told

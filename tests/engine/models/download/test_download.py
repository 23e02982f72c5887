"""Downloads from a server on this computer: whole, gone on with, checked, refused; all else has no socket."""

from __future__ import annotations

import ast
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from headers import kohya_lora, write_header
from loopback import Server, served

from engine.api.errors import BadRequest, CannotSave, DownloadFailed
from engine.cli import main
from engine.models.download import download as download_module
from engine.models.download import hugging_face
from engine.models.download.download import Offer, RemoteFile, download
from engine.models.download.hugging_face import offer_of, wanted_of
from engine.models.download.transport import Rules, get

HERE = Rules(allow_loopback=True)
ROOT = Path(__file__).parents[4]
LORA = kohya_lora({"down_blocks_1_attentions_0_transformer_blocks_0_attn2_to_k": (640, 768)}, rank=8)


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    (tmp_path / "www").mkdir()
    with served(tmp_path / "www", monkeypatch) as server:
        yield server


@pytest.fixture
def remote(server: Server, monkeypatch: pytest.MonkeyPatch) -> RemoteFile:
    """A LoRA at the other end, with its size and hash."""
    data = write_header(server.folder / "lora.safetensors", LORA).read_bytes()
    monkeypatch.setattr(download_module, "BLOCK", 1_000)
    return RemoteFile(
        f"{server.address}/lora.safetensors", "lora.safetensors", len(data), hashlib.sha256(data).hexdigest()
    )


def one(file: RemoteFile) -> Offer:
    return Offer("a LoRA", "here", "MIT", "", (file,), "")


def fetched(offer: Offer, into: Path) -> list[int]:
    return [step.done for step in download(offer, into, HERE)]


def test_a_file_comes_whole_with_progress(remote: RemoteFile, server: Server, tmp_path: Path) -> None:
    steps = fetched(one(remote), tmp_path / "models")
    assert steps[-1] == remote.bytes and len(steps) > 10
    assert (tmp_path / "models" / "lora.safetensors").read_bytes() == (
        server.folder / "lora.safetensors"
    ).read_bytes()
    assert [path.name for path in (tmp_path / "models").iterdir()] == ["lora.safetensors"]
    asked = len(server.asked)
    fetched(one(remote), tmp_path / "models")
    assert len(server.asked) == asked, "what is there is not fetched again"


def test_it_goes_on_where_it_was_broken_off(remote: RemoteFile, server: Server, tmp_path: Path) -> None:
    server.break_after = 7_000
    with pytest.raises(DownloadFailed, match="goes on where it stopped"):
        fetched(one(remote), tmp_path / "models")
    assert (tmp_path / "models" / "lora.safetensors.download").stat().st_size == 7_000
    assert not (tmp_path / "models" / "lora.safetensors").exists()
    fetched(one(remote), tmp_path / "models")
    assert server.asked[-1] == ("/lora.safetensors", "bytes=7000-")
    assert (tmp_path / "models" / "lora.safetensors").stat().st_size == remote.bytes


def test_what_changed_at_the_other_end_meanwhile_is_begun_anew(
    remote: RemoteFile, server: Server, tmp_path: Path
) -> None:
    server.break_after = 7_000
    with pytest.raises(DownloadFailed):
        fetched(one(remote), tmp_path / "models")
    server.etag = '"two"'
    fetched(one(remote), tmp_path / "models")
    assert (tmp_path / "models" / "lora.safetensors").stat().st_size == remote.bytes


def test_a_stopped_one_keeps_what_has_come(remote: RemoteFile, server: Server, tmp_path: Path) -> None:
    running = download(one(remote), tmp_path / "models", HERE)
    for _ in range(3):
        next(running)
    running.close()
    assert (tmp_path / "models" / "lora.safetensors.download").stat().st_size == 3_000
    fetched(one(remote), tmp_path / "models")
    assert server.asked[-1][1] == "bytes=3000-"


def test_another_hash_another_size_and_a_damaged_file_are_not_taken(
    remote: RemoteFile, server: Server, tmp_path: Path
) -> None:
    models = tmp_path / "models"
    wrong = RemoteFile(remote.url, remote.name, remote.bytes, "0" * 64)
    with pytest.raises(DownloadFailed, match="SHA-256 is not 0000"):
        fetched(one(wrong), models)
    with pytest.raises(DownloadFailed, match="sends more than"):
        fetched(one(RemoteFile(remote.url, "small.safetensors", 500)), models)
    with pytest.raises(DownloadFailed, match="broke off"):
        fetched(one(RemoteFile(remote.url, "large.safetensors", remote.bytes + 1)), models)
    (server.folder / "page.safetensors").write_text("<html>log in</html>")
    for _ in range(2):  # what is wrong as a whole is not kept, or no later try could do better
        with pytest.raises(DownloadFailed, match=r"as page\.safetensors is not what.*web page.*thrown away"):
            fetched(one(RemoteFile(f"{server.address}/page.safetensors", "page.safetensors")), models)
        assert not list(models.glob("page*"))
    assert not list(models.glob("*.safetensors"))


def test_another_file_of_that_name_stays_and_a_folder_that_cannot_be_made_is_said(
    remote: RemoteFile, server: Server, tmp_path: Path
) -> None:
    mine = tmp_path / remote.name
    mine.write_bytes(b"mine")
    with pytest.raises(CannotSave, match="There is another lora"):
        fetched(one(remote), tmp_path)
    assert mine.read_bytes() == b"mine" and not server.asked
    with pytest.raises(CannotSave, match="cannot be made"):
        fetched(one(remote), mine / "below")


@pytest.mark.parametrize("name", ["../x.safetensors", "/etc/x", ".ssh/x", "a/../../x", "a\\..\\x", "c:x", ""])
def test_a_name_that_leads_elsewhere_is_refused(name: str, server: Server, tmp_path: Path) -> None:
    offer = Offer("x", "x", "", "", (RemoteFile(f"{server.address}/a", name, 1),), "folder")
    with pytest.raises(BadRequest, match="impossible file"):
        fetched(offer, tmp_path / "models")
    assert server.asked == []


def test_a_full_disk_is_said_before(remote: RemoteFile, tmp_path: Path) -> None:
    huge = RemoteFile(remote.url, remote.name, 10**18)
    with pytest.raises(CannotSave, match="GB are needed"):
        fetched(one(huge), tmp_path)


ADDRESSES = {
    "http://public.example/x": "Only https",
    "ftp://public.example/x": "Only https",
    "file:///etc/passwd": "Only https",
    "https://user:word@public.example/x": "Only https",
    "https://inside.example/x": "not on the public internet",
    "https://127.0.0.1/x": "not on the public internet",
    "https://[::1/x": "no address",
    "https://nowhere.example/x": "not found",
}


@pytest.mark.parametrize("url", ADDRESSES)
def test_only_public_addresses_by_tls_are_connected_to(url: str, server: Server) -> None:
    with pytest.raises(DownloadFailed, match=ADDRESSES[url]):
        get(url, {}, Rules())
    assert server.asked == []


def test_a_redirect_is_followed_under_the_same_rules(
    remote: RemoteFile, server: Server, tmp_path: Path
) -> None:
    server.redirects["/there"] = "/lora.safetensors"
    moved = RemoteFile(f"{server.address}/there", remote.name, remote.bytes, remote.sha256)
    fetched(one(moved), tmp_path / "models")
    server.redirects["/inside"] = "http://inside.example/secret"
    with pytest.raises(DownloadFailed, match="public internet"):
        get(f"{server.address}/inside", {}, HERE)
    server.redirects["/round"] = "/round"
    with pytest.raises(DownloadFailed, match="from address to address"):
        get(f"{server.address}/round", {}, HERE)


# Hugging Face


def entry(server: Server, name: str, size: int = 0, **more: object) -> dict[str, object]:
    path = server.folder / "owner" / "thing" / "resolve" / "abc" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if name.endswith(".safetensors") and not more:
        write_header(path, LORA)
        data = path.read_bytes()
        more = {"lfs": {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}}
    elif not path.exists():
        path.write_text("{}")
    return {"rfilename": name, "size": size or path.stat().st_size, **more}


@pytest.fixture
def hub(server: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    monkeypatch.setattr(hugging_face, "HUB", server.address)
    monkeypatch.setattr("engine.cli.models_get.RULES", HERE)
    names = ["model_index.json", "README.md", "unet/config.json", "unet/diffusion_pytorch_model.safetensors",
             "unet/diffusion_pytorch_model.fp16.safetensors", "vae/diffusion_pytorch_model.safetensors",
             "whole.safetensors", "safety_checker/model.safetensors"]  # fmt: skip
    more = [
        {"rfilename": name, "size": 5}
        for name in ("evil.py", "unet/diffusion_pytorch_model.bin", ".gitattributes")
    ]
    server.answers["/api/models/owner/thing/revision/main"] = {
        "sha": "abc", "siblings": [entry(server, name) for name in names] + more,
        "cardData": {"license": "openrail++"},
    }  # fmt: skip
    return server


def test_a_repository_offers_what_a_model_needs_and_neither_code_nor_pickles(hub: Server) -> None:
    offer = offer_of(wanted_of("owner/thing"), HERE)
    assert (offer.licence, offer.folder) == ("openrail++", "thing")
    assert [file.name for file in offer.files] == [
        "model_index.json", "README.md", "unet/config.json", "unet/diffusion_pytorch_model.fp16.safetensors",
        "vae/diffusion_pytorch_model.safetensors",
    ]  # fmt: skip
    assert all(file.sha256 for file in offer.files if file.name.endswith(".safetensors"))
    single = offer_of(wanted_of("owner/thing", file="whole.safetensors"), HERE)
    assert [file.name for file in single.files] == ["whole.safetensors"] and single.folder == ""
    with pytest.raises(BadRequest, match=r"only \.safetensors"):
        offer_of(wanted_of("owner/thing", file="evil.py"), HERE)
    with pytest.raises(DownloadFailed, match="no public repository"):
        offer_of(wanted_of("owner/nothing"), HERE)


def test_what_the_artist_may_type() -> None:
    page = "https://huggingface.co/owner/thing"
    assert wanted_of("owner/thing").repository == "owner/thing"
    assert wanted_of(page).repository == "owner/thing"
    at = wanted_of(f"{page}/resolve/main/a/b%20c.safetensors")
    assert (at.repository, at.file) == ("owner/thing", "a/b c.safetensors")
    assert wanted_of("https://public.example/x.safetensors").url.endswith("x.safetensors")
    for text in ("thing", "owner/thing/more", "C:/models", "", "../x"):
        with pytest.raises(BadRequest):
            wanted_of(text)


def test_on_the_command_line(hub: Server, tmp_path: Path, capsys) -> None:
    into = tmp_path / "mine"
    assert main(["models", "get", "owner/thing", "--into", str(into), "--yes", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["path"] == str(into / "thing") and told["licence"] == "openrail++"
    assert (into / "thing" / "unet" / "diffusion_pytorch_model.fp16.safetensors").exists()
    assert main(["models", "get", "owner/nothing", "--into", str(into), "--yes"]) == 11
    assert "no public repository" in capsys.readouterr().err


def test_without_a_yes_nothing_is_fetched(hub: Server, tmp_path: Path, capsys) -> None:
    assert main(["models", "get", "owner/thing", "--into", str(tmp_path / "mine"), "--json"]) == 2
    assert "--yes" in capsys.readouterr().err
    assert not any(path.startswith("/owner") for path, _ in hub.asked)


def test_the_list_of_free_models_needs_no_network(capsys) -> None:
    assert main(["models", "get", "--json"]) == 0
    models = json.loads(capsys.readouterr().out)["models"]
    assert len(models) >= 4
    for model in models:
        assert wanted_of(model["repository"]).repository and model["licence"] and model["gigabytes"] > 0


def test_no_other_file_knows_the_network() -> None:
    network = {"socket", "ssl", "http", "urllib.request", "requests", "httpx", "ftplib", "aiohttp"}
    takes_it_away = "engine/models/pickles/unpickle.py"
    allowed = {"engine/models/download/transport.py", takes_it_away}
    for path in [*(ROOT / "engine").rglob("*.py"), *(ROOT / "desktop").rglob("*.py")]:
        text = path.read_text("utf-8")
        for node in ast.walk(ast.parse(text)) if any(name in text for name in network) else ():
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            known = {name for name in names for one in network if name == one or name.startswith(f"{one}.")}
            assert not known or path.relative_to(ROOT).as_posix() in allowed, (path, known)

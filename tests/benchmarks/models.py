"""The library of models: 5,000 files in a folder, scanned for the first time and again.

The files have the headers of real ones (LoRAs of SD 1.5, XL and FLUX, checkpoints) and holes for numbers.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

from measure import Figure

sys.path.insert(0, str(Path(__file__).parent.parent))

FILES, UNLIKE = 5_000, 250
RANKS = (4, 8, 16, 32, 64, 128)
SORTS = 3 * len(RANKS) + 2
"""Of headers in the collection: LoRAs of three bases in each rank, and two whole models."""


def measure() -> list[Figure]:
    with tempfile.TemporaryDirectory() as temporary:
        home = os.environ.get("LIENZO_HOME")
        os.environ["LIENZO_HOME"] = f"{temporary}/home"
        try:
            return _measured(Path(temporary) / "models")
        finally:
            os.environ.pop("LIENZO_HOME")
            if home is not None:
                os.environ["LIENZO_HOME"] = home


def _measured(folder: Path) -> list[Figure]:
    from engine.api.vae import VaeInfo
    from engine.models.catalog import Catalog
    from engine.models.scanning.scan import scan  # after LIENZO_HOME is set

    count, header_bytes = make_collection(folder, FILES)
    first, files = _timed(lambda: [step.file for step in scan([folder]) if step.file])
    again, _ = _timed(lambda: list(scan([folder])))
    unknown = sum(file.kind in ("unknown", "broken") for file in files)
    unlike = folder.with_name("unlike")
    make_unlike(unlike, UNLIKE)
    slow, _ = _timed(lambda: list(scan([unlike])))
    plain, _ = _timed(lambda: [path.stat() for path in folder.rglob("*")])
    headers, _ = _timed(lambda: [_header(path) for path in folder.rglob("*.safetensors")])
    catalog = Catalog([folder])
    looked, _ = _timed(lambda: catalog.beside(VaeInfo))
    looked_again, _ = _timed(lambda: catalog.beside(VaeInfo))
    return [
        Figure("first scan", first, "s", "< 30", f"{count:,} files, {header_bytes / 1e6:.0f} MB of headers"),
        Figure("  to a bare walk that reads all headers", first / headers, "times", "", f"{headers:.2f} s"),
        Figure("first scan, files a second", count / first, "", "> 200", f"{SORTS} sorts of headers"),
        Figure("  where no two headers are alike", UNLIKE / slow, "", "", f"{UNLIKE} LoRAs"),
        Figure("second scan, nothing changed", again, "s", "< 3"),
        Figure("second scan as a share of the first", again / first, ""),
        Figure("second scan to a bare walk with stat", again / plain, "", "", f"walk {plain:.2f} s"),
        Figure("what each file can do for a picture, first time", looked, "s", "< 30"),
        Figure("  in every picture from then on", looked_again, "s", "< 1"),
        Figure("files that were not recognised", unknown, "", "0"),
    ]


def _header(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(int.from_bytes(file.read(8), "little"))


def make_collection(folder: Path, count: int) -> tuple[int, int]:
    """Mostly LoRAs, as artists have them; (files, bytes of all headers)."""
    from headers import kohya_lora, whole_sd1, whole_sdxl, write_header

    layers = lora_layers()
    kinds = {
        **{
            f"{base}-{rank}": (kohya_lora(layers[base], rank=rank), share / len(RANKS))
            for base, share in LORAS.items()
            for rank in RANKS
        },
        "sd15": (whole_sd1(), 0.05),
        "xl": (whole_sdxl(), 0.05),
    }
    made = header_bytes = 0
    for kind, (shapes, share) in kinds.items():
        first = write_header(folder / kind / "0.safetensors", shapes)
        with first.open("rb") as file:
            length = 8 + int.from_bytes(file.read(8), "little")
            file.seek(0)
            header = file.read(length)
        size = first.stat().st_size
        for number in range(round(count * share)):
            path = folder / kind / f"{number:04}.safetensors"
            with path.open("wb") as file:
                file.write(header)
                file.truncate(size)
            made, header_bytes = made + 1, header_bytes + length
    return made, header_bytes


LORAS = {"sd15-lora": 0.40, "xl-lora": 0.30, "flux-lora": 0.20}
"""Of all files, by their base."""


def lora_layers() -> dict[str, dict[str, tuple[int, int]]]:
    from headers import SDXL, flux1, ldm_unet, matrices

    attending = ("attn1.to_", "attn2.to_", "ff.net")
    return {
        "sd15-lora": matrices(ldm_unet(), *attending),
        "xl-lora": matrices(ldm_unet(**SDXL), *attending),
        "flux-lora": matrices(flux1(blocks=19), "double_blocks", "single_blocks"),
    }


def make_unlike(folder: Path, count: int) -> None:
    """LoRAs of as many ranks."""
    from headers import kohya_lora, write_header

    layers = list(lora_layers().values())
    for number in range(count):
        shapes = kohya_lora(layers[number % len(layers)], rank=number + 1)
        write_header(folder / f"{number:04}.safetensors", shapes)


def _timed(action):
    start = time.perf_counter()
    result = action()
    return time.perf_counter() - start, result

"""Pictures made larger: which networks there are, and the requests for a canvas or for files."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from desktop.state.job import Job
from desktop.state.messages import Level
from desktop.state.result import Result
from engine.api.images import Extent, ImageInput
from engine.api.mask import MaskInput
from engine.api.request import GenerationRequest, Speed, random_seed
from engine.api.upscale import Upscale, UpscalerInfo

if TYPE_CHECKING:
    from desktop.state.document.document import Document
    from desktop.state.studio import Studio
    from engine.library.journal import Journal
    from engine.upscaling.plan import EnlargePlan

log = logging.getLogger("jobs")

ENLARGED = "enlarged"
"""The topic of the offer to open an enlarged canvas."""


@dataclass(frozen=True)
class Wishes:
    """What the dialog says."""

    upscale: Upscale
    strength: float
    prompt: str | None = None
    """What the picture shows; None: as its own recipe says."""
    reads_words: bool = False
    """True where the network is told it."""


def scan(folders: Sequence[Path], device: str) -> tuple[tuple[UpscalerInfo, ...], dict[str, float]]:
    """The networks, and how fast those that were used worked on `device`. For the disk pool."""
    # reads safetensors headers; the first paint need not wait for their import
    from engine.models.catalog import Catalog
    from engine.models.kept.pace import enlarging_pace

    networks = tuple(Catalog(folders).beside(UpscalerInfo))
    paces = {network.name: enlarging_pace(network, device) for network in networks}
    return networks, {name: pace for name, pace in paces.items() if pace is not None}


def with_picture(
    base: GenerationRequest, wishes: Wishes, source: Path | Document, journal: Journal | None
) -> GenerationRequest:
    """The whole request for one picture, its pixels kept in the journal. For the disk pool.

    Raises `UnreadableFile` for a file that is no picture, `BadRequest` where it would become too large.
    """
    rgb, alpha, name = _read(source)
    upscale, image = wishes.upscale, ImageInput.of(rgb, name)
    if alpha is not None and alpha.min() < 255:
        upscale = replace(upscale, alpha=MaskInput.of(alpha, name))
    upscale.check(image.extent)
    words = wishes.prompt
    if words is None:
        is_read = upscale.refine or wishes.reads_words
        words = _words_of(source) if is_read and isinstance(source, Path) else ""
    request = replace(base, prompt=words).with_upscale(image, upscale).validated()
    if journal is not None and not journal.is_read_only:
        journal.put_input(rgb)
        if upscale.alpha is not None and upscale.alpha.pixels is not None:
            journal.put_input(upscale.alpha.pixels)
    return request


def _read(source: Path | Document) -> tuple[Any, Any, str]:
    """H x W x 3, H x W or None, and the name for people."""
    if isinstance(source, Path):
        from engine.library.pictures import open_layer

        picture = open_layer(source)
        return picture.rgb, picture.alpha, source.name
    from desktop.raster.rect import Rect
    from desktop.state.document.maps import picture_root
    from desktop.state.document.rendering import flattened
    from desktop.state.document_file.layer_png import to_straight

    state = source.state.copy()
    pixels = to_straight(flattened(picture_root(state), Rect.whole(state.size)))
    name = source.path.name if source.path is not None else ""
    return pixels[..., :3], pixels[..., 3], name


def _words_of(path: Path) -> str:
    from engine.library.pictures import read_metadata

    metadata = read_metadata(path)
    if metadata.recipe is not None:
        return metadata.recipe.request.prompt
    return (metadata.parameters.prompt or "") if metadata.parameters is not None else ""


class Enlarging(QObject):
    """Queues them; what came of a canvas is offered to be opened, and the canvas stays as it is."""

    networks_changed = Signal()

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self._studio = studio
        self.networks: tuple[UpscalerInfo, ...] = ()
        """Those that lie in the model folders; none before the first `look`."""
        self._paces: dict[str, float] = {}
        self._of_canvas: set[str] = set()
        """The jobs of canvases."""
        studio.jobs.picture_saved.connect(self._offer)

    def look(self) -> None:
        """Which networks there are now; `networks_changed` follows."""
        folders = tuple(Path(folder) for folder in self._studio.settings.model_folders)

        def take(found: tuple[tuple[UpscalerInfo, ...], dict[str, float]]) -> None:
            self.networks, self._paces = found
            self.networks_changed.emit()

        self._studio.background.run(
            scan, folders, self._device, done=take, failed=lambda error: log.info("%s", error)
        )

    @property
    def _device(self) -> str:
        ready = self._studio.speeds.ready
        return "cpu" if ready is None else ready.device

    def plan(self, wishes: Wishes, size: Extent | None) -> EnlargePlan:
        """What the engine needs and does for one picture of `size`; None: not known yet."""
        # numpy is loaded with the first picture, not with the window
        from engine.upscaling.plan import Machine, plan_enlarging

        generation, ready, upscale = self._studio.generation, self._studio.speeds.ready, wishes.upscale
        speed = Speed(generation.speed)
        machine = Machine(
            self._device,
            0 if ready is None else ready.free_bytes,
            ready is None or ready.has_short_numbers,
            speed,
            self._paces,
            self._studio.speeds.pace(generation.model, speed),
        )
        network = next((one for one in self.networks if one.name == upscale.network), None)
        return plan_enlarging(upscale, wishes.strength, size, network, generation.info, machine)

    def enlarge_files(self, paths: Sequence[Path], wishes: Wishes) -> None:
        for path in paths:
            self._ask(path, wishes, lambda job: None)

    def enlarge_canvas(self, document: Document, wishes: Wishes) -> None:
        self._ask(document, wishes, lambda job: self._of_canvas.add(job.id))

    def _ask(self, source: Path | Document, wishes: Wishes, then: Callable[[Job], object]) -> None:
        def queue(request: GenerationRequest) -> None:
            job = self._studio.enqueue(request)
            if job is not None:
                then(job)

        base, studio = self._base(wishes), self._studio
        studio.background.run(
            with_picture, base, wishes, source, studio.journal, done=queue, failed=studio.say_not_begun
        )

    def _base(self, wishes: Wishes) -> GenerationRequest:
        """The present model with its makers' settings, which are not those of the next picture."""
        generation = self._studio.generation
        info = generation.info
        base = info.request() if info is not None else GenerationRequest(model=generation.model)
        sampling = replace(base.sampling, strength=wishes.strength, seed=random_seed())
        return replace(base, sampling=sampling, speed=Speed(generation.speed))

    def _offer(self, job: Job, result: Result) -> None:
        if job.id not in self._of_canvas:
            return
        self._of_canvas.discard(job.id)
        self._studio.messages.offer(
            Level.INFO,
            self.tr("The enlarged canvas is in the library as {name}.").format(name=result.name),
            self.tr("Open it as a document"),
            lambda: self._studio.files.open(result.path),
            ENLARGED,
        )

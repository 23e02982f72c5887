"""segment(): a picture and a prompt to coverage, top to bottom, on one page."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING

import numpy as np

from engine.api.control import Control
from engine.api.errors import OutOfMemory
from engine.api.events import Event, Finished, Loading, MaskReady
from engine.api.images import Pixels
from engine.api.segment import SegmenterInfo, SegmenterType, SegmentRequest
from engine.diffusion.decode import is_out_of_memory
from engine.diffusion.devices import free_bytes
from engine.diffusion.stream import stream
from engine.diffusion.tap import Cancelled
from engine.diffusion.watched import saying, watched
from engine.models.cache import Models
from engine.models.named.segmenters import LoadedSegmenter

if TYPE_CHECKING:
    import torch

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Of ImageNet's colours, which every one of these networks was taught with."""

Emit = Callable[[Event], None]
IsCancelled = Callable[[], bool]


def segment(
    request: SegmentRequest, info: SegmenterInfo, models: Models, control: Control
) -> Generator[Event, None, None]:
    """Loading, then `MaskReady`, then `Finished`; a picture that was looked at before is not looked at again.

    Closing the iterator or cancelling `control` ends it within one layer of the network. Raises `OutOfMemory`
    where the forecast says that it cannot fit, `UnsafeFile` and `UnsupportedModel` for what the files hold.
    """
    began = time.perf_counter()
    yield Loading("model")
    check_memory(info, models)
    network = models.load_segmenter(info)

    def work(emit: Emit, is_cancelled: IsCancelled) -> None:
        try:
            emit(_found(network, request, emit, is_cancelled))
        except Exception as error:
            if not is_out_of_memory(error):
                raise
            raise _too_large(info, 0) from None

    yield from stream(work, control)
    if not control.is_cancelled:
        yield Finished(1, time.perf_counter() - began)


def check_memory(info: SegmenterInfo, models: Models) -> None:
    """Raises `OutOfMemory` where what the network is expected to need is not free."""
    free = free_bytes(str(models.device))
    if free and info.needs_bytes - models.bytes_of_segmenter(info) > free:
        raise _too_large(info, free)


def _too_large(info: SegmenterInfo, free: int) -> OutOfMemory:
    here = f", and {free / 1e9:.1f} GB are free" if free else ""
    return OutOfMemory(
        f"{info.path.name} needs about {info.needs_bytes / 1e9:.1f} GB to look at a picture{here}. "
        "Close other programs, or choose a smaller network.",
        problem="segmenter_memory",
    )


def _found(
    network: LoadedSegmenter, request: SegmentRequest, emit: Emit, is_cancelled: IsCancelled
) -> MaskReady:
    import torch

    assert request.image.pixels is not None
    with torch.inference_mode():
        seen = network.pictures.get(request.image.sha256)
        if seen is None:
            progress = saying("image", emit, is_cancelled)
            progress(0.0)
            with watched(network.layers, progress):
                seen = network.embed(prepared(request.image.pixels, network))
            network.pictures.put(request.image.sha256, seen)
        if is_cancelled():
            raise Cancelled
        answer = network.network(**seen, **prompt_of(request, network), multimask_output=request.box is None)
        scores = answer.iou_scores[0, 0]
        best = int(scores.argmax())
        logits = unpadded(answer.pred_masks[0, 0, best].float(), request, network)
        coverage = (logits.sigmoid() * 255).round().to(torch.uint8).cpu().numpy()
    return MaskReady(np.ascontiguousarray(coverage), float(scores[best]))


# pictures and places, in the network's own pixels


def scales_of(request: SegmentRequest, network: LoadedSegmenter) -> tuple[float, float]:
    """The network's pixels per picture's pixel, across and down: SAM keeps shapes, SAM 2 makes all square."""
    width, height = request.image.width, request.image.height
    if network.type is SegmenterType.SAM_2:
        return network.side / width, network.side / height
    sized = sized_for(width, height, network.side)
    return sized[0] / width, sized[1] / height


def sized_for(width: int, height: int, side: int) -> tuple[int, int]:
    """The longer side is `side`, rounded as the makers' code rounds."""
    scale = side / max(width, height)
    return int(width * scale + 0.5), int(height * scale + 0.5)


def prepared(pixels: Pixels, network: LoadedSegmenter) -> torch.Tensor:
    """`pixels` (H x W x 3) as 1 x 3 x side x side: scaled, of ImageNet's spread, padded right and below."""
    import torch
    from torch.nn.functional import interpolate, pad

    side = network.side
    height, width = pixels.shape[:2]
    wide, high = (side, side) if network.type is SegmenterType.SAM_2 else sized_for(width, height, side)
    image = torch.from_numpy(np.array(pixels)).permute(2, 0, 1)[None].float().to(network.device)
    image = interpolate(image, (high, wide), mode="bilinear", antialias=True).round().clamp(0, 255) / 255
    mean, std = (torch.tensor(row, device=image.device)[None, :, None, None] for row in (MEAN, STD))
    return pad((image - mean) / std, (0, side - wide, 0, side - high)).to(network.dtype)


def prompt_of(request: SegmentRequest, network: LoadedSegmenter) -> dict[str, torch.Tensor]:
    """Box 1 x 1 x 4 and points 1 x 1 x N x 2 with their labels 1 x 1 x N."""
    import torch

    across, down = scales_of(request, network)
    prompt: dict[str, torch.Tensor] = {}
    if (box := request.box) is not None:
        corners = [box.left * across, box.top * down, box.right * across, box.bottom * down]
        prompt["input_boxes"] = torch.tensor([[corners]], dtype=network.dtype, device=network.device)
    if request.points:
        places = [[point.x * across, point.y * down] for point in request.points]
        labels = [int(point.is_inside) for point in request.points]
        prompt["input_points"] = torch.tensor([[places]], dtype=network.dtype, device=network.device)
        prompt["input_labels"] = torch.tensor([[labels]], dtype=torch.int, device=network.device)
    return prompt


def unpadded(logits: torch.Tensor, request: SegmentRequest, network: LoadedSegmenter) -> torch.Tensor:
    """`logits` (h x w) as H x W of the picture, without what was only padding."""
    from torch.nn.functional import interpolate

    width, height = request.image.width, request.image.height
    if network.type is not SegmenterType.SAM_2:
        whole = interpolate(logits[None, None], (network.side,) * 2, mode="bilinear", align_corners=False)
        wide, high = sized_for(width, height, network.side)
        logits = whole[0, 0, :high, :wide]
    return interpolate(logits[None, None], (height, width), mode="bilinear", align_corners=False)[0, 0]

"""Maps drawn by networks that lie in the artist's folders; where there is none, without one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.api.errors import BadRequest
from engine.api.images import Extent, Pixels
from engine.api.maps import MapKind
from engine.api.pose import Figure
from engine.api.vision import SEES, VisionInfo, VisionKind, networks_for
from engine.diffusion.watched import Progress, part_of, watched
from engine.models.parts.vision_files import read_vision
from engine.networks.vision import VisionFile, eyes_of, load_vision
from engine.tokenizers.clip import openai_vocabulary, transformers_tokenizer

if TYPE_CHECKING:
    import torch

    from engine.models.catalog import Catalog

WITHOUT = "none"
"""The name that asks for no network."""
PERSON, LEAST_SURE = "person", 0.3
MOST_PEOPLE = 20
ONE_FORMER_TASK = "the task is semantic"
"""https://github.com/SHI-Labs/OneFormer: of its three tasks the one that says what is where."""


@dataclass(frozen=True)
class Drawn:
    """A map, and which network drew it; empty for none."""

    pixels: Pixels
    by: str = ""
    figures: tuple[Figure, ...] = ()
    """Of a pose: the people, to be changed by hand."""


def chosen(kind: MapKind, name: str, catalog: Catalog) -> VisionInfo | None:
    """The network `name` (or path) for maps of `kind`; the first that is here for an empty name.

    None for the name `none`, and where there is none. Raises `ModelNotFound`, `UnsafeFile`,
    `UnsupportedModel`, or `BadRequest` for one that sees something else.
    """
    if name == WITHOUT or kind not in SEES:
        if name not in ("", WITHOUT):
            raise BadRequest("by", f"no network draws {kind} maps; they are drawn without one")
        return None
    if not name:
        return next(iter(networks_for(kind, catalog.beside(VisionInfo))), None)
    info = catalog.find_beside(VisionInfo, name)
    if info.kind is not SEES[kind]:
        raise BadRequest("by", f"{info.name} sees {info.kind}, which draws no {kind} map")
    return info


def draw(
    kind: MapKind,
    pixels: Pixels,
    detail: float,
    info: VisionInfo | None,
    catalog: Catalog,
    device: torch.device | None,
    progress: Progress = lambda share: None,
) -> Drawn:
    """The map of `kind` for `pixels` (H x W x 3), of the same size, by `info` or without a network.

    A network asks `progress` before each of its layers. Raises `UnsafeFile` or `UnsupportedModel` where the
    network is damaged, `BadRequest` where a kind cannot be drawn without one.
    """
    if info is None:
        from engine.conditioning.maps.drawn import drawn  # OpenCV and scikit-image weigh half a second

        return Drawn(drawn(kind, pixels, detail))
    import torch

    from engine.conditioning.maps import seen

    device = device or torch.device("cpu")
    extent = Extent(pixels.shape[1], pixels.shape[0])
    progress(0.0)
    with torch.inference_mode():
        if kind is MapKind.POSE:
            boxes = _boxes(pixels, extent, catalog, device, part_of(progress, 0, 0.5))
            network = _Network(read_vision(info.path), device, part_of(progress, 0.5, 1))
            figures = _people(network, pixels, extent, boxes)
            return Drawn(seen.people_seen(figures, extent), info.name, figures)
        network = _Network(read_vision(info.path), device, progress)
        if kind is MapKind.SEGMENTATION:
            labels, count = _classes(network, pixels, extent)
            return Drawn(seen.classes_seen(labels, count), info.name)
        near = seen.near_of(_depth(network, pixels, extent), network.gives_distance)
    return Drawn(seen.depth_seen(near) if kind is MapKind.DEPTH else seen.normal_seen(near), info.name)


class _Network:
    """A network with its eyes, while it looks."""

    def __init__(self, file: VisionFile, device: torch.device, progress: Progress) -> None:
        import torch

        progress(0.0)
        self.class_name = file.class_name
        self.model, self.eyes = load_vision(file, torch.float32, device), eyes_of(file)
        self.device, self._progress = device, progress

    @property
    def gives_distance(self) -> bool:
        """True where a large number is far; most give nearness."""
        is_metric = getattr(self.model.config, "depth_estimation_type", "relative") == "metric"
        return self.class_name.startswith("ZoeDepth") or is_metric

    def look(self, pixels: Pixels, **more: Any) -> tuple[Any, Any]:
        """What goes in, and what it says."""
        from PIL import Image

        given = self.eyes(images=Image.fromarray(pixels), return_tensors="pt", **more)
        return given, self.say(given.pixel_values.to(self.device), **self._told())

    def say(self, pixel_values: torch.Tensor, **more: Any) -> Any:
        """What it says of what its eyes have made of a picture."""
        leaves = [module for module in self.model.modules() if not any(True for _ in module.children())]
        with watched(leaves, self._progress):
            return self.model(pixel_values=pixel_values, **more)

    def _told(self) -> dict[str, Any]:
        """OneFormer is told in words what it is to do, as CLIP's tokens, zeros behind them."""
        if not self.class_name.startswith("OneFormer"):
            return {}
        import torch

        length = self.model.config.task_seq_len
        words = transformers_tokenizer(openai_vocabulary(), length)(ONE_FORMER_TASK).input_ids
        return {"task_inputs": torch.tensor([words + [0] * (length - len(words))], device=self.device)}


def _depth(network: _Network, pixels: Pixels, extent: Extent) -> Any:
    from torch.nn import functional

    more = {"do_pad": False} if network.class_name.startswith("ZoeDepth") else {}
    _, said = network.look(pixels, **more)
    depth = said.predicted_depth
    depth = depth[:, None] if depth.ndim == 3 else depth
    size = (extent.height, extent.width)
    return functional.interpolate(depth.float(), size, mode="bicubic")[0, 0].cpu().numpy()


def _classes(network: _Network, pixels: Pixels, extent: Extent) -> tuple[Any, int]:
    # what is only here to fill up would be seen as a part of the picture
    more = {"size_divisor": 1} if network.class_name.startswith("OneFormer") else {}
    _, said = network.look(pixels, **more)
    sizes = [(extent.height, extent.width)]
    labels = network.eyes.post_process_semantic_segmentation(said, target_sizes=sizes)[0]
    return labels.cpu().numpy(), max(len(network.model.config.id2label), int(labels.max()) + 1)


def _people(
    network: _Network, pixels: Pixels, extent: Extent, boxes: list[list[float]]
) -> tuple[Figure, ...]:
    import torch

    from engine.conditioning.maps.seen import figure_of

    if not boxes:
        return ()
    from PIL import Image

    given = network.eyes(Image.fromarray(pixels), boxes=[boxes], return_tensors="pt")
    values = given.pixel_values.to(network.device)
    backbone = getattr(network.model.config, "backbone_config", None)
    experts = getattr(backbone, "num_experts", 1) or 1
    more = {"dataset_index": torch.zeros(len(values), dtype=torch.long)} if experts > 1 else {}
    said = network.say(values, **more)
    (people,) = network.eyes.post_process_pose_estimation(said, boxes=[boxes])
    joints = ((one["keypoints"].cpu().numpy(), one["scores"].cpu().numpy()) for one in people)
    figures = (figure_of(places, scores, extent) for places, scores in joints)
    return tuple(figure for figure in figures if figure is not None)


def _boxes(
    pixels: Pixels, extent: Extent, catalog: Catalog, device: torch.device, progress: Progress
) -> list[list[float]]:
    """Left, top, width and height of each person; the whole picture where nothing here finds people."""
    finders = [one for one in catalog.beside(VisionInfo) if one.kind is VisionKind.DETECTOR]
    if not finders:
        return [[0.0, 0.0, float(extent.width), float(extent.height)]]
    finder = _Network(read_vision(min(finders, key=lambda one: one.bytes).path), device, progress)
    _, said = finder.look(pixels)
    (found,) = finder.eyes.post_process_object_detection(
        said, threshold=LEAST_SURE, target_sizes=[(extent.height, extent.width)]
    )
    names = finder.model.config.id2label
    boxes = []
    pairs = zip(found["labels"].tolist(), found["boxes"].tolist(), strict=True)
    for label, (left, top, right, bottom) in pairs:
        if str(names.get(label, "")).casefold() == PERSON and right > left and bottom > top:
            boxes.append([left, top, right - left, bottom - top])
    return boxes[:MOST_PEOPLE]

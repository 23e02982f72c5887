"""What an engine can be asked for: pictures, to learn, to select, to draw a map, to measure its speeds."""

from __future__ import annotations

from engine.api.look import TASK as LOOK
from engine.api.look import LookRequest
from engine.api.measuring import TASK as MEASURE
from engine.api.measuring import MeasureRequest
from engine.api.request import GenerationRequest
from engine.api.segment import TASK as SEGMENT
from engine.api.segment import SegmentRequest
from engine.api.training import TASK as TRAIN
from engine.api.training import TrainRequest

Queued = GenerationRequest | TrainRequest
"""What waits in the queue, and is kept in its journal."""
Question = SegmentRequest | LookRequest
"""What is asked about one picture, `image`, and answered at once."""
Request = Queued | Question | MeasureRequest

KINDS: dict[str, type[TrainRequest | Question | MeasureRequest]] = {
    TRAIN: TrainRequest, SEGMENT: SegmentRequest, LOOK: LookRequest, MEASURE: MeasureRequest,
}  # fmt: skip


def queued_from_json(data: object) -> Queued:
    """The request of either kind that `to_json` wrote. Raises `BadRequest` naming the field."""
    if isinstance(data, dict) and data.get("task") == TRAIN:
        return TrainRequest.from_json(data)
    return GenerationRequest.from_json(data)


def request_from_json(data: object) -> Request:
    """As `queued_from_json`, of any kind."""
    kind = KINDS.get(str(data.get("task"))) if isinstance(data, dict) else None
    return GenerationRequest.from_json(data) if kind is None else kind.from_json(data)

"""What an engine can be asked for: pictures, or to learn."""

from __future__ import annotations

from engine.api.request import GenerationRequest
from engine.api.training import TASK, TrainRequest

Request = GenerationRequest | TrainRequest


def request_from_json(data: object) -> Request:
    """The request of either kind that `to_json` wrote. Raises `BadRequest` naming the field."""
    if isinstance(data, dict) and data.get("task") == TASK:
        return TrainRequest.from_json(data)
    return GenerationRequest.from_json(data)

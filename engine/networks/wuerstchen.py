"""Würstchen's own networks, which diffusers has in the room of their pipelines.

Importing this costs torch.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from diffusers.pipelines.deprecated.wuerstchen.modeling_paella_vq_model import PaellaVQModel
from diffusers.pipelines.deprecated.wuerstchen.modeling_wuerstchen_diffnext import WuerstchenDiffNeXt
from diffusers.pipelines.deprecated.wuerstchen.modeling_wuerstchen_prior import WuerstchenPrior

from engine.api.form import Json


class Prior(WuerstchenPrior):
    """Answers as all other denoisers do: with a tuple that begins with the prediction."""

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        return (super().forward(*args, **kwargs),)


CLASSES: Mapping[str, Any] = {
    "PaellaVQModel": PaellaVQModel, "WuerstchenDiffNeXt": WuerstchenDiffNeXt, "WuerstchenPrior": Prior,
}  # fmt: skip


def wuerstchen_network(class_name: str, config: Mapping[str, Json]) -> Any:
    kind = CLASSES[class_name]
    fields = inspect.signature(kind.__init__).parameters
    return kind(**{name: value for name, value in config.items() if name in fields})

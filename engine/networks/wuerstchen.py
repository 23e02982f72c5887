"""Würstchen's own networks, which diffusers has in the room of their pipelines.

Importing this costs torch.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from diffusers.pipelines.deprecated.wuerstchen.modeling_paella_vq_model import PaellaVQModel

from engine.api.form import Json

CLASSES: Mapping[str, Any] = {"PaellaVQModel": PaellaVQModel}


def wuerstchen_network(class_name: str, config: Mapping[str, Json]) -> Any:
    kind = CLASSES[class_name]
    fields = inspect.signature(kind.__init__).parameters
    return kind(**{name: value for name, value in config.items() if name in fields})

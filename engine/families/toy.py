"""A family without weights: the whole application runs with it in no time. It draws procedural pictures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from engine.api.errors import UnsupportedModel
from engine.api.model_info import Capabilities, Defaults, ModelInfo
from engine.api.request import Sampling
from engine.checkpoints.checkpoint import Checkpoint
from engine.diffusion.schedulers import scheduler_infos
from engine.families.family import CheckNetwork
from engine.families.loaded_model import LoadedModel

if TYPE_CHECKING:
    import torch


class ToyFamily:
    """Its pictures are drawn by `engine.tasks` without a network, so there is nothing to load."""

    id = "toy"
    title = "Toy"
    single = None
    lora_targets: Mapping[str, tuple[str, ...]] = {}

    def built_in(self) -> tuple[ModelInfo, ...]:
        info = ModelInfo(
            name="toy",
            title="Toy",
            family=self.id,
            variant="no network",
            description="Draws simple patterns at once; for trying the window, not for pictures.",
            licence="Apache-2.0",
            capabilities=Capabilities(
                schedulers=scheduler_infos(), size_multiple=8, bytes_per_px=64, regions=False
            ),
            defaults=Defaults(256, 256, Sampling(scheduler="euler", steps=20, guidance=7.0)),
        )
        return (info,)

    def recognise(self, checkpoint: Checkpoint) -> ModelInfo | None:
        return None

    def layers(self, checkpoint: Checkpoint, part: str) -> Mapping[str, tuple[int, ...]]:
        return {}

    def control_base(self, checkpoint: Checkpoint) -> None:
        return None

    def load(
        self,
        info: ModelInfo,
        checkpoint: Checkpoint,
        dtype: torch.dtype,
        device: torch.device,
        part_sha256: Mapping[str, str],
        check: CheckNetwork,
    ) -> LoadedModel:
        raise UnsupportedModel("The toy model has no weights to load. Choose another model.", model=info.name)


FAMILY = ToyFamily()

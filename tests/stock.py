"""diffusers' own pipelines, as numbers are compared with theirs."""

from __future__ import annotations

from typing import Any

import torch


def bare(pipeline: Any) -> Any:
    """`pipeline`, whose networks lie in memory and are asked as ours: mapped weights lie unaligned, and where
    one is learnt from torch folds products otherwise, which changes bits."""
    pipeline.set_progress_bar_config(disable=True)
    for network in pipeline.components.values():
        if isinstance(network, torch.nn.Module):
            network.requires_grad_(False)
            for parameter in network.parameters():
                parameter.data = parameter.data.clone()
    return pipeline

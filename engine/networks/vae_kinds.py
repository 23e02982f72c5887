"""What a VAE has in common with those that can take its place, from its configuration alone."""

from __future__ import annotations

from collections.abc import Mapping

from engine.api.form import Json
from engine.api.vae import vae_kind


def cell_of(config: Mapping[str, Json]) -> int:
    """Pixels along a side that a latent cell stands for."""
    told = config.get("spatial_compression_ratio")
    if type(told) is int and 0 < told <= 64:
        return told
    widths = config.get("encoder_block_out_channels", config.get("block_out_channels"))
    if isinstance(widths, list) and widths:
        cell = 2 ** (len(widths) - 1)
        return 2 * cell if "batch_norm_eps" in config else cell
    halved = config.get("temperal_downsample")
    patch = config.get("patch_size")
    patch = patch if type(patch) is int and 0 < patch <= 16 else 1
    return patch * 2 ** len(halved) if isinstance(halved, list) else 8


def kind_of(class_name: str, config: Mapping[str, Json]) -> str:
    """As `Capabilities.vae_kind`; "" where the configuration does not tell it."""
    channels = config.get("latent_channels", config.get("z_dim"))
    return vae_kind(class_name, channels, cell_of(config)) if isinstance(channels, int) else ""

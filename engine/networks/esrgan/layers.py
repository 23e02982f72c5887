"""RRDB of ESRGAN (https://arxiv.org/abs/1809.00219), and SRVGG of Real-ESRGAN's compact models."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

from engine.networks.esrgan.sizes import Sizes

LEAK = 0.2
RESIDUAL = 0.2
"""Share of a block's result that is added to what went in, the paper's beta."""


def conv(into: int, out: int) -> nn.Conv2d:
    return nn.Conv2d(into, out, 3, padding=1)


class DenseBlock(nn.Module):
    """Each convolution sees what all before it have found."""

    def __init__(self, features: int, growth: int) -> None:
        super().__init__()
        for number in range(4):
            setattr(self, f"conv{number + 1}", conv(features + number * growth, growth))
        self.conv5 = conv(features + 4 * growth, features)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        found = [x]
        for number in range(1, 5):
            layer = getattr(self, f"conv{number}")
            found.append(functional.leaky_relu(layer(torch.cat(found, 1)), LEAK))
        return self.conv5(torch.cat(found, 1)) * RESIDUAL + x


class ResidualBlock(nn.Module):
    """Three of them, one after the other (RRDB: residual in residual dense block)."""

    def __init__(self, features: int, growth: int) -> None:
        super().__init__()
        self.rdb1, self.rdb2, self.rdb3 = (DenseBlock(features, growth) for _ in range(3))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.rdb3(self.rdb2(self.rdb1(x))) * RESIDUAL + x


class Rrdb(nn.Module):
    """B x 3 x H x W from 0 to 1 to the same, `sizes.scale` times larger; by Real-ESRGAN's names."""

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        wide = sizes.features
        self.folded, self.doublings = sizes.folded, sizes.doublings
        self.conv_first = conv(3 * sizes.folded**2, wide)
        # a list, so that one can cancel between its blocks
        self.body = nn.ModuleList(ResidualBlock(wide, sizes.growth) for _ in range(sizes.blocks))
        self.conv_body = conv(wide, wide)
        for number in range(sizes.doublings):
            setattr(self, f"conv_up{number + 1}", conv(wide, wide))
        self.conv_hr, self.conv_last = conv(wide, wide), conv(wide, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        height, width = x.shape[-2:]
        if self.folded > 1:
            over = (0, -width % self.folded, 0, -height % self.folded)
            x = functional.pixel_unshuffle(functional.pad(x, over, "replicate"), self.folded)
        first = inner = self.conv_first(x)
        for block in self.body:
            inner = block(inner)
        x = first + self.conv_body(inner)
        for number in range(self.doublings):
            x = functional.interpolate(x, scale_factor=2.0, mode="nearest")
            x = functional.leaky_relu(getattr(self, f"conv_up{number + 1}")(x), LEAK)
        x = self.conv_last(functional.leaky_relu(self.conv_hr(x), LEAK))
        scale = 2**self.doublings // self.folded
        return x[..., : height * scale, : width * scale]


class Srvgg(nn.Module):
    """The same in a row of plain convolutions at the small size."""

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.scale, wide = sizes.scale, sizes.features
        layers: list[nn.Module] = [conv(3, wide), nn.PReLU(wide)]
        for _ in range(sizes.blocks):
            layers += [conv(wide, wide), nn.PReLU(wide)]
        self.body = nn.ModuleList([*layers, conv(wide, 3 * sizes.scale**2)])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        inner = x
        for layer in self.body:
            inner = layer(inner)
        larger = functional.interpolate(x, scale_factor=float(self.scale), mode="nearest")
        return functional.pixel_shuffle(inner, self.scale) + larger

"""What turns gradients into learning: Muon for the matrices inside, AdamW for everything else.

Muon orthogonalises the momentum of each matrix by Newton-Schulz (Jordan et al., 2024); convolutions count
as matrices of out x (in * height * width). Matrices of one shape are worked on together, in bfloat16.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch

from engine.training.ranks import Alone, Ranks

NEWTON_SCHULZ = (3.4445, -4.7750, 2.0315)
SMALLEST_SIDE = 16
"""Thinner matrices are left to AdamW."""
TOGETHER = 16
"""Matrices of one shape in one call."""

Named = tuple[str, torch.nn.Parameter]


def orthogonalised(stack: torch.Tensor, steps: int = 5) -> torch.Tensor:
    """The nearest semi-orthogonal matrices to n x rows x columns, roughly: singular values of about 1."""
    a, b, c = NEWTON_SCHULZ
    tall = stack.shape[-2] > stack.shape[-1]
    x = (stack.mT if tall else stack).bfloat16()
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(steps):
        gram = x @ x.mT
        # a product and its sum in one call: three launches a round instead of eight, and half the rounding
        shift = torch.baddbmm(gram, gram, gram, beta=b, alpha=c)
        x = torch.baddbmm(x, shift, x, beta=a)
    return x.mT if tall else x


def can_fuse(parameters: Iterable[torch.nn.Parameter]) -> bool:
    """True where torch steps AdamW over all weights in one pass; else it goes from weight to weight."""
    return all(parameter.device.type in ("cuda", "cpu") for parameter in parameters)


class Optimizer:
    """Steps all trainable weights; its state has a name for every tensor, so that it can be saved as data."""

    def __init__(
        self,
        named: Iterable[Named],
        *,
        matrix_rate: float = 0.01,
        rate: float = 1e-3,
        momentum: float = 0.95,
        decay: float = 0.01,
        betas: tuple[float, float] = (0.9, 0.98),
        left_out: Sequence[str] = (),
        clip: float = 1.0,
        ranks: Ranks | None = None,
    ) -> None:
        """`left_out`: parts of names whose matrices are no maps between hidden layers (embeddings, ends)."""
        trained = [(name, parameter) for name, parameter in named if parameter.requires_grad]
        self.matrices = [item for item in trained if _is_matrix(item[1]) and not _any_in(left_out, item[0])]
        inside = {name for name, _ in self.matrices}
        self.others = [item for item in trained if item[0] not in inside]
        self.parameters = [parameter for _, parameter in trained]
        self.matrix_rate, self.rate, self.momentum, self.decay, self.clip = (
            matrix_rate, rate, momentum, decay, clip,
        )  # fmt: skip
        self.ranks = ranks or Alone()
        self._momenta = {name: torch.zeros_like(parameter) for name, parameter in self.matrices}
        others = [parameter for _, parameter in self.others]
        fused = can_fuse(others)
        self._adam = torch.optim.AdamW(others, lr=rate, betas=betas, weight_decay=decay, fused=fused)
        self._groups = _by_shape(self.matrices)

    @torch.no_grad()
    def step(self, factor: float) -> torch.Tensor:
        """Average the gradients over all ranks, clip, step at `factor` of the rates; gives their norm."""
        gradients: list[torch.Tensor] = [_gradient(parameter) for parameter in self.parameters]
        self.ranks.average(gradients)
        norm = torch.linalg.vector_norm(torch.stack(torch._foreach_norm(gradients)))
        shorter = (self.clip / (norm + 1e-6)).clamp_max(1.0)
        torch._foreach_mul_(gradients, shorter)  # pyright: ignore[reportCallIssue, reportArgumentType]
        for group in self._adam.param_groups:
            group["lr"] = self.rate * factor
        self._adam.step()
        self._step_matrices(self.matrix_rate * factor)
        for parameter in self.parameters:
            parameter.grad = None
        return norm

    def _step_matrices(self, rate: float) -> None:
        if not self.matrices:
            return
        gradients = [_gradient(parameter) for _, parameter in self.matrices]
        momenta = list(self._momenta.values())
        torch._foreach_lerp_(momenta, gradients, 1 - self.momentum)
        torch._foreach_lerp_(gradients, momenta, self.momentum)  # Nesterov's look ahead
        weights: list[torch.Tensor] = [parameter for _, parameter in self.matrices]
        torch._foreach_mul_(weights, 1 - rate * self.decay)
        self.ranks.share_work(self._groups, self._update, lambda group, made: self._apply(group, made, rate))

    def _update(self, group: tuple[torch.nn.Parameter, ...]) -> torch.Tensor:
        return orthogonalised(torch.stack([_as_lying(_gradient(one), one).flatten(1) for one in group]))

    def _apply(self, group: tuple[torch.nn.Parameter, ...], updates: torch.Tensor, rate: float) -> None:
        rows, columns = updates.shape[-2:]
        scale = max(1.0, rows / columns) ** 0.5
        weights = [_as_lying(matrix, matrix) for matrix in group]
        parts = updates.to(weights[0].dtype).reshape(len(group), *weights[0].shape).unbind(0)
        torch._foreach_add_(weights, parts, alpha=-rate * scale)

    def state(self) -> dict[str, torch.Tensor]:
        """Everything that the next step depends on, by name."""
        state = {f"momentum.{name}": tensor for name, tensor in self._momenta.items()}
        for name, parameter in self.others:
            for key, value in self._adam.state.get(parameter, {}).items():
                state[f"adam.{key}.{name}"] = value
        return state

    @torch.no_grad()
    def load(self, state: dict[str, torch.Tensor]) -> None:
        """What `state` gave, of an optimizer over the same weights."""
        for name, tensor in self._momenta.items():
            tensor.copy_(state[f"momentum.{name}"])
        for name, parameter in self.others:
            kept = {
                key: state[f"adam.{key}.{name}"].to(parameter.device if key != "step" else "cpu")
                for key in ("step", "exp_avg", "exp_avg_sq")
                if f"adam.{key}.{name}" in state
            }
            if kept and parameter.is_cuda:
                kept["step"] = kept["step"].to(parameter.device)  # where fused AdamW counts
            self._adam.state[parameter] = {key: like(value, parameter) for key, value in kept.items()}


def like(kept: torch.Tensor, parameter: torch.Tensor) -> torch.Tensor:
    """A copy of `kept` that lies in memory as `parameter` does: fused AdamW goes through both in order."""
    if kept.shape != parameter.shape:  # the count of steps
        return kept.clone()
    return torch.empty_like(parameter, dtype=kept.dtype).copy_(kept)


def _gradient(parameter: torch.nn.Parameter) -> torch.Tensor:
    if parameter.grad is None:
        parameter.grad = torch.zeros_like(parameter)
    return parameter.grad


def _as_lying(tensor: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """`tensor` with its dimensions in the order in which those of `weight` lie in memory.

    Rows of convolutions in channels-last order are then read and written as they are, without a copy for
    each. Newton-Schulz does not mind which column is which.
    """
    lies_last = weight.ndim == 4 and weight.is_contiguous(memory_format=torch.channels_last)
    return tensor.permute(0, 2, 3, 1) if lies_last and not weight.is_contiguous() else tensor


def _is_matrix(parameter: torch.nn.Parameter) -> bool:
    if parameter.ndim < 2:
        return False
    rows = parameter.shape[0]
    return min(rows, parameter.numel() // rows) >= SMALLEST_SIDE


def _any_in(parts: Sequence[str], name: str) -> bool:
    return any(part in name for part in parts)


def _by_shape(matrices: Sequence[Named]) -> list[tuple[torch.nn.Parameter, ...]]:
    shapes: dict[tuple[int, ...], list[torch.nn.Parameter]] = {}
    for _, matrix in matrices:
        shapes.setdefault(tuple(matrix.shape), []).append(matrix)
    return [
        tuple(alike[start : start + TOGETHER])
        for alike in shapes.values()
        for start in range(0, len(alike), TOGETHER)
    ]

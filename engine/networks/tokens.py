"""aMUSEd's network, which answers here as all other denoisers do.

Importing this costs torch.
"""

from __future__ import annotations

from typing import Any

import diffusers


class UVit2DModel(diffusers.UVit2DModel):
    """Answers with a tuple that begins with the prediction: B x tokens of the code x h x w."""

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        return (super().forward(*args, **kwargs),)

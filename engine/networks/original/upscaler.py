"""Stable Diffusion's x4 upscaler in one file, under the names of the original code (Stability).

As `engine.networks.original.stable_diffusion`, but for what its makers set otherwise (Stability-AI's
stablediffusion: configs/stable-diffusion/x4-upscaling.yaml): it reads the picture beside the latents and how
much noise was laid on that, has 8 heads at every width, attends to words alone where pictures are large, and
a latent cell is four pixels.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from engine.api.form import Json
from engine.checkpoints.checkpoint import TensorInfo, WeightFile
from engine.checkpoints.weights import build_empty, check_fits, fill
from engine.networks.class_networks import check_config, make
from engine.networks.original.stable_diffusion import UNET, OriginalLayout

if TYPE_CHECKING:
    import torch

CLASS_NAME = "StableDiffusionUpscalePipeline"
LEVELS = f"{UNET}label_emb.weight"
"""A row for each level of noise."""
CHANNELS = 7
"""Of the latents and of the picture."""
HEADS, SIDE, SCALE = 8, 128, 0.08333
_NOISE: Mapping[str, Json] = {
    "beta_start": 0.0001, "beta_end": 0.02, "beta_schedule": "scaled_linear", "num_train_timesteps": 1000,
}  # fmt: skip
SCHEDULERS: Mapping[str, Mapping[str, Json]] = {
    "scheduler": {
        **_NOISE, "_class_name": "DDIMScheduler", "prediction_type": "v_prediction", "clip_sample": False,
        "set_alpha_to_one": False, "steps_offset": 1,
    },
    "low_res_scheduler": {**_NOISE, "_class_name": "DDPMScheduler", "clip_sample": True},
}  # fmt: skip
LIBRARY = {"unet": "diffusers", "vae": "diffusers", "text_encoder": "transformers"}
CLASSES = {"unet": "UNet2DConditionModel", "vae": "AutoencoderKL", "text_encoder": "CLIPTextModel"}


class OriginalUpscaler(OriginalLayout):
    """One file, its three networks told apart by prefix."""

    def __init__(self, file: WeightFile) -> None:
        super().__init__(file, "sd2")
        unet, vae = self.configs["unet"], self.configs["vae"]
        own = {
            **unet,
            "attention_head_dim": HEADS,
            "num_class_embeds": file.tensors[LEVELS].shape[0],
            "only_cross_attention": _reading_words_alone(self.tensors("unet"), unet),
            "upcast_attention": False,
            "sample_size": SIDE,
        }
        self.configs = {
            "unet": own,
            "vae": {**vae, "scaling_factor": SCALE, "sample_size": 2 * SIDE},
            "text_encoder": self.configs["text_encoder"],
            **SCHEDULERS,
        }

    @staticmethod
    def is_one(file: WeightFile) -> bool:
        """Whether `file` is such an upscaler."""
        first = file.tensors.get(f"{UNET}input_blocks.0.0.weight")
        return LEVELS in file.tensors and first is not None and first.shape[1:2] == (CHANNELS,)

    def load(self, part: str, dtype: torch.dtype, device: torch.device) -> Any:
        """One network; its names and shapes are compared before the first number is read."""
        import torch  # heavy; only the engine process pays for it

        config = self.configs[part]
        check_config(config, part)
        with torch.inference_mode(False), torch.no_grad():
            network = build_empty(lambda: make(LIBRARY[part], CLASSES[part], config), part)
            check_fits(network, self.meta(part), part, self.path)
            return fill(network, self.read(part, dtype), device)


def _reading_words_alone(tensors: Mapping[str, TensorInfo], unet: Mapping[str, Json]) -> list[Json]:
    """For each level whether what is its attention to itself elsewhere is given the words.

    Then it is as wide as these; where nothing attends, it says nothing.
    """
    widths, layers = unet["block_out_channels"], int(str(unet["layers_per_block"]))
    assert isinstance(widths, list)
    found: list[Json] = []
    for level, width in enumerate(widths):
        block = 1 + level * (layers + 1)
        keys = tensors.get(f"input_blocks.{block}.1.transformer_blocks.0.attn1.to_k.weight")
        found.append(keys is None or keys.shape[1] != width)
    return found

"""What a family's model is made of outside a diffusers folder, and how its network is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from engine.api.form import Json
from engine.checkpoints.checkpoint import TensorInfo, WeightFile, under
from engine.networks.original.autoencoders import Autoencoder
from engine.networks.original.encoders import Encoder
from engine.networks.original.rules import Rules, Tensors, renamed
from engine.networks.stable_diffusion import whole

WRAPPERS = ("model.diffusion_model.", "diffusion_model.", "transformer.", "unet.", "model.", "")
"""What programs put before the network's names."""

Config = dict[str, Json]


@dataclass(frozen=True)
class Denoiser:
    """One layout of a family's network."""

    marks: tuple[str, ...]
    """Names that such a file has, all of them."""
    rules: Callable[[Tensors], Rules] | Rules = ()
    names: Callable[[Tensors], dict[str, TensorInfo]] | None = None
    """Where a table does not say it: from the makers' names to the class's."""
    lacks: tuple[str, ...] = ()
    config: Callable[[Tensors], Config] | None = None
    """Of the network, where the makers' names tell it better than the class's."""

    def fits(self, tensors: Tensors) -> bool:
        return all(mark in tensors for mark in self.marks) and not any(name in tensors for name in self.lacks)

    def read(self, tensors: Tensors) -> dict[str, TensorInfo]:
        """The tensors by the class's names."""
        if self.names is not None:
            return self.names(tensors)
        return renamed(tensors, self.rules(tensors) if callable(self.rules) else self.rules)


@dataclass(frozen=True)
class Told:
    """What the assembling has found out before it asks a family for more."""

    file: WeightFile
    """As it is, with what its makers say beside the network."""
    denoiser: Tensors
    """By the class's names."""
    config: Config

    @property
    def name(self) -> str:
        """Of the file, in small letters: what weights cannot tell is often said there."""
        return self.file.path.stem.lower()

    def number(self, name: str) -> int:
        """A width of the network."""
        return whole(self.config, name)


@dataclass(frozen=True)
class SingleFile:
    """A family's own answer to each question of the assembling."""

    class_name: str
    """Of its network."""
    layouts: tuple[Denoiser, ...]
    config: Callable[[Tensors], Config]
    """Of the network, from the shapes under the class's names."""
    pipeline: Callable[[Told], str]
    """The class that a folder's index would name."""
    vae: Autoencoder
    text: Callable[[Told], Mapping[str, Encoder]]
    """Part to the encoder that it is."""
    widths: Callable[[Told], Mapping[str, int]]
    """Part to how wide its encoder's text must be for this network."""
    tokenizers: Mapping[str, str] | Callable[[Told], Mapping[str, str]]
    """Part to a kind of tokenizer: `clip`, `clip_g`, `t5`, `qwen`, `gemma`, `mistral`."""
    scheduler: Callable[[Told], Config]
    index: Callable[[Told], Config] = lambda told: {}
    """Further entries of a folder's index."""
    sees: Callable[[Told], bool] = lambda told: False
    """True where its text encoder looks at pictures, too."""
    text_is_optional: tuple[str, ...] = ()
    """Parts that the pipeline does without."""
    refuse: Callable[[Tensors, str], str] = lambda tensors, name: ""
    """What a file with such tensors is, where it has the marks and cannot be run all the same."""
    denoiser: str = "transformer"
    makers_table: Callable[[Mapping[str, object]], Rules] | None = None
    """From the names of the network's layers to `table`, where it depends on how many there are."""

    def tokenizer_kinds(self, told: Told) -> Mapping[str, str]:
        """Part to a kind of tokenizer, of the model at hand."""
        return self.tokenizers(told) if callable(self.tokenizers) else self.tokenizers

    def table(self, layers: Mapping[str, object]) -> Rules:
        """From the makers' names to the class's, for a network with these `layers`."""
        if self.makers_table is not None:
            return self.makers_table(layers)
        first = self.layouts[0].rules
        return () if callable(first) else first

    def find(self, tensors: Tensors) -> tuple[str, Denoiser] | None:
        """The prefix of the network's names and its layout; None where the file has no such network."""
        for wrapper in WRAPPERS:
            for layout in self.layouts:
                if wrapper + layout.marks[0] in tensors and layout.fits(under(tensors, wrapper)):
                    return wrapper, layout
        return None

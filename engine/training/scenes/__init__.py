"""WHAT IS SHOWN: a scene is plain data; from it come a picture, its maps and what one would say of it."""

from engine.training.scenes.captions import caption
from engine.training.scenes.compose import Composed, compose
from engine.training.scenes.edits import EditPair, sample_edit
from engine.training.scenes.held_out import is_held_out
from engine.training.scenes.prompts import Prompt, evaluation_prompts
from engine.training.scenes.sampling import held_out, sample_scene
from engine.training.scenes.scene import Item, Scene
from engine.training.scenes.words import Focus, Words, text_pairs

__all__ = [
    "Composed",
    "EditPair",
    "Focus",
    "Item",
    "Prompt",
    "Scene",
    "Words",
    "caption",
    "compose",
    "evaluation_prompts",
    "held_out",
    "is_held_out",
    "sample_edit",
    "sample_scene",
    "text_pairs",
]

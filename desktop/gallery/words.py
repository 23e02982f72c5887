"""The gallery's words: of facets and their values, of orders and groups, of what is wrong with a search."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from desktop.gallery.viewer.recipe_rows import sampler_name
from desktop.state.gallery.arranging import Grouping
from desktop.state.words import say
from engine.api.errors import BadRequest, EngineError

translate = QCoreApplication.translate
LABEL_COLOURS = {
    "red": "#e5484d", "yellow": "#e5b84b", "green": "#4caf6a", "blue": "#4a90d9", "purple": "#9b6dd7",
}  # fmt: skip
"""In the order of `engine.library.marks.LABELS`; seen on dark and on light."""


def label_names() -> dict[str, str]:
    return {
        "red": translate("Gallery", "Red"),
        "yellow": translate("Gallery", "Yellow"),
        "green": translate("Gallery", "Green"),
        "blue": translate("Gallery", "Blue"),
        "purple": translate("Gallery", "Purple"),
    }


def facet_names() -> dict[str, str]:
    """In the order in which they are shown."""
    return {
        "rating": translate("Gallery", "Rating"),
        "label": translate("Gallery", "Label"),
        "date": translate("Gallery", "Date"),
        "model": translate("Gallery", "Model"),
        "lora": translate("Gallery", "LoRA"),
        "kind": translate("Gallery", "Kind"),
        "size": translate("Gallery", "Size"),
        "sampler": translate("Gallery", "Sampler"),
        "family": translate("Gallery", "Family"),
        "program": translate("Gallery", "Program"),
        "tag": translate("Gallery", "Tag"),
    }


def value_name(facet: str, value: str) -> str:
    """A facet's value as one reads it."""
    if not value:
        return translate("Gallery", "none")
    match facet:
        case "rating":
            return "★" * int(value) if value != "0" else translate("Gallery", "without stars")
        case "label":
            return label_names().get(value, value)
        case "kind":
            return kind_names().get(value, value)
        case "sampler":
            return sampler_name(value)
        case "size":
            return value.replace("x", " × ")
    return value


def kind_names() -> dict[str, str]:
    return {
        "text": translate("Gallery", "From words"),
        "image": translate("Gallery", "From a picture"),
        "edit": translate("Gallery", "Edited"),
        "upscale": translate("Gallery", "Enlarged"),
        "sheet": translate("Gallery", "Sheet"),
        "picture": translate("Gallery", "Not generated"),
    }


def order_names() -> dict[str, str]:
    return {
        "newest": translate("Gallery", "Newest first"),
        "oldest": translate("Gallery", "Oldest first"),
        "rating": translate("Gallery", "Best first"),
        "name": translate("Gallery", "By file name"),
        "model": translate("Gallery", "By model"),
        "prompt": translate("Gallery", "By prompt"),
        "largest": translate("Gallery", "Largest first"),
        "seed": translate("Gallery", "By seed"),
    }


def grouping_names() -> dict[Grouping, str]:
    return {
        Grouping.NONE: translate("Gallery", "No groups"),
        Grouping.DAY: translate("Gallery", "Groups by day"),
        Grouping.MODEL: translate("Gallery", "Groups by model"),
        Grouping.PROMPT: translate("Gallery", "Groups by prompt"),
    }


def say_problem(error: EngineError) -> str:
    """What is wrong with a search, and what would be right."""
    if not isinstance(error, BadRequest) or error.field != "query":
        return say(error)
    data = error.data
    value, near = str(data.get("value", "")), str(data.get("near", ""))
    match data.get("problem"):
        case "field" if near:
            text = translate("Gallery", "There is no “{value}:” to search by. Did you mean “{near}:”?")
        case "field":
            text = translate(
                "Gallery", "There is no “{value}:” to search by. Put words with a colon in quotes."
            )
        case "number":
            text = translate("Gallery", "“{value}” is no number: write 4, >=4 or 2..4.")
        case "date":
            text = translate("Gallery", "“{value}” is no date: write 2026-11, today or 7d.")
        case "size":
            text = translate("Gallery", "“{value}” is no size: write 512x768.")
        case "choice":
            text = translate("Gallery", "“{value}” is not known there.")
        case "empty":
            text = translate("Gallery", "Something is missing after the colon.")
        case _:
            text = translate("Gallery", "The search is too long.")
    return text.format(value=value, near=near)

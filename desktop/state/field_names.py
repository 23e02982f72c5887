"""What the panels call the fields of a request, in the window's language."""

from __future__ import annotations

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

from desktop.state.language_code import language

translate = QCoreApplication.translate
look_up = QCoreApplication.translate
"""For texts that are marked elsewhere in this file."""

FIELDS = {
    "prompt": QT_TRANSLATE_NOOP("Words", "Prompt"),
    "prompts": QT_TRANSLATE_NOOP("Words", "Words of the prompt"),
    "recipe": QT_TRANSLATE_NOOP("Words", "Sheet"),
    "sheet": QT_TRANSLATE_NOOP("Words", "Sheet"),
    "negative_prompt": QT_TRANSLATE_NOOP("Words", "Negative prompt"),
    "board": QT_TRANSLATE_NOOP("Words", "Board"),
    "width": QT_TRANSLATE_NOOP("Words", "Width"),
    "height": QT_TRANSLATE_NOOP("Words", "Height"),
    "steps": QT_TRANSLATE_NOOP("Words", "Steps"),
    "guidance": QT_TRANSLATE_NOOP("Words", "Guidance"),
    "image_guidance": QT_TRANSLATE_NOOP("Words", "Picture guidance"),
    "box_share": QT_TRANSLATE_NOOP("Words", "Share of the steps for places"),
    "layers": QT_TRANSLATE_NOOP("Words", "Layers"),
    "guidance_rescale": QT_TRANSLATE_NOOP("Words", "Guidance rescale"),
    "guider": QT_TRANSLATE_NOOP("Words", "Guider"),
    "guidance_start": QT_TRANSLATE_NOOP("Words", "Guided from"),
    "guidance_stop": QT_TRANSLATE_NOOP("Words", "Guided up to"),
    "scheduler": QT_TRANSLATE_NOOP("Words", "Sampler"),
    "samplers": QT_TRANSLATE_NOOP("Words", "Sampler"),
    "strength": QT_TRANSLATE_NOOP("Words", "How much may change"),
    "seed": QT_TRANSLATE_NOOP("Words", "Seed"),
    "seeds": QT_TRANSLATE_NOOP("Words", "Seed"),
    "images": QT_TRANSLATE_NOOP("Words", "Pictures"),
    "model": QT_TRANSLATE_NOOP("Words", "Model"),
    "models": QT_TRANSLATE_NOOP("Words", "Model"),
    "device": QT_TRANSLATE_NOOP("Words", "Device"),
    "folder": QT_TRANSLATE_NOOP("Words", "Folder of pictures"),
    "trigger": QT_TRANSLATE_NOOP("Words", "The word that will call it"),
    "minutes": QT_TRANSLATE_NOOP("Words", "Time, in minutes"),
    "loras": QT_TRANSLATE_NOOP("Words", "Learnt"),
    "lora_weight": QT_TRANSLATE_NOOP("Words", "Learnt"),
    "lora_blocks": QT_TRANSLATE_NOOP("Words", "Learnt"),
    "embeddings": QT_TRANSLATE_NOOP("Words", "Learnt"),
    "maps": QT_TRANSLATE_NOOP("Words", "Maps"),
    "map_weight": QT_TRANSLATE_NOOP("Words", "Maps"),
    "map_start": QT_TRANSLATE_NOOP("Words", "Maps"),
    "map_end": QT_TRANSLATE_NOOP("Words", "Maps"),
    "regions": QT_TRANSLATE_NOOP("Words", "Places with words of their own"),
    "region_weight": QT_TRANSLATE_NOOP("Words", "Places with words of their own"),
    "styles": QT_TRANSLATE_NOOP("Words", "Styles"),
    "references": QT_TRANSLATE_NOOP("Words", "References"),
    "reference_weight": QT_TRANSLATE_NOOP("Words", "References"),
}
EDIT_FIELDS = {
    "edit": QT_TRANSLATE_NOOP("Words", "Edit"),
    "mask": QT_TRANSLATE_NOOP("Words", "Mask"),
    "grow_px": QT_TRANSLATE_NOOP("Words", "Grow"),
    "feather_px": QT_TRANSLATE_NOOP("Words", "Feather"),
    "paste_feather_px": QT_TRANSLATE_NOOP("Words", "Blend"),
    "padding_px": QT_TRANSLATE_NOOP("Words", "Context"),
    "working_side_px": QT_TRANSLATE_NOOP("Words", "Working size"),
    "extend": QT_TRANSLATE_NOOP("Words", "New canvas"),
    "frame": QT_TRANSLATE_NOOP("Words", "Frame"),
    "places": QT_TRANSLATE_NOOP("Words", "Words of a place"),
    "scale": QT_TRANSLATE_NOOP("Words", "Enlarging"),
    "tile_px": QT_TRANSLATE_NOOP("Words", "Enlarging"),
    "overlap_px": QT_TRANSLATE_NOOP("Words", "Enlarging"),
    "alpha": QT_TRANSLATE_NOOP("Words", "Enlarging"),
}
"""Of an edit, and of an enlargement: the field may name one of several places."""


def say_field(field: str) -> str:
    """The name that the panels show for a field of the request."""
    if (title := FIELDS.get(field) or EDIT_FIELDS.get(field.split("[")[0])) is not None:
        return look_up("Words", str(title))
    if field.startswith("branch"):
        return translate("Words", "Branch")
    if field.startswith("image"):
        return translate("Words", "Start picture")
    return field if language() == "en" else translate("Words", "A setting")

"""What the panels call the fields of a request, in the window's language."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from desktop.state.language_code import language

translate = QCoreApplication.translate


def say_field(field: str) -> str:
    """The name that the panels show for a field of the request."""
    match field:
        case "prompt":
            return translate("Words", "Prompt")
        case "prompts":
            return translate("Words", "Words of the prompt")
        case "recipe" | "sheet":
            return translate("Words", "Sheet")
        case "negative_prompt":
            return translate("Words", "Negative prompt")
        case "board":
            return translate("Words", "Board")
        case "width":
            return translate("Words", "Width")
        case "height":
            return translate("Words", "Height")
        case "steps":
            return translate("Words", "Steps")
        case "guidance":
            return translate("Words", "Guidance")
        case "image_guidance":
            return translate("Words", "Picture guidance")
        case "box_share":
            return translate("Words", "Share of the steps for places")
        case "layers":
            return translate("Words", "Layers")
        case "guidance_rescale":
            return translate("Words", "Guidance rescale")
        case "scheduler" | "samplers":
            return translate("Words", "Sampler")
        case "strength":
            return translate("Words", "How much may change")
        case "seed" | "seeds":
            return translate("Words", "Seed")
        case "images":
            return translate("Words", "Pictures")
        case "model" | "models":
            return translate("Words", "Model")
        case "device":
            return translate("Words", "Device")
        case "folder":
            return translate("Words", "Folder of pictures")
        case "trigger":
            return translate("Words", "The word that will call it")
        case "minutes":
            return translate("Words", "Time, in minutes")
        case "loras" | "lora_weight" | "lora_blocks" | "embeddings":
            return translate("Words", "Learnt")
        case "maps" | "map_weight" | "map_start" | "map_end":
            return translate("Words", "Maps")
        case "regions" | "region_weight":
            return translate("Words", "Places with words of their own")
        case "styles":
            return translate("Words", "Styles")
        case "references" | "reference_weight":
            return translate("Words", "References")
    if (told := _edit_field(field.split("[")[0])) is not None:
        return told
    if field.startswith("branch"):
        return translate("Words", "Branch")
    if field.startswith("image"):
        return translate("Words", "Start picture")
    return field if language() == "en" else translate("Words", "A setting")


def _edit_field(field: str) -> str | None:
    match field:
        case "edit":
            return translate("Words", "Edit")
        case "mask":
            return translate("Words", "Mask")
        case "grow_px":
            return translate("Words", "Grow")
        case "feather_px":
            return translate("Words", "Feather")
        case "paste_feather_px":
            return translate("Words", "Blend")
        case "padding_px":
            return translate("Words", "Context")
        case "working_side_px":
            return translate("Words", "Working size")
        case "extend":
            return translate("Words", "New canvas")
        case "frame":
            return translate("Words", "Frame")
        case "places":
            return translate("Words", "Words of a place")
        case "scale" | "tile_px" | "overlap_px" | "alpha":
            return translate("Words", "Enlarging")
    return None

"""What is wrong with a request, by the `problem` of its error: said behind the name of its field."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QT_TRANSLATE_NOOP

NOTHING_CHANGES = {
    "nothing_painted": QT_TRANSLATE_NOOP("Words", "nothing is painted yet. Paint with the mask brush (Q)."),
    "none_empty": QT_TRANSLATE_NOOP("Words", "no place is empty. Make the canvas larger with the crop tool."),
    "none_selected": QT_TRANSLATE_NOOP("Words", "nothing is selected."),
    "cannot_edit": QT_TRANSLATE_NOOP(
        "Words", "it makes pictures from words alone and cannot change one. Choose another model."
    ),
    "whole_only": QT_TRANSLATE_NOOP(
        "Words",
        "it is given whole pictures and changes no part of one. Choose “The whole picture” or another model.",
    ),
}
"""Why an edit cannot be, by its `problem`."""
OF_SHEETS = {
    "not_in_prompt": QT_TRANSLATE_NOOP("Words", "the first of them must stand in the prompt."),
    "needs_start": QT_TRANSLATE_NOOP("Words", "it counts only with a start picture. Choose one first."),
    "two_axes": QT_TRANSLATE_NOOP("Words", "it stands on two axes. Choose another one for one of them."),
    "too_many": QT_TRANSLATE_NOOP("Words", "that would be too many pictures. Shorten an axis."),
    "no_number": QT_TRANSLATE_NOOP("Words", "only numbers can stand here."),
    "no_values": QT_TRANSLATE_NOOP("Words", "write values with commas between them."),
    "sheet": QT_TRANSLATE_NOOP("Words", "a sheet has many recipes. Choose one of its pictures."),
}
"""Why a sheet cannot be, by its `problem`."""
OF_ASKING = {
    "no_class": QT_TRANSLATE_NOOP(
        "Words", "this model draws only what is in its list. Search there, and choose one."
    ),
    "no_picture": QT_TRANSLATE_NOOP("Words", "this model changes a picture. Choose one."),
    "many_sentences": QT_TRANSLATE_NOOP("Words", "too many sentences are joined with AND. Take some out."),
}
"""What the model lacks to draw from, by its `problem`."""
MAP_PROBLEMS = {
    "no_maps": QT_TRANSLATE_NOOP("Words", "this model cannot follow maps."),
    "no_control": QT_TRANSLATE_NOOP(
        "Words",
        "nothing here reads this kind of map for this model. Put a ControlNet into a model folder, or switch "
        "the map off.",
    ),
    "not_in_union": QT_TRANSLATE_NOOP(
        "Words", "this ControlNet does not read this kind. Choose another one."
    ),
    "several_controls": QT_TRANSLATE_NOOP("Words", "several ControlNets read this map. Choose one of them."),
    "no_map": QT_TRANSLATE_NOOP(
        "Words", "this model draws after a map. Add one, in the Maps section, and see that it is on."
    ),
    "many_own_maps": QT_TRANSLATE_NOOP("Words", "this model reads one map. Switch the others off."),
    "whole_map": QT_TRANSLATE_NOOP(
        "Words", "this model reads its map whole: weight 1, from the first step to the last."
    ),
    "whole_steps": QT_TRANSLATE_NOOP(
        "Words", "a control LoRA reads its map from the first step to the last. Set its steps so."
    ),
    "own_map_only": QT_TRANSLATE_NOOP(
        "Words", "this model reads its map by itself. Choose the model, in place of a ControlNet."
    ),
    "no_map_layer": QT_TRANSLATE_NOOP(
        "Words", "its layer is gone. Choose another one, or take the map away."
    ),
    "not_drawn": QT_TRANSLATE_NOOP("Words", "it cannot be drawn from a picture. Paint it by hand."),
    "made_of_mask": QT_TRANSLATE_NOOP("Words", "it is made of the mask by itself. Paint a mask instead."),
    "no_mask": QT_TRANSLATE_NOOP(
        "Words",
        "it shows the picture without what is painted over, and nothing is. Paint a mask and choose to "
        "change that, or switch the map off.",
    ),
    "two_times": QT_TRANSLATE_NOOP(
        "Words", "two of the ControlNets bring a sense of time, and a model goes by one. Switch one off."
    ),
    "reads_no_mask": QT_TRANSLATE_NOOP(
        "Words", "this ControlNet is not for inpainting. Choose one that is, or switch the map off."
    ),
}
"""What is wrong with a map, by its `problem`."""
OF_ENLARGING = {
    "cannot_refine": QT_TRANSLATE_NOOP(
        "Words", "it cannot refine an enlarged picture. Choose another model, or enlarge without refining."
    ),
}
"""Why a picture cannot be enlarged, by its `problem`."""
REFERENCE_PROBLEMS = {
    "no_references": QT_TRANSLATE_NOOP("Words", "this model cannot take after pictures."),
    "no_reference": QT_TRANSLATE_NOOP("Words", "this model draws after a picture. Choose one."),
    "pairs": QT_TRANSLATE_NOOP(
        "Words", "this model is shown what to do by pairs: before, after. One is missing, or one too many."
    ),
    "no_adapter": QT_TRANSLATE_NOOP(
        "Words",
        "no IP-Adapter for this model is here. Put one into a model folder, with its image encoder.",
    ),
    "several_adapters": QT_TRANSLATE_NOOP("Words", "several IP-Adapters fit. Choose one of them."),
    "many_references": QT_TRANSLATE_NOOP("Words", "this model reads fewer pictures. Take some away."),
    "whole_references": QT_TRANSLATE_NOOP(
        "Words", "this model reads pictures whole: weight 1, and no style or composition alone."
    ),
    "reference_or_words": QT_TRANSLATE_NOOP(
        "Words",
        "this model draws from words or after a picture, not from both. Take one of them away.",
    ),
    "no_subject": QT_TRANSLATE_NOOP(
        "Words", "this model must be told in a word what the picture shows. Write it beside it."
    ),
    "boxed_references": QT_TRANSLATE_NOOP(
        "Words",
        "this model puts whole pictures into places, and takes over the style of one that counts everywhere.",
    ),
    "narrow_reference": QT_TRANSLATE_NOOP(
        "Words", "one is longer and narrower than this model reads. Cut it, or take it away."
    ),
    "no_reference_places": QT_TRANSLATE_NOOP(
        "Words", "this model takes after a picture everywhere. Let it count everywhere."
    ),
    "no_reference_place": QT_TRANSLATE_NOOP(
        "Words",
        "the place of one is gone, or nothing is painted there. Paint it, or let it count everywhere.",
    ),
    "joined_first": QT_TRANSLATE_NOOP("Words", "the first of them stands alone: there is none above it."),
    "not_joined": QT_TRANSLATE_NOOP(
        "Words", "this adapter looks at one picture at a time. Let each count by itself."
    ),
    "no_scopes": QT_TRANSLATE_NOOP(
        "Words", "this model takes after a picture as a whole: no style or composition alone."
    ),
}
"""What is wrong with the references, by its `problem`."""
OF_GUIDING = {
    "no_guider": QT_TRANSLATE_NOOP("Words", "this model cannot be guided so. Choose another guider."),
    "guider_of_one": QT_TRANSLATE_NOOP(
        "Words", "it asks with one sentence, and there are several, or places. Choose another guider."
    ),
    "no_guided_step": QT_TRANSLATE_NOOP("Words", "it must be after where guidance begins."),
}
"""What is wrong with how it is guided."""
OF_FIELDS = {
    "branch": QT_TRANSLATE_NOOP("Words", "a branch keeps the model and the size that it started with."),
    "no_pixels": QT_TRANSLATE_NOOP("Words", "it is missing; choose it again."),
    "name_taken": QT_TRANSLATE_NOOP("Words", "there is one of this name already; choose another."),
    "no_name": QT_TRANSLATE_NOOP("Words", "it needs a name."),
    "mask_size": QT_TRANSLATE_NOOP("Words", "it must be as large as the picture."),
}
"""What else is wrong with one."""
OF_REQUESTS: Mapping[str, object] = {
    **NOTHING_CHANGES,
    **OF_SHEETS,
    **OF_ASKING,
    **MAP_PROBLEMS,
    **OF_ENLARGING,
    **REFERENCE_PROBLEMS,
    **OF_GUIDING,
    **OF_FIELDS,
}
"""All of them."""

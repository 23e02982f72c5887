"""What the engine says, in the artist's words and language."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from engine.api.errors import (
    BadRequest,
    CannotSave,
    EngineError,
    EngineLost,
    ModelNotFound,
    OutOfMemory,
    Overflow,
    UnreadableFile,
    UnsafeFile,
    UnsupportedModel,
)
from engine.api.events import Loading, Notice
from engine.api.request import LIMITS

translate = QCoreApplication.translate


def say(told: EngineError | Loading | Notice | BaseException) -> str:
    """One or two short sentences, plain text, in the present language."""
    match told:
        case Loading():
            return say_stage(told)
        case Notice():
            return say_notice(told)
        case BadRequest():
            return say_bad_request(told)
        case EngineError():
            return say_error(told)
    return translate("Words", "Something went wrong: {what}").format(what=f"{type(told).__name__}: {told}")


def say_error(error: EngineError) -> str:
    """The engine's own English sentence, which knows the details; in other languages the gist before it."""
    gist, english = _gist(error)
    if gist == english:
        return error.message or english
    return f"{gist}\n{error.message}" if error.message else gist


def _gist(error: EngineError) -> tuple[str, str]:
    """The kind of error in the present language and in English."""
    match error:
        case ModelNotFound():
            english = "That model is not there. Choose another one, or add its folder in the preferences."
            return translate(
                "Words", "That model is not there. Choose another one, or add its folder in the preferences."
            ), english
        case UnsupportedModel():
            english = "This model is of a kind that Lienzo cannot run. Choose another one."
            return translate(
                "Words", "This model is of a kind that Lienzo cannot run. Choose another one."
            ), english
        case UnsafeFile():
            english = "This file is damaged or could run foreign code. It was not loaded."
            return translate(
                "Words", "This file is damaged or could run foreign code. It was not loaded."
            ), english
        case OutOfMemory():
            english = "There is not enough memory for this picture. Make it smaller, or close other programs."
            return translate(
                "Words",
                "There is not enough memory for this picture. Make it smaller, or close other programs.",
            ), english
        case Overflow():
            english = "The numbers overflowed. Lower the guidance or choose another scheduler, and try again."
            return translate(
                "Words",
                "The numbers overflowed. Lower the guidance or choose another scheduler, and try again.",
            ), english
        case EngineLost():
            english = "The engine stopped. It starts again with the next job."
            return translate("Words", "The engine stopped. It starts again with the next job."), english
        case UnreadableFile():
            english = "This file cannot be read. It was left as it is."
            return translate("Words", "This file cannot be read. It was left as it is."), english
        case CannotSave():
            english = "Saving failed. What was there before is untouched."
            return translate("Words", "Saving failed. What was there before is untouched."), english
    return error.message, error.message


def say_bad_request(error: BadRequest) -> str:
    field, name = error.field, say_field(error.field)
    if field in LIMITS:
        low, high = LIMITS[field]
        if not error.reason.startswith("must be a multiple"):
            return translate("Words", "{field}: choose a value from {low} to {high}.").format(
                field=name, low=f"{low:g}", high=str(high) if field == "seed" else f"{high:g}"
            )
    return f"{name}: {error.reason}."


def say_field(field: str) -> str:
    """The name that the panels show for a field of the request."""
    match field:
        case "prompt":
            return translate("Words", "Prompt")
        case "negative_prompt":
            return translate("Words", "Negative prompt")
        case "width":
            return translate("Words", "Width")
        case "height":
            return translate("Words", "Height")
        case "steps":
            return translate("Words", "Steps")
        case "guidance":
            return translate("Words", "Guidance")
        case "guidance_rescale":
            return translate("Words", "Guidance rescale")
        case "scheduler":
            return translate("Words", "Scheduler")
        case "strength":
            return translate("Words", "Strength")
        case "seed":
            return translate("Words", "Seed")
        case "images":
            return translate("Words", "Pictures")
        case "model":
            return translate("Words", "Model")
        case "image":
            return translate("Words", "Start picture")
        case "branch" | "branch.step" | "branch.image_index":
            return translate("Words", "Branch")
    return field


def say_stage(loading: Loading) -> str:
    """What is prepared, with its share where it is known."""
    text = _stage(loading.stage)
    return text if loading.share is None else f"{text} {loading.share:.0%}"


def _stage(stage: str) -> str:
    match stage:
        case "model":
            return translate("Words", "Loading the model")
        case "text_encoder":
            return translate("Words", "Loading the text encoder")
        case "prompt":
            return translate("Words", "Reading the prompt")
        case "image":
            return translate("Words", "Reading the start picture")
        case "preview":
            return translate("Words", "Preparing the preview")
        case "decode":
            return translate("Words", "Developing the picture")
        case "replay":
            return translate("Words", "Going back to the step")
    return translate("Words", "Preparing")


def say_notice(notice: Notice) -> str:
    match notice.code:
        case "tiled_decode":
            return translate("Words", "Memory is short: the picture is developed in tiles.")
        case "float32_decode":
            return translate("Words", "The numbers overflowed: the picture is developed in full precision.")
        case "offload":
            return translate("Words", "Memory is short: parts of the model wait outside the graphics card.")
        case "prompt_cut":
            return translate(
                "Words", "The prompt is longer than the model reads. The dimmed end has no effect."
            )
        case "negative_prompt_cut":
            return translate("Words", "The negative prompt is longer than the model reads.")
        case "approximate_branch":
            return translate("Words", "This scheduler cannot branch exactly. The picture comes out similar.")
    return notice.detail or notice.code

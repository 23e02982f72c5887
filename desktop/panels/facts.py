"""The one line of facts under the picture."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from desktop.state.viewing import Shown, ShownKind

translate = QCoreApplication.translate


def facts_of(shown: Shown) -> str:
    """What is on the canvas, e.g. `step 13 of 20 · 128 × 128`; empty where there is nothing to say."""
    size = f"{shown.extent.width} × {shown.extent.height}"
    match shown.kind:
        case ShownKind.STEP if shown.step is not None:
            step = translate("Facts", "step {step} of {total}")
            return f"{step.format(step=shown.step.index, total=shown.step.total)}  ·  {size}"
        case ShownKind.START:
            start = translate("Facts", "start picture")
            return f"{start}  ·  {size}"
        case ShownKind.RESULT if shown.result is None:
            saving = translate("Facts", "being saved")
            return f"{saving}  ·  {size}"
        case ShownKind.RESULT if shown.result is not None and shown.result.is_missing:
            return translate("Facts", "The file is not where it was saved: {name}").format(
                name=shown.result.name
            )
        case ShownKind.RESULT if shown.result is not None and shown.result.recipe is not None:
            seed = translate("Facts", "seed {seed}").format(seed=shown.result.recipe.request.sampling.seed)
            return f"{seed}  ·  {size}  ·  {shown.result.name}"
        case ShownKind.RESULT if shown.result is not None:
            return f"{size}  ·  {shown.result.name}"
    return ""

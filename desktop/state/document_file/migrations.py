"""Old `state.json` to the present shape, one version a step. A step is not changed once it was released."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from desktop.state.document_file.kept import FORMAT, VERSION, KeptDocument
from engine.api.errors import BadRequest
from engine.api.form import Json, from_json

Form = dict[str, Json]


class TooNew(ValueError):
    """Saved by a later Lienzo, which this one does not understand."""


def read_kept(data: Json) -> KeptDocument:
    """What `state.json` says, whatever its version. Raises `TooNew` and `BadRequest`."""
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise BadRequest("format", f"expected {FORMAT}")
    version = data.get("version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise BadRequest("version", "expected a number")
    if version > VERSION:
        raise TooNew(f"version {version}")
    for step in range(version, VERSION):
        data = {**STEPS[step](data), "version": step + 1}
    return from_json(KeptDocument, data)


def _from_1(form: Form) -> Form:
    """Version 1 said `keep` instead of a mode, and had the size as a list."""
    size = form.get("size")
    if not isinstance(size, list) or len(size) != 2:
        raise BadRequest("size", "expected two numbers")
    kept = {name: value for name, value in form.items() if name not in ("size", "keep")}
    return {
        **kept,
        "width": size[0],
        "height": size[1],
        "mask_mode": "keep" if form.get("keep") else "change",
    }


STEPS: Mapping[int, Callable[[Form], Form]] = {1: _from_1}
"""From this version to the next."""

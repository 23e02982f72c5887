"""The few errors an artist can act on; everything else is a bug and crashes loudly."""

from __future__ import annotations


class EngineError(Exception):
    """Base of every error that is said to the artist in plain words.

    The message names the thing, the cause and the next step. Instances cross a process
    boundary as *(class name, message, data)*; see `to_data` and `from_data`.
    """

    exit_code = 1
    """What the command line ends with when this error reaches it."""

    def __init__(self, message: str, **data: str | int | float | None) -> None:
        super().__init__(message)
        self.message = message
        self.data = data
        """What a caller needs to act: the field, the step, the path."""

    def to_data(self) -> dict[str, object]:
        return {"error": type(self).__name__, "message": self.message, "data": dict(self.data)}


class ModelNotFound(EngineError):
    """No model goes by that name, and no file or folder lies there."""

    exit_code = 3


class UnsupportedModel(EngineError):
    """The file is sound, but no family here can run it; says what it seems to be."""

    exit_code = 4


class UnsafeFile(EngineError):
    """The file is damaged, hostile, or of a kind that can run code; it was not loaded."""

    exit_code = 5


class BadRequest(EngineError):
    """A value is out of range. `data["field"]` names it as in `GenerationRequest`."""

    exit_code = 2

    def __init__(self, field: str, reason: str, **data: str | int | float | None) -> None:
        super().__init__(f"{field}: {reason}", **{**data, "field": field, "reason": reason})
        self.field = field
        self.reason = reason


class OutOfMemory(EngineError):
    """Every rung of the memory ladder was tried; the message says what would fit."""

    exit_code = 6


class Overflow(EngineError):
    """The latents became NaN or infinite at `data["step"]`; no black picture is delivered."""

    exit_code = 7

    def __init__(self, step: int, message: str | None = None) -> None:
        super().__init__(
            message
            or f"The numbers overflowed at step {step}. Lower the guidance, or choose another "
            "scheduler or full precision, and try again.",
            step=step,
        )
        self.step = step


class EngineLost(EngineError):
    """The engine process died (killed, crashed, out of memory) while or before it worked."""

    exit_code = 8


class UnreadableFile(EngineError):
    """A picture, recipe or metadata block cannot be read; the file is left as it is."""

    exit_code = 5


class CannotSave(EngineError):
    """Saving failed (disk full, folder read-only, ...); what was there before is untouched."""

    exit_code = 9


class DownloadFailed(EngineError):
    """The network, or the other end, did not give what was asked for. What has come so far is kept."""

    exit_code = 11


ERRORS: dict[str, type[EngineError]] = {
    error.__name__: error
    for error in (
        EngineError, ModelNotFound, UnsupportedModel, UnsafeFile, BadRequest, OutOfMemory,
        Overflow, EngineLost, UnreadableFile, CannotSave, DownloadFailed,
    )
}  # fmt: skip


def from_data(form: dict[str, object]) -> EngineError:
    """The error that `to_data` described, of the same class; unknown classes become `EngineError`."""
    name, message, data = form.get("error"), str(form.get("message", "")), form.get("data")
    values = dict(data) if isinstance(data, dict) else {}
    kind = ERRORS.get(str(name), EngineError)
    error = kind.__new__(kind)
    EngineError.__init__(error, message, **values)
    for key, value in values.items():
        if key in ("field", "reason", "step"):
            setattr(error, key, value)
    return error

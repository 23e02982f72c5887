"""The root of what the app knows and can do; the window is built on it, and so are the tests."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from desktop.bridge.background import Background
from desktop.bridge.engine import Engine
from desktop.bridge.engine_thread import EngineThread
from desktop.state.draft import Draft
from desktop.state.generation import GenerationState
from desktop.state.jobs import Job, JobQueue, KeptStep
from desktop.state.messages import Level, Messages
from desktop.state.models import ModelList
from desktop.state.pictures import Pictures
from desktop.state.saving import PictureSaver
from desktop.state.settings import Settings
from desktop.state.start_picture import StartPicture
from desktop.state.viewing import Viewing
from desktop.state.words import say
from engine.api.errors import BadRequest, EngineError
from engine.api.images import ImageInput, Pixels
from engine.api.request import Branch, GenerationRequest

log = logging.getLogger("app")

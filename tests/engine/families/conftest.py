"""What the tests of most families begin with."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.api.model_info import ModelInfo
from engine.models.cache import Models
from engine.models.catalog import Catalog


@pytest.fixture(scope="module")
def models() -> Models:
    return Models(Catalog(), "cpu")


@pytest.fixture(scope="module")
def info(folder: Path, models: Models) -> ModelInfo:
    """Of the module's `folder`."""
    return models.catalog.find(str(folder))

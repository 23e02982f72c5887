"""The judge and what it is asked: marks, figures, sheets, and a whole evaluation of a tiny model."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from drawn import COLOURS, JudgedDiscs, disc, sprites_of_discs, tiny_model

from engine.api.errors import UnreadableFile
from engine.api.events import Finished, Step
from engine.training.evaluation.card import card, energy_kwh, table
from engine.training.evaluation.drawing import Painter
from engine.training.evaluation.evaluate import Extent, contact_choice, evaluate
from engine.training.evaluation.exam import Exam
from engine.training.evaluation.judge import Judge, judge_pictures
from engine.training.evaluation.judge_training import JudgeTask, train_judge
from engine.training.evaluation.marks import Namesakes, marks_of
from engine.training.evaluation.metrics import Share, frechet_distance, psnr, rank_of, ssim
from engine.training.evaluation.report import Report, Training
from engine.training.evaluation.sheet import Labelled, sheet, wrapped
from engine.training.evaluation.vocabulary import Vocabulary
from engine.training.fine_tuning import Plan

CPU = torch.device("cpu")
NARROW = (16, 16, 32, 32)


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """A judge that learns four pictures in seconds."""
    whole = Judge.__init__
    monkeypatch.setattr(Judge, "__init__", lambda self, words, widths=NARROW: whole(self, words, widths))

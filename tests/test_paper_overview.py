"Exported from nbs/paper/overview.ipynb by `python -m noisekd.export`; edit the notebook."

import pytest
import torch
from pathlib import Path
from typing import Any

import pandas as pd

from noisekd.claims import Claim, smallest_attack
from noisekd.config import Builder, Page, Profile
from noisekd.plan import count_page, every_page, known_names
from noisekd.printed import ft_schedule
from noisekd.paper.overview import *
import tempfile


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


def test_only_the_paper_s_student_is_trained_longer():
    from noisekd.config import PAPER, QUICK

    assert fickle_schedule(PAPER, 0.4)["epochs"] == 350
    assert fickle_schedule(QUICK, 0.4) == {}


def test_eleven_runs_make_the_page():
    from noisekd.config import PROFILES

    assert [len(grid(p, runs="r").runs) for p in PROFILES.values()] == [11] * 4


def test_students_learn_from_the_teacher_that_saw_their_labels():
    from noisekd.config import DEMO

    for e in grid(DEMO, runs="r").entries:
        if e.teacher:
            assert e.teacher.label_corruption == e.config.label_corruption


def test_the_fickle_teacher_has_dropout():
    from noisekd.config import DEMO

    taught = [e for e in grid(DEMO, runs="r").entries if e.teacher]
    dropouts = {e.config.method: e.teacher.dropout for e in taught}
    assert dropouts["ft"] == 0.1
    assert dropouts["hinton"] == 0


def test_robustness_is_asked_under_attack():
    from noisekd.config import QUICK

    found = {c.sentence: c for c in claims(grid(QUICK, runs="r"))}
    assert len(found) == 7
    assert found["SR is more robust than GA"].condition["eps"] == 2 / 255
    assert found["with wrong labels, MC improves on Hinton"].a["label_corruption"] == 0.4


def test_nothing_is_done_in_an_empty_folder():
    with tempfile.TemporaryDirectory() as folder:
        found = done_table(Path(folder))
    assert found.loc["overview", "quick"] == "0 of 11"
    assert found.loc["overview-svhn", "demo"] == ""
    assert "claims" not in found.index

"Exported from nbs/32_printed.ipynb by `python -m noisekd.export`; edit the notebook."

import pytest
import torch
import math
from functools import lru_cache
from typing import NamedTuple

from noisekd.basics import read_facts
from noisekd.objective import METHODS
from noisekd.printed import *
from noisekd.printed import _printed_eps
from noisekd.printed import _could_be_printed
from noisekd.basics import refuses
HINTON = {
    **PLAIN,
    **dict(dataset="cifar10", method="hinton", gaussian=None, teacher_dropout=None),
    **dict(metric="test_acc", corruption=None, severity=None, length=1.0),
    **dict(eps=None, steps=None, selection=None, teacher_corruption=0.0),
}
ATTACKED = dict(metric="pgd_acc", eps=8 / 255, steps=20, selection="run minimum")
ATTACKED |= dict(norm="linf", step_size=0.003)
SR = HINTON | ATTACKED | dict(method="sr", gaussian=0.05)
OTHERS = dict(
    role="teacher",
    dataset="svhn",
    networks="WRN-40-2 to WRN-28-2",
    method="ga",
    gaussian=0.02,
    dropout=0.4,
    messy=0.2,
    smoothing=0.1,
    teacher_dropout=0.4,
    teacher_smoothing=0.1,
    teacher_samples=10,
    length=1.75,
    label_corruption=0.4,
    teacher_corruption=0.4,
    human_labels="worst",
    imbalance=0.6,
    changed="tau 2",
    note="16 epochs",
    metric="test_acc",
    eps=10 / 255,
    step_size=0.03,
    steps=10,
    norm="l2",
    selection="strict",
    source="sweep_scaled",
)


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


def test_nan_becomes_none():
    assert plain({"a": float("nan"), "b": 1.0, "c": "x"}) == {"a": None, "b": 1.0, "c": "x"}


def test_the_longest_training_is_of_350_epochs():
    assert ft_schedule(0.4) == {"epochs": 350, "milestones": [105, 210, 280]}
    assert ft_length(0.4) == 1.75


def test_table_2_joins_methods():
    found = printed_method({"method": "AT", "variant": "+FT"})
    assert found["method"] == "at+ft"
    assert found["teacher_dropout"] == 0.4
    assert found["length"] == 1.0


def test_ft_alone_is_trained_for_longer():
    found = printed_method({"method": "FT-0.1"})
    assert found == {"method": "ft", "teacher_dropout": 0.1, "length": 1.25}


def test_an_accuracy_has_no_radius():
    assert _printed_eps({"metric": "test_acc"}) is None


def test_a_radius_in_print_is_a_number():
    cell = dict(table="4", dataset="SVHN", method="GA", metric="pgd_acc", eps="8/255")
    row = printed_row(cell | dict(sigma=0.2, steps=20, mean=12.19, std=0.29))
    assert row["eps"] == 0.031
    assert row["dataset"] == "svhn"


def test_every_printed_cell_is_there():
    assert len(printed_rows()) == 254


def test_a_strict_accuracy_is_not_in_print():
    row = PLAIN | {"metric": "pgd_acc", "selection": "run minimum"}
    row |= {"norm": "linf", "step_size": 0.003}
    assert _could_be_printed(row)
    assert not _could_be_printed(row | {"step_size": 0.03})
    assert not _could_be_printed(row | {"selection": "strict"})


def test_a_cell_that_is_printed_twice_is_found_where_it_stands_first():
    for key, cell in printed_by_key().items():
        same = [c for c in printed_rows() if tuple(c[k] for k in PRINTED_KEYS) == key]
        assert cell is same[0]


def test_a_printed_value_is_found_by_its_keys():
    assert printed_value(HINTON)["mean"] == 94.28
    assert printed_value(SR)["mean"] == 15.56
    assert printed_value(SR | {"eps": 2 / 255})["mean"] == 55.01


def test_another_choice_of_the_teacher_is_not_printed():
    assert printed_value(HINTON)
    assert printed_value(HINTON | {"teacher_pick": "first"}) is None


def test_every_single_key_counts():
    for key, other in OTHERS.items():
        assert printed_value(SR | {key: other}) is not printed_value(SR), key


def test_every_pair_of_keys_counts():
    pairs = [(a, b) for a in OTHERS for b in OTHERS if a < b]
    for a, b in pairs:
        changed = SR | {a: OTHERS[a], b: OTHERS[b]}
        assert printed_value(changed) is not printed_value(SR), (a, b)


def test_every_printed_cell_finds_itself():
    for cell in printed_rows():
        keys = {k: cell[k] for k in PRINTED_KEYS}
        row = HINTON | ATTACKED | keys | {"corruption": "19 corruptions"}
        assert printed_value(row)["mean"] == cell["mean"]


def test_a_mean_agrees_within_the_joint_spread():
    cell = printed_value(HINTON)
    near = beside(HINTON | {"mean": cell["mean"] + 0.9 * cell["std"], "std": 0.0})
    far = beside(HINTON | {"mean": cell["mean"] + 1.1 * cell["std"], "std": 0.0})
    assert near.within
    assert not far.within


def test_nothing_stands_beside_what_is_not_printed():
    assert beside(HINTON | {"dataset": "digits", "mean": 1.0, "std": 0.0}) is None


def test_refuses_a_schedule_that_is_not_printed():
    refuses("dropout = 0.6: not in print; should be of 0.1, 0.2", ft_schedule, 0.6)

"Exported from nbs/paper/noisy_collaboration.ipynb by `python -m noisekd.export`; edit the notebook."

import pytest
import torch
from typing import Any

import pandas as pd

from noisekd.claims import Claim, paired_difference, values_of
from noisekd.config import Builder, Page, Profile
from noisekd.report import plain
from noisekd.paper.noisy_collaboration import *
from noisekd.claims import select, verdicts
from noisekd.config import DEMO, PROFILES, QUICK, entry_keys
def invented_rows(page):
    "Test and robust accuracy of each entry, two seeds."
    attack = {"metric": "pgd_acc", **smallest_attack(page)}
    rows = []
    for place, e in enumerate(page.entries):
        misled = bool(e.teacher and e.teacher.label_corruption)
        known = {**entry_keys(e), "entry": place, "n": 10**12}
        test = {"metric": "test_acc", "value": 60.0 - 5 * misled}
        robust = {**attack, "value": 20.0 + 7 * misled}
        rows += [{**known, **row, "seed": s} for s in (0, 10) for row in (test, robust)]
    return pd.DataFrame(rows)


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


def test_two_runs_and_four_for_each_rate():
    sizes = {name: len(grid(p, runs="r").runs) for name, p in PROFILES.items()}
    assert sizes == {"demo": 18, "quick": 6, "smoke": 18, "paper": 18}


def test_teacher_and_student_are_told_wrong_labels_independently():
    students = [e for e in grid(QUICK, runs="r").entries if e.teacher]
    told = [(e.teacher.label_corruption, e.config.label_corruption) for e in students]
    assert told == [(0, 0), (0.4, 0), (0, 0.4), (0.4, 0.4)]


def test_every_student_learns_from_answers():
    students = [e for e in grid(QUICK, runs="r").entries if e.teacher]
    assert {e.config.method for e in students} == {"hinton"}
    assert {e.config.alpha for e in students} == {0.9}


def test_the_overview_s_runs_are_not_made_twice():
    from noisekd.paper.overview import grid as overview_grid

    own = set(grid(QUICK, runs="r").runs) - set(overview_grid(QUICK, runs="r").runs)
    assert len(own) == 2


def test_the_rate_is_the_teacher_s_or_the_student_s():
    assert part({"label_corruption": 0.0, "teacher_corruption": 0.4}).startswith("40%")
    assert part({"label_corruption": 0.2, "teacher_corruption": 0.0}).startswith("20%")
    assert part({"label_corruption": 0.0, "teacher_corruption": float("nan")})[0] == "c"


def test_no_two_rows_have_one_heading():
    for p in PROFILES.values():
        keys = [entry_keys(e) for e in grid(p, runs="r").entries]
        headings = [(part(k), row_heading(k)) for k in keys]
        assert len(set(headings)) == len(headings)


def test_the_smallest_radius_is_attacked():
    assert smallest_attack(grid(QUICK, runs="r"))["eps"] == 2 / 255
    assert smallest_attack(grid(DEMO, runs="r"))["eps"] == 0.1


def test_keys_are_one_student():
    keys = pd.DataFrame([entry_keys(e) for e in grid(QUICK, runs="r").entries])
    assert len(select(keys, student_keys(0.0, 0.0))) == 1


def test_each_keys_are_one_student():
    keys = pd.DataFrame([entry_keys(e) for e in grid(DEMO, runs="r").entries])
    for rate in SIZES["demo"]["rates"]:
        assert [len(select(keys, k)) for k in three_students(rate)] == [1, 1, 1]


def test_a_difference_has_an_interval():
    rows = invented_rows(grid(QUICK, runs="r"))
    text = difference_text(rows, student_keys(0.4, 0.0), {"metric": "test_acc"})
    assert text == "-5.00 [-5.0, -5.0]"


def test_differences_are_to_the_clean_student():
    page = grid(QUICK, runs="r")
    found = differences(page, invented_rows(page))
    assert found.Test.str.split(" ").str[0].tolist() == ["-5.00", "+0.00", "-5.00"]
    assert found.PGD.str.split(" ").str[0].tolist() == ["+7.00", "+0.00", "+7.00"]


def test_other_images_do_not_count():
    rows = invented_rows(grid(QUICK, runs="r"))
    ours = rows.assign(metric="entropy", value=1.0, data="cifar10/test")
    others = rows.assign(metric="entropy", value=9.0, data="cinic10/imagenet")
    found = softness(pd.concat([ours, others], ignore_index=True))
    assert set(found.Entropy) == {1.0}
    assert len(found) == 6


def test_a_pair_differs_in_one_corruption():
    for a, b in pairs_of(0.4).values():
        assert len([k for k in a if a[k] != b[k]]) == 1


def test_three_claims_for_each_rate():
    assert len(claims(grid(DEMO, runs="r"))) == 12


def test_the_claims_are_decided_by_the_rows():
    page = grid(QUICK, runs="r")
    found = verdicts(claims(page), invented_rows(page))
    assert found["At this size"].tolist() == ["supported", "supported", "open"]

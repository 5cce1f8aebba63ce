"Exported from nbs/paper/protocol.ipynb by `python -m noisekd.export`; edit the notebook."

import pytest
import torch
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
import seaborn as sns

from noisekd.attacks import EPSILONS, STEPS
from noisekd.basics import read_facts
from noisekd.claims import Claim, select
from noisekd.config import Builder, Entry, Page, Profile
from noisekd.corruptions import MAIN, POINTWISE
from noisekd.paper.overview import SIZES as STRENGTHS
from noisekd.report import colour, method_heading, printed_rows, printed_value, radius
from noisekd.paper.protocol import *
from noisekd.config import DEMO, PAPER, PROFILES, QUICK, entry_keys
EMPTY = dict.fromkeys(
    ("corruption", "severity", "eps", "step_size", "steps", "selection", "source")
)


def invented_rows(*conditions):
    "One row of each student of quick for each condition."
    rows = []
    for place, e in enumerate(grid(QUICK, runs="r").entries[-3:]):
        keys = {**entry_keys(e), **EMPTY, "entry": place, "seed": 0}
        rows += [{**keys, **condition} for condition in conditions]
    return pd.DataFrame(rows)
def attacked(steps, step_size, value, selection="run minimum"):
    "A row of the sweep over steps."
    told = dict(eps=8 / 255, source="sweep_steps", selection=selection)
    told |= dict(metric="pgd_acc", steps=steps, step_size=step_size)
    return told | {"value": value}


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


def test_the_longest_training_has_all_images_and_is_not_swept():
    [longest] = longest_teacher(Builder(QUICK, runs="r"))
    assert longest.note == LONGEST
    assert longest.config.train_size is None
    assert longest.evaluation.sweep_steps == ()
    assert len(longest.evaluation.corruptions) == 95


def test_so_many_runs_make_the_page():
    sizes = {name: len(grid(p, runs="r").runs) for name, p in PROFILES.items()}
    assert sizes == {"demo": 4, "quick": 5, "smoke": 4, "paper": 4}


def test_one_teacher_teaches():
    page = grid(QUICK, runs="r")
    taught = {e.config.teacher for e in page.entries if e.teacher}
    assert taught == {page.entries[0].run}


def test_only_the_last_student_is_new():
    from noisekd.paper.overview import grid as overview_grid

    own = set(grid(PAPER, runs="r").runs) - set(overview_grid(PAPER, runs="r").runs)
    assert own == {grid(PAPER, runs="r").entries[-1].run}


def test_students_are_attacked_in_both_step_sizes_and_both_sweeps():
    for p in PROFILES.values():
        for e in grid(p, runs="r").entries[-3:]:
            assert e.evaluation.sweep_step_sizes == (0.003, 0.03)
            assert e.evaluation.sweep_scaled


def test_printed_means_are_found_by_keys():
    found = printed_means(table="4", eps=0.031, steps=20)
    assert found["cifar10", "sr", 0.05] == 15.56


def test_the_printed_tables_bracket_0_003():
    steps = implied_steps().step
    assert len(steps) == 8
    assert steps.min() < 0.003 < steps.max()
    assert steps.max() < 0.03 / 5


def test_the_implied_step_by_hand():
    first = implied_steps().loc["cifar10", "ga", 0.02]
    by_hand = (93.65 - 72.85) / (93.65 - 60.27) / 255
    assert abs(first.step - by_hand) < 1e-4


def test_what_is_printed_stands_beside_ours():
    found = beside_printed(invented_rows(dict(metric="test_acc", value=80.0)))
    values = found.set_index(["Method", "by"])["value"]
    assert values["GA, σ 0.05", "here"] == 80
    assert values["GA, σ 0.05", "paper"] == 92.14


def test_seeds_are_averaged():
    found = pd.DataFrame({"Method": "SR", "Step": "0.003", "steps": 1, "value": [1.0, 3.0]})
    assert wide(found, "steps").loc[("SR", "0.003"), 1] == 2


def test_the_paper_s_row_stands_below_both_readings():
    rows = invented_rows(attacked(1, 0.003, 40.0), attacked(1, 0.03, 20.0))
    found = steps_table(rows)
    assert found.loc["GA, σ 0.05", 1].to_dict() == {"0.003": 40, "0.03": 20, "paper": 81.24}
    assert list(found.loc["SR, σ 0.2"].index) == ["0.003", "0.03"]


def test_a_share_is_of_the_same_source():
    clean = dict(metric="test_acc", value=80.0)
    rows = invented_rows(clean, attacked(1, 0.003, 40.0), attacked(1, 0.03, 20.0))
    found = clean_shares(rows).loc["SR, σ 0.05", 1]
    assert found["0.003"] == 0.5
    assert found["0.03"] == 0.25
    assert 0.88 < found["paper"] < 0.91


def test_the_steps_are_equally_spaced():
    fig, ax = plt.subplots()
    draw_steps(ax, pd.DataFrame([[0.9, 0.4]], index=["0.003"], columns=[1, 20]), "sr")
    drawn = list(ax.lines[0].get_xdata())
    labels = [t.get_text() for t in ax.get_xticklabels()]
    plt.close(fig)
    assert drawn == [0, 1]
    assert labels == ["1", "20"]


def test_a_panel_has_a_line_for_each_reading():
    clean = dict(metric="test_acc", value=80.0)
    rows = invented_rows(clean, attacked(1, 0.003, 40.0), attacked(1, 0.03, 20.0))
    fig = draw_all_steps(rows)
    lines = [len(ax.lines) for ax in fig.axes]
    plt.close(fig)
    assert lines == [3, 3, 2]


def test_the_first_step_is_told_in_words():
    index = pd.MultiIndex.from_product([["GA", "SR"], ["0.003"]], names=["Method", "Step"])
    shares = pd.DataFrame({1: [0.8, 0.9]}, index)
    assert "ours, step 0.003: 80% to 90%" in first_step_sentence(shares)


def test_the_text_and_table_4_differ():
    found = text_against_tables()
    assert found["text"].to_dict() == {"GA": 25.94, "SR": 51.39}
    assert found["Table 4, 8/255"].to_dict() == {"SR": 24.14, "GA": 12.19}


def test_table_4_continues_table_5():
    found = text_against_tables()
    fall = found["Table 5, 10/255"] / found[["text", "Table 4, 8/255"]].T
    assert (fall.loc["text"] < 0.5).all()
    assert (fall.loc["Table 4, 8/255"] > 0.5).all()


def test_the_gap_is_run_minimum_minus_strict():
    rows = invented_rows(attacked(1, 0.003, 40.0), attacked(1, 0.003, 38.5, "strict"))
    assert set(selection_gap(rows)[1]) == {1.5}


def test_table_5_has_three_rows_for_each_student():
    told = dict(metric="pgd_acc", eps=10 / 255, steps=20, selection="run minimum")
    fixed = told | dict(source="sweep_eps", value=5.0)
    scaled = told | dict(source="sweep_scaled", value=1.0)
    found = radii_table(invented_rows(fixed, scaled)).loc["SR, σ 0.05", "10/255"]
    assert found["fixed"] == 5
    assert found["2.5 ε / steps"] == 1
    assert found["paper"] == printed_means(table="5", eps=0.039)["cifar10", "sr", 0.05]


def test_figure_3_cannot_be_plain_for_large_sigma():
    found = figure_3_plain().plain
    assert list(found.index[found == "impossible"]) == [0.4, 0.5]


def test_who_was_asked_less_is_left_out():
    rows = invented_rows(*[dict(metric="corruption_acc", corruption=c) for c in MAIN])
    less = rows[(rows.entry < 2) | (rows.corruption == "fog")]
    assert set(fully_asked(less).Method) == {"GA, σ 0.05", "SR, σ 0.05"}


def test_the_means_are_over_what_was_asked():
    kinds = {"corruption_acc": 50.0, "corruption_acc_given_clean": 60.0}
    rows = [
        dict(metric=metric, corruption=name, severity=s, value=kinds[metric] + s - 3)
        for metric in kinds
        for name, s in POINTS
    ]
    found = corruption_means(invented_rows(*rows)).loc["SR, σ 0.2"]
    assert found["7 corruptions, plain"] == 50
    assert found["7 corruptions, conditional"] == 60
    assert found["5 corruptions, plain"] == 50


def test_both_numbers_of_bins_are_shown_of_the_test_images():
    rows = [dict(metric="ece", value=2.0), dict(metric="ece_10", value=1.0)]
    rows = invented_rows(*rows).assign(data="cifar10/test")
    others = rows.assign(value=9.0, data="cinic10/imagenet")
    found = calibration(pd.concat([rows, others]))
    assert set(found["15 bins"]) == {2.0}
    assert set(found["10 bins"]) == {1.0}


def test_digits_are_not_held_against_cifar10():
    rows = pd.DataFrame({"role": "teacher", "dataset": ["cifar10"] * 2, "entry": [0, 1]})
    assert last_teacher(rows).entry.tolist() == [1]
    assert last_teacher(rows.assign(dataset="digits")).empty


def test_both_sides_are_one_entry():
    for p in PROFILES.values():
        page = grid(p, runs="r")
        keys = pd.DataFrame([entry_keys(e) for e in page.entries])
        assert [len(select(keys, side)) for side in compared(page)] == [1, 1]


def test_every_step_and_every_radius_is_a_claim():
    assert len(claims(grid(QUICK, runs="r"))) == 10
    assert len(claims(grid(DEMO, runs="r"))) == 5

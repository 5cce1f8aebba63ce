"Exported from nbs/paper/messy_collaboration.ipynb by `python -m noisekd.export`; edit the notebook."

import pytest
import torch
import math
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
import seaborn as sns

from noisekd.config import Builder, Entry, Page, Profile, entry_keys, further
from noisekd.report import GREY, PALETTE, arrange, column_heading, long_table
from noisekd.report import method_heading, part_heading, plain, rows_of, summary
from noisekd.paper.messy_collaboration import *
from noisekd.config import DEMO, PAPER, PROFILES, QUICK
from noisekd.report import imagined_rows


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


def test_clean_labels_need_no_field():
    assert label_fields(0.0, None) == {}
    assert label_fields(0.4, None) == {"label_corruption": 0.4}
    assert label_fields(0.0, "worst") == {"human_labels": "worst"}


def test_all_see_the_same_labels():
    found = under_labels(Builder(PAPER, runs="r"), {"label_corruption": 0.4})
    assert len(found) == 3 + 5 + 1
    assert {e.config.label_corruption for e in found} == {0.4}
    assert {e.teacher.label_corruption for e in found if e.teacher} == {0.4}


def test_so_many_runs_make_the_page():
    sizes = {name: len(grid(p, runs="r").runs) for name, p in PROFILES.items()}
    assert sizes["paper"] == 8 * 9
    assert sizes == {"demo": 18, "quick": 10, "smoke": 10, "paper": 72}


def test_human_labels_are_of_cifar_10_only():
    pages = grid(PAPER, runs="r"), grid(PAPER.on("svhn"), runs="r")
    human = [any(e.config.human_labels for e in p.entries) for p in pages]
    assert human == [True, False]


def test_hinton_is_the_rate_of_zero():
    p = grid(PAPER, runs="r")
    rows = imagined_rows(p, [{"metric": "test_acc"}], lambda row: 90 - (row["messy"] or 0))
    found = by_rate(rows)
    assert found.index.tolist() == [0.0, 0.1, 0.2, 0.3, 0.4, 0.5]
    assert found.loc[0.5, "mean"] == 89.5


def test_levels_are_teacher_and_baseline():
    p = grid(QUICK, runs="r")
    asked = [{"metric": "test_acc"}]
    rows = imagined_rows(p, asked, lambda row: float(row["role"] == "student"))
    assert level_values(rows) == {"teacher": 0.0, "baseline": 1.0}


def test_mc_is_drawn_over_its_rate():
    p = grid(DEMO, runs="r")
    fig, ax = plt.subplots()
    draw_by_rate(ax, imagined_rows(p, [{"metric": "test_acc"}], lambda row: 90.0))
    labels = ax.get_legend_handles_labels()[1]
    plt.close(fig)
    assert {"Hinton, MC", "Baseline", "Teacher"} <= set(labels)


def test_five_panels_need_two_lines():
    fig, found = panels(5)
    plt.close(fig)
    assert len(found) == 5
    assert len(fig.axes) == 8


def test_each_kind_of_labels_has_a_panel():
    p = grid(PAPER, runs="r")
    fig = rate_figure(imagined_rows(p, [{"metric": "test_acc"}], lambda row: 90.0))
    titles = [ax.get_title() for ax in fig.axes]
    plt.close(fig)
    assert len(titles) == 8
    assert titles[:2] == ["clean labels", "10% corrupted labels"]
    assert fig.get_figwidth() == 7


def test_the_less_memorised_is_the_better():
    p = grid(DEMO, runs="r")

    def mc_memorises_less(row):
        return 20.0 if row["method"] == "mc" else 30.0

    rows = imagined_rows(p, [{"metric": "memorised_acc"}], mc_memorises_less)
    found = memory_table(p, rows)["Wrong label learned"]
    assert found["40% corrupted labels", "MC, r 0.2"].startswith("**20.00")
    assert found["40% corrupted labels", "Hinton"].startswith("30.00")
    assert "clean labels" not in found.index

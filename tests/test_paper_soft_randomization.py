"Exported from nbs/paper/soft_randomization.ipynb by `python -m noisekd.export`; edit the notebook."

import pytest
import torch
from itertools import cycle
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns

from noisekd.attacks import PGD
from noisekd.config import Builder, Entry, Page, Profile, entry_keys, further
from noisekd.objective import find_method
from noisekd.printed import printed_rows
from noisekd.report import GREY, PALETTE, arrange, column_heading, long_table
from noisekd.report import method_heading, plain, radius, rows_of, summary
from noisekd.paper.soft_randomization import *
from noisekd.config import DEMO, PAPER, PROFILES, QUICK
from noisekd.report import imagined_rows
TEST = [{"metric": "test_acc"}]
def sr_is_better(row):
    "90 % less ten times sigma; a point more for SR."
    return 90 - 10 * (row["gaussian"] or 0) + (row["method"] == "sr")
ATTACKED = [
    {"metric": "pgd_acc", "eps": eps, "steps": 20, "selection": "run minimum"}
    | {"source": "attack", "norm": "linf", "step_size": 0.003}
    for eps in (2 / 255, 8 / 255)
]
def sweep_of(source, **more):
    "Questions of a sweep."
    usual = dict(metric="pgd_acc", norm="linf", step_size=0.003, steps=20)
    usual |= dict(eps=8 / 255, selection="run minimum", source=source)
    [(name, values)] = more.items()
    return [usual | {name: value} for value in values]
CERTIFIED = [{"metric": "certified_acc", "eps": eps} for eps in (0.5, 0.0)]
CORRUPTED = [
    {"metric": "corruption_acc_given_clean", "corruption": name, "severity": 3}
    for name in ("gaussian_noise", "contrast")
]


def noise_gains(row):
    "Hinton has 50 % on both; SR gains under noise and loses under contrast."
    if row["method"] != "sr":
        return 50.0
    return 60.0 if row["corruption"] == "gaussian_noise" else 45.0


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


def test_a_box_has_its_word():
    fig, ax = plt.subplots()
    draw_box(ax, (0.5, 0.5), "teacher")
    assert ax.texts[0].get_text() == "teacher"
    plt.close(fig)


def test_an_arrow_s_word_is_above_it():
    fig, ax = plt.subplots()
    draw_arrow(ax, (0, 0.5), (1, 0.5), "t")
    [word] = [t for t in ax.texts if t.get_text() == "t"]
    assert word.get_position() == (0.5, 0.55)
    plt.close(fig)


def test_one_box_has_noise():
    fig, ax = plt.subplots()
    draw_method(ax, "Messy Collaboration")
    words = [t.get_text() for t in ax.texts]
    plt.close(fig)
    assert "CE, $y'$" in words
    assert words.count("$x$") == 2


def test_each_noise_has_its_diagram():
    fig = figure_1()
    words = [[t.get_text() for t in ax.texts] for ax in fig.axes]
    plt.close(fig)
    assert r"$x + \delta$" in words[0]
    assert "teacher,\ndropout on" in words[1]
    assert "CE, $y'$" in words[2]


def test_svhn_has_its_own_noises():
    assert swept_sigmas(PAPER) == (0.02, 0.05)
    assert swept_sigmas(PAPER.on("svhn")) == (0.2, 0.5)


def test_ga_has_no_teacher():
    build = Builder(PAPER, runs="r")
    pairs = noisy_pairs(build, build.teacher())
    assert list(pairs) == list(EVERY["sigmas"])
    assert all(ga.teacher is None and sr.teacher for ga, sr in pairs.values())


def test_quick_attacks_at_two_grey_levels_too():
    assert smallest_radius(QUICK) == 2 / 255
    assert smallest_radius(PAPER) == 0.031


def test_the_sweeps_are_those_of_the_tables():
    assert sweeps(PAPER)["sweep_steps"] == (1, 5, 10, 15, 20, 100, 200, 1000)
    assert len(sweeps(PAPER)["sweep_eps"]) == 8


def test_every_further_question_has_its_size():
    assert certificates(PAPER)["certify_images"] == 500
    assert masking_search(QUICK)["eps"] == 2 / 255
    assert alignment(PAPER, "t")["beside"] == "t"


def test_so_many_further_questions_are_asked():
    build = Builder(PAPER, runs="r")
    teacher = build.teacher()
    levels = build.student("baseline"), build.student("hinton", teacher)
    found = further_questions(PAPER, levels, noisy_pairs(build, teacher))
    assert len(found) == 2 * 2 + 3 + 4 + 2


def test_so_many_runs_make_the_page():
    sizes = {name: len(grid(p, runs="r").runs) for name, p in PROFILES.items()}
    assert sizes["paper"] == 1 + 2 + 2 * 10
    assert sizes == {"demo": 9, "quick": 7, "smoke": 23, "paper": 23}


def test_a_row_is_named_by_its_noise():
    assert sigma_heading({"gaussian": 0.05}) == "0.05"


def test_a_column_is_a_question_and_a_method():
    assert method_column({"metric": "test_acc", "method": "sr"}) == "Test, SR"


def test_ga_and_sr_of_one_sigma_compete():
    row = {"gaussian": 0.05, "metric": "test_acc", "steps": None}
    ga, sr = [sigma_and_condition(row | {"method": m}) for m in ("ga", "sr")]
    assert ga == sr


def test_sr_and_ga_compete_at_each_sigma():
    p = grid(PAPER, runs="r")
    found = table_3(p, imagined_rows(p, TEST, sr_is_better))
    assert found.index.tolist() == [f"{s:g}" for s in EVERY["sigmas"]]
    assert found.loc["0.5", "Test, SR"].startswith("**86.00 ± 0.00** [68.95")
    assert found.loc["0.5", "Test, GA"].startswith("85.00")


def test_mean_and_deviation_are_told_by_sigma():
    p = grid(DEMO, runs="r")
    found = by_sigma(imagined_rows(p, TEST, sr_is_better), "sr")
    assert found.index.tolist() == [0.05, 0.1, 0.3]
    assert found.loc[0.1, "mean"] == 90


def test_two_lines_and_two_levels_are_drawn():
    fig, ax = plt.subplots()
    draw_by_sigma(ax, imagined_rows(grid(DEMO, runs="r"), TEST, sr_is_better))
    labels = ax.get_legend_handles_labels()[1]
    plt.close(fig)
    assert labels == ["GA", "SR", "Baseline", "Hinton"]


def test_radii_are_those_at_which_all_were_attacked():
    rows = imagined_rows(grid(QUICK, runs="r"), ATTACKED, sr_is_better)
    assert list(attacked_rows(rows)) == [2 / 255, 8 / 255]
    assert attacked_rows(rows[rows.method != "sr"]) == {}


def test_each_radius_has_a_panel():
    p = grid(QUICK, runs="r")
    fig = figure_2(imagined_rows(p, TEST + ATTACKED, sr_is_better))
    titles = [ax.get_title() for ax in fig.axes]
    plt.close(fig)
    assert titles == ["Test", "PGD 2/255", "PGD 8/255"]


def test_the_trade_off_has_a_point_for_each_student():
    rows = imagined_rows(grid(QUICK, runs="r"), TEST + ATTACKED, sr_is_better)
    points = trade_off(rows, 2 / 255)
    assert len(points) == 6
    sr = points[(points.method == "sr") & (points.gaussian == 0.05)]
    assert sr.test.item() == 90.5


def test_nobody_beats_a_student_of_the_front():
    points = pd.DataFrame({"test": [90, 80, 85], "pgd": [10, 20, 5]})
    assert pareto(points).tolist() == [True, True, False]


def test_each_radius_has_its_plane():
    rows = imagined_rows(grid(QUICK, runs="r"), TEST + ATTACKED, sr_is_better)
    fig = trade_off_figure(rows)
    titles = [ax.get_title() for ax in fig.axes]
    plt.close(fig)
    assert titles == ["PGD 2/255", "PGD 8/255"]


def test_where_all_lose_alike_the_most_accurate_are_the_front():
    rows = imagined_rows(grid(QUICK, runs="r"), TEST + ATTACKED, sr_is_better)
    assert front(rows) == ["SR, σ 0.05"]
    assert front(rows[:0]) == []


def test_noise_and_teacher_that_add_up_have_no_interaction():
    def adding_up(row):
        return 90 + 2 * (row["method"] in ("hinton", "sr")) - 10 * (row["gaussian"] or 0)

    p = grid(QUICK, runs="r")
    found = two_by_two(imagined_rows(p, TEST, adding_up), {"metric": "test_acc"})
    assert found.Interaction.tolist() == [0.0, 0.0]
    more = two_by_two(imagined_rows(p, TEST, sr_is_better), {"metric": "test_acc"})
    assert more.Interaction.tolist() == [1.0, 1.0]


def test_a_student_is_ga_or_sr():
    assert student_heading({"method": "sr"}) == "SR"


def test_steps_are_whole():
    assert steps_column({"steps": 20.0}) == "20"


def test_a_radius_is_told_in_grey_levels():
    assert radius_column({"eps": 8 / 255}) == "8/255"


def test_a_column_of_table_4_is_a_number_of_steps():
    p = grid(PAPER, runs="r")
    rows = imagined_rows(p, sweep_of("sweep_steps", steps=EVERY["steps"]), sr_is_better)
    found = sweep_table(p, rows, "sweep_steps")
    assert found.columns.tolist() == ["1", "5", "10", "15", "20", "100", "200", "1000"]
    assert found.index.tolist()[0] == ("0.02", "GA")
    assert "[15.56" in found.loc[("0.05", "SR"), "20"]
    assert "[" not in found.loc[("0.05", "SR"), "1000"]


def test_a_column_of_table_5_is_a_radius():
    p = grid(PAPER.on("svhn"), runs="r")
    rows = imagined_rows(p, sweep_of("sweep_eps", eps=RADII), sr_is_better)
    found = sweep_table(p, rows, "sweep_eps")
    assert found.columns.tolist()[:2] == ["1/255", "2/255"]
    assert "[13.57" in found.loc[("0.2", "SR"), "50/255"]


def test_the_tables_agree_against_the_text():
    table_4 = printed_on_svhn("sr", table="4", steps=20)
    table_5 = printed_on_svhn("sr", table="5", eps=0.039)
    assert table_4 < 51.39 / 2
    assert printed_on_svhn("ga", table="4", steps=20) < 25.94 / 2
    assert table_5 < table_4 < table_5 + 4


def test_each_student_is_searched():
    p = grid(QUICK, runs="r")
    asked = [{"metric": "masking_findings"}, {"metric": "square_acc"}]
    found = masking_table(imagined_rows(p, asked, sr_is_better))
    assert "SR, σ 0.05" in found.index
    assert found.columns.tolist() == ["Masking checks failed", "Square"]


def test_certified_accuracy_is_told_by_radius():
    p = grid(QUICK, runs="r")
    curves = certified_curves(imagined_rows(p, CERTIFIED, lambda row: 50 - 10 * row["eps"]))
    assert curves.index.tolist() == [0.0, 0.5]
    assert curves["SR, σ 0.2"].tolist() == [50.0, 45.0]


def test_every_student_has_a_step_line():
    rows = imagined_rows(grid(QUICK, runs="r"), CERTIFIED, lambda row: 50 - 10 * row["eps"])
    fig = certified_figure(rows)
    names = fig.axes[0].get_legend_handles_labels()[1]
    plt.close(fig)
    assert "SR, σ 0.2" in names
    assert len(names) == len(set(rows.run))


def test_gains_are_differences_from_hinton():
    p = grid(QUICK, runs="r")
    gains = corruption_gains(imagined_rows(p, CORRUPTED, noise_gains))
    assert gains.index.tolist() == ["gaussian_noise", "contrast"]
    assert gains[0.05].tolist() == [10.0, -5.0]


def test_each_gain_stands_in_its_square():
    fig = figure_3(imagined_rows(grid(QUICK, runs="r"), CORRUPTED, noise_gains))
    words = [t.get_text() for t in fig.axes[0].texts]
    plt.close(fig)
    assert words == ["+10", "+10", "-5", "-5"]


def test_alignment_is_told_by_noise():
    p = grid(QUICK, runs="r")
    asked = [{"metric": "cka", "sigma": sigma} for sigma in (0.0, 0.2)]
    found = cka_table(imagined_rows(p, asked, lambda row: 1 - row["sigma"]))
    assert found.loc["SR, σ 0.05"].tolist() == [1.0, 0.8]

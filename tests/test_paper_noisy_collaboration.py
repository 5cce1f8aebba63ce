"Exported from nbs/paper/noisy_collaboration.ipynb by `python -m noisekd.export`; edit the notebook."

import pytest
import torch
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns

from noisekd.claims import Claim, Difference, paired_difference, select
from noisekd.claims import smallest_attack, values_of, verdicts
from noisekd.config import Builder, Entry, Page, Profile, entry_keys, sized_run
from noisekd.report import GREY, NOT_RUN, PALETTE, plain, radius
from noisekd.paper.noisy_collaboration import *
from noisekd.config import DEMO, PAPER, PROFILES, QUICK
from noisekd.report import imagined_rows
TEST = {"metric": "test_acc", "n": 10**12, "data": "cifar10/test"}
def robust_beyond_its_accuracy(row, gain=7):
    "5 points of accuracy for `gain` points of robustness; the control in a line."
    misled = bool(row["teacher_corruption"])
    missing = 1 - row["length"]
    if row["metric"] == "test_acc":
        return 60.0 - 5 * misled - 20 * missing
    return 20.0 + gain * misled + 8 * missing
def imagined_page(page, value=robust_beyond_its_accuracy):
    "Test and robust accuracy of each entry of a page."
    attack = smallest_attack(page) | {"n": 10**12}
    return imagined_rows(page, [TEST, attack], value)
FOG = {"metric": "corruption_acc_given_clean", "corruption": "fog", "severity": 3}
MEAN = {"metric": "mca_given_clean", "corruption": "19 corruptions"}


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


def test_a_shorter_training_keeps_the_shares_of_its_drops():
    assert shorter(PAPER, 0.1) == {"epochs": 20, "milestones": (6, 12, 15)}
    assert shorter(QUICK, 0.5) == {"epochs": 8}
    assert shorter(DEMO, 0.05) == {"epochs": 1, "milestones": ()}


def test_only_the_paper_s_size_needs_a_smaller_radius():
    assert judged(QUICK) == {}
    assert judged(PAPER)["sweep_eps"] == QUICK.evaluation["sweep_eps"]


def test_teacher_and_student_are_told_wrong_labels_independently():
    build = Builder(QUICK, runs="r")
    students = misled_group(build, build.teacher(), 0.4)[1:]
    told = [(e.teacher.label_corruption, e.config.label_corruption) for e in students]
    assert told == [(0.4, 0), (0, 0.4), (0.4, 0.4)]


def test_two_runs_one_for_each_length_and_four_for_each_rate():
    sizes = {name: len(grid(p, runs="r").runs) for name, p in PROFILES.items()}
    assert sizes["paper"] == 2 + 7 + 4 * 4
    assert sizes == {"demo": 22, "quick": 10, "smoke": 18, "paper": 25}


def test_the_control_is_shorter_and_learns_from_the_clean_teacher():
    page = grid(PAPER, runs="r")
    control = [e for e in page.entries if e.length < 1]
    assert [e.length for e in control] == list(SIZES["paper"]["lengths"])
    assert {e.config.teacher for e in control} == {page.entries[0].run}


def test_every_student_learns_from_answers():
    students = [e for e in grid(QUICK, runs="r").entries if e.teacher]
    assert {e.config.method for e in students} == {"hinton"}
    assert {e.config.alpha for e in students} == {0.9}


def test_the_overview_s_runs_are_not_made_twice():
    from noisekd.paper.overview import grid as overview_grid

    own = set(grid(QUICK, runs="r").runs) - set(overview_grid(QUICK, runs="r").runs)
    assert len(own) == 2 + len(SIZES["quick"]["lengths"])


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
    assert smallest_attack(grid(QUICK, runs="r"))["source"] == "sweep_eps"
    assert smallest_attack(grid(PAPER, runs="r"))["eps"] == 2 / 255
    assert smallest_attack(grid(DEMO, runs="r"))["source"] == "attack"


def test_keys_are_one_student():
    keys = pd.DataFrame([entry_keys(e) for e in grid(QUICK, runs="r").entries])
    assert len(select(keys, student_keys(0.0, 0.0))) == 1


def test_each_keys_are_one_student():
    keys = pd.DataFrame([entry_keys(e) for e in grid(DEMO, runs="r").entries])
    for rate in SIZES["demo"]["rates"]:
        assert [len(select(keys, k)) for k in three_students(rate)] == [1, 1, 1]


def test_a_student_is_compared_with_that_of_clean_labels():
    rows = imagined_page(grid(QUICK, runs="r"))
    assert change(rows, student_keys(0.4, 0.0), {"metric": "test_acc"}).mean == -5
    assert change(rows, student_keys(0.2, 0.0), {"metric": "test_acc"}) is None


def test_a_difference_has_an_interval():
    d = Difference(mean=1.2, low=-0.3, high=2.7, p=0.1, seeds=3)
    assert difference_text(d) == "+1.20 [-0.3, +2.7]"
    assert difference_text(None) == "not run"


def test_natural_robustness_is_a_mean_or_single_corruptions():
    p = grid(QUICK, runs="r")
    few = imagined_rows(p, [FOG], lambda row: 50.0)
    assert natural_questions(few) == {"fog, conditional": FOG}
    all_asked = imagined_rows(p, [FOG, MEAN], lambda row: 50.0)
    assert natural_questions(all_asked) == {"mCA, conditional": MEAN}


def test_the_smallest_radius_heads_its_column():
    p = grid(QUICK, runs="r")
    assert list(questions(p, imagined_page(p))) == ["Test", "PGD 2/255"]


def test_differences_are_to_the_clean_student():
    p = grid(QUICK, runs="r")
    found = differences(p, imagined_page(p))
    assert found["Test"].str.split(" ").str[0].tolist() == ["-5.00", "+0.00", "-5.00"]
    assert found["PGD 2/255"].str[:5].tolist() == ["+7.00", "+0.00", "+7.00"]


def test_a_wide_interval_is_no_evidence_that_nothing_changed():
    assert kept(Difference(0.1, -0.5, 0.7, p=0.5, seeds=5)) == "kept"
    assert kept(Difference(0.1, -2.5, 2.7, p=0.9, seeds=2)) == "inconclusive"
    assert kept(Difference(0.5, -0.5, 1.5, p=0.2, seeds=5)) == "inconclusive"
    assert kept(Difference(-0.5, -1.5, 0.5, p=0.2, seeds=5)) == "inconclusive"
    assert kept(Difference(-5.0, -6.0, -4.0, p=0.0, seeds=5)) == "changed"
    assert kept(None) == "not run"


def test_a_loss_of_five_points_is_a_change():
    p = grid(QUICK, runs="r")
    found = kept_table(p, imagined_page(p))
    assert found.to_dict() == {"Test": {"40% corrupted labels": "changed"}}


def test_every_length_of_the_control_has_a_place():
    p = grid(QUICK, runs="r")
    found = in_plane(p, imagined_page(p), CONTROL)
    assert len(found) == 5 * 3
    first = found[found.length == 0.5].iloc[0]
    assert first.test == 50
    assert first.pgd == 24


def test_the_curve_is_not_extrapolated():
    curve = pd.DataFrame({"test": [60.0, 40.0, 50.0], "pgd": [20.0, 28.0, 24.0]})
    assert control_at(curve, 55.0) == 22
    assert np.isnan(control_at(curve, 60.1))
    assert np.isnan(control_at(curve, 39.9))
    assert np.isnan(control_at(curve[:0], 50.0))


def test_the_control_is_of_the_same_seed():
    p = grid(QUICK, runs="r")

    def better_seeds(row):
        return robust_beyond_its_accuracy(row) + row["seed"] * (row["metric"] == "pgd_acc")

    found = beside_control(p, imagined_page(p, better_seeds), student_keys(0.4, 0.0))
    assert found.test.tolist() == [55, 55, 55]
    assert found.control.tolist() == [22, 32, 42]


def test_what_accuracy_explains_is_no_gain():
    p = grid(QUICK, runs="r")
    keys = student_keys(0.4, 0.0)
    assert change(imagined_page(p), keys, smallest_attack(p)).mean == 7
    assert gain_over_control(beside_control(p, imagined_page(p), keys)).mean == 5

    def only_weaker(row):
        return robust_beyond_its_accuracy(row, gain=2)

    rows = imagined_page(p, only_weaker)
    assert change(rows, keys, smallest_attack(p)).mean == 2
    assert gain_over_control(beside_control(p, rows, keys)).mean == 0


def test_one_seed_outside_the_range_leaves_no_difference():
    p = grid(QUICK, runs="r")
    found = beside_control(p, imagined_page(p), student_keys(0.4, 0.0))
    found.loc[10, "control"] = np.nan
    assert gain_over_control(found) is None


def test_a_student_outside_the_curve_is_said_to_be():
    p = grid(QUICK, runs="r")
    found = beside_control(p, imagined_page(p), student_keys(0.4, 0.0))
    assert gain_text(found).startswith("+5.00")
    found.loc[10, "control"] = np.nan
    assert gain_text(found) == "outside the curve's range: 1 of 3 seeds"
    assert gain_text(found[:0]) == "not run"


def test_a_line_without_rows_says_so():
    p = grid(QUICK, runs="r")
    line = control_line(p, imagined_page(p)[:0], student_keys(0.4, 0.0))
    assert line["PGD"] == "-"
    assert line["Difference"] == "not run"


def test_the_table_holds_both_beside_each_other():
    p = grid(QUICK, runs="r")
    found = control_table(p, imagined_page(p)).iloc[0]
    assert found.name == ("40% corrupted labels", WHOSE[True, False])
    assert found["Test"] == "55.00"
    assert found["PGD"] == "27.00"
    assert found["PGD of the control"] == "22.00"
    assert found["Difference"].startswith("+5.00")


def test_a_place_is_a_mean_over_seeds():
    p = grid(QUICK, runs="r")
    rows = imagined_page(p)
    assert mean_places(p, rows, 0).loc[0.4].to_dict() == {"test": 55.0, "pgd": 27.0}
    assert mean_places(p, rows[:0], 0).empty


def test_the_figure_has_a_curve_and_three_kinds_of_students():
    p = grid(DEMO, runs="r")
    fig = control_figure(p, imagined_page(p))
    ax = fig.axes[0]
    words = [t.get_text() for t in ax.texts]
    labels = ax.get_legend_handles_labels()[1]
    plt.close(fig)
    assert words[:5] == ["0.05", "0.1", "0.2", "0.4", "1"]
    assert words[5:] == ["20%", "80%"] * 3
    assert sorted(labels)[0] == "control, by length"
    assert sorted(labels)[1:] == [f"corrupted {name}" for name in sorted(MARKS)]


def test_other_images_do_not_count():
    p = grid(QUICK, runs="r")
    ours = {"metric": "entropy", "data": "cifar10/test"}
    others = {"metric": "entropy", "data": "cinic10/imagenet"}

    def softer_elsewhere(row):
        return 9.0 if row["data"].startswith("cinic") else 1.0

    found = softness(imagined_rows(p, [ours, others], softer_elsewhere))
    assert set(found.Entropy) == {1.0}
    assert len(found) == 10


def test_the_control_has_rows_where_the_curve_reaches():
    p = grid(QUICK, runs="r")
    rows = imagined_page(p)
    added = with_control(p, rows)[len(rows) :]
    assert set(added.note) == {AT_EQUAL_ACCURACY}
    assert added.value.tolist() == [22, 22, 22]
    whole = rows[rows.length == 1]
    assert len(with_control(p, whole)) == len(whole)


def test_a_pair_differs_in_one_thing():
    for a, b in pairs_of(0.4).values():
        assert len([k for k in a if a[k] != b[k]]) == 1


def test_four_claims_for_each_rate():
    assert len(claims(grid(DEMO, runs="r"))) == 16


def test_the_claims_are_decided_by_the_rows():
    p = grid(QUICK, runs="r")
    rows = imagined_page(p)
    found = verdicts(claims(p), with_control(p, rows))["At this size"]
    assert found.tolist() == ["supported", "supported", "supported", "inconclusive"]
    assert verdicts(claims(p), rows)["At this size"].tolist()[1] == "-"
    assert set(verdicts(claims(p), rows[:0])["At this size"]) == {"-"}


def test_robustness_of_a_weaker_student_alone_does_not_support_the_claim():
    p = grid(QUICK, runs="r")

    def only_weaker(row):
        return robust_beyond_its_accuracy(row, gain=2)

    rows = with_control(p, imagined_page(p, only_weaker))
    found = verdicts(claims(p), rows)["At this size"]
    assert found.tolist()[:2] == ["supported", "inconclusive"]


def test_a_sentence_tells_the_gain_with_and_without_the_control():
    p = grid(QUICK, runs="r")
    text = conclusion(p, imagined_page(p))
    assert text.startswith("* 40% of the teacher's labels corrupted: robustness +7.00")
    assert "at equal accuracy +5.00" in text
    assert conclusion(p, imagined_page(p)[:0]).count("not run") == 2


def test_headings_tell_all_entries_apart():
    for p in PROFILES.values():
        headings = [full_heading(entry_keys(e)) for e in grid(p, runs="r").entries]
        assert len(set(headings)) == len(headings)

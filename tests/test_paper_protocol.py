"Exported from nbs/paper/protocol.ipynb by `python -m noisekd.export`; edit the notebook."

import pytest
import torch
from typing import Any, NamedTuple

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns

from noisekd.attacks import EPSILONS, STEPS
from noisekd.basics import read_facts
from noisekd.claims import Claim, Difference, binomial_variance, holm
from noisekd.claims import paired_difference, select, values_of, verdict
from noisekd.claims import smallest_attack, verdicts
from noisekd.config import OF_CIFAR10, PROFILES, Builder, Entry, Page, Profile
from noisekd.config import entry_keys, further, sized_run
from noisekd.corruptions import MAIN, POINTWISE
from noisekd.printed import printed_rows, printed_value
from noisekd.report import NOT_RUN, colour, column_heading, join_reference
from noisekd.report import method_heading, radius, reference_cells
from noisekd.paper.protocol import *
from dataclasses import replace
from itertools import product

import pytest

from noisekd.config import DEMO, PAPER, QUICK, SMOKE
from noisekd.report import imagined_rows
def readings_of(profile):
    "The entries of the open points."
    build = Builder(profile, runs="r")
    teacher = build.teacher()
    found = other_readings(build, teacher, build.teacher(dropout=0.1))
    return found + other_choices(build, teacher)
def three_noisy(profile=QUICK):
    "The page with the entries that are swept, and no others."
    page = grid(profile, runs="r")
    swept = [e for e in page.entries if e.evaluation.sweep_steps]
    return replace(page, entries=tuple(swept))
def as_told(row):
    "The value that the question brings along."
    return row["told"]
def invented_rows(*conditions):
    "One row of each student of quick for each condition."
    rows = imagined_rows(three_noisy(), list(conditions), as_told)
    return rows[rows.seed == 0]
def attacked(steps, step_size, value, selection="run minimum"):
    "A row of the sweep over steps."
    told = dict(eps=8 / 255, source="sweep_steps", selection=selection, norm="linf")
    told |= dict(metric="pgd_acc", steps=steps, step_size=step_size)
    return told | {"told": value}
TABLE_5 = dict(metric="pgd_acc", eps=10 / 255, steps=20, selection="run minimum")
FIXED = TABLE_5 | dict(source="sweep_eps", norm="linf", step_size=0.003, told=5.0)
SCALED = FIXED | dict(source="sweep_scaled", step_size=0.005, told=1.0)
MEANS = [
    dict(metric="mca", corruption="19 corruptions", told=70.0),
    dict(metric="mca_given_clean", corruption="19 corruptions", told=75.0),
]
def clipping_costs(row):
    "Two points less if the noisy image is clipped; less if there is much noise."
    clipped = row["note"] == CLIPPING.option
    return 80.0 - 2 * clipped - 10 * (row["gaussian"] or 0) + 0.01 * row["seed"]
def nothing_matters(row):
    "Every student of one seed has the same accuracy."
    return 80.0 + 0.01 * row["seed"]
def imagined_page(page, value=clipping_costs):
    "Test accuracy, that of CINIC-10, and accuracy under PGD of each entry."
    asked = [question(page, m) | {"n": 10**12} for m in ("test_acc", "pgd_acc")]
    ood = {"metric": "ood_acc", "n": 10**12, "data": "cinic10/imagenet"}
    asked += [ood, ood | {"data": f"cinic10/imagenet-{PER_CLASS}"}]
    return imagined_rows(page, asked, value)
def later_seeds_are_better(row):
    "0.1 points for every ten of the seed; half a point less with the first teacher."
    first = row["note"] == PICK.option
    return 80.0 + 0.01 * row["seed"] - 0.5 * first
def earlier_seeds_are_better(row):
    "0.1 points less for every ten of the seed."
    return 80.0 - 0.01 * row["seed"]
COUNTS = [
    dict(metric="ood_acc", data="cinic10/imagenet", n=210_000, told=72.0),
    dict(metric="ood_acc", data="cinic10/imagenet-2100", n=21_000, told=72.2),
]


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


def test_the_noises_of_svhn_are_those_of_table_4():
    swept = [row for row in printed_rows() if row["table"] == "4"]
    printed = {row["gaussian"] for row in swept if row["dataset"] == "svhn"}
    assert set(noises(PAPER.on("svhn"))) == printed
    assert noises(PAPER) == (0.05, 0.2)


def test_corruptions_are_asked_of_the_profile_s_own_images():
    assert "corruptions" in asked(QUICK)
    assert "corruptions" not in asked(QUICK.on("svhn"))
    assert asked(QUICK.on("svhn"))["sweep_steps"] == FEW_STEPS


def test_the_longest_training_has_all_images_and_is_not_swept():
    [longest] = longest_teacher(Builder(QUICK, runs="r"))
    assert longest.note == LONGEST
    assert longest.config.train_size is None
    assert not longest.evaluation.sweep_steps
    assert len(longest.evaluation.corruptions) == 95


def test_only_cifar_10_has_a_reference():
    assert longest_teacher(Builder(QUICK.on("svhn"), runs="r")) == []
    assert longest_teacher(Builder(PAPER, runs="r")) == []


def test_open_points_have_names_of_their_own():
    notes = [point.option for point in (*OPEN_POINTS, PICK)]
    assert len(set(notes)) == len(notes)


def test_the_third_drop_is_later():
    assert later_drop(PAPER) == (60, 120, 160)
    assert later_drop(DEMO) == (6, 12, 16)
    assert later_drop(QUICK) is None
    assert later_drop(SMOKE) is None


def test_a_profile_says_what_it_cannot_ask():
    assert not_asked(PAPER) == {}
    assert set(not_asked(QUICK)) == {MILESTONE.option, PICK.option}
    assert not_asked(SMOKE) == {MILESTONE.option: "step schedule without a third drop"}


def test_clipping_is_asked_of_the_stronger_noise():
    build = Builder(QUICK, runs="r")
    clipped = other_readings(build, build.teacher(), build.teacher(dropout=0.1))[-1]
    assert clipped.config.noise == {"gaussian": 0.2}
    assert clipped.config.options == {"gaussian": {"clip": True}}


def test_each_point_that_can_be_asked_is_asked_once():
    assert [len(readings_of(p)) for p in (PAPER, DEMO, SMOKE, QUICK)] == [5, 5, 4, 3]
    options = {point.option for point in (*OPEN_POINTS, PICK)}
    for p in PROFILES.values():
        notes = {e.note for e in readings_of(p)}
        assert notes == options - set(not_asked(p))


def test_a_part_of_cinic_10_is_asked_in_the_paper_s_size_only():
    student = Builder(PAPER, runs="r").student("baseline")
    [again] = fewer_images(PAPER, student)
    assert again.run == student.run
    assert again.evaluation.ood_per_class == 2100
    assert fewer_images(PAPER.on("svhn"), student) == []
    assert fewer_images(QUICK, student) == []


def test_so_many_runs_make_the_page():
    sizes = {name: len(grid(p, runs="r").runs) for name, p in PROFILES.items()}
    assert sizes == {"demo": 12, "quick": 11, "smoke": 11, "paper": 12}


def test_two_teachers_teach():
    page = grid(QUICK, runs="r")
    taught = {e.config.teacher for e in page.entries if e.teacher}
    teachers = [e for e in page.entries if e.role == "teacher" and e.note != LONGEST]
    assert taught == {e.run for e in teachers}
    assert len(taught) == 2


def test_only_the_open_points_are_new():
    from noisekd.paper.fickle_teacher import grid as fickle_grid
    from noisekd.paper.overview import grid as overview_grid
    from noisekd.paper.soft_randomization import grid as soft_grid

    for p in (PAPER, DEMO, QUICK):
        known = set()
        for other in (fickle_grid, overview_grid, soft_grid):
            known |= set(other(p, runs="r").runs)
        page = grid(p, runs="r")
        own = {e.note for e in page.entries if e.run not in known}
        assert own <= {LONGEST, PICK.option, *(point.option for point in OPEN_POINTS)}


def test_the_overview_s_runs_are_used():
    from noisekd.paper.overview import grid as overview_grid

    for p in PROFILES.values():
        shared = set(grid(p, runs="r").runs) & set(overview_grid(p, runs="r").runs)
        assert len(shared) >= 5


def test_students_are_attacked_in_both_step_sizes_and_both_sweeps():
    for p in PROFILES.values():
        swept = [e for e in grid(p, runs="r").entries if e.evaluation.sweep_steps]
        assert len(swept) == 3
        for e in swept:
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
    found = beside_printed(invented_rows(dict(metric="test_acc", told=80.0)))
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
    strict = invented_rows(attacked(1, 0.003, 30.0, "strict"), attacked(1, 0.003, 40.0))
    assert steps_table(strict).loc[("GA, σ 0.05", "0.003"), 1] == 40
    assert list(found.loc["SR, σ 0.2"].index) == ["0.003", "0.03"]


def test_without_a_sweep_the_table_is_empty():
    rows = invented_rows(dict(metric="test_acc", told=80.0))
    assert steps_table(rows).empty
    assert steps_table(rows[:0]).empty


def test_a_share_is_of_the_same_source():
    clean = dict(metric="test_acc", told=80.0)
    rows = invented_rows(clean, attacked(1, 0.003, 40.0), attacked(1, 0.03, 20.0))
    found = clean_shares(rows).loc["SR, σ 0.05", 1]
    assert found["0.003"] == 0.5
    assert found["0.03"] == 0.25
    assert 0.88 < found["paper"] < 0.91


def test_a_missing_number_is_an_empty_text():
    table = pd.DataFrame({"1": [0.0, np.nan]})
    assert two_digits(table)["1"].tolist() == ["0.00", ""]


def test_the_steps_are_equally_spaced():
    fig, ax = plt.subplots()
    draw_steps(ax, pd.DataFrame([[0.9, 0.4]], index=["0.003"], columns=[1, 20]), "sr")
    drawn = list(ax.lines[0].get_xdata())
    labels = [t.get_text() for t in ax.get_xticklabels()]
    plt.close(fig)
    assert drawn == [0, 1]
    assert labels == ["1", "20"]


def test_a_panel_has_a_line_for_each_reading():
    clean = dict(metric="test_acc", told=80.0)
    rows = invented_rows(clean, attacked(1, 0.003, 40.0), attacked(1, 0.03, 20.0))
    fig = draw_all_steps(rows)
    lines = [len(ax.lines) for ax in fig.axes]
    plt.close(fig)
    assert lines == [3, 3, 2]


def test_the_first_step_is_told_in_words():
    index = pd.MultiIndex.from_product([["GA", "SR"], ["0.003"]], names=["Method", "Step"])
    shares = pd.DataFrame({1: [0.8, 0.9]}, index)
    assert "ours, step 0.003: 80% to 90%" in first_step_sentence(shares)
    assert first_step_sentence(shares[[]]).startswith("No student was attacked")


def test_the_text_has_four_numbers_under_attack():
    assert len(told_in_the_text()) == 4
    assert told_in_the_text()["svhn", "sr", 0.2] == 51.39


def test_the_text_and_table_4_differ_on_svhn():
    found = text_against_tables()
    assert found.agree.loc["cifar10"].tolist() == ["yes", "yes"]
    svhn = found.loc["svhn"].droplevel("gaussian")
    assert svhn.agree.tolist() == ["no", "no"]
    assert svhn["text"].to_dict() == {"ga": 25.94, "sr": 51.39}
    assert svhn["Table 4, 8/255"].to_dict() == {"ga": 12.19, "sr": 24.14}
    assert svhn["Table 5, 10/255"].to_dict() == {"ga": 7.57, "sr": 20.98}


def test_table_4_continues_table_5():
    found = text_against_tables().loc["svhn"]
    fall = found["Table 5, 10/255"] / found[["text", "Table 4, 8/255"]].T
    assert (fall.loc["text"] < 0.5).all()
    assert (fall.loc["Table 4, 8/255"] > 0.5).all()


def test_a_row_has_its_method_s_name():
    found = named(invented_rows(dict(metric="test_acc", told=80.0)))
    assert found.Method.tolist() == ["GA, σ 0.05", "SR, σ 0.05", "SR, σ 0.2"]


def test_the_gap_is_run_minimum_minus_strict():
    rows = invented_rows(attacked(1, 0.003, 40.0), attacked(1, 0.003, 38.5, "strict"))
    assert set(selection_gap(rows)[1]) == {1.5}


def test_who_was_not_swept_in_both_ways_is_left_out():
    rows = invented_rows(FIXED, SCALED)
    fixed_only = rows.method.eq("ga") & rows.source.eq("sweep_scaled")
    assert len(radii_rows(rows)) == 6
    assert set(radii_rows(rows[~fixed_only]).method) == {"sr"}


def test_table_5_has_three_rows_for_each_student():
    found = radii_table(invented_rows(FIXED, SCALED)).loc["SR, σ 0.05", "10/255"]
    assert found["fixed"] == 5
    assert found["scaled"] == 1
    assert found["paper"] == printed_means(table="5", eps=0.039)["cifar10", "sr", 0.05]


def test_numbers_of_attacked_images_are_said():
    more = FIXED | dict(eps=2 / 255, n=300)
    words = images_sentence(invented_rows(FIXED, SCALED, more))
    assert "500 with fixed steps at 10/255;" in words
    assert "300 with fixed steps at 2/255." in words
    rows = invented_rows(FIXED)
    assert images_sentence(rows[:0]) == "Images attacked: none yet."


def test_the_conditional_mean_by_hand():
    # of 100 images 90 are right when clean; 72 of those and 4 of the others when corrupted
    assert conditional_mean(plain=76.0, clean=90.0, lucky=0.4) == 80.0


def test_figure_3_cannot_be_plain_for_large_sigma():
    found = figure_3_plain().plain
    assert list(found.index[found == "impossible"]) == [0.4, 0.5]


def test_the_baseline_s_mean_is_below_the_conditional_one():
    found = table_1_readings()
    lowest = float(found["if conditional"].split(" to ")[0])
    assert float(found["in print"]) < lowest


def test_a_plain_mean_is_too_low_for_figure_3():
    found = figure_3_readings()
    assert found["in print"] == "above 74.57"
    assert found["if plain"] == "at most 68.95"


def test_table_1_is_plain_and_figure_3_is_conditional():
    found = two_readings().iloc[:, :3].map(lambda text: float(text.split()[-1]))
    table_1, figure_3 = found.to_dict("records")
    assert abs(table_1["in print"] - table_1["if plain"]) < 1
    assert figure_3["if plain"] < figure_3["in print"] < figure_3["if conditional"]


def test_who_was_asked_less_is_left_out():
    single = [dict(metric="corruption_acc", corruption=c, told=50.0) for c in MAIN]
    rows = invented_rows(*single)
    less = rows[(rows.entry < 2) | (rows.corruption == "fog")]
    assert set(named(made_means(less)).Method) == {"GA, σ 0.05", "SR, σ 0.05"}
    assert made_means(rows[:0]).empty


def test_means_are_made_of_what_was_asked():
    kinds = {"corruption_acc": 50.0, "corruption_acc_given_clean": 60.0}
    rows = [
        dict(metric=metric, corruption=name, severity=s, told=kinds[metric] + s - 3)
        for metric, (name, s) in product(kinds, POINTS)
    ]
    found = corruption_means(invented_rows(*rows)).loc["SR, σ 0.2"]
    assert found["7 corruptions, plain"] == 50
    assert found["7 corruptions, conditional"] == 60
    assert found["5 corruptions, plain"] == 50


def test_both_means_stand_beside_each_other():
    found = corruption_means(invented_rows(*MEANS))
    kinds = ["plain", "conditional"]
    assert found.columns.tolist() == [f"19 corruptions, {kind}" for kind in kinds]
    assert found.loc["GA, σ 0.05"].tolist() == [70, 75]


def test_each_mean_has_its_best():
    names = ["GA", "SR", "Teacher"]
    means = pd.DataFrame({"plain": [70, 60, 80], "conditional": [74, 76, 90]}, names)
    assert highest_sentence(means).endswith("over plain: GA; over conditional: SR.")
    assert highest_sentence(means[2:]).startswith("No student")


def test_a_profile_without_three_drops_has_no_entry_for_the_third():
    assert entry_of(grid(QUICK, runs="r"), MILESTONE) is None
    assert entry_of(grid(PAPER, runs="r"), MILESTONE).config.milestones == (60, 120, 160)


def test_a_reading_differs_from_its_default_in_one_setting():
    page_of_paper = grid(PAPER, runs="r")
    keys = pd.DataFrame([entry_keys(e) for e in page_of_paper.entries])
    for point in (*OPEN_POINTS, PICK):
        e = entry_of(page_of_paper, point)
        places = select(keys, usual_keys(e)).index
        [run] = {page_of_paper.entries[i].run for i in places}
        usual = page_of_paper.runs[run]
        fields = dict(e.config)
        assert len([k for k in fields if fields[k] != getattr(usual, k)]) == 1, point


def test_a_part_of_cinic_10_does_not_count():
    ood = dict(metric="ood_acc", told=72.0, data="cinic10/imagenet")
    rows = invented_rows(ood, ood | dict(data="cinic10/imagenet-2100"))
    assert set(whole_sets(rows)["data"]) == {"cinic10/imagenet"}


def test_a_reading_is_compared_with_its_default():
    p = grid(QUICK, runs="r")
    rows = imagined_page(p)
    assert reading_minus_default(p, rows, CLIPPING, "test_acc").mean == pytest.approx(-2)
    assert reading_minus_default(p, rows, KL, "test_acc").mean == 0
    assert reading_minus_default(p, rows, MILESTONE, "test_acc") is None
    assert reading_minus_default(p, rows[:0], KL, "test_acc") is None


def test_an_interval_decides_after_the_correction():
    d = Difference(mean=-2.0, low=-3.0, high=-1.0, p=0.01, seeds=3)
    assert decision(d, p=0.01) == "default higher"
    assert decision(d._replace(mean=2.0), p=0.01) == "option higher"
    assert decision(d, p=0.06) == "inconclusive"
    assert interval(d._replace(seeds=1)) == "-"


def test_a_line_says_what_is_open():
    found = point_words(grid(QUICK, runs="r"), CLIPPING, "pgd_acc")
    assert found["Accuracy"] == "PGD 2/255"
    assert found["Option"] == "clipped"


def test_an_outcome_is_text():
    d = Difference(mean=-2.0, low=-3.0, high=-1.0, p=0.01, seeds=3)
    found = outcome(d, p=0.01)
    assert found["Difference"] == "-2.00"
    assert found["95 % interval"] == "[-3.0, -1.0]"


def test_a_gap_has_a_reason():
    quick = grid(QUICK, runs="r")
    assert gap(quick, KL) == {"Difference": "not run"}
    assert gap(quick, MILESTONE)["Difference"].startswith("not asked: linear")


def test_every_point_has_a_line():
    p = grid(QUICK, runs="r")
    found = points_table(p, imagined_page(p))
    assert found["Accuracy"].tolist() == ["Test", "Test", "Test", "Test", "PGD 2/255"]
    assert found["Difference"].tolist()[0] == "+0.00"
    assert found["Difference"].tolist()[1].startswith("not asked: linear schedule")
    assert found["Here"].tolist()[2:] == ["inconclusive", "default higher", "default higher"]


def test_all_lines_are_corrected_together():
    def kl_helps_a_little(row):
        known = row["seed"] / 10 - 2  # -2 to 2
        return 80.0 + (row["note"] == KL.option) * (1 + 0.404 * known)

    p = grid(PAPER, runs="r")
    rows = imagined_page(p, kl_helps_a_little)
    alone = reading_minus_default(p, rows, KL, "test_acc")
    assert 0.02 < alone.p < 0.03
    assert points_table(p, rows)["Here"].iloc[0] == "inconclusive"


def test_what_is_not_run_is_said():
    p = grid(PAPER, runs="r")
    found = points_table(p, imagined_page(p)[:0])
    assert set(found["Difference"]) == {"not run"}
    assert len(found) == 5


def test_a_sentence_names_the_readings_that_differ():
    p = grid(QUICK, runs="r")
    table = points_table(p, imagined_page(p))
    assert "clipped (Test -2.00), clipped (PGD 2/255 -2.00)" in points_sentence(table)
    nothing = points_table(p, imagined_page(p, nothing_matters))
    assert points_sentence(nothing).startswith("No reading differs")
    assert points_sentence(points_table(p, imagined_page(p)[:0])).startswith("None of")


def test_the_best_on_the_test_set_is_first():
    p = grid(PAPER, runs="r")
    rows = imagined_page(p, later_seeds_are_better)
    assert teacher_seeds(p, rows, "ood_acc").index.tolist() == [40, 30, 20, 10, 0]
    assert teacher_seeds(p, rows[:0], "ood_acc").empty


def test_the_choice_is_worth_what_the_best_is_above_the_first():
    p = grid(PAPER, runs="r")
    found = choice_values(p, imagined_page(p, later_seeds_are_better), "test_acc")
    assert list(found.values()) == ["+0.40", "+0.20", "+0.50 [+0.5, +0.5]"]


def test_the_choice_is_told_by_metric():
    p = grid(PAPER, runs="r")
    found = choice_table(p, imagined_page(p, later_seeds_are_better))
    assert found["OOD"].tolist() == found["Test"].tolist()
    assert set(choice_table(p, imagined_page(p)[:0])["OOD"]) == {"not run"}


def test_a_choice_needs_more_than_one_seed():
    p = grid(PAPER, runs="r")
    chosen = choice_sentence(p, imagined_page(p, later_seeds_are_better))
    assert chosen.startswith("The choice is worth to the students: Test +0.50")
    first = choice_sentence(p, imagined_page(p, earlier_seeds_are_better))
    assert first.endswith("here nothing was chosen.")
    quick = grid(QUICK, runs="r")
    assert "cannot ask" in choice_sentence(quick, imagined_page(quick))
    assert choice_sentence(p, imagined_page(p)[:0]).startswith("No teacher")


def test_only_who_was_judged_by_both_is_compared():
    found = counts_table(invented_rows(*COUNTS))
    assert set(found["Difference"]) == {0.2}
    assert list(found.columns) == ["21,000", "210,000", "Difference"]
    assert counts_table(invented_rows(COUNTS[0])).empty


def test_both_numbers_of_bins_are_shown_of_the_test_images():
    own = dict(data="cifar10/test")
    rows = [dict(metric="ece", told=2.0), dict(metric="ece_10", told=1.0)]
    rows = invented_rows(*[row | own for row in rows])
    others = rows.assign(value=9.0, data="cinic10/imagenet")
    found = calibration(pd.concat([rows, others]))
    assert set(found["15 bins"]) == {2.0}
    assert set(found["10 bins"]) == {1.0}


def test_digits_are_not_held_against_cifar10():
    cells = reference_cells().rename(columns={"reference": "value"})
    rows = cells.assign(metric="corruption_acc", role="teacher", dataset="cifar10")
    both = pd.concat([rows.assign(entry=0), rows[:2].assign(entry=1)])
    assert len(reference_profile(both)) == 75
    assert reference_profile(rows[:2].assign(entry=0)).empty
    assert reference_profile(both.assign(dataset="digits")).empty


def test_both_sides_are_one_run():
    for p in PROFILES.values():
        page_of_p = grid(p, runs="r")
        keys = pd.DataFrame([entry_keys(e) for e in page_of_p.entries])
        places = [select(keys, side).index for side in compared(page_of_p)]
        runs_found = [{page_of_p.entries[i].run for i in found} for found in places]
        assert [len(found) for found in runs_found] == [1, 1]


def test_every_step_and_every_radius_is_a_claim():
    assert len(claims(grid(QUICK, runs="r"))) == 10
    assert len(claims(grid(DEMO, runs="r"))) == 5


def test_claims_are_decided_where_rows_are():
    p = three_noisy()
    asked_of_all = [FIXED | {"n": 10**12}]

    def sr_withstands_more(row):
        return 20.0 + 5 * (row["method"] == "sr")

    rows = imagined_rows(p, asked_of_all, sr_withstands_more)
    found = verdicts(claims(p), rows)["At this size"]
    assert found["SR is above GA, radius 10/255"] == "supported"
    assert found["SR is above GA, radius 20/255"] == "-"

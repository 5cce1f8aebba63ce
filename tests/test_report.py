"Exported from nbs/32_report.ipynb by `python -m noisekd.export`; edit the notebook."

import pytest
import torch
import hashlib
import html
import re
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import scipy.stats
import seaborn as sns

from noisekd.basics import read_facts
from noisekd.config import Entry, Page, config_path, entry_keys
from noisekd.corruptions import MAIN
from noisekd.evaluation import COLUMNS
from noisekd.objective import find_method
from noisekd.printed import DATASETS_IN_PRINT, beside, plain
from noisekd.runs import RecordError, evaluation_record_path, file_stamp, finished
from noisekd.runs import is_settled, read_record, record_head, train_record_path
from noisekd.runs import weights_of
from noisekd.report import *
from noisekd.report import _describe_brackets
from noisekd.report import _figure_rows
from noisekd.report import _panels
from noisekd.report import _name_part
from noisekd.report import _draw_cells
import os
import tempfile
from contextlib import contextmanager
from dataclasses import replace

import pytest

from noisekd.basics import refuses
from noisekd.config import DEMO, PAPER, Builder, further, record_fields
from noisekd.runs import write_record
def invented_page(runs, profile=DEMO):
    "Four entries, without records."
    build = Builder(profile, runs=str(runs))
    teacher = build.teacher()
    students = [
        build.student("baseline"),
        build.student("hinton", teacher),
        build.student("sr", teacher, noise={"gaussian": 0.05}),
    ]
    return Page("invented", profile, (teacher, *students))
QUESTIONS = [
    dict(metric="test_acc", value=90, n=497),
    dict(metric="corruption_acc", value=80, n=497, corruption="contrast", severity=3),
    dict(metric="pgd_acc", value=50, n=300, selection="run minimum", eps=0.1),
    dict(metric="pgd_acc", value=40, n=300, selection="strict", eps=0.1),
]
ATTACK = dict(norm="linf", step_size=0.01, steps=20, restarts=5, source="attack")
def invented_rows(k, seed, deviation):
    "Four rows of the k-th run."
    rows = []
    for q in QUESTIONS:
        attack = ATTACK if q["metric"] == "pgd_acc" else {"source": "generated"}
        row = {**dict.fromkeys(COLUMNS), **q, **attack, "seed": seed}
        rows.append(row | {"value": q["value"] + k + deviation})
    return rows
CODE = {"version": "0", "commit": None, "sources": "invented"}
HARDWARE = {"cpu": "none", "device": "cpu", "gpu": None, "threads": 1}
MADE = {"code": CODE, "libraries": {"torch": "0"}, "hardware": HARDWARE, "wall_s": 1.0}
def invent_records_of(e, k, spread):
    "Both records of the k-th run: two seeds, `spread` above and below the mean."
    seeds = [{"seed": s, "weights": e.run} for s in e.config.seeds]
    trained = {"run": e.run, "config": record_fields(e.config), "seeds": seeds}
    path = train_record_path(e.run, e.config.runs)
    trained = write_record(path, trained | {"kind": "train", "provenance": MADE})
    ends = zip(e.config.seeds, (-spread, spread))
    rows = [row for s, d in ends for row in invented_rows(k, s, d)]
    judged = {"run": e.run, "config": record_fields(e.evaluation), "rows": rows}
    judged |= {"kind": "evaluation", "weights": weights_of(trained)}
    write_record(evaluation_record_path(e.evaluation), judged | {"provenance": MADE})
def invent_records(page, spread=1.0):
    "The records of all runs of a page."
    for k, e in enumerate(page.entries):
        invent_records_of(e, k, spread)
@contextmanager
def invented(spread=1.0, profile=DEMO):
    "A page whose records are there."
    with tempfile.TemporaryDirectory() as folder:
        page = invented_page(folder, profile)
        invent_records(page, spread)
        yield page
def hinton_row(**more):
    "Keys and condition of Hinton's test accuracy in Table 1, with our numbers."
    profile = PAPER.on("cifar10")
    build = Builder(profile, runs="r")
    keys = entry_keys(build.student("hinton", build.teacher()))
    asked = dict.fromkeys(COLUMNS) | {"metric": "test_acc"}
    return {**keys, **asked, "mean": 70.0, "std": 1.0, "seeds": 2, **more}
HALF = reference_cells().assign(metric="corruption_acc")
HALF["value"] = HALF.reference / 2
ODD = HALF.copy()
ODD.loc[ODD.corruption == "contrast", "value"] += 40  # contrast leaves the line
def save(page, folder):
    "The whole report of a page."
    return save_report(page, Path(folder), table(page), figure(page), more=table(page))


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


def test_a_run_needs_two_records():
    page = invented_page("r")
    assert len(record_paths(page)) == 8
    assert record_paths(page)[0] == Path("r") / page.entries[0].run / "train.json"


def test_nothing_is_missing_where_all_is_there():
    with invented() as page:
        assert missing_records(page) == []
        assert finished_entries(page) == [0, 1, 2, 3]


def test_an_entry_needs_both_records():
    with invented() as page:
        evaluation_record_path(page.entries[2].evaluation).unlink()
        assert finished_entries(page) == [0, 1, 3]


def test_a_good_entry_passes():
    with invented() as page:
        assert check_entry(page.entries[0]) is None


def test_good_records_pass():
    with invented() as page:
        assert check_records(page) is None


def test_every_entry_has_its_rows():
    with invented() as page:
        assert len(rows_of(page)) == 4 * 2 * 4


def test_rows_are_read_again_when_a_record_changes():
    with invented() as page:
        for path in record_paths(page):
            os.utime(path, (1.0, 1.0))
        before = rows_of(page)
        assert rows_of(page).equals(before)
        invent_records(page, spread=3.0)
        assert not rows_of(page).equals(before)


def test_a_question_that_was_asked_twice_counts_once():
    with invented() as page:
        again = further(DEMO, page.entries[1], test_images=400)
        twice = replace(page, entries=(*page.entries, again))
        invent_records_of(again, 1, 1.0)
        assert len(rows_of(twice)) == len(rows_of(page))


def test_an_entry_without_records_has_no_rows():
    with invented() as page:
        record_paths(page)[3].unlink()
        assert sorted(set(rows_of(page).entry)) == [0, 2, 3]


def test_a_page_without_records_has_no_rows():
    rows = rows_of(invented_page("r"))
    assert len(rows) == 0
    assert {"method", "metric", "value"} <= set(rows.columns)


def test_imagined_rows_have_the_columns_of_measured_ones():
    with invented() as page:
        imagined = imagined_rows(page, [{"metric": "test_acc"}], lambda row: 1.0)
        assert set(imagined.columns) == set(rows_of(page).columns)
        assert len(imagined) == 4 * 2


def test_a_teacher_is_called_teacher():
    keys = entry_keys(invented_page("r").entries[0])
    assert method_heading(keys) == "Teacher"


def test_the_way_of_teaching_is_named():
    keys = entry_keys(invented_page("r").entries[2]) | {"teacher_dropout": 0.4}
    assert method_heading(keys) == "Hinton, teacher with dropout 0.4, off"
    assert method_heading(keys | {"method": "ft"}) == "FT, dropout 0.4"
    often = keys | {"method": "ft", "teacher_samples": 10.0}
    assert method_heading(often) == "FT, dropout 0.4, mean of 10 answers"


def test_strengths_are_part_of_the_heading():
    keys = entry_keys(invented_page("r").entries[3])
    assert method_heading(keys) == "SR, σ 0.05"
    assert method_heading(keys | {"note": "clipped"}) == "SR, σ 0.05, clipped"
    assert method_heading(keys | {"length": 1.75}) == "SR, σ 0.05, 1.75 × epochs"


def test_labels_divide_the_table():
    keys = entry_keys(invented_page("r").entries[3])
    assert part_heading(keys) == "clean labels"
    assert part_heading(keys | {"label_corruption": 0.4}) == "40% corrupted labels"


def test_a_radius_is_written_in_grey_levels():
    assert radius(8 / 255) == "8/255"
    assert radius(0.031) == "0.031"


def test_a_column_is_headed_by_its_condition():
    row = dict(metric="pgd_acc", eps=2 / 255, selection="strict")
    assert column_heading(row) == "PGD 2/255, strict"
    row = dict(metric="corruption_acc", corruption="gaussian_noise", severity=3.0)
    assert column_heading(row) == "gaussian noise 3"


def test_keys_of_entries_end_with_the_note():
    with invented() as page:
        columns = entry_columns(rows_of(page))
    assert columns[-1] == "note"
    assert "seed" not in columns


def test_summary_is_numpy_s():
    with invented(spread=3.0) as page:
        found = summary(rows_of(page))
    first = found[(found.method == "hinton") & (found.metric == "test_acc")].iloc[0]
    assert first["mean"] == 92
    assert first["std"] == np.std([89.0, 95.0])
    assert first["seeds"] == 2


def test_a_cell_holds_mean_deviation_and_the_printed_value():
    assert format_cell(hinton_row()) == "70.00 ± 1.00 [94.28, -24.28]"
    assert format_cell(hinton_row(dataset="digits")) == "70.00 ± 1.00"
    assert format_cell(hinton_row(dataset="digits", seeds=1)) == "70.00"
    assert format_cell(hinton_row(dataset="digits"), best=True) == "**70.00 ± 1.00**"


def test_a_sign_says_whether_the_joint_spread_explains_the_difference():
    near, far = hinton_row(mean=94.2, std=0.2), hinton_row(mean=93.2, std=0.2)
    assert format_cell(near, paper_size=True).endswith("✓]")
    assert format_cell(far, paper_size=True).endswith("✗]")


def test_the_best_of_the_rivals_is_marked():
    found = pd.DataFrame({"metric": "test_acc", "mean": [90.0, 92.0, 95.0, 91.0]})
    rivals = pd.Series(["a", "a", None, "b"])
    assert mark_best(found, rivals).tolist() == [False, True, False, False]


def test_a_smaller_error_is_better():
    found = pd.DataFrame({"metric": "ece", "mean": [3.0, 2.0]})
    assert mark_best(found, pd.Series(["a", "a"])).tolist() == [False, True]


def test_the_test_accuracy_comes_first():
    assert metric_rank(pd.Series(["pgd_acc", "test_acc"])).tolist() == [3, 0]


def test_a_table_does_not_show_95_corruptions():
    with invented() as page:
        s = summary(rows_of(page))
    assert "corruption_acc" in set(shown_conditions(s).metric)
    assert "corruption_acc" not in set(shown_conditions(s, most=0).metric)


def test_every_cell_has_its_place():
    with invented() as page:
        cells = long_table(summary(rows_of(page)), {"Method": method_heading})
    assert len(cells) == 16
    assert cells.iloc[0]["cell"] == "90.00 ± 1.00"


def test_a_row_without_cells_is_not_run():
    with invented() as page:
        long = long_table(summary(rows_of(page)), {"Method": method_heading})
    cells = long[["Method", "column", "cell"]].head(4)
    wide = arrange(cells, [("Teacher",), ("FT",)])
    assert wide.loc["FT"].tolist() == [NOT_RUN] * 4


def test_the_table_is_in_the_order_of_the_page():
    with invented() as page:
        methods = table(page).index.get_level_values("Method")
    assert list(methods) == ["Teacher", "Baseline", "Hinton", "SR, σ 0.05"]


def test_the_table_holds_means():
    with invented() as page:
        found = table(page)
    assert found.loc[("clean labels", "Hinton"), "Test"] == "92.00 ± 1.00"
    assert found.loc[("clean labels", "SR, σ 0.05"), "Test"] == "**93.00 ± 1.00**"
    assert found.loc[("clean labels", "Teacher"), "PGD 0.1, strict"] == "40.00 ± 1.00"
    assert not found.isna().any().any()


def test_a_gap_is_seen():
    with invented() as page:
        evaluation_record_path(page.entries[2].evaluation).unlink()
        found = table(page)
    assert found.loc[("clean labels", "Hinton"), "Test"] == NOT_RUN
    assert found.loc[("clean labels", "Baseline"), "Test"] == "91.00 ± 1.00"


def test_values_are_said_once():
    assert distinct([1234, 1234, 5]) == "1,234 / 5"


def test_networks_and_epochs_are_said():
    words = describe_role(invented_page("r"), "teacher")
    assert words == "Teachers: WRN-16-2, 20 epochs, all training images."


def test_a_role_that_is_missing_is_not_described():
    page = invented_page("r")
    only = replace(page, entries=page.entries[:1])
    assert describe_role(only, "student") == ""


def test_the_schedule_is_said():
    words = describe_settings(invented_page("r"))
    assert words == "Learning rate 0.1, step schedule."


def test_numbers_of_images_are_said():
    with invented() as page:
        words = describe_evaluation(page, rows_of(page))
    assert words.startswith("497 test images. Attack: PGD")
    assert words.endswith("Corruptions: CIFAR-10-C's constants, generated.")


def test_the_code_of_the_records_is_said():
    with invented() as page:
        assert describe_code(page) == "Code invented, torch 0, none."


def test_there_is_nothing_to_say_of_a_whole_page():
    with invented() as page:
        assert describe_gaps(page) == ""


def test_digits_are_not_in_print():
    assert _describe_brackets(invented_page("r")) == ""


def test_the_caption_says_what_the_numbers_are():
    with invented() as page:
        text = caption(page)
    for part in ("Profile `demo`, digits", "497 test images", "300 images"):
        assert part in text
    assert "Code invented" in text


def test_there_are_no_brackets_for_digits():
    with invented() as page:
        assert "Brackets" not in caption(page)


def test_noises_have_colours_of_their_own():
    assert len({colour(m) for m in ("ft", "sr", "ga", "mc", "hinton")}) == 5
    assert colour("hinton") == colour("baseline")


def test_a_panel_has_a_dot_for_each_seed_and_a_bar_at_the_mean():
    fig, ax = plt.subplots()
    rows = pd.DataFrame({"heading": list("AAB"), "value": [1.0, 3.0, 5.0]})
    rows["method"] = "hinton"
    draw_panel(ax, rows)
    drawn = [list(line.get_xdata()) for line in ax.lines]
    plt.close(fig)
    assert drawn == [[1.0, 3.0], [2.0, 2.0], [5.0], [5.0, 5.0]]


def test_three_panels_are_drawn():
    with invented() as page:
        s = shown_conditions(summary(rows_of(page)))
    assert panel_columns(s) == ["Test", "PGD 0.1, strict", "contrast 3"]


def test_rows_know_their_panel():
    with invented() as page:
        rows = _figure_rows(rows_of(page), part_heading, method_heading)
    assert rows.part.unique().tolist() == ["clean labels"]
    assert rows.column.unique().tolist()[0] == "Test"


def test_a_figure_is_as_wide_as_a_page():
    fig, axes = _panels([4, 2], 3)
    plt.close(fig)
    assert axes.shape == (2, 3)
    assert fig.get_figwidth() == 7


def test_a_part_is_named_beside_its_panel():
    fig, ax = plt.subplots()
    _name_part(ax, "clean labels")
    plt.close(fig)
    assert [t.get_text() for t in ax.texts] == ["clean labels"]


def test_the_figure_shows_every_seed():
    with invented() as page:
        fig = figure(page)
    lines = fig.axes[0].lines
    dots = [tuple(line.get_xdata()) for line in lines if line.get_marker() == "o"]
    labels = [t.get_text() for t in fig.axes[0].get_yticklabels()]
    plt.close(fig)
    assert dots == [(89.0 + k, 91.0 + k) for k in range(4)]
    assert labels == ["Teacher", "Baseline", "Hinton", "SR, σ 0.05"]


def test_the_reference_has_its_printed_mean():
    assert reference_cells().reference.mean() == pytest.approx(73.46, abs=0.005)


def test_cells_are_joined_by_condition():
    assert len(join_reference(HALF)) == 75
    assert len(join_reference(HALF[:7])) == 7


def test_one_exchanged_corruption_leaves_the_line():
    shift = rank_shifts(join_reference(ODD))
    assert shift.index[0] == "contrast"
    assert shift.iloc[0] > 10
    assert shift.iloc[1:].abs().max() < 6


def test_only_named_corruptions_have_a_label():
    fig, ax = plt.subplots()
    _draw_cells(ax, join_reference(HALF), ("fog",))
    plt.close(fig)
    assert ax.get_legend_handles_labels()[1] == ["fog"]


def test_the_profile_shows_every_cell():
    fig, ax = plt.subplots()
    draw_profile(ax, join_reference(HALF))
    plt.close(fig)
    assert sum(len(c.get_offsets()) for c in ax.collections) == 75
    assert "ρ = 1.000" in ax.get_title()


def test_copied_records_make_the_same_table():
    with invented() as page, tempfile.TemporaryDirectory() as folder:
        copy_records(page, Path(folder))
        assert table(invented_page(folder)).equals(table(page))


def test_other_records_have_another_fingerprint():
    with invented() as page:
        first = records_fingerprint(page)
        invent_records(page, spread=2.0)
        assert records_fingerprint(page) != first


def test_a_page_without_a_report_is_not_rendered():
    with invented() as page, tempfile.TemporaryDirectory() as folder:
        assert not is_rendered(page, Path(folder))


def test_numbers_are_numbers():
    with invented() as page:
        found = numbers(page)
    assert found["mean"].dtype == float
    assert {"method", "gaussian", "std", "seeds", "printed_mean"} <= set(found.columns)


def test_every_number_names_its_records():
    with invented() as page:
        row = numbers(page).iloc[-1]
        assert (page.store / row.trained).exists()
        assert (page.store / row.evaluated).exists()


def test_zeros_at_the_end_stay():
    frame = pd.DataFrame({"Test": ["70.00"]}, index=pd.Index(["SR"], name="Method"))
    assert "70.00" in markdown(frame)


def test_bold_and_signs_are_commands():
    assert latex_cell("**92.0 ± 1.0**") == r"\textbf{92.0 $\pm$ 1.0}"
    assert latex_cell("40% of x_1") == r"40\% of x\_1"


def test_each_entry_leads_to_its_records():
    with invented() as page:
        found = sources(page)
        assert all(Path(p).exists() for p in found.Trained)
        assert all(Path(p).exists() for p in found.Evaluated)
        assert found.Command.iloc[0].startswith("noisekd train ")
        assert linked_sources(page).count("<a href=") == 8


def test_a_figure_is_saved_twice():
    with tempfile.TemporaryDirectory() as folder:
        save_figure(plt.figure(), Path(folder) / "x")
        assert sorted(p.suffix for p in Path(folder).iterdir()) == [".pdf", ".png"]


def test_a_report_is_five_files_and_further_tables():
    with invented() as page, tempfile.TemporaryDirectory() as folder:
        names = [p.name for p in save(page, folder)]
    ends = "-more.md", "-more.tex", ".csv", ".md", ".pdf", ".png", ".tex"
    assert names == [f"invented{end}" for end in ends]


def test_a_report_knows_its_records():
    with invented() as page, tempfile.TemporaryDirectory() as folder:
        save(page, folder)
        before = is_rendered(page, Path(folder))
        invent_records(page, spread=2.0)
        after = is_rendered(page, Path(folder))
    assert before
    assert not after


def test_rendering_twice_gives_the_same_bytes():
    with invented() as page, tempfile.TemporaryDirectory() as folder:
        first = {p.name: p.read_bytes() for p in save(page, folder)}
        again = {p.name: p.read_bytes() for p in save(page, folder)}
    assert first == again


def test_refuses_damaged_records():
    with invented() as page:
        record_paths(page)[1].write_text("{")
        refuses("truncated", rows_of, page)


def test_refuses_an_evaluation_of_other_weights():
    with invented() as page:
        path = record_paths(page)[0]
        other = read_record(path)
        other["seeds"][0]["weights"] = "others"
        write_record(path, other)
        refuses("judges other weights", check_records, page)


def test_refuses_records_of_another_config():
    with invented() as page:
        hinton, sr = page.entries[2:]
        store = page.store
        train_record_path(hinton.run, store).rename(train_record_path(sr.run, store))
        refuses("is of another config", check_records, page)

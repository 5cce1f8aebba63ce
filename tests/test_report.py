"Exported from nbs/32_report.ipynb by `python -m noisekd.export`; edit the notebook."

import pytest
import torch
import hashlib
import math
import shutil
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import scipy.stats
import seaborn as sns

from noisekd.basics import read_facts
from noisekd.config import Entry, Page, entry_keys
from noisekd.corruptions import MAIN
from noisekd.objective import METHODS, find_method
from noisekd.runs import RecordError, evaluation_record_path, finished, read_record
from noisekd.runs import train_record_path, weights_of
from noisekd.report import *
from noisekd.report import _printed_eps
from noisekd.report import _could_be_printed
from noisekd.report import _long_table
from noisekd.report import _describe_brackets
from noisekd.report import _figure_rows
from noisekd.report import _panels
from noisekd.report import _name_part
from noisekd.report import _draw_cells
import tempfile
from contextlib import contextmanager
from dataclasses import replace

import pytest

from noisekd.basics import refuses
from noisekd.config import DEMO, Builder, record_fields
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
EMPTY = dict.fromkeys(
    ("corruption", "severity", "norm", "eps", "step_size", "steps", "restarts")
    + ("selection", "data", "source")
)
ATTACK = dict(norm="linf", step_size=0.01, steps=20, restarts=5, source="attack")
def invented_rows(k, seed, deviation):
    "Four rows of the k-th run."
    rows = []
    for q in QUESTIONS:
        attack = ATTACK if q["metric"] == "pgd_acc" else {"source": "generated"}
        row = {**EMPTY, **q, **attack, "seed": seed}
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
HINTON = {
    **PLAIN,
    **dict(dataset="cifar10", method="hinton", gaussian=None, dropout=None),
    **dict(metric="test_acc", corruption=None, severity=None),
    **dict(eps=None, steps=None, selection=None, teacher_corruption=0.0),
}
ATTACKED = dict(metric="pgd_acc", eps=8 / 255, steps=20, selection="run minimum")
SR = HINTON | ATTACKED | dict(method="sr", gaussian=0.05)
OTHERS = dict(
    role="teacher",
    dataset="svhn",
    method="ga",
    gaussian=0.02,
    dropout=0.4,
    messy=0.2,
    label_corruption=0.4,
    teacher_corruption=0.4,
    human_labels="worst",
    imbalance=0.6,
    changed="tau 2",
    note="16 epochs",
    metric="test_acc",
    eps=10 / 255,
    steps=10,
    selection="strict",
    source="sweep_scaled",
)
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


def test_a_good_entry_passes():
    with invented() as page:
        assert check_entry(page.entries[0]) is None


def test_good_records_pass():
    with invented() as page:
        assert check_records(page) is None


def test_every_entry_has_its_rows():
    with invented() as page:
        assert len(rows_of(page)) == 4 * 2 * 4


def test_nan_becomes_none():
    assert plain({"a": float("nan"), "b": 1.0, "c": "x"}) == {"a": None, "b": 1.0, "c": "x"}


def test_a_teacher_is_called_teacher():
    keys = entry_keys(invented_page("r").entries[0])
    assert method_heading(keys) == "Teacher"


def test_strengths_are_part_of_the_heading():
    keys = entry_keys(invented_page("r").entries[3])
    assert method_heading(keys) == "SR, σ 0.05"
    assert method_heading(keys | {"note": "16 epochs"}) == "SR, σ 0.05, 16 epochs"


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


def test_table_2_joins_methods():
    cell = {"method": "AT", "variant": "+FT"}
    assert printed_method(cell) == ("at+ft", 0.4)
    assert printed_method({"method": "FT-0.1"}) == ("ft", 0.1)


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
    assert _could_be_printed(row)
    assert not _could_be_printed(row | {"selection": "strict"})


def test_a_printed_value_is_found_by_its_keys():
    assert printed_value(HINTON)["mean"] == 94.28
    assert printed_value(SR)["mean"] == 15.56
    assert printed_value(SR | {"eps": 2 / 255})["mean"] == 55.01


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
        row = HINTON | keys | {"selection": "run minimum", "corruption": "19 corruptions"}
        assert printed_value(row)["mean"] == cell["mean"]


def test_a_cell_holds_mean_deviation_and_the_printed_value():
    row = HINTON | dict(mean=70.0, std=1.0, seeds=2)
    assert format_cell(row) == "70.00 ± 1.00 [94.28]"
    assert format_cell(row | {"dataset": "digits"}) == "70.00 ± 1.00"
    assert format_cell(row | {"dataset": "digits", "seeds": 1}) == "70.00"


def test_the_test_accuracy_comes_first():
    assert metric_rank(pd.Series(["pgd_acc", "test_acc"])).tolist() == [3, 0]


def test_a_table_does_not_show_95_corruptions():
    with invented() as page:
        s = summary(rows_of(page))
    assert "corruption_acc" in set(shown_conditions(s).metric)
    assert "corruption_acc" not in set(shown_conditions(s, most=0).metric)


def test_every_cell_has_its_place():
    with invented() as page:
        cells = _long_table(summary(rows_of(page)), part_heading, method_heading)
    assert len(cells) == 16
    assert cells.iloc[0]["cell"] == "90.00 ± 1.00"


def test_the_table_is_in_the_order_of_the_page():
    with invented() as page:
        methods = table(page).index.get_level_values("Method")
    assert list(methods) == ["Teacher", "Baseline", "Hinton", "SR, σ 0.05"]


def test_the_table_holds_means():
    with invented() as page:
        found = table(page)
    assert found.loc[("clean labels", "Hinton"), "Test"] == "92.00 ± 1.00"
    assert found.loc[("clean labels", "Teacher"), "PGD 0.1, strict"] == "40.00 ± 1.00"
    assert not found.isna().any().any()


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


def test_digits_are_not_in_print():
    assert _describe_brackets(invented_page("r")) == ""


def test_the_caption_says_what_the_numbers_are():
    with invented() as page:
        text = caption(page)
    for part in ("Profile `demo`", "scanned digits", "497 test images", "300 images"):
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


def test_zeros_at_the_end_stay():
    frame = pd.DataFrame({"Test": ["70.00"]}, index=pd.Index(["SR"], name="Method"))
    assert "70.00" in markdown(frame)


def test_a_figure_is_saved_twice():
    with tempfile.TemporaryDirectory() as folder:
        save_figure(plt.figure(), Path(folder) / "x")
        assert sorted(p.suffix for p in Path(folder).iterdir()) == [".pdf", ".png"]


def test_a_report_is_four_files_and_further_tables():
    with invented() as page, tempfile.TemporaryDirectory() as folder:
        names = [p.name for p in save(page, folder)]
    ends = "-more.md", ".csv", ".md", ".pdf", ".png"
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


def test_refuses_a_page_with_a_missing_record():
    with invented() as page:
        record_paths(page)[3].unlink()
        refuses("1 records are missing", rows_of, page)
        refuses("noisekd run demo --page invented", rows_of, page)


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

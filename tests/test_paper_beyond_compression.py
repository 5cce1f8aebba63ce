"Exported from nbs/paper/beyond_compression.ipynb by `python -m noisekd.export`; edit the notebook."

import pytest
import torch
from typing import Any

import pandas as pd

from noisekd.claims import Claim, against_baseline
from noisekd.config import Builder, Entry, Page, Profile
from noisekd.objective import METHODS, TERMS, canonical_name, find_method
from noisekd.paper.overview import SIZES as STRENGTHS
from noisekd.paper.overview import fickle_schedule
from noisekd.report import method_heading
from noisekd.paper.beyond_compression import *
from noisekd.claims import select
from noisekd.config import DEMO, PAPER, PROFILES, QUICK, entry_keys, record_fields
def invented_rows(page, values):
    "Test accuracies of each student, seeds 0 and 10: the method's value, 1 apart."
    rows = []
    for place, e in enumerate(page.entries):
        mean = values.get((e.config.method, e.note), 50.0)
        for seed, value in ((0, mean - 0.5), (10, mean + 0.5)):
            row = dict(entry=place, seed=seed, metric="test_acc", value=value, n=500)
            rows.append({**entry_keys(e), **row})
    return pd.DataFrame(rows)


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


def test_they_are_nine_different_methods():
    settings = {(METHODS[k].terms, METHODS[k].distils_logits) for k in NINE}
    assert len(settings) == 9


def test_only_hinton_has_no_term():
    titles = set(terms_table().index.get_level_values("Method"))
    assert titles == {METHODS[k].title for k in NINE if k != "hinton"}


def test_the_overview_s_dropout_is_among_them():
    for name, s in SIZES.items():
        assert STRENGTHS[name]["dropout"] in s["dropouts"]


def test_a_method_gets_what_it_asks_for():
    build = Builder(DEMO, runs="r")
    steady = build.teacher()
    fickle = build.teacher(dropout=0.1)
    both = make_student(build, "at+ft", steady, fickle)
    assert both.teacher == fickle.config
    assert both.config.weights == {"at": 15.0}
    assert make_student(build, "sr", steady, fickle).config.noise == {"gaussian": 0.1}
    assert make_student(build, "one", steady, fickle).teacher is None


def test_table_2_joins_ten_and_needs_all_of_rkd():
    assert len(JOINED) == 10
    assert set(TABLE_2) <= set(single_methods(True))


def test_quick_changes_time_and_one_weight():
    build = Builder(QUICK, runs="r")
    changed = changed_students(build, build.teacher(), build.teacher(dropout=0.1))
    epochs = [e.config.epochs / QUICK.shared["epochs"] for e in changed]
    assert epochs == [2, 2, 2, 1]
    assert changed[-1].config.weights == {"sp": 30.0}


def test_each_fickle_teacher_has_its_student():
    build = Builder(DEMO, runs="r")
    fickle = {0.2: build.teacher(dropout=0.2)}
    [student] = fickle_students(build, build.teacher(), fickle)
    assert student.teacher.dropout == 0.2


def test_so_many_runs_make_the_page():
    sizes = {name: len(grid(p, runs="r").runs) for name, p in PROFILES.items()}
    assert sizes == {"demo": 33, "quick": 22, "smoke": 28, "paper": 29}


def test_the_overview_s_runs_are_not_made_twice():
    from noisekd.paper.overview import grid as overview_grid

    shared = set(grid(QUICK, runs="r").runs) & set(overview_grid(QUICK, runs="r").runs)
    methods = [grid(QUICK, runs="r").runs[run].method for run in shared]
    assert sorted(methods) == ["baseline"] * 3 + ["ft", "ga", "hinton", "sr"]


def test_fickle_students_and_no_others_have_a_teacher_with_dropout():
    for p in PROFILES.values():
        for e in grid(p, runs="r").entries:
            if e.teacher:
                assert bool(e.teacher.dropout) == ("fickle" in e.config.noise)


def test_peers_branches_and_baselines_have_no_teacher():
    students = [e for e in grid(QUICK, runs="r").entries if e.role == "student"]
    alone = {e.config.method for e in students if e.teacher is None}
    assert alone == {"baseline", "ga", "dml", "one"}


def test_only_digits_have_weights_of_their_own():
    weights = {e.config.method: e.config.weights for e in grid(PAPER, runs="r").entries}
    assert weights["at+hinton"] == {"at": 1000.0}
    small = [e for e in grid(DEMO, runs="r").entries if not e.note]
    weights = {e.config.method: e.config.weights for e in small}
    assert weights["at+hinton"] == {"at": 15.0}
    assert weights["fsp"] == {"fsp": 0.1}


def test_each_change_is_one_change():
    for p in (DEMO, QUICK):
        page = grid(p, runs="r")
        usual = {e.config.method: e.config for e in page.entries if not e.note}
        for e in page.entries:
            if e.note:
                fields = record_fields(e.config)
                before = record_fields(usual[e.config.method])
                assert len([k for k in fields if fields[k] != before[k]]) == 1


def test_joined_methods_are_trained_as_long_as_the_others():
    epochs = {}
    for e in grid(PAPER, runs="r").entries:
        if not e.note:
            epochs[e.config.method] = e.config.epochs
    assert epochs.pop("ft") == 350
    assert set(epochs.values()) == {200}


def test_the_parts_of_the_table():
    assert part({"note": "", "method": "at"}) == "single methods"
    assert part({"note": "", "method": "at+ft"}) == "joined methods"
    assert part({"note": "twice the epochs", "method": "dml"}) == "one change"


def test_a_method_is_held_against_the_baseline_of_its_length():
    values = {("baseline", "twice the epochs"): 70.0, ("dml", "twice the epochs"): 71.0}
    found = against_baselines(invented_rows(grid(QUICK, runs="r"), values))
    assert found.loc["DML", "Difference"] == "+0.00"
    assert found.loc["DML, twice the epochs", "Difference"] == "+1.00"
    assert found.loc["ONE, twice the epochs", "Difference"] == "-20.00"


def test_who_falls_behind_is_named():
    values = {("sp", ""): 30.0, ("one", "twice the epochs"): 20.0}
    found = against_baselines(invented_rows(grid(QUICK, runs="r"), values))
    text = behind_sentence(found)
    assert text.startswith("15 of 17 methods are above the line.")
    assert text.endswith("Behind it: SP; ONE, twice the epochs.")


def test_a_joined_method_goes_by_its_canonical_name():
    found = keys_of(grid(DEMO, runs="r"), "ft+at")
    assert found == {"role": "student", "method": "at+ft", "note": "", "dropout": 0.1}


def test_a_claim_is_about_two_students():
    claim = gain(grid(DEMO, runs="r"), "at+ft", "at+hinton")
    assert claim.sentence == "AT + FT is above AT + Hinton"
    assert claim.a["dropout"] == 0.1
    assert "dropout" not in claim.b


def test_table_2_makes_thirteen_claims():
    sentences = [c.sentence for c in claims_of_table_2(grid(DEMO, runs="r"))]
    assert len(set(sentences)) == 13
    assert "AT is above AT + Hinton" not in sentences


def test_each_side_of_a_claim_is_one_entry():
    for p, number in ((DEMO, 18), (QUICK, 3)):
        page = grid(p, runs="r")
        keys = pd.DataFrame([entry_keys(e) for e in page.entries])
        assert len(claims(page)) == number
        for c in claims(page):
            assert len(select(keys, c.a)) == 1
            assert len(select(keys, c.b)) == 1

"Exported from nbs/33_claims.ipynb by `python -m noisekd.export`; edit the notebook."

import pytest
import torch
import json
import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain
from operator import attrgetter
from pathlib import Path
from textwrap import indent
from typing import Any, NamedTuple

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import scipy.optimize
import scipy.special
import scipy.stats

from noisekd.basics import read_facts, suggest
from noisekd.config import Page
from noisekd.report import radius
from noisekd.claims import *
from noisekd.claims import _verdict_line
import tempfile
from dataclasses import replace
from functools import lru_cache

import pytest
import torch

from noisekd.basics import refuses, stream, stream_seed
def two_methods(a, b, n=500):
    "Rows of two methods, seeds 0, 1, ... each."
    rows = []
    for entry, (method, values) in enumerate((("sr", a), ("ga", b))):
        for seed, value in enumerate(values):
            known = dict(entry=entry, method=method, seed=seed, metric="test_acc")
            rows.append(known | dict(value=value, n=n, eps=None))
    return pd.DataFrame(rows)


CLAIM = Claim("SR above GA", {"method": "sr"}, {"method": "ga"}, "test_acc")
def by_seed(values, n=10**12):
    "Values of seeds 0, 1, ... on so many images."
    return pd.DataFrame({"value": values, "n": n})
def named(name):
    "An amount of one cell with this name."
    return Amount({Cell((("name", name),), "test_acc", ()): 1.0})


A, B, C, D, E, F = map(named, "ABCDEF")
TEST = Question("test_acc")
ATTACK = {"selection": "run minimum", "source": ("attack", "sweep_eps")}
PGD = Question("pgd_acc", ATTACK)
SR, GA, HINTON = student("sr"), student("ga"), student("hinton")
def seen(*numbers, n=10**12):
    "Values of seeds 0, 1, ... on so many images."
    return {seed: (number, n) for seed, number in enumerate(numbers)}
def entry(role="student", **keys):
    "Some keys of an entry, as records have them."
    return {"run": "r", "role": role, "dataset": "digits", "note": None, **keys}
def derived(*rows, **networks):
    "Entries with derived keys."
    return derived_keys(usual_keys(pd.DataFrame(rows), "digits"), networks)
def about(value, metric="test_acc", n=10_000, seeds=3, **keys):
    "Rows of one network: a value for all seeds, or a list of values."
    columns = {k: keys.pop(k) for k in CONDITIONS if k in keys}
    keys = entry(**{"method": "baseline", **keys})
    keys["run"] = " ".join(f"{k}={v}" for k, v in keys.items())
    values = value if isinstance(value, list) else [value] * seeds
    told = {**keys, **columns, "metric": metric, "n": n}
    return [{**told, "seed": s, "value": v} for s, v in enumerate(values)]
def arranged(*parts, **more):
    "Records of such rows."
    rows = pd.DataFrame(chain.from_iterable(parts))
    return arrange(rows, "demo", "digits", **more)
def attacked(value, source="attack", eps=0.1, **more):
    "Rows of an attack."
    how = dict(selection="run minimum", source=source, eps=eps)
    return about(value, "pgd_acc", **how, **more)
def two_grids():
    "SR at three sigmas, GA at two of them."
    sr = [about(60.0, method="sr", gaussian=s) for s in (0.1, 0.2, 0.4)]
    ga = [about(55.0, method="ga", gaussian=s) for s in (0.2, 0.4)]
    return arranged(*sr, *ga)
LEVELS = {"h": 70.0, "l": 50.0, "e": 60.0}


def levels(letters):
    "Records of students with these accuracies, four seeds with a scatter of 0.5."
    parts = []
    for k, letter in enumerate(letters):
        values = [LEVELS[letter] + d for d in (-0.5, 0.5, -0.4, 0.4)]
        parts.append(about(values, n=10**6, method="ga", gaussian=k / 10))
    return arranged(*parts)
ABOVE_60 = [TEST(GA, gaussian=k / 10) > 60 for k in range(5)]


def outcome(judged):
    "The verdict on one claim alone."
    p = 2 * min(judged.support, judged.refute)
    if not judged.of or p >= 0.05:
        return "inconclusive" if judged.of else "not run"
    return "supported" if judged.support < judged.refute else "refuted"
def kd_1(r):
    return TEST(HINTON) > TEST(student("baseline"))


KD_1 = PaperClaim("KD-1", "Hinton's student is above the Baseline.", kd_1)
def hinton_above(points):
    "Records in which Hinton is so many points above the Baseline."
    base = about([60.0, 60.5, 59.5, 60.2], n=10**6)
    hinton = [60.0 + points, 60.3 + points, 59.6 + points, 60.0 + points]
    return arranged(base, about(hinton, n=10**6, method="hinton"))
def family_of(name, count):
    "So many claims, all KD-1 under other names."
    ids = [f"{name}-{k}" for k in range(1, count + 1)]
    return [PaperClaim(id, "As KD-1.", kd_1) for id in ids]
X = [TEST(GA, gaussian=k / 100) for k in range(16)]


def blank(n):
    "Records of sixteen students with three seeds, and of a teacher, on n images."
    parts = [about(0.0, n=n, method="ga", gaussian=k / 100) for k in range(16)]
    return arranged(*parts, about([0.0], n=n, role="teacher"))
def redrawn(r, means, scatter, g):
    "The same records with other values: means, scatter of seeds, error of images."
    error = 100 * np.sqrt(0.6 * 0.4 / r.n[0] / 2)
    images = error * (g.normal(size=17) + g.normal())
    values = np.repeat(means + images[:16], 3) + scatter * g.normal(size=48)
    return replace(r, value=np.append(values, 60.0 + images[16]))
FLAT = [60.0] * 16
HIGH = [x > 60 for x in X[:5]]
EVEN = [65.0, 50.0, 70.0, 60.0, 40.0, 60.0, *FLAT[6:]]
KINDS = {
    "difference": (X[0] > X[1], FLAT),
    "difference of differences": (X[0] - X[1] > X[2] - X[3], FLAT),
    "student and its teacher": (X[0] > TEST(taught(HINTON)), FLAT),
    "trend": (slope(X[:6]) > 0, FLAT),
    "mean of differences": (mean(X[:5]) > mean(X[5:10]), FLAT),
    "bound": (X[0] > 60, FLAT),
}
KINDS |= {
    "every, one on its bound": (every(HIGH), [60.0] + [70.0] * 15),
    "every, all on their bounds": (every(HIGH), FLAT),
    "most, two true": (most(HIGH), [70.0, 70.0, *FLAT[2:]]),
    "some, none true": (some(HIGH), FLAT),
    "correlation": (Correlation(tuple(X[:8]), tuple(X[8:]), 8) > 0, FLAT),
    "equal strength": (matched(X[0], X[1], X[2:4], X[4:6]) > 0, EVEN),
}
@lru_cache
def false_alarms(kind, scatter, n, trials=400):
    "How many of the claims on their bounds are supported or refuted."
    test, means = KINDS[kind]
    r = blank(n)
    g = np.random.default_rng(stream_seed(0, n, kind))
    judged = (test.judge(redrawn(r, means, scatter, g)) for _ in range(trials))
    return sum(outcome(j) != "inconclusive" for j in judged)
SIZES = (1.0, 10**6), (0.2, 1000)  # scatter of seeds, images
def families(trials=200):
    "In how many of so many families of ten any claim is decided."
    tests = [a > b for a, b in zip(X[:5], X[5:10])] + [x > 60 for x in X[10:15]]
    r = blank(10**6)
    g = np.random.default_rng(stream_seed(0, 0, "families"))
    count = 0
    for _ in range(trials):
        drawn = redrawn(r, FLAT, 1.0, g)
        judged = [test.judge(drawn) for test in tests]
        p = [2 * min(j.support, j.refute) for j in judged]
        count += min(holm(p)) < 0.05
    return count
def missed(scatter, trials=20_000):
    "How often the interval misses 0: three seeds, error of the test set 1."
    g = np.random.default_rng(stream_seed(0, 0, f"interval {scatter}"))
    draws = scatter * g.normal(size=(trials, 3)) + g.normal(size=(trials, 1))
    errors = draws.std(axis=1, ddof=1) / math.sqrt(3)
    half = np.hypot(scipy.special.stdtrit(2, 0.975) * errors, 1.959964)
    return int((np.abs(draws.mean(axis=1)) > half).sum())


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


def test_every_claim_has_a_place_and_a_test():
    found = paper_claims()
    assert len(found) == 69
    assert found.place.str.len().gt(0).all()
    assert found.test.str.len().gt(0).all()


def test_a_claim_holds_under_any_condition_unless_it_names_one():
    assert CLAIM.condition == {}
    assert CLAIM.metric == "test_acc"


def test_the_smallest_radius_of_a_page_is_attacked():
    from noisekd.config import QUICK, Builder

    page = Page("x", QUICK, (Builder(QUICK, runs="r").teacher(),))
    assert smallest_attack(page)["eps"] == 2 / 255
    assert smallest_attack(page)["source"] == "sweep_eps"


def test_rows_are_chosen_by_every_key():
    rows = two_methods([60.0, 62.0], [50.0])
    assert len(select(rows, {"method": "sr", "seed": 1})) == 1
    assert len(select(rows, {"eps": None})) == 3


def test_values_are_found_by_seed():
    rows = two_methods([60.0, 62.0], [50.0, 51.0])
    found = values_of(rows, {"method": "ga", "eps": None})
    assert found.value.to_dict() == {0: 50.0, 1: 51.0}


def test_the_variance_of_an_accuracy_is_binomial():
    found = binomial_variance(pd.Series([50.0, 50.0]), pd.Series([2500, 2500]))
    assert found == 1.0  # one percentage point on 2,500 images


def test_an_accuracy_of_zero_has_an_error():
    found = binomial_variance(pd.Series([0.0]), pd.Series([100]))
    assert found**0.5 == pytest.approx(0.98, abs=0.01)


def test_each_part_has_its_own_quantile():
    assert half_width(0.05, 1.0, 2, 0.0) == pytest.approx(12.706, abs=1e-3)
    assert half_width(0.05, 0.0, 2, 1.0) == pytest.approx(1.960, abs=1e-3)
    assert half_width(0.05, 3 / 12.7062, 2, 4 / 1.959964) == pytest.approx(5, abs=1e-4)


def test_the_p_value_is_where_the_interval_reaches_zero():
    d = t_interval(mean=3.0, error=1.0, pairs=4, images=0.5)
    assert half_width(d.p, 1.0, 4, 0.5) == pytest.approx(3.0)


def test_without_any_error_the_difference_is_certain():
    assert t_interval(1.0, 0.0, 3) == Difference(1.0, 1.0, 1.0, 0.0, 3)


def test_a_count_of_a_hundred_is_known_to_a_point():
    assert rounding_variance(100) == pytest.approx(1 / 12)


def test_the_interval_by_hand():
    d = paired_difference(by_seed([51.0, 53.0]), by_seed([50.0, 50.0]))
    assert d.mean == 2
    assert d.low == pytest.approx(2 - 12.7062, abs=1e-3)
    assert d.high == pytest.approx(2 + 12.7062, abs=1e-3)


def test_the_p_value_is_scipy_s():
    a = [51.0, 53.0, 52.5]
    b = [50.0, 50.0, 51.0]
    expected = scipy.stats.ttest_rel(a, b).pvalue
    assert paired_difference(by_seed(a), by_seed(b)).p == pytest.approx(expected, rel=1e-4)


def test_the_test_set_has_an_error_of_its_own():
    d = paired_difference(by_seed([52.0, 52.0, 52.0], n=500), by_seed([50.0] * 3, n=500))
    error = (d.high - d.low) / 2 / 1.959964
    assert error == pytest.approx(3.16, abs=0.01)


def test_one_seed_decides_nothing():
    d = paired_difference(by_seed([90.0]), by_seed([10.0]))
    assert d.low == -math.inf
    assert d.p == 1


def test_holm_by_hand():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])


def test_a_verdict_needs_a_small_p():
    d = Difference(mean=1.0, low=0.5, high=1.5, p=0.01, seeds=3)
    assert verdict(d, 0.04) == "supported"
    assert verdict(d, 0.06) == "inconclusive"
    assert verdict(d._replace(mean=-1.0), 0.04) == "refuted"


def test_a_line_says_the_verdict():
    line = _verdict_line(CLAIM, Difference(1.0, 0.5, 1.5, 0.01, 3), p=0.04)
    assert line["Claim"] == CLAIM.sentence
    assert line["At this size"] == "supported"


def test_a_claim_needs_two_sides():
    rows = two_methods([60.0, 62.0], [50.0, 51.0])
    assert has_rows(CLAIM, rows)
    assert not has_rows(CLAIM, rows[:2])


def test_a_large_difference_is_supported():
    rows = two_methods([60.0, 62.0, 61.0], [40.0, 41.0, 41.5])
    assert verdicts([CLAIM], rows)["At this size"].tolist() == ["supported"]


def test_the_opposite_is_refuted():
    rows = two_methods([40.0, 41.0, 41.5], [60.0, 62.0, 61.0])
    assert verdicts([CLAIM], rows)["At this size"].tolist() == ["refuted"]


def test_a_claim_that_was_not_run_has_dashes():
    nothing = two_methods([60.0], [50.0])[:0]
    assert set(verdicts([CLAIM], nothing).loc[CLAIM.sentence]) == {"-"}


def test_a_small_difference_decides_nothing():
    rows = two_methods([60.0, 62.0, 61.0], [60.5, 61.0, 61.0])
    assert verdicts([CLAIM], rows)["At this size"].tolist() == ["inconclusive"]


def test_the_line_by_hand():
    expected = 60 - 12.7062 * 2**0.5 * 1.5**0.5
    assert prediction_line(np.array([59.0, 61.0])) == pytest.approx(expected, abs=1e-3)


def test_without_a_second_seed_there_is_no_line():
    assert prediction_line(np.array([59.0])) == -math.inf


def test_a_method_below_the_line_is_named():
    rows = two_methods([40.0, 41.0], [60.0, 61.0, 60.5]).assign(role="student")
    rows["heading"] = rows.method
    found = against_baseline(rows, {"method": "ga"})
    assert found.Above.to_dict() == {"sr": "no", "ga": "yes"}


def test_a_named_architecture_need_not_be_the_profile_s():
    assert "usual_networks" in student("hinton")
    assert "usual_networks" not in student("hinton", arch="resnet-8")


def test_a_teacher_is_told_by_its_role():
    assert teacher(dropout=0.4)["role"] == "teacher"
    assert teacher(dropout=0.4)["dropout"] == 0.4


def test_a_fickle_student_has_a_teacher_with_dropout():
    found = taught(student("ft", teacher_dropout=0.4, dataset="svhn"))
    assert found["dropout"] == 0.4
    assert found["dataset"] == "svhn"


def test_an_entropy_counts_no_images():
    assert counts_images("corruption_acc_given_clean")
    assert not counts_images("entropy")


def test_amounts_are_added_cell_by_cell():
    assert (A - B) + B == A  # what cancels is no longer there
    assert ((A - B) - (C - D)).weights == (A + D - (B + C)).weights


def test_what_is_given_goes_where_it_belongs():
    [cell] = PGD(SR, gaussian=0.05, eps=0.1).weights
    assert ("gaussian", 0.05) in cell.who
    assert ("eps", 0.1) in cell.columns


def test_a_mean_has_equal_weights():
    assert mean([A, B]) == 0.5 * A + 0.5 * B
    assert mean([A]) == A


def test_a_trend_is_the_slope_of_a_line():
    xs, ys = [1.0, 2.0, 4.0, 8.0], np.array([1.0, 3.0, 2.0, 6.0])
    weights = slope([A, B, C, D], xs).weights.values()
    assert list(weights) @ ys == pytest.approx(np.polyfit(xs, ys, 1)[0])


def test_scores_are_read_off_a_line():
    assert gain_at_equal_strength(np.array([90.0, 20.0, 92.0, 80.0, 10.0, 30.0])) == 4


def test_beyond_the_points_the_outermost_counts():
    assert gain_at_equal_strength(np.array([90.0, 99.0, 92.0, 80.0, 10.0, 30.0])) == 10


def test_the_gain_is_a_formula_of_all_points():
    found = matched(A, B, [C, D], [E, F])
    assert found.amounts == (A, B, C, D, E, F)
    assert found.name.endswith("over 2 points")


def test_each_cell_is_named_once():
    assert cells_of(A - B) == cells_of(Formula((A, A - B), np.prod, "a product"))


def test_a_seed_has_a_number():
    values = np.array([[2.0, 1.0], [5.0, 3.0]])
    assert numbers_of(A - B, values).tolist() == [1, 2]


def test_slopes_of_a_product():
    product = Formula((A, B), np.prod, "a product")
    assert slopes_of(product, np.array([[2.0, 3.0]])) == pytest.approx([3, 2])
    assert slopes_of(A - 2 * B, np.array([[2.0, 3.0]])).tolist() == [1, -2]


def test_only_seeds_that_all_have_are_compared():
    found = seeds_by_cells([{0: (1.0, 9), 10: (2.0, 9)}, {10: (3.0, 9), 20: (4.0, 9)}])
    assert found.tolist() == [[2.0, 3.0]]


def test_without_a_common_seed_there_is_no_row():
    assert seeds_by_cells([{0: (1.0, 9)}, {1: (2.0, 9)}]).shape == (0, 2)


def test_errors_of_added_cells_add_up():
    fifty = np.array([[50.0, 50.0]])
    assert image_variance(A - B, fifty, [2500, 2500]) == pytest.approx(2)
    assert image_variance(mean([A, B]), fifty, [2500, 2500]) == pytest.approx(1)


def test_both_sides_of_a_difference_are_rounded():
    fifty = np.array([[50.0, 50.0]])
    assert rounded_cells(A - B, fifty, [100, 100]) == pytest.approx(2 / 12)


def test_two_seeds_that_agree_are_not_sure():
    e = estimate_amount(A - B, [seen(62.0, 62.0, n=300), seen(41.0, 41.0, n=300)])
    assert 1e-4 < 2 * min(e.support, e.refute) < 0.05


def test_an_estimate_of_two_cells_is_the_paired_difference():
    a, b = [52.0, 53.0, 54.0], [50.0, 50.0, 50.5]
    d = paired_difference(by_seed(a, n=500), by_seed(b, n=500))
    e = estimate_amount(A - B, [seen(*a, n=500), seen(*b, n=500)])
    assert (e.effect, e.n) == (d.mean, d.seeds)
    assert (e.low, e.high) == pytest.approx((d.low, d.high))
    assert e.support == pytest.approx(d.p / 2)
    assert e.refute == pytest.approx(1 - d.p / 2)


def test_a_bound_shifts_the_question():
    shifted = estimate_amount(A, [seen(52.0, 53.0, 54.0)], bound=50.0)
    plain = estimate_amount(A, [seen(2.0, 3.0, 4.0)])
    assert shifted.effect == 53
    assert shifted.low == pytest.approx(plain.low + 50)
    assert shifted.support == pytest.approx(plain.support, rel=1e-4)


def test_one_pair_of_seeds_decides_nothing():
    e = estimate_amount(A, [seen(90.0)], bound=50.0)
    assert (e.low, e.high) == (-math.inf, math.inf)
    assert (e.support, e.refute) == (1, 1)


def test_the_interval_of_a_correlation_is_careful():
    assert fisher_interval(0.648, 10).low < 0
    assert fisher_interval(0.72, 10).low > 0


def test_four_cells_decide_nothing():
    assert fisher_interval(1.0, 4).support == 1
    assert fisher_interval(1.0, 5).support < 0.025


def test_what_is_constant_correlates_with_nothing():
    assert rank_correlation(np.array([1.0, 1.0]), np.array([1.0, 2.0])) == 0
    assert rank_correlation(np.array([1.0, 2.0]), np.array([5.0, 9.0])) > 0.999


def test_a_correlation_is_scipy_s():
    x, y = [1.0, 5.0, 2.0], [0.3, 0.9, 0.8]
    cells = cells_of(A + B + C), cells_of(D + E + F)
    found = {c: seen(v, v) for c, v in zip(chain(*cells), x + y)}
    e = estimate_correlation(Correlation((A, B, C), (D, E, F), free=3), found)
    assert e.effect == pytest.approx(scipy.stats.spearmanr(x, y).statistic)


def test_an_amount_is_estimated_by_its_cells():
    found = dict(zip(cells_of(A - B), [seen(52.0, 53.0), seen(50.0, 50.5)]))
    assert estimate(A - B, found) == estimate_amount(A - B, list(found.values()))


def test_a_column_that_is_lacking_is_filled():
    found = filled(pd.DataFrame({"note": [None, "x"]}), ["eps"], ["note", "norm"])
    assert found.note.tolist() == ["", "x"]
    assert found.norm.tolist() == ["", ""]
    assert found.eps.isna().all()


def test_strengths_that_do_not_apply_are_zero():
    rows = [entry(gaussian=None, length=None), entry(gaussian=0.1, length=2.0)]
    e = usual_keys(pd.DataFrame(rows), "digits")
    assert e.gaussian.tolist() == [0.0, 0.1]
    assert e.length.tolist() == [1.0, 2.0]
    assert e.messy.tolist() == [0.0, 0.0]
    assert e.dataset.tolist() == ["main", "main"]


def test_labels_are_compared_with_the_teacher_s():
    wrong = [None, 0.4, 0.0]
    rows = [entry(label_corruption=0.4, teacher_corruption=p) for p in wrong]
    assert derived(*rows).same_labels.tolist() == [True, True, False]


def test_networks_are_compared_with_the_profile_s():
    pairs = [("a", "b"), ("a", None), (None, None), ("a", "c"), ("x", "b")]
    rows = [entry(arch=own, teacher_arch=theirs) for own, theirs in pairs]
    found = derived(*rows, student="a", teacher="b").usual_networks
    assert found.tolist() == [True, True, True, False, False]
    assert derived(*rows).usual_networks.all()


def test_two_notations_of_a_radius_are_one():
    found = whole_levels(pd.Series([0.031, 8 / 255]))
    assert found.nunique() == 1


def test_numbers_are_compared_to_six_digits():
    assert exact(0.1 + 1e-9) == 0.1
    assert exact("x") == "x"


def test_a_value_that_is_not_there_fits_nowhere():
    assert not Coded(pd.Series(["x", "y"])).fits("z").any()
    assert not Coded(pd.Series([1.0, math.nan])).fits(math.nan).any()


def test_rows_are_found_by_values():
    index = Index(pd.DataFrame({"a": [0.1, 0.2, 0.1 + 1e-9], "b": ["x", "y", "z"]}))
    assert index.where({"a": 0.1}).tolist() == [0, 2]
    assert index.where({"b": "w"}).tolist() == []
    assert index.where({"a": math.nan}).tolist() == []


def test_of_two_equal_questions_the_one_on_more_images_counts():
    rows = pd.DataFrame({"place": 0, "seed": [0, 1, 0], "value": [1.0, 2.0, 3.0]})
    found = judged_once(rows.assign(n=[500, 500, 2000]))
    assert found["value"].tolist() == [3.0, 2.0]
    assert found["n"].tolist() == [2000, 500]


def test_no_rows_have_all_columns():
    found = complete_rows(pd.DataFrame())
    assert len(found) == 0
    assert {*NEEDED, *CONDITIONS} <= set(found)


def test_a_run_of_two_pages_is_counted_once():
    part = about([60.0, 61.0], method="ga")
    again = [{**row, "entry": 7} for row in part]
    assert arranged(part, again).at(0, 0) == {0: (60.0, 10_000), 1: (61.0, 10_000)}


def test_no_rows_are_no_error():
    assert len(arrange(pd.DataFrame()).value) == 0


def test_entries_fit_by_their_keys():
    r = arranged(about(60.0, method="ga"), about(61.0, method="sr"))
    assert fitting_entries(r, {"method": "sr"}).tolist() == [1]
    assert fitting_entries(r, {"method": "sr"}) is fitting_entries(r, {"method": "sr"})


def test_unchanged_settings_answer_first():
    changed = about(70.0, n=20_000, method="at", changed="at 15")
    r = arranged(changed, about(60.0, method="at", changed=""))
    assert best_entry(r, [0, 1], 0)[0] == (60.0, 10_000)
    assert best_entry(r, [0], 0)[0] == (70.0, 20_000)


def test_then_the_run_with_more_seeds_answers():
    r = arranged(about([60.0, 61.0]), about([62.0, 63.0, 64.0], arch="x"))
    assert len(best_entry(r, [0, 1], 0)) == 3


def test_the_best_on_the_test_images_teaches():
    r = arranged(about([80.0, 82.0, 81.0], role="teacher"))
    assert teaching_seed(r, [0]) == 1
    assert teaching_seed(r, []) is None


def test_the_best_teacher_taught():
    r = arranged(about([80.0, 82.0, 81.0], role="teacher"))
    [cell] = TEST(taught(HINTON)).weights
    assert cell_values(r, cell, 0) == {None: (82.0, 10_000)}


def test_who_is_not_there_has_no_values():
    [cell] = TEST(SR).weights
    assert cell_values(arranged(about(60.0)), cell, 0) == {}


def test_sources_are_preferred_in_their_order():
    r = arranged(attacked(20.0, "sweep_eps"), attacked(30.0, "attack"))
    assert fitting_conditions(r, PGD) == [1, 0]


def test_the_data_set_is_part_of_what_is_asked():
    [a], [b] = TEST(SR).weights, TEST(SR, dataset="svhn").weights
    assert asked_of(a) != asked_of(b)


def test_cells_of_a_statement_share_their_condition():
    sr = attacked(30.0, method="sr"), attacked(20.0, "sweep_eps", method="sr")
    r = arranged(*sr, attacked(10.0, "sweep_eps", method="ga"))
    found = find_cells(r, cells_of(PGD(SR) - PGD(GA)))
    assert [values[0][0] for values in found] == [20, 10]


def test_two_data_sets_have_conditions_of_their_own():
    here = about(60.0, method="sr", data="digits/test")
    there = about(90.0, method="sr", dataset="svhn", data="svhn/test")
    cells = cells_of(TEST(SR) - TEST(SR, dataset="svhn"))
    found = find_cells(arranged(here, there), cells)
    assert [values[0][0] for values in found] == [60, 90]


def test_a_missing_cell_is_empty():
    found = find_cells(arranged(about(50.0, method="sr")), cells_of(TEST(SR) - TEST(GA)))
    assert [len(values) for values in found] == [3, 0]


def test_settings_are_those_of_one_network():
    r = arranged(attacked(9.0, eps=0.2, gaussian=0.3))
    assert settings_of(r, ["eps"], PGD, student("baseline", gaussian=0.3)) == {(0.2,)}
    assert settings_of(r, ["eps"], PGD, student("baseline")) == set()


def test_only_common_settings_are_compared():
    found = over(two_grids(), ["gaussian"], TEST, SR, GA)
    assert found == [{"gaussian": 0.2}, {"gaussian": 0.4}]


def test_conditions_are_settings_too():
    r = arranged(*(attacked(9.0, eps=eps, gaussian=0.3) for eps in (0.2, 0.1)))
    found = over(r, ["gaussian", "eps"], PGD, student("baseline"))
    assert found == [dict(gaussian=0.3, eps=0.1), dict(gaussian=0.3, eps=0.2)]


def test_where_nothing_is_there_one_setting_is_missed():
    [at] = over(two_grids(), ["gaussian"], TEST, HINTON)
    assert math.isnan(at["gaussian"])


def test_without_a_cell_there_is_no_mean():
    assert math.isnan(mean_value(two_grids(), TEST(HINTON)))


def test_cells_at_the_floor_are_left_out():
    sr = attacked(20.0, eps=0.1, method="sr"), attacked(0.5, eps=0.2, method="sr")
    ga = attacked(0.0, eps=0.1, method="ga"), attacked(0.0, eps=0.2, method="ga")
    assert off_floor(arranged(*sr, *ga), ["eps"], PGD, SR, GA) == [{"eps": 0.1}]
    assert len(off_floor(arranged(*ga), ["eps"], PGD, GA)) == 2


def test_a_value_that_is_not_there_is_any():
    assert tell_keys({"gaussian": math.nan}) == ["gaussian any"]


def test_usual_keys_are_not_told():
    [cell] = TEST(student("ft", teacher_dropout=0.4, dataset="svhn")).weights
    assert tell_cell(cell) == "ft svhn teacher dropout 0.4, test_acc"


def test_what_is_added_is_told_first():
    assert tell(-1 * TEST(GA) + TEST(SR)) == "sr, test_acc − ga, test_acc"


def test_long_sums_are_not_spelled_out():
    whole = mean([TEST(SR, gaussian=s / 10) for s in range(9)])
    assert tell(whole) == "a sum over 9 cells"


def test_without_records_nothing_is_judged():
    assert Judgement().of == 0
    assert Judgement().support == Judgement().refute == 1


def test_a_statement_is_judged_by_its_estimate():
    r = arranged(about([60.0, 61.0], method="sr"), about([50.0, 52.0], method="ga"))
    judged = (TEST(SR) > TEST(GA)).judge(r)
    assert judged.estimate.effect == 9.5
    assert judged.support == judged.estimate.support
    assert judged.of == 1


def test_below_is_above_with_signs_turned():
    assert (A < B) == (B > A)
    assert (A < 5).quantity == -1 * A
    assert (A < 5).bound == -5


def test_nobody_is_compared_with_himself():
    assert (TEST(SR) > TEST(SR)).judge(two_grids()).of == 0


def test_a_statement_says_what_it_misses():
    judged = (TEST(SR) > TEST(GA)).judge(arranged(about(60.0, method="sr")))
    assert judged.missing == ("ga, test_acc",)
    assert judged.of == 0


def test_half_is_no_majority():
    assert majority(4) == 3
    assert majority(5) == 3


def test_every_needs_the_largest_p_value():
    assert at_least(3, [0.001, 0.004, 0.03]) == 0.03
    assert at_least(1, [0.001, 0.004, 0.03]) == 0.003
    assert at_least(1, [0.6, 0.7]) == 1


def test_every_is_as_sure_as_its_weakest():
    run = [Judgement(p, 1 - p, held=1, of=1) for p in (0.001, 0.01, 0.4)]
    assert together(run, 3).support == 0.4
    assert together(run, 3).of == 3


def test_every_is_refuted_by_one():
    assert outcome(every(ABOVE_60).judge(levels("hhhhh"))) == "supported"
    assert outcome(every(ABOVE_60).judge(levels("hhhhl"))) == "refuted"
    assert outcome(every(ABOVE_60).judge(levels("hhhhe"))) == "inconclusive"


def test_most_are_more_than_half():
    assert outcome(most(ABOVE_60).judge(levels("hhhll"))) == "supported"
    assert outcome(most(ABOVE_60).judge(levels("hhlll"))) == "refuted"
    assert outcome(most(ABOVE_60).judge(levels("hhell"))) == "inconclusive"


def test_some_is_refuted_by_none():
    assert outcome(some(ABOVE_60).judge(levels("lllhl"))) == "supported"
    assert outcome(some(ABOVE_60).judge(levels("lllll"))) == "refuted"
    assert outcome(some(ABOVE_60).judge(levels("lllle"))) == "inconclusive"


def test_what_is_not_run_does_not_count():
    judged = every(ABOVE_60).judge(levels("hh"))
    assert outcome(judged) == "supported"
    assert judged.of == 2
    assert len(judged.missing) == 3


def test_nothing_run_is_not_run():
    assert outcome(most(ABOVE_60).judge(arranged(about(60.0)))) == "not run"
    assert every([]).judge(levels("h")).missing == ("all that it compares",)


def test_the_statement_that_decides_is_shown():
    judged = every(ABOVE_60).judge(levels("hhhlh"))
    assert judged.decided_by == "ga gaussian 0.3, test_acc"
    assert judged.estimate.effect == pytest.approx(50)
    assert judged.held == 4


def test_joins_can_be_joined():
    both = every([some(ABOVE_60[:2]), some(ABOVE_60[2:])])
    assert outcome(both.judge(levels("hllhl"))) == "supported"
    assert outcome(both.judge(levels("hllll"))) == "refuted"


def test_facts_need_no_records():
    assert outcome(Fact(True, "1 + 1 = 2").judge(None)) == "supported"
    assert outcome(Fact(False, "1 + 1 = 3").judge(None)) == "refuted"


def test_what_is_not_run_says_why():
    judged = NotRun("an archive").judge(None)
    assert outcome(judged) == "not run"
    assert judged.missing == ("an archive",)


def test_a_test_is_told_in_words():
    assert outline(ABOVE_60[1]) == "ga gaussian 0.1, test_acc > 60"
    assert outline(NotRun("an archive")) == "an archive"


def test_a_claim_knows_its_family_and_place():
    assert KD_1.family == "KD"
    assert KD_1.facts["printed"]["in_print"] == "holds"


def test_nothing_printed_is_an_empty_text():
    assert printed_text({"in_print": "not printed", "note": "x"}) == ""


def test_short_lists_are_told_in_full():
    assert missing_text(["a", "b"]) == "a; b"
    assert missing_text([]) == ""


def test_a_joined_test_has_the_cells_of_its_parts():
    assert len(compared_cells(every([*ABOVE_60, most(ABOVE_60), NotRun("x")]))) == 10


def test_data_sets_without_rows_are_not_named():
    both = every([ABOVE_60[0], TEST(student("ga", dataset="svhn")) > 60])
    assert datasets_of(both, levels("h")) == ["digits"]


def test_a_fact_is_of_no_profile():
    assert where_judged(Fact(True, ""), levels("h")) == "no run needed"


def test_what_is_known_says_whether_print_bears_it_out():
    assert what_is_known(KD_1)["in print"] == "holds"


def test_a_test_names_its_runs():
    assert len(runs_of(KD_1.test(hinton_above(2.0)), hinton_above(2.0))) == 2


def test_a_line_has_effect_interval_and_pairs():
    line = ledger_line(KD_1, hinton_above(2.0))
    assert line["low"] < line["effect"] < line["high"]
    assert line["n"] == 4
    assert line["at"] == "profile demo (digits)"


def test_a_fact_needs_no_p_value():
    line = pd.Series({"of": 1, "p_holm": math.nan, "for": False})
    assert ledger_verdict(line) == "refuted"
    assert ledger_verdict(line.replace(1, 0)) == "not run"


def test_a_verdict_is_decided_at_five_percent():
    line = pd.Series({"of": 1, "p_holm": 0.051, "for": True})
    assert ledger_verdict(line) == "inconclusive"
    assert ledger_verdict(line.replace(0.051, 0.049)) == "supported"


def test_verdicts_follow_the_records():
    found = [judge_claims([KD_1], hinton_above(d)).verdict["KD-1"] for d in (2, -2, 0)]
    assert found == ["supported", "refuted", "inconclusive"]


def test_without_rows_a_claim_is_not_run():
    line = judge_claims([KD_1], arrange(pd.DataFrame(), "quick")).loc["KD-1"]
    assert line.verdict == "not run"
    assert line["at"] == "profile quick"
    assert line.missing == "hinton, test_acc; baseline, test_acc"


def test_holm_goes_over_a_family():
    r = hinton_above(0.4)
    found = judge_claims([KD_1, *family_of("FT", 10)], r)
    assert found.p_holm["KD-1"] == found.p["KD-1"]
    assert found.p_holm["FT-1"] == pytest.approx(10 * found.p["FT-1"])
    assert found.verdict["KD-1"] == "supported"
    assert found.verdict["FT-1"] == "inconclusive"


def test_a_fact_is_not_corrected():
    def fact(r):
        return Fact(False, "counted")

    found = judge_claims([PaperClaim("KD-2", "A fact.", fact), KD_1], hinton_above(2))
    assert found.verdict["KD-2"] == "refuted"
    assert math.isnan(found.p["KD-2"])
    assert found.p_holm["KD-1"] == found.p["KD-1"]


def test_a_verdict_on_a_part_has_an_asterisk():
    line = pd.Series({"verdict": "supported", "missing": ""})
    assert verdict_mark(line) == "+"
    assert verdict_mark(line.replace("", "sr, test_acc")) == "+*"


def test_a_square_tells_number_and_mark():
    fig, ax = plt.subplots()
    draw_square(ax, 0, 0, pd.Series({"verdict": "refuted", "missing": ""}, name="SR-7"))
    plt.close(fig)
    assert [t.get_text() for t in ax.texts] == ["−", "7"]


def test_every_verdict_is_in_the_legend():
    fig, ax = plt.subplots()
    draw_legend(ax, 0)
    plt.close(fig)
    assert set(VERDICTS) <= {t.get_text() for t in ax.texts}


def test_every_claim_has_a_square_with_its_mark():
    fig = verdict_grid(judge_claims([KD_1, *family_of("FT", 3)], hinton_above(2)))
    texts = [t.get_text() for t in fig.axes[0].texts]
    plt.close(fig)
    assert texts.count("+") == 4 + 1  # one in the legend
    assert "FT" in texts


def test_a_line_of_the_table_has_verdict_and_effect():
    line = ledger_table(judge_claims([KD_1], hinton_above(2.0))).loc["KD-1"]
    assert line.Verdict == "supported"
    assert line.Effect.startswith("+1.9")


def test_every_claim_is_counted_once():
    found = judge_claims([KD_1], hinton_above(2))
    others = "0 refuted, 0 inconclusive, 0 not run"
    assert count_verdicts(found) == f"1 supported, {others}"
    part = count_verdicts(found.assign(missing="a"))
    assert part == f"1 supported (1 in part), {others}"


def test_a_ledger_is_quoted_as_it_was_written():
    found = judge_claims([KD_1, *family_of("FT", 3)], hinton_above(2))
    with tempfile.TemporaryDirectory() as folder:
        found.to_csv(f"{folder}/claims.csv")
        told = quoted_lines(Path(folder), "KD")
        assert told.equals(ledger_table(found).loc[["KD-1"]])


def test_without_a_ledger_its_command_is_told():
    assert "noisekd run claims --profile quick" in quoted_lines(Path("no/quick"), "KD")


def test_no_kind_of_test_errs_more_often_than_it_says():
    for kind in KINDS:
        for size in SIZES:
            count = false_alarms(kind, *size)
            alarm = scipy.stats.binomtest(count, 400, 0.05, alternative="greater")
            assert alarm.pvalue > 1e-4, kind


def test_a_family_errs_as_seldom_as_one_claim():
    count = families()
    assert scipy.stats.binomtest(count, 200, 0.05, alternative="greater").pvalue > 1e-4


def test_the_interval_keeps_its_promise_at_every_mixture():
    for scatter in (0.0, 0.5, 1.0, 2.0, 5.0, 20.0):
        found = scipy.stats.binomtest(missed(scatter), 20_000, 0.05, alternative="greater")
        assert found.pvalue > 1e-4, scatter


def test_the_line_errs_as_often_as_it_says():
    g = stream(0, 0, "trials")
    draws = torch.randn(20_000, 4, generator=g, dtype=torch.double).numpy()
    behind = sum(row[3] < prediction_line(row[:3]) for row in draws)
    assert scipy.stats.binomtest(int(behind), 20_000, 0.025).pvalue > 1e-6


def test_refuses_a_claim_about_nothing():
    rows = two_methods([60.0], [50.0])
    refuses("finds 0 entries", values_of, rows, {"method": "mc"})
    refuses("finds 2 entries", values_of, rows, {"metric": "test_acc"})


def test_refuses_pairs_without_a_common_seed():
    a = by_seed([1.0])
    refuses("no seed in common", paired_difference, a, a.rename(index={0: 5}))


def test_refuses_a_key_that_does_not_exist():
    r = arranged(about(60.0))
    words = "claim: key = 'gausian': unknown; did you mean 'gaussian'?"
    refuses(words, (TEST(SR, gausian=0.1) > 60).judge, r)


def test_refuses_rows_without_keys():
    rows = pd.DataFrame({"metric": ["test_acc"], "value": [60.0]})
    refuses("rows: columns ['run', 'role', 'note', 'dataset'", arrange, rows)

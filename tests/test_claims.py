"Exported from nbs/33_claims.ipynb by `python -m noisekd.export`; edit the notebook."

import pytest
import torch
import math
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import scipy.stats

from noisekd.basics import read_facts
from noisekd.claims import *
from noisekd.claims import _verdict_line
import pytest
import torch

from noisekd.basics import refuses, stream
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


def test_without_any_error_the_difference_is_certain():
    assert t_interval(1.0, 0.0, 3) == Difference(1.0, 1.0, 1.0, 0.0, 3)


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
    error = (d.high - d.low) / 2 / scipy.stats.t(2).ppf(0.975)
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
    assert verdict(d, 0.06) == "open"
    assert verdict(d._replace(mean=-1.0), 0.04) == "contradicted"


def test_a_line_says_the_verdict():
    line = _verdict_line(CLAIM, Difference(1.0, 0.5, 1.5, 0.01, 3), p=0.04)
    assert line["Claim"] == CLAIM.sentence
    assert line["At this size"] == "supported"


def test_a_large_difference_is_supported():
    rows = two_methods([60.0, 62.0, 61.0], [40.0, 41.0, 41.5])
    assert verdicts([CLAIM], rows)["At this size"].tolist() == ["supported"]


def test_the_opposite_is_contradicted():
    rows = two_methods([40.0, 41.0, 41.5], [60.0, 62.0, 61.0])
    assert verdicts([CLAIM], rows)["At this size"].tolist() == ["contradicted"]


def test_a_small_difference_stays_open():
    rows = two_methods([60.0, 62.0, 61.0], [60.5, 61.0, 61.0])
    assert verdicts([CLAIM], rows)["At this size"].tolist() == ["open"]


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

"Exported from nbs/23_evaluation.ipynb by `python -m noisekd.export`; edit the notebook."

import pytest
import torch
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import pandas as pd
import torch
import torch.nn.functional as F
from pydantic import Field, field_validator, model_validator
from torch import Tensor, nn
from tqdm.auto import tqdm
from noisekd.attacks import EPSILONS, PGD, STEPS, Robustness
from noisekd.attacks import accuracies, accuracy_percent, at_eps, autoattack
from noisekd.attacks import check_attackable, share_iterates, sweep
from noisekd.basics import Count, Counts, NonNegative, Positive
from noisekd.basics import full_float32, stream, suggest, unused
from noisekd.corruptions import CORRUPTIONS, MAIN
from noisekd.corruptions import check_condition, check_size, corrupted_images
from noisekd.data import DATASETS, DataError, ImageSet
from noisekd.data import load, subset, subset_rows, to_device, to_float
from noisekd.masking import masking_checks
from noisekd.sources import ood
from noisekd.sources import available
from noisekd.evaluation import *
import pytest
from noisekd.attacks import robustness
from noisekd.basics import refuses
from noisekd.models import build
def fickle_network():
    "Dropout is on, all else is in eval mode."
    model = build("wrn-10-1", dropout=0.3).eval()
    for module in model.modules():
        module.training = isinstance(module, nn.Dropout)
    return model
def four_answers():
    "Two sure answers and two unsure ones, one of each right."
    sure = torch.tensor([9.0, 0.0])
    unsure = torch.tensor([0.65, 0.35]).log()
    logits = torch.stack([sure, sure, unsure, unsure])
    return logits, torch.tensor([0, 1, 0, 1])
def train_on_digits():
    "A WRN-10-1 after two epochs on the training digits."
    torch.manual_seed(0)
    model, data = build("wrn-10-1"), load("digits")
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    x, y = to_float(data.images), data.labels
    for _ in range(2):
        for rows in torch.randperm(len(x)).split(64):
            optimizer.zero_grad()
            F.cross_entropy(model(x[rows]), y[rows]).backward()
            optimizer.step()
    return model.eval()
def honest_answers(n, seed=0):
    "Logits of ten classes, and labels drawn from their own probabilities."
    g = torch.Generator().manual_seed(seed)
    logits = torch.randn(n, 10, generator=g) * 3
    return logits, torch.multinomial(logits.softmax(1), 1, generator=g)[:, 0]
def condition_rows(conditions):
    "Rows of `corruption_acc` whose values count from 0."
    rows = []
    for i, (name, severity) in enumerate(conditions):
        place = {"corruption": name, "severity": severity, "source": "generated"}
        rows.append(metric_row("corruption_acc", float(i), 7, "digits/test", **place))
    return rows
class Bright(nn.Module):
    "Says 1 if the mean of the image is above a half, else 0."
    def forward(self, x):
        above = x.mean((1, 2, 3)) - 0.5
        return F.pad(torch.stack([-above, above], 1), (0, 8), value=-9.0)
def five_greys():
    "Five grey images; `Bright` gets all right but the last."
    grey = torch.tensor([20, 100, 120, 160, 240], dtype=torch.uint8)
    images = grey[:, None, None, None].expand(5, 3, 32, 32).contiguous()
    labels = torch.tensor([0, 0, 0, 1, 0])
    return ImageSet(images, labels, tuple("0123456789"), "greys/test")
class Rounding(nn.Module):
    "To steps of 1/4, where the gradient is zero."
    def forward(self, x):
        return (x * 4).round() / 4
class Counted(nn.Module):
    "Counts the images that it sees."
    def __init__(self):
        super().__init__()
        self.network = build("wrn-10-1")
        self.seen = 0

    def forward(self, x):
        self.seen += len(x)
        return self.network(x)
class Always(nn.Module):
    "Says one class, whatever it sees."
    def __init__(self, label):
        super().__init__()
        self.label = label

    def forward(self, x):
        labels = torch.full((len(x),), self.label)
        return 40 * F.one_hot(labels, 10).float() + 0 * x.flatten(1)[:, :10]
def always_three(**sizes):
    "Rows of the model that says 3, on the test digits."
    conditions = [["gaussian_noise", 5], ["contrast", 1]]
    suite = Suite(steps=2, restarts=2, corruptions=conditions)
    return evaluate(Always(3).train(), "digits", suite, **sizes)
def values_of(rows, metric):
    "The different values of a metric, to six decimals."
    return {round(r["value"], 6) for r in rows if r["metric"] == metric}
def ece_by_loops(logits, labels, bins):
    "Equation 3 of Guo et al., one answer after the other."
    p = logits.double().softmax(1)
    total = 0.0
    for k in range(bins):
        gaps = []
        for probabilities, label in zip(p, labels):
            if k / bins < probabilities.max() <= (k + 1) / bins:
                hit = float(probabilities.argmax() == label)
                gaps.append(hit - float(probabilities.max()))
        total += abs(sum(gaps))
    return 100 * total / len(labels)
SWEEPS = Suite(
    attack=False, restarts=2, sweep_steps=(1, 3), sweep_step_sizes=(0.003, 0.03),
    sweep_eps=(0.01, 0.1), sweep_scaled=True,
)
def alone(model, data, pgd):
    "Run minimum of one attack, from the starts of a sweep."
    x, y = to_float(data.images), data.labels
    result = robustness(model, x, y, pgd, stream(0, 0, "sweep"))
    return accuracies([result])["run minimum"]
def evaluate_small(**sizes):
    "The same network each time, on 200 digits, 60 of them attacked."
    torch.manual_seed(0)
    suite = Suite(
        eps=0.1, step_size=0.05, steps=2, restarts=2, attack_images=60,
        corruptions=[["gaussian_noise", 3]], test_images=200,
    )
    return evaluate(build("wrn-10-1"), "digits", suite, **sizes)
import numpy as np
def write_paler(folder, test):
    "A CIFAR-10-C whose contrast is paler test images. Returns these."
    paler = test.images // 2 + 100
    rows = paler.permute(0, 2, 3, 1).numpy()
    (folder / "CIFAR-10-C").mkdir()
    np.save(folder / "CIFAR-10-C" / "contrast.npy", np.concatenate([rows] * 5))
    return replace(test, images=paler)
import os
import subprocess
import sys

MEMORY = """
import re, torch
from noisekd.data import ImageSet
from noisekd.evaluation import evaluate
from noisekd.models import build

images = torch.randint(0, 256, (10_000, 3, 32, 32), dtype=torch.uint8)
labels = torch.arange(10_000) % 10
data = ImageSet(images, labels, tuple("0123456789"), "noise/test")
names = "glass_blur", "elastic_transform", "fog", "spatter"
conditions = [(name, 5) for name in names]
asked = {"corruptions": conditions, "progress": True}
evaluate(build("wrn-10-1"), data, "test", root="/nowhere", **asked)
status = open("/proc/self/status").read()
print(int(re.search(r"VmHWM:\\s*(\\d+)", status)[1]) // 1024)
"""


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


def test_every_layer_is_in_eval_mode_inside():
    with evaluating(fickle_network()) as model:
        assert not any(m.training for m in model.modules())


def test_every_layer_gets_its_mode_back():
    model = fickle_network()
    modes = [m.training for m in model.modules()]
    with evaluating(model):
        pass
    assert [m.training for m in model.modules()] == modes
    assert set(modes) == {True, False}


def test_batches_are_in_order():
    data = load("digits", "test")
    labels = [y for _, y in iterate_batches(data, 100)]
    assert torch.equal(torch.cat(labels), data.labels)


def test_prediction_gives_the_mode_back():
    model = build("wrn-10-1").train()
    predict(model, load("digits", "test"))
    assert model.training


def test_prediction_does_not_depend_on_batches():
    model, test = build("wrn-10-1"), load("digits", "test")
    whole, parts = predict(model, test), predict(model, test, batch_size=100)
    assert torch.allclose(whole, parts, atol=1e-5)


def test_good_logits_pass():
    data = subset(load("digits", "test"), 20)
    logits = torch.zeros(20, 10)
    assert check_logits(logits, data) is logits


def test_accuracy_by_hand():
    logits = torch.tensor([[0.0, 0.0], [2.0, 0.0], [0.0, 5.0], [1.0, 0.0]])
    assert accuracy(logits, torch.tensor([0, 0, 0, 1])) == 50.0


def test_ignorance_costs_log_ten():
    ignorant = nll(torch.zeros(7, 10), torch.arange(7))
    assert ignorant == pytest.approx(2.302585, abs=1e-6)


def test_confidence_by_hand():
    logits = torch.tensor([[0.8, 0.2], [0.4, 0.6]]).log()
    assert mean_confidence(logits) == pytest.approx(70)


def test_an_empty_bin_has_mean_zero():
    means = mean_by_bin(torch.tensor([1.0, 2.0]), torch.tensor([2, 2]), 3)
    assert means.tolist() == [0, 0, 1.5]


def test_reliability_by_hand():
    r = reliability(*four_answers(), bins=10)
    assert r.count.tolist() == [0, 0, 0, 0, 0, 0, 2, 0, 0, 2]
    assert r.accuracy[[6, 9]].tolist() == [0.5, 0.5]
    assert r.confidence[6].item() == pytest.approx(0.65)


def test_bins_are_open_below_and_closed_above():
    r = reliability(torch.zeros(1, 2), torch.tensor([0]), bins=10)
    assert r.count[4] == 1


def test_ece_by_hand():
    both_gaps = (0.9998766 - 0.5) / 2 + (0.65 - 0.5) / 2
    assert ece(*four_answers(), bins=10) == pytest.approx(100 * both_gaps)


def test_brier_reaches_from_zero_to_two():
    certain = torch.tensor([[99.0, 0.0]])
    assert brier(certain, torch.tensor([0])) == pytest.approx(0)
    assert brier(certain, torch.tensor([1])) == pytest.approx(2)


def test_entropy_reaches_from_zero_to_log_c():
    assert entropy(torch.tensor([[1e4, 0.0]])) == 0
    assert entropy(torch.zeros(2, 10)) == pytest.approx(2.302585, abs=1e-6)


def test_every_row_has_all_columns():
    row = metric_row("nll", 0.5, 7, "digits/test")
    assert tuple(row) == COLUMNS
    assert row["eps"] is None


def test_both_eces_are_reported():
    logits, labels = honest_answers(400)
    found = quality(logits, labels)
    assert found["ece"] == ece(logits, labels, bins=15)
    assert found["ece_10"] == ece(logits, labels, bins=10)


def test_the_two_eces_differ():
    found = quality(*honest_answers(400))
    assert found["ece"] != found["ece_10"]


def test_quality_rows_name_their_metrics():
    data = subset(load("digits", "test"), 30)
    rows = quality_rows("ood_acc", torch.zeros(30, 10), data)
    metrics = [r["metric"] for r in rows]
    should = ["ood_acc", "nll", "ece", "ece_10", "brier", "entropy", "confidence"]
    assert metrics == should


def test_quality_rows_name_their_images():
    data = subset(load("digits", "test"), 30)
    rows = quality_rows("test_acc", torch.zeros(30, 10), data)
    assert {(r["n"], r["data"]) for r in rows} == {(30, "digits/test")}


def test_the_classes_average_to_the_whole():
    digits = load("digits", "test")
    logits = torch.randn(len(digits), 10, generator=torch.Generator().manual_seed(0))
    rows = class_rows(logits, digits)
    right = sum(r["value"] * r["n"] for r in rows) / len(digits)
    assert right == pytest.approx(accuracy(logits, digits.labels))
    assert [r["label"] for r in rows] == list(range(10))


def test_a_table_has_units_and_no_empty_columns():
    rows = quality_rows("test_acc", torch.zeros(7, 10), subset(load("digits", "test"), 7))
    table = rows_table(rows).set_index("metric")
    assert list(table.columns) == ["value", "unit", "n", "data"]
    assert table.loc["nll", "unit"] == "nats"
    assert table.loc["test_acc", "unit"] == "%"


def test_rows_without_empty_columns_are_a_table_too():
    rows = quality_rows("test_acc", torch.zeros(7, 10), subset(load("digits", "test"), 7))
    kept = [{k: v for k, v in sorted(r.items()) if v is not None} for r in rows]
    assert rows_table(kept).equals(rows_table(rows))


def test_severities_stand_side_by_side():
    table = severity_table(condition_rows([("fog", 1), ("fog", 2), ("contrast", 1)]))
    assert list(table.index) == ["fog", "contrast"]
    assert table.loc["fog", 2] == 1.0


def test_all_corruptions_are_ninety_five():
    assert as_conditions("all") == ALL_CORRUPTIONS
    assert len(set(ALL_CORRUPTIONS)) == 19 * 5


def test_different_values_pass():
    assert check_once("sweep_steps", (1, 5, 10)) is None


def test_a_sweep_over_radii_reads_steps_but_no_radius():
    readers = attack_readers(AttackSuite(attack=False, sweep_eps=(0.1,)))
    assert readers["steps"][0]
    assert not readers["eps"][0]


def test_a_suite_is_also_its_attack():
    should = PGD(eps=0.1, steps=7)
    assert AttackSuite(eps=0.1, steps=7, sweep_eps=(0.2,)).pgd == should


def test_the_default_attack():
    should = PGD(eps=0.031, step_size=0.003, steps=20, restarts=5, norm="linf")
    assert Suite().pgd == should
    assert Suite().attack_batch == 200


def test_pairs_may_be_lists():
    assert Suite(corruptions=[["fog", 3]]).corruptions == (("fog", 3),)


def test_suites_by_name():
    assert find_suite("test") == Suite(attack=False)
    assert find_suite("pgd", attack_images=9) == Suite(attack_images=9)
    ood_and_corruptions = Suite(attack=False, ood=True, corruptions="all")
    assert find_suite("ood+corruptions") == ood_and_corruptions


def test_all_is_every_part():
    everything = find_suite("all")
    assert everything.attack
    assert everything.ood
    assert everything.sweep_steps == STEPS
    assert everything.sweep_eps == EPSILONS


def test_images_limits_what_is_judged_and_what_is_attacked():
    suite = limit_images(Suite(), 500)
    assert (suite.test_images, suite.attack_images) == (500, 500)


def test_a_limit_of_the_suite_stays():
    suite = limit_images(Suite(attack_images=100), 500)
    assert (suite.test_images, suite.attack_images) == (500, 100)


def test_what_is_not_attacked_needs_no_limit():
    assert limit_images(Suite(attack=False), 500) == Suite(attack=False, test_images=500)


def test_right_answers_are_counted_by_accuracy():
    model, data = build("wrn-10-1"), load("digits", "test")
    right = right_answers(model, data)
    assert accuracy_percent(right) == accuracy(predict(model, data), data.labels)


def test_plain_and_conditional_by_hand():
    data = five_greys()
    right = right_answers(Bright(), data)
    plain, given = corruption_rows(Bright(), data, ("brightness", 5), right)
    assert (plain["value"], plain["n"]) == (40.0, 5)
    assert (given["value"], given["n"]) == (50.0, 4)


def test_without_a_right_image_there_is_no_condition():
    nothing = torch.zeros(5, dtype=torch.bool)
    rows = corruption_rows(Bright(), five_greys(), ("fog", 1), nothing)
    assert [r["metric"] for r in rows] == ["corruption_acc"]


def test_corruption_rows_name_their_condition():
    nothing = torch.zeros(5, dtype=torch.bool)
    row = corruption_rows(Bright(), five_greys(), ("fog", 1), nothing)[0]
    assert (row["corruption"], row["severity"]) == ("fog", 1)
    assert (row["data"], row["source"]) == ("greys/test", "generated")


def test_imitated_frost_is_said():
    nothing = torch.zeros(5, dtype=torch.bool)
    row = corruption_rows(Bright(), five_greys(), ("frost", 1), nothing, root="/nowhere")[0]
    assert row["source"] == "generated, frost imitated"


def test_a_mean_needs_all_its_severities():
    rows = {(r["corruption"], r["severity"]): r for r in condition_rows(ALL_CORRUPTIONS)}
    mean = mean_row(rows, ("gaussian_noise",), "mca")[0]
    assert (mean["corruption"], mean["value"]) == ("1 corruptions", 2.0)
    assert mean_row({("fog", 1): rows["fog", 1]}, ("fog",), "mca") == []


def test_mca_is_a_plain_mean():
    means = mca_rows(condition_rows(ALL_CORRUPTIONS))
    found = [(r["metric"], r["corruption"], r["value"]) for r in means]
    assert found == [("mca", "19 corruptions", 47.0), ("mca", "15 corruptions", 37.0)]


def test_mca_needs_all_conditions():
    fifteen = mca_rows(condition_rows(ALL_CORRUPTIONS[:75]))
    assert [r["corruption"] for r in fifteen] == ["15 corruptions"]
    assert mca_rows(condition_rows(ALL_CORRUPTIONS[1:])) == []


def test_the_table_shows_the_mean_for_its_conditions():
    rows = condition_rows(ALL_CORRUPTIONS)
    rows += mca_rows(rows)
    assert len(rows_table(rows)) == 2
    assert len(rows_table(rows, conditions=True)) == 97


def test_a_sweep_over_steps_is_at_the_radius_of_table_4():
    sweep_over_steps = step_sweeps(Suite(attack=False, sweep_steps=(1, 3)))[0]
    should = [PGD(eps=8 / 255, steps=1), PGD(eps=8 / 255, steps=3)]
    assert sweep_over_steps.attacks == should


def test_a_sweep_over_steps_for_each_step_size():
    suite = Suite(attack=False, sweep_steps=(1,), sweep_step_sizes=(0.01, 0.02))
    first, second = step_sweeps(suite)
    assert first.attacks[0].step_size == 0.01
    assert second.attacks[0].step_size == 0.02


def test_a_sweep_over_radii_rises():
    sweep_over_radii = radius_sweeps(Suite(attack=False, sweep_eps=(0.2, 0.1)))[0]
    assert sweep_over_radii.attacks == [PGD(eps=0.1), PGD(eps=0.2)]


def test_scaled_steps_grow_with_the_radius():
    suite = Suite(attack=False, steps=20, sweep_eps=(0.1,), sweep_scaled=True)
    fixed, scaled = radius_sweeps(suite)
    assert fixed.attacks[0].step_size == 0.003
    assert scaled.attacks[0].step_size == 2.5 * 0.1 / 20


def test_a_suite_without_questions_has_no_attacks():
    assert attack_lists(Suite(attack=False)) == []


def test_each_batch_of_an_attack_has_its_stream():
    generators = attack_generators("attack", seed=5)
    next(generators)
    second = torch.rand(3, generator=next(generators))
    assert torch.equal(second, torch.rand(3, generator=stream(5, 1, "pgd")))


def test_a_sweep_has_one_stream():
    generators = attack_generators("sweep_eps", seed=5)
    drawn = [torch.rand(3, generator=next(generators)) for _ in range(2)]
    assert torch.equal(torch.cat(drawn), torch.rand(6, generator=stream(5, 0, "sweep")))


def test_each_batch_has_a_result():
    data = subset(load("digits", "test"), 50)
    asked = AttackList("sweep_eps", [PGD(eps=0.1, steps=1), PGD(eps=0.2, steps=1)], 20)
    results = run_attacks(build("wrn-10-1").eval(), data, asked)
    sizes = [[len(part.strict) for part in parts] for parts in results]
    assert sizes == [[20, 20, 10], [20, 20, 10]]


def test_attack_rows_say_how_many_images():
    asked = AttackList("attack", [PGD(steps=1, restarts=1)], 200)
    data = subset(load("digits", "test"), 40)
    rows = attack_rows(build("wrn-10-1").eval(), data, asked)
    found = [(r["selection"], r["n"]) for r in rows]
    assert found == [("run minimum", 40), ("strict", 40)]


def test_attack_rows_hold_the_protocol():
    pgd = PGD(eps=0.01, step_size=0.002, steps=1, restarts=2, norm="l2")
    asked = AttackList("attack", [pgd], 200)
    row = attack_rows(build("wrn-10-1").eval(), subset(load("digits", "test"), 9), asked)[0]
    assert {name: row[name] for name in PGD.model_fields} == pgd.model_dump()


def test_there_may_be_fewer_images():
    digits = load("digits", "test")
    assert len(at_most(digits, 100_000)) == 497
    assert at_most(digits, None) is digits


def test_a_model_with_honest_gradients_passes_every_check():
    asked = AttackSuite(eps=0.1, step_size=0.02, restarts=1)
    rows = masking_rows(train_on_digits(), subset(load("digits", "test"), 60), asked)
    assert [r["metric"] for r in rows] == ["masking_findings", "square_acc"]
    assert rows[0]["value"] == 0


def test_a_model_without_gradients_fails():
    model = nn.Sequential(Rounding(), train_on_digits()).eval()
    asked = AttackSuite(eps=0.1, step_size=0.02, restarts=1)
    rows = masking_rows(model, subset(load("digits", "test"), 60), asked)
    assert rows[0]["value"] > 0


def test_nothing_is_searched_unless_asked():
    digits = subset(load("digits", "test"), 5)
    assert search_rows(build("wrn-10-1").eval(), digits, AttackSuite()) == []


def test_autoattack_has_a_row():
    pytest.importorskip("pyautoattack")
    asked = AttackSuite(attack=False, autoattack=True, search_images=5, eps=0.1)
    [row] = search_rows(build("wrn-10-1").eval(), load("digits", "test"), asked)
    assert row["metric"] == "autoattack_acc"
    assert (row["n"], row["eps"], row["steps"]) == (5, 0.1, None)


def test_a_search_reads_the_radius():
    readers = attack_readers(AttackSuite(attack=False, masking=True))
    assert readers["eps"][0] and readers["steps"][0] and readers["search_images"][0]
    assert not readers["attack_images"][0]


def test_a_sweep_over_steps_costs_its_longest_attack():
    few, many = PGD(steps=5, restarts=2), PGD(steps=20, restarts=2)
    assert passes_of(AttackList("sweep_steps", [few, many], 500)) == Passes(43, 40)


def test_passes_by_hand():
    conditions, attack = 95, 5 * 21 + 1
    should = Passes(10_000 * (conditions + attack), 10_000 * 5 * 20)
    assert count_passes(Suite(corruptions="all"), 10_000) == should


def test_passes_are_counted_as_they_are_made():
    steps = {"sweep_steps": (1, 3), "sweep_step_sizes": (0.01, 0.02)}
    suite = Suite(steps=3, restarts=2, sweep_eps=(0.1, 0.2), **steps)
    for asked in attack_lists(suite):
        model = Counted().eval()
        attack_rows(model, subset(load("digits", "test"), 10), asked)
        expected = 10 * passes_of(asked).forward
        assert model.seen == expected + 20  # each image is looked at twice beforehand


def test_hours_are_announced():
    with pytest.warns(UserWarning, match="about 67 minutes ahead"):
        warn_of_work(Passes(1_000_000, 1_000_000), seconds=0.002)


def test_minutes_are_not_announced():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert warn_of_work(Passes(1000, 1000), seconds=0.002) is None


def test_images_are_counted_batch_by_batch():
    seen, model = [], build("wrn-10-1")
    with counting_images(model, seen.append):
        predict(model, load("digits", "test"), batch_size=200)
    assert seen == [200, 200, 97]


def test_counting_leaves_no_trace():
    model = build("wrn-10-1")
    with counting_images(model, print):
        assert len(model._forward_hooks) == 1
    assert len(model._forward_hooks) == 0


def test_without_progress_nothing_is_counted():
    model = build("wrn-10-1")
    with progress_bar(model, 1000, progress=False) as bar:
        predict(model, load("digits", "test"))
    assert bar.n == 0


def test_a_model_without_parameters_is_on_the_cpu():
    assert device_of(nn.ReLU()) == torch.device("cpu")
    assert device_of(nn.Linear(2, 2, device="meta")).type == "meta"


def test_only_the_whole_test_set_of_cifar10_has_rows():
    assert cifar10_test_rows(load("digits", "test"), 5) is None
    part = replace(five_greys(), name="cifar10/test")
    assert cifar10_test_rows(part, 3) is None


@pytest.mark.skipif(not available("cifar10"), reason="test_rows_are_those_of_the_subset needs cifar10: set NOISEKD_DATA")
def test_rows_are_those_of_the_subset():
    whole = load("cifar10", "test")
    rows = cifar10_test_rows(whole, 50)
    assert torch.equal(whole.images[rows], subset(whole, 50).images)


def test_images_are_found_by_name():
    found = find_images("digits", Suite(test_images=20))
    assert len(found.test) == 20
    assert found.other is None


def test_a_subset_is_fixed():
    suite = Suite(test_images=20)
    a, b = find_images("digits", suite), find_images("digits", suite)
    assert torch.equal(a.test.images, b.test.images)


def test_probabilities_are_warned_of():
    model = nn.Sequential(build("wrn-10-1"), nn.Softmax(1)).eval()
    with pytest.warns(UserWarning, match="probabilities") as warned:
        check_model(model, load("digits", "test"), Suite())
    assert len(warned) >= 1


def test_all_questions_of_a_suite_are_asked():
    model, suite = build("wrn-10-1").eval(), Suite(steps=1, corruptions=[["fog", 1]])
    found = find_images("digits", suite.but(test_images=20))
    with progress_bar(model, 100, progress=False) as bar:
        rows = ask(model, found, suite, right_answers(model, found.test), bar)
    assert {r["metric"] for r in rows} >= {"corruption_acc", "pgd_acc"}


def test_a_suite_by_name_is_the_suite():
    should = Suite(steps=3, test_images=9, attack_images=9)
    assert make_suite("pgd", images=9, steps=3) == should
    assert make_suite(Suite(steps=5), images=9, steps=3) == should


def test_a_forward_pass_takes_time():
    logits, seconds = timed_predict(build("wrn-10-1"), load("digits", "test"))
    assert len(logits) == 497
    assert 0 < seconds < 1


def test_clean_rows_come_first():
    suite = Suite(attack=False, corruptions=[["fog", 1]])
    found = find_images(subset(load("digits", "test"), 20), suite)
    rows = answer(build("wrn-10-1").eval(), found, suite)
    assert rows[0]["metric"] == "test_acc"
    assert rows[-1]["corruption"] == "fog"


def test_a_constant_model_has_known_accuracies():
    share = 100 * (load("digits", "test").labels == 3).double().mean().item()
    rows = always_three()
    for metric in ("test_acc", "corruption_acc", "pgd_acc"):
        assert values_of(rows, metric) == {round(share, 6)}
    assert values_of(rows, "corruption_acc_given_clean") == {100.0}


def test_a_constant_model_has_known_calibration():
    share = 100 * (load("digits", "test").labels == 3).double().mean().item()
    rows = always_three()
    assert values_of(rows, "brier") == {round(2 - share / 50, 6)}
    for metric in ("ece", "ece_10"):
        assert values_of(rows, metric) == {round(100 - share, 6)}


def test_all_images_are_judged():
    counts = {r["n"] for r in always_three() if not r["metric"].endswith("clean")}
    assert counts == {497}


def test_a_suite_can_be_changed_in_the_call():
    rows = always_three(images=100, restarts=1)
    attacked = [r for r in rows if r["metric"] == "pgd_acc"]
    assert {(r["n"], r["restarts"], r["steps"]) for r in attacked} == {(100, 1, 2)}


def test_ece_is_the_loop_over_bins():
    logits, labels = honest_answers(400)
    assert ece(logits, labels) == pytest.approx(ece_by_loops(logits, labels, 15))
    assert ece(logits, labels, 10) == pytest.approx(ece_by_loops(logits, labels, 10))


def test_honest_probabilities_are_calibrated():
    logits = torch.randn(20_000, 10, generator=torch.Generator().manual_seed(1)) * 2
    g = torch.Generator().manual_seed(2)
    drawn = torch.multinomial(logits.softmax(1), 1, generator=g)[:, 0]
    assert ece(logits, drawn) < 1.5
    assert ece(3 * logits, drawn) > 10


def test_brier_agrees_with_scikit_learn():
    from sklearn.metrics import brier_score_loss
    logits, labels = torch.randn(50, 10), torch.arange(50) % 10
    p = logits.double().softmax(1)
    binary = [brier_score_loss(labels == c, p[:, c]) for c in range(10)]
    assert brier(logits, labels) == pytest.approx(sum(binary))


def test_entropy_agrees_with_scipy():
    import scipy.stats
    logits = torch.randn(30, 10)
    theirs = scipy.stats.entropy(logits.double().softmax(1), axis=1).mean()
    assert entropy(logits) == pytest.approx(theirs)


def test_a_sweep_is_the_single_attacks():
    model, data = build("wrn-10-1").eval(), subset(load("digits", "test"), 60)
    for asked in attack_lists(SWEEPS):
        rows = attack_rows(model, data, asked)
        values = [r["value"] for r in rows if r["selection"] == "run minimum"]
        assert values == [alone(model, data, pgd) for pgd in asked.attacks]


def test_each_point_of_a_sweep_has_a_row():
    model, data = build("wrn-10-1"), subset(load("digits", "test"), 20)
    rows = evaluate(model, data, SWEEPS)
    points = [r["source"] for r in rows if r["metric"] == "pgd_acc"]
    assert points == ["sweep_steps"] * 8 + ["sweep_eps"] * 4 + ["sweep_scaled"] * 4


def test_no_two_rows_are_about_the_same():
    model, data = build("wrn-10-1"), subset(load("digits", "test"), 10)
    alike = {"attack": True, "steps": 1, "sweep_eps": (0.031, 0.0)}
    rows = evaluate(model, data, SWEEPS, corruptions=[["fog", 1]], **alike)
    names = [tuple(v for k, v in r.items() if k != "value") for r in rows]
    assert len(set(names)) == len(names)


def test_more_starts_only_find_more_over_batches():
    model, data = train_on_digits(), subset(load("digits", "test"), 200)
    strict = []
    for restarts in (1, 2, 3, 4):
        pgd = PGD(eps=0.1, step_size=0.02, steps=3, restarts=restarts)
        asked = AttackList("attack", [pgd], batch_size=20)
        strict.append(attack_rows(model, data, asked, seed=2)[1]["value"])
    assert strict == sorted(strict, reverse=True)
    assert strict[0] > strict[-1]


def test_evaluation_repeats():
    assert evaluate_small() == evaluate_small()


def test_subsets_have_their_sizes():
    counts = {r["n"] for r in evaluate_small() if not r["metric"].endswith("clean")}
    assert counts == {200, 60}


def test_counting_changes_nothing():
    seen, model = [], build("wrn-10-1")
    data = subset(load("digits", "test"), 100)
    attack = AttackList("attack", [PGD(eps=0.1, step_size=0.05, steps=2)], 50)
    with counting_images(model.eval(), seen.append):
        counted = attack_rows(model, data, attack)
    assert counted == attack_rows(model, data, attack)
    assert sum(seen) >= 100 * passes_of(attack).forward


def test_a_model_with_other_classes_sees_two_images_only():
    class Wide(nn.Module):
        seen = []
        def forward(self, x):
            self.seen.append(len(x))
            return torch.zeros(len(x), 7)
    refuses("should be logits (2, 10)", evaluate, Wide(), "digits", "corruptions+pgd")
    assert Wide.seen == [2]


def test_evaluation_gives_the_model_back_as_it_was():
    model = build("wrn-10-1").train()
    evaluate(model, subset(load("digits", "test"), 10), "pgd", steps=1)
    assert model.training
    assert all(p.requires_grad for p in model.parameters())
    assert all(p.grad is None for p in model.parameters())


@pytest.mark.skipif(not available("cifar10"), reason="test_released_images_are_used_and_said needs cifar10: set NOISEKD_DATA")
def test_released_images_are_used_and_said():
    import tempfile
    test = load("cifar10", "test")
    with tempfile.TemporaryDirectory() as folder:
        paler = subset(write_paler(Path(folder), test), 300)
        conditions = [["contrast", 2], ["brightness", 1]]
        rows = evaluate(Bright(), test, "test", 300, folder, corruptions=conditions)
    found = {r["corruption"]: r for r in rows if r["metric"] == "corruption_acc"}
    assert found["contrast"]["value"] == accuracy(predict(Bright(), paler), paler.labels)
    assert found["contrast"]["source"] == "released"
    assert found["brightness"]["source"] == "generated"


@pytest.mark.skipif(not available("cinic10"), reason="test_ood_rows_on_the_real_sample needs cinic10: set NOISEKD_DATA")
def test_ood_rows_on_the_real_sample():
    other = ood("cifar10")
    rows = evaluate(Always(3), load("cifar10", "test"), "ood", images=100)
    found = {r["metric"]: r for r in rows if r["data"] == other.name}
    assert found["ood_acc"]["n"] == len(other)
    assert found["ood_acc"]["value"] == accuracy(predict(Always(3), other), other.labels)
    assert set(found) == {"ood_acc", *quality(torch.zeros(2, 10), torch.zeros(2).long())}


def test_evaluation_stays_below_two_gigabytes():
    if not os.path.exists("/proc/self/status"):
        pytest.skip("the largest resident set is read from Linux's /proc")
    on_cpu = {**os.environ, "CUDA_VISIBLE_DEVICES": ""}
    command = [sys.executable, "-c", MEMORY]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=on_cpu)
    peak = int(done.stdout.split()[-1])  # MiB
    assert "40.0k/40.0k" in done.stderr  # the bar, at its end
    print(f"largest resident set: {peak} MiB")
    assert peak < 2048


def test_refuses_unknown_conditions():
    refuses("corruption = 'fogg'", Suite, corruptions=[["fogg", 1]])
    refuses("severity = 0", Suite, corruptions=[["fog", 0]])
    refuses("severity = 6", Suite, corruptions=[["fog", 6]])
    refuses("corruptions.0.1 = '3'", Suite, corruptions=[["fog", "3"]])


def test_refuses_what_is_no_pair():
    refuses("'fog/3' is no pair; should be pairs of name", Suite, corruptions=["fog/3"])
    refuses("corruptions = 'fog'", Suite, corruptions="fog")
    refuses("corruptions = 3", Suite, corruptions=3)


def test_refuses_values_out_of_range():
    refuses("eps = -1", Suite, eps=-1.0)
    refuses("sweep_eps.0 = -0.1", Suite, sweep_eps=(-0.1,))
    refuses("sweep_steps.0 = 0", Suite, sweep_steps=(0,))
    refuses("attack_images = 0", Suite, attack_images=0)
    refuses("test_images = -1", Suite, test_images=-1)
    refuses("ood_per_class = 0", Suite, ood=True, ood_per_class=0)


def test_refuses_a_condition_that_is_there_twice():
    refuses("corruptions: ('fog', 3) is there twice", Suite, corruptions=[["fog", 3]] * 2)
    refuses("sweep_steps: 5 is there twice", Suite, sweep_steps=(5, 5))


def test_refuses_sizes_of_questions_that_are_not_asked():
    refuses("ood_per_class = 9: should be None", Suite, ood_per_class=9)
    refuses("sweep_step_sizes = (0.1,)", Suite, sweep_step_sizes=(0.1,))
    refuses("sweep_scaled = True", Suite, sweep_scaled=True)


def test_refuses_an_attack_where_nothing_is_attacked():
    refuses("eps = 0.1: should be 0.031", Suite, attack=False, eps=0.1)
    refuses("steps = 7: should be 20", Suite, attack=False, steps=7)
    refuses("step_size = 0.1", Suite, attack=False, step_size=0.1)
    refuses("restarts = 9", Suite, attack=False, restarts=9)
    refuses("norm = 'l2'", Suite, attack=False, norm="l2")
    refuses("attack_images = 9", Suite, attack=False, attack_images=9)
    refuses("attack_batch = 9", Suite, attack=False, attack_batch=9)
    refuses("attack_seed = 9", Suite, attack=False, attack_seed=9)


def test_refuses_settings_that_a_sweep_replaces():
    refuses("eps = 0.1", Suite, attack=False, eps=0.1, sweep_eps=(0.2,))
    refuses("steps = 7", Suite, attack=False, steps=7, sweep_steps=(1,))
    own = {"sweep_steps": (1,), "sweep_step_sizes": (0.1,)}
    refuses("step_size = 0.2", Suite, attack=False, step_size=0.2, **own)


def test_refuses_unknown_parts_of_a_suite():
    refuses("suite = 'pgd+mca': 'mca' is unknown", find_suite, "pgd+mca")
    refuses("attack_image = 9: unknown field", find_suite, "pgd", attack_image=9)


def test_refuses_a_column_that_does_not_exist():
    refuses("did you mean 'severity'", metric_row, "nll", 1.0, 1, "digits/test", severty=3)


def test_refuses_a_table_of_no_rows():
    refuses("metric = 'mca': no rows", severity_table, condition_rows([("fog", 1)]), "mca")


def test_refuses_bad_logits():
    data = subset(load("digits", "test"), 20)
    refuses("not finite", check_logits, torch.full((20, 10), torch.nan), data)
    refuses("should be logits (20, 10)", check_logits, torch.zeros(20, 100), data)


def test_refuses_a_model_before_anything_is_computed():
    class Broken(nn.Module):
        def forward(self, x):
            return x.flatten(1)[:, :10] / 0
    test = load("digits", "test")
    refuses("not finite", check_model, Broken(), test, Suite())
    seven = build("wrn-10-1", 7).eval()
    refuses("should be logits (2, 10)", check_model, seven, test, Suite())


def test_refuses_images_that_a_corruption_is_not_made_for():
    images = torch.zeros(4, 3, 8, 12, dtype=torch.uint8)
    data = ImageSet(images, torch.arange(4), tuple("0123456789"), "flat/test")
    refuses("8 x 12", evaluate, Always(3), data, "test", corruptions=[["fog", 1]])


def test_refuses_a_missing_set_from_another_source_first():
    class Never(nn.Module):
        def forward(self, x):
            raise AssertionError("asked before the data was looked for")
    refuses("digits", evaluate, Never(), "digits", "ood")

"Exported from nbs/90_bench.ipynb by `python -m noisekd.export`; edit the notebook."

import pytest
import torch
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from noisekd.attacks import PGD, accuracies, accuracy_percent, check_attackable
from noisekd.attacks import import_optional, pgd_run, robustness, strict_robustness
from noisekd.basics import stream
from noisekd.corruptions import CORRUPTIONS, corrupted_images, to_levels
from noisekd.data import to_float
from noisekd.bench import *
from noisekd.bench import _given_starts
from noisekd.bench import _gradients_kept
from noisekd.bench import _equal_pixels
from noisekd.bench import _both_ways
from noisekd.bench import _synchronize
from noisekd.bench import _median_row
from noisekd.bench import _sides
from noisekd.bench import _one_by_one
from noisekd.bench import _check_reference
from noisekd.bench import _corruption_row
from functools import cache

from noisekd.basics import refuses
from noisekd.data import load, subset
from noisekd.sources import available
from noisekd.models import build
from noisekd.objective import Objective
from noisekd.training import Recipe, fit
def weak_problem(n):
    "An untrained float64 network, n images and its labels, a tenth of them changed."
    model = build("wrn-10-1", seed=1).double().eval()
    generator = torch.Generator().manual_seed(2)
    x = torch.rand(n, 3, 8, 8, generator=generator, dtype=torch.double)
    with torch.no_grad():
        y = model(x).argmax(1)
    return model, x, torch.where(torch.arange(n) % 10 == 0, (y + 1) % 10, y)
STILL = PGD(eps=0, steps=1, restarts=1)
CPU = torch.device("cpu")


def busy(until=0.05):
    "Compute for so many seconds of processor time."
    start = time.process_time()
    while time.process_time() - start < until:
        pass
def sleepers():
    "A slow side and a fast one, timed in three rounds."
    sides = {"long": partial(time.sleep, 0.1), "short": partial(time.sleep, 0.02)}
    return take_turns(sides, 3, CPU)
@cache
def trained():
    "A small digit network and 100 test images with their labels."
    model = build("wrn-10-1", seed=0)
    recipe = Recipe(epochs=6, milestones=(4,), augment="crop", pad=1)
    fit(model, load("digits"), Objective(), recipe, 0)
    test = subset(load("digits", "test"), 100)
    return model.eval(), to_float(test.images), test.labels
def tiny():
    "A linear network of four classes for 4 x 4 images."
    return nn.Sequential(nn.Flatten(), nn.Linear(48, 4)).eval()
import importlib.util
from pathlib import Path

import noisekd


def reference_of_tests():
    "The functions of one image in tests/test_corruptions.py."
    file = Path(noisekd.__file__).parent.parent / "tests" / "test_corruptions.py"
    spec = importlib.util.spec_from_file_location("reference_of_tests", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


tests = reference_of_tests()
def draw_nothing(x, params, generator):
    "A corruption without random numbers."
    return ()


def unchanged(image, params):
    "The image as it is."
    return image


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


def test_starts_are_given_in_their_order():
    first, second = torch.zeros(1), torch.ones(1)
    attack = _given_starts(object, iter([first, second]))()
    assert attack.get_random_start(None, 0).raw is first
    assert attack.get_random_start(None, 0).raw is second


def test_foolbox_gets_our_settings():
    attack = foolbox_attack(PGD(steps=7, step_size=0.01, norm="l2"), iter([]))
    assert attack.steps == 7
    assert attack.abs_stepsize == 0.01


def test_gradients_are_those_from_before():
    layer = nn.Linear(2, 1)
    with _gradients_kept(layer):
        layer(torch.ones(2)).backward()
        assert layer.weight.grad is not None
    assert layer.weight.grad is None


def test_foolbox_finds_the_same_images():
    model, x, y = weak_problem(30)
    l2 = PGD(eps=0.4, step_size=0.1, steps=10, restarts=1, norm="l2")
    for pgd in (PGD(eps=0.03, step_size=0.004, steps=10, restarts=1), l2):
        start = pgd.ball.random(x, stream(0, 0, "pgd"))
        ours = pgd_run(model, x, y, pgd, stream(0, 0, "pgd")).images
        theirs = foolbox_verdicts(model, [(x, y)], pgd, [start]).images
        assert (ours - theirs).abs().max() < 1e-5
        assert (ours - x).abs().max() > 0.01


def test_foolbox_s_verdicts_are_those_of_our_runs():
    model, x, y = weak_problem(40)
    pgd = PGD(eps=0.005, step_size=0.001, steps=5, restarts=3)
    g = stream(0, 0, "pgd")
    starts = [pgd.ball.random(x, g) for _ in range(3)]
    right = foolbox_verdicts(model, [(x, y)], pgd, starts).right
    assert torch.equal(right, robustness(model, x, y, pgd).runs.all(0))
    assert 0 < right.sum() < 40


def test_foolbox_leaves_no_gradients_behind():
    model, x, y = weak_problem(4)
    pgd = PGD(steps=1, restarts=1)
    foolbox_verdicts(model, [(x, y)], pgd, [x])
    assert all(p.grad is None for p in model.parameters())


def test_small_differences_are_allowed():
    Agreement(equal_pixels=99.5, other_verdicts=3, other_strict=1).check(100)
    assert Agreement(99.5, 3, 1).other_strict == 1


def test_without_a_radius_all_pixels_are_equal():
    model, x, y = weak_problem(2)
    pgd = PGD(eps=0, steps=1)
    assert _equal_pixels(model, (x, y), pgd, [x], stream(0, 0, "pgd")) == 100


def test_both_ways_begin_with_the_same_starts():
    model, x, y = weak_problem(10)
    pgd = PGD(eps=0.01, step_size=0.004, steps=2, restarts=1)
    full, early = _both_ways(model, [(x, y)], pgd, stream(0, 0, "pgd"))
    assert torch.equal(full[0].strict, early)


def test_in_double_precision_all_pixels_are_equal():
    model, x, y = weak_problem(20)
    pgd = PGD(eps=0.02, step_size=0.004, steps=5, restarts=1)
    start = pgd.ball.random(x, stream(0, 0, "pgd"))
    _, agreement = compare_attacks(model, [(x, y)], pgd, [start], stream(0, 0, "pgd"))
    assert agreement == Agreement(equal_pixels=100, other_verdicts=0, other_strict=0)


def test_a_cpu_has_nothing_to_wait_for():
    assert _synchronize(torch.device("cpu")) is None


def test_sleeping_is_wall_time():
    slept = timed(partial(time.sleep, 0.05), CPU)
    assert slept.wall > 0.05 > slept.cpu


def test_computing_is_processor_time():
    assert timed(busy, CPU).cpu >= 0.05


def test_one_busy_moment_does_not_count():
    row = _median_row("ours", [Timing(1, 1), Timing(100, 1), Timing(2, 1)])
    assert row["seconds"] == 2
    assert row["slowest"] == 100


def test_turns_are_timed():
    long, short = sleepers()
    assert long["seconds"] >= 0.1
    assert long["cpu"] < 0.05
    assert short["ratio"] > 1.5
    assert (long["ratio"], long["cpu_ratio"]) == (1, 1)


def test_the_median_lies_between_the_extremes():
    for row in sleepers():
        assert row["fastest"] <= row["seconds"] <= row["slowest"]


def test_starts_are_drawn_batch_by_batch():
    x = torch.rand(5, 3, 2, 2)
    starts = draw_starts([(x[:3], None), (x[3:], None)], PGD(restarts=2))
    assert [len(s) for s in starts] == [3, 3, 2, 2]
    first = PGD().ball.random(x[:3], stream(0, 0, "pgd"))
    assert torch.equal(starts[0], first)


def test_batches_are_attacked_one_after_the_other():
    model, x, y = weak_problem(5)
    parts = [(x[:3], y[:3]), (x[3:], y[3:])]
    found = attack_batches(strict_robustness, model, parts, PGD(steps=1, restarts=1))
    assert [len(f) for f in found] == [3, 2]


def test_foolbox_is_the_first_side():
    assert list(_sides(None, [], PGD(), []))[0] == "foolbox"


def test_the_benchmark_compares_equal_results():
    pgd = PGD(eps=0.14, step_size=0.03, steps=10, restarts=2)
    rows = benchmark_attacks(*trained(), pgd, repeats=1, batch_size=60)
    theirs, minimum, strict = rows
    assert [r["side"] for r in rows] == ["foolbox", "run minimum", "strict"]
    assert theirs["ratio"] == 1
    assert theirs["other_verdicts"] <= 1
    assert strict["accuracy"] <= theirs["accuracy"] <= minimum["accuracy"]


def test_the_benchmark_leaves_the_model_as_it_was():
    model, x, y = trained()
    before = [p.grad is None for p in model.parameters()]
    benchmark_attacks(model, x[:20], y[:20], PGD(steps=2, restarts=1), repeats=1)
    assert [p.grad is None for p in model.parameters()] == before


def test_refuses_attacks_that_do_not_agree():
    words = "the attacks do not agree; should to 1 %"
    refuses(words, Agreement(equal_pixels=98, other_verdicts=0, other_strict=0).check, 100)
    refuses(words, Agreement(equal_pixels=100, other_verdicts=0, other_strict=2).check, 100)


def test_refuses_other_starts():
    model, x, y = weak_problem(20)
    pgd = PGD(eps=0.02, step_size=0.004, steps=5, restarts=1)
    start = pgd.ball.random(x, stream(0, 0, "pgd")).flip(0)
    _, agreement = compare_attacks(model, [(x, y)], pgd, [start], stream(0, 0, "pgd"))
    refuses("Agreement(equal_pixels=", agreement.check, 20)


def test_refuses_bad_images_labels_and_models():
    x, y = torch.rand(4, 3, 4, 4), torch.arange(4)
    refuses("from nan", benchmark_attacks, tiny(), x * torch.nan, y)
    refuses("should be float32 or float64", benchmark_attacks, tiny(), x * 255, y)
    refuses("there are none", benchmark_attacks, tiny(), x[:0], y[:0])
    refuses("labels reach from 1 to 4", benchmark_attacks, tiny(), x, y + 1)
    refuses("train mode", benchmark_attacks, tiny().train(), x, y)


def test_images_are_corrupted_one_by_one():
    images = tests.photographs(2)
    draws, found = _one_by_one(images, None, draw_nothing, unchanged, None)
    assert draws == [(), ()]
    assert np.array_equal(found, images.permute(0, 2, 3, 1).numpy())


def test_the_reference_is_timed_and_equal():
    seconds, gap = time_reference(tests.photographs(3), "fog", 2, tests.REFERENCE["fog"])
    assert seconds > 0
    assert gap <= 1


def test_batches_take_time():
    assert time_batches(tests.photographs(10), "contrast", 1) > 0


def test_a_reference_with_all_functions_passes():
    assert _check_reference({"fog": None}, [("fog", 1), ("fog", 2)]) is None


def test_a_row_names_its_condition():
    one = tests.REFERENCE["contrast"]
    row = _corruption_row(tests.photographs(10), "contrast", 1, one, n_reference=2)
    assert (row["corruption"], row["severity"]) == ("contrast", 1)
    assert row["ratio"] == row["reference"] / row["ours"]


def test_corruptions_are_compared_with_equal_draws():
    conditions = [("fog", 2), ("contrast", 1)]
    table = benchmark_corruptions(tests.photographs(), tests.REFERENCE, 3, conditions)
    columns = ["corruption", "severity", "ours", "reference", "ratio", "largest_difference"]
    assert table.columns.tolist() == columns
    assert len(table) == 2
    assert (table.largest_difference <= 1).all()
    assert (table.ours > 0).all()


def test_refuses_a_reference_with_gaps():
    problem = tests.photographs(2), {}, 1, [("fog", 1)]
    refuses("reference: lacks ['fog']", benchmark_corruptions, *problem)

"Exported from nbs/25_certification.ipynb by `python -m noisekd.export`; edit the notebook."

import pytest
import torch
from collections.abc import Sequence
from math import ceil, log
from typing import Annotated, NamedTuple

import scipy  # its parts are loaded when they are used
import torch
from pydantic import Field, model_validator
from torch import Tensor, nn
from noisekd.attacks import accuracy_percent, check_attackable, checked_logits
from noisekd.basics import Count, Positive, Settings, stream, unused
from noisekd.data import ImageSet, to_device, to_float
from noisekd.evaluation import Radii, Suite, at_most, check_model, check_once
from noisekd.evaluation import device_of, evaluating, metric_row
from noisekd.noise import gaussian
from noisekd.certification import *
from noisekd.certification import _check_asked
import math
from dataclasses import replace
from functools import cache

import pytest
from scipy.stats import binom, norm

from noisekd.basics import refuses
from noisekd.data import load, subset
from noisekd.evaluation import COLUMNS
from noisekd.models import build
from noisekd.objective import Objective
from noisekd.training import Recipe, fit
def digits(n):
    "The first n test digits of a fixed order."
    return subset(load("digits", "test"), n)
def half_spaces(*distances):
    "Class 0 holds where all these distances, along different pixels, are positive."
    linear = nn.Linear(48, 1 + len(distances))
    linear.weight.data = -torch.eye(1 + len(distances), 49)[:, 1:]
    linear.bias.data = torch.tensor([0.0] + [0.5 - d for d in distances])
    return nn.Sequential(nn.Flatten(), linear).eval()
def grey(n=1):
    "Grey images; from each the planes of `half_spaces` have their distances."
    return torch.full((n, 3, 4, 4), 0.5)
def certified_radii(n, seed=0):
    "Of n equal images at a distance of 0.5."
    asked = Certificate(certify_sigma=0.5, certify_n=200)
    return certify(half_spaces(0.5), grey(n), asked, seed).radii
def four_certificates():
    "Answers and radii of four images."
    answers = torch.tensor([0, 0, 1, ABSTAIN])
    return Certified(answers, torch.tensor([0.25, 1.0, 2.0, 0.0]).double())
def four_rows():
    "The rows of `four_certificates`."
    zeros = torch.zeros(4, dtype=torch.long)
    asked = Certificate(certify_sigma=0.25, certify_radii=(0.25, 0.5))
    data = replace(digits(4), labels=zeros)
    return rows_of_certificates(four_certificates(), data, asked)
@cache
def learned(method="baseline", sigma=0.0):
    "A small network that has learned the digits."
    objective = Objective(method=method, noise={"gaussian": sigma} if sigma else {})
    recipe = Recipe(epochs=6, milestones=(4,), augment="crop", pad=1)
    model = build("wrn-10-1", seed=0)
    fit(model, load("digits"), objective, recipe, 0)
    return model.eval()
def bound_by_bisection(k, n, alpha):
    "The p for which k or more of n successes have the probability alpha."
    low, high = 0.0, 1.0
    for _ in range(60):
        p = (low + high) / 2
        above = binom.sf(k - 1, n, p) > alpha
        low, high = (low, p) if above else (p, high)
    return p
def false_share(p, n, alpha):
    "Probability that the bound of n draws exceeds the true p."
    exceeds = [k for k in range(n + 1) if lower_bound(k, n, alpha) > p]
    return binom.pmf(exceeds, n, p).sum()
@cache
def thousand_certificates(*distances):
    "One image certified by 1,000 sets of draws; sigma 0.5, alpha 0.05."
    asked = Certificate(
        certify_sigma=0.5, certify_n0=20, certify_n=200, certify_alpha=0.05
    )
    return certify(half_spaces(*distances), grey(1000), asked)
def radius_by_count():
    "For k of 200 draws, 0..200: its probability, and the radius; both float64."
    bounds = torch.tensor([lower_bound(k, 200, 0.05) for k in range(201)]).double()
    probability = torch.as_tensor(binom.pmf(range(201), 200, norm.cdf(1)))
    return probability, 0.5 * torch.special.ndtri(bounds).clamp(min=0)
CORNER = norm.cdf(1) * norm.cdf(1.6)  # p_A there
CORNER_RADIUS = 0.5 * norm.ppf(CORNER)
def wins(u, v):
    "That noise of 0.5 turns the distance u to some -t, and v stays above -t."
    t = torch.linspace(0, 4 + max(0.0, -u, -v), 2001).double()
    density = norm.pdf((t + u) / 0.5) / 0.5 * norm.cdf((t + v) / 0.5)
    return torch.trapezoid(torch.as_tensor(density), t).item()
def probabilities_in_the_corner(a, b):
    "Of the three classes of `half_spaces(a, b)`; a and b are distances of the image."
    return norm.cdf(a / 0.5) * norm.cdf(b / 0.5), wins(a, b), wins(b, a)
def least_lead(radius):
    "Over all directions, how far class 0 leads after a move of this length."
    leads = []
    for degrees in range(0, 360, 5):
        x, y = (f(math.radians(degrees)) for f in (math.cos, math.sin))
        moved = 0.5 + radius * x, 0.8 + radius * y
        first, *others = probabilities_in_the_corner(*moved)
        leads.append(first - max(others))
    return min(leads)
def answers_by_loop(model, image, n, draws):
    "The class of each of n noisy copies, sigma 0.3."
    noise = torch.randn((n, *image.shape), generator=draws)
    logits = [model((image + 0.3 * z)[None])[0] for z in noise]
    return [int(z.argmax()) for z in logits]
@torch.no_grad()
def certify_by_loop(model, image, i):
    "Of 15 draws the class, of 60 further ones its count; alpha 0.01."
    draws = stream(0, i, "certify")
    first = answers_by_loop(model, image, 15, draws)
    chosen = max(set(first), key=first.count)
    k = answers_by_loop(model, image, 60, draws).count(chosen)
    p = bound_by_bisection(k, 60, 0.01)
    return (chosen, 0.3 * norm.ppf(p)) if p >= 0.5 else (ABSTAIN, 0.0)


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


def test_ten_draws_can_be_enough():
    assert Certificate(certify_sigma=0.25, certify_n=10).certify_n == 10
    assert Certificate().certify_sigma is None


def test_the_largest_radius_grows_with_sigma():
    one = largest_radius(Certificate(certify_sigma=1.0))
    assert largest_radius(Certificate(certify_sigma=0.25)) == pytest.approx(one / 4)
    assert one == pytest.approx(norm.ppf(0.001**0.0001))


def test_every_copy_is_counted_once():
    counts = count_answers(half_spaces(0.5), grey()[0], 2345, 0.5, stream(0, 0, "certify"))
    assert counts.sum() == 2345
    assert counts.shape == (2,)


def test_crossings_are_binomial():
    low, high = binom.interval(1 - 1e-6, 20_000, norm.cdf(-1))
    draws = stream(0, 0, "certify")
    counts = count_answers(half_spaces(0.5), grey()[0], 20_000, 0.5, draws)
    assert low <= counts[1] <= high


def test_the_bound_at_both_ends():
    assert lower_bound(0, 50, 0.001) == 0
    assert lower_bound(50, 50, 0.001) == pytest.approx(0.001 ** (1 / 50))


def test_the_class_is_chosen_by_its_own_draws():
    counts = torch.tensor([80, 20]), torch.tensor([100, 900])
    assert radius_of(*counts, Certificate(certify_sigma=0.5)) == (ABSTAIN, 0.0)


def test_the_radius_is_sigma_times_a_normal_quantile():
    counts = torch.tensor([20, 80]), torch.tensor([5, 995])
    answer, radius = radius_of(*counts, Certificate(certify_sigma=0.5))
    assert answer == 1
    assert radius == 0.5 * norm.ppf(lower_bound(995, 1000, 0.001))


def test_a_close_call_is_not_certified():
    chosen, counts = torch.tensor([80, 20]), torch.tensor([540, 460])
    assert radius_of(chosen, counts, Certificate(certify_sigma=0.5)) == (ABSTAIN, 0.0)


def test_what_can_be_certified_passes():
    assert _check_asked(half_spaces(0.5), grey(), Certificate(certify_sigma=1.0)) is None


def test_certificates_come_from_streams():
    one, two = certified_radii(1), certified_radii(2)
    assert one[0] == two[0]
    assert two[0] != two[1]
    assert certified_radii(1, seed=1)[0] != one[0]


def test_an_answer_needs_a_clear_lead():
    assert smoothed_answer(torch.tensor([66, 34]), 0.001) == ABSTAIN
    assert smoothed_answer(torch.tensor([67, 33]), 0.001) == 0
    assert smoothed_answer(torch.tensor([34, 66]), 0.01) == 1


def test_the_smoothed_answer_is_the_nearer_side():
    asked = Certificate(certify_sigma=0.5, certify_n=400)
    for distance, side in ((0.5, 0), (-0.5, 1)):
        assert predict_smoothed(half_spaces(distance), grey(1), asked) == side


def test_certified_accuracy_by_hand():
    zeros, radii = torch.zeros(4, dtype=torch.long), (0.0, 0.25, 0.5, 1.0, 1.5)
    found = four_certificates()
    assert certified_accuracy(found, zeros, radii) == [50, 50, 25, 25, 0]
    assert certified_accuracy(found, zeros + 1, (2.0,)) == [25]


def test_each_radius_has_a_row():
    assert [r["metric"] for r in four_rows()] == ["certified_acc"] * 2 + ["abstained"]
    assert [r["value"] for r in four_rows()] == [50, 25, 25]
    assert [r["eps"] for r in four_rows()] == [0.25, 0.5, None]


def test_rows_say_how_they_were_certified():
    for row in four_rows():
        assert (row["norm"], row["sigma"], row["n"]) == ("l2", 0.25, 4)
        assert row["source"] == "10000 draws, alpha 0.001"
        assert tuple(row) == COLUMNS


def test_as_many_images_are_certified_as_asked():
    asked = Certificate(certify_sigma=0.2, certify_n=20, certify_images=5)
    rows = certified_rows(build("wrn-10-1"), digits(20), asked)
    assert {r["n"] for r in rows} == {5}


def test_without_a_sigma_nothing_is_certified():
    assert certified_rows(build("wrn-10-1"), digits(5), Certificate()) == []


def test_a_trained_network_has_certificates():
    asked = Certificate(certify_sigma=0.25, certify_n=200, certify_radii=(0.0, 0.3))
    near, far, abstained = certified_rows(learned("ga", 0.25), digits(30), asked)
    assert near["value"] > 50
    assert far["value"] < near["value"]


def test_the_bound_solves_its_equation():
    for k, n in ((1, 10), (7, 10), (60, 100), (9_990, 10_000)):
        for alpha in (0.001, 0.05, 0.3):
            should = bound_by_bisection(k, n, alpha)
            assert lower_bound(k, n, alpha) == pytest.approx(should, rel=1e-9)


def test_the_bound_is_one_side_of_an_exact_interval():
    for k, n in ((3, 10), (60, 100), (999, 1000)):
        interval = scipy.stats.binomtest(k, n).proportion_ci(1 - 2 * 0.01, "exact")
        assert lower_bound(k, n, 0.01) == pytest.approx(interval.low, rel=1e-9)


def test_the_bound_is_seldom_too_high():
    for p in (0.02, 0.5, 0.6, 0.84, 0.99, 0.9999):
        assert false_share(p, 200, 0.05) <= 0.05


def test_false_certificates_are_as_rare_as_promised():
    too_large = int((thousand_certificates(0.5).radii > 0.5).sum())
    exact = false_share(norm.cdf(1), 200, 0.05)
    low, high = binom.interval(1 - 1e-6, 1000, exact)
    assert low <= too_large <= high
    assert too_large <= binom.isf(1e-6, 1000, 0.05)


def test_the_mean_radius_is_known():
    probability, radius = radius_by_count()
    mean = probability @ radius
    error = (probability @ (radius - mean).square() / 1000).sqrt()
    assert abs(thousand_certificates(0.5).radii.mean() - mean) < 6 * error


def test_a_corner_has_smaller_certificates():
    found = thousand_certificates(0.5, 0.8)
    too_large = int((found.radii > CORNER_RADIUS).sum())
    low, high = binom.interval(1 - 1e-6, 1000, false_share(CORNER, 200, 0.05))
    assert CORNER_RADIUS < 0.5
    assert low <= too_large <= high


def test_the_corner_is_certified_as_its_class():
    answers = thousand_certificates(0.5, 0.8).answers
    assert set(answers.tolist()) <= {0, ABSTAIN}


def test_the_answer_holds_within_the_radius():
    assert least_lead(CORNER_RADIUS) > 0
    assert least_lead(1.5 * CORNER_RADIUS) < 0


def test_three_probabilities_are_all():
    for distances in ((0.5, 0.8), (-0.3, 0.8), (-0.2, -0.4)):
        total = sum(probabilities_in_the_corner(*distances))
        assert total == pytest.approx(1, abs=1e-4)


def test_on_the_boundary_we_abstain():
    found = thousand_certificates(0.0)
    assert (found.answers != ABSTAIN).sum() <= binom.isf(1e-6, 1000, 0.05)
    assert (found.answers == ABSTAIN).any()
    assert (found.radii[found.answers == ABSTAIN] == 0).all()


def test_on_the_boundary_there_is_no_answer():
    asked = Certificate(certify_sigma=0.5, certify_n=100, certify_alpha=0.05)
    answers = predict_smoothed(half_spaces(0.0), grey(1000), asked)
    given = (answers != ABSTAIN).sum()
    assert 0 < given <= binom.isf(1e-6, 1000, 0.05)


def test_the_test_of_an_answer_by_its_definition():
    for k in range(50, 101):
        chance = min(1.0, 2 * binom.sf(k - 1, 100, 0.5))
        answer = smoothed_answer(torch.tensor([100 - k, k, 0]), 0.01)
        assert (answer == 1) == (chance <= 0.01)


def test_certify_is_the_loop_over_draws():
    draws = {"certify_n0": 15, "certify_n": 60, "certify_alpha": 0.01}
    model, x = learned(), to_float(digits(8).images)
    found = certify(model, x, Certificate(certify_sigma=0.3, **draws))
    answers, radii = zip(*(certify_by_loop(model, z, i) for i, z in enumerate(x)))
    assert found.answers.tolist() == list(answers)
    assert found.radii.tolist() == pytest.approx(list(radii), abs=1e-9)


def test_counts_do_not_depend_on_batches():
    ask = half_spaces(0.5), grey()[0], 300, 0.5
    whole = count_answers(*ask, stream(0, 0, "certify"))
    parts = count_answers(*ask, stream(0, 0, "certify"), batch=64)
    assert torch.equal(whole, parts)


def test_a_model_in_train_mode_is_certified_in_eval_mode():
    asked, x = Certificate(certify_sigma=0.2, certify_n=99), to_float(digits(3).images)
    model = build("wrn-10-1", dropout=0.3).train()
    found = certify(model, x, asked)
    assert model.training
    assert torch.equal(found.radii, certify(model.eval(), x, asked).radii)


def test_certification_changes_no_statistic():
    asked, x = Certificate(certify_sigma=0.2, certify_n=20), to_float(digits(3).images)
    model = build("wrn-10-1").train()
    before = model.bn.running_mean.clone()
    certify(model, x, asked)
    assert torch.equal(model.bn.running_mean, before)


def test_refuses_impossible_noise():
    refuses("certify_sigma = 0.0: input should be", Certificate, certify_sigma=0.0)


def test_refuses_impossible_levels():
    some = {"certify_sigma": 0.25}
    refuses("certify_alpha = 0.0: input should be", Certificate, certify_alpha=0.0, **some)
    refuses("certify_alpha = 0.5: input should be", Certificate, certify_alpha=0.5, **some)


def test_refuses_impossible_radii():
    some = {"certify_sigma": 0.25}
    refuses("certify_radii.0 = -1.0", Certificate, certify_radii=(-1.0,), **some)
    refuses("0.5 is there twice", Certificate, certify_radii=(0.5, 0.5), **some)


def test_refuses_too_few_draws():
    few = {"certify_sigma": 0.25, "certify_n": 9}
    words = "certify_n = 9: no answer could be certified; should be >= 10"
    refuses(words, Certificate, **few)


def test_refuses_settings_without_a_sigma():
    refuses("certify_images = 5: should be None", Certificate, certify_images=5)
    refuses("certify_n = 50: should be 10000", Certificate, certify_n=50)
    refuses("certify_n0 = 5: should be 100", Certificate, certify_n0=5)
    refuses("certify_alpha = 0.01: should be 0.001", Certificate, certify_alpha=0.01)
    refuses("certify_radii = (0.1,)", Certificate, certify_radii=(0.1,))


def test_refuses_impossible_counts():
    refuses("k = 11, n = 10: should be 0 <= k <= n", lower_bound, 11, 10, 0.001)
    refuses("k = 0, n = 0: should be", lower_bound, 0, 0, 0.001)
    refuses("alpha = 1: should be between 0 and 1", lower_bound, 1, 2, 1)


def test_refuses_to_certify_without_noise():
    ask = half_spaces(0.5), grey(), Certificate()
    refuses("certify_sigma = None: should be > 0", certify, *ask)
    refuses("certify_sigma = None: should be > 0", predict_smoothed, *ask)


def test_refuses_images_that_cannot_be_certified():
    asked = Certificate(certify_sigma=0.25)
    refuses("in [0, 1]", certify, half_spaces(0.5), 255 * grey(), asked)
    refuses("N x C x H x W", predict_smoothed, half_spaces(0.5), grey()[0], asked)


def test_refuses_logits_that_noise_makes_infinite():
    class Fragile(nn.Module):
        def forward(self, x):
            bright = x.mean((1, 2, 3)) > 0.55
            return torch.where(bright, torch.inf, 1.0)[:, None].expand(-1, 2)
    asked = Certificate(certify_sigma=1.0)
    refuses("noise: the logits of", certify, Fragile(), grey(), asked)


def test_refuses_a_network_of_other_classes():
    ask = build("wrn-10-1", 7), digits(5), Certificate(certify_sigma=0.25)
    refuses("returns (2, 7); should be logits (2, 10)", certified_rows, *ask)

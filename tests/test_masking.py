"Exported from nbs/22_masking.ipynb by `python -m noisekd.export`; edit the notebook."

import pytest
import torch
from typing import NamedTuple

import torch
from torch import Tensor, nn

from noisekd.attacks import PGD, Linf, NonFiniteAttack
from noisekd.attacks import accuracy_percent, check_attackable, checked_logits
from noisekd.attacks import exact_float32, image_only, input_gradient, margin
from noisekd.attacks import strict_robustness, sweep
from noisekd.basics import Count, NonNegative, Settings, stream
from noisekd.masking import *
from noisekd.masking import _margins
from noisekd.masking import _keep_better
from noisekd.masking import _dead_percent
from functools import cache
from unittest.mock import patch

from noisekd.basics import refuses
from noisekd.data import load, subset, to_float
from noisekd.models import build
from noisekd.objective import Objective
from noisekd.training import Recipe, fit
@cache
def trained():
    "A small digit network and 100 test images with their labels."
    model = build("wrn-10-1", seed=0)
    recipe = Recipe(epochs=6, milestones=(4,), augment="crop", pad=1)
    fit(model, load("digits"), Objective(), recipe, 0)
    test = subset(load("digits", "test"), 100)
    return model.eval(), to_float(test.images), test.labels
def problem_of(model, generator=None, queries=200, **settings):
    "A model on the digits of `trained`."
    _, x, y = trained()
    generator = generator or stream(0, 0, "pgd")
    return AttackProblem(model, x, y, PGD(**settings), generator, queries)
class Masked(nn.Module):
    "The same decisions, logits times 10,000."

    def __init__(self, model):
        super().__init__()
        self.model = model
        self.eval()

    def forward(self, x):
        return 1e4 * self.model(x)
class Rounded(Masked):
    "A network that sees its input in 32 grey levels."

    def forward(self, x):
        return self.model((x * 31).round() / 31)
class Misled(Masked):
    "A network with the right values and the opposite gradients."

    def forward(self, x):
        return self.model(2 * x.detach() - x)
class Linear(nn.Module):
    "A two-class linear model on 3 x 4 x 4 images in float64."

    def __init__(self):
        super().__init__()
        generator = torch.Generator().manual_seed(0)
        self.w = torch.randn(2, 48, generator=generator, dtype=torch.double)
        self.b = torch.zeros(2, dtype=torch.double)

    def forward(self, x):
        return x.flatten(1) @ self.w.T + self.b

    def worst_margin(self, x, y, eps):
        "The smallest margin in the l_inf ball, as long as [0, 1] is not in the way."
        d = self.w[y] - self.w[1 - y]
        clean = (d * x.flatten(1)).sum(1) + self.b[y] - self.b[1 - y]
        return clean - eps * d.norm(p=1, dim=1)
def linear_problem(n=400):
    "The model, n images away from 0 and 1, and the model's labels, half of each."
    model = Linear().eval()
    generator = torch.Generator().manual_seed(1)
    x = 0.2 + 0.6 * torch.rand(n, 3, 4, 4, generator=generator, dtype=torch.double)
    difference = x.flatten(1) @ (model.w[0] - model.w[1])
    model.b[1] = difference.median() + 1e-3  # no image lies on the border
    return model, x, model(x).argmax(1)
class Rootless(Masked):
    "The same logits; the gradient is infinite, as the square root has no slope at 0."

    def forward(self, x):
        change = x - x.detach()
        return self.model(x) + change.sqrt().sum((1, 2, 3))[:, None]
class Overflowing(Masked):
    "Logits that are NaN wherever the image is not the clean one."

    def forward(self, x):
        clean = (x == trained()[1][: len(x)]).flatten(1).all(1)
        return self.model(x) + torch.where(clean, 0.0, torch.nan)[:, None]
class Rippled(nn.Module):
    "Says 1 where the mean is above 0.55; a fast wave hides the way there."

    def forward(self, x):
        mean = x.mean((1, 2, 3))
        return torch.stack([0 * mean, 20 * (mean - 0.55) + torch.sin(400 * mean)], 1)
def rippled_problem():
    "Fifty grey images below the border, and PGD with small steps."
    level = 0.4 + 0.01 * torch.arange(50) / 50
    x = level[:, None, None, None].expand(50, 3, 4, 4)
    y = torch.zeros(50, dtype=torch.long)
    pgd = PGD(eps=0.3, step_size=0.003)
    return AttackProblem(Rippled().eval(), x, y, pgd, stream(0, 0, "pgd"))
@cache
def checks_of(change, norm="linf"):
    "All checks of the digit network after a change."
    model, x, y = trained()
    eps, step = (0.12, 0.01) if norm == "linf" else (0.5, 0.1)
    pgd = PGD(eps=eps, step_size=step, restarts=2, norm=norm)
    return masking_checks(change(model), x, y, pgd, queries=200)
def unchanged(model):
    "The model itself."
    return model


def failed(checks):
    "Names of the checks that failed."
    return {c.name for c in checks if not c.passed}
class Counting(nn.Module):
    "A model that counts the images it has seen."

    def __init__(self, model):
        super().__init__()
        self.model = model
        self.images = 0
        self.eval()

    def forward(self, x):
        self.images += len(x)
        return self.model(x)
def unbounded_attack(**settings):
    "The attack with which the unbounded check asks."
    asked = []

    def strict_percent(self, pgd):
        asked.append(pgd)
        return 0.0

    with patch.object(AttackProblem, "strict_percent", strict_percent):
        images = torch.zeros(2, 3, 4, 4)
        unbounded_check(AttackProblem(None, images, None, PGD(**settings), None))
    return asked[0]
def tiny():
    "A linear network of four classes for 4 x 4 images."
    return nn.Sequential(nn.Flatten(), nn.Linear(48, 4)).eval()
def all_refuse(words, model, x, y):
    "Do both ways in refuse this?"
    refuses(words, square_robustness, model, x, y)
    refuses(words, masking_checks, model, x, y)


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


def test_the_default_radius_is_that_of_pgd():
    assert Square().eps == PGD().eps


def test_squares_shrink_to_a_pixel():
    sides = [square_side(q, 1000, 32) for q in range(1000)]
    assert sides == sorted(sides, reverse=True)
    assert sides[0] == round(32 * 0.8**0.5) == 29
    assert sides[-1] == 1


def test_an_interval_has_its_length_and_any_place():
    inside = random_interval(500, 6, 2, stream(0, 0, "square"))
    assert (inside.sum(1) == 2).all()
    assert inside.any(0).all()
    assert (inside.int().diff().abs().sum(1) <= 2).all()  # one piece


def test_a_mask_is_a_square():
    mask, _ = random_squares(torch.zeros(500, 3, 6, 5), 2, stream(0, 0, "square"))
    assert (mask.sum((1, 2, 3)) == 4).all()
    assert (mask.any(2).sum(2) == 2).all()
    assert (mask.any(3).sum(2) == 2).all()
    assert mask.any(0).all()


def test_signs_are_drawn_per_channel():
    _, sign = random_squares(torch.zeros(500, 3, 6, 5), 2, stream(0, 0, "square"))
    assert sign.shape == (500, 3, 1, 1)
    assert set(sign.flatten().tolist()) == {-1.0, 1.0}


def test_stripes_are_vertical():
    v = stripes(torch.full((9, 3, 4, 5), 0.5), 0.1, stream(0, 0, "square")) - 0.5
    assert torch.allclose(v.abs(), torch.tensor(0.1))
    assert torch.equal(v, v[:, :, :1].expand_as(v))
    assert len(v[:, 0, 0].unique(dim=0)) > 4


def test_a_proposal_changes_one_square():
    x = torch.full((2, 3, 6, 6), 0.5)
    rows = torch.tensor([1])
    z = propose(x, x[1:], rows, 20, Square(eps=0.1), stream(0, 0, "square"))
    changed = (z - x[1:]).abs()
    assert (changed > 0.09).sum() == 3 * square_side(20, 500, 6) ** 2 == 12
    assert torch.allclose(changed.max(), torch.tensor(0.1))


def test_no_image_has_no_margin():
    assert _margins(None, torch.zeros(0, 3, 2, 2), None, "stripes").shape == (0,)


def test_only_better_proposals_are_kept():
    z = torch.zeros(2, 1, 1, 1)
    kept, _ = _keep_better(z, torch.tensor([2.0, 2.0]), z + 1, torch.tensor([1.0, 3.0]))
    assert kept.flatten().tolist() == [1, 0]


def test_more_queries_find_more():
    problem = trained()
    few, many = Square(eps=0.12, queries=10), Square(eps=0.12, queries=100)
    assert square_robustness(*problem, few).sum() > square_robustness(*problem, many).sum()


def test_square_repeats():
    square = Square(eps=0.02, queries=20)
    first = square_robustness(*trained(), square)
    assert torch.equal(square_robustness(*trained(), square), first)


def test_a_check_says_what_should_be():
    check = MaskingCheck("steps", False, {"5 times": 30.0}, "30.0 % left; should be fewer")
    assert not check.passed
    assert "should be" in check.sentence


def test_a_problem_can_be_attacked():
    problem = problem_of(trained()[0], eps=0)
    clean, = problem.last_percent([problem.pgd])
    assert clean > 90
    assert problem.strict_percent(problem.pgd) == clean


def test_only_masked_models_withstand_without_a_bound():
    model = trained()[0]
    for norm in ("linf", "l2"):
        assert unbounded_check(problem_of(model, norm=norm)).passed
        assert not unbounded_check(problem_of(Masked(model), norm=norm)).passed


def test_steps_that_help_the_defender_are_found():
    model, x, y = linear_problem()
    pgd = PGD(eps=0.2, step_size=0.002, steps=2)
    good = steps_check(AttackProblem(model, x, y, pgd, stream(0, 0, "pgd")))
    bad = steps_check(AttackProblem(Misled(model), x, y, pgd, stream(0, 0, "pgd")))
    assert good.passed
    assert good.numbers["five times the steps"] < good.numbers["steps"]
    assert not bad.passed
    assert bad.numbers["five times the steps"] > bad.numbers["steps"] + 1


def test_only_images_that_are_right_can_be_dead():
    grad = torch.tensor([0.0, 0.0, 1.0]).view(3, 1, 1, 1)
    assert _dead_percent(torch.tensor([True, False, True]), grad) == 50
    assert _dead_percent(torch.tensor([False, False, False]), grad) == 0


def test_saturated_and_rounded_models_have_no_gradients():
    model = trained()[0]
    assert gradient_check(problem_of(model)).numbers == {"zero": 0, "not finite": 0}
    assert gradient_check(problem_of(Masked(model))).numbers["zero"] > 50
    assert gradient_check(problem_of(Rounded(model))).numbers["zero"] == 100


def test_gradients_that_are_not_finite_are_found():
    for broken in (Rootless, Overflowing):
        check = gradient_check(problem_of(broken(trained()[0])))
        assert not check.passed
        assert check.numbers["not finite"] == 100


def test_many_steps_are_stronger_on_a_normal_network():
    check = one_step_check(problem_of(trained()[0], eps=0.1, step_size=0.02))
    assert check.passed
    assert 0 < check.numbers["many steps"] < check.numbers["one step"] < 100


def test_ripples_catch_small_steps():
    assert not one_step_check(rippled_problem()).passed


def test_only_masked_models_fear_the_black_box_more():
    model = trained()[0]
    attack = dict(eps=0.12, step_size=0.01, restarts=2)
    assert black_box_check(problem_of(model, **attack)).passed
    assert not black_box_check(problem_of(Masked(model), **attack)).passed
    assert not black_box_check(problem_of(Rounded(model), **attack)).passed


def test_an_overflow_is_a_failed_check():
    for name in CHECKS:
        check = run_check(name, problem_of(Overflowing(trained()[0])))
        assert check.name == name
        assert not check.passed


def test_a_normal_network_passes():
    assert failed(checks_of(unchanged)) == set()
    assert failed(checks_of(unchanged, "l2")) == set()


def test_masked_networks_fail_where_they_should():
    assert failed(checks_of(Masked)) == {"unbounded", "gradients", "black box"}
    assert failed(checks_of(Rounded)) == {"unbounded", "gradients", "black box"}


def test_square_is_asked_for_linf_only():
    assert [c.name for c in checks_of(unchanged)] == list(CHECKS)
    assert "black box" not in {c.name for c in checks_of(unchanged, "l2")}


def test_square_approaches_the_closed_form_from_above():
    model, x, y = linear_problem(150)
    exact = model.worst_margin(x, y, 0.02) > 0
    few = square_robustness(model, x, y, Square(eps=0.02, queries=10))
    many = square_robustness(model, x, y, Square(eps=0.02, queries=3000))
    assert (exact <= many).all()
    assert (many ^ exact).sum() <= 8
    assert many.sum() < few.sum()


def test_square_without_a_radius_leaves_the_clean_verdicts():
    model, x, y = trained()
    right = model(x).argmax(1) == y
    assert torch.equal(square_robustness(model, x, y, Square(eps=0, queries=5)), right)


def test_square_knows_clean_errors():
    model, x, _ = trained()
    wrong = (model(x).argmax(1) + 1) % 10
    assert not square_robustness(model, x, wrong, Square(eps=0, queries=5)).any()


def test_square_lets_misclassified_images_go():
    model, x, y = linear_problem(40)
    model = Counting(model)
    right = square_robustness(model, x, y, Square(eps=0.1, queries=100))
    assert not right.any()
    assert model.images < 20 * len(x)


def test_without_a_bound_there_are_enough_steps():
    assert unbounded_attack() == PGD(eps=1.0, step_size=0.05, steps=50, restarts=2)


def test_a_longer_attack_keeps_its_steps_without_a_bound():
    radius = 48**0.5
    l2 = dict(steps=100, restarts=2, norm="l2")
    expected = PGD(eps=radius, step_size=2.5 * radius / 100, **l2)
    assert unbounded_attack(steps=100, norm="l2") == expected


def test_refuses_impossible_squares():
    refuses("eps = -1: input should be greater than or equal to 0", Square, eps=-1)


def test_refuses_an_impossible_number_of_squares():
    refuses("queries = 0: input should be greater than or equal to 1", Square, queries=0)
    refuses("queries = True: input should be a valid integer", Square, queries=True)


def test_refuses_checks_that_say_nothing():
    problem = tiny(), torch.rand(4, 3, 4, 4), torch.arange(4)
    refuses("eps = 0: should be > 0", masking_checks, *problem, PGD(eps=0))
    refuses("queries = 0: input should be", masking_checks, *problem, queries=0)


def test_refuses_bad_images():
    x, y = torch.rand(4, 3, 4, 4), torch.arange(4)
    all_refuse("from nan", tiny(), x * torch.nan, y)
    all_refuse("should be float32 or float64, in [0, 1]", tiny(), x * 255, y)


def test_refuses_images_of_another_type():
    x, y = torch.rand(4, 3, 4, 4), torch.arange(4)
    all_refuse("torch.uint8", tiny(), x.mul(255).byte(), y)


def test_refuses_images_of_another_shape():
    x, y = torch.rand(4, 3, 4, 4), torch.arange(4)
    all_refuse("should be N x C x H x W", tiny(), x[0], y)
    all_refuse("there are none", tiny(), x[:0], y[:0])


def test_refuses_bad_labels():
    x, y = torch.rand(4, 3, 4, 4), torch.arange(4)
    all_refuse("labels reach from 1 to 4; should be 0..3", tiny(), x, y + 1)


def test_refuses_labels_of_another_shape_or_type():
    x, y = torch.rand(4, 3, 4, 4), torch.arange(4)
    all_refuse("labels are torch.int64 (3,)", tiny(), x, y[:3])
    all_refuse("labels are torch.float32", tiny(), x, y.float())


def test_refuses_bad_models():
    x, y = torch.rand(4, 3, 4, 4), torch.arange(4)
    all_refuse("train mode", tiny().train(), x, y)
    all_refuse("should be logits, N x C", nn.Flatten(0).eval(), x, y)


def test_refuses_models_without_finite_logits():
    broken = tiny()
    broken[1].bias.data[0] = torch.nan
    all_refuse("not finite", broken, torch.rand(4, 3, 4, 4), torch.arange(4))


def test_refuses_a_square_that_meets_nan():
    words = "stripes: the logits of"
    refuses(words, square_robustness, Overflowing(trained()[0]), *trained()[1:])

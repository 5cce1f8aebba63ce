"Exported from nbs/20_attacks.ipynb by `python -m noisekd.export`; edit the notebook."

import pytest
import torch
import importlib
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from types import ModuleType
from typing import NamedTuple

import torch
import torch.nn.functional as F
from pydantic import field_validator
from torch import Tensor, nn

from noisekd.basics import Count, NonNegative, Positive, Settings
from noisekd.basics import full_float32, stream, suggest
from noisekd.attacks import *
from noisekd.attacks import _known_norm
from noisekd.attacks import _fixed_batchnorm
from noisekd.attacks import _layout
from noisekd.attacks import _Subsample
from noisekd.attacks import _strided_1x1
from noisekd.attacks import _is_fixed_norm
from noisekd.attacks import _is_strided_1x1
from noisekd.attacks import _shortcuts
from noisekd.attacks import _check_range
from noisekd.attacks import _check_images
from noisekd.attacks import _check_labels
from noisekd.attacks import _check_mode
from noisekd.attacks import _warn_of_probabilities
from noisekd.attacks import _warn_of
from noisekd.attacks import _check_label_range
from noisekd.attacks import _check_logits
from noisekd.attacks import _forward
from noisekd.attacks import _right_along
from noisekd.attacks import _follow_all
from noisekd.attacks import _look
from noisekd.attacks import _clean_failure
from noisekd.attacks import _stop_early
from noisekd.attacks import _alive_inside
from noisekd.attacks import _all_groups
from noisekd.attacks import _sweep_rows
from noisekd.attacks import _check_sweep
from noisekd.attacks import _sweep_batches
from noisekd.attacks import _share
from noisekd.attacks import _before_and_after
from noisekd.attacks import _check_autoattack
from noisekd.attacks import _library_model
from noisekd.attacks import _standard_attack
from noisekd.attacks import _globals_kept
from noisekd.attacks import _autoattack_images
import statistics
from functools import cache
from unittest.mock import patch

import scipy.stats

from noisekd.basics import read_facts, refuses
from noisekd.data import load, subset, to_float
from noisekd.models import build
from noisekd.objective import Objective
from noisekd.sources import available
from noisekd.training import Recipe, fit
def first_columns(table):
    "The first printed value of each row of a table, by data, sigma, method."
    rows = read_facts("noise_as_a_resource")["tables"][table]["rows"]
    return {(r["dataset"], r["sigma"], r["method"]): r["values"][0][0] for r in rows}
def implied_steps():
    "The step sizes that the paper's Tables 3, 4 and 5 imply, by data, sigma, method."
    records = read_facts("noise_as_a_resource")["tables"]["records"]
    clean = {}
    for r in records:
        if r["table"] == "3" and r["metric"] == "test_acc":
            clean[r["dataset"], r["sigma"], r["method"]] = r["mean"]
    one_step = first_columns("table4_raw")
    small_ball = first_columns("table5_raw")
    ratio = {k: (clean[k] - one_step[k]) / (clean[k] - small_ball[k]) for k in one_step}
    return {k: round(v / 255, 4) for k, v in ratio.items()}
def stepped(**settings):
    "One step from grey with the gradient (3, 0, -4)."
    x = torch.full((1, 3, 1, 1), 0.5)
    grad = torch.tensor([3.0, 0.0, -4.0]).view(1, 3, 1, 1)
    return pgd_step(x, x, grad, PGD(step_size=0.1, **settings)).flatten()
def randomise(values, low, high, generator):
    "Fill with uniform numbers."
    uniform = torch.rand(values.shape, generator=generator)
    values.data.copy_(low + (high - low) * uniform)
def trained_norms(model, seed=0):
    "In eval mode, its BatchNorm layers as if training had moved them."
    generator = torch.Generator().manual_seed(seed)
    for m in model.modules():
        if isinstance(m, nn.BatchNorm2d):
            randomise(m.running_mean, -0.1, 0.1, generator)
            randomise(m.running_var, 0.5, 2, generator)
            if m.affine:
                randomise(m.weight, 0.5, 2, generator)
                randomise(m.bias, -0.1, 0.1, generator)
    return model.eval()
def equal_functions(short, plain, x, atol=1e-6):
    "Do two functions give the same values, and the same gradients for x?"
    x = x.detach().requires_grad_()
    a, b = short(x), plain(x)
    weights = b.detach().cos()
    da, = torch.autograd.grad(a, x, weights)
    db, = torch.autograd.grad(b, x, weights)
    assert torch.allclose(a, b, atol=atol)
    assert torch.allclose(da, db, atol=atol)
    return da
def plain_layers():
    "Layers that have a shortcut in eval mode; the last one has it always."
    bn = nn.BatchNorm1d(4, affine=False)
    return nn.BatchNorm2d(4), bn, nn.Conv2d(4, 4, 1, 2)


class OtherNorm(nn.BatchNorm2d):
    "A subclass may do anything."
def replaced_forwards(model):
    "How many layers have a forward function of their own?"
    return sum("forward" in vars(m) for m in model.modules())
def frozen_parameters(model):
    "Names of the parameters that ask for no gradient."
    return [n for n, p in model.named_parameters() if not p.requires_grad]
class Counting(nn.Module):
    "A model that counts the images it has seen."

    def __init__(self, model):
        super().__init__()
        self.model = model
        self.images = 0
        self.train(model.training)

    def forward(self, x):
        self.images += len(x)
        return self.model(x)
class Gap(nn.Module):
    "Class 1 where the image's mean is 0.505 to 0.515; the gradient points upwards."

    def forward(self, x):
        mean = x.mean((1, 2, 3))
        inside = ((mean > 0.505) & (mean < 0.515)).float()
        return torch.stack([1 - 2 * inside - mean, torch.zeros_like(mean)], 1)


def grey():
    "One grey image of class 0."
    return torch.full((1, 3, 8, 8), 0.5), torch.zeros(1, dtype=torch.long)
def warnings_of(call, *args):
    "All warnings of a call, in one text."
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        call(*args)
    return " ".join(str(w.message) for w in caught)
def small(*layers):
    "A linear network for 2 x 2 images, with further layers."
    return nn.Sequential(nn.Flatten(), nn.Linear(12, 5), *layers).eval()
def robustness_of(runs, strict):
    "Zeros and ones as verdicts."
    return Robustness(torch.tensor(runs).bool(), torch.tensor(strict).bool())
def weak_problem(n=100):
    "An untrained float64 network, n images and its labels, a tenth of them changed."
    model = trained_norms(build("wrn-10-1", seed=1), 1).double()
    generator = torch.Generator().manual_seed(2)
    x = torch.rand(n, 3, 8, 8, generator=generator, dtype=torch.double)
    with torch.no_grad():
        y = model(x).argmax(1)
    return model, x, torch.where(torch.arange(n) % 10 == 0, (y + 1) % 10, y)
def wrong_at(model, x, y, pgd, start):
    "bool, (steps + 1) x N: is each iterate misclassified?"
    points = iterates(model, x, y, pgd, start)
    return torch.stack([logits.argmax(1) != y for _, logits in points])
def verdict(*strict):
    "A strict verdict by hand."
    return Robustness(None, torch.tensor(strict).bool())
STRICT_ATTACKS = (
    PGD(eps=0.03, step_size=0.005, steps=5, restarts=3),
    PGD(eps=0.3, step_size=0.05, steps=5, restarts=2, norm="l2"),
)
@cache
def trained(seed=0):
    "A small digit network and 100 test images with their labels."
    model = build("wrn-10-1", seed=seed)
    recipe = Recipe(epochs=6, milestones=(4,), augment="crop", pad=1)
    fit(model, load("digits"), Objective(), recipe, seed)
    test = subset(load("digits", "test"), 100)
    return model.eval(), to_float(test.images), test.labels
def half_right(model, x, y, attacks, generator, early_exit):
    "The first half of each batch withstands."
    return [Robustness(None, torch.arange(len(y)) < len(y) // 2) for _ in attacks]
def column(rows, name, **given):
    "The values of a column, in those rows that have the given values elsewhere."
    chosen = [r for r in rows if all(r[k] == v for k, v in given.items())]
    return [r[name] for r in chosen]
SOURCE = torch.tensor([1, 1, 1, 1, 0]).bool(), torch.tensor([0, 0, 0, 1, 0]).bool()
TARGET = torch.tensor([1, 1, 1, 1, 1]).bool(), torch.tensor([0, 0, 1, 0, 1]).bool()
@cache
def autoattack_and_pgd():
    "How many of 30 digits withstand AutoAttack without Square, and PGD-20?"
    model, x, y = trained()
    problem = model, x[:30], y[:30]
    auto = autoattack(*problem, 0.08, attacks=("apgd-ce", "apgd-t", "fab-t"))
    pgd = strict_robustness(*problem, PGD(eps=0.08, step_size=0.01))
    return int(auto.sum()), int(pgd.sum())
def is_uniform(values, low, high):
    "Kolmogorov-Smirnov, false-alarm rate 1e-6."
    uniform = scipy.stats.uniform(low, high - low)
    return scipy.stats.kstest(values.flatten().numpy(), uniform.cdf).pvalue > 1e-6
def brighter():
    "The upper half of the l_inf ball, a class of its own."

    class Brighter(Linf, norm="brighter", title="l_inf, upwards"):
        def project(self, z, x):
            return super().project(torch.maximum(z, x), x)

    return Brighter
class Half(nn.Module):
    "Logits in bfloat16."

    def forward(self, x):
        return (12 * x.flatten(1)).bfloat16()
def naive_step(d, grad, pgd):
    "A step of the difference d of one image, cut to the ball."
    if pgd.norm == "linf":
        return (d + pgd.step_size * grad.sign()).clamp(-pgd.eps, pgd.eps)
    d = d + pgd.step_size * grad / grad.norm()
    return d * min(1, pgd.eps / d.norm())
def naive_attack(model, x, y, z, pgd):
    "PGD on one image from the start z."
    for _ in range(pgd.steps):
        z = z.detach().requires_grad_()
        F.cross_entropy(model(z[None]), y[None]).backward()
        z = (x + naive_step(z.detach() - x, z.grad, pgd)).clamp(0, 1)
    return z
class Linear(nn.Module):
    "A two-class linear model on 3 x 4 x 4 images in float64."

    def __init__(self, seed=0):
        super().__init__()
        generator = torch.Generator().manual_seed(seed)
        self.w = torch.randn(2, 48, generator=generator, dtype=torch.double)
        self.b = torch.zeros(2, dtype=torch.double)

    def forward(self, x):
        return x.flatten(1) @ self.w.T + self.b

    def worst_margin(self, x, y, eps, p=1):
        "The smallest margin in the ball; p is 1 for l_inf and 2 for l_2."
        d = self.w[y] - self.w[1 - y]
        clean = (d * x.flatten(1)).sum(1) + self.b[y] - self.b[1 - y]
        return clean - eps * d.norm(p=p, dim=1)
def linear_problem(n=400):
    "The model, n images away from 0 and 1, and the model's labels, half of each."
    model = Linear().eval()
    generator = torch.Generator().manual_seed(1)
    x = 0.2 + 0.6 * torch.rand(n, 3, 4, 4, generator=generator, dtype=torch.double)
    difference = x.flatten(1) @ (model.w[0] - model.w[1])
    model.b[1] = difference.median() + 1e-3  # no image lies on the border
    return model, x, model(x).argmax(1)
def unlike_attacks():
    "Another shape, and two attacks in balls of one size."
    strong = PGD(eps=0.03, step_size=0.004, steps=5, restarts=2)
    l2 = PGD(eps=0.1, step_size=0.02, steps=1, restarts=2, norm="l2")
    return [l2, strong, strong.but(steps=1, step_size=0.001)]
def separately(model, x, y, attacks, batch_size):
    "Accuracies of each attack by itself, in batches."
    found = []
    for pgd in attacks:
        generator = stream(0, 0, "pgd")
        parts = zip(x.split(batch_size), y.split(batch_size))
        results = [robustness(model, a, b, pgd, generator) for a, b in parts]
        found.append(accuracies(results))
    return found
def foolbox_run(model, x, y, pgd, start):
    "foolbox's last iterates, and which of them it calls adversarial."
    import eagerpy
    import foolbox

    bases = {
        "linf": foolbox.attacks.LinfProjectedGradientDescentAttack,
        "l2": foolbox.attacks.L2ProjectedGradientDescentAttack,
    }

    class Given(bases[pgd.norm]):
        def get_random_start(self, x0, epsilon):
            return eagerpy.astensor(start)

    attack = Given(abs_stepsize=pgd.step_size, steps=pgd.steps, random_start=True)
    wrapped = foolbox.PyTorchModel(model, bounds=(0, 1), device="cpu")
    _, images, wrong = attack(wrapped, x, y, epsilons=pgd.eps)
    return images, wrong
def linear_transfer():
    "Two linear models, images, labels, and the margins after the source's attack."
    source, x, y = linear_problem()
    target = Linear().eval()
    target.w = source.w + 0.5 * Linear(5).w
    target.b = source.b.clone()
    y = torch.where(torch.arange(400) % 3 == 0, 1 - y, y)
    side = torch.where(y == 0, 1.0, -1.0).double()
    step = 0.02 * (source.w[0] - source.w[1]).sign()
    after = []
    for m in (source, target):
        fall = step @ (m.w[0] - m.w[1])
        after.append(margin(m(x), y) - fall)
    return source, target, x, y, after
def no_trace(*_):
    "A tracing hook that does nothing."
class Detached(nn.Sequential):
    "A model that cuts the graph at its input."

    def forward(self, x):
        return super().forward(x.detach())
class Overflowing(nn.Module):
    "Two logits; they, or their gradients, are not finite where the mean exceeds 0.52."

    def __init__(self, gradients_only):
        super().__init__()
        self.gradients_only = gradients_only
        self.eval()

    def forward(self, x):
        mean = x.mean((1, 2, 3))
        hot = mean > 0.52
        zero = torch.where(hot, mean - mean.detach(), 1.0).sqrt() - (~hot).float()
        if not self.gradients_only:
            zero = torch.where(hot, torch.nan, 0.0)
        return torch.stack([1 - mean - zero, torch.zeros_like(mean)], 1)
def overflow(attack, gradients_only, norm="linf", **changes):
    "Run an attack that drives one of two images into the overflow."
    x = torch.full((2, 3, 8, 8), 0.5)
    x[1] = 0.1
    eps, step = (0.05, 0.01) if norm == "linf" else (0.5, 0.1)
    pgd = PGD(eps=eps, step_size=step, steps=8, restarts=1, norm=norm).but(**changes)
    return attack(Overflowing(gradients_only), x, torch.zeros(2).long(), pgd)
def transfer_to_itself(model, x, y):
    "A transfer with one model on both sides."
    return transfer(model, model, x, y)
WAYS_IN = (
    robustness,
    strict_robustness,
    sweep_steps,
    sweep_eps,
    autoattack,
    transfer_to_itself,
)
def tiny(classes=4):
    "A linear network for 4 x 4 images."
    return nn.Sequential(nn.Flatten(), nn.Linear(48, classes)).eval()
def all_refuse(words, model, x, y):
    "Do all ways in refuse this?"
    for attack in WAYS_IN:
        refuses(words, attack, model, x, y)


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


def test_a_subclass_registers_itself():
    with patch.dict(BALLS):

        class Point(Ball, norm="point", title="no change"):
            pass

        assert BALLS["point"].title == "no change"


def test_the_linf_projection_lands_in_ball_and_box():
    x = torch.rand(1000)
    z = Linf(0.1).project(torch.randn(1000), x)
    assert (z - x).abs().max() <= 0.1 + 1e-7
    assert 0 <= z.min() <= z.max() <= 1
    assert torch.equal(Linf(0.1).project(z, x), z)


def test_a_larger_ball_contains_a_smaller_one_of_its_shape():
    assert Linf(0.2).contains(Linf(0.1))
    assert not Linf(0.1).contains(Linf(0.1))


def test_l2_norms_by_hand():
    v = torch.zeros(2, 3, 2, 2)
    v[0, 0, 0, 0] = 3
    v[0, 2, 1, 1] = 4
    norms = l2_norms(v)
    assert norms.shape == (2, 1, 1, 1)
    assert norms[0] == 5


def test_the_norm_of_nothing_is_hardly_more_than_zero():
    assert 0 < l2_norms(torch.zeros(1, 3, 2, 2)) < 1e-30


def test_a_normalized_gradient_has_length_one_or_zero():
    scale = torch.tensor([1.0, 1e-30, 0.0])[:, None, None, None]
    g = torch.randn(3, 3, 2, 2) * scale
    unit = normalize_l2(g)
    assert torch.allclose(l2_norms(unit).flatten(), torch.tensor([1.0, 1.0, 0.0]))
    assert torch.equal(unit[2], g[2])
    assert torch.allclose(unit[0] * l2_norms(g)[0], g[0])


def test_the_unit_ball_has_radius_one():
    direction, radius = random_polar(torch.zeros(50, 3, 2, 2), stream(0, 0, "pgd"))
    assert torch.allclose(l2_norms(direction), torch.ones(1))
    assert 0 < radius.min() <= radius.max() <= 1


def test_the_l2_projection_lands_in_the_ball():
    x = torch.full((50, 3, 4, 4), 0.5)
    z = L2(0.2).project(x + torch.randn(50, 3, 4, 4) * 0.05, x)
    assert l2_norms(z - x).max() <= 0.2 + 1e-6
    assert torch.allclose(L2(0.2).project(z, x), z, atol=1e-7)


def test_the_l2_projection_lands_in_ball_and_box():
    x = torch.zeros(50, 3, 4, 4)
    z = L2(0.2).project(torch.randn(50, 3, 4, 4), x)
    assert l2_norms(z - x).max() <= 0.2 + 1e-6
    assert z.min() >= 0


def test_the_norms_of_both_balls_are_known():
    assert _known_norm("linf") == "linf"
    assert _known_norm("l2") == "l2"


def test_the_norm_is_printed():
    assert str(PGD()).startswith("PGD l_inf, eps 0.031")
    assert str(PGD(norm="l2", eps=0.5)).startswith("PGD l_2, eps 0.5")


def test_the_printed_tables_imply_a_step_near_0_003():
    steps = implied_steps().values()
    assert 0.002 < min(steps)
    assert max(steps) < 0.004


def test_the_gradient_is_the_image_s_own():
    model = build("wrn-10-1").eval()
    x = torch.rand(4, 3, 8, 8)
    y = torch.arange(4)
    _, grad = input_gradient(model, x, y)
    alone = [input_gradient(model, x[i : i + 1], y[i : i + 1])[1] for i in range(4)]
    assert torch.allclose(grad, torch.cat(alone), atol=1e-6)


def test_the_logits_come_along():
    model = build("wrn-10-1").eval()
    x = torch.rand(4, 3, 8, 8)
    logits, _ = input_gradient(model, x, torch.arange(4))
    assert torch.allclose(logits, model(x), atol=1e-6)


def test_the_weights_get_nothing():
    model = build("wrn-10-1").eval()
    input_gradient(model, torch.rand(4, 3, 8, 8), torch.arange(4))
    assert all(p.grad is None for p in model.parameters())


def test_a_step_by_hand():
    assert torch.allclose(stepped(eps=0.2), torch.tensor([0.6, 0.5, 0.4]))


def test_an_l2_step_by_hand():
    moved = stepped(eps=0.2, norm="l2")
    assert torch.allclose(moved, torch.tensor([0.56, 0.5, 0.42]))
    cut = stepped(eps=0.05, norm="l2")
    assert torch.allclose(cut, torch.tensor([0.53, 0.5, 0.46]))


def test_without_a_gradient_nothing_moves():
    x = torch.full((1, 3, 1, 1), 0.5)
    assert torch.equal(pgd_step(x, x, 0 * x, PGD(norm="l2")), x)


def test_fixed_batchnorm_is_batchnorm():
    for affine in (True, False):
        bn = trained_norms(nn.BatchNorm2d(8, affine=affine))
        x = torch.randn(4, 8, 5, 5)
        equal_functions(_fixed_batchnorm(bn), bn, x)
        assert torch.equal(_fixed_batchnorm(bn)(x), bn(x))


def test_the_memory_layout_is_told():
    x = torch.rand(2, 3, 4, 4)
    assert _layout(x) == torch.contiguous_format
    assert _layout(x.to(memory_format=torch.channels_last)) == torch.channels_last


def test_places_are_those_of_a_slice():
    x = torch.rand(1, 1, 4, 5)
    assert torch.equal(_Subsample.apply(x, (2, 3)), x[..., ::2, ::3])


def test_places_are_taken_before_the_convolution():
    for layout in (torch.contiguous_format, torch.channels_last):
        for stride, groups in ((2, 1), ((1, 3), 2)):
            conv = nn.Conv2d(4, 8, 1, stride, groups=groups)
            x = torch.randn(2, 4, 7, 9).to(memory_format=layout)
            grad = equal_functions(_strided_1x1(conv), conv, x)
            assert grad.is_contiguous(memory_format=layout)


def test_an_image_without_a_batch_is_taken_too():
    conv = nn.Conv2d(4, 8, 1, 2)
    equal_functions(_strided_1x1(conv), conv, torch.randn(4, 7, 9))
    assert _strided_1x1(conv)(torch.randn(4, 7, 9)).shape == (8, 4, 5)


def test_a_norm_is_fixed_in_eval_mode():
    assert _is_fixed_norm(nn.BatchNorm2d(4).eval())
    assert not _is_fixed_norm(nn.BatchNorm2d(4))


def test_only_a_stride_makes_a_1x1_convolution_slow():
    assert _is_strided_1x1(nn.Conv2d(4, 4, 1, 2))
    assert not _is_strided_1x1(nn.Conv2d(4, 4, 1))


def test_plain_layers_take_a_shortcut():
    plain = plain_layers()
    model = nn.Sequential(*plain)
    assert set(_shortcuts(model.eval())) == set(plain)
    assert set(_shortcuts(model.train())) == {plain[2]}


def test_compiled_models_take_no_shortcut():
    model = nn.Sequential(*plain_layers()).eval()
    assert not _shortcuts(torch.compile(model))


def test_other_layers_keep_their_way():
    replaced = nn.BatchNorm2d(4)
    replaced.forward = torch.relu
    norms = OtherNorm(4), replaced, nn.BatchNorm2d(4, track_running_stats=False)
    padded = nn.Conv2d(4, 4, 1, 2, padding=1)
    convolutions = nn.Conv2d(4, 4, 1), nn.Conv2d(4, 4, 3, 2), padded
    assert not _shortcuts(nn.Sequential(*norms, *convolutions).eval())


def test_inside_image_only_no_weight_asks_for_a_gradient():
    model = trained_norms(build("wrn-10-1"))
    with image_only(model):
        assert not any(p.requires_grad for p in model.parameters())
        assert "forward" in vars(model.bn)


def test_image_only_changes_nothing_but_the_time():
    model = trained_norms(build("wrn-10-1"))
    x = torch.rand(4, 3, 8, 8)
    logits, grad = input_gradient(model, x, torch.arange(4))
    with image_only(model):
        fast_logits, fast_grad = input_gradient(model, x, torch.arange(4))
    assert torch.allclose(fast_logits, logits, atol=1e-6)
    assert (fast_grad - grad).abs().max() < 1e-5 * grad.abs().max()


def test_image_only_gives_the_model_back():
    model = trained_norms(build("wrn-10-1"))
    model.linear.bias.requires_grad_(False)
    with image_only(model):
        pass
    assert frozen_parameters(model) == ["linear.bias"]
    assert replaced_forwards(model) == 0


def test_the_model_comes_back_after_an_error():
    model = build("wrn-10-1").eval()
    try:
        with image_only(model):
            model(torch.rand(1, 5, 8, 8))
    except RuntimeError:
        pass
    assert frozen_parameters(model) == []
    assert replaced_forwards(model) == 0


def test_autocast_is_off_inside():
    with torch.autocast("cpu", torch.bfloat16), exact_float32():
        assert nn.Linear(2, 2)(torch.rand(1, 2)).dtype == torch.float32
        assert not torch.backends.cudnn.allow_tf32


def test_finite_values_pass():
    check_finite("logits", torch.full((2, 3), 1e38), "step 0")
    assert torch.full((2, 3), 1e38).isfinite().all()


def test_checked_logits_are_the_logits():
    x = torch.rand(2, 3, 1, 1)
    assert torch.equal(checked_logits(nn.Flatten(), x, "step 0"), x.flatten(1))


def test_a_checked_gradient_is_the_gradient():
    x = torch.rand(2, 3, 1, 1)
    y = torch.arange(2)
    _, grad = checked_gradient(nn.Flatten(), x, y, "step 0")
    assert torch.equal(grad, input_gradient(nn.Flatten(), x, y)[1])


def test_iterates_take_no_forward_pass_too_many():
    model = Counting(build("wrn-10-1").eval())
    x = torch.rand(4, 3, 8, 8)
    points = list(iterates(model, x, torch.arange(4), PGD(steps=7), x))
    assert len(points) == 8
    assert model.images == 8 * 4


def test_the_logits_are_those_of_the_points():
    model = build("wrn-10-1").eval()
    x = torch.rand(4, 3, 8, 8)
    points = list(iterates(model, x, torch.arange(4), PGD(steps=3), x))
    assert torch.equal(points[0][0], x)
    assert all(torch.allclose(logits, model(z)) for z, logits in points)


def test_pgd_never_leaves_the_ball():
    model = build("wrn-10-1").eval()
    x = torch.rand(8, 3, 8, 8).round(decimals=1)
    large = PGD(eps=0.3, step_size=0.5, steps=3)
    for pgd in (PGD(), large, PGD(eps=0)):
        z = pgd_run(model, x, torch.arange(8), pgd, stream(0, 0, "pgd")).images
        assert (z - x).abs().max() <= pgd.eps + 1e-6
        assert 0 <= z.min() <= z.max() <= 1


def test_l2_pgd_never_leaves_the_ball():
    model = build("wrn-10-1").eval()
    x = torch.rand(8, 3, 8, 8).round(decimals=1)
    large = PGD(norm="l2", eps=0.3, step_size=0.5, steps=3)
    for pgd in (PGD(norm="l2"), large, PGD(norm="l2", eps=0)):
        z = pgd_run(model, x, torch.arange(8), pgd, stream(0, 0, "pgd")).images
        assert l2_norms(z - x).max() <= pgd.eps + 1e-6
        assert 0 <= z.min() <= z.max() <= 1


def test_attacks_repeat():
    model = build("wrn-10-1").eval()
    x = torch.rand(4, 3, 8, 8)
    attack = model, x, torch.arange(4), PGD(steps=3)
    first = pgd_run(*attack, stream(0, 0, "pgd")).images
    torch.rand(7)
    assert torch.equal(pgd_run(*attack, stream(0, 0, "pgd")).images, first)


def test_failing_on_the_way_is_seen_by_the_strict_question_only():
    pgd = PGD(eps=0.03, step_size=0.004, steps=20)
    run = pgd_run(Gap().eval(), *grey(), pgd, stream(0, 0, "pgd"))
    assert not run.wrong_at_end
    assert run.wrong_anywhere


def test_black_and_white_are_in_range():
    _check_range(torch.tensor([0.0, 1.0]))
    assert _check_range(torch.tensor([0.0, 1.0]).double()) is None


def test_ordinary_images_pass():
    x = torch.rand(4, 3, 8, 8)
    _check_images(x)
    _check_images(x.double())
    assert x.min() >= 0


def test_ordinary_labels_pass():
    _check_labels(torch.arange(4), 4)
    assert torch.arange(4).dtype == torch.int64


def test_a_model_in_eval_mode_passes():
    model = build("wrn-10-1").eval()
    _check_mode(model)
    assert not model.training


def test_rows_that_do_not_sum_to_one_are_no_probabilities():
    assert warnings_of(_warn_of_probabilities, 2 * torch.eye(2)) == ""


def test_probabilities_are_warned_of():
    probabilities = torch.randn(4, 10).softmax(1)
    assert "returns probabilities" in warnings_of(_warn_of, probabilities, probabilities)


def test_chance_is_warned_of():
    logits = torch.randn(4, 10)
    assert "is stochastic" in warnings_of(_warn_of, logits, logits + 0.01)


def test_ordinary_logits_are_not_warned_of():
    logits = torch.randn(4, 10)
    sum_is_one = logits - logits.mean(1, keepdim=True) + 0.1
    assert warnings_of(_warn_of, logits, logits + 1e-6) == ""
    for plain in (logits.clamp(0, 1), 0 * logits, sum_is_one):
        assert warnings_of(_warn_of, plain, plain) == ""


def test_every_label_of_ten_classes_has_a_logit():
    _check_label_range(torch.arange(10), 10)
    assert _check_label_range(torch.tensor([9]), 10) is None


def test_ordinary_logits_pass():
    _check_logits(torch.randn(4, 10), 4, torch.tensor([0, 9, 3, 3]))
    _check_logits(torch.randn(4, 10), 4, None)
    assert torch.randn(4, 10).ndim == 2


def test_the_forward_pass_records_no_graph():
    assert not _forward(nn.Linear(2, 2), torch.rand(1, 2)).requires_grad


def test_doubtful_models_are_warned_of():
    x = torch.rand(4, 3, 2, 2)
    probable = small(nn.Softmax(1))
    assert "returns probabilities" in warnings_of(check_attackable, probable, x)


def test_dropout_left_on_is_warned_of():
    x = torch.rand(4, 3, 2, 2)
    fickle = small(nn.Dropout(0.5))
    fickle[2].train()
    assert "is stochastic" in warnings_of(check_attackable, fickle, x)


def test_ordinary_models_are_attackable():
    x = torch.rand(4, 3, 2, 2)
    assert warnings_of(check_attackable, small(), x, torch.arange(4)) == ""


def test_verdicts_may_come_without_runs():
    strict = torch.tensor([True, False])
    assert Robustness(runs=None, strict=strict).runs is None


def test_accuracy_percent_by_hand():
    assert accuracy_percent(torch.tensor([True, False, True, True])) == 75.0


def test_accuracies_by_hand():
    first = robustness_of([[0, 1], [1, 1]], [0, 1])
    second = robustness_of([[1, 0], [0, 1]], [1, 0])
    assert accuracies([first, second]) == {"run minimum": 50.0, "strict": 50.0}


def test_without_runs_there_is_no_run_minimum():
    assert accuracies([Robustness(None, torch.tensor([True, False]))]) == {"strict": 50.0}


def test_attacks_that_differ_in_steps_share_their_iterates():
    near = PGD(eps=0.01, steps=5)
    far = PGD(eps=0.02, steps=5)
    longer = near.but(steps=9)
    assert share_iterates([far, near, longer]) == [[near, longer], [far]]


def test_attacks_that_differ_in_starts_share_nothing():
    one, many = PGD(restarts=1), PGD(restarts=5)
    assert share_iterates([many, one]) == [[one], [many]]


def test_each_iterate_of_each_start_has_a_verdict():
    pgd = PGD(eps=0.03, step_size=0.004, steps=20, restarts=2)
    right = _right_along(Gap().eval(), *grey(), pgd, stream(0, 0, "pgd"))
    assert right.shape == (2, 21, 1)
    assert right[:, -1].all()
    assert not right.all(1).any()


def test_one_series_answers_for_both_selections():
    x, y = grey()
    pgd = PGD(eps=0.03, step_size=0.004, restarts=2)
    problem = Gap().eval(), x, y, [pgd], stream(0, 0, "pgd"), y == 0
    found = _follow_all(*problem)[pgd]
    assert found.runs.shape == (2, 1)
    assert found.runs.all()
    assert not found.strict.any()


def test_the_last_iterate_needs_no_gradient():
    problem = nn.Flatten(), torch.rand(2, 3, 1, 1), torch.arange(2)
    assert _look(*problem, 3, 4)[1] is not None
    assert _look(*problem, 4, 4)[1] is None


def test_first_failure_is_that_of_all_iterates():
    model, x, y = weak_problem()
    pgd = PGD(eps=0.05, step_size=0.01, steps=6)
    wrong = wrong_at(model, x, y, pgd, x)
    to_the_end = torch.full_like(y, 6)
    for last in (to_the_end, torch.arange(len(y)) % 8 - 1):
        seen = wrong & (torch.arange(7)[:, None] <= last)
        expected = torch.where(seen.any(0), seen.int().argmax(0), 7)
        assert torch.equal(first_failure(model, x, y, pgd, x, last), expected)


def test_what_is_not_alive_has_failed_from_the_beginning():
    x = torch.tensor([2.0, 1.0]).view(1, 2, 1, 1)
    problem = nn.Flatten(), x, torch.tensor([0]), 20
    assert _clean_failure(*problem, torch.tensor([False])) == -1


def test_earliest_failure_is_the_minimum_over_starts_where_it_matters():
    model, x, y = weak_problem()
    pgd = PGD(eps=0.03, step_size=0.005, steps=8, restarts=3)
    failure = earliest_failure(model, x, y, pgd, (1, 3, 8), stream(0, 0, "pgd"))
    g = stream(0, 0, "pgd")
    starts = [pgd.ball.random(x, g) for _ in range(3)]
    wrong = torch.stack([wrong_at(model, x, y, pgd, s) for s in starts]).any(0)
    clean = model(x).argmax(1) == y
    for steps in (1, 3, 8):
        assert torch.equal(failure > steps, clean & ~wrong[: steps + 1].any(0))


def test_a_second_start_goes_no_farther_than_it_must():
    lasts = []


    def fail_at_3(model, x, y, pgd, z, last):
        lasts.append(last.tolist())
        return torch.full_like(y, 3)


    x = torch.rand(4, 3, 2, 2)
    model = small()
    problem = model, x, model(x).argmax(1), PGD(steps=9, restarts=2)
    with patch.dict(earliest_failure.__globals__, first_failure=fail_at_3):
        earliest_failure(*problem, (1, 3, 9), stream(0, 0, "pgd"))
    assert lasts == [[9] * 4, [1] * 4]


def test_images_known_to_have_failed_stay_failed():
    model, x, y = weak_problem()
    pgd = PGD(eps=0.02, step_size=0.005, steps=3, restarts=2)
    some = torch.arange(len(y)) % 2 == 0
    everyone = earliest_failure(model, x, y, pgd, (3,), stream(0, 0, "pgd"))
    half = earliest_failure(model, x, y, pgd, (3,), stream(0, 0, "pgd"), alive=some)
    assert torch.equal(half, torch.where(some, everyone, -1))


def test_images_that_are_not_alive_have_failed():
    pgd = PGD(eps=0, steps=1)
    x, y = grey()
    problem = Gap().eval(), x, y, [pgd], stream(0, 0, "pgd")
    assert _stop_early(*problem, y == 0)[pgd].strict.all()
    assert not _stop_early(*problem, y == 1)[pgd].strict.any()


def test_only_smaller_balls_of_the_same_shape_kill():
    found = {PGD(eps=0.01): verdict(1, 0), PGD(eps=0.03): verdict(0, 0)}
    y = torch.zeros(2)
    assert _alive_inside(found, PGD(eps=0.02), y).tolist() == [True, False]
    assert _alive_inside(found, PGD(eps=0.01), y).all()
    assert _alive_inside(found, PGD(eps=0.02, norm="l2"), y).all()


def test_every_group_begins_with_the_same_random_numbers():
    draws = []


    def draw(model, x, y, group, generator, alive):
        draws.append(torch.rand(1, generator=generator).item())
        return {}


    attacks = [PGD(eps=0.01), PGD(eps=0.02)]
    _all_groups(draw, None, None, torch.zeros(2), attacks, stream(0, 0, "pgd"))
    assert len(draws) == 2
    assert draws[0] == draws[1]


def test_early_exit_gives_the_same_strict_verdicts():
    model, x, y = weak_problem(60)
    pgd = PGD(eps=0.03, step_size=0.005, restarts=2)
    attacks = [pgd.but(steps=9), pgd.but(steps=1), pgd.but(steps=4, eps=0.02)]
    full = sweep(model, x, y, attacks)
    fast = sweep(model, x, y, attacks, early_exit=True)
    for a, b in zip(full, fast):
        assert torch.equal(a.strict, b.strict)
        assert b.runs is None


def test_strict_sees_what_the_end_does_not():
    pgd = PGD(eps=0.03, step_size=0.004, steps=20, restarts=2)
    r = robustness(Gap().eval(), *grey(), pgd)
    assert r.runs.all()
    assert not r.strict.any()


def test_every_start_counts_and_clean_errors_count():
    model = build("wrn-10-1").eval()
    x, y = torch.rand(6, 3, 8, 8), torch.arange(6)
    r = robustness(model, x, y, PGD(eps=0, steps=1))
    right = model(x).argmax(1) == y
    assert r.runs.shape == (5, 6)
    assert torch.equal(r.strict, right)
    assert all(torch.equal(run, right) for run in r.runs)


def test_strict_robustness_is_that_of_the_full_computation():
    model, x, y = weak_problem()
    for pgd in STRICT_ATTACKS:
        a, b = stream(0, 0, "pgd"), stream(0, 0, "pgd")
        for part in (slice(0, 60), slice(60, 100)):
            full = robustness(model, x[part], y[part], pgd, a)
            fast = strict_robustness(model, x[part], y[part], pgd, b)
            assert torch.equal(fast, full.strict)
        assert 5 < full.strict.sum() < 35
        assert torch.equal(a.get_state(), b.get_state())


def test_on_a_weak_model_most_of_the_work_is_saved():
    model, x, y = trained()
    model = Counting(model)
    pgd = PGD(eps=0.14, step_size=0.014)
    full = robustness(model, x, y, pgd).strict
    seen = model.images
    assert torch.equal(strict_robustness(model, x, y, pgd), full)
    assert full.double().mean() < 0.3
    assert seen > 4 * (model.images - seen)


def test_a_row_names_its_attack():
    row, = _sweep_rows(PGD(), {"strict": 12.5}, ("strict",), 200)
    assert row["eps"] == 0.031
    assert row["value"] == 12.5


def test_both_selections_may_be_asked_for():
    _check_sweep("steps", (1, 5), SELECTIONS)
    assert SELECTIONS == ("run minimum", "strict")


def test_batches_are_put_together():
    x, y = torch.rand(7, 3, 2, 2), torch.zeros(7).long()
    attacks = [PGD(), PGD(steps=1)]
    rows = []
    with patch.dict(_sweep_batches.__globals__, sweep=half_right):
        rows.extend(_sweep_batches(None, x, y, attacks, ("strict",), None, batch_size=4))
    assert [r["steps"] for r in rows] == [20, 1]
    assert [r["value"] for r in rows] == [300 / 7, 300 / 7]
    assert [r["n"] for r in rows] == [7, 7]


def test_more_steps_never_raise_the_strict_number():
    model, x, y = trained()
    linf = PGD(eps=0.08, step_size=0.01, restarts=2)
    l2 = PGD(eps=0.5, step_size=0.1, restarts=2, norm="l2")
    for pgd in (linf, l2):
        rows = sweep_steps(model, x, y, pgd, (1, 3, 10, 30), ("strict",))
        values = column(rows, "value")
        assert values == sorted(values, reverse=True)
        assert values[0] > values[-1]


def test_steps_scale_with_eps_where_asked():
    assert at_eps(PGD(), 0.08) == PGD(eps=0.08)
    assert at_eps(PGD(), 0.08, scaled=True) == PGD(eps=0.08, step_size=0.01)
    assert at_eps(PGD(), 0, scaled=True) == PGD(eps=0)


def test_a_larger_radius_never_raises_the_strict_number():
    model, x, y = trained()
    clean = 100 * (model(x).argmax(1) == y).double().mean()
    radii = (0, 0.02, 0.05, 0.1, 0.2, 0.8)
    for scaled in (False, True):
        pgd = PGD(steps=5, restarts=1)
        values = column(sweep_eps(model, x, y, pgd, radii, scaled, ("strict",)), "value")
        assert values == sorted(values, reverse=True)
        assert values[0] == clean


def test_margin_by_hand():
    logits = torch.tensor([[3.0, 1.0, 2.0], [3.0, 1.0, 2.0]])
    assert margin(logits, torch.tensor([0, 1])).tolist() == [1, -2]


def test_the_worst_case_is_taken_per_image():
    model, x, y = weak_problem(40)
    pgd = PGD(eps=0.01, step_size=0.004, steps=2, restarts=4)
    worst = margin(model(worst_images(model, x, y, pgd, stream(0, 0, "pgd"))), y)
    g = stream(0, 0, "pgd")
    runs = [pgd_run(model, x, y, pgd, g).images for _ in range(4)]
    each = torch.stack([margin(model(z), y) for z in runs])
    assert torch.allclose(worst, each.amin(0))
    assert set(each.argmin(0).tolist()) == {0, 1, 2, 3}  # each start is the worst somewhere


def test_a_share_of_nothing_is_nan():
    yes, no = torch.tensor([True, True]), torch.tensor([True, False])
    assert _share(no, yes) == 50
    assert _share(yes, no) == 100
    assert _share(yes, yes & ~yes) != _share(yes, yes & ~yes)


def test_transfer_rates_by_hand():
    t = count_transfer(SOURCE, TARGET)
    assert t.rate == 100 * 2 / 3
    assert t.wrong_of_both == 75
    assert t.robust == 40
    assert (t.fooled, t.both, t.n) == (3, 4, 5)


def test_verdicts_are_taken_before_and_after():
    x = torch.tensor([2.0, 1.0]).view(1, 2, 1, 1)
    clean, after = _before_and_after(nn.Flatten(), x, 1 - x, torch.tensor([0]))
    assert clean.all()
    assert not after.any()


def test_onto_itself_every_fooled_image_transfers():
    model, x, y = weak_problem(40)
    t = transfer(model, model, x, y, PGD(eps=0.02, step_size=0.004, steps=3, restarts=1))
    assert t.rate == 100
    assert 0 < t.fooled < t.both < t.n


def test_an_installed_library_is_imported():
    assert import_optional("statistics", "attacks") is statistics


def test_the_standard_version_takes_four_classes():
    assert len(AUTOATTACK) == 4
    _check_autoattack(AUTOATTACK, "linf", 4)


def test_the_library_gets_float32():
    x = torch.rand(2, 3, 2, 2, dtype=torch.double)
    model = small().double()
    assert _library_model(model, x)(x.float()).dtype == torch.float32


def test_there_are_no_more_targets_than_wrong_classes():
    x = torch.rand(2, 3, 2, 2)
    attack = _standard_attack(small(), x, AUTOATTACK, 5, norm="Linf", eps=0.1)
    assert attack.fab.n_target_classes == 4


def test_the_random_state_is_given_back():
    before = torch.random.get_rng_state()
    with _globals_kept(torch.device("cpu")):
        torch.rand(3)
    assert torch.equal(torch.random.get_rng_state(), before)


def test_autoattack_keeps_the_type_of_the_images():
    x, y = torch.rand(2, 3, 2, 2, dtype=torch.double), torch.arange(2)
    options = dict(norm="Linf", eps=0.0, seed=0)
    z = _autoattack_images(small().double(), x, y, ["apgd-ce"], 5, 2, **options)
    assert z.dtype == torch.double
    assert torch.allclose(z, x, atol=1e-6)


def test_autoattack_is_hardly_weaker_than_pgd():
    auto, pgd = autoattack_and_pgd()
    assert auto <= pgd + 1


def test_the_linf_projection_is_nearest():
    x, z = torch.rand(1000), torch.randn(1000)
    grid = torch.linspace(0, 1, 2001)[:, None].expand(-1, 1000)
    distance = torch.where((grid - x).abs() <= 0.1, (grid - z).abs(), torch.inf)
    found = (Linf(0.1).project(z, x) - z).abs()
    assert (found <= distance.min(0).values + 1e-6).all()


def test_the_l2_projection_is_nearest_where_the_box_is_far():
    x = torch.full((50, 3, 4, 4), 0.5)
    z = x + torch.randn(50, 3, 4, 4) * 0.05
    others = L2(0.2).project(0.5 + torch.randn(50, 3, 4, 4), x)
    assert (l2_norms(L2(0.2).project(z, x) - z) <= l2_norms(others - z)).all()


def test_a_point_inside_the_ball_stays():
    x = torch.full((50, 3, 4, 4), 0.5)
    assert torch.equal(L2(0.2).project(x + 1e-3, x), x + 1e-3)
    assert torch.equal(Linf(0.2).project(x + 1e-3, x), x + 1e-3)


def test_l2_starts_are_uniform_in_the_ball():
    x = torch.full((4000, 3, 1, 1), 0.5)
    v = L2(0.2).random(x, stream(0, 0, "pgd")) - x
    assert is_uniform((l2_norms(v) / 0.2) ** 3, 0, 1)
    assert is_uniform(normalize_l2(v)[:, 0], -1, 1)


def test_linf_starts_are_uniform_in_the_ball():
    x = torch.full((200, 3, 8, 8), 0.5)
    v = Linf(0.2).random(x, stream(0, 0, "pgd")) - x
    assert is_uniform(v / 0.2, -1, 1)


def test_a_new_ball_is_one_class():
    model, x, y = weak_problem(20)
    with patch.dict(BALLS):
        brighter()
        pgd = PGD(norm="brighter", eps=0.03, step_size=0.005, steps=5, restarts=2)
        full = robustness(model, x, y, pgd)
        strict = strict_robustness(model, x, y, pgd)
        z = pgd_run(model, x, y, pgd, stream(0, 0, "pgd")).images
    assert torch.equal(full.strict, strict)
    assert (z >= x).all()
    assert list(BALLS) == ["linf", "l2"]


def test_the_loss_of_a_half_precision_network_is_in_float32():
    first = torch.ones(200, 1, 1, 1)
    x = torch.cat([first, 0.3 * torch.rand(200, 3, 1, 1)], 1)
    _, grad = input_gradient(Half(), x, torch.zeros(200, dtype=torch.long))
    expected = 12 * Half()(x).double().softmax(1)[:, 1:]
    assert torch.allclose(grad.flatten(1)[:, 1:], expected.float(), rtol=6e-3)


def test_an_autocast_around_an_attack_changes_nothing():
    model = build("wrn-10-1").eval()
    x, y = torch.rand(4, 3, 8, 8), torch.arange(4)
    attack = model, x, y, PGD(steps=3)
    plain = pgd_run(*attack, stream(0, 0, "pgd")).images
    with torch.autocast("cpu", torch.bfloat16):
        assert model(x).dtype == torch.bfloat16
        cast = pgd_run(*attack, stream(0, 0, "pgd")).images
    assert torch.equal(cast, plain)


def test_an_autocast_around_a_sweep_changes_nothing():
    model = build("wrn-10-1").eval()
    x = torch.rand(20, 3, 8, 8)
    y = model(x).argmax(1)
    pgd = PGD(eps=0.01, steps=3)
    plain = sweep_steps(model, x, y, pgd, (1, 3))
    with torch.autocast("cpu", torch.bfloat16):
        assert sweep_steps(model, x, y, pgd, (1, 3)) == plain


def test_pgd_equals_a_naive_loop():
    model = trained_norms(build("wrn-10-1")).double()
    x, y = torch.rand(3, 3, 8, 8, dtype=torch.double), torch.arange(3)
    l2 = PGD(steps=4, eps=0.3, step_size=0.1, norm="l2")
    for pgd in (PGD(steps=4), l2):
        fast = pgd_run(model, x, y, pgd, stream(0, 0, "pgd")).images
        starts = pgd.ball.random(x, stream(0, 0, "pgd"))
        for i in range(3):
            slow = naive_attack(model, x[i], y[i], starts[i], pgd)
            assert torch.allclose(fast[i], slow, atol=1e-9)


def test_pgd_is_the_closed_form_on_a_linear_model():
    model, x, y = linear_problem()
    for eps in (0.0, 0.005, 0.02, 0.05):
        pgd = PGD(eps=eps, step_size=0.005, steps=25, restarts=2)
        z = pgd_run(model, x, y, pgd, stream(0, 0, "pgd")).images
        worst = model.worst_margin(x, y, eps)
        assert torch.allclose(margin(model(z), y), worst, atol=1e-9)
        found = accuracies([robustness(model, x, y, pgd)])
        exact = accuracy_percent(worst > 0)
        assert found == {"run minimum": exact, "strict": exact}


def test_l2_pgd_is_the_closed_form_on_a_linear_model():
    model, x, y = linear_problem()
    for eps in (0.0, 0.02, 0.1, 0.19):
        step = max(eps, 0.01)
        pgd = PGD(eps=eps, step_size=step, steps=30, restarts=1, norm="l2")
        z = pgd_run(model, x, y, pgd, stream(0, 0, "pgd")).images
        worst = model.worst_margin(x, y, eps, 2)
        assert torch.allclose(margin(model(z), y), worst, atol=1e-9)
        assert torch.equal(robustness(model, x, y, pgd).strict, worst > 0)


def test_one_series_of_iterates_serves_all_numbers_of_steps():
    model, x, y = weak_problem(60)
    linf = PGD(eps=0.03, step_size=0.005, restarts=2)
    l2 = PGD(eps=0.3, step_size=0.05, restarts=2, norm="l2")
    for pgd in (linf, l2):
        attacks = [pgd.but(steps=s) for s in (9, 1, 4)]
        for a, shared in zip(attacks, sweep(model, x, y, attacks)):
            alone = robustness(model, x, y, a)
            assert torch.equal(shared.runs, alone.runs)
            assert torch.equal(shared.strict, alone.strict)


def test_nested_balls_are_the_cumulative_worst_case():
    model, x, y = weak_problem(60)
    pgd = PGD(step_size=0.004, steps=5, restarts=2)
    weak = PGD(eps=0.03, step_size=0.001, steps=1, restarts=2)
    attacks = [pgd.but(eps=0.01), pgd.but(eps=0.02), weak]
    alone = [robustness(model, x, y, a) for a in attacks]
    worst = torch.stack([a.strict for a in alone]).cumprod(0).bool()
    full = sweep(model, x, y, attacks)
    fast = sweep(model, x, y, attacks, early_exit=True)
    for i in range(3):
        assert torch.equal(full[i].strict, worst[i])
        assert torch.equal(fast[i].strict, worst[i])
        assert torch.equal(full[i].runs, alone[i].runs)
    assert not torch.equal(worst[2], alone[2].strict)


def test_only_smaller_balls_of_the_same_shape_count():
    model, x, y = weak_problem(60)
    attacks = unlike_attacks()
    alone = [strict_robustness(model, x, y, a) for a in attacks]
    assert len({int(a.sum()) for a in alone}) == 3
    for order in ([0, 1, 2], [2, 0, 1]):
        found = sweep(model, x, y, [attacks[i] for i in order], early_exit=True)
        for i, result in zip(order, found):
            assert torch.equal(result.strict, alone[i])


def test_sweep_steps_equals_separate_runs():
    model, x, y = weak_problem(60)
    pgd = PGD(eps=0.03, step_size=0.005, restarts=2)
    rows = sweep_steps(model, x, y, pgd, (1, 4, 9), batch_size=40)
    alone = separately(model, x, y, [pgd.but(steps=s) for s in (1, 4, 9)], 40)
    for selection in SELECTIONS:
        values = column(rows, "value", selection=selection)
        assert values == [a[selection] for a in alone]
        assert column(rows, "steps", selection=selection) == [1, 4, 9]


def test_sweep_eps_equals_separate_runs():
    model, x, y = weak_problem(60)
    pgd = PGD(step_size=0.005, steps=4, restarts=2)
    rows = sweep_eps(model, x, y, pgd, (0.03, 0.005, 0.01), batch_size=40)
    radii = [0.005, 0.01, 0.03]
    alone = separately(model, x, y, [pgd.but(eps=e) for e in radii], 40)
    minimum = column(rows, "value", selection="run minimum")
    strict = column(rows, "value", selection="strict")
    assert minimum == [a["run minimum"] for a in alone]
    assert all(found <= a["strict"] for found, a in zip(strict, alone))
    assert column(rows, "eps", selection="strict") == radii


def test_the_strict_number_alone_is_the_same_number():
    model, x, y = weak_problem(60)
    pgd = PGD(eps=0.03, step_size=0.005, steps=4, restarts=2)
    for f, values in ((sweep_steps, (1, 4, 9)), (sweep_eps, (0.005, 0.01, 0.03))):
        both = f(model, x, y, pgd, values, batch_size=40)
        strict = f(model, x, y, pgd, values, selections=("strict",), batch_size=40)
        assert strict == [r for r in both if r["selection"] == "strict"]
        assert len(set(column(strict, "value"))) > 1


def test_a_sweep_of_the_strict_number_saves_work():
    model, x, y = weak_problem(60)
    model = Counting(model)
    pgd = PGD(eps=0.05, step_size=0.01, restarts=2)
    sweep_steps(model, x, y, pgd, (1, 10, 40))
    both = model.images
    sweep_steps(model, x, y, pgd, (1, 10, 40), ("strict",))
    strict = model.images - both
    assert both > 3 * strict
    assert both < 60 * (2 * 41 + 1) + 65  # one series of iterates a start, one clean pass


def test_eps_zero_is_clean_accuracy():
    model, x, y = trained()
    clean = accuracy_percent(model(x).argmax(1) == y)
    found = accuracies([robustness(model, x, y, PGD(eps=0))])
    assert found == {"run minimum": clean, "strict": clean}


def test_more_starts_never_raise_the_strict_number():
    model, x, y = trained()
    pgd = PGD(eps=0.08, step_size=0.01, steps=10)
    found = [accuracies([robustness(model, x, y, pgd.but(restarts=r))]) for r in (1, 2, 4)]
    strict = [a["strict"] for a in found]
    assert strict == sorted(strict, reverse=True)
    assert all(a["strict"] <= a["run minimum"] for a in found)


def test_a_larger_ball_is_worse():
    model, x, y = trained()
    pgd = PGD(step_size=0.01, steps=20, restarts=2)
    radii = (0, 0.05, 0.1, 0.3)
    alone = [strict_robustness(model, x, y, pgd.but(eps=e)) for e in radii]
    strict = [accuracy_percent(a) for a in alone]
    assert strict == sorted(strict, reverse=True)
    assert strict[-1] < 5 < strict[0]


def test_attacks_on_every_device():
    for device in ["cpu"] + ["cuda"] * torch.cuda.is_available():
        model = build("wrn-10-1").eval().to(device)
        x, y = torch.rand(4, 3, 8, 8, device=device), torch.arange(4, device=device)
        assert robustness(model, x, y, PGD(steps=2)).runs.shape == (5, 4)
        assert strict_robustness(model, x, y, PGD(steps=2)).shape == (4,)


def test_foolbox_finds_the_same_images():
    model, x, y = weak_problem(30)
    l2 = PGD(eps=0.4, step_size=0.1, steps=10, norm="l2")
    for pgd in (PGD(eps=0.03, step_size=0.004, steps=10), l2):
        ours = pgd_run(model, x, y, pgd, stream(0, 0, "pgd"))
        start = pgd.ball.random(x, stream(0, 0, "pgd"))
        images, wrong = foolbox_run(model, x, y, pgd, start)
        assert (ours.images - images).abs().max() < 1e-5
        assert (ours.images - x).abs().max() > 0.01
        assert torch.equal(ours.wrong_at_end, wrong)


def test_foolbox_has_the_same_verdicts():
    model, x, y = weak_problem(40)
    pgd = PGD(eps=0.02, step_size=0.004, steps=5, restarts=3)
    runs = robustness(model, x, y, pgd).runs
    g = stream(0, 0, "pgd")
    for right in runs:
        _, wrong = foolbox_run(model, x, y, pgd, pgd.ball.random(x, g))
        assert torch.equal(~wrong, right)
    assert 0 < runs.all(0).sum() < 40


def test_transfer_between_linear_models_has_a_closed_form():
    source, target, x, y, (source_margin, target_margin) = linear_transfer()
    pgd = PGD(eps=0.02, step_size=0.005, steps=12, restarts=1)
    t = transfer(source, target, x, y, pgd)
    right = margin(target(x), y) > 0
    both = right & (margin(source(x), y) > 0)
    fooled = both & (source_margin < 0)
    wrong = target_margin < 0
    assert t.rate == accuracy_percent(wrong[fooled])
    assert t.wrong_of_both == accuracy_percent(wrong[both])
    assert t.robust == accuracy_percent(right & ~wrong)
    assert (t.fooled, t.both, t.n) == (fooled.sum(), both.sum(), 400)
    assert 0 < t.wrong_of_both < t.rate < 100


def test_transfer_onto_itself_is_the_white_box_attack():
    model, x, y = weak_problem(40)
    pgd = PGD(eps=0.02, step_size=0.004, steps=3, restarts=2)
    r = robustness(model, x, y, pgd)
    clean = model(x).argmax(1) == y
    right = clean & r.runs.all(0)
    t = transfer(model, model, x, y, pgd)
    assert t.wrong_of_both == accuracy_percent(~right[clean])
    assert t.robust == accuracy_percent(right)
    assert t.both == clean.sum()


def test_a_transfer_without_common_images_has_no_rate():
    model, x, y = linear_problem()
    t = transfer(model, model, x, 1 - y)
    assert t.rate != t.rate
    assert t.wrong_of_both != t.wrong_of_both
    assert (t.both, t.robust) == (0, 0)


def test_autoattack_is_the_closed_form_on_a_linear_model():
    model, x, y = linear_problem(100)
    for norm, p, eps in (("linf", 1, 0.02), ("l2", 2, 0.1)):
        found = autoattack(model, x, y, eps, norm, ("apgd-ce",))
        assert torch.equal(found, model.worst_margin(x, y, eps, p) > 0)
        assert 0 < found.sum() < 100


def test_autoattack_takes_two_classes():
    model, x, y = linear_problem(20)
    found = autoattack(model, x, y, 0.02, attacks=("fab-t",))
    assert (found >= (model.worst_margin(x, y, 0.02) > 0)).all()
    assert not found.all()


def test_autoattack_gives_the_tracing_hook_back():
    model, x, y = linear_problem(20)
    before = sys.gettrace()
    sys.settrace(no_trace)
    try:
        autoattack(model, x, y, 0.02, attacks=("apgd-ce",))
        after = sys.gettrace()
    finally:
        sys.settrace(before)
    assert after is no_trace


def test_autoattack_gives_the_random_state_back():
    model, x, y = linear_problem(20)
    before = torch.random.get_rng_state()
    autoattack(model, x, y, 0.02, attacks=("apgd-ce",))
    assert torch.equal(torch.random.get_rng_state(), before)


def test_refuses_impossible_attacks():
    refuses("eps = -0.1: input should be greater than or equal to 0", PGD, eps=-0.1)
    refuses("eps = nan: input should be a finite number", PGD, eps=float("nan"))


def test_refuses_an_infinite_radius():
    refuses("eps = inf: input should be a finite number", PGD, eps=float("inf"))


def test_refuses_impossible_steps():
    refuses("step_size = 0: input should be greater than 0", PGD, step_size=0)
    refuses("step_size = inf: input should be a finite", PGD, step_size=float("inf"))


def test_refuses_counts_that_are_no_counts():
    refuses("steps = 0: input should be greater than or equal to 1", PGD, steps=0)


def test_refuses_counts_that_are_no_integers():
    refuses("steps = 2.5: input should be a valid integer", PGD, steps=2.5)
    refuses("steps = True: input should be a valid integer", PGD, steps=True)


def test_refuses_an_attack_without_a_start():
    refuses("restarts = 0: input should be greater than or equal to 1", PGD, restarts=0)


def test_refuses_a_norm_that_no_class_describes():
    refuses("norm = 'l1': unknown; did you mean", PGD, norm="l1")
    refuses("known are ['l2', 'linf']", PGD, norm="taxicab")


def test_refuses_settings_without_names():
    refuses("positional argument", PGD, 0.031, 0.003)


def test_refuses_a_model_without_gradients():
    x, y = torch.rand(2, 3, 2, 2), torch.arange(2)
    for weights in (True, False):
        model = Detached(nn.Flatten(), nn.Linear(12, 3)).requires_grad_(weights)
        refuses("no gradient with respect to the images", input_gradient, model, x, y)


def test_refuses_a_layer_left_in_train_mode():
    model = build("wrn-10-1").eval()
    model.bn.train()
    before = model.bn.running_mean.clone()
    attack = model, torch.rand(4, 3, 8, 8), torch.arange(4)
    refuses("layer 'bn' (BatchNorm2d) is in train mode", robustness, *attack)
    assert torch.equal(model.bn.running_mean, before)


def test_refuses_logits_that_become_nan():
    for norm in BALLS:
        for attack in (robustness, strict_robustness):
            words = "the logits of 1 of 2 images are not finite"
            refuses(words, overflow, attack, False, norm)


def test_refuses_logits_that_are_nan_at_the_end():
    for attack in (robustness, strict_robustness):
        words = "step 1: the logits of 1 of 2 images are not finite"
        refuses(words, overflow, attack, False, steps=1, step_size=0.1)


def test_refuses_gradients_that_become_nan():
    for norm in BALLS:
        for attack in (robustness, strict_robustness):
            words = "the gradients of 1 of 2 images are not finite"
            refuses(words, overflow, attack, True, norm)


def test_refuses_non_finite_values_by_step_and_number():
    values = torch.tensor([[1.0, torch.nan], [1.0, 2.0], [torch.inf, 0.0]])
    words = "step 3: the logits of 2 of 3 images are not finite"
    refuses(words, check_finite, "logits", values, "step 3")


def test_refuses_images_out_of_range():
    x, y = torch.rand(4, 3, 4, 4), torch.arange(4)
    all_refuse("float64, in [0, 1]", tiny(), x * 255, y)
    all_refuse("float64, in [0, 1]", tiny(), x - 1, y)


def test_refuses_images_that_are_not_finite():
    x, y = torch.rand(4, 3, 4, 4), torch.arange(4)
    all_refuse("from nan", tiny(), x.index_fill(0, torch.tensor([3]), torch.nan), y)
    all_refuse("to inf", tiny(), x / 0, y)


def test_refuses_an_image_a_hair_too_bright():
    x = torch.ones(1, 3, 4, 4).nextafter(torch.tensor(2.0))
    all_refuse("to 1.0000001192092896; should be", tiny(), x, torch.arange(1))


def test_refuses_images_of_another_type():
    x, y = torch.rand(4, 3, 4, 4), torch.arange(4)
    all_refuse("torch.uint8 from", tiny(), x.mul(255).byte(), y)
    all_refuse("torch.int64 from", tiny(), x.round().long(), y)


def test_refuses_images_in_half_precision():
    x, y = torch.rand(4, 3, 4, 4), torch.arange(4)
    all_refuse("images are torch.float16", tiny().half(), x.half(), y)
    all_refuse("images are torch.bfloat16", tiny().bfloat16(), x.bfloat16(), y)


def test_refuses_images_and_weights_of_different_types():
    x, y = torch.rand(4, 3, 4, 4), torch.arange(4)
    words = "images are torch.float64, the model's weights torch.float32; should be of one"
    all_refuse(words, tiny(), x.double(), y)
    all_refuse("the model's weights torch.float16", tiny().half(), x, y)


def test_refuses_images_of_another_shape():
    x, y = torch.rand(4, 3, 4, 4), torch.arange(4)
    all_refuse("of shape (3, 4, 4); should be N x C x H x W", tiny(), x[0], y[:3])
    all_refuse("should be N x C x H x W", tiny(), x[..., 0], y)


def test_refuses_no_images():
    x, y = torch.rand(4, 3, 4, 4), torch.arange(4)
    all_refuse("there are none", tiny(), x[:0], y[:0])
    all_refuse("there are none", tiny(), x[:, :, :0], y)


def test_refuses_labels_that_do_not_fit():
    x, y = torch.rand(4, 3, 4, 4), torch.arange(4)
    all_refuse("labels are torch.int64 (3,); should be torch.int64 (4,)", tiny(), x, y[:3])
    all_refuse("labels are torch.int64 (4, 4)", tiny(), x, F.one_hot(y))


def test_refuses_labels_of_another_type():
    x, y = torch.rand(4, 3, 4, 4), torch.arange(4)
    all_refuse("labels are torch.float32", tiny(), x, y.float())
    all_refuse("labels are torch.uint8", tiny(), x, y.byte())


def test_refuses_labels_the_model_does_not_know():
    x, y = torch.rand(4, 3, 4, 4), torch.arange(4)
    all_refuse("labels reach from 1 to 4; should be 0..3", tiny(), x, y + 1)
    all_refuse("labels reach from -1 to 2; should be 0..3", tiny(), x, y - 1)


def test_refuses_a_model_in_train_mode():
    all_refuse("train mode", tiny().train(), torch.rand(4, 3, 4, 4), torch.arange(4))


def test_refuses_a_model_without_finite_logits():
    broken = tiny()
    broken[1].bias.data[0] = torch.nan
    x, y = torch.rand(4, 3, 4, 4), torch.arange(4)
    all_refuse("not finite", broken, x, y)


def test_refuses_a_model_without_logits():
    x, y = torch.rand(4, 3, 4, 4), torch.arange(4)
    all_refuse("returns (192,) for 4 images", nn.Flatten(0).eval(), x, y)
    extra = small(nn.Unflatten(1, (1, 5)))
    refuses("returns (4, 1, 5) for 4 images", check_attackable, extra, x[..., :2, :2])


def test_refuses_empty_sweeps():
    problem = tiny(), torch.rand(4, 3, 4, 4), torch.arange(4)
    refuses("attacks = []: should be at least one", sweep, *problem, [])
    refuses("steps = (): should be at least one value", sweep_steps, *problem, steps=())
    refuses("eps = (): should be at least one value", sweep_eps, *problem, eps=())


def test_refuses_sweeps_over_impossible_steps():
    problem = tiny(), torch.rand(4, 3, 4, 4), torch.arange(4)
    refuses("steps = 0: input should be greater", sweep_steps, *problem, steps=(5, 0))
    refuses("steps = 2.5: input should be a valid", sweep_steps, *problem, steps=(2.5,))


def test_refuses_sweeps_over_impossible_radii():
    problem = tiny(), torch.rand(4, 3, 4, 4), torch.arange(4)
    refuses("eps = -1: input should be greater", sweep_eps, *problem, eps=(0.1, -1))
    refuses("eps = nan: input should be", sweep_eps, *problem, eps=(float("nan"),))


def test_refuses_selections_that_do_not_exist():
    problem = tiny(), torch.rand(4, 3, 4, 4), torch.arange(4)
    for f in (sweep_steps, sweep_eps):
        refuses("selections = ('best',): should be", f, *problem, selections=("best",))
        refuses("selections = (): should be", f, *problem, selections=())


def test_refuses_impossible_autoattacks():
    problem = tiny(3), torch.rand(3, 3, 4, 4), torch.arange(3)
    refuses("eps = -1: input should be", autoattack, *problem, eps=-1)
    refuses("norm = 'l1': unknown", autoattack, *problem, norm="l1")


def test_refuses_autoattacks_that_do_not_exist():
    problem = tiny(3), torch.rand(3, 3, 4, 4), torch.arange(3)
    refuses("attacks = (): should be some of", autoattack, *problem, attacks=())
    refuses("attacks = ('pgd',): should be", autoattack, *problem, attacks=("pgd",))
    refuses("the DLR loss needs 4 classes, the model has 3", autoattack, *problem)


def test_refuses_a_shape_that_the_library_lacks():
    problem = tiny(3), torch.rand(3, 3, 4, 4), torch.arange(3)
    with patch.dict(BALLS):
        brighter()
        words = "norm = 'brighter': should be one of ['linf', 'l2']"
        refuses(words, autoattack, *problem, norm="brighter")


def test_refuses_a_missing_library():
    with patch.dict(sys.modules, {"pyautoattack": None}):
        words = "pyautoattack is not installed; it comes with `pip install 'noisekd["
        refuses(words, import_optional, "pyautoattack", "attacks")

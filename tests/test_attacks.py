"Exported from nbs/20_attacks.ipynb by `noisekd export`; edit the notebook."

import pytest, torch
import math, statistics, sys, time, warnings
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Iterator, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from noisekd.data import full_float32, stream
from noisekd.data import available
from noisekd.attacks import *
from noisekd.attacks import _check_count
from noisekd.attacks import _fixed
from noisekd.attacks import _strided
from noisekd.attacks import _shortcuts
from noisekd.attacks import _check_input
from noisekd.attacks import _warn_of
from noisekd.attacks import _row
from noisekd.attacks import _check_sweep
from noisekd.attacks import _sweep
from noisekd.attacks import _library
from noisekd.attacks import _check_autoattack
from noisekd.attacks import _seconds
from noisekd.attacks import _foolbox_verdicts
from noisekd.attacks import _equal_results
from noisekd.attacks import _take_turns
import pytest, scipy.stats
from functools import cache
from unittest.mock import patch
from noisekd.data import load, subset, to_float
from noisekd.models import build
from noisekd.objective import Objective
from noisekd.training import Recipe, fit
class Counting(nn.Module):
    "A model that counts the images it has seen."
    def __init__(self, model): super().__init__(); self.model, self.images = model, 0; self.train(model.training)
    def forward(self, x): self.images += len(x); return self.model(x)
def lively(arch, seed=0):
    "An untrained network whose BatchNorm layers have statistics and weights of their own, as after training."
    model, g = build(arch, seed=seed).eval(), torch.Generator().manual_seed(seed)
    for m in model.modules():
        if isinstance(m, nn.BatchNorm2d):
            for v, (low, high) in ((m.running_mean, (-.1, .1)), (m.running_var, (.5, 2)), (m.weight.data, (.5, 2)), (m.bias.data, (-.1, .1))): v.copy_(low + (high - low) * torch.rand(v.shape, generator=g))
    return model
@cache
def trained(seed=0):
    "A small digit network and 100 test images with their labels."
    model = build("wrn-10-1", seed=seed)
    fit(model, load("digits"), Objective(alpha=0), Recipe(epochs=6, milestones=(4,), augment="crop", pad=1), seed)
    test = subset(load("digits", "test"), 100)
    return model.eval(), to_float(test.images), test.labels
def weak_problem(n=100):
    "An untrained network in double precision and n images with the labels it gives them, a tenth of them changed: small steps fool it."
    model, g = lively("wrn-10-1", 1).double(), torch.Generator().manual_seed(2)
    x = torch.rand(n, 3, 8, 8, generator=g, dtype=torch.double)
    with torch.no_grad(): y = model(x).argmax(1)
    return model, x, torch.where(torch.arange(n) % 10 == 0, (y + 1) % 10, y)
class Gap(nn.Module):
    "Class 1 where the mean of the image lies between 0.505 and 0.515, else class 0; the gradient always points upwards."
    def forward(self, x):
        mean = x.mean((1, 2, 3))
        inside = ((mean > .505) & (mean < .515)).float()
        return torch.stack([1 - 2 * inside - mean, torch.zeros_like(mean)], 1)
def flat(*layers): return nn.Sequential(nn.Flatten(), nn.Linear(12, 5), *layers).eval()
class Linear(nn.Module):
    "A two-class linear model on 3 x 4 x 4 images, with its known worst-case margin."
    def __init__(self, seed=0):
        super().__init__()
        g = torch.Generator().manual_seed(seed)
        self.w, self.b = torch.randn(2, 48, generator=g, dtype=torch.double), torch.zeros(2, dtype=torch.double)
    def forward(self, x): return x.flatten(1) @ self.w.T + self.b
    def worst_margin(self, x, y, eps, p=1):
        d = self.w[y] - self.w[1 - y]
        return (d * x.flatten(1)).sum(1) + (self.b[y] - self.b[1 - y]) - eps * d.norm(p=p, dim=1)
def linear_problem(n=400):
    "The model, n images away from 0 and 1, and the labels the model gives them."
    model, g = Linear().eval(), torch.Generator().manual_seed(1)
    x = .2 + .6 * torch.rand(n, 3, 4, 4, generator=g, dtype=torch.double)
    model.b[1] = (x.flatten(1) @ (model.w[0] - model.w[1])).median() + 1e-3  # classes of equal size, no image on the border
    return model, x, model(x).argmax(1)
class Masked(nn.Module):
    "A network whose logits are so large that softmax in float32 is 0 or 1."
    def __init__(self, model): super().__init__(); self.model = model; self.train(model.training)
    def forward(self, x): return 1e4 * self.model(x)
class Rounded(Masked):
    "A network that sees its input in 32 grey levels."
    def forward(self, x): return self.model((x * 31).round() / 31)
class Misled(Masked):
    "A network with the right values and the opposite gradients."
    def forward(self, x): return self.model(2 * x.detach() - x)
class Rippled(nn.Module):
    "Says 1 where the mean is above 0.55; a fast wave hides the way there."
    def forward(self, x): m = x.mean((1, 2, 3)); return torch.stack([0 * m, 20 * (m - .55) + torch.sin(400 * m)], 1)
def two_blocks(n=50):
    "Images of mean 0.4 and the label 0."
    return torch.full((n, 3, 4, 4), .4) + .01 * torch.arange(n)[:, None, None, None] / n, torch.zeros(n, dtype=torch.long)
def suspect(model, pgd, norm="linf"):
    "A model on the digits of `trained`."
    return Suspect(model, *trained()[1:], replace(pgd, norm=norm), stream(0, 0, "pgd"))
WAYS_IN = {"robustness": robustness, "strict_robustness": strict_robustness, "sweep_steps": sweep_steps, "sweep_eps": sweep_eps, "square_robustness": square_robustness,
           "autoattack": autoattack, "masking_findings": masking_findings, "benchmark_attacks": benchmark_attacks, "transfer": lambda model, x, y, **k: transfer(model, model, x, y, **k)}

def tiny(classes=4): return nn.Sequential(nn.Flatten(), nn.Linear(48, classes)).eval()


@pytest.fixture(autouse=True)
def seeded(): torch.manual_seed(0)


def test_counts_are_whole_and_positive():
    _check_count("steps", 1)
    for bad in (0, -1, 2.5, float("nan")):
        with pytest.raises(ValueError, match=f"steps = {bad}: should be a whole number >= 1"): _check_count("steps", bad)


def test_impossible_attacks_are_refused():
    for field, value in (("eps", -.1), ("eps", float("nan")), ("eps", float("inf")), ("step_size", 0), ("step_size", float("inf")), ("steps", 0), ("steps", 2.5), ("restarts", 0)):
        with pytest.raises(ValueError, match=f"{field} = {value}"): PGD(**{field: value})
    with pytest.raises(ValueError, match="norm = 'l1': should be"): PGD(norm="l1")
    assert str(PGD()).startswith("PGD l_inf, eps 0.031") and str(PGD(norm="l2", eps=.5)).startswith("PGD l_2, eps 0.5")


def test_the_gradient_is_the_image_s_own():
    model, x, y = build("wrn-10-1").eval(), torch.rand(4, 3, 8, 8), torch.arange(4)
    logits, grad = input_gradient(model, x, y)
    alone = torch.cat([input_gradient(model, x[i:i + 1], y[i:i + 1])[1] for i in range(4)])
    assert torch.allclose(grad, alone, atol=1e-6) and torch.allclose(logits, model(x), atol=1e-6)
    assert all(p.grad is None for p in model.parameters())


def test_the_loss_of_a_half_precision_network_is_in_float32():
    class Half(nn.Module):
        def forward(self, x): return (12 * x.flatten(1)).bfloat16()
    x = torch.cat([torch.ones(200, 1, 1, 1), .3 * torch.rand(200, 3, 1, 1)], 1)
    _, grad = input_gradient(Half().eval(), x, torch.zeros(200, dtype=torch.long))
    assert torch.allclose(grad.flatten(1)[:, 1:], 12 * Half()(x).double().softmax(1)[:, 1:].float(), rtol=6e-3)


def test_a_model_without_gradients_is_named():
    class Detached(nn.Sequential):
        def forward(self, x): return super().forward(x.detach())
    for weights in (True, False):
        model = Detached(nn.Flatten(), nn.Linear(12, 3)).requires_grad_(weights)
        with pytest.raises(ValueError, match="no gradient with respect to the images"): input_gradient(model, torch.rand(2, 3, 2, 2), torch.arange(2))


def test_lengths_by_hand():
    v = torch.zeros(2, 3, 2, 2)
    v[0, 0, 0, 0], v[0, 2, 1, 1] = 3, 4
    assert lengths(v).flatten()[0] == 5 and 0 < lengths(v).flatten()[1] < 1e-30 and lengths(v).shape == (2, 1, 1, 1)


def test_projection_lands_in_ball_and_box():
    x, z = torch.rand(1000), torch.randn(1000)
    p = project(z, x, .1)
    assert ((p - x).abs() <= .1 + 1e-7).all() and p.min() >= 0 and p.max() <= 1 and torch.equal(project(p, x, .1), p)


def test_projection_is_nearest():
    x, z = torch.rand(1000), torch.randn(1000)
    grid = torch.linspace(0, 1, 2001)[:, None].expand(-1, 1000)
    best = torch.where((grid - x).abs() <= .1, (grid - z).abs(), torch.inf).min(0).values
    assert ((project(z, x, .1) - z).abs() <= best + 1e-6).all()


def test_the_l2_projection_lands_in_ball_and_box():
    x, z = torch.full((50, 3, 4, 4), .5), .5 + torch.randn(50, 3, 4, 4) * .05
    p = project(z, x, .2, "l2")
    assert (lengths(p - x) <= .2 + 1e-6).all() and torch.allclose(project(p, x, .2, "l2"), p, atol=1e-7)
    assert (lengths(project(z * 9, x * 0, .2, "l2")) <= .2 + 1e-6).all() and project(z * 9, x * 0, .2, "l2").min() >= 0


def test_the_l2_projection_is_nearest_where_the_box_is_far():
    x, z = torch.full((50, 3, 4, 4), .5), .5 + torch.randn(50, 3, 4, 4) * .05
    assert torch.equal(project(x + 1e-3, x, .2, "l2"), x + 1e-3)  # already inside
    others = project(.5 + torch.randn(50, 3, 4, 4), x, .2, "l2")
    assert (lengths(project(z, x, .2, "l2") - z) <= lengths(others - z)).all()


def test_unit_has_length_one_or_zero():
    g = torch.randn(3, 3, 2, 2) * torch.tensor([1., 1e-30, 0.])[:, None, None, None]
    assert torch.allclose(lengths(unit(g)).flatten(), torch.tensor([1., 1., 0.])) and torch.equal(unit(g)[2], g[2])
    assert torch.allclose(unit(g)[0] * lengths(g)[0], g[0])


def test_a_step_by_hand():
    x, g = torch.full((1, 3, 1, 1), .5), torch.tensor([3., 0., -4.]).view(1, 3, 1, 1)
    assert torch.allclose(ascend(x, x, g, PGD(eps=.2, step_size=.1)).flatten(), torch.tensor([.6, .5, .4]))
    assert torch.allclose(ascend(x, x, g, PGD(eps=.2, step_size=.1, norm="l2")).flatten(), torch.tensor([.56, .5, .42]))
    assert torch.allclose(ascend(x, x, g, PGD(eps=.05, step_size=.1, norm="l2")).flatten(), torch.tensor([.53, .5, .46]))
    assert torch.equal(ascend(x, x, 0 * g, PGD(norm="l2")), x)


def test_fixed_batchnorm_is_batchnorm():
    for affine in (True, False):
        bn, x, g = nn.BatchNorm2d(8, affine=affine).eval(), torch.randn(4, 8, 5, 5).requires_grad_(), torch.randn(4, 8, 5, 5)
        bn.running_mean.normal_(0, .1); bn.running_var.uniform_(.5, 2)
        if affine: nn.init.normal_(bn.weight); nn.init.normal_(bn.bias)
        out = _fixed(bn)(x)
        assert torch.equal(out, bn(x)) and torch.allclose(torch.autograd.grad(out, x, g)[0], torch.autograd.grad(bn(x), x, g)[0], rtol=1e-6)


def test_places_are_taken_before_the_convolution():
    for layout in (torch.contiguous_format, torch.channels_last):
        for step, groups in ((2, 1), ((1, 3), 2)):
            conv, x = nn.Conv2d(4, 8, 1, step, groups=groups), torch.randn(2, 4, 7, 9).to(memory_format=layout).requires_grad_()
            a, b = _strided(conv)(x), conv(x)
            g, (da, db) = torch.randn_like(b), (torch.autograd.grad(o, x, o.detach().cos())[0] for o in (a, b))
            assert torch.allclose(a, b, atol=1e-6) and torch.allclose(da, db, atol=1e-6) and da.is_contiguous(memory_format=layout)
    assert torch.allclose(_strided(conv)(x[0]), conv(x[0]), atol=1e-6)  # one image without a batch


def test_only_plain_layers_take_a_shorter_way():
    class Other(nn.BatchNorm2d): pass
    replaced = nn.BatchNorm2d(4); replaced.forward = lambda x: x
    plain = (nn.BatchNorm2d(4), nn.BatchNorm1d(4, affine=False), nn.Conv2d(4, 4, 1, 2))
    others = (Other(4), replaced, nn.BatchNorm2d(4, track_running_stats=False), nn.Conv2d(4, 4, 1), nn.Conv2d(4, 4, 3, 2), nn.Conv2d(4, 4, 1, 2, padding=1))
    assert set(_shortcuts(nn.Sequential(*plain, *others).eval())) == set(plain) and set(_shortcuts(nn.Sequential(*plain).train())) == {plain[2]}
    assert not _shortcuts(torch.compile(nn.Sequential(*plain).eval()))


def test_image_only_changes_nothing_but_the_time():
    model, x, y = lively("wrn-10-1"), torch.rand(4, 3, 8, 8), torch.arange(4)
    model.linear.bias.requires_grad_(False)
    logits, grad = input_gradient(model, x, y)
    with image_only(model):
        assert not any(p.requires_grad for p in model.parameters()) and "forward" in vars(model.bn)
        fast = input_gradient(model, x, y)
    assert torch.allclose(fast[0], logits, atol=1e-6) and (fast[1] - grad).abs().max() < 1e-5 * grad.abs().max()
    assert [n for n, p in model.named_parameters() if not p.requires_grad] == ["linear.bias"] and not any("forward" in vars(m) for m in model.modules())


def test_the_model_comes_back_after_an_error():
    model = build("wrn-10-1").eval()
    with pytest.raises(RuntimeError):
        with image_only(model): model(torch.rand(1, 5, 8, 8))
    assert all(p.requires_grad for p in model.parameters()) and not any("forward" in vars(m) for m in model.modules())


def test_l2_starts_are_uniform_in_the_ball():
    x, pgd = torch.full((4000, 3, 1, 1), .5), PGD(eps=.2, norm="l2")
    v = random_start(x, pgd, stream(0, 0, "pgd")) - x
    assert scipy.stats.kstest((lengths(v).flatten() / .2).numpy() ** 3, "uniform").pvalue > 1e-6
    assert scipy.stats.kstest(unit(v)[:, 0].flatten().numpy(), scipy.stats.uniform(-1, 2).cdf).pvalue > 1e-6  # Archimedes: in 3 dimensions each coordinate is uniform


def test_linf_starts_are_uniform_in_the_ball():
    x = torch.full((200, 3, 8, 8), .5)
    v = random_start(x, PGD(eps=.2), stream(0, 0, "pgd")) - x
    assert scipy.stats.kstest((v / .2).flatten().numpy(), scipy.stats.uniform(-1, 2).cdf).pvalue > 1e-6


def test_a_walk_takes_no_forward_pass_too_many():
    model, x, y = Counting(build("wrn-10-1").eval()), torch.rand(4, 3, 8, 8), torch.arange(4)
    points = list(walk(model, x, y, PGD(steps=7), x))
    assert len(points) == 8 and model.images == 8 * 4 and torch.equal(points[0][0], x)
    assert all(torch.allclose(logits, model(z)) for z, logits in points)


def test_pgd_never_leaves_the_ball():
    model, x, y = build("wrn-10-1").eval(), torch.rand(8, 3, 8, 8).round(decimals=1), torch.arange(8)
    for pgd in (PGD(), PGD(eps=.3, step_size=.5, steps=3), PGD(eps=0)):
        z = pgd_run(model, x, y, pgd, stream(0, 0, "pgd")).images
        assert ((z - x).abs().max() <= pgd.eps + 1e-6) and z.min() >= 0 and z.max() <= 1
        z = pgd_run(model, x, y, replace(pgd, norm="l2"), stream(0, 0, "pgd")).images
        assert (lengths(z - x).max() <= pgd.eps + 1e-6) and z.min() >= 0 and z.max() <= 1


def test_pgd_equals_a_naive_loop():
    model, x, y = lively("wrn-10-1").double(), torch.rand(3, 3, 8, 8, dtype=torch.double), torch.arange(3)
    for pgd in (PGD(steps=4), PGD(steps=4, eps=.3, step_size=.1, norm="l2")):
        fast, starts = pgd_run(model, x, y, pgd, stream(0, 0, "pgd")).images, random_start(x, pgd, stream(0, 0, "pgd"))
        for i in range(3):
            z = starts[i].clone()
            for _ in range(4):
                z.requires_grad_(); F.cross_entropy(model(z[None]), y[i:i + 1]).backward()
                d = z.detach() - x[i] + pgd.step_size * (z.grad.sign() if pgd.norm == "linf" else z.grad / z.grad.norm())
                z = (x[i] + (d.clamp(-pgd.eps, pgd.eps) if pgd.norm == "linf" else d * min(1, pgd.eps / d.norm()))).clamp(0, 1)
            assert torch.allclose(fast[i], z, atol=1e-9)


def test_failing_on_the_way_is_seen_by_the_strict_question_only():
    x, y = torch.full((1, 3, 8, 8), .5), torch.zeros(1, dtype=torch.long)
    run = pgd_run(Gap().eval(), x, y, PGD(eps=.03, step_size=.004, steps=20), stream(0, 0, "pgd"))
    assert not run.wrong_at_end and run.wrong_anywhere


def test_wrong_images_are_refused():
    x = torch.rand(4, 3, 8, 8)
    for wrong, message in ((x[0], r"of shape \(3, 8, 8\); should be N x C"), (x[:0], "there are none"), (x[:, :, :0], "there are none"), (x + 1, "should be floats in"), (x * torch.nan, "from nan to nan")):
        with pytest.raises(ValueError, match=message): _check_input(wrong, None)


def test_wrong_labels_are_refused():
    x, y = torch.rand(4, 3, 8, 8), torch.arange(4)
    for wrong in (y.float(), y[:3], y[:, None]):
        with pytest.raises(ValueError, match="labels are .* should be torch.int64 .4,., one per image"): _check_input(x, wrong)
    _check_input(x, y)


def test_probabilities_and_chance_are_warned_of():
    logits = torch.randn(4, 10)
    with pytest.warns(UserWarning, match="returns probabilities"): _warn_of(logits.softmax(1), logits.softmax(1))
    with pytest.warns(UserWarning, match="is stochastic"): _warn_of(logits, logits + .01)


def test_ordinary_logits_are_not_warned_of():
    logits = torch.randn(4, 10)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        _warn_of(logits, logits + 1e-6); _warn_of(logits.clamp(0, 1), logits.clamp(0, 1)); _warn_of(0 * logits, 0 * logits); _warn_of(*2 * [logits - logits.mean(1, keepdim=True) + .1])


def test_meaningless_attacks_are_refused():
    model, x = build("wrn-10-1").eval(), torch.rand(4, 3, 8, 8)
    with pytest.raises(ValueError, match="train mode"): check_attackable(build("wrn-10-1").train(), x)
    with pytest.raises(ValueError, match="should be floats in"): check_attackable(model, x * 255)
    with pytest.raises(ValueError, match="torch.uint8 from 0 to 0"): check_attackable(model, x.byte())
    with pytest.raises(ValueError, match="from nan"): check_attackable(model, x / 0 * 0)


def test_labels_the_model_does_not_know_are_refused():
    model, x = build("wrn-10-1").eval(), torch.rand(4, 3, 8, 8)
    for y, message in ((torch.arange(4) + 7, "from 7 to 10; should be 0..9"), (torch.arange(4) - 1, "from -1 to 2")):
        with pytest.raises(ValueError, match=message): check_attackable(model, x, y)


def test_meaningless_models_are_refused():
    x = torch.rand(4, 3, 2, 2)
    with pytest.raises(ValueError, match=r"returns \(4, 1, 5\) for 4 images"): check_attackable(flat(nn.Unflatten(1, (1, 5))), x)
    broken = flat(); broken[1].bias.data[0] = torch.nan
    with pytest.raises(ValueError, match="not finite"): check_attackable(broken, x)


def test_doubtful_models_are_warned_of():
    x = torch.rand(4, 3, 2, 2)
    with pytest.warns(UserWarning, match="returns probabilities"): check_attackable(flat(nn.Softmax(1)), x)
    fickle = flat(nn.Dropout(.5)); fickle[2].train()
    with pytest.warns(UserWarning, match="is stochastic"): check_attackable(fickle, x)


def test_strict_sees_what_the_end_does_not():
    x, y = torch.full((1, 3, 8, 8), .5), torch.zeros(1, dtype=torch.long)
    r = robustness(Gap().eval(), x, y, PGD(eps=.03, step_size=.004, steps=20, restarts=2))
    assert r.runs.all() and not r.strict.any()


def test_every_start_counts_and_clean_errors_count():
    model, x, y = build("wrn-10-1").eval(), torch.rand(6, 3, 8, 8), torch.arange(6)
    r = robustness(model, x, y, PGD(eps=0, steps=1))
    right = model(x).argmax(1) == y
    assert r.runs.shape == (5, 6) and torch.equal(r.strict, right) and all(torch.equal(run, right) for run in r.runs)


def test_percent_by_hand():
    assert percent(torch.tensor([True, False, True, True])) == 75.0


def test_accuracies_by_hand():
    t = lambda *v: torch.tensor(v, dtype=torch.bool)
    a = Robustness(torch.stack([t(0, 1), t(1, 1)]), t(0, 1))
    b = Robustness(torch.stack([t(1, 0), t(0, 1)]), t(1, 0))
    assert accuracies([a, b]) == {"run minimum": 50.0, "strict": 50.0}


def test_first_fall_is_that_of_the_full_walk():
    model, x, y = weak_problem()
    pgd, last = PGD(eps=.05, step_size=.01, steps=6), torch.arange(len(y)) % 8 - 1
    wrong = torch.stack([logits.argmax(1) != y for _, logits in walk(model, x, y, pgd, x)])
    for far, fall in ((torch.full_like(y, 6), first_fall(model, x, y, pgd, x, torch.full_like(y, 6))), (last, first_fall(model, x, y, pgd, x, last))):
        seen = wrong & (torch.arange(7)[:, None] <= far)
        assert torch.equal(fall, torch.where(seen.any(0), seen.int().argmax(0), 7))


def test_earliest_fall_is_the_minimum_over_starts_where_it_matters():
    model, x, y = weak_problem()
    pgd, points = PGD(eps=.03, step_size=.005, steps=8, restarts=3), (1, 3, 8)
    fall, g = earliest_fall(model, x, y, pgd, points, stream(0, 0, "pgd")), stream(0, 0, "pgd")
    walks = [walk(model, x, y, pgd, random_start(x, pgd, g)) for _ in range(3)]
    wrong = torch.stack([torch.stack([logits.argmax(1) != y for _, logits in w]) for w in walks]).any(0)
    for s in points: assert torch.equal(fall > s, (model(x).argmax(1) == y) & ~wrong[:s + 1].any(0))


def test_a_second_start_goes_no_farther_than_it_must():
    lasts, x = [], torch.rand(4, 3, 2, 2)
    fallen_at_3 = lambda model, x, y, pgd, z, last: lasts.append(last.tolist()) or torch.full_like(y, 3)
    with patch.dict(earliest_fall.__globals__, first_fall=fallen_at_3):
        earliest_fall(model := flat(), x, model(x).argmax(1), PGD(steps=9, restarts=2), (1, 3, 9), stream(0, 0, "pgd"))
    assert lasts == [[9] * 4, [1] * 4]


def test_strict_robustness_is_that_of_the_full_computation():
    model, x, y = weak_problem()
    for pgd in (PGD(eps=.03, step_size=.005, steps=5, restarts=3), PGD(eps=.3, step_size=.05, steps=5, restarts=2, norm="l2")):
        a, b = stream(0, 0, "pgd"), stream(0, 0, "pgd")
        for part in (slice(0, 60), slice(60, 100)):
            full = robustness(model, x[part], y[part], pgd, a)
            assert torch.equal(strict_robustness(model, x[part], y[part], pgd, b), full.strict)
        assert 5 < full.strict.sum() < 35 and torch.equal(a.get_state(), b.get_state())


def test_on_a_weak_model_most_of_the_work_is_saved():
    model, x, y = trained()
    model, pgd = Counting(model), PGD(eps=.14, step_size=.014)
    full, seen = robustness(model, x, y, pgd).strict, model.images
    assert torch.equal(strict_robustness(model, x, y, pgd), full) and full.double().mean() < .3
    assert seen > 4 * (model.images - seen)


def test_images_known_to_have_fallen_stay_fallen():
    model, x, y = weak_problem()
    some = torch.arange(len(y)) % 2 == 0
    pgd = PGD(eps=.02, step_size=.005, steps=3, restarts=2)
    assert torch.equal(strict_robustness(model, x, y, pgd, standing=some), strict_robustness(model, x, y, pgd) & some)


def test_pgd_is_the_closed_form_on_a_linear_model():
    model, x, y = linear_problem()
    for eps in (0., .005, .02, .05):
        pgd = PGD(eps=eps, step_size=.005, steps=25, restarts=2)
        z = pgd_run(model, x, y, pgd, stream(0, 0, "pgd")).images
        out = model(z)
        margin = out.gather(1, y[:, None])[:, 0] - out.gather(1, 1 - y[:, None])[:, 0]
        worst = model.worst_margin(x, y, eps)
        assert torch.allclose(margin, worst, atol=1e-9)
        result, exact = robustness(model, x, y, pgd), (worst > 0).double().mean().item() * 100
        assert accuracies([result]) == pytest.approx({"run minimum": exact, "strict": exact})


def test_l2_pgd_is_the_closed_form_on_a_linear_model():
    model, x, y = linear_problem()
    for eps in (0., .02, .1, .19):
        pgd = PGD(eps=eps, step_size=max(eps, .01), steps=30, restarts=1, norm="l2")
        out = model(pgd_run(model, x, y, pgd, stream(0, 0, "pgd")).images)
        margin = out.gather(1, y[:, None])[:, 0] - out.gather(1, 1 - y[:, None])[:, 0]
        worst = model.worst_margin(x, y, eps, 2)
        assert torch.allclose(margin, worst, atol=1e-9)
        assert torch.equal(robustness(model, x, y, pgd).strict, worst > 0)


def test_eps_zero_is_clean_accuracy():
    model, x, y = trained()
    clean = 100 * (model(x).argmax(1) == y).double().mean().item()
    assert accuracies([robustness(model, x, y, PGD(eps=0))]) == {"run minimum": clean, "strict": clean}


def test_more_starts_never_raise_the_strict_number():
    model, x, y = trained()
    by_starts = [accuracies([robustness(model, x, y, PGD(eps=.08, step_size=.01, steps=10, restarts=r))]) for r in (1, 2, 4)]
    strict = [a["strict"] for a in by_starts]
    assert strict == sorted(strict, reverse=True) and all(a["strict"] <= a["run minimum"] for a in by_starts)


def test_a_larger_ball_is_worse():
    model, x, y = trained()
    by_eps = [accuracies([robustness(model, x, y, PGD(eps=e, step_size=.01, steps=20, restarts=2))])["strict"] for e in (0, .05, .1, .3)]
    assert by_eps == sorted(by_eps, reverse=True) and by_eps[-1] < 5 < by_eps[0]


def test_attacks_repeat():
    model, x, y = build("wrn-10-1").eval(), torch.rand(4, 3, 8, 8), torch.arange(4)
    a, b = (pgd_run(model, x, y, PGD(steps=3), stream(0, 0, "pgd")).images for _ in range(2))
    assert torch.equal(a, b)


def test_attacks_on_every_device():
    for device in ["cpu"] + ["cuda"] * torch.cuda.is_available():
        model, x, y = build("wrn-10-1").eval().to(device), torch.rand(4, 3, 8, 8, device=device), torch.arange(4, device=device)
        assert robustness(model, x, y, PGD(steps=2)).runs.shape == (5, 4)


def test_one_walk_serves_all_numbers_of_steps():
    model, x, y = weak_problem(60)
    for pgd in (PGD(eps=.03, step_size=.005, restarts=2), PGD(eps=.3, step_size=.05, restarts=2, norm="l2")):
        attacks = [replace(pgd, steps=s) for s in (9, 1, 4)]
        for a, shared in zip(attacks, robustness_by_steps(model, x, y, attacks, stream(0, 0, "pgd"))):
            alone = robustness(model, x, y, a)
            assert torch.equal(shared.runs, alone.runs) and torch.equal(shared.strict, alone.strict)


def test_the_fast_way_by_steps_is_the_full_one():
    model, x, y = weak_problem(60)
    attacks = [PGD(eps=.03, step_size=.005, steps=s, restarts=2) for s in (9, 1, 4)]
    full, fast = (f(model, x, y, attacks, stream(0, 0, "pgd")) for f in (robustness_by_steps, strict_by_steps))
    assert all(torch.equal(a.strict, b) for a, b in zip(full, fast))


def test_rows_and_points_are_checked():
    assert _row(PGD(), "strict", 1., 5)["eps"] == .031
    for name, values, selections in (("steps", (), SELECTIONS), ("steps", (0, 5), SELECTIONS), ("selections", (1,), ("best",)), ("selections", (1,), ())):
        with pytest.raises(ValueError, match=f"{name} = "): _check_sweep("steps", values, 1, selections)


def test_batches_are_put_together():
    half = lambda model, x, y, attacks, g: [torch.arange(len(y)) < len(y) // 2 for _ in attacks]
    rows = _sweep(None, half, None, torch.rand(7, 3, 2, 2), torch.zeros(7).long(), [PGD(), PGD(steps=1)], ("strict",), None, 4)
    assert [(r["steps"], r["value"], r["n"]) for r in rows] == [(20, 300 / 7, 7), (1, 300 / 7, 7)]


def test_sweep_steps_equals_separate_runs_in_both_selections():
    model, x, y = weak_problem(60)
    pgd, separate = PGD(eps=.03, step_size=.005, restarts=2), {}
    for s in (1, 4, 9):
        g = stream(0, 0, "pgd")
        separate[s] = accuracies([robustness(model, a, b, replace(pgd, steps=s), g) for a, b in zip(x.split(40), y.split(40))])
    both = sweep_steps(model, x, y, pgd, (1, 4, 9), batch_size=40)
    assert {(r["steps"], r["selection"]): r["value"] for r in both} == {(s, k): v for s in separate for k, v in separate[s].items()}
    strict = sweep_steps(model, x, y, pgd, (1, 4, 9), ("strict",), batch_size=40)
    assert strict == [r for r in both if r["selection"] == "strict"] and len({r["value"] for r in strict}) > 1


def test_more_steps_never_raise_the_strict_number():
    model, x, y = trained()
    for pgd in (PGD(eps=.08, step_size=.01, restarts=2), PGD(eps=.5, step_size=.1, restarts=2, norm="l2")):
        values = [r["value"] for r in sweep_steps(model, x, y, pgd, (1, 3, 10, 30), ("strict",))]
        assert values == sorted(values, reverse=True) and values[0] > values[-1]


def test_a_sweep_of_the_strict_number_saves_work():
    model, x, y = weak_problem(60)
    model, pgd, counts = Counting(model), PGD(eps=.05, step_size=.01, restarts=2), []
    for selections in (SELECTIONS, ("strict",)):
        sweep_steps(model, x, y, pgd, (1, 10, 40), selections); counts.append(model.images); model.images = 0
    assert counts[0] > 3 * counts[1] and counts[0] < 60 * (2 * 41 + 1) + 65


def test_steps_scale_with_eps_where_asked():
    assert at_eps(PGD(), .08) == PGD(eps=.08) and at_eps(PGD(), .08, True) == PGD(eps=.08, step_size=.01) and at_eps(PGD(), 0, True) == PGD(eps=0)


def test_nested_balls_are_the_cumulative_worst_case():
    model, x, y = weak_problem(60)
    attacks = [PGD(.01, .004, 5, 2), PGD(.02, .004, 5, 2), PGD(.03, .001, 1, 2)]  # the last one is weak
    alone = [robustness(model, x, y, pgd) for pgd in attacks]
    full, fast = (f(model, x, y, attacks, stream(0, 0, "pgd")) for f in (robustness_by_eps, strict_by_eps))
    for i in range(3):
        worst = torch.stack([a.strict for a in alone[:i + 1]]).all(0)
        assert torch.equal(full[i].strict, worst) and torch.equal(fast[i], worst) and torch.equal(full[i].runs, alone[i].runs)
    assert not torch.equal(worst, alone[2].strict)  # some image fell in a smaller ball and not in the larger one


def test_sweep_eps_equals_separate_runs():
    model, x, y = weak_problem(60)
    pgd, radii = PGD(step_size=.005, steps=4, restarts=2), (.03, .005, .01)
    rows, strict = (sweep_eps(model, x, y, pgd, radii, selections=s, batch_size=40) for s in (SELECTIONS, ("strict",)))
    for r in rows:
        g = stream(0, 0, "pgd")
        alone = accuracies([robustness(model, a, b, replace(pgd, eps=r["eps"]), g) for a, b in zip(x.split(40), y.split(40))])
        assert r["value"] == alone[r["selection"]] if r["selection"] == "run minimum" else r["value"] <= alone["strict"]
    assert strict == [r for r in rows if r["selection"] == "strict"] and [r["eps"] for r in strict] == sorted(radii)


def test_a_larger_radius_never_raises_the_strict_number():
    model, x, y = trained()
    for scaled in (False, True):
        values = [r["value"] for r in sweep_eps(model, x, y, PGD(steps=5, restarts=1), (0, .02, .05, .1, .2, .8), scaled, ("strict",))]
        assert values == sorted(values, reverse=True) and values[0] == 100 * (model(x).argmax(1) == y).double().mean()


def test_impossible_radii_are_refused():
    with pytest.raises(ValueError, match="eps = .*: should be at least one value, each >= 0"): sweep_eps(None, torch.rand(1, 3, 2, 2), torch.zeros(1).long(), eps=(-.1,))


def test_lead_by_hand():
    assert lead(torch.tensor([[3., 1., 2.], [3., 1., 2.]]), torch.tensor([0, 1])).tolist() == [-1, 2]


def test_the_worst_case_is_taken_per_image():
    model, x, y = weak_problem(40)
    pgd = PGD(eps=.01, step_size=.004, steps=2, restarts=4)
    worst, g = lead(model(worst_images(model, x, y, pgd, stream(0, 0, "pgd"))), y), stream(0, 0, "pgd")
    each = torch.stack([lead(model(pgd_run(model, x, y, pgd, g).images), y) for _ in range(4)])
    assert torch.allclose(worst, each.amax(0)) and len(set(each.argmax(0).tolist())) == 4  # every start is the worst of some image


def test_transfer_onto_itself_is_the_white_box_attack():
    model, x, y = weak_problem(40)
    pgd = PGD(eps=.02, step_size=.004, steps=3, restarts=2)
    r, clean = robustness(model, x, y, pgd), model(x).argmax(1) == y
    stands = clean & r.runs.all(0)
    assert transfer(model, model, x, y, pgd) == pytest.approx((100 * (1 - stands.sum() / clean.sum()).item(), 100 * stands.double().mean().item(), int(clean.sum()), 40), abs=1e-4)


def test_transfer_between_linear_models_has_a_closed_form():
    source, x, y = linear_problem()
    target = Linear(); target.w, target.b = source.w + .5 * Linear(5).w, source.b.clone()
    y = torch.where(torch.arange(400) % 3 == 0, 1 - y, y)  # a third of the labels is not what the source says
    side = torch.where(y == 0, 1., -1.).double()
    margin = lambda m: side * (x.flatten(1) @ (m.w[0] - m.w[1]) + m.b[0] - m.b[1])
    after = margin(target) - .02 * (target.w[0] - target.w[1]) @ (source.w[0] - source.w[1]).sign()
    t, both = transfer(source, target.eval(), x, y, PGD(eps=.02, step_size=.005, steps=12, restarts=2)), (margin(target) > 0) & (margin(source) > 0)
    assert 0 < t.fooled < 100 and t.fooled == pytest.approx(100 * ((after <= 0) & both).sum().item() / both.sum().item())
    assert t.robust == pytest.approx(100 * ((after > 0) & (margin(target) > 0)).double().mean().item()) and (t.both, t.n) == (both.sum(), 400)


def test_a_transfer_without_common_images_has_no_share():
    model, x, y = linear_problem()
    t = transfer(model, model, x, 1 - y)
    assert t.fooled != t.fooled and (t.both, t.robust) == (0, 0)


def test_squares_shrink_to_a_pixel():
    sides = [square_side(q, 1000, 32) for q in range(1000)]
    assert sides == sorted(sides, reverse=True) and sides[0] == round(32 * .8 ** .5) == 29 and sides[-1] == 1


def test_random_squares_are_squares_anywhere():
    mask, sign = random_squares(torch.zeros(500, 3, 6, 5), 2, stream(0, 0, "square"))
    assert (mask.sum((1, 2, 3)) == 4).all() and (mask.any(2).sum(2) == 2).all() and (mask.any(3).sum(2) == 2).all()
    assert mask.any(0).all() and sign.shape == (500, 3, 1, 1) and set(sign.flatten().tolist()) == {-1., 1.}


def test_stripes_are_vertical():
    v = stripes(torch.full((9, 3, 4, 5), .5), .1, stream(0, 0, "square")) - .5
    assert torch.allclose(v.abs(), torch.tensor(.1)) and torch.equal(v, v[:, :, :1].expand_as(v)) and len(v[:, 0, 0].unique(dim=0)) > 4


def test_square_approaches_the_closed_form_from_above():
    model, x, y = linear_problem(150)
    exact = model.worst_margin(x, y, .02) > 0
    few, many = (square_robustness(model, x, y, .02, q) for q in (10, 3000))
    assert (exact <= many).all() and (many ^ exact).sum() <= 8 and many.sum() < few.sum()


def test_square_knows_clean_errors_and_repeats():
    model, x, y = weak_problem(40)
    assert torch.equal(square_robustness(model, x, y, 0., 5), model(x).argmax(1) == y)
    assert not square_robustness(model, x, (model(x).argmax(1) + 1) % 10, 0., 5).any()
    with pytest.raises(ValueError, match="eps = -1: should be >= 0"): square_robustness(model, x, y, -1)
    assert torch.equal(square_robustness(model, x, y, .02, 20), square_robustness(model, x, y, .02, 20))


def test_images_that_square_has_brought_down_leave():
    model, x, y = linear_problem(40)
    counting = Counting(model)
    stands = square_robustness(counting, x, y, .1, 100)
    assert not stands.any() and counting.images < 20 * len(x)  # 100 queries, and nearly all fall at once


def test_a_missing_library_says_which_extra():
    with patch.dict(sys.modules, {"pyautoattack": None}):
        with pytest.raises(ImportError, match=r"pyautoattack is not installed.*noisekd\[attacks\]"): _library("pyautoattack", "attacks")
    assert _library("statistics", "attacks") is statistics


def test_impossible_autoattacks_are_refused():
    for attacks, message in (((), "should be some of"), (("pgd",), "should be some of"), (AUTOATTACK, "the DLR loss needs 4 classes, the model has 3")):
        with pytest.raises(ValueError, match=message): _check_autoattack(attacks, 3)
    _check_autoattack(AUTOATTACK, 4)


def test_autoattack_is_the_closed_form_on_a_linear_model():
    model, x, y = linear_problem(100)
    before = torch.random.get_rng_state()
    for norm, p in (("linf", 1), ("l2", 2)):
        found = autoattack(model, x, y, .02 if p == 1 else .1, norm, ("apgd-ce",))
        assert torch.equal(found, model.worst_margin(x, y, .02 if p == 1 else .1, p) > 0) and 0 < found.sum() < 100
    assert torch.equal(before, torch.random.get_rng_state())


def test_autoattack_takes_few_classes_and_gives_the_trace_back():
    model, x, y = linear_problem(20)
    hook, before = lambda *a: None, sys.gettrace()
    sys.settrace(hook)
    try: found, after = autoattack(model, x, y, .02, attacks=("fab-t",)), sys.gettrace()  # two classes, one target
    finally: sys.settrace(before)
    assert after is hook and (found >= (model.worst_margin(x, y, .02) > 0)).all() and not found.all()


def test_a_suspect_has_all_that_a_check_needs():
    s = suspect(trained()[0], PGD())
    assert strict_robustness(*s).shape == s.y.shape


def test_only_masked_models_stand_without_a_bound():
    model = trained()[0]
    for norm in ("linf", "l2"):
        assert unbounded_finding(suspect(model, PGD(), norm)).passed and not unbounded_finding(suspect(Masked(model), PGD(), norm)).passed


def test_without_a_bound_there_are_enough_steps():
    seen, ask = [], lambda s: unbounded_finding(Suspect(None, torch.zeros(2, 3, 4, 4), torch.zeros(2), s, None))
    with patch.dict(unbounded_finding.__globals__, strict_robustness=lambda *s: seen.append(s[3]) or torch.tensor([False])): ask(PGD()), ask(PGD(steps=100, norm="l2"))
    assert seen == [PGD(1., .05, 50, 2), PGD(48 ** .5, 2.5 * 48 ** .5 / 100, 100, 2, "l2")]


def test_steps_that_help_the_defender_are_found():
    model, x, y = linear_problem()
    ask = lambda m: steps_finding(Suspect(m, x, y, PGD(eps=.2, step_size=.002, steps=2), stream(0, 0, "pgd")))
    good, bad = ask(model), ask(Misled(model))
    assert good.passed and good.numbers["five times the steps"] < good.numbers["steps"]
    assert not bad.passed and bad.numbers["five times the steps"] > bad.numbers["steps"] + 1


def test_ripples_catch_small_steps():
    f = one_step_finding(suspect(trained()[0], PGD(eps=.1, step_size=.02)))
    assert f.passed and 0 < f.numbers["many steps"] < f.numbers["one step"] < 100
    assert not one_step_finding(Suspect(Rippled().eval(), *two_blocks(), PGD(eps=.3, step_size=.003), stream(0, 0, "pgd"))).passed


def test_saturated_and_rounded_models_have_no_gradients():
    model = trained()[0]
    numbers = [gradient_finding(suspect(m, PGD())).numbers["zero"] for m in (model, Masked(model), Rounded(model))]
    assert numbers[0] == 0 and numbers[1] > 50 and numbers[2] == 100


def test_only_masked_models_fear_the_black_box_more():
    model, pgd = trained()[0], PGD(eps=.12, step_size=.01, restarts=2)
    assert black_box_finding(suspect(model, pgd), 200).passed
    assert not black_box_finding(suspect(Masked(model), pgd), 200).passed and not black_box_finding(suspect(Rounded(model), pgd), 200).passed


def test_a_normal_network_passes_and_masked_ones_fail_where_they_should():
    model, x, y = trained()
    failed = lambda m, pgd: {f.name for f in masking_findings(m, x, y, pgd, queries=200) if not f.passed}
    pgd = PGD(eps=.12, step_size=.01, restarts=2)
    assert failed(model, pgd) == failed(model, replace(pgd, norm="l2", eps=.5, step_size=.1)) == set()
    assert failed(Masked(model), pgd) == failed(Rounded(model), pgd) == {"unbounded", "gradients", "black box"}
    with pytest.raises(ValueError, match="eps = 0"): masking_findings(model, x, y, PGD(eps=0))


def test_foolbox_finds_the_same_images():
    import foolbox
    model, x, y = weak_problem(30)
    for pgd in (PGD(eps=.03, step_size=.004, steps=10), PGD(eps=.4, step_size=.1, steps=10, norm="l2")):
        ours = pgd_run(model, x, y, pgd, stream(0, 0, "pgd")).images
        starts = iter([random_start(x, pgd, stream(0, 0, "pgd"))])
        theirs = foolbox_attack(pgd, starts)(foolbox.PyTorchModel(model, bounds=(0, 1), device="cpu"), x, y, epsilons=pgd.eps)[1]
        assert (ours - theirs).abs().max() < 1e-5 and (ours - x).abs().max() > .01


def test_seconds_are_seconds():
    def busy(until=.05):
        start = time.process_time()
        while time.process_time() - start < until: pass
    (slept, idle), (_, worked) = (_seconds(f, torch.device("cpu")) for f in (lambda: time.sleep(.05), busy))
    assert slept > .05 > idle and .05 <= worked < .2


def test_foolbox_s_verdicts_are_those_of_our_runs():
    model, x, y = weak_problem(40)
    pgd, g = PGD(eps=.02, step_size=.004, steps=5, restarts=3), stream(0, 0, "pgd")
    stands, _ = _foolbox_verdicts(model, [(x, y)], pgd, [random_start(x, pgd, g) for _ in range(3)])
    assert torch.equal(stands, robustness(model, x, y, pgd).runs.all(0)) and 0 < stands.sum() < 40 and all(p.grad is None for p in model.parameters())


def test_disagreement_is_an_error():
    model, x, y = weak_problem(20)
    pgd, g = PGD(eps=.02, step_size=.004, steps=5, restarts=1), stream(0, 0, "pgd")
    start = random_start(x, pgd, stream(0, 0, "pgd"))
    assert _equal_results(model, [(x, y)], pgd, [start], g)["equal_pixels"] == 100
    with pytest.raises(RuntimeError, match="do not agree: .'equal_pixels'"): _equal_results(model, [(x, y)], pgd, [start.flip(0)], stream(0, 0, "pgd"))


def test_turns_are_timed():
    rows = _take_turns({"long": lambda: time.sleep(.1), "short": lambda: time.sleep(.02)}, 3, torch.device("cpu"))
    assert rows[0]["ratio"] == rows[0]["cpu_ratio"] == 1 and all(r["fastest"] <= r["seconds"] <= r["slowest"] for r in rows)
    assert rows[0]["seconds"] >= .1 and rows[1]["ratio"] > 1.5 and rows[0]["cpu"] < .05


def test_the_benchmark_compares_equal_results():
    model, x, y = trained()
    before = [p.grad is None for p in model.parameters()]
    rows = benchmark_attacks(model, x, y, PGD(eps=.14, step_size=.03, steps=10, restarts=2), repeats=1, batch_size=60)
    assert [r["side"] for r in rows] == ["foolbox", "run minimum", "strict"] and rows[0]["ratio"] == 1 and rows[0]["other_verdicts"] <= 1
    assert rows[2]["accuracy"] <= rows[0]["accuracy"] <= rows[1]["accuracy"] and [p.grad is None for p in model.parameters()] == before


def test_every_way_in_refuses_bad_images():
    x, y = torch.rand(4, 3, 4, 4), torch.arange(4)
    for bad, message in ((x.index_fill(0, torch.tensor([3]), torch.nan), "from nan"), (x * 255, "should be floats in"), (x - 1, "should be floats in"), (x.mul(255).byte(), "torch.uint8"), (x.round().long(), "torch.int64 from"),
                         (x[0], "should be N x C x H x W"), (x[..., 0], "should be N x C x H x W"), (x[:0], "there are none"), (x * torch.inf, "should be floats in")):
        for name, f in WAYS_IN.items():
            with pytest.raises(ValueError, match=message): f(tiny(), bad, y[:len(bad)]); pytest.fail(name)


def test_every_way_in_refuses_bad_labels():
    x, y = torch.rand(4, 3, 4, 4), torch.arange(4)
    for bad, message in ((y + 1, "labels reach from 1 to 4; should be 0..3"), (y - 1, "labels reach from -1 to 2"), (y[:3], "labels are"), (y.float(), "labels are torch.float32"), (y.byte(), "labels are torch.uint8"), (F.one_hot(y), "labels are")):
        for name, f in WAYS_IN.items():
            with pytest.raises(ValueError, match=message): f(tiny(), x, bad); pytest.fail(name)


def test_every_way_in_refuses_a_model_in_train_mode_or_without_logits():
    x, y, broken = torch.rand(4, 3, 4, 4), torch.arange(4), tiny()
    broken[1].bias.data[0] = torch.nan
    for model, message in ((tiny().train(), "train mode"), (broken, "not finite"), (nn.Flatten(0).eval(), "should be logits, N x C")):
        for name, f in WAYS_IN.items():
            with pytest.raises(ValueError, match=message): f(model, x, y); pytest.fail(name)


def test_impossible_radii_and_steps_are_refused_everywhere():
    x, y = torch.rand(4, 3, 4, 4), torch.arange(4)
    for name, bad, message in (("square_robustness", dict(eps=-1), "eps = -1"), ("square_robustness", dict(queries=0), "queries = 0"), ("autoattack", dict(eps=-1), "eps = -1"), ("autoattack", dict(norm="l1"), "norm = 'l1'"), ("sweep_eps", dict(eps=(.1, -1)), "eps = "),
                               ("sweep_steps", dict(steps=(5, 0)), "steps = "), ("sweep_steps", dict(steps=(2.5,)), "steps = 2.5"), ("sweep_eps", dict(eps=(float("nan"),)), "eps = "), ("masking_findings", dict(queries=0), "queries = 0"), ("masking_findings", dict(pgd=PGD(eps=0)), "eps = 0")):
        with pytest.raises(ValueError, match=message): WAYS_IN[name](tiny(), x, y, **bad)

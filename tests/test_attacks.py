"Exported from nbs/20_attacks.ipynb by `noisekd export`; edit the notebook."

import pytest, torch
from dataclasses import dataclass
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from noisekd.data import full_float32, stream
from noisekd.data import available
from noisekd.attacks import *
import pytest, scipy.stats
from dataclasses import replace
from noisekd.data import load, subset, to_float
from noisekd.models import build
from noisekd.objective import Objective
from noisekd.training import Recipe, fit
torch.manual_seed(0)
class Gap(nn.Module):
    "Class 1 where the mean of the image lies between 0.505 and 0.515, else class 0; the gradient always points upwards."
    def forward(self, x):
        mean = x.mean((1, 2, 3))
        inside = ((mean > .505) & (mean < .515)).float()
        return torch.stack([1 - 2 * inside - mean, torch.zeros_like(mean)], 1)
class Linear(nn.Module):
    "A two-class linear model on 3 x 4 x 4 images, with its known worst-case margin."
    def __init__(self, seed=0):
        super().__init__()
        g = torch.Generator().manual_seed(seed)
        self.w, self.b = torch.randn(2, 48, generator=g, dtype=torch.double), torch.zeros(2, dtype=torch.double)
    def forward(self, x): return x.flatten(1) @ self.w.T + self.b
    def worst_margin(self, x, y, eps):
        d = self.w[y] - self.w[1 - y]
        return (d * x.flatten(1)).sum(1) + (self.b[y] - self.b[1 - y]) - eps * d.abs().sum(1)
def linear_problem(n=400):
    "The model, n images away from 0 and 1, and the labels the model gives them."
    model, g = Linear().eval(), torch.Generator().manual_seed(1)
    x = .2 + .6 * torch.rand(n, 3, 4, 4, generator=g, dtype=torch.double)
    model.b[1] = (x.flatten(1) @ (model.w[0] - model.w[1])).median() + 1e-3  # classes of equal size, no image on the border
    return model, x, model(x).argmax(1)
def trained(seed=0):
    "A small digit network and 100 test images with their labels."
    model = build("wrn-10-1", seed=seed)
    fit(model, load("digits"), Objective(alpha=0), Recipe(epochs=6, milestones=(4,), augment="crop", pad=1), seed)
    test = subset(load("digits", "test"), 100)
    return model.eval(), to_float(test.images), test.labels


@pytest.fixture(autouse=True)
def seeded(): torch.manual_seed(0)


def test_impossible_attacks_are_refused():
    for field, value in (("eps", -.1), ("eps", float("nan")), ("step_size", 0), ("steps", 0), ("restarts", 0)):
        with pytest.raises(ValueError, match=f"{field} = {value}"): PGD(**{field: value})


def test_the_gradient_is_the_image_s_own():
    model, x, y = build("wrn-10-1").eval(), torch.rand(4, 3, 8, 8), torch.arange(4)
    logits, grad = input_gradient(model, x, y)
    alone = torch.cat([input_gradient(model, x[i:i + 1], y[i:i + 1])[1] for i in range(4)])
    assert torch.allclose(grad, alone, atol=1e-6) and torch.allclose(logits, model(x), atol=1e-6)
    assert all(p.grad is None for p in model.parameters())


def test_projection_is_nearest_and_idempotent():
    x, z = torch.rand(1000), torch.randn(1000)
    p = project(z, x, .1)
    assert ((p - x).abs() <= .1 + 1e-7).all() and p.min() >= 0 and p.max() <= 1 and torch.equal(project(p, x, .1), p)
    grid = torch.linspace(0, 1, 2001)[:, None].expand(-1, 1000)
    best = torch.where((grid - x).abs() <= .1, (grid - z).abs(), torch.inf).min(0).values
    assert ((p - z).abs() <= best + 1e-6).all()


def test_starts_are_uniform_in_the_ball():
    x, g = torch.full((10, 3, 32, 32), .5), stream(0, 0, "pgd")
    a, b = ((random_start(x, .1, g) - x).flatten() for _ in range(2))
    assert scipy.stats.kstest(a.numpy(), "uniform", (-.1, .2)).pvalue > 1e-6 and not torch.equal(a, b)


def test_pgd_never_leaves_the_ball():
    model, x, y = build("wrn-10-1").eval(), torch.rand(8, 3, 8, 8).round(decimals=1), torch.arange(8)
    for pgd in (PGD(), PGD(eps=.3, step_size=.5, steps=3), PGD(eps=0)):
        z = pgd_run(model, x, y, pgd, stream(0, 0, "pgd")).images
        assert ((z - x).abs().max() <= pgd.eps + 1e-6) and z.min() >= 0 and z.max() <= 1


def test_failing_on_the_way_is_seen_by_the_strict_question_only():
    x, y = torch.full((1, 3, 8, 8), .5), torch.zeros(1, dtype=torch.long)
    run = pgd_run(Gap().eval(), x, y, PGD(eps=.03, step_size=.004, steps=20), stream(0, 0, "pgd"))
    assert not run.wrong_at_end and run.wrong_anywhere


def test_meaningless_attacks_are_refused():
    model, x = build("wrn-10-1").eval(), torch.rand(4, 3, 8, 8)
    with pytest.raises(ValueError, match="train mode"): check_attackable(build("wrn-10-1").train(), x)
    with pytest.raises(ValueError, match="should be floats in"): check_attackable(model, x * 255)
    with pytest.raises(ValueError, match="torch.uint8 from 0 to 0"): check_attackable(model, x.byte())
    with pytest.raises(ValueError, match="from nan"): check_attackable(model, x / 0 * 0)


def test_every_start_counts_and_clean_errors_count():
    model, x, y = build("wrn-10-1").eval(), torch.rand(6, 3, 8, 8), torch.arange(6)
    r = robustness(model, x, y, PGD(eps=0, steps=1))
    right = model(x).argmax(1) == y
    assert r.runs.shape == (5, 6) and torch.equal(r.strict, right) and all(torch.equal(run, right) for run in r.runs)


def test_accuracies_by_hand():
    t = lambda *v: torch.tensor(v, dtype=torch.bool)
    a = Robustness(torch.stack([t(0, 1), t(1, 1)]), t(0, 1))
    b = Robustness(torch.stack([t(1, 0), t(0, 1)]), t(1, 0))
    assert accuracies([a, b]) == {"run minimum": 50.0, "strict": 50.0}


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

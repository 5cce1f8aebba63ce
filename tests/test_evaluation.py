"Exported from nbs/22_evaluation.ipynb by `noisekd export`; edit the notebook."

import pytest, torch
from contextlib import contextmanager
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from noisekd.attacks import PGD, accuracies, check_attackable, robustness
from noisekd.corruptions import corrupt
from noisekd.data import DataError, ImageSet, full_float32, stream, subset, to_float
from noisekd.data import available
from noisekd.evaluation import *
import pytest
from noisekd.data import load
from noisekd.models import build
torch.manual_seed(0)
class Always(nn.Module):
    "Says one class, whatever it sees."
    def __init__(self, k): super().__init__(); self.k = k
    def forward(self, x): return 5. * F.one_hot(torch.full((len(x),), self.k), 10) + 0 * x.flatten(1)[:, :10]


@pytest.fixture(autouse=True)
def seeded(): torch.manual_seed(0)


def test_every_layer_gets_its_mode_back():
    from noisekd.noise import teaching_mode
    model = teaching_mode(build("wrn-10-1", dropout=.3), fickle=True)
    modes = [m.training for m in model.modules()]
    with judged(model): assert not any(m.training for m in model.modules())
    assert [m.training for m in model.modules()] == modes and any(modes) and not all(modes)


def test_batches_are_in_order():
    data = load("digits", "test")
    assert torch.equal(torch.cat([y for _, y in batches(data, 100)]), data.labels)


def test_prediction_gives_the_mode_back_and_ignores_batches():
    model, test = build("wrn-10-1").train(), load("digits", "test")
    a, b = predict(model, test), predict(model, test, batch_size=100)
    assert model.training and torch.allclose(a, b, atol=1e-5) and len(a) == 497


def test_accuracy_by_hand():
    logits = torch.tensor([[0., 0.], [2., 0.], [0., 5.], [1., 0.]])
    assert accuracy(logits, torch.tensor([0, 0, 0, 1])) == 50.0


def test_ignorance_costs_log_ten():
    assert nll(torch.zeros(7, 10), torch.arange(7)) == pytest.approx(2.302585, abs=1e-6)


def test_the_default_attack_is_the_paper_s():
    pgd = Suite().pgd
    assert (pgd.eps, pgd.step_size, pgd.steps, pgd.restarts, Suite().batch_size) == (.031, .003, 20, 5, 200)


def test_attack_rows_say_how_many_images():
    rows = attack_rows(build("wrn-10-1").eval(), load("digits", "test"), Suite(PGD(steps=1, restarts=1), attack_images=40))
    assert [(r["condition"], r["n"]) for r in rows] == [("run minimum", 40), ("strict", 40)]


def test_a_constant_model_has_known_rows():
    test = load("digits", "test")
    suite = Suite(PGD(steps=2, restarts=2), corruptions=(("gaussian_noise", 5), ("contrast", 1)))
    rows = evaluate(Always(3).train(), test, suite)
    share = 100 * (test.labels == 3).double().mean().item()
    assert {round(r["value"], 9) for r in rows if r["metric"] != "nll"} == {round(share, 9)}
    assert [r["metric"] for r in rows] == ["test_acc", "nll", "corruption_acc", "corruption_acc", "pgd_acc", "pgd_acc"]
    assert all(r["n"] == 497 for r in rows)


def test_a_broken_model_is_refused():
    class Broken(Always):
        def forward(self, x): return super().forward(x) / 0
    with pytest.raises(DataError, match="not finite"): evaluate(Broken(1), load("digits", "test"))


def test_more_starts_only_find_more_over_batches():
    from noisekd.objective import Objective
    from noisekd.training import Recipe, fit
    model, test = build("wrn-10-1"), subset(load("digits", "test"), 200)
    fit(model, load("digits"), Objective(alpha=0), Recipe(epochs=4, milestones=(3,), augment="crop", pad=1), 0)
    strict = [attack_rows(model.eval(), test, Suite(PGD(.1, .02, 3, r), batch_size=20), 2)[1]["value"] for r in (1, 2, 3, 4)]
    assert strict == sorted(strict, reverse=True) and strict[0] > strict[-1]


def test_evaluation_repeats():
    suite = Suite(PGD(eps=.1, step_size=.05, steps=2, restarts=2), attack_images=60, corruptions=(("gaussian_noise", 3),))
    a, b = (evaluate(build("wrn-10-1"), load("digits", "test"), suite) for _ in range(2))
    assert a == b and {r["n"] for r in a} == {497, 60}

"Exported from nbs/12_objective.ipynb by `noisekd export`; edit the notebook."

import pytest, torch
from dataclasses import dataclass
from typing import Literal, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from noisekd.data import stream
from noisekd.losses import Direction, hinton
from noisekd.noise import gaussian, random_targets, teaching_mode
from noisekd.data import available
from noisekd.objective import *
import pytest, scipy.stats
from noisekd.models import build
torch.manual_seed(0)


@pytest.fixture(autouse=True)
def seeded(): torch.manual_seed(0)


def test_defaults_are_the_papers():
    assert (Objective().alpha, Objective().tau, Objective().kl, Objective().clip) == (.9, 4., "teacher||student", False)


def test_every_method_has_a_source_and_known_needs():
    assert all(m.source and set(m.uses) <= {"sigma", "target_noise"} and (m.teacher or not m.fickle) for m in METHODS.values())


def test_methods_are_found_joined_and_refused():
    assert find_method("sr+mc").uses == ("sigma", "target_noise") and find_method("sr+ft").fickle
    for wrong in ("dkd", "sr+baseline", "sr+sr", ""):
        with pytest.raises(ValueError, match="method = "): find_method(wrong)


def test_the_noises_have_streams_of_their_own():
    a, b = draws(0, 0), draws(0, 0)
    torch.rand(100, generator=a.target_noise)
    assert torch.equal(torch.rand(5, generator=a.input_noise), torch.rand(5, generator=b.input_noise))


def test_supervision_records_no_graph():
    teacher = build("wrn-10-1", dropout=0.3).train()
    steady, fickle = Objective(), Objective(fickle=True)
    x = torch.rand(4, 3, 8, 8)
    assert not supervision(steady, teacher, x).requires_grad
    assert torch.equal(supervision(steady, teacher, x), supervision(steady, teacher, x))
    assert not torch.equal(supervision(fickle, teacher, x), supervision(fickle, teacher, x))


def test_batch_loss_is_the_equation():
    student, teacher = build("wrn-10-1", seed=0).eval(), build("wrn-16-1", seed=1)
    x, y, o = torch.rand(16, 3, 8, 8), torch.arange(16) % 10, Objective(alpha=.7, tau=3., sigma=.1, target_noise=.5)
    loss, d = batch_loss(o, student, teacher, x, y, draws(5, 2)), draws(5, 2)
    s = student(x + .1 * torch.randn(x.shape, generator=d.input_noise)).log_softmax(1)
    messy = torch.rand(16, generator=d.target_noise) < .5
    y2 = torch.where(messy, torch.randint(0, 10, (16,), generator=d.target_noise), y)
    t, s3 = (teacher(x) / 3).softmax(1), (s / 3).log_softmax(1)
    by_hand = .3 * -s[range(16), y2].mean() + .7 * 9 * (t * (t.log() - s3)).sum(1).mean()
    assert loss.total.item() == pytest.approx(by_hand.item(), rel=1e-4)


def test_the_teacher_is_left_as_it_was():
    student, teacher = build("wrn-10-1").train(), build("wrn-10-1", dropout=.3, seed=1)
    state = {k: v.clone() for k, v in teacher.state_dict().items()}
    x, y = torch.rand(8, 3, 8, 8), torch.arange(8)
    batch_loss(Objective(fickle=True), student, teacher, x, y, draws(0, 0)).total.backward()
    assert all(p.grad is None for p in teacher.parameters()) and all(p.grad is not None for p in student.parameters())
    assert all(torch.equal(v, state[k]) for k, v in teacher.state_dict().items()) and student.training
    with pytest.raises(ValueError, match="alpha = 0.9: needs a teacher"): batch_loss(Objective(), student, None, x, y, draws(0, 0))


def test_without_alpha_the_teacher_is_not_asked():
    def teacher(x): raise AssertionError("asked")
    x, y = torch.rand(8, 3, 8, 8), torch.arange(8)
    loss = batch_loss(Objective(alpha=0), build("wrn-10-1"), teacher, x, y, draws(0, 0))
    assert loss.kd == 0 and torch.equal(loss.total, loss.ce)

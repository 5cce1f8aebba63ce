"Exported from nbs/10_losses.ipynb by `noisekd export`; edit the notebook."

import pytest, torch
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor
from noisekd.data import available
from noisekd.losses import *
import math
import pytest
torch.manual_seed(0)


@pytest.fixture(autouse=True)
def seeded(): torch.manual_seed(0)


def test_hinton_by_hand():
    s, t = torch.zeros(3, 2), torch.tensor([[2 * math.log(3), 0.]]).repeat(3, 1)
    assert hinton(s, t, 2.).item() == pytest.approx(4 * (.75 * math.log(1.5) + .25 * math.log(.5)), rel=1e-5)
    assert hinton(s, t, 2., "student||teacher").item() == pytest.approx(4 * (.5 * math.log(2 / 3) + .5 * math.log(2)), rel=1e-5)


def test_hinton_equals_a_double_loop():
    g = torch.Generator().manual_seed(0)
    s, t = torch.randn(2, 5, 10, generator=g, dtype=torch.double) * 3
    for tau in (1., 4., 20.):
        p, q = (s / tau).softmax(1), (t / tau).softmax(1)
        loop = sum(float(q[n, c] * (q[n, c] / p[n, c]).log()) for n in range(5) for c in range(10)) / 5 * tau ** 2
        assert hinton(s, t, tau).item() == pytest.approx(loop, rel=1e-9)


def test_hinton_invariances():
    s, t = torch.randn(4, 10, requires_grad=True), torch.randn(4, 10, requires_grad=True)
    assert hinton(s, s.detach()).abs() < 1e-6
    assert torch.allclose(hinton(s + 5, t - 3), hinton(s, t), atol=1e-5)
    hinton(s, t).backward()
    assert s.grad is not None and t.grad is None


def test_hinton_gradcheck():
    s, t = torch.randn(2, 3, 10, dtype=torch.double)
    for kl in ("teacher||student", "student||teacher"):
        assert torch.autograd.gradcheck(lambda z: hinton(z, t, 4., kl), s.requires_grad_())


def test_hinton_at_high_temperature_is_a_squared_distance():
    z, v = torch.randn(2, 8, 10, dtype=torch.double)
    d = (z - z.mean(1, True)) - (v - v.mean(1, True))
    assert hinton(z, v, 1e4).item() == pytest.approx(d.pow(2).sum(1).mean().item() / 20, rel=1e-3)


def test_hinton_is_finite_and_picky():
    extreme = torch.tensor([[1e4, -1e4, 0.]])
    assert hinton(extreme, -extreme, 1.).isfinite() and hinton(extreme.bfloat16(), -extreme.bfloat16()).dtype == torch.float32
    with pytest.raises(ValueError, match="kl = 'both'"): hinton(extreme, extreme, kl="both")

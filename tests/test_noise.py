"Exported from nbs/11_noise.ipynb by `noisekd export`; edit the notebook."

import pytest, torch
from typing import Literal

import torch
from torch import Tensor, nn
from noisekd.data import available
from noisekd.noise import *
import pytest, scipy.stats
from noisekd.data import stream
from noisekd.models import build
torch.manual_seed(0);


@pytest.fixture(autouse=True)
def seeded(): torch.manual_seed(0)


def test_gaussian_adds_noise_of_the_stated_std():
    for level in (0.25, 0.75):
        x = torch.full((100, 3, 32, 32), level)
        delta = (gaussian(x, 0.1, stream(0, 0, "a")) - x).flatten()[:300_000].numpy()
        assert scipy.stats.kstest(delta / 0.1, "norm").pvalue > 1e-6


def test_gaussian_at_the_ends():
    x = torch.full((2, 3, 8, 8), .5)
    assert gaussian(x, 0., stream(0, 0, "a")) is x
    assert gaussian(x, 0.5, stream(0, 0, "a"), clip=True).aminmax() == (0, 1)
    with pytest.raises(ValueError, match="sigma = -0.1"): gaussian(x, -0.1, stream(0, 0, "a"))


def test_a_fickle_teacher_varies_and_its_batchnorm_stays():
    teacher, x = build("wrn-10-1", dropout=0.4), torch.rand(4, 3, 8, 8)
    state = {k: v.clone() for k, v in teacher.state_dict().items()}
    teaching_mode(teacher, fickle=True)
    assert not torch.equal(teacher(x), teacher(x))
    assert all(torch.equal(v, state[k]) for k, v in teacher.state_dict().items())  # no running average moved
    teaching_mode(teacher, fickle=False)
    assert torch.equal(teacher(x), teacher(x))


def test_the_other_reading_moves_batchnorm():
    teacher, x = build("wrn-10-1", dropout=0.4), torch.rand(4, 3, 8, 8)
    before = teacher.bn.running_mean.clone()
    teaching_mode(teacher, fickle=True, batchnorm="train")(x)
    assert not torch.equal(before, teacher.bn.running_mean)
    with pytest.raises(ValueError, match="teacher_batchnorm = 'off'"): teaching_mode(teacher, True, "off")


def test_fickle_answers_are_right_on_average():
    layer, h, n = nn.Sequential(nn.Dropout(0.4)), torch.rand(64, generator=stream(0, 0, "h")), 20_000
    torch.manual_seed(0)
    answers = teaching_mode(layer, True)(h.repeat(n, 1))
    z = (answers.mean(0) - h) / (h * (0.4 / 0.6 / n) ** .5)
    assert z.abs().max() < scipy.stats.norm.isf(1e-6 / 64 / 2)


def test_random_targets_have_rate_and_range():
    y, g = torch.zeros(100_000, dtype=torch.long), stream(0, 0, "target_noise")
    a, b = (random_targets(y, 0.2, 10, g) for _ in range(2))
    assert not torch.equal(a, b)
    counts = torch.bincount(a, minlength=10)
    assert len(counts) == 10 and scipy.stats.binomtest(int(counts[1:].sum()), 100_000, 0.18).pvalue > 1e-6
    assert scipy.stats.chisquare(counts[1:].numpy()).pvalue > 1e-6


def test_random_targets_at_the_ends():
    y, g = torch.full((50_000,), 3), stream(0, 0, "target_noise")
    assert torch.equal(random_targets(y, 0., 10, g), y)
    every = torch.bincount(random_targets(y, 1., 10, g), minlength=10)
    assert scipy.stats.chisquare(every.numpy()).pvalue > 1e-6  # uniform over all classes; false-alarm rate 1e-6
    with pytest.raises(ValueError, match="target_noise = 1.2"): random_targets(y, 1.2, 10, g)


def test_small_batches_are_noisy_too():
    g = stream(0, 0, "target_noise")
    changed = sum(random_targets(torch.zeros(1, dtype=torch.long), 0.2, 10, g).item() > 0 for _ in range(5000))
    assert scipy.stats.binomtest(changed, 5000, 0.18).pvalue > 1e-6  # false-alarm rate 1e-6

"Exported from nbs/21_corruptions.ipynb by `noisekd export`; edit the notebook."

import pytest, torch
import torch
from torch import Tensor

from noisekd.data import stream
from noisekd.data import available
from noisekd.corruptions import *
import pytest, scipy.stats
from noisekd.data import load, to_float


@pytest.fixture(autouse=True)
def seeded(): torch.manual_seed(0)


def test_corruption_noise_has_the_stated_std():
    x = torch.full((50, 3, 32, 32), .5)
    delta = (gaussian_noise(x, .08, stream(0, 0, "c")) - x).flatten().numpy()
    assert scipy.stats.kstest(delta / .08, "norm").pvalue > 1e-6
    assert gaussian_noise(x * 2, .1, stream(0, 0, "c")).max() <= 1


def test_contrast_scales_deviations():
    x = torch.rand(4, 3, 8, 8, generator=stream(0, 0, "test"))
    y = contrast(x, .4)
    assert torch.allclose(y.mean((2, 3)), x.mean((2, 3)), atol=1e-6)
    assert torch.allclose(y.std((2, 3)), .4 * x.std((2, 3)), atol=1e-6)
    assert torch.allclose(contrast(x, 1.), x, atol=1e-6)


def test_corruptions_are_seeded_quantised_and_named():
    x = torch.rand(4, 3, 8, 8)
    for name in CORRUPTIONS:
        far = [(corrupt(x, name, s) - x).abs().mean() for s in (1, 2, 3, 4, 5)]
        assert far == sorted(far) and far[0] > 0  # worse with severity
        assert torch.equal(corrupt(x, name, 3), corrupt(x, name, 3))
        levels = corrupt(x, name, 3) * 255
        assert torch.allclose(levels, levels.round(), atol=1e-3)
    with pytest.raises(ValueError, match="corruption = 'rain'.*contrast"): corrupt(x, "rain", 1)
    for severity in (0, 6):
        with pytest.raises(ValueError, match=f"severity = {severity}"): corrupt(x, "contrast", severity)

"Exported from nbs/01_models.ipynb by `noisekd export`; edit the notebook."

import pytest, torch
import re
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from noisekd.data import stream_seed
from noisekd.data import available
from noisekd.models import *
from noisekd.models import _group
from noisekd.models import _initialise
import pytest
torch.manual_seed(0)
def functional_wrn(s, x, n):
    bn = lambda k, h: F.batch_norm(h, s[k + ".running_mean"], s[k + ".running_var"], s[k + ".weight"], s[k + ".bias"])
    h = F.conv2d(x, s["stem.weight"], padding=1)
    for g in range(3):
        for b in range(n):
            k, stride = f"groups.{g}.{b}.", 2 if g and b == 0 else 1
            a = F.relu(bn(k + "bn1", h))
            r = F.conv2d(a, s[k + "conv1.weight"], stride=stride, padding=1)
            r = F.conv2d(F.relu(bn(k + "bn2", r)), s[k + "conv2.weight"], padding=1)
            h = r + (F.conv2d(a, s[k + "shortcut.weight"], stride=stride) if k + "shortcut.weight" in s else h)
    h = F.relu(bn("bn", h)).mean((2, 3))
    return F.linear(h, s["linear.weight"], s["linear.bias"])


@pytest.fixture(autouse=True)
def seeded(): torch.manual_seed(0)


def test_a_silent_block_is_its_shortcut():
    x = torch.randn(2, 16, 8, 8)
    same, wider = Block(16, 16, 1, 0.), Block(16, 32, 2, 0.)
    nn.init.zeros_(same.conv2.weight); nn.init.zeros_(wider.conv2.weight)
    assert torch.equal(same(x), x)
    assert torch.equal(wider(x), wider.shortcut(F.relu(wider.bn1(x)))) and wider(x).shape == (2, 32, 4, 4)


def test_dropout_lies_between_second_relu_and_second_conv():
    import scipy.stats
    block, x = Block(16, 16, 1, 0.4).eval(), torch.randn(8, 16, 16, 16)
    block.dropout.train()
    given = []
    block.conv2.register_forward_pre_hook(lambda module, args: given.append(args[0]))
    block(x)
    h = F.relu(block.bn2(block.conv1(F.relu(block.bn1(x)))))
    on, kept = h > 0, given[0] > 0
    assert torch.allclose(given[0][kept], h[kept] / 0.6)
    assert scipy.stats.binomtest(int((on & ~kept).sum()), int(on.sum()), 0.4).pvalue > 1e-6


def test_a_group_changes_shape_once():
    group = _group(16, 32, 3, 2, 0.)
    assert [b.shortcut is None for b in group] == [False, True, True] and group(torch.zeros(2, 16, 8, 8)).shape == (2, 32, 4, 4)


def test_features_are_those_of_the_same_forward_call():
    model, x = WRN(10, 2).eval(), torch.rand(2, 3, 32, 32)
    f = model.features(x)
    assert torch.equal(f.logits, model(x)) and torch.equal(model.linear(f.embedding), f.logits) and f.embedding.shape == (2, 128)
    assert torch.equal(F.relu(model.bn(f.groups[2])).mean((2, 3)), f.embedding)


def test_parameter_counts_of_the_paper():
    assert count_parameters(WRN(40, 2)) == 2_243_546
    assert count_parameters(WRN(16, 2)) == 691_674


def test_a_name_is_depth_and_width():
    assert parse_arch("wrn-40-2") == (40, 2)
    for name in ("wrn-17-2", "wrn-4-2", "wrn-16-0", "resnet-18", "WRN"):
        with pytest.raises(ValueError, match="arch = "): parse_arch(name)


def test_weights_start_by_he_s_rule():
    conv, linear = nn.Conv2d(64, 128, 3), nn.Linear(8, 8)
    _initialise(conv); _initialise(linear)
    assert conv.weight.std().item() == pytest.approx((2 / (9 * 128)) ** .5, rel=0.03) and (linear.bias == 0).all()


def test_a_seed_decides_the_weights_and_nothing_else():
    before = torch.random.get_rng_state()
    a, b, c = build("wrn-10-1", seed=0), build("wrn-10-1", seed=0), build("wrn-10-1", seed=1)
    assert torch.equal(before, torch.random.get_rng_state())
    assert torch.equal(a.stem.weight, b.stem.weight) and not torch.equal(a.stem.weight, c.stem.weight)


def test_wrn_equals_a_functional_second_implementation():
    model, x = build("wrn-16-2", seed=3).double().eval(), torch.rand(2, 3, 32, 32, dtype=torch.double)
    for m in model.modules():
        if isinstance(m, nn.BatchNorm2d): m.running_mean.normal_(0, .1); m.running_var.uniform_(.5, 2)
    assert torch.allclose(model(x), functional_wrn(model.state_dict(), x, 2), atol=1e-12)


def test_impossible_dropout_is_refused():
    with pytest.raises(ValueError, match="dropout = 1.0"): build("wrn-10-1", dropout=1.0)

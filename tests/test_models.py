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
from noisekd.models import _Network
from noisekd.models import _mix
from noisekd.models import _initialise
import pytest
torch.manual_seed(0);
def planned_wrn(d, k, classes=10):
    n, total, c_in = (d - 4) // 6, 9 * 3 * 16, 16
    for c in (16 * k, 32 * k, 64 * k):
        for _ in range(n):
            total += 2 * c_in + 9 * c_in * c + 2 * c + 9 * c * c + (c_in * c if c_in != c else 0)
            c_in = c
    return total + 2 * c_in + (c_in + 1) * classes
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
def functional_resnet(s, x, n):
    bn = lambda k, h: F.batch_norm(h, s[k + ".running_mean"], s[k + ".running_var"], s[k + ".weight"], s[k + ".bias"])
    h = F.relu(bn("stem.1", F.conv2d(x, s["stem.0.weight"], padding=1)))
    for g in range(3):
        for b in range(n):
            k, stride = f"groups.{g}.{b}.", 2 if g and b == 0 else 1
            r = F.relu(bn(k + "bn1", F.conv2d(h, s[k + "conv1.weight"], stride=stride, padding=1)))
            r = bn(k + "bn2", F.conv2d(r, s[k + "conv2.weight"], padding=1))
            if k + "shortcut.0.weight" in s: h = bn(k + "shortcut.1", F.conv2d(h, s[k + "shortcut.0.weight"], stride=stride))
            h = F.relu(r + h)
    return F.linear(h.mean((2, 3)), s["linear.weight"], s["linear.bias"])


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
    group = _group(Block, 16, 32, 3, 2, 0.)
    assert [b.shortcut is None for b in group] == [False, True, True] and group(torch.zeros(2, 16, 8, 8)).shape == (2, 32, 4, 4)


def test_the_way_through_a_network():
    class Add(nn.Module):
        def __init__(self, n): super().__init__(); self.n = n
        def forward(self, x): return x + self.n
    net = _Network()
    net._start = net._finish = nn.Identity()
    net.groups, net.linear = nn.ModuleList(map(Add, (1, 10, 100))), Add(1000)
    f = net.features(torch.zeros(1, 1, 1, 1))
    assert [p.item() for p in (f.stem, *f.groups, f.embedding, f.logits)] == [0, 1, 11, 111, 111, 1111]


def test_features_are_those_of_the_same_forward_call():
    model, x = WRN(10, 2).eval(), torch.rand(2, 3, 32, 32)
    f = model.features(x)
    assert torch.equal(f.logits, model(x)) and torch.equal(model.linear(f.embedding), f.logits) and f.embedding.shape == (2, 128)
    assert torch.equal(F.relu(model.bn(f.groups[2])).mean((2, 3)), f.embedding)


def test_the_stem_enters_the_first_group():
    model, x = WRN(10, 2).eval(), torch.rand(2, 3, 32, 32)
    f = model.features(x)
    assert torch.equal(f.stem, model.stem(x)) and torch.equal(model.groups[0](f.stem), f.groups[0])


def test_parameter_counts_of_the_paper():
    assert count_parameters(WRN(40, 2)) == 2_243_546
    assert count_parameters(WRN(16, 2)) == 691_674


def test_wrn_parameters_by_the_plan():
    for d in (10, 16, 28, 40):
        for k in (1, 2): assert count_parameters(WRN(d, k)) == planned_wrn(d, k)


def test_wrn_parameters_as_printed():
    assert [f"{count_parameters(WRN(d, k)) / 1e6:.1f}M" for d, k in ((16, 1), (16, 2), (40, 1), (40, 2))] == ["0.2M", "0.7M", "0.6M", "2.2M"]


def test_a_basic_block_is_torchvision_s():
    from torchvision.models.resnet import BasicBlock as Peer
    for n_in, n_out, stride in (16, 16, 1), (16, 32, 2):
        ours, x = BasicBlock(n_in, n_out, stride, 0.), torch.randn(4, n_in, 8, 8)
        peer = Peer(n_in, n_out, stride, None if ours.shortcut is None else nn.Sequential(nn.Conv2d(n_in, n_out, 1, stride, bias=False), nn.BatchNorm2d(n_out)))
        peer.load_state_dict({k.replace("shortcut", "downsample"): v for k, v in ours.state_dict().items()})
        assert torch.allclose(ours(x), peer(x), atol=1e-6) and torch.allclose(ours.eval()(x), peer.eval()(x), atol=1e-6)


def test_dropout_in_a_basic_block_lies_before_the_second_conv():
    block, x, given = BasicBlock(16, 16, 1, 0.4).eval(), torch.randn(8, 16, 16, 16), []
    block.dropout.train(); block.bn1.bias.data.fill_(.3)
    block.conv2.register_forward_pre_hook(lambda module, args: given.append(args[0]))
    block(x)
    h = F.relu(block.bn1(block.conv1(x)))
    on, kept = h > 0, given[0] > 0
    assert torch.allclose(given[0][kept], h[kept] / 0.6) and .55 < kept.sum() / on.sum() < .65


def test_resnet_parameters_by_the_plan():
    for depth in (8, 14, 20, 26):
        n, c_in, total = (depth - 2) // 6, 16, 9 * 3 * 16 + 2 * 16
        for c in (16, 32, 64):
            for _ in range(n): total, c_in = total + 9 * c_in * c + 9 * c * c + 4 * c + (c_in * c + 2 * c if c_in != c else 0), c
        assert count_parameters(ResNet(depth)) == total + 650


def test_resnet_layers_are_its_depth():
    for depth in (8, 26): assert sum(isinstance(m, (nn.Conv2d, nn.Linear)) for m in ResNet(depth).modules()) == depth + 2  # two projections do not count
    assert count_parameters(ResNet(20, num_classes=100)) == 278_324


def test_resnet_features_are_those_of_the_same_forward_call():
    model, x = ResNet(8).eval(), torch.rand(2, 3, 32, 32)
    f = model.features(x)
    assert torch.equal(f.stem, F.relu(model.stem(x))) and [tuple(g.shape[1:]) for g in f.groups] == [(16, 32, 32), (32, 16, 16), (64, 8, 8)]
    assert torch.equal(f.embedding, f.groups[2].mean((2, 3))) and torch.equal(f.logits, model(x)) and torch.equal(f.logits, model.linear(f.embedding))


def test_a_mixture_by_hand():
    assert _mix(torch.tensor([[[4., 0.], [0., 8.]]]), torch.tensor([[.25, .75]])).ensemble.tolist() == [[1., 6.]]


def test_one_shares_two_groups_and_mixes_three_heads():
    model, x = ONE([WRN(10, 1, 7) for _ in range(3)]).eval(), torch.rand(4, 3, 16, 16)
    first, *others = model.networks
    heads, shared = model.heads(x), first.groups[1](first.groups[0](first.stem(x)))
    assert torch.equal(model.answers(x).members, heads.branches) and torch.equal(model.answers(x).ensemble, heads.ensemble)
    assert torch.equal(model(x), heads.branches[:, 0]) and torch.equal(model(x), first(x)) and heads.branches.shape == (4, 3, 7)
    for b, net in enumerate(others, 1): assert torch.allclose(heads.branches[:, b], net.linear(F.relu(net.bn(net.groups[0](shared))).mean((2, 3))), atol=1e-6)


def test_the_gate_is_the_authors():
    model, x = ONE([WRN(10, 1, 7) for _ in range(3)]).eval(), torch.rand(4, 3, 16, 16)
    linear, bn = model.gate[:2]
    bn.running_mean.normal_(); bn.bias.data.normal_(0, 2)
    heads, shared = model.heads(x), model.features(x).groups[1]
    assert torch.allclose(heads.gate, F.relu(bn(linear(shared.mean((2, 3))))).softmax(1)) and torch.allclose(heads.gate.sum(1), torch.ones(4))
    assert torch.allclose(heads.ensemble, sum(heads.gate[:, b, None] * heads.branches[:, b] for b in range(3)), atol=1e-6)


def test_one_has_no_idle_parts():
    for make, tail in (lambda: WRN(10, 2), ("groups.2", "bn", "linear")), (lambda: ResNet(8), ("groups.2", "linear")):
        plain, model = make(), ONE([make() for _ in range(3)])
        tails = sum(p.numel() for k, p in plain.named_parameters() if k.startswith(tail))
        width = plain.groups[1][-1].conv2.out_channels
        assert count_parameters(model) == count_parameters(plain) + 2 * tails + 3 * (width + 1) + 6
        (model.heads(torch.rand(8, 3, 16, 16)).ensemble ** 2).sum().backward()
        assert all(p.grad is not None for p in model.parameters())


def test_every_branch_teaches_the_shared_groups():
    model = ONE([ResNet(8) for _ in range(3)])
    for b in range(3):
        grad, = torch.autograd.grad((model.heads(torch.rand(8, 3, 16, 16)).branches[:, b] ** 2).sum(), model.networks[0].groups[1][0].conv1.weight)
        assert grad.abs().max() > 0


def test_a_name_is_family_depth_and_width():
    assert parse_arch("wrn-40-2") == ("wrn", 40, 2) and parse_arch("resnet-8") == ("resnet", 8, 1)
    for name in ("wrn-17-2", "wrn-4-2", "wrn-8-2", "wrn-16-0", "wrn-16", "resnet-18", "resnet-2", "resnet-10", "resnet-8-1", "WRN", "", "wrn-16-2 "):
        with pytest.raises(ValueError, match="arch = .*should be 'wrn-DEPTH-WIDTH' with depth"): parse_arch(name)


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


def test_resnet_equals_a_functional_second_implementation():
    model, x = build("resnet-14", seed=3).double().eval(), torch.rand(2, 3, 32, 32, dtype=torch.double)
    for m in model.modules():
        if isinstance(m, nn.BatchNorm2d): m.running_mean.normal_(0, .1); m.running_var.uniform_(.5, 2)
    assert torch.allclose(model(x), functional_resnet(model.state_dict(), x, 2), atol=1e-12)


def test_every_network_has_the_same_interface():
    x = torch.rand(2, 3, 16, 16)
    for arch, width in ("wrn-10-2", 128), ("resnet-8", 64):
        for model in (build(arch, 5, seed=1), build(arch, 5, seed=1, branches=3)):
            f = model.eval().features(x)
            assert f._fields == ("logits", "groups", "embedding", "stem") and f.embedding.shape == (2, width) and f.stem.shape == (2, 16, 16, 16)
            assert torch.equal(model(x), f.logits) and f.logits.shape == (2, 5)


def test_branches_start_apart_and_the_first_as_alone():
    alone, model = build("wrn-10-1", seed=4).state_dict(), build("wrn-10-1", seed=4, branches=3)
    first, second, third = model.networks
    assert all(torch.equal(v, alone[k]) for k, v in first.state_dict().items())
    assert not torch.equal(first.groups[2][0].conv1.weight, second.groups[0][0].conv1.weight) and not torch.equal(second.linear.weight, third.linear.weight)


def test_no_network_without_branches():
    with pytest.raises(ValueError, match="branches = 0"): build("wrn-10-1", branches=0)


def test_peers_differ_and_one_is_reported():
    peers, x = Peers("wrn-10-1", seed=10).eval(), torch.rand(4, 3, 8, 8)
    alone = build("wrn-10-1", seed=10).eval()
    members = peers.answers(x).members
    assert torch.equal(peers(x), alone(x)) and torch.equal(members[:, 0], alone(x)) and not torch.equal(members[:, 0], members[:, 1])
    peers.reported = 1
    assert torch.equal(peers(x), members[:, 1]) and count_parameters(peers) == 2 * count_parameters(alone)

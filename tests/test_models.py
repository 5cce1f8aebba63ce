"Exported from nbs/01_models.ipynb by `python -m noisekd.export`; edit the notebook."

import pytest
import torch
import re
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Annotated, Any, NamedTuple

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from noisekd.basics import Count, Settings, stream_seed, suggest
from noisekd.models import *
from noisekd.models import _conv3x3
from noisekd.models import _group
from noisekd.models import _three_groups
from noisekd.models import _Network
from noisekd.models import _blocks_per_group
from noisekd.models import _mix
from noisekd.models import _gate
from noisekd.models import _Branches
from noisekd.models import _read_arch
from noisekd.models import _initialise
from noisekd.models import _fresh
from noisekd.models import _Place
from noisekd.models import _version
from noisekd.models import _listen
from noisekd.models import _only
from noisekd.models import _drop_prefix
from noisekd.models import _add_prefix
from noisekd.models import _read
from noisekd.models import _check_layer
from noisekd.models import _places
import copy

import pytest
from scipy.stats import binomtest
from torchvision.models import resnet18

from noisekd.basics import refuses

_ = torch.manual_seed(0)
class Add(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.n = n

    def forward(self, x):
        return x + self.n
def input_of(layer, network, x):
    "What a layer is given when the network is called."
    given = []
    def keep(module, args):
        given.append(args[0])
    with layer.register_forward_pre_hook(keep):
        network(x)
    return given[0]
def is_dropped_out(given, h, rate):
    "Is `given` what dropout makes of `h`?"
    on = h > 0
    kept = given > 0
    dropped = int((on & ~kept).sum())
    likely = binomtest(dropped, int(on.sum()), rate).pvalue > 1e-6
    return likely and torch.allclose(given[kept], h[kept] / (1 - rate))
def torchvision_block(ours, n_in, n_out, stride):
    "torchvision's BasicBlock with the weights of ours."
    from torchvision.models.resnet import BasicBlock as Peer
    downsample = None
    if ours.shortcut is not None:
        downsample = copy.deepcopy(ours.shortcut)
    peer = Peer(n_in, n_out, stride, downsample)
    state = ours.state_dict()
    peer.load_state_dict({k.replace("shortcut", "downsample"): state[k] for k in state})
    return peer
def planned_wrn(depth, width, classes=10):
    c_in = 16
    total = 9 * 3 * c_in
    for c in (16 * width, 32 * width, 64 * width):
        for _ in range((depth - 4) // 6):
            total += 2 * c_in + 9 * c_in * c + 2 * c + 9 * c * c
            if c_in != c:
                total += c_in * c
            c_in = c
    return total + 2 * c_in + (c_in + 1) * classes
def planned_resnet(depth, classes=10):
    c_in = 16
    total = 9 * 3 * 16 + 2 * 16
    for c in (16, 32, 64):
        for _ in range((depth - 2) // 6):
            total += 9 * c_in * c + 9 * c * c + 4 * c
            if c_in != c:
                total += c_in * c + 2 * c
            c_in = c
    return total + 65 * classes
def functional_bn(state, name, h):
    mean, var = state[f"{name}.running_mean"], state[f"{name}.running_var"]
    return F.batch_norm(h, mean, var, state[f"{name}.weight"], state[f"{name}.bias"])
def functional_conv(state, name, h, stride=1):
    weight = state[f"{name}.weight"]
    return F.conv2d(h, weight, stride=stride, padding=weight.shape[-1] // 2)
def randomise_statistics(model):
    for m in model.modules():
        if isinstance(m, nn.BatchNorm2d):
            m.running_mean.normal_(0, 0.1)
            m.running_var.uniform_(0.5, 2)
def functional_block(state, k, h, stride):
    a = F.relu(functional_bn(state, f"{k}.bn1", h))
    r = functional_conv(state, f"{k}.conv1", a, stride)
    r = F.relu(functional_bn(state, f"{k}.bn2", r))
    r = functional_conv(state, f"{k}.conv2", r)
    if f"{k}.shortcut.weight" in state:
        h = functional_conv(state, f"{k}.shortcut", a, stride)
    return r + h
def functional_wrn(state, x, n):
    h = functional_conv(state, "stem", x)
    for g, stride in enumerate((1, 2, 2)):
        for b in range(n):
            h = functional_block(state, f"groups.{g}.{b}", h, 1 if b else stride)
    h = F.relu(functional_bn(state, "bn", h)).mean((2, 3))
    return F.linear(h, state["linear.weight"], state["linear.bias"])
def functional_basic_block(state, k, h, stride):
    r = functional_conv(state, f"{k}.conv1", h, stride)
    r = F.relu(functional_bn(state, f"{k}.bn1", r))
    r = functional_conv(state, f"{k}.conv2", r)
    r = functional_bn(state, f"{k}.bn2", r)
    if f"{k}.shortcut.0.weight" in state:
        h = functional_conv(state, f"{k}.shortcut.0", h, stride)
        h = functional_bn(state, f"{k}.shortcut.1", h)
    return F.relu(r + h)
def functional_resnet(state, x, n):
    h = F.relu(functional_bn(state, "stem.1", functional_conv(state, "stem.0", x)))
    for g, stride in enumerate((1, 2, 2)):
        for b in range(n):
            h = functional_basic_block(state, f"groups.{g}.{b}", h, 1 if b else stride)
    return F.linear(h.mean((2, 3)), state["linear.weight"], state["linear.bias"])
def tail_parameters(network):
    parts = ("groups.2.", "bn.", "linear.")
    named = network.named_parameters()
    return sum(p.numel() for name, p in named if name.startswith(parts))
OURS = {"groups": ("groups.0", "groups.1", "groups.2"), "linear": "linear"}

def fields(f):
    return f.logits, *f.groups, f.embedding, f.stem
def gradients(f, inputs):
    "Of a sum in which each field has its own weight."
    total = sum(k * part.square().sum() for k, part in enumerate(fields(f), 1))
    return torch.autograd.grad(total, inputs)
def both_ways(arch):
    "Features and gradients of one network, by its own method and by hooks."
    own = build(arch, seed=5)
    hooked = with_features(copy.deepcopy(own), **OURS)
    for network in (own, hooked):
        x = torch.rand(4, 3, 16, 16, generator=torch.Generator().manual_seed(1))
        x.requires_grad_()
        f = network.features(x)
        yield f, gradients(f, [x, *network.parameters()]), network.state_dict()
def pair_of_resnets():
    "Features of a student and of its teacher."
    x = torch.rand(4, 3, 32, 32)
    student = with_features(resnet18(num_classes=10, weights=None))
    teacher = with_features(resnet18(num_classes=10, weights=None)).eval()
    with torch.no_grad():
        t = teacher.features(x)
    return student, student.features(x), t
def reached(network, loss):
    "Names of the parts of a network that a loss has a gradient for."
    loss.backward()
    named = network.named_parameters()
    return {name.split(".")[1] for name, p in named if p.grad is not None}
def attention(maps):
    return F.normalize(maps.square().mean(1).flatten(1))
def hooks_on(network):
    "How many forward hooks there are on its layers."
    layers = list(network.modules())
    before = sum(len(m._forward_pre_hooks) for m in layers)
    return before + sum(len(m._forward_hooks) for m in layers)
def parent_of_hooked(seed):
    "A network inside a network, with a further child."
    model = with_features(build("wrn-10-1", seed=seed), **OURS)
    model.regressor = nn.Conv2d(3, 4, 1)
    return nn.ModuleDict({"student": model, "other": nn.Linear(2, 2)})
class Odd(nn.Module):
    "Calls its layers a, b, c and d in the order it is told."
    def __init__(self, calls, answer):
        super().__init__()
        self.layers = nn.ModuleDict({k: nn.Identity() for k in "abcd"})
        self.calls = calls
        self.answer = answer

    def forward(self, x):
        for name in self.calls:
            x = self.layers[name](x)
        return self.answer(x)
def odd_features(calls, answer=nn.Identity()):
    groups = ("layers.a", "layers.b", "layers.c")
    model = with_features(Odd(calls, answer), groups, linear="layers.d")
    return model.features(torch.ones(2, 3))


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


def test_a_convolution_keeps_the_resolution():
    assert _conv3x3(3, 16)(torch.zeros(1, 3, 8, 8)).shape == (1, 16, 8, 8)


def test_a_silent_block_is_the_identity():
    block = Block(16, 16, 1, 0.0)
    nn.init.zeros_(block.conv2.weight)
    x = torch.randn(2, 16, 8, 8)
    assert torch.equal(block(x), x)


def test_features_have_four_fields():
    assert Features._fields == ("logits", "groups", "embedding", "stem")


def test_a_group_changes_shape_once():
    group = _group(Block, 16, 32, 3, stride=2, dropout=0.0)
    assert group(torch.zeros(2, 16, 8, 8)).shape == (2, 32, 4, 4)
    assert [b.shortcut is None for b in group] == [False, True, True]


def test_two_of_three_groups_halve_the_resolution():
    h = torch.zeros(1, 4, 8, 8)
    for group in _three_groups(Block, (4, 5, 6, 7), n=1, dropout=0.0):
        h = group(h)
    assert h.shape == (1, 7, 2, 2)


def test_the_way_through_a_network():
    net = _Network()
    net._start = nn.Identity()
    net._finish = nn.Identity()
    net.groups = nn.ModuleList([Add(1), Add(10), Add(100)])
    net.linear = Add(1000)
    f = net.features(torch.zeros(1, 1, 1, 1))
    assert f.stem.item() == 0
    assert [g.item() for g in f.groups] == [1, 11, 111]
    assert f.embedding.item() == 111
    assert f.logits.item() == 1111


def test_a_depth_decides_the_number_of_blocks():
    assert _blocks_per_group(40, others=4) == 6
    assert _blocks_per_group(26, others=2) == 4


def test_features_are_those_of_the_same_forward_call():
    model = WRN(10, 2).eval()
    x = torch.rand(2, 3, 32, 32)
    f = model.features(x)
    assert torch.equal(f.logits, model(x))
    assert torch.equal(f.logits, model.linear(f.embedding))


def test_parameter_counts_of_the_paper():
    assert count_parameters(WRN(40, 2)) == 2_243_546
    assert count_parameters(WRN(16, 2)) == 691_674


def test_a_silent_basic_block_is_a_relu():
    block = BasicBlock(16, 16, 1, 0.0)
    nn.init.zeros_(block.conv2.weight)
    x = torch.randn(2, 16, 8, 8)
    assert torch.equal(block(x), F.relu(x))


def test_resnet_features_are_those_of_the_same_forward_call():
    model = ResNet(8).eval()
    x = torch.rand(2, 3, 32, 32)
    f = model.features(x)
    assert torch.equal(f.logits, model(x))
    assert torch.equal(f.embedding, f.groups[2].mean((2, 3)))


def test_option_b_costs_2752_parameters():
    projections = [group[0].shortcut for group in ResNet(20).groups[1:]]
    assert sum(map(count_parameters, projections)) == 2_752


def test_members_need_no_ensemble():
    assert Answers(torch.zeros(4, 2, 10)).ensemble is None


def test_the_first_member_is_reported():
    assert Collective(3).reported == 0


def test_a_mixture_by_hand():
    branches = torch.tensor([[[4.0, 0.0], [0.0, 8.0]]])
    assert _mix(branches, torch.tensor([[0.25, 0.75]])).ensemble.tolist() == [[1.0, 6.0]]


def test_the_weights_of_a_gate_sum_to_1():
    assert torch.allclose(_gate(32, 3)(torch.randn(8, 32)).sum(1), torch.ones(8))


def test_the_later_branches_keep_their_tails():
    first, second = _Branches([WRN(10, 1), WRN(10, 1)]).networks
    assert len(first.groups) == 3
    assert len(second.groups) == 1


def test_a_call_of_one_is_its_first_branch():
    model = ONE([WRN(10, 1) for _ in range(3)]).eval()
    x = torch.rand(4, 3, 16, 16)
    assert torch.equal(model(x), model.heads(x).branches[:, 0])
    assert torch.equal(model(x), model.networks[0](x))


def test_a_name_has_one_of_two_forms():
    assert _read_arch("resnet-18") == ("resnet", 18, 1)
    assert _read_arch("wrn-16") is None


def test_a_name_is_family_depth_and_width():
    assert parse_arch("wrn-40-2") == ("wrn", 40, 2)
    assert parse_arch("resnet-8") == ("resnet", 8, 1)


def test_weights_start_by_he_s_rule():
    conv = nn.Conv2d(64, 128, 3)
    _initialise(conv)
    assert conv.weight.std().item() == pytest.approx((2 / (9 * 128)) ** 0.5, rel=0.03)


def test_the_linear_bias_starts_at_zero():
    linear = nn.Linear(8, 8)
    _initialise(linear)
    assert linear.bias.tolist() == [0] * 8


def test_an_arch_decides_the_family():
    assert isinstance(_fresh(Arch("resnet", 8), 10, 0.0), ResNet)


def test_a_seed_decides_the_weights():
    weight = build("wrn-10-1", seed=0).stem.weight
    assert torch.equal(weight, build("wrn-10-1", seed=0).stem.weight)
    assert not torch.equal(weight, build("wrn-10-1", seed=1).stem.weight)


def test_the_first_peer_starts_as_a_baseline():
    peers = Peers("wrn-10-1", seed=10).eval()
    x = torch.rand(4, 3, 8, 8)
    assert torch.equal(peers(x), build("wrn-10-1", seed=10).eval()(x))


def test_changes_in_place_are_counted():
    x = torch.zeros(2)
    before = _version(x)
    assert _version(x.add_(1)) == before + 1


def test_what_passes_a_place_is_heard():
    toy = nn.Sequential(Add(1), Add(10))
    passed = []
    with _listen(toy, _Place("groups", "1", "output"), passed):
        toy(torch.zeros(1))
    assert passed == [(11, 0)]


def test_one_tensor_is_read():
    x = torch.zeros(2)
    assert _only(_Place("stem", "conv1", "output"), [(x, 0)]) is x


def test_a_prefix_comes_and_goes():
    parent = nn.ModuleDict({"network": nn.Linear(2, 2), "regressor": nn.Linear(2, 2)})
    state = {"fc.bias": 0, "regressor.bias": 1}
    _add_prefix(parent, state, "")
    assert state == {"network.fc.bias": 0, "regressor.bias": 1}
    _drop_prefix(parent, state, "", {})
    assert state == {"fc.bias": 0, "regressor.bias": 1}


def test_places_of_a_toy_network_are_read():
    toy = nn.Sequential(Add(1), Add(10), Add(100))
    places = [_Place("stem", "0", "input"), _Place("linear", "2", "input")]
    assert _read(toy, places, torch.zeros(1)) == (111, [0, 11])


def test_hooked_networks_have_features():
    toy = nn.Sequential(Add(1), Add(10))
    places = [_Place("stem", "0", "input"), _Place("linear", "1", "input")]
    f = Hooked(toy, places).features(torch.zeros(1))
    assert (f.stem, f.groups, f.embedding, f.logits) == (0, (), 1, 11)


def test_layers_inside_layers_have_names():
    assert _check_layer(resnet18(), "groups", "layer1.0.conv1") is None


def test_without_a_stem_the_first_group_s_input_is_read():
    places = _places(("a", "b", "c"), "d", None)
    assert [p.layer for p in places] == ["a", "a", "b", "c", "d"]
    assert [p.side for p in places] == ["input", "output", "output", "output", "input"]


def test_a_hooked_network_answers_as_before():
    network = resnet18(num_classes=10, weights=None).eval()
    model = with_features(network)
    x = torch.rand(2, 3, 32, 32)
    assert torch.equal(model(x), network(x))
    assert torch.equal(model.features(x).logits, network(x))


def test_a_wider_silent_block_is_its_projection():
    block = Block(16, 32, 2, 0.0)
    nn.init.zeros_(block.conv2.weight)
    x = torch.randn(2, 16, 8, 8)
    assert block(x).shape == (2, 32, 4, 4)
    assert torch.equal(block(x), block.shortcut(F.relu(block.bn1(x))))


def test_dropout_lies_between_second_relu_and_second_conv():
    block = Block(16, 16, 1, 0.4).eval()
    block.dropout.train()
    x = torch.randn(8, 16, 16, 16)
    h = F.relu(block.bn2(block.conv1(F.relu(block.bn1(x)))))
    assert is_dropped_out(input_of(block.conv2, block, x), h, 0.4)


def test_dropout_in_a_basic_block_lies_before_the_second_conv():
    block = BasicBlock(16, 16, 1, 0.4).eval()
    block.dropout.train()
    block.bn1.bias.data.fill_(0.3)
    x = torch.randn(8, 16, 16, 16)
    h = F.relu(block.bn1(block.conv1(x)))
    assert is_dropped_out(input_of(block.conv2, block, x), h, 0.4)


def test_a_basic_block_is_torchvision_s():
    for n_in, n_out, stride in (16, 16, 1), (16, 32, 2):
        ours = BasicBlock(n_in, n_out, stride, 0.0)
        peer = torchvision_block(ours, n_in, n_out, stride)
        x = torch.randn(4, n_in, 8, 8)
        assert torch.allclose(ours(x), peer(x), atol=1e-6)
        assert torch.allclose(ours.eval()(x), peer.eval()(x), atol=1e-6)


def test_wrn_parameters_by_the_plan():
    for depth in (10, 16, 28, 40):
        for width in (1, 2):
            assert count_parameters(WRN(depth, width)) == planned_wrn(depth, width)


def test_wrn_parameters_as_printed():
    printed = {(16, 1): "0.2M", (16, 2): "0.7M", (40, 1): "0.6M", (40, 2): "2.2M"}
    for (depth, width), size in printed.items():
        assert f"{count_parameters(WRN(depth, width)) / 1e6:.1f}M" == size


def test_resnet_parameters_by_the_plan():
    for depth in (8, 14, 20, 26):
        assert count_parameters(ResNet(depth)) == planned_resnet(depth)


def test_resnet_20_for_100_classes():
    assert count_parameters(ResNet(20, num_classes=100)) == 278_324


def test_resnet_layers_are_its_depth():
    for depth in (8, 26):
        modules = ResNet(depth).modules()
        assert sum(isinstance(m, (nn.Conv2d, nn.Linear)) for m in modules) == depth + 2


def test_a_wrn_s_embedding_is_the_mean_of_its_last_activation():
    model = WRN(10, 2).eval()
    f = model.features(torch.rand(2, 3, 32, 32))
    assert f.embedding.shape == (2, 128)
    assert torch.equal(f.embedding, F.relu(model.bn(f.groups[2])).mean((2, 3)))


def test_the_stem_enters_the_first_group():
    model = WRN(10, 2).eval()
    x = torch.rand(2, 3, 32, 32)
    f = model.features(x)
    assert torch.equal(f.stem, model.stem(x))
    assert torch.equal(model.groups[0](f.stem), f.groups[0])


def test_resnet_features_by_hand():
    model = ResNet(8).eval()
    x = torch.rand(2, 3, 32, 32)
    f = model.features(x)
    assert torch.equal(f.stem, F.relu(model.stem(x)))
    assert torch.equal(f.logits, model.linear(f.embedding))
    shapes = [tuple(g.shape[1:]) for g in f.groups]
    assert shapes == [(16, 32, 32), (32, 16, 16), (64, 8, 8)]


def test_every_network_has_the_same_interface():
    x = torch.rand(2, 3, 16, 16)
    for arch, width in ("wrn-10-2", 128), ("resnet-8", 64):
        for branches in (1, 3):
            model = build(arch, num_classes=5, seed=1, branches=branches).eval()
            f = model.features(x)
            assert isinstance(f, Features)
            assert f.embedding.shape == (2, width)
            assert f.stem.shape == (2, 16, 16, 16)
            assert f.logits.shape == (2, 5)
            assert torch.equal(model(x), f.logits)


def test_wrn_equals_a_functional_second_implementation():
    model = build("wrn-16-2", seed=3).double().eval()
    randomise_statistics(model)
    x = torch.rand(2, 3, 32, 32, dtype=torch.double)
    assert torch.allclose(model(x), functional_wrn(model.state_dict(), x, 2), atol=1e-12)


def test_resnet_equals_a_functional_second_implementation():
    model = build("resnet-14", seed=3).double().eval()
    randomise_statistics(model)
    x = torch.rand(2, 3, 32, 32, dtype=torch.double)
    assert torch.allclose(model(x), functional_resnet(model.state_dict(), x, 2), atol=1e-12)


def test_building_leaves_the_global_generator_alone():
    before = torch.random.get_rng_state()
    build("wrn-10-1")
    assert torch.equal(before, torch.random.get_rng_state())


def test_building_seeds_no_gpu():
    calls = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch, "manual_seed", calls.append)
        build("wrn-10-1")
    assert calls == []


def test_initial_weights_stay_as_they_are():
    last = build("wrn-16-2", seed=3).linear.weight[0, :3]
    assert last.tolist() == pytest.approx([-0.0710318, 0.0715245, 0.0331980], abs=1e-6)
    bias = build("resnet-8", branches=3).gate[0].bias
    assert bias.tolist() == pytest.approx([-0.1280012, 0.1063761, 0.1245108], abs=1e-6)


def test_the_first_branch_starts_as_alone():
    alone = build("wrn-10-1", seed=4).state_dict()
    first = build("wrn-10-1", seed=4, branches=3).networks[0].state_dict()
    assert list(first) == list(alone)
    for key in alone:
        assert torch.equal(first[key], alone[key])


def test_branches_start_apart():
    first, second, third = build("wrn-10-1", seed=4, branches=3).networks
    ours, theirs = first.groups[2][0].conv1.weight, second.groups[0][0].conv1.weight
    assert not torch.equal(ours, theirs)
    assert not torch.equal(second.linear.weight, third.linear.weight)


def test_one_shares_two_groups():
    model = ONE([WRN(10, 1, num_classes=7) for _ in range(3)]).eval()
    x = torch.rand(4, 3, 16, 16)
    first, *others = model.networks
    shared = first.groups[1](first.groups[0](first.stem(x)))
    branches = model.heads(x).branches
    assert branches.shape == (4, 3, 7)
    for b, net in enumerate(others, 1):
        embedding = F.relu(net.bn(net.groups[0](shared))).mean((2, 3))
        assert torch.allclose(branches[:, b], net.linear(embedding), atol=1e-6)


def test_one_answers_with_branches_and_ensemble():
    model = ONE([WRN(10, 1) for _ in range(3)]).eval()
    x = torch.rand(4, 3, 16, 16)
    heads = model.heads(x)
    assert torch.equal(model.answers(x).members, heads.branches)
    assert torch.equal(model.answers(x).ensemble, heads.ensemble)


def test_another_branch_can_be_reported():
    model = ONE([WRN(10, 1) for _ in range(3)]).eval()
    x = torch.rand(4, 3, 16, 16)
    model.reported = 2
    assert torch.equal(model(x), model.heads(x).branches[:, 2])


def test_the_gate_is_the_authors():
    model = ONE([WRN(10, 1) for _ in range(3)]).eval()
    x = torch.rand(4, 3, 16, 16)
    linear, bn = model.gate[:2]
    bn.running_mean.normal_()
    bn.bias.data.normal_(0, 2)
    shared = model.features(x).groups[1]
    gate = F.relu(bn(linear(shared.mean((2, 3))))).softmax(1)
    assert torch.allclose(model.heads(x).gate, gate)


def test_the_ensemble_is_the_gated_sum():
    heads = ONE([WRN(10, 1) for _ in range(3)]).eval().heads(torch.rand(4, 3, 16, 16))
    total = sum(heads.gate[:, b, None] * heads.branches[:, b] for b in range(3))
    assert torch.allclose(heads.gate.sum(1), torch.ones(4))
    assert torch.allclose(heads.ensemble, total, atol=1e-6)


def test_one_counts_nothing_twice():
    for arch, channels in ("wrn-10-2", 64), ("resnet-8", 32):
        alone = build(arch)
        gate = 3 * (channels + 1) + 6
        expected = count_parameters(alone) + 2 * tail_parameters(alone) + gate
        assert count_parameters(build(arch, branches=3)) == expected


def test_one_has_no_idle_parts():
    for arch in ("wrn-10-2", "resnet-8"):
        model = build(arch, branches=3)
        (model.heads(torch.rand(8, 3, 16, 16)).ensemble ** 2).sum().backward()
        for p in model.parameters():
            assert p.grad is not None


def test_every_branch_teaches_the_shared_groups():
    model = build("resnet-8", branches=3)
    shared = model.networks[0].groups[1][0].conv1.weight
    for b in range(3):
        logits = model.heads(torch.rand(8, 3, 16, 16)).branches[:, b]
        grad, = torch.autograd.grad((logits ** 2).sum(), shared)
        assert grad.abs().max() > 0


def test_peers_differ():
    peers = Peers("wrn-10-1", seed=10).eval()
    x = torch.rand(4, 3, 8, 8)
    members = peers.answers(x).members
    assert torch.equal(members[:, 0], build("wrn-10-1", seed=10).eval()(x))
    assert torch.equal(members[:, 1], build("wrn-10-1", seed=11).eval()(x))
    assert not torch.equal(members[:, 0], members[:, 1])


def test_another_peer_can_be_reported():
    peers = Peers("wrn-10-1", seed=10).eval()
    x = torch.rand(4, 3, 8, 8)
    peers.reported = 1
    assert torch.equal(peers(x), peers.answers(x).members[:, 1])


def test_peers_share_nothing():
    assert count_parameters(Peers("wrn-10-1")) == 2 * count_parameters(build("wrn-10-1"))


def test_hooks_read_the_same_bits():
    for arch in ("wrn-10-2", "resnet-8"):
        (own, _, _), (hooked, _, _) = both_ways(arch)
        for ours, theirs in zip(fields(own), fields(hooked), strict=True):
            assert torch.equal(ours, theirs)


def test_gradients_flow_through_hooks_bit_for_bit():
    for arch in ("wrn-10-2", "resnet-8"):
        (_, own, _), (_, hooked, _) = both_ways(arch)
        for ours, theirs in zip(own, hooked, strict=True):
            assert torch.equal(ours, theirs)


def test_hooks_need_one_forward_call():
    (_, _, own), (_, _, hooked) = both_ways("wrn-10-2")
    assert hooked["bn.num_batches_tracked"] == 1
    for key in own:
        assert torch.equal(own[key], hooked[key])


def test_a_named_stem_is_read_at_its_output():
    model = with_features(build("wrn-10-1"), **OURS, stem="stem").eval()
    x = torch.rand(2, 3, 16, 16)
    assert torch.equal(model.features(x).stem, model.network.stem(x))


def test_attention_reaches_the_layers_before_it():
    student, s, t = pair_of_resnets()
    loss = (attention(s.groups[1]) - attention(t.groups[1])).square().mean()
    assert loss > 0
    assert reached(student, loss) == {"conv1", "bn1", "layer1", "layer2"}


def test_relations_reach_all_but_the_linear_layer():
    student, s, t = pair_of_resnets()
    loss = F.smooth_l1_loss(F.pdist(s.embedding), F.pdist(t.embedding))
    assert loss > 0
    layers = {"layer1", "layer2", "layer3", "layer4"}
    assert reached(student, loss) == {"conv1", "bn1"} | layers


def test_no_hook_stays():
    model = with_features(resnet18(num_classes=10, weights=None))
    model.features(torch.rand(2, 3, 32, 32))
    assert hooks_on(model) == 0


def test_no_hook_stays_after_a_failure():
    model = with_features(resnet18(num_classes=10, weights=None))
    refuses("channels", model.features, torch.rand(2, 4, 32, 32))
    assert hooks_on(model) == 0


def test_during_a_call_there_is_one_hook_a_place():
    model = with_features(build("wrn-10-1"), **OURS)
    counts = []
    def count(module, args):
        counts.append(hooks_on(model))
    with model.network.groups[1].register_forward_pre_hook(count):
        model.features(torch.rand(2, 3, 8, 8))
    assert counts == [5 + 1]


def test_a_copy_reads_itself():
    model = with_features(build("wrn-10-1"), **OURS).eval()
    twin = copy.deepcopy(model)
    x = torch.rand(2, 3, 16, 16)
    before = model.features(x).embedding
    nn.init.zeros_(twin.network.stem.weight)
    assert torch.equal(model.features(x).embedding, before)
    assert not torch.equal(twin.features(x).embedding, before)


def test_the_state_dict_is_that_of_the_network():
    network = build("wrn-10-1")
    model = with_features(network, **OURS)
    assert list(model.state_dict()) == list(network.state_dict())
    model.load_state_dict(build("wrn-10-1", seed=1).state_dict())
    assert torch.equal(network.stem.weight, build("wrn-10-1", seed=1).stem.weight)


def test_a_copy_saves_and_loads_as_well():
    twin = copy.deepcopy(with_features(build("wrn-10-1"), **OURS))
    twin.load_state_dict(build("wrn-10-1", seed=1).state_dict())
    build("wrn-10-1").load_state_dict(twin.state_dict())
    assert torch.equal(twin.network.stem.weight, build("wrn-10-1", seed=1).stem.weight)


def test_a_further_child_keeps_its_name():
    saved = parent_of_hooked(seed=1).state_dict()
    assert "student.stem.weight" in saved
    assert "student.regressor.weight" in saved
    parent = parent_of_hooked(seed=2)
    parent.load_state_dict(saved)
    for key, value in parent.state_dict().items():
        assert torch.equal(value, saved[key])


def test_modes_go_through():
    model = with_features(build("wrn-10-1").eval(), **OURS)
    assert not model.training
    assert model.train().network.groups[0].training


def test_features_in_inference_mode():
    model = with_features(build("wrn-10-1"), **OURS).eval()
    x = torch.rand(2, 3, 16, 16)
    with torch.inference_mode():
        f = model.features(x)
    assert torch.equal(f.embedding, model.network.features(x).embedding)


def test_refuses_names_that_are_no_networks():
    text = "should be 'wrn-DEPTH-WIDTH' with depth"
    for arch in ("wrn-17-2", "wrn-4-2", "wrn-8-2", "wrn-16-0", "wrn-16", "wrn-016-2"):
        refuses(text, parse_arch, arch)
    for arch in ("resnet-18", "resnet-2", "resnet-10", "resnet-8-1"):
        refuses(text, parse_arch, arch)
    for arch in ("WRN", "", "wrn-16-2 ", None):
        refuses(f"arch = {arch!r}: unknown", parse_arch, arch)


def test_refuses_depths_without_a_network():
    refuses("depth = 17: should be 6 n + 4 with n >= 1", WRN, 17, 2)
    refuses("depth = 4: should be 6 n + 4 with n >= 1", WRN, 4, 2)
    refuses("depth = 18: should be 6 n + 2 with n >= 1", ResNet, 18)
    refuses("depth = 16.0: input should be a valid integer", WRN, 16.0, 2)


def test_refuses_networks_without_classes():
    refuses("num_classes = 0: input should be greater than", build, "wrn-10-1", 0)
    refuses("num_classes = True: input should be a valid integer", build, "wrn-10-1", True)
    refuses("num_classes = 0", WRN, 10, 1, 0)
    refuses("num_classes = 0", ResNet, 8, 0)


def test_refuses_a_width_of_zero():
    refuses("width = 0: input should be greater than or equal to 1", WRN, 10, 0)


def test_refuses_impossible_dropout():
    refuses("dropout = 1.0: input should be less than 1", build, "wrn-10-1", dropout=1.0)
    refuses("dropout = -0.1", build, "resnet-8", dropout=-0.1)
    refuses("dropout = False: input should be", build, "wrn-10-1", dropout=False)
    refuses("dropout = 1.0", WRN, 10, 1, dropout=1.0)
    refuses("dropout = 1.0", ResNet, 8, dropout=1.0)


def test_refuses_a_truth_value_for_a_seed():
    refuses("seed = True: input should be a valid integer", build, "wrn-10-1", seed=True)
    refuses("seed = -1: input should be greater than", build, "wrn-10-1", seed=-1)
    refuses("seed = True", Peers, "wrn-10-1", seed=True)


def test_refuses_a_collective_that_is_too_small():
    refuses("branches = 0: input should be greater than", build, "wrn-10-1", branches=0)
    refuses("branches = True", build, "wrn-10-1", branches=True)
    refuses("networks: 1 given; should be two or more", ONE, [WRN(10, 1)])
    refuses("n_members = 1: input should be greater than", Peers, "wrn-10-1", n_members=1)


def test_refuses_layers_that_do_not_exist():
    network = resnet18(num_classes=10, weights=None)
    wrong = "layr1", "layer2", "layer3"
    refuses("groups = 'layr1': no such layer", with_features, network, wrong)
    refuses("did you mean 'layer1' or", with_features, network, wrong)
    refuses("linear = 'linear': no such layer", with_features, network, linear="linear")
    refuses("stem = 'stem': no such layer; known", with_features, network, stem="stem")


def test_refuses_other_than_three_groups():
    network = resnet18(num_classes=10, weights=None)
    text = "should be three different names"
    refuses(text, with_features, network, groups="abc")
    refuses(text, with_features, network, groups=("layer1", "layer2"))
    refuses(text, with_features, network, groups=("layer1", "layer1", "layer2"))
    refuses("network = None: should be an nn.Module", with_features, None)


def test_refuses_layers_that_are_not_called_once():
    refuses("groups = 'layers.b': called 2 times; should be once", odd_features, "abbcd")
    refuses("groups = 'layers.c': called 0 times; should be once", odd_features, "abd")
    refuses("linear = 'layers.d': called 2 times; should be once", odd_features, "abcdd")
    assert odd_features("abcd").logits.shape == (2, 3)


def test_refuses_answers_that_are_no_logits():
    refuses("network: gives a tuple; should give logits", odd_features, "abcd", tuple)


def test_refuses_layers_that_give_no_tensor():
    lstm = nn.Sequential(nn.LSTM(3, 3))
    place = _Place("groups", "0", "output")
    passed = []
    with _listen(lstm, place, passed):
        lstm(torch.zeros(2, 3))
    refuses("groups = '0': its output is a tuple; should be a tensor", _only, place, passed)


def test_refuses_tensors_that_are_overwritten():
    model = with_features(resnet18(num_classes=10, weights=None), stem="bn1")
    text = "stem = 'bn1': its output is changed in place; should stay"
    refuses(text, model.features, torch.rand(2, 3, 32, 32))

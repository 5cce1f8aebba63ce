"Exported from nbs/24_comparison.ipynb by `python -m noisekd.export`; edit the notebook."

import pytest
import torch
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Annotated, NamedTuple

import torch
from pydantic import Field, model_validator
from torch import Tensor, nn
from noisekd.attacks import PGD, Transfer, image_only, transfer
from noisekd.basics import Count, Settings, stream, stream_seed, unused
from noisekd.data import ImageSet, to_device
from noisekd.evaluation import Radii, Suite
from noisekd.evaluation import accuracy, at_most, check_logits, check_model
from noisekd.evaluation import check_once, device_of, evaluating, iterate_batches
from noisekd.evaluation import metric_row, predict
from noisekd.losses import _to_boundary
from noisekd.models import Peers
from noisekd.noise import dropout_layers, gaussian
from noisekd.training import seed_device
from noisekd.comparison import *
from noisekd.comparison import _centred
from noisekd.comparison import _check_pair
from noisekd.comparison import _check_labels
import math
from functools import cache

import pytest
import scipy.stats
import torch.nn.functional as F

from noisekd.basics import refuses
from noisekd.data import corrupt_labels, load, subset, to_float
from noisekd.evaluation import COLUMNS
from noisekd.models import Features, build
from noisekd.objective import Objective
from noisekd.training import Recipe, fit
def digits(n=None):
    "The first n test digits of a fixed order, or all."
    return subset(load("digits", "test"), n)
BRIEF = Recipe(epochs=6, milestones=(4,), augment="crop", pad=1)


@cache
def a_teacher(dropout=0.0):
    "A small network that has learned the digits."
    model = build("wrn-10-2", dropout=dropout, seed=1)
    fit(model, load("digits"), Objective(), BRIEF, 1)
    return model.eval()
@cache
def a_student(method="hinton", sigma=0.0):
    "A smaller network, taught by `a_teacher` where its method has a teacher."
    objective = Objective(method=method, noise={"gaussian": sigma} if sigma else {})
    teacher = a_teacher() if objective.needs_teacher else None
    model = build("wrn-10-1", seed=0)
    fit(model, load("digits"), objective, BRIEF, 0, teacher)
    return model.eval()
FIRST = torch.tensor([[1.0], [1.0], [-1.0], [-1.0]])
SECOND = torch.tensor([[1.0], [-1.0], [1.0], [-1.0]])
BOTH = torch.cat([FIRST, SECOND], 1)
class Pixels(nn.Module):
    "A network whose only feature is the red channel."

    def features(self, x):
        return Features(x.flatten(1), (x[:, :1],), None, None)
def linear_network(rows, offset):
    "Logits of images of 3 x 2 x 2: inner products with these rows, plus an offset."
    linear = nn.Linear(12, len(rows))
    linear.weight.data = torch.tensor(rows)
    linear.bias.data = torch.tensor(offset)
    return nn.Sequential(nn.Flatten(), linear).eval()
GREY = torch.full((1, 3, 2, 2), 0.5)


def way_on_a_slope(target):
    "The way of a grey image of class 0; class 1 is 0.1 behind, with a slope of 5."
    steep = linear_network([[0.0] * 12, [5.0] + [0.0] * 11], [2.6, 0.0])
    return move_to_boundary(steep, GREY, torch.tensor([target])) - GREY
def sloping(degrees, slope=5.0, lead=0.1):
    "Class 0 leads class 1 on `GREY`; nothing leads to class 2."
    angle = math.radians(degrees)
    row = [slope * math.cos(angle), slope * math.sin(angle)] + [0.0] * 10
    nothing = [0.0] * 12
    return linear_network([nothing, row, nothing], [sum(row) / 2 + lead, 0.0, -1e6])
def part_of_a_transfer(rate, fooled):
    "A batch; only these two numbers matter."
    return Transfer(rate, 0.0, 0.0, fooled, both=9, n=9)
STRONG = PGD(eps=0.1, step_size=0.02, steps=8, restarts=1)
def mask_of(number):
    "A mask of 64 values in one pass."
    layer = nn.Dropout(0.5)
    with masks_on(layer, 0, number):
        return layer(torch.ones(64))
def two_answers(p=0.25):
    "A network with dropout p before a linear layer, and a, b: its answers."
    linear = nn.Linear(12, 10, bias=False)
    torch.nn.init.zeros_(linear.weight)
    linear.weight.data[0] = 1.5
    kept = torch.zeros(10, dtype=torch.float64)
    kept[0] = 1.5 / (1 - p)
    network = nn.Sequential(nn.Flatten(), nn.Dropout(p), linear)
    return network, kept.softmax(0), (0 * kept).softmax(0)
def one_bright_pixel(n=1):
    "Images of 3 x 2 x 2 that are black but for one value."
    images = torch.zeros(n, 3, 2, 2, dtype=torch.uint8)
    images[:, 0, 0, 0] = 255
    names = tuple("0123456789")
    return ImageSet(images, torch.zeros(n, dtype=torch.long), names, "pixel/test")
def asked_forty_times():
    "Variability of the network with two answers; a, b, and the share q of a."
    model, a, b = two_answers()
    data = one_bright_pixel()
    answers = torch.stack([masked_answers(model, data, i)[0] for i in range(40)])
    q = (answers - a).abs().sum(1).lt(1e-6).double().mean()
    return response_variability(model, data, passes=40), a, b, q
class Always(nn.Module):
    "Says one class, whatever it sees."

    def __init__(self, label):
        super().__init__()
        self.label = label

    def forward(self, x):
        labels = torch.full((len(x),), self.label)
        return 9.0 * F.one_hot(labels, 10).float() + 0 * x.flatten(1)[:, :10]
def everything():
    "All rows of an untrained student with dropout, beside the teacher."
    settings = {"compare_images": 30, "passes": 2, "boundary": True}
    asked = Comparison(alignment_sigmas=(0.0, 0.1), transfer=True, **settings)
    model = build("wrn-10-1", dropout=0.3)
    model.load_state_dict(a_student().state_dict())
    return comparison_rows(model, a_teacher(), digits(), asked, STRONG)
def compared():
    "Two networks in train mode, after a comparison; and the state of one before."
    student = build("wrn-10-1", dropout=0.3).train()
    teacher = build("wrn-10-2").train()
    before = {k: v.clone() for k, v in student.state_dict().items()}
    some = {"transfer": True, "boundary": True, "passes": 2}
    asked = Comparison(alignment_sigmas=(0.1,), **some)
    comparison_rows(student, teacher, digits(10), asked, STRONG.but(steps=1))
    return student, teacher, before
def cka_by_gram(x, y):
    "HSIC(K, L) / sqrt(HSIC(K, K) HSIC(L, L)) with linear kernels."
    n = len(x)
    centre = torch.eye(n).double() - 1 / n
    k, g = (centre @ (z.double() @ z.double().T) @ centre for z in (x, y))
    return ((k * g).sum() / (k.square().sum() * g.square().sum()).sqrt()).item()
def similarity_on_grey(*networks):
    "Ratio and cosine of the ways from a grey image of class 0 to class 1."
    zero, one = torch.tensor([0]), torch.tensor([1])
    return ways_that_count(networks, GREY, zero, one)[0].tolist()
def one_pair(networks, x, label, target):
    "Ratio and cosine for one image and one class; None if the pair does not count."
    ends = [move_to_boundary(m, x, torch.tensor([target])) for m in networks]
    right = [m(z).argmax(1) == label for m, z in zip(networks, ends)]
    s, t = ((z - x).double().flatten() for z in ends)
    short, long = sorted([s.norm(), t.norm()])
    if any(right) or short == 0:
        return None
    return torch.stack([short / long, s @ t / short / long])
@torch.no_grad()
def similarity_by_loops(networks, data):
    "Image by image, class by class."
    pairs = []
    for x, label in zip(to_float(data.images)[:, None], data.labels.tolist()):
        for k in range(9):
            pairs.append(one_pair(networks, x, label, k if k != label else 9))
    found = [pair for pair in pairs if pair is not None]
    return (*torch.stack(found).mean(0).tolist(), len(found))


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


def test_centred_features_have_mean_zero():
    centred = _centred(torch.rand(50, 4) + 3, "x")
    assert centred.dtype == torch.float64
    assert centred.mean(0).abs().max() < 1e-14


def test_cka_by_hand():
    assert linear_cka(BOTH, BOTH) == pytest.approx(1)
    assert linear_cka(FIRST, SECOND) == 0
    assert linear_cka(FIRST, BOTH) == pytest.approx(0.5**0.5)


def test_deep_features_are_means_of_the_last_group():
    model, x = build("wrn-10-1").eval(), torch.rand(4, 3, 8, 8)
    last = model.features(x).groups[2]
    assert torch.equal(deep_features(model, x), last.flatten(2).mean(2))


def test_peers_show_the_one_that_is_reported():
    peers, x = Peers("wrn-10-1").eval(), torch.rand(4, 3, 8, 8)
    peers.reported = 1
    assert torch.equal(deep_features(peers, x), deep_features(peers.networks[1], x))


def test_one_shows_its_first_branch():
    model, x = build("wrn-10-1", branches=3).eval(), torch.rand(4, 3, 8, 8)
    assert torch.equal(deep_features(model, x), deep_features(model.networks[0], x))


def test_two_strengths_have_the_same_draws():
    clean, weak, strong = (split_features(Pixels(), digits(40), s) for s in (0, 0.1, 0.2))
    assert torch.allclose(strong - clean, 2 * (weak - clean), atol=1e-6)
    assert not torch.equal(weak, clean)


def test_features_are_read_in_eval_mode():
    model = build("wrn-10-1").train()
    found = split_features(model, digits())
    assert model.training
    in_parts = split_features(model.eval(), digits(), batch_size=100)
    assert torch.allclose(found, in_parts, atol=1e-5)


def test_a_network_is_aligned_with_itself():
    model, data = build("wrn-10-1"), digits()
    assert alignment(model, model, data, 0.0) == pytest.approx(1)
    assert alignment(model, model, data, 2.0) < 0.9


def test_the_student_sees_the_noise():
    first, second = build("wrn-10-1"), build("wrn-10-2")
    noisy = split_features(first, digits(), 0.3)
    found = alignment(first, second, digits(), 0.3)
    assert found == linear_cka(noisy, split_features(second, digits()))
    assert found != alignment(second, first, digits(), 0.3)


def test_the_way_goes_down_the_slope():
    way = way_on_a_slope(target=1)
    assert way[0, 0, 0, 0].item() == pytest.approx(0.3 * (0.1 + 1e-4), rel=1e-4)
    assert way.count_nonzero() == 1


def test_who_is_there_does_not_move():
    assert way_on_a_slope(target=0).count_nonzero() == 0


def test_ways_by_hand():
    way = torch.tensor([3.0, 4.0]).view(1, 2, 1, 1)
    ratio, cosine = compare_ways(way, 2 * way.flip(1))
    assert ratio.item() == 0.5
    assert cosine.item() == pytest.approx(24 / 25)


def test_a_way_has_an_angle():
    zero, one = torch.tensor([0]), torch.tensor([1])
    (ratio, cosine), = ways_that_count([sloping(0), sloping(60)], GREY, zero, one).tolist()
    assert ratio == pytest.approx(1, rel=1e-4)
    assert cosine == pytest.approx(0.5, rel=1e-4)


def test_only_ways_that_arrive_are_counted():
    zero, two = torch.tensor([0]), torch.tensor([2])
    assert len(ways_that_count([sloping(0), sloping(60)], GREY, zero, two)) == 0


def test_both_ways_have_to_arrive():
    zero, one = torch.tensor([0]), torch.tensor([1])
    flat, steep = sloping(0, slope=0.1), sloping(0)
    assert len(ways_that_count([flat, steep], GREY, zero, one)) == 0
    assert len(ways_that_count([steep, flat], GREY, zero, one)) == 0


def test_ordinary_networks_pass():
    assert _check_pair(build("wrn-10-1"), build("wrn-10-2"), digits(5)) is None


def test_a_network_has_its_own_boundary():
    found = boundary_similarity(a_teacher(), a_teacher(), digits(10))
    assert found.magsim == pytest.approx(1)
    assert found.angsim == pytest.approx(1)
    assert 0 < found.pairs <= 90


def test_batches_count_by_the_images_that_were_fooled():
    some, more = part_of_a_transfer(100.0, 1), part_of_a_transfer(50.0, 4)
    nobody = part_of_a_transfer(float("nan"), 0)
    assert pooled([some, nobody, more]) == (60, 5)
    assert math.isnan(pooled([nobody]).rate)


def test_what_fools_a_network_fools_it_again():
    found = transfer_rate(a_teacher(), a_teacher(), digits(40), STRONG, batch_size=15)
    assert found.rate == 100
    assert 0 < found.fooled <= 40


def test_only_dropout_is_on():
    model = build("wrn-10-1", dropout=0.3).train()
    with masks_on(model, 0, 0):
        awake = {type(m).__name__ for m in model.modules() if m.training}
    assert awake == {"Dropout"}


def test_masks_give_the_mode_back():
    model = build("wrn-10-1", dropout=0.3).train()
    with masks_on(model, 0, 0):
        pass
    assert all(m.training for m in model.modules())


def test_masks_have_names():
    third = mask_of(3)
    torch.rand(7)
    assert torch.equal(mask_of(3), third)
    assert not torch.equal(mask_of(4), third)


def test_masks_leave_the_global_generator_alone():
    before = torch.get_rng_state()
    mask_of(3)
    assert torch.equal(torch.get_rng_state(), before)


def test_an_answer_is_one_of_two():
    model, a, b = two_answers()
    for p in masked_answers(model, one_bright_pixel(50), 0):
        assert torch.allclose(p, a, atol=1e-6) or torch.allclose(p, b, atol=1e-6)


def test_masks_disagree_about_the_difference():
    found = Variability(entropy_of_mean=1.0, mean_entropy=0.75, variance=0.1)
    assert found.entropy_of_mean - found.mean_entropy == 0.25


def test_contradiction_is_all_variance():
    found = variability_of(torch.eye(2).double()[:, None])
    assert found.entropy_of_mean == pytest.approx(0.693147, abs=1e-6)
    assert found.mean_entropy == 0
    assert found.variance == 1


def test_entropies_in_closed_form():
    found, a, b, q = asked_forty_times()
    of_a, of_b, of_mean = (torch.special.entr(p).sum() for p in (a, b, q * a + (1 - q) * b))
    assert found.entropy_of_mean == pytest.approx(of_mean.item(), rel=1e-6)
    assert found.mean_entropy == pytest.approx((q * of_a + (1 - q) * of_b).item(), rel=1e-6)


def test_variance_in_closed_form():
    found, a, b, q = asked_forty_times()
    spread = 40 / 39 * q * (1 - q) * (a - b).square().sum()
    assert found.variance == pytest.approx(spread.item(), rel=1e-6)


def test_one_label_for_each_image_passes():
    assert _check_labels(torch.zeros(4), 4, "given_labels") is None


def test_changed_images_are_those_with_another_label():
    given, true = torch.tensor([7, 7, 8, 7]), torch.tensor([7, 7, 7, 7])
    few, was = changed_images(digits(4), given, true)
    assert torch.equal(few.images, digits(4).images[2:3])
    assert few.labels.tolist() == [8]
    assert was.tolist() == [7]


def test_memorised_and_recovered_by_hand():
    true = torch.tensor([3, 3, 3, 3, 1, 1, 1, 1, 1, 1])
    given = torch.tensor([3, 3, 3, 8, 3, 3, 2, 2, 1, 1])  # five are changed
    rows = memorisation_rows(Always(3), digits(10), given, true)
    values = {r["metric"]: r["value"] for r in rows}
    assert values["memorised_acc"] == 40
    assert values["recovered_acc"] == 20
    assert {r["n"] for r in rows} == {5}


def test_masks_need_no_teacher():
    assert not Comparison(passes=20).needs_teacher
    assert Comparison(alignment_sigmas=[0.0]).needs_teacher


def test_alignment_rows_have_a_sigma():
    model = build("wrn-10-1")
    rows = alignment_rows(model, model, digits(99), (0.0, 0.5))
    assert [r["sigma"] for r in rows] == [0.0, 0.5]
    assert rows[1]["value"] == alignment(model, model, digits(99), 0.5)


def test_without_a_pair_there_is_no_similarity():
    stubborn = Always(3), Always(4)
    assert boundary_similarity(*stubborn, digits(5)).pairs == 0
    assert boundary_rows(*stubborn, digits(5)) == []


def test_transfer_rows_hold_the_attack():
    row, = transfer_rows(a_student(), a_teacher(), digits(40), STRONG)
    assert {name: row[name] for name in PGD.model_fields} == STRONG.model_dump()
    assert 0 < row["n"] <= 40


def test_the_teacher_is_attacked():
    row, = transfer_rows(a_student(), a_teacher(), digits(40), STRONG)
    found = transfer_rate(a_teacher(), a_student(), digits(40), STRONG)
    assert (row["value"], row["n"]) == found
    assert found != transfer_rate(a_student(), a_teacher(), digits(40), STRONG)


def test_without_a_fooled_teacher_there_is_no_transfer():
    harmless = STRONG.but(eps=0.0)
    assert transfer_rows(a_student(), a_teacher(), digits(40), harmless) == []


def test_variability_has_three_rows():
    model = build("wrn-10-1", dropout=0.3)
    rows = variability_rows(model, digits(20), passes=3)
    found = response_variability(model, digits(20), passes=3)
    assert tuple(r["value"] for r in rows) == found


def test_pair_rows_are_what_is_asked():
    asked = Comparison(boundary=True)
    rows = pair_rows(a_student(), a_teacher(), digits(5), asked)
    assert [r["metric"] for r in rows] == ["magsim", "angsim"]


def test_nothing_asked_is_nothing_answered():
    assert comparison_rows(build("wrn-10-1"), None, digits(40), Comparison()) == []


def test_all_questions_have_rows():
    names = ["cka", "cka", "transfer", "magsim", "angsim"]
    names += ["mask_entropy", "mask_mean_entropy", "mask_variance"]
    assert [r["metric"] for r in everything()] == names


def test_rows_are_of_the_images_that_were_asked_for():
    rows = everything()
    assert {tuple(r) for r in rows} == {COLUMNS}
    assert {r["n"] for r in rows if r["metric"] != "transfer"} == {30}


def test_comparison_repeats():
    assert everything() == everything()


def test_comparison_leaves_no_trace():
    student, teacher, before = compared()
    for model in (student, teacher):
        assert all(m.training for m in model.modules())
        assert all(p.requires_grad for p in model.parameters())
        assert all(p.grad is None for p in model.parameters())


def test_comparison_changes_no_weight_and_no_statistic():
    student, _, before = compared()
    assert all(torch.equal(v, before[k]) for k, v in student.state_dict().items())


def test_cka_is_the_cosine_of_gram_matrices():
    shared = torch.randn(60, 4)
    for widths in ((3, 3), (3, 200), (100, 7)):
        x, y = (shared @ torch.randn(4, d) + torch.randn(60, d) for d in widths)
        assert linear_cka(x, y) == pytest.approx(cka_by_gram(x, y), rel=1e-9)


def test_cka_of_one_feature_is_the_squared_correlation():
    x = torch.randn(80)
    y = x + torch.randn(80)
    correlation = torch.corrcoef(torch.stack([x, y]).double())[0, 1].item()
    assert linear_cka(x[:, None], y[:, None]) == pytest.approx(correlation**2, rel=1e-9)


def test_cka_ignores_turns_scales_and_shifts():
    x, y = torch.randn(50, 6).double(), torch.randn(50, 5).double()
    turn = torch.linalg.qr(torch.randn(6, 6).double()).Q
    for same in (x @ turn, 7 * x, x + 3, x.flip(1)):
        assert linear_cka(same, y) == pytest.approx(linear_cka(x, y), rel=1e-9)
        assert linear_cka(same, x) == pytest.approx(1, rel=1e-9)


def test_cka_is_mutual():
    x, y = torch.randn(50, 6), torch.randn(50, 5)
    assert linear_cka(y, x) == pytest.approx(linear_cka(x, y), rel=1e-9)


def test_cka_sees_other_maps_and_orders():
    x = torch.randn(50, 6)
    assert linear_cka(x @ torch.diag(torch.tensor([9.0, 1, 1, 1, 1, 1])), x) < 0.9
    assert linear_cka(x, x.roll(1, 0)) < 0.5


def test_noise_has_the_cka_of_its_width():
    x, y = torch.randn(2, 300, 60)
    assert linear_cka(x, y) == pytest.approx(60 / 360, rel=0.15)


def test_sigma_is_a_standard_deviation():
    data = digits()
    spread = split_features(Pixels(), data).std().item()
    found = alignment(Pixels(), Pixels(), data, sigma=8 * spread)
    assert abs(found - 0.5) < 5 * 0.025


def test_cosines_are_those_of_the_slopes():
    for degrees in (0, 30, 90, 150):
        _, cosine = similarity_on_grey(sloping(0), sloping(degrees, lead=0.04))
        assert cosine == pytest.approx(math.cos(math.radians(degrees)), abs=1e-5)


def test_steep_slopes_compare_leads():
    ratio, _ = similarity_on_grey(sloping(0, lead=0.1), sloping(45, lead=0.04))
    assert ratio == pytest.approx(0.0401 / 0.1001, rel=1e-3)


def test_flat_slopes_end_just_behind_the_boundary():
    ratio, _ = similarity_on_grey(sloping(0), sloping(0, slope=2.5))
    flat, steep = 0.1001 * (1 - 4**-5) / 2.5, 0.3 * 0.1001
    assert ratio == pytest.approx(steep / flat, rel=1e-3)


def test_similarity_is_the_loop_over_pairs():
    networks = a_teacher(), a_student()
    found = boundary_similarity(*networks, digits(6), batch_size=4)
    magsim, angsim, pairs = similarity_by_loops(networks, digits(6))
    assert found.pairs == pairs
    assert found.magsim == pytest.approx(magsim, rel=1e-3)
    assert found.angsim == pytest.approx(angsim, abs=1e-3)


def test_similarity_is_mutual():
    there = boundary_similarity(a_teacher(), a_student(), digits(6))
    back = boundary_similarity(a_student(), a_teacher(), digits(6))
    assert there == pytest.approx(back, rel=1e-9)


def test_transfer_is_pooled_over_batches():
    networks, data, parts = (a_teacher(), a_student()), digits(40), []
    for i, rows in enumerate((slice(0, 25), slice(25, 40))):
        x, y = to_float(data.images[rows]), data.labels[rows]
        parts.append(transfer(*networks, x, y, STRONG, stream(0, i, "transfer")))
    assert transfer_rate(*networks, data, STRONG, batch_size=25) == pooled(parts)


def test_masks_keep_with_their_probability():
    model, a, _ = two_answers(p=0.25)
    answers = masked_answers(model, one_bright_pixel(4000), 0)
    kept = int((answers - a).abs().sum(1).lt(1e-6).sum())
    low, high = scipy.stats.binom.interval(1 - 1e-6, 4000, 0.75)
    assert low <= kept <= high


def test_variance_does_not_depend_on_the_number_of_passes():
    model, a, b = two_answers(p=0.25)
    size = (a - b).square().sum().item()
    for k in (2, 5):
        found = response_variability(model, one_bright_pixel(4000), passes=k)
        error = k / (k - 1) / 8 * size / 4000**0.5
        assert abs(found.variance - 0.25 * 0.75 * size) < 5 * error


def test_equal_answers_do_not_vary():
    data = one_bright_pixel()
    dark = replace(data, images=0 * data.images)
    found = response_variability(two_answers()[0], dark, passes=5)
    assert found.variance == pytest.approx(0, abs=1e-12)
    assert found.entropy_of_mean == pytest.approx(found.mean_entropy)


def test_refuses_features_of_other_images():
    refuses("x has 5 rows, y has 6", linear_cka, torch.rand(5, 2), torch.rand(6, 2))


def test_refuses_features_of_another_shape():
    refuses("x is of shape (5, 2, 2); should be", linear_cka, *torch.rand(2, 5, 2, 2))
    refuses("x is of shape (1, 2); should be", linear_cka, *torch.rand(2, 1, 2))


def test_refuses_features_without_a_correlation():
    good = torch.rand(5, 2)
    refuses("y is the same for all images", linear_cka, good, torch.ones(5, 2))
    refuses("x has values that are not finite", linear_cka, good / 0, good)


def test_refuses_a_network_without_features():
    x = torch.rand(2, 3, 2, 2)
    refuses("Sequential: should have features(x)", deep_features, nn.Sequential(), x)


def test_refuses_a_negative_sigma():
    ask = Pixels(), Pixels(), digits(5), -0.1
    refuses("sigma = -0.1: should be >= 0", alignment, *ask)


def test_refuses_networks_of_other_classes():
    networks = build("wrn-10-1"), build("wrn-10-1", 7)
    words = "returns (2, 7); should be logits (2, 10)"
    refuses(words, boundary_similarity, *networks, digits(5))


def test_refuses_masks_of_a_network_without_dropout():
    words = "WRN: passes = 5, but it should have dropout > 0"
    refuses(words, response_variability, build("wrn-10-1"), digits(5), passes=5)


def test_refuses_a_single_mask():
    ask = build("wrn-10-1", dropout=0.3), digits(5), 1
    refuses("passes = 1: should be 2 or more", response_variability, *ask)
    refuses("passes = 1: input should be greater than or equal to 2", Comparison, passes=1)


def test_refuses_labels_that_nobody_changed():
    data = subset(load("digits"), 5)
    y = data.labels
    refuses("given_labels: all are the true ones", changed_images, data, y, y)
    refuses("true_labels is of shape (4,); should be (5,)", changed_images, data, y, y[1:])


def test_refuses_images_for_questions_that_are_not_asked():
    refuses("compare_images = 9: should be None", Comparison, compare_images=9)


def test_refuses_a_sigma_that_is_there_twice():
    sigmas = (0.1, 0.1)
    refuses("alignment_sigmas: 0.1 is there twice", Comparison, alignment_sigmas=sigmas)
    refuses("alignment_sigmas.0 = -1.0", Comparison, alignment_sigmas=(-1.0,))


def test_refuses_to_compare_without_a_teacher():
    alone = build("wrn-10-1"), None, digits(5), Comparison(boundary=True)
    refuses("teacher = None: should be a network", comparison_rows, *alone)

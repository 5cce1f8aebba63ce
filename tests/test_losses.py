"Exported from nbs/10_losses.ipynb by `noisekd export`; edit the notebook."

import pytest, torch
import math
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Literal, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from noisekd.data import available
from noisekd.losses import *
from noisekd.losses import _ready
from noisekd.losses import _term
from noisekd.losses import _unit
from noisekd.losses import _alike
from noisekd.losses import _same_batch
from noisekd.losses import _distances
from noisekd.losses import _base_images
from noisekd.losses import _wrong_classes
from noisekd.losses import _to_boundary
from noisekd.losses import _soft_cross_entropy
import math
import pytest, scipy.stats
torch.manual_seed(0);
from torch.multiprocessing.reductions import StorageWeakRef
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

class Ledger(TorchDispatchMode):
    held, peak = {}, 0
    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        out = function(*args, **(kwargs or {}))
        storages = [x.untyped_storage() for x in tree_leaves(out) if isinstance(x, Tensor)]
        self.held = {k: v for k, v in {**self.held, **{s._cdata: (StorageWeakRef(s), s.nbytes()) for s in storages}}.items() if not v[0].expired()}
        self.peak = max(self.peak, sum(n for _, n in self.held.values()))
        return out

def peak_memory(call):
    with Ledger() as ledger: call()
    return ledger.peak / 1e6
def cases(n=5, **kw):
    def pair(*shapes): return tuple([torch.randn(n, *s, **kw).requires_grad_() for s in shapes] for _ in range(2))
    maps, valid = ((4, 6, 6), (6, 3, 3)), torch.arange(n) % 2 == 0
    return {
        "hinton": (lambda s, t: hinton(s[0], t[0]), *pair((10,))), "one": (lambda s, t: one(s[0], t[0][:, 0]), *pair((3, 10))),
        "fitnet": (lambda s, t: fitnet(s[0], t[0]), *pair(maps[0])), "fsp": (lambda s, t: fsp([s], [t]), *pair(*maps)),
        "attention": (attention, *pair(*maps)), "attention, paper": (lambda s, t: attention(s, t, "paper"), *pair(*maps)),
        "similarity": (lambda s, t: similarity(s[0], t[0]), *pair(maps[0])),
        "rkd_distance": (lambda s, t: rkd_distance(s[0], t[0]), *pair((7,))), "rkd_distance, raw": (lambda s, t: rkd_distance(s[0], t[0], False), *pair((7,))),
        "rkd_angle": (lambda s, t: rkd_angle(s[0], t[0]), *pair((7,))), "rkd_angle, raw": (lambda s, t: rkd_angle(s[0], t[0], False), *pair((7,))),
        "bss": (lambda s, t: bss(s[0], t[0], s[1], t[1], valid, (2., 1.)), *pair((10,), (10,))),
    }


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


def test_dml_is_hinton_at_temperature_one():
    mine, peer = torch.randn(2, 6, 10)
    kl = torch.distributions.kl_divergence(torch.distributions.Categorical(logits=peer), torch.distributions.Categorical(logits=mine)).mean()
    assert hinton(mine, peer, tau=1.).item() == pytest.approx(kl.item(), rel=1e-5)


def test_one_is_the_authors_sum():
    z, teacher = torch.randn(4, 3, 10), torch.randn(4, 10)
    target = (teacher / 3).softmax(1)  # the next line follows the authors' code, without their 1e-7
    theirs = sum(9 * (target * (target.log() - (z[:, b] / 3).log_softmax(1))).sum() / 4 for b in range(3))
    assert one(z, teacher).item() == pytest.approx(theirs.item(), rel=1e-5)


def test_one_ramp_by_hand():
    assert one_ramp(0) == pytest.approx(math.exp(-5)) and one_ramp(40) == pytest.approx(math.exp(-1.25))
    assert one_ramp(80) == one_ramp(299) == one_ramp(0, 0) == 1


def test_ready_keeps_the_shape_of_the_nest():
    half, double = torch.ones(2, dtype=torch.float16, requires_grad=True), torch.ones(2, dtype=torch.float64)
    a, (b,) = _ready([half, (double,)], False)
    assert a.dtype == torch.float32 and a.requires_grad and b is double and not _ready(half, True).requires_grad


def test_a_term_leaves_autocast():
    x, product = torch.randn(8, 8), _term(lambda s, t: s @ t)
    plain = x @ x
    with torch.autocast("cpu", dtype=torch.bfloat16): assert torch.equal(product(x, x), plain) and (x @ x).dtype == torch.bfloat16
    with pytest.raises(ValueError, match="nothing to compare"): product([], [])


def test_unit_vectors_and_nothing():
    x = torch.tensor([[3., 4.], [0., 0.]], requires_grad=True)
    assert torch.allclose(_unit(x), torch.tensor([[.6, .8], [0., 0.]]))
    (_unit(x) * torch.tensor([[1., 0.], [1., 1.]])).sum().backward()
    assert torch.allclose(x.grad, torch.tensor([[16 / 125, -12 / 125], [0., 0.]]), atol=1e-6)  # (1 - cos²)/5, -cos·sin/5


def test_unlike_shapes_are_named():
    _alike(torch.zeros(2, 3), torch.zeros(2, 4), "x", slice(1))
    with pytest.raises(ValueError, match=r"x: the student's is \(2, 3\), the teacher's \(2, 4\)"): _alike(torch.zeros(2, 3), torch.zeros(2, 4), "x")


def test_batches_of_different_size_are_refused():
    _same_batch(torch.zeros(2, 3), torch.zeros(2, 4, 4))
    with pytest.raises(ValueError, match="batch: 2 images for the student, 3"): _same_batch(torch.zeros(2), torch.zeros(3))


def test_fitnet_by_hand():
    s = torch.zeros(1, 1, 2, 2); s[0, 0, 1, 0] = 2
    assert fitnet(s, torch.zeros(1, 1, 2, 2)) == 1
    with pytest.raises(ValueError, match=r"feature map: the student's is \(2, 4, 8, 8\), the teacher's \(2, 4, 4, 4\)"): fitnet(torch.zeros(2, 4, 8, 8), torch.zeros(2, 4, 4, 4))


def test_a_regressor_bridges_channels_not_places():
    regressor = Regressor(8, 16)
    assert fitnet(regressor(torch.randn(2, 8, 4, 4)), torch.randn(2, 16, 4, 4)) > 0
    with pytest.raises(ValueError, match=r"\(2, 16, 8, 8\), the teacher's \(2, 16, 4, 4\)"): fitnet(regressor(torch.randn(2, 8, 8, 8)), torch.randn(2, 16, 4, 4))


def test_a_regressor_can_undo_an_order_of_channels():
    t, order = torch.randn(2, 4, 3, 3), torch.tensor([2, 0, 3, 1])
    regressor = Regressor(4, 4)
    with torch.no_grad(): regressor.weight.zero_(); regressor.bias.zero_(); regressor.weight[order, range(4), 0, 0] = 1
    assert fitnet(t[:, order], t) > .1 and fitnet(regressor(t[:, order]), t) < 1e-12


def test_attention_map_by_hand():
    a = torch.tensor([[[1., 0.], [0., 2.]], [[-3., 0.], [0., 1.]]])[None]  # two channels; squares sum to 10 and 5
    assert torch.allclose(attention_map(a), torch.tensor([[2., 0., 0., 1.]]) / 5 ** .5)


def test_attention_by_hand():
    s, t = torch.zeros(3, 2, 2, 2), torch.zeros(3, 5, 2, 2)
    s[:, 0, 0, 0], t[:, 3, 0, 1] = 7, .1
    assert attention([s], [t]).item() == pytest.approx(.5) and attention([s, s], [t, t]).item() == pytest.approx(1)
    assert attention([s], [t], "paper").item() == pytest.approx(.5 ** .5)


def test_attention_forms_of_one_image_are_tied():
    s, t = torch.randn(1, 4, 5, 5), torch.randn(1, 8, 5, 5)
    assert (attention([s], [t]) * 25).item() == pytest.approx((2 * attention([s], [t], "paper")).item() ** 2, rel=1e-5)


def test_attention_sees_neither_order_of_channels_nor_scale():
    s, t = torch.randn(4, 6, 5, 5), torch.randn(4, 6, 5, 5)
    for form in ("code", "paper"):
        assert attention([3 * s[:, torch.randperm(6)]], [.2 * t], form).item() == pytest.approx(attention([s], [t], form).item(), rel=1e-5)
        assert attention([s.flip(3)], [t], form).item() != pytest.approx(attention([s], [t], form).item(), rel=1e-2)  # places it does see


def test_attention_refuses_what_does_not_fit():
    s = torch.zeros(2, 4, 8, 8)
    with pytest.raises(ValueError, match="student has 1, the teacher 2"): attention([s], [s, s])
    with pytest.raises(ValueError, match=r"places of a group: the student's is \(2, 8, 8\), the teacher's \(2, 4, 4\)"): attention([s], [s[..., :4, :4]])
    with pytest.raises(ValueError, match="form = 'sum'"): attention([s], [s], "sum")


def test_fsp_matrix_by_hand():
    start = torch.tensor([[[[1., 2.], [3., 4.]]]])
    assert fsp_matrix(start, torch.full((1, 1, 1, 1), 3.)).item() == 12 and fsp_matrix(start, start).item() == (1 + 4 + 9 + 16) / 4
    with pytest.raises(ValueError, match="ends larger"): fsp_matrix(start[..., :1], start)


def test_fsp_by_hand():
    start, one_place = torch.tensor([[[[1., 2.], [3., 4.]]]]), torch.full((1, 1, 1, 1), 3.)
    assert fsp([(start, one_place), (start, start)], [(start, start), (start, start)]).item() == pytest.approx(4.5 ** 2)


def test_fsp_sees_the_relation_only():
    a, b, t = torch.randn(2, 3, 4, 4), torch.randn(2, 5, 4, 4), [(torch.randn(2, 3, 4, 4), torch.randn(2, 5, 4, 4))]
    assert torch.allclose(fsp([(a.flip(2), b.flip(2))], t), fsp([(a, b)], t)) and torch.allclose(fsp([(2 * a, b / 2)], t), fsp([(a, b)], t))
    assert not torch.allclose(fsp([(a.flip(2), b)], t), fsp([(a, b)], t), rtol=.01)


def test_fsp_needs_equal_channels():
    m, n = torch.zeros(2, 16, 8, 8), torch.zeros(2, 32, 8, 8)
    with pytest.raises(ValueError, match=r"start channels, end channels\): the student's is \(2, 16, 16\), the teacher's \(2, 16, 32\)"): fsp([(m, m)], [(m, n)])
    with pytest.raises(ValueError, match="student has 1, the teacher 0"): fsp([(m, m)], [])


def test_similarity_matrix_by_hand():
    rows = torch.tensor([[1., 0.], [3., 4.]])  # inner products 1, 3, 3, 25
    assert torch.allclose(similarity_matrix(rows), torch.tensor([[1., 3.], [3., 25.]]) / torch.tensor([[10.], [634.]]).sqrt())


def test_similarity_by_hand_and_by_loop():
    assert similarity(torch.ones(2, 3), torch.eye(2)).item() == pytest.approx(1 - .5 ** .5, rel=1e-5)
    s, t = torch.randn(5, 3, 2, 2, dtype=torch.double), torch.randn(5, 7, dtype=torch.double)
    row = lambda a, i: [float((a[i] * a[j]).sum()) for j in range(5)]
    cell = lambda a, i, j: row(a, i)[j] / math.sqrt(sum(v * v for v in row(a, i)))
    loop = sum((cell(s, i, j) - cell(t, i, j)) ** 2 for i in range(5) for j in range(5)) / 25
    assert similarity(s, t).item() == pytest.approx(loop, rel=1e-10)


def test_similarity_sees_neither_rotation_nor_scale():
    s, t = torch.randn(6, 8), torch.randn(6, 4)
    rotation = torch.linalg.qr(torch.randn(8, 8)).Q
    assert similarity(5 * s @ rotation, t).item() == pytest.approx(similarity(s, t).item(), rel=1e-4)
    assert similarity(s + 1, t).item() != pytest.approx(similarity(s, t).item(), rel=1e-2)  # the origin it does see
    with pytest.raises(ValueError, match="batch: 5 images for the student, 6"): similarity(s[:5], t)


def test_distances_of_close_rows_survive():
    x = torch.tensor([[1000., 0.], [1000., .01]])
    assert _distances(x)[0, 1].item() == pytest.approx(.01, rel=1e-6)
    expanded = (x.pow(2).sum(1)[:, None] + x.pow(2).sum(1) - 2 * x @ x.T).clamp(0).sqrt()[0, 1].item()
    assert expanded != pytest.approx(.01, rel=.5)


def test_relative_distances_by_hand():
    line = torch.tensor([[0.], [0.], [6.]])
    assert torch.equal(relative_distances(line, False), torch.tensor([[0., 0., 1.], [0., 0., 1.], [1., 1., 0.]]))
    corner = relative_distances(torch.tensor([[5., 0.], [0., 2.], [-1., 0.]]))  # on the unit circle: √2, √2 and 2
    assert corner[0, 2].item() == pytest.approx(3 * 2 / (2 + 8 ** .5), rel=1e-6)


def test_rkd_distance_by_hand():
    triangle = torch.tensor([[0., 0.], [1., 0.], [.5, .75 ** .5]])
    assert rkd_distance(torch.tensor([[0.], [1.], [2.]]), triangle, False).item() == pytest.approx(1 / 24, rel=1e-5)
    with pytest.raises(ValueError, match="batch: 2 images for the student, 3"): rkd_distance(triangle[:2], triangle)


def test_rkd_distance_is_linear_far_out():
    s, t = torch.arange(20.)[:, None], torch.arange(20.)[:, None] ** 4
    d = relative_distances(s, False) - relative_distances(t, False)
    assert (d.abs() > 1).any() and (d.abs() < 1).any()
    assert rkd_distance(s, t, False).item() == pytest.approx(torch.where(d.abs() < 1, d ** 2 / 2, d.abs() - .5).mean().item(), rel=1e-6)


def test_angles_by_hand():
    cos = angles(torch.tensor([[0., 0.], [1., 0.], [0., 2.]]), False)
    assert cos[0, 1, 2].abs() < 1e-7 and cos[1, 0, 2].item() == pytest.approx(1 / 5 ** .5) and cos[2, 0, 1].item() == pytest.approx(2 / 5 ** .5)
    assert torch.allclose(cos.diagonal(dim1=1, dim2=2), 1 - torch.eye(3)) and (cos[range(3), range(3)] == 0).all()


def test_rkd_angle_by_hand():
    right, triangle = torch.tensor([[0., 0.], [1., 0.], [0., 1.]]), torch.tensor([[0., 0.], [1., 0.], [.5, .75 ** .5]])
    assert rkd_angle(right, triangle, False).item() == pytest.approx((.5 ** 2 + 2 * (.5 ** .5 - .5) ** 2) / 27, rel=1e-5)
    with pytest.raises(ValueError, match="batch: 2 images for the student, 3"): rkd_angle(right[:2], triangle)


def test_rkd_sees_the_constellation_only():
    s, t = torch.randn(7, 5), torch.randn(7, 9)
    rotation = torch.linalg.qr(torch.randn(5, 5)).Q
    for loss in (rkd_distance, rkd_angle):
        for normalize in (True, False): assert loss(3 * s @ rotation, t, normalize).item() == pytest.approx(loss(s, t, normalize).item(), rel=1e-4)
        assert loss(s + 2, t, False).item() == pytest.approx(loss(s, t, False).item(), rel=1e-4)
        assert loss(s + 2, t, True).item() != pytest.approx(loss(s, t, True).item(), rel=1e-2)


def test_rkd_fits_into_memory():
    s, t = torch.randn(128, 128, requires_grad=True), torch.randn(128, 128)
    assert 20 <= peak_memory(lambda: torch.zeros(2_500_000) + 1) < 21 and peak_memory(lambda: [torch.zeros(2_500_000).sum() for _ in range(9)]) < 11  # the measure itself
    assert peak_memory(lambda: rkd_angle(s, t).backward()) < 200 and peak_memory(lambda: rkd_distance(s, t).backward()) < 200


def test_base_images_are_right_and_disputed():
    s, t = torch.tensor([[2., 0, 1], [3., 0, 0], [0, 4., 0], [3., 0, 0]]), torch.tensor([[2., 1, 0], [3., 0, 0], [4., 0, 0], [0, 3., 0]])
    rows, valid = _base_images(s, t, torch.zeros(4, dtype=torch.long), "teacher", 64)
    assert rows[:3].tolist() == [2, 0, 1] and valid.tolist() == [True] * 3 + [False]
    rows, valid = _base_images(s, t, torch.zeros(4, dtype=torch.long), "both", 3)
    assert rows[:2].tolist() == [0, 1] and valid.tolist() == [True, True, False]
    with pytest.raises(ValueError, match="base = 'student'"): _base_images(s, t, torch.zeros(4, dtype=torch.long), "student", 3)


def test_the_true_class_does_not_count():
    s, t = torch.tensor([[.4, .3, .3], [.5, .49, .01]]).log(), torch.tensor([[.98, .01, .01]]).log().repeat(2, 1)
    assert _base_images(s, t, torch.zeros(2, dtype=torch.long), "teacher", 2)[0].tolist() == [1, 0]


def test_wrong_classes_follow_the_teacher():
    z, y, g = torch.tensor([1., 3., 0., 2.]), torch.full((50_000,), 1), torch.Generator().manual_seed(0)
    counts = torch.bincount(_wrong_classes(z.repeat(50_000, 1), y, g), minlength=4)
    p = z.softmax(0).index_fill(0, torch.tensor([1]), 0.)
    assert counts[1] == 0 and scipy.stats.chisquare(counts[[0, 2, 3]].numpy(), (50_000 * p / p.sum())[[0, 2, 3]].double().numpy(), sum_check=False).pvalue > 1e-6
    certain = torch.tensor([[0., 1e4, -1e4]]).repeat(1000, 1)
    assert (_wrong_classes(certain, y[:1000], g) != 1).all()


def test_the_way_to_the_boundary_in_closed_form():
    w, x, y, target = torch.tensor([3., 4.]), torch.tensor([.8, .9]).view(1, 2, 1, 1), torch.tensor([0]), torch.tensor([1])
    linear = lambda x: torch.stack([x.flatten(1) @ w - 5, torch.zeros(len(x))], 1)  # the lead is 1 at x
    lead = lambda **kw: linear(_to_boundary(linear, x, y, target, **kw))[0, 0].item()
    assert lead(steps=4, step=.03) == pytest.approx(1.0001 * .85 ** 4 - 1e-4, rel=1e-5)
    assert lead(steps=1, step=.24) == pytest.approx(1.0001 * -.2 - 1e-4, rel=1e-4) and lead(steps=9, step=.24) == lead(steps=1, step=.24)


def test_the_way_to_the_boundary_at_the_ends():
    x, y, target = torch.rand(3, 3, 4, 4), torch.zeros(3, dtype=torch.long), torch.ones(3, dtype=torch.long)
    steep = lambda x: torch.stack([50 * x.flatten(1).sum(1), torch.zeros(len(x))], 1)
    assert _to_boundary(steep, x, y, target, 10, .3).aminmax() == (0, 0)
    flat = lambda x: torch.tensor([[1., 0.]]) + 0 * x.flatten(1)[:, :2]
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16): assert torch.equal(_to_boundary(flat, x, y, target, 10, .3), x)


def test_boundary_samples_come_closer():
    from noisekd.models import build
    teacher, x = build("wrn-10-1", seed=1).eval(), torch.rand(12, 3, 8, 8)
    state, z, g = {k: v.clone() for k, v in teacher.state_dict().items()}, teacher(x), lambda: torch.Generator().manual_seed(3)
    y = torch.where(torch.arange(12) < 9, z.argmax(1), (z.argmax(1) + 1) % 10)  # the teacher is wrong on the last three
    at = boundary_samples(teacher, x, y, torch.zeros_like(z), z, g(), size=10)
    assert at.images.shape == (10, 3, 8, 8) and at.valid.sum() == 9 and (at.rows[at.valid] < 9).all() and not at.images.requires_grad
    lead = lambda z: z.gather(1, y[at.rows][:, None])[:, 0] - z.scatter(1, y[at.rows][:, None], -torch.inf).amax(1)
    assert (lead(teacher(at.images)) < lead(z[at.rows]))[at.valid].all()
    assert all(p.grad is None for p in teacher.parameters()) and all(torch.equal(v, state[k]) for k, v in teacher.state_dict().items())
    assert torch.equal(at.images, boundary_samples(teacher, x, y, torch.zeros_like(z), z, g(), size=10).images)


def test_soft_cross_entropy_is_entropy_plus_kl():
    s, t = torch.randn(2, 5, 10, dtype=torch.double)
    entropy = torch.distributions.Categorical(logits=t / 3).entropy().mean()
    assert _soft_cross_entropy(s, t, 3.).mean().item() == pytest.approx((entropy + hinton(s, t, 3.) / 9).item(), rel=1e-10)


def test_bss_by_hand():
    s, t, wild = torch.zeros(4, 2), torch.randn(4, 2), 100 * torch.randn(4, 2)
    assert bss(s, t, s, t, torch.ones(4).bool(), (4., 2.)).item() == pytest.approx(6 * math.log(2))
    some = torch.tensor([True, False, True, False])
    assert bss(s, t, s, t, some, (4., 2.)).item() == pytest.approx(6 * math.log(2))  # a mean over those that count
    assert torch.equal(bss(s, t, torch.where(some[:, None], s, wild), t, some, (4., 2.)), bss(s, t, s, t, some, (4., 2.)))
    assert bss(s, t, wild, t, ~torch.ones(4).bool(), (4., 2.)).item() == pytest.approx(4 * math.log(2))


def test_bss_is_least_at_the_teacher():
    t, near = torch.randn(2, 4, 10, dtype=torch.double)
    z, b = t.clone().requires_grad_(), near.clone().requires_grad_()
    bss(z, t, b, near, torch.ones(4).bool(), (1., 1.)).backward()
    assert z.grad.abs().max() < 1e-12 and b.grad.abs().max() < 1e-12


def test_bss_weights_by_hand():
    assert bss_weights(99, 200) == pytest.approx((2.5, 2 / 3)) and bss_weights(199, 200) == (1, 0)
    assert bss_weights(149, 200) == pytest.approx((1.75, 0), abs=1e-12) and bss_weights(0, 80) == pytest.approx((3 * 79 / 80 + 1, 2 * 59 / 60))


def test_every_weight_is_of_a_term_and_has_a_source():
    assert all(callable(globals()[name]) and w.value > 0 and len(w.source) > 20 for name, w in WEIGHTS.items())


def test_terms_are_zero_at_the_teacher():
    for name, (loss, s, t) in cases(dtype=torch.double).items():
        if name == "one": t = [t[0][:, :1].expand(-1, 3, -1)]
        if name != "bss": assert loss(t, t).abs() < 1e-12 and loss(s, t) > 1e-3, name


def test_terms_have_the_right_gradient():
    for name, (loss, s, t) in cases(n=4, dtype=torch.double).items(): assert torch.autograd.gradcheck(lambda *s: loss(list(s), t), s, fast_mode=True), name


def test_terms_send_nothing_into_the_teacher():
    for name, (loss, s, t) in cases().items():
        loss(s, t).backward()
        assert all(x.grad is None for x in t) and any(x.grad is not None and x.grad.abs().max() > 0 for x in s), name


def test_terms_are_finite_on_degenerate_input():
    for name, (loss, s, t) in cases().items():
        for spoil in (lambda x: 0 * x, lambda x: x[:1].expand_as(x), lambda x: 1e-20 * x, lambda x: torch.where(torch.arange(5).view(-1, *[1] * (x.ndim - 1)) < 2, x[:1], x)):
            for spoiled in ([spoil(x.detach()).clone().requires_grad_() for x in s], [spoil(x.detach()).clone().requires_grad_() for x in t]):
                for target in (t, spoiled):
                    value = loss(spoiled, target)
                    assert value.isfinite() and all(g.isfinite().all() and g.abs().max() < 1e4 for g in torch.autograd.grad(value, spoiled)), name


def test_terms_do_not_lose_precision():
    for name, (loss, s, t) in cases().items():
        plain = loss(s, t)
        with torch.autocast("cpu", dtype=torch.bfloat16): assert torch.equal(loss(s, t), plain), name
        assert plain.dtype == torch.float32 and loss([x.bfloat16() for x in s], [x.bfloat16() for x in t]).dtype == torch.float32, name
        assert cases(dtype=torch.double)[name][0](*cases(dtype=torch.double)[name][1:]).dtype == torch.float64, name


def test_terms_need_no_values_on_the_host():
    from torch._subclasses.fake_tensor import DataDependentOutputException, DynamicOutputShapeException, FakeTensorMode
    with FakeTensorMode():
        for name, (loss, s, t) in cases().items(): assert loss(s, t).shape == () and len(torch.autograd.grad(loss(s, t), s)) == len(s), name
        model, x, z, y = nn.Sequential(nn.Flatten(), nn.Linear(12, 10)), torch.rand(8, 3, 2, 2), torch.randn(8, 10), torch.zeros(8, dtype=torch.long)
        for base in ("teacher", "both"): assert boundary_samples(model, x, y, z, z, torch.Generator(), base, size=5).images.shape == (5, 3, 2, 2)
        with pytest.raises(DynamicOutputShapeException): z[z > 0].mean()
        with pytest.raises(DataDependentOutputException): z.sum().item()


def test_attention_beside_torchdistill():
    peer = pytest.importorskip("torchdistill.losses.mid_level")
    s, t = [torch.randn(4, 6, 8, 8), torch.randn(4, 8, 4, 4)], [torch.randn(4, 9, 8, 8), torch.randn(4, 8, 4, 4)]
    pairs = {k: {side: {"io": "output", "path": k} for side in ("student", "teacher")} for k in "01"}
    io = lambda maps: {k: {"output": m} for k, m in zip("01", maps)}
    for form, factor in ("code", 1), ("paper", 2):
        assert peer.ATLoss(pairs, mode=form)(io(s), io(t)).item() == pytest.approx(factor * attention(s, t, form).item(), rel=1e-4)


def test_rkd_beside_torchdistill():
    peer = pytest.importorskip("torchdistill.losses.mid_level")
    s, t = {"e": {"output": torch.randn(9, 12)}}, {"e": {"output": torch.randn(9, 20)}}
    for weights, loss in ((1., 0.), rkd_distance), ((0., 1.), rkd_angle):
        theirs = peer.RKDLoss("e", "e", *weights, reduction="mean")
        theirs = theirs.compute_rkd_distance_loss if weights[0] else theirs.compute_rkd_angle_loss
        assert theirs(t["e"]["output"], s["e"]["output"]).item() == pytest.approx(loss(s["e"]["output"], t["e"]["output"], False).item(), rel=1e-3)


def test_fsp_matrix_beside_torchdistill():
    peer = pytest.importorskip("torchdistill.losses.mid_level")
    start, end = torch.randn(3, 5, 8, 8), torch.randn(3, 7, 4, 4)
    assert torch.allclose(peer.FSPLoss.compute_fsp_matrix(start, end), fsp_matrix(start, end), atol=1e-6)


def test_where_torchdistill_is_no_anchor():
    peer = pytest.importorskip("torchdistill.losses.mid_level")
    s, t = torch.randn(6, 12), torch.randn(6, 20)
    theirs = peer.SPKDLoss("e", "e", "batchmean").compute_spkd_loss(t, s).item() / 36
    by_sums = F.mse_loss(*((g := x @ x.T) / g.abs().sum(1, keepdim=True) for x in (s, t))).item()
    assert theirs == pytest.approx(by_sums, rel=1e-4) and theirs != pytest.approx(similarity(s, t).item(), rel=.5)
    kd = peer.KDLoss("z", "output", "z", "output", temperature=4., alpha=0.)({"z": {"output": s}}, {"z": {"output": t[:, :12]}}).item()
    assert kd == pytest.approx(hinton(s, t[:, :12], 4.).item() / 16, rel=1e-4)

"Exported from nbs/10_losses.ipynb by `python -m noisekd.export`; edit the notebook."

import pytest
import torch
import math
from collections.abc import Callable, Sequence
from functools import wraps
from itertools import permutations
from typing import Literal, NamedTuple, get_args

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from noisekd.losses import *
from noisekd.losses import _check_shapes
from noisekd.losses import _check_logits
from noisekd.losses import _check_positive
from noisekd.losses import _log_softmax
from noisekd.losses import _prepare
from noisekd.losses import _first_tensor
from noisekd.losses import _in_float32
from noisekd.losses import _normalize
from noisekd.losses import _check_batch
from noisekd.losses import _check_groups
from noisekd.losses import _distances
from noisekd.losses import _embedded
from noisekd.losses import _base_images
from noisekd.losses import _wrong_classes
from noisekd.losses import _to_boundary
from noisekd.losses import _check_answers
from noisekd.losses import _soft_cross_entropy
from noisekd.losses import _check_valid
from functools import partial

import pytest
import scipy.stats

from noisekd.basics import refuses

_ = torch.manual_seed(0)
def close(loss, value, rel=1e-5):
    "Does a loss have this value, up to a relative error?"
    return float(loss) == pytest.approx(float(value), rel=rel)
def logits_and_labels(n=16, classes=10):
    g = torch.Generator().manual_seed(0)
    pair = torch.randn(2, n, classes, generator=g) * 3
    return *pair, torch.arange(n) % classes
def apart():
    "Maps of a student and of a teacher that attend to different places."
    student = torch.zeros(3, 2, 2, 2)
    student[:, 0, 0, 0] = 7
    teacher = torch.zeros(3, 5, 2, 2)
    teacher[:, 3, 0, 1] = 0.1
    return student, teacher
def four_images():
    "Answers of student and teacher to four images of class 0, and the labels."
    student = [[2.0, 0.0, 1.0], [3.0, 0.0, 0.0], [0.0, 4.0, 0.0], [3.0, 0.0, 0.0]]
    teacher = [[2.0, 1.0, 0.0], [3.0, 0.0, 0.0], [4.0, 0.0, 0.0], [0.0, 3.0, 0.0]]
    labels = torch.zeros(4, dtype=torch.long)
    return torch.tensor(student), torch.tensor(teacher), labels
def linear_teacher(x):
    "Two classes; the gap between them is 3a + 4b - 5 for an image with values a and b."
    gap = x.flatten(1) @ torch.tensor([3.0, 4.0]) - 5
    return torch.stack([gap, torch.zeros(len(x))], 1)

def gap_after(steps, step):
    "The linear teacher's gap after some steps from an image where it is 1."
    x = torch.tensor([0.8, 0.9]).view(1, 2, 1, 1)
    y = torch.tensor([0])
    moved = _to_boundary(linear_teacher, x, y, 1 - y, steps, step)
    return linear_teacher(moved)[0, 0].item()
def boundary_example(seed=3, **options):
    "Twelve images; the teacher is wrong on the last three, the student on two others."
    from noisekd.models import build
    teacher = build("wrn-10-1", seed=1).eval()
    x = torch.rand(12, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        z = teacher(x)
    y = torch.where(torch.arange(12) < 9, z.argmax(1), (z.argmax(1) + 1) % 10)
    student = torch.cat([-z[:2], z[2:]])
    generator = torch.Generator().manual_seed(seed)
    samples = boundary_samples(teacher, x, y, student, z, generator, size=10, **options)
    return teacher, z, y, samples
def hinton_by_loop(student, teacher, tau):
    "Hinton's loss, one image and one class at a time."
    total = 0.0
    for s, t in zip((student / tau).softmax(1), (teacher / tau).softmax(1)):
        for s_c, t_c in zip(s.tolist(), t.tolist()):
            total += t_c * math.log(t_c / s_c)
    return tau**2 * total / len(student)
def inner(a, b):
    "Inner product of two lists."
    return sum(x * y for x, y in zip(a, b))

def similarity_by_loop(features):
    "Row-normalised inner products of images, one pair at a time."
    images = features.flatten(1).tolist()
    table = []
    for a in images:
        line = [inner(a, b) for b in images]
        norm = math.sqrt(inner(line, line))
        table.append([value / norm for value in line])
    return table
from torch.multiprocessing.reductions import StorageWeakRef
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

class Ledger(TorchDispatchMode):
    "Notes after every operation how many bytes of results are alive."

    def __init__(self):
        super().__init__()
        self.alive = {}
        self.peak = 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        out = function(*args, **(kwargs or {}))
        for x in tree_leaves(out):
            if isinstance(x, Tensor):
                storage = x.untyped_storage()
                self.alive[storage._cdata] = StorageWeakRef(storage), storage.nbytes()
        self.alive = {k: v for k, v in self.alive.items() if not v[0].expired()}
        self.peak = max(self.peak, sum(size for _, size in self.alive.values()))
        return out
def peak_memory(call):
    "Megabytes that the results of a call hold at most."
    with Ledger() as ledger:
        call()
    return ledger.peak / 1e6

def gradient_memory(loss):
    "Megabytes of one of RKD's losses with its gradient, at batch size 128."
    s = torch.randn(128, 128, requires_grad=True)
    t = torch.randn(128, 128)
    return peak_memory(lambda: loss(s, t).backward())
def steep_teacher(x):
    "The gap falls by 50 with every value."
    return torch.stack([50 * x.flatten(1).sum(1), torch.zeros(len(x))], 1)

def flat_teacher(x):
    "Always the first class, by the same gap."
    return torch.tensor([[1.0, 0.0]]) + 0 * x.flatten(1)[:, :2]
def on_first(loss, **options):
    "The loss of the first tensor of both lists."
    def call(s, t):
        return loss(s[0], t[0], **options)
    return call

def mutual_case(s, t):
    return mutual_loss(torch.stack([s[0], t[0].detach()], 1))

def one_case(s, t):
    return one_loss(s[0], t[0][:, 0])

def fsp_case(s, t):
    return fsp_loss([s], [t])

def dkd_case(s, t):
    labels = torch.arange(len(s[0])) % s[0].shape[1]
    return dkd_loss(s[0], t[0], labels)

def bss_case(s, t):
    valid = torch.arange(len(s[0])) % 2 == 0
    return bss_loss(s[0], t[0], s[1], t[1], valid, (2.0, 1.0))
MAPS = [(4, 6, 6), (6, 3, 3)]
CASES = {
    "hinton": (on_first(hinton_loss), [(10,)]),
    "hinton, printed": (on_first(hinton_loss, kl="student||teacher"), [(10,)]),
    "mutual": (mutual_case, [(10,)]),
    "dkd": (dkd_case, [(10,)]),
    "one": (one_case, [(3, 10)]),
    "fitnet": (on_first(fitnet_loss), MAPS[:1]),
    "fsp": (fsp_case, MAPS),
    "attention": (attention_loss, MAPS),
    "attention, paper": (partial(attention_loss, form="paper"), MAPS),
    "similarity": (on_first(similarity_loss), MAPS[:1]),
    "rkd_distance": (on_first(rkd_distance_loss), [(7,)]),
    "rkd_distance, raw": (on_first(rkd_distance_loss, normalize=False), [(7,)]),
    "rkd_angle": (on_first(rkd_angle_loss), [(7,)]),
    "rkd_angle, raw": (on_first(rkd_angle_loss, normalize=False), [(7,)]),
    "bss": (bss_case, [(10,), (10,)]),
}
def randoms(shapes, n, dtype):
    "A random tensor with a gradient for each shape."
    return [torch.randn(n, *s, dtype=dtype, requires_grad=True) for s in shapes]

def cases(n=5, dtype=torch.float32):
    "Name, loss, the student's tensors and the teacher's, for every case."
    for name, (loss, shapes) in CASES.items():
        yield name, loss, randoms(shapes, n, dtype), randoms(shapes, n, dtype)
def dead(x):
    return 0 * x

def faint(x):
    return 1e-20 * x

def all_equal(x):
    return x[:1].expand_as(x)

def two_equal(x):
    return torch.cat([x[:1], x[:1], x[2:]])
def degenerate(s, t):
    "Pairs of student and teacher tensors, the student's spoiled in four ways."
    for spoil in (dead, faint, all_equal, two_equal):
        for source in (s, t):
            student = [spoil(x.detach()).clone().requires_grad_() for x in source]
            yield student, t
            yield student, student
from torch._subclasses.fake_tensor import DataDependentOutputException
from torch._subclasses.fake_tensor import DynamicOutputShapeException
from torch._subclasses.fake_tensor import FakeTensorMode
def raises_without_values(error, call):
    "Does a call on a tensor without values end in this error?"
    with FakeTensorMode():
        try:
            call(torch.randn(8, 10))
        except error:
            return True
    return False
def peer_library():
    "torchdistill's losses; the test is skipped where they are missing."
    return pytest.importorskip("torchdistill.losses.mid_level")

def outputs(*tensors):
    "Tensors as torchdistill hands them on: name -> output."
    return {str(k): {"output": x} for k, x in enumerate(tensors)}
def ask_samples(x=8, y=8, student=8, teacher=8, **options):
    "Boundary samples for so many images, labels and answers."
    logits = torch.zeros(8, 2)
    images = torch.zeros(x, 1, 1, 2)
    labels = torch.zeros(y, dtype=torch.long)
    given = images, labels, logits[:student], logits[:teacher]
    return boundary_samples(flat_teacher, *given, torch.Generator(), **options)


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


def test_equal_shapes_pass():
    assert _check_shapes(torch.zeros(2, 3), torch.ones(2, 3), "logits") is None


def test_logits_of_one_shape_pass():
    assert _check_logits(torch.zeros(2, 3), torch.ones(2, 3)) is None


def test_positive_numbers_pass():
    assert _check_positive("tau", 4.0) is None


def test_log_softmax_is_softened():
    softened = _log_softmax(torch.tensor([[2 * math.log(3), 0.0]]), tau=2.0).exp()
    assert torch.allclose(softened, torch.tensor([[0.75, 0.25]]))


def test_hinton_by_hand():
    student = torch.zeros(3, 2)
    teacher = torch.tensor([[2 * math.log(3), 0.0]]).repeat(3, 1)
    by_hand = 4 * (0.75 * math.log(1.5) + 0.25 * math.log(0.5))
    assert close(hinton_loss(student, teacher, tau=2.0), by_hand)


def test_hinton_by_hand_in_the_printed_direction():
    student = torch.zeros(3, 2)
    teacher = torch.tensor([[2 * math.log(3), 0.0]]).repeat(3, 1)
    by_hand = 4 * (0.5 * math.log(2 / 3) + 0.5 * math.log(2))
    assert close(hinton_loss(student, teacher, 2.0, "student||teacher"), by_hand)


def test_mutual_by_hand():
    peers = torch.tensor([[[math.log(3), 0.0], [0.0, 0.0]]])
    one_way = 0.75 * math.log(1.5) + 0.25 * math.log(0.5)
    back = 0.5 * math.log(2 / 3) + 0.5 * math.log(2)
    assert close(mutual_loss(peers), one_way + back)


def test_one_by_hand():
    ensemble = torch.tensor([[3 * math.log(3), 0.0]])
    each = 9 * (0.75 * math.log(1.5) + 0.25 * math.log(0.5))
    assert close(one_loss(torch.zeros(1, 3, 2), ensemble), 3 * each)


def test_one_ramp_by_hand():
    assert one_ramp(0) == pytest.approx(math.exp(-5))
    assert one_ramp(40) == pytest.approx(math.exp(-1.25))


def test_one_ramp_ends_at_one():
    assert one_ramp(80) == 1
    assert one_ramp(299) == 1
    assert one_ramp(0, length=0) == 1


def test_every_image_has_one_label():
    assert (is_label(torch.arange(6) % 3, 3).sum(1) == 1).all()


def test_both_parts_are_probabilities():
    pair, among = target_and_rest(torch.randn(4, 10), torch.arange(4))
    assert torch.allclose(pair.exp().sum(1), torch.ones(4))
    assert torch.allclose(among.exp().sum(1) - 1, torch.ones(4), atol=1e-5)


def test_dkd_by_hand():
    t = torch.tensor([[0.5, 0.25, 0.25]]).log()
    s = torch.tensor([[0.25, 0.25, 0.5]]).log()
    y = torch.tensor([0])
    first = 0.5 * math.log(2) + 0.5 * math.log(2 / 3)
    second = 0.5 * math.log(3 / 2) + 0.5 * math.log(3 / 4)
    assert dkd_loss(s, t, y, 1.0, 0.0, 1.0).item() == pytest.approx(first, rel=1e-5)
    assert dkd_loss(s, t, y, 0.0, 1.0, 1.0).item() == pytest.approx(second, rel=1e-5)


def test_dkd_is_hinton_s_with_its_own_weights():
    s, t, y = logits_and_labels()
    for i in range(len(s)):
        p = (t[i] / 4).softmax(0)[y[i]].item()
        row = s[i : i + 1], t[i : i + 1]
        found = dkd_loss(*row, y[i : i + 1], 1.0, 1 - p)
        assert found.item() == pytest.approx(hinton_loss(*row).item(), rel=1e-4)


def test_dkd_is_zero_where_both_agree():
    s, _, y = logits_and_labels()
    assert dkd_loss(s, s, y).abs() < 1e-5


def test_prepare_raises_half_precision():
    half = torch.ones(2, dtype=torch.float16, requires_grad=True)
    assert _prepare(half, detach=False).dtype == torch.float32
    assert _prepare(half, detach=False).requires_grad
    assert not _prepare(half, detach=True).requires_grad


def test_prepare_keeps_the_nest_and_float64():
    double = torch.ones(2, dtype=torch.float64)
    first, (second,) = _prepare([double, (double,)], detach=False)
    assert first is double
    assert second is double


def test_first_tensor_is_found_in_a_nest():
    x = torch.ones(2)
    assert _first_tensor([(x, 2 * x)]) is x


def test_a_loss_leaves_autocast():
    x = torch.randn(8, 8)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        inside = _in_float32(torch.matmul)(x, x)
        plain = x @ x
    assert plain.dtype == torch.bfloat16
    assert torch.equal(inside, x @ x)


def test_normalized_rows_have_length_one_or_zero():
    rows = _normalize(torch.tensor([[3.0, 4.0], [0.0, 0.0]]))
    assert torch.allclose(rows, torch.tensor([[0.6, 0.8], [0.0, 0.0]]))


def test_batches_of_one_size_pass():
    assert _check_batch(torch.zeros(2, 3), torch.zeros(2, 4, 4)) is None


def test_fitnet_by_hand():
    student = torch.tensor([[[[0.0, 0.0], [2.0, 0.0]]]])
    assert fitnet_loss(student, torch.zeros(1, 1, 2, 2)) == 1


def test_a_regressor_mixes_channels_and_not_places():
    regressor = Regressor(8, 16)
    x = torch.randn(2, 8, 4, 4)
    mixed = torch.einsum("oi,nihw->nohw", regressor.weight[:, :, 0, 0], x)
    assert torch.allclose(regressor(x), mixed + regressor.bias[:, None, None], atol=1e-5)


def test_a_regressor_can_undo_an_order_of_channels():
    teacher = torch.randn(2, 4, 3, 3)
    order = torch.tensor([2, 0, 3, 1])
    student = teacher[:, order]
    regressor = Regressor(4, 4)
    with torch.no_grad():
        regressor.bias.zero_()
        regressor.weight.zero_()
        regressor.weight[order, range(4), 0, 0] = 1
    assert fitnet_loss(student, teacher) > 0.1
    assert fitnet_loss(regressor(student), teacher) < 1e-12


def test_attention_map_by_hand():
    two_channels = torch.tensor([[[1.0, 0.0], [0.0, 2.0]], [[-3.0, 0.0], [0.0, 1.0]]])
    by_hand = torch.tensor([[2.0, 0.0, 0.0, 1.0]]) / math.sqrt(5)
    assert torch.allclose(attention_map(two_channels[None]), by_hand)


def test_matching_groups_pass():
    groups = [torch.zeros(2, 4, 8, 8), torch.zeros(2, 8, 4, 4)]
    assert _check_groups(groups, groups, "code") is None


def test_attention_by_hand():
    student, teacher = apart()
    assert close(attention_loss([student], [teacher]), 0.5)
    assert close(attention_loss([student], [teacher], "paper"), math.sqrt(0.5))


def test_attention_is_a_sum_over_groups():
    student, teacher = apart()
    assert close(attention_loss([student, student], [teacher, teacher]), 1)


def test_fsp_matrix_by_hand():
    start = torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]])
    end = torch.tensor([[[[3.0]]]])
    assert fsp_matrix(start, end).item() == 12
    assert fsp_matrix(start, start).item() == (1 + 4 + 9 + 16) / 4


def test_fsp_by_hand():
    start = torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]])
    end = torch.tensor([[[[3.0]]]])
    value = fsp_loss([(start, end), (start, start)], [(start, start), (start, start)])
    assert close(value, 4.5**2)


def test_similarity_matrix_by_hand():
    products = torch.tensor([[1.0, 3.0], [3.0, 25.0]])
    norms = torch.tensor([[10.0], [634.0]]).sqrt()
    matrix = similarity_matrix(torch.tensor([[1.0, 0.0], [3.0, 4.0]]))
    assert torch.allclose(matrix, products / norms)


def test_similarity_by_hand():
    assert close(similarity_loss(torch.ones(2, 3), torch.eye(2)), 1 - math.sqrt(0.5))


def test_distances_of_close_rows_survive():
    x = torch.tensor([[1000.0, 0.0], [1000.0, 0.01]])
    assert close(_distances(x)[0, 1], 0.01, rel=1e-6)


def test_embeddings_are_rows_of_length_one():
    rows = _embedded(torch.tensor([[[3.0], [4.0]]]), normalize=True)
    assert torch.allclose(rows, torch.tensor([[0.6, 0.8]]))


def test_relative_distances_by_hand():
    line = torch.tensor([[0.0], [0.0], [6.0]])
    by_hand = torch.tensor([[0.0, 0.0, 1.0], [0.0, 0.0, 1.0], [1.0, 1.0, 0.0]])
    assert torch.equal(relative_distances(line, normalize=False), by_hand)


def test_relative_distances_on_the_circle():
    corner = relative_distances(torch.tensor([[5.0, 0.0], [0.0, 2.0], [-1.0, 0.0]]))
    assert close(corner[0, 2], 2 / ((2 + 2 * math.sqrt(2)) / 3), rel=1e-6)


def test_rkd_distance_by_hand():
    line = torch.tensor([[0.0], [1.0], [2.0]])
    triangle = torch.tensor([[0.0, 0.0], [1.0, 0.0], [0.5, math.sqrt(0.75)]])
    assert close(rkd_distance_loss(line, triangle, normalize=False), 1 / 24)


def test_angles_by_hand():
    cos = angles(torch.tensor([[0.0, 0.0], [1.0, 0.0], [0.0, 2.0]]), normalize=False)
    assert cos[0, 1, 2].abs() < 1e-7
    assert close(cos[1, 0, 2], 1 / math.sqrt(5))
    assert close(cos[2, 0, 1], 2 / math.sqrt(5))


def test_angles_of_degenerate_triplets():
    cos = angles(torch.tensor([[0.0, 0.0], [1.0, 0.0], [0.0, 2.0]]), normalize=False)
    assert torch.allclose(cos.diagonal(dim1=1, dim2=2), 1 - torch.eye(3))
    assert (cos[range(3), range(3)] == 0).all()


def test_rkd_angle_by_hand():
    right = torch.tensor([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    triangle = torch.tensor([[0.0, 0.0], [1.0, 0.0], [0.5, math.sqrt(0.75)]])
    squares = 0.5**2 + 2 * (math.sqrt(0.5) - 0.5) ** 2
    assert close(rkd_angle_loss(right, triangle, normalize=False), squares / 27)


def test_base_images_are_those_that_both_know():
    rows, valid = _base_images(*four_images(), "both", size=3)
    assert rows[:2].tolist() == [0, 1]
    assert valid.tolist() == [True, True, False]


def test_base_images_of_the_first_upload():
    rows, valid = _base_images(*four_images(), "teacher", size=64)
    assert rows[:3].tolist() == [2, 0, 1]
    assert valid.tolist() == [True, True, True, False]


def test_a_wrong_class_is_wrong():
    certain = torch.tensor([[0.0, 1e4, -1e4]]).repeat(1000, 1)
    y = torch.ones(1000, dtype=torch.long)
    assert (_wrong_classes(certain, y, torch.Generator().manual_seed(0)) != 1).all()


def test_the_way_to_the_boundary_in_closed_form():
    assert close(gap_after(steps=4, step=0.03), 1.0001 * 0.85**4 - 1e-4)


def test_an_image_that_has_crossed_stays():
    assert close(gap_after(steps=1, step=0.24), 1.0001 * -0.2 - 1e-4, rel=1e-4)
    assert gap_after(steps=9, step=0.24) == gap_after(steps=1, step=0.24)


def test_answers_of_one_batch_pass():
    z = torch.zeros(4, 2)
    assert _check_answers(torch.zeros(4, 3, 8, 8), z[:, 0], z, z) is None


def test_boundary_samples_start_where_both_are_right():
    *_, samples = boundary_example()
    assert samples.images.shape == (10, 3, 8, 8)
    assert sorted(samples.rows[samples.valid].tolist()) == [2, 3, 4, 5, 6, 7, 8]


def test_boundary_samples_of_the_first_upload():
    *_, samples = boundary_example(base="teacher")
    assert sorted(samples.rows[samples.valid].tolist()) == [0, 1, 2, 3, 4, 5, 6, 7, 8]


def test_a_student_without_opinion_has_cross_entropy_log_two():
    value = _soft_cross_entropy(torch.zeros(1, 2), torch.tensor([[5.0, 0.0]]), tau=3.0)
    assert close(value, math.log(2))


def test_one_value_a_sample_passes():
    assert _check_valid(torch.ones(4).bool(), 4) is None


def test_bss_by_hand():
    s = torch.zeros(4, 2)
    t = torch.randn(4, 2)
    some = torch.tensor([True, False, True, False])
    assert close(bss_loss(s, t, s, t, torch.ones(4).bool(), (4.0, 2.0)), 6 * math.log(2))
    assert close(bss_loss(s, t, s, t, some, (4.0, 2.0)), 6 * math.log(2))


def test_bss_ignores_samples_that_do_not_count():
    s = torch.zeros(4, 2)
    t = torch.randn(4, 2)
    wild = 100 * torch.randn(4, 2)
    some = torch.tensor([True, False, True, False])
    partly = torch.where(some[:, None], s, wild)
    plain = bss_loss(s, t, s, t, some, (4.0, 2.0))
    assert torch.equal(bss_loss(s, t, partly, t, some, (4.0, 2.0)), plain)


def test_bss_without_samples_is_its_clean_part():
    s = torch.zeros(4, 2)
    t, wild = 100 * torch.randn(2, 4, 2)
    none = torch.zeros(4).bool()
    assert close(bss_loss(s, t, wild, t, none, (4.0, 2.0)), 4 * math.log(2))


def test_bss_weights_by_hand():
    assert bss_weights(99, 200) == pytest.approx((2.5, 2 / 3))
    assert bss_weights(149, 200) == pytest.approx((1.75, 0), abs=1e-12)
    assert bss_weights(199, 200) == (1, 0)
    assert bss_weights(0, 80) == pytest.approx((3 * 79 / 80 + 1, 2 * 59 / 60))


def test_hinton_equals_a_double_loop():
    s, t = torch.randn(2, 5, 10, dtype=torch.double) * 3
    for tau in (1.0, 4.0, 20.0):
        assert close(hinton_loss(s, t, tau), hinton_by_loop(s, t, tau), rel=1e-9)


def test_hinton_at_high_temperature_is_a_squared_distance():
    z, v = torch.randn(2, 8, 10, dtype=torch.double)
    d = (z - z.mean(1, keepdim=True)) - (v - v.mean(1, keepdim=True))
    assert close(hinton_loss(z, v, 1e4), d.pow(2).sum(1).mean() / 20, rel=1e-3)


def test_hinton_ignores_a_constant_added_to_all_logits():
    s, t = torch.randn(2, 4, 10)
    assert torch.allclose(hinton_loss(s + 5, t - 3), hinton_loss(s, t), atol=1e-5)


def test_hinton_is_finite_for_extreme_logits():
    extreme = torch.tensor([[1e4, -1e4, 0.0]])
    half = extreme.bfloat16()
    assert hinton_loss(extreme, -extreme, 1.0).isfinite()
    assert hinton_loss(half, -half).dtype == torch.float32


def test_hinton_at_temperature_one_is_the_plain_divergence():
    own, peer = torch.randn(2, 6, 10)
    p = torch.distributions.Categorical(logits=peer)
    q = torch.distributions.Categorical(logits=own)
    kl = torch.distributions.kl_divergence(p, q).mean()
    assert close(hinton_loss(own, peer, tau=1.0), kl)


def test_mutual_is_a_mean_over_the_other_peers():
    z = torch.randn(5, 3, 10)
    a, b, c = z.unbind(1)
    total = hinton_loss(a, b, 1.0) + hinton_loss(a, c, 1.0)
    total = total + hinton_loss(b, a, 1.0) + hinton_loss(b, c, 1.0)
    total = total + hinton_loss(c, a, 1.0) + hinton_loss(c, b, 1.0)
    assert close(mutual_loss(z), total / 2)


def test_a_peer_learns_by_its_own_summand():
    z = torch.randn(5, 3, 10, dtype=torch.double, requires_grad=True)
    (gradient,) = torch.autograd.grad(mutual_loss(z), z)
    own, b, c = z.detach().unbind(1)
    own.requires_grad_()
    summand = (hinton_loss(own, b, 1.0) + hinton_loss(own, c, 1.0)) / 2
    (expected,) = torch.autograd.grad(summand, own)
    assert torch.allclose(gradient[:, 0], expected)


def test_one_is_the_authors_sum():
    z = torch.randn(4, 3, 10)
    teacher = torch.randn(4, 10)
    target = (teacher / 3).softmax(1)
    total = 0
    for branch in z.unbind(1):
        log_s = (branch / 3).log_softmax(1)
        total = total + 9 * (target * (target.log() - log_s)).sum() / 4
    assert close(one_loss(z, teacher), total)


def test_normalize_has_the_right_gradient():
    x = torch.tensor([[3.0, 4.0], [0.0, 0.0]], requires_grad=True)
    (_normalize(x) * torch.tensor([[1.0, 0.0], [1.0, 1.0]])).sum().backward()
    by_hand = torch.tensor([[16 / 125, -12 / 125], [0.0, 0.0]])  # (1 - cos^2)/5, -cos sin/5
    assert torch.allclose(x.grad, by_hand, atol=1e-6)


def test_attention_forms_of_one_image_are_tied():
    s = torch.randn(1, 4, 5, 5)
    t = torch.randn(1, 8, 5, 5)
    paper = attention_loss([s], [t], "paper")
    assert close(attention_loss([s], [t]) * 25, (2 * paper) ** 2)


def test_attention_ignores_the_order_of_channels_and_the_scale():
    s, t = torch.randn(2, 4, 6, 5, 5, dtype=torch.double)
    other = 3 * s[:, torch.randperm(6)]
    for form in ("code", "paper"):
        assert close(attention_loss([other], [t / 5], form), attention_loss([s], [t], form))


def test_attention_sees_places():
    x = torch.randn(4, 6, 5, 5)
    for form in ("code", "paper"):
        assert attention_loss([x.flip(3)], [x], form) > 1e-3


def test_fsp_ignores_a_common_order_of_places():
    a, c = torch.randn(2, 2, 3, 4, 4)
    b, d = torch.randn(2, 2, 5, 4, 4)
    value = fsp_loss([(a, b)], [(c, d)])
    assert close(fsp_loss([(a.flip(2), b.flip(2))], [(c, d)]), value, rel=1e-4)
    assert close(fsp_loss([(2 * a, b / 2)], [(c, d)]), value, rel=1e-4)
    assert fsp_loss([(a.flip(2), b)], [(a, b)]) > 1e-3


def test_similarity_equals_a_double_loop():
    s = torch.randn(5, 3, 2, 2, dtype=torch.double)
    t = torch.randn(5, 7, dtype=torch.double)
    total = 0.0
    for row_s, row_t in zip(similarity_by_loop(s), similarity_by_loop(t)):
        total += math.dist(row_s, row_t) ** 2
    assert close(similarity_loss(s, t), total / 25, rel=1e-10)


def test_similarity_ignores_rotation_and_scale():
    s = torch.randn(6, 8)
    t = torch.randn(6, 4)
    rotation = torch.linalg.qr(torch.randn(8, 8)).Q
    assert close(similarity_loss(5 * s @ rotation, t), similarity_loss(s, t), rel=1e-4)


def test_similarity_sees_the_origin():
    rows = torch.eye(2)
    assert similarity_loss(rows, rows) == 0
    assert similarity_loss(rows + 1, rows) > 0.1


def test_the_expansion_loses_close_rows():
    x = torch.tensor([[1000.0, 0.0], [1000.0, 0.01]])
    squares = x.pow(2).sum(1)
    expanded = squares[:, None] + squares - 2 * x @ x.T
    assert not close(expanded.clamp(min=0).sqrt()[0, 1], 0.01, rel=0.5)


def test_the_groups_mean_counts_the_diagonal():
    x = torch.randn(8, 5, dtype=torch.double)
    rows = F.normalize(x)
    squares = (rows[None] - rows[:, None]).pow(2).sum(2)
    theirs = squares.clamp(min=1e-12).sqrt()
    theirs = theirs / theirs[theirs > 0].mean()
    apart = ~torch.eye(8).bool()
    assert torch.allclose(theirs[apart], relative_distances(x)[apart] * 8 / 7, rtol=1e-5)


def test_rkd_distance_is_linear_far_out():
    s = torch.arange(20.0)[:, None]
    t = s**4
    d = (relative_distances(s, False) - relative_distances(t, False)).abs()
    huber = torch.where(d < 1, d**2 / 2, d - 0.5)
    assert (d > 1).any()
    assert (d < 1).any()
    assert close(rkd_distance_loss(s, t, normalize=False), huber.mean(), rel=1e-6)


def test_rkd_ignores_rotation_and_scale():
    s = torch.randn(7, 5)
    t = torch.randn(7, 9)
    rotated = 3 * s @ torch.linalg.qr(torch.randn(5, 5)).Q
    for loss in (rkd_distance_loss, rkd_angle_loss):
        for normalize in (True, False):
            assert close(loss(rotated, t, normalize), loss(s, t, normalize), rel=1e-4)


def test_rkd_ignores_a_shift_of_raw_embeddings():
    s = torch.randn(7, 5)
    t = torch.randn(7, 9)
    for loss in (rkd_distance_loss, rkd_angle_loss):
        assert close(loss(s + 2, t, False), loss(s, t, False), rel=1e-4)
        assert loss(s + 2, s, True) > 1e-4


def test_rkd_fits_into_memory():
    assert gradient_memory(rkd_distance_loss) < 200
    assert gradient_memory(rkd_angle_loss) < 200


def test_the_ledger_counts_what_is_alive():
    assert 20 <= peak_memory(lambda: torch.zeros(2_500_000) + 1) < 21
    assert peak_memory(lambda: [torch.zeros(2_500_000).sum() for _ in range(9)]) < 11


def test_the_true_class_does_not_count():
    s = torch.tensor([[0.4, 0.3, 0.3], [0.5, 0.49, 0.01]]).log()
    t = torch.tensor([[0.98, 0.01, 0.01]]).log().repeat(2, 1)
    y = torch.zeros(2, dtype=torch.long)
    for base in ("both", "teacher"):
        assert _base_images(s, t, y, base, size=2)[0].tolist() == [1, 0]


def test_wrong_classes_follow_the_teacher():
    logits = torch.tensor([1.0, 3.0, 0.0, 2.0])
    y = torch.ones(50_000, dtype=torch.long)
    generator = torch.Generator().manual_seed(0)
    drawn = _wrong_classes(logits.repeat(50_000, 1), y, generator)
    counts = torch.bincount(drawn, minlength=4)[[0, 2, 3]]
    expected = 50_000 * logits[[0, 2, 3]].double().softmax(0)
    assert (drawn != 1).all()
    chi2 = scipy.stats.chisquare(counts.numpy(), expected.numpy(), sum_check=False)
    assert chi2.pvalue > 1e-6


def test_the_way_to_the_boundary_stays_in_range():
    x = torch.rand(3, 3, 4, 4)
    y = torch.zeros(3, dtype=torch.long)
    moved = _to_boundary(steep_teacher, x, y, y + 1, steps=10, step=0.3)
    assert moved.aminmax() == (0, 0)


def test_no_slope_no_way():
    x = torch.rand(3, 3, 4, 4)
    y = torch.zeros(3, dtype=torch.long)
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
        moved = _to_boundary(flat_teacher, x, y, y + 1, steps=10, step=0.3)
    assert torch.equal(moved, x)


def test_boundary_samples_come_closer():
    teacher, z, y, samples = boundary_example()
    y = y[samples.rows][:, None]
    before = z[samples.rows]
    with torch.no_grad():
        after = teacher(samples.images)
    for logits in (before, after):
        logits -= logits.gather(1, y)
        logits.scatter_(1, y, -torch.inf)
    closer = after.amax(1) > before.amax(1)
    assert closer[samples.valid].all()


def test_boundary_samples_leave_the_teacher_alone():
    from noisekd.models import build
    untouched = build("wrn-10-1", seed=1).state_dict()
    teacher, _, _, samples = boundary_example()
    assert not samples.images.requires_grad
    assert all(p.grad is None for p in teacher.parameters())
    for name, value in teacher.state_dict().items():
        assert torch.equal(value, untouched[name]), name


def test_boundary_samples_are_repeatable():
    *_, once = boundary_example(seed=3)
    *_, again = boundary_example(seed=3)
    assert torch.equal(once.images, again.images)


def test_soft_cross_entropy_is_entropy_plus_kl():
    s, t = torch.randn(2, 5, 10, dtype=torch.double)
    entropy = torch.distributions.Categorical(logits=t / 3).entropy().mean()
    value = _soft_cross_entropy(s, t, 3.0).mean()
    assert close(value, entropy + hinton_loss(s, t, 3.0) / 9, rel=1e-10)


def test_bss_is_least_at_the_teacher():
    t, near = torch.randn(2, 4, 10, dtype=torch.double)
    s = t.clone().requires_grad_()
    s_near = near.clone().requires_grad_()
    bss_loss(s, t, s_near, near, torch.ones(4).bool(), (1.0, 1.0)).backward()
    assert s.grad.abs().max() < 1e-12
    assert s_near.grad.abs().max() < 1e-12


def test_every_loss_has_a_case():
    import noisekd.losses
    there = {name for name in noisekd.losses.__all__ if name.endswith("_loss")}
    assert there == {f"{name.split(',')[0]}_loss" for name in CASES}


def test_losses_are_zero_at_the_teacher():
    for name, loss, s, t in cases(dtype=torch.double):
        if name == "one":
            t = [t[0][:, :1].expand(-1, 3, -1)]
        if name != "bss":
            assert loss(t, t).abs() < 1e-12, name
            assert loss(s, t) > 1e-3, name


def test_losses_have_the_right_gradient():
    for name, loss, s, t in cases(n=4, dtype=torch.double):
        if name != "mutual":
            value = partial(lambda loss, t, *s: loss(list(s), t), loss, t)
            assert torch.autograd.gradcheck(value, s, fast_mode=True), name


def test_hinton_has_the_right_gradient_in_every_entry():
    s, t = torch.randn(2, 3, 10, dtype=torch.double)
    s.requires_grad_()
    for kl in get_args(Direction):
        assert torch.autograd.gradcheck(lambda z: hinton_loss(z, t, 4.0, kl), s)


def test_losses_send_no_gradient_into_the_teacher():
    for name, loss, s, t in cases():
        loss(s, t).backward()
        assert all(x.grad is None for x in t), name
        assert any(x.grad is not None and x.grad.abs().max() > 0 for x in s), name


def test_losses_are_finite_on_degenerate_input():
    for name, loss, s, t in cases():
        for student, teacher in degenerate(s, t):
            value = loss(student, teacher)
            largest = max(g.abs().max() for g in torch.autograd.grad(value, student))
            assert value.isfinite(), name
            assert largest < 1e4, name


def test_losses_ignore_autocast():
    for name, loss, s, t in cases():
        plain = loss(s, t)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            assert torch.equal(loss(s, t), plain), name


def test_losses_are_computed_in_float32_or_better():
    precisions = {torch.bfloat16: torch.float32, torch.double: torch.double}
    precisions[torch.float32] = torch.float32
    for given, expected in precisions.items():
        for name, loss, s, t in cases(dtype=given):
            assert loss(s, t).dtype == expected, (name, given)


def test_losses_need_no_values_on_the_host():
    with FakeTensorMode():
        for name, loss, s, t in cases():
            value = loss(s, t)
            assert value.shape == (), name
            assert len(torch.autograd.grad(value, s)) == len(s), name


def test_boundary_samples_need_no_values_on_the_host():
    with FakeTensorMode():
        model = nn.Sequential(nn.Flatten(), nn.Linear(12, 10))
        x = torch.rand(8, 3, 2, 2)
        z = torch.randn(8, 10)
        y = torch.zeros(8, dtype=torch.long)
        for base in get_args(Base):
            samples = boundary_samples(model, x, y, z, z, torch.Generator(), base, size=5)
            assert samples.images.shape == (5, 3, 2, 2)


def test_values_on_the_host_are_noticed():
    def usual_mean(x):
        return x[x > 0].mean()

    def number(x):
        return x.sum().item()

    assert raises_without_values(DynamicOutputShapeException, usual_mean)
    assert raises_without_values(DataDependentOutputException, number)


def test_attention_beside_torchdistill():
    peer = peer_library()
    s = [torch.randn(4, 6, 8, 8), torch.randn(4, 8, 4, 4)]
    t = [torch.randn(4, 9, 8, 8), torch.randn(4, 8, 4, 4)]
    paths = {k: {"io": "output", "path": k} for k in "01"}
    pairs = {k: {"student": path, "teacher": path} for k, path in paths.items()}
    for form, factor in {"code": 1, "paper": 2}.items():
        theirs = peer.ATLoss(pairs, mode=form)(outputs(*s), outputs(*t))
        assert close(theirs, factor * attention_loss(s, t, form), rel=1e-4)


def test_rkd_beside_torchdistill():
    s = torch.randn(9, 12)
    t = torch.randn(9, 20)
    peer = peer_library().RKDLoss("e", "e", 1.0, 1.0, reduction="mean")
    distance = peer.compute_rkd_distance_loss(t, s)
    angle = peer.compute_rkd_angle_loss(t, s)
    assert close(distance, rkd_distance_loss(s, t, normalize=False), rel=1e-3)
    assert close(angle, rkd_angle_loss(s, t, normalize=False), rel=1e-3)


def test_fsp_matrix_beside_torchdistill():
    start = torch.randn(3, 5, 8, 8)
    end = torch.randn(3, 7, 4, 4)
    theirs = peer_library().FSPLoss.compute_fsp_matrix(start, end)
    assert torch.allclose(theirs, fsp_matrix(start, end), atol=1e-6)


def test_torchdistill_similarity_has_another_norm():
    s = torch.randn(6, 12)
    t = torch.randn(6, 20)
    theirs = peer_library().SPKDLoss("e", "e", "batchmean").compute_spkd_loss(t, s) / 36
    by_sums = []
    for x in (s, t):
        products = x @ x.T
        by_sums.append(products / products.abs().sum(1, keepdim=True))
    assert close(theirs, F.mse_loss(*by_sums), rel=1e-4)
    assert not close(theirs, similarity_loss(s, t), rel=0.2)


def test_torchdistill_hinton_lacks_the_square_of_tau():
    s, t = torch.randn(2, 6, 12)
    peer = peer_library().KDLoss("0", "output", "0", "output", temperature=4.0, alpha=0.0)
    assert close(peer(outputs(s), outputs(t)), hinton_loss(s, t, 4.0) / 16, rel=1e-4)


def test_refuses_unknown_options():
    x = torch.zeros(2, 4)
    refuses("kl = 'both': should be one of ('teach", hinton_loss, x, x, kl="both")
    refuses("form = 'sum': should be 'code' or 'paper'", attention_loss, [x], [x], "sum")


def test_refuses_a_base_that_does_not_exist():
    words = "base = 'student': should be one of ('both', 'teacher')"
    refuses(words, _base_images, *four_images(), "student", 3)


def test_refuses_a_temperature_that_is_not_positive():
    x = torch.zeros(2, 4)
    z = torch.zeros(2, 3, 4)
    for tau in (0, -1.0, math.nan, math.inf):
        words = f"tau = {tau}: should be > 0 and finite"
        refuses(words, hinton_loss, x, x, tau)
        refuses(words, mutual_loss, z, tau)
        refuses(words, one_loss, z, x, tau)
        refuses(words, bss_loss, x, x, x, x, x[:, 0] == 0, (1, 1), tau)


def test_refuses_logits_of_another_batch():
    x = torch.zeros(5, 4)
    words = "logits: the student's is (5, 4), the teacher's"
    refuses(f"{words} (1, 4); should be equal", hinton_loss, x, x[:1])
    refuses(f"{words} (5, 3); should be equal", hinton_loss, x, x[:, :3])
    refuses("logits: shape (4,), should be N x C", hinton_loss, x[0], x[0])


def test_refuses_branches_of_another_batch():
    z = torch.zeros(5, 3, 4)
    refuses("the student's is (5, 4), the teacher's (1, 4)", one_loss, z, z[:1, 0])
    refuses("branches: shape (5, 4), should be N x B x C", one_loss, z[:, 0], z[:, 0])


def test_refuses_a_peer_without_peers():
    z = torch.zeros(5, 3, 4)
    words = "should be N x M x C with M >= 2"
    refuses(f"members: shape (5, 1, 4), {words}", mutual_loss, z[:, :1])
    refuses(f"members: shape (5, 4), {words}", mutual_loss, z[:, 0])


def test_refuses_a_ramp_below_zero():
    refuses("epoch = -1: should be >= 0", one_ramp, -1)
    refuses("length = -80: should be >= 0", one_ramp, 0, -80)


def test_refuses_nothing_to_compare():
    refuses("student: nothing to compare", attention_loss, [], [])
    refuses("student: nothing to compare", _in_float32(torch.matmul), [], [])


def test_refuses_feature_maps_of_another_shape():
    s = torch.zeros(2, 8, 8, 8)
    t = torch.zeros(2, 4, 4, 4)
    regressed = Regressor(8, 4)(s)
    refuses("feature map: the student's is (2, 8, 8, 8), the", fitnet_loss, s, t)
    refuses("(2, 4, 8, 8), the teacher's (2, 4, 4, 4)", fitnet_loss, regressed, t)


def test_refuses_groups_that_do_not_match():
    s = torch.zeros(2, 4, 8, 8)
    refuses("groups: the student has 1, the teacher 2", attention_loss, [s], [s, s])
    words = "places of a group: the student's is (2, 8, 8), the teacher's (2, 4, 4)"
    refuses(words, attention_loss, [s], [s[..., :4, :4]])


def test_refuses_a_section_that_ends_larger():
    start = torch.zeros(1, 1, 2, 2)
    refuses("and ends larger, at (1, 1, 2, 2)", fsp_matrix, start[..., :1], start)


def test_refuses_sections_that_do_not_match():
    m = torch.zeros(2, 16, 8, 8)
    n = torch.zeros(2, 32, 8, 8)
    words = "end channels): the student's is (2, 16, 16), the teacher's (2, 16, 32)"
    refuses(words, fsp_loss, [(m, m)], [(m, n)])
    refuses("sections: the student has 1, the teacher 0", fsp_loss, [(m, m)], [])


def test_refuses_batches_of_different_size():
    x = torch.zeros(3, 2)
    words = "batch: 2 images for the student, 3 for the teacher"
    refuses(words, similarity_loss, x[:2], x)
    refuses(words, rkd_distance_loss, x[:2], x)
    refuses(words, rkd_angle_loss, x[:2], x)


def test_refuses_boundary_logits_that_do_not_fit():
    x = torch.zeros(4, 2)
    valid = torch.ones(4).bool()
    w = (1.0, 1.0)
    refuses("logits: the student's is (4, 2), the", bss_loss, x, x[:1], x, x, valid, w)
    refuses("logits at the boundary: the", bss_loss, x, x, x, x[:1], valid, w)
    refuses("valid: shape (1,), should be (4,)", bss_loss, x, x, x, x, valid[:1], w)


def test_refuses_boundary_samples_of_a_mixed_batch():
    refuses("logits: the student's is (1, 2), the teacher's (8, 2)", ask_samples, student=1)
    refuses("batch: 8 images, 1 labels, logits of 8; should be as many", ask_samples, y=1)
    refuses("batch: 1 images, 8 labels, logits of 8", ask_samples, x=1)


def test_refuses_boundary_settings_out_of_range():
    refuses("steps = 0: should be > 0", ask_samples, steps=0)
    refuses("step = nan: should be > 0", ask_samples, step=math.nan)
    refuses("size = 0: should be > 0", ask_samples, size=0)
    refuses("base = 'student'", ask_samples, base="student")


def test_refuses_epochs_that_do_not_exist():
    refuses("epochs = 0: should be > 0", bss_weights, 0, 0)
    refuses("epoch = -1: should be >= 0", bss_weights, -1, 10)

"Exported from nbs/11_noise.ipynb by `python -m noisekd.export`; edit the notebook."

import pytest
import torch
import math
from collections import ChainMap
from collections.abc import Callable
from dataclasses import dataclass, field
from inspect import Parameter
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm as BatchNorm
from torch.nn.modules.dropout import _DropoutNd as Dropout

from noisekd.basics import Count, options_of, stream, suggest
from noisekd.noise import *
import pytest
import scipy.stats

from noisekd.basics import refuses
from noisekd.models import build
class Coin(nn.Module):
    "Is sure of one class, and the next time of the other."
    turn = 0

    def forward(self, x):
        self.turn += 1
        return 9.0 * torch.eye(2)[self.turn % 2].expand(len(x), 2)
def mixed_by_slot(n=8, alpha=1.0):
    "One-hot rows as images and as targets, through the three slots."
    random = Randomness(0)
    eye = torch.eye(n)
    images = eye.reshape(n, 1, n, 1)
    found = [
        disturb(slot, images, {"mixup": alpha}, {}, random).reshape(n, n)
        for slot in ("student_input", "teacher_input")
    ]
    labels = torch.arange(n)
    told = dict(num_classes=n)
    return *found, disturb("targets", labels, {"mixup": alpha}, {}, random, **told)
def count_targets(rate, n=100_000, label=0):
    "How often each of ten classes is drawn for one label."
    y = torch.full((n,), label)
    drawn = random_targets(y, rate, stream(0, 0, "target_noise"), 10)
    return torch.bincount(drawn, minlength=10)


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


def test_a_stream_goes_on_from_batch_to_batch():
    random = Randomness(0)
    first = torch.rand(3, generator=random.generator("a"))
    second = torch.rand(3, generator=random.generator("a"))
    assert not torch.equal(first, second)


def test_one_purpose_never_shifts_another():
    disturbed = Randomness(0)
    torch.rand(100, generator=disturbed.generator("other"))
    expected = torch.rand(5, generator=Randomness(0).generator("a"))
    assert torch.equal(torch.rand(5, generator=disturbed.generator("a")), expected)


def test_users_of_one_purpose_draw_equal_numbers():
    random = Randomness(0)
    left = torch.rand(3, generator=random.generator("mixup", "student_input"))
    right = torch.rand(3, generator=random.generator("mixup", "teacher_input"))
    assert torch.equal(left, right)


def test_an_entry_finds_the_options_of_its_functions():
    def dim(x, strength, generator, floor=0.0):
        return x * (1 - strength) + floor

    slots = {"student_input": dim, "teacher_input": dim}
    entry = Noise("dimmer", "share of light taken away", 1, None, "dimmer", "", slots)
    assert list(entry.options) == ["floor"]


def test_a_decorated_function_is_entered():
    @noise("dimmer", on="student_input")
    @noise("dimmer", on="teacher_input")
    def dim(x, strength, generator):
        return x * (1 - strength)

    entry = NOISES.pop("dimmer")
    assert entry.stream == "dimmer"
    assert entry.slots == {"student_input": dim, "teacher_input": dim}


def test_without_noise_a_value_passes_untouched():
    x = torch.rand(2, 3, 8, 8)
    assert disturb("student_input", x, {}, {}, Randomness(0)) is x


def test_a_noise_is_one_decorated_function():
    @noise("dimmer", on="teacher_input", strength="share of light taken away", at_most=1)
    def dimmer(x, strength, generator):
        return x * (1 - strength)

    dimmed = disturb("teacher_input", torch.ones(2), {"dimmer": 0.5}, {}, Randomness(0))
    del NOISES["dimmer"]
    assert dimmed.tolist() == [0.5, 0.5]


def test_no_noise_returns_the_image_itself():
    x = torch.full((2, 3, 8, 8), 0.5)
    assert gaussian(x, 0.0, stream(0, 0, "a")) is x


def test_clipped_noise_stays_in_range():
    x = torch.full((2, 3, 8, 8), 0.5)
    noisy = gaussian(x, 0.5, stream(0, 0, "a"), clip=True)
    assert noisy.aminmax() == (0, 1)


def test_its_option_is_found():
    assert list(NOISES["gaussian"].options) == ["clip"]


def test_the_registry_applies_gaussian_noise():
    x = torch.rand(2, 3, 8, 8)
    found = disturb("student_input", x, {"gaussian": 0.1}, {}, Randomness(3, epoch=2))
    assert torch.equal(found, gaussian(x, 0.1, stream(3, 2, "input_noise")))


def test_dropout_of_probability_0_is_no_dropout():
    assert dropout_layers(nn.Sequential(nn.Dropout(0.0), nn.ReLU())) == []


def test_the_mean_is_one_of_probabilities():
    mean = MeanOfAnswers(Coin(), samples=2)(torch.zeros(1, 1))
    torch.testing.assert_close(mean.exp(), torch.full((1, 2), 0.5))


def test_the_mean_of_equal_answers_is_the_answer():
    network = build("wrn-10-1").eval()
    x = torch.rand(4, 3, 8, 8)
    mean = MeanOfAnswers(network, samples=3)(x)
    torch.testing.assert_close(mean, network(x).log_softmax(1))


def test_a_fickle_teacher_varies():
    teacher = fickle(build("wrn-10-1", dropout=0.4).eval())
    x = torch.rand(4, 3, 8, 8)
    assert not torch.equal(teacher(x), teacher(x))


def test_its_batchnorm_stays():
    teacher = fickle(build("wrn-10-1", dropout=0.4).eval())
    state = {k: v.clone() for k, v in teacher.state_dict().items()}
    teacher(torch.rand(4, 3, 8, 8))
    assert all(torch.equal(v, state[k]) for k, v in teacher.state_dict().items())


def test_a_steady_teacher_repeats_itself():
    teacher = fickle(build("wrn-10-1", dropout=0.4).eval(), strength=0)
    x = torch.rand(4, 3, 8, 8)
    assert torch.equal(teacher(x), teacher(x))


def test_the_other_reading_moves_batchnorm():
    teacher = build("wrn-10-1", dropout=0.4).eval()
    before = teacher.bn.running_mean.clone()
    fickle(teacher, batchnorm="train")(torch.rand(4, 3, 8, 8))
    assert not torch.equal(before, teacher.bn.running_mean)


def test_the_mean_of_many_answers_scatters_less():
    teacher = build("wrn-10-1", dropout=0.4, seed=0).eval()
    x = torch.rand(1, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    torch.manual_seed(0)
    with torch.no_grad():
        one = torch.cat([fickle(teacher)(x).softmax(1) for _ in range(200)])
        many = torch.cat([fickle(teacher, samples=16)(x).softmax(1) for _ in range(200)])
    ratio = one.std(0) / many.std(0)
    assert 3.2 < ratio.mean() < 4.8  # 4 is expected; one ratio has an error of 7 %


def test_without_a_rate_labels_stay():
    y = torch.full((50_000,), 3)
    assert torch.equal(random_targets(y, 0.0, stream(0, 0, "a"), 10), y)


def test_each_batch_draws_anew():
    y = torch.zeros(100, dtype=torch.long)
    g = stream(0, 0, "target_noise")
    assert not torch.equal(random_targets(y, 0.5, g, 10), random_targets(y, 0.5, g, 10))


def test_the_registry_tells_the_number_of_classes():
    y = torch.zeros(1000, dtype=torch.long)
    messy = disturb("targets", y, {"messy": 1.0}, {}, Randomness(0), num_classes=7)
    assert messy.unique().tolist() == list(range(7))


def test_probabilities_stay_as_they_are():
    p = torch.rand(2, 10)
    assert as_probabilities(p, 10) is p
    assert as_probabilities(torch.tensor([3]), 10)[0, 3] == 1


def test_smooth_labels_are_probabilities():
    p = smooth_labels(torch.arange(5), 0.3, stream(0, 0, "a"), 5)
    assert torch.allclose(p.sum(1), torch.ones(5))
    assert p[1, 1].item() == pytest.approx(0.7 + 0.3 / 5)


def test_student_and_teacher_see_the_same_mixture():
    student, teacher, targets = mixed_by_slot()
    assert torch.equal(student, teacher)
    assert torch.allclose(student, targets)


def test_a_mixture_has_two_parts():
    student, *_ = mixed_by_slot()
    assert torch.allclose(student.sum(1), torch.ones(8))
    assert ((student > 0).sum(1) <= 2).all()


def test_the_share_is_beta_distributed():
    g = stream(0, 0, "mixup")
    for alpha in (0.2, 1.0):
        shares = [draw_mixing(2, alpha, g)[0].item() for _ in range(5000)]
        assert scipy.stats.kstest(shares, "beta", args=(alpha, alpha)).pvalue > 1e-6


def test_a_noise_is_found_by_its_name():
    assert find_noise("messy").slots == {"targets": random_targets}


def test_gaussian_adds_noise_of_the_stated_std():
    for level in (0.25, 0.75):
        x = torch.full((100, 3, 32, 32), level)
        delta = (gaussian(x, 0.1, stream(0, 0, "a")) - x).flatten()[:300_000].numpy()
        assert scipy.stats.kstest(delta / 0.1, "norm").pvalue > 1e-6


def test_fickle_answers_are_right_on_average():
    layer = nn.Sequential(nn.Dropout(0.4)).eval()
    h = torch.rand(64, generator=stream(0, 0, "h"))
    n = 20_000
    torch.manual_seed(0)
    answers = fickle(layer)(h.repeat(n, 1))
    z = (answers.mean(0) - h) / (h * (0.4 / 0.6 / n) ** 0.5)
    assert z.abs().max() < scipy.stats.norm.isf(1e-6 / 64 / 2)


def test_random_targets_have_the_rate():
    changed = int(count_targets(0.2)[1:].sum())
    assert scipy.stats.binomtest(changed, 100_000, 0.18).pvalue > 1e-6


def test_random_targets_have_the_range_of_classes():
    counts = count_targets(0.2)
    assert len(counts) == 10
    assert scipy.stats.chisquare(counts[1:].numpy()).pvalue > 1e-6


def test_at_rate_one_all_classes_are_equally_likely():
    counts = count_targets(1.0, n=50_000, label=3)
    assert scipy.stats.chisquare(counts.numpy()).pvalue > 1e-6


def test_small_batches_are_noisy_too():
    g = stream(0, 0, "target_noise")
    label = torch.zeros(1, dtype=torch.long)
    changed = sum(random_targets(label, 0.2, g, 10).item() > 0 for _ in range(5000))
    assert scipy.stats.binomtest(changed, 5000, 0.18).pvalue > 1e-6


def test_smoothing_is_messy_targets_in_expectation():
    counts = count_targets(0.2)
    expected = smooth_labels(torch.tensor([0]), 0.2, stream(0, 0, "a"), 10)[0] * counts.sum()
    assert scipy.stats.chisquare(counts, expected, sum_check=False).pvalue > 1e-6


def test_refuses_an_unknown_noise():
    refuses("noise = 'gausian': unknown; did you mean 'gaussian'?", find_noise, "gausian")


def test_refuses_a_negative_strength():
    x = torch.zeros(1, 3, 8, 8)
    refuses("sigma = -0.1: should be >= 0", gaussian, x, -0.1, stream(0, 0, "a"))
    refuses("{'gaussian': -0.1}: should be in [0, inf]", NOISES["gaussian"].check, -0.1)
    refuses("should be in [0, inf]", NOISES["gaussian"].check, float("nan"))


def test_refuses_a_rate_above_one():
    y = torch.zeros(3, dtype=torch.long)
    refuses("rate = 1.2: should be in [0, 1]", random_targets, y, 1.2, stream(0, 0, "a"), 10)
    refuses("{'messy': 1.2}: should be in [0, 1], r, the", NOISES["messy"].check, 1.2)


def test_refuses_a_fickle_teacher_without_dropout():
    refuses("teacher = WRN: should have dropout > 0", fickle, build("wrn-10-1"))


def test_refuses_half_a_switch():
    refuses("{'fickle': 0.5}: should be 0 or 1", NOISES["fickle"].check, 0.5)


def test_refuses_no_sample():
    refuses("samples = 0: should be at least 1", fickle, build("wrn-10-1"), samples=0)

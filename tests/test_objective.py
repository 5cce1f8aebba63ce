"Exported from nbs/12_objective.ipynb by `python -m noisekd.export`; edit the notebook."

import pytest
import torch
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from inspect import Parameter
from typing import Any, Literal, NamedTuple

import torch
import torch.nn.functional as F
from pydantic import model_validator
from torch import Tensor, nn
from noisekd.basics import Fraction, NonNegative, Positive, Settings, check_options
from noisekd.basics import options_of, stream_seed, suggest, unused
from noisekd.models import Answers, Collective, Features
from noisekd.noise import NOISES, Randomness, disturb, find_noise
from noisekd.losses import Direction, Regressor, attention_loss, boundary_samples
from noisekd.losses import bss_loss, bss_weights, dkd_loss, fitnet_loss, fsp_loss
from noisekd.losses import hinton_loss
from noisekd.losses import mutual_loss, one_loss, one_ramp, rkd_angle_loss
from noisekd.losses import rkd_distance_loss, similarity_loss
from noisekd.objective import *
import pytest

from noisekd.basics import refuses
from noisekd.models import Peers, build
from noisekd.noise import random_targets
from noisekd.noise import Noise
class Lesson(NamedTuple):
    "Two untrained networks, images, labels."
    student: nn.Module
    teacher: nn.Module
    x: Tensor
    y: Tensor


def lesson(n=16, student="wrn-10-1", teacher="wrn-16-1", dropout=0.0):
    torch.manual_seed(0)
    networks = build(student).eval(), build(teacher, dropout=dropout, seed=1).eval()
    return Lesson(*networks, torch.rand(n, 3, 8, 8), torch.arange(n) % 10)
def batch_of(at):
    "A lesson as a term sees it, without noise."
    student, teacher, x, y = at
    s = student.features(x)
    t = teacher.features(x)
    answers = Answers(s.logits[:, None])
    return Batch(s, t, answers, student, teacher, x, y, y, Randomness(0), {})


def perfect_batch():
    "A batch whose student computes what its teacher computes."
    batch = batch_of(lesson())
    return batch._replace(teacher=batch.student)
def boundary_batch(epoch):
    "A batch on which both networks are right, in an epoch of ten."
    student, teacher, x, y = lesson(n=6)
    y = teacher(x).argmax(1)
    right = teacher(x).roll(1, 1) + 30 * F.one_hot(y, 10)
    s = student.features(x)._replace(logits=right)
    t = teacher.features(x)
    random = Randomness(0, epoch, epochs=10)
    return Batch(s, t, None, student, teacher, x, y, y, random, {})
def answered(members, epoch=0, epochs=300):
    "A batch of which only the answers are known."
    answers = Answers(members, members.mean(1))
    random = Randomness(0, epoch, epochs=epochs)
    return Batch(None, None, answers, None, None, None, None, None, random, {})


def three_learners():
    "Random logits, N x M x C."
    return torch.randn(6, 3, 10, generator=torch.Generator().manual_seed(0))
def ensemble_weight(epoch, epochs):
    "The share of ONE's loss that counts in an epoch."
    z = three_learners()
    found = ensemble_term(answered(z, epoch, epochs))
    return (found / one_loss(z, z.mean(1))).item()
STEADY = Objective(method="at+hinton")
FICKLE = Objective(method="at+ft")


def supervised(objective):
    "The answers of a teacher with dropout, asked twice."
    teacher = build("wrn-10-1", dropout=0.3).train()
    x = torch.rand(4, 3, 8, 8)
    return [supervise(objective, teacher, x, Randomness(0)) for _ in range(2)]
STRENGTHS = {"gaussian": 0.1, "messy": 0.2}


def setting_of(method, **more):
    "A method's objective with default weights and moderate noises."
    wanted = find_method(method).noises
    noise = {k: v for k, v in STRENGTHS.items() if k in wanted}
    return Objective(method=method, noise=noise, **more)
def student_of(method):
    "A small network, peers or branches, as a method needs."
    source = find_method(method).learns_from
    if source == "peers":
        return Peers("wrn-10-1")
    return build("wrn-10-1", branches=3 if source == "branches" else 1)
def loss_of(objective, lesson, seed=5, epoch=2, epochs=9):
    "The loss of a lesson with random numbers of its own."
    if not objective.needs_teacher:
        lesson = lesson._replace(teacher=None)
    return batch_loss(objective, *lesson, Randomness(seed, epoch, epochs=epochs))


def noisy_images(x, sigma=0.1, seed=5, epoch=2):
    "The images that the student sees in `loss_of`."
    g = Randomness(seed, epoch).generator("input_noise")
    return x + sigma * torch.randn(x.shape, generator=g)
def written_out(at, alpha, tau, rate):
    "The equation, with the random numbers of `loss_of`."
    g = Randomness(5, 2).generator("target_noise")
    messy = torch.rand(16, generator=g) < rate
    targets = torch.where(messy, torch.randint(0, 10, (16,), generator=g), at.y)
    s = at.student(noisy_images(at.x)).log_softmax(1)
    t = (at.teacher(at.x) / tau).softmax(1)
    ce = -s[range(16), targets].mean()
    kl = (t * (t.log() - (s / tau).log_softmax(1))).sum(1).mean()
    return (1 - alpha) * ce + alpha * tau**2 * kl
def taught(method):
    "A lesson after one backward pass, and the teacher's state before it."
    at = lesson(teacher="wrn-10-1", dropout=0.3)
    at.student.train()
    state = {k: v.clone() for k, v in at.teacher.state_dict().items()}
    loss_of(setting_of(method), at).total.backward()
    return at, state


WITH_TEACHER = [k for k, m in METHODS.items() if m.learns_from == "teacher"]
from torch._subclasses.fake_tensor import DataDependentOutputException, FakeTensorMode
def without_values(mode, model):
    "The network with weights that have a shape and no values."
    for m in model.modules():
        for store in (m._parameters, m._buffers):
            fake = {k: mode.from_tensor(v) for k, v in store.items() if v is not None}
            store.update(fake)
    return model
def fake_lesson(mode, method):
    "A lesson without values, for inside the mode."
    _, teacher, x, y = lesson(dropout=0.4)
    networks = student_of(method).train(), teacher
    images = mode.from_tensor(x), mode.from_tensor(y)
    return Lesson(*(without_values(mode, n) for n in networks), *images)
def decoupled_loss(epoch, **options):
    "DKD's part of a lesson with messy targets, and what it is made of."
    at = lesson()
    o = Objective(method="dkd+messy", noise={"messy": 0.5}, options={"dkd": options})
    random = Randomness(0, epoch, epochs=24)
    found = batch_loss(o, *at, random).terms
    g = Randomness(0, epoch).generator("target_noise")
    messy = random_targets(at.y, 0.5, g, 10)
    return found.item(), at.student(at.x), at.teacher(at.x), messy


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


def test_a_term_has_the_options_of_its_function():
    def light(batch, power: float = 1.0):
        return batch.x.sum() ** power

    told = "Light", "images", 2.0, "this test", "a choice", False, "teacher", None
    assert list(Term(light, *told).options) == ["power"]


def test_who_is_learned_from_follows_from_the_parts():
    assert Method("Noisy", noises=("gaussian",)).learns_from == "nobody"
    assert Method("Hinton", distils_logits=True).learns_from == "teacher"


def test_a_term_is_one_decorated_function():
    @term("light", "Light", reads="images", source="this test", weight=2.0)
    def light(batch, power: float = 1.0):
        return batch.x.sum() ** power

    entered = TERMS.pop("light")
    method = METHODS.pop("light")
    assert entered.loss is light
    assert list(entered.options) == ["power"]
    assert method.terms == ("light",)


def test_the_baseline_learns_from_nobody():
    assert METHODS["baseline"].learns_from == "nobody"


def test_one_learner_is_the_first_member():
    batch = batch_of(lesson())
    assert batch.answers.members.shape == (16, 1, 10)


def test_a_regressor_comes_where_channels_differ():
    x = torch.rand(2, 3, 8, 8)
    narrow = build("wrn-10-1").features(x)
    wide = build("wrn-10-2").features(x)
    assert make_regressor(narrow, narrow) is None
    assert make_regressor(narrow, wide).weight.shape == (64, 32, 1, 1)


def test_a_perfect_student_has_nothing_to_learn_from_hints():
    assert fitnet_term(perfect_batch()) == 0


def test_fitnet_has_the_only_modules():
    assert [k for k, v in TERMS.items() if v.modules] == ["fitnet"]


def test_a_perfect_student_looks_where_its_teacher_looks():
    assert attention_term(perfect_batch()) == 0


def test_sections_follow_each_other():
    f = build("wrn-10-1").features(torch.rand(2, 3, 8, 8))
    found = sections(f)
    assert found[0][0] is f.stem
    assert found[0][1] is found[1][0]
    assert found[1][1] is found[2][0]


def test_a_perfect_student_has_the_flow_of_its_teacher():
    assert fsp_term(perfect_batch()) == 0


def test_a_perfect_student_finds_the_same_images_alike():
    assert similarity_term(perfect_batch()) == 0


def test_a_perfect_student_has_the_distances_of_its_teacher():
    assert distance_term(perfect_batch()) == 0


def test_a_perfect_student_has_the_angles_of_its_teacher():
    assert angle_term(perfect_batch()) == 0


def test_weights_are_the_papers():
    weights = {k: TERMS[k].weight for k in ("at", "sp", "rkd-d", "rkd-a")}
    assert weights == {"at": 1000, "sp": 3000, "rkd-d": 25, "rkd-a": 50}


def test_the_teacher_hesitates_at_its_boundary():
    batch = boundary_batch(epoch=0)
    _, there, valid = ask_at_boundary(batch, "both")
    clean, moved = (z.topk(2).values.diff().abs() for z in (batch.teacher.logits, there))
    assert (moved < clean)[valid].all()


def test_the_boundary_is_not_asked_in_the_end():
    batch = boundary_batch(epoch=9)
    t = (batch.teacher.logits / 3).softmax(1)
    log_s = (batch.student.logits / 3).log_softmax(1)
    by_hand = -(t * log_s).sum(1).mean()
    assert boundary_term(batch).item() == pytest.approx(by_hand.item(), rel=1e-5)


def test_peers_that_agree_have_nothing_to_learn():
    z = three_learners()[:, :1].expand(6, 3, 10)
    assert mutual_term(answered(z)).item() == pytest.approx(0, abs=1e-6)


def test_the_ensemble_s_weight_grows_over_the_same_share_of_any_training():
    half_way = torch.tensor(-1.25).exp().item()
    assert ensemble_weight(40, 300) == pytest.approx(half_way)
    assert ensemble_weight(4, 30) == pytest.approx(half_way)


def test_the_ramp_ends_at_one():
    assert ensemble_weight(80, 300) == 1
    assert ensemble_weight(299, 300) == 1


def test_dkd_has_options():
    options = ["target_weight", "other_weight", "tau", "warmup"]
    assert list(TERMS["dkd"].options) == options


def test_every_method_has_a_source():
    assert all(m.source for m in METHODS.values())


def test_every_need_of_a_method_is_known():
    needs = [n for m in METHODS.values() for n in m.noises]
    assert set(needs) <= set(NOISES)


def test_five_methods_have_no_teacher():
    alone = {k for k, m in METHODS.items() if m.learns_from != "teacher"}
    assert alone == {"baseline", "ga", "messy", "dml", "one"}


def test_a_union_needs_what_its_parts_need():
    joined = union([METHODS["sr"], METHODS["mc"]])
    assert joined.noises == ("gaussian", "messy")
    assert joined.distils_logits


def test_a_method_alone_is_its_only_part():
    assert parts_of("baseline") == ["baseline"]
    assert parts_of("sr+mc") == ["sr", "mc"]


def test_methods_are_joined():
    assert find_method("at+hinton").terms == ("at",)
    assert find_method("at+hinton").distils_logits
    assert find_method("ga+one").learns_from == "branches"


def test_a_join_can_ask_for_the_same_as_one_method():
    joined = find_method("hinton+ga")
    assert what_it_asks(joined) == what_it_asks(METHODS["sr"])


def test_every_single_name_is_canonical():
    assert [canonical_name(m) for m in METHODS] == list(METHODS)


def test_a_term_alone_leaves_the_cross_entropy_its_weight():
    assert default_alpha(find_method("at")) == 0
    assert default_alpha(find_method("at+hinton")) == 0.9


def test_each_term_has_its_default_weight():
    assert default_weights(find_method("rkd-da")) == {"rkd-d": 25, "rkd-a": 50}


def test_sigma_has_no_default():
    assert default_noise(find_method("ft+sr")) == {"fickle": 1.0}


def test_an_option_at_its_default_is_not_kept():
    given = {"at": {"form": "code"}, "rkd-d": {"normalize": False}}
    assert without_defaults(given, ["at", "rkd-d"]) == {"rkd-d": {"normalize": False}}


def test_only_dicts_of_dicts_are_options():
    assert are_dicts({}, {"at": {}})
    assert not are_dicts({}, {"at": 1})


def test_what_is_given_is_not_overwritten():
    filled = fill_objective({"method": "at", "weights": {"at": 7.0}})
    assert filled["weights"] == {"at": 7.0}


def test_a_noise_may_have_no_user():
    assert users_of("gaussian") == ["ga", "sr"]
    assert users_of("dimmer") == []


def test_a_noise_without_a_method_goes_with_any():
    NOISES["dimmer"] = Noise("dimmer", "share of light", 1.0, None, "dimmer", "this test")
    o = Objective(method="hinton", noise={"dimmer": 0.5})
    del NOISES["dimmer"]
    assert o.noise == {"dimmer": 0.5}


def test_defaults_are_the_papers():
    o = Objective(method="hinton")
    assert o.alpha == 0.9
    assert o.tau == 4.0
    assert o.kl == "teacher||student"


def test_a_fickle_teacher_needs_no_strength():
    assert Objective(method="ft").noise == {"fickle": 1.0}


def test_logits_are_at_least_float32():
    assert at_least_float32(torch.zeros(2).bfloat16()).dtype == torch.float32
    assert at_least_float32(torch.zeros(2).double()).dtype == torch.float64


def test_features_are_read_only_where_they_are_wanted():
    student, _, x, _ = lesson()
    assert answer(student, x, features=False).groups == ()
    assert len(answer(student, x, features=True).groups) == 3


def test_supervision_records_no_graph():
    first, _ = supervised(STEADY)
    assert not first.logits.requires_grad
    assert not first.groups[0].requires_grad


def test_a_steady_teacher_repeats_itself():
    first, second = supervised(STEADY)
    assert torch.equal(first.logits, second.logits)


def test_a_fickle_teacher_does_not():
    first, second = supervised(FICKLE)
    assert not torch.equal(first.logits, second.logits)


def test_one_network_is_a_collective_of_one():
    net = build("wrn-10-1").eval()
    x = torch.rand(3, 3, 8, 8)
    answers, found = all_answers(net, x, True)
    assert answers.members.shape == (3, 1, 10)
    assert torch.equal(found.logits, net(x))


def test_peers_answer_together():
    answers, found = all_answers(Peers("wrn-10-1").eval(), torch.rand(3, 3, 8, 8), False)
    assert answers.members.shape == (3, 2, 10)
    assert found is None


def test_each_learner_has_its_cross_entropy():
    z = torch.randn(5, 2, 10)
    y = torch.arange(5)
    each = [F.cross_entropy(z[:, i], y).item() for i in (0, 1)]
    assert cross_entropy(Answers(z, None), y).item() == pytest.approx(sum(each))


def test_the_ensemble_has_its_own():
    z = torch.randn(5, 2, 10)
    y = torch.arange(5)
    more = cross_entropy(Answers(z, z[:, 0]), y) - cross_entropy(Answers(z, None), y)
    assert more.item() == pytest.approx(F.cross_entropy(z[:, 0], y).item(), rel=1e-5)


def test_a_baseline_s_loss_is_its_cross_entropy():
    student, _, x, y = lesson()
    loss = batch_loss(Objective(), student, None, x, y, Randomness(0))
    assert torch.equal(loss.total, F.cross_entropy(student(x), y))


def test_a_part_does_not_shift_the_random_numbers_of_others():
    batch = batch_of(lesson(teacher="wrn-10-2"))
    state = torch.get_rng_state()
    make_part("fitnet", (batch.student, batch.teacher), seed=0)
    assert torch.equal(torch.get_rng_state(), state)


def test_the_regressor_is_added_where_it_is_needed():
    student, teacher, x, _ = lesson(teacher="wrn-10-2")
    add_modules(Objective(method="fitnet"), student, teacher, x)
    assert list(student.terms) == ["fitnet"]


def test_its_weights_are_the_seed_s():
    made = []
    for _ in range(2):
        student, teacher, x, _ = lesson(teacher="wrn-10-2")
        add_modules(Objective(method="fitnet"), student, teacher, x, seed=3)
        made.append(student.terms["fitnet"].weight)
    assert torch.equal(*made)


def test_no_part_is_added_where_none_is_needed():
    for method, teacher in (("fitnet", "wrn-10-1"), ("hinton", "wrn-10-2")):
        student, teacher, x, _ = lesson(teacher=teacher)
        add_modules(Objective(method=method), student, teacher, x)
        assert not hasattr(student, "terms")


def test_networks_that_fit_pass():
    student, teacher, *_ = lesson()
    check_networks(Objective(method="hinton"), student, teacher)
    assert check_networks(Objective(method="dml"), Peers("wrn-10-1"), None) is None


def test_modes_come_back():
    net = build("wrn-10-1").train()
    net.bn.eval()
    with modes_kept(net, None):
        net.eval()
    assert net.training
    assert not net.bn.training


def test_the_step_finds_the_number_of_classes():
    student, _, x, y = lesson(n=2)
    assert count_classes(Objective(), student, None, x, y) == 10


def test_relations_need_no_equal_widths():
    for method in ("at", "sp", "rkd-d", "rkd-a", "bss"):
        student, teacher, x, y = lesson(teacher="wrn-16-2")
        assert prepare(Objective(method=method), student, teacher, x[:2], y[:2]) is student


def test_preparing_leaves_modes_alone():
    student, teacher, x, y = lesson()
    prepare(Objective(method="hinton"), student.train(), teacher.train(), x[:2], y[:2])
    assert all(m.training for m in student.modules())
    assert all(m.training for m in teacher.modules())


def test_batch_loss_is_the_equation():
    noise = {"gaussian": 0.1, "messy": 0.5}
    o = Objective(method="sr+mc", alpha=0.7, tau=3.0, noise=noise)
    expected = written_out(lesson(), alpha=0.7, tau=3.0, rate=0.5)
    assert loss_of(o, lesson()).total.item() == pytest.approx(expected.item(), rel=1e-4)


def test_terms_see_noisy_images_in_the_student_and_clean_ones_in_the_teacher():
    at = lesson()
    s = at.student.features(noisy_images(at.x))
    t = at.teacher.features(at.x)
    expected = {
        "at": attention_loss(s.groups, t.groups),
        "sp": similarity_loss(s.groups[2], t.groups[2]),
        "fsp": fsp_loss(sections(s), sections(t)),
        "fitnet": fitnet_loss(s.groups[1], t.groups[1]),
    }
    for term, value in expected.items():
        o = Objective(method=f"{term}+ga", noise={"gaussian": 0.1}, weights={term: 1.0})
        assert loss_of(o, at).terms.item() == pytest.approx(value.item(), rel=1e-4), term


def test_terms_are_added_with_their_weights():
    at = lesson()
    s = at.student.features(at.x)
    t = at.teacher.features(at.x)
    found = loss_of(Objective(method="sp+rkd-a", weights={"sp": 2.0, "rkd-a": 3.0}), at)
    similarity = similarity_loss(s.groups[2], t.groups[2])
    angles = rkd_angle_loss(s.embedding, t.embedding)
    assert found.terms.item() == pytest.approx((2 * similarity + 3 * angles).item(), rel=1e-4)


def test_the_total_is_all_three_parts():
    found = loss_of(Objective(method="at+hinton"), lesson())
    parts = 0.1 * found.ce + 0.9 * found.kd + found.terms
    assert found.total.item() == pytest.approx(parts.item(), rel=1e-5)


def test_options_reach_the_term():
    at = lesson()
    o = Objective(method="at", weights={"at": 1.0}, options={"at": {"form": "paper"}})
    groups = at.student.features(at.x).groups, at.teacher.features(at.x).groups
    expected = attention_loss(*groups, "paper").item()
    assert loss_of(o, at).terms.item() == pytest.approx(expected, rel=1e-4)


def test_options_reach_the_noise():
    x = torch.rand(4, 3, 8, 8)
    noise = {"gaussian": 5.0}
    o = Objective(method="ga", noise=noise, options={"gaussian": {"clip": True}})
    found = disturb("student_input", x, o.noise, o.options, Randomness(0))
    assert found.aminmax() == (0, 1)


def test_fitnet_compares_through_the_regressor():
    at = lesson(teacher="wrn-10-2")
    o = Objective(method="fitnet")
    add_modules(o, at.student, at.teacher, at.x)
    predicted = at.student.terms["fitnet"](at.student.features(at.x).groups[1])
    expected = fitnet_loss(predicted, at.teacher.features(at.x).groups[1])
    assert loss_of(o, at).terms.item() == pytest.approx(expected.item(), rel=1e-5)


def test_the_boundary_term_asks_both_networks_there():
    batch = boundary_batch(epoch=0)
    s, t, _, student, teacher, x, y = batch[:7]
    g = Randomness(0, 0).generator("boundary")
    at = boundary_samples(teacher, x, y, s.logits, t.logits, g)
    there = student(at.images), teacher(at.images)
    by_hand = bss_loss(s.logits, t.logits, *there, at.valid, bss_weights(0, 10))
    assert at.valid.all()
    assert boundary_term(batch).item() == pytest.approx(by_hand.item(), rel=1e-5)


def test_bss_without_a_base_image_is_finite():
    at = lesson()
    at = at._replace(y=(at.teacher(at.x).argmax(1) + 1) % 10)
    loss = loss_of(Objective(method="bss"), at, epoch=0)
    loss.total.backward()
    assert loss.total.isfinite()
    assert loss.terms > 0
    assert all(p.grad.isfinite().all() for p in at.student.parameters())


def test_terms_read_the_fickle_teacher():
    at = lesson(dropout=0.4)
    assert loss_of(FICKLE, at).terms != loss_of(FICKLE, at).terms
    assert loss_of(STEADY, at).terms == loss_of(STEADY, at).terms


def test_the_teacher_is_left_as_it_was():
    for method in WITH_TEACHER:
        at, state = taught(method)
        after = at.teacher.state_dict()
        assert all(torch.equal(v, state[k]) for k, v in after.items()), method


def test_no_gradient_flows_into_the_teacher():
    for method in WITH_TEACHER:
        at, _ = taught(method)
        assert all(p.grad is None for p in at.teacher.parameters()), method


def test_every_weight_of_the_student_gets_a_gradient():
    for method in WITH_TEACHER:
        at, _ = taught(method)
        assert all(p.grad is not None for p in at.student.parameters()), method
        assert at.student.training


def test_without_a_teacher_s_part_the_teacher_is_not_asked():
    def teacher(x):
        raise AssertionError("asked")

    at = lesson()._replace(teacher=teacher)
    loss = batch_loss(Objective(), *at, Randomness(0))
    assert loss.kd == 0
    assert torch.equal(loss.total, loss.ce)


def test_no_method_needs_values_on_the_host():
    for method in (*METHODS, "at+ft", "sr+mc", "ga+one"):
        mode = FakeTensorMode()
        at = fake_lesson(mode, method)
        with mode:
            loss = loss_of(setting_of(method), at).total
            weights = list(at.student.parameters())
            grads = torch.autograd.grad(loss, weights)
            assert [g.shape for g in grads] == [p.shape for p in weights], method


def test_a_value_would_be_noticed():
    mode = FakeTensorMode()
    at = fake_lesson(mode, "baseline")._replace(teacher=None)
    with mode:
        loss = loss_of(Objective(), at).total
        try:
            loss.item()
            noticed = False
        except DataDependentOutputException:
            noticed = True
    assert noticed


def test_dkd_teaches_with_the_targets_as_they_are_used():
    found, s, t, targets = decoupled_loss(epoch=23)
    assert found == pytest.approx(dkd_loss(s, t, targets).item(), rel=1e-4)


def test_options_of_dkd_reach_the_loss():
    found, s, t, targets = decoupled_loss(epoch=23, other_weight=2.0)
    expected = dkd_loss(s, t, targets, 1.0, 2.0).item()
    assert found == pytest.approx(expected, rel=1e-4)


def test_dkd_warms_up_over_a_twelfth_of_the_training():
    first, s, t, targets = decoupled_loss(epoch=0)
    assert first == pytest.approx(dkd_loss(s, t, targets).item() / 2, rel=1e-4)


def test_refuses_unknown_methods():
    refuses("'crd' is unknown", find_method, "crd")
    refuses("did you mean 'rkd-", find_method, "rkd")
    refuses("did you mean 'hinton'", find_method, "hintno")
    refuses("'' is unknown", find_method, "")


def test_refuses_joins_that_mean_nothing():
    refuses("should join different methods, without 'baseline'", find_method, "sr+sr")
    refuses("should join different methods, without 'baseline'", find_method, "sr+baseline")


def test_refuses_learners_with_two_sources():
    refuses("would learn from branches and teacher", find_method, "one+hinton")
    refuses("would learn from peers and teacher", find_method, "dml+at")
    refuses("would learn from branches and peers", find_method, "dml+one")


def test_refuses_numbers_out_of_range():
    refuses("alpha = 2.0: input should be less than", Objective, method="hinton", alpha=2.0)
    refuses("tau = -1.0: input should be", Objective, method="hinton", tau=-1.0)
    noise = {"messy": 3.0}
    refuses("{'messy': 3.0}: should be in [0, 1]", Objective, method="mc", noise=noise)
    refuses("noise.gaussian = -1.0", Objective, method="ga", noise={"gaussian": -1.0})


def test_refuses_missing_noise():
    refuses("'sr' needs 'gaussian' > 0 (sigma, the standard", Objective, method="sr")
    refuses("'mc' needs 'messy' > 0", Objective, method="mc", noise={"messy": 0.0})


def test_refuses_noise_of_another_method():
    refuses(
        "'hinton' does not use 'gaussian'; should be without it, or join one of ['ga', 'sr']",
        Objective,
        method="hinton",
        noise={"gaussian": 0.1},
    )


def test_refuses_settings_that_are_not_used():
    refuses("alpha = 0.5: method 'at' needs 0", Objective, method="at", alpha=0.5)
    refuses("alpha = 0.0: method 'sr' needs > 0", Objective, method="sr", alpha=0.0)
    refuses("tau = 2.0: should be 4.0; method", Objective, method="at", tau=2.0)
    refuses("kl = ", Objective, kl="student||teacher")
    refuses("'at' has no term 'sp'", Objective, method="at", weights={"sp": 1.0})


def test_refuses_options_of_nobody():
    given = {"at": {"form": "paper"}}
    refuses("the method has no 'at'", Objective, method="hinton", options=given)


def test_refuses_wrong_options():
    given = {"at": {"from": "paper"}}
    refuses("unknown; did you mean 'form'?", Objective, method="at", options=given)
    given = {"at": {"form": "papers"}}
    refuses("input should be 'code' or 'paper'", Objective, method="at", options=given)


def test_refuses_fields_of_the_wrong_type():
    refuses("method = 3: input should be a valid string", Objective, method=3)
    refuses("weights = 3: input should be a valid dictionary", Objective, weights=3)
    refuses("options.at = 3", Objective, options={"at": 3})


def test_refuses_a_network_without_features():
    refuses("Linear: has no features(x)", answer, nn.Linear(3, 3), torch.rand(2, 3), True)


def test_refuses_a_missing_or_superfluous_teacher():
    student, teacher, x, y = lesson()
    at = Objective(method="at")
    refuses("teacher = None: method 'at' needs one", prepare, at, student, None, x, y)
    refuses("'baseline' needs none", prepare, Objective(), student, teacher, x, y)
    refuses("is the student itself", prepare, at, student, student, x, y)


def test_refuses_a_steady_teacher_that_should_be_fickle():
    ft = Objective(method="ft")
    refuses("should have dropout > 0 to be fickle", prepare, ft, *lesson())


def test_refuses_a_single_network_for_mutual_learning():
    student, _, x, y = lesson()
    words = "student = WRN: method 'dml' needs peers"
    refuses(words, prepare, Objective(method="dml"), student, None, x, y)


def test_refuses_labels_beyond_the_classes():
    student, _, x, y = lesson()
    words = "labels reach 10: should be below 10"
    refuses(words, prepare, Objective(), student, None, x, y + 1)


def test_refuses_networks_that_do_not_fit():
    words = "method = 'fsp': does not fit these networks"
    refuses(words, prepare, Objective(method="fsp"), *lesson(teacher="wrn-16-2"))


def test_a_misfit_names_both_shapes():
    at = lesson(teacher="wrn-16-2")
    refuses("(16, 16, 16)", prepare, Objective(method="fsp"), *at)
    refuses("(16, 16, 32)", prepare, Objective(method="fsp"), *at)

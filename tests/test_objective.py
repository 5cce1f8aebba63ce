"Exported from nbs/12_objective.ipynb by `noisekd export`; edit the notebook."

import pytest, torch
import difflib
from dataclasses import dataclass, field
from typing import Callable, Literal, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from noisekd.data import stream, stream_seed
from noisekd.losses import WEIGHTS, Direction, Regressor, attention, boundary_samples, bss, bss_weights, fitnet, fsp, hinton, one, one_ramp, rkd_angle, rkd_distance, similarity
from noisekd.models import Answers, Features
from noisekd.noise import gaussian, random_targets, teaching_mode
from noisekd.data import available
from noisekd.objective import *
import pytest, scipy.stats
from noisekd.models import Peers, build
torch.manual_seed(0)

def lesson(n=16, **kw):
    "A student, a teacher, images and labels."
    return build("wrn-10-1").eval(), build("wrn-16-1", seed=1, **kw).eval(), torch.rand(n, 3, 8, 8), torch.arange(n) % 10
def setting(method):
    "A method's objective with the default weights, and a student for it."
    m = find_method(method)
    o = Objective(.9 * m.answers, sigma=.1 * ("sigma" in m.uses), target_noise=.2 * ("target_noise" in m.uses), fickle=m.fickle, terms=tuple((t, TERMS[t].weight) for t in m.terms))
    return o, Peers("wrn-10-1") if m.online == "peers" else build("wrn-10-1", branches=3 if m.online else 1)
from torch._subclasses.fake_tensor import DataDependentOutputException, FakeTensorMode
def without_values(mode, model):
    "The network with weights that have a shape and no values."
    for m in model.modules():
        for store in (m._parameters, m._buffers): store.update({k: mode.from_tensor(v) for k, v in store.items() if v is not None})
    return model


@pytest.fixture(autouse=True)
def seeded(): torch.manual_seed(0)


def test_defaults_are_the_papers():
    assert (Objective().alpha, Objective().tau, Objective().kl, Objective().clip) == (.9, 4., "teacher||student", False)


def test_the_noises_have_streams_of_their_own():
    a, b = draws(0, 0), draws(0, 0)
    torch.rand(100, generator=a.target_noise), torch.rand(100, generator=a.boundary)
    assert torch.equal(torch.rand(5, generator=a.input_noise), torch.rand(5, generator=b.input_noise))
    assert (draws(0, 3, epochs=7).epoch, draws(0, 3, epochs=7).epochs) == (3, 7)


def test_sections_follow_each_other():
    f = build("wrn-10-1").features(torch.rand(2, 3, 8, 8))
    found = sections(f)
    assert len(found) == 3 and found[0][0] is f.stem and all(found[i][1] is found[i + 1][0] for i in (0, 1))


def test_the_boundary_term_asks_both_networks_there():
    student, guide, x, y = build("wrn-10-1").eval(), build("wrn-10-1", seed=1).eval(), torch.rand(6, 3, 8, 8), torch.arange(6)
    y, (s, t) = guide(x).argmax(1), (student.features(x), guide.features(x))
    term = lambda epoch: boundary_term(Scene(None, s, t, None, student, guide, x, y, draws(0, epoch, epochs=10)))
    b = boundary_samples(guide, x, y, s.logits, t.logits, draws(0, 0).boundary)
    assert b.valid.all() and term(0).item() == pytest.approx(bss(s.logits, t.logits, student(b.images), guide(b.images), b.valid, bss_weights(0, 10)).item(), rel=1e-5)
    assert term(9).item() == pytest.approx(-(t.logits / 3).softmax(1).mul((s.logits / 3).log_softmax(1)).sum(1).mean().item(), rel=1e-5)


def test_peers_teach_each_other_and_no_gradient_flows_into_the_one_who_teaches():
    z = torch.randn(6, 3, 10, requires_grad=True)
    scene = Scene(None, None, None, Answers(z, None), None, None, None, None, None)
    loss, p = mutual_term(scene), z.detach().log_softmax(2)
    by_hand = sum((p[:, j].exp() * (p[:, j] - p[:, i])).sum(1).mean() for i in range(3) for j in range(3) if i != j) / 2
    assert loss.item() == pytest.approx(by_hand.item(), rel=1e-5)
    grad, = torch.autograd.grad(loss, z)
    pull = sum(p[:, 0].exp() - p[:, j].exp() for j in (1, 2)) / 2 / 6  # of the first peer towards the others, and nothing else
    assert torch.allclose(grad[:, 0], pull, atol=1e-6)


def test_the_ensemble_s_weight_grows_over_the_same_share_of_any_training():
    z = torch.randn(6, 3, 10)
    weight = lambda epoch, epochs: (ensemble_term(Scene(None, None, None, Answers(z, z.mean(1)), None, None, None, None, draws(0, epoch, epochs=epochs))) / one(z, z.mean(1))).item()
    assert weight(40, 300) == pytest.approx(weight(4, 30)) == pytest.approx(torch.tensor(-1.25).exp().item()) and weight(80, 300) == weight(299, 300) == 1


def test_a_term_is_a_function_of_the_scene():
    assert Term(lambda s: s.x.sum(), "images", 2.).loss(Scene(*[None] * 6, torch.ones(3), None, None)) == 3


def test_a_map_goes_through_the_regressor_if_there_is_one():
    net, maps = build("wrn-10-1"), torch.rand(2, 32, 4, 4)
    assert regressed(net, maps) is maps
    net.regressor = nn.Conv2d(32, 64, 1)
    assert torch.equal(regressed(net, maps), net.regressor(maps))


def test_a_regressor_comes_where_channels_differ():
    o, x = Objective(0., terms=(("fitnet", 1.),)), torch.rand(2, 3, 8, 8)
    same, wide = build("wrn-10-1"), build("wrn-10-2")
    assert not hasattr(add_regressor(o, build("wrn-16-1"), same, x), "regressor") and not hasattr(add_regressor(Objective(), same, wide, x), "regressor")
    a, b = (add_regressor(o, build("wrn-16-1"), wide, x, seed=3).regressor for _ in range(2))
    assert a.weight.shape == (64, 32, 1, 1) and torch.equal(a.weight, b.weight)


def test_who_needs_a_teacher():
    need = lambda **kw: Method("X", **kw).teacher
    assert not need() and not need(uses=("sigma",)) and need(answers=True) and need(terms=("at",)) and not need(terms=("dml",), online="peers")


def test_weights_are_the_papers():
    assert {k: TERMS[k].weight for k in ("at", "sp", "rkd-d", "rkd-a")} == {"at": 1000, "sp": 3000, "rkd-d": 25, "rkd-a": 50}


def test_every_method_has_a_source_and_known_needs():
    assert all(m.source and set(m.uses) <= {"sigma", "target_noise"} and set(m.terms) <= set(TERMS) and (m.teacher or not m.fickle) for m in METHODS.values())
    assert {t for m in METHODS.values() for t in m.terms} == set(TERMS)
    assert [k for k, m in METHODS.items() if not m.teacher] == ["baseline", "ga", "messy", "dml", "one"]


def test_the_nearest_names_come_first():
    assert near("Hintn", ["at", "hinton"]) == "did you mean 'hinton'? known are ['at', 'hinton']" and near("xyz", ["at"]) == "known are ['at']"


def test_methods_are_found_joined_and_refused():
    assert find_method("sr+mc").uses == ("sigma", "target_noise") and find_method("sr+ft").fickle
    assert find_method("at+hinton").terms == ("at",) and find_method("at+hinton").answers and not find_method("at").answers and find_method("at").teacher
    assert find_method("ga+one").online == "branches" and find_method("rkd-d+rkd-a").terms == find_method("rkd-da").terms
    for wrong, words in (("dkd", "'dkd' is unknown"), ("sr+baseline", "nothing with 'baseline'"), ("sr+sr", "different"), ("", "unknown"), ("rkd", "did you mean 'rkd-"), ("hintno", "did you mean 'hinton'"),
                         ("one+hinton", "ONE learns without a frozen teacher"), ("dml+at", "DML learns without"), ("dml+one", "without a frozen")):
        with pytest.raises(ValueError, match=words): find_method(wrong)


def test_a_network_without_features_is_named():
    with pytest.raises(ValueError, match="Linear: has no features"): look(nn.Linear(3, 3), torch.rand(2, 3), True)
    assert look(nn.Linear(3, 5), torch.rand(2, 3), False).logits.shape == (2, 5)


def test_supervision_records_no_graph():
    teacher = build("wrn-10-1", dropout=0.3).train()
    steady, fickle = Objective(), Objective(fickle=True)
    x = torch.rand(4, 3, 8, 8)
    answer = lambda o: supervision(o, teacher, x).logits
    assert not answer(steady).requires_grad and not supervision(steady, teacher, x, True).groups[0].requires_grad
    assert torch.equal(answer(steady), answer(steady))
    assert not torch.equal(answer(fickle), answer(fickle))


def test_one_network_is_a_collective_of_one():
    net, x = build("wrn-10-1").eval(), torch.rand(3, 3, 8, 8)
    answers, f = all_answers(net, x, True)
    assert answers.members.shape == (3, 1, 10) and answers.ensemble is None and torch.equal(f.logits, net(x)) and len(f.groups) == 3
    peers, nothing = all_answers(Peers("wrn-10-1").eval(), x, False)
    assert peers.members.shape == (3, 2, 10) and nothing is None


def test_each_learner_has_its_cross_entropy():
    z, y = torch.randn(5, 2, 10), torch.arange(5)
    each = [F.cross_entropy(z[:, i], y).item() for i in (0, 1)]
    assert cross_entropy(Answers(z, None), y).item() == pytest.approx(sum(each))
    assert cross_entropy(Answers(z, z[:, 0]), y).item() == pytest.approx(2 * each[0] + each[1])


def test_batch_loss_is_the_equation():
    student, teacher, x, y = lesson()
    o = Objective(alpha=.7, tau=3., sigma=.1, target_noise=.5)
    loss, d = batch_loss(o, student, teacher, x, y, draws(5, 2)), draws(5, 2)
    s = student(x + .1 * torch.randn(x.shape, generator=d.input_noise)).log_softmax(1)
    messy = torch.rand(16, generator=d.target_noise) < .5
    y2 = torch.where(messy, torch.randint(0, 10, (16,), generator=d.target_noise), y)
    t, s3 = (teacher(x) / 3).softmax(1), (s / 3).log_softmax(1)
    by_hand = .3 * -s[range(16), y2].mean() + .7 * 9 * (t * (t.log() - s3)).sum(1).mean()
    assert loss.total.item() == pytest.approx(by_hand.item(), rel=1e-4) and loss.terms == 0


def test_terms_see_noisy_images_in_the_student_and_clean_ones_in_the_teacher():
    student, teacher, x, y = lesson()
    part = lambda key: batch_loss(Objective(0., sigma=.1, terms=((key, 1.),)), student, teacher, x, y, draws(5, 2)).terms.item()
    s, t = student.features(x + .1 * torch.randn(x.shape, generator=draws(5, 2).input_noise)), teacher.features(x)
    expected = {"at": attention(s.groups, t.groups), "sp": similarity(s.groups[2], t.groups[2]), "fsp": fsp(sections(s), sections(t)), "fitnet": fitnet(s.groups[1], t.groups[1])}
    for key, value in expected.items(): assert part(key) == pytest.approx(value.item(), rel=1e-4), key


def test_terms_are_added_with_their_weights():
    student, teacher, x, y = lesson()
    loss = lambda alpha, *terms: batch_loss(Objective(alpha, terms=terms), student, teacher, x, y, draws(5, 2))
    s, t = student.features(x), teacher.features(x)
    assert loss(0., ("sp", 2.), ("rkd-a", 3.)).terms.item() == pytest.approx(2 * similarity(s.groups[2], t.groups[2]).item() + 3 * rkd_angle(s.embedding, t.embedding).item(), rel=1e-4)
    whole = loss(.9, ("at", 1000.))
    assert whole.terms.item() == pytest.approx(1000 * attention(s.groups, t.groups).item(), rel=1e-4)
    assert whole.total.item() == pytest.approx(.1 * whole.ce.item() + .9 * whole.kd.item() + whole.terms.item(), rel=1e-5)


def test_the_form_of_attention_is_the_objective_s():
    student, teacher, x, y = lesson()
    loss = batch_loss(Objective(0., terms=(("at", 1.),), attention_form="paper"), student, teacher, x, y, draws(5, 2))
    assert loss.terms.item() == pytest.approx(attention(student.features(x).groups, teacher.features(x).groups, "paper").item(), rel=1e-4)


def test_fitnet_compares_through_the_regressor():
    x, y, teacher = torch.rand(4, 3, 8, 8), torch.arange(4), build("wrn-10-2", seed=1).eval()
    o = Objective(0., terms=(("fitnet", 1.),))
    student = add_regressor(o, build("wrn-10-1"), teacher, x).eval()
    by_hand = fitnet(student.regressor(student.features(x).groups[1]), teacher.features(x).groups[1])
    assert batch_loss(o, student, teacher, x, y, draws(0, 0)).terms.item() == pytest.approx(by_hand.item(), rel=1e-5)


def test_terms_read_the_fickle_teacher():
    student, teacher, x, y = lesson(dropout=.4)
    loss = lambda fickle: batch_loss(Objective(fickle=fickle, terms=(("at", 1.),)), student, teacher, x, y, draws(0, 0))
    assert loss(True).terms != loss(True).terms and loss(False).terms == loss(False).terms and loss(False).kd > 0


def test_the_teacher_is_left_as_it_was():
    x, y, teacher = torch.rand(8, 3, 8, 8), torch.arange(8), build("wrn-10-1", dropout=.3, seed=1)
    state = {k: v.clone() for k, v in teacher.state_dict().items()}
    for o in (Objective(fickle=True), *(Objective(0., terms=((k, 1.),)) for k in TERMS if k not in ("dml", "one"))):
        student = build("wrn-10-1").train()
        batch_loss(o, student, teacher, x, y, draws(0, 0, epochs=9)).total.backward()
        assert all(p.grad is None for p in teacher.parameters()) and all(p.grad is not None for p in student.parameters())
        assert all(torch.equal(v, state[k]) for k, v in teacher.state_dict().items()) and student.training


def test_distillation_without_a_teacher_is_refused():
    student, _, x, y = lesson()
    for o, words in (Objective(), "alpha = 0.9.*needs a teacher"), (Objective(0., terms=(("at", 1.),)), "'at'.*needs a teacher"):
        with pytest.raises(ValueError, match=words): batch_loss(o, student, None, x, y, draws(0, 0))


def test_without_alpha_the_teacher_is_not_asked():
    def teacher(x): raise AssertionError("asked")
    x, y = torch.rand(8, 3, 8, 8), torch.arange(8)
    loss = batch_loss(Objective(alpha=0), build("wrn-10-1"), teacher, x, y, draws(0, 0))
    assert loss.kd == 0 and torch.equal(loss.total, loss.ce)


def test_bss_without_a_base_image_is_finite():
    student, teacher, x = build("wrn-10-1"), build("wrn-10-1", seed=1).eval(), torch.rand(8, 3, 8, 8)
    y = (teacher(x).argmax(1) + 1) % 10
    loss = batch_loss(Objective(0., terms=(("bss", 1.),)), student, teacher, x, y, draws(0, 0, epochs=9))
    loss.total.backward()
    assert loss.total.isfinite() and loss.terms > 0 and all(p.grad.isfinite().all() for p in student.parameters())


def test_no_method_needs_values_on_the_host():
    for method in (*METHODS, "at+ft", "sr+mc", "ga+one"):
        (objective, student), (_, teacher, x, y) = setting(method), lesson(dropout=.4)
        with FakeTensorMode() as mode:
            student, teacher, x, y = without_values(mode, student.train()), without_values(mode, teacher), mode.from_tensor(x), mode.from_tensor(y)
            loss, weights = batch_loss(objective, student, teacher, x, y, draws(0, 0, epochs=9)).total, list(student.parameters())
            assert all(g.shape == p.shape for g, p in zip(torch.autograd.grad(loss, weights), weights)), method
            with pytest.raises(DataDependentOutputException): loss.item()


def test_networks_that_do_not_fit_are_refused_with_both_shapes():
    x, y = torch.rand(2, 3, 8, 8), torch.tensor([0, 1])
    fits = lambda term, a, b: check_fit(Objective(0., terms=((term, 1.),)), build(a), build(b), x, y)
    for term in ("at", "sp", "rkd-d", "rkd-a", "bss"): fits(term, "wrn-10-1", "wrn-16-2")
    with pytest.raises(ValueError, match=r"\['fsp'\]: do not fit.*\(2, 16, 16\).*\(2, 16, 32\)"): fits("fsp", "wrn-10-1", "wrn-16-2")
    with pytest.raises(ValueError, match=r"\(2, 32, 4, 4\).*\(2, 64, 4, 4\)"): fits("fitnet", "wrn-10-1", "wrn-16-2")


def test_the_look_leaves_the_mode_alone():
    student = build("wrn-10-1").train()
    check_fit(Objective(0.), student, None, torch.rand(2, 3, 8, 8), torch.tensor([0, 1]))
    assert all(m.training for m in student.modules())

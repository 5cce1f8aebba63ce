"Exported from nbs/31_studies.ipynb by `noisekd export`; edit the notebook."

import pytest, torch
from dataclasses import dataclass, field, replace
from typing import Callable, NamedTuple

from noisekd.attacks import EPSILONS, STEPS
from noisekd.corruptions import POINTWISE
from noisekd.objective import TERMS, find_method
from noisekd.runs import EvaluationConfig, RunConfig, identity
from noisekd.data import available
from noisekd.studies import *
import pytest


@pytest.fixture(autouse=True)
def seeded(): torch.manual_seed(0)


def test_a_further_run_may_keep_its_teacher():
    assert Further("longer", "one", dict(epochs=400)).teacher == {}


def test_sizes_are_fields_of_configs():
    s = Sizes("toy", "for a test", dict(dataset="digits"), {}, dict(epochs=1, milestones=()), dict(steps=1))
    assert RunConfig(**s.shared, **s.student).epochs == 1 and set(s.evaluation) <= set(EvaluationConfig.model_fields) and not s.paper_size


def test_levels_are_the_paper_s_where_it_has_them():
    l = Levels("toy", "for a test", {}, {}, {}, {})
    assert (l.sigma, l.dropout) == (.05, .4) and l.sigma < l.strong


def test_a_profile_asks_nothing_more_unless_told():
    p = Profile("toy", "for a test", {}, {}, {}, {})
    assert not (p.alike or p.survey or p.weights or p.further or p.longest or p.questions) and p.combinations


def test_the_fields_of_a_profile_are_those_of_configs():
    for p in PROFILES.values():
        for role in (p.shared, p.teacher, p.student, p.fickle, p.alike, p.longest): assert set(role) <= set(RunConfig.model_fields)
        for f in p.further: assert find_method(f.method) and set(f.fields) | set(f.teacher) <= set(RunConfig.model_fields)
        for part in (p.evaluation, p.survey, p.questions): assert set(part) <= set(EvaluationConfig.model_fields)
        assert set(p.weights) <= set(TERMS)


def test_an_entry_is_a_teacher_or_a_student():
    assert [Entry(label, "", RunConfig()).role for label in ("Teacher", "Teacher, dropout 0.4", "Only teacher", "FT")] == ["teacher", "teacher", "student", "student"]


def test_a_run_is_listed_once():
    same = Entry("A", "clean labels", RunConfig())
    assert list(Study("toy", "", PROFILES["demo"], {}, (same, same)).runs) == [identity(RunConfig())]


def test_evaluations_follow_the_study_and_the_place():
    study, c = Study("toy", "", PROFILES["quick"], PROFILES["quick"].evaluation, ()), RunConfig(runs="r", device="cpu", data_root="d")
    e = evaluation_of(study, c)
    assert (e.run, e.attack_images, e.runs, e.device, e.data_root) == (identity(c), 500, "r", "cpu", "d")
    other = replace(study, entries=(Entry("A", "clean labels", c, dict(steps=3)),))
    assert evaluation_of(other, c).steps == 3 and evaluation_of(other, c).attack_images == 500


def test_the_later_role_wins():
    make = maker(PROFILES["quick"], {"runs": "r"})
    assert make({"arch": "wrn-16-1"}, {"arch": "wrn-10-2"}) == make({"arch": "wrn-10-2"}) and make({"epochs": 20}, epochs=30).epochs == 30 and make({}).runs == "r"


def test_students_under_label_noise_have_a_teacher_that_saw_it():
    by = {(e.labels, e.label): e.config for e in noises(PROFILES["quick"]).entries}
    part = "40% corrupted labels"
    assert by[part, "MC 0.2"].teacher == by[part, "Hinton"].teacher == identity(by[part, "Teacher"])
    assert {c.label_corruption for (labels, _), c in by.items() if labels == part} == {0.4}


def test_the_protocol_study_asks_both_readings():
    for name, p in PROFILES.items():
        study = protocol(p, runs="r")
        asked = evaluation_of(study, study.entries[-1].config)
        assert asked.sweep_step_sizes == (.003, .03) and asked.sweep_scaled
        assert study.entries[-1].config.teacher == identity(study.entries[1].config) and study.entries[-1].config.sigma == p.strong > p.sigma
        assert set(noises(p, runs="r").runs) >= {identity(e.config) for e in study.entries[1:-1]}  # trained once for both studies
    assert len(asked.corruptions) == 95 and evaluation_of(noises(PROFILES["paper"]), study.entries[0].config).ood


def test_the_same_runs_at_another_radius():
    study = noises(QUICK, runs="r")
    near = at_radius(study, 2 / 255, ("Hinton", "SR"))
    assert [e.label for e in near.entries] == ["Hinton", "SR 0.05", "Hinton"] and set(near.runs) < set(study.runs)
    for e in near.entries: assert (evaluation_of(near, e.config).eps, evaluation_of(study, e.config).eps) == (2 / 255, .031)


def test_table_2_and_the_nine_are_methods():
    assert len(NINE) == 9 and all(find_method(k).name for k in (*NINE, *TABLE_2))


def test_a_pupil_has_the_teacher_and_the_noise_that_its_method_needs():
    learn = pupil(PAPER, {})
    assert learn("dml").teacher is None and learn("sr").sigma == .05 and learn("sr", sigma=.2).sigma == .2 and learn("mc").target_noise == .2
    assert learn("at+ft").teacher == identity(RunConfig(dataset="cifar10", arch="wrn-40-2", dropout=.4)) != learn("at").teacher and learn("ft", {"dropout": .1}).teacher != learn("ft").teacher
    assert (learn("ft").epochs, learn("at+ft").epochs, learn("at+ft").weights, pupil(DEMO, {})("at+ft").weights) == (350, 200, {"at": 1000}, {"at": 15})
    assert pupil(QUICK, {})("baseline").seeds == (0, 10, 20) and pupil(QUICK, {})("at").seeds == (0,)


def test_all_methods_are_there_and_only_the_method_differs():
    for p in PROFILES.values():
        grid = [e for e in methods(p).entries if e.labels == "clean labels"]
        labels = [e.label for e in grid]
        assert {"BSS", "FitNet", "FSP", "AT", "SP", "RKD-DA", "DML", "ONE", "Hinton", "FT", "SR", "MC"} <= set(labels) and ("AT + FT" in labels) == p.combinations
        differ = {k for e in grid[3:] if e.label != "FT" for k in RunConfig.model_fields if getattr(e.config, k) != getattr(grid[2].config, k)}
        assert differ <= {"method", "teacher", "alpha", "weights", "sigma", "target_noise", "seeds"}
        assert {e.config.teacher for e in grid if "FT" in e.label} == {identity(grid[1].config)}


def test_further_runs_change_one_thing():
    entries = methods(QUICK).entries
    by = {(e.labels.removeprefix("clean labels, "), e.label): e.config for e in entries}
    changed = lambda what, label, like: {k for k in RunConfig.model_fields if getattr(by[what, label], k) != getattr(by["clean labels", like], k)}
    assert changed("16 epochs", "DML", "DML") == {"epochs", "milestones"} and changed("a hundredth of the weight", "SP", "SP") == {"weights"} and changed("dropout 0.1", "FT", "FT") == {"teacher"}
    assert changed("dropout 0.1", "Teacher", "Teacher") == {"dropout"} and by["dropout 0.1", "FT"].teacher == identity(by["dropout 0.1", "Teacher"])


def test_the_labels_are_corrupted_where_the_name_says():
    study = collaboration(PROFILES["demo"])
    by = {(e.labels, e.label): e.config for e in study.entries}
    runs = study.runs
    for r in (.2, .4, .6, .8):
        found = {label: (c.label_corruption, runs[c.teacher].label_corruption) for (labels, label), c in by.items() if labels == f"{r:.0%} corrupted labels"}
        assert found == {"Only teacher": (0., r), "Only student": (r, 0.), "Both": (r, r)}


def test_a_study_is_complete_and_in_order():
    for profile in PROFILES:
        study, seen = find_study(profile), set()
        for e in study.entries:
            assert e.config.teacher is None or e.config.teacher in seen
            seen.add(identity(e.config))
        assert len(seen) == 11 == len(study.runs)
    methods = [[(e.config.method, e.config.label_corruption, e.config.dropout > 0) for e in find_study(p).entries] for p in PROFILES]
    assert all(m == methods[0] for m in methods)


def test_who_learns_from_somebody_is_a_student_and_who_teaches_is_a_teacher():
    for profile in PROFILES:
        for entries in (find_study(profile, name).entries for name in STUDIES):
            teach = {e.config.teacher for e in entries}
            assert all(e.role == "student" for e in entries if e.config.teacher) and all(e.role == "teacher" for e in entries if identity(e.config) in teach)


def test_the_paper_profile_is_the_printed_protocol():
    by = {(e.label, e.labels): e.config for e in find_study("paper").entries}
    sr, ft = by["SR 0.05", "clean labels"], by["FT 0.4", "clean labels"]
    assert (sr.arch, sr.epochs, sr.milestones, sr.lr, sr.lr_decay, sr.alpha, sr.tau, len(sr.seeds)) == ("wrn-16-2", 200, (60, 120, 150), .1, .2, .9, 4., 5)
    assert (ft.epochs, ft.milestones) == (350, (105, 210, 280)) and by["Teacher", "clean labels"].arch == "wrn-40-2"
    assert (sr.train_size, sr.batch_size, sr.momentum, sr.precision, sr.label_corruption) == (None, 128, .9, "fp32", 0.)


def test_unknown_names_are_refused():
    with pytest.raises(ValueError, match="profile = 'tiny'.*demo"): find_study("tiny")
    with pytest.raises(ValueError, match="study = 'table9'.*noises"): find_study("demo", "table9")


def test_a_changed_profile_has_other_runs():
    demo = PROFILES["demo"]
    longer = replace(demo, shared={**demo.shared, "epochs": 21})
    assert not set(noises(demo).runs) & set(noises(longer).runs)
    assert find_method(noises(demo).entries[-1].config.method).name == "MC"

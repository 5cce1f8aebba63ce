"Exported from nbs/30_runs.ipynb by `noisekd export`; edit the notebook."

import pytest, torch
import difflib, hashlib, json, os, platform, re, resource, shutil, subprocess, sys, time
from contextlib import contextmanager
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, Literal

import torch
import yaml
from filelock import FileLock, Timeout
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from torch import nn
import noisekd
from noisekd.attacks import PGD
from noisekd.corruptions import CORRUPTIONS
from noisekd.data import DATASETS, ImageSet, corrupt_labels, fingerprint, human_labels, imbalance, load, pick_device, subset, to_device, to_float
from noisekd.evaluation import Suite, accuracy, evaluate, predict
from noisekd.losses import Direction
from noisekd.models import Peers, build, count_parameters, parse_arch
from noisekd.objective import METHODS, TERMS, Objective, add_regressor, check_fit, find_method
from noisekd.training import CheckpointError, Recipe, atomic_write, digest, fit, load_weights, read_checkpoint
from noisekd.data import available
from noisekd.runs import *
from noisekd.runs import _checksum
import tempfile
import pytest
MISTAKES = [(dict(sigm=.1), "sigm = 0.1: unknown field; did you mean 'sigma'"), (dict(epochs="200"), "epochs = '200': .*integer"),
    (dict(method="ga", sigma=-1.), "sigma = -1.0: .*greater than or equal to 0"), (dict(dropout=1.), "dropout = 1.0: .*less than 1"),
    (dict(label_corruption=1.4), "label_corruption = 1.4: .*less than or equal to 1"), (dict(target_noise=-.1), "target_noise = -0.1"),
    (dict(method="dkd"), "method = 'dkd'.*known are.*hinton"), (dict(dataset="cifar"), "dataset = 'cifar'.*cifar10"), (dict(arch="wrn-17-2"), "arch = 'wrn-17-2'.*depth"),
    (dict(method="hinton"), "teacher = None: method 'hinton' needs one"), (dict(teacher="t"), "teacher = 't': method 'baseline' needs none"),
    (dict(epochs=100), r"milestones = \[60, 120, 150\].*epochs = 100"), (dict(seeds=[]), r"seeds = \[\]: .*at least 1"), (dict(seeds=[1, 1]), "each should be given once"),
    (dict(method="ga"), "sigma = 0.0: method 'ga' needs > 0"), (dict(method="mc", teacher="t"), "target_noise = 0.0: method 'mc' needs > 0"), (dict(method="hinton", teacher=""), "teacher = ''"), (dict(weight_decay="5e-4"), "write 0.0005"),
    (dict(imbalance=0.), "imbalance = 0.0: .*greater than 0"), (dict(method="one+hinton", teacher="t"), "ONE learns without a frozen teacher"), (dict(method="hintn"), "did you mean 'hinton'"),
    (dict(method="at", teacher="t", weights={"at": -1.}), "weights.at = -1.0: .*greater than or equal to 0"), (dict(reported="best_on_test"), "reported = 'best_on_test'"), (dict(human_labels="best"), "human_labels = 'best'"),
    (dict(clip=True), "clip = True"), (dict(teacher_batchnorm="train"), "teacher_batchnorm = 'train'"), (dict(lr=float("nan")), "lr = nan"), (dict(batch_size=True), "batch_size = True"), (dict(device=3), "device = 3")]
def toy(runs, **kw):
    "A config that trains in a second, on the CPU, where equal means equal bits."
    return RunConfig(**(dict(dataset="digits", device="cpu", arch="wrn-10-1", train_size=200, epochs=2, milestones=(1,), seeds=(0, 1), runs=str(runs)) | kw))
def pretend_run(runs, **kw):
    "The record of a finished run with two seeds, without weights."
    c = toy(runs, **kw)
    seeds = [{"seed": s, "test_acc": a, "weights": "?"} for s, a in zip(c.seeds, (80., 90.))]
    return write_record(train_record_path(identity(c), runs), {"kind": "train", "run": identity(c), "config": settings(c), "seeds": seeds})
def taught(runs, method, **kw):
    "A student of 100 digits, of the teacher that `pretend_teacher` left there."
    m = find_method(method)
    needs = dict(teacher=identity(toy(runs, arch="wrn-16-1", dropout=.2))) if m.teacher else {}
    return toy(runs, method=method, train_size=100, seeds=(0,), **needs | {k: .1 for k in m.uses} | kw)


@pytest.fixture(autouse=True)
def seeded(): torch.manual_seed(0)


def test_the_root_is_where_settings_ini_is():
    assert (project_root() / "settings.ini").exists()


def test_places_are_strict():
    assert Place(device="cpu").threads is None
    for wrong in (dict(threads=0), dict(threads="2"), dict(divice="cpu")):
        with pytest.raises(ValidationError): Place(**wrong)


def test_rates_are_rates():
    for wrong in (dict(target_noise=1.5), dict(alpha=-.1), dict(sigma=-1.), dict(tau=0.), dict(kl="both"), dict(weights={"at": -1.}), dict(weights={"at": float("nan")})):
        with pytest.raises(ValidationError): Teaching(**wrong)


def test_layers_check_types_and_ranges():
    assert Schedule(seeds=[1, 2]).seeds == (1, 2)
    for wrong in (dict(epochs="200"), dict(lr=0.), dict(seeds=[]), dict(batch_size=True)):
        with pytest.raises(ValidationError): Schedule(**wrong)


def test_defaults_follow_method_and_data():
    assert fill_defaults({"method": "sr"})["alpha"] == .9 and fill_defaults({})["alpha"] == 0.
    assert fill_defaults({"dataset": "digits"})["augment"] == "crop" and fill_defaults({"augment": "none"})["augment"] == "none"
    assert fill_defaults({"method": "mc+sr"})["method"] == "sr+mc" and fill_defaults({"method": "at"})["alpha"] == 0. and fill_defaults({"method": "ft+at"})["alpha"] == .9
    assert fill_defaults({"method": "rkd-da", "weights": {"rkd-a": 7.}})["weights"] == {"rkd-d": 25., "rkd-a": 7.} and fill_defaults({"method": "sr"})["weights"] == {}


def test_contradictions_are_found():
    assert contradictions(Schedule(alpha=0.)) is None
    assert contradictions(Schedule(alpha=0., epochs=100)) == "milestones = [60, 120, 150]: should increase and lie before the end (epochs = 100)"
    assert contradictions(Schedule(alpha=.9, method="mc", teacher="t")) == "target_noise = 0.0: method 'mc' needs > 0"
    assert contradictions(Schedule(alpha=0., method="at", teacher="t", weights={"sp": 1.})) == "weights = {'sp': 1.0}: method 'at' has no term 'sp'; its terms are ['at']"
    assert contradictions(Schedule(alpha=.9, method="mc")) == "teacher = None: method 'mc' needs one; give the identity of a finished run"


def test_names_are_looked_up():
    assert check_name("arch", "wrn-40-2") == "wrn-40-2"
    with pytest.raises(ValueError, match="dataset = 'mnist': unknown; known are"): check_name("dataset", "mnist")


def test_the_defaults_are_the_printed_protocol():
    c = RunConfig()
    assert (c.dataset, c.arch, c.alpha, c.augment, c.label_corruption) == ("cifar10", "wrn-16-2", 0., "crop+flip", 0.)
    assert RunConfig(method="hinton", teacher="t").alpha == .9


def test_labels_are_corrupted_once():
    for kw, words in ((dict(dataset="svhn", human_labels="worst"), "are for 'cifar10' only"), (dict(human_labels="worst", label_corruption=.2), "corrupted once"), (dict(corruption_includes_true=False), "no label is corrupted")):
        with pytest.raises(ValueError, match=words): RunConfig(**kw)
    assert RunConfig(human_labels="worst").human_labels == "worst" and RunConfig(label_corruption=.2, corruption_includes_true=False).label_corruption == .2


def test_numbers_without_a_point_are_explained():
    assert yaml_hint(yaml.safe_load("5e-4")) == " (YAML reads 5e-4 as text; write 0.0005)" and yaml_hint("big") == yaml_hint(5e-4) == ""


def test_one_line_per_mistake():
    with pytest.raises(ValidationError) as e: Schedule(sigm=.1, epochs=0)
    assert explain(e.value, ["sigma", "epochs"]).splitlines() == ["epochs = 0: input should be greater than or equal to 1", "sigm = 0.1: unknown field; did you mean 'sigma'?"]


def test_every_mistake_names_field_value_and_remedy():
    for given, message in MISTAKES:
        with pytest.raises(ConfigError, match=message): read_config(given)


def test_yaml_files_are_read_or_named():
    with tempfile.TemporaryDirectory() as d:
        (Path(d) / "good.yaml").write_text("dataset: digits\nepochs: 10\nmilestones: [6, 8]\nseeds: [0]\n")
        assert read_config(Path(d) / "good.yaml").milestones == (6, 8)
        (Path(d) / "bad.yaml").write_text("a: [1")
        for name in ("bad.yaml", "none.yaml"):
            with pytest.raises(ConfigError, match=f"{name}: cannot be read"): read_config(Path(d) / name)


def test_a_record_keeps_every_setting_and_no_place():
    assert settings(RunConfig()).keys() == RunConfig.model_fields.keys() - Place.model_fields.keys()


def test_places_and_defaults_decide_nothing():
    assert decisive(RunConfig(device="cpu", runs="x", epochs=200)) == {"alpha": 0., "augment": "crop+flip"}


def test_the_hash_follows_what_is_decisive():
    assert short_hash(RunConfig()) == short_hash(RunConfig(runs="elsewhere")) != short_hash(RunConfig(tau=5.))


def test_identity_is_what_decides_the_result():
    a = RunConfig(method="ga", sigma=.05)
    same = [RunConfig(method="ga", sigma=.05, device="cpu", data_root="/x", runs="y", threads=1), RunConfig(sigma=.05, method="ga", alpha=0., seeds=[0, 10, 20, 30, 40])]
    other = [RunConfig(method="ga", sigma=.06), RunConfig(method="ga", sigma=.05, seeds=[0]), RunConfig(method="ga", sigma=.05, padding="constant")]
    assert {identity(c) for c in same} == {identity(a)}
    assert len({identity(c) for c in other} | {identity(a)}) == 4


def test_a_record_is_json_with_a_checksum():
    with tempfile.TemporaryDirectory() as d:
        record = write_record(Path(d) / "r.json", {"t": (1, 2)})
        assert json.loads((Path(d) / "r.json").read_text()) == record and record["t"] == [1, 2] and len(record["sha256"]) == 64


def test_damaged_records_are_named():
    with tempfile.TemporaryDirectory() as d:
        path = Path(d) / "r.json"
        assert write_record(path, {"rows": [1.5, float(2)], "t": (1, 2)}) == read_record(path)
        text = path.read_text()
        for damaged, word in ((text[:-20], "truncated"), (text.replace("1.5", "1.6"), "altered"), ("[]", "altered")):
            path.write_text(damaged)
            with pytest.raises(RecordError, match=word): read_record(path)
        with pytest.raises(RecordError, match="no such record"): read_record(Path(d) / "none.json")


def test_the_code_is_identified():
    code = code_version()
    assert code["version"] == noisekd.__version__ and len(code["sources"]) == 16


def test_the_machine_is_described():
    assert hardware(torch.device("cpu"))["gpu"] is None and hardware(torch.device("cpu"))["threads"] == torch.get_num_threads()


def test_peak_memory_is_this_process_s_own():
    big = torch.ones(64 << 18)  # 64 MiB
    assert peak_memory(torch.device("cpu")) > 64
    code = "import torch; from noisekd.runs import peak_memory; a = peak_memory(torch.device('cpu')); x = torch.ones(512 << 18); print(peak_memory(torch.device('cpu')) - a)"
    assert 400 < int(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout) < 700


def test_provenance_is_complete():
    p = provenance(torch.device("cpu"), time.perf_counter(), code_version())
    assert p["libraries"]["torch"] == version("torch") and p["peak_memory_mib"] > 50 and p["wall_s"] < 60


def test_teachers_are_picked_or_refused():
    with tempfile.TemporaryDirectory() as d:
        steady = pretend_run(d)["run"]
        pick = lambda **kw: find_teacher(toy(d, method="hinton", teacher=steady, **kw))[1]["seed"]
        assert (pick(), pick(teacher_pick="first")) == (1, 0)
        with pytest.raises(ConfigError, match="teacher = 'nobody': no finished run"): find_teacher(toy(d, method="hinton", teacher="nobody"))
        with pytest.raises(ConfigError, match="method 'ft' needs one with dropout > 0"): find_teacher(toy(d, method="ft", teacher=steady))
        with pytest.raises(ConfigError, match="was trained on 'digits'; should be 'cifar10'"): find_teacher(toy(d, method="hinton", teacher=steady, dataset="cifar10"))
        assert find_teacher(toy(d, method="ft", teacher=pretend_run(d, dropout=.3)["run"]))[0].dropout == .3


def test_lost_weights_are_named():
    with tempfile.TemporaryDirectory() as d:
        run = pretend_run(d)["run"]
        with pytest.raises(RecordError, match="seed-0.safetensors: missing, though the record is there"): load_run(run, 0, d)
        with pytest.raises(RecordError, match="has no seed 7; it has"): load_run(run, 7, d)


def test_a_config_becomes_a_recipe():
    assert recipe_of(RunConfig()) == Recipe()
    assert recipe_of(RunConfig(lr=.05, dataset="digits")) == Recipe(lr=.05, augment="crop", pad=1)


def test_a_config_becomes_an_objective():
    c = RunConfig(method="ft+mc", teacher="t", target_noise=.2, kl="student||teacher", tau=3.)
    assert objective_of(c) == Objective(.9, 3., "student||teacher", target_noise=.2, fickle=True)
    assert objective_of(RunConfig(method="at+hinton", teacher="t")) == Objective(.9, terms=(("at", 1000.),))
    assert objective_of(RunConfig(method="rkd-da", teacher="t", weights={"rkd-a": 7})).terms == (("rkd-d", 25.), ("rkd-a", 7.))


def test_conditions_of_the_data_are_met():
    full = training_images(toy("/nowhere", train_size=None))
    few = training_images(toy("/nowhere", train_size=None, imbalance=.6))
    counts = torch.bincount(few.labels).tolist()
    assert len(full) == 1300 and counts == sorted(counts, reverse=True) and counts[0] > 5 * counts[-1]
    wrong = lambda **kw: (training_images(toy("/nowhere", label_corruption=.5, **kw)).labels != training_images(toy("/nowhere")).labels).sum().item()
    assert wrong(corruption_includes_true=False) == 100 > wrong()


def test_the_network_is_the_method_s():
    c = toy("/nowhere")
    assert count_parameters(network_of(toy("/nowhere", method="dml"))) == 2 * count_parameters(network_of(c)) < 2 * count_parameters(network_of(toy("/nowhere", method="one")))
    data, teacher = training_images(c), build("wrn-10-2")
    assert new_student(toy("/nowhere", method="fitnet", teacher="t"), 0, data, teacher).regressor.weight.shape[:2] == (64, 32)
    with pytest.raises(ValueError, match=r"\['fsp'\]: do not fit"): new_student(toy("/nowhere", method="fsp", teacher="t"), 0, data, teacher)


def test_everything_is_looked_at_before_anything_computes():
    for wrong, message in ((dict(device="tpu"), "device = 'tpu'"), (dict(train_size=5000), "5000 images asked for"), (dict(dataset="cifar10", data_root="/nowhere"), "no such folder")):
        with pytest.raises(ValueError, match=message): prepare(toy("/nowhere", **wrong))
    device, data, test, teacher = prepare(toy("/nowhere", label_corruption=.5))
    assert (len(data), len(test), teacher) == (200, 497, None)


def test_the_first_is_reported_unless_asked():
    test = load("digits", "test")
    peers, score = Peers("wrn-10-1"), lambda net: accuracy(predict(net, test), test.labels)
    peers.networks = nn.ModuleList(sorted(peers.networks, key=score))  # the better one is second
    first = report_member(toy("/nowhere", method="dml"), peers, test)
    single = [score(net) for net in peers.networks]
    assert single[0] < single[1] and first["members"] == pytest.approx(single) and first["reported"] == peers.reported == 0
    best = report_member(toy("/nowhere", method="dml", reported="best_on_test"), peers, test)
    assert best["reported"] == 1 and score(peers) == pytest.approx(single[1])
    assert report_member(toy("/nowhere"), build("wrn-10-1"), test) == {}


def test_a_seed_leaves_its_checkpoint():
    with tempfile.TemporaryDirectory() as d:
        _, data, test, _ = prepare(c := toy(d))
        entry = train_seed(c, 0, data, test, None)
        assert entry["weights"] == digest(read_checkpoint(checkpoint_path(identity(c), 0, d), f"{identity(c)}/0")[0]) and len(entry["history"]) == 2


def test_a_record_of_another_config_is_no_record_of_this_one():
    with tempfile.TemporaryDirectory() as d:
        record = pretend_run(d)
        path = train_record_path(record["run"], d)
        assert finished(path, toy(d)) == record and finished(Path(d) / "none", toy(d)) is None
        with pytest.raises(RecordError, match="another config"): finished(path, toy(d, tau=3.))


def test_a_second_process_waits():
    with tempfile.TemporaryDirectory() as d, held(Path(d)), pytest.raises(Timeout): FileLock(Path(d) / ".lock", timeout=0.1, is_singleton=False).acquire()


def test_a_run_is_made_once_and_its_record_decides():
    with tempfile.TemporaryDirectory() as d:
        a, b = toy(d), toy(d, method="ga", sigma=.1)
        first, other = train(a), train(b)
        assert train(a) == first and train(b) == other
        train_record_path(identity(a), d).unlink()
        assert [e["weights"] for e in train(a)["seeds"]] == [e["weights"] for e in first["seeds"]]
        assert read_record(train_record_path(identity(b), d)) == other


def test_the_same_identity_gives_the_same_bits():
    with tempfile.TemporaryDirectory() as d, tempfile.TemporaryDirectory() as e:
        weights = lambda record: [s["weights"] for s in record["seeds"]]
        first = weights(train(toy(d)))
        assert weights(train(toy(e))) == first
        train_record_path(identity(toy(d)), d).unlink(); checkpoint_path(identity(toy(d)), 1, d).unlink()
        assert weights(train(toy(d))) == first


def test_every_method_trains_and_is_loaded_again():
    with tempfile.TemporaryDirectory() as d:
        train(toy(d, arch="wrn-16-1", dropout=.2))
        for method in (*METHODS, "at+ft", "sp+hinton", "ga+one"):
            record = train(c := taught(d, method))
            model, test = load_run(record["run"], 0, d), load("digits", "test")
            assert accuracy(predict(model, test), test.labels) == pytest.approx(record["seeds"][0]["test_acc"]), method
            assert (record["seeds"][0]["history"][-1]["terms"] > 0) == bool(find_method(method).terms)


def test_the_reported_member_is_loaded():
    with tempfile.TemporaryDirectory() as d:
        record = train(taught(d, "dml"))
        assert load_run(record["run"], 0, d).reported == 0
        record["seeds"][0]["reported"] = 1
        write_record(train_record_path(record["run"], d), record)
        assert load_run(record["run"], 0, d).reported == 1


def test_networks_that_do_not_fit_are_refused_before_the_training():
    with tempfile.TemporaryDirectory() as d:
        wide = train(toy(d, arch="wrn-16-2", seeds=(0,)))["run"]
        with pytest.raises(ValueError, match=r"\['fsp'\]: do not fit"): prepare(taught(d, "fsp", teacher=wide))


def test_training_with_a_regressor_or_branches_resumes_exactly():
    with tempfile.TemporaryDirectory() as d, tempfile.TemporaryDirectory() as e:
        for runs in (d, e): train(toy(runs, arch="wrn-16-2", dropout=.2))
        for method in ("fitnet", "one"):
            ask = lambda runs: taught(runs, method, **(dict(teacher=identity(toy(runs, arch="wrn-16-2", dropout=.2))) if method == "fitnet" else {}))
            whole, c = train(ask(d)), ask(e)
            device, data, test, teacher = prepare(c)
            student = new_student(c, 0, data, teacher)
            from dataclasses import replace as change
            def stop(student, entry):
                if entry["epoch"] == 1: raise KeyboardInterrupt
            with pytest.raises(KeyboardInterrupt): fit(student, data, objective_of(c), recipe_of(c), 0, teacher, checkpoint_path(identity(c), 0, e), f"{identity(c)}/0", stop)
            assert train(c)["seeds"][0]["weights"] == whole["seeds"][0]["weights"]


def test_sweeps_are_off_by_default():
    assert not any((c := Attacking()).model_dump(exclude=set(Place.model_fields))[k] for k in ("sweep_steps", "sweep_step_sizes", "sweep_eps", "sweep_scaled"))
    assert Attacking(sweep_steps=[1, 5]).sweep_steps == (1, 5)


def test_evaluation_configs_are_checked():
    for given, message in ((dict(run="a", eps=-.1), "eps = -0.1"), (dict(), "run = "), (dict(run="a", corruptions=["rain/3"]), "corruptions = 'rain/3'"), (dict(run="a", corruptions=["contrast/6"]), "contrast/6"),
                           (dict(run="a", sweep_steps=[0]), "sweep_steps.0 = 0"), (dict(run="a", ood_per_class=0), "ood_per_class = 0")):
        with pytest.raises(ConfigError, match=message): read_config(given, EvaluationConfig)
    assert len(EvaluationConfig(run="a", corruptions="all").corruptions) == 95


def test_the_default_suite_is_the_paper_s_attack():
    assert suite_of(EvaluationConfig(run="a")) == Suite(PGD(), None, (("gaussian_noise", 3), ("contrast", 3)))
    asked = suite_of(EvaluationConfig(run="a", corruptions=(), test_size=9, ood=True, sweep_eps=[.1], sweep_scaled=True))
    assert (asked.images, asked.ood, asked.eps, asked.scaled) == (9, True, (.1,), True)


def test_other_questions_have_another_record():
    assert len({evaluation_record_path(EvaluationConfig(run="a", runs="r", steps=s)) for s in (10, 20)}) == 2


def test_weights_are_listed_by_seed():
    assert weights_of({"seeds": [{"seed": 10, "weights": "a"}]}) == {"10": "a"}


def test_an_evaluation_agrees_with_training_and_is_made_once():
    with tempfile.TemporaryDirectory() as d:
        trained = train(toy(d))
        c = EvaluationConfig(run=trained["run"], runs=d, steps=2, restarts=2, attack_images=50)
        record = evaluate_run(c)
        clean = {r["seed"]: r["value"] for r in record["rows"] if r["metric"] == "test_acc"}
        assert clean == {e["seed"]: pytest.approx(e["test_acc"]) for e in trained["seeds"]}
        assert evaluate_run(c) == record and record["weights"] == weights_of(trained) and {(r["seed"], r["n"]) for r in record["rows"] if r["metric"] == "pgd_acc"} == {(0, 50), (1, 50)}
        with pytest.raises(RecordError, match="no such record"): evaluate_run(EvaluationConfig(run="nobody", runs=d))


def test_exchanged_weights_are_noticed():
    with tempfile.TemporaryDirectory() as d:
        run = train(toy(d))["run"]
        shutil.copy(checkpoint_path(run, 0, d), checkpoint_path(run, 1, d))
        with pytest.raises(RecordError, match="not the weights of the record"): load_run(run, 1, d)
        with pytest.raises(RecordError, match="has no seed 7"): load_run(run, 7, d)


def test_a_checkpoint_alone_is_enough_with_its_architecture():
    with tempfile.TemporaryDirectory() as d:
        run = train(toy(d))["run"]
        beside, _ = load_checkpoint(checkpoint_path(run, 1, d))
        alone = shutil.copy(checkpoint_path(run, 1, d), Path(d) / "alone.safetensors")
        with pytest.raises(RecordError, match="say its architecture"): load_checkpoint(alone)
        model, dataset = load_checkpoint(alone, "wrn-10-1", "digits")
        assert dataset == "digits" and all(torch.equal(a, b) for a, b in zip(model.state_dict().values(), load_run(run, 1, d).state_dict().values()))
        with pytest.raises(ValueError, match="arch = 'wrn-11-1'"): load_checkpoint(alone, "wrn-11-1", "digits")
        with pytest.raises(CheckpointError, match="are not of wrn-16-1 for digits"): load_checkpoint(alone, "wrn-16-1", "digits")

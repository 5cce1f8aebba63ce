"Exported from nbs/31_runs.ipynb by `python -m noisekd.export`; edit the notebook."

import pytest
import torch
import hashlib
import json
import os
import platform
import re
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import torch
from filelock import FileLock
from torch import Tensor, nn
import noisekd
from noisekd.basics import Settings, SettingsError, pick_device
from noisekd.certification import certified_rows
from noisekd.comparison import comparison_rows, memorisation_rows
from noisekd.config import EvaluationConfig, RunConfig, identity, identity_fields
from noisekd.config import record_fields, short_hash
from noisekd.data import DATASETS, ImageSet, corrupt_labels, fingerprint, imbalance
from noisekd.data import load, subset, to_device
from noisekd.evaluation import accuracy, device_of, evaluate, predict
from noisekd.models import Peers, build
from noisekd.sources import human_labels
from noisekd.training import CheckpointError, atomic_write, digest, fit
from noisekd.training import load_weights, read_checkpoint
from noisekd.runs import *
import tempfile

import pytest
from filelock import Timeout

from noisekd.basics import refuses
from noisekd.models import count_parameters
from noisekd.objective import METHODS, find_method
from noisekd.training import save_checkpoint

@contextmanager
def temporary_store():
    "A store in a working folder that is gone afterwards."
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            yield "runs"
        finally:
            os.chdir(before)
TOY = dict(
    dataset="digits",
    device="cpu",
    arch="wrn-10-1",
    train_size=200,
    epochs=2,
    milestones=(1,),
    seeds=(0, 1),
)

def toy(runs="/nowhere", **fields):
    "A config that trains in a second."
    return RunConfig(**{**TOY, "runs": str(runs), **fields})
def made_old(path):
    "Date a file back, so that its head may be kept."
    os.utime(path, (1.0, 1.0))
def pretend_run(runs, **fields):
    "The record of a finished run with two seeds, without weights."
    c = toy(runs, **fields)
    entries = [{"seed": 0, "test_acc": 80.0}, {"seed": 1, "test_acc": 90.0}]
    body = {"kind": "train", "run": identity(c), "config": record_fields(c)}
    record = body | {"seeds": [e | {"weights": "?"} for e in entries]}
    return write_record(train_record_path(identity(c), runs), record)
def untrained_run(runs):
    "A run with its initial weights; returns its identity."
    c = toy(runs, seeds=(0,))
    run = identity(c)
    path = checkpoint_path(run, 0, runs)
    network = network_of(c)
    optimizer = torch.optim.SGD(network.parameters())
    save_checkpoint(path, network, optimizer, [], tag=f"{run}/0")
    seeds = [{"seed": 0, "weights": digest(read_checkpoint(path).tensors)}]
    record = {"config": record_fields(c), "seeds": seeds}
    write_record(train_record_path(run, runs), record)
    return run
def sorted_peers():
    "Two untrained peers, the better one second, and the images to judge them."
    test = load("digits", "test")

    def score(network):
        return accuracy(predict(network, test), test.labels)

    peers = Peers("wrn-10-1")
    peers.networks = nn.ModuleList(sorted(peers.networks, key=score))
    return peers, test
def toy_evaluation(run, runs, **fields):
    "A few questions about a toy."
    asked = dict(steps=2, restarts=2, attack_images=50)
    return EvaluationConfig(run=run, runs=runs, **asked, **fields)
HALF_A_GIGABYTE = """
import torch
from noisekd.runs import peak_memory
before = peak_memory(torch.device("cpu"))
x = torch.ones(512 << 18)
print(peak_memory(torch.device("cpu")) - before)
"""
def weight_list(record):
    return [e["weights"] for e in record["seeds"]]
TEACHER = dict(arch="wrn-16-1", dropout=0.2)

def toy_student(runs, method, teacher=TEACHER, **fields):
    "A student of 100 digits, and of a toy with TEACHER's fields."
    setting = find_method(method)
    if setting.learns_from == "teacher":
        fields["teacher"] = identity(toy(runs, **teacher))
    noise = {n: 0.1 for n in setting.noises if n != "fickle"}
    small = dict(train_size=100, seeds=(0,))
    return toy(runs, method=method, noise=noise, **small, **fields)
def interrupted(c):
    "A training that stops after its first epoch."
    def stop(student, entry):
        raise KeyboardInterrupt

    at = gather(c)
    path = checkpoint_path(identity(c), 0, c.runs)
    tag = f"{identity(c)}/0"
    try:
        fit(network_of(c, 0), at.train, c, c, 0, at.teacher, path, tag, stop)
    except KeyboardInterrupt:
        pass


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


def test_a_checksum_does_not_count_itself():
    assert checksum({"a": 1, "sha256": "x"}) == checksum({"a": 1})
    assert checksum({"a": 1}) != checksum({"a": 2})


def test_a_part_is_json_and_line_breaks():
    entries = [{"b": 1, "a": [1.5, None]}, {"a": "ä\n"}]
    text = part_text(entries)
    assert json.loads(text) == entries
    assert text.replace("\n", "") == json.dumps(entries, sort_keys=True)


def test_a_record_is_json_and_line_breaks():
    record = {"rows": [{"b": 1, "a": 2}], "config": {"eps": 0.1}, "run": "a"}
    assert json.loads(record_text(record)) == record
    expected = json.dumps(record, sort_keys=True)
    assert record_text(record).replace("\n", "") == expected


def test_a_record_is_json_with_a_checksum():
    with temporary_store() as folder:
        path = Path(folder) / "r.json"
        record = write_record(path, {"t": (1, 2)})
        assert json.loads(path.read_text()) == record
        assert record["t"] == [1, 2]
        assert len(record["sha256"]) == 64


def test_a_whole_text_is_recognised():
    record = {"rows": [{"value": 1.5}], "weights": {}}
    record["sha256"] = checksum(record)
    text = record_text(record)
    assert is_as_written(text, record["sha256"])
    assert is_as_written(text.replace("\n", "\n\n"), record["sha256"])


def test_a_single_digit_is_noticed():
    record = {"rows": [{"value": 1.5}], "weights": {}}
    record["sha256"] = checksum(record)
    text = record_text(record).replace("1.5", "1.6")
    assert not is_as_written(text, record["sha256"])


def test_a_head_has_no_rows():
    assert head_of({"kind": "evaluation", "rows": [1], "run": "a"}).keys() == {"kind", "run"}


def test_a_changed_file_has_another_stamp():
    with temporary_store() as folder:
        path = Path(folder) / "r.json"
        write_record(path, {"rows": [1.5]})
        before = file_stamp(path)
        write_record(path, {"rows": [1.25]})
        assert file_stamp(path) != before
        assert not is_settled(file_stamp(path))


def test_a_record_comes_back():
    with temporary_store() as folder:
        path = Path(folder) / "r.json"
        assert write_record(path, {"rows": [1.5, float(2)]}) == read_record(path)


def test_another_layout_is_the_same_record():
    with temporary_store() as folder:
        path = Path(folder) / "r.json"
        record = write_record(path, {"rows": [{"value": 1.5}]})
        path.write_text(json.dumps(record, indent=1))
        assert read_record(path) == record


def test_a_head_is_read_once():
    with temporary_store() as folder:
        path = Path(folder) / "r.json"
        write_record(path, {"rows": [1.5]})
        assert record_head(path) is not record_head(path)
        made_old(path)
        read_record(path)
        assert record_head(path) is record_head(path)


def test_a_changed_file_is_read_again():
    with temporary_store() as folder:
        path = Path(folder) / "r.json"
        write_record(path, {"run": "a"})
        made_old(path)
        assert record_head(path)["run"] == "a"
        write_record(path, {"run": "b"})
        assert record_head(path)["run"] == "b"


def test_a_record_that_is_damaged_later_is_noticed():
    with temporary_store() as folder:
        path = Path(folder) / "r.json"
        write_record(path, {"run": "a"})
        made_old(path)
        record_head(path)
        path.write_text(path.read_text().replace('"a"', '"b"'))
        refuses("altered", record_head, path)


def test_what_git_does_not_know_is_empty():
    assert git("rev-parse", "--verify", "--quiet", "no-such-branch") == ""


def test_the_code_is_identified():
    assert code_version()["version"] == noisekd.__version__
    assert len(code_version()["sources"]) == 16


def test_the_processor_has_a_name():
    assert processor() == processor().strip()
    assert processor() != ""


def test_the_machine_is_described():
    found = hardware(torch.device("cpu"))
    assert found["gpu"] is None
    assert found["threads"] == torch.get_num_threads()


def test_peak_memory_is_in_mebibytes():
    big = torch.ones(64 << 18)  # 64 MiB
    assert peak_memory(torch.device("cpu")) > 64


def test_provenance_is_complete():
    found = provenance(torch.device("cpu"), time.perf_counter(), code_version())
    assert found["libraries"]["torch"] == version("torch")
    assert found["peak_memory_mib"] > 50
    assert found["wall_s"] < 60


def test_a_run_has_a_folder_of_its_own():
    assert train_record_path("a", "r") == Path("r") / "a" / "train.json"


def test_each_seed_has_a_checkpoint_beside_the_record():
    one, ten = checkpoint_path("a", 1, "r"), checkpoint_path("a", 10, "r")
    assert one != ten
    assert one.parent == ten.parent == train_record_path("a", "r").parent


def test_other_questions_have_another_record():
    few = EvaluationConfig(run="a", runs="r", steps=10)
    many = EvaluationConfig(run="a", runs="r", steps=20)
    assert evaluation_record_path(few) != evaluation_record_path(many)


def test_a_default_of_another_day_is_the_same_config():
    c = EvaluationConfig(run="a", runs="r")
    recorded = record_fields(c)
    del recorded["steps"]
    assert check_config(Path("r.json"), recorded, c) is None


def test_a_record_of_its_config_is_found():
    with temporary_store() as d:
        record = pretend_run(d)
        assert finished(train_record_path(record["run"], d), toy(d)) == record
        assert finished(Path(d) / "none", toy(d)) is None


def test_a_teacher_may_have_another_architecture():
    student = toy(method="hinton", teacher="t")
    assert check_teacher(student, toy(arch="wrn-16-2")) is None


def test_of_equal_seeds_the_earlier_teaches():
    entries = [{"seed": 20, "test_acc": 90.0}, {"seed": 10, "test_acc": 90.0}]
    assert pick_seed(entries, "best_test") == 20


def test_the_best_seed_teaches_unless_asked_otherwise():
    with temporary_store() as d:
        student = dict(method="hinton", teacher=pretend_run(d)["run"])
        assert find_teacher(toy(d, **student)).seed == 1
        assert find_teacher(toy(d, **student, teacher_pick="first")).seed == 0


def test_a_fickle_teacher_has_dropout():
    with temporary_store() as d:
        student = toy(d, method="ft", teacher=pretend_run(d, dropout=0.3)["run"])
        assert find_teacher(student).config.dropout == 0.3


def test_the_network_is_the_method_s():
    one = count_parameters(network_of(toy()))
    assert count_parameters(network_of(toy(method="dml"))) == 2 * one
    assert network_of(toy(method="one")).n_members == 3


def test_a_seed_has_an_entry():
    record = {"seeds": [{"seed": 10, "test_acc": 80.0}]}
    assert seed_entry(record, "a", 10)["test_acc"] == 80.0


def test_the_weights_of_the_record_are_accepted():
    with temporary_store() as d:
        run = untrained_run(d)
        [entry] = read_record(train_record_path(run, d))["seeds"]
        assert check_weights(checkpoint_path(run, 0, d), entry["weights"]) is None


def test_a_network_comes_back():
    with temporary_store() as d:
        model = load_run(untrained_run(d), 0, d)
    expected = network_of(toy(), seed=0).state_dict()
    assert all(torch.equal(v, expected[k]) for k, v in model.state_dict().items())
    assert not model.training


def test_a_checkpoint_is_what_its_user_or_its_record_says():
    with temporary_store() as d:
        path = checkpoint_path(pretend_run(d)["run"], 0, d)
        assert config_beside(path, None, None).epochs == 2
        assert config_beside(path, "wrn-16-1", "digits").arch == "wrn-16-1"


def test_initial_weights_are_a_network_too():
    with temporary_store() as d:
        path = checkpoint_path(untrained_run(d), 0, d)
        model = load_as(toy(), path)
    assert count_parameters(model) == count_parameters(network_of(toy()))


def test_a_checkpoint_brings_its_data_set():
    with temporary_store() as d:
        model, dataset = load_checkpoint(checkpoint_path(untrained_run(d), 0, d))
    assert dataset == "digits"
    assert not model.training


def test_imbalance_leaves_fewer_of_each_class():
    data = training_images(toy(train_size=None, imbalance=0.6))
    counts = torch.bincount(data.labels).tolist()
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > 5 * counts[-1]


def test_half_of_the_labels_are_wrong():
    true = training_images(toy()).labels
    corrupted = toy(label_corruption=0.5, corruption_includes_true=False)
    wrong = (training_images(corrupted).labels != true).sum()
    assert wrong == 100


def test_the_true_labels_are_those_before_corruption():
    corrupted = toy(label_corruption=0.5, corruption_includes_true=False)
    assert torch.equal(true_labels(corrupted), training_images(toy()).labels)


def test_all_that_is_needed_is_gathered():
    found = gather(toy(label_corruption=0.5))
    assert len(found.train) == 200
    assert len(found.test) == 497
    assert found.teacher is None


def test_the_first_is_reported():
    peers, test = sorted_peers()
    found = report_member(toy(method="dml"), peers, test)
    assert found["members"][0] < found["members"][1]
    assert found["reported"] == peers.reported == 0


def test_the_best_on_test_is_reported_if_asked():
    peers, test = sorted_peers()
    found = report_member(toy(method="dml", reported="best_on_test"), peers, test)
    assert found["reported"] == peers.reported == 1


def test_a_seed_leaves_its_checkpoint():
    with temporary_store() as d:
        c = toy(d)
        entry = train_seed(c, 0, gather(c))
        path = checkpoint_path(identity(c), 0, d)
        kept = read_checkpoint(path, f"{identity(c)}/0")
        assert entry["weights"] == digest(kept.tensors)
        assert len(entry["history"]) == 2


def test_a_record_has_an_entry_for_each_seed():
    with temporary_store() as d:
        c = toy(d, epochs=1, milestones=())
        record = train_seeds(c, gather(c))
    assert record["run"] == identity(c)
    assert [e["seed"] for e in record["seeds"]] == [0, 1]


def test_a_second_process_waits():
    with temporary_store() as d:
        other = FileLock(Path(d) / ".lock", timeout=0.1, is_singleton=False)
        with run_lock(Path(d)):
            try:
                other.acquire()
                waited = False
            except Timeout:
                waited = True
    assert waited


def test_a_finished_run_is_not_made_again():
    with temporary_store() as d:
        first = train(toy(d))
        assert train(toy(d)) == first


def test_weights_are_listed_by_seed():
    assert weights_of({"seeds": [{"seed": 10, "weights": "a"}]}) == {"10": "a"}


def test_nobody_is_beside_unless_asked():
    assert load_beside(EvaluationConfig(run="a")) is None


def test_an_untrained_network_learned_no_label():
    c = toy(label_corruption=0.5, corruption_includes_true=False)
    rows = memory_rows(network_of(c), c)
    assert [r["metric"] for r in rows][:2] == ["memorised_acc", "recovered_acc"]
    assert rows[0]["n"] == 100


def test_further_questions_are_answered():
    test = load("digits", "test")
    with temporary_store() as d:
        teacher = train(toy(d, dropout=0.1))
        fields = dict(method="hinton", teacher=teacher["run"], label_corruption=0.5)
        trained = train(toy(d, **fields))
        asked = dict(beside=teacher["run"], alignment_sigmas=(0.0,), boundary=True)
        asked |= dict(compare_images=10, certify_sigma=0.1, certify_images=4, certify_n=20)
        c = toy_evaluation(trained["run"], d, memorisation=True, **asked)
        rows = evaluate_seeds(c, trained, test)
    found = {r["metric"] for r in rows}
    assert {"cka", "certified_acc", "memorised_acc", "test_acc"} <= found


def test_a_row_has_no_empty_columns():
    test = load("digits", "test")
    with temporary_store() as d:
        trained = train(toy(d))
        rows = evaluate_seeds(toy_evaluation(trained["run"], d), trained, test)
    assert all(value is not None for row in rows for value in row.values())


def test_every_row_names_its_run_and_seed():
    test = load("digits", "test")
    with temporary_store() as d:
        trained = train(toy(d))
        c = toy_evaluation(trained["run"], d)
        rows = evaluate_seeds(c, trained, test)
    assert {(r["run"], r["seed"]) for r in rows} == {(c.run, 0), (c.run, 1)}


def test_a_record_of_evaluation_names_the_weights():
    with temporary_store() as d:
        trained = train(toy(d, seeds=(0,)))
        record = judge_run(toy_evaluation(trained["run"], d), trained)
    assert record["weights"] == {"0": trained["seeds"][0]["weights"]}


def test_an_evaluation_is_made_once():
    with temporary_store() as d:
        trained = train(toy(d))
        c = toy_evaluation(trained["run"], d)
        record = evaluate_run(c)
        assert evaluate_run(c) == record
        assert record["weights"] == weights_of(trained)


def test_attacked_images_are_counted():
    with temporary_store() as d:
        run = train(toy(d))["run"]
        rows = evaluate_run(toy_evaluation(run, d))["rows"]
        attacked = [(r["seed"], r["n"]) for r in rows if r["metric"] == "pgd_acc"]
        assert set(attacked) == {(0, 50), (1, 50)}


def test_peak_memory_is_this_process_s_own():
    big = torch.ones(64 << 18)  # 64 MiB here, 512 MiB in the other process
    command = [sys.executable, "-c", HALF_A_GIGABYTE]
    found = subprocess.run(command, capture_output=True, check=True)
    assert peak_memory(torch.device("cpu")) > 64
    assert 400 < int(found.stdout) < 700


def test_an_evaluation_agrees_with_training():
    with temporary_store() as d:
        trained = train(toy(d))
        rows = evaluate_run(toy_evaluation(trained["run"], d))["rows"]
        clean = {r["seed"]: r["value"] for r in rows if r["metric"] == "test_acc"}
        assert clean == {e["seed"]: pytest.approx(e["test_acc"]) for e in trained["seeds"]}


def test_only_what_is_missing_is_made():
    with temporary_store() as d:
        first = train(toy(d))
        other = train(toy(d, method="ga", noise={"gaussian": 0.1}))
        train_record_path(first["run"], d).unlink()
        assert weight_list(train(toy(d))) == weight_list(first)
        assert read_record(train_record_path(other["run"], d)) == other


def test_a_run_elsewhere_has_the_same_bits():
    with temporary_store():
        assert weight_list(train(toy("here"))) == weight_list(train(toy("there")))


def test_a_lost_seed_comes_back():
    with temporary_store() as d:
        first = train(toy(d))
        train_record_path(first["run"], d).unlink()
        checkpoint_path(first["run"], 1, d).unlink()
        assert weight_list(train(toy(d))) == weight_list(first)


def test_every_method_trains_and_is_loaded_again():
    test = load("digits", "test")
    with temporary_store() as d:
        train(toy(d, **TEACHER))
        for method in (*METHODS, "at+ft", "sp+hinton", "ga+one"):
            record = train(toy_student(d, method))
            model = load_run(record["run"], 0, d)
            found = accuracy(predict(model, test), test.labels)
            assert found == pytest.approx(record["seeds"][0]["test_acc"]), method
            last = record["seeds"][0]["history"][-1]
            assert (last["terms"] > 0) == bool(find_method(method).terms), method


def test_the_reported_member_is_loaded():
    with temporary_store() as d:
        record = train(toy_student(d, "dml"))
        assert load_run(record["run"], 0, d).reported == 0
        record["seeds"][0]["reported"] = 1
        write_record(train_record_path(record["run"], d), record)
        assert load_run(record["run"], 0, d).reported == 1


def test_training_with_a_regressor_or_branches_resumes_exactly():
    wide = dict(arch="wrn-16-2", dropout=0.2)
    with temporary_store():
        for store in ("here", "there"):
            train(toy(store, **wide))
        for method in ("fitnet", "one"):
            whole = train(toy_student("here", method, wide))
            interrupted(toy_student("there", method, wide))
            again = train(toy_student("there", method, wide))
            assert weight_list(again) == weight_list(whole)


def test_a_checkpoint_alone_is_enough_with_its_architecture():
    with temporary_store() as d:
        run = train(toy(d))["run"]
        alone = shutil.copy(checkpoint_path(run, 1, d), Path(d) / "alone.safetensors")
        model, dataset = load_checkpoint(alone, "wrn-10-1", "digits")
        expected = load_run(run, 1, d).state_dict()
        assert dataset == "digits"
        assert all(torch.equal(v, expected[k]) for k, v in model.state_dict().items())


def test_the_record_beside_a_checkpoint_says_what_it_is():
    with temporary_store() as d:
        run = train(toy(d))["run"]
        assert load_checkpoint(checkpoint_path(run, 1, d))[1] == "digits"


def test_refuses_damaged_records():
    with temporary_store() as folder:
        path = Path(folder) / "r.json"
        write_record(path, {"rows": [1.5]})
        path.write_text(path.read_text()[:-20])
        refuses("truncated", read_record, path)


def test_refuses_altered_records():
    with temporary_store() as folder:
        path = Path(folder) / "r.json"
        write_record(path, {"rows": [1.5]})
        path.write_text(path.read_text().replace("1.5", "1.6"))
        refuses("altered (checksum differs); delete it", read_record, path)
        path.write_text("[]")
        refuses("altered", read_record, path)


def test_refuses_missing_records():
    refuses("no such record; the run is not finished", read_record, Path("none.json"))


def test_refuses_records_of_another_config():
    with temporary_store() as d:
        path = train_record_path(pretend_run(d)["run"], d)
        refuses("is of another config", finished, path, toy(d, lr=0.05))


def test_refuses_a_teacher_that_is_not_there():
    nobody = toy("runs", method="hinton", teacher="nobody")
    refuses("teacher = 'nobody': no finished run", find_teacher, nobody)


def test_refuses_teachers_that_do_not_fit():
    with temporary_store() as d:
        teacher = pretend_run(d)["run"]
        fickle = toy(d, method="ft", teacher=teacher)
        refuses("method 'ft' needs dropout > 0", find_teacher, fickle)
        other = toy(d, method="hinton", teacher=teacher, dataset="cifar10")
        refuses("was trained on 'digits'; should be 'cifar10'", find_teacher, other)


def test_refuses_lost_weights():
    with temporary_store() as d:
        run = pretend_run(d)["run"]
        refuses("missing, though the record is there", load_run, run, 0, d)
        refuses("has no seed 7; it has [0, 1]", load_run, run, 7, d)


def test_refuses_exchanged_weights():
    with temporary_store() as d:
        run = train(toy(d))["run"]
        shutil.copy(checkpoint_path(run, 0, d), checkpoint_path(run, 1, d))
        refuses("not the weights of the record", load_run, run, 1, d)


def test_refuses_before_anything_computes():
    refuses("device = 'tpu'", gather, toy(device="tpu"))
    refuses("5000 images asked for", gather, toy(train_size=5000))
    refuses("no such folder", gather, toy(dataset="cifar10", data_root="/nowhere"))


def test_refuses_networks_that_do_not_fit_before_the_training():
    wide = dict(arch="wrn-16-2", dropout=0.2)
    with temporary_store() as d:
        train(toy(d, **wide))
        refuses("does not fit these networks", train, toy_student(d, "fsp", wide))


def test_refuses_an_evaluation_of_nobody():
    with temporary_store() as d:
        refuses("no such record", evaluate_run, EvaluationConfig(run="nobody", runs=d))


def test_refuses_a_checkpoint_that_nobody_knows():
    with temporary_store() as d:
        path = checkpoint_path(untrained_run(d), 0, d)
        alone = shutil.copy(path, Path(d) / "alone.safetensors")
        refuses("say its architecture and data set", load_checkpoint, alone)
    refuses("no such checkpoint", load_checkpoint, Path("none.safetensors"))


def test_refuses_a_checkpoint_of_another_architecture():
    with temporary_store() as d:
        path = checkpoint_path(untrained_run(d), 0, d)
        refuses("arch = 'wrn-11-1'", load_checkpoint, path, "wrn-11-1", "digits")
        words = "are not of wrn-16-1 for digits"
        refuses(words, load_checkpoint, path, "wrn-16-1", "digits")

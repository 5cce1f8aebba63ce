"Exported from nbs/33_plan.ipynb by `python -m noisekd.export`; edit the notebook."

import pytest
import torch
import difflib
import json
import os
import platform
import re
import statistics
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import count
from pathlib import Path
from typing import NamedTuple

import noisekd
from noisekd.plan import *
import subprocess
import sys
import tempfile
from contextlib import contextmanager

from noisekd.basics import refuses

@contextmanager
def temporary_store():
    "A store in a working folder that is gone afterwards."
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            yield Path("runs")
        finally:
            os.chdir(before)
def line_of(heading, profile):
    "The first entry of the overview with this heading, as it stands in the plan."
    entries = read_plan()["pages"][profile]["overview"]["entries"]
    return next(line for line in entries if line[3] == heading)
def tasks_of_demo():
    "All tasks of the first page."
    return planned_pages("demo", "overview")["overview"].tasks
HERE = {"cpu": "Abacus 1", "device": "cpu", "gpu": None}
GPU = {"cpu": "Abacus 1", "device": "cuda", "gpu": "Loom 9"}

def pretend(task, store, hardware=HERE, seconds=1e-9, indent=None):
    "A record of a task, made so many seconds for a multiply-add."
    made = {"hardware": hardware, "wall_s": seconds * task.adds}
    path = store / task.record
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"provenance": made, "rows": [1]}, indent=indent))
def told(*seconds, kind="training", dataset="digits", machine="Abacus 1"):
    "What records of one machine say."
    return [Measured(machine, False, kind, dataset, s) for s in seconds]
def begin(task, store, epochs, seed=None):
    "A checkpoint of so many epochs, of a tiny network."
    import torch

    from noisekd.training import save_checkpoint

    network = torch.nn.Linear(2, 2)
    optimizer = torch.optim.SGD(network.parameters())
    history = [{"epoch": k, "seconds": 2.0} for k in range(epochs)]
    name = f"seed-{task.seeds[0] if seed is None else seed}.safetensors"
    path = store / task.run / name
    save_checkpoint(path, network, optimizer, history)
    return path
BEGUN = EntryStatus("clean labels", "Teacher", "a", False, False, 12, 40, 90.0)
def last_look(**options):
    "The last table of a live view of the first page, without showing it."
    from IPython.utils.capture import capture_output

    with capture_output():
        return live_status("overview", "demo", **options)
QUICK_LOOK = """
import sys
from pathlib import Path
from noisekd.plan import known_names, plan_report, planned_pages, status_report
for profile in known_names()["profile"]:
    pages = planned_pages(profile)
    plan_report(pages, Path("/nowhere"))
    status_report(pages, Path("/nowhere"))
slow = ("torch", "pandas", "matplotlib", "numpy")
print([m for m in slow if m in sys.modules])
"""


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


def test_every_profile_is_planned():
    assert {"demo", "quick", "smoke", "paper"} == set(read_plan()["pages"])


def test_a_baseline_takes_three_forward_passes():
    task = training_task(line_of("Baseline", "paper")[0])
    assert task.adds == 5 * 200 * 50_000 * 101_106_944 * 3


def test_every_seed_is_evaluated():
    run, questions, *_ = line_of("Baseline", "paper")
    one = 101_106_944 * sum(read_plan()["evaluations"][f"{run}/{questions}"][:2])
    assert evaluation_task(run, questions).adds == 5 * one


def test_an_entry_is_two_tasks_of_one_run():
    entry = planned_entry(line_of("Hinton", "demo"))
    assert entry.training.run == entry.evaluation.run
    assert entry.heading == "Hinton"


def test_a_page_lists_each_task_once():
    entry = planned_entry(line_of("Hinton", "demo"))
    page = PlannedPage("x", "x", "digits", "demo", (entry, entry))
    assert page.tasks == [entry.training, entry.evaluation]


def test_the_whole_paper_is_a_page():
    assert {"overview", "paper"} <= set(known_names()["page"])


def test_a_name_unlike_all_others_has_no_hint():
    assert hint("page", "xyz") == ""


def test_known_names_are_fine():
    assert check_asked(profile="demo", page="overview", dataset="cifar10") is None
    assert check_asked(profile="demo", page=None, dataset=None) is None


def test_a_demo_is_on_digits():
    assert own_dataset("demo") == "digits"


def test_a_data_set_that_a_page_does_not_have_is_named():
    told = not_made("demo", "overview", "svhn")
    assert told.startswith("dataset = 'svhn': page 'overview' is not made on it")
    assert told.endswith("should be one of ['digits']")


def test_one_page_or_all_of_them():
    assert list(planned_pages("demo", "overview")) == ["overview"]
    assert planned_pages("demo") == planned_pages("demo", "paper")
    assert len(planned_pages("demo")) > 1


def test_the_paper_is_made_on_svhn_too():
    assert "soft_randomization-svhn" in [page.stem for page in every_page("paper")]


def test_the_project_is_that_of_the_configs():
    from noisekd.config import project_root

    assert project_folder() == project_root()


def test_the_store_is_that_of_the_configs():
    from noisekd.config import default_store

    assert str(default_runs()) == default_store()


def test_a_page_counts_seeds():
    tasks = planned_pages("paper", "overview")["overview"].tasks
    found = count_page("x", tasks, Path("/nowhere"))
    assert found.trainings == sum(len(t.seeds) for t in tasks) / 2
    assert found.runs_done == found.evaluations_done == found.shared == 0


def test_shared_runs_are_counted_once_together():
    *pages, whole = count_pages(planned_pages("paper"), Path("/nowhere"))
    assert whole.runs < sum(p.runs for p in pages)
    assert whole.runs == len({t.run for p in pages for t in p.left})
    assert whole.runs_done == 0


def test_a_page_without_runs_is_not_counted():
    pages = planned_pages("demo")
    counted = [c.page for c in count_pages(pages, Path("/nowhere"))]
    assert "claims" in pages
    assert counted == [stem for stem in pages if stem != "claims"] + [TOGETHER]


def test_what_has_a_record_is_done():
    pages = planned_pages("demo", "overview")
    with temporary_store() as store:
        pretend(pages["overview"].entries[0].training, store)
        found, _ = count_pages(pages, store)
    assert found.runs_done == 1
    assert found.evaluations_done == 0
    assert len(found.left) == found.runs + found.evaluations - 1


def test_a_machine_goes_by_its_gpu():
    assert machine_of(GPU) == "Loom 9"
    assert machine_of(HERE) == "Abacus 1"


def test_what_is_not_there_has_no_match():
    assert first_match("(.+)", [Path("/nowhere")]) is None


def test_this_machine_has_the_name_that_records_give_it():
    from noisekd.basics import pick_device
    from noisekd.runs import hardware

    assert this_machine() == machine_of(hardware(pick_device()))


def test_the_making_is_found_at_both_ends():
    task = planned_pages("demo", "overview")["overview"].entries[0].training
    long = ", ".join(["1"] * 9000)
    with temporary_store() as store:
        for indent in (None, 1):
            pretend(task, store, indent=indent)
            path = store / task.record
            assert read_making(path)["hardware"] == HERE
            path.write_text('{"rows": [' + long + "], " + path.read_text()[1:])
            assert read_making(path)["hardware"] == HERE


def test_a_damaged_record_tells_nothing():
    with temporary_store() as store:
        store.mkdir()
        (store / "r.json").write_text('{"provenance": {"wall_s')
        assert read_making(store / "r.json") is None
        assert read_making(store / "none.json") is None


def test_the_plan_has_no_task_without_work():
    assert all(task.adds > 0 for task in every_task())
    assert len(set(every_task())) == len(every_task())


def test_an_evaluation_knows_who_stands_beside():
    needs = {t.needs for t in every_task() if t.kind == "evaluation"} - {None}
    assert needs <= set(read_plan()["runs"])
    assert line_of("Teacher", "demo")[0] in needs


def test_a_record_measures_its_machine():
    task = planned_pages("demo", "overview")["overview"].entries[0].training
    with temporary_store() as store:
        pretend(task, store, GPU, seconds=2e-9)
        [found] = measure([store])
    assert found[:4] == ("Loom 9", True, "training", "digits")
    assert abs(found.seconds / 2e-9 - 1) < 1e-6


def test_a_rate_is_a_median_of_the_same_data_set():
    task = planned_pages("demo", "overview")["overview"].entries[0].training
    measured = told(1.0, 2.0, 9.0) + told(5.0, dataset="cifar10")
    assert find_rate(measured, task) == (2.0, 3)
    assert find_rate(measured[3:], task) == (5.0, 1)
    assert find_rate(told(1.0, kind="evaluation"), task) is None


def test_a_task_takes_its_start_and_its_work():
    task = planned_pages("demo", "overview")["overview"].entries[0].training
    one = STARTING + 1e-9 * task.adds
    assert expected_seconds([task, task], told(1e-9)) == 2 * one
    assert expected_seconds([task], []) is None
    assert expected_seconds([], []) == 0


def test_short_and_long_times_have_their_units():
    assert duration(99) == "99 s"
    assert duration(120) == "2 min"
    assert duration(36_000) == "10 h"


def test_without_a_record_no_hours_are_invented():
    tasks = planned_pages("paper", "overview")["overview"].tasks
    assert work_text(tasks, []).endswith("multiply-adds")
    assert work_text(tasks, told(1e-11)).endswith("multiply-adds")
    assert work_text([], []) == "nothing"


def test_the_store_comes_first():
    with temporary_store() as store:
        (Path("figures") / "demo" / "records").mkdir(parents=True)
        assert record_folders(store)[0] == store


def test_the_table_has_a_line_for_each_page():
    pages = planned_pages("demo")
    lines = lay_out(plan_rows(count_pages(pages, Path("/nowhere")), [])).splitlines()
    counted = [page for page in pages.values() if page.tasks]
    assert len(lines) == len(counted) + 2
    assert lines[0].split()[:4] == ["page", "runs", "done", "shared"]
    assert lines[-1].startswith("all, each run once")


def test_records_are_counted_by_kind():
    assert known_from(told(1.0, 2.0)) == "2 trainings"
    assert known_from([]) == ""


def test_a_missing_rate_is_said():
    text = basis_text(tasks_of_demo(), told(1e-11), "Abacus 1")
    assert "multiply-adds are left; it has records of 1 trainings only" in text
    assert "no record of it yet" in basis_text(tasks_of_demo(), [], "Abacus 1")


def test_a_gpu_is_told_by_its_records_alone():
    [line] = gpu_lines(tasks_of_demo(), told(1.0), "Abacus 1")
    assert "no GPU record" in line
    loom = [m._replace(gpu=True) for m in told(1e-12, machine="Loom 9")]
    loom += [m._replace(kind="evaluation") for m in loom]
    [line] = gpu_lines(tasks_of_demo(), told(1.0) + loom, "Abacus 1")
    assert line.startswith("Loom 9: about")
    assert "(medians of 1 evaluations, 1 trainings)" in line


def test_the_report_of_an_empty_store_has_no_hours():
    with temporary_store() as store:
        text = plan_report(planned_pages("paper", "overview"), store)
    assert "no record of it yet" in text
    assert "no GPU record" in text


def test_epochs_are_read_from_the_header():
    task = tasks_of_demo()[0]
    with temporary_store() as store:
        path = begin(task, store, epochs=3)
        assert [h["epoch"] for h in read_history(path)] == [0, 1, 2]
        path.write_bytes(path.read_bytes()[:20])
        assert read_history(path) == []
        assert read_history(store / "none.safetensors") == []


def test_the_epochs_of_all_seeds_count():
    task = tasks_of_demo()[0]
    with temporary_store() as store:
        assert epochs_done(task, store) == 0
        for seed in task.seeds:
            begin(task, store, epochs=4, seed=seed)
        assert epochs_done(task, store) == 8


def test_an_evaluation_has_no_epochs():
    training, *_, evaluation = tasks_of_demo()
    assert all_epochs(training) == training.epochs * len(training.seeds)
    assert all_epochs(evaluation) == 0


def test_half_of_the_epochs_leave_half_of_the_time():
    task = tasks_of_demo()[0]
    rates = told(1e-9)
    with temporary_store() as store:
        whole = task_left(task, store, rates)
        for seed in task.seeds:
            begin(task, store, epochs=10, seed=seed)
        half = task_left(task, store, rates)
    assert whole == expected_seconds([task], rates)
    assert half == whole / 2


def test_nothing_is_left_of_what_is_done():
    task = tasks_of_demo()[0]
    with temporary_store() as store:
        assert task_left(task, store, []) is None
        pretend(task, store)
        assert task_left(task, store, []) == 0


def test_a_running_entry_says_how_far_it_is():
    entry = planned_pages("demo", "overview")["overview"].entries[0]
    with temporary_store() as store:
        begin(entry.training, store, epochs=10)
        found = entry_status(entry, store, told(1e-9))
    assert (found.epochs_done, found.epochs) == (10, 40)
    assert not found.trained
    assert found.left is None  # nothing tells how long its evaluation takes


def test_what_is_done_is_named():
    assert status_line(BEGUN).split()[:2] == ["12/40", "-"]
    assert status_line(BEGUN._replace(epochs_done=0)).split()[:2] == ["-", "-"]
    done = status_line(BEGUN._replace(trained=True, evaluated=True, left=0.0))
    assert done.split()[:2] == ["trained", "evaluated"]
    assert "left" not in done


def test_each_entry_has_a_status():
    page = planned_pages("demo", "overview")["overview"]
    assert len(page_statuses(page, Path("/nowhere"), [])) == len(page.entries)


def test_another_machine_says_nothing_of_this_one():
    with temporary_store() as store:
        pretend(tasks_of_demo()[0], store, GPU)
        assert measured_here(store) == []


def test_a_page_that_is_asked_for_twice_counts_once():
    page = planned_pages("demo", "overview")["overview"]
    rates = told(1e-9) + told(1e-9, kind="evaluation")
    once = time_left([page], Path("/nowhere"), rates)
    assert time_left([page, page], Path("/nowhere"), rates) == once
    assert time_left([page], Path("/nowhere"), []) is None


def test_a_report_says_what_is_there():
    pages = planned_pages("demo", "overview")
    with temporary_store() as store:
        pretend(pages["overview"].entries[0].training, store)
        lines = status_report(pages, store).splitlines()
    assert lines[2].startswith("trained  -")
    assert lines[3].startswith("-        -")


def test_the_table_has_a_row_for_each_entry():
    pages = planned_pages("demo", "overview")
    found = status_table(pages, Path("/nowhere"))
    assert len(found) == len(pages["overview"].entries)
    assert not found.trained.any()


def test_it_is_looked_as_often_as_asked():
    pages = planned_pages("demo", "overview")
    assert len(list(watch(pages, Path("/nowhere"), every=0.01, looks=2))) == 2


def test_one_look_gives_a_table():
    found = last_look(runs="/nowhere", looks=1)
    assert len(found) == len(planned_pages("demo", "overview")["overview"].entries)


def test_a_second_look_sees_what_was_made():
    pages = planned_pages("demo", "overview")
    first = pages["overview"].entries[0].training
    with temporary_store() as store:
        pretend(first, store)
        found = last_look(runs=store, every=0.01, looks=2)
    assert found.trained.iloc[0]
    assert found.trained.sum() == 1


def test_nothing_slow_is_imported():
    command = [sys.executable, "-c", QUICK_LOOK]
    found = subprocess.run(command, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_a_pretended_machine_is_predicted():
    page = planned_pages("quick", "overview")["overview"]
    with temporary_store() as store:
        for e in page.entries[:3]:
            pretend(e.training, store, GPU, seconds=2e-9)
            pretend(e.evaluation, store, GPU, seconds=3e-9)
        measured = measure([store])
        left = [t for t in page.tasks if not t.done(store)]
    truth = sum(t.adds * (2e-9 if t.kind == "training" else 3e-9) for t in left)
    expected = expected_seconds(left, measured) - STARTING * len(left)
    assert len(left) == len(page.tasks) - 6
    assert abs(expected / truth - 1) < 1e-6


def test_refuses_unknown_names():
    words = "page = 'overveiw': unknown; did you mean 'overview'?"
    refuses(words, planned_pages, "demo", "overveiw")
    refuses("profile = 'tiny': unknown; known are ['demo'", planned_pages, "tiny")
    words = "dataset = 'digit': unknown; did you mean"
    refuses(words, planned_pages, "demo", None, "digit")


def test_refuses_a_profile_in_place_of_a_page():
    words = "that is a profile: noisekd run overview --profile demo"
    refuses(words, planned_pages, "demo", "demo")


def test_refuses_a_data_set_on_which_a_page_is_not_made():
    words = "not made on it in profile 'demo'; should be one of ['digits']"
    refuses(words, planned_pages, "demo", "overview", "cifar10")

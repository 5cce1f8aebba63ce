"Exported from nbs/33_costs.ipynb by `python -m noisekd.export`; edit the notebook."

import pytest
import torch
import importlib
import json
import pkgutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, NamedTuple

import torch
from torch import nn
import noisekd.paper
from noisekd.basics import suggest
from noisekd.config import PROFILES, Entry, EvaluationConfig, Page, RunConfig
from noisekd.config import entry_keys, short_hash
from noisekd.data import DATASETS, imbalanced_counts
from noisekd.evaluation import Passes, count_passes
from noisekd.models import Collective, Peers, build
from noisekd.noise import Randomness
from noisekd.objective import Objective, add_modules, batch_loss
from noisekd.report import method_heading, part_heading
from noisekd.costs import *
from torch.utils.flop_counter import FlopCounterMode

from noisekd.basics import refuses
from noisekd.objective import METHODS, find_method
from noisekd.runs import evaluation_record_path, train_record_path
def wrn_adds(depth, width, size, classes):
    "Multiply-adds of a WRN, summed over its layers."
    n = (depth - 4) // 6
    total = 9 * 3 * 16 * size**2
    before = 16
    for group in range(3):
        channels, side = 16 * width * 2**group, size // 2**group
        first = 9 * before * channels + 9 * channels**2
        if group or before != channels:
            first += before * channels
        total += (first + (n - 1) * 18 * channels**2) * side**2
        before = channels
    return total + before * classes
STUDENT, TEACHER = "wrn-16-1", "wrn-16-2"

def counted_step(o):
    "Multiply-adds for one image of a real step, as PyTorch counts them."
    x, y = torch.rand(BATCH, 3, 8, 8), torch.arange(BATCH) % 10
    student, teacher = build(STUDENT).train(), None
    if o.needs_teacher:
        teacher = build(TEACHER, dropout=0.5)
        add_modules(o, student, teacher, x)
    told = o, student, teacher, x, y, Randomness(0, epochs=4)
    with FlopCounterMode(display=False) as counter:
        batch_loss(*told).total.backward()
    return counter.get_total_flops() / 2 / BATCH
def expected_step(o):
    "The same from passes and multiply-adds."
    p = passes_at(o, epochs=4)
    own = adds_of(STUDENT, "digits") * (p.student + 2 * p.student_back)
    return own + adds_of(TEACHER, "digits") * (p.teacher + p.teacher_back)
def taught_pairs():
    "Method, student and teacher of all pages, each once, with an entry that has them."
    found = {}
    for profile in PROFILES:
        for name in page_names():
            for e in find_page(profile, name, runs="").entries:
                if e.teacher:
                    pair = e.config.arch, e.teacher.arch, e.config.dataset
                    found[(e.config.method, *pair)] = e
    return found


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


def test_the_overview_is_a_page():
    assert "overview" in page_names()


def test_a_known_name_is_fine():
    assert check_known("profile", "demo", ["demo", "quick"]) is None


def test_a_profile_begins_with_its_own_data_set():
    assert datasets_of("overview", "quick")[0] == "cifar10"
    assert datasets_of("overview", "demo") == ["digits"]


def test_every_page_has_a_grid_in_every_profile():
    for name in page_names():
        for profile in PROFILES:
            for dataset in datasets_of(name, profile):
                assert find_page(profile, name, dataset, runs="r").name == name


def test_a_linear_layer_has_as_many_as_weights():
    layer = nn.Linear(192, 10)
    assert layer_adds(layer, layer(torch.zeros(1, 192))) == 1920
    assert layer_adds(nn.ReLU(), torch.zeros(1, 5)) == 0


def test_layers_of_layers_are_counted_once():
    network = nn.Sequential(nn.Flatten(), nn.Linear(192, 10), nn.Linear(10, 2))
    with counting_adds(network) as adds:
        network(torch.zeros(1, 3, 8, 8))
    assert sum(adds) == 1920 + 20


def test_sixteen_times_the_pixels_take_sixteen_times_as_much():
    small, large = (forward_adds(build("wrn-10-1"), size) for size in (8, 32))
    linear = 64 * 10
    assert large - linear == 16 * (small - linear)


def test_two_peers_take_twice_as_much():
    one = adds_of("wrn-10-1", "digits")
    assert adds_of("wrn-10-1", "digits", "peers") == 2 * one
    assert one < adds_of("wrn-10-1", "digits", "branches") < 3 * one


def test_passes_are_counted_both_ways():
    layer = nn.Linear(3, 1)
    with counting(layer) as counts:
        layer(torch.zeros(4, 3)).sum().backward()
        layer(torch.zeros(5, 3))
    assert counts == [9, 4]


def test_the_first_layer_takes_images():
    assert first_layer(build("wrn-10-1")).in_channels == 3
    assert first_layer(Peers("wrn-10-1")).in_channels == 3


def test_peers_learn_together():
    assert isinstance(tiny_student(Objective(method="dml")), Peers)
    assert tiny_student(Objective(method="one")).n_members == 3


def test_a_fickle_teacher_is_asked_for_each_sample():
    assert passes_at(Objective(method="hinton")) == (1, 1, 1, 0)
    asked = Objective(method="ft", options={"fickle": {"samples": 7}})
    assert passes_at(asked) == (1, 1, 7, 0)


def test_bss_attacks_half_a_batch_in_three_quarters_of_the_epochs():
    found = step_passes(Objective(method="bss"))
    assert found.teacher_back == 10 * 0.5 * 0.75
    assert found.student == 1 + 0.5 * 0.75


def test_another_strength_asks_for_the_same():
    weak, strong = (RunConfig(method="ga", noise={"gaussian": s}) for s in (0.1, 0.2))
    assert passes_of_run(weak) is passes_of_run(strong)


def test_a_subset_is_never_larger_than_the_whole():
    assert images_of(RunConfig(train_size=100)) == 100
    assert images_of(RunConfig(dataset="digits", train_size=5000)) == 1300


def test_a_run_without_a_teacher_asks_for_none():
    kind = kind_of(find_page("paper", runs="r").entries[2])
    assert kind["teacher_arch"] is None
    assert kind["teacher_adds"] == 0


def test_a_size_is_that_of_the_config():
    size = size_of(RunConfig(seeds=(0, 10)))
    assert size == {"teacher": None, "seeds": [0, 10], "epochs": 200, "images": 50_000}


def test_clean_images_count_too():
    plain = EvaluationConfig(run="a", attack=False)
    assert evaluation_passes(plain, "cifar10") == (10_000, 0)
    assert evaluation_passes(plain.but(ood=True), "cifar10") == (220_000, 0)


def test_the_plan_has_every_entry_of_a_page():
    page = find_page("demo", runs="")
    assert [line[0] for line in plan_entries(page)] == [e.run for e in page.entries]


def test_a_new_plan_knows_the_data_sets():
    assert "svhn" in new_plan()["datasets"]


def test_runs_of_one_kind_share_it():
    plan = new_plan()
    for e in find_page("smoke", runs="").entries:
        enter_entry(plan, e)
    assert len(plan["kinds"]) < len(plan["runs"])


def test_a_run_of_two_pages_stands_there_once():
    plan = new_plan()
    page = find_page("smoke", runs="")
    enter_page(plan, page)
    enter_page(plan, page)
    assert list(plan["runs"]) == list(page.runs)
    assert list(plan["pages"]) == ["smoke"]


def test_the_plan_has_every_page():
    assert {p["page"] for p in make_plan()["pages"]["demo"].values()} == set(page_names())


def test_lines_are_json():
    value = {"a": {"b": [1, {"c": "σ"}]}, "d": [], "e": {}}
    for depth in range(5):
        assert json.loads(lines_of(value, depth)) == value


def test_the_text_is_the_plan():
    plan = new_plan()
    enter_page(plan, find_page("smoke", runs=""))
    assert json.loads(plan_text(plan)) == plan


def test_multiply_adds_of_a_wrn_are_the_closed_form():
    for depth, width, size, classes in ((10, 1, 8, 10), (16, 2, 32, 10), (40, 2, 32, 100)):
        found = forward_adds(build(f"wrn-{depth}-{width}", classes), size)
        assert found == wrn_adds(depth, width, size, classes)


def test_pytorch_counts_the_same():
    for arch in ("wrn-10-2", "resnet-14"):
        with torch.no_grad(), FlopCounterMode(display=False) as counter:
            build(arch).eval()(torch.zeros(1, 3, 32, 32))
        assert forward_adds(build(arch), 32) == counter.get_total_flops() / 2


def test_passes_times_multiply_adds_are_a_real_step():
    for method in ("baseline", "hinton", "ft", "sr", "at", "rkd-d"):
        noise = {n: 0.1 for n in find_method(method).noises if n != "fickle"}
        o = Objective(method=method, noise=noise)
        assert abs(counted_step(o) / expected_step(o) - 1) < 0.02, method


def test_every_method_is_counted():
    for method, setting in METHODS.items():
        noise = {n: 0.1 for n in setting.noises if n != "fickle"}
        found = passes_at(Objective(method=method, noise=noise), epochs=4)
        assert found.student >= found.student_back >= 1
        assert (found.teacher > 0) == (setting.learns_from == "teacher")


def test_the_plan_is_that_of_the_pages():
    from noisekd.plan import read_plan

    assert read_plan() == json.loads(json.dumps(make_plan()))


def test_the_plan_names_the_records_of_the_runs():
    from noisekd.plan import planned_pages

    page = find_page("demo", runs="")
    for task, e in zip(planned_pages("demo", "overview")["overview"].entries, page.entries):
        assert task.training.record == train_record_path(e.run, "").as_posix()
        assert task.evaluation.record == evaluation_record_path(e.evaluation).as_posix()


def test_every_method_fits_its_networks():
    from noisekd.objective import prepare

    for (method, arch, teacher_arch, dataset), e in taught_pairs().items():
        info = DATASETS[dataset]
        networks = [build(a, info.num_classes) for a in (arch, teacher_arch)]
        setting = Objective(**{k: getattr(e.config, k) for k in Objective.model_fields})
        if "fickle" in setting.noise:
            networks[1] = build(teacher_arch, info.num_classes, dropout=0.1)
        x = torch.rand(2, 3, info.size, info.size)
        assert prepare(setting, *networks, x, torch.tensor([0, 1])) is networks[0]


def test_refuses_unknown_names():
    words = "page = 'overveiw': unknown; did you mean 'overview'?"
    refuses(words, find_page, "demo", "overveiw")
    refuses("profile = 'tiny': unknown; known are ['demo'", find_page, "tiny")
    words = "dataset = 'shvn': unknown; did you mean 'svhn'?"
    refuses(words, find_page, "demo", dataset="shvn")

"Exported from nbs/30_config.ipynb by `python -m noisekd.export`; edit the notebook."

import pytest
import torch
import hashlib
import json
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import AfterValidator, Field, model_validator

from noisekd.basics import Count, Fraction, Positive, Settings, SettingsError, unused
from noisekd.certification import Certificate
from noisekd.comparison import Comparison
from noisekd.data import DATASETS
from noisekd.evaluation import Suite
from noisekd.models import parse_arch
from noisekd.objective import TERMS, Objective
from noisekd.training import Recipe, atomic_write
from noisekd.config import *
import tempfile
from contextlib import contextmanager

from noisekd.basics import refuses

@contextmanager
def temporary_folder():
    "A working folder that is gone afterwards."
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            yield Path()
        finally:
            os.chdir(before)


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


def test_the_root_is_where_settings_ini_is():
    assert (project_root() / "settings.ini").exists()


def test_the_store_may_be_named_by_the_environment():
    named = os.environ.get("NOISEKD_RUNS")
    assert default_store() == (named or str(project_root() / "runs"))


def test_a_place_has_defaults():
    assert Where(device="cpu").threads is None
    assert Where().runs == default_store()


def test_every_data_set_is_known():
    assert [known_dataset(name) for name in DATASETS] == list(DATASETS)


def test_images_and_places_are_told_apart():
    assert Images.model_fields.keys().isdisjoint(Where.model_fields)


def test_the_defaults_are_all_images_with_true_labels():
    assert Images().train_size is None
    assert Images().label_corruption == 0


def test_an_architecture_keeps_its_name():
    assert known_arch("wrn-40-2") == "wrn-40-2"


def test_what_is_given_is_kept():
    assert fill_from_dataset({"augment": "none"})["augment"] == "none"


def test_a_run_has_all_fields_of_its_four_parts():
    for part in (Images, Recipe, Objective, Where):
        assert part.model_fields.keys() <= RunConfig.model_fields.keys()


def test_the_defaults_are_the_printed_protocol():
    c = RunConfig()
    assert c.dataset == "cifar10"
    assert c.arch == "wrn-16-2"
    assert c.augment == "crop+flip"
    assert c.epochs == 200


def test_digits_are_cropped_and_not_flipped():
    c = RunConfig(dataset="digits")
    assert c.augment == "crop"
    assert c.pad == 1


def test_a_run_is_a_recipe_and_an_objective():
    c = RunConfig(method="hinton", teacher="t", lr=0.05)
    assert isinstance(c, Recipe)
    assert isinstance(c, Objective)
    assert c.alpha == 0.9


def test_a_comparison_says_with_whom():
    asked = EvaluationConfig(run="a", beside="b", transfer=True)
    assert asked.needs_teacher
    assert not EvaluationConfig(run="a", passes=10).needs_teacher


def test_an_evaluation_is_a_suite():
    assert isinstance(EvaluationConfig(run="a"), Suite)
    assert len(EvaluationConfig(run="a", corruptions="all").corruptions) == 95


def test_a_default_is_no_part_of_an_identity():
    assert "epochs" not in identity_fields(RunConfig(epochs=200))
    assert "lr" in identity_fields(RunConfig(lr=0.2))


def test_places_and_defaults_decide_nothing():
    same = RunConfig(device="cpu", runs="x", data_root="/y", threads=1, epochs=200)
    assert short_hash(same) == short_hash(RunConfig())


def test_what_is_off_has_no_word():
    assert slug(RunConfig(arch="wrn-40-2")) == "cifar10-wrn-40-2-baseline"


def test_an_identity_ends_in_its_hash():
    c = RunConfig(dropout=0.1)
    assert identity(c).split("-")[-1] == short_hash(c)


def test_a_record_keeps_every_setting_and_no_place():
    kept = record_fields(RunConfig()).keys()
    assert kept == RunConfig.model_fields.keys() - Where.model_fields.keys()


def test_a_file_is_read_as_yaml():
    with temporary_folder() as folder:
        path = folder / "c.yaml"
        path.write_text("epochs: 20\nseeds: [0]")
        assert read_yaml(path) == {"epochs": 20, "seeds": [0]}


def test_fields_become_a_config():
    assert read_config({"dropout": 0.1}) == RunConfig(dropout=0.1)


def test_the_text_says_where():
    assert "runs: elsewhere" in config_text(RunConfig(runs="elsewhere"))


def test_other_questions_have_another_file():
    a = config_path(EvaluationConfig(run="a", runs="r", steps=10))
    b = config_path(EvaluationConfig(run="a", runs="r", steps=20))
    assert a != b
    assert a.parent == b.parent


def test_a_file_that_is_right_is_left_alone():
    with temporary_folder() as folder:
        path = write_config(RunConfig(), folder)
        before = path.stat().st_mtime_ns
        write_config(RunConfig(), folder)
        assert path.stat().st_mtime_ns == before


def test_a_student_of_the_paper_has_the_defaults():
    assert RunConfig(**PAPER.shared, **PAPER.student) == RunConfig()


def test_another_data_set_has_the_same_sizes():
    other = PAPER.on("svhn")
    assert other.dataset == "svhn"
    assert other.student == PAPER.student
    assert other.evaluation == {}
    assert PAPER.on("cifar10") is PAPER


def test_only_the_paper_s_profile_has_the_printed_sizes():
    assert [p.name for p in PROFILES.values() if p.paper_size] == ["paper"]


def test_a_role_has_its_own_network():
    assert sized_run(DEMO, "teacher").arch == "wrn-16-2"
    assert sized_run(DEMO, "student").arch == "wrn-10-1"
    assert sized_run(DEMO, "student", arch="resnet-8").arch == "resnet-8"


def test_an_evaluation_has_the_sizes_of_its_profile():
    assert sized_evaluation(SMOKE, "a").steps == 2
    assert sized_evaluation(SMOKE, "a", steps=3).steps == 3


def test_an_entry_goes_by_its_identity():
    c = RunConfig(dropout=0.1)
    assert Entry("teacher", c, EvaluationConfig(run="a")).run == identity(c)


def test_run_and_evaluation_are_in_one_place():
    entry = EntryMaker(SMOKE, runs="r")._entry("teacher", None, "", {}, {})
    assert entry.config.runs == entry.evaluation.runs == "r"


def test_further_questions_are_of_the_same_run():
    entry = Builder(DEMO, runs="r").student("baseline")
    sweep = further(DEMO, entry, sweep_steps=(1, 5))
    assert sweep.run == entry.run
    assert sweep.evaluation.attack_images == 300
    assert not sweep.evaluation.attack
    assert not sweep.evaluation.corruptions


def test_a_student_names_its_teacher():
    build = Builder(SMOKE, runs="r")
    teacher = build.teacher()
    student = build.student("hinton", teacher)
    assert student.config.teacher == teacher.run
    assert student.evaluation.run == student.run
    assert student.config.runs == "r"


def test_other_networks_than_the_profile_s_are_named():
    build = Builder(PAPER, runs="r")
    teacher = build.teacher()
    small = build.student("hinton", teacher, arch="wrn-10-2")
    assert teacher.networks == ""
    assert build.student("hinton", teacher).networks == ""
    assert small.networks == "WRN-40-2 to WRN-10-2"
    assert build.student("baseline", arch="resnet-8").networks == "RESNET-8"


def test_an_entry_says_how_long_it_is_trained():
    build = Builder(DEMO, runs="r")
    assert build.student("baseline").length == 1.0
    assert build.student("baseline", epochs=35).length == 1.75


def test_the_page_wins_over_the_profile():
    build = Builder(SMOKE, runs="r")
    assert build.student("baseline", epochs=2).config.epochs == 2
    assert build.student("baseline", evaluation={"steps": 3}).evaluation.steps == 3


def test_only_changed_settings_are_said():
    at = RunConfig(method="at", teacher="t", weights={"at": 15.0})
    assert changed_settings(at) == "at 15"
    assert changed_settings(RunConfig(method="at", teacher="t")) == ""


def test_dropout_is_the_network_s_or_its_teacher_s():
    build = Builder(DEMO, runs="r")
    teacher = build.teacher(dropout=0.1)
    assert entry_keys(teacher)["dropout"] == 0.1
    assert entry_keys(build.student("ft", teacher))["dropout"] is None
    assert entry_keys(build.student("ft", teacher))["teacher_dropout"] == 0.1


def test_a_teacher_is_asked_once_or_several_times():
    build = Builder(DEMO, runs="r")
    options = {"fickle": {"samples": 10}}
    often = build.student("ft", build.teacher(dropout=0.1), options=options)
    assert entry_keys(often)["teacher_samples"] == 10


def test_a_page_lists_each_run_once():
    build = Builder(SMOKE, runs="r")
    again = build.teacher(evaluation={"steps": 3})
    page = Page("x", SMOKE, (build.teacher(), again, build.student("baseline")))
    assert len(page.runs) == 2
    assert page.store == Path("r")


def test_a_page_on_another_data_set_has_another_file():
    build = Builder(PAPER.on("svhn"), runs="r")
    assert Page("x", PAPER.on("svhn"), (build.teacher(),)).stem == "x-svhn"
    assert Page("x", PAPER, (build.teacher(),)).stem == "x"


def test_a_page_that_tells_of_another_has_its_store():
    own = Page("x", SMOKE, (Builder(SMOKE, runs="r").teacher(),))
    assert Page("y", SMOKE, (), reads=(own,)).store == Path("r")


def test_equal_runs_have_one_identity():
    a = RunConfig(method="sr", teacher="t", noise={"gaussian": 0.05})
    b = RunConfig(noise={"gaussian": 0.05}, teacher="t", method="hinton+ga", alpha=0.9)
    assert identity(a) == identity(b)


def test_other_runs_have_others():
    noise = {"gaussian": 0.05}
    configs = [
        RunConfig(method="ga", noise=noise),
        RunConfig(method="ga", noise={"gaussian": 0.06}),
        RunConfig(method="ga", noise=noise, seeds=[0]),
        RunConfig(method="ga", noise=noise, padding="constant"),
        RunConfig(method="ga", noise=noise, options={"gaussian": {"clip": True}}),
    ]
    assert len({identity(c) for c in configs}) == len(configs)


def test_a_file_gives_the_same_config():
    c = RunConfig(method="at", teacher="t", options={"at": {"form": "paper"}}, seeds=[0])
    with temporary_folder() as folder:
        path = folder / "run.yaml"
        path.write_text(config_text(c))
        assert read_config(path) == c


def test_so_does_the_file_of_an_evaluation():
    c = EvaluationConfig(run="a", corruptions=[("fog", 3)], sweep_eps=[0.01])
    with temporary_folder() as folder:
        path = folder / "evaluate.yaml"
        path.write_text(config_text(c))
        assert read_config(path, EvaluationConfig) == c


def test_every_profile_makes_valid_configs():
    for p in PROFILES.values():
        for role in (p.teacher, p.student):
            assert RunConfig(**p.shared, **role).method == "baseline"
        assert EvaluationConfig(run="a", **p.evaluation).run == "a"


def test_refuses_unknown_fields():
    refuses("dataste = 'x': unknown field; did you mean 'dataset'", RunConfig, dataste="x")
    refuses("unknown field", EvaluationConfig, run="a", epsilon=0.1)


def test_refuses_wrong_types():
    refuses("epochs = '200'", RunConfig, epochs="200")
    refuses("batch_size = True", RunConfig, batch_size=True)
    refuses("device = 3", RunConfig, device=3)
    refuses("threads = 0", RunConfig, threads=0)
    refuses("write 0.0005", RunConfig, weight_decay="5e-4")


def test_refuses_numbers_out_of_range():
    refuses("dropout = 1.0: input should be less than 1", RunConfig, dropout=1.0)
    refuses("label_corruption = 1.4", RunConfig, label_corruption=1.4)
    refuses("imbalance = 0.0", RunConfig, imbalance=0.0)
    refuses("lr = nan", RunConfig, lr=float("nan"))
    refuses("seeds = []", RunConfig, seeds=[])
    refuses("eps = -0.1", EvaluationConfig, run="a", eps=-0.1)


def test_refuses_unknown_names():
    refuses("dataset = 'cifar': unknown; known are ['cifar10'", RunConfig, dataset="cifar")
    refuses("arch = 'wrn-17-2'", RunConfig, arch="wrn-17-2")
    refuses("did you mean 'hinton'", RunConfig, method="hintn")
    refuses("human_labels = 'best'", RunConfig, human_labels="best")


def test_refuses_a_missing_or_superfluous_teacher():
    refuses("teacher = None: method 'hinton' needs one", RunConfig, method="hinton")
    refuses("teacher = 't': should be None; method 'baseline'", RunConfig, teacher="t")
    refuses("teacher = ''", RunConfig, method="hinton", teacher="")
    refuses("teacher_pick = 'first'", RunConfig, teacher_pick="first")


def test_refuses_what_contradicts_itself():
    refuses("epochs = 100", RunConfig, epochs=100)
    refuses("each should be given once", RunConfig, seeds=[1, 1])
    refuses("reported = 'best_on_test'", RunConfig, reported="best_on_test")
    refuses("for 'cifar10' only", RunConfig, dataset="svhn", human_labels="worst")
    refuses("corrupted once", RunConfig, human_labels="worst", label_corruption=0.2)
    refuses("no label is corrupted", RunConfig, corruption_includes_true=False)
    refuses("data_seed = 1", RunConfig, data_seed=1)


def test_refuses_a_profile_on_unknown_images():
    refuses("dataset = 'cifar': unknown; known are ['cifar10'", PAPER.on, "cifar")


def test_refuses_two_entries_of_one_key():
    build = Builder(SMOKE, runs="r")
    pair = build.student("baseline"), build.student("baseline", lr=0.2)
    refuses("have the same keys; should differ in a note", Page, "x", SMOKE, pair)


def test_refuses_a_comparison_with_nobody():
    refuses("beside = None: alignment_sigmas", EvaluationConfig, run="a", boundary=True)
    refuses("beside = 'b'", EvaluationConfig, run="a", beside="b")


def test_refuses_what_is_no_mapping():
    with temporary_folder() as folder:
        for text in ("", "null", "[]", "0", "3: 4"):
            path = folder / "odd.yaml"
            path.write_text(text)
            refuses("should be fields with values", read_config, path)


def test_refuses_files_that_cannot_be_read():
    refuses("none.yaml: cannot be read as YAML", read_config, "none.yaml")
    with temporary_folder() as folder:
        path = folder / "bad.yaml"
        path.write_text("a: [1")
        refuses("bad.yaml: cannot be read as YAML", read_config, path)

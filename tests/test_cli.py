"Exported from nbs/34_cli.ipynb by `python -m noisekd.export`; edit the notebook."

import pytest
import torch
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Annotated

import typer
from typer import Argument, Option
from noisekd.cli import *
import tempfile
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO

from typer.testing import CliRunner

from noisekd.basics import refuses

def call(*args):
    "The command with these arguments: exit code and output."
    found = CliRunner().invoke(app, list(map(str, args)), prog_name="noisekd")
    return found.exit_code, found.output
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
def ends_with(error):
    "How the command ends when an error is raised."
    try:
        with errors_as_messages():
            raise error
    except Exception as end:
        return type(end)
ERROR = {"output_type": "error", "ename": "NonFiniteLoss", "evalue": "the loss is nan"}

def executed(path, outputs):
    "An executed notebook with one cell."
    path.parent.mkdir(parents=True, exist_ok=True)
    cell = {"cell_type": "code", "outputs": outputs}
    path.write_text(json.dumps({"cells": [cell]}))
    return path
def said_by(function, *args):
    "What a function prints."
    with redirect_stdout(StringIO()) as text, redirect_stderr(text):
        function(*args)
    return text.getvalue()
ONE_RUN = {
    "part": "clean labels",
    "method": "Teacher",
    "run": "a",
    "trained": "a/train.json",
    "evaluated": "a/evaluation-0f.json",
}
CONFIG = """
dataset: digits
device: cpu
arch: wrn-10-1
train_size: 100
epochs: 1
milestones: []
seeds: [0]
"""

def trained(folder):
    "A run of a second, made by the command; returns its checkpoint."
    path = Path(folder) / "run.yaml"
    path.write_text(CONFIG + f"runs: {folder}\n")
    code, text = call("train", path)
    assert code == 0, text
    return next(Path(folder).rglob("seed-0.safetensors"))
def two_rows():
    "Rows of an evaluation."
    from noisekd.evaluation import metric_row

    values = {"test_acc": 97.5, "ece": 1.25}
    return [metric_row(k, v, 497, "digits/test") for k, v in values.items()]
SLOW = ("torch", "pandas", "matplotlib", "scipy", "noisekd.basics")

def imported_by(*args):
    "Which slow modules a command imports, in a process of its own."
    code = f"""
import sys
sys.argv = ["noisekd", *{list(map(str, args))!r}]
from noisekd.cli import app
try:
    app()
except SystemExit:
    pass
print([m for m in {SLOW!r} if m in sys.modules])
"""
    command = [sys.executable, "-c", code]
    found = subprocess.run(command, capture_output=True, text=True, check=True)
    return found.stdout.splitlines()[-1]
def papermill(folder, text):
    "Execute train.ipynb with a config, as a user would: exit code and errors."
    from noisekd.config import project_root

    config = Path(folder) / "c.yaml"
    config.write_text(text)
    notebook = project_root() / "nbs" / "experiments" / "train.ipynb"
    command = [sys.executable, "-m", "papermill", "--no-progress-bar", str(notebook)]
    command += [f"{folder}/out.ipynb", "-f", str(config)]
    found = subprocess.run(command, capture_output=True, text=True)
    return found.returncode, found.stderr

NOISY = CONFIG + "method: ga\nnoise: {gaussian: 0.1}\nthreads: 1\n"
def smoke(folder, *more):
    "Run the profile smoke; returns exit code and output."
    from noisekd.config import project_root

    command = [sys.executable, "-m", "noisekd.cli", "run", "smoke", "--cores", "2"]
    command += ["--runs", f"{folder}/runs", "--figures", f"{folder}/figures", *more]
    env = os.environ | {"OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
    told = dict(cwd=project_root(), env=env, capture_output=True, text=True)
    done = subprocess.run(command, **told)
    return done.returncode, done.stdout + done.stderr

def records_of(folder):
    "Every record of a store and when it was written."
    return {p: p.stat().st_mtime_ns for p in Path(folder, "runs").rglob("*.json")}


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


def test_the_command_explains_itself():
    code, text = call("--help")
    assert code == 0
    assert "Noise as a resource" in text


def test_what_was_not_given_is_left_out():
    assert given(runs="r", data_root=None) == {"runs": "r"}


def test_the_overview_is_a_page():
    assert "overview" in page_names()


def test_a_known_name_is_fine():
    assert check_known("profile", "demo", ["demo", "quick"]) is None


def test_every_page_has_a_grid_in_every_profile():
    from noisekd.config import PROFILES

    for name in page_names():
        for profile in PROFILES:
            assert find_page(profile, name, runs="r").name == name


def test_the_plan_has_every_entry_of_a_page():
    page = find_page("demo", runs="")
    assert [e["run"] for e in plan_entries(page)] == [e.run for e in page.entries]


def test_the_plan_has_every_page():
    assert list(make_plan()["demo"]) == page_names()


def test_the_plan_is_that_of_the_pages():
    assert read_plan() == make_plan()


def test_refusals_are_short():
    from noisekd.runs import RecordError

    assert ends_with(RecordError("damaged")) is typer.Exit
    assert ends_with(ValueError("wrong")) is typer.Exit


def test_anything_else_keeps_its_traceback():
    assert ends_with(ZeroDivisionError()) is ZeroDivisionError


def test_the_command_names_everything():
    command = snakemake_command("overview", "demo", "r", 2, gpus=1, dry_run=True)
    for part in ("--dry-run", "gpu=1", "page=overview", "profile=demo", "runs=r"):
        assert part in command


def test_further_arguments_are_passed_on():
    command = snakemake_command("overview", "demo", "r", 2, more=("--retries", "2"))
    assert command[command.index("--retries") + 1] == "2"


def test_progress_is_shown():
    assert filter_line("Job 7: train     digits-wrn\n") == "          train     digits-wrn"
    assert filter_line("3 of 24 steps (12%) done\n") == "[  3/24]"


def test_errors_are_shown_and_chatter_is_not():
    assert filter_line("Error in rule teacher:\n") == "Error in rule teacher:"
    assert filter_line("Select jobs to execute...\n") is None


def test_a_command_is_followed_to_its_end():
    code = "print('1 of 2 steps'); raise SystemExit(3)"
    assert run_and_stream([sys.executable, "-c", code], Path(".")) == 3


def test_an_error_is_found_in_an_executed_notebook():
    with temporary_folder() as folder:
        path = executed(folder / "n.ipynb", [ERROR])
        assert last_error(path) == "NonFiniteLoss: the loss is nan"


def test_a_damaged_notebook_has_no_error_to_show():
    with temporary_folder() as folder:
        path = folder / "n.ipynb"
        for text in ("{", "{}", "[]", '{"cells": [3]}'):
            path.write_text(text)
            assert last_error(path) is None
        assert last_error(folder / "none.ipynb") is None


def test_a_missing_record_is_explained():
    with temporary_folder():
        page = find_page("demo", runs="runs")
        run = page.entries[0].run
        executed(page.store / run / "train.ipynb", [ERROR])
        assert failures(page) == [(run, "NonFiniteLoss: the loss is nan")]


def test_the_demo_can_begin_anywhere():
    assert check_before_run(find_page("demo", runs="/nowhere")) is None


def test_a_page_is_announced():
    text = said_by(announce, find_page("demo", runs="/nowhere"))
    assert text.startswith("demo: scikit-learn's scanned digits")
    assert "0 of 22 records are in" in text


def test_a_table_stays_while_records_are_missing():
    with temporary_folder() as folder:
        stale = folder / "overview.md"
        stale.write_text("of other records")
        remove_stale_report(find_page("demo", runs="runs"), folder)
        assert stale.exists()


def test_right_files_are_left_alone():
    with temporary_folder():
        page = find_page("demo", runs="runs")
        paths = write_configs(page)
        before = [p.stat().st_mtime_ns for p in paths]
        write_configs(page)
        assert len(paths) == 22
        assert [p.stat().st_mtime_ns for p in paths] == before


def test_the_report_is_printed_without_its_fingerprint():
    with temporary_folder() as folder:
        (folder / "overview.md").write_text("| a |\n\n<!-- records 0f -->\n")
        assert "records 0f" not in report_text(folder, "overview")


def test_a_run_begins_with_its_configs():
    with temporary_folder() as folder:
        page = find_page("demo", runs="runs")
        assert said_by(prepare_run, page, folder) == ""
        assert len(list(page.store.rglob("*.yaml"))) == 22


def test_a_gpu_has_one_job_at_a_time():
    assert gpu_jobs() in (0, 1)


def test_a_page_is_run_in_its_own_store():
    command = command_here(find_page("demo", runs="/nowhere"), cores=3)
    assert command[command.index("--cores") + 1] == "3"
    assert f"runs={Path('/nowhere').resolve()}" in command


def test_where_nothing_was_tried_nothing_failed():
    assert said_by(show_failures, find_page("demo", runs="/nowhere")) == ""


def test_a_run_can_be_looked_at_first():
    code, text = call("run", "--help")
    assert code == 0
    assert "--dry-run" in text


def test_an_empty_store_has_no_whole_page():
    assert whole_pages("demo", "/nowhere") == []


def test_a_page_without_records_is_not_rendered():
    with temporary_folder() as folder:
        (folder / "demo" / "records").mkdir(parents=True)
        assert rendered_pages(folder) == []


def test_every_committed_table_has_its_records():
    from noisekd.config import project_root

    figures = project_root() / "figures"
    found = {(p.profile.name, p.name) for p in rendered_pages(figures)}
    tables = [(p.parent.name, p.stem) for p in figures.glob("*/*.md")]
    assert {t for t in tables if t[1] in page_names()} <= found


def test_the_notebook_of_a_page_is_rendered():
    words = render_command(find_page("demo", runs="runs"), Path("out"))
    notebook = words[words.index("--no-progress-bar") + 1]
    assert Path(notebook).parts[-3:] == ("nbs", "paper", "overview.ipynb")


def test_without_records_nothing_is_rendered():
    with temporary_folder() as folder:
        code, text = call("render", "--figures", folder)
    assert code == 0
    assert text.startswith("no page has its records in")


def test_the_store_is_that_of_the_configs():
    from noisekd.config import default_store

    assert str(default_runs()) == default_store()


def test_what_is_done_is_named():
    with temporary_folder() as folder:
        assert status_line(ONE_RUN, folder).split()[:2] == ["-", "-"]
        (folder / "a").mkdir()
        (folder / "a" / "train.json").write_text("{}")
        assert status_line(ONE_RUN, folder).split()[:2] == ["trained", "-"]


def test_one_page_or_all_of_them():
    assert list(planned_pages("demo", "overview")) == ["overview"]
    assert list(planned_pages("demo")) == page_names()


def test_status_says_what_is_there():
    with temporary_folder() as folder:
        page = find_page("demo", runs="runs")
        (page.store / page.entries[0].run).mkdir(parents=True)
        (page.store / page.entries[0].run / "train.json").write_text("{}")
        code, text = call("status", "demo", "--page", "overview", "--runs", "runs")
    lines = text.splitlines()
    assert lines[3].startswith("trained  -")
    assert lines[4].startswith("-        -")


def test_configs_are_written():
    with temporary_folder() as folder:
        code, text = call("configs", "demo", folder / "out")
        found = list(folder.rglob("*.yaml"))
    assert code == 0
    assert len(found) == len(text.splitlines()) == 22


def test_training_says_how_good_each_seed_is():
    with temporary_folder():
        Path("run.yaml").write_text(CONFIG + "runs: runs")
        code, text = call("train", "run.yaml")
    print(text.strip().splitlines()[-1])
    assert code == 0, text
    assert "seed 0: test accuracy" in text


def test_a_checkpoint_answers_the_questions():
    with temporary_folder() as folder:
        rows = evaluate_checkpoint(trained(folder), "test", images=50, device="cpu")
    assert rows[0]["metric"] == "test_acc"
    assert {row["n"] for row in rows} == {50}


def test_a_table_is_written_where_it_is_wanted():
    with temporary_folder() as folder:
        said_by(print_rows, two_rows(), folder / "rows.csv")
        lines = (folder / "rows.csv").read_text().splitlines()
    assert lines[0].startswith("metric,value,unit,n")
    assert len(lines) == 3


def test_one_config_is_trained_and_its_checkpoint_evaluated():
    with temporary_folder() as folder:
        checkpoint = trained(folder)
        code, text = call("evaluate", checkpoint, "--suite", "test", "--images", 50)
    print(text)
    assert code == 0, text
    assert "test_acc" in text


def test_rows_are_written_as_a_table():
    with temporary_folder() as folder:
        out = folder / "rows.csv"
        call("evaluate", trained(folder), "--suite", "test", "--images", 50, "--out", out)
        assert out.read_text().startswith("metric,")


def test_help_imports_nothing_slow():
    assert imported_by("--help") == "[]"


def test_status_imports_nothing_slow():
    assert imported_by("status", "demo") == "[]"


def test_papermill_runs_one_config_the_same_way():
    from noisekd.config import read_config
    from noisekd.runs import read_record, train, weights_of

    with tempfile.TemporaryDirectory() as d, tempfile.TemporaryDirectory() as e:
        code, errors = papermill(d, NOISY + f"runs: {d}\n")
        assert code == 0, errors
        path = Path(e) / "c.yaml"
        path.write_text(NOISY + f"runs: {e}\n")
        ours = train(read_config(path))
        theirs = read_record(Path(d) / ours["run"] / "train.json")
    assert theirs["config"] == ours["config"]
    assert weights_of(theirs) == weights_of(ours)


def test_a_dry_run_writes_nothing():
    with tempfile.TemporaryDirectory() as folder:
        code, text = smoke(folder, "--dry-run")
        assert code == 0, text
        assert list(Path(folder).rglob("*.yaml")) == []
        assert records_of(folder) == {}


def test_a_page_goes_on_past_failures_and_makes_only_what_is_missing():
    from noisekd.report import missing_records
    from noisekd.runs import read_record, weights_of

    with tempfile.TemporaryDirectory() as folder:
        page = find_page("smoke", runs=f"{folder}/runs")
        victim = page.entries[5].run
        bad = page.store / victim / "seed-0.safetensors"
        bad.parent.mkdir(parents=True)
        bad.write_text("no checkpoint")
        code, text = smoke(folder)
        assert code != 0
        assert {p.parent.name for p in missing_records(page)} == {victim}
        assert f"failed: {victim}" in text
        assert "CheckpointError" in text

        bad.unlink()
        code, text = smoke(folder)
        assert code == 0, text
        assert "20 of 22 records" in text
        assert "| Baseline" in text

        code, text = smoke(folder)
        assert code == 0, text
        assert "nothing to train" in text

        before = records_of(folder)
        gone = page.store / page.entries[0].run / "train.json"
        weights = weights_of(read_record(gone))
        gone.unlink()
        code, text = smoke(folder)
        assert code == 0, text
        assert weights_of(read_record(gone)) == weights
        after = records_of(folder)
        assert [p for p in before if before[p] != after[p]] == [gone]


def test_refuses_unknown_names():
    words = "page = 'overveiw': unknown; did you mean 'overview'?"
    refuses(words, find_page, "demo", "overveiw")
    refuses("profile = 'tiny': unknown; known are ['demo'", find_page, "tiny")


def test_refuses_with_exit_code_2():
    code, text = call("run", "tiny")
    print(text)
    assert code == 2
    assert "refused: profile = 'tiny': unknown" in text


def test_refuses_the_status_of_an_unknown_profile():
    code, text = call("status", "tiny")
    print(text)
    assert code == 2
    assert "profiles are ['demo'" in text


def test_refuses_missing_images_before_anything_starts():
    with temporary_folder() as folder:
        code, text = call("run", "quick", "--runs", "runs", "--data-root", "/nowhere")
        assert list(folder.rglob("*")) == []
    print(text)
    assert code == 2
    assert "data_root = '/nowhere'" in text


def test_refuses_damaged_records_before_anything_starts():
    with temporary_folder():
        page = find_page("smoke", runs="runs")
        path = page.store / page.entries[0].run / "train.json"
        path.parent.mkdir(parents=True)
        path.write_text("{")
        code, text = call("run", "smoke", "--runs", "runs", "--figures", "figures")
    print(text)
    assert code == 2
    assert "train.json: truncated" in text


def test_refuses_a_wrong_config_file():
    with temporary_folder() as folder:
        (folder / "c.yaml").write_text("epoch: 3")
        code, text = call("train", folder / "c.yaml")
    print(text)
    assert code == 2
    assert "did you mean 'epochs'" in text


def test_refuses_a_wrong_field_through_papermill():
    with tempfile.TemporaryDirectory() as d:
        code, errors = papermill(d, NOISY + f"runs: {d}\nepoch: 3\n")
        made = list(Path(d).rglob("*.safetensors"))
    print(next(line for line in errors.splitlines() if "did you mean" in line))
    assert code != 0
    assert "did you mean 'epochs'" in errors
    assert made == []

"Exported from nbs/34_cli.ipynb by `python -m noisekd.export`; edit the notebook."

import pytest
import torch
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, NamedTuple

import typer
from typer import Argument, Option
from noisekd.plan import WHOLE, PlannedPage, basis_text, count_pages
from noisekd.plan import default_runs, every_page, known_names, measured_here, plan_report
from noisekd.plan import planned_pages, project_folder, status_report, this_machine
from noisekd.cli import *
import tempfile
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO

from typer.testing import CliRunner

from noisekd.basics import refuses
from noisekd.costs import find_page

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
def overview(profile="demo"):
    "The planned overview, alone."
    return list(planned_pages(profile, "overview").values())
def said_by(function, *args):
    "What a function prints."
    with redirect_stdout(StringIO()) as text, redirect_stderr(text):
        function(*args)
    return text.getvalue()
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
    "Run the first page at the profile smoke; returns exit code and output."
    command = [sys.executable, "-m", "noisekd.cli", "run", "overview"]
    command += ["--profile", "smoke", "--jobs", "2", "--runs", f"{folder}/runs"]
    command += ["--figures", f"{folder}/figures", *more]
    env = os.environ | {"OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
    told = dict(cwd=project_folder(), env=env, capture_output=True, text=True)
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


def test_a_store_may_be_named():
    assert store_of("r") == Path("r")
    assert store_of(None) == default_runs()


def test_refusals_are_short():
    from noisekd.runs import RecordError

    assert ends_with(RecordError("damaged")) is typer.Exit
    assert ends_with(ValueError("wrong")) is typer.Exit


def test_anything_else_keeps_its_traceback():
    assert ends_with(ZeroDivisionError()) is ZeroDivisionError


def test_a_plan_counts_every_page():
    with temporary_folder() as folder:
        code, text = call("plan", "--runs", "runs")
        assert list(folder.rglob("*")) == []
    assert code == 0
    counted = [stem for stem, page in planned_pages("demo").items() if page.tasks]
    assert all(stem in text for stem in counted)


def test_status_says_what_is_there():
    with temporary_folder() as folder:
        page = find_page("demo", runs="runs")
        (page.store / page.entries[0].run).mkdir(parents=True)
        (page.store / page.entries[0].run / "train.json").write_text("{}")
        code, text = call("status", "overview", "--runs", "runs")
    lines = text.splitlines()
    assert lines[3].startswith("trained  -")
    assert lines[4].startswith("-        -")


def test_without_a_gpu_only_cores_are_counted():
    assert Machine(jobs=2).arguments == ["--cores", "2"]
    assert Machine(jobs=2).environment["NOISEKD_GPUS"] == ""
    assert Machine(2, ("0", "3")).environment["NOISEKD_GPUS"] == "0,3"


def test_jobs_are_asked_after_in_one_of_two_ways():
    assert status_command()[1] in ("sacct", "squeue")


def test_every_visible_gpu_is_used():
    assert choose_gpus(None, visible_gpus()) == tuple(visible_gpus())


def test_a_number_of_jobs_is_taken():
    assert choose_machine(3, None, slurm=False).jobs == 3
    assert choose_machine(None, None, slurm=False).jobs == os.cpu_count()


def test_the_command_names_everything():
    asked = dict(page="overview", profile="demo", runs="r", dataset=None)
    command = snakemake_command(Machine(2, ("0",)), dry_run=True, **asked)
    for part in ("--dry-run", "gpu=1", "page=overview", "profile=demo", "runs=r"):
        assert part in command
    assert not any(word.startswith("dataset") for word in command)


def test_further_arguments_are_passed_on():
    command = snakemake_command(Machine(2), more=("--retries", "2"), page="overview")
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


def test_where_every_record_is_missing_every_run_was_attempted():
    found = attempted(overview(), Path("/nowhere"))
    assert len(found) == len(overview()[0].tasks)


def test_a_missing_record_is_explained():
    with temporary_folder() as folder:
        run = overview()[0].entries[0].training.run
        executed(folder / run / "train.ipynb", [ERROR])
        found = failures(overview(), folder)
    assert found == [(run, "NonFiniteLoss: the loss is nan")]


def test_the_plan_is_as_old_as_the_page():
    page = find_page("demo", runs="r")
    assert check_planned(page, overview()[0]) is None


def test_the_pages_are_those_of_the_plan():
    [page] = find_pages(overview(), runs="r")
    assert [e.run for e in page.entries] == [e.training.run for e in overview()[0].entries]
    assert page.store == Path("r")


def test_digits_are_always_there():
    assert check_data(find_pages(overview(), runs="r")) is None


def test_the_demo_can_begin_anywhere():
    assert check_before_run(find_pages(overview(), runs="/nowhere")) is None


def test_a_page_is_announced():
    planned = planned_pages("demo", "overview")
    tasks = len(overview()[0].tasks)
    text = said_by(announce, planned, "demo: digits", Path("/nowhere"), Machine(2))
    assert text.startswith(f"demo: digits\n0 of {tasks} records are in")


def test_right_files_are_left_alone():
    with temporary_folder():
        page = find_page("demo", runs="runs")
        paths = write_configs(page)
        before = [p.stat().st_mtime_ns for p in paths]
        write_configs(page)
        assert len(paths) == len(overview()[0].tasks)
        assert [p.stat().st_mtime_ns for p in paths] == before


def test_tables_on_another_data_set_are_other_tables():
    with temporary_folder() as folder:
        for name in ("overview.md", "overview-claims.md", "overview-svhn.md"):
            (folder / name).write_text("| a |\n")
        names = [path.name for path in tables_of(folder, "overview")]
    assert names == ["overview.md", "overview-claims.md"]


def test_the_report_is_printed_without_its_fingerprint():
    with temporary_folder() as folder:
        (folder / "overview.md").write_text("| a |\n\n<!-- records 0f -->\n")
        assert "records 0f" not in report_text(folder, "overview")


def test_a_run_begins_with_its_configs():
    with temporary_folder() as folder:
        assert prepare_run(find_pages(overview(), runs="runs"))
        assert len(list(folder.rglob("*.yaml"))) == len(overview()[0].tasks)


def test_where_nothing_was_tried_nothing_failed():
    assert said_by(show_failures, overview(), Path("/nowhere")) == ""


def test_several_pages_are_named():
    assert ending(Path("f"), ["a", "b"]).splitlines() == ["f/a.md", "f/b.md"]


def test_the_notebook_of_a_page_is_rendered():
    name, notebook, *_ = rendering(overview()[0], Path("runs"), Path("out"))
    assert name == "out/overview.md"
    assert Path(notebook).parts[-3:] == ("nbs", "paper", "overview.ipynb")


def test_no_page_is_quickly_rendered():
    assert render_all([]) == 0


def test_pages_without_records_are_not_rendered():
    planned = overview()
    pages = find_pages(planned, runs="/nowhere")
    assert stale_pages(planned, pages, Path("/nowhere")) == []


def test_a_run_can_be_looked_at_first():
    code, text = call("run", "--help")
    assert code == 0
    assert "--dry-run" in text


def test_without_records_nothing_can_be_rendered():
    assert not can_be_rendered(overview()[0], Path("/nowhere"), Path("/nowhere"))


def test_a_table_with_gaps_can_be_rendered_again():
    with temporary_folder() as folder:
        page = overview()[0]
        executed(folder / page.tasks[0].record, [])
        assert not can_be_rendered(page, folder, folder)
        (folder / "overview.md").write_text("| a |")
        assert can_be_rendered(page, folder, folder)


def test_a_page_without_records_is_not_rendered():
    with temporary_folder() as folder:
        (folder / "demo" / "records").mkdir(parents=True)
        assert rendered_pages(folder) == []


def test_every_committed_table_has_its_records():
    figures = project_folder() / "figures"
    found = {(p.profile, p.stem) for p, _ in rendered_pages(figures)}
    names = [(p.parent.name, p.stem) for p in figures.glob("*/*.md")]
    tables = {(p, stem) for p, stem in names if stem in known_names()["page"]}
    assert tables <= found


def test_without_records_nothing_is_rendered():
    with temporary_folder() as folder:
        code, text = call("render", "--figures", folder)
    assert code == 0
    assert text.startswith("no page has its records in")


def test_configs_are_written():
    with temporary_folder() as folder:
        code, text = call("configs", "overview", folder / "out")
        found = list(folder.rglob("*.yaml"))
    assert code == 0
    assert len(found) == len(text.splitlines()) == len(overview()[0].tasks)


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


def test_status_and_plan_import_nothing_slow():
    assert imported_by("status", "overview") == "[]"
    assert imported_by("plan", "paper", "--profile", "paper") == "[]"


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
        table = Path(folder, "figures", "smoke", "overview.md").read_text()
        assert "Not run: 1 of 11 entries" in table

        bad.unlink()
        code, text = smoke(folder)
        assert code == 0, text
        tasks = len(overview("smoke")[0].tasks)
        assert f"{tasks - 2} of {tasks} records" in text
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


def test_every_page_is_executed_without_a_record():
    with tempfile.TemporaryDirectory() as folder:
        pages = [(page, Path(folder, "runs")) for page in every_page("smoke")]
        code = render_all([(*place, Path(folder, "figures", "smoke")) for place in pages])
    assert len(pages) == 8
    assert code == 0


def test_refuses_machines_that_are_not_there():
    refuses("gpus = '0,7': should be some of ['0', '1']", choose_gpus, "0,7", ["0", "1"])
    refuses("gpus = '0,0': should be some of ['0']", choose_gpus, "0,0", ["0"])
    refuses("jobs = 0: should be >= 1", choose_machine, 0, None, False)
    refuses("should be left out; SLURM chooses", choose_machine, None, "0", True)


def test_refuses_with_exit_code_2():
    code, text = call("run", "overview", "--profile", "tiny")
    print(text)
    assert code == 2
    assert "refused: profile = 'tiny': unknown" in text


def test_refuses_unknown_pages_and_data_sets():
    for words in (["run", "overveiw"], ["plan", "overview", "--dataset", "shvn"]):
        code, text = call(*words)
        print(text.strip())
        assert code == 2
        assert "did you mean" in text


def test_refuses_the_former_way_to_ask():
    code, text = call("run", "demo")
    print(text)
    assert code == 2
    assert "that is a profile: noisekd run overview --profile demo" in text


def test_refuses_a_data_set_on_which_a_page_is_not_made():
    code, text = call("status", "overview", "--dataset", "svhn")
    print(text)
    assert code == 2
    assert "should be one of ['digits']" in text


def test_refuses_missing_images_before_anything_starts():
    with temporary_folder() as folder:
        told = ("--profile", "quick", "--runs", "runs", "--data-root", "/nowhere")
        for more in ((), ("--dataset", "svhn")):
            code, text = call("run", "overview", *told, *more)
            print(text.strip())
            assert code == 2
            assert "data_root = '/nowhere'" in text
        assert list(folder.rglob("*")) == []


def test_refuses_damaged_records_before_anything_starts():
    with temporary_folder():
        page = find_page("smoke", runs="runs")
        path = page.store / page.entries[0].run / "train.json"
        path.parent.mkdir(parents=True)
        path.write_text("{")
        code, text = call("run", "overview", "--profile", "smoke", "--runs", "runs")
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

"Exported from nbs/33_cli.ipynb by `noisekd export`; edit the notebook."

import pytest, torch
import hashlib, importlib.util, json, os, re, subprocess, sys, textwrap
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import torch
import typer
import yaml
import noisekd
from noisekd.data import find_ood, load, pick_device
from noisekd.evaluation import PARTS, evaluate, find_suite
from noisekd.report import check_records, is_rendered, missing_records, record_paths
from noisekd.runs import EvaluationConfig, Place, RecordError, checkpoint_path, decisive, evaluate_run, evaluation_record_path, identity, load_checkpoint, project_root, read_config, read_record, train, train_record_path
from noisekd.studies import PROFILES, STUDIES, Study, evaluation_of, find_study
from noisekd.training import CheckpointError, NonFiniteLoss
from noisekd.data import available
from noisekd.cli import *
from noisekd.cli import _study
import shutil, tempfile
import pytest
from noisekd.attacks import PGD
from typer.testing import CliRunner
SMALL = dict(dataset="digits", device="cpu", arch="wrn-10-1", method="ga", sigma=.1, train_size=200, epochs=2, milestones=[], seeds=[0], threads=1)
def shell(command, text, folder):
    "Run a command of noisekd on a config file with this text."
    (path := Path(folder) / "c.yaml").write_text(text)
    return CliRunner().invoke(app, [command, str(path)])
def papermill(fields, folder):
    "Execute train.ipynb with these fields, as a user would."
    (Path(folder) / "c.yaml").write_text(yaml.safe_dump(fields))
    notebook = str(project_root() / "nbs/experiments/train.ipynb")
    return subprocess.run([sys.executable, "-m", "papermill", notebook, f"{folder}/out.ipynb", "-f", f"{folder}/c.yaml", "--no-progress-bar"], capture_output=True, text=True)
def smoke(runs):
    "Run the profile smoke; returns exit code and output."
    command = [sys.executable, "-m", "noisekd.cli", "run", "smoke", "--runs", str(runs), "--figures", f"{runs}/figures", "--cores", "2"]
    done = subprocess.run(command, cwd=project_root(), capture_output=True, text=True, env=os.environ | {"OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""})
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(autouse=True)
def seeded(): torch.manual_seed(0)


def test_the_command_explains_itself():
    out = CliRunner().invoke(app, ["--help"])
    assert out.exit_code == 0 and "Noise as a resource" in out.output


def test_config_files_read_back_as_the_same_run():
    with tempfile.TemporaryDirectory() as d:
        for e in find_study("quick", runs=d).entries:
            (path := Path(d) / "c.yaml").write_text(config_text(e.config))
            assert read_config(path) == e.config and identity(read_config(path)) == identity(e.config)


def test_right_files_are_left_alone():
    with tempfile.TemporaryDirectory() as d:
        paths = write_configs(find_study("demo", runs=d), Path(d))
        before = {p: p.stat().st_mtime_ns for p in paths}
        paths[0].write_text("altered")
        write_configs(find_study("demo", runs=d), Path(d))
        assert len(paths) == 22 and [p for p in paths if p.stat().st_mtime_ns != before[p]] == paths[:1]
        assert read_config(paths[1], EvaluationConfig).run == paths[1].parent.name


def test_the_command_names_everything():
    c = " ".join(snakemake_command("noises", "demo", "r", 2, gpus=1, dry_run=True, more=("--retries", "2")))
    for part in ("--cores 2", "--retries 2", "gpu=1", "--dry-run", "profile=demo", "runs=r", "--keep-going"): assert part in c


def test_what_matters_is_shown():
    assert shown("Job 7: train     digits-wrn\n") == "          train     digits-wrn"
    assert shown("3 of 24 steps (12%) done\n") == "[  3/24]" and shown("Select jobs to execute...\n") is None
    assert shown("Error in rule teacher:\n") == "Error in rule teacher:"


def test_a_command_is_followed_to_its_end():
    assert follow([sys.executable, "-c", "print('1 of 2 steps'); raise SystemExit(3)"], Path(".")) == 3


def test_an_error_is_found_in_an_executed_notebook():
    error = {"output_type": "error", "ename": "NonFiniteLoss", "evalue": "the loss is nan at epoch 3, step 1", "traceback": []}
    with tempfile.TemporaryDirectory() as d:
        (path := Path(d) / "n.ipynb").write_text(json.dumps({"cells": [{"cell_type": "code", "outputs": [error]}]}))
        assert last_error(path) == "NonFiniteLoss: the loss is nan at epoch 3, step 1"
        path.write_text("{")
        assert last_error(path) is None and last_error(Path(d) / "none.ipynb") is None


def test_the_store_is_an_absolute_path():
    assert store_of(find_study("demo", runs="/r")) == "/r" and Path(store_of(find_study("demo", runs="r"))).is_absolute()


def test_a_missing_record_is_explained():
    with tempfile.TemporaryDirectory() as d:
        path = record_paths(study := find_study("demo", runs=d))[0]
        path.parent.mkdir(parents=True)
        path.with_suffix(".ipynb").write_text('{"cells": [{"outputs": [{"output_type": "error", "ename": "E", "evalue": "why"}]}]}')
        assert failures(study) == [(path.parent.name, "E: why")]


def test_only_refusals_are_short():
    with pytest.raises(typer.Exit), refusals(): raise RecordError("damaged")
    with pytest.raises(ZeroDivisionError), refusals(): 1 / 0


def test_the_outcome_says_when_there_was_nothing_to_do():
    with tempfile.TemporaryDirectory() as d:
        for name in ("noises.md", "noises-directions.md"): (Path(d) / name).write_text(name)
        assert outcome(Path(d), "noises", True).startswith("nothing to do") and "nothing" not in outcome(Path(d), "noises", False)


def test_what_would_fail_later_fails_now():
    with tempfile.TemporaryDirectory() as d:
        with pytest.raises(ValueError, match="data_root = '/nowhere'"): look_ahead(find_study("quick", runs=d, data_root="/nowhere"), Path(d))
        (stale := Path(d) / "noises.md").write_text("of other records")
        look_ahead(find_study("demo", runs=d), Path(d))
        assert not stale.exists()


def test_an_unknown_profile_is_refused():
    out = CliRunner().invoke(app, ["run", "tiny"])
    assert out.exit_code == 2 and "refused: profile = 'tiny': unknown; known are ['demo', 'paper', 'quick', 'smoke']" in out.output


def test_the_committed_studies_are_found():
    found = [(s.profile.name, s.name) for s in rendered_studies(project_root() / "figures")]
    assert ("quick", "noises") in found and ("quick", "protocol") in found


def test_status_lists_every_run():
    out = CliRunner().invoke(app, ["status", "demo", "--runs", "/nowhere"])
    assert out.exit_code == 0 and len(out.output.splitlines()) == 11 and "trained" not in out.output


def test_configs_are_written_from_the_shell():
    with tempfile.TemporaryDirectory() as d:
        assert len(CliRunner().invoke(app, ["configs", "demo", d]).output.splitlines()) == 22


def test_a_wrong_config_is_refused_in_the_shell():
    with tempfile.TemporaryDirectory() as d: out = shell("train", "sigm: 1", d)
    assert out.exit_code == 2 and "refused: sigm = 1: unknown field; did you mean 'sigma'?" in out.output


def test_rows_end_with_their_sources():
    text = rows_text([dict(metric="test_acc", condition="clean", value=50., n=4, source="digits/test"), dict(metric="nll", condition="clean", value=1., n=4, source="digits/test")])
    assert text.count("source: digits/test") == 1 and "50.000  n = 4" in text and "seed" not in text


def test_a_checkpoint_answers_as_its_run_does():
    with tempfile.TemporaryDirectory() as d:
        record = train(read_config(SMALL | {"runs": d}))
        rows = evaluate_checkpoint(checkpoint_path(record["run"], 0, d), "test", device="cpu")
        with pytest.raises(ValueError, match="suite = 'tset': 'tset' is unknown"): evaluate_checkpoint(checkpoint_path(record["run"], 0, d), "tset")
    assert rows[0]["value"] == pytest.approx(record["seeds"][0]["test_acc"]) and {r["metric"] for r in rows} == {"test_acc", "nll", "ece", "brier", "entropy"}


def test_one_config_from_the_shell():
    with tempfile.TemporaryDirectory() as d:
        c = read_config(SMALL | {"runs": d})
        assert f"{identity(c)}\nseed 0: test accuracy" in shell("train", config_text(c), d).output
        question = EvaluationConfig(run=identity(c), runs=d, steps=1, restarts=1, attack_images=20)
        assert f"source: {PGD(steps=1, restarts=1)}" in shell("evaluate", config_text(question), d).output


def test_one_checkpoint_from_the_shell():
    with tempfile.TemporaryDirectory() as d:
        path = str(checkpoint_path(train(read_config(SMALL | {"runs": d}))["run"], 0, d))
        out = CliRunner().invoke(app, ["evaluate", path, "--suite", "pgd", "--images", "30", "--device", "cpu", "--out", f"{d}/rows.csv"])
        table = pd.read_csv(f"{d}/rows.csv")
        bad = CliRunner().invoke(app, ["evaluate", path, "--suite", "fog"])
    assert out.exit_code == 0 and f"source: {PGD()}" in out.output and set(table.n) == {30} and {"strict", "run minimum", "clean"} == set(table.condition)
    assert bad.exit_code == 2 and "refused: suite = 'fog'" in bad.output


def test_papermill_runs_one_config_the_same_way():
    with tempfile.TemporaryDirectory() as d, tempfile.TemporaryDirectory() as e:
        assert papermill(SMALL | {"runs": d}, d).returncode == 0
        ours = train(read_config(SMALL | {"runs": e}))
        theirs = json.loads(train_record_path(ours["run"], d).read_text())
    assert theirs["config"] == ours["config"] and theirs["data"] == ours["data"]
    assert [s["weights"] for s in theirs["seeds"]] == [s["weights"] for s in ours["seeds"]]


def test_papermill_refuses_a_wrong_field_before_training():
    with tempfile.TemporaryDirectory() as d:
        refused = papermill(SMALL | {"runs": d, "sigm": .1}, d)
        assert refused.returncode != 0 and "sigm = 0.1: unknown field; did you mean 'sigma'?" in refused.stderr
        assert not list(Path(d).rglob("*.safetensors"))


def test_a_study_goes_on_past_failures_and_makes_only_what_is_missing():
    with tempfile.TemporaryDirectory() as d:
        study = find_study("smoke", runs=d)
        teacher, victim = study.entries[0], study.entries[5]
        bad = Path(d) / identity(victim.config) / "seed-0.safetensors"
        bad.parent.mkdir(); bad.write_text("no checkpoint")
        code, text = smoke(d)
        assert code != 0 and [p.parent.name for p in missing_records(study)] == [bad.parent.name] * 2
        assert f"failed: {bad.parent.name}" in text and "CheckpointError" in text and "truncated or no checkpoint" in text
        bad.unlink()
        code, text = smoke(d)
        assert code == 0 and not missing_records(study) and "20 of 22 records" in text and "| Baseline" in text
        code, text = smoke(d)
        assert code == 0 and "nothing to do" in text and "Nothing to be done" in text
        before = {p: p.stat().st_mtime_ns for p in record_paths(study)}
        record = read_record(gone := train_record_path(identity(teacher.config), d))
        gone.unlink()
        code, text = smoke(d)
        assert code == 0 and read_record(gone)["seeds"] == record["seeds"]
        assert [p for p in before if p.stat().st_mtime_ns != before[p]] == [gone]
        gone.write_text(gone.read_text()[:-50])
        code, text = smoke(d)
        assert code == 2 and "truncated" in text and str(gone) in text


def test_a_cell_becomes_a_function():
    scope = {}
    exec(as_function("one", "x = 1\nassert x == 1", []), scope)
    scope["test_one"]()
    assert 'available("cifar10")' in as_function("real", "pass", ["needs_cifar10"])


def test_a_test_cell_becomes_a_test():
    import nbformat
    cells = ["#| default_exp toy", "#| export\nimport math", "#| testsetup\nTWO = 2", "#| test sums\nassert 1 + 1 == TWO", "assert False, 'an ordinary cell'"]
    with tempfile.TemporaryDirectory() as d:
        path = Path(d) / "09_toy.ipynb"
        nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells]), path)
        module, source = tests_of(path)
    scope = {}
    exec(source.replace("from noisekd.toy import *", ""), scope)
    scope["test_sums"]()
    assert module == "toy" and "import math" in source and "ordinary" not in source


def test_links_of_the_readme_lead_somewhere():
    text, root = readme_source(project_root() / "nbs" / "index.ipynb"), project_root()
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", text) if not link.startswith("http")]
    assert len(links) > 5 and all((root / link).exists() for link in links)


def test_generated_files_are_modules_tests_readme_and_notebooks():
    made = generated_files(project_root())
    assert {Path("noisekd/data.py"), Path("tests/test_data.py"), Path("README.md"), Path("nbs/00_data.ipynb")} <= made.keys()


def test_the_front_door_opens_at_once():
    code = "import noisekd, sys; assert 'torch' not in sys.modules; from noisekd.evaluation import evaluate; assert noisekd.evaluate is evaluate; print(noisekd.__version__)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == noisekd.__version__
    with pytest.raises(AttributeError, match="evalaute"): noisekd.evalaute


def test_an_edited_module_is_noticed():
    with tempfile.TemporaryDirectory() as d:
        root = Path(d)
        for name in ("nbs", "noisekd", "tests"): shutil.copytree(project_root() / name, root / name)
        for name in ("settings.ini", "pyproject.toml", "README.md"): shutil.copy(project_root() / name, root)
        check = lambda: subprocess.run([sys.executable, "-m", "noisekd.cli", "export", "--check"], cwd=root, capture_output=True, text=True, env=os.environ | {"PYTHONPATH": d})
        assert check().returncode == 0
        with open(root / "noisekd/noise.py", "a") as f: f.write("x = 1\n")
        (root / "tests/test_stray.py").write_text("")
        out = check()
        assert out.returncode == 1 and "noisekd/noise.py" in out.stdout and "tests/test_stray.py" in out.stdout

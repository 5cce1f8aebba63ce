"Exported from nbs/33_job.ipynb by `python -m noisekd.export`; edit the notebook."

import pytest
import torch
import argparse
import json
import getpass
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from symtable import symtable
from typing import Any

import yaml
from filelock import FileLock, Timeout
from noisekd.job import *
import subprocess

import nbformat
from nbformat.v4 import new_code_cell, new_notebook
def new_locks(*gpus):
    "Locks as another process would have them."
    return {gpu: FileLock(lock_folder() / f"{gpu}.lock") for gpu in gpus}
SEEN = """
import os
import time
from noisekd.job import on_a_gpu
with on_a_gpu() as gpu:
    time.sleep(1)
    print(gpu, os.environ.get("CUDA_VISIBLE_DEVICES"))
"""

def processes_that_see(gpus, n):
    "What n processes at the same time see of the GPUs."
    env = os.environ | {"NOISEKD_GPUS": gpus}
    told = dict(env=env, stdout=subprocess.PIPE, text=True)
    command = [sys.executable, "-c", SEEN]
    started = [subprocess.Popen(command, **told) for _ in range(n)]
    return sorted(p.communicate()[0].strip() for p in started)
def left(*sources):
    "The sources of code cells without checks."
    cells = [{"cell_type": "code", "source": s} for s in sources]
    return [cell["source"] for cell in without_checks(cells)]
def toy_notebook(folder):
    "A notebook with a parameter, which shows it and the GPU that it sees."
    parameters = new_code_cell("n = 1  # how often", metadata={"tags": ["parameters"]})
    seen = new_code_cell("import os\nprint(n, os.environ.get('CUDA_VISIBLE_DEVICES'))")
    wrong = new_code_cell("assert int(n) < 10, 'n is too large'")
    notebook = new_notebook(cells=[parameters, seen, wrong])
    kernel = {"display_name": "python3", "language": "python", "name": "python3"}
    notebook.metadata.kernelspec = kernel
    path = Path(folder) / "toy.ipynb"
    nbformat.write(notebook, path)
    return path
def shown_in(path):
    "What an executed notebook printed."
    outputs = [o for c in nbformat.read(path, 4).cells for o in c.get("outputs", [])]
    return "".join(o.text for o in outputs if o.output_type == "stream")
def job(folder, n, gpus="fake-6"):
    "Run a job as Snakemake does: exit code, what it says, what its notebook shows."
    out = Path(folder) / "out.ipynb"
    command = [sys.executable, "-m", "noisekd.job", str(toy_notebook(folder)), str(out)]
    env = os.environ | {"NOISEKD_GPUS": gpus}
    told = dict(env=env, capture_output=True, text=True)
    done = subprocess.run([*command, "-p", "n", str(n)], **told)
    return done.returncode, done.stdout + done.stderr, shown_in(out)


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


def test_locks_of_one_user_lie_in_one_folder():
    assert lock_folder() == lock_folder()
    assert lock_folder().is_dir()


def test_what_is_held_is_not_taken_again():
    mine, theirs, others = (new_locks("fake-a", "fake-b") for _ in range(3))
    assert take_one(mine) == "fake-a"
    assert take_one(theirs) == "fake-b"
    assert take_one(others) is None
    mine["fake-a"].release()
    assert take_one(others) == "fake-a"
    theirs["fake-b"].release()
    others["fake-a"].release()


def test_each_job_has_a_gpu_of_its_own():
    with free_gpu(["fake-1", "fake-2"]) as first:
        with free_gpu(["fake-1", "fake-2"]) as second:
            assert {first, second} == {"fake-1", "fake-2"}


def test_a_gpu_is_free_again_after_an_error():
    try:
        with free_gpu(["fake-3"]):
            raise KeyError
    except KeyError:
        pass
    with free_gpu(["fake-3"], patience=0) as gpu:
        assert gpu == "fake-3"


def test_two_processes_share_no_gpu():
    assert processes_that_see("fake-4,fake-5", 2) == ["fake-4 fake-4", "fake-5 fake-5"]


def test_without_a_list_nothing_is_chosen():
    before = os.environ.get("CUDA_VISIBLE_DEVICES")
    assert processes_that_see("", 1) == [f"{before} {before}"]


def test_what_is_given_by_hand_wins():
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "c.yaml"
        path.write_text("epochs: 3\nmethod: at")
        found = read_parameters(path, [("method", "sp")])
    assert found == {"epochs": 3, "method": "sp"}


def test_a_cell_reads_and_binds_names():
    read, bound = names_of("def half(x):\n    return x / two\n\ny = half(z)")
    assert read == {"two", "z"}
    assert bound == {"half", "y"}
    assert names_of("%matplotlib inline") == (set(), set())


def test_checks_are_left_out_and_nothing_else():
    assert left("a = 1", "#| testsetup\nb = 2", "a", "#| shown\nb") == ["a = 1", "a"]


def test_what_is_bound_again_may_be_read():
    assert left("#| test t\nrows = 1", "rows = 2", "rows") == ["rows = 2", "rows"]


def test_what_a_check_rebinds_keeps_its_value():
    assert left("page = 1", "#| test t\npage = 2", "page") == ["page = 1", "page"]


def test_a_page_is_shorter_without_its_checks():
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "n.ipynb"
        source = {"cells": [{"cell_type": "code", "source": ["#| test t\n", "x"]}]}
        path.write_text(json.dumps(source | {"nbformat": 4}))
        write_page(path, path)
        assert json.loads(path.read_text()) == {"cells": [], "nbformat": 4}


def test_a_notebook_is_executed_with_its_parameters():
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.ipynb"
        execute(toy_notebook(folder), out, {"n": 7})
        assert shown_in(out).startswith("7 ")


def test_parameters_may_be_given_by_hand():
    words = ["a.ipynb", "b.ipynb", "-p", "n", "1", "-p", "m", "2"]
    assert command_line().parse_args(words).pairs == [["n", "1"], ["m", "2"]]
    assert command_line().parse_args(words[:2]).file is None


def test_a_page_is_executed_without_its_checks():
    with tempfile.TemporaryDirectory() as folder:
        path = toy_notebook(folder)
        page = nbformat.read(path, 4)
        page.cells.append(new_code_cell("#| test fails\nassert False"))
        nbformat.write(page, path)
        render(path, Path(folder) / "out.ipynb", {"n": 5})
        assert shown_in(Path(folder) / "out.ipynb").startswith("5 ")


def test_a_job_sees_its_gpu():
    with tempfile.TemporaryDirectory() as folder:
        code, text, shown = job(folder, 7)
    assert code == 0, text
    assert "toy.ipynb on GPU fake-6" in text
    assert shown == "7 fake-6\n"


def test_a_failing_cell_fails_the_job():
    with tempfile.TemporaryDirectory() as folder:
        code, text, shown = job(folder, 10)
    assert code != 0
    assert "n is too large" in text


def test_refuses_to_wait_for_ever():
    with free_gpu(["fake-7"]):
        try:
            with free_gpu(["fake-7"], patience=0.1):
                message = ""
        except TimeoutError as error:
            message = str(error)
    print(message)
    assert message == "gpus = ['fake-7']: none was free in 0.1 s"


def test_refuses_a_cell_that_needs_a_check():
    told = "cell = 'b + 1': reads ['b'], which only checks define"
    try:
        message = left("#| testsetup\nb = 2", "b + 1")
    except ValueError as error:
        message = str(error)
    print(message)
    assert message == told

"Exported from nbs/33_warm.ipynb by `python -m noisekd.export`; edit the notebook."

import pytest
import torch
import json
import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any, NamedTuple

from jupyter_client.provisioning import KernelProvisionerFactory, LocalProvisioner

from noisekd.job import render
from noisekd.warm import *
import subprocess
import tempfile

import nbformat
from nbformat.v4 import new_code_cell, new_notebook
def child_of_this_process(code):
    "A child that runs some lines."
    return Forked(subprocess.Popen([sys.executable, "-c", code]).pid)
def python(code):
    "What some lines print, and their errors, in a process of its own."
    command = [sys.executable, "-c", "from noisekd.warm import *\n" + code]
    done = subprocess.run(command, capture_output=True, text=True)
    return done.stdout, done.stderr
CHOSEN = """
from jupyter_client.provisioning import KernelProvisionerFactory
use_waiting_kernel()
print(KernelProvisionerFactory.instance().default_provisioner_name)
WAITING.pop().begin("")
"""
def toy_page(folder, name="toy"):
    "A page that says its parameter, the kernel's parent, and draws."
    cells = [
        new_code_cell("n = 1", metadata={"tags": ["parameters"]}),
        new_code_cell("import sys\nprint(n, 'noisekd.report' in sys.modules)"),
        new_code_cell("import matplotlib.pyplot as plt\nplt.plot([1]);"),
        new_code_cell("assert int(n) < 10, 'n is too large'"),
    ]
    kernel = {"display_name": "python3", "language": "python", "name": "python3"}
    page = new_notebook(cells=cells, metadata={"kernelspec": kernel})
    path = Path(folder) / f"{name}.ipynb"
    nbformat.write(page, path)
    return path
def rendered(folder, *values):
    "What the command says of toy pages with these parameters; their outputs."
    jobs = []
    for value in values:
        notebook, out = toy_page(folder), f"{folder}/out-{value}.ipynb"
        jobs.append([f"page {value}", str(notebook), out, {"n": value}])
    path = Path(folder) / "pages.json"
    path.write_text(json.dumps(jobs))
    command = [sys.executable, "-m", "noisekd.warm", str(path), "2"]
    done = subprocess.run(command, capture_output=True, text=True)
    return done.returncode, done.stdout, [nbformat.read(job[2], 4) for job in jobs]


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


def test_a_child_ends_once_and_is_ended_once():
    child = child_of_this_process("import time; time.sleep(60)")
    assert child.poll() is None
    child.kill()
    assert child.wait() == child.poll() == -signal.SIGKILL
    child.kill()


def test_an_error_in_a_fork_is_its_exit_code():
    printed, errors = python("print(fork(lambda: 1 / 0).wait())")
    assert printed == "1\n"
    assert "ZeroDivisionError" in errors


def test_a_fork_can_be_ended():
    lines = "import time\nchild = fork(lambda: time.sleep(60))\nchild.kill()\nprint(child.wait())"
    assert python(lines) == ("-9\n", "")


def test_without_a_name_there_is_no_kernel():
    reading, writing = os.pipe()
    os.close(writing)
    assert become_kernel(reading) is None


def test_what_waits_is_told_its_file():
    reading, writing = os.pipe()
    WaitingKernel(Forked(0), writing).begin("kernel.json")
    with os.fdopen(reading) as pipe:
        assert pipe.read() == "kernel.json"


def test_a_kernel_that_is_told_nothing_ends():
    lines = "kernel = waiting_kernel()\nkernel.begin('')\nprint(kernel.process.wait())"
    assert python(lines) == ("0\n", "")


def test_nothing_runs_before_the_launch():
    assert not WarmProvisioner().has_process


def test_the_kernel_that_waits_is_the_one_to_use():
    assert python(CHOSEN)[0] == "noisekd-warm\n"


def test_the_last_line_of_a_log_says_why():
    with tempfile.NamedTemporaryFile("w", suffix=".log") as file:
        file.write("Traceback\nValueError: no\n\n")
        file.flush()
        assert last_line(file.name) == "ValueError: no"


def test_without_pages_nothing_is_rendered():
    assert list(render_pages([], "/nowhere", 2)) == []


def test_pages_are_rendered_by_warm_kernels():
    with tempfile.TemporaryDirectory() as folder:
        code, text, pages = rendered(folder, 1, 2, 3)
    assert code == 0, text
    assert len(text.splitlines()) == 3
    for n, page in enumerate(pages, start=1):
        said, drawn = page.cells[-3].outputs, page.cells[-2].outputs
        assert said[0].text == f"{n} True\n"
        assert any("image/png" in o.get("data", {}) for o in drawn)


def test_a_page_that_fails_stops_no_other():
    with tempfile.TemporaryDirectory() as folder:
        code, text, pages = rendered(folder, 10, 2)
    told = {line["name"]: line["error"] for line in map(json.loads, text.splitlines())}
    assert code == 1
    assert "n is too large" in told["page 10"]
    assert told["page 2"] == ""

"Exported from nbs/99_export.ipynb by `python -m noisekd.export`; edit the notebook."

import pytest
import torch
import argparse
import ast
import configparser
import importlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from copy import deepcopy
from functools import partial
from itertools import dropwhile, takewhile
from math import floor, log10
from pathlib import Path
from typing import NamedTuple

import nbformat
from nbformat import NotebookNode
from noisekd.export import *
import io
from contextlib import redirect_stdout

from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

import noisekd
from noisekd.basics import refuses
def shell(*command, folder, **env):
    "Run a command in a folder, without the settings of a `make` around it."
    outer = {k: v for k, v in os.environ.items() if not k.startswith("MAKE")}
    env = {**outer, "MFLAGS": "", **env}
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True)
def page(*sources, title="# Toy"):
    "A notebook of code cells."
    cells = [new_code_cell(text, id=f"cell-{i}") for i, text in enumerate(sources)]
    return new_notebook(cells=[new_markdown_cell(title, id="title"), *cells])
def write_page(notebook, path):
    "Write a notebook; returns its path."
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)
    return path
def cells_of(*sources):
    "Code cells, taken apart."
    return [take_apart(new_code_cell(source)) for source in sources]
TOY = (
    "#| default_exp toy",
    "#| export\ndef two():\n    return 2",
    "#| test two\nassert two() == 2",
)
OVERVIEW = (
    "#| default_exp paper.overview",
    "#| export\nx = 1",
    "#| test x\nassert x == 1",
)
def toy_project(folder):
    "A project of three pages; returns its root."
    root = Path(folder)
    shutil.copy(find_root() / "settings.ini", root)
    write_page(page(), root / "nbs/index.ipynb")
    write_page(page(*TOY), root / "nbs/00_toy.ipynb")
    write_page(page(*OVERVIEW), root / "nbs/paper/overview.ipynb")
    return root
def write_all(root, files):
    "Write files by their paths."
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
FOLDED = {"jupyter": {"source_hidden": True}, "tags": ["hide-input"]}

def folded(source, **metadata):
    "The metadata of one cell after folding."
    notebook = new_notebook(cells=[new_code_cell(source, metadata=metadata)])
    return dict(fold(notebook).cells[0].metadata)
def opened_in_lab(text):
    "The same file after JupyterLab saved it, with all its folds opened."
    notebook = nbformat.reads(text, 4)
    notebook.metadata.language_info = {"name": "python", "version": "3.12.1"}
    notebook.metadata.kernelspec = {**KERNEL, "display_name": "Python 3 (ipykernel)"}
    notebook.metadata.widgets = {"state": {}}
    for count, cell in enumerate(notebook.cells):
        cell.metadata.pop("jupyter", None)
        cell.metadata["scrolled"] = True
        if cell.cell_type == "code":
            cell.execution_count = count
    return nbformat.writes(notebook, indent=1, ensure_ascii=False)
MIXED = page(
    "#| export\nx = 1",
    "#| test x\nassert x == 1",
    "#| testsetup\ny = 2",
    "#| needs_cifar10\nz = 3",
    "#| eval: false\nx / 0",
    "#| shown\nx + y",
    "x + y + 1",
)
def with_output(notebook, text):
    "The notebook, with this as the stored value of its last cell."
    stored = deepcopy(notebook)
    stored.cells[-1].outputs = [new_output("execute_result", {"text/plain": text})]
    return stored
def stale_in(notebook, missing=("needs_cifar10",)):
    "The stale outputs of a notebook."
    with tempfile.TemporaryDirectory() as folder:
        return stale_outputs(write_page(notebook, Path(folder) / "toy.ipynb"), missing)
THIRD = page(
    "x = 1",
    "#| test x\nassert False",
    "#| needs_cifar10\nx / 0",
    "#| shown\nx / 3",
)
def our_command(root, *words):
    "Run the command of this installation in another project."
    package = str(Path(noisekd.__file__).parents[1])
    command = sys.executable, "-m", "noisekd.export", *words
    return shell(*command, folder=root / "nbs", PYTHONPATH=package)
SETUP = "Makefile", "settings.ini", "setup.py", "pyproject.toml"
def installed_copy(folder):
    "A copy of what `make install` reads, with the stamp of a finished installation."
    for name in SETUP:
        shutil.copy(find_root() / name, folder)
    plan = shell("make", "-n", "install", folder=folder).stdout
    stamp = Path(folder) / re.search(r"touch (\S+)", plan)[1]
    stamp.parent.mkdir()
    stamp.touch()
    return Path(folder)
def would_install(root):
    "Whether `make demo` would install first."
    return "pip install" in shell("make", "-n", "demo", folder=root).stdout


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


def test_the_root_holds_the_notebooks():
    assert (find_root() / "nbs/99_export.ipynb").exists()


def test_every_flag_names_what_it_needs():
    assert all(flag.startswith("needs_") for flag in data_flags(find_root()))


def test_present_flags_are_flags():
    assert set(present_flags(find_root())) <= set(data_flags(find_root()))


def test_checkpoints_are_no_notebooks():
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        write_page(page(), root / "nbs/.ipynb_checkpoints/00_toy-checkpoint.ipynb")
        ours = write_page(page(), root / "nbs/paper/00_toy.ipynb")
        assert notebooks(root) == [ours]


def test_only_the_first_lines_are_directives():
    cell = take_apart(new_code_cell("x = '''\n#| test no\n'''"))
    assert cell.marks == {}
    assert "#| test no" in cell.code


def test_this_page_names_its_module():
    cells = code_cells(find_root() / "nbs/99_export.ipynb")
    assert cells[0].marks == {"default_exp": "export"}


def test_a_cell_becomes_a_function():
    scope = {}
    exec(as_function("sums", "calls.append(1 + 1)"), scope, scope)
    scope["calls"] = []
    scope["test_sums"]()
    assert scope["calls"] == [2]


def test_a_test_with_a_name_of_its_own_is_fine():
    [cell] = cells_of("#| test sums\n#| needs_cifar10\npass")
    assert check_test(cell, earlier=["differences"], flags=["needs_cifar10"]) is None


def test_tests_keep_their_order():
    cells = cells_of("#| test b\npass", "x = 1", "#| test a\npass")
    assert list(tests_in(cells, [])) == ["b", "a"]


def test_imports_may_go_over_several_lines():
    assert is_imports_only("import os\nfrom a import (\n    b,\n)")
    assert not is_imports_only("import os\nx = 1")
    assert not is_imports_only("%matplotlib inline")
    assert not is_imports_only("")


def test_only_private_names_in_use_are_imported():
    cells = cells_of("#| export\ndef _one(): pass", "#| export\ndef _ones(): pass")
    assert private_imports("m", cells, "_ones()") == ["from m import _ones"]


def test_a_page_may_have_no_module():
    assert module_of(cells_of("#| default_exp paper.overview")) == "paper.overview"
    assert module_of(cells_of("1 + 1")) is None


def test_available_is_imported_where_it_is_needed():
    test = as_function("real", "pass", ["needs_cifar10"])
    assert f"from {SOURCES} import available" in file_head([], test)
    assert "available" not in file_head([], "pass")


def test_nested_modules_have_flat_tests():
    name = file_name(Path("paper/x.ipynb"), "paper.overview")
    assert name == "tests/test_paper_overview.py"


def test_a_test_file_runs():
    sources = "#| testsetup\nTWO = 2", "#| test sums\nassert 1 + 1 == TWO", "assert False"
    toy = cells_of(*sources)
    scope = {}
    exec(source_of_tests(toy, "nbs/09_toy.ipynb", []), scope)
    scope["test_sums"]()
    assert scope["TWO"] == 2


def test_this_page_has_a_test_file():
    source = all_tests(find_root())["tests/test_export.py"]
    assert "def test_this_page_has_a_test_file" in source


def test_links_are_seen_from_the_root():
    assert relink("[a](00_data.ipynb)") == "[a](nbs/00_data.ipynb)"
    assert relink("[a](../LICENSE)") == "[a](LICENSE)"
    assert relink("[a](https://a.b) [c](#d)") == "[a](https://a.b) [c](#d)"


def test_links_of_the_readme_lead_somewhere():
    root = find_root()
    text = readme_source(root / "nbs/index.ipynb")
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in link]
    assert len(links) > 5
    assert [link for link in links if not (root / link).exists()] == []


def test_the_package_opens_without_torch():
    code = "import noisekd, sys; print(noisekd.__version__, 'torch' in sys.modules)"
    out = shell(sys.executable, "-c", code, folder=".")
    assert out.stdout.split() == [noisekd.__version__, "False"]


def test_evaluate_is_the_one_of_its_room():
    from noisekd.evaluation import evaluate
    assert noisekd.evaluate is evaluate


def test_texts_are_read_by_their_paths():
    assert "setuptools" in read_texts(find_root(), "setup.py", "*.cff")["setup.py"]


def test_nbdev_exports_below_nbdev_test_too():
    with tempfile.TemporaryDirectory() as folder:
        root = toy_project(folder)
        (root / "noisekd").mkdir()
        run_nbdev("nbdev_export", root)
        assert (root / "noisekd/toy.py").exists()


def test_where_nothing_is_counted_there_is_no_plan():
    with tempfile.TemporaryDirectory() as folder:
        assert plan_file(Path(folder), Path(folder)) == {}


def test_modules_are_made_from_the_notebooks():
    with tempfile.TemporaryDirectory() as folder:
        modules = exported_modules(toy_project(folder))
    assert "def two():" in modules["noisekd/toy.py"]
    assert f'__version__ = "{noisekd.__version__}"' in modules["noisekd/__init__.py"]


def test_nested_pages_become_nested_modules():
    with tempfile.TemporaryDirectory() as folder:
        modules = exported_modules(toy_project(folder))
    assert "x = 1" in modules["noisekd/paper/overview.py"]
    assert "noisekd/paper/__init__.py" in modules


def test_everything_is_made():
    with tempfile.TemporaryDirectory() as folder:
        made = made_files(toy_project(folder))
    assert made["README.md"] == "# Toy\n"
    assert "from noisekd.paper.overview import *" in made["tests/test_paper_overview.py"]


def test_a_missing_file_differs():
    with tempfile.TemporaryDirectory() as folder:
        assert differences(Path(folder), {"README.md": "# Toy\n"}) == ["README.md"]


def test_a_module_is_known_by_its_header():
    assert is_made((find_root() / "noisekd/data.py").read_text())
    assert is_made(HEADER)
    assert not is_made("def test_mine(): pass")


def test_what_is_left_over_goes():
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        write_all(root, {"noisekd/old.py": "# AUTOGENERATED! DO NOT EDIT!"})
        assert bring_up_to_date(root, {}) == []
        assert not (root / "noisekd/old.py").exists()


def test_what_is_written_by_hand_stays():
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        write_all(root, {"tests/test_mine.py": "def test_mine(): pass"})
        assert bring_up_to_date(root, {}) == ["tests/test_mine.py"]
        assert (root / "tests/test_mine.py").exists()


def test_right_files_are_not_touched():
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        write_all(root, {"README.md": "right", "noisekd/a.py": "wrong"})
        before = (root / "README.md").stat().st_mtime_ns
        bring_up_to_date(root, {"README.md": "right", "noisekd/a.py": "a = 1"})
        assert (root / "README.md").stat().st_mtime_ns == before
        assert (root / "noisekd/a.py").read_text() == "a = 1"


def test_three_kinds_of_cells_are_folded():
    folded = "#| export\nimport os", "#| testsetup\nx = 1", "#| test refuses_x\npass"
    assert [is_folded(new_code_cell(source)) for source in folded] == [True] * 3


def test_answers_and_hidden_cells_are_folded():
    assert is_folded(new_code_cell("#| answer\nx = 1"))
    assert is_folded(new_code_cell("x = 1", metadata={"tags": ["remove_input"]}))


def test_other_cells_stay_open():
    others = "import os", "#| export\nx = 1", "#| test x\npass", "#| shown\n1 + 1"
    assert [is_folded(new_code_cell(source)) for source in others] == [False] * 4
    assert not is_folded(new_markdown_cell("#| testsetup"))


def test_a_fold_is_made_and_kept():
    assert folded("#| testsetup\nx = 1") == FOLDED
    assert folded("#| testsetup\nx = 1", **FOLDED) == FOLDED


def test_a_cell_that_does_not_qualify_is_opened():
    assert folded("x = 1", **FOLDED) == {}


def test_other_tags_stay():
    assert folded("x = 1", tags=["parameters", "hide-input"]) == {"tags": ["parameters"]}
    assert folded("#| testsetup\n", tags=["a"])["tags"] == ["a", "hide-input"]


def test_what_lab_adds_is_removed():
    text = clean(nbformat.writes(page(*TOY, "#| testsetup\nx = 'ä'")))
    assert opened_in_lab(text) != text
    assert clean(opened_in_lab(text)) == text


def test_cleaning_twice_changes_nothing():
    for path in notebooks(find_root()):
        once = clean(path.read_text(encoding="utf-8"))
        assert clean(once) == once


def test_content_stays():
    text = clean(nbformat.writes(page("x = 1")))
    assert clean(text.replace("x = 1", "x = 2")) == text.replace("x = 1", "x = 2")


def test_nbdev_clean_agrees():
    with tempfile.TemporaryDirectory() as folder:
        root = toy_project(folder)
        path = write_page(page("#| testsetup\nx = 1"), root / "nbs/01_fold.ipynb")
        text = clean(path.read_text())
        path.write_text(text)
        run_nbdev("nbdev_clean", root)
        assert path.read_text() == text


def test_an_outcome_names_every_file():
    text = str(Outcome(9, ["README.md"], ["tests/test_mine.py"], ["nbs/index.ipynb"]))
    assert "README.md" in text
    assert "tests/test_mine.py: should be made from a notebook" in text
    assert "nbs/index.ipynb: not clean" in text


def test_an_export_passes_its_check():
    with tempfile.TemporaryDirectory() as folder:
        root = toy_project(folder)
        assert "noisekd/toy.py" in export(root).changed
        assert export(root, check=True) == (8, [], [], [])


def test_an_edited_module_is_noticed():
    with tempfile.TemporaryDirectory() as folder:
        root = toy_project(folder)
        export(root)
        write_all(root, {"noisekd/toy.py": "edited"})
        assert export(root, check=True).changed == ["noisekd/toy.py"]
        assert (root / "noisekd/toy.py").read_text() == "edited"


def test_a_test_without_a_notebook_is_noticed():
    with tempfile.TemporaryDirectory() as folder:
        root = toy_project(folder)
        export(root)
        write_all(root, {"tests/test_mine.py": "def test_mine(): pass"})
        assert export(root, check=True).changed == ["tests/test_mine.py"]
        assert export(root).by_hand == ["tests/test_mine.py"]


def test_an_opened_notebook_passes():
    with tempfile.TemporaryDirectory() as folder:
        root = toy_project(folder)
        export(root)
        path = root / "nbs/00_toy.ipynb"
        path.write_text(opened_in_lab(path.read_text()))
        assert export(root, check=True).changed == []


def test_only_text_counts():
    printed = new_output("stream", name="stdout", text="a")
    warning = new_output("stream", name="stderr", text="careful")
    bar = new_output("display_data", {WIDGET: {}, "text/plain": "0%"})
    value = new_output("execute_result", {"text/plain": "1"})
    assert text_of([printed, warning, bar, value]) == "a\n1"


def test_spaces_and_passing_things_do_not_count():
    assert tokens("| a |  1.0 |\n|:----|---:|") == tokens("| a | 1.0 |\n|:--|--:|")
    assert tokens("<Net at 0x7f00> in 3.1 s") == tokens("<Net at 0x7fff> in 20 ms")


def test_three_digits_agree():
    assert agree("0.12345", "0.12349")
    assert agree("1.2345e-7", "1.2349e-07")
    assert agree("-0.0", "0.")
    assert not agree("0.123", "0.124")


def test_counts_agree_exactly():
    assert not agree("50000", "50001")
    assert not agree("8", "8.0")
    assert not agree("0.5", "-0.5")


def test_outputs_are_compared_word_by_word():
    assert same_text("accuracy 97.51 %", "accuracy  97.53 %")
    assert not same_text("accuracy 97.51 %", "accuracy 97.51")
    assert not same_text("accuracy 97.5 %", "error 97.5 %")


def test_tests_and_missing_images_are_not_run():
    assert is_run(new_code_cell("x = 1"), missing=[])
    assert not is_run(new_code_cell("#| test x\npass"), missing=[])
    assert not is_run(new_code_cell("#| needs_x\npass"), missing=["needs_x"])
    assert not is_run(new_code_cell("#| eval: false\npass"), missing=[])


def test_only_marked_code_is_shown():
    assert is_shown(new_code_cell("#| shown\n1 + 1"))
    assert not is_shown(new_markdown_cell("#| shown"))


def test_what_is_run_ends_at_the_last_shown_cell():
    assert cells_to_run(MIXED, missing=["needs_cifar10"]) == [1, 3, 6]
    assert cells_to_run(MIXED, missing=[]) == [1, 3, 4, 6]
    assert cells_to_run(page("x = 1"), missing=[]) == []


def test_no_output_is_named_so():
    assert "(no output)" in str(Stale("nbs/00_toy.ipynb", "d9a75864", "", "1"))


def test_a_kernel_runs_and_ends():
    with running(page("1 + 1"), Path(".")) as client:
        assert client.km.has_kernel
    assert client.km is None or not client.km.has_kernel


def test_a_cell_is_run():
    with running(page("1 + 1", "1 / 0"), Path(".")) as client:
        assert run_cell(client, 1) == ""
        assert run_cell(client, 2) == "fails: ZeroDivisionError: division by zero"
    assert text_of(client.nb.cells[1].outputs) == "2"


def test_a_fresh_output_passes():
    assert stale_in(with_output(THIRD, "0.33333")) == []


def test_a_stale_output_fails():
    cell = THIRD.cells[-1].id
    stale = stale_in(with_output(THIRD, "0.5"))
    assert stale == [Stale("toy.ipynb", cell, "0.5", "0.3333333333333333")]


def test_an_output_that_was_never_stored_fails():
    assert [s.committed for s in stale_in(THIRD)] == [""]


def test_a_cell_that_fails_is_named():
    stale = stale_in(page("1 / 0", "#| shown\n1"))
    assert [s.new for s in stale] == ["fails: ZeroDivisionError: division by zero"]


def test_stale_outputs_are_counted_and_printed():
    stale = Stale("00_toy.ipynb", "d9a75864", "1", "2")
    text = str(Checked("00_toy.ipynb", 3.2, [stale]))
    assert text == f"00_toy.ipynb: 1 stale (3 s)\n{stale}"


def test_a_notebook_is_timed():
    with tempfile.TemporaryDirectory() as folder:
        path = write_page(with_output(THIRD, "0.333333"), Path(folder) / "toy.ipynb")
        checked = check_notebook(path, missing=["needs_cifar10"])
    assert checked.stale == []
    assert checked.seconds > 0


def test_every_page_with_shown_cells_is_checked():
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        write_page(with_output(THIRD, "0.3333"), root / "nbs/00_fresh.ipynb")
        write_page(with_output(THIRD, "0.34"), root / "nbs/01_stale.ipynb")
        write_page(page("1 / 0"), root / "nbs/02_nothing.ipynb")
        checked = list(check_shown(notebooks(root), ["needs_cifar10"]))
    assert [c.notebook for c in checked] == ["00_fresh.ipynb", "01_stale.ipynb"]
    assert [len(c.stale) for c in checked] == [0, 1]


def test_shown_takes_notebooks_or_none():
    assert command_line().parse_args(["--shown"]).shown == []
    assert command_line().parse_args(["--shown", "a.ipynb"]).shown == [Path("a.ipynb")]
    assert command_line().parse_args([]).shown is None


def test_a_stale_output_fails_the_command():
    out = io.StringIO()
    with tempfile.TemporaryDirectory() as folder, redirect_stdout(out):
        path = write_page(with_output(THIRD, "0.5"), Path(folder) / "toy.ipynb")
        assert print_checked([path], ["needs_cifar10"]) == 1
    assert "toy.ipynb: 1 stale" in out.getvalue()


def test_the_command_runs_as_a_module():
    with tempfile.TemporaryDirectory() as folder:
        root = toy_project(folder)
        assert our_command(root).returncode == 0
        assert our_command(root, "--check").returncode == 0
        (root / "README.md").write_text("edited")
        out = our_command(root, "--check")
    assert out.returncode == 1
    assert "README.md" in out.stdout


def test_a_refusal_is_one_line():
    with tempfile.TemporaryDirectory() as folder:
        root = toy_project(folder)
        write_page(page("#| test a b\npass"), root / "nbs/01_wrong.ipynb")
        out = our_command(root)
    assert out.returncode == 1
    assert out.stderr.startswith("refused: test 'a b': should have a name")


def test_make_installs_once():
    with tempfile.TemporaryDirectory() as folder:
        assert not would_install(installed_copy(folder))


def test_a_new_date_installs_nothing():
    with tempfile.TemporaryDirectory() as folder:
        root = installed_copy(folder)
        for name in SETUP:
            os.utime(root / name, times=(2e9, 2e9))
        assert not would_install(root)


def test_a_new_requirement_installs():
    with tempfile.TemporaryDirectory() as folder:
        root = installed_copy(folder)
        settings = (root / "settings.ini").read_text()
        (root / "settings.ini").write_text(settings.replace("numpy", "numpy>=2"))
        assert would_install(root)


def test_an_export_installs_nothing():
    with tempfile.TemporaryDirectory() as folder:
        root = installed_copy(toy_project(folder))
        before = {name: (root / name).read_bytes() for name in SETUP}
        export(root)
        assert {name: (root / name).read_bytes() for name in SETUP} == before
        assert not would_install(root)


def test_the_facts_are_installed():
    root = find_root()
    with tempfile.TemporaryDirectory() as folder:
        for name in ("settings.ini", "setup.py"):
            shutil.copy(root / name, folder)
        shutil.copytree(root / "noisekd", Path(folder) / "noisekd")
        build = "setup.py", "-q", "build_py", "-d", "built"
        assert shell(sys.executable, *build, folder=folder).returncode == 0
        built = read_texts(Path(folder) / "built", "noisekd/facts/*")
    assert "noisekd/facts/claims.json" in built
    assert built == read_texts(root, "noisekd/facts/*.json")


def test_refuses_two_tests_of_one_name():
    cells = cells_of("#| test a\npass", "#| test a\npass")
    refuses("test 'a': stands twice", tests_in, cells, [])


def test_refuses_a_test_without_a_name():
    refuses("test '': should have a name", tests_in, cells_of("#| test\npass"), [])
    refuses("test 'a b': should have a name", tests_in, cells_of("#| test a b\npass"), [])


def test_refuses_a_flag_that_is_not_listed():
    cells = cells_of("#| test a\n#| needs_cifar11\npass")
    refuses("test 'a' = 'needs_cifar11': should be one of", tests_in, cells, ["needs_x"])


def test_refuses_two_notebooks_with_one_module():
    with tempfile.TemporaryDirectory() as folder:
        root = toy_project(folder)
        write_page(page(*TOY), root / "nbs/01_toy.ipynb")
        refuses("tests/test_toy.py is made from another notebook too", all_tests, root)


def test_refuses_two_front_doors():
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        write_page(page("#| init\nx = 1", "#| init\nx = 2"), root / "nbs/00_toy.ipynb")
        refuses("init: 2 cells; should be one", front_door, root)


def test_refuses_an_attribute_that_does_not_exist():
    try:
        noisekd.evalaute
        message = ""
    except AttributeError as error:
        message = str(error)
    assert message == "module 'noisekd' has no attribute 'evalaute'"

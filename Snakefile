# A page of the paper as a graph: teachers, students, evaluations, the rendered notebook.
#   noisekd run demo      or      snakemake --cores 2 --config profile=demo
# Each job executes a notebook with papermill. Its output is the record, which is written last; the executed
# notebook is a log. Checkpoints are no outputs: they survive a killed job, and the next attempt goes on from them.
import re
import shlex
import sys
from pathlib import Path

from noisekd.cli import find_page
from noisekd.config import config_path, write_config
from noisekd.report import is_rendered, record_paths
from noisekd.runs import evaluation_record_path

PROFILE = config["profile"]
NAME = config.get("page", "overview")
WHERE = {k: config[k] for k in ("runs", "data_root") if config.get(k)}
PAGE = find_page(PROFILE, NAME, **WHERE)
RUNS = str(PAGE.store)
TEACHERS = {c.teacher for c in PAGE.runs.values() if c.teacher}
EVALUATIONS = {str(evaluation_record_path(e.evaluation)): e.evaluation for e in PAGE.entries}
RECORDS = [str(p) for p in record_paths(PAGE)]
FIGURES = f"{config.get('figures', 'figures')}/{PROFILE}"
PAPERMILL = f"{shlex.quote(sys.executable)} -m papermill --no-progress-bar"


def names(runs):
    "A wildcard that matches these runs and no others."
    return "|".join(map(re.escape, sorted(runs))) or "none"


# A finished job asks for nothing. So a record that was deleted and is made again, with the same bits, does not make
# stale what was computed from its predecessor. That every record is there is what `all` is for.
def unless_there(output, *needs):
    return [] if Path(output).exists() else [n for n in needs if n]


def teacher_of(w):
    teacher = PAGE.runs[w.run].teacher
    return unless_there(f"{RUNS}/{w.run}/train.json", teacher and f"{RUNS}/{teacher}/train.json")


# A job writes its config just before it starts: a dry run writes nothing.
def config_of_run(w):
    return str(config_path(PAGE.runs[w.run]))


def config_of_evaluation(w):
    return str(config_path(EVALUATIONS[f"{RUNS}/{w.run}/evaluation-{w.hash}.json"]))


onstart:
    for e in PAGE.entries:
        write_config(e.config)
        write_config(e.evaluation)


rule all:
    input: f"{FIGURES}/{NAME}.md", RECORDS

rule teacher:
    output: f"{RUNS}/{{run}}/train.json"
    wildcard_constraints: run=names(TEACHERS)
    log: f"{RUNS}/{{run}}/train.log"
    params: folder=f"{RUNS}/{{run}}", config=config_of_run
    threads: 1
    resources: gpu=1
    message: "train     {wildcards.run}"
    shell: "OMP_NUM_THREADS={threads} {PAPERMILL} nbs/experiments/train.ipynb {params.folder:q}/train.ipynb -f {params.config:q} > {log:q} 2>&1"

use rule teacher as student with:
    input: teacher_of
    wildcard_constraints: run=names(set(PAGE.runs) - TEACHERS)

rule evaluate:
    input: lambda w: unless_there(f"{RUNS}/{w.run}/evaluation-{w.hash}.json", f"{RUNS}/{w.run}/train.json")
    output: f"{RUNS}/{{run}}/evaluation-{{hash}}.json"
    log: f"{RUNS}/{{run}}/evaluation-{{hash}}.log"
    params: folder=f"{RUNS}/{{run}}", config=config_of_evaluation
    threads: 1
    resources: gpu=1
    message: "evaluate  {wildcards.run}"
    shell: "OMP_NUM_THREADS={threads} {PAPERMILL} nbs/experiments/evaluate.ipynb {params.folder:q}/evaluation-{wildcards.hash}.ipynb -f {params.config:q} > {log:q} 2>&1"

rule paper:
    input: [] if is_rendered(PAGE, Path(FIGURES)) else RECORDS
    output: f"{FIGURES}/{NAME}.md"
    log: f"{RUNS}/{NAME}-{PROFILE}.log"
    params: runs=RUNS, out=FIGURES, executed=f"{RUNS}/{NAME}-{PROFILE}.ipynb"
    message: "render    {output}"
    shell: "{PAPERMILL} nbs/paper/{NAME}.ipynb {params.executed:q} -p profile {PROFILE} -p runs {params.runs:q} -p out {params.out:q} > {log:q} 2>&1"

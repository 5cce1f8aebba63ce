# Pages of the paper as one graph: teachers, students, evaluations. `noisekd run` writes the configs of the runs, calls it,
# e.g. with  --config page=overview profile=demo runs=/absolute/folder, and renders the pages afterwards.
# Each job executes a notebook with papermill. Its output is the record, which is written last; the executed
# notebook is a log. Checkpoints are no outputs: they survive a killed job, and the next attempt goes on from them.
# What there is to do is read from noisekd/plan.json, so that no PyTorch is loaded here, nor on a cluster for each job.
import re
import shlex
import sys
from pathlib import Path

from noisekd.plan import own_dataset, planned_pages

PROFILE = config["profile"]
DATASET = config.get("dataset") or own_dataset(PROFILE)
PAGES = planned_pages(PROFILE, config["page"], DATASET)
RUNS = str(config["runs"])
TASKS = {t.record: t for page in PAGES.values() for t in page.tasks}
TEACHER = {t.run: t.needs for t in TASKS.values() if t.kind == "training"}
TEACHERS = set(filter(None, TEACHER.values()))
RECORDS = [f"{RUNS}/{record}" for record in TASKS]
JOB = f"{shlex.quote(sys.executable)} -m noisekd.job"


def names(known):
    "A wildcard that matches these names and no others."
    return "|".join(map(re.escape, sorted(known))) or "none"


# A finished job asks for nothing. So a record that was deleted and is made again, with the same bits, does not make
# stale what was computed from its predecessor. That every record is there is what `all` is for.
def unless_there(output, *needs):
    return [] if Path(output).exists() else [n for n in needs if n]


def teacher_of(w):
    teacher = TEACHER[w.run]
    return unless_there(f"{RUNS}/{w.run}/train.json", teacher and f"{RUNS}/{teacher}/train.json")


# What is judged beside another network needs that one, too.
def judged_networks(w):
    record = f"{w.run}/evaluation-{w.hash}.json"
    beside = TASKS[record].needs
    own = f"{RUNS}/{w.run}/train.json"
    return unless_there(f"{RUNS}/{record}", own, beside and f"{RUNS}/{beside}/train.json")


# What is killed for its time goes on from its checkpoint, with more of it.
def minutes(w, attempt):
    return 720 * attempt


rule all:
    input: RECORDS

rule teacher:
    output: f"{RUNS}/{{run}}/train.json"
    wildcard_constraints: run=names(TEACHERS)
    log: f"{RUNS}/{{run}}/train.log"
    params: folder=f"{RUNS}/{{run}}"
    threads: 1
    resources: gpu=1, mem_mb=8000, runtime=minutes
    message: "train     {wildcards.run}"
    shell: "OMP_NUM_THREADS={threads} {JOB} nbs/experiments/train.ipynb {params.folder:q}/train.ipynb -f {params.folder:q}/train.yaml > {log:q} 2>&1"

use rule teacher as student with:
    input: teacher_of
    wildcard_constraints: run=names(TEACHER.keys() - TEACHERS)

rule evaluate:
    input: judged_networks
    output: f"{RUNS}/{{run}}/evaluation-{{hash}}.json"
    log: f"{RUNS}/{{run}}/evaluation-{{hash}}.log"
    params: folder=f"{RUNS}/{{run}}"
    threads: 1
    resources: gpu=1, mem_mb=8000, runtime=minutes
    message: "evaluate  {wildcards.run}"
    shell: "OMP_NUM_THREADS={threads} {JOB} nbs/experiments/evaluate.ipynb {params.folder:q}/evaluation-{wildcards.hash}.ipynb -f {params.folder:q}/evaluate-{wildcards.hash}.yaml > {log:q} 2>&1"

# A study as a graph: teachers, students, evaluations, the rendered notebook.
#   noisekd run demo      or      snakemake --cores 2 --config profile=demo
# Each job executes a notebook with papermill. Its output is the record, which is written last; the executed
# notebook is a log. Checkpoints are no outputs: they survive a killed job, and the next attempt goes on from them.
import re
import shlex
import sys
from pathlib import Path

from noisekd.cli import write_configs
from noisekd.report import is_rendered, record_paths
from noisekd.runs import evaluation_record_path, identity
from noisekd.studies import evaluation_of, find_study

PROFILE, STUDY, RUNS = config["profile"], config.get("study", "noises"), config.get("runs", "runs")
study = find_study(PROFILE, STUDY, runs=RUNS, data_root=config.get("data_root"))
TEACHERS = {c.teacher for c in study.runs.values() if c.teacher}
RECORDS = [str(p) for p in record_paths(study)]
FIGURES = f"{config.get('figures', 'figures')}/{PROFILE}"
PAPER = f"nbs/{study.notebook}"
PAPERMILL = f"{shlex.quote(sys.executable)} -m papermill --no-progress-bar"
write_configs(study, Path(RUNS))

def names(runs):
    "A wildcard that matches these runs and no others."
    return "|".join(map(re.escape, sorted(runs))) or "none"

# A finished job asks for nothing. So a record that was deleted and is made again, with the same bits, does not make
# stale what was computed from its predecessor. That every record is there is what `all` is for.
def unless_there(output, *needs):
    return [] if Path(output).exists() else [n for n in needs if n]

def teacher_of(w):
    teacher = study.runs[w.run].teacher
    return unless_there(f"{RUNS}/{w.run}/train.json", teacher and f"{RUNS}/{teacher}/train.json")

rule all:
    input: f"{FIGURES}/{STUDY}.md", RECORDS

rule teacher:
    output: f"{RUNS}/{{run}}/train.json"
    wildcard_constraints: run=names(TEACHERS)
    log: f"{RUNS}/{{run}}/train.log"
    params: folder=f"{RUNS}/{{run}}"
    threads: 1
    resources: gpu=1
    message: "train     {wildcards.run}"
    shell: "OMP_NUM_THREADS={threads} {PAPERMILL} nbs/experiments/train.ipynb {params.folder:q}/train.ipynb -f {params.folder:q}/train.yaml > {log:q} 2>&1"

use rule teacher as student with:
    input: teacher_of
    wildcard_constraints: run=names(set(study.runs) - TEACHERS)

rule evaluate:
    input: lambda w: unless_there(f"{RUNS}/{w.run}/evaluation-{w.hash}.json", f"{RUNS}/{w.run}/train.json")
    output: f"{RUNS}/{{run}}/evaluation-{{hash}}.json"
    log: f"{RUNS}/{{run}}/evaluation-{{hash}}.log"
    params: folder=f"{RUNS}/{{run}}"
    threads: 1
    resources: gpu=1
    message: "evaluate  {wildcards.run}"
    shell: "OMP_NUM_THREADS={threads} {PAPERMILL} nbs/experiments/evaluate.ipynb {params.folder:q}/evaluation.ipynb -f {params.folder:q}/evaluate.yaml > {log:q} 2>&1"

rule paper:
    input: [] if is_rendered(study, Path(FIGURES)) else RECORDS
    output: f"{FIGURES}/{STUDY}.md"
    log: f"{RUNS}/{STUDY}-{PROFILE}.log"
    params: runs=RUNS, out=FIGURES, executed=f"{RUNS}/{STUDY}-{PROFILE}.ipynb"
    message: "render    {output}"
    shell: "{PAPERMILL} {PAPER} {params.executed:q} -p profile {PROFILE} -p runs {params.runs:q} -p out {params.out:q} > {log:q} 2>&1"

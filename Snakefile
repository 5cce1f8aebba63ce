# A study as a graph: teachers, students, evaluations, the rendered notebook.
#   noisekd run demo      or      snakemake --cores 2 --config profile=demo
# Each job executes a notebook with papermill. Its output is the record, which is written last; the executed
# notebook is a log. Checkpoints are no outputs: they survive a killed job, and the next attempt goes on from them.
import re
import sys
from pathlib import Path

from noisekd.cli import write_configs
from noisekd.runs import evaluation_record_path, identity
from noisekd.studies import evaluation_of, find_study

PROFILE, STUDY, RUNS = config["profile"], config.get("study", "noises"), config.get("runs", "runs")
study = find_study(PROFILE, STUDY, runs=RUNS)
TEACHERS = {c.teacher for c in study.runs.values() if c.teacher}
EVALUATIONS = {run: str(evaluation_record_path(evaluation_of(study, c))) for run, c in study.runs.items()}
PAPER = {"noises": "nbs/paper/three_noises.ipynb"}[STUDY]
PAPERMILL = f"{sys.executable} -m papermill --no-progress-bar"
write_configs(study, Path(RUNS))

def names(runs):
    "A wildcard that matches these runs and no others."
    return "|".join(map(re.escape, sorted(runs))) or "none"

# Listing every record makes a deleted one in the middle noticed. ancient(): a record that is made again does not
# make what was computed from its equal predecessor stale.
rule all:
    input: f"figures/{PROFILE}/{STUDY}.md", expand(f"{RUNS}/{{run}}/train.json", run=study.runs), EVALUATIONS.values()

rule teacher:
    output: f"{RUNS}/{{run}}/train.json"
    wildcard_constraints: run=names(TEACHERS)
    log: f"{RUNS}/{{run}}/train.log"
    params: folder=f"{RUNS}/{{run}}"
    threads: 1
    resources: gpu=1
    message: "train     {wildcards.run}"
    shell: "OMP_NUM_THREADS={threads} {PAPERMILL} nbs/experiments/train.ipynb {params.folder}/train.ipynb -f {params.folder}/train.yaml > {log} 2>&1"

use rule teacher as student with:
    input: lambda w: [ancient(f"{RUNS}/{t}/train.json")] if (t := study.runs[w.run].teacher) else []
    wildcard_constraints: run=names(set(study.runs) - TEACHERS)

rule evaluate:
    input: ancient(f"{RUNS}/{{run}}/train.json")
    output: f"{RUNS}/{{run}}/evaluation-{{hash}}.json"
    log: f"{RUNS}/{{run}}/evaluation-{{hash}}.log"
    params: folder=f"{RUNS}/{{run}}"
    threads: 1
    resources: gpu=1
    message: "evaluate  {wildcards.run}"
    shell: "OMP_NUM_THREADS={threads} {PAPERMILL} nbs/experiments/evaluate.ipynb {params.folder}/evaluation.ipynb -f {params.folder}/evaluate.yaml > {log} 2>&1"

rule paper:
    input: EVALUATIONS.values()
    output: f"figures/{PROFILE}/{STUDY}.md"
    log: f"{RUNS}/{STUDY}-{PROFILE}.log"
    message: "render    {output}"
    shell: "{PAPERMILL} {PAPER} {RUNS}/{STUDY}-{PROFILE}.ipynb -p profile {PROFILE} -p runs {RUNS} -p out figures/{PROFILE} > {log} 2>&1"

"Exported from nbs/32_report.ipynb by `noisekd export`; edit the notebook."

import pytest, torch
import hashlib, math, shutil
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import scipy.stats
import seaborn as sns
from noisekd.objective import TERMS
from noisekd.runs import RecordError, evaluation_record_path, identity, read_record, train_record_path, weights_of
from noisekd.studies import Study, evaluation_of, find_study
from noisekd.data import available
from noisekd.report import *
import tempfile
import pytest
from noisekd.runs import write_record
def invented_study(folder, spread=1.):
    "The demo study with invented values: run k has test accuracy 90 + k -+ spread, and 40 + k -+ spread under attack."
    study = find_study("demo", runs=str(folder))
    for k, (run, c) in enumerate(study.runs.items()):
        two = [(s, d) for s, d in zip(c.seeds, (-spread, spread))]
        kinds = (("test_acc", "clean", 90, 497), ("corruption_acc", "gaussian_noise/3", 80, 497), ("corruption_acc", "contrast/3", 70, 497), ("pgd_acc", "run minimum", 50, 300), ("pgd_acc", "strict", 40, 300))
        rows = [dict(run=run, seed=s, metric=m, condition=o, value=base + k + d, n=n) for s, d in two for m, o, base, n in kinds]
        shared = {"run": run, "provenance": {"code": {"version": "0", "commit": None, "sources": "invented"}, "libraries": {"torch": "0"}, "hardware": {"cpu": "none", "device": "cpu", "gpu": None, "threads": 1}, "wall_s": 1.}}
        write_record(train_record_path(run, folder), {"kind": "train", "seeds": [{"seed": 0, "weights": run}], **shared})
        write_record(evaluation_record_path(evaluation_of(study, c)), {"kind": "evaluation", "rows": rows, "weights": {"0": run}, "protocol": "PGD invented", **shared})
    return study
SAME = pd.DataFrame([dict(metric="corruption_acc", condition=f"{k}/{s}", value=v / 2) for k, values in REFERENCE.items() for s, v in enumerate(values, 1)])
OTHER = SAME.assign(value=[v + 40 if c.startswith("contrast") else v for v, c in zip(SAME.value, SAME.condition)])  # contrast leaves the line


@pytest.fixture(autouse=True)
def seeded(): torch.manual_seed(0)


def test_a_run_needs_two_records():
    study = find_study("demo", runs="r")
    assert len(record_paths(study)) == 22 and record_paths(study)[0] == Path("r") / list(study.runs)[0] / "train.json"


def test_everything_is_missing_at_first():
    assert missing_records(find_study("demo", runs="/nowhere")) == record_paths(find_study("demo", runs="/nowhere"))


def test_damaged_and_foreign_records_are_named():
    with tempfile.TemporaryDirectory() as d:
        trained, judged = record_paths(study := invented_study(d))[:2]
        write_record(trained, read_record(trained) | {"seeds": [{"seed": 0, "weights": "others"}]})
        with pytest.raises(RecordError, match="judges other weights"): check_records(study)
        judged.write_text("{")
        with pytest.raises(RecordError, match="truncated"): rows_of(study)


def test_missing_records_are_named():
    with tempfile.TemporaryDirectory() as d:
        study = invented_study(d)
        assert len(rows_of(study)) == 11 * 2 * 5 and not missing_records(study)
        gone = record_paths(study)[3]
        gone.unlink()
        assert missing_records(study) == [gone]
        with pytest.raises(RecordError, match="1 records are missing.*noisekd run demo"): rows_of(study)


def test_summary_is_numpy_s():
    with tempfile.TemporaryDirectory() as d: s = summary(rows_of(invented_study(d, spread=3.)))
    first = s[(s.label == "Baseline") & (s.labels == "clean labels") & (s.metric == "test_acc")].iloc[0]
    assert (first["mean"], first["std"], first["seeds"]) == (92., np.std([89., 95.]), 2)


def test_printed_values_are_the_tables():
    assert len(PRINTED) == 24 and PRINTED["SR"]["pgd_acc"] == (15.56, 0.44) and PRINTED["AT + FT"] == dict(test_acc=(94.83, 0.05), ood_acc=(69.46, 0.23))
    assert PRINTED["Hinton"]["test_acc"][0] > PRINTED["Baseline"]["test_acc"][0] > PRINTED["GA 0.05"]["test_acc"][0]


def test_cells_hold_mean_deviation_and_the_printed_value():
    baseline = pd.Series(dict(mean=70., std=1., seeds=2, label="Baseline", labels="clean labels", metric="test_acc", condition="clean"))
    assert cell(baseline, "cifar10") == "70.00 ± 1.00 [93.95]" and cell(baseline, "digits") == "70.00 ± 1.00"
    assert cell(baseline.replace(2, 1), "digits") == "70.00"


def test_the_table_holds_means_in_the_study_s_order():
    with tempfile.TemporaryDirectory() as d: t, study = table(invented_study(d)), find_study("demo")
    assert list(t.index) == [(e.labels, e.label) for e in study.entries]
    assert t.loc[("clean labels", "Hinton"), "Test"] == "93.00 ± 1.00" and t.loc[("clean labels", "Teacher"), "PGD, strict"] == "40.00 ± 1.00"
    assert set(t["n"]) == {2} and not t.isna().any().any()


def test_sizes_of_a_study():
    assert sizes(find_study("quick", "protocol")) == "Teachers: WRN-16-2, 20 / 16 epochs, all / 10,000 training images. Students: WRN-16-1, 16 epochs, 10,000 training images."
    assert "Weights" not in sizes(find_study("quick", "methods")) and sizes(find_study("demo", "methods")).endswith("Students: WRN-10-2, 20 epochs, all training images. Weights: fsp 0.1 instead of 1, at 15 instead of 1000, sp 30 instead of 3000.")


def test_the_caption_says_what_the_numbers_are():
    with tempfile.TemporaryDirectory() as d: text = caption(invented_study(d))
    for part in ("Profile `demo`", "scanned digits", "ddof 0", "497 test images", "PGD invented", "300 images", "invented"): assert part in text
    assert "Brackets" not in text  # the paper has no numbers for digits


def test_noises_have_colours_of_their_own():
    assert colour("Hinton") == colour("Teacher") and len({colour(k) for k in ("FT 0.4", "SR 0.05", "GA 0.05", "MC 0.2", "Hinton")}) == 5


def test_a_panel_has_a_dot_for_each_seed_and_a_bar_at_the_mean():
    fig, ax = plt.subplots()
    draw_panel(ax, pd.DataFrame({"label": ["A", "A", "B"], "value": [1., 3., 5.]}))
    assert [list(line.get_xdata()) for line in ax.lines] == [[1., 3.], [2., 2.], [5.], [5., 5.]]
    plt.close(fig)


def test_the_figure_shows_every_seed():
    with tempfile.TemporaryDirectory() as d: fig = figure(invented_study(d))
    dots = [tuple(line.get_xdata()) for line in fig.axes[0].lines if line.get_marker() == "o"]
    assert dots == [(89. + k, 91. + k) for k in range(7)]
    assert [t.get_text() for t in fig.axes[0].get_yticklabels()][:3] == ["Teacher", "Teacher, dropout 0.1", "Baseline"]
    plt.close(fig)


def test_welch_by_hand():
    assert welch(np.array([1., 3.]), np.array([0., 0.])) == pytest.approx((2, 2 - 12.7062, 2 + 12.7062), abs=1e-3)
    assert welch(np.array([1.]), np.array([0., 2.]))[1:] == (-math.inf, math.inf)


def test_scatter_decides_the_verdict():
    with tempfile.TemporaryDirectory() as d: assert set(directions(invented_study(d, .01)).Verdict) == {"supported"}
    with tempfile.TemporaryDirectory() as d: assert set(directions(invented_study(d, 30.)).Verdict) == {"inconclusive"}


def test_the_line_is_two_deviations_below_the_baseline():
    from dataclasses import replace
    with tempfile.TemporaryDirectory() as d:
        study = invented_study(d, spread=2.)
        both, (hinton, baseline) = against_baseline(study), (study.entries[3], study.entries[8])
        behind = against_baseline(replace(study, entries=(baseline, replace(hinton, labels="elsewhere"))))
    assert both.loc["clean labels", "Hinton"].tolist() == ["93.00", "92.00 ± 2.00", "+1.00", "88.00", "yes"]
    assert both.loc["40% corrupted labels", "Hinton"].tolist() == ["99.00", "98.00 ± 2.00", "+1.00", "94.00", "yes"]
    assert behind.loc["elsewhere", "Hinton"].tolist() == ["93.00", "98.00 ± 2.00", "-5.00", "94.00", "no"]


def test_the_reference_has_its_printed_mean():
    assert np.mean(list(REFERENCE.values())) == pytest.approx(73.46, abs=.005)
    cells = beside_reference(SAME)
    assert len(cells) == 75 and cells.reference.rank().corr(cells.ours.rank()) == pytest.approx(1)
    assert len(beside_reference(SAME[:7])) == 7


def test_one_exchanged_corruption_leaves_the_line():
    shift = leaves_the_line(beside_reference(OTHER))
    assert shift.index[0] == "contrast" and shift.iloc[0] > 10 and shift.iloc[1:].abs().max() < 6


def test_the_profile_shows_every_cell():
    fig, ax = plt.subplots()
    draw_profile(ax, beside_reference(SAME), ())
    assert sum(len(c.get_offsets()) for c in ax.collections) == 75 and "ρ = 1.000" in ax.get_title()
    plt.close(fig)


def test_the_tables_agree_where_they_meet():
    for label, (*_, at_20_steps) in TABLE_4.items():
        assert TABLE_5[label][1] > at_20_steps >= TABLE_5[label][2]  # 2/255 > 8/255 >= 10/255
        assert PRINTED.get(label, {}).get("pgd_acc", (at_20_steps,))[0] == at_20_steps
        assert list(TABLE_4[label]) == sorted(TABLE_4[label], reverse=True) and list(TABLE_5[label]) == sorted(TABLE_5[label], reverse=True)


def test_a_sweep_is_read_by_its_conditions():
    rows = pd.DataFrame([dict(label="SR", metric="pgd_acc", condition="a", value=v) for v in (1., 3.)])
    assert sweep(rows, "SR", {"here": "a"})["here"] == 2 and np.isnan(sweep(rows, "SR", {"there": "b"})["there"])


def test_copied_records_are_enough():
    with tempfile.TemporaryDirectory() as d, tempfile.TemporaryDirectory() as out:
        copy_records(invented_study(d), Path(out))
        assert not missing_records(find_study("demo", runs=out))


def test_a_report_is_marked_with_its_records():
    with tempfile.TemporaryDirectory() as d, tempfile.TemporaryDirectory() as out:
        files = save_report(study := invented_study(d), Path(out), pd.DataFrame({"a": [1]}), plt.figure(), "what it is", extra=pd.DataFrame({"b": [2]}))
        assert [f.name for f in files] == ["noises-extra.md", "noises.csv", "noises.md", "noises.pdf", "noises.png"]
        assert mark(study) in files[2].read_text() and "what it is" in files[2].read_text()


def test_a_report_can_be_rendered_again_from_its_own_records():
    with tempfile.TemporaryDirectory() as d, tempfile.TemporaryDirectory() as out:
        files = write_report(invented_study(d), Path(out))
        assert [f.name for f in files] == ["noises-directions.md", "noises.csv", "noises.md", "noises.pdf", "noises.png"]
        again = find_study("demo", runs=str(Path(out) / "records"))
        assert table(again).equals(table(find_study("demo", runs=d)))
        assert "93.00 ± 1.00" in files[2].read_text() and "Profile `demo`" in files[2].read_text()


def test_a_table_of_other_records_is_noticed():
    with tempfile.TemporaryDirectory() as d, tempfile.TemporaryDirectory() as out:
        assert not is_rendered(study := invented_study(d), Path(out))
        write_report(study, Path(out))
        assert is_rendered(study, Path(out)) and not is_rendered(invented_study(d, 2.), Path(out))

"Exported from nbs/22_evaluation.ipynb by `noisekd export`; edit the notebook."

import pytest, torch
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from tqdm.auto import tqdm

from noisekd.attacks import EPSILONS, PGD, STEPS, accuracies, check_attackable, percent, robustness, sweep_eps, sweep_steps
from noisekd.corruptions import CORRUPTIONS, MAIN, check_condition, check_size, corrupted_images, frost_photographs
from noisekd.data import DataError, ImageSet, full_float32, load, ood, stream, subset, subset_rows, to_device, to_float
from noisekd.data import available
from noisekd.evaluation import *
import pytest
from noisekd.models import build
from noisekd.objective import Objective
from noisekd.training import Recipe, fit
torch.manual_seed(0);
class Bright(nn.Module):
    "Says 1 if the mean of the image is above a half, else 0."
    def forward(self, x): return F.pad(torch.stack([.5 - x.mean((1, 2, 3)), x.mean((1, 2, 3)) - .5], 1), (0, 8), value=-9.)
class Always(nn.Module):
    "Says one class, whatever it sees."
    def __init__(self, k): super().__init__(); self.k = k
    def forward(self, x): return 40 * F.one_hot(torch.full((len(x),), self.k), 10).float() + 0 * x.flatten(1)[:, :10]
import subprocess, sys
MEMORY = """
import re, torch
from noisekd.data import ImageSet
from noisekd.evaluation import Suite, evaluate
from noisekd.models import build
data = ImageSet(torch.randint(0, 256, (10_000, 3, 32, 32), dtype=torch.uint8), torch.arange(10_000) % 10, tuple("0123456789"), "noise/test")
suite = Suite(None, corruptions=tuple((k, 5) for k in ("glass_blur", "elastic_transform", "fog", "spatter")))
evaluate(build("wrn-10-1"), data, suite, root="/nowhere")
print(int(re.search(r"VmHWM:\\s*(\\d+)", open("/proc/self/status").read())[1]) // 1024)
"""


@pytest.fixture(autouse=True)
def seeded(): torch.manual_seed(0)


def test_every_layer_gets_its_mode_back():
    from noisekd.noise import teaching_mode
    model = teaching_mode(build("wrn-10-1", dropout=.3), fickle=True)
    modes = [m.training for m in model.modules()]
    with judged(model): assert not any(m.training for m in model.modules())
    assert [m.training for m in model.modules()] == modes and any(modes) and not all(modes)


def test_batches_are_in_order():
    data = load("digits", "test")
    assert torch.equal(torch.cat([y for _, y in batches(data, 100)]), data.labels)


def test_prediction_gives_the_mode_back_and_ignores_batches():
    model, test = build("wrn-10-1").train(), load("digits", "test")
    a, b = predict(model, test), predict(model, test, batch_size=100)
    assert model.training and torch.allclose(a, b, atol=1e-5) and len(a) == 497


def test_bad_logits_are_refused():
    test = subset(load("digits", "test"), 20)
    with pytest.raises(DataError, match="not finite"): check_logits(torch.full((20, 10), torch.nan), test)
    with pytest.raises(DataError, match=r"\(20, 100\).*should be logits \(20, 10\)"): check_logits(torch.zeros(20, 100), test)


def test_accuracy_by_hand():
    logits = torch.tensor([[0., 0.], [2., 0.], [0., 5.], [1., 0.]])
    assert accuracy(logits, torch.tensor([0, 0, 0, 1])) == 50.0


def test_ignorance_costs_log_ten():
    assert nll(torch.zeros(7, 10), torch.arange(7)) == pytest.approx(2.302585, abs=1e-6)


def test_reliability_by_hand():
    sure, unsure = torch.tensor([9., 0.]).log_softmax(0), torch.tensor([.65, .35]).log()
    r = reliability(torch.stack([sure, sure, unsure, unsure]), torch.tensor([0, 1, 0, 1]), bins=10)
    assert r.count.tolist() == [0] * 6 + [2, 0, 0, 2] and r.accuracy[[6, 9]].tolist() == [.5, .5]
    assert r.confidence[6].item() == pytest.approx(.65)
    assert reliability(torch.zeros(1, 2), torch.tensor([0]), bins=10).count[4] == 1  # bins are open below and closed above


def test_ece_is_the_loop_over_bins():
    g = torch.Generator().manual_seed(0)
    logits, labels, total = torch.randn(400, 10, generator=g) * 3, torch.randint(0, 10, (400,), generator=g), 0.
    p = logits.double().softmax(1)
    for k in range(15):
        inside = [i for i in range(400) if k / 15 < p[i].max() <= (k + 1) / 15]
        if inside: total += abs(sum(float(p[i].argmax() == labels[i]) - float(p[i].max()) for i in inside))
    assert ece(logits, labels) == pytest.approx(100 * total / 400)


def test_honest_probabilities_are_calibrated():
    logits = torch.randn(20_000, 10, generator=torch.Generator().manual_seed(1)) * 2
    drawn = torch.multinomial(logits.softmax(1), 1, generator=torch.Generator().manual_seed(2))[:, 0]
    assert ece(logits, drawn) < 1.5 < 10 < ece(3 * logits, drawn)  # over 300 other seeds: mean 0.85, standard deviation 0.22, 1 above 1.5


def test_brier_agrees_with_scikit_learn():
    from sklearn.metrics import brier_score_loss
    logits, labels = torch.randn(50, 10), torch.arange(50) % 10
    binary = [brier_score_loss(labels == c, logits.double().softmax(1)[:, c]) for c in range(10)]
    assert brier(logits, labels) == pytest.approx(sum(binary))
    assert brier(torch.tensor([[99., 0.]] * 2), torch.tensor([0, 0])) == pytest.approx(0) and brier(torch.tensor([[99., 0.]]), torch.tensor([1])) == pytest.approx(2)


def test_entropy_agrees_with_scipy():
    import scipy.stats
    logits = torch.randn(30, 10)
    assert entropy(logits) == pytest.approx(scipy.stats.entropy(logits.double().softmax(1), axis=1).mean())
    assert entropy(torch.zeros(2, 10)) == pytest.approx(2.302585, abs=1e-6) and entropy(torch.tensor([[1e4, 0.]])) == 0


def test_quality_rows_name_what_they_are_about():
    data = subset(load("digits", "test"), 30)
    rows = quality_rows("ood_acc", "elsewhere", torch.zeros(30, 10), data)
    assert [r["metric"] for r in rows] == ["ood_acc", "nll", "ece", "brier", "entropy"]
    assert {(r["condition"], r["n"], r["source"]) for r in rows} == {("elsewhere", 30, "digits/test")}


def test_the_default_attack_is_the_paper_s():
    pgd = Suite().pgd
    assert (pgd.eps, pgd.step_size, pgd.steps, pgd.restarts, Suite().batch_size) == (.031, .003, 20, 5, 200)
    assert len(ALL_CORRUPTIONS) == 95


def test_what_cannot_be_asked_is_refused():
    for kw, words in ((dict(corruptions=(("fogg", 1),)), "corruption = 'fogg'"), (dict(corruptions=(("fog", 0),)), "severity = 0"), (dict(corruptions=(("fog", 6),)), "severity = 6"),
                      (dict(eps=(-.1,)), "eps"), (dict(steps=(0,)), "steps"), (dict(attack_images=0), "attack_images = 0"), (dict(images=-1), "images = -1")):
        with pytest.raises(ValueError, match=words): Suite(**kw)
    with pytest.raises(ValueError, match="eps = -1"): Suite(PGD(eps=-1))


def test_suites_by_name():
    assert find_suite("test") == Suite(None) and find_suite("pgd", attack_images=9) == Suite(attack_images=9)
    assert find_suite("ood+corruptions") == Suite(None, corruptions=ALL_CORRUPTIONS, ood=True)
    assert find_suite("all").eps == EPSILONS and find_suite("all").ood
    with pytest.raises(ValueError, match="suite = 'pgd[+]mca': 'mca' is unknown; should be some of"): find_suite("pgd+mca")


def test_the_source_of_frost_is_named():
    assert corruption_source("frost", "generated", "/nowhere") == "generated with frost that is generated"
    assert corruption_source("fog", "generated", "/nowhere") == "generated" and corruption_source("frost", "released", "/nowhere") == "released"


def test_plain_and_conditional_by_hand():
    grey = torch.tensor([20, 100, 120, 160, 240]).to(torch.uint8)
    data = ImageSet(grey[:, None, None, None].expand(5, 3, 32, 32).contiguous(), torch.tensor([0, 0, 0, 1, 0]), tuple("0123456789"), "greys/test")
    right = predict(Bright(), data).argmax(1) == data.labels
    plain, given = corruption_rows(Bright(), data, ("brightness", 5), right)  # + 0.3: 100 and 120 become bright
    assert (plain["value"], plain["n"], given["value"], given["n"]) == (40., 5, 50., 4)
    assert [r["metric"] for r in corruption_rows(Bright(), data, ("fog", 1), torch.zeros(5, dtype=torch.bool))] == ["corruption_acc"]


def test_mca_is_a_plain_mean_where_it_is_complete():
    rows = [row("corruption_acc", f"{name}/{s}", float(i), 7, "generated") for i, (name, s) in enumerate(ALL_CORRUPTIONS)]
    assert [(r["metric"], r["condition"], r["value"]) for r in mca_rows(rows)] == [("mca", "19 corruptions", 47.), ("mca", "15 corruptions", 37.)]
    assert [r["condition"] for r in mca_rows(rows[:75])] == ["15 corruptions"] and mca_rows(rows[1:]) == []


def test_attack_rows_say_how_many_images():
    rows = attack_rows(build("wrn-10-1").eval(), load("digits", "test"), Suite(PGD(steps=1, restarts=1), attack_images=40))
    assert [(r["condition"], r["n"]) for r in rows] == [("run minimum", 40), ("strict", 40)] and "1 steps, 1 uniform" in rows[0]["source"]


def test_points_are_told_apart():
    assert point(8 / 255, .003, 20, "strict") == "eps 8/255, step 0.003, 20 steps, strict"
    assert len({point(e, .003, 20, "strict") for e in EPSILONS}) == len(EPSILONS)


def test_a_sweep_is_the_single_attacks():
    model, test = build("wrn-10-1").eval(), subset(load("digits", "test"), 60)
    rows = {r["condition"]: r["value"] for r in sweep_rows(model, test, Suite(PGD(restarts=2), steps=(1, 3), step_sizes=(.003, .03), eps=(.01, .1), scaled=True))}
    x, y = to_float(test.images), test.labels
    for pgd in (PGD(8 / 255, .03, 3, 2), PGD(8 / 255, .003, 1, 2), PGD(.01, .003, 20, 2), PGD(.1, .0125, 20, 2)):
        alone = accuracies([robustness(model, x, y, pgd, stream(0, 0, "sweep"))])["run minimum"]
        assert rows[point(pgd.eps, pgd.step_size, pgd.steps, "run minimum")] == alone
    assert len(rows) == 2 * (2 * 2 + 2 * 2)


def test_a_model_without_parameters_is_on_the_cpu():
    assert device_of(nn.ReLU()) == device_of(build("wrn-10-1")) == torch.device("cpu") and device_of(nn.Linear(2, 2, device="meta")).type == "meta"


def test_a_model_is_looked_at_before_anything_is_computed():
    class Broken(nn.Module):
        def forward(self, x): return x.flatten(1)[:, :10] / 0
    test = load("digits", "test")
    with pytest.raises(DataError, match="not finite"): check_model(Broken(), test, Suite())
    with pytest.raises(DataError, match=r"should be logits \(2, 10\)"): check_model(build("wrn-10-1", 7).eval(), test, Suite())
    with pytest.warns(UserWarning, match="probabilities"): check_model(nn.Sequential(build("wrn-10-1"), nn.Softmax(1)).eval(), test, Suite())


def test_a_constant_model_has_known_rows():
    test = load("digits", "test")
    suite = Suite(PGD(steps=2, restarts=2), corruptions=(("gaussian_noise", 5), ("contrast", 1)))
    rows = evaluate(Always(3).train(), test, suite)
    share = 100 * (test.labels == 3).double().mean().item()
    values = {m: {round(r["value"], 6) for r in rows if r["metric"] == m} for m in ("test_acc", "corruption_acc", "corruption_acc_given_clean", "pgd_acc", "brier", "ece")}
    assert values["test_acc"] == values["corruption_acc"] == values["pgd_acc"] == {round(share, 6)} and values["corruption_acc_given_clean"] == {100.}
    assert values["brier"] == {round(2 - share / 50, 6)} and values["ece"] == {round(100 - share, 6)}
    assert {r["n"] for r in rows if not r["metric"].endswith("clean")} == {497}


def test_a_model_that_cannot_be_judged_sees_two_images_only():
    class Wide(nn.Module):
        seen = []
        def forward(self, x): self.seen.append(len(x)); return torch.zeros(len(x), 7)
    with pytest.raises(DataError, match=r"should be logits \(2, 10\)"): evaluate(Wide(), "digits", "corruptions+pgd")
    assert Wide.seen == [2]


def test_evaluation_gives_the_mode_back():
    model = build("wrn-10-1").train()
    evaluate(model, subset(load("digits", "test"), 10), "test")
    assert model.training and all(p.requires_grad and p.grad is None for p in model.parameters())


def test_more_starts_only_find_more_over_batches():
    model, test = build("wrn-10-1"), subset(load("digits", "test"), 200)
    fit(model, load("digits"), Objective(alpha=0), Recipe(epochs=4, milestones=(3,), augment="crop", pad=1), 0)
    strict = [attack_rows(model.eval(), test, Suite(PGD(.1, .02, 3, r), batch_size=20), 2)[1]["value"] for r in (1, 2, 3, 4)]
    assert strict == sorted(strict, reverse=True) and strict[0] > strict[-1]


def test_evaluation_repeats():
    suite = Suite(PGD(eps=.1, step_size=.05, steps=2, restarts=2), attack_images=60, corruptions=(("gaussian_noise", 3),), images=200)
    a, b = (evaluate(build("wrn-10-1"), load("digits", "test"), suite) for _ in range(2))
    assert a == b and {r["n"] for r in a if not r["metric"].endswith("clean")} == {200, 60}


@pytest.mark.skipif(not available("cifar10"), reason="test_released_images_are_used_and_said needs cifar10: set NOISEKD_DATA")
def test_released_images_are_used_and_said():
    import numpy as np, os, tempfile
    from pathlib import Path
    test = load("cifar10", "test")
    with tempfile.TemporaryDirectory() as d:
        (Path(d) / "CIFAR-10-C").mkdir()
        paler = (test.images // 2 + 100).permute(0, 2, 3, 1).numpy()
        np.save(Path(d) / "CIFAR-10-C/contrast.npy", np.concatenate([paler] * 5))
        suite = Suite(None, corruptions=(("contrast", 2), ("brightness", 1)), images=300)
        rows = {r["condition"]: r for r in evaluate(Bright(), test, suite, root=d) if r["metric"] == "corruption_acc"}
        seen = subset(replace(test, images=test.images // 2 + 100), 300)
        assert rows["contrast/2"]["value"] == accuracy(predict(Bright(), seen), seen.labels)
    assert (rows["contrast/2"]["source"], rows["brightness/1"]["source"]) == ("released", "generated")


@pytest.mark.skipif(not available("cinic10"), reason="test_ood_rows_on_the_real_sample needs cinic10: set NOISEKD_DATA")
def test_ood_rows_on_the_real_sample():
    rows = {r["metric"]: r for r in evaluate(Always(3), load("cifar10", "test"), Suite(None, ood=True, images=100)) if r["condition"] != "clean"}
    cats = ood("cifar10")
    assert rows["ood_acc"]["n"] == len(cats) and rows["ood_acc"]["value"] == accuracy(predict(Always(3), cats), cats.labels)
    assert rows["ood_acc"]["condition"] == cats.name and set(rows) == {"ood_acc", "nll", "ece", "brier", "entropy"}


def test_a_missing_ood_set_is_refused_first():
    class Never(nn.Module):
        def forward(self, x): raise AssertionError("asked before the data was looked for")
    with pytest.raises(DataError, match="digits"): evaluate(Never(), load("digits", "test"), "ood")


def test_evaluation_stays_below_two_gigabytes():
    import os
    if not os.path.exists("/proc/self/status"): pytest.skip("the largest resident set is read from Linux's /proc")
    peak = int(subprocess.run([sys.executable, "-c", MEMORY], capture_output=True, text=True, check=True, env=os.environ | {"CUDA_VISIBLE_DEVICES": ""}).stdout.split()[-1])
    print(f"largest resident set: {peak} MiB")
    assert peak < 2048

"Exported from nbs/13_training.ipynb by `noisekd export`; edit the notebook."

import pytest, torch
import hashlib, json, os, time
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn
from tqdm.auto import trange
from noisekd.data import ImageSet, crop_and_flip, draw_crops, stream, stream_seed, to_float
from noisekd.objective import Draws, Objective, batch_loss, draws
from noisekd.data import available
from noisekd.training import *
from noisekd.training import _summary
from noisekd.training import _tensors
import subprocess, sys, tempfile
import pytest
from noisekd.data import load, subset
from noisekd.models import build
def saved(folder):
    "A checkpoint of an untrained network, and the network."
    path, model = Path(folder) / "c.safetensors", build("wrn-10-1")
    save_checkpoint(path, model, make_optimizer(model, Recipe()), [{"epoch": 0}], "run a")
    return path, model
KILLED = """
import os, signal, sys
from pathlib import Path
from noisekd.data import load, subset
from noisekd.models import build
from noisekd.objective import Objective
from noisekd.training import Recipe, fit
def maybe_kill(model, entry):
    if len(sys.argv) > 2 and entry["epoch"] == int(sys.argv[2]): os.kill(os.getpid(), signal.SIGKILL)
student, teacher = build("wrn-10-1", dropout=.1), build("wrn-10-1", dropout=.3, seed=1)
objective = Objective(sigma=.1, target_noise=.2, fickle=True)
recipe = Recipe(epochs=4, milestones=(2,), augment="crop", pad=1)
fit(student, subset(load("digits"), 300), objective, recipe, 0, teacher, Path(sys.argv[1]), "run", maybe_kill)
"""


@pytest.fixture(autouse=True)
def seeded(): torch.manual_seed(0)


def test_the_default_recipe_is_the_paper_s():
    r = Recipe()
    assert (r.epochs, r.lr, r.milestones, r.lr_decay, r.batch_size) == (200, .1, (60, 120, 150), .2, 128)
    assert (r.momentum, r.weight_decay, r.augment, r.pad, r.precision) == (.9, 5e-4, "crop+flip", 4, "fp32")


def test_schedule_equals_multisteplr():
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], 0.1)
    peer = torch.optim.lr_scheduler.MultiStepLR(optimizer, [60, 120, 150], 0.2)
    for epoch in range(200):
        assert learning_rate(Recipe(), epoch) == pytest.approx(optimizer.param_groups[0]["lr"])
        optimizer.step(); peer.step()


def test_weight_decay_reaches_every_parameter():
    model = build("wrn-10-1")
    group, = make_optimizer(model, Recipe()).param_groups
    assert (group["weight_decay"], group["momentum"], group["nesterov"]) == (5e-4, .9, False)
    assert len(group["params"]) == len(list(model.parameters()))


def test_an_epoch_sees_each_image_once():
    data = load("digits")
    rows = lambda x: sorted(map(bytes, (x * 255).round().to(torch.uint8).flatten(1).numpy()))
    seen = torch.cat([x for x, _ in epoch_batches(data, Recipe(augment="none"), 0, 3)])
    assert seen.shape == (1300, 3, 8, 8) and rows(seen) == rows(data.images.float() / 255)


def test_epochs_have_orders_of_their_own():
    order = lambda seed, epoch: torch.cat([y for _, y in epoch_batches(load("digits"), Recipe(augment="none"), seed, epoch)])
    assert torch.equal(order(0, 3), order(0, 3))
    assert not torch.equal(order(0, 3), order(0, 4)) and not torch.equal(order(0, 3), order(1, 3))


def test_a_step_is_sgd():
    model, recipe = build("wrn-10-1").train(), Recipe()
    x, y = torch.rand(8, 3, 8, 8), torch.arange(8)
    before = model.linear.weight.detach().clone()
    train_step(model, None, make_optimizer(model, recipe), Objective(alpha=0), (x, y), draws(0, 0))
    expected = before - 0.1 * (model.linear.weight.grad + 5e-4 * before)
    assert torch.allclose(model.linear.weight, expected, atol=1e-7)


def test_an_epoch_is_summed_up_or_refused():
    steps = torch.tensor([[2., 1., 3., .5, 0.], [4., 3., 5., 1., 1.]])
    assert _summary(steps, 7, .1, 0.) | {"seconds": 0} == dict(epoch=7, lr=.1, loss=3., ce=2., kd=4., accuracy=.75, terms=.5, seconds=0)
    steps[1, 0] = torch.nan
    with pytest.raises(NonFiniteLoss, match="the loss is nan at epoch 7, step 1"): _summary(steps, 7, .1, 0.)


def test_every_epoch_trains_in_train_mode_and_keeps_the_global_generator():
    student, data = build("wrn-10-1", dropout=.2), subset(load("digits"), 200)
    optimizer, before = make_optimizer(student, Recipe()), torch.random.get_rng_state()
    for epoch in range(2):
        running = student.bn.running_mean.clone()
        train_epoch(student, None, optimizer, data, Objective(alpha=0), Recipe(augment="none"), 0, epoch)
        assert student.training and not torch.equal(running, student.bn.running_mean)
        student.eval()  # a careless validation
    assert torch.equal(before, torch.random.get_rng_state())


def test_terms_know_how_far_the_training_is():
    def first_term(epochs):
        "ONE's weighted term in the first step."
        student, data = build("wrn-10-1", branches=3), subset(load("digits"), 100)
        recipe = Recipe(epochs=epochs, augment="none")
        return train_epoch(student, None, make_optimizer(student, recipe), data, Objective(0., terms=(("one", 1.),)), recipe, 0, 0)["terms"]
    assert first_term(300) / first_term(1) == pytest.approx(torch.tensor(-5.).exp().item(), rel=1e-2)


def test_a_loss_that_is_not_finite_is_located():
    student, data = build("wrn-10-1"), load("digits")
    recipe = Recipe(lr=1e20, augment="none")
    with pytest.raises(NonFiniteLoss, match=r"at epoch 0, step [1-9]"):
        train_epoch(student, None, make_optimizer(student, recipe), data, Objective(alpha=0), recipe, 0, 0)


def test_atomic_write_replaces_whole_files():
    with tempfile.TemporaryDirectory() as d:
        path = Path(d) / "deep" / "file"
        for content in (b"one", b"the second"): atomic_write(path, content)
        assert path.read_bytes() == b"the second" and [p.name for p in path.parent.iterdir()] == ["file"]


def test_a_failed_write_leaves_the_old_file():
    from unittest.mock import patch
    with tempfile.TemporaryDirectory() as d:
        path = Path(d) / "file"
        atomic_write(path, b"whole")
        with patch("os.fsync", side_effect=OSError("disk full")), pytest.raises(OSError): atomic_write(path, b"half")
        assert path.read_bytes() == b"whole"


def test_a_digest_sees_every_part():
    a = {"w": torch.ones(2, 3), "n": torch.tensor(1)}
    assert digest(a) == digest(dict(reversed(a.items())))
    for b in ({**a, "w": torch.ones(3, 2)}, {**a, "n": torch.tensor(2)}, {"v": a["w"], "n": a["n"]}): assert digest(b) != digest(a)


def test_weights_and_momentum_are_kept_apart():
    model = build("wrn-10-1")
    optimizer = make_optimizer(model, Recipe())
    assert {k.split(".")[0] for k in _tensors(model, optimizer)} == {"model"}
    train_step(model, None, optimizer, Objective(alpha=0), (torch.rand(4, 3, 8, 8), torch.arange(4)), draws(0, 0))
    assert sum(k.startswith("momentum.") for k in _tensors(model, optimizer)) == len(list(model.parameters()))


def test_damaged_and_foreign_checkpoints_are_named():
    with tempfile.TemporaryDirectory() as d:
        path, _ = saved(d)
        whole = path.read_bytes()
        with pytest.raises(CheckpointError, match="belongs to 'run a', not to 'run b'"): read_checkpoint(path, "run b")
        path.write_bytes(whole[:-100])
        with pytest.raises(CheckpointError, match="truncated"): read_checkpoint(path)
        path.write_bytes(whole[:-10] + b"\1" * 10)
        with pytest.raises(CheckpointError, match="altered"): read_checkpoint(path)


def test_weights_come_back():
    with tempfile.TemporaryDirectory() as d:
        path, model = saved(d)
        back = load_weights(build("wrn-10-1", seed=1), path, "run a")
    assert not back.training and all(torch.equal(v, model.state_dict()[k]) for k, v in back.state_dict().items())


def test_the_regressor_of_the_training_is_left_behind():
    model = build("wrn-10-1")
    model.regressor = nn.Conv2d(32, 64, 1)
    with tempfile.TemporaryDirectory() as d:
        save_checkpoint(Path(d) / "c.safetensors", model, make_optimizer(model, Recipe()), [])
        back = load_weights(build("wrn-10-1", seed=1), Path(d) / "c.safetensors")
    assert not hasattr(back, "regressor") and torch.equal(back.linear.weight, model.linear.weight)


def test_a_run_without_checkpoint_begins_at_the_beginning():
    model = build("wrn-10-1")
    assert resume(Path("/nowhere"), model, make_optimizer(model, Recipe())) == []


def test_a_student_learns_unseen_digits():
    student, test = build("wrn-10-1"), load("digits", "test")
    fit(student, load("digits"), Objective(alpha=0), Recipe(epochs=10, milestones=(6, 8), augment="crop", pad=1), seed=0)
    with torch.no_grad(): right = (student.eval()(to_float(test.images)).argmax(1) == test.labels).float().mean()
    assert right > 0.9


@pytest.mark.skipif(not available("cifar10"), reason="test_a_student_learns_real_photographs needs cifar10: set NOISEKD_DATA")
def test_a_student_learns_real_photographs():
    data, test = (load("cifar10", split, n=n) for split, n in (("train", 5000), ("test", 1000)))
    student = build("wrn-10-1")
    fit(student, data, Objective(alpha=0), Recipe(epochs=3, milestones=(2,), precision="bf16"), seed=0)
    with torch.no_grad(): right = (student.eval()(to_float(test.images)).argmax(1) == test.labels).float().mean()
    assert right > 0.25


def test_a_killed_run_ends_with_the_same_bits():
    with tempfile.TemporaryDirectory() as d:
        python = lambda *a: subprocess.run([sys.executable, "-c", KILLED, *map(str, a)]).returncode
        a, b = Path(d) / "a", Path(d) / "b"
        assert python(a) == 0
        assert python(b, 2) == -9 and len(read_checkpoint(b)[1]) == 2
        assert python(b) == 0
        assert digest(read_checkpoint(a, "run")[0]) == digest(read_checkpoint(b, "run")[0])
        assert any(k.startswith("momentum.") for k in read_checkpoint(b)[0])


def test_bf16_trains_like_fp32():
    losses = {}
    for precision in ("fp32", "bf16"):
        recipe = Recipe(epochs=3, milestones=(), augment="none", precision=precision)
        losses[precision] = [h["loss"] for h in fit(build("wrn-10-1"), load("digits"), Objective(alpha=0), recipe, 0)]
    assert losses["bf16"] == pytest.approx(losses["fp32"], rel=0.25) and losses["bf16"][-1] < losses["bf16"][0] / 2


def test_a_gpu_is_used_when_there():
    for device in ["cpu"] + ["cuda"] * torch.cuda.is_available():
        from noisekd.data import to_device
        student, teacher = build("wrn-10-1", dropout=.1).to(device), build("wrn-10-1", dropout=.3, seed=1).to(device)
        history = fit(student, to_device(load("digits"), device), Objective(sigma=.05, target_noise=.1, fickle=True), Recipe(epochs=2, milestones=(), augment="crop", pad=1), 0, teacher)
        assert len(history) == 2 and history[1]["loss"] < history[0]["loss"]

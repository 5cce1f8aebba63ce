"Exported from nbs/13_training.ipynb by `python -m noisekd.export`; edit the notebook."

import pytest
import torch
import hashlib
import json
import math
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import torch
from pydantic import Field, model_validator
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn
from tqdm import tqdm
from noisekd.basics import Count, Counts, Fraction, NonNegative, Positive
from noisekd.basics import Settings, stream, stream_seed, unused
from noisekd.data import ImageSet, crop_and_flip, draw_crops, fingerprint, to_float
from noisekd.models import count_parameters
from noisekd.noise import Randomness
from noisekd.objective import Objective, batch_loss, modes_kept, prepare
from noisekd.sources import available
from noisekd.training import *
from noisekd.training import _augmented
import io
import itertools
import subprocess
import sys
import tempfile
from contextlib import redirect_stderr
from dataclasses import replace
from unittest.mock import patch

import pytest
import torch.nn.functional as F

from noisekd.basics import refuses
from noisekd.data import load, subset, to_device
from noisekd.models import build
DIGITS = load("digits")


def small(**more):
    "A small network."
    return build("wrn-10-1", **more)
UNCHANGED = Recipe(augment="none")
CROPPED = Recipe(epochs=10, milestones=(6, 8), augment="crop", pad=1)
PLAIN = Objective()  # cross-entropy alone
def rates(recipe, steps):
    "The learning rate of every step of a training."
    places = itertools.product(range(recipe.epochs), range(steps))
    return [learning_rate(recipe, epoch, step, steps) for epoch, step in places]
def training_of(student, data=DIGITS, recipe=UNCHANGED, objective=PLAIN):
    "A training without a teacher."
    optimizer = make_optimizer(student, recipe)
    return Training(student, data, objective, recipe, 0, None, optimizer)
def labels_of(seed, epoch):
    "All labels of an epoch in their order."
    batches = epoch_batches(DIGITS, UNCHANGED, seed, epoch)
    return torch.cat([y for _, y in batches]).tolist()
def sorted_images(x):
    "Images as bytes, in an order of their own."
    return sorted(map(bytes, x.flatten(1).numpy()))
def one_step(model, optimizer, seed=0):
    "One step of training on four random images."
    x = torch.rand(4, 3, 8, 8, generator=stream(seed, 0, "images"))
    training = training_of(model.train())._replace(optimizer=optimizer)
    train_step(training, (x, torch.arange(4)), Randomness(0))
def saved(folder):
    "A checkpoint of an untrained network, and the network."
    path = Path(folder) / "c.safetensors"
    model = small()
    optimizer = make_optimizer(model, Recipe())
    save_checkpoint(path, model, optimizer, [{"epoch": 0}], "run a")
    return path, model
def peer_rates(make, total):
    "The rates of a scheduler of PyTorch, step by step."
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], 0.1)
    peer = make(optimizer)
    rates = []
    for _ in range(total):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        peer.step()
    return rates

schedulers = torch.optim.lr_scheduler
def share_right(student, test):
    "The share of a test split that is right."
    return (eval_logits(student, test.images).argmax(1) == test.labels).float().mean()
KILLED = """
import os, signal, sys
from pathlib import Path
from noisekd.data import load, subset
from noisekd.models import build
from noisekd.objective import Objective
from noisekd.training import Recipe, fit

def maybe_kill(model, entry):
    if len(sys.argv) > 2 and entry["epoch"] == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)

student = build("wrn-10-1", dropout=0.1)
teacher = build("wrn-10-1", dropout=0.3, seed=1)
objective = Objective(method="ft+sr+mc", noise={"gaussian": 0.1, "messy": 0.2})
recipe = Recipe(epochs=4, milestones=(2,), augment="crop", pad=1)
run = student, subset(load("digits"), 300), objective, recipe, 0, teacher
fit(*run, Path(sys.argv[1]), "run", maybe_kill)
"""
def run_killed(*arguments):
    "The exit status of a process that trains and may kill itself."
    command = [sys.executable, "-c", KILLED, *map(str, arguments)]
    return subprocess.run(command).returncode
class Counting(torch.optim.Optimizer):
    "Divides its rate by its number of steps."

    def __init__(self, parameters):
        super().__init__(parameters, {"lr": 0.1})

    @torch.no_grad()
    def step(self):
        for p in self.param_groups[0]["params"]:
            steps = self.state[p].get("steps", 0) + 1
            self.state[p]["steps"] = steps
            p -= 0.1 / steps * p.grad
def through_a_file(make, model, optimizer):
    "A new network and optimizer that go on from a checkpoint."
    new = small(seed=1)
    back = make(new.parameters())
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "c.safetensors"
        save_checkpoint(path, model, optimizer, [])
        resume(path, new, back)
    return new, back
def two_steps(make, resumed):
    "All bits after two steps, with a file between them or not."
    model = small()
    optimizer = make(model.parameters())
    one_step(model, optimizer, seed=0)
    if resumed:
        model, optimizer = through_a_file(make, model, optimizer)
    one_step(model, optimizer, seed=1)
    tensors, numbers = optimizer_state(optimizer)
    return digest(model.state_dict() | tensors), numbers
def resumes_exactly(make):
    "Whether a file between two steps changes nothing."
    return two_steps(make, resumed=True) == two_steps(make, resumed=False)
def interrupt(student, entry):
    "Stop a run in its second epoch."
    if entry["epoch"] == 1:
        raise KeyboardInterrupt
def run_adamw(path, **more):
    "Three epochs of AdamW under a rate that changes at every step."
    settings = dict(optimizer="adamw", lr=0.01, schedule="onecycle")
    recipe = Recipe(epochs=3, augment="none", **settings)
    student = small(dropout=0.1)
    fit(student, subset(DIGITS, 200), PLAIN, recipe, 0, None, path, **more)
    return digest(read_checkpoint(path).tensors)
def refuses_fit(words, student=None, data=DIGITS, objective=PLAIN, **more):
    "`fit` refuses this, and has not touched the student."
    student = student or small(dropout=0.1)
    recipe = more.pop("recipe", UNCHANGED)
    before = digest(student.state_dict())
    refuses(words, fit, student, data, objective, recipe, 0, **more)
    assert digest(student.state_dict()) == before
    assert not hasattr(student, "terms")
class Pair(nn.Linear):
    "A network that answers with two tensors."

    def forward(self, x):
        return x, x
HINTON = Objective(method="hinton")


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


def test_the_default_schedule_is_the_papers():
    r = Recipe()
    assert (r.optimizer, r.schedule, r.warmup) == ("sgd", "step", 0)
    assert (r.epochs, r.lr, r.lr_decay) == (200, 0.1, 0.2)
    assert r.milestones == (60, 120, 150)


def test_the_default_step_is_the_papers():
    r = Recipe()
    assert (r.momentum, r.weight_decay, r.batch_size) == (0.9, 5e-4, 128)
    assert (r.augment, r.pad, r.padding) == ("crop+flip", 4, "reflect")
    assert r.precision == "fp32"


def test_a_cosine_passes_the_middle_halfway():
    assert cosine_between(1.0, 0.0, 0.5) == pytest.approx(0.5)


def test_one_cycle_has_one_top():
    factors = [onecycle_factor(step, 100) for step in range(100)]
    assert factors.index(max(factors)) == 29
    assert factors[29] == 1
    assert (factors[0], factors[99]) == pytest.approx((0.04, 4e-6))


def test_a_warmup_is_a_straight_line_from_zero():
    recipe = Recipe(epochs=10, schedule="linear", warmup=2.0)
    assert [rate_factor(recipe, 0, s, 4) for s in range(4)] == [0, 0.125, 0.25, 0.375]
    assert rate_factor(recipe, 2) == 1
    assert rate_factor(recipe, 6) == 0.5


def test_the_default_rate_is_the_same_for_all_steps_of_an_epoch():
    assert learning_rate(Recipe(), 60, step=390, steps=391) == 0.1 * 0.2
    assert learning_rate(Recipe(), 59, step=390, steps=391) == 0.1


def test_the_default_optimizer_is_plain_momentum_sgd():
    (group,) = make_optimizer(small(), Recipe()).param_groups
    assert (group["lr"], group["momentum"]) == (0.1, 0.9)
    assert not group["nesterov"]


def test_weight_decay_reaches_every_parameter():
    model = small()
    for name in ("sgd", "adamw"):
        (group,) = make_optimizer(model, Recipe(optimizer=name)).param_groups
        assert group["weight_decay"] == 5e-4
        assert len(group["params"]) == len(list(model.parameters()))


def test_groups_keep_their_proportion():
    groups = [{"params": [nn.Parameter(torch.zeros(1))], "lr": lr} for lr in (0.5, 0.1)]
    optimizer = torch.optim.SGD(groups)
    for factor in (0.1, 0.5):
        set_rates(optimizer, factor)
    assert [g["lr"] for g in optimizer.param_groups] == [0.25, 0.05]


def test_the_last_batch_may_be_smaller():
    assert 10 * 128 < len(DIGITS) < 11 * 128
    assert training_of(small()).steps == 11


def test_without_augmentation_a_batch_stays():
    x = DIGITS.images[:4]
    assert _augmented(x, UNCHANGED, stream(0, 0, "crop")) is x


def test_an_epoch_sees_each_image_once():
    x = torch.cat([x for x, _ in epoch_batches(DIGITS, UNCHANGED, 0, 3)])
    seen = (x * 255).round().to(torch.uint8)
    assert seen.shape == (1300, 3, 8, 8)
    assert sorted_images(seen) == sorted_images(DIGITS.images)


def test_epochs_have_orders_of_their_own():
    assert labels_of(0, 3) == labels_of(0, 3)
    assert labels_of(0, 3) != labels_of(0, 4)
    assert labels_of(0, 3) != labels_of(1, 3)


def test_a_step_is_sgd():
    model = small().train()
    before = model.linear.weight.detach().clone()
    batch = torch.rand(8, 3, 8, 8), torch.arange(8)
    train_step(training_of(model), batch, Randomness(0))
    expected = before - 0.1 * (model.linear.weight.grad + 5e-4 * before)
    assert torch.allclose(model.linear.weight, expected, atol=1e-7)


def test_an_epoch_is_summed_up():
    steps = torch.tensor([[2.0, 1.0, 3.0, 0.5, 0.0], [4.0, 3.0, 5.0, 1.0, 1.0]])
    expected = {"loss": 3.0, "ce": 2.0, "kd": 4.0, "accuracy": 0.75, "terms": 0.5}
    assert summarise(steps, 7) == expected


def test_eval_logits_give_the_modes_back():
    model = small().train()
    model.bn.eval()
    assert eval_logits(model, DIGITS.images[:2]).shape == (2, 10)
    assert model.training
    assert not model.bn.training


def test_a_fresh_network_is_finite():
    model = small()
    check_finite(model, DIGITS.images[:2], "nothing")
    assert model.linear.weight.isfinite().all()


def test_a_device_is_seeded():
    seed_device(torch.device("cpu"), 7)
    drawn = torch.rand(3)
    assert torch.equal(drawn, torch.rand(3, generator=torch.Generator().manual_seed(7)))


def test_dropout_is_drawn_from_a_named_stream():
    with dropout_stream(0, 3, torch.device("cpu")):
        drawn = torch.rand(5)
    assert torch.equal(drawn, torch.rand(5, generator=stream(0, 3, "dropout")))


def test_the_global_generator_is_given_back():
    before = torch.random.get_rng_state()
    with dropout_stream(0, 3, torch.device("cpu")):
        torch.rand(5)
    assert torch.equal(before, torch.random.get_rng_state())


def test_every_epoch_trains_in_train_mode():
    student = small(dropout=0.2)
    training = training_of(student, subset(DIGITS, 200))
    for epoch in range(2):
        running = student.bn.running_mean.clone()
        train_epoch(training, epoch)
        assert student.training
        assert not torch.equal(running, student.bn.running_mean)
        student.eval()


def test_an_epoch_keeps_the_global_generator():
    training = training_of(small(dropout=0.2), subset(DIGITS, 200))
    before = torch.random.get_rng_state()
    train_epoch(training, 0)
    assert torch.equal(before, torch.random.get_rng_state())


def test_the_order_does_not_depend_on_other_draws():
    first = labels_of(0, 1)
    torch.rand(100)
    assert labels_of(0, 1) == first


def test_terms_know_how_far_the_training_is():
    def first_term(epochs):
        "ONE's weighted term in the first epoch."
        student = small(branches=3)
        recipe = Recipe(epochs=epochs, milestones=(), augment="none")
        one = Objective(method="one")
        training = training_of(student, subset(DIGITS, 100), recipe, one)
        return train_epoch(training, 0)["terms"]


    assert first_term(300) / first_term(1) == pytest.approx(math.exp(-5), rel=1e-2)


def test_atomic_write_replaces_whole_files():
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "deep" / "file"
        atomic_write(path, b"one")
        atomic_write(path, b"the second")
        assert path.read_bytes() == b"the second"
        assert [p.name for p in path.parent.iterdir()] == ["file"]


def test_a_failed_write_leaves_the_old_file():
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        atomic_write(path, b"whole")
        with patch("os.fsync", side_effect=OSError("disk full")):
            with pytest.raises(OSError):
                atomic_write(path, b"half")
        assert path.read_bytes() == b"whole"


def test_a_digest_does_not_see_the_order():
    a = {"w": torch.ones(2, 3), "n": torch.tensor(1)}
    assert digest(a) == digest(dict(reversed(a.items())))


def test_a_digest_sees_every_part():
    a = {"w": torch.ones(2, 3)}
    assert digest(a) != digest({"w": torch.ones(3, 2)})
    assert digest(a) != digest({"w": torch.zeros(2, 3)})
    assert digest(a) != digest({"v": torch.ones(2, 3)})
    assert digest(a) != digest({"w": torch.ones(2, 3, dtype=torch.float64)})
    assert digest(a) != digest(a, "text")


def test_every_parameter_has_its_momentum():
    model = small()
    optimizer = make_optimizer(model, Recipe())
    assert optimizer_state(optimizer) == ({}, {})
    one_step(model, optimizer)
    assert len(optimizer_state(optimizer)[0]) == len(list(model.parameters()))


def test_momentum_is_laid_out_like_its_weight():
    weight = torch.rand(2, 3, 4, 4).to(memory_format=torch.channels_last)
    value = laid_out_like(weight, torch.rand(2, 3, 4, 4))
    assert value.stride() == weight.stride()
    assert laid_out_like(weight, 7) == 7


def test_a_key_may_hold_points():
    plain = torch.optim.SGD([nn.Parameter(torch.zeros(2))])
    assert state_by_index(plain, {"optimizer.0.a.b": 1}) == {0: {"a.b": 1}}


def test_an_optimizer_gets_its_state_back():
    model = small()
    recipe = Recipe(optimizer="adamw", lr=0.001)
    old, new = make_optimizer(model, recipe), make_optimizer(model, recipe)
    one_step(model, old)
    restore_optimizer(new, *optimizer_state(old))
    assert digest(optimizer_state(new)[0]) == digest(optimizer_state(old)[0])


def test_weights_and_optimizer_are_kept_apart():
    with tempfile.TemporaryDirectory() as folder:
        path, model = saved(folder)
        optimizer = make_optimizer(model, Recipe())
        one_step(model, optimizer)
        save_checkpoint(path, model, optimizer, [])
        with safe_open(path, "pt") as file:
            names = {name.split(".")[0] for name in file.keys()}
    assert names == {"model", "optimizer"}


def test_the_checksum_is_the_digest_of_tensors_and_texts():
    with tempfile.TemporaryDirectory() as folder:
        tensors, texts = read_file(saved(folder)[0])
    assert texts["sha256"] == digest(tensors, "run a", '[{"epoch": 0}]', "{}", "{}")


def test_a_checkpoint_can_be_read():
    with tempfile.TemporaryDirectory() as folder:
        path, model = saved(folder)
        tensors = read_checkpoint(path, "run a").tensors
    assert torch.equal(tensors["model.linear.weight"], model.linear.weight)


def test_kinds_are_told_apart_by_name():
    tensors = {"model.w": torch.ones(1), "optimizer.0.step": torch.ones(1)}
    assert list(of_kind(tensors, "optimizer")) == ["optimizer.0.step"]


def test_weights_come_back():
    with tempfile.TemporaryDirectory() as folder:
        path, model = saved(folder)
        back = load_weights(small(seed=1), path, "run a")
    assert not back.training
    assert digest(back.state_dict()) == digest(model.state_dict())


def test_modules_of_terms_are_left_behind():
    model = small()
    model.terms = nn.ModuleDict({"fitnet": nn.Conv2d(32, 64, 1)})
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "c.safetensors"
        save_checkpoint(path, model, make_optimizer(model, Recipe()), [])
        back = load_weights(small(seed=1), path)
    assert not hasattr(back, "terms")
    assert torch.equal(back.linear.weight, model.linear.weight)


def test_weights_of_an_earlier_version_can_be_read():
    model = small()
    tensors = {f"model.{k}": v.contiguous() for k, v in model.state_dict().items()}
    texts = {"tag": "a", "history": "[]", "sha256": digest(tensors, "a", "[]")}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "c"
        path.write_bytes(save(tensors, texts))
        back = load_weights(small(seed=1), path, "a")
    assert torch.equal(back.linear.weight, model.linear.weight)


def test_a_setting_that_is_new_is_no_change():
    assert check_settings(Path("c"), {"lr": 0.1}, {"lr": 0.1, "new": 1}) is None


def test_a_run_without_checkpoint_begins_at_the_beginning():
    model = small()
    assert resume(Path("/nowhere"), model, make_optimizer(model, Recipe())) == []


def test_a_resumed_network_has_the_weights():
    with tempfile.TemporaryDirectory() as folder:
        path, model = saved(folder)
        back = small(seed=1)
        history = resume(path, back, make_optimizer(back, Recipe()), "run a")
    assert history == [{"epoch": 0}]
    assert digest(back.state_dict()) == digest(model.state_dict())


def test_a_network_beside_the_images_is_fine():
    model = small()
    check_device("student", model, DIGITS.images.device)
    assert model.linear.weight.device.type == "cpu"


def test_ten_logits_for_ten_classes_are_fine():
    model = small().train()
    check_logits("student", model, DIGITS)
    assert model.training


def test_digits_are_data():
    check_data(DIGITS)
    assert len(DIGITS) == 1300


def test_digits_are_fine_with_small_crops():
    check_crops(CROPPED, DIGITS.images)
    check_crops(Recipe(pad=20, padding="constant"), DIGITS.images)
    assert DIGITS.images.shape[2] > CROPPED.pad


def test_a_processor_takes_both_precisions():
    check_precision(Recipe(precision="bf16"), torch.device("cpu"))
    check_precision(Recipe(precision="fp32"), torch.device("cuda"))
    assert Recipe().precision == "fp32"


def test_the_students_own_optimizer_is_fine():
    model = small()
    optimizer = torch.optim.Adam(model.parameters(), 0.001)
    check_optimizer(optimizer, model, UNCHANGED)
    assert optimizer.param_groups[0]["lr"] == 0.001


def test_fitnet_brings_a_regressor():
    training = training_of(small(), objective=Objective(method="fitnet"))
    brought = add_terms(training._replace(teacher=build("wrn-10-2")))
    assert brought[0].shape == (64, 32, 1, 1)
    assert add_terms(training_of(small())) == []


def test_settings_name_the_data():
    settings = run_settings(training_of(small()))
    assert settings["data"] == fingerprint(DIGITS)
    assert settings["augment"] == "none"


def test_parameters_of_terms_join_the_callers_optimizer():
    student = small()
    optimizer = torch.optim.Adam(student.parameters(), 0.001)
    training = training_of(student, objective=Objective(method="fitnet"))
    ready(training._replace(teacher=build("wrn-10-2"), optimizer=optimizer))
    brought = optimizer.param_groups[1]["params"]
    assert len(brought) == len(list(student.terms.parameters()))


def test_a_bar_counts_what_is_left():
    assert list(epochs_bar(3, 5, seed=0, show=False)) == [3, 4]


def test_a_run_has_an_entry_for_each_epoch():
    recipe = CROPPED.but(epochs=2, milestones=(1,))
    history = run_epochs(training_of(small(), subset(DIGITS, 100), recipe))
    assert [entry["epoch"] for entry in history] == [0, 1]
    assert [entry["lr"] for entry in history] == [0.1, 0.1 * 0.2]


def test_after_epoch_sees_student_and_entry():
    seen = []
    recipe = CROPPED.but(epochs=2, milestones=())
    training = training_of(small(), subset(DIGITS, 100), recipe)
    run_epochs(training, after_epoch=lambda *pair: seen.append(pair))
    assert [entry["epoch"] for _, entry in seen] == [0, 1]
    assert seen[0][0] is training.student


def test_the_default_schedule_is_multisteplr():
    def peer(optimizer):
        return schedulers.MultiStepLR(optimizer, [60, 120, 150], 0.2)

    assert rates(Recipe(), steps=1) == pytest.approx(peer_rates(peer, 200))


def test_linear_is_linearlr():
    def peer(optimizer):
        return schedulers.LinearLR(optimizer, 1.0, 0.0, total_iters=60)

    ours = rates(Recipe(epochs=6, schedule="linear"), steps=10)
    assert ours == pytest.approx(peer_rates(peer, 60), abs=1e-9)


def test_cosine_is_cosineannealinglr():
    def peer(optimizer):
        return schedulers.CosineAnnealingLR(optimizer, 60)

    ours = rates(Recipe(epochs=6, schedule="cosine"), steps=10)
    assert ours == pytest.approx(peer_rates(peer, 60), abs=1e-9)


def test_onecycle_is_onecyclelr():
    def peer(optimizer):
        return schedulers.OneCycleLR(optimizer, 0.1, total_steps=60, cycle_momentum=False)

    ours = rates(Recipe(epochs=6, schedule="onecycle"), steps=10)
    assert ours == pytest.approx(peer_rates(peer, 60), rel=1e-9)


def test_a_warmup_joins_the_schedule():
    def peer(optimizer):
        up = schedulers.LambdaLR(optimizer, lambda step: step / 20)
        down = schedulers.CosineAnnealingLR(optimizer, 40)
        return schedulers.SequentialLR(optimizer, [up, down], [20])

    ours = rates(Recipe(epochs=6, schedule="cosine", warmup=2.0), steps=10)
    assert ours == pytest.approx(peer_rates(peer, 60), abs=1e-9)


def test_a_warmup_may_pass_a_milestone():
    recipe = Recipe(epochs=6, milestones=(1,), warmup=2.0)
    assert rates(recipe, steps=2) == pytest.approx([0, 0.025, 0.01, 0.015] + [0.02] * 8)


def test_every_step_has_its_rate():
    seen = []
    recipe = Recipe(epochs=2, schedule="cosine", augment="none")
    training = training_of(small(), subset(DIGITS, 300), recipe)
    hook = training.optimizer.register_step_pre_hook
    hook(lambda optimizer, *_: seen.append(optimizer.param_groups[0]["lr"]))
    run_epochs(training)
    assert seen == rates(recipe, steps=3)


def test_a_student_learns_unseen_digits():
    student = small()
    fit(student, DIGITS, PLAIN, CROPPED, seed=0)
    assert share_right(student, load("digits", "test")) > 0.9


def test_adamw_and_onecycle_learn_digits():
    student = small()
    settings = {"optimizer": "adamw", "lr": 0.01, "schedule": "onecycle"}
    recipe = Recipe(epochs=10, augment="crop", pad=1, **settings)
    fit(student, DIGITS, PLAIN, recipe, seed=0)
    assert share_right(student, load("digits", "test")) > 0.9


@pytest.mark.skipif(not available("cifar10"), reason="test_a_student_learns_real_photographs needs cifar10: set NOISEKD_DATA")
def test_a_student_learns_real_photographs():
    data = load("cifar10", "train", n=5000)
    student = small()
    fit(student, data, PLAIN, Recipe(epochs=3, milestones=(2,), precision="bf16"), seed=0)
    assert share_right(student, load("cifar10", "test", n=1000)) > 0.25


def test_a_killed_run_ends_with_the_same_bits():
    with tempfile.TemporaryDirectory() as folder:
        whole, killed = Path(folder) / "a", Path(folder) / "b"
        assert run_killed(whole) == 0
        assert run_killed(killed, 2) == -9
        assert len(read_checkpoint(killed).history) == 2
        assert run_killed(killed) == 0
        a, b = (read_checkpoint(path, "run").tensors for path in (whole, killed))
    assert digest(a) == digest(b)
    assert any(k.endswith("momentum_buffer") for k in a)


def test_sgd_resumes_exactly():
    def sgd(parameters):
        return torch.optim.SGD(parameters, 0.1, 0.9, weight_decay=5e-4)

    assert resumes_exactly(sgd)


def test_adamw_resumes_exactly():
    def adamw(parameters):
        return torch.optim.AdamW(parameters, 0.001)

    assert resumes_exactly(adamw)


def test_adam_with_amsgrad_resumes_exactly():
    def amsgrad(parameters):
        return torch.optim.Adam(parameters, 0.001, amsgrad=True)

    assert resumes_exactly(amsgrad)


def test_plain_numbers_resume_exactly():
    assert resumes_exactly(Counting)
    assert two_steps(Counting, resumed=True)[1]["optimizer.0.steps"] == 2


def test_an_interrupted_run_with_adamw_ends_with_the_same_bits():
    with tempfile.TemporaryDirectory() as folder:
        whole = run_adamw(Path(folder) / "a")
        with pytest.raises(KeyboardInterrupt):
            run_adamw(Path(folder) / "b", after_epoch=interrupt)
        assert len(read_checkpoint(Path(folder) / "b").history) == 1
        assert run_adamw(Path(folder) / "b") == whole


def test_an_optimizer_of_ones_own_is_scaled_by_the_schedule():
    model = small()
    optimizer = torch.optim.Adam(model.parameters(), 0.001)
    data = subset(DIGITS, 200)
    recipe = CROPPED.but(epochs=3, milestones=(2,))
    history = fit(model, data, PLAIN, recipe, 0, optimizer=optimizer)
    assert [entry["lr"] for entry in history] == [0.001, 0.001, 0.001 * 0.2]


def test_a_finished_bar_stays_finished():
    written = io.StringIO()
    data = subset(DIGITS, 100)
    recipe = CROPPED.but(epochs=2, milestones=())
    with redirect_stderr(written):
        fit(small(), data, PLAIN, recipe, 7, progress=True)
    last = written.getvalue().strip().split("\r")[-1]
    assert last.startswith("seed 7: 100%")
    assert "accuracy=" in last


def test_bf16_trains_like_fp32():
    losses = {}
    for precision in ("fp32", "bf16"):
        recipe = Recipe(epochs=3, milestones=(), augment="none", precision=precision)
        history = fit(small(), DIGITS, PLAIN, recipe, 0)
        losses[precision] = [entry["loss"] for entry in history]
    assert losses["bf16"] == pytest.approx(losses["fp32"], rel=0.25)
    assert losses["bf16"][-1] < losses["bf16"][0] / 2


def test_a_gpu_is_used_when_there():
    recipe = Recipe(epochs=2, milestones=(), augment="crop", pad=1)
    objective = Objective(method="ft+sr+mc", noise={"gaussian": 0.05, "messy": 0.1})
    for device in ["cpu"] + ["cuda"] * torch.cuda.is_available():
        student = small(dropout=0.1).to(device)
        teacher = small(dropout=0.3, seed=1).to(device)
        data = to_device(DIGITS, device)
        history = fit(student, data, objective, recipe, 0, teacher)
        assert len(history) == 2
        assert history[1]["loss"] < history[0]["loss"]


def test_refuses_milestones_that_do_not_increase():
    refuses("milestones = [6, 5]: should increase", Recipe, milestones=(6, 5))
    refuses("milestones = [5, 5]: should increase", Recipe, milestones=(5, 5))


def test_refuses_milestones_after_the_end():
    refuses("lie before the end (epochs = 150)", Recipe, epochs=150)


def test_refuses_settings_that_the_schedule_does_not_read():
    for schedule in ("linear", "cosine", "onecycle"):
        refuses("milestones = (5,): should be", Recipe, schedule=schedule, milestones=(5,))
        refuses("lr_decay = 0.1: should be 0.2", Recipe, schedule=schedule, lr_decay=0.1)
    refuses("a rise of its own", Recipe, schedule="onecycle", warmup=5.0)


def test_refuses_settings_that_the_optimizer_does_not_read():
    refuses("momentum = 0.5: should be 0.9", Recipe, optimizer="adamw", momentum=0.5)


def test_refuses_a_warmup_without_end():
    refuses("warmup = 200.0: should be shorter", Recipe, warmup=200.0)
    refuses("warmup = -1", Recipe, warmup=-1.0)


def test_refuses_unknown_names():
    refuses("input should be 'sgd' or 'adamw'", Recipe, optimizer="lion")
    refuses("optimizer = 'lion'", Recipe, optimizer="lion")
    refuses("schedule = 'poly'", Recipe, schedule="poly")
    refuses("augment = 'mixup'", Recipe, augment="mixup")
    refuses("did you mean 'milestones'", Recipe, milestone=(5,))


def test_refuses_numbers_out_of_range():
    refuses("lr = 0.0: input should be greater than 0", Recipe, lr=0.0)
    refuses("epochs = 0", Recipe, epochs=0)
    refuses("momentum = 1.5", Recipe, momentum=1.5)
    refuses("pad = -1", Recipe, pad=-1)


def test_refuses_a_student_of_seven_classes():
    words = "student: answers with (2, 7); should be (2, 10), one logit for each class"
    refuses_fit(words, small(num_classes=7))


def test_refuses_a_student_of_a_hundred_classes():
    refuses_fit("student: answers with (2, 100)", small(num_classes=100))


def test_refuses_answers_that_are_no_logits():
    refuses_fit("student: answers with <class 'tuple'>", Pair(8, 8))
    refuses_fit("student: answers with (2, 3, 8, 10)", nn.Linear(8, 10))
    refuses_fit("student: does not take images of (3, 8, 8)", nn.Linear(5, 10))


def test_refuses_a_teacher_that_is_missing_or_not_asked_for():
    refuses_fit("teacher = None: method 'hinton' needs one", objective=HINTON)
    refuses_fit("method 'baseline' needs none", teacher=small())


def test_refuses_a_teacher_of_other_classes():
    teacher = small(num_classes=7)
    refuses_fit("teacher: answers with (2, 7)", objective=HINTON, teacher=teacher)


def test_refuses_a_teacher_that_is_the_student():
    student = small()
    refuses_fit("is the student itself", student, objective=HINTON, teacher=student)


def test_refuses_a_teacher_in_the_wrong_place():
    elsewhere = small().to("meta")
    words = "teacher: is on ['meta']; should be on cpu, beside the images"
    refuses_fit(words, objective=HINTON, teacher=elsewhere)


def test_refuses_a_student_in_the_wrong_place():
    student = small().to("meta")
    words = "student: is on ['meta']; should be on cpu"
    refuses(words, fit, student, DIGITS, PLAIN, UNCHANGED, 0)


def test_refuses_data_that_are_none():
    refuses_fit("data: is a list; should be an ImageSet", data=[1, 2])
    refuses("no images", replace, DIGITS, images=torch.zeros(0, 3, 8, 8).byte())


def test_refuses_crops_wider_than_the_images():
    refuses_fit("pad = 8: should be smaller than 8", recipe=Recipe(pad=8))


def test_refuses_bf16_where_the_gpu_has_none():
    recipe = Recipe(precision="bf16")
    with patch("torch.cuda.is_bf16_supported", return_value=False):
        refuses("precision = 'bf16'", check_precision, recipe, torch.device("cuda"))


def test_refuses_an_optimizer_of_another_network():
    other = torch.optim.Adam(small().parameters())
    refuses_fit("optimizer: holds other parameters", optimizer=other)


def test_refuses_settings_that_an_optimizer_overrides():
    student = small()
    own = torch.optim.Adam(student.parameters())
    recipe = UNCHANGED.but(lr=0.05)
    refuses_fit("lr = 0.05: should be 0.1", student, optimizer=own, recipe=recipe)


def test_refuses_a_loss_that_is_not_finite():
    recipe = UNCHANGED.but(lr=1e20)
    words = "at epoch 0, step "
    refuses(words, fit, small(), DIGITS, PLAIN, recipe, 0)


def test_refuses_the_first_step_that_is_not_finite():
    steps = torch.ones(4, 5)
    steps[2:, 0] = torch.nan
    refuses("the loss is nan at epoch 7, step 2", summarise, steps, 7)


def test_refuses_to_finish_with_logits_that_are_not_finite():
    recipe = UNCHANGED.but(lr=1e20, batch_size=1300)
    words = "the logits are not finite after epoch 0, step 0"
    refuses(words, fit, small(), DIGITS, PLAIN, recipe, 0)


def test_refuses_to_finish_with_weights_that_are_not_finite():
    model = small()
    model.linear.bias.data[0] = torch.inf
    images = DIGITS.images[:2]
    refuses("the weights are not finite after here", check_finite, model, images, "here")


def test_refuses_a_checkpoint_that_was_cut_short():
    with tempfile.TemporaryDirectory() as folder:
        path, _ = saved(folder)
        path.write_bytes(path.read_bytes()[:-100])
        refuses("truncated", read_checkpoint, path)


def test_refuses_a_checkpoint_with_other_bytes():
    with tempfile.TemporaryDirectory() as folder:
        path, _ = saved(folder)
        path.write_bytes(path.read_bytes()[:-10] + b"\1" * 10)
        refuses("altered", read_checkpoint, path)


def test_refuses_altered_texts():
    with tempfile.TemporaryDirectory() as folder:
        path, _ = saved(folder)
        path.write_bytes(path.read_bytes().replace(b"run a", b"run b"))
        refuses("altered", read_checkpoint, path)


def test_refuses_foreign_checkpoints():
    with tempfile.TemporaryDirectory() as folder:
        path, _ = saved(folder)
        refuses("belongs to 'run a', not to 'run b'", read_checkpoint, path, "run b")


def test_refuses_to_go_on_with_other_settings():
    recipe = UNCHANGED.but(epochs=1, milestones=())
    with tempfile.TemporaryDirectory() as folder:
        go_on = dict(data=subset(DIGITS, 100), recipe=recipe, checkpoint=Path(folder) / "c")
        fit(small(), objective=PLAIN, seed=0, **go_on)
        other = go_on | {"recipe": recipe.but(lr=0.05)}
        refuses_fit("begun with lr = 0.1 (now 0.05)", **other)
        refuses_fit("begun with data =", **{**go_on, "data": DIGITS})


def test_refuses_to_go_on_with_another_network():
    recipe = UNCHANGED.but(epochs=1, milestones=())
    with tempfile.TemporaryDirectory() as folder:
        go_on = dict(data=subset(DIGITS, 100), recipe=recipe, checkpoint=Path(folder) / "c")
        fit(small(), objective=PLAIN, seed=0, **go_on)
        refuses_fit("begun with student = 'WRN, 77850 para", build("resnet-8"), **go_on)


def test_refuses_to_go_on_from_an_earlier_version():
    model = small()
    tensors = {"momentum.linear.bias": torch.zeros(10)}
    texts = {"tag": "", "history": "[]", "sha256": digest(tensors, "", "[]")}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "c"
        path.write_bytes(save(tensors, texts))
        optimizer = make_optimizer(model, Recipe())
        refuses("is of an earlier version", resume, path, model, optimizer)


def test_refuses_state_that_is_neither_tensor_nor_number():
    model = small()
    optimizer = make_optimizer(model, Recipe())
    optimizer.state[model.linear.weight]["old"] = []
    refuses("is a list; should be a tensor or a number", optimizer_state, optimizer)


def test_refuses_state_that_would_be_rounded():
    optimizer = make_optimizer(small(), Recipe())
    exact = torch.rand(16, 3, 3, 3, dtype=torch.float64)
    state = {"optimizer.0.momentum_buffer": exact}
    words = "SGD: does not take its state back exactly"
    refuses(words, restore_optimizer, optimizer, state, {})

"Exported from nbs/00_data.ipynb by `noisekd export`; edit the notebook."

import pytest, torch
import hashlib, os
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Callable, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor
from noisekd.data import available
from noisekd.data import *
from noisekd.data import _torchvision
import math
import pytest, scipy.stats
def fifty():
    "Fifty images of noise in ten classes."
    x = torch.randint(0, 256, (50, 3, 8, 8), dtype=torch.uint8, generator=stream(0, 0, "test"))
    return ImageSet(x, torch.arange(50) % 10, tuple("0123456789"), "fifty")
def zeros(n=50_000):
    "n images of the class 0."
    return ImageSet(torch.zeros(n, 3, 1, 1, dtype=torch.uint8), torch.zeros(n, dtype=torch.long), tuple("0123456789"), "zeros")


@pytest.fixture(autouse=True)
def seeded(): torch.manual_seed(0)


def test_a_missing_device_is_named():
    assert pick_device("cpu").type == "cpu"
    with pytest.raises(ValueError, match="device = 'tpu'"): pick_device("tpu")


def test_full_float32_is_given_back():
    before = torch.backends.cudnn.allow_tf32
    with pytest.raises(ZeroDivisionError), full_float32(): assert not torch.backends.cudnn.allow_tf32 and 1 / 0
    assert torch.backends.cudnn.allow_tf32 == before


def test_a_stream_seed_is_blake2b_of_its_name():
    import hashlib
    by_hand = int.from_bytes(hashlib.blake2b(b"0/57/crop", digest_size=8).digest(), "big") // 2
    assert stream_seed(0, 57, "crop") == by_hand < 2 ** 63


def test_streams_are_repeatable_and_distinct():
    first = lambda *name: torch.rand(1, generator=stream(*name)).item()
    assert first(0, 57, "crop") == first(0, 57, "crop")
    names = [(s, e, p) for s in range(10) for e in range(10) for p in ("order", "crop", "input_noise")]
    assert len({first(*n) for n in names}) == 300


def test_an_image_set_knows_its_length():
    assert len(ImageSet(torch.zeros(3, 3, 8, 8, dtype=torch.uint8), torch.zeros(3, dtype=torch.long), ("a",), "three")) == 3


def test_wrong_images_are_refused():
    good, y = torch.zeros(2, 3, 8, 8, dtype=torch.uint8), torch.tensor([0, 1])
    ten = tuple("0123456789")
    with pytest.raises(DataError, match="float32"): ImageSet(good.float(), y, ten, "x")
    with pytest.raises(DataError, match="no images"): ImageSet(good[:0], y[:0], ten, "x")
    with pytest.raises(DataError, match="from 0 to 10; should be 0..9"): ImageSet(good, y * 10, ten, "x")


def test_moving_changes_nothing_else():
    data = ImageSet(torch.ones(2, 3, 8, 8, dtype=torch.uint8), torch.tensor([0, 1]), ("a", "b"), "two")
    for device in ["cpu"] + ["cuda"] * torch.cuda.is_available():
        moved = to_device(data, device)
        assert moved.images.device.type == device == moved.labels.device.type and torch.equal(moved.images.cpu(), data.images)


def test_subsets_are_nested():
    data = fifty()
    assert torch.equal(subset(data, 10).images, subset(data, 20).images[:10]) and subset(data, None) is data
    with pytest.raises(DataError, match="51 images asked for; it has 50"): subset(data, 51)


def test_a_fingerprint_sees_images_and_labels():
    data = fifty()
    others = [replace(data, labels=data.labels.flip(0)), replace(data, images=data.images.flip(0)), subset(data, 49)]
    assert fingerprint(data) == fingerprint(replace(data)) and fingerprint(data) not in map(fingerprint, others)


def test_a_named_folder_is_taken_as_it_is():
    assert data_folder("/a") == (Path("/a"), True)  # named, so nothing is downloaded


def test_a_missing_folder_is_named():
    with pytest.raises(DataError, match="data_root = '/nowhere': CIFAR10 cannot be there: no such folder"): read_cifar10("test", "/nowhere")


def test_a_damaged_file_is_named():
    import tempfile
    with tempfile.TemporaryDirectory() as d:
        (Path(d) / "train_32x32.mat").write_bytes(b"cut short")
        with pytest.raises(DataError, match="SVHN is missing there or fails its checksum"): read_svhn("train", d)


def test_svhn_arrives_in_our_layout():
    import scipy.io, tempfile, torchvision
    from unittest.mock import patch
    x = np.random.default_rng(0).integers(0, 256, (32, 32, 3, 3), dtype=np.uint8)
    with tempfile.TemporaryDirectory() as d, patch.object(torchvision.datasets.SVHN, "_check_integrity", return_value=True), patch.object(torchvision.datasets.svhn, "check_integrity", return_value=True):
        scipy.io.savemat(f"{d}/test_32x32.mat", {"X": x, "y": np.array([[10], [1], [9]])})
        data = read_svhn("test", d)
    assert data.labels.tolist() == [0, 1, 9] and torch.equal(data.images, torch.from_numpy(x).permute(3, 2, 0, 1))


def test_a_crop_moves_by_an_eighth_of_the_image():
    assert all(info.pad == info.size // 8 for info in DATASETS.values())


def test_digits_are_whole_and_disjoint():
    train, test = load("digits", "train"), load("digits", "test")
    assert (len(train), len(test)) == (1300, 497)
    assert set(train.labels.tolist()) == set(range(10)) and train.images.max() == 255
    seen = {im.numpy().tobytes() for im in train.images}
    assert sum(im.numpy().tobytes() in seen for im in test.images) == 0


def test_unknown_or_missing_data_is_named():
    with pytest.raises(DataError, match="dataset = 'cifar'.*cifar10"): load("cifar")
    with pytest.raises(DataError, match="split = 'valid'"): load("digits", "valid")
    with pytest.raises(DataError, match="no such folder"): load("svhn", root="/nowhere")


def test_digits_need_nothing():
    assert available("digits") and not available("imagenet")


@pytest.mark.skipif(not available("cifar10"), reason="test_real_cifar10 needs cifar10: set NOISEKD_DATA")
def test_real_cifar10():
    cifar = load("cifar10", "train")
    assert torch.bincount(cifar.labels).tolist() == [5000] * 10 and cifar.classes[0] == "airplane"
    mean = cifar.images.double().mean((0, 2, 3)) / 255
    assert torch.allclose(mean, torch.tensor([0.4914, 0.4822, 0.4465], dtype=torch.double), atol=5e-5)  # the published means


@pytest.mark.skipif(not available("cifar10"), reason="test_one_wrong_byte_is_noticed needs cifar10: set NOISEKD_DATA")
def test_one_wrong_byte_is_noticed():
    import tempfile
    with tempfile.TemporaryDirectory() as d:
        whole, copy = data_folder()[0] / "cifar-10-batches-py", Path(d) / "cifar-10-batches-py"
        copy.mkdir()
        for p in whole.iterdir(): (copy / p.name).symlink_to(p)
        (copy / "test_batch").unlink(); (copy / "test_batch").write_bytes((whole / "test_batch").read_bytes()[:-1] + b"!")
        with pytest.raises(DataError, match="CIFAR10 is missing there or fails its checksum"): load("cifar10", "test", d)


def test_bytes_become_the_unit_interval():
    x = to_float(torch.tensor([0, 51, 255], dtype=torch.uint8).reshape(1, 3, 1, 1))
    assert x.flatten().tolist() == pytest.approx([0, .2, 1], abs=1e-7)


def test_draws_stay_in_range():
    c = draw_crops(10_000, 4, True, stream(0, 0, "crop"))
    assert (c.top.min(), c.top.max(), c.left.min(), c.left.max()) == (0, 8, 0, 8)
    assert not draw_crops(1000, 4, False, stream(0, 0, "crop")).flip.any()


def test_crops_equal_torchvision():
    import torchvision.transforms.functional as TF
    x = torch.randint(0, 256, (64, 3, 32, 32), dtype=torch.uint8, generator=stream(0, 0, "images"))
    crops = draw_crops(64, 4, True, stream(0, 0, "crop"))
    for mode in ("reflect", "constant"):
        ours = crop_and_flip(x, crops, 4, mode)
        for i, (t, l, f) in enumerate(zip(crops.top.tolist(), crops.left.tolist(), crops.flip.tolist())):
            peer = TF.crop(TF.pad(x[i], 4, padding_mode=mode), t, l, 32, 32)
            assert torch.equal(ours[i], TF.hflip(peer) if f else peer)


def test_crops_are_distributed_like_torchvision():
    from torchvision.transforms import RandomCrop
    n, cells = 100_000, lambda t, l, f: torch.bincount((t * 9 + l) * 2 + f.long(), minlength=162)
    c = draw_crops(n, 4, True, stream(1, 0, "crop"))
    assert scipy.stats.chisquare(cells(c.top, c.left, c.flip).numpy()).pvalue > 1e-6
    torch.manual_seed(0)
    theirs = torch.tensor([RandomCrop.get_params(torch.empty(3, 40, 40), (32, 32))[:2] for _ in range(n // 10)])
    assert scipy.stats.chisquare(cells(*theirs.T, torch.rand(n // 10) < .5).numpy()).pvalue > 1e-6


def test_label_corruption_is_fixed_by_its_seed():
    clean, noisy = zeros(), corrupt_labels(zeros(), 0.4)
    assert torch.equal(corrupt_labels(clean, 0).labels, clean.labels)
    assert torch.equal(noisy.labels, corrupt_labels(clean, 0.4).labels) and not torch.equal(noisy.labels, corrupt_labels(clean, 0.4, 1).labels)


def test_label_corruption_has_the_exact_rate_and_is_uniform():
    noisy = corrupt_labels(zeros(), 0.4).labels
    wrong = torch.bincount(noisy, minlength=10)[1:]
    assert scipy.stats.binomtest(int(wrong.sum()), 20_000, 0.9).pvalue > 1e-6
    assert scipy.stats.chisquare(wrong.numpy()).pvalue > 1e-6


def test_corruption_at_rate_one_redraws_every_label():
    data = replace(zeros(2000), labels=torch.arange(2000) % 10)
    agree = (corrupt_labels(data, 1.0).labels == data.labels).sum().item()
    assert scipy.stats.binomtest(agree, 2000, 0.1).pvalue > 1e-6  # false-alarm rate 1e-6


def test_an_impossible_rate_is_refused():
    with pytest.raises(DataError, match="label_corruption = 1.5"): corrupt_labels(zeros(10), 1.5)

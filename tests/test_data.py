"Exported from nbs/00_data.ipynb by `python -m noisekd.export`; edit the notebook."

import pytest
import torch
import hashlib
import math
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from noisekd.basics import stream, suggest
from noisekd.sources import available
from noisekd.data import *
import pickle
import tempfile
from types import SimpleNamespace
from unittest.mock import patch

import scipy.stats
import torchvision
import torchvision.transforms.functional as TF

from noisekd.basics import refuses
def fifty():
    "Fifty images of noise in ten classes."
    shape = 50, 3, 8, 8
    g = stream(0, 0, "test")
    images = torch.randint(0, 256, shape, dtype=torch.uint8, generator=g)
    return ImageSet(images, torch.arange(50) % 10, tuple("0123456789"), "fifty")
def read_brightness(split, root=None):
    "Dark and bright images: an example of a data set of one's own."
    labels = torch.arange(200 if split == "train" else 100) % 2
    levels = (50 + 150 * labels).to(torch.uint8)
    images = levels[:, None, None, None].repeat(1, 3, 8, 8)
    return ImageSet(images, labels, ("dark", "bright"), f"brightness/{split}")
def zeros(n=50_000):
    "n images of the class 0, one pixel each."
    images = torch.zeros(n, 3, 1, 1, dtype=torch.uint8)
    labels = torch.zeros(n, dtype=torch.long)
    return ImageSet(images, labels, tuple("0123456789"), "zeros")
def rows_of(rows, labels, c):
    "Those rows that belong to class c."
    return rows[labels[rows] == c]
class Trap:
    "An object whose pickle makes a file when it is opened."

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (Path(self.path),)
PIXELS = np.random.default_rng(0).integers(0, 256, (2, 3072), dtype=np.uint8)


def cifar100_files():
    "Name -> content of CIFAR-100's files with two test images and no training images."
    labels = {"fine_labels": [7, 99], "coarse_labels": [0, 1]}
    names = [f"{i:02}" for i in range(100)]
    return {
        "test": pickle.dumps({"data": PIXELS, **labels}),
        "meta": pickle.dumps({"fine_label_names": names}),
    }
def write_cifar100(root):
    "Write these files; return what torchvision must know to accept them."
    folder = Path(root, "cifar-100-python")
    folder.mkdir()
    md5 = {}
    for name, content in cifar100_files().items():
        (folder / name).write_bytes(content)
        md5[name] = hashlib.md5(content).hexdigest()
    meta = {"filename": "meta", "key": "fine_label_names", "md5": md5["meta"]}
    return dict(test_list=[["test", md5["test"]]], meta=meta)
def torchvision_crop(image, top, left, flip, mode):
    "Pad by four, crop, and flip one image."
    padded = TF.pad(image, 4, padding_mode=mode)
    cut = TF.crop(padded, top, left, *image.shape[1:])
    return TF.hflip(cut) if flip else cut
def cell_counts(top, left, flip):
    "How often each of 9 x 9 places and 2 orientations was drawn."
    cells = (top * 9 + left) * 2 + flip.long()
    return torch.bincount(cells, minlength=162).numpy()
def ten_classes():
    "50,000 one-pixel images in ten classes of equal size."
    pixels = torch.arange(150_000).remainder(251).to(torch.uint8)
    labels = torch.arange(50_000) % 10
    return replace(zeros(), images=pixels.reshape(-1, 3, 1, 1), labels=labels)
def labelled_images(data):
    "Images as bytes, each with its label."
    pixels = [image.numpy().tobytes() for image in data.images]
    return set(zip(pixels, data.labels.tolist()))


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


def test_images_may_have_any_size():
    assert check_images(torch.zeros(1, 3, 8, 5, dtype=torch.uint8), "x") is None


def test_both_ends_of_the_labels_are_allowed():
    assert check_labels(torch.tensor([0, 2]), n=2, num_classes=3, name="x") is None


def test_an_image_set_knows_its_length():
    images = torch.zeros(3, 3, 8, 8, dtype=torch.uint8)
    labels = torch.zeros(3, dtype=torch.long)
    assert len(ImageSet(images, labels, ("a",), "three")) == 3


def test_moving_changes_nothing_else():
    for device in ["cpu"] + ["cuda"] * torch.cuda.is_available():
        moved = to_device(fifty(), device)
        assert moved.images.device.type == device
        assert moved.labels.device.type == device
        assert torch.equal(moved.images.cpu(), fifty().images)


def test_subset_rows_are_distinct():
    assert len(set(subset_rows(50, 50).tolist())) == 50


def test_subsets_are_nested():
    ten, twenty = subset(fifty(), 10), subset(fifty(), 20)
    assert torch.equal(ten.images, twenty.images[:10])
    assert torch.equal(ten.labels, twenty.labels[:10])


def test_no_number_means_all():
    data = fifty()
    assert subset(data, None) is data


def test_classes_that_do_not_occur_are_left_out():
    labels = torch.tensor([0, 0, 2, 2])
    assert rows_wanted(labels, 2) == {0: 2, 2: 2}


def test_a_balanced_part_is_exact():
    labels = torch.arange(300) % 3
    rows = rows_per_class(labels, 10)
    assert torch.bincount(labels[rows]).tolist() == [10, 10, 10]
    assert torch.equal(rows, rows.sort().values)


def test_without_a_number_every_row_is_taken():
    assert rows_per_class(torch.tensor([0, 0, 1]), None).tolist() == [0, 1, 2]


def test_a_fingerprint_sees_images_and_labels():
    data = fifty()
    assert fingerprint(data) == fingerprint(fifty())
    assert fingerprint(data) != fingerprint(replace(data, labels=data.labels.flip(0)))
    assert fingerprint(data) != fingerprint(replace(data, images=data.images.flip(0)))
    assert fingerprint(data) != fingerprint(subset(data, 49))


def test_a_named_folder_is_taken_as_it_is():
    folder, named = data_folder("/a")
    assert folder == Path("/a")
    assert named


def test_digits_are_real_images_of_all_classes():
    digits = read_digits("train")
    assert digits.images.shape == (1300, 3, 8, 8)
    assert digits.images.max() == 255
    assert set(digits.labels.tolist()) == set(range(10))


def test_a_folder_that_exists_lacks_the_files():
    with tempfile.TemporaryDirectory() as folder:
        text = missing_text("CIFAR10", Path(folder))
    assert "CIFAR10 is missing there or fails its checksum" in text


def test_nothing_is_downloaded_into_a_named_folder():
    def make(folder, **options):
        return folder, options

    made = read_torchvision("X", make, "/a", train=True)
    assert made == ("/a", {"download": False, "train": True})


def test_channels_come_first():
    pixels = np.arange(12, dtype=np.uint8).reshape(1, 2, 2, 3)
    data = SimpleNamespace(data=pixels, targets=[1], classes=["cat", "dog"])
    images = torchvision_split(data, "x").images
    assert images[0, 0].tolist() == [[0, 3], [6, 9]]


def test_svhn_arrives_in_our_layout():
    import scipy.io
    from torchvision.datasets import SVHN, svhn

    x = np.random.default_rng(0).integers(0, 256, (32, 32, 3, 3), dtype=np.uint8)
    inside = patch.object(SVHN, "_check_integrity", return_value=True)
    outside = patch.object(svhn, "check_integrity", return_value=True)
    with tempfile.TemporaryDirectory() as folder, inside, outside:
        contents = {"X": x, "y": np.array([[10], [1], [9]])}
        scipy.io.savemat(f"{folder}/test_32x32.mat", contents)
        data = read_svhn("test", folder)
    assert data.labels.tolist() == [0, 1, 9]
    assert torch.equal(data.images, torch.from_numpy(x).permute(3, 2, 0, 1))


def test_any_number_is_fine_where_none_is_known():
    assert check_number(fifty(), expected=None) is None
    assert check_number(fifty(), expected=50) is None


def test_a_crop_moves_by_an_eighth_of_the_image():
    for info in DATASETS.values():
        assert info.pad == info.size // 8


def test_digits_are_whole_and_disjoint():
    train, test = load("digits", "train"), load("digits", "test")
    assert (len(train), len(test)) == (1300, 497)
    seen = {image.numpy().tobytes() for image in train.images}
    assert not any(image.numpy().tobytes() in seen for image in test.images)


def test_digits_are_always_readable():
    with patch.dict(os.environ, NOISEKD_DATA=""):
        assert readable("digits")


def test_an_empty_folder_holds_no_data_set():
    with tempfile.TemporaryDirectory() as folder:
        with patch.dict(os.environ, NOISEKD_DATA=folder):
            assert not any(map(readable, ["cifar10", "cifar100", "svhn", "imagenet"]))


def test_a_data_set_of_ones_own_is_loaded():
    mine = DatasetInfo(read_brightness, size=8, num_classes=2, pad=1, augment="none")
    with patch.dict(DATASETS, brightness=mine):
        assert len(load("brightness")) == 200


def test_nothing_is_read_where_no_folder_is_named():
    mine = DatasetInfo(read_brightness, size=8, num_classes=2, pad=1, augment="none")
    with patch.dict(DATASETS, brightness=mine):
        with patch.dict(os.environ, NOISEKD_DATA="/my/images"):
            assert readable("brightness")
        with patch.dict(os.environ, NOISEKD_DATA=""):
            assert not readable("brightness")


def test_bytes_become_the_unit_interval():
    x = to_float(torch.tensor([0, 51, 255], dtype=torch.uint8).reshape(1, 3, 1, 1))
    assert torch.allclose(x.flatten(), torch.tensor([0, 0.2, 1]), rtol=0, atol=1e-7)


def test_draws_stay_in_range():
    crops = draw_crops(10_000, 4, True, stream(0, 0, "crop"))
    assert (crops.top.min(), crops.top.max()) == (0, 8)
    assert (crops.left.min(), crops.left.max()) == (0, 8)


def test_nothing_is_mirrored_unless_asked():
    assert not draw_crops(1000, 4, False, stream(0, 0, "crop")).flip.any()


def test_constant_padding_is_zero():
    ones = torch.ones(1, 1, 3, 3, dtype=torch.uint8)
    padded = pad_images(ones, 2, "constant")
    assert padded.shape == (1, 1, 7, 7)
    assert padded.sum() == 9


def test_a_crop_in_the_middle_changes_nothing():
    middle = torch.full((50,), 4)
    crops = Crops(top=middle, left=middle, flip=torch.zeros(50, dtype=torch.bool))
    assert torch.equal(crop_and_flip(fifty().images, crops, 4), fifty().images)


def test_both_ends_of_the_rate_are_allowed():
    assert check_rate(0) is None
    assert check_rate(1) is None


def test_the_count_is_rounded():
    chosen, drawn = draw_corruption(999, 0.2, range(3), seed=0)
    assert len(chosen) == len(drawn) == 200
    assert len(set(chosen.tolist())) == 200


def test_rate_zero_changes_nothing():
    assert torch.equal(corrupt_labels(fifty(), 0).labels, fifty().labels)


def test_label_corruption_is_seeded():
    noisy = corrupt_labels(zeros(), 0.4).labels
    assert torch.equal(noisy, corrupt_labels(zeros(), 0.4).labels)
    assert not torch.equal(noisy, corrupt_labels(zeros(), 0.4, seed=1).labels)


def test_more_classes_bound_the_exponent_more():
    assert check_imbalance(145, n_first=500, n_last=25, num_classes=100) is None


def test_the_power_law_meets_both_ends():
    for gamma in (0.2, 0.6, 1, 2):
        counts = imbalanced_counts(gamma)
        assert (counts[0], counts[-1]) == (5000, 250)
        assert counts == sorted(counts, reverse=True)


def test_small_sets_are_scaled_in_proportion():
    counts = torch.bincount(imbalance(load("digits"), 1.0).labels).tolist()
    smallest = torch.bincount(load("digits").labels).min().item()
    assert (counts[0], counts[-1]) == (smallest, round(smallest / 20))
    assert counts == imbalanced_counts(1.0, n_first=smallest, n_last=smallest / 20)


def test_a_smaller_balanced_part_lies_in_a_larger_one():
    labels = torch.arange(300) % 3
    small, large = rows_per_class(labels, 10), rows_per_class(labels, 40)
    assert torch.bincount(labels[large]).tolist() == [40, 40, 40]
    assert set(small.tolist()) < set(large.tolist())


def test_a_balanced_part_is_seeded():
    labels = torch.arange(300) % 3
    rows = rows_per_class(labels, 10)
    assert torch.equal(rows, rows_per_class(labels, 10))
    assert not torch.equal(rows, rows_per_class(labels, 10, seed=1))


def test_one_class_does_not_move_another():
    labels = torch.arange(300) % 3
    even, uneven = rows_per_class(labels, 10), rows_per_class(labels, [10, 90, 1])
    assert torch.bincount(labels[uneven]).tolist() == [10, 90, 1]
    assert torch.equal(rows_of(uneven, labels, 0), rows_of(even, labels, 0))
    assert rows_of(uneven, labels, 2) in rows_of(even, labels, 2)


def test_each_class_has_a_permutation_of_its_own():
    labels = torch.arange(300) % 3
    rows = rows_per_class(labels, 10)
    assert not torch.equal(rows_of(rows, labels, 0), rows_of(rows, labels, 1) - 1)


def test_an_unknown_pickle_is_not_opened():
    with tempfile.TemporaryDirectory() as root:
        folder, sprung = Path(root, "cifar-100-python"), Path(root, "sprung")
        folder.mkdir()
        for name in ("train", "test", "meta"):
            (folder / name).write_bytes(pickle.dumps(Trap(sprung)))
        refuses("CIFAR100 is missing there or fails", read_cifar100, "train", root)
        refuses("CIFAR100 is missing there or fails", read_cifar100, "test", root)
        assert not sprung.exists()
        pickle.loads((folder / "test").read_bytes())
        assert sprung.exists()


def test_the_test_split_of_cifar100_needs_no_training_file():
    with tempfile.TemporaryDirectory() as folder:
        changes = write_cifar100(folder)
        with patch.multiple(torchvision.datasets.CIFAR100, **changes):
            data = read_cifar100("test", folder)
            refuses("CIFAR100 is missing there", read_cifar100, "train", folder)
    assert np.array_equal(data.images, PIXELS.reshape(2, 3, 32, 32))
    assert data.labels.tolist() == [7, 99]
    assert len(data.classes) == 100


@pytest.mark.skipif(not available("cifar10"), reason="test_real_cifar10 needs cifar10: set NOISEKD_DATA")
def test_real_cifar10():
    if readable("cifar10"):
        cifar = load("cifar10", "train")
        assert torch.bincount(cifar.labels).tolist() == [5000] * 10
        assert cifar.classes[0] == "airplane"
        mean = cifar.images.double().mean((0, 2, 3)) / 255
        published = torch.tensor([0.4914, 0.4822, 0.4465], dtype=torch.double)
        assert torch.allclose(mean, published, rtol=0, atol=5e-5)


@pytest.mark.skipif(not available("cifar10"), reason="test_one_wrong_byte_is_noticed needs cifar10: set NOISEKD_DATA")
def test_one_wrong_byte_is_noticed():
    if readable("cifar10"):
        with tempfile.TemporaryDirectory() as root:
            original = data_folder()[0] / "cifar-10-batches-py"
            copy = Path(root) / original.name
            copy.mkdir()
            for file in original.iterdir():
                (copy / file.name).symlink_to(file)
            (copy / "test_batch").unlink()
            content = (original / "test_batch").read_bytes()
            (copy / "test_batch").write_bytes(content[:-1] + b"!")
            refuses("fails its checksum", load, "cifar10", "test", root)


@pytest.mark.skipif(not available("cifar100"), reason="test_real_cifar100 needs cifar100: set NOISEKD_DATA")
def test_real_cifar100():
    if readable("cifar100"):
        data = load("cifar100", "test")
        assert torch.bincount(data.labels).tolist() == [100] * 100
        assert data.classes == tuple(sorted(data.classes))
        assert data.classes[0] == "apple"
        file = data_folder()[0] / "cifar-100-python/test"
        raw = pickle.loads(file.read_bytes(), encoding="latin1")  # `load` checked its MD5
        assert np.array_equal(data.images.numpy(), raw["data"].reshape(-1, 3, 32, 32))
        assert data.labels.tolist() == raw["fine_labels"]


@pytest.mark.skipif(not available("cifar100"), reason="test_real_cifar100_without_its_training_images needs cifar100: set NOISEKD_DATA")
def test_real_cifar100_without_its_training_images():
    if readable("cifar100"):
        original = data_folder()[0] / "cifar-100-python"
        with tempfile.TemporaryDirectory() as root:
            Path(root, original.name).mkdir()
            for name in ("test", "meta"):
                Path(root, original.name, name).symlink_to(original / name)
            data = load("cifar100", "test", root)
            refuses("CIFAR100 is missing there", load, "cifar100", "train", root)
        assert fingerprint(data) == fingerprint(load("cifar100", "test"))


def test_crops_equal_torchvision():
    shape, g = (64, 3, 32, 32), stream(0, 0, "images")
    x = torch.randint(0, 256, shape, dtype=torch.uint8, generator=g)
    crops = draw_crops(64, 4, True, stream(0, 0, "crop"))
    for mode in ("reflect", "constant"):
        ours = crop_and_flip(x, crops, 4, mode)
        for i, (top, left, flip) in enumerate(zip(*crops)):
            theirs = torchvision_crop(x[i], int(top), int(left), flip, mode)
            assert torch.equal(ours[i], theirs)


def test_padding_keeps_every_value():
    x = torch.rand(2, 3, 8, 8, generator=stream(0, 0, "images"))
    for dtype in (torch.float16, torch.bfloat16, torch.float32):
        padded = pad_images(x.to(dtype), 2)
        assert padded.dtype == dtype
        assert torch.equal(padded[..., 2:-2, 2:-2], x.to(dtype))


def test_crops_keep_the_type():
    crops = draw_crops(50, 2, True, stream(0, 0, "crop"))
    of_bytes = crop_and_flip(fifty().images, crops, 2)
    of_floats = crop_and_flip(fifty().images.float(), crops, 2)
    assert (of_bytes.dtype, of_floats.dtype) == (torch.uint8, torch.float32)
    assert torch.equal(of_floats, of_bytes.float())


def test_crops_are_uniform():
    crops = draw_crops(100_000, 4, True, stream(1, 0, "crop"))
    assert scipy.stats.chisquare(cell_counts(*crops)).pvalue > 1e-6


def test_crops_of_torchvision_are_uniform_too():
    from torchvision.transforms import RandomCrop

    torch.manual_seed(0)
    padded = torch.empty(3, 40, 40)
    places = [RandomCrop.get_params(padded, (32, 32))[:2] for _ in range(10_000)]
    top, left = torch.tensor(places).T
    counts = cell_counts(top, left, torch.rand(10_000) < 0.5)
    assert scipy.stats.chisquare(counts).pvalue > 1e-6


def test_label_corruption_has_the_exact_rate_and_is_uniform():
    noisy = corrupt_labels(zeros(), 0.4).labels
    wrong = torch.bincount(noisy, minlength=10)[1:]
    assert scipy.stats.binomtest(int(wrong.sum()), 20_000, 0.9).pvalue > 1e-6
    assert scipy.stats.chisquare(wrong.numpy()).pvalue > 1e-6


def test_corruption_at_rate_one_redraws_every_label():
    data = replace(zeros(2000), labels=torch.arange(2000) % 10)
    equal = (corrupt_labels(data, 1.0).labels == data.labels).sum().item()
    assert scipy.stats.binomtest(equal, 2000, 0.1).pvalue > 1e-6


def test_wrong_labels_are_counted_exactly():
    cases = [(999, 0.2, 200), (10, 0.6, 6), (7, 1, 7), (7, 0, 0), (50_000, 0.4, 20_000)]
    for n, rate, wrong in cases:
        labels = corrupt_labels(zeros(n), rate, include_true=False).labels
        assert (labels != 0).sum() == wrong


def test_both_readings_choose_the_same_labels():
    drawn_anew = corrupt_labels(zeros(), 0.4).labels != 0
    wrong = corrupt_labels(zeros(), 0.4, include_true=False).labels != 0
    assert wrong[drawn_anew].all()


def test_wrong_labels_are_uniform():
    data = replace(zeros(), labels=torch.arange(50_000) % 10)
    noisy = corrupt_labels(data, 0.4, include_true=False).labels
    table = torch.bincount(data.labels * 10 + noisy, minlength=100).reshape(10, 10)
    for c in range(10):
        others = np.delete(table[c].numpy(), c)
        assert scipy.stats.chisquare(others).pvalue > 1e-7


def test_label_corruption_depends_on_no_other_seed():
    for include_true in (True, False):
        first = corrupt_labels(zeros(1000), 0.4, include_true=include_true).labels
        state = torch.manual_seed(1).get_state()
        np.random.seed(1)
        again = corrupt_labels(zeros(1000), 0.4, include_true=include_true).labels
        assert torch.equal(again, first)
        assert torch.equal(torch.get_rng_state(), state)


def test_corrupted_labels_are_those_of_the_records():
    assert fingerprint(corrupt_labels(zeros(), 0.4)) == "fb125210adeb4f00"
    assert fingerprint(corrupt_labels(load("digits"), 0.4)) == "e5170f5c2d64cda6"


def test_the_power_law_has_known_totals():
    totals = {0.2: 8662, 0.6: 9390, 1: 10421, 2: 14402}
    for gamma, total in totals.items():
        assert sum(imbalanced_counts(gamma)) == total


def test_a_smaller_exponent_is_harsher():
    for harsh, mild in zip(imbalanced_counts(0.2), imbalanced_counts(0.6)):
        assert harsh <= mild


def test_two_classes_have_the_two_ends():
    assert imbalanced_counts(1, n_first=40, n_last=2, num_classes=2) == [40, 2]


def test_a_and_b_solve_the_two_equations():
    for gamma in (0.2, 0.6, 1, 2):
        a, b = np.linalg.solve([[1, -5000], [1, -250]], [5000, 250 * 10**gamma])
        counts = [round(a / (b + c**gamma)) for c in range(1, 11)]
        assert imbalanced_counts(gamma) == counts


def test_the_largest_exponent_is_still_a_number():
    assert imbalanced_counts(290) == [5000] * 9 + [250]


def test_imbalanced_classes_have_their_sizes():
    part = imbalance(ten_classes(), 0.6)
    assert torch.bincount(part.labels).tolist() == imbalanced_counts(0.6)
    small = imbalance(ten_classes(), 0.6, n_first=100)
    assert torch.bincount(small.labels).tolist() == imbalanced_counts(0.6, 100, 5)


def test_imbalance_is_seeded():
    part = fingerprint(imbalance(ten_classes(), 0.6))
    assert part == fingerprint(imbalance(ten_classes(), 0.6))
    assert part != fingerprint(imbalance(ten_classes(), 0.6, seed=1))


def test_a_harsher_imbalance_is_a_part_of_a_milder_one():
    data = load("digits")
    harsh, mild = imbalance(data, 0.2), imbalance(data, 2.0)
    assert labelled_images(harsh) < labelled_images(mild)
    assert labelled_images(mild) < labelled_images(data)


def test_refuses_images_of_another_kind():
    good = fifty().images
    refuses("x: images are torch.float32", check_images, good.float(), "x")
    refuses("should be torch.uint8 (N, 3, H, W)", check_images, good[:, :1], "x")
    refuses("x: no images", check_images, good[:0], "x")


def test_refuses_labels_of_another_kind():
    labels = torch.tensor([0, 1])
    refuses("x: labels are torch.int32 (2,)", check_labels, labels.int(), 2, 10, "x")
    refuses("should be torch.int64 (3,)", check_labels, labels, 3, 10, "x")
    refuses("from 0 to 10; should be 0..9", check_labels, labels * 10, 2, 10, "x")
    refuses("from -1 to 0; should be 0..9", check_labels, labels - 1, 2, 10, "x")


def test_refuses_an_image_set_that_does_not_fit():
    x, y, ten = fifty().images, fifty().labels, fifty().classes
    refuses("x: images are torch.float32", ImageSet, x.float(), y, ten, "x")
    refuses("x: labels are torch.int64 (49,)", ImageSet, x, y[:49], ten, "x")
    refuses("labels reach from 0 to 9; should be 0..8", ImageSet, x, y, ten[:9], "x")


def test_refuses_a_subset_larger_than_the_set():
    refuses("fifty: 51 images asked for; it has 50", subset, fifty(), 51)
    refuses("fifty: 0 images asked for; it has 50", subset, fifty(), 0)


def test_refuses_a_part_larger_than_a_class():
    labels = torch.tensor([0, 0, 2])
    refuses("x: 0 images of class 0 asked", rows_per_class, labels, 0, name="x")
    refuses("x: 2 images of class 2 asked", rows_per_class, labels, 2, name="x")
    refuses("1 images of class 1 asked for; it has 0", rows_per_class, labels, [1, 1, 1])


def test_refuses_too_many_numbers_for_the_classes():
    labels = torch.tensor([0, 1])
    refuses("1 images of class 2 asked for; it has 0", rows_per_class, labels, [1, 1, 1])


def test_refuses_too_few_numbers_for_the_classes():
    refuses("2 numbers for 3 classes", rows_per_class, torch.tensor([0, 1, 2]), [1, 1])


def test_refuses_a_folder_that_does_not_exist():
    words = "data_root = '/nowhere': CIFAR10 cannot be there: no such folder"
    refuses(words, read_cifar10, "test", "/nowhere")
    refuses("no such folder", load, "svhn", root="/nowhere")


def test_refuses_a_damaged_file():
    with tempfile.TemporaryDirectory() as root:
        Path(root, "train_32x32.mat").write_bytes(b"cut short")
        words = "SVHN is missing there or fails its checksum"
        refuses(words, read_svhn, "train", root)


def test_refuses_a_download_that_fails():
    def make(folder, download):
        raise OSError("no network")

    with patch.dict(os.environ, NOISEKD_DATA=""):
        words = "(no network); set NOISEKD_DATA to a folder that holds it"
        refuses(words, read_torchvision, "CIFAR10", make, None)


def test_refuses_unknown_names():
    refuses("dataset = 'cifar': unknown; did you mean 'cifar10'", load, "cifar")
    refuses("split = 'valid': should be 'train' or 'test'", load, "digits", "valid")


def test_refuses_a_data_set_of_another_size():
    wrong = replace(DATASETS["digits"], n_test=500)
    with patch.dict(DATASETS, digits=wrong):
        refuses("digits/test has 497 images; should be 500", load, "digits", "test")


def test_refuses_an_impossible_rate():
    refuses("label_corruption = 1.5: should be in [0, 1]", corrupt_labels, zeros(10), 1.5)
    refuses("label_corruption = -0.1", corrupt_labels, zeros(10), -0.1)


def test_refuses_a_wrong_label_where_there_is_one_class():
    one = replace(zeros(10), classes=("0",))
    words = "zeros: 1 class; should be at least 2"
    refuses(words, corrupt_labels, one, 0.4, include_true=False)


def test_refuses_an_impossible_exponent():
    for gamma in (0, -1, math.nan, math.inf, 1000.0):
        words = f"gamma = {gamma}: should be above 0 and at most 290 for 10 classes"
        refuses(words, imbalanced_counts, gamma)


def test_refuses_impossible_ends():
    refuses("num_classes = 1: should be at least 2", imbalanced_counts, 1, 5, 1, 1)
    words = "should be n_first > n_last >= 1"
    refuses(words, imbalanced_counts, 1, n_first=250, n_last=250)
    refuses(words, imbalanced_counts, 1, n_first=250, n_last=5000)
    refuses(words, imbalanced_counts, 1, n_first=5, n_last=0.5)


def test_refuses_an_impossible_imbalance():
    refuses("gamma = 0", imbalance, load("digits"), 0)
    refuses("n_last = 0.5: should be", imbalance, load("digits"), 1, ratio=252)

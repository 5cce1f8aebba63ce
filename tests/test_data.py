"Exported from nbs/00_data.ipynb by `noisekd export`; edit the notebook."

import pytest, torch
import hashlib, os, re, zipfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from io import BytesIO
from itertools import repeat
from pathlib import Path
from typing import Callable, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor
from noisekd.data import available
from noisekd.data import *
from noisekd.data import _torchvision
from noisekd.data import _sample
import math
import pytest, scipy.stats
def fifty():
    "Fifty images of noise in ten classes."
    x = torch.randint(0, 256, (50, 3, 8, 8), dtype=torch.uint8, generator=stream(0, 0, "test"))
    return ImageSet(x, torch.arange(50) % 10, tuple("0123456789"), "fifty")
def cinic_tree(root):
    "The archive's layout with 2 + 1 images a folder, filled with 20 * class + 3 * split + 0, 1 (ImageNet) or 2 (CIFAR-10)."
    for c, name in enumerate(CINIC_CLASSES):
        for s, split in enumerate(CINIC_SPLITS):
            folder = Path(root, "CINIC-10", split, name); folder.mkdir(parents=True)
            for i, file in enumerate(("n00000001_10", "n00000001_9", f"cifar10-{'test' if s == 2 else 'train'}-{c}")):
                Image.new("RGB", (32, 32), (20 * c + 3 * s + i,) * 3).save(folder / f"{file}.png")
    return folder  # the last one: test/truck
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


def test_the_archive_goes_before_the_sample():
    import tempfile
    with tempfile.TemporaryDirectory() as d:
        with pytest.raises(DataError, match="CINIC-10 is missing there; unpack CINIC-10.tar.gz of https://.*CINIC-10/train/airplane is a folder"): find_cinic10(d)
        for name in (CINIC_SAMPLE, "cinic10", "CINIC-10"): Path(d, name).mkdir(); assert find_cinic10(d) == Path(d, name)


def test_origins_are_counted():
    o = Origins(Path("CINIC-10"), ("a", "b", "c"), torch.zeros(3, dtype=torch.long), torch.tensor([True, False, False]))
    assert (o.n_cifar, o.n_imagenet, o.sample) == (1, 2, False) and replace(o, folder=Path("d") / CINIC_SAMPLE).sample


def test_file_names_tell_the_origin():
    import tempfile
    with tempfile.TemporaryDirectory() as d:
        truck = cinic_tree(d)
        (truck / "._n00000001_9.png").touch(); (truck / "notes.txt").touch()
        assert class_files(truck, 2) == (["cifar10-test-9.png", "n00000001_10.png", "n00000001_9.png"], [True, False, False])
        with pytest.raises(DataError, match="test/truck: 2 images of ImageNet origin; should be 7000"): class_files(truck)
        with pytest.raises(DataError, match="test/lorry: no such folder"): class_files(truck.with_name("lorry"))
        (truck / "truck_7.png").touch()
        with pytest.raises(DataError, match="truck_7.png: a name of neither origin"): class_files(truck, 2)


def test_a_sample_cut_short_is_named():
    import tempfile
    with tempfile.TemporaryDirectory() as d:
        with pytest.raises(DataError, match="cinic10_sample.npz: missing or damaged"): _sample(Path(d))
        np.savez(f"{d}/cinic10_sample.npz", x=np.zeros(3), y=np.zeros(3))
        with pytest.raises(DataError, match="missing or damaged.*origin"): _sample(Path(d))
        Path(d, "cinic10_sample.npz").write_bytes(Path(d, "cinic10_sample.npz").read_bytes()[:200])
        with pytest.raises(DataError, match="missing or damaged"): _sample(Path(d))


def test_a_listing_goes_by_class_split_and_name():
    import tempfile
    with tempfile.TemporaryDirectory() as d:
        cinic_tree(d)
        o = list_cinic10(d, 2)
    assert (o.n_imagenet, o.n_cifar, o.sample) == (60, 30, False) and o.labels.tolist() == [c for c in range(10) for _ in range(9)]
    assert o.names[:4] == ("train/airplane/cifar10-train-0.png", "train/airplane/n00000001_10.png", "train/airplane/n00000001_9.png", "valid/airplane/cifar10-train-0.png")


def test_no_wrong_byte_gives_wrong_pixels():
    import tempfile
    x = np.random.default_rng(0).integers(0, 256, (8, 8, 3), dtype=np.uint8)
    with tempfile.TemporaryDirectory() as d:
        path = Path(d, "x.png"); Image.fromarray(x).save(path); raw, refused = path.read_bytes(), 0
        broken = [raw[:i] + bytes([raw[i] ^ 21]) + raw[i + 1:] for i in range(len(raw))] + [raw[:i] for i in range(0, len(raw), 8)]
        for b in broken:
            path.write_bytes(b)
            try: assert np.array_equal(read_png(path, 8), x.transpose(2, 0, 1))
            except DataError as e: refused += 1; assert str(path) in str(e)
    assert refused > .95 * len(broken)


def test_a_png_is_what_was_saved():
    import tempfile
    x = np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    with tempfile.TemporaryDirectory() as d:
        Image.fromarray(x).save(f"{d}/colour.png"); Image.fromarray(x[..., 0]).save(f"{d}/grey.png")
        assert np.array_equal(read_png(f"{d}/colour.png"), x.transpose(2, 0, 1)) and np.array_equal(read_png(f"{d}/grey.png"), np.stack([x[..., 0]] * 3))
        with pytest.raises(DataError, match="grey.png: 32 x 32 pixels; should be 8 x 8"): read_png(f"{d}/grey.png", 8)
        with pytest.raises(DataError, match="nothing.png: missing or damaged"): read_png(f"{d}/nothing.png")


def test_many_files_need_the_memory_of_the_result():
    import tempfile, tracemalloc
    with tempfile.TemporaryDirectory() as d:
        for i in range(200): Image.new("RGB", (32, 32), (i, 0, 0)).save(f"{d}/{i}.png")
        paths = [f"{d}/{i}.png" for i in range(200)] * 6
        tracemalloc.start(); images = read_pngs(paths, threads=2); peak = tracemalloc.get_traced_memory()[1]; tracemalloc.stop()
        assert torch.equal(images, read_pngs(paths, threads=7)) and images[:, 0, 5, 5].tolist() == [*range(200)] * 6
    assert images.numel() <= peak < 1.5 * images.numel()


def test_a_balanced_part_is_exact_and_nested():
    y = torch.arange(300) % 3
    small, large = rows_per_class(y, 10), rows_per_class(y, 40)
    assert torch.bincount(y[small]).tolist() == [10] * 3 and torch.bincount(y[large]).tolist() == [40] * 3
    assert set(small.tolist()) < set(large.tolist()) and torch.equal(small, rows_per_class(y, 10)) and not torch.equal(small, rows_per_class(y, 10, seed=1))
    fewer = y[y != 1]  # without class 1 the others stay what they were: 0 is every second row now, and was every third
    assert torch.equal(rows_per_class(fewer, 10)[fewer[rows_per_class(fewer, 10)] == 0] // 2, small[y[small] == 0] // 3)


def test_a_part_larger_than_a_class_is_refused():
    assert torch.equal(rows_per_class(torch.tensor([0, 0, 1]), None), torch.arange(3))
    for n in (0, 2):
        with pytest.raises(DataError, match=f"x: per_class = {n}; the smallest class has 1"): rows_per_class(torch.tensor([0, 0, 2]), n, name="x")


def test_cinic10_has_no_image_of_cifar10():
    import tempfile
    with tempfile.TemporaryDirectory() as d:
        cinic_tree(d)
        data, part, both = read_cinic10(d, per_folder=2), read_cinic10(d, 3, per_folder=2), read_cinic10(d, cifar=True, per_folder=2)
    filled = lambda data: data.images[:, 1, 7, 9].tolist()
    assert filled(data) == [20 * c + 3 * s + i for c in range(10) for s in range(3) for i in range(2)] and data.labels.tolist() == [c for c in range(10) for _ in range(6)]
    assert (data.name, part.name, both.name) == ("cinic10/imagenet", "cinic10/imagenet-3", "cinic10/imagenet+cifar") and len(both) == 90
    assert torch.bincount(part.labels).tolist() == [3] * 10 and set(filled(part)) < set(filled(data)) and [v // 20 for v in filled(part)] == part.labels.tolist()


def test_the_order_of_the_file_system_does_not_matter():
    import tempfile
    from unittest.mock import patch
    with tempfile.TemporaryDirectory() as d:
        truck = cinic_tree(d)
        data = read_cinic10(d, 3, per_folder=2)
        with patch("os.scandir", lambda path, scan=os.scandir: sorted(scan(path), key=lambda e: e.name)): up = read_cinic10(d, 3, per_folder=2)
        with patch("os.scandir", lambda path, scan=os.scandir: sorted(scan(path), key=lambda e: e.name, reverse=True)): down = read_cinic10(d, 3, per_folder=2)
    assert fingerprint(data) == fingerprint(up) == fingerprint(down)


def test_damage_to_cinic10_is_named():
    import shutil, tempfile
    with tempfile.TemporaryDirectory() as d:
        truck = cinic_tree(d)
        (truck / "n00000001_9.png").write_bytes((truck / "n00000001_9.png").read_bytes()[:60])
        with pytest.raises(DataError, match="test/truck/n00000001_9.png: missing or damaged"): read_cinic10(d, per_folder=2)
        shutil.rmtree(truck)
        with pytest.raises(DataError, match="test/truck: no such folder"): read_cinic10(d, per_folder=2)
        truck.mkdir()
        with pytest.raises(DataError, match="test/truck: 0 images of ImageNet origin; should be 2"): read_cinic10(d, per_folder=2)


def test_a_digest_is_of_one_image():
    data, again = fifty(), subset(fifty(), 20)
    assert len(set(image_digests(data))) == 50 and set(image_digests(again)) < set(image_digests(data))
    assert image_digests(data)[7] == hashlib.blake2b(bytes(data.images[7].flatten().tolist()), digest_size=16).digest()


def test_known_images_are_found_by_their_pixels():
    data, known = fifty(), subset(fifty(), 12)
    new, n = drop_known(data, [known])
    assert n == 12 and not set(image_digests(new)) & set(image_digests(known)) and torch.equal(torch.bincount(torch.cat([new.labels, known.labels])), torch.bincount(data.labels))
    assert drop_known(data, [replace(known, images=known.images ^ 1)])[1] == 0 and drop_known(data, [])[1] == 0
    with pytest.raises(DataError, match="fifty: all 50 images are in fifty"): drop_known(data, [data])
    with pytest.raises(DataError, match=r"\(3, 4, 4\), fifty \(3, 8, 8\)"): drop_known(data, [replace(known, images=known.images[..., :4, :4])])


def test_shifted_images_that_are_not_there_are_named():
    with pytest.raises(DataError, match=r"dataset = 'svhn': no images of another source.*\['cifar10'\]"): ood("svhn")
    with pytest.raises(DataError, match="data_root = '/nowhere': CINIC-10 is missing"): ood("cifar10", "/nowhere")


@pytest.mark.skipif(not available("cifar10"), reason="test_names_and_pixels_agree_on_the_origin needs cifar10: set NOISEKD_DATA")
@pytest.mark.skipif(not available("cinic10"), reason="test_names_and_pixels_agree_on_the_origin needs cinic10: set NOISEKD_DATA")
def test_names_and_pixels_agree_on_the_origin():
    o, known = list_cinic10(), [load("cifar10", "train"), load("cifar10", "test")]
    new, n = drop_known(read_cinic10(cifar=True), known)
    assert (n, len(new)) == (o.n_cifar, o.n_imagenet) == ((468, 1532) if o.sample else (60_000, 210_000))
    assert torch.equal(new.images, ood().images) and torch.equal(new.labels, ood().labels) and drop_known(ood(), known)[1] == 0


@pytest.mark.skipif(not available("cinic10"), reason="test_real_shifted_images needs cinic10: set NOISEKD_DATA")
def test_real_shifted_images():
    data, o, n = ood("cifar10"), list_cinic10(), 100
    part = ood("cifar10", per_class=n)
    assert data.images.shape[1:] == (3, 32, 32) and data.classes == CINIC_CLASSES and len(data) == o.n_imagenet
    assert torch.bincount(part.labels).tolist() == [n] * 10 and set(image_digests(part)) <= set(image_digests(data))
    assert part.name == f"{data.name}-{n}" == ("cinic10/sample-100" if o.sample else "cinic10/imagenet-100")


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

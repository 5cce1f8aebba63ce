"Exported from nbs/00_data.ipynb by `noisekd export`; edit the notebook."

import pytest, torch
import codecs, hashlib, math, os, re, zipfile
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
import pickle, shutil, tempfile
from unittest.mock import patch

import pytest, scipy.stats
def fifty():
    "Fifty images of noise in ten classes."
    x = torch.randint(0, 256, (50, 3, 8, 8), dtype=torch.uint8, generator=stream(0, 0, "test"))
    return ImageSet(x, torch.arange(50) % 10, tuple("0123456789"), "fifty")
class Trap:
    "An object whose pickle makes a file when it is opened."
    def __init__(self, path): self.path = path
    def __reduce__(self): return Path.touch, (Path(self.path),)
@contextmanager
def small_cinic():
    "A folder with the archive's layout, 2 + 1 images a folder, filled with 20 * class + 3 * split + 0, 1 (ImageNet) or 2 (CIFAR-10)."
    with tempfile.TemporaryDirectory() as d:
        for c, s, i in np.ndindex(10, 3, 3):
            folder = Path(d, "CINIC-10", CINIC_SPLITS[s], CINIC_CLASSES[c]); folder.mkdir(parents=True, exist_ok=True)
            file = ("n00000001_10", "n00000001_9", f"cifar10-{'test' if s == 2 else 'train'}-{c}")[i]
            Image.new("RGB", (32, 32), (20 * c + 3 * s + i,) * 3).save(folder / f"{file}.png")
        yield Path(d)
def is_refused(path, content, pixels):
    "Whether a file of this content is refused by name; if it is not, it must hold these pixels."
    path.write_bytes(content)
    try: assert np.array_equal(read_png(path, 8), pixels)
    except DataError as e: return str(path) in str(e)
    return False
def zeros(n=50_000):
    "n images of the class 0."
    return ImageSet(torch.zeros(n, 3, 1, 1, dtype=torch.uint8), torch.zeros(n, dtype=torch.long), tuple("0123456789"), "zeros")
@contextmanager
def fifty_answers():
    "A folder with human labels for `fifty()`: random1 turned round, worst out of range, random2 and random3 missing."
    y = fifty().labels.numpy()
    with tempfile.TemporaryDirectory() as d:
        Path(d, "cifar-10n").mkdir()
        np.savez(Path(d, HUMAN_FILES[2]), clean_label=y, aggre_label=y, random_label1=9 - y, worse_label=y + 1)
        yield d


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


def test_an_unknown_pickle_is_not_opened():
    with tempfile.TemporaryDirectory() as d:
        folder, sprung = Path(d, "cifar-100-python"), Path(d, "sprung"); folder.mkdir()
        for name in ("train", "test", "meta"): (folder / name).write_bytes(pickle.dumps(Trap(sprung)))
        for split in ("train", "test"):
            with pytest.raises(DataError, match="CIFAR100 is missing there or fails its checksum"): read_cifar100(split, d)
        assert not sprung.exists() and pickle.loads((folder / "test").read_bytes()) is None and sprung.exists()  # the trap works


def test_the_test_split_of_cifar100_needs_no_training_file():
    import torchvision
    x, names = np.random.default_rng(0).integers(0, 256, (2, 3072), dtype=np.uint8), [f"{i:02}" for i in range(100)]
    files = {"test": {"data": x, "fine_labels": [7, 99], "coarse_labels": [0, 1]}, "meta": {"fine_label_names": names}}
    raw = {name: pickle.dumps(content) for name, content in files.items()}; md5 = {name: hashlib.md5(b).hexdigest() for name, b in raw.items()}
    changes = dict(test_list=[["test", md5["test"]]], meta={"filename": "meta", "key": "fine_label_names", "md5": md5["meta"]})
    with tempfile.TemporaryDirectory() as d, patch.multiple(torchvision.datasets.CIFAR100, **changes):
        Path(d, "cifar-100-python").mkdir(); [Path(d, "cifar-100-python", name).write_bytes(b) for name, b in raw.items()]
        data = read_cifar100("test", d)
        with pytest.raises(DataError, match="CIFAR100 is missing there"): read_cifar100("train", d)
    assert np.array_equal(data.images, x.reshape(2, 3, 32, 32)) and data.labels.tolist() == [7, 99] and len(data.classes) == 100


def test_a_damaged_file_is_named():
    with tempfile.TemporaryDirectory() as d:
        (Path(d) / "train_32x32.mat").write_bytes(b"cut short")
        with pytest.raises(DataError, match="SVHN is missing there or fails its checksum"): read_svhn("train", d)


def test_svhn_arrives_in_our_layout():
    import scipy.io, torchvision
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


@pytest.mark.skipif(not available("cifar10"), reason="test_real_cifar10 needs cifar10: set NOISEKD_DATA")
def test_real_cifar10():
    cifar = load("cifar10", "train")
    assert torch.bincount(cifar.labels).tolist() == [5000] * 10 and cifar.classes[0] == "airplane"
    mean = cifar.images.double().mean((0, 2, 3)) / 255
    assert torch.allclose(mean, torch.tensor([0.4914, 0.4822, 0.4465], dtype=torch.double), atol=5e-5)  # the published means


@pytest.mark.skipif(not available("cifar10"), reason="test_one_wrong_byte_is_noticed needs cifar10: set NOISEKD_DATA")
def test_one_wrong_byte_is_noticed():
    with tempfile.TemporaryDirectory() as d:
        whole, copy = data_folder()[0] / "cifar-10-batches-py", Path(d) / "cifar-10-batches-py"
        copy.mkdir()
        for p in whole.iterdir(): (copy / p.name).symlink_to(p)
        (copy / "test_batch").unlink(); (copy / "test_batch").write_bytes((whole / "test_batch").read_bytes()[:-1] + b"!")
        with pytest.raises(DataError, match="CIFAR10 is missing there or fails its checksum"): load("cifar10", "test", d)


@pytest.mark.skipif(not available("cifar100"), reason="test_real_cifar100_without_its_training_images needs cifar100: set NOISEKD_DATA")
def test_real_cifar100_without_its_training_images():
    data, files = load("cifar100", "test"), data_folder()[0] / "cifar-100-python"
    assert torch.bincount(data.labels).tolist() == [100] * 100 and data.classes == tuple(sorted(data.classes)) and data.classes[0] == "apple"
    raw = pickle.loads((files / "test").read_bytes(), encoding="latin1")  # its MD5 was checked by `load`
    assert np.array_equal(data.images.numpy(), raw["data"].reshape(-1, 3, 32, 32)) and data.labels.tolist() == raw["fine_labels"]
    with tempfile.TemporaryDirectory() as d:
        Path(d, files.name).mkdir()
        for name in ("test", "meta"): Path(d, files.name, name).symlink_to(files / name)
        assert fingerprint(load("cifar100", "test", d)) == fingerprint(data)
        with pytest.raises(DataError, match="CIFAR100 is missing there"): load("cifar100", "train", d)


@pytest.mark.skipif(not available("cifar10"), reason="test_cinic10_has_the_classes_of_cifar10 needs cifar10: set NOISEKD_DATA")
def test_cinic10_has_the_classes_of_cifar10():
    assert CINIC_CLASSES == load("cifar10", "test").classes


def test_the_archive_goes_before_the_sample():
    with tempfile.TemporaryDirectory() as d:
        with pytest.raises(DataError, match="CINIC-10 is missing there; unpack CINIC-10.tar.gz of https://.*CINIC-10/train/airplane is a folder"): find_cinic10(d)
        for name in (CINIC_SAMPLE, "cinic10", "CINIC-10"): Path(d, name).mkdir(); assert find_cinic10(d) == Path(d, name)


def test_origins_are_counted():
    o = Origins(Path("CINIC-10"), ("a", "b", "c"), torch.zeros(3, dtype=torch.long), torch.tensor([True, False, False]))
    assert (o.n_cifar, o.n_imagenet, o.sample) == (1, 2, False) and replace(o, folder=Path("d") / CINIC_SAMPLE).sample


def test_file_names_tell_the_origin():
    with small_cinic() as d:
        truck = d / "CINIC-10/test/truck"
        (truck / "._n00000001_9.png").touch(); (truck / "notes.txt").touch()
        assert class_files(truck, 2) == (["cifar10-test-9.png", "n00000001_10.png", "n00000001_9.png"], [True, False, False])


def test_a_folder_that_is_not_whole_is_named():
    with small_cinic() as d:
        truck = d / "CINIC-10/test/truck"
        with pytest.raises(DataError, match="test/truck: 2 images of ImageNet origin; should be 7000"): class_files(truck)
        with pytest.raises(DataError, match="test/lorry: no such folder"): class_files(truck.with_name("lorry"))


def test_a_name_of_neither_origin_is_refused():
    for name in ("truck_7.png", "cifar10-valid-1.png", "n0000001_1.png"):
        with small_cinic() as d, pytest.raises(DataError, match=f"{name}: a name of neither origin"):
            (d / "CINIC-10/test/truck" / name).touch(); class_files(d / "CINIC-10/test/truck", 2)


def test_a_sample_without_its_arrays_is_named():
    with tempfile.TemporaryDirectory() as d:
        with pytest.raises(DataError, match="cinic10_sample.npz: missing or damaged"): _sample(Path(d))
        np.savez(f"{d}/cinic10_sample.npz", x=np.zeros(3), y=np.zeros(3))
        with pytest.raises(DataError, match="missing or damaged.*origin"): _sample(Path(d))


def test_a_sample_cut_short_is_named():
    with tempfile.TemporaryDirectory() as d:
        path = Path(d, "cinic10_sample.npz"); np.savez(path, x=np.zeros(3), y=np.zeros(3), origin=np.array(["imagenet"] * 3))
        assert set(_sample(Path(d))) == {"x", "y", "origin"} and path.write_bytes(path.read_bytes()[:200]) == 200
        with pytest.raises(DataError, match="missing or damaged"): _sample(Path(d))


def test_a_listing_goes_by_class_split_and_name():
    with small_cinic() as d: o = list_cinic10(d, 2)
    assert (o.n_imagenet, o.n_cifar, o.sample) == (60, 30, False) and o.labels.tolist() == [c for c in range(10) for _ in range(9)]
    assert o.names[:3] == ("train/airplane/cifar10-train-0.png", "train/airplane/n00000001_10.png", "train/airplane/n00000001_9.png")
    assert o.names[3].startswith("valid/airplane/") and o.names[9].startswith("train/automobile/")


def test_no_wrong_byte_gives_wrong_pixels():
    x, path = np.random.default_rng(0).integers(0, 256, (8, 8, 3), dtype=np.uint8), Path(tempfile.mkdtemp(), "x.png")
    Image.fromarray(x).save(path); raw = path.read_bytes()
    broken = [raw[:i] + bytes([raw[i] ^ 21]) + raw[i + 1:] for i in range(len(raw))] + [raw[:i] for i in range(0, len(raw), 8)]
    assert sum(is_refused(path, b, x.transpose(2, 0, 1)) for b in broken) > .95 * len(broken); shutil.rmtree(path.parent)


def test_a_png_is_what_was_saved():
    x = np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    with tempfile.TemporaryDirectory() as d:
        Image.fromarray(x).save(f"{d}/colour.png"); Image.fromarray(x[..., 0]).save(f"{d}/grey.png")
        assert np.array_equal(read_png(f"{d}/colour.png"), x.transpose(2, 0, 1)) and np.array_equal(read_png(f"{d}/grey.png"), np.stack([x[..., 0]] * 3))


def test_an_image_of_another_size_is_named():
    with tempfile.TemporaryDirectory() as d:
        Image.new("RGB", (48, 32)).save(f"{d}/wide.png")
        with pytest.raises(DataError, match="wide.png: 48 x 32 pixels; should be 32 x 32"): read_png(f"{d}/wide.png")
        with pytest.raises(DataError, match="nothing.png: missing or damaged"): read_png(f"{d}/nothing.png")


def test_many_files_need_the_memory_of_the_result():
    import tracemalloc
    with tempfile.TemporaryDirectory() as d:
        for i in range(200): Image.new("RGB", (32, 32), (i, 0, 0)).save(f"{d}/{i}.png")
        paths = [f"{d}/{i}.png" for i in range(200)] * 6
        tracemalloc.start(); images = read_pngs(paths, threads=2); peak = tracemalloc.get_traced_memory()[1]; tracemalloc.stop()
        assert torch.equal(images, read_pngs(paths, threads=7)) and images[:, 0, 5, 5].tolist() == [*range(200)] * 6
    assert images.numel() <= peak < 1.5 * images.numel()


def test_a_balanced_part_is_exact_and_nested():
    y = torch.arange(300) % 3
    small, large = rows_per_class(y, 10), rows_per_class(y, 40)
    assert torch.equal(small, small.sort().values) and torch.bincount(y[small]).tolist() == [10] * 3 and torch.bincount(y[large]).tolist() == [40] * 3
    assert set(small.tolist()) < set(large.tolist()) and torch.equal(small, rows_per_class(y, 10)) and not torch.equal(small, rows_per_class(y, 10, seed=1))


def test_classes_are_drawn_apart():
    y = torch.arange(300) % 3
    (a, b, c), counts = [rows_per_class(y, 10)[y[rows_per_class(y, 10)] == k] for k in range(3)], rows_per_class(y, [10, 90, 1])
    assert torch.bincount(y[counts]).tolist() == [10, 90, 1] and torch.equal(counts[y[counts] == 0], a) and counts[y[counts] == 2] in c
    assert not torch.equal(a, b - 1)  # each class has a permutation of its own


def test_a_part_larger_than_a_class_is_refused():
    assert torch.equal(rows_per_class(torch.tensor([0, 0, 1]), None), torch.arange(3))
    for n in (0, 2):
        with pytest.raises(DataError, match=f"x: {n} images of class {n}.*" if n else "x: 0 images of class 0 asked for; it has 2"): rows_per_class(torch.tensor([0, 0, 2]), n, name="x")
    with pytest.raises(DataError, match="2 numbers for 3 classes"): rows_per_class(torch.tensor([0, 1, 2]), [1, 1])


def test_cinic10_has_no_image_of_cifar10():
    with small_cinic() as d: data, both = read_cinic10(d, per_folder=2), read_cinic10(d, cifar=True, per_folder=2)
    assert data.images[:, 1, 7, 9].tolist() == [20 * c + 3 * s + i for c in range(10) for s in range(3) for i in range(2)]
    assert data.labels.tolist() == [c for c in range(10) for _ in range(6)] and len(both) == 90
    assert (data.name, both.name) == ("cinic10/imagenet", "cinic10/imagenet+cifar")


def test_a_part_of_cinic10_is_balanced():
    with small_cinic() as d: data, part = read_cinic10(d, per_folder=2), read_cinic10(d, 3, per_folder=2)
    assert part.name == "cinic10/imagenet-3" and torch.bincount(part.labels).tolist() == [3] * 10
    values = part.images[:, 1, 7, 9].tolist()
    assert set(values) < set(data.images[:, 1, 7, 9].tolist()) and [v // 20 for v in values] == part.labels.tolist()


def test_a_sample_is_read_by_its_origins():
    x, y, origin = np.random.default_rng(0).integers(0, 256, (4, 32, 32, 3), dtype=np.uint8), np.array([0, 0, 3, 9]), np.array(["cifar10-test-1", "imagenet", "imagenet", "cifar10-train-7"])
    with tempfile.TemporaryDirectory() as d:
        Path(d, CINIC_SAMPLE).mkdir(); np.savez(Path(d, CINIC_SAMPLE, "cinic10_sample.npz"), x=x, y=y, origin=origin); data, o = read_cinic10(d), list_cinic10(d)
    assert np.array_equal(data.images, x[1:3].transpose(0, 3, 1, 2)) and data.labels.tolist() == [0, 3] and (data.name, o.n_cifar, o.sample) == ("cinic10/sample", 2, True)


def test_the_order_of_the_file_system_does_not_matter():
    in_order = lambda down: patch("os.scandir", lambda path, scan=os.scandir: sorted(scan(path), key=lambda e: e.name, reverse=down))
    with small_cinic() as d:
        with in_order(False): up = read_cinic10(d, 3, per_folder=2)
        with in_order(True): assert fingerprint(read_cinic10(d, 3, per_folder=2)) == fingerprint(up)


def test_a_damaged_image_is_named():
    with small_cinic() as d:
        path = d / "CINIC-10/test/truck/n00000001_9.png"; path.write_bytes(path.read_bytes()[:60])
        with pytest.raises(DataError, match="test/truck/n00000001_9.png: missing or damaged"): read_cinic10(d, per_folder=2)


def test_an_empty_or_missing_class_is_named():
    for empty, message in ((False, "test/truck: no such folder"), (True, "test/truck: 0 images of ImageNet origin; should be 2")):
        with small_cinic() as d, pytest.raises(DataError, match=message):
            truck = d / "CINIC-10/test/truck"; shutil.rmtree(truck); empty and truck.mkdir()
            read_cinic10(d, per_folder=2)


def test_a_digest_is_of_one_image():
    data, again = fifty(), subset(fifty(), 20)
    assert len(set(image_digests(data))) == 50 and set(image_digests(again)) < set(image_digests(data))
    assert image_digests(data)[7] == hashlib.blake2b(bytes(data.images[7].flatten().tolist()), digest_size=16).digest()


def test_known_images_are_found_by_their_pixels():
    data, known = fifty(), subset(fifty(), 12)
    new, n = drop_known(data, [known])
    assert n == 12 == drop_known(data, [replace(known, images=known.images ^ 1), known])[1] and not set(image_digests(new)) & set(image_digests(known))
    assert torch.equal(torch.bincount(torch.cat([new.labels, known.labels])), torch.bincount(data.labels))


def test_known_images_must_be_equal_in_every_pixel():
    data, known = fifty(), subset(fifty(), 12)
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
    data, part, o = ood("cifar10"), ood("cifar10", per_class=100), list_cinic10()
    assert data.images.shape == (o.n_imagenet, 3, 32, 32) and data.name == ("cinic10/sample" if o.sample else "cinic10/imagenet")
    assert torch.bincount(part.labels).tolist() == [100] * 10 and part.name == f"{data.name}-100" and set(image_digests(part)) <= set(image_digests(data))


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
    assert fingerprint(noisy) == "fb125210adeb4f00" and fingerprint(corrupt_labels(load("digits"), 0.4)) == "e5170f5c2d64cda6"  # as in the committed records


def test_label_corruption_minds_no_other_seed():
    first, state = [corrupt_labels(zeros(1000), 0.4, include_true=i).labels for i in (True, False)], torch.manual_seed(1).get_state()
    np.random.seed(1); stream(12345, 1, "label_corruption")
    for i in (True, False): assert torch.equal(corrupt_labels(zeros(1000), 0.4, include_true=i).labels, first[not i])
    assert torch.equal(torch.get_rng_state(), state)


def test_label_corruption_has_the_exact_rate_and_is_uniform():
    noisy = corrupt_labels(zeros(), 0.4).labels
    wrong = torch.bincount(noisy, minlength=10)[1:]
    assert scipy.stats.binomtest(int(wrong.sum()), 20_000, 0.9).pvalue > 1e-6
    assert scipy.stats.chisquare(wrong.numpy()).pvalue > 1e-6


def test_corruption_at_rate_one_redraws_every_label():
    data = replace(zeros(2000), labels=torch.arange(2000) % 10)
    agree = (corrupt_labels(data, 1.0).labels == data.labels).sum().item()
    assert scipy.stats.binomtest(agree, 2000, 0.1).pvalue > 1e-6  # false-alarm rate 1e-6


def test_wrong_labels_are_counted_exactly():
    for n, rate, wrong in ((999, .2, 200), (10, .6, 6), (7, 1, 7), (7, 0, 0), (50_000, .4, 20_000)):
        assert (corrupt_labels(zeros(n), rate, include_true=False).labels != 0).sum() == wrong
    anew, noisy = corrupt_labels(zeros(), 0.4).labels, corrupt_labels(zeros(), 0.4, include_true=False).labels
    assert (noisy[anew != 0] != 0).all()


def test_wrong_labels_are_uniform():
    data = replace(zeros(), labels=torch.arange(50_000) % 10)
    noisy = corrupt_labels(data, 0.4, include_true=False).labels
    table = torch.bincount(data.labels * 10 + noisy, minlength=100).reshape(10, 10).numpy()
    for c in range(10): assert scipy.stats.chisquare(np.delete(table[c], c)).pvalue > 1e-7


def test_an_impossible_rate_is_refused():
    with pytest.raises(DataError, match="label_corruption = 1.5"): corrupt_labels(zeros(10), 1.5)
    with pytest.raises(DataError, match="zeros: 1 class; should be at least 2"): corrupt_labels(replace(zeros(10), classes=("0",)), .4, include_true=False)


def test_missing_human_labels_are_named():
    with pytest.raises(DataError, match="data_root = '/nowhere': CIFAR-10N is missing there; put CIFAR-10_human.pt of https://.* at /nowhere/cifar-10n/CIFAR-10_human.pt"):
        find_human_labels("/nowhere")


def test_label_files_are_read():
    with tempfile.TemporaryDirectory() as d:
        pt, npz, y = Path(d, "x.pt"), Path(d, "x.npz"), np.arange(50)
        torch.save({"y": y}, pt); np.savez(npz, y=y)
        assert all(np.array_equal(read_label_file(p)["y"], y) for p in (pt, npz))


def test_label_files_run_nothing():
    with tempfile.TemporaryDirectory() as d:
        pt, npz, sprung = Path(d, "x.pt"), Path(d, "x.npz"), Path(d, "sprung")
        torch.save({"y": Trap(sprung)}, pt); np.savez(npz, y=np.array([Trap(sprung)], dtype=object))
        for p in (pt, npz, Path(d, "none.pt")):
            with pytest.raises(DataError, match=f"{p.name}: damaged, or not CIFAR-10N's"): read_label_file(p)
        assert not sprung.exists()


def test_human_labels_belong_to_their_images():
    data = fifty()
    with fifty_answers() as d:
        assert torch.equal(human_labels(data, "random1", d).labels, 9 - data.labels) and human_labels(data, "aggre", d).images is data.images
        for wrong in (subset(data, 20), replace(data, labels=data.labels.flip(0))):
            with pytest.raises(DataError, match="clean labels are not those of fifty"): human_labels(wrong, "aggre", d)


def test_human_labels_that_cannot_be_are_named():
    errors = {"worse": "human labels = 'worse': unknown", "random2": "no random_label2; should be in it", "worst": "fifty: labels reach from 1 to 10"}
    for kind, message in errors.items():
        with fifty_answers() as d, pytest.raises(DataError, match=message): human_labels(fifty(), kind, d)


@pytest.mark.skipif(not available("cifar10"), reason="test_real_human_labels needs cifar10: set NOISEKD_DATA")
@pytest.mark.skipif(not available("cifar10n"), reason="test_real_human_labels needs cifar10n: set NOISEKD_DATA")
def test_real_human_labels():
    clean = load("cifar10", "train")
    wrong = {kind: f"{(human_labels(clean, kind).labels != clean.labels).double().mean():.2%}" for kind in HUMAN_KINDS}
    assert wrong == {"aggre": "9.01%", "random1": "17.23%", "random2": "18.12%", "random3": "17.64%", "worst": "40.21%"}


@pytest.mark.skipif(not available("cifar10"), reason="test_real_human_labels_hang_together needs cifar10: set NOISEKD_DATA")
@pytest.mark.skipif(not available("cifar10n"), reason="test_real_human_labels_hang_together needs cifar10n: set NOISEKD_DATA")
def test_real_human_labels_hang_together():
    clean = load("cifar10", "train")
    aggre, *three, worst = torch.stack([human_labels(clean, kind).labels for kind in HUMAN_KINDS])
    three, vote = torch.stack(three), torch.stack(three).mode(0).values; agree = (three == vote).sum(0) >= 2
    assert torch.equal(worst != clean.labels, (three != clean.labels).any(0)) and (worst == three).any(0).all() and torch.equal(aggre[agree], vote[agree])


def test_the_power_law_meets_both_ends():
    for gamma, total in ((.2, 8662), (.6, 9390), (1, 10421), (2, 14402)):
        n = imbalanced_counts(gamma)
        assert (n[0], n[-1], sum(n)) == (5000, 250, total) and n == sorted(n, reverse=True)
    assert all(x <= y for x, y in zip(imbalanced_counts(.2), imbalanced_counts(.6))) and imbalanced_counts(1, 40, 2, 2) == [40, 2]


def test_a_and_b_solve_the_two_equations():
    for gamma in (.2, .6, 1, 2):  # a - n_c b = n_c c^gamma for c = 1 and c = 10
        a, b = np.linalg.solve([[1, -5000], [1, -250]], [5000, 250 * 10 ** gamma])
        assert imbalanced_counts(gamma) == [round(a / (b + c ** gamma)) for c in range(1, 11)]


def test_impossible_imbalance_is_refused():
    errors = {"gamma = .*should be above 0": [(0,), (-1,), (math.nan,), (math.inf,)], "num_classes = 1": [(1, 5, 1, 1)],
              "should be n_first > n_last >= 1": [(1, 250, 250), (1, 250, 5000), (1, 5, .5)]}
    for message, args in ((m, a) for m, several in errors.items() for a in several):
        with pytest.raises(ValueError, match=message): imbalanced_counts(*args)


def test_imbalanced_classes_have_their_sizes():
    data = replace(zeros(), labels=torch.arange(50_000) % 10, images=torch.arange(150_000).remainder(251).to(torch.uint8).reshape(-1, 3, 1, 1))
    part = imbalance(data, 0.6)
    assert torch.bincount(part.labels).tolist() == imbalanced_counts(0.6)
    assert torch.bincount(imbalance(data, 0.6, n_first=100).labels).tolist() == imbalanced_counts(0.6, 100, 5)
    assert fingerprint(part) == fingerprint(imbalance(data, 0.6)) != fingerprint(imbalance(data, 0.6, seed=1))


def test_a_harsher_imbalance_is_a_part_of_a_milder_one():
    data = load("digits")
    harsh, mild = imbalance(data, 0.2), imbalance(data, 2.0)
    pairs = lambda d: set(zip(image_digests(d), d.labels.tolist()))
    assert pairs(harsh) < pairs(mild) < pairs(data)  # images keep their labels


def test_small_sets_are_scaled_in_proportion():
    n, smallest = torch.bincount(imbalance(load("digits"), 1.0).labels).tolist(), torch.bincount(load("digits").labels).min().item()
    assert n == imbalanced_counts(1.0, smallest, smallest / 20) and (n[0], n[-1]) == (smallest, round(smallest / 20))
    with pytest.raises(ValueError, match="gamma = 0"): imbalance(load("digits"), 0)
    with pytest.raises(ValueError, match="n_last = 0.5.*should be"): imbalance(load("digits"), 1, ratio=2 * smallest)


def test_digits_need_nothing():
    assert available("digits") and not available("imagenet")


def test_what_is_there_is_available():
    with tempfile.TemporaryDirectory() as d, patch.dict(os.environ, NOISEKD_DATA=d):
        assert not any(map(available, ("cifar10", "cifar100", "cinic10", "cifar10n")))
        Path(d, "cifar-10n").mkdir(); Path(d, "cifar-10n", "CIFAR-10_human.pt").touch(); assert available("cifar10n")


def test_a_folder_nobody_named_does_not_count():
    with tempfile.TemporaryDirectory() as d, patch.dict(os.environ, NOISEKD_DATA="", HOME=d):
        path = data_folder()[0] / HUMAN_FILES[0]; path.parent.mkdir(parents=True); path.touch()
        assert find_human_labels() == path and not available("cifar10n")

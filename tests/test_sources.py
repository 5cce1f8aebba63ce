"Exported from nbs/02_sources.ipynb by `python -m noisekd.export`; edit the notebook."

import pytest
import torch
import codecs
import hashlib
import os
import re
import zipfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from io import BytesIO
from itertools import repeat
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from noisekd.basics import suggest
from noisekd.data import DataError, Folder, ImageSet
from noisekd.data import data_folder, readable, rows_per_class
from noisekd.sources import available
from noisekd.sources import *
import pickle
import shutil
import tempfile
import tracemalloc
from contextlib import contextmanager, redirect_stdout
from io import StringIO
from operator import attrgetter
from unittest.mock import patch

from noisekd.basics import refuses, stream
from noisekd.data import fingerprint, load, subset
def printed_by_have(*names):
    "The answer of `have`, and what it prints."
    with redirect_stdout(StringIO()) as out:
        answer = have(*names)
    return answer, out.getvalue()
def write_small_cinic(root):
    "Values: 20 * class + 3 * split + 0, 1 (ImageNet) or 2 (CIFAR-10)."
    for c, s in np.ndindex(10, 3):
        folder = Path(root, "CINIC-10", CINIC_SPLITS[s], CINIC_CLASSES[c])
        folder.mkdir(parents=True)
        cifar = f"cifar10-{'test' if s == 2 else 'train'}-{c}"
        for i, name in enumerate(("n00000001_10", "n00000001_9", cifar)):
            value = 20 * c + 3 * s + i
            Image.new("RGB", (32, 32), (value,) * 3).save(folder / f"{name}.png")
@contextmanager
def small_cinic():
    "A folder with the archive's layout and 2 + 1 images a folder."
    with tempfile.TemporaryDirectory() as root:
        write_small_cinic(root)
        yield Path(root)
@contextmanager
def cinic_sample(**arrays):
    "A folder that holds a CINIC-10 sample of these arrays."
    with tempfile.TemporaryDirectory() as root:
        Path(root, CINIC_SAMPLE).mkdir()
        np.savez(Path(root, CINIC_SAMPLE, "cinic10_sample.npz"), **arrays)
        yield Path(root)
@contextmanager
def red_pngs(n):
    "Paths of n images of 32 x 32 pixels, the i-th with red = i."
    with tempfile.TemporaryDirectory() as folder:
        paths = [f"{folder}/{i}.png" for i in range(n)]
        for i, path in enumerate(paths):
            Image.new("RGB", (32, 32), (i, 0, 0)).save(path)
        yield paths
def values(data):
    "The value that each image of the small CINIC-10 is filled with."
    return data.images[:, 1, 7, 9].tolist()
def fifty():
    "Fifty images of noise in ten classes."
    shape = 50, 3, 8, 8
    g = stream(0, 0, "test")
    images = torch.randint(0, 256, shape, dtype=torch.uint8, generator=g)
    return ImageSet(images, torch.arange(50) % 10, tuple("0123456789"), "fifty")
RANDOM = np.random.default_rng(0)
SAMPLE_PIXELS = RANDOM.integers(0, 256, (4, 32, 32, 3), dtype=np.uint8)
SAMPLE = dict(
    x=SAMPLE_PIXELS,
    y=np.array([0, 0, 3, 9]),
    origin=np.array(["cifar10-test-1", "imagenet", "imagenet", "cifar10-train-7"]),
)
@contextmanager
def fifty_answers():
    "A folder with human labels for `fifty()`; worst is out of range, two are missing."
    labels = fifty().labels.numpy()
    kinds = dict(aggre_label=labels, random_label1=9 - labels, worse_label=labels + 1)
    with tempfile.TemporaryDirectory() as root:
        Path(root, "cifar-10n").mkdir()
        np.savez(Path(root, HUMAN_FILES[2]), clean_label=labels, **kinds)
        yield root
def damaged_copies(raw):
    "The file with each byte changed in turn, and cut at every eighth byte."
    for i in range(len(raw)):
        yield raw[:i] + bytes([raw[i] ^ 21]) + raw[i + 1 :]
    for i in range(0, len(raw), 8):
        yield raw[:i]
def is_refused(path, content, pixels):
    "Whether this content is refused by name; if not, it must hold these pixels."
    path.write_bytes(content)
    try:
        found = read_png(path, size=8)
    except DataError as error:
        return str(path) in str(error)
    assert np.array_equal(found, pixels)
    return False
def listed(reverse, scan=os.scandir):
    "Lets `os.scandir` list names in ascending or descending order."

    def ordered(path):
        return sorted(scan(path), key=attrgetter("name"), reverse=reverse)

    return patch("os.scandir", ordered)
def both_splits():
    "CIFAR-10, train and test."
    return [load("cifar10", "train"), load("cifar10", "test")]
def human_answers(clean):
    "The labels aggre (N), of the three people (3 x N), and worst (N)."
    sets = [human_labels(clean, kind).labels for kind in HUMAN_KINDS]
    return sets[0], torch.stack(sets[1:4]), sets[4]
class Trap:
    "An object whose pickle makes a file when it is opened."

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (Path(self.path),)


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


def test_digits_need_nothing():
    assert available("digits")
    assert not available("imagenet")


def test_missing_data_are_named_in_one_line():
    answer, text = printed_by_have("digits", "imagenet", "places")
    assert answer is False
    assert text.startswith("skipped: needs imagenet and places; set NOISEKD_DATA")
    assert text.count("\n") == 1


def test_nothing_is_printed_where_all_is_here():
    assert printed_by_have("digits") == (True, "")


@pytest.mark.skipif(not available("cifar10"), reason="test_cinic10_has_the_classes_of_cifar10 needs cifar10: set NOISEKD_DATA")
def test_cinic10_has_the_classes_of_cifar10():
    if have("cifar10"):
        assert CINIC_CLASSES == load("cifar10", "test").classes


def test_the_archive_goes_before_the_sample():
    with tempfile.TemporaryDirectory() as root:
        for name in (CINIC_SAMPLE, "cinic10", "CINIC-10"):
            Path(root, name).mkdir()
            assert find_cinic10(root) == Path(root, name)


def test_names_of_both_spellings_are_cifar10s():
    assert from_cifar10(Path("cifar10-test-7.png"))
    assert from_cifar10(Path("cifar-10-test-7.png"))
    assert not from_cifar10(Path("n02691156_10151.png"))


def test_other_files_are_passed_over():
    with tempfile.TemporaryDirectory() as folder:
        for name in ("b.png", "a.png", "._a.png", "notes.txt"):
            Path(folder, name).touch()
        assert png_names(Path(folder)) == ["a.png", "b.png"]


def test_file_names_tell_the_origin():
    with small_cinic() as root:
        truck = root / "CINIC-10/test/truck"
        (truck / "._n00000001_9.png").touch()
        (truck / "notes.txt").touch()
        names, cifar = class_files(truck, per_folder=2)
    assert names == ["cifar10-test-9.png", "n00000001_10.png", "n00000001_9.png"]
    assert cifar == [True, False, False]


def test_origins_are_counted():
    labels, cifar = torch.zeros(3, dtype=torch.long), torch.tensor([True, False, False])
    origins = Origins(Path("CINIC-10"), ("a", "b", "c"), labels, cifar)
    assert (origins.n_cifar, origins.n_imagenet) == (1, 2)
    assert not origins.sample
    assert replace(origins, folder=Path("d", CINIC_SAMPLE)).sample


def test_a_sample_has_three_arrays():
    with cinic_sample(x=np.zeros(3), y=np.zeros(3), origin=np.array(["a"] * 3)) as root:
        sample = read_cinic10_sample(root / CINIC_SAMPLE)
    assert set(sample) == {"x", "y", "origin"}


def test_an_archive_has_thirty_folders():
    with small_cinic() as root:
        origins = list_cinic10_archive(root / "CINIC-10", per_folder=2)
    assert len({Path(name).parent for name in origins.names}) == 30


def test_a_listing_goes_by_class_split_and_name():
    with small_cinic() as root:
        origins = list_cinic10(root, per_folder=2)
    files = ["cifar10-train-0.png", "n00000001_10.png", "n00000001_9.png"]
    assert origins.names[:3] == tuple(f"train/airplane/{file}" for file in files)
    assert origins.names[3].startswith("valid/airplane/")
    assert origins.names[9].startswith("train/automobile/")


def test_a_listing_counts_both_origins():
    with small_cinic() as root:
        origins = list_cinic10(root, per_folder=2)
    assert (origins.n_imagenet, origins.n_cifar) == (60, 30)
    assert torch.equal(origins.labels, torch.arange(10).repeat_interleave(9))
    assert not origins.sample


def test_a_png_is_what_was_saved():
    x = np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    with tempfile.TemporaryDirectory() as folder:
        Image.fromarray(x).save(f"{folder}/colour.png")
        Image.fromarray(x[..., 0]).save(f"{folder}/grey.png")
        colour, grey = read_png(f"{folder}/colour.png"), read_png(f"{folder}/grey.png")
    assert np.array_equal(colour, x.transpose(2, 0, 1))
    assert np.array_equal(grey, np.stack([x[..., 0]] * 3))


def test_images_come_in_the_order_of_their_paths():
    with red_pngs(200) as paths:
        few, many = read_pngs(paths, threads=2), read_pngs(paths, threads=7)
    assert few[:, 0, 5, 5].tolist() == list(range(200))
    assert torch.equal(few, many)


def test_rows_are_read_in_their_order():
    with small_cinic() as root:
        images = read_origins(list_cinic10(root, per_folder=2), torch.tensor([9, 3, 0]))
    assert images[:, 0, 0, 0].tolist() == [22, 5, 2]  # the first in a folder is CIFAR-10's


def test_the_paper_s_part_has_a_name():
    assert cinic10_name(False, 2100, False) == "cinic10/imagenet-2100"


def test_images_of_cifar10_are_left_out():
    with small_cinic() as root:
        data = read_cinic10(root, per_folder=2)
    expected = [20 * c + 3 * s + i for c, s, i in np.ndindex(10, 3, 2)]
    assert values(data) == expected
    assert data.labels.tolist() == [value // 20 for value in expected]
    assert data.name == "cinic10/imagenet"


def test_images_of_cifar10_can_be_asked_for():
    with small_cinic() as root:
        both = read_cinic10(root, cifar=True, per_folder=2)
    assert len(both) == 90
    assert both.name == "cinic10/imagenet+cifar"


def test_a_part_of_cinic10_is_balanced():
    with small_cinic() as root:
        data = read_cinic10(root, per_folder=2)
        part = read_cinic10(root, per_class=3, per_folder=2)
    assert torch.bincount(part.labels).tolist() == [3] * 10
    assert [value // 20 for value in values(part)] == part.labels.tolist()
    assert set(values(part)) < set(values(data))
    assert part.name == "cinic10/imagenet-3"


def test_a_digest_is_of_one_image():
    data = fifty()
    by_hand = hashlib.blake2b(bytes(data.images[7].flatten().tolist()), digest_size=16)
    assert image_digests(data)[7] == by_hand.digest()
    assert len(set(image_digests(data))) == 50
    assert set(image_digests(subset(data, 20))) < set(image_digests(data))


def test_sets_of_one_size_can_be_compared():
    assert check_sizes(fifty(), [fifty(), subset(fifty(), 3)]) is None


def test_known_images_are_found_by_their_pixels():
    data, known = fifty(), subset(fifty(), 12)
    new, n = drop_known(data, [known])
    assert n == 12
    assert not set(image_digests(new)) & set(image_digests(known))
    labels = torch.cat([new.labels, known.labels])
    assert torch.bincount(labels).tolist() == torch.bincount(data.labels).tolist()


def test_images_are_looked_for_in_every_known_set():
    known = subset(fifty(), 12)
    changed = replace(known, images=known.images ^ 1)
    assert drop_known(fifty(), [changed, known])[1] == 12


def test_known_images_must_be_equal_in_every_pixel():
    known = subset(fifty(), 12)
    changed = replace(known, images=known.images ^ 1)
    assert drop_known(fifty(), [changed])[1] == 0
    assert drop_known(fifty(), [])[1] == 0


def test_ood_images_are_found_by_name():
    with small_cinic() as root:
        assert find_ood("cifar10", root) == root / "CINIC-10"


def test_ood_images_are_read_by_name():
    with cinic_sample(**SAMPLE) as root:
        data = ood("cifar10", root)
    assert data.labels.tolist() == [0, 3]


def test_human_labels_are_looked_for_in_three_places():
    with tempfile.TemporaryDirectory() as root:
        Path(root, "cifar-10n").mkdir()
        for name in reversed(HUMAN_FILES):
            Path(root, name).touch()
            assert find_human_labels(root) == Path(root, name)


def test_a_file_without_known_checksum_passes():
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "CIFAR-10_human.npz")
        path.write_bytes(b"anything")
        assert check_sha256(path) is None


def test_label_files_are_read():
    labels = np.arange(50)
    with tempfile.TemporaryDirectory() as folder:
        pt, npz = Path(folder, "x.pt"), Path(folder, "x.npz")
        torch.save({"y": labels}, pt)
        np.savez(npz, y=labels)
        assert np.array_equal(read_label_file(pt)["y"], labels)
        assert np.array_equal(read_label_file(npz)["y"], labels)


def test_a_kind_is_read_beside_the_clean_labels():
    with fifty_answers() as root:
        clean, random1 = labels_of_kind(find_human_labels(root), "random1")
    assert np.array_equal(clean, fifty().labels)
    assert np.array_equal(random1, 9 - clean)


def test_human_labels_take_the_place_of_the_clean_ones():
    data = fifty()
    with fifty_answers() as root:
        answers = human_labels(data, "random1", root)
    assert torch.equal(answers.labels, 9 - data.labels)
    assert answers.images is data.images


def test_an_empty_folder_holds_nothing():
    with tempfile.TemporaryDirectory() as root, patch.dict(os.environ, NOISEKD_DATA=root):
        names = ["cifar10", "cifar100", "cinic10", "cifar10n"]
        assert not any(map(available, names))


def test_what_is_here_is_available():
    with tempfile.TemporaryDirectory() as root, patch.dict(os.environ, NOISEKD_DATA=root):
        Path(root, "cifar-10n").mkdir()
        Path(root, "cifar-10n", "CIFAR-10_human.pt").touch()
        assert available("cifar10n")


def test_the_sample_of_cinic10_is_available():
    with cinic_sample(**SAMPLE) as root, patch.dict(os.environ, NOISEKD_DATA=str(root)):
        assert available("cinic10")


def test_a_folder_nobody_named_does_not_count():
    with tempfile.TemporaryDirectory() as home:
        with patch.dict(os.environ, NOISEKD_DATA="", HOME=home):
            path = data_folder()[0] / HUMAN_FILES[0]
            path.parent.mkdir(parents=True)
            path.touch()
            assert find_human_labels() == path
            assert not available("cifar10n")


def test_no_wrong_byte_gives_wrong_pixels():
    x = np.random.default_rng(0).integers(0, 256, (8, 8, 3), dtype=np.uint8)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "x.png")
        Image.fromarray(x).save(path)
        copies = list(damaged_copies(path.read_bytes()))
        refused = [is_refused(path, copy, x.transpose(2, 0, 1)) for copy in copies]
    assert sum(refused) > 0.95 * len(copies)


def test_many_files_need_the_memory_of_the_result():
    with red_pngs(200) as paths:
        tracemalloc.start()
        images = read_pngs(paths * 6, threads=2)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert images[:, 0, 5, 5].tolist() == [*range(200)] * 6
    assert images.numel() <= peak < 1.5 * images.numel()


def test_the_order_of_the_file_system_does_not_matter():
    with small_cinic() as root:
        with listed(reverse=False):
            up = read_cinic10(root, per_class=3, per_folder=2)
        with listed(reverse=True):
            down = read_cinic10(root, per_class=3, per_folder=2)
    assert fingerprint(up) == fingerprint(down)


def test_a_sample_is_read_by_its_origins():
    with cinic_sample(**SAMPLE) as root:
        data = read_cinic10(root)
    assert np.array_equal(data.images, SAMPLE_PIXELS[1:3].transpose(0, 3, 1, 2))
    assert data.labels.tolist() == [0, 3]
    assert data.name == "cinic10/sample"


def test_a_sample_is_listed_by_its_origins():
    with cinic_sample(**SAMPLE) as root:
        origins = list_cinic10(root)
    assert (origins.n_cifar, origins.n_imagenet) == (2, 2)
    assert origins.sample


@pytest.mark.skipif(not available("cifar10"), reason="test_the_number_of_known_images_is_that_of_the_names needs cifar10: set NOISEKD_DATA")
@pytest.mark.skipif(not available("cinic10"), reason="test_the_number_of_known_images_is_that_of_the_names needs cinic10: set NOISEKD_DATA")
def test_the_number_of_known_images_is_that_of_the_names():
    if have("cifar10", "cinic10"):
        origins = list_cinic10()
        new, n = drop_known(read_cinic10(cifar=True), both_splits())
        assert (n, len(new)) == (origins.n_cifar, origins.n_imagenet)
        assert n == (468 if origins.sample else 60_000)
        assert len(new) == (1532 if origins.sample else 210_000)


@pytest.mark.skipif(not available("cifar10"), reason="test_names_and_pixels_agree_on_the_origin needs cifar10: set NOISEKD_DATA")
@pytest.mark.skipif(not available("cinic10"), reason="test_names_and_pixels_agree_on_the_origin needs cinic10: set NOISEKD_DATA")
def test_names_and_pixels_agree_on_the_origin():
    if have("cifar10", "cinic10"):
        new, _ = drop_known(read_cinic10(cifar=True), both_splits())
        assert torch.equal(new.images, ood().images)
        assert torch.equal(new.labels, ood().labels)
        assert drop_known(ood(), both_splits())[1] == 0


@pytest.mark.skipif(not available("cinic10"), reason="test_real_ood_images needs cinic10: set NOISEKD_DATA")
def test_real_ood_images():
    if have("cinic10"):
        data, origins = ood("cifar10"), list_cinic10()
        assert data.images.shape == (origins.n_imagenet, 3, 32, 32)
        assert data.name == ("cinic10/sample" if origins.sample else "cinic10/imagenet")


@pytest.mark.skipif(not available("cinic10"), reason="test_a_real_part_is_balanced needs cinic10: set NOISEKD_DATA")
def test_a_real_part_is_balanced():
    if have("cinic10"):
        data, part = ood("cifar10"), ood("cifar10", per_class=100)
        assert torch.bincount(part.labels).tolist() == [100] * 10
        assert part.name == f"{data.name}-100"
        assert set(image_digests(part)) <= set(image_digests(data))


@pytest.mark.skipif(not available("cifar10"), reason="test_real_human_labels needs cifar10: set NOISEKD_DATA")
@pytest.mark.skipif(not available("cifar10n"), reason="test_real_human_labels needs cifar10n: set NOISEKD_DATA")
def test_real_human_labels():
    rates = {
        "aggre": "9.01%",
        "random1": "17.23%",
        "random2": "18.12%",
        "random3": "17.64%",
        "worst": "40.21%",
    }
    if have("cifar10", "cifar10n"):
        clean = load("cifar10", "train")
        for kind, rate in rates.items():
            wrong = human_labels(clean, kind).labels != clean.labels
            assert f"{wrong.double().mean():.2%}" == rate


@pytest.mark.skipif(not available("cifar10"), reason="test_worst_is_a_wrong_answer_where_there_is_one needs cifar10: set NOISEKD_DATA")
@pytest.mark.skipif(not available("cifar10n"), reason="test_worst_is_a_wrong_answer_where_there_is_one needs cifar10n: set NOISEKD_DATA")
def test_worst_is_a_wrong_answer_where_there_is_one():
    if have("cifar10", "cifar10n"):
        clean = load("cifar10", "train")
        _, three, worst = human_answers(clean)
        any_wrong = (three != clean.labels).any(0)
        assert torch.equal(worst != clean.labels, any_wrong)
        assert (worst == three).any(0).all()


@pytest.mark.skipif(not available("cifar10"), reason="test_aggre_is_what_two_say needs cifar10: set NOISEKD_DATA")
@pytest.mark.skipif(not available("cifar10n"), reason="test_aggre_is_what_two_say needs cifar10n: set NOISEKD_DATA")
def test_aggre_is_what_two_say():
    if have("cifar10", "cifar10n"):
        aggre, three, _ = human_answers(load("cifar10", "train"))
        vote = three.mode(0).values
        agreed = (three == vote).sum(0) >= 2
        assert torch.equal(aggre[agreed], vote[agreed])


def test_label_files_run_nothing():
    with tempfile.TemporaryDirectory() as folder:
        pt, npz, sprung = (Path(folder, name) for name in ("x.pt", "x.npz", "sprung"))
        torch.save({"y": Trap(sprung)}, pt)
        np.savez(npz, y=np.array([Trap(sprung)], dtype=object))
        refuses("x.pt: damaged, or not CIFAR-10N's", read_label_file, pt)
        refuses("x.npz: damaged, or not CIFAR-10N's", read_label_file, npz)
        assert not sprung.exists()
        pickle.loads(pickle.dumps(Trap(sprung)))
        assert sprung.exists()


def test_refuses_a_folder_without_cinic10():
    with tempfile.TemporaryDirectory() as root:
        refuses("CINIC-10 is missing there; unpack CINIC-10.tar.gz", find_cinic10, root)
        refuses("https://datashare.ed.ac.uk/handle/10283/3192", find_cinic10, root)
        refuses(f"{root}/CINIC-10/train/airplane is a folder", find_cinic10, root)


def test_refuses_ood_images_that_are_not_there():
    refuses("dataset = 'svhn': no images of another source are known", ood, "svhn")
    refuses("they are for ['cifar10']", find_ood, "svhn")
    refuses("data_root = '/nowhere': CINIC-10 is missing", ood, "cifar10", "/nowhere")


def test_refuses_a_name_of_neither_origin():
    for name in ("truck_7.png", "cifar10-valid-1.png", "n0000001_1.png"):
        with small_cinic() as root:
            truck = root / "CINIC-10/test/truck"
            (truck / name).touch()
            refuses(f"{name}: a name of neither origin", class_files, truck, 2)


def test_refuses_a_class_that_is_not_whole():
    with small_cinic() as root:
        truck = root / "CINIC-10/test/truck"
        lorry = truck.with_name("lorry")
        words = "test/truck: 2 images of ImageNet origin; should be 7000"
        refuses(words, class_files, truck)
        refuses("test/lorry: no such folder", class_files, lorry)


def test_refuses_an_archive_without_a_class():
    with small_cinic() as root:
        truck = root / "CINIC-10/test/truck"
        shutil.rmtree(truck)
        refuses("test/truck: no such folder", read_cinic10, root, per_folder=2)
        truck.mkdir()
        refuses("test/truck: 0 images of ImageNet", read_cinic10, root, per_folder=2)


def test_refuses_a_sample_without_its_arrays():
    words = "cinic10_sample.npz: missing or damaged"
    refuses(words, read_cinic10_sample, Path("/nowhere"))
    with cinic_sample(x=np.zeros(3), y=np.zeros(3)) as root:
        refuses(words, read_cinic10_sample, root / CINIC_SAMPLE)
        refuses("origin", read_cinic10_sample, root / CINIC_SAMPLE)


def test_refuses_a_sample_cut_short():
    with cinic_sample(**SAMPLE) as root:
        path = root / CINIC_SAMPLE / "cinic10_sample.npz"
        path.write_bytes(path.read_bytes()[:200])
        refuses("missing or damaged", read_cinic10_sample, root / CINIC_SAMPLE)


def test_refuses_a_damaged_image():
    with small_cinic() as root:
        path = root / "CINIC-10/test/truck/n00000001_9.png"
        path.write_bytes(path.read_bytes()[:60])
        words = "test/truck/n00000001_9.png: missing or damaged"
        refuses(words, read_cinic10, root, per_folder=2)


def test_refuses_an_image_of_another_size():
    with tempfile.TemporaryDirectory() as folder:
        Image.new("RGB", (48, 32)).save(f"{folder}/wide.png")
        words = "wide.png: 48 x 32 pixels; should be 32 x 32"
        refuses(words, read_png, f"{folder}/wide.png")
        refuses("none.png: missing or damaged", read_png, f"{folder}/none.png")


def test_refuses_a_set_of_known_images_only():
    data = fifty()
    refuses("fifty: all 50 images are in fifty", drop_known, data, [data])


def test_refuses_to_compare_images_of_another_size():
    data = fifty()
    small = replace(data, images=data.images[..., :4, :4])
    refuses("fifty has images (3, 4, 4), fifty (3, 8, 8)", drop_known, data, [small])


def test_refuses_a_folder_without_human_labels():
    words = "data_root = '/nowhere': CIFAR-10N is missing there; put CIFAR-10_human.pt"
    refuses(words, find_human_labels, "/nowhere")
    refuses("at /nowhere/cifar-10n/CIFAR-10_human.pt", find_human_labels, "/nowhere")


def test_refuses_a_label_file_that_is_not_there():
    words = "none.pt: damaged, or not CIFAR-10N's"
    refuses(words, read_label_file, Path("/nowhere/none.pt"))


def test_refuses_a_label_file_of_another_checksum():
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "CIFAR-10_human.pt")
        torch.save({"clean_label": np.arange(50)}, path)
        refuses("should be 873e69c39cb9b5e9", read_label_file, path)
        refuses("is not the released one; fetch it again", read_label_file, path)


@pytest.mark.skipif(not available("cifar10n"), reason="test_refuses_one_label_changed needs cifar10n: set NOISEKD_DATA")
def test_refuses_one_label_changed():
    if have("cifar10n") and find_human_labels().suffix == ".pt":
        content = read_label_file(find_human_labels())
        content["worse_label"][0] = (content["worse_label"][0] + 1) % 10
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "CIFAR-10_human.pt")
            torch.save(content, path)
            refuses("CIFAR-10_human.pt: SHA-256 = ", read_label_file, path)


@pytest.mark.skipif(not available("cifar10n"), reason="test_refuses_one_byte_changed needs cifar10n: set NOISEKD_DATA")
def test_refuses_one_byte_changed():
    if have("cifar10n") and find_human_labels().suffix == ".pt":
        raw = find_human_labels().read_bytes()
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "CIFAR-10_human.pt")
            path.write_bytes(raw[:-1] + bytes([raw[-1] ^ 1]))
            refuses("CIFAR-10_human.pt: SHA-256 = ", read_label_file, path)


def test_refuses_human_labels_of_other_images():
    data, words = fifty(), "clean labels are not those of fifty"
    turned = replace(data, labels=data.labels.flip(0))
    with fifty_answers() as root:
        refuses(words, human_labels, subset(data, 20), "aggre", root)
        refuses(words, human_labels, turned, "aggre", root)


def test_refuses_human_labels_that_cannot_be():
    with fifty_answers() as root:
        refuses("human labels = 'worse': unknown", human_labels, fifty(), "worse", root)
        refuses("did you mean 'worst'?", human_labels, fifty(), "worse", root)
        refuses("no random_label2; should be in it", human_labels, fifty(), "random2", root)
        refuses("fifty: labels reach from 1 to 10", human_labels, fifty(), "worst", root)

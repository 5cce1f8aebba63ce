"Exported from nbs/21_corruptions.ipynb by `python -m noisekd.export`; edit the notebook."

import pytest
import torch
import math
from collections.abc import Callable
from functools import lru_cache, partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from noisekd.basics import full_float32, read_facts, stream, suggest
from noisekd.data import DataError, data_folder, to_float
from noisekd.corruptions import *
from noisekd.corruptions import _own_notation
from noisekd.corruptions import _motion_weights
from noisekd.corruptions import _imitated_frost
from noisekd.corruptions import _photographed_frost
from noisekd.corruptions import _frost_files
from noisekd.corruptions import _cut_frost
from noisekd.corruptions import _midpoints
from noisekd.corruptions import _displace
from noisekd.corruptions import _transform
from noisekd.corruptions import _sobel
from noisekd.corruptions import _neighbour
from noisekd.corruptions import _ridge
from noisekd.corruptions import _grow
from noisekd.corruptions import _sweep_row
from noisekd.corruptions import _mud_cover
from noisekd.corruptions import _check_range
from noisekd.corruptions import _corrupt
from noisekd.corruptions import _mapped
from noisekd.corruptions import _check_labels
from noisekd.corruptions import _released_rows
from noisekd.corruptions import _generate
from noisekd.corruptions import _check_images
import io
import os
import tempfile
from unittest.mock import patch

import cv2
import pandas as pd
import pytest
import scipy.ndimage
import scipy.stats
import skimage.color
import skimage.filters
from sklearn.datasets import load_sample_image

from noisekd.basics import refuses
from noisekd.data import load
from noisekd.sources import available
def photographs(n=60):
    "n pieces of scikit-learn's picture of a temple, as uint8 N x 3 x 32 x 32."
    whole = Image.fromarray(load_sample_image("china.jpg"))
    half = whole.resize((320, 192), Image.Resampling.BOX)
    rows = torch.from_numpy(np.array(half)).reshape(6, 32, 10, 32, 3)
    return rows.permute(0, 2, 4, 1, 3).reshape(60, 3, 32, 32)[:n].contiguous()
def temple(n=60):
    "The same as floats in [0, 1]."
    return to_float(photographs(n)).contiguous()
def invented_photographs(folder, side=350):
    "Five grey pictures under the names of the photographs."
    (Path(folder) / "frost").mkdir()
    for i, name in enumerate(FROST):
        grey = np.full((side, side + 150, 3), 10 * i, np.uint8)
        Image.fromarray(grey).save(f"{folder}/frost/{name}")
def smooth(x, sigma, **kw):
    "scikit-image's Gaussian, channels last where there are three axes."
    channels = -1 if x.ndim == 3 else None
    return skimage.filters.gaussian(x, sigma=sigma, channel_axis=channels, **kw)
def liquid_levels(n=200, std=0.1, sigma=0.7):
    "Layers of liquid as in the script, uint8 n x 32 x 32."
    normal = np.random.default_rng(0).standard_normal((n, 32, 32))
    layers = np.stack([smooth(x, sigma) for x in 0.65 + std * normal])
    return np.where(layers < 0.69, 0, layers * 255).astype(np.uint8)
def check_conditions(x):
    "Assert that all corruptions of x are seeded, have 256 levels and change something."
    for name in CORRUPTIONS:
        for severity in (1, 5):
            y = corrupt(x, name, severity)
            assert y.shape == x.shape
            assert torch.equal(y, corrupt(x, name, severity)), name
            assert torch.equal(y, (y * 255).round() / 255), name
            assert 0 <= y.min() <= y.max() <= 1
            assert severity == 1 or not torch.equal(y, x), name
def invented_release(folder, name="fog", rows=50000):
    "An array of the right form: row 10000 * (s - 1) has the level s, the rest is 0."
    (Path(folder) / "CIFAR-10-C").mkdir()
    file = f"{folder}/CIFAR-10-C/{name}.npy"
    array = np.lib.format.open_memmap(file, "w+", np.uint8, (rows, 32, 32, 3))
    array[::10000] = np.arange(1, rows // 10000 + 1)[:, None, None, None]
    array.flush()
REFERENCE = {}  # name -> function(image, params, *draws) -> 0..255, H x W x 3
def reference(function):
    "Enter a function under the name of its corruption, `fog_one` for `fog`."
    REFERENCE[function.__name__.removesuffix("_one")] = function
    return function
def to_bytes(x):
    "0..255, from images in [0, 1]."
    return np.clip(x, 0, 1) * 255
@reference
def gaussian_noise_one(x, params, noise):
    return to_bytes(x / 255.0 + params[0] * noise.transpose(1, 2, 0))
@reference
def shot_noise_one(x, params, counts):
    return to_bytes(counts.transpose(1, 2, 0) / float(params[0]))
@reference
def speckle_noise_one(x, params, noise):
    return to_bytes(x / 255.0 * (1 + params[0] * noise.transpose(1, 2, 0)))
@reference
def impulse_noise_one(x, params, hit, salt):
    out = x.copy()
    for channel, row, column in np.argwhere(hit <= params[0]):
        white = salt[channel, row, column] <= 0.5
        out[row, column, channel] = 255 if white else 0
    return out
def disk_one(radius, sigma):
    "The kernel of the script, 17 x 17."
    k = np.arange(-8, 9)
    disk = (k[:, None] ** 2 + k**2 <= radius**2).astype(np.float32)
    return cv2.GaussianBlur(disk / disk.sum(), (3, 3), sigmaX=sigma)
@reference
def defocus_blur_one(x, params):
    channels = np.ascontiguousarray((x / 255.0).transpose(2, 0, 1))
    blurred = [cv2.filter2D(c, -1, disk_one(*params)) for c in channels]
    return to_bytes(np.stack(blurred, -1))
@reference
def glass_blur_one(x, params, shifts, swap=False):
    x = np.uint8(smooth(x / 255.0, params[0]) * 255)
    for down, right in shifts:
        for h in range(31, 1, -1):
            for w in range(31, 1, -1):
                there = h + down[h - 2, w - 2], w + right[h - 2, w - 2]
                mine = x[h, w].copy()
                x[h, w] = x[there]
                if swap:
                    x[there] = mine
    return to_bytes(smooth(x / 255.0, params[0]))
def motion_one(x, radius, sigma, angle):
    "Motion blur of one image, 0..255."
    n, turn, out = 2 * radius + 1, math.radians(float(angle)), 0
    k = np.exp(-0.5 * (np.arange(n) / sigma) ** 2)
    edge = cv2.BORDER_REPLICATE
    padded = cv2.copyMakeBorder(x.astype(np.float64), n, n, n, n, edge)
    for i in range(n):
        right = math.ceil(i * math.cos(turn) - 0.5) + n
        down = math.ceil(i * math.sin(turn) - 0.5) + n
        piece = padded[down : down + x.shape[0], right : right + x.shape[1]]
        out = out + k[i] / k.sum() * piece
    return np.rint(out * 257) // 257
@reference
def motion_blur_one(x, params, angle):
    return motion_one(x, *params, angle)
def enlarge(x, factor):
    "Cut, zoom with SciPy, cut."
    side = x.shape[0]
    inner = math.ceil(side / factor)
    top = (side - inner) // 2
    middle = x[top : top + inner, top : top + inner]
    big = scipy.ndimage.zoom(middle, (factor, factor, 1), order=1)
    trim = (big.shape[0] - side) // 2
    return big[trim : trim + side, trim : trim + side]
@reference
def zoom_blur_one(x, params):
    x = np.float32(x / 255.0)
    zooms = [enlarge(x, factor) for factor in np.arange(1, params[0], 0.01)]
    return to_bytes(np.mean([x, *zooms], axis=0))
@reference
def snow_one(x, params, normal, angle):
    mean, std, factor, threshold, radius, sigma, keep = params
    layer = enlarge((mean + std * normal.astype(np.float64)).transpose(1, 2, 0), factor)
    layer[layer < threshold] = 0
    layer = np.uint8(np.clip(layer, 0, 1) * 255)[..., 0]
    layer = motion_one(layer, radius, sigma, angle)[..., None] / 255
    x = np.float32(x / 255.0)
    grey = cv2.cvtColor(x, cv2.COLOR_RGB2GRAY)[..., None]
    white = keep * x + (1 - keep) * np.maximum(x, grey * 1.5 + 0.5)
    return to_bytes(white + layer + layer[::-1, ::-1])
@reference
def frost_one(x, params, piece):
    frost = np.rint(piece.transpose(1, 2, 0) * 255.0).astype(np.float64)
    return np.clip(params[0] * x + params[1] * frost, 0, 255)
CROSS = ((-1, -1), (-1, 1), (1, -1), (1, 1))  # neighbours of the middle of a square
PLUS = ((-1, 0), (1, 0), (0, -1), (0, 1))  # and of the middle of its edges
def plasma_one(uniform, decay, side=32):
    "Diamond-square: each level reads its four neighbours by index, modulo the side."
    m, step, amplitude = np.zeros((side, side)), side, 100.0
    rest = uniform.astype(np.float64)
    while step > 1:
        half, k = step // 2, np.arange(0, side, step)
        kinds = (half, half, CROSS), (0, half, PLUS), (half, 0, PLUS)
        for down, right, around in kinds:
            noise = rest[: k.size**2].reshape(k.size, k.size)
            rest = rest[k.size**2 :]
            mean = 0
            for a, b in around:
                rows, columns = k + down + a * half, k + right + b * half
                mean = mean + m[np.ix_(rows % side, columns % side)] / 4
            m[np.ix_(k + down, k + right)] = mean + amplitude**2 * noise
        step, amplitude = half, amplitude / decay
    return (m - m.min()) / (m - m.min()).max()
@reference
def fog_one(x, params, uniform):
    strength, decay = params
    x = x / 255.0
    mist = strength * plasma_one(uniform, decay)[..., None]
    return to_bytes((x + mist) * x.max() / (x.max() + strength))
def change_hsv(x, channel, factor, plus):
    "Change one HSV channel with scikit-image."
    hsv = skimage.color.rgb2hsv(x / 255.0)
    hsv[..., channel] = np.clip(hsv[..., channel] * factor + plus, 0, 1)
    return to_bytes(skimage.color.hsv2rgb(hsv))
@reference
def brightness_one(x, params):
    return change_hsv(x, 2, 1, params[0])
@reference
def saturate_one(x, params):
    return change_hsv(x, 1, *params)
@reference
def contrast_one(x, params):
    x = np.ascontiguousarray(x) / 255.0
    mean = np.mean(x, axis=(0, 1), keepdims=True)
    return to_bytes((x - mean) * params[0] + mean)
@reference
def elastic_transform_one(x, params, jitter, field, places=np.float64):
    alpha, sigma, most = (32 * p for p in params)
    old = np.float32([[26, 26], [26, 6], [6, 6]])
    affine = cv2.getAffineTransform(old, old + np.float32(most) * jitter)
    image = (x / 255.0).astype(places)
    edge = cv2.BORDER_REFLECT_101
    image = cv2.warpAffine(image, affine, (32, 32), borderMode=edge)
    fields = field.astype(np.float64)
    right, down = (alpha * smooth(f, sigma, mode="reflect", truncate=3) for f in fields)
    at = [np.arange(32)[:, None] + down, np.arange(32) + right]
    read = partial(scipy.ndimage.map_coordinates, order=1, mode="reflect")
    return to_bytes(np.stack([read(image[..., i], at) for i in range(3)], -1))
@reference
def pixelate_one(x, params):
    small, box = int(32 * params[0]), Image.Resampling.BOX
    image = Image.fromarray(x).resize((small, small), box)
    return np.array(image.resize((32, 32), box))
@reference
def jpeg_compression_one(x, params):
    file = io.BytesIO()
    Image.fromarray(x).save(file, "JPEG", quality=params[0])
    return np.array(Image.open(file))
@reference
def gaussian_blur_one(x, params):
    return to_bytes(smooth(x / 255.0, params[0]))
def water_one(liquid):
    "The chain of OpenCV calls on one layer."
    levels = (liquid * 255).astype(np.uint8)
    d = cv2.distanceTransform(255 - cv2.Canny(levels, 50, 150), cv2.DIST_L2, 5)
    d = cv2.equalizeHist(cv2.blur(np.minimum(d, 20), (3, 3)).astype(np.uint8))
    d = cv2.blur(cv2.filter2D(d, cv2.CV_8U, np.float32(EMBOSS)), (3, 3))
    return levels * d.astype(np.float32) / (levels * d.astype(np.float32)).max()
@reference
def spatter_one(x, params, normal):
    mean, std, sigma, threshold, strength, is_mud = params
    x = np.float32(x / 255.0)
    liquid = smooth(mean + std * normal[0].astype(np.float64), sigma)
    liquid[liquid < threshold] = 0
    if not is_mud:
        return to_bytes(x + strength * water_one(liquid)[..., None] * np.float32(WATER))
    m = smooth((liquid > threshold).astype(np.float32), strength)[..., None]
    m[m < 0.8] = 0
    return to_bytes(x * (1 - m) + m * np.float32(MUD))
class Gap(NamedTuple):
    worst: float  # largest difference, grey levels
    share: float  # of values that differ
def compare(name, severity, images):
    "The batch against one image at a time, with the same draws."
    _, draw, apply, constants = CORRUPTIONS[name]
    params = constants[severity - 1]
    x = to_float(images).contiguous()
    draws = draw(x, params, stream(0, severity, name))
    ours = to_levels(apply(x, params, *draws)).numpy()
    theirs = []
    for i, image in enumerate(images.permute(0, 2, 3, 1).numpy()):
        own = [d[i].numpy() for d in draws]
        theirs.append(np.uint8(REFERENCE[name](image, params, *own)))
    gap = np.abs(ours - np.stack(theirs).transpose(0, 3, 1, 2).astype(np.float32))
    return Gap(gap.max().item(), (gap > 0).mean().item())
def hard_images(n=60):
    "n photographs and three images without or with few colours, uint8."
    wedge = torch.arange(256).repeat(12).reshape(32, 96)[:, :32]
    plain = torch.stack([wedge, torch.zeros(32, 32), torch.full((32, 32), 200)])
    plain = plain.to(torch.uint8)[:, None].expand(3, 3, 32, 32)
    return torch.cat([photographs()[:: 60 // n], plain]).contiguous()
EXACT = (
    "shot_noise",
    "impulse_noise",
    "defocus_blur",
    "glass_blur",
    "brightness",
    "contrast",
    "pixelate",
    "jpeg_compression",
    "gaussian_blur",
    "saturate",
)
NEARLY = {  # share of values that may differ, by one level
    "gaussian_noise": 1e-3,
    "motion_blur": 1e-3,
    "zoom_blur": 3e-2,
    "snow": 2e-3,
    "frost": 1e-3,
    "fog": 1e-3,
    "elastic_transform": 2e-2,
    "speckle_noise": 1e-3,
    "spatter": 2e-3,
}
def greys_and_colours():
    "256 images of one grey each and 40 of random colours, uint8."
    grey = torch.arange(256)[:, None, None, None].expand(256, 3, 32, 32)
    colours = torch.randint(0, 256, (40, 3, 32, 32), generator=stream(0, 0, "colours"))
    return torch.cat([grey, colours]).to(torch.uint8)
def dry_share(severity):
    "Share of 20,000 layers of water without a drop."
    normal = torch.randn(20_000, 1, 32, 32, generator=stream(0, 0, "spatter"))
    mean, std, sigma, threshold, _, _ = script_constants("spatter")[severity - 1]
    liquid = apply_separable(mean + std * normal, blur_matrix(32, sigma))
    return (liquid.amax((1, 2, 3)) < threshold).float().mean().item()
ORDERED = (
    "gaussian_noise",
    "shot_noise",
    "impulse_noise",
    "defocus_blur",
    "zoom_blur",
    "fog",
    "brightness",
    "contrast",
    "pixelate",
    "jpeg_compression",
    "speckle_noise",
    "gaussian_blur",
)
def zigzag_key(i):
    "Place of the i-th entry of an 8 x 8 table: by diagonal, turning each time."
    row, column = divmod(i, 8)
    diagonal = row + column
    return diagonal, row if diagonal % 2 else column
ZIGZAG = sorted(range(64), key=zigzag_key)
def copy_against_swap():
    "Mean difference in grey levels at severity 4."
    params, gaps = script_constants("glass_blur")[3], []
    images = photographs()[20:40]
    (shifts,) = draw_glass(images, params, stream(0, 0, "glass"))
    for image, shift in zip(images.permute(0, 2, 3, 1).numpy(), shifts.numpy()):
        copy = glass_blur_one(image, params, shift)
        swap = glass_blur_one(image, params, shift, swap=True)
        gaps.append(np.abs(copy - swap).mean())
    return np.mean(gaps)
def rounded_against_exact():
    "Mean, largest and share of differences between OpenCV's old and new affine map."
    params, gaps = script_constants("elastic_transform")[2], []
    images = photographs()
    draws = draw_elastic(images, params, stream(0, 0, "elastic"))
    for i, image in enumerate(images.permute(0, 2, 3, 1).numpy()):
        own = [d[i].numpy() for d in draws]
        old = elastic_transform_one(image, params, *own)
        new = elastic_transform_one(image, params, *own, places=np.float32)
        gaps.append(np.abs(np.uint8(old).astype(float) - np.uint8(new)))
    return np.mean(gaps), np.max(gaps), np.mean(np.array(gaps) > 0)
BANDS = (0.5, 1.2, 2.3, 4.5, 9, 23)  # waves across a piece
def piece_statistics(picture):
    "Spread of brightness between pieces, and their standard deviation in each band."
    grey = picture.mean(0)[None, None].double()
    pieces = F.unfold(grey, 32, stride=3)[0].T.reshape(-1, 32, 32).numpy()
    means = pieces.mean((1, 2), keepdims=True)
    power = (np.abs(np.fft.fft2(pieces - means) / 1024) ** 2).mean(0)
    frequency = np.fft.fftfreq(32, 1 / 32)
    waves = np.hypot(frequency[:, None], frequency)
    bands = [power[(waves >= a) & (waves < b)].sum() for a, b in zip(BANDS, BANDS[1:])]
    return np.sqrt([means.var(), *bands])
def frost_statistics(frost):
    "One row for each picture."
    pictures = [p[:, :h, :w] for p, (h, w) in zip(frost.stack, frost.sizes.tolist())]
    columns = ["between", *(f"{a:g}..{b:g}" for a, b in zip(BANDS, BANDS[1:]))]
    rows = [piece_statistics(picture) for picture in pictures]
    return pd.DataFrame(rows, index=list(FROST), columns=columns)
def possible(there, why_not):
    "Whether a check can be made; under pytest it is skipped where it cannot."
    if there:
        return True
    if "PYTEST_CURRENT_TEST" in os.environ:
        pytest.skip(why_not)
    print("not checked:", why_not)
    return False
def unevenness(picture):
    "Spread of the logarithm of local contrast, finer than about 8 pixels."
    grey = picture.mean(0).numpy()
    fine = torch.from_numpy(grey - scipy.ndimage.gaussian_filter(grey, 4))
    squares = F.unfold(fine[None, None], 16, stride=4)[0]
    return squares.std(0).log().std().item()
def imagemagick(image, params, angle):
    "Motion blur of a uint8 image H x W x 3 by ImageMagick, through PNG bytes."
    import wand.image

    file = io.BytesIO()
    Image.fromarray(image).save(file, "PNG")
    with wand.image.Image(blob=file.getvalue()) as m:
        m.motion_blur(radius=params[0], sigma=params[1], angle=angle)
        return np.array(Image.open(io.BytesIO(m.make_blob("png"))).convert("RGB"))
def imagemagick_works():
    "No binding, no library or no PNG: each fails in its own way."
    try:
        imagemagick(np.zeros((4, 4, 3), np.uint8), (1, 1), 0)
    except Exception:
        return False
    return True
def on_device(name, severity, x, device):
    "Images made on a device from draws of the CPU."
    _, draw, apply, constants = CORRUPTIONS[name]
    params = constants[severity - 1]
    draws = [d.to(device) for d in draw(x, params, stream(0, 0, name))]
    with full_float32():
        return to_levels(apply(x.to(device), params, *draws)).cpu()


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


def test_a_corruption_has_four_parts():
    assert Corruption._fields == ("name", "draw", "apply", "constants")


def test_pixels_become_shares_of_the_side():
    assert _own_notation("elastic_transform", [(16, 8, 4)]) == [(0.5, 0.25, 0.125)]
    assert _own_notation("fog", [(1, 2)]) == [(1, 2)]


def test_constants_are_in_the_notation_of_the_formulas():
    assert script_constants("zoom_blur") == ((1.06,), (1.11,), (1.16,), (1.21,), (1.26,))
    assert script_constants("elastic_transform")[2] == (0.08, 0.06, 0.06)


def test_fifteen_and_four():
    assert len(MAIN) == 15
    assert len(EXTRA) == 4


def test_nothing_is_drawn():
    g = stream(0, 0, "nothing")
    draw_nothing(torch.rand(2, 3, 8, 8), (1,), g)
    assert torch.equal(g.get_state(), stream(0, 0, "nothing").get_state())


def test_a_formula_is_entered_under_its_name():
    def contrast(x, params):
        return x


    with patch.dict(CORRUPTIONS):
        corruption()(contrast)
        entered = CORRUPTIONS["contrast"]
    assert entered.apply is contrast
    assert entered.draw is draw_nothing
    assert entered.constants[0] == (0.75,)


def test_whole_levels_survive_the_cut():
    levels = torch.arange(256)
    assert torch.equal(to_levels(levels / 255), levels.float())


def test_whole_levels_are_exact_in_float64():
    levels = torch.arange(256)
    exact = levels.numpy() / 255.0
    assert np.array_equal(to_float64_levels(levels / 255).numpy(), exact)


def test_truncation_leaves_no_room():
    x = torch.tensor([7 - 1e-9, 7], dtype=torch.float64) / 255
    assert to_levels(truncate_levels(x)).tolist() == [6, 7]


def test_every_value_has_a_normal_number():
    (noise,) = draw_normal(torch.zeros(2, 3, 4, 4), (0.1,), stream(0, 0, "c"))
    assert noise.shape == (2, 3, 4, 4)


def test_gaussian_noise_adds_and_clips():
    y = gaussian_noise(torch.tensor([0.5, 0.5]), (0.1,), torch.tensor([1.0, 9.0]))
    assert torch.allclose(y, torch.tensor([0.6, 1.0]))


def test_black_receives_no_photons():
    (counts,) = draw_photons(torch.zeros(1, 3, 4, 4), (50,), stream(0, 0, "c"))
    assert counts.max() == 0


def test_shot_noise_divides_and_clips():
    y = shot_noise(None, (50,), torch.tensor([0.0, 25, 60]))
    assert y.tolist() == [0, 0.5, 1]


def test_impulses_come_in_pairs():
    hit, salt = draw_impulses(torch.zeros(2, 3, 4, 4), (0.1,), stream(0, 0, "c"))
    assert hit.shape == (2, 3, 4, 4)
    assert not torch.equal(hit, salt)


def test_impulses_are_white_or_black():
    hit = torch.tensor([0.01, 0.01, 0.5])
    salt = torch.tensor([0.4, 0.6, 0.4])
    y = impulse_noise(torch.full((3,), 0.3), (0.05,), hit, salt)
    assert torch.equal(y, torch.tensor([1, 0, 0.3]))


def test_a_matrix_acts_on_rows_and_columns():
    x = torch.rand(2, 3, 8, 8)
    a = torch.rand(5, 8)
    both = torch.einsum("ih,nchw,jw->ncij", a, x, a)
    assert torch.allclose(apply_separable(x, a), both, atol=1e-5)


def test_a_row_of_a_blur_sums_to_one():
    assert torch.allclose(blur_matrix(32, 2.0, "reflect", 3).sum(1), torch.ones(32))
    assert torch.equal(blur_matrix(8, 0), torch.eye(8))


def test_a_flat_image_stays_flat():
    flat = torch.full((1, 1, 8, 8), 0.25, dtype=torch.float64)
    assert torch.allclose(gaussian_filter(flat, 1.0), flat)


def test_a_small_disk_is_a_gaussian():
    assert abs(disk_kernel(1.5, 0.1).sum() - 1) < 1e-6
    assert torch.equal(disk_kernel(0.3, 0.4), disk_kernel(0.9, 0.4))


def test_defocus_turns_a_point_into_the_disk():
    x = torch.zeros(1, 1, 9, 9)
    x[..., 4, 4] = 1
    disk = defocus_blur(x, (1, 0.2))[0, 0, 2:7, 2:7]
    assert torch.equal(disk, truncate_levels(disk_kernel(1, 0.2)))


def test_glass_pulls_from_above_and_left_only():
    (d,) = draw_glass(torch.zeros(100, 3, 32, 32), (0.4, 1, 2), stream(0, 0, "glass"))
    assert d.shape == (100, 2, 2, 30, 30)
    assert d.unique().tolist() == [-1, 0]


def test_a_shift_of_zero_copies():
    x = torch.arange(16.0).reshape(1, 1, 4, 4)
    assert torch.equal(gather_shift(x, torch.zeros(1, 2, 2, 2, dtype=torch.long)), x)


def test_a_shift_of_one_pulls_from_the_upper_left():
    x = torch.arange(16.0).reshape(1, 1, 4, 4)
    y = gather_shift(x, -torch.ones(1, 2, 2, 2, dtype=torch.long))
    assert y[0, 0].tolist() == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 5, 6], [12, 13, 9, 10]]


def test_glass_without_shifts_is_two_blurs():
    still = torch.zeros(60, 1, 2, 30, 30, dtype=torch.long)
    once = truncate_levels(gaussian_filter(to_float64_levels(temple()), 0.4))
    twice = truncate_levels(gaussian_filter(to_float64_levels(once), 0.4))
    assert torch.equal(glass_blur(temple(), (0.4, 1, 1), still), twice)


def test_angles_are_within_45_degrees():
    (angle,) = draw_angle(torch.zeros(1000, 3, 8, 8), (6, 1), stream(0, 0, "angle"))
    assert -45 <= angle.min() < -43
    assert 43 < angle.max() <= 45


def test_the_tail_is_left_out():
    assert len(_motion_weights(6, 1.0)) < 13
    assert abs(sum(_motion_weights(6, 1.0)) - 1) < 1e-12


def test_motion_weights_fall():
    weights, _, _ = motion_kernel(6, 2.0, torch.tensor([0.0]))
    assert abs(sum(weights) - 1) < 1e-5
    assert weights == sorted(weights, reverse=True)


def test_motion_follows_its_angle():
    weights, right, down = motion_kernel(6, 2.0, torch.tensor([0.0, 45.0, 90.0]))
    assert right[0].tolist() == list(range(len(weights)))
    assert not down[0].any()
    assert torch.equal(right[1], down[1])
    assert not right[2].any()


def test_a_point_becomes_a_line_against_the_motion():
    x = torch.zeros(1, 1, 9, 9)
    x[..., 4, 5] = 1
    weights, right, down = motion_kernel(2, 1.0, torch.zeros(1))
    y = motion_blur_line(x, weights, right, down)[0, 0]
    assert y[4].tolist() == pytest.approx([0, *weights[::-1], 0, 0, 0])
    assert y[3].max() == 0


def test_sixteen_bits_are_rounded_and_eight_cut():
    x = torch.tensor([6.998, 6.9985, 7, 7.9]) / 255
    assert (sixteen_bits(x) * 255).round().tolist() == [6, 7, 7, 7]


def test_each_image_moves_at_its_own_angle():
    x = temple()[30:31].repeat(2, 1, 1, 1)
    a, b = motion_blur(x, (6, 2), torch.tensor([-30.0, 30.0]))
    assert not torch.equal(a, b)


def test_zoom_matrices_interpolate():
    a = zoom_matrix(32, 2.25)
    assert torch.allclose(a.sum(1), torch.ones(32))
    assert a[:, :8].sum() == 0


def test_a_small_zoom_changes_nothing():
    assert torch.equal(zoom_matrix(32, 1.01), torch.eye(32))


def test_the_mean_of_enlargements_is_a_mean():
    assert torch.allclose(zoom_kernel(8, 1.26).sum(1), torch.ones(64), atol=1e-5)


def test_the_factors_are_those_of_the_script():
    facts = read_facts("corruptions")["corruptions"]["zoom_blur"]["severity"]
    counts = [len(np.arange(1, facts[s][1], 0.01)) for s in "12345"]
    assert counts == [facts[s][3] for s in "12345"]


def test_zooming_keeps_a_flat_image():
    flat = torch.full((1, 3, 32, 32), 0.4)
    assert torch.allclose(zoom_blur(flat, (1.26,)), flat, atol=1e-5)


def test_snow_falls():
    _, angle = draw_snow(torch.zeros(1000, 3, 8, 8), (), stream(0, 0, "snow"))
    assert -135 <= angle.min() < -133
    assert -47 < angle.max() <= -45


def test_flakes_are_one_grey_layer():
    params = script_constants("snow")[2]
    draws = draw_snow(torch.zeros(6, 3, 32, 32), params, stream(0, 0, "snow"))
    layer = flakes(params, *draws)
    assert layer.shape == (6, 1, 32, 32)
    assert 0 <= layer.min() < layer.max() <= 1


def test_snow_never_darkens():
    x = temple()
    params = script_constants("snow")[2]
    y = snow(x, params, *draw_snow(x, params, stream(0, 0, "snow")))
    assert (y >= x - 1e-6).all()


def test_facts_of_frost_are_named():
    assert FrostFacts._fields == ("mean", "colour", "octaves")


def test_there_are_facts_of_five_photographs():
    assert [len(f.octaves) for f in FROST.values()] == [6] * 5


def test_the_grey_value_is_the_mean_of_channels():
    for facts in FROST.values():
        assert abs(sum(facts.colour) / 3 - 1) < 1e-3


def test_standardised_means_zero_and_one():
    z = standardise(torch.tensor([1.0, 2, 6]))
    assert abs(z.mean()) < 1e-6
    assert abs(z.std() - 1) < 1e-6


def test_a_coarse_grid_is_smooth():
    coarse = smooth_noise(2, 3, stream(0, 0, "c"))
    assert coarse.diff(dim=1).abs().max() < 0.2


def test_imitated_frost_has_the_stated_mean():
    for i, facts in enumerate(FROST.values()):
        texture = frost_texture(facts, stream(0, i, "frost texture")) / 255
        assert torch.allclose(texture.mean((1, 2)), torch.tensor(facts.mean), atol=0.01)


def test_every_fifth_pixel_is_opencv_s_reduction():
    whole = np.random.default_rng(0).integers(0, 256, (350, 500, 3), dtype=np.uint8)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "frost1.png"
        Image.fromarray(whole).save(file)
        picture = read_frost_photograph(file)
    reduced = cv2.resize(whole, (0, 0), fx=0.2, fy=0.2)
    assert np.array_equal(picture.permute(1, 2, 0).numpy(), reduced)


def test_pictures_keep_their_sizes_on_the_stack():
    small = torch.full((3, 40, 60), 255, dtype=torch.uint8)
    large = torch.full((3, 50, 55), 255, dtype=torch.uint8)
    ice = stack_frost([small, large], "imitated")
    assert ice.stack.shape == (2, 3, 50, 60)
    assert ice.sizes.tolist() == [[40, 60], [50, 55]]
    assert ice.stack[0].sum() == 3 * 40 * 60


def test_imitated_frost_is_five_textures():
    assert _imitated_frost().sizes.tolist() == [[80, 112]] * 5
    assert _imitated_frost().source == "imitated"


def test_photographs_of_the_same_name_are_not_confused():
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "frost1.png"
        Image.new("RGB", (300, 300)).save(file)
        dark = _photographed_frost(((file, 1, 0),))
        Image.new("RGB", (300, 300), "white").save(file)
        assert _photographed_frost(((file, 1, 0),)) is dark
        assert _photographed_frost(((file, 1, 1),)).stack.min() == 1


def test_files_are_known_by_their_sizes():
    with tempfile.TemporaryDirectory() as folder:
        invented_photographs(folder)
        files = _frost_files(Path(folder) / "frost")
        assert [size for _, size, _ in files] == [f.stat().st_size for f, _, _ in files]


def test_photographs_added_later_are_noticed():
    with tempfile.TemporaryDirectory() as folder:
        before = read_frost(folder)
        invented_photographs(folder)
        after = read_frost(folder)
    assert before.source == "imitated"
    assert after.source == "photographs"
    assert after.sizes.tolist() == [[70, 100]] * 5
    assert after.stack[4].max() < 45 / 255


def test_a_photograph_that_is_replaced_is_read_again():
    with tempfile.TemporaryDirectory() as folder:
        invented_photographs(folder)
        dark = read_frost(folder).stack[0].max()
        white = np.full((350, 500, 3), 255, np.uint8)
        Image.fromarray(white).save(f"{folder}/frost/frost1.png")
        bright = read_frost(folder).stack[0].max()
    assert dark == 0
    assert bright == 1


def test_pieces_of_frost_fit():
    sizes = _imitated_frost().sizes
    which, corner = frost_places(sizes, 5000, 32, stream(0, 0, "frost"))
    assert which.unique().tolist() == [0, 1, 2, 3, 4]
    assert corner.amin() == 0
    assert corner.amax(0).tolist() == [47, 79]


def test_a_piece_has_its_corner():
    picture = torch.rand(2, 3, 9, 9)
    piece = _cut_frost(picture, torch.tensor([1]), torch.tensor([[3, 4]]), 5)
    assert torch.equal(piece, picture[1:, :, 3:8, 4:9])


def test_pieces_are_cut_where_they_should_be():
    ice = _imitated_frost()
    x = torch.zeros(3, 3, 32, 32)
    (pieces,) = draw_frost(x, (1, 0.2), stream(0, 0, "f"), ice)
    which, corner = frost_places(ice.sizes, 3, 32, stream(0, 0, "f"))
    down, right = corner[2].tolist()
    piece = ice.stack[which[2], :, down : down + 32, right : right + 32]
    assert torch.equal(pieces[2], piece)


def test_frost_is_a_weighted_sum():
    y = frost(torch.tensor([0.5, 0.9]), (1, 0.4), torch.tensor([0.5, 0.5]))
    assert torch.allclose(y, torch.tensor([0.7, 1.0]))


def test_a_map_has_the_next_power_of_two():
    (uniform,) = draw_plasma(torch.zeros(2, 3, 9, 9), (1, 2), stream(0, 0, "fog"))
    assert uniform.shape == (2, 255)


def test_a_midpoint_is_the_mean_of_four():
    middle, upper, left = _midpoints(torch.full((1, 2, 2), 3.0), torch.zeros(1, 3, 2, 2))
    assert middle.unique() == 3
    assert upper.unique() == 3
    assert left.unique() == 3


def test_maps_reach_from_0_to_1():
    (uniform,) = draw_plasma(torch.zeros(4, 3, 32, 32), (), stream(0, 0, "fog"))
    m = plasma_fractal(uniform, 2)
    assert torch.equal(m.amin((1, 2, 3)), torch.zeros(4))
    assert torch.equal(m.amax((1, 2, 3)), torch.ones(4))


def test_fog_keeps_the_maximum():
    x = temple()
    y = fog(x, (1.5, 1.75), *draw_plasma(x, (), stream(0, 0, "fog")))
    assert (y.amax((1, 2, 3)) <= x.amax((1, 2, 3)) + 1e-6).all()


def test_grey_has_no_hue_and_no_saturation():
    hue, saturation, value = rgb_to_hsv(torch.full((1, 3, 1, 1), 0.3))
    assert hue == 0
    assert saturation == 0
    assert value == torch.tensor(0.3)


def test_colours_survive_hsv():
    x = temple().double()
    assert torch.allclose(hsv_to_rgb(*rgb_to_hsv(x)), x)


def test_brightness_keeps_the_ratios_of_channels():
    x = torch.tensor([102, 51, 0]).reshape(1, 3, 1, 1) / 255
    assert (brightness(x, (0.4,)) * 255).round().flatten().tolist() == [204, 102, 0]


def test_black_becomes_grey():
    y = brightness(torch.zeros(1, 3, 2, 2), (0.3,))
    assert (y * 255).unique().tolist() == [76]  # 76.5, downwards


def test_contrast_scales_deviations():
    x = torch.rand(4, 3, 8, 8)
    y = contrast(x, (0.4,))
    assert torch.allclose(y.mean((2, 3)), x.mean((2, 3)), atol=1 / 255)
    assert torch.allclose(y.std((2, 3)), 0.4 * x.std((2, 3)), atol=1 / 255)
    assert (contrast(temple(), (1,)) - temple()).abs().max() < 1.01 / 255


def test_elastic_draws_are_centred():
    anchors, field = draw_elastic(torch.zeros(50, 3, 32, 32), (), stream(0, 0, "elastic"))
    assert anchors.shape == (50, 3, 2)
    assert field.shape == (50, 2, 32, 32)
    assert max(anchors.abs().max(), field.abs().max()) <= 1
    assert abs(field.mean()) < 0.02


def test_reading_at_whole_places_copies():
    x = torch.rand(1, 1, 8, 8)
    k = torch.arange(8.0)
    places = torch.stack(torch.meshgrid(k, k, indexing="xy"), -1)[None]
    for repeat in (True, False):
        assert torch.allclose(sample_bilinear(x, places, repeat), x, atol=1e-5)


def test_anchors_go_where_they_should():
    jitter = torch.rand(1, 3, 2, generator=stream(0, 0, "jitter")) * 4
    old = torch.tensor([[26.0, 26], [26, 6], [6, 6]])
    new = F.pad(old + jitter[0], (0, 1), value=1).double()
    assert torch.allclose(new @ inverse_affine(jitter, 32)[0].T, old.double())


def test_places_are_rounded_to_a_32nd():
    matrix = inverse_affine(torch.rand(5, 3, 2) * 4, 32)
    k = torch.arange(32.0)
    pixels = torch.stack([*torch.meshgrid(k, k, indexing="xy"), torch.ones(32, 32)], -1)
    exact = torch.einsum("nij,hwj->nhwi", matrix, pixels.double())
    places = affine_places(matrix, 32)
    assert torch.equal(places * 32, (places * 32).round())
    assert (places - exact).abs().max() < 1 / 64 + 2 / 1024


def test_a_field_of_zeros_moves_nothing():
    x = torch.rand(1, 3, 8, 8)
    still = _displace(x, torch.zeros(1, 2, 8, 8), 2.0, 1.0)
    assert torch.allclose(still, x, atol=1e-5)


def test_elastic_without_movement_copies():
    x = temple(2)
    still = torch.zeros(2, 3, 2), torch.zeros(2, 2, 32, 32)
    y = elastic_transform(x, (0.1, 0.03, 0.03), *still)
    assert torch.equal(to_levels(y), to_levels(x))


def test_boxes_cover_every_pixel_once():
    a = box_matrix(32, 20)
    assert torch.allclose(a.sum(1), torch.ones(20))
    assert ((a > 0).sum(0) == 1).all()
    assert set((a > 0).sum(1).tolist()) == {1, 2}
    assert torch.equal(box_matrix(32, 32), torch.eye(32))


def test_a_centre_on_the_border_belongs_to_the_left_box():
    assert box_matrix(3, 2).tolist() == [[0.5, 0.5, 0], [0, 0, 1]]
    pillow = Image.fromarray(np.uint8([[10, 20, 30]])).resize((2, 1), Image.Resampling.BOX)
    assert np.asarray(pillow).tolist() == [[15, 30]]


def test_pixelate_leaves_few_colours():
    y = pixelate(torch.rand(1, 1, 32, 32), (0.65,))
    assert len(y.unique()) <= 20 * 20


def test_colours_are_pillow_s():
    image = photographs()[30]
    pillow = Image.fromarray(image.permute(1, 2, 0).numpy()).convert("YCbCr")
    ycc = to_ycc(image[None].int())[0].permute(1, 2, 0).numpy()
    assert np.abs(ycc - np.array(pillow).astype(int)).max() <= 1


def test_colours_come_back():
    image = photographs().int()
    assert (to_rgb(to_ycc(image)) - image).abs().max() <= 2


def test_greys_come_back_exactly():
    grey = torch.arange(256, dtype=torch.int32).reshape(1, 1, 16, 16).expand(1, 3, 16, 16)
    assert torch.equal(to_rgb(to_ycc(grey)), grey)


def test_halves_are_rounded_down_then_up():
    rows = torch.tensor([[[[0, 0, 0, 0], [1, 1, 1, 1]]]])  # both means are 1/2
    assert downsample2(rows).tolist() == [[[[0, 1]]]]


def test_upsampling_is_a_triangle():
    assert upsample2(torch.tensor([[[[0, 16]]]])).tolist() == [[[[0, 4, 12, 16]] * 2]]


def test_flat_planes_stay_flat():
    flat = torch.full((1, 1, 4, 6), 77, dtype=torch.int32)
    assert upsample2(flat).shape == (1, 1, 8, 12)
    assert upsample2(flat).unique().tolist() == [77]
    assert downsample2(upsample2(flat)).unique().tolist() == [77]


def test_quality_50_leaves_the_tables():
    assert torch.equal(jpeg_tables(50)[0], torch.tensor(LUMA))


def test_cosines_are_cosines():
    k = torch.arange(8.0)
    exact = torch.cos(math.pi * k[:, None] * (2 * k + 1) / 16) * 2**0.5
    exact[0] = 1
    assert (cosines(8) - exact * 8192).abs().max() < 1.5


def test_blocks_do_not_touch():
    assert cosines(16)[:8, 8:].abs().max() == 0
    assert torch.equal(cosines(16)[8:, 8:], cosines(8))


def test_products_are_exact():
    x = torch.randint(-8192, 8192, (20, 1, 32, 32))
    product = exact_product(cosines(32), x.float())
    assert torch.equal(product.long(), cosines(32).long() @ x)


def test_a_transform_is_rounded():
    assert _transform(torch.eye(1), torch.tensor([[[[5, 6]]]]), 2).tolist() == [[[[1, 2]]]]


def test_division_by_one_loses_next_to_nothing():
    plane = torch.randint(0, 256, (2, 1, 16, 24), dtype=torch.int32)
    assert (quantise(plane, torch.ones(8, 8)) - plane).abs().max() <= 2


def test_division_by_much_leaves_grey():
    plane = torch.randint(0, 256, (2, 1, 16, 24), dtype=torch.int32)
    assert (quantise(plane, torch.full((8, 8), 10_000)) == 128).all()


def test_jpeg_of_flat_grey_is_flat():
    grey = torch.full((1, 3, 32, 32), 128 / 255)
    assert torch.equal(jpeg_compression(grey, (40,)), grey)


def test_speckle_is_proportional():
    y = speckle_noise(torch.tensor([0, 0.5]), (0.2,), torch.tensor([3.0, 1.0]))
    assert torch.allclose(y, torch.tensor([0, 0.6]))


def test_a_blur_lowers_the_contrast():
    x = temple()
    assert (gaussian_blur(x, (1,)).std((2, 3)) <= x.std((2, 3))).all()


def test_sobel_is_opencv_s():
    grey = photographs(1)[0, :1].float()
    ours = _sobel(F.pad(grey[None], (1, 1, 1, 1), mode="replicate"))[0, 0]
    opencv = cv2.Sobel(grey[0].numpy(), cv2.CV_32F, 1, 0, borderType=cv2.BORDER_REPLICATE)
    assert np.array_equal(ours.numpy(), opencv)


def test_the_right_neighbour_is_to_the_right():
    padded = torch.arange(9.0).reshape(1, 1, 3, 3)
    assert _neighbour(padded, 0, 1).item() == 5


def test_a_step_has_one_ridge():
    x = torch.zeros(1, 1, 8, 8)
    x[..., 4:] = 9
    d = _sobel(F.pad(x, (1, 1, 1, 1), mode="replicate"))
    assert _ridge(d, torch.zeros_like(d))[0, 0, 3].nonzero().flatten().tolist() == [3]


def test_an_edge_does_not_jump():
    weak = torch.tensor([[[[True, False, True]]]])
    edge = torch.tensor([[[[True, False, False]]]])
    assert _grow(edge, weak).tolist() == edge.tolist()


def test_a_weak_ridge_needs_a_strong_one():
    step = torch.tensor([0.0, 20, 60]).repeat_interleave(8)
    rows = step[:, None].expand(24, 24)[None, None]
    assert canny(rows)[0, 0, :, 5].nonzero().flatten().tolist() == [15]


def test_a_way_along_the_row_counts_pixels():
    far = torch.full((1, 1, 9), 20.0)
    row = torch.tensor([[[20.0, 0, 20, 20, 20]]])
    assert _sweep_row(row, far, far).tolist() == [[[1, 0, 1, 2, 3]]]


def test_distances_are_counted_in_steps():
    edge = torch.zeros(1, 1, 4, 6, dtype=torch.bool)
    edge[..., 0, 0] = True
    d = distance(edge)[0, 0]
    assert d[0].tolist() == [0, 1, 2, 3, 4, 5]
    assert torch.isclose(d[2, 1], torch.tensor(2.1969), atol=1e-4)


def test_the_mean_of_nine():
    x = torch.zeros(1, 1, 3, 3)
    x[..., 1, 1] = 9
    assert box_blur(x)[0, 0, 1, 1] == 1


def test_levels_become_ranks():
    assert equalise(torch.tensor([[[[3.0, 7, 9]]]])).tolist() == [[[[0, 128, 255]]]]
    assert (equalise(torch.full((1, 1, 4, 4), 9.0)) == 9).all()


def test_water_shines_where_there_is_liquid():
    liquid = torch.from_numpy(liquid_levels(20) / 255).float()[:, None]
    shine = water(liquid)
    assert ((shine > 0) <= (liquid > 0)).all()
    assert torch.allclose(shine.amax((2, 3)), torch.ones(20, 1))


def test_without_liquid_nothing_shines():
    assert (water(torch.zeros(1, 1, 32, 32)) == 0).all()


def test_liquid_is_one_layer():
    (normal,) = draw_liquid(torch.zeros(2, 3, 8, 8), (), stream(0, 0, "spatter"))
    assert normal.shape == (2, 1, 8, 8)


def test_water_is_light_and_mud_is_dark():
    assert min(WATER) > max(MUD)


def test_mud_covers_wholly_or_not():
    flat = torch.ones(1, 1, 8, 8)
    assert torch.allclose(_mud_cover(flat, 0.5, 1.0), flat)
    assert _mud_cover(flat, 1.5, 1.0).max() == 0


def test_water_adds_light():
    x = temple()
    (normal,) = draw_liquid(x, (), stream(0, 0, "spatter"))
    assert (spatter(x, script_constants("spatter")[2], normal) >= x).all()


def test_mud_is_brown():
    x = torch.ones(60, 3, 32, 32)
    (normal,) = draw_liquid(x, (), stream(0, 0, "spatter"))
    y = spatter(x, script_constants("spatter")[4], normal)
    red, _, blue = y.amin((0, 2, 3)).tolist()
    assert abs(red - MUD[0]) < 0.01
    assert abs(blue - MUD[2]) < 0.01


def test_grey_turns_red():
    grey = torch.full((1, 3, 1, 1), 200 / 255)
    y = saturate(grey, (2, 0.1)) * 255
    assert y.round().flatten().tolist() == [200, 180, 180]


def test_the_largest_channel_stays():
    x = temple()
    y = saturate(x, (0.1, 0))
    assert torch.equal(to_levels(y.amax(1)), to_levels(x.amax(1)))


def test_the_usual_order():
    assert tuple(CORRUPTIONS) == MAIN + EXTRA
    assert MAIN[0] == "gaussian_noise"
    assert MAIN[-1] == "jpeg_compression"
    assert EXTRA == ("speckle_noise", "gaussian_blur", "spatter", "saturate")


def test_every_corruption_has_five_severities():
    assert {len(c.constants) for c in CORRUPTIONS.values()} == {5}


def test_the_third_severity_of_fog_is_a_condition():
    assert check_condition("fog", 3) is None


def test_pointwise_corruptions_take_any_size():
    assert check_size((4, 9), "contrast") is None
    assert contrast(torch.rand(1, 3, 4, 9), (0.5,)).shape == (1, 3, 4, 9)


def test_both_ends_are_in_range():
    assert _check_range(torch.tensor([0.0, 1.0])) is None


def test_photographs_are_a_good_batch():
    assert check_batch(temple()) is None


def test_corruptions_are_draw_then_apply():
    for name, c in CORRUPTIONS.items():
        params = c.constants[3]
        y = c.apply(temple(), params, *c.draw(temple(), params, stream(0, 0, name)))
        one_call = _corrupt(temple(), name, 4, stream(0, 0, name), frost=None)
        assert torch.equal(one_call, to_levels(y) / 255), name


def test_photographs_can_be_corrupted():
    check_conditions(temple(8))
    assert corrupt(temple(8), "fog", 5).max() <= 1


def test_digits_can_be_corrupted():
    digits = to_float(load("digits", "test").images[:8])
    check_conditions(digits)
    assert digits.shape[2:] == (8, 8)


def test_an_array_of_bytes_is_mapped():
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "five.npy"
        np.save(file, np.arange(5, dtype=np.uint8))
        array = _mapped(file, (5,))
        assert isinstance(array, np.memmap)
        assert array.tolist() == [0, 1, 2, 3, 4]
        del array


def test_labels_come_five_times():
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "labels.npy"
        assert _check_labels(file) is None
        np.save(file, np.tile(np.arange(10000) % 10, 5).astype(np.uint8))
        assert _check_labels(file) is None


def test_without_a_file_there_are_no_released_images():
    with tempfile.TemporaryDirectory() as folder:
        assert load_cifar10c("fog", 1, folder) is None


def test_a_severity_is_ten_thousand_rows():
    with tempfile.TemporaryDirectory() as folder:
        invented_release(folder)
        images = load_cifar10c("fog", 5, folder)
    assert images.shape == (10000, 3, 32, 32)
    assert images[0].unique().tolist() == [5]
    assert images[1:].max() == 0


def test_a_shifted_row_is_noticed():
    x = photographs()
    assert rows_match(x, x)
    assert not rows_match(x.roll(1, 0), x)


def test_rows_match_under_every_corruption():
    x = photographs()
    for name in CORRUPTIONS:
        assert rows_match(to_levels(corrupt(temple(), name, 5)).byte(), x), name


def test_images_without_rows_are_not_looked_up():
    with tempfile.TemporaryDirectory() as folder:
        invented_release(folder)
        assert _released_rows(photographs(), "fog", 2, folder, None) is None


def test_chunks_of_a_batch_are_joined():
    y, source = _generate(photographs(), "contrast", 3, None, chunk=7)
    assert torch.equal(y, _generate(photographs(), "contrast", 3, None, chunk=60)[0])
    assert source == "generated"


def test_photographs_are_good_images():
    assert _check_images(photographs(2), "fog", 1) is None


def test_a_condition_is_generated_where_nothing_was_released():
    with tempfile.TemporaryDirectory() as folder:
        y, source = corrupted_images(photographs(), "fog", 2, folder)
    assert source == "generated"
    assert y.dtype == torch.uint8
    assert torch.equal(y / 255, corrupt(temple(), "fog", 2))


def test_released_images_are_preferred():
    x = photographs()
    with tempfile.TemporaryDirectory() as folder:
        invented_release(folder)
        y, source = corrupted_images(x, "fog", 2, folder)
        assert source == "generated"  # nobody said which rows these are
        file = f"{folder}/CIFAR-10-C/fog.npy"
        array = np.lib.format.open_memmap(file, "r+")
        array[10000:10060] = y.permute(0, 2, 3, 1).numpy()
        array.flush()
        rows = torch.arange(10, 30)
        again, source = corrupted_images(x[10:30], "fog", 2, folder, rows=rows)
    assert source == "released"
    assert torch.equal(again, y[10:30])


def test_frost_says_what_it_is_made_of():
    with tempfile.TemporaryDirectory() as folder:
        before, imitated = corrupted_images(photographs(), "frost", 3, folder)
        invented_photographs(folder)
        after, photographed = corrupted_images(photographs(), "frost", 3, folder)
    assert imitated == "generated, frost imitated"
    assert photographed == "generated, frost photographs"
    assert not torch.equal(before, after)


def test_the_reference_has_all_nineteen():
    assert set(REFERENCE) == set(CORRUPTIONS)


def test_every_corruption_is_compared():
    assert {*EXACT, *NEARLY} == set(CORRUPTIONS)


def test_ten_corruptions_are_exactly_the_reference():
    for name in EXACT:
        for severity in (1, 2, 3, 4, 5):
            gap = compare(name, severity, hard_images(20 if name == "glass_blur" else 60))
            assert gap.worst == 0, (name, severity, gap)


def test_nine_corruptions_are_the_reference_to_one_level():
    for name, share in NEARLY.items():
        for severity in (1, 2, 3, 4, 5):
            gap = compare(name, severity, photographs())
            assert gap.worst <= 1, (name, severity, gap)
            assert gap.share <= share, (name, severity, gap)


def test_greys_and_colours_are_exact():
    for name in ("brightness", "contrast", "saturate"):
        for severity in (1, 2, 3, 4, 5):
            gap = compare(name, severity, greys_and_colours())
            assert gap.worst == 0, (name, severity, gap)


def test_gaussian_noise_has_the_stated_std():
    x = torch.full((50, 3, 32, 32), 0.5)
    noise = draw_normal(x, (0.08,), stream(0, 0, "c"))
    delta = (gaussian_noise(x, (0.08,), *noise) - x).flatten().numpy()
    assert scipy.stats.kstest(delta / 0.08, "norm").pvalue > 1e-6


def test_photon_counts_are_poisson():
    x = torch.full((50, 3, 32, 32), 0.4)
    (counts,) = draw_photons(x, (50,), stream(0, 0, "c"))
    got = torch.bincount(counts.flatten().long().clamp(7, 34) - 7, minlength=28).numpy()
    law = scipy.stats.poisson(20)
    should = np.r_[law.cdf(7), law.pmf(np.arange(8, 34)), law.sf(33)]
    assert scipy.stats.chisquare(got, should * got.sum() / should.sum()).pvalue > 1e-6


def test_impulses_are_salt_and_pepper():
    x = torch.full((50, 3, 32, 32), 0.5)
    y = impulse_noise(x, (0.07,), *draw_impulses(x, (0.07,), stream(0, 0, "c")))
    hit, salt, pepper = (int(changed.sum()) for changed in (y != 0.5, y == 1, y == 0))
    assert scipy.stats.binomtest(hit, y.numel(), 0.07).pvalue > 1e-6
    assert scipy.stats.binomtest(salt, hit, 0.5).pvalue > 1e-6
    assert hit == salt + pepper


def test_glass_moves_half_of_the_pixels():
    (d,) = draw_glass(torch.zeros(100, 3, 32, 32), (0.4, 1, 2), stream(0, 0, "glass"))
    assert scipy.stats.binomtest(int(-d.sum()), d.numel(), 0.5).pvalue > 1e-6


def test_severities_have_streams_of_their_own():
    x = torch.full((4, 3, 32, 32), 0.5)
    noise = torch.stack([(corrupt(x, "gaussian_noise", s) - x).flatten() for s in (1, 2)])
    assert noise.corrcoef()[0, 1].abs() < 0.05


def test_images_without_a_drop_are_rare():
    for severity in (1, 2, 3):
        assert dry_share(severity) < 1e-3


def test_severities_are_ordered():
    x = temple()
    for name in ORDERED:
        far = [(corrupt(x, name, s) - x).abs().mean().item() for s in (1, 2, 3, 4, 5)]
        assert far[0] > 0, name
        assert far == sorted(far), name


def test_blur_matrices_are_scipy_s():
    near, mirror = ("nearest", 4), ("reflect", 3)
    cases = (0.05, *near), (1.0, *near), (6.4, *mirror), (0.96, *mirror)
    for sigma, mode, truncate in cases:
        ours = blur_matrix(32, sigma, mode, truncate).numpy()
        scipys = scipy.ndimage.gaussian_filter1d(
            np.eye(32), sigma, 0, mode=mode, truncate=truncate
        )
        assert np.abs(ours - scipys).max() < 1e-6


def test_gaussian_filters_are_scipy_s_to_the_last_bit():
    x = to_float64_levels(temple(5))
    for sigma in (0.05, 0.25, 0.4, 0.7, 1.0):
        axes = (0, 0, sigma, sigma)
        scipys = scipy.ndimage.gaussian_filter(x.numpy(), axes, mode="nearest")
        assert np.array_equal(gaussian_filter(x, sigma).numpy(), scipys)


def test_disks_are_opencv_s_to_the_last_bit():
    for radius, sigma in script_constants("defocus_blur"):
        opencv = disk_one(radius, sigma)
        assert np.array_equal(disk_kernel(radius, sigma).numpy(), opencv[6:11, 6:11])
        assert (opencv != 0).sum() == (opencv[6:11, 6:11] != 0).sum()


def test_hsv_is_scikit_image_s_to_the_last_bit():
    x = to_float64_levels(to_float(greys_and_colours()))
    theirs = skimage.color.rgb2hsv(x.permute(0, 2, 3, 1).numpy())
    assert np.array_equal(torch.stack(rgb_to_hsv(x), -1).numpy(), theirs)
    back = hsv_to_rgb(*rgb_to_hsv(x)).permute(0, 2, 3, 1).numpy()
    assert np.array_equal(back, skimage.color.hsv2rgb(theirs))


def test_bilinear_reading_mirrors_as_scipy_does():
    x = torch.rand(1, 1, 8, 8)
    k = torch.arange(8.0)
    places = torch.stack(torch.meshgrid(k, k, indexing="xy"), -1)[None]
    for repeat, mode in ((True, "reflect"), (False, "mirror")):
        ours = sample_bilinear(x, places - torch.tensor([3.0, 0]), repeat)[0, 0].numpy()
        scipys = scipy.ndimage.shift(x[0, 0].numpy(), (0, 3), order=1, mode=mode)
        assert np.abs(ours - scipys).max() < 1e-5


def test_tables_are_those_in_pillow_s_files():
    for (quality,) in script_constants("jpeg_compression"):
        file = io.BytesIO()
        Image.new("RGB", (32, 32)).save(file, "JPEG", quality=quality)
        theirs = Image.open(file).quantization
        for i, table in enumerate(jpeg_tables(quality)):
            rows = table.flatten()
            assert theirs[i] in (rows.tolist(), rows[ZIGZAG].tolist())


def test_edges_are_opencv_s():
    for std, sigma in ((0.1, 0.7), (0.3, 1)):
        grey = liquid_levels(std=std, sigma=sigma)
        ours = canny(torch.from_numpy(grey)[:, None].float())[:, 0].numpy()
        opencv = np.stack([cv2.Canny(x, 50, 150) for x in grey]) > 0
        assert np.array_equal(ours, opencv)


def test_distances_are_opencv_s():
    share = torch.logspace(-3.5, -1, 200)[:, None, None, None]
    spots = torch.rand(200, 1, 32, 32, generator=stream(0, 0, "spots")) < share
    spots = spots[spots.flatten(1).any(1)]
    away = np.uint8(~spots[:, 0].numpy())
    opencv = np.stack([cv2.distanceTransform(x, cv2.DIST_L2, 5) for x in away])
    assert np.abs(distance(spots)[:, 0].numpy() - np.minimum(opencv, 20)).max() < 1e-4


def test_box_blurs_are_opencv_s():
    grey = liquid_levels(50)
    ours = box_blur(torch.from_numpy(grey)[:, None].float()).round()[:, 0].numpy()
    assert np.array_equal(ours, np.stack([cv2.blur(x, (3, 3)) for x in grey]))


def test_equalisation_is_opencv_s():
    grey = liquid_levels(50) // 12
    ours = equalise(torch.from_numpy(grey)[:, None].float())[:, 0].numpy()
    assert np.array_equal(ours, np.stack([cv2.equalizeHist(x) for x in grey]))


def test_a_true_swap_would_be_another_corruption():
    assert copy_against_swap() > 1


def test_rounding_of_places_is_small_but_there():
    mean, worst, share = rounded_against_exact()
    assert 0 < mean < 0.5
    assert worst <= 8


def test_imitated_frost_has_the_power_of_the_photographs():
    real = read_frost()
    if possible(real.source == "photographs", "no photographs of frost in the data folder"):
        ratio = frost_statistics(_imitated_frost()) / frost_statistics(real)
        assert ratio.to_numpy().min() > 0.95
        assert ratio.to_numpy().max() < 1.05


def test_imitated_frost_is_uneven():
    for picture in _imitated_frost().stack:
        assert 0.15 < unevenness(picture) < 0.25


def test_photographs_of_frost_are_uneven():
    real = read_frost()
    if possible(real.source == "photographs", "no photographs of frost in the data folder"):
        for picture, (h, w) in zip(real.stack, real.sizes.tolist()):
            assert 0.15 < unevenness(picture[:, :h, :w]) < 0.27


def test_imitated_frost_has_the_colours_of_the_photographs():
    real = read_frost()
    if possible(real.source == "photographs", "no photographs of frost in the data folder"):
        for i, (h, w) in enumerate(real.sizes.tolist()):
            photograph = real.stack[i, :, :h, :w]
            imitation = _imitated_frost().stack[i]
            assert (photograph.mean((1, 2)) - imitation.mean((1, 2))).abs().max() < 0.01
            assert (photograph.std((1, 2)) - imitation.std((1, 2))).abs().max() < 0.03


def test_photographs_are_reduced_as_opencv_does():
    real = read_frost()
    if possible(real.source == "photographs", "no photographs of frost in the data folder"):
        for i, name in enumerate(FROST):
            whole = cv2.imread(str(data_folder()[0] / "frost" / name))[..., ::-1]
            small = cv2.resize(whole, (0, 0), fx=0.2, fy=0.2)
            h, w = real.sizes[i].tolist()
            ours = (real.stack[i, :, :h, :w] * 255).round().permute(1, 2, 0).numpy()
            assert np.array_equal(ours, small[:h, :w])


def test_motion_blur_equals_imagemagick():
    angle = torch.linspace(-45, 45, 60)
    if possible(imagemagick_works(), "ImageMagick and its binding wand are not installed"):
        for params in script_constants("motion_blur"):
            ours = to_levels(motion_blur(temple(), params, angle))
            ours = ours.permute(0, 2, 3, 1).numpy()
            pairs = zip(photographs().permute(0, 2, 3, 1).numpy(), angle.tolist())
            theirs = np.stack([imagemagick(image, params, a) for image, a in pairs])
            gap = np.abs(ours - theirs)
            assert gap.max() <= 1
            assert (gap > 0).mean() < 1e-3


def test_a_gpu_draws_for_itself():
    if possible(torch.cuda.is_available(), "there is no GPU"):
        for name in CORRUPTIONS:
            assert corrupt(temple(20).cuda(), name, 3).device.type == "cuda"


def test_a_gpu_agrees_with_the_cpu():
    if possible(torch.cuda.is_available(), "there is no GPU"):
        for name in ("snow", *sorted(set(CORRUPTIONS) - {"spatter", "elastic_transform"})):
            cpu, gpu = (on_device(name, 5, temple(20), d) for d in ("cpu", "cuda"))
            assert (cpu - gpu).abs().max() <= 1, name


def test_refuses_a_formula_without_constants():
    refuses("corruption = 'rain': unknown", script_constants, "rain")


def test_refuses_unknown_corruptions():
    refuses("'frst': unknown; did you mean 'frost'", check_condition, "frst", 1)
    refuses("corruption = 'rain': unknown", corrupt, temple(1), "rain", 1)
    refuses("corruption = 'rain': unknown", corrupted_images, photographs(1), "rain", 1)
    refuses("corruption = 'rain': unknown", load_cifar10c, "rain", 1)


def test_refuses_severities_other_than_1_to_5():
    for severity in (0, 6, -1, True, 3.0, "3", None):
        said = f"severity = {severity}: should be 1, 2, 3, 4 or 5"
        refuses(said, check_condition, "contrast", severity)
        refuses(said, corrupt, temple(1), "contrast", severity)


def test_refuses_sizes_that_make_no_sense():
    refuses("images of 4 x 4: fog takes squares", check_size, (4, 4), "fog")
    refuses("images of 64 x 64: fog takes squares", check_size, (64, 64), "fog")
    refuses("images of 32 x 31: fog takes squares", check_size, (32, 31), "fog")
    refuses("images of 4 x 4: fog takes", corrupt, torch.rand(1, 3, 4, 4), "fog", 1)


def test_refuses_what_is_no_batch_of_floats():
    refuses("images are torch.uint8: should be float", check_batch, photographs(2))
    refuses("`noisekd.data.to_float` makes them", check_batch, photographs(2))
    refuses("images are float32: should be float", check_batch, temple(2).numpy())


def test_refuses_batches_of_another_shape():
    refuses("shape (3, 32, 32): should be (N, 3, H, W)", check_batch, temple(2)[0])
    refuses("shape (2, 1, 32, 32): should be (N, 3, H, W)", check_batch, temple(2)[:, :1])
    refuses("the batch is empty", check_batch, temple(2)[:0])
    refuses("the batch is empty", corrupted_images, photographs(2)[:0], "fog", 1)


def test_refuses_values_outside_0_to_1():
    refuses("divide bytes by 255", check_batch, temple(2) * 255)
    refuses("images reach from -", check_batch, temple(2) - 1)
    refuses("images contain nan", check_batch, temple(2) * float("nan"))
    refuses("to 1.00000012: should be", check_batch, torch.full((1, 3, 8, 8), 1 + 2**-23))


def test_refuses_floats_for_bytes():
    said = "images are torch.float32: should be torch.uint8"
    refuses(said, corrupted_images, temple(2), "fog", 1)


def test_refuses_a_frost_folder_with_gaps():
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "frost").mkdir()
        refuses("lacks frost1.png, frost2.png", read_frost, folder)
        refuses("or not exist (for imitated frost)", read_frost, folder)


def test_refuses_damaged_photographs():
    with tempfile.TemporaryDirectory() as folder:
        invented_photographs(folder)
        file = Path(folder) / "frost" / "frost1.png"
        file.write_bytes(file.read_bytes()[:100])
        refuses("frost1.png: cannot be read", read_frost, folder)
        file.write_bytes(b"no picture")
        refuses("frost1.png: cannot be read", read_frost, folder)


def test_refuses_photographs_that_are_too_small():
    with tempfile.TemporaryDirectory() as folder:
        invented_photographs(folder, side=200)
        refuses("frost1.png: is 200 x 350; should be", read_frost, folder)


def test_refuses_files_that_cannot_be_mapped():
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "fog.npy"
        file.write_bytes(b"cut short")
        refuses("fog.npy: cannot be read", _mapped, file, (5,))
        np.save(file, np.zeros(4, np.uint8))
        refuses("fog.npy: is uint8 (4,); should be uint8 (5,)", _mapped, file, (5,))
        np.save(file, np.zeros(5, np.float32))
        refuses("fog.npy: is float32 (5,); should be uint8", _mapped, file, (5,))


def test_refuses_labels_in_another_order():
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "labels.npy"
        np.save(file, np.arange(50000, dtype=np.uint8) % 7)
        refuses("labels.npy: should hold the 10,000 test labels", _check_labels, file)
        np.save(file, np.full(50000, 10, np.uint8))
        refuses("labels.npy: should hold the 10,000 test labels", _check_labels, file)


def test_refuses_released_arrays_of_another_size():
    said = "snow.npy: is uint8 (40000, 32, 32, 3); should be uint8 (50000, 32, 32, 3)"
    with tempfile.TemporaryDirectory() as folder:
        invented_release(folder, "snow", rows=40000)
        refuses(said, load_cifar10c, "snow", 1, folder)


def test_refuses_rows_of_other_images():
    said = "fog.npy: its rows do not resemble the images given"
    rows = torch.arange(20)
    with tempfile.TemporaryDirectory() as folder:
        invented_release(folder)
        refuses(said, corrupted_images, photographs(20), "fog", 2, folder, rows=rows)

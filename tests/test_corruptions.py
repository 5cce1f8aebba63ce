"Exported from nbs/21_corruptions.ipynb by `noisekd export`; edit the notebook."

import pytest, torch
import importlib.util, math, time
from functools import lru_cache
from pathlib import Path
from typing import Callable

import numpy as np
import pandas as pd
import torch
import torch.nn.functional as F
from torch import Tensor

from noisekd.data import DataError, data_folder, stream, to_float
from noisekd.data import available
from noisekd.corruptions import *
from noisekd.corruptions import _frost_stack
from noisekd.corruptions import _sobel
from noisekd.corruptions import _ridge
from noisekd.corruptions import _mapped
from noisekd.corruptions import _check_labels
from noisekd.corruptions import _reference
from noisekd.corruptions import _time_reference
import io, os
import cv2, pytest, scipy.ndimage, scipy.stats, skimage.color, skimage.filters
from PIL import Image
from unittest.mock import patch
from noisekd.data import load
def unasked(why):
    "Nothing to loop over; under pytest the test is skipped with this reason."
    if "PYTEST_CURRENT_TEST" in os.environ: pytest.skip(why)
    print("not asked:", why)
    return ()
def photographs(n=60):
    "n pieces of 32 x 32 pixels of scikit-learn's picture of a temple, as uint8 N x 3 x 32 x 32."
    from sklearn.datasets import load_sample_image
    half = Image.fromarray(load_sample_image("china.jpg")).resize((320, 192), Image.Resampling.BOX)
    pieces = torch.from_numpy(np.array(half)).reshape(6, 32, 10, 32, 3).permute(0, 2, 4, 1, 3)
    return pieces.reshape(60, 3, 32, 32)[:n].contiguous()
REFERENCE = {}  # name -> function(uint8 image H x W x 3, constants, the draws of that image) -> 0..255, H x W x 3
def compare(name, severity, images=None, draws=()):
    "(largest difference in levels, share of values that differ) between the batch and one image at a time."
    images = photographs() if images is None else images
    function, constants = CORRUPTIONS[name]
    with_draws = {"draws": draws} if len(draws) else {}
    ours = to_levels(function(to_float(images).contiguous(), constants[severity - 1], **with_draws)).numpy()
    one = lambda i: np.uint8(REFERENCE[name](images[i].permute(1, 2, 0).numpy(), constants[severity - 1], *(d[i].numpy() for d in draws)))
    theirs = np.stack([one(i) for i in range(len(images))]).transpose(0, 3, 1, 2)
    gap = np.abs(ours - theirs.astype(np.float32))
    return gap.max(), (gap > 0).mean()
REFERENCE["gaussian_noise"] = lambda x, c, noise: np.clip(x / 255. + c * noise.transpose(1, 2, 0), 0, 1) * 255
REFERENCE["shot_noise"] = lambda x, c, counts: np.clip(counts.transpose(1, 2, 0) / float(c), 0, 1) * 255
def impulses(x, c, hit, salt):
    "Loop over the values of one image."
    out = x.copy()
    for i in np.argwhere(hit.transpose(1, 2, 0) <= c): out[tuple(i)] = 255 * (salt.transpose(1, 2, 0)[tuple(i)] <= .5)
    return out

REFERENCE["impulse_noise"] = impulses
def defocus(x, c):
    "With the full 17 x 17 kernel."
    k = np.arange(-8, 9)
    disk = (k[:, None] ** 2 + k ** 2 <= c[0] ** 2).astype(np.float32)
    kernel = cv2.GaussianBlur(disk / disk.sum(), (3, 3), sigmaX=c[1])
    return np.clip(np.stack([cv2.filter2D(np.ascontiguousarray(x[..., i] / 255.), -1, kernel) for i in range(3)], -1), 0, 1) * 255

REFERENCE["defocus_blur"] = defocus
def smooth(x, sigma, **kw):
    "scikit-image's Gaussian, channels last where there are three axes."
    return skimage.filters.gaussian(x, sigma=sigma, channel_axis=-1 if x.ndim == 3 else None, **kw)
def glass(x, c, shifts, swap=False):
    "Pixel by pixel, in the order of the script; `swap` makes a true swap instead of its copy."
    x = np.uint8(smooth(x / 255., c[0]) * 255)
    for down, right in shifts:
        for h in range(31, 1, -1):
            for w in range(31, 1, -1):
                there = h + down[h - 2, w - 2], w + right[h - 2, w - 2]
                mine = x[h, w].copy()
                x[h, w] = x[there]
                if swap: x[there] = mine
    return np.clip(smooth(x / 255., c[0]), 0, 1) * 255

REFERENCE["glass_blur"] = glass
def smear_one(x, radius, sigma, angle):
    "Motion blur of one image, all weights, by a padded correlation for each."
    n, t, out = 2 * radius + 1, math.radians(float(angle)), 0
    k = np.exp(-.5 * (np.arange(n) / sigma) ** 2)
    padded = cv2.copyMakeBorder(x.astype(np.float64), n, n, n, n, cv2.BORDER_REPLICATE)
    for i in range(n):
        right, down = (math.ceil(i * f - .5) + n for f in (math.cos(t), math.sin(t)))
        out = out + k[i] / k.sum() * padded[down:down + x.shape[0], right:right + x.shape[1]]
    return np.rint(out * 257) // 257

REFERENCE["motion_blur"] = lambda x, c, angle: smear_one(x, *c, angle)
def imagemagick(image, c, angle):
    "Motion blur of a uint8 image H x W x 3 by ImageMagick, through PNG bytes."
    import wand.image
    Image.fromarray(image).save(file := io.BytesIO(), "PNG")
    with wand.image.Image(blob=file.getvalue()) as m:
        m.motion_blur(radius=c[0], sigma=c[1], angle=angle)
        return np.array(Image.open(io.BytesIO(m.make_blob("png"))).convert("RGB"))

try: imagemagick(np.zeros((4, 4, 3), np.uint8), (1, 1), 0); with_imagemagick = True
except Exception: with_imagemagick = False  # no binding, no library or no PNG: each fails in its own way
def enlarge(x, factor):
    "Cut, zoom with SciPy, cut."
    side = x.shape[0]
    inner = math.ceil(side / factor)
    top = (side - inner) // 2
    big = scipy.ndimage.zoom(x[top:top + inner, top:top + inner], (factor, factor, 1), order=1)
    trim = (big.shape[0] - side) // 2
    return big[trim:trim + side, trim:trim + side]
def zooms(x, stop):
    "The mean, one enlargement after the other."
    x = np.float32(x / 255.)
    return np.clip(np.mean([x] + [enlarge(x, z) for z in np.arange(1, stop, .01)], axis=0), 0, 1) * 255

REFERENCE["zoom_blur"] = zooms
def snow_one(x, c, normal, angle):
    "One image, with SciPy's zoom and OpenCV's grey."
    layer = enlarge((c[0] + c[1] * normal.astype(np.float64)).transpose(1, 2, 0), c[2])
    layer[layer < c[3]] = 0
    layer = smear_one(np.uint8(np.clip(layer, 0, 1) * 255)[..., 0], c[4], c[5], angle)[..., None] / 255
    x = np.float32(x / 255.)
    white = c[6] * x + (1 - c[6]) * np.maximum(x, cv2.cvtColor(x, cv2.COLOR_RGB2GRAY)[..., None] * 1.5 + .5)
    return np.clip(white + layer + layer[::-1, ::-1], 0, 1) * 255

REFERENCE["snow"] = snow_one
def figures(pictures):
    "Mean, standard deviation and correlations 1, 4 and 16 pixels apart, of each picture's grey."
    grey = [p.float().mean(0).numpy() / 255 for p in pictures]
    return np.array([(g.mean(), g.std(), *(np.corrcoef(g[:, :-d].ravel(), g[:, d:].ravel())[0, 1] for d in (1, 4, 16))) for g in grey])
@lru_cache
def frost_pictures():
    "The five pictures; photographs are read and reduced by OpenCV."
    pictures, source = frost_photographs()
    if source == "generated": return [p.permute(1, 2, 0).numpy() for p in pictures]
    whole = [cv2.imread(str(data_folder()[0] / "frost" / name)) for name in FROST]
    return [cv2.resize(w, (0, 0), fx=.2, fy=.2)[..., ::-1] for w in whole]
def frost_one(x, c, which, corner):
    "One image."
    (h, w), picture = corner, frost_pictures()[int(which)]
    return np.clip(c[0] * x + c[1] * picture[h:h + 32, w:w + 32], 0, 255)

REFERENCE["frost"] = frost_one
def cloud_one(u, decay, side=32):
    "Diamond-square: each level reads its four neighbours by index, modulo the side."
    m, u, w, step = np.zeros((side, side)), u.astype(np.float64), 100., side
    while step > 1:
        half, k = step // 2, np.arange(0, side, step)
        at = lambda down, right: np.ix_((k + down) % side, (k + right) % side)
        for down, right in ((half, half), (0, half), (half, 0)):
            around = [(-half, -half), (-half, half), (half, -half), (half, half)] if down and right else [(-half, 0), (half, 0), (0, -half), (0, half)]
            noise, u = u[:k.size ** 2].reshape(k.size, k.size), u[k.size ** 2:]
            m[at(down, right)] = sum(m[at(down + a, right + b)] for a, b in around) / 4 + w * w * noise
        step, w = half, w / decay
    return (m - m.min()) / (m - m.min()).max()
def fog_one(x, c, u):
    "One image."
    x = x / 255.
    return np.clip((x + c[0] * cloud_one(u, c[1])[..., None]) * x.max() / (x.max() + c[0]), 0, 1) * 255

REFERENCE["fog"] = fog_one
def in_hsv(x, channel, factor, plus):
    "Change one HSV channel with scikit-image."
    hsv = skimage.color.rgb2hsv(x / 255.)
    hsv[..., channel] = np.clip(hsv[..., channel] * factor + plus, 0, 1)
    return np.clip(skimage.color.hsv2rgb(hsv), 0, 1) * 255

REFERENCE["brightness"] = lambda x, c: in_hsv(x, 2, 1, c)
REFERENCE["contrast"] = lambda x, c: np.clip((x / 255. - (x / 255.).mean((0, 1))) * c + (x / 255.).mean((0, 1)), 0, 1) * 255
def elastic_one(x, c, jitter, field):
    "OpenCV for the affine map, scikit-image and SciPy for the displacement."
    alpha, sigma, most = (32 * p for p in c)
    old = np.float32([[26, 26], [26, 6], [6, 6]])
    x = cv2.warpAffine(np.float32(x / 255.), cv2.getAffineTransform(old, old + np.float32(most) * jitter), (32, 32), borderMode=cv2.BORDER_REFLECT_101)
    right, down = (alpha * smooth(f.astype(np.float64), sigma, mode="reflect", truncate=3) for f in field)
    at = [np.arange(32)[:, None] + down, np.arange(32) + right]
    return np.clip(np.stack([scipy.ndimage.map_coordinates(x[..., i], at, order=1, mode="reflect") for i in range(3)], -1), 0, 1) * 255

REFERENCE["elastic_transform"] = elastic_one
def pixelate_one(x, c):
    "Pillow."
    return np.array(Image.fromarray(x).resize((int(32 * c),) * 2, Image.Resampling.BOX).resize((32, 32), Image.Resampling.BOX))

REFERENCE["pixelate"] = pixelate_one
def jpeg_one(x, c):
    "Pillow."
    Image.fromarray(x).save(file := io.BytesIO(), "JPEG", quality=c)
    return np.array(Image.open(file))

REFERENCE["jpeg_compression"] = jpeg_one
REFERENCE["speckle_noise"] = lambda x, c, noise: np.clip(x / 255. * (1 + c * noise.transpose(1, 2, 0)), 0, 1) * 255
REFERENCE["gaussian_blur"] = lambda x, c: np.clip(smooth(x / 255., c), 0, 1) * 255
def liquid_levels(n=200, std=.1, sigma=.7, seed=0):
    "Layers of liquid as in the script, uint8 n x 32 x 32."
    noise = .65 + std * np.random.default_rng(seed).standard_normal((n, 32, 32))
    layers = np.stack([smooth(x, sigma) for x in noise])
    return np.where(layers < .69, 0, layers * 255).astype(np.uint8)
def water_one(liquid):
    "The chain of OpenCV calls on one layer."
    levels = (liquid * 255).astype(np.uint8)
    d = np.minimum(cv2.distanceTransform(255 - cv2.Canny(levels, 50, 150), cv2.DIST_L2, 5), 20)
    d = cv2.equalizeHist(cv2.blur(d, (3, 3)).astype(np.uint8))
    d = cv2.blur(cv2.filter2D(d, cv2.CV_8U, np.float32(EMBOSS)), (3, 3)).astype(np.float32)
    return levels * d / (levels * d).max()
def spatter_one(x, c, normal):
    "One image."
    x, liquid = np.float32(x / 255.), smooth(c[0] + c[1] * normal[0].astype(np.float64), c[2])
    liquid[liquid < c[3]] = 0
    if not c[5]: return np.clip(x + c[4] * water_one(liquid)[..., None] * np.float32(WATER), 0, 1) * 255
    m = smooth((liquid > c[3]).astype(np.float32), c[4])[..., None]
    m[m < .8] = 0
    return np.clip(x * (1 - m) + m * np.float32(MUD), 0, 1) * 255

REFERENCE["spatter"] = spatter_one
REFERENCE["saturate"] = lambda x, c: in_hsv(x, 1, *c)
def invented_release(folder, name="fog", rows=50000):
    "An array of the right form: row 10000 * (s - 1) has the level s, the rest is 0. Sparse on disk."
    (Path(folder) / "CIFAR-10-C").mkdir(exist_ok=True)
    array = np.lib.format.open_memmap(f"{folder}/CIFAR-10-C/{name}.npy", "w+", np.uint8, (rows, 32, 32, 3))
    for s in range(rows // 10000): array[10000 * s] = s + 1
    array.flush()


@pytest.fixture(autouse=True)
def seeded(): torch.manual_seed(0)


def test_whole_levels_survive_the_cut():
    levels = torch.arange(256)
    assert torch.equal(to_levels(levels / 255), levels.float())
    assert to_levels(torch.tensor([.5])).item() == 127  # 127.5, downwards


def test_corruption_noise_has_the_stated_std():
    x = torch.full((50, 3, 32, 32), .5)
    delta = (gaussian_noise(x, .08, stream(0, 0, "c")) - x).flatten().numpy()
    assert scipy.stats.kstest(delta / .08, "norm").pvalue > 1e-6
    assert gaussian_noise(x * 2, .1, stream(0, 0, "c")).max() <= 1


def test_gaussian_noise_equals_the_reference():
    draws = (torch.randn(60, 3, 32, 32, generator=stream(0, 0, "noise")),)
    for s in (1, 5):
        worst, share = compare("gaussian_noise", s, draws=draws)
        assert worst <= 1 and share < 1e-3


def test_shot_noise_is_poisson():
    x = torch.full((50, 3, 32, 32), .4)
    counts = (shot_noise(x, 50, stream(0, 0, "c")) * 50).round().flatten().long()
    k = np.arange(8, 34)
    should = np.r_[scipy.stats.poisson.cdf(7, 20), scipy.stats.poisson.pmf(k, 20), scipy.stats.poisson.sf(33, 20)] * len(counts)
    got = torch.bincount(counts.clamp(7, 34) - 7, minlength=28).numpy()
    assert scipy.stats.chisquare(got, should * got.sum() / should.sum()).pvalue > 1e-6
    assert shot_noise(torch.zeros(1, 3, 4, 4), 50, stream(0, 0, "c")).max() == 0


def test_shot_noise_equals_the_reference():
    for s in (1, 5):
        draws = (torch.poisson(to_float(photographs()) * CONSTANTS["shot_noise"][s - 1], generator=stream(0, 0, "shot")),)
        assert compare("shot_noise", s, draws=draws) <= (1, 1e-3)


def test_impulses_are_salt_and_pepper():
    y = impulse_noise(torch.full((50, 3, 32, 32), .5), .07, stream(0, 0, "c"))
    hit, salt = int((y != .5).sum()), int((y == 1).sum())
    assert scipy.stats.binomtest(hit, y.numel(), .07).pvalue > 1e-6 and scipy.stats.binomtest(salt, hit, .5).pvalue > 1e-6
    assert hit == salt + int((y == 0).sum())


def test_impulse_noise_equals_the_reference():
    draws = tuple(torch.rand(2, 60, 3, 32, 32, generator=stream(0, 0, "impulse")))
    assert compare("impulse_noise", 5, draws=draws) == (0, 0)


def test_a_matrix_acts_on_rows_and_columns():
    x, a = torch.rand(2, 3, 8, 8), torch.rand(5, 8)
    assert torch.allclose(both_sides(x, a), torch.einsum("ih,nchw,jw->ncij", a, x, a), atol=1e-5)


def test_blur_matrices_are_scipy_s():
    for sigma, mode, truncate in ((.05, "nearest", 4), (1., "nearest", 4), (6.4, "reflect", 3), (.96, "reflect", 3)):
        scipys = scipy.ndimage.gaussian_filter1d(np.eye(32), sigma, 0, mode=mode, truncate=truncate)
        assert np.abs(blur_matrix(32, sigma, mode, truncate).numpy() - scipys).max() < 1e-6
    assert torch.equal(blur_matrix(8, 0), torch.eye(8))


def test_widening_makes_levels_exact():
    levels = torch.arange(256)
    assert np.array_equal(widen(levels / 255).numpy(), levels.numpy() / 255.)


def test_blurs_are_scipy_s_to_the_last_bit():
    x = widen(to_float(photographs(5)))
    for sigma in (.05, .25, .4, .7, 1.):
        assert np.array_equal(blur(x, sigma).numpy(), scipy.ndimage.gaussian_filter(x.numpy(), (0, 0, sigma, sigma), mode="nearest"))


def test_a_disk_sums_to_one_and_a_small_one_is_a_gaussian():
    assert torch.isclose(disk_kernel(1.5, .1).sum(), torch.tensor(1.), atol=1e-6)
    assert torch.equal(disk_kernel(.3, .4), disk_kernel(.9, .4))


def test_defocus_blur_equals_the_reference():
    assert all(compare("defocus_blur", s) <= (1, .1) for s in (1, 2, 3, 4, 5))


def test_glass_only_pulls_from_above_and_left():
    d, = draw_glass(torch.zeros(100, 3, 32, 32), (.4, 1, 2), stream(0, 0, "glass"))
    assert d.shape == (100, 2, 2, 30, 30) and d.unique().tolist() == [-1, 0]
    assert scipy.stats.binomtest(int(-d.sum()), d.numel(), .5).pvalue > 1e-6


def test_pulling_copies_neighbours():
    x = torch.arange(16.).reshape(1, 1, 4, 4)
    assert torch.equal(pull(x, torch.zeros(1, 2, 2, 2, dtype=torch.long)), x)
    assert pull(x, -torch.ones(1, 2, 2, 2, dtype=torch.long))[0, 0].tolist() == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 5, 6], [12, 13, 9, 10]]


def test_glass_blur_equals_the_script_s_walk():
    for s in (1, 2, 3, 5):
        draws = draw_glass(torch.zeros(20, 3, 32, 32), CONSTANTS["glass_blur"][s - 1], stream(0, s, "glass"))
        assert compare("glass_blur", s, photographs()[20:40], draws) == (0, 0)


def test_a_true_swap_would_be_another_corruption():
    images, c = photographs()[20:40], CONSTANTS["glass_blur"][3]
    shifts, = draw_glass(torch.zeros(20, 3, 32, 32), c, stream(0, 0, "glass"))
    both = [[glass(x.permute(1, 2, 0).numpy(), c, s.numpy(), swap) for x, s in zip(images, shifts)] for swap in (False, True)]
    gap = np.abs(np.subtract(*both)).mean()
    print(f"copy against swap at severity 4: {gap:.1f} grey levels on average")
    assert gap > 1


def test_a_streak_follows_its_angle():
    k, right, down = streak(6, 2., torch.tensor([0., 45., 90.]))
    assert abs(sum(k) - 1) < 1e-5 and k == sorted(k, reverse=True)
    assert right[0].tolist() == list(range(len(k))) and not down[0].any() and torch.equal(right[1], down[1]) and not right[2].any()


def test_smearing_a_point_draws_its_streak_backwards():
    x = torch.zeros(1, 1, 9, 9); x[..., 4, 5] = 1
    k, right, down = streak(2, 1., torch.zeros(1))
    assert smear(x, k, right, down)[0, 0, 4].tolist() == pytest.approx([0, *k[::-1], 0, 0, 0]) and smear(x, k, right, down)[0, 0, 3].max() == 0


def test_sixteen_bits_are_rounded_and_eight_cut():
    x = torch.tensor([6.998, 6.9985, 7, 7.9]) / 255
    assert (sixteen_bits(x) * 255).round().tolist() == [6, 7, 7, 7]


def test_motion_blur_equals_the_reference():
    draws = (torch.rand(60, generator=stream(0, 0, "angle")) * 90 - 45,)
    assert all(compare("motion_blur", s, draws=draws) <= (1, 1e-3) for s in (1, 5))


def test_motion_blur_equals_imagemagick():
    images, angle = photographs(), torch.linspace(-45, 45, 60)
    for c in CONSTANTS["motion_blur"] if with_imagemagick else unasked("ImageMagick and its binding wand are not installed"):
        ours = to_levels(motion_blur(to_float(images), c, draws=(angle,))).permute(0, 2, 3, 1).numpy()
        gap = np.abs(ours - np.stack([imagemagick(x.permute(1, 2, 0).numpy(), c, a) for x, a in zip(images, angle.tolist())]))
        assert gap.max() <= 1 and (gap > 0).mean() < 1e-3


def test_zoom_matrices_interpolate():
    assert torch.equal(zoom_matrix(32, 1.01), torch.eye(32))  # too little to change anything
    a = zoom_matrix(32, 2.25)
    assert torch.allclose(a.sum(1), torch.ones(32)) and a[:, :8].sum() == 0


def test_the_factors_are_those_of_the_script():
    assert [len(np.arange(1, stop, .01)) for stop in CONSTANTS["zoom_blur"]] == [7, 12, 16, 21, 26]
    assert torch.allclose(zoom_kernel(8, 1.26).sum(1), torch.ones(64), atol=1e-5)


def test_zoom_blur_equals_the_reference():
    assert all(compare("zoom_blur", s) <= (1, 3e-2) for s in (1, 3, 5))


def test_snow_falls():
    _, angle = draw_snow(torch.zeros(1000, 3, 8, 8), stream(0, 0, "snow"))
    assert -135 <= angle.min() < -133 and -47 < angle.max() <= -45


def test_snow_equals_the_reference():
    draws = draw_snow(torch.zeros(60, 3, 32, 32), stream(0, 0, "snow"))
    assert all(compare("snow", s, draws=draws) <= (1, 2e-3) for s in (1, 2, 3, 4, 5))


def test_generated_frost_has_the_stated_mean_and_spread():
    t = frost_texture((.541, .601, .649), .116, stream(0, 0, "frost")) / 255
    assert torch.allclose(t.mean((1, 2)), torch.tensor([.541, .601, .649]), atol=.01) and abs(t.std((1, 2)).mean() - .116) < .01


def test_a_frost_folder_is_whole_or_refused():
    import tempfile
    with tempfile.TemporaryDirectory() as d:
        (Path(d) / "frost").mkdir()
        with pytest.raises(DataError, match="lacks frost1.png, frost2.png"): frost_photographs(d)
        for i, name in enumerate(FROST): Image.fromarray(np.full((350, 500, 3), i, np.uint8)).save(f"{d}/frost/{name}")
        pictures, source = frost_photographs(d)
    assert source == "photographs" and [p.shape for p in pictures] == [(3, 70, 100)] * 5 and pictures[4].max() <= 6


def test_every_fifth_pixel_is_opencv_s_reduction():
    import tempfile
    whole = np.random.default_rng(0).integers(0, 256, (350, 500, 3), dtype=np.uint8)
    with tempfile.TemporaryDirectory() as d, patch.dict(FROST, {"frost1.png": None}, clear=True):
        (Path(d) / "frost").mkdir(); Image.fromarray(whole).save(f"{d}/frost/frost1.png")
        picture, = frost_photographs(d)[0]
    assert np.array_equal(picture.permute(1, 2, 0).numpy(), cv2.resize(whole, (0, 0), fx=.2, fy=.2))


def test_generated_frost_against_the_photographs():
    real, source = frost_photographs()
    for generated in [frost_photographs("/nowhere")[0]] if source == "photographs" else unasked("there are no photographs in frost/ of the data folder"):
        gap = np.abs(figures(real) - figures(generated)).max(0)
        print("mean, std, correlation at 1, 4, 16 pixels differ by at most", gap.round(2))
        assert gap[0] < .02 and gap[1] < .03 and gap[2:].max() < .3


def test_pictures_keep_their_sizes_on_the_stack():
    stack, sizes = _frost_stack("/nowhere")
    assert stack.shape == (5, 3, 80, 112) and sizes.tolist() == [[80, 112]] * 5


def test_pieces_of_frost_fit():
    which, corner = draw_frost(torch.zeros(5000, 3, 32, 32), stream(0, 0, "frost"), "/nowhere")
    assert which.unique().tolist() == [0, 1, 2, 3, 4] and corner.amin() == 0 and corner.amax(0).tolist() == [47, 79]


def test_frost_equals_the_reference():
    draws = draw_frost(torch.zeros(60, 3, 32, 32), stream(0, 0, "frost"))
    assert all(compare("frost", s, draws=draws) <= (1, 1e-3) for s in (1, 3, 5))


def test_fog_equals_the_reference():
    draws = (torch.rand(20, 1023, generator=stream(0, 0, "fog")) * 2 - 1,)
    assert all(compare("fog", s, photographs(20), draws) <= (1, 1e-3) for s in (1, 5))


def test_brightness_equals_the_reference():
    images = torch.cat([photographs(), torch.zeros(1, 3, 32, 32, dtype=torch.uint8)])
    assert all(compare("brightness", s, images) <= (1, 2e-2) for s in (1, 2, 3, 5))
    assert compare("brightness", 4, images) <= (1, .5)


def test_contrast_scales_deviations():
    x = torch.rand(4, 3, 8, 8)
    y = contrast(x, .4)
    assert torch.allclose(y.mean((2, 3)), x.mean((2, 3)), atol=1e-6)
    assert torch.allclose(y.std((2, 3)), .4 * x.std((2, 3)), atol=1e-6)
    assert torch.equal(contrast(x, 1.).round(decimals=5), x.round(decimals=5))


def test_contrast_equals_the_reference():
    assert all(compare("contrast", s) <= (1, 1e-3) for s in (1, 5))


def test_elastic_draws_are_centred():
    anchors, field = draw_elastic(torch.zeros(50, 3, 32, 32), stream(0, 0, "elastic"))
    assert anchors.shape == (50, 3, 2) and field.shape == (50, 2, 32, 32)
    assert anchors.abs().max() <= 1 and field.abs().max() <= 1 and abs(field.mean()) < .02


def test_reading_at_whole_places_copies():
    x, k = torch.rand(1, 1, 8, 8), torch.arange(8.)
    places = torch.stack(torch.meshgrid(k, k, indexing="xy"), -1)[None]
    assert all(torch.allclose(read_at(x, places, repeat), x, atol=1e-5) for repeat in (True, False))
    shifted = places - torch.tensor([3., 0])
    for repeat, mode in ((True, "reflect"), (False, "mirror")):
        assert np.abs(read_at(x, shifted, repeat)[0, 0].numpy() - scipy.ndimage.shift(x[0, 0].numpy(), (0, 3), order=1, mode=mode)).max() < 1e-5


def test_anchors_go_where_they_should():
    jitter = torch.randint(-2, 3, (1, 3, 2)).float()
    back = unwarp(jitter, 32)[0]
    for old, move in zip(((26, 26), (26, 6), (6, 6)), jitter[0].long().tolist()):
        assert torch.allclose(back[old[1] + move[1], old[0] + move[0]], torch.tensor(old).float(), atol=1e-4)


def test_elastic_transform_equals_the_reference():
    draws = draw_elastic(torch.zeros(60, 3, 32, 32), stream(0, 0, "elastic"))
    for s in (1, 2, 3, 4, 5):
        worst, share = compare("elastic_transform", s, draws=draws)
        assert worst <= 1 and share < 5e-3


def test_boxes_cover_every_pixel_once():
    a = box_matrix(32, 20)
    assert torch.allclose(a.sum(1), torch.ones(20)) and ((a > 0).sum(0) == 1).all() and set((a > 0).sum(1).tolist()) == {1, 2}
    assert torch.equal(box_matrix(32, 32), torch.eye(32))
    assert box_matrix(3, 2).tolist() == [[.5, .5, 0], [0, 0, 1]]  # a centre on the border belongs to the left box
    theirs = Image.fromarray(np.uint8([[10, 20, 30]])).resize((2, 1), Image.Resampling.BOX)
    assert np.asarray(theirs).tolist() == [[15, 30]]


def test_pixelate_equals_pillow():
    assert all(compare("pixelate", s) == (0, 0) for s in (1, 2, 3, 4, 5))


def test_colours_are_pillow_s():
    image = photographs()[30]
    ycc = np.array(Image.fromarray(image.permute(1, 2, 0).numpy()).convert("YCbCr")).astype(int)
    assert np.abs(to_ycc(image[None].int())[0].permute(1, 2, 0).numpy() - ycc).max() <= 1


def test_colours_come_back():
    image = photographs().int()
    assert (to_rgb(to_ycc(image)) - image).abs().max() <= 2
    grey = torch.arange(256, dtype=torch.int32).reshape(1, 1, 16, 16).expand(1, 3, 16, 16)
    assert torch.equal(to_rgb(to_ycc(grey)), grey)


def test_halving_rounds_by_column():
    assert halve(torch.tensor([[[[0, 0, 0, 0], [1, 1, 1, 1]]]])).tolist() == [[[[0, 1]]]]  # both means are 1/2


def test_flat_planes_stay_flat():
    flat = torch.full((1, 1, 4, 6), 77, dtype=torch.int32)
    assert double(flat).shape == (1, 1, 8, 12) and double(flat).unique().tolist() == [77] == halve(double(flat)).unique().tolist()
    assert double(torch.tensor([[[[0, 16]]]])).tolist() == [[[[0, 4, 12, 16], [0, 4, 12, 16]]]]


def test_tables_are_those_in_pillow_s_files():
    zigzag = sorted(range(64), key=lambda i: (s := i // 8 + i % 8, (i // 8 if s % 2 else i % 8)))
    for quality in CONSTANTS["jpeg_compression"]:
        Image.new("RGB", (32, 32)).save(file := io.BytesIO(), "JPEG", quality=quality)
        theirs = Image.open(file).quantization
        assert all(theirs[k] in (t.flatten().tolist(), t.flatten()[zigzag].tolist()) for k, t in enumerate(jpeg_tables(quality)))


def test_cosines_are_cosines():
    k = torch.arange(8.)
    exact = torch.cos(math.pi * k[:, None] * (2 * k + 1) / 16) * 2 ** .5
    exact[0] = 1
    assert (cosines(8) - exact * 8192).abs().max() < 1.5
    assert cosines(16)[:8, 8:].abs().max() == 0 and torch.equal(cosines(16)[8:, 8:], cosines(8))


def test_products_are_exact():
    x = torch.randint(-8192, 8192, (20, 1, 32, 32))
    assert torch.equal(exact_product(cosines(32), x.float()).long(), cosines(32).long() @ x)


def test_division_by_one_loses_next_to_nothing():
    plane = torch.randint(0, 256, (2, 1, 16, 24), dtype=torch.int32)
    assert (quantise(plane, torch.ones(8, 8)) - plane).abs().max() <= 2
    assert (quantise(plane, torch.full((8, 8), 10_000)) == 128).all()


def test_jpeg_equals_pillow():
    assert all(compare("jpeg_compression", s) <= (0, 0) for s in (1, 2, 3, 4, 5))


def test_speckle_noise_equals_the_reference():
    draws = (torch.randn(60, 3, 32, 32, generator=stream(0, 0, "noise")),)
    assert all(compare("speckle_noise", s, draws=draws) <= (1, 1e-3) for s in (1, 5))


def test_gaussian_blur_equals_the_reference():
    assert all(compare("gaussian_blur", s) == (0, 0) for s in (1, 3, 5))


def test_sobel_is_opencv_s():
    grey = photographs(1)[0, 0].float()
    assert np.array_equal(_sobel(F.pad(grey[None, None], (1,) * 4, mode="replicate"))[0, 0].numpy(), cv2.Sobel(grey.numpy(), cv2.CV_32F, 1, 0, borderType=cv2.BORDER_REPLICATE))


def test_a_step_has_one_ridge():
    x = torch.zeros(1, 1, 8, 8); x[..., 4:] = 9
    d = _sobel(F.pad(x, (1,) * 4, mode="replicate"))
    assert _ridge(d, torch.zeros_like(d))[0, 0, 3].nonzero().flatten().tolist() == [3]


def test_edges_are_opencv_s():
    for std, sigma in ((.1, .7), (.3, 1)):
        grey = liquid_levels(std=std, sigma=sigma)
        theirs = np.stack([cv2.Canny(x, 50, 150) for x in grey]) > 0
        assert np.array_equal(edges(torch.from_numpy(grey)[:, None].float())[:, 0].numpy(), theirs)


def test_distances_are_opencv_s():
    spots = torch.rand(200, 1, 32, 32, generator=stream(0, 0, "spots")) < torch.logspace(-3.5, -1, 200)[:, None, None, None]
    theirs = [np.minimum(cv2.distanceTransform(np.uint8(~s[0].numpy()), cv2.DIST_L2, 5), 20) for s in spots if s.any()]
    ours = distance(spots[spots.flatten(1).any(1)])[:, 0].numpy()
    assert np.abs(ours - np.stack(theirs)).max() < 1e-4


def test_boxes_are_opencv_s():
    grey = liquid_levels(50)
    assert np.array_equal(box(torch.from_numpy(grey)[:, None].float()).round()[:, 0].numpy(), np.stack([cv2.blur(x, (3, 3)) for x in grey]))


def test_equalisation_is_opencv_s():
    grey = liquid_levels(50) // 12
    assert np.array_equal(equalise(torch.from_numpy(grey)[:, None].float())[:, 0].numpy(), np.stack([cv2.equalizeHist(x) for x in grey]))
    assert (equalise(torch.full((1, 1, 4, 4), 9.)) == 9).all()


def test_water_shines_where_there_is_liquid():
    liquid = torch.from_numpy(liquid_levels(20) / 255).float()[:, None]
    shine = water(liquid)
    assert ((shine > 0) <= (liquid > 0)).all() and torch.allclose(shine.amax((2, 3)), torch.ones(20, 1))
    assert (water(torch.zeros(1, 1, 32, 32)) == 0).all()


def test_spatter_equals_the_reference():
    draws = (torch.randn(60, 1, 32, 32, generator=stream(0, 0, "spatter")),)
    assert all(compare("spatter", s, draws=draws) <= (1, 2e-3) for s in (1, 2, 3, 4, 5))


def test_images_without_a_drop_are_rare():
    normal = torch.randn(20_000, 1, 32, 32, generator=stream(0, 0, "spatter"))
    for mean, std, sigma, threshold, *_ in CONSTANTS["spatter"][:3]:
        dry = (both_sides(mean + std * normal, blur_matrix(32, sigma)).amax((1, 2, 3)) < threshold).float().mean()
        assert dry < 1e-3


def test_saturate_equals_the_reference():
    grey = torch.arange(256, dtype=torch.uint8).repeat(12).reshape(1, 1, 32, 96)[..., :32].expand(1, 3, 32, 32)
    assert all(compare("saturate", s, torch.cat([photographs(), grey])) <= (1, .2) for s in (1, 2, 3, 4, 5))


def test_fifteen_and_four_in_the_usual_order():
    assert len(MAIN) == 15 and MAIN[0] == "gaussian_noise" and MAIN[-1] == "jpeg_compression"
    assert EXTRA == ("speckle_noise", "gaussian_blur", "spatter", "saturate")
    assert tuple(CORRUPTIONS) == MAIN + EXTRA and all(len(c) == 5 for _, c in CORRUPTIONS.values())


def test_sizes_that_make_no_sense_are_named():
    for size in ((4, 4), (64, 64), (32, 31)):
        with pytest.raises(ValueError, match=f"images of {size[0]} x {size[1]}: fog takes squares"): check_size(size, "fog")
    check_size((4, 9), "contrast")


def test_bad_images_are_named():
    x = torch.rand(2, 3, 32, 32)
    for bad, message in ((x.mul(255).byte(), "uint8.*to_float"), (x * 255, "divide bytes by 255"), (x - 1, "reach from -"), (x[0], r"\(3, 32, 32\)"),
                         (x[:, :1], r"\(2, 1, 32, 32\)"), (x[:0], "empty"), (x * float("nan"), "nan"), (x.numpy(), "float32.*should be float")):
        with pytest.raises(ValueError, match=message): check_batch(bad)


def test_bad_conditions_are_named():
    for severity in (0, 6, -1, True, 3., "3", None):
        with pytest.raises(ValueError, match=f"severity = {severity}: should be 1, 2, 3, 4 or 5"): check_condition("contrast", severity)
    with pytest.raises(ValueError, match="corruption = 'rain'.*contrast"): check_condition("rain", 1)


def test_corruptions_are_seeded_and_quantised():
    for x in (to_float(photographs(8)), to_float(load("digits", "test").images[:8])):
        for name, s in ((name, s) for name in CORRUPTIONS for s in (1, 5)):
            y = corrupt(x, name, s)
            assert y.shape == x.shape and torch.equal(y, corrupt(x, name, s)) and (s == 1 or not torch.equal(y, x))
            assert torch.allclose(y * 255, (y * 255).round(), atol=1e-3) and 0 <= y.min() <= y.max() <= 1


def test_severities_have_streams_of_their_own():
    x = torch.full((4, 3, 32, 32), .5)
    noise = torch.stack([(corrupt(x, "gaussian_noise", s) - x).flatten() for s in (1, 2)])
    assert noise.corrcoef()[0, 1].abs() < .05


def test_what_cannot_be_corrupted_is_refused():
    x = torch.rand(4, 3, 8, 8)
    for name, s, message in (("rain", 1, "corruption = 'rain'.*contrast"), ("contrast", 0, "severity = 0"), ("contrast", 6, "severity = 6")):
        with pytest.raises(ValueError, match=message): corrupt(x, name, s)


def test_severities_are_ordered():
    x = to_float(photographs())
    for name in set(CORRUPTIONS) - {"saturate", "spatter", "glass_blur", "motion_blur", "snow", "frost", "elastic_transform"}:
        far = [(corrupt(x, name, s) - x).abs().mean() for s in (1, 2, 3, 4, 5)]
        assert far == sorted(far) and far[0] > 0, name


def test_a_gpu_agrees_with_the_cpu():
    x = to_float(photographs(20)).contiguous()
    for device in ["cuda"] if torch.cuda.is_available() else unasked("there is no GPU"):
        for name in CORRUPTIONS: assert corrupt(x.to(device), name, 3).device.type == device
        for name in ("defocus_blur", "zoom_blur", "brightness", "contrast", "pixelate", "jpeg_compression", "gaussian_blur", "saturate"):
            assert (corrupt(x.to(device), name, 5).cpu() - corrupt(x, name, 5)).abs().max() < 1.01 / 255
        draws = draw_snow(x, stream(0, 0, "snow"))
        there = snow(x.to(device), CONSTANTS["snow"][4], draws=tuple(d.to(device) for d in draws))
        assert (there.cpu() - snow(x, CONSTANTS["snow"][4], draws=draws)).abs().max() < 1.01 / 255


def test_a_file_that_cannot_be_mapped_is_named():
    import tempfile
    with tempfile.TemporaryDirectory() as d:
        (file := Path(d) / "frost.npy").write_bytes(b"cut short")
        with pytest.raises(DataError, match="frost.npy: cannot be read"): _mapped(file, (5,))
        np.save(file, np.zeros(4, np.uint8))
        with pytest.raises(DataError, match=r"frost.npy: is uint8 \(4,\); should be uint8 \(5,\)"): _mapped(file, (5,))
        np.save(file, np.zeros(5, np.float32))
        with pytest.raises(DataError, match=r"frost.npy: is float32 \(5,\); should be uint8"): _mapped(file, (5,))


def test_labels_must_come_five_times():
    import tempfile
    with tempfile.TemporaryDirectory() as d:
        np.save(f"{d}/labels.npy", np.tile(np.arange(10000) % 10, 5).astype(np.uint8)); _check_labels(Path(d) / "labels.npy")
        np.save(f"{d}/labels.npy", np.arange(50000, dtype=np.uint8) % 7)
        with pytest.raises(DataError, match="labels.npy: should hold the 10,000 test labels"): _check_labels(Path(d) / "labels.npy")


def test_released_arrays_are_read():
    import tempfile
    with tempfile.TemporaryDirectory() as d:
        assert released(d, "fog", 1) is None
        invented_release(d)
        for s in (1, 5): assert released(d, "fog", s).shape == (10000, 3, 32, 32) and released(d, "fog", s)[0].unique().tolist() == [s]
        assert released(d, "fog", 2)[1:].max() == 0


def test_a_released_array_of_another_size_is_named():
    import tempfile
    with tempfile.TemporaryDirectory() as d:
        invented_release(d, "snow", 40000)
        with pytest.raises(DataError, match=r"snow.npy: is uint8 \(40000, 32, 32, 3\); should be uint8 \(50000, 32, 32, 3\)"): released(d, "snow", 1)


def test_belonging_is_noticed():
    x = photographs()
    assert all(belongs(to_levels(corrupt(to_float(x), name, 5)).byte(), x) for name in CORRUPTIONS)
    assert not belongs(x.roll(1, 0), x)


def test_a_condition_says_where_it_comes_from():
    import tempfile
    x = photographs()
    with tempfile.TemporaryDirectory() as d:
        invented_release(d)
        y, source = corrupted_images(x, "fog", 2, d)
        assert source == "generated" and y.dtype == torch.uint8 and torch.equal(y, corrupted_images(x, "fog", 2, d)[0])
        with pytest.raises(DataError, match="fog.npy: its rows do not resemble"): corrupted_images(x[:20], "fog", 2, d, rows=torch.arange(20))
        array = np.lib.format.open_memmap(f"{d}/CIFAR-10-C/fog.npy", "r+")
        array[10000:10060] = y.permute(0, 2, 3, 1).numpy(); array.flush()
        again, source = corrupted_images(x[10:30], "fog", 2, d, rows=torch.arange(10, 30))
    assert source == "released" and torch.equal(again, y[10:30])
    with pytest.raises(ValueError, match="images are torch.float32: should be torch.uint8"): corrupted_images(x / 255, "fog", 1)


def test_draws_can_be_made_beforehand():
    x = to_float(photographs()).contiguous()
    for name, (function, constants) in CORRUPTIONS.items():
        draws = draws_of(x, name, constants[3], stream(0, 0, name))
        y = function(x, constants[3], draws=draws) if draws else function(x, constants[3])
        assert torch.equal(y, function(x, constants[3], stream(0, 0, name))), name


def test_the_reference_has_all_nineteen():
    assert set(REFERENCE) == set(CORRUPTIONS)


def test_the_reference_is_timed_and_equal():
    seconds, gap = _time_reference(photographs(3), "fog", 2, REFERENCE["fog"])
    assert seconds > 0 and gap <= 1


def test_the_benchmark_compares_equal_results():
    table = benchmark_corruptions(photographs(), 3, REFERENCE, [("fog", 2), ("contrast", 1)])
    assert table.columns.tolist() == ["corruption", "severity", "ours", "reference", "ratio", "largest_difference"] and len(table) == 2
    assert (table.largest_difference <= 1).all() and (table.ours > 0).all()

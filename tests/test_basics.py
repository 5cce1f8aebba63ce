"Exported from nbs/00_basics.ipynb by `python -m noisekd.export`; edit the notebook."

import pytest
import torch
import difflib
import hashlib
import inspect
import json
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from importlib.resources import files
from typing import Annotated, Any

import torch
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from noisekd.basics import *
from noisekd.basics import _devices_here
def first_draw(*name):
    return torch.rand(1, generator=stream(*name)).item()
class Cake(Settings):
    "An example."
    eggs: Count = 3
    sugar: Fraction = 0.2
def bake(dough, heat: Positive = 180.0, glaze: bool = False):
    "A function with two options."
def complaint(*args):
    "What `refuses` itself complains of."
    try:
        refuses(*args)
    except AssertionError as error:
        return str(error)


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


def test_three_kinds_of_device_are_known():
    assert set(_devices_here()) == {"cpu", "cuda", "mps"}
    assert _devices_here()["cpu"]


def test_the_processor_is_always_there():
    assert pick_device("cpu").type == "cpu"


def test_full_float32_switches_tf32_off():
    with full_float32():
        assert not torch.backends.cudnn.allow_tf32


def test_full_float32_is_given_back():
    before = torch.backends.cudnn.allow_tf32
    try:
        with full_float32():
            raise KeyError
    except KeyError:
        pass
    assert torch.backends.cudnn.allow_tf32 == before


def test_a_stream_seed_is_blake2b_of_its_name():
    digest = hashlib.blake2b(b"0/57/crop", digest_size=8).digest()
    assert stream_seed(0, 57, "crop") == int.from_bytes(digest, "big") // 2


def test_a_stream_is_repeatable():
    assert first_draw(0, 57, "crop") == first_draw(0, 57, "crop")


def test_streams_are_distinct():
    purposes = "order", "crop", "gaussian"
    names = [(s, e, p) for s in range(10) for e in range(10) for p in purposes]
    assert len({first_draw(*n) for n in names}) == 300


def test_the_nearest_name_is_suggested():
    assert suggest("hintn", ["at", "hinton"]).startswith("did you mean 'hinton'?")


def test_a_long_list_is_not_repeated():
    known = [f"name{i}" for i in range(30)]
    assert "known are" not in suggest("name7", known)
    assert "known are" in suggest("xyz", known)


def test_a_settings_error_is_a_value_error():
    assert issubclass(SettingsError, ValueError)


def test_only_numbers_get_a_hint():
    assert yaml_hint("eval") == ""


def test_an_unknown_field_is_named_with_its_value():
    error = dict(type="extra_forbidden", loc=("egs",), input=3)
    assert format_error(error, ["eggs"]).startswith("egs = 3: unknown field; did you mean")


def test_settings_can_be_changed_by_name():
    assert Cake(eggs=4).but(sugar=0.1) == Cake(eggs=4, sugar=0.1)


def test_settings_cannot_be_altered():
    try:
        Cake().eggs = 5
        altered = True
    except ValidationError:
        altered = False
    assert not altered


def test_an_unused_default_is_fine():
    unused(Cake(), "eggs", "no eggs in this one")
    assert Cake().eggs == 3


def test_options_are_parameters_with_a_default():
    assert list(options_of(bake)) == ["heat", "glaze"]


def test_an_option_at_its_default_is_left_out():
    given = {"heat": 180.0, "glaze": True}
    assert check_options("bake", options_of(bake), given) == {"glaze": True}


def test_facts_are_read():
    assert read_facts("noise_as_a_resource")["arxiv"] == "1910.05057v2"


def test_refuses_fails_where_nothing_is_refused():
    assert complaint("anything", int, "1") == "was not refused; should say 'anything'"


def test_refuses_fails_on_other_words():
    assert complaint("nonsense", int, "x").startswith("'nonsense' is not in")


def test_refuses_an_unknown_option():
    given = {"head": 90.0}
    words = "{'bake': {'head': 90.0}}: unknown; did you mean 'heat'?"
    refuses(words, check_options, "bake", options_of(bake), given)


def test_refuses_a_wrong_option():
    given = {"heat": -1.0}
    words = "{'bake': {'heat': -1.0}}: input should be greater than 0"
    refuses(words, check_options, "bake", options_of(bake), given)


def test_refuses_facts_that_do_not_exist():
    refuses("did you mean 'claims'?", read_facts, "claim")


def test_refuses_a_missing_device():
    refuses("device = 'tpu': should be 'auto' or one of", pick_device, "tpu")


def test_refuses_a_field_of_another_name():
    refuses("egs = 3: unknown field; did you mean 'eggs'?", Cake, egs=3)


def test_refuses_a_value_out_of_range():
    refuses("sugar = 2.0: input should be less than or equal to 1", Cake, sugar=2.0)
    refuses("eggs = 0: input should be greater than or equal to 1", Cake, eggs=0)
    refuses("sugar = nan: input should be a finite number", Cake, sugar=float("nan"))


def test_refuses_text_for_a_number():
    refuses("sugar = '5e-4'", Cake, sugar="5e-4")
    refuses("write 0.0005", Cake, sugar="5e-4")


def test_refuses_a_change_that_breaks_a_rule():
    refuses("sugar = -1.0", Cake().but, sugar=-1.0)


def test_refuses_an_unused_setting():
    refuses("eggs = 4: should be 3; no eggs", unused, Cake(eggs=4), "eggs", "no eggs")

"""Settings refuse what would do nothing or mean nothing."""

import pytest

from provtrace.errors import InputError
from provtrace.settings import VERSION, Settings


def test_the_signature_names_every_setting_and_the_version():
    signature = Settings(bucket_cap=7).signature()
    assert signature.startswith("views:surface+neutral+semantic+credit|")
    assert "|bucket_cap:7|" in signature
    assert signature.endswith(f"|version:{VERSION}")


def test_one_choice_of_views_has_one_signature():
    one, other = Settings(views=("credit", "surface")), Settings(views=("surface", "credit"))
    assert one == other
    assert one.signature() == other.signature()


@pytest.mark.parametrize(
    "wrong",
    [
        {"views": ("surfaces",)},
        {"views": ()},
        {"min_probability": 0.2},
        {"min_probability": 1.5},
        {"min_direction": 0.0},
        {"encode_limit": -1},
        {"bucket_cap": 0},
        {"max_sentences": 0},
        {"max_sentences": 1 << 31},
        {"bucket_cap": 10**40},
    ],
)
def test_what_means_nothing_is_refused(wrong):
    with pytest.raises(InputError, match=next(iter(wrong))):
        Settings(**wrong)

import math

import pytest

from simlib.reporting.numbers import Unit, read_numbers, show, show_interval


@pytest.mark.parametrize(
    ("value", "unit", "error", "ko", "en"),
    [
        (1.2345e12, "krw", 3e9, "+1.234조 원", "+KRW 1.234 trillion"),
        (1.2e8, "krw", None, "+1.20억 원", "+KRW 120 million"),
        (-34_567, "krw", 120, "−3.46만 원", "−KRW 34,600"),
        (500, "krw", None, "+500원", "+KRW 500"),
        (0.01234, "pp", 0.0003, "+1.23%p", "+1.23 pp"),
        (0.4567, "share", 0.02, "+46%", "+46%"),
        (12_345.6, "count", 23, "+12,350", "+12,350"),
        (0, "krw", None, "0원", "KRW 0"),
        (3.5, "days", 0.2, "+3.5", "+3.5"),
        (7.0000000001, "days", None, "+7", "+7"),
        (0.9996, "share", None, "+100%", "+100%"),
    ],
)
def test_numbers_round_by_their_error_in_the_readers_units(
    value: float, unit: Unit, error: float | None, ko: str, en: str
) -> None:
    assert str(show(value, unit, "ko", error=error, signed=True)) == ko
    assert str(show(value, unit, "en", error=error, signed=True)) == en


@pytest.mark.parametrize("unit", ["krw", "share", "pp", "count", "days"])
@pytest.mark.parametrize("exponent", range(-4, 13))
def test_both_languages_read_back_as_the_same_number(unit: Unit, exponent: int) -> None:
    value = -7.654321 * 10.0**exponent
    ko, en = (show(value, unit, lang, error=abs(value) / 50) for lang in ("ko", "en"))
    assert ko.value == en.value
    assert read_numbers(str(ko)) == pytest.approx([ko.value])
    assert read_numbers(str(en)) == pytest.approx([ko.value])


def test_the_ends_of_an_interval_round_as_its_middle() -> None:
    value, low, high = show_interval(0.05123, 0.0501, 0.0523, 0.0004, "pp", "en", signed=True)
    assert (str(value), str(low), str(high)) == ("+5.12 pp", "+5.01 pp", "+5.23 pp")


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_not_a_number_is_never_shown(value: float) -> None:
    with pytest.raises(ValueError, match="cannot be shown"):
        show(value, "count", "en")

"""Write numbers as a reader of Korean or English expects them, and read them back."""

import math
import re
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Literal

Lang = Literal["ko", "en"]
LANGUAGES: tuple[Lang, ...] = ("ko", "en")

Unit = Literal["count", "krw", "share", "pp", "months", "days", "hours", "ratio", "times"]
"""What a number counts: things, won, a share of 1, percentage points, time, a plain ratio, how
many times as much."""

MINUS = "\N{MINUS SIGN}"
_MONEY: dict[Lang, tuple[tuple[int, str], ...]] = {
    "ko": ((10**12, "조"), (10**8, "억"), (10**4, "만")),
    "en": ((10**12, "trillion"), (10**9, "billion"), (10**6, "million")),
}
_DEFAULT_DIGITS = 3
_SMALL_SHARE = 0.01
_WHOLE_WITHIN = 1e-9
_WHOLE = ("count", "krw", "hours")


@dataclass(frozen=True)
class Shown:
    """Hold a number as it is shown, together with the rounded value behind the words.

    ``value`` is in the base unit (won, share of 1, count, days), rounded exactly as shown;
    ``step`` is the size of its last digit.
    """

    text: str
    value: float
    unit: Unit
    step: float

    def __str__(self) -> str:
        return self.text


def quantum(value: float, error: float | None = None) -> Decimal:
    """Find the place to which a number is rounded.

    The last digit shown has the order of the Monte Carlo error; without an error, three
    digits are shown, and whole numbers below ten thousand are shown in full.

    Parameters
    ----------
    value
        The number, in its base unit.
    error
        Its Monte Carlo error (standard error) in the same unit, or None.
    """
    if error is not None and math.isfinite(error) and error > 0:
        return Decimal(1).scaleb(math.floor(math.log10(error)))
    if value == 0 or not math.isfinite(value):
        return Decimal(1)
    if abs(value - round(value)) < _WHOLE_WITHIN * abs(value) and abs(value) < 10_000:
        return Decimal(1)
    exponent = int(f"{value:.{_DEFAULT_DIGITS - 1}e}".partition("e")[2])  # 0.9996 is 1.00
    return Decimal(1).scaleb(exponent - _DEFAULT_DIGITS + 1)


def needed_step(value: float) -> Decimal:
    """Find the largest step that writes a number of a scale without loss (four digits)."""
    short = Decimal(f"{value:.4g}")
    exponent = int(short.normalize().as_tuple().exponent) if short else 0
    return Decimal(1).scaleb(exponent)


def _place(value: float, error: float | None, unit: Unit) -> Decimal:
    """Choose the rounding of a number that stands alone: never finer than a reader can use."""
    if unit in ("share", "pp"):
        tenth = error is None and abs(value) >= _SMALL_SHARE
        return max(quantum(value, error), Decimal("0.001" if tenth else "0.0001"))
    if unit == "ratio" and error is None:
        return Decimal("0.01")
    return max(quantum(value, error), Decimal("0.01"))


def show(
    value: float,
    unit: Unit,
    lang: Lang,
    *,
    error: float | None = None,
    step: Decimal | None = None,
    signed: bool = False,
) -> Shown:
    """Write a number with its unit.

    Parameters
    ----------
    value
        Number in its base unit; shares and percentage points are shares of 1.
    unit, lang
        What it counts, and the language.
    error
        Monte Carlo error that decides the rounding; see :func:`quantum`.
    step
        Rounding step that overrules the error, so that an interval rounds as its middle.
    signed
        Whether a plus sign is written for positive numbers.

    Raises
    ------
    ValueError
        If the number is not finite; a report never shows one.
    """
    if not math.isfinite(value):
        raise ValueError(f"{value} cannot be shown in a report")
    place = step if step is not None else _place(value, error, unit)
    if unit in _WHOLE:
        place = max(place, Decimal(1))
    rounded = (Decimal(repr(float(value))) / place).quantize(
        Decimal(1), rounding=ROUND_HALF_EVEN
    ) * place
    sign = MINUS if rounded < 0 else "+" if signed and rounded > 0 else ""
    body = _body(abs(rounded), place, unit, lang)
    return Shown(f"{sign}{body}", float(rounded), unit, float(place))


def _body(value: Decimal, place: Decimal, unit: Unit, lang: Lang) -> str:
    if unit == "krw":
        return _money(value, place, lang)
    if unit in ("share", "pp"):
        text = _plain(value * 100, place * 100)
        if unit == "share":
            return f"{text}%"
        return f"{text}%p" if lang == "ko" else f"{text} pp"
    return _plain(value, place)


def _plain(value: Decimal, place: Decimal) -> str:
    exponent = int(place.normalize().as_tuple().exponent)
    return f"{value:,.{max(0, -exponent)}f}"


def _money(value: Decimal, place: Decimal, lang: Lang) -> str:
    text, word = _plain(value, Decimal(1)), ""
    for size, name in _MONEY[lang]:
        if value >= size:
            text, word = _plain(value / size, place / size), name
            break
    if lang == "ko":
        return f"{text}{word} 원" if word else f"{text}원"
    return f"KRW {text} {word}".rstrip()


def show_interval(
    value: float, low: float, high: float, error: float, unit: Unit, lang: Lang, *, signed: bool
) -> tuple[Shown, Shown, Shown]:
    """Write a value and the ends of its interval, all rounded to the same place."""
    step = quantum(value, error)
    low_shown, high_shown = (
        show(each, unit, lang, step=step, signed=signed) for each in (low, high)
    )
    return show(value, unit, lang, step=step, signed=signed), low_shown, high_shown


_NUMBER = re.compile(rf"(?P<sign>[+{MINUS}-]?)(?:KRW )?(?P<digits>\d[\d,]*(?:\.\d+)?)")
_SCALES: tuple[tuple[str, Decimal], ...] = (
    ("조", Decimal(10**12)),
    ("억", Decimal(10**8)),
    ("만", Decimal(10**4)),
    (" trillion", Decimal(10**12)),
    (" billion", Decimal(10**9)),
    (" million", Decimal(10**6)),
    ("%p", Decimal("0.01")),
    (" pp", Decimal("0.01")),
    ("%", Decimal("0.01")),
)


def read_numbers(text: str) -> list[float]:
    """Read every number in a text back in its base unit, whichever language it is in.

    ``1.2조 원`` and ``KRW 1.2 trillion`` are both 1.2e12; ``3.4%p`` and ``3.4 pp`` are 0.034.
    """
    found: list[float] = []
    for match in _NUMBER.finditer(text):
        number = Decimal(match["digits"].replace(",", ""))
        rest = text[match.end() :]
        for word, size in _SCALES:
            if rest.startswith(word):
                number *= size
                break
        negative = match["sign"] in (MINUS, "-")
        found.append(float(-number if negative else number))
    return found

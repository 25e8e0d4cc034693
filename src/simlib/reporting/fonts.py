"""The Korean font: registered for figures, cut down to a page's own characters for HTML."""

import base64
import re
from functools import cache
from html import unescape
from importlib.metadata import distribution
from io import BytesIO
from pathlib import Path

from simlib.errors import SimlibError, UserError

FAMILY = "Noto Sans KR"
_CONTROL = {"\n", "\r", "\t", "\N{ZERO WIDTH SPACE}", "\N{SOFT HYPHEN}"}
_ALWAYS = "".join(chr(code) for code in range(0x20, 0x7F))


@cache
def font_path() -> Path:
    """Give the font file that the fonts package brings.

    Raises
    ------
    UserError
        If the package is not installed; without it Korean would vanish from figures.
    """
    try:
        from pylopdf_fonts_ko import sans_path
    except ImportError:
        raise UserError(
            "the Korean font is not installed",
            "pylopdf-fonts-ko",
            "without it Korean text would be missing from the report",
            "run: make setup",
        ) from None
    return Path(sans_path())


def licence_text() -> str:
    """Give the SIL Open Font Licence that goes with every page that embeds the font."""
    for path in distribution("pylopdf-fonts-ko").files or []:
        if path.name == "LICENSE":
            return path.read_text(encoding="utf-8")
    raise SimlibError("the fonts package has lost its licence text")


def visible_characters(html: str) -> set[str]:
    """List the characters that a page can show: its text, titles and labels, unescaped."""
    without_data = re.sub(r"data:[\w/+;.=-]+,[A-Za-z0-9+/=%-]*", "", html)
    without_code = re.sub(r"<(style|script)\b.*?</\1>", "", without_data, flags=re.S)
    return set(unescape(without_code)) - _CONTROL


@cache
def _covered() -> frozenset[int]:
    from fontTools.ttLib import TTFont

    with TTFont(font_path(), lazy=True) as font:
        return frozenset(font.getBestCmap())


def missing_characters(characters: set[str]) -> list[str]:
    """List the characters that the font has no glyph for."""
    return sorted(each for each in characters if ord(each) not in _covered())


def subset_woff2(characters: set[str]) -> bytes:
    """Cut the font down to some characters (and printable ASCII) as WOFF2.

    The result depends on the characters only, so that a second build has the same bytes.

    Raises
    ------
    SimlibError
        If the font has no glyph for a character: the page would show a gap.
    """
    from fontTools.subset import Options, Subsetter
    from fontTools.ttLib import TTFont

    wanted = set(characters) | set(_ALWAYS)
    missing = missing_characters(wanted)
    if missing:
        listed = ", ".join(f"{each!r} (U+{ord(each):04X})" for each in missing[:10])
        raise SimlibError(f"the embedded font has no glyph for {listed}")
    options = Options()
    options.flavor = "woff2"
    options.desubroutinize = True
    options.layout_features = []
    options.name_IDs = [0, 1, 2, 13, 14]
    options.hinting = False
    options.recalc_timestamp = False
    with TTFont(font_path(), recalcTimestamp=False) as font:
        subsetter = Subsetter(options)
        subsetter.populate(text="".join(sorted(wanted)))
        subsetter.subset(font)
        font.flavor = "woff2"
        out = BytesIO()
        font.save(out, reorderTables=True)
    return out.getvalue()


def font_face(characters: set[str]) -> str:
    """Write the CSS rule that embeds the font cut down to some characters."""
    data = base64.b64encode(subset_woff2(characters)).decode()
    source = f"url(data:font/woff2;base64,{data}) format('woff2')"
    return f"@font-face{{font-family:'{FAMILY}';font-display:block;src:{source}}}"

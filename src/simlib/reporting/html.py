"""Pages: what the notebooks display, inside one self-contained page."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from simlib.files import package_data, read_text
from simlib.reporting.fonts import font_face, visible_characters
from simlib.reporting.numbers import Lang
from simlib.reporting.tables import SOURCE_ANCHOR
from simlib.reporting.text import Text

PAGES = ("index", "method", "population", "uptake", "policies", "scorer", "appendix")
"""Pages of every language, in reading order."""


@dataclass(frozen=True)
class Shell:
    """Hold what is the same on every page of a report."""

    site: Mapping[Lang, str]
    run_id: str
    code_version: str
    seed: str
    sunset: int | None
    languages: Sequence[Lang]


@cache
def _environment() -> Any:
    from jinja2 import Environment, StrictUndefined

    return Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=False, keep_trailing_newline=True
    )


@cache
def _template() -> Any:
    source = read_text(package_data("reporting", "templates", "page.html"))
    return _environment().from_string(source)


def notebook_body(notebook: Any) -> str:
    """Convert an executed notebook to the HTML of what its cells display."""
    from nbconvert import HTMLExporter

    exporter = HTMLExporter(
        template_name="simlib",
        extra_template_basedirs=[str(package_data("reporting", "templates"))],
        exclude_input=True,
        exclude_input_prompt=True,
        exclude_output_prompt=True,
    )
    body, _ = exporter.from_notebook_node(notebook)
    return str(body).strip()


def page(
    shell: Shell, text: Text, name: str, body: str, font: str, *, at_root: bool = False
) -> str:
    """Put a body into the page around it.

    Parameters
    ----------
    shell
        What all pages share.
    text
        Language of the page.
    name
        One of :data:`PAGES`.
    body
        HTML of the page below its title.
    font
        CSS rule that embeds the font, or empty for the first pass that collects characters.
    at_root
        Whether the page lies beside the language folders instead of in one.
    """
    from markupsafe import Markup

    def place(lang: str, other: str) -> str:
        if at_root:
            return f"{lang}/{other}.html"
        return f"{other}.html" if lang == text.lang else f"../{lang}/{other}.html"

    css = read_text(package_data("reporting", "templates", "report.css"))
    source = rf'<a href="appendix.html#{SOURCE_ANCHOR}\1">\1</a>'
    body = re.sub(r"<cite>(.*?)</cite>", source, body)
    if at_root:
        body = body.replace('href="../csv/', 'href="csv/')
        body = re.sub(rf'href="({"|".join(PAGES)})\.html', rf'href="{text.lang}/\1.html', body)
    others = [
        {
            "lang": lang,
            "href": place(lang, name),
            "current": lang == text.lang,
            "name": Text(lang)("language.name"),
        }
        for lang in shell.languages
    ]
    return str(
        _template().render(
            lang=text.lang,
            title=text(f"title.{name}", title=shell.site[text.lang]),
            site=shell.site[text.lang],
            alternates=others,
            languages=others,
            pages=[
                {
                    "href": place(text.lang, each),
                    "name": text(f"page.{each}"),
                    "current": each == name,
                }
                for each in PAGES
            ],
            words=_words(shell, text),
            font_face=Markup(font),
            css=Markup(css),
            body=Markup(body),
        )
    )


def _words(shell: Shell, text: Text) -> dict[str, str]:
    sunset = ""
    if shell.sunset is not None:
        sunset = text("banner.sunset", month=text.month(shell.sunset))
    return {
        "main": text("nav.main"),
        "synthetic": text("banner.synthetic"),
        "sunset": sunset,
        "nav": text("nav.label"),
        "switch": text("language.switch"),
        "footer": text("footer.run", run=shell.run_id, code=shell.code_version, seed=shell.seed),
        "font": text("footer.font"),
    }


def shared_font(pages: Sequence[str]) -> str:
    """Embed the font cut down to all characters that the pages show."""
    characters: set[str] = set()
    for each in pages:
        characters |= visible_characters(each)
    return font_face(characters)

"""A figure on a page: headline, subtitle, picture with words for it, source and numbers."""

from html import escape
from typing import TYPE_CHECKING

import polars as pl

from simlib.reporting.blocks import Block, Finding
from simlib.reporting.figures.style import image_source
from simlib.reporting.tables import csv_link
from simlib.reporting.text import Text

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def framed(
    text: Text,
    figure_id: str,
    figure: "Figure",
    *,
    headline: str,
    subtitle: str,
    alt: str,
    note: str,
    numbers: pl.DataFrame,
    findings: tuple[Finding, ...] = (),
) -> Block:
    """Put a figure in its frame.

    Parameters
    ----------
    text
        Language of the link to the numbers.
    figure_id
        Anchor, and name of the CSV file.
    figure
        The drawing.
    headline
        Sentence that states the finding.
    subtitle
        Measure, population, period and unit.
    alt
        What a reader who cannot see the picture needs to know.
    note
        Source, and what the intervals cover.
    numbers
        The drawn numbers with their errors, language-free; the CSV file.
    findings
        Sentences for the summary that rest on this figure.
    """
    html = (
        f'<figure id="{figure_id}" aria-labelledby="{figure_id}-headline">'
        f'<h3 id="{figure_id}-headline">{escape(headline)}</h3>'
        f'<p class="subtitle">{escape(subtitle)}</p>'
        f'<img src="{image_source(figure)}" alt="{escape(alt, quote=True)}">'
        f"<figcaption>{escape(note)} {csv_link(text, figure_id)}</figcaption></figure>"
    )
    return Block(html, {figure_id: numbers}, findings)

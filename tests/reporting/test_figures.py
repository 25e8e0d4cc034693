import polars as pl
import pytest

from simlib.errors import SimlibError
from simlib.reporting import fonts
from simlib.reporting.figures.bars import bar_plot
from simlib.reporting.figures.dots import Dots, dot_plot
from simlib.reporting.figures.framed import framed
from simlib.reporting.figures.lines import Line, line_plot
from simlib.reporting.figures.pairing import pairing_figure
from simlib.reporting.figures.style import svg
from simlib.reporting.figures.trials import trials_figure
from simlib.reporting.text import Text


def picture() -> str:
    dots = Dots("모형", [0.1, None], [0.05, None], [0.2, None], ["10%", ""])
    return svg(dot_plot(["기초연금", "생계급여"], [dots], "비율", str, zero=True))


def test_the_same_numbers_give_the_same_bytes_without_date_or_machine() -> None:
    first = picture()
    assert first == picture()
    assert "matplotlib" not in first.lower() and "<dc:date" not in first
    assert "<text" not in first, "letters are outlines, so that Korean reads everywhere"


def test_lines_and_bars_draw() -> None:
    assert len(svg(line_plot([0, 1, 2], [Line("정책", [0.0, 0.5, 1.0])], str, str, "월"))) < 100_000
    assert len(svg(bar_plot(["가", "나"], [0.2, 0.8], ["20%", "80%"], "비율", str))) < 100_000


def test_shares_end_at_one_and_intervals_of_two_series_do_not_cover_each_other() -> None:
    series = [Dots(name, [0.5], [0.2], [0.99], ["50%"]) for name in "ab"]
    [axes] = dot_plot(["row"], series, "axis", str).axes
    assert max(axes.get_xticks()) <= 1
    heights = [line.get_ydata()[0] for line in axes.lines if line.get_linewidth() == 2]
    assert len(set(heights)) == 2


def test_a_fifth_series_is_refused() -> None:
    many = [Dots(str(number), [1.0]) for number in range(5)]
    with pytest.raises(ValueError, match="at most 4"):
        dot_plot(["row"], many, "axis", str)
    with pytest.raises(ValueError, match="at most 4"):
        line_plot([0, 1], [Line(str(n), [0.0, 1.0]) for n in range(5)], str, str, "axis")


def test_a_frame_has_headline_words_for_the_picture_and_its_numbers() -> None:
    figure = bar_plot(["a"], [1.0], ["1"], "x", str)
    block = framed(
        Text("en"), "some-figure", figure, headline="H & co", subtitle="S", alt='Say "a" 1',
        note="N", numbers=pl.DataFrame({"value": [1.0]}),
    )  # fmt: skip
    assert 'alt="Say &quot;a&quot; 1"' in block.html
    assert "H &amp; co" in block.html and "../csv/some-figure.csv" in block.html
    assert block.tables["some-figure"]["value"].to_list() == [1.0]


def test_a_character_outside_the_font_fails() -> None:
    with pytest.raises(SimlibError, match="no glyph"):
        fonts.subset_woff2({"가", "\N{RUNIC LETTER FEHU FEOH FE F}"})


def test_the_embedded_font_holds_hangul_and_is_the_same_each_time() -> None:
    from io import BytesIO

    from fontTools.ttLib import TTFont

    data = fonts.subset_woff2(set("한글 보고서 −"))
    assert data == fonts.subset_woff2(set("한글 보고서 −"))
    with TTFont(BytesIO(data)) as font:
        assert {ord(each) for each in "한글보고서−"} <= set(font.getBestCmap())
    assert "SIL OPEN FONT LICENSE" in fonts.licence_text()


def test_trials_stand_on_the_scale_of_their_bands_and_say_when_they_lie_outside() -> None:
    band = {"id": "E01", "arm": "letter", "outcome": "enrolled", "published": 0.05, "low": 0.04,
            "high": 0.06, "simulated": 0.055, "simulated_low": 0.05, "simulated_high": 0.058,
            "inside": True}  # fmt: skip
    far = band | {"id": "E02", "simulated": 0.5, "inside": False}
    figure = trials_figure([band, far, band | {"simulated": None}])
    [axes] = figure.axes
    assert [each.get_text() for each in axes.get_yticklabels()] == [
        "E01: letter, enrolled",
        "E02: letter, enrolled",
    ]
    labels = [each.get_text() for each in axes.texts]
    assert labels == ["0.055", "0.500 (outside)"]
    assert len(svg(figure)) < 100_000


def test_intervals_with_independent_seeds_are_wider_by_the_root_of_the_variance_ratio():
    row = {"name": "letters", "difference": 0.02, "low": 0.01, "high": 0.03, "variance_ratio": 9.0}
    alone = row | {"name": "alone", "low": None, "high": None, "variance_ratio": None}
    [axes] = pairing_figure([row, alone]).axes
    spans = [line.get_xdata() for line in axes.lines if len(line.get_xdata()) == 2]
    widths = sorted(float(last - first) for first, last in spans)
    widths = [each for each in widths if each not in (0, 1)]  # lines of zero and of the grid
    assert widths == pytest.approx([2.0, 6.0])

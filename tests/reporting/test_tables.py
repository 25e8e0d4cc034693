import polars as pl

from simlib.reporting.tables import Column, suppress, table
from simlib.reporting.text import Text


def made(lang: str = "en") -> str:
    frame = pl.DataFrame(
        {
            "name": ["many", "few", "same"],
            "n": [50.0, 9.0, 50.0],
            "value": [0.1234, 0.5, 0.0],
            "low": [0.11, 0.4, None],
            "high": [0.13, 0.6, None],
            "mc_error": [0.005, 0.02, None],
            "identical": [False, False, True],
        }
    )
    frame = suppress(frame, "n", ["value", "low", "high", "mc_error"])
    columns = [
        Column("name", "Group"),
        Column("value", "Change", "pp", interval=True, signed=True),
    ]
    return table(Text(lang), "t", frame, columns, "What it shows").html  # type: ignore[arg-type]


def test_a_table_has_caption_scope_and_numbers_with_intervals() -> None:
    html = made()
    assert "<caption>What it shows</caption>" in html
    assert html.count('scope="col"') == 2 and html.count('scope="row"') == 3
    assert "+12.3 pp" in html and "[+11.0 pp, +13.0 pp]" in html


def test_cells_under_ten_households_are_hidden_also_from_the_source() -> None:
    html = made()
    assert "under 10 households" in html
    assert "50" not in html


def test_sources_lead_to_the_list_of_sources() -> None:
    frame = pl.DataFrame({"name": ["a"], "source": ["HFS2025;DERIVED"]})
    columns = [Column("name", "Name"), Column("source", "Source", cites=True)]
    html = table(Text("en"), "t", frame, columns, "C").html
    assert "<cite>HFS2025</cite>, <cite>DERIVED</cite>" in html, "pages make links of these"
    own = table(Text("en"), "t", frame, columns, "C", anchors="source-").html
    assert '<tr id="source-a">' in own


def test_identical_worlds_say_so() -> None:
    assert "no difference" in made() and "차이 없음" in made("ko")

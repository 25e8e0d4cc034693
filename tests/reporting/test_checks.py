from collections.abc import Callable
from dataclasses import replace

import pytest

from simlib.reporting import checks
from simlib.reporting.outline import Files

PAGE = """<!DOCTYPE html><html lang="{lang}"><head><title>t</title>
<link rel="alternate" hreflang="ko" href="../ko/index.html"><style>a{{b:c}}</style></head><body>
<div class="banner">synthetic</div><h1>T</h1><h2 id="x">S</h2><h3>F</h3>
<img src="data:image/svg+xml;base64,AA" alt="words"><a href="#x">x</a>
<a href="../csv/t.csv">csv</a>
<table><caption>c</caption><tr><th scope="col">h</th></tr><tr>
<td data-value="1">{number}</td></tr>
</table></body></html>"""
INTERVAL = {"policy": "a", "value": "1", "low": "0.5", "high": "1.5"}
FINDING = {"finding": "f", "csv": "t", "numbers": "1 0.5", "step": "0.1"}
ITEMS = ("run", "code", "seed", "scenario_hash", "results_hash")
PARAMETER = {
    "path": "a.b", "value": "1", "unit": "share", "source": "S", "evidence": "law",
    "origin": "default",
}  # fmt: skip


def good() -> Files:
    html = {
        "ko/index.html": PAGE.format(lang="ko", number="1.2억 원"),
        "en/index.html": PAGE.format(lang="en", number="KRW 120 million"),
    }
    tables = {
        "t": [INTERVAL],
        "findings": [FINDING],
        "uptake-funnel": [{"policy": "a", "value": "0.4"}, {"policy": "a", "value": "0.6"}],
        "appendix-provenance": [{"item": item, "value": "v"} for item in ITEMS],
        "appendix-parameters": [PARAMETER],
    }
    return Files(html, tables)


def page(old: str, new: str) -> Callable[[Files], Files]:
    def change(files: Files) -> Files:
        html = dict(files.html)
        assert old in html["en/index.html"]
        html["en/index.html"] = html["en/index.html"].replace(old, new)
        return replace(files, html=html)

    return change


def rows(name: str, *new: dict[str, str]) -> Callable[[Files], Files]:
    return lambda files: replace(files, tables={**files.tables, name: list(new)})


BROKEN: list[tuple[str, Callable[[Files], Files]]] = [
    ("clean_text", page("<h2", "<p>nan</p><h2")),
    ("clean_text", page("<h2", "<p>{value}</p><h2")),
    ("clean_text", page('alt="words"', 'alt="None"')),
    ("no_outside_address", page("<h2", '<img src="https://example.org/x.png" alt="x"><h2')),
    ("no_outside_address", page("a{b:c}", "@import url(//example.org/x.css);")),
    ("no_outside_address", page("<h2", "<script>1</script><h2")),
    ("page_size", page("<h2", "<p>" + "x" * 1_500_000 + "</p><h2")),
    ("structure", page("<h3>F</h3>", "<h4>F</h4>")),
    ("structure", page("<h1>T</h1>", "")),
    ("structure", page('alt="words"', 'alt=""')),
    ("structure", page("<caption>c</caption>", "")),
    ("structure", page(' scope="col"', "")),
    ("structure", page('<h2 id="x">', '<p id="x"></p><h2 id="x">')),
    ("language", page('lang="en"', 'lang="ko"')),
    ("links", page("#x", "#y")),
    ("links", page("csv/t.csv", "csv/u.csv")),
    ("equal_languages", page("120 million", "121 million")),
    ("summary_numbers", rows("findings", {**FINDING, "numbers": "1.2"})),
    ("summary_numbers", rows("findings")),
    ("intervals", rows("t", {**INTERVAL, "low": "1.2"}, INTERVAL)),
    ("intervals", rows("t", {**INTERVAL, "low": "1", "high": "1"}, INTERVAL)),
    ("parts_add_up", rows("uptake-funnel", {"policy": "a", "value": "0.9"})),
    ("no_machine", page("<h2", "<p>/home/somebody/runs</p><h2")),
    ("provenance", rows("appendix-provenance", {"item": "run", "value": "v"})),
    ("glyphs", page("<h2", "<p>\N{RUNIC LETTER FEHU FEOH FE F}</p><h2")),
    ("banner", page('class="banner"', "")),
    ("assumptions_log", rows("appendix-parameters", {**PARAMETER, "source": ""})),
]


def test_a_good_report_passes_all_checks() -> None:
    assert checks.run_checks(good()) == {}


@pytest.mark.parametrize(("name", "breaks"), BROKEN)
def test_each_fault_is_found(name: str, breaks: Callable[[Files], Files]) -> None:
    assert name in checks.run_checks(breaks(good()))


def test_every_check_is_tried_and_has_words() -> None:
    from simlib.reporting.text import catalogue

    assert {name for name, _ in BROKEN} == set(checks.CHECKS)
    assert all(f"check.{name}" in catalogue() for name in checks.CHECKS)

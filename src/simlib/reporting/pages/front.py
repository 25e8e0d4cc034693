"""The first page: the question, the caveats, at most five findings, and the scenario."""

from collections.abc import Sequence
from html import escape

from simlib.months import parse_month
from simlib.reporting.blocks import Block, Finding, definition_list, heading, join, paragraph
from simlib.reporting.context import Report
from simlib.reporting.pages.words import layer_names

MAX_FINDINGS = 5
CAVEATS = ("mechanisms", "effects", "scorer", "fairness")
"""The sentences that stand on the first page of every report."""


def page(report: Report, findings: Sequence[Finding], checks_n: int, code: str) -> Block:
    """Make the first page from the findings that the notebooks stated.

    Parameters
    ----------
    report
        The open report.
    findings
        All findings; the first five by rank are shown.
    checks_n
        Number of checks that the report has to pass; a report that fails one is not kept.
    code
        Version of the code.
    """
    text = report.text
    return join(
        [
            heading(text("index.question"), "question"),
            paragraph(text("index.question.text"), "lead"),
            _caveats(report),
            heading(text("index.findings"), "findings"),
            _findings(report, findings),
            paragraph(_note(report), "note"),
            heading(text("index.scenario"), "scenario"),
            definition_list(facts(report, code)),
            paragraph(text("index.checks", passed=report.number(checks_n, "count"))),
        ]
    )


def _note(report: Report) -> str:
    """Say what the words beside the findings speak of, and what their intervals hold."""
    text = report.text
    said = text("index.findings.note")
    if report.run.elsewhere is None or report.run.replicates == 1:
        return said
    worlds = report.number(sum(report.run.drawn.values()), "count")
    more = text("index.findings.note.layers", layers=layer_names(report), worlds=worlds)
    return f"{said} {more}"


def _caveats(report: Report) -> Block:
    text = report.text
    items = "".join(f"<li>{escape(text(f'caveat.{each}'))}</li>" for each in CAVEATS)
    title = escape(text("index.caveats"))
    return Block(
        f'<section class="caveats"><h2 id="caveats">{title}</h2><ul>{items}</ul></section>'
    )


def _findings(report: Report, findings: Sequence[Finding]) -> Block:
    text = report.text
    items = []
    for each in sorted(findings, key=lambda finding: finding.rank)[:MAX_FINDINGS]:
        sure = ""
        if each.confidence != "level":
            word = text("index.confidence", word=text(f"confidence.{each.confidence}"))
            sure = f' <span class="confidence">{escape(word)}</span>'
        link = f'<a href="{each.anchor}">{escape(text("index.where"))}</a>'
        items.append(f"<li>{escape(each.sentence)}{sure} {link}</li>")
    return Block(f'<ol class="findings">{"".join(items)}</ol>')


def facts(report: Report, code: str) -> list[tuple[str, str]]:
    """List the scenario's facts: what was simulated, with which code and seed."""
    text, run = report.text, report.run
    period = text("fact.period.value", **report.whole, months=report.number(run.months, "count"))
    rows = [
        ("households", str(report.households)),
        ("period", period),
        ("replicates", str(report.number(run.replicates, "count"))),
        ("policies", text.join([report.policy(each) for each in run.policies])),
        ("seed", str(run.scenario["seed"])),
        ("run", run.run_id),
        ("code", code),
    ]
    sunset = (run.scenario.get("report") or {}).get("sunset")
    if sunset:
        rows.append(("sunset", text.month(parse_month(str(sunset)))))
    return [(text(f"fact.{key}"), words) for key, words in rows]

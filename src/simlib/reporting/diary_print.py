"""Print twin diaries in a terminal."""

from collections.abc import Sequence

from rich.table import Table

from simlib.experiments.tables import console
from simlib.experiments.twins import Twin
from simlib.reporting.context import Report
from simlib.reporting.diary_words import Line, lines, marks, opening, totals

WIDE = 150


def print_twins(report: Report, twins: Sequence[Twin]) -> None:
    """Print both diaries of each household side by side, month by month."""
    text, shown = report.text, console(WIDE)
    for twin in twins:
        policies = {
            "baseline": report.policy(twin.baseline),
            "policy": report.policy(twin.policy),
        }
        title = text(
            "diary.title", household=twin.household_id, replicate=twin.replicate, **policies
        )
        shown.print(title, style="bold")
        shown.print(opening(report, twin))
        shown.print(". ".join(marks(report, twin)) + ".")
        shown.print(_table(report, lines(report, twin), *policies.values()))
        shown.print(totals(report, twin))
    shown.print(text("diary.quiet"))


def _table(report: Report, found: Sequence[Line], baseline: str, policy: str) -> Table:
    text = report.text
    table = Table("", text("column.month"), show_lines=True)
    table.add_column(text("column.both_worlds"), overflow="fold")
    for name in (baseline, policy):
        table.add_column(text("column.only_without", policy=name), overflow="fold")
    for name in (baseline, policy):
        table.add_column(text("column.paid", policy=name), justify="right", no_wrap=True)
    for line in found:
        table.add_row(
            line.mark,
            text.month(line.month),
            *("\n".join(each) for each in (line.both, line.without, line.with_policy)),
            *(
                str(text.number(paid, "krw"))
                for paid in (line.paid_without_krw, line.paid_with_krw)
            ),
        )
    return table

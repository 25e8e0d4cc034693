"""Print twin diaries in a terminal."""

from collections.abc import Iterator, Sequence

from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from simlib.experiments.twins import Twin
from simlib.reporting.context import Report
from simlib.reporting.diary_words import Line, lines, marks, opening, total, totals
from simlib.terminal import console

BESIDE = 120
"""Width from which on the two worlds stand beside each other."""


def print_twins(report: Report, twins: Sequence[Twin]) -> None:
    """Print both diaries of each household month by month, side by side where there is room.

    Of a household whose twin lives under the same policy there is one diary to print.
    """
    text, shown = report.text, console()
    for twin in twins:
        parts = _alone(report, twin) if twin.is_alone else _together(report, twin, shown.width)
        for part in parts:
            shown.print(part)
        shown.print()
    shown.print(text("diary.quiet" if twins else "diary.nobody"))
    if not all(twin.is_alone for twin in twins):
        shown.print(text("diary.marks"))


def _together(report: Report, twin: Twin, width: int) -> Iterator[str | Text | Table | Padding]:
    text = report.text
    baseline, policy = report.policy(twin.baseline), report.policy(twin.policy)
    names = {"baseline": baseline, "policy": policy}
    title = text("diary.title", household=twin.household_id, replicate=twin.replicate, **names)
    yield Text(title, style="bold")
    yield opening(report, twin)
    yield ". ".join(marks(report, twin)) + "."
    if width >= BESIDE:
        yield _table(report, lines(report, twin), baseline, policy)
    else:
        yield from _listed(report, lines(report, twin), baseline, policy)
    yield from totals(report, twin)


def _listed(
    report: Report, found: Sequence[Line], baseline: str, policy: str
) -> Iterator[Text | Padding]:
    text = report.text
    for line in found:
        yield Text(f"{text.month(line.month)} {line.mark}".rstrip(), style="bold")
        worlds = (
            (text("column.both_worlds"), line.both),
            (text("column.only_without", policy=baseline), line.without),
            (text("column.only_without", policy=policy), line.with_policy),
        )
        for world, what in worlds:
            if what:
                yield Padding(Text(f"{world}: {'; '.join(what)}"), (0, 0, 0, 2))
        paid = ((baseline, line.paid_without_krw), (policy, line.paid_with_krw))
        sums = [f"{text('column.paid', policy=p)} {text.number(n, 'krw')}" for p, n in paid]
        yield Padding(Text("; ".join(sums)), (0, 0, 0, 2))


def _alone(report: Report, twin: Twin) -> Iterator[str | Text | Table]:
    text, policy = report.text, report.policy(twin.policy)
    title = text(
        "diary.title_alone",
        household=twin.household_id,
        replicate=twin.replicate,
        policy=policy,
    )
    yield Text(title, style="bold")
    yield opening(report, twin)
    table = Table(text("column.month"), show_lines=True)
    table.add_column(text("column.what_happens"), overflow="fold")
    table.add_column(text("column.paid", policy=policy), justify="right", no_wrap=True)
    for line in lines(report, twin):
        paid = str(text.number(line.paid_with_krw, "krw"))
        table.add_row(text.month(line.month), "\n".join(line.both), paid)
    yield table
    yield text("diary.total_alone", paid=total(report, twin.with_policy))


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

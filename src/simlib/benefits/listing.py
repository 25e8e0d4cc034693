"""``simlib programmes``: the catalogue as a list, and one programme in full."""

from simlib.benefits.catalogue import Catalogue, load_catalogue
from simlib.benefits.exclusions import compared_receipts
from simlib.benefits.programme import Programme
from simlib.benefits.words import channel_name, check_language, ministry_name, say
from simlib.months import format_month
from simlib.parameters import ALWAYS, Parameters, load_parameters


def list_programmes(lang: str = "en") -> str:
    """Give the catalogue as text: one line a programme, by id."""
    check_language(lang)
    parameters = load_parameters()
    rows = [
        (each.id, each.name[lang], each.category, each.unit, each.file.evidence)
        for each in load_catalogue(parameters).programmes
    ]
    widths = [max(_width(row[i]) for row in rows) for i in range(4)]
    lines = [
        "  ".join(_padded(row[i], widths[i]) for i in range(4)) + "  " + row[4] for row in rows
    ]
    return "\n".join(lines)


def _width(text: str) -> int:
    return sum(2 if ord(letter) > 0x1100 else 1 for letter in text)


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _width(text))


def show_programme(programme: str, lang: str = "en") -> str:
    """Give one programme as text: rule, amount, parameters with sources, how to apply.

    Raises
    ------
    UserError
        If there is no such programme, with the nearest name.
    """
    check_language(lang)
    parameters = load_parameters()
    catalogue = load_catalogue(parameters)
    return "\n".join(_lines(catalogue[programme], catalogue, parameters, lang))


def _lines(
    programme: Programme, catalogue: Catalogue, parameters: Parameters, lang: str
) -> list[str]:
    file = programme.file
    papers = file.papers
    listed = (papers.ko if lang == "ko" else papers.en) if papers else []
    lines = [
        f"{programme.name[lang]} ({programme.id})",
        f"  {ministry_name(file.ministry, lang)} · {file.category} · {file.unit} · "
        f"{file.evidence} ({file.source})",
        f"  entitled: {file.entitled}",
    ]
    if programme.follows:
        names = ", ".join(catalogue[other].name[lang] for other in programme.follows)
        lines.append(f"  or: {say('following', lang, names=names)}, {file.while_following}")
    lines.append(f"  amount a month: {file.amount_krw_m}")
    days = file.processing_days
    lines += [
        f"  {say('where', lang)}: " + ", ".join(channel_name(c, lang) for c in file.channels),
        f"  {say('papers', lang)}: {programme.documents} "
        f"({', '.join(listed) or say('none', lang)})",
        f"  {say('days', lang)}: {days.typical:g} to {days.limit:g}; "
        f"renewal every {programme.renewal_months} months (0: automatic); "
        f"granted by: {programme.granted}",
    ]
    if programme.take_up:
        each = programme.take_up
        lines.append(f"  take-up: {each.value:.1%} ({each.year}, {each.source}, {each.evidence})")
    for exclusion in programme.excludes:
        lines.append(
            f"  excludes: {exclusion.programme} ({exclusion.yields} yields, {exclusion.when})"
        )
    for row in compared_receipts(programme.id):
        lines.append(f"  receipts compared: {row.note[lang]} ({row.source}, {row.evidence})")
    lines += _parameter_lines(programme, parameters)
    if file.note:
        lines.append(f"  note: {file.note}")
    return lines


def _parameter_lines(programme: Programme, parameters: Parameters) -> list[str]:
    lines = []
    for name in programme.file.parameters:
        parameter = parameters.parameter(f"programmes.{programme.id}.{name}")
        for since, value in parameter.values:
            start = "always " if since == ALWAYS else f"{format_month(since)}"
            text = f"  {name} [{parameter.unit}] {start}: {value.value} "
            lines.append(f"{text}({value.source}, {value.evidence})")
    return lines

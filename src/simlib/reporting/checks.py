"""What a report must pass before it carries the report's name."""

import math
import re
from collections.abc import Callable
from html import unescape

from simlib.reporting.fonts import missing_characters, visible_characters
from simlib.reporting.numbers import read_numbers
from simlib.reporting.outline import Files, outline

MAX_PAGE_BYTES = 1_500_000
_WORDS = re.compile(r"\b(nan|NaN|None|inf|NaT|null|undefined|Traceback)\b")
_BRACES = re.compile(r"\{\w*[|#}]|\{\{|\}\}|\{%")
_OUTSIDE = re.compile(r"(?:https?:)?//[\w.-]+\.\w+")
_MACHINE = re.compile(r"(?<![\w.])/(?:home|root|tmp|work|usr|var|opt|Users)/|[A-Z]:\\\\")
_ABSENT = {"", "nan"}


def clean_text(files: Files) -> list[str]:
    """Refuse nan, None, inf, tracebacks and unfilled slots in anything a reader sees."""
    problems = []
    for name, html in files.html.items():
        page = outline(html)
        text = " ".join([*page.shown, *(alt or "" for alt in page.images)])
        found = _WORDS.search(text) or _BRACES.search(text)
        if found:
            start = max(0, found.start() - 30)
            problems.append(f"{name}: '{text[start : found.end() + 30].strip()}'")
    return problems


def no_outside_address(files: Files) -> list[str]:
    """Refuse links, scripts, styles and images from outside the report."""
    problems = []
    for name, html in files.html.items():
        attributes = re.findall(r"\b(?:src|href|srcset|action)=\"([^\"]*)\"", html)
        styles = re.findall(r"url\(([^)]*)\)|@import\s+([^;]*)", html)
        places = attributes + [one or two for one, two in styles]
        bad = [each for each in places if not each.startswith("data:") and _OUTSIDE.search(each)]
        if bad or "<script" in html:
            problems.append(f"{name}: {bad[:1] or 'a script'}")
    return problems


def page_size(files: Files) -> list[str]:
    """Refuse pages above 1.5 MB."""
    sizes = {name: len(html.encode()) for name, html in files.html.items()}
    return [f"{name}: {size} bytes" for name, size in sizes.items() if size >= MAX_PAGE_BYTES]


def structure(files: Files) -> list[str]:
    """Ask for one h1, no skipped level, unique anchors, alt texts, captions and scopes."""
    problems = []
    for name, html in files.html.items():
        page = outline(html)
        if page.levels.count(1) != 1:
            problems.append(f"{name}: {page.levels.count(1)} h1")
        steps = zip(page.levels, page.levels[1:], strict=False)
        if any(after > before + 1 for before, after in steps):
            problems.append(f"{name}: a heading level is skipped")
        if len(set(page.ids)) != len(page.ids):
            problems.append(f"{name}: an anchor is used twice")
        if any(not alt for alt in page.images):
            problems.append(f"{name}: a figure without words for it")
        if page.captions != page.tables or page.scopes != page.headers:
            problems.append(f"{name}: a table without caption or scope")
    return problems


def language(files: Files) -> list[str]:
    """Ask for the right lang, and links to the other language."""
    problems = []
    for name, html in files.html.items():
        wanted = name.split("/")[0] if "/" in name else None
        if (wanted and outline(html).lang != wanted) or "hreflang=" not in html:
            problems.append(name)
    return problems


def links(files: Files) -> list[str]:
    """Ask that every link inside the report has its page and its anchor."""
    anchors = {name: set(outline(html).ids) for name, html in files.html.items()}
    problems = []
    for name, html in files.html.items():
        for href in re.findall(r'<a [^>]*href="([^"]+)"', html):
            target, _, anchor = unescape(href).partition("#")
            place = _resolved(name, target) if target else name
            if place.endswith(".csv"):
                known = place.removeprefix("csv/").removesuffix(".csv") in files.tables
            else:
                known = place in anchors and (not anchor or anchor in anchors[place])
            if not known:
                problems.append(f"{name}: {href}")
    return problems


def _resolved(page: str, target: str) -> str:
    parts = page.split("/")[:-1]
    for part in target.split("/"):
        if part == "..":
            parts.pop()
        else:
            parts.append(part)
    return "/".join(parts)


def equal_languages(files: Files) -> list[str]:
    """Ask that the numbers in the tables of all languages are equal once units are undone."""
    by_page: dict[str, dict[str, list[list[float]]]] = {}
    for name, html in files.html.items():
        lang, _, page = name.rpartition("/")
        if lang:
            cells = [read_numbers(cell) for cell in outline(html).cells]
            by_page.setdefault(page, {})[lang] = cells
    problems = []
    for page, versions in by_page.items():
        first, *others = versions.values()
        for other in others:
            same = len(first) == len(other) and all(
                len(a) == len(b) and all(map(_close, a, b))
                for a, b in zip(first, other, strict=True)
            )
            if not same:
                problems.append(page)
    return problems


def _close(a: float, b: float) -> bool:
    return math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12)


def summary_numbers(files: Files) -> list[str]:
    """Ask that every number of the summary stands in an exported table."""
    rows = files.tables.get("findings", [])
    problems = [] if rows else ["csv/findings.csv is missing or empty"]
    for row in rows:
        exported = _all_numbers(files.tables.get(row["csv"], []))
        for shown in row["numbers"].split():
            number = float(shown)
            near = 0.5 * float(row["step"]) * (1 + 1e-6)
            # A share that is missed is one minus the exported share that is received, and a
            # saving is a negative cost.
            if not any(
                min(abs(number - same) for same in (each, -each, 1 - each)) <= near
                for each in exported
            ):
                problems.append(f"{row['finding']}: {shown} is not in csv/{row['csv']}.csv")
    return problems


def _all_numbers(rows: list[dict[str, str]]) -> list[float]:
    numbers = []
    for row in rows:
        for cell in row.values():
            try:
                numbers.append(float(cell))
            except ValueError:
                continue
    return numbers


def intervals(files: Files) -> list[str]:
    """Ask that intervals are in order, hold their value, and have a width."""
    problems = []
    for name, rows in files.tables.items():
        for row in rows:
            low, value, high = row.get("low", ""), row.get("value", ""), row.get("high", "")
            if _ABSENT & {low, value, high}:
                continue
            if not float(low) <= float(value) <= float(high) or float(low) == float(high):
                problems.append(f"csv/{name}.csv: [{low}, {high}] around {value}")
                break
    return problems


def parts_add_up(files: Files) -> list[str]:
    """Ask that shares of a whole add to 100 %."""
    problems = []
    for name in ("uptake-funnel", "reach-stages"):
        sums: dict[str, float] = {}
        for row in files.tables.get(name, []):
            sums[row["policy"]] = sums.get(row["policy"], 0.0) + float(row["value"])
        problems += [
            f"csv/{name}.csv: {policy} adds to {total}"
            for policy, total in sums.items()
            if not math.isclose(total, 1.0, abs_tol=1e-6)
        ]
    return problems


def no_machine(files: Files) -> list[str]:
    """Refuse paths of the machine in pages, tables and manifest."""
    problems = [
        name
        for name, html in files.html.items()
        if _MACHINE.search(re.sub(r"data:[^\"')]*", "", html))
    ]
    for name, rows in files.tables.items():
        if any(_MACHINE.search(cell or "") for row in rows for cell in row.values()):
            problems.append(f"csv/{name}.csv")
    return problems


def provenance(files: Files) -> list[str]:
    """Ask for run, code version, seed and command on the page that tells them."""
    rows = {row["item"] for row in files.tables.get("appendix-provenance", [])}
    return sorted({"run", "code", "seed", "scenario_hash", "results_hash"} - rows)


def glyphs(files: Files) -> list[str]:
    """Ask that the embedded font has a glyph for every character shown."""
    problems = []
    for name, html in files.html.items():
        missing = missing_characters(visible_characters(html))
        if missing:
            problems.append(f"{name}: {missing[:5]}")
    return problems


def banner(files: Files) -> list[str]:
    """Ask for the banner about synthetic data on every page."""
    return [name for name, html in files.html.items() if 'class="banner"' not in html]


def assumptions_log(files: Files) -> list[str]:
    """Ask that no parameter lacks its value, unit, source or evidence."""
    needed = ("path", "value", "unit", "source", "evidence", "origin")
    return [
        row.get("path", "?")
        for row in files.tables.get("appendix-parameters", [])
        if any(not row.get(key) for key in needed)
    ][:5]


CHECKS: dict[str, Callable[[Files], list[str]]] = {
    "clean_text": clean_text,
    "no_outside_address": no_outside_address,
    "page_size": page_size,
    "structure": structure,
    "language": language,
    "links": links,
    "equal_languages": equal_languages,
    "summary_numbers": summary_numbers,
    "intervals": intervals,
    "parts_add_up": parts_add_up,
    "no_machine": no_machine,
    "provenance": provenance,
    "glyphs": glyphs,
    "banner": banner,
    "assumptions_log": assumptions_log,
}
"""Name of each check -> function that lists the problems it finds."""


def run_checks(files: Files) -> dict[str, list[str]]:
    """Run all checks and give the problems of those that failed."""
    found = {name: check(files) for name, check in CHECKS.items()}
    return {name: problems for name, problems in found.items() if problems}

"""Pages of runs that are unusual but allowed."""

import html
import math
import re
from pathlib import Path

import nbformat
import polars as pl
import pytest

from simlib.files import read_json, write_json, write_parquet
from simlib.parameters import load_parameters
from simlib.reporting.blocks import Block
from simlib.reporting.checks import clean_text, intervals, no_machine
from simlib.reporting.context import open_report, was_published
from simlib.reporting.notebooks import NOTEBOOKS, notebooks_folder
from simlib.reporting.numbers import LANGUAGES, Lang
from simlib.reporting.outline import Files
from simlib.reporting.pages import appendix, policies, population, scorer, scorer_groups
from simlib.reporting.text import catalogue

from .made_run import POLICIES, write_run


def shown(run: Path, lang: Lang) -> list[Block]:
    """Call what the cells of all notebooks call, in this process."""
    blocks = []
    for page, (file, schema) in NOTEBOOKS.items():
        notebook = nbformat.read(notebooks_folder() / file, as_version=4)
        names = schema(run=str(run), lang=lang).model_dump()
        for cell in notebook.cells[2:]:
            if "import" in cell.source:
                exec(cell.source, names)
            else:
                blocks.append(eval(cell.source, names))
        assert blocks, page
    return blocks


RUNS = {
    "baseline only": {"policies": ("none",)},
    "one replicate": {"replicates": 1},
    "policies that do nothing": {"acts_as": dict.fromkeys(POLICIES, "none")},
    "other worlds": {"uncertainty": {"parameters": 3, "populations": 2}},
    "one replicate, other worlds": {
        "replicates": 1,
        "uncertainty": {"parameters": 3, "populations": 2},
    },
    "few other worlds": {"uncertainty": {"parameters": 1, "populations": 1}},
    "policies that do nothing anywhere": {
        "acts_as": dict.fromkeys(POLICIES, "none"),
        "uncertainty": {"parameters": 3, "populations": 2},
    },
}


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", RUNS)
def test_pages_of_an_unusual_run_say_so_in_words(name: str, lang: Lang, tmp_path: Path) -> None:
    run = write_run(tmp_path, **RUNS[name])  # type: ignore[arg-type]
    blocks = shown(run, lang)
    tables = {key: table.to_dicts() for block in blocks for key, table in block.tables.items()}
    text = {
        key: [{k: "" if v is None else str(v) for k, v in row.items()} for row in rows]
        for key, rows in tables.items()
    }
    files = Files({"page.html": "".join(block.html for block in blocks)}, text)
    assert clean_text(files) == [] and intervals(files) == []
    if name == "one replicate":
        page = files.html["page.html"]
        assert not re.search("95% t-interval|95% t 구간", page)
        assert re.search("there are no intervals|구간이 없습니다", page)
    if name == "policies that do nothing":
        page = files.html["page.html"]
        assert re.search("no difference|차이 없음", page)
        findings = [each for block in blocks for each in block.findings]
        assert {each.confidence for each in findings if each.finding_id == "take_up"} == {
            "identical"
        }


def test_with_too_few_replicates_nothing_is_claimed(tmp_path: Path) -> None:
    run = write_run(tmp_path, replicates=2)
    blocks = shown(run, "en")
    findings = {each.finding_id: each for block in blocks for each in block.findings}
    assert findings["take_up"].confidence == "few"
    assert findings["take_up"].sentence.startswith("With only 2 replicates, it cannot be told")
    page = "".join(block.html for block in blocks)
    assert "raises take-up most" not in page and page.count("With only 2 replicates") >= 3


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_policy_that_cannot_be_compared_is_named_with_the_reason(
    lang: Lang, tmp_path: Path
) -> None:
    """A replicate of one policy failed, a file of another was changed."""
    run = write_run(tmp_path)
    about = read_json(run / "manifest.json")
    del about["files"]["results/membership-r2.parquet"]
    write_json(run / "manifest.json", about)
    changed = run / "results" / "ai_calls-r1.parquet"
    write_parquet(pl.read_parquet(changed).head(-1), changed)
    report = open_report(run, lang)
    assert report.run.compared == {} and set(report.run.refused) == {"membership", "ai_calls"}
    page = policies.intro(report).html
    for name, why in (
        ("membership", "do not have the same replicates: [2] in one only"),
        ("ai_calls", "results/ai_calls-r1.parquet: this file is not what the run wrote"),
    ):
        said = page.split(f"{report.policy(name)}.")[1].split("</p>")[0]
        assert why in html.unescape(said) and "What to do: run the scenario again" in said
    assert str(tmp_path) not in page and no_machine(Files({"ko/policies.html": page}, {})) == []
    assert open_report(write_run(tmp_path / "whole"), lang).run.refused == {}


def test_fewer_crises_than_in_the_baseline_are_averted(made_run: Path) -> None:
    report = open_report(made_run, "en")
    frame = policies.crises(report).tables["policies-crises"]
    begun = policies.overview_table(report).tables["policies-table-crisis-new-n"]
    assert frame["value"].to_list() == pytest.approx([-each for each in begun["value"]])
    assert frame["value"][0] > 0


def test_tables_of_many_policies_show_intervals(made_run: Path) -> None:
    page = "".join(block.html for block in shown(made_run, "en"))
    for name in ("policies-programmes", "uptake-errors"):
        table = page.split(f'id="{name}"')[1].split("</table>")[0]
        assert 'class="interval"' in table, name


def test_a_population_that_lacks_a_group_is_shown_without_its_figures(tmp_path: Path) -> None:
    run = write_run(tmp_path, ("none",), 1)
    path = run / "population" / "fit.csv"
    fit = pl.read_csv(path, infer_schema_length=None)
    empty = pl.col("control").is_in(["money", "tenure"])
    zero = pl.when(pl.col("control") == "money").then(math.nan).otherwise(0.0)
    fit.with_columns(
        pl.when(empty).then(zero).otherwise(pl.col(each)).alias(each)
        for each in ("target", "result", "error")
    ).write_csv(path)
    report = open_report(run, "en")
    assert "tenure" not in population.control_errors(report)["control"]
    assert population.money_table(report).tables == {}


def test_every_setting_of_an_instrument_has_a_name_and_a_unit_in_both_languages() -> None:
    words, parameters = catalogue(), load_parameters()
    settings = [path.split(".", 2) for path in parameters if path.startswith("outreach.")]
    named = [each for each in settings if f"instrument.{each[1]}" in words]
    assert len(named) > 90
    for start, instrument, setting in named:
        unit = parameters.parameter(f"{start}.{instrument}.{setting}").unit
        assert {f"setting.{instrument}.{setting}", f"setting.{setting}"} & set(words), setting
        assert f"unit_of.{unit}" in words, f"{instrument}.{setting}: {unit}"


def test_a_report_says_what_it_is_in_a_notebook(made_run: Path) -> None:
    report = open_report(made_run)
    assert report.run.run_id in report._repr_html_()


def test_a_scorer_too_good_to_be_believed_asks_for_an_explanation(tmp_path: Path) -> None:
    run = write_run(tmp_path)
    plain = scorer.intro(open_report(run, "en")).html
    write_json(run / "scorer" / "surprising.json", {"surprising": ["logistic"]})
    warned = scorer.intro(open_report(run, "en")).html
    assert "explanation" not in plain
    assert "Logistic 0.56 is above 0.85" in warned


@pytest.mark.parametrize("gap", [-0.2, 0.0, 0.2])
def test_groups_are_named_only_where_the_difference_is_beyond_chance(
    gap: float, tmp_path: Path
) -> None:
    run = write_run(tmp_path)
    path = run / "scorer" / "evaluation.parquet"
    low = (pl.col("metric") == "recall_gap") & (pl.col("group") == "digital_skill=low")
    ends = {name: pl.lit(gap + add) for name, add in
            (("value", 0.0), ("sample_low", -0.1), ("sample_high", 0.1))}  # fmt: skip
    others = (pl.col("metric") == "recall_gap") & ~low
    frame = pl.read_parquet(path).filter(~others)
    write_parquet(
        frame.with_columns(
            pl.when(low).then(end).otherwise(name).alias(name) for name, end in ends.items()
        ),
        path,
    )
    html = scorer_groups.by_group(open_report(run, "en")).html
    said = {-0.2: "less often than those", 0.0: "it cannot be told", 0.2: "more often than those"}
    assert [each for each, words in said.items() if words in html] == [gap]


def test_a_scorer_from_a_file_is_called_like_it_and_says_what_it_learned(tmp_path: Path) -> None:
    run = write_run(tmp_path)
    folder = run / "scorer"
    every = pl.read_parquet(folder / "evaluation.parquet")
    mine = every.filter(pl.col("scorer") == "logistic").with_columns(scorer=pl.lit("note"))
    write_parquet(pl.concat([every, mine]), folder / "evaluation.parquet")
    about = {"label": "untreated", "trained_until": 2024 * 12 + 5}
    write_json(folder / "model.json", about)
    text = (run / "scenario.yaml").read_text(encoding="utf-8")
    kept = [line for line in text.splitlines() if not line.startswith("scorer:")]
    lines = [*kept, "scorer: {file: mine/note.skops}"]
    (run / "scenario.yaml").write_text("\n".join(lines), encoding="utf-8")
    report = open_report(run, "en")
    said = scorer.intro(report).html
    assert "file “note”" in said and "as known until 2024-06" in said
    assert "No agency can have the labels" in said
    assert "note (file)" in scorer.at_capacity(report).html
    assert "note (file)" in scorer.lead_share(report).html
    assert "note (file)" in scorer_groups.by_group(report).html


def test_people_without_a_model_stand_beside_scorers(made_run: Path) -> None:
    report = open_report(made_run, "en")
    precise, lead = scorer.at_capacity(report).html, scorer.lead_share(report).html
    assert "Share on basic livelihood in the municipality" in precise
    assert "with an AUC of 0.71" in precise
    assert "More caseworkers" in lead and "its list 2 times as long" in lead


@pytest.mark.parametrize(
    ("evidence", "source", "published"),
    [
        ("official-statistic", "BP2023", True),
        ("expert", "HFS2025", True),  # published, and known from a copy only
        ("expert", "BLOG;RECALL", False),
        ("expert", "RECALL", False),
        ("assumption", "BP2023", False),
        (None, None, False),
    ],
)
def test_a_figure_known_from_a_copy_was_published_and_a_remembered_one_was_not(
    evidence: str | None, source: str | None, published: bool
) -> None:
    assert was_published(evidence, source) is published


def test_notes_in_english_stand_in_the_english_list_of_parameters_only(tmp_path: Path) -> None:
    run = write_run(tmp_path)
    blocks = [appendix.parameters(open_report(run, lang)) for lang in ("ko", "en")]
    assert ["at bound of first fit" in each.html for each in blocks] == [False, True]
    assert all("note" in each.tables["appendix-parameters"].columns for each in blocks)


def test_a_judgement_whose_accuracy_is_assumed_is_never_the_finding(tmp_path: Path) -> None:
    run = write_run(tmp_path)
    path = run / "scorer" / "evaluation.parquet"
    best = (pl.col("scorer") == "caseworkers") & (pl.col("metric") == "precision")
    write_parquet(
        pl.read_parquet(path).with_columns(
            value=pl.when(best).then(0.5).otherwise(pl.col("value"))
        ),
        path,
    )
    page = scorer.at_capacity(open_report(run, "en")).html
    headline = page.split("<h3")[1].split("</h3>")[0]
    assert "Gradient boosting" in headline and "judgement" not in headline

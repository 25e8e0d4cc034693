"""The catalogue: what it holds, what it refuses, how reforms change it."""

import csv
from pathlib import Path

import pytest
import yaml

from simlib.benefits.catalogue import Catalogue, load_catalogue, register_programmes
from simlib.benefits.entitlement import entitle
from simlib.benefits.fact_names import known_facts
from simlib.errors import UserError
from simlib.files import package_data
from simlib.months import parse_month
from simlib.parameters import Parameters, load_parameters
from simlib.population.frames.schema import Households, Persons
from simlib.provenance import EVIDENCE_GRADES, sources

from .conftest import case_of

DEMANDED = """
livelihood_benefit medical_aid housing_benefit education_benefit basic_pension
disability_pension disability_allowance electricity_discount gas_discount
telecom_discount_poor telecom_discount_bp energy_voucher child_allowance parental_benefit
home_care_allowance first_encounter_voucher single_parent_child_support eitc ctc
emergency_livelihood national_employment_support_1 youth_rent_support
childcare_home_service culture_card agri_food_voucher winter_heating_local birth_grant_local
"""

REFORM = {
    "id": "older_bonus",
    "name": {"ko": "가칭 어르신 수당", "en": "Bonus for older people"},
    "ministry": "test",
    "unit": "person",
    "entitled": "age >= age_min",
    "amount_krw_m": "bonus",
    "parameters": {
        "age_min": {"unit": "years", "value": 80, "source": "HEDGE", "evidence": "assumption"},
        "bonus": {"unit": "KRW/month", "value": 5000, "source": "HEDGE", "evidence": "assumption"},
    },
    "source": "HEDGE",
    "evidence": "assumption",
    "documents": 1,
    "processing_days": {"typical": 7, "limit": 14},
    "channels": ["office"],
    "renewal_months": 0,
}
BY_AGE = {"unit": "KRW", "by": "age", "value": {80: 1}, "source": "HEDGE", "evidence": "assumption"}
OLD = {"municipality": "청양군", "persons": [{"age": 82, "sex": "female"}]}


def load(folder: Path, **changes: object) -> Catalogue:
    path = folder / "reform.yaml"
    path.write_text(yaml.safe_dump(REFORM | changes, allow_unicode=True, sort_keys=False))
    return load_catalogue(load_parameters(), extra=[path])


def test_an_attribute_may_be_cited_apart_from_the_rest(tmp_path: Path):
    path, parameters = tmp_path / "reform.yaml", load_parameters()
    cited = {"processing_days": {"source": "NOTICE_BP", "evidence": "law"}}
    path.write_text(yaml.safe_dump(REFORM | {"citations": cited}, allow_unicode=True))
    load_catalogue(parameters, extra=[path])

    def citation(name: str) -> tuple[str, str]:
        value = parameters.parameter(f"programmes.older_bonus.{name}").values[0][1]
        return value.source, value.evidence

    assert citation("processing_days_limit") == ("NOTICE_BP", "law")
    assert citation("processing_days_typical") == ("NOTICE_BP", "law")
    assert citation("documents") == citation("visibility") == ("HEDGE", "assumption")


def test_it_holds_the_programmes_in_order_of_id(catalogue: Catalogue):
    assert set(DEMANDED.split()) <= set(catalogue.ids)
    assert list(catalogue.ids) == sorted(catalogue.ids)
    assert catalogue.index("basic_pension") == catalogue.ids.index("basic_pension")


def test_an_unknown_programme_is_refused_with_the_nearest(catalogue: Catalogue):
    with pytest.raises(UserError, match="did you mean 'basic_pension'"):
        catalogue.index("basic_pensoin")


def test_every_source_of_a_programme_is_known(catalogue: Catalogue):
    for programme in catalogue.programmes:
        take_up = programme.file.take_up
        caseload = programme.file.caseload
        named = [*programme.sources, *(x.source for x in (take_up, caseload) if x)]
        assert [each for each in named if each not in sources()] == [], programme.id


def test_every_counted_member_is_a_fact_with_a_source():
    with package_data("kr", "member_counts.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            assert row["fact"] in known_facts()
            assert row["source"] in sources()
            assert row["evidence"] in EVIDENCE_GRADES


def test_every_parameter_of_a_programme_is_used_by_its_rules(catalogue: Catalogue):
    borrowed = {
        (each.parameter_prefix, name)
        for each in catalogue.definitions.values()
        for name in each.expression.names
    }
    for programme in catalogue.programmes:
        rules = (programme.entitled, programme.while_following, programme.amount_krw_m)
        used = {name for rule in rules for name in rule.names}
        unused = set(programme.file.parameters) - used
        unused -= {name for prefix, name in borrowed if prefix == f"programmes.{programme.id}"}
        assert unused == set(), programme.id


@pytest.mark.parametrize("year", [2024, 2025, 2026])
def test_every_rule_has_values_in_every_month_of_a_year(
    catalogue: Catalogue, parameters: Parameters, year: int
):
    for month in (1, 12):
        made = case_of(OLD, f"{year}-{month:02d}", parameters)
        result = entitle(catalogue, made.households, made.persons, made.month, parameters)
        assert result.right.shape == (1, len(catalogue.ids))


def test_what_follows_is_evaluated_after_what_it_follows(catalogue: Catalogue):
    step = {name: i for i, level in enumerate(catalogue.levels) for name in level}
    for programme in catalogue.programmes:
        assert all(step[other] < step[programme.id] for other in programme.follows)
    assert step["basic_pension"] < step["recognized_income_krw_m"] < step["livelihood_benefit"]


def test_facts_have_the_categories_of_the_population():
    for schema, level in ((Households, "household"), (Persons, "person")):
        types = schema.create_empty().schema
        for name, fact in known_facts().items():
            if fact.level == level and fact.kind == "given" and name in types:
                kind = types[name]
                if hasattr(fact.dtype, "categories"):
                    assert list(kind.categories) == list(fact.dtype.categories), name


def test_a_reform_of_a_few_lines_adds_a_programme(tmp_path: Path):
    catalogue = load(tmp_path)
    parameters = catalogue_parameters(tmp_path)
    made = case_of(OLD, "2025-03", parameters)
    reformed = load_catalogue(parameters, extra=[tmp_path / "reform.yaml"])
    result = entitle(reformed, made.households, made.persons, made.month, parameters)
    assert result.amount_krw_m[0, catalogue.index("older_bonus")] == 5000


def catalogue_parameters(folder: Path) -> Parameters:
    made = load_parameters()
    register_programmes(made, extra=[folder / "reform.yaml"])
    return made


def test_an_override_by_path_changes_the_rule_and_its_attributes():
    parameters = load_parameters()
    register_programmes(parameters)
    changed = parameters.override(
        {
            "programmes.basic_pension.maximum": 400000,
            "programmes.basic_pension.documents": 1,
            "programmes.basic_pension.threshold_single_krw_m@2025-06": 1000000,
        },
        "scenario.yaml:7",
    )
    reformed = load_catalogue(changed)
    assert reformed["basic_pension"].documents == 1
    person = {"municipality": "청양군", "persons": [{"age": 70, "sex": "male"}]}
    rich = {"municipality": "청양군", "other_income_krw_m": 1500000, "persons": person["persons"]}
    column = reformed.index("basic_pension")
    for household, month, expected in (
        (person, "2025-05", 400000),
        (rich, "2025-05", 400000),
        (rich, "2025-06", 0),
    ):
        made = case_of(household, month, changed)
        result = entitle(reformed, made.households, made.persons, parse_month(month), changed)
        assert result.amount_krw_m[0, column] == expected
    log = changed.read_log()
    row = log.filter(path="programmes.basic_pension.maximum").row(0, named=True)
    assert (row["origin"], row["value"]) == ("scenario.yaml:7", "400000")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"entitled": "agee >= age_min"}, "names 'agee'.*did you mean 'age'"),
        ({"entitled": "age >= age_max"}, "names 'age_max'"),
        ({"unit": "household"}, "names 'age'"),
        ({"follows": ["basic_pensoin"]}, "did you mean 'basic_pension'"),
        ({"entitled": "entitled_older_bonus"}, "circle"),
        ({"amount_krw_m": "(SELECT 1)"}, "not allowed|not an SQL"),
        ({"documents": 2, "papers": {"ko": ["x"], "en": ["x"]}}, "counts 2 documents and lists 1"),
        ({"chanels": ["office"]}, "did you mean 'channels'"),
        ({"visibility": 2}, "visibility"),
        ({"excludes": [{"programme": "nothing", "yields": "this"}]}, "unknown programme 'nothing'"),
        (
            {"excludes": [{"programme": "eitc", "yields": "this", "when": "received"}]},
            "which is no fact",
        ),
        ({"id": "Older Bonus"}, "id"),
        ({"channels": ["office", "on-line"]}, "did you mean 'online'"),
        ({"triggers": ["turns_66"]}, "did you mean 'turns_65'"),
        (
            {"unit": "household", "entitled": "size > 1", "amount_krw_m": "age_min"}
            | {"parameters": {"age_min": BY_AGE}},
            "of households, goes by 'age' of persons",
        ),
        ({"source": "BLOGG"}, "unknown source 'BLOGG'.*did you mean 'BLOG'"),
        ({"source": "BLOG", "evidence": "law"}, "'older_bonus' is graded 'law'"),
        (
            {"citations": {"documents": {"source": "BLOG", "evidence": "law"}}},
            "'older_bonus': citations: documents is graded 'law'",
        ),
        (
            {"citations": {"document": {"source": "BLOG", "evidence": "expert"}}},
            "unknown key 'citations.document'.*did you mean 'documents'",
        ),
        (
            {
                "take_up": {
                    "value": 0.5,
                    "year": 2025,
                    "source": "RECALL",
                    "evidence": "official-statistic",
                }
            },
            "'older_bonus': take_up is graded",
        ),
    ],
)
def test_a_wrong_programme_is_refused_with_file_and_line(
    tmp_path: Path, changes: dict[str, object], message: str
):
    with pytest.raises(UserError, match=message) as caught:
        load(tmp_path, **changes)
    assert "reform.yaml" in caught.value.where


@pytest.mark.parametrize(
    ("name", "entry", "message"),
    [
        ("bonus", {"unit": "KRW/month", "value": 1, "evidence": "law"}, "has no source"),
        ("bonus", {"unit": "x", "value": 1, "source": "NOBODY", "evidence": "law"}, "NOBODY"),
        ("bonus", {"unit": "x", "value": 1, "source": "BLOG", "evidence": "law"}, "second-hand"),
        (
            "age",
            {"unit": "x", "value": 1, "source": "BLOG", "evidence": "expert"},
            "name of a fact",
        ),
        (
            "bonus",
            {"unit": "x", "by": "sise", "value": {1: 2}, "source": "BLOG", "evidence": "expert"},
            "did you mean 'size'",
        ),
    ],
)
def test_a_wrong_parameter_is_refused(
    tmp_path: Path, name: str, entry: dict[str, object], message: str
):
    with pytest.raises(UserError, match=message):
        load(tmp_path, parameters={**REFORM["parameters"], name: entry})


def test_text_compared_with_a_number_is_refused_by_name(tmp_path: Path):
    with pytest.raises(UserError, match=r"reform\.yaml:7: 'tenure' is text, and a number"):
        load(tmp_path, entitled="tenure > 3")

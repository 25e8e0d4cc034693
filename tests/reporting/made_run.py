"""Write a made-up run folder that follows the results contract exactly."""

import math
import shutil
import zlib
from pathlib import Path

import polars as pl

from simlib.files import write_csv, write_json, write_parquet, write_text
from simlib.outreach.policy import load_policy
from simlib.parameters import load_parameters
from simlib.provenance import code_version, file_hash
from simlib.risk.evaluation import SCHEMA
from simlib.side_effects import COLUMNS

SAMPLE = Path(__file__).parents[2] / "data" / "synthetic" / "kr-2025-5k"
POLICIES = ("none", "membership", "ai_calls")
START = 2024 * 12
MONTHS = 14
REPLICATES = 3
HOUSEHOLDS = 4_000
PROGRAMMES = ("basic_pension", "livelihood_benefit", "energy_voucher", "culture_card")
STRATA = {
    "all": ("all",),
    "age_group": ("under_40", "40_64", "65_74", "75_plus"),
    "household_type": ("one_person", "couple", "non_kin"),
    "region_class": ("seoul", "gyeonggi", "metropolitan", "other"),
    "digital_skill": ("low", "middle", "high"),
}
TINY = ("household_type", "non_kin")
INSTRUMENT = {"membership": "membership", "ai_calls": "detection"}
ADDED = {
    "heat_grant": {
        "id": "heat_grant",
        "name": {"ko": "난방비 시범", "en": "Heat grant"},
        "unit": "household",
        "entitled": "older_n >= 1 AND income_krw_m <= 1000000",
        "amount_krw_m": "50000",
        "source": "HEDGE",
    }
}
CHANGES = [
    {
        "path": "programmes.basic_pension.maximum",
        "since": "2025-01",
        "unit": "KRW/month",
        "before": 342510,
        "after": 400000,
    }
]
SCENARIO = """title: {ko: 시험 시나리오, en: A scenario for tests}
population: {households: 4000, year: 2025, seed: 1}
start: 2024-01
months: 14
replicates: 3
seed: 7
policies: [none, membership, ai_calls]
report:
  languages: [ko, en]
  strata: [age_group, household_type, region_class, digital_skill]
  sunset: 2027-12
"""


def noise(*key: object) -> float:
    """Give a number in (-1, 1) that depends on the key only."""
    return zlib.crc32(repr(key).encode()) / 2**31 - 1


def write_run(
    folder: Path,
    policies: tuple[str, ...] = POLICIES,
    replicates: int = REPLICATES,
    *,
    acts_as: dict[str, str] | None = None,
    uncertainty: dict[str, int] | None = None,
) -> Path:
    """Write the whole run folder and give its path.

    ``acts_as`` names policies that do exactly what another one does.
    """
    drawn = uncertainty or {"parameters": 0, "populations": 1}
    worlds_n = drawn["parameters"] + drawn["populations"] - 1
    folder = folder / "made-0123456789ab"
    for policy in policies:
        acting = (acts_as or {}).get(policy, policy)
        for replicate in range(replicates):
            name = f"{policy}-r{replicate}.parquet"
            made = results(acting, replicate).with_columns(policy=pl.lit(policy))
            write_parquet(made, folder / "results" / name)
            write_parquet(households(acting, replicate), folder / "households" / name)
        for world in range(1, worlds_n + 1):
            made = results(acting, 10 * world).with_columns(
                policy=pl.lit(policy), world=pl.lit(world, pl.Int32), replicate=pl.lit(0, pl.Int32)
            )
            write_parquet(made, folder / "results" / f"{policy}-w{world}-r0.parquet")
    named = SCENARIO.replace(", ".join(POLICIES), ", ".join(policies))
    write_text(folder / "scenario.yaml", named)
    shutil.copytree(SAMPLE, folder / "population")
    write_csv(caseloads(), folder / "caseloads.csv")
    write_parquet(take_up(), folder / "take_up.parquet")
    write_parquet(evaluation(), folder / "scorer" / "evaluation.parquet")
    write_json(folder / "scorer" / "model.json", {"label": "recorded_public"})
    write_json(folder / "scorer" / "surprising.json", {"surprising": []})
    write_parquet(failures(), folder / "failures.parquet")
    write_parquet(parameters_read(), folder / "parameters_read.parquet")
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    files = {path.relative_to(folder).as_posix(): file_hash(path) for path in paths}
    about = {
        "run": folder.name,
        "policies": list(policies),
        "policy_files": {
            name: load_policy(name, load_parameters()).as_written() for name in policies
        },
        "replicates": replicates,
        "uncertainty": drawn,
        "seed": 7,
        "start": "2024-01",
        "months": MONTHS,
        "population": "p" * 12,
        "key": {"catalogue": "c" * 12},
        "code_version": code_version(),
        "failures_n": 0,
        "programmes": list(PROGRAMMES),
        "programme_files": ADDED,
        "changes": CHANGES,
        "results_hash": "r" * 12,
    }
    write_json(folder / "manifest.json", {**about, "files": files})
    return folder


def caseloads() -> pl.DataFrame:
    """Make a table of caseloads: one near, one off with a reason, one recalled, one of a few."""
    published = (6_500_000.0, 1_000_000.0, 800_000.0, 50_000.0)
    expected = (6_400_000.0, 2_500_000.0, 900_000.0, 30_000.0)
    ratios = [e / p if e and p else None for e, p in zip(expected, published, strict=True)]
    return pl.DataFrame(
        {
            "programme": PROGRAMMES,
            "month": ("2023-07", "2023-07", "2024-01", "2024-01"),
            "unit": ("persons", "persons", "households", "persons"),
            "entitled_n": (6_700_000.0, 3_800_000.0, 1_000_000.0, 40_000.0),
            "take_up": (0.957, 0.65, 0.9, None),
            "take_up_evidence": ("official-statistic", "assumption", "expert", None),
            "expected_n": expected,
            "published_n": published,
            "counted": ("persons", "persons", "households", "persons"),
            "year": (2023, 2023, 2024, 2024),
            "evidence": (*["official-statistic"] * 2, "expert", "official-statistic"),
            "source": ("BP2023", "BP2023;DERIVED", "RECALL", "BP2023"),
            "ratio": ratios,
            "reason_ko": ("", "시험용 까닭", "", ""),
            "reason_en": ("", "a reason for tests", "", ""),
        }
    )


def take_up() -> pl.DataFrame:
    """Make a table of rates: one lower for new rights, one at chance, one small, one unknown."""
    return pl.DataFrame(
        {
            "programme": PROGRAMMES,
            "target_share": (0.957, 0.65, 0.9, None),
            "target_year": (2023, 2023, 2021, None),
            "source": ("BP2023", "HEDGE", "EV2021", None),
            "evidence": ("official-statistic", "assumption", "official-statistic", None),
            "offset_logit": (2.0, -1.0, 4.0, 0.0),
            "at_limit": (False, False, False, False),
            "anchored": (True, True, True, False),
            "seeded_share": (0.951, 0.648, 0.89, None),
            "lived_share": (0.95, 0.66, 0.87, 0.4),
            "first_share": (0.94, 0.655, 0.86, 0.41),
            "last_share": (0.89, 0.645, 0.5, 0.42),
            "entitled_first_n": (200.0, 600.0, 4.0, 1400.0),
            "entitled_last_n": (210.0, 610.0, 4.0, 1390.0),
            "new_rights_share": (0.08, 0.2, 0.5, 0.1),
            "last_error": (0.01, 0.01, 0.2, 0.01),
            "reason": ("new_rights", "chance", "limit", "no_rate"),
        }
    )


def results(policy: str, replicate: int) -> pl.DataFrame:
    """Make the monthly results of one task."""
    rows: list[tuple[int, str, str, str, str, float]] = []
    for month in range(START, START + MONTHS):
        for stratum, groups in STRATA.items():
            for group in groups:
                rows += _households_rows(policy, replicate, month, stratum, group)
        for item in PROGRAMMES:
            entitled = HOUSEHOLDS * (0.05 + 0.1 * PROGRAMMES.index(item))
            rows += _cells(policy, replicate, month, ("all", "all"), item, entitled)
        rows += _offices(policy, replicate, month)
    schema = ["month", "stratum", "group", "item", "measure", "value"]
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    return frame.select(
        policy=pl.lit(policy),
        world=pl.lit(0, pl.Int32),
        replicate=pl.lit(replicate, pl.Int32),
        month=pl.col("month").cast(pl.Int32),
        stratum="stratum",
        group="group",
        item="item",
        measure="measure",
        value=pl.col("value").cast(pl.Float64),
    )


def _effect(policy: str, month: int) -> float:
    full = {"none": 0.0, "membership": 0.12, "ai_calls": 0.05}[policy]
    return full * (1 - math.exp(-(month - START + 1) / 5))


def _households_rows(
    policy: str, replicate: int, month: int, stratum: str, group: str
) -> list[tuple[int, str, str, str, str, float]]:
    size = 5.0 if (stratum, group) == TINY else round(HOUSEHOLDS / len(STRATA[stratum]))
    place = (month, stratum, group)
    luck = noise("luck", replicate, month, stratum, group)
    mine = noise("mine", policy, replicate, month, stratum, group) if policy != "none" else 0.0
    low = 0.15 * noise("group", stratum, group)
    entitled = 0.6 * size
    missed = entitled * max(0.02, 0.3 + low + 0.01 * luck - _effect(policy, month) + 0.002 * mine)
    crisis = size * (0.02 + 0.002 * luck)
    rows = [
        (*place, "all", "households_n", size),
        (*place, "all", "entitled_households_n", entitled),
        (*place, "all", "missed_households_n", missed),
        (*place, "all", "crisis_n", crisis),
        (
            *place,
            "all",
            "crisis_new_n",
            crisis * (0.3 - 0.2 * _effect(policy, month) + 0.01 * mine),
        ),
        (*place, "all", "hardship_n", 2 * crisis),
        (*place, "all", "documents_n", size * (0.01 - 0.02 * _effect(policy, month))),
        (*place, "all", "travel_n", size * 0.01),
    ]
    rows += _cells(policy, replicate, month, (stratum, group), "all", 2.2 * size)
    item = INSTRUMENT.get(policy)
    if item:
        steps = {"selected_n": 0.02, "attempted_n": 0.019, "reached_n": 0.012, "accepted_n": 0.006}
        steps |= {"helped_n": 0.005, "notices_n": 0.02, "read_n": 0.01, "opted_out_n": 0.0005}
        steps |= {"selected_in_need_n": 0.004}
        if item == "detection" and stratum == "all":
            steps |= {"followed_n": 0.02, "supported_any_n": 0.01, "supported_public_n": 0.003}
            steps |= {"judged_n": 0.02, "judged_crisis_n": 0.004, "judged_by_lot_n": 0.001}
        rows += [
            (*place, item, name, size * share * (1 + 0.05 * luck)) for name, share in steps.items()
        ]
    return rows


def _cells(
    policy: str, replicate: int, month: int, place: tuple[str, str], item: str, entitled: float
) -> list[tuple[int, str, str, str, str, float]]:
    luck = noise("cells", replicate, month, *place, item)
    mine = noise("cell", policy, replicate, month, *place, item) if policy != "none" else 0.0
    receiving = (
        0.55 + 0.2 * noise("item", item) + _effect(policy, month) + 0.01 * luck + 0.003 * mine
    )
    shares = {"receiving_n": receiving, "pending_n": 0.02, "applying_n": 0.01, "aware_n": 0.08}
    shares |= {"suspended_n": 0.005, "lapsed_n": 0.01, "denied_n": 0.004}
    shares["unaware_n"] = 1 - sum(shares.values())
    rows = [(month, *place, item, name, entitled * share) for name, share in shares.items()]
    flows = {"applied_n": 0.02, "awarded_n": 0.015, "refused_n": 0.002, "lapsed_new_n": 0.003}
    flows |= {
        "ended_n": 0.004,
        "decisions_n": 0.017,
        "wait_days_sum": 0.4 + 0.01 * luck + 0.001 * mine,
        "late_decisions_n": 0.001,
        "first_payments_n": 0.015,
        "first_payment_days_sum": 0.6 + 0.01 * luck,
        "type_1a_n": 0.1 + 0.01 * luck,
        "type_1b_n": 0.004,
        "wrong_n": 0.002,
        "appeals_filed_n": 0.005,
        "appeals_won_n": 0.002,
    }
    rows += [(month, *place, item, name, entitled * share) for name, share in flows.items()]
    rows.append((month, *place, item, "entitled_n", entitled))
    rows.append((month, *place, item, "paid_krw", entitled * receiving * 150_000.0))
    rows.append((month, *place, item, "unclaimed_krw", entitled * (1 - receiving) * 150_000.0))
    return rows


def _offices(
    policy: str, replicate: int, month: int
) -> list[tuple[int, str, str, str, str, float]]:
    work = {"none": 0.0, "membership": 40.0, "ai_calls": 300.0}[policy]
    luck = noise("office", replicate, month)
    place = (month, "all", "all", "all")
    hours = work * (1 + 0.03 * luck)
    return [
        (*place, "hours_available", 2_000.0),
        (*place, "hours_outreach", hours),
        (*place, "hours_decisions", 700.0 + 20 * luck + work / 10),
        (*place, "queue_n", 50.0 + 5 * luck + work / 50),
        (*place, "delivery_krw", 15_000_000.0 + 30_000.0 * hours),
    ]


def households(policy: str, replicate: int) -> pl.DataFrame:
    """Make the summary by household of one task."""
    n = 300
    base = [int(5 + 5 * noise("household", replicate, each)) for each in range(n)]
    more = [
        each + (policy != "none" and number % 4 == replicate % 2)
        for number, each in enumerate(base)
    ]
    return pl.DataFrame(
        {
            "household_id": pl.Series(range(n), dtype=pl.UInt32),
            "entitled_cell_months": pl.Series([14] * n, dtype=pl.UInt16),
            "received_cell_months": pl.Series(more, dtype=pl.UInt16),
            "paid_krw": [each * 150_000.0 for each in more],
            "unclaimed_krw": [(14 - each) * 150_000.0 for each in more],
            "crisis_months": pl.Series([0] * n, dtype=pl.UInt8),
            "crisis_new_n": pl.Series([0] * n, dtype=pl.UInt16),
            "contacts_n": pl.Series([0] * n, dtype=pl.UInt16),
            "first_touched_month": pl.Series([0] * n, dtype=pl.Int32),
            **{name: pl.Series([0] * n, dtype=pl.UInt16) for name in COLUMNS},
            "opted_out": [False] * n,
        }
    )


def failures() -> pl.DataFrame:
    """Make the table of failed tasks: none failed."""
    names = ("policy", "stage", "kind", "message", "traceback")
    return pl.DataFrame(schema=dict.fromkeys(names, pl.String))


def parameters_read() -> pl.DataFrame:
    """Make the log of parameters, worst evidence first."""
    rows = [
        "uptake.awareness.base_logit||-1.6|logit|MECH|assumption|default|at bound of first fit",
        "risk.labels.delay_months||4|months|HEDGE|assumption|default|",
        "risk.labels.horizon_months||6|months|HEDGE|assumption|default|",
        "risk.baselines.caseworker_auc||0.71|area|CLINICAL2024|assumption|default|",
        "risk.baselines.more_staff_ratio||2|ratio|HEDGE|assumption|default|",
        "risk.evaluation.surprising_auc||0.85|area|HEDGE|assumption|default|",
        "offices.hours_per_month||130|hours/month|RECALL|expert|made.yaml:9|",
        "programmes.basic_pension.maximum|2024-01|334810|KRW/month|BP_KDI|official-statistic|default|",
    ]
    names = ["path", "since", "value", "unit", "source", "evidence", "origin", "note"]
    return pl.DataFrame([row.split("|") for row in rows], schema=names, orient="row")


def evaluation() -> pl.DataFrame:
    """Make an evaluation of scorers on all layers."""
    rows: list[tuple[str | float | None, ...]] = []
    quality = {"nobody": 0.0, "random": 0.05, "first_come": 0.06, "postcode": 0.07}
    quality |= {"caseworkers": 0.11, "rule_of_thumb": 0.12, "more_staff": 0.13}
    quality |= {"four_variable_logistic": 0.14, "logistic": 0.17}
    quality |= {"hist_gradient_boosting": 0.2, "oracle": 0.6}
    layers = {"recorded_any": 2.0, "recorded_public": 1.0, "recorded_livelihood": 0.3}
    layers |= {"untreated": 1.2, "truth": 1.0}
    for scorer, precision in quality.items():
        for layer, factor in layers.items():
            value = min(0.95, precision * factor)
            listed = (scorer, layer, "all")
            bounds = 0.95 * value, min(1.0, 1.05 * value)
            sample = 0.8 * value, min(1.0, 1.2 * value + 0.01)
            rows.append((*listed, "precision", value, *bounds, *sample))
            rows.append((*listed, "recall", 0.9 * value, 0.85 * value, 0.95 * value, *sample))
            rows.append((*listed, "found_n", 400 * value, *NOTHING))
            rows.append((*listed, "lift", 20 * value, *NOTHING))
            rows.append((*listed, "auc", 0.5 + value / 3, *NOTHING))
            simple, best = (min(0.95, each * factor) for each in (0.12, 0.6))
            lead = (value - simple) / (best - simple)
            ends = None, None, lead - 0.05, lead + 0.05
            rows.append((*listed, "share_of_oracle_lead", lead, *ends))
            rows.append((*listed, "recall_over_rule", lead, *ends))
            for group in ("low", "middle", "high"):
                shift = 0.2 * noise(scorer, group)
                recall, gap = 0.5 * value * (1 + shift), 0.5 * value * shift
                place = (scorer, layer, f"digital_skill={group}")
                rows.append((*place, "recall", recall, None, None, 0.9 * recall, 1.1 * recall))
                rows.append((*place, "recall_gap", gap, None, None, gap - 0.001, gap + 0.001))
            rows.append((scorer, layer, "household_type=non_kin", "recall", None, *NOTHING))
            rows.append((scorer, layer, "round=2024-09", "recall", value, *NOTHING))
            if scorer == "hist_gradient_boosting":
                for number in range(1, 6):
                    predicted, seen = 0.02 * number, 0.021 * number + 0.002
                    name = f"{number:02d}"
                    rows.append((*listed, f"calibration_predicted_{name}", predicted, *NOTHING))
                    ends = None, None, seen - 0.005, seen + 0.005
                    rows.append((*listed, f"calibration_observed_{name}", seen, *ends))
    return pl.DataFrame(rows, schema=SCHEMA, orient="row", infer_schema_length=None)


NOTHING = (None, None, None, None)

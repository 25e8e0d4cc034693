import polars as pl
import pytest

from simlib.benefits.places import all_municipalities
from simlib.benefits.services.catalogue import COLUMNS, Services
from simlib.benefits.services.templates import template_services, templates
from simlib.errors import UserError
from simlib.parameters import load_parameters


@pytest.fixture(scope="module")
def services() -> Services:
    return template_services(load_parameters(), 1)


def test_there_are_305_national_and_about_6000_local_services(services):
    counts = dict(services.frame.group_by("level").len().iter_rows())
    assert counts["national"] == 305
    assert 5_700 <= counts["region"] + counts["municipality"] <= 6_300
    assert services.frame["service_id"].n_unique() == len(services)
    assert services.frame.schema == pl.Schema(COLUMNS)


def test_every_place_has_services_of_its_own(services):
    local = services.frame.filter(pl.col("level") == "municipality")
    assert set(local["municipality"]) == {int(row["code"]) for row in all_municipalities()}
    regional = services.frame.filter(pl.col("level") == "region")
    assert regional["region"].n_unique() == 17


def test_the_share_without_codes_is_the_declared_one(services):
    uncoded = services.frame["to_check"].str.contains("no_codes").mean()
    assert 0.075 < uncoded < 0.105  # 0.09 of some 6,200: four standard errors


def test_a_seed_gives_the_same_services_and_another_seed_others(services):
    again = template_services(load_parameters(), 1)
    assert again.frame.equals(services.frame)
    other = template_services(load_parameters(), 2)
    assert not other.frame.equals(services.frame)


def test_no_share_of_uncoded_services_leaves_only_undecided_codes():
    parameters = load_parameters().override({"services.uncoded_share": 0.0}, "test")
    made = template_services(parameters, 1)
    assert not made.frame["to_check"].str.contains("no_codes").any()


def test_every_template_is_used_and_amounts_stay_in_their_range(services):
    for template in templates():
        kind, low, high = (
            template.row[key] for key in ("template", "amount_low_krw", "amount_high_krw")
        )
        own = services.frame.filter(
            pl.col("service_id").str.starts_with(f"T-{kind}-"),
            pl.col("level") == template.level,
        )
        assert own.height > 0 or template.level == "region", kind
        months = 1 if template.row["paid"] == "month" else 12
        assert (own["amount_krw_m"] >= int(low) / months - 500).all(), kind
        assert (own["amount_krw_m"] <= int(high) / months + 500).all(), kind
        assert (own["evidence"] == "assumption").all()


def test_saved_services_are_read_again_and_damage_is_told(services, tmp_path):
    services.save(tmp_path)
    assert Services.load(tmp_path).frame.equals(services.frame)
    changed = services.frame.with_columns(age_min=pl.lit(0, pl.UInt8))
    changed.write_parquet(tmp_path / "services.parquet")
    with pytest.raises(UserError, match=r"differ from those in manifest"):
        Services.load(tmp_path)
    changed.drop("age_min").write_parquet(tmp_path / "services.parquet")
    with pytest.raises(UserError, match="'age_min' is missing"):
        Services.load(tmp_path)
    changed.cast({"age_min": pl.Int64}).write_parquet(tmp_path / "services.parquet")
    with pytest.raises(UserError, match="'age_min' is Int64"):
        Services.load(tmp_path)
    with pytest.raises(UserError, match="no services in this folder"):
        Services.load(tmp_path / "none")

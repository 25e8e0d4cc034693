"""The commands on populations: import, reweight, and the schema of the mapping."""

import json
from pathlib import Path

import pytest

from population.microdata.survey import MAPPING, frames, write_survey
from simlib import cli
from simlib.population import Population

SAMPLE = Path(__file__).parents[1] / "data" / "synthetic" / "kr-2025-5k"


def call(capsys, *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        cli.app(list(arguments), standalone_mode=True)
    shown = capsys.readouterr()
    return int(ended.value.code or 0), shown.out, shown.err


def survey(folder: Path, mapping: str = MAPPING) -> Path:
    jeju = dict(Population.load(SAMPLE).by_region())["Jeju"]
    return write_survey(folder, *frames(jeju), mapping)


@pytest.mark.slow
def test_microdata_are_imported_with_warnings_and_weighted(capsys, tmp_path):
    path = survey(tmp_path)
    code, out, err = call(capsys, "population", "import", str(path), "--out", str(tmp_path / "in"))
    assert code == 0
    assert "households written" in out
    assert "modelled or assumed, not given, in households" in err
    controls = tmp_path / "controls.csv"
    controls.write_text(
        "control,unit,geography,universe,expression,target,importance,source,evidence,note\n"
        "owners,households,national,,tenure = 'own',0.5,1000,HEDGE,assumption,\n",
        encoding="utf-8",
    )
    code, out, err = call(
        capsys, "population", "reweight", str(tmp_path / "in"), "--out", str(tmp_path / "out"),
        "--households", "500", "--controls", str(controls),
    )  # fmt: skip
    assert (code, "500 households written" in out, "converged" in out) == (0, True, True)
    owners = Population.load(tmp_path / "out").households["tenure"] == "own"
    assert owners.sum() == pytest.approx(250, abs=1)


def test_the_schema_of_the_mapping_is_printed(capsys):
    code, out, _ = call(capsys, "schema", "mapping")
    assert code == 0
    assert {"households", "persons"} <= set(json.loads(out)["properties"])

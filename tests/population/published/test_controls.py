"""A wrong list of controls is refused, with the control, its line and what to do."""

from pathlib import Path

import pytest

from simlib.errors import UserError
from simlib.files import package_data
from simlib.population import fit_table
from simlib.population.published.controls import bind, read_controls


def write(folder: Path, *lines: str, without: str = "") -> Path:
    """Write the package's controls with more lines, or without one."""
    text = package_data("kr", "controls.csv").read_text(encoding="utf-8").strip()
    kept = [line for line in text.splitlines() if not (without and line.startswith(without))]
    path = folder / "controls.csv"
    path.write_text("\n".join([*kept, *lines]) + "\n", encoding="utf-8")
    return path


def refused(parameters, path: Path) -> str:
    with pytest.raises(UserError) as error:
        fit_table(parameters, path)
    return str(error.value)


def test_contradictory_controls_in_a_file_are_refused_by_name_and_line(tmp_path, parameters):
    line = "too_many_owners,households,national,,tenure = 'own',0.9,1000,HEDGE,assumption,"
    path = write(tmp_path, line)
    message = refused(parameters, path)
    last = len(path.read_text(encoding="utf-8").splitlines())
    assert "infeasible" in message
    assert "too_many_owners" in message
    assert "tenure" in message
    assert f"{path}:{last}" in message
    assert "importance below 1000" in message


def test_a_share_of_households_nobody_can_be_is_refused(tmp_path, parameters):
    line = "babies,households,national,,head_age_from < 10,0.1,1000,HEDGE,assumption,"
    message = refused(parameters, write(tmp_path, line))
    assert "babies[national: true]" in message


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("x,homes,national,,size = 1,0.3,1,HEDGE,assumption,", "homes"),
        ("x,households,county,,size = 1,0.3,1,HEDGE,assumption,", "county"),
        ("region,households,national,,size = 1,0.3,1,HEDGE,assumption,", "given twice"),
        ("x,households,national,,sise = 1,0.3,1,HEDGE,assumption,", "sise"),
        ("x,households,national,sise > 1,tenure = 'own',0.3,1,HEDGE,assumption,", "sise"),
        ("x,households,national,,size = ,0.3,1,HEDGE,assumption,", "cannot be computed"),
        ("x,households,national,,tenure,tables/head_sex.csv,1,HEDGE,assumption,", "no target"),
        ("x,households,national,,tenure,tables/nowhere.csv,1,HEDGE,assumption,", "nowhere"),
        ("x,households,national,,tenure,tables/by_age.csv,1,HEDGE,assumption,", "by_age"),
        ("x,households,national,,size = 1,1.3,1,HEDGE,assumption,", "below zero"),
        ("x,households,national,,size = 1,0.3,high,HEDGE,assumption,", "importance 'high'"),
        ("x,households,national,,size = 1,0.3,2000,HEDGE,assumption,", "importance '2000'"),
        ("x,households,national,,size = 1,0.3,1,NOBODY,assumption,", "NOBODY"),
        ("x,households,national,,size = 1,0.3,1,HEDGE,hearsay,", "hearsay"),
        ("x,households,municipality,,size = 1,0.3,1,HEDGE,assumption,", "municipality"),
        ("x,persons,municipality,,age > 5,tables/municipality_one_person.csv,1,HEDGE,assumption,",
         "lives_alone"),
        ("x,persons,national,,age > 5,0.9,1,HEDGE,assumption,", "nothing is fitted"),
    ],
)  # fmt: skip
def test_a_wrong_control_is_refused_with_its_line(tmp_path, parameters, line, named):
    path = write(tmp_path, line)
    message = refused(parameters, path)
    assert named in message
    last = len(path.read_text(encoding="utf-8").splitlines())
    assert f"{path}:{last}" in message


def test_the_control_of_persons_is_needed(tmp_path, parameters):
    message = refused(parameters, write(tmp_path, without="persons_age_sex"))
    assert "exactly one control of all persons" in message


def test_a_list_that_is_not_there_or_lacks_a_column_is_refused(tmp_path):
    with pytest.raises(UserError, match="no such list"):
        read_controls(tmp_path / "nothing.csv")
    path = tmp_path / "controls.csv"
    path.write_text("control,unit\nx,households\n", encoding="utf-8")
    with pytest.raises(UserError, match="geography"):
        read_controls(path)


def test_targets_may_stand_in_a_file_beside_the_list(tmp_path, table):
    (tmp_path / "owners.csv").write_text(
        "region,category,value\nnational,true,58\nnational,false,42\n", encoding="utf-8"
    )
    path = write(
        tmp_path, "owners,households,national,,tenure = 'own',owners.csv,1,HEDGE,assumption,"
    )
    row = next(row for row in read_controls(path) if row.control == "owners")
    bound = bind(row, table.cells)
    assert dict(zip(bound.labels, bound.shares, strict=True)) == {"true": 0.58, "false": 0.42}


def test_controls_come_in_order_of_importance_and_an_empty_one_means_must(tmp_path):
    path = write(tmp_path, "x,households,national,,size = 1,0.3,,HEDGE,assumption,")
    rows = read_controls(path)
    assert [row.importance for row in rows] == sorted(row.importance for row in rows)
    assert next(row for row in rows if row.control == "x").importance == 1000

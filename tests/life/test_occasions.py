"""Every life event that programmes name either happens in the model or is said not to."""

import csv
from pathlib import Path

import numpy as np

from simlib.files import package_data
from simlib.occasions import OCCASIONS
from worlds import catalogue, run, world

ODD = Path(__file__).parents[2] / "docs" / "odd.md"


def test_every_trigger_has_a_producer_or_is_said_to_have_none():
    triggers = {event for each in catalogue().programmes for event in each.file.triggers}
    text = ODD.read_text(encoding="utf-8")
    sentence = text[text.index("No occasion of the model:") :].split("\n")[0]
    without = {each for each in triggers if f"`{each}`" in sentence}
    assert triggers - set(OCCASIONS) == without


def test_occasions_have_names_in_both_languages():
    with package_data("kr", "life_events.csv").open(encoding="utf-8", newline="") as file:
        assert set(OCCASIONS) <= {row["event"] for row in csv.DictReader(file)}


def test_occasions_are_what_happened_in_the_month():
    of = world(5000, 12)
    model = run("none", of)
    at, happened = model.living.occasions(model), of.changes[11].happened
    for event, rows in (
        ("birth", happened.births),
        ("pregnancy", happened.pregnancies),
        ("widowhood", happened.widowed),
        ("divorce", happened.divorces),
        ("moved", happened.moves),
        ("job_start", happened.jobs_found),
    ):
        assert np.array_equal(at.rows(event), rows), event
    assert np.isin(at.rows("widowhood"), at.rows("death")).all()
    assert not np.isin(happened.ended, at.rows("death")).any()
    fell, lost = at.rows("income_fall"), at.rows("job_loss")
    assert fell.size > 0 and np.isin(lost, fell).mean() > 0.5
    assert at.rows("recipient_status").size > 0

"""One number at a time: ranges are checked, and only what a number acts on changes."""

import pytest

import worlds
from simlib.errors import UserError
from simlib.experiments import sensitivity
from simlib.experiments.sensitivity import Size, changes, load_spans, one_at_a_time
from simlib.parameters import load_parameters

HEAD = "parameter,low,high,source,evidence,note\n"


def test_ranges_that_ship_hold_their_defaults_and_name_known_sources():
    from simlib.provenance import sources

    parameters = load_parameters()
    for span in load_spans(None, parameters):
        assert span.low <= parameters.number(span.parameter) <= span.high, span.parameter
        assert set(span.source.split(";")) <= set(sources()), span.parameter


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("parameter,low\n", "column 'high' is missing"),
        (HEAD + "claims.apeal_share,0,1\n", "unknown parameter 'claims.apeal_share'"),
        (HEAD + "claims.appeal_share,none,1\n", "no pair of numbers"),
        (HEAD + "claims.appeal_share,0.5,0.5\n", "is empty"),
        (HEAD + "claims.appeal_share,0,2\n", "outside its range"),
        (HEAD + "uptake.mode,0,1\n", "must be text"),
    ],
)
def test_wrong_ranges_are_refused_with_their_line(tmp_path, text, said):
    file = tmp_path / "ranges.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match=said):
        load_spans(file, load_parameters())


def test_a_number_changes_what_it_acts_on_and_nothing_else(tmp_path, monkeypatch):
    world = worlds.world(500, 3)
    made = [(world, worlds.plain_anchors(world))]
    monkeypatch.setattr(sensitivity, "_worlds", lambda parameters, size: iter(made))
    file = tmp_path / "ranges.csv"
    file.write_text(
        HEAD + "uptake.completion.award_prob,0.5,0.97\nclaims.recovered_share,0,1\n", "utf-8"
    )
    parameters = load_parameters()
    frame = one_at_a_time(load_spans(file, parameters), parameters, Size(500, 3, 1))
    found = {(row["parameter"], row["outcome"]): row for row in changes(frame).to_dicts()}
    award = found["uptake.completion.award_prob", "denied_share"]
    assert award["high"] == award["default"] < award["low"]
    unmoved = found["claims.recovered_share", "denied_share"]
    assert unmoved["low"] == unmoved["high"] == unmoved["default"]

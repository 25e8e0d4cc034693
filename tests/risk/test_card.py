"""A scorer's card says what the run says."""

import json
import re

import polars as pl
import pytest

from simlib.risk.card import EVIDENCE, NOT_FOR, make_card
from simlib.risk.rounds import training_households
from simlib.risk.training import evaluate, train_scorers, training_rows

UNTIL = 2024 * 12 + 16


@pytest.fixture(scope="module")
def made(rounds, draws, parameters):
    scorers = train_scorers(rounds, UNTIL, draws, parameters, ["logistic"], "truth")
    judged = [e.take(~training_households(e.rows, draws, parameters)) for e in rounds[9:]]
    table = evaluate(scorers, rounds[9:], None, draws, parameters)
    learned = training_rows(rounds, UNTIL, draws, parameters, "truth")
    cards = {
        name: make_card(
            scorer, None if name == "rule_of_thumb" else learned, judged, table, ["logistic"],
            {"run": "made-1"},
        )
        for name, scorer in scorers.items()
    }  # fmt: skip
    return cards, table, learned


def test_the_numbers_of_a_card_are_those_of_the_evaluation(made):
    cards, table, learned = made
    card = cards["logistic"]
    assert card.learned_rows_n == len(learned.label) > card.learned_households_n
    for figure in card.figures:
        row = table.filter(
            pl.col("scorer") == figure.scorer, pl.col("layer") == figure.layer,
            pl.col("metric") == figure.metric, pl.col("group") == "all",
        )  # fmt: skip
        assert row["value"].item() == figure.value
        assert row["sample_low"].item() == figure.low
    assert {each.scorer for each in card.figures} == {
        "logistic", "random", "postcode", "caseworkers", "rule_of_thumb", "more_staff", "oracle",
    }  # fmt: skip


def test_recall_is_not_claimed_where_labels_depend_on_the_lists(made):
    recorded = [e for e in made[0]["logistic"].figures if e.layer.startswith("recorded")]
    assert {each.metric for each in recorded} == {"precision", "auc", "brier"}


def test_a_card_says_what_it_is_not_for_and_that_all_is_synthetic(made):
    for card in made[0].values():
        text = card.markdown()
        assert EVIDENCE in text and NOT_FOR in text
        assert "None" not in text and not re.search(r"\bnan\b", text)
        assert json.loads(json.dumps(card.plain()))["scorer"] == card.scorer
    assert "explain it before using it" in made[0]["logistic"].markdown()
    assert "explain it before using it" not in made[0]["rule_of_thumb"].markdown()

"""Try scorers of one's own: a past to learn from, an evaluation, and a policy that uses them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simlib.draws import Draws
from simlib.errors import UserError, did_you_mean
from simlib.experiments.worlds import Ground, Outcome, Replicate
from simlib.months import Month, parse_month

if TYPE_CHECKING:
    import polars as pl

    from simlib.risk.rounds import RoundRecord
    from simlib.risk.scorers import Scorer
    from simlib.risk.training import TrainingRows


@dataclass(frozen=True)
class ScorerBench:
    """Hold the past of a scenario in which scorers learn and are judged.

    Nothing is written: the bench is for trying. A run of the scenario trains its own scorers in
    the very same past.

    Attributes
    ----------
    ground
        Scenario, population and solved offsets.
    records
        The rounds of the past in order, with what was seen, done and recorded, and what is true.
    """

    ground: Ground
    records: Sequence["RoundRecord"]

    @classmethod
    def open(cls, scenario: Path | str, options: Mapping[str, Any] | None = None) -> "ScorerBench":
        """Make the population of a scenario, and let its past happen.

        Parameters
        ----------
        scenario
            Scenario file.
        options
            Values that replace those of the file, by path: ``population.households``,
            ``scorer.indicators``, or a parameter's path.

        Raises
        ------
        UserError
            As for a run of the scenario.
        """
        from simlib.experiments.anchoring import solve
        from simlib.experiments.loading import load_scenario
        from simlib.experiments.people import make_or_load
        from simlib.experiments.setting import prepare_setting
        from simlib.experiments.training import history

        loaded = load_scenario(scenario, options)
        setting = prepare_setting(loaded)
        population = make_or_load(loaded, setting.parameters)
        ground = Ground(setting, population, solve(setting, population))
        return cls(ground, history(ground))

    def __repr__(self) -> str:
        return f"ScorerBench({self.ground.setting.loaded.name}, {len(self.records)} rounds)"

    def rows(self, label: str | None = None, until: str | None = None) -> "TrainingRows":
        """Give what a scorer may learn from, see :func:`simlib.risk.training.training_rows`.

        Parameters
        ----------
        label
            What to predict: recorded_any, recorded_public, recorded_livelihood, untreated, truth;
            None for the scenario's.
        until
            Last month that is known, like ``2024-12``; None for the scenario's.
        """
        from simlib.risk.training import training_rows

        return training_rows(self.records, self._until(until), *self._luck, self._label(label))

    def train(
        self, models: Sequence[str], label: str | None = None, until: str | None = None
    ) -> dict[str, "Scorer"]:
        """Train simlib's own models, see :func:`simlib.risk.training.train_scorers`."""
        from simlib.risk.training import train_scorers

        chosen = self._label(label)
        return train_scorers(self.records, self._until(until), *self._luck, models, chosen)

    def evaluate(self, scorers: Mapping[str, "Scorer"], until: str | None = None) -> "pl.DataFrame":
        """Judge scorers on the rounds after a month, see :func:`simlib.risk.evaluation.evaluate`.

        Parameters
        ----------
        scorers
            Scorer by name: trained ones, or any object with ``name``, ``is_probability`` and
            ``score_features``.
        until
            Month after which rounds count, like ``2024-12``; None for the scenario's.
        """
        from simlib.risk.evaluation import evaluate

        later = [each for each in self.records if each.month > self._until(until)]
        return evaluate(scorers, later, None, *self._luck)

    def run(self, policy: str, scorer: "Scorer", replicate: int = 0) -> Outcome:
        """Run a policy of the scenario whose lists a scorer ranks, from the month after training.

        Results of the same replicate are paired: the same households have the same luck.

        Parameters
        ----------
        policy
            Name of a policy of the scenario.
        scorer
            The scorer to use where the policy ranks by one.
        replicate
            Number of the replicate.

        Returns
        -------
        Outcome
            Tidy results, and the summary by household.

        Raises
        ------
        UserError
            If the scenario has no such policy, or the scorer leaves somebody without a score.
        """
        from simlib.experiments.worlds import model_of, world_of

        world: Replicate = world_of(self.ground, replicate)
        policies = self.ground.setting.policies
        if policy not in policies:
            raise UserError(
                f"the scenario has no policy '{policy}'",
                "policy",
                mend=did_you_mean(policy, policies),
            )
        model = model_of(self.ground, world, policies[policy], scorer=scorer)
        model.run()
        return Outcome(model.results(), model.household_summary())

    @property
    def _luck(self) -> tuple[Draws, Any]:
        setting = self.ground.setting
        return Draws(setting.loaded.scenario.seed), setting.parameters

    def _label(self, label: str | None) -> str:
        return label or self.ground.setting.loaded.scenario.scorer.label

    def _until(self, until: str | None) -> Month:
        if until is not None:
            return parse_month(until, "until")
        return self.ground.setting.loaded.scenario.train_until_month

"""JSON Schemas of the files a user writes, for editors and documentation."""

from importlib import import_module
from typing import Any

from simlib.errors import UserError, did_you_mean

FORMATS = {
    "scenario": ("simlib.experiments.scenario", "Scenario"),
    "policy": ("simlib.outreach.policy", "PolicyFile"),
    "programme": ("simlib.benefits.programme_file", "ProgrammeFile"),
    "mapping": ("simlib.population.microdata.mapping", "Mapping"),
    "trial": ("simlib.experiments.trials.schema", "Trial"),
    "scorer_trial": ("simlib.experiments.trials.scorer_schema", "ScorerTrial"),
    "household": ("simlib.benefits.household_entry", "HouseholdFile"),
}
"""Module and pydantic model of each format."""


def json_schema(name: str) -> dict[str, Any]:
    """Give the JSON Schema of a file format.

    Raises
    ------
    UserError
        If there is no such format.
    """
    if name not in FORMATS:
        raise UserError(
            f"there is no schema '{name}'", "simlib schema", mend=did_you_mean(name, FORMATS)
        )
    module, model = FORMATS[name]
    schema: dict[str, Any] = getattr(import_module(module), model).model_json_schema(by_alias=True)
    if name == "policy":
        schema["properties"]["instruments"]["items"] = _instruments()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _instruments() -> dict[str, Any]:
    """Describe an entry of a policy: one instrument, none of whose settings is required."""
    from simlib.outreach.instruments import INSTRUMENTS

    kinds = {name: kind.model_json_schema() for name, kind in INSTRUMENTS.items()}
    for each in kinds.values():
        each.pop("required", None)
    return {
        "type": "object",
        "properties": {name: {"anyOf": [each, {"type": "null"}]} for name, each in kinds.items()},
        "additionalProperties": False,
        "minProperties": 1,
        "maxProperties": 1,
    }

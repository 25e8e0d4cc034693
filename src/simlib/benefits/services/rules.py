"""From the condition codes of one service to its rule: ages, masks, and what must be checked.

The codes of a group (sex, income, personal, household) are alternatives and the groups hold
together; a group without any code, with all of them, or with its code "none of these" is no
condition. The open data does not say this, it is how its readers take it, and so it stands in
the documentation as an assumption.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from simlib.benefits.services.conditions import (
    AGE_MAX,
    ANYONE,
    MASKS,
    conditions,
    mask,
    of_kind,
)

Decided = Literal["yes", "partly", "no"]
WHOLE_REASONS = ("no_codes", "unknown_code", "ages_reversed")
"""Reasons for which nothing is sure of anyone, whatever else the codes say."""


@dataclass
class Rule:
    """Hold who may receive a service, as far as its codes say.

    Parameters
    ----------
    age_min, age_max
        Completed years, both included; 0 and 127 without a limit.
    masks
        Alternatives of each group as bits of a word; ``ANYONE`` without a condition, 0 when
        none of the alternatives can be decided.
    person_open, household_open
        Whether the group has an alternative that cannot be decided, so that who meets none of
        the others must be checked.
    decided
        yes, partly (some alternatives are open), no (nothing can be decided).
    reasons
        Why something must be checked: undecided codes, or a word for what is missing.
    notes
        What was odd about the codes; counted in the report.
    """

    age_min: int = 0
    age_max: int = AGE_MAX
    masks: dict[str, int] = field(default_factory=lambda: dict.fromkeys(MASKS, ANYONE))
    person_open: bool = False
    household_open: bool = False
    decided: Decided = "yes"
    reasons: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def rule_of(codes: Mapping[str, int | bool], unknown: int = 0) -> Rule:
    """Turn condition codes into a rule.

    Parameters
    ----------
    codes
        Codes that are ticked (True), and ages by their code; others are left out.
    unknown
        How many codes of the service are not known.

    Returns
    -------
    Rule
        The rule; ``decided`` is ``no`` when nothing can be said of anyone by the codes.
    """
    rule = Rule()
    _ages(rule, codes)
    for kind in MASKS:
        _group(rule, kind, codes)
    if unknown:
        rule.reasons.append("unknown_code")
    if not any(value is not False for value in codes.values()):
        rule.reasons.append("no_codes")
    _settle(rule)
    return rule


def _ages(rule: Rule, codes: Mapping[str, int | bool]) -> None:
    [low], [high] = of_kind("age_min"), of_kind("age_max")
    lowest = min(max(int(codes.get(low.code, 0)), 0), AGE_MAX)
    highest = min(int(codes.get(high.code, AGE_MAX)), AGE_MAX)
    if highest < lowest:
        rule.reasons.append("ages_reversed")
        return
    rule.age_min, rule.age_max = lowest, highest


def _group(rule: Rule, kind: str, codes: Mapping[str, int | bool]) -> None:
    known = of_kind(kind)
    ticked = [each for each in known if codes.get(each.code)]
    anyone = any(codes.get(each.code) for each in of_kind(f"{kind}_any"))
    if anyone and ticked and len(ticked) < len(known):
        rule.notes.append("none_of_these_beside_others")
    if anyone or not ticked or len(ticked) == len(known):
        return
    rule.masks[kind] = mask(each.code for each in ticked if each.decided != "no")
    undecided = [each.code for each in ticked if each.decided == "no"]
    if undecided:
        rule.reasons.extend(undecided)
        if kind == "person":
            rule.person_open = True
        else:
            rule.household_open = True


def _settle(rule: Rule) -> None:
    if any(reason in WHOLE_REASONS for reason in rule.reasons):
        rule.masks["person"] = 0
        rule.person_open = True
    if 0 in rule.masks.values():
        rule.decided = "no"
    elif rule.person_open or rule.household_open:
        rule.decided = "partly"


def is_business(codes: Mapping[str, int | bool]) -> bool:
    """Tell whether a service has a code of businesses."""
    known = conditions()
    return any(value and known[code].kind == "business" for code, value in codes.items())

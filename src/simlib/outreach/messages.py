"""Messages to households: delivered, read, or turned off."""

from collections.abc import Mapping
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from simlib.draws import decision_code
from simlib.outreach.delivery import (
    ATTEMPTED,
    DELIVERED,
    READ,
    TURNED_OFF,
    ChannelRates,
    Luck,
    Mailbox,
    deliver,
    of_stage,
)
from simlib.outreach.desk import Desk
from simlib.outreach.ledger import Rows
from simlib.outreach.screening import Masks
from simlib.parameters import Parameters
from simlib.uptake.states import FATIGUE_MONTHS

Channel = Literal["sms", "letter", "app", "email", "phone", "recorded_call"]
Floats = NDArray[np.float64]


def read_prob(
    number: Mapping[str, float], friction: Floats, recent_contacts: NDArray[np.int64] | int
) -> Floats:
    """Give the chance that a delivered message is read, (households,).

    Parameters
    ----------
    number
        The channel's numbers: ``read_logit``, ``read_friction`` and ``read_fatigue``.
    friction
        How hard forms are for the households, standard normal, (households,).
    recent_contacts
        Contacts in the last six months, (households,) or the same for all.
    """
    logit = (
        number["read_logit"]
        - number["read_friction"] * friction
        - number["read_fatigue"] * recent_contacts
    )
    return np.asarray(1 / (1 + np.exp(-logit)))


def channel_numbers(parameters: Parameters, channel: Channel) -> dict[str, float]:
    """Give a channel's numbers by name: its own where it has one, else those of all channels."""
    given = parameters.group("outreach.channel")
    start = f"{channel}_"
    own = {name.removeprefix(start): x for name, x in given.items() if name.startswith(start)}
    return given | own


def send(
    desk: Desk, instrument: str, code: int, channel: Channel, rows: Rows, about: Masks
) -> None:
    """Send a message to households about some programmes each.

    Parameters
    ----------
    desk
        The month's desk.
    instrument, code
        Who sends: its id for the ledger, and the number that keeps its luck apart.
    channel
        How it is sent.
    rows
        Rows of the households, each once, (messages,).
    about
        Bit masks of the programmes, (messages, words).
    """
    desk.ledger.note(instrument, "selected", rows)
    number = channel_numbers(desk.parameters, channel)
    rates = ChannelRates(*(number[name] for name in ChannelRates._fields))
    becomes = deliver(_luck(desk, code), rates, _mailbox(desk), rows, about)
    attempted = of_stage(rows, becomes, ATTEMPTED)
    desk.ledger.messages_krw += attempted.size * number["message_krw"]
    for stage, found in (
        ("attempted", attempted),
        ("notices", attempted),
        ("reached", of_stage(rows, becomes, DELIVERED)),
        ("read", of_stage(rows, becomes, READ)),
        ("opted_out", of_stage(rows, becomes, TURNED_OFF)),
    ):
        desk.ledger.note(instrument, stage, found)


def _luck(desk: Desk, code: int) -> Luck:
    decisions = ("outreach.delivered", "uptake.read", "uptake.opt_out")
    delivered, read, opt_out = (np.uint64(decision_code(name)) for name in decisions)
    return Luck(*desk.draws.key, delivered, read, opt_out, desk.month, code)


def _mailbox(desk: Desk) -> Mailbox:
    funnel, traits = desk.funnel, desk.traits
    return Mailbox(
        traits.ids,
        traits.friction,
        funnel.contacts,
        desk.step % FATIGUE_MONTHS,
        funnel.opted_out,
        funnel.read,
        funnel.told,
    )

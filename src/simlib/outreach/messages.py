"""Messages to households: delivered, read, or turned off."""

from collections.abc import Mapping
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from simlib.outreach.desk import Desk, Masks
from simlib.outreach.ledger import Rows
from simlib.parameters import Parameters

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
        Rows of the households, (messages,).
    about
        Bit masks of the programmes, (messages, words).
    """
    desk.ledger.note(instrument, "selected", rows)
    open_to = ~desk.funnel.opted_out[rows]
    rows, about = rows[open_to], about[open_to]
    number = channel_numbers(desk.parameters, channel)
    desk.ledger.note(instrument, "attempted", rows)
    desk.ledger.note(instrument, "notices", rows)
    desk.ledger.messages_krw += rows.size * number["message_krw"]
    fatigue = desk.recent_contacts(rows)
    desk.count_contact(rows)
    delivered = desk.uniform("outreach.delivered", rows, code) < number["delivered_prob"]
    prob = read_prob(number, desk.traits.friction[rows], fatigue)
    read = delivered & (desk.uniform("uptake.read", rows, code) < prob)
    desk.ledger.note(instrument, "reached", rows[delivered])
    desk.ledger.note(instrument, "read", rows[read])
    desk.tell(rows[read], about[read])
    beyond = np.maximum(fatigue - number["opt_out_patience"], 0)
    tired = number["opt_out_prob"] * (1 + number["opt_out_fatigue"] * beyond)
    leaves = delivered & (desk.uniform("uptake.opt_out", rows, code) < tired)
    desk.funnel.opted_out[rows[leaves]] = True
    desk.ledger.note(instrument, "opted_out", rows[leaves])

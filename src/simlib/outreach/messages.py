"""Messages to households: delivered, read, or turned off."""

from typing import Literal

import numpy as np

from simlib.outreach.desk import Desk, Masks
from simlib.outreach.ledger import Rows

Channel = Literal["sms", "letter", "app"]


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
    number = {
        name.removeprefix(f"{channel}_"): value
        for name, value in desk.parameters.group("outreach.channel").items()
    }
    desk.ledger.note(instrument, "attempted", rows)
    desk.ledger.note(instrument, "notices", rows)
    desk.ledger.messages_krw += rows.size * number["message_krw"]
    fatigue = desk.recent_contacts(rows)
    desk.count_contact(rows)
    delivered = desk.uniform("outreach.delivered", rows, code) < number["delivered_prob"]
    logit = (
        number["read_logit"]
        - number["read_friction"] * desk.traits.friction[rows]
        - number["read_fatigue"] * fatigue
    )
    read = delivered & (desk.uniform("uptake.read", rows, code) < 1 / (1 + np.exp(-logit)))
    desk.ledger.note(instrument, "reached", rows[delivered])
    desk.ledger.note(instrument, "read", rows[read])
    desk.tell(rows[read], about[read])
    beyond = np.maximum(fatigue - number["opt_out_patience"], 0)
    tired = number["opt_out_prob"] * (1 + number["opt_out_fatigue"] * beyond)
    leaves = delivered & (desk.uniform("uptake.opt_out", rows, code) < tired)
    desk.funnel.opted_out[rows[leaves]] = True
    desk.ledger.note(instrument, "opted_out", rows[leaves])

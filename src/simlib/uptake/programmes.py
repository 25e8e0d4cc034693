"""What the funnel needs to know of each programme, as columns over the catalogue."""

import zlib
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simlib.benefits.catalogue import Catalogue
from simlib.benefits.programme import Programme
from simlib.uptake.states import words_for

Floats = NDArray[np.float64]


class Burdens(NamedTuple):
    """Hold each programme's burden in one month, all of shape (programmes,).

    Attributes
    ----------
    documents
        Documents an applicant hands in.
    trips
        Trips to an office.
    processing_days
        Days from a complete application to its decision.
    learning
        Learning burden, logit.
    renewal_months
        Months between renewals; 0 where renewal is automatic.
    """

    documents: Floats
    trips: Floats
    processing_days: Floats
    learning: Floats
    renewal_months: Floats

    def copy(self) -> "Burdens":
        """Copy every column, for an instrument to change."""
        return Burdens(*(column.copy() for column in self))


class ProgrammeColumns(NamedTuple):
    """Hold the fixed columns of the catalogue that the compiled loop reads."""

    code: NDArray[np.uint64]
    visibility: Floats
    mean_krw_m: Floats
    offset: Floats
    break_prob_m: Floats
    ease: Floats
    follows: NDArray[np.uint64]


@dataclass(frozen=True)
class Programmes:
    """Hold the catalogue as the funnel and the offices see it.

    Attributes
    ----------
    ids
        Programme ids, in the order of every programme axis.
    decision_hours
        Caseworker hours of one decision, 0 where an agency decides, (programmes,).
    looked_into
        Whether somebody looks into a claim, at a welfare office or an agency; into discounts that
        come with a contract nobody does, (programmes,).
    national
        Whether a programme is offered everywhere, (programmes,).
    assured
        Whether a claim is all that stands between the right and the money: no places, queue,
        assessment or discretion, (programmes,).
    online, at_office
        Whether a claim can be made online, and at a welfare office, (programmes,).
    yields_to
        Bit masks of the programmes beside whose receipt each must not be received, (programmes,
        words).
    basic
        Whether a programme is a benefit of basic livelihood, (programmes,).
    triggers
        Life events that lead to each programme.
    documents, trips, processing_days, renewal_months
        Burden before any instrument, (programmes,).
    limit_days
        Days within which a claim has to be decided by law, (programmes,).
    """

    ids: tuple[str, ...]
    code: NDArray[np.uint64]
    visibility: Floats
    follows: NDArray[np.uint64]
    decision_hours: Floats
    looked_into: NDArray[np.bool_]
    national: NDArray[np.bool_]
    assured: NDArray[np.bool_]
    online: NDArray[np.bool_]
    at_office: NDArray[np.bool_]
    yields_to: NDArray[np.uint64]
    basic: NDArray[np.bool_]
    triggers: tuple[frozenset[str], ...]
    documents: Floats
    trips: Floats
    processing_days: Floats
    renewal_months: Floats
    limit_days: Floats

    @classmethod
    def of(cls, catalogue: Catalogue) -> "Programmes":
        """Read the columns from a catalogue."""
        entries = catalogue.programmes

        def column(values: list[float]) -> Floats:
            return np.asarray(values, dtype=np.float64)

        return cls(
            ids=tuple(catalogue.ids),
            code=np.asarray([zlib.crc32(each.id.encode()) for each in entries], np.uint64),
            visibility=column([each.visibility for each in entries]),
            follows=_follow_masks(catalogue),
            decision_hours=column([_office_hours(each) for each in entries]),
            looked_into=np.asarray([each.decision_hours > 0 for each in entries]),
            national=np.asarray([each.category != "local" for each in entries]),
            assured=np.asarray([each.granted == "right" for each in entries]),
            online=np.asarray(["online" in each.channels for each in entries]),
            at_office=np.asarray(["office" in each.channels for each in entries]),
            yields_to=_yield_masks(catalogue),
            basic=np.asarray([each.category == "basic_livelihood" for each in entries]),
            triggers=tuple(frozenset(each.file.triggers) for each in entries),
            documents=column([each.documents for each in entries]),
            trips=column([0.0 if "online" in each.channels else 1.0 for each in entries]),
            processing_days=column([each.processing_days.typical for each in entries]),
            renewal_months=column([each.renewal_months for each in entries]),
            limit_days=column([each.processing_days.limit for each in entries]),
        )

    @property
    def programmes_n(self) -> int:
        """Give the number of programmes."""
        return len(self.ids)

    def mask(self, *, national_only: bool) -> NDArray[np.uint64]:
        """Give the bit mask of all programmes, or of the national ones, (words,)."""
        return mask_of(self.national if national_only else np.ones(self.programmes_n, np.bool_))

    def triggered_by(self, event: str) -> NDArray[np.bool_]:
        """Tell which programmes a life event leads to, (programmes,)."""
        return np.asarray([event in each for each in self.triggers])

    @property
    def by_dwelling(self) -> NDArray[np.bool_]:
        """Tell what is paid by a dwelling's bill, and so ends with a move, (programmes,)."""
        return np.asarray(~self.looked_into & self.triggered_by("moved"))

    def burdens(self) -> Burdens:
        """Give the burdens before any instrument."""
        return Burdens(
            self.documents.copy(),
            self.trips.copy(),
            self.processing_days.copy(),
            np.zeros(self.programmes_n),
            self.renewal_months.copy(),
        )

    def columns(
        self, mean_krw_m: Floats, offset: Floats, ease: Floats, breaks: dict[str, float]
    ) -> ProgrammeColumns:
        """Join the fixed columns with those solved on the baseline population.

        Parameters
        ----------
        mean_krw_m, offset, ease
            Mean amount of each programme, offset of awareness and application, and how much
            easier it is to keep than others, logit, (programmes,).
        breaks
            Chance a month that receipt breaks off, for claims into which somebody looks
            (``office``) and for discounts that come with a contract (``agency``).
        """
        broken = np.where(self.looked_into, breaks["office"], breaks["agency"])
        return ProgrammeColumns(
            self.code, self.visibility, mean_krw_m, offset, broken * np.exp(-ease), ease,
            self.follows,
        )  # fmt: skip


def _office_hours(programme: Programme) -> float:
    return programme.decision_hours if programme.decided_by == "office" else 0.0


def mask_of(chosen: NDArray[np.bool_]) -> NDArray[np.uint64]:
    """Give the bit mask, (words,), of chosen programmes, (programmes,)."""
    mask = np.zeros(words_for(chosen.size), np.uint64)
    for index in np.flatnonzero(chosen).tolist():
        mask[index // 64] |= np.uint64(1) << np.uint64(index % 64)
    return mask


def _follow_masks(catalogue: Catalogue) -> NDArray[np.uint64]:
    masks = np.zeros((len(catalogue.ids), words_for(len(catalogue.ids))), np.uint64)
    for row, programme in enumerate(catalogue.programmes):
        for other in programme.follows:
            index = catalogue.index(other)
            masks[row, index // 64] |= np.uint64(1) << np.uint64(index % 64)
    return masks


def _yield_masks(catalogue: Catalogue) -> NDArray[np.uint64]:
    """Give for each programme those that it must not be received beside."""
    masks = np.zeros((len(catalogue.ids), words_for(len(catalogue.ids))), np.uint64)
    for programme in catalogue.programmes:
        for each in programme.excludes:
            pair = programme.id, each.programme
            if each.when == "received" and set(pair) <= set(catalogue.ids):
                yielding, other = pair if each.yields == "this" else pair[::-1]
                index = catalogue.index(other)
                masks[catalogue.index(yielding), index // 64] |= np.uint64(1) << np.uint64(
                    index % 64
                )
    return masks

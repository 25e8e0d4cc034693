"""Give heads and members their sex and age, municipality by municipality."""

import numpy as np
from numba import njit

MEMBERS_MAX = 5
_FEEDBACK = 2.0
"""How strongly persons who are missing so far raise the chance of their age band."""
_LEAST, _MOST = 0.02, 20
_PARENT = 5


@njit(cache=True, nogil=True)
def head_ages(band, first, offset, head_cdf, shift, step, out_age):  # type: ignore[no-untyped-def]
    """Spread heads over the years of their band, evenly along the households."""
    for h in range(band.size):
        u = (shift + (offset + h) * step) % 1.0
        out_age[first[h]] = min(np.searchsorted(head_cdf[band[h]], u, side="right"), 100)


@njit(cache=True, nogil=True)
def member_ages(  # type: ignore[no-untyped-def]
    starts_at, kind, head_sex, head_band, first, offset, roles, base, by_band, reaches, tilts,
    expected, missing, starts, shifts, steps, out_sex, out_age,
):  # fmt: skip
    """Draw sex and age of all members of a block, in the order of municipalities.

    Parameters
    ----------
    starts_at
        First household of each municipality, with the number of households at the end.
    kind, head_sex, head_band
        Of each household.
    first
        Index of each head among the persons, with the total at the end.
    offset
        Id of the first household.
    roles
        Role of each member of a kind of household, -1 for none.
    base, by_band
        Share of each sex and age (age band) by role, sex and age of the head.
    reaches
        First age band of a role and the one after its last; see
        :attr:`~simlib.population.fitting.members.MemberAges.reaches`.
    tilts
        Factor by municipality of the block, sex and age band.
    expected
        Chance of each sex and age band by municipality, role, sex and age band of the head.
    missing
        Persons by municipality, sex and age band that the members' chances leave missing.
    starts
        First age of each band, with the one after the oldest at the end.
    shifts, steps
        Start and step of the evenly spaced numbers: two dimensions for each member.
    out_sex, out_age
        Persons' sex and age; heads' are given, members' are written.

    Notes
    -----
    A member's age band is taken at an evenly spaced quantile of its distribution, in which bands
    that lack persons so far, against what the municipality should have, weigh more, and bands
    with too many less. The count of a band then stays within a person or two of its target.
    What a municipality still lacks at its end is carried to the next one.
    """
    bands = starts.size - 1
    lack = np.zeros((2, bands))
    weight = np.zeros((2, bands))
    for m in range(starts_at.size - 1):
        begin, end = starts_at[m], starts_at[m + 1]
        for h in range(begin, end):
            at = first[h]
            done = (h - begin + 1) / (end - begin)
            oldest_u = 0.0
            age_of_head = out_age[at]
            for k in range(first[h + 1] - at - 1):
                role = roles[kind[h], k]
                u = (shifts[k] + (offset + h) * steps[k]) % 1.0
                if role == 1:
                    oldest_u = u
                elif 2 <= role <= 4:
                    u = _near(oldest_u, u)
                v = (shifts[5 + k] + (offset + h) * steps[5 + k]) % 1.0
                low = reaches[role, head_sex[h], age_of_head, 0]
                high = reaches[role, head_sex[h], age_of_head, 1]
                shares = by_band[role, head_sex[h], age_of_head]
                chances = expected[m, role, head_sex[h], head_band[h]]
                total = 0.0
                for s in range(2):
                    for b in range(low, high):
                        lack[s, b] += chances[s, b]
                        factor = 1.0 + _FEEDBACK * (lack[s, b] + done * missing[m, s, b])
                        here = shares[s, b] * tilts[m, s, b] * min(max(factor, _LEAST), _MOST)
                        weight[s, b] = here
                        total += here
                sex, band, rest = _pick(weight, low, high, u * total, v)
                if k > 0 and role == _PARENT and roles[kind[h], k - 1] == role:
                    sex = 1 - out_sex[at + k]
                lack[sex, band] -= 1.0
                out_sex[at + k + 1] = sex
                out_age[at + k + 1] = _age(
                    base[role, head_sex[h], age_of_head, sex], starts, band, rest
                )
        lack += missing[m]


@njit(cache=True)
def _near(u, noise):  # type: ignore[no-untyped-def]
    """Move a uniform number a little and reflect it, which keeps it uniform."""
    moved = u + 0.25 * (noise - 0.5)
    if moved < 0.0:
        return -moved
    return 2.0 - moved if moved >= 1.0 else moved


@njit(cache=True)
def _pick(weight, low, high, rest, v):  # type: ignore[no-untyped-def]
    """Find sex and band at a cumulated weight, and how far into the band it lies, 0 to 1."""
    band = low
    here = 0.0
    for b in range(low, high):
        both = weight[0, b] + weight[1, b]
        if both <= 0.0:
            continue
        band, here = b, both
        if rest < both:
            break
        rest -= both
    sex = 0 if v * here < weight[0, band] else 1
    return sex, band, min(rest / here, 1.0)


@njit(cache=True)
def _age(shares, starts, band, quantile):  # type: ignore[no-untyped-def]
    """Find the year of age at a quantile of a band."""
    rest = 0.0
    for a in range(starts[band], starts[band + 1]):
        rest += shares[a]
    rest *= quantile
    age = starts[band]
    for a in range(starts[band], starts[band + 1]):
        if shares[a] > 0.0:
            age = a
            if rest < shares[a]:
                break
        rest -= shares[a]
    return age

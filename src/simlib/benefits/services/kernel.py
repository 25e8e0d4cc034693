"""The compiled loop that meets services with households; one loop for any catalogue.

A service is five masks and two ages. A household meets it when its own word meets the masks of
income and household, and at least one member the ages and the masks of sex and person. Nothing
is compiled for a service: a new catalogue is only other numbers.
"""

import numpy as np
from numba import njit, prange

# Rows of the table of rules; every value fits 32 bits.
AGE_MIN, AGE_MAX, SEX, PERSON, PERSON_MAYBE, INCOME, HOUSEHOLD, HOUSEHOLD_MAYBE = range(8)
RULE_ROWS = 8
SURE_HOUSEHOLDS, SURE_PERSONS, CHECK_HOUSEHOLDS, CHECK_PERSONS = range(4)
COUNT_ROWS = 4


@njit(cache=True, parallel=True)
def meet(  # type: ignore[no-untyped-def]
    household_words, person_words, ages, first, chunk_start, chunk_stop, chunk_list,
    list_first, list_services, rules, counts_first, counts, sure_n, check_n,
):  # fmt: skip
    """Meet the services of each place with its households.

    Parameters
    ----------
    household_words, person_words, ages, first
        As in ``PopulationWords``.
    chunk_start, chunk_stop, chunk_list
        Households of each chunk, all in one municipality, and its list of services.
    list_first, list_services
        Where each list begins, and the services of the lists one after the other.
    rules
        ``uint32 (RULE_ROWS, services)``.
    counts_first
        Where the counts of each chunk begin in ``counts``.
    counts
        ``int64 (COUNT_ROWS, sum of chunks' services)``: filled with what each chunk counts.
    sure_n, check_n
        ``uint16 (households,)``: filled with the services that a household is entitled to, and
        with those it should ask about.
    """
    for chunk in prange(chunk_start.size):
        place = chunk_list[chunk]
        start, stop = list_first[place], list_first[place + 1]
        n = stop - start
        table = np.empty((RULE_ROWS, n), dtype=np.uint32)
        for row in range(RULE_ROWS):
            for j in range(n):
                table[row, j] = rules[row, list_services[start + j]]
        counted = counts[:, counts_first[chunk] : counts_first[chunk] + n]
        sure = np.empty(n, dtype=np.uint32)
        maybe = np.empty(n, dtype=np.uint32)
        for h in range(chunk_start[chunk], chunk_stop[chunk]):
            sure[:] = 0
            maybe[:] = 0
            for p in range(first[h], first[h + 1]):
                _count_members(person_words[p], np.uint32(ages[p]), table, sure, maybe)
            _settle(h, household_words[h], table, sure, maybe, counted, sure_n, check_n)


@njit(cache=True)
def _count_members(word, age, table, sure, maybe):  # type: ignore[no-untyped-def]
    """Count a person where it meets the ages and personal masks; without branches."""
    for j in range(sure.size):
        right_age = (age >= table[AGE_MIN, j]) & (age <= table[AGE_MAX, j])
        fits = right_age & ((word & table[SEX, j]) != 0)
        sure[j] += np.uint32(fits & ((word & table[PERSON, j]) != 0))
        maybe[j] += np.uint32(fits & ((word & table[PERSON_MAYBE, j]) != 0))


@njit(cache=True)
def _settle(h, word, table, sure, maybe, counted, sure_n, check_n):  # type: ignore[no-untyped-def]
    """Add a household to the counts of the services it meets."""
    met, asked = np.uint32(0), np.uint32(0)
    for j in range(sure.size):
        income = np.uint32((word & table[INCOME, j]) != 0)
        own = income * np.uint32((word & table[HOUSEHOLD, j]) != 0)
        open_ = income * np.uint32((word & table[HOUSEHOLD_MAYBE, j]) != 0)
        sure_persons = own * sure[j]
        maybe_persons = open_ * maybe[j]
        entitled = np.uint32(sure_persons != 0)
        checking = np.uint32(maybe_persons != 0) - entitled
        counted[SURE_HOUSEHOLDS, j] += entitled
        counted[SURE_PERSONS, j] += sure_persons
        counted[CHECK_HOUSEHOLDS, j] += checking
        counted[CHECK_PERSONS, j] += maybe_persons - sure_persons
        met += entitled
        asked += checking
    sure_n[h] = met
    check_n[h] = asked

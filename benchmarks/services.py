"""How fast the large catalogue of services is: every service met with every household.

Run ``python benchmarks/services.py --households 1000000``; ``--country`` counts every household
of the country and says what that took; ``--json`` ends with one JSON object. The population is
made region by region, so that the whole country fits; only the counting is timed: facts and words
of persons, then the compiled loop.
"""

import argparse
import json
import resource
import time
from dataclasses import dataclass

from simlib.benefits.services.catalogue import Services
from simlib.benefits.services.counts import ServiceCounter
from simlib.benefits.services.population_words import population_words, view_population
from simlib.benefits.services.templates import template_services
from simlib.months import parse_month
from simlib.parameters import Parameters, load_parameters
from simlib.population.synthesis import fit_table, make_blocks, synthesize

MONTH = parse_month("2025-03")
NATIONAL_HOUSEHOLDS = 22_290_000
GIB = 1024**2


@dataclass
class Taken:
    """Hold what a count took and met."""

    households: int = 0
    persons: int = 0
    words_s: float = 0.0
    loop_s: float = 0.0
    entitled: int = 0
    checking: int = 0

    @property
    def seconds(self) -> float:
        return self.words_s + self.loop_s

    @property
    def national_s(self) -> float:
        """Seconds for every household of the country, in proportion."""
        return self.seconds * NATIONAL_HOUSEHOLDS / self.households


def measure(households: int, services: Services, parameters: Parameters) -> Taken:
    """Count the services of a population made block by block."""
    table = fit_table(parameters)
    small = synthesize(1_000, 2025, 1, parameters, table)  # compiles, or loads, the loops
    ServiceCounter(services, MONTH, parameters).add(small.households, small.persons)
    counter = ServiceCounter(services, MONTH, parameters)
    taken = Taken()
    for _, block in make_blocks(households, 2025, 1, parameters, table):
        start = time.perf_counter()
        views = view_population(block.households, block.persons, MONTH, parameters)
        words = population_words(views)
        between = time.perf_counter()
        made = counter.add_words(words)
        taken.loop_s += time.perf_counter() - between
        taken.words_s += between - start
        taken.households += block.households.height
        taken.persons += block.persons.height
        taken.entitled += int(made.entitled_n.sum())
        taken.checking += int(made.checking_n.sum())
    return taken


def peak_gib() -> float:
    """Give the most memory that this process has held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / GIB


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--households", type=int, nargs="*", default=[100_000, 1_000_000])
    parser.add_argument("--country", action="store_true", help="every household of the country")
    parser.add_argument("--services", help="folder of services; else generated ones")
    parser.add_argument("--json", action="store_true", help="end in one JSON object")
    options = parser.parse_args()
    parameters = load_parameters()
    services = (
        Services.load(options.services) if options.services else template_services(parameters, 1)
    )
    print(repr(services))
    heads = ("households", "persons", "words s", "loop s", "households/s", "country s")
    print("".join(f"{head:>14}" for head in heads))
    taken = Taken()
    for n in [NATIONAL_HOUSEHOLDS] if options.country else options.households:
        taken = measure(n, services, parameters)
        print(
            f"{taken.households:>14,}{taken.persons:>14,}{taken.words_s:>14.2f}{taken.loop_s:>14.2f}"
            f"{taken.households / taken.seconds:>14,.0f}{taken.national_s:>14.1f}"
        )
        print(f"{'':>14}peak memory {peak_gib():.2f} GiB")
    met, asked = taken.entitled / taken.households, taken.checking / taken.households
    print(f"a household meets {met:.1f} services and should ask about {asked:.1f} more")
    if options.json:
        result = {
            "services": len(services),
            "households": taken.households,
            "services_s": round(taken.seconds, 3),
            "services_national_s": round(taken.national_s, 1),
            "households_per_s": round(taken.households / taken.seconds),
            "whole_country": options.country,
            "peak_gib": round(peak_gib(), 2),
        }
        print(json.dumps(result))


if __name__ == "__main__":
    main()

"""Whom the demo calls: people who do not exist, under numbers that are kept for fiction."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import chain
from random import Random

_ENGLISH = (
    "Maria Devon Priya Hannah Marcus Leila Grace Owen Nikhil Caleb Imani Felix Ruth Noor Peter Yusuf Clara Irene Sofia Jamal "
    "Oscar Beth Aiko Tomás Lucía Jonas Hugo Ingrid Mateo Chiara Amara Elif Rosa Kwame Mei Dmitri Paula Sean Nadia Gavin",
    "Gonzalez Clarke Raman Lindqvist Bell Haddad Whitfield Murray Desai Nguyen Brooks Baumann Abrams Rahimi Novak Demir Jensen "
    "Kowalski Marchetti Whitaker Ruiz Lund Sorensen Tanaka Okafor Silva Petrov Keller Walsh Yilmaz Castro Hargreaves Osei",
)
_GERMAN = (
    "Anneliese Jonas Karin Dieter Sabine Uwe Friederike Matthias Heike Torsten Ayşe Lukas Renate Florian",
    "Baumann Keller Hoffmann Krüger Vogel Lindner Yilmaz Seidel Brandt Winkler Arslan Pohl",
)
_FRENCH = (
    "Camille Hugo Élodie Bastien Margaux Thierry Inès Guillaume Nathalie Romain Aïcha Sylvain",
    "Moreau Lefèvre Girard Rousseau Benali Chevalier Perrin Fontaine Dumas Marchand Roche",
)
_NAMES = {"+1": _ENGLISH, "+44": _ENGLISH, "+49": _GERMAN, "+33": _FRENCH}
_CARS = ("Golf", "Fiesta", "Corsa", "Clio", "Yaris", "Octavia", "Civic", "208", "Polo", "Astra")
SURE, DOUBTFUL = 60, 40


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """The people of one client: `prefix` begins their ids, `areas` are US area codes, `abroad` adds Britain, Germany, France.

    `doubtful` are area codes that tell no place; a few people after the first `SURE` have such numbers.
    """

    prefix: str
    areas: tuple[int, ...] = ()
    doubtful: tuple[int, ...] = ()
    abroad: bool = False
    fact: str = "last_visit"

    def csv(self, first: int, last: int, *, tags: str) -> bytes:
        """Gives the people from `first` up to `last` (not included) as a file to import; the same ones every time."""
        lines = [f"name,phone,email,tags,external_id,{self.fact}"]
        lines += [self._line(nth, number, tags) for nth, number in enumerate(numbers(self)[first:last], start=first)]
        return ("\n".join(lines) + "\n").encode()

    def _line(self, nth: int, number: str, tags: str) -> str:
        chance = Random(f"{self.prefix}/{nth}")
        firsts, lasts = next(names for prefix, names in _NAMES.items() if number.startswith(prefix))
        first, last = chance.choice(firsts.split()), chance.choice(lasts.split())
        email = f"{first}.{last}{nth}@example.com".lower() if chance.random() < 0.7 else ""
        extra = chance.choice(["", "", ";vip", ";new"])
        return f"{first} {last},{number},{email},{tags}{extra},{self.prefix}-{nth + 1:04d},{self._fact(chance)}"

    def _fact(self, chance: Random) -> str:
        day = f"2026-{chance.randint(1, 6):02d}-{chance.randint(1, 28):02d}"
        match self.fact:
            case "policy":
                return f"P-{chance.randint(100_000, 999_999)}"
            case "car":
                return f"{chance.choice(_CARS)} {chance.randint(2014, 2024)}"
            case "roof":
                return chance.choice(["flat", "pitched", "pitched", "unknown"])
            case _:
                return day


@cache
def numbers(people: People) -> tuple[str, ...]:
    """Gives all fictional numbers of a client, in the order in which its people are made."""
    found = list(chain(_american(people.areas), _abroad() if people.abroad else ()))
    chance = Random(people.prefix)
    chance.shuffle(found)
    later = found[SURE:] + list(_american(people.doubtful))[:DOUBTFUL]
    chance.shuffle(later)
    return (*found[:SURE], *later)


def _american(areas: tuple[int, ...]) -> Iterator[str]:
    return (f"+1{area}55501{nth:02d}" for area in areas for nth in range(100))


def _abroad() -> Iterator[str]:
    yield from (f"+447700900{nth:03d}" for nth in range(0, 1000, 3))
    yield from (f"+442079460{nth:03d}" for nth in range(0, 1000, 3))
    yield from (f"+493023125{nth:03d}" for nth in range(0, 1000, 6))
    yield from (f"+3319900{nth:04d}" for nth in range(0, 10_000, 70))

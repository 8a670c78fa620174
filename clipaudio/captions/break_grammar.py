"""Adjust the cost of a break by the grammar of the words around it.

What belongs together
---------------------
    verb and particle           give up, macht auf
    verb and object pronoun     approach it
    adjective or adverb and what it describes
    the parts of a phrase that "and" joins, more than clauses

    verb and the clause that it governs: we know that

What may part: subject and predicate, a noun and a participle behind it, a clause that "and" begins.

Conventions
-----------
Row i of a result belongs to the break before unit i + 1. Roles are those of `clipaudio.captions.languages.Role`, marks
those of `break_quality`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from clipaudio.captions.languages import Role

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Bits = NDArray[np.int64]
    Mask = NDArray[np.bool_]

__all__ = ["GUESSED", "adjust_breaks", "has_bits"]

GUESSED: Final = Role.ADJECTIVE | Role.POSTPOSITIVE | Role.ADVERB | Role.PLURAL | Role.PARTICIPLE
"""Roles that the ending of a word tells."""

# Rounded steps, one for all of a kind; the breaks of people on freely licensed talks agree with them (docs/design.md).
STRANDED: Final = 6.0  # give | up., gespielt | hatten,
BOND: Final = 2.0  # give | up, approach | it, famous | houses, casa | famosa
COMPLEMENT: Final = 1.0  # we know | that it rains
PART: Final = -1.0  # the man | is, the children | played, he came | and she left, a man | living here
PARTICLE_LEAN: Final = -14.0  # give up | on: a particle does not lean as a preposition does

_CLOSED: Final = ~int(GUESSED)  # of any closed class
_HEADS: Final = np.array(
    [
        *(Role.PRONOUN, Role.OBJECT, Role.DETERMINER, Role.AUXILIARY, Role.PARTICLE, Role.COORDINATOR),
        Role.POSTPOSITIVE,
        Role.PREPOSITION | Role.PARTICLE,
        Role.PREPOSITION | Role.CONJUNCTION | Role.ADVERB,  # "go down | with"
        Role.PREPOSITION | Role.CONJUNCTION | Role.GENITIVE,
        Role.PRONOUN | Role.CONJUNCTION | Role.AUXILIARY,
        Role.AUXILIARY | Role.NEGATION,
        *(Role.CONJUNCTION, Role.PARTICIPLE),
        _CLOSED,
    ],
    np.int64,
)
_TAILS: Final = np.array(
    [
        *(Role.DETERMINER, Role.OBJECT, Role.AUXILIARY, Role.PARTICLE, Role.PREPOSITION),
        *(Role.ADJECTIVE, Role.ADVERB, Role.PLURAL),
        Role.PRONOUN | Role.AUXILIARY | Role.INFINITIVE,
        _CLOSED,
    ],
    np.int64,
)


def adjust_breaks(head: Bits, tail: Bits, ended: Mask, is_unit: Mask) -> NDArray[np.float64]:
    """Return what grammar adds to the cost of the break between each row and the next.

    Parameters
    ----------
    head, tail
        Roles of the first and last word of each unit, int64, shape (n,); 0 in rows that are no unit.
    ended
        Whether a mark ends each unit, bool, shape (n,).
    is_unit
        bool, shape (n,): False in the row behind each text; the last row is one.

    Returns
    -------
    numpy.ndarray
        float64, shape (n - 2,); those beside a row that is no unit have no meaning.
    """
    heads = has_bits(head, _HEADS)
    here, after = _HeadRoles(*heads[:, 1:-1]), _HeadRoles(*heads[:, 2:])
    tails = has_bits(tail, _TAILS)
    before, own = _TailRoles(*tails[:, :-2]), _TailRoles(*tails[:, 1:-1])
    ended = ended | ~is_unit
    closes = ended[1:-1] | ~is_unit[2:]  # nothing of the phrase follows the unit behind the break
    cost = _rate_verbs(before, here, after, closes)
    either = here.pronoun & here.object & ~here.determiner
    goes_on = ~ended[2:]  # "I know | it rains here", but "approach | it again."
    verb_follows = own.auxiliary | (~closes & (after.verbal | (~after.closed & goes_on)))
    cost += np.where(either, np.where(verb_follows, PART, BOND), 0.0)
    stranded = ended[1:-1] & (head[1:-1] == tail[1:-1])  # one word
    cost += STRANDED * (stranded & here.leaning)
    cost += STRANDED * (stranded & here.auxiliary)
    described = np.zeros(len(closes), bool)
    described[1:] = (before.determiner & ~before.object & ~ended[:-2])[:-1]
    governed = np.zeros(len(closes), bool)
    governed[1:] = (before.governor & ~ended[:-2])[:-1]
    cost += COMPLEMENT * (governed & ~before.closed & here.conjunction & ~here.coordinator)
    return cost + _rate_nouns(before, here, after, described)


def has_bits(bits: Bits, wanted: Bits) -> Mask:
    """Return which of *bits*, shape (n,), share a bit with each of *wanted*, shape (m,): bool, shape (m, n)."""
    found: Mask = (bits & wanted[:, None]) != 0
    return found


class _HeadRoles(NamedTuple):
    """Roles of the first word of each unit: masks, in the order of `_HEADS`."""

    pronoun: Mask
    object: Mask
    determiner: Mask
    auxiliary: Mask
    particle: Mask
    coordinator: Mask
    postpositive: Mask
    leaning: Mask
    free: Mask
    opens_phrase: Mask
    opens_clause: Mask
    verbal: Mask
    conjunction: Mask
    participle: Mask
    closed: Mask


class _TailRoles(NamedTuple):
    """Roles of the last word of each unit: masks, in the order of `_TAILS`."""

    determiner: Mask
    object: Mask
    auxiliary: Mask
    particle: Mask
    preposition: Mask
    adjective: Mask
    adverb: Mask
    plural: Mask
    governor: Mask
    closed: Mask


def _rate_verbs(before: _TailRoles, here: _HeadRoles, after: _HeadRoles, closes: Mask) -> NDArray[np.float64]:
    """Rate breaks before a predicate, and beside a particle."""
    cost = np.where(~before.closed & here.auxiliary & ~here.pronoun, PART, 0.0)
    cost += BOND * (here.particle & ~closes & after.opens_phrase)
    cost += PARTICLE_LEAN * (before.particle & before.preposition & here.free)
    return cost


def _rate_nouns(before: _TailRoles, here: _HeadRoles, after: _HeadRoles, described: Mask) -> NDArray[np.float64]:
    """Rate breaks inside a noun phrase, and between those that a conjunction joins.

    *described* is whether a determiner stands before the unit before the break: it is an adjective, or part of a name.
    """
    content, plain = ~before.closed, ~here.closed
    participle = content & here.participle
    noun = plain & ~participle
    cost = np.where(here.coordinator & after.opens_clause, PART, 0.0)
    cost += PART * participle
    cost += BOND * (before.adjective & plain)
    cost += BOND * (before.adverb & plain)
    cost += BOND * (described & content & ~before.plural & noun)
    cost += PART * (before.plural & noun)
    cost += BOND * (content & here.postpositive)
    return cost

"""Adjust the cost of a break by the grammar of the words around it.

What belongs together
---------------------
    verb and particle           give up, macht auf
    verb and object pronoun     approach it
    adjective or adverb and what it describes
    the parts of a phrase that "and" joins, more than clauses

What may part: subject and predicate, a noun and a participle behind it, a clause that "and" begins.

Conventions
-----------
Row i of a result belongs to the break before unit i + 1. Roles are those of `clipaudio.captions.languages.Role`, marks
those of `break_quality`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from clipaudio.captions.languages import Role

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Bits = NDArray[np.int64]

__all__ = ["GUESSED", "adjust_breaks"]

GUESSED: Final = Role.ADJECTIVE | Role.POSTPOSITIVE | Role.ADVERB | Role.PLURAL
"""Roles that the ending of a word tells."""

# Steps set by hand and not fitted to any subtitles.
STRANDED: Final = 4.0  # give | up., gespielt | hatten,
BOND: Final = 2.0  # give | up, approach | it, famous | houses, casa | famosa
PART: Final = -1.0  # the man | is, the children | played, he came | and she left
PARTICLE_LEAN: Final = -5.5  # give up | on: a particle does not lean as a preposition does

_EITHER: Final = int(Role.PRONOUN | Role.OBJECT)
_VERBAL: Final = Role.AUXILIARY | Role.NEGATION


def adjust_breaks(head: Bits, tail: Bits, ended: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return what grammar adds to the cost of the break between each unit and the next.

    Parameters
    ----------
    head, tail
        Roles of the first and last word of each unit, int64, shape (n,).
    ended
        Whether a mark ends each unit, bool, shape (n,).

    Returns
    -------
    numpy.ndarray
        float64, shape (n - 1,).
    """
    before, here = tail[:-1], head[1:]
    after = np.append(head[2:], 0)
    closes = np.append(ended[1:-1], True)  # nothing of the phrase follows the unit behind the break
    cost = _rate_verbs(before, here, after, closes)
    either = ((here & _EITHER) == _EITHER) & ~_has(here, Role.DETERMINER)
    goes_on = np.append(~ended[2:], False)  # "I know | it rains here", but "approach | it again."
    verb_follows = _has(tail[1:], Role.AUXILIARY) | (~closes & (_has(after, _VERBAL) | (_plain(after) & goes_on)))
    cost += np.where(either, np.where(verb_follows, PART, BOND), 0.0)
    is_one_word = head[1:] == tail[1:]
    cost += STRANDED * (ended[1:] & is_one_word & _has(here, Role.PREPOSITION | Role.PARTICLE))
    cost += STRANDED * (ended[1:] & is_one_word & _has(here, Role.AUXILIARY))
    described = np.zeros(len(here), bool)
    described[1:] = _has(tail[:-2], Role.DETERMINER) & ~_has(tail[:-2], Role.OBJECT) & ~ended[:-2]
    return cost + _rate_nouns(before, here, after, described)


def _rate_verbs(before: Bits, here: Bits, after: Bits, closes: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Rate breaks before a predicate, and beside a particle."""
    cost = np.zeros(len(here))
    cost += PART * (_plain(before) & _has(here, Role.AUXILIARY) & ~_has(here, Role.PRONOUN))
    phrase_follows = _has(after, Role.PREPOSITION | Role.CONJUNCTION | Role.GENITIVE)
    cost += BOND * (_has(here, Role.PARTICLE) & ~closes & phrase_follows)
    is_free = _has(here, Role.PREPOSITION | Role.CONJUNCTION | Role.ADVERB)  # "go down | with"
    cost += PARTICLE_LEAN * (_has(before, Role.PARTICLE) & _has(before, Role.PREPOSITION) & is_free)
    return cost


def _rate_nouns(before: Bits, here: Bits, after: Bits, described: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Rate breaks inside a noun phrase, and between those that a conjunction joins.

    *described* is whether a determiner stands before the unit before the break: it is an adjective, or part of a name.
    """
    content, plain = _plain(before), _plain(here)
    is_clause = _has(after, Role.PRONOUN | Role.CONJUNCTION | Role.AUXILIARY)
    cost = np.where(_has(here, Role.COORDINATOR), np.where(is_clause, PART, 0.0), 0.0)
    cost += BOND * (_has(before, Role.ADJECTIVE) & plain)
    cost += BOND * (_has(before, Role.ADVERB) & plain)
    cost += BOND * (described & content & ~_has(before, Role.PLURAL) & plain)
    cost += PART * (_has(before, Role.PLURAL) & plain)
    cost += BOND * (content & _has(here, Role.POSTPOSITIVE))
    return cost


def _has(bits: Bits, wanted: int) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = (bits & int(wanted)) != 0
    return found


def _plain(bits: Bits) -> NDArray[np.bool_]:
    """Return which words are of no closed class."""
    found: NDArray[np.bool_] = (bits & ~int(GUESSED)) == 0
    return found

"""A profile becomes whole frames or milliseconds, whoever asked before."""

from __future__ import annotations

from fractions import Fraction

import pytest

from clipaudio.captions.limits import find_limits
from clipaudio.captions.profiles import PROFILES
from clipaudio.errors import ExportError


@pytest.mark.parametrize("fps", [25, 25.0, "25", Fraction(25)])
def test_a_rate_gives_the_same_limits_however_it_is_written(fps):
    assert find_limits(PROFILES["netflix"], fps=fps) == find_limits(PROFILES["netflix"], fps=Fraction(25))


def test_a_rate_that_is_none_is_refused_as_one():
    with pytest.raises(ExportError, match="an fps of \\[25\\]"):
        find_limits(PROFILES["netflix"], fps=[25])

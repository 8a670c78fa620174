"""What tests of tiers may ask for: Praat itself."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="session")
def praat_reads(needs, tmp_path_factory):
    """Return a function that lets Praat read a TextGrid: name -> (start, end, label) or (time, label) of everything."""
    parselmouth = needs("parselmouth")
    path = tmp_path_factory.mktemp("praat") / "clip.TextGrid"
    call = parselmouth.praat.call

    def entries(grid, tier):
        if call(grid, "Is interval tier", tier):
            return [
                (
                    call(grid, "Get start time of interval", tier, i),
                    call(grid, "Get end time of interval", tier, i),
                    call(grid, "Get label of interval", tier, i),
                )
                for i in range(1, call(grid, "Get number of intervals", tier) + 1)
            ]
        return [
            (call(grid, "Get time of point", tier, i), call(grid, "Get label of point", tier, i))
            for i in range(1, call(grid, "Get number of points", tier) + 1)
        ]

    def read(data):
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        grid = parselmouth.Data.read(str(path))
        count = call(grid, "Get number of tiers")
        return {call(grid, "Get tier name", tier): entries(grid, tier) for tier in range(1, count + 1)}

    return read

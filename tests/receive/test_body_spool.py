"""Bodies of requests: short ones in memory, long ones in files within a budget that is fair to all projects."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.receive.body_spool import SMALL_BYTES, BodySpool, RefusedError, RequestBody


def make(spool, project="p1"):
    async def find_project():
        return project

    return RequestBody(spool, find_project)


def fill(body, *pieces):
    async def go():
        for piece in pieces:
            await body.append(piece)

    asyncio.run(go())


@given(st.lists(st.binary(max_size=50).map(lambda piece: piece * 2000), max_size=6))
def test_body_is_read_as_it_was_appended(pieces):
    body = make(BodySpool(max_bytes=1 << 24))
    fill(body, *pieces)
    whole = b"".join(pieces)
    assert body.read() == body.read() == whole
    assert body.is_long == (len(whole) > SMALL_BYTES)
    body.close()


def test_long_body_takes_little_memory():
    body = make(BodySpool(max_bytes=1 << 24))
    fill(body, *[b"x" * 40_000] * 100)
    assert len(body._pending) < 2 * SMALL_BYTES
    assert len(body.read()) == 4_000_000
    body.close()


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 400), st.booleans()), max_size=60))
def test_no_project_holds_more_than_it_leaves_free_when_it_asks(steps):
    spool, held = BodySpool(max_bytes=1000), []
    for project, count, ends in steps:
        if ends and held:
            spool.release(*held.pop(0))
        try:
            spool.reserve(project, count)
        except RefusedError as error:
            assert error.status == 503  # noqa: PT017 - either outcome may be right
            continue
        held.append((project, count))
        used = sum(size for _, size in held)
        assert sum(size for name, size in held if name == project) <= 1000 - used
        assert used < 1000


def test_project_that_took_all_it_may_leaves_room_for_another():
    spool = BodySpool(max_bytes=10_000_000)
    greedy = [make(spool, "greedy") for _ in range(6)]
    for body in greedy[:5]:
        asyncio.run(body.reserve(1_000_000))
    with pytest.raises(RefusedError, match="too many long bodies"):
        asyncio.run(greedy[5].reserve(1_000_000))
    modest = make(spool, "modest")
    asyncio.run(modest.reserve(1_000_000))
    for body in (*greedy, modest):
        body.close()
    again = make(spool, "greedy")
    asyncio.run(again.reserve(5_000_000))
    again.close()


def test_temporary_file_that_cannot_be_written_is_refused_for_now(tmp_path):
    body = make(BodySpool(max_bytes=1 << 24, folder=tmp_path / "missing"))
    with pytest.raises(RefusedError, match="try again later") as caught:
        fill(body, b"x" * (SMALL_BYTES + 1))
    assert caught.value.status == 503
    body.close()


def test_short_body_of_an_unknown_project_needs_no_room():
    body = RequestBody(BodySpool(max_bytes=0), find_project=None)
    fill(body, b"x" * SMALL_BYTES)
    assert body.read() == b"x" * SMALL_BYTES
    body.close()

# SPDX-License-Identifier: Apache-2.0
"""A suite for pytest-asyncio, in which two tests fail on purpose."""
import asyncio

import pytest
import pytest_asyncio


@pytest_asyncio.fixture
async def server():
    """An echo server."""

    async def echo(reader, writer):
        while line := await reader.readline():
            writer.write(line.upper())
        writer.close()

    async with await asyncio.start_server(echo, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()


@pytest.fixture
def anything():
    return asyncio.Queue()


@pytest.mark.parametrize("word", ["one", "two", "three"])
async def test_echo(server, word):
    reader, writer = await asyncio.open_connection(*server)
    writer.write(word.encode() + b"\n")
    assert await reader.readline() == word.upper().encode() + b"\n"
    writer.close()
    await writer.wait_closed()


async def test_queue(anything):
    async with asyncio.TaskGroup() as group:
        group.create_task(anything.put(1))
        assert await group.create_task(anything.get()) == 1


async def test_timeout():
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.001):
            await asyncio.sleep(60)


async def nested(n):
    if n:
        await asyncio.sleep(0)
        return await nested(n - 1)
    raise LookupError("on purpose")


async def test_fails_in_a_task():
    await asyncio.gather(nested(3), asyncio.sleep(60))


async def test_fails_in_an_assertion():
    answers = await asyncio.gather(*(asyncio.sleep(0, n) for n in range(3)))
    assert answers == [0, 1, 3]


async def test_threads():
    assert await asyncio.to_thread(sum, [1, 2]) == 3


@pytest.mark.asyncio(loop_scope="module")
class TestOneLoop:
    loop = None

    async def test_first(self):
        TestOneLoop.loop = asyncio.get_running_loop()

    async def test_second(self):
        assert TestOneLoop.loop is asyncio.get_running_loop()


@pytest.mark.skip(reason="to have one")
async def test_skipped():
    pass


@pytest.mark.xfail(reason="to have one")
async def test_expected_to_fail():
    await asyncio.wait_for(asyncio.Event().wait(), 0.001)

# SPDX-License-Identifier: Apache-2.0
"""A test suite with IsolatedAsyncioTestCase, one of whose tests fails."""
import asyncio
import unittest
import unittest.mock


class Test(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self):
        asyncio.get_running_loop().slow_callback_duration = 60  # it runs in debug mode
        self.queue = asyncio.Queue()
        self.addAsyncCleanup(self.queue.join)

    async def test_passes(self):
        await asyncio.sleep(0)
        self.assertEqual(self.queue.qsize(), 0)

    async def test_fails(self):
        await asyncio.sleep(0)
        self.assertEqual(1, 2)

    @unittest.expectedFailure
    async def test_expected(self):
        await asyncio.wait_for(asyncio.sleep(60), 0.001)

    async def test_mock(self):
        mock = unittest.mock.AsyncMock(return_value=5)
        self.assertEqual(await mock(1), 5)
        mock.assert_awaited_once_with(1)
        loop = asyncio.get_running_loop()
        with unittest.mock.patch.object(loop, "call_soon") as call_soon:
            loop.call_soon(print)
        call_soon.assert_called_once_with(print)
        with unittest.mock.patch("asyncio.base_events.BaseEventLoop.call_later", autospec=True) as call_later:
            loop.call_later(1, print)
        call_later.assert_called_once_with(loop, 1, print)


unittest.main(verbosity=2, argv=["unittests"])

# SPDX-License-Identifier: Apache-2.0
"""Crawls a site with httpx, at most five pages at a time. The site is the program's own:
some of its pages fail twice, some hang, some lead nowhere."""
import asyncio
import collections
import re

import httpx

PAGES = 60
attempts = collections.Counter()


async def site(reader, writer):
    """Serves one connection."""
    try:
        while line := await reader.readline():
            path = line.split()[1].decode()
            while (await reader.readline()).strip():
                pass
            status, body = await page(path, reader)
            writer.write(b"HTTP/1.1 %d -\r\nContent-Length: %d\r\n\r\n%s" % (status, len(body), body))
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


async def page(path, reader):
    number = int(path.strip("/") or 0)
    attempts[number] += 1
    if number >= PAGES:
        return 404, b"no such page"
    if number % 10 == 7 and attempts[number] < 3:
        return 503, b"come back later"
    if number % 10 == 9 and attempts[number] < 2:
        await reader.read()  # until the client has lost its patience
    await asyncio.sleep(0.001)
    return 200, b"".join(b'<a href="/%d">' % n for n in (number * 2 + 1, number * 2 + 2))


async def fetch(client, semaphore, url):
    """Returns a page, after some tries."""
    for attempt in range(4):
        async with semaphore:
            try:
                answer = await client.get(url)
                if answer.status_code != 503:
                    return answer
            except httpx.TimeoutException:
                pass
        await asyncio.sleep(0.002 * 2**attempt)
    raise RuntimeError(f"gave up {url}")


async def crawl(base):
    """Fetches all pages that can be reached; each one is a task that starts others."""
    seen, answers = {"/0"}, collections.Counter()
    semaphore = asyncio.Semaphore(5)
    async with httpx.AsyncClient(base_url=base, timeout=0.5) as client, asyncio.TaskGroup() as group:
        async def visit(path):
            answer = await fetch(client, semaphore, path)
            answers[answer.status_code] += 1
            for link in re.findall('href="(.*?)"', answer.text):
                if link not in seen:
                    seen.add(link)
                    group.create_task(visit(link), name=f"page {link}")

        group.create_task(visit("/0"), name="page /0")
    return answers


async def main():
    async with await asyncio.start_server(site, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        answers = await crawl(f"http://127.0.0.1:{port}")
    print("answers:", sorted(answers.items()))
    print("attempts:", sorted(collections.Counter(attempts.values()).items()))


asyncio.run(main())

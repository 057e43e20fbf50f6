# SPDX-License-Identifier: Apache-2.0
"""Works with a PostgreSQL through asyncpg; its directory of sockets is the argument."""
import asyncio
import sys

import asyncpg

ACCOUNTS, TRANSFERS = 10, 100


async def transfer(pool, number):
    """Moves money in a transaction; some are rolled back."""
    async with pool.acquire() as connection:
        try:
            async with connection.transaction():
                await connection.execute("update account set balance = balance - 1 where id = $1", number % ACCOUNTS)
                if number % 10 == 3:
                    raise ValueError("changed its mind")
                await connection.execute("update account set balance = balance + 1 where id = $1", 0)
                return "done"
        except ValueError:
            return "rolled back"


async def main():
    async with asyncpg.create_pool(host=sys.argv[1], user="postgres", database="postgres", min_size=2, max_size=4) as pool:
        await pool.execute("create table account (id int primary key, balance int)")
        await pool.executemany("insert into account values ($1, 100)", [(i,) for i in range(ACCOUNTS)])
        transfers = [asyncio.create_task(transfer(pool, i), name=f"transfer {i}") for i in range(TRANSFERS)]
        results = await asyncio.gather(*transfers)
        print("transfers:", results.count("done"), results.count("rolled back"))
        print("sum:", await pool.fetchval("select sum(balance) from account"))
        async with pool.acquire() as connection, connection.transaction():
            total = 0
            async for row in connection.cursor("select * from generate_series(1, 500) as n", prefetch=50):
                total += row["n"]
            print("cursor:", total)
        heard = asyncio.get_running_loop().create_future()
        async with pool.acquire() as listener:
            await listener.add_listener("news", lambda *event: heard.done() or heard.set_result(event[3]))
            await pool.execute("select pg_notify('news', 'hello')")
            print("notified:", await heard)
            await listener.reset()
        try:
            await pool.fetchval("select pg_sleep(60)", timeout=0.05)
        except asyncio.TimeoutError:
            print("timeout: the query was cancelled")
        try:
            await pool.execute("insert into account values (0, 0)")
        except asyncpg.UniqueViolationError as problem:
            print("error:", problem.sqlstate)
        await pool.execute("drop table account")


asyncio.run(main())

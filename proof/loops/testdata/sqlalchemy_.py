# SPDX-License-Identifier: Apache-2.0
"""SQLAlchemy's asyncio, which runs its synchronous code in greenlets."""
import asyncio

from sqlalchemy import Integer, String, select
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Item(Base):
    __tablename__ = "items"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str] = mapped_column(String(20))


async def work(engine, n):
    async with AsyncSession(engine) as session:
        session.add_all([Item(name="item %d-%d" % (n, i)) for i in range(3)])
        await session.commit()
        return len((await session.execute(select(Item))).scalars().all()) >= 3


def touch(session):
    in_touch(session.execute(select(Item.name)).first())


def in_touch(row):
    assert row is not None


async def main():
    engine = create_async_engine("sqlite+aiosqlite:///:memory:")
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    for n in range(3):
        print(await work(engine, n))
    async with AsyncSession(engine) as session:
        await session.run_sync(touch)
    await engine.dispose()


asyncio.run(main())

# SPDX-License-Identifier: Apache-2.0
"""An application for uvicorn and gunicorn, which notes its life in a file of each worker."""
import asyncio
import contextlib
import os
import threading

from fastapi import BackgroundTasks, FastAPI
from fastapi.responses import StreamingResponse


def note(text):
    with open(os.path.join(os.environ["NOTES"], str(os.getpid())), "a") as file:
        print(text, file=file)


@contextlib.asynccontextmanager
async def lifespan(app):
    note("begin")
    ticker = asyncio.create_task(asyncio.Event().wait(), name="forever")
    yield
    ticker.cancel()
    note("end")


app = FastAPI(lifespan=lifespan)


@app.get("/async/{name}")
async def answer(name: str):
    await asyncio.sleep(0.001)
    return {"hello": name, "pid": os.getpid()}


@app.get("/sync/{name}")
def answer_in_thread(name: str):
    """Runs in a thread of the pool."""
    return {"hello": name, "main": threading.current_thread() is threading.main_thread()}


@app.post("/later/{text}", status_code=202)
async def later(text: str, tasks: BackgroundTasks):
    tasks.add_task(note, "in a thread: " + text)
    tasks.add_task(note_later, text)
    return {"accepted": text}


async def note_later(text):
    await asyncio.sleep(0.001)
    note("on the loop: " + text)


@app.get("/stream")
async def stream(n: int):
    async def lines():
        for i in range(n):
            yield f"line {i}\n"
            await asyncio.sleep(0.001)

    return StreamingResponse(lines(), media_type="text/plain")

"""The addresses below /raxel that the editor asks (ComfyUI answers them below /api/raxel too).

Every refusal is status 400 with ``{"error": one sentence}``, and ``"needs"`` where the page can ask for what is missing. Work goes to a thread, so that the host's page stays awake.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import wraps
from typing import Any

from aiohttp import BodyPartReader, web
from aiohttp.http_exceptions import HttpProcessingError
from server import PromptServer

from ..raxel_core.errors import LensMissing, RaxelError
from . import exchange
from .live import LISTENERS

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
CHUNK = 1 << 16
MOST_TEXT = 8 << 20
"""Bytes of a request to write a file: the editor's text is at most two million characters."""


def register_routes() -> None:
    """Add the addresses to the host, once; a host without a server (its own tests) goes without."""
    server = getattr(PromptServer, "instance", None)
    if server is None or any(getattr(route, "path", "").startswith("/raxel/") for route in server.routes):
        return
    for method, address, handler in ROUTES:
        server.routes.route(method, f"/raxel/{address}")(in_a_sentence(handler))


def in_a_sentence(handler: Handler) -> Handler:
    """The handler, with RaxelError as status 400."""

    @wraps(handler)
    async def answer(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except RaxelError as error:
            needs = {"needs": "hfov_deg"} if isinstance(error, LensMissing) else {}
            return web.json_response({"error": str(error), **needs}, status=400)

    return answer


async def presets(_: web.Request) -> web.Response:
    """GET presets: every named move."""
    return web.json_response(exchange.presets())


async def preset(request: web.Request) -> web.Response:
    """GET preset?preset&amount&frames&...: the cameras of a named move."""
    return web.json_response(await asyncio.to_thread(exchange.preset_seed, dict(request.query)))


async def formats(_: web.Request) -> web.Response:
    """GET formats: endings of the camera files that are read; name, title and file name of those that are written."""
    return web.json_response(exchange.menu())


async def read_trajectory(request: web.Request) -> web.Response:
    """POST trajectory/read?name&width&height&fps&hfov_deg with a file as body, or a form of several: its cameras."""
    wishes = dict(request.query)
    files = await _files(request, wishes.get("name", ""))
    return web.json_response(await asyncio.to_thread(exchange.read_files, files, wishes))


async def write_trajectory(request: web.Request) -> web.Response:
    """POST trajectory/write {path, format}: the editor's path as a file to keep; a header tells what is not in it."""
    wish = await _json(request)
    path, name = (_text(wish, key) for key in ("path", "format"))
    written = await asyncio.to_thread(exchange.write_file, path, name)
    return web.Response(
        body=written.data,
        content_type="application/octet-stream",
        headers={
            "Content-Disposition": f'attachment; filename="{written.name}"',
            "X-Content-Type-Options": "nosniff",
            "X-Raxel-Lost": json.dumps(written.lost),
        },
    )


async def live(request: web.Request) -> web.Response:
    """POST live {client_id, on}: this page draws the steps of a run itself, or no longer does."""
    wish = await _json(request)
    LISTENERS.tell(_text(wish, "client_id"), wish.get("on") is True)
    return web.json_response({})


ROUTES: list[tuple[str, str, Handler]] = [
    ("GET", "presets", presets),
    ("GET", "preset", preset),
    ("GET", "formats", formats),
    ("POST", "trajectory/read", read_trajectory),
    ("POST", "trajectory/write", write_trajectory),
    ("POST", "live", live),
]


async def _collected(chunks: AsyncIterator[bytes], most: int) -> bytes:
    """All of it; a RaxelError as soon as it is larger than ``most`` bytes, read no further."""
    data = bytearray()
    async for chunk in chunks:
        data += chunk
        if len(data) > most:
            raise RaxelError(
                f"what was sent is larger than {exchange.MOST_BYTES >> 20} MB; this is no camera path"
            )
    return bytes(data)


async def _files(request: web.Request, name: str) -> dict[str, bytes]:
    """Name -> content: the body under the name that the address tells, or the files of a form under their own."""
    if request.content_type != "multipart/form-data":
        return {name: await _collected(request.content.iter_chunked(CHUNK), exchange.MOST_BYTES)}
    files: dict[str, bytes] = {}
    try:
        async for part in await request.multipart():
            if isinstance(part, BodyPartReader) and part.filename and len(files) <= exchange.MOST_FILES:
                room = exchange.MOST_BYTES - sum(map(len, files.values()))
                files[part.filename] = await _collected(_chunks(part), room)
    except RaxelError:
        raise
    except (ValueError, HttpProcessingError) as error:
        raise RaxelError("the form of files cannot be read; was it cut off?") from error
    return files


async def _chunks(part: BodyPartReader) -> AsyncIterator[bytes]:
    while chunk := await part.read_chunk(CHUNK):
        yield chunk


async def _json(request: web.Request) -> dict[str, Any]:
    """The body as a JSON object, else RaxelError."""
    data = await _collected(request.content.iter_chunked(CHUNK), MOST_TEXT)
    try:
        wish = json.loads(data)
    except (ValueError, RecursionError):
        wish = None
    if not isinstance(wish, dict):
        raise RaxelError("the request must be a JSON object")
    return wish


def _text(wish: dict[str, Any], key: str) -> str:
    value = wish.get(key)
    if not isinstance(value, str):
        raise RaxelError(f'"{key}" must be a text')
    return value

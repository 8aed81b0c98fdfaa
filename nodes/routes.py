"""The addresses below /raxel that the editor asks (ComfyUI answers them below /api/raxel too).

Every refusal is status 400 with ``{"error": one sentence}``. Work goes to a thread, so that the host's page stays awake.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

from aiohttp import web
from server import PromptServer

from ..raxel_core.errors import RaxelError
from . import exchange
from .live import LISTENERS

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
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
            return web.json_response({"error": str(error)}, status=400)

    return answer


async def presets(_: web.Request) -> web.Response:
    """GET presets: every named move."""
    return web.json_response(exchange.presets())


async def preset(request: web.Request) -> web.Response:
    """GET preset?preset&amount&frames&...: the cameras of a named move."""
    return web.json_response(await asyncio.to_thread(exchange.preset_seed, dict(request.query)))


async def formats(_: web.Request) -> web.Response:
    """GET formats: endings of the camera files that are read and written."""
    return web.json_response(exchange.endings())


async def read_trajectory(request: web.Request) -> web.Response:
    """POST trajectory/read?name&width&height with a file as body: its cameras; the size is for a file that states none."""
    data = await _body(request, exchange.MOST_BYTES)
    wishes = dict(request.query)
    return web.json_response(
        await asyncio.to_thread(exchange.read_file, wishes.get("name", ""), data, wishes)
    )


async def write_trajectory(request: web.Request) -> web.Response:
    """POST trajectory/write {path, ending}: the editor's path as a file to keep."""
    wish = await _json(request)
    path, ending = (_text(wish, key) for key in ("path", "ending"))
    data = await asyncio.to_thread(exchange.write_file, path, ending)
    disposition = f'attachment; filename="camera_path{ending}"'
    return web.Response(
        body=data,
        content_type="application/octet-stream",
        headers={"Content-Disposition": disposition, "X-Content-Type-Options": "nosniff"},
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


async def _body(request: web.Request, most: int) -> bytes:
    """The body; a RaxelError as soon as it is larger than ``most`` bytes, read no further."""
    data = bytearray()
    async for chunk in request.content.iter_chunked(1 << 16):
        data += chunk
        if len(data) > most:
            raise RaxelError(f"what was sent is larger than {most >> 20} MB; this is no camera path")
    return bytes(data)


async def _json(request: web.Request) -> dict[str, Any]:
    """The body as a JSON object, else RaxelError."""
    data = await _body(request, MOST_TEXT)
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

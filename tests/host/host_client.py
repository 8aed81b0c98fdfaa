"""A real ComfyUI as a process of its own, spoken to as its web page does: HTTP for prompts, a websocket for progress."""

from __future__ import annotations

import base64
import json
import os
import socket
import struct
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
SHIMS = HERE / "shims"
NEEDS = [
    "aiohttp",
    "alembic",
    "av",
    "comfyui_frontend_package",
    "einops",
    "kornia",
    "psutil",
    "pydantic",
    "requests",
    "safetensors",
    "scipy",
    "sentencepiece",
    "spandrel",
    "sqlalchemy",
    "torch",
    "torchsde",
    "torchvision",
    "transformers",
    "yaml",
]
PROBE = f"""
import importlib.util, sys
missing = [name for name in {NEEDS!r} if importlib.util.find_spec(name) is None]
if missing: sys.exit("without " + ", ".join(missing))
import torchvision
"""


@dataclass(frozen=True)
class Interpreter:
    """A Python that can run the host, and the extra import path that it needs for that."""

    path: str
    environment: dict[str, str]


def find_interpreter(candidates: list[str]) -> tuple[Interpreter | None, str]:
    """The first candidate that exists and can import what main.py needs, with the torchvision shim where it must be."""
    reasons = []
    for path in candidates:
        if not Path(path).exists():
            continue
        for shim in ("", str(SHIMS)):
            environment = {**os.environ, "PYTHONPATH": shim, "PYTHONDONTWRITEBYTECODE": "1"}
            done = subprocess.run([path, "-c", PROBE], env=environment, capture_output=True, text=True)
            if done.returncode == 0:
                return Interpreter(path, environment), ""
        reasons.append(f"{path}: {done.stderr.strip().splitlines()[-1]}")
    return None, "; ".join(reasons)


def comfyui_dir() -> Path:
    """Where this machine's ComfyUI lies, if it has one."""
    return Path(os.environ.get("COMFYUI_DIR") or Path.home() / "comfy" / "ComfyUI")


def host_interpreter() -> tuple[Interpreter | None, str]:
    """A Python that can run this machine's ComfyUI, or a sentence that says what is missing."""
    folder = comfyui_dir()
    if not (folder / "main.py").is_file():
        return None, f"no ComfyUI in {folder}; set COMFYUI_DIR"
    venvs = (folder / ".venv", folder / "venv", ROOT / ".venv-host")
    chosen = os.environ.get("COMFYUI_PYTHON")
    candidates = [chosen] if chosen else [*(str(venv / "bin" / "python") for venv in venvs), sys.executable]
    found, reasons = find_interpreter(candidates)
    missing = (
        f"no Python can run {folder}/main.py ({reasons}); see tests/host/README.md, or set COMFYUI_PYTHON"
    )
    return found, "" if found else missing


@contextmanager
def running_host(interpreter: Interpreter, folder: Path, *options: str) -> Iterator[Host]:
    """A ComfyUI on the CPU over a base folder (``host_folder.prepare``), with the packs that lie in it and no others."""
    port = free_port()
    packs = sorted(entry.name for entry in (folder / "custom_nodes").iterdir())
    command = [interpreter.path, str(comfyui_dir() / "main.py"), "--cpu", "--port", str(port), "--log-stdout"]
    command += [
        "--base-directory",
        str(folder),
        "--database-url",
        "sqlite:///:memory:",
        "--disable-api-nodes",
    ]
    command += ["--disable-all-custom-nodes", "--whitelist-custom-nodes", *packs, *options]
    with (folder / "comfy.log").open("w") as log:
        process = subprocess.Popen(
            command, cwd=comfyui_dir(), stdout=log, stderr=subprocess.STDOUT, env=interpreter.environment
        )
    host = Host(folder, port, process)
    try:
        host.wait_until_up(180)
        yield host
    finally:
        host.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass
class Host:
    """A running ComfyUI whose input, output, models and settings lie in a folder of the test's own."""

    folder: Path
    port: int
    process: subprocess.Popen
    client_id: str = field(default_factory=lambda: uuid.uuid4().hex)

    @property
    def log(self) -> str:
        return (self.folder / "comfy.log").read_text(errors="replace")

    def wait_until_up(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise RuntimeError(f"ComfyUI ended with {self.process.returncode}:\n{self.log[-4000:]}")
            try:
                self.get("/system_stats")
                return
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.3)
        raise RuntimeError(f"ComfyUI did not answer within {seconds} s:\n{self.log[-4000:]}")

    def raw(self, path: str) -> bytes:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=30) as answer:
            return answer.read()

    def get(self, path: str) -> dict:
        return json.loads(self.raw(path))

    def post(self, path: str, body: dict) -> tuple[int, dict]:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}",
            json.dumps(body).encode(),
            {"Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.loads(answer.read() or b"{}")
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or b"{}")

    def queue(self, prompt: dict, watched: bool = True, **extra: str) -> str:
        """Queue a prompt; unwatched as a script does that hears of no progress; `extra` is extra_data of the page."""
        client = {"client_id": self.client_id} if watched else {}
        status, answer = self.post("/prompt", {"prompt": prompt, "extra_data": extra, **client})
        assert status == 200, answer
        return answer["prompt_id"]

    def refusal(self, prompt: dict) -> str:
        """The words with which the host refuses to queue a prompt, or the part of it that cannot run."""
        _, answer = self.post("/prompt", {"prompt": prompt, "client_id": self.client_id})
        assert answer["node_errors"], f"everything was accepted: {answer}"
        if "prompt_id" in answer:
            self.result(answer["prompt_id"])  # the rest ran
        return " | ".join(e["details"] for node in answer["node_errors"].values() for e in node["errors"])

    def result(self, prompt_id: str, seconds: float = 240) -> dict:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            history = self.get(f"/history/{prompt_id}")
            if prompt_id in history and history[prompt_id]["status"]["status_str"]:
                return history[prompt_id]
            time.sleep(0.1)
        raise AssertionError(f"no result after {seconds} s:\n{self.log[-3000:]}")

    def run(self, prompt: dict, watched: bool = True, **extra: str) -> dict:
        """Run a prompt to its end; its outputs by node id. Fails with the host's traceback where the run failed."""
        result = self.result(self.queue(prompt, watched, **extra))
        assert result["status"]["status_str"] == "success", (failure(result), self.log[-3000:])
        return result["outputs"]

    def saved(self, entry: dict) -> Path:
        """The file that an output entry names."""
        return self.folder / entry["type"] / entry.get("subfolder", "") / entry["filename"]

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def failure(result: dict) -> str:
    """The words of the exception that ended a run."""
    errors = [body for kind, body in result["status"]["messages"] if kind == "execution_error"]
    return errors[0]["exception_message"].strip() if errors else ""


class Socket:
    """The least of a websocket client: the handshake, and frames from the server (never masked, never fragmented here)."""

    def __init__(self, host: Host) -> None:
        self.stream = socket.create_connection(("127.0.0.1", host.port), timeout=120)
        key = base64.b64encode(os.urandom(16)).decode()
        self.stream.sendall(
            f"GET /ws?clientId={host.client_id} HTTP/1.1\r\nHost: 127.0.0.1:{host.port}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        self.buffer = b""
        while b"\r\n\r\n" not in self.buffer:
            self.buffer += self.stream.recv(65536)
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        assert b" 101 " in head, head

    def _take(self, count: int) -> bytes:
        while len(self.buffer) < count:
            chunk = self.stream.recv(1 << 20)
            assert chunk, "the host closed the websocket"
            self.buffer += chunk
        taken, self.buffer = self.buffer[:count], self.buffer[count:]
        return taken

    def message(self) -> dict | bytes:
        """The next message: JSON as a dict, or the bytes of a binary one (its first 4 bytes say its kind)."""
        while True:
            opcode, length = struct.unpack("!BB", self._take(2))
            if length == 126:
                (length,) = struct.unpack("!H", self._take(2))
            elif length == 127:
                (length,) = struct.unpack("!Q", self._take(8))
            payload = self._take(length)
            if opcode & 15 == 1:
                return json.loads(payload)
            if opcode & 15 == 2:
                return payload

    def close(self) -> None:
        self.stream.close()

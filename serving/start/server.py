"""The server process: BentoML's app of our service on one listening socket, in this process.

`bentoml serve serving.service:Vouch` gives the same service under BentoML's own
supervisor; here no second process has to start, which halves the start-up.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from types import FrameType

from features.errors import SetupError, VouchError
from serving import log
from serving.settings import Settings, read


def listen(settings: Settings) -> socket.socket:
    """The listening socket. Raises `SetupError` when the port is taken or not allowed."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # With the protocol named, asyncio turns Nagle's algorithm off: otherwise 40 ms an answer.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
        listener.listen(2048)
    except OSError as error:
        listener.close()
        raise SetupError(
            f"cannot listen on {settings.address} ({error.strerror}): "
            "stop what uses the port, or choose another with VOUCH_PORT"
        ) from None
    return listener


def serve(
    settings: Settings,
    *,
    until_stdin_closes: bool = False,
    announce: Callable[[], None] = lambda: None,
) -> None:
    """Serves until it is told to stop (SIGTERM, SIGINT). Raises `VouchError` if it cannot start."""
    listener = listen(settings)
    os.environ["BENTOML_DO_NOT_TRACK"] = "True"
    os.environ["BENTOML_HOME"] = str(settings.home.absolute() / "bentoml")
    import uvicorn  # here, for BentoML reads its environment when it is imported

    from serving.service import API, Vouch

    API.open(settings)
    config = uvicorn.Config(
        Vouch.to_asgi(),
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=65,
        timeout_graceful_shutdown=5,
    )
    server = uvicorn.Server(config)

    def stop(_number: int, _frame: FrameType | None) -> None:
        server.should_exit = True

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)  # uvicorn takes over, and raises it again when it has stopped
    if until_stdin_closes:
        threading.Thread(target=_until_stdin_closes, args=(server,), daemon=True).start()
    announce()
    server.run(sockets=[listener])


def _until_stdin_closes(server: object) -> None:
    while os.read(0, 4096):
        pass
    server.should_exit = True  # type: ignore[attr-defined]


def main() -> int:
    """The child of `vouch up`: lives as long as its standard input is open."""
    log.to_stderr()
    try:
        serve(read(), until_stdin_closes=True)
    except VouchError as error:
        sys.stderr.write(f"{error.message}\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())

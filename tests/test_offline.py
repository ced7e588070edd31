"""Nothing that trains asks another machine: the runs of real claims that tests look at are kept from all others."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

OFFLINE = Path(__file__).parent / "offline"

CALLS = {
    "an address": "import socket; socket.create_connection(('192.0.2.1', 80), timeout=1)",
    "a name": "import urllib.request; urllib.request.urlopen('https://storage.googleapis.com', timeout=1)",
    "this machine": "from socket import *; a = create_server(('127.0.0.1', 0)); create_connection(a.getsockname())",
}


@pytest.mark.parametrize("what", CALLS)
def test_whoever_calls_another_machine_fails(what: str) -> None:
    environment = os.environ | {"PYTHONPATH": str(OFFLINE)}
    done = subprocess.run([sys.executable, "-c", CALLS[what]], env=environment, capture_output=True, text=True)
    assert (done.returncode == 0) == (what == "this machine"), done.stderr
    assert ("no test talks to another machine" in done.stderr) == (what != "this machine")

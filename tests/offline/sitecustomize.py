"""Python loads this first where its folder is on the path: no process there talks to another machine."""

import sys

HERE = ("127.", "::1", "localhost")


def refuse(event, facts):
    """Raises OSError where a name is looked up, or an address is reached, that is not of this machine."""
    if event == "socket.getaddrinfo":
        host = facts[0]
    elif event in ("socket.connect", "socket.sendto") and isinstance(facts[1], tuple):
        host = facts[1][0]
    else:
        return
    text = host.decode() if isinstance(host, bytes) else host
    if text is not None and not str(text).startswith(HERE):
        raise OSError(f"no test talks to another machine, and this one would to {text}")


sys.addaudithook(refuse)

"""Steps of a scripted session: each prints one line of JSON, to be compared between servers."""
import json
import sys
import threading
import time

failures = 0


def plain(value):
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace") if len(value) < 200 else "%d bytes" % len(value)
    if isinstance(value, BaseException):
        return "raised " + type(value).__name__
    if isinstance(value, (list, tuple)) and not hasattr(value, "_fields"):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return value if isinstance(value, (int, float, bool, str, type(None))) else str(value)


def step(name, value, expected):
    """Reports a step; `expected` is what every server must give."""
    global failures
    value, expected = plain(value), plain(expected)
    ok = value == expected
    failures += 0 if ok else 1
    line = {"step": name, "ok": ok, "value": value}
    if not ok:
        line["expected"] = expected
    print(json.dumps(line, ensure_ascii=False, sort_keys=True), flush=True)


def raised(call, *args, **kwargs):
    """The name of what a call raises, or `none`."""
    try:
        call(*args, **kwargs)
    except Exception as error:
        return "raised " + type(error).__name__
    return "none"


def finish():
    sys.exit(1 if failures else 0)


class Events(object):
    """Collects watch events; `take` waits for as many as are due."""

    def __init__(self):
        self._ready = threading.Condition()
        self._events = []

    def __call__(self, event):
        with self._ready:
            self._events.append("%s %s" % (event.type, event.path))
            self._ready.notify_all()

    def take(self, count, timeout=10):
        deadline = time.monotonic() + timeout
        with self._ready:
            while len(self._events) < count and time.monotonic() < deadline:
                self._ready.wait(deadline - time.monotonic())
            taken, self._events = self._events, []
            return taken


def wait_for(look, timeout=10):
    """Asks until the answer is true; for states that announce nothing."""
    deadline = time.monotonic() + timeout
    while not look():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True

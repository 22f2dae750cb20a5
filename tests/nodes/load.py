"""Requests that go on while something happens, and what came of them."""

import json
import signal
import subprocess


class Load:
    """From the first node, to an address. At the end no request may have failed."""

    def __init__(self, whole, url, host):
        self.process = subprocess.Popen([str(whole.work / "image/peer"), "load", url, host], stdout=subprocess.PIPE, text=True)

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.process.send_signal(signal.SIGTERM)
        told, _ = self.process.communicate(timeout=60)
        self.result = json.loads(told)
        if kind is None:
            without_failures(self.result)


class LoadOf:
    """The same from inside a pod."""

    def __init__(self, client, url):
        self.client, self.url = client, url

    def __enter__(self):
        assert self.client.asked("/load/start", url=self.url) == "started"
        return self

    def __exit__(self, kind, *_):
        self.result = self.client.asked("/load/stop")
        if kind is None:
            without_failures(self.result)


def without_failures(result):
    assert result["failed"] == 0, f"{result['failed']} of {result['sent']} requests failed: {result['first']}"
    assert result["sent"] > 20 and result["lost"] < 5, result
    print(f"     {result['sent']} requests, none failed, the slowest took {result['slowest']} ms, {len(result['by'])} servers", flush=True)

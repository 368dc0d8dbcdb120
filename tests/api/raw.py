"""One exchange without an HTTP library, and what the journal kept of it."""

import asyncio

import anyio


def exchange(app, method, path, *chunks, headers=(), pause=0.0, **more):
    """One exchange without an HTTP library: the body in chunks, headers as octets; gives status, headers, body."""
    sent = []

    async def run():
        waiting = list(chunks) or [b""]

        async def receive():
            await asyncio.sleep(pause)
            if not waiting:
                await asyncio.sleep(3600)
            return {"type": "http.request", "body": waiting.pop(0), "more_body": bool(waiting)}

        async def send(message):
            sent.append(message)

        raw = path if isinstance(path, bytes) else path.encode()
        scope = {
            "type": "http",
            "method": method,
            "path": raw.split(b"?")[0].decode("latin-1"),
            "raw_path": raw.split(b"?")[0],
            "query_string": raw.partition(b"?")[2],
            "headers": [(b"host", b"localhost"), *headers],
            "client": ("192.0.2.7", 1),
        }
        await app({**scope, **more}, receive, send)

    anyio.run(run)
    start = next(m for m in sent if m["type"] == "http.response.start")
    body = b"".join(m.get("body", b"") for m in sent if m["type"] == "http.response.body")
    return start["status"], {name.decode(): value.decode() for name, value in start["headers"]}, body


def entries(sandbox, limit=100):
    sandbox.journal.flush()
    with sandbox.store.read() as uow:
        return uow.journal.recent(limit)

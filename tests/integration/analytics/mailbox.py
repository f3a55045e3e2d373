"""A mail server of a test on loopback: it takes what RFC 5321 asks for, and may refuse once."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage


@dataclass(slots=True, kw_only=True)
class Mailbox:
    """What arrived.

    Attributes:
        refusals: How many mails are still answered with 451, come again later.
    """

    port: int = 0
    refusals: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Talk with one client until it quits."""
        writer.write(b"220 loopback ESMTP\r\n")
        while line := (await reader.readline()).decode().strip():
            verb = line.split(" ", 1)[0].upper()
            writer.write(await self._answer(verb, line, reader, writer))
            await writer.drain()
            if verb == "QUIT":
                break
        writer.close()

    async def _answer(
        self, verb: str, line: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bytes:
        match verb:
            case "EHLO" | "HELO":
                return b"250-loopback\r\n250-SMTPUTF8\r\n250 8BITMIME\r\n"
            case "RCPT":
                self.recipients.append(line.partition("<")[2].partition(">")[0])
            case "DATA":
                writer.write(b"354 go on\r\n")
                await writer.drain()
                content = await reader.readuntil(b"\r\n.\r\n")
                if self.refusals:
                    self.refusals -= 1
                    return b"451 come again later\r\n"
                parsed = message_from_bytes(content[:-3], policy=policy.default)
                self.mails.append(parsed)
            case "QUIT":
                return b"221 bye\r\n"
        return b"250 ok\r\n"


@contextmanager
def mailbox() -> Iterator[Mailbox]:
    """A mail server in a thread of its own."""
    box, ready, loop = Mailbox(), threading.Event(), asyncio.new_event_loop()

    async def run() -> None:
        server = await asyncio.start_server(box.serve, "127.0.0.1", 0)
        box.port = server.sockets[0].getsockname()[1]
        ready.set()
        async with server:
            await server.serve_forever()

    def work() -> None:
        try:
            loop.run_until_complete(run())
        except asyncio.CancelledError:
            pass
        finally:
            loop.close()

    thread = threading.Thread(target=work, name="mailbox")
    thread.start()
    try:
        if not ready.wait(10):
            raise TimeoutError("the mail server did not begin")
        yield box
    finally:
        loop.call_soon_threadsafe(_cancel_all, loop)
        thread.join(10)


def _cancel_all(loop: asyncio.AbstractEventLoop) -> None:
    for task in asyncio.all_tasks(loop):
        task.cancel()

"""Headers that every answer carries, the nonce of the page's own scripts, how much is taken in."""

import secrets
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_HSTS: Final = "max-age=31536000"
_NONCE_BYTES: Final = 18
MOST_BODY: Final = 256 * 1024 * 1024
"""Six photos as any telephone takes them: a report of a fire with large ones is still taken in."""
_TOO_LARGE: Final = 413
_WORDS: Final = "内容过大; 紧急情况请拨打 119 (too large; in an emergency call 119)"


def content_security_policy(nonce: str) -> str:
    """What a page may load and run: our own files, and no script without the page's nonce."""
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'nonce-{nonce}' 'self'",
            "style-src 'self'",
            "img-src 'self' data:",
            "connect-src 'self'",
            "font-src 'self'",
            "manifest-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types htmx towerwatch towerwatch-worker",
        )
    )


class Guard:
    """ASGI middleware: a nonce for every request, security headers on every answer."""

    def __init__(self, app: ASGIApp, *, behind_tls: bool) -> None:
        self._app = app
        self._behind_tls = behind_tls

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        nonce = secrets.token_urlsafe(_NONCE_BYTES)
        guarded = self._headers(nonce)
        # A fault of ours is answered outside of all middleware, by a handler that reads them here.
        scope.setdefault("state", {}).update(nonce=nonce, guarded=guarded)
        is_static = scope["path"].startswith("/static/")

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(guarded)
                if not is_static:
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self._app(scope, receive, send_guarded)

    def _headers(self, nonce: str) -> dict[str, str]:
        headers = {**_HEADERS, "Content-Security-Policy": content_security_policy(nonce)}
        if self._behind_tls:
            headers["Strict-Transport-Security"] = _HSTS
        return headers


class BodyLimit:
    """ASGI middleware: forms that need no account cannot fill the disk with what they carry."""

    def __init__(self, app: ASGIApp, *, most: int = MOST_BODY) -> None:
        self._app = app
        self._most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, unless it says or proves to be too large."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        declared = Headers(scope=scope).get("content-length", "")
        if declared.isdecimal() and int(declared) > self._most:
            refusal = PlainTextResponse(_WORDS, status_code=_TOO_LARGE)
            await refusal(scope, receive, send)
            return
        taken = 0

        async def receive_counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > self._most:
                raise HTTPException(_TOO_LARGE)
            return message

        await self._app(scope, receive_counted, send)

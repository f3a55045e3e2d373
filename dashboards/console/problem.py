"""One table from error to answer: problem+json for machines (RFC 9457), a page for people."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse, Response

from analytics.errors import KeyReused
from dashboards.bulletin.errors import NoChineseFont
from dashboards.console import openapi, web
from dashboards.console.errors import (
    BadCursor,
    BadRequest,
    ConsoleError,
    NotAllowed,
    NotBound,
    NotFound,
    NotLoggedIn,
    Refused,
    TooManyTries,
    TooOften,
    VersionNeeded,
    WrongPassword,
)
from dashboards.console.language import N_, translator
from ingest.errors import StoreUnavailable

_STATUS: Final[dict[type[Exception], HTTPStatus]] = {
    NotLoggedIn: HTTPStatus.UNAUTHORIZED,
    WrongPassword: HTTPStatus.UNAUTHORIZED,
    NotBound: HTTPStatus.FORBIDDEN,
    TooManyTries: HTTPStatus.TOO_MANY_REQUESTS,
    NotAllowed: HTTPStatus.FORBIDDEN,
    NotFound: HTTPStatus.NOT_FOUND,
    BadCursor: HTTPStatus.BAD_REQUEST,
    BadRequest: HTTPStatus.UNPROCESSABLE_ENTITY,
    KeyReused: HTTPStatus.UNPROCESSABLE_ENTITY,
    VersionNeeded: HTTPStatus.PRECONDITION_REQUIRED,
    NoChineseFont: HTTPStatus.NOT_IMPLEMENTED,
    StoreUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}
_ERROR: Final = N_("出现错误")
_TOO_OFTEN: Final = N_("尝试过于频繁，请稍后再试")
_SENTENCES: Final = {
    401: N_("请先登录"),
    403: N_("您的角色无权进行此操作，或页面已过期，请刷新后重试"),
    404: N_("没有找到该内容，或不在您的管辖范围内"),
    405: N_("不支持的请求方式"),
    413: N_("内容过大，请减少照片后重试；紧急情况请拨打 119"),
    422: N_("请求内容有误，请检查后重试"),
    429: N_("登录失败次数过多，请15分钟后再试"),
    501: N_("服务器没有中文字体，画不出 PDF，请联系平台运维安装"),
    503: N_("数据库暂时无法连接，请拨打现场电话核实情况"),
}


def install(app: FastAPI) -> None:
    """Translate every error of the application into an answer."""
    app.add_exception_handler(ConsoleError, _on_known)
    app.add_exception_handler(StoreUnavailable, _on_known)
    app.add_exception_handler(KeyReused, _on_known)
    app.add_exception_handler(NoChineseFont, _on_known)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(Exception, _on_fault)


def problem(
    status: int,
    detail: str,
    *,
    headers: Mapping[str, str] | None = None,
    more: Mapping[str, str] | None = None,
) -> JSONResponse:
    """A machine's answer: what went wrong, in the form of RFC 9457.

    Args:
        more: Members of its own beside those of the standard.
    """
    return JSONResponse(
        {
            "type": "about:blank",
            "title": HTTPStatus(status).phrase,
            "status": status,
            "detail": detail,
            **(more or {}),
        },
        status_code=status,
        media_type="application/problem+json",
        headers=headers,
    )


def _more_of(error: Exception) -> dict[str, str]:
    """Why an act was refused, in a word, and who came first."""
    if not isinstance(error, Refused):
        return {}
    found = {"code": error.code}
    if error.first_by is not None and error.first_at is not None:
        found |= {"first_by": error.first_by, "first_at": error.first_at.isoformat()}
    return found


def _on_known(request: Request, error: Exception) -> Response:
    if isinstance(error, Refused):
        return problem(error.status, str(error), more=_more_of(error))
    status = next(code for kind, code in _STATUS.items() if isinstance(error, kind))
    headers = {"Retry-After": str(error.wait_s)} if isinstance(error, TooManyTries) else None
    if isinstance(error, StoreUnavailable):
        headers = {"Retry-After": "5"}
    if isinstance(error, NotLoggedIn | WrongPassword) and not wants_page(request):
        headers = {"WWW-Authenticate": "Bearer"}
    sentence = _TOO_OFTEN if isinstance(error, TooOften) else getattr(error, "sentence", None)
    values = getattr(error, "values", {})
    return _answer(request, status, str(error), headers, sentence, values)


def _on_invalid(request: Request, error: Exception) -> Response:
    faults = error.errors() if isinstance(error, RequestValidationError) else []
    detail = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in faults)
    return _answer(request, HTTPStatus.UNPROCESSABLE_ENTITY, detail, None)


def _on_http(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    headers = error.headers if isinstance(error, HTTPException) else None
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        # The framework names the methods of the first route of a path alone.
        allowed = openapi.methods_of(request.app, request.url.path)
        headers = {"Allow": ", ".join(allowed)} if allowed else headers
    return _answer(request, status, HTTPStatus(status).phrase, headers)


def _on_fault(request: Request, _error: Exception) -> Response:
    """A fault of ours; its detail goes to the log alone.

    It is answered outside of all middleware, so that the guard's headers are put on here.
    """
    guarded = request.scope.get("state", {}).get("guarded", {})
    return problem(
        500,
        "出现内部错误,请联系平台运维 (internal error, call the platform's engineer)",
        headers={"Cache-Control": "no-store", **guarded},
    )


def _answer(  # noqa: PLR0913, PLR0917 - what a person or a machine is told
    request: Request,
    status: int,
    detail: str,
    headers: Mapping[str, str] | None,
    sentence: str | None = None,
    values: Mapping[str, object] | None = None,
) -> Response:
    if not wants_page(request):
        return problem(
            status, detail, headers=headers, more=_said(request, status, sentence, values)
        )
    if status == HTTPStatus.UNAUTHORIZED and request.method == "GET":
        return RedirectResponse("/login", status_code=303)
    sentence = sentence or _SENTENCES.get(status, _ERROR)
    context = {
        "status": status,
        "sentence": sentence,
        "values": values or {},
        "before": _before(request),
    }
    answer = web.page(request, "problem.html", context, user=None, status=status)
    answer.headers.update(headers or {})
    return answer


def _said(
    request: Request, status: int, sentence: str | None, values: Mapping[str, object] | None
) -> dict[str, str]:
    """What the script of a page shows a person; the interface for machines says its detail alone."""
    if _is_api(request):
        return {}
    _ = translator(web.language_of(request))
    words = _(sentence or _SENTENCES.get(status, _ERROR))
    return {"message": words % values if values else words}


def _before(request: Request) -> str | None:
    """The page of ours that a person comes from; what was typed there is still in the browser."""
    came = urlsplit(request.headers.get("referer", ""))
    is_ours = came.netloc == request.headers.get("host") and came.path[1:2] != "/"
    if not is_ours or (came.path == request.url.path and request.method == "GET"):
        return None
    return f"{came.path}?{came.query}" if came.query else came.path


def wants_page(request: Request) -> bool:
    """Whether a person looks at the answer."""
    return not _is_api(request) and "text/html" in request.headers.get("accept", "")


def _is_api(request: Request) -> bool:
    return request.url.path.startswith(("/api/", "/live", "/health/"))

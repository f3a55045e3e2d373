"""One table from error to answer: problem+json for machines (RFC 9457), a page for people."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote, urlsplit

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

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
from dashboards.console.language import EN, N_, translator
from dashboards.console.pages import render
from dashboards.console.wrong import wrongs_of
from ingest.errors import StoreUnavailable

_KINDS: Final[dict[type[Exception], tuple[HTTPStatus, str]]] = {
    NotLoggedIn: (HTTPStatus.UNAUTHORIZED, "not_logged_in"),
    WrongPassword: (HTTPStatus.UNAUTHORIZED, "wrong_password"),
    NotBound: (HTTPStatus.FORBIDDEN, "not_bound"),
    TooOften: (HTTPStatus.TOO_MANY_REQUESTS, "too_often"),
    TooManyTries: (HTTPStatus.TOO_MANY_REQUESTS, "too_many_tries"),
    NotAllowed: (HTTPStatus.FORBIDDEN, "not_allowed"),
    NotFound: (HTTPStatus.NOT_FOUND, "not_found"),
    BadCursor: (HTTPStatus.BAD_REQUEST, "bad_cursor"),
    BadRequest: (HTTPStatus.UNPROCESSABLE_ENTITY, "bad_request"),
    KeyReused: (HTTPStatus.UNPROCESSABLE_ENTITY, "key_reused"),
    VersionNeeded: (HTTPStatus.PRECONDITION_REQUIRED, "version_needed"),
    NoChineseFont: (HTTPStatus.NOT_IMPLEMENTED, "no_chinese_font"),
    StoreUnavailable: (HTTPStatus.SERVICE_UNAVAILABLE, "store_unavailable"),
}
"""Status and code; the first that fits is it. A code never changes: programs go by it."""
TYPE: Final = "urn:towerwatch:problem:"
"""With its code: the type of a problem (RFC 9457, 3.1.1)."""
_ERROR: Final = N_("出现错误")
_BY_CODE: Final = {
    "too_often": N_("尝试过于频繁，请稍后再试"),
    "key_reused": N_("该 Idempotency-Key 已用于另一请求，请换新的重试"),
    "bad_cursor": N_("分页位置无效，请使用上一页给出的 next"),
}
_SENTENCES: Final = {
    400: N_("请求无法读取，请检查后重试"),
    401: N_("请先登录"),
    403: N_("您的角色无权进行此操作，或页面已过期，请刷新后重试"),
    404: N_("没有找到该内容，或不在您的管辖范围内"),
    405: N_("不支持的请求方式"),
    409: N_("与当前状态不符，未执行"),
    412: N_("内容已被他人更改，请刷新后重试"),
    413: N_("内容过大，请减少照片后重试；紧急情况请拨打 119"),
    422: N_("请求内容有误，请检查后重试"),
    428: N_("须说明所见内容的版本，以免覆盖他人的处理"),
    429: N_("登录失败次数过多，请15分钟后再试"),
    500: N_("平台出现内部错误，请联系平台运维；紧急情况请拨打现场电话核实"),
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


def problem(  # noqa: PLR0913 - the members of a problem, each by name
    status: int,
    detail: str,
    *,
    code: str = "",
    title: str | None = None,
    headers: Mapping[str, str] | None = None,
    more: Mapping[str, object] | None = None,
) -> JSONResponse:
    """A machine's answer: what went wrong, in the form of RFC 9457.

    Args:
        code: What kind it is, in one word that never changes; empty: the status says it all.
        title: The kind in words; None: the status in words.
        more: Members of its own beside those of the standard.
    """
    kind = {"type": f"{TYPE}{code}", "code": code} if code else {"type": "about:blank"}
    return JSONResponse(
        {
            **kind,
            "title": title or HTTPStatus(status).phrase,
            "status": status,
            "detail": detail,
            **(more or {}),
        },
        status_code=status,
        media_type="application/problem+json",
        headers=headers,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trouble:
    """What is told of an error.

    Attributes:
        code: What kind it is; empty: what the status says.
        technical: What a programmer needs, in English.
        sentence: What a person reads of it, to be translated; None: what of all of its status.
        values: What stands in the sentence, by name.
        faults: What is wrong with the request, as pydantic says it.
    """

    status: int
    code: str = ""
    technical: str = ""
    sentence: str | None = None
    values: Mapping[str, object] = field(default_factory=dict)
    headers: Mapping[str, str] | None = None
    faults: Sequence[Mapping[str, Any]] = ()

    def words(self, language: str) -> str:
        """What a person reads."""
        said = self.sentence or _BY_CODE.get(self.code) or _SENTENCES.get(self.status, _ERROR)
        words = translator(language)(said)
        return words % self.values if self.values else words


def _on_known(request: Request, error: Exception) -> Response:
    if isinstance(error, Refused):
        return _refusal(request, error)
    status, code = next(told for kind, told in _KINDS.items() if isinstance(error, kind))
    headers = {"Retry-After": str(error.wait_s)} if isinstance(error, TooManyTries) else None
    if isinstance(error, StoreUnavailable):
        headers = {"Retry-After": "5"}
    if isinstance(error, NotLoggedIn | WrongPassword) and not wants_page(request):
        headers = {"WWW-Authenticate": "Bearer"}
    trouble = _Trouble(
        status=status,
        code=code,
        technical=str(error),
        sentence=getattr(error, "sentence", None),
        values=getattr(error, "values", {}),
        headers=headers,
    )
    return _answer(request, trouble)


def _refusal(request: Request, error: Refused) -> Response:
    """Why an act was refused, and who came first; its words are in the reader's language already."""
    first = {}
    if error.first_by is not None and error.first_at is not None:
        first = {"first_by": error.first_by, "first_at": error.first_at.isoformat()}
    title = _Trouble(status=error.status).words(web.told_language(request))
    return problem(error.status, str(error), code=error.code, title=title, more=first)


def _on_invalid(request: Request, error: Exception) -> Response:
    faults = error.errors() if isinstance(error, RequestValidationError) else []
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    return _answer(request, _Trouble(status=status, code="invalid", faults=faults))


def _on_http(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    headers = error.headers if isinstance(error, HTTPException) else None
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        # The framework names the methods of the first route of a path alone.
        allowed = openapi.methods_of(request.app, request.url.path)
        headers = {"Allow": ", ".join(allowed)} if allowed else headers
    return _answer(request, _Trouble(status=status, headers=headers))


def _on_fault(request: Request, _error: Exception) -> Response:
    """A fault of ours; its detail goes to the log alone.

    It is answered outside of all middleware, so that the guard's headers are put on here; and
    without the database, which may be what is broken.
    """
    state = request.scope.get("state", {})
    headers = {"Cache-Control": "no-store", **state.get("guarded", {})}
    language = web.told_language(request)
    words = _Trouble(status=HTTPStatus.INTERNAL_SERVER_ERROR).words(language)
    if not wants_page(request):
        title = words if language != EN else None
        return problem(HTTPStatus.INTERNAL_SERVER_ERROR, words, title=title, headers=headers)
    context = {
        "status": int(HTTPStatus.INTERNAL_SERVER_ERROR),
        "sentence": words,
        "before": _before(request),
        "user": None,
        "nonce": state.get("nonce", ""),
        "path": request.url.path,
        "back": None,
    }
    html = render(language, "problem.html", context)
    return HTMLResponse(html, status_code=HTTPStatus.INTERNAL_SERVER_ERROR, headers=headers)


def _answer(request: Request, trouble: _Trouble) -> Response:
    if not wants_page(request):
        return _told(request, trouble)
    if trouble.status == HTTPStatus.UNAUTHORIZED and request.method == "GET":
        return RedirectResponse(_log_in_and_back(request), status_code=303)
    context = {
        "status": trouble.status,
        "sentence": trouble.words(web.language_of(request)),
        "before": _before(request),
    }
    answer = web.page(request, "problem.html", context, user=None, status=trouble.status)
    answer.headers.update(trouble.headers or {})
    return answer


def _log_in_and_back(request: Request) -> str:
    """The log-in, which leads to the page that was asked for: a link to an alarm, a session that ended."""
    asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return "/login" if asked == "/" else f"/login?back={quote(asked, safe='/')}"


def _told(request: Request, trouble: _Trouble) -> Response:
    """Of the interface for machines the kind and its details; of a page's script one sentence too."""
    language = web.told_language(request)
    words = trouble.words(language)
    wrongs = wrongs_of(trouble.faults, language)
    technical = "; ".join(f"{one.field}: {one.message}" for one in wrongs) or trouble.technical
    detail = technical if language == EN else f"{words}（{technical}）"
    more: dict[str, object] = {} if web.is_api(request) else {"message": words}
    if wrongs:
        more["errors"] = [asdict(one) for one in wrongs]
    return problem(
        trouble.status,
        detail if technical else words,
        code=trouble.code,
        title=words if language != EN else None,
        headers=trouble.headers,
        more=more,
    )


def _before(request: Request) -> str | None:
    """The page of ours that a person comes from; what was typed there is still in the browser."""
    came = urlsplit(request.headers.get("referer", ""))
    is_ours = came.netloc == request.headers.get("host") and came.path[1:2] != "/"
    if not is_ours or (came.path == request.url.path and request.method == "GET"):
        return None
    return f"{came.path}?{came.query}" if came.query else came.path


def wants_page(request: Request) -> bool:
    """Whether a person looks at the answer."""
    return not web.is_api(request) and "text/html" in request.headers.get("accept", "")

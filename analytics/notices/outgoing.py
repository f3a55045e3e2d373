"""HTTP to the outside: straight to the other side, and never more of its answer than is needed."""

from typing import Final

import niquests

MAX_ANSWER: Final = 65_536


def direct_session() -> niquests.Session:
    """A session that tries once; no proxy and no .netrc of the machine is meant for it."""
    session = niquests.Session(retries=0, disable_http3=True)
    session.trust_env = False
    return session


def answer_beginning(answer: niquests.Response) -> bytes:
    """The answer's body; of a longer one than anybody needs nothing."""
    content = b""
    for part in answer.iter_content(4096):
        content += part
        if len(content) > MAX_ANSWER:
            answer.close()
            return b""
    return content

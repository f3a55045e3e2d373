"""Lines to Modbus units: a TCP connection, a serial server, or a serial port."""

import socket
from dataclasses import dataclass
from typing import Literal, Protocol, Self
from urllib.parse import urlsplit

import serial
from pydantic import Field, model_validator

from gateway import clock
from gateway.drivers.modbus.frame import Framing, Question, encode, wanted
from gateway.drivers.options import Options
from gateway.errors import DriverFailed

_MOST_READ = 512
_SILENCE_BITS = 3.5 * 11
"""Quiet between two RTU frames: 3.5 characters of 11 bits (Serial Line V1.02, clause 2.5.1.1)."""
_LEAST_SILENCE_S = 0.00175


class NoAnswer(Exception):
    """The unit did not answer in time."""


class LineOptions(Options):
    """Where the units are."""

    url: str = Field(description="tcp://host:502, rtu+tcp://host:port, or serial:///dev/ttyS1")
    baud: int = Field(default=9600, ge=300, le=1_000_000)
    parity: Literal["N", "E", "O"] = "N"
    stop_bits: Literal[1, 2] = 1
    timeout_s: float = Field(default=1.0, gt=0, le=30, description="longest wait for an answer")

    @model_validator(mode="after")
    def _is_a_line(self) -> Self:
        parts = urlsplit(self.url)
        is_net = parts.scheme in ("tcp", "rtu+tcp") and parts.hostname and parts.port is not None
        is_serial = parts.scheme == "serial" and parts.path.startswith("/") and not parts.netloc
        if not (is_net or is_serial) or parts.username or parts.query:
            raise ValueError(f"{self.url!r} is not tcp://host:port, rtu+tcp://… or serial:///dev/…")
        return self

    @property
    def framing(self) -> Framing:
        """How frames are wrapped on this line."""
        return Framing.TCP if self.url.startswith("tcp:") else Framing.RTU


class Line(Protocol):
    """Carries one question at a time."""

    def ask(self, question: Question) -> bytes:
        """The answer's bytes, as many as its own length says.

        Raises:
            NoAnswer: Nothing whole came in time.
            BadFrame: What came cannot be the beginning of an answer.
            DriverFailed: The line itself is broken.
        """

    def close(self) -> None:
        """Let the connection go; the next question makes it anew."""


def open_line(options: LineOptions) -> Line:
    """The line, connected. Raises DriverFailed."""
    parts = urlsplit(options.url)
    if parts.scheme == "serial":
        return _Serial(options, parts.path)
    return _Tcp(options, (parts.hostname or "", parts.port or 0))


@dataclass(slots=True)
class _Deadline:
    at_s: float

    @property
    def rest_s(self) -> float:
        left = self.at_s - clock.steady_s()
        if left <= 0:
            raise NoAnswer
        return left


class _Tcp:
    """A connection; after a missing answer it is made anew, so that a late one meets nobody."""

    def __init__(self, options: LineOptions, address: tuple[str, int]) -> None:
        self._options = options
        self._address = address
        self._socket: socket.socket | None = self._connect()

    def ask(self, question: Question) -> bytes:
        deadline = _Deadline(clock.steady_s() + self._options.timeout_s)
        while True:
            is_old = self._socket is not None
            try:
                return self._asked(question, deadline)
            except NoAnswer:
                self.close()
                raise
            except OSError as error:
                self.close()
                # Many converters end a connection after each answer: that is no broken line.
                if not is_old:
                    raise DriverFailed(f"{self._options.url}: {error}") from error

    def _asked(self, question: Question, deadline: _Deadline) -> bytes:
        if self._socket is None:
            self._socket = self._connect()
        self._socket.sendall(encode(question))
        return self._answer(self._socket, question, deadline)

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _answer(self, line: socket.socket, question: Question, deadline: _Deadline) -> bytes:
        answer = b""
        while (missing := wanted(question.framing, answer) - len(answer)) > 0:
            line.settimeout(deadline.rest_s)
            try:
                part = line.recv(min(missing, _MOST_READ))
            except TimeoutError as error:
                raise NoAnswer from error
            if not part:
                raise OSError("the other side closed the connection")
            answer += part
        return answer

    def _connect(self) -> socket.socket:
        try:
            return socket.create_connection(self._address, timeout=self._options.timeout_s)
        except OSError as error:
            raise DriverFailed(f"{self._options.url}: {error}") from error


class _Serial:
    """A serial port; what was left of a late answer is thrown away before the next question."""

    def __init__(self, options: LineOptions, path: str) -> None:
        self._options = options
        self._path = path
        self._quiet_s = max(_SILENCE_BITS / options.baud, _LEAST_SILENCE_S)
        self._open: serial.Serial | None = self._connect()

    def ask(self, question: Question) -> bytes:
        deadline = _Deadline(clock.steady_s() + self._options.timeout_s)
        port = self._open
        if port is None:
            port = self._open = self._connect()
        try:
            self._calm(port, deadline)
            port.write(encode(question))
            answer = b""
            while (missing := wanted(question.framing, answer) - len(answer)) > 0:
                port.timeout = deadline.rest_s
                answer += port.read(missing)
        except (serial.SerialException, OSError) as error:
            self.close()
            raise DriverFailed(f"{self._options.url}: {error}") from error
        return answer

    def close(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None

    def _calm(self, port: serial.Serial, deadline: _Deadline) -> None:
        """Wait for the quiet between two frames, dropping what still comes."""
        port.timeout = self._quiet_s
        while port.read(_MOST_READ):
            port.timeout = min(self._quiet_s, deadline.rest_s)

    def _connect(self) -> serial.Serial:
        options = self._options
        try:
            return serial.Serial(
                self._path,
                baudrate=options.baud,
                parity=options.parity,
                stopbits=options.stop_bits,
                timeout=options.timeout_s,
                write_timeout=options.timeout_s,
                exclusive=True,
            )
        except (serial.SerialException, OSError, ValueError) as error:
            raise DriverFailed(f"{options.url}: {error}") from error

"""Turn into a program: in a session of its own, as a given user, dying with the parent.

Started as a script of its own (`python -I -S launcher.py PARENT SIGNAL USER GROUP -- PROGRAM ...`)
so that nothing has to run between fork and exec of a process that may have threads.
It uses the standard library alone.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1
_KEEP = -1
_PARENT_GONE = 70
_CANNOT_START = 71


def launch(arguments: list[str]) -> None:
    """Become the program that the arguments name.

    The death signal is asked for after the change of user, which would clear it; a parent that
    died before that is noticed by its process id.
    """
    parent, death_signal, uid, gid = (int(word) for word in arguments[:4])
    command = arguments[5:]
    os.setsid()
    if gid != _KEEP:
        os.setgroups([])
        os.setgid(gid)
    if uid != _KEEP:
        os.setuid(uid)
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit(_PARENT_GONE)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    os.umask(0o077)
    try:
        os.execvpe(command[0], command, os.environ)  # noqa: S606  - this is what a launcher is for
    except OSError as error:
        sys.stderr.write(f"{command[0]} cannot be started: {error.strerror}\n")
        sys.exit(_CANNOT_START)


if __name__ == "__main__":
    launch(sys.argv[1:])

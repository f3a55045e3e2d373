"""What can go wrong between the broker and the database.

IngestError
├── BadSettings         the environment is wrong; the program refuses to start
├── BadQueryFile        a file of named queries cannot be read as one (a fault of ours)
├── MigrationFailed     the schema cannot be brought up to date
│   ├── MissingRoles    the cluster lacks roles that the schema grants to
│   ├── EditedMigration a landed file was changed or removed
│   └── RefusedMigration the database refused a file; nothing of it was applied
├── StoreUnavailable    the database cannot be reached or is too busy; try again later
├── RefusedByDatabase   the database refused the values of a batch; trying again is no use
├── BrokerRefused       the broker refused a connection or a subscription
├── DoorShut            a server of the platform shows no certificate when it is asked for one
├── Deaf                the client is connected and hears nothing; the process must start anew
└── NotReplayable       a quarantined message cannot be replayed; the message says why
"""

from typing import Final


class IngestError(Exception):
    """Base of everything that ingest raises on purpose."""


class BadSettings(IngestError):
    """The environment is wrong; the program refuses to start."""


class BadQueryFile(IngestError):
    """A file of named queries has no name, no purpose or one name twice."""


class MigrationFailed(IngestError):
    """The schema cannot be brought up to date."""


class MissingRoles(MigrationFailed):
    """The cluster lacks roles that the schema grants to.

    Attributes:
        roles: The names that are missing.
    """

    def __init__(self, roles: tuple[str, ...]) -> None:
        super().__init__(
            f"the database server has no role {', '.join(roles)}: create the roles before the"
            " schema (`towerwatch up` does; on your own server see deploy/postgres/README.md)"
        )
        self.roles = roles


class EditedMigration(MigrationFailed):
    """A landed migration file was changed or removed; only new files may be added.

    Attributes:
        set_name: The set (package) the file belongs to.
        file: The file's name.
    """

    def __init__(self, set_name: str, file: str, what: str) -> None:
        super().__init__(
            f"migration {set_name}/{file} {what} since it was applied to this database:"
            " restore the file and put the change into a new one"
        )
        self.set_name = set_name
        self.file = file


class RefusedMigration(MigrationFailed):
    """The database refused a migration file; nothing of the file was applied.

    Attributes:
        set_name: The set (package) the file belongs to.
        file: The file's name.
    """

    def __init__(self, set_name: str, file: str, detail: str) -> None:
        super().__init__(f"migration {set_name}/{file} was refused: {detail}")
        self.set_name = set_name
        self.file = file


_OF_SERVER: Final = frozenset({"25006", "53100", "53300", "57P01", "57P02", "57P03", "58030"})
"""Read-only, disk full, too many connections, stopping, crashed, starting, input or output error
(PostgreSQL 17 manual, appendix A)."""


class StoreUnavailable(IngestError):
    """The database cannot be reached or is too busy; nothing was committed, try again later.

    Attributes:
        code: SQLSTATE of what went wrong; "" when no server said one.
    """

    def __init__(self, message: str = "", code: str = "") -> None:
        super().__init__(message)
        self.code = code

    @property
    def is_of_server(self) -> bool:
        """Whether the server itself is unwell (full, read-only, stopping): no batch is to blame.

        Want of memory and a timeout are not among these: one huge batch can cause them.
        """
        return self.code.startswith("08") or self.code in _OF_SERVER


class RefusedByDatabase(IngestError):
    """The database refused the values of a batch; nothing of it was committed."""


class BrokerRefused(IngestError):
    """The broker refused a connection or granted less than was asked for."""


class DoorShut(IngestError):
    """A server of the platform does not answer, or shows no certificate."""


class Deaf(IngestError):
    """The client is connected and hears nothing, or its thread has died."""


class NotReplayable(IngestError):
    """A quarantined message cannot be replayed: it is unknown, cut, or was replayed already."""

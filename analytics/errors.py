"""What can go wrong between the rows and the decisions.

AnalyticsError
├── BadSettings      the environment is wrong; the program refuses to start
├── BadDuties        a responsibility matrix cannot be used; the message names line and field
├── BadPlan          a life-safety plan cannot be used; the message names the field
├── BadRules         the alarm engine's rules cannot be used; the message says where they are wrong
├── BadTechnicians   a file of technicians cannot be used; the message names the place
├── BadRoster        a weekly roster cannot be used; the message names the shift
├── BadPeriod        the text names no period of supervision
├── BadAssessment    an input to supervision is out of its range; the message names the field
├── MeasureRefused   the procedure does not permit this step, or not to this person
├── BadContacts      contacts or their addresses cannot be used; the message names what is wrong
├── BadAgreement     an agreement cannot be made or ended so; the message says why
├── BadCases         a file of cases cannot be read; the message names line and column
├── BadPlaybook      a playbook cannot be used; the message names file and field
├── NoDuties         no responsibility matrix is in force at that time
├── NotDelivered     the other side did not take a notice; it will be tried again
├── KeyReused        another request was made under the same key
└── NoAnswer         the alarm process did not carry out an act in time; ask again by its id
"""


class AnalyticsError(Exception):
    """Base of everything that analytics raises on purpose."""


class BadSettings(AnalyticsError):
    """The environment is wrong; the program refuses to start."""


class BadDuties(AnalyticsError):
    """A responsibility matrix cannot be used."""


class BadPlan(AnalyticsError):
    """A life-safety plan cannot be used."""


class BadRules(AnalyticsError):
    """The alarm engine's rules cannot be used."""


class BadRoster(AnalyticsError):
    """A weekly roster cannot be used."""


class BadTechnicians(AnalyticsError):
    """A file of technicians cannot be used."""


class BadPeriod(AnalyticsError):
    """The text names no period of supervision."""


class BadAssessment(AnalyticsError):
    """An input to supervision is out of its range."""


class MeasureRefused(AnalyticsError):
    """The procedure does not permit this step, or not to this person."""


class BadContacts(AnalyticsError):
    """Contacts or their addresses cannot be used."""


class BadAgreement(AnalyticsError):
    """An agreement cannot be made or ended so."""


class BadCases(AnalyticsError):
    """A file of cases cannot be read."""


class BadPlaybook(AnalyticsError):
    """A playbook cannot be used."""


class NoDuties(AnalyticsError):
    """No responsibility matrix is in force at that time."""


class NotDelivered(AnalyticsError):
    """The other side did not take a notice.

    Attributes:
        is_of_target: Whether the target is to blame (no answer, 5xx) and not this notice (4xx).
    """

    def __init__(self, message: str, *, is_of_target: bool) -> None:
        super().__init__(message)
        self.is_of_target = is_of_target


class KeyReused(AnalyticsError):
    """Another request was made under the same key; nothing was done."""


class NoAnswer(AnalyticsError):
    """The alarm process did not answer in time; the act still waits and may be done later."""

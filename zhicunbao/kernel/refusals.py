"""The one family of errors that a person may see. A refusal says in a full Chinese sentence what
to do next, carries a 4xx status, and is raised inside a transaction so that nothing has changed.
Programming mistakes stay ordinary exceptions and never become refusals.
"""

from collections.abc import Mapping


class Refusal(Exception):
    """An action was refused. ``message`` is shown as it stands; ``code`` is stable for machines."""

    status = 400
    default_code = "refused"

    def __init__(
        self, message: str, *, code: str = "", fields: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.default_code
        self.fields = dict(fields or {})


class NotAllowed(Refusal):
    """The actor may see the thing but not do this to it (403)."""

    status = 403
    default_code = "not_allowed"


class NotFound(Refusal):
    """Not there, or not yours to see: both read the same (404)."""

    status = 404
    default_code = "not_found"


class Conflict(Refusal):
    """Somebody acted first, or the state does not allow it any more (409)."""

    status = 409
    default_code = "conflict"


class TooLarge(Refusal):
    """An upload beyond its limit (413)."""

    status = 413
    default_code = "too_large"


class Invalid(Refusal):
    """What was entered cannot be used; ``fields`` names each field and its mend (422)."""

    status = 422
    default_code = "invalid"


class Locked(Refusal):
    """Too many failures; try again later (423)."""

    status = 423
    default_code = "locked"

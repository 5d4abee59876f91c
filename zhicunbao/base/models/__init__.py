"""The nouns of the base floor, one file a family."""

from zhicunbao.base.models.area import Area, Organisation
from zhicunbao.base.models.attachment import Attachment
from zhicunbao.base.models.person import Person, Post, SignInAttempt
from zhicunbao.base.models.record import AuditEntry, AuditSeal, IdempotencyKey, OutboxMessage

__all__ = [
    "Area",
    "Attachment",
    "AuditEntry",
    "AuditSeal",
    "IdempotencyKey",
    "Organisation",
    "OutboxMessage",
    "Person",
    "Post",
    "SignInAttempt",
]

"""What seals the ledger: each transfer's place in the Merkle tree, and the signed checkpoints over
it. Rows are written by ``actions.sealing`` alone; a database trigger refuses any change.
"""

from django.db import models
from django.db.models import Q

from zhicunbao.base import access
from zhicunbao.ledger.models.books import Transfer

NONCE_BYTES = 16


class Leaf(models.Model):
    """A transfer's place in the tree, counted from 0.

    ``nonce`` is random and hashed together with the row: leaf hashes are published, and without it
    whoever guesses a row (20 points, a time, a person's number) could confirm the guess.
    """

    position = models.PositiveBigIntegerField(primary_key=True)
    transfer = models.OneToOneField(Transfer, models.PROTECT, related_name="leaf")
    nonce = models.BinaryField(max_length=NONCE_BYTES)

    class Meta:
        ordering = ("position",)

    def __str__(self) -> str:
        return f"第 {self.position + 1} 位"


class Checkpoint(models.Model):
    """One sealing: the root over the first ``size`` leaves, signed. Every leaf is under one.

    ``columns`` are the names that the leaves between the checkpoint before and this one were hashed
    with, so that a column added to the ledger later leaves old leaves as they were. ``key`` is the
    public key that verifies ``note``. ``last_transfer`` is the highest transfer sealed so far.
    """

    number = models.PositiveIntegerField(primary_key=True)
    size = models.PositiveBigIntegerField()
    root = models.CharField(max_length=64)
    note = models.TextField()
    key = models.CharField(max_length=300)
    hash_name = models.CharField(max_length=10)
    columns = models.TextField()
    last_transfer = models.BigIntegerField()
    sealed_at = models.DateTimeField()

    class Meta:
        ordering = ("-number",)
        constraints = (models.UniqueConstraint(fields=["size"], name="checkpoint_size_once"),)

    def __str__(self) -> str:
        return f"第 {self.number} 号封存"

    @staticmethod
    def visible(actor: access.Actor) -> Q:
        """Everyone who is signed in: it holds nothing personal and is there to be seen."""
        return Q() if actor.person_id is not None else Q(pk__in=[])

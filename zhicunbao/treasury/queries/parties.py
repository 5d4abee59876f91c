"""Who is too near to a matter to judge it, and whom its points belong to."""

from collections import defaultdict
from collections.abc import Iterable

from django.db.models import Q

from zhicunbao.base import holders
from zhicunbao.base.access import Actor
from zhicunbao.ledger import rules as ledger
from zhicunbao.ledger.models import Account, Transfer
from zhicunbao.registry.models import Membership
from zhicunbao.registry.queries import households_joined, kin_of
from zhicunbao.treasury.models import Correction, HouseholdMove, Zeroing


def near_holders(person_id: int, kin: set[int]) -> Q:
    """Return the condition on accounts that are a person's, their kin's or their household's."""
    return holders.held_by(
        {ledger.PERSON: [person_id, *kin], ledger.HOUSEHOLD: households_joined(person_id)}
    )


def correction_parties(person_id: int, kin: set[int]) -> Q:
    """Return the corrections that are about a person or their kin: the holders of the points, whose
    deed it was, and kin of the requester.
    """
    accounts = Account.objects.filter(near_holders(person_id, kin))
    people = {person_id, *kin}
    rows = Correction.objects.filter(
        Q(transfer__debit_account__in=accounts)
        | Q(transfer__credit_account__in=accounts)
        | Q(transfer__earner__in=people)
        | Q(requester__in=kin)
    )
    return Q(pk__in=rows.values("case"))


def move_parties(person_id: int, kin: set[int]) -> Q:
    """Return the moves from or to a person's household, to the person or their kin, and those that
    their kin requested.
    """
    mine = households_joined(person_id)
    rows = HouseholdMove.objects.filter(
        Q(source__in=mine)
        | Q(target__in=mine)
        | Q(person__in={person_id, *kin})
        | Q(requester__in=kin)
    )
    return Q(pk__in=rows.values("case"))


def zeroing_parties(person_id: int, kin: set[int]) -> Q:
    """Return the resolutions that kin of a person registered. Everybody holds points, so that who
    holds them cannot be kept from approving.
    """
    del person_id
    return Q(pk__in=Zeroing.objects.filter(requester__in=kin).values("case"))


def is_near_to(actor: Actor, row: Transfer) -> bool:
    """Whether a transfer touches the actor's own, their kin's or their household's points."""
    if actor.person_id is None:
        return False
    kin = kin_of(actor.person_id)
    if row.earner_id in {actor.person_id, *kin}:
        return True
    both = (row.debit_account_id, row.credit_account_id)
    return Account.objects.filter(near_holders(actor.person_id, kin), pk__in=both).exists()


def people_behind(accounts: Iterable[tuple[str, int]]) -> dict[tuple[str, int], list[int]]:
    """Return the people whose points these holders' are: a person, or who belongs to a household
    today (one query).
    """
    wanted = set(accounts)
    found = {(k, n): [n] for k, n in wanted if k == ledger.PERSON}
    homes = [n for k, n in wanted if k == ledger.HOUSEHOLD]
    members = defaultdict(list)
    rows = Membership.objects.filter(household__in=homes, ends_on__isnull=True)
    for home, person in rows.order_by("pk").values_list("household_id", "person_id"):
        members[home].append(person)
    return found | {(ledger.HOUSEHOLD, n): members[n] for n in homes}

"""The treasury's matters as people see them: lists, one matter and what stands behind it, and what
the forms need to know.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.db.models import Count, Q, QuerySet

from zhicunbao.base import access, holders
from zhicunbao.base.access import Actor
from zhicunbao.base.feature import Fact
from zhicunbao.base.holders import HolderFace
from zhicunbao.base.models import Person
from zhicunbao.casework.models import Case
from zhicunbao.casework.queries import inbox, number_of
from zhicunbao.casework.rules import ZEROING_DAYS, in_force
from zhicunbao.kernel import clock
from zhicunbao.kernel.refusals import NotFound
from zhicunbao.ledger import rules as ledger
from zhicunbao.ledger.models import Account, Purse, Transfer
from zhicunbao.registry.models import Household, Membership
from zhicunbao.registry.queries import households, members_of
from zhicunbao.treasury.models import VIEW, Correction, HouseholdMove, Zeroing
from zhicunbao.treasury.queries.offers import place_of
from zhicunbao.treasury.queries.zeroing import Extent, was_taken, would_take
from zhicunbao.treasury.rules import APPROVE, FLOWS, REQUEST

Names = Mapping[tuple[str, int], HolderFace]
PARTS: Final = {"issue": "，发行", "redeemed": "，已兑换", "expired": "，已清零"}
"""Account of a purse → how its name goes on."""
HOUSEHOLDS_MAX: Final = 20


def matters(actor: Actor, *, flow: str = "") -> QuerySet[Case]:
    """Return the treasury's cases that ``actor`` may see, newest first; a resolution also where its
    purse pays, although it lies above.
    """
    here = Case.objects.filter(flow__in=[flow] if flow in FLOWS else FLOWS)
    return here.filter(_seen(actor)).select_related("area", "owner").order_by("-opened_at", "-pk")


def _seen(actor: Actor) -> Q:
    resolutions = access.visible_to(actor, Zeroing.objects.all())
    return access.under(actor.reach(VIEW)) | Q(pk__in=resolutions.values("case"))


def counts(actor: Actor) -> dict[str, int]:
    """Return how many of ``matters`` there are of each flow (one query)."""
    rows = matters(actor).order_by().values_list("flow").annotate(n=Count("pk"))
    return dict(rows)


def fetch_matter(actor: Actor, pk: int) -> Case:
    """Return a case of the treasury that a member of staff may see, or refuse with 404."""
    found = matters(actor).filter(pk=pk).first() if actor.reach(VIEW) else None
    if found is None:
        raise NotFound("没有找到，或不在您可以查看的范围内。请回到积分账务重新选择。")
    return found


def fetch_zeroing(actor: Actor, pk: int) -> Zeroing:
    """Return a resolution that the actor may read, or refuse with 404."""
    rows = Zeroing.objects.select_related("case__area", "purse__area", "requester")
    return access.fetch(actor, rows, pk=pk)


def waiting_count(actor: Actor) -> int:
    """Return how many of the treasury's cases wait for ``actor``."""
    if not actor.reach(APPROVE):
        return 0
    return inbox(actor).filter(flow__in=FLOWS).count()


def purses_to_zero(actor: Actor) -> QuerySet[Purse]:
    """Return the purses for which ``actor`` may register a resolution."""
    return Purse.objects.filter(access.under(actor.reach(REQUEST))).order_by("area_prefix", "pk")


def fetch_household(actor: Actor, number: str) -> Household | None:
    """Return the household with this number where ``actor`` may request a move, else None."""
    here = access.under(actor.reach(REQUEST))
    return Household.objects.filter(here, number=number).select_related("area").first()


def households_named(actor: Actor, text: str) -> list[Household]:
    """Return the households that ``text`` names where ``actor`` may request a move; at most
    ``HOUSEHOLDS_MAX``.
    """
    if not text:
        return []
    found = households(actor, text=text).filter(access.under(actor.reach(REQUEST)))
    return list(found[:HOUSEHOLDS_MAX])


def members_ever(source: Household) -> list[tuple[int, str]]:
    """Return who belongs or belonged to a household, the head first: number and name, each once."""
    found: dict[int, str] = {}
    for m in sorted(members_of(source), key=lambda m: m.ends_on is not None):
        found.setdefault(m.person_id, f"{m.person.name}（已迁出）" if m.ends_on else m.person.name)
    return list(found.items())


def member_ever(source: Household, person_id: int | None) -> Person | None:
    """Return a person who belongs or belonged to the household, else None."""
    rows = Membership.objects.filter(household=source, person=person_id).select_related("person")
    found = rows.first()
    return found.person if found else None


def days_ahead(actor: Actor) -> int:
    """Return how many days a warning takes where ``actor`` registers resolutions."""
    prefix = max(actor.reach(REQUEST), key=len, default="")
    return in_force(ZEROING_DAYS, prefix, clock.today())


def facts_of_row(actor: Actor, row: Transfer) -> list[Fact]:
    """Return what a row is, for whoever asks that it be taken back: names in full."""
    both = (row.debit_account, row.credit_account)
    names = holders.faces_of((a.holder_kind, a.holder_id) for a in both)
    full = access.may(actor, REQUEST, place_of(row))
    return [
        Fact("哪一笔", row.memo or ledger.REASONS[row.reason].label, points=row.amount),
        Fact("从", account_name(row.debit_account, names, full=full)),
        Fact("到", account_name(row.credit_account, names, full=full)),
        Fact("入账", f"{row.at.astimezone(clock.LOCAL):%Y-%m-%d %H:%M}"),
    ]


def account_name(account: Account, names: Names, *, full: bool) -> str:
    """Return how the holder of an account is called, in full or masked."""
    if account.holder_kind == ledger.PURSE and account.purse is not None:
        part = PARTS.get(account.code.rpartition("/")[2], "")
        return f"资金池“{account.purse.name}”{part}"
    face = names.get((account.holder_kind, account.holder_id))
    if face is None:
        return "个人" if account.holder_kind == ledger.PERSON else "户"
    return face.label if full else face.masked


@dataclass(frozen=True)
class Standing:
    """What stands behind a matter: the row of the ledger that it is about and the one that carried
    it out, what the holder could still give, or how far a resolution has come.
    """

    transfer: int | None = None
    carried_out: int | None = None
    points: int = 0
    left: int | None = None
    zeroing: Zeroing | None = None
    would: Extent | None = None
    was: Extent | None = None

    @property
    def progress(self) -> str:
        """How many of the holders whom the day found have been done: 120 / 300."""
        done, found = (self.was or Extent()).holders, (self.zeroing or Zeroing()).holder_count
        return f"{done:,} / {found:,}"

    @property
    def is_short(self) -> bool:
        """Whether the points are not there any more."""
        return self.left is not None and self.left < self.points


def standing_of(case: Case) -> Standing:
    """Return what stands behind a matter; while it waits, what an approval would meet."""
    is_waiting = case.closed_at is None
    if case.flow == "treasury.correction":
        row = Correction.objects.select_related("transfer__credit_account").get(case=case)
        return Standing(
            transfer=row.transfer_id,
            carried_out=row.reversal_id,
            points=row.transfer.amount,
            left=row.transfer.credit_account.available if is_waiting else None,
        )
    if case.flow == "treasury.household_move":
        move = HouseholdMove.objects.get(case=case)
        accounts = Account.objects.filter(
            holder_kind=ledger.HOUSEHOLD, holder_id=move.source_id, purse__isnull=False
        )
        done = Transfer.objects.filter(
            debit_account__in=accounts, case_number=number_of(case), reason="household"
        )
        return Standing(
            carried_out=done.order_by("pk").values_list("pk", flat=True).first(),
            points=move.points,
            left=sum(a.available for a in accounts) if is_waiting else None,
        )
    zeroing = Zeroing.objects.select_related("purse", "case").get(case=case)
    is_ahead = case.state in ("proposed", "announced")
    return Standing(
        zeroing=zeroing,
        would=would_take(zeroing) if is_ahead else None,
        was=was_taken(zeroing) if case.state in ("running", "done") else None,
    )

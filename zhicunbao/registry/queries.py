"""What the register answers: who lives with whom, where an area lies, how many there are."""

from collections.abc import Collection, Iterable

from django.db.models import Case, Count, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import Coalesce
from django.urls import reverse

from zhicunbao.base import access
from zhicunbao.base.access import Actor
from zhicunbao.base.feature import Figure, MyRow
from zhicunbao.base.holders import HolderFace
from zhicunbao.base.models import Area
from zhicunbao.base.reach import under
from zhicunbao.kernel import division
from zhicunbao.registry.models import VIEW, Consent, Household, Membership, Place

EDIT = "registry.edit"
OPEN = Q(ends_on__isnull=True)


def kin_of(person_id: int) -> set[int]:
    """Return who shares a household with this person today, without the person (one query).

    Used for recusal (村民委员会组织法第三十二条 bars close relatives): those of one household are
    the kin that the register knows.
    """
    # Two steps along two indexes: a join would leave the order to statistics that a fresh
    # database does not have.
    mine = Membership.objects.filter(OPEN, person=person_id).order_by().values("household")
    return set(
        Membership.objects.filter(OPEN, household__in=mine)
        .exclude(person=person_id)
        .order_by()
        .values_list("person_id", flat=True)
    )


def households_of(people: Iterable[int]) -> dict[int, Household]:
    """Return the household of each person (by id) who belongs to one today (one query)."""
    memberships = Membership.objects.filter(OPEN, person__in=set(people))
    return {m.person_id: m.household for m in memberships.select_related("household__area")}


def households_joined(person_id: int) -> list[int]:
    """Return the number of the household to which a person belongs today; one or none."""
    return list(
        Membership.objects.filter(OPEN, person=person_id).values_list("household_id", flat=True)
    )


def people_of(number: int) -> set[int]:
    """Return who belongs to a household today, by its internal number (one query)."""
    open_here = Membership.objects.filter(OPEN, household=number).order_by()
    return set(open_here.values_list("person_id", flat=True))


def homes_of(people: Collection[int]) -> dict[int, str]:
    """Return the prefix of the place where each of ``people`` lives (one query)."""
    memberships = Membership.objects.filter(OPEN, person__in=people).order_by()
    return dict(memberships.values_list("person_id", "household__area_prefix"))


def households_called(actor: Actor, text: str, count: int) -> list[int]:
    """Return at most ``count`` of the households that ``actor`` may see and that ``text`` names."""
    return list(households(actor, text=text).values_list("pk", flat=True)[:count])


def household_faces(numbers: Collection[int]) -> dict[int, HolderFace]:
    """Return how households are called as holders of points (one query)."""
    return {
        pk: HolderFace(
            label=f"{address}（{number}）",
            masked=f"户 {number}",
            area_prefix=prefix,
            url=reverse("registry:household", args=[number]),
        )
        for pk, number, address, prefix in Household.objects.filter(pk__in=numbers).values_list(
            "pk", "number", "address", "area_prefix"
        )
    }


def outline_of(area: Area) -> list[list[list[float]]]:
    """Return the outline of a grid, micro-grid, community or village; empty when none is drawn."""
    kind = Place.Kind.COMMUNITY if area.level in division.VILLAGE_LEVELS else area.level
    found = Place.objects.filter(area=area, kind=kind).values_list("outline", flat=True).first()
    return found or []


def households(actor: Actor, area: Area | None = None, text: str = "") -> QuerySet[Household]:
    """Return the households that ``actor`` may see, each with ``member_count``.

    Narrowed to those under ``area`` and to those that ``text`` names: by number, by address, and by
    a member's name where the actor sees names.
    """
    found = access.visible_to(actor, Household.objects.select_related("area__parent"))
    if area is not None:
        found = found.filter(under([area.prefix]))
    if text:
        named = Membership.objects.filter(
            under(actor.reach(EDIT), "household__area_prefix"), OPEN, person__name__contains=text
        )
        found = found.filter(
            Q(number__contains=text)
            | Q(address__contains=text)
            | Q(pk__in=named.values("household"))
        )
    # A subquery is asked for the rows of one page alone; a join would count all households first.
    here = Membership.objects.filter(OPEN, household=OuterRef("pk")).order_by()
    counted = here.values("household").annotate(count=Count("pk")).values("count")
    return found.annotate(member_count=Coalesce(Subquery(counted), 0))


def fetch_household(actor: Actor, number: str) -> Household:
    """Return the household with this number, or refuse with 404."""
    return access.fetch(
        actor, Household.objects.select_related("area__parent__parent"), number=number
    )


def fetch_membership(actor: Actor, pk: int) -> Membership:
    """Return a membership that the actor may see, or refuse with 404."""
    return access.fetch(actor, Membership.objects.select_related("household", "person"), pk=pk)


def members_of(household: Household) -> list[Membership]:
    """Return who belongs or belonged to a household that the caller was let see, the head first."""
    return sorted(
        household.memberships.select_related("person"),
        key=lambda m: (m.relation != Membership.Relation.HEAD, m.starts_on, m.pk),
    )


def consents_of(actor: Actor) -> list[Consent]:
    """Return the consents that the person who acts gave, the newest first."""
    return list(access.visible_to(actor, Consent.objects.all()))


def fetch_consent(actor: Actor, pk: int) -> Consent:
    """Return one's own consent, or refuse with 404."""
    return access.fetch(actor, Consent.objects.all(), pk=pk)


def residents(actor: Actor, area: Area | None = None) -> QuerySet[Membership]:
    """Return the open memberships that ``actor`` may see (under ``area``): one row a person.

    By the number of the household, the head of each first.
    """
    found = access.visible_to(
        actor, Membership.objects.filter(OPEN).select_related("person", "household__area__parent")
    )
    if area is not None:
        found = found.filter(under([area.prefix], "household__area_prefix"))
    is_head = Case(When(relation=Membership.Relation.HEAD, then=0), default=1)
    return found.order_by("household__number", is_head, "pk")


def area_figures(actor: Actor, area: Area) -> list[Figure]:
    """Return the register's figures of ``area``; none for those without the right to view."""
    if not access.may(actor, VIEW, area):
        return []
    query = f"?area={area.code}"
    return [
        Figure(
            "户数",
            households(actor, area).count(),
            reverse("registry:households") + query,
            "户",
        ),
        Figure(
            "登记人口",
            residents(actor, area).count(),
            reverse("registry:residents") + query,
            "人",
        ),
    ]


def my_rows(actor: Actor) -> list[MyRow]:
    """Return the register's doors on the page 我的: one's own household, and one's consents."""
    own = households_of([actor.person_id or 0]).get(actor.person_id or 0)
    given = Consent.objects.filter(person=actor.person_id, withdrawn_at__isnull=True).count()
    rows = []
    if own is not None:
        url = reverse("registry:household", args=[own.number])
        rows.append(MyRow("我家的登记", "home", url, own.address))
    said = f"同意了 {given} 项" if given else "没有同意过"
    return [*rows, MyRow("个人信息的使用", "lock", reverse("registry:consents"), said)]

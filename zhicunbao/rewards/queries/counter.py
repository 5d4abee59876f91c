"""The counter: who stands behind it, who may order at it, whom a card or a name leads to."""

from dataclasses import dataclass

from zhicunbao.base import access
from zhicunbao.base.access import Actor
from zhicunbao.base.models import Person
from zhicunbao.kernel import clock
from zhicunbao.kernel.refusals import NotAllowed, Refusal
from zhicunbao.registry.models import Household, Membership
from zhicunbao.rewards import rules
from zhicunbao.rewards.models import KEEP, CounterTry, PickupPlace
from zhicunbao.rewards.rules import Shown


def keepers_of(place: PickupPlace) -> set[int]:
    """Return who may stand behind a place's counter today (one query)."""
    return set(access.people_holding(KEEP, place.area_prefix))


def may_order_at(actor: Actor, place: PickupPlace) -> Refusal | None:
    """Return what keeps somebody from ordering for themselves at a place, or None."""
    if not any(duty.prefix.startswith(place.area_prefix) for duty in actor.duties):
        return NotAllowed(
            "这个兑换点不在您所在的社区或村，请到自己那里的兑换点。", code="not_served"
        )
    return why_not_receiver(actor.person_id or 0, place)


def why_not_receiver(person_id: int, place: PickupPlace) -> Refusal | None:
    """Return what keeps a person from having goods at a place, or None.

    A keeper hands nothing over to himself: his own counter is closed to him (the maker of an entry
    never approves it).
    """
    if person_id in keepers_of(place):
        return NotAllowed(
            "您是这个兑换点的管理员，不能在自己的柜台兑换。请到别的兑换点，或由家里人来换。",
            code="own_counter",
        )
    return None


@dataclass(frozen=True)
class Known:
    """Whom a card, or a household's number and a name, leads to."""

    household: Household
    people: list[Person]


def known_at(place: PickupPlace, shown: Shown) -> Known | None:
    """Return the household that a card or a number names, and who of it may stand at the counter:
    all of it for a card, the one who was named otherwise. None: nobody whom the place serves.
    """
    served = Household.objects.filter(area_prefix__startswith=place.area_prefix)
    card, number, name = shown.card.strip(), shown.number.strip(), shown.name.strip()
    if card:
        found, names = served.filter(card_number=card).first(), None
    else:
        found, names = served.filter(number=number).first(), {name}
    people = known_people(found, names) if found else []
    return Known(found, people) if found and people else None


def known_people(household: Household, names: set[str] | None = None) -> list[Person]:
    """Return who belongs to a household today, the head first; only those called so."""
    members = Membership.objects.filter(
        household=household, ends_on__isnull=True, person__is_active=True
    ).select_related("person")
    ordered = sorted(members, key=lambda m: (m.relation != Membership.Relation.HEAD, m.pk))
    return [m.person for m in ordered if names is None or m.person.name in names]


def tries_left(person_id: int, place: PickupPlace) -> int:
    """Return how often a keeper may still be wrong at a counter within the window."""
    since = clock.now() - rules.TRIES_WITHIN
    failed = CounterTry.objects.filter(place=place, person=person_id, at__gt=since).count()
    return max(0, rules.TRIES_MAX - failed)

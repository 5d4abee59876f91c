"""What people do in the register: register households, let people join and leave them, give and
withdraw consent. Each runs once per key, in one transaction, and leaves an audit entry.
"""

from django.db import IntegrityError, transaction
from django.db.models import Max

from zhicunbao.base import access, audit
from zhicunbao.base.access import Actor
from zhicunbao.base.idempotency import once
from zhicunbao.base.models import Area, Person
from zhicunbao.base.reach import under
from zhicunbao.kernel import clock, phones
from zhicunbao.kernel.refusals import Conflict, Invalid, NotAllowed
from zhicunbao.registry import rules
from zhicunbao.registry.models import Consent, Household, Membership
from zhicunbao.registry.queries import EDIT

VILLAGE_PREFIX_LENGTH = 12
ADDRESS_LENGTH_MAX = 80


def register_household(
    actor: Actor, *, area_id: int, address: str, kind: str = Household.Kind.REGISTERED, key: str
) -> Household:
    """Enter a household in a micro-grid; it gets the next number of its community or village.

    For holders of ``registry.edit`` there. Refuses an area that is no micro-grid, an empty address
    and an address that the micro-grid already has (422).
    """

    def do() -> Household:
        area = Area.objects.filter(pk=area_id, level="micro_grid").first()
        if area is None:
            raise Invalid("请选择这一户所在的微网格。", fields={"area": "请从列表里选一个微网格。"})
        access.require(actor, EDIT, area)
        number = _next_number(area)  # who comes second at one moment sees the address of the first
        _check_household(area, address, kind)
        household = Household.objects.create(
            number=number,
            area=area,
            area_prefix=area.prefix,
            address=address,
            kind=kind,
            is_demo=area.is_demo,
        )
        audit.record(actor, "registry.household_registered", household)
        return household

    address = address.strip()
    return once(
        actor,
        key=key,
        action="registry.register_household",
        request=[area_id, address, kind],
        do=do,
    )


def _check_household(area: Area, address: str, kind: str) -> None:
    if kind not in Household.Kind.values:
        raise Invalid("请选择户籍或常住。", fields={"kind": "请从两种里选一种。"})
    if not address:
        raise Invalid("请写上这一户的地址。", fields={"address": "写到门牌，例如“红光里 12 号”。"})
    if len(address) > ADDRESS_LENGTH_MAX:
        raise Invalid("地址太长，请写在 80 个字以内。", fields={"address": "写到门牌就够了。"})
    if Household.objects.filter(area=area, address=address).exists():
        raise Invalid(
            f"{area.name}已经有一户在{address}，请先在列表里找到它。",
            fields={"address": "地址已经登记过，同一门牌有两户时请写上室号。"},
        )


def _next_number(area: Area) -> str:
    """Return the next free number; the village's row is locked so that two never get the same."""
    village = area.prefix[:VILLAGE_PREFIX_LENGTH]
    Area.objects.select_for_update(no_key=True).get(prefix=village)
    last = Household.objects.filter(under([village])).aggregate(last=Max("number"))["last"]
    return rules.household_number(village, rules.running_of(last) + 1 if last else 1)


def add_member(
    actor: Actor, *, household_id: int, name: str, phone: str, relation: str, key: str
) -> Membership:
    """Let somebody belong to a household from today; without a phone they are entered anew.

    For holders of ``registry.edit`` where the household lies. With ``phone`` the person must be
    registered under that very name (422 otherwise, the same whether the phone is unknown or
    somebody else's). Refuses a person who belongs to a household already and a second head (409),
    and an unknown relation (422).
    """

    def do() -> Membership:
        household = access.fetch(actor, Household.objects.all(), pk=household_id)
        access.require(actor, EDIT, household)
        if phone:
            person = Person.objects.filter(phone=phone, name=name).first()
            if person is None:
                raise Invalid(
                    "没有找到这个人，请核对姓名和手机号。",
                    fields={"phone": "姓名和手机号要与登记的一致；还没登记的先到“人员”登记。"},
                )
        else:
            person = Person.objects.create_person(name=name, phone=None, is_demo=household.is_demo)
            audit.record(actor, "base.person_added", person, area_prefix=household.area_prefix)
        return _join(actor, household, person.pk, relation)

    name, phone = name.strip(), phones.tidy(phone)
    if not name:
        raise Invalid("请写姓名。", fields={"name": "写身份证上的姓名。"})
    return once(
        actor,
        key=key,
        action="registry.add_member",
        request=[household_id, name, phone, relation],
        do=do,
    )


def _join(actor: Actor, household: Household, person_id: int, relation: str) -> Membership:
    if relation not in Membership.Relation.values:
        raise Invalid("请选择与户主的关系。", fields={"relation": "请从列表里选一种。"})
    membership = _open(household, person_id, relation)
    audit.record(
        actor,
        "registry.member_joined",
        household,
        detail={"person": person_id, "relation": relation},
    )
    return membership


def _open(household: Household, person_id: int, relation: str) -> Membership:
    """Insert the membership; the database's own constraints decide between two at once."""
    try:
        with transaction.atomic():
            return Membership.objects.create(
                household=household, person_id=person_id, relation=relation
            )
    except IntegrityError as error:
        if Membership.objects.filter(person=person_id, ends_on__isnull=True).exists():
            raise Conflict(
                "这个人已经在一户里，请先从原来的户迁出，再迁入这一户。", code="already_member"
            ) from error
        raise Conflict(
            "这一户已经有户主，请先给原户主办迁出，或选别的关系。", code="already_head"
        ) from error


def leave_household(actor: Actor, *, membership_id: int, key: str) -> Membership:
    """End a membership today; the history keeps it.

    For holders of ``registry.edit`` where the household lies. Refuses one that has ended (409).
    """

    def do() -> Membership:
        membership = access.fetch(
            actor, Membership.objects.select_related("household"), pk=membership_id
        )
        access.require(actor, EDIT, membership)
        ended = Membership.objects.filter(pk=membership.pk, ends_on__isnull=True).update(
            ends_on=clock.today()
        )
        if not ended:
            raise Conflict("这个人已经迁出，请刷新页面看现在的情况。", code="already_left")
        audit.record(
            actor,
            "registry.member_left",
            membership.household,
            detail={"person": membership.person_id},
        )
        membership.refresh_from_db()
        return membership

    return once(actor, key=key, action="registry.leave_household", request=[membership_id], do=do)


def give_consent(actor: Actor, *, purpose: str, key: str) -> Consent:
    """Record that the person who acts agrees to ``purpose`` as it reads now.

    For everyone, about themselves alone. An open consent to an older wording is closed first. One
    to the present wording is refused as given already (409), an unknown purpose too (422).
    """

    def do() -> Consent:
        wanted = rules.PURPOSES.get(purpose)
        if wanted is None:
            raise Invalid("没有这一项，请从“个人信息的使用”里重新选择。")
        person_id = _self(actor)
        Person.objects.select_for_update().get(pk=person_id)
        still_open = Consent.objects.filter(
            person=person_id, purpose=purpose, withdrawn_at__isnull=True
        )
        if still_open.filter(version=wanted.version, recipient=wanted.recipient).exists():
            raise Conflict("您已经同意过这一项，不用再点。", code="already_given")
        still_open.update(withdrawn_at=clock.now())
        consent = Consent.objects.create(
            person_id=person_id,
            purpose=purpose,
            version=wanted.version,
            recipient=wanted.recipient,
        )
        audit.record(
            actor,
            "registry.consent_given",
            consent,
            area_prefix=actor.home_prefix,
            detail={"purpose": purpose, "version": wanted.version},
        )
        return consent

    return once(actor, key=key, action="registry.give_consent", request=[purpose], do=do)


def withdraw_consent(actor: Actor, *, consent_id: int, key: str) -> Consent:
    """End one's own consent from now on; what it covered before stays lawful and recorded.

    Refuses somebody else's as not there (404) and one withdrawn already (409).
    """

    def do() -> Consent:
        consent = access.fetch(actor, Consent.objects.all(), pk=consent_id)
        ended = Consent.objects.filter(pk=consent.pk, withdrawn_at__isnull=True).update(
            withdrawn_at=clock.now()
        )
        if not ended:
            raise Conflict("这一项已经撤回，请刷新页面看现在的情况。", code="already_withdrawn")
        audit.record(
            actor,
            "registry.consent_withdrawn",
            consent,
            area_prefix=actor.home_prefix,
            detail={"purpose": consent.purpose, "version": consent.version},
        )
        consent.refresh_from_db()
        return consent

    return once(actor, key=key, action="registry.withdraw_consent", request=[consent_id], do=do)


def _self(actor: Actor) -> int:
    if actor.person_id is None:
        raise NotAllowed("请先登录，再由您本人来办。", code="not_a_person")
    return actor.person_id

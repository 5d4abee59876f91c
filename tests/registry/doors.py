"""Who comes through which door of the register: the street sees, the community edits, a household
sees itself, and consents are one's own.
"""

from dataclasses import dataclass

from tests.cast import Town
from tests.doors import ABOVE, DONGMEN, SIGNED_IN, STAFF, STREET, Door
from zhicunbao.registry import actions
from zhicunbao.registry.models import Consent, Household, Membership

EDITORS = STREET | {"admin"}
VIEWERS = ABOVE | DONGMEN


@dataclass
class Scene:
    """A household in 红光里 with the villager in it, who gave a consent."""

    household: Household
    membership: Membership
    consent: Consent
    grown: int = 0


def scene(town: Town) -> Scene:
    """Register the household and its consent."""
    household = _household(town, 1)
    villager = town.person("villager")
    membership = actions.add_member(
        town.actor("admin"),
        household_id=household.pk,
        name=villager.name,
        phone=str(villager.phone),
        relation="head",
        key="registry-member",
    )
    consent = actions.give_consent(
        town.actor("villager"), purpose="publish_name", key="registry-consent"
    )
    return Scene(household, membership, consent)


def more(town: Town, scene: Scene) -> None:
    """Add two households, two members, two past consents."""
    for number in (2, 3):
        _household(town, number)
        actions.add_member(
            town.actor("admin"),
            household_id=scene.household.pk,
            name=f"新人{number}",
            phone="",
            relation="child",
            key=f"registry-member-{number}",
        )
        actions.withdraw_consent(
            town.actor("villager"), consent_id=scene.consent.pk, key=f"registry-back-{number}"
        )
        scene.consent = actions.give_consent(
            town.actor("villager"), purpose="publish_name", key=f"registry-again-{number}"
        )


def _household(town: Town, number: int) -> Household:
    return actions.register_household(
        town.actor("admin"),
        area_id=town.red_lane.pk,
        address=f"红光里 {number} 号",
        key=f"registry-household-{number}",
    )


def _number(scene: Scene) -> dict[str, object]:
    return {"number": scene.household.number}


def _membership(scene: Scene) -> dict[str, object]:
    return {"pk": scene.membership.pk}


def _consent(scene: Scene) -> dict[str, object]:
    return {"pk": scene.consent.pk}


DOORS = [
    Door("registry:households", STAFF),
    Door("registry:residents", STAFF),
    Door("registry:register", EDITORS | {"cadre", "other_admin"}),
    Door("registry:register", EDITORS | {"cadre", "other_admin"}, method="post"),
    Door("registry:household", VIEWERS | {"villager"}, at=_number),
    Door("registry:household", EDITORS, at=_number, method="post"),
    Door("registry:leave", EDITORS, at=_membership, sees=VIEWERS | {"villager"}),
    Door("registry:leave", EDITORS, at=_membership, sees=VIEWERS | {"villager"}, method="post"),
    Door("registry:consents", SIGNED_IN),
    Door("registry:consents", SIGNED_IN, method="post"),
    Door("registry:withdraw", frozenset({"villager"}), at=_consent),
    Door("registry:withdraw", frozenset({"villager"}), at=_consent, method="post"),
]

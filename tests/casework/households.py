"""Builder of households, for tests of recusal."""

from tests.cast import Town
from zhicunbao.registry.models import Household, Membership


def household(town: Town, *keys: str) -> Household:
    """Put members of the cast into one household."""
    home = Household.objects.create(
        number=f"H{keys[0]}", area=town.red_lane, area_prefix=town.red_lane.prefix, address="1 号"
    )
    for key in keys:
        Membership.objects.create(household=home, person=town.person(key), relation="other")
    return home

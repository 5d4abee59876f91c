"""What to read from the pages of the shop, and where its desk stands."""

from tests.page import Page
from zhicunbao.rewards.models import PickupPlace


def read(page: Page) -> str:
    """Return what stands on a page without the spaces between its parts."""
    return "".join(page.text.split())


def desk(place: PickupPlace, part: str = "") -> str:
    """Return the address of a part of a place's desk."""
    return f"/shop/desk/{place.pk}/{part}"

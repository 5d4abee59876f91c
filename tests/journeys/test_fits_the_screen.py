"""Nothing is cut off on a phone, in the usual size and in the elder's; looks are for people."""

import pytest
from pytest_django.fixtures import Settings

from tests.browser import Windows, misplaced
from tests.cast import Town
from tests.work import street
from zhicunbao.base.models import Person

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]

LONG_TITLE = "老旧楼道消防通道和电动自行车充电棚联合排查"


@pytest.mark.parametrize("is_elder", [False, True])
def test_pages_stay_inside_a_phone(
    windows: Windows, town: Town, settings: Settings, is_elder: bool
) -> None:
    settings.ZHICUNBAO_DEMO = True  # the badge stands beside each title
    Person.objects.update(is_elder_mode=is_elder)
    street.fund(town)
    evaluated = street.evaluated(town, title=LONG_TITLE)
    submitted = street.submitted(town, by="member2", title=LONG_TITLE)
    walks = {
        "member": ("/", "/tasks/", "/claims/", f"/claims/{evaluated.pk}/", "/me/"),
        "admin": (
            "/inbox/",
            f"/cases/{submitted.case_id}/",
            f"/evaluate/{submitted.pk}/",
            "/evaluate/list/",
            "/desk/tasks/",
            "/registry/households/",
            "/people/",
        ),
        "reviewer": ("/review/", f"/desk/claims/{evaluated.pk}/"),
    }
    wrong = []
    for who, addresses in walks.items():
        phone = windows.phone()
        windows.enter(phone, town.person(who), addresses[0])
        for address in addresses:
            phone.goto(address)
            wrong += [f"{address} as {who}: {found}" for found in misplaced(phone)]
    assert not wrong, "\n".join(wrong)


def test_what_sticks_out_is_found(windows: Windows, town: Town, settings: Settings) -> None:
    settings.ZHICUNBAO_DEMO = True
    phone = windows.phone()
    windows.enter(phone, town.person("member"), "/me/")
    assert misplaced(phone) == []
    phone.evaluate(
        "document.querySelector('main').insertAdjacentHTML('beforeend', "
        "'<p class=nowrap>' + '太长的一行'.repeat(20) + '</p>')"
    )
    assert any(found.startswith("p “太长的一行") for found in misplaced(phone))
    phone.goto("/me/")
    phone.evaluate("document.querySelector('h1').style.whiteSpace = 'nowrap'")
    phone.evaluate("document.querySelector('h1').textContent = '老旧楼道'.repeat(8)")
    assert any("runs under" in found for found in misplaced(phone))

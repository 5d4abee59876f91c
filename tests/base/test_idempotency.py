"""The same request sent twice does its work once."""

import pytest

from tests.cast import Town
from zhicunbao.base import access
from zhicunbao.base.idempotency import once
from zhicunbao.base.models import IdempotencyKey, Person
from zhicunbao.kernel.refusals import Conflict, Invalid, NotAllowed


def add(town: Town, name: str = "新人", key: str = "k1", who: str = "admin") -> Person:
    return once(
        town.actor(who),
        key=key,
        action="test.add",
        request=[name],
        do=lambda: Person.objects.create(name=name),
    )


def count() -> int:
    return Person.objects.filter(name__startswith="新").count()


def test_a_repeat_returns_the_first_answer_and_does_nothing(town: Town) -> None:
    assert add(town) == add(town)
    assert count() == 1


def test_the_answer_is_read_afresh(town: Town) -> None:
    first = add(town)
    Person.objects.filter(pk=first.pk).update(name="新名")
    assert add(town).name == "新名"


def test_another_key_is_another_request(town: Town) -> None:
    assert add(town) != add(town, key="k2")
    assert count() == 2


def test_the_same_key_with_another_request_is_refused(town: Town) -> None:
    add(town)
    with pytest.raises(Conflict) as caught:
        add(town, "新人二")
    assert caught.value.code == "key_reused"
    assert count() == 1


def test_the_same_key_for_another_action_is_refused(town: Town) -> None:
    add(town)
    with pytest.raises(Conflict):
        once(
            town.actor("admin"),
            key="k1",
            action="test.remove",
            request=["新人"],
            do=lambda: Person.objects.create(name="新"),
        )
    assert count() == 1


def test_two_people_may_use_the_same_key(town: Town) -> None:
    assert add(town) != add(town, who="officer")


def test_the_clock_has_keys_too(town: Town) -> None:
    del town

    def do() -> Person:
        return Person.objects.create(name="新")

    answers = {
        once(access.SYSTEM, key="k", action="test.add", request=[], do=do).pk for _ in range(2)
    }
    assert len(answers) == 1


def test_a_refusal_frees_the_key_and_leaves_nothing(town: Town) -> None:
    def do() -> Person:
        Person.objects.create(name="新")
        raise NotAllowed("不行。")

    with pytest.raises(NotAllowed):
        once(town.actor("admin"), key="k1", action="test.add", request=["新人"], do=do)
    assert (count(), IdempotencyKey.objects.count()) == (0, 0)
    add(town)
    assert count() == 1


@pytest.mark.parametrize("key", ["", "k" * 81])
def test_a_key_that_is_none_is_refused(town: Town, key: str) -> None:
    with pytest.raises(Invalid) as caught:
        add(town, key=key)
    assert caught.value.code == "key_missing"
    assert count() == 0

"""The audit trail: what it holds, that it is sealed, that tampering shows, who reads what."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from tests.cast import Town
from tests.page import Pages
from zhicunbao.base import access, audit
from zhicunbao.base.api.door import DOOR
from zhicunbao.base.models import AuditEntry, AuditSeal
from zhicunbao.base.pages import audit as pages
from zhicunbao.kernel import clock, digests

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
LATER = NOON + timedelta(minutes=5)


def write(town: Town, who: str = "admin", about: str = "徐美兰", **rest: Any) -> AuditEntry:
    return audit.record(
        town.actor(who),
        "base.person_added",
        town.person("member"),
        area_prefix=rest.pop("area_prefix", "331125001004"),
        detail={"about": about, **rest},
    )


def unlock(table: str) -> None:
    """Take the trigger away, as somebody with the database's password could."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"DROP TRIGGER append_only_{table} ON {table}")
        else:
            cursor.execute(f"DROP TRIGGER append_only_{table}_update")
            cursor.execute(f"DROP TRIGGER append_only_{table}_delete")


def test_an_entry_says_who_did_what_where_and_through_which_door(town: Town) -> None:
    with clock.at(NOON):
        entry = write(town)
    entry.refresh_from_db()
    assert (entry.at, entry.person, entry.actor_name, entry.door) == (
        NOON,
        town.person("admin"),
        "周敏",
        "page",
    )
    assert (entry.subject_type, entry.subject_id) == (
        "base.person",
        str(town.person("member").pk),
    )
    assert entry.digest == entry.computed_digest()


def test_what_it_was_about_is_remembered_by_itself(town: Town) -> None:
    entry = audit.record(town.actor("admin"), "base.person_added", town.person("member"))
    assert entry.about == "徐美兰"


def test_a_verb_that_nobody_announced_is_a_mistake_of_the_program(town: Town) -> None:
    with pytest.raises(ValueError, match=r"base\.flew"):
        audit.record(town.actor("admin"), "base.flew", town.person("member"))


@pytest.mark.parametrize("act", ["update", "delete"])
@pytest.mark.parametrize("model", [AuditEntry, AuditSeal])
def test_the_database_refuses_to_change_or_delete(town: Town, model: Any, act: str) -> None:
    with clock.at(NOON):
        write(town)
    audit.seal(LATER)
    rows = model.objects.all()
    before = list(rows.values())
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        rows.update(id=99) if act == "update" else rows._raw_delete(rows.db)
    assert list(model.objects.values()) == before


def test_settled_entries_are_sealed_once_and_in_order(town: Town) -> None:
    with clock.at(NOON):
        entries = [write(town) for _ in range(3)]
    assert audit.seal(NOON + timedelta(seconds=30)) == 0  # still settling
    assert audit.seal(LATER) == 3
    assert audit.seal(LATER) == 0
    with clock.at(LATER):
        write(town)
    assert audit.seal(LATER + timedelta(minutes=5)) == 1
    first, second = AuditSeal.objects.all()
    assert (first.first_entry, first.last_entry) == (entries[0].pk, entries[2].pk)
    assert second.first_entry > first.last_entry
    assert audit.problems() == []


def test_sealing_stops_before_an_entry_that_is_not_settled(town: Town) -> None:
    """Two requests at one moment may get their numbers in the other order."""
    with clock.at(NOON + timedelta(seconds=2)):
        write(town)
    with clock.at(NOON):
        write(town)
    assert audit.seal(NOON + timedelta(seconds=61)) == 0
    assert audit.seal(LATER) == 2
    assert audit.problems() == []


def test_a_changed_entry_is_found(town: Town) -> None:
    with clock.at(NOON):
        write(town)
        entry = write(town, about="别人")
    audit.seal(LATER)
    unlock("base_auditentry")
    AuditEntry.objects.filter(pk=entry.pk).update(actor_name="无名")
    assert audit.problems() == [f"审计第 {entry.pk} 条的内容与它的摘要不符"]


def test_an_entry_changed_together_with_its_digest_is_found_by_the_chain(town: Town) -> None:
    with clock.at(NOON):
        entry = write(town)
        write(town)
    audit.seal(LATER)
    unlock("base_auditentry")
    entry.actor_name = "无名"
    entry.digest = entry.computed_digest()
    entry.save()
    [problem] = audit.problems()
    assert "与封存的链不符" in problem


def test_a_deleted_entry_is_found(town: Town) -> None:
    with clock.at(NOON):
        for _ in range(3):
            write(town)
    audit.seal(LATER)
    unlock("base_auditentry")
    rows = AuditEntry.objects.filter(pk=AuditEntry.objects.order_by("pk")[1].pk)
    rows._raw_delete(rows.db)
    [problem] = audit.problems()
    assert "与封存的链不符" in problem


def test_an_entry_put_in_between_later_is_found(town: Town) -> None:
    with clock.at(NOON):
        first, gone, _last = (write(town) for _ in range(3))
    unlock("base_auditentry")
    rows = AuditEntry.objects.filter(pk=gone.pk)
    rows._raw_delete(rows.db)
    AuditSeal.objects.create(
        first_entry=first.pk,
        last_entry=first.pk,
        entry_count=1,
        chain=digests.chain(digests.GENESIS, [(first.pk, first.digest)]),
    )
    assert audit.seal(LATER) == 1
    assert audit.problems() == []
    gone.save(force_insert=True)
    [problem] = audit.problems()
    assert problem == f"审计第 {gone.pk} 条夹在两段封存之间，是后来插进去的"


def test_the_whole_trail_is_proved_with_two_questions(town: Town) -> None:
    sealed_one_by_one(town, 4)
    with CaptureQueriesContext(connection) as queries:
        assert audit.problems() == []
    assert len(queries) == 2


# --- the newest part alone, for a page --------------------------------------------------------


def sealed_one_by_one(town: Town, number: int) -> list[AuditEntry]:
    """Write entries, each with a seal of its own."""
    entries = []
    for minute in range(number):
        with clock.at(NOON + timedelta(minutes=5 * minute)):
            entries.append(write(town))
        audit.seal(NOON + timedelta(minutes=5 * minute + 2))
    assert AuditSeal.objects.count() == number
    return entries


def sealed_together(town: Town, number: int) -> list[AuditEntry]:
    """Write entries and bind them by one seal."""
    with clock.at(NOON):
        entries = [write(town) for _ in range(number)]
    assert audit.seal(LATER) == number
    return entries


def rewrite(entry: AuditEntry, *, with_digest: bool = False) -> None:
    entry.actor_name = "无名"
    rest = {"digest": entry.computed_digest()} if with_digest else {}
    AuditEntry.objects.filter(pk=entry.pk).update(actor_name="无名", **rest)


def test_the_newest_part_is_checked_from_the_seal_before_it(town: Town) -> None:
    entries = sealed_one_by_one(town, 6)
    unlock("base_auditentry")
    rewrite(entries[0])
    assert len(audit.problems()) == 1
    check = audit.check_newest(3)
    assert (check.problems, check.is_all) == ([], False)
    assert [e.pk for e in check.entries] == [e.pk for e in entries[3:]]
    assert [s.first_entry for s in check.seals] == [e.pk for e in entries[3:]]
    rewrite(entries[3])
    [problem] = audit.check_newest(3).problems
    assert problem == f"审计第 {entries[3].pk} 条的内容与它的摘要不符"


def test_of_a_long_seal_the_chain_is_checked_whole_and_the_newest_contents(town: Town) -> None:
    entries = sealed_together(town, 6)
    unlock("base_auditentry")
    rewrite(entries[1])
    check = audit.check_newest(2)
    assert (check.problems, check.is_all) == ([], False)
    assert [e.pk for e in check.entries] == [e.pk for e in entries[4:]]
    assert [(s.first_entry, s.last_entry) for s in check.seals] == [(entries[0].pk, entries[5].pk)]
    rewrite(entries[2], with_digest=True)
    [problem] = audit.check_newest(2).problems
    assert "与封存的链不符" in problem


def test_without_any_seal_the_newest_contents_are_checked_and_no_more(town: Town) -> None:
    entries = [write(town) for _ in range(4)]
    unlock("base_auditentry")
    rewrite(entries[1])
    check = audit.check_newest(2)
    assert (check.problems, check.seals, len(check.unsealed)) == ([], [], 2)
    rewrite(entries[2])
    assert len(audit.check_newest(2).problems) == 1


def test_behind_many_unsealed_entries_the_last_seal_is_still_checked(town: Town) -> None:
    old = [*sealed_one_by_one(town, 2), *sealed_together(town, 2)]
    new = [write(town) for _ in range(5)]
    check = audit.check_newest(2)
    assert check.problems == []
    assert [e.pk for e in check.unsealed] == [e.pk for e in new[3:]]
    assert [s.last_entry for s in check.seals] == [old[3].pk]
    unlock("base_auditentry")
    rewrite(old[2], with_digest=True)
    assert len(audit.check_newest(2).problems) == 1


def test_a_trail_emptied_under_its_seals_is_found(town: Town) -> None:
    sealed_together(town, 3)
    assert audit.check_newest(10).is_all
    unlock("base_auditentry")
    rows = AuditEntry.objects.all()
    rows._raw_delete(rows.db)
    [problem] = audit.check_newest(10).problems
    assert "与封存的链不符" in problem


def test_what_a_check_asks_does_not_grow_with_the_trail(town: Town) -> None:
    sealed_one_by_one(town, 3)
    with CaptureQueriesContext(connection) as first:
        audit.check_newest(2)
    sealed_together(town, 20)
    with CaptureQueriesContext(connection) as second:
        audit.check_newest(2)
    assert len(first) == len(second) == 5


def test_a_step_of_a_flow_reads_as_its_own_name(town: Town) -> None:
    entry = write(town, flow="casework.objection", verb="raise")
    assert audit.what_was_done(entry) == "提出异议"
    assert audit.what_was_done(write(town)) == "登记人员"


# --- who reads what -----------------------------------------------------------------------


def seen_by(town: Town, who: str) -> list[str]:
    rows = access.visible_to(town.actor(who), AuditEntry.objects.all())
    return sorted(entry.about for entry in rows)


def test_everyone_reads_what_happened_in_their_places_alone(town: Town) -> None:
    write(town, about="东门")
    write(town, about="中山", area_prefix="331125001001")
    write(town, about="处处", area_prefix="")
    assert seen_by(town, "officer") == ["东门", "中山"]
    assert seen_by(town, "oversight") == ["东门"]
    assert seen_by(town, "admin") == []


def test_a_system_administrator_reads_of_accounts_and_not_of_work(town: Town) -> None:
    write(town, about="任职")
    audit.record(
        town.actor("admin"),
        "casework.case_opened",
        town.person("member"),
        area_prefix="331125001004",
        detail={"about": "事项"},
    )
    assert seen_by(town, "sysadmin") == ["任职"]
    assert seen_by(town, "auditor") == ["事项", "任职"]


# --- the pages -----------------------------------------------------------------------------


@pytest.fixture
def reader(pages_of: Callable[[str], Pages]) -> Pages:
    return pages_of("officer")


def test_the_page_reads_as_sentences(town: Town, reader: Pages) -> None:
    write(town)
    assert "周敏 登记人员：徐美兰" in reader.get("/audit/").text


def test_the_page_names_the_door_in_words(town: Town, reader: Pages) -> None:
    actor = replace(town.actor("admin"), door=DOOR)
    audit.record(actor, "base.signed_in", town.person("admin"), area_prefix="331125001004")
    page = reader.get("/audit/")
    assert "接口" in page.text
    assert DOOR not in page.text


def test_the_page_is_filtered_by_verb_person_subject_and_day(town: Town, reader: Pages) -> None:
    with clock.at(NOON):
        write(town, about="甲")
    with clock.at(NOON + timedelta(days=2)):
        write(town, "officer", about="乙")

    def shown(**query: str) -> list[str]:
        page = reader.get("/audit/", query)
        return [letter for letter in "甲乙" if f"登记人员：{letter}" in page.text]

    assert shown() == ["甲", "乙"]
    assert shown(verb="base.post_ended") == []
    assert shown(who="街干部") == ["乙"]
    assert shown(about="甲") == ["甲"]
    assert shown(since="2026-11-24") == ["乙"]
    assert shown(until="2026-11-23") == ["甲"]
    assert shown(since="2026-11-23", until="2026-11-23") == ["甲"]
    assert shown(verb="nonsense", since="yesterday") == ["甲", "乙"]


def test_the_page_lists_the_newest_and_asks_to_narrow_beyond(
    town: Town, reader: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "PAGE_SIZE", 2)
    monkeypatch.setattr(pages, "LISTED_MAX", 3)
    for about in "甲乙丙":
        write(town, about=about)
    page = reader.get("/audit/", {"page": "2"})
    assert "登记人员：甲" in page.text
    assert ("共 3 条" in page.text, "更早的请按日期查找" in page.text) == (True, False)
    write(town, about="丁")
    page = reader.get("/audit/", {"page": "2"})
    assert "登记人员：乙" in page.text
    assert "最近 3 条，更早的请按日期查找" in page.text
    assert "登记人员：甲" not in reader.get("/audit/", {"page": "99"}).text


def test_the_check_says_that_all_is_whole_or_what_is_not(town: Town, reader: Pages) -> None:
    [entry] = sealed_together(town, 1)
    whole = reader.get("/audit/check/")
    assert "记录完整" in whole.text
    assert "核对了全部 1 条记录、1 段封存" in whole.text
    assert AuditSeal.objects.get().chain in whole.text
    assert "封存停了" not in whole.text
    unlock("base_auditentry")
    AuditEntry.objects.filter(pk=entry.pk).update(verb="base.post_ended")
    assert "发现 1 处不符" in reader.get("/audit/check/").text


def test_the_check_says_what_it_did_not_look_at(
    town: Town, reader: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "CHECKED_COUNT", 2)
    entries = sealed_one_by_one(town, 5)
    page = reader.get("/audit/check/")
    assert "核对了最近 2 条记录、2 段封存" in page.text
    assert "核对过的记录完整" in page.text
    assert f"第 {entries[3].pk} 至 {entries[4].pk} 条" in page.text
    assert "这里没有核对" in page.text


def test_the_check_says_when_nothing_is_sealed_any_more(town: Town, reader: Pages) -> None:
    with clock.at(NOON):
        write(town)
    with clock.at(NOON + timedelta(minutes=9)):
        assert "封存停了" not in reader.get("/audit/check/").text
    with clock.at(NOON + timedelta(minutes=11)):
        assert "封存停了" in reader.get("/audit/check/").text

"""The notice board: its three places, its sums, a notice's days, and what became of each line."""

from datetime import timedelta

import pytest
from django.test import Client

from tests.casework.objections import answer, raise_
from tests.cast import Town
from tests.work import street
from zhicunbao.base.models import Area
from zhicunbao.casework import queries
from zhicunbao.casework.models import NoticeEntry, PublicNotice
from zhicunbao.kernel import clock
from zhicunbao.kernel.refusals import NotFound
from zhicunbao.work import actions as work

pytestmark = pytest.mark.django_db


def test_board_stands_in_three_places(town: Town, entry: NoticeEntry) -> None:
    actor = town.actor("villager")

    def places() -> list[list[int]]:
        names = ("running", "stopped", "past")
        found = [[n.pk for n in queries.board(actor, name)] for name in names]
        counts = queries.board_counts(actor)
        assert [counts[name] for name in names] == [len(rows) for rows in found]
        return found

    notice = entry.notice_id
    assert places() == [[notice], [], []]
    objection = raise_(town, entry)
    assert places() == [[notice], [notice], []]
    with clock.at(entry.notice.closes_at + timedelta(seconds=1)):
        assert places() == [[], [notice], []]
        answer(town, objection, "uphold")
        assert places() == [[], [], [notice]]


def test_board_counts_lines_points_and_open_objections(town: Town) -> None:
    street.fund(town)
    claims = [street.evaluated(town, level=level) for level in (1, 3)]
    rows = [(c.case, c.case.version) for c in claims]
    work.review_batch(town.actor("reviewer"), rows, key="b")
    for number, line in enumerate(NoticeEntry.objects.all()):
        raise_(town, line, key=f"o{number}")
    [notice] = queries.board(town.actor("member"), "running")
    counted = vars(notice)
    assert [counted[n] for n in ("entry_count", "points_sum", "open_count")] == [2, 25, 2]


def test_board_is_narrowed_to_an_area(town: Town, entry: NoticeEntry) -> None:
    actor = town.actor("villager")
    assert queries.notice_areas(actor) == [town.dongmen]
    assert list(queries.board(actor, "running", town.dongmen.code)) == [entry.notice]
    assert list(queries.board(actor, "running", "331125001001")) == []
    assert queries.board_counts(actor, "331125001001")["running"] == 0


def test_notices_are_read_in_their_street_alone(town: Town, entry: NoticeEntry) -> None:
    assert queries.fetch_notice(town.actor("other_member"), entry.notice_id) == entry.notice
    stranger = town.actor("villager")
    elsewhere = Area.objects.create(
        code="331125002001", prefix="331125002001", name="元和社区", level="community"
    )
    post = town.person("villager").posts.get()
    post.area, post.area_prefix = elsewhere, elsewhere.prefix
    post.save()
    stranger = town.actor("villager")
    assert list(queries.board(stranger, "running")) == []
    for fetch, pk in ((queries.fetch_notice, entry.notice_id), (queries.fetch_entry, entry.pk)):
        with pytest.raises(NotFound):
            fetch(stranger, pk)


@pytest.mark.parametrize(
    ("after_days", "states", "word"),
    [
        (0, "-----", "11月24日起算"),
        (1, "n----", "第 1 天"),
        (3, "ddn--", "第 3 天"),
        (5, "dddd-", "第 4 天"),  # a Saturday
        (7, "ddddn", "第 5 天"),
        (8, "ddddd", "已期满"),
    ],
)
def test_window_shows_its_working_days(town: Town, after_days: int, states: str, word: str) -> None:
    start = clock.start_of(clock.today().replace(year=2026, month=11, day=23)) + timedelta(hours=9)
    with clock.at(start):
        street.fund(town)
        street.in_notice(town)
    with clock.at(start + timedelta(days=after_days)):
        window = queries.window_of(PublicNotice.objects.get())
    letters = {"done": "d", "now": "n", "ahead": "-", "stopped": "s"}
    assert ("".join(letters[d.state] for d in window.days), window.word) == (states, word)


def test_window_is_stopped_where_an_objection_is_open(town: Town, entry: NoticeEntry) -> None:
    raise_(town, entry)
    window = queries.window_of(queries.fetch_notice(town.actor("villager"), entry.notice_id))
    assert (window.days[0].state, window.word, window.tone) == ("stopped", "有异议", "late")


def test_lines_say_what_became_of_them(town: Town, entry: NoticeEntry) -> None:
    actor = town.actor("villager")
    [line] = queries.lines_of(actor, entry.notice)
    assert (line.number, line.state, line.may_object, line.is_stopped) == (1, "公示中", True, False)
    [line] = queries.lines_of(town.actor("other_member"), entry.notice)
    assert not line.may_object
    objection = raise_(town, entry)
    [line] = queries.lines_of(actor, entry.notice)
    assert (line.state, line.may_object, line.is_stopped) == ("有异议，暂停入账", False, True)
    answer(town, objection, "dismiss")
    [line] = queries.lines_of(actor, entry.notice)
    [said] = line.answers
    assert (said.state, said.reason, said.is_open) == ("异议不成立", "核实过了。", False)
    with clock.at(entry.notice.closes_at):
        [line] = queries.lines_of(actor, entry.notice)
    assert not line.may_object


def test_the_audit_page_does_not_say_who_objected(town: Town, entry: NoticeEntry) -> None:
    raise_(town, entry)
    objector = town.person("villager")
    client = Client()
    client.force_login(town.person("oversight"))
    page = client.get("/audit/").content.decode()
    assert "不公开" in page
    assert objector.name not in page
    rows = client.get("/audit/", {"who": objector.name}).content.decode()
    assert "不公开" not in rows

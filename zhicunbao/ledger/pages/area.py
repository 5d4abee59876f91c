"""The ledger of a place (台账) on the desk: narrowed, summed, printed, and taken out as a workbook.
What it may show is decided by queries.
"""

from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final

from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_POST, require_safe

from zhicunbao.base import access
from zhicunbao.base.access import Actor
from zhicunbao.base.chips import Chip, ways_from
from zhicunbao.base.forms import show_refusal
from zhicunbao.base.http import Request, signed_in
from zhicunbao.base.queries import area_for
from zhicunbao.base.templatetags.look import cn_full_date
from zhicunbao.kernel import clock
from zhicunbao.kernel.refusals import Invalid, NotFound
from zhicunbao.ledger import actions, queries
from zhicunbao.ledger.forms import NarrowForm
from zhicunbao.ledger.models import Purse, Transfer
from zhicunbao.ledger.pages.parts import before_in
from zhicunbao.ledger.queries import NAMES, PARTS, VIEW
from zhicunbao.ledger.sheets import ledger_workbook

FIGURES: Final = ("in", "out", "award", "redeem", "reversal", "waiting")
"""Totals that stand large; the other parts are chosen from the chips."""
PRINTED_MAX: Final = 1_000
"""Rows on paper: some thirty sides."""
TAKEN_MAX: Final = 50_000
"""Rows in a workbook: more than anybody reads, and still a matter of seconds."""
WORKBOOK: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Figure:
    """A total of what is listed, and the address of exactly its rows."""

    label: str
    points: int
    count: int
    url: str


@dataclass(frozen=True)
class Narrowed:
    """What is asked for; without rows when the asking has to be mended first."""

    asked: queries.Asked
    form: NarrowForm
    purses: list[Purse]
    rows: QuerySet[Transfer] | None
    totals: dict[str, queries.Total]

    @property
    def words(self) -> str:
        """Say in one line which rows these are, and what they come to."""
        asked, said = self.asked, [self.asked.area.short_name]
        if asked.since or asked.until:
            since = cn_full_date(asked.since) if asked.since else "开始"
            said.append(f"{since}至{cn_full_date(asked.until or clock.today())}")
        if asked.purse is not None:
            said.append(f"资金池“{asked.purse.name}”")
        if asked.part:
            said.append(PARTS[asked.part].label)
        if asked.text:
            said.append(f"查找“{asked.text}”")
        if asked.part:
            said.append(f"合计 {self.totals[asked.part].points:,} 分")
        else:
            into, out = self.totals["in"].points, self.totals["out"].points
            said.append(f"居民得到 {into:,} 分，用掉和退回 {out:,} 分")
        return "；".join(said)

    @property
    def sums(self) -> list[tuple[str, int]]:
        """Name what the rows come to: in the chosen part, otherwise to and from those who hold."""
        if self.asked.part:
            return [("合计", self.totals[self.asked.part].points)]
        into, out = self.totals["in"], self.totals["out"]
        return [(PARTS["in"].label, into.points), (PARTS["out"].label, -out.points)]

    @property
    def count(self) -> int:
        """How many rows are listed."""
        return self.totals[self.asked.part].count


def _narrowed(actor: Actor, params: QueryDict) -> Narrowed:
    area = area_for(actor, VIEW, params.get("area", ""))
    part = params.get("part", "")
    if part and part not in PARTS:
        raise NotFound("没有这样的类别。请从“全部”重新选择。")
    purses = queries.purses_seen(actor)
    form = NarrowForm(params, purses=purses, sees_names=bool(actor.reach(NAMES)))
    nothing = {name: queries.Total() for name in ("", *PARTS)}
    if not form.is_valid():
        return Narrowed(queries.Asked(area, part), form, purses, None, nothing)
    found = form.cleaned_data
    asked = queries.Asked(
        area=area,
        part=part,
        purse=next((p for p in purses if p.pk == found["purse"]), None),
        since=found["since"],
        until=found["until"],
        text=found["who"],
    )
    try:
        rows = queries.rows_of(actor, asked)
    except Invalid as refusal:
        show_refusal(form, refusal)
        return Narrowed(asked, form, purses, None, nothing)
    return Narrowed(asked, form, purses, rows, queries.totals_of(rows))


@require_safe
@signed_in
def area_ledger(request: Request) -> HttpResponse:
    """List the movements of points in a place, newest first, under their totals."""
    found = _narrowed(request.actor, request.GET)
    lines: list[queries.AreaLine] = []
    following: int | None = None
    if found.rows is not None:
        lines, following = queries.page_of(
            request.actor, found.rows, found.asked.part, before=before_in(request)
        )
    context = _context(request, found) | {
        "lines": lines,
        "next_before": following,
        "is_first": "before" not in request.GET,
        "places": ways_from(request.actor, found.asked.area, VIEW, keep=_kept(request)),
        "figures": [_figure(request, name, found.totals[name]) for name in FIGURES],
        "parts": [
            Chip(label, _url(request, part=name), name == found.asked.part, count=total.count)
            for name, label in (("", "全部"), *((n, p.label) for n, p in PARTS.items()))
            for total in [found.totals[name]]
            if total.count or not name or name == found.asked.part
        ],
    }
    status = 422 if found.form.errors else 200
    return render(request, "ledger/area.html", context, status=status)


@require_safe
@signed_in
def area_paper(request: Request) -> HttpResponse:
    """Show what is listed as a sheet of paper."""
    found = _narrowed(request.actor, request.GET)
    if found.rows is None:
        raise Invalid("这样找不到要打印的台账。请回到台账，改好条件再打印。")
    lines = queries.every_line(request.actor, found.rows, found.asked.part, count_max=PRINTED_MAX)
    context = _context(request, found) | {
        "lines": list(lines),
        "is_cut": found.count > PRINTED_MAX,
        "printed_max": PRINTED_MAX,
        "taken_by": _taken_by(request.actor),
        "taken_at": clock.now(),
    }
    return render(request, "ledger/area_paper.html", context)


@require_POST
@signed_in
def area_workbook(request: Request) -> HttpResponse:
    """Send what is listed as a workbook with a watermark, and record who took it."""
    actor = request.actor
    found = _narrowed(actor, request.POST)
    if found.rows is None:
        raise Invalid("这样找不到要下载的台账。请回到台账，改好条件再下载。")
    area, count = found.asked.area, min(found.count, TAKEN_MAX)
    entry = actions.record_export(
        actor,
        area=area,
        narrowed=found.words,
        row_count=count,
        in_full=access.may(actor, NAMES, area),
        key=request.POST.get("key", ""),
    )
    cut = f"；只有最近 {count:,} 笔" if found.count > count else ""
    book = ledger_workbook(
        queries.every_line(actor, found.rows, found.asked.part, count_max=count),
        {purse.unit: purse for purse in found.purses},
        title=f"{area.short_name}积分台账",
        watermark=f"{_taken_by(actor)}于 {entry.at.astimezone(clock.LOCAL):%Y-%m-%d %H:%M} 下载，"
        f"审计编号 {entry.pk}，含个人信息，请勿外传",
        narrowed=f"{found.words}；共 {found.count:,} 笔{cut}",
    )
    out = BytesIO()
    book.save(out)
    response = HttpResponse(out.getvalue(), content_type=WORKBOOK)
    response["Content-Disposition"] = 'attachment; filename="ledger.xlsx"'
    return response


def _context(request: Request, found: Narrowed) -> dict[str, Any]:
    asked = found.asked
    return {
        "area": asked.area,
        "asked": asked,
        "form": found.form,
        "is_narrowed": bool(asked.purse or asked.since or asked.until or asked.text),
        "words": found.words,
        "count": found.count,
        "sums": found.sums,
        "sees_names": access.may(request.actor, NAMES, asked.area),
        "kept": [(name, request.GET[name]) for name in _ASKED if request.GET.get(name)],
    }


_ASKED: Final = ("area", "part", "who", "purse", "since", "until")


def _query(request: Request, **changes: str) -> str:
    params = QueryDict(mutable=True)
    wanted = {name: request.GET.get(name, "") for name in _ASKED} | changes
    params.update({name: value for name, value in wanted.items() if value})
    return params.urlencode()


def _url(request: Request, **changes: str) -> str:
    return f"?{_query(request, **changes)}"


def _kept(request: Request) -> str:
    """Return what is asked beside the place, to follow it in an address."""
    query = _query(request, area="")
    return f"&{query}" if query else ""


def _figure(request: Request, name: str, total: queries.Total) -> Figure:
    return Figure(PARTS[name].label, total.points, total.count, _url(request, part=name))


def _taken_by(actor: Actor) -> str:
    duty = max(actor.duties_with(VIEW), key=lambda d: -len(d.prefix), default=None)
    return f"{actor.name}（{duty.area_name}{duty.label}）" if duty else actor.name


urlpatterns = [
    path("ledger/", area_ledger, name="area"),
    path("ledger/print/", area_paper, name="area_paper"),
    path("ledger/workbook/", area_workbook, name="area_workbook"),
]

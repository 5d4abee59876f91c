"""The phone's pages about tasks: home, the board, one task, claiming it. One's own claims stand in
``claims``. They only ask and show; what may be done is decided by queries and actions.
"""

from dataclasses import dataclass
from typing import Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import HttpResponseClientRedirect

from zhicunbao.base import access
from zhicunbao.base.forms import number_in
from zhicunbao.base.http import Request, signed_in
from zhicunbao.base.models import Area
from zhicunbao.base.templatetags.look import cn_datetime, module_icon
from zhicunbao.casework.queries import LinePart, inbox_count
from zhicunbao.casework.rules import NOTICE_DAYS, in_force
from zhicunbao.kernel import clock
from zhicunbao.ledger.queries import balance_of
from zhicunbao.work import actions, queries
from zhicunbao.work.flows import CLAIM
from zhicunbao.work.models import Claim, Module, Task
from zhicunbao.work.pages import claims
from zhicunbao.work.pages.siteplan import plan_of
from zhicunbao.work.pages.standing import Standing, is_village, judges_of
from zhicunbao.work.rules import stairs_of

PAGE_SIZE: Final = 20
WAITING_SHOWN: Final = 3
"""On the home page; the rest is one tap away."""
NOTICES_SHOWN: Final = 3
TEXT_LENGTH_MAX: Final = 40
SLOTS_DRAWN_MAX: Final = 8
"""More dots than this are not counted at a glance; the words say the number."""


# ---- home ----


@dataclass(frozen=True)
class Door:
    """A quick way from the home page. An elder sees the first two."""

    label: str
    icon: str
    url: str


def greeting(name: str, *, is_elder: bool) -> str:
    """Return the words of welcome by the time of day in China; an elder's stay the same."""
    hour = clock.now().astimezone(clock.LOCAL).hour
    words = "早上好" if 5 <= hour < 11 else "中午好" if hour < 13 else "下午好"
    if hour < 5 or hour >= 18:
        words = "晚上好"
    return f"{name}，{'您好' if is_elder else words}"


def community_of(area: Area | None) -> Area | None:
    """Return the community or village around ``area`` (the area itself, from there upwards)."""
    while area is not None and area.level in ("grid", "micro_grid") and area.parent is not None:
        area = area.parent
    return area


def place_words(area: Area | None) -> str:
    """Return where somebody or something belongs: the community or village, and the grid in it."""
    community = community_of(area)
    if area is None or community is None:
        return ""
    if community == area:
        return area.short_name
    return f"{community.short_name} · {area.short_name}"


def _doors(*, may_claim: bool) -> list[Door]:
    """Return the quick ways: what the tabs below do not lead to comes first."""
    own = [
        Door("我的认领", "task", reverse("work:my_claims")),
        Door("做成的事", "star", f"{reverse('work:my_claims')}?stage={queries.POSTED}"),
    ]
    public = [
        Door("公示", "notice", reverse("casework:notices")),
        Door("积分明细", "list", reverse("ledger:points")),
    ]
    return [
        *(own if may_claim else public),
        Door("消息", "bell", reverse("base:messages")),
        Door("个人信息", "lock", reverse("registry:consents")),
    ]


@require_safe
@signed_in
def home(request: Request) -> HttpResponse:
    """Show what waits for the person, their points, and what is new where they live."""
    actor = request.actor
    waiting = queries.to_submit(actor)
    shown = [Standing.listed(c) for c in waiting[:WAITING_SHOWN]]
    may_claim = access.may(actor, queries.CLAIM_RIGHT)
    area = queries.home_area(actor)
    community = community_of(area)
    notices = queries.recent_notices(actor, NOTICES_SHOWN)
    if community is not None:
        for notice in notices:
            notice.title = notice.title.removeprefix(f"{community.short_name} ")
    is_elder = bool(getattr(request.user, "is_elder_mode", False))
    return render(
        request,
        "work/home.html",
        {
            "greeting": greeting(actor.name, is_elder=is_elder),
            "place": place_words(area),
            "first": shown[0] if shown else None,
            "others": shown[1:],
            "waiting_count": waiting.count() if len(shown) == WAITING_SHOWN else len(shown),
            "may_claim": may_claim,
            "balance": balance_of(actor.person_id or 0),
            "points_url": reverse("ledger:points"),
            "pending_url": f"{reverse('work:my_claims')}?stage=notice",
            "doors": _doors(may_claim=may_claim),
            "messages_url": reverse("base:messages"),
            "notices": notices,
            "desk_count": inbox_count(actor) if actor.is_staff else 0,
        },
    )


# ---- the board ----


@dataclass(frozen=True)
class Filter:
    """A chip of the board."""

    label: str
    url: str
    is_on: bool
    count: int
    icon: str = ""


@dataclass(frozen=True)
class Card:
    """A task as the board shows it to the actor."""

    task: Task
    home: str

    @property
    def left(self) -> int:
        """Slots that nobody has taken."""
        return self.task.slots - self.task.taken_count

    @property
    def nearness(self) -> str:
        """How near it lies, by grids: there is no other measure without asking where one is."""
        prefix = self.task.area_prefix
        if len(prefix) < 14:
            return "全街道" if len(prefix) < 12 else "全村" if is_village(prefix) else "全社区"
        if prefix == self.home and len(prefix) > 14:
            return "您的微网格"
        return "您的网格" if self.home.startswith(prefix[:14]) else ""

    @property
    def is_open(self) -> bool:
        """Whether the claim window is open."""
        return self.task.opens_at <= clock.now() < self.task.closes_at

    @property
    def is_early(self) -> bool:
        """Whether the claim window is still to come."""
        return clock.now() < self.task.opens_at


@require_safe
@signed_in
def board(request: Request) -> HttpResponse:
    """List the tasks of the person's area, filtered as the address says."""
    actor, asked = request.actor, request.GET
    may_claim = access.may(actor, queries.CLAIM_RIGHT)
    is_open = asked.getlist("open")[-1:] != ["0"] if may_claim else False
    text = asked.get("q", "").strip()[:TEXT_LENGTH_MAX]
    module = _module(asked.get("module", ""))
    is_near = "near" in asked
    tasks = queries.board(actor, only_open=is_open, near=is_near, text=text)
    counts = queries.count_by_module(tasks)
    rows = queries.board(actor, module=module, only_open=is_open, near=is_near, text=text)
    page = Paginator(rows, PAGE_SIZE).get_page(asked.get("page"))
    return render(
        request,
        "work/board.html",
        {
            "filters": _filters(request, module, counts),
            "page": page,
            "cards": [Card(task, actor.home_prefix) for task in page],
            "text": text,
            "module": module,
            "is_open": is_open,
            "is_near": is_near,
            "may_claim": may_claim,
        },
    )


def _module(text: str) -> int | None:
    number = number_in(text)
    return number if number in Module.values else None


def _filters(request: Request, module: int | None, counts: dict[int, int]) -> list[Filter]:
    query = request.GET.copy()
    query.pop("page", None)
    query.pop("module", None)
    filters = [Filter("全部", f"?{query.urlencode()}", module is None, sum(counts.values()))]
    for one in Module:
        query["module"] = str(one.value)
        filters.append(
            Filter(
                str(one.label),
                f"?{query.urlencode()}",
                module == one.value,
                counts.get(one.value, 0),
                module_icon(one.value),
            )
        )
    return filters


# ---- one task ----


def _line(*, is_open: bool) -> list[LinePart]:
    """Return the line of steps before anybody has claimed."""
    return [
        LinePart(label, "now" if is_open and n == 0 else "ahead")
        for n, label in enumerate(CLAIM.line)
    ]


@require_safe
@signed_in
def task(request: Request, pk: int) -> HttpResponse:
    """Show a task with all that it asks and gives, and the way to claim it or why there is none."""
    actor = request.actor
    found = queries.fetch_task(actor, pk)
    mine = queries.own_claim(actor, found)
    why_not = None if mine else queries.why_not_claim(actor, found)
    if mine:
        mine.task = found
    standing = Standing(mine) if mine else None
    return render(
        request,
        "work/task.html",
        {
            "task": found,
            "card": Card(found, actor.home_prefix),
            "place": place_words(found.area),
            "stairs": stairs_of(found.version),
            "standing": standing,
            "steps": standing.line if standing else _line(is_open=why_not is None),
            "why_not": why_not.message if why_not else "",
            "plan": plan_of(found.area, []),
            "slots": _slots(found),
        },
    )


def _slots(task: Task) -> list[bool]:
    """Return one dot a slot, filled when taken; none when there are too many to count."""
    if task.slots > SLOTS_DRAWN_MAX or task.way == Task.Way.DRAW:
        return []
    return [n < task.taken_count for n in range(task.slots)]


@require_http_methods(["GET", "POST"])
@signed_in
def claim_confirm(request: Request, pk: int) -> HttpResponse:
    """Ask once, with the line of steps and what follows; then claim, or enter the draw."""
    found = queries.fetch_task(request.actor, pk)
    if request.method == "POST":
        claim = actions.claim_task(request.actor, found, key=request.POST.get("key", ""))
        return _claimed(request, claim, found)
    refusal = queries.why_not_claim(request.actor, found)
    if refusal is not None:
        if request.htmx:
            # A part that is refused is not swapped in: the whole page says why.
            return HttpResponseClientRedirect(request.path)
        raise refusal
    context = {"task": found, **_question(found)}
    template = "base/_sheet_confirm.html" if request.htmx else "work/claim_confirm.html"
    return render(request, template, context)


def _claimed(request: Request, claim: Claim, found: Task) -> HttpResponse:
    undo = reverse("work:withdraw", args=[claim.pk])
    said = (
        f"已报名“{found.title}”，{cn_datetime(found.closes_at)} 抽签"
        if found.way == Task.Way.DRAW
        else f"已认领“{found.title}”"
    )
    messages.success(request, said, extra_tags=f"undo:{undo}")
    return redirect("work:claim", claim.pk)


def _question(found: Task) -> dict[str, object]:
    """Return what the sheet asks, so that nobody claims without knowing what follows."""
    judges = judges_of(found)
    days = in_force(NOTICE_DAYS, found.area_prefix, clock.today())
    due = cn_datetime(found.due_at)
    ask = f"拍好 {found.photos_min} 张照片交上来" if found.photos_min else "办好并提交"
    notice = f"公示 {days} 个工作日，没有异议" if days else "审核通过后"
    consequences = [
        f"{judges.cadre}考评后，由{judges.committee}审核。",
        f"{notice}，{found.points} 分自动入账。",
    ]
    is_draw = found.way == Task.Way.DRAW
    if is_draw:
        drawn = f"{cn_datetime(found.closes_at)} 抽签，{found.slots} 个名额，抽中会通知您。"
        consequences = [drawn, *consequences, "没抽中不影响以后。"]
    else:
        consequences.append("临时有事可以放弃，不扣分。")
    return {
        "title": "参加抽签？" if is_draw else "认领这件事？",
        "lead": f"抽中后请在 {due} 前{ask}。" if is_draw else f"请在 {due} 前{ask}。",
        "steps": _line(is_open=True),
        "consequences": consequences,
        "action_url": reverse("work:claim_confirm", args=[found.pk]),
        "action_label": "确认参加抽签" if is_draw else "确认认领",
        "back_url": reverse("work:task", args=[found.pk]),
    }


urlpatterns = [
    path("", home, name="home"),
    path("tasks/", board, name="board"),
    path("tasks/<int:pk>/", task, name="task"),
    path("tasks/<int:pk>/claim/", claim_confirm, name="claim_confirm"),
    *claims.urlpatterns,
]

"""One case: where it stands, what proves it, who did what, and what may be done now. A question
that binds is asked once, on the sheet, before ``perform`` is called.
"""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods, require_safe

from zhicunbao.base import files
from zhicunbao.base.access import Actor
from zhicunbao.base.feature import Face
from zhicunbao.base.forms import number_in
from zhicunbao.base.http import Request, signed_in
from zhicunbao.base.templatetags.look import cn_time
from zhicunbao.casework import actions, queries
from zhicunbao.casework.forms import ReasonForm
from zhicunbao.casework.models import Case, Evidence
from zhicunbao.casework.pages.lists import due_words
from zhicunbao.casework.queries import LinePart
from zhicunbao.casework.queries.rows import Act
from zhicunbao.kernel.flow import T
from zhicunbao.kernel.refusals import Invalid


@dataclass(frozen=True)
class Picture:
    """A photo of evidence with its addresses and the times that are known of it."""

    url: str
    thumb: str
    label: str
    caption: str


@dataclass(frozen=True)
class Said:
    """Something filled in, noted, or known of the position."""

    label: str
    text: str
    tone: str = ""


@dataclass(frozen=True)
class Round:
    """What was handed in at one time."""

    evidence: list[Evidence]

    @property
    def received_at(self) -> object:
        """When it reached us."""
        return self.evidence[0].received_at

    @property
    def pictures(self) -> list[Picture]:
        """Its photos."""
        return [_picture(e) for e in self.evidence if e.attachment is not None]

    @property
    def words(self) -> list[Said]:
        """All that is not a photo."""
        return [_said(e) for e in self.evidence if e.attachment is None]


def _picture(evidence: Evidence) -> Picture:
    photo = evidence.attachment
    if photo is None:
        raise ValueError(f"evidence {evidence.pk} is not a photo")
    return Picture(
        files.photo_url(photo),
        files.photo_url(photo, thumbnail=True),
        evidence.label,
        f"{evidence.label} {cn_time(evidence.taken_at)}".strip(),
    )


def _said(evidence: Evidence) -> Said:
    if evidence.kind != Evidence.Kind.POSITION:
        return Said(evidence.label, evidence.text)
    words = {True: "在任务范围内", False: "不在任务范围内", None: "范围没有画过，无法比对"}
    return Said(evidence.label, words[evidence.is_inside], "" if evidence.is_inside else "wait")


@dataclass(frozen=True)
class Sight:
    """A case as this actor sees it, beside the inbox and on its own page."""

    case: Case
    face: Face
    owner: str
    line: list[LinePart]
    rounds: list[Round]
    history: list[Act]
    moves: list[T]

    @property
    def number(self) -> str:
        """The number that people quote."""
        return queries.number_of(self.case)

    @property
    def state(self) -> str:
        """What people call its state."""
        return queries.state_label(self.case)

    @property
    def due(self) -> str:
        """Its deadline in words."""
        return due_words(self.case)

    @property
    def last(self) -> Act:
        """The step that was made last."""
        return self.history[-1]

    @property
    def newest(self) -> Round | None:
        """What was handed in last."""
        return self.rounds[0] if self.rounds else None

    @property
    def is_for_desk(self) -> bool:
        """Whether the case waits for this actor on the page where it is handled."""
        return bool(self.face.desk_url) and any(not t.side for t in self.moves)

    @property
    def is_objection(self) -> bool:
        """Whether it is about a line of a notice, so that nobody else learns whose it is."""
        return queries.is_objection(self.case)

    @property
    def opens_elsewhere(self) -> bool:
        """Whether it is handled on a page of its feature and not on the shared one."""
        return self.is_for_desk and self.face.desk_url != reverse(
            "casework:case", args=[self.case.pk]
        )

    @property
    def buttons(self) -> list[T]:
        """What the shared page itself offers."""
        return [t for t in self.moves if t.plain]


def sight_of(actor: Actor, case: Case) -> Sight:
    """Return the case as ``actor`` sees it, in a constant number of queries."""
    history = queries.history_of(actor, case)
    return Sight(
        case,
        queries.faces(actor, [case], in_full=True)[case.pk],
        queries.owner_name(actor, case),
        queries.line_of(case),
        [Round(evidence) for evidence in queries.evidence_of(case)],
        history,
        queries.allowed(actor, case, [act.step for act in history]),
    )


@require_safe
@signed_in
def case(request: Request, pk: int) -> HttpResponse:
    """Show one case; the person concerned is sent to the page that their feature has for them."""
    actor = request.actor
    found = queries.fetch_case(actor, pk)
    sight = sight_of(actor, found)
    if sight.face.own_url and found.owner_id == actor.person_id:
        return redirect(sight.face.own_url)
    context = {
        "sight": sight,
        "fault": queries.chain_fault(found, [act.step for act in sight.history]),
        "target": _target(actor, found),
    }
    return render(request, "casework/case.html", context)


def _target(actor: Actor, found: Case) -> Sight | None:
    """Return the matter that an objection stops, for those who may see it; the objector reads the
    line of the notice and no more.
    """
    if not queries.is_objection(found):
        return None
    target = queries.objection_of(found).entry.case
    return sight_of(actor, target) if queries.may_see(actor, target) else None


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def act(request: Request, pk: int) -> HttpResponse:
    """Ask once, then perform a step that needs nothing but perhaps a reason."""
    found = queries.fetch_case(request.actor, pk)
    verb = (request.POST if request.method == "POST" else request.GET).get("verb", "")
    transition = _plain(found, verb)
    if request.method != "POST":
        queries.require_move(request.actor, found, transition)
    form = ReasonForm(
        request.POST if request.method == "POST" else None, is_needed=transition.reason
    )
    if request.method == "POST" and form.is_valid():
        seen = number_in(request.POST.get("seen", ""))
        if seen is None:
            raise Invalid("这一页不完整，请返回上一页、刷新后再办。", code="seen_missing")
        moved = actions.perform(
            request.actor,
            found,
            verb,
            key=request.POST.get("key", ""),
            seen=seen,
            reason=form.cleaned_data["reason"],
        )
        now = queries.state_label(moved)
        messages.success(request, f"“{transition.label}”已办好，现在是“{now}”。")
        return redirect("casework:case", pk)
    context = _question(found, transition, form)
    template = "base/_sheet_confirm.html" if request.htmx else "casework/act.html"
    return render(request, template, context, status=422 if form.errors else 200)


def _plain(found: Case, verb: str) -> T:
    """Return the transition when the shared page may offer it; ``perform`` decides the rest.

    Of a step that the table no longer knows from here, any of that name is taken, so that the
    answer to a page left open is the one that says who acted.
    """
    flow = queries.flow_of(found)
    transition = flow.find(found.state, verb)
    if transition is None:
        transition = next((t for t in flow.transitions if t.verb == verb), None)
    if transition is None or not transition.plain:
        raise Invalid("这一步要在它自己的页面上办。请回到事项页，按那里的按钮。", code="own_page")
    return transition


def _question(found: Case, transition: T, form: ReasonForm) -> dict[str, object]:
    target = queries.flow_of(found).states[transition.target].label
    back = reverse("casework:case", args=[found.pk])
    return {
        "title": f"{transition.label}？",
        "lead": f"{queries.number_of(found)}，{found.subject}",
        "steps": queries.line_of(found),
        "consequences": [*transition.follows, f"之后是“{target}”，这一步记入经过，不能抹去。"],
        "action_url": reverse("casework:act", args=[found.pk]),
        "action_label": f"确认{transition.label}",
        "back_url": back,
        "hidden": {"verb": transition.verb, "seen": found.version},
        "reason_field": form["reason"] if transition.reason else None,
        "label": transition.label,
    }


urlpatterns = [
    path("cases/<int:pk>/", case, name="case"),
    path("cases/<int:pk>/act/", act, name="act"),
]

"""The phone's pages about one's own claims: the list, one claim, handing in proof, giving up."""

from dataclasses import dataclass
from typing import Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods, require_safe

from zhicunbao.base import files
from zhicunbao.base.http import Request, signed_in
from zhicunbao.base.templatetags.look import cn_time
from zhicunbao.casework.actions import Photo, perform
from zhicunbao.casework.models import Evidence, Step
from zhicunbao.casework.queries import act_of, allowed, evidence_of, flow_of, number_of
from zhicunbao.kernel.flow import CLAIMANT
from zhicunbao.kernel.refusals import Invalid, Refusal, TooLarge
from zhicunbao.work import actions, queries
from zhicunbao.work.forms import seen_in
from zhicunbao.work.models import Claim
from zhicunbao.work.pages import proof
from zhicunbao.work.pages.standing import SAID, Standing

PAGE_SIZE: Final = 20
STAGE_LABELS: Final = {"going": "进行中", "notice": "公示中", "done": "已办结"}
PHRASES: Final = ("已当场处理", "需社区协助", "住户不在家")
"""Offered under the note: what grid members write most, to save typing on a phone."""
EMPTY: Final = {
    "going": ("现在没有进行中的认领", "认领以后，走到哪一步都在这里看。"),
    "notice": ("现在没有公示中的认领", "考评和审核通过后，会在这里公示。"),
    "done": ("还没有办结的认领", "入账、放弃、逾期的都会记在这里。"),
}


@dataclass(frozen=True)
class Stage:
    """A tab of the list."""

    label: str
    url: str
    is_on: bool
    count: int


@require_safe
@signed_in
def my_claims(request: Request) -> HttpResponse:
    """List one's own claims at a stage, each with its line of steps."""
    wanted = request.GET.get("stage", "")
    stage = wanted if wanted in queries.STAGES else queries.UNDER_WAY
    tab = "done" if stage == queries.POSTED else stage
    counts = queries.my_claim_counts(request.actor)
    rows = queries.my_claims(request.actor, stage)
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    standings = [Standing.listed(claim) for claim in page]
    return render(
        request,
        "work/my_claims.html",
        {
            "stages": [
                Stage(label, f"?stage={name}", name == tab, counts[name])
                for name, label in STAGE_LABELS.items()
            ],
            "page": page,
            "standings": standings,
            "first_waiting": next((s for s in standings if s.is_waiting), None),
            "empty": EMPTY[tab],
            "is_posted": stage == queries.POSTED,
        },
    )


# ---- one claim ----


@dataclass(frozen=True)
class Shot:
    """One photo as the page shows it."""

    url: str
    thumb: str
    label: str
    caption: str


@dataclass(frozen=True)
class Round:
    """What was handed in at one submission."""

    rows: list[Evidence]

    def _of(self, kind: str) -> list[Evidence]:
        return [row for row in self.rows if row.kind == kind]

    @property
    def photos(self) -> list[Shot]:
        """The photos, each with the time at which it says that it was taken."""
        return [
            Shot(
                files.photo_url(row.attachment),
                files.photo_url(row.attachment, thumbnail=True),
                row.label,
                f"{row.label} {cn_time(row.taken_at)}".strip(),
            )
            for row in self._of(Evidence.Kind.PHOTO)
            if row.attachment is not None
        ]

    @property
    def positions(self) -> list[Evidence]:
        """Where the phone said it was: inside or not."""
        return self._of(Evidence.Kind.POSITION)

    @property
    def texts(self) -> list[Evidence]:
        """Fields and note."""
        return [*self._of(Evidence.Kind.FIELD), *self._of(Evidence.Kind.NOTE)]


def _rounds(found: Claim) -> list[Round]:
    """Return the submissions, the newest first."""
    return [Round(rows) for rows in evidence_of(found.case)]


@require_safe
@signed_in
def claim(request: Request, pk: int) -> HttpResponse:
    """Show where a claim stands, what was handed in, every step, and what the claimant may do."""
    found = queries.fetch_claim(request.actor, pk)
    steps = list(found.case.steps.all())
    rounds = _rounds(found)
    may = {t.verb: t for t in allowed(request.actor, found.case, steps) if t.by == CLAIMANT}
    return render(
        request,
        "work/claim.html",
        {
            "claim": found,
            "number": number_of(found.case),
            "standing": Standing(found, _said(found, steps)),
            "is_own": found.claimant_id == request.actor.person_id,
            "latest": rounds[0] if rounds else None,
            "earlier": rounds[1:],
            "history": [act_of(request.actor, found.case, step) for step in reversed(steps)],
            "may_submit": "submit" in may,
            "withdraw": may.get("withdraw"),
        },
    )


def _said(found: Claim, steps: list[Step]) -> str:
    return steps[-1].reason if steps and found.case.state in SAID else ""


# ---- proof ----


@require_http_methods(["GET", "POST"])
@signed_in
def submit(request: Request, pk: int) -> HttpResponse:
    """Take the proof of one's own claim; a refused one comes back with the text that was typed."""
    found = queries.fetch_own_claim(request.actor, pk)
    standing = Standing(found, _said(found, list(found.case.steps.all())))
    if request.method != "POST":
        if not standing.is_waiting:
            return redirect("work:claim", pk)
        return _proof_page(request, standing, proof.ProofForm(found.task))
    form = proof.ProofForm(found.task, request.POST)
    photos = list(proof.photos_sent(request, found.task))
    try:
        actions.submit_proof(
            request.actor,
            found,
            key=request.POST.get("key", ""),
            seen=seen_in(request.POST),
            photos=photos,
            position=proof.position_sent(request),
            fields=form.answers(),
            note=form.note_text(),
        )
    except (Invalid, TooLarge) as refusal:
        form.show(refusal)
        return _proof_page(request, standing, form, refusal=refusal, photos=photos)
    messages.success(request, f"已提交“{found.task.title}”，{Standing(found).next}。")
    return redirect("work:claim", pk)


def _proof_page(
    request: Request,
    standing: Standing,
    form: proof.ProofForm,
    *,
    refusal: Refusal | None = None,
    photos: list[Photo] | None = None,
) -> HttpResponse:
    found = standing.claim
    rounds = _rounds(found)
    faults: list[str] = []
    if refusal is not None:
        faults = proof.faults_of(photos or [])
        faults += [refusal.fields[name] for name in ("photos",) if name in refusal.fields]
    return render(
        request,
        "work/submit.html",
        {
            "claim": found,
            "task": found.task,
            "standing": standing,
            "form": form,
            "slots": proof.slots_of(found.task),
            "phrases": PHRASES,
            "latest": rounds[0] if rounds else None,
            "refused": refusal.message if refusal else "",
            "faults": faults,
        },
        status=refusal.status if refusal else 200,
    )


# ---- giving up ----


@require_http_methods(["GET", "POST"])
@signed_in
def withdraw(request: Request, pk: int) -> HttpResponse:
    """Ask once, then give one's own claim up (or leave the draw)."""
    found = queries.fetch_own_claim(request.actor, pk)
    if request.method == "POST":
        perform(
            request.actor,
            found.case,
            "withdraw",
            key=request.POST.get("key", ""),
            seen=seen_in(request.POST),
        )
        title = found.task.title
        is_draw = found.case.state == "entered"
        said = f"已退出“{title}”的抽签。" if is_draw else f"已放弃“{title}”，名额让给别人了。"
        messages.success(request, said)
        return redirect("work:task", found.task_id)
    transition = flow_of(found.case).find(found.case.state, "withdraw")
    if transition is None:
        return redirect("work:claim", pk)
    return render(
        request,
        "base/_sheet_confirm.html" if request.htmx else "work/withdraw.html",
        {
            "title": f"{transition.label}？",
            "lead": found.task.title,
            "consequences": transition.follows,
            "action_url": reverse("work:withdraw", args=[pk]),
            "action_label": transition.label,
            "back_url": reverse("work:claim", args=[pk]),
            "danger": True,
            "hidden": {"seen": found.case.version},
        },
    )


urlpatterns = [
    path("claims/", my_claims, name="my_claims"),
    path("claims/<int:pk>/", claim, name="claim"),
    path("claims/<int:pk>/submit/", submit, name="submit"),
    path("claims/<int:pk>/withdraw/", withdraw, name="withdraw"),
]

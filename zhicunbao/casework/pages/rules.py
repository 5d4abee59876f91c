"""The adjustable rules: what is in force where one works, on what ground, and what was before.
Whoever may adopt rules does it here.
"""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods

from zhicunbao.base import access
from zhicunbao.base.forms import show_refusal
from zhicunbao.base.http import Request, signed_in
from zhicunbao.base.models import Area
from zhicunbao.base.templatetags.look import cn_date
from zhicunbao.casework import actions, queries
from zhicunbao.casework.forms import RuleForm
from zhicunbao.casework.queries.settings import ADOPT, RuleInForce
from zhicunbao.kernel import clock
from zhicunbao.kernel.refusals import Invalid, NotFound


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def rules(request: Request) -> HttpResponse:
    """Show the rules in force at the actor's street; adopt a new version of one."""
    actor = request.actor
    street = queries.street_of(actor)
    in_force = queries.rules_at(street)
    is_post = request.method == "POST"
    name = (request.POST if is_post else request.GET).get("rule", "")
    chosen = next((r for r in in_force if r.name == name), None)
    if is_post:
        access.require(actor, ADOPT, street)
        if chosen is None:
            raise NotFound("没有这条规则。请回到规则页，从列表里选择。")
    form = _form(request, chosen, street) if chosen else None
    if is_post and chosen and form and form.is_valid():
        try:
            version = actions.adopt_rule(
                actor, name=name, **form.cleaned_data, key=request.POST.get("key", "")
            )
        except Invalid as refusal:
            show_refusal(form, refusal)
        else:
            days = f"{version.value} {chosen.rule.unit}"
            messages.success(
                request, f"{chosen.rule.label}从{cn_date(version.valid_from)}起是 {days}。"
            )
            return redirect("casework:rules")
    context = {
        "street": street,
        "rules": in_force,
        "chosen": chosen,
        "form": form,
        "may_adopt": access.may(actor, ADOPT, street),
        "back_url": reverse("casework:rules") if chosen else "",
    }
    status = 422 if form and form.errors else 200
    return render(request, "casework/rules.html", context, status=status)


def _form(request: Request, chosen: RuleInForce, street: Area) -> RuleForm | None:
    """Return the form for a new version, for those who may adopt one."""
    if not access.may(request.actor, ADOPT, street):
        return None
    return RuleForm(
        request.POST if request.method == "POST" else None,
        rule=chosen.rule,
        places=queries.places_to_rule(request.actor, street),
        initial={"area": street.pk, "value": chosen.value, "valid_from": clock.today()},
    )


urlpatterns = [path("rules/", rules, name="rules")]

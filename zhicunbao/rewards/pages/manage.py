"""Keeping the list of goods and places, for those who manage them."""

from decimal import Decimal
from typing import Final

from django import forms as django_forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods, require_safe

from zhicunbao.base import access
from zhicunbao.base.forms import show_refusal
from zhicunbao.base.http import Request, signed_in
from zhicunbao.kernel.refusals import Refusal
from zhicunbao.rewards import actions, queries
from zhicunbao.rewards.forms import GoodsForm, NewGoodsForm, NewPlaceForm, PlaceForm
from zhicunbao.rewards.models import MANAGE, VIEW

PAGE_SIZE: Final = 50
TEXT_LENGTH_MAX: Final = 30


@require_safe
@signed_in
def goods_list(request: Request) -> HttpResponse:
    """List the goods of the actor's reach, unlisted ones too."""
    access.require(request.actor, VIEW)
    text = request.GET.get("q", "").strip()[:TEXT_LENGTH_MAX]
    page = Paginator(queries.goods_managed(request.actor, text), PAGE_SIZE).get_page(
        request.GET.get("page")
    )
    context = {
        "page": page,
        "text": text,
        "rows": [(goods, access.may(request.actor, MANAGE, goods)) for goods in page],
        "may_manage": access.may(request.actor, MANAGE),
        "back_url": reverse("rewards:desk"),
    }
    return render(request, "rewards/goods_list.html", context)


def _form_page(
    request: Request, form: django_forms.Form, title: str, back: str, status: int = 0
) -> HttpResponse:
    return render(
        request,
        "rewards/write.html",
        {"form": form, "heading": title, "back_url": reverse(back)},
        status=status or (422 if form.errors else 200),
    )


@require_http_methods(["GET", "POST"])
@signed_in
def add_goods(request: Request) -> HttpResponse:
    """Add goods to the list."""
    access.require(request.actor, MANAGE)
    areas = list(queries.areas_managed(request.actor))
    form = NewGoodsForm(request.POST or None, request.FILES or None, areas=areas)
    if request.method != "POST" or not form.is_valid():
        return _form_page(request, form, "添加商品", "rewards:goods_list")
    sent = form.cleaned_data
    try:
        made = actions.add_goods(
            request.actor,
            form.written(),
            area=next(area for area in areas if area.code == sent["area"]),
            picture=sent["picture"],
            key=request.POST.get("key", ""),
        )
    except Refusal as refusal:
        show_refusal(form, refusal)
        return _form_page(request, form, "添加商品", "rewards:goods_list", refusal.status)
    messages.success(request, f"已添加“{made.name}”，进货以后就能兑换。")
    return redirect("rewards:goods_list")


@require_http_methods(["GET", "POST"])
@signed_in
def revise_goods(request: Request, pk: int) -> HttpResponse:
    """Change what is written about goods."""
    found = queries.fetch_goods(request.actor, pk)
    access.require(request.actor, MANAGE, found)
    kept = {name: getattr(found, name) for name in GoodsForm.base_fields if hasattr(found, name)}
    kept |= {"cost": Decimal(found.cost_fen) / 100, "picture": None}
    form = GoodsForm(request.POST or None, request.FILES or None, initial=kept)
    title = f"修改“{found.name}”"
    if request.method != "POST" or not form.is_valid():
        return _form_page(request, form, title, "rewards:goods_list")
    try:
        actions.revise_goods(
            request.actor,
            found,
            form.written(),
            picture=form.cleaned_data["picture"],
            key=request.POST.get("key", ""),
        )
    except Refusal as refusal:
        show_refusal(form, refusal)
        return _form_page(request, form, title, "rewards:goods_list", refusal.status)
    messages.success(request, "已保存，已下的订单仍按原来的积分。")
    return redirect("rewards:goods_list")


@require_http_methods(["GET", "POST"])
@signed_in
def add_place(request: Request) -> HttpResponse:
    """Open a place."""
    access.require(request.actor, MANAGE)
    areas = list(queries.areas_managed(request.actor))
    form = NewPlaceForm(request.POST or None, areas=areas)
    if request.method != "POST" or not form.is_valid():
        return _form_page(request, form, "开设兑换点", "rewards:desk")
    try:
        made = actions.open_place(
            request.actor,
            form.written(),
            area=next(area for area in areas if area.code == form.cleaned_data["area"]),
            key=request.POST.get("key", ""),
        )
    except Refusal as refusal:
        show_refusal(form, refusal)
        return _form_page(request, form, "开设兑换点", "rewards:desk", refusal.status)
    messages.success(request, f"已开设“{made.name}”。请任命兑换点管理员，再进货。")
    return redirect("rewards:desk")


@require_http_methods(["GET", "POST"])
@signed_in
def revise_place(request: Request, pk: int) -> HttpResponse:
    """Change what is written about a place, or close it."""
    found = queries.fetch_place(request.actor, pk)
    access.require(request.actor, MANAGE, found)
    kept = {name: getattr(found, name) for name in PlaceForm.base_fields}
    form = PlaceForm(request.POST or None, initial=kept)
    title = f"修改“{found.name}”"
    if request.method != "POST" or not form.is_valid():
        return _form_page(request, form, title, "rewards:desk")
    try:
        actions.revise_place(request.actor, found, form.written(), key=request.POST.get("key", ""))
    except Refusal as refusal:
        show_refusal(form, refusal)
        return _form_page(request, form, title, "rewards:desk", refusal.status)
    messages.success(request, "已保存。")
    return redirect("rewards:desk")


urlpatterns = [
    path("shop/desk/goods/", goods_list, name="goods_list"),
    path("shop/desk/goods/add/", add_goods, name="add_goods"),
    path("shop/desk/goods/<int:pk>/", revise_goods, name="revise_goods"),
    path("shop/desk/places/add/", add_place, name="add_place"),
    path("shop/desk/places/<int:pk>/", revise_place, name="revise_place"),
]

"""What the living style page shows: every component in all its states, with invented values.
It serves those who build pages; it reads no table and is routed in demo mode alone.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from django import forms
from django.core.paginator import Paginator
from django.templatetags.static import static

from zhicunbao.base.templatetags.look import ICONS
from zhicunbao.kernel import clock

LINE: Final = ("认领", "提交", "考评", "审核", "公示", "入账")
MODULES: Final = ("乡风文明", "基层治理", "生活富裕", "生态宜居", "产业兴旺")


@dataclass(frozen=True)
class _Step:
    label: str
    state: str


@dataclass(frozen=True)
class _Stair:
    level: int
    points: int
    words: str


@dataclass(frozen=True)
class _Choice:
    label: str
    url: str = "#content"
    is_on: bool = False
    count: int | None = None
    icon: str = ""


@dataclass(frozen=True)
class _Mark:
    x: int
    y: int
    tone: str
    radius: int
    label: str


class SampleForm(forms.Form):
    """One field of each kind."""

    title = forms.CharField(label="任务名称", help_text="居民一看就懂的一句话", max_length=40)
    item = forms.ChoiceField(
        label="工作事项", choices=[("1", "消防安全（基层治理）"), ("2", "五水共治（生态宜居）")]
    )
    text = forms.CharField(label="要做什么", widget=forms.Textarea(attrs={"rows": 2}))
    slots = forms.IntegerField(label="名额", min_value=1)
    due_at = forms.DateTimeField(
        label="完成期限", widget=forms.DateTimeInput(attrs={"type": "datetime-local"})
    )
    way = forms.ChoiceField(
        label="怎么分",
        widget=forms.RadioSelect,
        choices=[("claim", "大家认领"), ("lot", "抽签"), ("assign", "指定")],
    )
    verdict = forms.ChoiceField(
        label="您的考评",
        widget=forms.RadioSelect,
        choices=[("done", "做到了"), ("return", "退回补充"), ("not_done", "没做到")],
    )
    wanted = forms.MultipleChoiceField(
        label="要交什么",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[("photo", "照片 2 张"), ("place", "现场位置"), ("form", "清理楼层数")],
    )
    notify = forms.BooleanField(label="发布后通知本网格的人", required=False)
    scan = forms.FileField(label="签字表扫描件", required=False)


def _line(at: int, state: str = "now") -> list[_Step]:
    return [
        _Step(label, "done" if place < at else state if place == at else "ahead")
        for place, label in enumerate(LINE)
    ]


def _forms() -> dict[str, SampleForm]:
    good = {
        "title": "老旧楼道消防通道排查",
        "item": "1",
        "text": "逐层看楼道有没有杂物；能当场清的当场清，清不了的拍下来交给社区。",
        "slots": 5,
        "due_at": "2026-11-25T18:00",
        "way": "claim",
        "verdict": "done",
        "wanted": ["photo", "place"],
        "notify": True,
    }
    sent = good | {"title": "", "due_at": "2026-11-31T18:00"}
    refused = SampleForm(
        {f"refused-{name}": value for name, value in sent.items()}, prefix="refused"
    )
    refused.errors["title"] = refused.error_class(["请写任务名称，40 个字以内。"])
    refused.errors["due_at"] = refused.error_class(["11月只有 30 天，请改成 11月30日或更早。"])
    return {"form": SampleForm(initial=good), "refused_form": refused}


def look_context() -> dict[str, Any]:
    """Return the context of ``base/look.html``."""
    now = clock.now()
    return {
        **_forms(),
        "modules": [(number, name) for number, name in enumerate(MODULES, start=1)],
        "icons": sorted(ICONS),
        "lines": {
            "刚认领": _line(0),
            "在考评": _line(2),
            "退回补充": _line(1, "returned"),
            "已入账": _line(6),
        },
        "stairs": [
            _Stair(1, 5, "顺手的事"),
            _Stair(2, 10, "半小时内"),
            _Stair(3, 20, "要到现场"),
            _Stair(4, 35, "要反复上门"),
            _Stair(5, 60, "急难险重"),
        ],
        "days": [_Step("", state) for state in ("done", "done", "now", "ahead", "ahead")],
        "stopped_days": [_Step("", s) for s in ("done", "done", "done", "stopped", "ahead")],
        "moments": [now + timedelta(minutes=m) for m in (-1600, -45, 25, 220, 2000, 4400)],
        "filters": [
            _Choice("全部", is_on=True, count=26),
            _Choice("基层治理", count=9, icon="shield"),
            _Choice("生态宜居", count=8, icon="leaf"),
        ],
        "tabs": [_Choice("进行中", is_on=True, count=6), _Choice("已入账", count=18)],
        "parts": [
            {"share": 18, "tone": "ink", "label": "到现场 1 次"},
            {"share": 3, "tone": "info", "label": "照片 2 张"},
            {"share": 4, "tone": "gold", "label": "填写 2 项"},
        ],
        "page": Paginator(range(541), 20).page(3),
        "before": static("base/sample-before.svg"),
        "after": static("base/sample-after.svg"),
        "others": ["10,8 60,6 66,48 14,50", "218,6 290,4 292,60 222,70", "96,122 214,110 218,150"],
        "outline": "76,52 205,40 211,98 84,110",
        "marks": [
            _Mark(148, 70, "track", 0, "整改前"),
            _Mark(162, 78, "info", 22, "整改后，圈为误差约 20 米"),
        ],
        "consequences": ["社区干部考评后，由社区党委审核", "临时有事可以退出，不扣分"],
        "hidden": {},
    }

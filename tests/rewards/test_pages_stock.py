"""The desk's pages of stock: figures and their rows, deliveries, stock-taking, goods, workbooks."""

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook, load_workbook

from tests.cast import Town
from tests.page import Page
from tests.rewards import shop
from tests.rewards.reading import desk, read
from tests.rewards.shop import Pieces
from tests.tables import unchanged
from tests.work.phone import opened
from zhicunbao.rewards.models import Delivery, Goods, PickupPlace, StockCount

pytestmark = pytest.mark.django_db

# --- stock ---------------------------------------------------------------------------------------


def test_every_figure_of_stock_opens_its_rows(town: Town) -> None:
    built = shop.shop(town, oil=6)
    made = shop.ordered(town, built)
    shop.hand_over(town, shop.ordered(town, built))
    keeper = opened(town, "keeper")
    stock = keeper.get(desk(built.place, "stock/"))
    assert "菜籽油5L粮油快没了514瓶200" in read(stock)
    moves = keeper.get(f"{desk(built.place, 'stock/')}{built.oil.pk}/?show=booked")
    assert "领取订单" in read(moves)
    assert "进货送货单0001" in read(moves)
    orders = keeper.get(f"{desk(built.place, 'orders/')}?goods={built.oil.pk}")
    assert f"DH-{made.ordered_at.year}-{made.case_id}" in read(orders)
    assert "待领取1已领取1没换成0" in read(orders)
    low = keeper.get(f"{desk(built.place, 'stock/')}?show=low")
    assert "菜籽油" in read(low)
    assert "云和本地大米" not in read(low)
    assert keeper.get(f"{desk(built.place, 'stock/')}{built.oil.pk}/?show=x").status == 404
    elsewhere = shop.goods(town, name="没进过的")
    assert keeper.get(f"{desk(built.place, 'stock/')}{elsewhere.pk}/").status == 404


def test_the_desk_counts_what_waits_and_what_runs_low(town: Town) -> None:
    built = shop.shop(town, oil=3)
    shop.ordered(town, built)
    assert "121" in read(opened(town, "admin").get("/shop/desk/"))
    shop.place(town, area=town.area("331125001001"), by="other_admin", name="中山超市")
    assert "中山超市" not in read(opened(town, "admin").get("/shop/desk/"))
    assert "中山超市" in read(opened(town, "leader").get("/shop/desk/"))


def test_orders_made_for_others_have_a_list_of_their_own(town: Town) -> None:
    built = shop.shop(town)
    shop.household(town, "member", card="C-1")
    own = shop.ordered(town, built)
    shop.earn(town, "member", 300)
    entered = shop.order_for(town, built.place, "member", {built.rice: 1}, card="C-1")
    page = opened(town, "oversight").get(f"{desk(built.place, 'orders/')}?entered=1")
    assert entered.case.subject in page.text
    assert "胡柜管代办" in read(page)
    assert own.case.subject not in page.text


# --- deliveries ----------------------------------------------------------------------------------


def test_a_delivery_is_entered_by_hand(town: Town) -> None:
    built = shop.shop(town, oil=1)
    keeper = opened(town, "keeper")
    page = keeper.get(desk(built.place, "receive/"))
    assert 'value="55"' in page.html
    sent = {
        "key": "k",
        "supplier": "供销社",
        "document": "送货单 7",
        "received_on": "2026-01-05",
        f"count-{built.oil.pk}": "12",
        f"cost-{built.oil.pk}": "54.50",
    }
    found = keeper.post(page.url, sent)
    made = Delivery.objects.get(document="送货单 7")
    assert found.url == f"/shop/desk/deliveries/{made.pk}/"
    assert "菜籽油5L12瓶54.50654.00" in read(found)
    assert shop.stock(built.place, built.oil) == Pieces(13, 0)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"supplier": ""}, "供货单位"),
        ({"count": "x"}, "数量请填整数"),
        ({"cost": "x"}, "单价请填数字"),
        ({"cost": "-1"}, "单价请填数字"),
        ({"count": ""}, "请至少填一样商品的数量"),
        ({"received_on": "2999-01-01"}, "进货日期不能晚于今天"),
    ],
)
def test_a_wrong_delivery_comes_back_with_what_was_typed(
    town: Town, changes: dict[str, str], says: str
) -> None:
    built = shop.shop(town)
    asked = {"supplier": "供销社", "count": "12", "cost": "54", "received_on": "2026-01-05"}
    asked |= changes
    sent = {
        "key": "k",
        "supplier": asked["supplier"],
        "document": "送货单 7",
        "received_on": asked["received_on"],
        f"count-{built.oil.pk}": asked["count"],
        f"cost-{built.oil.pk}": asked["cost"],
    }
    keeper = opened(town, "keeper")
    with unchanged():
        page = keeper.post(desk(built.place, "receive/"), sent)
    assert page.status == 422
    assert says in read(page)
    assert "送货单7" in "".join(page.html.split())


def workbook(*rows: tuple[Any, ...], heads: Any = ("商品", "数量", "单价（元）")) -> Any:
    book = Workbook()
    sheet = book.create_sheet(index=0)
    for row in (heads, *rows):
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return SimpleUploadedFile("进货.xlsx", out.getvalue())


def upload(town: Town, at: PickupPlace, file: Any) -> Page:
    """Send a workbook; whatever comes of it, nothing is written."""
    keeper = opened(town, "keeper")
    with unchanged():
        return keeper.post(desk(at, "receive/workbook/"), {"key": "k", "file": file})


def test_the_template_names_what_can_be_brought(town: Town) -> None:
    built = shop.shop(town)
    answer = opened(town, "keeper").get(desk(built.place, "receive/workbook/")).response
    sheet = load_workbook(io.BytesIO(answer.content)).worksheets[0]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert rows == [
        ["商品", "数量", "单价（元）"],
        ["菜籽油 5 L", None, 55],
        ["云和本地大米 5 kg", None, 32],
    ]


def test_a_workbook_is_read_before_anything_is_written(town: Town) -> None:
    built = shop.shop(town)
    file = workbook(("菜籽油 5 L", 12, 54.5), ("云和本地大米 5 kg", None, 30))
    page = upload(town, built.place, file)
    assert page.status == 200
    assert "读到1行，都没有问题。还没有入库。" in read(page)
    assert f'name="count-{built.oil.pk}" value="12"' in page.html
    assert f'name="cost-{built.oil.pk}" value="54.5"' in page.html


def test_every_wrong_row_is_named(town: Town) -> None:
    built = shop.shop(town)
    file = workbook(
        ("菜籽油 5 L", 12, None),
        ("没有的东西", 1, 1),
        ("云和本地大米 5 kg", 1.5, 1),
        ("菜籽油 5 L", 2, 1),
        ("云和本地大米 5 kg ", 3, "三十"),
        (None, 3, 3),
    )
    page = upload(town, built.place, file)
    assert page.status == 422
    said = read(page)
    assert "读到5行，4行有问题" in said
    assert "第3行“没有的东西”：没有这样商品" in said
    assert "第4行“云和本地大米5kg”：数量请填1以上的整数" in said
    assert "第5行“菜籽油5L”：同一样商品有两行" in said
    assert "第6行“云和本地大米5kg”：" in said
    assert f'name="count-{built.oil.pk}" value="12"' in page.html


@pytest.mark.parametrize(
    ("file", "says"),
    [
        (SimpleUploadedFile("a.xlsx", b"not a workbook"), "打不开这个文件"),
        (workbook(("菜籽油 5 L", 1, 1), heads=("名称", "数量", "单价")), "列名对不上"),
        (workbook(("菜籽油 5 L", None, 1)), "没有填数量"),
        (workbook(*[("x", 1, 1)] * 600), "一次最多500行"),
        ("", "请选一个.xlsx文件"),
    ],
    ids=["rubbish", "columns", "empty", "long", "none"],
)
def test_a_file_that_is_no_template_is_refused(town: Town, file: Any, says: str) -> None:
    built = shop.shop(town)
    page = upload(town, built.place, file)
    assert page.status == 422
    assert says in read(page)


def test_a_file_beyond_a_megabyte_is_refused(town: Town) -> None:
    built = shop.shop(town)
    page = upload(town, built.place, SimpleUploadedFile("a.xlsx", b"0" * (1024 * 1024 + 1)))
    assert page.status == 413


# --- stock-taking --------------------------------------------------------------------------------


def test_a_shelf_is_counted(town: Town) -> None:
    built = shop.shop(town, oil=10, rice=10)
    keeper = opened(town, "keeper")
    page = keeper.get(desk(built.place, "count/"))
    sent = {
        "key": "k",
        f"book-{built.oil.pk}": "10",
        f"counted-{built.oil.pk}": "9",
        f"reason-{built.oil.pk}": "破损一瓶",
        f"book-{built.rice.pk}": "10",
        f"counted-{built.rice.pk}": "",
    }
    found = keeper.post(page.url, sent)
    assert found.url == f"/shop/desk/counts/{StockCount.objects.get().pk}/"
    assert "菜籽油5L109−1破损一瓶" in read(found)
    assert "云和本地大米" not in read(found)
    assert shop.stock(built.place, built.oil) == Pieces(9, 0)


@pytest.mark.parametrize(
    ("counted", "book", "reason", "status", "says"),
    [
        ("9", "10", "", 422, "账实不符，请写原因"),
        ("x", "10", "少", 422, "实数请填0以上的整数"),
        ("9", "", "少", 422, "实数请填0以上的整数"),
        ("9", "11", "少", 409, "账面刚刚变成10"),
        ("", "10", "", 422, "这次盘点还不能记账"),
    ],
)
def test_a_wrong_count_comes_back(
    town: Town, counted: str, book: str, reason: str, status: int, says: str
) -> None:
    built = shop.shop(town, oil=10)
    pk = built.oil.pk
    sent = {f"book-{pk}": book, f"counted-{pk}": counted, f"reason-{pk}": reason, "key": "k"}
    keeper = opened(town, "keeper")
    with unchanged():
        page = keeper.post(desk(built.place, "count/"), sent)
    assert page.status == status
    assert says in read(page)


# --- goods and places ----------------------------------------------------------------------------


def test_goods_are_added_and_revised(town: Town) -> None:
    admin = opened(town, "admin")
    page = admin.get("/shop/desk/goods/add/")
    values = {
        "name": "洗衣液 2 kg",
        "category": "daily",
        "unit": "瓶",
        "price_points": "28",
        "cost": "22.50",
        "limit_count": "2",
        "picture": shop.photo(3),
    }
    after = page.submit("保存", **values)
    assert "已添加“洗衣液2kg”" in read(after)
    goods = Goods.objects.get()
    assert (goods.cost_fen, goods.limit_count, goods.area) == (2_250, 2, town.dongmen)
    assert goods.picture is not None
    form = admin.get(f"/shop/desk/goods/{goods.pk}/")
    admin_says = form.submit("保存", price_points="30")
    assert "已保存" in read(admin_says)
    goods.refresh_from_db()
    assert (goods.price_points, goods.cost_fen, goods.picture is not None) == (30, 2_250, True)


@pytest.mark.parametrize(
    ("values", "status"),
    [({"name": ""}, 422), ({"price_points": "0"}, 422), ({"cost": "-1"}, 422), ({}, 409)],
)
def test_goods_that_cannot_be_come_back(town: Town, values: dict[str, str], status: int) -> None:
    shop.goods(town)
    sent = {"name": "菜籽油 5 L", "unit": "瓶", "price_points": "28", "cost": "22.50"} | values
    page = opened(town, "admin").get("/shop/desk/goods/add/")
    with unchanged():
        refused = page.submit("保存", **sent)
    assert refused.status == status
    assert 'value="28"' in refused.html or "price_points" in values


def test_a_picture_that_is_none_is_refused(town: Town) -> None:
    page = opened(town, "admin").get("/shop/desk/goods/add/")
    sent = {"name": "米", "unit": "袋", "price_points": "28", "cost": "22"}
    with unchanged():
        refused = page.submit("保存", **sent, picture=SimpleUploadedFile("a.jpg", b"no picture"))
    assert refused.status == 422


def test_places_are_opened_and_closed(town: Town) -> None:
    officer = opened(town, "officer")
    values = {"name": "东门小店", "address": "红光里 1 号", "opening": "周一"}
    after = officer.get("/shop/desk/places/add/").submit("保存", area=town.dongmen.code, **values)
    assert "已开设“东门小店”" in read(after)
    place = PickupPlace.objects.get()
    form = officer.get(f"/shop/desk/places/{place.pk}/")
    sent = {"key": "k", **values}
    assert "已保存" in read(officer.post(form.url, sent))
    place.refresh_from_db()
    assert not place.is_open
    with unchanged():
        taken = officer.get("/shop/desk/places/add/").submit(
            "保存", area=town.dongmen.code, **values
        )
    assert taken.status == 409


# --- workbooks out -------------------------------------------------------------------------------


def cells(town: Town, url: str) -> list[list[Any]]:
    answer = opened(town, "admin").get(url).response
    sheet = load_workbook(io.BytesIO(answer.content)).worksheets[0]
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def test_stock_is_saved_as_a_workbook(town: Town) -> None:
    built = shop.shop(town, oil=6)
    shop.ordered(town, built)
    rows = cells(town, desk(built.place, "stock/workbook/"))
    assert rows[1][:9] == ["菜籽油 5 L", "粮油", "瓶", 6, 1, 5, 200, 55, 330]


def test_orders_are_saved_without_names(town: Town) -> None:
    built = shop.shop(town)
    made = shop.ordered(town, built)
    rows = cells(town, desk(built.place, "orders/workbook/"))
    assert len(rows) == 2
    assert rows[1][2:9] == ["待领取", None, "菜籽油 5 L", 1, 200, 200, "个人"]
    assert rows[1][0].endswith(f"-{made.case_id}")
    assert "徐美兰" not in str(rows)


def test_text_that_excel_would_run_is_text(town: Town) -> None:
    built = shop.shop(town)
    trick = shop.goods(town, name="=1+1")
    shop.receive(town, built.place, {trick: 1})
    names = [row[0] for row in cells(town, desk(built.place, "stock/workbook/"))]
    assert "'=1+1" in names

"""Seals for people: the receipt of a transfer on paper and as a file, the paper for the notice
board, the list of all seals; and that strangers can check with a command what the pages hand out.
"""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.ledger import sealed
from tests.ledger.cast import Cast
from tests.ledger.sealed import HOUR, NOON, tampered
from tests.page import Page, Pages
from tests.repository import ROOT
from zhicunbao.base.qr import qr_code
from zhicunbao.kernel import clock
from zhicunbao.kernel.receipts import Receipt
from zhicunbao.ledger.actions import sealing as acting
from zhicunbao.ledger.models import Checkpoint, Transfer
from zhicunbao.ledger.queries import sealing


def browse(cast: Cast, who: str) -> Pages:
    client = Client()
    client.force_login(cast.people[who])
    return Pages(client)


def root_on(page: Page) -> str:
    """Return the root as it stands on a paper, in sixteen groups."""
    [root] = page.all("p", class_="root num")
    return " ".join("".join(line.itertext()) for line in root)


def verified(
    folder: Path, receipt: str, checkpoint: str, *options: str
) -> subprocess.CompletedProcess[str]:
    """Check a receipt as a stranger does: another process, no settings, no Django, no database."""
    (folder / "receipt").write_text(receipt, encoding="utf-8")
    (folder / "seal").write_text(checkpoint, encoding="utf-8")
    command = (
        "import runpy, sys; sys.argv = ['verify', *sys.argv[1:]]; sys.modules['django'] = None; "
        "runpy.run_module('zhicunbao.kernel.verify', run_name='__main__')"
    )
    return subprocess.run(
        [sys.executable, "-c", command, folder / "receipt", folder / "seal", *options],
        cwd=ROOT,
        env={"PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def rows(cast: Cast) -> dict[str, Transfer]:
    """A transfer of each kind, sealed."""
    made = sealed.one_of_each(cast)
    sealed.seal()
    return made


# --- the receipt --------------------------------------------------------------------------------


def test_a_receipt_says_what_it_proves(cast: Cast, rows: dict[str, Transfer]) -> None:
    row = rows["posted"]
    page = browse(cast, "chen").get(f"/points/{row.pk}/receipt/")
    assert page.h1 == "积分凭据"
    checkpoint = Checkpoint.objects.get()
    for words in (
        f"流水第 {row.pk} 笔 · 第 1 号封存",
        "20 分，从待入账转为入账",
        "资金池“2026年基层治理积分”",
        "陈晓梅",
        "奖励积分：沿街店铺消防排查",
        "RW-2026-0001",
        "2026年11月23日 12:00:00",
        f"排第 {row.leaf.position + 1} 位",
        f"共 {checkpoint.size} 笔",
    ):
        assert words in page.text, words
    assert root_on(page) == sealing.head_of(checkpoint).fingerprint


def test_the_transfer_leads_to_its_receipt(cast: Cast, rows: dict[str, Transfer]) -> None:
    pages = browse(cast, "chen")
    page = pages.get(f"/points/{rows['posted'].pk}/")
    [link] = [a for a in page.all("a") if "".join(a.itertext()).startswith("凭据")]
    receipt = pages.get(link.get("href", ""))
    assert pages.get(receipt.link("返回")).url == page.url


def test_a_receipt_names_others_by_a_mask(cast: Cast, rows: dict[str, Transfer]) -> None:
    page = browse(cast, "wang").get(f"/points/{rows['posted'].pk}/receipt/")
    assert "陈**" in page.text
    assert "陈晓梅" not in page.text


def test_what_a_household_got_names_the_earner(cast: Cast) -> None:
    with clock.at(NOON):
        purse = cast.purse(100, credited="household")
        hold = cast.award(purse, 20, household=7)
    sealed.seal()
    page = browse(cast, "chen").get(f"/points/{hold.pk}/receipt/")
    assert page.status == 404 or "（陈晓梅挣得）" in page.text
    assert "（陈**挣得）" in browse(cast, "wang").get(f"/points/{hold.pk}/receipt/").text


def test_who_may_not_see_the_transfer_gets_no_receipt(
    cast: Cast, rows: dict[str, Transfer]
) -> None:
    for path in ("receipt/", "receipt/file/"):
        assert browse(cast, "zhou").get(f"/points/{rows['posted'].pk}/{path}").status == 404


def test_before_it_is_sealed_it_says_when_it_will_be(cast: Cast) -> None:
    row = sealed.one_of_each(cast)["posted"]
    pages = browse(cast, "chen")
    with clock.at(NOON + timedelta(minutes=5)):
        page = pages.get(f"/points/{row.pk}/receipt/")
        assert "这一笔还没有封存" in page.text
        assert "最迟 今天 13:00 封存" in page.text
        assert pages.get(page.link("回到这一笔")).h1 == "一笔积分"
        refused = pages.get(f"/points/{row.pk}/receipt/file/")
        assert (refused.status, "这一笔还没有封存" in refused.text) == (409, True)
    with clock.at(NOON + 30 * HOUR):
        assert "系统会尽快补上" in pages.get(f"/points/{row.pk}/receipt/").text


def test_a_receipt_against_a_later_seal_can_be_had(cast: Cast, rows: dict[str, Transfer]) -> None:
    sealed.post(cast, 300, purse=cast.opened[-1], at=NOON + HOUR)
    sealed.seal(NOON + 2 * HOUR)
    pages = browse(cast, "chen")
    first = pages.get(f"/points/{rows['posted'].pk}/receipt/")
    second = pages.get(first.link("换成第 2 号封存"))
    assert root_on(first) != root_on(second) == root_on(pages.get("/seals/2/"))
    late = Transfer.objects.latest("pk")
    assert pages.get(f"/points/{late.pk}/receipt/?number=2").status == 200
    assert pages.get(f"/points/{late.pk}/receipt/?number=1").status == 404
    assert pages.get(f"/points/{late.pk}/receipt/?number=9").status == 404
    assert pages.get(f"/points/{late.pk}/receipt/?number=x").status == 200


@pytest.mark.parametrize("path", ["receipt/", "receipt/file/"])
def test_a_row_that_was_changed_gets_no_receipt(
    cast: Cast, rows: dict[str, Transfer], path: str
) -> None:
    pk = rows["posted"].pk
    with tampered("UPDATE ledger_transfer SET memo = 'x' WHERE id = %s", pk):
        page = browse(cast, "chen").get(f"/points/{pk}/{path}")
        assert (page.status, "这一笔与封存时不同" in page.text) == (409, True)


def test_without_the_files_it_asks_to_wait(
    cast: Cast, rows: dict[str, Transfer], ledger_folder: Path
) -> None:
    for tile in ledger_folder.glob("tile/0/000.p/*"):
        tile.unlink()
    page = browse(cast, "chen").get(f"/points/{rows['posted'].pk}/receipt/")
    assert (page.status, "封存文件还没有写好" in page.text) == (409, True)


# --- out of the pages, into strangers' hands ----------------------------------------------------


def downloads(pages: Pages, pk: int) -> tuple[str, str, str]:
    """Return what a person takes home: receipt, checkpoint, and the public key from the paper."""
    receipt = pages.get(f"/points/{pk}/receipt/file/")
    seal = pages.get("/seals/1/checkpoint/")
    assert receipt.response["Content-Disposition"] == f'attachment; filename="receipt-{pk}.json"'
    assert seal.response["Content-Type"] == "text/plain; charset=utf-8"
    _origin, key = pages.get("/seals/1/").all("td", class_="code")
    return receipt.html, seal.html, "".join(key.itertext())


def test_what_the_pages_hand_out_is_checked_without_database(
    cast: Cast, rows: dict[str, Transfer], tmp_path: Path
) -> None:
    receipt, seal, key = downloads(browse(cast, "chen"), rows["posted"].pk)
    done = verified(tmp_path, receipt, seal, "--key", key)
    assert (done.returncode, done.stderr) == (0, "")
    assert "通过：这一笔在封存里排第 3，没有改动。" in done.stdout
    assert sealing.head_of(Checkpoint.objects.get()).fingerprint in done.stdout
    for old, new in (('\\"amount\\":20', '\\"amount\\":21'), ("11-23T04", "11-23T05")):
        assert old in receipt
        done = verified(tmp_path, receipt.replace(old, new), seal, "--key", key)
        assert (done.returncode, done.stdout[:6]) == (1, "没有通过：凭")
    done = verified(tmp_path, receipt, seal.replace("2026-11-23", "2026-11-22"), "--key", key)
    assert (done.returncode, "签名与内容不符" in done.stdout) == (1, True)


def test_the_code_on_the_paper_is_the_whole_receipt(
    cast: Cast, rows: dict[str, Transfer], tmp_path: Path
) -> None:
    pages = browse(cast, "chen")
    row = rows["posted"]
    receipt, seal, key = downloads(pages, row.pk)
    text = Receipt.parse(receipt).to_qr()
    expected = qr_code(text, error="l").path
    assert expected in pages.get(f"/points/{row.pk}/receipt/").html
    done = verified(tmp_path, text, seal, "--key", key)
    assert (done.returncode, done.stderr) == (0, "")
    wrong = text[:200] + ("A" if text[200] != "A" else "B") + text[201:]
    assert verified(tmp_path, wrong, seal, "--key", key).returncode == 1


def test_a_receipt_too_long_for_a_code_is_still_a_file(
    cast: Cast, rows: dict[str, Transfer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Receipt, "to_qr", lambda _: "A" * 5_000)
    page = browse(cast, "chen").get(f"/points/{rows['posted'].pk}/receipt/")
    assert "纸上放不下二维码" in page.text
    assert page.all("svg", role="img") == []


def test_the_proof_between_two_seals_is_handed_out(
    cast: Cast, rows: dict[str, Transfer], tmp_path: Path
) -> None:
    sealed.post(cast, 30, purse=cast.opened[-1], at=NOON + HOUR)
    sealed.seal(NOON + 2 * HOUR)
    pages = browse(cast, "zhou")
    proof = pages.get("/seals/2/proof/")
    (tmp_path / "proof").write_text(proof.html, encoding="utf-8")
    old, new = (pages.get(f"/seals/{number}/checkpoint/").html for number in (1, 2))
    done = verified(tmp_path, old, new, "--proof", str(tmp_path / "proof"))
    assert (done.returncode, "后来又加了 30 笔" in done.stdout) == (0, True)
    assert pages.get("/seals/1/proof/").status == 404
    sealing.proof_path(7, 37).unlink()
    assert pages.get("/seals/2/proof/").status == 409


# --- the paper for the notice board, and the list -----------------------------------------------


def test_the_paper_says_what_is_sealed_and_how_to_check_it(
    cast: Cast, rows: dict[str, Transfer]
) -> None:
    checkpoint = Checkpoint.objects.get()
    page = browse(cast, "zhou").get("/seals/1/")
    assert page.h1 == "封存公告"
    for words in (
        "第 1 号封存 · 2026年11月23日 13:00",
        f"第 1 位至第 {checkpoint.size} 位已经封存",
        "SHA-256，RFC 6962 杂凑树，Ed25519 签名",
        checkpoint.key,
        sealing.head_of(checkpoint).origin,
        "怎么核对自己的一笔",
    ):
        assert words in page.text, words
    assert root_on(page) == sealing.head_of(checkpoint).fingerprint
    assert qr_code(checkpoint.note).path in page.html
    for name in ("陈晓梅", "陈**", "消防"):
        assert name not in page.html


def test_the_list_shows_the_latest_and_all_before_it(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(acting, "SEAL_SIZE", 10)
    sealed.post(cast, 230)
    while acting.seal_now(NOON + HOUR):
        pass
    pages = browse(cast, "wang")
    page = pages.get("/seals/")
    assert page.h1 == "封存"
    assert root_on(page) == sealing.head_of(Checkpoint.objects.latest("number")).fingerprint
    assert numbers(page) == [f"第 {n} 号封存" for n in range(24, 4, -1)]
    assert numbers(pages.get(page.link("第 2 页"))) == [f"第 {n} 号封存" for n in range(4, 0, -1)]
    assert pages.get(page.link("打印封存公告")).h1 == "封存公告"
    assert pages.get(page.link("第 9 号封存")).h1 == "封存公告"


def numbers(page: Page) -> list[str]:
    return ["".join(a.itertext()) for a in page.all("a", class_="row-link")]


def test_before_the_first_seal_the_list_says_what_will_come(cast: Cast) -> None:
    page = browse(cast, "wang").get("/seals/")
    assert "还没有封存" in page.text
    assert "打印封存公告" not in page.text


def test_staff_are_told_when_sealing_has_stopped(cast: Cast, rows: dict[str, Transfer]) -> None:
    sealed.post(cast, 1, purse=cast.opened[-1], at=NOON + HOUR)

    def told(who: str, **later: Any) -> bool:
        with clock.at(NOON + HOUR + timedelta(**later)):
            return "过了时间还没有封存" in browse(cast, who).get("/seals/").text

    assert told("wang", minutes=71)
    assert not told("wang", minutes=69)
    assert not told("chen", minutes=71)


def test_staff_find_the_seals_in_the_menu_and_nobody_else_does(cast: Cast) -> None:
    assert browse(cast, "wang").get("/purses/").link("封存") == "/seals/"
    assert "/seals/" not in browse(cast, "chen").get("/points/").html

"""``python -m zhicunbao.kernel.verify``: checks a receipt, or that one checkpoint grew out of
another, on any machine with Python: no database, no settings, no network.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from zhicunbao.kernel import receipts
from zhicunbao.kernel.notes import Head, Key, NoteFault
from zhicunbao.kernel.receipts import Receipt, ReceiptFault

USE = """\
核对一张凭据：
  python -m zhicunbao.kernel.verify 凭据.json checkpoints/120 --key 公钥
核对后一次封存是在前一次之后接着加的：
  python -m zhicunbao.kernel.verify --proof consistency/100-120 checkpoints/100 checkpoints/120
凭据也可以是扫描纸上二维码得到的文字。公钥和根请与公告栏上的封存公告比对。
"""
KINDS = {
    "posted": "入账",
    "pending": "待入账",
    "post_pending": "待入账转入账",
    "void_pending": "待入账撤销",
    "reversal": "冲正",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Print what was found in sentences; return 0 when it is true and 1 when it is not."""
    asked = _parser().parse_args(arguments)
    try:
        key = Key.parse(asked.key) if asked.key else None
        if asked.proof:
            lines = _growth(asked.first, asked.checkpoint, asked.proof, key)
        else:
            lines = _receipt(asked.first, asked.checkpoint, key)
    except (ReceiptFault, NoteFault, OSError, UnicodeDecodeError) as fault:
        sys.stdout.write(f"没有通过：{fault}。\n")
        return 1
    sys.stdout.write("\n".join([*lines, _about_key(key)]) + "\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m zhicunbao.kernel.verify",
        description="核对积分流水的凭据和封存。",
        epilog=USE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("first", metavar="凭据", help="凭据文件；有 --proof 时是前一次封存")
    parser.add_argument("checkpoint", metavar="封存", help="封存文件")
    parser.add_argument("--key", metavar="公钥", help="封存公告上的公钥，一行文字")
    parser.add_argument("--proof", metavar="证明", help="文件 consistency/前-后")
    return parser


def _receipt(receipt_path: str, note_path: str, key: Key | None) -> list[str]:
    receipt = Receipt.parse(_text(receipt_path))
    head = receipts.check(receipt, _text(note_path), key)
    return [
        f"通过：这一笔在封存里排第 {receipt.position + 1}，没有改动。",
        _row(receipt),
        _seal(head),
    ]


def _growth(old_path: str, new_path: str, proof_path: str, key: Key | None) -> list[str]:
    old, new = receipts.check_growth(_text(old_path), _text(new_path), _text(proof_path), key)
    return [f"通过：前 {old.size} 笔原样都在，后来又加了 {new.size - old.size} 笔。", _seal(new)]


def _text(path: str) -> str:
    return Path(path).read_text(encoding="utf-8")


def _row(receipt: Receipt) -> str:
    row = receipt.content
    kind = KINDS.get(str(row.get("kind")), "")
    said = [str(row.get(name) or "") for name in ("memo", "case_number", "at")]
    moved = f"{row.get('debit_account_code')} → {row.get('credit_account_code')}"
    words = "，".join(word for word in (kind, f"{row.get('amount')} 分", moved, *said) if word)
    return _plain(f"流水第 {row.get('id')} 笔：{words}。")


def _plain(text: str) -> str:
    # What somebody once typed must not steer the terminal of whoever checks it.
    return "".join(sign if sign.isprintable() else "�" for sign in text)


def _seal(head: Head) -> str:
    when = f"，{head.sealed_at} 封存" if head.sealed_at else ""
    return f"封存 {head.origin}，共 {head.size} 笔{when}，{head.hash_name}。\n根 {head.fingerprint}"


def _about_key(key: Key | None) -> str:
    if key is None:
        return "没有给公钥，所以没有核对签名。请把根与公告栏上的比对，或用 --key 给出公钥。"
    return f"签名属于公钥 {key.name}+{key.id.hex()}。"


if __name__ == "__main__":
    sys.exit(main())

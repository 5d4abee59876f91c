"""The key that signs checkpoints: an Ed25519 key in a file that its owner alone can read, apart
from the database and its backups. Whoever has both can write the history anew.
"""

import os
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings

from zhicunbao.kernel.notes import Key, key_of
from zhicunbao.ledger.models import Checkpoint
from zhicunbao.ledger.queries.sealing import SealBroken, newest

PRIVATE = 0o600
OTHERS = 0o007


def key_path() -> Path:
    """Return where the key lies."""
    return Path(settings.ZHICUNBAO_LEDGER_KEY)


def origin(last: Checkpoint | None = None) -> str:
    """Return the name of this log: the setting, else the name so far, else one after the host."""
    if settings.ZHICUNBAO_LEDGER_ORIGIN:
        return str(settings.ZHICUNBAO_LEDGER_ORIGIN)
    last = last or newest()
    return Key.parse(last.key).name if last else f"{settings.ALLOWED_HOSTS[0]}/ledger"


def public_key() -> Key:
    """Return the public key that new checkpoints verify with; SealBroken as ``private_key``."""
    return key_of(private_key(), origin())


def private_key() -> Ed25519PrivateKey:
    """Return the signing key, made when nothing was ever sealed.

    SealBroken when the file is gone although there are checkpoints, is no Ed25519 key, or is open
    to others: then a person has to decide.
    """
    path = key_path()
    if not path.exists():
        if newest() is not None:
            raise SealBroken(
                f"签名密钥 {path} 不见了。请从保管处放回；找不回来，请按运行手册另立密钥"
            )
        return new_key()
    if path.stat().st_mode & OTHERS:
        raise SealBroken(f"签名密钥 {path} 别人也能读，请把权限改成 600")
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise SealBroken(f"{path} 不是 Ed25519 密钥")
    return key


def new_key() -> Ed25519PrivateKey:
    """Make a key where there is none; SealBroken when there is one, for it may be needed again."""
    path, key = key_path(), Ed25519PrivateKey.generate()
    content = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        # Private from its first moment, and never over another one.
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE)
    except FileExistsError:
        raise SealBroken(f"签名密钥 {path} 已经有了，请先移到别处保管") from None
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return key

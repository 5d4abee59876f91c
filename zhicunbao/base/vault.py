"""Text that is stored encrypted, and keyed digests by which stored things are found without being
read. The keys come from ``SECRET_KEY``; an old key in ``SECRET_KEY_FALLBACKS`` still opens.
"""

import base64
from functools import cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.crypto import salted_hmac


@cache
def _fernet(purpose: str, keys: tuple[str, ...]) -> MultiFernet:
    derived = (
        HKDF(SHA256(), length=32, salt=None, info=f"zhicunbao.{purpose}".encode()).derive(
            key.encode()
        )
        for key in keys
    )
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in derived])


def _vault(purpose: str) -> MultiFernet:
    return _fernet(purpose, (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))


def seal(text: str, *, purpose: str) -> str:
    """Return ``text`` encrypted; only the same ``purpose`` opens it again."""
    return _vault(purpose).encrypt(text.encode()).decode()


def unseal(sealed: str, *, purpose: str) -> str:
    """Return the text that was sealed; ValueError when the key or the purpose is another."""
    try:
        return _vault(purpose).decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise ValueError("sealed with another key or for another purpose") from None


def keyed_digest(text: str, *, purpose: str) -> str:
    """Return 64 hex digits that stand for ``text`` and that nobody without the key can compute."""
    return salted_hmac(f"zhicunbao.{purpose}", text, algorithm="sha256").hexdigest()

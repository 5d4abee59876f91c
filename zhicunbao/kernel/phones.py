"""Mobile numbers of mainland China as people type them, brought to one form."""

import re

_MOBILE = re.compile(r"1[3-9]\d{9}")


def tidy(typed: str) -> str:
    """Return ``+86 138-1234 5678`` as ``13812345678``; what is no number comes back stripped."""
    digits = re.sub(r"[\s\-().（）]", "", typed)
    return re.sub(r"^(\+|00)86", "", digits)


def is_mobile(number: str) -> bool:
    """Whether a tidy number is a mobile number: 11 digits, 13 to 19 in front."""
    return bool(_MOBILE.fullmatch(number))

"""How a person's data looks to those who need not know it. Masking is for showing; stored values
stay whole and access decides who meets which.
"""


def mask_name(name: str) -> str:
    """陈晓梅 becomes 陈**: the family name, then two stars whatever the length."""
    return f"{name[:1]}**" if name else ""


def mask_phone(phone: str) -> str:
    """13812345678 becomes 138****5678."""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) >= 8 else "****"

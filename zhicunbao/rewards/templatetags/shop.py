"""How money looks on the shop's pages. It decides nothing and reads no table."""

from django import template

register = template.Library()


@register.filter
def yuan(fen: int | None) -> str:
    """Return hundredths of a yuan as people write them: 1,234.50."""
    return "" if fen is None else f"{fen / 100:,.2f}"


@register.filter
def whole_yuan(fen: int) -> str:
    """Return hundredths of a yuan without the odd ones, for a figure at a glance: 1,235."""
    return f"{fen / 100:,.0f}"

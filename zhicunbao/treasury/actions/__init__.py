"""What people request in treasury, and what the clock does for it. What follows from an approval
stands in ``flows``.
"""

from zhicunbao.treasury.actions.clockwork import (
    carry_out,
    start_zeroing,
    tell_chunk,
    tell_holders,
    zero_chunk,
)
from zhicunbao.treasury.actions.requests import (
    Resolution,
    propose_zeroing,
    request_correction,
    request_move,
)
from zhicunbao.treasury.actions.settling import move_points, reverse_transfer

__all__ = [
    "Resolution",
    "carry_out",
    "move_points",
    "propose_zeroing",
    "request_correction",
    "request_move",
    "reverse_transfer",
    "start_zeroing",
    "tell_chunk",
    "tell_holders",
    "zero_chunk",
]

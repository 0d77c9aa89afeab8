"""Typed client of Pointsman: routes each AI request to the right model, and proves why.

``connect`` makes the blocking client, ``pointsman.aio.connect`` the asyncio one; the contract is in ``pointsman.v1``.
"""

from pointsman.channel import Client, connect
from pointsman.errors import PointsmanError, error_of
from pointsman.watch import watch_entries

__all__ = ["Client", "PointsmanError", "connect", "error_of", "watch_entries"]

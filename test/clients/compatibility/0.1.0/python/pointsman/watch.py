"""Following the ledger across disconnects."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from typing import Any

import grpc

from pointsman.errors import error_of
from pointsman.v1 import AuditServiceStub, WatchEntriesRequest, WatchEntriesResponse
from pointsman.v1.error_reason_pb2 import (
    ERROR_REASON_AUDIT_UNAVAILABLE,
    ERROR_REASON_INTERNAL,
    ERROR_REASON_LIMITS_UNAVAILABLE,
    ERROR_REASON_OVERLOADED,
    ERROR_REASON_RATE_LIMITED,
    ERROR_REASON_SHUTTING_DOWN,
    ERROR_REASON_SLOW_CONSUMER,
)

# What the contract says of these reasons: try again, or resume from the last cursor.
_PASSING = frozenset(
    {
        ERROR_REASON_SLOW_CONSUMER,
        ERROR_REASON_SHUTTING_DOWN,
        ERROR_REASON_OVERLOADED,
        ERROR_REASON_RATE_LIMITED,
        ERROR_REASON_AUDIT_UNAVAILABLE,
        ERROR_REASON_LIMITS_UNAVAILABLE,
        ERROR_REASON_INTERNAL,
    }
)
# Codes that a broken connection never has: a proxy or another service said no.
_FINAL = frozenset(
    {
        grpc.StatusCode.NOT_FOUND,
        grpc.StatusCode.PERMISSION_DENIED,
        grpc.StatusCode.OUT_OF_RANGE,
        grpc.StatusCode.UNIMPLEMENTED,
        grpc.StatusCode.UNAUTHENTICATED,
    }
)


def watch_entries(audit: AuditServiceStub, request: WatchEntriesRequest) -> Iterator[WatchEntriesResponse]:
    """Follows the ledger across disconnects: after each, the stream is resumed from the last cursor that was handed out,
    so nothing is missed and nothing comes twice. Waits 0.1 to 5 seconds between tries, without an end; closing the
    generator or the client ends it. Raises what trying again cannot heal, such as a missing role or an expired cursor.
    Every message has a cursor; keep one to resume after a crash.
    """
    position = Position(request)
    while True:
        try:
            stream = audit.WatchEntries(position.request)
        except ValueError:  # What grpcio raises once the client is closed.
            return
        try:
            for message in stream:
                position.advance(message)
                yield message
        except grpc.RpcError as error:
            if not worth_retrying(error):
                raise
        finally:
            stream.cancel()
        time.sleep(position.next_wait())


class Position:
    """Where a watch stands."""

    def __init__(self, request: WatchEntriesRequest) -> None:
        self.request = WatchEntriesRequest()
        self.request.CopyFrom(request)
        self._begin = time.time_ns()
        self._attempt = 0

    def advance(self, message: WatchEntriesResponse) -> None:
        self._attempt = 0
        self.request.cursor = message.cursor

    def next_wait(self) -> float:
        """Seconds to wait before the next try."""
        if not self.request.cursor and not self.request.HasField("start_time"):
            # "From now on" means from the first call on, even where that stream broke before it brought a cursor.
            self.request.start_time.FromNanoseconds(self._begin)
        self._attempt += 1
        wait: float = min(0.1 * 2 ** min(self._attempt, 6), 5.0)
        return wait * random.uniform(0.75, 1.25)


def worth_retrying(error: Any) -> bool:
    """Tells what passes by itself from what does not."""
    said = error_of(error)
    if said is not None:
        return said.reason in _PASSING
    return error.code() not in _FINAL

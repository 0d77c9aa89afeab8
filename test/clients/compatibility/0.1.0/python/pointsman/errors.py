"""Why a call failed, as Pointsman itself said it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

import grpc
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2

from pointsman.v1 import ERROR_REASON_UNSPECIFIED, ErrorReason

_TYPES: Mapping[str, Any] = {
    f"google.rpc.{name}": getattr(error_details_pb2, name)
    for name in ("ErrorInfo", "RetryInfo", "BadRequest", "QuotaFailure", "PreconditionFailure", "ResourceInfo")
}


@dataclass(frozen=True)
class PointsmanError:
    """What Pointsman says about a failed call."""

    reason: ErrorReason
    """What to branch on. ERROR_REASON_UNSPECIFIED where the service gave a reason unknown to this client."""
    reason_name: str
    """The reason as sent, such as "ERROR_REASON_POLICY_DENIED"."""
    metadata: Mapping[str, str]
    """Facts by name, such as "decision_id" and "rule_id"."""
    retry_after: timedelta | None
    """How long to wait before a repeat makes sense. None where the service did not say."""
    details: Sequence[Message]
    """All the standard details, ErrorInfo included."""


def error_of(error: grpc.RpcError) -> PointsmanError | None:
    """Reads what Pointsman says about a failed call, blocking or asyncio. None where the error is not Pointsman's: a
    connection that broke, or a deadline that passed on this side."""
    details = _details(error)
    for info in details:
        if isinstance(info, error_details_pb2.ErrorInfo) and info.domain == "pointsman":
            return PointsmanError(
                reason=_reason(info.reason),
                reason_name=info.reason,
                metadata=dict(info.metadata),
                retry_after=_retry_after(details),
                details=details,
            )
    return None


def _reason(name: str) -> ErrorReason:
    value = ErrorReason.Value(name) if name in ErrorReason.keys() else ERROR_REASON_UNSPECIFIED
    return cast("ErrorReason", value)


def _details(error: Any) -> list[Message]:
    for key, value in error.trailing_metadata() or ():
        if key == "grpc-status-details-bin":
            packed = status_pb2.Status.FromString(value).details
            known = [(_TYPES.get(any.type_url.rpartition("/")[2]), any) for any in packed]
            return [kind.FromString(any.value) for kind, any in known if kind is not None]
    return []


def _retry_after(details: Sequence[Message]) -> timedelta | None:
    for detail in details:
        if isinstance(detail, error_details_pb2.RetryInfo):
            return timedelta(seconds=detail.retry_delay.seconds, microseconds=detail.retry_delay.nanos // 1000)
    return None

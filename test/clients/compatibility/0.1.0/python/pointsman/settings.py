"""What both clients share: the defaults of a channel."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import grpc
from google.protobuf.descriptor_pb2 import MethodOptions

from pointsman.v1 import audit_service_pb2, route_service_pb2, stream_service_pb2

ANSWERS = frozenset({"Route", "StreamRoute"})
RETRY = {
    "maxAttempts": 4,
    "initialBackoff": "0.2s",
    "maxBackoff": "3s",
    "backoffMultiplier": 2,
    "retryableStatusCodes": ["UNAVAILABLE"],
}


def service_config() -> str:
    """Deadlines (130 s for answers, 30 s for reads, none for the audit trail's streams) and repeats of idempotent calls
    that fail UNAVAILABLE, out of the contract's own idempotency levels."""
    configs: list[dict[str, Any]] = []
    for module in (route_service_pb2, stream_service_pb2, audit_service_pb2):
        for service in module.DESCRIPTOR.services_by_name.values():
            for method in service.methods:
                config: dict[str, Any] = {"name": [{"service": service.full_name, "method": method.name}]}
                if method.name in ANSWERS:
                    config["timeout"] = "130s"
                elif not method.server_streaming:
                    config["timeout"] = "30s"
                if method.GetOptions().idempotency_level != MethodOptions.IDEMPOTENCY_UNKNOWN:
                    config["retryPolicy"] = RETRY
                configs.append(config)
    return json.dumps({"methodConfig": configs})


def channel_options(more: Sequence[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """A ping every 20 s finds dead connections; messages may have up to 32 MiB. Given options win."""
    return [
        ("grpc.service_config", service_config()),
        ("grpc.keepalive_time_ms", 20_000),
        ("grpc.keepalive_timeout_ms", 10_000),
        ("grpc.max_receive_message_length", 32 << 20),
        ("grpc.max_send_message_length", 32 << 20),
        *more,
    ]


def channel_credentials(tls: bool | grpc.ChannelCredentials) -> grpc.ChannelCredentials | None:
    if isinstance(tls, bool):
        return grpc.ssl_channel_credentials() if tls else None
    return tls


def with_bearer(metadata: Any, credential: str) -> list[tuple[str, str | bytes]]:
    return [*(metadata or ()), ("authorization", f"Bearer {credential}")]

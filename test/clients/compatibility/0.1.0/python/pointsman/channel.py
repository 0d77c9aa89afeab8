"""The blocking client."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import grpc

from pointsman.settings import channel_credentials, channel_options, with_bearer
from pointsman.v1 import AuditServiceStub, RouteServiceStub, StreamServiceStub


class Client:
    """The three services on one channel. A context manager, too."""

    def __init__(self, channel: grpc.Channel) -> None:
        self._channel = channel
        self.route = RouteServiceStub(channel)
        self.stream = StreamServiceStub(channel)
        self.audit = AuditServiceStub(channel)

    def close(self) -> None:
        self._channel.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def connect(
    address: str,
    *,
    credential: str | None = None,
    tls: bool | grpc.ChannelCredentials = True,
    options: Sequence[tuple[str, Any]] = (),
) -> Client:
    """Makes a client for the gRPC port at ``address``.

    ``credential``, an API key or a JWT, is sent as a bearer token. ``tls`` is True for the system's roots, the result of
    ``grpc.ssl_channel_credentials`` for a private authority or mutual TLS, False to speak in the clear.
    """
    credentials = channel_credentials(tls)
    arguments = channel_options(options)
    channel = (
        grpc.insecure_channel(address, arguments)
        if credentials is None
        else grpc.secure_channel(address, credentials, arguments)
    )
    if credential is not None:
        channel = grpc.intercept_channel(channel, _Bearer(credential))
    return Client(channel)


class _Bearer(grpc.UnaryUnaryClientInterceptor, grpc.UnaryStreamClientInterceptor):
    def __init__(self, credential: str) -> None:
        self._credential = credential

    def intercept_unary_unary(self, continuation: Any, details: Any, request: Any) -> Any:
        return continuation(self._authorized(details), request)

    def intercept_unary_stream(self, continuation: Any, details: Any, request: Any) -> Any:
        return continuation(self._authorized(details), request)

    def _authorized(self, details: Any) -> Any:
        return _Details(details, with_bearer(details.metadata, self._credential))


class _Details(grpc.ClientCallDetails):
    """A call's details with other metadata; grpcio offers no way to copy them."""

    def __init__(self, details: Any, metadata: Any) -> None:
        self.method = details.method
        self.timeout = details.timeout
        self.metadata = metadata
        self.credentials = details.credentials
        self.wait_for_ready = details.wait_for_ready
        self.compression = details.compression

"""The asyncio client: the same as ``pointsman``, to be awaited."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING, Any

import grpc
import grpc.aio

from pointsman.settings import channel_credentials, channel_options, with_bearer
from pointsman.v1 import AuditServiceStub, RouteServiceStub, StreamServiceStub, WatchEntriesRequest, WatchEntriesResponse
from pointsman.watch import Position, worth_retrying

if TYPE_CHECKING:
    from pointsman.v1.audit_service_pb2_grpc import AuditServiceAsyncStub
    from pointsman.v1.route_service_pb2_grpc import RouteServiceAsyncStub
    from pointsman.v1.stream_service_pb2_grpc import StreamServiceAsyncStub

__all__ = ["Client", "connect", "watch_entries"]


class Client:
    """The three services on one channel. An async context manager, too."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._channel = channel
        self.route: RouteServiceAsyncStub = RouteServiceStub(channel)
        self.stream: StreamServiceAsyncStub = StreamServiceStub(channel)
        self.audit: AuditServiceAsyncStub = AuditServiceStub(channel)

    async def close(self) -> None:
        await self._channel.close()

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


def connect(
    address: str,
    *,
    credential: str | None = None,
    tls: bool | grpc.ChannelCredentials = True,
    options: Sequence[tuple[str, Any]] = (),
) -> Client:
    """Makes a client as ``pointsman.connect`` does. Call it inside a running event loop."""
    credentials = channel_credentials(tls)
    arguments = channel_options(options)
    interceptors = [] if credential is None else [_UnaryBearer(credential), _StreamBearer(credential)]
    if credentials is None:
        return Client(grpc.aio.insecure_channel(address, arguments, interceptors=interceptors))
    return Client(grpc.aio.secure_channel(address, credentials, arguments, interceptors=interceptors))


async def watch_entries(
    audit: AuditServiceAsyncStub, request: WatchEntriesRequest
) -> AsyncIterator[WatchEntriesResponse]:
    """Follows the ledger as ``pointsman.watch_entries`` does; cancelling the task ends it."""
    position = Position(request)
    while True:
        stream = audit.WatchEntries(position.request)
        try:
            async for message in stream:
                position.advance(message)
                yield message
        except grpc.RpcError as error:
            if not worth_retrying(error):
                raise
        finally:
            stream.cancel()
        await asyncio.sleep(position.next_wait())


class _UnaryBearer(grpc.aio.UnaryUnaryClientInterceptor):
    def __init__(self, credential: str) -> None:
        self._credential = credential

    async def intercept_unary_unary(self, continuation: Any, details: Any, request: Any) -> Any:
        return await continuation(_authorized(details, self._credential), request)


class _StreamBearer(grpc.aio.UnaryStreamClientInterceptor):
    def __init__(self, credential: str) -> None:
        self._credential = credential

    async def intercept_unary_stream(self, continuation: Any, details: Any, request: Any) -> Any:
        return await continuation(_authorized(details, self._credential), request)


def _authorized(details: Any, credential: str) -> Any:
    return details._replace(metadata=grpc.aio.Metadata(*with_bearer(details.metadata, credential)))

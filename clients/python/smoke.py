"""Holds one smoke conversation: ``smoke.py CONVERSATION FLAVOUR``. See clients/smoke/README.md."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import grpc
from google.protobuf.json_format import MessageToDict, ParseDict
from google.protobuf.message import Message

import pointsman
import pointsman.aio
from pointsman import v1
from pointsman.v1 import audit_service_pb2, route_service_pb2, stream_service_pb2

Json = Any
SIDES = {
    "RouteService": ("route", route_service_pb2),
    "StreamService": ("stream", stream_service_pb2),
    "AuditService": ("audit", audit_service_pb2),
}


def request_of(name: str, fields: Json) -> Message:
    service, rpc = name.split("/")
    method = SIDES[service][1].DESCRIPTOR.services_by_name[service].methods_by_name[rpc]
    message: Message = getattr(v1, method.input_type.name)()
    ParseDict(fields, message)
    return message


def method_of(client: Any, name: str) -> Any:
    service, rpc = name.split("/")
    return getattr(getattr(client, SIDES[service][0]), rpc)


def describe(error: grpc.RpcError) -> Json:
    described: Json = {"code": error.code().name, "message": str(error.details())}
    said = pointsman.error_of(error)
    if said is not None:
        described["reason"] = v1.ErrorReason.Name(said.reason)
        described["metadata"] = dict(said.metadata)
        described["details"] = [detail.DESCRIPTOR.full_name for detail in said.details]
    return described


def connection(step: Json) -> tuple[str, dict[str, Any]]:
    arguments: dict[str, Any] = {"tls": False}
    if path := os.environ.get("SMOKE_CA"):
        with open(path, "rb") as file:
            trusted = step.get("trust") != "system"
            arguments["tls"] = grpc.ssl_channel_credentials(file.read()) if trusted else True
    if name := step.get("credential"):
        arguments["credential"] = json.loads(os.environ["SMOKE_CREDENTIALS"])[name]
    return os.environ["SMOKE_GRPC"], arguments


def fill(value: Json, results: Json) -> Json:
    if isinstance(value, str):
        return re.sub(r"\$\{([^}]+)\}", lambda match: look_up(match[1], results), value)
    if isinstance(value, list):
        return [fill(item, results) for item in value]
    if not isinstance(value, dict):
        return value
    if "$repeat" in value:
        return value["$repeat"] * value["times"]
    return {key: fill(item, results) for key, item in value.items()}


def look_up(path: str, results: Json) -> str:
    found = results
    for part in path.split("."):
        found = found[int(part)] if isinstance(found, list) else found[part]
    return str(found)


def timeout(step: Json) -> float | None:
    return step["deadline_ms"] / 1000 if "deadline_ms" in step else None


def entry_of(response: Any, entries: list[Json]) -> bool:
    """Keeps an entry, and says whether it is a finished one."""
    if response.WhichOneof("event") != "entry":
        return False
    entries.append(MessageToDict(response.entry))
    return bool(response.entry.HasField("finished"))


class Blocking:
    """The blocking client."""

    def __init__(self) -> None:
        self.clients: dict[str, pointsman.Client] = {}
        self.watches: dict[str, Any] = {}

    def client(self, step: Json) -> pointsman.Client:
        key = f"{step.get('credential')} {step.get('trust')}"
        if key not in self.clients:
            address, arguments = connection(step)
            self.clients[key] = pointsman.connect(address, **arguments)
        return self.clients[key]

    async def call(self, step: Json, name: str, fields: Json) -> Json:
        return MessageToDict(method_of(self.client(step), name)(request_of(name, fields), timeout=timeout(step)))

    async def stream(self, step: Json, fields: Json, handle: Callable[[Json], bool]) -> None:
        call = method_of(self.client(step), step["stream"])(request_of(step["stream"], fields), timeout=timeout(step))
        for message in call:
            if handle(MessageToDict(message)):
                call.cancel()

    async def watch(self, step: Json, fields: Json) -> None:
        watch: Json = {"entries": [], "finished": 0}
        self.watches[step["name"]] = watch
        # A client of its own, whose closing ends the watch.
        address, arguments = connection(step)
        watch["client"] = pointsman.connect(address, **arguments)

        def follow() -> None:
            request = v1.WatchEntriesRequest()
            ParseDict(fields, request)
            for response in pointsman.watch_entries(watch["client"].audit, request):
                watch["finished"] += entry_of(response, watch["entries"])

        watch["thread"] = threading.Thread(target=follow)
        watch["thread"].start()

    async def end(self, watch: Json) -> None:
        watch["client"].close()
        watch["thread"].join()


class Asynchronous:
    """The asyncio client."""

    def __init__(self) -> None:
        self.clients: dict[str, pointsman.aio.Client] = {}
        self.watches: dict[str, Any] = {}

    def client(self, step: Json) -> pointsman.aio.Client:
        key = f"{step.get('credential')} {step.get('trust')}"
        if key not in self.clients:
            address, arguments = connection(step)
            self.clients[key] = pointsman.aio.connect(address, **arguments)
        return self.clients[key]

    async def call(self, step: Json, name: str, fields: Json) -> Json:
        method = method_of(self.client(step), name)
        return MessageToDict(await method(request_of(name, fields), timeout=timeout(step)))

    async def stream(self, step: Json, fields: Json, handle: Callable[[Json], bool]) -> None:
        call = method_of(self.client(step), step["stream"])(request_of(step["stream"], fields), timeout=timeout(step))
        try:
            async for message in call:
                if handle(MessageToDict(message)):
                    call.cancel()
        except asyncio.CancelledError:
            # What asyncio's client raises for a call that this side cancelled.
            raise Cancelled() from None

    async def watch(self, step: Json, fields: Json) -> None:
        watch: Json = {"entries": [], "finished": 0}
        self.watches[step["name"]] = watch
        request = v1.WatchEntriesRequest()
        ParseDict(fields, request)
        client = self.client(step)

        async def follow() -> None:
            async for response in pointsman.aio.watch_entries(client.audit, request):
                watch["finished"] += entry_of(response, watch["entries"])

        watch["task"] = asyncio.create_task(follow())

    async def end(self, watch: Json) -> None:
        watch["task"].cancel()
        await asyncio.gather(watch["task"], return_exceptions=True)


class Cancelled(grpc.RpcError):
    def code(self) -> grpc.StatusCode:
        return grpc.StatusCode.CANCELLED

    def details(self) -> str:
        return "cancelled by this side"

    def trailing_metadata(self) -> None:
        return None


async def pages(stack: Any, step: Json, fields: Json) -> Json:
    items: list[Json] = []
    count = 0
    while True:
        page = await stack.call(step, step["pages"], fields)
        items += page.get(step["items"], [])
        count += 1
        if not page.get("nextPageToken"):
            return {"pages": count, "items": items}
        fields = {**fields, "pageToken": page["nextPageToken"]}


async def collect(stack: Any, step: Json) -> Json:
    watch = stack.watches[step["collect"]]
    until = time.monotonic() + 30
    while watch["finished"] < step["finished"] and time.monotonic() < until:
        await asyncio.sleep(0.05)
    # A moment more, in which a repeated entry would show.
    await asyncio.sleep(0.5)
    await stack.end(watch)
    return {"entries": watch["entries"]}


async def carry_out(stack: Any, step: Json, results: Json) -> Json:
    if "ask" in step:
        print(json.dumps({"ask": step["ask"]}), flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        return {}
    if "collect" in step:
        return await collect(stack, step)
    fields = fill(step["request"], results)
    if "watch" in step:
        await stack.watch(step, fields)
        return {}
    messages: list[Json] = []

    def handle(message: Json) -> bool:
        messages.append(message)
        return step.get("cancel_after") in message

    try:
        if "stream" in step:
            await stack.stream(step, fields, handle)
            return {"messages": messages}
        if "pages" in step:
            return await pages(stack, step, fields)
        return {"response": await stack.call(step, step["call"], fields)}
    except grpc.RpcError as error:
        found = {"error": describe(error)}
        return {"messages": messages, **found} if "stream" in step else found


async def main(path: str, flavour: str) -> None:
    stack: Blocking | Asynchronous = Asynchronous() if flavour == "asyncio" else Blocking()
    with open(path, encoding="utf-8") as file:
        steps = json.load(file)["steps"]
    results: Json = {"run": os.environ["SMOKE_RUN"]}
    for step in steps:
        await asyncio.sleep(step.get("pause_ms", 0) / 1000)
        results[step["name"]] = await carry_out(stack, step, results)
        print(json.dumps({"step": step["name"], **results[step["name"]]}, ensure_ascii=False), flush=True)
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))

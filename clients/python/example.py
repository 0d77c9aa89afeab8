"""Routes a request, streams an answer, and watches the audit trail: ``python example.py 127.0.0.1:50051``."""

import sys

import grpc

import pointsman
from pointsman import v1


def main(address: str) -> None:
    with pointsman.connect(address, tls=False) as client:
        ask = v1.RouteInput(turns=[v1.Turn(role=v1.ROLE_USER, parts=[v1.Part(text="Why is the sky blue?")])])
        try:
            answer = client.route.Route(v1.RouteRequest(input=ask))
        except grpc.RpcError as error:
            said = pointsman.error_of(error)
            raise SystemExit(said.reason_name if said else str(error)) from error
        print(answer.completion.target_id, "answers:", "".join(part.text for part in answer.completion.parts))

        for event in client.stream.StreamRoute(v1.StreamRouteRequest(input=ask)):
            if event.HasField("text_delta"):
                print(event.text_delta.text, end="", flush=True)
            elif event.HasField("finished"):
                print("\n" + v1.CompletionState.Name(event.finished.completion.state))

        request = v1.WatchEntriesRequest()
        request.start_time.CopyFrom(answer.decision.create_time)
        for message in pointsman.watch_entries(client.audit, request):
            print(message.entry.WhichOneof("event"), message.entry.decision_id)
            if message.entry.HasField("finished"):
                break


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:50051")

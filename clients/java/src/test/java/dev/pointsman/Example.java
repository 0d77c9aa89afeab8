package dev.pointsman;

import dev.pointsman.v1.Part;
import dev.pointsman.v1.Role;
import dev.pointsman.v1.RouteInput;
import dev.pointsman.v1.RouteRequest;
import dev.pointsman.v1.RouteResponse;
import dev.pointsman.v1.StreamRouteRequest;
import dev.pointsman.v1.Turn;
import dev.pointsman.v1.WatchEntriesRequest;
import dev.pointsman.v1.WatchEntriesResponse;
import io.grpc.InsecureChannelCredentials;
import io.grpc.StatusRuntimeException;

/** Routes a request, streams an answer, and watches the audit trail of the service at the first argument. */
public final class Example {
  public static void main(String[] arguments) {
    String address = arguments.length > 0 ? arguments[0] : "127.0.0.1:50051";
    try (PointsmanClient client =
        PointsmanClient.builder(address).transport(InsecureChannelCredentials.create()).build()) {
      Part part = Part.newBuilder().setText("Why is the sky blue?").build();
      Turn turn = Turn.newBuilder().setRole(Role.ROLE_USER).addParts(part).build();
      RouteInput ask = RouteInput.newBuilder().addTurns(turn).build();

      RouteResponse answer = client.route().route(RouteRequest.newBuilder().setInput(ask).build());
      System.out.println(answer.getCompletion().getTargetId() + " answers: " + answer.getCompletion().getPartsList());

      client
          .stream()
          .streamRoute(StreamRouteRequest.newBuilder().setInput(ask).build())
          .forEachRemaining(event -> System.out.print(event.getTextDelta().getText()));
      System.out.println();

      WatchEntriesRequest request =
          WatchEntriesRequest.newBuilder().setStartTime(answer.getDecision().getCreateTime()).build();
      try (EntryWatch watch = new EntryWatch(client.audit(), request)) {
        boolean finished = false;
        while (!finished && watch.hasNext()) {
          WatchEntriesResponse message = watch.next();
          System.out.println(message.getEntry().getEventCase() + " " + message.getEntry().getDecisionId());
          finished = message.getEntry().hasFinished();
        }
      }
    } catch (StatusRuntimeException error) {
      System.err.println(PointsmanError.of(error).map(PointsmanError::reasonName).orElse(error.toString()));
      System.exit(1);
    }
  }
}

package dev.pointsman;

import com.google.protobuf.Any;
import com.google.protobuf.ListValue;
import com.google.protobuf.Message;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import com.google.protobuf.util.JsonFormat;
import dev.pointsman.v1.*;
import io.grpc.ChannelCredentials;
import io.grpc.Context;
import io.grpc.InsecureChannelCredentials;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.TlsChannelCredentials;
import java.io.BufferedReader;
import java.io.File;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Holds one smoke conversation: {@code Smoke CONVERSATION FLAVOUR}. See clients/smoke/README.md. */
public final class Smoke {
  private static final Pattern PLACE = Pattern.compile("\\$\\{([^}]+)\\}");

  private final Map<String, PointsmanClient> clients = new HashMap<>();
  private final Map<String, Watched> watches = new HashMap<>();
  private final BufferedReader input =
      new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
  private Struct results =
      Struct.newBuilder().putFields("run", text(System.getenv("SMOKE_RUN"))).build();

  private static final class Watched {
    final List<Value> entries = Collections.synchronizedList(new ArrayList<>());
    volatile int finished;
    volatile StatusRuntimeException failure;
    EntryWatch watch;
  }

  public static void main(String[] arguments) throws Exception {
    new Smoke().hold(Files.readString(Path.of(arguments[0])));
    System.exit(0);
  }

  private void hold(String conversation) throws Exception {
    for (Value item : struct(conversation).getFieldsOrThrow("steps").getListValue().getValuesList()) {
      Struct step = item.getStructValue();
      Thread.sleep(number(step, "pause_ms"));
      Struct result = carryOut(step);
      String name = string(step, "name");
      results = results.toBuilder().putFields(name, value(result)).build();
      print(result.toBuilder().putFields("step", text(name)).build());
    }
  }

  private Struct carryOut(Struct step) throws Exception {
    if (step.containsFields("ask")) {
      print(Struct.newBuilder().putFields("ask", step.getFieldsOrThrow("ask")).build());
      input.readLine();
      return Struct.getDefaultInstance();
    }
    if (step.containsFields("collect")) {
      return collect(step);
    }
    Struct fields = fill(step.getFieldsOrThrow("request")).getStructValue();
    PointsmanClient client = client(step);
    if (step.containsFields("watch")) {
      startWatch(step, client, fields);
      return Struct.getDefaultInstance();
    }
    if (step.containsFields("stream")) {
      return stream(step, client, fields);
    }
    try {
      if (step.containsFields("pages")) {
        return pages(step, client, fields);
      }
      Message response = call(client, string(step, "call"), fields, number(step, "deadline_ms"));
      return Struct.newBuilder().putFields("response", json(response)).build();
    } catch (StatusRuntimeException error) {
      return Struct.newBuilder().putFields("error", describe(error)).build();
    }
  }

  private static Message call(PointsmanClient client, String method, Struct fields, long deadline)
      throws Exception {
    RouteServiceGrpc.RouteServiceBlockingStub route = client.route();
    AuditServiceGrpc.AuditServiceBlockingStub audit = client.audit();
    if (deadline > 0) {
      route = route.withDeadlineAfter(deadline, TimeUnit.MILLISECONDS);
      audit = audit.withDeadlineAfter(deadline, TimeUnit.MILLISECONDS);
    }
    switch (method) {
      case "RouteService/Route":
        return route.route(parse(fields, RouteRequest.newBuilder()).build());
      case "RouteService/Explain":
        return route.explain(parse(fields, ExplainRequest.newBuilder()).build());
      case "RouteService/ReportOutcome":
        return route.reportOutcome(parse(fields, ReportOutcomeRequest.newBuilder()).build());
      case "RouteService/ListTargets":
        return route.listTargets(parse(fields, ListTargetsRequest.newBuilder()).build());
      case "AuditService/GetRecord":
        return audit.getRecord(parse(fields, GetRecordRequest.newBuilder()).build());
      case "AuditService/ListRecords":
        return audit.listRecords(parse(fields, ListRecordsRequest.newBuilder()).build());
      default:
        throw new IllegalArgumentException("there is no method " + method);
    }
  }

  private static Iterator<? extends Message> open(PointsmanClient client, String method, Struct fields)
      throws Exception {
    switch (method) {
      case "StreamService/StreamRoute":
        return client.stream().streamRoute(parse(fields, StreamRouteRequest.newBuilder()).build());
      case "AuditService/WatchEntries":
        return client.audit().watchEntries(parse(fields, WatchEntriesRequest.newBuilder()).build());
      case "AuditService/VerifyLedger":
        return client.audit().verifyLedger(parse(fields, VerifyLedgerRequest.newBuilder()).build());
      default:
        throw new IllegalArgumentException("there is no method " + method);
    }
  }

  private Struct stream(Struct step, PointsmanClient client, Struct fields) throws Exception {
    ListValue.Builder messages = ListValue.newBuilder();
    Struct.Builder result = Struct.newBuilder();
    Context.CancellableContext context = Context.current().withCancellation();
    Context before = context.attach();
    try {
      Iterator<? extends Message> responses = open(client, string(step, "stream"), fields);
      while (responses.hasNext()) {
        Value message = json(responses.next());
        messages.addValues(message);
        String field = string(step, "cancel_after");
        if (!field.isEmpty() && message.getStructValue().containsFields(field)) {
          context.cancel(null);
        }
      }
    } catch (StatusRuntimeException error) {
      result.putFields("error", describe(error));
    } finally {
      context.detach(before);
      context.cancel(null);
    }
    return result.putFields("messages", Value.newBuilder().setListValue(messages).build()).build();
  }

  private static Struct pages(Struct step, PointsmanClient client, Struct fields) throws Exception {
    ListValue.Builder items = ListValue.newBuilder();
    for (int count = 1; ; count++) {
      Struct page = json(call(client, string(step, "pages"), fields, 0)).getStructValue();
      Value more = page.getFieldsOrDefault(string(step, "items"), Value.getDefaultInstance());
      items.addAllValues(more.getListValue().getValuesList());
      String token = string(page, "nextPageToken");
      if (token.isEmpty()) {
        return Struct.newBuilder()
            .putFields("pages", Value.newBuilder().setNumberValue(count).build())
            .putFields("items", Value.newBuilder().setListValue(items).build())
            .build();
      }
      fields = fields.toBuilder().putFields("pageToken", text(token)).build();
    }
  }

  private void startWatch(Struct step, PointsmanClient client, Struct fields) throws Exception {
    Watched watched = new Watched();
    WatchEntriesRequest request = parse(fields, WatchEntriesRequest.newBuilder()).build();
    watched.watch = new EntryWatch(client.audit(), request);
    watches.put(string(step, "name"), watched);
    Thread thread = new Thread(() -> follow(watched));
    thread.setDaemon(true);
    thread.start();
  }

  private static void follow(Watched watched) {
    try {
      while (watched.watch.hasNext()) {
        WatchEntriesResponse message = watched.watch.next();
        if (message.hasEntry()) {
          watched.entries.add(json(message.getEntry()));
          watched.finished += message.getEntry().hasFinished() ? 1 : 0;
        }
      }
    } catch (StatusRuntimeException error) {
      watched.failure = error;
    }
  }

  private Struct collect(Struct step) throws Exception {
    Watched watched = watches.get(string(step, "collect"));
    for (int i = 0; i < 600 && watched.finished < number(step, "finished") && watched.failure == null; i++) {
      Thread.sleep(50);
    }
    // A moment more, in which a repeated entry would show.
    Thread.sleep(500);
    watched.watch.close();
    ListValue entries = ListValue.newBuilder().addAllValues(List.copyOf(watched.entries)).build();
    Struct.Builder result =
        Struct.newBuilder().putFields("entries", Value.newBuilder().setListValue(entries).build());
    if (watched.failure != null) {
      result.putFields("error", describe(watched.failure));
    }
    return result.build();
  }

  private PointsmanClient client(Struct step) throws Exception {
    String key = string(step, "credential") + " " + string(step, "trust");
    PointsmanClient found = clients.get(key);
    if (found != null) {
      return found;
    }
    PointsmanClient.Builder builder = PointsmanClient.builder(System.getenv("SMOKE_GRPC")).transport(trust(step));
    if (step.containsFields("credential")) {
      builder.credential(string(struct(System.getenv("SMOKE_CREDENTIALS")), string(step, "credential")));
    }
    PointsmanClient made = builder.build();
    clients.put(key, made);
    return made;
  }

  private static ChannelCredentials trust(Struct step) throws Exception {
    String authority = System.getenv("SMOKE_CA");
    if (authority == null) {
      return InsecureChannelCredentials.create();
    }
    return string(step, "trust").equals("system")
        ? TlsChannelCredentials.create()
        : TlsChannelCredentials.newBuilder().trustManager(new File(authority)).build();
  }

  /** An error as the conversation knows it. */
  private static Value describe(StatusRuntimeException error) {
    Status status = error.getStatus();
    Struct.Builder described =
        Struct.newBuilder()
            .putFields("code", text(status.getCode().name()))
            .putFields("message", text(String.valueOf(status.getDescription())));
    PointsmanError.of(error)
        .ifPresent(
            said -> {
              Struct.Builder metadata = Struct.newBuilder();
              said.metadata().forEach((name, value) -> metadata.putFields(name, text(value)));
              ListValue.Builder details = ListValue.newBuilder();
              for (Any any : said.details()) {
                details.addValues(text(any.getTypeUrl().substring(any.getTypeUrl().lastIndexOf('/') + 1)));
              }
              described
                  .putFields("reason", text(said.reason().name()))
                  .putFields("metadata", value(metadata.build()))
                  .putFields("details", Value.newBuilder().setListValue(details).build());
            });
    return value(described.build());
  }

  /** Puts values for ${...} and $repeat into a request. */
  private Value fill(Value value) {
    switch (value.getKindCase()) {
      case STRING_VALUE:
        return text(PLACE.matcher(value.getStringValue()).replaceAll(found -> Matcher.quoteReplacement(lookUp(found.group(1)))));
      case LIST_VALUE:
        ListValue.Builder items = ListValue.newBuilder();
        value.getListValue().getValuesList().forEach(item -> items.addValues(fill(item)));
        return Value.newBuilder().setListValue(items).build();
      case STRUCT_VALUE:
        Struct members = value.getStructValue();
        if (members.containsFields("$repeat")) {
          return text(string(members, "$repeat").repeat((int) number(members, "times")));
        }
        Struct.Builder filled = Struct.newBuilder();
        members.getFieldsMap().forEach((key, member) -> filled.putFields(key, fill(member)));
        return value(filled.build());
      default:
        return value;
    }
  }

  private String lookUp(String path) {
    Value found = value(results);
    for (String part : path.split("\\.")) {
      found =
          found.hasListValue()
              ? found.getListValue().getValues(Integer.parseInt(part))
              : found.getStructValue().getFieldsOrThrow(part);
    }
    return found.getStringValue();
  }

  private static <B extends Message.Builder> B parse(Struct fields, B builder) throws Exception {
    JsonFormat.parser().merge(JsonFormat.printer().print(fields), builder);
    return builder;
  }

  private static Value json(Message message) {
    try {
      return value(struct(JsonFormat.printer().print(message)));
    } catch (Exception malformed) {
      throw new IllegalStateException(malformed);
    }
  }

  private static Struct struct(String json) throws Exception {
    Struct.Builder builder = Struct.newBuilder();
    JsonFormat.parser().merge(json, builder);
    return builder.build();
  }

  private static void print(Struct line) throws Exception {
    String json = JsonFormat.printer().omittingInsignificantWhitespace().print(line);
    System.out.write((json + "\n").getBytes(StandardCharsets.UTF_8));
    System.out.flush();
  }

  private static Value text(String text) {
    return Value.newBuilder().setStringValue(text).build();
  }

  private static Value value(Struct struct) {
    return Value.newBuilder().setStructValue(struct).build();
  }

  private static String string(Struct struct, String name) {
    return struct.getFieldsOrDefault(name, Value.getDefaultInstance()).getStringValue();
  }

  private static long number(Struct struct, String name) {
    return (long) struct.getFieldsOrDefault(name, Value.getDefaultInstance()).getNumberValue();
  }
}

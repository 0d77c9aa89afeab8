package dev.pointsman;

import com.google.protobuf.Timestamp;
import dev.pointsman.v1.AuditServiceGrpc.AuditServiceBlockingStub;
import dev.pointsman.v1.ErrorReason;
import dev.pointsman.v1.WatchEntriesRequest;
import dev.pointsman.v1.WatchEntriesResponse;
import io.grpc.Context;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.Instant;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Follows the ledger across disconnects: after each, the stream is resumed from the last cursor that was handed out, so
 * nothing is missed and nothing comes twice. Waits 0.1 to 5 seconds between tries, without an end; {@link #close()}, also
 * from another thread, ends it. Throws {@link StatusRuntimeException} for what trying again cannot heal, such as a missing
 * role or an expired cursor. Every message has a cursor; keep one to resume after a crash.
 */
public final class EntryWatch implements Iterator<WatchEntriesResponse>, AutoCloseable {
  /** What the contract says of these reasons: try again, or resume from the last cursor. */
  private static final Set<ErrorReason> PASSING =
      Set.of(
          ErrorReason.ERROR_REASON_SLOW_CONSUMER,
          ErrorReason.ERROR_REASON_SHUTTING_DOWN,
          ErrorReason.ERROR_REASON_OVERLOADED,
          ErrorReason.ERROR_REASON_RATE_LIMITED,
          ErrorReason.ERROR_REASON_AUDIT_UNAVAILABLE,
          ErrorReason.ERROR_REASON_LIMITS_UNAVAILABLE,
          ErrorReason.ERROR_REASON_INTERNAL);

  /** Codes that a broken connection never has: a proxy or another service said no. */
  private static final Set<Status.Code> FINAL =
      Set.of(
          Status.Code.NOT_FOUND,
          Status.Code.PERMISSION_DENIED,
          Status.Code.OUT_OF_RANGE,
          Status.Code.UNIMPLEMENTED,
          Status.Code.UNAUTHENTICATED);

  private final Context.CancellableContext context = Context.current().withCancellation();
  private final AuditServiceBlockingStub audit;
  private final Timestamp begin;
  private WatchEntriesRequest request;
  private Iterator<WatchEntriesResponse> stream;
  private WatchEntriesResponse next;
  private int attempt;

  /** Starts to watch when it is first asked for a message. */
  public EntryWatch(AuditServiceBlockingStub audit, WatchEntriesRequest request) {
    this.audit = audit;
    this.request = request;
    Instant now = Instant.now();
    this.begin = Timestamp.newBuilder().setSeconds(now.getEpochSecond()).setNanos(now.getNano()).build();
  }

  /** Waits for the next message. False only once the watch is closed. */
  @Override
  public boolean hasNext() {
    while (next == null && !context.isCancelled()) {
      try {
        if (stream == null) {
          stream = context.call(() -> audit.watchEntries(request));
        }
        if (stream.hasNext()) {
          next = stream.next();
          attempt = 0;
        } else {
          disconnected();
        }
      } catch (StatusRuntimeException error) {
        if (!context.isCancelled() && !worthRetrying(error)) {
          close();
          throw error;
        }
        disconnected();
      } catch (RuntimeException error) {
        throw error;
      } catch (Exception error) {
        throw new IllegalStateException(error);
      }
    }
    return next != null;
  }

  @Override
  public WatchEntriesResponse next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    WatchEntriesResponse message = next;
    next = null;
    request = request.toBuilder().setCursor(message.getCursor()).build();
    return message;
  }

  /** Ends the watch. */
  @Override
  public void close() {
    context.cancel(null);
  }

  private void disconnected() {
    stream = null;
    if (request.getCursor().isEmpty() && !request.hasStartTime()) {
      // "From now on" means from the beginning on, even where the first stream broke before it brought a cursor.
      request = request.toBuilder().setStartTime(begin).build();
    }
    attempt++;
    long wait = Math.min(100L << Math.min(attempt, 6), 5000L);
    try {
      Thread.sleep((long) (wait * ThreadLocalRandom.current().nextDouble(0.75, 1.25)));
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      close();
    }
  }

  private static boolean worthRetrying(StatusRuntimeException error) {
    return PointsmanError.of(error)
        .map(said -> PASSING.contains(said.reason()))
        .orElseGet(() -> !FINAL.contains(error.getStatus().getCode()));
  }
}

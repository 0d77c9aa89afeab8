package dev.pointsman;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import com.google.rpc.Status;
import dev.pointsman.v1.ErrorReason;
import io.grpc.protobuf.StatusProto;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Why a call failed, as Pointsman itself said it. */
public final class PointsmanError {
  private final Status status;
  private final ErrorInfo info;

  private PointsmanError(Status status, ErrorInfo info) {
    this.status = status;
    this.info = info;
  }

  /**
   * Reads what Pointsman says about a failed call. Empty where the error is not Pointsman's: a connection that broke, or
   * a deadline that passed on this side.
   */
  public static Optional<PointsmanError> of(Throwable error) {
    Status status = StatusProto.fromThrowable(error);
    if (status == null) {
      return Optional.empty();
    }
    return find(status, ErrorInfo.class)
        .filter(info -> info.getDomain().equals("pointsman"))
        .map(info -> new PointsmanError(status, info));
  }

  /** What to branch on. UNRECOGNIZED where the service is newer than this client and gave a reason unknown to it. */
  public ErrorReason reason() {
    for (ErrorReason reason : ErrorReason.values()) {
      if (reason.name().equals(info.getReason())) {
        return reason;
      }
    }
    return ErrorReason.UNRECOGNIZED;
  }

  /** The reason as sent, such as "ERROR_REASON_POLICY_DENIED". */
  public String reasonName() {
    return info.getReason();
  }

  /** Facts by name, such as "decision_id" and "rule_id". */
  public Map<String, String> metadata() {
    return info.getMetadataMap();
  }

  /** How long to wait before a repeat makes sense. Empty where the service did not say. */
  public Optional<Duration> retryAfter() {
    return detail(RetryInfo.class)
        .map(retry -> Duration.ofSeconds(retry.getRetryDelay().getSeconds(), retry.getRetryDelay().getNanos()));
  }

  /** One of the standard details, such as {@code com.google.rpc.BadRequest}. */
  public <T extends com.google.protobuf.Message> Optional<T> detail(Class<T> type) {
    return find(status, type);
  }

  /** All the standard details, packed. */
  public List<Any> details() {
    return status.getDetailsList();
  }

  private static <T extends com.google.protobuf.Message> Optional<T> find(Status status, Class<T> type) {
    for (Any any : status.getDetailsList()) {
      if (any.is(type)) {
        try {
          return Optional.of(any.unpack(type));
        } catch (InvalidProtocolBufferException malformed) {
          return Optional.empty();
        }
      }
    }
    return Optional.empty();
  }
}

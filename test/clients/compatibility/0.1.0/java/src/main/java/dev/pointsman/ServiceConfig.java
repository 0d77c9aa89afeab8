package dev.pointsman;

import com.google.protobuf.DescriptorProtos.MethodOptions.IdempotencyLevel;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.Descriptors.ServiceDescriptor;
import dev.pointsman.v1.AuditServiceOuterClass;
import dev.pointsman.v1.RouteServiceOuterClass;
import dev.pointsman.v1.StreamServiceOuterClass;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Deadlines and repeats, out of the contract's own idempotency levels. */
final class ServiceConfig {
  private static final Map<String, Object> RETRY_POLICY =
      Map.of(
          "maxAttempts", 4.0,
          "initialBackoff", "0.2s",
          "maxBackoff", "3s",
          "backoffMultiplier", 2.0,
          "retryableStatusCodes", List.of("UNAVAILABLE"));

  private ServiceConfig() {}

  /** 130 s for answers, 30 s for reads, none for the audit trail's streams; only idempotent calls are repeated. */
  static Map<String, Object> create() {
    List<Object> configs = new ArrayList<>();
    for (FileDescriptor file :
        List.of(
            RouteServiceOuterClass.getDescriptor(),
            StreamServiceOuterClass.getDescriptor(),
            AuditServiceOuterClass.getDescriptor())) {
      for (ServiceDescriptor service : file.getServices()) {
        for (MethodDescriptor method : service.getMethods()) {
          configs.add(of(service, method));
        }
      }
    }
    return Map.of("methodConfig", configs);
  }

  private static Map<String, Object> of(ServiceDescriptor service, MethodDescriptor method) {
    Map<String, Object> config = new HashMap<>();
    config.put("name", List.of(Map.of("service", service.getFullName(), "method", method.getName())));
    boolean answers = method.getName().equals("Route") || method.getName().equals("StreamRoute");
    if (answers) {
      config.put("timeout", "130s");
    } else if (!method.isServerStreaming()) {
      config.put("timeout", "30s");
    }
    if (method.getOptions().getIdempotencyLevel() != IdempotencyLevel.IDEMPOTENCY_UNKNOWN) {
      config.put("retryPolicy", RETRY_POLICY);
    }
    return config;
  }
}

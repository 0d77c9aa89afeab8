package dev.pointsman;

import dev.pointsman.v1.AuditServiceGrpc;
import dev.pointsman.v1.RouteServiceGrpc;
import dev.pointsman.v1.StreamServiceGrpc;
import io.grpc.CallCredentials;
import io.grpc.ChannelCredentials;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.TlsChannelCredentials;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/**
 * The three services on one channel. Deadlines and repeats of idempotent calls that fail UNAVAILABLE are in its service
 * config; a ping every 20 seconds finds dead connections; messages may have up to 32 MiB.
 */
public final class PointsmanClient implements AutoCloseable {
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  private final ManagedChannel channel;
  private final CallCredentials credentials;

  private PointsmanClient(ManagedChannel channel, CallCredentials credentials) {
    this.channel = channel;
    this.credentials = credentials;
  }

  /** Starts to describe a client for the gRPC port at "host:port". */
  public static Builder builder(String target) {
    return new Builder(target);
  }

  /** Decides, calls and answers. */
  public RouteServiceGrpc.RouteServiceBlockingStub route() {
    return RouteServiceGrpc.newBlockingStub(channel).withCallCredentials(credentials);
  }

  /** Answers as a stream of events. */
  public StreamServiceGrpc.StreamServiceBlockingStub stream() {
    return StreamServiceGrpc.newBlockingStub(channel).withCallCredentials(credentials);
  }

  /** Answers what happened and why. */
  public AuditServiceGrpc.AuditServiceBlockingStub audit() {
    return AuditServiceGrpc.newBlockingStub(channel).withCallCredentials(credentials);
  }

  /** The channel, for asynchronous and future stubs; these need {@link #credentials()} too. */
  public ManagedChannel channel() {
    return channel;
  }

  /** What to give to {@code withCallCredentials}; null where the caller is anonymous, which stubs accept. */
  public CallCredentials credentials() {
    return credentials;
  }

  /** Ends the channel and what is still under way on it. */
  @Override
  public void close() {
    channel.shutdownNow();
  }

  /** What a client is made of. */
  public static final class Builder {
    private final String target;
    private ChannelCredentials transport = TlsChannelCredentials.create();
    private String credential;

    private Builder(String target) {
      this.target = target;
    }

    /** Sent as a bearer token: an API key or a JWT. By default the caller is anonymous, or known by its certificate. */
    public Builder credential(String credential) {
      this.credential = credential;
      return this;
    }

    /**
     * What is trusted and who the caller is: a {@link TlsChannelCredentials} for a private authority or mutual TLS, or
     * {@link InsecureChannelCredentials} to speak in the clear. By default TLS with the system's roots.
     */
    public Builder transport(ChannelCredentials transport) {
      this.transport = transport;
      return this;
    }

    /** Makes the client. It connects when it is first used. */
    public PointsmanClient build() {
      ManagedChannel channel =
          Grpc.newChannelBuilder(target, transport)
              .defaultServiceConfig(ServiceConfig.create())
              .enableRetry()
              .keepAliveTime(20, TimeUnit.SECONDS)
              .keepAliveTimeout(10, TimeUnit.SECONDS)
              .maxInboundMessageSize(32 << 20)
              .build();
      return new PointsmanClient(channel, credential == null ? null : new Bearer(credential));
    }
  }

  private static final class Bearer extends CallCredentials {
    private final String value;

    Bearer(String credential) {
      this.value = "Bearer " + credential;
    }

    @Override
    public void applyRequestMetadata(RequestInfo info, Executor executor, MetadataApplier applier) {
      Metadata headers = new Metadata();
      headers.put(AUTHORIZATION, value);
      applier.apply(headers);
    }
  }
}

use std::time::Duration;

use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Channel, Endpoint};
use tonic::{GrpcMethod, Request, Status};

use crate::v1::audit_service_client::AuditServiceClient;
use crate::v1::route_service_client::RouteServiceClient;
use crate::v1::stream_service_client::StreamServiceClient;

const MAX_MESSAGE_BYTES: usize = 32 << 20;

/// A channel with credential and deadlines.
pub type Service = InterceptedService<Channel, Defaults>;
/// Decides, calls and answers.
pub type RouteClient = RouteServiceClient<Service>;
/// Answers as a stream of events.
pub type StreamClient = StreamServiceClient<Service>;
/// Answers what happened and why.
pub type AuditClient = AuditServiceClient<Service>;

/// How a connection is made.
#[derive(Clone, Debug)]
pub struct Options {
    /// Sent as a bearer token: an API key or a JWT. By default the caller is anonymous, or known by its certificate.
    pub credential: Option<String>,
    /// What is trusted and who the caller is. By default the platform's roots for an https address.
    #[cfg(feature = "tls")]
    pub tls: Option<tonic::transport::ClientTlsConfig>,
    /// How long an answer (Route, StreamRoute) may take where a request sets no timeout. 130 seconds by default.
    pub answer_timeout: Duration,
    /// The same for every other unary call. 30 seconds by default.
    pub read_timeout: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            credential: None,
            #[cfg(feature = "tls")]
            tls: None,
            answer_timeout: Duration::from_secs(130),
            read_timeout: Duration::from_secs(30),
        }
    }
}

/// The three services on one channel. Cloning is cheap and shares the channel.
#[derive(Clone, Debug)]
pub struct Connection {
    /// Decides, calls and answers.
    pub route: RouteClient,
    /// Answers as a stream of events.
    pub stream: StreamClient,
    /// Answers what happened and why.
    pub audit: AuditClient,
}

impl Connection {
    /// Makes a connection for the gRPC port at an address such as `https://pointsman.example.com:8443`, or `http://` to
    /// speak in the clear. It connects when it is first used, and again after it broke; a ping every 20 seconds finds
    /// dead connections; messages may have up to 32 MiB.
    ///
    /// # Errors
    /// Where the address, the credential or the certificates are malformed.
    pub fn open(address: impl Into<String>, options: Options) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        #[allow(unused_mut)]
        let mut endpoint = Endpoint::from_shared(address.into())?
            .connect_timeout(Duration::from_secs(10))
            .http2_keep_alive_interval(Duration::from_secs(20))
            .keep_alive_timeout(Duration::from_secs(10));
        #[cfg(feature = "tls")]
        if endpoint.uri().scheme_str() == Some("https") {
            let config = options.tls.unwrap_or_else(|| tonic::transport::ClientTlsConfig::new().with_native_roots());
            endpoint = endpoint.tls_config(config)?;
        }
        let defaults = Defaults {
            authorization: options.credential.map(|text| format!("Bearer {text}").parse()).transpose()?,
            answer_timeout: options.answer_timeout,
            read_timeout: options.read_timeout,
        };
        let channel = endpoint.connect_lazy();
        Ok(Self {
            route: RouteServiceClient::with_interceptor(channel.clone(), defaults.clone())
                .max_decoding_message_size(MAX_MESSAGE_BYTES),
            stream: StreamServiceClient::with_interceptor(channel.clone(), defaults.clone())
                .max_decoding_message_size(MAX_MESSAGE_BYTES),
            audit: AuditServiceClient::with_interceptor(channel, defaults)
                .max_decoding_message_size(MAX_MESSAGE_BYTES),
        })
    }
}

/// Adds the credential, and a deadline where a request has none.
#[derive(Clone, Debug)]
pub struct Defaults {
    authorization: Option<MetadataValue<Ascii>>,
    answer_timeout: Duration,
    read_timeout: Duration,
}

impl Interceptor for Defaults {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        if let Some(value) = &self.authorization {
            request.metadata_mut().insert("authorization", value.clone());
        }
        let method = request.extensions().get::<GrpcMethod<'static>>().map(|found| found.method());
        let timeout = match method {
            Some("Route" | "StreamRoute") => Some(self.answer_timeout),
            // The streams of the audit trail may rightly go on for days.
            Some("WatchEntries" | "ReplayRecords" | "VerifyLedger") => None,
            _ => Some(self.read_timeout),
        };
        if let Some(timeout) = timeout.filter(|_| request.metadata().get("grpc-timeout").is_none()) {
            request.set_timeout(timeout);
        }
        Ok(request)
    }
}

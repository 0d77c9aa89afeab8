use std::time::{Duration, SystemTime};

use tokio_stream::Stream;
use tonic::{Code, Status};

use crate::v1::{ErrorReason, WatchEntriesRequest, WatchEntriesResponse};
use crate::{AuditClient, pointsman_error};

/// Follows the ledger across disconnects: after each, the stream is resumed from the last cursor that was handed out, so
/// nothing is missed and nothing comes twice. Waits 0.1 to 5 s between tries, without an end; dropping it ends it. An
/// error, always last, is one that trying again cannot heal, such as a missing role or an expired cursor. Every message
/// has a cursor; keep one to resume after a crash.
pub fn watch_entries(
    mut audit: AuditClient,
    mut request: WatchEntriesRequest,
) -> impl Stream<Item = Result<WatchEntriesResponse, Status>> + Send {
    // "From now on" means from this call on, even where the first stream breaks before it brings a cursor.
    let begin = SystemTime::now();
    async_stream::stream! {
        let mut attempt = 0;
        loop {
            let ended = match audit.watch_entries(request.clone()).await {
                Ok(response) => {
                    let mut stream = response.into_inner();
                    loop {
                        match stream.message().await {
                            Ok(Some(message)) => {
                                attempt = 0;
                                request.cursor.clone_from(&message.cursor);
                                yield Ok(message);
                            }
                            Ok(None) => break Ok(()),
                            Err(status) => break Err(status),
                        }
                    }
                }
                Err(status) => Err(status),
            };
            if let Err(status) = ended
                && !worth_retrying(&status)
            {
                yield Err(status);
                return;
            }
            if request.cursor.is_empty() && request.start_time.is_none() {
                request.start_time = Some(begin.into());
            }
            attempt += 1;
            tokio::time::sleep(wait_before(attempt)).await;
        }
    }
}

/// Doubles up to 5 s, and strays by a quarter so that many watchers do not come back at once.
fn wait_before(attempt: u32) -> Duration {
    let wait = Duration::from_millis(100 << attempt.min(6)).min(Duration::from_secs(5));
    let nanos = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |now| now.subsec_nanos());
    wait.mul_f64(0.75 + f64::from(nanos % 1000) / 2000.0)
}

/// Tells what passes by itself from what does not, as the contract says for each reason.
fn worth_retrying(status: &Status) -> bool {
    match pointsman_error(status) {
        Some(said) => matches!(
            said.reason,
            ErrorReason::SlowConsumer
                | ErrorReason::ShuttingDown
                | ErrorReason::Overloaded
                | ErrorReason::RateLimited
                | ErrorReason::AuditUnavailable
                | ErrorReason::LimitsUnavailable
                | ErrorReason::Internal
        ),
        // Codes that a broken connection never has: a proxy or another service said no.
        None => !matches!(
            status.code(),
            Code::NotFound | Code::PermissionDenied | Code::OutOfRange | Code::Unimplemented | Code::Unauthenticated
        ),
    }
}

use std::time::Duration;

use tonic::{Code, Status};

use crate::pointsman_error;

const MAX_ATTEMPTS: u32 = 4;
const MAX_WAIT: Duration = Duration::from_secs(3);

/// Makes a call again that failed UNAVAILABLE, at most four times in all, waiting 200 ms, doubled each time, or as long
/// as the service asks for, up to 3 s. Only for calls that may be repeated: everything but Route and StreamRoute, and
/// these too where the request has a `request_id`. (tonic knows no service config, by which other clients do this.)
///
/// ```no_run
/// # async fn example(connection: pointsman_client::Connection) -> Result<(), tonic::Status> {
/// use pointsman_client::{retry_unavailable, v1::ListTargetsRequest};
/// let targets = retry_unavailable(|| {
///     let mut route = connection.route.clone();
///     async move { route.list_targets(ListTargetsRequest::default()).await }
/// })
/// .await?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// The last error.
pub async fn retry_unavailable<T, F>(mut call: impl FnMut() -> F) -> Result<T, Status>
where
    F: Future<Output = Result<T, Status>>,
{
    let mut wait = Duration::from_millis(200);
    let mut attempt = 1;
    loop {
        match call().await {
            Err(status) if status.code() == Code::Unavailable && attempt < MAX_ATTEMPTS => {
                let asked = pointsman_error(&status).and_then(|said| said.retry_after);
                tokio::time::sleep(asked.unwrap_or(wait).min(MAX_WAIT)).await;
                wait *= 2;
                attempt += 1;
            }
            other => return other,
        }
    }
}

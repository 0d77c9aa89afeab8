use std::collections::HashMap;
use std::time::Duration;

use tonic::Status;
use tonic_types::{ErrorDetails, StatusExt};

use crate::v1::ErrorReason;

/// Why a call failed, as Pointsman itself said it.
#[derive(Clone, Debug)]
pub struct PointsmanError {
    /// What to branch on. `Unspecified` where the service is newer than this client and gave a reason unknown to it.
    pub reason: ErrorReason,
    /// The reason as sent, such as "ERROR_REASON_POLICY_DENIED".
    pub reason_name: String,
    /// Facts by name, such as "decision_id" and "rule_id".
    pub metadata: HashMap<String, String>,
    /// How long to wait before a repeat makes sense. `None` where the service did not say.
    pub retry_after: Option<Duration>,
    /// All the standard details.
    pub details: ErrorDetails,
}

/// Reads what Pointsman says about a failed call. `None` where the error is not Pointsman's: a connection that broke, or
/// a deadline that passed on this side.
#[must_use]
pub fn pointsman_error(status: &Status) -> Option<PointsmanError> {
    let details = status.get_error_details();
    let info = details.error_info().filter(|info| info.domain == "pointsman")?;
    Some(PointsmanError {
        reason: ErrorReason::from_str_name(&info.reason).unwrap_or(ErrorReason::Unspecified),
        reason_name: info.reason.clone(),
        metadata: info.metadata.clone(),
        retry_after: details.retry_info().and_then(|retry| retry.retry_delay),
        details,
    })
}

//! Why Bland gave no answer, told apart by what a caller does about it.

use jiff::Timestamp;

/// Why a question got no answer. The texts are for operators and hold no secrets.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Error {
    #[error("Bland refused the API key: {0}")]
    Unauthorized(String),
    #[error("Bland knows no such call or batch")]
    NotFound,
    #[error("Bland asks for fewer requests{}", .until.map(|until| format!("; next one after {until:.0}")).unwrap_or_default())]
    RateLimited { until: Option<Timestamp> },
    /// Our own limit: nothing was sent.
    #[error("`max_requests_per_minute` is used up until {until:.0}")]
    Budget { until: Timestamp },
    /// With a status of success: an error inside of an answer that calls itself good.
    #[error("Bland answered {status}{}: {message}", if (200..300).contains(.status) { " with an error" } else { "" })]
    Refused { status: u16, message: String },
    #[error("Bland's answer cannot be read: {0}")]
    Unreadable(String),
    #[error("cannot reach Bland: {0}")]
    Network(String),
}

impl Error {
    /// Whether waiting will not help.
    pub fn is_hopeless(&self) -> bool {
        matches!(self, Self::Unauthorized(_))
    }

    /// Whether the next request of the same poll would fail too.
    pub fn is_general(&self) -> bool {
        matches!(self, Self::Unauthorized(_) | Self::Network(_) | Self::RateLimited { .. })
    }
}

//! What went wrong, as a caller and a log read it.

use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Number;

/// The outcome of a request as a number; `mcorpc.StatusCode` in Choria.
///
/// 0 to 5 have labels; 6 to 255 are passed on without one and count as failed
/// (vectors `reply_handling.json`).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StatusCode(u8);

impl StatusCode {
    /// 0: all went well.
    pub const OK: Self = Self(0);
    /// 1: the action could not do its work.
    pub const ABORTED: Self = Self(1);
    /// 2: the agent has no such action.
    pub const UNKNOWN_ACTION: Self = Self(2);
    /// 3: an input is missing.
    pub const MISSING_DATA: Self = Self(3);
    /// 4: an input is not what it must be.
    pub const INVALID_DATA: Self = Self(4);
    /// 5: anything else, a panic included.
    pub const UNKNOWN_ERROR: Self = Self(5);

    /// Any code, 0 to 255.
    pub const fn new(code: u8) -> Self {
        Self(code)
    }

    /// The number on the wire.
    pub const fn as_u8(self) -> u8 {
        self.0
    }

    /// Whether this is [`StatusCode::OK`].
    pub const fn is_ok(self) -> bool {
        self.0 == 0
    }

    /// What `choria req` prints beside a failed node; `None` from 6 on.
    pub const fn label(self) -> Option<&'static str> {
        Some(match self.0 {
            0 => "OK",
            1 => "Request Aborted",
            2 => "Unknown Action",
            3 => "Missing Request Data",
            4 => "Invalid Request Data",
            5 => "Unknown Request Status",
            _ => return None,
        })
    }
}

impl fmt::Display for StatusCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for StatusCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StatusCode({})", self.0)
    }
}

impl PartialEq<u8> for StatusCode {
    fn eq(&self, other: &u8) -> bool {
        self.0 == *other
    }
}

impl Serialize for StatusCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(self.0)
    }
}

impl<'de> Deserialize<'de> for StatusCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Choria takes 1 and refuses 1.0, which is an integer to JSON Schema.
        let number = Number::deserialize(deserializer)?;
        let code = number.as_u64().and_then(|code| code.try_into().ok());
        code.map(Self).ok_or_else(|| {
            D::Error::custom(format_args!(
                "$.statuscode: expected an integer from 0 to 255 without a fraction, got {number}"
            ))
        })
    }
}

/// Why a request failed: a code that is never OK, a text for the caller, and,
/// where that says too much, another for the log.
///
/// Any error becomes one by `?`, with code 1 and its whole chain of causes:
///
/// ```
/// use choria_external_protocol::Failure;
/// use anyhow::Context as _;
///
/// fn read() -> Result<String, Failure> {
///     let text = std::fs::read_to_string("/no/such/file").context("could not read the list")?;
///     Ok(text)
/// }
///
/// let failure = read().unwrap_err();
/// assert_eq!(failure.code(), 1);
/// assert_eq!(
///     failure.message(),
///     "could not read the list: No such file or directory (os error 2)"
/// );
/// ```
///
/// It does not implement [`std::error::Error`] itself: that is what lets `?`
/// turn every other error into it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    code: StatusCode,
    message: String,
    log: Option<String>,
}

impl Failure {
    fn of(code: StatusCode, message: impl fmt::Display) -> Self {
        Self {
            code,
            message: message.to_string(),
            log: None,
        }
    }

    /// Code 1: the action could not do its work.
    pub fn aborted(message: impl fmt::Display) -> Self {
        Self::of(StatusCode::ABORTED, message)
    }

    /// Code 2: there is no such action.
    pub fn unknown_action(message: impl fmt::Display) -> Self {
        Self::of(StatusCode::UNKNOWN_ACTION, message)
    }

    /// Code 3: something that is needed was not sent.
    pub fn missing_data(message: impl fmt::Display) -> Self {
        Self::of(StatusCode::MISSING_DATA, message)
    }

    /// Code 4: something that was sent is not what it must be.
    pub fn invalid_data(message: impl fmt::Display) -> Self {
        Self::of(StatusCode::INVALID_DATA, message)
    }

    /// Code 5: anything else.
    pub fn unknown_error(message: impl fmt::Display) -> Self {
        Self::of(StatusCode::UNKNOWN_ERROR, message)
    }

    /// A code of the agent's own, 6 to 255: Choria passes it on and counts the
    /// reply as failed.
    ///
    /// # Panics
    /// When the code is below 6; those have functions of their own.
    pub fn with_code(code: u8, message: impl fmt::Display) -> Self {
        assert!(code >= 6, "codes 0 to 5 have meanings of their own");
        Self::of(StatusCode::new(code), message)
    }

    /// The failure that a reply with this code and text tells of; `None` for
    /// [`StatusCode::OK`].
    pub fn of_reply(code: StatusCode, message: impl fmt::Display) -> Option<Self> {
        (!code.is_ok()).then(|| Self::of(code, message))
    }

    /// Gives the log a text of its own, for what callers should not read.
    ///
    /// ```
    /// use choria_external_protocol::Failure;
    ///
    /// let failure = Failure::aborted("the database did not answer")
    ///     .log("connecting to db7.internal as app: password refused");
    /// assert_eq!(failure.message(), "the database did not answer");
    /// assert!(failure.log_message().contains("db7"));
    /// ```
    #[must_use]
    pub fn log(mut self, text: impl fmt::Display) -> Self {
        self.log = Some(text.to_string());
        self
    }

    /// The same with other texts, that for the caller and that for the log.
    #[must_use]
    pub fn map_texts(self, change: impl Fn(&str) -> String) -> Self {
        Self {
            code: self.code,
            message: change(&self.message),
            log: self.log.as_deref().map(change),
        }
    }

    /// The same with a caller's text of `most` bytes or little more; the log gets
    /// the whole one.
    #[must_use]
    pub fn shortened(&self, most: usize) -> Self {
        if self.message.len() <= most {
            return self.clone();
        }
        let cut = &self.message[..self.message.floor_char_boundary(most)];
        Self {
            code: self.code,
            message: format!("{cut}... ({} bytes)", self.message.len()),
            log: Some(self.log_message().into()),
        }
    }

    /// The code; never [`StatusCode::OK`].
    pub fn code(&self) -> StatusCode {
        self.code
    }

    /// What the caller reads.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What the log gets: its own text if there is one, else the caller's.
    pub fn log_message(&self) -> &str {
        self.log.as_deref().unwrap_or(&self.message)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        let error: anyhow::Error = error.into();
        Self::aborted(format_args!("{error:#}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_the_labels_of_choria() {
        let labels = [0, 1, 2, 3, 4, 5, 6, 255].map(|code| StatusCode::new(code).label());
        assert_eq!(
            labels,
            [
                Some("OK"),
                Some("Request Aborted"),
                Some("Unknown Action"),
                Some("Missing Request Data"),
                Some("Invalid Request Data"),
                Some("Unknown Request Status"),
                None,
                None,
            ]
        );
    }

    #[test]
    fn a_code_is_its_number() {
        let code = StatusCode::new(7);
        assert!(code == 7 && code != 6 && !code.is_ok() && StatusCode::OK.is_ok());
        assert_eq!(format!("{code} {code:?}"), "7 StatusCode(7)");
    }

    #[test]
    fn each_failure_has_its_code() {
        let failures = [
            Failure::aborted("a"),
            Failure::unknown_action("a"),
            Failure::missing_data("a"),
            Failure::invalid_data("a"),
            Failure::unknown_error("a"),
            Failure::with_code(6, "a"),
        ];
        let codes: Vec<u8> = failures
            .iter()
            .map(|failure| failure.code().as_u8())
            .collect();
        assert_eq!(codes, [1, 2, 3, 4, 5, 6]);
        assert!(failures.iter().all(|failure| !failure.code().is_ok()));
    }

    #[test]
    fn a_reply_tells_of_a_failure_by_its_code() {
        let failure = |code| Failure::of_reply(StatusCode::new(code), "why");
        assert_eq!(failure(0), None);
        for code in [1, 5, 255] {
            let failure = failure(code).unwrap();
            assert_eq!((failure.code().as_u8(), failure.message()), (code, "why"));
        }
    }

    #[test]
    #[should_panic(expected = "codes 0 to 5 have meanings of their own")]
    fn a_code_of_choria_is_no_code_of_an_agent() {
        let _ = Failure::with_code(0, "a");
    }

    #[test]
    fn a_long_text_is_cut_between_characters_and_the_log_has_it_whole() {
        let failure = Failure::aborted("\u{e9}".repeat(10));
        assert_eq!(failure.shortened(20), failure);
        let short = failure.shortened(5);
        assert_eq!(short.message(), "\u{e9}\u{e9}... (20 bytes)");
        assert_eq!(short.log_message(), failure.message());
        assert_eq!(short.code(), 1);
    }

    #[test]
    fn the_log_has_the_text_of_the_caller_where_it_has_none_of_its_own() {
        let failure = Failure::aborted("for the caller");
        assert_eq!(failure.log_message(), "for the caller");
        let failure = failure.log("for the log");
        assert_eq!(failure.to_string(), "for the caller");
        assert_eq!(failure.log_message(), "for the log");
    }
}

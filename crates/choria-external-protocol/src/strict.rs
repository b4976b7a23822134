//! From any type of serde's to a JSON value, and an error where that would lose
//! something.

mod serializer;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::fmt;

use serde::Serialize;
use serde_json::Value;

use crate::message::step;

/// Makes a JSON value of what serde can serialize, as `serde_json::to_value`
/// does, and tells where that cannot be done.
///
/// Unlike there, NaN and the infinities are an error, at any depth: JSON has no
/// such numbers, and `null` in their place would be another value.
///
/// ```
/// use choria_external_protocol::to_json;
///
/// let error = to_json(&[[1.0, 2.0], [f64::NAN, 3.0]]).unwrap_err();
/// assert_eq!(error.to_string(), "is NaN at [1][0], which JSON cannot hold");
/// ```
///
/// # Errors
/// [`Unwritable`]: the first value that JSON cannot hold, with its place.
pub fn to_json(value: &(impl Serialize + ?Sized)) -> Result<Value, Unwritable> {
    value.serialize(serializer::Strict)
}

/// A value that JSON cannot hold, and where it is. It displays as the end of a
/// sentence that starts with the name of the whole.
#[derive(Clone, Debug, PartialEq)]
pub struct Unwritable(Box<Place>);

/// In a box, so that a result that has none is no larger than the value.
#[derive(Clone, Debug, PartialEq)]
struct Place {
    reason: Reason,
    /// From the innermost outwards.
    steps: Vec<Step>,
}

#[derive(Clone, Debug, PartialEq)]
enum Reason {
    NotFinite(f64),
    Key,
    Other(String),
}

#[derive(Clone, Debug, PartialEq)]
enum Step {
    Key(Cow<'static, str>),
    Index(usize),
}

impl Unwritable {
    /// A number that is NaN or infinite.
    pub fn not_finite(number: f64) -> Self {
        Self::of(Reason::NotFinite(number))
    }

    fn of(reason: Reason) -> Self {
        Self(Box::new(Place {
            reason,
            steps: Vec::new(),
        }))
    }

    /// The same, found in an item of a list.
    #[must_use]
    pub fn in_item(self, index: usize) -> Self {
        self.at(Step::Index(index))
    }

    /// The same, found under a key of an object.
    #[must_use]
    pub fn under_key(self, key: impl Into<Cow<'static, str>>) -> Self {
        self.at(Step::Key(key.into()))
    }

    fn at(mut self, step: Step) -> Self {
        self.0.steps.push(step);
        self
    }

    /// The same, within an enum's variant, if it is in one.
    fn within(self, variant: Option<&'static str>) -> Self {
        match variant {
            None => self,
            Some(name) => self.under_key(name),
        }
    }

    /// Where it is: keys and positions, as `.disks[3].size`; empty where it is
    /// the whole value.
    pub fn path(&self) -> String {
        let mut path = String::new();
        for one in self.0.steps.iter().rev() {
            match one {
                Step::Key(key) => step(&mut path, key),
                Step::Index(index) => path += &format!("[{index}]"),
            }
        }
        path
    }
}

impl fmt::Display for Unwritable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = match &*self.path() {
            "" => String::new(),
            path => format!(" at {path}"),
        };
        match &self.0.reason {
            Reason::NotFinite(number) => {
                let number = match number {
                    number if number.is_nan() => "NaN",
                    number if number.is_sign_negative() => "-inf",
                    _ => "inf",
                };
                write!(f, "is {number}{at}, which JSON cannot hold")
            }
            Reason::Key => write!(
                f,
                "has a key that is not a string{at}, which JSON cannot hold"
            ),
            Reason::Other(reason) => write!(f, "cannot be written as JSON{at}: {reason}"),
        }
    }
}

impl std::error::Error for Unwritable {}

impl serde::ser::Error for Unwritable {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::of(Reason::Other(message.to_string()))
    }
}

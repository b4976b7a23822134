//! One fact of a node against one fact filter (Choria's `filter/facts`).

use std::cmp::Ordering;
use std::fmt;

use choria_external_gjson::{Found, GaveUp, Kind, Path};
use choria_external_go::Regex;
use choria_external_go::number::{parse_bool, parse_float, parse_int};
use choria_external_go::strings::{equal_fold, to_lower};
use choria_external_protocol::{Comparison, FactFilter};

use crate::lists::broken;
use crate::surprise::{Surprise, Told, quoted};

/// A fact filter, prepared.
#[derive(Debug)]
pub(crate) struct FactTest {
    filter: FactFilter,
    path: Path,
    /// The value in lower case.
    lower: String,
    truthy: bool,
    /// For `=~`; `None` where it is broken.
    regex: Option<Regex>,
    number: Wanted,
    /// The value as a number, whatever Choria makes of it.
    plain: Option<f64>,
    told: Told,
}

/// The value, compared with a number. With a dot in it floats are compared,
/// else whole numbers, to which the fact is cut.
#[derive(Clone, Copy, Debug)]
enum Wanted {
    Float(Option<f64>),
    Whole(Option<i64>),
}

/// Choria's errors: the value and the fact cannot be compared. The last one is
/// ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unfit {
    /// The value is no number, the fact is one.
    Number,
    /// The fact has a type without an order.
    Order,
    /// The value is no regular expression.
    Regex,
    /// Looking for the fact was given up.
    Unread,
}

impl FactTest {
    /// Prepares a fact filter. A broken regular expression is no error: a fact
    /// that is false passes it, see [`Self::mistake`].
    ///
    /// # Errors
    /// What of the path is not read.
    pub(crate) fn new(filter: &FactFilter) -> Result<Self, String> {
        let value = &*filter.value;
        let regex = match filter.operator {
            // Go takes all slashes off, also those of a half-open `/x`.
            Comparison::Matches => Regex::new(&format!("(?i){}", value.trim_matches('/'))).ok(),
            _ => None,
        };
        Ok(Self {
            path: Path::new(&filter.fact).map_err(|error| error.to_string())?,
            lower: to_lower(value),
            truthy: truthy(value, filter.operator),
            regex,
            number: if value.contains('.') {
                Wanted::Float(parse_float(value))
            } else {
                Wanted::Whole(parse_int(value))
            },
            plain: parse_float(value),
            filter: filter.clone(),
            told: Told::default(),
        })
    }

    /// Lets it tell of surprises together with others.
    pub(crate) fn telling(self, told: &Told) -> Self {
        Self {
            told: told.clone(),
            ..self
        }
    }

    /// What is broken, so that no node can match; only where a fact is false
    /// Choria never looks at a regular expression.
    pub(crate) fn mistake(&self) -> Option<String> {
        (self.filter.operator == Comparison::Matches && self.regex.is_none())
            .then(|| broken(&self.filter.value, self.filter.value.trim_matches('/')))
    }

    /// What surprises whatever the nodes are.
    pub(crate) fn surprise(&self) -> Option<Surprise> {
        match (self.filter.operator, self.number) {
            (Comparison::Matches, _) if self.filter.value.trim_matches('/').is_empty() => {
                Some(Surprise::MatchesAll)
            }
            (Comparison::MoreThan, Wanted::Float(Some(_))) => Some(Surprise::DottedMoreThan),
            _ => None,
        }
    }

    /// Whether the facts, the text of a JSON object, pass.
    pub(crate) fn matches(&self, facts: &str) -> bool {
        self.verdict(facts).unwrap_or(false)
    }

    /// As [`Self::matches`], with Choria's error (`HasFactJSON`).
    pub(crate) fn verdict(&self, facts: &str) -> Result<bool, Unfit> {
        let fact = match self.path.find(facts) {
            Ok(Some(fact)) => fact,
            Ok(None) => return Ok(false),
            Err(GaveUp) => {
                self.told.tell(Surprise::GaveUp, self);
                return Err(Unfit::Unread);
            }
        };
        let verdict = match fact.kind() {
            Kind::String => self.text(&fact),
            Kind::Number => self.number(&fact),
            Kind::True => self.boolean(true),
            Kind::False => self.boolean(false),
            Kind::Null | Kind::Json => match self.filter.operator {
                Comparison::Equal | Comparison::NotEqual | Comparison::Matches => Ok(false),
                _ => Err(Unfit::Order),
            },
        };
        if let Some(surprise) = self.surprise_at(&fact, verdict) {
            self.told.tell(surprise, self);
        }
        verdict
    }

    /// Texts are compared without case.
    fn text(&self, fact: &Found<'_>) -> Result<bool, Unfit> {
        let text = &*fact.text();
        let order = || to_lower(text).as_str().cmp(&self.lower);
        Ok(match self.filter.operator {
            Comparison::Equal => equal_fold(text, &self.filter.value),
            Comparison::NotEqual => !equal_fold(text, &self.filter.value),
            Comparison::Matches => self.regex()?.is_match(text),
            Comparison::AtLeast => order().is_ge(),
            Comparison::AtMost => order().is_le(),
            Comparison::MoreThan => order().is_gt(),
            Comparison::LessThan => order().is_lt(),
        })
    }

    fn number(&self, fact: &Found<'_>) -> Result<bool, Unfit> {
        let operator = self.filter.operator;
        match (operator, self.number) {
            (Comparison::Matches, Wanted::Float(_)) => {
                Ok(self.regex()?.is_match(&four_decimals(fact.float())))
            }
            (Comparison::Matches, Wanted::Whole(_)) => {
                Ok(self.regex()?.is_match(&fact.int().to_string()))
            }
            // The texts are compared: 010 and +10 are not 10.
            (Comparison::Equal, Wanted::Whole(_)) => {
                Ok(fact.int().to_string() == self.filter.value)
            }
            (Comparison::NotEqual, Wanted::Whole(_)) => {
                Ok(fact.int().to_string() != self.filter.value)
            }
            (_, Wanted::Whole(wanted)) => {
                let wanted = wanted.ok_or(Unfit::Number)?;
                Ok(holds(operator, Some(fact.int().cmp(&wanted))))
            }
            (_, Wanted::Float(wanted)) => {
                let order = fact.float().partial_cmp(&wanted.ok_or(Unfit::Number)?);
                Ok(match operator {
                    Comparison::MoreThan => holds(Comparison::AtLeast, order),
                    _ => holds(operator, order),
                })
            }
        }
    }

    /// What is not true counts as false, and for a false fact `!=` is `==`.
    fn boolean(&self, fact: bool) -> Result<bool, Unfit> {
        match self.filter.operator {
            Comparison::Equal | Comparison::Matches => Ok(self.truthy == fact),
            Comparison::NotEqual => Ok(!self.truthy),
            _ => Err(Unfit::Order),
        }
    }

    fn regex(&self) -> Result<&Regex, Unfit> {
        self.regex.as_ref().ok_or(Unfit::Regex)
    }

    /// What surprises in the verdict on this fact.
    fn surprise_at(&self, fact: &Found<'_>, verdict: Result<bool, Unfit>) -> Option<Surprise> {
        use Comparison::{Equal, Matches, MoreThan, NotEqual};

        let operator = self.filter.operator;
        let verdict = match verdict {
            Ok(verdict) => verdict,
            Err(Unfit::Number) => return Some(Surprise::NoNumber),
            Err(Unfit::Order) => return Some(Surprise::NoOrder),
            // A mistake, or told already.
            Err(Unfit::Regex | Unfit::Unread) => return None,
        };
        match (fact.kind(), operator) {
            (Kind::Null | Kind::Json, NotEqual) => Some(Surprise::NeverUnequal),
            (Kind::False, NotEqual) => Some(Surprise::FalseUnequal),
            (Kind::False, Equal) if verdict && parse_bool(&self.lower).is_none() => {
                Some(Surprise::FalseEqual)
            }
            (Kind::True | Kind::False, Matches) => Some(Surprise::BoolAsWord),
            (Kind::Number, Matches) => {
                let plain = self
                    .regex
                    .as_ref()
                    .is_some_and(|regex| regex.is_match(&fact.as_written()));
                (plain != verdict).then_some(Surprise::CutNumber)
            }
            // The filter alone has told of it.
            (Kind::Number, MoreThan) if matches!(self.number, Wanted::Float(_)) => None,
            (Kind::Number, _) => {
                let order = self
                    .plain
                    .and_then(|wanted| fact.float().partial_cmp(&wanted));
                (holds(operator, order) != verdict).then_some(Surprise::CutNumber)
            }
            _ => None,
        }
    }
}

impl fmt::Display for FactTest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let FactFilter {
            fact,
            operator,
            value,
        } = &self.filter;
        write!(f, "fact {} {operator} {}", quoted(fact), quoted(value))
    }
}

/// Whether an order is the one that is wanted; what has none is only unequal.
fn holds(operator: Comparison, order: Option<Ordering>) -> bool {
    match operator {
        Comparison::Equal => order.is_some_and(Ordering::is_eq),
        Comparison::NotEqual => !order.is_some_and(Ordering::is_eq),
        Comparison::AtLeast => order.is_some_and(Ordering::is_ge),
        Comparison::AtMost => order.is_some_and(Ordering::is_le),
        Comparison::MoreThan => order.is_some_and(Ordering::is_gt),
        Comparison::LessThan => order.is_some_and(Ordering::is_lt),
        Comparison::Matches => false,
    }
}

/// `==` takes only the cases of `true` that Go takes, all others any case.
fn truthy(value: &str, operator: Comparison) -> bool {
    let read = match operator {
        Comparison::Equal => parse_bool(value),
        _ => parse_bool(&to_lower(value)),
    };
    read == Some(true)
}

/// Go's `%.4f`.
fn four_decimals(number: f64) -> String {
    match number {
        f64::INFINITY => "+Inf".into(),
        f64::NEG_INFINITY => "-Inf".into(),
        number => format!("{number:.4}"),
    }
}

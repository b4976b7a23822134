//! A value in a file, which knows where it is.

use std::fmt;

use choria_external::Failure;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::document::Document;

/// A value in a document, and the way to it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'a> {
    document: &'a Document,
    /// Its JSON text.
    json: &'a str,
    /// What stands in the line to name: its key, or itself.
    here: &'a str,
    path: Path<'a>,
}

#[derive(Clone, Copy, Debug)]
enum Path<'a> {
    Top,
    Key(&'a Path<'a>, &'a str),
    Item(&'a Path<'a>, usize),
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Top => Ok(()),
            Self::Key(Self::Top, key) => f.write_str(key),
            Self::Key(above, key) => write!(f, "{above}.{key}"),
            Self::Item(above, index) => write!(f, "{above}[{index}]"),
        }
    }
}

impl<'a> Place<'a> {
    /// All that a document says.
    pub(crate) fn top(document: &'a Document) -> Self {
        // Not the space in front of the value.
        let json = document.json.trim();
        Self {
            document,
            json,
            here: json,
            path: Path::Top,
        }
    }

    /// The line it is in.
    pub(crate) fn line(&self) -> usize {
        self.document.line(self.here)
    }

    /// An error that says where and, in the words given, what is wrong.
    pub(crate) fn wrong(&self, what: impl fmt::Display) -> Failure {
        let (file, line) = (&self.document.name, self.line());
        Failure::invalid_data(match self.path {
            Path::Top => format!("{file}:{line}: {what}"),
            path => format!("{file}:{line}: {path}: {what}"),
        })
    }

    fn unwanted(&self, wanted: &str) -> Failure {
        let got = match self.json.as_bytes().first() {
            Some(b'{') => "an object",
            Some(b'[') => "a list",
            Some(b'"') => "a string",
            Some(b't' | b'f') => "a boolean",
            Some(b'n') | None => "nothing",
            Some(_) => "a number",
        };
        // YAML makes them of `5` and `yes`.
        let hint = match (wanted, got) {
            ("a string", "a number" | "a boolean") => ": put it in quotes",
            _ => "",
        };
        self.wrong(format_args!("expected {wanted}, got {got}{hint}"))
    }

    /// The values of an object that can have these keys and no others, in their
    /// order. A value `null` is as good as none: that is what YAML makes of a
    /// key without a value. None is there twice: that is no [`Document`].
    pub(crate) fn object<const N: usize>(
        &self,
        known: [&'static str; N],
    ) -> Result<[Option<Place<'_>>; N], Failure> {
        if !self.json.starts_with('{') {
            return Err(self.unwanted("an object"));
        }
        let members: Members<'a> = serde_json::from_str(self.json)
            .map_err(|error| self.wrong(format_args!("not JSON: {error}")))?;
        let mut found: [Option<Place<'_>>; N] = [None; N];
        for (key, json) in members.0 {
            let name: String = serde_json::from_str(key)
                .map_err(|error| self.wrong(format_args!("not JSON: {error}")))?;
            let at = Place { here: key, ..*self };
            let index = known.iter().position(|known| **known == name);
            let index = index.ok_or_else(|| {
                at.wrong(format_args!(
                    "there is no key {name}, there are {}",
                    known.join(", ")
                ))
            })?;
            found[index] = Some(Place {
                document: self.document,
                json,
                here: key,
                path: Path::Key(&self.path, known[index]),
            });
        }
        Ok(found.map(|place| place.filter(|place| place.json != "null")))
    }

    /// The values of a list.
    pub(crate) fn items(&self) -> Result<Vec<Place<'_>>, Failure> {
        if !self.json.starts_with('[') {
            return Err(self.unwanted("a list"));
        }
        let items: Vec<&'a RawValue> = serde_json::from_str(self.json)
            .map_err(|error| self.wrong(format_args!("not JSON: {error}")))?;
        let place = |(index, item): (usize, &'a RawValue)| Place {
            document: self.document,
            json: item.get(),
            here: item.get(),
            path: Path::Item(&self.path, index),
        };
        Ok(items.into_iter().enumerate().map(place).collect())
    }

    /// A text that is not empty.
    pub(crate) fn text(&self) -> Result<String, Failure> {
        if !self.json.starts_with('"') {
            return Err(self.unwanted("a string"));
        }
        if self.json == "\"\"" {
            return Err(self.wrong("expected a string that is not empty"));
        }
        serde_json::from_str(self.json)
            .map_err(|error| self.wrong(format_args!("not a string: {error}")))
    }

    /// A list of texts that are not empty.
    pub(crate) fn texts(&self) -> Result<Vec<String>, Failure> {
        self.items()?.iter().map(Place::text).collect()
    }

    /// The JSON text of an object with any keys.
    pub(crate) fn any_object(&self) -> Result<String, Failure> {
        if !self.json.starts_with('{') {
            return Err(self.unwanted("an object"));
        }
        Ok(self.json.to_owned())
    }
}

/// Keys (with their quotes) and values, as they stand there.
struct Members<'a>(Vec<(&'a str, &'a str)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;
        impl<'de> Visitor<'de> for Read {
            type Value = Vec<(&'de str, &'de str)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some((key, value)) = map.next_entry::<&RawValue, &RawValue>()? {
                    members.push((key.get(), value.get()));
                }
                Ok(members)
            }
        }
        deserializer.deserialize_map(Read).map(Self)
    }
}

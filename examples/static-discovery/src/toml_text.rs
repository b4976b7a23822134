//! TOML as JSON text.

use toml::Spanned;
use toml::de::{DeFloat, DeInteger, DeTable, DeValue};

use crate::document::{self, Broken, Lines, push_text};

/// The JSON text of a TOML text, and its lines.
pub(crate) fn to_json(text: &str) -> Result<(String, Lines), Broken> {
    let source = Lines::of(text);
    let table = DeTable::parse(text).map_err(|error| {
        let line = error.span().map(|span| source.at(span.start));
        (line, format!("not TOML: {}", error.message()))
    })?;
    let mut writer = Writer {
        source,
        json: String::with_capacity(text.len()),
        lines: Lines::default(),
    };
    writer.table(table.get_ref())?;
    Ok((writer.json, writer.lines))
}

struct Writer {
    /// The lines of the TOML text.
    source: Lines,
    json: String,
    lines: Lines,
}

impl Writer {
    fn line_of<T>(&self, part: &Spanned<T>) -> usize {
        self.source.at(part.span().start)
    }

    fn table(&mut self, table: &DeTable<'_>) -> Result<(), Broken> {
        self.json.push('{');
        for (index, (key, value)) in table.iter().enumerate() {
            if index > 0 {
                self.json.push(',');
            }
            self.lines.mark(self.json.len(), self.line_of(key));
            push_text(&mut self.json, key.get_ref());
            self.json.push(':');
            self.value(value)?;
        }
        self.json.push('}');
        Ok(())
    }

    fn value(&mut self, value: &Spanned<DeValue<'_>>) -> Result<(), Broken> {
        let line = self.line_of(value);
        self.lines.mark(self.json.len(), line);
        let no_json = |text: &str| {
            let reason = format!("expected a number that JSON can hold, got {text}");
            (Some(line), reason)
        };
        match value.get_ref() {
            DeValue::String(text) => push_text(&mut self.json, text),
            DeValue::Integer(number) => {
                let number = integer(number).ok_or_else(|| no_json(number.as_str()))?;
                self.json.push_str(&number);
            }
            DeValue::Float(number) => {
                let number = float(number).ok_or_else(|| no_json(number.as_str()))?;
                self.json.push_str(&number);
            }
            DeValue::Boolean(yes) => self.json.push_str(if *yes { "true" } else { "false" }),
            DeValue::Datetime(time) => push_text(&mut self.json, &time.to_string()),
            DeValue::Array(values) => {
                self.json.push('[');
                for (index, value) in values.iter().enumerate() {
                    if index > 0 {
                        self.json.push(',');
                    }
                    self.value(value)?;
                }
                self.json.push(']');
            }
            DeValue::Table(table) => self.table(table)?,
        }
        Ok(())
    }
}

fn integer(number: &DeInteger<'_>) -> Option<String> {
    let number = i128::from_str_radix(number.as_str(), number.radix());
    number.ok().map(|number| number.to_string())
}

fn float(number: &DeFloat<'_>) -> Option<String> {
    let number: f64 = number.as_str().parse().ok()?;
    number.is_finite().then(|| document::float(number))
}

#[cfg(test)]
mod tests {
    use super::*;
    use choria_external::{Value, json};

    #[test]
    fn toml_becomes_json() {
        let text = "
            text = \"a\\nb\"
            numbers = [1, 1_000, 0xff, 18446744073709551615, 1.10, -0.5, 1e3]
            yes = true
            day = 2026-01-02
            [table.\"in.side\"]
            a = {b = []}
            [[list]]
            a = 1
            [[list]]
        ";
        let (text, _) = to_json(text).unwrap();
        assert_eq!(
            serde_json::from_str::<Value>(&text).unwrap(),
            json!({
                "text": "a\nb",
                "numbers": [1, 1000, 255, 18_446_744_073_709_551_615_u64, 1.1, -0.5, 1000],
                "yes": true,
                "day": "2026-01-02",
                "table": {"in.side": {"a": {"b": []}}},
                "list": [{"a": 1}, {}],
            })
        );
    }

    #[test]
    fn what_json_cannot_hold_is_refused() {
        assert_eq!(
            to_json("a = 1\nb = [1, inf]").unwrap_err(),
            (
                Some(2),
                "expected a number that JSON can hold, got inf".into()
            )
        );
        assert_eq!(to_json("a = 1\na = 2").unwrap_err().0, Some(2));
    }
}

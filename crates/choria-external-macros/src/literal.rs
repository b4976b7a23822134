//! JSON values, written as literals: `1`, `"a"`, `[1, 2]`, `{"a": true}`.

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Error, Lit, LitStr, Result, Token, braced, bracketed, token};

/// A value, and where it stands.
pub(crate) struct Literal {
    /// Its JSON text.
    pub(crate) json: String,
    pub(crate) kind: Kind,
    pub(crate) span: Span,
}

/// What it is, as far as a rule asks.
pub(crate) enum Kind {
    Text(String),
    Whole(i128),
    Fraction,
    Boolean,
    Array,
    Hash,
}

impl Kind {
    /// The variant of the runtime's `assertions::Literal`.
    pub(crate) fn name(&self) -> TokenStream {
        match self {
            Self::Text(_) => quote!(Text),
            Self::Whole(_) => quote!(Whole),
            Self::Fraction => quote!(Fraction),
            Self::Boolean => quote!(Boolean),
            Self::Array => quote!(Array),
            Self::Hash => quote!(Hash),
        }
    }
}

impl Parse for Literal {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        if input.peek(token::Bracket) {
            list(input)
        } else if input.peek(token::Brace) {
            hash(input)
        } else {
            plain(input)
        }
    }
}

fn list(input: ParseStream<'_>) -> Result<Literal> {
    let content;
    let brackets = bracketed!(content in input);
    let items = Punctuated::<Literal, Token![,]>::parse_terminated(&content)?;
    let items: Vec<_> = items.iter().map(|item| item.json.as_str()).collect();
    Ok(Literal {
        json: format!("[{}]", items.join(",")),
        kind: Kind::Array,
        span: brackets.span.join(),
    })
}

fn hash(input: ParseStream<'_>) -> Result<Literal> {
    let content;
    let braces = braced!(content in input);
    let entries = content.parse_terminated(
        |entry| {
            let key: LitStr = entry.parse()?;
            entry.parse::<Token![:]>()?;
            Ok((key, entry.parse::<Literal>()?))
        },
        Token![,],
    )?;
    let mut keys = Vec::new();
    let mut texts = Vec::new();
    for (key, value) in &entries {
        if keys.contains(&key.value()) {
            return Err(Error::new(key.span(), "given twice: remove one of them"));
        }
        keys.push(key.value());
        texts.push(format!("{}:{}", json_text(&key.value()), value.json));
    }
    Ok(Literal {
        json: format!("{{{}}}", texts.join(",")),
        kind: Kind::Hash,
        span: braces.span.join(),
    })
}

fn plain(input: ParseStream<'_>) -> Result<Literal> {
    let start = input.span();
    let wanted = || {
        Error::new(
            start,
            "expected a literal: a string, a number, true, false, [..] or {\"key\": ..}; the DDL states it as JSON",
        )
    };
    let minus: Option<Token![-]> = input.parse()?;
    let literal: Lit = input.parse().map_err(|_| wanted())?;
    let span = start.join(literal.span()).unwrap_or(literal.span());
    let sign = if minus.is_some() { "-" } else { "" };
    let (json, kind) = match &literal {
        Lit::Int(number) => {
            let json = format!("{sign}{}", number.base10_digits());
            let whole = json.parse().map_err(|_| wanted())?;
            (json, Kind::Whole(whole))
        }
        Lit::Float(number) => {
            let number: f64 = number.base10_parse()?;
            (format!("{sign}{number:?}"), Kind::Fraction)
        }
        Lit::Str(text) if minus.is_none() => (json_text(&text.value()), Kind::Text(text.value())),
        Lit::Bool(truth) if minus.is_none() => (truth.value.to_string(), Kind::Boolean),
        _ => return Err(wanted()),
    };
    Ok(Literal { json, kind, span })
}

/// A text as a JSON string.
pub(crate) fn json_text(text: &str) -> String {
    let mut json = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => json += "\\\"",
            '\\' => json += "\\\\",
            c if c < ' ' => json += &format!("\\u{:04x}", u32::from(c)),
            c => json.push(c),
        }
    }
    json + "\""
}

#[cfg(test)]
mod tests {
    use super::*;
    use syn::parse_str;

    #[test]
    fn literals_become_json() {
        for (value, json) in [
            ("1_000", "1000"),
            ("0x10", "16"),
            ("-2", "-2"),
            ("1.50", "1.5"),
            ("-1e3", "-1000.0"),
            ("true", "true"),
            (r#""a\"\\\n\u{e9}""#, r#""a\"\\\u000aé""#),
            (r#"[1, ["x"],]"#, r#"[1,["x"]]"#),
            ("{}", "{}"),
            (
                r#"{"a": {"b": [-1]}, "": true}"#,
                r#"{"a":{"b":[-1]},"":true}"#,
            ),
        ] {
            assert_eq!(parse_str::<Literal>(value).unwrap().json, json, "{value}");
        }
        for other in [
            "f()",
            "-\"x\"",
            "b\"x\"",
            "null",
            "-",
            "{a: 1}",
            "{\"a\": 1, \"a\": 2}",
            "1 + 1",
        ] {
            assert!(parse_str::<Literal>(other).is_err(), "{other}");
        }
    }
}

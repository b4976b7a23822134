//! What stands in `#[input(..)]`, `#[output(..)]` and `#[list(..)]`.

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::meta::ParseNestedMeta;
use syn::spanned::Spanned as _;
use syn::{
    Attribute, Data, DeriveInput, Error, Expr, ExprLit, Field, Fields, Lit, LitInt, LitStr, Path,
    Result, UnOp,
};

/// A `default = ..`: the JSON text for the DDL, and the kind of literal, for
/// the assertion that it fits the field's type.
pub(crate) struct Default {
    pub(crate) json: String,
    pub(crate) literal: TokenStream,
    /// The text, where it is one.
    pub(crate) text: Option<String>,
    /// The whole number, where it is one.
    pub(crate) whole: Option<i128>,
    /// Where it stands, for errors.
    pub(crate) span: Span,
}

/// The fields of a struct with names, or why the item is none.
pub(crate) fn named_fields(item: &DeriveInput, derive: &str) -> Result<Vec<Field>> {
    if let Some(parameter) = item.generics.params.first() {
        return Err(Error::new_spanned(
            parameter,
            format!("derive({derive}) works on types without parameters: a DDL has none"),
        ));
    }
    match &item.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) => Ok(fields.named.iter().cloned().collect()),
            Fields::Unit => Ok(Vec::new()),
            Fields::Unnamed(fields) => Err(Error::new_spanned(
                fields,
                format!("derive({derive}) needs named fields: their names are those of the DDL"),
            )),
        },
        _ => Err(Error::new_spanned(
            &item.ident,
            format!("derive({derive}) works on structs; for a closed list of texts derive List"),
        )),
    }
}

/// A field's name as the DDL has it.
pub(crate) fn field_name(field: &Field) -> Result<String> {
    let ident = field.ident.as_ref();
    let name = ident.map(ToString::to_string).unwrap_or_default();
    let name = name.strip_prefix("r#").unwrap_or(&name).to_owned();
    let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if name.is_empty() || !name.chars().all(good) {
        return Err(Error::new_spanned(
            ident,
            format!(
                "`{name}` cannot be reached by `choria req`, which lower-cases names: use a-z, 0-9 and _"
            ),
        ));
    }
    Ok(name)
}

/// Calls `each` for every entry of the attributes called `name`.
pub(crate) fn entries(
    attributes: &[Attribute],
    name: &str,
    mut each: impl FnMut(&ParseNestedMeta) -> Result<()>,
) -> Result<()> {
    let mut seen = Vec::new();
    attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident(name))
        .try_for_each(|attribute| {
            attribute.parse_nested_meta(|entry| {
                let key = entry.path.get_ident().map(ToString::to_string);
                if seen.contains(&key) {
                    return Err(entry.error("given twice: which of them counts?"));
                }
                seen.push(key);
                each(&entry)
            })
        })
}

/// The runtime's path: `::choria_external`, unless an attribute of the type says
/// `crate = other`.
pub(crate) fn runtime(attributes: &[Attribute], name: &str) -> Result<TokenStream> {
    let mut path = quote!(::choria_external);
    entries(attributes, name, |entry| {
        if !entry.path.is_ident("crate") {
            return Err(unknown(entry, "crate"));
        }
        let given: Path = entry.value()?.parse()?;
        path = quote!(#given);
        Ok(())
    })?;
    Ok(path)
}

/// The error for an entry that nobody knows.
pub(crate) fn unknown(entry: &ParseNestedMeta, known: &str) -> Error {
    entry.error(format!("unknown entry; known are {known}"))
}

/// `= "text"`, not empty.
pub(crate) fn text(entry: &ParseNestedMeta) -> Result<String> {
    let literal: LitStr = entry.value()?.parse()?;
    if literal.value().trim().is_empty() {
        return Err(Error::new_spanned(
            literal,
            "must not be empty: Choria's schema refuses that",
        ));
    }
    Ok(literal.value())
}

/// `= 120`, at least 1.
pub(crate) fn length(entry: &ParseNestedMeta) -> Result<i64> {
    let literal: LitInt = entry.value()?.parse()?;
    match literal.base10_parse()? {
        1.. => literal.base10_parse(),
        _ => Err(Error::new_spanned(
            literal,
            "must be 1 or more: with 0 Choria skips the validation and takes any text",
        )),
    }
}

/// `= literal`, or a list of literals.
pub(crate) fn default(entry: &ParseNestedMeta) -> Result<Default> {
    let value: Expr = entry.value()?.parse()?;
    let json = json_text(&value)?;
    let literal = match &value {
        Expr::Array(_) => quote!(Array),
        Expr::Lit(literal) => match &literal.lit {
            Lit::Str(_) => quote!(Text),
            Lit::Bool(_) => quote!(Boolean),
            Lit::Float(_) => quote!(Fraction),
            _ => quote!(Whole),
        },
        Expr::Unary(negative) => match &*negative.expr {
            Expr::Lit(literal) if matches!(literal.lit, Lit::Float(_)) => quote!(Fraction),
            _ => quote!(Whole),
        },
        _ => quote!(Whole),
    };
    Ok(Default {
        text: match &value {
            Expr::Lit(ExprLit {
                lit: Lit::Str(text),
                ..
            }) => Some(text.value()),
            _ => None,
        },
        whole: json.parse().ok(),
        json,
        literal,
        span: value.span(),
    })
}

fn json_text(value: &Expr) -> Result<String> {
    let wanted = |value: &Expr| {
        Error::new_spanned(
            value,
            "wanted a literal (text, number, true, false) or a list of them: the DDL states it as JSON",
        )
    };
    match value {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Str(text) => Ok(json_string(&text.value())),
            Lit::Int(number) => Ok(number.base10_digits().to_owned()),
            Lit::Float(number) => number
                .base10_parse::<f64>()
                .map(|number| format!("{number:?}")),
            Lit::Bool(truth) => Ok(truth.value.to_string()),
            _ => Err(wanted(value)),
        },
        Expr::Unary(negative) if matches!(negative.op, UnOp::Neg(_)) => match &*negative.expr {
            Expr::Lit(literal) if matches!(literal.lit, Lit::Int(_) | Lit::Float(_)) => {
                Ok(format!("-{}", json_text(&negative.expr)?))
            }
            _ => Err(wanted(value)),
        },
        Expr::Array(list) => {
            let items: Result<Vec<_>> = list.elems.iter().map(json_text).collect();
            Ok(format!("[{}]", items?.join(",")))
        }
        _ => Err(wanted(value)),
    }
}

fn json_string(text: &str) -> String {
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

/// `Cow::Borrowed(text)`.
pub(crate) fn borrowed(text: &str) -> TokenStream {
    quote!(::std::borrow::Cow::Borrowed(#text))
}

/// `Some(..)` or `None` of an optional text.
pub(crate) fn optional(text: Option<&str>) -> TokenStream {
    match text.map(borrowed) {
        Some(text) => quote!(::core::option::Option::Some(#text)),
        None => quote!(::core::option::Option::None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use syn::parse_quote;

    #[test]
    fn literals_become_json() {
        for (value, json) in [
            (parse_quote!(1_000), "1000"),
            (parse_quote!(-2), "-2"),
            (parse_quote!(1.50), "1.5"),
            (parse_quote!(true), "true"),
            (parse_quote!("a\"\\\n\u{e9}"), "\"a\\\"\\\\\\u000aé\""),
            (parse_quote!([1, ["x"]]), "[1,[\"x\"]]"),
        ] {
            assert_eq!(json_text(&value).unwrap(), json);
        }
        assert!(json_text(&parse_quote!(f())).is_err());
        assert!(json_text(&parse_quote!(-"x")).is_err());
    }
}

//! What stands in `#[input(..)]`, `#[output(..)]` and `#[list(..)]`.

use proc_macro2::{Group, Span, TokenStream, TokenTree};
use quote::quote;
use syn::meta::ParseNestedMeta;
use syn::spanned::Spanned as _;
use syn::{
    Attribute, Data, DeriveInput, Error, Field, Fields, LitInt, LitStr, Path, Result, Token, Type,
};

/// The fields of a struct with names, or why the item is none.
pub(crate) fn named_fields(item: &DeriveInput, derive: &str) -> Result<Vec<Field>> {
    no_parameters(item, derive)?;
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
            format!("derive({derive}) works on structs; for a closed list of strings derive List"),
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
                    return Err(entry.error("given twice: remove one of them"));
                }
                seen.push(key);
                each(&entry)
            })
        })
}

/// The runtime's path: `::choria_external`, unless an attribute of the type says
/// `crate = other`.
pub(crate) fn runtime(attributes: &[Attribute], name: &str) -> Result<TokenStream> {
    let (path, read) = read_runtime(attributes, name);
    read.map(|()| path)
}

/// The same where the attribute may be wrong: what it says as far as it can be
/// read.
pub(crate) fn runtime_or_default(attributes: &[Attribute], name: &str) -> TokenStream {
    read_runtime(attributes, name).0
}

fn read_runtime(attributes: &[Attribute], name: &str) -> (TokenStream, Result<()>) {
    let mut path = quote!(::choria_external);
    let read = entries(attributes, name, |entry| {
        if !entry.path.is_ident("crate") {
            return Err(unknown(entry, "crate"));
        }
        let given: Path = entry.value()?.parse()?;
        path = quote!(#given);
        Ok(())
    });
    (path, read)
}

/// An error if the type has parameters.
pub(crate) fn no_parameters(item: &DeriveInput, derive: &str) -> Result<()> {
    item.generics.params.first().map_or(Ok(()), |parameter| {
        Err(Error::new_spanned(
            parameter,
            format!("derive({derive}) works on types without parameters: a DDL has none"),
        ))
    })
}

/// The error for an entry that nobody knows.
pub(crate) fn unknown(entry: &ParseNestedMeta, known: &str) -> Error {
    entry.error(format!("unknown entry; expected one of {known}"))
}

/// A word that stands alone, and where.
pub(crate) fn flag(entry: &ParseNestedMeta) -> Result<Span> {
    if entry.input.is_empty() || entry.input.peek(Token![,]) {
        Ok(entry.path.span())
    } else {
        Err(entry.error("takes no value: remove what follows it"))
    }
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

/// `= 120`, at least 1, and where it stands.
pub(crate) fn length(entry: &ParseNestedMeta) -> Result<(i64, Span)> {
    let literal: LitInt = entry.value()?.parse()?;
    match literal.base10_parse()? {
        0 => Err(Error::new_spanned(
            literal,
            "must be 1 or more: with 0 Choria skips the validation and accepts any string",
        )),
        length => Ok((length, literal.span())),
    }
}

/// The same tokens, all at one place: what the compiler finds in them, it shows
/// there. What their names mean does not change, so this is not for tokens of
/// the author.
pub(crate) fn at(span: Span, tokens: TokenStream) -> TokenStream {
    let span = span.resolved_at(Span::call_site());
    let placed = |tree| match tree {
        TokenTree::Group(group) => {
            let mut placed = Group::new(group.delimiter(), at(span, group.stream()));
            placed.set_span(span);
            placed.into()
        }
        // In `#[input(crate = $crate)]`; only its span says which it is.
        TokenTree::Ident(name) if name == "$crate" => name.into(),
        mut other => {
            other.set_span(span);
            other
        }
    };
    tokens.into_iter().map(placed).collect()
}

/// `<Type as Trait>`; a type that is none is told of where it stands.
pub(crate) fn as_trait(kind: &Type, name: &TokenStream) -> TokenStream {
    let (before, after) = (quote!(<), quote!(as #name>));
    let (before, after) = (at(kind.span(), before), at(kind.span(), after));
    quote!(#before #kind #after)
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

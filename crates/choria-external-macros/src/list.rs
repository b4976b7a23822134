//! `#[derive(List)]`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, Error, Fields, Result, Variant};

use crate::attributes::{self, borrowed};

pub(crate) fn expand(item: &DeriveInput) -> Result<TokenStream> {
    attributes::no_parameters(item, "List")?;
    let Data::Enum(data) = &item.data else {
        return Err(Error::new_spanned(
            &item.ident,
            "derive(List) works on enums: each variant is one of the strings to choose from",
        ));
    };
    if data.variants.is_empty() {
        return Err(Error::new_spanned(
            &item.ident,
            "derive(List) needs a variant: an empty list has nothing to choose",
        ));
    }
    let name = &item.ident;
    let runtime = &attributes::runtime(&item.attrs, "list")?;
    let texts = data.variants.iter().map(text).collect::<Result<Vec<_>>>()?;
    for (at, text) in texts.iter().enumerate() {
        if texts[..at].contains(text) {
            return Err(Error::new_spanned(
                &data.variants[at],
                format!("{text:?} is there already: two variants cannot have the same string"),
            ));
        }
    }
    let idents: Vec<_> = data.variants.iter().map(|variant| &variant.ident).collect();
    let borrowed = texts.iter().map(|text| borrowed(text));
    Ok(quote! {
        #[automatically_derived]
        impl #runtime::List for #name {
            const TEXTS: &'static [::std::borrow::Cow<'static, str>] = &[#(#borrowed),*];

            fn from_text(text: &str) -> ::core::option::Option<Self> {
                match text {
                    #(#texts => ::core::option::Option::Some(Self::#idents),)*
                    _ => ::core::option::Option::None,
                }
            }

            fn as_text(&self) -> &'static str {
                match self {
                    #(Self::#idents => #texts,)*
                }
            }
        }

        #[automatically_derived]
        impl #runtime::InputValue for #name {
            const KIND: #runtime::ddl::Type = #runtime::ddl::Type::List;
            const LIST: &'static [::std::borrow::Cow<'static, str>] =
                <Self as #runtime::List>::TEXTS;

            fn from_value(
                value: #runtime::Value,
            ) -> ::core::result::Result<Self, ::std::string::String> {
                #runtime::list_from_value(value)
            }
        }

        #[automatically_derived]
        impl #runtime::OutputValue for #name {
            const KIND: ::core::option::Option<#runtime::ddl::Type> =
                ::core::option::Option::Some(#runtime::ddl::Type::List);
            const LIST: &'static [::std::borrow::Cow<'static, str>] =
                <Self as #runtime::List>::TEXTS;

            fn into_value(
                self,
            ) -> ::core::result::Result<
                ::core::option::Option<#runtime::Value>,
                ::std::string::String,
            > {
                ::core::result::Result::Ok(::core::option::Option::Some(
                    #runtime::List::as_text(&self).into(),
                ))
            }
        }

        #[automatically_derived]
        impl<'de> #runtime::serde::Deserialize<'de> for #name {
            fn deserialize<D: #runtime::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::core::result::Result<Self, D::Error> {
                #runtime::deserialize_list(deserializer)
            }
        }

        #[automatically_derived]
        impl #runtime::serde::Serialize for #name {
            fn serialize<S: #runtime::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::core::result::Result<S::Ok, S::Error> {
                serializer.serialize_str(#runtime::List::as_text(self))
            }
        }
    })
}

/// The text of a variant: `#[list(name = "..")]`, else its name in lower case
/// with `_` between words.
fn text(variant: &Variant) -> Result<String> {
    if !matches!(variant.fields, Fields::Unit) {
        return Err(Error::new_spanned(
            variant,
            "derive(List) works on variants without fields: each is one string",
        ));
    }
    let mut name = None;
    attributes::entries(&variant.attrs, "list", |entry| {
        if entry.path.is_ident("name") {
            name = Some(attributes::text(entry)?);
            Ok(())
        } else {
            Err(attributes::unknown(entry, "name"))
        }
    })?;
    Ok(name.unwrap_or_else(|| snake_case(&variant.ident.to_string())))
}

/// `HTTPServer` as `http_server`.
fn snake_case(name: &str) -> String {
    let letters: Vec<char> = name.strip_prefix("r#").unwrap_or(name).chars().collect();
    let mut text = String::new();
    for (at, letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).map(|before| letters[before]);
        let after = letters.get(at + 1);
        let starts_word = letter.is_uppercase()
            && before.is_some_and(|before| {
                !before.is_uppercase() || after.is_some_and(|after| after.is_lowercase())
            });
        if starts_word && !text.ends_with('_') {
            text.push('_');
        }
        text.extend(letter.to_lowercase());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::snake_case;

    #[test]
    fn variants_become_texts() {
        assert_eq!(snake_case("Latest"), "latest");
        assert_eq!(snake_case("NotInstalled"), "not_installed");
        assert_eq!(snake_case("HTTPServer2"), "http_server2");
        assert_eq!(snake_case("r#Try"), "try");
    }
}

//! `#[derive(Input)]`.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::meta::ParseNestedMeta;
use syn::spanned::Spanned as _;
use syn::{DeriveInput, Error, Expr, ExprLit, ExprPath, Field, Lit, Result};

use crate::attributes::{self, borrowed, optional};
use crate::doc;

/// What stands in `#[input(..)]`.
#[derive(Default)]
struct Attributes {
    prompt: Option<String>,
    default: Option<attributes::Default>,
    maxlength: Option<i64>,
    validation: Option<Validation>,
}

enum Validation {
    /// One of Choria's own, as the variant of `ddl::Validation`.
    Named(&'static str),
    Regex(String),
}

impl Attributes {
    fn of(field: &Field) -> Result<Self> {
        let mut found = Self::default();
        attributes::entries(&field.attrs, "input", |entry| found.take(entry))?;
        Ok(found)
    }

    fn take(&mut self, entry: &ParseNestedMeta) -> Result<()> {
        if entry.path.is_ident("prompt") {
            self.prompt = Some(attributes::text(entry)?);
        } else if entry.path.is_ident("default") {
            self.default = Some(attributes::default(entry)?);
        } else if entry.path.is_ident("maxlength") {
            self.maxlength = Some(attributes::length(entry)?);
        } else if entry.path.is_ident("validation") {
            self.validation = Some(validation(&entry.value()?.parse()?)?);
        } else {
            return Err(attributes::unknown(
                entry,
                "prompt, default, maxlength and validation",
            ));
        }
        Ok(())
    }
}

fn validation(value: &Expr) -> Result<Validation> {
    match value {
        Expr::Lit(ExprLit {
            lit: Lit::Str(text),
            ..
        }) => match text.value() {
            // A server takes a text that starts in lower case for the name of
            // a validator, never for a regular expression.
            regex if regex.starts_with(|c: char| c.is_ascii_lowercase()) => {
                Err(Error::new_spanned(
                    text,
                    format!(
                        "Choria takes this for the name of a validator, not for a regular expression: write \"^{regex}\" or \"(?:{regex})\""
                    ),
                ))
            }
            regex if regex.is_empty() => Err(Error::new_spanned(
                text,
                "an empty regular expression checks nothing: leave `validation` out",
            )),
            regex => Ok(Validation::Regex(regex)),
        },
        Expr::Path(ExprPath { path, .. }) if path.is_ident("shellsafe") => {
            Ok(Validation::Named("Shellsafe"))
        }
        Expr::Path(ExprPath { path, .. }) if path.is_ident("ipaddress") => {
            Ok(Validation::Named("IpAddress"))
        }
        Expr::Path(ExprPath { path, .. }) if path.is_ident("ipv4address") => {
            Ok(Validation::Named("Ipv4Address"))
        }
        Expr::Path(ExprPath { path, .. }) if path.is_ident("ipv6address") => {
            Ok(Validation::Named("Ipv6Address"))
        }
        other => Err(Error::new_spanned(
            other,
            "wanted shellsafe, ipaddress, ipv4address, ipv6address or a regular expression in quotes: of anything else Choria only warns and takes every text",
        )),
    }
}

pub(crate) fn expand(item: &DeriveInput) -> Result<TokenStream> {
    let about = doc::first_paragraph(&item.attrs).unwrap_or_default();
    let name = &item.ident;
    let runtime = &attributes::runtime(&item.attrs, "input")?;
    let mut specs = Vec::new();
    let mut reads = Vec::new();
    let mut assertions = Vec::new();
    for (at, field) in attributes::named_fields(item, "Input")?.iter().enumerate() {
        let attributes = Attributes::of(field)?;
        assertions.push(assertion(runtime, field, &attributes)?);
        specs.push(spec(runtime, field, attributes)?);
        let ident = &field.ident;
        reads.push(quote!(#ident: inputs.take(&Self::INPUTS[#at])?));
    }
    Ok(quote! {
        const _: () = {
            #(#assertions)*

            #[automatically_derived]
            impl #runtime::Input for #name {
                const ABOUT: &'static str = #about;
                const INPUTS: &'static [#runtime::ddl::Input] = &[#(#specs),*];

                fn read(
                    inputs: &mut #runtime::Inputs,
                ) -> ::core::result::Result<Self, #runtime::Failure> {
                    let _ = &inputs;
                    ::core::result::Result::Ok(Self { #(#reads),* })
                }
            }
        };
    })
}

/// The field's entry in the DDL.
fn spec(runtime: &TokenStream, field: &Field, attributes: Attributes) -> Result<TokenStream> {
    let name = attributes::field_name(field)?;
    if name == "process_results" {
        return Err(Error::new_spanned(
            &field.ident,
            "process_results is Choria's own and can be sent to every action: choose another name",
        ));
    }
    let description = doc::first_paragraph(&field.attrs).ok_or_else(|| {
        Error::new_spanned(
            &field.ident,
            "an input needs a doc comment: it is its description in the DDL",
        )
    })?;
    let kind = &field.ty;
    let prompt = borrowed(&attributes.prompt.unwrap_or_else(|| doc::label(&name)));
    let name = borrowed(&name);
    let description = borrowed(&description);
    let is_optional = match attributes.default {
        Some(_) => quote!(true),
        None => quote!(<#kind as #runtime::InputValue>::OPTIONAL),
    };
    let default = optional(attributes.default.as_ref().map(|default| &*default.json));
    let maxlength = match attributes.maxlength {
        Some(length) => quote!(::core::option::Option::Some(#length)),
        None => quote!(::core::option::Option::None),
    };
    let validation = match attributes.validation {
        None => quote!(None),
        Some(Validation::Named(name)) => {
            let name = syn::Ident::new(name, proc_macro2::Span::call_site());
            quote!(#name)
        }
        Some(Validation::Regex(regex)) => {
            let regex = borrowed(&regex);
            quote!(Regex(#regex))
        }
    };
    Ok(quote! {
        #runtime::ddl::Input {
            name: #name,
            prompt: #prompt,
            description: #description,
            kind: <#kind as #runtime::InputValue>::KIND,
            optional: #is_optional,
            default: #default,
            list: ::std::borrow::Cow::Borrowed(<#kind as #runtime::InputValue>::LIST),
            maxlength: #maxlength,
            validation: #runtime::ddl::Validation::#validation,
            extra: #runtime::ddl::Extra::NONE,
        }
    })
}

/// What must hold of the field's type, checked when the author's code is
/// compiled; the rules are functions of the runtime.
fn assertion(runtime: &TokenStream, field: &Field, attributes: &Attributes) -> Result<TokenStream> {
    let kind = &field.ty;
    let has_maxlength = attributes.maxlength.is_some();
    let has_validation = attributes.validation.is_some();
    let is_regex = matches!(attributes.validation, Some(Validation::Regex(_)));
    let value = quote!(<#kind as #runtime::InputValue>);
    let default = match &attributes.default {
        Some(default) => {
            let too_long = |length: i64| {
                default
                    .text
                    .as_ref()
                    .is_some_and(|text| i64::try_from(text.len()).is_ok_and(|bytes| bytes > length))
            };
            if attributes.maxlength.is_some_and(too_long) {
                return Err(Error::new(
                    default.span,
                    "the `default` is longer than `maxlength`",
                ));
            }
            let literal = &default.literal;
            let whole = default.whole.map(|whole| {
                quote_spanned!(default.span=> #runtime::assertions::default_in_range(#value::RANGE, #whole);)
            });
            let text = default.text.as_ref().map(|text| {
                quote_spanned!(default.span=> #runtime::assertions::default_in_list(KIND_OF_INPUT, #value::LIST, #text);)
            });
            quote_spanned! {default.span=>
                #runtime::assertions::default_fits(KIND_OF_INPUT, #runtime::assertions::Literal::#literal);
                #whole
                #text
            }
        }
        None => TokenStream::new(),
    };
    Ok(quote_spanned! {kind.span()=>
        const _: () = {
            const KIND_OF_INPUT: &#runtime::ddl::Type = &#value::KIND;
            #runtime::assertions::text_rules(KIND_OF_INPUT, #has_maxlength, #has_validation);
            #runtime::assertions::regex_rules(#is_regex);
            #default
        };
    })
}

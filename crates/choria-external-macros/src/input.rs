//! `#[derive(Input)]`.

use choria_external_go::{Regex, parse_ip};
use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::meta::ParseNestedMeta;
use syn::spanned::Spanned as _;
use syn::{DeriveInput, Error, Expr, ExprLit, ExprPath, Field, Lit, Result};

use crate::attributes::{self, as_trait, at, borrowed, optional};
use crate::doc;
use crate::literal::{Kind, Literal};

/// What stands in `#[input(..)]`, and where, if that is needed.
#[derive(Default)]
struct Attributes {
    prompt: Option<String>,
    default: Option<Literal>,
    maxlength: Option<(i64, Span)>,
    validation: Option<(Validation, Span)>,
    secret: bool,
}

enum Validation {
    /// One of Choria's own, as the variant of `ddl::Validation`.
    Named(&'static str),
    Regex(String, Regex),
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
            self.default = Some(entry.value()?.parse()?);
        } else if entry.path.is_ident("maxlength") {
            self.maxlength = Some(attributes::length(entry)?);
        } else if entry.path.is_ident("validation") {
            let value: Expr = entry.value()?.parse()?;
            self.validation = Some((validation(&value)?, value.span()));
        } else if entry.path.is_ident("secret") {
            attributes::flag(entry)?;
            self.secret = true;
        } else {
            return Err(attributes::unknown(
                entry,
                "prompt, default, maxlength, validation and secret",
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
            pattern => match Regex::new(&pattern) {
                Ok(regex) => Ok(Validation::Regex(pattern, regex)),
                Err(error) => Err(Error::new_spanned(
                    text,
                    format!(
                        "invalid regular expression, {}; servers read it as Go does, by RE2's syntax, and would refuse every string",
                        error.explanation()
                    ),
                )),
            },
        },
        Expr::Path(ExprPath { path, .. }) if path.is_ident("shellsafe") => {
            Ok(Validation::Named("Shellsafe"))
        }
        Expr::Path(ExprPath { path, .. }) if path.is_ident("shell_word") => {
            Ok(Validation::Named("ShellWord"))
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
            "expected shell_word, shellsafe, ipaddress, ipv4address, ipv6address or a regular expression in quotes: for anything else Choria only warns and accepts every string",
        )),
    }
}

pub(crate) fn expand(item: &DeriveInput) -> Result<TokenStream> {
    let about = doc::first_paragraph(&item.attrs).unwrap_or_default();
    let name = &item.ident;
    let runtime = &attributes::runtime(&item.attrs, "input")?;
    let mut specs = Vec::new();
    let mut secrets = Vec::new();
    let mut reads = Vec::new();
    let mut assertions = Vec::new();
    for (index, field) in attributes::named_fields(item, "Input")?.iter().enumerate() {
        let attributes = Attributes::of(field)?;
        assertions.push(assertions_of(runtime, field, &attributes)?);
        let (ident, kind) = (&field.ident, &field.ty);
        let value = as_trait(kind, &quote!(#runtime::InputValue));
        let take = if attributes.secret {
            secrets.push(quote!(true));
            quote!(inputs.take_secret(&Self::INPUTS[#index])?)
        } else {
            secrets.push(quote!(#value::SECRET));
            quote!(inputs.take(&Self::INPUTS[#index])?)
        };
        let take = at(kind.span(), take);
        specs.push(spec(runtime, field, attributes)?);
        reads.push(quote!(#ident: #take));
    }
    Ok(quote! {
        const _: () = {
            #(#assertions)*

            #[automatically_derived]
            impl #runtime::Input for #name {
                const ABOUT: &'static str = #about;
                const INPUTS: &'static [#runtime::ddl::Input] = &[#(#specs),*];
                const SECRETS: &'static [bool] = &[#(#secrets),*];

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
    let value = as_trait(&field.ty, &quote!(#runtime::InputValue));
    let prompt = borrowed(&attributes.prompt.unwrap_or_else(|| doc::label(&name)));
    let name = borrowed(&name);
    let description = borrowed(&description);
    let is_optional = match attributes.default {
        Some(_) => quote!(true),
        None => quote!(#value::OPTIONAL),
    };
    let default = optional(attributes.default.as_ref().map(|default| &*default.json));
    let maxlength = match attributes.maxlength {
        Some((length, _)) => quote!(::core::option::Option::Some(#length)),
        None => quote!(::core::option::Option::None),
    };
    let validation = match attributes.validation {
        None => quote!(None),
        Some((Validation::Named(name), _)) => {
            let name = syn::Ident::new(name, Span::call_site());
            quote!(#name)
        }
        Some((Validation::Regex(regex, _), _)) => {
            let regex = borrowed(&regex);
            quote!(Regex(#regex))
        }
    };
    Ok(quote! {
        #runtime::ddl::Input {
            name: #name,
            prompt: #prompt,
            description: #description,
            kind: #value::KIND,
            optional: #is_optional,
            default: #default,
            list: ::std::borrow::Cow::Borrowed(#value::LIST),
            maxlength: #maxlength,
            validation: #runtime::ddl::Validation::#validation,
            extra: #runtime::ddl::Extra::NONE,
        }
    })
}

/// What must hold of the field's type, checked when the author's code is
/// compiled; the rules are functions of the runtime. Each stands at what the
/// author has to change.
fn assertions_of(
    runtime: &TokenStream,
    field: &Field,
    attributes: &Attributes,
) -> Result<TokenStream> {
    let kind = &field.ty;
    let rules = quote!(#runtime::assertions);
    let mut all = TokenStream::new();
    match &attributes.maxlength {
        None => all.extend(at(kind.span(), quote!(#rules::text_has_maxlength(KIND);))),
        Some((_, span)) => all.extend(at(*span, quote!(#rules::only_for_texts(KIND);))),
    }
    if let Some((validation, span)) = &attributes.validation {
        all.extend(at(*span, quote!(#rules::only_for_texts(KIND);)));
        let is_regex = matches!(validation, Validation::Regex(..));
        all.extend(at(*span, quote!(#rules::regex_rules(#is_regex);)));
    }
    if let Some(default) = &attributes.default {
        let literal = default.kind.name();
        let mut checks = quote!(#rules::default_fits(KIND, #rules::Literal::#literal););
        match &default.kind {
            Kind::Whole(whole) => checks.extend(quote!(#rules::default_in_range(RANGE, #whole);)),
            Kind::Text(text) => {
                checks.extend(quote!(#rules::default_in_list(KIND, LIST, #text);));
                match attributes.validation {
                    Some((Validation::Named("Shellsafe"), _)) => {
                        checks.extend(quote!(#rules::default_is_shellsafe(#text);));
                    }
                    Some((Validation::Named("ShellWord"), _)) => {
                        checks.extend(quote!(#rules::default_is_shell_word(#text);));
                    }
                    _ => {}
                }
                check_text(text, default.span, attributes)?;
            }
            _ => {}
        }
        all.extend(at(default.span, checks));
    }
    let value = as_trait(kind, &quote!(#runtime::InputValue));
    Ok(quote! {
        #[allow(dead_code)]
        const _: () = {
            const KIND: &#runtime::ddl::Type = &#value::KIND;
            const RANGE: ::core::option::Option<(i128, i128)> = #value::RANGE;
            const LIST: &[::std::borrow::Cow<'static, str>] = #value::LIST;
            #all
        };
    })
}

/// What is wrong with a default, where a constant of the runtime cannot tell.
fn check_text(text: &str, span: Span, attributes: &Attributes) -> Result<()> {
    if let Some((maxlength, _)) = attributes.maxlength
        && i64::try_from(text.len()).is_ok_and(|bytes| bytes > maxlength)
    {
        return Err(Error::new(
            span,
            "the `default` is longer than `maxlength`, which counts bytes: change one of them",
        ));
    }
    let ip = parse_ip(text);
    let keeps = match &attributes.validation {
        Some((Validation::Regex(_, regex), _)) => regex.is_match(text),
        Some((Validation::Named("IpAddress"), _)) => ip.is_some(),
        Some((Validation::Named("Ipv4Address"), _)) => ip.is_some_and(|ip| ip.is_ipv4()),
        Some((Validation::Named("Ipv6Address"), _)) => ip.is_some_and(|ip| ip.is_ipv6()),
        _ => true,
    };
    if keeps {
        return Ok(());
    }
    Err(Error::new(
        span,
        "the `default` breaks the `validation`: change one of them",
    ))
}

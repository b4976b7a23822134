//! `#[derive(Output)]`.

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::meta::ParseNestedMeta;
use syn::spanned::Spanned as _;
use syn::{DeriveInput, Error, Field, Result};

use crate::aggregate::Aggregate;
use crate::attributes::{self, as_trait, at, borrowed, optional};
use crate::doc;
use crate::literal::{Kind, Literal};

/// What stands in `#[output(..)]`.
#[derive(Default)]
struct Attributes {
    display_as: Option<String>,
    default: Option<Literal>,
    aggregate: Option<Aggregate>,
    as_text: Option<Span>,
}

impl Attributes {
    fn of(field: &Field) -> Result<Self> {
        let mut found = Self::default();
        attributes::entries(&field.attrs, "output", |entry| found.take(entry))?;
        Ok(found)
    }

    fn take(&mut self, entry: &ParseNestedMeta) -> Result<()> {
        if entry.path.is_ident("display_as") {
            self.display_as = Some(attributes::text(entry)?);
        } else if entry.path.is_ident("default") {
            self.default = Some(entry.value()?.parse()?);
        } else if entry.path.is_ident("aggregate") {
            self.aggregate = Some(Aggregate::of(entry)?);
        } else if entry.path.is_ident("as_text") {
            self.as_text = Some(attributes::flag(entry)?);
        } else {
            return Err(attributes::unknown(
                entry,
                "display_as, default, as_text and aggregate",
            ));
        }
        Ok(())
    }

    /// The field's type as `OutputValue`, which decides on its entry in the DDL.
    fn value(&self, runtime: &TokenStream, field: &Field) -> TokenStream {
        let kind = &field.ty;
        match self.as_text {
            None => as_trait(kind, &quote!(#runtime::OutputValue)),
            // Where the type is none for that, the error stands at it.
            Some(_) => {
                let before = at(kind.span(), quote!(<#runtime::as_text::AsText<));
                let after = at(kind.span(), quote!(> as #runtime::OutputValue>));
                quote!(#before #kind #after)
            }
        }
    }
}

pub(crate) fn expand(item: &DeriveInput) -> Result<TokenStream> {
    let name = &item.ident;
    let runtime = &attributes::runtime(&item.attrs, "output")?;
    let mut specs = Vec::new();
    let mut aggregates = Vec::new();
    let mut writes = Vec::new();
    let mut assertions = Vec::new();
    for field in attributes::named_fields(item, "Output")? {
        let attributes = Attributes::of(&field)?;
        assertions.push(assertions_of(runtime, &field, &attributes));
        let key = attributes::field_name(&field)?;
        if let Some(aggregate) = &attributes.aggregate {
            aggregates.push(aggregate.spec(runtime, &key));
        }
        let ident = &field.ident;
        let (put, this) = (quote!(outputs.put), quote!(self.));
        let (put, this) = (at(field.ty.span(), put), at(field.ty.span(), this));
        writes.push(match attributes.as_text {
            None => quote!(#put(#key, #this #ident)?;),
            Some(_) => quote!(#put(#key, #runtime::as_text::AsText(#this #ident))?;),
        });
        specs.push(spec(runtime, &field, attributes)?);
    }
    Ok(quote! {
        const _: () = {
            #(#assertions)*

            #[automatically_derived]
            impl #runtime::Output for #name {
                const OUTPUTS: &'static [#runtime::ddl::Output] = &[#(#specs),*];
                const AGGREGATES: &'static [#runtime::ddl::Aggregate] = &[#(#aggregates),*];

                fn write(
                    self,
                    outputs: &mut #runtime::Outputs,
                ) -> ::core::result::Result<(), #runtime::Failure> {
                    let _ = &outputs;
                    #(#writes)*
                    ::core::result::Result::Ok(())
                }
            }
        };
    })
}

/// The field's entry in the DDL.
fn spec(runtime: &TokenStream, field: &Field, attributes: Attributes) -> Result<TokenStream> {
    let name = attributes::field_name(field)?;
    let description = doc::first_paragraph(&field.attrs).ok_or_else(|| {
        Error::new_spanned(
            &field.ident,
            "an output needs a doc comment: it is its description in the DDL",
        )
    })?;
    let value = attributes.value(runtime, field);
    let display_as = borrowed(&attributes.display_as.unwrap_or_else(|| doc::label(&name)));
    let name = borrowed(&name);
    let description = borrowed(&description);
    let default = optional(attributes.default.as_ref().map(|default| &*default.json));
    Ok(quote! {
        #runtime::ddl::Output {
            name: #name,
            description: #description,
            display_as: #display_as,
            kind: #value::KIND,
            default: #default,
            extra: #runtime::ddl::Extra::NONE,
        }
    })
}

/// What must hold of the field's type, checked when the author's code is
/// compiled; each stands at what the author has to change.
fn assertions_of(runtime: &TokenStream, field: &Field, attributes: &Attributes) -> TokenStream {
    let rules = quote!(#runtime::assertions);
    let mut all = TokenStream::new();
    if let Some(default) = &attributes.default {
        let literal = default.kind.name();
        let mut checks = quote!(#rules::default_fits(kind, #rules::Literal::#literal););
        match &default.kind {
            Kind::Whole(whole) => checks.extend(quote!(#rules::default_in_range(RANGE, #whole);)),
            Kind::Text(text) => checks.extend(quote!(#rules::default_in_list(kind, LIST, #text);)),
            _ => {}
        }
        all.extend(at(default.span, checks));
    }
    if let Some(aggregate) = &attributes.aggregate
        && aggregate.needs_numbers()
    {
        all.extend(at(aggregate.span, quote!(#rules::aggregate_fits(kind);)));
    }
    let value = attributes.value(runtime, field);
    quote! {
        #[allow(dead_code)]
        const _: () = {
            const KIND: &::core::option::Option<#runtime::ddl::Type> = &#value::KIND;
            const RANGE: ::core::option::Option<(i128, i128)> = #value::RANGE;
            const LIST: &[::std::borrow::Cow<'static, str>] = #value::LIST;
            if let ::core::option::Option::Some(kind) = KIND {
                let _ = kind;
                #all
            }
        };
    }
}

//! `#[derive(Output)]`.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::meta::ParseNestedMeta;
use syn::spanned::Spanned as _;
use syn::{DeriveInput, Error, Field, Ident, Result};

use crate::attributes::{self, borrowed, optional};
use crate::doc;

/// The functions that clients have.
const FUNCTIONS: [&str; 4] = ["summary", "boolean_summary", "average", "chart"];

/// What stands in `#[output(..)]`.
#[derive(Default)]
struct Attributes {
    display_as: Option<String>,
    default: Option<attributes::Default>,
    aggregate: Option<String>,
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
            self.default = Some(attributes::default(entry)?);
        } else if entry.path.is_ident("aggregate") {
            let function: Ident = entry.value()?.parse()?;
            let word = function.to_string();
            if !FUNCTIONS.contains(&word.as_str()) {
                return Err(Error::new_spanned(
                    function,
                    "wanted summary, boolean_summary, average or chart: clients have no others",
                ));
            }
            self.aggregate = Some(word);
        } else {
            return Err(attributes::unknown(
                entry,
                "display_as, default and aggregate",
            ));
        }
        Ok(())
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
        assertions.push(assertion(runtime, &field, &attributes));
        let key = attributes::field_name(&field)?;
        if let Some(function) = &attributes.aggregate {
            aggregates.push(aggregate(runtime, function, &key));
        }
        specs.push(spec(runtime, &field, attributes)?);
        let ident = &field.ident;
        writes.push(quote!(outputs.put(#key, self.#ident)?;));
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
    let kind = &field.ty;
    let display_as = borrowed(&attributes.display_as.unwrap_or_else(|| doc::label(&name)));
    let name = borrowed(&name);
    let description = borrowed(&description);
    let default = optional(attributes.default.as_ref().map(|default| &*default.json));
    Ok(quote! {
        #runtime::ddl::Output {
            name: #name,
            description: #description,
            display_as: #display_as,
            kind: <#kind as #runtime::OutputValue>::KIND,
            default: #default,
            extra: #runtime::ddl::Extra::NONE,
        }
    })
}

/// The entry of the output's aggregate in the DDL.
fn aggregate(runtime: &TokenStream, function: &str, output: &str) -> TokenStream {
    let (function, output) = (borrowed(function), borrowed(output));
    quote! {
        #runtime::ddl::Aggregate {
            function: #function,
            output: #output,
            options: ::std::borrow::Cow::Borrowed(&[]),
            extra: #runtime::ddl::Extra::NONE,
        }
    }
}

fn assertion(runtime: &TokenStream, field: &Field, attributes: &Attributes) -> TokenStream {
    let kind = &field.ty;
    let default = attributes.default.as_ref().map(|default| {
        let literal = &default.literal;
        quote_spanned! {default.span=>
            if let ::core::option::Option::Some(kind) = KIND_OF_OUTPUT {
                #runtime::assertions::default_fits(kind, #runtime::assertions::Literal::#literal);
            }
        }
    });
    let needs_numbers = matches!(attributes.aggregate.as_deref(), Some("average" | "chart"));
    quote_spanned! {kind.span()=>
        const _: () = {
            const KIND_OF_OUTPUT: &::core::option::Option<#runtime::ddl::Type> =
                &<#kind as #runtime::OutputValue>::KIND;
            #runtime::assertions::aggregate_fits(KIND_OF_OUTPUT, #needs_numbers);
            #default
        };
    }
}

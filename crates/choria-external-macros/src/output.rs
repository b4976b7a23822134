//! `#[derive(Output)]`.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::meta::ParseNestedMeta;
use syn::spanned::Spanned as _;
use syn::{DeriveInput, Error, Field, Ident, Result};

use crate::attributes::{self, borrowed, optional};
use crate::doc;

/// What stands in `#[output(..)]`.
#[derive(Default)]
struct Attributes {
    display_as: Option<String>,
    default: Option<attributes::Default>,
    aggregate: Option<&'static str>,
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
            self.aggregate = Some(match function.to_string().as_str() {
                "summary" => "Summary",
                "boolean_summary" => "BooleanSummary",
                "average" => "Average",
                "chart" => "Chart",
                _ => {
                    return Err(Error::new_spanned(
                        function,
                        "wanted summary, boolean_summary, average or chart: clients have no others",
                    ));
                }
            });
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
    let mut writes = Vec::new();
    let mut assertions = Vec::new();
    for field in attributes::named_fields(item, "Output")? {
        let attributes = Attributes::of(&field)?;
        assertions.push(assertion(runtime, &field, &attributes));
        specs.push(spec(runtime, &field, attributes)?);
        let ident = &field.ident;
        let key = attributes::field_name(&field)?;
        writes.push(quote!(outputs.put(#key, self.#ident)?;));
    }
    Ok(quote! {
        const _: () = {
            #(#assertions)*

            #[automatically_derived]
            impl #runtime::Output for #name {
                const OUTPUTS: &'static [#runtime::ddl::Output] = &[#(#specs),*];

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
    let aggregate = match attributes.aggregate {
        Some(function) => {
            let function = Ident::new(function, proc_macro2::Span::call_site());
            quote!(::core::option::Option::Some(#runtime::ddl::Aggregate::#function))
        }
        None => quote!(::core::option::Option::None),
    };
    Ok(quote! {
        #runtime::ddl::Output {
            name: #name,
            description: #description,
            display_as: #display_as,
            kind: <#kind as #runtime::OutputValue>::KIND,
            default: #default,
            aggregate: #aggregate,
        }
    })
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
    let needs_numbers = matches!(attributes.aggregate, Some("Average" | "Chart"));
    quote_spanned! {kind.span()=>
        const _: () = {
            const KIND_OF_OUTPUT: &::core::option::Option<#runtime::ddl::Type> =
                &<#kind as #runtime::OutputValue>::KIND;
            #runtime::assertions::aggregate_fits(KIND_OF_OUTPUT, #needs_numbers);
            #default
        };
    }
}

//! What stands in for the implementation of a type whose derive has an error.
//!
//! With it the compiler reports that error alone, and not also that each use of
//! the type lacks the trait. None of this code ever runs: a program with an error
//! is not built.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{DeriveInput, GenericParam, Generics, parse_quote};

use crate::attributes::runtime_or_default;

/// A stand-in for `#[derive(Input)]`.
pub(crate) fn input(item: &DeriveInput) -> TokenStream {
    let runtime = runtime_or_default(&item.attrs, "input");
    implement(
        item,
        &quote!(#runtime::Input),
        &item.generics,
        &quote! {
            const ABOUT: &'static str = "";
            const INPUTS: &'static [#runtime::ddl::Input] = &[];

            fn read(
                _: &mut #runtime::Inputs,
            ) -> ::core::result::Result<Self, #runtime::Failure> {
                ::core::unreachable!()
            }
        },
    )
}

/// A stand-in for `#[derive(Output)]`.
pub(crate) fn output(item: &DeriveInput) -> TokenStream {
    let runtime = runtime_or_default(&item.attrs, "output");
    implement(
        item,
        &quote!(#runtime::Output),
        &item.generics,
        &quote! {
            const OUTPUTS: &'static [#runtime::ddl::Output] = &[];

            fn write(
                self,
                _: &mut #runtime::Outputs,
            ) -> ::core::result::Result<(), #runtime::Failure> {
                ::core::unreachable!()
            }
        },
    )
}

/// A stand-in for `#[derive(List)]`.
pub(crate) fn list(item: &DeriveInput) -> TokenStream {
    let runtime = &runtime_or_default(&item.attrs, "list");
    let mut with_lifetime = item.generics.clone();
    let lifetime: GenericParam = parse_quote!('de);
    with_lifetime.params.insert(0, lifetime);
    let parts = [
        (
            quote!(List),
            &item.generics,
            quote! {
                const TEXTS: &'static [::std::borrow::Cow<'static, str>] = &[];

                fn from_text(_: &str) -> ::core::option::Option<Self> {
                    ::core::unreachable!()
                }

                fn as_text(&self) -> &'static str {
                    ::core::unreachable!()
                }
            },
        ),
        (
            quote!(InputValue),
            &item.generics,
            quote! {
                const KIND: #runtime::ddl::Type = #runtime::ddl::Type::List;

                fn from_value(
                    _: #runtime::Value,
                ) -> ::core::result::Result<Self, ::std::string::String> {
                    ::core::unreachable!()
                }
            },
        ),
        (
            quote!(OutputValue),
            &item.generics,
            quote! {
                const KIND: ::core::option::Option<#runtime::ddl::Type> =
                    ::core::option::Option::Some(#runtime::ddl::Type::List);

                fn into_value(
                    self,
                ) -> ::core::result::Result<
                    ::core::option::Option<#runtime::Value>,
                    ::std::string::String,
                > {
                    ::core::unreachable!()
                }
            },
        ),
        (
            quote!(serde::Deserialize<'de>),
            &with_lifetime,
            quote! {
                fn deserialize<D: #runtime::serde::Deserializer<'de>>(
                    _: D,
                ) -> ::core::result::Result<Self, D::Error> {
                    ::core::unreachable!()
                }
            },
        ),
        (
            quote!(serde::Serialize),
            &item.generics,
            quote! {
                fn serialize<S: #runtime::serde::Serializer>(
                    &self,
                    _: S,
                ) -> ::core::result::Result<S::Ok, S::Error> {
                    ::core::unreachable!()
                }
            },
        ),
    ];
    parts
        .iter()
        .map(|(name, generics, body)| implement(item, &quote!(#runtime::#name), generics, body))
        .collect()
}

/// `impl NAME for` the type, whatever parameters it has: that they are not allowed
/// can be the error.
fn implement(
    item: &DeriveInput,
    name: &TokenStream,
    generics: &Generics,
    body: &TokenStream,
) -> TokenStream {
    let mut generics = generics.clone();
    // What the traits want of a type, which one with parameters has not always.
    let bound = parse_quote!(Self: ::core::marker::Sized + 'static);
    generics.make_where_clause().predicates.push(bound);
    let (parameters, _, bounds) = generics.split_for_impl();
    let (_, arguments, _) = item.generics.split_for_impl();
    let ident = &item.ident;
    quote! {
        #[automatically_derived]
        impl #parameters #name for #ident #arguments #bounds {
            #body
        }
    }
}

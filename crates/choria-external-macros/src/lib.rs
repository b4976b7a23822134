//! Derives of `choria-external`; use them through that crate, which documents
//! them where it re-exports them.
//!
//! They only turn an author's type into the constants and the two or three
//! calls that the runtime wants. Every rule that can be a function or a
//! constant assertion of the runtime is one there. What neither can hold is a
//! regular expression: whether Go reads it, and whether a default keeps it.

mod aggregate;
mod attributes;
mod doc;
mod dummy;
mod input;
mod list;
mod literal;
mod output;

use proc_macro::TokenStream;
use proc_macro2::TokenStream as TokenStream2;
use syn::{DeriveInput, parse_macro_input};

/// See `choria_external::Input`.
#[proc_macro_derive(Input, attributes(input))]
pub fn derive_input(item: TokenStream) -> TokenStream {
    expand(
        &parse_macro_input!(item as DeriveInput),
        input::expand,
        dummy::input,
    )
}

/// See `choria_external::Output`.
#[proc_macro_derive(Output, attributes(output))]
pub fn derive_output(item: TokenStream) -> TokenStream {
    expand(
        &parse_macro_input!(item as DeriveInput),
        output::expand,
        dummy::output,
    )
}

/// See `choria_external::List`.
#[proc_macro_derive(List, attributes(list))]
pub fn derive_list(item: TokenStream) -> TokenStream {
    expand(
        &parse_macro_input!(item as DeriveInput),
        list::expand,
        dummy::list,
    )
}

/// What a derive makes of a type: its implementation, or why there is none.
type Expand = fn(&DeriveInput) -> syn::Result<TokenStream2>;

/// The implementations that stand in for those of a type that has an error.
type Dummy = fn(&DeriveInput) -> TokenStream2;

/// The implementation; or the error, and a dummy so that the compiler does not
/// say of each use of the type that the derive is missing.
fn expand(item: &DeriveInput, with: Expand, dummy: Dummy) -> TokenStream {
    with(item)
        .unwrap_or_else(|error| {
            let mut all = error.to_compile_error();
            all.extend(dummy(item));
            all
        })
        .into()
}

//! Doc comments as descriptions, and names as labels.

use syn::{Attribute, Expr, ExprLit, Lit, Meta};

/// The first paragraph of a doc comment, on one line.
pub(crate) fn first_paragraph(attributes: &[Attribute]) -> Option<String> {
    let lines = attributes
        .iter()
        .filter_map(|attribute| match &attribute.meta {
            Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
                Expr::Lit(ExprLit {
                    lit: Lit::Str(text),
                    ..
                }) => Some(text.value()),
                _ => None,
            },
            _ => None,
        });
    let words: Vec<String> = lines
        .flat_map(|text| {
            text.split('\n')
                .map(|line| plain(line, text.contains('\n')))
                .collect::<Vec<_>>()
        })
        .skip_while(String::is_empty)
        .take_while(|line| !line.is_empty())
        .collect();
    (!words.is_empty()).then(|| words.join(" "))
}

/// A line without its indent and, in a block comment, its `*`.
fn plain(line: &str, in_block: bool) -> String {
    let line = line.trim();
    let line = match line.strip_prefix('*') {
        Some(rest) if in_block => rest.trim_start(),
        _ => line,
    };
    line.to_owned()
}

/// `package_name` as `Package name`.
pub(crate) fn label(name: &str) -> String {
    let words = name.replace('_', " ");
    let mut letters = words.trim().chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use syn::parse_quote;

    #[test]
    fn the_first_paragraph_counts() {
        let item: syn::ItemStruct = parse_quote! {
            ///
            /// One
            /// two.
            ///
            /// Three.
            #[derive(Debug)]
            struct A;
        };
        assert_eq!(first_paragraph(&item.attrs).as_deref(), Some("One two."));
        assert_eq!(first_paragraph(&[]), None);
        let item: syn::ItemStruct = parse_quote! {
            /** One
             * two.
             *
             * Three. */
            struct A;
        };
        assert_eq!(first_paragraph(&item.attrs).as_deref(), Some("One two."));
        let item: syn::ItemStruct = parse_quote! {
            /// * One
            /// * two
            struct A;
        };
        assert_eq!(first_paragraph(&item.attrs).as_deref(), Some("* One * two"));
    }

    #[test]
    fn names_become_labels() {
        assert_eq!(label("package_name"), "Package name");
        assert_eq!(label("_"), "_");
    }
}

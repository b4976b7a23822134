//! `aggregate = summary` and `aggregate(summary, format = "..")`.

use proc_macro2::{Group, Span, TokenStream};
use quote::quote;
use syn::meta::ParseNestedMeta;
use syn::{Error, Ident, LitStr, Result, token};

use crate::attributes::{self, borrowed};
use crate::literal::json_text;

/// How clients sum up an output.
pub(crate) struct Aggregate {
    function: String,
    /// Keys and texts of its options, in the author's order.
    options: Vec<(String, String)>,
    /// Where the function stands.
    pub(crate) span: Span,
}

impl Aggregate {
    pub(crate) fn of(entry: &ParseNestedMeta) -> Result<Self> {
        if !entry.input.peek(token::Paren) {
            return Self::new(&entry.value()?.parse()?);
        }
        if entry.input.fork().parse::<Group>()?.stream().is_empty() {
            return Err(entry.error(NO_FUNCTION));
        }
        let mut aggregate = None;
        entry.parse_nested_meta(|inner| match &mut aggregate {
            None => {
                let name = inner.path.get_ident();
                let name = name.ok_or_else(|| inner.error(NO_FUNCTION))?;
                aggregate = Some(Self::new(name)?);
                Ok(())
            }
            Some(aggregate) => aggregate.option(&inner),
        })?;
        aggregate.ok_or_else(|| entry.error(NO_FUNCTION))
    }

    fn new(function: &Ident) -> Result<Self> {
        let name = function.to_string();
        if !["summary", "boolean_summary", "average", "chart"].contains(&name.as_str()) {
            return Err(Error::new_spanned(function, NO_FUNCTION));
        }
        Ok(Self {
            function: name,
            options: Vec::new(),
            span: function.span(),
        })
    }

    /// An option that clients know for the function.
    fn option(&mut self, entry: &ParseNestedMeta) -> Result<()> {
        let known = match self.function.as_str() {
            "boolean_summary" => &["format", "true", "false"][..],
            "chart" => &[],
            _ => &["format"],
        };
        let key = entry.path.get_ident().map(ToString::to_string);
        let Some(key) = key.filter(|key| known.contains(&key.as_str())) else {
            return Err(match known {
                [] => entry.error("`chart` has no options: leave it out"),
                known => attributes::unknown(entry, &known.join(", ")),
            });
        };
        if self.options.iter().any(|(there, _)| *there == key) {
            return Err(entry.error("given twice: remove one of them"));
        }
        let text: LitStr = entry.value()?.parse()?;
        if key == "format" && !text.value().contains('%') {
            return Err(Error::new_spanned(
                text,
                "prints nothing of the reply: write what clients fill in, such as \"%s: %d\" for the value and how often \
                 it came, or \"%.2f\" for an average",
            ));
        }
        self.options.push((key, text.value()));
        Ok(())
    }

    /// Whether it makes sense of numbers only.
    pub(crate) fn needs_numbers(&self) -> bool {
        matches!(self.function.as_str(), "average" | "chart")
    }

    /// Its entry in the DDL.
    pub(crate) fn spec(&self, runtime: &TokenStream, output: &str) -> TokenStream {
        let (function, output) = (borrowed(&self.function), borrowed(output));
        let options = self.options.iter();
        let options: Vec<_> = options
            .map(|(key, text)| format!("{}:{}", json_text(key), json_text(text)))
            .collect();
        let options = match options[..] {
            [] => TokenStream::new(),
            _ => borrowed(&format!("{{{}}}", options.join(","))),
        };
        quote! {
            #runtime::ddl::Aggregate {
                function: #function,
                output: #output,
                options: ::std::borrow::Cow::Borrowed(&[#options]),
                extra: #runtime::ddl::Extra::NONE,
            }
        }
    }
}

const NO_FUNCTION: &str =
    "expected summary, boolean_summary, average or chart: clients have no others";

//! Filters as they are typed: `-F -C -A -I -W -S`.
//!
//! They are read as `choria` reads them, surprises included:
//! [`Typed::surprises`] lists those, [`Typed::warnings`] lists what then matches
//! no node, or other nodes than it seems. Vectors: `cli_fact_filter.json`,
//! `cli_filter_args.json`.

mod warnings;

use std::fmt;

use choria_external_protocol::{Comparison, FactFilter, Filter};

/// A text that is no fact filter. Its own text is Choria's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidFact(String);

impl fmt::Display for InvalidFact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(text) = self;
        write!(
            f,
            "could not parse fact {text} it does not appear to be in a valid format"
        )
    }
}

impl std::error::Error for InvalidFact {}

/// Reads the text of `-F`, such as `os.family=Debian` or `uptime>3600`, as
/// Choria's `ParseFactFilterString` does.
///
/// The right-most operator splits; a value in slashes is a regular expression,
/// whatever the operator.
///
/// ```
/// use choria_external_filter::command_line::parse_fact;
/// use choria_external_filter::Comparison;
///
/// let fact = parse_fact("os.release => 12")?;
/// assert_eq!((&*fact.fact, fact.operator, &*fact.value), ("os.release", Comparison::AtLeast, "12"));
/// assert_eq!(parse_fact("role!=/web/")?.operator, Comparison::Matches);
/// assert_eq!(
///     parse_fact("a=").unwrap_err().to_string(),
///     "could not parse fact a= it does not appear to be in a valid format"
/// );
/// # Ok::<(), choria_external_filter::command_line::InvalidFact>(())
/// ```
///
/// # Errors
/// Returns [`InvalidFact`] if there is no operator, nothing on a side of it, or a stray
/// `<`, `>` or `=` at either end.
pub fn parse_fact(text: &str) -> Result<FactFilter, InvalidFact> {
    let parts = split(text).and_then(|(fact, sign, value)| {
        let stray = ['<', '>', '='];
        let whole = !fact.is_empty() && !value.is_empty();
        (whole && !fact.starts_with(stray) && !value.ends_with(stray))
            .then(|| (fact, comparison(sign, value), value))
    });
    let (fact, operator, value) = parts.ok_or_else(|| InvalidFact(text.into()))?;
    Ok(FactFilter {
        fact: fact.into(),
        operator,
        value: value.into(),
    })
}

/// What is left of the right-most operator, the operator, what is right of it.
fn split(text: &str) -> Option<(&str, &str, &str)> {
    let mut last = None;
    let mut at = 0;
    while at < text.len() {
        match sign_at(&text.as_bytes()[at..]) {
            Some(length) => {
                last = Some((at, length));
                at += length;
            }
            None => at += 1,
        }
    }
    let (at, length) = last?;
    let (sign, value) = text[at..].split_at(length);
    Some((text[..at].trim(), sign, value.trim()))
}

/// The length of the operator that a text begins with.
fn sign_at(text: &[u8]) -> Option<usize> {
    match text {
        [b'<' | b'>' | b'!', b'=', ..] | [b'=', b'<' | b'>' | b'~' | b'=', ..] => Some(2),
        [b'<' | b'>' | b'=', ..] => Some(1),
        _ => None,
    }
}

fn comparison(sign: &str, value: &str) -> Comparison {
    if in_slashes(value) {
        return Comparison::Matches;
    }
    match sign {
        "!=" => Comparison::NotEqual,
        ">=" | "=>" => Comparison::AtLeast,
        "<=" | "=<" => Comparison::AtMost,
        ">" => Comparison::MoreThan,
        "<" => Comparison::LessThan,
        "=~" => Comparison::Matches,
        _ => Comparison::Equal,
    }
}

/// A single slash is both its first and its last.
fn in_slashes(value: &str) -> bool {
    value.starts_with('/') && value.ends_with('/')
}

/// Filters as they were typed, not read yet.
///
/// ```
/// use choria_external_filter::command_line::Typed;
///
/// let typed = Typed {
///     facts: vec!["country=de".into()],
///     combined: vec!["apache ram>16".into()],
///     ..Typed::default()
/// };
/// let filter = typed.filter("rpcutil")?;
/// assert_eq!(filter.fact.len(), 2);
/// assert_eq!(filter.cf_class, ["apache"]);
/// assert_eq!(filter.agent, ["rpcutil"]);
/// # Ok::<(), choria_external_filter::command_line::InvalidFact>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Typed {
    /// `-F`: facts, such as `country=de`.
    pub facts: Vec<String>,
    /// `-C`: classes.
    pub classes: Vec<String>,
    /// `-A`: agents.
    pub agents: Vec<String>,
    /// `-I`: identities.
    pub identities: Vec<String>,
    /// `-W`: facts and classes, separated by spaces.
    pub combined: Vec<String>,
    /// `-S`: a compound expression, one at most.
    pub compound: Option<String>,
}

impl Typed {
    /// The filter that `choria` sends: `StandardOptions.NewFilter` of its client
    /// package. `agent` is added last: `choria discover` says `rpcutil` there,
    /// `choria req AGENT` the agent; an empty one adds nothing.
    ///
    /// Empty texts are dropped, and so are repetitions, but those of facts.
    ///
    /// # Errors
    /// Returns [`InvalidFact`] for the first invalid fact.
    pub fn filter(&self, agent: &str) -> Result<Filter, InvalidFact> {
        let mut filter = Filter::default();
        for text in given(&self.facts) {
            filter.fact.push(parse_fact(text)?);
        }
        add(&mut filter.agent, given(&self.agents));
        add(&mut filter.cf_class, given(&self.classes));
        add(&mut filter.identity, given(&self.identities));
        for part in self.combined_parts() {
            match parse_fact(part) {
                Ok(fact) => filter.fact.push(fact),
                Err(_) => add(&mut filter.cf_class, [part]),
            }
        }
        filter.compound = given(&self.compound).map(Into::into).collect();
        add(&mut filter.agent, given([agent]));
        Ok(filter)
    }

    /// A sentence for each thing that `choria` reads in another way than it
    /// looks, or drops, without a word. There is none for what
    /// [`Typed::filter`] refuses.
    pub fn surprises(&self) -> Vec<String> {
        let mut told = Vec::new();
        let lists = [
            ("-F", &self.facts),
            ("-C", &self.classes),
            ("-A", &self.agents),
            ("-I", &self.identities),
        ];
        for (flag, list) in lists {
            if list.iter().any(String::is_empty) {
                told.push(format!(
                    "an empty {flag} selects nothing less: it is as if it was not there"
                ));
            }
        }
        told.extend(self.facts.iter().filter_map(|text| surprise("-F", text)));
        for part in self.combined_parts() {
            if parse_fact(part).is_err() && split(part).is_some() {
                told.push(format!(
                    "-W: {part} is no fact, so it is taken for a class; -W has no spaces within a fact"
                ));
            }
            told.extend(surprise("-W", part));
        }
        if given(&self.compound).next().is_some() {
            told.push(
                "-S: choria never starts an external source for it, but asks the nodes themselves; \
                 what follows is what a program would get that uses Choria's Go package"
                    .into(),
            );
        }
        let mut seen = std::collections::BTreeSet::new();
        told.retain(|text| seen.insert(text.clone()));
        told
    }

    /// Only the space separates: a tab is part of a name.
    fn combined_parts(&self) -> impl Iterator<Item = &str> {
        let parts = self.combined.iter().flat_map(|text| text.split(' '));
        parts.filter(|part| !part.is_empty())
    }
}

/// What is not as it looks in one fact.
fn surprise(flag: &str, text: &str) -> Option<String> {
    let read = parse_fact(text).ok()?;
    let (_, sign, _) = split(text)?;
    if in_slashes(&read.value) && !matches!(sign, "=" | "==" | "=~") {
        let lost = if sign == "!=" {
            "the negation is lost"
        } else {
            "the comparison is lost"
        };
        return Some(format!(
            "{flag} {text}: a value in slashes is always matched, so this is {} =~ {} and {lost}",
            read.fact, read.value
        ));
    }
    // Paths such as objs.#(v>1).n have operators of their own.
    if split(&read.fact).is_some() && !read.fact.contains("#(") {
        return Some(format!(
            "{flag} {text}: the right-most operator counts, so this is the fact {} {} {}",
            read.fact, read.operator, read.value
        ));
    }
    None
}

/// The texts that are not empty.
fn given<'a, T: AsRef<str> + 'a + ?Sized>(
    texts: impl IntoIterator<Item = &'a T>,
) -> impl Iterator<Item = &'a str> {
    texts
        .into_iter()
        .map(AsRef::as_ref)
        .filter(|text| !text.is_empty())
}

/// Adds what is not there yet.
fn add<'a>(list: &mut Vec<String>, texts: impl IntoIterator<Item = &'a str>) {
    for text in texts {
        if !list.iter().any(|known| known == text) {
            list.push(text.into());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn typed(facts: &[&str], combined: &[&str]) -> Typed {
        let owned = |texts: &[&str]| texts.iter().map(|&text| text.into()).collect();
        Typed {
            facts: owned(facts),
            combined: owned(combined),
            ..Typed::default()
        }
    }

    #[test]
    fn facts_come_before_those_of_combined_filters_and_the_agent_is_last() {
        let mut typed = typed(&["b=2", "b=2", ""], &["a=1 x  y x", "a = 1"]);
        typed.classes = vec!["x".into(), String::new()];
        typed.agents = vec!["puppet".into(), "puppet".into()];
        let filter = typed.filter("rpcutil").unwrap();
        let facts: Vec<&str> = filter.fact.iter().map(|fact| &*fact.fact).collect();
        assert_eq!(facts, ["b", "b", "a"]);
        assert_eq!(filter.cf_class, ["x", "y", "a", "=", "1"]);
        assert_eq!(filter.agent, ["puppet", "rpcutil"]);
        assert_eq!(typed.filter("").unwrap().agent, ["puppet"]);
    }

    #[test]
    fn each_surprise_is_told_once() {
        let mut typed = typed(
            &[
                "a!=/x/",
                "a!=/x/",
                "a>/x/",
                "a=b=c",
                "a=/x/",
                "a=~/x/",
                "objs.#(v>1).n=y",
                "",
            ],
            &["=a b c=1", "a!=/y/"],
        );
        typed.compound = Some("true".into());
        assert_eq!(
            typed.surprises(),
            [
                "an empty -F selects nothing less: it is as if it was not there",
                "-F a!=/x/: a value in slashes is always matched, so this is a =~ /x/ and the negation is lost",
                "-F a>/x/: a value in slashes is always matched, so this is a =~ /x/ and the comparison is lost",
                "-F a=b=c: the right-most operator counts, so this is the fact a=b == c",
                "-W: =a is no fact, so it is taken for a class; -W has no spaces within a fact",
                "-W a!=/y/: a value in slashes is always matched, so this is a =~ /y/ and the negation is lost",
                "-S: choria never starts an external source for it, but asks the nodes themselves; \
                 what follows is what a program would get that uses Choria's Go package",
            ]
        );
        assert_eq!(Typed::default().surprises(), [""; 0]);
    }

    #[cfg(feature = "compound")]
    #[test]
    fn what_matches_no_node_or_others_than_it_seems_is_warned_of_with_its_flag() {
        let typed = Typed {
            facts: vec!["a=/n[/".into(), "a>1.5".into(), "x".into()],
            classes: vec!["/n[/".into(), "Apache".into(), "apache".into()],
            agents: vec!["/n[/".into(), "/".into()],
            identities: vec!["/n[/".into(), "web1".into(), "/n[/".into()],
            combined: vec!["/(/ Big a=/x(/".into()],
            compound: Some("nosuchvar == 1".into()),
        };
        assert_eq!(
            typed.warnings(),
            [
                "-F a=/n[/: no node matches it: invalid regular expression \"/n[/\": at character 2, \"[\": unclosed [; add a ], or write \\[ for the character itself",
                "-F a>1.5: with a value that has a dot Choria compares numbers by > as by >=",
                "-C /n[/: no node matches it: invalid regular expression \"/n[/\": at character 2, \"[\": unclosed [; add a ], or write \\[ for the character itself",
                "-C Apache: Choria makes a class filter lower case, but not the classes: those with a capital are never found; \
                 use /^(name)$/",
                "-A /n[/: no node matches it: invalid regular expression \"/n[/\": at character 2, \"[\": unclosed [; add a ], or write \\[ for the character itself",
                "-A /: an empty regular expression matches everything",
                "-I /n[/: invalid regular expression, so only an identity that is the string between the slashes matches",
                "-W /(/: no node matches it: invalid regular expression \"/(/\": at character 1, \"(\": unclosed (; add a ), or write \\( for the character itself",
                "-W Big: Choria makes a class filter lower case, but not the classes: those with a capital are never found; \
                 use /^(name)$/",
                "-W a=/x(/: no node matches it: invalid regular expression \"/x(/\": at character 2, \"(\": unclosed (; add a ), or write \\( for the character itself",
                "-S \"nosuchvar == 1\", the name nosuchvar: Choria knows no such name and takes it for nil: read a fact by \
                 fact(\"..\"), put a string in quotes",
            ]
        );
        let compound = |text: &str| Typed {
            compound: Some(text.into()),
            ..Typed::default()
        };
        assert_eq!(
            compound("nosuch(1)").warnings(),
            [
                "-S: no node matches it: line 1, column 1: there is no function nosuch(): discovery \
                 sources have no data of servers\n  nosuch(1)\n  ^"
            ]
        );
        assert_eq!(compound("\"web1\" in classes").warnings(), [""; 0]);
        assert_eq!(Typed::default().warnings(), [""; 0]);
    }

    proptest! {
        #[test]
        fn a_fact_comes_back(fact in "[a-z.]{1,9}", blank in " ?", value in "[a-z0-9/!~]{0,9}[a-z0-9]") {
            for (sign, wanted) in [
                ("=", "=="), ("==", "=="), ("=~", "=~"), ("!=", "!="),
                ("<", "<"), (">", ">"), ("<=", "<="), ("=<", "<="), (">=", ">="), ("=>", ">="),
            ] {
                // Behind `=`, a `~` belongs to the operator.
                prop_assume!(!value.starts_with('~'));
                let read = parse_fact(&format!("{fact}{blank}{sign}{blank}{value}")).unwrap();
                prop_assert_eq!((&read.fact, read.operator.to_string(), &read.value), (&fact, wanted.into(), &value));
            }
        }

        #[test]
        fn no_text_panics(text in "([a=<>!~/ ]|\\PC)*") {
            let _ = typed(&[&text], &[&text]).filter("");
            typed(&[&text], &[&text]).surprises();
            typed(&[&text], &[&text]).warnings();
        }
    }
}

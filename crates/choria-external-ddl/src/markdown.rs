//! A page about an agent, from its DDL.

use std::fmt::Write;
use std::ops::Range;

use choria_external_protocol::is_hidden;

use crate::{Action, Ddl, Input, Output, Type, Validation};

impl Ddl {
    /// A page about the agent in Markdown (`CommonMark` with tables): its
    /// metadata, and for each action the inputs, the outputs, the aggregates
    /// and how to call it.
    ///
    /// Whatever the DDL's texts hold, they are shown as they are: none of them
    /// can start a heading, a link, HTML, or another cell of a table. The same
    /// DDL gives the same page.
    pub fn to_markdown(&self) -> String {
        let about = &self.metadata;
        let mut page = format!(
            "# {}\n\n{}\n\n",
            text(&about.name),
            text(&about.description)
        );
        let timeout = format!("{} seconds", about.timeout);
        let service = if about.service {
            "one node of all replies"
        } else {
            ""
        };
        let rows = [
            ("Version", &*about.version),
            ("Author", &*about.author),
            ("License", &*about.license),
            ("URL", &*about.url),
            ("Provider", &*about.provider),
            ("Timeout", &*timeout),
            ("Service", service),
        ];
        let rows = rows.into_iter().filter(|(_, value)| !value.is_empty());
        let rows = rows.map(|(name, value)| vec![name.to_owned(), text(value)]);
        table(&mut page, &["About", ""], rows);
        for one in &self.actions {
            action(&mut page, &about.name, one);
        }
        page.truncate(page.trim_end().len());
        page + "\n"
    }
}

fn action(page: &mut String, agent: &str, action: &Action) {
    *page += &format!(
        "## {}\n\n{}\n\n",
        text(&action.name),
        text(&action.description)
    );
    *page += &format!("{}\n\n", code_block(&call(agent, action)));
    if !action.inputs.is_empty() {
        *page += "### Inputs\n\n";
        let rows = action.inputs.iter().map(|input| {
            let required = if input.optional { "no" } else { "yes" };
            let default = input
                .default_value()
                .map(|default| code(&default.to_string()));
            vec![
                code(&input.name),
                code(input.kind.text()),
                required.to_owned(),
                default.unwrap_or_default(),
                rules(input),
                text(&input.description),
            ]
        });
        table(
            page,
            &[
                "Name",
                "Type",
                "Required",
                "Default",
                "Rules",
                "Description",
            ],
            rows,
        );
    }
    if !action.outputs.is_empty() {
        *page += "### Outputs\n\n";
        let rows = action.outputs.iter().map(|output: &Output| {
            let default = output
                .default_value()
                .map(|default| code(&default.to_string()));
            vec![
                code(&output.name),
                output
                    .kind
                    .as_ref()
                    .map_or_else(String::new, |kind| code(kind.text())),
                text(&output.display_as),
                default.unwrap_or_default(),
                text(&output.description),
            ]
        });
        table(
            page,
            &["Name", "Type", "Shown as", "Default", "Description"],
            rows,
        );
    }
    if !action.aggregates.is_empty() {
        *page += "### Aggregates\n\n";
        let rows = action.aggregates.iter().map(|aggregate| {
            let options = aggregate.options.iter().map(|option| code(option));
            vec![
                code(&aggregate.function),
                code(&aggregate.output),
                options.collect::<Vec<_>>().join(" "),
            ]
        });
        table(page, &["Function", "Output", "Options"], rows);
    }
}

/// The rules that a server applies to an input, besides its type.
fn rules(input: &Input) -> String {
    let mut rules = Vec::new();
    let maxlength = input.maxlength.unwrap_or(0);
    if input.kind == Type::String && maxlength != 0 {
        rules.push(format!("at most {maxlength} bytes"));
        if input.validation != Validation::None {
            rules.push(code(input.validation.text()));
        }
    }
    if input.kind == Type::List {
        let items: Vec<_> = input.list.iter().map(|item| code(item)).collect();
        rules.push(format!("one of {}", items.join(", ")));
    }
    rules.join(", ")
}

/// The command that calls an action with the inputs it cannot do without. An
/// input with a default can be left out: the client fills it in.
fn call(agent: &str, action: &Action) -> String {
    let mut call = format!(
        "choria req {} {}",
        shell_word(agent),
        shell_word(&action.name)
    );
    let needed = |input: &&Input| !input.optional && input.default.is_none();
    for input in action.inputs.iter().filter(needed) {
        let example = match &input.kind {
            Type::Integer => "1",
            Type::Float | Type::Number => "1.5",
            Type::Boolean => "true",
            Type::Hash => "'{}'",
            Type::Array => "'[]'",
            Type::List => &input
                .list
                .first()
                .map_or("...".into(), |item| shell_word(item)),
            Type::String | Type::Other(_) => "...",
        };
        // Writing into a text cannot fail.
        let _ = write!(call, " {}={example}", shell_word(&input.name));
    }
    call
}

/// A text as a shell takes it for one word.
fn shell_word(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    if !text.is_empty() && text.bytes().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

fn table(page: &mut String, heads: &[&str], rows: impl Iterator<Item = Vec<String>>) {
    let line = |cells: &[&str]| format!("| {} |\n", cells.join(" | "));
    *page += &line(heads);
    *page += &line(&vec!["---"; heads.len()]);
    for row in rows {
        *page += &line(&row.iter().map(String::as_str).collect::<Vec<_>>());
    }
    page.push('\n');
}

/// A string as nothing but text, in one line. An e-mail address becomes code: some
/// readers of Markdown make a link of an address, escaped or not.
fn text(text: &str) -> String {
    let line = one_line(text);
    let mut page = String::with_capacity(line.len());
    let mut rest = 0;
    for word in address_words(&line) {
        escape(&line, rest..word.start, &mut page);
        page += &code(&line[word.clone()]);
        rest = word.end;
    }
    escape(&line, rest..line.len(), &mut page);
    page
}

/// Where in a line there are e-mail addresses, or what could be taken for one: an `@`
/// with a name before it and another one after it.
fn address_words(line: &str) -> impl Iterator<Item = Range<usize>> {
    let in_address = |c: char| c.is_ascii_alphanumeric() || "._+-@".contains(c);
    let mut end = 0;
    std::iter::from_fn(move || {
        let start = end + line[end..].find(in_address)?;
        let word = &line[start..];
        end = start + word.find(|c| !in_address(c)).unwrap_or(word.len());
        Some(start..end)
    })
    .filter(|word| line[word.clone()].trim_matches('@').contains('@'))
}

/// Adds a part of a line, each character escaped that could mean something there.
fn escape(line: &str, part: Range<usize>, page: &mut String) {
    for (at, c) in line[part.clone()].char_indices() {
        let at = part.start + at;
        let before = &line[..at];
        let means_something = match c {
            ',' | '\'' | '"' | '/' | '?' | '%' | ';' => false,
            // What can start a list, or a rule.
            '-' => at == 0,
            // After digits at the start it makes a list, after www a link.
            '.' => {
                let ends = !line[at + 1..].starts_with(|next: char| !next.is_whitespace());
                (ends && before.bytes().all(|byte| byte.is_ascii_digit()))
                    || before.to_ascii_lowercase().ends_with("www")
            }
            c => c.is_ascii_punctuation(),
        };
        if means_something {
            page.push('\\');
        }
        page.push(c);
    }
}

/// A text as code within a line and within a table.
fn code(text: &str) -> String {
    let text = one_line(text);
    if text.is_empty() {
        return text;
    }
    let ticks = "`".repeat(longest_run(&text) + 1);
    let pad = if text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) {
        " "
    } else {
        ""
    };
    // A bar ends a cell even within code, unless it is escaped.
    format!("{ticks}{pad}{}{pad}{ticks}", text.replace('|', "\\|"))
}

fn code_block(text: &str) -> String {
    let text = one_line(text);
    let fence = "`".repeat(longest_run(&text).max(2) + 1);
    format!("{fence}\n{text}\n{fence}")
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

/// A text in one line: each line break or other hidden character is a space.
fn one_line(text: &str) -> String {
    let text = text.replace(is_hidden, " ");
    text.trim().to_owned()
}

//! All replies in one table, and the names of those that sent one.
//!
//! The crates for tables give every line of a cell a line of its own, and
//! measure what a terminal shows. Choria does neither, hence our own.

use choria_external_go::json::quote;

use super::raw::Raw;
use super::{Reply, label};
use crate::Action;

/// What `choria req --table` prints: a row for each reply with status code 0,
/// a column for each output of the DDL in the order of their names, then an
/// empty line.
///
/// A cell is as wide as it has characters, line breaks among them; those with
/// several lines, such as lists and objects, break the frame.
pub fn table(action: &Action, replies: &[Reply<'_>]) -> String {
    let mut names: Vec<&str> = action.outputs.iter().map(|output| &*output.name).collect();
    names.sort_unstable();

    let labels = names.iter().map(|name| label(action, name).to_owned());
    let mut rows = vec![
        std::iter::once("Sender".to_owned())
            .chain(labels)
            .collect::<Vec<_>>(),
    ];
    // Choria has no row for a reply without data.
    let shown = replies
        .iter()
        .filter(|reply| reply.code == 0 && !reply.data.trim_ascii().is_empty());
    for reply in shown {
        let data = Raw::parse(reply.data);
        let members = data.as_ref().and_then(Raw::members).unwrap_or_default();
        let cell = |name: &&str| {
            let member = members.iter().find(|(key, _)| key == name);
            member.map_or(String::new(), |(_, value)| match value {
                Raw::Plain(_) => value.text(),
                _ => value.pretty("", "", 0),
            })
        };
        let mut row = vec![reply.sender.to_owned()];
        row.extend(names.iter().map(cell));
        rows.push(row);
    }
    frame(&rows)
}

fn frame(rows: &[Vec<String>]) -> String {
    let columns = rows.first().map_or(0, Vec::len);
    let width = |column: usize| rows.iter().map(|row| characters(&row[column])).max();
    let widths: Vec<usize> = (0..columns)
        .map(|column| width(column).unwrap_or(0))
        .collect();

    let rule = |left: &str, cross: &str, right: &str| {
        let lines: Vec<_> = widths.iter().map(|width| "─".repeat(width + 2)).collect();
        format!("{left}{}{right}\n", lines.join(cross))
    };
    let mut text = rule("╭", "┬", "╮");
    for (at, row) in rows.iter().enumerate() {
        if at == 1 {
            text += &rule("├", "┼", "┤");
        }
        for (cell, width) in row.iter().zip(&widths) {
            let blanks = " ".repeat(width - characters(cell));
            text += &format!("│ {cell}{blanks} ");
        }
        text += "│\n";
    }
    if rows.len() == 1 {
        text += &rule("├", "┼", "┤");
    }
    text + &rule("╰", "┴", "╯") + "\n"
}

/// Characters of a cell, less the sequences that set colours.
fn characters(cell: &str) -> usize {
    let mut parts = cell.split("\u{1b}[");
    let first = parts.next().map_or(0, |text| text.chars().count());
    parts.fold(first, |count, part| {
        let codes = part
            .bytes()
            .take_while(|byte| byte.is_ascii_digit() || *byte == b';');
        let end = codes.count();
        let codes = &part[..end];
        let is_colour = part[end..].starts_with('m')
            && (codes.is_empty() || codes.split(';').all(|code| !code.is_empty()));
        let dropped = if is_colour { end + 1 } else { 0 };
        let kept = part.chars().count() - dropped;
        count + kept + if is_colour { 0 } else { 2 }
    })
}

/// What `choria req --senders` prints: who sent a reply with status code 0,
/// one in a line.
pub fn names(replies: &[Reply<'_>], sorted: bool) -> String {
    senders(replies, sorted)
        .iter()
        .map(|name| format!("{name}\n"))
        .collect()
}

/// What `choria req --senders --json` prints: the names of [`names`] as a JSON
/// list. As in Choria, where there is no name it is `null`.
pub fn names_json(replies: &[Reply<'_>], sorted: bool) -> String {
    let names = senders(replies, sorted);
    if names.is_empty() {
        return "null\n".into();
    }
    let names = names.into_iter().map(|name| {
        let mut json = String::from("  ");
        quote(&mut json, name);
        json
    });
    format!("[\n{}\n]\n", names.collect::<Vec<_>>().join(",\n"))
}

fn senders<'a>(replies: &[Reply<'a>], sorted: bool) -> Vec<&'a str> {
    let replies = replies.iter().filter(|reply| reply.code == 0);
    let mut names: Vec<_> = replies.map(|reply| reply.sender).collect();
    if sorted {
        names.sort_unstable();
    }
    names
}

//! Selectors, which make an array or an object of what several paths find:
//! `[path,path]`, `{path,"name":path}`.

use super::Run;
use super::scan;
use super::text::push_json;

/// One of the paths, perhaps with a name; without one it is empty.
pub(super) struct Selector<'p> {
    name: &'p [u8],
    path: &'p [u8],
}

/// Reads the selectors that a path begins with, and what follows them; `None`
/// where they never close.
pub(super) fn read(path: &[u8]) -> Option<(Vec<Selector<'_>>, &[u8])> {
    let mut selectors = Vec::new();
    let mut start = 1;
    let mut colon = None;
    let mut in_modifier = false;
    let mut depth = 1;
    let mut at = 1;
    loop {
        let byte = *path.get(at)?;
        let ends = match byte {
            b',' => depth == 1,
            b']' | b')' | b'}' => {
                depth -= 1;
                depth == 0
            }
            _ => false,
        };
        if ends {
            selectors.push(match colon {
                Some(colon) => Selector {
                    name: &path[start..colon],
                    path: &path[colon + 1..at],
                },
                None => Selector {
                    name: &[],
                    path: &path[start..at],
                },
            });
            (start, colon, in_modifier) = (at + 1, None, false);
        }
        match byte {
            b'\\' => at += 1,
            // The colon of a modifier's argument names nothing.
            b'@' => in_modifier |= matches!(path[at - 1], b'.' | b'|'),
            b':' if !in_modifier && depth == 1 => colon = colon.or(Some(at)),
            b'"' => at = scan::text_end(path, at + 1)?.0 - 1,
            b'[' | b'(' | b'{' => depth += 1,
            b']' | b')' | b'}' if depth == 0 => return Some((selectors, &path[at + 1..])),
            _ => {}
        }
        at += 1;
    }
}

/// The array or object of what is found; paths that find nothing are left out.
pub(super) fn run(run: &mut Run, json: &[u8], open: u8, selectors: &[Selector<'_>]) -> Vec<u8> {
    let mut made = vec![open];
    for selector in selectors {
        let found = run.get(json, selector.path);
        if !found.exists() || !run.spend(found.raw.len()) {
            continue;
        }
        if made.len() > 1 {
            made.push(b',');
        }
        if open == b'{' {
            push_name(&mut made, selector);
            made.push(b':');
        }
        made.extend_from_slice(&found.raw);
    }
    // The closing bracket follows the opening one, with a sign between them.
    made.push(open + 2);
    made
}

fn push_name(made: &mut Vec<u8>, selector: &Selector<'_>) {
    if selector.name.first() == Some(&b'"') && scan::is_valid(selector.name) {
        made.extend_from_slice(selector.name);
    } else if selector.name.is_empty() {
        let last = last_step(selector.path);
        push_json(made, if is_simple(last) { last } else { b"_" });
    } else {
        push_json(made, selector.name);
    }
}

fn last_step(path: &[u8]) -> &[u8] {
    let separates =
        |at: &usize| matches!(path[*at], b'.' | b'|') && (*at == 0 || path[at - 1] != b'\\');
    (0..path.len())
        .rev()
        .find(separates)
        .map_or(path, |at| &path[at + 1..])
}

fn is_simple(name: &[u8]) -> bool {
    let special = |byte: &u8| *byte < b' ' || b"[]{}()#|!".contains(byte);
    !name.iter().any(special)
}

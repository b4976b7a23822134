//! Finding what a path names in a JSON text, which is only read as far as
//! that needs.

use std::borrow::Cow;

use super::Run;
use super::found::{At, Found, Kind};
use super::query::Query;
use super::scan;
use super::step::{ItemStep, KeyStep, Rest, split_pipe};
use super::text::List;
use super::{modifier, selector};

/// What a walk has found so far.
struct Walk<'j, 'p> {
    json: &'j [u8],
    found: Found<'j>,
    /// The path over the whole result, the last one that was met. Also one of
    /// a step that found nothing counts.
    over: Option<&'p [u8]>,
}

impl Run {
    /// What is found at a path: the first value, in the order of the text.
    pub(super) fn get<'j>(&mut self, json: &'j [u8], path: &[u8]) -> Found<'j> {
        if !self.enter(json.len() + path.len()) {
            return Found::default();
        }
        let found = self.found(json, path);
        self.leave();
        found
    }

    fn found<'j>(&mut self, json: &'j [u8], mut path: &[u8]) -> Found<'j> {
        match path {
            [b'@' | b'!', _, ..] => {
                if let Some((made, rest)) = modifier::run(self, json, path) {
                    return match rest {
                        [b'.' | b'|', rest @ ..] => self.get(&made, rest).into_owned(),
                        _ => Found::parse(&made).into_owned(),
                    };
                }
            }
            [b'[' | b'{', _, ..] => match selector::read(path) {
                Some((selectors, rest @ ([] | [b'.' | b'|', ..]))) => {
                    let made = selector::run(self, json, path[0], &selectors);
                    return match rest {
                        [_, rest @ ..] => self.get(&made, rest).into_owned(),
                        [] => Found::made(Kind::Json, made),
                    };
                }
                Some((_, rest)) => path = rest,
                None => path = &[],
            },
            _ => {}
        }

        let mut walk = Walk {
            json,
            found: Found::default(),
            over: None,
        };
        if let [b'.', b'.', lines @ ..] = path {
            self.items(&mut walk, 0, lines);
        } else {
            match json.iter().position(|byte| matches!(byte, b'{' | b'[')) {
                Some(at) if json[at] == b'{' => _ = self.keys(&mut walk, at + 1, path),
                Some(at) => _ = self.items(&mut walk, at + 1, path),
                None => {}
            }
        }
        match walk.over {
            Some(path) => self.get(&walk.found.raw, path).into_owned(),
            None => walk.found,
        }
    }

    /// Walks through an object. With it comes the place after it, and whether
    /// the search is over.
    fn keys<'p>(
        &mut self,
        walk: &mut Walk<'_, 'p>,
        mut at: usize,
        path: &'p [u8],
    ) -> (usize, bool) {
        let json = walk.json;
        let step = KeyStep::new(path);
        walk.over = step.rest.over().or(walk.over);
        let into = match step.rest {
            Rest::Into(path) => Some(path),
            _ => None,
        };
        while let Some(&byte) = json.get(at) {
            at += 1;
            match byte {
                b'}' => return (at, false),
                b'"' => {}
                _ => continue,
            }
            let Some((end, escaped)) = scan::text_end(json, at) else {
                break;
            };
            let key = &json[at..end - 1];
            let key = if escaped {
                Cow::Owned(scan::unescape(key))
            } else {
                Cow::Borrowed(key)
            };
            let named = if step.is_pattern {
                self.matches(&key, &step.key)
            } else {
                key == step.key
            };
            at = end;

            while let Some(next) = Found::at(json, at) {
                match next {
                    At::Other => {
                        at += 1;
                        continue;
                    }
                    At::Unclosed => return (json.len(), false),
                    At::Value(found, end) => {
                        at = end;
                        if named && into.is_none() {
                            walk.found = found;
                            return (at, true);
                        }
                    }
                    At::Open => {
                        let over;
                        (at, over) = self.open(walk, at, named, into);
                        if over {
                            return (at, true);
                        }
                    }
                }
                break;
            }
        }
        (at.max(json.len()), false)
    }

    /// An array or an object: walked into, taken or skipped.
    fn open<'p>(
        &mut self,
        walk: &mut Walk<'_, 'p>,
        at: usize,
        named: bool,
        into: Option<&'p [u8]>,
    ) -> (usize, bool) {
        if let Some(path) = into.filter(|_| named) {
            if !self.enter(path.len()) {
                return (walk.json.len(), true);
            }
            let walked = match walk.json[at] {
                b'{' => self.keys(walk, at + 1, path),
                _ => self.items(walk, at + 1, path),
            };
            self.leave();
            return walked;
        }
        if named {
            walk.found = Found::new(
                Kind::Json,
                &walk.json[at..scan::bracket_end(walk.json, at + 1)],
            );
            return (walk.json.len(), true);
        }
        (scan::skip_brackets(walk.json, at + 1), false)
    }

    /// Walks through an array. A missing bracket at the end does no harm.
    fn items<'p>(
        &mut self,
        walk: &mut Walk<'_, 'p>,
        mut at: usize,
        path: &'p [u8],
    ) -> (usize, bool) {
        let json = walk.json;
        let step = ItemStep::new(path);
        walk.over = step.over().or(walk.over);
        let mut picked = List::new();
        let mut starts = Vec::new();
        let mut count = 0;
        loop {
            if matches!(step, ItemStep::Each(_)) {
                starts.push(at);
            }
            let (named, into) = match step {
                ItemStep::Index(index, Rest::Into(path)) => (index == Some(count), Some(path)),
                ItemStep::Index(index, _) => (index == Some(count), None),
                _ => (false, None),
            };
            let item = loop {
                match json.get(at) {
                    // A text within the last item never ended.
                    None if at > json.len() => return (at, false),
                    None | Some(b']') => {
                        return (
                            at + 1,
                            self.end_of_items(walk, &step, &starts, count, &picked),
                        );
                    }
                    Some(_) => {}
                }
                match Found::at(json, at) {
                    Some(At::Value(found, end)) => {
                        at = end;
                        break Some(found);
                    }
                    Some(At::Open) if matches!(step, ItemStep::Query(..)) => {
                        let end = scan::skip_brackets(json, at + 1);
                        let found = Found::new(Kind::Json, &json[at..end.min(json.len())]);
                        at = end;
                        break Some(found);
                    }
                    Some(At::Open) => {
                        let over;
                        (at, over) = self.open(walk, at, named, into);
                        if over {
                            return (at, true);
                        }
                        break None;
                    }
                    Some(At::Unclosed) => return (json.len(), false),
                    Some(At::Other) | None => at += 1,
                }
            };
            count += 1;
            let Some(item) = item else { continue };
            if let ItemStep::Query(query, rest) = &step {
                if let Some(found) = self.query(walk, query, *rest, item, &mut picked) {
                    walk.found = found;
                    return (at, true);
                }
            } else if named && into.is_none() {
                walk.found = item;
                return (at, true);
            }
        }
    }

    /// Asks one item. With a result the search is over.
    fn query<'j, 'p>(
        &mut self,
        walk: &mut Walk<'_, 'p>,
        query: &Query<'_>,
        rest: Rest<'p>,
        item: Found<'j>,
        picked: &mut List,
    ) -> Option<Found<'j>> {
        if !self.spend(query.path.len() + 1) {
            return Some(Found::default());
        }
        let passes = if item.kind == Kind::Json {
            let value = self.get_in(&item, query.path);
            query.passes(self, &value)
        } else {
            query.path.is_empty() && query.passes(self, &item)
        };
        if !passes {
            return None;
        }
        let found = match rest {
            Rest::Into(path) => {
                let (path, over) =
                    split_pipe(path).map_or((path, None), |(path, over)| (path, Some(over)));
                walk.over = over.or(walk.over);
                self.get_in(&item, path)
            }
            Rest::End | Rest::Over(_) => item,
        };
        if query.all {
            picked.push(&found.raw);
            return None;
        }
        Some(found)
    }

    /// What a step makes of the items as a whole.
    fn end_of_items<'p>(
        &mut self,
        walk: &mut Walk<'_, 'p>,
        step: &ItemStep<'p>,
        starts: &[usize],
        count: usize,
        picked: &List,
    ) -> bool {
        match step {
            ItemStep::Count(_) => {
                walk.found = Found::made(Kind::Number, count.to_string().into_bytes());
                true
            }
            ItemStep::Each(path) => {
                let (path, over) =
                    split_pipe(path).map_or((*path, None), |(path, over)| (path, Some(over)));
                walk.over = over.or(walk.over);
                walk.found = Found::made(Kind::Json, self.each(walk.json, starts, path));
                true
            }
            ItemStep::Query(query, _) if query.all && !walk.found.exists() => {
                walk.found = Found::made(Kind::Json, picked.clone().end());
                false
            }
            _ => false,
        }
    }

    /// The list of what is found in the items that begin at these places. In
    /// broken JSON the last one may be beyond the array.
    fn each(&mut self, json: &[u8], starts: &[usize], path: &[u8]) -> Vec<u8> {
        let mut list = List::new();
        for start in starts {
            let blank = |byte: &&u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
            let Some(rest) = json.get(*start..) else {
                break;
            };
            let rest = &rest[rest.iter().take_while(blank).count()..];
            if rest.first().is_some_and(|byte| *byte != b']')
                && let Some((item, _)) = Found::next(rest, 0)
            {
                let found = self.get(&item.raw, path);
                if found.exists() {
                    list.push(&found.raw);
                }
            }
        }
        list.end()
    }

    /// As [`Self::get`], in what was found before.
    fn get_in<'j>(&mut self, found: &Found<'j>, path: &[u8]) -> Found<'j> {
        match found.raw {
            Cow::Borrowed(json) => self.get(json, path),
            Cow::Owned(ref json) => self.get(json, path).into_owned(),
        }
    }
}

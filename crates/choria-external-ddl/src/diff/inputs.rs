//! Inputs in comparison: is a request that passed still one that passes?

use super::{ChangeKind, Changes, Pair, applied};
use crate::{Input, Type, Validation};

pub(super) fn compare(changes: &mut Changes, action: &str, pair: Pair<'_, Input>) {
    let who = |input: &Input| format!("input {} of {action}", input.name);
    let (old, new) = match pair {
        Pair::Removed(old) => {
            // Servers refuse what they do not know.
            return changes.add(
                ChangeKind::Removed,
                true,
                format!("{} was removed", who(old)),
            );
        }
        Pair::Added(new) => {
            let how = if new.optional { "optional" } else { "required" };
            let what = format!("{} is new and {how}", who(new));
            return changes.add(ChangeKind::Added, !new.optional, what);
        }
        Pair::Both(old, new) => (old, new),
    };
    let who = who(new);
    texts(changes, &who, old, new);
    if old.optional != new.optional {
        let how = if new.optional { "optional" } else { "required" };
        changes.add(
            ChangeKind::Changed,
            !new.optional,
            format!("{who} is {how} now"),
        );
    }
    let (was, is) = (old.kind.text(), new.kind.text());
    changes.compare(
        &format!("the type of {who}"),
        was,
        is,
        !takes(&new.kind, &old.kind),
    );
    default(changes, &who, old, new);
    // What does not apply to the type says nothing.
    if new.kind == Type::List {
        list(changes, &who, old, new);
    }
    if new.kind == Type::String {
        length(changes, &who, old, new);
        validation(changes, &who, old, new);
    }
}

fn texts(changes: &mut Changes, who: &str, old: &Input, new: &Input) {
    let compare = |changes: &mut Changes, what: &str, old: &str, new: &str| {
        changes.compare(&format!("the {what} of {who}"), old, new, false);
    };
    compare(changes, "prompt", &old.prompt, &new.prompt);
    compare(changes, "description", &old.description, &new.description);
}

/// Whether a type takes all that another one took.
fn takes(new: &Type, old: &Type) -> bool {
    let is_number = |kind: &Type| matches!(kind, Type::Float | Type::Number);
    match old {
        _ if new == old => true,
        Type::Integer | Type::Float | Type::Number if is_number(new) => true,
        // What a text must be besides is compared by itself.
        Type::List => *new == Type::String,
        // The one unknown type that servers take values for.
        Type::Other(word) if word.eq_ignore_ascii_case("int") => {
            *new == Type::Integer || is_number(new)
        }
        // No value fitted: no request is lost.
        Type::Other(_) => true,
        _ => false,
    }
}

/// A client without the new DDL sends the old default, or none. One with it no
/// longer fills in a default that is gone, and refuses a request that lacks the
/// input.
fn default(changes: &mut Changes, who: &str, old: &Input, new: &Input) {
    if old.default_value() != new.default_value() {
        let what = match new.default_value() {
            Some(default) => format!("the default of {who} is {default}"),
            None => format!("{who} no longer has a default"),
        };
        let breaks = new.default_value().is_none() && !new.optional;
        changes.add(ChangeKind::Changed, breaks, what);
    }
}

fn list(changes: &mut Changes, who: &str, old: &Input, new: &Input) {
    for gone in old.list.iter().filter(|item| !new.list.contains(item)) {
        changes.add(
            ChangeKind::Removed,
            true,
            format!("{who} no longer takes {gone:?}"),
        );
    }
    for added in new.list.iter().filter(|item| !old.list.contains(item)) {
        changes.add(
            ChangeKind::Added,
            false,
            format!("{who} takes {added:?}, too"),
        );
    }
}

fn length(changes: &mut Changes, who: &str, old: &Input, new: &Input) {
    let most = |input: &Input| match input.maxlength.unwrap_or(0) {
        0 => i64::MAX,
        most => most,
    };
    if most(old) != most(new) {
        let what = match most(new) {
            i64::MAX => format!("{who} can have any length"),
            most => format!("{who} can have at most {most} bytes"),
        };
        changes.add(ChangeKind::Changed, most(new) < most(old), what);
    }
}

fn validation(changes: &mut Changes, who: &str, old: &Input, new: &Input) {
    let (was, is) = (applied(old), applied(new));
    if was == is {
        let what = format!("the validation of {who}, which is never applied,");
        changes.compare(&what, old.validation.text(), new.validation.text(), false);
        return;
    }
    let is_address = |rule: &Validation| {
        matches!(
            rule,
            Validation::IpAddress | Validation::Ipv4Address | Validation::Ipv6Address
        )
    };
    // Does the new rule take all that the old one took?
    let wider = match is {
        Validation::None | Validation::Unknown(_) => true,
        // Nothing of an address is unsafe.
        Validation::IpAddress => is_address(was),
        Validation::Shellsafe => is_address(was) || *was == Validation::ShellWord,
        Validation::ShellWord => *was == Validation::Ipv4Address,
        _ => false,
    };
    let what = match is {
        Validation::None => format!("{who} is no longer validated"),
        rule => format!("{who} is validated by {:?}", rule.text()),
    };
    changes.add(ChangeKind::Changed, !wider, what);
}

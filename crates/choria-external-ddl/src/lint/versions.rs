//! Rules on two versions of a DDL.

use super::look::{Index, Look, Part};
use super::{Loaded, Report, rules};
use crate::Ddl;
use crate::diff::diff;

/// Looks through a DDL as [`lint`](super::lint()) does, and at its version in comparison with
/// the DDL that servers have now: if anything changed it has to be another one,
/// for servers do not load a DDL again whose version they have.
///
/// An old DDL that does not load is no DDL that servers have: there is nothing
/// to compare with. What changed is told by [`crate::diff::diff`].
pub fn against(old: &str, new: &str) -> Report {
    match Loaded::of_json(new) {
        Ok(new) => compare(old, &new),
        Err(finding) => finding.into(),
    }
}

/// The same for a new DDL in its Ruby form; the old one is in its JSON form.
pub fn against_ruby(old: &str, new: &[u8]) -> Report {
    match Loaded::of_ruby(new) {
        Ok(new) => compare(old, &new),
        Err(finding) => finding.into(),
    }
}

fn compare(old: &str, new: &Loaded) -> Report {
    let mut report = new.report();
    let (Ok(before), Ok(after)) = (Ddl::from_json(old.as_bytes()), &new.ddl) else {
        return report;
    };
    let changes = diff(&before, after);
    let mut look = Look::default();
    let index = Index::of(&new.root);
    let top = Part::whole(&new.root, &index);
    let about = top.key("metadata");
    let version = about.key("version");
    let (was, is) = (&before.metadata.version, &after.metadata.version);
    if changes.version_must_rise() {
        let count = changes.changes.len();
        let plural = if count == 1 { "change" } else { "changes" };
        let what = format!("the version is still {is:?}, despite {count} {plural}");
        look.report_at(&rules::SAME_VERSION, &version, what);
    } else if let (Some(was), Some(is)) = (numbers(was), numbers(is))
        && is < was
    {
        let (was, is) = (&before.metadata.version, &after.metadata.version);
        let what = format!("the version is {is:?} and was {was:?}");
        look.report_at(&rules::LOWER_VERSION, &version, what);
    }
    report.findings.extend(look.report().findings);
    report.sort();
    report
}

/// The numbers of a version `x`, `x.y` or `x.y.z`; those that it lacks are 0.
pub(super) fn numbers(version: &str) -> Option<[u64; 3]> {
    let mut numbers = [0; 3];
    for (at, part) in version.split('.').enumerate() {
        if part.is_empty() || !part.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        // One that is too large for a number is still a version.
        *numbers.get_mut(at)? = part.parse().unwrap_or(u64::MAX);
    }
    Some(numbers)
}

#[cfg(test)]
mod tests {
    use super::numbers;

    #[test]
    fn versions_have_one_to_three_numbers() {
        assert_eq!(numbers("1"), Some([1, 0, 0]));
        assert_eq!(numbers("1.20.3"), Some([1, 20, 3]));
        for none in [
            "",
            "1.",
            ".1",
            "1.2.3.4",
            "v1",
            "1.2.3-rc1",
            "1.*",
            "+1",
            "1 ",
        ] {
            assert_eq!(numbers(none), None, "{none}");
        }
    }
}

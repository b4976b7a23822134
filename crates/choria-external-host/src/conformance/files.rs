//! The file of the program, and its DDL.

use std::fs;
use std::path::Path;

use choria_external_ddl::Ddl;
use choria_external_ddl::diff::diff;
use choria_external_ddl::lint::{Finding, Severity, lint};

use super::answer::shown;
use super::probe::{Halt, Probe, skip};
use super::{Verdict, several};
use crate::error::HostError;

pub(super) fn names(probe: &mut Probe) -> Result<Verdict, Halt> {
    let program = &probe.program;
    if program.package {
        return skip("the program of a Cargo package is not where a server looks for it");
    }
    if let Some(reason) = program.misplaced() {
        return Ok(Verdict::error(reason));
    }
    let wanted = format!("{}.json", program.name);
    Ok(match file_name(program.ddl_file.as_deref()) {
        Some(file) if file != wanted => Verdict::error(format!(
            "a server looks for this agent's DDL under the name {wanted}, but it is {file}"
        )),
        Some(_) => Verdict::Kept(format!("{} and {wanted}", program.name)),
        None => return skip("there is no DDL to compare the name with"),
    })
}

fn file_name(path: Option<&Path>) -> Option<String> {
    Some(path?.file_name()?.to_string_lossy().into_owned())
}

/// The permission to execute a file, of anybody.
pub(super) const EXECUTE: u32 = 0o111;

pub(super) fn permissions(probe: &mut Probe) -> Result<Verdict, Halt> {
    let program = &probe.program;
    let mut verdicts = Vec::new();
    let files = [
        (Some(program.path.clone()), EXECUTE),
        (program.ddl_file.clone(), 0o444),
    ];
    for (file, needed) in files {
        let Some(file) = file else { continue };
        let mode = crate::os::mode(&file).map_err(|error| HostError::File {
            what: "look at",
            path: file.clone(),
            error,
        })?;
        if needed == EXECUTE && mode.is_some_and(|mode| mode & EXECUTE == 0) {
            probe.suspect_no_start();
        }
        let name = file_name(Some(&file)).unwrap_or_default();
        // There are none on some systems.
        verdicts.extend(mode.map(|mode| permission(&name, mode, needed)));
    }
    if verdicts.is_empty() {
        return skip("this system has no such permissions");
    }
    Ok(Verdict::worst(verdicts))
}

/// `needed`: what somebody must be allowed to do.
pub(super) fn permission(name: &str, mode: u32, needed: u32) -> Verdict {
    let mode = mode & 0o777;
    let what = if needed == EXECUTE { "execute" } else { "read" };
    if mode & needed == 0 {
        Verdict::error(format!("nobody may {what} {name}: its mode is 0{mode:03o}"))
    } else if mode & 0o002 != 0 {
        Verdict::warning(format!(
            "every user of this machine can change {name}: its mode is 0{mode:03o}"
        ))
    } else {
        Verdict::Kept("not writable by everybody".into())
    }
}

pub(super) fn ddl(probe: &mut Probe) -> Result<Verdict, Halt> {
    let program = &probe.program;
    let Some(ddl) = &program.ddl else {
        let why = program.no_ddl.as_deref().unwrap_or("none was given");
        return Ok(Verdict::error(format!(
            "there is no DDL, so a server does not load the agent: {why}"
        )));
    };
    let text = match &program.ddl_file {
        Some(file) => read(file)?,
        None => ddl.to_json(),
    };
    let report = lint(&text);
    let of = |severity| {
        let findings = report.findings.iter();
        let found: Vec<String> = findings
            .filter(|finding| finding.rule.severity == severity)
            .map(
                |Finding {
                     rule, what, path, ..
                 }| {
                    format!("{} {}: {} ({path})", rule.code, rule.title, shown(what))
                },
            )
            .collect();
        found
    };
    let [errors, warnings] = [Severity::Error, Severity::Warning].map(of);
    Ok(if !errors.is_empty() {
        Verdict::error(several(&errors))
    } else if !warnings.is_empty() {
        Verdict::warning(several(&warnings))
    } else {
        Verdict::Kept(match ddl.actions.len() {
            1 => "1 action".into(),
            several => format!("{several} actions"),
        })
    })
}

fn read(file: &Path) -> Result<String, HostError> {
    fs::read_to_string(file).map_err(|error| HostError::File {
        what: "read the DDL",
        path: file.into(),
        error,
    })
}

pub(super) fn ruby(probe: &mut Probe) -> Result<Verdict, Halt> {
    let (Some(ddl), Some(file)) = (&probe.program.ddl, &probe.program.ddl_file) else {
        return skip("there is no file with the JSON DDL to look beside");
    };
    let file = file.with_extension("ddl");
    let name = file_name(Some(&file)).unwrap_or_default();
    if !file.exists() {
        let none = format!("there is no {name}");
        return Ok(Verdict::note(none));
    }
    let note = |what| Ok(Verdict::note(what));
    match Ddl::from_ruby(&read(&file)?) {
        Err(error) => note(format!("{name}: {error}")),
        Ok(ruby) if diff(&ruby, ddl).changes.is_empty() => Ok(Verdict::Kept(name)),
        Ok(_) => note(format!(
            "{name} differs from the JSON form: choria-external ddl diff shows how"
        )),
    }
}

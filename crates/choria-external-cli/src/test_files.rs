//! `choria-external test`.
//!
//! | module | what it holds |
//! |---|---|
//! | `document`, with `tree`, `json`, `yaml` and `scalar` | a file in which everything knows its place |
//! | `schema` | what a file looks like, and what is wrong with one |
//! | `file`, `expect`, with `reader` | cases, and what is to come of them, as types |
//! | `node`, `run`, `check` | the agent of a case, its calls, and whether all is as wanted |
//! | `report`, with `text`, `tap` and `junit` | what became of the cases |
//! | `report_file` | where the report goes |
//! | `update`, `edit` | expectations rewritten, and nothing else |

mod check;
mod document;
mod edit;
mod expect;
mod file;
mod json;
mod junit;
mod node;
mod reader;
mod report;
mod report_file;
mod run;
mod scalar;
mod schema;
mod tap;
mod text;
mod tree;
mod update;
mod yaml;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context as _, bail};
use choria_external_host::Supervisor;

use self::file::TestFile;
use self::node::Subject;
use self::report::Report;
use self::run::{Done, Job, Verdict};
use crate::TROUBLE;
use crate::args::{Test, TestFormat};
use crate::output::{complain, print, with_causes};
use crate::paint::Paint;
use crate::show::printable_json;
use crate::signals::Signals;
use crate::supervise;

/// Runs the cases of all files. Nothing is run where a file is wrong.
pub(crate) fn test(args: &Test) -> anyhow::Result<ExitCode> {
    if args.schema {
        print(schema::TEXT)?;
        return Ok(ExitCode::SUCCESS);
    }
    let supervisor = supervise::supervisor();
    let signals = Signals::watch(&supervisor).context("could not watch for signals")?;
    let code = read_and_run(args, &supervisor);
    supervise::warn_of(&supervisor.end_all());
    match signals.exit_code() {
        Some(code) => Ok(ExitCode::from(code)),
        None => code,
    }
}

fn read_and_run(args: &Test, supervisor: &Supervisor) -> anyhow::Result<ExitCode> {
    let Some(files) = read(args) else {
        return Ok(ExitCode::from(TROUBLE));
    };
    let chosen = |case: &file::Case| {
        args.filter
            .as_ref()
            .is_none_or(|part| case.name.contains(part))
    };
    if !files.iter().any(|file| file.cases.iter().any(chosen)) {
        bail!(
            "no case has {:?} in its name",
            args.filter.as_deref().unwrap_or_default()
        );
    }
    let Some(subjects) = subjects(args, &files, supervisor) else {
        return Ok(ExitCode::from(TROUBLE));
    };
    if let Some(path) = &args.output {
        report_file::check(path, &args.files, &files, &subjects)?;
    }
    let mut jobs = Vec::new();
    for (file, subject) in files.iter().zip(&subjects) {
        let cases = file.cases.iter().filter(|case| chosen(case));
        jobs.extend(cases.map(|case| Job {
            file,
            case,
            subject,
        }));
    }
    run_all(args, &files, &jobs, supervisor)
}

/// The paths, each once.
fn paths(args: &Test) -> Vec<&PathBuf> {
    let mut paths: Vec<&PathBuf> = Vec::new();
    for path in &args.files {
        if !paths.contains(&path) {
            paths.push(path);
        }
    }
    paths
}

/// The path that leads to the same file as this one.
fn same_file<'a>(path: &Path, others: &[&'a PathBuf]) -> Option<&'a PathBuf> {
    let there = path.canonicalize().ok()?;
    let is = |other: &Path| other.canonicalize().is_ok_and(|other| other == there);
    others.iter().find(|other| is(other)).copied()
}

/// All files; `None` where one of them is wrong, after all that is was told.
fn read(args: &Test) -> Option<Vec<TestFile>> {
    let mut files = Vec::new();
    let mut well = true;
    let paths = paths(args);
    for (at, path) in paths.iter().enumerate() {
        let read = match same_file(path, &paths[..at]) {
            // Its cases would be run twice, and rewritten twice.
            Some(other) => Err(vec![format!(
                "{} is the same file as {}: name it once",
                path.display(),
                other.display()
            )]),
            None => TestFile::read(path),
        };
        match read {
            Ok(file) => files.push(file),
            Err(wrong) => {
                well = false;
                for what in wrong {
                    complain("error", &what);
                }
            }
        }
    }
    well.then_some(files)
}

/// The agent of each file; `None` where one cannot be tested.
fn subjects(args: &Test, files: &[TestFile], supervisor: &Supervisor) -> Option<Vec<Subject>> {
    let mut subjects: Vec<Subject> = Vec::new();
    let mut wrong = Vec::new();
    for file in files {
        match Subject::find(file, args.agent.as_deref(), args.profile, supervisor) {
            Ok(subject) => subjects.push(subject),
            Err(error) => {
                let error = with_causes(&error);
                // What is wrong with --agent is so for each file.
                if !wrong.contains(&error) {
                    complain("error", &error);
                    wrong.push(error);
                }
            }
        }
    }
    let warnings = || subjects.iter().flat_map(Subject::warnings);
    for (at, warning) in warnings().enumerate() {
        // Files of one agent have the same ones.
        let before = warnings().take(at);
        if !before.into_iter().any(|told| told == warning) {
            complain("warning", &warning);
        }
    }
    (subjects.len() == files.len()).then_some(subjects)
}

fn run_all(
    args: &Test,
    files: &[TestFile],
    jobs: &[Job<'_>],
    supervisor: &Supervisor,
) -> anyhow::Result<ExitCode> {
    // The report for people goes to standard output as it grows, unless
    // another one does.
    let people = args.format == TestFormat::Text || args.output.is_some();
    let live = people && !args.update;
    let paint = Paint::of_stdout();
    let start = Instant::now();
    let mut printed = Ok(());
    let mut done = run::run(jobs, args.parallel, args.fail_fast, |at, done| {
        if live && printed.is_ok() && !supervisor.cancel.is_cancelled() {
            printed = print(&text::line(paint, &jobs[at], done));
        }
    });
    printed?;
    if supervisor.cancel.is_cancelled() {
        return Ok(ExitCode::from(TROUBLE));
    }
    let mut trouble = false;
    if args.update {
        for (file, path) in files.iter().zip(paths(args)) {
            let left = update::update(file, path, jobs, &mut done);
            for told in left.unwrap_or_else(|error| vec![with_causes(&error)]) {
                complain("error", &told);
                trouble = true;
            }
        }
    }
    let report = Report {
        cases: jobs.iter().zip(&done).collect(),
        time: start.elapsed(),
    };
    if people {
        if !live {
            let lines = report
                .cases
                .iter()
                .map(|(job, done)| text::line(paint, job, done));
            print(&lines.collect::<String>())?;
        }
        print(&text::rest(paint, &report))?;
    }
    let text = whole(&report, args.format);
    match &args.output {
        Some(path) => report_file::write(path, &text)?,
        None if !people => print(&text)?,
        None => {}
    }
    Ok(exit_code(&done, trouble))
}

/// The whole report in one of its formats.
fn whole(report: &Report<'_>, format: TestFormat) -> String {
    match format {
        TestFormat::Text => text::whole(report),
        TestFormat::Tap => tap::whole(report),
        TestFormat::Junit => junit::whole(report),
        TestFormat::Json => printable_json(&format!("{:#}\n", report.json())),
    }
}

fn exit_code(done: &[Done], trouble: bool) -> ExitCode {
    let any = |of: fn(&Verdict) -> bool| done.iter().any(|done| of(&done.verdict));
    if trouble || any(|verdict| matches!(verdict, Verdict::Trouble(_))) {
        ExitCode::from(TROUBLE)
    } else if any(|verdict| !verdict.is_well()) {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

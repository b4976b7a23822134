//! All there is to see of one start of a program.

use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::error::HostError;
use crate::orphans::LeftBehind;
use crate::output::Printed;
use crate::whole_file::{Access, make_folder, replace};

/// All there is to see of one start of a program: how it was started, what it
/// was given, what it gave, what it left running.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Trace {
    /// The program and its arguments. The last three are the request file, the
    /// reply file and a protocol.
    pub command: Vec<OsString>,
    /// Its whole environment.
    pub environment: Vec<(&'static str, OsString)>,
    /// The folder it was started in.
    pub folder: PathBuf,
    /// The content of the request file.
    pub request: Vec<u8>,
    /// The content of the facts file; a discovery source has none.
    pub facts: Option<Vec<u8>>,
    /// What lay in the reply file at the end, whatever the exit code; nothing
    /// where no file was there that can be read.
    pub reply: Vec<u8>,
    /// The exit code; `None` where it was not started, was killed, or ended by a
    /// signal.
    pub exit: Option<i32>,
    /// What it wrote on standard output.
    pub stdout: Printed,
    /// What it wrote on standard error.
    pub stderr: Printed,
    /// What it left running. Under a server that lives on; here it was ended.
    pub left: Vec<LeftBehind>,
}

/// The temporary files of a start: the variables that name them, what texts call
/// them, and the names under which [`Trace::save`] keeps them.
const FILES: [(&str, &str, &str); 3] = [
    ("CHORIA_EXTERNAL_REQUEST", "{request}", "request.json"),
    ("CHORIA_EXTERNAL_REPLY", "{reply}", "reply.json"),
    ("CHORIA_EXTERNAL_FACTS", "{facts}", "facts.json"),
];

impl Trace {
    /// The start as a line for a POSIX shell.
    ///
    /// The files it names are gone; those of [`Trace::save`] have a line of
    /// their own.
    pub fn shell_line(&self) -> String {
        let mut line = format!("cd {} && env -i", quoted(self.folder.as_os_str()));
        for (name, value) in &self.environment {
            // Writing into a text does not fail.
            let _ = write!(line, " {name}={}", quoted(value));
        }
        let program = self
            .command
            .first()
            .map(|program| program.to_string_lossy());
        if program.is_some_and(|program| program.contains('=')) {
            // It would be one more variable.
            line += r#" /bin/sh -c 'exec "$0" "$@"'"#;
        }
        for word in &self.command {
            let _ = write!(line, " {}", quoted(word));
        }
        line + " </dev/null"
    }

    /// Keeps all files of the start in a folder, which is made:
    ///
    /// | file | content |
    /// |---|---|
    /// | `request.json`, `facts.json` | what the program read |
    /// | `reply.json` | what it replied |
    /// | `stdout`, `stderr` | what it printed, 4 MiB of each at the most |
    /// | `start.sh` | starts it once more, with these files; the reply is emptied before |
    ///
    /// # Errors
    /// [`HostError::File`]
    pub fn save(&self, folder: &Path) -> Result<(), HostError> {
        let folder = &crate::os::absolute(folder)?;
        let failed = |path: &Path, error| HostError::File {
            what: "keep the files of the start in",
            path: path.into(),
            error,
        };
        make_folder(folder, Access::Private).map_err(|error| failed(folder, error))?;
        let script = format!(
            "#!/bin/sh\n# Starts the program as it was started.\n: > {}\n{}\n",
            quoted(folder.join("reply.json").as_os_str()),
            self.in_folder(folder).shell_line()
        );
        let facts = self.facts.as_deref();
        let files = [
            ("request.json", Some(&*self.request)),
            ("facts.json", facts),
            ("reply.json", Some(&*self.reply)),
            ("stdout", Some(&*self.stdout.bytes)),
            ("stderr", Some(&*self.stderr.bytes)),
            ("start.sh", Some(script.as_bytes())),
        ];
        for (name, content) in files {
            let Some(content) = content else { continue };
            let file = folder.join(name);
            replace(&file, content, Access::Private).map_err(|error| failed(&file, error))?;
        }
        Ok(())
    }

    /// A text in which the temporary files of this start, which have other names
    /// each time, are named for what they are: `{request}`, `{reply}`,
    /// `{facts}`.
    pub fn name_files(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (variable, name, _) in FILES {
            let values = self.environment.iter().filter(|(of, _)| *of == variable);
            for (_, value) in values {
                text = text.replace(&*value.to_string_lossy(), name);
            }
        }
        text
    }

    /// The same start with the files that were kept in a folder.
    fn in_folder(&self, folder: &Path) -> Self {
        let mut moved = Self {
            command: self.command.clone(),
            environment: self.environment.clone(),
            folder: self.folder.clone(),
            ..Self::default()
        };
        for (variable, _, file) in FILES {
            let kept = folder.join(file).into_os_string();
            for (name, value) in &mut moved.environment {
                if *name == variable {
                    for word in moved.command.iter_mut().filter(|word| *word == value) {
                        word.clone_from(&kept);
                    }
                    value.clone_from(&kept);
                }
            }
        }
        moved
    }
}

/// A word for a POSIX shell.
fn quoted(word: &OsStr) -> String {
    let word = word.to_string_lossy();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-+:=,@%".contains(&byte);
    if !word.is_empty() && word.bytes().all(plain) {
        return word.into_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_looks_like_a_variable_is_started_all_the_same() {
        let trace = Trace {
            command: ["/a=b/c", "r"].map(Into::into).into(),
            folder: "/tmp".into(),
            ..Trace::default()
        };
        assert_eq!(
            trace.shell_line(),
            r#"cd /tmp && env -i /bin/sh -c 'exec "$0" "$@"' /a=b/c r </dev/null"#
        );
    }

    #[test]
    fn the_line_for_a_shell_is_quoted_where_it_must_be() {
        let trace = Trace {
            command: ["/a b/c", "r", "p"].map(Into::into).into(),
            environment: vec![("PATH", "/bin:/usr/bin".into()), ("A", "it's".into())],
            folder: "/tmp".into(),
            ..Trace::default()
        };
        assert_eq!(
            trace.shell_line(),
            r"cd /tmp && env -i PATH=/bin:/usr/bin A='it'\''s' '/a b/c' r p </dev/null"
        );
    }
}

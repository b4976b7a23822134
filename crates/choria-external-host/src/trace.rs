//! Everything that can be observed of one start of a program.

use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::error::HostError;
pub use crate::output::{CapturedOutput, ReadTiming};
use crate::shell::{printing, quoted};
use crate::supervisor::LeftoverProcess;
use crate::whole_file::{Access, make_folder, replace};

/// Bytes of a file that are shown in a line for a shell.
const MOST_SHOWN: usize = 16 << 10;

/// All there is to see of one start of a program: how it was started, what it
/// was given, what it gave, what it left running.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Trace {
    /// The program and its arguments. The last three of an agent and a discovery
    /// source are the request file, the reply file and a protocol.
    pub command: Vec<OsString>,
    /// Its whole environment.
    pub environment: Vec<(String, OsString)>,
    /// The folder it was started in.
    pub folder: PathBuf,
    /// What it was given on standard input. `None` if that was no pipe: then it
    /// read nothing there.
    pub stdin: Option<Vec<u8>>,
    /// The files that were there only for this start.
    pub files: Vec<TraceFile>,
    /// The exit code; `None` where it was not started, was killed, or ended by a
    /// signal.
    pub exit: Option<i32>,
    /// What it wrote on standard output; on standard error, too, if both were one
    /// pipe.
    pub stdout: CapturedOutput,
    /// What it wrote on standard error.
    pub stderr: CapturedOutput,
    /// What it left running. Under a server that lives on; here it was ended.
    pub left: Vec<LeftoverProcess>,
}

/// A file that was there only for one start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TraceFile {
    /// What it is, such as `request`; [`Trace::save`] keeps it as `request.json`.
    pub name: String,
    /// Where it was.
    pub path: PathBuf,
    /// What the program read there; in a file that the program writes, what lay
    /// there at the end, whatever the exit code. Empty if that could not be read.
    pub content: Vec<u8>,
    /// Whether the program writes it.
    pub is_collected: bool,
}

impl Trace {
    /// A file of the start by its name: an agent has `request`, `reply` and
    /// `facts`, a discovery source the first two.
    pub fn file(&self, name: &str) -> Option<&TraceFile> {
        self.files.iter().find(|file| file.name == name)
    }

    /// The content of the request file; empty if there was none.
    pub fn request(&self) -> &[u8] {
        self.content("request")
    }

    /// What lay in the reply file at the end; empty if there was none.
    pub fn reply(&self) -> &[u8] {
        self.content("reply")
    }

    fn content(&self, name: &str) -> &[u8] {
        self.file(name).map_or(b"", |file| &file.content)
    }

    /// The start as a line for a POSIX shell.
    ///
    /// The files it names are gone; [`Trace::shell_lines`] make them again, and
    /// those of [`Trace::save`] have a line of their own.
    pub fn shell_line(&self) -> String {
        let command = self.shell_command(|file| quoted(file.path.as_os_str()));
        match &self.stdin {
            None => format!("{command} </dev/null"),
            Some(stdin) => format!("{} | ({command})", printing(stdin)),
        }
    }

    /// The start as lines that can be pasted into a POSIX shell as they are.
    ///
    /// They write the start's files into a new temporary folder, start the program
    /// in the same folder with the same environment and standard input, show what
    /// it wrote into its files, and remove the temporary folder.
    ///
    /// The request is among them, as JSON. A file, or standard input, of more than
    /// 16 KiB is empty there, and a comment says so; [`Trace::save`] keeps all.
    pub fn shell_lines(&self) -> String {
        let mut lines = String::new();
        let mut written = |name: &str, content: &[u8]| {
            if content.len() <= MOST_SHOWN {
                return printing(content);
            }
            let _ = writeln!(
                lines,
                "# {name} has {} bytes, too many to show: it is empty here",
                content.len()
            );
            printing(b"")
        };
        let place = |file: &TraceFile| format!("\"$files\"/{}", quoted(file.kept_as().as_ref()));
        let mut files = String::new();
        let mut end = String::new();
        for file in &self.files {
            let place = place(file);
            if file.is_collected {
                let _ = writeln!(files, ": >{place}");
                let _ = writeln!(end, "cat {place}");
            } else {
                let _ = writeln!(files, "{} >{place}", written(&file.name, &file.content));
            }
        }
        if !self.files.is_empty() {
            files.insert_str(0, "files=$(mktemp -d)\n");
            end += "rm -r \"$files\"\n";
        }
        let command = self.shell_command(place);
        let start = match &self.stdin {
            None => format!("({command} </dev/null)\n"),
            Some(stdin) => format!("{} | ({command})\n", written("standard input", stdin)),
        };
        lines + &files + &start + &end
    }

    /// Enters the folder and starts the program there; `place` is the word for a
    /// file of this start.
    fn shell_command(&self, place: impl Fn(&TraceFile) -> String) -> String {
        let shell_word = |word: &OsStr| {
            let mut files = self.files.iter();
            let file = files.find(|file| file.path.as_os_str() == word);
            file.map_or_else(|| quoted(word), &place)
        };
        let mut line = format!("cd {} && env -i", quoted(self.folder.as_os_str()));
        for (name, value) in &self.environment {
            // Writing into a text does not fail.
            let _ = write!(line, " {name}={}", shell_word(value));
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
            let _ = write!(line, " {}", shell_word(word));
        }
        line
    }

    /// Keeps all files of the start in a folder, which is made:
    ///
    /// | file | content |
    /// |---|---|
    /// | `NAME.json` | each of the start's [files](Self::files): `request.json`, `facts.json` and `reply.json` of an agent |
    /// | `stdin` | what it was given there, if anything |
    /// | `stdout`, `stderr` | what it printed, 4 MiB of each at the most |
    /// | `start.sh` | starts it once more, with these files; a reply is emptied before |
    ///
    /// # Errors
    /// Returns [`HostError::File`].
    pub fn save(&self, folder: &Path) -> Result<(), HostError> {
        let folder = &crate::os::absolute(folder)?;
        let failed = |path: &Path, error| HostError::File {
            what: "keep the files of the start in",
            path: path.into(),
            error,
        };
        make_folder(folder, Access::Private).map_err(|error| failed(folder, error))?;
        let mut script = String::from("#!/bin/sh\n# Starts the program as it was started.\n");
        let mut files = Vec::new();
        for file in &self.files {
            let kept = folder.join(file.kept_as());
            if file.is_collected {
                let _ = writeln!(script, ": > {}", quoted(kept.as_os_str()));
            }
            files.push((kept, &*file.content));
        }
        let stdin = match &self.stdin {
            Some(stdin) => {
                let kept = folder.join("stdin");
                let word = quoted(kept.as_os_str());
                files.push((kept, stdin));
                word
            }
            None => "/dev/null".into(),
        };
        let command = self.shell_command(|file| quoted(folder.join(file.kept_as()).as_os_str()));
        let _ = writeln!(script, "{command} <{stdin}");
        files.extend([
            (folder.join("stdout"), &*self.stdout.bytes),
            (folder.join("stderr"), &*self.stderr.bytes),
            (folder.join("start.sh"), script.as_bytes()),
        ]);
        for (file, content) in files {
            replace(&file, content, Access::Private).map_err(|error| failed(&file, error))?;
        }
        Ok(())
    }

    /// A text in which the temporary files of this start, which have other names
    /// each time, are named for what they are: `{request}`, `{reply}`,
    /// `{facts}`.
    pub fn name_files(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for file in &self.files {
            text = text.replace(&*file.path.to_string_lossy(), &format!("{{{}}}", file.name));
        }
        text
    }
}

impl TraceFile {
    fn kept_as(&self) -> String {
        format!("{}.json", self.name)
    }
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
            environment: vec![
                ("PATH".into(), "/bin:/usr/bin".into()),
                ("A".into(), "it's".into()),
            ],
            folder: "/tmp".into(),
            ..Trace::default()
        };
        assert_eq!(
            trace.shell_line(),
            r"cd /tmp && env -i PATH=/bin:/usr/bin A='it'\''s' '/a b/c' r p </dev/null"
        );
    }

    #[test]
    fn what_was_read_on_standard_input_is_in_the_line() {
        let trace = Trace {
            command: ["/c"].map(Into::into).into(),
            folder: "/tmp".into(),
            stdin: Some(br#"{"a": "it's"}"#.into()),
            ..Trace::default()
        };
        assert_eq!(
            trace.shell_line(),
            r#"printf %s '{"a": "it'\''s"}' | (cd /tmp && env -i /c)"#
        );
    }

    #[test]
    fn lines_for_a_shell_leave_out_what_is_too_long_and_say_so() {
        let file = |name: &str, content: &[u8], is_collected| TraceFile {
            name: name.into(),
            path: format!("/tmp/{name}1").into(),
            content: content.into(),
            is_collected,
        };
        let mut trace = Trace {
            command: ["/c", "/tmp/request1", "/tmp/reply1"]
                .map(Into::into)
                .into(),
            folder: "/tmp".into(),
            files: vec![
                file("request", &[b'x'; MOST_SHOWN + 1], false),
                file("reply", b"gone", true),
            ],
            ..Trace::default()
        };
        let lines = "# request has 16385 bytes, too many to show: it is empty here\n\
                     files=$(mktemp -d)\n\
                     printf %s '' >\"$files\"/request.json\n\
                     : >\"$files\"/reply.json\n\
                     (cd /tmp && env -i /c \"$files\"/request.json \"$files\"/reply.json </dev/null)\n\
                     cat \"$files\"/reply.json\n\
                     rm -r \"$files\"\n";
        assert_eq!(trace.shell_lines(), lines);

        // Without files there is no folder for them.
        trace.files.clear();
        trace.stdin = Some(b"{}".into());
        trace.command.truncate(1);
        assert_eq!(
            trace.shell_lines(),
            "printf %s '{}' | (cd /tmp && env -i /c)\n"
        );
    }
}

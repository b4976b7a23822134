//! DDLs from files and standard input.

use std::borrow::Cow;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use anyhow::{Context as _, anyhow, bail};
use choria_external_ddl::lint::{Report, against, against_ruby, lint, lint_ruby};
use choria_external_ddl::{Ddl, DdlError, NotJson};

use crate::args::Form;

/// No DDL is larger; an endless one must not fill the memory.
const LIMIT: u64 = 64 << 20;

/// What stands for standard input.
pub(super) fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// What messages call a file.
pub(super) fn name(path: &Path) -> String {
    if is_stdin(path) {
        "stdin".into()
    } else {
        path.display().to_string()
    }
}

/// Reads files. Standard input can be read once.
#[derive(Default)]
pub(super) struct Reader {
    form: Option<Form>,
    stdin_is_read: bool,
}

/// A DDL that is read, and not yet looked into.
pub(super) struct Source {
    /// What messages call it.
    pub(super) name: String,
    /// The kind of plugins that its place is for in older clients, if not agents.
    plugin: Option<&'static str>,
    pub(super) form: Form,
    bytes: Vec<u8>,
}

impl Reader {
    /// All DDLs are in this form; by default each says its own.
    pub(super) fn new(form: Option<Form>) -> Self {
        Self {
            form,
            stdin_is_read: false,
        }
    }

    /// Reads a DDL.
    pub(super) fn source(&mut self, path: &Path) -> anyhow::Result<Source> {
        let name = name(path);
        let bytes = self.bytes(path)?;
        let form = self.form.unwrap_or_else(|| form_of(path, &bytes));
        Ok(Source {
            name,
            plugin: plugin_of(path),
            form,
            bytes,
        })
    }

    /// Reads what is in a file, or comes from standard input.
    pub(super) fn bytes(&mut self, path: &Path) -> anyhow::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        if is_stdin(path) {
            if self.stdin_is_read {
                bail!(
                    "- is given twice, and standard input can be read only once: name a file instead of one"
                );
            }
            self.stdin_is_read = true;
            io::stdin()
                .lock()
                .take(LIMIT + 1)
                .read_to_end(&mut bytes)
                .context("could not read standard input")?;
        } else {
            if fs::metadata(path).is_ok_and(|there| there.is_dir()) {
                bail!(
                    "could not read {}: it is a folder, name the files in it",
                    path.display()
                );
            }
            File::open(path)
                .and_then(|file| file.take(LIMIT + 1).read_to_end(&mut bytes))
                .with_context(|| format!("could not read {}", path.display()))?;
        }
        if bytes.len() as u64 > LIMIT {
            bail!(
                "could not read {}: it is larger than 64 MiB, more than any DDL",
                path.display()
            );
        }
        Ok(bytes)
    }
}

/// What a file's ending says, in any case.
pub(super) fn form_of_ending(path: &Path) -> Option<Form> {
    let ending = path.extension()?.to_str()?;
    match &*ending.to_ascii_lowercase() {
        "json" => Some(Form::Json),
        "ddl" => Some(Form::Ruby),
        _ => None,
    }
}

/// By the ending; else JSON starts with a bracket, and Ruby never does.
fn form_of(path: &Path, bytes: &[u8]) -> Form {
    if let Some(form) = form_of_ending(path) {
        return form;
    }
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    match bytes.trim_ascii_start().first() {
        Some(b'{' | b'[') | None => Form::Json,
        Some(_) => Form::Ruby,
    }
}

/// The kind of plugin whose `.ddl` lies there, by its folder or the end of its name.
fn plugin_of(path: &Path) -> Option<&'static str> {
    const KINDS: [&str; 5] = ["aggregate", "connector", "data", "discovery", "validator"];
    let folder = path.parent().and_then(Path::file_name);
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    KINDS.into_iter().find(|kind| {
        folder.is_some_and(|folder| folder == *kind) || stem.ends_with(&format!("_{kind}"))
    })
}

/// Why a text is not JSON, for people.
pub(super) fn not_json(name: &str, wrong: &NotJson) -> anyhow::Error {
    let (line, column, label, advice) = (wrong.line, wrong.column, wrong.label(), wrong.advice());
    anyhow!("{name}:{line}:{column}: {label}: {advice}")
}

impl Source {
    /// The DDL in it.
    ///
    /// # Errors
    /// The first thing that cannot be read, as `file:line:column: what`; or that
    /// the agent has no name, and so most likely is none.
    pub(super) fn ddl(&self) -> anyhow::Result<Ddl> {
        let ddl = self.read()?;
        if let (Form::Ruby, Some(kind), true) = (self.form, self.plugin, ddl.actions.is_empty()) {
            bail!(
                "{}: the place is that of MCollective's {kind} plugins, and the file has no action: only the .ddl of agents is read",
                self.name
            );
        }
        if ddl.metadata.name.is_empty() {
            bail!(
                "{} is not a DDL: it has no metadata.name, the agent's name: write it, or give another file",
                self.name
            );
        }
        Ok(ddl)
    }

    /// Its JSON form: of JSON the text as it is, whatever is wrong with it.
    pub(super) fn json(&self) -> anyhow::Result<String> {
        match self.form {
            Form::Json => Ok(self.text().into_owned()),
            Form::Ruby => Ok(self.read()?.to_json()),
        }
    }

    /// What is wrong with it, also in comparison with an older one in its JSON
    /// form.
    pub(super) fn report(&self, old: Option<&str>) -> Report {
        match (self.form, old) {
            (Form::Json, Some(old)) => against(old, &self.text()),
            (Form::Json, None) => lint(&self.text()),
            (Form::Ruby, Some(old)) => against_ruby(old, &self.bytes),
            (Form::Ruby, None) => lint_ruby(&self.bytes),
        }
    }

    /// Its text, with what is no UTF-8 replaced, as Choria reads JSON. Of a mark
    /// at the start Ruby knows what it is; Choria's JSON does not.
    pub(super) fn text(&self) -> Cow<'_, str> {
        let bytes = match self.form {
            Form::Json => None,
            Form::Ruby => self.bytes.strip_prefix("\u{feff}".as_bytes()),
        };
        String::from_utf8_lossy(bytes.unwrap_or(&self.bytes))
    }

    /// Line and character of the first bytes that are no UTF-8.
    pub(super) fn replaced(&self) -> Option<(usize, usize)> {
        let valid = std::str::from_utf8(&self.bytes).err()?.valid_up_to();
        let before = String::from_utf8_lossy(&self.bytes[..valid]);
        let last = before.rsplit('\n').next().unwrap_or_default();
        Some((before.matches('\n').count() + 1, last.chars().count() + 1))
    }

    fn read(&self) -> anyhow::Result<Ddl> {
        match self.form {
            Form::Json => Ddl::from_json(&self.bytes).map_err(|error| self.wrong(&error)),
            Form::Ruby => Ddl::from_ruby_bytes(&self.bytes).map_err(|error| {
                let (line, column, what) = (error.line, error.column, error.what);
                anyhow!("{}:{line}:{column}: {what}", self.name)
            }),
        }
    }

    fn wrong(&self, error: &DdlError) -> anyhow::Error {
        let name = &self.name;
        match error {
            DdlError::Place(wrong) => anyhow!(
                "{name}:{}:{}: {}: expected {}, got {}",
                wrong.line,
                wrong.column,
                wrong.path,
                wrong.wanted,
                wrong.found
            ),
            DdlError::Json(wrong) => not_json(name, wrong),
            _ => anyhow!("{name}: {error}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_is_that_of_the_ending_then_of_the_first_character() {
        let form = |path: &str, text: &str| form_of(Path::new(path), text.as_bytes());
        assert_eq!(form("a.json", "metadata"), Form::Json);
        assert_eq!(form("a.DDL", "{"), Form::Ruby);
        assert_eq!(form("-", "\u{feff}\r\n {"), Form::Json);
        assert_eq!(form("-", "# a comment {"), Form::Ruby);
        assert_eq!(form("a.txt", " metadata"), Form::Ruby);
    }
}

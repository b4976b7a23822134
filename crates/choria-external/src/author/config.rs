//! The settings of a program, `plugin.d/NAME.cfg`.

use std::fmt;
use std::fs::Metadata;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::OnceLock;

use super::files::{self, Unreadable};
use super::secret::Secret;

/// A line this long silently ends the file in Choria (Go's `bufio.Scanner`).
const LINE_LIMIT: usize = 65_536;

/// The settings of a program: strings by name.
///
/// Choria passes the path of a file that may not exist
/// (`CHORIA_EXTERNAL_CONFIG`, without an extension), while Puppet writes one with an
/// extension. Therefore the first of these counts: that path, that path with `.cfg`, and
/// `NAME.cfg` in that path as a folder. If none of them exists, the settings are empty.
///
/// ```
/// use choria_external::Config;
///
/// let config = Config::from_text("prefix = say:\n# a remark\nlimit=5\n");
/// assert_eq!(config.get("prefix"), Some("say:"));
/// assert_eq!(config.parse::<u32>("limit")?, Some(5));
/// assert_eq!(config.parse::<u32>("other")?, None);
/// # Ok::<(), choria_external::ConfigError>(())
/// ```
///
/// The format is Choria's (vectors `config_lines.json`): `key = value` lines,
/// the first `=` that is not the first character splits, white space at the
/// ends and blanks round the `=` go, lines that start with `#` and lines
/// without a key or a value are passed over, the last of equal keys wins. There
/// are no quotes and no escapes, and a line of 65,536 bytes or more ends the
/// file; here that is an error in the log.
///
/// A setting whose key has `secret`, `password` or `token` in it, in any case,
/// counts as a secret, and so does one that is read by [`Config::secret`]. If everybody
/// can read the file of a secret, one warning in the log says so, and what to do. A file
/// that a group can read is fine: that is how Puppet gives it to the server.
#[derive(Clone, Default)]
pub struct Config {
    path: Option<PathBuf>,
    settings: Vec<(String, String)>,
    warning: Option<String>,
    /// The mode of a file that everybody can read.
    open_mode: Option<u32>,
    /// Whether the warning about that is in the log.
    told: OnceLock<()>,
}

impl Config {
    /// Reads settings from the text of a file.
    pub fn from_text(text: &str) -> Self {
        Self::from_bytes(text.as_bytes(), None)
    }

    fn from_bytes(bytes: &[u8], path: Option<PathBuf>) -> Self {
        let mut settings: Vec<(String, String)> = Vec::new();
        let mut warning = None;
        for (number, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
            if line.len() >= LINE_LIMIT {
                let file = path
                    .as_deref()
                    .unwrap_or(Path::new("configuration"))
                    .display();
                warning = Some(format!(
                    "{file}: line {} has {} bytes, the limit is {}: like Choria, this reads nothing after it",
                    number + 1,
                    line.len(),
                    LINE_LIMIT - 1,
                ));
                break;
            }
            let line = String::from_utf8_lossy(line);
            if let Some((key, value)) = setting(&line) {
                settings.push((key.into(), value.into()));
            }
        }
        Self {
            path,
            settings,
            warning,
            ..Self::default()
        }
    }

    /// Finds and reads the file that belongs to the path Choria gave, in the first of the
    /// three places. If the path is empty, or no file exists, there are no settings.
    ///
    /// # Errors
    /// Returns [`ConfigError`] if a file exists and cannot be read.
    pub fn find(given: &Path) -> Result<Self, ConfigError> {
        if given.as_os_str().is_empty() {
            return Ok(Self::default());
        }
        let with_ending = |path: &Path| {
            let mut path = path.as_os_str().to_owned();
            path.push(".cfg");
            PathBuf::from(path)
        };
        let in_folder = given
            .file_name()
            .map(|name| given.join(with_ending(Path::new(name))));
        let places = [Some(given.to_owned()), Some(with_ending(given)), in_folder];
        Self::first_of(places.into_iter().flatten())
    }

    /// The settings of the first file that is there; none, if there is none.
    pub(crate) fn first_of(places: impl IntoIterator<Item = PathBuf>) -> Result<Self, ConfigError> {
        for path in places {
            match read_file(&path) {
                Ok(Some((bytes, metadata))) => {
                    return Ok(Self {
                        open_mode: open_mode(&metadata),
                        ..Self::from_bytes(&bytes, Some(path))
                    });
                }
                Ok(None) => {}
                Err(error) => {
                    return Err(ConfigError(format!(
                        "could not read the configuration {}: {error}",
                        path.display()
                    )));
                }
            }
        }
        Ok(Self::default())
    }

    /// The part of the file that could not be read, for the log.
    pub fn warning(&self) -> Option<&str> {
        self.warning.as_deref()
    }

    /// Says in the log what is wrong with the file.
    pub(crate) fn log_warnings(&self) {
        if let Some(warning) = &self.warning {
            tracing::error!(target: "choria_external", "{warning}");
        }
        if self.open_mode.is_some()
            && let Some((key, _)) = self.settings.iter().find(|(key, _)| names_secret(key))
        {
            self.tell_open(key);
        }
    }

    /// Says once in the log that everybody can read a secret.
    fn tell_open(&self, key: &str) {
        let (Some(path), Some(mode)) = (&self.path, self.open_mode) else {
            return;
        };
        if self.told.set(()).is_ok() {
            let path = path.display();
            tracing::warn!(
                target: "choria_external",
                "{path}: everybody on this machine can read the secret `{key}`, its mode is {mode:04o}: \
                 chmod 600 {path}"
            );
        }
    }

    /// The file the settings came from.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// A setting as a string. It is never empty: Choria ignores empty values.
    pub fn get(&self, key: &str) -> Option<&str> {
        let last = self.settings.iter().rev().find(|(name, _)| name == key);
        last.map(|(_, value)| value.as_str())
    }

    /// A setting that must not be seen. If everybody can read its file, there is a warning
    /// in the log.
    ///
    /// ```
    /// use choria_external::Config;
    ///
    /// let config = Config::from_text("db.pass = hunter2\n");
    /// let password = config.secret("db.pass").unwrap_or_default();
    /// assert_eq!(format!("{password}"), "***");
    /// assert_eq!(password.expose(), "hunter2");
    /// ```
    pub fn secret(&self, key: &str) -> Option<Secret<String>> {
        let text = self.get(key)?;
        self.tell_open(key);
        Some(Secret::new(text.into()))
    }

    /// A setting, typed.
    ///
    /// # Errors
    /// Returns [`ConfigError`], with the file and the key, if the string is not a valid `T`.
    pub fn parse<T>(&self, key: &str) -> Result<Option<T>, ConfigError>
    where
        T: FromStr,
        T::Err: fmt::Display,
    {
        let Some(text) = self.get(key) else {
            return Ok(None);
        };
        text.parse()
            .map(Some)
            .map_err(|error| self.wrong(key, text, error))
    }

    /// A setting that is on or off, as Choria reads its own: `1`, `yes`, `true`,
    /// `y`, `t` or `0`, `no`, `false`, `n`, `f`, in any case.
    ///
    /// # Errors
    /// Returns [`ConfigError`], with the file and the key, if it is neither.
    pub fn flag(&self, key: &str) -> Result<Option<bool>, ConfigError> {
        let Some(text) = self.get(key) else {
            return Ok(None);
        };
        yes_or_no(text)
            .map(Some)
            .ok_or_else(|| self.wrong(key, text, "expected yes or no"))
    }

    fn wrong(&self, key: &str, text: &str, reason: impl fmt::Display) -> ConfigError {
        let file = self.path.as_deref().unwrap_or(Path::new("configuration"));
        let file = file.display();
        // The reason may quote the text.
        ConfigError(if names_secret(key) {
            format!("{file}: {key} = ***: not of the expected form")
        } else {
            format!("{file}: {key} = {text}: {reason}")
        })
    }

    /// All settings, one per key, in the order in which the keys first occur.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.settings
            .iter()
            .enumerate()
            .filter_map(|(at, (key, _))| {
                let first = !self.settings[..at]
                    .iter()
                    .any(|(earlier, _)| earlier == key);
                first
                    .then(|| Some((key.as_str(), self.get(key)?)))
                    .flatten()
            })
    }
}

/// A text that says on or off, as Choria reads its own settings.
pub(crate) fn yes_or_no(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "1" | "yes" | "true" | "y" | "t" => Some(true),
        "0" | "no" | "false" | "n" | "f" => Some(false),
        _ => None,
    }
}

/// The bytes of a file; `None` where there is no such file, or a folder.
fn read_file(path: &Path) -> Result<Option<(Vec<u8>, Metadata)>, Unreadable> {
    match files::read(path) {
        Ok(read) => Ok(Some(read)),
        Err(Unreadable::Io(error)) => match error.kind() {
            io::ErrorKind::NotFound
            | io::ErrorKind::NotADirectory
            | io::ErrorKind::IsADirectory => Ok(None),
            // Windows refuses to open a folder in another way.
            _ if path.is_dir() => Ok(None),
            _ => Err(error.into()),
        },
        Err(error) => Err(error),
    }
}

/// The permissions of a file, if they let everybody read it.
#[cfg(unix)]
fn open_mode(metadata: &Metadata) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt as _;

    let mode = metadata.permissions().mode() & 0o7777;
    (mode & 0o004 != 0).then_some(mode)
}

/// Nobody knows in other systems.
#[cfg(not(unix))]
fn open_mode(_metadata: &Metadata) -> Option<u32> {
    None
}

/// Whether a key says that its setting is a secret.
fn names_secret(key: &str) -> bool {
    let has = |word: &str| {
        let mut places = key.as_bytes().windows(word.len());
        places.any(|place| place.eq_ignore_ascii_case(word.as_bytes()))
    };
    ["secret", "password", "token"].into_iter().any(has)
}

/// The keys: some of the settings may be secret.
impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys: Vec<_> = self.iter().map(|(key, _)| key).collect();
        f.debug_struct("Config")
            .field("path", &self.path)
            .field("keys", &keys)
            .finish_non_exhaustive()
    }
}

impl PartialEq for Config {
    fn eq(&self, other: &Self) -> bool {
        (&self.path, &self.settings, &self.warning)
            == (&other.path, &other.settings, &other.warning)
    }
}

impl Eq for Config {}

/// Key and value of a line, if it has both.
fn setting(line: &str) -> Option<(&str, &str)> {
    let line = line.trim();
    if line.starts_with('#') {
        return None;
    }
    // The key has one character or more, even if that is a `=`.
    let first = line.chars().next()?.len_utf8();
    let split = first + line[first..].find('=')?;
    let blank = |c: char| matches!(c, ' ' | '\t' | '\n' | '\x0c' | '\r');
    let (key, value) = (&line[..split], line[split + 1..].trim_start_matches(blank));
    (!value.is_empty()).then(|| (key.trim_end_matches(blank), value))
}

/// A configuration that cannot be read, or a setting of the wrong form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError(String);

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ConfigError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_key_and_a_value() {
        for (line, wanted) in [
            ("a=b", Some(("a", "b"))),
            (" a b =\tc = d ", Some(("a b", "c = d"))),
            ("=a=b", Some(("=a", "b"))),
            ("é=ü", Some(("é", "ü"))),
            ("a=", None),
            ("=b", None),
            ("", None),
            ("# a=b", None),
            ("a", None),
        ] {
            assert_eq!(setting(line), wanted, "{line}");
        }
    }

    #[test]
    fn the_last_of_equal_keys_counts_where_the_first_stands() {
        let config = Config::from_text("a=1\nb=2\na=3\n");
        assert_eq!(config.get("a"), Some("3"));
        assert_eq!(config.iter().collect::<Vec<_>>(), [("a", "3"), ("b", "2")]);
    }

    #[test]
    fn a_setting_of_the_wrong_form_is_told_with_its_key() {
        let config = Config::from_text("limit = many\nquiet = Yes\nloud = perhaps");
        assert_eq!(
            config.parse::<u32>("limit").unwrap_err().to_string(),
            "configuration: limit = many: invalid digit found in string"
        );
        assert_eq!(config.flag("quiet"), Ok(Some(true)));
        assert_eq!(config.flag("other"), Ok(None));
        assert_eq!(
            config.flag("loud").unwrap_err().to_string(),
            "configuration: loud = perhaps: expected yes or no"
        );
    }

    #[test]
    fn a_secret_is_told_by_its_key_only() {
        let config = Config::from_text("Api_Token = hunter2\nplain = 1");
        assert_eq!(
            format!("{config:?}"),
            r#"Config { path: None, keys: ["Api_Token", "plain"], .. }"#
        );
        for error in [
            config.parse::<u32>("Api_Token").unwrap_err(),
            config.flag("Api_Token").unwrap_err(),
        ] {
            assert_eq!(
                error.to_string(),
                "configuration: Api_Token = ***: not of the expected form"
            );
        }
        assert_eq!(config.secret("other"), None);
        for key in ["secret", "db.PassWord", "token_of_me", "xsecrety"] {
            assert!(names_secret(key), "{key}");
        }
        for key in ["", "secre", "pass_word", "key"] {
            assert!(!names_secret(key), "{key}");
        }
    }
}

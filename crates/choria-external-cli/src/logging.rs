//! What the command logs on standard error: its own warnings and errors, and by choice
//! what the libraries below it do.

use std::fmt;
use std::io::{self, Write};

use anyhow::{anyhow, bail};
use choria_external_protocol::describe;
use choria_external_protocol::is_hidden;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::format::{FormatEvent, FormatFields, Writer};
use tracing_subscriber::fmt::{FmtContext, MakeWriter};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer, Registry, fmt as subscriber};

/// Which events are logged besides the command's own, such as `debug`.
const FILTER: &str = "CHORIA_EXTERNAL_LOG";
/// How they are written: `text` or `json`.
const FORMAT: &str = "CHORIA_EXTERNAL_LOG_FORMAT";

/// The target of the command's own warnings and errors, which are always logged.
pub(crate) const OWN: &str = "choria_external_cli";

/// Begins to log, as the environment says.
///
/// # Errors
/// If the environment is wrong, says what is expected. Then the log is as without it.
pub(crate) fn start() -> anyhow::Result<()> {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let format = variable(FORMAT).map(|value| value.to_string_lossy().into_owned());
    let json = match format.as_deref() {
        None | Some("text") => Ok(false),
        Some("json") => Ok(true),
        Some(other) => Err(anyhow!(
            "{FORMAT} is {}; expected text or json",
            describe(&other.into())
        )),
    };
    let given = variable(FILTER).map(|value| value.to_string_lossy().into_owned());
    let filter = filter(given.as_deref());
    let is_json = json.as_ref().is_ok_and(|json| *json);
    install(is_json, filter.as_ref().ok());
    json?;
    filter.map(drop)
}

/// The filter that a user gives; of the command's own events all but details are logged
/// whatever it says.
fn filter(given: Option<&str>) -> anyhow::Result<String> {
    let own = format!("{OWN}=info");
    let Some(given) = given else {
        return Ok(own);
    };
    if let Err(error) = EnvFilter::builder().parse(given) {
        bail!(
            "{FILTER} is {}: {error}; expected a level, such as debug, or targets with levels, such as \
             choria_external_host=debug",
            describe(&given.into())
        );
    }
    Ok(match given {
        // Less than a level of its own would say.
        "debug" | "trace" => given.into(),
        _ => format!("{given},{own}"),
    })
}

fn install(json: bool, filter: Option<&String>) {
    let own = format!("{OWN}=info");
    let filter = EnvFilter::builder().parse_lossy(filter.unwrap_or(&own));
    let layer = subscriber::layer()
        .with_writer(Stderr)
        // It would be written to standard error, which can be closed.
        .log_internal_errors(false);
    let layer: Box<dyn Layer<Registry> + Send + Sync> = if json {
        layer.json().flatten_event(true).boxed()
    } else {
        layer.event_format(Plain).boxed()
    };
    // A program that has a subscriber of its own keeps it.
    let _ = tracing_subscriber::registry()
        .with(layer.with_filter(filter))
        .try_init();
}

/// Lines for people: the command's own as `warning: ..`, others with level and target.
struct Plain;

impl<S, N> FormatEvent<S, N> for Plain
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let about = event.metadata();
        match (about.target() == OWN, *about.level()) {
            (true, Level::ERROR) => writer.write_str("error: ")?,
            (true, Level::WARN) => writer.write_str("warning: ")?,
            (true, Level::INFO) => {}
            (_, level) => write!(writer, "{level:>5} {}: ", about.target())?,
        }
        context.format_fields(writer.by_ref(), event)?;
        writer.write_char('\n')
    }
}

/// Standard error. Each event is written at once; if that fails, nobody is left to be
/// told.
struct Stderr;

impl<'a> MakeWriter<'a> for Stderr {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        Self
    }
}

impl Write for Stderr {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut text = String::new();
        for character in String::from_utf8_lossy(line).chars() {
            // Colours begin with ESC; within what is logged `tracing` shows it escaped.
            if is_hidden(character) && !matches!(character, '\n' | '\t' | '\u{1b}') {
                text.extend(character.escape_default());
            } else {
                text.push(character);
            }
        }
        let _ = io::stderr().write_all(text.as_bytes());
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_warnings_are_logged_whatever_the_filter_says() {
        for (given, whole) in [
            (None, "choria_external_cli=info"),
            (Some("off"), "off,choria_external_cli=info"),
            (
                Some("choria_external_host=debug"),
                "choria_external_host=debug,choria_external_cli=info",
            ),
            (Some("trace"), "trace"),
        ] {
            assert_eq!(filter(given).unwrap(), whole);
        }
        let error = filter(Some("loud=very")).unwrap_err().to_string();
        assert!(
            error.starts_with("CHORIA_EXTERNAL_LOG is \"loud=very\": "),
            "{error}"
        );
    }
}

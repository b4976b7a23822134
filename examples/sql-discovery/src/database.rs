//! An SQLite database that is only read.

use std::path::Path;
use std::time::Instant;

use choria_external::{Failure, Query};
use rusqlite::{Connection, Error, ErrorCode, OpenFlags, Statement};

/// How many steps of SQLite's machine there are between two looks at the clock:
/// well below a millisecond.
const STEPS: i32 = 1000;

pub(crate) struct Database(Connection);

impl Database {
    /// Opens a file, which must be there.
    pub(crate) fn open(path: &str) -> Result<Self, Failure> {
        let wrong = |reason: &dyn std::fmt::Display| {
            Failure::aborted(format_args!("the option database={path}: {reason}"))
        };
        if !Path::new(path).is_absolute() {
            return Err(wrong(
                &"wanted an absolute path: Choria starts discovery sources in the folder for temporary files, not in yours",
            ));
        }
        // SQLite itself says only that it is unable to open it.
        std::fs::File::open(path).map_err(|error| wrong(&error))?;
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection =
            Connection::open_with_flags(path, flags).map_err(|error| wrong(&reason(&error)))?;
        // The file is not looked at before something is read.
        connection
            .query_row("PRAGMA schema_version", [], |_| Ok(()))
            .map_err(|error| wrong(&reason(&error)))?;
        Ok(Self(connection))
    }

    /// A small database in memory.
    pub(crate) fn demo() -> Result<Self, Failure> {
        let made = Connection::open_in_memory()
            .and_then(|connection| {
                connection.execute_batch(include_str!("demo.sql"))?;
                Ok(connection)
            })
            .map_err(|error| Failure::unknown_error(format_args!("the demo: {error}")))?;
        Ok(Self(made))
    }

    /// Interrupts what runs at this time. It also waits no longer for another
    /// program that writes. `None` is at once.
    pub(crate) fn stop_at(&mut self, time: Option<Instant>) -> Result<(), Failure> {
        let remaining = time.map(|time| time.saturating_duration_since(Instant::now()));
        let late = move || time.is_none_or(|time| Instant::now() >= time);
        self.0
            .busy_timeout(remaining.unwrap_or_default())
            .and_then(|()| self.0.progress_handler(STEPS, Some(late)))
            .map_err(Failure::unknown_error)
    }

    /// Prepares a query that only reads, with its parameters.
    pub(crate) fn prepare(&self, sql: &str, query: &Query) -> Result<Statement<'_>, Failure> {
        let wrong =
            |reason: &str| Failure::invalid_data(format_args!("the option query={sql}: {reason}"));
        let mut statement = self.0.prepare(sql).map_err(|error| match error {
            Error::MultipleStatement => wrong("wanted one statement, got several"),
            error => wrong(&reason(&error)),
        })?;
        if !statement.readonly() {
            return Err(wrong("wanted a SELECT: this would change the database"));
        }
        if statement.column_count() == 0 {
            return Err(wrong("wanted a SELECT: this gives no rows"));
        }
        for index in 1..=statement.parameter_count() {
            let name = statement.parameter_name(index).unwrap_or("?").to_owned();
            let bound = match &*name {
                ":collective" => statement.raw_bind_parameter(index, query.collective()),
                ":timeout" => statement.raw_bind_parameter(index, query.timeout().as_secs_f64()),
                _ => {
                    return Err(wrong(&format!(
                        "there is no parameter {name}, there are :collective, :timeout"
                    )));
                }
            };
            bound.map_err(|error| wrong(&reason(&error)))?;
        }
        Ok(statement)
    }
}

/// Whether the time was up.
pub(crate) fn is_interrupted(error: &Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::OperationInterrupted)
}

/// Why a query that was prepared gave no more rows.
pub(crate) fn wrong_query(error: &Error, query: &Query) -> Failure {
    if is_interrupted(error) {
        return Failure::aborted(format_args!(
            "the query did not end within the {:?} that there are: give it more time (with choria: \
             --discovery-timeout SECONDS), or take what it finds until then by partial=yes",
            query.timeout()
        ));
    }
    Failure::aborted(format_args!("the option query: {}", reason(error)))
}

/// SQLite's own words, without the query: the user has it before his eyes.
fn reason(error: &Error) -> String {
    match error {
        Error::SqlInputError { msg, .. } | Error::SqliteFailure(_, Some(msg)) => msg.clone(),
        error => error.to_string(),
    }
}

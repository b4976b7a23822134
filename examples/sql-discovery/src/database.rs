//! An SQLite database that is only read.

use std::path::Path;
use std::time::Instant;

use choria_external::{Failure, Query};
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::limits::Limit;
use rusqlite::{Connection, Error, ErrorCode, OpenFlags, Statement};

/// How many steps of SQLite's machine there are between two looks at the clock:
/// well below a millisecond.
const STEPS: i32 = 1000;

/// How many bytes a value, a row or a query can have. One step of SQLite's
/// machine makes a whole value, and nobody looks at the clock meanwhile:
/// `zeroblob(900000000)` takes longer than a user waits.
const LONGEST: i32 = 4 << 20;

const WANTED: &str = "expected one SELECT that only reads";

pub(crate) struct Database(Connection);

impl Database {
    /// Opens a file, which must be there.
    pub(crate) fn open(path: &str) -> Result<Self, Failure> {
        let wrong = |reason: &dyn std::fmt::Display| {
            Failure::aborted(format_args!("the option database={path}: {reason}"))
        };
        if !Path::new(path).is_absolute() {
            return Err(wrong(
                &"expected an absolute path: Choria starts discovery sources in the folder for temporary files, not in yours",
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
        Self::guarded(connection).map_err(|error| wrong(&reason(&error)))
    }

    /// A small database in memory.
    pub(crate) fn demo() -> Result<Self, Failure> {
        let made = Connection::open_in_memory().and_then(|connection| {
            connection.execute_batch(include_str!("demo.sql"))?;
            Self::guarded(connection)
        });
        made.map_err(|error| Failure::unknown_error(format_args!("the demo: {error}")))
    }

    /// From here on the connection takes nothing but a `SELECT`.
    fn guarded(mut connection: Connection) -> Result<Self, Error> {
        connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, LONGEST)?;
        connection.set_limit(Limit::SQLITE_LIMIT_SQL_LENGTH, LONGEST)?;
        connection.authorizer(Some(authorize))?;
        Ok(Self(connection))
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
            Error::MultipleStatement => wrong(WANTED),
            error if is_refused(&error) => wrong(WANTED),
            error => wrong(&reason(&error)),
        })?;
        // The authorizer is not asked about EXPLAIN, nor about no statement at all.
        let is_query = statement.is_explain() == 0 && statement.column_count() > 0;
        if !is_query || !statement.readonly() {
            return Err(wrong(WANTED));
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

/// What a query can do: select, read, call functions, but load no extension.
fn authorize(asked: AuthContext<'_>) -> Authorization {
    let may = match asked.action {
        AuthAction::Select | AuthAction::Read { .. } | AuthAction::Recursive => true,
        AuthAction::Function { function_name } => {
            !function_name.eq_ignore_ascii_case("load_extension")
        }
        // Tables of FTS5 ask for it. It is a number that changes with the data.
        AuthAction::Pragma {
            pragma_name,
            pragma_value: None,
        } => pragma_name.eq_ignore_ascii_case("data_version"),
        _ => false,
    };
    if may {
        Authorization::Allow
    } else {
        Authorization::Deny
    }
}

/// Whether [`authorize`] said no. Only for some statements SQLite has a code for
/// that: where a function or a table is not allowed, it is an error in the query.
fn is_refused(error: &Error) -> bool {
    let words = reason(error);
    error.sqlite_error_code() == Some(ErrorCode::AuthorizationForStatementDenied)
        || words.starts_with("not authorized")
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
    // It comes so late where what a table reads is not allowed.
    if is_refused(error) {
        return Failure::invalid_data(format_args!("the option query: {WANTED}"));
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

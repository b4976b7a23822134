//! A discovery source: nodes from an SQLite database.
//!
//! The user writes the query. A row of what it gives is a node: the column
//! `identity` or `name` is its name, `facts` the text of a JSON object,
//! `classes` and `agents` are JSON lists or names with commas between them.
//! Any other column is a fact. `README.md` beside this file has an example.

mod database;
mod row;
#[cfg(test)]
mod tests;

use std::process::ExitCode;
use std::time::Duration;

use choria_external::{Discovers, Discovery, Failure, Metadata, Options, Query, metadata};

use database::Database;
use row::{Columns, Found};

/// The nodes of the demo, as a user would ask for them.
const DEMO_QUERY: &str =
    "SELECT name, os, ram, facts, classes, agents FROM nodes WHERE collective = :collective";

#[derive(Default)]
struct Sql;

impl Discovery for Sql {
    const META: Metadata = metadata!(name = "sql_discovery");

    fn discover(&self, query: &Query) -> Result<Vec<String>, Failure> {
        let options = query.options();
        options.only(&["database", "demo", "partial", "query"])?;
        let partial = options.flag("partial")?.unwrap_or(false);
        let matcher = query.matcher()?;
        let (mut database, sql) = open(options)?;
        database.stop_at(query.deadline().checked_sub(reserve(query.timeout())))?;
        let mut statement = database.prepare(sql, query)?;
        let columns = Columns::of(&statement)?;

        let mut nodes = Vec::new();
        let mut nothing_yet = true;
        let mut rows = statement.raw_query();
        loop {
            let row = match rows.next() {
                Ok(Some(row)) => row,
                Ok(None) => return Ok(nodes),
                Err(error) if database::is_interrupted(&error) && partial => {
                    if nothing_yet {
                        return Err(Failure::aborted(format_args!(
                            "the query did not end within the {:?} that there are, and nothing was found yet: a query \
                             that sorts or counts gives its first row at the end",
                            query.timeout()
                        )));
                    }
                    tracing::warn!(
                        "the query was stopped: the {} nodes found so far are the answer",
                        nodes.len()
                    );
                    return Ok(nodes);
                }
                Err(error) => return Err(database::wrong_query(&error, query)),
            };
            nothing_yet = false;
            let found = Found::read(&columns, row).map_err(|wrong| {
                Failure::invalid_data(format_args!("a row of the option query: {wrong}"))
            })?;
            if matcher.matches(&found.as_node()) {
                nodes.push(found.identity);
            }
        }
    }
}

/// The part of the time that is for the start and the reply.
fn reserve(timeout: Duration) -> Duration {
    (timeout / 5).max(Duration::from_millis(200))
}

/// The database and the query that the options name.
fn open(options: Options<'_>) -> Result<(Database, &str), Failure> {
    if !options.flag("demo")?.unwrap_or(false) {
        let database = Database::open(options.required("database")?)?;
        return Ok((database, options.required("query")?));
    }
    if options.get("database").is_some() {
        return Err(Failure::invalid_data(
            "the options database and demo=yes: expected one of them",
        ));
    }
    let query = options.get("query").unwrap_or(DEMO_QUERY);
    Ok((Database::demo()?, query))
}

fn main() -> ExitCode {
    choria_external::dispatch::<Discovers<Sql>>()
}

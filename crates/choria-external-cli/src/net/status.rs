//! `choria-external net status`.

use std::process::ExitCode;

use choria_external_ddl::Ddl;

use super::place::{Place, There};
use super::state::State;
use super::up::how_to_call;
use crate::args::NetStatus;
use crate::output::print;

/// Tells what there is.
pub(super) fn status(args: &NetStatus) -> anyhow::Result<ExitCode> {
    let place = Place::new(args.place.dir.as_deref())?;
    let (text, code) = match place.look()? {
        There::Runs(Some(state)) if state.up => {
            let ddls: Vec<Ddl> = state
                .agents
                .iter()
                .filter_map(|name| ddl(&place, name))
                .collect();
            let ddls: Vec<&Ddl> = ddls.iter().collect();
            let how = how_to_call(&place, &state, &ddls, args.place.dir.is_some());
            let pid = state.process.pid();
            (
                format!("a network runs, by process {pid}\n{how}"),
                ExitCode::SUCCESS,
            )
        }
        other => (no_network(&place, &other) + "\n", ExitCode::FAILURE),
    };
    print(&text)?;
    Ok(code)
}

/// The DDL of an agent that is installed.
pub(super) fn ddl(place: &Place, agent: &str) -> Option<Ddl> {
    Ddl::from_json(&place.ddl(agent)?).ok()
}

/// The state of a network that is up.
pub(super) fn running(place: &Place) -> anyhow::Result<State> {
    match place.look()? {
        There::Runs(Some(state)) if state.up => Ok(state),
        other => Err(anyhow::anyhow!(no_network(place, &other))),
    }
}

/// Why there is none that can be called.
fn no_network(place: &Place, there: &There) -> String {
    let folder = place.folder().display();
    match there {
        There::Nothing => format!(
            "no network runs in {folder}: choria-external net up starts one; if it was started with --dir, or with another \
             XDG_RUNTIME_DIR or TMPDIR, give its folder with --dir"
        ),
        There::Left => format!(
            "the network in {folder} was killed: choria-external net down removes what is left of it, net up starts a \
             new one"
        ),
        There::Runs(_) => {
            format!(
                "the network in {folder} is still starting: wait until net up says that it is up"
            )
        }
    }
}

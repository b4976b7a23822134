//! Services of the operating system.

use choria_external::{Actions, Agent, Display, Input, Metadata, Output, Value, metadata};

use super::reached;

#[derive(Default)]
pub(super) struct Service;

/// Acts on one service
#[derive(Input)]
struct Named {
    /// Which service
    #[input(maxlength = 90, validation = "^[\\w.@:-]+$")]
    service: String,
}

#[derive(Output)]
struct State {
    /// How it is now
    #[output(default = "unknown", aggregate = summary)]
    status: Value,
}

impl Agent for Service {
    const META: Metadata = metadata!(name = "service", version = "4.1.0", timeout = 60);

    fn actions(actions: &mut Actions<Self>) {
        for action in ["restart", "start", "stop"] {
            actions.add(action, reached::<_, Named, State>);
        }
        actions
            .add("status", reached::<_, Named, State>)
            .about("Tells how a service is")
            .display(Display::Always);
    }
}

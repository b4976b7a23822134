//! Tests of the network, from a node.

use choria_external::{Actions, Agent, Display, Input, Metadata, Output, Value, metadata};

use super::reached;

#[derive(Default)]
pub(super) struct Nettest;

/// Opens a TCP connection and closes it again
#[derive(Input)]
struct Connect {
    /// Whom to connect to
    #[input(maxlength = 80, validation = "^[a-zA-Z0-9.:-]+$")]
    fqdn: String,
    /// On which port
    port: i64,
}

#[derive(Output)]
struct Connected {
    /// Whether there was a connection
    connect: Value,
    /// The same in words
    #[output(aggregate = summary)]
    connect_status: Value,
    /// How long it took
    connect_time: Value,
}

/// Sends an echo request
#[derive(Input)]
struct Ping {
    /// Whom to send it to
    #[input(maxlength = 80, validation = "^[a-zA-Z0-9.:-]+$")]
    fqdn: String,
}

#[derive(Output)]
struct Pong {
    /// Time until the answer
    rtt: Value,
}

impl Agent for Nettest {
    const META: Metadata = metadata!(
        name = "nettest",
        version = "4.1.0",
        license = "BSD",
        timeout = 60
    );

    fn actions(actions: &mut Actions<Self>) {
        actions
            .add("connect", reached::<_, Connect, Connected>)
            .display(Display::Always);
        actions
            .add("ping", reached::<_, Ping, Pong>)
            .display(Display::Always);
    }
}

//! An agent that tells which services this node can reach. It waits for all of
//! them at once, by async code: see `docs/async.md`.

use std::io;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use choria_external::{Actions, Agent, Call, Failure, Input, Metadata, Output, metadata};
use serde::Serialize;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

/// The most services of one call: each needs a socket.
const MOST: usize = 200;

/// Connects from its node to others.
#[derive(Default)]
struct Reach;

/// Connects to services, all at once
#[derive(Input)]
struct Connect {
    /// Address and port of each service, such as 192.0.2.7:5432
    services: Vec<SocketAddr>,
    /// Milliseconds to wait for each
    #[input(default = 2000)]
    wait: u32,
}

#[derive(Output)]
struct Connected {
    /// Services that were reached
    #[output(aggregate = average)]
    reached: usize,
    /// What happened to each, in the order of the request
    services: Vec<Service>,
}

/// One service; serde writes it as an object in a list.
#[derive(Debug, Serialize)]
struct Service {
    address: SocketAddr,
    #[serde(skip_serializing_if = "Option::is_none")]
    milliseconds: Option<u128>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

impl Agent for Reach {
    const META: Metadata = metadata!(timeout = 10);

    fn actions(actions: &mut Actions<Self>) {
        actions.add("connect", Self::connect);
    }
}

impl Reach {
    fn connect(&self, call: &Call, input: Connect) -> Result<Connected, Failure> {
        if input.services.len() > MOST {
            return Err(Failure::invalid_data(format_args!(
                "{} services are more than the {MOST} that one call takes",
                input.services.len()
            )));
        }
        // A call has a process of its own, so a runtime of its own, without more threads.
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .context("could not start the runtime")?;
        let services = runtime.block_on(all(&input.services, wait(call, input.wait)));
        // Dropping it would wait for what runs in its threads, such as looking up names.
        runtime.shutdown_background();
        let services = services?;
        let reached = services.iter().filter(|service| service.error.is_none());
        Ok(Connected {
            reached: reached.count(),
            services,
        })
    }
}

/// How long to wait: as long as the caller wants to, and no longer than there is
/// time for an answer.
fn wait(call: &Call, milliseconds: u32) -> Duration {
    Duration::from_millis(milliseconds.into()).min(call.remaining())
}

/// Connects to all services at once.
async fn all(services: &[SocketAddr], wait: Duration) -> anyhow::Result<Vec<Service>> {
    let tasks: Vec<_> = services
        .iter()
        .map(|service| tokio::spawn(one(*service, wait)))
        .collect();
    let mut done = Vec::new();
    for task in tasks {
        // A panic within a task is an error here.
        done.push(task.await.context("could not try a service")?);
    }
    Ok(done)
}

async fn one(address: SocketAddr, wait: Duration) -> Service {
    let start = Instant::now();
    let error = error_within(wait, TcpStream::connect(address)).await;
    Service {
        address,
        milliseconds: error.is_none().then(|| start.elapsed().as_millis()),
        error,
    }
}

/// Why something was not done in this time.
async fn error_within<T>(
    wait: Duration,
    doing: impl Future<Output = io::Result<T>>,
) -> Option<String> {
    match timeout(wait, doing).await {
        Ok(Ok(_)) => None,
        Ok(Err(error)) => Some(error.to_string()),
        Err(_) => Some(format!("no answer within {} ms", wait.as_millis())),
    }
}

fn main() -> ExitCode {
    choria_external::dispatch::<Reach>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use choria_external::{Context, Value, json};
    use std::net::TcpListener;

    #[test]
    fn the_committed_ddl_is_that_of_the_code() {
        choria_external::assert_ddl::<Reach>("reach.json");
    }

    fn listener() -> TcpListener {
        TcpListener::bind("127.0.0.1:0").unwrap()
    }

    #[test]
    fn what_is_there_is_reached_and_the_rest_has_a_reason() {
        let listener = listener();
        let there = listener.local_addr().unwrap();
        // A port that is taken, and not by somebody who listens.
        let stream = std::net::TcpStream::connect(there).unwrap();
        let nowhere = stream.local_addr().unwrap();

        let reply = Reach.call("connect", json!({"services": [there, nowhere]}));
        assert_eq!(reply.statuscode, 0);
        assert_eq!(reply.data["reached"], 1);
        let services = &reply.data["services"];
        assert_eq!(services[0]["address"], json!(there));
        assert!(services[0]["milliseconds"].is_number());
        assert_eq!(services[0].get("error"), None);
        assert_eq!(services[1]["address"], json!(nowhere));
        let error = services[1]["error"].as_str().unwrap();
        assert!(error.starts_with("Connection refused"), "{error}");
    }

    #[test]
    fn nothing_is_waited_for_longer_than_there_is_time() {
        let call = Call::local(Context::new(Duration::from_secs(10)), "reach", "connect");
        assert_eq!(wait(&call, 5), Duration::from_millis(5));
        assert!(wait(&call, u32::MAX) < Duration::from_secs(10));

        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let never = std::future::pending::<io::Result<()>>();
        let error = runtime.block_on(error_within(Duration::from_millis(1), never));
        assert_eq!(error.unwrap(), "no answer within 1 ms");
    }

    #[test]
    fn wrong_inputs_are_refused() {
        let refused = |services: Value| {
            let reply = Reach.call("connect", json!({"services": services}));
            (reply.statuscode.as_u8(), reply.statusmsg)
        };
        let many = vec!["192.0.2.7:1"; MOST + 1];
        assert_eq!(
            refused(json!(many)),
            (
                4,
                "201 services are more than the 200 that one call takes".into()
            )
        );
        assert_eq!(
            refused(json!(["web1:http"])),
            (4, "validation failed for input 'services': is wrong at [0]: invalid socket address syntax".into())
        );
    }
}

//! A program of the type `gauge`, which does what its first word says.

use std::process::{Command, ExitCode};
use std::thread;
use std::time::Duration;

use choria_external::{Context, External, Failure, Functions, Metadata, dispatch, metadata};
use choria_external_tests::carried::{Gauge, GaugeReply, GaugeRequest};

#[derive(Default)]
struct Program;

impl External for Program {
    fn metadata() -> Metadata {
        metadata!(
            name = "gauge",
            description = "Measures",
            author = "a",
            url = "u"
        )
    }

    fn functions(functions: &mut Functions<Self>) {
        functions.serve::<Gauge>(|_, context, request| measure(&context, &request));
    }
}

fn measure(context: &Context, request: &GaugeRequest) -> Result<GaugeReply, Failure> {
    let words: Vec<&str> = request.words.iter().map(String::as_str).collect();
    let reply = |status, text: String| Ok(GaugeReply { status, text });
    match words[..] {
        ["fail", ..] => Err(Failure::aborted("no sensor").log("the sensor's secret reason")),
        ["panic", ..] => panic!("lost the sensor"),
        ["hang", ..] => loop {
            thread::sleep(Duration::from_mins(1));
        },
        ["exit", ..] => std::process::exit(0),
        ["abort", ..] => std::process::abort(),
        ["print", ..] => {
            println!("| a=U");
            eprintln!("| b=U");
            tracing::error!("| c=U");
            Command::new("sh")
                .args(["-c", "echo '| d=U'; echo '| e=U' >&2"])
                .status()
                .map_err(Failure::aborted)?;
            reply(0, "clean".into())
        }
        // It holds what it has inherited.
        ["leave", file] => {
            Command::new("sh")
                .args(["-c", "read never < \"$0\"", file])
                .spawn()
                .map_err(Failure::aborted)?;
            reply(0, "left".into())
        }
        ["settings", name] => reply(0, context.config().get(name).unwrap_or("none").into()),
        ["bad"] => reply(4, "no such status".into()),
        _ => reply(2, format!("{} {} {words:?}", request.name, request.data)),
    }
}

fn main() -> ExitCode {
    dispatch::<Program>()
}

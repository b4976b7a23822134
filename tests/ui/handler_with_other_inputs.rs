use choria_external::{Actions, Agent, Call, Failure, Metadata, metadata};

#[derive(Default)]
struct Parrot;

struct Echo;

impl Agent for Parrot {
    const META: Metadata = metadata!(name = "parrot");

    fn actions(actions: &mut Actions<Self>) {
        actions.add("echo", |_: &Self, _: &Call, _: Echo| Ok::<_, Failure>(()));
    }
}

fn main() {}

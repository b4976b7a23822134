use choria_external::{Actions, Agent, Call, Failure, Input, Metadata, metadata};

#[derive(Default)]
struct Parrot;

/// Repeats what it hears
#[derive(Input)]
struct Echo {
    /// How often
    times: u32,
}

impl Agent for Parrot {
    const META: Metadata = metadata!(name = "parrot");

    fn actions(actions: &mut Actions<Self>) {
        actions.add("echo", Self::echo);
        actions.add("again", async |_: &Self, _: &Call, _: Echo| Ok::<_, Failure>(()));
        actions.add("short", Self::short);
        actions.add("never", Self::never);
    }
}

impl Parrot {
    async fn echo(&self, _call: &Call, input: Echo) -> Result<(), Failure> {
        let _ = input.times;
        Ok(())
    }

    fn short(&self, input: Echo) -> Result<(), Failure> {
        let _ = input.times;
        Ok(())
    }

    fn never(&self, _call: &Call, input: Echo) {
        let _ = input.times;
    }
}

fn main() {}

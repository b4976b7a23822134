use choria_external::{Actions, Agent, Call, Failure, Input, List, Metadata, Output, metadata};

#[derive(Default)]
struct Parrot;

#[derive(Input)]
struct Undescribed {
    #[input(maxlength = 10)]
    message: String,
}

#[derive(Output)]
struct Misspelt {
    /// How often
    #[output(agregate = summary)]
    times: u32,
}

#[derive(Input)]
struct WithParameter<T> {
    /// Anything
    thing: T,
}

#[derive(Input)]
struct Borrowed<'a> {
    /// Anything
    #[input(maxlength = 10)]
    text: &'a str,
}

#[derive(Output)]
struct Unnamed(u32);

#[derive(List)]
enum Mood {
    Good,
    Other(String),
}

#[derive(List)]
enum Choice<T> {
    None,
    One(T),
}

/// Says how it feels
#[derive(Input)]
struct Moody {
    /// How it feels
    mood: Mood,
    /// How it felt before
    before: Vec<Mood>,
}

#[derive(Output)]
struct Moodier {
    /// How it feels
    mood: Mood,
    /// How it felt before
    before: Vec<Mood>,
}

#[derive(Input)]
#[input(crat = choria_external)]
struct Elsewhere;

impl Agent for Parrot {
    const META: Metadata = metadata!(name = "parrot");

    fn actions(actions: &mut Actions<Self>) {
        actions.add("one", Self::one);
        actions.add("two", Self::two);
        actions.add("three", Self::three);
        actions.add("four", Self::four);
        actions.add("five", |_: &Self, _: &Call, _: Elsewhere| Ok::<_, Failure>(()));
    }
}

impl Parrot {
    fn one(&self, _call: &Call, input: Undescribed) -> Result<Misspelt, Failure> {
        let times = input.message.len().try_into().unwrap_or(u32::MAX);
        Ok(Misspelt { times })
    }

    fn two(&self, _call: &Call, input: WithParameter<u32>) -> Result<Unnamed, Failure> {
        Ok(Unnamed(input.thing))
    }

    fn three(&self, _call: &Call, input: Moody) -> Result<Moodier, Failure> {
        Ok(Moodier { mood: input.mood, before: input.before })
    }

    fn four(&self, _call: &Call, input: Borrowed<'static>) -> Result<(), Failure> {
        let _ = input.text;
        Ok(())
    }
}

fn main() {
    let _: Choice<u32> = Choice::None;
    let _ = <Choice<u32> as List>::from_text("none");
}

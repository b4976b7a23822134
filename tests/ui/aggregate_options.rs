use choria_external::Output;

#[derive(Output)]
struct Charted {
    /// How often
    #[output(aggregate(chart, format = "%d"))]
    times: u32,
}

#[derive(Output)]
struct Averaged {
    /// How often
    #[output(aggregate(average, true = "Yes"))]
    times: u32,
}

#[derive(Output)]
struct Plain {
    /// How often
    #[output(aggregate(summary, format = "times"))]
    times: u32,
}

#[derive(Output)]
struct Total {
    /// How often
    #[output(aggregate(total, format = "%d"))]
    times: u32,
}

#[derive(Output)]
struct Nothing {
    /// How often
    #[output(aggregate())]
    times: u32,
}

fn main() {}

use choria_external::{Metadata, metadata};

const META: Metadata = metadata!(name = "parrot", timeout = 1);

fn main() {}

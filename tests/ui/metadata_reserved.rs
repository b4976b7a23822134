use choria_external::{Metadata, metadata};

const META: Metadata = metadata!(name = "scout");

fn main() {}

use choria_external::{Metadata, metadata};

const META: Metadata = metadata!(name = "parrot", version = "banana");
const BLANK: Metadata = metadata!(name = "parrot", author = " ");

fn main() {}

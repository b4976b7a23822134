//! What the fuzz targets share: how an input is cut into its parts, so that a
//! seed is a text that can be read and written by hand.

/// The first line, with what is no UTF-8 replaced, and all that follows it.
pub fn first_line(input: &[u8]) -> (String, &[u8]) {
    let (line, rest) = cut(input, b"\n");
    (String::from_utf8_lossy(line).into_owned(), rest)
}

/// What stands before the first occurrence of `mark` and what stands after it;
/// nothing where there is none.
pub fn cut<'a>(input: &'a [u8], mark: &[u8]) -> (&'a [u8], &'a [u8]) {
    match input.windows(mark.len()).position(|part| part == mark) {
        Some(at) => (&input[..at], &input[at + mark.len()..]),
        None => (input, &[]),
    }
}

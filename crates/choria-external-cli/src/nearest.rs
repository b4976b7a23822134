//! What a misspelt word was meant to be.

/// Returns the known word that is nearest to an unknown one, if it is near enough
/// to be a misspelling of it; upper and lower case are the same.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let near = known.into_iter().filter_map(|known| {
        let distance = strsim::damerau_levenshtein(&word.to_lowercase(), &known.to_lowercase());
        let most = word.chars().count().max(known.chars().count()) / 3;
        (distance <= most.max(1)).then_some((distance, known))
    });
    near.min().map(|(_, nearest)| nearest)
}

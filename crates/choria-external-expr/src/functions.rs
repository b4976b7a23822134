//! The functions of the language: what there is, and what each takes.

use super::types::{ANY_LIST, TEXTS, Type};

/// Functions that look at each element of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Walk {
    All,
    Any,
    None,
    One,
    Filter,
    Map,
    Count,
    Sum,
    Find,
    FindIndex,
    GroupBy,
    SortBy,
    Reduce,
}

const WALKS: &[(&str, Walk)] = &[
    ("all", Walk::All),
    ("any", Walk::Any),
    ("none", Walk::None),
    ("one", Walk::One),
    ("filter", Walk::Filter),
    ("map", Walk::Map),
    ("count", Walk::Count),
    ("sum", Walk::Sum),
    ("find", Walk::Find),
    ("findIndex", Walk::FindIndex),
    ("groupBy", Walk::GroupBy),
    ("sortBy", Walk::SortBy),
    ("reduce", Walk::Reduce),
];

pub(super) fn walk(name: &str) -> Option<Walk> {
    let found = WALKS.iter().find(|(this, _)| *this == name);
    found.map(|(_, walk)| *walk)
}

/// Of a function that takes a closure: its place, and that of the last argument.
pub(super) fn with_closure(name: &str) -> Option<(usize, usize)> {
    match walk(name) {
        Some(Walk::SortBy | Walk::Reduce) => Some((1, 2)),
        Some(_) => Some((1, 1)),
        None => matches!(name, "findLast" | "findLastIndex").then_some((1, 1)),
    }
}

pub(super) fn closure_is_optional(name: &str) -> bool {
    matches!(walk(name), Some(Walk::Count | Walk::Sum))
}

/// All other functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
    Len,
    Type,
    Abs,
    Ceil,
    Floor,
    Round,
    Int,
    Float,
    String,
    Trim,
    TrimPrefix,
    TrimSuffix,
    Upper,
    Lower,
    Split,
    SplitAfter,
    Replace,
    Repeat,
    Join,
    IndexOf,
    LastIndexOf,
    HasPrefix,
    HasSuffix,
    Max,
    Min,
    Mean,
    Median,
    ToJson,
    FromJson,
    ToBase64,
    FromBase64,
    First,
    Last,
    Get,
    Take,
    Keys,
    Values,
    ToPairs,
    FromPairs,
    Reverse,
    Concat,
    Sort,
    BitAnd,
    BitOr,
    BitXor,
    BitNand,
    BitShl,
    BitShr,
    BitUshr,
    BitNot,
}

/// What arguments a function takes and what it gives.
pub(super) enum Signature {
    /// One of several lists of arguments.
    Overloads(&'static [&'static [Parameter]], Type),
    /// What [`super::calls`] says.
    Special,
}

/// What an argument must be. A value of unknown type and nil always may.
#[derive(Clone, Copy)]
pub(super) enum Parameter {
    Anything,
    Text,
    Int,
    /// A list of texts, or of anything.
    Texts,
    List,
}

use Parameter::{Anything, Int, Text};

const TEXT: &[&[Parameter]] = &[&[Text]];
const TEXT_OR_TWO: &[&[Parameter]] = &[&[Text], &[Text, Text]];
const TWO_TEXTS: &[&[Parameter]] = &[&[Text, Text]];
const ANYTHING: &[&[Parameter]] = &[&[Anything]];
const TWO_INTS: &[&[Parameter]] = &[&[Int, Int]];
const SPLIT: &[&[Parameter]] = &[&[Text, Text], &[Text, Text, Int]];

pub(super) fn function(name: &str) -> Option<(Function, Signature)> {
    use Function as F;
    use Signature::{Overloads, Special};
    Some(match name {
        "len" => (F::Len, Special),
        "type" => (F::Type, Overloads(ANYTHING, Type::Text)),
        "abs" => (F::Abs, Special),
        "ceil" => (F::Ceil, Special),
        "floor" => (F::Floor, Special),
        "round" => (F::Round, Special),
        "int" => (F::Int, Special),
        "float" => (F::Float, Special),
        "string" => (F::String, Overloads(ANYTHING, Type::Text)),
        "trim" => (F::Trim, Overloads(TEXT_OR_TWO, Type::Text)),
        "trimPrefix" => (F::TrimPrefix, Overloads(TEXT_OR_TWO, Type::Text)),
        "trimSuffix" => (F::TrimSuffix, Overloads(TEXT_OR_TWO, Type::Text)),
        "upper" => (F::Upper, Overloads(TEXT, Type::Text)),
        "lower" => (F::Lower, Overloads(TEXT, Type::Text)),
        "split" => (F::Split, Overloads(SPLIT, TEXTS)),
        "splitAfter" => (F::SplitAfter, Overloads(SPLIT, TEXTS)),
        "replace" => (
            F::Replace,
            Overloads(&[&[Text, Text, Text], &[Text, Text, Text, Int]], Type::Text),
        ),
        "repeat" => (F::Repeat, Overloads(&[&[Text, Int]], Type::Text)),
        "join" => (
            F::Join,
            Overloads(
                &[&[Parameter::Texts], &[Parameter::Texts, Text]],
                Type::Text,
            ),
        ),
        "indexOf" => (F::IndexOf, Overloads(TWO_TEXTS, Type::Int)),
        "lastIndexOf" => (F::LastIndexOf, Overloads(TWO_TEXTS, Type::Int)),
        "hasPrefix" => (F::HasPrefix, Overloads(TWO_TEXTS, Type::Bool)),
        "hasSuffix" => (F::HasSuffix, Overloads(TWO_TEXTS, Type::Bool)),
        "max" => (F::Max, Special),
        "min" => (F::Min, Special),
        "mean" => (F::Mean, Special),
        "median" => (F::Median, Special),
        "toJSON" => (F::ToJson, Overloads(ANYTHING, Type::Text)),
        "fromJSON" => (F::FromJson, Overloads(TEXT, Type::Any)),
        "toBase64" => (F::ToBase64, Overloads(TEXT, Type::Text)),
        "fromBase64" => (F::FromBase64, Overloads(TEXT, Type::Text)),
        "first" => (F::First, Special),
        "last" => (F::Last, Special),
        "get" => (F::Get, Special),
        "take" => (F::Take, Special),
        "keys" => (F::Keys, Special),
        "values" => (F::Values, Special),
        "toPairs" => (F::ToPairs, Special),
        "fromPairs" => (F::FromPairs, Special),
        "reverse" => (F::Reverse, Special),
        "concat" => (F::Concat, Special),
        "sort" => (
            F::Sort,
            Overloads(&[&[Parameter::List], &[Parameter::List, Text]], ANY_LIST),
        ),
        "bitand" => (F::BitAnd, Overloads(TWO_INTS, Type::Int)),
        "bitor" => (F::BitOr, Overloads(TWO_INTS, Type::Int)),
        "bitxor" => (F::BitXor, Overloads(TWO_INTS, Type::Int)),
        "bitnand" => (F::BitNand, Overloads(TWO_INTS, Type::Int)),
        "bitshl" => (F::BitShl, Overloads(TWO_INTS, Type::Int)),
        "bitshr" => (F::BitShr, Overloads(TWO_INTS, Type::Int)),
        "bitushr" => (F::BitUshr, Overloads(TWO_INTS, Type::Int)),
        "bitnot" => (F::BitNot, Overloads(&[&[Int]], Type::Int)),
        _ => return None,
    })
}

/// Why a function that Choria has is not taken here.
pub(super) fn left_out(name: &str) -> Option<String> {
    match name {
        "now" | "duration" | "date" | "timezone" => Some(format!(
            "discovery sources do not have {name}(): no dates, durations and time zones; compare facts that hold numbers"
        )),
        // Choria's own answer depends on what stands to the left of it.
        "findLast" | "findLastIndex" => Some(format!(
            "discovery sources do not have {name}(), whose result Choria mixes up: use find() on reverse() of the list"
        )),
        _ => None,
    }
}

pub(super) fn is_builtin(name: &str) -> bool {
    walk(name).is_some() || function(name).is_some() || left_out(name).is_some()
}

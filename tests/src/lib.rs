//! Helper programs of the tests are in `src/bin/`.

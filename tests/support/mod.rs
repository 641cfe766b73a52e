//! What the tests of the library share.

pub(crate) mod line;

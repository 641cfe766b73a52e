//! A [`Failure`] is why a command could not do its work. Its text reads alone: what failed, on what, why, what to do.

/// Ends a command with exit status 2. Carries any error, or a text.
pub(crate) type Failure = Box<dyn std::error::Error>;

//! The oracle of messages: it knows a world and says whether a message is true of it. It shares nothing with the
//! program but the shortening of texts.
//!
//! A world is made by `case` of `people`, `things`, `asks`, `conflicts`, `form`, `rules`, `templates`, `failures`
//! and `texts`. What is true of a world: `whom` it is about, the `manager`, what is `asked`, the `checks` and
//! `toxic` combinations, and so the `view`. The sentences: `headline`, `lines`, `answers`, `own_template`. `judge`
//! compares.
//!
//! A new sentence is a line in `lines` (or a check in `checks`), and what it is about in the world's generator.

mod answers;
mod approval;
mod asked;
pub(crate) mod asks;
pub(crate) mod case;
mod checks;
pub(crate) mod conflicts;
mod contents;
pub(crate) mod dice;
mod ends;
pub(crate) mod failures;
mod form;
pub(crate) mod grants;
mod headline;
pub(crate) mod history;
pub(crate) mod judge;
pub(crate) mod labels;
mod lines;
mod manager;
mod matching;
mod own_template;
pub(crate) mod peers;
pub(crate) mod people;
pub(crate) mod rules;
mod templates;
mod texts;
pub(crate) mod things;
mod toxic;
pub(crate) mod view;
pub(crate) mod whom;

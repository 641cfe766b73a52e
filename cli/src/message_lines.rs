//! A message as commands show it: each line set off from what else they print.

use crate::terminal;

pub(crate) fn print(message: &str) {
    message.lines().for_each(|line| terminal::println!("  | {line}"));
}

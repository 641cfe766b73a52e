//! [`Architecture`]: the processor of the function, by Lambda's name.

use std::fmt;

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
pub(crate) enum Architecture {
    #[value(name = "arm64", alias = "aarch64")]
    #[serde(rename = "arm64")]
    Arm64,
    #[value(name = "x86_64", alias = "amd64")]
    #[serde(rename = "x86_64")]
    X86,
}

impl Architecture {
    /// The one to prefer comes first: arm64 costs less for the same time.
    pub(crate) const ALL: [Architecture; 2] = [Architecture::Arm64, Architecture::X86];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Architecture::Arm64 => "arm64",
            Architecture::X86 => "x86_64",
        }
    }
}

impl fmt::Display for Architecture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

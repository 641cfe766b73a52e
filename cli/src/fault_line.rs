//! [`FaultLine`]: a fault of a policy file, as commands print it.

use std::fmt;

use anstyle::AnsiColor;
use okta_request_enricher::policy::PolicyFault;

use crate::terminal::style;

/// A line that editors can jump to: file, line number, kind, text.
pub(crate) struct FaultLine<'a> {
    file: &'a str,
    kind: &'static str,
    color: AnsiColor,
    fault: &'a PolicyFault,
}

impl<'a> FaultLine<'a> {
    pub(crate) fn error(file: &'a str, fault: &'a PolicyFault) -> FaultLine<'a> {
        FaultLine { file, kind: "error", color: AnsiColor::Red, fault }
    }

    pub(crate) fn warning(file: &'a str, fault: &'a PolicyFault) -> FaultLine<'a> {
        FaultLine { file, kind: "warning", color: AnsiColor::Yellow, fault }
    }
}

impl fmt::Display for FaultLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let FaultLine { file, kind, fault: PolicyFault { line, text }, .. } = self;
        let color = style(self.color);
        write!(f, "{file}:{line}: {color}{kind}:{color:#} {text}")
    }
}

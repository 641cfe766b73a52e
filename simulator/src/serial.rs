//! Serial texts are the ids, tokens and nonces that a simulated Okta makes up. They count upwards instead of
//! being random, so that a run which is repeated sees the same texts. They are no secrets.

/// The numbers of one world, counted from 1.
#[derive(Clone, Debug, Default)]
pub(super) struct Serial(u64);

impl Serial {
    /// A text that starts with `prefix` and is unique in this world.
    /// It adds at least 17 ASCII characters to the prefix.
    pub(super) fn next(&mut self, prefix: &str) -> String {
        format!("{prefix}simulated{:08}", self.number())
    }

    /// 32 hexadecimal digits that are unique in this world, as the Identity Governance API numbers its
    /// errors.
    pub(super) fn hexadecimal(&mut self) -> String {
        format!("{:032x}", self.number())
    }

    fn number(&mut self) -> u64 {
        self.0 += 1;
        self.0
    }
}

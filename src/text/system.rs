//! The words of the operating system, as errors quote them.

/// An error in words, without the number that Rust puts behind those of the system: `No such file or directory
/// (os error 2)`.
#[must_use]
pub fn system_error(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    if let Some(at) = text.rfind(" (os error ").filter(|_| text.ends_with(')')) {
        text.truncate(at);
    }
    text
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::system_error;

    #[test]
    fn the_number_of_the_system_is_left_out() {
        let missing = std::fs::read("no-such-file").unwrap_err();
        assert!(missing.to_string().ends_with(" (os error 2)"));
        assert_eq!(system_error(&missing), "No such file or directory");
        assert_eq!(system_error(&io::Error::other("it is not a file")), "it is not a file");
    }
}

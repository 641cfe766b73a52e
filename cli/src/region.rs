//! The AWS region that a call goes to, if it is not the one of the operator's profile.

use aws_config::{Region, SdkConfig};

/// The region in an ARN of any service, `arn:aws:<service>:<region>:…`; `None` for a name.
pub(crate) fn of_arn(name: &str) -> Option<Region> {
    let mut parts = name.strip_prefix("arn:")?.splitn(4, ':');
    Some(Region::new(parts.nth(2)?.to_owned()))
}

/// `aws` with this region.
pub(crate) fn in_region(aws: &SdkConfig, region: Option<Region>) -> SdkConfig {
    aws.clone().into_builder().region(region).build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_says_where_it_is() {
        let arn = "arn:aws:lambda:eu-central-1:123456789012:function:enricher:live";
        assert_eq!(of_arn(arn).map(|region| region.to_string()).as_deref(), Some("eu-central-1"));
        assert_eq!(of_arn("enricher:live"), None);
    }
}

//! A [`QueueUrl`] is the address of an SQS queue, as `--queue-url` takes it.

use std::fmt;

use aws_config::Region;
use url::Url;

/// An HTTP(S) URL with a host. HTTP is allowed for SQS doubles on this machine.
#[derive(Clone, Debug)]
pub(crate) struct QueueUrl(Url);

impl QueueUrl {
    pub(crate) fn parse(text: &str) -> Result<QueueUrl, String> {
        let url = Url::parse(text).ok();
        let url = url.filter(|url| url.has_host() && matches!(url.scheme(), "https" | "http"));
        url.map(QueueUrl).ok_or_else(|| {
            "a queue's URL looks like https://sqs.eu-west-1.amazonaws.com/123456789012/NAME (stack output \
             DeadLetterQueueUrl)"
                .to_owned()
        })
    }

    /// The region in `https://sqs.<region>.amazonaws.com/…`. A queue answers in its own region only.
    pub(crate) fn region(&self) -> Option<Region> {
        let region = self.0.host_str()?.strip_prefix("sqs.")?.split_once(".amazonaws.com")?.0;
        Some(Region::new(region.to_owned()))
    }
}

impl fmt::Display for QueueUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_says_where_it_is() {
        let region = |url: &str| QueueUrl::parse(url).unwrap().region().map(|region| region.to_string());
        assert_eq!(region("https://sqs.eu-west-1.amazonaws.com/1/q").as_deref(), Some("eu-west-1"));
        assert_eq!(region("https://sqs.cn-north-1.amazonaws.com.cn/1/q").as_deref(), Some("cn-north-1"));
        assert_eq!(region("http://127.0.0.1:9324/1/q"), None);
    }
}

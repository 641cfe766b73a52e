//! [`Answered`] is the body of an answer that no socket carries: the bytes that arrived, and whether the
//! connection broke before the rest. The caller reads it as any other HTTP body.

use std::{
    collections::VecDeque,
    future::poll_fn,
    io,
    pin::{Pin, pin},
    task::{Context, Poll},
};

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderValue, Response, header};
use http_body::{Body as HttpBody, Frame, SizeHint};

/// A body that has arrived, whole or in part.
#[derive(Debug)]
pub struct Answered {
    chunks: VecDeque<Bytes>,
    /// Bytes announced and not yet read; `None` if the answer announces no length.
    announced: Option<u64>,
    /// Whether the connection breaks after the last chunk.
    breaks: bool,
}

impl Answered {
    /// Receives the whole answer, and announces its length as a server does.
    pub(super) async fn receive(response: Response<Body>) -> Response<Self> {
        let (mut head, body) = response.into_parts();
        let header =
            head.headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
        let announced = header.or_else(|| body.size_hint().exact());
        if let Some(length) = announced {
            head.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
        }
        let (mut chunks, mut breaks) = (VecDeque::new(), false);
        let mut body = pin!(body);
        while let Some(frame) = poll_fn(|cx| body.as_mut().poll_frame(cx)).await {
            match frame.map(Frame::into_data) {
                Ok(Ok(chunk)) => chunks.push_back(chunk),
                // No answer of the simulator has trailers.
                Ok(Err(_)) => {}
                Err(_) => {
                    breaks = true;
                    break;
                }
            }
        }
        Response::from_parts(head, Self { chunks, announced, breaks })
    }
}

impl HttpBody for Answered {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let Some(chunk) = self.chunks.pop_front() else {
            let breaks = std::mem::take(&mut self.breaks);
            return Poll::Ready(breaks.then(|| Err(io::ErrorKind::ConnectionReset.into())));
        };
        let length = u64::try_from(chunk.len()).unwrap_or(u64::MAX);
        self.announced = self.announced.map(|left| left.saturating_sub(length));
        Poll::Ready(Some(Ok(Frame::data(chunk))))
    }

    fn is_end_stream(&self) -> bool {
        self.chunks.is_empty() && !self.breaks
    }

    fn size_hint(&self) -> SizeHint {
        self.announced.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}

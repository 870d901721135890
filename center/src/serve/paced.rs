//! A stream whose other side has to read: an answer has so much more time as it is long, and who takes it
//! more slowly than the slowest line that we wait for is let go, with the memory that the answer holds.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use domain::sync::time_for;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

/// Beyond the time that its bytes earn.
const WITHIN: Duration = Duration::from_secs(20);

/// See the module.
pub struct Paced<S> {
    stream: S,
    within: Duration,
    /// Since when something waits to leave, and how much has left since.
    waits: Option<Instant>,
    written: usize,
    alarm: Pin<Box<Sleep>>,
}

impl<S> Paced<S> {
    /// Nothing has been written yet.
    pub fn new(stream: S) -> Paced<S> {
        Paced::within(stream, WITHIN)
    }

    fn within(stream: S, within: Duration) -> Paced<S> {
        Paced {
            stream,
            within,
            waits: None,
            written: 0,
            alarm: Box::pin(tokio::time::sleep(within)),
        }
    }

    /// Nothing could be written just now: whether that is so for too long.
    fn wait<T>(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<T>> {
        let since = *self.waits.get_or_insert_with(Instant::now);
        let until = since + self.within + time_for(self.written);
        if self.alarm.deadline() != until {
            self.alarm.as_mut().reset(until);
        }
        ready!(self.alarm.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }

    fn wrote(
        &mut self,
        cx: &mut Context<'_>,
        written: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        match written {
            Poll::Pending => self.wait(cx),
            Poll::Ready(Ok(bytes)) => {
                self.waits.get_or_insert_with(Instant::now);
                self.written += bytes;
                Poll::Ready(Ok(bytes))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Paced<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Paced<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.wrote(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.wrote(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match Pin::new(&mut self.stream).poll_flush(cx) {
            Poll::Pending => self.wait(cx),
            flushed => {
                // All of it is with the system.
                (self.waits, self.written) = (None, 0);
                flushed
            }
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match Pin::new(&mut self.stream).poll_shutdown(cx) {
            Poll::Pending => self.wait(cx),
            ended => ended,
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::sync::FLOOR_BYTES_PER_S;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    use super::*;

    const SHORT: Duration = Duration::from_millis(200);

    async fn write(size: usize, reads: usize, every: Duration) -> io::Result<()> {
        let (near, mut far) = duplex(64);
        let mut near = Paced::within(near, SHORT);
        tokio::spawn(async move {
            let mut bytes = vec![0; reads];
            while far.read_exact(&mut bytes).await.is_ok() {
                tokio::time::sleep(every).await;
            }
        });
        near.write_all(&vec![7; size]).await?;
        near.flush().await
    }

    #[tokio::test]
    async fn who_reads_a_byte_now_and_then_is_let_go_and_a_slow_line_is_waited_for() {
        let began = Instant::now();
        let drip = write(1_000, 1, Duration::from_millis(20)).await;
        assert_eq!(drip.unwrap_err().kind(), io::ErrorKind::TimedOut);
        assert!(began.elapsed() < 5 * SHORT, "{:?}", began.elapsed());
        // Twice the slowest line, for much longer than an answer without bytes has.
        let began = Instant::now();
        let bytes = FLOOR_BYTES_PER_S as usize / 10;
        let slow = write(20 * bytes, bytes, Duration::from_millis(50)).await;
        assert!(slow.is_ok(), "{slow:?}");
        assert!(began.elapsed() > 3 * SHORT, "{:?}", began.elapsed());
    }

    #[tokio::test]
    async fn each_answer_has_its_own_time_and_a_pause_between_two_is_none_of_it() {
        let (near, mut far) = duplex(1 << 10);
        let mut near = Paced::within(near, SHORT);
        for _ in 0..3 {
            near.write_all(&[7; 100]).await.unwrap();
            near.flush().await.unwrap();
            far.read_exact(&mut [0; 100]).await.unwrap();
            tokio::time::sleep(SHORT).await;
        }
        near.write_all(&[7; 1 << 10]).await.unwrap();
        let full = near.write_all(b"more").await;
        assert_eq!(full.unwrap_err().kind(), io::ErrorKind::TimedOut);
    }
}

//! The connection below SMTP: reached in time, encrypted from the start where that is wanted, and
//! read only so far.
//!
//! lettre would read a reply without end into memory, and a reply of many lines takes it time that
//! grows with their square; so a server that does not stop talking is cut off here.

use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use lettre::transport::smtp::client::AsyncTokioStream;
use rustls::{
    ClientConfig,
    crypto::ring,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use rustls_platform_verifier::Verifier;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::TlsConnector;

/// For name look-up, TCP and TLS together.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// The most bytes that a server may say to one command; a TLS handshake needs some ten thousand.
const LONGEST_REPLY: usize = 32 * 1024;

/// The most lines of it; a greeting of many words has some twenty.
const MOST_LINES: usize = 500;

/// TLS from the first byte. `authorities` are trusted besides the system's.
pub(super) fn tls(authorities: Option<&[u8]>) -> Result<TlsConnector, String> {
    let provider = Arc::new(ring::default_provider());
    let extra: Vec<CertificateDer<'static>> =
        authorities.into_iter().flat_map(CertificateDer::pem_slice_iter).filter_map(Result::ok).collect();
    let verifier = Verifier::new_with_extra_roots(extra, provider.clone()).map_err(|error| error.to_string())?;
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

/// Connects, and encrypts where a connector is given.
pub(super) async fn connect(
    host: &str,
    port: u16,
    tls: Option<&TlsConnector>,
) -> io::Result<Box<dyn AsyncTokioStream>> {
    let connecting = async {
        let stream = TcpStream::connect((host, port)).await?;
        let peer = stream.peer_addr()?;
        let Some(tls) = tls else { return Ok(bounded(stream, peer)) };
        let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
        Ok(bounded(tls.connect(name, stream).await?, peer))
    };
    timeout(CONNECT_TIMEOUT, connecting).await.map_err(|_| io::Error::other("connecting took too long"))?
}

fn bounded<S>(inner: S, peer: SocketAddr) -> Box<dyn AsyncTokioStream>
where
    S: AsyncRead + AsyncWrite + Send + Sync + Unpin + std::fmt::Debug + 'static,
{
    Box::new(Bounded { inner, peer, bytes: 0, lines: 0 })
}

/// A stream from which only so much is read between two writes.
#[derive(Debug)]
struct Bounded<S> {
    inner: S,
    peer: SocketAddr,
    bytes: usize,
    lines: usize,
}

impl<S: AsyncRead + AsyncWrite + Send + Sync + Unpin + std::fmt::Debug> AsyncTokioStream for Bounded<S> {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.peer)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Bounded<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.bytes > LONGEST_REPLY || self.lines > MOST_LINES {
            return Poll::Ready(Err(io::Error::other("the server does not stop talking")));
        }
        let before = buf.filled().len();
        let polled = Pin::new(&mut self.inner).poll_read(cx, buf);
        let new = buf.filled().split_at(before).1;
        self.bytes += new.len();
        self.lines += new.iter().filter(|byte| **byte == b'\n').count();
        polled
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Bounded<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        (self.bytes, self.lines) = (0, 0);
        Pin::new(&mut self.inner).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

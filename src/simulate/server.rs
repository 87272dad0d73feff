//! The HTTP server around the endpoints: who is let in, what is remembered, and which answers go wrong.

use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    Json, Router,
    body::{Body, Bytes, to_bytes},
    extract::{ConnectInfo, DefaultBodyLimit, Request, State as With, connect_info::Connected},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::{Next, from_fn_with_state},
    response::{Html, IntoResponse, Response},
    serve::{IncomingStream, Listener},
};
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
};

use crate::simulate::{
    Simulator,
    faults::Fault,
    handlers::{self, Shift, errors, not_found},
};

pub(super) fn router(simulator: Simulator) -> Router {
    handlers::routes()
        .layer(from_fn_with_state(simulator.clone(), gate))
        .layer(DefaultBodyLimit::max(64 << 20))
        .with_state(simulator)
}

/// Serves until `shutdown` is ready and the requests under way are answered.
pub(super) async fn serve(
    simulator: Simulator,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let app = router(simulator).into_make_service_with_connect_info::<Plug>();
    axum::serve(Breakable(listener), app).with_graceful_shutdown(shutdown).await
}

/// Remembers each request, lets scripted faults strike, and asks for the key.
async fn gate(With(simulator): With<Simulator>, mut request: Request, next: Next) -> Response {
    let fault = simulator.note(&request);
    let plug = request.extensions().get::<ConnectInfo<Plug>>().map(|ConnectInfo(plug)| plug.clone());
    match &fault {
        Some(Fault::Shift { rows }) => {
            request.extensions_mut().insert(Shift(*rows));
        }
        Some(Fault::Slow { millis }) => tokio::time::sleep(Duration::from_millis(*millis)).await,
        _ => {}
    }
    match fault {
        Some(Fault::Status { code, retry_after, body }) => status(code, retry_after, body),
        Some(Fault::ErrorIn200 { message }) => Json(json!({ "status": "error", "message": message })).into_response(),
        Some(Fault::NotFound(shape)) => not_found(shape, "CALL_NOT_FOUND", "Call not found"),
        Some(Fault::Reset) => reset(plug),
        fault => {
            let answer =
                if admitted(&simulator, request.headers()) { next.run(request).await } else { status(401, None, None) };
            spoil(answer, fault).await
        }
    }
}

/// The bare key and `Bearer` both work; `x-api-key` does nothing.
fn admitted(simulator: &Simulator, headers: &HeaderMap) -> bool {
    let Some(key) = simulator.api_key() else { return true };
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    given.strip_prefix("Bearer ").unwrap_or(given) == key.expose()
}

/// An answer with this status, and the body that Bland documents for it.
fn status(code: u16, retry_after: Option<u64>, body: Option<String>) -> Response {
    let code = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let message = |message: &str| Json(json!({ "status": "error", "message": message })).into_response();
    let mut answer = match (body, code.as_u16()) {
        (Some(body), _) => body.into_response(),
        (None, 401) => Json(errors("AUTH_FAILURE", "Unauthorized")).into_response(),
        (None, 402) => message("Insufficient balance."),
        (None, 403) => message("The Bland Team has flagged your account for security purposes."),
        (None, 429) => message("Rate limit exceeded"),
        (None, 500..) => {
            Html(format!("<html><head><title>{code}</title></head><body><h1>{code}</h1></body></html>")).into_response()
        }
        (None, _) => message("Invalid parameters."),
    };
    *answer.status_mut() = code;
    if let Some(seconds) = retry_after {
        answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    answer
}

/// Breaks the connection where it is ours; under another server the answer's body breaks off at once.
fn reset(plug: Option<Plug>) -> Response {
    if let Some(Plug(pulled)) = plug {
        pulled.store(true, Ordering::SeqCst);
    }
    Body::from_stream(stream::iter([Err::<Bytes, _>(io::Error::from(io::ErrorKind::ConnectionReset))])).into_response()
}

/// What a fault does to an answer that is right otherwise.
async fn spoil(answer: Response, fault: Option<Fault>) -> Response {
    match fault {
        Some(Fault::Truncated) => truncated(answer).await,
        Some(Fault::Huge { bytes }) => huge(answer, bytes).await,
        Some(Fault::BadRow { row }) => {
            let row = serde_json::from_str(&row).unwrap_or(Value::String(row));
            with_rows(answer, |rows| rows.insert(rows.len() / 2, row)).await
        }
        Some(Fault::DuplicateRows) => {
            with_rows(answer, |rows| *rows = rows.iter().flat_map(|row| [row.clone(), row.clone()]).collect()).await
        }
        _ => answer,
    }
}

/// The length of the whole is announced, half of it comes.
async fn truncated(answer: Response) -> Response {
    let (mut head, body) = answer.into_parts();
    let body = bytes(body).await;
    head.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
    let half = body.slice(..body.len() / 2);
    // The pause lets the half be written before the break throws away what is not.
    let broken = stream::once(async {
        tokio::task::yield_now().await;
        Err(io::Error::from(io::ErrorKind::ConnectionReset))
    });
    Response::from_parts(head, Body::from_stream(stream::iter([Ok(half)]).chain(broken)))
}

/// White space costs the client memory and leaves the JSON valid; it is sent piece by piece.
async fn huge(answer: Response, mut left: u64) -> Response {
    static PIECE: [u8; 1 << 16] = [b' '; 1 << 16];
    let (mut head, body) = answer.into_parts();
    head.headers.remove(header::CONTENT_LENGTH);
    let body = bytes(body).await;
    let padding = std::iter::from_fn(move || {
        let piece = PIECE.get(..usize::try_from(left).unwrap_or(PIECE.len()).min(PIECE.len()))?;
        left -= piece.len() as u64;
        (!piece.is_empty()).then(|| Bytes::from_static(&PIECE).slice(..piece.len()))
    });
    let pieces = std::iter::once(body).chain(padding).map(Ok::<_, io::Error>);
    Response::from_parts(head, Body::from_stream(stream::iter(pieces)))
}

/// Changes the rows of a list, and leaves everything else as it is.
async fn with_rows(answer: Response, change: impl FnOnce(&mut Vec<Value>)) -> Response {
    let (mut head, body) = answer.into_parts();
    let body = bytes(body).await;
    let Ok(mut list) = serde_json::from_slice::<Value>(&body) else { return (head, body).into_response() };
    if let Some(rows) = list["calls"].as_array_mut() {
        change(rows);
        list["count"] = json!(rows.len());
    }
    head.headers.remove(header::CONTENT_LENGTH);
    (head, Json(list)).into_response()
}

/// The answers are our own and fit into memory.
async fn bytes(body: Body) -> Bytes {
    to_bytes(body, usize::MAX).await.unwrap_or_default()
}

/// A connection's plug: once pulled, nothing more is written.
#[derive(Debug, Clone, Default)]
struct Plug(Arc<AtomicBool>);

impl Connected<IncomingStream<'_, Breakable>> for Plug {
    fn connect_info(stream: IncomingStream<'_, Breakable>) -> Self {
        stream.io().plug.clone()
    }
}

/// A listener whose connections can break.
#[derive(Debug)]
struct Breakable(TcpListener);

#[derive(Debug)]
struct Connection {
    stream: TcpStream,
    plug: Plug,
}

impl Listener for Breakable {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        let (stream, address) = Listener::accept(&mut self.0).await;
        (Connection { stream, plug: Plug::default() }, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

impl AsyncRead for Connection {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        if self.plug.0.load(Ordering::SeqCst) {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

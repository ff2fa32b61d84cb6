//! Connections: each is served until the process is asked to stop, its client leaves, or it keeps its place for nothing.

use std::{net::SocketAddr, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, Request},
    serve::Listener,
};
use hyper::{body::Incoming, server::conn::http1};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
    service::TowerToHyperService,
};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

/// How long a client may take for the head of a request, and be silent before the next one or within the body of a form. Browsers close
/// what is idle only after minutes, and phones that lost the net never do: without an end they would use up the files that a process
/// may have open.
pub const SILENCE: Duration = Duration::from_secs(75);

/// Lets the process have as many connections as the system allows. The usual soft limit of 1,024 files is for programs that use
/// `select`, and a shop's visitors reach it.
pub fn allow_many() {
    let limit = getrlimit(Resource::Nofile);
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }) {
        tracing::warn!(%error, limit = limit.current, "the number of connections stays limited");
    }
}

/// Serves this router until it is asked to stop; then answers what is under way.
pub async fn serve(listener: TcpListener, router: Router, stop: CancellationToken) {
    serve_within(SILENCE, listener, router, stop).await;
}

async fn serve_within(silence: Duration, mut listener: TcpListener, router: Router, stop: CancellationToken) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(silence);
    let under_way = GracefulShutdown::new();
    loop {
        // `Listener::accept` goes on after what a client caused, and waits while the process can't open more files.
        let (stream, peer): (_, SocketAddr) = tokio::select! {
            accepted = Listener::accept(&mut listener) => accepted,
            () = stop.cancelled() => break,
        };
        let service = router.clone().map_request(move |request: Request<Incoming>| {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(ConnectInfo(peer));
            request
        });
        let connection = http.serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
        let connection = under_way.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%peer, %error, "a connection broke");
            }
        });
    }
    drop(listener);
    under_way.shutdown().await;
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpStream,
    };

    use super::*;

    /// What a client that sends this is told until the connection ends.
    async fn told(to: SocketAddr, request: &str) -> String {
        let mut stream = TcpStream::connect(to).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    #[test]
    fn what_the_system_allows_is_used() {
        let before = getrlimit(Resource::Nofile);
        setrlimit(Resource::Nofile, Rlimit { current: Some(200), ..before }).unwrap();
        allow_many();
        assert_eq!(getrlimit(Resource::Nofile).current, before.maximum);
    }

    #[tokio::test]
    async fn who_sends_no_whole_request_loses_the_connection() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, stop) = (listener.local_addr().unwrap(), CancellationToken::new());
        let router = Router::new().route(
            "/",
            get(|ConnectInfo(peer): ConnectInfo<SocketAddr>| async move { format!("hello {}", peer.ip()) }),
        );
        let serving = tokio::spawn(serve_within(Duration::from_millis(50), listener, router, stop.clone()));
        // Each would wait for ever if the server did.
        assert_eq!(told(address, "").await, "");
        assert_eq!(told(address, "GET / HTTP/1.1\r\nHost:").await, "");
        let answer = told(address, "GET / HTTP/1.1\r\nHost: shop.example\r\n\r\n").await;
        assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.ends_with("hello 127.0.0.1"), "{answer}");
        stop.cancel();
        serving.await.unwrap();
        assert!(TcpStream::connect(address).await.is_err());
    }
}

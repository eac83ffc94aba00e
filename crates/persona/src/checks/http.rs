//! One small request to our own server, at the address where it listens.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use http_body_util::{BodyExt, Empty, Limited};
use hyper::Request;
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::header::{CONTENT_TYPE, HOST, SET_COOKIE};
use hyper_util::rt::TokioIo;
use server::settings::ListenAddress;
use tokio::net::{TcpStream, UnixStream};

/// What the server answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    /// The lines of `Set-Cookie`.
    pub(crate) cookies: Vec<String>,
    pub(crate) body: Vec<u8>,
}

/// Gets `path` as a web server in front would that was asked for `host`.
pub(crate) async fn get(address: &ListenAddress, host: &str, path: &str) -> Result<Answer, String> {
    let exchange = async {
        match address {
            ListenAddress::Tcp(socket) => {
                let stream = TcpStream::connect(reachable(*socket)).await;
                ask(
                    TokioIo::new(stream.map_err(|error| error.to_string())?),
                    host,
                    path,
                )
                .await
            }
            ListenAddress::Unix(socket) => {
                let stream = UnixStream::connect(socket).await;
                ask(
                    TokioIo::new(stream.map_err(|error| error.to_string())?),
                    host,
                    path,
                )
                .await
            }
        }
    };
    tokio::time::timeout(LIMIT, exchange)
        .await
        .unwrap_or_else(|_| Err(format!("no answer within {} s", LIMIT.as_secs())))
}

async fn ask<T>(stream: TokioIo<T>, host: &str, path: &str) -> Result<Answer, String>
where
    T: tokio::io::AsyncRead + tokio::io::AsyncWrite + Send + Unpin + 'static,
{
    let (mut sender, connection) = http1::handshake(stream)
        .await
        .map_err(|error| error.to_string())?;
    let connection = tokio::spawn(connection);
    let request = Request::get(path)
        .header(HOST, host)
        .body(Empty::<Bytes>::new())
        .map_err(|error| error.to_string())?;
    let answer = sender
        .send_request(request)
        .await
        .map_err(|error| error.to_string())?;
    let status = answer.status().as_u16();
    let content_type = answer.headers().get(CONTENT_TYPE);
    let content_type = content_type
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let content_type = content_type.to_owned();
    let cookies = answer.headers().get_all(SET_COOKIE).iter();
    let cookies = cookies.filter_map(|line| line.to_str().ok());
    let cookies = cookies.map(str::to_owned).collect();
    let body = Limited::new(answer.into_body(), MOST_BYTES).collect().await;
    connection.abort();
    let body = body.map_err(|error| error.to_string())?.to_bytes().to_vec();
    Ok(Answer {
        status,
        content_type,
        cookies,
        body,
    })
}

/// A server that listens everywhere is asked at this machine's own address.
fn reachable(socket: SocketAddr) -> SocketAddr {
    let ip = match socket.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        IpAddr::V4(_) | IpAddr::V6(_) => socket.ip(),
    };
    SocketAddr::new(ip, socket.port())
}

const LIMIT: Duration = Duration::from_secs(10);
/// A support document has less than a kilobyte; a page has a few.
const MOST_BYTES: usize = 256 * 1024;

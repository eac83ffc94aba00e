//! A small HTTP/1.1 client for tests: one request, one connection, one bounded answer.
//!
//! It does what a browser would do and no more: names under `localhost` are this machine, cookies
//! are kept when asked for, redirects are shown and not followed. Every exchange has a time limit and
//! an answer has a size limit, so that a test that hangs fails instead. Called by the journey tests
//! and by the end-to-end tests, which also speak to the browser's driver with it.
//!
//! Deliberately absent: TLS, connection reuse, and any host that is not this machine.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::header::{CONNECTION, COOKIE, HOST};
use hyper::{Request, Response, Uri};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// Sends requests, with or without a memory for cookies.
#[derive(Debug)]
pub struct Client {
    limit: Duration,
    jar: Option<Mutex<Jar>>,
}

/// What a server answered.
#[derive(Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The header fields in the order of arrival, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The whole body.
    pub body: Vec<u8>,
}

/// Says why there is no answer.
#[derive(Debug)]
pub struct HttpError(String);

impl Client {
    /// Makes a client that forgets cookies and waits 30 s for a whole exchange.
    pub const fn new() -> Self {
        Self {
            limit: Duration::from_secs(30),
            jar: None,
        }
    }

    /// Makes a client that keeps cookies and sends them back, by host name, as browsers do.
    pub const fn with_cookies() -> Self {
        Self {
            limit: Duration::from_secs(30),
            jar: Some(Mutex::new(Jar(Vec::new()))),
        }
    }

    /// Sets how long a whole exchange may take.
    #[must_use]
    pub const fn within(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Sends one request and gives the whole answer, whatever its status.
    pub async fn request(
        &self,
        method: &str,
        url: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<Answer, HttpError> {
        let exchange = self.exchange(method, url, headers, body);
        tokio::time::timeout(self.limit, exchange)
            .await
            .map_err(|_| HttpError(format!("{method} {url}: no answer in {:?}", self.limit)))?
            .map_err(|reason| HttpError(format!("{method} {url}: {reason}")))
    }

    /// Sends a GET without further headers.
    pub async fn get(&self, url: &str) -> Result<Answer, HttpError> {
        self.request("GET", url, &[], b"").await
    }

    /// Sends a POST of form fields.
    pub async fn post_form(
        &self,
        url: &str,
        headers: &[(&str, &str)],
        fields: &[(&str, &str)],
    ) -> Result<Answer, HttpError> {
        let mut all = vec![("content-type", "application/x-www-form-urlencoded")];
        all.extend_from_slice(headers);
        self.request("POST", url, &all, form(fields).as_bytes())
            .await
    }

    /// Sends a POST of JSON.
    pub async fn post_json(
        &self,
        url: &str,
        headers: &[(&str, &str)],
        value: &serde_json::Value,
    ) -> Result<Answer, HttpError> {
        let mut all = vec![("content-type", "application/json")];
        all.extend_from_slice(headers);
        self.request("POST", url, &all, value.to_string().as_bytes())
            .await
    }

    /// Gives the value of a kept cookie.
    pub fn cookie(&self, host: &str, name: &str) -> Option<String> {
        self.with_jar(|jar| jar.value(host, name))?
    }

    async fn exchange(
        &self,
        method: &str,
        url: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<Answer, String> {
        let place = Place::read(url)?;
        let mut request = Request::builder()
            .method(method)
            .uri(&place.path)
            .header(CONNECTION, "close");
        let named = |name: &str| headers.iter().any(|(n, _)| n.eq_ignore_ascii_case(name));
        if !named("host") {
            request = request.header(HOST, &place.authority);
        }
        let cookies = self.with_jar(|jar| jar.line(&place.host)).flatten();
        if let Some(line) = cookies.filter(|_| !named("cookie")) {
            request = request.header(COOKIE, line);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request
            .body(Full::new(Bytes::copy_from_slice(body)))
            .map_err(|error| error.to_string())?;

        let stream = TcpStream::connect(place.address).await;
        let stream = stream.map_err(|error| error.to_string())?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
            .await
            .map_err(|error| error.to_string())?;
        let carry = tokio::spawn(connection);
        let answer = match sender.send_request(request).await {
            Ok(response) => read(response).await,
            Err(error) => Err(error.to_string()),
        };
        carry.abort();
        let answer = answer?;
        for value in answer.all("set-cookie") {
            self.with_jar(|jar| jar.keep(&place.host, value));
        }
        Ok(answer)
    }

    fn with_jar<T>(&self, act: impl FnOnce(&mut Jar) -> T) -> Option<T> {
        let mut jar = self
            .jar
            .as_ref()?
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        Some(act(&mut jar))
    }
}

impl Default for Client {
    fn default() -> Self {
        Self::new()
    }
}

impl Answer {
    /// Gives the first value of a header field; the name is compared without case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// Gives every value of a header field.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers
            .iter()
            .filter(move |(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// Gives the body as text; what is not UTF-8 is shown as replacement characters.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Reads the body as JSON.
    pub fn json(&self) -> Result<serde_json::Value, HttpError> {
        serde_json::from_slice(&self.body)
            .map_err(|error| HttpError(format!("the answer is no JSON ({error}): {}", self.text())))
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.status)?;
        for (name, value) in &self.headers {
            writeln!(f, "{name}: {value}")?;
        }
        write!(f, "\n{}", self.text())
    }
}

impl fmt::Display for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for HttpError {}

/// Writes form fields as `application/x-www-form-urlencoded`.
pub fn form(fields: &[(&str, &str)]) -> String {
    let pairs: Vec<String> = fields
        .iter()
        .map(|(name, value)| format!("{}={}", percent(name), percent(value)))
        .collect();
    pairs.join("&")
}

/// Writes text for a query or a form: everything but unreserved characters is percent-encoded.
pub fn percent(text: &str) -> String {
    let piece = |byte: u8| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            char::from(byte).to_string()
        } else {
            format!("%{byte:02X}")
        }
    };
    text.bytes().map(piece).collect()
}

async fn read(response: Response<Incoming>) -> Result<Answer, String> {
    let (head, body) = response.into_parts();
    let headers = head
        .headers
        .iter()
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.as_str().to_owned(), value)
        })
        .collect();
    let body = Limited::new(body, LARGEST_ANSWER).collect().await;
    let body = body.map_err(|error| error.to_string())?.to_bytes().to_vec();
    Ok(Answer {
        status: head.status.as_u16(),
        headers,
        body,
    })
}

/// Where a URL leads: always to this machine.
struct Place {
    address: SocketAddr,
    authority: String,
    host: String,
    path: String,
}

impl Place {
    fn read(url: &str) -> Result<Self, String> {
        let uri: Uri = url.parse().map_err(|error| format!("{error}"))?;
        if uri.scheme_str() != Some("http") {
            return Err("only http URLs are asked here".to_owned());
        }
        let authority = uri.authority().ok_or("the URL has no host")?;
        let host = authority.host();
        let ip = if host == "localhost" || host.ends_with(".localhost") {
            IpAddr::V4(Ipv4Addr::LOCALHOST)
        } else {
            host.trim_matches(['[', ']'])
                .parse()
                .map_err(|_| "tests speak to this machine only")?
        };
        if !ip.is_loopback() {
            return Err("tests speak to this machine only".to_owned());
        }
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        Ok(Self {
            address: SocketAddr::new(ip, authority.port_u16().unwrap_or(80)),
            authority: authority.as_str().to_owned(),
            host: host.to_owned(),
            path: path.to_owned(),
        })
    }
}

/// Cookies as (host, name, value). Paths and ports do not separate them.
#[derive(Debug)]
struct Jar(Vec<(String, String, String)>);

impl Jar {
    fn keep(&mut self, host: &str, set_cookie: &str) {
        let mut parts = set_cookie.split(';').map(str::trim);
        let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else {
            return;
        };
        self.0.retain(|(h, n, _)| h != host || n != name);
        let gone = parts.any(|part| part.eq_ignore_ascii_case("max-age=0"));
        if !gone {
            self.0
                .push((host.to_owned(), name.to_owned(), value.to_owned()));
        }
    }

    fn line(&self, host: &str) -> Option<String> {
        let pairs: Vec<String> = self
            .0
            .iter()
            .filter(|(h, ..)| h == host)
            .map(|(_, name, value)| format!("{name}={value}"))
            .collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    fn value(&self, host: &str, name: &str) -> Option<String> {
        self.0
            .iter()
            .find(|(h, n, _)| h == host && n == name)
            .map(|(.., value)| value.clone())
    }
}

/// Octets of the largest answer: a screenshot of a tall page fits.
const LARGEST_ANSWER: usize = 32 * 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_asked() {
        for url in [
            "http://example.org/",
            "http://192.0.2.1/",
            "https://localhost/",
            "http://notlocalhost/",
            "/path",
        ] {
            assert!(Place::read(url).is_err(), "{url}");
        }
        let place = Place::read("http://id.localhost:7080/a?b=c").unwrap();
        assert_eq!(place.address.to_string(), "127.0.0.1:7080");
        assert_eq!(place.authority, "id.localhost:7080");
        assert_eq!(place.path, "/a?b=c");
    }

    #[test]
    fn cookies_are_kept_by_host_until_they_are_taken_back() {
        let mut jar = Jar(Vec::new());
        jar.keep("a.localhost", "s=1; HttpOnly; Path=/");
        jar.keep("a.localhost", "t=2");
        jar.keep("b.localhost", "s=3");
        jar.keep("a.localhost", "s=4; Secure");
        jar.keep("a.localhost", "t=; Max-Age=0");

        assert_eq!(jar.line("a.localhost").as_deref(), Some("s=4"));
        assert_eq!(jar.value("b.localhost", "s").as_deref(), Some("3"));
        assert_eq!(jar.line("c.localhost"), None);
    }

    #[test]
    fn form_fields_are_encoded() {
        assert_eq!(
            form(&[("email", "jörg+x@a.b"), ("p", "a b&c=d")]),
            "email=j%C3%B6rg%2Bx%40a.b&p=a%20b%26c%3Dd"
        );
    }
}

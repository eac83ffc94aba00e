//! Starting and ending chromedriver and the browser behind it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use super::ThirdPartyCookies;

/// Starts chromedriver and gives the port that it took.
///
/// It lets the system choose a port of IPv4 and takes the same one of IPv6; where that belongs to
/// somebody else already, it ends before it says anything, and another one is tried.
pub(super) fn driver() -> Result<(Child, u16)> {
    for program in [CHROMIUM, CHROMEDRIVER] {
        if !Path::new(program).exists() {
            bail!("{program} is missing: apt-get install chromium chromium-driver");
        }
    }
    for _ in 1..MOST_PORTS {
        if let Ok(started) = driver_at_some_port() {
            return Ok(started);
        }
    }
    driver_at_some_port()
}

fn driver_at_some_port() -> Result<(Child, u16)> {
    let mut driver = Command::new(CHROMEDRIVER)
        .arg("--port=0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .context("chromedriver does not start")?;
    match announced_port(&mut driver) {
        Ok(port) => Ok((driver, port)),
        Err(error) => {
            drop(driver.kill());
            drop(driver.wait());
            Err(error)
        }
    }
}

/// Asks the driver to close the browser, and waits until it has.
pub(super) fn end_session(port: u16, session: &str) -> std::io::Result<()> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let head = format!(
        "DELETE /session/{session} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes())?;
    // The driver answers when the browser is gone, and leaves the connection open behind that.
    stream.read(&mut [0; 16]).map(drop)
}

fn announced_port(driver: &mut Child) -> Result<u16> {
    let output = driver.stdout.take().context("chromedriver has no output")?;
    let mut output = BufReader::new(output);
    let mut line = String::new();
    while output.read_line(&mut line)? > 0 {
        if let Some((_, port)) = line.trim_end().split_once("started successfully on port ") {
            // Kept open: a driver that wants to say more must not find nobody listening.
            driver.stdout = Some(output.into_inner());
            return Ok(port.trim_end_matches('.').parse()?);
        }
        line.clear();
    }
    bail!("chromedriver ended before it said its port")
}

/// Describes the browser that a test wants.
pub(super) fn capabilities(
    profile: &Path,
    third_party: ThirdPartyCookies,
    flags: &[String],
) -> Value {
    let mut arguments = FLAGS.map(str::to_owned).to_vec();
    arguments.extend_from_slice(flags);
    arguments.push(format!("--user-data-dir={}", profile.display()));
    let preferences = match third_party {
        ThirdPartyCookies::AsDefault => json!({}),
        ThirdPartyCookies::Allowed => json!({
            "profile.cookie_controls_mode": 0,
            "profile.block_third_party_cookies": false,
        }),
        ThirdPartyCookies::AsAllOthers => json!({
            "profile.default_content_setting_values.cookies": BLOCK,
        }),
    };
    json!({ "capabilities": { "alwaysMatch": {
        "browserName": "chrome",
        "pageLoadStrategy": "normal",
        "unhandledPromptBehavior": "dismiss",
        "goog:loggingPrefs": { "browser": "WARNING" },
        "goog:chromeOptions": { "binary": CHROMIUM, "args": arguments, "prefs": preferences },
    }}})
}

/// The browser's own number for a content setting that blocks.
const BLOCK: u8 = 2;
const CHROMIUM: &str = "/usr/bin/chromium";
/// How many ports are tried before it is no chance any more.
const MOST_PORTS: usize = 5;
const CHROMEDRIVER: &str = "/usr/bin/chromedriver";
/// No sandbox: the tests may run as root. The rest keeps the browser from calling home.
const FLAGS: [&str; 9] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];

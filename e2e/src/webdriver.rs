//! A small `WebDriver` client: Debian's Chromium, started by a chromedriver of its own.
//!
//! The W3C `WebDriver` protocol as far as these tests need it, plus chromedriver's door to the
//! browser's own tools (`goog/cdp`), for screen sizes and colour schemes. Every wait is for a
//! condition, with a deadline; nothing sleeps and hopes.
//!
//! A [`Browser`] ends its session and its driver when it is dropped, also when a test fails.

use std::process::Child;
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use tempfile::TempDir;
use testkit::http::Client;

use crate::refusal::WebDriverError;
use crate::wait::until;

mod launch;
mod tools;

/// A browser with an empty profile of its own.
#[derive(Debug)]
pub struct Browser {
    driver: Child,
    port: u16,
    session: String,
    http: Client,
    profile: TempDir,
}

/// What the browser does with cookies of a site that is not the one in the address bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ThirdPartyCookies {
    /// Nothing is said: this build blocks them.
    AsDefault,
    /// They are allowed, by preference.
    Allowed,
    /// They are blocked as all others are: no page can keep anything.
    AsAllOthers,
}

/// An element of the page that was looked at when it was found.
#[derive(Clone, Debug)]
pub struct Element(String);

/// A window or a tab.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window(String);

impl Browser {
    /// Starts a browser with an empty profile.
    pub async fn start(third_party: ThirdPartyCookies) -> Result<Self> {
        Self::start_with(third_party, &[]).await
    }

    /// Starts a browser with an empty profile, and flags of the test's choice.
    pub async fn start_with(third_party: ThirdPartyCookies, flags: &[String]) -> Result<Self> {
        let profile = tempfile::Builder::new().prefix("persona-e2e-").tempdir()?;
        let (driver, port) = launch::driver()?;
        let mut browser = Self {
            driver,
            port,
            session: String::new(),
            http: Client::new().within(Duration::from_secs(60)),
            profile,
        };
        let wanted = launch::capabilities(browser.profile.path(), third_party, flags);
        let session = browser.call("POST", "/session", &wanted).await?;
        browser.session = text_at(&session, "/sessionId")?;
        Ok(browser)
    }

    /// Opens an address in the current window.
    pub async fn open(&self, url: &str) -> Result<()> {
        self.post("/url", &json!({ "url": url })).await.map(drop)
    }

    /// Gives the address of the current window's page.
    pub async fn url(&self) -> Result<String> {
        text_at(&self.ask("/url").await?, "")
    }

    /// Waits until an element is there and visible.
    pub async fn see(&self, css: &str) -> Result<Element> {
        until(&format!("{css} to be seen"), async || {
            let Some(element) = self.find(css).await? else {
                return Ok(None);
            };
            Ok(self.is_displayed(&element).await?.then_some(element))
        })
        .await
    }

    /// Finds an element now, visible or not.
    pub async fn find(&self, css: &str) -> Result<Option<Element>> {
        Ok(self.find_all(css).await?.into_iter().next())
    }

    /// Finds all elements now, visible or not.
    pub async fn find_all(&self, css: &str) -> Result<Vec<Element>> {
        let query = json!({ "using": "css selector", "value": css });
        let found = self.post("/elements", &query).await?;
        let id = |found: &Value| found.get(ELEMENT)?.as_str().map(str::to_owned);
        let found = found.as_array().map(Vec::as_slice).unwrap_or_default();
        Ok(found.iter().filter_map(id).map(Element).collect())
    }

    /// Is an element to be seen?
    pub async fn is_displayed(&self, element: &Element) -> Result<bool> {
        let answer = self
            .ask(&format!("/element/{}/displayed", element.0))
            .await?;
        Ok(answer.as_bool().unwrap_or_default())
    }

    /// Gives the name by which a screen reader calls an element.
    pub async fn spoken_name(&self, element: &Element) -> Result<String> {
        let path = format!("/element/{}/computedlabel", element.0);
        text_at(&self.ask(&path).await?, "")
    }

    /// Does an element match a selector?
    pub async fn matches(&self, element: &Element, css: &str) -> Result<bool> {
        let arguments = [json!({ ELEMENT: element.0 }), css.into()];
        let script = "return arguments[0].matches(arguments[1])";
        Ok(self.run(script, &arguments).await? == true)
    }

    /// Waits for an element and clicks it.
    pub async fn click(&self, css: &str) -> Result<()> {
        let element = self.see(css).await?;
        self.post(&format!("/element/{}/click", element.0), &json!({}))
            .await
            .map(drop)
    }

    /// Waits for an element and clicks it, where the click may close the window.
    pub async fn click_and_go(&self, css: &str) -> Result<()> {
        done_or_gone(self.click(css).await)
    }

    /// Presses a button that takes no press before it could be seen, until the press has counted and the
    /// button is gone. Getting the focus starts that moment anew, so that an early press is lost.
    pub async fn press_when_calm(&self, css: &str) -> Result<()> {
        let mut pressed = false;
        done_or_gone(
            until(&format!("a press of {css} to count"), async || {
                let Some(button) = self.find(css).await? else {
                    return Ok(pressed.then_some(()));
                };
                if !self.is_displayed(&button).await? {
                    return Ok(pressed.then_some(()));
                }
                if !self.matches(&button, ":enabled").await? {
                    return Ok(None);
                }
                self.post(&format!("/element/{}/click", button.0), &json!({}))
                    .await?;
                pressed = true;
                Ok(None)
            })
            .await,
        )
    }

    /// Waits for a field and types into it, in place of what it held.
    pub async fn fill(&self, css: &str, text: &str) -> Result<()> {
        let element = self.see(css).await?;
        let path = format!("/element/{}", element.0);
        self.post(&format!("{path}/clear"), &json!({})).await?;
        self.post(&format!("{path}/value"), &json!({ "text": text }))
            .await
            .map(drop)
    }

    /// Waits for an element and gives the text that is seen in it.
    pub async fn text(&self, css: &str) -> Result<String> {
        until(&format!("the text of {css}"), async || {
            let Some(element) = self.find(css).await? else {
                return Ok(None);
            };
            if !self.is_displayed(&element).await? {
                return Ok(None);
            }
            self.text_of(&element).await.map(Some)
        })
        .await
    }

    /// Waits until the text of an element has `part` in it, and gives the whole.
    pub async fn read(&self, css: &str, part: &str) -> Result<String> {
        until(&format!("{css} to say {part:?}"), async || {
            let Some(element) = self.find(css).await? else {
                return Ok(None);
            };
            let text = self.text_of(&element).await?;
            Ok(text.contains(part).then_some(text))
        })
        .await
    }

    async fn text_of(&self, element: &Element) -> Result<String> {
        let path = format!("/element/{}/text", element.0);
        text_at(&self.ask(&path).await?, "")
    }

    /// Runs a script's body in the page; `arguments` are its arguments; a promise is waited for.
    pub async fn run(&self, script: &str, arguments: &[Value]) -> Result<Value> {
        let call = json!({ "script": script, "args": arguments });
        self.post("/execute/sync", &call).await
    }

    /// Gives the current window.
    pub async fn window(&self) -> Result<Window> {
        Ok(Window(text_at(&self.ask("/window").await?, "")?))
    }

    /// Gives all windows.
    pub async fn windows(&self) -> Result<Vec<Window>> {
        let all = self.ask("/window/handles").await?;
        let names = all.as_array().context("no list of windows")?;
        let name = |value: &Value| value.as_str().map(|name| Window(name.to_owned()));
        Ok(names.iter().filter_map(name).collect())
    }

    /// Waits for a window other than `known` and turns to it.
    pub async fn turn_to_popup(&self, known: &Window) -> Result<Window> {
        let popup = until("a second window", async || {
            Ok(self
                .windows()
                .await?
                .into_iter()
                .find(|window| window != known))
        })
        .await?;
        self.turn_to(&popup).await?;
        Ok(popup)
    }

    /// Opens a further tab, with nothing in it, and turns to it.
    pub async fn open_tab(&self) -> Result<Window> {
        let opened = self.post("/window/new", &json!({ "type": "tab" })).await?;
        let tab = Window(text_at(&opened, "/handle")?);
        self.turn_to(&tab).await?;
        Ok(tab)
    }

    /// Turns to a window.
    pub async fn turn_to(&self, window: &Window) -> Result<()> {
        self.post("/window", &json!({ "handle": window.0 }))
            .await
            .map(drop)
    }

    /// Waits until `window` is the only one left, and turns to it.
    pub async fn back_in(&self, window: &Window) -> Result<()> {
        let closed = until("the popup to close", async || {
            let windows = self.windows().await?;
            Ok((windows.as_slice() == std::slice::from_ref(window)).then_some(()))
        })
        .await;
        if let Err(error) = closed {
            let shown = self.run("return document.body.innerText", &[]).await?;
            return Err(error.context(format!("the popup shows {shown}")));
        }
        self.turn_to(window).await
    }

    /// Turns to what a frame of the current page shows.
    pub async fn turn_to_frame(&self, css: &str) -> Result<()> {
        let frame = self.see(css).await?;
        let call = json!({ "id": { ELEMENT: frame.0 } });
        self.post("/frame", &call).await.map(drop)
    }

    /// Closes the current window, as its own close button does.
    pub async fn close_window(&self) -> Result<()> {
        self.call("DELETE", &self.path("/window"), &Value::Null)
            .await
            .map(drop)
    }

    /// Presses a key, or types the characters of a text one after another, wherever the focus is.
    pub async fn press(&self, keys: &str) -> Result<()> {
        let strokes: Vec<Value> = keys
            .chars()
            .flat_map(|key| ["keyDown", "keyUp"].map(|kind| json!({ "type": kind, "value": key })))
            .collect();
        let actions =
            json!({ "actions": [{ "type": "key", "id": "keyboard", "actions": strokes }] });
        done_or_gone(self.post("/actions", &actions).await.map(drop))
    }

    async fn ask(&self, path: &str) -> Result<Value> {
        self.call("GET", &self.path(path), &Value::Null).await
    }

    async fn post(&self, path: &str, body: &Value) -> Result<Value> {
        self.call("POST", &self.path(path), body).await
    }

    fn path(&self, rest: &str) -> String {
        format!("/session/{}{rest}", self.session)
    }

    async fn call(&self, method: &str, path: &str, body: &Value) -> Result<Value> {
        let url = format!("http://127.0.0.1:{}{path}", self.port);
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let headers = [("content-type", "application/json; charset=utf-8")];
        let answer = self
            .http
            .request(method, &url, &headers, body.as_bytes())
            .await?;
        let mut document = answer.json()?;
        let value = document.pointer_mut("/value").map(Value::take);
        let value = value.unwrap_or_default();
        if answer.status == 200 {
            return Ok(value);
        }
        let member = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default();
        let first_line = member("message").lines().next().unwrap_or_default();
        Err(WebDriverError {
            code: member("error").to_owned(),
            message: format!("{method} {path}: {first_line}"),
        }
        .into())
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The driver ends the browser only when it is asked to; a destructor can only wait.
        if !self.session.is_empty() {
            drop(launch::end_session(self.port, &self.session));
        }
        drop(self.driver.kill());
        drop(self.driver.wait());
    }
}

/// A window that closes as the last act of a click or a key press has done what was asked.
fn done_or_gone(result: Result<()>) -> Result<()> {
    match result.as_ref().map_err(anyhow::Error::downcast_ref) {
        Err(Some(WebDriverError { code, .. })) if code == "no such window" => Ok(()),
        _ => result,
    }
}

fn text_at(value: &Value, pointer: &str) -> Result<String> {
    let text = value.pointer(pointer).and_then(Value::as_str);
    text.map(str::to_owned)
        .with_context(|| format!("the driver answered oddly: {value}"))
}

/// The keys that are not characters, as `WebDriver` writes them.
pub mod keys {
    /// The tabulator.
    pub const TAB: &str = "\u{E004}";
    /// The enter key.
    pub const ENTER: &str = "\u{E007}";
}

/// The name under which `WebDriver` gives an element's id.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

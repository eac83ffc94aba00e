//! The browser's own tools, for what the protocol has no words for: policies, screens, complaints.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::{Browser, text_at};

impl Browser {
    /// Lets the test's own scripts do in the page what the page's policy forbids to strangers'.
    pub async fn lift_content_policy(&self) -> Result<()> {
        self.cdp("Page.setBypassCSP", &json!({ "enabled": true }))
            .await
    }

    /// Runs no page's scripts from now on.
    pub async fn switch_scripts_off(&self) -> Result<()> {
        let call = json!({ "value": true });
        self.cdp("Emulation.setScriptExecutionDisabled", &call)
            .await
    }

    /// Gives what the pages complained about in the console since this was last asked.
    pub async fn complaints(&self) -> Result<Vec<String>> {
        let entries = self.post("/se/log", &json!({ "type": "browser" })).await?;
        let message = |entry: &Value| entry.get("message")?.as_str().map(str::to_owned);
        let entries = entries.as_array().map(Vec::as_slice).unwrap_or_default();
        Ok(entries.iter().filter_map(message).collect())
    }

    /// Sets the size of the visible page and the colour scheme that it should prefer.
    pub async fn look(&self, size: (u32, u32), scheme: &str) -> Result<()> {
        let (width, height) = size;
        let phone = width < 600;
        let metrics = json!({
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": phone,
        });
        self.cdp("Emulation.setDeviceMetricsOverride", &metrics)
            .await?;
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.cdp(
            "Emulation.setEmulatedMedia",
            &json!({ "features": features }),
        )
        .await
    }

    /// Takes a picture of the visible page.
    pub async fn screenshot(&self, file: &Path) -> Result<()> {
        let picture = text_at(&self.ask("/screenshot").await?, "")?;
        let bytes = data_encoding::BASE64.decode(picture.as_bytes())?;
        fs::write(file, bytes).with_context(|| format!("cannot write {}", file.display()))
    }

    async fn cdp(&self, command: &str, parameters: &Value) -> Result<()> {
        let call = json!({ "cmd": command, "params": parameters });
        self.post("/goog/cdp/execute", &call).await.map(drop)
    }
}

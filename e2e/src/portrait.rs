//! Pictures of a page at the size of a phone, of a desktop and of the dialog's own window, light and dark.
//!
//! The pictures are for people, in `screenshots` of the target directory. What a program can judge is
//! judged: nothing runs out of the page sideways, and every control has a name.

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};

use crate::webdriver::Browser;

/// Takes the pictures of one page, and judges what can be judged.
pub async fn portray(browser: &Browser, name: &str) -> Result<()> {
    let folder = folder()?;
    for (device, size) in [
        ("phone", (375, 667)),
        ("desktop", (1280, 800)),
        ("popup", (700, 375)),
    ] {
        for scheme in ["light", "dark"] {
            browser.look(size, scheme).await?;
            let width = browser
                .run("return document.documentElement.scrollWidth", &[])
                .await?;
            ensure!(
                width.as_u64() <= Some(size.0.into()),
                "{name} is {width} wide on a {device}"
            );
            browser
                .screenshot(&folder.join(format!("{name}-{device}-{scheme}.png")))
                .await?;
        }
    }
    for control in browser
        .find_all("input:not([type=hidden]), button, a")
        .await?
    {
        if browser.is_displayed(&control).await? {
            let spoken = browser.spoken_name(&control).await?;
            ensure!(
                !spoken.trim().is_empty(),
                "a control without a name on {name}"
            );
        }
    }
    Ok(())
}

fn folder() -> Result<PathBuf> {
    let test = std::env::current_exe()?;
    let target = test
        .ancestors()
        .nth(3)
        .context("the test is not in a target directory")?;
    let folder = target.join("screenshots");
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}

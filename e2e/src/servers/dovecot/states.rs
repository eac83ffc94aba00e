//! The states of a mailbox that Dovecot knows and a table of passwords does not: a script decides
//! about one domain, and a master user opens everybody's mailbox.

use anyhow::Result;
use data_encoding::BASE64;

use super::super::folder::Folder;
use super::super::packages;

/// Writes script and table, and gives the settings by which Dovecot asks them.
pub(super) fn passdbs(folder: &Folder) -> Result<String> {
    packages::dovecot_lua()?;
    let script = folder.write("states.lua", SCRIPT)?;
    let password = BASE64.encode(MASTER_PASSWORD.as_bytes());
    let masters = format!("{MASTER}:{{PLAIN.b64}}{password}\n");
    let masters = folder.write("masters", &masters)?;
    Ok(format!(
        "auth_master_user_separator = {MASTER_SEPARATOR}
passdb {{
  driver = passwd-file
  args = {masters}
  master = yes
}}
passdb {{
  driver = lua
  args = file={script}
  username_filter = *@{STATES_DOMAIN}
}}
",
        masters = masters.display(),
        script = script.display(),
    ))
}

/// The right password of all of them is [`STATES_PASSWORD`].
const SCRIPT: &str = r#"
local right = "as good as any"
local answers = {
  ["disabled"] = { dovecot.auth.PASSDB_RESULT_USER_DISABLED, "" },
  ["expired"] = { dovecot.auth.PASSDB_RESULT_PASS_EXPIRED, "" },
  ["down"] = { dovecot.auth.PASSDB_RESULT_INTERNAL_FAILURE, "no answer" },
  ["good"] = { dovecot.auth.PASSDB_RESULT_OK, { password = right } },
  ["suspended"] = { dovecot.auth.PASSDB_RESULT_OK, { nologin = "y", reason = "moved", password = right } },
  ["elsewhere"] = { dovecot.auth.PASSDB_RESULT_OK, { proxy = "y", host = "192.0.2.1", password = right } },
  ["renamed"] = { dovecot.auth.PASSDB_RESULT_OK, { user = "somebody@example.test", password = right } },
}
function auth_passdb_lookup(request)
  local answer = answers[request.username]
  if answer == nil then
    return dovecot.auth.PASSDB_RESULT_USER_UNKNOWN, ""
  end
  return answer[1], answer[2]
end
function auth_userdb_lookup(request)
  return dovecot.auth.USERDB_RESULT_USER_UNKNOWN, ""
end
"#;

/// The domain whose mailboxes are named after their states: `disabled`, `expired`, `down`, `good`,
/// `suspended`, `elsewhere` and `renamed`.
pub const STATES_DOMAIN: &str = "lua.test";
/// The right password of all mailboxes of that domain.
pub const STATES_PASSWORD: &str = "as good as any";
/// A user whose password opens every mailbox.
pub const MASTER: &str = "mailadmin@example.test";
/// The password of that user.
pub const MASTER_PASSWORD: &str = "opens everything";
/// What stands between the mailbox and the master user. As a rule it is a character that no login of
/// ours may have; here it is one that it may.
pub const MASTER_SEPARATOR: char = '&';

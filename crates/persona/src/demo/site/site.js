// The whole of this site's part in a sign-in.
"use strict";

const page = document.body.dataset;
const status = document.getElementById("status");
const signIn = document.getElementById("sign-in");
const signOut = document.getElementById("sign-out");

function say(words) {
  status.textContent = words;
}

async function enter(assertion) {
  say("Checking…");
  const answer = await fetch("/sign-in", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ assertion, csrf: page.csrf }),
  });
  if (answer.ok) {
    location.reload();
    return;
  }
  const { error } = await answer.json();
  say(`That did not work: ${error}`);
}

if (navigator.id) {
  navigator.id.watch({
    loggedInUser: page.who || null,
    onlogin: (assertion) => {
      enter(assertion).catch(() => say("This site's server did not answer. Please try again."));
    },
    onlogout: () => signOut?.requestSubmit(),
  });
} else {
  say("The issuer does not answer. Is the demo still running?");
  if (signIn) signIn.disabled = true;
}

signIn?.addEventListener("click", () => {
  say("");
  navigator.id.request({
    siteName: "The Corner Tea Room",
    oncancel: () => say("You did not sign in. Nothing was sent to this site."),
  });
});

// The form works by itself; the issuer's dialog should forget as well. Its answer (onlogout) comes
// back to this form, which is then on its way already.
signOut?.addEventListener(
  "submit",
  () => {
    signOut.addEventListener("submit", (again) => again.preventDefault());
    navigator.id?.logout();
  },
  { once: true },
);

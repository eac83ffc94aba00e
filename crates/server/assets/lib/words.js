// What the dialog says to people. Each problem names whose trouble it is and a way on.

const again = "Please try again in a few minutes, or use another address.";

/** Problems that are said above the field with the address, and the way on beside it. */
export const ABOUT_ADDRESS = {
  notAnAddress: {
    title: "This is not an email address yet",
    words: "It looks like name@example.org.",
  },
  none: (domain) => ({
    title: `We cannot sign in ${domain} addresses`,
    words: `${domain} offers no sign-in of its own, and we send no codes there. Please use another address.`,
  }),
  unreachable: (domain) => ({
    title: `${domain} is not answering`,
    words: `Its servers could not be asked about your address. This is not your fault. ${again}`,
    passing: true,
  }),
  tooMany: (minutes) => ({
    title: minutes > 1 ? `Please wait ${minutes} minutes` : "Please wait a minute",
    words: "There were many attempts in a short time. Nothing is lost.",
    passing: true,
  }),
  mailNotSent: {
    title: "The mail could not be sent",
    words: `Our mail server did not take it. This is not your fault, and nothing is lost. ${again}`,
    passing: true,
  },
  mailboxRefused: {
    title: "There is no such mailbox",
    words: "The mail server does not know this address. Please check its spelling.",
  },
};

/** Problems at which it goes no further without a choice. */
export const STOPPED = {
  alone: {
    title: "There is no site to sign in to",
    words: "This window opens from a site’s sign-in button. Please start there.",
  },
  severed: (shared) => ({
    title: "Please go back to the site",
    words: `On the way this window has lost touch with it. Press its sign-in button once more${shared ? "." : "; it will be quicker now."}`,
  }),
  unprotected: {
    title: "This connection is not protected",
    words: "Signing in needs a secure address that begins with https.",
  },
  nothingKept: (host) => ({
    title: "This browser keeps nothing for this page",
    words: `Signing in needs cookies and site data. Please allow them for ${host} and start again at the site.`,
  }),
  silent: {
    title: "The site is not answering",
    words: "Please close this window and press the site’s sign-in button again.",
  },
  notUnderstood: {
    title: "We do not understand the site",
    words: "It asks in a way that we do not know. Only the site’s operator can change that.",
  },
  stranger: {
    title: "Another site is asking now",
    words: "To be safe we stopped here. Please go back to your site and start again.",
  },
  done: {
    title: "You are signed in",
    words: "You can close this window and go on at the site.",
  },
  unseen: (host) => ({
    title: "Your sign-in could not be seen",
    words: `The browser may be blocking cookies for ${host}. Please allow them and try again.`,
  }),
  stillSignedIn: {
    title: "You are still signed in here",
    words: "Your sign-in in this browser could not be ended. Please try again before you leave this computer.",
  },
  stillKept: {
    title: "This address is still kept here",
    words: "This browser could not forget it. Please try again before you leave this computer.",
  },
  unexpected: {
    title: "This answer was not expected",
    words: "It is not the answer to what this window asked, so we have not used it. Please start again.",
  },
  notSignedInThere: (issuer) => ({
    title: `${issuer} has not signed you in`,
    words: "It did not say why. You can try again, or use another address.",
  }),
  notConfirmed: (issuer) => ({
    title: `${issuer} did not confirm your address`,
    words: "Many browsers keep its cookies from this window, and it offers no other way yet. Allow third-party cookies for it and try again, or use another address.",
  }),
  issuerSilent: (issuer) => ({
    title: `${issuer} is not answering`,
    words: `Its sign-in page did not load or said nothing. This is not your fault. ${again}`,
  }),
  notAccepted: (domain) => ({
    title: "We could not accept this proof",
    words: `What ${domain} sent does not prove that this address is yours, so we stopped here. ${again}`,
  }),
  offline: {
    title: "We could not be reached",
    words: "Please check your connection and try again.",
  },
  broken: {
    title: "Something went wrong on our side",
    words: "This is not your fault. Please try again in a few minutes.",
  },
};

/** What is said about a code. */
export const ABOUT_CODE = {
  notACode: (digits) => ({
    title: `The code has ${digits} digits`,
    words: "You find it in the mail.",
  }),
  wrong: (left) => ({
    title: "This is not the code",
    words: left > 1 ? `Please look again: ${left} tries are left.` : "Please look again: one try is left.",
  }),
  gone: {
    title: "This code is no longer good",
    words: "Codes end after some minutes or too many tries. We can send you a new one.",
  },
  ended: (minutes) => `It is good for ${minutes > 1 ? `${minutes} minutes` : "a minute"}.`,
};

// What the page of a hand-off says when it cannot go on.

export const WORDS = {
  nothing: {
    title: "There is nothing to sign in to",
    words: "This page belongs to a sign-in that began elsewhere. Please start again at your site.",
  },
  notOurs: (domain) => ({
    title: `We cannot sign in ${domain} addresses`,
    words: "This page is for mailboxes that are kept here.",
  }),
  notAnAddress: {
    title: "This is not an email address",
    words: "What the other side sent cannot be read. Please go back and start again.",
  },
  unseen: {
    title: "Your sign-in could not be seen",
    words: "The browser may be blocking cookies for this address. Please allow them and try again.",
  },
  forgetful: {
    title: "This browser keeps nothing",
    words: "Signing in needs cookies and storage for this address. Please allow them and start again.",
  },
  stillSignedIn: {
    title: "You are still signed in here",
    words: "Your sign-in in this browser could not be ended. Please try again before you leave this computer.",
  },
  tooMany: (minutes) => ({
    title: minutes > 1 ? `Please wait ${minutes} minutes` : "Please wait a minute",
    words: "There were many sign-ins from here in a short time. Nothing is wrong with yours.",
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

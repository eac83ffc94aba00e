// Types of `navigator.id`, which `/persona/include.js` defines (BrowserID, as login.persona.org
// spoke it). Put this file into your project, or name it in `types` of tsconfig.json.

export {};

declare global {
  interface Navigator {
    /** BrowserID sign-in. Call everything as a method: `navigator.id.request()`. */
    readonly id: BrowserID;
  }

  /** What a page uses: either `watch`, `request` and `logout`, or `get` alone. */
  interface BrowserID {
    /**
     * Says who is signed in at your site, and what to do when that changes. Call it once on every
     * page, before the button can be pressed. Throws where options contradict each other.
     */
    watch(options: WatchOptions | StatelessWatchOptions): void;

    /**
     * Opens the dialog, or brings it to the front if it is open already. Call it in a click.
     * Throws before `watch`. Where the browser opens no window, it goes the way of `redirect`.
     */
    request(options?: RequestOptions): void;

    /**
     * Says that the person has left your site: `onlogout` is called, here and in the site's other
     * tabs. End your own session in `onlogout`.
     */
    logout(
      /** @deprecated Use `onlogout`. */
      callback?: () => void,
    ): void;

    /**
     * Opens the dialog and gives its answer once: an assertion, or `null` if the person did not sign
     * in. Cannot be mixed with `watch` on one page.
     */
    get(callback: (assertion: string | null) => void, options?: GetOptions): void;

    /** @deprecated The name of `get` in 2011. */
    getVerifiedEmail(callback: (assertion: string | null) => void): void;
  }

  /** How a site looks in the dialog. What `watch` is given wins over what `request` is given. */
  interface Looks {
    /** The name of your site. Your host name is always shown as well. */
    siteName?: string;
    /**
     * A picture: an absolute path, an https address that other sites may read (CORS), or a `data:`
     * address of a PNG, GIF, JPEG or SVG of at most 128 KiB. Left out if it takes over a second.
     */
    siteLogo?: string;
    /** A colour: `#rgb` or `#rrggbb`. */
    backgroundColor?: string;
  }

  /** For sites that keep no session of their own: each sign-in is for one delivery. */
  interface StatelessWatchOptions extends Looks {
    /** Somebody signed in. Send the assertion to your server, and have it verified there. */
    onlogin(assertion: string): void;
    /** Called when all else has been said, always last. */
    onready?(): void;
    loggedInUser?: undefined;
    loggedInEmail?: undefined;
    onlogout?: undefined;
    onmatch?: undefined;
  }

  interface WatchOptions extends Looks {
    /** Somebody signed in. Send the assertion to your server, and have it verified there. */
    onlogin(assertion: string): void;
    /** The person left, by `logout` on this page or in another tab. End your session. */
    onlogout(): void;
    /** What you said in `loggedInUser` is what is known here. */
    onmatch?(): void;
    /** Called when all else has been said, always last. */
    onready?(): void;
    /**
     * The address in your session; `null` or `false` if nobody is signed in; leave it out if you do
     * not know. Compared with what this script last did at your site. If that cannot settle it,
     * neither `onlogin` nor `onlogout` nor `onmatch` is called, only `onready`.
     */
    loggedInUser?: string | null | false;
    /** @deprecated The old name of `loggedInUser`; giving both throws. */
    loggedInEmail?: string | null | false;
  }

  /** What `get` takes. */
  interface GetOptions extends Looks {
    /** Your terms: an absolute path or an http(s) address. Shown only with `privacyPolicy`. */
    termsOfService?: string;
    /** Your privacy policy: as above. Shown only with `termsOfService`. */
    privacyPolicy?: string;
    /** @deprecated The old name of `termsOfService`. */
    tosURL?: string;
    /** @deprecated The old name of `privacyPolicy`. */
    privacyURL?: string;
    /** The address to suggest. */
    email?: string;
    /** @deprecated The old name of `email`. */
    experimental_emailHint?: string;
    /** Answers `null` at once; no window is opened. */
    silent?: boolean;
  }

  interface RequestOptions extends Omit<GetOptions, "silent"> {
    /** The person closed the dialog without signing in. Not called after a redirect. */
    oncancel?(): void;
    /**
     * Where to come back to after a redirect: an absolute path. This page's path if left out. Never
     * take it from the page's own address: a link would then choose where people land with a proof.
     */
    returnTo?: string;
    /**
     * Shows the dialog in place of your page, not in a window; `watch` then calls `onlogin` on the
     * page of `returnTo`. For pages with `Cross-Origin-Opener-Policy: same-origin`. If your policy
     * has `form-action`, it must name the dialog's origin.
     */
    redirect?: boolean;
    /** Asks for a proof now, even if the person is signed in at the dialog's origin. */
    experimental_forceAuthentication?: boolean;
    /** Passed on to the dialog, which may not honour it. */
    experimental_forceIssuer?: string;
    /** Passed on to the dialog, which may not honour it. */
    experimental_allowUnverified?: boolean;
    /** @deprecated No longer looked at. Check the address on your server. */
    requiredEmail?: string;
  }
}

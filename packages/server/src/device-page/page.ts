/** The page on which a person approves a program: what it asks for, or first who they are. No script, nothing from elsewhere, nothing inline. */
import { html } from "hono/html";
import type { ErrorCode, ErrorInfo } from "@touchstone/core/errors";
import type { Principal } from "../auth/principal.ts";
import type { Waiting } from "../auth/device-approval.ts";

type Html = ReturnType<typeof html>;

export const PATH = "/device";
export const SIGN_IN_PATH = `${PATH}/sign-in`;
export const SIGN_OUT_PATH = `${PATH}/sign-out`;
export const STYLE_PATH = `${PATH}/style.css`;

type Person = Pick<Principal, "email" | "role">;

/** What the page shows. `error` is why something that was just tried did not work. */
export type View =
  | { kind: "sign-in"; userCode: string; providers: readonly { name: string; start: string }[]; error: ErrorInfo | null }
  | { kind: "code"; userCode: string; person: Person; error: ErrorInfo | null }
  | { kind: "decision"; userCode: string; person: Person; waiting: Waiting }
  | { kind: "decided"; isApproved: boolean; clientName: string }
  | { kind: "failed"; error: ErrorInfo }
  | { kind: "provider-failed"; error: ErrorInfo };

/** The page's own address, with the code that was typed or came along: the only place that a sign-in leads back to. */
export const pathWith = (userCode: string): string => (userCode === "" ? PATH : `${PATH}?${new URLSearchParams({ user_code: userCode })}`);

/** What errors mean to somebody who looks at this page: their own words are for programs that use the API. */
const SENTENCES: Partial<Record<ErrorCode, string>> = {
  OBJECT_UNKNOWN:
    "No program waits under this code: it was mistyped, it has expired, or somebody has decided already. Compare it with what the program shows, or start the program again.",
  NOT_SIGNED_IN: "You are not signed in any more. Sign in, and decide again.",
  CROSS_SITE_REFUSED:
    "This was not sent from this page, or not under the address at which this installation knows itself. Nothing was done.",
  REQUEST_INVALID: "Something is missing or is not an e-mail address. Nothing was done.",
};

const errorText = (error: ErrorInfo | null): Html | string =>
  error === null
    ? ""
    : html`<p class="error" role="alert">
        ${SENTENCES[error.code] ?? `${error.what}: ${error.why}. What to do: ${error.todo}.`} <small>${error.code}</small>
      </p>`;

const hiddenCode = (userCode: string): Html => html`<input type="hidden" name="user_code" value="${userCode}" />`;

const signInBody = ({ userCode, providers, error }: Extract<View, { kind: "sign-in" }>): Html =>
  html`<h1>Sign in</h1>
    ${errorText(error)}
    <p>A program asks for a token of yours. Sign in to see which, and to approve or deny it.</p>
    ${providers.map(({ name, start }) => html`<a class="provider" href="${start}">Sign in with ${name}</a>`)}
    <form method="post" action="${SIGN_IN_PATH}">
      ${hiddenCode(userCode)}
      <label for="email">E-mail address</label>
      <input id="email" name="email" type="email" autocomplete="username" required />
      <label for="password">Password</label>
      <input id="password" name="password" type="password" autocomplete="current-password" required />
      <button class="main">Sign in</button>
    </form>`;

const signedInAs = ({ email }: Person, userCode: string): Html =>
  html`<form class="account" method="post" action="${SIGN_OUT_PATH}">
    ${hiddenCode(userCode)}
    <small>You are signed in as ${email}.</small>
    <button>Sign out, or in as somebody else</button>
  </form>`;

const codeBody = ({ userCode, person, error }: Extract<View, { kind: "code" }>): Html =>
  html`<h1>Approve a program</h1>
    ${errorText(error)}
    <form method="get" action="${PATH}">
      <label for="user_code">The code that the program shows</label>
      <input id="user_code" name="user_code" class="code" value="${userCode}" maxlength="20" autocomplete="off" required />
      <button class="main">Next</button>
    </form>
    ${signedInAs(person, userCode)}`;

/** `2026-03-01 10:20 UTC`: the page does not know its reader's time zone. */
const minuteOf = (at: Date): string => `${at.toISOString().slice(0, 16).replace("T", " ")} UTC`;

const daysText = (days: number): string => (days === 1 ? "one day" : `${days} days`);

const decisionBody = ({ userCode, person, waiting }: Extract<View, { kind: "decision" }>): Html => {
  const { client_name, address, days, created_at } = waiting;
  return html`<h1>Approve this program?</h1>
    <dl>
      <dt>Program</dt>
      <dd>${client_name} <small>(its own words)</small></dd>
      <dt>Code</dt>
      <dd class="code">${userCode}</dd>
      <dt>Asked at</dt>
      <dd><time datetime="${created_at.toISOString()}">${minuteOf(created_at)}</time>, from the address ${address}</dd>
      <dt>It gets</dt>
      <dd>a token of yours, for ${daysText(days)}</dd>
      <dt>With it</dt>
      <dd>it may do all that you may: as ${person.email}, with the role ${person.role} and with what your teams may</dd>
    </dl>
    <p>Approve it only if you started it yourself a moment ago, and it shows this very code. You can revoke the token at any time.</p>
    <form method="post" action="${PATH}">
      ${hiddenCode(userCode)}
      <button name="decision" value="approve">Approve</button>
      <button name="decision" value="deny">Deny</button>
    </form>
    ${signedInAs(person, userCode)}`;
};

const decidedBody = ({ isApproved, clientName }: Extract<View, { kind: "decided" }>): Html =>
  isApproved
    ? html`<h1>Approved</h1>
        <p>${clientName} gets its token within a few seconds. You can close this page.</p>`
    : html`<h1>Denied</h1>
        <p>${clientName} gets no token. You can close this page.</p>`;

const bodyOf = (view: View): Html => {
  switch (view.kind) {
    case "sign-in":
      return signInBody(view);
    case "code":
      return codeBody(view);
    case "decision":
      return decisionBody(view);
    case "decided":
      return decidedBody(view);
    case "failed":
      return html`<h1>This did not work</h1>
        ${errorText(view.error)}`;
    case "provider-failed":
      return html`<h1>The sign-in did not work</h1>
        ${errorText(view.error)}
        <p><a href="${PATH}">Sign in again</a>, and type the code that the program shows.</p>`;
  }
};

export const pageOf = (view: View): Html =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <title>Approve a program · Touchstone</title>
        <link rel="stylesheet" href="${STYLE_PATH}" />
      </head>
      <body>
        <main>${bodyOf(view)}</main>
      </body>
    </html>`;

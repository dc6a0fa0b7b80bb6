/** The pages of the API's documentation, made from its OpenAPI document. No script, nothing from elsewhere, nothing inline. */
import { html } from "hono/html";
import { byNoun, componentOf, type Document, type Operation, type Schema, type Shown } from "./document.ts";
import { exampleOf } from "./example.ts";
import { fieldsOf, typeOf, type Html } from "./schema-text.ts";

const JSON_INDENT = 2;

/** `checksAsCode` as `checks as code`. */
const titled = (noun: string): string => noun.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

const page = ({ info, ...document }: Document, title: string, current: string, body: Html): Html =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <title>${title} · ${info.title} API</title>
        <link rel="stylesheet" href="/api/docs/style.css" />
      </head>
      <body>
        <nav>
          <a href="/api/docs"><b>${info.title} API</b></a> <small>${info.version}</small>
          <ul>
            ${[...byNoun({ info, ...document }).keys(), "schemas"].map(
              (noun) => html`<li><a href="/api/docs/${noun}" ${noun === current ? html`aria-current="page"` : ""}>${titled(noun)}</a></li>`,
            )}
          </ul>
        </nav>
        <main>${body}</main>
      </body>
    </html>`;

const routeLine = (noun: string, { method, path, operation }: Shown): Html =>
  html`<tr>
    <th><span class="method ${method}">${method}</span></th>
    <td>
      <a href="/api/docs/${noun}#${operation.operationId}"><code>${path}</code></a>
    </td>
    <td>${operation.summary}</td>
  </tr>`;

const WELCOME = html`<h1>Touchstone answers here</h1>
  <p>There is no web application yet: the platform is used through this API, through the published client, and from the command line.</p>
  <p>
    Whoever started it was shown a one-time code, with which <a href="/api/docs/setup">the first administrator</a> is made; the answer holds
    a token. Others <a href="/api/docs/auth">sign in</a>. Programs send <code>Authorization: Bearer TOKEN</code>.
  </p>
  <p>
    Lists come in pages (<code>items</code>, <code>total</code>, <code>page</code>, <code>size</code>, <code>pages</code>). What is refused
    says why, and what to do: <a href="/api/docs/schemas#Problem">Problem</a>. Of an object of a team that is not yours the answer is that
    there is none.
  </p>
  <p>The same, for machines: <a href="/api/openapi.json">/api/openapi.json</a> (OpenAPI 3.1).</p>`;

export const indexPage = (document: Document): Html =>
  page(
    document,
    "Documentation",
    "",
    html`${WELCOME}
    ${[...byNoun(document)].map(
      ([noun, routes]) =>
        html`<h2><a href="/api/docs/${noun}">${titled(noun)}</a></h2>
          <table class="routes">
            ${routes.map((route) => routeLine(noun, route))}
          </table>`,
    )}`,
  );

const parametersOf = ({ parameters }: Operation): Html | string =>
  parameters.length === 0
    ? ""
    : html`<h4>Parameters</h4>
        <table>
          ${parameters.map(
            ({ name, in: place, required, schema }) =>
              html`<tr>
                <th><code>${name}</code>${required ? html`<b title="required"> *</b>` : ""} <small>${place}</small></th>
                <td>
                  ${typeOf(schema)}${schema.default === undefined ? "" : html` <small>default</small> <code>${JSON.stringify(schema.default)}</code>`}
                </td>
              </tr>`,
          )}
        </table>`;

/** The fields of a body at once, also where it is a part with a name. */
const bodyFields = ({ components }: Document, schema: Schema): Html => {
  const component = componentOf(schema);
  const shown = component === null ? schema : (components.schemas[component] ?? {});
  return shown.properties === undefined ? html`<p>${typeOf(shown)}</p>` : fieldsOf(shown);
};

const bodyOf = (document: Document, { requestBody }: Operation): Html[] =>
  Object.entries(requestBody?.content ?? {}).map(
    ([type, { schema }]) =>
      html`<h4>Body <small>${type}${requestBody?.required === true ? "" : ", may be left out"}</small></h4>
        ${bodyFields(document, schema)}`,
  );

const answersOf = ({ responses }: Operation): Html =>
  html`<h4>Answers</h4>
    <table>
      ${Object.entries(responses).map(
        ([status, { description, content }]) =>
          html`<tr>
            <th>${status}</th>
            <td>
              ${description} ${Object.entries(content ?? {}).map(([type, { schema }]) => html`<small>${type}</small> ${typeOf(schema)}`)}
            </td>
          </tr>`,
      )}
    </table>`;

/** The request as a line for a shell; quotes within become `'\''`. */
const curl = (document: Document, { method, path, operation }: Shown): string => {
  const [content] = Object.entries(operation.requestBody?.content ?? {});
  const isForm = content?.[0] === "application/x-www-form-urlencoded";
  const example = content === undefined ? null : exampleOf(content[1].schema, document.components.schemas);
  const text = isForm ? new URLSearchParams(Object.entries(example ?? {})).toString() : JSON.stringify(example, null, JSON_INDENT);
  const lines = [
    `curl -X ${method} "$TOUCHSTONE${path}"`,
    operation.security?.length === 0 ? "" : `-H "Authorization: Bearer $TOKEN"`,
    ...(content === undefined ? [] : [`-H 'content-type: ${content[0]}'`, `-d '${text.replaceAll("'", String.raw`'\''`)}'`]),
  ];
  return lines.filter((line) => line !== "").join(" \\\n  ");
};

const routeSection = (document: Document, route: Shown): Html => {
  const { method, path, operation } = route;
  return html`<section id="${operation.operationId}">
    <h2><span class="method ${method}">${method}</span> <code>${path}</code></h2>
    <p>${operation.summary}. <em>${operation.description}</em></p>
    ${parametersOf(operation)} ${bodyOf(document, operation)} ${answersOf(operation)}
    <details>
      <summary>Example</summary>
      <pre>${curl(document, route)}</pre>
    </details>
  </section>`;
};

/** The page of a noun; null when there is none of that name. */
export const nounPage = (document: Document, noun: string): Html | null => {
  const routes = byNoun(document).get(noun);
  if (routes === undefined) return null;
  return page(
    document,
    titled(noun),
    noun,
    html`<h1>${titled(noun)}</h1>
      ${routes.map((route) => routeSection(document, route))}`,
  );
};

export const schemasPage = (document: Document): Html =>
  page(
    document,
    "Schemas",
    "schemas",
    html`<h1>schemas</h1>
      ${Object.entries(document.components.schemas).map(
        ([name, schema]) =>
          html`<section id="${name}">
            <h2>${name}</h2>
            ${schema.description === undefined ? "" : html`<p>${schema.description}</p>`}
            ${schema.properties === undefined ? html`<p>${typeOf(schema)}</p>` : fieldsOf(schema)}
          </section>`,
      )}`,
  );

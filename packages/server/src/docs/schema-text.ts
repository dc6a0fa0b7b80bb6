/** A JSON schema in words: types linked to the pages of their parts, limits, defaults. */
import { html } from "hono/html";
import { alternatives, componentOf, type Schema } from "./document.ts";

/** What `hono/html` makes: text in which every value was escaped. */
export type Html = ReturnType<typeof html>;

const joined = (parts: readonly Html[], between: string): Html =>
  html`${parts.map((part, index) => (index === 0 ? part : html`${between}${part}`))}`;

const limitsOf = ({ minimum, maximum, minLength, maxLength, minItems, maxItems, format, pattern }: Schema): string =>
  [
    minimum === undefined || minimum === Number.MIN_SAFE_INTEGER ? "" : `≥ ${minimum}`,
    maximum === undefined || maximum === Number.MAX_SAFE_INTEGER ? "" : `≤ ${maximum}`,
    minLength === undefined ? "" : `at least ${minLength} characters`,
    maxLength === undefined ? "" : `at most ${maxLength} characters`,
    minItems === undefined ? "" : `at least ${minItems}`,
    maxItems === undefined ? "" : `at most ${maxItems}`,
    format ?? "",
    // Formats bring patterns that say the same in more signs.
    pattern === undefined || format !== undefined ? "" : `like ${pattern}`,
  ]
    .filter((text) => text !== "")
    .join(", ");

const simple = (schema: Schema): Html => {
  if (schema.const !== undefined) return html`<code>${JSON.stringify(schema.const)}</code>`;
  if (schema.enum !== undefined)
    return joined(
      schema.enum.map((value) => html`<code>${JSON.stringify(value)}</code>`),
      " · ",
    );
  const type = Array.isArray(schema.type) ? schema.type.join(" or ") : (schema.type ?? "anything");
  const limits = limitsOf(schema);
  return limits === "" ? html`${type}` : html`${type} <small>${limits}</small>`;
};

const mapping = ({ additionalProperties }: Schema): Html =>
  typeof additionalProperties === "object" && Object.keys(additionalProperties).length > 0
    ? html`mapping to ${typeOf(additionalProperties)}`
    : html`mapping`;

const listOf = (schema: Schema): Html => {
  if (schema.prefixItems !== undefined) return html`list of ${joined(schema.prefixItems.map(typeOf), ", then ")}`;
  const limits = limitsOf(schema);
  const item = typeof schema.items === "object" ? typeOf(schema.items) : "anything";
  return html`list of ${item}${limits === "" ? "" : html` <small>${limits}</small>`}`;
};

/** The type of a value on one line; an object without a name of its own is a table. */
export const typeOf = (schema: Schema): Html => {
  const component = componentOf(schema);
  if (component !== null) return html`<a href="/api/docs/schemas#${component}">${component}</a>`;
  if (schema.anyOf !== undefined || schema.oneOf !== undefined) {
    const { options, nullable } = alternatives(schema);
    return joined([...options.map(typeOf), ...(nullable ? [html`null`] : [])], " or ");
  }
  if (schema.allOf !== undefined) return joined(schema.allOf.map(typeOf), " with ");
  if (schema.type === "array") return listOf(schema);
  if (schema.type !== "object") return simple(schema);
  return schema.properties === undefined ? mapping(schema) : fieldsOf(schema);
};

const defaultOf = (schema: Schema): Html | string =>
  schema.default === undefined ? "" : html` <small>default</small> <code>${JSON.stringify(schema.default)}</code>`;

/** The fields of an object as a table. */
export const fieldsOf = ({ properties = {}, required = [] }: Schema): Html =>
  Object.keys(properties).length === 0
    ? html`<p>nothing</p>`
    : html`<table>
        ${Object.entries(properties).map(
          ([name, schema]) =>
            html`<tr>
              <th><code>${name}</code>${required.includes(name) ? html`<b title="required"> *</b>` : ""}</th>
              <td>${typeOf(schema)}${defaultOf(schema)}${schema.description === undefined ? "" : html`<p>${schema.description}</p>`}</td>
            </tr>`,
        )}
      </table>`;

/** HTML that cannot be broken by data: every value put into the template is escaped unless it is Html itself. */

export type Html = { readonly html: string };
type Part = Html | string | number | null | undefined | false | readonly Part[];

/** Tagged template: text and numbers are escaped, Html and lists of parts pass, null and false are nothing. */
export const html = (strings: TemplateStringsArray, ...parts: Part[]): Html => ({
  html: strings.reduce((text, string, index) => text + render(parts[index - 1]) + string),
});

const render = (part: Part): string => {
  if (part === null || part === undefined || part === false) return "";
  if (typeof part === "string" || typeof part === "number") return escapeHtml(String(part));
  return isList(part) ? part.map(render).join("") : part.html;
};

const isList = (part: Html | readonly Part[]): part is readonly Part[] => Array.isArray(part);

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
const escapeHtml = (text: string): string =>
  text.replaceAll(/[&<>"'\u0000-\u0008\u000b-\u001f\u202a-\u202e]/g, (character) => ENTITIES[character] ?? "·");

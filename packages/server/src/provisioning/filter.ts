/** Filters as directories send them: they look for one resource by one attribute, and never by more (RFC 7644 §3.4.2.2). */
import { userError } from "@touchstone/core/errors";
import { unstorable } from "../http/storable.ts";

export type Filter = { attribute: string; value: string };

const EQUALS = /^\s*(?:urn:ietf:params:scim:schemas:core:2\.0:\w+:)?([\w.]+)(?:\[[^\]]*\])?(\.value)?\s+eq\s+("(?:[^"\\]|\\.)*")\s*$/i;

/** A text in quotes, spelled as in JSON. Throws REQUEST_INVALID. */
const textIn = (quoted: string): string => {
  try {
    const value: unknown = JSON.parse(quoted);
    if (typeof value === "string" && unstorable(value, []).length === 0) return value;
  } catch {
    // Told below.
  }
  throw userError("REQUEST_INVALID", "filter", "the text in it is not spelled as in JSON");
};

/** `userName eq "ada"`, of one of these attributes, in small letters; null without one. Throws REQUEST_INVALID. */
export const readFilter = (text: string | undefined, attributes: readonly string[]): Filter | null => {
  if (text === undefined || text.trim() === "") return null;
  const [, name = "", suffix = "", quoted = '""'] = EQUALS.exec(text) ?? [];
  const attribute = (name + suffix).toLowerCase();
  if (!attributes.includes(attribute))
    throw userError("REQUEST_INVALID", "filter", `it is one of these, eq and a text: ${attributes.join(", ")}`);
  return { attribute, value: textIn(quoted) };
};

/** Addresses of places in object stores: `s3://BUCKET/FOLDER`, `gs://BUCKET/FOLDER`, `az://ACCOUNT/CONTAINER/FOLDER`. Pure. */
import { userError } from "@touchstone/core/errors";

export type Scheme = "s3" | "gs" | "az";
/** `account` is Azure's, and empty elsewhere; `folder` is without slashes at its ends, and empty for the bucket itself. */
export type Place = { scheme: Scheme; account: string; bucket: string; folder: string };

/** The narrowest of the three: what every one of them takes, and needs no encoding in a path or in XML. */
const FOLDER = /^[A-Za-z0-9._-]+(\/[A-Za-z0-9._-]+)*$/;
const BUCKET = /^[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]$/;
const ACCOUNT = /^[a-z0-9]{3,24}$/;

/** What of an address may be told: one that was pasted may have a signature behind it, or a password in it. */
const told = (text: string): string => text.replace(/\?.*$/s, "?…").replace(/\/\/[^/]*@/, "//…@");

const schemeOf = (text: string): Scheme | null => (text === "s3" || text === "gs" || text === "az" ? text : null);

/** Throws OBJECT_STORE_ADDRESS_INVALID. */
export const placeOf = (text: string): Place => {
  const [name = "", path = ""] = /^([a-z0-9]+):\/\/(.*)$/.exec(text)?.slice(1) ?? [];
  const invalid = (reason: string) => userError("OBJECT_STORE_ADDRESS_INVALID", told(text), reason);
  const scheme = schemeOf(name);
  if (scheme === null) throw invalid("it begins with none of s3://, gs:// and az://");
  const parts = path.replace(/\/+$/, "").split("/");
  const account = scheme === "az" ? (parts.shift() ?? "") : "";
  const [bucket = "", ...rest] = parts;
  const folder = rest.join("/");
  if (scheme === "az" && !ACCOUNT.test(account)) throw invalid("an account of Azure is 3 to 24 small letters and digits");
  if (!BUCKET.test(bucket))
    throw invalid(`${scheme === "az" ? "a container" : "a bucket"} is 3 to 63 small letters, digits, dots and hyphens`);
  if (folder !== "" && !FOLDER.test(folder)) throw invalid("a folder is of letters, digits, dots, hyphens and underscores, with / between");
  // An address of the web has no such part: it would lead to another folder, or another bucket.
  if (rest.some((part) => part === "." || part === "..")) throw invalid("no part of a folder is . or ..");
  return { scheme, account, bucket, folder };
};

/** The key of an object in the bucket. */
export const keyOf = ({ folder }: Place, name: string): string => (folder === "" ? name : `${folder}/${name}`);

export const placeText = ({ scheme, account, bucket, folder }: Place, name = ""): string =>
  `${scheme}://${[account, bucket, folder, name].filter((part) => part !== "").join("/")}`;

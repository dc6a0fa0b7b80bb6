/**
 * The REST protocol of S3 (https://docs.aws.amazon.com/AmazonS3/latest/API): also that of Google's XML API, which takes a token where
 * S3 takes a signature (https://docs.cloud.google.com/storage/docs/xml-api/overview), and of Oracle, MinIO and others at an address of
 * their own.
 */
import { userError } from "@touchstone/core/errors";
import { awsSigner } from "./aws-identity.ts";
import { googleToken } from "./google-identity.ts";
import type { Entry, Environment, Protocol, Upload } from "./object-store.ts";
import { keyOf, placeText, type Place } from "./place.ts";
import { askingBelow, md5Header, sliceOf, type Answer, type Authorise } from "./request.ts";

/** A part of a list is a thousand objects: more than this are no backups. */
const PAGES_MAX = 1000;

/** Where the bucket is. Names with dots fit no wildcard certificate, and a store of one's own has no names for its buckets. */
const addressOf = ({ scheme, bucket }: Place, env: Environment, region: string): string => {
  if (scheme === "gs") return `${env["STORAGE_EMULATOR_HOST"] ?? "https://storage.googleapis.com"}/${bucket}`;
  const own = env["AWS_ENDPOINT_URL_S3"] ?? env["AWS_ENDPOINT_URL"];
  if (own !== undefined && own !== "") return `${own.replace(/\/+$/, "")}/${bucket}`;
  const domain = `s3.${region}.amazonaws.com${region.startsWith("cn-") ? ".cn" : ""}`;
  return bucket.includes(".") ? `https://${domain}/${bucket}` : `https://${bucket}.${domain}`;
};

const textOf = ({ body }: Answer): string => body.toString("utf8");
/** Values that need no decoding of XML: keys are asked for in URL encoding, and the rest is of letters and digits. */
const valuesIn = (xml: string, tag: string): string[] =>
  [...xml.matchAll(new RegExp(`<${tag}>([^<]*)</${tag}>`, "g"))].map(([, value = ""]) => value);
const valueIn = (xml: string, tag: string): string => valuesIn(xml, tag)[0] ?? "";

/** Not every store that speaks the protocol encodes keys when it is asked to, and what others put there may have a percent sign in its name. */
const decoded = (key: string): string => {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
};

const entriesIn = (xml: string, folder: string): Entry[] =>
  valuesOfContents(xml).map((contents) => ({
    name: decoded(valueIn(contents, "Key")).slice(folder === "" ? 0 : folder.length + 1),
    bytes: Number(valueIn(contents, "Size")),
    madeAt: new Date(valueIn(contents, "LastModified")),
  }));
const valuesOfContents = (xml: string): string[] => [...xml.matchAll(/<Contents>(.*?)<\/Contents>/gs)].map(([, value = ""]) => value);

const endOf = (parts: readonly string[]): string =>
  `<CompleteMultipartUpload>${parts
    .map((tag, index) => `<Part><PartNumber>${index + 1}</PartNumber><ETag>${tag.replaceAll('"', "&quot;")}</ETag></Part>`)
    .join("")}</CompleteMultipartUpload>`;

export const s3Protocol = (place: Place, env: Environment): Protocol => {
  const region = env["AWS_REGION"] ?? env["AWS_DEFAULT_REGION"] ?? "us-east-1";
  const authorise: Authorise = place.scheme === "gs" ? googleToken(env) : awsSigner(placeText(place), env, region);
  const ask = askingBelow(place, addressOf(place, env, region), authorise);

  const upload = (name: string, uploadId: string): Upload => ({
    part: async (number, body) => {
      const query = { partNumber: String(number), uploadId };
      const answer = await ask("PUT", "written", { name, query, body, headers: md5Header(body) });
      return answer.headers.get("etag") ?? "";
    },
    complete: async (parts) => {
      const answer = await ask("POST", "written", {
        name,
        query: { uploadId },
        body: Buffer.from(endOf(parts)),
        headers: { "content-type": "application/xml" },
        ends: true,
      });
      // It may answer 200 before it knows, and then say otherwise.
      const xml = textOf(answer);
      if (answer.status < 300 && xml.includes("<Error>"))
        throw userError("OBJECT_STORE_REFUSED", placeText(place, name), "written", valueIn(xml, "Code"));
    },
    abort: async () => void (await ask("DELETE", "given up", { name, query: { uploadId } })),
  });

  return {
    begin: async (name) => upload(name, valueIn(textOf(await ask("POST", "written", { name, query: { uploads: "" } })), "UploadId")),
    slice: (name, from, until, version) => sliceOf(ask, name, from, until, version),
    put: async (name, body) => void (await ask("PUT", "written", { name, body, headers: md5Header(body) })),
    remove: async (name) => void (await ask("DELETE", "deleted", { name })),
    list: async (beginning) => {
      const entries: Entry[] = [];
      let token = "";
      for (let page = 0; page < PAGES_MAX; page += 1) {
        const query = {
          "list-type": "2",
          "encoding-type": "url",
          prefix: keyOf(place, beginning),
          ...(token === "" ? {} : { "continuation-token": token }),
        };
        const xml = textOf(await ask("GET", "listed", { query }));
        entries.push(...entriesIn(xml, place.folder));
        token = valueIn(xml, "NextContinuationToken");
        if (token === "") break;
      }
      return entries;
    },
  };
};

/**
 * The REST protocol of Azure Blob Storage (https://learn.microsoft.com/rest/api/storageservices/blob-service-rest-api). A block blob is
 * made of blocks that nobody sees before the list of them is put; those of a writer that was killed go by themselves within a week.
 */
import { azureIdentity } from "./azure-identity.ts";
import type { Entry, Environment, Protocol, Upload } from "./object-store.ts";
import { keyOf, placeText, type Place } from "./place.ts";
import { askingBelow, md5Header, sliceOf, type Ask, type Authorise } from "./request.ts";

const VERSION = "2023-11-03";
/** A part of a list is five thousand blobs: more than this are no backups. */
const PAGES_MAX = 200;

const valueIn = (xml: string, tag: string): string => new RegExp(`<${tag}>([^<]*)</${tag}>`).exec(xml)?.[1] ?? "";
/** Ids of the blocks of a blob are all of one length. */
const blockId = (number: number): string => Buffer.from(String(number).padStart(6, "0")).toString("base64");

const entriesIn = (xml: string, folder: string): Entry[] =>
  [...xml.matchAll(/<Blob>(.*?)<\/Blob>/gs)].map(([, blob = ""]) => ({
    name: valueIn(blob, "Name").slice(folder === "" ? 0 : folder.length + 1),
    bytes: Number(valueIn(blob, "Content-Length")),
    madeAt: new Date(valueIn(blob, "Last-Modified")),
  }));

/** Every request says which protocol it speaks, and when. */
const dated =
  (authorise: Authorise): Authorise =>
  (ask: Ask) =>
    authorise({ ...ask, headers: { ...ask.headers, "x-ms-version": VERSION, "x-ms-date": new Date().toUTCString() } });

export const azureProtocol = (place: Place, env: Environment): Protocol => {
  const authorise = dated(azureIdentity(placeText(place), env));
  const service = (env["AZURE_STORAGE_SERVICE_ENDPOINT"] ?? `https://${place.account}.blob.core.windows.net`).replace(/\/+$/, "");
  const ask = askingBelow(place, `${service}/${place.bucket}`, authorise);

  const upload = (name: string): Upload => ({
    part: async (number, body) => {
      const id = blockId(number);
      await ask("PUT", "written", { name, query: { comp: "block", blockid: id }, body, headers: md5Header(body) });
      return id;
    },
    complete: async (ids) => {
      const list = `<?xml version="1.0" encoding="utf-8"?><BlockList>${ids.map((id) => `<Latest>${id}</Latest>`).join("")}</BlockList>`;
      await ask("PUT", "written", { name, query: { comp: "blocklist" }, body: Buffer.from(list) });
    },
    abort: async () => undefined,
  });

  return {
    begin: async (name) => upload(name),
    slice: (name, from, until, version) => sliceOf(ask, name, from, until, version),
    put: async (name, body) =>
      void (await ask("PUT", "written", { name, body, headers: { "x-ms-blob-type": "BlockBlob", ...md5Header(body) } })),
    remove: async (name) => void (await ask("DELETE", "deleted", { name })),
    list: async (beginning) => {
      const entries: Entry[] = [];
      let marker = "";
      for (let page = 0; page < PAGES_MAX; page += 1) {
        const query = { restype: "container", comp: "list", prefix: keyOf(place, beginning), ...(marker === "" ? {} : { marker }) };
        const xml = (await ask("GET", "listed", { query })).body.toString("utf8");
        entries.push(...entriesIn(xml, place.folder));
        marker = valueIn(xml, "NextMarker");
        if (marker === "") break;
      }
      return entries;
    },
  };
};

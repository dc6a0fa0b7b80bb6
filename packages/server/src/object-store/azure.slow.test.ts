/** Blobs in Azurite, Microsoft's own emulator, by a shared access signature and by a token for the pod's own. */
import assert from "node:assert/strict";
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { UserError } from "@touchstone/core/errors";
import { expectObjectStore } from "../trial/object-store-cases.ts";
import { openObjectStore, type Environment } from "./object-store.ts";
import { placeOf } from "./place.ts";

/** Of 366 MB, and a minute of work to install: it is used where it is, and brought by nobody. */
const VERSION = "3.37.0";
const HOME = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "touchstone-tools", `azurite-${VERSION}`);
const AZURITE = join(HOME, "node_modules/azurite/dist/src/blob/main.js");
const skip = existsSync(AZURITE) ? false : `Azurite is not there: npm install --ignore-scripts --prefix ${HOME} azurite@${VERSION}`;

/** Known to everybody: https://learn.microsoft.com/azure/storage/common/storage-use-azurite#well-known-storage-account-and-key */
const ACCOUNT = "devstoreaccount1";
const KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";
const PLACE = placeOf(`az://${ACCOUNT}/backup/prod`);

const HOUR_MS = 3_600_000;
const moment = (offsetMs: number): string => new Date(Date.now() + offsetMs).toISOString().replace(/\.\d+Z/, "Z");

/** https://learn.microsoft.com/rest/api/storageservices/create-account-sas */
const signature = (permissions: string): string => {
  const [start, end, version] = [moment(-HOUR_MS), moment(HOUR_MS), "2020-12-06"];
  const text = [ACCOUNT, permissions, "b", "sco", start, end, "", "https", version, "", ""].join("\n");
  const sig = createHmac("sha256", Buffer.from(KEY, "base64")).update(text).digest("base64");
  return new URLSearchParams({ sv: version, ss: "b", srt: "sco", sp: permissions, st: start, se: end, spr: "https", sig }).toString();
};

const inBase64 = (part: object): string => Buffer.from(JSON.stringify(part)).toString("base64url");
/** What Entra would give; the emulator looks at everything but who signed it. */
const entraToken = (audience: string): string => {
  const now = Math.floor(Date.now() / 1000);
  const tenant = "ab1f708d-50f6-404c-a006-d71b2ac7a606";
  const claims = {
    aud: audience,
    iss: `https://sts.windows.net/${tenant}/`,
    iat: now,
    nbf: now,
    exp: now + 3600,
    oid: "23657296-5cd5-45b0-a809-d972a7f4dfe1",
    tid: tenant,
  };
  return `${inBase64({ alg: "RS256", typ: "JWT" })}.${inBase64(claims)}.c2ln`;
};

suite("Azure Blob Storage", { skip }, () => {
  const folder = mkdtempSync(join(tmpdir(), "touchstone-azure-"));
  const [cert, key, token] = ["cert.pem", "key.pem", "token"].map((name) => join(folder, name));
  const known = getCACertificates("default");
  let child: ChildProcess;
  let service = "";

  before(async () => {
    const subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"];
    execFileSync("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key!, "-out", cert!, "-days", "2", ...subject], {
      stdio: "ignore",
    });
    setDefaultCACertificates([...known, readFileSync(cert!, "utf8")]);
    writeFileSync(token!, "eyJh.eyJp.c2ln\n");
    const args = [
      "--blobHost",
      "127.0.0.1",
      "--blobPort",
      "0",
      "--oauth",
      "basic",
      "--cert",
      cert!,
      "--key",
      key!,
      "--inMemoryPersistence",
      "--disableTelemetry",
    ];
    child = spawn(process.execPath, [AZURITE, ...args], { stdio: ["ignore", "pipe", "inherit"] });
    const address = await new Promise<string>((resolve, reject) => {
      child.stdout?.on("data", (text: Buffer) => {
        const [, found] = /listens on (https:\S+)/.exec(String(text)) ?? [];
        if (found !== undefined) resolve(found);
      });
      child.once("exit", () => reject(new Error("Azurite did not start")));
    });
    service = `${address}/${ACCOUNT}`;
    const made = await fetch(`${service}/backup?restype=container&${signature("rwdlc")}`, {
      method: "PUT",
      headers: { "x-ms-version": "2021-12-02" },
    });
    assert.equal(made.status, 201);
  });
  after(async () => {
    child.kill();
    if (child.exitCode === null) await once(child, "exit");
    setDefaultCACertificates(known);
    rmSync(folder, { recursive: true, force: true });
  });

  const open = (env: Environment) => openObjectStore(PLACE, { AZURE_STORAGE_SERVICE_ENDPOINT: service, ...env });

  test("what an object store is to do, by a shared access signature", async () => {
    await expectObjectStore(open({ AZURE_STORAGE_SAS_TOKEN: `?${signature("rwdlc")}` }));
  });

  test("what a signature does not allow is refused, and the signature is told to nobody", async () => {
    await assert.rejects(
      open({ AZURE_STORAGE_SAS_TOKEN: signature("l") }).put("x", Buffer.from("x")),
      (thrown) =>
        thrown instanceof UserError &&
        /403 AuthorizationPermissionMismatch/.test(thrown.info.why) &&
        !/sig=/.test(JSON.stringify(thrown.info)),
    );
  });

  test("by a token that the pod's own is exchanged for", async () => {
    const asked: string[] = [];
    const authority = createServer((request, response) => {
      let body = "";
      request.setEncoding("utf8").on("data", (text: string) => (body += text));
      request.once("end", () => {
        const form = new URLSearchParams(body);
        asked.push(`${request.url} ${form.get("client_id")} ${form.get("client_assertion")}`);
        const isGood = form.get("client_id") === "backup";
        response
          .writeHead(isGood ? 200 : 400)
          .end(
            JSON.stringify(
              isGood ? { access_token: entraToken("https://storage.azure.com"), expires_in: 3599 } : { error: "unauthorized_client" },
            ),
          );
      });
    }).listen(0, "127.0.0.1");
    await once(authority, "listening");
    try {
      const host = `http://127.0.0.1:${(authority.address() as AddressInfo).port}/`;
      const env = { AZURE_AUTHORITY_HOST: host, AZURE_TENANT_ID: "tenant", AZURE_FEDERATED_TOKEN_FILE: token! };
      await expectObjectStore(open({ ...env, AZURE_CLIENT_ID: "backup" }), { large: false });
      assert.deepEqual(asked, ["/tenant/oauth2/v2.0/token backup eyJh.eyJp.c2ln"]);
      await assert.rejects(open({ ...env, AZURE_CLIENT_ID: "other" }).list("x"), /OBJECT_STORE_IDENTITY|answers 400 unauthorized_client/);
    } finally {
      authority.close();
    }
  });
});

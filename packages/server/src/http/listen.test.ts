/** The ports of a control plane: how a start takes a certificate that is renewed meanwhile, and how an end lets go of those who wait. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { connect as connectSecurely } from "node:tls";
import { Hono } from "hono";
import { UserError } from "@touchstone/core/errors";
import { readConfig } from "../config.ts";
import { newAuthority, type Issued } from "../trial/authority.ts";
import { followCertificate, internalFiles } from "./certificate.ts";
import { openListeners, readCertificates, type Told } from "./listen.ts";

const folder = mkdtempSync(join(tmpdir(), "touchstone-listen-"));
after(() => rmSync(folder, { recursive: true }));
const [cert, key] = [join(folder, "tls.crt"), join(folder, "tls.key")];
const authority = newAuthority("Cluster");
const config = readConfig({ port: "0", internal_port: "0", host: "127.0.0.1", internal_tls_cert: cert, internal_tls_key: key }, {});

/** Seconds after now, so that no clock is too coarse. */
let written = 0;
const present = ({ certificate, key: text }: Issued): void => {
  writeFileSync(cert, certificate);
  writeFileSync(key, text);
  written += 10;
  for (const path of [cert, key]) utimesSync(path, new Date(), new Date(Date.now() + written * 1000));
};
const read = async () => (await readCertificates(config)).internal ?? assert.fail();
const SILENT: Told = { renewed: () => undefined, presented: () => undefined };

/** More looks than it takes, of a process that may be slow. */
const LOOKS = 400;
const until = async (holds: () => boolean): Promise<void> => {
  for (let looks = 0; !holds(); looks += 1) {
    assert.ok(looks < LOOKS);
    await sleep(10);
  }
};

test("a renewal between the reading of a certificate and the first look is not lost", async () => {
  present(authority.issue({ names: ["localhost"] }));
  const used = await read();
  present(authority.issue({ names: ["localhost"] }));
  const given: string[] = [];
  const { stop } = followCertificate(
    { setSecureContext: (options) => void given.push(options.cert) },
    { files: internalFiles(config), used },
    () => undefined,
    10,
  );
  await until(() => given.length > 0);
  stop();
  assert.deepEqual(given, [(await read()).cert]);
});

test("a pair that does not fit is told once, in words, until it changes again", async () => {
  present(authority.issue({ names: ["localhost"] }));
  const used = await read();
  // Before anybody looks: who looks between two files sees one change more.
  present({ ...authority.issue({ names: ["localhost"] }), key: authority.issue({ names: ["localhost"] }).key });
  const told: unknown[] = [];
  let looked = 0;
  const { stop } = followCertificate(
    { setSecureContext: () => (looked += 1) },
    { files: internalFiles(config), used },
    (error) => void told.push(error),
    5,
  );
  await until(() => told.length > 0);
  await sleep(100);
  assert.deepEqual([told.length, told[0] instanceof UserError, looked], [1, true, 0]);
  present(authority.issue({ names: ["localhost"] }));
  await until(() => looked > 0);
  stop();
  assert.equal(told.at(-1), null);
});

/** Of the whole test, and longer: what is waited for is not this. */
const PATIENCE_MS = 30_000;
const CLOSE_SECONDS = 60;

test("connections without a handshake do not hold up an end; those with one are let end", { timeout: PATIENCE_MS }, async (t) => {
  present(authority.issue({ names: ["localhost"] }));
  const listeners = await openListeners(
    new Hono().get("/", (c) => c.text(Object.keys(Object(c.env)).join())),
    config,
    await readCertificates(config),
    SILENT,
  );
  const port = Number(new URL(listeners.internalUrl ?? "").port);
  const silent: Socket = connect(port, "127.0.0.1");
  t.after(() => silent.destroy());
  await once(silent, "connect");
  const secure = connectSecurely({ port, host: "127.0.0.1", servername: "localhost", ca: authority.certificate });
  await once(secure, "secureConnect");
  secure.write("GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
  const [answer] = (await once(secure, "data")) as [Buffer];
  assert.match(answer.toString(), /^HTTP\/1\.1 200[^]*incoming[^]*isInside/, "who comes here comes by no proxy");
  const ended = listeners.close(CLOSE_SECONDS);
  silent.resume().on("error", () => undefined);
  await once(silent, "close");
  secure.destroy();
  await ended;
});

/**
 * https inside a network, as processes: a control plane with a second listener and a certificate of an authority of its own, and dataplanes
 * that trust that authority alone. One server for all of it; the tests build on one another.
 */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "node:tls";
import { openClient, type Client } from "@touchstone/core/client/client";
import { UserError } from "@touchstone/core/errors";
import { connections } from "@touchstone/core/routes/connections";
import { dataplanes } from "@touchstone/core/routes/dataplanes";
import { setup } from "@touchstone/core/routes/setup";
import { newAuthority, type Issued } from "@touchstone/server/trial/authority";
import { httpTransport } from "./service/http-transport.ts";
import { newGround, spawnTouchstone } from "./terminal-ground.ts";

/** A machine with other work to do is slow, and nothing here waits for ever. */
const WAIT_MS_MAX = 120_000;

const ground = newGround();
const own = newAuthority("Cluster 1");
const next = newAuthority("Cluster 2");
const stranger = newAuthority("Somebody else");
const [CERTIFICATE, KEY, TRUST] = ["tls.crt", "tls.key", "ca.crt"].map(ground.path) as [string, string, string];

/** As a Secret's files are replaced: both at once, as far as anybody sees who looks now and then. */
const present = ({ certificate, key }: Issued): void => {
  writeFileSync(KEY, key);
  writeFileSync(CERTIFICATE, certificate);
};

type Process = { out: () => string; stop: () => Promise<void>; isRunning: () => boolean };
const running: Process[] = [];

const begin = (words: readonly string[], env: NodeJS.ProcessEnv): Process => {
  const { child, ended } = spawnTouchstone(words, { env });
  let out = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (text: string) => (out += text));
  const one = {
    out: () => out,
    isRunning: () => child.exitCode === null,
    stop: async () => {
      child.kill("SIGTERM");
      await ended;
    },
  };
  running.push(one);
  return one;
};

const until = async (what: string, process: Process, holds: () => boolean): Promise<void> => {
  for (const end = Date.now() + WAIT_MS_MAX; !holds(); await sleep(20))
    assert.ok(Date.now() < end && process.isRunning(), `${what} did not come:\n${process.out()}`);
};

let server: Process;
let url: string;
let port: string;
let admin: Client;
let connection: number;

const startServer = async (internalPort: string): Promise<void> => {
  server = begin(["start", "--no-demo", "--no-dataplane", "--port", "0", "--data", ground.path("data")], {
    TOUCHSTONE_INTERNAL_PORT: internalPort,
    TOUCHSTONE_INTERNAL_TLS_CERT: CERTIFICATE,
    TOUCHSTONE_INTERNAL_TLS_KEY: KEY,
    // Its dataplane waits for work up to half a minute.
    TOUCHSTONE_DRAIN_SECONDS: "1",
  });
  await until("an answer", server, () => server.out().includes("the control plane answers") && server.out().includes("come by"));
  [, url = ""] = /answers at (\S+)/.exec(server.out()) ?? [];
  [, port = ""] = /come by https:\S+:(\d+)/.exec(server.out()) ?? [];
};

const clientWith = (token: string | null): Client =>
  openClient({ server: url, token, transport: httpTransport({ server: url, environment: {} }), agent: "test" });

const logIn = async (): Promise<string> => {
  await until("the code", server, () => /Set-up code: \S+\s/.test(server.out()));
  const [, code = ""] = /Set-up code: (\S+)/.exec(server.out()) ?? [];
  const person = { code, email: "ada@example.org", name: "Ada", password: "a password of twelve" };
  return (await clientWith(null).ask(setup.first, { body: person })).token;
};

let token: string;
before(async () => {
  present(own.issue({ names: ["localhost"] }));
  writeFileSync(TRUST, own.certificate);
  writeFileSync(ground.path("stranger.crt"), stranger.certificate);
  ground.write("landing/orders.csv", "id,price\n1,2\n");
  await startServer("0");
  token = await logIn();
  admin = clientWith(token);
  ({ id: connection } = await admin.ask(connections.create, { body: { name: "files", type: "files", uri: ground.path("landing") } }));
});
after(async () => {
  await Promise.all(running.map((one) => one.stop()));
  ground.remove();
});

const invite = async (name: string): Promise<string> => (await admin.ask(dataplanes.invite, { body: { name } })).code;

const words = (address: string, trust: string, code: string): string[] => [
  "dataplane",
  "--server",
  address,
  "--server-authority",
  trust,
  "--direct",
  "--code",
  code,
  "--token-file",
  ground.path(`token-${code.slice(-6)}`),
];
/** Were it led through a proxy, nothing would come of it. */
const PROXY = { HTTPS_PROXY: "http://127.0.0.1:9", HTTP_PROXY: "http://127.0.0.1:9" };

const isAbsence = (thrown: unknown): boolean => thrown instanceof UserError && thrown.info.code === "DATAPLANE_ABSENT";

/** Something that only a dataplane can do, as soon as there is one. */
const works = async (): Promise<void> => {
  for (const end = Date.now() + WAIT_MS_MAX; ; await sleep(100))
    try {
      const answer = await admin.ask(connections.test, { params: { id: connection } });
      return assert.equal(answer.connected, true, JSON.stringify(answer));
    } catch (thrown) {
      if (!isAbsence(thrown) || Date.now() > end) throw thrown;
    }
};

let worker: Process;

/** One more dataplane, which has to end by itself; what it said. */
const endsWith = async (address: string, trust: string): Promise<string> => {
  const code = await invite(`refused ${address} ${trust}`);
  const { ended } = spawnTouchstone(words(address, trust, code), { env: PROXY });
  const { status, err } = await ended;
  assert.equal(status, 2, err);
  return err;
};

const renewed = (): number => server.out().split("the certificate was renewed").length - 1;
const renew = async (issued: Issued): Promise<void> => {
  const before = renewed();
  present(issued);
  await until("the new certificate", server, () => renewed() > before);
};

const serialNow = (ca: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect({ host: "localhost", port: Number(port), ca, servername: "localhost" }, () => {
      resolve(socket.getPeerX509Certificate()?.serialNumber ?? "");
      socket.destroy();
    });
    socket.once("error", reject);
  });

test("a dataplane that trusts the cluster's authority alone enrols and works, past any proxy", async () => {
  const code = await invite("inside");
  worker = begin(words(`https://localhost:${port}`, TRUST, code), PROXY);
  await works();
  assert.ok(worker.isRunning());
});

test("another authority, another name, another protocol: each ends it at once, and says what to do", async () => {
  const cases: { address: string; trust: string; says: RegExp }[] = [
    {
      address: `https://localhost:${port}`,
      trust: ground.path("stranger.crt"),
      says: /SERVER_UNTRUSTED[\s\S]*not known[\s\S]*--authority/,
    },
    { address: `https://127.0.0.1:${port}`, trust: TRUST, says: /SERVER_UNTRUSTED[\s\S]*for another host[\s\S]*internal-certificate/ },
    { address: url.replace("http:", "https:"), trust: TRUST, says: /SERVER_UNREACHABLE[\s\S]*does not speak https/ },
    { address: url, trust: TRUST, says: /OPTION_INVALID[\s\S]*--server-authority/ },
    { address: `https://localhost:${port}`, trust: ground.path("none.crt"), says: /OPTION_INVALID[\s\S]*none\.crt cannot be read/ },
  ];
  for (const { address, trust, says } of cases) assert.match(await endsWith(address, trust), says, `${address} ${trust}`);
});

test("versions of TLS before 1.2 are not spoken", async () => {
  const old = { minVersion: "TLSv1.1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" } as const;
  const tried = new Promise((resolve, reject) => {
    const socket = connect({ host: "localhost", port: Number(port), ca: own.certificate, servername: "localhost", ...old }, () => {
      socket.destroy();
      resolve(socket.getProtocol());
    });
    socket.once("error", reject);
  });
  await assert.rejects(tried, /protocol version/);
});

test("a certificate that is replaced is used by the next connection, and the dataplane that polls goes on", async () => {
  const before = await serialNow(own.certificate);
  await renew(own.issue({ names: ["localhost"] }));
  assert.notEqual(await serialNow(own.certificate), before);
  await works();
  assert.ok(worker.isRunning());
});

test("one that has expired is refused by whoever comes new, with words", async () => {
  await renew(own.issue({ names: ["localhost"], fromDays: -30, toDays: -1 }));
  assert.match(await endsWith(`https://localhost:${port}`, TRUST), /SERVER_UNTRUSTED[\s\S]*it has expired/);
  const metrics = await (await fetch(`${url}/metrics`)).text();
  const [, end = ""] = /^touchstone_certificate_end_seconds\{listener="internal"\} (\d+)$/m.exec(metrics) ?? [];
  assert.ok(Number(end) > 0 && Number(end) * 1000 < Date.now(), `Prometheus is told when it ended: ${end}`);
});

test("half of a new pair is not used: the one before stays, and the whole is taken when it is there", async () => {
  await renew(own.issue({ names: ["localhost"] }));
  const before = await serialNow(own.certificate);
  const pair = own.issue({ names: ["localhost"] });
  writeFileSync(CERTIFICATE, pair.certificate);
  await until("a word about it", server, () => server.out().includes("the new certificate is not usable"));
  assert.equal(await serialNow(own.certificate), before);
  await renew(pair);
  assert.notEqual(await serialNow(own.certificate), before);
});

test("a new authority: while both are trusted the server changes, and the dataplane is never started anew", async () => {
  writeFileSync(TRUST, own.certificate + next.certificate);
  await renew(next.issue({ names: ["localhost"] }));
  await works();
  // What it has open it keeps; a server that starts anew has none of it.
  await server.stop();
  await startServer(port);
  admin = clientWith(token);
  await works();
  assert.ok(worker.isRunning(), worker.out());
  writeFileSync(TRUST, next.certificate);
  await works();
});

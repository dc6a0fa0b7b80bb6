/** The ports of a control plane: one for people and programs, and a second by https for dataplanes, where it has a certificate. */
import { X509Certificate } from "node:crypto";
import type { Server } from "node:http";
import { createServer as createSecureServer, Server as SecureServer } from "node:https";
import type { Socket } from "node:net";
import { serve as listenTo } from "@hono/node-server";
import type { Hono } from "hono";
import { TLS_OLDEST } from "@touchstone/core/client/tls-oldest";
import { userError } from "@touchstone/core/errors";
import type { Config } from "../config.ts";
import { INSIDE } from "./caller.ts";
import {
  followCertificate,
  internalFiles,
  ownFiles,
  readCertificate,
  type Certificate,
  type CertificateFiles,
  type CertificateRead,
  type Renewable,
} from "./certificate.ts";

type ListenerName = "own" | "internal";

type Place = { name: ListenerName; host: string; port: number; setting: string; files: CertificateFiles };

const ownPlace = (config: Config): Place => ({
  name: "own",
  host: config.host,
  port: config.port,
  setting: "TOUCHSTONE_PORT",
  files: ownFiles(config),
});
const internalPlace = (config: Config): Place => ({
  name: "internal",
  host: config.host,
  port: config.internal_port,
  setting: "TOUCHSTONE_INTERNAL_PORT",
  files: internalFiles(config),
});

/** Certificates are read before anything is opened, so that a slip in their settings costs no start. */
export type Certificates = { own: CertificateRead | null; internal: CertificateRead | null };

/** Throws SETTING_INVALID. */
export const readCertificates = async (config: Config): Promise<Certificates> => ({
  own: await readCertificate(ownFiles(config)),
  internal: await readCertificate(internalFiles(config)),
});

type Listener = { url: string; close: (seconds: number) => Promise<void> };

/** Far longer than a handshake takes; a connection on which none comes to its end is let go. */
const HANDSHAKE_MS_MAX = 10_000;

const peerOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`;

/** Lets go of connections whose handshake is not done: no request is under way there, and the server knows of none to end. */
const handshakesOf = (server: Server): { drop: () => void } => {
  const waiting = new Map<string, Socket>();
  if (server instanceof SecureServer) {
    server.on("connection", (socket: Socket) => {
      const peer = peerOf(socket);
      waiting.set(peer, socket);
      socket.once("close", () => waiting.delete(peer));
    });
    server.on("secureConnection", (socket) => waiting.delete(peerOf(socket)));
  }
  return {
    drop: () => {
      for (const socket of waiting.values()) socket.destroy();
    },
  };
};

/** Ends when the requests under way have, or when the time is up. */
const close = (server: Server, seconds: number): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), seconds * 1000);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });

/** `minVersion` and `handshakeTimeout` are Node's names. */
const secureOptions = ({ cert, key }: Certificate) => ({ cert, key, minVersion: TLS_OLDEST, handshakeTimeout: HANDSHAKE_MS_MAX }) as const;

const fetchAt = (app: Hono, name: ListenerName): Parameters<typeof listenTo>[0]["fetch"] =>
  name === "own" ? app.fetch : (request, environment) => app.fetch(request, { ...environment, ...INSIDE });

const bind = (app: Hono, { name, host, port, setting }: Place, certificate: Certificate | null): Promise<{ server: Server; url: string }> =>
  new Promise((resolve, reject) => {
    const secure = certificate === null ? {} : { createServer: createSecureServer, serverOptions: secureOptions(certificate) };
    const server = listenTo({ fetch: fetchAt(app, name), port, hostname: host, ...secure }, ({ port: bound }) => {
      const scheme = certificate === null ? "http" : "https";
      const known = host === "0.0.0.0" || host === "::" ? "localhost" : host;
      resolve({ server: server as Server, url: `${scheme}://${known.includes(":") ? `[${known}]` : known}:${bound}` });
    });
    server.once("error", (error: NodeJS.ErrnoException) =>
      reject(error.code === "EADDRINUSE" ? userError("SETTING_INVALID", setting, `something else listens on port ${port}`) : error),
    );
  });

export type Told = {
  /** Of each certificate that was renewed, with null, or could not be, with why. */
  renewed: (listener: ListenerName, error: unknown) => void;
  /** Of each that is answered with. */
  presented: (certificate: { listener: ListenerName; validFrom: Date; validTo: Date }) => void;
};

const listen = async (app: Hono, place: Place, certificate: CertificateRead | null, told: Told): Promise<Listener> => {
  const { server, url } = await bind(app, place, certificate);
  const handshakes = handshakesOf(server);
  const tellOf = ({ cert }: Certificate): void => {
    const { validFrom, validTo } = new X509Certificate(cert);
    told.presented({ listener: place.name, validFrom: new Date(validFrom), validTo: new Date(validTo) });
  };
  if (certificate !== null) tellOf(certificate);
  const renewable = (secure: SecureServer): Renewable => ({
    setSecureContext: (options) => {
      secure.setSecureContext(options);
      tellOf(options);
    },
  });
  const following =
    server instanceof SecureServer && certificate !== null
      ? followCertificate(renewable(server), { files: place.files, used: certificate }, (error) => told.renewed(place.name, error))
      : null;
  return {
    url,
    close: async (seconds) => {
      following?.stop();
      handshakes.drop();
      await close(server, seconds);
    },
  };
};

export type Listeners = {
  url: string;
  /** Where dataplanes beside it come by https; null without a certificate for that. */
  internalUrl: string | null;
  close: (seconds: number) => Promise<void>;
};

/** Throws SETTING_INVALID where a port is another's. */
export const openListeners = async (app: Hono, config: Config, certificates: Certificates, told: Told): Promise<Listeners> => {
  const own = await listen(app, ownPlace(config), certificates.own, told);
  try {
    const internal = certificates.internal === null ? null : await listen(app, internalPlace(config), certificates.internal, told);
    return {
      url: own.url,
      internalUrl: internal?.url ?? null,
      close: async (seconds) => void (await Promise.all([own.close(seconds), internal?.close(seconds)])),
    };
  } catch (thrown) {
    await own.close(0);
    throw thrown;
  }
};

/** Whether a dataplane lives, and whether the control plane knows it: for the machine beside it. Nothing else is answered. */
import { createServer } from "node:http";
import { userError } from "@touchstone/core/errors";

export type Probes = { ready: () => void; close: () => Promise<void> };

/** Not ready again once the signal says that it is to end: its work is handed back. Throws SETTING_INVALID when the port is taken. */
export const openProbes = (port: number, signal: AbortSignal): Promise<Probes & { port: number }> => {
  let isReady = false;
  const server = createServer((request, response) => {
    const answers: Readonly<Record<string, boolean>> = { "/livez": true, "/readyz": isReady && !signal.aborted };
    const answer = answers[request.url ?? ""];
    response.writeHead(answer === undefined ? 404 : answer ? 200 : 503, { "content-type": "text/plain" }).end(answer ? "ok" : "no");
  });
  return new Promise((resolve, reject) => {
    server.once("error", () => reject(userError("OPTION_INVALID", `--probes ${port}`, "something else listens on that port")));
    server.listen(port, () => {
      const address = server.address();
      resolve({
        port: typeof address === "object" && address !== null ? address.port : port,
        ready: () => void (isReady = true),
        close: () =>
          new Promise((closed) => {
            server.close(() => closed());
            server.closeAllConnections();
          }),
      });
    });
  });
};

/** Who works here, for logs of others: a user at a machine. A cluster may give a pod a user of which the machine knows no name. */
import { hostname, userInfo } from "node:os";

const userName = (): string => {
  try {
    return userInfo().username;
  } catch {
    return `user ${process.getuid?.() ?? "?"}`;
  }
};

export const whoAmI = (): string => `${userName()}@${hostname()}`;

/** Fields that somebody else owns, as kubectl and helm tell of them (server-side apply). Pure. */

export type Conflict = { object: string; field: string; owner: string };

/** "conflict with "kubectl" using apps/v1: .spec.replicas", or a list of fields on the lines after it. */
export const conflictsIn = (said: string, object: string): Conflict[] => {
  const found: Conflict[] = [];
  let owner: string | null = null;
  for (const line of said.split("\n")) {
    for (const [, who = "", field = ""] of line.matchAll(/conflicts? with "([^"]+)"[^:,]*: ?(\.[^\s,]+)?/g)) {
      owner = who;
      if (field !== "") found.push({ object, field, owner: who });
    }
    const [, listed] = /^\s*- (\.\S+)$/.exec(line) ?? [];
    if (owner !== null && listed !== undefined) found.push({ object, field: listed, owner });
  }
  return found;
};

export const isConflict = (said: string): boolean => /conflicts? with "/.test(said);

export const conflictText = ({ object, field, owner }: Conflict): string => `${object} ${field} is ${owner}'s`;

/**
 * Server-sent events: the `data` of each, from text that comes in parts. Names, ids and the time to come back, which our server does
 * not send, are passed over. https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
export const eventData = async function* (parts: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = "";
  let data: string[] = [];
  for await (const part of parts) {
    // A carriage return at the end may be the first half of a line's end.
    const [lines, left] = wholeLines(rest + part);
    rest = left;
    for (const line of lines) {
      if (line === "" && data.length > 0) yield data.join("\n");
      if (line === "") data = [];
      const field = /^data(?:: ?(.*))?$/s.exec(line);
      if (field !== null) data.push(field[1] ?? "");
    }
  }
};

const wholeLines = (text: string): [lines: string[], left: string] => {
  const lines = text.split(/\r\n|\n|\r(?!$)/);
  const left = lines.pop() ?? "";
  return [lines, left];
};

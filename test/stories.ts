/** Tutorials that tests walk through: the blocks of a page, and the changes of a file that they show. */

export interface Block {
  readonly language: string;
  readonly text: string;
}

/** A page's fenced blocks, in its order. */
export const blocks = (document: string): Block[] =>
  [...document.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language = "", text = ""]) => ({
    language,
    text: text.trimEnd(),
  }));

type Node = Record<string, unknown>;

const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A file's content with a change: maps are merged, and null takes a key away. */
export function merged(content: Node, change: Node): Node {
  const result: Node = { ...content };
  for (const [key, value] of Object.entries(change)) {
    const own = result[key];
    if (value === null) delete result[key];
    else result[key] = isNode(value) ? merged(isNode(own) ? own : {}, value) : value;
  }
  return result;
}

/** Tutorials that tests walk through: the blocks of a page, and the changes of a file that they show. */

import { parse } from "yaml";

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

/** A stack's configuration after a block: one of YAML is merged, one of `diff` names keys that go. */
export function changed(config: Node, { language, text }: Block): Node {
  if (language === "yaml") return merged(config, parse(text).config);
  if (language !== "diff") return config;
  const result = structuredClone(config);
  for (const line of text.split("\n")) {
    const path = line.replace(/^- /, "").split(".");
    const above = path.slice(0, -1).reduce<Node>((node, key) => Object(node[key]) as Node, result);
    delete above[path.at(-1) ?? ""];
  }
  return result;
}

function merged(content: Node, change: Node): Node {
  const entries = Object.entries(change).map(([key, value]) => {
    const own = content[key];
    return [key, isNode(value) ? merged(isNode(own) ? own : {}, value) : value];
  });
  return { ...content, ...Object.fromEntries(entries) };
}

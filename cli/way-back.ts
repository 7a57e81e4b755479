/** A stack's settings for commands that change it. No file that is broken keeps those that go back. */
import { join, relative } from "node:path";
import { tellLine } from "../base/output";
import { messageOf, UserError } from "../base/user-error";
import { readConfiguration } from "../offline/configuration";
import { findProject } from "../offline/find-project";
import { goodFiles, readIfThere, restore, type Texts, takeBack } from "../rollout/updates/last-good";
import type { WiredStack } from "../rollout/wiring";
import type { Settings } from "../stacks/settings";
import { readStack } from "./read-stack";
import { readSettings, readToGoBack } from "./settings";

/** A stack as its file has it. @throws UserError with what is wrong */
export function asFiled(stack: string): WiredStack {
  const { folder, asFiled: configuration } = readStack({ stack, config: [], configPath: false });
  return { folder, configuration, settings: readSettings(configuration) };
}

interface WayBack {
  readonly isEnough?: (settings: Settings) => boolean;
  readonly isToStay?: boolean;
}

/**
 * A stack to go back by. If its files make no sense, they become what made sense last, and what they were is kept beside them, as
 * `FILE.unreadable`.
 *
 * @param isEnough whether settings have what is to go back; default any have
 * @param isToStay whether files stay as they made sense (the default), or become what they are now again
 * @throws UserError with what is wrong with the files, if nobody knows what made sense
 */
export async function stackToGoBack(
  stack: string,
  { isEnough = () => true, isToStay = true }: WayBack = {},
): Promise<WiredStack> {
  const folder = findProject(process.cwd());
  const read = (): WiredStack => {
    const configuration = readConfiguration(folder, stack);
    return { folder, configuration, settings: readToGoBack(configuration) };
  };
  try {
    return read();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    for await (const { from, texts } of goodFiles(folder, stack)) {
      for (const some of fewestFirst(texts)) {
        const reading = new Reading(folder, some);
        const found = reading.of(read);
        const isFound = found !== undefined && isEnough(found.settings);
        if (!isFound || !isToStay) reading.undo();
        if (!isFound) continue;
        tellLine(`warning: ${messageOf(error)}`);
        const kept = isToStay ? "; yours is kept beside it, as FILE.unreadable" : "";
        tellLine(`warning: going by ${reading.files.join(" and ")} of ${from}${kept}`);
        return found;
      }
    }
    throw error;
  }
}

/** Each file alone, then all: what is broken may be one, and the others may say what is meant by now. */
const fewestFirst = (texts: Texts): Texts[] => [
  ...Object.entries(texts).map(([file, text]) => ({ [file]: text })),
  texts,
];

/** Files as they were once, in place of what they are. */
class Reading {
  private readonly changed: readonly {
    readonly file: string;
    readonly text: string | null;
    readonly was?: string;
  }[];

  constructor(
    private readonly folder: string,
    texts: Texts,
  ) {
    this.changed = Object.entries(texts).flatMap(([name, text]) => {
      const file = join(folder, name);
      const was = readIfThere(file);
      return was === (text ?? undefined) ? [] : [{ file, text, ...(was !== undefined && { was }) }];
    });
  }

  get files(): string[] {
    return this.changed.map(({ file }) => relative(this.folder, file));
  }

  /** Undefined if they make no sense either, are what there is, or can't be written. */
  of<T>(read: () => T): T | undefined {
    if (this.changed.length === 0) return undefined;
    try {
      for (const { file, text } of this.changed) restore(file, text);
      return read();
    } catch {
      return undefined;
    }
  }

  undo(): void {
    for (const { file, was } of this.changed) takeBack(file, was);
  }
}

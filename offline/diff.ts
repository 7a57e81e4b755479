/** Differences between two property trees, as the engine's `detailedDiff` lists them. */
import { isUnreadable } from "../base/secrets";
import {
  isObject,
  isSecret,
  joinPath,
  ownValue,
  type Properties,
  reveal,
  UNKNOWN,
  type Value,
} from "./values";

export type DiffKind = "add" | "delete" | "update" | "add-replace" | "delete-replace" | "update-replace";

export interface PropertyDiff {
  readonly kind: DiffKind;
  readonly inputDiff: boolean;
  /** Old or new value is a secret that can't be read here: it may be the same. */
  readonly undecided?: true;
}

export type DetailedDiff = Record<string, PropertyDiff>;

/** What a provider answers when asked for the way from old to new. */
export interface Diff {
  readonly detailed: DetailedDiff;
  /** Whether a replacement has to delete first. */
  readonly deleteBeforeReplace: boolean;
  /** Why the API will refuse this update, if it is known to. */
  readonly refused?: string;
}

export interface DiffRules {
  /** Whether two leaves at a path that differ as texts mean the same. */
  same?(path: string, old: Value, fresh: Value): boolean;
  /** Whether a list at a path is a set: its order means nothing. */
  isSet?(path: string): boolean;
  /** Whether the change at a path, with the new value there (undefined when it is removed), makes a replacement. */
  replaces(path: string, fresh: Value | undefined): boolean;
}

export const isReplacing = ({ kind }: PropertyDiff): boolean => kind.endsWith("-replace");

/** Lists what changes from `old` to `fresh`, leaf by leaf. */
export function diffProperties(old: Properties, fresh: Properties, rules: DiffRules): DetailedDiff {
  const found: DetailedDiff = {};
  const note = (path: string, kind: "add" | "delete" | "update", value?: Value, undecided = false): void => {
    found[path] = {
      kind: rules.replaces(path, value) ? `${kind}-replace` : kind,
      inputDiff: true,
      ...(undecided && { undecided }),
    };
  };

  const compare = (path: string, before: Value | undefined, after: Value | undefined): void => {
    if (absent(before) || absent(after)) {
      if (!absent(after)) note(path, "add", after);
      else if (!absent(before)) note(path, "delete");
      return;
    }
    const [a, b] = [reveal(before), reveal(after)];
    if (b === UNKNOWN) {
      note(path, "update", b);
    } else if (isObject(a) && isObject(b)) {
      for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
        compare(joinPath(path, key), ownValue(a, key), ownValue(b, key));
      }
    } else if (Array.isArray(a) && Array.isArray(b)) {
      for (const [place, left, right] of rules.isSet?.(path) ? pairedMembers(a, b) : pairedItems(a, b)) {
        compare(`${path}[${place}]`, left, right);
      }
    } else if (a !== b && !rules.same?.(path, a, b)) {
      const hidden = isSecret(before) || isSecret(after);
      note(path, "update", b, hidden && (isUnreadable(a) || isUnreadable(b)));
    }
  };

  for (const key of new Set([...Object.keys(old), ...Object.keys(fresh)]))
    compare(joinPath("", key), ownValue(old, key), ownValue(fresh, key));
  return found;
}

const absent = (value: Value | undefined): value is undefined | null => value === undefined || value === null;

/** What two lists have at a place. */
type Pair = readonly [place: number, before: Value | undefined, after: Value | undefined];

const pairedItems = (a: readonly Value[], b: readonly Value[]): Pair[] =>
  Array.from({ length: Math.max(a.length, b.length) }, (_, i) => [i, a[i], b[i]]);

/** What left a set beside what came in, each where it is found: members that both sets have are no difference. */
function pairedMembers(a: readonly Value[], b: readonly Value[]): Pair[] {
  const key = (value: Value | undefined): string => JSON.stringify(reveal(value ?? null));
  const placesOf = (values: readonly Value[], others: readonly Value[]): number[] => {
    const known = new Set(others.map(key));
    return [...values.keys()].filter((place) => !known.has(key(values[place])));
  };
  const [gone, come] = [placesOf(a, b), placesOf(b, a)];
  const places = come.length < gone.length ? gone : come;
  return places.map((place, i) => [place, a[gone[i] ?? -1], b[come[i] ?? -1]]);
}

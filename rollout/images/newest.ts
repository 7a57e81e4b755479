/** Which of a repository's tags is the newest. A registry does not say when a tag was made, so the tag itself has to. */

import { compareBuild, satisfies, valid, validRange } from "semver";
import { UserError } from "../../base/user-error";

/** The newest of some tags; undefined if none is allowed. */
export type Newest = (tags: readonly string[]) => string | undefined;

/**
 * What a pattern takes for the newest tag.
 *
 * - A range of semantic versions, such as `1.x` or `>=1.4 <2`: the highest version in it. A tag may begin with `v`; versions
 *   before a release (`1.5.0-rc.1`) count if the range names one, as in `>=1.5.0-0`.
 * - A text with `*`, such as `main-*`: the tag with the highest number in place of the last `*`, which stands for digits,
 *   also in groups (`20261121`, `2026-11-21.3`); an earlier `*` stands for any text. So a commit's hash alone has no order,
 *   and `main-*-*` goes by what follows the hash.
 *
 * @throws UserError
 */
export function newest(pattern: string): Newest {
  // semver reads 1.x-alpine as 1.x.
  const isRange = /\S/.test(pattern) && validRange(pattern) !== null && !/[x*]-/i.test(pattern);
  if (isRange) return (tags) => highestVersion(tags, pattern);
  if (pattern.includes("*") && /^[\w.*-]+$/.test(pattern)) return (tags) => highestNumber(tags, pattern);
  throw new UserError(
    `--tag ${pattern}: allowed: a range of versions such as 1.x, or a pattern with * for a number, such as main-*`,
  );
}

function highestVersion(tags: readonly string[], range: string): string | undefined {
  const versions = tags.filter((tag) => valid(tag) !== null && satisfies(tag, range));
  return versions.sort(compareBuild).at(-1);
}

/** Longest tag that registries take: https://github.com/opencontainers/distribution-spec/blob/main/spec.md */
const LONGEST = 128;
const NUMBER = /^\d(?:[._-]?\d)*$/;

function highestNumber(tags: readonly string[], pattern: string): string | undefined {
  const numbered = tags.flatMap((tag) => {
    const number = tag.length > LONGEST ? undefined : numberIn(tag, pattern);
    return number === undefined ? [] : [{ tag, groups: number.split(/[._-]/).map(BigInt) }];
  });
  return numbered.sort((a, b) => compared(a.groups, b.groups)).at(-1)?.tag;
}

/** What stands for the last `*` of a pattern, if it is a number and the tag fits; in time that grows with the tag alone. */
function numberIn(tag: string, pattern: string): string | undefined {
  const parts = pattern.split("*");
  const [end = "", last = ""] = [parts.pop(), parts.pop()];
  if (!tag.endsWith(end)) return undefined;
  const body = tag.slice(0, tag.length - end.length);
  let from = 0;
  for (const [i, part] of parts.entries()) {
    const at = body.indexOf(part, from);
    if (at < 0 || (i === 0 && at > 0)) return undefined;
    from = at + part.length;
  }
  const isAnchored = parts.length === 0;
  for (let at = body.indexOf(last, from); at >= 0; at = body.indexOf(last, at + 1)) {
    if (isAnchored && at > 0) return undefined;
    const number = body.slice(at + last.length);
    if (NUMBER.test(number)) return number;
    if (at >= body.length) return undefined;
  }
  return undefined;
}

/** Group by group; what has more groups is higher if the others are the same. */
function compared(a: readonly bigint[], b: readonly bigint[]): number {
  for (const [i, group] of a.entries()) {
    const other = b[i];
    if (other === undefined || group > other) return 1;
    if (group < other) return -1;
  }
  return a.length - b.length;
}

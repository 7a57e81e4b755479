import { BASELINE, hundredths, variantName } from "../../components/traffic";
import { type CanarySettings, canariesOf, DEBUG_VARIANT } from "../apps";
import { platforms } from "../platforms";
import type { Problem } from "../problems";
import type { Parsed } from "../schema";

/** Of a Service, and of a label's value: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ */
const LONGEST_NAME = 63;

/** Canaries that take more than there is, or have a name that is taken. */
export function variantProblems(parsed: Parsed): Problem[] {
  return Object.entries(parsed.apps).flatMap(([name, app]): Problem[] => {
    const canaries = canariesOf(parsed, name, app);
    const taken = [
      "primary",
      ...((app.canaryImage ?? app.canaryService ?? app.canaryManifest) !== undefined ? ["canary"] : []),
      ...(app.debug !== undefined ? [DEBUG_VARIANT] : []),
    ];
    const claimed = [
      ...reserved(`apps.${name}.canaries`, app.canaries),
      ...reserved(`apps.${name}.branches.images`, app.branches?.images),
      ...named(`apps.${name}.canaries`, app.canaries, taken),
      ...named(`apps.${name}.branches.images`, app.branches?.images, [
        ...taken,
        ...Object.keys(app.canaries),
      ]),
    ];
    const tooLong = platforms[parsed.platform].hasCluster ? longNames(name, canaries) : [];
    const total = canaries.reduce((sum, canary) => sum + hundredths(canary.weight), 0) / 100;
    if (total <= 100) return [...claimed, ...tooLong];
    const parts = canaries.map((canary) => `${canary.name} ${canary.weight}`).join(" + ");
    const allowed = `canaries of at most 100 together, not ${total}`;
    return [...claimed, ...tooLong, { key: `apps.${name}`, value: parts, allowed }];
  });
}

/** Canaries whose Services, called by the app's name and theirs, would have too long a name. */
const longNames = (app: string, canaries: readonly CanarySettings[]): Problem[] =>
  canaries
    .filter(({ name }) => variantName(app, name).length > LONGEST_NAME)
    .map(({ name }) => ({
      key: `apps.${app}`,
      value: app,
      allowed:
        `at most ${LONGEST_NAME - name.length - 1} characters beside canary ${name}: ` +
        `together they name a Service, of at most ${LONGEST_NAME}`,
    }));

/** Problems of names that others have. */
const named = (key: string, names: object | undefined, taken: readonly string[]): Problem[] =>
  Object.keys(names ?? {})
    .filter((name) => taken.includes(name))
    .map((name) => ({
      key: `${key}.${name}`,
      value: name,
      allowed: "a name that no variant has",
    }));

/** Names that the program gives. */
const reserved = (key: string, names: object | undefined): Problem[] =>
  Object.keys(names ?? {})
    .filter((name) => name === BASELINE)
    .map((name) => ({
      key: `${key}.${name}`,
      value: name,
      allowed: "another name: rollout.baseline has it",
    }));

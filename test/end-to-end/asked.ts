/** The parts that files of tests ask for. */
import { argoRolloutsPart, envoyPart, flaggerPart, type Part, podinfoPart } from "../../lab/parts";
import { lackingFor } from "./built";
import { planes } from "./planes";
import { type Tier, tiers } from "./tier";

interface Asked {
  readonly parts: readonly Part[];
  /** The tier that they are asked for from. */
  readonly tier: Tier;
}

/** File -> what its tests ask for. */
const files: Readonly<Record<string, Asked>> = {
  "argo-rollouts.test.ts": { parts: [argoRolloutsPart], tier: "full" },
  "flagger.test.ts": { parts: [flaggerPart], tier: "small" },
  "podinfo.test.ts": { parts: [podinfoPart], tier: "small" },
  "proxy.test.ts": { parts: [envoyPart], tier: "small" },
  ...Object.fromEntries(Object.entries(planes).map(([name, plane]) => [`plane-${name}.test.ts`, plane])),
};

/** What these files ask for and this machine can have: it is built before any lab is up, so that no two labs build the same. */
export function askedBy(names: readonly string[], tier: Tier): Part[] {
  const asked = names.flatMap((name) => {
    const file = files[name];
    return file === undefined || tiers.indexOf(tier) < tiers.indexOf(file.tier) ? [] : file.parts;
  });
  return [...new Set(asked)].filter((part) => lackingFor([part]) === undefined);
}

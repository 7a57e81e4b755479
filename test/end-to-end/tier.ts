/** How much the suite's tests do: `npm run test:lab` is the small tier, `npm run test:lab:full` the full one. */
import type { RouterName } from "../../components/routers";

export const tiers = ["small", "full"] as const;
export type Tier = (typeof tiers)[number];

/** The sizes of a tier. Both check every claim; the small one with a load that just proves it. */
export interface Sizes {
  /** Requests while weights are shifted again and again. */
  readonly shifted: number;
  /** Most of them a second; undefined: as many as the machine can. */
  readonly shiftedRate: number | undefined;
  /** Most requests a second beside which something else is tried. */
  readonly beside: number;
  /** Requests that a share is counted in. */
  readonly counted: number;
  /** Times that a rollout is killed at a random moment. */
  readonly kills: number;
  /** Routers that an app moves to, there and back: by way of both from one to the next, then at once. */
  readonly way: readonly RouterName[];
}

const sizes: Record<Tier, Sizes> = {
  small: {
    shifted: 20_000,
    shiftedRate: 300,
    beside: 80,
    counted: 2000,
    kills: 3,
    way: ["gateway", "traefik", "gateway"],
  },
  full: {
    shifted: 1_000_000,
    shiftedRate: undefined,
    beside: Number.POSITIVE_INFINITY,
    counted: 10_000,
    kills: 50,
    way: ["nginx", "gateway", "traefik", "gateway", "nginx"],
  },
};

/** Variables that `run.ts` sets, or who runs mocha without it. */
const { LAB_TIER, LAB_REQUESTS, LAB_SEED } = process.env;

export const tier: Tier = tiers.find((name) => name === LAB_TIER) ?? "small";

export const size: Sizes = {
  ...sizes[tier],
  ...(LAB_REQUESTS !== undefined && { shifted: Number(LAB_REQUESTS) }),
};

/** Requests a second beside which something is tried: so many in the full tier. */
export const rated = (full: number): number => Math.min(full, size.beside);

/** Where the random weights begin. */
export const seed = Number(LAB_SEED ?? 1);

/** The kinds of targets that a rollout can raise. */
import type { Target } from "../../analysis/plan";
import { canaries } from "./canary";
import type { TargetKind } from "./kind";
import { move } from "./move";

const registry = { move, canaries } as const satisfies Record<string, TargetKind>;

/** Every kind by its name. */
export const targetKinds: Readonly<Record<keyof typeof registry, TargetKind>> = registry;

/** What a rollout of these targets raises. */
export const targetKindOf = (targets: readonly Target[]): TargetKind =>
  Object.values(targetKinds).find(({ has }) => has(targets)) ?? canaries;

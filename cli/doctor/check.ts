/** What every check of `canary doctor` is: one object, which the registry beside `checks/` lists. */
import type { CommandOutput } from "../../base/command-output";
import type { StackConfiguration } from "../../offline/configuration";
import type { ResourceState } from "../../offline/state";
import type { Settings } from "../../stacks/settings";
import type { Kubernetes } from "./kubernetes";

/** What a check found out, in one line. */
export interface Diagnosis {
  /** `fine`; `missing`, which something mends; `unknown`, if it can't be told. */
  readonly state: "fine" | "missing" | "unknown";
  /** What there is, or is not. */
  readonly says: string;
  /** The command, or the deed, that mends it. */
  readonly mend?: string;
}

/** The stack that is looked at, and ways to ask about it. Each answer is asked for once. */
export interface Patient {
  /** The project's folder. */
  readonly folder: string;
  readonly configuration: StackConfiguration;
  readonly settings: Settings;
  readonly env: NodeJS.ProcessEnv;
  /**
   * Runs Pulumi's CLI in the project's folder.
   *
   * @throws DoctorError if there is none
   */
  pulumi(words: readonly string[]): Promise<Pick<CommandOutput, "code" | "stdout">>;
  /** The CLI's file; undefined if there is none yet. */
  readonly cli: string | undefined;
  /** What the program declares. */
  declared(): Promise<readonly ResourceState[]>;
  /** The cluster that the stack's objects are of. */
  cluster(): Promise<Kubernetes>;
}

export interface DoctorCheck {
  /** For people, at the head of its line. */
  readonly title: string;
  /** Whether the stack has any need of it. */
  readonly concerns: (patient: Patient) => boolean;
  /**
   * Never changes anything. What it throws counts as unknown.
   *
   * @param signal aborts when its time is over
   */
  readonly look: (patient: Patient, signal: AbortSignal) => Promise<Diagnosis>;
}

export const fine = (says: string): Diagnosis => ({ state: "fine", says });
export const missing = (says: string, mend: string): Diagnosis => ({ state: "missing", says, mend });
export const unknown = (says: string, mend?: string): Diagnosis => ({
  state: "unknown",
  says,
  ...(mend !== undefined && { mend }),
});

/** Runs checks side by side, none longer than its time. */
import { commandOutput } from "../../base/command-output";
import { DeadlineError, within } from "../../base/deadline";
import { findPulumi, NO_PULUMI } from "../../base/pulumi-cli";
import { redacted } from "../../base/secrets";
import { messageOf } from "../../base/user-error";
import type { StackConfiguration } from "../../offline/configuration";
import { deployed } from "../../offline/preview";
import type { Settings } from "../../stacks/settings";
import { type Diagnosis, type DoctorCheck, type Patient, unknown } from "./check";
import { DoctorError } from "./errors";
import { clusterOf } from "./kubernetes";

/** Seconds that one check may take. */
const MOST_SECONDS = 10;
/** Of what Pulumi's CLI prints. */
const MOST_BYTES = 4 * 2 ** 20;

/** What a check found, by its name. */
export interface Examined extends Diagnosis {
  readonly check: string;
  readonly title: string;
}

/**
 * @param seconds that each check may take; default 10
 * @returns a finding for each check that concerns the stack, in their order
 */
export function examine(
  checks: Readonly<Record<string, DoctorCheck>>,
  patient: Patient,
  seconds = MOST_SECONDS,
): Promise<Examined[]> {
  const all = Object.entries(checks).filter(([, { concerns }]) => concerns(patient));
  return Promise.all(
    all.map(async ([name, check]) => {
      const { says, ...found } = await looked(check, patient, seconds);
      return { check: name, title: check.title, ...found, says: redacted(says).split("\n")[0] ?? "" };
    }),
  );
}

async function looked({ title, look }: DoctorCheck, patient: Patient, seconds: number): Promise<Diagnosis> {
  try {
    const never = new AbortController().signal;
    return await within(seconds * 1000, title, (signal) => look(patient, signal), never);
  } catch (error) {
    if (error instanceof DeadlineError) return unknown(`no answer within ${seconds} s`);
    return unknown(`can't be told: ${messageOf(error)}`);
  }
}

/** Whatever several checks ask for is asked for once. */
function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  return () => {
    answer ??= ask();
    return answer;
  };
}

export function patientOf(
  folder: string,
  configuration: StackConfiguration,
  settings: Settings,
  env: NodeJS.ProcessEnv = process.env,
): Patient {
  const cli = findPulumi(folder)?.file;
  const never = AbortSignal.timeout(MOST_SECONDS * 1000);
  return {
    folder,
    configuration,
    settings,
    env,
    cli,
    async pulumi(words) {
      if (cli === undefined) throw new DoctorError(NO_PULUMI);
      return commandOutput([cli, ...words, "--non-interactive"], { folder, mostBytes: MOST_BYTES }, never);
    },
    declared: once(async () => {
      try {
        return await deployed(folder, configuration);
      } catch (error) {
        throw new DoctorError(`the program does not run: ${messageOf(error).split("\n")[0]}`);
      }
    }),
    cluster: once(() => clusterOf(configuration)),
  };
}

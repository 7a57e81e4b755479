/** What was found, in the program's words. */
import type { Properties, Value } from "../offline/values";
import { type Fate, unheardOf } from "./fates";

/** An app, as far as its settings say where to look. */
export interface WantedApp {
  readonly name: string;
  readonly host: string;
  readonly canaries: readonly { readonly name: string; readonly host?: string | undefined }[];
}

/** A resource of AWS's that one of the program's takes over. */
export interface FoundResource {
  readonly type: string;
  /** Logical name in the program. */
  readonly name: string;
  /** What Pulumi imports it by. */
  readonly id: string;
  /** Its inputs in the program's form, as far as they were read. */
  readonly live: Properties;
  /** Outputs that other resources take. */
  readonly outputs?: Properties;
}

/** Collects what is found, each thing once. */
export class Findings {
  readonly resources: FoundResource[] = [];
  /** By key path, what the settings have to say so that the program declares the same. */
  readonly settings = new Map<string, Value>();
  /** What no setting can express, one sentence each. */
  readonly notes: string[] = [];
  /** Command lines that somebody has to run before the rest can be taken over. */
  readonly commands: string[] = [];

  /** Takes a resource for one of the program's; what another has taken already is left to that. */
  take(resource: FoundResource): void {
    const taken = this.resources.find(({ type, id }) => type === resource.type && id === resource.id);
    if (taken === undefined) this.resources.push(resource);
    else
      this.notes.push(
        `${foundLabel(resource)}: ${resource.id} is ${foundLabel(taken)} already, so this one is made anew`,
      );
  }

  /** Notes what of AWS's answers is newer than this version. */
  unheardOf(label: string, answer: object, fates: Readonly<Record<string, Fate>>): void {
    const fields = unheardOf(answer, fates);
    if (fields.length > 0)
      this.notes.push(
        `${label}: has ${fields.join(", ")}, which this version does not know: look at it before and after the first update`,
      );
  }

  /** Sets a setting; the first value stands if apps differ. */
  set(path: string, value: Value | undefined): void {
    if (value === undefined) return;
    const before = this.settings.get(path);
    if (before === undefined) this.settings.set(path, value);
    else if (JSON.stringify(before) !== JSON.stringify(value))
      this.notes.push(
        `${path}: ${JSON.stringify(before)} at one place and ${JSON.stringify(value)} at another: the program has one`,
      );
  }
}

/** `LoadBalancer/myapp`, as the setting `adopt` names it. */
export const foundLabel = ({ type, name }: { type: string; name: string }): string =>
  `${type.split(":").at(-1)}/${name}`;

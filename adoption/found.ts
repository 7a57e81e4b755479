/** What was found, in the program's words. */
import { isDeepStrictEqual } from "node:util";
import type { Properties, Value } from "../offline/values";
import { fleetSettings, OWN_TAGS } from "../stacks/schema/fleet";
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

/** Keys of `aws` that an app may have of its own. */
const OWN: ReadonlySet<string> = new Set(Object.keys(fleetSettings));
const TOGETHER: Readonly<Record<string, readonly string[]>> = {
  amiId: ["canaryAmiId"],
  fleetSize: ["maxSize", "canarySize"],
};

/** Collects what is found, each thing once. */
export class Findings {
  /** Whose things are being found. */
  app = "";
  private readonly setBy = new Map<string, string>();
  private tags: Readonly<Record<string, string>> | undefined;
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

  /**
   * Sets a setting. The first value stands; a fleet of another app has its own beside it, if fleets can.
   *
   * @param path such as `aws.instanceType`
   */
  set(path: string, value: Value | undefined): void {
    if (value === undefined) return;
    const { at, before } = this.placeOf(path);
    if (before === undefined) {
      this.settings.set(at, value);
      this.setBy.set(at, this.app);
    } else if (!isDeepStrictEqual(before, value))
      this.notes.push(
        `${at}: ${JSON.stringify(before)} at one place and ${JSON.stringify(value)} at another: the program has one`,
      );
  }

  /** Where a setting of the app at hand is set, and what is there. */
  private placeOf(path: string): { at: string; before: Value | undefined } {
    const [, key = ""] = path.split(".");
    const isAnothers = this.settings.has(path) && this.setBy.get(path) !== this.app;
    const at = isAnothers && OWN.has(key) ? `apps.${this.app}.${path}` : path;
    return { at, before: this.settings.get(at) };
  }

  /** Notes the tags of one thing: what all have becomes `aws.tags`. */
  tag(tags: Readonly<Record<string, string>>): void {
    const shared = Object.entries(this.tags ?? tags).filter(([key, value]) => tags[key] === value);
    this.tags = Object.fromEntries(shared);
  }

  /** To be called once all is found. */
  complete(): void {
    for (const [at, value] of [...this.settings]) {
      const [, app, key] = /^apps\.([^.]+)\.aws\.(.*)$/.exec(at) ?? [];
      if (app === undefined || key === undefined) continue;
      if (isDeepStrictEqual(this.settings.get(`aws.${key}`), value)) {
        this.settings.delete(at);
        continue;
      }
      // An app of its own image, or size, does not take these of `aws`.
      for (const other of TOGETHER[key] ?? []) {
        const [ours, theirs] = [`apps.${app}.aws.${other}`, this.settings.get(`aws.${other}`)];
        if (!this.settings.has(ours) && theirs !== undefined) this.settings.set(ours, theirs);
      }
    }
    const tags = Object.entries(this.tags ?? {}).filter(([key]) => !OWN_TAGS.includes(key));
    if (tags.length > 0) this.settings.set("aws.tags", Object.fromEntries(tags));
  }
}

/** `LoadBalancer/myapp`, as the setting `adopt` names it. */
export const foundLabel = ({ type, name }: { type: string; name: string }): string =>
  `${type.split(":").at(-1)}/${name}`;

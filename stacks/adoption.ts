/** What was there before the program, and which of its resources take that over. */
import {
  type CustomResourceOptions,
  mergeOptions,
  type Resource,
  type ResourceTransformation,
} from "@pulumi/pulumi";
import { type Adoptable, adoptable } from "./adoptable";
import { keyPath, type Problem } from "./problems";

/** A resource that the program declares. */
interface Declared {
  readonly type: string;
  readonly name: string;
  readonly resource: Resource;
  readonly parent: Resource | undefined;
}

const DEPLOYMENT = "kubernetes:apps/v1:Deployment";

/**
 * The setting `adopt`, put into effect where each resource is made, whatever component makes it: the resource is imported
 * by its id and keeps the name that it has.
 *
 * Pulumi imports a resource once. As long as the setting stays, it refuses to replace that one
 * (`pkg/resource/deploy/step_generator.go` in pulumi/pulumi), and the name in the cloud stays the one that it was: without
 * the setting the program would give it another, by replacement.
 */
export class Adoption {
  private readonly ids: Readonly<Record<string, string>>;
  private readonly declared: Declared[] = [];
  private readonly wrong: Problem[] = [];
  /** Keys that had an effect. */
  private readonly used = new Set<string>();

  /** @param ids what to take over: id in the cloud by `NAME`, `KIND/NAME` or `TYPE/NAME` of a resource */
  constructor(ids: Readonly<Record<string, string>>) {
    this.ids = ids;
  }

  /** To be registered before the first resource is made. */
  readonly transformation: ResourceTransformation = ({ resource, type, name, props, opts }) => {
    if (!/^(aws|kubernetes):/.test(type) || Object.keys(this.ids).length === 0) return undefined;
    this.declared.push({ type, name, resource, parent: opts.parent });
    const key = keysOf({ type, name }).find((each) => Object.hasOwn(this.ids, each));
    const id = key === undefined ? undefined : this.ids[key];
    if (key === undefined || id === undefined) return undefined;
    this.used.add(key);
    const { import: theirs }: CustomResourceOptions = opts;
    if (theirs !== undefined)
      this.wrong.push({ key: pathOf(key), value: id, allowed: "no entry, as the app's existing has it" });
    const rules = adoptable(type, props);
    if (!rules.id.test(id)) this.wrong.push({ key: pathOf(key), value: id, allowed: rules.allowed });
    const options = { ...importing(id, rules), dependsOn: this.podsOf(type, name, opts.parent) };
    return { props: { ...props, ...rules.given(id) }, opts: mergeOptions(opts, options) };
  };

  /** What a Service that leads to others' pods waits for before its update leads it to the program's: that they are ready. */
  private podsOf(type: string, name: string, parent: Resource | undefined): Resource[] {
    if (type !== "kubernetes:core/v1:Service") return [];
    return this.declared
      .filter((each) => each.type === DEPLOYMENT && each.name === name && each.parent === parent)
      .map(({ resource }) => resource);
  }

  /** Once all resources are declared: the entries of no resource, or of several, or with an id that its type can't have. */
  problems(): Problem[] {
    const known = this.declared.map((each) => this.shortest(each));
    return Object.entries(this.ids).flatMap(([key, id]): Problem[] => {
      const [first, ...others] = this.named(key);
      if (first === undefined) return [{ key: pathOf(key), name: key, known }];
      if (!this.used.has(key)) return [{ key: pathOf(key), value: id, allowed: "one entry for a resource" }];
      if (others.length === 0) return this.wrong.filter((problem) => problem.key === pathOf(key));
      const each = [first, ...others].map((declared) => this.shortest(declared));
      return [{ key: pathOf(key), value: id, allowed: `as a key, one of ${each.join(", ")}` }];
    });
  }

  private named(key: string): Declared[] {
    return this.declared.filter((declared) => keysOf(declared).includes(key));
  }

  /** The shorter of a resource's keys with its kind that is its alone. */
  private shortest(declared: Declared): string {
    const [, byKind, byType] = keysOf(declared);
    return this.named(byKind).length === 1 ? byKind : byType;
  }
}

/** What an entry of a resource may be called. */
function keysOf({
  type,
  name,
}: Pick<Declared, "type" | "name">): [byName: string, byKind: string, byType: string] {
  return [name, `${type.split(":").at(-1)}/${name}`, `${type}/${name}`];
}

const pathOf = (key: string): string => keyPath(["adopt", key]);

const importing = (id: string, { keeps }: Adoptable) => ({
  import: id,
  ...(keeps.length > 0 && { ignoreChanges: [...keeps] }),
});

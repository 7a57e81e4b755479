/** The URNs that a resource may have had before: `generateAliases` in pulumi/pulumi's step_generator.go. */
import { inheritedAlias, makeUrn, nameOf, STACK_TYPE, typeOf } from "./state";

/** How a program names a resource's former self. */
export type Alias =
  | string
  | { name?: string; type?: string; stack?: string; project?: string; parent?: string; noParent?: boolean };

interface Aliased {
  readonly type: string;
  readonly name: string;
  readonly parent?: string;
  readonly aliases: readonly Alias[];
}

/**
 * Every URN that the resource's own aliases give it, and its parent's multiplied into them.
 *
 * @param parentAlias the former URN by which the parent was found
 */
export function formerUrns(
  project: string,
  stack: string,
  urn: string,
  { name, type, parent, aliases }: Aliased,
  parentAlias: string | undefined,
): string[] {
  const own = aliases.map((alias): string => {
    if (typeof alias === "string") return alias;
    const above = alias.noParent ? undefined : (alias.parent ?? parent);
    return makeUrn(
      alias.stack ?? stack,
      alias.project ?? project,
      alias.type ?? type,
      alias.name ?? name,
      above === undefined || typeOf(above) === STACK_TYPE ? undefined : above,
    );
  });
  if (parent === undefined || parentAlias === undefined) return own;
  return [...own, ...[urn, ...own].map((child) => inheritedAlias(child, nameOf(parent), parentAlias))];
}

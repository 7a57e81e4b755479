/** Tags of a team's own on all that a component makes. */
import type { GroupArgs } from "@pulumi/aws/autoscaling/group";
import type { LaunchTemplateArgs } from "@pulumi/aws/ec2/launchTemplate";
import type { ComponentResourceOptions, ResourceTransformation } from "@pulumi/pulumi";
import { awsTypes } from "./types";

/** By key. */
export type OwnTags = Readonly<Record<string, string>>;

/** Types that AWS, or its provider, takes no tags for. */
const UNTAGGED: readonly string[] = [
  awsTypes.record,
  awsTypes.scalingPolicy,
  "aws:autoscaling/lifecycleHook:LifecycleHook",
  "aws:iam/rolePolicy:RolePolicy",
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
];

/** What comes with an instance and has tags by its launch template alone; the instance has those of its group. */
const WITH_INSTANCES = ["volume", "network-interface"];

/**
 * A component's options by which each of its resources that can have tags has these, and its instances and their volumes, too.
 * Tags that the component gives itself stay.
 */
export function withTags(
  tags: OwnTags | undefined,
  opts: ComponentResourceOptions | undefined,
): ComponentResourceOptions | undefined {
  if (tags === undefined || Object.keys(tags).length === 0) return opts;
  const tagging: ResourceTransformation = ({ type, props, opts: own }) =>
    type.startsWith("aws:") && !UNTAGGED.includes(type)
      ? { props: { ...props, ...tagged(type, props, tags) }, opts: own }
      : undefined;
  return { ...opts, transformations: [...(opts?.transformations ?? []), tagging] };
}

function tagged(type: string, props: Record<string, unknown>, tags: OwnTags): Record<string, unknown> {
  switch (type) {
    case awsTypes.group: {
      const own = (props as unknown as GroupArgs).tags as readonly { readonly key: string }[];
      const further = Object.entries(tags).filter(([name]) => !own.some(({ key }) => key === name));
      return {
        tags: [...own, ...further.map(([key, value]) => ({ key, value, propagateAtLaunch: true }))],
      };
    }
    case awsTypes.launchTemplate:
      return {
        tags,
        tagSpecifications: WITH_INSTANCES.map((resourceType) => ({ resourceType, tags })),
      } satisfies LaunchTemplateArgs;
    default:
      return { tags: { ...tags, ...(props.tags as object | undefined) } };
  }
}

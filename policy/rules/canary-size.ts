import { awsTypes } from "../../components/aws/types";
import { UNKNOWN, type Value } from "../../offline/values";
import type { ResourceRule } from "../rule";

/** A canary's group that can grow would bring a bad version to more users as soon as it is slow. */
export const canarySize: ResourceRule = {
  needs: "resources",
  severity: "mandatory",
  description: "A canary's Auto Scaling group can't grow: its maximum is the desired capacity",
  check: ({ resources }) =>
    resources
      .filter(({ type, props }) => type === awsTypes.group && isCanary(props.tags))
      .filter(({ props }) => props.maxSize !== props.desiredCapacity && props.maxSize !== UNKNOWN)
      .map(({ urn, name, props: { maxSize, desiredCapacity } }) => ({
        urn,
        message:
          desiredCapacity === undefined
            ? `Group ${name} has no desiredCapacity; set it to its maxSize, ${maxSize}`
            : `Group ${name} may grow from ${desiredCapacity} to ${maxSize} instances; a canary's group may not grow: give it one size`,
      })),
};

const isCanary = (tags: Value | undefined): boolean =>
  Array.isArray(tags) && (tags as { key?: string; value?: string }[]).some(isCanaryTag);

const isCanaryTag = ({ key, value }: { key?: string; value?: string }): boolean =>
  key === "track" && value === "canary";

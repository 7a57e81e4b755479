/** What listeners and their rules do with requests, by AWS. */
import type { Action, RuleCondition } from "@aws-sdk/client-elastic-load-balancing-v2";
import { awsTypes } from "../components/aws/types";
import type { ResourceState } from "../offline/state";
import { type Properties, valueAt } from "../offline/values";
import type { Account } from "./account";
import { texts } from "./matching";
import { hasStandIn } from "./stand-ins";

/** A listener or a rule of one, as it is. */
export interface LiveRoute {
  /** Its ARN. */
  readonly id: string;
  readonly actions: readonly Action[];
}

/**
 * Finds a declared listener or rule; undefined if it is not there, or what it belongs to is not.
 *
 * @param inputs all that is known of them
 * @param id its ARN, if that is known; else listeners are known by their ports and rules by their hosts
 */
export async function liveRoute(
  { type, inputs }: Pick<ResourceState, "type" | "inputs">,
  id: string | undefined,
  account: Pick<Account, "listeners" | "listenerRules">,
): Promise<LiveRoute | undefined> {
  const isRule = type === awsTypes.listenerRule;
  const of = isRule ? inputs.listenerArn : inputs.loadBalancerArn;
  if (typeof of !== "string" || hasStandIn({ of })) return undefined;
  if (isRule) {
    const rules = await account.listenerRules(of);
    const found = rules.find(({ RuleArn, Conditions }) =>
      id === undefined ? hasHosts(Conditions, inputs) : RuleArn === id,
    );
    return found && routeOf(found.RuleArn, found.Actions);
  }
  const listeners = await account.listeners(of);
  const found = listeners.find(({ ListenerArn, Port }) =>
    id === undefined ? Port === inputs.port : ListenerArn === id,
  );
  return found && routeOf(found.ListenerArn, found.DefaultActions);
}

const routeOf = (id = "", actions: readonly Action[] = []): LiveRoute => ({ id, actions });

function hasHosts(conditions: readonly RuleCondition[] = [], inputs: Properties): boolean {
  const declared = texts(valueAt(inputs, "conditions[0].hostHeader.values"));
  const [first, ...others] = conditions;
  const { HostHeaderConfig: { Values = [] } = {} } = first ?? {};
  return others.length === 0 && String([...Values].sort()) === String([...declared].sort());
}

/** What listeners and their rules do with requests, by AWS. */
import type { Action, Rule } from "@aws-sdk/client-elastic-load-balancing-v2";
import { expressionOf } from "../base/patterns";
import { awsTypes } from "../components/aws/types";
import type { ResourceState } from "../offline/state";
import { type Properties, valueAt } from "../offline/values";
import type { Account } from "./account";
import { targetGroupWeights, texts } from "./matching";
import { hasStandIn } from "./stand-ins";

/** A listener or a rule of one, as it is. */
export interface LiveRoute {
  /** Its ARN. */
  readonly id: string;
  readonly actions: readonly Action[];
  /** Priority of the first rule before it that takes all requests for one of its hosts. */
  readonly hiddenBy?: string | undefined;
}

/**
 * Finds a declared listener or rule; undefined if it is not there, or what it belongs to is not.
 *
 * @param inputs all that is known of them
 * @param id its ARN, if that is known; else listeners are known by their ports and rules by hosts and target groups
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
    const found = id === undefined ? likest(rules, inputs) : rules.find(({ RuleArn }) => RuleArn === id);
    return found && { ...routeOf(found.RuleArn, found.Actions), hiddenBy: hiding(rules, found) };
  }
  const listeners = await account.listeners(of);
  const found = listeners.find(({ ListenerArn, Port }) =>
    id === undefined ? Port === inputs.port : ListenerArn === id,
  );
  return found && routeOf(found.ListenerArn, found.DefaultActions);
}

const routeOf = (id = "", actions: readonly Action[] = []): LiveRoute => ({ id, actions });

/** The rule for these hosts that forwards to most of the declared target groups: one of others' forwards to one alone. */
function likest(rules: readonly Rule[], inputs: Properties): Rule | undefined {
  const hosts = texts(valueAt(inputs, "conditions[0].hostHeader.values"));
  const declared = targetGroupWeights(inputs.actions);
  const least = Math.min(2, declared.size);
  const [found] = rules
    .filter((rule) => String(onlyHosts(rule)?.sort()) === String(hosts.sort()))
    .map((rule) => {
      const groups = (rule.Actions ?? []).flatMap(({ ForwardConfig }) => ForwardConfig?.TargetGroups ?? []);
      return {
        rule,
        common: groups.filter(({ TargetGroupArn = "" }) => declared.has(TargetGroupArn)).length,
      };
    })
    .filter(({ common }) => common >= least)
    .sort((a, b) => b.common - a.common);
  return found?.rule;
}

/** The hosts that a rule is for, if it asks for nothing else. */
function onlyHosts({ Conditions: [first, ...others] = [] }: Rule): string[] | undefined {
  const hosts = first?.HostHeaderConfig?.Values;
  return hosts === undefined || others.length > 0 ? undefined : [...hosts];
}

function hiding(rules: readonly Rule[], own: Rule): string | undefined {
  const hosts = onlyHosts(own) ?? [];
  const [first] = rules
    .filter(({ Priority }) => Number(Priority) < Number(own.Priority))
    .filter((rule) => onlyHosts(rule)?.some((pattern) => hosts.some((host) => covers(pattern, host))))
    .sort((a, b) => Number(a.Priority) - Number(b.Priority));
  return first?.Priority;
}

/** Whether an ALB's pattern for hosts, in which `*` stands for any text and `?` for one letter, matches a host. */
const covers = (pattern: string, host: string): boolean =>
  new RegExp(`^${expressionOf(pattern).replaceAll("\\?", ".")}$`, "i").test(host);

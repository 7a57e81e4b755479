import { isProvider } from "../state";
import { aws } from "./aws";
import { kubernetes } from "./kubernetes";
import { type ProviderModel, unknownProvider } from "./model";
import { providerItself } from "./provider";

/** The model of the provider that a resource type belongs to. */
export function modelOf(type: string): ProviderModel {
  if (isProvider(type)) return providerItself;
  if (type.startsWith("kubernetes:")) return kubernetes;
  if (type.startsWith("aws:")) return aws;
  return unknownProvider;
}

export type { ProviderModel } from "./model";

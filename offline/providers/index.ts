import { isProvider } from "../state";
import { awsModel } from "./aws";
import { kubernetesModel } from "./kubernetes";
import { type ProviderModel, unknownProvider } from "./model";
import { providerItself } from "./provider";

/** The model of the provider that a resource type belongs to. */
export function modelOf(type: string): ProviderModel {
  if (isProvider(type)) return providerItself;
  if (type.startsWith("kubernetes:")) return kubernetesModel;
  if (type.startsWith("aws:")) return awsModel;
  return unknownProvider;
}

export type { ProviderModel } from "./model";

/** What a plugin answers of its own configuration: explicit providers are resources, too. */
import { diffProperties } from "../diff";
import { type ProviderModel, unknownProvider } from "./model";

/** What the engine adds to a provider's inputs. */
const ADDED = ["version", "__internal", "pluginDownloadURL"];

/** `DiffConfig` in provider.go of pulumi-kubernetes v4.28.0, without its comparison of clusters behind kubeconfigs. */
const REPLACING = ["clusterIdentifier", "renderYamlToDirectory"];

export const providerItself: ProviderModel = {
  ...unknownProvider,
  check({ inputs }, old) {
    const kept = ADDED.flatMap((key) => (old?.inputs[key] === undefined ? [] : [[key, old.inputs[key]]]));
    return { ...Object.fromEntries(kept), ...inputs };
  },
  diff: (old, inputs) => ({
    detailed: diffProperties(old.inputs, inputs, { replaces: (path) => REPLACING.includes(path) }),
    deleteBeforeReplace: false,
  }),
};

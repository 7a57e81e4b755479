/** What lets nodes into an EKS cluster. */
import { CreateAccessEntryCommand } from "@aws-sdk/client-eks";
import type { AccessEntryArgs } from "@pulumi/aws/eks/accessEntry";
import { type Translator, translator } from "./translation";

const accessEntry = translator<AccessEntryArgs>({
  sample: { id: "cluster:role" },
  translate: ({ clusterName, principalArn, type, kubernetesGroups, userName, tags }) => ({
    create: {
      service: "eks",
      command: new CreateAccessEntryCommand({
        clusterName,
        principalArn,
        type,
        kubernetesGroups,
        username: userName,
        tags,
      }),
    },
    outputs: () => ({ id: `${clusterName}:${principalArn}` }),
  }),
});

export const eksTranslators: Readonly<Record<string, Translator>> = {
  "aws:eks/accessEntry:AccessEntry": accessEntry,
};

/** Roles, their policies and instance profiles. */
import {
  AddRoleToInstanceProfileCommand,
  AttachRolePolicyCommand,
  CreateInstanceProfileCommand,
  type CreateInstanceProfileResponse,
  CreateRoleCommand,
  type CreateRoleResponse,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import type { InstanceProfileArgs } from "@pulumi/aws/iam/instanceProfile";
import type { RoleArgs } from "@pulumi/aws/iam/role";
import type { RolePolicyArgs } from "@pulumi/aws/iam/rolePolicy";
import type { RolePolicyAttachmentArgs } from "@pulumi/aws/iam/rolePolicyAttachment";
import type { ApiRequest } from "../api";
import { type Translator, tagList, translator } from "./translation";

const iam = (command: ApiRequest["command"]): ApiRequest => ({ service: "iam", command });

/** Policies are texts to AWS, and may be objects to the provider. */
const document = (policy: unknown): string => (typeof policy === "string" ? policy : JSON.stringify(policy));

const role = translator<RoleArgs>({
  sample: { id: "role", name: "role", arn: "arn:aws:iam::123456789012:role/role" },
  translate: ({ name, assumeRolePolicy, description, path, managedPolicyArns, tags }) => ({
    create: iam(
      new CreateRoleCommand({
        RoleName: name,
        AssumeRolePolicyDocument: document(assumeRolePolicy),
        Description: description,
        Path: path,
        ...(tags && { Tags: tagList(tags) }),
      }),
    ),
    outputs: (answer) => ({
      id: name ?? "",
      name: name ?? "",
      arn: (answer as CreateRoleResponse).Role?.Arn ?? "",
    }),
    after: () =>
      (managedPolicyArns ?? []).map((PolicyArn) =>
        iam(new AttachRolePolicyCommand({ RoleName: name, PolicyArn })),
      ),
  }),
});

const rolePolicy = translator<RolePolicyArgs>({
  sample: { id: "role:policy" },
  translate: ({ name, role, policy }) => ({
    create: iam(
      new PutRolePolicyCommand({
        RoleName: String(role),
        PolicyName: name,
        PolicyDocument: document(policy),
      }),
    ),
    outputs: () => ({}),
  }),
});

const rolePolicyAttachment = translator<RolePolicyAttachmentArgs>({
  sample: { id: "attachment" },
  translate: ({ role, policyArn }) => ({
    create: iam(new AttachRolePolicyCommand({ RoleName: String(role), PolicyArn: policyArn })),
    outputs: () => ({}),
  }),
});

const instanceProfile = translator<InstanceProfileArgs>({
  sample: { id: "profile", name: "profile", arn: "arn:aws:iam::123456789012:instance-profile/profile" },
  translate: ({ name, role, path, tags }) => ({
    create: iam(
      new CreateInstanceProfileCommand({
        InstanceProfileName: name,
        Path: path,
        ...(tags && { Tags: tagList(tags) }),
      }),
    ),
    outputs: (answer) => ({
      id: name ?? "",
      name: name ?? "",
      arn: (answer as CreateInstanceProfileResponse).InstanceProfile?.Arn ?? "",
    }),
    after: () =>
      role === undefined
        ? []
        : [iam(new AddRoleToInstanceProfileCommand({ InstanceProfileName: name, RoleName: String(role) }))],
  }),
});

export const iamTranslators: Readonly<Record<string, Translator>> = {
  "aws:iam/role:Role": role,
  "aws:iam/rolePolicy:RolePolicy": rolePolicy,
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment": rolePolicyAttachment,
  "aws:iam/instanceProfile:InstanceProfile": instanceProfile,
};

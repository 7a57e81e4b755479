import type { ResourceRule } from "../rule";

export const expiredWaivers: ResourceRule = {
  needs: "resources",
  severity: "advisory",
  ofSettings: true,
  description: "No waiver has run out",
  check: (_, { waivers }, today) =>
    waivers
      .filter(({ until }) => until < today)
      .map(({ rule, resource, until }) => ({
        message: `the waiver of ${rule} for ${resource} ran out on ${until}; set a later date, or remove the waiver`,
      })),
};

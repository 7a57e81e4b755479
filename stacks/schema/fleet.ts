import { z } from "zod";
import { integer, text } from "../../components/fields";

/** The root volume of instances: gp3, encrypted. */
export const rootBlockDevice = z.strictObject({
  /** The image's root device, its RootDeviceName; by another name the keys here would be a second, empty volume's; default /dev/xvda. */
  deviceName: text(/^\/dev\/[a-z][a-z0-9]{1,15}$/, "a device such as /dev/sda1").optional(),
  /** GiB, no less than the image's; default the image's. */
  volumeSize: integer(1, 65_536, "GiB").optional(),
  /** Id, alias or ARN of the key that encrypts it; default the account's default key. */
  kmsKeyId: text(
    /^(arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:(key|alias)\/[\w/-]+|alias\/[\w/-]+|(mrk-)?[0-9a-f-]{32,36})$/,
    "the id, the alias or the ARN of a key of KMS",
  ).optional(),
});

const codes = "codes such as 200, 200-299 or 200,204";

/** How load balancers tell whether an instance can serve, beside `healthPath`. */
export const healthCheck = z.strictObject({
  /** Port that is asked; default the app's. */
  port: integer(1, 65_535).optional(),
  /** ALB, NLB: codes of a healthy answer, such as 200-299 or 200,204; default 200. */
  matcher: z
    .preprocess(
      (value) => (typeof value === "number" ? String(value) : value),
      text(/^[2-5]\d\d(-[2-5]\d\d)?(,[2-5]\d\d(-[2-5]\d\d)?)*$/, codes),
    )
    .optional(),
  /** Seconds between two checks; default 10. */
  interval: integer(5, 300, "seconds").optional(),
  /** Seconds that an answer may take, less than `interval`; default 5. */
  timeout: integer(2, 60, "seconds").optional(),
  /** Good checks in a row after which an instance is in service; default 2. */
  healthyThreshold: integer(2, 10).optional(),
  /** Bad checks in a row after which it is out of service; default 2. */
  unhealthyThreshold: integer(2, 10).optional(),
});

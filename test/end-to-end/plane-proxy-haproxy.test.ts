import { planes } from "./planes";
import { claimsOf } from "./planes/claims";
import { stickyOf } from "./planes/sticky";

claimsOf(planes["proxy-haproxy"]);
stickyOf(planes["proxy-haproxy"], "sticky-proxy-haproxy");

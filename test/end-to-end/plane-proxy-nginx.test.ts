import { planes } from "./planes";
import { claimsOf } from "./planes/claims";
import { stickyOf } from "./planes/sticky";

claimsOf(planes["proxy-nginx"]);
stickyOf(planes["proxy-nginx"], "sticky-proxy-nginx");

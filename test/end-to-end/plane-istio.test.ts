import { planes } from "./planes";
import { claimsOf } from "./planes/claims";
import { istioOwn } from "./planes/istio-own";
import { limitsOf } from "./planes/limits";
import { pathsOf } from "./planes/paths";
import { stickyOf } from "./planes/sticky";
import { switchesOf } from "./planes/switch";

claimsOf(planes.istio);
limitsOf(planes.istio, "limits-istio");
pathsOf(planes.istio, "paths-istio");
stickyOf(planes.istio, "sticky-istio");
istioOwn();
switchesOf(planes.istio, "moving-istio");

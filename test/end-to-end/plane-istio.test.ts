import { planes } from "./planes";
import { claimsOf } from "./planes/claims";
import { limitsOf } from "./planes/limits";
import { pathsOf } from "./planes/paths";

claimsOf(planes.istio);
limitsOf(planes.istio, "limits-istio");
pathsOf(planes.istio, "paths-istio");

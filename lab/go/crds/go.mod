module canary-traffic/lab/crds

go 1.26.0

require (
	github.com/apache/apisix-ingress-controller v1.8.4
	github.com/argoproj/argo-rollouts v1.9.0
	github.com/openshift/api v0.0.0-20251015095338-264e80a2b6e7
	github.com/projectcontour/contour v1.33.8
	istio.io/api v1.31.1
	sigs.k8s.io/gateway-api v1.5.1
)

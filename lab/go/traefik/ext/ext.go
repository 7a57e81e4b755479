// Package ext stands in for Traefik's extension point of the dynamic configuration, which is empty in the open version.
package ext

// HTTP extends the HTTP section: nothing.
type HTTP struct{}

// Router extends a router: nothing.
type Router struct{}

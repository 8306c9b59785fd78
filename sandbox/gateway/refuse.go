package gateway

import "assetguard/sandbox/api"

// Refuse draws among the faults that are set for something that is no call, as a step of an image's build: by its
// service and operation, as for a call. It tells with which code that fails.
func (g *Gateway) Refuse(c *api.Call) (code string, refused bool) {
	fault := g.injected.draw(c)
	if fault == nil {
		return "", false
	}
	g.calls.noteInjected(c, fault.Status)
	return fault.Code, true
}

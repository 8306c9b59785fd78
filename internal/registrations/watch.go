package registrations

import (
	"context"
	"sync"
	"time"

	"assetguard/internal/policygate"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/internals"
)

// Watch collects what a program registers.
type Watch struct {
	ctx    *pulumi.Context
	refuse func(policygate.Resource) error

	mu      sync.Mutex
	begun   []pulumi.Resource     // registered by this process
	seen    []policygate.Resource // as the engine sees them
	waiting bool                  // Wait has not returned
}

// New watches a program from here on: call it before the program registers anything. refuse is asked about every
// resource before it is registered, with late for one that comes after Wait has returned; its error stops the
// registration. It is called from several goroutines.
func New(ctx *pulumi.Context, refuse func(r policygate.Resource, late bool) error) (*Watch, error) {
	w := &Watch{ctx: ctx, waiting: true}
	w.refuse = func(r policygate.Resource) error {
		w.mu.Lock()
		late := !w.waiting
		w.seen = append(w.seen, r)
		w.mu.Unlock()
		return refuse(r, late)
	}
	if err := ctx.RegisterStackTransformation(w.note); err != nil {
		return nil, err
	}
	return w, ctx.RegisterResourceTransform(w.inspect)
}

// note keeps a resource that this process is about to register.
func (w *Watch) note(args *pulumi.ResourceTransformationArgs) *pulumi.ResourceTransformationResult {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.begun = append(w.begun, args.Resource)
	return nil
}

// inspect is asked by the engine. It changes nothing: a refused resource gets an input that cannot be had, which is
// the only way for a transform to fail a registration.
func (w *Watch) inspect(ctx context.Context, args *pulumi.ResourceTransformArgs) *pulumi.ResourceTransformResult {
	if args.Type == string(resource.RootStackType) { // begun before the program was
		return nil
	}
	r := w.resource(ctx, args)
	err := w.refuse(r)
	if err == nil {
		return nil
	}
	refused, _, reject := w.ctx.NewOutput()
	reject(err)
	return &pulumi.ResourceTransformResult{Props: pulumi.Map{"refused": refused}, Opts: args.Opts}
}

// Wait returns all that was registered, once the engine has answered every registration that the program began.
// What is registered by a callback of an output (ApplyT) may come later: that is late.
func (w *Watch) Wait() []policygate.Resource {
	for done := 0; ; {
		w.mu.Lock()
		begun := w.begun[done:]
		if len(begun) == 0 {
			w.waiting = false
			defer w.mu.Unlock()
			return w.seen
		}
		w.mu.Unlock()
		for _, r := range begun {
			w.settle(r)
		}
		done += len(begun)
	}
}

// settle waits for the engine's answer about a resource. A registration that failed has answered too; Pulumi reports
// it.
func (w *Watch) settle(r pulumi.Resource) {
	// A resource that a callback registers at this moment gets its outputs only after it was noted.
	for r.URN() == (pulumi.URNOutput{}) {
		time.Sleep(time.Millisecond)
	}
	_, _ = internals.UnsafeAwaitOutput(w.ctx.Context(), r.URN())
}

package supplement

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"assetguard/sandbox/api"

	"github.com/google/uuid"
)

// build is one build of an image.
type build struct {
	image    map[string]any // as GetImage shows it
	region   string
	began    time.Time
	pipeline string
	bucket   string // of logs; "" when the infrastructure configuration names none
	prefix   string
	flows    []*flow
	stopped  bool // by CancelImageCreation
}

// flow is a workflow of a build, and step a step of it, as the API shows them.
type flow struct {
	id, kind, status string
	began, ended     string
	steps            []*step
}

type step struct {
	id, name, action, status, message string
	began, ended                      string
}

// The workflows of a build: how an image's state is called while one runs, and its steps.
// https://docs.aws.amazon.com/imagebuilder/latest/userguide/wfdoc-step-actions.html
var builderFlows = []struct {
	kind, state string
	steps       [][2]string // name, action
}{
	{"BUILD", "BUILDING", [][2]string{
		{"LaunchBuildInstance", "LaunchInstance"}, {"ApplyBuildComponents", "ExecuteComponents"},
		{"InventoryCollection", "CollectImageMetadata"}, {"RunSanitizeScript", "SanitizeInstance"},
		{"CreateOutputAMI", "CreateImage"}, {"TerminateBuildInstance", "TerminateInstance"},
	}},
	{"TEST", "TESTING", [][2]string{
		{"LaunchTestInstance", "LaunchInstance"}, {"CollectImageScanFindings", "CollectImageScanFindings"},
		{"ApplyTestComponents", "ExecuteTestComponents"}, {"TerminateTestInstance", "TerminateInstance"},
	}},
	{"DISTRIBUTION", "DISTRIBUTING", [][2]string{{"DistributeOutputAMI", "DistributeImage"}}},
}

func (b *imageBuilder) buildHandlers() map[string]api.Handler {
	return map[string]api.Handler{
		"StartImagePipelineExecution": b.locked(b.start), "CreateImage": b.locked(b.createImage),
		"GetImage": b.locked(b.getImage), "DeleteImage": b.locked(b.deleteImage), "CancelImageCreation": b.locked(b.cancel),
		"ListImages": b.locked(b.listImages), "ListImageBuildVersions": b.locked(b.listImageBuilds), "ListImagePipelineImages": b.locked(b.listPipelineImages),
		"ListWorkflowExecutions": b.locked(b.listFlows), "ListWorkflowStepExecutions": b.locked(b.listSteps),
		"GetWorkflowExecution": b.locked(b.getFlow), "GetWorkflowStepExecution": b.locked(b.getStep),
		"ListImageScanFindingAggregations": b.locked(b.aggregateFindings), "ListImageScanFindings": b.locked(b.listFindings),
		"ListImagePackages": b.locked(b.listPackages), "ListLifecycleExecutions": b.locked(b.listLifecycles),
	}
}

func (b *imageBuilder) start(c *api.Call) (any, error) {
	pipeline := b.kept[text(c, "imagePipelineArn")]
	if pipeline == nil {
		return nil, refused("ResourceNotFoundException", http.StatusNotFound, "The resource ImagePipeline '"+text(c, "imagePipelineArn")+"' cannot be found.")
	}
	if pipeline["status"] == "DISABLED" {
		return nil, refused("InvalidRequestException", http.StatusBadRequest, "The image pipeline is disabled")
	}
	arn, err := b.begin(c.Region, pipeline, text(c, "imagePipelineArn"))
	pipeline["dateLastRun"] = now()
	return map[string]any{"requestId": "r", "clientToken": text(c, "clientToken"), "imageBuildVersionArn": arn}, err
}

func (b *imageBuilder) createImage(c *api.Call) (any, error) {
	arn, err := b.begin(c.Region, c.Input, "")
	return map[string]any{"requestId": "r", "clientToken": text(c, "clientToken"), "imageBuildVersionArn": arn}, err
}

// begin starts a build by what names its parts: a pipeline, or the parameters of CreateImage.
func (b *imageBuilder) begin(region string, by map[string]any, pipeline string) (string, error) {
	part := func(key string) map[string]any {
		arn, _ := by[key].(string)
		return b.kept[arn]
	}
	recipe, infrastructure, distribution := part("imageRecipeArn"), part("infrastructureConfigurationArn"), part("distributionConfigurationArn")
	if recipe == nil || infrastructure == nil {
		return "", refused("InvalidParameterException", http.StatusBadRequest, "The recipe or the infrastructure configuration cannot be found")
	}
	version := fmt.Sprintf("image/%s/%v", strings.ToLower(fmt.Sprint(recipe["name"])), recipe["version"])
	number := 1
	for b.builds[b.arn(region, fmt.Sprintf("%s/%d", version, number))] != nil {
		number++
	}
	arn := b.arn(region, fmt.Sprintf("%s/%d", version, number))
	made := &build{region: region, pipeline: pipeline, began: time.Now(), image: map[string]any{
		"arn": arn, "name": recipe["name"], "version": fmt.Sprintf("%v/%d", recipe["version"], number), "type": "AMI", "platform": "Linux",
		"state": map[string]any{"status": "PENDING"}, "imageRecipe": maps.Clone(recipe), "infrastructureConfiguration": maps.Clone(infrastructure),
		"dateCreated": now(), "buildType": "USER_INITIATED", "tags": map[string]any{}, "owner": b.AccountID,
		"outputResources": map[string]any{"amis": []any{}}, "imageTestsConfiguration": by["imageTestsConfiguration"],
		"scanState": map[string]any{"status": "PENDING"},
	}}
	if distribution != nil {
		made.image["distributionConfiguration"] = maps.Clone(distribution)
	}
	if pipeline != "" {
		made.image["sourcePipelineArn"], made.image["sourcePipelineName"] = pipeline, by["name"]
	}
	made.bucket, made.prefix = logsOf(infrastructure)
	for _, f := range builderFlows {
		running := &flow{id: "wf-" + uuid.NewString(), kind: f.kind, status: "PENDING"}
		for _, s := range f.steps {
			running.steps = append(running.steps, &step{id: "step-" + uuid.NewString(), name: s[0], action: s[1], status: "PENDING"})
		}
		made.flows = append(made.flows, running)
	}
	b.builds[arn] = made
	go b.run(made, arn)
	return arn, nil
}

func logsOf(infrastructure map[string]any) (bucket, prefix string) {
	logging, _ := infrastructure["logging"].(map[string]any)
	logs, _ := logging["s3Logs"].(map[string]any)
	bucket, _ = logs["s3BucketName"].(string)
	prefix, _ = logs["s3KeyPrefix"].(string)
	return bucket, prefix
}

// run walks a build through its workflows. It ends with the process: what it calls fails then.
func (b *imageBuilder) run(made *build, arn string) {
	ctx := context.Background()
	work := &workshop{imageBuilder: b, build: made, arn: arn}
	for n, f := range made.flows {
		b.state(ctx, made, arn, builderFlows[n].state, "")
		b.mark(func() { f.status, f.began = "RUNNING", now() })
		for _, s := range f.steps {
			b.mark(func() { s.status, s.began = "RUNNING", now() })
			time.Sleep(b.Stage)
			if err := b.step(ctx, work, s); err != nil {
				b.fail(ctx, work, f, s, err)
				return
			}
			b.mark(func() { s.status, s.ended = "COMPLETED", now() })
		}
		b.mark(func() { f.status, f.ended = "COMPLETED", now() })
	}
	b.state(ctx, made, arn, "AVAILABLE", "")
	work.notify(ctx)
}

// step does a step, unless a fault is set for its action or somebody cancelled.
func (b *imageBuilder) step(ctx context.Context, work *workshop, s *step) error {
	b.mu.Lock()
	stopped := work.build.stopped
	b.mu.Unlock()
	if stopped {
		return errCancelled
	}
	if b.Refuse != nil {
		if code, refused := b.Refuse(&api.Call{Service: "imagebuilder", Operation: s.action, Region: work.build.region}); refused {
			err := fmt.Errorf("step %s failed: %s: sandbox: refused by a fault that was set", s.name, code)
			work.log(ctx, s, "Phase failed: "+err.Error())
			return err
		}
	}
	return work.do(ctx, s)
}

var errCancelled = fmt.Errorf("the build was cancelled")

func (b *imageBuilder) fail(ctx context.Context, work *workshop, f *flow, s *step, err error) {
	status := "FAILED"
	if err == errCancelled { //nolint:errorlint // it is never wrapped
		status = "CANCELLED"
	}
	b.mark(func() {
		s.status, s.ended, s.message = status, now(), err.Error()
		f.status, f.ended = status, now()
		for _, later := range work.build.flows {
			for _, one := range later.steps {
				if one.status == "PENDING" {
					one.status = "SKIPPED"
				}
			}
			if later.status == "PENDING" {
				later.status = "SKIPPED"
			}
		}
	})
	b.state(ctx, work.build, work.arn, status, err.Error())
	work.notify(ctx)
}

func (b *imageBuilder) mark(change func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	change()
}

// state sets the state of an image and tells EventBridge.
// https://docs.aws.amazon.com/imagebuilder/latest/userguide/integ-eventbridge.html
func (b *imageBuilder) state(ctx context.Context, made *build, arn, status, reason string) {
	b.mu.Lock()
	before := made.image["state"]
	after := map[string]any{"status": status}
	if reason != "" {
		after["reason"] = reason
	}
	made.image["state"] = after
	b.mu.Unlock()
	b.Bus.Put(ctx, made.region, "default", map[string]any{
		"version": "0", "id": uuid.NewString(), "source": "aws.imagebuilder", "detail-type": "EC2 Image Builder Image State Change",
		"account": b.AccountID, "time": now(), "region": made.region, "resources": []any{arn},
		"detail": map[string]any{"previous-state": before, "state": after},
	})
}

func (b *imageBuilder) build(c *api.Call) (*build, error) {
	if made := b.builds[text(c, "imageBuildVersionArn")]; made != nil {
		return made, nil
	}
	return nil, refused("ResourceNotFoundException", http.StatusNotFound, "The resource Image '"+text(c, "imageBuildVersionArn")+"' cannot be found.")
}

func (b *imageBuilder) getImage(c *api.Call) (any, error) {
	made, err := b.build(c)
	if err != nil {
		return nil, err
	}
	return map[string]any{"requestId": "r", "image": made.image}, nil
}

func (b *imageBuilder) deleteImage(c *api.Call) (any, error) {
	if _, err := b.build(c); err != nil {
		return nil, err
	}
	delete(b.builds, text(c, "imageBuildVersionArn"))
	return map[string]any{"requestId": "r", "imageBuildVersionArn": text(c, "imageBuildVersionArn")}, nil
}

func (b *imageBuilder) cancel(c *api.Call) (any, error) {
	made, err := b.build(c)
	if err != nil {
		return nil, err
	}
	made.stopped = true
	return map[string]any{"requestId": "r", "clientToken": text(c, "clientToken"), "imageBuildVersionArn": text(c, "imageBuildVersionArn")}, nil
}

// images are those that fit, the newest first.
func (b *imageBuilder) images(fit func(arn string, made *build) bool) []map[string]any {
	all := []map[string]any{}
	arns := slices.SortedFunc(maps.Keys(b.builds), func(x, y string) int {
		return cmp.Or(b.builds[y].began.Compare(b.builds[x].began), cmp.Compare(x, y))
	})
	for _, arn := range arns {
		if !fit(arn, b.builds[arn]) {
			continue
		}
		summary := map[string]any{}
		for _, key := range []string{"arn", "name", "type", "version", "platform", "state", "owner", "dateCreated", "outputResources", "tags", "buildType"} {
			summary[key] = b.builds[arn].image[key]
		}
		all = append(all, summary)
	}
	return all
}

func (b *imageBuilder) listImages(c *api.Call) (any, error) {
	versions := []map[string]any{}
	seen := map[string]bool{}
	for _, image := range b.images(func(_ string, made *build) bool { return made.region == c.Region }) {
		arn, _ := image["arn"].(string)
		version := arn[:strings.LastIndex(arn, "/")]
		if !seen[version] && text(c, "owner") != "Amazon" {
			seen[version] = true
			image["arn"] = version
			versions = append(versions, image)
		}
	}
	return map[string]any{"requestId": "r", "imageVersionList": versions}, nil
}

func (b *imageBuilder) listImageBuilds(c *api.Call) (any, error) {
	return map[string]any{"requestId": "r", "imageSummaryList": b.images(func(arn string, _ *build) bool {
		return strings.HasPrefix(arn, text(c, "imageVersionArn")+"/")
	})}, nil
}

func (b *imageBuilder) listPipelineImages(c *api.Call) (any, error) {
	return map[string]any{"requestId": "r", "imageSummaryList": b.images(func(_ string, made *build) bool {
		return made.pipeline == text(c, "imagePipelineArn")
	})}, nil
}

// Workflows.

func (f *flow) show() map[string]any {
	done, failed, skipped := 0, 0, 0
	for _, s := range f.steps {
		switch s.status {
		case "COMPLETED":
			done++
		case "FAILED":
			failed++
		case "SKIPPED":
			skipped++
		}
	}
	return map[string]any{
		"workflowExecutionId": f.id, "type": f.kind, "status": f.status, "startTime": f.began, "endTime": f.ended,
		"workflowBuildVersionArn": "arn:aws:imagebuilder:us-east-1:aws:workflow/" + strings.ToLower(f.kind) + "/default/1.0.0/1",
		"totalStepCount":          len(f.steps), "totalStepsSucceeded": done, "totalStepsFailed": failed, "totalStepsSkipped": skipped,
	}
}

func (s *step) show() map[string]any {
	return map[string]any{
		"stepExecutionId": s.id, "name": s.name, "action": s.action, "status": s.status, "message": s.message,
		"startTime": s.began, "endTime": s.ended, "rollbackStatus": "SKIPPED",
	}
}

func (b *imageBuilder) listFlows(c *api.Call) (any, error) {
	made, err := b.build(c)
	if err != nil {
		return nil, err
	}
	all := []map[string]any{}
	for _, f := range made.flows {
		all = append(all, f.show())
	}
	return map[string]any{"requestId": "r", "imageBuildVersionArn": text(c, "imageBuildVersionArn"), "workflowExecutions": all}, nil
}

func (b *imageBuilder) flow(c *api.Call) (string, *flow, error) {
	for arn, made := range b.builds {
		for _, f := range made.flows {
			if f.id == text(c, "workflowExecutionId") {
				return arn, f, nil
			}
		}
	}
	return "", nil, refused("ResourceNotFoundException", http.StatusNotFound, "The workflow execution cannot be found.")
}

func (b *imageBuilder) listSteps(c *api.Call) (any, error) {
	arn, f, err := b.flow(c)
	if err != nil {
		return nil, err
	}
	all := []map[string]any{}
	for _, s := range f.steps {
		all = append(all, s.show())
	}
	return map[string]any{"requestId": "r", "imageBuildVersionArn": arn, "workflowExecutionId": f.id, "steps": all}, nil
}

func (b *imageBuilder) getFlow(c *api.Call) (any, error) {
	arn, f, err := b.flow(c)
	if err != nil {
		return nil, err
	}
	out := f.show()
	out["imageBuildVersionArn"] = arn
	return out, nil
}

func (b *imageBuilder) getStep(c *api.Call) (any, error) {
	for arn, made := range b.builds {
		for _, f := range made.flows {
			for _, s := range f.steps {
				if s.id == text(c, "stepExecutionId") {
					out := s.show()
					out["imageBuildVersionArn"], out["workflowExecutionId"] = arn, f.id
					return out, nil
				}
			}
		}
	}
	return nil, refused("ResourceNotFoundException", http.StatusNotFound, "The step execution cannot be found.")
}

// Findings: nothing is scanned here, so nothing is known, not even that there are none.

func (b *imageBuilder) aggregateFindings(*api.Call) (any, error) {
	return map[string]any{"requestId": "r", "aggregationType": "imageBuildVersionArn", "responses": []any{}}, nil
}

func (b *imageBuilder) listFindings(*api.Call) (any, error) {
	return map[string]any{"requestId": "r", "findings": []any{}}, nil
}

func (b *imageBuilder) listPackages(c *api.Call) (any, error) {
	_, err := b.build(c)
	return map[string]any{"requestId": "r", "imagePackageList": []any{}}, err
}

func (b *imageBuilder) listLifecycles(*api.Call) (any, error) {
	return map[string]any{"lifecycleExecutions": []any{}}, nil
}

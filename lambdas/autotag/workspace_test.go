package autotag

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestWorkspacesAreTaggedByTheirServices(t *testing.T) {
	for name, call := range map[string]string{"aps/CreateWorkspace": "TagPrometheus", "grafana/CreateWorkspace": "TagGrafana"} {
		t.Run(name, func(t *testing.T) {
			w, arn := newWorld(), arns(t)[name][0]
			assert.Empty(t, handle(t, w.handler(3), queue(fixture(t, name))))
			assert.Equal(t, "DevOps", w.tags[arn]["Owner"])
			assert.Equal(t, 1, w.count(call))
			assert.Zero(t, w.count("TagResources"))
			assert.Zero(t, w.count("GetResources"), "the tagging API is not asked for them either")

			w = newWorld()
			w.tags[arn] = map[string]string{"Owner": "Metrics"}
			assert.Empty(t, handle(t, w.handler(3), queue(fixture(t, name))))
			assert.Equal(t, "Metrics", w.tags[arn]["Owner"], "what somebody gave since stays")
			assert.NotEmpty(t, w.tags[arn]["CreatedAt"])

			w = newWorld()
			w.fail = func(made string, _ []string) error {
				if made == call {
					return apiError("ThrottlingException")
				}
				return nil
			}
			assert.Len(t, handle(t, w.handler(3), queue(fixture(t, name))), 1, "a refusal comes again")
		})
	}
}

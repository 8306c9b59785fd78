package autotag

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

const (
	fleetGroup = "web-fleet"
	stack      = "arn:aws:cloudformation:ap-northeast-2:123456789012:stack/lms/00c1b2a3"
)

// byGroup is the launch of one instance by an Auto Scaling group.
func byGroup(t *testing.T) string {
	return fixture(t, "RunInstances", `"key": "Name"`, `"key": "aws:autoscaling:groupName"`, `"value": "web-1"`, `"value": "`+fleetGroup+`"`)
}

func TestOwnerOfAGroupsInstances(t *testing.T) {
	w := newWorld()
	w.launch("i-0000000000000000a")
	w.launch("i-0000000000000000b")
	w.parents = map[string]map[string]string{fleetGroup: {"Owner": "Web", "Environment": "DEV", "Creator": "choi", "AssetType": "unclassified", "Team": "x"}}
	assert.Empty(t, handle(t, w.handler(3), queue(byGroup(t))))
	tags := w.tags[instanceA]
	assert.Equal(t, []string{"Web", "DEV", "choi", "unclassified"}, []string{tags["Owner"], tags["Environment"], tags["Creator"], tags["AssetType"]})
	assert.NotContains(t, tags, "Team", "only the classification is handed down")
	assert.Equal(t, "DEV", w.tags[volumeA]["Environment"], "the volumes born with an instance have its parent")
	assert.Equal(t, 5, w.count("DescribeGroupTags"), "one query for all, in five pages")
	assert.Equal(t, 3, w.count("TagResources"), "machines, interfaces, and volumes that have an owner")
}

func TestStackHandsDown(t *testing.T) {
	w := newWorld()
	w.parents = map[string]map[string]string{stack: {"Owner": "Courses", "PersonalInformation": "N"}}
	w.tags[bucket] = map[string]string{tagOfStack: stack}
	w.tags[database] = map[string]string{tagOfStack: stack}
	assert.Empty(t, handle(t, w.handler(3), queue(fixture(t, "CreateBucket"), fixture(t, "CreateDBInstance"))))
	assert.Equal(t, "Courses", w.tags[bucket]["Owner"])
	assert.Equal(t, "Courses", w.tags[database]["Owner"])
	assert.Equal(t, "Y", w.tags[database]["PersonalInformation"], "a rule that overwrites goes before the parent")
	assert.Equal(t, 1, w.count("DescribeStacks"), "one look for all that the stack made")
}

func TestParentThatIsGone(t *testing.T) {
	w := newWorld()
	w.tags[bucket] = map[string]string{tagOfStack: stack}
	assert.Empty(t, handle(t, w.handler(3), queue(fixture(t, "CreateBucket"))))
	assert.Equal(t, "DevOps", w.tags[bucket]["Owner"])
}

func TestParentThatCannotBeRead(t *testing.T) {
	for _, call := range []string{"DescribeGroupTags", "DescribeStacks"} {
		w := newWorld()
		w.tags[bucket] = map[string]string{tagOfStack: stack}
		w.launch("i-0000000000000000a")
		w.launch("i-0000000000000000b")
		w.fail = func(made string, _ []string) error {
			if made == call {
				return apiError("AccessDenied")
			}
			return nil
		}
		again := handle(t, w.handler(3), queue(byGroup(t), fixture(t, "CreateBucket")))
		assert.Len(t, again, 1, call)
		assert.Empty(t, w.tags[map[string]string{"DescribeGroupTags": instanceA, "DescribeStacks": bucket}[call]]["Owner"])
	}
}

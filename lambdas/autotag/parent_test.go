package autotag

import (
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
)

const (
	fleetGroup = "web-fleet"
	stack      = "arn:aws:cloudformation:ap-northeast-2:123456789012:stack/lms/00c1b2a3"
	fleet      = "fleet-00000000-1111-4222-8333-00000000000a" // that of the fixture CreateFleet
	spotFleet  = "sfr-00000000-1111-4222-8333-00000000000b"
	template   = "lt-0000000000000000a"
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

// byService makes the launch of the fixture one of the service's linked role.
func byService(t *testing.T, service string) string {
	return fixture(t, "RunInstances", `"type": "IAMUser"`, `"type": "AssumedRole",
      "sessionContext": {"sessionIssuer": {"arn": "arn:aws:iam::123456789012:role/aws-service-role/`+service+`/AWSServiceRoleForIt"}}`)
}

func TestWhatMadeAnInstanceHandsDown(t *testing.T) {
	principal := "arn:aws:sts::123456789012:assumed-role/Teacher/han@example.com"
	for _, c := range []struct {
		name    string
		carries map[string]string            // what AWS wrote on the instance
		parents map[string]map[string]string // by name or id
		service string                       // that launched it; "" for the user kim
		want    map[string]string
	}{
		{
			"EC2 Fleet", map[string]string{tagOfFleet: fleet}, map[string]map[string]string{fleet: {"Owner": "Batch", "Creator": "choi"}},
			"ec2fleet.amazonaws.com", map[string]string{"Owner": "Batch", "Creator": "choi"},
		},
		{
			"Spot fleet", map[string]string{tagOfSpotFleet: spotFleet}, map[string]map[string]string{spotFleet: {"Owner": "Spot"}},
			"spotfleet.amazonaws.com", map[string]string{"Owner": "Spot", "Creator": "spotfleet.amazonaws.com"},
		},
		{
			"launch template, by a service", map[string]string{tagOfTemplate: template},
			map[string]map[string]string{template: {"Owner": "Web", "Creator": "choi"}},
			"autoscaling.amazonaws.com", map[string]string{"Owner": "Web", "Creator": "choi"},
		},
		{
			"launch template, by a person", map[string]string{tagOfTemplate: template},
			map[string]map[string]string{template: {"Owner": "Web", "Creator": "choi"}},
			"", map[string]string{"Owner": "Web", "Creator": "kim"},
		},
		{
			"the nearest that says something decides, key by key",
			map[string]string{tagOfGroup: fleetGroup, tagOfFleet: fleet, tagOfStack: stack, tagOfTemplate: template},
			map[string]map[string]string{
				fleetGroup: {"Owner": "Group", "AssetType": "unclassified"},
				fleet:      {"Owner": "Fleet", "AssetType": "WAS"},
				stack:      {"Owner": "Stack", "AssetType": "Lab", "Environment": "STG"},
				template:   {"Owner": "Template", "Environment": "DEV", "PersonalInformation": "Y", "Creator": "choi"},
			},
			"autoscaling.amazonaws.com", map[string]string{
				"Owner": "Group", "AssetType": "WAS", "Environment": "STG", "PersonalInformation": "Y", "Creator": "choi"},
		},
		{
			"Service Catalog names who provisioned", map[string]string{tagOfPrincipal: principal, tagOfStack: stack},
			map[string]map[string]string{stack: {"Owner": "Lab", "Creator": "pipeline"}},
			"", map[string]string{"Owner": "Lab", "Creator": "han@example.com"},
		},
		{
			"stack of a StackSet", map[string]string{tagOfStack: stack}, map[string]map[string]string{stack: {"Owner": "Platform"}},
			"", map[string]string{"Owner": "Platform", "Creator": "kim"},
		},
		{
			"service-linked role without a parent", nil, nil,
			"ecs.amazonaws.com", map[string]string{"Owner": "DevOps", "Creator": "ecs.amazonaws.com"},
		},
		{
			"parents that are gone", map[string]string{tagOfFleet: fleet, tagOfTemplate: template}, nil,
			"ec2fleet.amazonaws.com", map[string]string{"Owner": "DevOps", "Creator": "ec2fleet.amazonaws.com"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld()
			w.launch("i-0000000000000000a")
			w.launch("i-0000000000000000b")
			w.tags[instanceA], w.tags[instanceB] = maps.Clone(c.carries), maps.Clone(c.carries)
			w.parents = c.parents
			body := fixture(t, "RunInstances")
			if c.service != "" {
				body = byService(t, c.service)
			}
			assert.Empty(t, handle(t, w.handler(3), queue(body)))
			for key, value := range c.want {
				assert.Equal(t, value, w.tags[instanceA][key], key)
				assert.Equal(t, value, w.tags[prefix+"network-interface/eni-of-i-0000000000000000a"][key], "the "+key+" of its interface")
			}
		})
	}
}

func TestOneCallReadsManyParents(t *testing.T) {
	w := newWorld()
	w.launch("i-0000000000000000a")
	w.launch("i-0000000000000000b")
	w.tags[instanceA] = map[string]string{tagOfFleet: fleet, tagOfTemplate: template}
	w.tags[instanceB] = map[string]string{tagOfSpotFleet: spotFleet, tagOfTemplate: template}
	assert.Empty(t, handle(t, w.handler(3), queue(byService(t, "ec2fleet.amazonaws.com"))))
	assert.Contains(t, w.calls, "ap-northeast-2 DescribeTags 3", "two fleets and the template they share")
	assert.Equal(t, 2, w.count("DescribeTags"), "one for the assets' own tags")
}

func TestFleetOfTheSameBatch(t *testing.T) {
	for name, order := range map[string][2]int{"fleet first": {0, 1}, "instances first": {1, 0}} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			w.launch("i-0000000000000000a")
			w.launch("i-0000000000000000b")
			w.tags[instanceA] = map[string]string{tagOfFleet: fleet}
			bodies := [2]string{fixture(t, "CreateFleet"), byService(t, "ec2fleet.amazonaws.com")}
			assert.Empty(t, handle(t, w.handler(3), queue(bodies[order[0]], bodies[order[1]])))
			assert.Equal(t, "lee@example.com", w.tags[prefix+"fleet/"+fleet]["Creator"])
			assert.Equal(t, "lee@example.com", w.tags[instanceA]["Creator"], "who made the fleet, though its tags are not written yet")
		})
	}
}

func TestFleetThatCannotBeRead(t *testing.T) {
	w := newWorld()
	w.launch("i-0000000000000000a")
	w.launch("i-0000000000000000b")
	w.tags[instanceA] = map[string]string{tagOfFleet: fleet, tagOfStack: stack}
	w.fail = func(call string, ids []string) error {
		if call == "DescribeStacks" || call == "DescribeTags" && slices.Contains(ids, fleet) {
			return apiError("RequestLimitExceeded")
		}
		return nil
	}
	assert.Len(t, handle(t, w.handler(3), queue(byService(t, "ec2fleet.amazonaws.com"))), 1)
	assert.Empty(t, w.tags[instanceA]["Owner"])
	assert.Equal(t, "DevOps", w.tags[instanceB]["Owner"], "the other instance has no parent")
}

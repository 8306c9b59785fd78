package sweep

import (
	"testing"

	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"

	"assetguard/internal/contract"
)

const iamARN = "arn:aws:iam::" + account + ":"

func TestIdentitiesAreTaggedByTheirOwnCalls(t *testing.T) {
	w := newWorld()
	arns := []string{iamARN + "user/park", iamARN + "role/team/was", iamARN + "policy/read", iamARN + "instance-profile/was"}
	for _, arn := range arns {
		w.add(arn, nil)
	}
	w.add(iamARN+"role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS", nil)
	w.add(iamARN+"role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin", nil)
	w.tags[arns[1]]["Owner"] = "Team"
	answer := w.sweep(t, w.handler(seoul, virginia), `{"young":true}`)
	require.Empty(t, answer.Faults)
	rows := w.register(t, contract.RegisterLatestCSV)
	require.Len(t, rows, 4, "what AWS makes for itself is no asset of the account")
	for _, arn := range arns {
		require.Equal(t, "PROD", w.tags[arn]["Environment"], arn)
		require.Equal(t, contract.GlobalRegion, rows[arn]["Region"])
		require.Equal(t, "0", rows[arn]["AgeDays"])
	}
	require.Equal(t, "Team", w.tags[arns[1]]["Owner"])
	require.Equal(t, "was", rows[arns[1]]["Name"])
	require.Equal(t, 4, w.count("TagIdentity"))
	require.Zero(t, w.count("Look"), "the tagging API is not asked for them")
	require.Equal(t, 1, w.count("ListRoles"), "the home region lists them for all")
}

func TestIdentityWhoseTagsCannotBeReadIsLeft(t *testing.T) {
	for code, want := range map[string]string{"AccessDenied": contract.OutcomeFailed, "NoSuchEntity": contract.OutcomeNotTaggable} {
		w := newWorld()
		w.add(iamARN+"user/park", nil)
		w.fail = func(call, _ string) error {
			if call == "IdentityTags" {
				return &smithy.GenericAPIError{Code: code}
			}
			return nil
		}
		w.sweep(t, w.handler(seoul), `{"young":true}`)
		require.Zero(t, w.count("TagIdentity"))
		require.Equal(t, 1, w.metric(t, contract.MetricSweepOutcome, map[string]string{"Outcome": want}))
	}
}

func TestThrottledIdentityComesAgain(t *testing.T) {
	w := newWorld()
	w.add(iamARN+"user/park", nil)
	left := 2
	w.fail = func(call, _ string) error {
		if call == "TagIdentity" && left > 0 {
			left--
			return throttled
		}
		return nil
	}
	w.sweep(t, w.handler(seoul), `{"young":true}`)
	require.Equal(t, "PROD", w.tags[iamARN+"user/park"]["Environment"])
	require.Len(t, w.slept, 2)
}

// Whether the tagging API takes workspaces is not known: their own services say what they carry.
func TestWorkspacesAreTaggedByTheirOwnCalls(t *testing.T) {
	w := newWorld()
	const metrics, boards = "arn:aws:aps:" + seoul + ":" + account + ":workspace/ws-1", "arn:aws:grafana:" + seoul + ":" + account + ":/workspaces/g-1"
	w.controlled[seoul+" AWS::APS::Workspace"] = []string{metrics}
	w.controlled[seoul+" AWS::Grafana::Workspace"] = []string{"g-1"}
	w.tags[boards] = map[string]string{"Owner": "Boards"}
	w.sweep(t, w.handler(seoul), `{}`)
	require.Equal(t, "PROD", w.tags[metrics]["Environment"])
	require.Equal(t, "PROD", w.tags[boards]["Environment"])
	require.Equal(t, "Boards", w.tags[boards]["Owner"], "what people gave stays")
	require.Equal(t, 2, w.count("TagOwn"))
	require.Zero(t, w.count("Look")+w.count("TagResources"), "the tagging API is not asked for them")
}

package autotag

import (
	"maps"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"assetguard/internal/createevent"
)

// ready is testdata/rds-ready.json: the database of the fixture CreateDBInstance became available. Edits are pairs
// of old and new text.
func ready(t testing.TB, edits ...string) string {
	t.Helper()
	b, err := os.ReadFile("testdata/rds-ready.json")
	require.NoError(t, err)
	for i := 0; i < len(edits); i += 2 {
		require.Contains(t, string(b), edits[i])
	}
	return strings.NewReplacer(edits...).Replace(string(b))
}

// studentDatabase is what the company's policy decides about the fixture's database, without an event.
var studentDatabase = map[string]string{"AssetType": "수강생 데이터 베이스", "PersonalInformation": "Y", "Environment": "PROD", "Owner": "DevOps"}

func TestDatabaseThatIsTaggedAlready(t *testing.T) {
	for name, tags := range map[string]map[string]string{
		"in full":             {"CreatedAt": "2026-03-02T01:20:30Z", "Creator": "kim", "Owner": "LMS", "AssetType": "WAS", "Environment": "DEV", "PersonalInformation": "Y"},
		"but lost tags":       {"CreatedAt": "2026-03-02T01:20:30Z", "Creator": "kim", "Owner": "LMS"},
		"and changed by hand": {"CreatedAt": "2026-03-02T01:20:30Z", "PersonalInformation": "N"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			w.tags[database] = maps.Clone(tags)
			assert.Empty(t, handle(t, w.handler(3), queue(ready(t))))
			assert.Equal(t, map[string]int{"already-tagged rds none": 1}, w.outcomes(t))
			assert.Equal(t, tags, w.tags[database])
		})
	}
}

func TestCreateEventGoesBeforeTheReadyOne(t *testing.T) {
	w := newWorld()
	assert.Equal(t, []string{"m0"}, handle(t, w.handler(3), queue(ready(t))))
	assert.Empty(t, w.tags[database])
	assert.Equal(t, map[string]int{"retry rds creation-first": 1}, w.outcomes(t))

	assert.Empty(t, handle(t, w.handler(3), redelivery(2, fixture(t, "CreateDBInstance"))))
	w.out.Reset()
	assert.Empty(t, handle(t, w.handler(3), redelivery(2, ready(t))))
	assert.Equal(t, map[string]int{"already-tagged rds none": 1}, w.outcomes(t))
	assert.NotEmpty(t, w.tags[database]["Creator"])
}

// The create event never came, or is in the dead letters: the database gets what the policy decides.
func TestReadyDatabaseWithoutACreateEvent(t *testing.T) {
	w := newWorld()
	w.tags[database] = map[string]string{"Owner": "LMS", "PersonalInformation": "N"}
	assert.Empty(t, handle(t, w.handler(3), redelivery(2, ready(t))))
	want := maps.Clone(studentDatabase)
	want["Owner"] = "LMS"
	assert.Equal(t, want, w.tags[database], "neither Creator nor CreatedAt, which the event does not know")
	assert.Equal(t, map[string]int{"tagged rds none": 1}, w.outcomes(t))
}

func TestReadyDatabaseKeepsItsCreator(t *testing.T) {
	w := newWorld()
	w.tags[database] = map[string]string{"Creator": "kim"}
	assert.Empty(t, handle(t, w.handler(3), redelivery(2, ready(t))))
	assert.Equal(t, "kim", w.tags[database]["Creator"])
	assert.Equal(t, "DevOps", w.tags[database]["Owner"])
}

func TestReadyDatabaseInOneBatchWithItsCreation(t *testing.T) {
	for name, order := range map[string][2]int{"creation first": {0, 1}, "ready first": {1, 0}} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			bodies := [2]string{fixture(t, "CreateDBInstance"), ready(t)}
			assert.Empty(t, handle(t, w.handler(3), queue(bodies[order[0]], bodies[order[1]])))
			assert.Equal(t, "kim", w.tags[database]["Creator"])
			assert.Equal(t, map[string]int{"tagged rds none": 1}, w.outcomes(t))
		})
	}
}

func TestEveryReadyEvent(t *testing.T) {
	for detailType, name := range map[string]string{
		"RDS DB Instance Event": "db:lms", "RDS DB Cluster Event": "cluster:lms", "RDS DB Snapshot Event": "snapshot:rds:lms",
		"RDS DB Cluster Snapshot Event": "cluster-snapshot:lms",
	} {
		kind, _, _ := strings.Cut(name, ":")
		for _, r := range createevent.AllReady() {
			if r.DetailType != detailType {
				continue
			}
			for _, id := range r.EventIDs {
				body := ready(t, "RDS DB Instance Event", detailType, "db:student-lms", name, "RDS-EVENT-0005", id)
				a, err := parseReady(body)
				require.NoError(t, err)
				assert.True(t, a.onlyReady(), id)
				assert.Equal(t, "rds:"+kind, a.ResourceType)
				assert.Equal(t, []string{"lms"}, a.Names)
				assert.True(t, taggedServices[a.Service])
			}
		}
	}
}

func TestOtherEventsOfRDS(t *testing.T) {
	for name, c := range map[string]struct {
		body    string
		again   int
		outcome string
	}{
		"not ready":       {ready(t, "RDS-EVENT-0005", "RDS-EVENT-0049"), 0, "unknown-event rds none"},
		"other kind's id": {ready(t, "RDS-EVENT-0005", "RDS-EVENT-0170"), 0, "unknown-event rds none"},
		"no ARN":          {ready(t, "arn:aws:rds:ap-northeast-2:123456789012:db:student-lms", "student-lms"), 1, "retry unknown malformed"},
		"other service":   {ready(t, "arn:aws:rds:", "arn:aws:s3:"), 1, "retry unknown malformed"},
		"no time":         {ready(t, `"time": "2026-03-02T01:28:09Z",`, ""), 1, "retry unknown malformed"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			assert.Len(t, handle(t, w.handler(3), queue(c.body)), c.again)
			assert.Equal(t, map[string]int{c.outcome: 1}, w.outcomes(t))
		})
	}
}

func TestReadyDatabaseThatIsGone(t *testing.T) {
	w := newWorld()
	w.clock = w.clock.Add(time.Hour)
	w.fail = func(call string, _ []string) error {
		if call == "ListTagsForResource" {
			return apiError("DBInstanceNotFoundFault")
		}
		return nil
	}
	assert.Empty(t, handle(t, w.handler(3), queue(ready(t))))
	assert.Equal(t, map[string]int{"not-taggable rds gone": 1}, w.outcomes(t))
}

package automation

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"assetguard/sandbox/api"
)

// roleParameter is the parameter by which AWS's runbooks take their role.
const roleParameter = "AutomationAssumeRole"

// started is what StartAutomationExecution takes.
type started struct {
	DocumentName, DocumentVersion, ClientToken, Mode string
	TargetParameterName                              string
	Parameters                                       map[string][]string
	TargetLocations                                  []any
}

// invalidParameters is the fault of parameters that the document does not take.
func invalidParameters(format string, args ...any) error {
	return fault("InvalidAutomationExecutionParametersException", format, args...)
}

// start answers StartAutomationExecution. A token that was used before with the same input names the same execution.
// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_StartAutomationExecution.html
func (s *Service) start(ctx context.Context, c *api.Call) (*api.Answer, error) {
	var in started
	if err := api.Read(c, &in); err != nil {
		return nil, err
	}
	if len(in.TargetLocations) > 0 || in.TargetParameterName != "" {
		return nil, invalidParameters("the sandbox has one account and no rate control: TargetLocations and TargetParameterName are not emulated")
	}
	again, err := s.startedBefore(c.Region, in)
	if err != nil {
		return nil, err
	}
	if again != "" {
		return api.JSON(http.StatusOK, map[string]string{"AutomationExecutionId": again}), nil
	}
	d, err := s.document(ctx, c.Region, in.DocumentName)
	if err != nil {
		return nil, err
	}
	values, err := d.fill(in.Parameters)
	if err != nil {
		return nil, err
	}
	role := first(values[roleParameter])
	if role != "" {
		if err := s.checkTrust(ctx, role); err != nil {
			return nil, err
		}
	}
	e := &execution{
		id: uuid.NewString(), region: c.Region, document: d, parameters: values, role: role, token: in.ClientToken, input: in,
		status: "Pending", started: time.Now(), executedBy: "arn:aws:iam::" + s.AccountID + ":user/" + c.AccessKey,
	}
	if !s.launch(e) {
		return nil, &api.Error{Code: "InternalServerError", Message: "the sandbox stops", Status: http.StatusInternalServerError}
	}
	return api.JSON(http.StatusOK, map[string]string{"AutomationExecutionId": e.id}), nil
}

// startedBefore finds the execution of an earlier call with the same token; "" when there is none.
func (s *Service) startedBefore(region string, in started) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.executions {
		if in.ClientToken == "" || e.region != region || !strings.EqualFold(e.token, in.ClientToken) {
			continue
		}
		if !reflect.DeepEqual(e.input, in) {
			return "", fault("IdempotentParameterMismatch", "The client token %s was used with other parameters.", in.ClientToken)
		}
		return e.id, nil
	}
	return "", nil
}

// parameter is one that a document declares.
type parameter struct {
	Default  any    `json:"default"`
	Pattern  string `json:"allowedPattern"`
	Optional bool   `json:"-"` // it may stay empty
}

// fill adds defaults, and refuses what the document does not take.
func (d *document) fill(given map[string][]string) (map[string][]string, error) {
	values := map[string][]string{}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		p, known := d.parameters[name]
		if !known {
			return nil, invalidParameters("Parameters [%s] are not defined in document %s.", name, d.name)
		}
		for _, value := range given[name] {
			if matches, err := regexp.MatchString(p.Pattern, value); p.Pattern != "" && (err != nil || !matches) {
				return nil, invalidParameters("Parameter %s has value %q, which does not match %s.", name, value, p.Pattern)
			}
		}
		values[name] = given[name]
	}
	for _, name := range slices.Sorted(maps.Keys(d.parameters)) {
		p := d.parameters[name]
		switch _, ok := values[name]; {
		case ok:
		case p.Default != nil:
			values[name] = []string{fmt.Sprint(p.Default)}
		case !p.Optional:
			return nil, invalidParameters("Parameter %s is required by document %s and has no value.", name, d.name)
		}
	}
	return values, nil
}

func first(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}

// trust is the part of a statement of a trust policy that is looked at.
type trust struct {
	Effect    string
	Principal struct{ Service texts }
	Action    texts
}

// statements are those of a policy, escaped as IAM gives it.
func statements[T any](escaped string) ([]T, error) {
	text, err := url.QueryUnescape(escaped)
	if err != nil {
		return nil, err
	}
	var policy struct{ Statement json.RawMessage }
	if err := json.Unmarshal([]byte(text), &policy); err != nil {
		return nil, err
	}
	var many []T
	if json.Unmarshal(policy.Statement, &many) == nil {
		return many, nil
	}
	var one T
	err = json.Unmarshal(policy.Statement, &one)
	return []T{one}, err
}

// texts is one text or a list of them, as IAM writes both.
type texts []string

// UnmarshalJSON takes both forms.
func (t *texts) UnmarshalJSON(body []byte) error {
	var one string
	if json.Unmarshal(body, &one) == nil {
		*t = texts{one}
		return nil
	}
	var many []string
	err := json.Unmarshal(body, &many)
	*t = many
	return err
}

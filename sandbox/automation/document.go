package automation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"gopkg.in/yaml.v3"

	"assetguard/sandbox/api"
)

// document is a runbook, AWS's or the account's own.
type document struct {
	name       string
	parameters map[string]parameter
	steps      []step
}

// step does something and returns its outputs.
type step struct {
	name, action string
	do           func(ctx context.Context, w *work) (map[string][]string, error)
}

// own is what is read of a document of the account's own.
type own struct {
	AssumeRole string               `json:"assumeRole"`
	Parameters map[string]parameter `json:"parameters"`
	MainSteps  []struct {
		Name   string         `json:"name"`
		Action string         `json:"action"`
		Inputs map[string]any `json:"inputs"`
	} `json:"mainSteps"`
}

// document finds a runbook by its name or ARN.
func (s *Service) document(ctx context.Context, region, name string) (*document, error) {
	if _, after, found := strings.Cut(name, ":document/"); found {
		name = after
	}
	if known, ok := runbooks[name]; ok {
		known.name = name
		return &known, nil
	}
	got, err := ssm.NewFromConfig(s.Emulator(region)).GetDocument(ctx, &ssm.GetDocumentInput{Name: &name})
	if err != nil || got.DocumentType != "Automation" {
		return nil, &api.Error{Code: "AutomationDefinitionNotFoundException", Message: "An Automation runbook with the name " + name + " couldn't be found."}
	}
	var read own
	if err := decode(aws.ToString(got.Content), &read); err != nil {
		return nil, fmt.Errorf("document %s: %w", name, err)
	}
	d := &document{name: name, parameters: read.Parameters}
	for _, one := range read.MainSteps {
		do := func(context.Context, *work) (map[string][]string, error) {
			return nil, fmt.Errorf("the sandbox runs no steps of action %s", one.Action)
		}
		if one.Action == "aws:runCommand" {
			do = func(ctx context.Context, w *work) (map[string][]string, error) { return runCommand(ctx, w, one.Inputs) }
		}
		d.steps = append(d.steps, step{name: one.Name, action: one.Action, do: do})
	}
	return d, nil
}

// decode reads JSON or YAML.
func decode(text string, into any) error {
	var plain any
	if err := yaml.Unmarshal([]byte(text), &plain); err != nil { // JSON is YAML
		return err
	}
	body, err := json.Marshal(plain)
	if err != nil {
		return err
	}
	return json.Unmarshal(body, into)
}

var reference = regexp.MustCompile(`\{\{\s*([A-Za-z0-9_.]+)\s*\}\}`)

// resolve puts parameters in place of the references in a step's inputs. A text that is one reference becomes its values.
func (w *work) resolve(input any) []string {
	switch v := input.(type) {
	case string:
		if whole := reference.FindStringSubmatch(v); whole != nil && whole[0] == v {
			return w.parameters[whole[1]]
		}
		return []string{reference.ReplaceAllStringFunc(v, func(one string) string { return w.value(reference.FindStringSubmatch(one)[1]) })}
	case []any:
		var all []string
		for _, item := range v {
			all = append(all, w.resolve(item)...)
		}
		return all
	case nil:
		return nil
	default:
		return []string{fmt.Sprint(v)}
	}
}

// runCommand sends a command to instances. The emulator's commands succeed at once.
// https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-action-runcommand.html
func runCommand(ctx context.Context, w *work, inputs map[string]any) (map[string][]string, error) {
	name, instances := first(w.resolve(inputs["DocumentName"])), w.resolve(inputs["InstanceIds"])
	for _, instance := range instances {
		if err := w.may(w.arn("ec2", "instance/"+instance), "ssm:SendCommand"); err != nil {
			return nil, err
		}
	}
	owner := w.account
	if strings.HasPrefix(name, "AWS-") {
		owner = ""
	}
	if err := errors.Join(w.may("arn:aws:ssm:"+w.region+":"+owner+":document/"+name, "ssm:SendCommand"),
		w.may("*", "ssm:ListCommands", "ssm:ListCommandInvocations", "ssm:GetCommandInvocation")); err != nil {
		return nil, err
	}
	parameters := map[string][]string{}
	given, _ := inputs["Parameters"].(map[string]any)
	for key, value := range given {
		parameters[key] = w.resolve(value)
	}
	sent, err := ssm.NewFromConfig(w.config).SendCommand(ctx, &ssm.SendCommandInput{DocumentName: &name, InstanceIds: instances, Parameters: parameters})
	if err != nil {
		return nil, err
	}
	return map[string][]string{"CommandId": {aws.ToString(sent.Command.CommandId)}, "Status": {"Success"}, "ResponseCode": {"0"}}, nil
}

// arn is that of a resource of the account in the execution's region.
func (w *work) arn(service, resource string) string {
	return "arn:aws:" + service + ":" + w.region + ":" + w.account + ":" + resource
}

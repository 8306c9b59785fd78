package securityhub

import (
	"context"
	"maps"
	"slices"
	"strings"

	"assetguard/internal/compliance"
	"assetguard/sandbox/awsconfig/evaluation"

	"github.com/google/uuid"
)

// evaluated is a control of an enabled standard with the rule of AWS Config that evaluates it.
type evaluated = evaluation.Linked

// controlsOn are the controls that are on in some enabled standard.
func (s *Service) controlsOn(h *hub) []evaluated {
	var on []evaluated
	for _, control := range compliance.Controls() {
		if slices.ContainsFunc(s.associations(h, control.ID), func(a map[string]any) bool { return a["AssociationStatus"] == "ENABLED" }) {
			on = append(on, ruleOf(control.ID))
		}
	}
	return on
}

// ruleOf is the rule of a control: that of the check that it stands for, else one of its own.
func ruleOf(control string) evaluated {
	for _, check := range compliance.Checks() {
		if check.Control == control {
			return evaluated{Control: control, Name: check.Name, Identifier: check.ID}
		}
	}
	return evaluated{Control: control, Name: strings.ToLower(strings.ReplaceAll(control, ".", "-")), Identifier: control}
}

// relink tells AWS Config which controls to evaluate in a region when they are others than before, and archives the
// findings of those that are off now. The lock is held.
func (s *Service) relink(h *hub) {
	if s.Link == nil {
		return
	}
	on := s.controlsOn(h)
	before := s.linked[h.region]
	if slices.Equal(on, before) {
		return
	}
	s.linked[h.region] = on
	s.Link(h.region, on)
	for _, control := range before {
		if !slices.Contains(on, control) {
			s.archive(h, control.Control, nil)
		}
	}
}

// Judge takes what AWS Config found for a control in a region, and makes Security Hub's findings of it: one for each
// resource, or one that says that there is none. A result that is as before changes only when it was last seen.
// https://docs.aws.amazon.com/securityhub/latest/userguide/controls-findings-create-update.html
func (s *Service) Judge(ctx context.Context, region, control string, outcomes []evaluation.Outcome) {
	s.mu.Lock()
	if h := s.hub(region); h.enabled && slices.Contains(s.linked[region], ruleOf(control)) {
		s.judge(h, control, outcomes)
	}
	events := s.outbox
	s.outbox = nil
	s.mu.Unlock()
	for _, e := range events {
		s.Bus.Put(ctx, e.region, "default", e.envelope)
	}
}

func (s *Service) judge(h *hub, control string, outcomes []evaluation.Outcome) {
	if len(outcomes) == 0 {
		outcomes = []evaluation.Outcome{{Type: accountType, ID: s.AccountID}}
		s.keep(h, s.controlFinding(h, control, outcomes[0], document{"Status": "NOT_AVAILABLE", "StatusReasons": []any{document{
			"ReasonCode": "CONFIG_EVALUATIONS_EMPTY", "Description": "AWS Config evaluated no resource",
		}}}))
		s.archive(h, control, map[string]bool{s.findingOf(h, control, outcomes[0]): true})
		return
	}
	seen := map[string]bool{}
	for _, o := range outcomes {
		status := "FAILED"
		if o.Compliant {
			status = "PASSED"
		}
		id := s.findingOf(h, control, o)
		seen[id] = true
		if old := h.find(productARN(h.region, "securityhub"), id); old != nil && old.text("RecordState") == "ACTIVE" && old.text("Compliance", "Status") == status {
			old.fields["UpdatedAt"], old.fields["LastObservedAt"] = stamp(s.now()), stamp(s.now())
			continue
		}
		s.keep(h, s.controlFinding(h, control, o, document{"Status": status}))
	}
	s.archive(h, control, seen)
}

// keep takes a control's finding. One that passes is resolved.
func (s *Service) keep(h *hub, d document) {
	old := h.find(textAt(d, "ProductArn"), textAt(d, "Id"))
	passed := textAt(d, "Compliance", "Status") == "PASSED"
	if old == nil && passed {
		d["Workflow"], d["WorkflowState"] = document{"Status": "RESOLVED"}, "RESOLVED"
	}
	if old != nil && old.text("RecordState") == "ACTIVE" && old.text("Compliance", "Status") == textAt(d, "Compliance", "Status") {
		old.fields["UpdatedAt"], old.fields["LastObservedAt"] = d["UpdatedAt"], d["LastObservedAt"]
		return
	}
	if old != nil {
		d["CreatedAt"], d["FirstObservedAt"] = old.fields["CreatedAt"], old.fields["FirstObservedAt"]
		if status := old.text("Workflow", "Status"); passed && (status == "NEW" || status == "NOTIFIED") {
			old.fields["Workflow"], old.fields["WorkflowState"] = document{"Status": "RESOLVED"}, "RESOLVED"
		}
	}
	s.take(h, d)
}

// archive archives the findings of a control that were not seen.
func (s *Service) archive(h *hub, control string, seen map[string]bool) {
	for _, f := range slices.Clone(h.findings) {
		if f.text("GeneratorId") != generator(control) || f.text("RecordState") != "ACTIVE" || seen[f.text("Id")] {
			continue
		}
		d := maps.Clone(f.fields)
		d["RecordState"], d["UpdatedAt"] = "ARCHIVED", stamp(s.now())
		s.take(h, d)
	}
}

const accountType = "AWS::::Account"

func generator(control string) string { return "security-control/" + control }

// findingOf is the id of a control's finding for a resource.
func (s *Service) findingOf(h *hub, control string, o evaluation.Outcome) string {
	return s.arn(h, generator(control)+"/finding/"+uuid.NewSHA1(uuid.NameSpaceURL, []byte(control+" "+o.Type+" "+o.ID)).String())
}

// controlFinding is a control's finding as Security Hub makes it, with findings consolidated over standards.
// https://docs.aws.amazon.com/securityhub/latest/userguide/sample-control-findings.html
func (s *Service) controlFinding(h *hub, id string, o evaluation.Outcome, status document) document {
	control, _ := compliance.ControlByID(id)
	now, severity := stamp(s.now()), severityOf(id)
	label := severity
	if status["Status"] == "PASSED" {
		label = "INFORMATIONAL"
	}
	var standards []any
	for _, a := range s.associations(h, id) {
		if arn, _ := a["StandardsArn"].(string); a["AssociationStatus"] == "ENABLED" {
			standards = append(standards, document{"StandardsId": arn[strings.LastIndex(arn, ":")+1:]})
		}
	}
	compliance := maps.Clone(status)
	compliance["SecurityControlId"], compliance["AssociatedStandards"] = id, standards
	kind, arn := resourceOf(h.region, s.AccountID, o)
	return document{
		"SchemaVersion": "2018-10-08", "Id": s.findingOf(h, id, o), "ProductArn": productARN(h.region, "securityhub"),
		"ProductName": "Security Hub", "CompanyName": "AWS", "Region": h.region, "GeneratorId": generator(id), "AwsAccountId": s.AccountID,
		"Types":           []any{"Software and Configuration Checks/Industry and Regulatory Standards"},
		"FirstObservedAt": now, "LastObservedAt": now, "CreatedAt": now, "UpdatedAt": now,
		"Severity": document{"Label": label, "Original": severity}, "Title": control.Title, "Description": strings.TrimSpace(control.Title + ". " + o.Annotation),
		"Remediation":   document{"Recommendation": document{"Text": "The control's page says how to correct this.", "Url": control.URL()}},
		"ProductFields": document{"aws/securityhub/annotation": o.Annotation, "Resources:0/Id": arn},
		"Resources":     []any{document{"Type": kind, "Id": arn, "Partition": "aws", "Region": h.region}},
		"Compliance":    compliance, "RecordState": "ACTIVE",
	}
}

// resourceOf names a resource in the words of the finding format: AwsS3Bucket, arn:aws:s3:::name.
func resourceOf(region, account string, o evaluation.Outcome) (kind, arn string) {
	if o.Type == accountType {
		return "AwsAccount", accountType + ":" + account
	}
	parts := strings.Split(o.Type, "::")
	for i, part := range parts {
		if part == strings.ToUpper(part) { // EC2 is Ec2
			parts[i] = part[:1] + strings.ToLower(part[1:])
		}
	}
	kind = strings.Join(parts, "")
	switch {
	case strings.HasPrefix(o.ID, "arn:"):
		return kind, o.ID
	case o.Type == "AWS::S3::Bucket":
		return kind, "arn:aws:s3:::" + o.ID
	case parts[1] == "Ec2":
		return kind, "arn:aws:ec2:" + region + ":" + account + ":" + hyphenated(parts[2]) + "/" + o.ID
	default:
		return kind, o.ID
	}
}

// hyphenated is SecurityGroup as ARNs have it: security-group.
func hyphenated(name string) string {
	var b strings.Builder
	for i, r := range name {
		if i > 0 && r >= 'A' && r <= 'Z' {
			b.WriteByte('-')
		}
		b.WriteRune(r)
	}
	return strings.ToLower(b.String())
}

package securityhub

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// document is a finding, or a part of one, as decoded JSON.
type document = map[string]any

// finding is what is kept of one.
type finding struct {
	fields document
	// set are the top-level fields that a customer or an automation rule has set: a provider's update leaves them.
	set map[string]bool
}

func (f *finding) text(path ...string) string { return textAt(f.fields, path...) }

// textAt is the text at a path of objects; "" when there is none.
func textAt(d document, path ...string) string {
	var at any = d
	for _, name := range path {
		object, _ := at.(document)
		at = object[name]
	}
	text, _ := at.(string)
	return text
}

// find returns a finding by what names it, or nil.
func (h *hub) find(product, id string) *finding {
	return h.byID[identifier{Id: id, ProductArn: product}]
}

// copied is a deep copy.
func copied(d document) document {
	text, err := json.Marshal(d)
	if err != nil {
		panic("securityhub: a finding that came as JSON is none: " + err.Error())
	}
	var out document
	if err := json.Unmarshal(text, &out); err != nil {
		panic("securityhub: " + err.Error())
	}
	return out
}

// required are the fields of a finding; Severity and Types may stand in FindingProviderFields instead.
// https://docs.aws.amazon.com/securityhub/latest/userguide/asff-required-attributes.html
var required = []string{"AwsAccountId", "CreatedAt", "Description", "GeneratorId", "Id", "ProductArn", "Resources", "SchemaVersion", "Severity", "Title", "Types", "UpdatedAt"}

// flaw says what is wrong with a finding that a provider sends; "" for nothing.
func flaw(d document) string {
	provider, _ := d["FindingProviderFields"].(document)
	var missing []string
	for _, name := range required {
		if isEmpty(d[name]) && (name != "Severity" && name != "Types" || isEmpty(provider[name])) {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		return "Finding does not adhere to Amazon Finding Format. data should have required properties " + strings.Join(missing, ", ") + "."
	}
	for _, name := range []string{"CreatedAt", "UpdatedAt", "FirstObservedAt", "LastObservedAt"} {
		text, given := d[name].(string)
		if _, err := time.Parse(time.RFC3339, text); given && err != nil {
			return "Finding does not adhere to Amazon Finding Format. data." + name + " should be a date-time."
		}
	}
	if textAt(d, "SchemaVersion") != "2018-10-08" {
		return "Finding does not adhere to Amazon Finding Format. data.SchemaVersion should be 2018-10-08."
	}
	return flawOfResources(d)
}

func flawOfResources(d document) string {
	resources, _ := d["Resources"].([]any)
	if len(resources) == 0 || len(resources) > 32 {
		return "Finding does not adhere to Amazon Finding Format. data.Resources should have 1 to 32 items."
	}
	for _, r := range resources {
		resource, _ := r.(document)
		if textAt(resource, "Type") == "" || textAt(resource, "Id") == "" {
			return "Finding does not adhere to Amazon Finding Format. each of data.Resources should have required properties Id, Type."
		}
	}
	return ""
}

func isEmpty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case []any:
		return len(v) == 0
	case document:
		return len(v) == 0
	default:
		return false
	}
}

// customers are the fields that belong to customers: a provider sets them on a new finding at most.
// https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_BatchImportFindings.html
var customers = []string{"Note", "UserDefinedFields", "VerificationState", "Workflow", "WorkflowState"}

// providers are the fields that FindingProviderFields carries; the finding shows them until a customer sets his own.
var providers = []string{"Confidence", "Criticality", "RelatedFindings", "Severity", "Types"}

// merge makes the finding to keep of one that a provider sends and of the one that is there, which may be nil.
func (s *Service) merge(h *hub, sent document, old *finding) *finding {
	fresh := &finding{fields: copied(sent), set: map[string]bool{}}
	own, _ := fresh.fields["FindingProviderFields"].(document)
	if own == nil {
		own = document{}
	}
	for _, name := range providers {
		if isEmpty(own[name]) && !isEmpty(fresh.fields[name]) {
			own[name] = fresh.fields[name]
		}
		if !isEmpty(own[name]) {
			fresh.fields[name] = own[name]
		}
	}
	if severity, ok := own["Severity"].(document); ok {
		complete(severity)
		fresh.fields["Severity"] = copied(severity)
	}
	fresh.fields["FindingProviderFields"] = own
	if old == nil {
		s.fill(h, fresh.fields)
		return fresh
	}
	for _, name := range customers {
		delete(fresh.fields, name)
	}
	fresh.set = old.set
	for name := range old.set {
		delete(fresh.fields, name)
	}
	merged := copied(old.fields)
	for name, value := range fresh.fields {
		merged[name] = value
	}
	merged["ProcessedAt"] = stamp(s.now())
	reopen(old.fields, merged)
	return &finding{fields: merged, set: old.set}
}

// fill adds what Security Hub itself writes into a new finding.
func (s *Service) fill(h *hub, d document) {
	product := textAt(d, "ProductArn")
	company := "AWS"
	if strings.HasSuffix(product, "/default") {
		company = "Personal"
	}
	for name, value := range map[string]any{
		"ProductName": productName(h.region, product), "CompanyName": company, "Region": h.region, "RecordState": "ACTIVE",
		"Workflow": document{"Status": "NEW"}, "WorkflowState": "NEW", "ProductFields": document{},
	} {
		if isEmpty(d[name]) {
			d[name] = value
		}
	}
	d["ProcessedAt"] = stamp(s.now())
	fields, _ := d["ProductFields"].(document)
	for name, value := range map[string]any{
		"aws/securityhub/FindingId": findingARN(d), "aws/securityhub/ProductName": d["ProductName"], "aws/securityhub/CompanyName": d["CompanyName"],
	} {
		fields[name] = value
	}
	for _, r := range d["Resources"].([]any) { // flaw has seen them
		resource := r.(document)
		for name, value := range map[string]string{"Partition": "aws", "Region": h.region} {
			if isEmpty(resource[name]) {
				resource[name] = value
			}
		}
	}
}

// findingARN names a finding in an event.
func findingARN(d document) string { return textAt(d, "ProductArn") + "/" + textAt(d, "Id") }

// reopen sets the workflow back to NEW when the problem is back. What is suppressed stays suppressed.
// https://docs.aws.amazon.com/securityhub/latest/userguide/findings-workflow-status.html
func reopen(before, after document) {
	status := textAt(before, "Workflow", "Status")
	if status != "NOTIFIED" && status != "RESOLVED" {
		return
	}
	revived := textAt(before, "RecordState") == "ARCHIVED" && textAt(after, "RecordState") == "ACTIVE"
	failed := textAt(before, "Compliance", "Status") == "PASSED" && slices.Contains([]string{"FAILED", "WARNING", "NOT_AVAILABLE"}, textAt(after, "Compliance", "Status"))
	if revived || failed {
		after["Workflow"], after["WorkflowState"] = document{"Status": "NEW"}, "NEW"
	}
}

// severities are the labels with the lowest normalized score of each.
// https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_Severity.html
var severities = []struct {
	label  string
	lowest float64
}{{"CRITICAL", 90}, {"HIGH", 70}, {"MEDIUM", 40}, {"LOW", 1}, {"INFORMATIONAL", 0}}

// complete adds the label of a score or the score of a label.
func complete(severity document) {
	score, scored := severity["Normalized"].(float64)
	for _, known := range severities {
		if label := textAt(severity, "Label"); label == known.label {
			severity["Normalized"] = known.lowest
			return
		} else if label == "" && scored && score >= known.lowest {
			severity["Label"] = known.label
			return
		}
	}
}

// publish makes the event of a finding in its region and in its home region.
// https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-cwe-event-formats.html
func (s *Service) publish(h *hub, f *finding) {
	regions := []string{h.region}
	if home := s.homeOf(h); home != nil && home.enabled {
		regions = append(regions, home.region)
	}
	for _, region := range regions {
		s.outbox = append(s.outbox, event{region, map[string]any{
			"version": "0", "id": uuid.NewString(), "detail-type": "Security Hub Findings - Imported", "source": "aws.securityhub",
			"account": s.AccountID, "time": s.now().UTC().Format(time.RFC3339), "region": region,
			"resources": []any{findingARN(f.fields)}, "detail": map[string]any{"findings": []any{copied(f.fields)}},
		}})
	}
}

package notice

import (
	"time"

	"assetguard/internal/finding"
)

// Kind says which part of a Notice is set.
type Kind string

// The kinds of notices.
const (
	KindFinding Kind = "finding" // one finding
	KindDigest  Kind = "digest"  // many findings at once
	KindRepair  Kind = "repair"  // a repair that ended, or that waits for people
)

// Version is that of the JSON form. A reader refuses others.
const Version = 1

// Notice is one message to one audience. JSON: what travels from the topic to the Slack function.
type Notice struct {
	Version int       `json:"version"`
	Kind    Kind      `json:"kind"`
	At      time.Time `json:"at"`
	Stack   string    `json:"stack"` // which deployment says so, such as prod
	Finding *Finding  `json:"finding,omitempty"`
	Digest  *Digest   `json:"digest,omitempty"`
	Repair  *Repair   `json:"repair,omitempty"`
	Cut     []Cut     `json:"cut,omitempty"` // set by Marshal and Publish, nobody else
}

// Cut says that a notice was too large and what it left out.
type Cut struct {
	What string `json:"what"` // the field: resources, cves, top; text for characters of long texts
	Kept int    `json:"kept"`
	Of   int    `json:"of"`
}

// Finding is a finding as people see it.
type Finding struct {
	finding.Finding

	Assets []Asset   `json:"assets"` // of its resources, in their order
	Raised bool      `json:"raised"` // one step above what the product says, for what touches personal information
	Links  Links     `json:"links"`
	Known  time.Time `json:"known,omitzero"` // told before at this time: it came back
}

// Asset is a resource with its classification, from its tags or from the asset register; what is not known is empty.
type Asset struct {
	ID                  string `json:"id"`
	Type                string `json:"type"`
	Name                string `json:"name"`
	Environment         string `json:"environment"`
	AssetType           string `json:"assetType"`
	PersonalInformation string `json:"personalInformation"` // Y or N
	Owner               string `json:"owner"`
}

// Links are plain links; an empty one is not shown.
type Links struct {
	Resource string `json:"resource"` // the first resource in its console
	Finding  string `json:"finding"`  // the finding in Security Hub
	Runbook  string `json:"runbook"`  // what to do about it
}

// Digest is what a burst of findings comes down to.
type Digest struct {
	From     time.Time      `json:"from"`
	To       time.Time      `json:"to"`
	Total    int            `json:"total"`
	Severity map[string]int `json:"severity"` // label in capitals to count
	Controls []Count        `json:"controls"` // the most frequent, most first
	Top      []Finding      `json:"top"`      // the worst
	Accounts map[string]int `json:"accounts"`
	Link     string         `json:"link"` // all of them in Security Hub
}

// Count is how often something occurs.
type Count struct {
	Name  string `json:"name"`
	Title string `json:"title"`
	Count int    `json:"count"`
}

// RepairState is how a repair stands.
type RepairState string

// The states of a repair that people hear of.
const (
	RepairSucceeded RepairState = "succeeded"
	RepairFailed    RepairState = "failed"
	RepairWaiting   RepairState = "waiting"  // for approval
	RepairDeferred  RepairState = "deferred" // until the maintenance window opens
	RepairRefused   RepairState = "refused"  // opted out by a tag
	RepairLooping   RepairState = "looping"  // repaired before and broken again: people take over
)

// Repair is what was done, or would be done, about a finding.
type Repair struct {
	State     RepairState `json:"state"`
	Finding   Finding     `json:"finding"`
	Runbook   string      `json:"runbook"` // name of the automation document
	Execution string      `json:"execution"`
	Link      string      `json:"link"` // of the execution, or of the place to approve it
	Before    string      `json:"before"`
	After     string      `json:"after"`
	Reason    string      `json:"reason"` // why it failed or was not done
	Attempts  int         `json:"attempts"`
}

package notice

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"time"

	"assetguard/internal/place"
)

// Alarm is what CloudWatch puts on a topic when an alarm changes its state. A composite alarm has a rule and children
// instead of a trigger.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html
type Alarm struct {
	Name        string       `json:"AlarmName"`
	Description string       `json:"AlarmDescription"`
	ARN         string       `json:"AlarmArn"`
	Account     string       `json:"AWSAccountId"`
	State       string       `json:"NewStateValue"` // ALARM, OK, INSUFFICIENT_DATA
	Reason      string       `json:"NewStateReason"`
	Changed     string       `json:"StateChangeTime"`
	Trigger     alarmTrigger `json:"Trigger"`
	Rule        string       `json:"AlarmRule"`
	Children    []alarmChild `json:"TriggeringChildren"`
}

type alarmTrigger struct {
	Namespace  string           `json:"Namespace"`
	Metric     string           `json:"MetricName"`
	Dimensions []alarmDimension `json:"Dimensions"`
}

type alarmDimension struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type alarmChild struct {
	ARN   string `json:"Arn"`
	State struct {
		Value string `json:"Value"`
	} `json:"State"`
}

// alarmState is how a state of an alarm is called.
type alarmState struct {
	mark    string
	subject string
	label   phrase
}

var (
	alarmStates = map[string]alarmState{
		"ALARM":             {"🚨", "alarm", phrase{"Alarm", "경보 발생"}},
		"OK":                {"✅", "alarm is over", phrase{"Alarm is over", "경보 해제"}},
		"INSUFFICIENT_DATA": {"❔", "alarm has no data", phrase{"Alarm has no data", "경보 데이터 부족"}},
	}
	alarmMetric    = phrase{"Metric", "지표"}
	alarmSince     = phrase{"Since", "상태 변경"}
	alarmReason    = phrase{"Reason", "사유"}
	alarmRule      = phrase{"Rule", "조건"}
	alarmChildren  = phrase{"Alarms behind it", "원인이 된 경보"}
	alarmNumbers   = phrase{"Measured", "측정 대상"}
	alarmAddresses = regexp.MustCompile(`https?://[^\s<>"')\]]+`)
)

func readAlarm(body string) (Message, bool) {
	var a Alarm
	if err := json.Unmarshal([]byte(body), &a); err != nil || a.Name == "" || alarmStates[a.State].mark == "" {
		return nil, false
	}
	return a, true
}

// About is alarm.
func (Alarm) About() string { return "alarm" }

func (a Alarm) sheet(l Locale) sheet {
	state := alarmStates[a.State]
	s := sheet{mark: state.mark, subject: state.subject, label: l.say(state.label), title: a.Name}
	if a.Description != "" {
		s.lead = append(s.lead, a.Description)
	}
	s.add(l.say(alarmSince), a.changed(l))
	s.add(l.say(wordAccount), a.Account)
	s.add(l.say(wordRegion), a.place().Region)
	s.add(l.say(alarmMetric), joined(a.Trigger.Namespace, a.Trigger.Metric))
	var dimensions []item
	for _, d := range a.Trigger.Dimensions {
		dimensions = append(dimensions, item{text: d.Name + ": " + d.Value})
	}
	s.list(l, l.say(alarmNumbers), shownAssets, dimensions)
	s.paragraph(l, l.say(alarmReason), a.Reason)
	s.paragraph(l, l.say(alarmRule), a.Rule)
	var children []item
	for _, child := range a.Children {
		value := child.State.Value
		if known, there := alarmStates[value]; there {
			value = l.say(known.label)
		}
		_, name, _ := strings.Cut(child.ARN, ":alarm:")
		if name == "" {
			name = child.ARN
		}
		children = append(children, item{text: joined(name, value)})
	}
	s.list(l, l.say(alarmChildren), shownAssets, children)
	s.link(l.say(linkAlarm), a.console())
	s.link(l.say(linkRunbook), strings.TrimRight(alarmAddresses.FindString(a.Description), ".,;:"))
	return s
}

// changed is the time of the change where the readers are; CloudWatch writes 2026-11-22T05:36:00.000+0000.
func (a Alarm) changed(l Locale) string {
	at, err := time.Parse("2006-01-02T15:04:05.000-0700", a.Changed)
	if err != nil {
		return a.Changed
	}
	return l.time(at)
}

// place is where the alarm stands; its own Region is the name for people, such as Asia Pacific (Seoul).
func (a Alarm) place() place.Place {
	parts := strings.SplitN(a.ARN, ":", 6)
	if len(parts) < 6 || !regionName.MatchString(parts[3]) {
		return place.Place{}
	}
	return place.Place{Partition: parts[1], Region: parts[3], AccountID: parts[4]}
}

var regionName = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-\d$`)

func (a Alarm) console() string {
	where := a.place()
	address := where.Console("cloudwatch/home")
	if where.Region == "" || address == "" {
		return ""
	}
	return fmt.Sprintf("%s#alarmsV2:alarm/%s", address, url.PathEscape(a.Name))
}

package remediation

import (
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func sqsEvent(body string) events.SQSEvent {
	return events.SQSEvent{Records: []events.SQSMessage{{MessageId: "m", Body: body}}}
}

// automationEvent is the example of AWS's documentation, with an id.
const automationEvent = `{"version":"0","id":"d290ece9-1088-4383-9df6-cd5b4ac42b99","detail-type":"EC2 Automation Execution Status-change Notification",
"source":"aws.ssm","account":"123456789012","time":"2026-11-22T05:43:14Z","region":"us-east-2",
"resources":["arn:aws:ssm:us-east-2:123456789012:automation-execution/333ba70b-2333-48db-b17e-a5e69c6f4d1c",
"arn:aws:ssm:us-east-2:123456789012:automation-definition/AWS-DisableIncomingSSHOnPort22:1"],
"detail":{"ExecutionId":"333ba70b-2333-48db-b17e-a5e69c6f4d1c","Definition":"AWS-DisableIncomingSSHOnPort22","DefinitionVersion":1.0,"Status":"Success",
"EndTime":"Nov 22, 2026 5:43:14 AM","StartTime":"Nov 22, 2026 5:43:10 AM","Time":4000,"ExecutedBy":"arn:aws:sts::123456789012:assumed-role/x/y"}}`

func TestParseStatus(t *testing.T) {
	s, err := parseStatus([]byte(automationEvent))
	require.NoError(t, err)
	assert.Equal(t, status{execution: "333ba70b-2333-48db-b17e-a5e69c6f4d1c", document: "AWS-DisableIncomingSSHOnPort22", status: "Success",
		region: "us-east-2", time: time.Date(2026, 11, 22, 5, 43, 14, 0, time.UTC)}, s)
	_, err = parseStatus([]byte(`{"source":"aws.ec2","detail":{"ExecutionId":"../1"}}`))
	for _, fault := range []string{`an event of "aws.ec2"`, `"../1" is no id`, "detail.Status and region are required"} {
		require.ErrorContains(t, err, fault)
	}
}

// FuzzParseStatus: whatever comes, what is taken has an id that AWS may be asked for.
func FuzzParseStatus(f *testing.F) {
	f.Add([]byte(automationEvent))
	f.Add([]byte(`{"source":"aws.ssm"}`))
	f.Add([]byte(`{"detail":[]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		s, err := parseStatus(body)
		if err == nil {
			assert.Regexp(t, executionSyntax, s.execution)
			assert.NotEmpty(t, s.status)
			assert.NotEmpty(t, s.region)
		}
	})
}

// FuzzReadMessage: no message makes the function panic, and one without a fault says what it is about.
func FuzzReadMessage(f *testing.F) {
	f.Add(automationEvent)
	f.Add(`{"source":"assetguard.remediation","step":"again","event":{"source":"aws.ssm"}}`)
	f.Add(`{"source":"assetguard.remediation","step":"start","key":"repair#"}`)
	f.Fuzz(func(t *testing.T, body string) {
		m := readMessage(&events.SQSMessage{MessageId: "m", Body: body})
		if m.fault == nil && m.kind == kindFinding {
			assert.NotEmpty(t, m.event.Findings)
		}
	})
}

package createevent

import "slices"

// DetailType is the EventBridge detail-type of an API call that CloudTrail records.
const DetailType = "AWS API Call via CloudTrail"

// Event is one kind of API call that creates assets.
type Event struct {
	Source      string // EventBridge's source: aws.ec2
	EventSource string // CloudTrail's eventSource: ec2.amazonaws.com
	Name        string // CloudTrail's eventName, which may differ from the API's name
}

// The events, by service and name.
var (
	RunInstances           = ec2("RunInstances")
	CreateVolume           = ec2("CreateVolume")
	CreateNetworkInterface = ec2("CreateNetworkInterface")
	CreateSecurityGroup    = ec2("CreateSecurityGroup")
	CreateFunction         = Event{"aws.lambda", "lambda.amazonaws.com", "CreateFunction20150331"}
	CreateDBInstance       = Event{"aws.rds", "rds.amazonaws.com", "CreateDBInstance"}
	CreateBucket           = Event{"aws.s3", "s3.amazonaws.com", "CreateBucket"}
)

var all = []Event{
	RunInstances, CreateVolume, CreateNetworkInterface, CreateSecurityGroup,
	CreateFunction,
	CreateDBInstance,
	CreateBucket,
}

// All returns every event once, those of one service together.
func All() []Event { return slices.Clone(all) }

func ec2(name string) Event { return Event{"aws.ec2", "ec2.amazonaws.com", name} }

package fakeaws

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The account that everything is in.
const (
	AccountID = "123456789012"
	Region    = "ap-northeast-2"
)

// Account is what there is. Every third asset lacks the classification tags.
type Account struct {
	// Instances each have a volume and a network interface; there is a security group for every fourth.
	Instances int
	// Buckets, Databases and Functions are as many of each.
	Buckets, Databases, Functions int
	// Parameters are those of Parameter Store.
	Parameters map[string]string
	// Objects are in the bucket of the register, by key.
	Objects map[string][]byte
	// Packs are the conformance packs, ids by name.
	Packs map[string]string
	// Suppressed are as many suppressed findings. Every third is of AcceptedRisk, which automation rules suppress that
	// are all on.
	Suppressed   int
	AcceptedRisk string
	// Subscribers are as many e-mail addresses of a topic. Every third is not confirmed.
	Subscribers int
}

// made is when assets were created.
var made = time.Date(2026, 3, 2, 1, 20, 30, 0, time.UTC)

// Made is when the nth asset of a kind was created.
func Made(n int) time.Time { return made.Add(time.Duration(n) * time.Second) }

// InstanceID is the id of the nth instance; what belongs to it has the same number.
func InstanceID(n int) string  { return fmt.Sprintf("i-%017x", n) }
func volumeID(n int) string    { return fmt.Sprintf("vol-%017x", n) }
func interfaceID(n int) string { return fmt.Sprintf("eni-%017x", n) }
func groupID(n int) string     { return fmt.Sprintf("sg-%017x", n) }
func bucketName(n int) string  { return fmt.Sprintf("bench-bucket-%04d", n) }

func instanceName(n int) string { return fmt.Sprintf("web-%04d", n) }

// number is the n of an id.
func number(id string) int {
	n, err := strconv.ParseInt(id[strings.IndexByte(id, '-')+1:], 16, 64)
	if err != nil {
		panic(fmt.Sprintf("%q is no id of this account: %v", id, err))
	}
	return int(n)
}

func arnOf(service, resource string) string {
	return "arn:aws:" + service + ":" + Region + ":" + AccountID + ":" + resource
}

func functionName(n int) string { return fmt.Sprintf("bench-%04d", n) }

func functionARN(n int) string { return arnOf("lambda", "function:"+functionName(n)) }
func databaseARN(n int) string { return arnOf("rds", fmt.Sprintf("db:bench-%04d", n)) }

// ARNs are those of all assets, sorted.
func (a Account) ARNs() []string {
	var arns []string
	for n := range a.Instances {
		arns = append(arns, arnOf("ec2", "instance/"+InstanceID(n)), arnOf("ec2", "volume/"+volumeID(n)),
			arnOf("ec2", "network-interface/"+interfaceID(n)))
	}
	for n := range a.groups() {
		arns = append(arns, arnOf("ec2", "security-group/"+groupID(n)))
	}
	for n := range a.Buckets {
		arns = append(arns, "arn:aws:s3:::"+bucketName(n))
	}
	for n := range a.Databases {
		arns = append(arns, databaseARN(n))
	}
	for n := range a.Functions {
		arns = append(arns, functionARN(n))
	}
	slices.Sort(arns)
	return arns
}

func (a Account) groups() int { return (a.Instances + 3) / 4 }

// tag is a tag.
type tag struct{ Key, Value string }

// tagsOf are the tags of the nth asset of a kind.
func tagsOf(n int, name string) []tag {
	var tags []tag
	if name != "" {
		tags = append(tags, tag{"Name", name})
	}
	if n%3 != 0 {
		tags = append(tags, tag{"Environment", "PROD"}, tag{"AssetType", "Web Server"}, tag{"PersonalInformation", "N"},
			tag{"Owner", "DevOps"}, tag{"Creator", "kim"}, tag{"CreatedAt", Made(n).Format(time.RFC3339)})
	}
	return tags
}

// Untagged is how many assets lack the classification tags.
func (a Account) Untagged() int {
	third := func(count int) int { return (count + 2) / 3 }
	return 3*third(a.Instances) + third(a.groups()) + third(a.Buckets) + third(a.Databases) + third(a.Functions)
}

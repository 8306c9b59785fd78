package fakeaws

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"strings"
	"time"
)

func (s *Server) getParameters(c *call) answer {
	var in struct{ Names []string }
	c.read(&in)
	found, invalid := []any{}, []string{}
	for _, name := range in.Names {
		value, there := s.account.Parameters[name]
		if !there {
			invalid = append(invalid, name)
			continue
		}
		found = append(found, map[string]any{"Name": name, "Type": "String", "Value": value, "Version": 1})
	}
	return jsonAnswer(map[string]any{"Parameters": found, "InvalidParameters": invalid})
}

// getResources answers nothing for a list of ARNs: what the benchmark asks for was never tagged. Without one it
// lists the functions that carry tags.
func (s *Server) getResources(c *call) answer {
	var in struct{ ResourceARNList []string }
	c.read(&in)
	list := []any{}
	for n := range s.account.Functions {
		if tags := tagsOf(n, ""); len(in.ResourceARNList) == 0 && len(tags) > 0 {
			list = append(list, map[string]any{"ResourceARN": functionARN(n), "Tags": tags})
		}
	}
	return jsonAnswer(map[string]any{"PaginationToken": "", "ResourceTagMappingList": list})
}

func (s *Server) tagResources(c *call) answer {
	var in struct {
		ResourceARNList []string
		Tags            map[string]string
	}
	c.read(&in)
	for _, name := range in.ResourceARNList {
		s.seen.Tags[name] = in.Tags
	}
	return jsonAnswer(map[string]any{"FailedResourcesMap": map[string]any{}})
}

// getIndex: Resource Explorer is switched off.
func (s *Server) getIndex(*call) answer {
	return jsonError(http.StatusNotFound, "ResourceNotFoundException")
}

// describeRecorderStatus: Config does not record.
func (s *Server) describeRecorderStatus(*call) answer {
	return jsonAnswer(map[string]any{"ConfigurationRecordersStatus": []any{}})
}

// listResources is Cloud Control, which lists the functions and knows nothing of other kinds.
func (s *Server) listResources(c *call) answer {
	var in struct{ TypeName string }
	c.read(&in)
	list := []any{}
	for n := range s.account.Functions {
		if in.TypeName == "AWS::Lambda::Function" {
			list = append(list, map[string]any{"Identifier": functionName(n), "Properties": "{}"})
		}
	}
	return jsonAnswer(map[string]any{"TypeName": in.TypeName, "ResourceDescriptions": list})
}

// element writes an XML element with escaped text.
func element(name, text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // a Builder does not fail
	return "<" + name + ">" + b.String() + "</" + name + ">"
}

func ec2Answer(c *call, body string) answer {
	return xmlAnswer(`<` + c.operation + `Response xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>bench</requestId>` +
		body + `</` + c.operation + `Response>`)
}

// none answers with an empty set.
func none(set string) func(*Server, *call) answer {
	return func(_ *Server, c *call) answer { return ec2Answer(c, "<"+set+"/>") }
}

func noSnapshots(_ *Server, c *call) answer {
	kind := strings.TrimPrefix(c.operation, "Describe")
	return queryAnswer(c, rdsNamespace, "<"+kind+"/>")
}

func noIdentities(set string) func(*Server, *call) answer {
	return func(_ *Server, c *call) answer {
		return queryAnswer(c, iamNamespace, "<"+set+"/><IsTruncated>false</IsTruncated>")
	}
}

// The namespaces of query services' answers.
const (
	rdsNamespace = "http://rds.amazonaws.com/doc/2014-10-31/"
	iamNamespace = "https://iam.amazonaws.com/doc/2010-05-08/"
	snsNamespace = "http://sns.amazonaws.com/doc/2010-03-31/"
)

func queryAnswer(c *call, namespace, body string) answer {
	return xmlAnswer(`<` + c.operation + `Response xmlns="` + namespace + `"><` + c.operation + `Result>` +
		body + `</` + c.operation + `Result></` + c.operation + `Response>`)
}

func tagSet(tags []tag) string {
	var b strings.Builder
	for _, t := range tags {
		b.WriteString("<item>" + element("key", t.Key) + element("value", t.Value) + "</item>")
	}
	return "<tagSet>" + b.String() + "</tagSet>"
}

// describeInstances answers for the ids of a filter, known or not: the create events name instances beyond
// those of the account. Without one it answers with the account's.
func (s *Server) describeInstances(c *call) answer {
	var b strings.Builder
	ids := c.filter("instance-id")
	if len(ids) == 0 {
		for n := range s.account.Instances {
			ids = append(ids, InstanceID(n))
		}
	}
	for _, id := range ids {
		n := number(id)
		b.WriteString("<item>" + element("instanceId", id) + element("rootDeviceType", "ebs") +
			"<instanceState><code>16</code><name>running</name></instanceState>" +
			"<blockDeviceMapping><item><deviceName>/dev/xvda</deviceName><ebs>" + element("volumeId", volumeID(n)) +
			"<status>attached</status></ebs></item></blockDeviceMapping>" +
			"<networkInterfaceSet><item>" + element("networkInterfaceId", interfaceID(n)) +
			"<attachment><deviceIndex>0</deviceIndex>" + element("attachTime", Made(n).Format(time.RFC3339)) +
			"</attachment></item></networkInterfaceSet>" + tagSet(tagsOf(n, instanceName(n))) + "</item>")
	}
	return ec2Answer(c, "<reservationSet><item><reservationId>r-0</reservationId><instancesSet>"+b.String()+"</instancesSet></item></reservationSet>")
}

func (s *Server) describeVolumes(c *call) answer {
	var b strings.Builder
	for n := range s.account.Instances {
		b.WriteString("<item>" + element("volumeId", volumeID(n)) + element("createTime", Made(n).Format(time.RFC3339)) +
			"<attachmentSet><item>" + element("instanceId", InstanceID(n)) + "</item></attachmentSet>" + tagSet(tagsOf(n, "")) + "</item>")
	}
	return ec2Answer(c, "<volumeSet>"+b.String()+"</volumeSet>")
}

func (s *Server) describeNetworkInterfaces(c *call) answer {
	var b strings.Builder
	for n := range s.account.Instances {
		b.WriteString("<item>" + element("networkInterfaceId", interfaceID(n)) +
			"<attachment>" + element("instanceId", InstanceID(n)) + "</attachment>" + tagSet(tagsOf(n, "")) + "</item>")
	}
	return ec2Answer(c, "<networkInterfaceSet>"+b.String()+"</networkInterfaceSet>")
}

func (s *Server) describeSecurityGroups(c *call) answer {
	var b strings.Builder
	for n := range s.account.groups() {
		b.WriteString("<item>" + element("groupId", groupID(n)) + element("groupName", fmt.Sprintf("group-%d", n)) + tagSet(tagsOf(n, "")) + "</item>")
	}
	return ec2Answer(c, "<securityGroupInfo>"+b.String()+"</securityGroupInfo>")
}

// describeTags knows the names of instances.
func (s *Server) describeTags(c *call) answer {
	var b strings.Builder
	for _, id := range c.filter("resource-id") {
		if strings.HasPrefix(id, "i-") {
			b.WriteString("<item>" + element("resourceId", id) + "<resourceType>instance</resourceType>" +
				element("key", "Name") + element("value", instanceName(number(id))) + "</item>")
		}
	}
	return ec2Answer(c, "<tagSet>"+b.String()+"</tagSet>")
}

func (s *Server) describeDBInstances(c *call) answer {
	var b strings.Builder
	for n := range s.account.Databases {
		b.WriteString("<DBInstance>" + element("DBInstanceIdentifier", fmt.Sprintf("bench-%04d", n)) +
			element("DBInstanceArn", databaseARN(n)) + element("InstanceCreateTime", Made(n).Format(time.RFC3339)) + "<TagList>")
		for _, t := range tagsOf(n, "") {
			b.WriteString("<Tag>" + element("Key", t.Key) + element("Value", t.Value) + "</Tag>")
		}
		b.WriteString("</TagList></DBInstance>")
	}
	return queryAnswer(c, rdsNamespace, "<DBInstances>"+b.String()+"</DBInstances>")
}

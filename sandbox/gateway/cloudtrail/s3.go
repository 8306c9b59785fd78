package cloudtrail

import (
	"maps"
	"net/http"
	"net/url"
	"strings"

	"assetguard/sandbox/apimodel"
)

// s3Request writes a request to S3: bucketName and key, the query string and the
// headers by their wire names, and the body as its XML.
func s3Request(res *apimodel.Resolved, region string, r *http.Request) map[string]any {
	op := res.Operation
	out := map[string]any{"Host": "s3." + region + ".amazonaws.com"}
	if _, query, ok := strings.Cut(op.HTTP.RequestURI, "?"); ok {
		literal, _ := url.ParseQuery(query)
		for key, values := range literal {
			out[key] = values[0]
		}
	}
	if op.In.Shape == nil {
		return out
	}
	for name, v := range res.Input {
		ref := op.In.Shape.Members[name]
		switch {
		case name == "Bucket":
			out["bucketName"] = v
		case name == "Key":
			out["key"] = v
		case ref == nil || isLeftOut(ref):
		case isRecordedHeader(ref):
			out[ref.LocationName] = r.Header.Get(ref.LocationName)
		case ref.Location == "querystring":
			out[ref.LocationName] = v
		case ref.Location == "" && name == "Policy":
			out["bucketPolicy"] = v
		case ref.Location == "":
			out[wireName(name, ref)] = xmlForm(ref, v)
		}
	}
	return out
}

// isLeftOut says whether the trail never holds a parameter.
func isLeftOut(ref *apimodel.Ref) bool {
	return ref.Shape.Sensitive || ref.Shape.Type == "blob" || ref.LocationName == "Content-MD5"
}

func isRecordedHeader(ref *apimodel.Ref) bool {
	return ref.Location == "header" && strings.HasPrefix(ref.LocationName, "x-amz-") && !strings.Contains(ref.LocationName, "checksum")
}

func wireName(name string, ref *apimodel.Ref) string {
	if ref.LocationName != "" {
		return ref.LocationName
	}
	return name
}

// xmlForm writes a value as JSON made from its XML: names of elements, a single
// item of a list as itself.
func xmlForm(ref *apimodel.Ref, v any) any {
	switch value := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for name, x := range value {
			member := ref.Shape.Members[name]
			switch {
			case member == nil:
				out[name] = x
			case member.Shape.Sensitive:
			case member.Shape.Type == "list" && !member.Flattened && !member.Shape.Flattened:
				item := wireName("member", member.Shape.Member)
				out[wireName(name, member)] = map[string]any{item: single(member.Shape.Member, x)}
			case member.Shape.Type == "list":
				out[wireName(name, member)] = single(member.Shape.Member, x)
			default:
				out[wireName(name, member)] = xmlForm(member, x)
			}
		}
		return out
	default:
		return v
	}
}

func single(item *apimodel.Ref, v any) any {
	list, ok := v.([]any)
	if !ok {
		return v
	}
	written := make([]any, len(list))
	for i, x := range list {
		written[i] = xmlForm(item, x)
	}
	if len(written) == 1 {
		return written[0]
	}
	return written
}

// s3Response is empty for the calls that change a bucket, as in AWS.
func s3Response(op *apimodel.Operation, out map[string]any) map[string]any {
	if !strings.HasPrefix(op.Name, "CreateAccess") {
		return nil
	}
	written := map[string]any{}
	maps.Copy(written, out)
	return written
}

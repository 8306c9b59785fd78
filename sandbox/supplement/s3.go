package supplement

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"assetguard/sandbox/api"
)

// s3Table lets bucket policies stand that refuse plain HTTP or unencrypted
// objects: moto applies a Deny with a Condition as if it had none, so that nothing
// could be read or written. moto gets the policy without such statements; clients
// read back what they wrote. It also gives the EventBridge flag of a bucket's
// notifications back, which moto drops.
func s3Table() api.Supplement {
	policies := newMemory[string]()    // as written, by bucket
	forwarded := newMemory[struct{}]() // buckets that notify EventBridge
	gone := func(_ context.Context, c *api.Call, a *api.Answer) {
		if a.OK() {
			policies.drop(text(c, "Bucket"))
			if c.Operation == "DeleteBucket" {
				forwarded.drop(text(c, "Bucket"))
			}
		}
	}
	return api.Supplement{
		Service: "s3",
		Before:  map[string]api.Before{"PutBucketPolicy": withoutConditionalDeny},
		Mend: map[string]api.Mend{
			"GetBucketPolicy": func(_ context.Context, c *api.Call, a *api.Answer) error {
				if written, ok := policies.get(text(c, "Bucket")); ok && a.OK() {
					a.Body = []byte(written)
				}
				return nil
			},
			"GetBucketNotificationConfiguration": func(_ context.Context, c *api.Call, a *api.Answer) error {
				if _, ok := forwarded.get(text(c, "Bucket")); ok && a.OK() {
					a.Body = withEventBridge(a.Body)
				}
				return nil
			},
		},
		Observe: map[string]api.Observe{
			"PutBucketPolicy": func(_ context.Context, c *api.Call, a *api.Answer) {
				if a.OK() {
					policies.put(text(c, "Bucket"), text(c, "Policy"))
				}
			},
			"DeleteBucketPolicy": gone,
			"DeleteBucket":       gone,
			"PutBucketNotificationConfiguration": func(_ context.Context, c *api.Call, a *api.Answer) {
				wanted, _ := c.Input["NotificationConfiguration"].(map[string]any)
				forwarded.drop(text(c, "Bucket"))
				if _, ok := wanted["EventBridgeConfiguration"]; ok && a.OK() {
					forwarded.put(text(c, "Bucket"), struct{}{})
				}
			},
		},
	}
}

// withoutConditionalDeny takes the Deny statements with a Condition out of a
// policy. Text that is no policy goes on unchanged, for moto to refuse.
func withoutConditionalDeny(_ context.Context, c *api.Call) error {
	var policy map[string]any
	if !isJSON(c.Body, &policy) {
		return nil
	}
	statements, ok := policy["Statement"].([]any)
	if !ok {
		statements = []any{policy["Statement"]}
	}
	kept := []any{}
	for _, s := range statements {
		statement, _ := s.(map[string]any)
		if _, conditional := statement["Condition"]; !conditional || statement["Effect"] != "Deny" {
			kept = append(kept, s)
		}
	}
	policy["Statement"] = kept
	body, err := json.Marshal(policy)
	if err != nil {
		return fmt.Errorf("bucket policy: %w", err)
	}
	replaceBody(c, body)
	return nil
}

// s3Versioning keeps a bucket versioned in moto while its versioning is suspended:
// there moto fails to delete a version of an object that has a delete marker, so
// that such a bucket could not be emptied. Objects written meanwhile get versions,
// where AWS gives them none.
func s3Versioning() api.Supplement {
	suspended := newMemory[struct{}]()
	status := func(c *api.Call) string {
		wanted, _ := c.Input["VersioningConfiguration"].(map[string]any)
		text, _ := wanted["Status"].(string)
		return text
	}
	return api.Supplement{
		Service: "s3",
		Before: map[string]api.Before{"PutBucketVersioning": func(_ context.Context, c *api.Call) error {
			if status(c) == "Suspended" {
				replaceBody(c, bytes.Replace(c.Body, []byte("Suspended"), []byte("Enabled"), 1))
			}
			return nil
		}},
		Mend: map[string]api.Mend{"GetBucketVersioning": func(_ context.Context, c *api.Call, a *api.Answer) error {
			if _, ok := suspended.get(text(c, "Bucket")); ok && a.OK() {
				a.Body = bytes.Replace(a.Body, []byte("Enabled"), []byte("Suspended"), 1)
			}
			return nil
		}},
		Observe: map[string]api.Observe{
			"PutBucketVersioning": func(_ context.Context, c *api.Call, a *api.Answer) {
				if !a.OK() {
					return
				}
				suspended.drop(text(c, "Bucket"))
				if status(c) == "Suspended" {
					suspended.put(text(c, "Bucket"), struct{}{})
				}
			},
			"DeleteBucket": func(_ context.Context, c *api.Call, a *api.Answer) {
				if a.OK() {
					suspended.drop(text(c, "Bucket"))
				}
			},
		},
	}
}

// replaceBody changes a request's body and drops the checksums of the old one.
func replaceBody(c *api.Call, body []byte) {
	c.Body = body
	for _, name := range []string{"Content-Md5", "X-Amz-Content-Sha256", "X-Amz-Checksum-Crc32", "X-Amz-Checksum-Crc64nvme", "X-Amz-Checksum-Sha256"} {
		c.Request.Header.Del(name)
	}
	c.Request.Header.Set("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD")
}

// withEventBridge adds the element that stands for the EventBridge flag.
func withEventBridge(doc []byte) []byte {
	const element = "<EventBridgeConfiguration></EventBridgeConfiguration>"
	end := []byte("</NotificationConfiguration>")
	switch {
	case bytes.Contains(doc, []byte("<EventBridgeConfiguration")):
		return doc
	case bytes.Contains(doc, end):
		return bytes.Replace(doc, end, append([]byte(element), end...), 1)
	default:
		return []byte(`<NotificationConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">` + element + string(end))
	}
}

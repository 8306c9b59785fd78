package fakeaws

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

func (s *Server) listBuckets(*call) answer {
	var b strings.Builder
	for n := range s.account.Buckets {
		b.WriteString("<Bucket>" + element("Name", bucketName(n)) + element("CreationDate", Made(n).Format(time.RFC3339)) +
			element("BucketRegion", Region) + "</Bucket>")
	}
	return xmlAnswer(`<ListAllMyBucketsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Buckets>` + b.String() + `</Buckets></ListAllMyBucketsResult>`)
}

func (s *Server) getBucketTagging(c *call) answer {
	var n int
	if _, err := fmt.Sscanf(c.bucket, "bench-bucket-%04d", &n); err != nil {
		return s3Error(http.StatusNotFound, "NoSuchBucket")
	}
	tags := tagsOf(n, "")
	if len(tags) == 0 {
		return s3Error(http.StatusNotFound, "NoSuchTagSet")
	}
	var b strings.Builder
	for _, t := range tags {
		b.WriteString("<Tag>" + element("Key", t.Key) + element("Value", t.Value) + "</Tag>")
	}
	return xmlAnswer(`<Tagging xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><TagSet>` + b.String() + `</TagSet></Tagging>`)
}

func (s *Server) listObjects(c *call) answer {
	var b strings.Builder
	prefix := strings.Join(c.query["prefix"], "")
	for _, key := range slices.Sorted(maps.Keys(s.objects)) {
		if strings.HasPrefix(key, prefix) {
			b.WriteString("<Contents>" + element("Key", key) + element("Size", fmt.Sprint(len(s.objects[key]))) + "</Contents>")
		}
	}
	return xmlAnswer(`<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><IsTruncated>false</IsTruncated>` + b.String() + `</ListBucketResult>`)
}

func (s *Server) getObject(c *call) answer {
	body, there := s.objects[c.key]
	if !there {
		return s3Error(http.StatusNotFound, "NoSuchKey")
	}
	return answer{status: http.StatusOK, contentType: "application/octet-stream", body: body}
}

func (s *Server) putObject(c *call) answer {
	s.objects[c.key] = c.body
	return answer{status: http.StatusOK}
}

func (s *Server) copyObject(c *call) answer {
	from, err := url.PathUnescape(c.header.Get("X-Amz-Copy-Source"))
	if err != nil {
		return s3Error(http.StatusBadRequest, "InvalidArgument")
	}
	_, key, _ := strings.Cut(strings.TrimPrefix(from, "/"), "/")
	body, there := s.objects[key]
	if !there {
		return s3Error(http.StatusNotFound, "NoSuchKey")
	}
	s.objects[c.key] = body
	return xmlAnswer("<CopyObjectResult>" + element("LastModified", made.Format(time.RFC3339)) + "</CopyObjectResult>")
}

func (s *Server) deleteObject(c *call) answer {
	delete(s.objects, c.key)
	return answer{status: http.StatusNoContent}
}

package sweep

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/s3/transfermanager"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// Content types of the objects.
const (
	typeCSV   = "text/csv; charset=utf-8"
	typeLines = "application/gzip" // JSON lines; not as Content-Encoding, which some clients undo unasked
)

// Store is the register bucket.
type Store interface {
	// Put writes an object as a stream: whole or not at all.
	Put(ctx context.Context, key, contentType string, body io.Reader) error
	// Open reads an object. One that does not exist is ErrNoObject.
	Open(ctx context.Context, key string) (io.ReadCloser, error)
	// List gives the keys below a prefix, sorted.
	List(ctx context.Context, prefix string) ([]string, error)
	// Copy makes an object anew from another one.
	Copy(ctx context.Context, from, to string) error
	// Remove removes objects; those that do not exist are no fault.
	Remove(ctx context.Context, keys []string) error
}

// ErrNoObject says that an object does not exist.
var ErrNoObject = errors.New("no such object")

// Parts of an upload: S3 takes 10,000 of them, so an object may have 80 GB. Memory is some parts.
const (
	partBytes   = 8 << 20
	partsAtOnce = 2
)

// Bucket is a Store in S3.
type Bucket struct {
	client *s3.Client
	upload *transfermanager.Client
	name   string
}

// NewBucket makes a store of a bucket.
func NewBucket(client *s3.Client, name string) *Bucket {
	return &Bucket{client: client, name: name, upload: transfermanager.New(client, func(o *transfermanager.Options) {
		o.PartSizeBytes, o.Concurrency = partBytes, partsAtOnce
	})}
}

// Put implements Store.
func (b *Bucket) Put(ctx context.Context, key, contentType string, body io.Reader) error {
	_, err := b.upload.UploadObject(ctx, &transfermanager.UploadObjectInput{
		Bucket: &b.name, Key: &key, ContentType: &contentType, Body: body})
	if err != nil {
		return fmt.Errorf("write %s: %w", key, err)
	}
	return nil
}

// Open implements Store.
func (b *Bucket) Open(ctx context.Context, key string) (io.ReadCloser, error) {
	out, err := b.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &b.name, Key: &key})
	var absent *types.NoSuchKey
	if errors.As(err, &absent) {
		return nil, fmt.Errorf("%s: %w", key, ErrNoObject)
	}
	if err != nil {
		return nil, err
	}
	return out.Body, nil
}

// List implements Store.
func (b *Bucket) List(ctx context.Context, prefix string) ([]string, error) {
	var keys []string
	pages := s3.NewListObjectsV2Paginator(b.client, &s3.ListObjectsV2Input{Bucket: &b.name, Prefix: &prefix})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list %s: %w", prefix, err)
		}
		for _, object := range page.Contents {
			keys = append(keys, aws.ToString(object.Key))
		}
	}
	return keys, nil
}

// Copy implements Store.
func (b *Bucket) Copy(ctx context.Context, from, to string) error {
	_, err := b.client.CopyObject(ctx, &s3.CopyObjectInput{
		Bucket: &b.name, Key: &to, CopySource: aws.String(url.PathEscape(b.name + "/" + from))})
	if err != nil {
		return fmt.Errorf("copy %s: %w", from, err)
	}
	return nil
}

// Remove implements Store.
func (b *Bucket) Remove(ctx context.Context, keys []string) error {
	for _, key := range keys {
		if _, err := b.client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &b.name, Key: &key}); err != nil {
			return fmt.Errorf("remove %s: %w", key, err)
		}
	}
	return nil
}

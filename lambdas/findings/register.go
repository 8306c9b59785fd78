package findings

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"assetguard/internal/contract"
)

const (
	registerLives = 30 * time.Minute // a sweep writes it every day
	registerPause = time.Minute      // after a failure
)

// row is the classification of an asset in the register.
type row struct {
	ARN                 string `json:"arn"`
	Name                string `json:"name"`
	Environment         string `json:"environment"`
	AssetType           string `json:"assetType"`
	PersonalInformation string `json:"personalInformation"`
	Owner               string `json:"owner"`
}

// register is the latest asset register, kept between batches.
type register struct {
	store  Store
	bucket string
	now    func() time.Time

	rows map[string]row
	err  error
	at   time.Time // when it was read, or could not be
}

// assets are the classified assets by ARN. With an error it gives what was read before.
func (r *register) assets(ctx context.Context) (map[string]row, error) {
	age := r.now().Sub(r.at)
	if !r.at.IsZero() && (age < registerPause || (r.err == nil && age < registerLives)) {
		return r.rows, r.err
	}
	rows, err := r.read(ctx)
	r.at, r.err = r.now(), err
	if err == nil {
		r.rows = rows
	}
	return r.rows, r.err
}

func (r *register) read(ctx context.Context) (rows map[string]row, err error) {
	out, err := r.store.GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String(r.bucket), Key: aws.String(contract.RegisterLatestLines)})
	if err != nil {
		return nil, fmt.Errorf("register: %w", err)
	}
	defer func() { err = errors.Join(err, out.Body.Close()) }()
	unzipped, err := gzip.NewReader(bufio.NewReader(out.Body))
	if err != nil {
		return nil, fmt.Errorf("register: %w", err)
	}
	rows = map[string]row{}
	for decoder := json.NewDecoder(unzipped); ; {
		var line row
		switch err := decoder.Decode(&line); {
		case errors.Is(err, io.EOF):
			return rows, nil
		case err != nil:
			return nil, fmt.Errorf("register: %w", err)
		}
		if line.ARN != "" && (line.Environment != "" || line.AssetType != "" || line.PersonalInformation != "" || line.Owner != "") {
			rows[line.ARN] = line
		}
	}
}

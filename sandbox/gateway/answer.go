package gateway

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"assetguard/sandbox/api"
	"assetguard/sandbox/apimodel"
)

// answer takes a call through the supplements and, unless one of them answers,
// the emulator.
func (g *Gateway) answer(ctx context.Context, c *api.Call, res *apimodel.Resolved) *api.Answer {
	todo := g.table.of(c)
	for _, before := range todo.before {
		if err := before(ctx, c); err != nil {
			return g.fault(c, res, err)
		}
	}
	var a *api.Answer
	var err error
	for _, handle := range todo.handle {
		if a, err = handle(ctx, c); a != nil || err != nil {
			break
		}
	}
	if a == nil && err == nil {
		a, err = g.forward(ctx, c, res)
	}
	if err != nil {
		return g.fault(c, res, err)
	}
	if a.Header == nil {
		a.Header = http.Header{}
	}
	for _, mend := range todo.mend {
		if err := mend(ctx, c, a); err != nil {
			return g.fault(c, res, err)
		}
	}
	return a
}

// fault is the answer that a client of the service understands as the error.
func (g *Gateway) fault(c *api.Call, res *apimodel.Resolved, err error) *api.Answer {
	var named *api.Error
	if !errors.As(err, &named) {
		g.Log.Error("sandbox fault", "service", c.Service, "operation", c.Operation, "err", err)
		named = &api.Error{Code: "InternalFailure", Message: "sandbox: " + err.Error(), Status: http.StatusInternalServerError}
	}
	protocol := "json"
	if res != nil {
		protocol = res.Protocol
	}
	return errorAnswer(protocol, named)
}

// forward passes a call on to the emulator. Requests stay as they came, but for
// two things: CBOR, which the emulator does not speak, becomes JSON, and a
// compressed answer to a known call is unpacked so that it can be read here (in S3
// the encoding is the object's own).
func (g *Gateway) forward(ctx context.Context, c *api.Call, res *apimodel.Resolved) (*api.Answer, error) {
	body, header, path := c.Body, c.Request.Header.Clone(), *c.Request.URL
	cbor := res != nil && res.Protocol == "smithy-rpc-v2-cbor"
	if cbor {
		target, converted, err := res.ToJSON()
		if err != nil {
			return nil, err
		}
		body, path.Path, path.RawPath = converted, "/", ""
		header.Set("X-Amz-Target", target)
		header.Set("Content-Type", "application/x-amz-json-1.0")
		header.Del("Smithy-Protocol")
		header.Del("Accept")
	}
	path.Scheme, path.Host = g.upstream.Scheme, g.upstream.Host
	out, err := http.NewRequestWithContext(ctx, c.Request.Method, path.String(), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"Connection", "Keep-Alive", "Te", "Transfer-Encoding", "Upgrade", "Expect", "Content-Length"} {
		header.Del(name)
	}
	out.Header, out.Host = header, c.Request.Host
	a, err := g.roundTrip(out)
	switch {
	case err != nil:
		return nil, err
	case cbor:
		return asCBOR(res, a)
	case res != nil && c.Service != "s3" && a.Header.Get("Content-Encoding") == "gzip":
		return unpack(a)
	default:
		return a, nil
	}
}

func (g *Gateway) roundTrip(out *http.Request) (*api.Answer, error) {
	res, err := g.client.RoundTrip(out)
	if err != nil {
		return nil, &api.Error{Code: "ServiceUnavailable", Message: "sandbox: the emulator does not answer: " + err.Error(), Status: http.StatusServiceUnavailable}
	}
	body, err := io.ReadAll(res.Body)
	if err = errors.Join(err, res.Body.Close()); err != nil {
		return nil, fmt.Errorf("emulator's answer: %w", err)
	}
	for _, name := range []string{"Connection", "Keep-Alive", "Transfer-Encoding", "Access-Control-Allow-Origin"} {
		res.Header.Del(name)
	}
	a := &api.Answer{Status: res.StatusCode, Header: res.Header, Body: body}
	return a, nil
}

// unpack undoes the compression of an answer.
func unpack(a *api.Answer) (*api.Answer, error) {
	body, err := gunzip(a.Body)
	if err != nil {
		return nil, fmt.Errorf("emulator's compressed answer: %w", err)
	}
	a.Body = body
	a.Header.Del("Content-Encoding")
	return a, nil
}

func gunzip(packed []byte) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}

// asCBOR turns the emulator's JSON answer back into the client's protocol.
func asCBOR(res *apimodel.Resolved, a *api.Answer) (*api.Answer, error) {
	a.Header.Set("Smithy-Protocol", "rpc-v2-cbor")
	if !a.OK() {
		code, message := apimodel.Fault(a.Header, a.Body)
		if code == "" {
			code = "InternalFailure"
		}
		return errorAnswer(res.Protocol, &api.Error{Code: code, Message: message, Status: a.Status}), nil
	}
	body := a.Body
	if len(body) == 0 {
		body = []byte("{}")
	}
	converted, err := res.FromJSON(body)
	if err != nil {
		return nil, err
	}
	a.Body = converted
	a.Header.Set("Content-Type", "application/cbor")
	a.Header.Set("Content-Length", strconv.Itoa(len(converted)))
	return a, nil
}

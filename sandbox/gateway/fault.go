package gateway

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"net/http"

	"assetguard/sandbox/api"

	"github.com/fxamacker/cbor/v2"
	"github.com/google/uuid"
)

// errorAnswer is an error in the shape of a protocol.
func errorAnswer(protocol string, e *api.Error) *api.Answer {
	status := e.Status
	if status == 0 {
		status = http.StatusBadRequest
	}
	id := uuid.NewString()
	h := http.Header{"X-Amzn-Requestid": {id}}
	switch protocol {
	case "query":
		return xmlAnswer(status, h, fmt.Sprintf("<ErrorResponse><Error><Type>%s</Type><Code>%s</Code><Message>%s</Message></Error><RequestId>%s</RequestId></ErrorResponse>", blame(status), text(e.Code), text(e.Message), id))
	case "ec2":
		return xmlAnswer(status, h, fmt.Sprintf("<Response><Errors><Error><Code>%s</Code><Message>%s</Message></Error></Errors><RequestID>%s</RequestID></Response>", text(e.Code), text(e.Message), id))
	case "rest-xml":
		return xmlAnswer(status, h, fmt.Sprintf("<Error><Code>%s</Code><Message>%s</Message><RequestId>%s</RequestId></Error>", text(e.Code), text(e.Message), id))
	case "smithy-rpc-v2-cbor":
		body, err := cbor.Marshal(map[string]string{"__type": e.Code, "message": e.Message})
		if err != nil {
			status = http.StatusInternalServerError
		}
		h.Set("Smithy-Protocol", "rpc-v2-cbor")
		h.Set("Content-Type", "application/cbor")
		return &api.Answer{Status: status, Header: h, Body: body}
	default:
		a := api.JSON(status, map[string]string{"__type": e.Code, "message": e.Message})
		h.Set("X-Amzn-Errortype", e.Code)
		h.Set("Content-Type", "application/json")
		if protocol == "json" {
			h.Set("Content-Type", "application/x-amz-json-1.1")
		}
		a.Header = h
		return a
	}
}

// blame is whose fault the query protocol says an error is.
func blame(status int) string {
	if status >= http.StatusInternalServerError {
		return "Receiver"
	}
	return "Sender"
}

func xmlAnswer(status int, h http.Header, body string) *api.Answer {
	h.Set("Content-Type", "text/xml")
	return &api.Answer{Status: status, Header: h, Body: []byte(xml.Header + body)}
}

// text escapes s for XML.
func text(s string) string {
	var b bytes.Buffer
	if err := xml.EscapeText(&b, []byte(s)); err != nil {
		return ""
	}
	return b.String()
}

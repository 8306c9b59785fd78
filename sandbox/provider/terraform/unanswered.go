package terraform

import (
	"context"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// unanswered holds the calls of protocol 6 that the bridge never makes: metadata (the whole schema is read anyway),
// moves between resource types, functions, ephemeral resources and resource identity.
type unanswered struct{}

func refuse[Response any](call string) (*Response, error) {
	return nil, status.Errorf(codes.Unimplemented, "%s is not part of the offline bridge", call)
}

func (unanswered) GetMetadata(
	context.Context, *tfprotov6.GetMetadataRequest,
) (*tfprotov6.GetMetadataResponse, error) {
	return refuse[tfprotov6.GetMetadataResponse]("GetMetadata")
}

func (unanswered) GetResourceIdentitySchemas(
	context.Context, *tfprotov6.GetResourceIdentitySchemasRequest,
) (*tfprotov6.GetResourceIdentitySchemasResponse, error) {
	return refuse[tfprotov6.GetResourceIdentitySchemasResponse]("GetResourceIdentitySchemas")
}

func (unanswered) UpgradeResourceIdentity(
	context.Context, *tfprotov6.UpgradeResourceIdentityRequest,
) (*tfprotov6.UpgradeResourceIdentityResponse, error) {
	return refuse[tfprotov6.UpgradeResourceIdentityResponse]("UpgradeResourceIdentity")
}

func (unanswered) MoveResourceState(
	context.Context, *tfprotov6.MoveResourceStateRequest,
) (*tfprotov6.MoveResourceStateResponse, error) {
	return refuse[tfprotov6.MoveResourceStateResponse]("MoveResourceState")
}

func (unanswered) GetFunctions(
	context.Context, *tfprotov6.GetFunctionsRequest,
) (*tfprotov6.GetFunctionsResponse, error) {
	return refuse[tfprotov6.GetFunctionsResponse]("GetFunctions")
}

func (unanswered) CallFunction(
	context.Context, *tfprotov6.CallFunctionRequest,
) (*tfprotov6.CallFunctionResponse, error) {
	return refuse[tfprotov6.CallFunctionResponse]("CallFunction")
}

func (unanswered) ValidateEphemeralResourceConfig(
	context.Context, *tfprotov6.ValidateEphemeralResourceConfigRequest,
) (*tfprotov6.ValidateEphemeralResourceConfigResponse, error) {
	return refuse[tfprotov6.ValidateEphemeralResourceConfigResponse]("ValidateEphemeralResourceConfig")
}

func (unanswered) OpenEphemeralResource(
	context.Context, *tfprotov6.OpenEphemeralResourceRequest,
) (*tfprotov6.OpenEphemeralResourceResponse, error) {
	return refuse[tfprotov6.OpenEphemeralResourceResponse]("OpenEphemeralResource")
}

func (unanswered) RenewEphemeralResource(
	context.Context, *tfprotov6.RenewEphemeralResourceRequest,
) (*tfprotov6.RenewEphemeralResourceResponse, error) {
	return refuse[tfprotov6.RenewEphemeralResourceResponse]("RenewEphemeralResource")
}

func (unanswered) CloseEphemeralResource(
	context.Context, *tfprotov6.CloseEphemeralResourceRequest,
) (*tfprotov6.CloseEphemeralResourceResponse, error) {
	return refuse[tfprotov6.CloseEphemeralResourceResponse]("CloseEphemeralResource")
}

#pragma once

#include "hosts/hook/api/schemas.h"
#include "hosts/hook/endpoint.h"

namespace yoke {

// The endpoints that have a `doc`, as an OpenAPI 3.1 document: paths, who may call them, and what
// their documents refer to. Pure.
Json openapi_document(const Endpoints& endpoints, ApiPlace place);

}  // namespace yoke

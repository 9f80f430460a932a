#pragma once

#include "hosts/hook/api/schemas.h"
#include "hosts/hook/endpoint.h"
#include "hosts/hook/services.h"

namespace yoke {

// Yoke's own API: runs, their events, sessions, answers, signals; agents and tools; money; health.
void add_api(Endpoints& endpoints, const HookServices& services,
             ApiPlace place = ApiPlace::network);

// GET /openapi.json, of all endpoints that are there by now: the last to be added.
void add_description(Endpoints& endpoints, ApiPlace place = ApiPlace::network);

}  // namespace yoke

#pragma once

#include "hosts/hook/endpoint.h"
#include "hosts/hook/hook_log.h"
#include "hosts/hook/services.h"

namespace yoke {

// Webhooks in: POST /hooks/{name} for every [hooks.NAME]. A delivery starts a run, once, however
// often it comes.
//
// Errors: what is wrong with a section, with its line: then the hook is not to be served at all.
Result<void> add_webhooks(Endpoints& endpoints, HookServices services, HookLog log = {});

}  // namespace yoke

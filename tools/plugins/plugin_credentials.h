#pragma once

#include "tools/oauth/credentials_book.h"
#include "tools/openapi/document.h"
#include "tools/openapi/operation.h"
#include "tools/plugins/plugin.h"

namespace yoke {

// What the runtime's `auth` and the document's sign-in schemes say together of how an operation is
// asked. `alone`: there is no manifest, and the schemes decide.
CredentialsWanted wanted_of_operation(const Plugin& plugin, std::size_t runtime,
                                      const openapi::Document& document,
                                      const openapi::Operation& operation, bool alone);
CredentialsWanted wanted_of_mcp(const Plugin& plugin, std::size_t runtime);

}  // namespace yoke

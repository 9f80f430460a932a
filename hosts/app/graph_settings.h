#pragma once

#include <memory>

#include "hosts/config/graph_config.h"
#include "tools/graph/graph_services.h"
#include "tools/oauth/credentials_book.h"

namespace yoke {

class CredentialsBook;
class HttpClient;

inline constexpr const char* kGraphName = "graph";  // of its sign-in

// What Microsoft Graph needs to be asked: the permissions of the capabilities that [graph] gives.
CredentialsWanted graph_wanted_of(const GraphConfig& graph);

// What tools over Microsoft Graph work with, as [graph] says. Borrows the client and the book.
// Errors: invalid or not_found, naming the section.
Result<std::shared_ptr<const GraphServices>> graph_services_of(const GraphConfig& graph,
                                                               HttpClient& client,
                                                               CredentialsBook& credentials);

}  // namespace yoke

#pragma once

#include <optional>

#include "hosts/config/config.h"
#include "hosts/hook/mcp/protocol.h"
#include "hosts/hook/reply.h"

// What HTTP requires around the protocol: pure functions.
namespace yoke::mcp_hook {

bool is_method(std::string_view method);  // one that the modern era has here

// Who a request of the modern era comes from, as its `_meta` says; its headers must say the same.
// Its id, method, params and client.who are there. None: all is well.
std::optional<mcp::RpcError> read_modern(Request& request, const HttpHeaders& headers);
// The same without headers, as over a pipe.
std::optional<mcp::RpcError> read_modern(Request& request);

// RFC 9728: where tokens for /mcp come from. 404 where none are taken.
HttpReply resource_metadata(const Config& config, const HttpRequest& request);
// Adds to a 401 or 403 what a client needs to sign in.
void tell_how_to_sign_in(const Config& config, Refusal& refusal, const HttpRequest& request);

}  // namespace yoke::mcp_hook

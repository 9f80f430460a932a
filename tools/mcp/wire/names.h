#pragma once

#include <string_view>

// The names that the protocol reserves: members of `_meta`, extensions, headers.
namespace yoke::mcp {

// Members of a request's `params._meta`.
namespace meta {
inline constexpr std::string_view kProtocolVersion = "io.modelcontextprotocol/protocolVersion";
inline constexpr std::string_view kClientInfo = "io.modelcontextprotocol/clientInfo";
inline constexpr std::string_view kClientCapabilities =
    "io.modelcontextprotocol/clientCapabilities";
inline constexpr std::string_view kLogLevel = "io.modelcontextprotocol/logLevel";
inline constexpr std::string_view kProgressToken = "progressToken";
// Of a result's.
inline constexpr std::string_view kServerInfo = "io.modelcontextprotocol/serverInfo";
// Of a notification's that came of `subscriptions/listen`: the id of that request.
inline constexpr std::string_view kSubscriptionId = "io.modelcontextprotocol/subscriptionId";
}  // namespace meta

// Members of a capability's `extensions`.
namespace extension {
inline constexpr std::string_view kTasks = "io.modelcontextprotocol/tasks";
inline constexpr std::string_view kUi = "io.modelcontextprotocol/ui";
inline constexpr std::string_view kOauthClientCredentials =
    "io.modelcontextprotocol/oauth-client-credentials";
inline constexpr std::string_view kEnterpriseAuthorization =
    "io.modelcontextprotocol/enterprise-managed-authorization";
}  // namespace extension

namespace header {
inline constexpr std::string_view kProtocolVersion = "MCP-Protocol-Version";
inline constexpr std::string_view kMethod = "Mcp-Method";
inline constexpr std::string_view kName = "Mcp-Name";
inline constexpr std::string_view kParamPrefix = "Mcp-Param-";
inline constexpr std::string_view kSession = "Mcp-Session-Id";   // legacy
inline constexpr std::string_view kLastEvent = "Last-Event-ID";  // legacy
}  // namespace header

// What a result is: `resultType`. Absent, as in the legacy era: complete.
namespace result_type {
inline constexpr std::string_view kComplete = "complete";
inline constexpr std::string_view kInputRequired = "input_required";
inline constexpr std::string_view kTask = "task";
}  // namespace result_type

}  // namespace yoke::mcp

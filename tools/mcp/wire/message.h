#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "runtime/base/json.h"

namespace yoke::mcp {

// Codes of errors. A modern server uses no other of -32020 to -32099.
namespace code {
inline constexpr int kParse = -32700;
inline constexpr int kInvalidRequest = -32600;
inline constexpr int kMethodNotFound = -32601;
inline constexpr int kInvalidParams = -32602;
inline constexpr int kInternal = -32603;
inline constexpr int kHeaderMismatch = -32020;
inline constexpr int kMissingCapability = -32021;   // data.requiredCapabilities
inline constexpr int kUnsupportedVersion = -32022;  // data.supported, data.requested
inline constexpr int kLegacyResourceNotFound = -32002;
inline constexpr int kLegacyUrlElicitation = -32042;  // 2025-11-25: data.elicitations
}  // namespace code
// One that only a modern server gives.
bool is_modern_code(int code);

struct RpcError {
  int code = code::kInternal;
  std::string message;
  Json data = nullptr;  // null: left out
};

// One message of JSON-RPC 2.0, of either direction.
struct RpcMessage {
  enum class Kind : std::uint8_t { request, notification, result, error };
  Kind kind = Kind::notification;
  Json id = nullptr;  // a string or an integer; null: a notification, or an error that answers
                      // nothing that could be read
  std::string method = {};
  Json params = Json::object();  // of a request or notification: an object
  Json result = Json::object();  // an object
  RpcError error = {};

  bool is_answer() const { return kind == Kind::result || kind == Kind::error; }
};

RpcMessage request_message(Json id, std::string method, Json params = Json::object());
RpcMessage notification_message(std::string method, Json params = Json::object());
RpcMessage result_message(Json id, Json result = Json::object());
RpcMessage error_message(Json id, RpcError error);

// What cannot be taken as a message: how a server answers it, and a client tells of it.
struct BadMessage {
  Json id = nullptr;  // where one could be read
  RpcError error;     // kParse or kInvalidRequest; one line
};
using ReadMessage = std::variant<RpcMessage, BadMessage>;

// The bounds of one message. Batches are refused: no revision that we speak sends them but one that
// nobody does.
inline constexpr JsonLimits kMessageLimits{16u << 20, 64, 500'000};

ReadMessage read_message(std::string_view text, const JsonLimits& limits = kMessageLimits);
ReadMessage message_from_json(const Json& value);

Json to_json(const RpcMessage& message);
std::string to_text(const RpcMessage& message);  // one line, without its break

// Text that names an id in a log or a table: 7 and "7" differ.
std::string id_text(const Json& id);

// `resultType`, or "complete" where there is none.
std::string result_type_of(const Json& result);

}  // namespace yoke::mcp

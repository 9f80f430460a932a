#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/loop/task_group.h"
#include "runtime/ports/tool.h"
#include "tools/mcp/link.h"
#include "tools/mcp/wants.h"
#include "tools/mcp/wire/capabilities.h"

namespace yoke::mcp {

// What is known of a server once we have met.
struct ServerSelf {
  Era era = Era::modern;
  std::string version;
  ServerCapabilities capabilities;
  Implementation server;
  std::string instructions;  // untrusted text
};

struct SessionSettings {
  Implementation client;
  WantRules wants;
  std::string log_level = "info";      // of what a server tells while it works; empty: nothing
  std::optional<std::string> version;  // that it is known to speak; none: it is found out
  std::chrono::milliseconds probe_timeout = std::chrono::seconds(5);  // of a process, for its era
  std::string tenant = {};  // whose credentials a request of no call carries
};

// One request to a server. All of its rounds are one call.
struct ServerAsk {
  std::string method;
  Json params = Json::object();
  std::vector<ParamHeader> mirrored = {};
  CallContext* context = nullptr;       // null: nobody is there to be told or asked
  std::string tenant = {};              // empty: the session's
  std::shared_ptr<CallTime> time = {};  // null: no end
};

struct ServerReply {
  enum class Kind : std::uint8_t { result, error, lost };
  Kind kind = Kind::lost;
  Json result = Json::object();
  RpcError error = {};
  LinkFailure failure = {};
};
// One line that says what went wrong; empty for a result.
std::string describe(const ServerReply& reply);

// The conversation with one server over one link.
//
// Ownership: borrows `link`, which outlives it.
// Threads:   loop thread only.
// Errors:    open(): unsupported (no revision in common), unavailable, denied (it wants to know who
//            asks), timed_out. Cancelled: as the link is.
// Limits:    kRoundsMax rounds of one request, kWantsMax wants a round; kItemsMax things in a list.
class Session final : public LinkListener {
 public:
  static constexpr int kRoundsMax = 32;
  static constexpr std::size_t kWantsMax = 16;
  static constexpr std::size_t kItemsMax = 2'000;
  static constexpr int kPagesMax = 200;

  Session(asio::any_io_executor executor, Link& link, SessionSettings settings);
  ~Session() override;

  // Finds out the era, and shakes hands where there is a handshake.
  awaitable<Result<void>> open(Deadline deadline);
  const ServerSelf& server() const { return server_; }

  awaitable<ServerReply> ask(ServerAsk ask);

  // All pages of tools/list and its like: the array `member` of each, joined.
  awaitable<Result<Json>> list(std::string method, std::string member, Deadline deadline,
                               std::string tenant = {});

  // Called when the server says that one of its lists has changed: "tools", "prompts",
  // "resources".
  void on_change(std::function<void(const std::string& what)> told) { changed_ = std::move(told); }
  // Modern: asks to be told of changes, and goes on asking. Legacy servers tell by themselves.
  void listen();

  void notified(const RpcMessage& notification) override;
  void asked(const RpcMessage& request) override;

 private:
  class Call;
  awaitable<Result<void>> discover(Deadline deadline, int attempt);
  awaitable<Result<void>> initialize(Deadline deadline);
  Result<void> take_discovery(const Json& result);
  Result<void> take_initialization(const Json& result);
  awaitable<LinkAnswer> send(std::string method, Json params, Deadline deadline);
  LinkRequest request_for(const ServerAsk& ask, Json params);
  awaitable<void> answer(RpcMessage request, CallContext* context, std::shared_ptr<CallTime> time);
  awaitable<Result<Json>> fulfil(Json wanted, CallContext* context, std::shared_ptr<CallTime> time);
  awaitable<ServerReply> rounds(ServerAsk ask, Call& call);
  awaitable<ServerReply> follow_task(ServerAsk ask, Json task, Call& call);
  awaitable<ServerReply> poll_task(ServerAsk ask, Json task, Call& call);
  awaitable<bool> visit_urls(RpcError error, ServerAsk ask);
  awaitable<void> give_up_task(Json params);
  awaitable<void> keep_listening();

  const asio::any_io_executor executor_;
  Link& link_;
  const SessionSettings settings_;
  ServerSelf server_;
  bool open_ = false;
  std::int64_t last_id_ = 0;
  std::function<void(const std::string& what)> changed_;
  TaskGroup background_;
};

}  // namespace yoke::mcp

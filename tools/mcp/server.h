#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/loop/task_group.h"
#include "tools/mcp/http_link.h"
#include "tools/mcp/listing.h"
#include "tools/mcp/session.h"

namespace yoke::mcp {

// One server, as the operator says it. Plain values; secrets are filled in.
struct ServerSettings {
  std::string name;                             // of its section: [mcp.NAME]
  std::vector<std::string> command;             // empty: it is at `url`
  std::map<std::string, std::string> env = {};  // the whole environment of its process
  std::string dir = {};                         // where it starts; absolute
  std::string url = {};
  HttpHeaders headers = {};
  std::vector<Secret> secrets = {};  // what of the above must be seen by nobody
  std::chrono::milliseconds timeout = std::chrono::seconds(60);    // of a call
  std::chrono::milliseconds handshake = std::chrono::seconds(30);  // until it can be called
  std::vector<std::string> tools = {"*"};                          // globs over its own names
  bool trusts_annotations = false;
  Sampling sampling = Sampling::off;
  std::vector<Root> roots = {};
  // Whose credentials it is met with; calls carry those of their run's tenant.
  std::string tenant = {};
  std::string login = {};     // the command that signs in; empty: yoke mcp login NAME
  std::string log_file = {};  // where its standard error goes; empty: nowhere
};
// Hex, over what decides which server it is: its command or address, not its secrets.
std::string identity_of(const ServerSettings& settings);

// What is known of a server from when it was last met.
struct ServerMemory {
  std::string identity;  // another one: it is not the same server
  std::string version;   // of the protocol; empty: not known
  ServerSelf self;
  Json tools = Json::array();  // as it listed them
};

// A server that is started or reached when it is first needed, and again when it has ended. A call
// that failed is never repeated, save one that the server surely did not see.
//
// A legacy server over HTTP may decide by its session who asks: there each tenant has a session of
// its own, opened with its own credentials.
//
// Ownership: borrows `http` and `credentials`, which outlive it. What hangs on its calls too.
// Threads:   loop thread only.
// Limits:    after a failure it is left alone for a while, up to 30 s. At most kTenantsMax tenants
//            have sessions at a time; what nobody used for kTenantIdle is closed at the next call.
class McpServer {
 public:
  static constexpr std::size_t kTenantsMax = 64;
  static constexpr std::chrono::minutes kTenantIdle{10};

  struct Services {
    asio::any_io_executor executor;
    HttpClient* http = nullptr;          // where it has a `url`
    Credentials* credentials = nullptr;  // the same
    Implementation client = {};
    PermitAddress permit_address = {};
  };
  // It was met, or has listed its tools anew.
  using OnMet = std::function<void(const ServerMemory& memory)>;

  McpServer(Services services, ServerSettings settings, std::optional<ServerMemory> memory);
  ~McpServer();
  McpServer(const McpServer&) = delete;
  McpServer& operator=(const McpServer&) = delete;

  const ServerSettings& settings() const { return settings_; }
  void on_met(OnMet told) { told_ = std::move(told); }

  // Connects where it is not connected, and learns the server's tools. Errors: as Session::open().
  awaitable<Result<void>> meet(Deadline deadline);
  bool is_met() const { return main_.is_open(); }
  // Of the last meeting, or from memory; null: neither.
  const ServerMemory* memory() const { return memory_ ? &*memory_ : nullptr; }
  const ToolListing& listing() const { return listing_; }

  // Connects where it must.
  awaitable<ServerReply> ask(ServerAsk ask);
  awaitable<Result<Json>> list(std::string method, std::string member, Deadline deadline,
                               std::string tenant = {});
  awaitable<Result<void>> relist(Deadline deadline);

  // Says goodbye: no call may be under way. The destructor ends a process without.
  awaitable<void> stop(Deadline deadline);
  void let_go();  // begins what the destructor waits for

  std::string last_words() const;  // of its standard error; empty: none
  long pid() const;                // 0: no process

 private:
  struct Connection {
    std::unique_ptr<Link> link;
    std::unique_ptr<Session> session;  // over the link
  };
  using Shared = std::shared_ptr<Connection>;  // by this and by the calls that use it
  // What is open with one tenant's credentials.
  struct Line {
    std::string tenant;
    Shared connection = nullptr;
    bool connecting = false;
    std::vector<Signal*> waiting = {};  // on the frames of connection()
    int failures = 0;
    LoopClock::time_point not_before = {};
    LoopClock::time_point met_at = {};
    LoopClock::time_point used_at = {};

    bool is_open() const { return connection != nullptr && connection->link->is_open(); }
    bool is_idle() const;
  };
  class Connecting;
  class InLine;

  Result<std::unique_ptr<Link>> make_link(const std::string& tenant);
  SessionSettings session_settings(const std::string& version, const std::string& tenant) const;
  // That over which the tenant's requests go.
  awaitable<Result<Shared>> connection_for(std::string tenant, Deadline deadline);
  awaitable<Result<Shared>> connection(Line& line, Deadline deadline);
  awaitable<Result<Shared>> connect(Line& line, Deadline deadline);
  awaitable<Result<Shared>> open(std::string version, std::string tenant, Deadline deadline);
  awaitable<Result<void>> learn(Shared connection, Deadline deadline);
  void forget(const Shared& connection);
  bool close_idle(std::size_t lines_max);  // false: more than so many are in use
  static awaitable<void> say_goodbye(Shared connection);
  void log(std::string_view line);
  bool is_over_http() const { return settings_.command.empty(); }

  const Services services_;
  const ServerSettings settings_;
  std::optional<ServerMemory> memory_;
  ToolListing listing_;
  OnMet told_;
  Line main_;  // of settings().tenant, and of all who need none of their own
  std::map<std::string, Line> lines_;  // of other tenants
  bool is_stale_ = false;              // the server said that its tools have changed
  std::vector<std::string> last_lines_;
  std::size_t logged_bytes_ = 0;
  TaskGroup background_;
};

}  // namespace yoke::mcp

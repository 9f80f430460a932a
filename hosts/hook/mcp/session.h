#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "hosts/hook/mcp/server.h"
#include "runtime/http/server.h"
#include "runtime/loop/signal.h"
#include "runtime/loop/task_group.h"

namespace yoke::mcp_hook {

// Where messages to a client go. Shared by a request and by whoever sends what is in it.
class Way {
 public:
  virtual ~Way() = default;
  virtual void push(const mcp::RpcMessage& message) = 0;
  virtual void end() = 0;  // no more comes
};
using WayRef = std::shared_ptr<Way>;
using ServerRef = std::shared_ptr<Server>;  // owned by the ways in, and by what they answer

// Whoever asked wants no answer any more.
class Withdrawal final : public HttpCaller {
 public:
  void set() { set_.notify(); }
  awaitable<void> gone() override;

 private:
  Signal set_;
};

// A client that stays: of the legacy era, behind its handshake; or one at the other end of a pipe.
// Its requests are answered beside each other.
//
// Ownership: shared by its way in and by its requests under way; close() it before the server goes.
// Threads:   loop thread only.
class Session {
 public:
  // `standing`: for what belongs to no request.
  Session(ServerRef server, Principal who, WayRef standing, asio::any_io_executor executor);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // The handshake, and what is answered to it. Errors: kInvalidParams; it was done before.
  Answer initialize(const Json& params);
  bool is_initialized() const { return client_.has_value(); }
  const std::string& version() const { return client_->version; }
  const Principal& who() const { return who_; }
  const Client& client() const { return *client_; }  // of the handshake
  // The same caller comes again, with the rights of now: what follows is done with those.
  void renew(Principal who);

  // Answers a request by `way`. `client`: who sends it, as it says itself or is known for this one
  // request; none: as the handshake said.
  static void begin(const std::shared_ptr<Session>& self, mcp::RpcMessage request, WayRef way,
                    std::optional<Client> client = {}, std::string traceparent = {});
  void take_answer(mcp::RpcMessage answer);  // to what it was asked
  void take_notification(const mcp::RpcMessage& notification);

  std::size_t running() const { return running_.size(); }
  awaitable<void> close();  // withdraws what is under way and waits until it has ended
  void abandon();           // the same, without waiting

 private:
  class SessionExchange;
  struct Asked;
  static awaitable<void> run(std::shared_ptr<Session> self, Request request, WayRef way);
  std::optional<Answer> answer_here(const Request& request);

  const ServerRef server_;
  Principal who_;
  const WayRef standing_;
  std::optional<Client> client_;  // of the handshake
  Interests interests_;
  std::optional<Changes::Watch> watch_;
  const std::string ask_prefix_;  // of the ids of our requests: no other session has it
  std::int64_t asked_count_ = 0;
  std::map<std::string, Asked*> asked_;                         // by the id of our request
  std::map<std::string, std::shared_ptr<Withdrawal>> running_;  // by the id of theirs
  TaskGroup group_;                                             // last
};
using SessionRef = std::shared_ptr<Session>;

}  // namespace yoke::mcp_hook

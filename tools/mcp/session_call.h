#pragma once

#include <set>
#include <string>

#include "tools/mcp/session.h"

// Private to tools/mcp.
namespace yoke::mcp {

// A request as the server may speak of it while it works: progress, words for its log, and, in the
// legacy era, requests of its own.
class Session::Call final : public LinkListener {
 public:
  Call(Session& session, CallContext* context, std::shared_ptr<CallTime> time)
      : helpers(session.executor_), session_(session), context_(context), time_(std::move(time)) {}

  void expect(const Json& id) { ids_.insert(id_text(id)); }
  CallContext* context() const { return context_; }
  const std::shared_ptr<CallTime>& time() const { return time_; }

  void notified(const RpcMessage& notification) override;
  void asked(const RpcMessage& request) override;

  TaskGroup helpers;  // answer what the server asks; joined before this goes

 private:
  Session& session_;
  CallContext* const context_;
  const std::shared_ptr<CallTime> time_;
  std::set<std::string> ids_;
  std::size_t asked_ = 0;
};

}  // namespace yoke::mcp

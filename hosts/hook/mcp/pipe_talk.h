#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "tools/mcp/wire/message.h"

namespace yoke::mcp_hook {

// What a client at a pipe and whoever answers it have said to each other, as far as another who
// goes on answering has to know it: the handshake, what the client follows, and what it still waits
// for. Pure.
class PipeTalk {
 public:
  // The client says it. False: an answer to what nobody asks any more; it goes nowhere.
  bool said(const mcp::RpcMessage& message);
  // It is said to the client. False: of what go_on() has sent again, so the client has it.
  bool told(const mcp::RpcMessage& message);

  // Whoever answered has ended: what the client hears of it. What may have done something is an
  // error; what only looks, and what surely was not `seen`, is kept, to be asked again.
  std::vector<mcp::RpcMessage> lose(const std::vector<mcp::RpcMessage>& unseen = {});
  // Another answers from now on: what it has to be told first.
  std::vector<mcp::RpcMessage> resume();
  // Nobody will: an error for whatever is open.
  std::vector<mcp::RpcMessage> give_up(const std::string& why);

  bool is_open() const { return !open_.empty(); }  // a request of the client waits

 private:
  void settle(const mcp::RpcMessage& request);
  mcp::RpcMessage again(mcp::RpcMessage request);

  std::vector<mcp::RpcMessage> open_;   // requests of the client, in order
  std::map<std::string, Json> asked_;   // of the client: ids of requests, by their text
  std::vector<mcp::RpcMessage> hello_;  // the handshake's request, then its notification
  std::vector<mcp::RpcMessage> level_;  // of logging: the last one
  std::map<std::string, mcp::RpcMessage> followed_;  // resources, by their address
  std::set<std::string> listens_;                    // requests to listen that were acknowledged
  std::set<std::string> relisten_;                   // those of them that will be so again
  std::set<std::string> repeated_;                   // ids of ours
  int count_ = 0;
};

}  // namespace yoke::mcp_hook

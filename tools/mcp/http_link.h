#pragma once

#include <memory>
#include <string>
#include <vector>

#include "runtime/http/client.h"
#include "tools/mcp/link.h"
#include "tools/oauth/credentials.h"

namespace yoke::mcp {

struct HttpLinkSettings {
  std::string url;
  HttpHeaders headers = {};           // the operator's, their secrets filled in
  std::vector<Secret> secrets = {};   // those: cut out of all that comes back
  PermitAddress permit_address = {};  // empty: any
  std::string tenant = {};            // whose credentials its own messages carry
};

// A server that is reached over Streamable HTTP, in both of its shapes.
//
// Ownership: borrows `http` and `credentials`, which outlive it.
// Threads:   loop thread only.
// Limits:    kMessageLimits a message; kResumesMax attempts to take up a broken stream.
class HttpLink final : public Link {
 public:
  static constexpr int kResumesMax = 8;

  HttpLink(asio::any_io_executor executor, HttpClient& http, Credentials& credentials,
           HttpLinkSettings settings);
  ~HttpLink() override;

  awaitable<LinkAnswer> request(LinkRequest request, LinkListener* listener) override;
  void tell(RpcMessage message) override;
  awaitable<void> say(RpcMessage message) override;
  void set_listener(LinkListener* listener) override;
  void begin(const std::string& version) override;  // legacy: opens the server's own stream
  bool is_open() const override;
  std::string why_closed() const override;
  awaitable<void> close(Deadline deadline) override;

  bool has_session() const;  // a legacy server knows who opened it by that alone

  struct State;

 private:
  class Hearing;
  std::shared_ptr<State> state_;  // shared with what is under way
};

}  // namespace yoke::mcp
